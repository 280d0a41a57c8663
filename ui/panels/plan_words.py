"""What the panels of a plan call a facility."""

from __future__ import annotations

import streamlit as st

from geo.scenario import Added
from geo.workspace import Workspace
from ui.words import language, pick, service_name

__all__ = ["facility_name"]


def facility_name(workspace: Workspace, facility_id: str, added: Added | None = None) -> str:
    """Return the name of a facility of the workspace, or of one that a plan adds."""
    base = st.session_state.get("base") or workspace
    for layer in ("schools", "clinics", "stops"):
        frame = base.layer(layer)
        if facility_id in frame.index:
            row = frame.loc[facility_id]
            return str((row["name_en"] if language() == "en" else None) or row["name_zh"])
    return f"{facility_id} {pick(service_name(added.service))}" if added is not None else str(facility_id)
