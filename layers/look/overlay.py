"""Cell results as one small picture: a palette PNG whose rows are evenly spaced in web Mercator.

Leaflet stretches an image evenly in EPSG:3857, so a picture in any other system would drift. The picture is
for the eye only: nothing is ever measured in EPSG:3857.
"""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
from affine import Affine
from pyproj import Transformer
from scipy.spatial import cKDTree

from geo.errors import CrsError, InputError
from geo.text import Text

__all__ = ["Class", "Overlay", "classify", "grid", "picture", "png"]

Class = dict[str, Any]
"""One class: ``key``, ``zh``, ``en``, ``colour``, and ``low`` ≤ value < ``high`` (None = open), or one ``value``."""

PIXELS_MAX = 4_000_000
"""Larger pictures are drawn coarser: no screen shows more."""


@dataclass(frozen=True)
class Overlay:
    """A picture and where it lies: ``bounds`` is [[south, west], [north, east]] in degrees, as Leaflet wants it."""

    png: bytes
    bounds: list[list[float]]
    width: int
    height: int


def grid(cells: gpd.GeoDataFrame, values: npt.ArrayLike, cell_metres: float) -> tuple[np.ndarray, Affine]:
    """Return values of cell centres as an array of rows from north to south, and its transform.

    Cells on a regular grid keep it. Others (hexagons, points) are spread over squares of a quarter of the width, each
    taking the value of the nearest centre within ``cell_metres``.

    Parameters
    ----------
    cells
        Cell centres, points in a metric CRS.
    values
        One number per cell; NaN stays empty.
    cell_metres
        Width of a cell [m].

    Returns
    -------
    array, transform
        float64 with NaN where no cell lies; affine from (column, row) to the metric CRS.

    Raises
    ------
    InputError
        If there is no cell, or ``cell_metres`` is not a positive number.
    """
    numbers = np.asarray(values, float)
    if not len(cells) or not np.isfinite(cell_metres) or cell_metres <= 0:
        raise InputError(Text("没有可绘制的网格", "there are no cells to draw"))
    x, y = cells.geometry.x.to_numpy(), cells.geometry.y.to_numpy()
    column, row = (x - x.min()) / cell_metres, (y.max() - y) / cell_metres
    even = np.abs(column - column.round()).max() < 0.05 and np.abs(row - row.round()).max() < 0.05
    if not even or (column.max() + 1) * (row.max() + 1) > 16 * PIXELS_MAX:
        return _spread(np.column_stack([x, y]), numbers, cell_metres)
    i, j = row.round().astype(int), column.round().astype(int)
    array = np.full((i.max() + 1, j.max() + 1), np.nan)
    array[i, j] = numbers
    corner = (x.min() - cell_metres / 2, y.max() + cell_metres / 2)
    return array, Affine(cell_metres, 0, corner[0], 0, -cell_metres, corner[1])


def _spread(xy: np.ndarray, numbers: np.ndarray, cell_metres: float) -> tuple[np.ndarray, Affine]:
    west, south = xy.min(axis=0) - cell_metres
    east, north = xy.max(axis=0) + cell_metres
    step = max(cell_metres / 4, ((east - west) * (north - south) / PIXELS_MAX) ** 0.5)
    xs, ys = np.arange(west + step / 2, east, step), np.arange(north - step / 2, south, -step)
    places = np.stack(np.meshgrid(xs, ys), axis=-1)
    # Two thirds of the width reach the corner of a hexagon (0.577) and of a square (0.707, nearly).
    _metres, which = cKDTree(xy).query(places.reshape(-1, 2), distance_upper_bound=cell_metres * 0.7072)
    array = np.append(numbers, np.nan)[which].reshape(places.shape[:2])
    return array, Affine(step, 0, west, 0, -step, north)


def classify(values: npt.ArrayLike, classes: Sequence[Class]) -> np.ndarray:
    """Return the class number of each value, -1 where it is missing or in no class.

    A class holds ``low`` ≤ value < ``high``, the last one also its upper bound; a class with ``value`` holds
    that value, or the text of its ``key``.
    """
    given = np.asarray(values)
    result = np.full(given.shape, -1, np.int16)
    if given.dtype.kind in "OUST":
        for i, c in enumerate(classes):
            result[given == c["key"]] = i
        return result
    numbers = given.astype(float)
    for i, c in enumerate(classes):
        if "value" in c:
            result[numbers == c["value"]] = i
            continue
        low = -math.inf if c["low"] is None else c["low"]
        high = math.inf if c["high"] is None else c["high"]
        result[(numbers >= low) & ((numbers < high) | ((i == len(classes) - 1) & (numbers <= high)))] = i
    return result


