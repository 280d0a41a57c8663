"""A planner's own file: read it, answer what it does not say, look at it on the map, take it, or take it back."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import streamlit as st

from geo.crs import wgs84_to_bd09, wgs84_to_gcj02
from geo.errors import PlanError
from geo.schema import LAYERS
from geo.text import Text
from geo.workspace import Workspace
from layers import incoming
from layers.incoming import Incoming
from layers.store import take, versions
from ui.map import look, results
from ui.map.drawn import Asked, Drawn
from ui.map.scene import bounds_of, home
from ui.parts import problem
from ui.parts.ask import select
from ui.parts.markup import heading, listing, paragraph, steps, title
from ui.session.state import data_folder
from ui.session.work import aside
from ui.words import language, pick, say

__all__ = ["show"]

TAKEN = ("schools", "clinics", "stops", "links", "zones", "streets", "projects", "water", "population")
MARGIN_DEG = 0.6
"""How far outside the zones a planner's data may lie before it is asked about [degrees]."""
PREVIEW_ROWS = 200


def show(asked: Asked) -> Drawn:
    """Show the way in: file, questions, preview, take; and the history with its way back."""
    workspace = asked.workspace
    title(say("import_title"), say("import_note"))
    layer = select(say("import_layer"), TAKEN, "import_layer", _layer_name)
    files = st.file_uploader(
        say("import_file"), accept_multiple_files=True, key=f"import_file_{st.session_state.get('import_round', 0)}"
    )
    drawn = Drawn()
    if files:
        path = _stored(files)
        read = _read(workspace, path, layer)
        drawn = _shown(read, path, layer)
    else:
        _forget()
        if said := st.session_state.pop("import_said", None):
            st.success(said)
        steps([say("import_1"), say("import_2"), say("import_3")])
    _history()
    return drawn


def _layer_name(key: str) -> str:
    if key == "population":
        return say("import_population")
    return pick(Text(LAYERS[key].zh, LAYERS[key].en))


def _stored(files: list[Any]) -> Path:
    """Return the uploaded file on disk, with its parts beside it; written once an upload."""
    mark = tuple(sorted(f.file_id for f in files))
    kept = st.session_state.get("import_stored")
    if kept is not None and kept[0] == mark:
        return Path(kept[1])
    _forget()
    folder = Path(tempfile.mkdtemp(prefix="zoneplan-upload-"))
    names = []
    for file in files:
        # Only the last part of the name: an upload decides nothing about where it is written.
        name = Path(file.name.replace("\\", "/")).name or "file"
        (folder / name).write_bytes(file.getbuffer())
        names.append(name)
    main = next((n for n in names if n.lower().endswith(".shp")), names[0])
    st.session_state.import_stored = (mark, str(folder / main))
    st.session_state.import_answers = {}
    return folder / main


def _forget() -> None:
    kept = st.session_state.pop("import_stored", None)
    st.session_state.pop("import_read", None)
    if kept is not None:
        shutil.rmtree(Path(kept[1]).parent, ignore_errors=True)


def _read(workspace: Workspace, path: Path, layer: str) -> Incoming:
    """Return what the file holds, by the answers given so far; read again only when one of them changed."""
    answers = dict(st.session_state.get("import_answers", {}))
    mark = (str(path), layer, tuple(sorted(answers.items())))
    kept = st.session_state.get("import_read")
    if kept is None or kept[0] != mark:
        (south, west), (north, east) = home(workspace)
        extent = (west - MARGIN_DEG, south - MARGIN_DEG, east + MARGIN_DEG, north + MARGIN_DEG)
        with st.spinner(say("import_reading")):
            read = incoming.read(
                path, layer=layer, answers=answers, extent=extent, known=incoming.known_places(data_folder())
            )
        kept = (mark, read)
        st.session_state.import_read = kept
    return kept[1]


def _shown(read: Incoming, path: Path, layer: str) -> Drawn:
    drawn = Drawn()
    if read.questions:
        _questions(read)
    if read.frame is not None:
        heading(say("import_preview", n=f"{len(read.frame):,}"))
        table = pd.DataFrame(read.frame.drop(columns="geometry", errors="ignore")).head(PREVIEW_ROWS)
        st.dataframe(
            _headed(table.dropna(axis="columns", how="all"), layer), hide_index=True, height=min(36 * (len(table) + 1) + 2, 250), row_height=36,
        )  # fmt: skip
        _take(read, path)
        if isinstance(read.frame, gpd.GeoDataFrame) and read.frame.geometry.notna().any():
            drawn.layers += [*_before(read.frame), _preview(read.frame)]
            drawn.view = {"id": f"import-{read.sha256[:12]}", "bounds": aside(bounds_of, read.frame.geometry.dropna())}
    elif not read.questions:
        st.error(say("import_refused"))
    if read.findings:
        heading(say("import_findings", n=len(read.findings)))
        problem.findings(read.findings[:60])
    return drawn


def _headed(table: pd.DataFrame, layer: str) -> pd.DataFrame:
    """Return the rows with the schema's own headers, the name first."""
    known = LAYERS[layer].by_name if layer in LAYERS else {}
    order = [c for c in known if c in table] + [c for c in table if c not in known]
    first = [c for c in ("name_zh", "name") if c in order]
    order = first + [c for c in order if c not in first]
    return table[order].rename(columns={c: pick(Text(known[c].zh, known[c].en)) for c in order if c in known})


