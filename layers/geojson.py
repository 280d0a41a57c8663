"""GeoJSON out, under the name that other programs know; ``layers.write.geojson`` is where it is written."""

from __future__ import annotations

from layers.write.geojson import dumps, meta, write

__all__ = ["dumps", "meta", "write"]
