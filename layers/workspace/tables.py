"""A table (CSV) of a workspace → rows with their numbers, or what is wrong with it."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pandas as pd

from geo.errors import Finding
from geo.services import SERVICES, STAGES
from layers.home import SHIPPED

__all__ = ["read_table"]

DEFAULT_RULES = SHIPPED / "standards.csv"
NUMBERS = {
    "targets": ("baseline_2020", "target_2025"),
    "standards": ("radius_m", "walk_minutes", "class_size", "seats_per_1000", "default"),
}
INCOMPARABLE = "不可比|not comparable|sum|rate|累计|增速"
SEATS = "学位"


def read_table(folder: Path, name: str, findings: list[Finding]) -> pd.DataFrame | None:
    """Return a table, empty where there is none (of standards those that ship); what is wrong goes into ``findings``."""
    path = folder / f"{name}.csv"
    if not path.is_file():
        if name == "standards":
            path = DEFAULT_RULES
        if not path.is_file():
            return pd.DataFrame()
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.DictReader(stream))
            header = list(rows[0]) if rows else []
    except (UnicodeDecodeError, csv.Error) as error:
        findings.append(
            Finding("error", f"无法按 UTF-8 CSV 读取：{error}", f"cannot be read as UTF-8 CSV: {error}", path.name)
        )
        return None
    table = pd.DataFrame(rows, columns=header or None, dtype=object)
    for column in NUMBERS.get(name, ()):
        if column in table:
            table[column] = _numbers(table[column], path.name, column, findings, strict=name == "standards")
    return _marked(table) if name == "targets" and len(table) else table


def _marked(targets: pd.DataFrame) -> pd.DataFrame:
    """Return the targets with ``service`` (the stage whose seats the row counts) and ``comparable`` (1, or 0).

    Tables written before these columns existed say the same in words; the core matches no words, so this door does.
    """
    out = targets.copy()
    if "service" not in out and {"name", "sub_item"} <= set(out.columns):
        stages = {SERVICES[stage].name_zh: stage for stage in STAGES}
        out["service"] = out["sub_item"].map(stages).where(out["name"].fillna("").str.contains(SEATS))
    if "comparable" not in out:
        out["comparable"] = (
            ~out.get("conflict", pd.Series("", out.index)).fillna("").str.contains(INCOMPARABLE)
        ).astype(int)
    out["comparable"] = pd.to_numeric(out["comparable"], errors="coerce").fillna(1).astype(int)
    return out


def _numbers(values: pd.Series, file: str, column: str, findings: list[Finding], *, strict: bool) -> pd.Series:
    """Return the numbers of a text column; plan targets may be words, standards may not."""
    out = []
    for row, text in enumerate(values.fillna("").astype(str), start=1):
        try:
            out.append(float(text) if text.strip() else np.nan)
        except ValueError:
            out.append(np.nan)
            if strict:
                findings.append(Finding("error", f"“{text}”不是数字", f"'{text}' is not a number", file, row, column))
    if not strict:  # the plan's words ("完成新区下达任务") stay beside the number
        return values
    return pd.Series(out, index=values.index, dtype=float)
