"""A workspace folder from a map and a population: the same files as the bundled one, for any city.

Everything is written into a folder beside the target, which is then renamed: a build that fails leaves nothing
behind and an older workspace untouched.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo import schema
from geo.crs import WGS84, in_cgcs2000_area
from geo.errors import Finding, InputError
from geo.progress import Progress, Step
from geo.text import Text
from layers.osm import osm
from layers.osm.build_files import assumptions, copy_rules, readable, sources_of, workspace_toml
from layers.osm.elevation import with_slope, with_slopes
from layers.workspace import population, read_features
from layers.workspace.catalog import sha256
from layers.write import geojson

__all__ = ["build"]

MARGIN_M = 2_000.0
"""Streets and facilities this far beyond the zones and people are kept: the largest standard distance."""
HULL_POINTS = 20_000
EMPTY = ("projects",)


@dataclass(frozen=True)
class _Place:
    """What the files of a workspace are written from; frames in WGS84 but for ``cells``."""

    data: osm.OsmData
    zones: gpd.GeoDataFrame
    people: population.Population
    years: tuple[int, ...]


def build(
    osm_file: str | Path | None,
    people_file: str | Path,
    out: str | Path,
    *,
    zones: str | Path | None = None,
    place: str | None = None,
    name: str | None = None,
    population_year: int | None = None,
    crs: str | None = None,
    dem: str | Path | None = None,
    date: dt.date | None = None,
    progress: Progress | None = None,
) -> Path:
    """Write a complete workspace folder and return its path.

    Parameters
    ----------
    osm_file
        .osm.pbf, .osm or .graphml; None with ``place``, which is then fetched from OpenStreetMap.
    people_file
        Residents: GeoTIFF, or CSV / GeoParquet of points. A CSV that also counts ``schools`` and ``healthcare``
        per cell gives those facilities where the map has none.
    out
        Folder to make. An older workspace there is replaced; any other folder with content is refused.
    zones
        GeoJSON of zones; None draws one zone around the people.
    name
        Name of the place; by default the folder's name as a person would write it.
    population_year
        Year of the residents, where the file does not say.
    crs
        Metric CRS; chosen from the place by default.
    dem
        GeoTIFF of heights: streets become the level metres that take as long to walk (off by default).
    date
        Date of the build, for SOURCES.json; today by default.
    progress
        Called with what is being done, in Chinese and in English.

    Raises
    ------
    InputError
        If a file is missing or wrong, nobody says of which year the residents are, they do not live where the streets are, or ``out`` is not a workspace.
    CrsError
        If ``crs`` is not in metres or a raster has no reference system.
    """
    tell = progress or (lambda _step: None)
    target = Path(out)
    _refuse_other_folder(target)
    day = date or dt.date.today()
    title = name or readable(target.absolute().name)
    if osm_file is not None:
        data = osm.read(osm_file, crs=crs, progress=progress, every_way=True)
    elif place:
        tell(Step(Text("从 OpenStreetMap 下载", "downloading from OpenStreetMap")))
        data = osm.download(place, crs=crs)
    else:
        raise InputError(Text("请给出地图文件或地名", "give a map file or the name of a place"))
    tell(Step(Text("读取人口", "reading the population")))
    found = _place(data, Path(people_file), zones, title, population_year)
    tell(Step(Text("裁剪到片区周围", "clipping to the surroundings of the zones")))
    found = _clipped(found, Path(people_file))
    if dem is not None:
        tell(Step(Text("按坡度折算道路长度", "making streets longer by their slopes")))
        sloped = with_slope(found.data.streets.to_crs(data.crs), dem)
        found = _with(found, streets=sloped.to_crs(WGS84))
    if len(found.data.ways):
        found = _with(found, ways=with_slopes(found.data.ways.to_crs(data.crs), dem).to_crs(WGS84))
    tell(Step(Text("写出工作区", "writing the workspace")))
    inputs = {"osm": osm_file, "population": people_file, "zones": zones, "dem": dem}
    _write(found, target, title, day, inputs, place)
    return target


def _refuse_other_folder(target: Path) -> None:
    if target.is_dir():
        if any(target.iterdir()) and not (target / "workspace.toml").is_file():
            raise InputError(
                Text(
                    f"{target} 不是工作区，不会覆盖；请换一个文件夹",
                    f"{target} is not a workspace and will not be overwritten; choose another folder",
                )
            )
    elif target.exists():
        raise InputError(Text(f"{target} 是文件；请给出文件夹", f"{target} is a file; give a folder"))
    if not target.absolute().parent.is_dir():
        raise InputError(
            Text(
                f"文件夹不存在：{target.parent}，请先建立",
                f"the folder {target.parent} does not exist, create it first",
            )
        )


def _place(data: osm.OsmData, people_file: Path, zones_file: str | Path | None, name: str, year: int | None) -> _Place:
    """Return people and zones of the place that the streets lie in."""
    if not people_file.is_file():
        raise InputError(
            [Finding("error", "没有这个文件；请检查路径", "there is no such file; check the path", people_file.name)]
        )
    known = population.years_of(people_file)
    years = known if year is None else (year,)
    if not years:  # today's year would be a guess that every answer repeats
        raise InputError(
            [
                Finding(
                    "error",
                    "没有写明人口的年份；请用 --year 写明，或把列名（文件名）改成带年份的，如 people_2020",
                    "the year of the residents is not stated; give it with --year, or put it into the name of the column (file), as people_2020",
                    people_file.name,
                )
            ]
        )
    given = None if zones_file is None else _given_zones(Path(zones_file))
    around = data.streets if given is None else given
    bounds = gpd.GeoSeries([_around(around.to_crs(data.crs).geometry)], crs=data.crs).to_crs(WGS84).total_bounds
    people = population.read_people(people_file, crs=data.crs, years=years, bounds=bounds)
    if people.cells.empty:
        raise InputError(
            [
                Finding(
                    "error",
                    "街道所在的地方没有人口；请检查两份文件是否为同一城市、经纬度是否写反",
                    "nobody lives where the streets are; check that both files are of one city, longitude first",
                    people_file.name,
                )
            ]
        )
    drawn = one_zone(people, name) if given is None else given
    return _Place(data, drawn, people, tuple(years))


def _around(geometry: gpd.GeoSeries) -> Any:
    return shapely.box(*geometry.total_bounds).buffer(MARGIN_M, join_style="mitre")


def one_zone(people: population.Population, name: str) -> gpd.GeoDataFrame:
    """Return one zone around all cells: their concave hull, widened by a cell; basis derived."""
    xy = shapely.get_coordinates(people.cells.geometry.array)
    step = max(1, len(xy) // HULL_POINTS)
    hull = shapely.concave_hull(shapely.multipoints(xy[::step]), ratio=0.1).buffer(people.cell_metres, quad_segs=4)
    if step > 1 or hull.geom_type != "Polygon":
        outside = ~shapely.contains_xy(hull, xy)
        hull = shapely.union_all([hull, shapely.multipoints(xy[outside]).buffer(people.cell_metres)])
        hull = hull if hull.geom_type == "Polygon" else shapely.convex_hull(hull)
    hull = shapely.Polygon(hull.exterior).simplify(people.cell_metres / 10)
    row = {
        "zone_id": "all", "parent_id": None, "level": "zone", "name_zh": name, "name_en": name, "short_zh": name[:4],
        "role_zh": "由有人居住的单元外包得到，不是行政或规划边界",
        "role_en": "drawn around the inhabited cells; not an administrative or planning boundary",
        "functions": None, "area_km2_published": np.nan, "clause": None, "basis": "derived",
        "accuracy_m": round(people.cell_metres, 1), "source_id": "population", "note": None,
    }  # fmt: skip
    frame = gpd.GeoDataFrame([row], geometry=gpd.GeoSeries([hull], crs=people.cells.crs), crs=people.cells.crs)
    return frame.to_crs(WGS84)


def _given_zones(path: Path) -> gpd.GeoDataFrame:
    """Return the zones of a GeoJSON file; ids, level, names and source are filled in where missing."""
    if path.suffix.lower() not in (".geojson", ".json"):
        raise InputError(
            [
                Finding(
                    "error",
                    "片区须为 GeoJSON；其他格式请先建立工作区，再用 import 导入",
                    "zones must be GeoJSON; for other formats build first, then use import",
                    path.name,
                )
            ]
        )
    raw = read_features(path)
    defaults: dict[str, Callable[[int], Any]] = {
        "zone_id": lambda n: f"z{n}", "level": lambda _: "zone", "parent_id": lambda _: None,
        "name_zh": lambda n: f"片区 {n}", "name_en": lambda _: None, "basis": lambda _: "sourced",
        "source_id": lambda _: "zones", "accuracy_m": lambda _: None,
    }  # fmt: skip
    known = {"name_zh": ("name", "名称", "NAME"), "zone_id": ("id", "编号")}
    for column, fill in defaults.items():
        if column not in raw:
            other = next((c for c in known.get(column, ()) if c in raw), None)
            raw[column] = raw[other] if other else [fill(n) for n in range(1, len(raw) + 1)]
    typed, findings = schema.conform("zones", raw, file=path.name)
    schema.require(findings)
    if typed.empty:
        raise InputError([Finding("error", "没有片区", "holds no zone", path.name)])
    return typed


def _clipped(place: _Place, people_file: Path) -> _Place:
    """Return the place with streets and facilities near zones and people only, and counted facilities added."""
    data = place.data
    near = gpd.GeoSeries([_near(place)], crs=data.crs)
    degrees = near.to_crs(WGS84).iloc[0]
    shapely.prepare(degrees)
    kept: dict[str, gpd.GeoDataFrame] = {}
    for layer in ("streets", "schools", "clinics", "stops", "facilities", "links", "water", "ways"):
        frame = getattr(data, layer)
        if frame.empty:
            kept[layer] = frame
            continue
        inside = shapely.intersects(degrees, np.asarray(frame.geometry.array))
        kept[layer] = frame[inside].reset_index(drop=True)
    if kept["streets"].empty:
        raise InputError(
            [Finding("error", "片区和人口附近没有街道；请检查是否为同一城市", "no street is near zones and people; check that they are of one city")]
        )  # fmt: skip
    west, south, east, north = degrees.bounds
    view = shapely.box(west - (east - west), south - (north - south), east + (east - west), north + (north - south))
    kept["ground"] = (
        data.ground[shapely.intersects(view, np.asarray(data.ground.geometry.array))]
        if len(data.ground)
        else data.ground
    )
    water = kept["water"]
    if len(water):
        box = shapely.box(*degrees.bounds)
        kept["water"] = water.set_geometry(shapely.intersection(np.asarray(water.geometry.array), box), crs=WGS84)
    counted = population.counted_places(people_file)
    counted = counted[shapely.contains_xy(degrees, counted["lon"].to_numpy(), counted["lat"].to_numpy())]
    for layer, column in (("schools", "schools"), ("clinics", "healthcare")):
        if kept[layer].empty and counted[column].sum() > 0:
            kept[layer] = counted_facilities(counted, layer, place.people.cell_metres)
    return _with(place, **kept)


def _near(place: _Place) -> Any:
    """Return the area within the margin of zones and people, in metres."""
    zones = shapely.union_all(place.zones.to_crs(place.data.crs).geometry.array).simplify(10)
    hull = shapely.convex_hull(shapely.multipoints(shapely.get_coordinates(place.people.cells.geometry.array)))
    return shapely.union_all([zones, hull]).buffer(MARGIN_M, quad_segs=4)


def counted_facilities(counted: pd.DataFrame, layer: str, cell_metres: float) -> gpd.GeoDataFrame:
    """Return one facility for each one counted in a cell, at the cell's centre; kind and seats unknown."""
    column, kind, zh, en = {
        "schools": ("schools", "school", "学校", "School"),
        "clinics": ("healthcare", "community_health_centre", "医疗点", "Health unit"),
    }[layer]
    times = counted[column].to_numpy(dtype=float).round().astype(int)
    rows = counted.loc[np.repeat(counted.index.to_numpy(), times)].reset_index(drop=True)
    number = np.arange(1, len(rows) + 1)
    letter = layer[0].upper()
    return gpd.GeoDataFrame(
        {
            "facility_id": [f"{letter}{n:03d}" for n in number],
            "name_zh": [f"{zh} {n}（按单元计数）" for n in number],
            "name_en": [f"{en} {n} (counted per cell)" for n in number],
            "kind": kind,
            "status": "existing",
            "basis": "derived",
            "accuracy_m": round(cell_metres / 2, 1),
            "source_id": "population",
            "note": "人口网格的计数，放在单元中心；类型和规模未知",
        },
        geometry=gpd.points_from_xy(rows["lon"], rows["lat"]),
        crs=WGS84,
    )


