"""A report or a sheet from a question to a file.

``document(case, …)`` asks the questions and puts the blocks together; ``written(document, "pdf")`` makes the file.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Literal

from geo.answers import Answer
from geo.case import Case
from geo.errors import InputError
from geo.monitor import Actual
from geo.progress import Progress
from geo.text import Text
from layers.report import full, sheets
from layers.report.asked import gathered
from layers.report.blocks import Document

__all__ = ["ENDINGS", "KINDS", "Kind", "document", "written"]

Kind = Literal["full", "whole", "zone", "site", "plan"]
KINDS: tuple[Kind, ...] = ("full", "whole", "zone", "site", "plan")
"""The whole report, and the four one-page sheets."""
ENDINGS = {"html": (".html", ".htm"), "pdf": (".pdf",), "docx": (".docx",)}
"""Formats, and how their files may end."""


def document(
    case: Case, kind: Kind = "full", *, lang: str = "zh", date: dt.date, zones: Sequence[str] = (),
    site: tuple[float, float] | None = None, classes: int | None = None, today: Case | None = None,
    actuals: Sequence[Actual] = (), more: Sequence[Answer] = (), progress: Progress | None = None,
) -> Document:  # fmt: skip
    """Return what a report or a sheet says.

    Parameters
    ----------
    case
        The place (under a scenario or not), service and year.
    kind
        One of ``KINDS``.
    lang, date
        ``zh`` or ``en``; the date of the report, which decides nothing else.
    zones
        Zones of the sections of a report (all where none is named); the zone of a sheet.
    site, classes
        Longitude and latitude [degrees] of the place of a sheet; classes of the school supposed there.
    today
        The same question without the scenario, for the sheet that compares the two.
    actuals
        What was entered of the indicators, for the report: without any, nothing is said to be reached.
    more
        Answers of ``programme``, ``robust`` or ``value`` that the report holds in a chapter each.
    progress
        Told how much of the answers is gathered.

    Raises
    ------
    InputError
        If the sheet lacks what it is about.
    """
    lang = "en" if lang == "en" else "zh"
    asked = gathered(case, lang=lang, date=date, actuals=actuals, more=more, progress=progress)
    if kind == "full":
        return full.full(asked, zones=zones)
    if kind == "zone":
        if not zones:
            raise InputError(Text("片区单页需要指明片区（--zone）", "the sheet of a zone needs its zone (--zone)"))
        return sheets.zone_sheet(asked, zones[0])
    if kind == "site":
        if site is None:
            raise InputError(
                Text(
                    "选址单页需要位置：--lon 和 --lat，或先在地图上点一处",
                    "the sheet of a site needs its place: --lon and --lat, or a click on the map",
                )
            )
        return sheets.site_sheet(asked, *site, classes=classes)
    return sheets.plan_sheet(asked, today or case) if kind == "plan" else sheets.whole_sheet(asked)


def written(told: Document, form: str) -> bytes:
    """Return a document as a file of a format of ``ENDINGS``; each library is imported by the format that needs it.

    Raises
    ------
    InputError
        If there is no such format, or its library is not installed.
    """
    if form == "html":
        from layers.report import to_html

        return to_html.html(told).encode()
    if form == "pdf":
        from layers.report import to_pdf

        return to_pdf.pdf(told)
    if form == "docx":
        from layers.report import to_docx

        return to_docx.docx(told)
    raise InputError(Text(f"没有格式“{form}”，可选：{'、'.join(ENDINGS)}", f"no format '{form}', choose one of {', '.join(ENDINGS)}"))  # fmt: skip
