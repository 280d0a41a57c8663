"""OpenStreetMap → streets, schools, clinics, stations, transport lines and water of a workspace.

From a file (.osm.pbf, .osm, .graphml of OSMnx) or online by the name of a place. Coordinates are WGS84; lengths
are measured in the metric CRS of the place, on the ellipsoid's projection. OSMnx measures on a sphere of
6 371 009 m: single streets differ by up to 0.4 % with their direction, whole networks by less than 0.1 %.

Data © OpenStreetMap contributors, Open Database Licence (openstreetmap.org/copyright).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import osmium
import shapely

from geo.crs import metric_crs_for, require_metric
from geo.errors import Finding, InputError
from geo.progress import Progress, Step
from geo.text import Text
from layers.osm import tags as tags_of
from layers.osm.carried import carried
from layers.osm.corners import corners_of, told
from layers.osm.features import MapObject, clinics_of, lines_of, public_of, schools_of, stops_of, water_of
from layers.osm.ground import ground_of
from layers.osm.streets import Way, links_of, mark_barriers

__all__ = ["ATTRIBUTION", "LICENCE", "OsmData", "download", "read", "streets"]

ATTRIBUTION = "© OpenStreetMap contributors"
LICENCE = "ODbL 1.0 (https://opendatacommons.org/licenses/odbl/1-0/)"
Mode = Literal["walk", "drive"]

KEYS = (
    "highway",
    "amenity",
    "healthcare",
    "railway",
    "public_transport",
    "natural",
    "waterway",
    "landuse",
    "leisure",
    "shop",
    "social_facility",
)
AREA_KEYS = (
    "amenity",
    "healthcare",
    "railway",
    "public_transport",
    "natural",
    "waterway",
    "landuse",
    "leisure",
    "shop",
    "social_facility",
)
SUFFIXES = (".osm.pbf", ".pbf", ".osm", ".osm.gz", ".osm.bz2", ".graphml")
FEATURE_TAGS = {
    "amenity": [
        "school",
        "kindergarten",
        "hospital",
        "clinic",
        "doctors",
        "bus_station",
        "ferry_terminal",
        "library",
        "community_centre",
        "arts_centre",
        "marketplace",
        "social_facility",
    ],
    "healthcare": ["hospital", "clinic", "centre", "doctor"],
    "railway": ["station", "halt", "tram_stop", "rail", "subway", "light_rail"],
    "highway": ["motorway", "trunk", "bus_stop"],
    "leisure": ["sports_centre", "pitch", *tags_of.GROUND["leisure"]],
    "shop": ["supermarket"],
    "natural": ["water", "coastline", *tags_of.GROUND["natural"]],
    "waterway": ["river", "canal", "riverbank"],
    "landuse": ["reservoir", *tags_of.GROUND["landuse"]],
}


@dataclass(frozen=True)
class OsmData:
    """What a map says of a place; frames in WGS84 with the columns of the data contract.

    ``streets`` has u, v, metres, class, barrier, name, oneway, way_id; ``crs`` is the metric CRS measured in;
    ``notes`` says in both languages what was left out and why.
    """

    streets: gpd.GeoDataFrame
    schools: gpd.GeoDataFrame
    clinics: gpd.GeoDataFrame
    stops: gpd.GeoDataFrame
    facilities: gpd.GeoDataFrame
    links: gpd.GeoDataFrame
    water: gpd.GeoDataFrame
    crs: str
    timestamp: str = ""
    notes: tuple[Finding, ...] = ()
    ground: gpd.GeoDataFrame = field(default_factory=gpd.GeoDataFrame)
    ways: gpd.GeoDataFrame = field(default_factory=gpd.GeoDataFrame)
    """All ways with who may use them and how (``geo.modes``); empty where they were not asked for."""


@dataclass
class _Found:
    """What one pass over a map file gathers."""

    ways: list[Way] = field(default_factory=list)
    every: list[Way] | None = None
    """The ways of all modes, where they are wanted."""
    objects: list[MapObject] = field(default_factory=list)
    cut_ways: int = 0


def read(
    path: str | Path,
    *,
    crs: str | None = None,
    mode: Mode = "walk",
    progress: Progress | None = None,
    every_way: bool = False,
) -> OsmData:
    """Return the layers of an OpenStreetMap file.

    Parameters
    ----------
    path
        .osm.pbf, .osm (also .gz, .bz2), or .graphml as OSMnx saves it (streets only).
    crs
        Metric CRS to measure in; None chooses it from the middle of the streets.
    mode
        ``walk``: ways of OSMnx's walk filter; ``drive``: of its drive_service filter, one-way kept.
    progress
        Called with what is being done, in Chinese and in English.
    every_way
        Give the ways of all modes too (not of .graphml, which holds the ways of one).

    Raises
    ------
    InputError
        If the file is missing, of another kind, damaged, or has no such street.
    CrsError
        If ``crs`` is not in metres.
    """
    path = Path(path)
    if crs is not None:
        require_metric(crs)
    if not path.name.lower().endswith(SUFFIXES):
        raise _bad(
            path.name,
            f"不是地图文件；请给出 {'、'.join(SUFFIXES)}",
            f"is not a map file; give one of {', '.join(SUFFIXES)}",
        )
    if not path.is_file():
        raise _bad(path.name, "没有这个文件；请检查路径", "there is no such file; check the path")
    if path.name.lower().endswith(".graphml"):
        from layers.osm.graph import read_graphml  # osmnx takes a second to import

        return _assembled(*read_graphml(path, crs, mode), mode=mode)
    tell = progress or (lambda _step: None)
    tell(Step(Text("读取地图文件", "reading the map file")))
    found, timestamp = _scan(path, mode, every_way)
    if not found.ways and found.cut_ways:
        raise _bad(
            path.name,
            "道路的节点不在其前面（文件未按节点、道路排序，或编号为负）；请用 osmium sort 排序后再用",
            "ways come before their nodes, or node ids are negative; sort the file with 'osmium sort' first",
        )
    if not found.ways:
        raise _no_streets(path.name, mode)
    lonlat = np.concatenate([w.lonlat for w in found.ways])
    crs = crs or metric_crs_for(*np.median(lonlat, axis=0))
    tell(Step(Text("切分道路", "cutting the streets where they meet")))
    links = links_of(found.ways, crs)
    if links.empty:
        raise _no_streets(path.name, mode)
    notes = []
    if found.cut_ways:
        notes.append(
            Finding(
                "info",
                f"{found.cut_ways} 条道路在数据边界处缺少节点，已在该处截断",
                f"{found.cut_ways} ways lack nodes at the border of the extract and were cut there",
                path.name,
            )
        )
    data = _assembled(links, found.objects, crs, timestamp, tuple(notes), mode=mode)
    if found.every is None:
        return data
    gates, turns = corners_of(path)
    return replace(data, ways=told(_sourced(links_of(found.every, crs, gates)), gates, turns))


def streets(path: str | Path, *, crs: str | None = None, mode: Mode = "walk") -> gpd.GeoDataFrame:
    """Return the street links of a map file in its metric CRS, ready for ``Network.from_links``.

    Parameters and errors as `read`.
    """
    data = read(path, crs=crs, mode=mode)
    return data.streets.to_crs(data.crs)


def download(place: str, *, crs: str | None = None, mode: Mode = "walk") -> OsmData:
    """Return the layers of a place, fetched from OpenStreetMap by its name (needs the network).

    Parameters
    ----------
    place
        Name that Nominatim finds, such as ``华苑, 天津`` or ``Porto Alegre, Brazil``.
    crs, mode
        As `read`.

    Raises
    ------
    InputError
        If there is no network, the servers do not answer, or no such place is known.
    """
    from layers.osm.graph import fetch

    return _assembled(*fetch(place, crs, mode, FEATURE_TAGS), mode=mode)


def _assembled(
    links: gpd.GeoDataFrame, objects: Iterable[MapObject], crs: str, timestamp: str = "",
    notes: tuple[Finding, ...] = (), *, mode: Mode,
) -> OsmData:  # fmt: skip
    """Return the checked layers from cut streets and the other objects of the map."""
    objects = list(objects)
    lines, barriers = lines_of(objects, crs)
    links["barrier"] = mark_barriers(links.to_crs(crs), barriers) if mode == "walk" else ""
    links = _sourced(links)
    return OsmData(
        streets=links,
        schools=schools_of(objects),
        clinics=clinics_of(objects),
        stops=stops_of(objects, crs),
        facilities=public_of(objects, crs, links),
        links=lines,
        water=water_of(objects, crs),
        crs=crs,
        timestamp=timestamp,
        notes=notes,
        ground=ground_of(objects, crs, links.total_bounds),
    )


def _sourced(links: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return links.assign(basis="sourced", accuracy_m=5.0, source_id="osm")


def _scan(path: Path, mode: Mode, every_way: bool) -> tuple[_Found, str]:
    """Return what is in a map file, and the date of its data where it says so."""
    _check_start(path)
    wanted = tags_of.walkable if mode == "walk" else tags_of.drivable
    found = _Found(every=[] if every_way else None)
    factory = osmium.geom.WKBFactory()
    try:
        _refuse_repeated_nodes(path)
        # An absolute path: osmium would fetch a "file name" that looks like an address.
        reader = osmium.FileProcessor(str(path.resolve()))
        timestamp = reader.header.get("osmosis_replication_timestamp", "")
        reader = reader.with_areas(osmium.filter.KeyFilter(*AREA_KEYS)).with_filter(osmium.filter.KeyFilter(*KEYS))
        thing: Any  # what pyosmium declares lacks the tests of its kind
        for thing in reader:
            tags = {t.k: t.v for t in thing.tags}
            if thing.is_way():
                _take_way(thing, tags, wanted, mode, found)
            elif thing.is_area():
                _take_area(thing, tags, factory, found)
            elif thing.is_node() and thing.location.valid():
                _take(f"n{thing.id}", tags, shapely.Point(thing.location.lon, thing.location.lat), found)
    except InputError:
        raise
    except (RuntimeError, ValueError, OSError, osmium.InvalidLocationError) as error:
        raise _bad(
            path.name,
            f"地图文件已损坏或不完整：{error}；请重新下载",
            f"is damaged or incomplete: {error}; download it again",
        ) from error
    return found, timestamp


def _check_start(path: Path) -> None:
    """Refuse a file that is not what its name says, or that carries XML entities."""
    with path.open("rb") as stream:
        start = stream.read(4096)
    if path.name.lower().endswith(".pbf"):
        good = b"OSMHeader" in start[:64]
    elif path.name.lower().endswith(".osm"):
        good = b"<osm" in start and b"<!DOCTYPE" not in start and b"<!ENTITY" not in start
    else:
        good = start[:2] in (b"\x1f\x8b", b"BZ")
    if not good:
        raise _bad(
            path.name,
            "内容不是 OpenStreetMap 数据；请检查文件是否下载完整",
            "does not hold OpenStreetMap data; check that the download is complete",
        )


def _refuse_repeated_nodes(path: Path) -> None:
    """Raise if a node comes twice: the later place would silently move the streets drawn by the earlier."""
    nodes: Any = osmium.FileProcessor(str(path.resolve()), osmium.osm.NODE)
    ids = np.sort(np.fromiter((node.id for node in nodes), dtype=np.int64))
    repeated = np.flatnonzero(ids[1:] == ids[:-1])
    if repeated.size:
        raise _bad(
            path.name,
            f"有 {repeated.size} 个节点重复（如 {ids[repeated[0]]}），可能是历史文件；请提供当前数据",
            f"{repeated.size} nodes come twice (as {ids[repeated[0]]}), perhaps a history file; give current data",
        )


def _take_way(
    way: Any, tags: dict[str, str], wanted: Callable[[dict[str, str]], bool], mode: Mode, found: _Found
) -> None:
    street = wanted(tags)
    line = tags_of.line_kind(tags) or tags_of.water_kind(tags) == "line" or tags_of.coast(tags)
    used = None if found.every is None else carried(tags)
    loose = not way.is_closed() and (tags_of.kindergarten_or_school(tags) or tags_of.clinic_kind(tags))
    if not (street or line or loose or used):
        return
    nodes = [(n.ref, n.location.lon, n.location.lat) if n.location.valid() else None for n in way.nodes]
    parts = list(_known_stretches(nodes))
    name = tags.get("name:zh") or tags.get("name", "")
    if used is not None and found.every is not None:
        found.every += [Way(way.id, *part, tags["highway"], name, carried=used) for part in parts]
    if street:
        found.cut_ways += None in nodes
        direction = tags_of.one_way(tags) if mode == "drive" else 0
        for refs, lonlat in parts:
            turned = slice(None, None, -1) if direction < 0 else slice(None)
            found.ways.append(Way(way.id, refs[turned], lonlat[turned], tags["highway"], name, direction != 0))
    if line or loose:
        for _, lonlat in parts:
            _take(f"w{way.id}", tags, shapely.LineString(lonlat), found)


def _known_stretches(nodes: list[Any]) -> Iterator[tuple[Any, Any]]:
    """Yield (ids, lon/lat) of the stretches whose places are known, without repeated nodes."""
    stretch: list[tuple[int, float, float]] = []
    for node in [*nodes, None]:
        if node is not None:
            if not stretch or stretch[-1][0] != node[0]:
                stretch.append(node)
            continue
        if len(stretch) > 1:
            refs = np.array([n[0] for n in stretch], dtype=np.int64)
            yield refs, np.array([n[1:] for n in stretch], dtype=float)
        stretch = []


def _take_area(area: Any, tags: dict[str, str], factory: Any, found: _Found) -> None:
    label = f"{'w' if area.from_way() else 'r'}{area.orig_id()}"
    if _is_facility(tags) or tags_of.water_kind(tags) == "area" or tags_of.ground_kind(tags):
        try:
            shape = shapely.from_wkb(factory.create_multipolygon(area))
        except RuntimeError:  # rings that do not close: nothing to draw
            return
        found.objects.append(MapObject(label, tags, shape))


def _take(label: str, tags: dict[str, str], shape: Any, found: _Found) -> None:
    if _is_facility(tags) or tags_of.line_kind(tags) or tags_of.water_kind(tags) or tags_of.coast(tags):
        found.objects.append(MapObject(label, tags, shape))


def _is_facility(tags: dict[str, str]) -> bool:
    return bool(
        tags_of.kindergarten_or_school(tags) or tags_of.clinic_kind(tags) or tags_of.stop_kind(tags) or tags_of.public_kind(tags)
    )  # fmt: skip


def _no_streets(file: str, mode: Mode) -> InputError:
    what = ("可步行的道路", "walkable street") if mode == "walk" else ("可行车的道路", "drivable street")
    return _bad(
        file,
        f"其中没有{what[0]}；请检查是否为完整的 OpenStreetMap 数据",
        f"holds no {what[1]}; check that it is a complete OpenStreetMap extract",
    )


def _bad(file: str, zh: str, en: str) -> InputError:
    return InputError([Finding("error", zh, en, file)])
