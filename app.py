"""The page: a map, the panel beside it, and what is chosen above them. Wires only; works nothing out."""

from __future__ import annotations

import importlib
from html import escape
from pathlib import Path

import streamlit as st

from geo.errors import PlanError
from geo.text import Text
from geo.workspace import Workspace
from layers.door.seats import FULL
from ui.door import door
from ui.first import prepare, prepare_map
from ui.map import host, scene
from ui.map.drawn import Asked, Drawn
from ui.map.publish import sweep
from ui.panels import place_told, saved_plans
from ui.parts import navigation, problem, theme
from ui.parts.ask import select
from ui.session import (
    address,
    area,
    draft,
    drawing,
    edits,
    lead,
    measure,
    notes,
    outbox,
    person,
    projects,
    rows,
    state,
    trace,
    uploads,
)
from ui.words import both, pick, say, speaking

HERE = Path(__file__).resolve().parent
STYLES = ("page.css", "overview.css")
GIVE_WAY = 0.5
"""How long a run of the page lets presses on the map pass, at most [s]."""


def header(workspace: Workspace) -> None:
    """Show the name of the place and the choices that hold for map and panel."""
    names = state.service_names(measure.chosen(workspace))
    # One line of things as wide as they are, not columns: it holds on a narrow screen and takes one more thing at its end.
    with st.container(key="head", horizontal=True, vertical_alignment="center", gap="small", wrap=False):
        name = escape(pick(Text(workspace.name_zh, workspace.name_en)))
        st.html(f'<div class="zp-brand"><b>{escape(pick(workspace.brand))}</b><span>{name}</span></div>')
        select(
            say("service"), tuple(names), "service", lambda key: pick(names[key]), label_visibility="collapsed", width=250,
        )  # fmt: skip
        years = state.offered_years(workspace)
        if len(years) > 4:
            select(say("year"), years, "year", label_visibility="collapsed", width=96)
        else:
            st.segmented_control(say("year"), years, key="year", required=True, label_visibility="collapsed")
        st.segmented_control(
            say("measure"), ("walk", "radius"), key="by", required=True, label_visibility="collapsed", format_func=say
        )
        st.segmented_control(
            say("language"), ("zh", "en"), key="lang", required=True, label_visibility="collapsed",
            format_func=lambda key: say(f"lang_{key}"),
        )  # fmt: skip
        theme.control()


def asked() -> None:
    """Take the place that the planner asked about on the map, the comment or project whose mark was clicked, or words to look for."""
    if (where := host.led()) is not None:
        lead.go(*where)
    elif (number := host.noted()) is not None:
        notes.choose(number)
    elif (thing := host.picked()) is not None:
        projects.choose(thing)
        rows.choose(thing)
    elif words := host.sought():
        state.look_up(words)
    elif place := host.clicked():
        state.remember_place(*place)


def drawn() -> None:
    """Take what the planner has drawn on the map: into the plan, or as the area asked about."""
    outbox.take(host.drawn(), {"plan": drawing.make, "area": area.make})


@st.fragment
@speaking()
@trace.run()
def page(base: Workspace) -> None:
    """Draw everything that a choice or a click changes, in one run."""
    # Many press at once: each sees an answer after the presses, not after the runs that only say the same again.
    place_told.PENDING.give_way(GIVE_WAY)
    header(base)
    st.session_state.base = base
    planned = edits.applied(base)
    choice = state.choice()
    left, right = st.columns([73, 27], gap="small")
    with right:
        navigation.show()
        with st.container(key="side"):
            saved_plans.notice()
            measure.ask(base)
            workspace = measure.chosen(planned)  # as it was just chosen, not as it was before
            panel = importlib.import_module(f"ui.panels.{st.session_state.panel}_panel")
            painted: list[Drawn] = []

            def paint(picture: Drawn) -> None:
                # A panel that already knows its picture sends it before its words: the map need not wait for them.
                if not painted:
                    painted.append(picture)
                    with left:
                        host.show_map(scene.data_of(workspace, choice, picture), asked, drawn)
                        if picture.over:
                            st.container(key="over").html(picture.over)

            result = problem.guarded(lambda: panel.show(Asked(state.case(workspace, choice), choice, paint)))
    paint(result or Drawn())


def main() -> None:
    """Load the workspace and show the page, or say why it cannot be shown."""
    st.set_page_config(page_title=" ".join(both("app")), page_icon="🗺️", layout="wide")
    st.html(f"<style>{''.join((HERE / 'ui' / name).read_text(encoding='utf-8') for name in STYLES)}</style>")
    if (most := st.context.headers.get(FULL)) is not None:
        problem.full(most)
        return
    if person.asked():
        person.sign_in()
        return
    folder = state.data_folder()
    slot = st.empty()
    try:
        if state.is_loaded(folder):
            workspace = state.load(folder)
        else:
            with slot.status(" · ".join(both("preparing")), expanded=True) as status:
                workspace = state.load(folder, lambda step: status.write(" · ".join(step.text)))
                status.write(" · ".join(both("drawing_layers")))
                state.start(workspace)
                scene.layers_of(workspace, st.session_state.service, st.session_state.year)
                sweep()
                uploads.sweep()
            st.rerun()
    except PlanError as error:
        slot.empty()
        problem.workspace_refused(folder, error)
        return
    state.start(workspace)
    draft.restore()
    address.take_up()
    area.take_up(workspace)
    page(workspace)
    prepare_map(workspace)
    state.warm(workspace, prepare)


if __name__ == "__main__":
    main()
else:
    # `streamlit run` reads this line, imports the file for its server, and runs the file itself as the page.
    app = st.App(Path(__file__).resolve(), middleware=door())
