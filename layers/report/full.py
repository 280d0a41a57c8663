"""The report 规划实施评估报告: the whole zone, each zone, the indicators, what contradicts, how it came to be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from geo import answers
from geo.answers import Answer
from geo.answers.base import basis_of
from geo.services import SERVICES, STAGES
from geo.walking import SPEEDS
from layers.look import draw
from layers.page.figure import fixed
from layers.page.report import about_blocks, source_blocks, table_of
from layers.page.window import scale_for
from layers.page.words import shown, spoken, table_title
from layers.report import decided, sections, sure
from layers.report.asked import (
    WIDTH_MM,
    Asked,
    basis_legend,
    coverage_table,
    known,
    legends_of,
    number,
    plates,
    scale_note,
)  # fmt: skip
from layers.report.blocks import (
    Block,
    Break,
    Cell,
    Document,
    Drawing,
    Figures,
    Heading,
    KeyFigure,
    KeyFigures,
    Para,
    Points,
    Table,
)
from layers.report.carriers import carriers_table
from layers.report.chart import bars
from layers.report.sheets import stage_row, zone_table, zones_chart

__all__ = ["full"]

WHOLE_MM, ZONE_MM = 128.0, 84.0
ROWS = 80
KINDS = {"约束性": "binding", "预期性": "expected"}
NUMERALS = ("一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二", "十三", "十四", "十五")


def full(asked: Asked, *, zones: Sequence[str] = ()) -> Document:
    """Return the whole report.

    Parameters
    ----------
    asked
        The answers it is made of.
    zones
        The zones that get a section of their own; every zone where none is named.
    """
    say, place = asked.say, asked.place
    tops = [str(i) for i in place.zones.index[place.zones["level"] == "zone"]]
    named = [z for z in zones or tops if len(answers.zone_card(place, z).tables)]  # refuses what is no zone
    lines = (
        f"{asked.name} · {asked.service} · {asked.year}",
        asked.plan,
        f"{say('日期', 'Date')} {asked.date.isoformat()}",
    )
    chapters = [
        ("概要", "Summary", _summary(asked)),
        ("全区", "The whole zone", [Break(), *_whole(asked, tops)]),
        ("分片区", "Zone by zone", [Break(), *_zones(asked, named)]),
        ("生活圈", "Living circles", sections.circles(asked, tops)),
        ("用地与控制线", "Land use and control lines", sections.land(asked)),
        ("结果的把握", "How sure the numbers are", sure.chapter(asked)),
        *decided.decided(asked),
        ("规划指标", "Indicators of the plan", _indicators(asked)),
        ("规划中的矛盾", "Contradictions of the plan", _contradictions(asked)),
        ("规划的自洽", "Is the plan consistent", decided.consistency(asked)),
        ("规划的其他要求", "What else the plan asks for", sections.demands(asked)),
        ("方法、参数与局限", "Method, parameters, limits", [
            *_method(asked), *source_blocks(place, (*asked.services.values(), asked.adequacy, asked.register), asked.lang),
        ]),
    ]  # fmt: skip
    parts: list[Block] = [*basis_legend(say)]
    for k, (zh, en, blocks) in enumerate((c for c in chapters if c[2]), 1):
        page = blocks[:1] if isinstance(blocks[0], Break) else []
        parts += [*page, Heading(say(f"{NUMERALS[k - 1]}、{zh}", f"{k} {en}"), 2), *blocks[len(page) :]]
    title = say(f"{asked.name}规划实施评估报告", f"{asked.name}: how far the plan is carried out")
    return Document(title, lines, parts, asked.lang, asked.date, asked.foot)


def _summary(asked: Asked) -> list[Block]:
    """Return the findings as sentences, each with the basis of its numbers."""
    say, lang = asked.say, asked.lang
    total = asked.coverage.tables["total"].iloc[0]
    people = basis_of(asked.place.cells)
    told: list[tuple[str, str | None]] = [
        (say(f"{asked.year}，常住人口 {number('people', total['people'], lang)} 人。", f"{asked.year}: {number('people', total['people'], lang)} residents."), people)
    ]  # fmt: skip
    unknown: list[tuple[str, str]] = []
    for key, answer in asked.services.items():
        row, one = answer.tables["total"].iloc[0], asked.place.services[key]
        limit = number("limit_m", answer.parameters["limit_m"], lang)
        if not known(row["share_walk"]):
            unknown.append((one.name_zh, one.name_en))
            continue
        walk, radius = number("share_walk", row["share_walk"], lang), number("share_walk", row["share_radius"], lang)
        told.append((say(
            f"{one.name_zh}：步行 {limit}内 {number('people', row['covered_walk'], lang)} 人，占 {walk}；只按半径算为 {radius}。",
            f"{one.name_en}: {number('people', row['covered_walk'], lang)} residents ({walk}) within {limit} on foot; by radius alone {radius}.",
        ), answer.basis))  # fmt: skip
    if unknown:
        told.append((say(f"没有设施数据、覆盖未知：{'、'.join(zh for zh, _ in unknown)}。", f"No data of facilities, so who is served is unknown: {', '.join(en for _, en in unknown)}."), None))  # fmt: skip
    for stage in STAGES:
        row = stage_row(asked, None, stage)
        if row is None:
            continue
        seats, need, short = (number("seats", row[c], lang) for c in ("seats", "demand", "deficit"))
        target = row["target"]
        aim_zh = f"；规划目标 {number('target', target, lang)} 个，差 {number('target', row['target_deficit'], lang)} 个" if known(target) else "；该年没有规划目标"  # fmt: skip
        aim_en = f"; target {number('target', target, lang)}, short of it by {number('target', row['target_deficit'], lang)}" if known(target) else "; no target for that year"  # fmt: skip
        one = SERVICES[stage]
        told.append((say(f"{one.name_zh}学位 {seats} 个，需求 {need} 个，缺 {short} 个{aim_zh}。", f"{one.name_en}: {seats} seats, {need} needed, short of {short}{aim_en}."), str(row["basis"])))  # fmt: skip
    counts = asked.register.tables["summary"].iloc[0]
    told.append((say(
        f"规划列 {counts['indicators']} 项指标（{counts['rows']} 行），其中约束性 {counts['binding']} 项；项目 {counts['projects']} 个；自相矛盾 {counts['contradictions']} 处。",
        f"The plan has {counts['indicators']} indicators ({counts['rows']} rows), {counts['binding']} of them binding; {counts['projects']} projects; {counts['contradictions']} contradictions.",
    ), "sourced"))  # fmt: skip
    row = stage_row(asked, None, asked.case.service)
    keys = [
        KeyFigure(say("常住人口", "Residents"), number("people", total["people"], lang), asked.year, people),
        KeyFigure(say(f"{asked.service}步行覆盖率", f"{asked.service}, on foot"), number("share_walk", total["share_walk"], lang), say("占常住人口", "of residents"), asked.coverage.basis),
    ]  # fmt: skip
    if row is not None:
        keys += [
            KeyFigure(say(f"{asked.service}学位", "Seats"), number("seats", row["seats"], lang), say(f"需求 {number('seats', row['demand'], lang)}", f"{number('seats', row['demand'], lang)} needed"), str(row["basis"])),
            KeyFigure(say("规划目标", "Target"), number("target", row["target"], lang), say(f"差 {number('target', row['target_deficit'], lang)}", f"short of it by {number('target', row['target_deficit'], lang)}"), "sourced"),
        ]  # fmt: skip
    return [KeyFigures(keys), Points(told)]


def _whole(asked: Asked, tops: Sequence[str]) -> list[Block]:
    say = asked.say
    picture, legends = legends_of(asked.coverage)
    columns, scale = plates(asked.place, picture, asked.lang, WIDTH_MM, WHOLE_MM)
    return [
        Heading(say(f"{asked.service}：谁在服务范围内", f"{asked.service}: who is served"), 3, asked.coverage.basis),
        Figures(columns, legends, scale_note(scale, say, more=len(columns) > 1)),
        coverage_table(asked),
        Heading(say("学位与需求", "Seats and need"), 3, asked.adequacy.basis),
        Figures([[_stages(asked)]]),
        _seats(asked, asked.adequacy.tables["stages"], whole=True),
        Heading(say(f"各片区{asked.service}", f"{asked.service} by zone"), 3, asked.coverage.basis),
        Figures([[zones_chart(asked, tops[:8])]]),
        zone_table(asked, list(asked.place.zones.index)[:ROWS], len(asked.place.zones)),
    ]


def _stages(asked: Asked) -> Drawing:
    say = asked.say
    rows = []
    for _, r in asked.adequacy.tables["stages"].iterrows():
        one = SERVICES[str(r["stage"])]
        rows.append((say(one.name_zh, one.name_en), [float(r["seats"]), float(r["demand"]), float(r["target"]) if known(r["target"]) else None]))  # fmt: skip
    names = [say("学位", "Seats"), say("需求", "Need"), say("规划目标", "Target")]
    return bars(rows, names, width=WIDTH_MM, unknown=say("无", "none"))


def _zones(asked: Asked, ids: Sequence[str]) -> list[Block]:
    """Return a section for each zone, its map at the largest round scale that holds it: a small zone is not lost on the paper."""
    say, place = asked.say, asked.place
    made: list[Block] = []
    picture, legends = legends_of(asked.coverage)
    for zone in ids:
        card = answers.zone_card(place, zone)
        row = card.tables["card"].iloc[0]
        made.append(Heading(say.named(row), 3, str(row["basis"])))
        role, functions = row.get("role_en" if asked.lang == "en" else "role_zh"), row.get("functions")
        lines = (role, functions if asked.lang == "zh" else None)  # the functions have no English
        made += [Para(str(told)) for told in lines if known(told) and str(told)]
        if known(row.get("clause")):
            made.append(Para(say(f"规划条目：{row['clause']}", f"Clause of the plan: {row['clause']}"), "quiet"))
        made += sections.sentences(asked, zone)
        scale = scale_for(place.zones.loc[[zone]], WIDTH_MM, ZONE_MM)
        drawn = fixed(place, picture, [zone], scale=scale, width=WIDTH_MM, height=ZONE_MM, lang=asked.lang)
        made.append(Figures([[Drawing(drawn, WIDTH_MM, ZONE_MM)]], legends, scale_note(scale, say)))
        made.append(coverage_table(asked, zone))
        made += sure.of_zone(asked, zone)
        made += _zone_tables(asked, zone)
        if len(card.tables["carriers"]):
            made.append(carriers_table(asked, card.tables["carriers"]))
    return made


def _zone_tables(asked: Asked, zone: str) -> list[Block]:
    say, lang = asked.say, asked.lang
    family = [zone, *asked.place.zones.index[asked.place.zones["parent_id"] == zone]]
    table = asked.adequacy.tables["zones"]
    seats = table[table["zone_id"] == zone]
    made: list[Block] = [_seats(asked, seats)]
    if len(family) > 1:
        made.append(zone_table(asked, family, len(family)))
    gaps = asked.adequacy.tables["gaps"]
    mine = gaps[gaps["zone_id"].isin(family)] if "zone_id" in gaps else gaps.iloc[:0]
    if len(mine):
        made.append(table_of("gaps", mine, lang, basis=asked.adequacy.basis))
    closing = answers.closing(asked.case, zone)
    if len(closing.tables["stages"]):
        made.append(Heading(say("缺口与补上缺口的项目", "Gaps, and the projects that close them"), 3, closing.basis))
        told = [(say(r["text_zh"], r["text_en"]), str(r["basis"])) for _, r in closing.tables["stages"].iterrows()]
        made.append(Points([*told, *((say(n.zh, n.en), None) for n in closing.notes)]))
    if (table := _projects(asked, zone)) is not None:
        made.append(table)
    return made


def _seats(asked: Asked, table: pd.DataFrame, *, whole: bool = False) -> Table:
    """Return seats beside need, stage by stage; in all also beside the target of the plan."""
    say, lang = asked.say, asked.lang
    columns = {
        "seats": ("学位", "Seats"), "demand": ("需求", "Need"), "deficit": ("缺口", "Short of"), "deficit_within": ("分区缺口之和", "Short of in parts"),
        "ratio": ("充足率", "Seats ÷ need"), "ratio_independent": ("千人指标充足率", "By ratio per 1000"),
    }  # fmt: skip
    columns |= {"target": ("规划目标", "Target"), "target_deficit": ("距目标", "Short of target")} if whole else {}
    rows = []
    for _, r in table.iterrows():
        one = SERVICES[str(r["stage"])]
        told = [number(c, r[c], lang) if known(r[c]) or "ratio" not in c else "—" for c in columns]
        rows.append([Cell(say(one.name_zh, one.name_en)), *(Cell(t, True) for t in told)])
    heads = [Cell(say("学段", "Stage")), *(Cell(say(*words), True) for words in columns.values())]
    return Table(say("学位与需求（个）", "Seats and need"), heads, rows, (), asked.adequacy.basis)


def _projects(asked: Asked, zone: str) -> Table | None:
    """Return the projects that name a zone, with what each brings and when; what the plan does not say is a dash."""
    say, lang = asked.say, asked.lang
    rows = []
    for _, r in answers.projects(asked.place, zone=zone).tables["projects"].iterrows():
        name = r.get("name_en") if lang == "en" and known(r.get("name_en")) else r.get("name")
        parts = [(SERVICES[k].name_zh, SERVICES[k].name_en, r[f"seats_{k}"]) for k in STAGES]
        parts = [p for p in (*parts, ("床位", "beds", r["beds"])) if known(p[2])]
        brings = say("、", ", ").join(f"{say(zh, en)} {number('seats', n, lang)}" for zh, en, n in parts)
        brings += f"{say('（', ' (')}{draw.basis_style(r['brings_basis'])[lang]}{say('）', ')')}" if parts else ""
        year = (
            f"{int(r['year'])}{say('（', ' (')}{draw.basis_style(r['year_basis'])[lang]}{say('）', ')')}"
            if known(r["year"])
            else say("滚动", "rolling")
        )
        told = (
            r["project_id"],
            name,
            spoken(str(r["state"]), lang),
            brings,
            year,
            r["clause"],
            draw.basis_style(r.get("basis"))[lang],
        )
        rows.append([Cell(str(t) if known(t) and str(t) else "—") for t in told])
    heads = (
        ("编号", "Id"),
        ("项目", "Project"),
        ("阶段", "State"),
        ("带来", "Brings"),
        ("投用年份", "Opens"),
        ("条目", "Clause"),
        ("依据", "Basis"),
    )
    return Table(say("规划项目", "Projects of the plan"), [Cell(say(*h)) for h in heads], rows) if rows else None


def _indicators(asked: Asked) -> list[Block]:
    say, targets = asked.say, asked.register.tables["targets"]
    if not len(targets):
        return [Para(say("该工作区没有规划指标。", "This workspace has no indicators."), "quiet")]
    if asked.monitored is not None:
        return [*_monitored(asked, asked.monitored)]
    note = say(
        "本报告没有逐年实绩，不判断是否完成：没有数据，就没有绿灯。",
        "There are no yearly actuals here, and nothing is said to be reached: without data nothing is green.",
    )
    return [Para(note, "notice"), _targets(asked, targets)]


LIGHTS = {
    "red": ("红", "red"),
    "amber": ("黄", "amber"),
    "green": ("绿", "green"),
    "grey": ("灰：无数据", "grey: no data"),
}


def _monitored(asked: Asked, answer: Answer) -> list[Block]:
    """Return how far every indicator is: what was entered, the pace it still takes, the light with its rule."""
    say, lang, targets = asked.say, asked.lang, answer.tables["targets"]
    counts = targets["light"].value_counts()
    words = "、".join(f"{zh} {counts.get(k, 0)}" for k, (zh, _) in LIGHTS.items()), ", ".join(f"{en} {counts.get(k, 0)}" for k, (_, en) in LIGHTS.items())  # fmt: skip
    heads = (("序号", "No"), ("指标", "Indicator"), ("单位", "Unit"), ("基数", "2020"), ("目标", "2025"), ("实际", "Actual"), ("年份", "Year"), ("进度", "Done"), ("还需年均", "Needed a year"), ("灯与规则", "Light and rule"))  # fmt: skip
    right = (3, 4, 5, 7, 8)
    rows = []
    for _, r in targets.head(ROWS).iterrows():
        name, unit = (r["name_en"], r["unit_en"]) if lang == "en" else (r["name"], r["unit"])
        state = r["state"] if known(r["state"]) and str(r["state"]) else None
        plain = [
            r["number"], name, unit, r["baseline_2020"], r["target_2025"], state or number("value", r["actual"], lang),
            r["actual_year"] if known(r["actual_year"]) else "—", f"{r['progress']:.0%}" if known(r["progress"]) else "—",
            shown("value", r["required"], lang), f"{say(*LIGHTS[str(r['light'])])} · {say(r['rule_zh'], r['rule_en'])}",
        ]  # fmt: skip
        rows.append([Cell(str(t) if known(t) else "—", k in right) for k, t in enumerate(plain)])
    alerts = [(say(r["text_zh"], r["text_en"]), None) for _, r in answer.tables["alerts"].iterrows() if r["what"] != "missing"]  # fmt: skip
    return [
        Para(say(f"{answer.title.zh}：{words[0]}。", f"{answer.title.en}: {words[1]}."), "text", answer.basis),
        *([Points(alerts[:ROWS])] if alerts else []),
        Table(
            say("指标进度", "Progress of the indicators"),
            [Cell(say(*h), k in right) for k, h in enumerate(heads)],
            rows,
        ),
        *about_blocks(asked.place, answer, lang),
    ]


def _targets(asked: Asked, targets: pd.DataFrame) -> Table:
    """Return the indicators: baseline, target, what is asked, the pace that it takes, and the basis of each row."""
    say, lang = asked.say, asked.lang
    end = f"_{lang}"

    def word(row: Any, column: str) -> str:
        told = row.get(f"{column}{end}") if known(row.get(f"{column}{end}")) else row.get(column)
        told = KINDS.get(str(told), told) if column == "kind" and lang == "en" else told
        return shown(column, told, lang) if known(told) else "—"

    heads = (("序号", "No"), ("指标", "Indicator"), ("单位", "Unit"), ("2020", "2020"), ("2025 目标", "2025"), ("要求", "Asked"), ("类型", "Kind"), ("年均", "A year"), ("依据", "Basis"))  # fmt: skip
    rows = []
    for _, r in targets.head(ROWS).iterrows():
        told = [word(r, c) for c in ("number", "name", "unit", "baseline_2020", "target_2025", "operator", "kind", "pace_per_year")]  # fmt: skip
        basis = str(draw.basis_style(r.get("basis"))[lang])
        rows.append([*(Cell(t, k in (3, 4, 7)) for k, t in enumerate(told)), Cell(basis)])
    note = say(f"只列前 {ROWS} 行，共 {len(targets)} 行", f"The first {ROWS} of {len(targets)} rows") if len(targets) > ROWS else ""  # fmt: skip
    title = say("指标、目标与所需的年均变化", "Indicators, targets, and the pace they take")
    return Table(title, [Cell(say(*h), k in (3, 4, 7)) for k, h in enumerate(heads)], rows, (), None, note)


def _contradictions(asked: Asked) -> list[Block]:
    tables = asked.register.tables
    names = ("contradictions", "remarks")
    made: list[Block] = [_clashes(asked, name, tables[name]) for name in names if len(tables[name])]
    return made or [Para(asked.say("没有记录到矛盾。", "No contradiction is recorded."), "quiet")]


def _clashes(asked: Asked, name: str, table: pd.DataFrame) -> Table:
    """Return contradictions with both sides, where they stand, and what was taken here."""
    say, end = asked.say, asked.lang
    heads = (say("编号", "Id"), say("规划的两种说法", "What the plan says twice") if name == "contradictions" else say("说明", "Note"), say("出处", "Where"), say("本图取用", "Settled here"))  # fmt: skip
    rows = [
        [Cell(_told(r, c)) for c in ("id", f"finding_{end}", "where", f"settled_{end}")] for _, r in table.iterrows()
    ]
    return Table(table_title(name, asked.lang), [Cell(h) for h in heads], rows, (), "sourced")


def _told(row: Any, column: str) -> str:
    value = row.get(column)
    return str(value) if known(value) else "—"


def _method(asked: Asked) -> list[Block]:
    say = asked.say
    made: list[Block] = []
    for answer in (asked.coverage, asked.adequacy, asked.register):
        made.append(Heading(say(answer.title.zh, answer.title.en), 3, answer.basis))
        made += about_blocks(asked.place, answer, asked.lang)
    missing = [say(s.name_zh, s.name_en) for k, s in asked.place.services.items() if k not in asked.services]
    limits = [
        say(f"步行分钟数按{SPEEDS['adult'].words.zh}折算（估计）：{SPEEDS['adult'].source.zh}；没有规划条文给出步速。", f"Minutes on foot are at {SPEEDS['adult'].words.en} (estimated): {SPEEDS['adult'].source.en}; no clause of planning prints a speed."),
        say("覆盖率是人口的比例，不是面积的比例；步行按路网计，含到最近道路的一段。", "Shares are of people, never of area; walks follow the streets, with the way to the nearest one."),
        say("标为假设的位置、人口和学位只供演示，不能作为规划依据。", "Places, residents and seats marked as assumed are for illustration and no ground for a plan."),
        *([say(f"没有标准距离、因此没有评价的服务：{'、'.join(missing)}。", f"Without a standard distance, and so not judged: {', '.join(missing)}.")] if missing else []),
    ]  # fmt: skip
    return [*made, Heading(say("局限", "Limits"), 3), Points([(t, None) for t in limits])]
