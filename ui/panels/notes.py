"""Under a saved plan: the comments on it, on its objects and on places, and the record of who changed what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import geopandas as gpd
import pandas as pd
import shapely
import streamlit as st

from geo.errors import PlanError
from geo.scenario import Object, told
from geo.text import Text
from geo.workspace import Workspace
from layers.look import draw
from layers.store.notes import Note
from layers.store.trail import Step, trail
from layers.write.planfile import place_of
from layers.write.tables import csv_bytes
from ui.map import results
from ui.map.drawn import Drawn
from ui.map.scene import Spec, bounds_of
from ui.parts import export, problem
from ui.parts.ask import select
from ui.parts.markup import grouped, heading, paragraph
from ui.session import browser, draft, edits, notes, person
from ui.session.work import aside
from ui.words import both, pick, say

__all__ = ["as_table", "on_map", "show"]

OPEN, SETTLED = "#b4553a", "#6a727a"
ABOUT = ("plan", "object", "place")
LISTED, STEPS = 30, 60
"""Comments and changes that are listed; the rest is said to be there."""
NEAR = 0.004
"""Degrees around a comment that the map turns to [about 400 m]."""


# -- on the map -------------------------------------------------------------------------------------------------------
def on_map(picture: Drawn, workspace: Workspace) -> None:
    """Add the comments that have a place to what the map shows, each as its number; what cannot be read the panel says."""
    try:
        said = _said()
    except PlanError:
        return
    placed = {n.number: at for n in said if (at := _place(n, workspace)) is not None}
    for settled, colour in ((True, SETTLED), (False, OPEN)):
        some = [n for n in said if n.settled is settled and n.number in placed]
        if some:
            picture.layers.append(_marks(some, placed, colour, settled=settled))
    times, at = st.session_state.get("note_view", 0), placed.get(notes.chosen() or 0)
    if times and at is not None:
        around = gpd.GeoSeries([at.buffer(NEAR)], crs="EPSG:4326")
        picture.view = {"id": f"note-{times}", "bounds": aside(bounds_of, around)}


def _marks(some: Sequence[Note], placed: Mapping[int, shapely.Point], colour: str, *, settled: bool) -> Spec:
    tips = [f"{n.who or say('somebody')} · {browser.local_time(n.made)}\n{n.text}" for n in some]
    names = [str(n.number) for n in some]
    frame = gpd.GeoDataFrame(
        {"note": [n.number for n in some], "label_zh": names, "label_en": names, "tip_zh": tips, "tip_en": tips},
        geometry=[placed[n.number] for n in some], crs="EPSG:4326",
    )  # fmt: skip
    return {
        "id": "notes-settled" if settled else "notes", **results.inline(frame), "group": "result", "pane": "zp-points", "live": True,
        "title": say("notes_settled_layer") if settled else say("notes_open_layer"),
        "style": {"color": colour, "path": draw.SHAPES["square"], "radius": 12},
        "label": {"className": "zp-number zp-remark" + (" zp-remark-settled" if settled else ""), "rank": 19, "always": True},
        "legend": [{"type": "point", "path": draw.SHAPES["square"], "color": colour}],
    }  # fmt: skip


def _said() -> list[Note]:
    """Return the comments that say something; one that settles another is told with that one."""
    return [n for n in notes.of_plan() if n.settles is None]


def _place(note: Note, workspace: Workspace) -> shapely.Point | None:
    """Return where a comment is: its own place, or that of its object as the plan now has it."""
    if note.lon is not None and note.lat is not None:
        return shapely.Point(note.lon, note.lat)
    one = _objects().get(note.object_id or "")
    shape = None if one is None else aside(place_of, one, st.session_state.get("base") or workspace)
    return None if shape is None else shapely.point_on_surface(shape)


def _objects() -> dict[str, Object]:
    return {o.object_id: o for o in edits.current().objects}


# -- in the panel -----------------------------------------------------------------------------------------------------
def show() -> None:
    """Show the comments on the plan, a field for a new one, and the record of its changes."""
    if edits.origin() is None:
        if st.session_state.edits:
            paragraph(say("note_save_first"))
        return
    problem.guarded(_comments)
    if st.toggle(say("trail"), key="trail_shown"):  # read only where asked for: the history is as long as it is
        problem.guarded(_trail)


def _comments() -> None:
    every = notes.of_plan()
    said = [n for n in every if n.settles is None]
    by = {n.settles: n for n in every if n.settles is not None}
    still = [n for n in said if not n.settled]
    heading(say("notes", n=len(still)))
    if (why := notes.problem()) is not None:
        st.warning(pick(why))
    one = next((n for n in said if n.number == notes.chosen()), None)
    if one is not None:
        paragraph(say("note_chosen"))
        _comment(one, by.get(one.number), chosen=True)
    shown = still[::-1]
    if len(still) < len(said) and st.toggle(say("notes_settled", n=len(said) - len(still)), key="notes_settled"):
        shown = said[::-1]
    if not said:
        paragraph(say("note_none"))
    rest = [n for n in shown if n is not one]
    for n in rest[:LISTED]:
        _comment(n, by.get(n.number))
    if len(rest) > LISTED:
        paragraph(say("notes_more", n=len(rest) - LISTED))
    if person.may("comment"):
        _new(every)


def _comment(note: Note, settled_by: Note | None, *, chosen: bool = False) -> None:
    """Show one comment; its text is a stranger's, and shown as text."""
    with st.container(border=True, key=f"note_{note.number}{'_chosen' if chosen else ''}"):
        paragraph(say("note_of", n=note.number, who=note.who or say("somebody"), when=browser.local_time(note.made)))
        st.text(note.text)
        paragraph(say("note_on", what=_about(note)))
        if settled_by is not None:
            who, when = settled_by.who or say("somebody"), browser.local_time(settled_by.made)
            paragraph(" ".join(t for t in (say("note_settled_by", who=who, when=when), settled_by.text) if t))
        left, right = st.columns(2)
        if note.lon is not None or note.object_id in _objects():
            left.button(
                say("note_look"), key=f"note_look_{note.number}_{chosen}", width="stretch", on_click=notes.choose, args=(note.number,),
                kwargs={"look": True},
            )  # fmt: skip
        if not note.settled and person.may("save"):
            right.button(
                say("note_settle"), key=f"note_settle_{note.number}_{chosen}", width="stretch", on_click=notes.settle, args=(note.number,),
            )  # fmt: skip


