"""How this installation stands: which guards are in force for imported files, what is loaded, what leaves the machine."""

from __future__ import annotations

from typing import Any

import streamlit as st

from layers.incoming.child import sandbox
from ui.map.drawn import Asked, Drawn
from ui.parts.markup import heading, listing, paragraph, title
from ui.session.state import data_folder
from ui.words import CATALOGUE, say

__all__ = ["show"]


def show(asked: Asked) -> Drawn:
    """Show guards, data and network of this installation."""
    workspace, choice = asked.workspace, asked.choice
    title(say("health_title"), say("health_note"))
    rows: list[Any] = []
    for name, value in sandbox.capabilities().items():
        label = say(f"guard_{name}") if f"guard_{name}" in CATALOGUE else str(name)
        good = bool(value) if name != "drivers" else not value
        told = say("health_on") if good else say("health_off")
        if isinstance(value, list | tuple) and value:
            told = say("noted", text=told, note=len(value))
        rows.append((label, told, "good" if good else "bad"))
    listing(rows)
    heading(say("health_data"))
    counts = [(say("layer_zones"), workspace.zones), (say("schools"), workspace.schools), (say("clinics"), workspace.clinics),
              (say("layer_stops"), workspace.stops), (say("layer_streets"), workspace.streets), (say("cells"), workspace.cells)]  # fmt: skip
    listing([(word, f"{len(frame):,}", "") for word, frame in counts])
    st.text(f"{data_folder()}\n{workspace.crs} · {choice.year}")
    heading(say("health_offline"))
    paragraph(say("health_offline_is"))
    return Drawn()
