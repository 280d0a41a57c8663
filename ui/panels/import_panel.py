"""A planner's own file: read it, answer what it does not say, look at it on the map, take it, or take it back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
import streamlit as st

from geo.crs import wgs84_to_bd09, wgs84_to_gcj02
from geo.errors import PlanError
from geo.workspace import Workspace
from layers import incoming
from layers.incoming import Incoming
from layers.operate import log
from layers.store import take, versions
from ui.map import choices, look
from ui.map.drawn import Asked, Drawn
from ui.map.private import private
from ui.map.scene import bounds_of, home
from ui.panels import import_preview
from ui.parts import problem
from ui.parts.ask import select
from ui.parts.lacking import layer_name
from ui.parts.markup import answered, heading, listing, paragraph, steps
from ui.parts.navigation import onward
from ui.session import person, uploads
from ui.session.state import data_folder
from ui.words import both, language, pick, say

__all__ = ["show"]

TAKEN = (
    "schools",
    "clinics",
    "stops",
    "facilities",
    "links",
    "zones",
    "streets",
    "projects",
    "carriers",
    "water",
    "landuse",
    "controls",
    "population",
    "timetable",
)
MB = 1024 * 1024
"""As Streamlit counts its setting [bytes]."""
MARGIN_DEG = 0.6
"""How far outside the zones a planner's data may lie before it is asked about [degrees]."""


def show(asked: Asked) -> Drawn:
    """Show the way in: file, questions, preview, take; and the history with its way back."""
    workspace = asked.workspace
    taken = problem.guarded(lambda: versions.history(data_folder()))
    count = sum(v.kind == "import" and not v.undone for v in taken or ())
    told = both("ans_import", n=count) if count else both("ans_import_none")
    answered(pick(told), say("import_title"), say("import_note"))
    layer = select(say("import_layer"), TAKEN, "import_layer", layer_name)
    files = st.file_uploader(
        say("import_file"), accept_multiple_files=True, key=f"import_file_{st.session_state.get('import_round', 0)}"
    )
    most = int(st.get_option("server.maxUploadSize"))
    drawn, size = Drawn(), sum(file.size for file in files)
    if size > most * MB:
        _forget()
        log.told("refused", why="upload")
        st.error(f"{say('import_too_large', mb=f'{size / MB:.1f}', n=most)}{say('import_largest', n=most)}")
    elif files:
        path = _stored(files)
        read = _read(workspace, path, layer)
        drawn = _shown(workspace, read, path)
    else:
        _forget()
        if said := st.session_state.pop("import_said", None):
            st.success(said)
            onward(say("next_see"), "overview", key="next_see")
        paragraph(say("import_largest", n=most))
        steps([say("import_1"), say("import_2"), say("import_3")])
    _history(taken)
    return drawn


def _stored(files: list[Any]) -> Path:
    """Return the uploaded file on disk, with its parts beside it; written once an upload, and again if it was swept."""
    mark = tuple(sorted(f.file_id for f in files))
    kept = st.session_state.get("import_stored")
    if kept is not None and kept[0] == mark and Path(kept[1]).exists():
        return Path(kept[1])
    answers = st.session_state.get("import_answers", {}) if kept is not None and kept[0] == mark else {}
    _forget()
    # Only the last part of the name: an upload decides nothing about where it is written.
    named = {Path(file.name.replace("\\", "/")).name or "file": bytes(file.getbuffer()) for file in files}
    folder = uploads.keep(named.items())
    main = next((n for n in named if n.lower().endswith(".shp")), next(iter(named)))
    st.session_state.import_stored = (mark, str(folder / main))
    st.session_state.import_answers = answers
    return folder / main


def _forget() -> None:
    kept = st.session_state.pop("import_stored", None)
    for key in ("import_read", "import_planned", "import_pairs"):
        st.session_state.pop(key, None)
    if kept is not None:
        uploads.drop(Path(kept[1]).parent)


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


def _shown(workspace: Workspace, read: Incoming, path: Path) -> Drawn:
    drawn = Drawn()
    if read.questions:
        drawn.layers, points = choices.drawn(read.questions)
        if points is not None:
            drawn.view = {"id": f"if-{read.sha256[:12]}", "bounds": bounds_of(points)}
        _questions(read)
    if read.frame is not None:
        drawn, said = import_preview.show(workspace, read, path)
        if said is not None:
            st.session_state.import_said = said
            _start_over()
        drawn.layers = [*_before(read.frame), *drawn.layers]
    elif not read.questions:
        st.error(say("import_refused"))
    if read.findings:
        heading(say("import_findings", n=len(read.findings)))
        problem.findings(read.findings[:60])
    return drawn


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


SHIFTED = {"gcj02": wgs84_to_gcj02, "bd09": wgs84_to_bd09}
"""What the file's own coordinates were, by the answer to the question where they come from."""


def _before(frame: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    """Return where the file's own numbers would have put its points, and the way each was moved; empty if not moved."""
    if not isinstance(frame, gpd.GeoDataFrame):
        return []
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
        {"id": "incoming-ways", **private(gpd.GeoDataFrame(geometry=ways, crs=frame.crs), "ways"), "group": "result", "title": say("import_moved"),
         "pane": "zp-points", "live": True, "style": {**grey, "dashArray": "3 4"}, "legend": [{"type": "line", "color": "#6b7280", "dash": "3 4"}]},
        {"id": "incoming-before", **private(gpd.GeoDataFrame(geometry=before, crs=frame.crs), "before"), "group": "result", "title": say("import_before"),
         "pane": "zp-points", "live": True, "style": grey, "legend": [{"type": "point", "path": look.DOT, "color": "#6b7280"}]},
    ]  # fmt: skip


def _start_over() -> None:
    """Begin with an empty form on the workspace as it is now."""
    _forget()
    st.session_state.import_round = st.session_state.get("import_round", 0) + 1
    st.rerun()


def _history(found: Sequence[Any] | None) -> None:
    """Show the imports taken so far, and a way back for each layer."""
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
                f"{version.number}. {layer_name(version.layer)} · {version.file} · {version.rows:,}",
                what,
                "" if version.undone else "good",
            )
        )
    listing(rows)
    for layer in dict.fromkeys(v.layer for v in found if v.kind == "import" and not v.undone):
        if st.button(say("import_undo", layer=layer_name(layer)), key=f"import_undo_{layer}", width="stretch"):
            try:
                take.undo(data_folder(), layer, who=person.signing("import"))
            except PlanError as error:
                problem.refused(error)
                return
            st.session_state.import_said = say("import_was_undone", layer=layer_name(layer))
            _start_over()
    paragraph(say("import_history_note"))
