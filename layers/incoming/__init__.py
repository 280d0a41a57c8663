"""The door for planners' own files: read what is sure, ask what is not, refuse the rest with a reason."""

from __future__ import annotations

from layers.incoming.parent import Incoming, Question, known_places, read, shapefile_parts, surroundings, zone_bounds

__all__ = ["Incoming", "Question", "known_places", "read", "shapefile_parts", "surroundings", "zone_bounds"]
