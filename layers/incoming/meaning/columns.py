"""Which column of a file is which column of the layer: by Chinese and English names, and by what it says."""

from __future__ import annotations

import functools
import json
import re
from dataclasses import replace
from typing import Any

from geo.errors import Finding
from geo.schema import LAYERS
from layers.incoming.meaning.cells import COUNTED, OTHERS, fits
from layers.incoming.meaning.vocabulary import WORDS
from layers.incoming.rows.table import OpenQuestionError, Question, RefusedError, Table, error, info, warning
from layers.incoming.rows.text import key_of
from layers.incoming.rows.units import Header, header, told_above
from layers.incoming.rows.values import angle, is_blank
from layers.write.short import short_of

__all__ = ["heads", "known_headers", "mapping", "one_of", "place_columns", "told"]

LON = ("经度", "lon", "lng", "long", "longitude", "东经", "经", "gpslon", "wgs84lon", "gcj02lon", "gcjlon", "bd09lon", "bdlon", "lon84",
       "wgs84经度", "高德经度", "百度经度", "gcj02经度", "bd09经度", "经度wgs84", "坐标经度", "经度坐标", "pointx", "xlon", "lonwgs84", "lonbd09", "longcj02", "lnggcj02", "lngbd09", "lngwgs84")  # fmt: skip
LAT = ("纬度", "lat", "latitude", "北纬", "纬", "gpslat", "wgs84lat", "gcj02lat", "gcjlat", "bd09lat", "bdlat", "lat84",
       "wgs84纬度", "高德纬度", "百度纬度", "gcj02纬度", "bd09纬度", "纬度wgs84", "坐标纬度", "纬度坐标", "pointy", "ylat", "latwgs84", "latbd09", "latgcj02")  # fmt: skip
X = ("x", "x坐标", "坐标x", "横坐标", "xcoord", "xcoordinate", "coordx", "x轴", "xm", "x值")
Y = ("y", "y坐标", "坐标y", "纵坐标", "ycoord", "ycoordinate", "coordy", "y轴", "ym", "y值")
EAST = ("东坐标", "easting", "east", "e", "e坐标", "东向坐标", "东")
NORTH = ("北坐标", "northing", "north", "n", "n坐标", "北向坐标", "北")
BOTH = (
    "坐标",
    "经纬度",
    "lonlat",
    "lnglat",
    "location",
    "coordinates",
    "coord",
    "位置坐标",
    "坐标经度纬度",
    "经度纬度",
    "xy",
)
_BRANDS = re.compile(r"wgs-?84|gcj-?02|bd-?09|cgcs2000|高德|百度|腾讯|天地图|国家2000|gps|大地")
"""What headers say beside longitude and latitude."""
_SHIFTED = re.compile(r"gcj|bd-?09|高德|百度|腾讯")
_SURVEY = re.compile(r"wgs-?84|cgcs2000|国家2000|大地2000")
WKT = ("wkt", "geometry", "geom", "thegeom", "几何", "图形", "wktgeom", "shape")
SEATS = ("学位数", "学位", "学位总数", "办学规模", "规模", "设计学位", "核定学位", "座位数", "在校生容量", "设计规模", "核定规模", "建设规模", "学校规模", "seats", "capacity", "学位数量", "可提供学位", "容量", "学位规模")  # fmt: skip

