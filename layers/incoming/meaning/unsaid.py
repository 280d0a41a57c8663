"""What a file seems to say beyond the columns that were taken: told by name, so that nothing is left in silence.

A column that speaks of seats or beds and was not taken, a status filled in where other words speak of plans or
closures, numbers of seats as small as classes are, ids that a spreadsheet has made dates of.
"""

from __future__ import annotations

import datetime
import re
from typing import Any

from geo.schema import LAYERS
from layers.incoming.rows.table import Table, warning
from layers.incoming.rows.values import number

__all__ = ["tell"]

_SUBJECT = {
    "schools": re.compile(
        r"学位|座位|规模|容量|人数|班|幼儿园|学前|小学|初中|高中|seat|capacity|places|enrol|pupil|class|kindergarten|primary|junior|senior",
        re.IGNORECASE,
    ),
    "clinics": re.compile(r"床|beds?(?![a-z])|卫生人员|医护|职工|staff", re.IGNORECASE),
}
"""Words of a header that speak of what a layer counts."""
_PLANNED = re.compile(r"规划(?!局|院|分局|单元|部门)|拟建|拟撤|在建|未建|待建|筹建|新建|续建|planned|proposed|under construction", re.IGNORECASE)  # fmt: skip
_CLOSED = re.compile(r"撤并|撤销|停办|停用|关停|关闭|拆除|closed|demolished|abandoned", re.IGNORECASE)
_YES = frozenset({"是", "√", "y", "yes", "true", "1", "1.0"})
_DATE = re.compile(r"(?:19|20)\d\d-\d\d-\d\d")
SMALL = {"kindergarten": 30, "primary": 100, "junior": 100, "senior": 100}
"""Where no school has more seats than this, the numbers look like classes."""


def tell(table: Table, layer: str, found: dict[str, str], used: set[str], out: dict[str, list[Any]]) -> None:
    """Add a warning to ``table.notes`` for each thing that the file seems to say and that was not taken.

    Parameters
    ----------
    found
        Column of the layer → column of the file.
    used
        Columns of the file that were taken for something.
    out
        The columns of the layer as they were read, before anything is filled in.
    """
    if layer in _SUBJECT:
        _unread(table, _SUBJECT[layer], used)
        _status(table, found, out)
    _small(table, found, out)
    _dates(table, layer, out)


def _unread(table: Table, subject: re.Pattern[str], used: set[str]) -> None:
    named = {f.field for f in table.notes}
    left = [
        c
        for i, c in enumerate(table.columns)
        if c not in used
        and c not in named
        and subject.search(c)
        and any(number(r[i])[0] is not None for r in table.rows[:200])
    ]
    if left:
        some = "、".join(f"“{c}”" for c in left[:8])
        table.notes.append(
            warning(
                f"{some} 像是学位、床位或人数，但没有用，原样保留；若要用请改列的对应",
                f"{', '.join(repr(c) for c in left[:8])} may be seats, beds or persons but were not used and are kept as they are; change the mapping if they should be",
                None,
                left[0],
            )
        )


def _status(table: Table, found: dict[str, str], out: dict[str, list[Any]]) -> None:
    if "status" in out:
        return
    signs = [table.above] if _PLANNED.search(table.above) else []
    signs += [c for t, c in found.items() if t not in ("name_zh", "kind", "address") and _PLANNED.search(c)]
    for i, column in enumerate(table.columns):
        if column in (found.get("address"), found.get("name_en")):
            continue  # 新建路 is a street
        cells = [str(r[i]).strip() for r in table.rows if r[i] is not None]
        closing = bool(_CLOSED.search(column)) and any(c.casefold() in _YES for c in cells)
        sign = next((c for c in cells if _CLOSED.search(c) or _PLANNED.search(c)), column if closing else None)
        if sign is not None:
            signs.append(f"{column}：{sign}" if sign != column else column)
    now = datetime.date.today().year
    signs += [str(int(y)) for y in out.get("open_year", []) if isinstance(y, int | float) and y > now][:1]
    if signs:
        words = "；".join(s.strip()[:40] for s in signs[:4])
        table.notes.append(
            warning(
                f"没有状态列，全部按“现状”导入，但文件里有“{words}”；若有规划、在建或停办的设施，请加状态列",
                f"there is no status column and all are taken as existing, but the file says '{words}'; add the column if some are planned, under construction or closed",
                None,
                "status",
            )
        )


def _small(table: Table, found: dict[str, str], out: dict[str, list[Any]]) -> None:
    for stage, few in SMALL.items():
        values = [v for v in out.get(f"seats_{stage}", []) if v is not None and v == v and v > 0]
        column = found.get(f"seats_{stage}")
        if column is not None and values and max(values) <= few:
            table.notes.append(
                warning(
                    f"“{column}”各行都不超过 {few}，像班数；已按学位（个）导入，请核对",
                    f"no number of '{column}' is above {few}, as of classes; they were taken as seats, check them",
                    None,
                    f"seats_{stage}",
                )
            )


def _dates(table: Table, layer: str, out: dict[str, list[Any]]) -> None:
    key = LAYERS[layer].key if layer in LAYERS else ""
    bad = [i for i, v in enumerate(out.get(key, [])) if isinstance(v, str) and _DATE.fullmatch(v)]
    if bad:
        table.notes.append(
            warning(
                f"{len(bad)} 个编号是日期（如 {out[key][bad[0]]}），可能是 Excel 把“3-5”改成了日期；请核对",
                f"{len(bad)} ids are dates (such as {out[key][bad[0]]}); a spreadsheet may have made them of '3-5', check them",
                table.lines[bad[0]],
                key,
            )
        )
