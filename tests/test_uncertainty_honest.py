"""Intervals are honest: where the truth is known, 90 of 100 hold it, no fewer and not many more.

Here a few towns, the same at every run; two hundred of them, and of odd ones, in ``benchmarks.uncertainty``.
"""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pandas as pd
import pytest

from geo import answers
from geo.adequacy import ALL
from geo.uncertainty import Uncertainties
from geo.uncertainty.uncertain import ACCURACY
from tests.simulated import ODD, Town, held, towns

TOWNS, DRAWS = 32, 250


@pytest.fixture(scope="module")
def simulated() -> list[Town]:
    return list(towns(TOWNS, seed=1))


def shares(places: list[Town], tables: list[Uncertainties] | None = None) -> pd.Series:
    """Return which share of the intervals holds the truth, by quantity and part."""
    told = [held(one, tables and tables[k], draws=DRAWS, seed=k) for k, one in enumerate(places)]
    every = pd.concat(told)
    return every[every["says"]].groupby(["quantity", "part"])["held"].mean()


def surer(table: Uncertainties, keys: tuple[str, ...]) -> Uncertainties:
    """Return the table with the ranges of some inputs half as wide as they are."""
    rows = []
    for row in table:
        narrow = row
        if row.key.startswith(keys) and row.unit == ACCURACY:
            narrow = dataclasses.replace(row, high=row.high / 2)
        elif row.key.startswith(keys) and row.law == "lognormal":
            narrow = dataclasses.replace(row, low=row.low**0.5, high=row.high**0.5)
        rows.append(narrow)
    return Uncertainties(tuple(rows))


def test_nine_of_ten_intervals_hold_the_truth(simulated):
    found = shares(simulated)
    # Of 32 towns the share itself is good to some hundredths; that it is 87 to 93 is shown of more (benchmarks).
    assert found.between(0.80, 0.98).all(), found
    assert 0.86 <= found.mean() <= 0.94, found


def test_intervals_half_as_wide_are_found_out(simulated):
    found = shares(simulated, [surer(Uncertainties.of(one.written), ("",)) for one in simulated])
    assert found.mean() < 0.75, found


def test_places_taken_to_be_twice_as_exact_are_found_out():
    # All else measured, and places off by 400 m: who is covered then depends on them alone.
    kind = dataclasses.replace(ODD["everything measured"], accuracies=(400.0,), schools=(3, 3))
    places = list(towns(32, seed=2, kind=kind))
    halved = [surer(Uncertainties.of(one.written), ("position",)) for one in places]
    right, wrong = (shares(places, tables).loc[("covered", "zones")] for tables in (None, halved))
    assert right >= 0.87
    assert wrong <= right - 0.1


@pytest.mark.parametrize("name", ODD)
def test_odd_towns_have_intervals_too(name):
    for town in itertools.islice(towns(2, seed=3, kind=ODD[name]), 2):
        told = held(town, draws=DRAWS)
        assert np.isfinite(told[["low", "high", "truth"]]).all(axis=None)
        assert (told["low"] <= told["high"]).all()
        # An interval of one point claims to be sure: then it must be right.
        assert told.loc[~told["says"], "held"].all()
    if name == "a zone where nobody lives":
        assert (told.loc[told["zone_id"] == "z2", ["low", "high", "truth"]] == 0).all(axis=None)


def test_the_answer_tells_the_intervals_that_are_tried_here():
    town = next(towns(1, seed=4))
    told = held(town, draws=DRAWS).set_index(["zone_id", "quantity"])
    for about in ("coverage", "adequacy"):
        answer = answers.uncertain(town.written, about=about, draws=DRAWS)["intervals"]
        answer = answer[(answer["stage"] == "primary") | (answer["stage"] == "")].set_index(["zone_id", "quantity"])
        for key in told.index.intersection(answer.index) if about == "coverage" else [(ALL, "seats"), (ALL, "demand")]:
            assert answer.loc[key, ["low", "high"]].astype(float).tolist() == pytest.approx(told.loc[key, ["low", "high"]].tolist())  # fmt: skip
