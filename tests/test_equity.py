"""Gini, Palma, Theil and the share below a standard, weighted by people."""

import doctest

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo import equity
from geo.errors import InputError

# The vector of R's ineq and acid packages; ineq::Gini gives 0.4620911.
INCOMES = [541, 1463, 2445, 3438, 4437, 5401, 6392, 8304, 11904, 22261]
TOWNS = st.lists(st.tuples(st.integers(0, 1000), st.integers(1, 50)), min_size=1, max_size=20)


def test_doctests():
    assert doctest.testmod(equity).failed == 0


def test_published_numbers():
    assert equity.gini(INCOMES) == pytest.approx(0.4620911, abs=1e-7)
    # Theil of the same by its definition, and Palma by its tenths: 22261 against the four smallest.
    share = np.array(INCOMES) / np.mean(INCOMES)
    assert equity.theil(INCOMES) == pytest.approx(np.mean(share * np.log(share)))
    assert equity.palma(INCOMES) == pytest.approx(22261 / (541 + 1463 + 2445 + 3438))


def test_two_groups_in_closed_form():
    # A share f of people holds a share u of the total: Gini = u - f.
    assert equity.gini([1, 9], [80, 20]) == pytest.approx(180 / 260 - 0.2)


@given(TOWNS)
@settings(max_examples=60, deadline=None)
def test_weights_are_people(town):
    values, weights = (np.array(column, dtype=float) for column in zip(*town, strict=True))
    each = np.repeat(values, weights.astype(int))
    for measure in (equity.gini, equity.palma, equity.theil):
        assert measure(values, weights) == pytest.approx(measure(each), abs=1e-9, nan_ok=True)
    assert equity.share_below(values, weights, limit=500) == pytest.approx(np.mean(each < 500))


@given(TOWNS, st.floats(0.01, 100))
@settings(max_examples=60, deadline=None)
def test_laws(town, scale):
    values, weights = (np.array(column, dtype=float) for column in zip(*town, strict=True))
    if values.sum() == 0:
        assert np.isnan([equity.gini(values, weights), equity.palma(values, weights)]).all()
        assert np.isnan(equity.theil(values, weights))
        return
    gini, theil = equity.gini(values, weights), equity.theil(values, weights)
    assert -1e-12 <= gini < 1 and -1e-12 <= theil <= np.log(weights.sum()) + 1e-9
    order = np.random.default_rng(1).permutation(len(values))
    for measure, plain in ((equity.gini, gini), (equity.theil, theil)):
        assert measure(values * scale, weights * 3) == pytest.approx(plain, abs=1e-9)
        assert measure(values[order], weights[order]) == pytest.approx(plain, abs=1e-9)
    # A gift from the poorest to the richest never lowers the inequality (Pigou-Dalton).
    if values.min() > 0 and values.max() > values.min() and len(set(values)) == len(values):
        low, high = values.argmin(), values.argmax()
        moved = values.copy()
        moved[low] -= 0.5 / weights[low]
        moved[high] += 0.5 / weights[high]
        if moved[low] >= 0:
            assert equity.gini(moved, weights) >= gini - 1e-12
            assert equity.theil(moved, weights) >= theil - 1e-12


def test_palma_divides_a_point_that_straddles_the_limit():
    # 30 poor with 1, 60 middling with 2, 10 rich with 9: the bottom 40 holds 30 + 20, the top tenth 90.
    assert equity.palma([1, 2, 9], [30, 60, 10]) == pytest.approx(90 / 50)
    assert equity.palma([5, 5, 5], [1, 2, 3]) == pytest.approx(0.25)
    assert equity.palma([0, 1], [50, 50]) == np.inf


def test_share_below_is_strict_and_takes_the_unreachable():
    assert equity.share_below([1, 2, np.inf], [1, 1, 2], limit=2) == 0.25
    with pytest.raises(InputError):
        equity.share_below([1], limit=np.nan)


def test_empty_nobody_and_nothing_are_nan():
    for measure in (equity.gini, equity.palma, equity.theil):
        assert np.isnan(measure([])) and np.isnan(measure([1, 2], [0, 0])) and np.isnan(measure([0, 0]))
    assert np.isnan(equity.share_below([], limit=1))


def test_rows_without_people_do_not_count():
    assert equity.gini([1, 3, np.nan, -5], [1, 1, 0, 0]) == pytest.approx(equity.gini([1, 3]))


def test_series_meet_by_id():
    values = pd.Series([1.0, 9.0], ["a", "b"])
    assert equity.gini(values, pd.Series([20, 80], ["b", "a"])) == pytest.approx(180 / 260 - 0.2)
    with pytest.raises(InputError, match="ids"):
        equity.gini(values, pd.Series([20, 80], ["b", "c"]))


@pytest.mark.parametrize(
    ("values", "weights", "field"),
    [
        ([1, np.nan], [1, 1], "values"),
        ([1, -2], [1, 1], "values"),
        ([1, np.inf], [1, 1], "values"),
        ([1, 2], [1, -1], "weights"),
        ([1, 2], [1, np.nan], "weights"),
    ],
)
def test_refusals_name_the_row(values, weights, field):
    with pytest.raises(InputError) as caught:
        equity.gini(values, weights)
    assert caught.value.findings[0].field == field


def test_lengths_must_agree():
    with pytest.raises(InputError, match="as many"):
        equity.gini([1, 2, 3], [1, 2])
