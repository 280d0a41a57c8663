"""Reads a published file of lines as the map reads it (``ui/map/host/streets.js``), for the tests of what is in one."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

from ui.map.publish import GRID_M

HEAD = 24


def read_lines(path: Path) -> tuple[np.ndarray, list[np.ndarray], np.ndarray]:
    """Return the corners of each line [m of EPSG:3857] from the origin: origin, lines and codes."""
    raw = path.read_bytes()
    lines, points = struct.unpack("<2I", raw[:8])
    ends = HEAD + 4 * lines, HEAD + 4 * lines + 4 * points, HEAD + 4 * lines + 8 * points
    counts, x, y = (_numbers(raw[a:b]) for a, b in zip((HEAD, *ends), ends, strict=False))
    steps = np.column_stack([x, y])
    xy = np.cumsum((steps >> 1) ^ -(steps & 1), axis=0) * GRID_M
    return np.frombuffer(raw, "<f8", 2, 8), np.split(xy, np.cumsum(counts)[:-1]), np.frombuffer(raw[ends[2] :], "u1")


def _numbers(runs: bytes) -> np.ndarray:
    return np.frombuffer(runs, "u1").reshape(4, -1).T.copy().view("<u4")[:, 0].astype(np.int64)
