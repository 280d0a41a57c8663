"""The report to hand up: which, in which format, one press, one file."""

from __future__ import annotations

import datetime as dt
import time
from typing import Any

import streamlit as st

from geo.answers import Answer
from geo.case import Case
from geo.monitor import Actual
from geo.progress import Progress
from layers.report import making as report
from ui.parts import made, problem
from ui.parts.ask import select
from ui.parts.export import TYPES
from ui.parts.markup import heading, paragraph
from ui.parts.patience import patient
from ui.session import measure, monitor
from ui.words import both, language, pick, say

__all__ = ["show"]

VIEWS = {"programme": "programme", "robust": "robust", "value": "worth"}
"""Answers that get a chapter where they are found already, and the view of the page that finds each."""


def show(case: Case) -> None:
    """Show what can be handed up, and make it when it is asked for."""
    heading(say("report"))
    place = st.session_state.get("place")
    kinds = [k for k in report.KINDS if (k != "site" or place) and (k != "plan" or case.workspace.scenario)]
    kind = select(say("report_kind"), kinds, "report_kind", lambda k: say(f"report_{k}"))
    zones = _zone(case) if kind == "zone" else ()
    form = select(say("export_format"), list(report.ENDINGS), "report_format", lambda k: say(f"report_as_{k}"), start=1)
    held = tuple(one for one, gone in monitor.kept() if not gone) if kind == "full" else ()
    more = _found(case) if kind == "full" else ()
    if more:
        named = [both(f"view_{VIEWS[a.question]}") for a in more]
        paragraph(say("report_more", names=say("between").join(pick(n) for n in named)))
    told = tuple((a.question, str(a.parameters)) for a in more)
    question = made.asked_of(case, kind, form, zones, place if kind == "site" else None, held, told)
    if st.button(say("report_make"), width="stretch", key="report_make"):
        file = _make(case, kind, form, zones, place, held, more)
        name = f"report_{kind}_{case.service}_{case.year}{report.ENDINGS[form][0]}"
        made.keep("report", made.Made(name, file, question) if file else None)
    if ready := made.offered("report", question):
        size = (
            f"{len(ready.content) / 1e6:.1f} MB" if len(ready.content) >= 1e6 else f"{len(ready.content) / 1e3:.0f} KB"
        )
        taken = st.session_state.get("report_took")
        st.success(
            say("export_ready", name=ready.name, size=size) + (say("report_took", s=f"{taken:.1f}") if taken else "")
        )
        kind_of = TYPES[ready.name.rsplit(".", 1)[-1]]
        st.download_button(say("download"), ready.content, ready.name, kind_of, width="stretch", on_click="ignore", key="report_get")  # fmt: skip
    paragraph(say("report_note"))


def _found(case: Case) -> tuple[Answer, ...]:
    """Return what the planner has already found for this very question and the report can hold: nothing is searched for it."""
    question = (case.workspace.key, case.demand, case.service, case.year)
    kept = (st.session_state.get(f"{view}_found") for view in VIEWS.values())
    return tuple(one[1] for one in kept if one is not None and one[0][: len(question)] == question)


def _zone(case: Case) -> tuple[str, ...]:
    zones = case.workspace.zones
    names = zones["name_en" if language() == "en" else "name_zh"]
    return (str(select(say("report_which_zone"), list(zones.index), "report_zone", lambda z: str(names[z]))),)


def _make(
    case: Case,
    kind: Any,
    form: str,
    zones: tuple[str, ...],
    place: Any,
    held: tuple[Actual, ...],
    more: tuple[Answer, ...],
) -> bytes | None:
    """Return the file; None after showing why it cannot be made."""
    began, lang, today = time.perf_counter(), language(), measure.today(case)

    def work(tell: Progress) -> bytes:
        told = report.document(
            case, kind, lang=lang, date=dt.date.today(), zones=zones, site=tuple(place) if place else None,
            today=today, actuals=held, more=more, progress=tell,
        )  # fmt: skip
        return report.written(told, form)

    content = problem.guarded(lambda: patient(both("report"), work, kind, pressed=True))
    st.session_state.report_took = time.perf_counter() - began
    return content
