"""From an analyst's own frames to a workspace: checked, brought to one metric system, and what was done said."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from geo.crs import metric_crs_for, require_metric, to_metres, to_wgs84
from geo.errors import CrsError, Finding, InputError
from geo.laws import limit_of
from geo.network import Network
from geo.schema import BASES, LAYERS
from geo.services import SERVICES, STAGES
from geo.services import service as known
from geo.text import Text
from geo.workspace import OWN_FRAMES, Workspace, with_leaf_zone

__all__ = ["workspace_of"]

AROUND_M = 500.0
"""Margin of the one area drawn around everybody where no zones are given [m]."""
APART_M = 100_000.0
"""Frames farther from the links than this cannot be of one place: a reference system must be wrong [m]."""
MEET_M = 1e-3
"""Ends of lines this near are one corner [m]."""
SHOWN = 20
"""Rows named one by one before the rest is counted."""
KINDS: Mapping[str, tuple[frozenset[str], Text]] = {
    "facilities": (
        frozenset({"Point"}),
        Text("设施须为点；面请先取代表点（representative_point）", "facilities must be points: take representative_point() of areas"),
    ),
    "people": (frozenset({"Point", "Polygon", "MultiPolygon"}), Text("人口须为点或面", "people must be points or areas")),
    "links": (
        frozenset({"LineString", "MultiLineString"}),
        Text("路段须为线；请去掉点和面", "links must be lines: drop points and areas"),
    ),
    "zones": (frozenset({"Polygon", "MultiPolygon"}), Text("片区须为面", "zones must be areas (polygons)")),
}  # fmt: skip
"""Geometry that each frame may hold, and what is said of any other."""


def workspace_of(
    *,
    facilities: gpd.GeoDataFrame,
    people: gpd.GeoDataFrame,
    links: gpd.GeoDataFrame,
    zones: gpd.GeoDataFrame | None,
    service: str,
    year: int,
    limit: float | None,
    crs: str | None,
    name: str,
) -> Workspace:
    """Return the workspace of these frames; see ``geo.case.Case.from_frames``.

    What the frames do not say (basis, source, opening year) is filled in as assumed, unknown or none, never guessed.
    What was done with each frame is told in ``workspace.own_frames``.

    Examples
    --------
    >>> from geo import examples
    >>> place = workspace_of(
    ...     facilities=examples.school().to_crs("EPSG:4326"), people=examples.homes(), links=examples.streets(),
    ...     zones=None, service="primary", year=2025, limit=500, crs=None, name="Town",
    ... )
    >>> place.own_frames["facilities"].en, place.own_frames["people"].en
    ('1 rows; EPSG:4326 → EPSG:4548', '3 rows; EPSG:4548')
    """
    asked, year = known(service), _year(year)
    given = {"facilities": facilities, "people": people, "links": links}
    given |= {} if zones is None else {"zones": zones}
    for told, frame in given.items():
        _is_frame(frame, told)
    _raise([finding for told, frame in given.items() for finding in _faults(frame, told)])
    metric = _metric(links, crs)
    frames = {told: _brought(frame, metric, told) for told, frame in given.items()}
    _refuse_apart(frames)
    _raise([finding for told, frame in frames.items() for finding in _wrong_values(frame, told, year)])

    cells = _cells(frames["people"], year)
    areas = _zones(frames.get("zones"), cells, name)
    cells = with_leaf_zone(cells, areas)
    streets = _joined(frames["links"])
    network = _network(streets)
    layers = {
        layer: _empty(layer, metric) for layer in ("schools", "clinics", "stops", "facilities", "links", "projects")
    }
    layers[asked.layer] = _facilities(frames["facilities"], service)
    return Workspace(
        name_zh=name or "自备数据",
        name_en=name or "own frames",
        crs=metric,
        years=(year,),
        zones=areas,
        **layers,
        water=gpd.GeoDataFrame({"geometry": []}, geometry="geometry", crs=metric),
        streets=streets,
        cells=cells,
        cell_metres=_spacing(cells),
        targets=pd.DataFrame(),
        standards=_standard(service, limit),
        contradictions=pd.DataFrame(),
        sources={},
        network=network,
        parameters={OWN_FRAMES: _told_of(given, frames, cells, network)},
        complete=frozenset({service}),
    )


def _is_frame(frame: Any, told: str) -> None:
    """Refuse what is no GeoDataFrame, or does not say its reference system."""
    if not isinstance(frame, gpd.GeoDataFrame) or frame.active_geometry_name is None:
        raise InputError(
            [
                Finding(
                    "error", f"需要带几何的 GeoDataFrame，现为 {type(frame).__name__}",
                    f"give a GeoDataFrame with geometry, not {type(frame).__name__}", told,
                )
            ]
        )  # fmt: skip
    if frame.crs is None:
        raise CrsError(
            Text(
                f"{told} 没有坐标系：请用 set_crs 指明，例如 EPSG:4326",
                f"{told} has no reference system: name it with set_crs, for example EPSG:4326",
            )
        )


def _faults(frame: gpd.GeoDataFrame, told: str) -> list[Finding]:
    """Return what is wrong with rows, ids and shapes of a frame."""
    if told != "facilities" and frame.empty:
        return [Finding("error", "没有任何行", "has no rows", told)]
    if frame.index.nlevels > 1:
        return [Finding("error", "编号须为一列：请先 reset_index()", "ids must be one column: reset_index() first", told, field="index")]  # fmt: skip
    shapes, ids = frame.geometry, frame.index
    lost = shapes.isna() | shapes.is_empty
    kinds, words = KINDS[told]
    other = ~lost & ~shapes.geom_type.isin(kinds)
    there = ~lost & ~other
    finite = np.isfinite(shapes.bounds.to_numpy()).all(axis=1)
    findings = [
        *_rows(frame, ids.isna() | ids.duplicated(), told, "index", "编号缺失或重复：请先 reset_index()", "id missing or given before: reset_index() first"),
        *_rows(frame, lost, told, "geometry", "没有几何：请补上或删去该行", "has no geometry: give it one, or drop the row"),
        *_rows(frame, other, told, "geometry", words.zh, words.en),
        *_rows(frame, there & ~finite, told, "geometry", "坐标不是有限数", "a coordinate is not a finite number"),
    ]  # fmt: skip
    if kinds & {"Polygon"}:
        crossed = there & finite & ~shapes.is_valid
        findings += _rows(frame, crossed, told, "geometry", "面自相交：请先 make_valid()", "the area crosses itself: make_valid() first")  # fmt: skip
    if frame.crs.is_geographic:
        west, south, east, north = shapes.bounds.to_numpy().T
        far = there & finite & ~((west >= -180) & (east <= 180) & (south >= -90) & (north <= 90))
        findings += _rows(
            frame, far, told, "geometry", f"坐标不是经度、纬度，而坐标系写为 {_name(frame)}：请用 set_crs(…, allow_override=True) 改正，或调换经纬度",
            f"the coordinates are no lon, lat in degrees, though the frame says {_name(frame)}: correct it with set_crs(…, allow_override=True), or swap them",
        )  # fmt: skip
    return findings


def _wrong_values(frame: gpd.GeoDataFrame, told: str, year: int) -> list[Finding]:
    """Return what is wrong with the columns of a frame, which is in the metric system already."""
    checks: dict[str, Callable[[], list[Finding]]] = {
        "facilities": lambda: _wrong_facilities(frame),
        "people": lambda: _wrong_people(frame, year),
        "links": lambda: _wrong_links(frame),
        "zones": lambda: _wrong_parents(frame),
    }
    findings = checks[told]()
    if "basis" in frame:
        bad = frame["basis"].notna() & ~frame["basis"].isin(BASES)
        findings += _rows(frame, bad, told, "basis", f"依据须为：{'、'.join(BASES)}", f"basis must be one of {', '.join(BASES)}")  # fmt: skip
    return findings


def _wrong_facilities(facilities: gpd.GeoDataFrame) -> list[Finding]:
    """Return seats and accuracies that are no numbers of at least 0; either may be left out, or empty in a row."""
    return [
        *_not_counted(facilities, "seats", "学位（床位）须为不小于 0 的数；未知请留空", "seats must be a number of at least 0; leave it empty where unknown"),
        *_not_counted(facilities, "accuracy_m", "精度须为不小于 0 的米数；未知请留空", "accuracy_m must be a number of metres of at least 0; leave it empty where unknown"),
    ]  # fmt: skip


def _not_counted(facilities: gpd.GeoDataFrame, column: str, zh: str, en: str) -> list[Finding]:
    if column not in facilities:
        return []
    raw = facilities[column]
    number = pd.to_numeric(raw, errors="coerce").to_numpy(float)
    return _rows(facilities, raw.notna().to_numpy() & ~(np.isfinite(number) & (number >= 0)), "facilities", column, zh, en)  # fmt: skip


def _wrong_people(people: gpd.GeoDataFrame, year: int) -> list[Finding]:
    column = _people_column(people, year)
    if column is None:
        numbers = [str(c) for c in people.select_dtypes("number").columns[:8]]
        return [
            Finding(
                "error", f"缺少人数列 people（或 people_{year}）；现有数字列：{'、'.join(numbers) or '无'}，请改名（rename）",
                f"column people (or people_{year}) is missing; columns of numbers are {', '.join(numbers) or 'none'}: rename yours",
                "people", field="people",
            )
        ]  # fmt: skip
    count = pd.to_numeric(people[column], errors="coerce").to_numpy(float)
    wrong = ~(np.isfinite(count) & (count >= 0))
    return _rows(people, wrong, "people", column, "人数须为不小于 0 的数", "people must be a number of at least 0")


def _wrong_links(links: gpd.GeoDataFrame) -> list[Finding]:
    one = [c for c in ("u", "v") if c in links]
    if len(one) == 1:
        lacking = "v" if one == ["u"] else "u"
        return [
            Finding(
                "error", f"有 {one[0]} 而没有 {lacking}：请都给出，或都去掉（按线的端点相接）",
                f"there is {one[0]} but no {lacking}: give both, or neither (then lines meet where their ends do)",
                "links", field=lacking,
            )
        ]  # fmt: skip
    findings: list[Finding] = []
    for column in one:
        findings += _rows(links, links[column].isna(), "links", column, "端点编号缺失", "the id of an end is missing")
    if "metres" not in links:
        return findings
    metres = pd.to_numeric(links["metres"], errors="coerce").to_numpy(float)
    wrong = ~(np.isfinite(metres) & (metres >= 0))
    # Lengths taken in degrees or kilometres: no way is half as long as the straight line between its ends.
    straight = _straight(links)
    short = ~wrong & (straight > 1) & (metres < 0.5 * straight)
    return [
        *findings,
        *_rows(links, wrong, "links", "metres", "长度须为不小于 0 的米数", "metres must be a number of at least 0"),
        *_rows(links, short, "links", "metres", "长度不到两端直线距离的一半：是按度或公里量的吗？可去掉此列，按图形量算", "the length is less than half the straight line between its ends: was it taken in degrees or kilometres? drop the column to measure the lines"),
    ]  # fmt: skip


def _straight(links: gpd.GeoDataFrame) -> NDArray[np.float64]:
    """Return the straight line between the ends of each line [m]; 0 for a line of several parts."""
    shapes = links.geometry.to_numpy()
    found = np.zeros(len(shapes))
    single = shapely.get_type_id(shapes) == 1
    ends = [shapely.get_point(shapes[single], i) for i in (0, -1)]
    found[single] = shapely.distance(*ends)
    return found


def _wrong_parents(zones: gpd.GeoDataFrame) -> list[Finding]:
    parent = _parents(zones)
    named = parent.notna()
    lost = named & ~parent.isin(zones.index)
    # A part of a part, or of itself, would be counted twice or not at all: there are zones and sub-areas, no more.
    deep = named & parent.isin(zones.index[named])
    return [
        *_rows(zones, lost, "zones", "parent_id", "上级片区不存在", "there is no such zone to be part of"),
        *_rows(zones, deep, "zones", "parent_id", "上级本身是单元：只能有片区和单元两级", "its zone is itself a part: there are two levels only, zones and sub-areas"),
    ]  # fmt: skip


def _rows(frame: pd.DataFrame, wrong: Any, told: str, field: str, zh: str, en: str) -> list[Finding]:
    """Return one finding a wrong row, with its id; the rows beyond the first are counted."""
    rows = np.flatnonzero(np.asarray(wrong, dtype=bool))
    found = [
        Finding(
            "error",
            f"{zh}（编号 {frame.index[r]!r}）",
            f"{en} (id {frame.index[r]!r})",
            told,
            int(r) + 1,
            field,
        )
        for r in rows[:SHOWN]
    ]
    if len(rows) > SHOWN:
        more = len(rows) - SHOWN
        found.append(Finding("error", f"另有 {more} 行同样：{zh}", f"{more} more rows: {en}", told, field=field))
    return found


def _raise(findings: Iterable[Finding]) -> None:
    found = list(findings)
    if found:
        raise InputError(found)


def _year(year: Any) -> int:
    if isinstance(year, bool) or not isinstance(year, int | np.integer) or not 1900 <= year <= 2200:
        raise InputError(
            [Finding("error", f"年份须为整数，如 2025，现为 {year!r}", f"year must be a whole number such as 2025, not {year!r}", field="year")]
        )  # fmt: skip
    return int(year)


def _standard(service: str, limit: float | None) -> pd.DataFrame:
    """Return the table of standards: the one distance given, or none."""
    columns = ["service", "default", "radius_m", "standard", "clause", "confidence", "basis"]
    if limit is None:
        return pd.DataFrame(columns=columns)
    metres = limit_of(limit)
    if not 0 < metres < np.inf:
        raise InputError(
            [Finding("error", f"标准距离须大于 0 且有限，现为 {metres}", f"the standard distance must be above 0 and finite, it is {metres}", field="limit")]
        )  # fmt: skip
    return pd.DataFrame([[service, 1, metres, "", "", "", "assumed"]], columns=columns)


def _name(frame: gpd.GeoDataFrame) -> str:
    return str(frame.crs.to_string())


def _metric(links: gpd.GeoDataFrame, crs: Any) -> str:
    """Return the system asked for, or that of the links where it is in metres, or one chosen from where they lie."""
    if crs is not None:
        return str(require_metric(crs).to_string())
    try:
        return str(require_metric(links.crs).to_string())
    except CrsError:
        west, south, east, north = _placed(links, "links", to_wgs84).total_bounds
        return metric_crs_for((west + east) / 2, (south + north) / 2)


def _placed(frame: gpd.GeoDataFrame, told: str, move: Any) -> gpd.GeoDataFrame:
    """Return a frame brought to another system, or the error with the name of the frame."""
    try:
        return move(frame)
    except CrsError as error:
        raise CrsError(Text(f"{told}：{error.text.zh}", f"{told}: {error.text.en}")) from error


def _brought(frame: gpd.GeoDataFrame, metric: str, told: str) -> gpd.GeoDataFrame:
    """Return a frame in the metric system."""
    moved = _placed(frame, told, lambda f: to_metres(f, metric))
    lost = ~np.isfinite(moved.geometry.bounds.to_numpy()).all(axis=1)
    _raise(_rows(frame, lost, told, "geometry", f"无法由 {_name(frame)} 转换到 {metric}：坐标系或坐标有误", f"cannot be brought from {_name(frame)} to {metric}: its reference system or coordinates are wrong"))  # fmt: skip
    return moved


def _refuse_apart(frames: Mapping[str, gpd.GeoDataFrame]) -> None:
    """Refuse frames of different places: of one of them the reference system must be wrong."""
    boxes = {told: shapely.box(*frame.total_bounds) for told, frame in frames.items() if len(frame)}
    for told, box in boxes.items():
        metres = box.distance(boxes["links"])
        if metres > APART_M:
            raise CrsError(
                Text(
                    f"{told} 距 links {metres / 1000:,.0f} 公里：坐标系可能有误，或经纬度颠倒",
                    f"{told} lie {metres / 1000:,.0f} km from links: a reference system is wrong, or lon and lat are swapped",
                )
            )


def _joined(links: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the links with ``u``, ``v`` and ``metres``: lines meet where their ends lie within a millimetre."""
    shapes = links.geometry.to_numpy()
    if "u" in links and "v" in links:
        return links if "metres" in links else links.assign(metres=shapely.length(shapes))
    merged = np.where(shapely.get_type_id(shapes) == 5, shapely.line_merge(shapes), shapes)
    parts, row = shapely.get_parts(merged, return_index=True)
    out = links.iloc[row].copy()
    out.geometry = gpd.array.from_shapely(parts, crs=links.crs)
    length = shapely.length(parts)
    if "metres" in out:  # the parts of one line share its length
        whole = shapely.length(merged)[row]
        share = np.divide(length, whole, out=np.ones_like(length), where=whole > 0)
        length = pd.to_numeric(out["metres"]).to_numpy(float) * share
    if len(row) > len(links):
        out = out.reset_index(drop=True)
    ends = np.concatenate([shapely.get_coordinates(shapely.get_point(parts, i)) for i in (0, -1)])
    corner, which = np.unique(ends, axis=0, return_inverse=True)
    near = cKDTree(corner).query_pairs(MEET_M, output_type="ndarray")
    meet = sparse.coo_array((np.ones(len(near), bool), near.T), shape=(len(corner),) * 2)
    _, node = connected_components(meet, directed=False)
    node = node[which.reshape(-1)]
    return out.assign(u=node[: len(out)], v=node[len(out) :], metres=length)


