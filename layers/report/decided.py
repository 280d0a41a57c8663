"""What was decided, or is to be: the rolling programme, sites that hold, what to measure first, sentences that cannot all hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd

from geo import answers
from geo.answers import Answer
from layers.look import draw
from layers.report.asked import Asked, number
from layers.report.blocks import Block, Cell, Para, Table

__all__ = ["ASKED", "consistency", "decided"]

BUILT, SERVES, GONE = "▨", "■", "×"
"""Marks of a year in which a school is built, serves, or is closed."""


def decided(asked: Asked) -> list[tuple[str, str, list[Block]]]:
    """Return a chapter for each further answer that a report was asked to hold: its names, its blocks."""
    made = []
    for answer in asked.more:
        zh, en, blocks = ASKED[answer.question]
        made.append((zh, en, blocks(asked, answer)))
    return made


def consistency(asked: Asked) -> list[Block]:
    """Return the sentences of the plan that cannot all hold, set by set; nothing where a place brings no plan."""
    place, say, end = asked.place, asked.say, asked.lang
    if place.targets.empty:
        return []
    answer = answers.consistency(place)
    made: list[Block] = _told(asked, answer)
    heads = [say("组", "Set"), say("不能同时成立的句子", "Sentences that cannot all hold"), say("出处", "Where"), say("处理", "Settled"), say("依据", "Basis")]  # fmt: skip
    rows = [
        [Cell(str(r["conflict"])), Cell(str(r[f"sentence_{end}"])), Cell(str(r["clause"] or "—")), Cell(str(r[f"settled_{end}"] or "—")), Cell(_basis(asked, r["basis"]))]
        for _, r in answer["conflicts"].iterrows()
    ]  # fmt: skip
    if rows:
        made.append(Table(say("不能同时成立的句子", "Sentences that cannot all hold"), [Cell(h, k == 0) for k, h in enumerate(heads)], rows, (), None))  # fmt: skip
    return made


def _programme(asked: Asked, answer: Answer) -> list[Block]:
    """Return what is done when: a row a place with a mark for each year, and money and pupils of the years."""
    say, end, schedule, years = asked.say, asked.lang, answer["schedule"], answer["years"]
    span = [int(y) for y in years["year"]]
    made = _told(asked, answer)
    rows = []
    for _, group in schedule.groupby("place_id", sort=False):
        first = group.iloc[0]
        marks = ["" for _ in span]
        for _, r in group.iterrows():
            for k, year in enumerate(span):
                if r["action"] == "close":
                    marks[k] = GONE if year >= r["opens"] else marks[k]
                elif year >= r["opens"]:
                    marks[k] = SERVES
                elif year >= r["starts"]:
                    marks[k] = BUILT
        done = "；".join(f"{r[f'action_{end}']} {number('classes', r['classes'], end) if answer.parameters['unit'] == 'pupils' else ''}".strip() for _, r in group.iterrows())  # fmt: skip
        rows.append([Cell(str(first[f"name_{end}"])), Cell(done), *(Cell(m) for m in marks), Cell(f"{group['cost'].sum():,.0f}", True)])  # fmt: skip
    if rows:
        heads = [Cell(say("地点", "Place")), Cell(say("做什么（班）", "What (classes)")), *(Cell(f"{y % 100:02d}") for y in span), Cell(say("造价（万元）", "Cost [10,000 yuan]"), True)]  # fmt: skip
        note = say(f"{BUILT} 建设，{SERVES} 投用，{GONE} 停办", f"{BUILT} being built, {SERVES} serves, {GONE} closed")
        made.append(Table(say(f"哪年做什么，{span[0]}–{span[-1]}", f"What is done when, {span[0]}-{span[-1]}"), heads, rows, (), answer.basis, note))  # fmt: skip
    names = {"budget": ("预算（万元）", "Budget [10,000 yuan]"), "spent": ("支出（万元）", "Spent"), "demand": ("需求（人）", "Demand"), "served": ("有座（人）", "Seated"), "shortage": ("缺（人）", "Short")}  # fmt: skip
    heads = [Cell(say("年", "Year")), *(Cell(say(*names[c]), True) for c in names)]
    rows = [[Cell(str(int(r["year"]))), *(Cell(f"{r[c]:,.0f}", True) for c in names)] for _, r in years.iterrows()]
    made.append(Table(say("逐年的钱与人", "Money and pupils of each year"), heads, rows, (), answer.basis))
    return made


def _robust(asked: Asked, answer: Answer) -> list[Block]:
    """Return the plans side by side, and how sure each of their sites is."""
    say, end, plans = asked.say, asked.lang, answer["plans"]
    made = _told(asked, answer)
    heads = [say("方案", "Plan"), say("平均新增", "Newly served on average"), say("最差一成", "Worst tenth"), say("最大后悔", "Greatest regret"), say("与上界差距", "Gap to the bound")]  # fmt: skip
    rows = [
        [Cell(str(r[f"criterion_{end}"])), *(Cell(f"{r[c]:,.0f}", True) for c in ("mean", "worst", "regret")), Cell(_gap(asked, r), True)]
        for _, r in plans.iterrows()
    ]  # fmt: skip
    made.append(Table(say("三种标准的方案，与按单一数字的方案", "Plans by three criteria, and that of the single numbers"), [Cell(h, k > 0) for k, h in enumerate(heads)], rows, (), answer.basis))  # fmt: skip
    sites, names = answer["sites"], plans.set_index("criterion")[f"criterion_{end}"]
    heads = [
        say("方案", "Plan"),
        say("序", "Rank"),
        say("经度", "Longitude"),
        say("纬度", "Latitude"),
        say("把握", "How sure"),
    ]
    rows = [
        [Cell(str(names[r["criterion"]])), Cell(str(r["rank"]), True), Cell(f"{r['lon']:.5f}", True), Cell(f"{r['lat']:.5f}", True), Cell(str(r[f"words_{end}"]))]
        for _, r in sites.iterrows()
    ]  # fmt: skip
    made.append(Table(say("各点的把握", "How sure each site is"), [Cell(h, 0 < k < 4) for k, h in enumerate(heads)], rows, (), answer.basis))  # fmt: skip
    return made


def _gap(asked: Asked, row: pd.Series) -> str:
    if row["status"] == "optimal":
        return asked.say("已证最优", "proven")
    return f"≤ {row['gap']:.1%}"


def _value(asked: Asked, answer: Answer) -> list[Block]:
    """Return which data to ask for, in the order of what knowing them would bring."""
    say, end, unit = asked.say, asked.lang, answer["summary"]["unit"].iloc[0]
    who = say("名学生", "pupils") if unit == "pupils" else say("人", "people")
    heads = [say("次序", "Order"), say("输入", "Input"), say(f"可多服务（{who}）", f"More served [{who}]"), say("意思", "In words"), say("向谁要", "Whom to ask"), say("依据", "Basis")]  # fmt: skip
    rows = [
        [
            Cell("—" if pd.isna(r["rank"]) else f"{r['rank']:.0f}", True), Cell(str(r[end])), Cell(f"{r['value']:,.0f} ± {1.96 * r['error']:,.0f}", True),
            Cell(str(r[f"words_{end}"])), Cell(str(r[f"ask_{end}"])), Cell(_basis(asked, r["basis"])),
        ]
        for _, r in answer["inputs"].iterrows()
    ]  # fmt: skip
    title = say(
        "先查什么：弄清后选址能多服务的人", "What to measure first: whom more sites would serve if it were known"
    )
    return [*_told(asked, answer), Table(title, [Cell(h, k in (0, 2)) for k, h in enumerate(heads)], rows, (), answer.basis)]  # fmt: skip


def _told(asked: Asked, answer: Answer) -> list[Block]:
    """Return the sentence of an answer, how it was found, and its notes."""
    end = asked.lang
    words = str(answer["summary"][f"words_{end}"].iloc[0])
    quiet = [answer.method, *dict.fromkeys(answer.notes)]
    return [Para(words, basis=answer.basis), *(Para(asked.say(t.zh, t.en), "quiet") for t in quiet)]


def _basis(asked: Asked, basis: object) -> str:
    return str(draw.basis_style(str(basis))[asked.lang])


ASKED: Mapping[str, tuple[str, str, Callable[[Asked, Answer], list[Block]]]] = {
    "programme": ("滚动计划", "Rolling programme", _programme),
    "robust": ("稳健选址", "Sites that hold", _robust),
    "value": ("先查什么", "What to measure first", _value),
}
"""Answers that a report takes where it is given them: the name of the chapter, and its blocks."""
