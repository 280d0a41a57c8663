"""Answers of the page that hold until the place, the plan or what is chosen changes: worked out once, for all who ask."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TypeVar

from geo.case import Case
from layers.operate import log
from ui.session.work import aside

__all__ = ["once"]

T = TypeVar("T")


def once(ask: Callable[..., T], case: Case, *more: Hashable) -> T:
    """Return ``ask(case, *more)``, worked out once for a case: who turns to another panel and back does not wait again.

    On the page a workspace's key tells its files, its plan and its measure apart; one made by hand may have no key, and is
    known by its frames.
    """
    place = case.workspace
    mark = (ask.__name__, place.key, place.scenario_state, case.service, case.year, case.demand, *more)
    made = False

    def make() -> T:
        nonlocal made
        made = True
        return aside(ask, case, *more)

    found = case.keep(mark, place.zones, place.cells, place.schools, place.projects, make=make)
    log.told("answer", kept=not made)
    return found
