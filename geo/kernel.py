"""Compiled functions: one way to make them, kept on disk where that can be done, and the time that compiling takes.

Numba compiles a function when it is first called with arguments of new types, which takes seconds, and keeps the
code in a folder. What is compiled must never change an answer: a folder that cannot be written, that is full, or
that holds a damaged file costs only time; and a search with a time limit does not count that time as its own.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from time import perf_counter
from typing import Any

import numba
from numba.core import event
from numba.core.caching import CompileResultCacheImpl, FunctionCache, IndexDataCacheFile, InTreeCacheLocator
from numba.core.caching import UserProvidedCacheLocator as NamedFolder

__all__ = ["NOT_KEPT", "Waiting", "kernel", "waiting"]


class Waiting:
    """The seconds that one thread has waited for compiled code: compiling, reading it from disk, keeping it [s].

    Examples
    --------
    >>> Waiting().seconds
    0.0
    """

    def __init__(self) -> None:
        self.ended = 0.0
        self.depth = 0
        self.since = 0.0

    @property
    def seconds(self) -> float:
        """The seconds waited, up to now [s]."""
        # Depth first: when another thread ends its wait meanwhile, a moment counts twice, never not at all.
        now = perf_counter() - self.since if self.depth else 0.0
        return self.ended + now


class _Ledger(event.Listener):
    """Adds up the waiting of each thread.

    Numba tells the start before it asks for its one lock and the end after it gave it back, in the thread that
    calls: so this also holds the wait for another thread that compiles. One function compiles another inside:
    only the outermost pair counts.
    """

    def __init__(self) -> None:
        self._threads = threading.local()

    def own(self) -> Waiting:
        """Return the counter of the thread that asks."""
        if not hasattr(self._threads, "waiting"):
            self._threads.waiting = Waiting()
        return self._threads.waiting

    def on_start(self, event: Any) -> None:  # noqa: ARG002 - numba's signature
        own = self.own()
        own.since = perf_counter() if own.depth == 0 else own.since
        own.depth += 1

    def on_end(self, event: Any) -> None:  # noqa: ARG002 - numba's signature
        own = self.own()
        if own.depth == 1:
            own.ended += perf_counter() - own.since
        own.depth -= 1


_LEDGER = _Ledger()
# Registered for good, and before any function is compiled: numba adds and removes listeners of its own while it
# compiles, in a list that other threads walk through, which can make it pass over a later one but never the first.
event.register("numba:compiler_lock", _LEDGER)


def waiting() -> Waiting:
    """Return the counter of this thread; it goes on counting, and may be read from any thread.

    Examples
    --------
    >>> waiting().seconds >= 0 and waiting() is waiting()
    True
    """
    return _LEDGER.own()


def kernel(function: Callable[..., Any] | None = None, **options: Any) -> Any:
    """Compile ``function`` at its first call, without Python's lock held, dividing by zero as numpy does.

    Parameters
    ----------
    function
        Numbers and arrays in, numbers and arrays out.
    options
        Further options of ``numba.njit`` for this function (``inline``, ``fastmath``).

    Examples
    --------
    >>> @kernel
    ... def twice(x):
    ...     return 2 * x
    >>> twice(21)
    42
    """
    if function is None:
        return lambda one: kernel(one, **options)
    made = numba.njit(nogil=True, error_model="numpy", **options)(function)
    with suppress(RuntimeError, OSError):  # no file holds its source: compiled for this process only
        made._cache = _Kept(function)
        _STAMPS[function] = made._cache.stamp
    return made


_STAMPS: dict[Any, Any] = {}
"""What the code of each kernel depends on; a kernel that calls it depends on the same."""


NOT_KEPT: set[str] = set()
"""Folders that were to keep compiled code in this process, and could not."""


class _InPlace(InTreeCacheLocator):
    """The last resort: the folder beside the source, which can only be read."""

    @classmethod
    def from_function(cls, py_func: Any, py_file: str) -> _InPlace:
        return cls(py_func, py_file)


class _Places(CompileResultCacheImpl):
    """Where numba keeps compiled code, the first that can be written; without one, what can be read."""

    _locator_classes = (*CompileResultCacheImpl._locator_classes, _InPlace)


class _Kept(FunctionCache):
    """The compiled code of one function on disk, of which every failure is harmless.

    Numba by itself refuses to define a function whose code it cannot keep, lets an answer die of a full disk, does
    not read a folder that it may not write, and takes old code of a function that calls a changed one in another
    file.
    """

    _impl_class = _Places

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)
        used = {name: function.__globals__.get(name) for name in function.__code__.co_names}
        told = {
            name: _STAMPS.get(
                getattr(value, "py_func", None), value if isinstance(value, (int, float, str, tuple)) else ""
            )
            for name, value in used.items()
        }
        self.stamp = (self._impl.locator.get_source_stamp(), tuple(sorted(told.items(), key=lambda pair: pair[0])))
        folders = [self._cache_path, self._other_folder(function)]
        self._files = [IndexDataCacheFile(f, self._impl.filename_base, self.stamp) for f in dict.fromkeys(folders)]
        self._cache_file = self._files[0]

    def _other_folder(self, function: Callable[..., Any]) -> str:
        """Return the folder to read besides the one that is written: the one that was named, else the source's."""
        locator = NamedFolder if numba.config.CACHE_DIR else InTreeCacheLocator
        return str(locator(function, function.__code__.co_filename).get_cache_path())

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Return the code kept for these types, or None; a file that cannot be read counts as none."""
        target_context.refresh()
        key = self._index_key(sig, target_context.codegen())
        for file in self._files:
            # Whatever a damaged file does when it is unpacked, it can be compiled again.
            with suppress(Exception):
                data = file.load(key)
                if data is not None:
                    return self._impl.rebuild(target_context, data)
        return None

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep the code of these types where it can be kept."""
        try:
            try:
                super().save_overload(sig, data)
            except OSError:
                raise
            except Exception:  # the index of the folder is damaged: begin it anew
                self.flush()
                super().save_overload(sig, data)
        except OSError:
            NOT_KEPT.add(str(self._cache_path))
