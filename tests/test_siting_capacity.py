"""Siting with capacity: published optima, brute force, and what is short."""

from itertools import combinations, product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from geo.errors import InfeasibleError, InputError
from geo.siting import capacitated_max_cover, capacitated_p_median

ORLIB = Path(__file__).parent / "orlib"


def pmedcap(name: str) -> tuple[pd.DataFrame, pd.Series, int, int, int]:
    """Return distances, demand, p, capacity and optimum of an OR-Library capacitated p-median problem."""
    (_, optimum), (_, p, room), *nodes = [
        list(map(int, line.split())) for line in (ORLIB / name).read_text().splitlines()
    ]
    table = pd.DataFrame(nodes, columns=["node", "x", "y", "demand"]).set_index("node")
    place = table[["x", "y"]].to_numpy(float)
    metres = np.floor(np.hypot(*(place[:, None] - place[None]).transpose(2, 0, 1)) + 1e-9)
    return pd.DataFrame(metres, table.index, table.index), table["demand"], p, room, optimum


@pytest.mark.parametrize("name", ["pmedcap1.txt", "pmedcap5.txt", "pmedcap11.txt"])
def test_capacitated_p_median_equals_the_published_optimum(name):
    cost, demand, p, room, optimum = pmedcap(name)
    plan = capacitated_p_median(cost, demand, p=p, capacity=room)
    assert (plan.status, plan.objective, plan.bound) == ("optimal", optimum, optimum)
    assert len(plan.sites) == p
    flows = plan.flows
    assert flows["demand_id"].tolist() == cost.index.tolist()
    assert set(flows["facility_id"]) <= set(plan.sites)
    assert flows.groupby("facility_id")["pupils"].sum().max() <= room
    assert sum(cost.at[i, j] for i, j in zip(flows["demand_id"], flows["facility_id"], strict=True)) == optimum


def most_seated(demand, reach, seats):
    """Return the most that can be seated, by a linear programme of its own."""
    pairs = np.argwhere(reach & (seats > 0))
    if not len(pairs):
        return 0.0
    rule = np.zeros((sum(reach.shape), len(pairs)))
    rule[pairs[:, 0], np.arange(len(pairs))] = 1
    rule[len(reach) + pairs[:, 1], np.arange(len(pairs))] = 1
    return -linprog(-np.ones(len(pairs)), A_ub=rule, b_ub=np.concatenate((demand, seats))).fun


def test_a_point_that_reaches_none_of_the_fixed_sites_is_named_also_where_it_needs_nothing():
    cost = pd.DataFrame({"A": [1.0, 2.0, np.inf], "B": [3.0, 1.0, np.inf], "C": [9.0, 9.0, 7.0]}, index=["x", "y", "z"])
    for need, short in ((0.0, 1.0), (2.0, 2.0)):
        with pytest.raises(InfeasibleError, match=r"proven impossible.*1 points reach none \(\['z'\]") as error:
            capacitated_p_median(cost, pd.Series([3.0, 3.0, need], cost.index), p=2, capacity=20, fixed=["A", "B"])
        assert error.value.shortage == short


tables = st.integers(0, 2**32 - 1).map(np.random.default_rng)


@settings(max_examples=25, deadline=None)
@given(tables)
def test_equals_brute_force(dice):
    n, m = int(dice.integers(1, 6)), int(dice.integers(1, 5))
    p = int(dice.integers(1, m + 1))
    whole = dice.random() < 0.6

    def numbers(most, *shape):
        return dice.integers(0, most, shape).astype(float) if whole else dice.random(shape) * most

    values, demand, room = numbers(20, n, m), numbers(9, n), numbers(25, m)
    values[dice.random((n, m)) < dice.choice([0.0, 0.3])] = np.inf
    fixed = dice.permutation(m)[: dice.integers(0, min(p, 2) + 1)].tolist()
    cost, pupils, seats = pd.DataFrame(values), pd.Series(demand), pd.Series(room)
    plans = [list(s) for s in combinations(range(m), p) if set(fixed) <= set(s)]

    best = np.inf
    for plan, who in ((s, w) for s in plans for w in product(s, repeat=n)):
        assert len(plan) == p
        if (np.bincount(who, weights=demand, minlength=m) <= room + 1e-9).all():
            best = min(best, values[np.arange(n), who].sum())
    if np.isfinite(best):
        got = capacitated_p_median(cost, pupils, p=p, capacity=seats, fixed=fixed)
        assert got.status == "optimal"
        assert got.objective == pytest.approx(best)
        assert set(fixed) <= set(got.sites)
    else:
        with pytest.raises(InfeasibleError) as error:
            capacitated_p_median(cost, pupils, p=p, capacity=seats, fixed=fixed)
        assert error.value.shortage > 0

    here, limit, sizes = (
        pd.Series(room[fixed] / 2, fixed, dtype=float),
        float(dice.choice([3, 8, 15])),
        [4.0, 8.0, 12.0],
    )
    standing = np.zeros(m)
    standing[fixed] = room[fixed] / 2

    def served(new):
        total = standing.copy()
        for j, size in new.items():
            total[j] = size
        return most_seated(demand, values <= limit, total)

    best = max(served({j: 12.0 for j in s if j not in fixed}) for s in plans)
    got = capacitated_max_cover(cost, pupils, limit=limit, p=p, sizes=sizes, existing=here)
    assert got.status == "optimal"
    assert got.objective == pytest.approx(best, abs=1e-6)
    assert got.flows["pupils"].sum() == pytest.approx(best, abs=1e-6)
    assert set(got.sizes) == set(got.new) == set(got.sites) - set(fixed)
    # In the order of their sums, so that the first that serves as many is the least.
    least = next(sum(z) for z in sorted(product(sizes, repeat=p - len(fixed)), key=sum)
                 if served(dict(zip(got.new, z, strict=True))) >= best - 1e-6)  # fmt: skip
    assert sum(got.sizes.values()) == pytest.approx(least)


