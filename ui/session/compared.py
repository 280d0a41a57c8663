"""What is put beside each other: plans, their revisions and years, as chosen and as the address names them.

Each row is a version (today, the plan here, a saved plan) in a year. The place under it is worked out once for what of the
plan holds by then, whatever else the session shows.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import cast
from urllib.parse import quote, unquote

import streamlit as st

from geo.answers.series import GROWTH, Growth
from geo.case import Case
from geo.demand import YEARS
from geo.errors import InputError
from geo.scenario import Scenario, apply
from geo.text import Text
from geo.workspace import Workspace
from ui.session import draft, edits
from ui.session.work import aside
from ui.words import both

__all__ = [
    "HERE",
    "LETTERS",
    "MOST",
    "TODAY",
    "VIEWS",
    "Row",
    "Version",
    "case_of",
    "fitting",
    "named",
    "rows",
    "take_up",
    "under",
    "version",
    "years_of",
]

MOST = 4
LETTERS = "ABCD"
VIEWS = ("plans", "years")
TODAY = ("", 0)
HERE = ("", 1)
KEPT = 12
"""Places under a plan held for the session: 4 rows and the steps of a plan between 2020 and 2035."""

Who = tuple[str, int]
"""A saved plan by its name and revision, 0 for the newest; ``TODAY``, or ``HERE`` for the plan of the session."""


@dataclass(frozen=True)
class Row:
    """One that is compared: whose plan, in which year."""

    who: Who
    year: int


@dataclass(frozen=True)
class Version:
    """A plan as it is compared: it (None: today), what it is called, and which state of it this is."""

    plan: Scenario | None
    name: Text
    state: Text
    rev: int = 0
    left_out: tuple[tuple[str, Text], ...] = ()
    """The objects that do not fit the place, and why: they are left out, here as in every other panel."""


def years_of(place: Workspace) -> tuple[int, ...]:
    """Return the years that can be compared: from the first with people on."""
    return tuple(range(max(YEARS[0], place.years[0]), YEARS[-1] + 1))


def rows(place: Workspace) -> tuple[Row, ...]:
    """Return what is compared: as chosen, else today beside what there is to compare it with."""
    known = years_of(place)
    chosen: tuple[Row, ...] = st.session_state.get("compare") or ()
    if fit := tuple(row for row in chosen if row.year in known)[:MOST]:
        return fit
    now = int(st.session_state.year)
    if st.session_state.edits:
        return Row(TODAY, now), Row(HERE, now)
    if names := draft.store().names():
        return Row(TODAY, now), Row((names[0], 0), now)
    return Row(TODAY, known[0]), Row(TODAY, now if now != known[0] else known[-1])


def version(who: Who) -> Version:
    """Return a plan that is compared, read from the store where it is a saved one.

    Raises
    ------
    InputError
        If there is no such plan or revision, or it was put away.
    DamagedError
        If the revision is not what was saved.
    """
    if who == TODAY:
        return Version(None, both("cmp_today"), Text("", ""))
    if who == HERE:
        start = edits.origin()
        saved = start is not None and not any(edits.unsaved())
        plan, state = edits.current(), edits.told()
        name = Text(plan.name, plan.name)
        if saved and start is not None:
            return Version(plan, both("cmp_rev", name=name, rev=start[1]), state, start[1])
        return Version(plan, both("cmp_unsaved", name=name) if plan else name, state)
    found = draft.store().load(who[0], who[1] or None)
    if found.scenario is None:
        raise InputError(both("cmp_put_away", name=found.name, rev=found.rev))
    state = both("plan_is_rev", rev=found.rev)
    return Version(found.scenario, both("cmp_rev", name=found.name, rev=found.rev), state, found.rev)


def fitting(found: Version, base: Workspace, year: int) -> Version:
    """Return a version without what of it does not fit the base in a year; its state names what that is."""
    if found.plan is None:
        return found
    kept: dict[object, tuple[tuple[str, Text], ...]] = st.session_state.setdefault("compare_misfits", {})
    mark = (base.key, year, json.dumps(found.plan.as_dict(), sort_keys=True))
    if mark not in kept:
        place, left_out = edits.fitted(base, found.plan, year)
        if fit := found.plan.without(*left_out).at(year):
            _keep(base, fit, place)  # what was just applied is asked for next
        kept[mark] = tuple(left_out.items())
        for old in list(kept)[:-KEPT]:
            del kept[old]
    if not kept[mark]:
        return found
    names = [name for name, _ in kept[mark]]
    listed = Text(*(comma.join(names) for comma in both("between")))
    state = both("plan_is_without", state=found.state, what=listed)
    return replace(found, plan=found.plan.without(*names), state=state, left_out=kept[mark])


def under(state: Text) -> Callable[[Workspace, Scenario], Workspace]:
    """Return how a place comes under a plan: worked out once for the session for what of the plan holds, in a state.

    Raises
    ------
    PlanError
        When it is called, if the plan does not fit the place any more.
    """

    def placed(base: Workspace, plan: Scenario) -> Workspace:
        kept = _places()
        key = _key(base, plan)
        if key not in kept:
            _keep(base, plan, aside(apply, base, plan))
        kept[key] = kept.pop(key)  # the last one used is let go last
        return replace(kept[key], scenario_state=state)

    return placed


def _places() -> dict[str, Workspace]:
    found: dict[str, Workspace] = st.session_state.setdefault("compare_places", {})
    return found


def _key(base: Workspace, plan: Scenario) -> str:
    """Return the key of a place under what of a plan holds, so that nothing drawn for another plan is shown for it."""
    text = json.dumps(plan.as_dict(), sort_keys=True)
    return f"{base.key}+{hashlib.sha256(text.encode()).hexdigest()[:12]}"


def _keep(base: Workspace, plan: Scenario, place: Workspace) -> None:
    kept, key = _places(), _key(base, plan)
    kept[key] = replace(place, key=key)
    for old in list(kept)[:-KEPT]:
        del kept[old]


def case_of(case: Case, found: Version, year: int) -> Case:
    """Return the question of a case on the base about a version in a year.

    Raises
    ------
    PlanError
        If the plan does not fit the base any more.
    """
    plan = found.plan.at(year) if found.plan is not None else None
    place = under(found.state)(case.workspace, plan) if plan else case.workspace
    return replace(case, workspace=place, year=year)


def named() -> dict[str, str]:
    """Return what the address names of the comparison, while its panel is open."""
    state = st.session_state
    if state.get("panel") != "compare":
        return {}
    found = {}
    if state.get("cmp_view") == "years":
        totals = "".join(f",{year}={people:.0f}" for year, people in state.get("cmp_totals", {}).items())
        found["years"] = (
            f"{state.get('cmp_year')},{state.get('cmp_growth')},{_who_text(state.get('cmp_who') or TODAY)}{totals}"
        )
    if state.get("cmp_rows"):
        found["compare"] = ",".join(f"{row.year}:{_who_text(row.who)}" for row in state.cmp_rows)
        found["sides"] = "".join(LETTERS[i] for i in state.get("cmp_sides", (0, 1)))
    return found


def take_up(asked: Mapping[str, str]) -> None:
    """Take what an address names of a comparison into a session that has none; what cannot be read counts as not named."""
    state = st.session_state
    chosen = tuple(row for text in asked.get("compare", "").split(",") if (row := _row(text)) is not None)
    if len(chosen) >= 2:
        state.setdefault("compare", chosen[:MOST])
        sides = [LETTERS.find(letter) for letter in asked.get("sides", "")]
        if len(sides) == 2 and all(0 <= side < len(chosen) for side in sides):
            state.setdefault("cmp_sides", tuple(sides))
    year, growth, who, *totals = (*asked.get("years", "").split(","), "", "")
    if year.isdigit() and int(year) in YEARS and growth in GROWTH and (one := _who(who)) is not None:
        state.setdefault("cmp_view", "years")
        state.setdefault("cmp_year", int(year))
        state.setdefault("cmp_growth", cast(Growth, growth))
        state.setdefault("cmp_who", one)
        pairs = (text.split("=") for text in totals if text.count("=") == 1)
        known = {int(y): float(n) for y, n in pairs if y.isdigit() and int(y) in YEARS and n.isdigit() and int(n) > 0}
        state.setdefault("cmp_totals", known)


def _who_text(who: Who) -> str:
    """Return a version as the address writes it: names are quoted, so that no sign in one is read as one of ours."""
    return {TODAY: "base", HERE: "here"}.get(who) or f"{who[1]}:{quote(who[0], safe='')}"


def _who(text: str) -> Who | None:
    if text in ("base", "here"):
        return TODAY if text == "base" else HERE
    rev, colon, name = text.partition(":")
    return (unquote(name), int(rev)) if colon and name and rev.isdigit() and len(rev) < 10 else None


def _row(text: str) -> Row | None:
    year, _, who = text.partition(":")
    one = _who(who)
    return Row(one, int(year)) if one is not None and year.isdigit() and int(year) in YEARS else None
