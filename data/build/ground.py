"""ground.geojson: sea, coast, lakes, rivers, railways, roads and place names to the edge of the view; for drawing only.

Coast and water bodies are cut from two packages of OpenStreetMap data of 2017 that are far too large to keep here. Fetch
them by hand, unpack them, and say where they are:

    npm pack @geo-maps/earth-coastlines-10m@0.6.0 @geo-maps/earth-waterbodies-10m@0.6.0
    python -m data.build.ground COASTLINES/package/map.geo.json WATERBODIES/package/map.geo.json

That writes ``tables/ground.csv``, from which every later build works without them. The coast is as exact as it says (10 m).
The water bodies are not: their corners lie about a kilometre apart, so only those above 2 km² that are no slivers are kept, their
corners rounded, and called derived, ±1 000 m.
"""

from __future__ import annotations

import csv
import itertools
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from data.build.tables import TABLES, table, write_geojson

WIDE = (112.0, 34.0, 126.0, 44.0)
"""Edge of the map [degrees]: beyond what a screen shows at the smallest scale."""
NEAR = (116.6, 38.3, 118.9, 39.8)
"""Where a planner works: here the coast is kept fine."""
GRID_DEG = 0.0001
FINE_DEG, COARSE_DEG = 0.00015, 0.008
ISLAND_FINE_KM2, ISLAND_KM2 = 0.05, 8.0
INLAND = (116.0, 38.0, 119.0, 40.3)
BODY_KM2, LARGE_KM2, COMPACT = 2.0, 8.0, 0.42
"""A body that is kept, one that always is, and how round the others must be (1 is a circle): slivers are left-overs of streams."""
KM2 = 111.3**2 * np.cos(np.radians(39.1))
"""Square kilometres of a square degree here."""
NAME_REACH_DEG = 0.03
FETCH = (
    "缺少原始数据 {path}：请先执行 npm pack @geo-maps/earth-coastlines-10m@0.6.0 @geo-maps/earth-waterbodies-10m@0.6.0 并解包\n"
    "the raw data {path} is missing: fetch it with npm pack as the head of data/build/ground.py says, and unpack it"
)


def _rings(document: Any) -> Iterator[list[list[list[float]]]]:
    """Yield the rings of every polygon of a GeoJSON geometry."""
    kind = document["type"]
    if kind == "GeometryCollection":
        for part in document["geometries"]:
            yield from _rings(part)
    elif kind == "MultiPolygon":
        yield from document["coordinates"]
    elif kind == "Polygon":
        yield document["coordinates"]


def _near(ring: np.ndarray, box: tuple[float, float, float, float]) -> bool:
    (west, south), (east, north) = ring.min(axis=0), ring.max(axis=0)
    return bool(east > box[0] and west < box[2] and north > box[1] and south < box[3])


def sea(rings: Iterator[list[list[list[float]]]]) -> BaseGeometry:
    """Return the sea of ``WIDE``: all of it that is not land; the coast fine near the zones, coarse far off."""
    land = []
    for polygon in rings:
        ring = np.asarray(polygon[0], float)
        if not _near(ring, WIDE):
            continue
        shape = shapely.clip_by_rect(shapely.Polygon(_thinned(ring)), *WIDE)
        least = ISLAND_FINE_KM2 if _near(ring, NEAR) else ISLAND_KM2
        land += [p for p in shapely.get_parts(shape) if p.area * KM2 >= least]
    dry = shapely.union_all(shapely.make_valid(np.array(land, dtype=object)))
    return shapely.set_precision(shapely.box(*WIDE).difference(dry), GRID_DEG)


def _thinned(ring: np.ndarray) -> np.ndarray:
    """Return a ring with fewer corners: its stretches inside ``NEAR`` keep the finer ones."""
    inside = (ring[:, 0] > NEAR[0]) & (ring[:, 0] < NEAR[2]) & (ring[:, 1] > NEAR[1]) & (ring[:, 1] < NEAR[3])
    cuts = [0, *(np.flatnonzero(inside[1:] != inside[:-1]) + 1).tolist(), len(ring) - 1]
    out: list[np.ndarray] = []
    for start, end in itertools.pairwise(cuts):
        if end > start:
            line = shapely.LineString(ring[start : end + 1])
            out.append(shapely.get_coordinates(line.simplify(FINE_DEG if inside[start] else COARSE_DEG))[:-1])
    whole = np.concatenate([*out, out[0][:1]])
    return whole if len(whole) > 3 else ring