# Headers that planners' files use beyond those of the schema.
EXTRA: dict[str, tuple[str, ...]] = {
    "name_zh": ("学校", "片区", "单元", "组团", "校名全称", "医院名称", "片区名称", "单元名称", "站点名称", "线路名称", "项目", "机构", "名字", "标题", "全称", "title",
                "namezh", "namecn", "namechn", "xxmc", "jgmc", "dwmc", "pqmc", "zdmc", "school", "schoolname", "schname", "hospital", "园区名称", "地块名称", "道路名称", "道路", "名称中文", "中文"),
    "name": ("项目", "名字", "xmmc", "projectname", "title"),
    "name_en": ("nameen", "english", "英文", "名称英文", "englishname", "engname"),
    "facility_id": ("facilityid", "序号", "标识码", "objectid", "fid", "schoolid", "xxdm", "学校标识码", "bh", "code"),
    "zone_id": ("zoneid", "bsm", "标识码", "dkbh", "地块编号", "单元编号", "bh", "code", "id"),
    "stop_id": ("stopid", "id", "序号", "code"), "link_id": ("linkid", "id", "序号", "code"), "project_id": ("projectid", "id", "序号", "code", "项目代码"),
    "seats_kindergarten": ("幼儿园", "学前", "幼儿学位", "幼儿园学位个", "幼儿园座位", "kindergartenseats", "kindergarten"),
    "seats_primary": ("小学", "小学部学位", "primaryseats", "primary", "小学座位"),
    "seats_junior": ("初中", "初中部学位", "juniorseats", "junior", "初级中学学位"),
    "seats_senior": ("高中", "高中部学位", "seniorseats", "senior", "普高学位", "高级中学学位"),
    "beds": ("床位数量", "床数", "实有床位", "核定床位", "编制床位数", "开放床位", "病床数", "cws", "床位个", "床位张"),
    "staff": ("职工", "职工人数", "人员数", "卫生技术人员", "医务人员", "人员数量", "卫技人员"),
    "kind": ("学校类别", "学校性质", "性质", "种类", "层次", "等级", "type", "category", "办学层次", "类型名称", "lx"),
    "status": ("现状规划", "现状", "建设情况", "进度", "建设进度"),
    "open_year": ("建校年份", "开办时间", "投用时间", "建成时间", "开通年份", "开通时间", "启用时间", "opened", "year", "建校时间", "成立年份"),
    "address": ("位置", "所在地址", "坐落", "住址", "addr", "地点", "dz"),
    "note": ("bz", "comment", "comments", "其他", "description", "描述"),
    "area_km2_published": ("面积平方公里", "面积km2", "公布面积平方公里", "areakm2"),
    "role_zh": ("主导功能", "定位方向", "发展定位"), "level": ("类型", "层次"),
    "parent_id": ("上级", "父级编号", "所属片区编号"), "line": ("所属线路",), "metres": ("长度米", "shapeleng", "shapelength", "length", "len", "lengthm"),
    "class": ("道路类型", "类型", "fclass", "highway", "等级"), "u": ("fromnode", "起点编号", "from"), "v": ("tonode", "终点编号", "to"),
    "state": ("阶段状态", "进展", "项目阶段", "建设阶段", "项目状态"), "clause": ("依据条款", "章节", "条款"),
    "basis": ("数据性质",), "accuracy_m": ("精度米", "accuracy"), "source_id": ("source", "数据来源单位"),
}  # fmt: skip


@functools.cache
def _names(layer: str) -> dict[str, list[str]]:
    """Return for every column of a layer its headers by `key_of`, the best first."""
    spec = LAYERS.get(layer)
    if spec is None:
        return {}
    return {
        c.name: list(
            dict.fromkeys(
                key_of(a) for a in (c.name, short_of(c.name) or c.name, c.zh, c.en, *c.aliases, *EXTRA.get(c.name, ()))
            )
        )
        for c in spec.columns
    }


@functools.cache
def known_headers(layer: str) -> frozenset[str]:
    """Return every header, by `key_of`, that means something for a layer."""
    found = {a for names in _names(layer).values() for a in names}
    return frozenset(found) | {
        *LON,
        *LAT,
        *X,
        *Y,
        *EAST,
        *NORTH,
        *BOTH,
        *WKT,
        *(key_of(s) for s in SEATS),
        "班数",
        "班级数",
        "备注",
        "人口",
    }


