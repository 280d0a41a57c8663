"""Collections as pygeoapi asks for them: features with filters and pages, and vector tiles; both read-only by having no way to write."""

from __future__ import annotations

import math
import shutil
import tempfile
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from pygeoapi.models.provider.base import TileMatrixSetEnum
from pygeoapi.provider.base import BaseProvider, ProviderInvalidQueryError, ProviderItemNotFoundError
from pygeoapi.provider.base_mvt import BaseMVTProvider
from pygeoapi.provider.tile import ProviderTileNotFoundError
from pygeoapi.util import crs_transform
from pygeofilter.backends.geopandas.evaluate import GeoPandasEvaluator

from layers.feeds.catalogue import Feed

__all__ = ["FEEDS", "ZOOMS", "Features", "Tiles", "offer"]

FEEDS: dict[str, Feed] = {}
"""The collections of this process by name: pygeoapi makes a provider for each request, and names its data by text."""
ZOOMS = (6, 16)
"""Least and greatest zoom of the tiles: a region in one tile, a house in twenty pixels."""
KEPT = 512
"""Tiles held in memory."""
EXTENT = 4096
BUFFER = 80
"""Pixels of a tile's 4096 that are drawn beyond its edge, as GDAL's writer has it: lines join without a seam."""
ROUND = math.pi * 6378137.0
"""Half the width of the world in Web Mercator [m]."""


class Features(BaseProvider):
    """Features of a collection: by box, by values, by id, in pages."""

    def __init__(self, provider_def: dict[str, Any]) -> None:
        super().__init__(provider_def)
        self.get_fields()

    def get_fields(self) -> dict[str, dict[str, str]]:
        """Return the columns with their JSON types."""
        frame = FEEDS[self.data].frame
        self._fields: dict[str, dict[str, str]] = {c: {"type": _type(frame[c])} for c in frame if c != "geometry"}
        return self._fields

    @crs_transform
    def query(
        self, offset: int = 0, limit: int = 10, resulttype: str = "results", bbox: Sequence[float] = (), datetime_: Any = None,
        properties: Sequence[tuple[str, Any]] = (), sortby: Sequence[dict[str, str]] = (), select_properties: Sequence[str] = (),
        skip_geometry: bool = False, q: str | None = None, filterq: Any = None, **_: Any,
    ) -> dict[str, Any]:  # fmt: skip
        """Return a page of features, and how many there are."""
        frame = FEEDS[self.data].frame
        if bbox:
            west, south, east, north = (float(v) for v in bbox)
            hit = frame.sindex.query(shapely.box(west, south, east, north), predicate="intersects")
            frame = frame.iloc[np.sort(hit)]
        if filterq is not None:
            frame = frame[_met(frame, filterq)]
        for name, value in properties:
            frame = frame[_told(frame[name]) == str(value)]
        if q:
            words = frame.select_dtypes("object").drop(columns="geometry", errors="ignore")
            frame = frame[words.apply(lambda c: c.str.contains(q, case=False, regex=False, na=False)).any(axis=1)]
        if sortby:
            keys = [one["property"] for one in sortby]
            frame = frame.sort_values(keys, ascending=[one["order"] != "-" for one in sortby], kind="stable")
        page = frame.iloc[offset : offset + limit] if resulttype != "hits" else frame.iloc[:0]
        found = [
            _feature(mark, row, skip_geometry, select_properties)
            for mark, row in zip(page.index, page.to_dict("records"), strict=True)
        ]
        return {
            "type": "FeatureCollection",
            "features": found,
            "numberMatched": len(frame),
            "numberReturned": len(found),
        }

    @crs_transform
    def get(self, identifier: str, **_: Any) -> dict[str, Any]:
        """Return one feature."""
        frame = FEEDS[self.data].frame
        if identifier not in frame.index:
            raise ProviderItemNotFoundError(f"no feature {identifier}")
        return _feature(identifier, frame.loc[[identifier]].to_dict("records")[0], False, ())

    def __repr__(self) -> str:
        return f"<Features {self.data}>"


def _met(frame: gpd.GeoDataFrame, query: Any) -> pd.Series:
    """Return which features meet a CQL filter; what it cannot be asked is a fault of the question, said in words."""
    try:
        return pd.Series(
            GeoPandasEvaluator(frame, {c: c for c in frame.columns}, {}).evaluate(query), index=frame.index
        ).astype(bool)
    except Exception as error:  # the library raises what Python raises: KeyError, NotImplementedError, TypeError …
        words = f"筛选条件无法计算 / the filter cannot be evaluated: {error}"
        raise ProviderInvalidQueryError(words, user_msg=words) from error


def _feature(mark: str, row: dict[str, Any], bare: bool, only: Sequence[str]) -> dict[str, Any]:
    shape = row.pop("geometry")
    known = {k: None if not isinstance(v, str) and pd.isna(v) else v for k, v in row.items() if not only or k in only}
    drawn = None if bare or shape is None or shape.is_empty else shapely.geometry.mapping(shape)
    return {"type": "Feature", "id": mark, "geometry": drawn, "properties": known}


