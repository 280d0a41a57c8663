"""Reference systems: the shifted systems of web maps, the choice of a metric CRS, and refusals."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from pyproj import CRS, Geod

from geo import crs
from geo.errors import CrsError

GEOD = Geod(ellps="WGS84")
RANDOM = np.random.default_rng(7)
TIANJIN = (RANDOM.uniform(116.7, 118.1, 20_000), RANDOM.uniform(38.5, 40.3, 20_000))
CHINA = (RANDOM.uniform(74, 134, 20_000), RANDOM.uniform(4, 53, 20_000))


def _apart(a, b):
    return GEOD.inv(a[0], a[1], b[0], b[1])[2]


@pytest.mark.parametrize("place", [TIANJIN, CHINA], ids=["tianjin", "china"])
@pytest.mark.parametrize(
    ("there", "back"), [(crs.wgs84_to_gcj02, crs.gcj02_to_wgs84), (crs.wgs84_to_bd09, crs.bd09_to_wgs84)]
)
def test_round_trip_is_below_a_millimetre(place, there, back):
    assert _apart(back(*there(*place)), place).max() < 1e-3
    assert _apart(there(*back(*place)), place).max() < 1e-3


# The example of the coordtransform package (wandergis), which many programs copied: 116.404, 39.915.
@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (crs.wgs84_to_gcj02, (116.41024449916938, 39.91640428150164)),
        (lambda lon, lat: crs._bd_forward(np.array(lon), np.array(lat)), (116.41036949371029, 39.92133699351022)),
    ],
)
def test_published_example(function, expected):
    assert function(116.404, 39.915) == pytest.approx(expected, abs=1e-11)


def test_size_and_direction_of_the_shift_over_binhai():
    lon, lat = RANDOM.uniform(117.5, 117.9, 500), RANDOM.uniform(38.9, 39.2, 500)
    azimuth, _, metres = GEOD.inv(lon, lat, *crs.wgs84_to_gcj02(lon, lat))
    assert metres.min() > 520 and metres.max() < 590
    assert azimuth.min() > 76 and azimuth.max() < 82
    assert np.all(np.abs(_apart((lon, lat), crs.wgs84_to_bd09(lon, lat)) - 1350) < 60)


def test_unchanged_outside_the_box_and_at_its_edge():
    lon, lat = np.array([-51.2, 72.0, 139.7, 110.0]), np.array([-30.0, 40.0, 35.7, 60.0])
    for function in (crs.wgs84_to_gcj02, crs.gcj02_to_wgs84):
        np.testing.assert_array_equal(function(lon, lat), (lon, lat))


def test_scalars_arrays_and_missing_values():
    lon, lat = crs.gcj02_to_wgs84(117.2, 39.1)
    assert type(lon) is float and type(lat) is float
    grid = crs.gcj02_to_wgs84(np.full((2, 3), 117.2), np.full((2, 3), 39.1))
    assert grid[0].shape == (2, 3) and grid[0][1, 2] == lon
    shifted = crs.bd09_to_wgs84([117.2, np.nan], [39.1, 39.1])
    assert np.isfinite(shifted[0][0]) and np.isnan(shifted[0][1])
    assert crs.wgs84_to_gcj02([], [])[0].shape == (0,)
    for function in (crs.wgs84_to_gcj02, crs.gcj02_to_wgs84, crs.wgs84_to_bd09, crs.bd09_to_wgs84):
        assert np.isnan(function(np.nan, np.nan)).all()


@pytest.mark.parametrize(
    ("lon", "lat", "expected"),
    [
        (117.66, 39.06, "EPSG:4548"),
        (118.4, 39.0, "EPSG:4548"),
        (118.6, 39.0, "EPSG:4549"),
        (114.06, 22.54, "EPSG:4547"),
        (87.6, 43.8, "EPSG:4538"),
        (76.0, 39.5, "EPSG:4534"),
        (134.3, 48.3, "EPSG:4554"),
        (110.3, 20.0, "EPSG:4546"),
        (-51.2, -30.0, "EPSG:32722"),
        (-8.6, 41.15, "EPSG:32629"),
        (126.98, 37.57, "EPSG:32652"),
        (77.2, 28.6, "EPSG:32643"),
        (105.85, 21.03, "EPSG:32648"),
        (106.9, 47.9, "EPSG:32648"),
        (180.0, 0.0, "EPSG:32660"),
        (0.0, 89.0, "EPSG:32661"),
        (0.0, -89.0, "EPSG:32761"),
    ],
)
def test_metric_crs_by_place(lon, lat, expected):
    assert crs.metric_crs_for(lon, lat) == expected
    assert CRS.from_user_input(expected).axis_info[0].unit_name == "metre"


@pytest.mark.parametrize(("lon", "lat"), [(np.nan, 0), (0, np.inf), (534611.0, 4325000.0), (39, 117)])
def test_metric_crs_refuses_what_is_no_place(lon, lat):
    with pytest.raises(CrsError, match="longitude"):
        crs.metric_crs_for(lon, lat)


def test_frames_there_and_back():
    frame = gpd.GeoDataFrame({"a": [1]}, geometry=[shapely.Point(117.4, 39.0)], crs=crs.WGS84)
    metric = crs.to_metres(frame)
    assert metric.crs.to_epsg() == 4548
    assert metric.geometry.iloc[0].x == pytest.approx(534_638, abs=100)  # east of 117 by 0.4 degrees
    assert crs.to_metres(metric, "EPSG:4548") is metric
    back = crs.to_wgs84(metric).geometry.iloc[0]
    assert (back.x, back.y) == pytest.approx((117.4, 39.0), abs=1e-9)


def test_beijing_54_and_missing_crs_are_refused():
    point = gpd.GeoSeries([shapely.Point(39534611, 4325000)], crs="EPSG:2415")
    with pytest.raises(CrsError, match="CGCS2000"):
        crs.to_wgs84(point)
    with pytest.raises(CrsError, match="坐标系"):
        crs.to_metres(gpd.GeoSeries([shapely.Point(0, 0)]))


@pytest.mark.parametrize("bad", ["EPSG:4326", "EPSG:3857", "EPSG:2263", "nonsense", None])
def test_only_projected_metres_measure(bad):
    with pytest.raises(CrsError):
        crs.require_metric(bad)


def test_layers_that_differ_do_not_meet():
    a = gpd.GeoSeries([shapely.Point(0, 0)], crs="EPSG:4548")
    b = gpd.GeoSeries([shapely.Point(0, 0)], crs="EPSG:4547")
    assert crs.same_crs(a, a).to_epsg() == 4548
    with pytest.raises(CrsError, match="differ"):
        crs.same_crs(a, a, b)
    with pytest.raises(CrsError):
        crs.same_crs()