def _network(streets: gpd.GeoDataFrame) -> Network:
    try:
        return Network.from_links(streets)
    except InputError as error:
        raise InputError(
            [Finding(f.level, f.text_zh, f.text_en, "links", f.row, f.field) for f in error.findings]
        ) from error


def _people_column(people: gpd.GeoDataFrame, year: int) -> str | None:
    return next((c for c in (f"people_{year}", "people") if c in people), None)


def _cells(people: gpd.GeoDataFrame, year: int) -> gpd.GeoDataFrame:
    """Return one cell a row, at a point inside it, with ``people_<year>``."""
    count = pd.to_numeric(people[_people_column(people, year)]).astype(float)
    shapes = people.geometry
    points = shapes.where(shapes.geom_type == "Point", shapes.representative_point())
    frame = gpd.GeoDataFrame(
        {f"people_{year}": count, "basis": _told(people, "basis", "assumed"), "source_id": _told(people, "source_id", "own")},
        geometry=points.array, crs=people.crs, index=people.index,
    )  # fmt: skip
    return frame.rename_axis(index="cell_id")


def _parents(zones: gpd.GeoDataFrame) -> pd.Series:
    """Return the zone each area is part of; missing where it is none."""
    parent = zones["parent_id"] if "parent_id" in zones else pd.Series(None, index=zones.index, dtype=object)
    return parent.where(parent.notna() & (parent.astype(object) != ""))


