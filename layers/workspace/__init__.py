"""A workspace folder on disk, checked and opened as one ``geo.workspace.Workspace``, and questions to it."""

from __future__ import annotations

from layers.workspace.asking import case
from layers.workspace.features import read_features
from layers.workspace.load import Checked, Place, check, load, read_all_but_ground, settings, stamp

__all__ = ["Checked", "Place", "case", "check", "load", "read_all_but_ground", "read_features", "settings", "stamp"]
