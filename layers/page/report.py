"""The printable report: one HTML file for A4 with maps, tables, method, parameters, basis and sources.

It is put together from escaped text; nothing from the data ever passes a template engine, and the content security
policy inside the file lets no script run and no request go out.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import geopandas as gpd
import numpy as np
import pandas as pd

from layers.look import draw
from layers.look.overlay import Class
from layers.page.figure import MapLike, Picture, legend_svg, maps, safe
from layers.page.html import WORDS, asset, page, scenario_line
from layers.page.words import header, shown, spoken, table_title
from layers.write import geojson
from layers.write.atomic import write_bytes

__all__ = ["AnswerLike", "PlaceLike", "classed", "html", "stamped_title", "write"]

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


def write(
    place: PlaceLike,
    answers: Sequence[AnswerLike],
    path: str | os.PathLike[str],
    *,
    lang: str = "zh",
    date: dt.date,
) -> Path:
    """Write the printable report in one step and return the path; see :func:`html`."""
    return write_bytes(path, html(place, answers, lang=lang, date=date).encode())


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
    head = f"{name} · {WORDS['report'][lang]}"
    parts = [_answer(place, a, lang) for a in answers]
    body = (
        f'<header><h1>{safe(head)}</h1><p class="quiet">{WORDS["date"][lang]} {date.isoformat()} · {WORDS["made"][lang]}{safe(scenario_line(place, lang))}</p>'
        f'<p class="notice">{WORDS["notice"][lang]}</p></header>{"".join(parts)}'
        f"{_sources(place, answers, lang)}"
    )
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    return page(head, lang, policy, f"<style>{asset('report.css')}</style>", body)


def _answer(place: PlaceLike, answer: AnswerLike, lang: str) -> str:
    about = geojson.meta(answer, records=place.sources)
    title = answer.title.en if lang == "en" else answer.title.zh
    drawn, legends = _picture(answer)
    for legend in legends[:1] if drawn is not None else ():
        legend["title"] = stamped_title(legend["title"], answer)
    figure = ""
    if drawn is not None:
        figure = f'<div class="maps">{"".join(maps(place, drawn, lang=lang))}</div>{legend_svg(legends, lang)}'
    tables = "".join(_table(n, t, lang) for n, t in answer.tables.items() if n not in LEFT_OUT and len(t))
    notes = "".join(f"<li>{safe(n)}</li>" for n in about.get("notes", {}).get(lang, ()))
    said = scenario_line(answer, lang).removeprefix(" · ")
    scenario = f'<p class="quiet">{safe(said)}</p>' if said else ""
    return (
        f"<section class='answer'><h2>{safe(title)} {_badge(answer.basis, lang)}</h2>{scenario}{figure}{tables}"
        f"<dl><dt>{WORDS['method'][lang]}</dt><dd>{safe(about['method'][lang])}</dd>{_parameters(about['parameters'], lang)}"
        + (f"<dt>{WORDS['notes'][lang]}</dt><dd><ul>{notes}</ul></dd>" if notes else "")
        + "</dl></section>"
    )


def stamped_title(words: Mapping[str, str], answer: AnswerLike) -> dict[str, str]:
    """Return the title of a legend with whose residents it counts, where the year has none of its own."""
    told = getattr(answer, "stamp", ("", ""))
    return {"zh": words["zh"] + f"（{told[0]}）" * bool(told[0]), "en": words["en"] + f" ({told[1]})" * bool(told[1])}


def _badge(basis: str, lang: str) -> str:
    look = draw.basis_style(basis)
    return f'<span class="badge" style="color:{look["ink"]};background:{look["ground"]}">{safe(look[lang])}</span>'


def _parameters(parameters: Mapping[str, Any], lang: str) -> str:
    if not parameters:
        return ""
    rows = "".join(
        f"<li>{safe(header(k, lang))}: {safe(_short(v, lang))}</li>"
        for k, v in parameters.items()
        if v not in (None, "", [])
    )
    return f"<dt>{WORDS['parameters'][lang]}</dt><dd><ul class='inline'>{rows}</ul></dd>"


def _short(value: Any, lang: str) -> str:
    between = ", " if lang == "en" else "，"
    if isinstance(value, Mapping):
        return between.join(f"{spoken(str(k), lang)} {_short(v, lang)}" for k, v in value.items())
    if isinstance(value, list | tuple):
        return between.join(_short(v, lang) for v in value)
    return f"{value:g}" if isinstance(value, float) else spoken(str(value), lang)


def _picture(answer: AnswerLike) -> tuple[Picture | None, list[dict[str, Any]]]:
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
    if facilities is not None and service in draw.SERVICE_LOOK:
        entry = {"symbol": "icon", "svg": draw.icon_svg(str(service))} | draw.service_style(str(service))
        legends.append(draw.legend("services") | {"entries": [entry]})
    legends.append(draw.legend("basis"))
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


def _table(name: str, table: pd.DataFrame, lang: str) -> str:
    """Return a table of an answer as HTML: headers in words, numbers to the right, at most ROWS_SHOWN rows."""
    frame = pd.DataFrame(table)
    keep = [
        c
        for c in frame.columns
        if str(c) not in COLUMNS_LEFT_OUT and str(c) != OTHER_WORD[lang] and not _in_other(str(c), frame, lang)
    ]
    named = "name_zh" in keep or "name_en" in keep
    keep = sorted((c for c in keep if c != "zone_id" or not named), key=lambda c: str(c) not in FIRST)
    frame = frame[keep].dropna(axis="columns", how="all").head(ROWS_SHOWN)
    levels = table.get("level")
    heads = "".join(
        f"<th{' class=n' if pd.api.types.is_numeric_dtype(frame[c]) else ''}>{safe(header(str(c), lang))}</th>"
        for c in frame.columns
    )
    rows = []
    for k, values in enumerate(frame.itertuples(index=False, name=None)):
        cells = "".join(_cell(str(c), v, lang) for c, v in zip(frame.columns, values, strict=True))
        whole = levels is not None and levels.iloc[k] == "zone"
        rows.append(f"<tr{' class=whole' if whole else ''}>{cells}</tr>")
    more = (
        WORDS["more"][lang].replace("{n}", str(ROWS_SHOWN)).replace("{all}", str(len(table)))
        if len(table) > ROWS_SHOWN
        else ""
    )
    return (
        f"<h3>{safe(table_title(name, lang))}</h3><table><thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
        + (f'<p class="quiet">{more}</p>' if more else "")
    )


def _in_other(column: str, frame: pd.DataFrame, lang: str) -> bool:
    """Return whether a column tells in the other language what another tells in this one (``name`` is Chinese)."""
    stem = column[:-3]
    if lang == "zh":
        return column.endswith("_en") and (f"{stem}_zh" in frame or stem in frame)
    return (column.endswith("_zh") and f"{stem}_en" in frame) or f"{column}_en" in frame


def _cell(column: str, value: Any, lang: str) -> str:
    number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    plainly = value.item() if isinstance(value, np.generic) else value
    return f"<td{' class=n' if number else ''}>{safe(shown(column, plainly, lang))}</td>"


def _sources(place: PlaceLike, answers: Sequence[AnswerLike], lang: str) -> str:
    ids = dict.fromkeys(s for a in answers for s in a.sources)
    rows = []
    for one in ids:
        record = place.sources.get(one, {})
        told = [str(record[k]) for k in ("title", "publisher", "licence", "retrieved", "url") if record.get(k)]
        rows.append(f"<li><b>{safe(one)}</b> {safe(' · '.join(told))}</li>")
    return (
        f"<section class='sources'><h2>{WORDS['sources'][lang]}</h2><ul>{''.join(rows)}</ul></section>" if rows else ""
    )