def _zones(zones: gpd.GeoDataFrame | None, cells: gpd.GeoDataFrame, name: str) -> gpd.GeoDataFrame:
    """Return the zones with their names and levels; one around everybody where none are given."""
    if zones is None:
        around = shapely.buffer(shapely.MultiPoint(cells.geometry.array).convex_hull, AROUND_M)
        zones = gpd.GeoDataFrame({"name_zh": [name or "全部"]}, geometry=[around], crs=cells.crs, index=["all"])
    parent = _parents(zones)
    names = _names(zones)
    frame = gpd.GeoDataFrame(
        {
            "zone_id": zones.index,
            "parent_id": parent.astype(object).where(parent.notna(), None).to_numpy(),
            "level": np.where(parent.notna(), "sub_area", "zone"),
            "name_zh": names,
            "name_en": _names(zones, "name_en", names),
            "basis": _told(zones, "basis", "assumed"),
            "source_id": _told(zones, "source_id", "own"),
        },
        geometry=zones.geometry.array, crs=zones.crs, index=zones.index,
    )  # fmt: skip
    return frame.rename_axis(index="zone_id")


def _facilities(facilities: gpd.GeoDataFrame, key: str) -> gpd.GeoDataFrame:
    """Return the facilities as rows of their layer: all existing and open, seats unknown where they are not told."""
    asked = SERVICES[key]
    seats, accuracy = (pd.to_numeric(pd.Series(_told(facilities, c, np.nan))).to_numpy(float) for c in ("seats", "accuracy_m"))  # fmt: skip
    names = _names(facilities)
    content: dict[str, Any] = {
        "facility_id": facilities.index,
        "name_zh": names,
        "name_en": _names(facilities, "name_en", names),
        "kind": asked.kinds[0] if asked.kinds else key,
        "status": "existing",
        "open_year": np.nan,
        "zone_id": None,
        "basis": _told(facilities, "basis", "assumed"),
        "accuracy_m": accuracy,
        "source_id": _told(facilities, "source_id", "own"),
    }
    if asked.layer == "schools":
        content |= {f"seats_{stage}": seats if stage == key else 0.0 for stage in STAGES}
    elif asked.layer == "clinics":
        content["beds"] = seats
    frame = gpd.GeoDataFrame(content, geometry=facilities.geometry.array, crs=facilities.crs, index=facilities.index)
    return frame.rename_axis(index=LAYERS[asked.layer].key)


