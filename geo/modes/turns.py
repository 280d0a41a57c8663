"""Corners at which a mode may not pass, or not turn: gates part the ways that meet, forbidden turns get corners of their own.

A turn is forbidden from one way onto another at the corner where they meet. Searches run on corners, which do not know where one
comes from; so each way that leads to a forbidden turn gets a corner of its own at its end, from which the others are reached and
that way is not, and each way that is forbidden to some gets one at its beginning. Only the corners concerned are taken apart, and
what is found is exact (as in Winter 2002, *GeoInformatica* 6, 345-361, whose dual graph takes all of them apart).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["Corners", "corners", "forbidden", "parted"]

Ints = NDArray[np.int64]


class Corners(NamedTuple):
    """Corners taken apart. Way ``e`` is gone as drawn by arc ``2 e`` and against it by ``2 e + 1``.

    Examples
    --------
    From corner 0 over way 0 to corner 1, and from there not onto way 1 to corner 2:

    >>> found = corners(np.array([[0, 2]]), np.array([0, 1]), np.array([1, 2]), 3)
    >>> found.total, found.target[0], found.source[2], found.start.tolist()
    (6, np.int64(4), np.int64(5), [0, 3, 2])
    """

    total: int
    """How many corners there are then; the first are those of before, where one arrives."""
    source: Ints
    """The corner where each arc begins."""
    target: Ints
    """The corner where each arc ends."""
    start: Ints
    """The corner from which one leaves, by corner of before."""
    tail: Ints
    head: Ints
    """From where to where one comes without moving."""


def corners(barred: Ints, tail: NDArray[np.integer], head: NDArray[np.integer], n: int) -> Corners:
    """Return the corners taken apart at which arcs may not follow each other: pairs ``barred`` of arcs in and out.

    Examples
    --------
    >>> corners(np.empty((0, 2), int), np.array([0]), np.array([1]), 2).total
    2
    """
    source = np.column_stack([tail, head]).ravel().astype(np.int64)
    target = np.column_stack([head, tail]).ravel().astype(np.int64)
    start = np.arange(n, dtype=np.int64)
    ins, outs, via = np.unique(barred[:, 0]), np.unique(barred[:, 1]), np.unique(target[barred[:, 0]])
    own = np.arange(n, n + len(via) + len(ins) + len(outs))
    free, after, before = np.split(own, [len(via), len(via) + len(ins)])
    at_in, at_out = target[ins], source[outs]
    start[via] = free
    target = start[target]
    target[ins], source[outs] = after, before
    # Who may turn everywhere comes to the way that is forbidden to others, and to the corner, as do all.
    all_in, all_at = np.r_[free, after], np.r_[via, at_in]
    a, b = np.nonzero(all_at[:, None] == at_out[None, :])
    taken = np.r_[np.full(len(via), -1), ins][a] * np.int64(len(source)) + outs[b]
    allowed = ~np.isin(taken, barred[:, 0] * np.int64(len(source)) + barred[:, 1])
    links = np.r_[all_in, all_in[a[allowed]]], np.r_[all_at, before[b[allowed]]]
    return Corners(n + len(own), source, target, start, *links)


def forbidden(links: pd.DataFrame) -> Ints:
    """Return the pairs of arcs that may not follow each other, of what the column ``turns`` of ways says.

    ``12>7`` on a way: who comes along it to corner 12 may not go on by a way with the ``way_id`` 7 (its own: not turn back);
    ``12=7``: may go on by no other. Blanks lie between several.

    Examples
    --------
    >>> ways = pd.DataFrame({"u": [1, 2, 2], "v": [2, 3, 4], "way_id": [7, 8, 9], "turns": ["2>8", "", ""]})
    >>> forbidden(ways).tolist()  # from way 0, as drawn, not onto way 1 as drawn
    [[0, 2]]
    >>> forbidden(ways.assign(turns=["2=8", "", ""])).tolist()  # not back, and not onto way 2
    [[0, 1], [0, 4]]
    """
    said = links["turns"].fillna("").astype(str).to_numpy() if {"turns", "way_id"} <= set(links) else np.empty(0, str)
    rows = np.flatnonzero(said != "")
    if not len(rows):
        return np.empty((0, 2), np.int64)
    ends, ids = links[["u", "v"]].to_numpy().astype(str), links["way_id"].to_numpy()
    leaving: dict[str, list[int]] = {}
    wanted = {word.split("=")[0].split(">")[0] for i in rows for word in said[i].split()}
    for way, way_ends in enumerate(ends):
        for side in (0, 1):
            if way_ends[side] in wanted:
                leaving.setdefault(way_ends[side], []).append(2 * way + side)
    pairs = set()
    for i in rows:
        for word in said[i].split():
            only = "=" in word
            via, to = word.split("=" if only else ">")
            for side in (0, 1):
                if ends[i][side] != via:
                    continue
                arc, back = 2 * int(i) + 1 - side, 2 * int(i) + side
                for out in leaving[via]:
                    onto = out == back if str(ids[i]) == to else str(ids[out // 2]) == to
                    if onto != only:
                        pairs.add((arc, out))
    return np.array(sorted(pairs), np.int64).reshape(-1, 2)


def parted(ways: pd.DataFrame, mode: str) -> pd.DataFrame:
    """Return ways that end apart where a mode does not come through, of what their column ``gates`` says.

    ``12:car,bicycle``: neither comes through at corner 12. Blanks lie between several.

    Examples
    --------
    >>> ways = pd.DataFrame({"u": [1, 2], "v": [2, 3], "gates": ["2:car", "2:car"]})
    >>> parted(ways, "car")[["u", "v"]].to_numpy().tolist(), parted(ways, "bicycle") is ways
    ([[1, 4], [5, 3]], True)
    """
    if "gates" not in ways:
        return ways
    said = ways["gates"].fillna("").astype(str).to_numpy()
    shut = {
        word.split(":")[0] for text in set(said) for word in text.split() if mode in word.partition(":")[2].split(",")
    }
    if not shut or not all(pd.api.types.is_integer_dtype(ways[c].dtype) for c in ("u", "v")):
        return ways
    ends = ways[["u", "v"]].to_numpy()
    apart = np.isin(ends, np.array(sorted(shut), dtype=np.int64))
    ends = np.where(apart, ends.max() + np.cumsum(apart.ravel()).reshape(apart.shape), ends)
    return ways.assign(u=ends[:, 0], v=ends[:, 1])
