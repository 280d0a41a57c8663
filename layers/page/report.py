"""What a report says of an answer: its map, tables, method, parameters, basis, notes and sources, as blocks.

Nothing from the data ever passes a template engine: a block is a value, and the writers of ``layers.report`` make its
texts harmless. The content security policy inside the HTML lets no script run and no request go out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import geopandas as gpd
import numpy as np
import pandas as pd

from layers.look import draw
from layers.look.overlay import Class
from layers.page.figure import MapLike, Picture, maps
from layers.page.html import WORDS, scenario_line
from layers.page.words import header, shown, spoken, table_title
from layers.report import to_html
from layers.report.blocks import Block, Break, Cell, Document, Drawing, Facts, Figures, Heading, Para, Points, Table
from layers.write import geojson

__all__ = [
    "AnswerLike",
    "PlaceLike",
    "about_blocks",
    "answer_blocks",
    "classed",
    "html",
    "pictured",
    "source_blocks",
    "stamped_title",
    "table_of",
]

ROWS_SHOWN = 80
"""Longest table printed; the rest is in the tables that go with the report."""

LEFT_OUT = frozenset({"cells", "nodes", "facilities", "projects", "flows"})
COLUMNS_LEFT_OUT = frozenset({
    "level", "parent_id", "basis", "geometry", "stage", "place_id", "source_id", "note", "conflict", "conflict_en",
    "indicator_id", "id", "about", "key", "default", "comparable", "number", "node", "target_classes", "target_schools", "site_low_ha", "site_high_ha", "planned", "existing",
})  # fmt: skip
FIRST = ("rank", "name_zh", "name_en", "name", "stage_zh")
OTHER_WORD = {"zh": "en", "en": "zh"}
"""The column of words in the language that is not read, where a table has one in each."""


class AnswerLike(geojson.AnswerLike, Protocol):
    """An answer with its tables."""

    @property
    def tables(self) -> Mapping[str, pd.DataFrame]: ...  # noqa: D102


class PlaceLike(MapLike, Protocol):
    """What a report needs of a workspace."""

    @property
    def name_zh(self) -> str: ...  # noqa: D102
    @property
    def name_en(self) -> str: ...  # noqa: D102
    @property
    def sources(self) -> Mapping[str, Mapping[str, Any]]: ...  # noqa: D102
    @property
    def schools(self) -> gpd.GeoDataFrame: ...  # noqa: D102
    @property
    def clinics(self) -> gpd.GeoDataFrame: ...  # noqa: D102
    @property
    def stops(self) -> gpd.GeoDataFrame: ...  # noqa: D102


def html(place: PlaceLike, answers: Sequence[AnswerLike], *, lang: str = "zh", date: dt.date) -> str:
    """Return a report as one HTML file for A4: each answer with map, tables, method, parameters, basis and sources.

    Parameters
    ----------
    place
        The workspace, its frames in a metric CRS.
    answers
        Answers of ``geo.answers``, in the order they are to be read.
    lang
        ``zh`` or ``en``.
    date
        Date of the report.
    """
    lang = "en" if lang == "en" else "zh"
    name = place.name_en if lang == "en" else place.name_zh
    told = f"{WORDS['date'][lang]} {date.isoformat()} · {WORDS['made'][lang]}{scenario_line(place, lang)}"
    parts = [block for a in answers for block in (Break(), *answer_blocks(place, a, lang))]
    notice = Para(WORDS["notice"][lang], "notice")
    title = f"{name} · {WORDS['report'][lang]}"
    return to_html.html(
        Document(title, (told,), (notice, *parts[1:], *source_blocks(place, answers, lang)), lang, date, told)
    )


def answer_blocks(place: PlaceLike, answer: AnswerLike, lang: str) -> list[Block]:
    """Return all that an answer says: title, scenario, map, tables, method, parameters, notes."""
    made: list[Block] = [Heading(answer.title.en if lang == "en" else answer.title.zh, 2, answer.basis)]
    if said := scenario_line(answer, lang).removeprefix(" · "):
        made.append(Para(said, "quiet"))
    drawn, legends = pictured(answer)
    if drawn is not None:
        made.append(Figures([[Drawing(svg)] for svg in maps(place, drawn, lang=lang)], legends))
    for name, table in answer.tables.items():
        if name not in LEFT_OUT and len(table):
            made.append(table_of(name, table, lang))
    return [*made, *about_blocks(place, answer, lang)]


def about_blocks(place: PlaceLike, answer: AnswerLike, lang: str) -> list[Block]:
    """Return how an answer came to be: method, parameters, notes."""
    about = geojson.meta(answer, records=place.sources)
    made: list[Block] = [Facts([(WORDS["method"][lang], [about["method"][lang]])])]
    told = [
        f"{header(k, lang)}: {shown(k, v, lang) if k == 'limit_m' else _short(v, lang)}"
        for k, v in about["parameters"].items()
        if v not in (None, "", [], {})
    ]
    if told:
        made.append(Facts([(WORDS["parameters"][lang], told)], inline=True))
    if notes := list(about.get("notes", {}).get(lang, ())):
        made.append(Facts([(WORDS["notes"][lang], notes)]))
    return made


def stamped_title(words: Mapping[str, str], answer: AnswerLike) -> dict[str, str]:
    """Return the title of a legend with whose residents it counts, where the year has none of its own."""
    told = getattr(answer, "stamp", ("", ""))
    return {"zh": words["zh"] + f"（{told[0]}）" * bool(told[0]), "en": words["en"] + f" ({told[1]})" * bool(told[1])}


def _short(value: Any, lang: str) -> str:
    between = ", " if lang == "en" else "，"
    if isinstance(value, Mapping):
        return between.join(f"{spoken(str(k), lang)} {_short(v, lang)}" for k, v in value.items())
    if isinstance(value, list | tuple):
        return between.join(_short(v, lang) for v in value)
    return f"{value:g}" if isinstance(value, float) else spoken(str(value), lang)


def pictured(answer: AnswerLike) -> tuple[Picture | None, list[dict[str, Any]]]:
    """Return what the map of an answer shows, and its legends; None for an answer without a place."""
    tables: Mapping[str, pd.DataFrame] = answer.tables
    service = answer.parameters.get("service")
    supply = tables.get("facilities", tables.get("schools"))
    facilities = supply if isinstance(supply, gpd.GeoDataFrame) else None
    points = tables.get("sites", tables.get("top"))
    chosen = points if isinstance(points, gpd.GeoDataFrame) else None
    cells, values, kind, classes = classed(tables)
    fills: dict[str, str] = {}
    if cells is None and "zones" in tables:
        kind, classes, fills = _filled(tables["zones"])
    if cells is None and not fills and chosen is None and facilities is None:
        return None, []
    legends = [draw.legend(kind, classes)] if kind and classes else []
    if kind == "adequacy":
        legends[0]["title"] = {"zh": "学位充足率（各学段合计）", "en": "Adequacy of seats, all stages together"}
    if facilities is not None and service:
        entry = {"symbol": "icon", "svg": draw.icon_svg(str(service))} | draw.service_style(str(service))
        legends.append(draw.legend("services") | {"entries": [entry]})
    legends.append(draw.legend("basis"))
    if legends:
        legends[0]["title"] = stamped_title(legends[0]["title"], answer)
    return Picture(cells, values, classes, fills, facilities, service, points=chosen), legends


def classed(
    tables: Mapping[str, pd.DataFrame],
) -> tuple[gpd.GeoDataFrame | None, np.ndarray | None, str, Sequence[Class]]:
    """Return the cells of an answer and their classes."""
    cells = tables.get("cells")
    if not isinstance(cells, gpd.GeoDataFrame) or not len(cells):
        return None, None, "", ()
    if "served" in cells:
        lived = cells["people"] > 0 if "people" in cells else pd.Series(True, index=cells.index)
        return cells, cells["served"].where(lived, "").to_numpy(object), "coverage", draw.COVERAGE
    if "access" in cells:
        classes = draw.ramp(cells["access"], draw.ACCESS)
        return cells, cells["access"].to_numpy(float), "access", classes
    return None, None, "", ()


def _filled(zones: pd.DataFrame) -> tuple[str, Sequence[Class], dict[str, str]]:
    """Return the colours of zones by seats against need, all stages together, or by share covered."""
    table = zones.reset_index() if "zone_id" not in zones else zones
    if {"demand", "seats"} <= set(table) and "zone_id" in table:
        sums = table.groupby("zone_id")[["seats", "demand"]].sum()
        ratio, kind, classes = sums["seats"] / sums["demand"].where(sums["demand"] > 0), "adequacy", draw.ADEQUACY
    elif "share_walk" in table and "zone_id" in table:
        ratio, kind, classes = table.set_index("zone_id")["share_walk"], "share", draw.SHARE
    else:
        return "", (), {}
    number = draw.classify(ratio.to_numpy(float), classes)
    return (
        kind,
        classes,
        {str(i): str(classes[n]["colour"]) for i, n in zip(ratio.index, number, strict=True) if n >= 0},
    )


def table_of(name: str, table: pd.DataFrame, lang: str, *, basis: str | None = None, rows: int = ROWS_SHOWN) -> Table:
    """Return a table of an answer for a reader: headers in words, numbers to the right, at most ``rows`` rows."""
    frame = pd.DataFrame(table)
    keep = [
        c
        for c in frame.columns
        if str(c) not in COLUMNS_LEFT_OUT and str(c) != OTHER_WORD[lang] and not _in_other(str(c), frame, lang)
    ]
    named = "name_zh" in keep or "name_en" in keep
    keep = sorted((c for c in keep if c != "zone_id" or not named), key=lambda c: str(c) not in FIRST)
    frame = frame[keep].dropna(axis="columns", how="all").head(rows)
    levels = table.get("level")
    more = WORDS["more"][lang].replace("{n}", str(rows)).replace("{all}", str(len(table))) if len(table) > rows else ""
    return Table(
        table_title(name, lang),
        [Cell(header(str(c), lang), pd.api.types.is_numeric_dtype(frame[c])) for c in frame.columns],
        [
            [_cell(str(c), v, lang) for c, v in zip(frame.columns, values, strict=True)]
            for values in frame.itertuples(index=False, name=None)
        ],
        [] if levels is None else [str(v) == "zone" for v in levels.head(rows)],
        basis,
        more,
    )


def _in_other(column: str, frame: pd.DataFrame, lang: str) -> bool:
    """Return whether a column tells in the other language what another tells in this one (``name`` is Chinese)."""
    stem = column[:-3]
    if lang == "zh":
        return column.endswith("_en") and (f"{stem}_zh" in frame or stem in frame)
    return (column.endswith("_zh") and f"{stem}_en" in frame) or f"{column}_en" in frame


def _cell(column: str, value: Any, lang: str) -> Cell:
    number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    plainly = value.item() if isinstance(value, np.generic) else value
    return Cell(shown(column, plainly, lang), number)


def source_blocks(place: PlaceLike, answers: Sequence[AnswerLike], lang: str) -> list[Block]:
    """Return the sources behind all answers, each with title, publisher, licence, date and address."""
    rows = []
    for one in dict.fromkeys(s for a in answers for s in a.sources):
        record = place.sources.get(one, {})
        told = [str(record[k]) for k in ("title", "publisher", "licence", "retrieved", "url") if record.get(k)]
        rows.append((f"{one} {' · '.join(told)}", None))
    return [Heading(WORDS["sources"][lang]), Points(rows)] if rows else []