def _type(column: pd.Series) -> str:
    if pd.api.types.is_bool_dtype(column):
        return "boolean"
    if pd.api.types.is_integer_dtype(column):
        return "integer"
    return "number" if pd.api.types.is_numeric_dtype(column) else "string"


def _told(column: pd.Series) -> pd.Series:
    """Return values as a query names them: 1080 and 1080.0 are the same number."""
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        return column.map(lambda v: "" if pd.isna(v) else f"{v:.15g}")
    return column.map(lambda v: "" if v is None else str(v).lower() if isinstance(v, bool) else str(v))


class Tiles(BaseMVTProvider):
    """Vector tiles of a collection in Web Mercator, each written by GDAL when it is first asked for."""

    def __init__(self, provider_def: dict[str, Any]) -> None:
        super().__init__(provider_def)
        self._service_url = self._service_metadata_url = ""

    def get_layer(self) -> str:
        """Return the name of the layer within a tile."""
        return str(self.data)

    def get_tiling_schemes(self) -> list[Any]:
        """Return the one scheme offered."""
        return [TileMatrixSetEnum.WEBMERCATORQUAD.value]

    def get_tiles_service(
        self, baseurl: Any = None, servicepath: Any = None, dirpath: Any = None, tile_type: Any = None
    ) -> Any:
        """Return the links of the tiles."""
        self._service_url = servicepath
        return self.get_tms_links()

    def get_default_metadata(
        self,
        dataset: str,
        server_url: str,
        layer: str,
        tileset: str,
        title: Any,
        description: Any,
        keywords: Any,
        **_: Any,
    ) -> dict[str, Any]:
        """Return what a tile set says of itself."""
        scheme = self.get_tiling_schemes()[0]
        return {
            "title": title, "description": description, "dataType": "vector", "crs": scheme.crs, "tileMatrixSetURI": scheme.tileMatrixSetURI,
            "layers": [{"id": layer, "dataType": "vector"}],
            "links": [{"rel": "item", "type": "application/vnd.mapbox-vector-tile", "templated": True,
                       "href": f"{server_url}/collections/{dataset}/tiles/{tileset}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}?f=mvt"}],
        }  # fmt: skip

    def get_tiles(
        self, layer: Any = None, tileset: Any = None, z: Any = None, y: Any = None, x: Any = None, format_: Any = None
    ) -> bytes | None:
        """Return a tile, None where nothing is drawn."""
        if tileset != TileMatrixSetEnum.WEBMERCATORQUAD.value.tileMatrixSet or not all(
            str(v).isdecimal() for v in (z, y, x)
        ):
            raise ProviderTileNotFoundError("no such tile")
        zoom, row, column = int(z), int(y), int(x)
        if not (ZOOMS[0] <= zoom <= ZOOMS[1] and row < 2**zoom and column < 2**zoom):
            raise ProviderTileNotFoundError("no such tile")
        return _tile(self.data, zoom, row, column)

    def __repr__(self) -> str:
        return f"<Tiles {self.data}>"


_TILES: OrderedDict[tuple[str, int, int, int], bytes | None] = OrderedDict()
_FLAT: dict[str, gpd.GeoDataFrame] = {}
_LOCK = Lock()


def offer(feeds: Mapping[str, Feed]) -> None:
    """Hand out these collections from now on."""
    with _LOCK:
        FEEDS.clear()
        FEEDS.update(feeds)
        _TILES.clear()
        _FLAT.clear()


def _tile(name: str, zoom: int, row: int, column: int) -> bytes | None:
    key = (name, zoom, row, column)
    with _LOCK:  # GDAL's writer of tiles is no faster from two threads
        if key in _TILES:
            _TILES.move_to_end(key)
            return _TILES[key]
        flat = _FLAT.get(name)
        if flat is None:
            frame = FEEDS[name].frame
            flat = _FLAT[name] = frame[frame.geometry.notna()].to_crs(3857).reset_index()
        side = 2 * ROUND / 2**zoom
        pad = side * BUFFER / EXTENT
        west, north = column * side - ROUND, ROUND - row * side
        box = shapely.box(west - pad, north - side - pad, west + side + pad, north + pad)
        hit = flat.iloc[np.sort(flat.sindex.query(box, predicate="intersects"))]
        made = _written(hit, name, zoom, row, column) if len(hit) else None
        _TILES[key] = made
        while len(_TILES) > KEPT:
            _TILES.popitem(last=False)
        return made


def _written(frame: gpd.GeoDataFrame, name: str, zoom: int, row: int, column: int) -> bytes | None:
    folder = Path(tempfile.mkdtemp(prefix="zp-tile-"))
    try:
        there = folder / "tiles"
        options = {
            "MINZOOM": zoom,
            "MAXZOOM": zoom,
            "COMPRESS": "NO",
            "FORMAT": "DIRECTORY",
            "EXTENT": EXTENT,
            "BUFFER": BUFFER,
        }
        pyogrio.write_dataframe(frame, there, driver="MVT", layer=name, dataset_options=options)
        tile = there / f"{zoom}" / f"{column}" / f"{row}.pbf"
        return tile.read_bytes() if tile.exists() else None
    finally:
        shutil.rmtree(folder, ignore_errors=True)
