"""A question to a workspace, with the store of results that all questions of this process share."""

from __future__ import annotations

from geo.case import Case
from geo.demand import DemandSettings
from geo.kept import Kept
from geo.workspace import Workspace

__all__ = ["KEPT", "case"]

KEPT = Kept()
"""What the page, the command line and a cluster task have worked out; bounded, the oldest let go first."""


def case(
    workspace: Workspace, service: str = "primary", year: int | None = None, demand: DemandSettings | None = None
) -> Case:
    """Return a question about a workspace: its last year with people, and plain demand, where not given."""
    asked = workspace.years[-1] if year is None else int(year)
    return Case(workspace, service, asked, demand or DemandSettings(), KEPT)
