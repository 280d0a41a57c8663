"""By which rule classes, a yearly intake or enrolment become seats, and to which stage the seats of a school belong."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from geo.demand import AGES, class_sizes
from layers.incoming.meaning.cells import OTHERS
from layers.incoming.meaning.vocabulary import STAGES, stages_of
from layers.incoming.rows.table import OpenQuestionError, Question, RefusedError, error
from layers.incoming.rows.values import number

__all__ = ["Part", "ask", "seats_of", "stage_question", "stages_of_row", "told_stages"]

CLASS_SIZE = (10.0, 80.0)  # pupils that an own answer may give to a class
_YEARS = {stage: len(ages) for stage, ages in AGES.items()}


@dataclass(frozen=True)
class Part:
    """A number of a cell before it is seats: ``what`` is "count" or one of ``cells.OTHERS``."""

    value: float
    what: str


def ask(parts: dict[str, list[Part | None]], answers: dict[str, Any]) -> None:
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


def seats_of(part: Part, stages: Sequence[str], answers: dict[str, Any]) -> list[float | None]:
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


def told_stages(answers: dict[str, Any]) -> tuple[Any, Any]:
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


def stages_of_row(out: dict[str, list[Any]], row: int) -> tuple[str, ...]:
    """Return the stages of a school: those of its kind, else those that its name says."""
    texts = [str(out[k][row]) for k in ("kind", "name_zh") if k in out and out[k][row] is not None]
    return next((s for t in texts if (s := stages_of(t))), ())


def stage_question(key: str, column: str, names: list[str]) -> Question:
    """Return the question ``stage`` (cannot be told) or ``several`` of the schools ``names`` with seats in ``column``."""
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
