"""Part of the panel of indicators: how far each is this year, what needs somebody, and what planners entered."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from geo import answers
from geo.answers import Answer
from geo.monitor import BINDING, STATES, TARGET_YEAR, TOLERANCE, YEARS
from geo.text import Text
from layers.incoming.actuals import SHEET, read_actuals, template
from layers.shell.printed import as_data
from layers.write import tables
from layers.write.geojson import plain
from ui.map.drawn import Asked, Drawn
from ui.parts import charts, problem, sentence
from ui.parts.ask import select
from ui.parts.export import TYPES, buttons, offer
from ui.parts.markup import answered, figures, grouped, heading, listing, method, numbers, paragraph, pill, table
from ui.session import browser, monitor, person
from ui.words import TARGET_GROUPS, TARGET_KINDS, language, pick, say

__all__ = ["show"]

SHOWN = 12
"""Alerts listed before the rest is only counted."""


def show(asked: Asked) -> Drawn:
    """Show how far the plan is."""
    workspace, history = asked.workspace, monitor.kept()
    held = [one for one, gone in history if not gone]
    if "monitor_year" not in st.session_state:
        st.session_state.monitor_year = max((one.year for one in held), default=TARGET_YEAR)
    if said := monitor.problem():
        st.warning(pick(said))
    year = st.segmented_control(say("monitor_year"), YEARS, key="monitor_year", required=True)
    tolerance = float(st.session_state.get("monitor_tolerance", TOLERANCE * 100)) / 100
    answer = answers.monitored(workspace, held, year, tolerance=tolerance)
    targets = answer["targets"]
    lights = {str(k): int(n) for k, n in targets["light"].value_counts().items()}
    behind = [Text(str(r["name"]), str(r.get("name_en") or r["name"])) for r in targets[targets["light"] == "red"].to_dict("records")]  # fmt: skip
    answered(pick(sentence.monitored(lights, behind)), pick(answer.title), basis=answer.basis)
    figures([_light(targets, light, tone) for light, tone in (("green", "good"), ("amber", ""), ("red", "bad"), ("grey", ""))])  # fmt: skip
    _alerts(answer["alerts"], int(answer.parameters["year"]))
    _one(targets, history, answer["alerts"])
    with st.expander(say("monitor_overview")):
        _overview(answer["summary"])
    heading(say("monitor_list"))
    _list(targets)
    if person.may("save"):
        with st.expander(say("monitor_import")):
            _import(workspace.targets, history)
    with st.expander(say("how")):
        st.number_input(say("monitor_tolerance") + " %", 0.0, 50.0, TOLERANCE * 100, 1.0, key="monitor_tolerance")
        method(pick(answer.method), answer.sources)
    buttons(workspace, answer, ("targets", "summary", "alerts", "actuals"), kinds=("csv", "xlsx"))
    offer("JSON", "json", f"monitored_{year}", partial(_json, answer), key="get-monitored-json")
    return Drawn()


def _json(answer: Answer) -> bytes:
    return json.dumps(plain(as_data(answer)), ensure_ascii=False, indent=1, allow_nan=False).encode()


def _light(targets: pd.DataFrame, light: str, tone: Any) -> Any:
    rows = targets["light"] == light
    binding = int((rows & (targets["kind"] == BINDING)).sum()) if "kind" in targets else 0
    return (
        say(f"light_{light}"),
        str(int(rows.sum())),
        "",
        say("monitor_binding", n=binding),
        tone if rows.any() else "",
    )


def _alerts(alerts: pd.DataFrame, year: int) -> None:
    """List what needs somebody; numbers that are merely not there are counted."""
    urgent, missing = alerts[alerts["what"] != "missing"], alerts[alerts["what"] == "missing"]
    heading(say("monitor_alerts", n=len(urgent)))
    if len(urgent):
        heads = (say("monitor_what"), say("target_name"), say("monitor_why"))
        rows = urgent.head(SHOWN).to_dict("records")
        table(heads, [(say(f"alert_{row['what']}"), _name(row), row[f"text_{language()}"]) for row in rows])
    elif missing.empty:
        paragraph(say("monitor_no_alerts"))
    if len(missing):
        paragraph(say("monitor_missing", n=len(missing), year=year))


def _overview(summary: pd.DataFrame) -> None:
    lights = ("green", "amber", "red", "grey")
    rows = [
        (_group(row), _kind(row), [(str(row[light]), "", "") for light in lights]) for row in summary.to_dict("records")
    ]
    numbers(["", *(say(f"light_{light}") for light in lights)], rows)  # type: ignore[arg-type]


def _list(targets: pd.DataFrame) -> None:
    """Show every row, narrow enough for the panel: name, light and progress above; what was reached, the way, the rule below."""
    rows = []
    for row in targets.to_dict("records"):
        done = f"{row['progress']:.0%}" if pd.notna(row["progress"]) else ""
        ahead = [
            say("monitor_needs", value=_said(row["required"])) if pd.notna(row["required"]) else "",
            say("monitor_forecast_is", value=_said(row["forecast"])) if pd.notna(row["forecast"]) else "",
        ]  # fmt: skip
        way = say("monitor_way", base=_said(row["baseline_2020"]), target=_goal(row))
        rule = " · ".join(t for t in (row[f"rule_{language()}"], *ahead) if t)
        rows.append((_name(row), " · ".join(t for t in (say(f"light_{row['light']}"), done) if t), (_actual(row), way, rule)))  # fmt: skip
    with st.container(height=420, border=True, key="monitor_rows"):
        grouped((say("monitor_actual"), say("monitor_base_target"), say("monitor_rule")), rows)


def _one(targets: pd.DataFrame, history: monitor.History, alerts: pd.DataFrame) -> None:
    """Show one indicator: its numbers, its chart, what was entered, and the fields to enter more."""
    rows = {str(row["indicator_id"]): row for row in targets.to_dict("records")}
    start = list(rows).index(str(alerts["indicator_id"].iloc[0])) if len(alerts) else 0  # what needs somebody first
    key = select(
        say("monitor_open"),
        tuple(rows),
        "monitor_indicator",
        lambda k: f"{k} {_name(rows[k])}",
        start=start,
    )
    row = rows[str(key)]
    mine = [(one, gone) for one, gone in history if one.indicator_id == key]
    with st.container(border=True):
        heading(_name(row), str(row.get("basis", "")))
        paragraph(say("monitor_said", light=say(f"light_{row['light']}"), rule=row[f"rule_{language()}"]))
        unit = str(row.get("unit" if language() == "zh" else "unit_en") or "")
        told = [
            (say("target_kind"), _kind(row)),
            (say("target_baseline_2020"), _said(row["baseline_2020"], unit)), (say("target_target_2025"), _said(row["target_2025"], unit)),
            (say("monitor_actual"), _actual(row)), (say("monitor_pace"), _said(row["pace"], unit)),
            (say("monitor_required"), _said(row["required"], unit)), (say("monitor_forecast"), _said(row["forecast"], unit)),
        ]  # fmt: skip
        listing([(name, text, "") for name, text in told if text])
        if row["computed_zh"]:
            st.html(f"{pill(row['computed_basis'])}")
            listing([(f"{say('monitor_computed')} · {row[f'computed_{language()}']}", _said(row["computed"], unit), "bad" if row["differs"] else "")])  # fmt: skip
            if pd.notna(row["difference"]):
                told_apart = f"{row['difference']:+,.6g} {unit}".strip()
                listing([(say("monitor_difference"), told_apart, "bad" if row["differs"] else "good")])
        points = _points(row, {one.year: one.value for one, gone in mine if not gone and one.value is not None})
        if len(points) > 1:
            st.html(charts.pace_lines(points, unit))
        if person.may("save"):
            _fields(str(key), row, unit, targets, len(history))
        else:
            paragraph(say("monitor_viewer"))
        _history(mine)


def _points(row: Mapping[str, Any], values: Mapping[int, float]) -> pd.DataFrame:
    """Return the lines of the chart: year, value, what (plan, actual, forecast)."""
    base, target = (pd.to_numeric(row[name], errors="coerce") for name in ("baseline_2020", "target_2025"))
    actual = [(year, value, "actual") for year, value in sorted(values.items())]
    plan = []
    if row["measure"] == "level":
        ends = [(2020, base)] if row.get("comparable") != 0 and pd.notna(base) else []
        actual = [*((year, value, "actual") for year, value in ends), *actual]
        plan = [(year, value, "plan") for year, value in (*ends, (TARGET_YEAR, target))]
    elif row["measure"] == "rate":
        plan = [(year, target, "plan") for year in (YEARS[0], TARGET_YEAR)]
    elif row["measure"] == "sum":
        running = pd.Series(dict(sorted(values.items())), dtype=float).cumsum()
        actual = [(2020, 0.0, "actual"), *((year, value, "actual") for year, value in running.items())]
        plan = [(2020, 0.0, "plan"), (TARGET_YEAR, target, "plan")]
    ahead = []
    if pd.notna(row["forecast"]) and actual and actual[-1][0] < TARGET_YEAR:
        ahead = [(actual[-1][0], actual[-1][1], "forecast"), (TARGET_YEAR, row["forecast"], "forecast")]
    return pd.DataFrame([*plan, *actual, *ahead], columns=["year", "value", "what"])


def _fields(key: str, row: Mapping[str, Any], unit: str, targets: pd.DataFrame, seen: int) -> None:
    left, right = st.columns(2, gap="small")
    default = YEARS.index(int(st.session_state.monitor_year))
    left.selectbox(say("monitor_of_year"), YEARS, index=default, key=f"monitor_of_year_{key}")
    if row["measure"] == "task":
        right.selectbox(
            say("monitor_state"),
            STATES,
            index=None,
            key=f"monitor_state_{key}",
            placeholder=say("monitor_choose"),
            format_func=lambda s: say(f"state_{s}"),
        )
    else:
        right.number_input(say("monitor_value", unit=unit), value=None, key=f"monitor_value_{key}", format="%0.6g")
    left.text_input(say("monitor_source"), key=f"monitor_source_{key}")
    right.text_input(say("monitor_note"), key=f"monitor_note_{key}")
    st.button(
        say("monitor_enter"),
        key="monitor_enter",
        type="primary",
        width="stretch",
        on_click=monitor.enter,
        args=(key, targets, seen),
    )


def _history(mine: monitor.History) -> None:
    heading(say("monitor_history"))
    if not mine:
        paragraph(say("monitor_none_entered"))
    for one, gone in reversed(mine):
        left, right = st.columns([78, 22], vertical_alignment="center")
        value = say(f"state_{one.state}") if one.state else _said(one.value)
        told = say(
            "monitor_by",
            year=one.year,
            value=value,
            who=one.who or say("somebody"),
            when=browser.local_time(one.made),
        )
        left.text(
            " · ".join(t for t in (told, one.source, one.note, say("monitor_gone", who=gone) if gone else "") if t)
        )
        if not gone and person.may("save"):
            right.button(
                say("monitor_undo"), key=f"monitor_undo_{one.number}", on_click=monitor.take_back, args=(one.batch,)
            )


def _import(targets: pd.DataFrame, history: monitor.History) -> None:
    """Offer the template; read a filled one, show what changes, and take it when told to."""
    empty = template(targets)
    for column, kind, made in zip(
        st.columns(2), ("CSV", "XLSX"), (partial(tables.csv_bytes, empty), partial(tables.xlsx_bytes, {SHEET: empty})), strict=True
    ):  # fmt: skip
        column.download_button(say("monitor_template", kind=kind), made, f"actuals.{kind.lower()}", TYPES[kind.lower()],
                               key=f"monitor_template_{kind}", on_click="ignore", width="stretch")  # fmt: skip
    file = st.file_uploader(say("monitor_file"), key=f"monitor_file_{st.session_state.get('monitor_round', 0)}")
    if file is None:
        return
    with tempfile.TemporaryDirectory(prefix="zoneplan-upload-") as folder:
        path = Path(folder) / "upload"
        path.write_bytes(file.getvalue())
        read = read_actuals(path, targets, name=file.name)
    problem.findings(read.findings)
    if not read.accepted:
        return
    new = monitor.changes(read.rows, history)
    if not new:
        paragraph(say("monitor_same"))
        return
    paragraph(say("monitor_preview", n=len(new)))
    heads = (say("target_name"), say("monitor_of_year"), say("monitor_before"), say("monitor_after"))
    table(heads, [(one.indicator_id, str(one.year), _value(old), _value(one)) for one, old in new])
    # Counted in entries of the store, as it checks them: those taken back count too.
    st.button(
        say("monitor_take"),
        key="monitor_take",
        type="primary",
        on_click=monitor.take,
        args=([one for one, _ in new], targets, monitor.seen()),
    )


def _group(row: Mapping[str, Any]) -> str:
    group = str(row.get("category") or "")
    return pick(TARGET_GROUPS[group]) if group in TARGET_GROUPS else group


def _kind(row: Mapping[str, Any]) -> str:
    kind = str(row.get("kind") or "")
    return pick(TARGET_KINDS[kind]) if kind in TARGET_KINDS else kind


def _goal(row: Mapping[str, Any]) -> str:
    """Return the target: a number, a task in the plan's words, or that it is not known."""
    told = row["target_2025"]
    task = isinstance(told, str) and bool(told.strip()) and pd.isna(pd.to_numeric(told, errors="coerce"))
    return say("monitor_task") if task else _said(told)


def _value(one: Any) -> str:
    return "—" if one is None else say(f"state_{one.state}") if one.state else _said(one.value)


def _actual(row: Mapping[str, Any]) -> str:
    if row["state"]:
        return say(f"state_{row['state']}")
    return (
        say("monitor_unknown")
        if pd.isna(row["actual"])
        else say("noted", text=_said(row["actual"]), note=row["actual_year"])
    )


def _said(value: Any, unit: str = "", *, unknown: str | None = None) -> str:
    found = pd.to_numeric(value, errors="coerce")
    if pd.isna(found):
        return say("monitor_unknown") if unknown is None else unknown
    return f"{float(found):,.6g} {unit}".strip()


def _name(row: Mapping[str, Any]) -> str:
    english = row.get("name_en")
    return str(english) if language() == "en" and isinstance(english, str) and english else str(row.get("name", ""))
