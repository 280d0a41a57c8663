"""Where data must lie, and what every step of placing needs: points of shapes, shapes moved, rows outside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from geo.errors import Finding
from layers.incoming.rows.table import RefusedError, Table, error, info, warning

__all__ = ["TIANJIN", "Floats", "Known", "Place", "coordinates", "inside", "mapped", "within"]

Floats = npt.NDArray[np.float64]
NEAR = 0.1  # [degrees]: about 10 km around the bounds of the zones
TIANJIN = (116.6, 38.4, 118.2, 40.4)  # lon, lat: the municipality and its surroundings


@dataclass(frozen=True)
class Known:
    """Places of the workspace by name: name, lon, lat [degrees], accuracy [m]."""

    name: str
    lon: float
    lat: float
    accuracy_m: float


@dataclass(frozen=True)
class Place:
    """What the caller knows of the place: its extent (west, south, east, north), and named places."""

    extent: tuple[float, float, float, float] = TIANJIN
    known: tuple[Known, ...] = ()
    zones: tuple[float, float, float, float] | None = None
    """Bounds of the workspace's zones: facilities beyond are named, not refused."""
    sure: bool = True
    """Whether data far outside the extent must be wrong (not for OpenStreetMap extracts)."""


def coordinates(shapes: Sequence[Any]) -> Floats:
    """Return every vertex of ``shapes``, shape (n, 2)."""
    return np.asarray(shapely.get_coordinates(np.array(shapes, dtype=object)), dtype=float)


def mapped(shapes: Sequence[Any], change: Any) -> list[Any]:
    """Return ``shapes`` with ``change`` applied to their vertices."""
    return list(shapely.transform(np.array(shapes, dtype=object), change))


def within(xy: Floats, box: tuple[float, float, float, float], margin: float = 0.0) -> npt.NDArray[np.bool_]:
    """Return which points lie in ``box`` (west, south, east, north), ``margin`` around it included."""
    west, south, east, north = box
    with np.errstate(invalid="ignore"):
        return (
            (xy[:, 0] >= west - margin)
            & (xy[:, 0] <= east + margin)
            & (xy[:, 1] >= south - margin)
            & (xy[:, 1] <= north + margin)
        )


def inside(shapes: list[Any], table: Table, place: Place, findings: list[Finding]) -> None:
    """Say which rows lie outside the area; refuse those that cannot be meant."""
    bounds = shapely.bounds(np.array(shapes, dtype=object))
    present = ~np.isnan(bounds).any(axis=1)
    broken = [
        table.lines[i]
        for i, s in enumerate(shapes)
        if s is not None and not np.isfinite(shapely.get_coordinates(s)).all()
    ]
    if broken:
        raise RefusedError(
            *(
                error(
                    "坐标无法换算到经纬度；请检查坐标系和带号",
                    "the coordinates cannot be converted to degrees; check the reference system and zone number",
                    r,
                    "geometry",
                )
                for r in broken[:100]
            )
        )
    good = within(bounds[:, [0, 1]], place.extent) & within(bounds[:, [2, 3]], place.extent)
    outside = np.flatnonzero(present & ~good)
    if place.zones is not None and not len(outside):
        near = within(bounds[:, [0, 1]], place.zones, NEAR) & within(bounds[:, [2, 3]], place.zones, NEAR)
        far = np.flatnonzero(present & ~near)
        findings += [
            warning(
                f"位置（{bounds[i, 0]:.4f}, {bounds[i, 1]:.4f}）在各片区以外较远；若不属于本规划区请删除，否则请核对坐标",
                f"the place ({bounds[i, 0]:.4f}, {bounds[i, 1]:.4f}) is far from every zone; delete the row if it is not of this plan, or check it",
                table.lines[i],
                "geometry",
            )
            for i in far[:50]
        ]
    _coarse(shapes, findings)
    if not len(outside):
        return
    if not place.sure:
        findings.append(warning(f"{len(outside)} 行在规划范围之外", f"{len(outside)} rows lie outside the area"))
        return
    where = "、".join(f"{v:g}" for v in place.extent)
    raise RefusedError(*(
        error(f"位置在规划范围之外（{bounds[i, 0]:.4f}, {bounds[i, 1]:.4f}；范围 {where}）；请检查坐标、经纬度顺序和坐标系，或删除此行",
              f"the place ({bounds[i, 0]:.4f}, {bounds[i, 1]:.4f}) lies outside the area; check coordinates, axis order and reference system, or delete the row",
              table.lines[i], "geometry") for i in outside[:200]))  # fmt: skip


def _coarse(shapes: list[Any], findings: list[Finding]) -> None:
    """Say so when every point is rounded to a place of its degrees that is coarse for planning."""
    xy = coordinates([s for s in shapes if s is not None and s.geom_type == "Point"])
    for digits, metres in ((1, 5_000), (2, 500), (3, 50)):
        if len(xy) and np.abs(xy - np.round(xy, digits)).max() < 1e-9:
            findings.append(
                info(
                    f"坐标只有 {digits} 位小数，位置可能差约 {metres:,} 米",
                    f"the coordinates have {digits} decimals, places may be about {metres:,} m off",
                )
            )
            return
