"""School districts under a scenario: which ground belongs to which school."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import geopandas as gpd
import shapely

from geo.crs import to_metres
from geo.errors import Finding, InputError
from geo.scenario.objects import Added, District, Object
from geo.workspace import Workspace

__all__ = ["changed", "district"]

WGS84 = "EPSG:4326"
GRID = 1e-7
"""Degrees to which corners are told (1 cm): what is written comes back as it was."""


def changed(workspace: Workspace, objects: Iterable[Object]) -> dict[str, Mapping[tuple[str, str], shapely.Geometry]]:
    """Return the districts that objects draw: (service, school) to area, in the metres of the workspace.

    Raises
    ------
    InputError
        If a school is not there; one finding each. A school that the scenario closes keeps its area: whose pupils go
        where is then to be decided, and the question about districts says so.

    Examples
    --------
    >>> from geo.examples import town
    >>> ring = [(117.0, 39.0), (117.01, 39.0), (117.01, 39.01)]
    >>> found = changed(town().workspace, [District("S", "primary", [[ring]])])
    >>> list(found["districts"])
    [('primary', 'S')]
    >>> changed(town().workspace, [District("T", "primary", [[ring]])])
    Traceback (most recent call last):
        ...
    geo.errors.InputError: ...district:T:primary: there is no school 'T'...
    """
    every = tuple(objects)
    drawn = [one for one in every if isinstance(one, District)]
    if not drawn:
        return {}
    known = set(workspace.schools.index.astype(str)) | {one.facility_id for one in every if isinstance(one, Added)}
    faults = [
        Finding(
            "error", f"方案对象 {one.object_id}：没有学校 {one.facility_id!r}，请删去此学区或补上学校",
            f"{one.object_id}: there is no school {one.facility_id!r}; delete this district or add the school",
            one.object_id, None, "facility_id",
        )
        for one in drawn if one.facility_id not in known
    ]  # fmt: skip
    if faults:
        raise InputError(faults)
    shapes = [shapely.MultiPolygon([(part[0], part[1:]) for part in one.area]) for one in drawn]
    placed = to_metres(gpd.GeoSeries(shapes, crs=WGS84), workspace.crs)
    return {"districts": {(one.service, one.facility_id): shape for one, shape in zip(drawn, placed, strict=True)}}


def district(facility_id: str, service: str, ground: gpd.GeoSeries, year: int | None = None) -> District:
    """Return the district of a school over ground (in metres) as an object of a plan.

    Examples
    --------
    >>> ground = gpd.GeoSeries([shapely.box(500_000, 4_320_000, 500_100, 4_320_100)], crs=4548)
    >>> one = district("S", "primary", ground)
    >>> one.object_id, len(one.area), len(one.area[0][0])
    ('district:S:primary', 1, 5)
    """
    whole = gpd.GeoSeries([shapely.union_all(ground.to_numpy())], crs=ground.crs).to_crs(WGS84).iloc[0]
    parts = [p for p in shapely.get_parts(shapely.set_precision(whole, GRID)) if isinstance(p, shapely.Polygon)]
    area = tuple(tuple(tuple(ring.coords) for ring in (part.exterior, *part.interiors)) for part in parts)
    return District(facility_id, service, area, year)
