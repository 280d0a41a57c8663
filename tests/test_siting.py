"""Siting: published optima, brute force, laws, and hostile numbers."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse.csgraph import shortest_path

from geo.errors import InfeasibleError, InputError
from geo.siting import Siting, curve, max_cover, p_center, p_median, set_cover

ORLIB = Path(__file__).parent / "orlib"


def pmed(name: str) -> tuple[pd.DataFrame, int]:
    """Return distances between all nodes of an OR-Library p-median problem, and its p."""
    head, *edges = [list(map(int, line.split())) for line in (ORLIB / name).read_text().splitlines()]
    lengths = np.zeros((head[0], head[0]))
    for u, v, metres in edges:
        lengths[u - 1, v - 1] = lengths[v - 1, u - 1] = metres
    nodes = np.arange(1, head[0] + 1)
    return pd.DataFrame(shortest_path(lengths, directed=False), nodes, nodes), head[2]


def plane(demand: int, candidates: int, seed: int) -> tuple[pd.DataFrame, pd.Series]:
    """Return distances [m] from random cells to random candidates in 10 km by 10 km, and people of each cell."""
    dice = np.random.default_rng(seed)
    cells, sites = dice.random((demand, 2)) * 10_000, dice.random((candidates, 2)) * 10_000
    metres = np.hypot(*(cells[:, None] - sites[None]).transpose(2, 0, 1))
    return pd.DataFrame(metres), pd.Series(dice.integers(1, 300, demand).astype(float))


def check(plan: Siting, *, most: bool) -> None:
    """Check what must hold of every answer."""
    assert len(plan.sites) == len(set(plan.sites))
    slack = 1e-9 * abs(plan.objective)
    assert plan.bound >= plan.objective - slack if most else plan.bound <= plan.objective + slack
    assert plan.gap >= 0
    assert (plan.status == "optimal") == (plan.gap == 0)


@pytest.mark.parametrize(("name", "optimum"), [("pmed1.txt", 5819), ("pmed5.txt", 1355)])
def test_p_median_equals_the_published_optimum(name, optimum):
    cost, p = pmed(name)
    plan = p_median(cost, pd.Series(1.0, cost.index), p=p)
    assert (plan.status, plan.objective, plan.bound) == ("optimal", optimum, optimum)
    assert cost[plan.sites].min(axis=1).sum() == optimum


@pytest.mark.parametrize(("name", "optimum"), [("pmed1.txt", 127), ("pmed5.txt", 48)])
def test_p_center_equals_the_published_optimum(name, optimum):
    cost, p = pmed(name)
    plan = p_center(cost, p=p)
    assert (plan.status, plan.objective, plan.bound) == ("optimal", optimum, optimum)
    assert cost[plan.sites].min(axis=1).max() == optimum


def test_centre_and_cover_are_one_question():
    cost, _ = pmed("pmed1.txt")
    for p in (3, 5, 10):
        radius = p_center(cost, p=p).objective
        assert set_cover(cost, limit=radius).objective <= p
        assert set_cover(cost, limit=radius - 1).objective > p


def town() -> tuple[pd.DataFrame, pd.Series]:
    cost = pd.DataFrame(
        {"A": [100.0, 900, 900, 5000], "B": [900.0, 100, 400, 5000], "C": [5000.0, 5000, 400.5, 200]},
        index=["w", "x", "y", "z"],
    )
    return cost, pd.Series({"z": 7.0, "y": 3.0, "x": 4.0, "w": 5.0})


def test_ids_order_and_runner_up_in_a_town_one_can_draw():
    cost, people = town()
    plan = max_cover(cost, people, limit=400, p=2)
    assert plan.sites == ["B", "C"]
    assert (plan.objective, plan.bound, plan.total, plan.status) == (14, 14, 19, "optimal")
    assert plan.share == pytest.approx(14 / 19)
    assert plan.runner_up is not None
    assert (plan.runner_up.sites, plan.runner_up.objective) == (["A", "C"], 12)
    assert plan.alternatives.to_dict("list") == {
        "site": ["B", "C"], "substitute": ["A", "A"], "objective": [12.0, 12.0], "loss": [2.0, 2.0],
    }  # fmt: skip
    kept = max_cover(cost, people, limit=400.5, p=2, fixed=["A"])
    assert (kept.sites, kept.fixed, kept.new, kept.objective) == (["A", "C"], ("A",), ["C"], 15)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1).map(np.random.default_rng))
def test_substitutes_are_the_best_there_are(dice):
    n, m = int(dice.integers(1, 9)), int(dice.integers(2, 7))
    p = int(dice.integers(1, m))
    values = dice.random((n, m)) * 1e4
    values[dice.random((n, m)) < dice.choice([0.0, 0.3])] = np.inf
    weight = dice.random(n)
    cost, people = pd.DataFrame(values), pd.Series(weight)

    def compare(plan, value, best):
        found = dict(zip(plan.alternatives["site"], plan.alternatives["objective"], strict=True))
        for site in plan.new:
            rest = [s for s in plan.sites if s != site]
            target = best(value([*rest, j]) for j in range(m) if j not in plan.sites)
            if np.isfinite(target):
                assert found[site] == pytest.approx(target)
            else:
                assert site not in found
        if found:
            assert plan.runner_up.objective == best(found.values()) == pytest.approx(value(plan.runner_up.sites))

    compare(max_cover(cost, people, limit=4000, p=p), lambda s: weight[(values[:, s] <= 4000).any(1)].sum(), max)
    for solve, value in (
        (lambda: p_median(cost, people, p=p), lambda s: (values[:, s].min(1) * weight).sum()),
        (lambda: p_center(cost, p=p), lambda s: values[:, s].min(1).max()),
    ):
        try:
            plan = solve()
        except InfeasibleError:
            continue
        compare(plan, value, min)


def test_a_point_exactly_at_the_limit_is_covered():
    cost, people = town()
    assert max_cover(cost, people, limit=400, p=1, fixed=["B"]).objective == 7
    assert max_cover(cost, people, limit=399.999, p=1, fixed=["B"]).objective == 4


tables = st.integers(0, 2**32 - 1).map(np.random.default_rng)


@settings(max_examples=60, deadline=None)
@given(tables)
def test_equals_brute_force(dice):
    n, m = int(dice.integers(1, 10)), int(dice.integers(1, 8))
    p = int(dice.integers(1, m + 1))
    whole = dice.random() < 0.6
    values = dice.integers(0, 20, (n, m)).astype(float) if whole else dice.random((n, m)) * 10
    values[dice.random((n, m)) < dice.choice([0.0, 0.3])] = np.inf
    weight = dice.integers(0, 5, n).astype(float) if whole else dice.random(n)
    fixed = dice.permutation(m)[: dice.integers(0, p + 1)].tolist()
    limit = float(dice.choice([0, 3, 5, 10]))
    cost, people = pd.DataFrame(values), pd.Series(weight)

    def plans(count):
        return [list(s) for s in combinations(range(m), count) if set(fixed) <= set(s)]

    best = max(weight[(values[:, s] <= limit).any(1)].sum() for s in plans(p))
    plan = max_cover(cost, people, limit=limit, p=p, fixed=fixed)
    check(plan, most=True)
    assert (plan.status, len(plan.sites)) == ("optimal", p)
    assert plan.objective == pytest.approx(best)
    assert set(fixed) <= set(plan.sites)

    live = weight > 0
    best = min((values[live][:, s].min(1) * weight[live]).sum() for s in plans(p))
    if np.isfinite(best):
        plan = p_median(cost, people, p=p, fixed=fixed)
        check(plan, most=False)
        assert plan.status == "optimal"
        assert plan.objective == pytest.approx(best)
    else:
        with pytest.raises(InfeasibleError) as error:
            p_median(cost, people, p=p, fixed=fixed)
        left = min(weight[~np.isfinite(values[:, s]).any(1)].sum() for s in plans(p))
        assert 0 < error.value.shortage <= left + 1e-9

    best = min(values[:, s].min(1).max() for s in plans(p))
    if np.isfinite(best):
        plan = p_center(cost, p=p, fixed=fixed)
        check(plan, most=False)
        assert (plan.status, plan.objective) == ("optimal", best)
    else:
        with pytest.raises(InfeasibleError) as error:
            p_center(cost, p=p, fixed=fixed)
        assert error.value.shortage >= 1

    covers = [len(s) for k in range(m + 1) for s in plans(k) if (values[:, s] <= limit).any(1).all()]
    if covers:
        plan = set_cover(cost, limit=limit, fixed=fixed)
        check(plan, most=False)
        assert (plan.status, plan.objective, len(plan.sites)) == ("optimal", min(covers), min(covers))
    else:
        with pytest.raises(InfeasibleError) as error:
            set_cover(cost, limit=limit, fixed=fixed)
        assert error.value.shortage == (~(values <= limit).any(1)).sum()


def test_more_sites_never_serve_worse():
    cost, people = plane(300, 60, 1)
    covered = curve(max_cover, cost, people, p=[5, 1, 2, 3, 8, 61], limit=900)
    assert covered.index.tolist() == [1, 2, 3, 5, 8, 61]
    assert covered.loc[61, "status"] == "infeasible"
    assert np.isnan(covered.loc[61, "objective"])
    done = covered.drop(61)
    assert done["objective"].is_monotonic_increasing
    assert (done["bound"] >= done["objective"]).all()
    assert [len(s) for s in done["sites"]] == [1, 2, 3, 5, 8]
    walked = curve(p_median, cost, people, p=range(1, 6))
    assert walked["objective"].is_monotonic_decreasing


def test_large_models_stop_in_time_with_a_true_bound():
    cost, people = plane(3000, 500, 2)
    reached = cost.loc[:, :] <= 700
    short = max_cover(cost, people, limit=700, p=25, time_limit=0.01)
    long = max_cover(cost, people, limit=700, p=25, time_limit=20)
    for plan in (short, long):
        check(plan, most=True)
        assert plan.objective == people[reached[plan.sites].any(axis=1)].sum()
    assert short.objective <= long.objective <= short.bound
    assert long.gap < 0.01
    fewest = set_cover(cost.loc[cost.min(axis=1) <= 700], limit=700, time_limit=5)
    check(fewest, most=False)
    assert fewest.bound > 0.8 * fewest.objective


def test_same_input_same_answer():
    cost, people = plane(400, 80, 3)
    for solve in (
        lambda: max_cover(cost, people, limit=800, p=9),
        lambda: p_median(cost, people, p=9),
        lambda: p_center(cost, p=9),
        lambda: set_cover(cost, limit=2000),
    ):
        assert solve().sites == solve().sites


def test_progress_reports_and_cancels():
    cost, people = plane(3000, 500, 2)
    seen = []

    def watch(step):
        seen.append((step.done, step.value, step.bound))
        return False

    plan = max_cover(cost, people, limit=700, p=25, progress=watch)
    assert len(seen) == 1
    assert seen[0][1] <= seen[0][2]
    assert plan.objective == pytest.approx(seen[0][1])
    assert plan.status == "feasible"
    assert "未证明" in plan.message.zh
    assert "not proven" in plan.message.en


def test_progress_of_every_model_is_told_in_its_own_unit():
    cost, people = plane(900, 400, 5)
    reports: dict[str, list[tuple[float, float]]] = {}

    def watch(name):
        return lambda step: reports.setdefault(name, []).append((step.value, step.bound))

    plans = {
        "cover": max_cover(cost, people, limit=900, p=20, time_limit=5, progress=watch("cover")),
        "set": set_cover(cost.loc[cost.min(axis=1) <= 900], limit=900, time_limit=5, progress=watch("set")),
        "median": p_median(cost, people, p=12, time_limit=5, progress=watch("median")),
        "centre": p_center(cost, p=12, time_limit=5, progress=watch("centre")),
    }
    for name, plan in plans.items():
        sign = -1 if name == "cover" else 1
        assert reports[name]
        for best, bound in reports[name]:
            assert sign * bound <= sign * plan.objective * (1 + sign * 1e-9)
            assert sign * best >= sign * plan.objective * (1 - sign * 1e-9)


def test_sparse_pairs_are_a_table_too():
    cost, people = town()

    class Pairs:
        sources, targets = cost.index, cost.columns
        indptr, indices = np.array([0, 2, 4, 7, 8]), np.array([0, 1, 0, 1, 0, 1, 2, 2])
        metres = np.array([100.0, 900, 900, 100, 900, 400, 400.5, 200])

    assert max_cover(Pairs(), people, limit=400, p=2).sites == ["B", "C"]


def broken(**changes):
    cost, people = town()
    arguments = {"cost": cost, "people": people, "limit": 400, "p": 2} | changes
    return max_cover(arguments.pop("cost"), arguments.pop("people"), **arguments)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"p": 0}, "p"),
        ({"p": -1}, "p"),
        ({"p": 1.5}, "p"),
        ({"p": float("nan")}, "p"),
        ({"p": float("inf")}, "p"),
        ({"p": "2"}, "p"),
        ({"p": True}, "p"),
        ({"limit": float("nan")}, "limit"),
        ({"limit": -1}, "limit"),
        ({"fixed": ["Q"]}, "fixed"),
        ({"cost": town()[0].iloc[:, :0]}, "cost"),
        ({"cost": town()[0].iloc[:0]}, "cost"),
        ({"cost": town()[0].replace(400.0, np.nan)}, "cost"),
        ({"cost": -town()[0]}, "cost"),
        ({"cost": town()[0].astype(object).replace(400.0, "far")}, "cost"),
        ({"cost": town()[0].rename(columns={"B": "A"})}, "cost"),
        ({"cost": [[1, 2]]}, "cost"),
        ({"people": town()[1] - 4}, "people"),
        ({"people": town()[1].replace(4.0, np.nan)}, "people"),
        ({"people": town()[1].replace(4.0, np.inf)}, "people"),
        ({"people": town()[1].drop("x")}, "people"),
        ({"people": [1, 2, 3, 4]}, "people"),
        ({"time_limit": 0}, "time_limit"),
    ],
)
def test_bad_input_is_refused_in_both_languages(changes, field):
    with pytest.raises(InputError) as error:
        broken(**changes)
    (finding,) = error.value.findings
    assert finding.field == field
    assert finding.text_zh != finding.text_en
    assert not finding.text_zh.isascii()


def test_what_is_short_is_said():
    cost, people = town()
    with pytest.raises(InfeasibleError, match=r"差 2 个.*2 short") as error:
        max_cover(cost, people, limit=400, p=5)
    assert error.value.shortage == 2
    with pytest.raises(InfeasibleError) as error:
        max_cover(cost, people, limit=400, p=1, fixed=["A", "B"])
    assert error.value.shortage == 1
    with pytest.raises(InfeasibleError, match="例如 z") as error:
        set_cover(cost.drop(columns="C"), limit=400)
    assert error.value.shortage == 1
    lonely = cost.copy()
    lonely.loc["z"] = np.inf
    with pytest.raises(InfeasibleError, match=r"7 人.*7 people") as error:
        p_median(lonely, people, p=2)
    assert error.value.shortage == 7
    with pytest.raises(InfeasibleError) as error:
        p_center(lonely, p=2)
    assert error.value.shortage == 1
    apart = pd.DataFrame({"A": [1.0, np.inf], "B": [np.inf, 1.0]})
    with pytest.raises(InfeasibleError) as error:
        p_median(apart, pd.Series([5.0, 9.0]), p=1)
    assert error.value.shortage == 5


def test_nobody_reached_and_nobody_there():
    cost, people = town()
    far = max_cover(cost, people, limit=1, p=2)
    assert (far.objective, far.bound, far.status, len(far.sites)) == (0, 0, "optimal", 2)
    empty = p_median(cost, people * 0, p=2)
    assert (empty.objective, empty.status, len(empty.sites)) == (0, "optimal", 2)
    alone = max_cover(cost * np.inf, people, limit=float("inf"), p=1)
    assert alone.objective == 0
