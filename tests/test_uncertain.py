"""Answers with an interval: made of the same pieces as the plain ones, by hand where a hand can do it."""

from __future__ import annotations

import dataclasses

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from geo import answers, scenario
from geo.adequacy import ALL
from geo.case import Case
from geo.demand import DemandSettings
from geo.errors import InputError
from geo.examples import CRS, at, homes, school, streets, town, zones
from geo.uncertainty import Uncertainties, blocks, mixed, rounded, worlds
from geo.uncertainty.uncertain import CE90, Uncertain

ALL_KEYS = ("people:total", "people:zones", "people:cells", "share:primary", "enrolment:primary", "position:schools", "streets:length", "seats:stated")  # fmt: skip


def exact(case: Case, *but: str) -> Uncertainties:
    table = Uncertainties.of(case)
    for row in table:
        if row.key not in but:
            table = table.known(row.key)
    return table


@pytest.mark.parametrize("about", ["coverage", "adequacy", "assignment", "access"])
def test_with_everything_known_every_draw_is_the_plain_answer(about):
    case = town()
    answer = answers.uncertain(case, about=about, table=exact(case), draws=3)
    told = answer["intervals"].dropna(subset=["central"])
    assert len(told)
    for end in ("low", "median", "high"):
        np.testing.assert_allclose(told[end], told["central"], atol=1e-6)
    assert (told["driver"] == "").all()
    assert not told["outside"].any()


def test_a_place_of_stated_accuracy_is_drawn_as_far_off_as_that_says():
    schools = school().assign(accuracy_m=200.0)
    case = Case.from_frames(facilities=schools, people=homes(), links=streets(), zones=zones(), limit=500)
    layer = case.workspace.schools.assign(accuracy_m=200.0)
    case = case.under(dataclasses.replace(case.workspace, schools=layer))
    away = []
    for block in blocks(case, exact(case, "position:schools"), count=2000, by="radius", limit=5000):
        # Cell a is 100 m east of the school: where the school was drawn is told by its distances to a, b and c.
        cell, _, metres = (
            np.concatenate(v) for v in zip(*(block.reach.pairs(d) for d in range(len(block.limit))), strict=True)
        )
        away.append(metres[cell == 0])
    found = np.concatenate(away)
    # From a point 100 m off, the distance to a circular normal of sigma r/2.146 is Rice's.
    from scipy.stats import rice

    sigma = 200.0 / CE90
    for share in (0.1, 0.5, 0.9):
        assert np.quantile(found, share) == pytest.approx(rice.ppf(share, 100 / sigma, scale=sigma), rel=0.06)


def test_factors_of_the_parts_leave_the_whole_as_it_is():
    case = town()
    one = next(blocks(case, exact(case, "people:zones", "people:cells"), count=50))
    assert one.demand.sum(axis=1) == pytest.approx(np.full(50, 85.5))
    assert one.demand[:, 0].std() > 1
    cells = next(blocks(case, exact(case, "people:cells"), count=50))
    assert cells.demand == pytest.approx(np.tile([62.7, 22.8], (50, 1)))
    assert cells.weight[:, 0].std() > 1
    assert cells.weight[:, 2] == pytest.approx(np.full(50, 22.8))  # alone in its zone


def test_what_is_drawn_of_one_input_does_not_depend_on_the_others():
    case = town()
    table = Uncertainties.of(case)
    first, second, alone = next(mixed(case, table, ALL_KEYS, count=40))
    changed = next(blocks(case, table.changed("people:total", low=0.5, high=2.0).known("share:primary"), count=40))
    assert (changed.reach.nearest == first.reach.nearest).all()
    assert (changed.spread == first.spread).all()
    assert (alone["people:total"].reach.nearest == first.reach.nearest).all()
    assert not (alone["position:schools"].reach.nearest == first.reach.nearest).all()
    assert (alone["position:schools"].scale == first.scale).all()
    assert (alone["streets:length"].limit == second.limit).all()
    few, many = worlds(case, count=30), worlds(case, count=300)
    assert (few.weight == many.weight[:30]).all()


def test_shares_of_the_variance_are_those_worked_out_by_hand():
    case = town()
    table = exact(case, "people:total", "share:primary")
    table = table.changed("people:total", low=0.9, high=1 / 0.9).changed("share:primary", low=0.8, high=1 / 0.8)
    drivers = answers.uncertain(case, table=table, draws=4000)["drivers"]
    of = drivers[(drivers["zone_id"] == ALL) & (drivers["quantity"] == "demand")].set_index("key")
    # A product of lognormals: log variances 0.0641² and 0.1357², so near enough 18 and 82 parts of 100.
    wide, narrow = np.log(1 / 0.8) ** 2, np.log(1 / 0.9) ** 2
    assert of.loc["share:primary", "total"] == pytest.approx(wide / (wide + narrow), abs=0.05)
    assert of.loc["people:total", "total"] == pytest.approx(narrow / (wide + narrow), abs=0.05)


def test_births_and_ages_are_parts_of_their_own():
    case = dataclasses.replace(town("kindergarten"), demand=DemandSettings(model="cohorts"))
    first, _, alone = next(
        mixed(case, Uncertainties.of(case), ["births", "enrolment:kindergarten"], count=20, limit=500)
    )
    assert "age_share" not in [r.key for r in Uncertainties.of(case)]  # all of 2025 were born since the census
    assert not np.allclose(alone["births"].demand, first.demand)
    known = exact(case)
    assert next(blocks(case, known, count=2, limit=500)).demand.sum(axis=1) == pytest.approx(
        np.full(2, case.pupils.sum())
    )


