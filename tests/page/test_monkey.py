"""Forty random actions: no script fails, the program finds no fault, nothing leaves the machine. A thousand: ``make monkey``."""

from __future__ import annotations

from tests.browser import MARKS, Visit
from tests.monkey import play

pytestmark = MARKS


def test_forty_random_actions_break_nothing(fresh: Visit) -> None:
    fresh.open()
    hand = play(fresh, 40)
    assert sum(hand.done.values()) == 40
    assert (hand.errors, hand.faults, hand.foreign) == ([], [], [])
