"""Public transport: a timetable joined to the streets, and how long it takes from anywhere to anywhere."""

from __future__ import annotations

from geo.transit.timetable import Timetable
from geo.transit.transit import Transit, TravelTimes
from geo.transit.window import PERCENTILES

__all__ = ["PERCENTILES", "Timetable", "Transit", "TravelTimes"]
