"""Which reader a file gets: the first bytes must be what the name says, and archives are opened by our rules."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from layers.incoming.readers import formats, zips
from layers.incoming.readers.formats import Format, Opened
from layers.incoming.rows.table import RefusedError, Table, error

__all__ = ["read", "readers", "unpack"]


def unpack(file: Opened, folder: Path) -> Opened:
    """Return the file, or the one data set of an archive, ready for its reader.

    Raises
    ------
    RefusedError
        If the bytes are not what the name says, or the archive breaks a rule.
    OpenQuestionError
        If an archive holds several data sets and the answer ``dataset`` names none.
    """
    if file.path.is_dir():  # a FileGDB given as a folder: copied file by file, checked by its reader
        return replace(file, kind=".gdb")
    formats.check_magic(file.kind, _head(file.path))
    if _row(file.kind).archive:
        file = zips.unpack(file, folder)
        if not file.path.is_dir():
            formats.check_magic(file.kind, _head(file.path))
    prepare = _row(file.kind).prepare
    return replace(file, path=_named(prepare)(file.path)) if prepare else file


def read(file: Opened, *, guarded: bool) -> Table:
    """Return the rows of an opened file.

    Raises
    ------
    RefusedError
        If it cannot be read, or needs GDAL on a system without locks.
    OpenQuestionError
        If it holds several layers or sheets and no answer names one.
    """
    row = _row(file.kind)
    if row.population_only and file.layer != "population":
        raise RefusedError(
            error(
                f"{row.name} 只能作为人口图层（population）导入",
                f"a {row.name} can only be imported as the layer population; choose that layer",
            )
        )
    if row.gdal and not guarded:
        raise RefusedError(error("本系统没有 Landlock 或 seccomp 隔离，此格式不接受；请改用 GeoPackage、GeoJSON 或 Shapefile",
                                 "this system has neither Landlock nor seccomp, so this format is not taken; use GeoPackage, GeoJSON or shapefile"))  # fmt: skip
    table: Table = _named(row.reader)(file)
    return table


def readers() -> Iterator[Any]:
    """Return the readers of the table, importing each as it is asked for."""
    for dotted in dict.fromkeys(f.reader for f in formats.FORMATS if f.reader):
        yield _named(dotted)


def _row(kind: str) -> Format:
    row = formats.of(kind)
    if row is None:
        raise ValueError(f"no format of files {kind}")
    return row


def _head(path: Path) -> bytes:
    with open(path, "rb") as file:
        return file.read(4096)


def _named(dotted: str) -> Any:
    """Return the function that a row names ``module:function``: the one place that imports a reader."""
    module, _, function = dotted.partition(":")
    return getattr(importlib.import_module(module, __package__), function)
