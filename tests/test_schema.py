"""Bad values are named by file, row and field; good ones become numbers."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
from shapely.geometry import LineString, Point, Polygon

from geo import schema
from geo.errors import InputError


def schools(**changes):
    rows = {
        "facility_id": ["S1", "S2"], "name_zh": ["一小", "二小"], "name_en": ["A", "B"], "kind": ["primary"] * 2,
        "seats_kindergarten": [0, None], "seats_primary": [540, 1080], "seats_junior": [0, 0], "seats_senior": [0, 0],
        "status": ["existing", "planned"], "open_year": [None, 2024], "zone_id": [None, None], "address": ["", None],
        "basis": ["assumed"] * 2, "accuracy_m": [500, 500.5], "source_id": ["x", "x"], "note": [None, None],
    }  # fmt: skip
    rows.update(changes)
    return gpd.GeoDataFrame(rows, geometry=[Point(117.6, 39.0), Point(117.61, 39.0)], crs="EPSG:4326")


def zone(shape, crs="EPSG:4326", **changes):
    rows = {
        "zone_id": ["z"],
        "level": ["zone"],
        "name_zh": ["区"],
        "basis": ["assumed"],
        "source_id": ["x"],
        "parent_id": [None],
    }
    rows.update(changes)
    return gpd.GeoDataFrame(rows, geometry=[shape], crs=crs)


def test_good_rows_are_typed_and_blank_stays_unknown():
    frame, findings = schema.conform("schools", schools())
    assert findings == []
    assert frame["seats_primary"].tolist() == [540.0, 1080.0]
    assert np.isnan(frame["seats_kindergarten"].iloc[1]), "blank is unknown, never 0"
    assert frame["open_year"].iloc[1] == 2024
    assert frame["address"].tolist() == [None, None]


@pytest.mark.parametrize("value", [-5, "-5", "many", "约1200", 1200.5, True, float("inf"), 20_001, [1]])
def test_seats_that_are_no_seats_are_refused_by_row(value):
    findings = schema.check("schools", schools(seats_primary=[540, value]), file="my.geojson")
    assert len(findings) == 1
    found = findings[0]
    assert (found.level, found.file, found.row, found.field) == ("error", "my.geojson", 2, "seats_primary")
    assert found.text_zh
    assert found.text_en


def test_missing_column_is_named():
    findings = schema.check("schools", schools().drop(columns="status"))
    assert [(f.row, f.field) for f in findings] == [(None, "status")]


def test_unknown_choice_lists_the_choices():
    (found,) = schema.check("schools", schools(basis=["assumed", "guess"]))
    assert found.field == "basis"
    assert "measured" in found.text_en


def test_repeated_id():
    (found,) = schema.check("schools", schools(facility_id=["S1", "S1"]))
    assert (found.row, found.field) == (2, "facility_id")


def test_bow_tie_zone_is_refused_with_its_place():
    (found,) = schema.check("zones", zone(Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])))
    assert (found.level, found.row, found.field) == ("error", 1, "geometry")
    assert "Self-intersection" in found.text_en


def test_metres_in_a_file_of_degrees():
    (found,) = schema.check("zones", zone(Polygon([(500000, 4300000), (500100, 4300000), (500100, 4300100)])))
    assert found.field == "geometry"
    assert "projected metres" in found.text_en


def test_wrong_geometry_family_and_missing_geometry():
    assert "geometry type" in schema.check("zones", zone(LineString([(0, 0), (1, 1)])))[0].text_en
    assert "no geometry" in schema.check("zones", zone(None))[0].text_en


def test_parent_must_exist():
    (found,) = schema.check("zones", zone(Polygon([(0, 0), (1, 0), (1, 1)]), level=["sub_area"], parent_id=["nowhere"]))
    assert (found.row, found.field) == (1, "parent_id")


def test_sub_areas_that_leave_a_gap_are_reported_in_square_metres():
    square = Polygon([(0, 0), (100, 0), (100, 100), (0, 100)])
    left = Polygon([(0, 0), (40, 0), (40, 100), (0, 100)])
    right = Polygon([(50, 0), (100, 0), (100, 100), (50, 100)])
    frame = gpd.GeoDataFrame(
        {"zone_id": ["z", "a", "b"], "level": ["zone", "sub_area", "sub_area"], "parent_id": [None, "z", "z"]},
        geometry=[square, left, right], crs="EPSG:4548")  # fmt: skip
    (found,) = schema.tiling(frame, "zones.geojson")
    assert "1000 m2" in found.text_en


def test_unknown_layer():
    with pytest.raises(InputError, match="unknown layer"):
        schema.check("roads", schools())


def test_require_raises_only_for_errors():
    schema.require([])
    with pytest.raises(InputError) as caught:
        schema.require(schema.check("schools", schools(seats_primary=[1, "many"])))
    assert caught.value.findings[0].row == 2
