"""Downloads: every file made when it is asked for, and every file says how its numbers came to be."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import streamlit as st

from geo.answers import Answer
from geo.progress import Progress
from geo.workspace import Workspace
from layers import exports
from layers.write import geojson
from ui.parts.markup import heading
from ui.words import say

__all__ = ["TYPES", "about_of", "buttons", "file_of", "held", "offer"]

TYPES = {
    "geojson": "application/geo+json", "gpkg": "application/geopackage+sqlite3", "csv": "text/csv", "tif": "image/tiff", "dxf": "application/dxf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "html": "text/html",
    "pdf": "application/pdf", "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}  # fmt: skip
SHAPELESS = ("csv", "xlsx")
"""Kinds of file that need no shapes."""
LABELS = {"geojson": "GeoJSON", "gpkg": "GeoPackage", "xlsx": "XLSX", "csv": "CSV"}


def file_of(workspace: Workspace, kind: str, frames: Mapping[str, pd.DataFrame], about: Mapping[str, Any], *, gcj02: bool = False,
            progress: Progress | None = None, answer: Answer | Mapping[str, Any] | None = None, lang: str = "zh") -> bytes:  # fmt: skip
    """Return the file of a kind of ``exports.FORMATS``. GeoJSON and CSV hold the first of ``frames``.

    Runs without a session too (a download made when it is pressed), so that the language is given, not asked for.
    """
    with tempfile.TemporaryDirectory(prefix="zoneplan-export-") as folder:
        path = Path(folder) / f"export{exports.FORMATS[kind]}"
        return exports.write(
            workspace, frames, path, kind, meta=about, gcj02=gcj02, progress=progress, about=answer, lang=lang
        ).read_bytes()


def about_of(workspace: Workspace, answer: Answer) -> dict[str, Any]:
    """Return what an export says of an answer: method, parameters, basis, sources, date."""
    return geojson.meta(answer, date=dt.date.today(), records=workspace.sources)


def offer(label: str, kind: str, name: str, make: Callable[[], bytes], *, key: str) -> None:
    """Show a download button whose file is made when it is pressed (in a thread without a session)."""
    st.download_button(
        label,
        make,
        f"{name}{exports.FORMATS.get(kind, f'.{kind}')}",
        TYPES.get(kind, "application/zip"),
        key=key,
        width="stretch",
        on_click="ignore",
    )


def buttons(
    workspace: Workspace, answer: Answer, names: Sequence[str], *, kinds: Sequence[str] = ("geojson", "gpkg", "xlsx"),
    tables: Callable[[], Mapping[str, pd.DataFrame]] | None = None,
) -> None:  # fmt: skip
    """Offer tables of an answer as files, each kind that can hold one of them; CSV holds the first, GeoJSON the first with shapes.

    Where ``tables`` is given, they are made by it when a button is pressed: most readers of a panel take no file.
    """

    def chosen() -> dict[str, pd.DataFrame]:
        there = answer.tables if tables is None else tables()
        return {n: there[n] for n in names if n in there and len(there[n])}

    if tables is None:
        kinds = [kind for kind in kinds if held(kind, chosen())]
    if not kinds:
        return
    about = about_of(workspace, answer)
    heading(say("download"))
    columns = st.columns(len(kinds), gap="small")
    stem = "_".join(
        str(p) for p in (answer.question, answer.parameters.get("service"), answer.parameters.get("year")) if p
    )
    for column, kind in zip(columns, kinds, strict=True):
        with column:
            offer(
                LABELS[kind],
                kind,
                stem,
                _maker(workspace, kind, chosen, about),
                key=f"get-{answer.question}-{kind}",
            )
    st.caption(say("download_note"))


def held(kind: str, frames: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Return the tables that a kind of file can hold, one with shapes first where the file needs shapes; none where there are none.

    Examples
    --------
    >>> table = pd.DataFrame({"minutes": [12.0]})
    >>> list(held("xlsx", {"reach": table})), list(held("geojson", {"reach": table}))
    (['reach'], [])
    """
    if kind in SHAPELESS:
        return dict(frames)
    shapes = {n: f for n, f in frames.items() if isinstance(f, gpd.GeoDataFrame)}
    return shapes if kind == "geojson" or not shapes else shapes | dict(frames)


def _maker(
    workspace: Workspace, kind: str, frames: Callable[[], Mapping[str, pd.DataFrame]], about: Mapping[str, Any]
) -> Callable[[], bytes]:
    return lambda: file_of(workspace, kind, held(kind, frames()), about)