def town():
    cost = pd.DataFrame(
        {"old": [100.0, 200, 900], "north": [300, 100, 900.0], "south": [900, 900, 100.0]}, ["a", "b", "c"]
    )
    return cost, pd.Series({"c": 50, "b": 120, "a": 200})


def test_existing_seats_are_used_and_sizes_are_no_larger_than_needed():
    cost, pupils = town()
    plan = capacitated_max_cover(cost, pupils, limit=400, p=3, sizes=[90, 135, 270], existing=pd.Series({"old": 190}))
    assert (plan.objective, plan.total, plan.status) == (370, 370, "optimal")
    assert plan.sites == ["old", "north", "south"]
    assert plan.new == ["north", "south"]
    # 320 pupils reach the old school or the north one: 190 seats there leave 130, so 135 seats in the north.
    assert plan.sizes == {"north": 135, "south": 90}
    used = plan.flows.groupby("facility_id")["pupils"].sum().to_dict()
    assert used["south"] == 50
    assert used["old"] + used["north"] == 320
    assert used["old"] <= 190


def test_one_new_school_where_most_lack_a_seat():
    cost, pupils = town()
    plan = capacitated_max_cover(cost, pupils, limit=400, p=2, capacity=100, existing=pd.Series({"old": 190}))
    assert (plan.sites, plan.objective) == (["old", "north"], 290)
    assert plan.runner_up is not None
    assert (plan.runner_up.sites, plan.runner_up.objective) == (["old", "south"], 240)
    room = pd.Series({"old": 0, "north": 20, "south": 100})
    assert capacitated_max_cover(cost, pupils, limit=400, p=2, capacity=room, existing=pd.Series({"old": 190})).new == [
        "south"
    ]


def test_more_sites_never_seat_fewer_and_the_bound_holds():
    dice = np.random.default_rng(4)
    cost = pd.DataFrame(np.hypot(*(dice.random((300, 1, 2)) - dice.random((1, 40, 2))).transpose(2, 0, 1)))
    pupils = pd.Series(dice.integers(0, 30, 300))
    last = 0.0
    for p in (1, 3, 6, 12):
        plan = capacitated_max_cover(cost, pupils, limit=0.15, p=p, capacity=270, time_limit=5)
        assert last <= plan.objective <= plan.bound
        assert plan.gap < 0.02
        last = plan.objective


def test_weighted_by_people():
    cost, pupils = town()
    once = capacitated_p_median(cost, pupils, p=1, capacity=400)
    many = capacitated_p_median(cost, pupils, p=1, capacity=400, people=pupils)
    assert (once.sites, once.objective) == (["old"], 1200)
    assert many.objective == (cost["old"] * pupils).sum() == 89_000
    assert many.sites == ["old"]


def test_what_is_short_is_said():
    cost, pupils = town()
    with pytest.raises(InfeasibleError, match=r"差 170.*170 short") as error:
        capacitated_p_median(cost, pupils, p=1, capacity=200)
    assert error.value.shortage == 170
    with pytest.raises(InfeasibleError, match="需求点 a 的需求 200") as error:
        capacitated_p_median(cost, pupils, p=3, capacity=150)
    assert error.value.shortage == 50
    pieces = pd.Series({"a": 60, "b": 60, "c": 60})
    with pytest.raises(InfeasibleError, match="整点") as error:
        capacitated_p_median(cost, pieces, p=2, capacity=100)
    assert error.value.shortage == 20
    with pytest.raises(InfeasibleError) as error:
        capacitated_max_cover(cost, pupils, limit=400, p=4, capacity=100)
    assert error.value.shortage == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"capacity": None}, "capacity"),
        ({"capacity": -5}, "capacity"),
        ({"capacity": float("nan")}, "capacity"),
        ({"capacity": pd.Series({"old": 1})}, "capacity"),
        ({"sizes": []}, "sizes"),
        ({"sizes": [90, -1]}, "sizes"),
        ({"sizes": ["large"]}, "sizes"),
        ({"existing": pd.Series({"gone": 3})}, "fixed"),
        ({"existing": pd.Series({"old": -3})}, "existing"),
        ({"existing": {"old": 3}}, "existing"),
        ({"p": 0}, "p"),
    ],
)
def test_bad_input_is_refused_in_both_languages(changes, field):
    cost, pupils = town()
    with pytest.raises(InputError) as error:
        capacitated_max_cover(cost, pupils, **({"limit": 400, "p": 2, "capacity": 100} | changes))
    assert error.value.findings[0].field == field
    assert not error.value.findings[0].text_zh.isascii()


def test_no_seats_and_nobody_in_reach():
    cost, pupils = town()
    none = capacitated_max_cover(cost, pupils, limit=400, p=2, capacity=0)
    assert (none.objective, none.bound, none.status, len(none.sites)) == (0, 0, "optimal", 2)
    far = capacitated_max_cover(cost, pupils, limit=1, p=2, capacity=100)
    assert (far.objective, far.status) == (0, "optimal")
    assert far.flows.empty
    nobody = capacitated_max_cover(cost, pupils * 0, limit=400, p=2, sizes=[90, 135])
    assert nobody.objective == 0
    assert list(nobody.sizes.values()) == [90, 90]
