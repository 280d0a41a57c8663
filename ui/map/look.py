"""How things look on the map: what ``layers.draw`` says, in the terms of the map component."""

from __future__ import annotations

from typing import Any

import pandas as pd

from geo.schema import BASES
from layers.look import draw
from ui.words import BASIS, language, pick

__all__ = [
    "BASIS_RULE",
    "BASIS_WORDS",
    "DOT",
    "INK",
    "LINKS",
    "MINE",
    "PLAN",
    "badge",
    "dash",
    "picture_legend",
    "point",
    "weakest",
]

INK = draw.INK
LINKS = draw.LINKS
DOT = draw.SHAPES["circle"]
BASIS_WORDS = {key: (look["zh"], look["en"]) for key, look in draw.BASIS.items()}
MINE = "#b3261e"
"""What the planner adds or the program chooses: the one loud colour of the map."""
WAY = "#6a1b9a"
PLAN: dict[str, dict[str, Any]] = {
    **{kind: {"colour": MINE} for kind in ("add", "move", "close", "resize", "open")},
    "street": {"colour": WAY, "weight": 4},
    "bridge": {"colour": WAY, "weight": 7},
    "crossing": {"colour": WAY, "weight": 6, "dash": "3 3"},
    "gate": {"colour": WAY, "weight": 9, "dash": "2 2"},
    "remove": {"colour": WAY},
    "housing": {"colour": "#b06000", "weight": 2},
    "barrier": {"colour": "#20242a", "weight": 5, "dash": "10 4"},
    "transit": {"colour": "#5f559c", "weight": 5},
    "facility": {"colour": "#0f6b78"},
}
"""How what a plan holds is drawn, by kind, ways by their own: red for facilities, violet for ways, so that neither is taken for the other."""
UNSURE = ("derived", "estimated", "assumed")


def dash(basis: str) -> str:
    """Return the dash of a line by its basis, "" for a solid one."""
    return draw.basis_style(basis)["dashArray"] or ""


BASIS_RULE: dict[str, Any] = {"by": "basis", "cases": {b: {"dashArray": dash(b)} for b in draw.BASIS if dash(b)}}
"""Rule of a line layer: solid is known, dashed inferred, dotted assumed."""

POINT_BASIS: dict[str, Any] = {
    "by": "basis",
    "cases": {
        "derived": {"dash": [4, 2], "faint": True},
        "estimated": {"dash": [4, 2], "faint": True},
        "assumed": {"dash": [1.6, 2.4], "faint": True},
    },
}
"""Rule of a point layer: what is not sure is paler, its rim broken."""

DOT_BASIS: dict[str, Any] = {"by": "basis", "cases": {b: {"faint": True} for b in UNSURE}}
"""The same for dots too small to show a broken rim."""


def point(service: str, *, status: str = "existing", basis: str = "") -> dict[str, Any]:
    """Return a legend entry for a facility: outline, colour, filled if it exists, faint if not sure."""
    look = draw.service_style(service)
    if status == "proposed":
        return {"type": "point", "path": look["path"], "glyph": look["glyph"], "color": MINE}
    return {
        "type": "point", "path": look["path"], "glyph": look["glyph"], "color": look["colour"], "hollow": status != "existing",
        "faint": basis in UNSURE, "dash": {"assumed": "3 4", "estimated": "7 4", "derived": "7 4"}.get(basis, ""),
    }  # fmt: skip


def picture_legend(classes: Any, opacity: float = draw.WASH) -> list[dict[str, Any]]:
    """Return legend entries for the classes of a raster picture, highest first."""
    word = "en" if language() == "en" else "zh"
    return [
        {"type": "fill", "color": c["colour"], "opacity": opacity, "text": c[word]} for c in reversed(list(classes))
    ]


def weakest(frame: pd.DataFrame) -> str:
    """Return the least certain basis among the rows, "" where none is given."""
    found = set(frame["basis"].dropna().unique()) if "basis" in frame else set()
    return next((b for b in reversed(BASES) if b in found), "")


def badge(basis: str) -> dict[str, str] | None:
    """Return the badge of a layer for the legend."""
    return {"basis": basis, "text": pick(BASIS[basis])} if basis in BASIS else None
