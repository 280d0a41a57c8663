"""A scenario: what is done to a place, object by object, and the parameters of the analysis that it is about."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from geo.errors import Finding, InputError
from geo.scenario.checks import members
from geo.scenario.objects import KINDS, Added, Closed, Object, Resized, as_plain, of_plain
from geo.text import Text
from geo.workspace import Workspace

__all__ = ["FORMAT", "Scenario", "free_ids", "ids_of"]

FORMAT = 2
"""Of ``Scenario.as_dict``: a later program writes a higher one, and an earlier one says so instead of dropping what it does not know."""
FIELDS = ("format", "name", "objects", "parameters", "added", "closed", "resized")


@dataclass(frozen=True, init=False)
class Scenario:
    """Objects over a base, and the parameters of an analysis (service, year, limit, …), so that a file runs again as it ran.

    Parameters
    ----------
    name
        What planners call it.
    added, closed, resized
        A short way to say objects: facilities, their ids, facility_id → service → seats (beds for clinics). Given
        together with ``objects`` each stands in place of the objects of its kind: what is closed or resized in both keeps
        its year, author and reason.
    objects
        Everything it does, in the order in which it was drawn. Each object_id stands once.
    parameters
        Plain data: texts, numbers, lists and mappings of them.

    Raises
    ------
    InputError
        If two objects have one id, or a parameter is no plain data.

    Examples
    --------
    >>> plan = Scenario("two schools", added=(Added("NEW", "primary", 117.0, 39.1, 360),), closed=("S",))
    >>> plan.added[0].seats, plan.closed, plan.resized, bool(plan)
    (360.0, ('S',), {}, True)
    >>> replace(plan, closed=()).objects == plan.without("close:S").objects
    True
    """

    name: str
    objects: tuple[Object, ...]
    parameters: Mapping[str, Any]

    def __init__(
        self,
        name: str,
        added: Iterable[Added] | None = None,
        closed: Iterable[str] | None = None,
        resized: Mapping[str, Mapping[str, float]] | None = None,
        *,
        objects: Iterable[Object] = (),
        parameters: Mapping[str, Any] | None = None,
    ) -> None:
        every = tuple(objects)
        if added is not None:
            every = _instead(every, Added, tuple(added))
        if closed is not None:
            had = {one.facility_id: one for one in every if isinstance(one, Closed)}
            every = _instead(every, Closed, tuple(had.get(i, Closed(i)) for i in dict.fromkeys(closed)))
        if resized is not None:
            every = _instead(every, Resized, tuple(_sizes(every, resized)))
        _once(every)
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "objects", every)
        object.__setattr__(self, "parameters", _plain_parameters(parameters or {}))

    @property
    def added(self) -> tuple[Added, ...]:
        """The new facilities."""
        return tuple(one for one in self.objects if isinstance(one, Added))

    @property
    def closed(self) -> tuple[str, ...]:
        """The facilities that are closed, in whatever year."""
        return tuple(one.facility_id for one in self.objects if isinstance(one, Closed))

    @property
    def resized(self) -> dict[str, dict[str, float]]:
        """facility_id → service → seats."""
        sizes: dict[str, dict[str, float]] = {}
        for one in self.objects:
            if isinstance(one, Resized):
                sizes.setdefault(one.facility_id, {})[one.service] = one.seats
        return sizes

    def __bool__(self) -> bool:
        """Return whether it does anything."""
        return bool(self.objects)

    def having(self, *objects: Object) -> Scenario:
        """Return the scenario with objects, each in place of the one with its id, new ones at the end.

        Examples
        --------
        >>> plan = Scenario("a", closed=("S",)).having(Closed("S", 2030), Closed("T"))
        >>> [(one.object_id, one.year) for one in plan.objects]
        [('close:S', 2030), ('close:T', None)]
        """
        new = {one.object_id: one for one in objects}
        stay = [new.pop(one.object_id, one) for one in self.objects]
        return replace(self, objects=(*stay, *new.values()))

    def without(self, *object_ids: str) -> Scenario:
        """Return the scenario without the objects of these ids.

        Examples
        --------
        >>> Scenario("a", closed=("S", "T")).without("close:S").closed
        ('T',)
        """
        return replace(self, objects=tuple(one for one in self.objects if one.object_id not in object_ids))

    def at(self, year: int | None) -> Scenario:
        """Return what of the scenario holds in a year; all of it where no year is given.

        What changes the year of an opening (kind "open") always holds: it says when the facility is there.

        Examples
        --------
        >>> plan = Scenario("a", objects=(Closed("S", 2030), Closed("T")))
        >>> plan.at(2029).closed, plan.at(2030).closed
        (('T',), ('S', 'T'))
        """
        if year is None:
            return self
        holds = (one for one in self.objects if one.kind == "open" or one.year is None or one.year <= year)
        return replace(self, objects=tuple(holds))

    def as_dict(self) -> dict[str, Any]:
        """Return the scenario as plain data.

        Examples
        --------
        >>> Scenario("close it", closed=("S",)).as_dict()
        {'format': 2, 'name': 'close it', 'parameters': {}, 'objects': [{'kind': 'close', 'object_id': 'close:S', 'facility_id': 'S'}]}
        """
        return {
            "format": FORMAT,
            "name": self.name,
            "parameters": json.loads(json.dumps(_open(self.parameters))),
            "objects": [as_plain(one) for one in self.objects],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Scenario:
        """Return the scenario written by ``as_dict``, of this format or an earlier one (those before 1 name none).

        The short members of format 1 (``added``, ``closed``, ``resized``) are read in every format: people write them.

        Raises
        ------
        InputError
            If the data are not of that form, or hold what this program does not know: nothing is dropped unseen.

        Examples
        --------
        >>> plan = Scenario("close it", closed=("S",))
        >>> Scenario.from_dict(plan.as_dict()) == plan
        True
        >>> Scenario.from_dict({"format": 1, "name": "close it", "closed": ["S"]}) == plan
        True
        """
        _known(data)
        try:
            listed = [of_plain(one) for one in data.get("objects", ())]
            listed += [_added(one) for one in data.get("added", ())]
            listed += [Closed(str(one)) for one in data.get("closed", ())]
            sizes = {str(k): {str(s): float(n) for s, n in v.items()} for k, v in data.get("resized", {}).items()}
            listed += [Resized(i, key, seats) for i, by in sizes.items() for key, seats in by.items()]
            return cls(str(data["name"]), objects=listed, parameters=data.get("parameters", {}))
        except InputError:
            raise
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InputError(Text(f"方案数据无法读取：{error}", f"the scenario cannot be read: {error}")) from error


def ids_of(workspace: Workspace) -> frozenset[str]:
    """Return every id that a layer of the workspace uses: facilities, zones, lines, projects of the plan.

    Examples
    --------
    >>> from geo.examples import town
    >>> sorted(ids_of(town().workspace))
    ['S', 'north', 'south']
    """
    layers = ("zones", "schools", "clinics", "stops", "facilities", "links", "water", "projects", "carriers")
    named = (frame for name in layers if (frame := workspace.layer(name)).index.name)
    return frozenset(str(i) for frame in named for i in frame.index)


def free_ids(count: int, used: Collection[str]) -> list[str]:
    """Return ids for new objects, N01 and on, that are not among those used.

    Examples
    --------
    >>> free_ids(2, {"S01", "N01", "P01"})
    ['N02', 'N03']
    """
    taken, number = set(used), 1
    ids: list[str] = []
    while len(ids) < count:
        if (name := f"N{number:02d}") not in taken:
            ids.append(name)
        number += 1
    return ids


def _instead(every: tuple[Object, ...], kind: type[Object], new: tuple[Object, ...]) -> tuple[Object, ...]:
    """Return the objects with others of a kind: what stays keeps its place, the rest follows."""
    _once(new)
    left = {one.object_id: one for one in new}
    stay = [left.pop(one.object_id, None) if isinstance(one, kind) else one for one in every]
    return (*(one for one in stay if one is not None), *left.values())


def _sizes(every: tuple[Object, ...], resized: Mapping[str, Mapping[str, float]]) -> Iterable[Resized]:
    had = {one.object_id: one for one in every if isinstance(one, Resized)}
    for facility_id, sizes in resized.items():
        for key, seats in sizes.items():
            new = Resized(facility_id, key, seats)
            known = had.get(new.object_id)
            yield new if known is None else replace(known, seats=seats)


def _once(objects: tuple[Object, ...]) -> None:
    """Refuse two objects of one id."""
    seen: set[str] = set()
    twice = list(dict.fromkeys(i for o in objects if (i := o.object_id) in seen or seen.add(i)))  # type: ignore[func-returns-value]
    if twice:
        raise InputError(
            [
                Finding(
                    "error", f"方案中有两个对象的编号同为 {i}，请改其中一个（新对象编号如 N01）",
                    f"two objects of the scenario are called {i}: rename one of them (ids of new objects are like N01)", i, None, "object_id",
                )
                for i in twice
            ]
        )  # fmt: skip


def _known(data: Mapping[str, Any]) -> None:
    """Refuse a format of a later program, and members that nobody knows."""
    if not isinstance(data, Mapping):
        raise InputError(Text("方案数据须为对象", "the data of a scenario must be an object"))
    written = data.get("format", 1)
    if type(written) is not int or not 1 <= written <= FORMAT:
        raise InputError(
            Text(
                f"方案的格式为 {written!r}，本程序只认识到 {FORMAT}：请用更新的版本打开",
                f"the scenario is of format {written!r}, this program knows up to {FORMAT}: open it with a newer version",
            )
        )
    unknown = [str(k) for k in data if k not in FIELDS]
    if unknown:
        raise InputError(
            Text(
                f"方案中有本程序不认识的字段：{'、'.join(unknown)}；请用更新的版本打开，或删去这些字段",
                f"the scenario has fields that this program does not know: {', '.join(unknown)}; open it with a newer "
                "version, or remove them",
            )
        )


def _added(one: Any) -> Object:
    """Return a new facility as format 1 has it: without its kind, with ``open_year``."""
    if not isinstance(one, Mapping):
        raise TypeError(f"added: {one!r}")
    known = {f for f in KINDS["add"].__dataclass_fields__ if f != "kind"}
    members("add", {f"added.{k}": v for k, v in one.items() if k not in known}, (), ())
    members("add", one, known, {"facility_id", "service", "lon", "lat"})
    return Added(**one)


def _plain_parameters(given: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return parameters as JSON would bring them back; refuse what it would not."""
    try:
        if not isinstance(given, Mapping):
            raise TypeError
        return MappingProxyType(json.loads(json.dumps(_open(given), allow_nan=False)))
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError(
            [
                Finding(
                    "error", "方案参数须为文字、数、列表等普通数据（不含 NaN、无穷）", "the parameters of a scenario must be plain data: texts, numbers, lists; no NaN or infinity",
                    None, None, "parameters",
                )
            ]
        ) from error  # fmt: skip


def _open(given: Any) -> Any:
    return dict(given) if isinstance(given, MappingProxyType) else given
