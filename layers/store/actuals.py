"""What was reached in each year, as planners enter it: a record that is only added to, in the store of the plans.

The record is one more chain of the table that holds comments: signed, dated, sealed one by the other, each operation
counted once, in SQLite as in PostgreSQL; a backup takes it and ``verify`` reads it. It hangs on a name that no plan can
have (names of plans are stripped). A correction is a later entry, and the one before stays; to take something back is
an entry too, that names the operation taken back.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from typing import Any

import pandas as pd

from geo.errors import InputError
from geo.monitor import Actual, check_actuals, newest
from geo.text import Text
from layers.store import notes
from layers.store.notes import ACTUALS, Note
from layers.store.plans import Plans, now
from layers.store.quota import within
from layers.store.revision import Rows, operation, writable

__all__ = ["ACTUALS", "changes", "enter", "entered", "history", "take_back"]


def entered(store: Plans) -> list[Actual]:
    """Return the actuals that hold or held, oldest first, without those taken back.

    Raises
    ------
    DamagedError
        If one entry is not what was written.
    """
    return [one for one, gone in history(store) if not gone]


def history(store: Plans) -> list[tuple[Actual, str]]:
    """Return every actual ever entered, oldest first, and who took it back and when ("" where nobody did)."""
    said = store.comments(ACTUALS)
    told = [(note, json.loads(note.text)) for note in said]
    gone = {body["takes_back"]: f"{note.who} {note.made}".strip() for note, body in told if "takes_back" in body}
    return [(_actual(note, body), gone.get(body["batch"], "")) for note, body in told if "batch" in body]


def changes(rows: Sequence[Actual], kept: Sequence[Actual]) -> list[tuple[Actual, Actual | None]]:
    """Return the rows that say something new, each with what held before (None: nothing)."""
    held = newest(kept)
    pairs = [(one, held.get((one.indicator_id, one.year))) for one in rows]
    return [(one, old) for one, old in pairs if old is None or _said(one) != _said(old)]


def enter(
    store: Plans,
    rows: Sequence[Actual],
    targets: pd.DataFrame,
    *,
    who: str,
    op: str | None = None,
    seen: int | None = None,
) -> list[Actual]:
    """Add actuals to the record, all or nothing; when this returns, they are on disk.

    Parameters
    ----------
    op
        Id of the operation: asked again, it counts once. To take it back, name it.
    seen
        How many entries the planner saw when this was decided; if there are more by now, nothing is replaced unseen.

    Raises
    ------
    InputError
        If a row is wrong, nothing is new, or somebody entered something meanwhile.
    """
    batch = op or uuid.uuid4().hex
    wrong = check_actuals(rows, targets)
    if wrong:
        raise InputError(wrong)
    signed, moment = writable(Text("姓名", "the name"), who), now()
    for one in rows:
        writable(Text("来源和备注", "source and note"), f"{one.source}{one.note}")

    def act(db: Rows) -> list[Note]:
        before = notes.of(db, ACTUALS)
        if done := [n for n in before if json.loads(n.text).get("batch") == batch]:
            if [n.text for n in done] != [_text(one, batch) for one in rows]:
                raise InputError(
                    Text(f"操作编号 {batch} 已用于另一次填报", f"the operation id {batch} was used for another entry")
                )
            return done
        if seen is not None and len(before) != seen:
            raise InputError(Text("有人刚填报了别的数；请再看一遍改动，再写入", "somebody entered other numbers meanwhile; look at the changes again, then take them"))  # fmt: skip
        within(store.used(db), store.most)
        return [
            notes.add(
                db, Note(ACTUALS, 0, moment, signed, _text(one, batch), one.indicator_id, op=operation(batch, at))
            )
            for at, one in enumerate(rows)
        ]

    return [_actual(note, json.loads(note.text)) for note in store.writing(act, plan=ACTUALS)]


def take_back(store: Plans, batch: str, *, who: str) -> None:
    """Take back what one operation entered: what held before holds again, and the record says who did it.

    Raises
    ------
    InputError
        If nothing was entered by it, or it is taken back already.
    """
    signed, moment = writable(Text("姓名", "the name"), who), now()

    def act(db: Rows) -> None:
        told = [json.loads(n.text) for n in notes.of(db, ACTUALS)]
        if not any(body.get("batch") == batch for body in told):
            raise InputError(Text("没有这次填报", "there is no such entry"))
        if any(body.get("takes_back") == batch for body in told):
            raise InputError(Text("这次填报已撤销", "this entry is taken back already"))
        notes.add(db, Note(ACTUALS, 0, moment, signed, json.dumps({"takes_back": batch}), op=operation("back", batch)))

    store.writing(act, plan=ACTUALS)


def _text(one: Actual, batch: str) -> str:
    return json.dumps({"year": one.year, "batch": batch, **_said(one)}, ensure_ascii=False)


def _said(one: Actual) -> dict[str, Any]:
    return {"value": one.value, "state": one.state, "source": one.source, "note": one.note}


def _actual(note: Note, body: dict[str, Any]) -> Actual:
    return Actual(
        str(note.object_id), int(body["year"]), body["value"], body["state"], body["source"], body["note"],
        note.who, note.made, note.number, body["batch"],
    )  # fmt: skip
