"""The plan's own text of a workspace, where it brings one: what of its three tables cannot be right."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from geo.errors import Finding
from geo.plantext import missing

__all__ = ["TABLES", "check"]

TABLES = ("plan_text", "quotes", "facts")
NEEDED = {
    "plan_text": ("text",),
    "quotes": ("kind", "id", "field", "quote", "side"),
    "facts": ("id", "group", "what_zh", "clause", "quote"),
}


def check(tables: Mapping[str, pd.DataFrame | None]) -> list[Finding]:
    """Return an error for each column that is not there, and a warning for each quotation that the text does not hold."""
    findings = []
    for name, columns in NEEDED.items():
        table = tables[name]
        if table is None or not len(table):
            continue
        findings += [
            Finding(
                "error", f"缺少必填列“{c}”；请补上这一列", f"the required column '{c}' is missing; add it", f"{name}.csv", None, c
            )
            for c in columns
            if c not in table
        ]  # fmt: skip
    text = tables["plan_text"]
    if findings or text is None or not len(text):
        return findings
    for name in ("quotes", "facts"):
        table = tables[name]
        if table is not None and len(table):
            findings += [
                Finding(
                    "warning",
                    f"规划原文中没有“{table['quote'].iloc[i]}”；请照原文改正",
                    f"the plan does not say '{table['quote'].iloc[i]}'; write it as the plan does",
                    f"{name}.csv", i + 1, "quote",
                )
                for i in missing(text, table["quote"])
            ]  # fmt: skip
    return findings
