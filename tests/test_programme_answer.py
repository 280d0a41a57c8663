"""The rolling programme as a planner asks for it: seats that count, words, plans, and what cannot be meant."""

from __future__ import annotations

import dataclasses

import pandas as pd
import pytest

from geo import answers
from geo.answers.programme_terms import usual_terms
from geo.errors import InputError
from geo.examples import town
from geo.scenario import apply

SHORT = {"first": 2025, "last": 2028, "build": 1}


def asked(case, less=None, **terms):
    given = usual_terms(case, **{**SHORT, "budget": (8000.0,), **terms})
    if less is None:
        return answers.programme(case, given, spacing=50)
    return answers.programme_with_less(case, given, less=less, spacing=50)


def small():
    """A town whose only school has ten seats."""
    case = town()
    return dataclasses.replace(case, workspace=dataclasses.replace(case.workspace, schools=case.workspace.schools.assign(seats_primary=10.0)))  # fmt: skip


def test_a_school_that_grows_twice_becomes_one_plan_with_its_last_size():
    case = small()
    answer = asked(case, budget=(60.0,), grow_by=2, per_grown=60.0, fixed=1e9, class_size=20.0)
    rows = answer["schedule"]
    assert rows["action"].tolist() == ["grow", "grow"]
    assert rows["seats_before"].tolist() == [10.0, 10.0]
    plan = answers.plan_of_programme(case, answer, "grown")
    assert [(o.kind, o.seats, o.year) for o in plan.objects] == [("resize", 50.0, int(rows["opens"].max()))]
    grown = dataclasses.replace(case, workspace=apply(case.workspace, plan, 2028), year=2028)
    assert grown.supply["seats"].tolist() == [50.0]


def test_a_school_of_unknown_size_grows_from_what_is_supposed():
    case = town()
    place = dataclasses.replace(case.workspace, schools=case.workspace.schools.assign(seats_primary=float("nan")))
    answer = asked(dataclasses.replace(case, workspace=place))
    assert any("unknown size" in note.en for note in answer.notes)
    assert answer["years"]["seats"].iloc[0] == 1080.0


def test_the_plan_serves_whom_the_programme_says():
    case = town()
    answer = asked(case)
    plan = answers.plan_of_programme(case, answer, "until 2028")
    for row in answer["years"].itertuples():
        then = dataclasses.replace(case, workspace=apply(case.workspace, plan.at(row.year), row.year), year=row.year)
        served = answers.assign(then, limit=then.standard.radius_m)["summary"]["served"].iloc[0]
        assert served == pytest.approx(row.served)


def test_less_money_is_told_beside():
    answer = asked(town(), less=0.5)
    one, two = answer["what_if"].to_dict("records")
    assert two["objective"] < one["objective"]
    assert two["objective"] <= two["bound"] <= one["bound"]
    assert answer["schedule_less"]["opens"].min() > answer["schedule"]["opens"].min()
    assert "预算减 50%" in two["compared_zh"]
    assert "推迟" in two["compared_zh"]


def test_terms_say_what_is_assumed_and_what_the_planner_said():
    terms = asked(town(), fixed=500.0)["terms"].set_index("key")
    assert terms.loc["fixed", "said_by"] == "planner"
    assert terms.loc["per_class", ["said_by", "basis"]].tolist() == ["usual", "assumed"]


def test_years_after_the_last_of_the_data_say_so():
    assert asked(town())["years"]["residents"].tolist() == ["data", "held", "held", "held"]


def test_what_cannot_be_is_refused_in_words():
    with pytest.raises(InputError, match=r"no facilities \['X'\]"):
        answers.programme(town(), usual_terms(town(), **SHORT), closes={"X": 2026}, spacing=50)
    with pytest.raises(InputError, match="limit must be"):
        answers.programme(town(), usual_terms(town(), **SHORT), limit=-1.0, spacing=50)
    with pytest.raises(InputError, match="share above 0"):
        asked(town(), less=1.5)
    sites = town().workspace.schools[["geometry"]].rename_axis("candidate_id")
    with pytest.raises(InputError, match="ids of facilities there are"):
        answers.programme(town(), usual_terms(town(), **SHORT), sites=sites)


def test_a_clinic_has_no_seats():
    answer = answers.programme(
        town().of("health_station"), usual_terms(town().of("health_station"), **SHORT), limit=500.0, spacing=50
    )
    assert answer["schedule"]["seats"].isna().all()
    assert answer["years"]["seats"].isna().all()
    assert pd.notna(answer["summary"]["objective"].iloc[0])
