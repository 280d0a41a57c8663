"""Ways by a mode: whom one reaches, who reaches a facility, where the next should be; every number by hand."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
import shapely

from geo import answers, scenario
from geo.crs import to_wgs84
from geo.errors import InputError
from geo.examples import at as point_at
from geo.examples import buses, homes, school, town
from geo.network import Network
from geo.scenario import Scenario, TransitLine
from geo.travel import Journey, going, offered

WALK = Journey("walk")
SLOW = {"at": "2025-05-05T07:00", "window": 20, "speed": 3.6}
"""One metre a second. From the school to home c: 13.33 min on foot, 11.67 by the bus of 7:00, 12.67 for who comes at 7:19."""


def ridden():
    case = town()
    feeds = pd.DataFrame({"file": ["buses"], "basis": ["sourced"], "source_id": ["buses"]})
    return case.under(dataclasses.replace(case.workspace, timetable=buses(), feeds=feeds))


def at(name):
    point = to_wgs84(pd.concat([homes(), school()])).geometry[name]
    return point.x, point.y


def test_people_and_facilities_in_reach_by_percentile():
    answer = answers.travel(ridden(), *at("S"), journey=Journey(**SLOW, percentile=10), minutes=(12, 13))
    reach = answer["reach"].set_index(["minutes", "percentile"])
    assert reach["people"].to_dict() == {(12, 5): 1500, (12, 10): 1100, (12, 95): 1100, (13, 5): 1500, (13, 10): 1500, (13, 95): 1100}  # fmt: skip
    assert reach["facilities"].eq(1).all() and reach["seats"].eq(540).all()
    cells = answer["cells"].loc["c", ["minutes_p5", "minutes_p10"]].astype(float)
    assert cells.tolist() == pytest.approx([700 / 60, 760 / 60])
    assert np.isinf(answer["cells"].loc["c", "minutes_p95"])  # beyond what was asked for
    wide = answer["areas"].set_index(["minutes", "percentile"]).geometry
    assert wide[13, 5].contains(wide[13, 95])
    assert (answer.basis, answer.sources[0]) == ("assumed", "buses")


def test_who_is_there_in_time():
    answer = answers.travel(ridden(), *at("c"), journey=Journey(at="2025-05-05T07:12", arrive=True, window=1, speed=3.6), minutes=(15,))  # fmt: skip
    # From the school one must take the bus of 7:00; home b is 300 m away on foot.
    assert answer["facilities"]["minutes_p50"].tolist() == pytest.approx([12])
    assert answer["cells"].loc["b", "minutes_p50"] == pytest.approx(5)


def test_who_reaches_a_facility():
    by_foot = answers.reached(town(), WALK, minutes=7)  # 504 m
    told = answers.coverage(town(), limit=504)
    assert by_foot["total"][["people", "covered", "pupils_covered"]].iloc[0].tolist() == pytest.approx(
        told["total"][["people", "covered_walk", "pupils_walk"]].iloc[0].tolist()
    )
    assert by_foot["cells"]["minutes"].isna().tolist() == [False, False, True]


def test_accessibility_in_minutes_is_that_in_metres():
    for method in answers.access.__globals__["METHODS"]:
        minutes = answers.access(town(), method=method, limit=10, journey=WALK)["cells"]["access"]
        metres = answers.access(town(), method=method, limit=720, parameter=240 if method == "raam" else None)
        np.testing.assert_allclose(minutes, metres["cells"]["access"], err_msg=method)


def test_sites_by_minutes_are_those_by_metres():
    for model in ("max_cover", "set_cover", "p_median"):
        asked = {"p": 1, "model": model, "spacing": 50}
        most = 20 if model == "p_median" else 7  # a median needs everybody in reach
        minutes, metres = (
            answers.locate(town(), limit=most, journey=WALK, **asked),
            answers.locate(town(), limit=most * 72, **asked),
        )
        assert minutes["sites"].index.tolist() == metres["sites"].index.tolist()
        assert minutes["summary"]["covered_after"].tolist() == pytest.approx(
            metres["summary"]["covered_after"].tolist()
        )


def test_the_bus_shortens_the_way_along_it_and_no_other():
    case, ride = ridden(), Journey(at="2025-05-05T07:00", window=1, speed=3.6)
    both = pd.concat([homes(), school()])
    by_bus = going(case, ride).minutes(both, both, limit=60)
    on_foot = going(case, Journey("walk", speed=3.6)).minutes(both, both, limit=60)
    assert (by_bus.loc["S", "c"], on_foot.loc["S", "c"]) == pytest.approx((700 / 60, 800 / 60))
    same = by_bus.stack().drop(("S", "c"))
    pd.testing.assert_series_equal(same, on_foot.stack().drop(("S", "c")), atol=1e-9)


def test_who_cannot_use_steps_goes_round_those_of_the_streets():
    """The 400 m from the school to the corner before home b are steps; the street round them has 800 m."""
    case = classed()
    place = dataclasses.replace(ridden().workspace, streets=case.workspace.streets)
    steps = place.streets.assign(**{"class": ["steps", "residential", "residential"]})
    around = shapely.transform(
        shapely.LineString([(0, 0), (0, -200), (400, -200), (400, 0)]),
        lambda xy: xy + shapely.get_coordinates(point_at(0, 0)),
    )
    longer = steps.iloc[[0]].assign(**{"class": "footway", "metres": 800.0, "geometry": [around]})
    streets = pd.concat([steps, longer], ignore_index=True)
    case = case.under(dataclasses.replace(place, streets=streets, network=Network.from_links(streets)))
    ride = Journey(**{**SLOW, "at": "2025-05-05T12:00"})  # no bus then
    anybody, stepless = (going(case, dataclasses.replace(ride, step_free=free)) for free in (False, True))
    for way, metres in ((anybody, 500), (stepless, 900)):
        assert way.reach(school(), way.homes, limit=30).loc["b", 50] == pytest.approx(metres / 60)
    assert "no steps" in stepless.words.en


def test_a_usual_day_is_chosen_and_told():
    ride = going(ridden(), Journey())
    assert (ride.day, ride.journey.clock) == ("2025-05-06", "07:30")  # a Tuesday
    assert any("2025-05-06" in note.zh for note in ride.notes)


def test_a_window_in_which_nothing_runs_is_told_for_what_it_is():
    """A walk that calls itself public transport misleads: of a feed of the afternoon, asked for the morning."""

    def said(**when) -> list[str]:
        return [note.en for note in going(ridden(), Journey(**when)).notes if "no vehicle" in note.en]

    assert said(at="2025-05-05T07:30") == []
    assert said(at="2025-05-05T08:20", arrive=True) == []  # who arrives then may have boarded at 7:40
    assert "what is told is a walk; the timetable of the day runs 07:00 – 07:40" in said(at="2025-05-05T12:00")[0]
    assert said(at="2025-05-05T12:00", arrive=True) and said(at="2025-05-05T12:00", window=1440)


def test_only_modes_with_data_are_offered_and_why():
    assert offered(ridden())["transit"] is None
    why = offered(town())["transit"]
    assert "GTFS" in why.zh and "timetable" in why.en


@pytest.mark.parametrize(
    ("case", "journey", "said"),
    [
        (town, {}, "no timetable"),
        (ridden, {"mode": "tram"}, "no mode 'tram'"),
        (ridden, {"at": "2025-05-10T07:30"}, "nothing runs on 2025-05-10"),
        (ridden, {"at": "25 o'clock"}, "write the time as"),
        (ridden, {"window": 0}, "whole number from 1"),
        (ridden, {"percentile": 101}, "between 0 and 100"),
        (ridden, {"walk": -1}, "walk"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_words(case, journey, said):
    with pytest.raises(InputError, match=said):
        answers.reached(case(), Journey(**journey), minutes=15)


def classed(**more):
    case = town()
    streets = case.workspace.streets.assign(**{"class": "residential", **more})
    return case.under(dataclasses.replace(case.workspace, streets=streets))


def test_by_bicycle_and_by_car_at_their_speeds_and_hours():
    # From the school 100, 500 and 800 m: 250 m a minute by bicycle, 500 by car, a third less in the morning's peak.
    for mode, clock, minutes in (("bicycle", "08:00", (0.4, 2, 3.2)), ("car", "12:00", (0.2, 1, 1.6)), ("car", "08:00", (0.3, 1.5, 2.4))):  # fmt: skip
        answer = answers.travel(classed(), *at("S"), journey=Journey(mode, at=clock), minutes=(1, 3))
        assert answer["cells"]["minutes_p50"].tolist() == pytest.approx(
            [m if m <= 3 else np.inf for m in minutes], abs=1e-4
        )
        assert answer["reach"]["people"].tolist() == [
            sum(n for n, m in zip((600, 500, 400), minutes, strict=True) if m <= most) for most in (1, 3)
        ]
        assert answer.basis == "assumed"
        assert answer.parameters["congestion"] == (1.5 if clock == "08:00" and mode == "car" else 1)
    assert "08:00" in answer.method.zh and "拥堵系数 1.5" in answer.method.zh


def test_who_comes_and_who_goes_differ_in_a_one_way_street():
    case = classed(oneway=["yes", "no", "no"])  # from home a by the school towards b; nobody comes back
    there = {"journey": Journey("car", at="12:00"), "minutes": (3,)}
    gone = answers.travel(case, *at("S"), **there)["cells"]["minutes_p50"]
    come = answers.travel(case, *at("S"), journey=Journey("car", at="12:00", arrive=True), minutes=(3,))["cells"]["minutes_p50"]  # fmt: skip
    direct = case.travel("car")
    assert gone.tolist() == direct.travel_times(school(), homes())["S":].iloc[0].tolist()
    assert come.tolist() == direct.travel_times(homes(), school())["S"].tolist()
    assert gone.tolist() != come.tolist()


def test_sites_and_coverage_by_bicycle_are_those_by_metres():
    case, by = classed(), Journey("bicycle")
    told = answers.reached(case, by, minutes=2)  # 500 m
    metres = answers.coverage(case, limit=500)
    assert told["total"]["covered"].tolist() == metres["total"]["covered_walk"].tolist()
    minutes, walked = (
        answers.locate(case, p=1, model="max_cover", spacing=50, limit=2, journey=by),
        answers.locate(case, p=1, model="max_cover", spacing=50, limit=500),
    )
    assert minutes["summary"]["covered_after"].tolist() == pytest.approx(walked["summary"]["covered_after"].tolist())


def test_ways_without_a_class_answer_on_foot_only():
    why = offered(town())
    assert why["walk"] is None and all("class" in why[m].en for m in ("bicycle", "car", "wheelchair", "pram"))
    with pytest.raises(InputError, match="have no class"):
        answers.reached(town(), Journey("bicycle"), minutes=5)


def test_a_place_without_a_street_reaches_nobody():
    answer = answers.travel(ridden(), 117.2, 39.3, journey=Journey(**SLOW))
    assert answer["reach"]["people"].eq(0).all() and answer["areas"].empty
    assert "no walkable street" in answer.notes[0].en


def planned(*lines):
    """Return the town with lines of a plan."""
    case = ridden()
    return case.under(scenario.apply(case.workspace, Scenario("lines", objects=tuple(lines))))


def test_a_line_of_a_plan_is_ridden_and_nothing_else_changes():
    """A tram from the school straight to home c, 424.3 m at 20 km/h, is there in 76 s; it leaves at 7:00 and every ten minutes."""
    line = TransitLine("N01", [at("S"), at("c")], 10, 20, "06:00", "22:00")
    before, after = ridden(), planned(line)
    ride = Journey(at="2025-05-05T06:59", window=1, speed=3.6)
    with_it, without = (going(one, ride).minutes(school(), homes(), limit=60).loc["S"] for one in (after, before))
    assert with_it["c"] == pytest.approx(1 + 424.264 / (20 / 3.6) / 60, abs=0.02)  # stops are kept to a centimetre
    assert without["c"] == pytest.approx(1 + 700 / 60)  # by the bus
    assert with_it["a"] == without["a"]
    told = answers.travel(after, *at("S"), journey=ride, minutes=(3,))
    assert told["reach"].set_index("percentile").loc[50, "people"] == 1000  # a on foot, c by tram
    assert answers.travel(before, *at("S"), journey=ride, minutes=(3,))["reach"]["people"].eq(600).all()
    assert told.basis == "assumed" and "N01" in told.parameters["timetable"]


def test_a_line_opens_in_its_year_and_comes_back_from_a_file():
    plan = Scenario("tram", objects=(TransitLine("N01", [at("S"), at("c")], 12.5, year=2030, name_zh="电车"),))
    assert scenario.from_geojson(scenario.to_geojson(plan)) == plan
    base = ridden().workspace
    assert scenario.apply(base, plan, 2029).timetable is base.timetable
    assert len(scenario.apply(base, plan, 2030).timetable.trips) == len(base.timetable.trips) + 2


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"headway_min": 0}, "headway_min must be a number from 1 to 240"),
        ({"speed_km_h": "fast"}, "speed_km_h must be a number"),
        ({"first": "6 am"}, "write a time as 06:30"),
        ({"first": "22:00", "last": "06:00"}, "the last trip is before the first"),
        ({"line": [(117.0, 39.0)]}, "line must be at least two"),
    ],
)
def test_a_line_that_cannot_be_meant_is_refused(wrong, said):
    with pytest.raises(InputError, match=said):
        TransitLine(**{"object_id": "N01", "line": [at("S"), at("c")], **wrong})


def test_departures_an_hour_are_those_of_the_window():
    assert buses().departures("2025-05-05", "07:01", 60).to_dict() == {"west": 2, "east": 0}
    assert buses().departures("2025-05-10", "07:00", 60).sum() == 0  # a Saturday


def test_plans_are_compared_by_a_mode_and_a_line_that_one_adds():
    case = ridden()
    far = tuple(at(name) for name in ("S", "c"))
    plan = Scenario("line", objects=(TransitLine("N01", far, 10, 60, "07:00", "09:00"),))
    with_line = case.under(scenario.apply(case.workspace, plan))
    ride = Journey(at="2025-05-05T07:01", window=1, speed=3.6)
    answer = answers.compared({"today": case, "line": with_line}, journey=ride, minutes=13)
    total = answer["total"].set_index("plan")
    # Home c is 800 m from the school, 13.33 min on foot: the bus of the day does not leave from there.
    by_plan = [answers.reached(one, ride, minutes=13) for one in (case, with_line)]
    assert total["covered"].tolist() == [one["total"]["covered"].iloc[0] for one in by_plan]
    assert total.loc["line", "d_covered"] == 400 > 0 == total.loc["today", "d_covered"]
    foot = (600 * 100 + 500 * 500 + 400 * 800) / 60 / 1500
    assert total.loc["today", "mean_minutes"] == pytest.approx(foot)
    assert total.loc["line", "mean_minutes"] < foot
    assert "mean_walk_m" not in total and answer.parameters["limit_min"] == 13
    assert "transit" in answer.parameters.values() and "13" in answer.method.zh


def test_compared_on_foot_in_minutes_is_that_in_metres():
    case = town()
    metres, minutes = (
        answers.compared({"a": case, "b": case}, limit=504)["total"],
        answers.compared({"a": case, "b": case}, journey=WALK, minutes=7)["total"],
    )
    same = ["people", "covered", "share", "unseated", "gini", "seats", "no_way"]
    pd.testing.assert_frame_equal(minutes[same], metres[same])
    assert minutes["mean_minutes"].tolist() == pytest.approx((metres["mean_walk_m"] / 72).tolist())
