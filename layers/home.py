"""Where the program lies: what it ships, and where it may write."""

from __future__ import annotations

from pathlib import Path

__all__ = ["ROOT", "SHIPPED", "VENDOR"]

ROOT = Path(__file__).resolve().parent.parent
SHIPPED = ROOT / "data"
"""The bundled workspace, which is never written to."""
VENDOR = ROOT / "static" / "vendor"
"""Leaflet and what else the page needs, served by the program itself."""
