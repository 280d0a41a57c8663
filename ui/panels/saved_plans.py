"""Saved plans: who saves, under which name, which one to open, and what of the plan here is not saved yet."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from geo.workspace import Workspace
from layers.store import Plans
from ui.panels import merge_plans, notes
from ui.parts import problem
from ui.parts.markup import paragraph
from ui.session import browser, draft, edits, person
from ui.session.work import again
from ui.words import pick, say

__all__ = ["notice", "show", "state_line"]


def notice() -> None:
    """Say above any panel that an unsaved plan was taken up again, and offer to drop it; or that drafts cannot be kept."""
    if (said := st.session_state.get("draft_problem")) is not None:
        st.warning(say("draft_not_kept", why=pick(said)))
    if (said := st.session_state.get("draft_lost")) is not None:
        st.warning(pick(said))
    if (said := st.session_state.get("linked")) is not None:
        with st.container(border=True, key="linked"):
            paragraph(pick(said))
            left, right = st.columns(2)
            if left.button(say("draft_goes_on"), width="stretch", key="link_goes_on"):
                st.session_state.linked = None
                again()
            if right.button(say("undo"), width="stretch", key="link_undo", disabled=not st.session_state.edits):
                edits.undo()
                st.session_state.linked = None
                again()
    if not st.session_state.get("restored") or not any(edits.unsaved()):
        return
    with st.container(border=True, key="restored"):
        paragraph(say("draft_restored", n=st.session_state.restored))
        left, right = st.columns(2)
        if left.button(say("draft_goes_on"), width="stretch", key="draft_goes_on"):
            st.session_state.restored = 0
            again()
        if right.button(say("draft_discard"), width="stretch", key="draft_discard"):
            edits.discard()
            again()


def state_line() -> None:
    """Say which plan this is: its name, its revision, and what of it is not saved."""
    if st.session_state.edits:
        paragraph(say("plan_is", name=edits.current().name, state=pick(edits.told())))


def show(workspace: Workspace) -> None:
    """Save the plan under a name, or open one that was saved; what somebody else has saved meanwhile is never overwritten."""
    kept = draft.store()
    if found := draft.taken_over():
        problem.findings(found)
    if said := st.session_state.pop("plan_said", None):
        st.success(say("plan_saved", name=said[0], rev=said[1]))
    if merge_plans.show(workspace):
        return
    plan = edits.current()
    with st.form("save_plan", border=True):
        name = st.text_input(say("plan_name"), plan.name, key=f"plan_name_{plan.name}")
        who = st.text_input(
            say("person_name"),
            person.name(),
            key="person_name",
            placeholder=say("person_hint"),
            disabled=person.vouched(),
        )
        why = st.text_input(say("plan_why"), key=f"plan_why_{edits.origin()}", max_chars=400)
        if st.form_submit_button(say("plan_save"), width="stretch", disabled=not st.session_state.edits):
            if not person.vouched() and who.strip() != person.name():
                problem.guarded(lambda: browser.remember(who))
            saved = merge_plans.save(replace(plan, name=name), edits.origin(), why=why.strip())
            if saved is not None:
                st.session_state.plan_said = (saved.name, saved.rev)
            if saved is not None or st.session_state.get("conflict") is not None:
                again()
    problem.guarded(lambda: _open(kept))
    notes.show()


def _open(kept: Plans) -> None:
    names = kept.names()
    if not names:
        return
    wanted = st.session_state.pop("plan_wanted", None)  # found by the search, which may name one that is gone
    if wanted in names:
        st.session_state.plan_chosen = wanted
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    chosen = left.selectbox(say("plan_open"), names, key="plan_chosen")
    pressed = right.button(say("plan_open_it"), key="plan_open_it", width="stretch")
    rev = None
    if st.toggle(say("plan_older"), key="plan_older"):
        listed = {one.rev: one for one in kept.listed(chosen)}
        rev = st.selectbox(
            say("plan_revision"), list(listed), key=f"plan_rev_{chosen}",
            format_func=lambda r: say(
                "plan_rev_of", rev=r, who=listed[r].who or say("somebody"), when=browser.local_time(listed[r].saved_at)
            ),
        )  # fmt: skip
    if pressed:
        edits.opened(kept.load(chosen, rev))
        again()
