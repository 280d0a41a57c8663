"""An area that somebody gives as text, GeoJSON or WKT in degrees: what a question about a drawn area is asked with."""

from __future__ import annotations

from typing import Any

import shapely

from geo.errors import InputError
from geo.text import Text
from layers.incoming.readers.features import strict
from layers.incoming.rows.shapes import Builder
from layers.incoming.rows.table import RefusedError

__all__ = ["TEXT_MAX", "outline"]

TEXT_MAX = 2_000_000
"""Characters of such a text: the borders of a province fit."""


def outline(text: str) -> shapely.Polygon | shapely.MultiPolygon:
    """Return the area of a GeoJSON geometry, feature or collection, or of WKT; several areas are one.

    Raises
    ------
    InputError
        If the text is too long, is neither, or holds no area in degrees of WGS 84.

    Examples
    --------
    >>> outline("POLYGON ((117 39, 117.1 39, 117.1 39.1, 117 39))").geom_type
    'Polygon'
    """
    if len(text) > TEXT_MAX:
        raise InputError(
            Text(f"范围的文字超过 {TEXT_MAX:,} 个字符", f"the text of the area has over {TEXT_MAX:,} characters")
        )
    made = Builder()
    try:
        if text.lstrip("\ufeff \t\r\n").startswith("{"):
            shapes = [made.from_json(one, row) for row, one in enumerate(_geometries(strict(text.lstrip("\ufeff"))), 1)]
        else:
            shapes = [made.from_wkt(text.strip(), 1)]
    except RefusedError as error:
        raise InputError(list(error.findings)) from error
    areas = [one for one in shapes if one is not None and one.geom_type in ("Polygon", "MultiPolygon")]
    if not areas or len(areas) < len(shapes):
        raise _no_area()
    if not all(one.is_valid for one in areas):
        raise InputError(Text("范围的边界自相交；请重画", "the border of the area crosses itself; draw it again"))
    west, south, east, north = shapely.total_bounds(areas)
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise InputError(
            Text(
                "范围须用经纬度（度，WGS 84）；请先换算坐标",
                "the area must be in degrees of longitude and latitude (WGS 84); convert it first",
            )
        )
    whole = shapely.union_all(areas) if len(areas) > 1 else areas[0]
    if not isinstance(whole, shapely.Polygon | shapely.MultiPolygon):
        raise _no_area()
    return whole


def _geometries(content: Any) -> list[Any]:
    """Return the geometries of a GeoJSON object."""
    kind = content.get("type") if isinstance(content, dict) else None
    if kind == "FeatureCollection" and isinstance(content.get("features"), list):
        return [one.get("geometry") if isinstance(one, dict) else None for one in content["features"]]
    return [content.get("geometry") if kind == "Feature" else content]


def _no_area() -> InputError:
    return InputError(
        Text(
            "文字须为面：GeoJSON 的 Polygon、MultiPolygon（或只含面的要素），或 WKT 的 POLYGON ((经度 纬度, …))",
            "give an area: a Polygon or MultiPolygon of GeoJSON (or features of nothing else), or WKT such as POLYGON ((lon lat, …))",
        )
    )
