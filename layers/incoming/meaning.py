"""From rows to a checked layer: numbers, words and ids of each row, every refusal with its row and remedy."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pyproj

from geo.errors import Finding
from geo.schema import LAYERS, Column
from layers.incoming.columns import SEATS, place_columns, split_pair
from layers.incoming.shapes import Builder
from layers.incoming.table import OpenQuestionError, Question, RefusedError, Table, error, info, warning
from layers.incoming.text import clean, key_of, suspicious
from layers.incoming.values import angle, is_blank, number

__all__ = ["add_points", "check_areas", "typed"]

FINDINGS_PER_KIND = 200
_EARTH = pyproj.Geod(ellps="WGS84")
STAGES = (("kindergarten", "幼儿园"), ("primary", "小学"), ("junior", "初中"), ("senior", "高中"))
WORDS: dict[tuple[str, str], dict[str, str]] = {
    ("*", "status"): {
        **dict.fromkeys(("现状", "已建", "建成", "已建成", "运营", "已投用", "投用", "已开办", "在用", "existing", "open", "开通", "已开通", "运营中"), "existing"),
        **dict.fromkeys(("规划", "在建", "建设中", "planned", "规划建设", "已批", "批复", "under construction"), "planned"),
        **dict.fromkeys(("拟建", "建议", "意向", "proposed", "设想", "备选"), "proposed"),
    },
    ("*", "basis"): {"实测": "measured", "测量": "measured", "资料": "sourced", "来源": "sourced", "推算": "derived", "估算": "estimated", "估计": "estimated", "假定": "assumed", "假设": "assumed"},
    ("zones", "level"): {"片区": "zone", "单元": "sub_area", "分区": "sub_area", "子片区": "sub_area", "功能区": "sub_area", "组团": "sub_area"},
    ("clinics", "kind"): {
        **dict.fromkeys(("医院", "综合医院", "专科医院", "中医医院", "三级", "二级", "三甲", "三级医院", "二级医院", "一级医院", "三级甲等", "三级乙等", "二级甲等", "二级乙等", "一级甲等", "甲等", "医院类", "妇幼保健院"), "hospital"),
        **dict.fromkeys(("社区卫生服务中心", "卫生服务中心", "卫生院", "社区医院", "乡镇卫生院"), "community_health_centre"),
        **dict.fromkeys(("社区卫生服务站", "卫生站", "卫生服务站", "医务室", "诊所", "卫生室"), "health_station"),
    },
    ("schools", "kind"): {
        **dict.fromkeys(("幼儿园", "幼儿园所"), "kindergarten"),
        **dict.fromkeys(("小学", "完全小学"), "primary"),
        **dict.fromkeys(("初中", "初级中学"), "junior"),
        **dict.fromkeys(("高中", "高级中学", "普通高中"), "senior"),
        **dict.fromkeys(("九年一贯制", "九年一贯制学校", "九年制"), "nine_year"),
        **dict.fromkeys(("十二年一贯制", "十二年一贯制学校"), "twelve_year"),
    },
    ("stops", "kind"): {
        **dict.fromkeys(("地铁", "地铁站", "轨道", "轨道站", "轨道交通", "轨道交通站"), "metro"),
        **dict.fromkeys(("铁路", "火车站", "高铁站", "铁路站", "城际站"), "railway"),
        **dict.fromkeys(("公交", "公交站", "公交车站", "公交站点"), "bus"),
    },
    ("links", "kind"): {
        **dict.fromkeys(("地铁", "地铁线", "轨道", "轨道线", "轨道交通"), "metro"),
        **dict.fromkeys(("铁路", "高铁", "城际铁路", "普铁"), "railway"),
        **dict.fromkeys(("高速", "高速公路"), "expressway"),
        **dict.fromkeys(("主干道", "主干路", "城市主干路"), "arterial"),
    },
    ("projects", "state"): {"谋划": "谋划储备", "储备": "谋划储备", "启动": "启动建设", "在建": "启动建设", "建设": "启动建设", "建成": "建成投产", "投产": "建成投产", "竣工": "建成投产"},
}  # fmt: skip


def add_points(table: Table, answers: dict[str, Any]) -> set[str]:
    """Give a table without shapes its points (or WKT shapes) from its columns; return the columns used.

    Raises
    ------
    RefusedError
        If there are no such columns, or a row's coordinates are not numbers.
    OpenQuestionError
        If it cannot be told which of X and Y is north.
    """
    way, columns = place_columns(table)
    at = [table.columns.index(c) for c in columns]
    if way == "none":
        raise RefusedError(
            error(
                "找不到坐标列；请加上 经度/纬度、X坐标/Y坐标，或 WKT 列",
                "no coordinate columns were found; add lon/lat, X/Y, or a WKT column",
            )
        )
    builder = Builder()
    if way == "wkt":
        table.shapes = [
            None if is_blank(r[at[0]]) else builder.from_wkt(str(r[at[0]])[:5_000_000], n)
            for r, n in zip(table.rows, table.lines, strict=True)
        ]
        table.crs_from = table.crs_from or "WKT"
        return set(columns)
    pairs = [
        _cells(row, at, line, columns, way, table.notes) for row, line in zip(table.rows, table.lines, strict=True)
    ]
    bad = [p for p in pairs if isinstance(p, Finding)]
    if bad:
        raise RefusedError(*bad[:FINDINGS_PER_KIND])
    xy = np.array([p if p is not None else (np.nan, np.nan) for p in pairs], dtype=float).reshape(len(pairs), 2)
    table.degrees = way == "degrees" or (way == "both" and bool(np.nanmax(np.abs(xy), initial=0) <= 360))
    if way == "xy" or way == "both":
        xy = _turned(xy, way, columns, answers, table.notes)
    table.shapes = [
        None if np.isnan(p).any() else builder.from_parts("Point", [float(p[0]), float(p[1])], n)
        for p, n in zip(xy, table.lines, strict=True)
    ]
    return set(columns)


def _cells(
    row: list[Any], at: list[int], line: int, columns: tuple[str, ...], way: str, notes: list[Finding]
) -> tuple[float, float] | Finding | None:
    values = [row[i] for i in at]
    if way == "both":
        if is_blank(values[0]):
            return None
        values = list(split_pair(str(values[0])))
        if len(values) != 2:
            return error(
                f"坐标“{str(row[at[0]])[:40]}”不是两个数；请写成“经度,纬度”",
                f"the coordinates '{str(row[at[0]])[:40]}' are not two numbers; write 'lon,lat'",
                line,
                columns[0],
            )
    out = []
    for i, value in enumerate(values):
        found, how = angle(value)
        field = columns[min(i, len(columns) - 1)]
        if how == "bad":
            return error(
                f"坐标“{str(value)[:40]}”不是数字；请写成 117.6543 或 117°39′15″",
                f"the coordinate '{str(value)[:40]}' is no number; write 117.6543 or 117°39'15\"",
                line,
                field,
            )
        if how == "rewritten":
            notes.append(
                info(
                    f"坐标“{str(value)[:40]}”按 {found:.8g} 读取",
                    f"the coordinate '{str(value)[:40]}' was read as {found:.8g}",
                    line,
                    field,
                )
            )
        out.append(found)
    if out[0] is None and out[1] is None:
        return None
    if out[0] is None or out[1] is None:
        return error(
            "只有一个坐标；请补全或两个都留空",
            "only one of the two coordinates is given; complete it",
            line,
            columns[0],
        )
    return float(out[0]), float(out[1])


def _turned(
    xy: np.ndarray, way: str, columns: tuple[str, ...], answers: dict[str, Any], notes: list[Finding]
) -> np.ndarray:
    """Return points with east first: survey tables call north X; the size of the numbers tells, else ask."""
    a, b = (float(np.nanmedian(np.abs(c))) if np.isfinite(c).any() else 0.0 for c in xy.T)
    if max(a, b) <= 360:
        if way == "both" and a < b and 70 < b < 140 and a < 55:
            notes.append(
                warning(
                    "坐标写作“纬度,经度”，已按此读取；请核对",
                    "the coordinates are written 'lat,lon' and read so; check them",
                    None,
                    columns[0],
                )
            )
            return xy[:, ::-1]
        return xy
    north_like = [2_000_000 < v < 6_000_000 for v in (a, b)]
    told = answers.get("axis")
    if north_like[0] != north_like[1]:
        if north_like[0]:
            notes.append(
                info(
                    f"{columns[0]} 为北坐标（测量习惯），已按东、北读取",
                    f"{columns[0]} is north (survey custom); read accordingly",
                    None,
                    columns[0],
                )
            )
            return xy[:, ::-1]
        notes.append(
            info(
                f"{columns[0]} 为东坐标（由数值判断）",
                f"{columns[0]} is east (told from the numbers)",
                None,
                columns[0],
            )
        )
        return xy
    if told in ("xnorth", "xeast"):
        answers["axis"] = "xy"
        return xy[:, ::-1] if told == "xnorth" else xy
    raise OpenQuestionError([Question("axis", f"{columns[0]} 是北坐标还是东坐标？（测量习惯 X 为北）", f"Is {columns[0]} north or east? (survey custom: X is north)",
                                      (("xnorth", "X 为北", "X is north"), ("xeast", "X 为东", "X is east")), "xnorth")])  # fmt: skip


def typed(
    table: Table, layer: str, found: dict[str, str], taken: set[str], answers: dict[str, Any], mark: str
) -> dict[str, list[Any]]:
    """Return the columns of the layer, then the file's other columns; errors go to ``table.notes`` by row.

    Raises
    ------
    OpenQuestionError
        If seats are given without the stage of the school.
    """
    spec = LAYERS[layer]
    at = {c: i for i, c in enumerate(table.columns)}
    out: dict[str, list[Any]] = {}
    for target, column in found.items():
        raw = [r[at[column]] for r in table.rows]
        out[target] = _column(raw, spec.by_name[target], layer, table, column)
        if (
            (layer, target) in WORDS
            and column not in spec.by_name
            and column not in out
            and _reworded(raw, out[target])
        ):
            out[column] = _others(raw, column, table)  # the planner's own words are kept beside ours
    used = taken | set(found.values())
    if layer == "schools":
        used |= _seats(table, out, used, answers)
    for column in table.columns:
        if column in used:
            continue
        name = column if column not in spec.by_name and column not in ("geometry", "") else f"{column}_原"
        out[name] = _others([r[at[column]] for r in table.rows], column, table)
    _defaults(table, layer, out, mark)
    return out


def _reworded(raw: list[Any], made: list[Any]) -> bool:
    return any(isinstance(a, str) and b is not None and a.strip() != b for a, b in zip(raw, made, strict=True))


def _others(values: list[Any], column: str, table: Table) -> list[Any]:
    """Return a column that the schema does not know: kept as it is, its texts cleaned."""
    out = []
    for value, line in zip(values, table.lines, strict=True):
        if isinstance(value, str):
            value, said = clean(value, line, column, name=False)
            table.notes += said
        elif isinstance(value, float) and value != value:
            value = None
        out.append(value)
    return out


def _column(values: list[Any], column: Column, layer: str, table: Table, header: str) -> list[Any]:
    numeric = column.kind in ("integer", "number", "year")
    out = []
    garbled = 0
    plain: dict[tuple[type, Any], Any] = {}  # cells that needed no comment: columns repeat themselves
    for value, line in zip(values, table.lines, strict=True):
        known = (type(value), value)
        if known in plain:
            out.append(plain[known])
            continue
        if numeric:
            made, said = _number(value, column, line, header)
        else:
            made, said = _text(value, column, layer, line)
            garbled += isinstance(made, str) and suspicious(made)
        if not said and value == value:
            plain[known] = made
        table.notes += said
        out.append(made)
    if garbled:
        table.notes.append(
            warning(
                f"列“{header}”有 {garbled} 行像乱码（UTF-8 被当作 GBK 保存过）；请用原始文件重新导出",
                f"{garbled} rows of column '{header}' look garbled (UTF-8 once saved as GBK); export the original again",
                None,
                column.name,
            )
        )
    return out


def _number(value: Any, column: Column, line: int, header: str) -> tuple[Any, list[Finding]]:
    if (
        column.kind == "year"
        and isinstance(value, str)
        and (m := re.fullmatch(r"((?:19|20)\d\d)\s*(?:年|[-/.年]\d{1,2}.{0,8})", value.strip()))
    ):
        return float(m[1]), [
            info(f"“{value}”取年份 {m[1]}", f"the year {m[1]} was taken of '{value}'", line, column.name)
        ]
    found, how = number(value)
    shown = str(value)[:40]
    if how == "bad":
        what = "整数" if column.kind != "number" else "数字"
        return None, [error(f"“{header}”的值“{shown}”不是{what}；请改为{what}，不知道请留空（空=未知，不是 0）",
                            f"'{shown}' in column '{header}' is not {'a whole number' if column.kind != 'number' else 'a number'}; correct it, or leave it blank if unknown (blank is unknown, not 0)", line, column.name)]  # fmt: skip
    if found is None:
        said = (
            [
                warning(
                    f"“{shown}”按未知处理；若为 0 请填 0",
                    f"'{shown}' is taken as unknown; write 0 if zero is meant",
                    line,
                    column.name,
                )
            ]
            if not is_blank(value)
            else []
        )
        return None, said
    said = (
        [info(f"“{shown}”按 {found:g} 读取", f"'{shown}' was read as {found:g}", line, column.name)]
        if how == "rewritten"
        else []
    )
    if column.kind != "number" and found != round(found):
        return None, [
            error(
                f"“{header}”的值 {found:g} 不是整数；请更正，不知道请留空",
                f"{found:g} in column '{header}' is not a whole number; correct it, or leave it blank if unknown",
                line,
                column.name,
            )
        ]
    if not column.low <= found <= column.high:
        return None, [
            error(
                f"“{header}”的值 {found:g} 超出范围 {column.low:g}–{column.high:g}；请更正，不知道请留空",
                f"{found:g} in column '{header}' is outside {column.low:g}-{column.high:g}; correct it, or leave it blank if unknown",
                line,
                column.name,
            )
        ]
    return found, said


def _text(value: Any, column: Column, layer: str, line: int) -> tuple[Any, list[Finding]]:
    if is_blank(value):
        return None, []
    if isinstance(value, float) and value != value:
        return None, [warning("值为 NaN，按空处理", "the value is NaN and taken as blank", line, column.name)]
    if isinstance(value, bool):
        return None, [
            error(
                f"值 {value} 是真假值，应为文字；请更正",
                f"{value} is a truth value where text is expected; correct it",
                line,
                column.name,
            )
        ]
    said: list[Finding] = []
    if isinstance(value, int | float):
        if abs(value) >= 1e15:
            said.append(
                warning(
                    "编号超过 15 位且以数字保存，末位可能已丢失；请在表中设为文本",
                    "the id has more than 15 digits and was stored as a number, its last digits may be lost; store it as text",
                    line,
                    column.name,
                )
            )
        text = str(int(value)) if float(value).is_integer() else repr(value)
    else:
        text, said = clean(
            str(value).strip("\u3000 \t\r\n\xa0"),
            line,
            column.name,
            name=column.name in ("name", "name_zh", "name_en") or column.kind == "id",
        )
    if column.kind == "choice" or (layer, column.name) in WORDS:
        words = {
            key_of(k): v
            for k, v in {**WORDS.get(("*", column.name), {}), **WORDS.get((layer, column.name), {})}.items()
        }
        text = next((c for c in column.choices if key_of(c) == key_of(text)), words.get(key_of(text), text))
    if not text:
        return None, said
    if column.kind == "choice" and text not in column.choices:
        said.append(
            error(
                f"“{text[:40]}”不是可用的{column.zh}；请改为 {'、'.join(column.choices)}",
                f"'{text[:40]}' is no known {column.en}; use one of {', '.join(column.choices)}",
                line,
                column.name,
            )
        )
    return text, said


def check_areas(table: Table, found: dict[str, str], shapes: list[Any]) -> None:
    """Let go of a column of areas that are not square kilometres: the shapes tell.

    Headers such as 面积 name no unit; square metres, hectares or mu taken for square kilometres would stand in
    every report. The column stays as the planner's own.
    """
    column = found.get("area_km2_published")
    if column is None or re.search(r"km2|平方公里|平方千米|published", column, re.IGNORECASE):
        return
    at = table.columns.index(column)
    measured = [None if s is None else abs(_EARTH.geometry_area_perimeter(s)[0]) / 1e6 for s in shapes]
    told = [number(r[at])[0] for r in table.rows]
    ratios = [a / b for a, b in zip(told, measured, strict=True) if a and b]
    texts = any(number(r[at])[1] == "bad" for r in table.rows)
    if ratios and not texts and all(0.5 <= r <= 2.0 for r in ratios):
        return
    del found["area_km2_published"]
    table.notes.append(
        warning(
            f"“{column}”与图形的平方公里数不符（单位可能是平方米、公顷或亩），未作为公布面积，原样保留",
            f"'{column}' does not fit the shapes in square kilometres (perhaps square metres, hectares or mu); kept as it is, not as the published area",
            None,
            column,
        )
    )


def _stage(text: str) -> str | None:
    """Return the one stage that a kind or name of school says, or None."""
    if re.search(r"九年|十二年|一贯|完全中学|完中|k-?12|nine_year|twelve_year", text, re.IGNORECASE):
        return None
    hits = []
    for stage, pattern in (("kindergarten", r"幼儿园|幼教|托幼|学前|kindergarten"), ("primary", r"小学|primary"),
                           ("junior", r"初中|初级中学|junior"), ("senior", r"高中|高级中学|senior")):  # fmt: skip
        if re.search(pattern, text, re.IGNORECASE):
            hits.append(stage)
    return hits[0] if len(hits) == 1 else None


def _seats(table: Table, out: dict[str, list[Any]], used: set[str], answers: dict[str, Any]) -> set[str]:
    """Spread one seats column over the stages by kind or name; ask where a row does not say its stage."""
    wanted = [key_of(s) for s in SEATS]
    column = next((c for w in wanted for c in table.columns if key_of(c) == w and c not in used), None)
    if column is None:
        return set()
    at = table.columns.index(column)
    spec = LAYERS["schools"].by_name["seats_primary"]
    values = _column([r[at] for r in table.rows], spec, "schools", table, column)
    told = answers.get("stage")
    if told is not None and told not in (*dict(STAGES), "none"):
        raise RefusedError(
            error(
                "stage 的答案无效，可选 kindergarten、primary、junior、senior",
                "no answer to stage; choose kindergarten, primary, junior or senior",
            )
        )
    stages = []
    for i, _value in enumerate(values):
        texts = [str(out[k][i]) for k in ("kind", "name_zh") if k in out and out[k][i] is not None]
        stages.append(next((s for t in texts if (s := _stage(t))), told))
    unclear = [i for i, (s, v) in enumerate(zip(stages, values, strict=True)) if s is None and v is not None]
    several = any(
        re.search(r"九年|十二年|一贯|完全中学|完中", str(out.get("name_zh", table.lines)[i])) for i in unclear
    )
    if unclear:
        names = "、".join(str(out.get("name_zh", table.lines)[i]) for i in unclear[:5])
        raise OpenQuestionError(
            [
                Question(
                    "stage",
                    f"{len(unclear)} 所学校看不出学段或含多个学段（{names}），“{column}”算作哪个学段的学位？（九年一贯制等最好分列填写）",
                    f"The stage of {len(unclear)} schools cannot be told or is several; to which do the seats in '{column}' belong? (best give a column each)",
                    (*((k, zh, k) for k, zh in STAGES), ("none", "不计入，学位留空（未知）", "none: leave unknown")),
                    "none" if several else "primary",
                )
            ]
        )
    if told == "none" and (lost := [table.lines[i] for i, s in enumerate(stages) if s == "none"]):
        table.notes.append(
            warning(
                f"{len(lost)} 所学校的“{column}”未计入任何学段（如第 {lost[0]} 行），学位按未知",
                f"the '{column}' of {len(lost)} schools belongs to no stage (such as row {lost[0]}); their seats are unknown",
                lost[0],
                column,
            )
        )
    for stage, _zh in STAGES:
        name = f"seats_{stage}"
        mine = [v if s == stage else None for v, s in zip(values, stages, strict=True)]
        if name not in out:
            if any(v is not None for v in mine):
                out[name] = mine
        else:
            out[name] = [a if a is not None else b for a, b in zip(out[name], mine, strict=True)]
    table.notes.append(
        info(f"“{column}”按学校的学段分到各学段学位", f"'{column}' was given to the stage of each school", None, column)
    )
    return {column}


def _defaults(table: Table, layer: str, out: dict[str, list[Any]], mark: str) -> None:
    """Fill what a planner's file seldom has, and say so."""
    spec, n = LAYERS[layer], len(table.rows)
    if spec.key and spec.key not in out:
        out[spec.key] = [f"{mark}-{line}" for line in table.lines]
        table.notes.append(
            info(
                f"没有编号列，已生成编号 {mark}-1、{mark}-2…",
                f"there is no id column; ids {mark}-1, {mark}-2 ... were made",
                None,
                spec.key,
            )
        )
    name = "name_zh" if "name_zh" in spec.by_name and layer not in ("water",) else "name"
    if name in spec.by_name and name not in out:
        out[name] = [f"未命名 {line}" for line in table.lines]
        table.notes.append(
            warning(
                "没有名称列，按“未命名”导入；请补名称或改列的对应",
                "there is no name column; the rows are called 未命名, add names or change the mapping",
                None,
                name,
            )
        )
    fill: dict[str, tuple[Any, str, str]] = {
        "basis": ("sourced", "", ""),
        "source_id": (mark, "", ""),
        "status": (
            "existing",
            "没有状态列，按“现状”导入；规划设施请加状态列",
            "there is no status column; taken as existing, add one for planned facilities",
        ),
        "level": ("zone", "没有级别列，按“片区”导入", "there is no level column; taken as zones"),
        "state": (
            "谋划储备",
            "没有阶段列，按“谋划储备”导入；请补阶段",
            "there is no state column; taken as being considered, add it",
        ),
    }
    for column, (value, zh, en) in fill.items():
        if column not in spec.by_name:
            continue
        if column not in out:
            out[column] = [value] * n
            if column == "level" and "parent_id" in out:
                out[column] = ["sub_area" if p else "zone" for p in out["parent_id"]]
            if zh:
                table.notes.append(warning(zh, en, None, column) if column == "state" else info(zh, en, None, column))
        elif column in ("basis", "source_id", "level", "status"):
            for i, v in enumerate(out[column]):
                if v is None and zh and column == "status":
                    table.notes.append(
                        warning(
                            "状态为空，按“现状”导入",
                            "the status is blank and taken as existing",
                            table.lines[i],
                            column,
                        )
                    )
            out[column] = [value if v is None else v for v in out[column]]
    if "kind" in spec.by_name and spec.by_name["kind"].required:
        _kinds(table, layer, out, n)


