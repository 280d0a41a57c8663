"""Saved plans, drafts of plans, and the versions of imported layers."""

from __future__ import annotations

from layers.store.notes import Note
from layers.store.plans import Change, ConflictError, Plans
from layers.store.revision import DamagedError, Saved, operation
from layers.store.scenarios import Store

__all__ = ["Change", "ConflictError", "DamagedError", "Note", "Plans", "Saved", "Store", "operation"]
