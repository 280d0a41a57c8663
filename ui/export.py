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
from geo.workspace import Workspace
from layers import geojson, geopackage, tables
from ui.words import pick, say

__all__ = ["FORMATS", "buttons", "file_of", "offer"]

FORMATS = {"geojson": "application/geo+json", "gpkg": "application/geopackage+sqlite3", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
           "csv": "text/csv"}  # fmt: skip


def file_of(kind: str, frames: Mapping[str, pd.DataFrame], about: Mapping[str, Any]) -> bytes:
    """Return the file of a kind. GeoJSON and CSV hold the first of ``frames``, the others all of them."""
    first = next(iter(frames.values()))
    if kind == "geojson":
        return geojson.dumps(first, meta=about).encode()
    if kind == "csv":
        return tables.csv_bytes(first)
    if kind == "xlsx":
        return tables.xlsx_bytes(frames, meta=about)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "layers.gpkg"
        geopackage.write(
            path, {name: frame for name, frame in frames.items() if isinstance(frame, gpd.GeoDataFrame)}, meta=about
        )
        return path.read_bytes()


def about_of(workspace: Workspace, answer: Answer) -> dict[str, Any]:
    """Return what an export says of an answer: method, parameters, basis, sources, date."""
    return geojson.meta(answer, date=dt.date.today(), records=workspace.sources)


def offer(label: str, kind: str, name: str, make: Callable[[], bytes], *, key: str) -> None:
    """Show a download button whose file is made when it is pressed (in a thread without a session)."""
    st.download_button(label, make, f"{name}.{kind}", FORMATS[kind], key=key, width="stretch", on_click="ignore")


def buttons(
    workspace: Workspace, answer: Answer, names: Sequence[str], *, kinds: Sequence[str] = ("geojson", "gpkg", "xlsx")
) -> None:
    """Offer tables of an answer as files; the first name is the one that GeoJSON and CSV hold."""
    chosen = {n: answer.tables[n] for n in names if n in answer.tables and len(answer.tables[n])}
    if not chosen:
        return
    about = about_of(workspace, answer)
    columns = st.columns(len(kinds))
    stem = "_".join(
        str(p) for p in (answer.question, answer.parameters.get("service"), answer.parameters.get("year")) if p
    )
    for column, kind in zip(columns, kinds, strict=True):
        with column:
            offer(
                pick((f"下载 {kind.upper()}", kind.upper())),
                kind,
                stem,
                _maker(kind, chosen, about),
                key=f"get-{answer.question}-{kind}",
            )
    st.caption(say("download_note"))


def _maker(kind: str, frames: Mapping[str, pd.DataFrame], about: Mapping[str, Any]) -> Callable[[], bytes]:
    return lambda: file_of(kind, frames, about)
