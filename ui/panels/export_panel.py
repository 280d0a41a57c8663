"""Take it away: every layer and every result, in every format, each file telling how its numbers came to be."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import streamlit as st

from geo.case import Case
from geo.progress import Progress
from layers import exports
from ui.map.drawn import Asked, Drawn
from ui.panels.siting_parts import mark_of
from ui.parts import export, made, problem, report
from ui.parts.ask import select
from ui.parts.markup import answered, paragraph
from ui.parts.patience import patient
from ui.session import monitor
from ui.words import both, language, pick, say

__all__ = ["show"]

TABLES_ONLY = {
    "worth",
    "targets",
    "standards",
    "contradictions",
    "constraints",
    "facts",
    "quotes",
    "plan_text",
    "gaps",
    "register",
    "monitored",
}
CELLS = {"coverage-cells", "access-cells", "population"}


def show(asked: Asked) -> Drawn:
    """Show what can be taken away."""
    case = asked.case
    head = st.container()
    # How far one gets is taken from its own panel, which knows when one goes.
    kinds = [*(one for one in exports.RESULTS if one != "travel"), *exports.LAYERS, *exports.TABLES]
    what = select(say("export_what"), kinds, "export_what", lambda k: say(f"export_of_{k}"))
    forms = _forms(what)
    form = select(say("export_format"), forms, "export_format", lambda k: say(f"export_as_{k}"))
    with head:
        told = both("ans_export", what=both(f"export_of_{what}"), form=both(f"export_as_{form}"))
        answered(pick(told), say("panel_export"), say("export_note"))
    gcj = form in ("geojson", "csv", "xlsx") and _allowed() and st.checkbox(say("gcj"), key="export_gcj")
    question = made.asked_of(case, what, form, bool(gcj), *_more(what))
    if st.button(say("export_make"), type="primary", width="stretch", key="export_make"):
        file = _make(case, what, form, gcj=bool(gcj))
        made.keep("export", made.Made(*file, question) if file else None)
    if ready := made.offered("export", question):
        st.success(say("export_ready", name=ready.name, size=_size(len(ready.content))))
        st.download_button(
            say("download"),
            ready.content,
            ready.name,
            export.TYPES.get(ready.name.rsplit(".", 1)[-1], "application/zip"),
            width="stretch",
            on_click="ignore",
            key="export_get",
        )
    report.show(case)
    paragraph(say("download_note"))
    return Drawn()


def _forms(what: str) -> list[str]:
    if what in TABLES_ONLY:
        return ["csv", "xlsx"]
    return [f for f in exports.FORMATS if f != "tif" or what in CELLS]


def _more(what: str) -> tuple[Hashable, ...]:
    """Return what else an answer depends on: the place asked about, or how many sites were looked for and found."""
    if what == "site":
        return (st.session_state.place,)
    if what == "monitored":
        return (monitor.seen(),)
    if what in ("robust", "worth"):
        return (st.session_state.get("p"),)
    if what == "locate":
        located = st.session_state.get("located")
        return st.session_state.get("p"), None if located is None else id(located[1])
    return ()


def _allowed() -> bool:
    """Return whether the operator lets coordinates go out shifted (secrets: allow_gcj02_export, default yes)."""
    try:
        return bool(st.secrets.get("allow_gcj02_export", True))
    except Exception:
        # No secrets file is the ordinary case.
        return True


def _make(case: Case, what: str, form: str, *, gcj: bool) -> tuple[str, bytes] | None:
    """Return the file's name and content; None after showing why it cannot be made."""
    place = st.session_state.place
    if what == "site" and place is None:
        paragraph(say("export_needs_place"))
        return None
    entered = [one for one, gone in monitor.kept() if not gone] if what == "monitored" else []
    # What the session holds is read here: the work runs in a thread that has none.
    held, mark = st.session_state.get("located"), mark_of(case)
    lang, p = language(), int(st.session_state.get("p") or 7)

    def work(tell: Progress) -> bytes:
        options: dict[str, Any] = {"lon": place[0], "lat": place[1]} if place else {}
        if what == "locate" and held is not None and held[0] == mark:
            frames, about = {n: held[1].tables[n] for n in ("sites", "cells", "summary")}, held[1]
        else:
            frames, about = exports.collect(case, what, p=p, actuals=entered, **options)
        return export.file_of(
            case.workspace,
            form,
            frames,
            export.about_of(case.workspace, about),
            gcj02=gcj,
            progress=tell,
            answer=about,
            lang=lang,
        )

    content = problem.guarded(lambda: patient(both("export_file"), work, (what, form, gcj), pressed=True))
    if content is None:
        return None
    stem = what if what in (*exports.LAYERS, *exports.TABLES) else f"{what}_{case.service}_{case.year}"
    return f"{stem}{exports.FORMATS[form]}", content


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{count / 1e3:.0f} KB"
