"""Columns of every layer of a workspace, and the checks that keep wrong values out.

One table, ``LAYERS``, is read by whoever loads, imports, edits or exports a layer: names, kinds, bounds and
units, the Chinese and English headers, and the other headers under which planners' files carry the same
thing. ``conform`` turns a raw frame into typed columns and says, row by row, what it could not accept.
"""

from __future__ import annotations

from geo.schema.checks import check, conform, require, tiling
from geo.schema.columns import BASES, LAYERS, Column, Layer

__all__ = ["BASES", "LAYERS", "Column", "Layer", "check", "conform", "require", "tiling"]
