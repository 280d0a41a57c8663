"""What the process that parses uploads loads before any fork, so that a child starts at once."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator

from geo.crs import WGS84, metric_crs_for
from geo.schema import LAYERS
from layers.incoming.meaning.columns import known_headers
from layers.incoming.place.extent import Place
from layers.incoming.place.grids import old, usual
from layers.incoming.readers import doors
from layers.incoming.rows.systems import converter

__all__ = ["chores", "load"]

# Readers import these when a file needs them; a fork that had to would take a second each time.
LIBRARIES = (
    "encodings.big5", "encodings.gb18030", "encodings.gbk", "encodings.idna", "encodings.utf_16", "geopandas", "openpyxl",
    "pyarrow.parquet", "pyogrio", "pyproj", "rasterio", "xml.etree.ElementTree", *(("resource",) if os.name == "posix" else ()),
)  # fmt: skip


def load() -> None:
    """Import the libraries of the readers, and let GDAL register its drivers."""
    for name in LIBRARIES:
        importlib.import_module(name)
    import rasterio

    with rasterio.Env():
        pass


def chores() -> Iterator[object]:
    """Do, one at a time, what the first files would otherwise wait for: one way between systems takes 0.1 s."""
    place = Place()
    west, south, east, north = place.extent
    metric = metric_crs_for((west + east) / 2, (south + north) / 2)
    yield converter(WGS84, metric)
    for name in (*usual(place), *(code for code, *_ in old(place))):
        yield converter(name, WGS84)
    yield from doors.readers()
    for layer in LAYERS:
        yield known_headers(layer)
