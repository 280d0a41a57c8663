"""Seats of schools: which column holds them, of which stage they are, and what has to be asked before they are."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from geo.demand import AGES, class_sizes
from geo.schema import LAYERS
from layers.incoming.meaning.cells import COUNTED, OTHERS, bounded, reading
from layers.incoming.meaning.columns import SEATS, heads, one_of, told
from layers.incoming.meaning.vocabulary import STAGES, stages_of
from layers.incoming.rows.table import OpenQuestionError, Question, RefusedError, Table, error, info, warning
from layers.incoming.rows.text import key_of
from layers.incoming.rows.units import COUNTS, Header
from layers.incoming.rows.values import number

__all__ = ["seats"]

RULES = ("plan", "gb50099")
CLASS_SIZE = (10.0, 80.0)  # pupils that an own answer may give to a class
FEW, FEW_YOUNG, MANY = 100, 30, 6_000
"""A bare "规模" whose numbers are all as small as classes are, or as large as square metres, is asked about."""
_BARE = frozenset(key_of(s) for s in ("规模", "办学规模", "设计规模", "核定规模", "建设规模", "学校规模", "幼儿园", "学前", "小学", "初中", "高中", "kindergarten", "primary", "junior", "senior", "size", "scale"))  # fmt: skip
_FIELD = LAYERS["schools"].by_name
_YEARS = {stage: len(ages) for stage, ages in AGES.items()}


@dataclass(frozen=True)
class _Part:
    """A number of a cell before it is seats: ``what`` is "count" or one of ``cells.OTHERS``."""

    value: float
    what: str


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
    _ask(parts, answers)
    for source in sorted(sources, key=lambda s: s.stage is None):
        if source.stage is None:
            _spread(table, source, parts[source.column], out, answers)
        else:
            made = [_made(p, (source.stage,), answers)[0] if p else None for p in parts[source.column]]
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


def _parts(table: Table, source: _Source) -> list[_Part | None]:
    """Return the number of each row with what it counts; cells that cannot be seats go to ``table.notes``."""
    at = table.columns.index(source.column)
    field = _FIELD[f"seats_{source.stage or 'primary'}"]
    # A planner who named this column for seats knows better than its header.
    head = source.head if source.head.what in COUNTS | OTHERS else replace(source.head, what="", factor=1.0, unit="")
    out: list[_Part | None] = []
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
        out.append(None if read.value is None else _Part(read.value, what))
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
    table: Table, sources: list[_Source], parts: dict[str, list[_Part | None]], answers: dict[str, Any]
) -> tuple[list[_Source], dict[str, list[_Part | None]]]:
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


def _ask(parts: dict[str, list[_Part | None]], answers: dict[str, Any]) -> None:
    """Ask by which rule classes, an intake or enrolment become seats, where there are such and nothing is told."""
    there = {p.what for own in parts.values() for p in own if p}
    open_now = [q for what, q in _questions().items() if what in there and answers.get(what) is None]
    if open_now:
        raise OpenQuestionError(open_now)
    for what in there & OTHERS:
        _checked(what, answers[what])


def _questions() -> dict[str, Question]:
    def listed(rule: str) -> str:
        return "/".join(f"{class_sizes(rule)[s]:g}" for s, _ in STAGES)

    zh = "、".join(name for _, name in STAGES)
    years = "/".join(str(_YEARS[s]) for s, _ in STAGES)
    unknown = ("unknown", "不折算，学位按未知", "do not: leave the seats unknown")
    return {
        "classes": Question(
            "classes", f"规模以班计：按每班多少人折算学位？（{zh}；也可填一个数）", "The size is in classes: how many pupils a class? (kindergarten, primary, junior, senior; or give a number)",
            (("plan", f"规划班额 {listed('plan')}", f"class sizes of the plan, {listed('plan')}"), ("gb50099", f"GB 50099 班额 {listed('gb50099')}", f"class sizes of GB 50099, {listed('gb50099')}"), unknown),
            "plan",
        ),
        "intake": Question(
            "intake", f"只有每年招生数：乘以学制年数（{years}）作为学位吗？", f"There is only the intake of a year: multiply it by the years of the stage ({years})?",
            (("years", f"乘以学制年数 {years}", f"multiply by the years, {years}"), unknown), "unknown",
        ),
        "enrolment": Question(
            "enrolment", "只有在校生数：在校生不等于学位，要当作学位吗？", "There is only enrolment, which is not capacity: take it as seats?",
            (("seats", "当作学位", "take it as seats"), unknown), "unknown",
        ),
    }  # fmt: skip


def _checked(what: str, answer: Any) -> None:
    choices = [value for value, _, _ in _questions()[what].choices]
    if answer in choices or (what == "classes" and _own_size(answer) is not None):
        return
    more = f"、{CLASS_SIZE[0]:g}–{CLASS_SIZE[1]:g}" if what == "classes" else ""
    raise RefusedError(
        error(
            f"{what} 的答案无效，可选 {'、'.join(choices)}{more}",
            f"no answer to {what}; choose one of {', '.join(choices)}{more}",
        )
    )


def _own_size(answer: Any) -> float | None:
    own = number(answer)[0]
    return own if own is not None and CLASS_SIZE[0] <= own <= CLASS_SIZE[1] else None


def _made(part: _Part, stages: Sequence[str], answers: dict[str, Any]) -> list[float | None]:
    """Return the seats of each stage that a number makes; a school of several stages has them by its years."""
    if part.what != "count" and answers[part.what] == "unknown":
        return [None] * len(stages)
    years = [_YEARS[s] for s in stages]
    if part.what == "intake":
        return [part.value * _YEARS[stages[0]]] if len(stages) == 1 else [None] * len(stages)
    if part.what == "classes":
        own = _own_size(answers["classes"])
        size = {s: own for s in stages} if own is not None else class_sizes(answers["classes"])
        return [float(round(part.value * y / sum(years) * size[s])) for s, y in zip(stages, years, strict=True)]
    if len(stages) == 1 or part.value != round(part.value):
        return [part.value] * len(stages)
    exact = [part.value * y / sum(years) for y in years]
    whole = [math.floor(v) for v in exact]
    for i in sorted(range(len(stages)), key=lambda k: whole[k] - exact[k])[: round(part.value) - sum(whole)]:
        whole[i] += 1
    return [float(v) for v in whole]


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
    table: Table, source: _Source, parts: list[_Part | None], answers: dict[str, Any], out: dict[str, list[Any]], *, derived: bool
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
    table: Table, source: _Source, parts: list[_Part | None], out: dict[str, list[Any]], answers: dict[str, Any]
) -> None:
    """Give the seats of one column to the stages that kind or name says, row by row, into ``out``.

    Raises
    ------
    OpenQuestionError
        If a row with seats does not say its stage, or says several.
    """
    told_one, told_many = _told_stages(answers)
    own = [_stages(out, i) for i in range(len(parts))]
    filled = [i for i, p in enumerate(parts) if p is not None]
    unclear = [i for i in filled if not own[i]]
    many = [i for i in filled if len(own[i]) > 1 and not any(out.get(f"seats_{s}", {i: None})[i] is not None for s in own[i])]  # fmt: skip
    open_now = []
    names = out.get("name_zh", table.lines)
    if unclear and told_one is None:
        open_now.append(_stage_question("stage", source.column, [str(names[i]) for i in unclear]))
    if many and told_many is None:
        open_now.append(_stage_question("several", source.column, [str(names[i]) for i in many]))
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
        for stage, value in zip(stages, _made(part, stages, answers), strict=True):
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


def _told_stages(answers: dict[str, Any]) -> tuple[Any, Any]:
    """Return what the planner said of schools whose stage cannot be told, and of schools of several stages."""
    one = answers.get("stage")
    many = answers.get("several", one)
    for key, given, more in (("stage", one, ()), ("several", many, ("split",))):
        choices = (*dict(STAGES), "none", *more)
        if given is not None and given not in choices:
            raise RefusedError(
                error(f"{key} 的答案无效，可选 {'、'.join(choices)}", f"no answer to {key}; choose one of {', '.join(choices)}")
            )  # fmt: skip
    return one, many


def _stages(out: dict[str, list[Any]], row: int) -> tuple[str, ...]:
    """Return the stages of a school: those of its kind, else those that its name says."""
    texts = [str(out[k][row]) for k in ("kind", "name_zh") if k in out and out[k][row] is not None]
    return next((s for t in texts if (s := stages_of(t))), ())


def _stage_question(key: str, column: str, names: list[str]) -> Question:
    some = "、".join(names[:5])
    stages = tuple((k, zh, k) for k, zh in STAGES)
    none = ("none", "不计入，学位留空（未知）", "none: leave unknown")
    if key == "several":
        years = "、".join(f"{zh} {_YEARS[k]}" for k, zh in STAGES)
        return Question(
            key,
            f"{len(names)} 所学校含多个学段（{some}），“{column}”怎样分？（有分学段的数最好分列填写）",
            f"{len(names)} schools have several stages ({some}); how to divide their '{column}'? (best give a column each)",
            (("split", f"按学制年数分配（{years} 年）", "by the years of each stage"), *stages, none),
            "split",
        )
    return Question(
        key,
        f"{len(names)} 所学校看不出学段（{some}），“{column}”算作哪个学段的学位？",
        f"The stage of {len(names)} schools cannot be told ({some}); to which do the seats in '{column}' belong?",
        (*stages, none),
        "primary",
    )
