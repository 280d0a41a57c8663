"""What a panel puts on the map: layers of its result, what to say aloud, where to look."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Drawn", "Paint"]


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


Paint = Callable[[Drawn], None]
"""Sends the map its picture before the panel's words; what is painted first stays for this run."""
