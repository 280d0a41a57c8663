"""Which plans and years are compared: a row each, chosen, added and taken away; one that does not fit says so."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from geo.case import Case
from geo.errors import PlanError
from geo.workspace import Workspace
from ui.parts.ask import select
from ui.parts.markup import lettered
from ui.session import compared, draft
from ui.session.compared import HERE, LETTERS, MOST, TODAY, Row, Version, Who
from ui.words import pick, say

__all__ = ["Told", "choose", "choose_who", "left_out", "told"]


@dataclass(frozen=True)
class Told:
    """A row that can be compared: its letter, what it is called, its version, and its question."""

    letter: str
    name: str
    version: Version
    case: Case


def choose(place: Workspace) -> tuple[Row, ...]:
    """Return the rows as they are chosen now."""
    rows = compared.rows(place)
    years = compared.years_of(place)
    options = _options(tuple(row.who for row in rows))
    now = []
    for i, row in enumerate(rows):
        mark, who, year, drop = st.columns([1, 11, 5.5, 2], vertical_alignment="center", gap="small")
        lettered(LETTERS[i], where=mark)
        # The row is what holds; its boxes follow it where rows were added or taken away.
        st.session_state[f"cmp_who_{i}"], st.session_state[f"cmp_in_{i}"] = row.who, row.year
        one = select(say("cmp_who"), options, f"cmp_who_{i}", _who_words, where=who, label_visibility="collapsed")
        when = select(say("year"), years, f"cmp_in_{i}", where=year, label_visibility="collapsed")
        drop.button(
            "×", key=f"cmp_drop_{i}", help=say("cmp_drop", letter=LETTERS[i]), on_click=_drop, args=(rows, i),
            disabled=len(rows) <= 2, width="stretch",
        )  # fmt: skip
        now.append(Row(one, int(when)))
    chosen = tuple(now)
    if chosen != rows:
        st.session_state.compare = chosen
    st.session_state.cmp_rows = chosen
    left, right = st.columns([2, 3], vertical_alignment="center")
    left.button(
        say("cmp_add"),
        key="cmp_add",
        on_click=_add,
        args=(chosen, years),
        disabled=len(chosen) >= MOST,
        width="stretch",
    )
    right.toggle(say("cmp_older"), key="cmp_older")
    return chosen


def choose_who(key: str) -> Who:
    """Return the plan chosen by itself: of the session, saved, or none."""
    state = st.session_state
    if key not in state:
        state[key] = HERE if state.edits else TODAY
    found: Who = select(say("cmp_who"), _options((state[key],)), key, _who_words)
    return found


def told(case: Case, rows: tuple[Row, ...]) -> list[Told]:
    """Return the rows that fit the base of the case; of the others it is said why they do not."""
    found = []
    for letter, row in zip(LETTERS, rows, strict=False):
        try:
            version = compared.fitting(compared.version(row.who), case.workspace, row.year)
            one = compared.case_of(case, version, row.year)
        except PlanError as error:
            st.warning(say("cmp_unfit", letter=letter, why=pick(error.text)))
            continue
        left_out(version, letter)
        name = say("cmp_row", letter=letter, name=pick(version.name), year=row.year)
        found.append(Told(letter, name, version, one))
    return found


def left_out(version: Version, letter: str = "") -> None:
    """Say what of a version is left out, as it does not fit the place, and why."""
    for name, why in version.left_out:
        st.warning(say("cmp_without", letter=letter, name=name, why=pick(why)).strip())


def _options(chosen: tuple[Who, ...]) -> list[Who]:
    """Return what can be chosen: today, the plan here, saved plans, and what is chosen already whatever became of it."""
    options: list[Who] = [TODAY, HERE]
    try:
        store = draft.store()
        names = store.names()
        options += [(name, 0) for name in names]
        if st.session_state.get("cmp_older"):
            options += [(name, one.rev) for name in names for one in store.listed(name)]
    except PlanError as error:
        st.warning(pick(error.text))
    return list(dict.fromkeys((*options, *chosen)))


def _who_words(who: Who) -> str:
    if who in (TODAY, HERE):
        return say("cmp_today" if who == TODAY else "cmp_here")
    return say("cmp_rev", name=who[0], rev=who[1]) if who[1] else say("cmp_newest", name=who[0])


def _drop(rows: tuple[Row, ...], i: int) -> None:
    st.session_state.compare = (*rows[:i], *rows[i + 1 :])


def _add(rows: tuple[Row, ...], years: tuple[int, ...]) -> None:
    """Add the plan of the last row, five years on; at the end of the years today in the first of them."""
    last = rows[-1]
    later = [year for year in years if year >= last.year + 5]
    st.session_state.compare = (*rows, Row(last.who, later[0]) if later else Row(TODAY, years[0]))
