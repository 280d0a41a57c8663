"""What a report asks before it is written: the answers, and pieces of them that report and sheets share."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from geo import answers
from geo.answers import Answer
from geo.case import Case
from geo.errors import PlanError
from geo.measure import told as told_as
from geo.monitor import Actual
from geo.progress import Progress, Step
from geo.workspace import Workspace
from layers.look import draw
from layers.page.figure import Picture, fixed
from layers.page.html import WORDS, scenario_line
from layers.page.report import pictured
from layers.page.window import SCALES, groups
from layers.page.words import shown
from layers.report.blocks import Block, Cell, Drawing, Para, Table

__all__ = [
    "Asked",
    "Say",
    "basis_legend",
    "coverage_table",
    "gathered",
    "known",
    "legends_of",
    "number",
    "plates",
    "scale_note",
]

DRAWS = 250
"""Draws of the intervals in a report."""
WIDTH_MM = 182.0
"""Room between the margins of an A4 page."""


@dataclass(frozen=True)
class Say:
    """Picks the language: ``say("中文", "English")``."""

    lang: str

    def __call__(self, zh: object, en: object) -> str:
        """Return the text of the language."""
        return str(en if self.lang == "en" else zh)

    def named(self, row: Any) -> str:
        """Return the name of a row that has one in each language."""
        zh, en = row.get("name_zh"), row.get("name_en")
        told = (en, zh) if self.lang == "en" else (zh, en)
        return next((str(t) for t in told if known(t) and str(t)), "")


@dataclass(frozen=True)
class Asked:
    """The answers that a report is made of."""

    case: Case
    coverage: Answer
    services: dict[str, Answer]
    """Coverage of every service that has a standard distance here."""
    adequacy: Answer
    register: Answer
    monitored: Answer | None
    """How far every indicator is, where any actual was entered."""
    sure: tuple[Answer, ...]
    """Coverage and seats with their intervals."""
    lang: str
    date: dt.date
    more: tuple[Answer, ...] = ()
    """Answers already found that get a chapter each: a programme, robust sites, what to measure first."""

    @property
    def place(self) -> Workspace:
        """The place asked about."""
        return self.case.workspace

    @property
    def say(self) -> Say:
        """The language of the report."""
        return Say(self.lang)

    @property
    def name(self) -> str:
        """The name of the place."""
        return self.say(self.place.name_zh, self.place.name_en)

    @property
    def service(self) -> str:
        """The name of the service."""
        return self.say(self.case.asked.name_zh, self.case.asked.name_en)

    @property
    def plan(self) -> str:
        """Which plan is in hand, and in which state."""
        told = scenario_line(self.place, self.lang).removeprefix(" · ")
        return told or self.say("方案：无（现状与规划数据）", "Scenario: none (data as they stand)")

    @property
    def year(self) -> str:
        """The year, and whose residents it is answered with where it has none of its own."""
        return self.say(self.coverage.stamp.zh or f"{self.case.year} 年", self.coverage.stamp.en or self.case.year)

    @property
    def foot(self) -> str:
        """The line at the foot of every page."""
        say = self.say
        made = say("由 Zone Planner 生成", "made by Zone Planner")
        warn = say("非法定图件，未经地图审核", "no statutory map")
        return f"{self.name} · {self.plan} · {self.date.isoformat()} · {made} · {warn}"


def gathered(
    case: Case, *, lang: str, date: dt.date, actuals: Sequence[Actual] = (), more: Sequence[Answer] = (),
    progress: Progress | None = None,
) -> Asked:  # fmt: skip
    """Ask all that a report is made of; a service without a standard distance here is left out."""
    found = {}
    for done, key in enumerate(case.workspace.services):
        if progress is not None:  # the services are half of the work; drawing the pages is the other
            progress(Step(done=done, whole=2 * len(case.workspace.services)))
        try:
            found[key] = answers.coverage(case.of(key))
        except PlanError:
            if key == case.service:
                raise
    register = answers.register(case.workspace)
    told = answers.monitored(case.workspace, actuals) if actuals else None
    # Fewer draws than the page makes: a report waits for none, and its words round to what the width allows.
    sure = tuple(answers.uncertain(case, about=about, draws=DRAWS) for about in ("coverage", "adequacy"))
    return Asked(
        case, found[case.service], found, answers.adequacy(case), register, told, sure, lang, date, tuple(more)
    )


def known(value: Any) -> bool:
    """Return whether a value is there."""
    return not (value is None or value is pd.NA or (isinstance(value, float) and pd.isna(value)))


def number(column: str, value: Any, lang: str) -> str:
    """Return a number as a reader wants it; what is not known is said so."""
    if not known(value):
        return "unknown" if lang == "en" else "未知"
    return shown(column, value.item() if hasattr(value, "item") else value, lang)


def legends_of(answer: Answer) -> tuple[Picture, list[dict[str, Any]]]:
    """Return what the map of an answer shows, and its legends with the lines of the ground."""
    drawn, legends = pictured(answer)
    return drawn or Picture(), legends


def plates(place: Workspace, picture: Picture, lang: str, width: float, height: float) -> tuple[list[list[Drawing]], float]:  # fmt: skip
    """Return maps of all zones at one scale in a box of paper [mm]: the largest group, the others beside it; and the n of 1 : n."""
    found = sorted(groups(place.zones), key=lambda ids: -_boxes(place.zones, ids)[2])
    first, others = found[0], found[1:]
    beside = 0.285 * width if others else 0.0
    main = width - beside - (2.0 if others else 0.0)
    free = height - 2.0 * max(len(others) - 1, 0)
    need = [_boxes(place.zones, ids)[:2] for ids in others]
    east, north, _ = _boxes(place.zones, first)

    def fits(n: float) -> bool:
        on_paper = 1050.0 / n
        tall = sum(max(h * on_paper, 14.0) for _, h in need)
        return east * on_paper <= main and north * on_paper <= height and tall <= free and all(w * on_paper <= beside for w, _ in need)  # fmt: skip

    scale = next((n for n in SCALES if fits(n)), SCALES[-1])
    columns = [[Drawing(fixed(place, picture, first, scale=scale, width=main, height=height, lang=lang), main, height)]]
    if others:
        wanted = [max(h * 1050.0 / scale, 14.0) for _, h in need]
        tall = [w * free / sum(wanted) for w in wanted]
        columns.append([
            Drawing(fixed(place, picture, ids, scale=scale, width=beside, height=h, lang=lang), beside, h)
            for ids, h in zip(others, tall, strict=True)
        ])  # fmt: skip
    return columns, scale


def _boxes(zones: gpd.GeoDataFrame, ids: Sequence[str]) -> tuple[float, float, float]:
    west, south, east, north = shapely.total_bounds(zones.loc[list(ids)].geometry.to_numpy())
    return east - west, north - south, (east - west) * (north - south)


def scale_note(scale: float, say: Say, *, more: bool = False) -> str:
    """Return what a ruler must know."""
    zh = "各图同一比例尺" if more else "比例尺"
    en = "All maps at" if more else "Scale"
    return say(
        f"{zh} 1:{scale:,.0f}（按 A4 原尺寸打印），上北；虚线为推算或估计，点线与斜纹为假设",
        f"{en} 1:{scale:,.0f} (printed on A4 at full size), north up; dashed is derived or estimated, dotted and hatched assumed",
    )


def coverage_table(asked: Asked, zone: str | None = None, *, keys: Sequence[str] | None = None) -> Table:
    """Return people served of every service, in all or in a zone, each row with its basis."""
    say, lang = asked.say, asked.lang
    rows, unknown = [], []
    for key, answer in asked.services.items():
        if keys is not None and key not in keys:
            continue
        table = answer.tables["total"] if zone is None else answer.tables["zones"].loc[[zone]]
        one = table.iloc[0]
        if not known(one["share_walk"]) and key != asked.case.service:
            unknown.append(say(asked.place.services[key].name_zh, asked.place.services[key].name_en))
            continue
        told = [number(c, one[c], lang) for c in ("covered_radius", "share_radius", "covered_walk", "share_walk")]
        limit = number("limit_m", answer.parameters["limit_m"], lang)
        # No row of a service in the data does not say that there is none.
        count = number("facilities", answer.parameters["facilities"] if known(one["share_walk"]) else None, lang)
        look = draw.basis_style(answer.basis)[lang]
        rows.append([
            Cell(say(*told_as(asked.place, key))), Cell(count, True), Cell(limit, True), *(Cell(t, True) for t in told), Cell(str(look))
        ])  # fmt: skip
    heads = [
        say("服务", "Service"), say("全区设施", "Facilities in all"), say("距离标准", "Limit"), say("半径内人口", "Within radius"), say("半径覆盖率", "Share by radius"),
        say("步行可达人口", "Within on foot"), say("步行覆盖率", "Share on foot"), say("依据", "Basis"),
    ]  # fmt: skip
    title = say("各项服务的覆盖", "Coverage by service")
    left = say(f"没有设施数据、覆盖未知：{'、'.join(unknown)}", f"No data of facilities, coverage unknown: {', '.join(unknown)}") if unknown else ""  # fmt: skip
    return Table(title, [Cell(h, 0 < k < 7) for k, h in enumerate(heads)], rows, (), None, left)


def basis_legend(say: Say) -> list[Block]:
    """Return what each basis means, and the warning that goes with them."""
    rows = [[Cell(str(b[say.lang])), Cell(str(b[f"means_{say.lang}"])), Cell(say(*lines))] for b, lines in zip(draw.BASIS.values(), LINES, strict=True)]  # fmt: skip
    heads = [Cell(say("依据", "Basis")), Cell(say("含义", "Meaning")), Cell(say("图上", "On the map"))]
    return [Para(WORDS["notice"][say.lang], "notice"), Table(say("数字的依据", "What a basis means"), heads, rows)]


LINES = (
    ("实线、实心", "solid"), ("实线、实心", "solid"), ("虚线", "dashed"), ("虚线", "dashed"), ("点线、斜纹", "dotted, hatched"),
)  # fmt: skip
