"""The accessibility family: published numbers, laws, and refusals."""

import doctest

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo import access
from geo.errors import InputError

TIME = pd.DataFrame({"A": [5, 50, 25], "B": [70, 40, 30]}, index=["p", "q", "r"], dtype=float)
PEOPLE = pd.Series([5.0, 10, 50], TIME.index)
SEATS = pd.Series([50.0, 100], TIME.columns)
STEPS = {20: 1, 40: 0.68, 60: 0.22}


class Sparse:
    """The shape of the engine's many-to-many result, for the pairs of a table within a limit."""

    def __init__(self, table, limit=np.inf):
        values = table.to_numpy(dtype=float)
        keep = np.isfinite(values) & (values <= limit)
        rows, self.indices = np.nonzero(keep)
        self.metres = values[keep]
        self.indptr = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=len(table)))])
        self.sources, self.targets = table.index, table.columns


FAMILY = {
    "fca2": lambda d, p, s: access.fca2(d, p, s, limit=40),
    "e2sfca": lambda d, p, s: access.e2sfca(d, p, s, steps=STEPS),
    "fca3": lambda d, p, s: access.fca3(d, p, s, decay=STEPS),
    "balanced": lambda d, p, s: access.balanced(d, p, s, decay=STEPS),
    "gravity": lambda d, p, s: access.gravity(d, p, s, decay=1.5),
    "gaussian": lambda d, p, s: access.gravity(d, p, s, decay=access.gaussian(20, limit=60)),
    "cumulative": lambda d, p, s: access.cumulative(d, s, limit=40),
}
KEEPS_SEATS = ["fca2", "e2sfca", "fca3", "gravity", "gaussian"]


def test_doctests():
    assert doctest.testmod(access).failed == 0


def test_hand_made_town():
    # A: p and r within 40, so 50 / 55 each; B: q at exactly 40 and r, 100 / 60.
    got = access.fca2(TIME, PEOPLE, SEATS, limit=40)
    expected = pd.Series([50 / 55, 100 / 60, 50 / 55 + 100 / 60], TIME.index, name="access")
    pd.testing.assert_series_equal(got, expected)


def test_enhanced_steps_are_inclusive():
    expected = {"p": 1.2136, "q": 1.9337, "r": 2.4919}
    assert access.e2sfca(TIME, PEOPLE, SEATS, steps=STEPS).round(4).to_dict() == expected
    assert access.e2sfca(TIME, PEOPLE, SEATS, steps=dict(reversed(STEPS.items()))).round(4).to_dict() == expected


# Grüebler, R package fca: the example of its README (gaussian, 0.01 at 20 minutes) and its test cases.
GRUEBLER_MINUTES = [
    [8.627326, 23.64915, 12.26931, 26.49052, 28.21402, 1.366695, 15.843165, 26.772571, 16.543050, 13.698442],
    [28.705000, 13.60002, 20.32712, 17.17900, 3.08774, 26.994749, 7.382632, 1.261786, 9.837622, 28.635109],
    [26.686179, 20.78410, 19.21520, 29.82809, 19.67117, 21.255914, 16.321981, 17.824261, 8.674792, 4.413409],
]
GRUEBLER_3SFCA = [
    3.97260949, 0.03678999, 1.46747735, 0.01079342, 0.28782748, 9.11410451, 0.19596873, 0.31194607, 0.37539987,
    1.10349481,
]  # fmt: skip


def test_three_steps_published_example():
    time = pd.DataFrame(GRUEBLER_MINUTES).T
    people = pd.Series([100, 200, 50, 100, 500, 50, 100, 100, 50, 500])
    seats = pd.Series([1000, 200, 500])
    got = access.fca3(time, people, seats, decay=lambda d: np.exp(np.log(0.01) * (d / 20) ** 2))
    np.testing.assert_allclose(got, GRUEBLER_3SFCA, rtol=1e-5)


def test_published_weights_given_as_they_are():
    weight = pd.DataFrame(np.arange(1.0, 25).reshape(4, 6))
    people, seats = pd.Series([1, 2, 3, 4]), pd.Series([1, 2, 3, 4, 5, 6])
    three = access.fca3(weight, people, seats, decay=lambda w: w)
    np.testing.assert_allclose(three, [0.6686168, 1.3565093, 2.0921208, 2.8355005], rtol=1e-6)
    two = access.fca2(weight, people, seats, limit=100)
    np.testing.assert_allclose(two, [2.1] * 4)


