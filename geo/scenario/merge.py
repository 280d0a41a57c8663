"""Two planners' versions of one scenario made one: three-way, object by object and field by field.

What only one of the two changed since the revision both started from is taken as it is; where one moves a street's
end and the other changes its year, both hold. Only where both changed the same field, each in another way, where one
takes away what the other changes, or one closes a facility that the other alters, the planner chooses.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Literal

from geo.scenario.objects import Added, Closed, District, Moved, Object, Opened, Resized, subject
from geo.scenario.scenario import Scenario, free_ids

__all__ = ["Difference", "Merged", "Side", "merge"]

Side = Literal["mine", "theirs"]
Whose = Literal["mine", "theirs", "both", "conflict"]
PLACE = "place"
"""Longitude and latitude are one field: half of one place and half of another is where nobody put anything."""
PROJECT = "project"
"""So are id and name of the project that a change names."""
PARTS = {PLACE: ("lon", "lat"), PROJECT: ("project_id", "project_zh")}
PARAMETERS = "parameters"
_CHANGE = Moved | Closed | Resized | Opened | District
_FACILITY = Added | Moved | Closed | Resized | Opened | District


@dataclass(frozen=True)
class Difference:
    """One thing that is not the same in the three: an object, a field of one, all that is done to a facility, a parameter.

    ``key`` names it in ``choices``. ``field`` is empty where the object as a whole comes or goes; ``base``, ``mine`` and
    ``theirs`` are then the object (None: not there), else values of the field. Where one closes a facility that the other
    alters, they are tuples of all objects about it, and ``object_id`` is the facility.

    Examples
    --------
    >>> (one,) = merge(Scenario("a"), Scenario("a"), Scenario("a", closed=("S",))).differences
    >>> one.key, one.side, one.subject, one.theirs.kind
    ('close:S', 'theirs', 'S', 'close')
    """

    key: str
    object_id: str
    field: str
    base: Any
    mine: Any
    theirs: Any
    side: Whose
    subject: str


@dataclass(frozen=True)
class Merged:
    """A merge: the plan, every difference, the conflicts not chosen yet, and new ids of mine that theirs had taken.

    Examples
    --------
    >>> merge(Scenario("a"), Scenario("a"), Scenario("a", closed=("S",))).scenario.closed
    ('S',)
    """

    scenario: Scenario
    differences: tuple[Difference, ...]
    unsettled: tuple[str, ...]
    renamed: Mapping[str, str]


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
        Key of a difference → whose change to take, for the conflicts. Until one is chosen, ``theirs`` stands: it is
        what is saved.
    known
        Ids that a new object cannot take (of the workspace).

    Notes
    -----
    Two new objects that happen to have one id are two objects: mine gets a new id, and ``renamed`` says so.

    Examples
    --------
    >>> school = Added("N01", "primary", 117.0, 39.1, 360, 2028)
    >>> base = Scenario("a", (school,))
    >>> mine, theirs = (base.having(one) for one in (replace(school, seats=720), replace(school, open_year=2030)))
    >>> both = merge(base, mine, theirs)
    >>> both.scenario.added[0].seats, both.scenario.added[0].open_year, both.unsettled
    (720.0, 2030, ())
    >>> merge(base, mine, base.having(replace(school, seats=900))).unsettled
    ('N01.seats',)
    """
    mine, renamed = _apart(base, mine, theirs, known)
    chosen = choices or {}
    was, one, other = ({o.object_id: o for o in s.objects} for s in (base, mine, theirs))
    spine = (one, other) if list(was) == list(other) else (other, one)
    ids = dict.fromkeys((*spine[0], *spine[1], *was))
    closing = _closings(was, one, other)
    found: list[Difference] = []
    result: dict[str, Object] = {}
    for name, difference in closing.items():
        found.append(difference)
        for each in difference.mine if chosen.get(name) == "mine" else difference.theirs:
            result[each.object_id] = each
    for i in ids:
        three = (was.get(i), one.get(i), other.get(i))
        if _about(three) in closing and any(isinstance(o, _FACILITY) for o in three):
            continue
        differences, merged = _object(i, *three, chosen)
        found += differences
        if merged is not None:
            result[i] = merged
    told, parameters = _parameters(base.parameters, mine.parameters, theirs.parameters, chosen)
    found += told
    unsettled = tuple(d.key for d in found if d.side == "conflict" and d.key not in chosen)
    ordered = tuple(result[i] for i in ids if i in result)
    return Merged(Scenario(theirs.name, objects=ordered, parameters=parameters), tuple(found), unsettled, renamed)


def _object(
    name: str, was: Object | None, one: Object | None, other: Object | None, chosen: Mapping[str, Side]
) -> tuple[list[Difference], Object | None]:
    """Return how the three versions of an object differ, and what is made of them."""
    about = _about((was, one, other))
    if one == other:
        told = [] if one == was else [Difference(name, name, "", was, one, other, "both", about)]
        return told, one
    if was is None or one is None or other is None or not (type(was) is type(one) is type(other)):
        if was is None and one is not None and other is not None and type(one) is type(other):
            return _fields(name, None, one, other, about, chosen)
        side: Whose = "theirs" if one == was else "mine" if other == was else "conflict"
        taken = one if side == "mine" or (side == "conflict" and chosen.get(name) == "mine") else other
        return [Difference(name, name, "", was, one, other, side, about)], taken
    return _fields(name, was, one, other, about, chosen)


