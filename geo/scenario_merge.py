"""Two planners' versions of one scenario: how they differ facility by facility, and one plan made of both.

A three-way merge: what only one of the two changed since the revision both started from is taken as it is; where
both changed the same facility, each in another way, the planner chooses.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from geo.scenario import Added, Scenario, free_ids
from geo.text import Text

__all__ = ["Change", "Difference", "Merged", "changes", "counted", "merge"]

Side = Literal["mine", "theirs"]


@dataclass(frozen=True)
class Change:
    """What a scenario does with one facility: adds it, closes it, gives it other sizes (service, seats); or nothing.

    Examples
    --------
    >>> bool(Change()), bool(Change(closed=True))
    (False, True)
    """

    added: Added | None = None
    closed: bool = False
    sizes: tuple[tuple[str, float], ...] = ()

    def __bool__(self) -> bool:
        """Return whether it does anything."""
        return self != Change()


@dataclass(frozen=True)
class Difference:
    """One facility that is not the same in the three: what each does with it, and whose change it is.

    Examples
    --------
    >>> Difference("S", Change(), Change(), Change(closed=True), "theirs").side
    'theirs'
    """

    facility_id: str
    base: Change
    mine: Change
    theirs: Change
    side: Literal["mine", "theirs", "both", "conflict"]


@dataclass(frozen=True)
class Merged:
    """A merge: the plan, every difference, the conflicts not chosen yet, and new ids of mine that theirs had taken.

    Examples
    --------
    >>> merge(Scenario("a"), Scenario("a"), Scenario("a", closed=("S",))).differences[0].theirs.closed
    True
    """

    scenario: Scenario
    differences: tuple[Difference, ...]
    unsettled: tuple[str, ...]
    renamed: Mapping[str, str]


def changes(scenario: Scenario) -> dict[str, Change]:
    """Return what a scenario does, by facility.

    Examples
    --------
    >>> changes(Scenario("a", closed=("S",), resized={"T": {"primary": 720.0}}))["T"].sizes
    (('primary', 720.0),)
    """
    added = {a.facility_id: a for a in scenario.added}
    closed = set(scenario.closed)
    ids = dict.fromkeys((*added, *scenario.closed, *scenario.resized))
    return {
        i: Change(added.get(i), i in closed, tuple(sorted((k, float(v)) for k, v in scenario.resized.get(i, {}).items())))
        for i in ids
    }  # fmt: skip


def counted(before: Scenario, after: Scenario) -> Text:
    """Return in words how many facilities differ between two states of a plan; empty where none does.

    Examples
    --------
    >>> before = Scenario("a", (Added("N01", "primary", 117.0, 39.1),))
    >>> counted(before, Scenario("a", closed=("S",))).en
    '1 closed, 1 no longer added'
    >>> counted(before, before)
    Text(zh='', en='')
    """
    one, other = changes(before), changes(after)
    kinds = [
        kind
        for i in dict.fromkeys((*one, *other))
        if (was := one.get(i, Change())) != (now := other.get(i, Change()))
        for kind in _kinds(was, now)
    ]
    told = [(zh, en, kinds.count(zh)) for zh, en in _WORDS if zh in kinds]
    return Text("，".join(f"{zh} {n}" for zh, _, n in told), ", ".join(f"{n} {en}" for _, en, n in told))


def merge(
    base: Scenario, mine: Scenario, theirs: Scenario, *, choices: Mapping[str, Side] | None = None,
    known: Collection[str] = (),
) -> Merged:  # fmt: skip
    """Return one plan that holds what both have changed since ``base``.

    Parameters
    ----------
    base
        What both started from; an empty scenario where they have nothing in common.
    mine, theirs
        The two later states. The plan is named as ``theirs``.
    choices
        Facility → whose change to take, for those that both have changed differently. Until one is chosen,
        ``theirs`` stands: it is what is saved.
    known
        Ids that a new facility cannot take (of the workspace).

    Notes
    -----
    Two new facilities that happen to have one id are two facilities: mine gets a new id, and ``renamed`` says so.

    Examples
    --------
    >>> base = Scenario("a", closed=("S",))
    >>> mine = Scenario("a", (Added("N01", "primary", 117.0, 39.1),), ("S",))
    >>> theirs = Scenario("a", closed=("S", "T"))
    >>> both = merge(base, mine, theirs)
    >>> [a.facility_id for a in both.scenario.added], both.scenario.closed, both.unsettled
    (['N01'], ('S', 'T'), ())
    """
    mine, renamed = _apart(base, mine, theirs, known)
    was, one, other = changes(base), changes(mine), changes(theirs)
    chosen, found, result = choices or {}, [], dict(other)
    for i in dict.fromkeys((*was, *other, *one)):
        difference = _difference(i, *(c.get(i, Change()) for c in (was, one, other)))
        if difference is None:
            continue
        found.append(difference)
        if difference.side == "mine" or (difference.side == "conflict" and chosen.get(i) == "mine"):
            result[i] = difference.mine
    unsettled = tuple(d.facility_id for d in found if d.side == "conflict" and d.facility_id not in chosen)
    return Merged(_scenario(theirs.name, result), tuple(found), unsettled, renamed)


def _difference(facility_id: str, was: Change, one: Change, other: Change) -> Difference | None:
    if one == other:
        return None if one == was else Difference(facility_id, was, one, other, "both")
    side: Literal["mine", "theirs", "conflict"] = "theirs" if one == was else "mine" if other == was else "conflict"
    return Difference(facility_id, was, one, other, side)


def _apart(base: Scenario, mine: Scenario, theirs: Scenario, known: Collection[str]) -> tuple[Scenario, dict[str, str]]:
    """Return mine with new ids for what it adds under an id that theirs gave to something else."""
    old = {a.facility_id for a in base.added}
    other = {a.facility_id: a for a in theirs.added}
    clash = [a.facility_id for a in mine.added
             if a.facility_id not in old and other.get(a.facility_id, a) != a]  # fmt: skip
    used = {*known, *other, *old, *(a.facility_id for a in mine.added)}
    renamed = dict(zip(clash, free_ids(len(clash), used), strict=True))
    added = tuple(replace(a, facility_id=renamed.get(a.facility_id, a.facility_id)) for a in mine.added)
    resized = {renamed.get(i, i): sizes for i, sizes in mine.resized.items()}
    return replace(mine, added=added, resized=resized), renamed


def _scenario(name: str, merged: Mapping[str, Change]) -> Scenario:
    return Scenario(
        name,
        tuple(c.added for c in merged.values() if c.added is not None),
        tuple(i for i, c in merged.items() if c.closed),
        {i: dict(c.sizes) for i, c in merged.items() if c.sizes},
    )


_WORDS = (
    ("新增", "added"), ("关闭", "closed"), ("调整规模", "resized"), ("改动新增", "altered"), ("撤回新增", "no longer added"),
    ("恢复", "reopened"),
)  # fmt: skip


def _kinds(was: Change, now: Change) -> Iterable[str]:
    if was.added != now.added:
        yield "新增" if was.added is None else "撤回新增" if now.added is None else "改动新增"
    if was.closed != now.closed:
        yield "关闭" if now.closed else "恢复"
    if was.sizes != now.sizes:
        yield "调整规模"
