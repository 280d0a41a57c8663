"""A plan that somebody else has saved meanwhile: both versions side by side, each conflict chosen, one plan of both."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from geo.errors import PlanError
from geo.scenario import FIELDS, Added, Difference, Merged, Scenario, Side, ids_of, merge, said, told
from geo.workspace import Workspace
from layers.store import ConflictError, Saved
from ui.parts import problem
from ui.parts.markup import grouped, heading, paragraph
from ui.parts.plan_words import facility_name
from ui.session import browser, draft, edits
from ui.session.draft import Origin
from ui.session.work import again
from ui.words import pick, say, service_name

__all__ = ["Conflict", "save", "show"]


@dataclass(frozen=True)
class Conflict:
    """A save that met a newer revision: what was to be saved and why, and from which revision it went on."""

    mine: Scenario
    origin: Origin | None
    theirs: Saved
    why: str = ""


def save(plan: Scenario, origin: Origin | None, *, why: str = "") -> Saved | None:
    """Save a plan; None where it meets a newer revision, which is then shown beside it, or where it cannot be saved."""
    try:
        saved = edits.save(plan, origin, why=why)
    except ConflictError as error:
        # Mine stays mine, from where it started; only theirs is newer than what was shown.
        known: Conflict | None = st.session_state.get("conflict")
        mine, start = (known.mine, known.origin) if known is not None else (plan, origin)
        st.session_state.conflict = Conflict(mine, start, error.current, why)
        return None
    except PlanError as error:
        problem.refused(error)
        return None
    st.session_state.conflict = None
    return saved


def show(workspace: Workspace) -> bool:
    """Show the conflict of the session, if there is one; return whether there is."""
    conflict: Conflict | None = st.session_state.get("conflict")
    if conflict is None:
        return False
    theirs, start = conflict.theirs, conflict.origin
    same = start is not None and start[0] == theirs.name
    base = (draft.saved_as(start) if same else None) or Scenario(theirs.name)
    who = theirs.who or say("somebody")
    when = browser.local_time(theirs.saved_at)
    with st.container(border=True, key="merge"):
        heading(say("merge_title", name=theirs.name))
        if same and start is not None:
            paragraph(say("merge_why", who=who, when=when, rev=theirs.rev, base=start[1]))
        else:
            paragraph(say("merge_same_name", who=who, when=when, rev=theirs.rev))
        mine, other = conflict.mine, theirs.scenario or Scenario(theirs.name)
        result = merge(base, mine, other, choices=_choices(), known=ids_of(workspace))
        _side_by_side(workspace, result, who, theirs.rev, start[1] if same and start else 0)
        for before, now in result.renamed.items():
            paragraph(say("merge_renamed", before=before, now=now))
        if any(d.side == "conflict" for d in result.differences):
            _choose(workspace, result.differences)
            result = merge(base, mine, other, choices=_choices(), known=ids_of(workspace))
        _ways_on(conflict, result)
    return True


def _choices() -> dict[str, Side]:
    found: dict[str, Side] = st.session_state.setdefault("merge_choices", {})
    return found


def _choose(workspace: Workspace, differences: tuple[Difference, ...]) -> None:
    """Ask whose change to take, for each field or object that both have changed."""
    for one in differences:
        if one.side != "conflict":
            continue
        sides: tuple[tuple[Side, object], ...] = (("mine", one.mine), ("theirs", one.theirs))
        shown = {side: f"{say(f'merge_{side}')} · {_said(one, value)}" for side, value in sides}
        chosen = st.radio(
            say("merge_choose", name=_name(workspace, one)), list(shown), index=None,
            key=f"choose_{one.key}", format_func=shown.__getitem__,
        )  # fmt: skip
        if chosen is not None:
            _choices()[one.key] = chosen


def _side_by_side(workspace: Workspace, result: Merged, who: str, rev: int, base: int) -> None:
    """Show what differs: where both started, mine, theirs, and above each what is taken."""
    heads = (
        say("merge_base", rev=base) if base else say("merge_no_base"),
        say("merge_mine"),
        say("merge_of", rev=rev, who=who),
    )
    rows = [
        (_name(workspace, d), say(f"merge_by_{d.side}"), tuple(_said(d, v) for v in (d.base, d.mine, d.theirs)))
        for d in result.differences
    ]
    if rows:
        grouped(heads, rows)
    else:
        paragraph(say("merge_equal"))


def _name(workspace: Workspace, one: Difference) -> str:
    """Return what differs: a facility or another object, and which field of it."""
    if one.object_id == "parameters":
        return say("merge_parameter", name=one.field)
    some = next((v for v in (one.mine, one.theirs, one.base) if isinstance(v, Added)), None)
    name = facility_name(workspace, one.subject, some)
    return f"{name} · {pick(FIELDS[_shown(one.field)])}" if one.field else name


def _said(one: Difference, value: object) -> str:
    """Return in words what a version holds of what differs."""
    if one.object_id == "parameters" or (one.field and value is None):
        return say("merge_unchanged") if value is None else str(value)
    if one.field:
        return pick(said(_shown(one.field), value))
    parts = value if isinstance(value, tuple) else (() if value is None else (value,))
    return say("between").join(_object(part) for part in parts) or say("merge_unchanged")


def _object(one: Any) -> str:
    """Return what an object does to its facility, which stands above it; any other object with its own name."""
    if isinstance(one, Added):
        seats = f" {one.seats:,.0f}" if one.seats else ""
        return say("merge_added", what=f"{pick(service_name(one.service))}{seats}")
    if one.kind == "close" and one.year is None:
        return say("closed")
    if one.kind == "resize":
        return f"{pick(service_name(one.service))} {one.seats:,.0f}"
    return pick(told(one))


def _shown(field: str) -> str:
    return "year" if field == "open_year" else field


def _ways_on(conflict: Conflict, result: Merged) -> None:
    """Offer what can be done: save both as one, save mine under another name, take theirs, or go back."""
    theirs = conflict.theirs
    if result.unsettled:
        paragraph(say("merge_open", n=len(result.unsettled)))
    if st.button(say("merge_save", rev=theirs.rev + 1), type="primary", width="stretch", key="merge_save",
                 disabled=bool(result.unsettled)):  # fmt: skip
        _done(save(result.scenario, (theirs.name, theirs.rev), why=conflict.why))
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    name = left.text_input(say("merge_other_name"), say("merge_copy", name=theirs.name), key="merge_name")
    if right.button(say("merge_save_as"), width="stretch", key="merge_save_as"):
        _done(save(replace(conflict.mine, name=name), None, why=conflict.why))
    left, right = st.columns(2)
    if left.button(say("merge_take_theirs"), width="stretch", key="merge_take_theirs"):
        edits.opened(theirs)
        _end()
    if right.button(say("merge_back"), width="stretch", key="merge_back"):
        _end()


def _done(saved: Saved | None) -> None:
    if saved is not None:
        st.session_state.plan_said = (saved.name, saved.rev)
        _end()
    elif st.session_state.get("conflict") is not None:
        again()


def _end() -> None:
    st.session_state.conflict = None
    st.session_state.merge_choices = {}
    again()