def _fields(
    name: str, was: Object | None, one: Object, other: Object, about: str, chosen: Mapping[str, Side]
) -> tuple[list[Difference], Object]:
    """Return the fields that differ, and the object made of both sides' changes."""
    before = _values(was) if was is not None else {}
    left, right = _values(one), _values(other)
    found: list[Difference] = []
    taken: dict[str, Any] = {}
    for field, (m, t) in ((f, (left[f], right[f])) for f in left):
        b = before.get(field, _NOTHING)
        key = f"{name}.{field}"
        side: Whose = "both" if m == t else "theirs" if m == b else "mine" if t == b else "conflict"
        if m != b or t != b:
            found.append(Difference(key, name, field, _none(b), m, t, side, about))
        if side == "mine" or (side == "conflict" and chosen.get(key) == "mine"):
            taken |= dict(zip(PARTS[field], m, strict=True)) if field in PARTS else {field: m}
    if was is None:
        found = [one for one in found if one.side == "conflict"]  # what both have made alike is no question
    return found, replace(other, **taken)


def _values(one: Object) -> dict[str, Any]:
    told = {f.name: getattr(one, f.name) for f in fields(one)}
    for field, parts in PARTS.items():
        if parts[0] in told:
            told = {field: tuple(told.pop(part) for part in parts), **told}
    return told


def _closings(
    was: Mapping[str, Object], one: Mapping[str, Object], other: Mapping[str, Object]
) -> dict[str, Difference]:
    """Return the facilities that one side takes away while the other alters them, by facility."""
    groups = [_groups(o.values()) for o in (was, one, other)]
    found = {}
    for name in dict.fromkeys(i for group in groups for i in group):
        b, m, t = (group.get(name, ()) for group in groups)
        gone = [_is_gone(b, side) for side in (m, t)]
        if gone[0] == gone[1] or m == b or t == b:
            continue
        # Of what both do to it, only what does not go with a closure is a question.
        stays = t if gone[0] else m
        if {o.object_id for o in stays if o not in b}:
            found[name] = Difference(name, name, "", b, m, t, "conflict", name)
    return found


def _groups(objects: Iterable[Object]) -> dict[str, tuple[Object, ...]]:
    """Return the objects about each facility, in order of their ids."""
    found: dict[str, list[Object]] = {}
    for one in objects:
        if isinstance(one, _FACILITY):
            found.setdefault(subject(one), []).append(one)
    return {name: tuple(sorted(every, key=lambda o: o.object_id)) for name, every in found.items()}


def _is_gone(was: tuple[Object, ...], now: tuple[Object, ...]) -> bool:
    """Return whether a version closes the facility, or no longer adds it."""
    added = any(isinstance(o, Added) for o in was) and not any(isinstance(o, Added) for o in now)
    return added or any(isinstance(o, Closed) for o in now)


def _about(three: Iterable[Object | None]) -> str:
    return next(subject(o) for o in three if o is not None)


def _parameters(
    was: Mapping[str, Any], one: Mapping[str, Any], other: Mapping[str, Any], chosen: Mapping[str, Side]
) -> tuple[list[Difference], dict[str, Any]]:
    """Return which parameters of the analysis differ, and what is made of them."""
    found, result = [], dict(other)
    for name in dict.fromkeys((*other, *one, *was)):
        b, m, t = (side.get(name, _NOTHING) for side in (was, one, other))
        if m == t == b:
            continue
        key = f"{PARAMETERS}.{name}"
        side: Whose = "both" if m == t else "theirs" if m == b else "mine" if t == b else "conflict"
        found.append(Difference(key, PARAMETERS, name, _none(b), _none(m), _none(t), side, PARAMETERS))
        if side == "mine" or (side == "conflict" and chosen.get(key) == "mine"):
            if m is _NOTHING:
                result.pop(name, None)
            else:
                result[name] = m
    return found, result


def _apart(base: Scenario, mine: Scenario, theirs: Scenario, known: Collection[str]) -> tuple[Scenario, dict[str, str]]:
    """Return mine with new ids for new objects whose id theirs gave to something else.

    A change of a facility is called after it, so two of them are about one thing: they meet in the merge.
    """
    old = {o.object_id for o in base.objects}
    other = {o.object_id: o for o in theirs.objects}
    new = [o for o in mine.objects if not isinstance(o, _CHANGE)]
    clash = [o.object_id for o in new if o.object_id not in old and other.get(o.object_id, o) != o]
    used = {*known, *other, *old, *(o.object_id for o in mine.objects)}
    renamed = dict(zip(clash, free_ids(len(clash), used), strict=True))
    if not renamed:
        return mine, renamed
    return replace(mine, objects=tuple(_renamed(o, renamed) for o in mine.objects)), renamed


def _renamed(one: Object, names: Mapping[str, str]) -> Object:
    """Return an object under its new id; a change of a new facility goes with it."""
    if isinstance(one, _FACILITY):
        return replace(one, facility_id=names[one.facility_id]) if one.facility_id in names else one
    return replace(one, object_id=names[one.object_id]) if one.object_id in names else one


_NOTHING = object()


def _none(value: Any) -> Any:
    return None if value is _NOTHING else value
