"""What a reader gives back before its meaning is known: rows as they stood in the file, and their shapes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from geo.errors import Finding

__all__ = ["OpenQuestionError", "Question", "RefusedError", "Table", "error", "info", "warning"]


@dataclass(frozen=True)
class Question:
    """Something that the file does not say: answer it by ``answers={key: value}``.

    ``choices`` holds (value, Chinese, English); ``guess`` is the value to preselect. ``samples`` holds, by the value of
    a choice, where it would put some of the file's points (lon, lat) [WGS84 degrees]: drawn beside the question.
    """

    key: str
    text_zh: str
    text_en: str
    choices: tuple[tuple[str, str, str], ...]
    guess: str | None
    samples: tuple[tuple[str, tuple[tuple[float, float], ...]], ...] = ()


@dataclass
class Table:
    """Rows of a file.

    ``rows`` hold None, bool, int, float or str; ``shapes`` one geometry (or None) a row, or None where the
    rows carry their coordinates in columns. ``crs`` is what the file declares (anything that PROJ reads), or
    None; ``crs_from`` says where that stands. ``lines`` are the 1-based data rows of the file.
    """

    columns: list[str]
    rows: list[list[Any]]
    shapes: list[Any] | None
    crs: str | None = None
    crs_from: str = ""
    lines: list[int] = field(default_factory=list)
    notes: list[Finding] = field(default_factory=list)
    degrees: bool = False
    """Whether the column names say longitude and latitude (but not of which datum)."""
    hint: str = ""
    """Words of the file that may tell the web map it came from."""
    above: str = ""
    """What stands above the header: a title may give the unit of the whole table."""
    vouched: set[str] = field(default_factory=set)
    """Columns whose numbers the planner says are what they shall be, whatever unit their headers name."""

    def __post_init__(self) -> None:
        """Give the rows their numbers where the reader did not."""
        if not self.lines:
            self.lines = list(range(1, len(self.rows) + 1))


class RefusedError(Exception):
    """The file is not taken; the findings say why and what to do."""

    def __init__(self, *findings: Finding) -> None:
        self.findings = findings
        super().__init__("; ".join(f.text_en for f in findings))


class OpenQuestionError(Exception):
    """The file cannot be understood before these questions are answered."""

    def __init__(self, questions: Sequence[Question], findings: Sequence[Finding] = ()) -> None:
        self.questions, self.findings = tuple(questions), tuple(findings)
        super().__init__(", ".join(q.key for q in questions))


def error(zh: str, en: str, row: int | None = None, field: str | None = None) -> Finding:
    """Return a finding that keeps the file out."""
    return Finding("error", zh, en, None, row, field)


def warning(zh: str, en: str, row: int | None = None, field: str | None = None) -> Finding:
    """Return a finding that the planner must see."""
    return Finding("warning", zh, en, None, row, field)


def info(zh: str, en: str, row: int | None = None, field: str | None = None) -> Finding:
    """Return a finding that only informs."""
    return Finding("info", zh, en, None, row, field)
