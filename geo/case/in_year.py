"""What a place has in a year: the facilities of a service, its residents, new housing."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from geo.crs import to_metres
from geo.demand import YEARS, residents
from geo.errors import InputError
from geo.services import Service, provides_service, service
from geo.text import Text
from geo.workspace import Workspace

__all__ = ["facilities", "housing", "people", "people_basis"]


def facilities(workspace: Workspace, key: str, year: int) -> gpd.GeoDataFrame:
    """Return the facilities that provide a service in a year.

    Each counts from its opening year. Where that is not known, an existing one and one that a scenario proposes
    count always, and a planned one of the plan never.

    Parameters
    ----------
    key
        A key of ``geo.services.SERVICES``.
    year
        Calendar year.

    Returns
    -------
    facilities
        Rows of the layer, with a column ``seats`` [seats or beds], NaN where unknown.

    Examples
    --------
    >>> from geo.examples import town
    >>> facilities(town().workspace, "primary", 2025)["seats"].to_dict()
    {'S': 540.0}
    """
    asked: Service = service(key, workspace.services)
    frame = workspace.layer(asked.layer)
    provides = provides_service(frame, asked)
    opened = frame["open_year"]
    there = frame["status"].isin(["existing", "proposed"]) & opened.isna()
    chosen = frame[provides & (there | (opened <= year))].copy()
    if asked.seats:
        chosen["seats"] = chosen[asked.seats]
    elif "beds" in chosen:
        chosen["seats"] = chosen["beds"]
    else:
        chosen["seats"] = np.nan
    return chosen


def people(workspace: Workspace, year: int) -> pd.Series:
    """Return the residents [persons] of each cell in a year.

    Years between two known ones are interpolated linearly; after the last, up to 2035, its number is held, which
    is an assumption (``people_basis``). What a scenario supposes (housing, growth moved) is in it from its year on.

    Raises
    ------
    InputError
        If the year lies before the first known one or after 2035; the message lists what there is.

    Examples
    --------
    >>> from geo.examples import town
    >>> people(town().workspace, 2030).to_dict()  # held: 2025 is the last year that is known
    {'a': 600.0, 'b': 500.0, 'c': 400.0}
    """
    known = workspace.years
    if not known or not known[0] <= year <= max(known[-1], YEARS[-1]):
        listed = "、".join(str(y) for y in known)
        raise InputError(
            Text(
                f"没有 {year} 年的人口；该工作区的人口年份为：{listed}，可选 {known[0]}–{max(known[-1], YEARS[-1])}",
                f"no population for {year}: this workspace has {', '.join(map(str, known))}; choose {known[0]}-{max(known[-1], YEARS[-1])}",
            )
        )
    columns = workspace.people_years if workspace.supposed else known
    if year in columns:
        return workspace.cells[f"people_{year}"].rename("people")
    table = workspace.cells[[f"people_{y}" for y in columns]].set_axis(list(columns), axis="columns")
    return residents(pd.DataFrame(table), year)


def people_basis(workspace: Workspace, year: int) -> Text | None:
    """Return how the residents of a year are known, and what a scenario supposes of them; None where they are data.

    Examples
    --------
    >>> from geo.examples import town
    >>> people_basis(town().workspace, 2025) is None
    True
    >>> people_basis(town().workspace, 2030).en
    'residents of 2030 are those of 2025, held: an assumption'
    """
    known = workspace.years
    told = [note for since, note in workspace.supposed if since is None or since <= year]
    if year > known[-1]:
        told.insert(
            0,
            Text(
                f"{year} 年人口按 {known[-1]} 年不变假定",
                f"residents of {year} are those of {known[-1]}, held: an assumption",
            ),
        )
    elif year not in known:
        told.insert(
            0, Text(f"{year} 年人口由相邻年份线性内插", f"residents of {year} are interpolated between known years")
        )
    return Text("；".join(t.zh for t in told), "; ".join(t.en for t in told)) if told else None


def housing(workspace: Workspace, rows: Sequence[tuple[float, float, float, int]]) -> pd.DataFrame | None:
    """Return new housing by the cell whose centre is nearest: ``dwellings`` and ``year``; None where there is none.

    Parameters
    ----------
    rows
        Longitude, latitude, dwellings and the year in which they are lived in.

    Examples
    --------
    >>> from geo.crs import to_wgs84
    >>> from geo.examples import homes, town
    >>> b = to_wgs84(homes()).geometry["b"]
    >>> housing(town().workspace, [(b.x, b.y, 120.0, 2027)]).to_dict("index")
    {'b': {'dwellings': 120.0, 'year': 2027}}
    """
    if not rows:
        return None
    lon, lat, dwellings, done = (list(column) for column in zip(*rows, strict=True))
    cells = workspace.cells
    points = to_metres(gpd.GeoSeries(gpd.points_from_xy(lon, lat), crs="EPSG:4326"), workspace.crs)
    tree = cKDTree(np.column_stack([cells.geometry.x, cells.geometry.y]))
    _, nearest = tree.query(np.column_stack([points.x, points.y]))
    return pd.DataFrame({"dwellings": dwellings, "year": done}, index=cells.index[nearest])
