"""An area too large for one machine, by tiles: each answered alone, and the same to the last bit as the area in one piece."""

from __future__ import annotations

from geo.tiles.grid import Box, Tile, tiles
from geo.tiles.piece import accessible, covered, gained
from geo.tiles.sums import exact, total

__all__ = ["Box", "Tile", "accessible", "covered", "exact", "gained", "tiles", "total"]
