"""Can these linear constraints all hold? Decided in fractions, so that rounding neither makes nor hides a contradiction.

The general simplex of satisfiability solvers (Dutertre, B. & de Moura, L. (2006) A fast linear-arithmetic solver for
DPLL(T), CAV, LNCS 4144, 81-94) with branch and bound for whole numbers. All constraints stand in one tableau; which of
them hold is said by bounds alone, so that one question starts where the last one ended.
"""

from __future__ import annotations

import itertools
import math
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from geo.consistency.expression import Linear

__all__ = ["Exact", "Quantity", "Verdict"]

NODES = 2000
"""Branches of one question after which it stays open: whole numbers without bounds may have no end."""


@dataclass(frozen=True)
class Quantity:
    """A quantity of the plan with its natural bounds: a count is whole and not negative, a share at most 1.

    Examples
    --------
    >>> Quantity("schools_2025", whole=True).low
    Fraction(0, 1)
    """

    name: str
    whole: bool = False
    low: Fraction | None = Fraction(0)
    high: Fraction | None = None


@dataclass(frozen=True)
class Verdict:
    """Whether constraints hold together (None: not decided), with values that fulfil them or the ones that cannot.

    ``core`` are positions of constraints that cannot all hold: not always the fewest.

    Examples
    --------
    >>> Verdict(False, {}, frozenset({0, 2})).holds
    False
    """

    holds: bool | None
    values: dict[str, Fraction]
    core: frozenset[int] = frozenset()


class _OpenError(Exception):
    """Too many branches."""


Bound = tuple[Fraction, int | None]
"""A bound and the constraint that sets it; None for nature, -1 for a branch."""
Branches = dict[int, tuple[int | None, int | None]]
"""Bounds that branching sets, by column."""


