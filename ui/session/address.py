"""The address of the page as a link: what it names of the session, and taking up what a link names.

A link holds service, year, measure, panel, language, the place and the area asked about, the view of the map, the saved
revision of the plan, and what is compared. What is not saved is in nobody's hands but the planner's: the link says that there is more, and no more than that.
"""

from __future__ import annotations

import streamlit as st

from geo.errors import PlanError
from geo.text import Text
from ui.session import area, compared, draft, edits
from ui.words import both

__all__ = ["named", "take_up"]


def named() -> dict[str, str]:
    """Return what the address names of the session; the map's script writes it, with the view that only it knows."""
    state = st.session_state
    found = {key: str(state[key]) for key in ("service", "year", "by", "panel", "lang") if state.get(key)}
    if state.get("place"):
        found["place"] = ",".join(f"{x:.6f}" for x in state.place)
    if ground := area.named():
        found["area"] = ground
    start = edits.origin()
    if start is not None:
        found |= {"plan": start[0], "rev": str(start[1])}
    if any(edits.unsaved()):
        found["more"] = "1"
    return found | compared.named()


def take_up() -> None:
    """Open the plan that the address names, once a session, as a step that can be undone; never over what goes on from it."""
    state = st.session_state
    if "linked" in state:
        return
    state.linked = None
    compared.take_up(st.query_params)
    name, rev = st.query_params.get("plan", ""), st.query_params.get("rev", "")
    if not name or not rev.isdigit() or edits.origin() == (name, int(rev)):
        return  # a reload of one's own page: the draft is that plan, with what is not saved of it
    try:
        saved = draft.store().load(name, int(rev))
    except PlanError as error:
        state.linked = both("link_gone", name=name, rev=rev, why=error.text)
        return
    had = bool(state.edits) and any(edits.unsaved())
    edits.opened(saved)
    words = [both("link_opened", name=saved.name, rev=saved.rev)]
    if st.query_params.get("more"):
        words.append(both("link_more"))
    if had:
        words.append(both("link_yours"))
    state.linked = Text("".join(w.zh for w in words), " ".join(w.en for w in words))
