"""Errors of the core, and the findings that explain bad input.

::

    PlanError(Exception)
    ├── InputError(PlanError, ValueError)      bad input: carries findings with file, row and field
    │   └── NotMeasuredError(InputError)       nobody chose by what the place is measured
    ├── CrsError(PlanError, ValueError)        two layers that must not meet, or an unknown reference system
    └── InfeasibleError(PlanError)             no answer exists: says what is short by how much
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal

from geo.text import Text

__all__ = ["CrsError", "Finding", "InfeasibleError", "InputError", "NotMeasuredError", "PlanError"]

Level = Literal["error", "warning", "info"]


@dataclass(frozen=True)
class Finding:
    """One thing found in the input, said in both languages.

    ``row`` is the 1-based data row of the file (header not counted), or None for the whole file.
    ``text_zh`` and ``text_en`` say what is wrong **and what to do**.

    Examples
    --------
    >>> found = Finding("error", "人数不能为负", "people cannot be negative", "people", 3, "people")
    >>> found.file, found.row, found.field
    ('people', 3, 'people')
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
        """Return the finding as plain data.

        Examples
        --------
        >>> Finding("info", "好", "fine").as_dict()["text_en"]
        'fine'
        """
        return asdict(self)


class PlanError(Exception):
    """Any error that a planner can understand and mend; ``text`` says it in Chinese and in English.

    Examples
    --------
    >>> PlanError(Text("没有学校", "no school")).text.en
    'no school'
    """

    def __init__(self, text: Text) -> None:
        self.text = text
        super().__init__(str(text))

    def __reduce__(self) -> tuple[Any, ...]:
        """Return how to make it again in another process, with what it carries."""
        return _again, (type(self), self.args, self.__dict__)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was found, one by one; a plain error is one finding.

        Examples
        --------
        >>> PlanError(Text("没有学校", "no school")).findings[0].text_en
        'no school'
        """
        return (Finding("error", *self.text),)


class InputError(PlanError, ValueError):
    """The input is wrong; ``findings`` name file, row, field, reason and remedy.

    Examples
    --------
    >>> error = InputError([Finding("error", "学位不能为负", "seats cannot be negative", "schools.csv", 3, "seats")])
    >>> print(error)
    schools.csv, 第 3 行 row 3, 字段 field seats: 学位不能为负 / seats cannot be negative
    """

    def __init__(self, findings: Text | Iterable[Finding]) -> None:
        if isinstance(findings, Text):
            super().__init__(findings)
            self._findings: tuple[Finding, ...] = (Finding("error", *findings),)
            return
        self._findings = tuple(findings)
        super().__init__(
            Text("\n".join(f.text_zh for f in self._findings), "\n".join(f.text_en for f in self._findings))
        )
        self.args = ("\n".join(str(f) for f in self._findings),)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was found, one by one.

        Examples
        --------
        >>> InputError(Text("没有学校", "no school")).findings[0].level
        'error'
        """
        return self._findings


class NotMeasuredError(InputError):
    """The place goes by no standard, and nobody gave a distance: whoever asks knows how one is given there.

    Examples
    --------
    >>> NotMeasuredError(Text("未选用标准", "no standard chosen")).findings[0].text_en
    'no standard chosen'
    """


class CrsError(PlanError, ValueError):
    """A coordinate reference system is missing, unknown, or differs between two layers.

    Examples
    --------
    >>> raise CrsError(Text("没有坐标系", "no reference system"))
    Traceback (most recent call last):
        ...
    geo.errors.CrsError: ...no reference system
    """


class InfeasibleError(PlanError):
    """No answer exists. ``shortage`` says by how much (people, pupils or sites).

    Examples
    --------
    >>> InfeasibleError(Text("少 3 处", "3 sites short"), shortage=3).shortage
    3
    """

    def __init__(self, text: Text, *, shortage: float = float("nan")) -> None:
        self.shortage = shortage
        super().__init__(text)


def _again(kind: type[PlanError], args: tuple[Any, ...], content: dict[str, Any]) -> PlanError:
    error = kind.__new__(kind)
    error.args = args
    error.__dict__.update(content)
    return error
