"""Results worth keeping, the last ones used, by what they were made from.

Nothing in ``geo`` owns one: the page and the command line hand theirs to every case (``layers.workspace``), and a
case made in a notebook carries its own.
"""

from __future__ import annotations

import dataclasses
import weakref
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable, Mapping
from threading import Lock, RLock
from typing import Any, TypeVar

import numpy as np
import pandas as pd

__all__ = ["Kept"]

T = TypeVar("T")
ENTRIES = 256
BYTES = 512 * 2**20


class Kept:
    """A bounded store of results. Safe for several threads: what one is making, the others wait for.

    A result goes with what it was made from: once nobody holds that, nobody can ask for the result again.

    Parameters
    ----------
    entries
        Most results held; the one not asked for longest goes first.
    size
        Most memory of the results [bytes], as far as frames and arrays tell.

    Examples
    --------
    >>> kept, streets = Kept(entries=2), object()
    >>> [kept("sum", streets, make=lambda: 42) for _ in range(3)], len(kept)
    ([42, 42, 42], 1)
    """

    def __init__(self, entries: int = ENTRIES, size: int = BYTES) -> None:
        self.entries, self.size = entries, size
        self._found: OrderedDict[Hashable, _Entry] = OrderedDict()
        self._gone: deque[_Entry] = deque()  # what can be asked for no more; let go at the next call
        self._making: dict[Hashable, RLock] = {}
        self._lock = Lock()
        self._bytes = 0

    def __call__(self, what: Hashable, *on: object, make: Callable[[], T]) -> T:
        """Return the result named ``what`` of the objects ``on``; made once, and again after it was let go.

        ``on`` is everything the result depends on besides ``what``. Frames and networks cannot be compared by value
        cheaply, so they count as the same only when they are the same object. The store does not keep them alive: each
        step of a plan makes frames anew, and those of the steps before would stay until 256 other results had come.
        """
        key = (what, *(id(o) for o in on))
        found = self._get(key, on)
        if found is not None:
            return found.value
        with self._lock:
            turn = self._making.setdefault(key, RLock())
        try:
            with turn:
                found = self._get(key, on)
                if found is not None:
                    return found.value
                value = make()
                self._put(key, on, value)
                return value
        finally:
            with self._lock:
                self._making.pop(key, None)

    def __len__(self) -> int:
        """Return how many results are held."""
        with self._lock:
            self._forget_gone()
            return len(self._found)

    def __reduce__(self) -> tuple[type[Kept], tuple[int, int]]:
        """Send an empty store to another process: what is kept here stays here."""
        return Kept, (self.entries, self.size)

    @property
    def bytes(self) -> int:
        """Memory of the results held [bytes], as far as frames and arrays tell.

        Examples
        --------
        >>> kept = Kept()
        >>> len(kept("walk", make=lambda: np.zeros(1000))), kept.bytes
        (1000, 8000)
        """
        with self._lock:
            self._forget_gone()
            return self._bytes

    def _get(self, key: Hashable, on: tuple[object, ...]) -> _Entry | None:
        with self._lock:
            self._forget_gone()
            found = self._found.get(key)
            # Another object may have the address of one that has just died.
            if found is None or any(held() is not one for held, one in zip(found.on, on, strict=True)):
                return None
            self._found.move_to_end(key)
            return found

    def _put(self, key: Hashable, on: tuple[object, ...], value: Any) -> None:
        entry = _Entry(key, value, _weight(value))
        entry.on = tuple(_held(one, entry, self._gone) for one in on)
        with self._lock:
            self._forget_gone()
            if (had := self._found.pop(key, None)) is not None:
                self._bytes -= had.weight
            self._found[key] = entry
            self._bytes += entry.weight
            # The newest stays even when it alone is too large: whoever asked for it will ask again at once.
            while len(self._found) > 1 and (len(self._found) > self.entries or self._bytes > self.size):
                self._bytes -= self._found.popitem(last=False)[1].weight

    def _forget_gone(self) -> None:
        while self._gone:
            entry = self._gone.popleft()
            if self._found.get(entry.key) is entry:
                del self._found[entry.key]
                self._bytes -= entry.weight


@dataclasses.dataclass(eq=False)
class _Entry:
    """A result held, and what it was made from."""

    key: Hashable
    value: Any
    weight: int
    on: tuple[Callable[[], object], ...] = ()


def _held(one: object, entry: _Entry, gone: deque[_Entry]) -> Callable[[], object]:
    """Return what returns an object while it lives; one that cannot be watched (a tuple, a mapping) is held."""
    mark = weakref.ref(entry)  # a watch that held the result would keep what it was made from alive in a ring

    # Called wherever the last reference goes, also inside a locked part of the store: it may not wait for the lock.
    def died(_: object) -> None:
        if (left := mark()) is not None:
            gone.append(left)

    try:
        return weakref.ref(one, died)
    except TypeError:
        return lambda: one


def _weight(value: Any) -> int:
    """Return the memory of a result [bytes]: frames, series and arrays, also inside tuples, mappings and dataclasses."""
    if isinstance(value, pd.DataFrame):
        return int(value.memory_usage().sum())
    if isinstance(value, pd.Series):
        return int(value.memory_usage())
    if isinstance(value, np.ndarray) or isinstance(getattr(value, "nbytes", None), int):  # and what says so itself
        return int(value.nbytes)
    if isinstance(value, Mapping):
        return sum(_weight(v) for v in value.values())
    if isinstance(value, tuple | list):
        return sum(_weight(v) for v in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return sum(_weight(getattr(value, f.name)) for f in dataclasses.fields(value))
    return 64