def png(
    values: npt.ArrayLike,
    transform: Affine,
    crs: Any,
    classes: Sequence[Class],
    *,
    opacity: float = 0.72,
) -> Overlay:
    """Return a palette PNG of classed cells, resampled to EPSG:3857 by the nearest cell.

    Parameters
    ----------
    values
        2-D array, rows from north to south; NaN, and whatever is in no class, is left clear.
    transform
        Affine from (column, row) to ``crs``.
    crs
        Reference system of the array.
    classes
        Classes of :mod:`layers.draw`, at most 255.
    opacity
        Of every class, 0–1.

    Raises
    ------
    CrsError
        If the place cannot be shown in web Mercator.
    """
    number = (classify(values, classes) + 1).astype(np.uint8)
    west, south, east, north, step = _frame(number.shape, transform, crs)
    w, h = max(1, math.ceil((east - west) / step)), max(1, math.ceil((north - south) / step))
    drawn = _resampled(number, transform, crs, (west, north, step), (h, w))
    corners = _turning(3857, 4326)
    lon, lat = corners.transform([west, west + w * step], [north - h * step, north])
    palette = [_rgb(str(c["colour"])) for c in classes]
    return Overlay(_palette_png(drawn, palette, round(opacity * 255)), [[lat[0], lon[0]], [lat[1], lon[1]]], w, h)


def picture(values: npt.ArrayLike, classes: Sequence[Class], *, opacity: float = 0.72) -> bytes:
    """Return a palette PNG of classed cells as they lie, one pixel a cell, for maps drawn in the cells' own CRS."""
    number = (classify(values, classes) + 1).astype(np.uint8)
    return _palette_png(number, [_rgb(str(c["colour"])) for c in classes], round(opacity * 255))


def _frame(shape: tuple[int, ...], transform: Affine, crs: Any) -> tuple[float, float, float, float, float]:
    """Return west, south, east, north in EPSG:3857 around an array, and the width of a picture's pixel there."""
    height, width = shape
    along = np.linspace(0, 1, 65)
    column = np.concatenate([along * width, along * width, np.zeros(65), np.full(65, width)])
    row = np.concatenate([np.zeros(65), np.full(65, height), along * height, along * height])
    x, y = _applied(transform, column, row)
    east_, north_ = _turning(crs, 3857).transform(x, y)
    box = np.array([np.min(east_), np.min(north_), np.max(east_), np.max(north_)])
    if not np.isfinite(box).all():
        raise CrsError(Text("这个地方无法在网络墨卡托上显示", "this place cannot be shown in web Mercator"))
    across, up = box[2] - box[0], box[3] - box[1]
    # Two pixels a cell keep the edges of a turned grid, but no more than a screen can show.
    step = max(min(across / width, up / height) / 2, math.sqrt(across * up / PIXELS_MAX))
    return box[0], box[1], box[2], box[3], step


@lru_cache(maxsize=32)
def _turning(source: Any, target: Any) -> Transformer:
    """Return the way from one reference system to another: looking it up takes longer than drawing the picture."""
    return Transformer.from_crs(source, target, always_xy=True)


def _applied(transform: Affine, column: np.ndarray, row: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    a, b, c, d, e, f = tuple(transform)[:6]
    return a * column + b * row + c, d * column + e * row + f


def _resampled(
    number: np.ndarray, transform: Affine, crs: Any, place: tuple[float, float, float], shape: tuple[int, int]
) -> np.ndarray:
    """Return the array seen from EPSG:3857: each pixel takes the cell that its centre lies in.

    The projection is worked out exactly on a lattice of 65 × 65 points and evenly between them, which is off
    by less than a metre over 100 km.
    """
    (west, north, step), (h, w) = place, shape
    lattice = np.linspace(0, 1, 65)
    x, y = np.meshgrid(west + lattice * w * step, north - lattice * h * step)
    sx, sy = _turning(3857, crs).transform(x, y)
    column, row = _applied(~transform, np.asarray(sx), np.asarray(sy))
    down, across = _weights(h), _weights(w)
    i = np.floor(down @ row @ across.T).astype(np.int64)
    j = np.floor(down @ column @ across.T).astype(np.int64)
    inside = (i >= 0) & (i < number.shape[0]) & (j >= 0) & (j < number.shape[1])
    return np.where(inside, number[i.clip(0, number.shape[0] - 1), j.clip(0, number.shape[1] - 1)], 0).astype(np.uint8)


def _weights(n: int) -> np.ndarray:
    """Return the linear weights of 65 lattice lines at the centres of ``n`` pixels, shape (n, 65)."""
    at = (np.arange(n) + 0.5) / n * 64
    low = np.minimum(at.astype(int), 63)
    weights = np.zeros((n, 65))
    weights[np.arange(n), low] = 1 - (at - low)
    weights[np.arange(n), low + 1] = at - low
    return weights


def _rgb(colour: str) -> bytes:
    return bytes.fromhex(colour.removeprefix("#"))


def _palette_png(numbers: np.ndarray, colours: Sequence[bytes], alpha: int) -> bytes:
    """Return an 8-bit palette PNG; number 0 is clear (PNG specification, ISO/IEC 15948)."""
    height, width = numbers.shape

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    rows = np.zeros((height, width + 1), np.uint8)  # each row starts with its filter, 0 = none
    rows[:, 1:] = numbers
    return b"".join((
        b"\x89PNG\r\n\x1a\n",
        chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
        chunk(b"PLTE", b"\x00\x00\x00" + b"".join(colours)),
        chunk(b"tRNS", b"\x00" + bytes([alpha]) * len(colours)),
        chunk(b"IDAT", zlib.compress(rows.tobytes(), 6)),
        chunk(b"IEND", b""),
    ))  # fmt: skip
