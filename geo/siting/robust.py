"""Where to build when people, births or limits are not known for sure: sites judged over many draws of them.

Three ways to be best, each with proof where there is any: most people served in the mean of all draws; in the worst tenth
of them (CVaR: Rockafellar, R. & Uryasev, S. (2000) Journal of Risk 2, 21-41); and never far from what would have been best,
had one known (least regret: Savage, L. (1951) Journal of the American Statistical Association 46, 55-67; of locations:
Snyder, L. (2006) IIE Transactions 38, 547-564). See docs/methods/robust.md.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from geo.network import Pairs
from geo.progress import Progress
from geo.siting.clock import Clock
from geo.siting.median import branch, search
from geo.siting.robust_bound import least_loss
from geo.siting.robust_draws import Draws
from geo.siting.robust_exchange import best_exchanges, mean_of_worst, substitutes
from geo.siting.siting import started
from geo.siting.tables import Array, checked_cost, checked_count, checked_fixed, fail

__all__ = ["CRITERIA", "Robust", "robust_cover"]

CRITERIA = ("expected", "cvar", "regret")
"""What a plan can be best in: the mean of all draws, of the worst ones, or the greatest regret."""
NODES = 200
"""Nodes of the tree in which the best plan of one draw is proven."""
EFFORT = 3e5
"""Shaking of one draw, in entries."""


@dataclass(frozen=True, eq=False)
class Robust:
    """The plans that are best over the draws, side by side.

    Examples
    --------
    >>> metres = pd.DataFrame({"A": [100.0, np.inf], "B": [np.inf, 100.0]}, index=["x", "y"])
    >>> people = np.array([[9.0, 5.0], [1.0, 5.0]])  # x may be a village or next to nothing
    >>> found = robust_cover(metres, people, np.zeros((2, 2), bool), np.array([400.0, 400.0]), p=1)
    >>> found.plans[["mean", "worst", "regret", "bound", "status"]].round(1).to_dict("index")["cvar"]
    {'mean': 5.0, 'worst': 5.0, 'regret': 4.0, 'bound': 5.0, 'status': 'optimal'}
    """

    plans: pd.DataFrame
    """By criterion: ``mean``, ``worst`` (mean of the worst draws), ``regret`` (greatest) [persons], ``value`` in what the
    criterion asks for, the ``bound`` that no plan passes in it, ``gap``, ``status``, ``sites``. Criteria that were only judged
    (``others``) have no bound: NaN."""
    sites: pd.DataFrame
    """One row a site of a plan: ``criterion``, ``candidate_id``, the best ``substitute`` and the ``substitute_loss`` in what
    the criterion asks for [persons] (0: a tie), NaN where there is none."""
    served: pd.DataFrame
    """Persons newly served, shape (draws, criteria)."""
    best: pd.DataFrame
    """Of each draw the ``best`` plan found and the ``bound`` that none passes [persons]."""
    chosen_share: pd.Series
    """Share of the draws in whose best plan a candidate serves somebody whom no other site does."""
    best_share: pd.Series
    """Share of the draws in which the candidate is among the best: a plan with it is known that misses the best of the draw by
    no more than ``near`` of what one site of that best serves on average (at least)."""
    seconds: float
    """Time taken [s]."""


def robust_cover(
    metres: Pairs | pd.DataFrame,
    weight: Array,
    served: Array,
    limit: Array,
    *,
    p: int,
    others: Mapping[str, Iterable[Hashable]] | None = None,
    tail: float = 0.1,
    near: float = 0.05,
    time_limit: float = 60.0,
    progress: Progress | None = None,
) -> Robust:
    """Return the ``p`` new sites that serve most in the mean, in the worst draws, and with least regret.

    Parameters
    ----------
    metres
        Distance of cells and candidates [m], all that is within the greatest limit: the sparse pairs of the network, or a
        table, ``inf`` where there is no way.
    weight
        Persons of each cell in each draw, shape (draws, cells).
    served
        Whether a cell is served in a draw by what stands already, shape (draws, cells).
    limit
        Farthest distance served in each draw [m]; a cell at exactly the limit is served.
    p
        Number of new sites.
    others
        Plans to be judged beside, by name: candidate ids.
    tail
        Which share of the draws the worst ones are, in (0, 1].
    near
        By which part of what one site serves on average a plan may miss the best of a draw, so that its sites are among the
        best. (A part of the whole would say nothing of one site among many.)
    time_limit
        Seconds after which the best plans so far are returned with their bounds [s].
    progress
        Told of each step; returning False stops the search, keeping the best plans.

    Raises
    ------
    InputError
        If the table is empty, shapes do not fit, or a number is missing, negative or not a number.
    InfeasibleError
        If there are fewer than ``p`` candidates; ``shortage`` in sites.

    Notes
    -----
    The weighted mean of what a plan serves in each draw is a gradual cover (Berman, O., Krass, D. & Drezner, Z. (2003)
    European Journal of Operational Research 151, 474-480), a p-median that ``geo.siting`` bounds and proves. Its bound for any
    weights that a criterion allows bounds the criterion. Regret is told against what cannot be passed in a draw where its best
    plan is not proven: it is then never told too small.

    Examples
    --------
    >>> metres = pd.DataFrame({"A": [100.0, np.inf], "B": [np.inf, 100.0]}, index=["x", "y"])
    >>> people = np.array([[9.0, 4.0], [9.0, 4.0], [3.0, 4.0]])
    >>> found = robust_cover(metres, people, np.zeros((3, 2), bool), np.full(3, 400.0), p=1, tail=0.3)
    >>> found.sites.set_index("criterion")["candidate_id"].to_dict()
    {'expected': 'A', 'cvar': 'B', 'regret': 'A'}
    >>> found.chosen_share.round(2).to_dict()
    {'A': 0.67, 'B': 0.33}
    """
    clock = started(time_limit, progress)
    table, ids = _sparse(metres)
    weight, served, limit = _checked(weight, served, limit, table.shape[0])
    for name, value in (("tail", tail), ("near", near)):
        if not 0 < value <= 1:
            raise fail(
                f"{name} 须在 0 与 1 之间，现为 {value}", f"{name} must be within 0 and 1, it is {value}", field=name
            )
    p = checked_count(p, 0, len(ids))
    judged = {name: np.sort(checked_fixed(sites, ids)) for name, sites in (others or {}).items()}
    draws = Draws.build(table, weight, served, limit, clock)
    shares = dict(zip(CRITERIA, (1 / draws.count, min(1.0, 1 / (tail * draws.count)), 1.0), strict=True))
    found = _search(draws, min(p, int(draws.usable.sum())), shares, clock)
    every = Draws.build(table, weight, served, limit, clock, every=True)
    chosen = {name: every.completed(found.least(share, name), p) for name, share in shares.items()}
    return _told(every, ids, found, chosen | judged, shares, near, clock)


@dataclass
class _Found:
    """What is known of plans: of each the persons served in each draw; what no plan passes, draw by draw and in all."""

    own: list[Array]
    """The best plan of each draw."""
    most: Array
    """What no plan passes in each draw [persons]."""
    value: dict[tuple[int, ...], Array]
    bounds: dict[str, float]
    """By criterion a loss that no plan undercuts [persons]."""

    def target(self, name: str) -> Array:
        """Return what losses are measured from: for regret the best of each draw, or its bound where it is not proven."""
        return self.most if name == "regret" else np.zeros(len(self.most))

    def least(self, share: float, name: str) -> Array:
        """Return the plan of least loss; of equals the one that serves most in the mean."""
        loss = {plan: mean_of_worst(self.target(name) - got, share) for plan, got in self.value.items()}
        least = min(loss.values()) + 1e-9 * float(self.most.max(initial=0.0))
        plans = [plan for plan, lost in loss.items() if lost <= least]
        return np.array(max(plans, key=lambda plan: self.value[plan].mean()), np.int64)


def _search(draws: Draws, p: int, shares: Mapping[str, float], clock: Clock) -> _Found:
    """Return the best plans of single draws and of each criterion, and their bounds."""
    if not p:
        nothing = np.zeros(draws.count)
        return _Found([np.empty(0, np.int64)] * draws.count, nothing, {(): nothing}, dict.fromkeys(shares, 0.0))
    own, most = _each(draws, p, clock.part(0.5))
    plans = list({tuple(plan): plan for plan in own}.values())
    reached = np.max([draws.sorted_value(plan) for plan in plans], axis=0)
    bounds = {}
    for k, (name, share) in enumerate(shares.items()):
        # A bound on regret is taken against what is reached: where that is not proven best, regret may be greater.
        target = reached if name == "regret" else np.zeros(draws.count)
        bounds[name] = least_loss(draws, p, target, share, plans, most, clock.part(1 / (len(shares) - k))).bound
    value = {tuple(int(j) for j in plan): draws.sorted_value(plan) for plan in plans}
    return _Found(own, np.maximum(most, np.max(list(value.values()), axis=0)), value, bounds)


def _each(draws: Draws, p: int, clock: Clock) -> tuple[list[Array], Array]:
    """Return the best plan of each draw, and what no plan passes in it; widest limit first."""
    found: list[Array] = []
    most = np.zeros(draws.count)
    last = np.flatnonzero(draws.usable)[:p]
    for at in range(draws.count):
        clock.tell(np.nan, np.nan)
        own = clock.part(min(1.0, 4 / (draws.count - at))) if clock.left() > 0 else clock
        rows = draws.alone(at)
        if not len(rows.cap):  # nobody is left to serve
            found.append(last)
            continue
        state = search(rows, p, draws.usable, own, start=last, effort=EFFORT)
        if not state.proven() and clock.left() > 0:
            branch(state, own, nodes=NODES)
        last = draws.completed(np.sort(state.best), p)
        found.append(last)
        most[at] = float(rows.cap.sum()) - state.bound
    return found, most


def _told(
    draws: Draws, ids: pd.Index, found: _Found, chosen: Mapping[str, Array], shares: Mapping[str, float], near: float,
    clock: Clock,
) -> Robust:  # fmt: skip
    """Return what was found in the ids of the table and in the order in which the draws were given."""
    rows, sites, served = [], [], {}
    for name, columns in chosen.items():
        got = draws.sorted_value(columns)
        served[name] = draws.given(got)
        row: dict[str, Any] = {
            "mean": float(got.mean()),
            "worst": -mean_of_worst(-got, shares["cvar"]),
            "regret": max(float((found.most - got).max()), 0.0),
        }
        row |= _judged(row, name, found) | {"sites": ids[columns].tolist()}
        by, loss = np.full(len(columns), -1), np.full(len(columns), np.nan)
        if name in shares:
            own = Clock(0.0 if clock.stopped else clock.least(0.02))
            by, loss = best_exchanges(draws, columns, found.target(name), shares[name], own)
        sites += [
            {"criterion": name, "candidate_id": ids[j], "substitute": None if r < 0 else ids[int(r)], "substitute_loss": lost}
            for j, r, lost in zip(columns, by, loss, strict=True)
        ]  # fmt: skip
        rows.append(row)
    often, among = _shares(draws, found, [tuple(int(j) for j in columns) for columns in chosen.values()], near)
    best = {"best": draws.given(np.max(list(found.value.values()), axis=0)), "bound": draws.given(found.most)}
    return Robust(
        plans=pd.DataFrame(rows, index=pd.Index(list(chosen), name="criterion")),
        sites=pd.DataFrame(sites, columns=["criterion", "candidate_id", "substitute", "substitute_loss"]),
        served=pd.DataFrame(served),
        best=pd.DataFrame(best),
        chosen_share=pd.Series(often / draws.count, ids, name="chosen_share"),
        best_share=pd.Series(among / draws.count, ids, name="best_share"),
        seconds=clock.seconds(),
    )


def _judged(row: Mapping[str, float], name: str, found: _Found) -> dict[str, Any]:
    """Return the value of a plan in what its criterion asks for, with bound, gap and status; of others the mean alone."""
    value = row[{"cvar": "worst", "regret": "regret"}.get(name, "mean")]
    if name not in found.bounds:
        return {"value": value, "bound": np.nan, "gap": np.nan, "status": ""}
    bound = min(found.bounds[name], value) if name == "regret" else max(-found.bounds[name], value)
    off = abs(value - bound)
    if off <= 1e-9 * max(float(found.most.max()), abs(value)):
        return {"value": value, "bound": value, "gap": 0.0, "status": "optimal"}
    return {"value": value, "bound": bound, "gap": off / abs(value) if value else np.inf, "status": "feasible"}


def _shares(draws: Draws, found: _Found, plans: list[tuple[int, ...]], near: float) -> tuple[Array, Array]:
    """Return in how many draws a candidate is needed in the best plan, and in how many it is among the best."""
    least = (1 - near / max(len(found.own[0]), 1)) * found.most * (1 - 1e-12)
    often, good = np.zeros(len(draws.usable)), np.zeros((draws.count, len(draws.usable)), bool)
    for at, columns in enumerate(found.own):
        worth, needed = substitutes(draws, at, columns)
        often[columns[needed]] += 1
        good[at] = worth >= least[at]
    for plan in {*found.value, *plans}:
        columns = np.array(plan, np.int64)
        good[np.ix_(draws.sorted_value(columns) >= least, columns)] = True
    return often, good.sum(axis=0).astype(float)


def _sparse(metres: Pairs | pd.DataFrame) -> tuple[Any, pd.Index]:
    """Return compressed rows that hold what can be reached, and the ids of the candidates."""
    if isinstance(metres, Pairs):
        size = (len(metres.sources), len(metres.targets))
        return sparse.csr_array((metres.metres, metres.indices, metres.indptr), shape=size), metres.targets
    table = checked_cost(metres)
    values = table.to_numpy()
    row, column = np.nonzero(np.isfinite(values))
    ptr = np.concatenate(([0], np.cumsum(np.bincount(row, minlength=len(values)))))
    return sparse.csr_array((values[row, column], column, ptr), shape=values.shape), table.columns


def _checked(weight: Any, served: Any, limit: Any, cells: int) -> tuple[Array, Array, Array]:
    """Return what decides the draws as arrays of fitting shapes."""
    persons, there, far = np.asarray(weight, float), np.asarray(served, bool), np.asarray(limit, float)
    shape = (len(far) if far.ndim == 1 else -1, cells)
    for name, zh, array in (("weight", "人数", persons), ("served", "已覆盖", there)):
        if array.shape != shape or not array.size:
            raise fail(
                f"{zh}（{name}）须为 情形数 × 居住格数 = {shape}，现为 {array.shape}",
                f"{name} must have shape (draws, cells) = {shape}, it has {array.shape}",
                field=name,
            )
    for name, zh, array in (("weight", "人数", persons), ("limit", "距离标准", far)):
        bad = ~(np.isfinite(array) & (array >= 0))
        if bad.any():
            where = tuple(int(i) for i in np.argwhere(bad)[0])
            raise fail(
                f"{zh}（{name}）须为不小于 0 的有限数，有 {int(bad.sum())} 个不是，例如第 {where} 个",
                f"{name} must be finite and at least 0, {int(bad.sum())} are not, for example {where}",
                field=name,
            )
    return persons, there, far