def test_balanced_by_hand():
    # Two points and two facilities: p reaches both, q only B. Paez, Higgins & Vivona (2019), equations 6-9.
    metres = pd.DataFrame({"A": [1.0, np.inf], "B": [1.0, 1.0]}, index=["p", "q"])
    people, seats = pd.Series([100.0, 50], metres.index), pd.Series([10.0, 30], metres.columns)
    # p sends 50 to A and 50 to B, q 50 to B: 10 / 50 = 0.2 and 30 / 100 = 0.3; B's 0.3 is halved.
    got = access.balanced(metres, people, seats, decay={1: 1})
    assert got.to_dict() == pytest.approx({"p": 0.2 + 0.15, "q": 0.15})


def test_gravity_by_hand_and_zero_distance():
    metres = pd.DataFrame({"A": [0.0, 2.0]}, index=["p", "q"])
    people, seats = pd.Series([4.0, 8], metres.index), pd.Series([6.0], metres.columns)
    got = access.gravity(metres, people, seats, decay=1)  # weights 1 and 1/2: 6 / (4 + 4)
    assert got.to_dict() == pytest.approx({"p": 0.75, "q": 0.375})
    assert access.gravity(metres, None, seats, decay=access.power(2)).to_dict() == {"p": 6, "q": 1.5}
    assert access.gravity(metres, None, seats, decay=access.exponential(0.5)).q == pytest.approx(6 / np.e)


def test_gravity_with_steps_is_the_enhanced_method():
    a = access.gravity(TIME, PEOPLE, SEATS, decay=STEPS)
    pd.testing.assert_series_equal(a, access.e2sfca(TIME, PEOPLE, SEATS, steps=STEPS))


def test_cumulative_counts_seats_and_facilities():
    assert access.cumulative(TIME, SEATS, limit=40).to_dict() == {"p": 50, "q": 100, "r": 150}
    assert access.cumulative(TIME, SEATS * 0 + 1, limit=30).to_dict() == {"p": 1, "q": 0, "r": 2}


def _town(seed, points=40, sites=7):
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(rng.uniform(0, 90, (points, sites)), columns=[f"S{i}" for i in range(sites)])
    table = table.mask(rng.random(table.shape) < 0.3, np.inf)
    people = pd.Series(rng.integers(0, 300, points).astype(float), table.index)
    seats = pd.Series(rng.integers(0, 900, sites).astype(float), table.columns)
    return table, people, seats


REACH = {"fca2": 40, "e2sfca": 60, "fca3": 60, "gravity": np.inf, "gaussian": 60}


@pytest.mark.parametrize("name", KEEPS_SEATS)
@given(seed=st.integers(0, 10**6))
@settings(max_examples=40, deadline=None)
def test_people_times_access_are_the_seats_in_reach(name, seed):
    table, people, seats = _town(seed)
    near = table.le(REACH[name]) & np.isfinite(table)
    reached = near.mul(people, axis=0).sum() > 0
    total = float((FAMILY[name](table, people, seats) * people).sum())
    assert total == pytest.approx(float(seats[reached].sum()), rel=1e-9, abs=1e-9)


@given(seed=st.integers(0, 10**6))
@settings(max_examples=40, deadline=None)
def test_balanced_keeps_people_and_the_level_of_service(seed):
    table, people, seats = _town(seed)
    weight = table.map(lambda d: 1.0 if d <= 40 else 0.0)
    share = weight.div(weight.sum(axis=1).replace(0, 1), axis=0)
    crowd = share.mul(people, axis=0).sum()
    assert crowd.sum() == pytest.approx(people[weight.any(axis=1)].sum())
    level = (seats / crowd.where(crowd > 0)).fillna(0).sum()
    got = access.balanced(table, people, seats, decay={40: 1})
    assert got.sum() == pytest.approx(level, abs=1e-9)


@pytest.mark.parametrize("name", FAMILY)
@given(seed=st.integers(0, 10**6))
@settings(max_examples=20, deadline=None)
def test_order_of_rows_and_columns_does_not_matter_and_sparse_is_the_same(name, seed):
    table, people, seats = _town(seed, points=15, sites=4)
    expected = FAMILY[name](table, people, seats)
    rng = np.random.default_rng(seed)
    mixed = table.sample(frac=1, random_state=rng).sample(frac=1, axis=1, random_state=rng)
    got = FAMILY[name](mixed, people.sample(frac=1, random_state=rng), seats.iloc[::-1])
    pd.testing.assert_series_equal(got.reindex(expected.index), expected)
    pd.testing.assert_series_equal(FAMILY[name](Sparse(table), people, seats), expected)


@pytest.mark.parametrize("bounds", [1, 2, 4, 7])
def test_compiled_steps_are_the_table_s(bounds):
    table, people, seats = _town(bounds)
    steps = {90.0 * (n + 1) / bounds: 1 / (n + 1) for n in range(bounds)}
    table.iloc[0, 0] = next(iter(steps))  # exactly at a bound
    expected = access.e2sfca(table, people, seats, steps=steps)
    pairs = Sparse(table)
    for _ in range(3):  # as they come, put in order, ordered
        pd.testing.assert_series_equal(access.e2sfca(pairs, people, seats, steps=steps), expected)
    one = access.fca2(pairs, people, seats, limit=next(iter(steps)))
    pd.testing.assert_series_equal(one, access.fca2(table, people, seats, limit=next(iter(steps))))
    everything = access.e2sfca(Sparse(table.replace(np.inf, 1e9)), people, seats, steps={np.inf: 1})
    assert (everything * people).sum() == pytest.approx(seats.sum())