def _about(note: Note) -> str:
    if note.object_id:
        one = _objects().get(note.object_id)
        return say("note_object_gone", id=note.object_id) if one is None else pick(told(one))
    if note.lon is None:
        return say("note_on_plan")
    return say("note_at", lon=f"{note.lon:.5f}", lat=f"{note.lat:.5f}")


def _new(known: Sequence[Note]) -> None:
    """Show the field for a new comment, and what it is on."""
    with st.container(border=True, key="note_new"):
        about = st.segmented_control(
            say("note_new"), ABOUT, key="note_about", default=ABOUT[0], required=True,
            format_func=lambda k: say(f"note_on_{k}"),
        )  # fmt: skip
        objects, chosen = _objects(), None
        if about == "object" and objects:
            chosen = select(say("note_about"), list(objects), "note_object", lambda i: pick(told(objects[i])))
        if about == "place":
            place = st.session_state.place
            paragraph(
                say("note_click") if place is None else say("note_at", lon=f"{place[0]:.5f}", lat=f"{place[1]:.5f}")
            )
        st.text_area(say("note_text"), key="note_text", height=80, max_chars=4000)
        st.button(
            say("note_write"), key="note_write", width="stretch", on_click=notes.write, args=(str(about), chosen, known),
            disabled=about == "object" and not objects,
        )  # fmt: skip


# -- who changed what -------------------------------------------------------------------------------------------------
def _trail() -> None:
    start = edits.origin()
    assert start is not None  # show() has asked
    steps = trail(draft.store(), start[0])
    if not steps:
        paragraph(say("trail_none"))
        return
    everything = ""
    ids = [everything, *dict.fromkeys(s.object_id for s in steps if s.object_id)]
    wanted = select(say("trail_of"), ids, "trail_object", lambda i: i or say("trail_all"))
    some = [s for s in steps if wanted in (everything, s.object_id)]
    heads = (say("trail_before"), say("trail_after"), say("trail_why"))
    grouped(heads, [(_what(s), _by(s), (pick(s.before), pick(s.after), s.why)) for s in some[:STEPS]])
    if len(some) > STEPS:
        paragraph(say("trail_more", n=STEPS, all=len(some)))
    content = csv_bytes(as_table(some))
    export.offer(say("trail_file"), "csv", f"{start[0]}_audit", lambda: content, key="trail_file")


def _what(step: Step) -> str:
    return say("trail_what_of", id=step.object_id, what=pick(step.what)).strip()


def _by(step: Step) -> str:
    return say("trail_by", rev=step.rev, who=step.who or say("somebody"), when=browser.local_time(step.saved_at))


def as_table(steps: Sequence[Step]) -> pd.DataFrame:
    """Return the record as a table in the words of the session."""
    columns: dict[Text, list[object]] = {
        both("trail_rev"): [s.rev for s in steps],
        both("trail_when"): [s.saved_at for s in steps],
        both("trail_who"): [s.who for s in steps],
        both("trail_object"): [s.object_id for s in steps],
        both("trail_what"): [pick(s.what) for s in steps],
        both("trail_before"): [pick(s.before) for s in steps],
        both("trail_after"): [pick(s.after) for s in steps],
        both("trail_why"): [s.why for s in steps],
    }
    return pd.DataFrame({pick(name): values for name, values in columns.items()})
