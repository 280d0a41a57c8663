"""The table of yearly actuals that a planner fills in: read in the locked-in child, understood here, row by row.

Two forms are taken: long (``indicator_id``, ``year``, ``value`` …) and wide (``indicator_id``, then a column a year); the
template is wide. Rows without an id are found by the indicator's name.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from geo.errors import Finding
from geo.monitor import STATES, YEARS, Actual, check_actuals, measure_of
from layers.incoming.child import sandbox
from layers.incoming.copies import RefusedHereError, copied
from layers.incoming.meaning.columns import ACTUALS
from layers.incoming.outcome import failure
from layers.incoming.parent import seconds_for
from layers.incoming.rows.text import key_of
from layers.incoming.rows.values import is_blank, number

__all__ = ["EXTENSIONS", "SHEET", "ReadActuals", "read_actuals", "template"]

EXTENSIONS = (".csv", ".xlsx", ".tsv")
SHEET = "actuals"
"""The sheet of the template; a workbook with several sheets is read where one has this name."""
ASKED = {name: name for name in ("value", "数值", *(f"{year}{end}" for year in YEARS for end in ("", "年")))}
"""Columns of numbers: a formula there without a stored value keeps the file out."""
_YEAR = re.compile(r"(20\d\d)(?:年|年度|年实际|实际|\.0)?")


@dataclass(frozen=True)
class ReadActuals:
    """What a file says: its actuals, or none and why."""

    rows: tuple[Actual, ...]
    findings: tuple[Finding, ...]

    @property
    def accepted(self) -> bool:
        """Whether there is something to take and nothing wrong."""
        return bool(self.rows) and all(f.level != "error" for f in self.findings)


def template(targets: pd.DataFrame) -> pd.DataFrame:
    """Return the empty table to fill in: every indicator with its unit, baseline and target, a column a year."""
    kept = targets[
        [c for c in ("indicator_id", "name", "unit", "kind", "baseline_2020", "target_2025") if c in targets]
    ]
    empty = {str(year): [None] * len(kept) for year in YEARS} | {
        "source": [None] * len(kept),
        "note": [None] * len(kept),
    }
    return kept.assign(**empty)


def read_actuals(path: str | os.PathLike[str], targets: pd.DataFrame, *, name: str | None = None) -> ReadActuals:
    """Return the actuals of a CSV or XLSX; never raises for a bad file: then the findings say why, row by row.

    Parameters
    ----------
    name
        The file's name as the planner knows it.
    """
    source = Path(path)
    called = (name or source.name).encode("utf-8", "replace").decode("utf-8")
    extension = Path(called).suffix.lower()
    if extension not in EXTENSIONS:
        return _refused(
            "实际值请用 CSV 或 XLSX（可下载模板）", "give the actuals as CSV or XLSX (there is a template)", called
        )
    with tempfile.TemporaryDirectory(prefix="zoneplan-") as folder:
        try:
            file, _, _ = copied(source, Path(folder), extension)
            size = sum(p.stat().st_size for p in Path(folder).iterdir())
            task = {"do": "table", "file": file, "layer": "actuals", "answers": {"columns": ASKED}}
            told = sandbox.run(task, folder, seconds=seconds_for(size))
            if any(SHEET in (c[0] for c in q["choices"]) for q in told["questions"]):
                task["answers"] = {"columns": ASKED, "sheet": SHEET}
                told = sandbox.run(task, folder, seconds=seconds_for(size))
        except RefusedHereError as refused:
            return ReadActuals((), (Finding("error", *refused.text, called),))
        except sandbox.ChildFailedError as failed:
            return ReadActuals((), (failure(failed, called),))
    found = tuple(Finding(**{**f, "file": called}) for f in told["findings"])
    if told["questions"]:
        return _refused(
            "Excel 有多个工作表；请只保留要填报的一个",
            "the workbook has several sheets; keep only the one to enter",
            called,
        )
    if "rows" not in told:
        return ReadActuals((), found)
    rows, wrong, lines = _understood(told, targets, called)
    wrong += list(check_actuals(rows, targets, file=called, lines=lines))
    if not rows and not wrong:
        return _refused("表中没有填任何数", "nothing is filled in", called)
    return ReadActuals(tuple(rows), (*wrong, *found))


def _refused(zh: str, en: str, file: str) -> ReadActuals:
    return ReadActuals((), (Finding("error", zh, en, file),))


def _understood(
    told: Mapping[str, Any], targets: pd.DataFrame, file: str
) -> tuple[list[Actual], list[Finding], list[int]]:
    keys = [key_of(str(n)) for n in told["names"]]
    at = {what: next((keys.index(k) for k in known if k in keys), None) for what, known in ACTUALS.items()}
    years = {i: int(m.group(1)) for i, k in enumerate(keys) if (m := _YEAR.fullmatch(k))}
    if (at["indicator_id"] is None and at["name"] is None) or (at["year"] is None and not years):
        zh = f"缺列：须有 indicator_id（指标编号），及 year、value 或 {YEARS[0]}…{YEARS[-1]} 各年列；现有：{'、'.join(told['names'])[:200]}"
        en = f"columns are missing: indicator_id, and year with value or a column for each of {YEARS[0]} to {YEARS[-1]}"
        return [], [Finding("error", zh, en, file)], []
    measures = {str(r["indicator_id"]): measure_of(r) for r in targets.to_dict("records")}
    ids = {key_of(str(n)): str(i) for i, n in zip(targets["indicator_id"], targets["name"], strict=True)}
    rows: list[Actual] = []
    wrong: list[Finding] = []
    lines: list[int] = []
    for line, cells in zip(told["lines"], told["rows"], strict=True):
        texts = {what: _text(cells, i) for what, i in at.items()}
        key = texts["indicator_id"] or ids.get(key_of(texts["name"]), texts["name"])
        beside = (texts["source"], texts["note"])
        if at["year"] is None:
            given = [(y, cells[i], "", str(y)) for i, y in years.items() if not is_blank(cells[i])]
        else:
            year = number(cells[at["year"]])[0]
            if year is None or year != int(year):
                wrong.append(
                    Finding(
                        "error",
                        "年份不是整数；请写如 2023",
                        "the year is no whole number; write 2023",
                        file,
                        line,
                        "year",
                    )
                )
                continue
            given = [(int(year), None if at["value"] is None else cells[at["value"]], texts["state"], "value")]
        for year, cell, state, column in given:
            word = str(cell).strip() if isinstance(cell, str) else ""
            if measures.get(key) == "task" and word in STATES:
                rows.append(Actual(key, year, None, word, *beside))
            elif (value := number(cell))[1] == "bad":
                zh = f"“{str(cell)[:40]}”不是数；只填数字，单位见模板"
                if measures.get(key) == "task":
                    zh = f"“{str(cell)[:40]}”不可用；任务请填：{'、'.join(STATES)}"
                wrong.append(
                    Finding(
                        "error",
                        zh,
                        f"'{str(cell)[:40]}' is no number; write the number alone, or of a task {', '.join(STATES)}",
                        file,
                        line,
                        column,
                    )
                )
                continue
            elif value[0] is None and not state:
                continue  # an empty cell says nothing
            else:
                rows.append(Actual(key, year, value[0], state, *beside))
            lines.append(line)
    return rows, wrong, lines


def _text(cells: Sequence[Any], at: int | None) -> str:
    return "" if at is None or is_blank(cells[at]) else str(cells[at]).strip()
