"""Demand: sums that can be checked by hand, and the table of numbers behind them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.demand import (
    AGES,
    DEFAULTS,
    MODELS,
    YEARS,
    Parameters,
    by_cohorts,
    by_housing,
    by_ratio,
    by_share,
    class_sizes,
    cohort_share,
    explain,
    parameters,
    pupils,
    residents,
)
from geo.errors import InputError
from geo.services import STAGES

PEOPLE = pd.Series([1000.0, 0.0, 50_000.0], index=["a", "b", "c"], name="people")


def test_share_of_residents_by_hand():
    # 1 000 residents, 2.9 % aged 3-5, 90 % (2020) or 92 % (2025) in kindergarten
    assert by_share(PEOPLE, "kindergarten", 2020)["a"] == pytest.approx(1000 * 0.029 * 0.90)
    assert by_share(PEOPLE, "kindergarten", 2025)["a"] == pytest.approx(1000 * 0.029 * 0.92)
    assert by_share(PEOPLE, "kindergarten", 2022)["a"] == pytest.approx(1000 * 0.029 * 0.908)
    assert by_share(PEOPLE, "kindergarten", 2035)["a"] == pytest.approx(1000 * 0.029 * 0.92)
    assert by_share(PEOPLE, "primary", 2030).tolist() == pytest.approx([57, 0, 2850])
    assert by_share(PEOPLE, "senior", 2030)["c"] == pytest.approx(50_000 * 0.029 * 0.6)


def test_seats_per_thousand_by_hand():
    assert by_ratio(PEOPLE, "kindergarten", 2025)["c"] == 50 * 45
    assert by_ratio(PEOPLE, "kindergarten", 2025, bound="high")["c"] == 50 * 72
    with pytest.raises(InputError, match="ratio_low"):
        by_ratio(PEOPLE, "senior", 2025)


def test_cohorts_grow_up_one_year_at_a_time():
    in_2025 = cohort_share("kindergarten", 2025)
    assert in_2025["born"].tolist() == [2022, 2021, 2020]
    assert in_2025["from"].tolist() == ["births"] * 3
    assert in_2025["share"].tolist() == pytest.approx(
        [(5.99 - 2 / 3 * 1.52) / 1000, (5.99 - 1 / 3 * 1.52) / 1000, 0.00599]
    )
    junior = cohort_share("junior", 2025)
    assert junior["from"].tolist() == ["ages"] * 3
    assert junior["share"].sum() == pytest.approx(3 * 0.1426 / 15)
    # Those in kindergarten in 2025 are the oldest half of the primary schools of 2031.
    later = cohort_share("primary", 2031)
    assert later.loc[[9, 10, 11], "share"].tolist() == pytest.approx(in_2025["share"].tolist())


def test_cohorts_by_hand():
    per_head = (0.00599 - 2 / 3 * 0.00152) + (0.00599 - 1 / 3 * 0.00152) + 0.00599
    assert by_cohorts(PEOPLE, "kindergarten", 2025)["c"] == pytest.approx(50_000 * per_head * 0.92)
    assert by_cohorts(PEOPLE, "senior", 2025)["c"] == pytest.approx(50_000 * 3 * 0.1426 / 15 * 0.6)


def test_new_housing_comes_on_top_when_it_is_finished():
    homes = pd.DataFrame({"dwellings": [1000.0, 500.0], "year": [2024, 2027]}, index=["a", "a"])
    assert by_housing(homes, "primary", 2025).tolist() == pytest.approx([1000 * 3 * 0.057, 0])
    got = pupils(PEOPLE, "primary", 2028, housing=homes)
    assert got["a"] == pytest.approx(57 + 1500 * 3 * 0.057)
    assert got["b"] == 0
    with pytest.raises(InputError, match="nowhere"):
        pupils(PEOPLE, "primary", 2028, housing=homes.set_axis(["a", "nowhere"]))


def test_class_sizes_of_the_plan_and_of_the_standard():
    assert list(class_sizes().values()) == [30, 45, 45, 45]
    assert list(class_sizes("gb50099").values()) == [30, 45, 50, 50]
    assert [class_sizes(kindergarten=k)["kindergarten"] for k in ("small", "middle", "large")] == [25, 30, 35]
    with pytest.raises(InputError, match="gb50099"):
        class_sizes("mine")
    with pytest.raises(InputError, match="small"):
        class_sizes(kindergarten="tiny")


def test_a_workspace_lays_its_numbers_over_the_defaults():
    config = {
        "shares": {"primary": 0.08, "basis": "measured", "source_id": "count"},
        "enrolment": {"kindergarten": {"2020": 0.5, "2030": 0.7}},
        "class_size": {"senior": 40},
    }
    numbers = parameters(config)
    assert numbers.value("share", "primary") == 0.08
    assert numbers.at("share", "primary").basis == "measured"
    assert numbers.at("share", "primary").source == "count"
    assert numbers.value("enrolment", "kindergarten", 2025) == pytest.approx(0.6)
    assert numbers.value("share", "junior") == 0.029
    assert class_sizes(numbers=numbers)["senior"] == 40
    assert parameters({}) == DEFAULTS
    with pytest.raises(InputError, match="primary"):
        parameters({"shares": {"primary": -1}})


def test_numbers_can_be_changed_saved_and_read_back():
    changed = DEFAULTS.changed("enrolment", 0.55, stage="senior")
    row = changed.at("enrolment", "senior")
    assert (row.value, row.basis, row.source) == (0.55, "assumed", "planner")
    assert DEFAULTS.value("enrolment", "senior") == 0.6
    assert Parameters.read(changed.table()) == changed
    with pytest.raises(InputError, match="shoe_size"):
        DEFAULTS.changed("shoe_size", 1)
    with pytest.raises(InputError, match="nan"):
        DEFAULTS.changed("persons", np.nan)
    with pytest.raises(InputError, match="basis"):
        Parameters.read(changed.table().assign(basis="hearsay"))
    with pytest.raises(InputError, match="unit"):
        Parameters.read(changed.table().drop(columns="unit"))


def test_every_number_says_its_unit_and_basis():
    table = DEFAULTS.table()
    assert table["basis"].isin(["measured", "sourced", "derived", "estimated", "assumed"]).all()
    assert (table[["unit", "zh", "en"]] != "").all(axis=None)
    sourced = table[table["basis"].isin(["sourced", "derived"])]
    assert (sourced["clause"] != "").all()


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("stage", STAGES)
def test_the_formula_is_written_with_its_numbers(model, stage):
    if (model, stage) == ("ratio", "senior"):
        with pytest.raises(InputError):
            explain(50_000, stage, 2025, model=model)
        return
    steps = explain(50_000, stage, 2025, model=model, dwellings=2000)
    last = steps.iloc[-1]
    housing = pd.DataFrame({"dwellings": [2000], "year": [2025]}, index=["c"])
    assert last["value"] == pytest.approx(pupils(PEOPLE, stage, 2025, model=model, housing=housing)["c"])
    # The sum as printed gives the number printed.
    formula = last["text_en"].split(" = ")[1].replace(",", "").replace("×", "*").replace("÷", "/")
    assert eval(formula) == pytest.approx(last["value"], rel=1e-3)  # our own text: digits and signs only
    assert (steps["text_zh"] != "").all()


def test_years_between_are_interpolated_and_the_last_is_held():
    known = pd.DataFrame({2025: [300.0], 2020: [100.0]}, index=["a"])
    assert [residents(known, y)["a"] for y in (2020, 2021, 2024, 2025, 2035)] == [100, 140, 260, 300, 300]
    with pytest.raises(InputError, match="2019"):
        residents(known, 2019)
    with pytest.raises(InputError, match="population"):
        residents(known[[]], 2025)


@pytest.mark.parametrize(
    ("people", "stage", "year", "model", "named"),
    [
        (PEOPLE * -1, "primary", 2025, "share", "a"),
        (PEOPLE.replace(0.0, np.nan), "primary", 2025, "share", "b"),
        (PEOPLE.replace(0.0, np.inf), "primary", 2025, "cohorts", "b"),
        (PEOPLE, "college", 2025, "share", "college"),
        (PEOPLE, "primary", 2036, "share", "2036"),
        (PEOPLE, "primary", 2025, "guess", "guess"),
    ],
)
def test_wrong_questions_are_refused(people, stage, year, model, named):
    with pytest.raises(InputError, match=named):
        pupils(people, stage, year, model=model)


@given(
    st.sampled_from(list(STAGES)),
    st.sampled_from(list(YEARS)),
    st.sampled_from(["share", "cohorts"]),
    st.lists(st.floats(0, 1e6), min_size=1, max_size=5),
)
def test_pupils_add_up_and_are_fewer_than_residents(stage, year, model, people):
    each = pupils(pd.Series(people), stage, year, model=model)
    together = pupils(pd.Series([sum(people)]), stage, year, model=model)
    assert each.sum() == pytest.approx(together[0])
    assert (each <= pd.Series(people) * len(AGES[stage]) * 0.01 + 1e-9).all()


def test_nobody_needs_nothing():
    assert pupils(pd.Series(dtype=float), "primary", 2025).empty