def mapping(table: Table, layer: str, answers: dict[str, Any], taken: set[str]) -> tuple[dict[str, str], list[Finding]]:
    """Return column of the layer → column of the file, with the caller's choices first.

    ``answers["columns"]`` may say it either way round; None keeps a column out. ``taken`` are the columns of
    the file that hold coordinates.

    Raises
    ------
    RefusedError
        If the caller names a column that is not there.
    OpenQuestionError
        If the name of the rows cannot be told and there are columns to choose from.
    """
    spec = LAYERS[layer]
    chosen = told(table, layer, answers)
    free = [c for c in table.columns if c not in taken and c not in {v for v in chosen.values() if v}]
    keys = {c: key_of(c) for c in free}
    found = {k: v for k, v in chosen.items() if v}
    names, said = _names(layer), heads(table)
    open_now: list[Question] = []
    findings: list[Finding] = []
    most = max((len(v) for v in names.values()), default=0)
    for rank in range(most):
        for target, aliases in names.items():
            if target in chosen or target in found or rank >= len(aliases):
                continue
            column = spec.by_name[target]
            if column.kind in ("integer", "number"):
                continue
            match = next((c for c in free if keys[c] == aliases[rank] and c not in found.values()), None)
            if match is not None:
                found[target] = match
    for target, aliases in names.items():
        column = spec.by_name[target]
        if column.kind not in ("integer", "number") or target in chosen:
            continue
        named = [c for a in aliases for c in free if a in (keys[c], said[c].key) and c not in found.values()]
        meant = [c for c in dict.fromkeys(named) if fits(column, said[c])]
        findings += [
            _other_unit(c, said[c], column)
            for c in dict.fromkeys(named)
            if c not in meant and said[c].what not in OTHERS
        ]
        match, asked = one_of(meant, said, column.zh, column.en, f"columns.{target}")
        if asked is not None:
            open_now.append(asked)
        elif match is not None:
            found[target] = match
    if open_now:
        raise OpenQuestionError(open_now, findings)
    _stage(table, found, keys, chosen, layer)
    _cut_names(found, names, keys, chosen)
    findings += _naming(table, spec, found, chosen, free)
    pairs = "、".join(f"{v}→{spec.by_name[k].zh}" for k, v in found.items() if v != k)
    if pairs:
        findings.append(
            info(
                f"列的对应：{pairs}", "columns matched: " + ", ".join(f"{v} -> {k}" for k, v in found.items() if v != k)
            )
        )
    return found, findings


def heads(table: Table) -> dict[str, Header]:
    """Return what every header says; the unit that a title gives to the whole table goes to those without one."""
    said = {c: header(c) for c in table.columns}
    whole = told_above(table.above)
    if whole is None:
        return said
    unit, what, factor = whole
    return {c: replace(h, unit=unit, what=h.what if h.what and what == "count" else what, factor=factor) if not h.unit else h
            for c, h in said.items()}  # fmt: skip


def one_of(
    columns: list[str], said: dict[str, Header], zh: str, en: str, key: str
) -> tuple[str | None, Question | None]:
    """Return the one column to take, or the question which: columns of years or of plans are never taken unasked.

    ``columns`` are those that could be meant, the best first.
    """
    plain = [c for c in columns if not said[c].when and not said[c].rest]
    if plain:
        return plain[0], None
    now = [c for c in columns if said[c].when in ("", "现状", "现有", "existing", "current")]
    if len(columns) == 1 and now:
        return now[0], None
    if not columns:
        return None, None
    choices = (*((c, c, c) for c in columns), ("", "都不用，按未知", "none: leave unknown"))
    return None, Question(
        key,
        f"“{zh}”有按年份或时期分列的数据，取哪一列？",
        f"The columns of '{en}' are of years or stages of the plan; which one to take?",
        choices,
        columns[0],
    )


def _other_unit(column: str, said: Header, meant: Any) -> Finding:
    zh, en = COUNTED.get(said.what, (said.what, said.what))
    return warning(
        f"“{column}”是{zh}，不作为{meant.zh}，原样保留",
        f"'{column}' is {en} and not taken as {meant.en}; kept as it is",
        None,
        column,
    )


