"""What the panels of a plan call a facility, and what they say of an object of a plan."""

from __future__ import annotations

import streamlit as st

from geo.scenario import (
    FIELDS,
    NAMES,
    Added,
    Barrier,
    Growth,
    Housing,
    Moved,
    Object,
    Opened,
    Removed,
    Resized,
    Street,
    TransitLine,
    said,
)
from geo.scenario.audit import values
from geo.services import STAGES
from geo.text import Text
from geo.workspace import Workspace
from ui.session import places
from ui.words import language, pick, say, service_name, services

__all__ = ["called", "facility_name", "kind_of", "says", "size_word", "zone_name"]


def facility_name(workspace: Workspace, facility_id: str, added: Added | None = None) -> str:
    """Return the name of a facility of the workspace, or of one that a plan adds."""
    base = st.session_state.get("base") or workspace
    for layer in ("schools", "clinics", "stops", "facilities"):
        frame = base.layer(layer)
        if facility_id in frame.index:
            row = frame.loc[facility_id]
            return str((row["name_en"] if language() == "en" else None) or row["name_zh"])
    return f"{facility_id} {pick(service_name(added.service))}" if added is not None else str(facility_id)


def zone_name(workspace: Workspace, zone_id: str) -> str:
    """Return the name of a zone, its id where there is none of that id."""
    if zone_id not in workspace.zones.index:
        return zone_id
    row = workspace.zones.loc[zone_id]
    return str((row.get("name_en") if language() == "en" else None) or row["name_zh"])


def kind_of(one: Object) -> Text:
    """Return what kind of thing an object is; a way is called by its own kind."""
    return said("way", one.way) if isinstance(one, Street) else NAMES[one.kind]


def called(workspace: Workspace, one: Object) -> str:
    """Return the id of an object and its name, where it has one; of a change, the name of its facility, or of the project that builds it."""
    if project := values(one).get("project"):
        return f"{pick(FIELDS['project'])} {project}"
    if isinstance(one, Added):
        return f"{one.facility_id} {one.name_zh or pick(service_name(one.service))}"
    if isinstance(one, Housing | Street | Barrier | TransitLine):
        return f"{one.object_id} {one.name_zh}".strip()
    return one.object_id if isinstance(one, Removed | Growth) else facility_name(workspace, one.facility_id)


def says(workspace: Workspace, one: Object) -> str:
    """Return what an object says beside kind, name and year: how much, how large, from where to where."""
    parts: list[str] = []
    if isinstance(one, Added | Resized) and one.seats is not None:
        parts.append(f"{one.seats:,.0f} {say(size_word(one.service) or 'seats')}")
    if isinstance(one, Resized):
        parts.insert(0, pick(service_name(one.service)))
    if isinstance(one, Housing):
        parts += [say("draw_dwellings_of", n=f"{one.dwellings:,.0f}")]
        parts += [] if one.persons_per_dwelling is None else [say("draw_each_of", n=f"{one.persons_per_dwelling:g}")]
        parts.append(say("draw_hectares", n=f"{places.hectares(one.polygon):,.1f}"))
    if isinstance(one, TransitLine):
        parts.append(say("draw_transit_of", n=len(one.line), m=f"{one.headway_min:g}", v=f"{one.speed_km_h:g}"))
    if isinstance(one, Street | Barrier | TransitLine) and one.line:
        parts.append(say("draw_metres", n=f"{places.metres(one.line):,.0f}"))
    if isinstance(one, Barrier) and one.polygon:
        parts.append(say("draw_hectares", n=f"{places.hectares(one.polygon):,.1f}"))
    if isinstance(one, Growth):
        start, end = zone_name(workspace, one.from_zone), zone_name(workspace, one.to_zone)
        parts.append(say("draw_growth_of", n=f"{one.people:,.0f}", a=start, b=end))
    if isinstance(one, Moved) and one.facility_id in places.facilities():
        parts.append(
            say("draw_moved_by", n=f"{places.metres((places.facilities()[one.facility_id], (one.lon, one.lat))):,.0f}")
        )
    if isinstance(one, Opened):
        parts.append(say("draw_opens_in", year=one.year))
    return " · ".join((*parts, one.reason)) if one.reason else " · ".join(parts)


def size_word(service: str) -> str | None:
    """Return the word for the size of a facility of a service, None where it has none."""
    if service in STAGES:
        return "seats"
    known = services().get(service)
    return "beds" if known is not None and known.layer == "clinics" else None
