"""The time a search has: counted without compiling, and kept to by the compiled loops too."""

from __future__ import annotations

import threading
import time
import weakref
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from geo.kernel import Waiting, waiting
from geo.progress import Progress, Step
from geo.text import Text

__all__ = ["Clock"]

SEARCHING = Text("搜索方案", "searching for a plan")
TICK = 0.05
"""Longest time between two looks at the clocks [s]."""


@dataclass(eq=False)
class Clock:
    """The time that is left for searching, and the planner who may stop the search.

    What the thread that started it has waited for compiled code since then is not searching: a fresh installation
    finds what a used one finds.

    Examples
    --------
    >>> clock = Clock(60.0)
    >>> 0 < clock.left() <= 60, clock.tell(7.0, 8.0), int(clock.alarm[0])
    (True, True, 0)
    >>> clock = Clock(60.0, lambda step: False)  # the planner stops
    >>> clock.tell(7.0, 8.0), clock.left(), int(clock.alarm[0])
    (False, 0.0, 1)
    """

    limit: float
    progress: Progress | None = None
    start: float = field(init=False)
    stopped: bool = False
    total: float | None = None
    """All people, when the search counts those left out and the planner is told those covered."""
    alarm: np.ndarray[Any, Any] = field(init=False, repr=False)
    """One byte, not 0 once the time is over or the search is stopped: what compiled loops look at."""
    waiting: Waiting = field(init=False, repr=False)
    waited: float = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.start = time.perf_counter()
        self.alarm = np.zeros(1, np.uint8)
        self.waiting = waiting()
        self.waited = self.waiting.seconds
        _WATCH.add(self)

    def seconds(self) -> float:
        """Return the seconds spent searching since the start [s]."""
        return time.perf_counter() - self.start - (self.waiting.seconds - self.waited)

    def left(self) -> float:
        """Return the seconds left [s], 0 once stopped."""
        return 0.0 if self.stopped else max(0.0, self.limit - self.seconds())

    def least(self, share: float) -> float:
        """Return the seconds left [s], and at least this share of the limit: for what makes a plan whole."""
        return max(self.left(), share * self.limit)

    def tell(self, best: float, bound: float) -> bool:
        """Report progress; return whether the search may go on."""
        if self.total is not None:
            best, bound = self.total - best, self.total - bound
        if self.progress is not None and not self.stopped and self.progress(self._step(best, bound)) is False:
            self.stopped = True
            self.alarm[0] = 1
        return self.left() > 0

    def part(self, share: float) -> Clock:
        """Return a clock with a share of the time left, which hears the planner's Stop as the whole one does.

        Examples
        --------
        >>> 4 < Clock(10.0).part(0.5).left() <= 5
        True
        """
        return Clock(max(share * self.left(), 0.05), lambda _: self.tell(np.nan, np.nan))

    def _step(self, best: float, bound: float) -> Step:
        return Step(SEARCHING, self.seconds(), self.limit, best, bound)


class _Watch:
    """One thread that sounds the alarms, alive while a clock runs.

    A compiled loop cannot ask for the time; but it holds no lock of Python's, so that a thread beside it can.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.clocks: weakref.WeakSet[Clock] = weakref.WeakSet()
        self.thread: threading.Thread | None = None

    def add(self, clock: Clock) -> None:
        """Watch a clock until it has run out or nobody holds it any more."""
        with self.lock:
            self.clocks.add(clock)
            # Not alive: there was none, or this process was forked from the one that has it.
            if self.thread is None or not self.thread.is_alive():
                self.thread = threading.Thread(target=self._run, name="clock", daemon=True)
                self.thread.start()

    def _run(self) -> None:
        while (pause := self._look()) is not None:
            time.sleep(pause)

    def _look(self) -> float | None:
        """Sound the alarms that are due; return how long nothing is due [s], or None when nobody waits."""
        with self.lock:
            left = []
            for clock in self.clocks:
                if not clock.alarm[0]:
                    left.append(clock.left())
                    clock.alarm[0] = left[-1] <= 0
            if not left:
                self.thread = None
                return None
            return min(max(min(left), TICK / 10), TICK)


_WATCH = _Watch()