def _stage(
    table: Table, found: dict[str, str], keys: dict[str, str], chosen: dict[str, str | None], layer: str
) -> None:
    """Give a column ``stage`` to what its words are: a state of building, or the stage of a school."""
    column = next((c for c, k in keys.items() if k == "stage" and c not in found.values()), None)
    if column is None:
        return
    at = table.columns.index(column)
    words = {key_of(str(r[at])) for r in table.rows if not is_blank(r[at])}
    states = {key_of(w) for w in (*WORDS[("*", "status")], *WORDS[("*", "status")].values())}
    for target, fit in (("status", bool(words) and words <= states), ("kind", layer == "schools")):
        if fit and target in LAYERS[layer].by_name and target not in found and target not in chosen:
            found[target] = column
            return


def _cut_names(
    found: dict[str, str], names: dict[str, list[str]], keys: dict[str, str], chosen: dict[str, str | None]
) -> None:
    """Match headers that a shapefile has cut at 10 bytes, where only one column can be meant."""
    for column, key in keys.items():
        if column in found.values() or len(key.encode()) < 8 or len(key.encode("gb18030", "ignore")) > 10:
            continue
        meant = {t for t, aliases in names.items() if any(a.startswith(key) and a != key for a in aliases)}
        if len(meant) == 1 and (target := meant.pop()) not in found and target not in chosen:
            found[target] = column


def told(table: Table, layer: str, answers: dict[str, Any]) -> dict[str, str | None]:
    """Return the caller's own choice: column of the layer → column of the file, None for one kept out.

    Raises
    ------
    RefusedError
        If it names a column that is not there.
    """
    spec, chosen = LAYERS[layer], {}
    given = answers.get("columns") or {}
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except ValueError:
            given = None
    if not isinstance(given, dict):
        raise RefusedError(
            error(
                "answers 的 columns 应为对象：{图层列: 文件列}",
                "columns in answers must be an object: {column of the layer: column of the file}",
            )
        )
    pairs = [(str(a), b) for a, b in given.items()] + [
        (k.partition(".")[2], v) for k, v in answers.items() if k.startswith("columns.")
    ]
    for a, b in pairs:
        target, column = (
            (a, b) if a in spec.by_name and not (a not in table.columns and b in spec.by_name) else (str(b), a)
        )
        if target in spec.by_name and (column in table.columns or column in (None, "")):
            chosen[target] = str(column) if column else None
        elif a in table.columns and b in (None, ""):
            continue
        else:
            raise RefusedError(
                error(
                    f"列的对应“{a}→{b}”无效：文件的列有 {'、'.join(table.columns[:30])}",
                    f"the column choice '{a} -> {b}' is invalid; the file has {', '.join(table.columns[:30])}",
                )
            )
    return chosen


def _naming(
    table: Table, spec: Any, found: dict[str, str], chosen: dict[str, str | None], free: list[str]
) -> list[Finding]:
    name = "name_zh" if "name_zh" in spec.by_name else "name" if "name" in spec.by_name else ""
    if not name or name in found or name in chosen or spec.name in ("water", "streets"):
        return []
    at = {c: i for i, c in enumerate(table.columns)}
    texts = [
        c
        for c in free
        if c not in found.values()
        and sum(isinstance(r[at[c]], str) and not is_blank(r[at[c]]) for r in table.rows) > len(table.rows) / 2
    ]
    like = [c for c in texts if re.search(r"名|name|mc", c, re.IGNORECASE)]
    if len(like) == 1:
        found[name] = like[0]
        return [
            warning(
                f"用列“{like[0]}”作名称；不对请改列的对应",
                f"column '{like[0]}' is taken as the name; change the mapping if wrong",
                None,
                name,
            )
        ]
    if texts:
        order = like + [c for c in texts if c not in like]
        raise OpenQuestionError(
            [
                Question(
                    f"columns.{name}",
                    "哪一列是名称？",
                    "Which column holds the names?",
                    tuple((c, c, c) for c in order),
                    order[0],
                )
            ]
        )
    return []


