"""A workspace folder on disk, checked and opened as one ``geo.workspace.Workspace``."""

from __future__ import annotations

from layers.workspace.load import Checked, check, load, read_features

__all__ = ["Checked", "check", "load", "read_features"]
