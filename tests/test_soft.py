"""Walking areas as they are drawn: soft, one inside the other, and never far from the exact ones."""

from __future__ import annotations

from itertools import pairwise

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geo.network import Network
from layers.look.soft import margin, soft
from tests import town
from tests.test_reach import random_links, some_points

LIMITS = [300.0, 500.0, 1000.0]


def blocks(step: float = 90.0, lake: float = 0.0) -> Network:
    """Return streets around square blocks over 3 km; none of them crosses a lake of this width, 150 m east of the middle."""
    at = np.arange(-17, 18) * step
    corner = np.stack(np.meshgrid(at, at, indexing="ij"), axis=-1) + np.array([town.EAST, town.NORTH])
    name = np.arange(corner[..., 0].size).reshape(len(at), len(at))
    ends = (
        [(slice(None, -1), slice(None)), (slice(1, None), slice(None))],
        [(slice(None), slice(None, -1)), (slice(None), slice(1, None))],
    )
    u, v = (np.concatenate([name[way[k]].ravel() for way in ends]) for k in (0, 1))
    xy = corner.reshape(-1, 2)
    links = gpd.GeoDataFrame(
        {"u": u, "v": v, "metres": step}, geometry=shapely.linestrings(np.stack([xy[u], xy[v]], axis=1)), crs=town.CRS
    )
    water = shapely.box(town.EAST + 150, town.NORTH - lake / 2, town.EAST + 150 + lake, town.NORTH + lake / 2)
    return Network.from_links(links[~links.intersects(water)] if lake else links)


def holes(shape: shapely.Geometry) -> list[shapely.Polygon]:
    rings = (shapely.get_rings(part)[1:] for part in shapely.get_parts(shape))
    return [shapely.polygons(ring) for part in rings for ring in part]


def filled(shape: shapely.Geometry) -> shapely.Geometry:
    return shapely.union_all(shapely.polygons(shapely.get_exterior_ring(shapely.get_parts(shape))))


def lawful(areas: gpd.GeoDataFrame) -> np.ndarray:
    """Check what holds of every place, and return the drawn areas."""
    drawn = soft(areas)
    assert shapely.is_valid(drawn).all()
    for exact, limit, shape in zip(areas.geometry, areas["limit"], drawn, strict=True):
        assert shapely.difference(exact, shape).area <= 0.02 * exact.area  # nearly all of it
        far = filled(shapely.buffer(exact, float(margin(limit))))
        assert shapely.difference(shape, far).area <= 1e-6 * shape.area
    for small, large in pairwise(drawn):
        assert shapely.difference(small, large).area < 1e-3
    return drawn


def test_blocks_are_one_clean_area() -> None:
    areas = blocks().isochrone(gpd.GeoSeries([shapely.Point(town.EAST, town.NORTH)], crs=town.CRS), LIMITS)
    assert len(holes(areas.geometry.iloc[2])) > 50
    for shape in lawful(areas):
        assert not holes(shape)
        assert len(shapely.get_parts(shape)) == 1
    assert shapely.get_num_coordinates(soft(areas)).sum() < shapely.get_num_coordinates(areas.geometry).sum() / 2


def test_a_lake_stays_a_hole() -> None:
    areas = blocks(lake=480).isochrone(gpd.GeoSeries([shapely.Point(town.EAST, town.NORTH)], crs=town.CRS), [1600.0])
    (shape,) = lawful(areas)
    (hole,) = holes(shape)
    assert hole.area > 400**2
    assert hole.intersects(shapely.Point(town.EAST + 390, town.NORTH))


@pytest.mark.parametrize("seed", range(6))
def test_law_near_the_exact_ones_and_nested(seed: int) -> None:
    network = Network.from_links(random_links(seed, 60))
    for _, areas in network.isochrone(some_points(seed, 4), LIMITS).groupby("point"):
        lawful(areas)


def test_nothing_is_drawn_of_nothing() -> None:
    none = gpd.GeoDataFrame({"limit": [300.0, 500.0]}, geometry=[shapely.Polygon()] * 2, crs=town.CRS)
    assert shapely.is_empty(soft(none)).all()
    some = gpd.GeoDataFrame(
        {"limit": [1.0, 500.0]}, geometry=[shapely.Polygon(), shapely.Point(0, 0).buffer(50)], crs=town.CRS
    )
    assert shapely.is_empty(soft(some)).tolist() == [True, False]
