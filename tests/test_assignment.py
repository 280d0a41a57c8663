"""Assignment: textbook numbers, laws, hostile input."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.optimize import linprog

from geo.assignment import assign
from geo.errors import InputError

INF = np.inf


def frame(rows: list[list[float]]) -> pd.DataFrame:
    n, m = len(rows), len(rows[0]) if rows else 0
    return pd.DataFrame(rows, index=[f"c{i}" for i in range(n)], columns=[f"S{j}" for j in range(m)], dtype=float)


def cells(values: list[float]) -> pd.Series:
    return pd.Series(values, index=[f"c{i}" for i in range(len(values))])


def schools(values: list[float]) -> pd.Series:
    return pd.Series(values, index=[f"S{j}" for j in range(len(values))])


def as_pairs(cost: pd.DataFrame) -> SimpleNamespace:
    """The sparse form of a dense table: what is infinite is not stored."""
    table = cost.to_numpy()
    row, column = np.nonzero(np.isfinite(table))
    indptr = np.searchsorted(row, np.arange(len(cost) + 1))
    return SimpleNamespace(
        sources=cost.index, targets=cost.columns, indptr=indptr, indices=column, metres=table[row, column]
    )


def optimum(cost: pd.DataFrame, pupils: pd.Series, seats: pd.Series, limit: float) -> tuple[float, float]:
    """Most served, and least pupil-metres at that, by two linear programs of an independent solver."""
    table = cost.to_numpy()
    row, column = np.nonzero((table <= limit) & np.isfinite(table))
    if not len(row):
        return 0.0, 0.0
    ones, k = np.ones(len(row)), np.arange(len(row))
    upper = sparse.vstack(
        [
            sparse.csr_matrix((ones, (row, k)), (len(cost), len(row))),
            sparse.csr_matrix((ones, (column, k)), (table.shape[1], len(row))),
        ]
    )
    bound = np.r_[pupils.reindex(cost.index), seats.reindex(cost.columns)]
    most = -linprog(-ones, A_ub=upper, b_ub=bound, method="highs").fun
    best = linprog(
        table[row, column],
        A_ub=upper,
        b_ub=bound,
        A_eq=ones[None],
        b_eq=[most],
        method="highs",
    )
    return float(most), float(best.fun)


def keeps_the_law(got, pupils: pd.Series, seats: pd.Series) -> None:
    served = got.flows.groupby("demand_id")["pupils"].sum().reindex(pupils.index, fill_value=0)
    used = got.flows.groupby("facility_id")["pupils"].sum().reindex(seats.index, fill_value=0)
    np.testing.assert_allclose(served + got.unserved, pupils, rtol=1e-12, atol=1e-9)
    np.testing.assert_allclose(got.used, used, rtol=1e-12, atol=1e-12)
    assert (got.used <= seats).all()
    assert (got.flows["pupils"] > 0).all()
    assert (got.unserved >= 0).all()


@pytest.mark.parametrize(
    ("cost", "supply", "demand", "objective"),
    [
        # Hillier & Lieberman, P & T Company: canneries to warehouses, optimum 152 535.
        (
            [[464, 513, 654, 867], [352, 416, 690, 791], [995, 682, 388, 685]],
            [75, 125, 100],
            [80, 65, 70, 85],
            152535,
        ),
        # Winston, Powerco: plants to cities, optimum 1 020.
        ([[8, 6, 10, 9], [9, 12, 13, 7], [14, 9, 16, 5]], [35, 50, 40], [45, 20, 30, 30], 1020),
        # The 3 x 4 problem of many textbooks (Vogel's example), optimum 743.
        ([[19, 30, 50, 10], [70, 30, 40, 60], [40, 8, 70, 20]], [7, 9, 18], [5, 8, 7, 14], 743),
        # Dantzig (1963), canning problem: 350/600 to 325/300/275, optimum 153.675 at 0.09 a unit and 1000 miles.
        ([[2.5, 1.7, 1.8], [2.5, 1.8, 1.4]], [350, 600], [325, 300, 275], 153.675 / 0.09),
    ],
)
def test_textbook_transport_problems(cost, supply, demand, objective):
    table = frame(np.transpose(cost).tolist())  # plants are the schools, customers the cells
    got = assign(table, cells(demand), schools(supply))
    assert got.unserved.sum() == 0
    assert got.objective == pytest.approx(objective, rel=1e-12)
    assert got.flows["pupils"].dtype == np.int64


def test_the_second_pupil_gives_way_to_the_one_who_has_no_choice():
    got = assign(frame([[100, 200], [50, INF]]), cells([1, 1]), schools([1, 1]))
    assert got.flows.to_numpy().tolist() == [["c0", "S1", 1], ["c1", "S0", 1]]
    assert got.objective == 250


def test_seating_more_pupils_outranks_any_distance():
    # Alone, c0 would take the near seat; then c1 would stay at home.
    got = assign(frame([[1, 900000], [2, INF]]), cells([1, 1]), schools([1, 1]))
    assert got.unserved.sum() == 0
    assert got.objective == 900002


def test_within_means_at_most_the_limit():
    cost = frame([[1000.0], [1000.0000001]])
    got = assign(cost, cells([3, 3]), schools([9]), limit=1000.0)
    assert got.unserved.tolist() == [0, 3]


def test_too_few_seats_leaves_the_farthest_out():
    got = assign(frame([[100], [300], [200]]), cells([2, 2, 2]), schools([4]))
    assert got.unserved.tolist() == [0, 2, 0]
    assert got.used.tolist() == [4]
    assert got.objective == 2 * 100 + 2 * 200


def test_results_are_indexed_and_typed_like_the_input():
    cost = frame([[1, 2], [3, 4]])
    pupils, seats = pd.Series({"c1": 2, "c0": 5}), pd.Series({"S1": 4, "S0": 9})
    got = assign(cost, pupils, seats)
    assert got.unserved.index.tolist() == ["c1", "c0"]
    assert got.used.index.tolist() == ["S1", "S0"]
    assert got.unserved.dtype == got.used.dtype == np.int64
    assert list(got.flows.columns) == ["demand_id", "facility_id", "pupils"]
    assert got.served.to_dict() == {"c1": 2, "c0": 5}


def test_fractions_of_pupils_come_back_as_they_were():
    got = assign(frame([[10, 20]] * 3), cells([0.1, 0.1, 0.1]), schools([0.2, 0.5]))
    assert got.unserved.tolist() == [0, 0, 0]
    assert got.used.tolist() == [0.2, 0.1]
    assert got.objective == pytest.approx(0.2 * 10 + 0.1 * 20, abs=1e-12)


@pytest.mark.parametrize(
    ("pupils", "seats", "cost"),
    [
        ([0, 0], [0, 0], [[1, 2], [3, 4]]),
        ([5, 5], [0, 0], [[1, 2], [3, 4]]),
        ([0, 0], [5, 5], [[1, 2], [3, 4]]),
        ([5, 5], [5, 5], [[INF, INF], [INF, INF]]),
        ([10**12, 1], [10**15, 1], [[0, 0], [0, 0]]),
        ([1e-7, 1e12], [3.3, 1e18], [[1e11, 0], [1e-300, 1e12]]),
        ([1, 1], [1, 1], [[1e-300, 1e-290], [0, 1e-300]]),
    ],
)
def test_absurd_input_keeps_the_law(pupils, seats, cost):
    got = assign(frame(cost), cells(pupils), schools(seats))
    keeps_the_law(got, cells(pupils), schools(seats))


def test_nobody_and_nowhere_are_empty_answers():
    nobody = assign(frame([[1.0]]).iloc[:0], cells([]), schools([7]))
    assert nobody.flows.empty
    assert nobody.used.tolist() == [0]
    nowhere = assign(pd.DataFrame(index=["c0", "c1"]), cells([2, 3]), pd.Series(dtype=float))
    assert nowhere.unserved.tolist() == [2, 3]
    assert nowhere.flows.empty
    assert nowhere.objective == 0


@pytest.mark.parametrize(
    ("cost", "pupils", "seats", "limit", "named"),
    [
        ([[1.0]], [-1], [1], INF, "c0"),
        ([[1.0]], [np.nan], [1], INF, "c0"),
        ([[1.0]], [INF], [1], INF, "c0"),
        ([[1.0]], [1], [-1], INF, "S0"),
        ([[1.0]], [1], [np.nan], INF, "S0"),
        ([[1.0]], [1], [INF], INF, "S0"),
        ([[np.nan]], [1], [1], INF, "c0"),
        ([[-5.0]], [1], [1], INF, "S0"),
        ([[1e20]], [1], [1], INF, "inf"),
        ([[1.0]], [1], [1], np.nan, "nan"),
        ([[1.0]], [1], [1], -1, "-1"),
        ([[1.0], [2.0]], [1], [1], INF, "c1"),
        ([[1.0]], [1, 1], [1], INF, "c1"),
        ([[1.0, 2.0]], [1], [1], INF, "S1"),
        ([[1.0]], [1], [1, 1], INF, "S1"),
        ([[1.0]], [1e300], [1], INF, "2^52"),
    ],
)
def test_wrong_numbers_are_refused_by_name(cost, pupils, seats, limit, named):
    with pytest.raises(InputError, match=named.replace("^", r"\^")):
        assign(frame(cost), cells(pupils), schools(seats), limit=limit)


def test_doubled_ids_and_words_are_refused():
    cost = frame([[1.0], [2.0]])
    with pytest.raises(InputError, match="c0"):
        assign(cost.set_axis(["c0", "c0"]), cells([1, 1]), schools([1]))
    with pytest.raises(InputError, match="c0"):
        assign(cost, pd.Series([1, 2, 3], ["c0", "c0", "c1"]), schools([1]))
    with pytest.raises(InputError, match="numbers"):
        assign(cost.astype(object).replace(1.0, "far"), cells([1, 1]), schools([1]))
    with pytest.raises(InputError, match="numbers"):
        assign(cost, pd.Series({"c0": "many", "c1": 2}), schools([1]))
    with pytest.raises(InputError, match="DataFrame"):
        assign([[1.0]], cells([1]), schools([1]))


towns = st.tuples(
    st.integers(1, 9),
    st.integers(1, 7),
    st.sampled_from([0.3, 0.8, 1.0, 2.0]),
    st.sampled_from([0.0, 0.4, 0.9]),
    st.sampled_from([INF, 25.0]),
    st.booleans(),
    st.integers(0, 2**31),
)


@given(towns)
@settings(max_examples=150, deadline=None)
def test_the_answer_is_the_optimum_and_keeps_the_law(town):
    n, m, slack, holes, limit, whole, seed = town
    rng = np.random.default_rng(seed)
    table = rng.integers(0, 50, (n, m)).astype(float)
    table[rng.random((n, m)) < holes] = INF
    cost = frame(table.tolist())
    pupils = cells(rng.integers(0, 9, n).tolist() if whole else (rng.random(n) * 5).tolist())
    seats = schools(rng.multinomial(int(pupils.sum() * slack) + 1, np.ones(m) / m).tolist())
    got = assign(cost, pupils, seats, limit=limit)
    keeps_the_law(got, pupils, seats)
    most, least = optimum(cost, pupils, seats, limit)
    assert got.used.sum() == pytest.approx(most, abs=1e-6)
    assert got.objective == pytest.approx(least, abs=1e-4)
    if whole:
        assert got.flows["pupils"].dtype == np.int64
    again = assign(as_pairs(cost), pupils, seats, limit=limit)
    pd.testing.assert_frame_equal(again.flows, got.flows)


@given(towns)
@settings(max_examples=60, deadline=None)
def test_the_order_of_rows_and_columns_changes_nothing(town):
    n, m, slack, holes, limit, _, seed = town
    rng = np.random.default_rng(seed)
    table = rng.integers(0, 4, (n, m)).astype(float)  # many ties
    table[rng.random((n, m)) < holes] = INF
    cost, pupils = frame(table.tolist()), cells(rng.integers(0, 9, n).tolist())
    seats = schools(rng.multinomial(int(pupils.sum() * slack) + 1, np.ones(m) / m).tolist())
    first = assign(cost, pupils, seats, limit=limit)
    mixed = cost.sample(frac=1, random_state=seed % 1000).sample(frac=1, axis=1, random_state=seed % 999)
    second = assign(mixed, pupils, seats, limit=limit)
    by = ["demand_id", "facility_id"]
    pd.testing.assert_frame_equal(
        first.flows.sort_values(by, ignore_index=True), second.flows.sort_values(by, ignore_index=True)
    )


def test_with_ample_seats_everybody_goes_to_the_nearest():
    rng = np.random.default_rng(7)
    cost = frame((rng.random((300, 40)) * 5000).tolist())
    pupils = cells(rng.integers(1, 20, 300).tolist())
    got = assign(cost, pupils, schools([int(pupils.sum())] * 40))
    nearest = cost.idxmin(axis="columns")
    assert dict(zip(got.flows["demand_id"], got.flows["facility_id"], strict=True)) == nearest.to_dict()


def test_prices_bring_back_pairs_that_nearness_left_out():
    # Sixty schools; a cell starts with the nearest sixteen, all but the last of which stand empty of seats.
    cost = frame([[float(j + 1) for j in range(60)]] * 3)
    got = assign(cost, cells([2, 2, 2]), schools([0] * 58 + [5, 5]))
    assert got.flows.groupby("facility_id")["pupils"].sum().to_dict() == {"S58": 5, "S59": 1}
    assert got.objective == 5 * 59 + 60


@pytest.mark.parametrize("slack", [0.7, 1.01, 1.5])
def test_tight_seats_agree_with_a_linear_program(slack):
    rng = np.random.default_rng(11)
    home, place = rng.random((250, 1, 2)) * 9000, rng.random((1, 45, 2)) * 9000
    cost = frame(np.hypot(*np.moveaxis(home - place, 2, 0)).tolist())
    pupils = cells(rng.integers(1, 30, 250).tolist())
    seats = schools(rng.multinomial(int(pupils.sum() * slack), rng.dirichlet(np.ones(45))).tolist())
    got = assign(cost, pupils, seats)
    keeps_the_law(got, pupils, seats)
    most, least = optimum(cost, pupils, seats, INF)
    assert got.used.sum() == round(most)
    assert got.objective == pytest.approx(least, rel=1e-9)


def test_nothing_but_ties_still_ends_at_the_optimum():
    rng = np.random.default_rng(3)
    pupils = cells(rng.integers(0, 3, 900).tolist())
    seats = schools(rng.multinomial(int(pupils.sum()), np.ones(60) / 60).tolist())
    same = frame(np.full((900, 60), 250.0).tolist())
    assert assign(same, pupils, seats).objective == 250 * pupils.sum()
    blocks = frame((rng.integers(0, 3, (900, 60)) * 100.0).tolist())
    got = assign(blocks, pupils, seats)
    keeps_the_law(got, pupils, seats)
    most, least = optimum(blocks, pupils, seats, INF)
    assert got.used.sum() == most
    assert got.objective == pytest.approx(least, abs=1e-6)


def test_sparse_costs_that_do_not_hold_together_are_refused():
    cost = frame([[1.0, 2.0], [3.0, 4.0]])
    pupils, seats = cells([1, 1]), schools([1, 1])
    for change in ({"indptr": np.array([0, 2])}, {"indices": np.array([0, 1, 0, 2])}, {"metres": np.array([1.0])}):
        pairs = as_pairs(cost)
        for name, values in change.items():
            setattr(pairs, name, values)
        with pytest.raises(InputError, match="sparse"):
            assign(pairs, pupils, seats)
    twice = SimpleNamespace(
        sources=cost.index[:1], targets=cost.columns[:1], indptr=[0, 2], indices=[0, 0], metres=[9.0, 7.0]
    )
    assert assign(twice, cells([2]), schools([5])).objective == 14


def test_nobody_is_served_less_than_nothing() -> None:
    """Fractions of pupils are rounded to whole units; where nobody has a seat, rounding up must not serve -1e-12."""
    random = np.random.default_rng(7)
    pupils = pd.Series(random.random(4_000) * 0.3)
    cost = pd.DataFrame({"A": np.where(np.arange(4_000) < 10, 100.0, np.inf)})
    got = assign(cost, pupils, pd.Series({"A": 5.0}))
    assert got.served.min() >= 0
    assert (got.served[10:] == 0).all()
