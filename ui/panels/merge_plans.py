"""A plan that somebody else has saved meanwhile: both versions side by side, each difference chosen, one plan of both."""

from __future__ import annotations

from dataclasses import dataclass, replace

import streamlit as st

from geo.errors import PlanError
from geo.scenario import Scenario, ids_of
from geo.scenario_merge import Change, Difference, Merged, Side, merge
from geo.workspace import Workspace
from layers.store import ConflictError, Saved
from ui.panels.plan_words import facility_name
from ui.parts import problem
from ui.parts.markup import grouped, heading, paragraph
from ui.session import browser, draft, edits
from ui.session.draft import Origin
from ui.session.work import again
from ui.words import pick, say, service_name

__all__ = ["Conflict", "save", "show"]


@dataclass(frozen=True)
class Conflict:
    """A save that met a newer revision: what was to be saved, and from which revision it went on."""

    mine: Scenario
    origin: Origin | None
    theirs: Saved


def save(plan: Scenario, origin: Origin | None) -> Saved | None:
    """Save a plan; None where it meets a newer revision, which is then shown beside it, or where it cannot be saved."""
    try:
        saved = edits.save(plan, origin)
    except ConflictError as error:
        # Mine stays mine, from where it started; only theirs is newer than what was shown.
        known: Conflict | None = st.session_state.get("conflict")
        mine, start = (known.mine, known.origin) if known is not None else (plan, origin)
        st.session_state.conflict = Conflict(mine, start, error.current)
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
    """Ask whose change to take, for each facility that both have changed."""
    for one in differences:
        if one.side != "conflict":
            continue
        sides: tuple[tuple[Side, Change], ...] = (("mine", one.mine), ("theirs", one.theirs))
        said = {side: f"{say(f'merge_{side}')} · {_said(change)}" for side, change in sides}
        chosen = st.radio(
            say("merge_choose", name=facility_name(workspace, one.facility_id)), list(said), index=None,
            key=f"choose_{one.facility_id}", format_func=said.__getitem__,
        )  # fmt: skip
        if chosen is not None:
            _choices()[one.facility_id] = chosen


def _side_by_side(workspace: Workspace, result: Merged, who: str, rev: int, base: int) -> None:
    """Show what differs: where both started, mine, theirs, and above each what is taken."""
    heads = (
        say("merge_base", rev=base) if base else say("merge_no_base"),
        say("merge_mine"),
        say("merge_of", rev=rev, who=who),
    )
    rows = [
        (
            facility_name(workspace, d.facility_id, d.mine.added or d.theirs.added),
            say(f"merge_by_{d.side}"),
            (_said(d.base), _said(d.mine), _said(d.theirs)),
        )
        for d in result.differences
    ]  # fmt: skip
    if rows:
        grouped(heads, rows)
    else:
        paragraph(say("merge_equal"))


def _said(change: Change) -> str:
    """Return what a plan does with a facility, in words."""
    parts = []
    if change.added is not None:
        seats = f" {change.added.seats:,.0f}" if change.added.seats else ""
        parts.append(say("merge_added", what=f"{pick(service_name(change.added.service))}{seats}"))
    if change.closed:
        parts.append(say("closed"))
    parts += [f"{pick(service_name(key))} {seats:,.0f}" for key, seats in change.sizes]
    return say("between").join(parts) or say("merge_unchanged")


def _ways_on(conflict: Conflict, result: Merged) -> None:
    """Offer what can be done: save both as one, save mine under another name, take theirs, or go back."""
    theirs = conflict.theirs
    if result.unsettled:
        paragraph(say("merge_open", n=len(result.unsettled)))
    if st.button(say("merge_save", rev=theirs.rev + 1), type="primary", width="stretch", key="merge_save",
                 disabled=bool(result.unsettled)):  # fmt: skip
        _done(save(result.scenario, (theirs.name, theirs.rev)))
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    name = left.text_input(say("merge_other_name"), say("merge_copy", name=theirs.name), key="merge_name")
    if right.button(say("merge_save_as"), width="stretch", key="merge_save_as"):
        _done(save(replace(conflict.mine, name=name), None))
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
