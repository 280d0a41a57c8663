"""Looks as data: every class and icon keeps apart, and the picture lies where its cells lie."""

from __future__ import annotations

import json
import struct
import zlib
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from affine import Affine
from pyproj import Transformer

from geo.errors import InputError
from geo.schema import BASES
from geo.services import SERVICES
from layers.look import draw


def test_every_basis_and_service_has_its_look() -> None:
    assert tuple(draw.BASIS) == BASES
    assert set(draw.SERVICE_LOOK) == set(SERVICES)
    assert len({sign.shape for sign in draw.SERVICE_LOOK.values()}) == len(SERVICES)  # markers of QGIS
    assert len({sign.glyph for sign in draw.SERVICE_LOOK.values()}) == len(SERVICES)
    solid = {b for b in BASES if draw.basis_style(b)["dashArray"] is None}
    assert solid == {"measured", "sourced"}
    assert draw.basis_style("assumed")["hatch"]
    assert draw.basis_style(None)["zh"] == "未注明"


@pytest.mark.parametrize("kind", ["coverage", "share", "adequacy", "basis", "services", "links", "status"])
def test_legends_are_plain_data_in_both_languages(kind: str) -> None:
    told = json.loads(json.dumps(draw.legend(kind)))
    assert told["title"]["zh"]
    assert told["title"]["en"]
    assert all(e["zh"] and e["en"] and e["symbol"] in ("fill", "line", "icon") for e in told["entries"])


def test_zone_colours_pass_down() -> None:
    zones = pd.DataFrame(
        {"parent_id": [None, "a", None, "c"]}, index=pd.Index(["a", "a-1", "b", "c-1"], name="zone_id")
    )
    found = draw.zone_colours(zones)
    assert found["a-1"] == found["a"] != found["b"]
    assert set(found) == {"a", "a-1", "b", "c-1"}
    ring = pd.DataFrame({"zone_id": ["a", "b", "c"], "parent_id": ["b", "a", None]})
    assert set(draw.zone_colours(ring)) == {"a", "b", "c"}


def test_classify_at_the_bounds() -> None:
    found = draw.classify([0.0, 0.2, 0.999, 1.0, 1.1, -0.1, np.nan, np.inf], draw.SHARE)
    assert found.tolist() == [0, 1, 4, 4, -1, -1, -1, -1]
    assert draw.classify([-1e9, 0.5, 1.0, 99.0, np.inf], draw.ADEQUACY).tolist() == [0, 1, 3, 5, 5]
    keys = draw.coverage_keys([True, True, False], [True, False, False])
    assert draw.classify(keys, draw.COVERAGE).tolist() == [0, 1, 2]
    assert draw.classify(np.array(["beyond", "walk", "?"], dtype=object), draw.COVERAGE).tolist() == [2, 0, -1]


def test_ramp_covers_every_positive_value() -> None:
    values = np.r_[0, np.nan, np.random.default_rng(7).lognormal(3, 1, 500)]
    classes = draw.ramp(values, unit_zh="人", unit_en="people")
    found = draw.classify(values, classes)
    assert found[:2].tolist() == [-1, -1]
    counts = np.bincount(found[2:], minlength=5)
    assert counts.sum() == 500
    assert counts.min() > 60
    assert draw.ramp([0, np.nan]) == ()
    assert len(draw.ramp([3.0, 3.0])) == 1


def test_facility_icon_follows_its_kind_and_seats() -> None:
    assert draw.service_of({"kind": "hospital"}) == "hospital"
    assert draw.service_of({"kind": "school", "seats_primary": 3, "seats_junior": np.nan}) == "primary"
    assert draw.service_of({"kind": None, "seats_primary": pd.NA, "seats_senior": 2}) == "senior"
    planned = draw.facility_style("primary", status="planned", basis="assumed")
    assert planned["hollow"]
    assert "stroke-dasharray" in planned["svg"]
    own = draw.service_style("zoo")  # a service that a workspace adds has a look of its own, and no other's
    assert own["path"] not in {draw.service_style(key)["path"] for key in SERVICES}


def test_a_sign_is_filled_hollow_or_in_a_broken_ring() -> None:
    look = draw.service_style("primary")
    fills = lambda **how: [part.get("fill") for part in ET.fromstring(draw.icon_svg("primary", **how))]  # noqa: E731
    assert fills() == [look["colour"], "#ffffff"]
    assert fills(hollow=True) == ["#ffffff", look["colour"]]
    assert fills(dashed=True) == ["#ffffff", look["colour"], "#ffffff"]
    ring, *within = ET.fromstring(draw.icon_svg("primary", dashed=True))
    assert ring.get("stroke-dasharray")
    assert all("scale(0.82)" in str(part.get("transform")) for part in within)
    assert fills(colour="#112233")[0] == "#112233"


