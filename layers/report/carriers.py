"""The carriers of a zone in the report: all of them by kind, and in one line for a sheet."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from layers.look.carriers import CARRIERS, look_of
from layers.report.asked import Asked
from layers.report.blocks import Cell, Table

__all__ = ["carriers_line", "carriers_table"]

FEW = 3
"""Names of a kind that a sheet has room for."""


def carriers_table(asked: Asked, carriers: pd.DataFrame) -> Table:
    """Return every carrier of a zone by kind, with the clause that names it."""
    say = asked.say
    heads = [Cell(say("类别", "Kind")), Cell(say("载体", "Carriers")), Cell(say("数", "No"), True), Cell(say("条目", "Clause"))]  # fmt: skip
    rows = [
        [Cell(kind), Cell(_listed(asked, part)), Cell(str(len(part)), True), Cell(_between(asked, part["clause"].dropna().unique()))]
        for kind, part in _by_kind(asked, carriers)
    ]  # fmt: skip
    note = say(
        "载体是规划所依托之处，不是公共服务设施；位置多为假定。",
        "Carriers are what the plan rests on, no public facilities; most places are assumed.",
    )
    return Table(say("规划写明的载体", "Carriers that the plan names"), heads, rows, note=note)


def carriers_line(asked: Asked, carriers: pd.DataFrame) -> str:
    """Return how many carriers a zone has, the first of each kind by name."""
    say = asked.say
    told = [
        f"{kind} {len(part)}（{_listed(asked, part.head(FEW))}{'等' if len(part) > FEW else ''}）" if asked.lang == "zh"
        else f"{kind} {len(part)} ({_listed(asked, part.head(FEW))}{' …' if len(part) > FEW else ''})"
        for kind, part in _by_kind(asked, carriers)
    ]  # fmt: skip
    return say(f"载体 {len(carriers)}：", f"Carriers, {len(carriers)}: ") + say("；", "; ").join(told)


def _by_kind(asked: Asked, carriers: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    kinds = [k for k in dict.fromkeys((*CARRIERS, *carriers["kind"].dropna())) if (carriers["kind"] == k).any()]
    return [(asked.say(*look_of(k).name), carriers[carriers["kind"] == k]) for k in kinds]


def _listed(asked: Asked, part: pd.DataFrame) -> str:
    return _between(asked, [asked.say.named(row) for _, row in part.iterrows()])


def _between(asked: Asked, words: Iterable[str]) -> str:
    return asked.say("、", ", ").join(words)