def _questions(read: Incoming) -> None:
    """Ask what the file does not say; the best guess is preselected, nothing is decided in silence."""
    heading(say("import_questions", n=len(read.questions)))
    given: dict[str, Any] = {}
    with st.form("import_questions", border=True):
        for question in read.questions:
            text = question.text_en if language() == "en" else question.text_zh
            st.text(text)
            if question.choices:
                words = {v: (en if language() == "en" else zh) for v, zh, en in question.choices}
                values = list(words)
                start = values.index(question.guess) if question.guess in values else 0
                ask: Callable[..., Any] = st.radio
                if len(values) > 4:
                    ask = st.selectbox
                given[question.key] = ask(
                    question.key, values, index=start, key=f"answer_{read.sha256[:8]}_{question.key}", format_func=words.__getitem__, label_visibility="collapsed",
                )  # fmt: skip
            else:
                given[question.key] = st.text_input(
                    question.key,
                    question.guess or "",
                    key=f"answer_{read.sha256[:8]}_{question.key}",
                    label_visibility="collapsed",
                )
        if st.form_submit_button(say("import_answer"), type="primary", width="stretch"):
            st.session_state.import_answers = {**st.session_state.get("import_answers", {}), **given}
            st.rerun(scope="fragment")


def _preview(frame: gpd.GeoDataFrame) -> dict[str, Any]:
    """Return the file's shapes as a layer in a colour that nothing else has; its names as text."""
    names = frame["name_zh"] if "name_zh" in frame else pd.Series("", index=frame.index)
    told = [str(n) if isinstance(n, str) else "" for n in names]
    slim = gpd.GeoDataFrame(
        {"tip_zh": told, "tip_en": told, "label_zh": told, "label_en": told},
        geometry=frame.geometry.to_numpy(),
        crs=frame.crs,
    )
    slim = slim[slim.geometry.notna()]
    return {
        "id": "incoming", **results.published(slim), "group": "result", "title": say("import_layer_title"), "pane": "zp-points", "live": True,
        "style": {"color": "#c2187e", "weight": 2.5, "fillColor": "#c2187e", "fillOpacity": 0.15, "path": look.DOT, "radius": 8},
        "label": {"className": "zp-poi", "rank": 8, "from": 11}, "legend": [{"type": "point", "path": look.DOT, "color": "#c2187e"}],
    }  # fmt: skip


SHIFTED = {"gcj02": wgs84_to_gcj02, "bd09": wgs84_to_bd09}
"""What the file's own coordinates were, by the answer to the question where they come from."""


def _before(frame: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    """Return where the file's own numbers would have put its points, and the way each was moved; empty if not moved."""
    shift = SHIFTED.get(str(st.session_state.get("import_answers", {}).get("datum")))
    points = frame.geometry[frame.geometry.notna() & (frame.geometry.geom_type == "Point")]
    if shift is None or points.empty:
        return []
    lon, lat = shift(points.x.to_numpy(), points.y.to_numpy())
    before = gpd.points_from_xy(lon, lat, crs=frame.crs)
    ways = shapely.linestrings(np.stack([np.column_stack([lon, lat]), np.column_stack([points.x, points.y])], axis=1))
    grey = {
        "color": "#6b7280",
        "weight": 1.5,
        "fillColor": "#6b7280",
        "fillOpacity": 0.1,
        "path": look.DOT,
        "radius": 6,
    }
    return [
        {"id": "incoming-ways", **results.published(gpd.GeoDataFrame(geometry=ways, crs=frame.crs)), "group": "result", "title": say("import_moved"),
         "pane": "zp-points", "live": True, "style": {**grey, "dashArray": "3 4"}, "legend": [{"type": "line", "color": "#6b7280", "dash": "3 4"}]},
        {"id": "incoming-before", **results.published(gpd.GeoDataFrame(geometry=before, crs=frame.crs)), "group": "result", "title": say("import_before"),
         "pane": "zp-points", "live": True, "style": grey, "legend": [{"type": "point", "path": look.DOT, "color": "#6b7280"}]},
    ]  # fmt: skip


def _take(read: Incoming, path: Path) -> None:
    if not st.button(
        say("import_take", layer=_layer_name(read.layer)), type="primary", width="stretch", key="import_take"
    ):
        return
    try:
        _place, version = take.take(data_folder(), read, path, answers=st.session_state.get("import_answers"))
    except PlanError as error:
        problem.refused(error)
        return
    st.session_state.import_said = say(
        "import_taken", n=version.number, layer=_layer_name(version.layer), rows=f"{version.rows:,}"
    )
    _start_over()


def _start_over() -> None:
    """Begin with an empty form on the workspace as it is now."""
    _forget()
    st.session_state.import_round = st.session_state.get("import_round", 0) + 1
    st.rerun()


def _history() -> None:
    """Show the imports taken so far, and a way back for each layer."""
    found = versions.history(data_folder())
    if not found:
        return
    heading(say("import_history"))
    rows: list[Any] = []
    for version in reversed(found):
        what = (
            say("import_undone")
            if version.undone
            else say("import_is_undo")
            if version.kind == "undo"
            else say("import_stands")
        )
        rows.append(
            (
                f"{version.number}. {_layer_name(version.layer)} · {version.file} · {version.rows:,}",
                what,
                "" if version.undone else "good",
            )
        )
    listing(rows)
    for layer in dict.fromkeys(v.layer for v in found if v.kind == "import" and not v.undone):
        if st.button(say("import_undo", layer=_layer_name(layer)), key=f"import_undo_{layer}", width="stretch"):
            try:
                take.undo(data_folder(), layer)
            except PlanError as error:
                problem.refused(error)
                return
            st.session_state.import_said = say("import_was_undone", layer=_layer_name(layer))
            _start_over()
    paragraph(say("import_history_note"))
