"""Public transport: a timetable joined to the streets, and how long it takes from anywhere to anywhere."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from geo.transit.stations import Stations
from geo.transit.timetable import Timetable
from geo.transit.window import PERCENTILES

if TYPE_CHECKING:
    from geo.transit.transit import Transit as Transit
    from geo.transit.transit import TravelTimes as TravelTimes

__all__ = ["PERCENTILES", "Stations", "Timetable", "Transit", "TravelTimes"]


def __getattr__(name: str) -> Any:
    """Return the search when it is asked for (PEP 562): who only reads a feed does not wait for the compiler."""
    if name not in ("Transit", "TravelTimes"):
        raise AttributeError(f"module 'geo.transit' has no attribute {name!r}")
    return getattr(import_module("geo.transit.transit"), name)
