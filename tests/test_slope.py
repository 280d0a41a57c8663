"""Tobler's hiking function, heights between cell centres, and streets made longer by slopes."""

import doctest

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import InputError
from geo.network import slope
from layers.osm import elevation, osm
from tests.need import need
from tests.test_population import write_tif

TILTED = np.add.outer(np.arange(5) * 10.0, np.arange(6) * 2.0).astype("float32")  # + 10 m southwards, + 2 m eastwards
WEST, NORTH = 500_000, 4_320_300


def test_doctests():
    assert doctest.testmod(slope).failed == 0


def test_tobler_published_speeds():
    # Tobler (1993): 6 km/h on a gentle way down (-5 %), about 5 km/h on the level.
    assert slope.tobler_kmh(-0.05) == pytest.approx(6.0)
    assert slope.tobler_kmh(0.0) == pytest.approx(5.037, abs=1e-3)
    assert slope.tobler_kmh(9.0) == slope.tobler_kmh(1.0)  # steps, or an error of the heights


@given(st.lists(st.tuples(st.floats(0, 500), st.floats(-50, 50), st.integers(0, 3)), max_size=12))
@settings(max_examples=60, deadline=None)
def test_slopes_only_lengthen_and_up_is_down(steps):
    run = np.array([s[0] for s in steps])
    ends = np.array([[0.0, s[1]] for s in steps]).reshape(-1, 2)
    of = np.array([s[2] for s in steps], dtype=int)
    level = slope.level_metres(run, ends, of, links=4)
    on_map = np.bincount(of, weights=run, minlength=4)
    assert (level >= on_map - 1e-9).all()
    np.testing.assert_allclose(slope.level_metres(run, -ends, of, links=4), level)
    np.testing.assert_allclose(slope.level_metres(run, ends * 0, of, links=4), on_map)
    np.testing.assert_allclose(slope.level_metres(run, ends + np.nan, of, links=4), on_map)  # unknown is level


@pytest.mark.parametrize(
    ("metres", "heights", "link"), [([1.0], [[0.0, 1, 2]], [0]), ([-1.0], [[0.0, 0]], [0]), ([1.0], [[0.0, 0]], [5])]
)
def test_bad_steps(metres, heights, link):
    with pytest.raises(InputError):
        slope.level_metres(metres, heights, link, links=2)


def test_heights_between_cell_centres(tmp_path):
    dem = write_tif(tmp_path / "dem.tif", TILTED)
    x, y = (
        np.array([WEST + 50, WEST + 100, WEST + 375, WEST - 1]),
        np.array([NORTH - 50, NORTH - 75, NORTH - 250, NORTH - 50]),
    )
    got = elevation.heights_at(dem, x, y, crs="EPSG:4548")
    np.testing.assert_allclose(got[:3], [0.0, 1.0 + 2.5, 6.5 + 20.0], atol=1e-5)
    assert np.isnan(got[3])
    assert np.isnan(elevation.heights_at(dem, [0.0], [0.0], crs="EPSG:4548")).all()


def test_streets_get_longer_by_their_slope(tmp_path):
    dem = write_tif(tmp_path / "dem.tif", TILTED)
    lines = [
        shapely.LineString([(WEST + 60, NORTH - 100), (WEST + 460, NORTH - 100)]),  # 2 % up
        shapely.LineString([(WEST + 100, NORTH - 60), (WEST + 100, NORTH - 400)]),  # 10 % down
        shapely.LineString([(0, 0), (100, 0)]),  # off the raster
    ]
    streets = gpd.GeoDataFrame(
        {"u": [1, 2, 3], "v": [2, 3, 4], "metres": [400.0, 340, 100]}, geometry=lines, crs="EPSG:4548"
    )
    got = elevation.with_slope(streets, dem)
    tenth = (np.exp(0.35) + np.exp(3.5 * (0.1 - 0.1))) / 2
    np.testing.assert_allclose(got.metres / streets.metres, [np.cosh(3.5 * 0.02), tenth, 1.0], rtol=1e-4)
    assert got.map_metres.tolist() == streets.metres.tolist() and "map_metres" not in streets
    assert elevation.with_slope(streets.iloc[:0], dem).empty


@pytest.mark.real
def test_hills_of_porto_alegre():
    folder = need("real:porto_alegre")
    streets = osm.streets(f"{folder}/poa_osm.pbf")
    got = elevation.with_slope(streets, f"{folder}/poa_elevation.tif")
    ratio = got.metres / got.map_metres
    assert ratio.min() >= 1 and 1.02 < got.metres.sum() / got.map_metres.sum() < 1.15
