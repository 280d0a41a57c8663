"""Land use and control lines: whether a place may hold a facility, by the layers that a planner has imported.

Two layers, both optional: ``landuse`` (plots with the code of their planned use) and ``controls`` (三线: ecological red line,
permanent basic farmland, urban growth boundary). What is not imported is not judged, and says so; a place nearer to an edge
than the edge is known is not judged either.

Codes are those of 国土空间调查、规划、用途管制用地用海分类指南 (Ministry of Natural Resources, 2023) and, for older plans, of
GB 50137-2011. Which use fits which service is read from the names of the classes; the texts of the rules were not at hand,
so their confidence is C (docs/methods/land.md).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.crs import same_crs

__all__ = ["CONTROLS", "FITTING", "Control", "by_controls", "by_use", "use_of"]

Met = bool | None


@dataclass(frozen=True)
class Control:
    """A control line: its names, whether a facility must lie inside or outside of it, and where that is written.

    Examples
    --------
    >>> CONTROLS["farmland"].inside, CONTROLS["urban"].zh
    (False, '城镇开发边界')
    """

    key: str
    zh: str
    en: str
    inside: bool
    standard: str
    clause: str


CONTROLS: dict[str, Control] = {
    one.key: one
    for one in (
        Control("ecology", "生态保护红线", "ecological red line", False, "自然资发〔2022〕142号", "一"),
        Control("farmland", "永久基本农田", "permanent basic farmland", False, "土地管理法（2019修正）", "第三十五条"),
        Control("urban", "城镇开发边界", "urban growth boundary", True, "自然资发〔2023〕193号", ""),
    )
}
"""By the values of column ``kind`` of the layer ``controls``."""

FITTING: dict[str, tuple[str, ...]] = {
    "kindergarten": ("080404", "0804", "0702", "R12", "R22", "R32"),
    "primary": ("080403", "0804", "A33", "A3"),
    "junior": ("080403", "0804", "A33", "A3"),
    "senior": ("080403", "0804", "A33", "A3"),
    "community_health_centre": ("080602", "0806", "0702", "A51", "A5", "R12", "R22"),
    "health_station": ("080602", "0806", "0702", "A51", "A5", "R12", "R22", "R32"),
    "hospital": ("080601", "0806", "A51", "A5"),
}
"""Codes of uses that a service may stand on, by service; a service that is not here is not judged."""
BARRED = ("01", "02", "03", "04", "05", "06", "17", "18", "19", "20", "21", "22", "23", "24", "E")
"""First classes that are no building land: farm, garden, wood, grass, wetland, farm facilities, waters and seas; E of GB 50137."""
RESERVED = ("16",)
"""留白用地: land whose use is still open."""
_CODE = re.compile(r"\s*([0-9]{2,6}|[A-Z][0-9]{0,3})(?![A-Z0-9])")
Use = Literal["fits", "reserved", "other", "barred", "unknown"]


def use_of(code: object, service: str) -> Use:
    """Return what a planned use says of a service: it fits, is still open, is another building use, is no building land, or nothing.

    Examples
    --------
    >>> [use_of(code, "primary") for code in ("080403 中小学用地", "0804", "0701", "0103", "16", "A33", "", "市政")]
    ['fits', 'fits', 'other', 'barred', 'reserved', 'fits', 'unknown', 'unknown']
    >>> use_of("080401", "primary")  # a university's
    'other'
    """
    found = _CODE.match(str(code or "").upper())
    if found is None or service not in FITTING:
        return "unknown"
    read = found.group(1)
    # A wide class (0804) does not say which school it means, so it fits; a narrower class (080401) says another one.
    if read in FITTING[service]:
        return "fits"
    if read.startswith(RESERVED):
        return "reserved"
    return "barred" if read.startswith(BARRED) else "other"


def by_use(points: gpd.GeoSeries, landuse: gpd.GeoDataFrame, service: str) -> pd.DataFrame:
    """Return the planned use at places, and whether a service may stand there.

    Parameters
    ----------
    points
        Places, metric CRS.
    landuse
        Plots in the same CRS, with ``code``, ``use_zh``, ``basis``, ``accuracy_m`` [m].

    Returns
    -------
    table
        Indexed as ``points``: ``plot_id``, ``code``, ``use_zh``, ``use`` (see :func:`use_of`; "outside" where no plot is),
        ``met`` (True, False, None where it cannot be judged), ``edge_m`` [m] to the nearest edge of a plot, ``basis``. Where plots
        overlap, the smallest holds.

    Raises
    ------
    CrsError
        If the frames differ in CRS.

    Examples
    --------
    >>> plots = gpd.GeoDataFrame({"code": ["0804", "0701"], "use_zh": ["教育", "居住"], "basis": "sourced", "accuracy_m": 1.0},
    ...     geometry=[shapely.box(0, 0, 100, 100), shapely.box(100, 0, 200, 100)], index=pd.Index(["a", "b"], name="plot_id"), crs=4548)
    >>> places = gpd.GeoSeries.from_xy([50, 150, 100.5, 500], [50, 50, 50, 50], crs=4548)
    >>> by_use(places, plots, "primary")[["use", "met"]].values.tolist()
    [['fits', True], ['other', False], ['other', None], ['outside', None]]
    """
    same_crs(points, landuse)
    shapes = landuse.geometry.to_numpy()
    at, plot = shapely.STRtree(shapes).query(points.to_numpy(), predicate="intersects")
    found = pd.DataFrame({"at": at, "plot": plot, "area": shapely.area(shapes[plot])})
    first = found.sort_values(["at", "area"], kind="stable").drop_duplicates("at").set_index("at")["plot"]
    rows = []
    for place, point in enumerate(points.to_numpy()):
        if place not in first.index:
            rows.append(dict.fromkeys(("plot_id", "code", "use_zh", "met", "edge_m", "basis")) | {"use": "outside"})
            continue
        plot_row = landuse.iloc[first[place]]
        use = use_of(plot_row["code"], service)
        edge = float(shapely.distance(shapely.boundary(plot_row.geometry), point))
        sure = edge >= _accuracy(plot_row["accuracy_m"])
        met = {"fits": True, "barred": False, "other": False}.get(use) if sure else None
        told = {
            "plot_id": landuse.index[first[place]],
            "code": plot_row["code"],
            "use_zh": plot_row["use_zh"],
            "use": use,
        }
        rows.append({**told, "met": met, "edge_m": edge, "basis": plot_row["basis"]})
    return pd.DataFrame(
        rows, index=points.index, columns=["plot_id", "code", "use_zh", "use", "met", "edge_m", "basis"]
    )


def by_controls(points: gpd.GeoSeries, controls: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return for each place and each kind of control line that is imported whether it is kept.

    Parameters
    ----------
    points
        Places, metric CRS.
    controls
        Areas in the same CRS, with ``kind`` (key of ``CONTROLS``), ``basis``, ``accuracy_m`` [m].

    Returns
    -------
    table
        One row a place and kind, in the order of ``CONTROLS``: ``at`` (label of the place), ``kind``, ``inside``, ``met`` (None where the
        place is nearer to the line than the line is known), ``edge_m`` [m] to the line, ``accuracy_m`` of that line, ``basis``.

    Raises
    ------
    CrsError
        If the frames differ in CRS.

    Examples
    --------
    >>> lines = gpd.GeoDataFrame({"kind": ["farmland", "urban"], "basis": "sourced", "accuracy_m": 5.0},
    ...     geometry=[shapely.box(0, 0, 100, 100), shapely.box(50, 0, 300, 100)], crs=4548)
    >>> places = gpd.GeoSeries.from_xy([20, 99, 200], [50, 50, 50], crs=4548)
    >>> by_controls(places, lines)[["at", "kind", "inside", "met"]].values.tolist()
    [[0, 'farmland', True, False], [1, 'farmland', True, None], [2, 'farmland', False, True], [0, 'urban', False, False], [1, 'urban', True, True], [2, 'urban', True, True]]
    """
    same_crs(points, controls)
    tables = []
    for key, control in CONTROLS.items():
        areas = controls[controls["kind"] == key]
        if areas.empty:
            continue
        tree = shapely.STRtree(shapely.boundary(areas.geometry.to_numpy()))
        (_, nearest), edge = tree.query_nearest(points.to_numpy(), return_distance=True, all_matches=False)
        inside = np.zeros(len(points), bool)
        inside[shapely.STRtree(areas.geometry.to_numpy()).query(points.to_numpy(), predicate="intersects")[0]] = True
        known = areas["accuracy_m"].map(_accuracy).to_numpy()[nearest]
        kept = inside == control.inside
        met = [bool(k) if e >= a else None for k, e, a in zip(kept, edge, known, strict=True)]
        tables.append(
            pd.DataFrame(
                {
                    "at": points.index, "kind": key, "inside": inside, "met": pd.Series(met, dtype=object), "edge_m": edge,
                    "accuracy_m": known, "basis": areas["basis"].to_numpy()[nearest],
                }
            )
        )  # fmt: skip
    columns = ["at", "kind", "inside", "met", "edge_m", "accuracy_m", "basis"]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=columns)


def _accuracy(value: object) -> float:
    return float(value) if isinstance(value, int | float | np.number) and np.isfinite(value) else 0.0