class Exact:
    """Constraints over quantities; ``check`` says whether some of them hold together.

    Parameters
    ----------
    constraints
        What can be asked about, by position.
    quantities
        Natural bounds; a quantity that is not named here is at least 0.
    always
        Constraints that always hold and are never blamed, like the natural bounds.

    Examples
    --------
    >>> from geo.consistency.expression import parse
    >>> said = [parse("seats = 3001"), parse("seats = 45 * classes"), parse("seats >= 10")]
    >>> exact = Exact(said, [Quantity("classes", whole=True)])
    >>> exact.check([0, 2]).holds, sorted(exact.check([0, 1, 2]).core)
    (True, [0, 1])
    """

    def __init__(self, constraints: Sequence[Linear], quantities: Iterable[Quantity], always: Sequence[Linear] = ()):
        told = {q.name: q for q in quantities}
        rows = [*constraints, *always]
        self.said = rows
        self.names = list(dict.fromkeys(name for row in rows for name in row.names))
        column = {name: i for i, name in enumerate(self.names)}
        nature = [told.get(name, Quantity(name)) for name in self.names]
        self.whole = [i for i, q in enumerate(nature) if q.whole]
        whole = set(self.whole)
        n = len(self.names)
        self.count = len(constraints)
        self.low: list[Bound | None] = [None if q.low is None else (q.low, None) for q in nature]
        self.low += [None] * len(rows)
        self.high: list[Bound | None] = [None if q.high is None else (q.high, None) for q in nature]
        self.high += [None] * len(rows)
        self.value = [Fraction(0)] * (n + len(rows))
        self.rows: dict[int, dict[int, Fraction]] = {}
        self.bounds: list[tuple[Fraction | None, Fraction | None] | None] = []
        for i, row in enumerate(rows):
            terms = {column[name]: factor for name, factor in row.terms}
            factor = _to_whole(terms) if set(terms) <= whole else Fraction(1)
            self.rows[n + i] = {j: a * factor for j, a in terms.items()}
            bound = row.bound * factor
            integral = set(terms) <= whole
            if integral and row.relation == "=" and bound.denominator != 1:
                self.bounds.append(None)  # no whole numbers whatever fulfil it
                continue
            floor = Fraction(math.ceil(bound)) if integral else bound
            roof = Fraction(math.floor(bound)) if integral else bound
            self.bounds.append((None if row.relation == "<=" else floor, None if row.relation == ">=" else roof))
        for i in range(len(constraints), len(rows)):
            self._hold(i, None)
        self.n = n

    def check(self, active: Iterable[int]) -> Verdict:
        """Return whether the constraints at these positions hold together."""
        chosen = sorted(set(active))
        impossible = next((i for i in chosen if self.bounds[i] is None), None)
        if impossible is not None:
            return Verdict(False, {}, frozenset({impossible}))
        for i in range(self.count):
            self.low[self.n + i] = self.high[self.n + i] = None
        for i in chosen:
            self._hold(i, i)
        try:
            core = self._branched()
        except _OpenError:
            return Verdict(None, {})
        if core is None:
            return Verdict(True, {name: self.value[i] for i, name in enumerate(self.names)})
        return Verdict(False, {}, frozenset(i for i in core if i is not None and i >= 0))

    def fulfilled(self, i: int, values: Mapping[str, Fraction]) -> bool:
        """Return whether values fulfil the constraint at a position."""
        row = self.said[i]
        total = sum((factor * values[name] for name, factor in row.terms), Fraction(0))
        if row.relation == "=":
            return total == row.bound
        return total <= row.bound if row.relation == "<=" else total >= row.bound

    def _hold(self, i: int, reason: int | None) -> None:
        bounds = self.bounds[i]
        slack = len(self.names) + i
        if bounds is None:  # of an ``always``: nothing can hold with it
            self.low[slack], self.high[slack] = (Fraction(1), reason), (Fraction(0), reason)
            return
        self.low[slack] = None if bounds[0] is None else (bounds[0], reason)
        self.high[slack] = None if bounds[1] is None else (bounds[1], reason)

    def _branched(self) -> frozenset[int | None] | None:
        """Return None where whole values are found, else the bounds that are to blame.

        Nodes near the root come first: a count without a natural limit could be halved without end on one side. If every leaf
        is impossible, so is what all of them together blame.
        """
        before = self.low[: self.n], self.high[: self.n]
        blamed: frozenset[int | None] = frozenset()
        nodes: deque[Branches] = deque([{}])
        try:
            for count in itertools.count():
                if not nodes:
                    return blamed
                if count == NODES:
                    raise _OpenError
                branches = nodes.popleft()
                self._bounded(branches, before)
                core = self._simplex()
                if core is not None:
                    if -1 not in core:  # impossible without any branch
                        return core
                    blamed |= core
                    continue
                split = next((i for i in self.whole if self.value[i].denominator != 1), None)
                if split is None or (not branches and self._rounded(before)):
                    return None
                at = math.floor(self.value[split])
                low, high = branches.get(split, (None, None))
                nodes.append({**branches, split: (low, at)})
                nodes.append({**branches, split: (at + 1, high)})
        finally:
            self.low[: self.n], self.high[: self.n] = before
        raise AssertionError

    def _bounded(self, branches: Branches, nature: tuple[list[Bound | None], list[Bound | None]]) -> None:
        """Set the natural bounds of the quantities, and those of the branches within them."""
        self.low[: self.n], self.high[: self.n] = nature
        for i, (low, high) in branches.items():
            if low is not None:
                self.low[i] = (Fraction(low), -1)
            if high is not None:
                self.high[i] = (Fraction(high), -1)

    def _rounded(self, nature: tuple[list[Bound | None], list[Bound | None]]) -> bool:
        """Return whether the whole quantities can simply be rounded: up, down or to the nearest; often they can."""
        found = {i: self.value[i] for i in self.whole}
        for way in (math.ceil, round, math.floor):
            self._bounded({i: (way(v), way(v)) for i, v in found.items()}, nature)
            if self._simplex() is None:
                return True
        self._bounded({}, nature)
        self._simplex()
        return False

    def _simplex(self) -> frozenset[int | None] | None:
        """Move the values into all bounds; return None, or the reasons of bounds that exclude each other (Farkas)."""
        for i in range(len(self.value)):
            low, high = self.low[i], self.high[i]
            if low is not None and high is not None and low[0] > high[0]:
                return frozenset({low[1], high[1]})
            if i not in self.rows and (to := self._outside(i)) is not None:
                self._move(i, to)
        while True:
            found = min((i for i in self.rows if self._outside(i) is not None), default=None)
            if found is None:
                return None
            to = self._outside(found)
            assert to is not None
            up = to > self.value[found]
            row = self.rows[found]
            # The least index, both leaving and entering (Bland's rule): no circle.
            enter = min((j for j, a in row.items() if self._room(j, up == (a > 0))), default=None)
            if enter is None:
                own = (self.low if up else self.high)[found]
                others = [(self.high if up == (a > 0) else self.low)[j] for j, a in row.items()]
                return frozenset(b[1] for b in (own, *others) if b is not None)
            self._pivot(found, enter, to)

    def _outside(self, i: int) -> Fraction | None:
        """Return the bound that a value breaks."""
        low, high = self.low[i], self.high[i]
        if low is not None and self.value[i] < low[0]:
            return low[0]
        return high[0] if high is not None and self.value[i] > high[0] else None

    def _room(self, j: int, up: bool) -> bool:
        bound = self.high[j] if up else self.low[j]
        return bound is None or (self.value[j] < bound[0] if up else self.value[j] > bound[0])

    def _move(self, j: int, to: Fraction) -> None:
        step = to - self.value[j]
        self.value[j] = to
        for i, row in self.rows.items():
            if j in row:
                self.value[i] += row[j] * step

    def _pivot(self, leave: int, enter: int, to: Fraction) -> None:
        row = self.rows.pop(leave)
        factor = row.pop(enter)
        self._move_pivot(leave, enter, factor, to)
        solved = {j: -a / factor for j, a in row.items()}
        solved[leave] = 1 / factor
        for other in self.rows.values():
            by = other.pop(enter, None)
            if by is None:
                continue
            for j, a in solved.items():
                total = other.get(j, Fraction(0)) + by * a
                if total:
                    other[j] = total
                else:
                    other.pop(j, None)
        self.rows[enter] = solved

    def _move_pivot(self, leave: int, enter: int, factor: Fraction, to: Fraction) -> None:
        step = (to - self.value[leave]) / factor
        self.value[leave] = to
        self.value[enter] += step
        for i, other in self.rows.items():
            if enter in other:
                self.value[i] += other[enter] * step


def _to_whole(terms: dict[int, Fraction]) -> Fraction:
    """Return the factor that makes the factors of a row whole and without a common divisor."""
    bottom = math.lcm(*(a.denominator for a in terms.values()))
    return Fraction(bottom, math.gcd(*(int(a * bottom) for a in terms.values())))