def _empty(layer: str, crs: str) -> gpd.GeoDataFrame:
    """Return a layer without rows, with the columns of the data contract."""
    columns: dict[str, Any] = {c.name: pd.Series(dtype=object) for c in LAYERS[layer].columns}
    for c in LAYERS[layer].columns:
        if c.kind in ("number", "integer", "year"):
            columns[c.name] = pd.Series(dtype=float)
    frame = gpd.GeoDataFrame({**columns, "geometry": []}, geometry="geometry", crs=crs)
    key = LAYERS[layer].key
    return frame.set_index(key, drop=False).rename_axis(index=key) if key in frame else frame


def _names(frame: gpd.GeoDataFrame, column: str = "name_zh", otherwise: Any = None) -> NDArray[np.object_]:
    """Return the names of the rows: a column of the frame, and where it says nothing ``otherwise`` or the id."""
    spare = frame.index.astype(str).to_numpy(object) if otherwise is None else otherwise
    found = next((frame[c] for c in (column, "name") if c in frame and (c == column or otherwise is None)), None)
    if found is None:
        return spare
    return np.where(found.notna(), found.astype(object).map(str), spare).astype(object)


def _told(frame: gpd.GeoDataFrame, column: str, otherwise: Any) -> Any:
    """Return a column of the frame with ``otherwise`` where it says nothing."""
    if column not in frame:
        return np.full(len(frame), otherwise, dtype=object)
    values = frame[column].astype(object)
    return values.where(values.notna(), otherwise).to_numpy()


