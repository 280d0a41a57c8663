"""What a drag changes, while the hand still holds it: asked beside the page's socket, answered from the distances kept.

Each run of the panel leaves here what a question needs (``offer``), under a random word that only its own page knows; the
page sends where the hand is, and is told who would be served then (``answer``). Nothing of the plan changes here: what
is put down goes the ordinary way, as an operation of the plan.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import geopandas as gpd
import shapely

from geo import answers
from geo.answers.live import Served, live_of, served
from geo.case import Case
from geo.crs import to_metres, to_wgs84
from geo.errors import InputError, PlanError
from geo.scenario import WAYS, Added, Barrier, Housing, Moved, Object, Removed, Scenario, Street, TransitLine
from geo.scenario.streets import edits_of, named
from layers.look import draw
from ui.map import change
from ui.map.questions import Questions
from ui.map.scene import short_name
from ui.session.hand import Box, corners, moved, place
from ui.session.work import later
from ui.words import BASIS, both, language

__all__ = ["NAME", "NEW", "WORDS", "answer", "offer"]

NAME = "live"
"""First part of the address of a question."""
WORDS = ("live_held", "live_put", "live_zones")
MOST = 50
"""Operations in a question: what is on the way to the page, and what the hand holds."""
NEW = 5
"""Of them, new objects."""


@dataclass(frozen=True, eq=False)
class Question:
    """What is asked about at every move: today, the place under what of the plan fits it, the plan, ids for what is new."""

    today: Case
    case: Case
    plan: Scenario
    free: tuple[str, ...]
    english: bool

    @cached_property
    def ground(self) -> Case:
        """The place under the plan on the streets as they are today: what is built and barred is asked about anew each time."""
        base = self.today.workspace
        return self.case.under(replace(self.case.workspace, network=base.network, streets=base.streets))

    @property
    def before(self) -> answers.Answer:
        """Who is served today."""
        return answers.coverage(self.today)

    @property
    def box(self) -> Box:
        """The bounds of the zones [degrees]."""
        zones = self.today.workspace.zones
        west, south, east, north = self.today.keep(
            "live box", zones, make=lambda: to_wgs84(zones.geometry).total_bounds
        )
        return float(west), float(south), float(east), float(north)

    def ready(self) -> None:
        """Work out what the first move of a drag would wait for."""
        _ = self.before, self.box, live_of(self.ground)

    def under(self, ops: list[Any]) -> Served | None:
        """Return who is served when the objects are where the operations have put them; None for what moves people."""
        plan, free = self.plan, iter(self.free)
        held: set[str] = set()
        for op in ops:
            one = self._drawn(op, plan, free)
            if one is None:
                return None
            plan = plan.having(one)
            held.add(one.object_id)
        objects = plan.at(self.case.year).objects
        crs = self.case.workspace.crs
        where = {
            label: shapely.Point(one.lon, one.lat)
            for one in objects
            if one.object_id in held and isinstance(one, Added | Moved) and (label := self._label(one)) is not None
        }
        points = to_metres(gpd.GeoSeries(list(where.values()), crs="EPSG:4326"), crs) if where else ()
        places: dict[Hashable, shapely.Point] = dict(zip(where, points, strict=True))
        was = self.before.tables["cells"]["served"].eq("walk")
        while True:
            try:
                return served(self.ground, live_of(self.ground), edits_of(objects, crs), places=places, before=was)
            except InputError as error:
                told = named(error, objects)
                loose = {found.file for found in told.findings} & {one.object_id for one in objects}
                if not loose or loose & held:
                    raise told from error
                # What else does not fit is left out, as the page's run leaves it out (``ui.session.edits.applied``).
                objects = tuple(one for one in objects if one.object_id not in loose)

    def _drawn(self, op: object, plan: Scenario, free: Iterator[str]) -> Object | None:
        """Return what an operation makes of an object; None for housing."""
        if not isinstance(op, Mapping):
            raise InputError(both("draw_odd"))
        at = op.get("at")
        if op.get("op") == "move" and isinstance(known := op.get("id"), str):
            one = next((one for one in plan.objects if one.object_id == known), None)
            if isinstance(one, Housing | TransitLine):
                return None
            return Moved(known, *place(at, self.box)) if one is None else moved(one, at, self.box)
        tool = op.get("tool") if op.get("op") == "add" else None
        name = next(free, "") if tool is not None else ""
        if not name:
            raise InputError(both("draw_odd"))
        if tool in ("housing", "transit"):  # neither moves who is within the standard distance on foot at once
            return None
        if tool == "facility":
            return Added(name, self.case.service, *place(at, self.box))
        if tool == "remove":
            return Removed(name, *place(at, self.box))
        if tool == "barrier":
            return Barrier(name, line=corners(at, self.box))
        if isinstance(tool, str) and tool in WAYS:
            return Street(name, corners(at, self.box), tool)
        raise InputError(both("draw_odd"))

    def _label(self, one: Added | Moved) -> Hashable | None:
        """Return the label under which a facility counts for the service asked about, None where it does not."""
        if one.facility_id in self.free:
            return one.facility_id
        found = self.ground.supply.index
        here = found[found.astype(str) == one.facility_id]
        return here[0] if len(here) else None


_OPEN: Questions[Question] = Questions(NAME)


def offer(today: Case, case: Case, plan: Scenario, free: Iterable[str]) -> dict[str, str] | None:
    """Leave what a drag of this session will ask about, and return what the map is told of it; None where nothing can be asked."""
    try:
        _ = case.standard
    except PlanError:  # measured by nothing: there is no picture of it either
        return None
    question = Question(today, case, plan, tuple(free), language() == "en")
    address = _OPEN.leave(question)
    later(question.ready)
    return {"url": address}


def answer(word: str, body: bytes) -> tuple[int, bytes]:
    """Return status and body for a question: who would be served, as JSON; called in a thread of the door."""
    kept = _OPEN.held(word)
    if kept is None:
        return 404, b"{}"
    try:
        number, ops = _read(body)
    except ValueError:
        return 400, b"{}"
    _OPEN.begun(kept, number)
    with kept.turn:
        if number < kept.last:  # the hand has gone on meanwhile
            return 204, b""
        question = kept.question
        try:
            found = question.under(ops)
            told = None if found is None else _told(question, found)
        except PlanError as error:
            told = {"problem": _pick(error.text, question.english)}
    if told is None:
        return 204, b""
    return 200, json.dumps({"n": number, **told}, ensure_ascii=False, allow_nan=False).encode()


def _read(body: bytes) -> tuple[int, list[Any]]:
    """Return number and operations of a question."""
    try:
        told = json.loads(body)
    except RecursionError as error:
        raise ValueError from error
    number, ops = (told.get("n"), told.get("ops")) if isinstance(told, dict) else (None, None)
    if type(number) is not int or not 0 < number <= 2**53 or not isinstance(ops, list) or not 0 < len(ops) <= MOST:
        raise ValueError
    return number, ops


def _told(question: Question, found: Served) -> dict[str, Any]:
    """Return the answer in numbers, in words, and as the picture that the panel will show."""
    zones, before = question.today.workspace.zones, question.before.tables
    moving = found.zones[(found.zones["gained"] > 0) | (found.zones["lost"] > 0)]
    total = found.total.iloc[0]
    lines = _lines(question, before["total"].iloc[0], total)
    return {
        "total": _numbers(total),
        "lines": lines,
        "zones": [
            {"id": str(i), "name": _pick(short_name(zones.loc[i]), question.english), **_numbers(row),
             "lines": _lines(question, before["zones"].loc[i], row)[:2]}
            for i, row in moving.iterrows()
        ],
        "picture": _picture(question, found),
        # Whatever the data are, what the hand holds is supposed.
        "basis": {"basis": "assumed", "text": _pick(BASIS["assumed"], question.english)},
    }  # fmt: skip


def _numbers(row: Any) -> dict[str, float | None]:
    names = ("people", "covered_walk", "share_walk", "gained", "lost")
    return {name: None if math.isnan(row[name]) else float(row[name]) for name in names}


def _lines(question: Question, before: Any, after: Any) -> list[str]:
    """Return in words: people before and after, share before and after, gained, lost."""
    people = [_whole(row["covered_walk"]) for row in (before, after)]
    shares = ["—" if math.isnan(row["share_walk"]) else f"{row['share_walk']:.1%}" for row in (before, after)]
    said = [
        both("live_covered", before=people[0], after=people[1]),
        both("live_share", before=shares[0], after=shares[1]),
    ]
    said += [both("won_by_plan", n=_whole(after["gained"])), both("lost_by_plan", n=_whole(after["lost"]))]
    return [_pick(text, question.english) for text in said]


def _whole(value: float) -> str:
    return "—" if math.isnan(value) else f"{value:,.0f}"


def _picture(question: Question, found: Served) -> dict[str, Any] | None:
    """Return the picture that the panel shows of the same change, written into the answer; None where nothing changes."""
    place = question.ground.workspace
    now = found.cells["served"]
    if now.isna().any():
        return None
    way = change.change_of(question.before.tables["cells"]["served"].eq("walk"), now.astype(bool))
    people = found.cells["people"]
    shown = (way != 0) & (people > 0)
    if not shown.any():
        return None
    cells = place.cells.loc[shown]
    array, transform = draw.grid(cells, way[shown].to_numpy(float), place.cell_metres)
    made = draw.png(array, transform, cells.crs, change.classes(people, way), opacity=1.0)
    url = f"data:image/png;base64,{base64.b64encode(made.png).decode()}"
    return {"url": url, "bounds": made.bounds, "opacity": change.OPACITY}


def _pick(text: tuple[str, str], english: bool) -> str:
    return text[1] if english else text[0]
