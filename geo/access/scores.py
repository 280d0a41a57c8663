"""Accessibility after competition: the floating catchment family, gravity, and seats in reach.

Every function takes an impedance (points × facilities), the people at each point and the seats at each
facility, and returns one number per point. The impedance is a DataFrame, or the sparse many-to-many result of
the network engine (``geo.network.Pairs``), which is far quicker than joining pair tables. It may be metres or
minutes; limits and steps are in its unit. ``inf`` is unreachable, "within" means ≤.

``fca2``, ``e2sfca``, ``fca3`` and ``gravity`` share out all seats that anyone can reach: people × access sums
to those seats. ``balanced`` keeps the level of service instead, and ``cumulative`` counts without competition.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol, TypeAlias
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from geo.errors import Finding, InputError
from geo.laws import amounts, limit_of, unique

__all__ = [
    "LUO_QI_FAST",
    "LUO_QI_SLOW",
    "Decay",
    "Impedance",
    "SparseImpedance",
    "balanced",
    "cumulative",
    "decay_of",
    "e2sfca",
    "exponential",
    "fca2",
    "fca3",
    "gaussian",
    "gravity",
    "power",
    "weighed",
]

Floats: TypeAlias = npt.NDArray[np.float64]
Weights: TypeAlias = Floats | sparse.csr_array
Decay: TypeAlias = Mapping[float, float] | Callable[[Floats], Floats]
"""Distance decay: steps (inclusive upper bound to weight), or a function of an array of impedances."""

LUO_QI_SLOW: Mapping[float, float] = {10.0: 1.0, 20.0: 0.68, 30.0: 0.22}
"""Zones of 10, 20 and 30 **minutes**, slow step decay: Luo & Qi (2009), first set of weights."""
LUO_QI_FAST: Mapping[float, float] = {10.0: 1.0, 20.0: 0.42, 30.0: 0.09}
"""Zones of 10, 20 and 30 **minutes**, sharp step decay: Luo & Qi (2009), second set of weights."""


class SparseImpedance(Protocol):
    """What the functions here need of ``geo.network.Pairs``: rows are points, columns are facilities.

    Examples
    --------
    >>> from geo.examples import homes, network, school
    >>> pairs: SparseImpedance = network().pairs(homes(), school(), limit=500)
    >>> fca2(pairs, homes()["people"], school()["seats"], limit=500).round(4).to_dict()  # 540 seats for 1100 people
    {'a': 0.4909, 'b': 0.4909, 'c': 0.0}
    """

    sources: pd.Index
    targets: pd.Index
    indptr: npt.NDArray[np.int64]
    indices: npt.NDArray[np.int64]
    metres: Floats


Ordered: TypeAlias = tuple[npt.NDArray[np.int64], npt.NDArray[np.uint32], Floats]
Impedance: TypeAlias = pd.DataFrame | SparseImpedance


def fca2(impedance: Impedance, demand: pd.Series, supply: pd.Series, *, limit: float) -> pd.Series:
    """Return the seats available per person at each demand point, by the two-step floating catchment area.

    Each facility shares its seats equally among all people within ``limit``; each point adds up the shares of
    the facilities within ``limit``.

    Parameters
    ----------
    impedance
        Distance [m] or time [min], shape (points, facilities).
    demand
        People at each point [persons], indexed like the points.
    supply
        Seats at each facility [seats], indexed like the facilities.
    limit
        The catchment, in the unit of ``impedance``; a point at exactly ``limit`` is in reach.

    Returns
    -------
    access
        Seats per person, >= 0; 0 where nothing is in reach. ``(access * demand).sum()`` equals the seats of all
        facilities that anyone can reach. The order of rows and columns does not matter.

    Raises
    ------
    InputError
        If ``demand`` or ``supply`` misses an id of ``impedance``, repeats one, or holds a negative or missing
        value; if an impedance is negative or NaN; if ``limit`` is negative or NaN.

    Notes
    -----
    Luo, W. & Wang, F. (2003) Environment and Planning B 30, 865-884, https://doi.org/10.1068/b29120.

    Examples
    --------
    >>> metres = pd.DataFrame({"A": [100, 400, 900], "B": [900, 300, 200]}, index=["p", "q", "r"])
    >>> people, seats = pd.Series([300, 100, 200], metres.index), pd.Series([200, 150], metres.columns)
    >>> fca2(metres, people, seats, limit=500).to_dict()  # A: 200 seats for 400 people, B: 150 for 300
    {'p': 0.5, 'q': 1.0, 'r': 0.5}
    """
    return e2sfca(impedance, demand, supply, steps={limit_of(limit): 1.0})


def e2sfca(impedance: Impedance, demand: pd.Series, supply: pd.Series, *, steps: Mapping[float, float]) -> pd.Series:
    """Return the seats available per person at each demand point, nearer people and seats counting more.

    Enhanced two-step floating catchment area. Each facility first shares its seats among the people who can
    reach it, nearer people counting more; each point then adds up the shares it can reach.

    Parameters
    ----------
    impedance
        Distance [m] or time [min], shape (points, facilities).
    demand
        People at each point [persons], indexed like the points.
    supply
        Seats at each facility [seats], indexed like the facilities.
    steps
        Inclusive upper bound (unit of ``impedance``) to weight in (0, 1]; beyond the last bound the weight is
        0. ``LUO_QI_SLOW`` and ``LUO_QI_FAST`` are in minutes.

    Returns
    -------
    access
        Seats per person, >= 0; 0 where nothing is in reach. ``(access * demand).sum()`` equals the seats of
        all facilities that anyone can reach.

    Raises
    ------
    InputError
        As `fca2`; or if ``steps`` is empty, or has a negative bound or a weight outside (0, 1].

    Notes
    -----
    Luo, W. & Qi, Y. (2009) Health & Place 15, 1100-1107, https://doi.org/10.1016/j.healthplace.2009.06.002.

    Examples
    --------
    >>> time = pd.DataFrame({"A": [5, 50, 25], "B": [70, 40, 30]}, index=["p", "q", "r"])
    >>> people, seats = pd.Series([5, 10, 50], time.index), pd.Series([50, 100], time.columns)
    >>> e2sfca(time, people, seats, steps={20: 1, 40: 0.68, 60: 0.22}).round(4).to_dict()
    {'p': 1.2136, 'q': 1.9337, 'r': 2.4919}
    """
    weigh = _stepped(steps)
    if not isinstance(impedance, pd.DataFrame):
        return _sparse_steps(impedance, demand, supply, steps)
    weight, people, seats, points = _measured(impedance, demand, supply, weigh)
    return _named(weight @ _shared(seats, weight.T @ people), points)


def fca3(impedance: Impedance, demand: pd.Series, supply: pd.Series, *, decay: Decay) -> pd.Series:
    """Return the seats available per person at each demand point, by the three-step floating catchment area.

    A point divides its people among the facilities in reach by their weights (Wan's selection weight
    ``G = w / sum of w over the point's facilities``) before the two steps, so that demand is not counted
    wholly at each facility.

    Parameters
    ----------
    impedance, demand, supply
        As `e2sfca`.
    decay
        Steps as in `e2sfca`, or a function of impedances as `gaussian`, `power`, `exponential` give.

    Returns
    -------
    access
        Seats per person; the people-weighted sum equals the seats in reach.

    Raises
    ------
    InputError
        As `e2sfca`.

    Notes
    -----
    Wan, N., Zou, B. & Sternberg, T. (2012) International Journal of Geographical Information Science 26,
    1073-1089, https://doi.org/10.1080/13658816.2011.624987.

    Examples
    --------
    >>> metres = pd.DataFrame({"A": [100, 400], "B": [900, 400]}, index=["p", "q"])
    >>> people, seats = pd.Series([300, 200], metres.index), pd.Series([200, 150], metres.columns)
    >>> fca3(metres, people, seats, decay={500: 1.0}).to_dict()  # q goes half to A, half to B
    {'p': 0.5, 'q': 1.0}
    """
    weight, people, seats, points = _measured(impedance, demand, supply, _decay(decay))
    chosen = _times(weight, _scaled_rows(weight, _inverse(_row_sums(weight))))
    return _named(chosen @ _shared(seats, chosen.T @ people), points)


def balanced(impedance: Impedance, demand: pd.Series, supply: pd.Series, *, decay: Decay) -> pd.Series:
    """Return the balanced level of service at each demand point (balanced floating catchment area).

    People are divided among facilities by weights that sum to one over a point's facilities, and each
    facility's level of service (seats per person allotted to it) is divided among points by weights that sum
    to one over its points. Neither demand nor service is counted twice.

    Parameters
    ----------
    impedance, demand, supply
        As `e2sfca`.
    decay
        As `fca3`.

    Returns
    -------
    access
        Level of service falling to the point, as published: it sums over points to the sum over facilities of
        seats per allotted person. It is **not** seats per person: compare it between points, not to a standard.

    Raises
    ------
    InputError
        As `e2sfca`.

    Notes
    -----
    Paez, A., Higgins, C. D. & Vivona, S. F. (2019) PLOS ONE 14(6), e0218773,
    https://doi.org/10.1371/journal.pone.0218773.

    Examples
    --------
    >>> metres = pd.DataFrame({"A": [100, 400], "B": [900, 400]}, index=["p", "q"])
    >>> people, seats = pd.Series([300, 200], metres.index), pd.Series([200, 150], metres.columns)
    >>> balanced(metres, people, seats, decay={500: 1.0}).to_dict()  # A: 200 / 400, shared by two; B: 150 / 100
    {'p': 0.25, 'q': 1.75}
    """
    weight, people, seats, points = _measured(impedance, demand, supply, _decay(decay))
    by_point = _scaled_rows(weight, _inverse(_row_sums(weight)))
    service = _shared(seats, by_point.T @ people)
    return _named(weight @ (service * _inverse(_column_sums(weight))), points)


def gravity(impedance: Impedance, demand: pd.Series | None, supply: pd.Series, *, decay: Decay | float) -> pd.Series:
    """Return gravity accessibility: seats weighted by distance, divided by the competing demand.

    Parameters
    ----------
    impedance, supply
        As `e2sfca`.
    demand
        People at each point [persons]; None leaves competition out (Hansen's potential, in seats).
    decay
        A number is the exponent of distance (``d ** -decay``, distances below 1 counting as 1); otherwise as
        `fca3`.

    Returns
    -------
    access
        Seats per person; with a step decay the same as `e2sfca`.

    Raises
    ------
    InputError
        As `e2sfca`.

    Notes
    -----
    Joseph, A. E. & Bantock, P. R. (1982) Social Science & Medicine 16, 85-90,
    https://doi.org/10.1016/0277-9536(82)90428-2; without demand: Hansen, W. G. (1959) Journal of the American
    Institute of Planners 25, 73-76, https://doi.org/10.1080/01944365908978307.

    Examples
    --------
    >>> metres = pd.DataFrame({"A": [100, 200]}, index=["p", "q"])
    >>> people, seats = pd.Series([100, 100], metres.index), pd.Series([300], metres.columns)
    >>> gravity(metres, people, seats, decay=1).round(6).to_dict()
    {'p': 2.0, 'q': 1.0}
    >>> gravity(metres, None, seats, decay=1).to_dict()  # without competition: 300 / 100 and 300 / 200
    {'p': 3.0, 'q': 1.5}
    """
    function = power(decay) if isinstance(decay, int | float) else _decay(decay)
    if demand is None:
        points, _ = _labels(impedance)
        nobody = pd.Series(0.0, index=points)
        weight, _, seats, points = _measured(impedance, nobody, supply, function)
        return _named(weight @ seats, points)
    weight, people, seats, points = _measured(impedance, demand, supply, function)
    return _named(weight @ _shared(seats, weight.T @ people), points)


def cumulative(impedance: Impedance, supply: pd.Series, *, limit: float) -> pd.Series:
    """Return the seats within ``limit`` of each point, without competition [seats].

    A supply of ones counts facilities. Raises InputError as `fca2`. Method: the cumulative-opportunity measure
    of Wachs, M. & Kumagai, T. G. (1973) Socio-Economic Planning Sciences 7, 437-456,
    https://doi.org/10.1016/0038-0121(73)90041-4.

    Examples
    --------
    >>> metres = pd.DataFrame({"A": [100, 400], "B": [500, 501]}, index=["p", "q"])
    >>> cumulative(metres, pd.Series({"A": 540, "B": 360}), limit=500).to_dict()
    {'p': 900.0, 'q': 540.0}
    """
    return gravity(impedance, None, supply, decay={limit_of(limit): 1.0})


def power(exponent: float, *, floor: float = 1.0) -> Callable[[Floats], Floats]:
    """Return the decay ``d ** -exponent``; distances below ``floor`` count as ``floor``, so 0 has a weight.

    Examples
    --------
    >>> power(2)(np.array([0.0, 1.0, 10.0])).tolist()
    [1.0, 1.0, 0.01]
    """
    _positive(exponent, "exponent")
    _positive(floor, "floor")
    return lambda d: np.maximum(d, floor) ** -float(exponent)


def exponential(rate: float, *, limit: float = np.inf) -> Callable[[Floats], Floats]:
    """Return the decay ``exp(-rate * d)``, 0 beyond ``limit``; ``rate`` is per unit of impedance.

    Examples
    --------
    >>> exponential(0.01, limit=500)(np.array([0.0, 100.0, 600.0])).round(4).tolist()
    [1.0, 0.3679, 0.0]
    """
    _positive(rate, "rate")
    return lambda d: np.where(d <= limit, np.exp(-rate * d), 0.0)


def gaussian(bandwidth: float, *, limit: float = np.inf) -> Callable[[Floats], Floats]:
    """Return the decay ``exp(-(d / bandwidth) ** 2 / 2)``, 0 beyond ``limit``.

    Examples
    --------
    >>> gaussian(250, limit=500)(np.array([0.0, 250.0, 600.0])).round(4).tolist()
    [1.0, 0.6065, 0.0]
    """
    _positive(bandwidth, "bandwidth")
    return lambda d: np.where(d <= limit, np.exp(-0.5 * (d / bandwidth) ** 2), 0.0)


def _sparse_steps(
    pairs: SparseImpedance, demand: pd.Series, supply: pd.Series, steps: Mapping[float, float]
) -> pd.Series:
    """Return `e2sfca` over the engine's pairs: compiled, a few nanoseconds a pair."""
    from geo.access.kernels import ordered_access, step_access  # numba is loaded only where it is used

    people, seats = (
        amounts(demand, pairs.sources, "demand", "需求"),
        amounts(supply, pairs.targets, "supply", "设施规模"),
    )
    order = sorted((float(bound), float(weight)) for bound, weight in steps.items())
    largest = np.finfo(float).max  # a bound of inf still leaves out what cannot be reached
    bounds = np.array([min(bound, largest) for bound, _ in order])
    weights = np.array([*(weight for _, weight in order), 0.0])
    ordered = _ordered(pairs)
    if ordered is not None:
        ptr, point, metres = ordered
        return _named(ordered_access(ptr, point, metres, people, seats, bounds, weights), pairs.sources)
    access, good = step_access(pairs.indptr, pairs.indices, pairs.metres, people, seats, bounds, weights)
    if not good:
        raise _bad_impedance()
    return _named(access, pairs.sources)


_SCORED: WeakKeyDictionary[SparseImpedance, Ordered | None] = WeakKeyDictionary()
"""Pairs that were scored before (None), and those put in order because they were scored again."""


def _ordered(pairs: SparseImpedance) -> Ordered | None:
    """Return the pairs by facility and distance, from the second scoring on; None the first time.

    Ordering costs as much as some ten scorings, so one scoring goes without; whoever compares years, services or
    scenarios over the same pairs gains it back at once.
    """
    if pairs not in _SCORED:
        _SCORED[pairs] = None
        return None
    known = _SCORED[pairs]
    if known is None:
        metres, sites = np.asarray(pairs.metres, dtype=float), np.asarray(pairs.indices)
        if metres.size and not metres.min() >= 0:
            raise _bad_impedance()
        by = np.lexsort((metres, sites))
        rows = np.repeat(np.arange(len(pairs.sources), dtype=np.uint32), np.diff(pairs.indptr))
        ptr = np.concatenate([[0], np.cumsum(np.bincount(sites, minlength=len(pairs.targets)))])
        known = _SCORED[pairs] = (ptr.astype(np.int64), rows[by], metres[by])
    return known


def _bad_impedance() -> InputError:
    return _refuse(
        "impedance",
        "距离或时间含负数或缺失值；到不了的请写 inf",
        "impedance holds negative or missing values; write inf where there is no way",
    )


def _refuse(field: str, zh: str, en: str) -> InputError:
    return InputError([Finding("error", zh, en, field=field)])


def _positive(value: float, name: str) -> None:
    if not (np.isfinite(value) and value > 0):
        raise _refuse(name, f"{name} 应为正数，现为 {value}", f"{name} must be a positive number, not {value}")


def weighed(
    impedance: Impedance, demand: pd.Series | None, supply: pd.Series, weigh: Callable[[Floats], Floats]
) -> tuple[sparse.csr_array, Floats, Floats, pd.Index, pd.Index]:
    """Return checked weights (points × facilities, sparse), people (0 where None), seats, and the ids of both.

    Examples
    --------
    >>> metres = pd.DataFrame({"A": [100.0, 900.0]}, index=["p", "q"])
    >>> weight, *_ = weighed(metres, None, pd.Series({"A": 9}), decay_of({500: 1.0}))
    >>> weight.toarray().tolist()
    [[1.0], [0.0]]
    """
    points, sites = _labels(impedance)
    people = pd.Series(0.0, index=points) if demand is None else demand
    weight, crowd, seats, _ = _measured(impedance, people, supply, weigh)
    return sparse.csr_array(weight), crowd, seats, points, sites


def decay_of(decay: Decay) -> Callable[[Floats], Floats]:
    """Return a decay as a function of impedances.

    Examples
    --------
    >>> decay_of({500: 1.0, 1000: 0.5})(np.array([500.0, 600.0, 1001.0])).tolist()
    [1.0, 0.5, 0.0]
    """
    return _decay(decay)


def _decay(decay: Decay) -> Callable[[Floats], Floats]:
    return _stepped(decay) if isinstance(decay, Mapping) else decay


def _stepped(steps: Mapping[float, float]) -> Callable[[Floats], Floats]:
    """Return the step function of ``steps``, inclusive at each bound."""
    bounds = sorted(float(b) for b in steps)
    weights = [float(w) for _, w in sorted((float(b), w) for b, w in steps.items())]
    if not bounds or not all(b >= 0 for b in bounds) or not all(0 < w <= 1 for w in weights):
        raise _refuse(
            "steps",
            f"steps 应为“上限: 权重”，上限不小于 0，权重在 (0, 1] 内，现为 {dict(steps)}",
            f"steps must map bounds >= 0 to weights in (0, 1], not {dict(steps)}",
        )

    def weigh(d: Floats) -> Floats:
        out = np.zeros(d.shape)
        for bound, weight in zip(reversed(bounds), reversed(weights), strict=True):
            out[d <= bound] = weight
        return out

    return weigh


def _labels(impedance: Impedance) -> tuple[pd.Index, pd.Index]:
    """Return the ids of points and facilities, each given once."""
    if isinstance(impedance, pd.DataFrame):
        points, sites = impedance.index, impedance.columns
    else:
        points, sites = impedance.sources, impedance.targets
    unique(points, "impedance rows", "距离表的行")
    unique(sites, "impedance columns", "距离表的列")
    return points, sites


def _measured(
    impedance: Impedance, demand: pd.Series, supply: pd.Series, weigh: Callable[[Floats], Floats]
) -> tuple[Weights, Floats, Floats, pd.Index]:
    """Return the weights (points × facilities), people, seats, and the points' ids, all checked."""
    points, sites = _labels(impedance)
    people, seats = amounts(demand, points, "demand", "需求"), amounts(supply, sites, "supply", "设施规模")
    if isinstance(impedance, pd.DataFrame):
        values = _numbers(impedance)
        weight: Weights = _weighed(values, weigh)
    else:
        data = _weighed(np.asarray(impedance.metres, dtype=float), weigh)
        shape = (len(points), len(sites))
        weight = sparse.csr_array((data, impedance.indices, impedance.indptr), shape=shape)
    return weight, people, seats, points


def _numbers(impedance: pd.DataFrame) -> Floats:
    try:
        return impedance.to_numpy(dtype=float)
    except (TypeError, ValueError):
        raise _refuse(
            "impedance", "距离表含有非数字，请改为数字", "impedance holds values that are not numbers; give numbers"
        ) from None


def _weighed(values: Floats, weigh: Callable[[Floats], Floats]) -> Floats:
    if values.size and not values.min() >= 0:  # NaN makes the minimum NaN and fails the test too
        raise _bad_impedance()
    weight = np.asarray(weigh(values), dtype=float)
    reached = np.isfinite(values)
    if not reached.all():
        weight = np.where(reached, weight, 0.0)
    if weight.size and not (weight.min() >= 0 and np.isfinite(weight.max())):
        raise _refuse("decay", "距离衰减函数给出了负数或无穷大", "the decay gives negative or infinite weights")
    return weight


def _inverse(values: Floats) -> Floats:
    """Return 1 / values, and 0 where nothing is in reach."""
    return np.divide(1.0, values, out=np.zeros_like(values), where=values > 0)


def _shared(seats: Floats, crowd: Floats) -> Floats:
    """Return seats per (weighted) person of each facility; 0 where nobody can reach it."""
    return np.divide(seats, crowd, out=np.zeros_like(seats), where=crowd > 0)


def _row_sums(weight: Weights) -> Floats:
    return np.asarray(weight.sum(axis=1), dtype=float).ravel()


def _column_sums(weight: Weights) -> Floats:
    return np.asarray(weight.sum(axis=0), dtype=float).ravel()


def _scaled_rows(weight: Weights, factor: Floats) -> Weights:
    if isinstance(weight, np.ndarray):
        return weight * factor[:, None]
    data = weight.data * np.repeat(factor, np.diff(weight.indptr))
    return sparse.csr_array((data, weight.indices, weight.indptr), shape=weight.shape)


def _times(weight: Weights, other: Weights) -> Weights:
    """Return the product element by element; sparse ones have the same pattern."""
    if isinstance(weight, np.ndarray):
        return weight * other
    return sparse.csr_array((weight.data * other.data, weight.indices, weight.indptr), shape=weight.shape)


def _named(access: Floats, points: pd.Index) -> pd.Series:
    return pd.Series(access, index=points, name="access")
