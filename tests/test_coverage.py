"""Coverage by people: numbers, the limit itself, nobody, unreachable, and its laws."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import Point

from geo.coverage import coverage, radius_metres, within
from geo.errors import CrsError, InputError


def demand(people, zones):
    return pd.DataFrame({"people": people, "zone_id": zones}, index=[f"d{i}" for i in range(len(people))])


def test_people_not_points_are_shared():
    d = demand([10, 90, 5, 0], ["a", "a", "b", "c"])
    cost = pd.DataFrame({"S": [100.0, 600.0, 500.0, 1.0], "T": [900.0, 501.0, np.inf, 1.0]}, index=d.index)
    table = coverage(d, cost, limit=500)
    assert table["covered"].to_dict() == {"a": 10, "b": 5, "c": 0}
    assert table["share"]["a"] == pytest.approx(0.1)
    assert table["share"]["b"] == pytest.approx(1.0), "exactly at the limit is within"
    assert np.isnan(table["share"]["c"]), "nobody lives there: no share"


def test_nearest_series_gives_the_same_and_missing_points_are_not_covered():
    d = demand([10, 90], ["a", "a"])
    assert coverage(d, pd.Series({"d0": 5.0}), limit=5)["covered"]["a"] == 10


def test_no_facility_covers_nobody():
    d = demand([10.0], ["a"])
    assert coverage(d, pd.DataFrame(index=d.index), limit=5)["covered"]["a"] == 0


@pytest.mark.parametrize("people", [[-1.0], [float("nan")]])
def test_bad_people(people):
    with pytest.raises(InputError, match="people"):
        coverage(demand(people, ["a"]), pd.Series({"d0": 1.0}), limit=5)


@pytest.mark.parametrize("limit", [-1.0, float("nan")])
def test_bad_limit(limit):
    with pytest.raises(InputError, match="limit"):
        coverage(demand([1.0], ["a"]), pd.Series({"d0": 1.0}), limit=limit)


def test_bad_impedance_and_columns():
    with pytest.raises(InputError, match="impedance"):
        coverage(demand([1.0], ["a"]), pd.Series({"d0": -1.0}), limit=5)
    with pytest.raises(InputError, match="zone_id"):
        coverage(pd.DataFrame({"people": [1.0]}), pd.Series({0: 1.0}), limit=5)


@given(
    st.lists(st.tuples(st.floats(0, 1e4), st.floats(0, 3000)), min_size=1, max_size=30),
    st.floats(0, 2000),
    st.floats(0, 1000),
)
def test_covered_grows_with_the_limit_and_never_passes_people(rows, limit, more):
    d = demand([r[0] for r in rows], ["a"] * len(rows))
    metres = pd.Series([r[1] for r in rows], index=d.index)
    near, far = coverage(d, metres, limit=limit), coverage(d, metres, limit=limit + more)
    assert near["covered"]["a"] <= far["covered"]["a"] + 1e-6
    assert far["covered"]["a"] <= far["people"]["a"] + 1e-6
    assert within(metres, limit=limit).sum() == sum(r[1] <= limit for r in rows)


def test_radius_is_the_straight_line():
    crs = "EPSG:4548"
    points = gpd.GeoDataFrame(geometry=[Point(0, 0), Point(10, 0)], index=["p", "q"], crs=crs)
    schools = gpd.GeoDataFrame(geometry=[Point(3, 4), Point(100, 0)], index=["S", "T"], crs=crs)
    table = radius_metres(points, schools)
    assert table["metres"].tolist() == pytest.approx([5.0, np.hypot(7, 4)])
    assert table["target"].tolist() == ["S", "S"]
    assert radius_metres(points, schools.iloc[:0])["metres"].tolist() == [np.inf, np.inf]
    with pytest.raises(CrsError):
        radius_metres(points, schools.set_crs("EPSG:4527", allow_override=True))
