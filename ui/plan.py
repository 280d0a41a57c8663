"""The planner's own changes over the base: sites added, closed, resized; kept in the session, applied by the core."""

from __future__ import annotations

from geo.workspace import Workspace

__all__ = ["applied"]


def applied(base: Workspace) -> Workspace:
    """Return the workspace with the changes of the session."""
    return base
