"""Sections of the report beside coverage and seats: the plan's own sentences, living circles, control lines, other demands."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from geo import answers
from geo.errors import InputError
from geo.measure import told as told_as
from layers.look import draw
from layers.page.words import spoken
from layers.report.asked import Asked, known, number
from layers.report.blocks import Block, Cell, Facts, Heading, Para, Points, Table

__all__ = ["circles", "demands", "land", "sentences"]

ROWS, WORST = 40, 6
FIELDS = {"role": ("定位", "Role"), "functions": ("功能", "Functions"), "carriers": ("载体", "Carriers")}


def sentences(asked: Asked, zone: str) -> list[Block]:
    """Return what the plan itself says of a zone, word by word, each with its clause; nothing where no words are recorded.

    The quotation stands in Chinese in an English report too: it is the plan's, and a translation would not be.
    """
    if asked.place.quotes.empty:
        return []
    places = answers.citation(asked.place, "zone", zone).tables["places"]
    places = places[places["field"].isin(FIELDS)].drop_duplicates(["field", "quote"])
    pairs = []
    for field, words in FIELDS.items():
        rows = places[places["field"] == field]
        told = [f"“{r['quote']}”{asked.say('（', ' (')}{r['clause']}{asked.say('）', ')')}" for _, r in rows.iterrows()]
        if told:
            pairs.append((asked.say(*words), told))
    return [Facts(pairs)] if pairs else []


def circles(asked: Asked, tops: Sequence[str]) -> list[Block]:
    """Return who lives within the living circles of 5, 10 and 15 minutes, zone by zone; nothing where no standard names any."""
    say, lang = asked.say, asked.lang
    try:
        answer = answers.circles(asked.case)
    except InputError:
        return []
    table = answer.tables["zones"]
    services = list(dict.fromkeys(table["service"])) if len(table) else []
    if not services:
        return []
    first = table.drop_duplicates("service").set_index("service")
    seen = [s for s in services if (table.loc[table["service"] == s, "state"] == "known").any()]
    ids = [i for top in tops for i in (top, *asked.place.zones.index[asked.place.zones["parent_id"] == top])]
    by_place = table.set_index(["zone_id", "service"])
    rows = []
    for zone in ids[:ROWS]:
        name = say.named(asked.place.zones.loc[zone])
        told = []
        for service in seen:
            row = by_place.loc[(zone, service)] if (zone, service) in by_place.index else None
            share = None if row is None else row["share_metres"]
            area = None if row is None else row["share_area"]
            told.append(f"{number('share', share, lang)} / {number('share', area, lang)}")
        rows.append([Cell(name), *(Cell(t, True) for t in told)])
    heads = [Cell(say("片区", "Zone")), *(Cell(say(*told_as(asked.place, str(s))), True) for s in seen)]
    unseen = "、".join(str(first.loc[s, "service_zh"]) for s in services if s not in seen)
    unseen_en = ", ".join(str(first.loc[s, "service_en"]) for s in services if s not in seen)
    note = say(
        f"没有数据、因此不判断缺项：{unseen}", f"Without data, and so not said to be missing: {unseen_en}"
    ) if unseen else ""  # fmt: skip
    left = say(f"；只列前 {ROWS} 个，共 {len(ids)} 个", f"; the first {ROWS} of {len(ids)}") if len(ids) > ROWS else ""
    title = say("步行距离内的人口 / 半径内的用地", "Residents within the walk / land within the radius")
    tops_only = table[table["zone_id"].isin(tops) & (table["state"] == "known")]
    worst = tops_only.sort_values("lacking", ascending=False).head(1)
    told_worst = [
        Para(
            say(
                f"缺口最大：{r['name_zh']}有 {number('people', r['lacking'], lang)} 人步行 {number('limit_m', r['radius_m'], lang)}内没有{r['service_zh']}。",
                f"Most are lacking in {r['name_en']}: {number('people', r['lacking'], lang)} residents have no {r['service_en']} within {number('limit_m', r['radius_m'], lang)} on foot.",
            ),
            "text",
            str(r["basis"]),
        )
        for _, r in worst.iterrows()
    ]  # fmt: skip
    return [
        *told_worst,
        Table(title, heads, rows, [z in tops for z in ids[:ROWS]], answer.basis, note + left),
        *_worst(asked, answer.tables["ranked"]),
        Para(say(answer.method.zh, answer.method.en), "quiet"),
    ]


def _worst(asked: Asked, areas: pd.DataFrame) -> list[Block]:
    """Return the areas whose residents lack most of the services that are known, and which these are."""
    say, end = asked.say, asked.lang
    told = []
    for _, row in areas[areas["lacks_mean"] > 0].head(WORST).iterrows():
        lacks = [say(f"{zh}：{row[f'{word}_zh']}", f"{en}: {row[f'{word}_en']}") for word, zh, en in (("missing", "全缺", "nobody has"), ("partly", "部分缺", "some lack")) if row[f"{word}_{end}"]]  # fmt: skip
        told.append((say(
            f"{row['name_zh']}：{row['of']} 项中人均缺 {row['lacks_mean']:.1f} 项，15 分钟圈各项齐全的居民占 {row['complete_15']:.0%}；{'；'.join(lacks)}。",
            f"{row['name_en'] or row['name_zh']}: a resident lacks {row['lacks_mean']:.1f} of {row['of']} services, {row['complete_15']:.0%} have all of the 15-minute circle; {'; '.join(lacks)}.",
        ), str(row["basis"])))  # fmt: skip
    return [Points(told)] if told else []


def land(asked: Asked) -> list[Block]:
    """Return which planned facilities and projects break a control line or stand on land of another use; nothing without these layers."""
    say, lang = asked.say, asked.lang
    if asked.place.landuse.empty and asked.place.controls.empty:
        return []
    answer = answers.land(asked.place)
    counts = answer.tables["summary"].iloc[0]
    findings = answer.tables["findings"]
    bad = findings[findings["met"].map(lambda v: v is False or v == False)]  # noqa: E712 (also numpy's own False)
    open_ = findings[findings["met"].isna()]
    sentence = say(
        f"核对规划设施与项目 {counts['checked']} 处：不符 {counts['broken']} 条，因边界精度不能判定 {counts['unjudged']} 条，无位置的项目 {counts['without_place']} 个。",
        f"{counts['checked']} planned facilities and projects checked: {counts['broken']} rules broken, {counts['unjudged']} not judged as nearer to an edge than it is known, {counts['without_place']} projects without a place.",
    )  # fmt: skip
    shown = pd.concat([bad, open_]).head(ROWS)
    rows = []
    for _, r in shown.iterrows():
        met = say("不能判定", "not judged") if pd.isna(r["met"]) else say("不符", "broken")
        told = (r["id"], r["name_zh"], say(r["text_zh"], r["text_en"]), met, f"{r['standard']} {r['clause']}".strip())
        rows.append([Cell(str(t) if known(t) else "—") for t in (*told, draw.basis_style(r["basis"])[lang])])
    heads = (
        ("编号", "Id"),
        ("名称", "Name"),
        ("规则", "Rule"),
        ("结果", "Result"),
        ("条文", "Clause"),
        ("依据", "Basis"),
    )
    total = len(bad) + len(open_)
    note = say(f"只列前 {ROWS} 条，共 {total} 条", f"The first {ROWS} of {total}") if total > ROWS else ""
    table = Table(say("不符与不能判定", "Broken and not judged"), [Cell(say(*h)) for h in heads], rows, (), None, note)
    return [Para(sentence, "text", answer.basis), *([table] if rows else [])]


def demands(asked: Asked) -> list[Block]:
    """Return what the plan asks for beside indicators and projects, group by group, each with its clause."""
    say, facts = asked.say, asked.place.facts
    if facts.empty:
        return []
    made: list[Block] = [
        Para(
            say(
                f"规划在指标和项目之外还提出 {len(facts)} 项要求。它们多数没有数字，是否完成须由主管部门填报；此处只列出处，不作判断。",
                f"Beside indicators and projects the plan asks for {len(facts)} more things. Most have no number: whether they are done is for the office in charge to say. They are listed with their clause and not judged.",
            )
        )
    ]  # fmt: skip
    for group, rows in facts.groupby("group", sort=False):
        made.append(
            Heading(f"{spoken(str(group), asked.lang)}{say('（', ' (')}{len(rows)}{say('）', ')')}", 3, "sourced")
        )
        table = [
            [Cell(str(r["id"])), Cell(str(say(r["name_zh"], r["name_en"]))), Cell(str(r["what_zh"] if asked.lang == "zh" else r["what_en"])), Cell(str(r["clause"]))]
            for _, r in rows.iterrows()
        ]  # fmt: skip
        heads = (("编号", "Id"), ("要求", "Demand"), ("内容", "What"), ("条目", "Clause"))
        made.append(Table("", [Cell(say(*h)) for h in heads], table))
    return made
