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
from layers.incoming.rows.values import is_blank
from layers.incoming.rows.where import HEADERS
from layers.write.short import short_of

__all__ = ["ACTUALS", "heads", "known_headers", "mapping", "one_of", "told"]

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
    "seats_kindergarten": ("幼儿园", "学前", "幼儿学位", "幼儿园学位个", "幼儿园座位", "kindergartenseats", "kindergarten", "kindergartencapacity", "kindergartenplaces"),
    "seats_primary": ("小学", "小学部学位", "primaryseats", "primary", "primarycapacity", "primaryplaces", "小学座位"),
    "seats_junior": ("初中", "初中部学位", "juniorseats", "junior", "juniorcapacity", "juniorplaces", "初级中学学位"),
    "seats_senior": ("高中", "高中部学位", "seniorseats", "senior", "seniorcapacity", "seniorplaces", "普高学位", "高级中学学位"),
    "beds": ("床位数量", "床数", "实有床位", "核定床位", "编制床位数", "开放床位", "病床数", "cws", "床位个", "床位张"),
    "staff": ("职工", "职工人数", "人员数", "卫生技术人员", "医务人员", "人员数量", "卫技人员"),
    "kind": ("学校类别", "学校性质", "性质", "种类", "层次", "等级", "type", "category", "办学层次", "类型名称", "lx"),
    "status": ("现状规划", "现状", "建设情况", "进度", "建设进度"),
    "open_year": ("建校年份", "开办时间", "投用时间", "建成时间", "开通年份", "开通时间", "启用时间", "opened", "year", "建校时间", "成立年份"),
    "address": ("位置", "所在地址", "坐落", "住址", "addr", "地点", "dz"),
    "note": ("bz", "comment", "comments", "其他", "description", "描述"),
    "area_km2_published": ("面积平方公里", "面积km2", "公布面积平方公里", "areakm2", "area"),
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


ACTUALS = {
    "indicator_id": ("indicatorid", "id", "指标编号", "编号"), "name": ("name", "指标", "指标名称", "名称"),
    "year": ("year", "年份", "年度", "年"), "value": ("value", "数值", "实际值", "完成值", "值"),
    "state": ("state", "状态", "完成情况"), "source": ("source", "来源", "数据来源"), "note": ("note", "备注", "说明"),
}  # fmt: skip
"""Columns of a table of yearly actuals (no layer: it has no places) → how they are headed, by `key_of`."""


@functools.cache
def known_headers(layer: str) -> frozenset[str]:
    """Return every header, by `key_of`, that means something for a layer."""
    if layer == "actuals":
        return frozenset(a for names in ACTUALS.values() for a in names)
    found = {a for names in _names(layer).values() for a in names}
    return frozenset(found) | {
        *HEADERS,
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
    findings, open_now = _told_units(table, layer, found, said, answers)
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
    """Return what every header says; the unit that a title gives to the whole table goes to those without one.

    Of a column that the planner vouches for no unit is read.
    """
    said = {c: header(c) for c in table.columns}
    own = {c: replace(h, what="", factor=1.0, unit="") for c, h in said.items() if c in table.vouched}
    whole = told_above(table.above)
    if whole is None:
        return said | own
    unit, what, factor = whole
    return own | {c: replace(h, unit=unit, what=h.what if h.what and what == "count" else what, factor=factor) if not h.unit else h
                  for c, h in said.items() if c not in own}  # fmt: skip


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


def _told_units(
    table: Table, layer: str, found: dict[str, str], said: dict[str, Header], answers: dict[str, Any]
) -> tuple[list[Finding], list[Question]]:
    """Ask what the numbers are where the planner chose a column whose header counts something else; apply the answer.

    Classes, an intake and enrolment chosen for seats are asked about as where they are found (``seats``).
    """
    findings: list[Finding] = []
    open_now: list[Question] = []
    for target, column in list(found.items()):
        meant, head = LAYERS[layer].by_name[target], said[column]
        if (
            meant.kind not in ("integer", "number")
            or fits(meant, head)
            or (meant.unit == "seats" and head.what in OTHERS)
        ):
            continue
        key, (zh, en) = f"unit.{target}", COUNTED.get(head.what, ("别的量", "something else"))
        told_so = answers.get(key)
        if told_so is None:
            open_now.append(
                Question(
                    key,
                    f"“{column}”按表头是{zh}，却被选作{meant.zh}；数值是什么？",
                    f"By its header '{column}' is {en}, but it was chosen as {meant.en}; what are its numbers?",
                    (
                        ("unknown", f"是{zh}：{meant.zh}按未知，原列保留", f"{en}: {meant.en} unknown, the column is kept"),
                        ("as_is", f"数值就是{meant.zh}，不按表头的单位", f"{meant.en} indeed, whatever the header says"),
                    ),
                    "unknown",
                )
            )  # fmt: skip
        elif told_so == "unknown":
            del found[target]
            findings.append(_other_unit(column, head, meant))
        elif told_so == "as_is":
            table.vouched.add(column)
            findings.append(
                warning(
                    f"“{column}”按表头是{zh}，按您的选择直接作为{meant.zh}；请核对",
                    f"by its header '{column}' is {en}; it was taken as {meant.en} as you chose, check it",
                    None,
                    column,
                )
            )
        else:
            raise RefusedError(error(f"{key} 的答案无效，可选 unknown、as_is", f"no answer to {key}; choose unknown or as_is"))  # fmt: skip
    return findings, open_now


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