def test_a_school_that_a_plan_proposes_stands_where_it_is_drawn():
    case = town()
    place = case.workspace
    plan = place.schools.assign(accuracy_m=0.0)
    fixed = case.under(dataclasses.replace(place, schools=plan))
    assert (next(blocks(fixed, count=20)).reach.nearest == next(blocks(fixed, count=20)).reach.nearest[0]).all()


def test_seats_nobody_states_are_those_of_a_usual_school():
    case = Case.from_frames(facilities=school().assign(seats=np.nan), people=homes(), links=streets(), limit=500)
    drawn = next(blocks(case, count=200)).seats[:, 0]
    assert set(np.unique(drawn / 45)) <= set(range(18, 37))
    assert len(np.unique(drawn)) > 10


def test_a_standard_in_minutes_depends_on_who_walks():
    case = town()
    row = Uncertain("speed", "步行速度", "speed", "uniform", 3.0, 5.0, "km/h", "estimated")
    place = case.workspace
    rule = dataclasses.replace(case.standard, minutes=10.0)
    timed = dataclasses.replace(case, workspace=place)
    timed.__dict__["standard"] = rule
    limit = next(blocks(timed, Uncertainties((*exact(case).rows, row)), count=200)).limit
    assert limit.min() >= 500 - 1e-9
    assert limit.max() <= 5000 / 6 + 1e-9
    assert limit.std() > 50


def test_ends_are_rounded_outwards():
    rng = np.random.default_rng(3)
    for low, width in zip(rng.uniform(0, 1e5, 300), 10 ** rng.uniform(-2, 5, 300), strict=True):
        a, b = rounded(low, low + width)
        assert a <= low * (1 + 1e-12)
        assert b >= (low + width) * (1 - 1e-12)
        assert b - a <= width * 1.21


def test_the_table_goes_out_and_comes_back_and_refuses_what_cannot_be():
    table = Uncertainties.of(town()).changed("people:total", low=0.9, high=1.2, law="uniform")
    assert Uncertainties.read(table.table()) == table
    written = table.table()
    written.loc[0, "law"] = "poisson"
    with pytest.raises(InputError, match="row 1: the law of 'people:total'"):
        Uncertainties.read(written)
    written = table.table().assign(low="much")
    with pytest.raises(InputError, match=r"row 1 .*low 'much' is no number"):
        Uncertainties.read(written)
    with pytest.raises(InputError, match="cannot be"):
        table.changed("streets:length", low=1.2, high=0.9)
    with pytest.raises(InputError, match="choose one of people:total"):
        table.at("moon")


def test_a_workspace_says_its_own_ranges_and_a_wrong_one_is_named():
    case = town()
    place = case.workspace
    told = {
        **place.parameters,
        "uncertainty": {"people:total": {"low": 0.97, "high": 1.03}, "births": {"low": 0.9, "high": 1.1}},
    }
    row = Uncertainties.of(case.under(dataclasses.replace(place, parameters=told))).at("people:total")
    assert (row.low, row.high, row.range_from) == (0.97, 1.03, "workspace")
    wrong = {**place.parameters, "uncertainty": {"people:totals": {"low": 1, "high": 1}}}
    with pytest.raises(InputError, match="'people:totals' is nothing uncertain"):
        Uncertainties.of(case.under(dataclasses.replace(place, parameters=wrong)))


def test_nothing_of_the_service_is_no_interval():
    told = answers.uncertain(town("kindergarten"), draws=5, limit=500)
    assert told["intervals"][["central", "low", "high"]].isna().all(axis=None)
    assert "无法估计" in set(told["intervals"]["words_zh"])


def test_the_number_printed_that_lies_outside_its_interval_says_so():
    # One home beside the school, and nothing else far around: wherever else the school stands, fewer are near it.
    people = gpd.GeoDataFrame({"people": [1000]}, geometry=[at(0, 0)], index=["a"], crs=CRS)
    case = Case.from_frames(facilities=school(), people=people, links=streets(), limit=20)
    case = case.under(dataclasses.replace(case.workspace, schools=case.workspace.schools.assign(accuracy_m=3000.0)))
    answer = answers.uncertain(case, draws=300)
    row = answer["intervals"].set_index(["zone_id", "quantity"]).loc[(ALL, "covered")]
    assert row["outside"]
    assert row["high"] < row["central"]
    assert any("lies outside the interval" in note.en for note in answer.notes)


def test_stopped_it_answers_with_what_was_drawn():
    case = town()
    told = answers.uncertain(case, draws=2000, progress=lambda step: step.done < 500)
    assert len(told["values"]) == 500
    assert pd.notna(told["intervals"]["low"]).any()


def test_seats_are_told_for_every_stage_that_has_any_data_whatever_its_standard():
    told = answers.uncertain(town(), about="adequacy", draws=50)["intervals"]
    assert set(told["stage"]) == {"primary"}  # the town knows nothing of the others, and no distance of theirs


def test_a_plan_neither_is_uncertain_nor_makes_what_is_there_so():
    case = Case.from_frames(
        facilities=school().assign(basis="sourced"), people=homes().assign(basis="sourced"), links=streets().assign(basis="sourced"), limit=500,
    )  # fmt: skip
    plan = scenario.Scenario("one more", (scenario.Added("N1", "primary", 117.0, 39.106, 360, 2025),))
    under = case.under(scenario.apply(case.workspace, plan))
    assert Uncertainties.of(under) == Uncertainties.of(case)
    table = Uncertainties.of(under).changed("seats:stated", low=0.5, high=2.0, law="lognormal")
    drawn = next(blocks(under, table, count=50))
    added = under.supply.index.get_loc("N1")
    assert (drawn.seats[:, added] == 360).all()
    assert np.ptp(drawn.seats[:, 1 - added]) > 0
