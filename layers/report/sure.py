"""How sure the numbers of a report are: intervals in words, and the inputs that make them wide."""

from __future__ import annotations

import pandas as pd

from geo.adequacy import ALL
from geo.answers.uncertain import QUANTITIES
from geo.services import SERVICES
from layers.look import draw
from layers.report.asked import Asked
from layers.report.blocks import Block, Cell, Para, Points, Table

__all__ = ["chapter", "line", "of_zone"]

TOLD = {"coverage": ("covered", "without"), "adequacy": ("demand", "deficit")}
"""The quantities of which a report tells the interval."""
INPUTS = 6


def chapter(asked: Asked) -> list[Block]:
    """Return what is not known of coverage and seats in all, and which inputs to measure first."""
    say, end = asked.say, asked.lang
    made: list[Block] = [
        Para(
            say(
                f"下列为 90% 区间：按各项输入的依据与精度抽样 {asked.sure[0].parameters['draws']} 次（种子 {asked.sure[0].parameters['seed']}）。",
                f"Intervals of 90 %: inputs drawn {asked.sure[0].parameters['draws']} times (seed {asked.sure[0].parameters['seed']}) as far off as their bases and accuracies say.",
            ),
            "quiet",
        ),
        *_points(asked, ALL),
        *(Para(say(n.zh, n.en), "quiet") for n in dict.fromkeys(note for one in asked.sure for note in one.notes)),
    ]
    drivers = asked.sure[0]["drivers"]
    mine = drivers[(drivers["zone_id"] == ALL) & (drivers["quantity"] == "covered") & (drivers["total"] >= 0.01)]
    mine = mine.sort_values("total", ascending=False).head(INPUTS)
    if len(mine):
        rows = [
            [Cell(str(r[end])), Cell(f"{min(r['total'], 1.0):.0%}", True), Cell(str(draw.basis_style(r["basis"])[end]))]
            for _, r in mine.iterrows()
        ]
        heads = [Cell(say("输入", "Input")), Cell(say("占不确定性", "Share of the spread"), True), Cell(say("依据", "Basis"))]  # fmt: skip
        title = say(f"{asked.service}覆盖的不确定性来自何处：宜先核实靠前的数据", f"What makes coverage of {asked.service} uncertain: check the first ones first")  # fmt: skip
        note = say(
            "总效应指数（Sobol）；输入相互作用时合计可超过 100%", "Sobol's total effect; together above 100 % where inputs act together"
        )  # fmt: skip
        made.append(Table(title, heads, rows, (), "derived", note))
    return made


def of_zone(asked: Asked, zone: str) -> list[Block]:
    """Return the intervals of a zone."""
    return list(_points(asked, zone))


def line(asked: Asked, zone: str) -> list[Block]:
    """Return one line for a sheet: how many are served, as an interval."""
    rows = _rows(asked.sure[0].tables["intervals"], zone, ("covered",))
    return [Para(asked.say(f"{_name(asked, r)}：{r['words_zh']}（90% 区间）", f"{_name(asked, r)}: {r['words_en']} (90 %)"), "quiet", str(r["basis"])) for _, r in rows.iterrows()]  # fmt: skip


def _points(asked: Asked, zone: str) -> list[Points]:
    told = []
    for answer in asked.sure:
        rows = _rows(answer.tables["intervals"], zone, TOLD[str(answer.parameters["about"])])
        told += [
            (asked.say(f"{_name(asked, r)}：{r['words_zh']}", f"{_name(asked, r)}: {r['words_en']}"), str(r["basis"]))
            for _, r in rows.iterrows()
        ]
    return [Points(told)] if told else []


def _rows(table: pd.DataFrame, zone: str, names: tuple[str, ...]) -> pd.DataFrame:
    known = table["low"].notna() & (table["words_zh"].fillna("") != "")
    return table[(table["zone_id"] == zone) & table["quantity"].isin(names) & known]


def _name(asked: Asked, row: pd.Series) -> str:
    """Return what a number is of: the service or the stage, and the quantity."""
    one = SERVICES.get(str(row["stage"]))
    words = QUANTITIES[str(row["quantity"])]
    return asked.say(
        f"{one.name_zh if one else asked.service}{words.zh}", f"{one.name_en if one else asked.service}, {words.en}"
    )
