"""The same law in every model: limits are numbers, ids are given once and known, amounts are numbers of at least 0."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from geo import access, coverage, siting
from geo.assignment import assign
from geo.errors import InputError
from geo.network import Network
from tests import town

COST = pd.DataFrame({"A": [100.0, 200.0, np.inf], "B": [900.0, 400.0, 50.0]}, index=["p", "q", "r"])
PEOPLE = pd.Series({"p": 3.0, "q": 2.0, "r": 1.0})
SEATS = pd.Series({"A": 4.0, "B": 4.0})
Model = Callable[[pd.DataFrame, Any], Any]
BY_PEOPLE: dict[str, Model] = {
    "fca2": lambda cost, people: access.fca2(cost, people, SEATS, limit=500),
    "e2sfca": lambda cost, people: access.e2sfca(cost, people, SEATS, steps={300: 1, 500: 0.5}),
    "fca3": lambda cost, people: access.fca3(cost, people, SEATS, decay={300: 1, 500: 0.5}),
    "balanced": lambda cost, people: access.balanced(cost, people, SEATS, decay={300: 1, 500: 0.5}),
    "gravity": lambda cost, people: access.gravity(cost, people, SEATS, decay={300: 1, 500: 0.5}),
    "assign": lambda cost, people: assign(cost, people, SEATS),
    "max_cover": lambda cost, people: siting.max_cover(cost, people, limit=500, p=1),
    "p_median": lambda cost, people: siting.p_median(cost.replace(np.inf, 5000.0), people, p=1),
    "capacitated_p_median": lambda cost, people: siting.capacitated_p_median(cost.replace(np.inf, 5000.0), people, p=2, capacity=9),
    "capacitated_max_cover": lambda cost, people: siting.capacitated_max_cover(cost, people, limit=500, p=1, sizes=(4.0, 8.0)),
    "curve": lambda cost, people: siting.curve(siting.max_cover, cost, people, limit=500, p=[1, 2]),
}  # fmt: skip
BY_LIMIT: dict[str, Callable[[Any], Any]] = {
    "coverage": lambda limit: coverage.coverage(pd.DataFrame({"people": PEOPLE, "zone_id": "z"}), COST, limit=limit),
    "fca2": lambda limit: access.fca2(COST, PEOPLE, SEATS, limit=limit),
    "cumulative": lambda limit: access.cumulative(COST, SEATS, limit=limit),
    "assign": lambda limit: assign(COST, PEOPLE, SEATS, limit=limit),
    "max_cover": lambda limit: siting.max_cover(COST, PEOPLE, limit=limit, p=1),
    "set_cover": lambda limit: siting.set_cover(COST, limit=limit),
    "network": lambda limit: Network.from_links(town.links()).nearest([1], [3], limit=limit),
}


@pytest.mark.parametrize("model", BY_PEOPLE)
def test_ids_that_no_table_knows_are_refused(model: str) -> None:
    BY_PEOPLE[model](COST, PEOPLE)
    with pytest.raises(InputError, match=r"unknown to the table: .*zz") as told:
        BY_PEOPLE[model](COST, pd.concat([PEOPLE, pd.Series({"zz": 1.0})]))
    assert "zz" in told.value.text.zh and told.value.findings[0].field


@pytest.mark.parametrize("model", BY_PEOPLE)
def test_ids_given_twice_are_refused(model: str) -> None:
    with pytest.raises(InputError, match=r"repeated|twice|unique"):
        BY_PEOPLE[model](COST, pd.concat([PEOPLE, PEOPLE[:1]]))
    doubled = COST.set_axis(["p", "q", "q"])
    with pytest.raises(InputError, match=r"repeated|twice|unique"):
        BY_PEOPLE[model](doubled, pd.Series([3.0, 2.0, 1.0], doubled.index))


@pytest.mark.parametrize("model", BY_PEOPLE)
def test_text_is_refused_in_words(model: str) -> None:
    with pytest.raises(InputError, match=r"not numbers|must be numbers"):
        BY_PEOPLE[model](COST, PEOPLE.astype(object).replace(3.0, "many"))
    with pytest.raises(InputError, match=r"not numbers|must be numbers"):
        BY_PEOPLE[model](COST.astype(object).replace(100.0, "near"), PEOPLE)


@pytest.mark.parametrize("model", BY_LIMIT)
@pytest.mark.parametrize("limit", ["3", None, True, -1.0, float("nan")])
def test_a_limit_is_a_number_of_at_least_0(model: str, limit: Any) -> None:
    BY_LIMIT[model](600)
    with pytest.raises(InputError, match="limit must be a number of at least 0") as told:
        BY_LIMIT[model](limit)
    assert "不小于 0" in told.value.text.zh


def test_no_limit_covers_those_whom_no_way_reaches() -> None:
    demand = pd.DataFrame({"people": [3.0, 2.0], "zone_id": "z"}, index=["p", "q"])
    nearest = pd.Series([10.0, np.inf], index=["p", "q"])
    assert coverage.coverage(demand, nearest, limit=np.inf).loc["z", "covered"] == 3.0
    table = pd.DataFrame({"A": [10.0, np.inf], "B": [np.inf, np.inf]}, index=["p", "q"])
    assert coverage.coverage(demand, table, limit=np.inf).loc["z", "share"] == pytest.approx(0.6)
    assert access.cumulative(table, pd.Series({"A": 1.0, "B": 1.0}), limit=np.inf).tolist() == [1.0, 0.0]
