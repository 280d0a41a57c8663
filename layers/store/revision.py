"""What a revision of a plan is, and the seal by which damage to it is noticed. No file and no server is known here.

``seal`` = SHA-256 of (name, rev, saved_at, who, why, scenario, before), then the operation's id where it has one;
``before`` is the seal of the revision before it (empty for the first). SQLite and PostgreSQL keep the same rows with the
same seals, so that plans moved from one to the other can be compared by their newest seals.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from geo.errors import InputError
from geo.scenario import Scenario
from geo.text import Text

__all__ = [
    "COLUMNS", "DamagedError", "Row", "Rows", "Saved", "damaged", "digest", "first_bad", "is_sound", "missing", "operation", "saved", "sealed", "writable",
]  # fmt: skip

Row = tuple[Any, ...]
COLUMNS = ("name", "rev", "saved_at", "who", "why", "scenario", "before", "seal", "op")
KINDS: tuple[Any, ...] = (str, int, str, str, str, (str, type(None)), str, str, (str, type(None)))


class Rows(Protocol):
    """An open transaction of a store, of either kind: SQL that both understand, ``?`` for each value."""

    unindexed: str
    """What follows the name of a table that is to be read without its indexes."""

    def execute(self, sql: str, values: Sequence[Any] = (), /) -> Any:
        """Run one statement and return its cursor."""


class DamagedError(InputError):
    """What is kept is not what was saved: bits have changed."""


@dataclass(frozen=True)
class Saved:
    """One revision of a scenario; ``scenario`` is None where it was put away, ``saved_at`` is UTC (ISO 8601).

    ``op`` is the id of the operation that saved it (None in stores of before); ``seal`` its own seal.
    """

    name: str
    rev: int
    saved_at: str
    who: str
    why: str
    scenario: Scenario | None
    op: str | None = None
    seal: str = ""


def missing(name: str) -> InputError:
    """Return what to say where there is no such plan."""
    return InputError(Text(f"没有名为“{name}”的方案", f"there is no scenario named '{name}'"))


def writable(what: Text, text: str) -> str:
    """Return a text that every store can keep.

    Raises
    ------
    InputError
        If it has characters that PostgreSQL or UTF-8 cannot keep (NUL, halves of surrogate pairs).
    """
    if any(c == "\0" or "\ud800" <= c <= "\udfff" for c in text):
        raise InputError(
            Text(
                f"{what.zh}含有无法保存的字符，请删去后再保存",
                f"{what.en} has characters that cannot be kept; remove them and save again",
            )
        )
    return text


def digest(values: Iterable[object]) -> str:
    """Return the seal over values: SHA-256 of their JSON."""
    return hashlib.sha256(json.dumps(list(values), ensure_ascii=True).encode()).hexdigest()


def operation(*what: object) -> str:
    """Return the id of an operation that is the same whenever the same is done again: 32 digits over plain data."""
    return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()[:32]


def _seal(row: Row) -> str:
    return digest(row[:7] if row[8] is None else (*row[:7], row[8]))


def sealed(one: Saved, before: str) -> Row:
    """Return a revision as the row that is kept, after the revision with the seal ``before``."""
    text = None if one.scenario is None else json.dumps(one.scenario.as_dict(), ensure_ascii=False)
    row = (one.name, one.rev, one.saved_at, one.who, one.why, text, before, "", one.op)
    return (*row[:7], _seal(row), row[8])


def is_sound(row: Row) -> bool:
    """Return whether a row is what was saved."""
    return all(isinstance(v, k) for v, k in zip(row, KINDS, strict=True)) and _seal(row) == row[7]


def first_bad(rows: Sequence[Row], head: Sequence[Any] | None) -> int | None:
    """Return the first revision of a plan that is not what was saved, None where all are; ``head`` is (rev, seal)."""
    before = ""
    for number, row in enumerate(rows, 1):
        if row[1] != number or row[6] != before or not is_sound(row):
            return number
        before = row[7]
    if head is None:
        return len(rows) or None
    if head[0] != len(rows):
        return len(rows) + 1
    return None if head[1] == before else len(rows)


def saved(row: Row) -> Saved:
    """Return what a row says.

    Raises
    ------
    DamagedError
        If its scenario cannot be read.
    """
    name, rev, at, who, why, text, _, seal, op = row
    try:
        return Saved(name, rev, at, who, why, None if text is None else Scenario.from_dict(json.loads(text)), op, seal)
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        if isinstance(error, InputError):
            raise
        raise damaged(str(name), rev) from error


def damaged(name: str, rev: int | None, whole: int | None = None) -> DamagedError:
    """Return what to say of a damaged revision; ``whole`` is the last one that can be opened."""
    which = ("", "") if rev is None else (f"第 {rev} 版", f", revision {rev},")
    rest = (
        ("请从备份恢复方案库", "restore the store of plans from a backup")
        if whole is None
        else (f"第 {whole} 版完好，可打开后另存为其他名称", f"revision {whole} is whole: open it and save it under another name")
    )  # fmt: skip
    return DamagedError(
        Text(
            f"方案“{name}”{which[0]}已损坏，与保存时不同；{rest[0]}",
            f"the scenario '{name}'{which[1]} is damaged, it is not what was saved; {rest[1]}",
        )
    )
