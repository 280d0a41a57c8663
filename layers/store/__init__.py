"""Saved plans, and the versions of imported layers."""

from __future__ import annotations

from layers.store.scenarios import ConflictError, Saved, Store

__all__ = ["ConflictError", "Saved", "Store"]
