"""The base map: what is drawn of it, in which shape at which scale, and that nothing is asked of it."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pytest
import shapely
import shapely.affinity

from geo.examples import town
from layers.home import published
from tests.published_lines import read_lines
from ui.map import ground

HOLED = shapely.box(0, 0, 9000, 9000).difference(shapely.box(3000, 3000, 6000, 6000))


def decoded(url: str) -> tuple[np.ndarray, list[np.ndarray], np.ndarray]:
    """Return origin, lines and codes of a published file, read as the map reads it."""
    return read_lines(published() / url.rsplit("/", 1)[1])


def place(kinds: list[str], shapes: list[shapely.Geometry], basis: str = "sourced", **columns: list[str | None]):
    """Return a town with that ground, in metres."""
    base = town().workspace
    x, y = base.zones.geometry.iloc[0].centroid.coords[0]
    rows = {"kind": kinds, "basis": basis, "rank": np.nan, "name_zh": None, "name_en": None, **columns}
    frame = gpd.GeoDataFrame(rows, geometry=[shapely.affinity.translate(s, x, y) for s in shapes], crs=base.crs)
    return replace(base, ground=frame)


def test_a_hole_runs_against_its_shell_and_codes_say_kind_and_sureness():
    files = ground.ground_files(place(["lake", "sea"], [HOLED, shapely.box(20000, 0, 29000, 9000)], basis="derived"))
    assert files is not None
    _, rings, codes = decoded(files["url"])
    turned = [shapely.is_ccw(shapely.linearrings(r)) for r in rings[:2]]
    assert turned == [True, False]
    finest = codes >> 5 == len(files["levels"]) - 1
    assert (codes[finest] & 15).tolist() == [4, 4, 3]
    assert (codes & 16 > 0).all()
    assert files["kinds"] == ["sea", "water"]


def test_far_out_fewer_corners_and_no_speck():
    angle = np.linspace(0, 2 * np.pi, 2000, endpoint=False)
    coast = shapely.Polygon(np.column_stack([np.cos(angle), np.sin(angle)]) * (9000 + 40 * np.sin(90 * angle))[:, None])
    files = ground.ground_files(place(["sea", "lake"], [coast, shapely.box(30000, 0, 30050, 50)]))
    _, rings, codes = decoded(files["url"])
    corners = [
        sum(len(r) for r, c in zip(rings, codes, strict=True) if c >> 5 == level)
        for level in range(len(files["levels"]))
    ]
    assert corners == sorted(corners)
    assert corners[0] < corners[-1] / 5
    assert [int((codes >> 5 == level).sum()) for level in (0, len(files["levels"]) - 1)] == [1, 2]


def test_a_guessed_water_gives_way_to_the_shape_of_the_same_name():
    base = place(["reservoir"], [HOLED], name_zh=["黄港水库"])
    x, y = base.zones.geometry.iloc[0].centroid.coords[0]
    pond = shapely.Point(x, y).buffer(100)
    water = gpd.GeoDataFrame(
        {"name_zh": ["黄港水库", "金海湖"], "basis": "estimated"}, geometry=[pond, pond], crs=base.crs
    )
    assert ground.own_water(replace(base, water=water))["name_zh"].tolist() == ["金海湖"]


def test_names_of_a_line_lie_along_it_and_never_upside_down():
    for end, angle in (((9000, 0), 0), ((-9000, 0), 0), ((9000, 9000), -45), ((-9000, 9000), 45), ((0, -9000), 90)):
        assert ground.way_angle(shapely.LineString([(0, 0), end]), 0.5) == pytest.approx(angle)


def test_a_place_without_a_ground_has_none():
    assert ground.ground_files(town().workspace) is None
