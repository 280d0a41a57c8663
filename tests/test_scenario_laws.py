"""Laws that hold for any scenario: files bring it back, and a merge loses nothing of either side."""

from __future__ import annotations

import json
from dataclasses import fields

from hypothesis import given, settings
from hypothesis import strategies as st

from geo.scenario import (
    Added,
    Barrier,
    Closed,
    District,
    Growth,
    Housing,
    Moved,
    Opened,
    Removed,
    Resized,
    Scenario,
    Street,
    TransitLine,
    changes_between,
    from_geojson,
    merge,
    to_geojson,
)
from geo.services import SERVICES, STAGES

LON = st.floats(-179, 179, allow_nan=False)
LAT = st.floats(-89, 89, allow_nan=False)
YEAR = st.none() | st.integers(1990, 2060)
WORD = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=8)
SEATS = st.floats(0, 1e5, allow_nan=False)
SOME = st.floats(1, 1e5, allow_nan=False)
OLD = st.sampled_from(("S", "T", "U"))
NEW = st.sampled_from(tuple(f"N{n:02d}" for n in range(1, 7)))
LINE = st.lists(st.tuples(LON, LAT), min_size=2, max_size=5).filter(
    lambda c: len({(round(x, 7), round(y, 7)) for x, y in c}) == len(c)
)
BOX = st.tuples(LON, LAT, st.floats(0.001, 0.9), st.floats(0.001, 0.9)).map(
    lambda b: [(b[0], b[1]), (b[0] + b[2], b[1]), (b[0] + b[2], b[1] + b[3]), (b[0], b[1] + b[3])]
)
TOLD = {"author": WORD, "reason": WORD}
OBJECT = st.one_of(
    st.builds(Added, NEW, st.sampled_from(tuple(SERVICES)), LON, LAT, st.none() | SEATS, YEAR, WORD, **TOLD),
    st.builds(Moved, OLD, LON, LAT, YEAR, **TOLD),
    st.builds(Closed, OLD, YEAR, **TOLD),
    st.builds(Resized, OLD, st.sampled_from(STAGES), SEATS, YEAR, **TOLD),
    st.builds(Opened, OLD, st.integers(1990, 2060), **TOLD),
    st.builds(Housing, NEW, BOX, SOME, st.none() | SOME, YEAR, **TOLD),
    st.builds(Street, NEW, LINE, st.sampled_from(("street", "bridge", "crossing", "gate")), YEAR, **TOLD),
    st.builds(Removed, NEW, LON, LAT, YEAR, **TOLD),
    st.builds(lambda i, line, y: Barrier(i, line, year=y), NEW, LINE, YEAR),
    st.builds(lambda i, ring, y: Barrier(i, polygon=ring, year=y), NEW, BOX, YEAR),
    st.builds(lambda i, line, m, y: TransitLine(i, line, m, year=y), NEW, LINE, st.floats(1, 240), YEAR),
    st.builds(lambda i, s, ring, y: District(i, s, [[ring]], y), OLD, st.sampled_from(STAGES), BOX, YEAR),
    st.builds(lambda i, n, y: Growth(i, "south", "north", n, y), NEW, SOME, YEAR),
)
PLAIN = st.recursive(st.none() | st.booleans() | st.integers(-(2**50), 2**50) | st.floats(allow_nan=False, allow_infinity=False) | WORD,
                     lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORD, inner, max_size=3), max_leaves=6)  # fmt: skip
OBJECTS = st.lists(OBJECT, max_size=4, unique_by=lambda o: o.object_id)
PLAN = st.builds(
    lambda name, o, p: Scenario(name, objects=o, parameters=p), WORD, OBJECTS, st.dictionaries(WORD, PLAIN, max_size=3)
)


