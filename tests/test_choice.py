"""Huff and RAAM: by their laws, by the paper's own steps, and by a general solver."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from geo.access import e2sfca, exponential, gaussian, huff, huff_shares, power, raam
from geo.errors import InputError
from geo.examples import homes, network, school


def town(seed: int, points: int = 6, sites: int = 3) -> tuple[pd.DataFrame, pd.Series, pd.Series]:
    rng = np.random.default_rng(seed)
    metres = pd.DataFrame(rng.uniform(50, 1500, (points, sites)), columns=[f"S{j}" for j in range(sites)])
    return metres, pd.Series(rng.uniform(1, 300, points)), pd.Series(rng.uniform(50, 400, sites), metres.columns)


DECAYS = {
    "step": {800.0: 1.0, 1600.0: 0.3},
    "gaussian": gaussian(500),
    "exponential": exponential(0.003),
    "power": power(1.5),
}


@pytest.mark.parametrize("decay", DECAYS)
@pytest.mark.parametrize("attraction", [0.5, 1.0, 2.0])
def test_huff_is_the_published_formula(decay: str, attraction: float) -> None:
    """Luo (2014), equations written out in loops."""
    for seed in range(10):
        metres, people, seats = town(seed)
        weigh = DECAYS[decay]
        table = metres.to_numpy()
        w = (
            np.array([[next((v for b, v in weigh.items() if d <= b), 0.0) for d in row] for row in table])
            if isinstance(weigh, dict)
            else weigh(table)
        )
        n, m = w.shape
        share = np.zeros((n, m))
        for i in range(n):
            total = sum(seats.iloc[k] ** attraction * w[i, k] for k in range(m))
            for j in range(m):
                share[i, j] = seats.iloc[j] ** attraction * w[i, j] / total if total else 0.0
        ratio = [seats.iloc[j] / sum(people[i] * share[i, j] * w[i, j] for i in range(n)) for j in range(m)]
        want = [sum(share[i, j] * w[i, j] * ratio[j] for j in range(m)) for i in range(n)]
        assert huff_shares(metres, seats, decay=weigh, attraction=attraction).to_numpy() == pytest.approx(share)
        got = huff(metres, people, seats, decay=weigh, attraction=attraction)
        assert got.tolist() == pytest.approx(want)
        assert (got * people).sum() == pytest.approx(seats.sum())


def test_huff_with_one_school_is_e2sfca() -> None:
    walk = network().pairs(homes(), school(), limit=900)
    steps = {500.0: 1.0, 900.0: 0.5}
    people, seats = homes()["people"], school()["seats"]
    assert huff(walk, people, seats, decay=steps).tolist() == pytest.approx(
        e2sfca(walk, people, seats, steps=steps).tolist()
    )


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10**6), st.floats(100, 3000))
def test_raam_is_a_balance(seed: int, tau: float) -> None:
    """Nobody could do better elsewhere, everybody is somewhere, and all seats that are used are shared out."""
    metres, people, seats = town(seed)
    found = raam(metres, people, seats, tau=tau)
    rho = people.sum() / seats.sum()

    def price(flat: np.ndarray) -> float:
        x = flat.reshape(metres.shape)
        return float(((x.sum(axis=0) ** 2) / (2 * rho * seats.to_numpy())).sum() + (x * metres.to_numpy() / tau).sum())

    start = np.repeat(people.to_numpy()[:, None] / 3, 3, axis=1).ravel()
    rows = [{"type": "eq", "fun": lambda v, i=i: v.reshape(metres.shape)[i].sum() - people[i]} for i in range(6)]
    best = minimize(
        price, start, bounds=[(0, None)] * 18, constraints=rows, method="SLSQP", options={"maxiter": 500, "ftol": 1e-10}
    )
    load = best.x.reshape(metres.shape).sum(axis=0)
    want = (load / (rho * seats.to_numpy()) + metres.to_numpy() / tau).min(axis=1)
    if best.success:
        assert found["cost"].to_numpy() == pytest.approx(want, abs=2e-2)
    used = (found["access"] * people).sum()
    assert used <= seats.sum() + 1e-6


def test_raam_agrees_with_the_steps_of_the_paper() -> None:
    """Saxon & Snow's own loop: a shrinking share of each point's people moves from the dearest to the cheapest."""
    metres, people, seats = town(3, points=12, sites=4)
    rho, tau = people.sum() / seats.sum(), 600.0
    x = np.zeros(metres.shape)
    x[np.arange(12), metres.to_numpy().argmin(axis=1)] = people
    for step in range(6000):
        cost = x.sum(axis=0) / seats.to_numpy() / rho + metres.to_numpy() / tau
        best = cost.argmin(axis=1)
        dear = np.where(x > 0, cost, -np.inf).argmax(axis=1)
        for i in np.flatnonzero(best != dear):
            share = min(x[i, dear[i]], people[i] * 0.2 / (1 + step / 50))
            x[i, dear[i]] -= share
            x[i, best[i]] += share
    cost = (x.sum(axis=0) / seats.to_numpy() / rho + metres.to_numpy() / tau).min(axis=1)
    assert raam(metres, people, seats, tau=tau)["cost"].to_numpy() == pytest.approx(cost, rel=5e-3)


def test_raam_where_nothing_is_in_reach_and_on_pairs() -> None:
    walk = network().pairs(homes(), school(), limit=500)
    found = raam(walk, homes()["people"], school()["seats"], tau=500)
    assert found["cost"]["c"] == np.inf
    assert found["access"].round(4).to_dict() == {"a": 0.4909, "b": 0.4909, "c": 0.0}
    dense = raam(walk.dense(), homes()["people"], school()["seats"], tau=500)
    assert dense.equals(found)
    with pytest.raises(InputError, match="tau"):
        raam(walk, homes()["people"], school()["seats"], tau=0)
    with pytest.raises(InputError, match="attraction"):
        huff(walk, homes()["people"], school()["seats"], decay={500: 1.0}, attraction=0)
