"""An answer on a map in a notebook: tables with the shapes of their rows, and folium's map by geopandas."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.errors import InputError
from geo.text import Text

__all__ = ["MOST", "Shapes", "harmless", "map_of", "shaped"]

Shapes = Mapping[str, Sequence[gpd.GeoSeries]]
"""Shapes by the name of the id that finds them: ``zone_id``, ``facility_id``."""
MOST = 20_000
"""Features beyond which a browser cannot draw one page."""


def shaped(table: pd.DataFrame, shapes: Shapes) -> gpd.GeoDataFrame:
    """Return a table with the shapes of its rows.

    Parameters
    ----------
    table
        A table with geometry of its own (returned as it is), or with columns ``lon`` and ``lat`` [degrees], or with
        ids of ``shapes`` in its index or in a column.
    shapes
        The shapes by id, all in one reference system.

    Returns
    -------
    frame
        The rows and columns of ``table`` in the reference system of the shapes; geometry is missing where an id has
        none.

    Raises
    ------
    InputError
        If the table tells no place.

    Examples
    --------
    >>> from geo.examples import zones
    >>> served = pd.DataFrame({"share": [1.0, 0.0]}, index=pd.Index(["south", "north"], name="zone_id"))
    >>> shaped(served, {"zone_id": [zones().geometry]}).area.tolist()
    [125000.0, 100000.0]
    """
    if isinstance(table, gpd.GeoDataFrame) and table.active_geometry_name is not None:
        return table
    crs = next((part.crs for parts in shapes.values() for part in parts), None)
    if {"lon", "lat"} <= set(table.columns):
        points = gpd.GeoSeries(gpd.points_from_xy(table["lon"], table["lat"]), index=table.index, crs="EPSG:4326")
        return gpd.GeoDataFrame(table, geometry=points if crs is None else points.to_crs(crs))
    for name, parts in sorted(shapes.items(), key=lambda item: item[0] != table.index.name):
        if table.index.name != name and name not in table:
            continue
        known = pd.concat([pd.Series(part.to_numpy(), index=part.index, dtype=object) for part in parts])
        ids = table.index if table.index.name == name else pd.Index(table[name])
        found = known[~known.index.duplicated()].reindex(ids)
        return gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(found.to_numpy(), index=table.index, crs=crs), crs=crs)
    raise InputError(Text("这张表没有位置，无法上图", "this table tells no place: there is nothing to draw"))


def harmless(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return a frame whose texts are safe in a map of folium, which escapes nothing.

    A tooltip is HTML, the data stand inside a script, and branca reads the result as a template once more: so the
    signs that mean something to any of the three are written as entities. Numbers are rounded to four decimals,
    infinite ones are missing. The index becomes a column.

    Examples
    --------
    >>> import shapely
    >>> bad = gpd.GeoDataFrame({"name": ["<b>{{7*7}}"], "walk_m": [np.inf]}, geometry=[shapely.Point(0, 0)], crs=4326)
    >>> harmless(bad)[["name", "walk_m"]].to_numpy().tolist()
    [['&lt;b&gt;&#123;&#123;7*7&#125;&#125;', nan]]
    """
    shape = frame.geometry
    table = pd.DataFrame(frame.drop(columns=frame.columns[frame.dtypes == "geometry"]))
    if table.index.name not in table.columns:
        table = table.rename_axis(index=table.index.name or "id").reset_index()
    content = {_text(name): _plain(table[name]) for name in table.columns}
    return gpd.GeoDataFrame(content, geometry=shape.array, crs=shape.crs)


def _plain(values: pd.Series) -> Any:
    if pd.api.types.is_bool_dtype(values):
        return values.to_numpy()
    if pd.api.types.is_numeric_dtype(values):
        numbers = values.to_numpy(dtype=float, na_value=np.nan)
        return np.round(np.where(np.isfinite(numbers), numbers, np.nan), 4)
    lost = values.isna().to_numpy()
    return [None if gone else _text(v) for v, gone in zip(values.tolist(), lost, strict=True)]


def _text(value: object) -> str:
    return escape(str(value)).translate({ord(c): f"&#{ord(c)};" for c in "{}\\"})


def map_of(layers: Iterable[tuple[gpd.GeoDataFrame, str | None]], **options: Any) -> Any:
    """Return a folium map of layers, each coloured by a column, the last one on top.

    Parameters
    ----------
    layers
        Frames with the name of the column that colours them, or None. Rows without a shape are left out.
    options
        As of ``geopandas.GeoDataFrame.explore``; ``tiles`` is None where not given, so that nothing is fetched for
        the ground.

    Raises
    ------
    InputError
        If there is nothing to draw, too much, no such column, or the packages that draw are not installed.

    Examples
    --------
    >>> from geo.examples import zones
    >>> type(map_of([(zones(), None)])).__name__
    'Map'
    """
    drawn = options.pop("m", None)
    options = {"tiles": None} | options
    some = False
    for frame, column in layers:
        shapes = frame.geometry
        there = frame[~(shapes.isna() | shapes.is_empty)]
        if there.empty:
            continue
        _refuse(there, column)
        # Large areas first, so that the small ones lie on top and can be pointed at.
        safe = harmless(there.iloc[np.argsort(-there.area.to_numpy(), kind="stable")])
        name = None if column is None else _text(column)
        told = {k: dict(v) if isinstance(v, dict) else v for k, v in options.items()}  # geopandas empties them
        if name is not None and safe[name].isna().all():
            name = None
        told = _looks(safe, name) | told
        try:
            drawn = safe.explore(column=name, m=drawn, **told)
        except ImportError as error:
            raise InputError(
                Text(
                    "画图需要 folium、matplotlib 和 mapclassify：pip install folium matplotlib mapclassify",
                    "a map needs folium, matplotlib and mapclassify: pip install folium matplotlib mapclassify",
                )
            ) from error
        some = True
    if not some:
        raise InputError(
            Text("没有可以上图的图形", "there is nothing to draw: no row has a shape, or the answer is of no place")
        )
    return drawn


def _refuse(frame: gpd.GeoDataFrame, column: str | None) -> None:
    if len(frame) > MOST:
        raise InputError(
            Text(
                f"{len(frame)} 个图形太多，浏览器画不了 {MOST} 个以上：请只取一部分，如 answer.frame(…).nlargest(5000, 列)",
                f"{len(frame)} features are too many for a browser (at most {MOST}): draw a part, for example "
                "answer.frame(…).nlargest(5000, column)",
            )
        )
    if column is not None and column not in [frame.index.name, *frame.columns]:
        raise InputError(
            Text(
                f"没有列“{column}”，可选：{'、'.join(map(str, frame.columns))}",
                f"no column '{column}', choose one of {', '.join(map(str, frame.columns))}",
            )
        )


def _looks(frame: gpd.GeoDataFrame, column: str | None) -> dict[str, Any]:
    """Return how a layer is drawn where nobody says otherwise."""
    looks: dict[str, Any] = {"marker_kwds": {"radius": 5}, "style_kwds": {}, "highlight_kwds": {}, "legend_kwds": {}}
    if column is None:
        return looks
    looks["missing_kwds"] = {"color": "#999999", "label": "无数据 no data"}
    values = frame[column]
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        low, high = float(values.min()), float(values.max())
        if low >= 0:
            looks["vmin"] = 0.0  # so that a colour means the same in two maps of one kind
        if column.startswith("share"):
            high = max(high, 1.0)
        looks["vmax"] = high if high > looks.get("vmin", low) else low + 1.0
    return looks
