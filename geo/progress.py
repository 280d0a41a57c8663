"""How far a long work is: one word for reading, writing, building, compiling and searching alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from geo.text import Text

__all__ = ["Progress", "Step"]

NOTHING = Text("", "")


class Step(NamedTuple):
    """One word of a long work, told while it runs.

    ``text`` says what is being done. ``done`` of ``whole`` says how far it is (rows, files, or seconds [s] of a
    search against its limit); ``whole`` is 0 where nobody knows. A search also tells its best ``value`` and the
    proven ``bound``.

    Examples
    --------
    >>> Step(Text("读取人口", "reading population")).share is None
    True
    >>> Step(done=3, whole=12).share
    0.25
    """

    text: Text = NOTHING
    done: float = 0.0
    whole: float = 0.0
    value: float = float("nan")
    bound: float = float("nan")

    @property
    def share(self) -> float | None:
        """How much is done, 0 to 1; None where nobody knows.

        Examples
        --------
        >>> Step(done=1, whole=4).share
        0.25
        """
        return min(1.0, self.done / self.whole) if self.whole > 0 else None


Progress = Callable[[Step], object]
"""What is told each step. A search that is answered ``False`` stops with the best it has; others go on."""
