"""The fewest sentences that cannot all hold: smallest unsatisfiable subsets by implicit hitting sets.

Ignatiev, A., Previti, A., Liffiton, M. & Marques-Silva, J. (2015) Smallest MUS extraction with minimal hitting set
dualization, CP, LNCS 9255, 173-182. Whatever contradicts itself has a member in each set whose removal repairs the whole;
the smallest set with a member in each repair known so far is either a contradiction, and then a smallest one, or it
holds, and growing it shows one more repair.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from geo.consistency.exact import Exact, Quantity
from geo.consistency.expression import Linear
from geo.progress import Progress, Step
from geo.text import Text

__all__ = ["Found", "contradictions"]

ONE = 1000
"""Cost of a sentence; what is preferred among sets of one size stays far below."""
SEARCHING = Text("寻找最小矛盾", "looking for the smallest contradictions")


@dataclass(frozen=True)
class Found:
    """Contradictions by position of their sentences: each a set of which any proper part holds.

    ``apart`` have no sentence in common, smallest first within what hangs together; ``beside`` share one with an
    earlier one; ``more`` says that the list of these was cut; ``undecided`` that a question over whole numbers stayed
    open; ``stopped`` that the search was stopped.

    Examples
    --------
    >>> Found(((0, 1),)).complete
    True
    """

    apart: tuple[tuple[int, ...], ...]
    beside: tuple[tuple[int, ...], ...] = ()
    more: bool = False
    undecided: bool = False
    stopped: bool = False

    @property
    def complete(self) -> bool:
        """Whether everything was looked for and decided.

        Examples
        --------
        >>> Found((), stopped=True).complete
        False
        """
        return not (self.more or self.undecided or self.stopped)


def contradictions(
    constraints: Sequence[Linear],
    quantities: Iterable[Quantity] = (),
    *,
    always: Sequence[Linear] = (),
    preferred: Sequence[int] | None = None,
    beside: int = 20,
    progress: Progress | None = None,
) -> Found:
    """Return the smallest sets of constraints that cannot all hold, one after another.

    Parameters
    ----------
    constraints
        The sentences.
    quantities
        Natural bounds of the quantities: whole, at least, at most. Never blamed.
    always
        What holds by definition. Never blamed.
    preferred
        Rank (0 to 9) of each constraint: among contradictions of one size, that with the least sum is told first.
    beside
        How many contradictions that share a sentence with an earlier one are told at most.
    progress
        Told the parts that are done; ``False`` stops.

    Returns
    -------
    found
        Each set has fewest members among those that have no sentence of the sets before it.

    Examples
    --------
    >>> from geo.consistency.expression import parse
    >>> said = ["now = 11", "then = 20", "new = 10", "then = now + new", "share = 47", "share = 51.5", "now <= 12"]
    >>> contradictions([parse(s) for s in said]).apart
    ((0, 1, 2, 3), (4, 5))
    """
    state = _State()
    ranks = list(preferred) if preferred is not None else [0] * len(constraints)
    bounds = list(quantities)
    parts = _parts(constraints, always)
    apart: list[tuple[int, ...]] = []
    shared: list[tuple[int, ...]] = []
    for done, (members, fixed) in enumerate(parts):
        if progress is not None and progress(Step(SEARCHING, done, len(parts))) is False:
            state.stopped = True
            break
        exact = Exact([constraints[i] for i in members], bounds, [always[i] for i in fixed])
        search = _Search(exact, [ranks[i] for i in members], progress, state)
        allowed = set(range(len(members)))
        own: list[frozenset[int]] = []
        while (one := search.smallest(allowed, ())) is not None:
            own.append(one)
            allowed -= one
        apart += [tuple(members[i] for i in sorted(one)) for one in own]
        while own and (one := search.smallest(set(range(len(members))), own)) is not None:
            if len(shared) == beside:
                state.more = True
                break
            own.append(one)
            shared.append(tuple(members[i] for i in sorted(one)))
    return Found(tuple(apart), tuple(shared), state.more, state.undecided, state.stopped)


@dataclass
class _State:
    more: bool = False
    undecided: bool = False
    stopped: bool = False


@dataclass
class _Search:
    """One part of the plan that hangs together."""

    exact: Exact
    ranks: list[int]
    progress: Progress | None
    state: _State
    repairs: list[frozenset[int]] = field(default_factory=list)
    """Sets whose removal lets all the rest hold."""

    def smallest(self, allowed: set[int], known: Iterable[frozenset[int]]) -> frozenset[int] | None:
        """Return the smallest contradiction among the allowed ones that contains none of the known, or None."""
        known = list(known)
        some: frozenset[int] = frozenset()
        if not known:
            verdict = self.exact.check(allowed)
            self.state.undecided |= verdict.holds is None
            if verdict.holds is not False:
                return None
            some = verdict.core
        while not self.state.stopped:
            if self.progress is not None and self.progress(Step(SEARCHING)) is False:
                self.state.stopped = True
                return None
            chosen = self._hit(allowed, known)
            if chosen is None:
                return None
            verdict = self.exact.check(chosen)
            if verdict.holds is False:  # of nothing at all: what always holds cannot
                return chosen or None
            if verdict.holds is None:  # whether a smaller one is there stays open; one that is proven is told
                self.state.undecided = True
                return self._shrunk(some) or None
            self.repairs.append(self._repair(set(chosen), verdict.values))
        return None

    def _shrunk(self, core: frozenset[int]) -> frozenset[int]:
        """Return a contradiction of which no sentence can be left out (deletion filter)."""
        for i in sorted(core):
            if self.exact.check(core - {i}).holds is False:
                core -= {i}
        return core

    def _repair(self, kept: set[int], values: Mapping[str, Fraction]) -> frozenset[int]:
        """Return a set without which everything holds, and that is needed as a whole: grown from what holds."""
        everything = set(range(self.exact.count))
        kept |= {i for i in everything - kept if self.exact.fulfilled(i, values)}
        for i in sorted(everything - kept):
            if i in kept:
                continue
            verdict = self.exact.check(kept | {i})
            if verdict.holds:
                kept |= {i} | {j for j in everything - kept if self.exact.fulfilled(j, verdict.values)}
        return frozenset(everything - kept)

    def _hit(self, allowed: set[int], known: list[frozenset[int]]) -> frozenset[int] | None:
        """Return the cheapest set of allowed sentences with one in each repair, and with none of the known within."""
        columns = sorted(allowed)
        at = {i: c for c, i in enumerate(columns)}
        rows = [[at[i] for i in repair if i in at] for repair in self.repairs]
        barred = [[at[i] for i in one] for one in known if one <= allowed]
        if not all(rows):
            return None
        if not rows and not barred:
            return frozenset()
        table = np.zeros((len(rows) + len(barred), len(columns)))
        for r, row in enumerate([*rows, *barred]):
            table[r, row] = 1
        floor = np.array([1.0] * len(rows) + [-np.inf] * len(barred))
        roof = np.array([np.inf] * len(rows) + [len(one) - 1.0 for one in barred])
        cost = np.array([ONE + self.ranks[i] for i in columns], float)
        answer = milp(
            cost,
            constraints=LinearConstraint(table, floor, roof),
            integrality=np.ones(len(columns)),
            bounds=Bounds(0, 1),
            options={"mip_rel_gap": 0},
        )
        return None if answer.x is None else frozenset(columns[c] for c in np.flatnonzero(answer.x > 0.5))


def _parts(constraints: Sequence[Linear], always: Sequence[Linear]) -> list[tuple[list[int], list[int]]]:
    """Return what hangs together by a common quantity: positions of constraints, and of what always holds."""
    root: dict[str, str] = {}

    def top(name: str) -> str:
        while root.setdefault(name, name) != name:
            root[name] = root[root[name]]
            name = root[name]
        return name

    for row in (*constraints, *always):
        for name in row.names[1:]:
            root[top(name)] = top(row.names[0])
    parts: dict[str, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for i, row in enumerate(constraints):
        parts[top(row.names[0])][0].append(i)
    for i, row in enumerate(always):
        parts[top(row.names[0])][1].append(i)
    return [part for part in parts.values() if part[0]]
