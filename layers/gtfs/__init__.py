"""Timetables in GTFS, the General Transit Feed Specification: read, checked by file, row and field, merged."""

from __future__ import annotations

from layers.gtfs.feed import Feed, read

__all__ = ["Feed", "read"]
