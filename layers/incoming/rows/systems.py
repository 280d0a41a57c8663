"""Reference systems and the ways between them, each built once: PROJ takes longer for that than for the points."""

from __future__ import annotations

import functools

import pyproj

__all__ = ["converter", "system_of"]


@functools.cache
def system_of(name: str) -> pyproj.CRS:
    """Return the system of a name, such as EPSG:4548 or a whole definition.

    Raises
    ------
    CRSError
        If PROJ does not know it.
    """
    return pyproj.CRS.from_user_input(name)


def converter(source: str | pyproj.CRS, target: str | pyproj.CRS) -> pyproj.Transformer:
    """Return the way from one system to another, x east and y north in both."""
    return _built(*(system_of(s) if isinstance(s, str) else s for s in (source, target)))


@functools.cache
def _built(source: pyproj.CRS, target: pyproj.CRS) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(source, target, always_xy=True)
