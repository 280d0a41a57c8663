"""How this installation stands: which guards are in force for imported files, what is loaded, what leaves the machine."""

from __future__ import annotations

import streamlit as st

from geo import answers
from geo.text import Text
from layers.incoming.child import sandbox
from ui.map.drawn import Asked, Drawn
from ui.parts import sentence
from ui.parts.lacking import layer_name
from ui.parts.markup import Row, answered, heading, listing, paragraph, table
from ui.parts.navigation import onward
from ui.parts.problem import guarded
from ui.session.once import once
from ui.session.state import data_folder
from ui.words import both, pick, say

__all__ = ["show"]

SHOWN = 20
"""Facilities without a street that are named; the rest are counted."""


def show(asked: Asked) -> Drawn:
    """Show guards, data and network of this installation."""
    workspace, choice = asked.workspace, asked.choice
    rows: list[Row] = []
    guards: dict[Text, bool | None] = {}
    known = sandbox.capabilities()
    for name in sandbox.GUARDS:
        value, words = known[name], both(f"guard_{name}")
        good = None if value is None else bool(value) if name != "drivers" else not value
        guards[words] = good
        told = say("health_untold") if good is None else say("health_on") if good else say("health_off")
        if isinstance(value, list | tuple) and value:
            told = say("noted", text=told, note=len(value))
        rows.append((pick(words), told, "" if good is None else "good" if good else "bad"))
    why = sandbox.untold(known)
    answered(
        pick(sentence.health(guards)), say("health_title"), say("health_note"), more="" if why is None else pick(why)
    )
    if why is not None:
        st.button(say("health_again"), key="health_again", type="primary", width="stretch")
    listing(rows)
    heading(say("health_data"))
    counts = [(say("layer_zones"), workspace.zones), (say("schools"), workspace.schools), (say("clinics"), workspace.clinics),
              (say("layer_stops"), workspace.stops), (say("layer_streets"), workspace.streets), (say("cells"), workspace.cells)]  # fmt: skip
    listing([(word, f"{len(frame):,}", "") for word, frame in counts])
    st.text(f"{data_folder()}\n{workspace.crs} · {choice.year}")
    _streets(asked, leading=why is None)
    heading(say("health_offline"))
    paragraph(say("health_offline_is"))
    return Drawn()


def _streets(asked: Asked, *, leading: bool) -> None:
    """Show which facilities no street leads to: walking distances to them mean little; ``leading``: offer to bring streets in."""
    heading(say("health_tied"))
    answer = guarded(lambda: once(answers.tied, asked.case))
    if answer is None:
        return
    words = {
        "schools": say("schools"),
        "clinics": say("clinics"),
        "stops": say("layer_stops"),
        "facilities": say("layer_facilities"),
    }
    listing(
        [
            (words[str(layer)], say("health_tied_is", tied=row.tied, untied=row.untied, outside=row.outside),
             "bad" if row.untied else "good")
            for layer, row in answer["layers"].iterrows() if row.facilities
        ]
    )  # fmt: skip
    untied = answer["untied"]
    if len(untied) and leading:
        onward(say("next_import", layer=layer_name("streets")), "import", key="next_streets", import_layer="streets")
    if len(untied):
        rows = [
            (pick(Text(one.name_zh, one.name_en or one.name_zh)) or one.id, pick(Text(one.why_zh, one.why_en)))
            for one in untied.head(SHOWN).itertuples()
        ]
        table((say("health_facility"), say("health_why")), rows)
    if len(untied) > SHOWN:
        paragraph(say("health_more", more=len(untied) - SHOWN))
    paragraph(pick(answer.method))
