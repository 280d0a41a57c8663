"""Before a file is taken: how, what becomes of every row, in a table and on the map, and the button."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
import streamlit as st

from geo.errors import PlanError
from geo.schema import LAYERS
from geo.services import STAGES
from geo.text import Text
from geo.workspace import Workspace
from layers.incoming import Incoming
from layers.store import take, versions
from ui.map import look
from ui.map.drawn import Drawn
from ui.map.private import private
from ui.map.scene import bounds_of
from ui.parts import problem
from ui.parts.ask import select
from ui.parts.lacking import layer_name
from ui.parts.markup import heading, table
from ui.session import person
from ui.session.state import data_folder
from ui.session.work import aside
from ui.words import pick, say, service_name

__all__ = ["show"]

ROWS = 40
"""Rows of the table; the counts and the map are of all."""
QUESTIONS = 30
COLOURS = {"added": "#0a7d4f", "changed": "#b45309", "removed": "#c2182b"}
PANE = {"group": "result", "pane": "zp-points", "live": True}


def show(workspace: Workspace, read: Incoming, path: Path) -> tuple[Drawn, str | None]:
    """Show what taking a file would do; return what it draws, and what to say once it is taken (None: not yet)."""
    mode, part = _mode(workspace, read)
    try:
        plan = _plan(read, mode, part)
    except PlanError as error:
        problem.refused(error)
        return Drawn(), None
    heading(_counted(plan))
    _pairs(plan, read)
    agreed = True
    if plan.alarm is not None:
        st.error(pick(plan.alarm))
        agreed = st.checkbox(say("import_agree"), key=f"import_agree_{read.sha256[:8]}_{mode}_{part}")
    _table(plan, read.layer)
    if plan.findings:
        problem.findings(plan.findings[:QUESTIONS])
    said = _take(plan, read, path, agreed=agreed)
    return _drawn(plan, read), said


def _counted(plan: take.Preview) -> str:
    """Return in one line what is there, what is in the file, and what becomes of it."""
    n = {key: f"{count:,}" for key, count in plan.counts().items()}
    return say(
        "import_plan", now=n["now"], file=n["file"], added=n["added"], changed=n["changed"], removed=n["removed"], unchanged=n["unchanged"]
    )  # fmt: skip


def _mode(workspace: Workspace, read: Incoming) -> tuple[str, str | None]:
    """Ask how the file is taken; return the mode and the part."""
    modes = take.offered(read.layer)
    mode = modes[0]
    if len(modes) > 1:
        mode = select(say("import_mode"), modes, f"import_mode_{read.layer}", lambda key: say(f"import_mode_{key}"))
    if mode != "replace_part":
        return mode, None
    zones = workspace.zones
    parts = {f"stage={stage}": pick(service_name(stage)) for stage in STAGES} if read.layer == "schools" else {}
    names = zip(zones["zone_id"], zones["name_zh"], zones["name_en"], strict=True)
    parts |= {f"zone={zone}": pick(Text(str(zh), str(en or zh))) for zone, zh, en in names}
    return mode, str(select(say("import_part"), list(parts), f"import_part_{read.layer}", parts.__getitem__))


def _plan(read: Incoming, mode: str, part: str | None) -> take.Preview:
    """Return the preview, worked out once for each choice and each state of the layer."""
    folder = data_folder()
    file = folder / versions.file_of(read.layer)
    pairs = _answers(read)
    state = file.stat().st_mtime_ns if file.is_file() else 0
    mark = (id(read), mode, part, tuple(sorted(pairs.items())), str(file), state)
    kept = st.session_state.get("import_planned")
    if kept is None or kept[0] != mark:
        kept = (mark, read, aside(take.preview, folder, read, mode=mode, part=part, pairs=pairs))
        st.session_state.import_planned = kept
    plan: take.Preview = kept[2]
    return plan


def _answers(read: Incoming) -> Mapping[str, str]:
    """Return which things the rows of this file are, as far as it was said."""
    kept = st.session_state.get("import_pairs", ("", {}))
    return dict(kept[1]) if kept[0] == read.sha256 else {}


def _pairs(plan: take.Preview, read: Incoming) -> None:
    """Ask which thing a row is where it may be several; nothing is taken until it is said."""
    if not plan.merged.open:
        return
    boxes: dict[str, str] = {}
    with st.form("import_pairs_form", border=True):
        st.text(say("import_pairs", n=len(plan.merged.open)))
        for one in plan.merged.open[:QUESTIONS]:
            words = {value: pick(text) for value, text in one.choices}
            boxes[one.key] = f"pair_{read.sha256[:8]}_{one.row}"
            st.selectbox(pick(one.text), list(words), key=boxes[one.key], format_func=words.__getitem__)
        st.form_submit_button(
            say("import_answer"), type="primary", width="stretch", on_click=_answered, args=(read, boxes)
        )


def _answered(read: Incoming, boxes: Mapping[str, str]) -> None:
    """Keep what was answered before the panel is drawn again, so that it is drawn with it."""
    given = {key: str(st.session_state[box]) for key, box in boxes.items()}
    st.session_state.import_pairs = (read.sha256, {**_answers(read), **given})


def _table(plan: take.Preview, layer: str) -> None:
    """Show the rows that would be added, changed or removed, each change from what to what."""
    rows = plan.merged.rows
    rows = rows[rows["change"] != "unchanged"]
    if rows.empty or layer in ("population", "timetable"):
        return
    heads = [say(f"import_col_{key}") for key in ("change", "name", "what")]
    cells = [
        (
            say(f"import_change_{row['change']}"),
            " · ".join(filter(None, (_text(row["name"]), _text(row["id"]), say(f"import_how_{row['how']}") if row["how"] else ""))),
            _what(row["fields"], row["metres"], layer),
        )
        for row in rows.head(ROWS).to_dict("records")
    ]  # fmt: skip
    table(heads, cells)  # it wraps: what a value was and will be is read without scrolling sideways
    if len(rows) > ROWS:
        st.caption(say("import_more_rows", n=f"{len(rows) - ROWS:,}"))


def _text(value: Any) -> str:
    return "" if value is None or value != value else str(value)


def _what(fields: Mapping[str, tuple[Any, Any]], metres: float, layer: str) -> str:
    """Return a change in words: each column from what to what, and how far a place moved."""
    known = LAYERS[layer].by_name
    told = []
    for column, (before, after) in fields.items():
        if column == "geometry":
            told.append(say("import_moved_by", m=f"{metres:,.0f}") if metres > 0 else say("import_reshaped"))
            continue
        name = pick(Text(known[column].zh, known[column].en)) if column in known else column
        told.append(f"{name} {_number(before)} → {_number(after)}")
    return say("list_stop").join(told)


def _number(value: Any) -> str:
    if value is None or value != value:
        return "–"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _take(plan: take.Preview, read: Incoming, path: Path, *, agreed: bool) -> str | None:
    ready = plan.ready and agreed
    label = say("import_take", layer=layer_name(read.layer))
    if not st.button(label, type="primary", width="stretch", key="import_take", disabled=not ready):
        return None
    replies = st.session_state.get("import_answers")
    try:
        _place, version = take.take(
            data_folder(),
            read,
            path,
            shown=plan,
            pairs=_answers(read),
            replace_all=plan.alarm is not None,
            answers=replies,
            who=person.signing("import"),
        )
    except PlanError as error:
        problem.refused(error)
        return None
    added, changed, removed = (f"{plan.counts()[key]:,}" for key in ("added", "changed", "removed"))
    layer = layer_name(version.layer)
    return say("import_taken", n=version.number, layer=layer, added=added, changed=changed, removed=removed)


def _drawn(plan: take.Preview, read: Incoming) -> Drawn:
    """Return the three kinds of change as layers, and what was moved as a line from the old place to the new one."""
    drawn = Drawn()
    rows = plan.merged.rows
    shapes = {
        "removed": rows[rows["change"] == "removed"].assign(shape=lambda r: r["before"]),
        "changed": rows[rows["change"] == "changed"].assign(shape=lambda r: r["after"]),
        "added": rows[rows["change"] == "added"].assign(shape=lambda r: r["after"]),
    }
    if read.layer in ("population", "timetable") and read.frame is not None:  # a surface is drawn as it will be
        shapes = {"added": pd.DataFrame({"shape": list(read.frame.geometry), "name": ""})}
    seen: list[Any] = []
    for change, some in shapes.items():
        there = some[[_somewhere(s) for s in some["shape"]]]
        if there.empty:
            continue
        seen += list(there["shape"])
        drawn.layers.append(_layer(change, there))
    moves = _moves(shapes["changed"]) if "changed" in shapes else []
    if moves:
        drawn.layers.append({
            "id": "incoming-moves", **private(gpd.GeoDataFrame(geometry=moves, crs=4326), "moves"), **PANE, "title": say("import_moves"),
            "style": {"color": COLOURS["changed"], "weight": 2, "dashArray": "4 4"},
            "legend": [{"type": "line", "color": COLOURS["changed"], "dash": "4 4"}],
        })  # fmt: skip
    if seen:
        around = gpd.GeoSeries([*seen, *moves], crs=4326)
        drawn.view = {"id": f"import-{read.sha256[:12]}", "bounds": aside(bounds_of, around)}
    return drawn


def _moves(changed: pd.DataFrame) -> list[shapely.LineString]:
    """Return a line from the old place to the new one for all that was moved."""
    there = zip(changed["before"], changed["after"], changed["fields"], strict=True)
    return [
        shapely.LineString([before.centroid, after.centroid])
        for before, after, fields in there
        if "geometry" in fields and _somewhere(before) and _somewhere(after)
    ]


def _somewhere(shape: Any) -> bool:
    return isinstance(shape, shapely.Geometry) and not shape.is_empty


def _layer(change: str, rows: pd.DataFrame) -> dict[str, Any]:
    colour = COLOURS[change]
    names = [_text(n) for n in rows["name"]]
    slim = gpd.GeoDataFrame(
        {"tip_zh": names, "tip_en": names, "label_zh": names, "label_en": names}, geometry=list(rows["shape"]), crs=4326
    )
    style = {"color": colour, "weight": 2.5, "fillColor": colour, "fillOpacity": 0.15, "path": look.DOT, "radius": 8}
    return {
        "id": f"incoming-{change}", **private(slim, change), **PANE, "title": say(f"import_layer_{change}", n=f"{len(rows):,}"),
        "style": {**style, "opacity": 0.6} if change == "removed" else style,
        "label": {"className": "zp-poi", "rank": 8, "from": 11}, "legend": [{"type": "point", "path": look.DOT, "color": colour}],
    }  # fmt: skip
