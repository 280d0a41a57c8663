"""What on the map is true: every layer with the words of how sure it is."""

from __future__ import annotations

import pandas as pd

from geo.workspace import Workspace
from ui.map.look import weakest
from ui.parts.markup import Row, heading, listing, paragraph
from ui.words import BASIS, pick, say

__all__ = ["known_layers"]


def known_layers(workspace: Workspace) -> None:
    """Show the layers of a place with how many things they hold and how sure these are."""
    heading(say("known"))
    rows: list[Row] = []
    for name, frame in (
        (say("layer_zones"), workspace.zones[workspace.zones["level"] == "zone"]), (say("layer_subs"), workspace.zones[workspace.zones["level"] == "sub_area"]),
        (say("schools"), workspace.schools), (say("clinics"), workspace.clinics), (say("layer_stops"), workspace.stops),
        (say("layer_links"), workspace.links), (say("layer_streets"), workspace.streets), (say("cells"), workspace.cells),
    ):  # fmt: skip
        if len(frame):
            told = weakest(frame) or "assumed"
            words = [pick(BASIS[b]) for b in BASIS if b in set(frame.get("basis", pd.Series([told])).dropna())]
            rows.append(
                (
                    say("counted", name=name, count=f"{len(frame):,}"),
                    say("between").join(words),
                    "bad" if told == "assumed" else "",
                )
            )
    listing(rows)
    paragraph(say("known_note"))