def _told_of(
    given: Mapping[str, gpd.GeoDataFrame],
    frames: Mapping[str, gpd.GeoDataFrame],
    cells: gpd.GeoDataFrame,
    network: Network,
) -> dict[str, Text]:
    """Return what was done with each frame, in words, for whoever looks at the case."""
    told = {}
    for name, frame in given.items():
        # ``to_metres`` gives back the very frame where nothing had to be done.
        way = _name(frame) if frames[name] is frame else f"{_name(frame)} → {_name(frames[name])}"
        told[name] = Text(f"{len(frame)} 行；{way}", f"{len(frame)} rows; {way}")
    areas = int((given["people"].geom_type != "Point").sum())
    outside = cells["zone_id"].isna()
    remarks: dict[str, list[Text]] = {"people": [], "links": [], "zones": []}
    if areas:
        remarks["people"].append(Text(f"{areas} 个面取面内一点", f"{areas} areas taken at a point inside"))
    if outside.any():
        left = float(cells.loc[outside].iloc[:, 0].sum())
        remarks["people"].append(Text(f"{int(outside.sum())} 行（{left:g} 人）不在任何片区", f"{int(outside.sum())} rows ({left:g} people) lie in no zone"))  # fmt: skip
    if "u" not in given["links"]:
        remarks["links"].append(Text("按端点相接（1 毫米内）", "joined where ends meet (within 1 mm)"))
    if "metres" not in given["links"]:
        remarks["links"].append(Text("长度按图形量算", "as long as they are drawn"))
    islands = network.islands()
    if islands.max() > 0:
        share = float((islands == 0).mean())
        remarks["links"].append(Text(f"{int(islands.max()) + 1} 个互不连通的部分，最大者占节点的 {share:.0%}", f"{int(islands.max()) + 1} parts without a way between them, the largest with {share:.0%} of the corners"))  # fmt: skip
    if "zones" not in given:
        told["zones"] = Text("未给出：以全部人口周围的一个范围代替", "not given: one area around everybody")
    for name, more in remarks.items():
        if more:
            told[name] = Text("；".join([told[name].zh, *(m.zh for m in more)]), "; ".join([told[name].en, *(m.en for m in more)]))  # fmt: skip
    return told


def _spacing(cells: gpd.GeoDataFrame) -> float:
    """Return the side of a square that each cell would fill if they filled their bounds evenly [m]."""
    west, south, east, north = cells.total_bounds
    return float(max(np.sqrt(max((east - west) * (north - south), 1.0) / max(len(cells), 1)), 1.0))
