"""Draws in which one input takes each of its values against the same values of all others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from geo.case import Case
from geo.errors import InputError
from geo.progress import Progress, Step
from geo.text import Text
from geo.uncertainty.draws import Block, _Draws
from geo.uncertainty.streams import BLOCK, Picked, Stream, stream
from geo.uncertainty.table import Uncertainties

__all__ = ["crossed", "farthest"]

CROSSING = Text("逐项取值", "taking each value of an input")


def crossed(
    case: Case, table: Uncertainties, key: str, *, outer: int, inner: int, seed: int = 1, limit: float | None = None,
    memo: dict[object, Any] | None = None, progress: Progress | None = None,
) -> Iterator[Block]:  # fmt: skip
    """Yield draws block by block, in which ``key`` takes ``outer`` values and all other inputs ``inner`` values at each of them.

    Parameters
    ----------
    key
        The input; ``position:schools/S01`` is one school's place.
    outer, inner
        How many values are drawn of the input and of the others; rows come value by value of the input, and each meets the
        same values of the others. At most ``BLOCK`` of either.
    seed
        The values of the input are those that ``worlds`` draws first with this seed; the others are of the second stream.
    limit
        Walking distance [m]; the standard's radius where not given.
    memo
        Handed from one key to the next with everything else the same, it keeps what they have in common.

    Raises
    ------
    InputError
        If the key is unknown, or ``outer`` or ``inner`` is below 1 or above ``BLOCK``.

    Notes
    -----
    Where ``progress`` answers False, no more blocks are made.

    Examples
    --------
    >>> from geo.examples import town
    >>> case = town()
    >>> block = next(crossed(case, Uncertainties.of(case), "people:total", outer=3, inner=2))
    >>> whole = block.weight.sum(axis=1).reshape(3, 2)
    >>> bool(np.allclose(whole[:, 0] / whole[0, 0], whole[:, 1] / whole[0, 1]))  # the others are the same for each total
    True
    """
    table.at(key)
    if not (1 <= outer <= BLOCK and 1 <= inner <= BLOCK):
        raise InputError(
            Text(
                f"每项取值数与内层情形数须在 1 与 {BLOCK} 之间，现为 {outer}、{inner}",
                f"values of the input and of the others must be 1 to {BLOCK}, they are {outer} and {inner}",
            )
        )
    metres = case.standard.radius_m if limit is None else float(limit)
    memo = {} if memo is None else memo
    values = max(1, BLOCK // inner)
    for first in range(0, outer, values):
        if progress is not None and progress(Step(CROSSING, first, outer)) is False:
            return
        size = min(values, outer - first) * inner
        yield _Crossed(case, table, seed, 0, metres, "walk", memo, key, first, inner).block(size, frozenset())


def farthest(case: Case, table: Uncertainties, *, seed: int = 1, limit: float | None = None) -> float:
    """Return the greatest limit that any draw of ``crossed`` has on the streets as they are drawn on the map [m].

    Examples
    --------
    >>> from geo.examples import town
    >>> farthest(town(), Uncertainties.of(town()).known("streets:length"))
    500.0
    """
    metres = case.standard.radius_m if limit is None else float(limit)
    return _Draws(case, table, seed, 0, metres, "walk").room


@dataclass(frozen=True, eq=False)
class _Crossed(_Draws):
    """The random numbers of a block, one input's repeated and all others' over and over."""

    key: str = ""
    first: int = 0
    inner: int = 1

    def numbers(self, key: str, other: frozenset[str]) -> Stream | Picked:  # noqa: ARG002
        """Return the numbers of an input: of the one that is crossed its next values, else the same ones again."""
        rows = np.arange(BLOCK)
        mine = self.key in (key, key.partition("/")[0])
        at = (self.first + rows // self.inner) % BLOCK if mine else rows % self.inner
        return Picked(stream(self.seed, key, 0, other=not mine), at)

    def of(self, other: frozenset[str], *stems: str) -> frozenset[str]:  # noqa: ARG002
        """Return what tells the block from others as far as these inputs go."""
        stem = self.key.partition("/")[0]
        return frozenset([f"{self.key} {self.first} {self.inner}"] if stem in stems else [f"{self.inner}"])

    @cached_property
    def room(self) -> float:
        """Return the greatest limit of any value of any input [m], the same for every key."""
        return _Draws(self.case, self.table, self.seed, 0, self.metres, self.by).room
