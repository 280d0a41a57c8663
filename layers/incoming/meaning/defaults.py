"""What a planner's table seldom has, filled in and said so; seats of one column given to their stage."""

from __future__ import annotations

import re
from typing import Any

import pyproj

from geo.schema import LAYERS
from layers.incoming.meaning.columns import SEATS
from layers.incoming.meaning.vocabulary import STAGES, kind_of, stage_of
from layers.incoming.rows.table import OpenQuestionError, Question, RefusedError, Table, error, info, warning
from layers.incoming.rows.text import key_of
from layers.incoming.rows.values import number

__all__ = ["check_areas", "fill", "seat_column", "spread_seats"]

_EARTH = pyproj.Geod(ellps="WGS84")


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


def seat_column(table: Table, used: set[str]) -> str | None:
    """Return the column that holds seats without saying of which stage, None if there is none."""
    wanted = [key_of(s) for s in SEATS]
    return next((c for w in wanted for c in table.columns if key_of(c) == w and c not in used), None)


def spread_seats(
    table: Table, column: str, values: list[Any], out: dict[str, list[Any]], answers: dict[str, Any]
) -> None:
    """Give the seats of one column to the stage that kind or name says, row by row, into ``out``.

    Raises
    ------
    OpenQuestionError
        If a row with seats does not say its stage.
    """
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
        stages.append(next((s for t in texts if (s := stage_of(t))), told))
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


def fill(table: Table, layer: str, out: dict[str, list[Any]], mark: str) -> None:
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
        if choices and kind is not None and kind not in choices and (told := kind_of(layer, str(names[i] or ""))):
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
        guess = kind if kind is not None else kind_of(layer, str(names[i] or ""))
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
