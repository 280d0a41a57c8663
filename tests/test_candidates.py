"""Candidates: where they stand, why some cannot be used, and that none is lost."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely import LineString, Point, Polygon, box

from geo.errors import CrsError, InputError
from geo.siting.candidates import REASONS, exclude, from_areas, from_grid, from_points, usable

CRS = "EPSG:4548"


def frame(*shapes, **columns) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=list(shapes), crs=CRS)


SQUARE = frame(box(0, 0, 1000, 1000))


def points(*places: tuple[float, float]) -> gpd.GeoDataFrame:
    return from_points(
        gpd.GeoDataFrame(index=list("abcdefgh"[: len(places)]), geometry=[Point(p) for p in places], crs=CRS)
    )


def reasons(found: gpd.GeoDataFrame) -> list[str]:
    return found["reasons"].tolist()


def test_a_grid_fills_the_area_and_is_the_same_again():
    found = from_grid(SQUARE, spacing=100)
    assert len(found) == 100
    assert found.index[0] == "G0001"
    assert found.index.name == "candidate_id"
    assert found.geometry.iloc[0] == Point(50, 50)
    assert found.crs == CRS
    assert found["reasons"].eq("").all()
    wider = from_grid(frame(box(-500, -500, 1000, 1000)), spacing=100)
    assert set(found.geometry.to_wkt()) <= set(wider.geometry.to_wkt())


def test_a_grid_leaves_holes_out_and_keeps_the_edge():
    ring = frame(Polygon(box(0, 0, 300, 300).exterior, [box(100, 100, 200, 200).exterior]))
    assert len(from_grid(ring, spacing=100)) == 8
    assert len(from_grid(frame(box(0, 0, 50, 50)), spacing=100)) == 1


def test_plots_have_one_candidate_each_or_a_grid_and_say_when_too_small():
    plots = frame(box(0, 0, 100, 100), box(500, 500, 510, 510)).set_index(pd.Index(["P1", "P2"]))
    found = from_areas(plots, min_area=5000)
    assert found["area_id"].tolist() == ["P1", "P2"]
    assert found["area_m2"].tolist() == [10_000, 100]
    assert reasons(found) == ["", "small"]
    assert found["reason_zh"].tolist() == ["", "地块面积不足"]
    assert shapely.within(found.geometry.to_numpy(), plots.geometry.to_numpy()).all()
    many = from_areas(plots, spacing=50)
    assert many["area_id"].tolist() == ["P1"] * 4 + ["P2"]


def test_every_rule_marks_and_none_drops():
    start = points((100, 100), (500, 500), (900, 100), (900, 900), (2000, 0), (100, 900))
    zones = frame(box(0, 800, 200, 1000), box(200, 0, 1000, 1000), kind=["industry", "housing"])
    found = exclude(
        start,
        within=SQUARE,
        water=frame(box(450, 450, 550, 550)),
        hazards=frame(LineString([(0, 0), (0, 150)])),
        hazard_metres=150,
        zones=zones,
        zone_kinds=["industry"],
        slope=pd.Series({"a": 1.0, "b": 2.0, "c": 30.0, "d": 25.0, "e": 1.0}),
        max_slope=25,
        existing=frame(Point(900, 850)),
        min_metres=100,
    )
    assert found.index.tolist() == list("abcdef")
    assert reasons(found) == ["hazard", "water", "slope", "near_existing", "outside", "zone;slope_unknown"]
    assert found.loc["f", "reason_zh"] == "所在片区类型不允许；坡度未知"
    assert found.loc["f", "reason_en"] == "not allowed in a zone of this kind; slope unknown"
    assert start["reasons"].eq("").all()
    again = exclude(found, within=SQUARE)
    assert reasons(again) == reasons(found)
    assert usable(exclude(start, within=SQUARE)).index.tolist() == list("abcdf")


def test_exactly_at_the_distance_is_allowed_and_on_the_shore_is_water():
    start = points((100, 0), (99.999, 0))
    hazard = frame(Point(0, 0))
    assert reasons(exclude(start, hazards=hazard, hazard_metres=100)) == ["", "hazard"]
    assert reasons(exclude(start, existing=hazard, min_metres=100)) == ["", "near_existing"]
    assert reasons(exclude(start, water=frame(box(100, -5, 200, 5)))) == ["water", ""]


def test_each_hazard_may_have_its_own_distance():
    start = points((100, 0), (500, 0))
    hazards = frame(Point(0, 0), Point(600, 0), metres=[50.0, np.nan])
    assert reasons(exclude(start, hazards=hazards, hazard_metres=200)) == ["", "hazard"]
    with pytest.raises(InputError, match="防护距离"):
        exclude(start, hazards=hazards)
    with pytest.raises(InputError, match="hazard_metres"):
        exclude(start, hazards=frame(Point(0, 0)))


def test_nothing_near_nothing_there():
    start = points((100, 0))
    none = frame()
    assert reasons(exclude(start, water=none, hazards=none, existing=none, min_metres=5)) == [""]
    assert reasons(exclude(start, within=none)) == ["outside"]


def test_when_all_are_excluded_the_counts_are_said():
    found = exclude(points((0, 0), (5, 0)), water=SQUARE)
    with pytest.raises(InputError, match=r"2 个备选点全部被排除（位于水域 2）.*in water 2") as error:
        usable(found)
    assert error.value.findings[0].field == "candidates"


@pytest.mark.parametrize("spacing", [0, -5, float("nan"), float("inf"), "100", None, True, 0.5])
def test_a_spacing_that_cannot_be_is_refused(spacing):
    with pytest.raises(InputError) as error:
        from_grid(SQUARE, spacing=spacing)
    assert error.value.findings[0].field == "spacing"


def test_frames_that_cannot_be_are_refused():
    with pytest.raises(InputError, match="没有面"):
        from_grid(frame(Point(0, 0)), spacing=10)
    with pytest.raises(InputError, match="没有备选点"):
        from_points(frame())
    with pytest.raises(InputError, match="编号重复"):
        from_points(gpd.GeoDataFrame(index=[1, 1], geometry=[Point(0, 0), Point(1, 1)], crs=CRS))
    with pytest.raises(InputError, match="不是点"):
        from_points(SQUARE)
    with pytest.raises(CrsError):
        from_grid(SQUARE.to_crs(4326), spacing=10)
    with pytest.raises(CrsError):
        exclude(points((0, 0)), water=SQUARE.to_crs(32650))
    with pytest.raises(InputError, match="kind"):
        exclude(points((0, 0)), zones=SQUARE, zone_kinds=["industry"])


def test_reasons_speak_both_languages():
    for zh, en in REASONS.values():
        assert not zh.isascii()
        assert en.isascii()
