"""Saved plans, drafts of plans, and the versions of imported layers."""

from __future__ import annotations

from layers.store.scenarios import ConflictError, DamagedError, Saved, Store

__all__ = ["ConflictError", "DamagedError", "Saved", "Store"]
