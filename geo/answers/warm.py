"""Everything that a first click would otherwise wait for: compiled kernels, snapped cells, nearest facilities."""

from __future__ import annotations

from contextlib import suppress

from geo.answers.access import access
from geo.answers.adequate import adequacy
from geo.answers.compiling import compile_searches, compile_solvers
from geo.answers.covered import coverage
from geo.answers.gain import gain
from geo.answers.site import isochrone, site
from geo.case import Case
from geo.crs import to_wgs84
from geo.errors import PlanError

__all__ = ["warm"]


def warm(case: Case) -> None:
    """Ask each kind of question once where most people live, so that the next one is answered at once.

    Examples
    --------
    >>> from geo.examples import town
    >>> case = town()
    >>> warm(case)
    >>> len(case.keep) > 0
    True
    """
    cells = case.workspace.cells
    if cells.empty:
        return
    busiest = case.people.idxmax()
    point = to_wgs84(cells.geometry.loc[[busiest]]).iloc[0]
    for key in case.workspace.services:
        with suppress(PlanError):  # a workspace without that service or its numbers answers when it is asked
            coverage(case.of(key))
            site(case.of(key), point.x, point.y)
    isochrone(case, point.x, point.y)
    with suppress(PlanError):
        gain(case)
        adequacy(case)
        access(case)
    compile_searches()
    compile_solvers()
