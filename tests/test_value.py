"""What to measure next: the values agree with exact enumeration, in general and on a town."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest

from geo import answers
from geo.errors import InfeasibleError, InputError
from geo.examples import town
from geo.network import Pairs
from geo.siting.contenders import contenders, newly_served
from geo.uncertainty import Uncertainties, crossed, worlds
from geo.uncertainty.value import best_on_average, exactly, worth_of_knowing

HALF = [0.5, 0.5]
ONE_DECIDES = [[[4, 1], [4, 1]], [[0, 1], [0, 1]]]  # the first input alone turns the choice
NONE_DECIDES = [[[9, 1], [8, 2]], [[7, 1], [6, 2]]]  # plan 0 is better whatever they are
ONLY_TOGETHER = [[[0, 6], [0, -6]], [[0, -6], [0, 6]]]  # plan 1 pays where both agree
BOTH_A_LITTLE = [[[5, 0], [5, 4]], [[1, 0], [1, 4]]]
TOYS = {"one": ONE_DECIDES, "none": NONE_DECIDES, "together": ONLY_TOGETHER, "both": BOTH_A_LITTLE}


def enumerated(table: np.ndarray, chances: list[np.ndarray]) -> tuple[float, list[float]]:
    """The definition, spelt out state by state."""
    states = list(product(*(range(len(c)) for c in chances)))

    def mean(option: int, axis: int | None = None, at: int = 0) -> float:
        whole = total = 0.0
        for state in states:
            if axis is None or state[axis] == at:
                chance = float(
                    np.prod([c[i] for j, (c, i) in enumerate(zip(chances, state, strict=True)) if j != axis])
                )
                whole, total = whole + chance * table[(*state, option)], total + chance
        return whole / total

    options = range(table.shape[-1])
    now = max(mean(k) for k in options)
    perfect = (
        sum(float(np.prod([c[i] for c, i in zip(chances, s, strict=True)])) * table[s].max() for s in states) - now
    )
    partial = [
        sum(c[at] * max(mean(k, axis, at) for k in options) for at in range(len(c))) - now
        for axis, c in enumerate(chances)
    ]
    return perfect, partial


@pytest.mark.parametrize("seed", range(30))
def test_exact_values_are_the_definition_spelt_out(seed):
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, 4, rng.integers(1, 4))
    table = rng.integers(-5, 9, (*sizes, rng.integers(1, 4))).astype(float)
    chances = [rng.dirichlet(np.ones(n)) for n in sizes]
    perfect, partial = exactly(table, chances)
    told = enumerated(table, chances)
    assert (perfect, *partial) == pytest.approx((told[0], *told[1]))
    assert all(-1e-9 <= one <= perfect + 1e-9 for one in partial)  # part of the knowledge is worth no more than all


def drawn(table: np.ndarray, chances: list[np.ndarray], axis: int, seed: int, outer: int = 200, inner: int = 32):
    """Draws of finite inputs: one takes its values, the others the same ones at each."""
    rng = np.random.default_rng(seed)
    at = [rng.choice(len(c), (outer, 1) if j == axis else (1, inner), p=c) for j, c in enumerate(chances)]
    return table[tuple(np.broadcast_arrays(*at))]


@pytest.mark.parametrize("name", TOYS)
def test_sampled_values_agree_with_exact_enumeration(name):
    table, chances = np.array(TOYS[name], float), [np.array(HALF), np.array(HALF)]
    perfect, partial = exactly(table, chances)
    mean = table.mean(axis=(0, 1))
    for axis, true in enumerate(partial):
        found = [worth_of_knowing(drawn(table, chances, axis, seed), mean) for seed in range(100)]
        values = np.array([w.value for w in found])
        assert values.mean() == pytest.approx(true, abs=4 * values.std() / 10 + 0.05 * max(perfect, 1))
        assert np.mean([w.low <= true + 1e-9 for w in found]) >= 0.85
        assert np.mean([w.high >= true - 1e-9 for w in found]) >= 0.9
        assert np.mean([w.told for w in found]) == pytest.approx(float(true > 0), abs=0.15)


def test_the_correction_takes_off_the_bias_of_noisy_means():
    """u1 = x + noise that no other draw shares: the truth is 0.2 / sqrt(2 pi), the mean of greatest values is too great."""
    true, mean = 0.2 / np.sqrt(2 * np.pi), np.zeros(2)
    values, plain = [], []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        table = np.zeros((100, 16, 2))
        table[..., 1] = rng.normal(0, 0.2, (100, 1)) + rng.normal(0, 1, (100, 16))
        values.append(worth_of_knowing(table, mean).value)
        plain.append(np.maximum(table.mean(axis=1) - table.mean(axis=(0, 1)), 0)[:, 1].mean())
    bias, uncorrected = np.mean(values) - true, np.mean(plain) - true
    assert uncorrected > 0.02
    assert abs(bias) < 0.4 * uncorrected


def test_what_moves_no_plan_is_worth_exactly_nothing_however_noisy_the_others():
    rng = np.random.default_rng(1)
    others = np.broadcast_to(rng.normal(0, 50, (1, 20, 4)), (100, 20, 4))
    worth = worth_of_knowing(others)
    assert worth.value == pytest.approx(0, abs=1e-9)
    assert worth.high == pytest.approx(0, abs=1e-9)
    assert not worth_of_knowing(others).told


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (lambda: best_on_average(np.empty((0, 2))), "axes"),
        (lambda: best_on_average([[1.0, np.nan]]), "missing"),
        (lambda: worth_of_knowing(np.ones((3, 1, 2))), "two inner"),
        (lambda: worth_of_knowing(np.ones((3, 2, 2)), [1.0]), "2 plans"),
        (lambda: exactly([[1.0, 2.0]], [[0.5, 0.6]]), "probabilities"),
    ],
)
def test_what_cannot_be_is_refused_in_words(call, word):
    with pytest.raises(InputError, match=word) as told:
        call()
    assert all(f.text_zh and f.text_en for f in told.value.findings)


def random_place(seed: int):
    rng = np.random.default_rng(seed)
    cells, sites, draws = 9, 5, 6
    metres = rng.integers(0, 900, (cells, sites)).astype(float)
    row, col = np.nonzero(metres <= 700)
    pairs = Pairs(
        pd.RangeIndex(cells), pd.RangeIndex(sites), np.searchsorted(row, np.arange(cells + 1)), col, metres[row, col]
    )
    weight = rng.integers(0, 20, (draws, cells)).astype(float)
    return metres, pairs, weight, rng.random((draws, cells)) < 0.3, rng.integers(200, 700, draws).astype(float)


@pytest.mark.parametrize("seed", range(20))
def test_plans_serve_whom_they_reach_and_the_best_of_each_draw_is_among_them(seed):
    metres, pairs, weight, served, limit = random_place(seed)
    every = [(), *((a,) for a in range(5)), *((a, b) for a in range(5) for b in range(a))]
    found = newly_served(pairs, every, weight, served, limit)
    for (s, far), (k, plan) in product(enumerate(limit), enumerate(every)):
        reach = metres[:, list(plan)].min(axis=1, initial=np.inf) <= far
        assert found[s, k] == pytest.approx(weight[s][reach & ~served[s]].sum())
    plans = contenders(pairs, weight, served, limit, p=2)
    assert plans[0] == ()
    assert len(set(plans)) == len(plans)
    kept = newly_served(pairs, plans, weight, served, limit)
    assert kept.max(axis=1) == pytest.approx(found.max(axis=1))
    assert kept.mean(axis=0).max() == pytest.approx(found.mean(axis=0).max())


def test_each_value_of_an_input_meets_the_same_values_of_all_others():
    case = town()
    table = Uncertainties.of(case)
    for key in ("streets:length", "people:cells", "position:schools"):
        blocks = list(crossed(case, table, key, outer=12, inner=50))
        assert [len(b.limit) for b in blocks] == [250, 250, 100]
        weight, limit = (
            np.concatenate([getattr(b, n) for b in blocks]).reshape(12, 50, -1) for n in ("weight", "limit")
        )
        plain = worlds(case, table, count=12)
        if key == "streets:length":
            assert (limit[..., 0] == plain.limit[:, None]).all()  # the values that are drawn first
            assert (weight == weight[:1]).all()
        else:
            assert (limit == limit[:1]).all()
            assert (weight == weight[:1]).all() == (key == "position:schools")


def alone(case, *keys: str) -> Uncertainties:
    table = Uncertainties.of(case)
    for row in table.rows:
        table = table if row.key in keys else table.known(row.key)
    return table


def test_where_one_input_is_all_that_is_not_known_it_is_worth_all_and_the_others_nothing():
    case = town()
    answer = answers.value(
        case, p=1, spacing=50, limit=200, table=alone(case, "streets:length"), draws=2000, values=200
    )
    worth = answer["inputs"].set_index("key")
    perfect, error = answer["summary"][["perfect", "error"]].iloc[0]
    assert perfect > 5 * error
    assert worth.loc["streets:length", "value"] == pytest.approx(
        perfect, abs=3 * (error + worth.loc["streets:length", "error"])
    )
    assert worth.loc["streets:length", "rank"] == 1
    assert (worth["value"].drop("streets:length") == 0).all()
    assert worth["rank"].drop("streets:length").isna().all()


def test_the_worth_of_an_input_of_a_town_is_what_its_definition_gives():
    """Its values one by one, the others drawn anew at each: no stream is shared with the answer."""
    case = town()
    table = alone(case, "streets:length", "people:zones", "people:cells")
    answer = answers.value(case, p=1, spacing=50, limit=200, table=table, draws=2000, values=250)
    worth = answer["inputs"].set_index("key").loc["streets:length"]
    sites = answers.locate(case, p=1, spacing=50)["candidates"]
    walk = case.workspace.network.distances(
        case.workspace.cells, sites[~sites["excluded"]] if "excluded" in sites else sites
    )
    means = []
    for chance in (np.arange(80) + 0.5) / 80:
        factor = float(table.at("streets:length").factors(np.array(chance)))
        fixed = table.changed("streets:length", law="uniform", low=factor * (1 - 1e-12), high=factor * (1 + 1e-12))
        drawn_now = worlds(case, fixed, count=500, seed=99, limit=200)
        gains = np.where(drawn_now.served, 0.0, drawn_now.weight)
        reach = walk.to_numpy()[None] <= drawn_now.limit[:, None, None]
        means.append((gains[:, :, None] * reach).sum(axis=1).mean(axis=0))
    means = np.array(means)
    true = np.maximum(means, 0).max(axis=1).mean() - means.mean(axis=0).max()
    assert worth["value"] == pytest.approx(true, abs=3 * worth["error"] + 0.03 * max(true, 1.0))


def test_where_everything_is_known_nothing_is_worth_asking_for():
    case = town()
    answer = answers.value(case, p=1, spacing=50, limit=200, table=alone(case), draws=20, values=4)
    assert answer["summary"]["perfect"].iloc[0] == 0
    assert (answer["inputs"]["value"] == 0).all()
    assert answer["inputs"]["rank"].isna().all()
    assert "不会改变" in answer["summary"]["words_zh"].iloc[0]


def test_the_same_seed_gives_the_same_answer_and_no_input_is_worth_more_than_all():
    case = town()
    one, two, other = (answers.value(case, p=1, spacing=50, limit=200, draws=300, values=60, seed=s) for s in (3, 3, 4))
    pd.testing.assert_frame_equal(one["inputs"], two["inputs"])
    assert not one["inputs"]["value"].equals(other["inputs"]["value"])
    assert (one["inputs"]["value"] <= one["summary"]["perfect"].iloc[0]).all()
    ranked = one["inputs"].dropna(subset="rank")
    assert ranked["value"].is_monotonic_decreasing
    assert ranked["ask_zh"].ne("").all()
    assert ranked["ask_en"].ne("").all()


def test_stop_says_which_inputs_were_not_looked_at():
    seen = []

    def stop(step):
        seen.append(step)
        return "value" not in step.text.en

    answer = answers.value(town(), p=1, spacing=50, limit=200, draws=100, values=30, progress=stop)
    left = answer["inputs"][answer["inputs"]["value"].isna()]
    assert len(left)
    assert left["words_en"].str.contains("stopped").all()


def test_what_cannot_be_asked_is_refused():
    with pytest.raises(InputError, match="4 to 250"):
        answers.value(town(), p=1, values=3)
    with pytest.raises(InputError, match="at least 1"):
        answers.value(town(), p=0)
    with pytest.raises(InfeasibleError, match="everyone is served"):
        case = town()
        answers.value(case, p=1, spacing=50, limit=100_000.0, draws=10, table=alone(case))
