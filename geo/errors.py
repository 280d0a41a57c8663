"""Errors of the core, and the findings that explain bad input.

::

    PlanError(Exception)
    ├── InputError(PlanError, ValueError)      bad input: carries findings with file, row and field
    ├── CrsError(PlanError, ValueError)        two layers that must not meet, or an unknown reference system
    └── InfeasibleError(PlanError)             no answer exists: says what is short by how much
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Literal

__all__ = ["CrsError", "Finding", "InfeasibleError", "InputError", "PlanError"]

Level = Literal["error", "warning", "info"]


@dataclass(frozen=True)
class Finding:
    """One thing found in the input, said in both languages.

    ``row`` is the 1-based data row of the file (header not counted), or None for the whole file.
    ``text_zh`` and ``text_en`` say what is wrong **and what to do**.
    """

    level: Level
    text_zh: str
    text_en: str
    file: str | None = None
    row: int | None = None
    field: str | None = None

    def __str__(self) -> str:
        """Return ``file, row 3, field seats: Chinese / English``."""
        where = [str(self.file)] if self.file else []
        where += [f"第 {self.row} 行 row {self.row}"] if self.row is not None else []
        where += [f"字段 field {self.field}"] if self.field else []
        return f"{', '.join(where)}{': ' if where else ''}{self.text_zh} / {self.text_en}"

    def as_dict(self) -> dict[str, object]:
        """Return the finding as plain data."""
        return asdict(self)


class PlanError(Exception):
    """Any error that a planner can understand and mend; the message is in Chinese and English."""


class InputError(PlanError, ValueError):
    """The input is wrong; ``findings`` name file, row, field, reason and remedy."""

    def __init__(self, findings: Iterable[Finding] | str) -> None:
        if isinstance(findings, str):
            zh, _, en = findings.partition(" / ")  # "Chinese / English", so that neither is shown twice
            findings = [Finding("error", zh, en or zh)]
        self.findings: tuple[Finding, ...] = tuple(findings)
        super().__init__("\n".join(str(f) for f in self.findings))


class CrsError(PlanError, ValueError):
    """A coordinate reference system is missing, unknown, or differs between two layers."""


class InfeasibleError(PlanError):
    """No answer exists. ``shortage`` says by how much (people, pupils or sites)."""

    def __init__(self, message: str, *, shortage: float = float("nan")) -> None:
        self.shortage = shortage
        super().__init__(message)
