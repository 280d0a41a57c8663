"""An area by tiles is the area in one piece, to the last bit: on random towns, with streets that lie about their length."""

from __future__ import annotations

import dataclasses
import itertools
import math

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import Delaunay

from geo import answers, tiles
from geo.answers.access import STEPS
from geo.case import Case
from geo.network import Network
from geo.tiles import Box, Tile

CRS = "EPSG:4548"
WIDE = 4_000.0
ORIGIN = np.array([500_000.0, 4_330_000.0])


def town(seed: int, limit: float) -> Case:
    """Return a random town: bent streets, some counted shorter than drawn or as nothing, homes far from any street."""
    rng = np.random.default_rng(seed)
    xy = ORIGIN + rng.uniform(0, WIDE, (int(rng.integers(12, 90)), 2))
    corners = Delaunay(xy).simplices
    pairs = np.unique(
        np.sort(np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [0, 2]]]), axis=1), axis=0
    )
    pairs = pairs[rng.random(len(pairs)) < 0.6]
    middle = xy[pairs].mean(axis=1) + rng.normal(0, 60, (len(pairs), 2))
    lines = shapely.linestrings(np.stack([xy[pairs[:, 0]], middle, xy[pairs[:, 1]]], axis=1))
    honest = shapely.length(lines) * rng.uniform(1, 1.3, len(pairs))
    metres = np.where(rng.random(len(pairs)) < 0.1, honest * rng.uniform(0, 1, len(pairs)), honest).round(
        int(rng.integers(0, 3))
    )
    links = gpd.GeoDataFrame({"u": pairs[:, 0] * 7, "v": pairs[:, 1] * 7, "metres": honest}, geometry=lines, crs=CRS)

    def points(many: int) -> gpd.GeoSeries:
        where = ORIGIN + rng.uniform(-300, WIDE + 300, (many, 2))
        on = rng.random(many) < 0.3
        where[on] = xy[rng.integers(0, len(xy), on.sum())]
        return gpd.GeoSeries(gpd.points_from_xy(*where.T), crs=CRS)

    homes, schools = int(rng.integers(1, 60)), int(rng.integers(1, 9))
    people = gpd.GeoDataFrame({"people": rng.uniform(0, 900, homes)}, geometry=points(homes))
    facilities = gpd.GeoDataFrame({"seats": rng.integers(0, 900, schools).astype(float)}, geometry=points(schools))
    facilities.index = [f"S{n}" for n in range(schools)]
    return counted(Case.from_frames(facilities=facilities, people=people, links=links, limit=limit), metres)


def counted(case: Case, metres: np.ndarray) -> Case:
    """Return the case with streets that count as so long, which no frame of one's own may say but a file can."""
    links = case.workspace.streets.assign(metres=metres)
    return case.under(dataclasses.replace(case.workspace, streets=links, network=Network.from_links(links)))