def bodies(rings: Iterator[list[list[list[float]]]]) -> list[BaseGeometry]:
    """Return the inland water bodies that are large or round enough, their corners rounded."""
    found = []
    for polygon in rings:
        if len(polygon[0]) > 10_000 or not _near(
            np.asarray(polygon[0], float), INLAND
        ):  # the first is the sea of the world
            continue
        shape = shapely.Polygon(polygon[0])
        area, compact = shape.area * KM2, 4 * np.pi * shape.area / shape.length**2
        if area >= LARGE_KM2 or (area >= BODY_KM2 and compact >= COMPACT):
            found.append(shapely.Polygon(_rounded(shapely.get_coordinates(shape))))
    return sorted(shapely.set_precision(np.array(found, dtype=object), GRID_DEG), key=lambda s: (-s.area, s.bounds))


def _rounded(ring: np.ndarray) -> np.ndarray:
    """Return a closed ring whose corners are cut twice (Chaikin 1974, Computer Graphics and Image Processing 3, 346-349)."""
    for _ in range(2):
        start, end = ring[:-1], ring[1:]
        ring = np.stack([0.75 * start + 0.25 * end, 0.25 * start + 0.75 * end], axis=1).reshape(-1, 2)
        ring = np.vstack([ring, ring[:1]])
    return ring


def cut(coastlines: Path, waterbodies: Path) -> None:
    """Write ``tables/ground.csv`` from the two packages."""
    for path in (coastlines, waterbodies):
        if not path.is_file():
            raise SystemExit(FETCH.format(path=path))
    rows = [("sea", shapely.to_wkt(sea(_rings(json.loads(coastlines.read_text("utf-8")))), rounding_precision=4))]
    inland = bodies(_rings(json.loads(waterbodies.read_text("utf-8"))))
    rows += [("lake", shapely.to_wkt(shape, rounding_precision=4)) for shape in inland]
    with (TABLES / "ground.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerows([("kind", "wkt"), *rows])


def _water() -> list[tuple[dict[str, Any], BaseGeometry]]:
    """Return sea and lakes; a body is called what ``ground_names.csv`` has nearest to it."""
    names = table("ground_names")
    rows = []
    for row in table("ground").itertuples():
        shape = shapely.from_wkt(row.wkt)
        called: dict[str, Any] = {}
        if row.kind == "lake":
            away = shapely.distance(shapely.points(names["lon"], names["lat"]), shape)
            if len(away) and away.min() < NAME_REACH_DEG:
                called = names.iloc[int(away.argmin())].to_dict()
                names = names.drop(index=names.index[int(away.argmin())])
        rows.append(
            ({
                "kind": called.get("kind", row.kind), "name_zh": called.get("name_zh"), "name_en": called.get("name_en"), "rank": None,
                "basis": "sourced" if row.kind == "sea" else "derived", "accuracy_m": 10 if row.kind == "sea" else 1000,
                "source_id": "coastlines-10m" if row.kind == "sea" else "waterbodies-10m",
                "note": "2017 年数据" if row.kind == "sea" else "原数据拐点相距约 1 公里，此处圆角处理，形状仅供辨认",
            }, shape)
        )  # fmt: skip
    return rows


def build(out: Path) -> None:
    """Write the layer."""
    rows = _water()
    for name, shape in (("ground_lines", "wkt"), ("ground_places", None)):
        for row in table(name).to_dict("records"):
            geometry = shapely.from_wkt(row.pop("wkt")) if shape else shapely.Point(row.pop("lon"), row.pop("lat"))
            rows.append((row, geometry))
    write_geojson(out / "ground.geojson", "ground", rows)


def main(arguments: list[str]) -> None:
    """Cut the tables from the raw files given."""
    if len(arguments) != 2:
        raise SystemExit(__doc__)
    cut(Path(arguments[0]), Path(arguments[1]))


if __name__ == "__main__":
    main(sys.argv[1:])
