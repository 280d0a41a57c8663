"""Comments on a plan, its objects and places: written once, never edited, sealed one by the other like revisions.

A comment is settled by another one that says so and perhaps why; both stay. Each plan's comments are numbered from 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from geo.errors import Finding, InputError
from geo.text import Text
from layers.store.revision import DamagedError, Row, Rows, digest

__all__ = ["ACTUALS", "Note", "add", "add_row", "all_rows", "done_before", "heads", "of", "verify"]

COLUMNS = ("plan", "number", "made", "who", "text", "object_id", "lon", "lat", "settles", "op", "before", "seal")
FIELDS = ", ".join(COLUMNS)
TEXT_MAX = 4000
ACTUALS = " 实施监测"
"""What the record of yearly actuals hangs on (``layers.store.actuals``): no plan, as names of plans begin with no space."""


@dataclass(frozen=True)
class Note:
    """One comment: on an object of the plan, on a place (lon, lat in degrees), or on the plan where it names neither.

    ``settles`` is the number of the comment that this one closes; ``settled`` says that another one has closed it.
    """

    plan: str
    number: int
    made: str
    who: str
    text: str
    object_id: str | None = None
    lon: float | None = None
    lat: float | None = None
    settles: int | None = None
    op: str = ""
    settled: bool = False


def add(db: Rows, asked: Note) -> Note:
    """Add a comment after the last one of its plan, in a transaction; return it with its number.

    Raises
    ------
    InputError
        If it has no text (unless it settles one), is too long, its place is none, or it settles what is not there.
    """
    _fits(asked)
    head = db.execute("SELECT number, seal FROM note_head WHERE plan = ?", (asked.plan,)).fetchone()
    number, before = (int(head[0]) + 1, str(head[1])) if head else (1, "")
    if asked.settles is not None:
        one = next((n for n in of(db, asked.plan) if n.number == asked.settles), None)
        if one is None or one.settles is not None:
            raise InputError(Text(f"没有第 {asked.settles} 条意见", f"there is no comment {asked.settles}"))
        if one.settled:
            raise InputError(Text(f"第 {asked.settles} 条意见已办结", f"comment {asked.settles} is settled already"))
    one = replace(asked, number=number)
    row = (*(getattr(one, name) for name in COLUMNS[:10]), before)
    add_row(db, (*row, digest(row)))
    return one


def add_row(db: Rows, row: Row) -> None:
    """Add a comment as it is, with its seal, in a transaction."""
    db.execute(f"INSERT INTO note ({FIELDS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
    db.execute(
        "INSERT INTO note_head (plan, number, seal) VALUES (?, ?, ?) ON CONFLICT (plan) DO UPDATE SET"
        " number = excluded.number, seal = excluded.seal",
        (row[0], row[1], row[11]),
    )


def done_before(db: Rows, asked: Note) -> Note | None:
    """Return the comment that the same operation has made already, None where it has not."""
    row = db.execute(f"SELECT {FIELDS} FROM note WHERE op = ?", (asked.op,)).fetchone()
    if row is None:
        return None
    found = Note(*row[:10])
    if (found.plan, found.text, found.object_id, found.settles) != (
        asked.plan, asked.text, asked.object_id, asked.settles,
    ):  # fmt: skip
        raise InputError(
            Text(f"操作编号 {asked.op} 已用于另一条意见", f"the operation id {asked.op} was used for another comment")
        )
    return found


def of(db: Rows, plan: str) -> list[Note]:
    """Return the comments of a plan, oldest first; none of them damaged.

    Raises
    ------
    DamagedError
        If one is not what was written.
    """
    rows = all_rows(db, plan)
    bad = _first_bad(rows, db.execute("SELECT number, seal FROM note_head WHERE plan = ?", (plan,)).fetchone())
    if bad is not None:
        raise _damaged(plan, bad)
    settled = {row[8] for row in rows}
    return [replace(Note(*row[:10]), settled=row[1] in settled) for row in rows]


def heads(db: Rows) -> dict[str, str]:
    """Return for each plan with comments the seal of its newest one."""
    return {str(p): str(seal) for p, seal in db.execute("SELECT plan, seal FROM note_head ORDER BY plan").fetchall()}


def verify(db: Rows, file: str) -> Iterator[Finding]:
    """Say the first damaged comment of each plan."""
    known = {row[0]: row[1:] for row in db.execute("SELECT plan, number, seal FROM note_head").fetchall()}
    found = [row[0] for row in db.execute(f"SELECT DISTINCT plan FROM note {db.unindexed}").fetchall()]
    for plan in dict.fromkeys((*known, *found)):
        bad = _first_bad(all_rows(db, plan), known.get(plan))
        if bad is not None:
            yield Finding("error", *_damaged(str(plan), bad).text, file, None, str(plan))


def all_rows(db: Rows, plan: object = None) -> list[Row]:
    """Return the comments of a plan, or of all, oldest first, with their seals."""
    where, values = ("", ()) if plan is None else (" WHERE plan = ?", (plan,))
    return list(db.execute(f"SELECT {FIELDS} FROM note {db.unindexed}{where} ORDER BY plan, number", values).fetchall())


def _first_bad(rows: Sequence[Row], head: Sequence[object] | None) -> int | None:
    before = ""
    for number, row in enumerate(rows, 1):
        if row[1] != number or row[10] != before or _seal(row) != row[11]:
            return number
        before = row[11]
    if head is None:
        return len(rows) or None
    if head[0] != len(rows):
        return len(rows) + 1
    return None if head[1] == before else len(rows)


def _seal(row: Row) -> str:
    return "" if any(isinstance(v, bytes) for v in row) else digest(row[:11])


def _damaged(plan: str, number: int) -> DamagedError:
    if plan == ACTUALS:
        return DamagedError(
            Text(
                f"实施监测的第 {number} 条记录已损坏，与填报时不同；请从备份恢复方案库",
                f"entry {number} of the yearly actuals is damaged, it is not what was written; restore the store of plans from a backup",
            )
        )
    return DamagedError(
        Text(
            f"方案“{plan}”的第 {number} 条意见已损坏，与写下时不同；请从备份恢复方案库",
            f"comment {number} on '{plan}' is damaged, it is not what was written; restore the store of plans from a backup",
        )
    )


def _fits(asked: Note) -> None:
    if not asked.text.strip() and asked.settles is None:
        raise InputError(Text("意见没有内容", "the comment has no text"))
    if len(asked.text) > TEXT_MAX:
        raise InputError(Text(f"意见不超过 {TEXT_MAX} 个字", f"a comment has at most {TEXT_MAX} characters"))
    if (asked.lon is None) is not (asked.lat is None) or not (
        asked.lon is None or asked.lat is None or (-180 <= asked.lon <= 180 and -90 <= asked.lat <= 90)
    ):
        raise InputError(Text("意见的位置须为经度、纬度", "the place of a comment is a longitude and a latitude"))
