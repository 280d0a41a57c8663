"""Streets as a graph, with what its searches keep: scratch arrays per running question, lists made when first needed."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import pairwise
from threading import RLock
from typing import Any, NamedTuple, TypeVar

import numpy as np
import pandas as pd
import pyproj
from numpy.typing import NDArray

from geo.network import hierarchy, kernels
from geo.network.links import Arrays, Side
from geo.network.places import Places

__all__ = ["Graph", "hang", "lie", "slices"]

T = TypeVar("T")
Rows = NDArray[np.int64]


class Scratch(NamedTuple):
    """Work space of one search: ``inf`` everywhere, a list, and links of the queue (-2: not queued).

    Distance and links of a node share a cache line: they are always wanted together.
    """

    dist: NDArray[np.float64]
    reached: NDArray[np.int32]
    chain: NDArray[np.int32]

    @classmethod
    def make(cls, n: int) -> Scratch:
        """Return clean work space for ``n`` nodes."""
        work = np.full((n, 2), np.inf)
        chain = work.view(np.int32)[:, 2:4]
        chain[:] = -2
        return cls(work[:, 0], np.empty(n, np.int32), chain)


class Graph:
    """Streets ready to be searched. Safe for several threads: scratch arrays are lent, never shared.

    Examples
    --------
    >>> from geo.examples import network
    >>> graph = network().graph
    >>> graph.n, graph.directed, graph.once("answer", lambda: 42), graph.seen("answer")
    (4, False, 42, 42)
    """

    def __init__(self, arrays: Arrays) -> None:
        self.arrays = arrays
        self.out = Side(arrays.out_ptr, arrays.out_node, arrays.out_length)
        self.into = Side(arrays.in_ptr, arrays.in_node, arrays.in_length)
        positive = arrays.out_length[arrays.out_length > 0]
        self.longest = float(positive.max(initial=1.0))
        self.delta = float(positive.mean()) if len(positive) else 1.0
        self._lent: deque[Scratch] = deque()
        self._made: dict[str, Any] = {}
        self._lock = RLock()

    @property
    def n(self) -> int:
        """Number of nodes."""
        return len(self.arrays.labels)

    @property
    def labels(self) -> pd.Index:
        """Labels of the nodes."""
        return self.arrays.labels

    @property
    def crs(self) -> pyproj.CRS:
        """Metric coordinate reference system."""
        return self.arrays.crs

    @property
    def directed(self) -> bool:
        """Whether one-way streets are kept to."""
        return self.arrays.directed

    def prepare(self) -> None:
        """Order the nodes for sweeps, once; networks with one-way streets are left as they are."""
        if not self.directed:
            self.once("hierarchy", lambda: hierarchy.prepare(self.out))

    @contextmanager
    def scratch(self) -> Iterator[Scratch]:
        """Lend the work space of one search."""
        try:
            lent = self._lent.pop()
        except IndexError:
            lent = Scratch.make(self.n)
        yield lent
        # Not given back after an error: then it may be dirty.
        self._lent.append(lent)

    def once(self, name: str, make: Callable[[], T]) -> T:
        """Return what ``make`` returns, made once for all threads."""
        found = self._made.get(name)
        if found is None:
            with self._lock:
                found = self._made.get(name)
                if found is None:
                    found = self._made[name] = make()
        return found

    def seen(self, name: str) -> Any:
        """Return what was made under ``name``, or None."""
        return self._made.get(name)

    def keep(self, name: str, value: Any) -> None:
        """Keep ``value`` under ``name``."""
        self._made[name] = value

    def oneway(self) -> NDArray[np.bool_]:
        """Return which edges may be walked from tail to head only."""
        a = self.arrays
        return a.oneway if a.directed else self.once("twoway", lambda: np.zeros(len(a.length), bool))

    def incidence(self) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """Return the edges at each node, as compressed rows."""
        a = self.arrays
        return self.once("incidence", lambda: _incidence(a.tail, a.head, self.n))


def _incidence(tail: NDArray[np.int32], head: NDArray[np.int32], n: int) -> tuple[Rows, NDArray[np.int32]]:
    ptr, order = kernels.group(np.concatenate([tail, head]), n)
    return ptr, order % np.int32(max(len(tail), 1))


def hang(p: Places, n: int) -> tuple[Rows, NDArray[np.int32], NDArray[np.float64]]:
    """Return the places hanging on each node with their cost, as compressed rows.

    Examples
    --------
    >>> from geo.examples import homes, network
    >>> walked = network()
    >>> ptr, which, cost = hang(walked.place(homes()), walked.n_nodes)
    >>> np.diff(ptr)[walked.nodes.get_indexer([1, 2, 3, 4])].tolist()  # a at 1 and 2, b at 2 and 3, c at 3 and 4
    [1, 2, 2, 1]
    """
    ptr, order = kernels.group(np.concatenate([p.a, p.b]), n)
    return ptr, order % np.int32(max(len(p), 1)), np.concatenate([p.cost_a, p.cost_b])[order]


def lie(p: Places, graph: Graph) -> tuple[Rows, NDArray[np.int32]]:
    """Return the places lying on each edge, as compressed rows.

    Examples
    --------
    >>> from geo.examples import homes, network
    >>> walked = network()
    >>> ptr, which = lie(walked.place(homes()), walked.graph)
    >>> np.diff(ptr).tolist(), which.tolist()
    ([1, 1, 1], [0, 1, 2])
    """
    m = len(graph.arrays.length)
    if p.edge.max(initial=-1) < 0:
        return graph.once("no places", lambda: np.zeros(m + 1, np.int64)), np.empty(0, np.int32)
    return kernels.group(p.edge, m)


def slices(total: int, task: Callable[[int, int], T], *, least: int = 64) -> list[T]:
    """Run ``task(start, stop)`` over fixed slices of ``range(total)`` on all cores; results in order.

    The slices do not depend on the number of cores, so that sums come out the same on every machine.

    Examples
    --------
    >>> slices(10, lambda start, stop: list(range(start, stop)), least=100)
    [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]]
    """
    pieces = 1 if total < 2 * least else 8
    cuts = [total * i // pieces for i in range(pieces + 1)]
    spans = list(pairwise(cuts))
    workers = int(os.environ.get("ZONEPLAN_THREADS", 0)) or min(os.cpu_count() or 1, 8)
    if pieces == 1 or workers == 1:
        return [task(a, b) for a, b in spans]
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(lambda ab: task(*ab), spans))
