"""Where people choose to go, and what they find there: Huff's shares and the rational agent access model (RAAM)."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import sparse

from geo.access.scores import Decay, Impedance, decay_of, gravity, weighed
from geo.errors import InputError
from geo.kernel import kernel
from geo.text import Text

__all__ = ["huff", "huff_shares", "raam"]

SWEEPS = 2000
"""Rounds after which RAAM gives up settling."""


def huff_shares(impedance: Impedance, supply: pd.Series, *, decay: Decay, attraction: float = 1.0) -> pd.DataFrame:
    """Return the share of each point's people who choose each facility (Huff), rows of 1, or of 0 where none is in reach.

    Parameters
    ----------
    impedance
        Distance [m] or time [min], shape (points, facilities), or the engine's pairs.
    supply
        Seats at each facility [seats]: what attracts.
    decay
        As ``fca3``.
    attraction
        Exponent of the seats, > 0.

    Raises
    ------
    InputError
        As ``e2sfca``; or ``attraction`` is not above 0.

    Notes
    -----
    Huff, D. L. (1963) Land Economics 39, 81-90, https://doi.org/10.2307/3144521.

    Examples
    --------
    >>> metres = pd.DataFrame({"A": [100, 400], "B": [200, 400]}, index=["p", "q"])
    >>> from geo.access import power
    >>> huff_shares(metres, pd.Series({"A": 300, "B": 200}), decay=power(1)).round(3).to_numpy().tolist()
    [[0.75, 0.25], [0.6, 0.4]]
    """
    weight, _, seats, points, sites = weighed(impedance, None, supply, decay_of(decay))
    return pd.DataFrame(_shares(weight, seats, attraction).toarray(), points, sites)


def _shares(weight: sparse.csr_array, seats: np.ndarray, attraction: float) -> sparse.csr_array:
    if not (np.isfinite(attraction) and attraction > 0):
        raise InputError(
            Text(f"吸引力指数须大于 0，现为 {attraction}", f"attraction must be above 0, not {attraction}")
        )
    pull = weight.multiply(np.power(seats, attraction)[None, :]).tocsr()
    whole = np.asarray(pull.sum(axis=1)).ravel()
    part = np.divide(1.0, whole, out=np.zeros_like(whole), where=whole > 0)
    return sparse.csr_array(pull.multiply(part[:, None]))


def huff(
    impedance: Impedance, demand: pd.Series, supply: pd.Series, *, decay: Decay, attraction: float = 1.0
) -> pd.Series:
    """Return the seats available per person at each point when people choose by size and distance.

    The two steps of ``e2sfca`` with each weight multiplied by Huff's share: a point's people count at a facility as far
    as they choose it.

    Parameters
    ----------
    impedance, demand, supply
        As ``e2sfca``.
    decay, attraction
        As ``huff_shares``.

    Returns
    -------
    access
        Seats per person; people × access sums to the seats anyone can reach.

    Raises
    ------
    InputError
        As ``huff_shares``.

    Notes
    -----
    Luo, J. (2014) Transactions in GIS 18, 436-448, https://doi.org/10.1111/tgis.12096.

    Examples
    --------
    >>> metres = pd.DataFrame({"A": [100, 400], "B": [900, 400]}, index=["p", "q"])
    >>> people, seats = pd.Series([300, 200], metres.index), pd.Series([300, 100], metres.columns)
    >>> huff(metres, people, seats, decay={500: 1.0}).round(4).to_dict()  # q goes to A with 3/4, to B with 1/4
    {'p': 0.6667, 'q': 1.0}
    """
    weight, _, seats, points, sites = weighed(impedance, demand, supply, decay_of(decay))
    chosen = sparse.csr_array(_shares(weight, seats, attraction).multiply(weight)).toarray()
    # With these weights in the place of a distance, the two steps are those of gravity.
    frame = pd.DataFrame(np.where(chosen > 0, 1.0 / np.where(chosen > 0, chosen, 1.0), np.inf), points, sites)
    return gravity(frame, demand, supply, decay=lambda d: 1.0 / d)


def raam(
    impedance: Impedance, demand: pd.Series, supply: pd.Series, *, tau: float, rho: float | None = None,
    tolerance: float = 1e-6,
) -> pd.DataFrame:  # fmt: skip
    """Return what people find when everybody goes where crowding and way together cost least (RAAM).

    Parameters
    ----------
    impedance, demand, supply
        As ``e2sfca``; a facility without seats is chosen by nobody.
    tau
        Way that costs one [unit of impedance].
    rho
        People per seat that cost one; all people divided by all seats where not given.
    tolerance
        Nobody could lower the cost by more than this by going elsewhere.

    Returns
    -------
    found
        By point: ``cost`` (crowding ÷ rho + way ÷ tau; lower is better; ``inf`` where nothing is in reach) and
        ``access`` (seats per person at the facilities chosen; people × access sums to the seats of those).

    Raises
    ------
    InputError
        As ``e2sfca``; or ``tau`` or ``rho`` is not above 0.

    Notes
    -----
    Saxon, J. & Snow, D. (2020) Annals of the American Association of Geographers 110, 205-222,
    https://doi.org/10.1080/24694452.2019.1629870. The paper moves people step by step; here each point in turn fills
    its facilities to one level of cost, which descends the one convex programme that has the same balance (Beckmann,
    McGuire & Winsten 1956), until it holds within ``tolerance``.

    Examples
    --------
    >>> metres = pd.DataFrame({"A": [0, 100], "B": [100, 0]}, index=["p", "q"])
    >>> people, seats = pd.Series([300, 100], metres.index), pd.Series([200, 200], metres.columns)
    >>> raam(metres, people, seats, tau=400).round(3)["cost"].to_dict()  # 225 stay at A, 75 of p walk to B
    {'p': 1.125, 'q': 0.875}
    """
    for name, value in (("tau", tau), ("rho", 1.0 if rho is None else rho)):
        if not (np.isfinite(value) and value > 0):
            raise InputError(Text(f"{name} 须大于 0，现为 {value}", f"{name} must be above 0, not {value}"))
    weight, people, seats, points, sites = weighed(impedance, demand, supply, lambda d: np.ones_like(d))
    if isinstance(impedance, pd.DataFrame):
        metres = impedance.to_numpy(float)
        rows, columns = np.nonzero(np.isfinite(metres) & (seats > 0)[None, :])
        way = metres[rows, columns]
    else:
        rows, columns = impedance_rows(weight), np.asarray(impedance.indices)
        keep = seats[columns] > 0
        rows, columns, way = rows[keep], columns[keep], np.asarray(impedance.metres, float)[keep]
    ptr = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=len(points)))]).astype(np.int64)
    total = float(seats.sum())
    per = (float(people.sum()) / total if total > 0 else 1.0) if rho is None else float(rho)
    slope = np.divide(1.0, per * seats, out=np.zeros_like(seats), where=(seats > 0) & (per > 0))
    cost, flow, gap = settle(ptr, columns.astype(np.int64), way / tau, people, slope, tolerance, SWEEPS)
    if gap > 100 * tolerance:
        raise InputError(Text(f"RAAM 未收敛（{gap:.2g}），请放宽容差", f"RAAM did not settle ({gap:.2g}): allow more"))
    load = np.bincount(columns, flow, minlength=len(sites))
    each = np.divide(seats, load, out=np.zeros_like(seats), where=load > 0)
    got = np.bincount(rows, flow * each[columns], minlength=len(points))
    access = np.divide(got, people, out=np.zeros_like(got), where=people > 0)
    return pd.DataFrame({"cost": cost, "access": access}, index=points)


def impedance_rows(weight: sparse.csr_array) -> np.ndarray:
    """Return the row of each stored pair.

    Examples
    --------
    >>> impedance_rows(sparse.csr_array(np.array([[1.0, 2.0], [0.0, 3.0]]))).tolist()
    [0, 0, 1]
    """
    return np.repeat(np.arange(weight.shape[0]), np.diff(weight.indptr))


@kernel
def settle(ptr, site, way, people, slope, tolerance, sweeps):  # type: ignore[no-untyped-def]
    """Return the cost of each point, the people on each pair, and what anybody could still save."""
    n = ptr.size - 1
    flow = np.zeros(site.size)
    load = np.zeros(slope.size)
    cost = np.full(n, np.inf)
    gap = 0.0
    for _ in range(sweeps):
        for i in range(n):
            first, last = ptr[i], ptr[i + 1]
            if first == last or people[i] <= 0.0:
                continue
            for k in range(first, last):
                load[site[k]] -= flow[k]
            base = way[first:last] + load[site[first:last]] * slope[site[first:last]]
            order = np.argsort(base)
            room, level, used = 0.0, 0.0, 0.0  # facilities are opened from the cheapest on, and filled to one level
            for r in range(last - first):
                k = order[r]
                if r > 0 and base[k] >= level:
                    break
                room += 1.0 / slope[site[first + k]]
                used += base[k] / slope[site[first + k]]
                level = (people[i] + used) / room
            for k in range(first, last):
                flow[k] = max(level - base[k - first], 0.0) / slope[site[k]]
                load[site[k]] += flow[k]
        gap = 0.0
        load[:] = 0.0
        for k in range(site.size):
            load[site[k]] += flow[k]
        for i in range(n):
            least, dearest = np.inf, -np.inf
            for k in range(ptr[i], ptr[i + 1]):
                c = way[k] + load[site[k]] * slope[site[k]]
                least = min(least, c)
                if flow[k] > 1e-9 * people[i]:
                    dearest = max(dearest, c)
            cost[i] = least
            gap = max(gap, dearest - least)
        if gap <= tolerance:
            break
    return cost, flow, gap
