"""What a planner's table seldom has, filled in and said so."""

from __future__ import annotations

import re
from typing import Any

import pyproj

from geo.schema import LAYERS
from layers.incoming.meaning.cells import scale
from layers.incoming.meaning.columns import heads
from layers.incoming.meaning.vocabulary import kind_of
from layers.incoming.rows.table import Table, error, info, warning
from layers.incoming.rows.values import number

__all__ = ["check_areas", "fill"]

_EARTH = pyproj.Geod(ellps="WGS84")


def check_areas(table: Table, found: dict[str, str], shapes: list[Any]) -> None:
    """Let go of a column of areas that are not square kilometres: the shapes tell.

    Headers such as 面积 name no unit; square metres, hectares or mu taken for square kilometres would stand in
    every report. The column stays as the planner's own.
    """
    column = found.get("area_km2_published")
    if column is None or re.search(r"km2|平方公里|平方千米|published|^area_pub$", column, re.IGNORECASE):
        return
    at = table.columns.index(column)
    times = scale(LAYERS["zones"].by_name["area_km2_published"], heads(table)[column])
    measured = [None if s is None else abs(_EARTH.geometry_area_perimeter(s)[0]) / 1e6 for s in shapes]
    told = [number(r[at])[0] for r in table.rows]
    ratios = [a * times / b for a, b in zip(told, measured, strict=True) if a and b]
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
    elif spec.key and (bare := [i for i, v in enumerate(out[spec.key]) if v is None]):
        for i in bare:
            out[spec.key][i] = f"{mark}-{table.lines[i]}"
        table.notes.append(
            warning(
                f"{len(bare)} 行没有编号（如第 {table.lines[bare[0]]} 行），已生成编号 {mark}-{table.lines[bare[0]]}…",
                f"{len(bare)} rows have no id (such as row {table.lines[bare[0]]}); ids {mark}-{table.lines[bare[0]]} ... were made",
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
