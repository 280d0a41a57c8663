"""Forty random actions: no script fails, the program finds no fault, the server has nothing to say, nothing leaves the machine. A thousand: ``make monkey``."""

from __future__ import annotations

from pathlib import Path

from tests.browser import MARKS, Server, Visit
from tests.monkey import play

pytestmark = MARKS


def test_forty_random_actions_break_nothing(fresh: Visit, server: Server, changing: Path) -> None:
    fresh.open()
    hand = play(fresh, server, 40)
    assert sum(hand.done.values()) == 40
    assert hand.wrong() == {}