def place_columns(table: Table) -> tuple[str, tuple[str, ...]]:
    """Return how the rows of a table say where they are, and in which columns.

    The way is ``degrees`` (longitude, latitude), ``xy`` (X, Y of unknown order), ``metres`` (east, north),
    ``both`` (one column with two numbers), ``wkt`` or ``none``.
    """
    keys = {key_of(c): c for c in reversed(table.columns)}
    loose = {_BRANDS.sub("", k): c for k, c in keys.items()}
    for a, b, way in ((LON, LAT, "degrees"), (EAST, NORTH, "metres"), (X, Y, "xy")):
        for source in (keys, loose):
            first, second = (
                next((source[k] for k in a if k in source), None),
                next((source[k] for k in b if k in source), None),
            )
            if first and second and first != second:
                return way, (_surveyed(table) or (first, second)) if way == "degrees" else (first, second)
    for wanted, way in ((WKT, "wkt"), (BOTH, "both")):
        for source in (keys, loose):
            column = next((source[k] for k in wanted if k in source), None)
            if column is not None and _looks(table, column, way):
                return way, (column,)
    return "none", ()


def _surveyed(table: Table) -> tuple[str, str] | None:
    """Return the pair of columns whose headers say WGS84 or CGCS2000 and which is filled wherever a row has a place.

    A table may give a place twice, as its web map had it and as WGS84: the pair that says what it is needs no guess.
    """
    plain = [(c, key_of(c)) for c in table.columns]
    pairs = []
    for wanted in (LON, LAT):
        named = [c for c, k in plain if _SURVEY.search(k) and _BRANDS.sub("", k) in wanted]
        pairs.append(named[0] if len(named) == 1 else None)
    lon, lat = pairs
    if lon is None or lat is None:
        return None
    others = [c for c, k in plain if c not in (lon, lat) and _BRANDS.sub("", k) in (*LON, *LAT)]
    at = {c: table.columns.index(c) for c in (lon, lat, *others)}
    named = [c for c in others if _SHIFTED.search(key_of(c))]
    for row in table.rows:
        if any(not is_blank(row[at[c]]) and row[at[c]] in (row[at[lon]], row[at[lat]]) for c in named):
            # One place in two systems that lie half a kilometre apart: one of the headers is wrong, so it is asked.
            pair = [next((c for c in named if _BRANDS.sub("", key_of(c)) in wanted), None) for wanted in (LON, LAT)]
            return (pair[0], pair[1]) if pair[0] and pair[1] else None
        own = not is_blank(row[at[lon]]) and not is_blank(row[at[lat]])
        if not own and any(not is_blank(row[at[c]]) for c in others):
            return None
    if others:
        names = "、".join(others)
        table.notes.append(
            info(
                f"有两组坐标：取写明坐标系的“{lon}、{lat}”，“{names}”原样保留",
                f"the places are given twice: '{lon}, {lat}' were taken, which say their reference system; '{names}' are kept as they are",
                None,
                lon,
            )
        )
    return lon, lat


def _looks(table: Table, column: str, way: str) -> bool:
    at = table.columns.index(column)
    values = [r[at] for r in table.rows if isinstance(r[at], str) and r[at].strip()][:50]
    if way == "wkt":
        return any(re.match(r"\s*(SRID=\d+;)?\s*(MULTI)?(POINT|LINESTRING|POLYGON)", v, re.IGNORECASE) for v in values)
    return any(len(p := split_pair(v)) == 2 and angle(p[0])[1] != "bad" and angle(p[1])[1] != "bad" for v in values)


def split_pair(value: str) -> list[str]:
    """Return the two numbers that one cell holds ("117.2, 39.1"), as text."""
    return [p for p in re.split(r"[,，;；\s]+", value.strip().strip("()（）[]")) if p]