def _with(place: _Place, **frames: gpd.GeoDataFrame) -> _Place:
    data = osm.OsmData(**{**vars(place.data), **frames})
    return _Place(data, place.zones, place.people, place.years)


def _write(place: _Place, target: Path, name: str, day: dt.date, inputs: dict[str, Any], fetched: str | None) -> None:
    """Write all files into a folder beside the target, then put it in the target's place."""
    parent = target.absolute().parent
    try:
        draft = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".tmp", dir=parent))
    except OSError as error:
        raise InputError(
            Text(
                f"无法写入 {parent}（{error.strerror}），请换一个文件夹",
                f"cannot write to {parent} ({error.strerror}), choose another",
            )
        ) from error
    try:
        draft.chmod(0o755)
        _write_layers(place, draft)
        _write_people(place, draft, Path(inputs["population"]))
        (draft / "targets.csv").write_text(
            "indicator_id,category,name,unit,baseline_2020,target_2025,kind,operator,clause,conflict\n", "utf-8-sig"
        )
        rule_sources = copy_rules(draft / "standards.csv")
        (draft / "workspace.toml").write_text(
            workspace_toml(
                name,
                place.data.crs,
                place.years,
                sloped=bool(inputs["dem"]),
                rules=_in_china(place.zones),
            ),
            "utf-8",
        )
        records = {**sources_of(inputs, place.data.timestamp, fetched, day), **assumptions(day), **rule_sources}
        for file in sorted(p for p in draft.iterdir() if p.is_file()):
            records[f"file:{file.name}"] = {
                "title": f"本工作区的 {file.name}，由上列来源生成 / {file.name} of this workspace, made from the sources above",
                "publisher": "zone planner build", "licence": osm.LICENCE, "retrieved": day.isoformat(),
                "url": "own work", "file": file.name, "sha256": sha256(file),
            }  # fmt: skip
        (draft / "SOURCES.json").write_text(json.dumps(records, ensure_ascii=False, indent=1, sort_keys=True), "utf-8")
        _swap(draft, target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _in_china(zones: gpd.GeoDataFrame) -> bool:
    """Return whether the middle of the zones lies where the standards of China apply."""
    middle = shapely.box(*zones.to_crs(WGS84).total_bounds).centroid
    return in_cgcs2000_area(middle.x, middle.y)


def _write_layers(place: _Place, folder: Path) -> None:
    data = place.data
    frames: dict[str, gpd.GeoDataFrame] = {
        "zones": place.zones, "schools": data.schools, "clinics": data.clinics, "stops": data.stops,
        "facilities": data.facilities, "links": data.links, "water": data.water, "ground": data.ground,
    }  # fmt: skip
    for layer, frame in frames.items():
        geojson.write(_complete(layer, frame), folder / f"{layer}.geojson")
    for layer in EMPTY:
        geojson.write(_complete(layer, gpd.GeoDataFrame(geometry=[], crs=WGS84)), folder / f"{layer}.geojson")
    columns = ["u", "v", "metres", "class", "barrier", "name", "basis", "accuracy_m", "source_id"]
    columns += [c for c in ("map_metres",) if c in data.streets]
    data.streets[[*columns, "geometry"]].to_parquet(folder / "streets.parquet", compression="zstd")
    if len(data.ways):
        data.ways.drop(columns=["oneway"]).to_parquet(folder / "ways.parquet", compression="zstd")


def _complete(layer: str, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the frame with every column of the schema, unknown where it has none."""
    out = frame.copy()
    for column in schema.LAYERS[layer].columns:
        if column.name not in out:
            numeric = column.kind in ("number", "integer", "year")
            out[column.name] = pd.Series(
                np.nan if numeric else None, index=out.index, dtype=float if numeric else object
            )
    return out


def _write_people(place: _Place, folder: Path, source: Path) -> None:
    if source.suffix.lower() in (".tif", ".tiff"):
        bounds = _margin_bounds(place)
        population.clip_raster(source, folder / "population.tif", bounds=bounds, years=place.years)
    else:
        population.write_points(place.people, folder / "population.parquet")


def _margin_bounds(place: _Place) -> Sequence[float]:
    """Return west, south, east, north [degrees] of the cells that were read."""
    cells = place.people.cells.geometry.buffer(place.people.cell_metres, cap_style="square")
    west, south, east, north = cells.to_crs(WGS84).total_bounds
    return (float(west), float(south), float(east), float(north))


def _swap(draft: Path, target: Path) -> None:
    """Put the finished folder in the place of the old one."""
    if not target.exists():
        os.replace(draft, target)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".old", dir=target.absolute().parent))
    os.replace(target, old / target.name)
    try:
        os.replace(draft, target)
    except OSError:
        os.replace(old / target.name, target)
        raise
    shutil.rmtree(old, ignore_errors=True)
