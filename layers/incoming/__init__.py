"""The door for planners' own files: read what is sure, ask what is not, refuse the rest with a reason."""

from __future__ import annotations

from layers.incoming.around import known_places, surroundings, zone_bounds
from layers.incoming.copies import shapefile_parts
from layers.incoming.outcome import Incoming
from layers.incoming.parent import read
from layers.incoming.rows.table import Question

__all__ = ["Incoming", "Question", "known_places", "read", "shapefile_parts", "surroundings", "zone_bounds"]
