"""Comments on the saved plan that the session goes on from: one of them chosen, written and settled."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from geo.errors import InputError, PlanError
from geo.text import Text
from layers.store import operation
from layers.store.notes import Note
from ui.session import browser, draft, edits, person
from ui.words import both

__all__ = ["choose", "chosen", "of_plan", "problem", "settle", "write"]


def of_plan() -> list[Note]:
    """Return the comments on the plan of the session, oldest first; none before it is saved.

    Raises
    ------
    PlanError
        If the store cannot be read, or a comment is not what was written.
    """
    start = edits.origin()
    return [] if start is None else draft.store().comments(start[0])


def chosen() -> int | None:
    """Return the number of the comment that was clicked on the map or turned to in the panel."""
    found: int | None = st.session_state.get("note_chosen")
    return found


def choose(number: int | None, *, look: bool = False) -> None:
    """Choose a comment by its number; ``look`` lets the map move there."""
    st.session_state.note_chosen = number
    if look:
        st.session_state.note_view = st.session_state.get("note_view", 0) + 1


def problem() -> Text | None:
    """Return once why the last comment was not written."""
    found: Text | None = st.session_state.pop("note_problem", None)
    return found


def write(about: str, object_id: str | None, known: Sequence[Note]) -> None:
    """Write what stands in the field as a comment on the plan, one of its objects, or the place asked about.

    ``known`` are the comments that were shown: the same press again, where the answer of the first was lost, counts once.
    """
    text, start = str(st.session_state.get("note_text", "")), edits.origin()
    place: tuple[float, float] | None = st.session_state.get("place") if about == "place" else None
    try:
        if start is None:
            raise InputError(both("note_save_first"))
        if about == "place" and place is None:
            raise InputError(both("note_no_place"))
        kept = draft.store()
        op = operation(browser.own_id(), "comment", start[0], about, object_id, place, text, len(known))
        made = kept.comment(
            start[0], text, who=person.signing("comment"), object_id=object_id if about == "object" else None, place=place, op=op
        )  # fmt: skip
    except PlanError as error:
        st.session_state.note_problem = error.text
        return
    st.session_state.note_text = ""
    if place is not None:
        st.session_state.place = None  # the mark stands there now, and the ring would cover it
    choose(made.number)


def settle(number: int) -> None:
    """Settle a comment of the plan; both stay."""
    start = edits.origin()
    if start is None:
        return
    kept = draft.store()
    try:
        op = operation("settle", start[0], number)
        kept.comment(start[0], "", who=person.signing("save"), settles=number, op=op)
    except PlanError as error:
        st.session_state.note_problem = error.text
