"""Adequacy: numbers of a plan and of a hand-drawn town, and what stays unknown."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.adequacy import ALL, adequacy, classes_for, roll_up, schools_for, seats_by_zone, site_area, work_list
from geo.errors import InputError

CLASS = {"kindergarten": 30, "primary": 45, "junior": 45, "senior": 45}
STAGES = list(CLASS)
# Two zones; the first in two parts of its own.
ZONES = pd.Index(["east", "east-a", "east-b", "west"])
PARENT = {"east": None, "east-a": "east", "east-b": "east", "west": None}


def table(values: list[list[float]]) -> pd.DataFrame:
    return pd.DataFrame(values, ZONES, STAGES, dtype=float)


DEMAND = table([[0, 0, 0, 0], [300, 600, 290, 0], [100, 200, 110, 50], [0, 10, 0, 0]])
SEATS = table([[0, 0, 0, 0], [180, 900, 300, 0], [0, 0, np.nan, 0], [90, 0, 0, 0]])


def at(result: pd.DataFrame, zone: str, stage: str) -> pd.Series:
    return result.set_index(["zone_id", "stage"]).loc[(zone, stage)]


def test_the_seats_of_the_plan_in_classes_and_schools():
    baseline = pd.DataFrame([[1260, 3000, 1350, 540]], ["zone"], STAGES, dtype=float)
    got = adequacy(baseline * 0, baseline, {"kindergarten": 2790, "primary": 5400, "junior": 2970, "senior": 1350},
                   class_size=CLASS).set_index(["zone_id", "stage"]).loc[ALL]  # fmt: skip
    assert got["target_deficit"].tolist() == [1530, 2400, 1620, 810]
    assert got["target_classes"].tolist() == [51, 54, 36, 18]
    assert got["target_schools"].tolist() == [6, 3, 2, 1]  # 51 classes = 6 kindergartens of 9


def test_zones_are_the_sum_of_their_parts_and_all_counts_each_pupil_once():
    got = adequacy(DEMAND, SEATS, class_size=CLASS, parents=PARENT)
    assert at(got, "east", "kindergarten")["demand"] == 400
    assert at(got, ALL, "kindergarten")["demand"] == 400
    assert at(got, ALL, "primary")["demand"] == 810
    assert at(got, ALL, "kindergarten")["seats"] == 270
    east = at(got, "east", "kindergarten")
    assert (east["deficit"], east["deficit_classes"], east["deficit_schools"]) == (220, 8, 1)
    assert east["ratio"] == pytest.approx(0.45)
    assert got["zone_id"].unique().tolist() == ["east", "east-a", "east-b", "west", ALL]


def test_where_nobody_lives_there_is_no_ratio_and_unknown_seats_are_not_none():
    got = adequacy(DEMAND, SEATS, class_size=CLASS, parents=PARENT)
    assert np.isnan(at(got, "west", "kindergarten")["ratio"])
    assert at(got, "west", "kindergarten")["deficit"] == 0
    junior = at(got, "east", "junior")
    assert junior[["seats", "ratio", "deficit", "deficit_classes", "deficit_schools"]].isna().all()
    assert np.isnan(at(got, ALL, "junior")["seats"])
    assert at(got, "east-a", "junior")["ratio"] == pytest.approx(300 / 290)


def test_planned_seats_count_beside_existing_ones_and_reach_is_passed_through():
    planned, reach = SEATS * 0 + 0.0, DEMAND / 2
    planned = planned.fillna(0)
    planned.loc["east-b", "kindergarten"] = 90
    got = adequacy(DEMAND, SEATS, class_size=CLASS, planned=planned, in_reach=reach, parents=PARENT)
    row = at(got, "east-b", "kindergarten")
    assert (row["existing"], row["planned"], row["seats"], row["deficit"]) == (0, 90, 90, 10)
    assert (row["deficit_classes"], row["deficit_schools"]) == (1, 1)
    assert at(got, "east", "kindergarten")["in_reach"] == 200
    assert adequacy(DEMAND, SEATS, class_size=CLASS)["in_reach"].isna().all()


def test_site_area_of_the_standard():
    assert site_area("primary", 24) == (1.9, 2.3)
    assert site_area("junior", 24) == pytest.approx((2.45, 3.8))
    assert np.isnan(site_area("primary", 36)).all()
    assert np.isnan(site_area("kindergarten", 9)).all()
    got = adequacy(DEMAND, SEATS * 0, class_size=CLASS, parents=PARENT)
    row = at(got, ALL, "primary")  # 810 pupils = 18 classes = one school of 24
    assert (row["deficit_schools"], row["site_low_ha"], row["site_high_ha"]) == (1, 1.9, 2.3)


@pytest.mark.parametrize(
    ("pupils", "size", "classes"), [(0, 30, 0), (1e-9, 30, 0), (1, 30, 1), (30, 30, 1), (30.001, 30, 2), (1530, 30, 51)]
)
def test_classes_are_whole(pupils, size, classes):
    assert classes_for(pupils, size) == classes


def test_unknown_pupils_fill_an_unknown_number_of_classes():
    assert np.isnan(classes_for(np.nan, 30))
    assert np.isnan(schools_for(np.nan, 9))
    assert schools_for(51, 9) == 6


def test_seats_by_zone_keeps_none_and_unknown_apart():
    schools = pd.DataFrame(
        {"zone_id": ["east-a", "east-a", "east-b", "east-b", "far"], "seats": [90, 60, 120, np.nan, 500]}
    )
    got = seats_by_zone({"kindergarten": schools}, ZONES)["kindergarten"]
    assert got["east-a"] == 150
    assert np.isnan(got["east-b"])
    assert got["west"] == 0
    empty = seats_by_zone({"primary": schools.iloc[:0]}, ZONES)
    assert (empty["primary"] == 0).all()


def test_the_work_list_starts_with_most_people():
    gaps = pd.DataFrame({"kindergarten": [10, 0, 80.0], "primary": [80, 5, np.nan]}, index=["p", "q", "r"])
    needs = pd.DataFrame({"kindergarten": [20, 10, 80.0], "primary": [100, 0, 7]}, index=["p", "q", "r"])
    got = work_list(gaps, needs, names={"p": "北", "q": "中", "r": "南"})
    assert got[["place_id", "service", "people"]].to_numpy().tolist()[:4] == [
        ["p", "primary", 80],
        ["r", "kindergarten", 80],
        ["p", "kindergarten", 10],
        ["q", "primary", 5],
    ]
    assert got["rank"].tolist()[:4] == [1, 1, 3, 4]
    assert got["share"].tolist()[:3] == [0.8, 1.0, 0.5]
    assert np.isnan(got["share"][3])  # nobody is said to need it
    assert np.isnan(got["people"].iloc[-1])
    assert got["name"].tolist()[0] == "北"
    assert len(got) == 5


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"demand": DEMAND.replace(300.0, -1.0)}, "east-a"),
        ({"demand": DEMAND.replace(300.0, np.nan)}, "east-a"),
        ({"demand": DEMAND.replace(300.0, np.inf)}, "east-a"),
        ({"seats": SEATS.drop("west")}, "west"),
        ({"seats": SEATS.drop(columns="senior")}, "senior"),
        ({"seats": SEATS.replace(180.0, -180.0)}, "kindergarten"),
        ({"class_size": {"kindergarten": 30}}, "primary"),
        ({"class_size": CLASS | {"primary": 0}}, "primary"),
        ({"school_size": {"kindergarten": 9}}, "primary"),
    ],
)
def test_wrong_tables_are_refused_by_name(change, named):
    given_ = {"demand": DEMAND, "seats": SEATS, "class_size": CLASS} | change
    with pytest.raises(InputError, match=named):
        adequacy(given_.pop("demand"), given_.pop("seats"), **given_)


@given(st.lists(st.floats(0, 1e6), min_size=4, max_size=4), st.lists(st.floats(0, 1e6), min_size=4, max_size=4))
def test_seats_for_the_deficit_always_close_it(pupils, have):
    demand, seats = pd.DataFrame([pupils], ["z"], STAGES), pd.DataFrame([have], ["z"], STAGES)
    got = adequacy(demand, seats, class_size=CLASS, total=False)
    size = got["stage"].map(CLASS)
    assert (got["deficit_classes"] * size >= got["deficit"] - 1e-5).all()
    assert ((got["deficit_classes"] - 1) * size < got["deficit"].clip(lower=1e-9)).all()
    closed = adequacy(demand, seats, planned=pd.DataFrame([(got["deficit_classes"] * size).to_numpy()], ["z"], STAGES),
                      class_size=CLASS, total=False)  # fmt: skip
    assert (closed["deficit_classes"] == 0).all()


def test_roll_up_leaves_leaves_alone():
    pd.testing.assert_frame_equal(roll_up(SEATS, PARENT).loc[["east-a", "west"]], SEATS.loc[["east-a", "west"]])
