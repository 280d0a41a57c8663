"""A panel."""

from __future__ import annotations

from geo.workspace import Workspace
from ui.drawn import Drawn
from ui.state import Choice

__all__ = ["show"]


def show(workspace: Workspace, choice: Choice) -> Drawn:
    """Show the panel."""
    return Drawn()