def test_compiled_steps_refuse_bad_distances():
    pairs = Sparse(TIME)
    for value in (-1.0, np.nan):
        pairs.metres[2] = value
        with pytest.raises(InputError, match="inf"):
            access.e2sfca(pairs, PEOPLE, SEATS, steps=STEPS)
    with pytest.raises(InputError, match="demand"):
        access.e2sfca(Sparse(TIME), PEOPLE.drop("q"), SEATS, steps=STEPS)
    with pytest.raises(InputError, match="steps"):
        access.e2sfca(Sparse(TIME), PEOPLE, SEATS, steps={})


@given(seed=st.integers(0, 10**6), limits=st.tuples(st.floats(0, 90), st.floats(0, 90)))
@settings(max_examples=40, deadline=None)
def test_seats_in_reach_grow_with_the_limit(seed, limits):
    table, _, seats = _town(seed)
    near, far = (access.cumulative(table, seats, limit=limit) for limit in sorted(limits))
    assert (near <= far).all()


@given(seed=st.integers(0, 10**6), limits=st.tuples(st.floats(0, 90), st.floats(0, 90)))
@settings(max_examples=40, deadline=None)
def test_seats_given_out_grow_with_the_limit(seed, limits):
    # A single point's access may fall as competitors come into reach; the seats given out never do.
    table, people, seats = _town(seed)
    near, far = ((access.fca2(table, people, seats, limit=limit) * people).sum() for limit in sorted(limits))
    assert near <= far * (1 + 1e-9) + 1e-9


@pytest.mark.parametrize("name", FAMILY)
def test_nothing_in_reach_is_zero_and_empty_is_empty(name):
    far = TIME * 0 + np.inf
    assert FAMILY[name](far, PEOPLE, SEATS).tolist() == [0, 0, 0]
    empty = FAMILY[name](TIME.iloc[:0], PEOPLE.iloc[:0], SEATS)
    assert empty.empty and empty.dtype == float
    assert FAMILY[name](TIME[[]], PEOPLE, SEATS[[]]).tolist() == [0, 0, 0]
    nobody = FAMILY[name](TIME, PEOPLE * 0, SEATS)
    assert np.isfinite(nobody).all()


@pytest.mark.parametrize(
    ("people", "seats", "field"),
    [
        (PEOPLE.drop("q"), SEATS, "demand"),
        (PEOPLE, SEATS.drop("A"), "supply"),
        (PEOPLE.mask(PEOPLE == 10), SEATS, "demand"),
        (PEOPLE, SEATS * -1, "supply"),
        (pd.concat([PEOPLE, PEOPLE]), SEATS, "demand"),
        (PEOPLE * np.inf, SEATS, "demand"),
    ],
)
def test_bad_demand_and_supply_say_which(people, seats, field):
    with pytest.raises(InputError) as caught:
        access.fca2(TIME, people, seats, limit=40)
    assert caught.value.findings[0].field == field


@pytest.mark.parametrize("value", [-1.0, np.nan])
def test_bad_impedance(value):
    with pytest.raises(InputError, match="inf"):
        access.fca2(TIME.replace(70.0, value), PEOPLE, SEATS, limit=40)


@pytest.mark.parametrize("steps", [{}, {10: 0}, {10: 1.2}, {-1: 1}, {np.nan: 1}, {10: np.nan}])
def test_bad_steps(steps):
    with pytest.raises(InputError, match="steps"):
        access.e2sfca(TIME, PEOPLE, SEATS, steps=steps)


@pytest.mark.parametrize("limit", [-1, np.nan])
def test_bad_limit_and_decay(limit):
    with pytest.raises(InputError, match="limit"):
        access.cumulative(TIME, SEATS, limit=limit)
    with pytest.raises(InputError):
        access.gravity(TIME, PEOPLE, SEATS, decay=float(limit))
    with pytest.raises(InputError, match="decay"):
        access.fca3(TIME, PEOPLE, SEATS, decay=lambda d: -d)


def test_inputs_are_left_as_they_were():
    table, people, seats = TIME.copy(), PEOPLE.copy(), SEATS.copy()
    access.fca3(table, people, seats, decay=STEPS)
    pd.testing.assert_frame_equal(table, TIME)
    pd.testing.assert_series_equal(people, PEOPLE)
    pd.testing.assert_series_equal(seats, SEATS)
