"""Everything that a first click would otherwise wait for: compiled kernels, snapped cells, nearest facilities."""

from __future__ import annotations

from contextlib import suppress

import pandas as pd

from geo import network, siting
from geo.answers.access import access
from geo.answers.covered import coverage
from geo.answers.gain import gain
from geo.answers.seats import adequacy
from geo.answers.site import isochrone, site
from geo.crs import to_wgs84
from geo.errors import PlanError
from geo.services import SERVICES
from geo.workspace import Workspace

__all__ = ["warm"]


def warm(workspace: Workspace) -> None:
    """Ask each kind of question once where most people live, so that the next one is answered at once."""
    year = workspace.years[-1]
    cells = workspace.cells
    if cells.empty:
        return
    busiest = cells[f"people_{year}"].idxmax()
    point = to_wgs84(cells.geometry.loc[[busiest]]).iloc[0]
    for key in SERVICES:
        with suppress(PlanError):  # a workspace without that service or its numbers answers when it is asked
            coverage(workspace, key, year)
            site(workspace, point.x, point.y, key, year)
    isochrone(workspace, point.x, point.y)
    gain(workspace, "primary", year)
    with suppress(PlanError):
        adequacy(workspace, year)
        access(workspace, "primary", year)
    network.warm()
    _solvers()


def _solvers() -> None:
    """Solve one tiny case of each location model: compiles what a first search would wait for."""
    cells, places = [f"d{i}" for i in range(6)], list("abcd")
    cost = pd.DataFrame([[100.0 * (1 + (i * 7 + j * 3) % 5) for j in range(4)] for i in range(6)], cells, places)
    some = pd.Series(range(1, 7), cells, dtype=float)
    siting.max_cover(cost, some, limit=200, p=2)
    siting.p_median(cost, some, p=2)
    siting.p_center(cost, p=2)
    siting.capacitated_max_cover(cost, some, limit=300, p=2, sizes=(4.0, 8.0))
