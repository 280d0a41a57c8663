"""``zoneplan monitor …``: the yearly actuals of a workspace and how far the plan is, each command as one function."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from geo import answers
from geo.answers import Answer
from geo.errors import Finding, InputError
from geo.monitor import STATES, Actual
from geo.text import Text
from geo.workspace import Workspace
from layers.incoming.actuals import SHEET, read_actuals, template
from layers.store import actuals
from layers.store.place import plans_of
from layers.write import tables

__all__ = ["add", "answer", "held", "history", "printable", "take", "take_back", "write_template"]


def answer(folder: Path, workspace: Workspace, year: int | None, tolerance: float) -> Answer:
    """Return how far the plan is, from what is kept for the workspace."""
    return answers.monitored(workspace, held(folder), year, tolerance=tolerance)


def held(folder: Path) -> list[Actual]:
    """Return what was entered for the workspace and not taken back."""
    return actuals.entered(plans_of(folder)[0])


SHORT = ("indicator_id", "name", "unit", "kind", "baseline_2020", "target_2025", "actual", "actual_year", "progress", "required", "forecast", "light", "rule_zh")  # fmt: skip


def printable(told: Answer) -> Answer:
    """Return the answer with the columns that a terminal has room for; JSON and files have all."""
    targets = told["targets"]
    return dataclasses.replace(told, tables={**told.tables, "targets": targets[[c for c in SHORT if c in targets]]})


def add(
    folder: Path, workspace: Workspace, indicator: str, year: int, value: str, *, who: str, source: str, note: str
) -> list[dict[str, Any]]:
    """Enter one actual; of a task a state is given instead of a number."""
    try:
        number, state = (None, value) if value in STATES else (float(value), "")
    except ValueError:
        raise InputError(
            Text(
                f"“{value}”不是数；任务请写：{'、'.join(STATES)}",
                f"'{value}' is no number; of a task write {', '.join(STATES)}",
            )
        ) from None
    row = Actual(indicator, year, number, state, source, note)
    return _plain(actuals.enter(plans_of(folder)[0], [row], workspace.targets, who=who))


def take(
    folder: Path, workspace: Workspace, file: Path, *, who: str, yes: bool
) -> tuple[list[dict[str, Any]], tuple[Finding, ...]]:
    """Return what a file changes, and take it where ``yes``; nothing is taken of a file with errors."""
    read = read_actuals(file, workspace.targets)
    if not read.accepted:
        raise InputError(read.findings)
    store = plans_of(folder)[0]
    seen = len(store.comments(actuals.ACTUALS))
    new = actuals.changes(read.rows, actuals.entered(store))
    if yes and new:
        actuals.enter(store, [one for one, _ in new], workspace.targets, who=who, seen=seen)
    rows = [
        {"indicator_id": one.indicator_id, "year": one.year, "before": None if old is None else old.value if old.value is not None else old.state,
         "after": one.value if one.value is not None else one.state, "taken": yes}
        for one, old in new
    ]  # fmt: skip
    return rows, read.findings


def take_back(folder: Path, batch: str, *, who: str) -> list[dict[str, Any]]:
    """Take back what one operation entered, and return what holds now."""
    store = plans_of(folder)[0]
    actuals.take_back(store, batch, who=who)
    return _plain(actuals.entered(store))


def history(folder: Path) -> list[dict[str, Any]]:
    """Return everything ever entered, with who took it back."""
    return [{**dataclasses.asdict(one), "taken_back": gone} for one, gone in actuals.history(plans_of(folder)[0])]


def write_template(workspace: Workspace, out: Path) -> list[dict[str, Any]]:
    """Write the empty table to fill in, as CSV or XLSX by its name."""
    table = template(workspace.targets)
    if out.suffix.lower() == ".xlsx":
        tables.write_xlsx({SHEET: table}, out)
    else:
        tables.write_csv(table, out)
    return [{"file": str(out), "rows": len(table)}]


def _plain(rows: list[Actual]) -> list[dict[str, Any]]:
    return [dataclasses.asdict(one) for one in rows]
