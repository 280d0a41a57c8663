"""What a panel puts on the map: layers of its result, what to say aloud, where to look."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from geo.case import Case
from geo.workspace import Workspace
from ui.session.state import Choice

__all__ = ["Asked", "Drawn"]


@dataclass
class Drawn:
    """Layers above the standing ones, in drawing order, and the words for a screen reader."""

    layers: list[dict[str, Any]] = field(default_factory=list)
    spoken: str = ""
    hint: str = ""
    hidden: tuple[str, ...] = ()
    """Standing layers that are off by default while this panel is open."""
    view: dict[str, Any] | None = None
    """{"id": ..., "bounds": [[south, west], [north, east]]}: look there, once per id."""
    draw: dict[str, Any] | None = None
    """What can be drawn by hand and what is drawn (``ui.panels.drawing``); None where the map only shows."""
    swipe: dict[str, str] | None = None
    """What stands left and right of the handle, in words: layers with ``side`` are clipped there; None without a handle."""
    ask: dict[str, str] | None = None
    """Where a press on the map is answered before the page's run (``ui.panels.place_told``); None where only the run answers."""
    over: str = ""
    """HTML that lies over the map and hides it, made by ``ui.parts``; "" where the map is seen."""


@dataclass(frozen=True)
class Asked:
    """What a panel is asked: the question, the planner's choice, and a way to send the map its picture early."""

    case: Case
    choice: Choice
    paint: Callable[[Drawn], None]
    """What is painted first stays for this run; a panel that paints before its words lets the map not wait for them."""

    @property
    def workspace(self) -> Workspace:
        """The place as it is under the plan of the session."""
        return self.case.workspace