def read_png(data: bytes) -> tuple[np.ndarray, list[bytes], bytes]:
    """Return the pixel numbers, palette and alpha of an unfiltered palette PNG, by the specification."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    at, parts = 8, {}
    while at < len(data):
        length, name = struct.unpack(">I4s", data[at : at + 8])
        body = data[at + 8 : at + 8 + length]
        assert struct.unpack(">I", data[at + 8 + length : at + 12 + length])[0] == zlib.crc32(name + body)
        parts[name] = body
        at += 12 + length
    width, height, depth, kind = struct.unpack(">IIBB", parts[b"IHDR"][:10])
    assert (depth, kind) == (8, 3)
    rows = np.frombuffer(zlib.decompress(parts[b"IDAT"]), np.uint8).reshape(height, width + 1)
    assert not rows[:, 0].any()
    colours = [parts[b"PLTE"][i : i + 3] for i in range(0, len(parts[b"PLTE"]), 3)]
    return rows[:, 1:], colours, parts[b"tRNS"]


@pytest.mark.parametrize("crs", ["EPSG:4548", "EPSG:31982"])
def test_the_picture_lies_on_its_cells(crs: str) -> None:
    rng = np.random.default_rng(1)
    x0, y0 = (540_000, 4_320_000) if crs == "EPSG:4548" else (480_000, 6_670_000)
    x, y = (a.ravel() for a in np.meshgrid(x0 + 100.0 * np.arange(300), y0 + 100.0 * np.arange(200)))
    cells = gpd.GeoDataFrame(geometry=gpd.points_from_xy(x, y), crs=crs)
    values = rng.integers(0, 3, len(cells)).astype(float)
    values[::7] = np.nan
    array, transform = draw.grid(cells, values, 100)
    assert array.shape == (200, 300)
    overlay = draw.png(array, transform, crs, draw.COVERAGE)
    numbers, colours, alpha = read_png(overlay.png)
    (south, west), (north, east) = overlay.bounds
    # Place each cell centre in the picture the way Leaflet does: evenly in EPSG:3857 between the bounds.
    mercator = Transformer.from_crs(crs, 3857, always_xy=True).transform(x, y)
    box = Transformer.from_crs(4326, 3857, always_xy=True).transform([west, east], [south, north])
    column = ((mercator[0] - box[0][0]) / (box[0][1] - box[0][0]) * overlay.width).astype(int)
    row = ((box[1][1] - mercator[1]) / (box[1][1] - box[1][0]) * overlay.height).astype(int)
    seen = numbers[row, column].astype(int) - 1
    assert (seen == draw.classify(values, draw.COVERAGE)).all()
    assert colours[1:] == [bytes.fromhex(c["colour"][1:]) for c in draw.COVERAGE]
    assert alpha[0] == 0
    assert set(alpha[1:]) == {round(0.72 * 255)}


def test_cells_off_a_grid_are_drawn_by_the_nearest() -> None:
    x, y = np.meshgrid(500_000 + 100.0 * np.arange(20), 4_300_000 + 86.6 * np.arange(20))
    x += np.where(np.arange(20) % 2, 50, 0)[:, None]
    cells = gpd.GeoDataFrame(geometry=gpd.points_from_xy(x.ravel(), y.ravel()), crs="EPSG:4548")
    array, transform = draw.grid(cells, np.arange(400.0), 100)
    i = np.floor((transform.f - cells.geometry.y) / -transform.e).astype(int)
    j = np.floor((cells.geometry.x - transform.c) / transform.a).astype(int)
    assert (array[i, j] == np.arange(400.0)).all()
    assert np.isnan(array[0, 0])


def test_a_grid_needs_cells() -> None:
    with pytest.raises(InputError):
        draw.grid(gpd.GeoDataFrame(geometry=[], crs=4548), [], 100)
    with pytest.raises(InputError):
        draw.grid(gpd.GeoDataFrame(geometry=gpd.points_from_xy([0], [0]), crs=4548), [1], np.nan)


def test_a_large_picture_is_drawn_coarser() -> None:
    overlay = draw.png(np.zeros((3000, 3000)), Affine(100, 0, 400_000, 0, -100, 4_400_000), "EPSG:4548", draw.COVERAGE)
    assert overlay.width * overlay.height <= 4_010_000