def _kinds(table: Table, layer: str, out: dict[str, list[Any]], n: int) -> None:
    names = out.get("name_zh", [None] * n)
    kinds = out.get("kind", [None] * n)
    choices = LAYERS[layer].by_name["kind"].choices
    filled: list[Any] = []
    for i, kind in enumerate(kinds):
        if choices and kind is not None and kind not in choices and (told := _kind(layer, str(names[i] or ""))):
            line = table.lines[i]
            table.notes[:] = [f for f in table.notes if (f.level, f.row, f.field) != ("error", line, "kind")]
            table.notes.append(
                warning(
                    f"类型“{kind[:40]}”不在可选值中，由名称判断为 {told}；请核对",
                    f"the kind '{kind[:40]}' is not known; {told} was told from the name, check it",
                    line,
                    "kind",
                )
            )
            filled.append(told)
            continue
        guess = kind if kind is not None else _kind(layer, str(names[i] or ""))
        filled.append(guess)
        if kind is None and guess is None:
            table.notes.append(
                error(
                    "看不出类型；请加“类型”列", "the kind cannot be told; add a column 'kind'", table.lines[i], "kind"
                )
            )
        elif kind is None:
            table.notes.append(
                info(f"由名称判断类型为 {guess}", f"the kind {guess} was told from the name", table.lines[i], "kind")
            )
    out["kind"] = filled


def _kind(layer: str, name: str) -> str | None:
    if layer == "clinics":
        for pattern, kind in (
            (r"卫生服务站|卫生站|医务室|诊所|卫生室", "health_station"),
            (r"卫生服务中心|卫生院", "community_health_centre"),
            (r"医院|保健院|hospital", "hospital"),
        ):
            if re.search(pattern, name, re.IGNORECASE):
                return kind
        return None
    for pattern, kind in (
        (r"地铁|轨道|号线|metro", "metro"),
        (r"铁路|火车|高铁|rail", "railway"),
        (r"高速|expressway", "expressway"),
        (r"公交|bus", "bus"),
    ):
        if re.search(pattern, name, re.IGNORECASE):
            return kind
    return "unknown"
