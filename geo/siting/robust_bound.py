"""How well any choice of sites can do in the worst draws: a bound from weighted means, and proof by branching.

Whatever weights are given to the draws, no choice of sites does better in the worst of them than the best choice does in
that mean; and the best choice for a mean is a p-median, which ``geo.siting.median`` bounds. The weights for which the bound
is highest are sought by cutting planes: Kelley, J. (1960) Journal of the Society for Industrial and Applied Mathematics 8,
703-712, each next weights taken between the best and the outermost (Ben-Ameur, W. & Neto, J. (2007) Networks 49, 3-17).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import linprog

from geo.siting.clock import Clock
from geo.siting.median import Reduced, branch, search
from geo.siting.robust_draws import Draws
from geo.siting.robust_exchange import exchanged, mean_of_worst, worst_shares

__all__ = ["Steadiest", "least_loss"]

Array = np.ndarray[Any, Any]
CUTS = 60
"""Most weighted means solved for a bound."""
EFFORT = 1e6
"""Shaking of a weighted mean, in entries."""
CLOSED = 1e-9
"""Gap, over the persons that go into a loss, that counts as none."""
NODES, ROOM = 200_000, 1e9
"""Most nodes of the tree in which a plan is proven best, and the room that the open ones may take [bytes]."""


@dataclass
class Steadiest:
    """The plan of least loss found, its loss and a loss that no plan undercuts [persons].

    Examples
    --------
    >>> Steadiest(np.array([1]), -5.0, -5.0).bound
    -5.0
    """

    columns: Array
    loss: float
    bound: float


@dataclass
class _Tree(Reduced):
    """A search for least weighted mean in which a plan is worth the mean of its worst losses.

    That is never less than the weighted mean, so what the tree cuts off by its bound is truly worse.
    """

    draws: Draws
    target: Array
    share: float
    shift: float
    """What the mean of the worst losses is more than the cost of the p-median of one and the same plan."""

    def improve(self, columns: Array, cost: float) -> None:
        """Keep a plan if it is better in its worst draws."""
        if cost >= self.cost:
            return
        plan = np.concatenate((np.array(self.inside, np.int64), columns)).astype(np.int64)
        true = mean_of_worst(self.target - self.draws.sorted_value(plan), self.share) - self.shift
        if true < self.cost:
            self.best, self.cost = plan, true


def least_loss(
    draws: Draws, p: int, target: Array, share: float, plans: list[Array], most: Array, clock: Clock
) -> Steadiest:
    """Return the ``p`` columns with the least mean of the worst losses, each draw counting at most ``share``.

    Parameters
    ----------
    draws
        Whom each candidate serves in each draw.
    p
        Number of columns to choose.
    target
        What a loss is measured from, in the order of ``draws`` [persons]: 0 for what is served itself, or the best of
        each draw for regret.
    share
        1 for the one worst draw, 1 ÷ number of draws for the mean of all.
    plans
        Plans known already, at least one; those found are added.
    most
        What no plan passes in each draw, in the order of ``draws`` [persons]; ``inf`` where nothing is known.

    Examples
    --------
    >>> from scipy import sparse
    >>> metres = sparse.csr_array(np.array([[100.0, 0.0], [0.0, 100.0]]))
    >>> weight = np.array([[9.0, 5.0], [1.0, 5.0]])
    >>> draws = Draws.build(metres, weight, np.zeros((2, 2), bool), np.array([400.0, 400.0]), Clock(5.0))
    >>> least_loss(draws, 1, np.zeros(2), 1.0, [np.array([0])], np.full(2, np.inf), Clock(5.0))
    Steadiest(columns=array([1]), loss=-5.0, bound=-5.0)
    """
    values = [draws.sorted_value(plan) for plan in plans]
    losses = [mean_of_worst(target - value, share) for value in values]
    best = Steadiest(plans[int(np.argmin(losses))], min(losses), -np.inf)
    if np.isfinite(most).all():
        best.bound = mean_of_worst(target - most, share)
    tiny = CLOSED * max(float(np.abs(target).max(initial=0.0)), float(np.abs(values).max()), 1e-12)

    def take(columns: Array) -> None:
        plans.append(columns)
        values.append(draws.sorted_value(columns))

    def try_exchanges(columns: Array) -> None:
        columns, loss = exchanged(draws, columns, target, share, clock)
        if loss < best.loss:
            best.columns, best.loss = np.sort(columns), loss
        take(columns)

    starts = [plans[k] for k in np.argsort(losses, kind="stable")[:3]]
    centre = worst_shares(target - draws.sorted_value(best.columns), share)
    prices = np.empty(0)
    for _ in range(CUTS):
        if best.loss - best.bound <= tiny or not clock.tell(np.nan, np.nan):
            break
        outer, highest = _outermost(np.array(values), target, share)
        if len(prices) and highest - best.bound <= max(tiny, 1e-3 * (best.loss - best.bound)):
            break
        weights = 0.5 * (centre + outer)
        rows = draws.rows(weights)
        state = search(rows, p, draws.usable, clock, start=draws.completed(best.columns, p), effort=EFFORT)
        if not state.proven() and clock.left() > 0:
            branch(state, clock, nodes=20)
        bound = float(weights @ target) - (float(rows.cap.sum()) - state.bound)
        if bound > best.bound or not len(prices):
            best.bound, centre, prices = max(bound, best.bound), weights, state.lam
        plan = np.sort(state.best)
        take(plan)
        if mean_of_worst(target - values[-1], share) < best.loss + 0.2 * (best.loss - best.bound):
            try_exchanges(plan)
        if starts:  # one after each bound: a search cut short then has a bound too
            try_exchanges(starts.pop(0))
    if best.loss - best.bound > tiny and len(prices) and clock.left() > 0:
        rows = draws.rows(centre)
        shift = float(centre @ target) - float(rows.cap.sum())
        start = draws.completed(best.columns, p)
        tree = _Tree(rows, p, draws.usable.copy(), [], start, best.loss - shift, best.bound - shift, prices, False,
                     draws, target, share, shift)  # fmt: skip
        branch(tree, clock, nodes=int(np.clip(ROOM / (32 * len(rows.cap) + 2 * len(draws.usable)), 100, NODES)))
        best.columns, best.loss = np.sort(tree.best), min(best.loss, tree.cost + shift)
        best.bound = min(max(best.bound, tree.bound + shift), best.loss)
        take(best.columns)
    if best.loss - best.bound <= tiny:
        best.bound = best.loss
    return best


def _outermost(values: Array, target: Array, share: float) -> tuple[Array, float]:
    """Return the weights of the draws whose bound would be highest if the plans known were all, and that bound."""
    plans, count = values.shape
    scale = max(float(values.max()), 1e-12)
    answer = linprog(
        np.concatenate((-target / scale, [1.0])),
        A_ub=np.hstack((values / scale, -np.ones((plans, 1)))),
        b_ub=np.zeros(plans),
        A_eq=np.concatenate((np.ones(count), [0.0]))[None],
        b_eq=[1.0],
        bounds=[(0.0, min(share, 1.0))] * count + [(None, None)],
        method="highs",
    )
    if answer.x is None:
        return np.full(count, 1.0 / count), np.inf
    weights = np.clip(answer.x[:count], 0.0, share)
    return weights / weights.sum(), -scale * answer.fun