@st.composite
def three(draw: st.DrawFn) -> tuple[Scenario, Scenario, Scenario]:
    """Return a plan and two that go on from it: objects kept, changed, taken out, added."""
    base = Scenario(
        "a", objects=draw(OBJECTS), parameters=draw(st.dictionaries(st.sampled_from("xy"), st.integers(0, 2)))
    )
    sides = []
    for _ in range(2):
        objects = {o.object_id: o for o in base.objects if draw(st.booleans())}
        objects |= {o.object_id: o for o in draw(OBJECTS)}
        sides.append(
            Scenario(
                "a",
                objects=objects.values(),
                parameters=draw(st.dictionaries(st.sampled_from("xy"), st.integers(0, 2))),
            )
        )
    return base, sides[0], sides[1]


def as_set(plan: Scenario) -> tuple[set, dict]:
    return set(plan.objects), dict(plan.parameters)


def about(object_id: str) -> str:
    """Return the facility of a change, or the object itself."""
    return object_id.split(":")[1] if ":" in object_id else object_id


@given(PLAN)
@settings(max_examples=60)
def test_a_scenario_comes_back_from_both_files(plan: Scenario) -> None:
    assert Scenario.from_dict(json.loads(json.dumps(plan.as_dict()))) == plan
    assert from_geojson(json.loads(json.dumps(to_geojson(plan), ensure_ascii=False))) == plan


@given(PLAN, PLAN)
@settings(max_examples=40)
def test_what_one_side_leaves_is_taken_from_the_other(base: Scenario, other: Scenario) -> None:
    for found in (merge(base, base, other), merge(base, other, base), merge(base, other, other)):
        assert as_set(found.scenario) == as_set(other)
        assert found.unsettled == ()
        assert found.renamed == {}


@given(three())
@settings(max_examples=60)
def test_a_merge_without_conflict_is_the_same_from_both_sides(plans: tuple[Scenario, Scenario, Scenario]) -> None:
    base, mine, theirs = plans
    one, other = merge(base, mine, theirs), merge(base, theirs, mine)
    assert set(one.unsettled) == set(other.unsettled) or one.renamed or other.renamed
    if not (one.unsettled or one.renamed):
        assert as_set(one.scenario) == as_set(other.scenario)


@given(three())
@settings(max_examples=60)
def test_nothing_of_either_side_is_lost(plans: tuple[Scenario, Scenario, Scenario]) -> None:
    """Every change of mine and of theirs is in what is made of both, or in a conflict that is asked about."""
    base, mine, theirs = plans
    found = merge(base, mine, theirs)
    asked = {d.subject for d in found.differences if d.side == "conflict"}
    result = {o.object_id: o for o in found.scenario.objects}
    told = {about(d.subject) for d in found.differences}
    for plan, names in ((mine, found.renamed), (theirs, {})):
        for row in changes_between(base, plan):
            if row.kind == "parameters":
                continue
            name = names.get(row.object_id, row.object_id)
            one = next((o for o in plan.objects if o.object_id == row.object_id), None)
            if about(name) in asked:
                continue
            if one is None:
                assert name not in result
            elif row.field in ("", "place"):
                assert name in result
            else:
                field = "open_year" if isinstance(one, Added) and row.field == "year" else row.field
                assert getattr(result[name], field) == getattr(one, field)
    changed = {about(row.object_id) for row in changes_between(base, found.scenario) if row.object_id}
    assert changed <= told | set(found.renamed.values())


@given(three())
@settings(max_examples=30)
def test_a_choice_settles_every_conflict(plans: tuple[Scenario, Scenario, Scenario]) -> None:
    base, mine, theirs = plans
    open_ = merge(base, mine, theirs).unsettled
    for side in ("mine", "theirs"):
        assert merge(base, mine, theirs, choices=dict.fromkeys(open_, side)).unsettled == ()
    chosen = merge(base, mine, theirs, choices=dict.fromkeys(open_, "theirs")).scenario
    assert chosen == merge(base, mine, theirs).scenario
    assert all(len(fields(o)) > 2 for o in chosen.objects)
