"""The map before the page has spoken: what stands on it whoever comes, told in a file, so that a browser draws it at once.

Streamlit is half a megabyte of script, a socket and a run of the page away; the map needs none of them to show zones,
streets and schools. The page takes it over as it is when it comes (``ui/map/host/main.js``).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from geo.workspace import Workspace
from ui.map import host, scene
from ui.map.publish import publish
from ui.session.state import Choice
from ui.words import speaking

__all__ = ["Ahead", "ahead"]

OF_A_QUESTION = ("service", "others")
"""Layers that show another thing where the address asks about another service or year."""


@dataclass(frozen=True)
class Ahead:
    """A map that can be drawn at once: script and style, what the script is told, and the files of the layers."""

    script: str
    style: str
    told: str
    layers: tuple[str, ...]


def ahead(workspace: Workspace, choice: Choice, lang: str, *, asked: bool) -> Ahead:
    """Return the map as it stands for a choice, in a language: published, with nothing of the session in it.

    Parameters
    ----------
    workspace
        As it is on the disk, under no plan.
    choice
        What a session begins with.
    lang
        zh or en, whatever the session speaks.
    asked
        Whether the address asks about something else than ``choice``: then the layers of the question are left out.
    """
    with speaking(lang):
        told = host.worded(scene.data_of(workspace, choice, None, anybody=True))
    layers = [spec for spec in told["layers"] if not (asked and spec["id"] in OF_A_QUESTION)]
    # Nobody has asked about a place or chosen a panel yet.
    told |= {"layers": layers, "caption": {**told["caption"], "line": ""}, "ahead": True}
    script, style = host.files()
    made = publish(json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode(), "json")["url"]
    return Ahead(script, style, made, _fetched(layers))


def _fetched(layers: list[dict[str, Any]]) -> tuple[str, ...]:
    """Return the files of the layers that are on from the beginning, at every scale."""
    on = [spec for spec in layers if spec.get("on") is not False and "from" not in spec]
    return tuple(spec[name] for spec in on for name in ("url", "names") if spec.get(name))
