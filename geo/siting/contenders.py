"""Plans that may turn out best, and whom each newly serves in each of many draws of what is not known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import sparse

from geo.network import Pairs
from geo.progress import Progress
from geo.siting.median import search
from geo.siting.robust_draws import Draws
from geo.siting.siting import started

__all__ = ["contenders", "newly_served"]

Array = np.ndarray[Any, Any]
EFFORT = 1e6
"""Shaking of one search, in entries."""


def contenders(
    pairs: Pairs, weight: Array, served: Array, limit: Array, *, p: int, time_limit: float = 30.0,
    progress: Progress | None = None,
) -> list[tuple[int, ...]]:  # fmt: skip
    """Return the plans among which to choose: none at all, the best in the mean of the draws, the best of each draw.

    Parameters
    ----------
    pairs
        Distances of cells and candidates [m], all that are within the greatest limit.
    weight
        Persons of each cell in each draw, shape (draws, cells).
    served
        Whether a cell is served in a draw by what stands already, shape (draws, cells).
    limit
        Farthest distance served in each draw [m]; a cell at exactly the limit is served.
    p
        Number of new sites.
    time_limit
        Seconds after which the draws that are left are not searched any more [s].
    progress
        Told of each draw; returning False stops the search with the plans that it has.

    Returns
    -------
    plans
        Places of the candidates in ``pairs.targets``, ascending; each plan once. First comes the empty one, then the one of
        the mean. Each is the best that a search found, not proven.

    Notes
    -----
    Only plans that are best somewhere are worth comparing: the value of information is that of changing from one to another.

    Examples
    --------
    >>> import pandas as pd
    >>> cells, sites = pd.Index(["x", "y"]), pd.Index(["A", "B"])
    >>> pairs = Pairs(cells, sites, np.array([0, 1, 2]), np.array([0, 1]), np.array([100.0, 100.0]))
    >>> people = np.array([[9.0, 5.0], [1.0, 5.0]])  # x may be a village or next to nothing
    >>> contenders(pairs, people, np.zeros((2, 2), bool), np.array([400.0, 400.0]), p=1)
    [(), (0,), (1,)]
    """
    clock = started(time_limit, progress)
    draws = Draws.build(_table(pairs), weight, served, limit, clock)
    left = min(p, int(draws.usable.sum()))
    plans: dict[tuple[int, ...], None] = {(): None}
    if left == 0:
        return list(plans)
    last = np.flatnonzero(draws.usable)[:left]
    for at in range(-1, draws.count):  # the mean of all first
        if at > 0 and not clock.tell(np.nan, np.nan):
            break
        rows = draws.rows(np.full(draws.count, 1 / draws.count)) if at < 0 else draws.alone(at)
        if len(rows.cap) and rows.cap.sum() > 0:
            own = clock.part(min(1.0, 4 / (draws.count - at)))
            last = np.sort(search(rows, left, draws.usable, own, start=last, effort=EFFORT).best)
            last = draws.completed(last, left)
            plans.setdefault(tuple(int(j) for j in last))
    return list(plans)


def newly_served(pairs: Pairs, plans: Sequence[Sequence[int]], weight: Array, served: Array, limit: Array) -> Array:
    """Return whom each plan newly serves in each draw [persons], shape (draws, plans).

    Parameters
    ----------
    pairs, weight, served, limit
        As in ``contenders``.
    plans
        Places of the candidates in ``pairs.targets``.

    Examples
    --------
    >>> import pandas as pd
    >>> cells, sites = pd.Index(["x", "y"]), pd.Index(["A"])
    >>> pairs = Pairs(cells, sites, np.array([0, 1, 2]), np.array([0, 0]), np.array([100.0, 300.0]))
    >>> people, free = np.array([[9.0, 5.0], [9.0, 5.0]]), np.zeros((2, 2), bool)
    >>> newly_served(pairs, [(), (0,)], people, free, np.array([400.0, 200.0])).tolist()
    [[0.0, 14.0], [0.0, 9.0]]
    """
    found = np.zeros((len(limit), len(plans)))
    columns = _table(pairs).tocsc()
    shortest = np.full(len(pairs.sources), np.inf)
    for k, plan in enumerate(plans):
        shortest[:] = np.inf
        for j in plan:
            part = slice(columns.indptr[j], columns.indptr[j + 1])
            np.minimum.at(shortest, columns.indices[part], columns.data[part])
        reached = np.flatnonzero(np.isfinite(shortest))
        gained = ~served[:, reached] & (shortest[reached] <= limit[:, None])
        found[:, k] = np.where(gained, weight[:, reached], 0.0).sum(axis=1)
    return found


def _table(pairs: Pairs) -> Any:
    """Return the distances [m] as compressed rows, shape (cells, candidates)."""
    size = (len(pairs.sources), len(pairs.targets))
    return sparse.csr_array((pairs.metres, pairs.indices, pairs.indptr), shape=size)
