"""Seats of schools: which column holds them, of which stage they are, and what has to be asked before they are."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from geo.schema import LAYERS
from layers.incoming.meaning.cells import COUNTED, OTHERS, bounded, reading
from layers.incoming.meaning.columns import SEATS, heads, one_of, told
from layers.incoming.meaning.seat_rules import Part, ask, seats_of, stage_question, stages_of_row, told_stages
from layers.incoming.meaning.vocabulary import STAGES, stages_of
from layers.incoming.rows.table import OpenQuestionError, Question, RefusedError, Table, error, info, warning
from layers.incoming.rows.text import key_of
from layers.incoming.rows.units import COUNTS, Header
from layers.incoming.rows.values import number

__all__ = ["seats"]

FEW, FEW_YOUNG, MANY = 100, 30, 6_000
"""A bare "规模" whose numbers are all as small as classes are, or as large as square metres, is asked about."""
_BARE = frozenset(key_of(s) for s in ("规模", "办学规模", "设计规模", "核定规模", "建设规模", "学校规模", "幼儿园", "学前", "小学", "初中", "高中", "kindergarten", "primary", "junior", "senior", "size", "scale"))  # fmt: skip
_FIELD = LAYERS["schools"].by_name


@dataclass(frozen=True)
class _Source:
    """A column that tells seats: of one stage, or of the stage that each school has (None)."""

    column: str
    stage: str | None
    head: Header


def seats(
    table: Table, found: dict[str, str], used: set[str], answers: dict[str, Any], out: dict[str, list[Any]]
) -> set[str]:
    """Fill the seats of each stage into ``out`` and return the columns of the file that held them.

    A column that holds classes or pupils is not returned: it stays beside the seats made of it.

    Parameters
    ----------
    found
        Column of the layer → column of the file, as ``columns.mapping`` gives it.
    used
        Columns of the file that hold something else.

    Raises
    ------
    OpenQuestionError
        If a column counts classes, pupils or a yearly intake, may count them, is of a year, or belongs to a stage
        that cannot be told.
    """
    sources, kept = _sources(table, found, used, answers)
    if not sources:
        if not any(f"seats_{s}" in out for s, _ in STAGES):
            said = heads(table)
            odd = any(said[c].what not in COUNTS and _numeric(table, c) for c in table.columns if c not in used)
            table.notes.append(
                (warning if odd else info)(
                    "没有学位列，全部学校的学位为未知；有学位数请加列或改列的对应",
                    "there is no column of seats; the seats of all schools are unknown, add one or change the mapping",
                    None,
                    "seats",
                )
            )
        return set()
    parts = {s.column: _parts(table, s) for s in sources}
    sources, parts = _scaled(table, sources, parts, answers)
    ask(parts, answers)
    for source in sorted(sources, key=lambda s: s.stage is None):
        if source.stage is None:
            _spread(table, source, parts[source.column], out, answers)
        else:
            made = [seats_of(p, (source.stage,), answers)[0] if p else None for p in parts[source.column]]
            _put(table, f"seats_{source.stage}", source.column, made, out)
        _tell(table, source, parts[source.column], answers, out, derived="basis" not in found)
    table.notes += kept
    return {s.column for s in sources if not any(p and p.what in OTHERS for p in parts[s.column])}


def _sources(
    table: Table, found: dict[str, str], used: set[str], answers: dict[str, Any]
) -> tuple[list[_Source], list[Any]]:
    """Return the columns that tell seats, and what to say of those that are left."""
    said = heads(table)
    direct = [_Source(found[f"seats_{s}"], s, said[found[f"seats_{s}"]]) for s, _ in STAGES if f"seats_{s}" in found]
    chosen = told(table, "schools", answers)
    shut = {s for s, _ in STAGES if chosen.get(f"seats_{s}", "") is None}
    free = [c for c in table.columns if c not in used and c not in {s.column for s in direct}]
    wanted = [key_of(s) for s in SEATS]
    general = [c for w in wanted for c in free if w in (key_of(c), said[c].key)]
    general += [c for c in free if not said[c].key and said[c].when and _numeric(table, c)]
    general = [c for c in dict.fromkeys(general) if said[c].what in COUNTS]
    column, asked = _told_or_one(general, said, answers)
    if asked:
        raise OpenQuestionError([asked])
    if column is not None:
        return [*direct, _Source(column, None, said[column])], []
    if answers.get("seats") == "":
        return direct, []
    others: list[_Source] = []
    have = {s.stage for s in direct} | shut
    for what in ("classes", "intake", "enrolment"):
        mine = [c for c in free if said[c].what == what and _numeric(table, c)]
        for stage, _ in STAGES:
            of_stage = [c for c in mine if stages_of(c) == (stage,)]
            # A single column is asked about as what it is; its year needs no question of its own.
            column, asked = (
                (of_stage[0], None) if len(of_stage) == 1
                else one_of(of_stage, said, dict(STAGES)[stage], stage, f"columns.seats_{stage}")
            )  # fmt: skip
            if asked and stage not in have:
                raise OpenQuestionError([asked])
            if column is not None and stage not in have:
                others.append(_Source(column, stage, said[column]))
                have.add(stage)
        if not direct and not others and not shut:
            general = [c for c in mine if not stages_of(c)]
            column, asked = (general[0], None) if len(general) == 1 else _told_or_one(general, said, answers)
            if asked:
                raise OpenQuestionError([asked])
            if column is not None:
                others.append(_Source(column, None, said[column]))
        if others:
            break
    kept = [
        info(f"“{c}”是{COUNTED[said[c].what][0]}，不作为学位，原样保留", f"'{c}' is {COUNTED[said[c].what][1]}, not seats; kept as it is", None, c)
        for c in free if said[c].what in OTHERS and c not in {s.column for s in others} and _numeric(table, c)
    ]  # fmt: skip
    return [*direct, *others], kept


def _told_or_one(
    columns: list[str], said: dict[str, Header], answers: dict[str, Any]
) -> tuple[str | None, Question | None]:
    given = answers.get("seats")
    if given is not None and columns:
        if given not in (*columns, ""):
            raise RefusedError(
                error(
                    f"seats 的答案“{str(given)[:40]}”不是可选的列：{'、'.join(columns)}",
                    f"'{str(given)[:40]}' is no answer to seats; choose one of {', '.join(columns)}",
                )
            )
        return given or None, None
    return one_of(columns, said, "学位", "seats", "seats")


def _numeric(table: Table, column: str) -> bool:
    at = table.columns.index(column)
    cells = [r[at] for r in table.rows if r[at] is not None][:200]
    return any(number(c)[0] is not None or (isinstance(c, str) and re.match(r"\s*\d", c)) for c in cells)


def _parts(table: Table, source: _Source) -> list[Part | None]:
    """Return the number of each row with what it counts; cells that cannot be seats go to ``table.notes``."""
    at = table.columns.index(source.column)
    field = _FIELD[f"seats_{source.stage or 'primary'}"]
    head = source.head
    out: list[Part | None] = []
    for row, line in zip(table.rows, table.lines, strict=True):
        read, said = reading(row[at], field, line, source.column, head)
        what = read.what or "count"
        if read.value is not None and what != "count" and what not in OTHERS:
            zh, en = COUNTED.get(what, (what, what))
            table.notes.append(
                error(
                    f"“{source.column}”的值“{str(row[at])[:40]}”是{zh}，不是学位；请更正，不知道请留空",
                    f"'{str(row[at])[:40]}' in column '{source.column}' is {en}, not seats; correct it, or leave it blank if unknown",
                    line,
                    field.name,
                )
            )
            out.append(None)
            continue
        table.notes += said
        out.append(None if read.value is None else Part(read.value, what))
    if head.factor != 1.0 and head.what in COUNTS and any(out):
        table.notes.append(
            warning(
                f"“{source.column}”的单位是“{head.unit}”，数值已乘以 {head.factor:.10g}",
                f"the unit of '{source.column}' is '{head.unit}'; its numbers were multiplied by {head.factor:.10g}",
                None,
                field.name,
            )
        )
    return out


def _scaled(
    table: Table, sources: list[_Source], parts: dict[str, list[Part | None]], answers: dict[str, Any]
) -> tuple[list[_Source], dict[str, list[Part | None]]]:
    """Ask what a bare "规模" counts whose numbers are those of classes or of square metres; apply the answer."""
    given = answers.get("unit")
    if given not in (None, "seats", "classes", "unknown"):
        raise RefusedError(
            error(
                "unit 的答案无效，可选 seats、classes、unknown", "no answer to unit; choose seats, classes or unknown"
            )
        )
    odd = [s for s in sources if _odd(s, [p.value for p in parts[s.column] if p and p.what == "count"])]
    if not odd:
        return sources, parts
    if given is None:
        names = "、".join(s.column for s in odd)
        large = all(max(p.value for p in parts[s.column] if p) > MANY for s in odd)
        zh = "像平方米" if large else "像班数或学校数"
        en = "look like square metres" if large else "look like classes or schools"
        raise OpenQuestionError(
            [
                Question(
                    "unit",
                    f"“{names}”没有写单位，数值{zh}；它是什么？",
                    f"'{names}' has no unit and its numbers {en}; what are they?",
                    (
                        ("classes", "班数", "classes"),
                        ("seats", "学位数（个）", "seats"),
                        ("unknown", "都不是（面积、学校数等），学位按未知", "neither (area, schools); seats unknown"),
                    ),
                    "unknown" if large else "classes",
                )
            ]
        )
    names_odd = {s.column for s in odd}
    if given == "unknown":
        table.notes += [
            warning(
                f"“{c}”不是学位，学位按未知，原列保留",
                f"'{c}' is not seats; the seats are unknown, the column is kept",
                None,
                c,
            )
            for c in sorted(names_odd)
        ]
        return [s for s in sources if s.column not in names_odd], parts
    if given == "classes":
        parts = {
            c: [replace(p, what="classes") if p else None for p in own] if c in names_odd else own
            for c, own in parts.items()
        }
    return sources, parts


def _odd(source: _Source, values: list[float]) -> bool:
    head = source.head
    if head.key not in _BARE or head.what not in COUNTS or head.unit not in ("", "个") or not any(values):
        return False
    few = FEW_YOUNG if source.stage == "kindergarten" else FEW
    return max(values) <= few or (max(values) > MANY and source.stage is None)


def _put(table: Table, name: str, column: str, values: list[float | None], out: dict[str, list[Any]]) -> None:
    """Put seats under ``name`` where it says nothing yet; numbers out of bounds go to ``table.notes``."""
    checked: list[float | None] = []
    for value, line in zip(values, table.lines, strict=True):
        wrong = bounded(value, _FIELD[name], line, column) if value is not None else None
        if wrong:
            table.notes.append(wrong)
        checked.append(None if wrong else value)
    before = out.get(name, [None] * len(checked))
    out[name] = [a if a is not None else b for a, b in zip(before, checked, strict=True)]


def _tell(
    table: Table, source: _Source, parts: list[Part | None], answers: dict[str, Any], out: dict[str, list[Any]], *, derived: bool
) -> None:  # fmt: skip
    """Say what was made of classes, intake and enrolment; such seats are derived, not told by anybody."""
    for what in sorted(OTHERS):
        rows = [i for i, p in enumerate(parts) if p and p.what == what]
        if not rows:
            continue
        zh, en = COUNTED[what]
        first = table.lines[rows[0]]
        if answers[what] == "unknown":
            table.notes.append(
                warning(
                    f"“{source.column}”是{zh}，{len(rows)} 行未折算（如第 {first} 行），学位按未知",
                    f"'{source.column}' is {en}; {len(rows)} rows (such as {first}) were not made seats, theirs are unknown",
                    None,
                    source.column,
                )
            )
            continue
        rule = {"plan": "规划班额", "gb50099": "GB 50099 班额", "years": "学制年数", "seats": "原数"}.get(str(answers[what]), f"每班 {answers[what]} 人")  # fmt: skip
        table.notes.append(
            warning(
                f"“{source.column}”是{zh}，{len(rows)} 行（如第 {first} 行）按{rule}折算为学位；请核对",
                f"'{source.column}' is {en}; {len(rows)} rows (such as {first}) were made seats by '{answers[what]}', check them",
                None,
                source.column,
            )
        )
        if derived:
            basis = out.setdefault("basis", [None] * len(table.rows))
            for i in rows:
                basis[i] = "derived"


def _spread(
    table: Table, source: _Source, parts: list[Part | None], out: dict[str, list[Any]], answers: dict[str, Any]
) -> None:
    """Give the seats of one column to the stages that kind or name says, row by row, into ``out``.

    Raises
    ------
    OpenQuestionError
        If a row with seats does not say its stage, or says several.
    """
    told_one, told_many = told_stages(answers)
    own = [stages_of_row(out, i) for i in range(len(parts))]
    filled = [i for i, p in enumerate(parts) if p is not None]
    unclear = [i for i in filled if not own[i]]
    many = [i for i in filled if len(own[i]) > 1 and not any(out.get(f"seats_{s}", {i: None})[i] is not None for s in own[i])]  # fmt: skip
    open_now = []
    names = out.get("name_zh", table.lines)
    if unclear and told_one is None:
        open_now.append(stage_question("stage", source.column, [str(names[i]) for i in unclear]))
    if many and told_many is None:
        open_now.append(stage_question("several", source.column, [str(names[i]) for i in many]))
    if open_now:
        raise OpenQuestionError(open_now)
    made: dict[str, list[float | None]] = {s: [None] * len(parts) for s, _ in STAGES}
    lost: list[int] = []
    for i in filled:
        part = parts[i]
        if len(own[i]) == 1:
            stages = own[i]
        elif not own[i]:
            stages = () if told_one == "none" else (str(told_one),)
        elif i not in many:
            continue
        else:
            stages = () if told_many == "none" else own[i] if told_many == "split" else (str(told_many),)
        if not stages:
            lost.append(table.lines[i])
            continue
        assert part is not None
        for stage, value in zip(stages, seats_of(part, stages, answers), strict=True):
            made[stage][i] = value
    if lost:
        table.notes.append(
            warning(
                f"{len(lost)} 所学校的“{source.column}”未计入任何学段（如第 {lost[0]} 行），学位按未知",
                f"the '{source.column}' of {len(lost)} schools belongs to no stage (such as row {lost[0]}); their seats are unknown",
                lost[0],
                source.column,
            )
        )
    if many and told_many == "split":
        table.notes.append(
            warning(
                f"{len(many)} 所学校含多个学段，“{source.column}”按学制年数分配（如第 {table.lines[many[0]]} 行）；有分学段的数请分列填写",
                f"{len(many)} schools have several stages; '{source.column}' was split by their years (such as row {table.lines[many[0]]}), best give a column each",
                table.lines[many[0]],
                source.column,
            )
        )
    for stage, values in made.items():
        if any(v is not None for v in values):
            _put(table, f"seats_{stage}", source.column, values, out)
    table.notes.append(
        info(
            f"“{source.column}”按学校的学段分到各学段学位",
            f"'{source.column}' was given to the stage of each school",
            None,
            source.column,
        )
    )