def piece(case: Case, ground: Box) -> Case:
    """Return the same question of what lies in the ground alone."""
    place = case.workspace

    def inside(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        return frame[ground.depth(np.column_stack([frame.geometry.x, frame.geometry.y])) >= 0]

    box = place.streets.geometry.bounds
    meets = (
        (box.maxx >= ground.west) & (box.minx <= ground.east) & (box.maxy >= ground.south) & (box.miny <= ground.north)
    )
    links = place.streets[meets]
    smaller = dataclasses.replace(
        place,
        streets=links,
        cells=inside(place.cells),
        schools=inside(place.schools),
        network=Network.from_links(links),
    )
    return Case(smaller, case.service, case.year)


def by_tiles(case: Case, side: float, more: float, answer) -> tuple[pd.DataFrame, int]:
    """Return the answers of all tiles as one, and how often more ground had to be read."""
    found, again = [], 0
    frames = (case.workspace.streets, case.workspace.cells, case.supply)
    bounds = np.array([frame.total_bounds for frame in frames])
    whole = Box(*bounds[:, :2].min(axis=0), *bounds[:, 2:].max(axis=0))
    for tile in tiles.tiles(whole, side):
        for wider in itertools.count():
            ground = tile.box.grown(more * 1.5**wider).open_to(whole)
            try:
                asked = piece(case, ground)
            except ValueError:  # no street there: more ground, as whoever reads files does without
                again += 1
                continue
            if (part := answer(asked, tile, ground)) is not None:
                found.append(part)
                break
            again += 1
    return pd.concat(found), again


LIMITS = st.sampled_from([150.0, 400.0, 900.0])
SIDES = st.sampled_from([1_100.0, 2_900.0])
SEEDS = st.integers(0, 10_000)


@settings(max_examples=6)
@given(SEEDS, SIDES, LIMITS)
def test_coverage_is_that_of_the_whole(seed, side, limit):
    case = town(seed, limit)
    got, _ = by_tiles(case, side, limit, lambda c, t, g: tiles.covered(c, t, g, limit=limit))
    for by, column in (("radius", "radius_m"), ("walk", "walk_m")):
        metres = case.nearest(by)["metres"]
        assert got[column].sort_index().equals(metres.where(metres <= limit, math.inf).rename(column).sort_index())


@settings(max_examples=6)
@given(SEEDS, SIDES, LIMITS, st.sampled_from(["2sfca", "e2sfca"]))
def test_seats_per_person_are_those_of_the_whole(seed, side, limit, method):
    case = town(seed, limit)
    steps = {limit: 1.0} if method == "2sfca" else {limit * bound: weight for bound, weight in STEPS}
    seats = case.supply["seats"]
    got, _ = by_tiles(
        case, side, limit, lambda c, t, g: tiles.accessible(c, t, g, limit=limit, steps=steps, seats=seats)
    )
    want = answers.access(case, method=method, limit=limit)["cells"]["access"]
    assert got["access"].sort_index().equals(want.sort_index())


@settings(max_examples=6)
@given(SEEDS, SIDES, LIMITS)
def test_the_gain_of_a_site_is_that_of_the_whole(seed, side, limit):
    case = town(seed, limit)
    got, _ = by_tiles(case, side, limit, lambda c, t, g: tiles.gained(c, t, g, limit=limit))
    want = answers.gain(case, limit=limit)["nodes"]
    assert got["gain"].sort_index().equals(want["gain"].sort_index())
    assert got.geometry.sort_index().geom_equals_exact(want.geometry.sort_index(), 0).all()


def test_too_little_ground_is_never_believed():
    """A street of no length leads from the tile to a school two kilometres off: only more ground shows it."""
    spots = {1: (100, 100), 2: (200, 100), 3: (2_200, 100), 4: (2_300, 100)}
    ends = [(1, 2), (2, 3), (3, 4)]
    lines = [shapely.LineString([ORIGIN + spots[n] for n in pair]) for pair in ends]
    u, v = zip(*ends, strict=True)
    links = gpd.GeoDataFrame({"u": u, "v": v, "metres": [100.0, 2_000.0, 100.0]}, geometry=lines, crs=CRS)
    people = gpd.GeoDataFrame({"people": [10.0]}, geometry=[shapely.Point(500_100, 4_330_100)], crs=CRS)
    school = gpd.GeoDataFrame({"seats": [90.0]}, geometry=[shapely.Point(502_300, 4_330_100)], crs=CRS, index=["S"])
    case = Case.from_frames(facilities=school, people=people, links=links, limit=250)
    case = counted(case, np.array([100.0, 0.0, 100.0]))
    tile = Tile(500, 4_330, 1_000.0)
    narrow = tile.box.grown(250.0)
    assert tiles.covered(piece(case, narrow), tile, narrow, limit=250.0) is None
    got, again = by_tiles(case, 1_000.0, 250.0, lambda c, t, g: tiles.covered(c, t, g, limit=250.0))
    assert (got["walk_m"].tolist(), again > 0) == ([200.0], True)


@given(st.lists(st.floats(-1e12, 1e12), max_size=40), st.integers(1, 7), st.randoms())
def test_sums_do_not_depend_on_the_tiles(values, pieces, shuffled):
    parts = [values[k::pieces] for k in range(pieces)]
    shuffled.shuffle(parts)
    assert tiles.total(tiles.exact(np.array(p)) for p in parts) == math.fsum(values)


@pytest.mark.parametrize("side", [1.0, 37.5, 1_000.0])
def test_every_point_belongs_to_one_tile(side):
    xy = np.random.default_rng(1).uniform(-3 * side, 3 * side, (200, 2))
    xy[:20] = np.round(xy[:20] / side) * side  # on the seams
    whole = Box(*xy.min(axis=0), *xy.max(axis=0))
    assert sum(tile.owns(xy).astype(int) for tile in tiles.tiles(whole, side)).tolist() == [1] * len(xy)
