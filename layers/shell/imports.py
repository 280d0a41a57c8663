"""``zoneplan import``: what was found in a file and what would become of its rows, as data or as sentences for people."""

from __future__ import annotations

import sys
from typing import Any

from layers import incoming
from layers.store import take

__all__ = ["found", "planned"]

SHOWN_CHANGES = 60
"""Rows of an import that are printed; all of them with ``--json``."""


def planned(plan: take.Preview, *, sentences: bool) -> dict[str, Any]:
    """Return what would become of the rows: counts, the rows that change, what is open; printed first for people."""
    changes = _changes(plan)
    findings = [f.as_dict() for f in plan.findings]
    waiting = [
        {"key": o.key, "text_zh": o.text.zh, "text_en": o.text.en, "choices": [[value, *words] for value, words in o.choices]}
        for o in plan.merged.open
    ]  # fmt: skip
    told = {"mode": plan.merged.mode, "part": plan.part, "counts": plan.counts(), "alarm": plan.alarm, "pairs": waiting}
    if not sentences:
        return {**told, "changes": changes, "plan_findings": findings}
    print(" ".join(f"{key} {count:,}" for key, count in plan.counts().items()))
    for row in changes[:SHOWN_CHANGES]:
        fields = "; ".join(f"{column}: {before} → {after}" for column, (before, after) in row["fields"].items())
        print(f"{row['change']:9} {row['id'] or ''} {row['name'] or ''} {row['how']} {fields}".rstrip())
    if len(changes) > SHOWN_CHANGES:
        print(f"… 另有 {len(changes) - SHOWN_CHANGES} 行，--json 列出全部 / and {len(changes) - SHOWN_CHANGES} more")
    for finding in plan.findings:
        print(f"{finding.level}: {finding}", file=sys.stderr)
    if plan.alarm is not None:
        print(plan.alarm, file=sys.stderr)
    return told


def _changes(plan: take.Preview) -> list[dict[str, Any]]:
    """Return the rows that would be added, changed or removed, as plain data."""
    rows = plan.merged.rows
    if plan.merged.layer in ("population", "timetable"):  # cells are counted, not listed
        return []
    rows = rows[rows["change"] != "unchanged"].drop(columns=["before", "after"])
    return [{**row, "fields": {c: list(v) for c, v in row["fields"].items()}} for row in rows.to_dict("records")]


def found(read: incoming.Incoming, *, sentences: bool) -> dict[str, Any]:
    """Return what an import found: findings and questions as data, or as sentences for people."""
    if sentences:
        findings: list[Any] = [
            f"{f.level}: {f.row or ''} {f.field or ''} {f.text_zh} / {f.text_en}" for f in read.findings
        ]
        questions: list[Any] = [
            f"{q.key}: {q.text_zh} / {q.text_en} (--answer {q.key}={q.guess})" for q in read.questions
        ]
    else:
        findings = [f.as_dict() for f in read.findings]
        questions = [
            {"key": q.key, "text_zh": q.text_zh, "text_en": q.text_en, "choices": list(map(list, q.choices)), "guess": q.guess}
            for q in read.questions
        ]  # fmt: skip
    rows = 0 if read.frame is None else len(read.frame)
    return {
        "file": read.file, "layer": read.layer, "sha256": read.sha256, "accepted": read.accepted, "rows": rows,
        "findings": findings, "questions": questions,
    }  # fmt: skip
