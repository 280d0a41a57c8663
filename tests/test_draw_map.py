"""What the browser says was drawn, without a browser: taken once, in order, checked member by member; every one a step of undo."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from typing import Any

import geopandas as gpd
import pytest
import streamlit as st

from geo.crs import to_wgs84
from geo.examples import CRS, at, town
from geo.scenario import (
    KINDS,
    WAYS,
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
    apply,
)
from geo.text import Text
from tests.need import ROOT
from ui.panels import drawing as drawing_panel
from ui.session import draft, drawing, edits, outbox, person

VENDOR = ROOT / "static" / "vendor" / "geoman"
TOWN = town().workspace


def there(x: float, y: float) -> list[float]:
    """Return a place of the town on paper as a browser says it."""
    (p,) = to_wgs84(gpd.GeoSeries([at(x, y)], crs=CRS))
    return [round(p.x, 7), round(p.y, 7)]


HERE, ELSEWHERE = there(200, 0), there(250, 100)
RING = [there(0, 0), there(200, 0), there(200, 100), there(0, 100)]
BOW = [there(0, 0), there(200, 100), there(200, 0), there(0, 100)]


@pytest.fixture(autouse=True)
def session(monkeypatch):
    """A session is a plain dict here; what is kept of it is counted."""
    kept: list[int] = []
    monkeypatch.setattr(
        st,
        "session_state",
        Session(lang="zh", edits=(), service="primary", year=2025, by="walk", base=TOWN, misfits={}),
    )
    monkeypatch.setattr(draft, "keep", lambda: kept.append(len(st.session_state.edits)))
    monkeypatch.setattr(person, "name", lambda: "王工")
    return kept


class Session(dict):
    """A dict whose members are attributes too, as Streamlit's is."""

    __getattr__ = dict.__getitem__
    __setattr__ = dict.__setitem__


def sites() -> list[tuple[str, float, float]]:
    return [(a.facility_id, a.lon, a.lat) for a in edits.current().added]


def take(sent: Any) -> None:
    """Take what the browser sends, as the page does; every operation is meant for the plan."""
    ops = sent.get("ops") if isinstance(sent, dict) else None
    meant = [{**op, "of": "plan"} if isinstance(op, dict) else op for op in ops] if isinstance(ops, list) else ops
    outbox.take({"ops": meant} if isinstance(sent, dict) else sent, {"plan": drawing.make})


def do(*ops: dict[str, Any]) -> None:
    """Send operations, numbered on from the last one taken."""
    take({"ops": [{**op, "n": outbox.done() + i} for i, op in enumerate(ops, 1)]})


def why() -> str:
    """Return why the last operation was refused, "" where it was taken; it leads nowhere without both languages."""
    found = drawing.problem()
    assert found is None or (found.zh and found.en)
    return "" if found is None else found.en


def test_each_operation_is_made_once_however_often_it_is_sent():
    add = {"op": "add", "tool": "facility", "at": HERE, "n": 5}
    move = {"op": "move", "id": "N01", "at": ELSEWHERE, "n": 6}
    take({"ops": [add]})
    take({"ops": [add, move]})
    take({"ops": [add, move]})
    assert sites() == [("N01", *ELSEWHERE)]
    assert outbox.done() == 6
    assert len(st.session_state.edits) == 2


def test_an_operation_goes_to_whom_it_was_meant_for_whatever_panel_is_open():
    """A street drawn just before another panel was opened went to the area of that panel, and was lost."""
    heard: list[Any] = []
    ops = [{"op": "add", "tool": "facility", "at": HERE, "of": "plan", "n": 1}, {"op": "undo", "of": "area", "n": 2},
           {"op": "undo", "of": ["plan"], "n": 3}, {"op": "undo", "n": 4}]  # fmt: skip
    outbox.take({"ops": ops}, {"plan": drawing.make, "area": heard.append})
    assert sites() == [("N01", *HERE)]
    assert [op["n"] for op in heard] == [2]
    assert outbox.done() == 4


def test_undo_and_redo_are_those_of_the_plan_and_end_with_the_next_change(session):
    ops = [{"op": "add", "tool": "facility", "at": HERE, "n": 1}, {"op": "move", "id": "N01", "at": ELSEWHERE, "n": 2},
           {"op": "undo", "n": 3}]  # fmt: skip
    take({"ops": ops})
    assert sites() == [("N01", *HERE)]
    assert len(edits.undone()) == 1
    take({"ops": [{"op": "redo", "n": 4}]})
    assert sites() == [("N01", *ELSEWHERE)]
    assert edits.undone() == ()
    take({"ops": [{"op": "undo", "n": 5}, {"op": "remove", "id": "N01", "n": 6}, {"op": "redo", "n": 7}]})
    assert sites() == []
    assert drawing.chosen() is None
    take({"ops": [{"op": "undo", "n": n} for n in range(8, 20)]})
    assert st.session_state.edits == ()
    assert session[-1] == 0


def test_redo_brings_back_the_saved_revision_a_step_went_on_from():
    edits._step(Scenario("A"), ("A", 3))
    edits.undo()
    edits.redo()
    assert edits.origin() == ("A", 3)


@pytest.mark.parametrize(
    "sent",
    [None, 3, [], {}, {"ops": None}, {"ops": {"n": 1}}, {"ops": [None, 3, [], {}]}, {"ops": [{"op": "add"}]},
     {"ops": [{"op": "nothing", "n": 1}]}, {"ops": [{"op": "undo", "n": True}]}, {"ops": [{"op": "undo", "n": "1"}]},
     {"ops": [{"op": "undo", "n": 2**60}]}, {"ops": [{"op": ["add"], "n": 1}]}, {"ops": [{"op": "select", "id": {}, "n": 1}]}],
)  # fmt: skip
def test_what_is_no_operation_changes_nothing(sent):
    take(sent)
    assert st.session_state.edits == ()


@pytest.mark.parametrize(
    "at", [None, [], [1], [1, 2, 3], ["1", "2"], [float("nan"), 1], [181, 0], [0, -91], [True, False], {"lon": 1}]
)
def test_what_is_no_place_is_refused_in_words_and_the_next_operation_goes_on(at):
    ops = [{"op": "add", "tool": "facility", "at": at, "n": 1}, {"op": "add", "tool": "facility", "at": HERE, "n": 2}]
    take({"ops": ops})
    assert sites() == [("N01", *HERE)]
    why = drawing.problem()
    assert why is not None
    assert "经纬度" in why.zh
    assert drawing.problem() is None


def test_what_is_gone_is_said_and_nothing_is_changed():
    take({"ops": [{"op": "move", "id": "N07", "at": HERE, "n": 1}]})
    why = drawing.problem()
    assert why is not None
    assert "N07" in why.en
    assert st.session_state.edits == ()


def test_the_same_place_again_is_no_step():
    take({"ops": [{"op": "add", "tool": "facility", "at": HERE, "n": 1}]})
    take({"ops": [{"op": "move", "id": "N01", "at": HERE, "n": 2}]})
    assert len(st.session_state.edits) == 1


LINE = [there(0, 300), there(0, 0)]
AFTER = {"year": 2025, "author": "王工"}
DRAWN = {
    "facility": (HERE, Added("N01", "primary", *HERE, 1080.0, open_year=2025, author="王工")),
    **{way: (LINE, Street("N01", LINE, way, **AFTER)) for way in WAYS},
    "barrier": (LINE, Barrier("N01", LINE, **AFTER)),
    "transit": (LINE, TransitLine("N01", LINE, **AFTER)),
    "remove": (HERE, Removed("N01", *HERE, **AFTER)),
    "housing": (RING, Housing("N01", RING, 200, **AFTER)),
}


@pytest.mark.parametrize("tool", drawing.TOOLS)
def test_each_tool_makes_its_object_and_what_it_makes_holds_in_the_place(tool):
    at, made = DRAWN[tool]
    do({"op": "add", "tool": tool, "at": at})
    assert (why(), edits.current().objects) == ("", (made,))
    assert drawing.chosen() == made
    apply(TOWN, edits.current(), 2025)
    do({"op": "undo"}, {"op": "redo"}, {"op": "remove", "id": "N01"}, {"op": "undo"})
    assert edits.current().objects == (made,)


@pytest.mark.parametrize("tool", [tool for tool, shape in drawing.TOOLS.items() if shape != "point"])
@pytest.mark.parametrize(
    ("at", "reason"),
    [
        (None, "no longitude"), ("line", "no longitude"), ({}, "no longitude"), (5, "no longitude"), ([], "at least|give a line"), ([HERE], "at least"),
        ([HERE, HERE, HERE], "at least"), ([HERE, "x"], "no longitude"), ([HERE, None], "no longitude"), ([HERE, [1]], "no longitude"),
        ([HERE, [float("nan"), 39.1]], "no longitude"), ([HERE, [float("inf"), 39.1]], "no longitude"), ([HERE, ["117", "39.1"]], "no longitude"),
        ([HERE, [True, False]], "no longitude"), ([HERE, [[117.0], 39.1]], "no longitude"), ([HERE, [10**400, 39.1]], "no longitude"),
        ([HERE, [0.0, 0.0]], "too far"), ([HERE, [117.0, 39.6]], "too far"), ([HERE] * 10_000, "Too many"), (HERE, "no longitude"),
    ],
)  # fmt: skip
def test_what_is_no_line_is_refused_in_words_and_changes_nothing(tool, at, reason):
    do({"op": "add", "tool": tool, "at": at})
    assert re.search(reason, why())
    assert edits.current().objects == ()
    do({"op": "add", "tool": tool, "at": DRAWN[tool][0]}, {"op": "move", "id": "N01", "at": at})
    assert re.search(reason, why())
    assert edits.current().objects == (DRAWN[tool][1],)


def test_an_area_that_crosses_itself_is_refused_in_words_drawn_or_dragged():
    do({"op": "add", "tool": "housing", "at": BOW})
    assert "crosses itself" in why()
    do({"op": "add", "tool": "housing", "at": RING}, {"op": "move", "id": "N01", "at": BOW})
    assert "crosses itself" in why()
    assert edits.current().objects == (DRAWN["housing"][1],)


def test_an_area_as_large_as_a_district_is_a_slip_of_the_hand():
    wide = [[117.0, 39.1], [117.2, 39.1], [117.2, 39.3], [117.0, 39.3]]
    do({"op": "add", "tool": "housing", "at": wide})
    assert "too large" in why()
    do({"op": "add", "tool": "housing", "at": RING}, {"op": "move", "id": "N01", "at": wide})
    assert "too large" in why()
    assert edits.current().objects == (DRAWN["housing"][1],)


def test_dwellings_are_supposed_by_the_hectare_and_stay_what_somebody_has_said():
    do({"op": "add", "tool": "housing", "at": RING})
    (home,) = edits.current().objects
    assert isinstance(home, Housing)
    assert home.dwellings == 200  # 2 ha
    edits.put(Housing("N01", RING, 37))
    do({"op": "move", "id": "N01", "at": [there(0, 0), there(100, 0), there(100, 100)]})
    (home,) = edits.current().objects
    assert isinstance(home, Housing)
    assert (home.dwellings, len(home.polygon)) == (37, 4)


@pytest.mark.parametrize("tool", [None, "", "add", "tunnel", [], {}, 3, "Facility", "__class__"])
def test_a_tool_that_there_is_not_draws_nothing(tool):
    do({"op": "add", "tool": tool, "at": HERE})
    assert edits.current().objects == ()


def test_a_facility_of_the_base_is_picked_and_dragged_again_and_again_and_is_one_object():
    do({"op": "pick", "at": there(3, 4), "reach": 10})
    assert (drawing.picked(), drawing.chosen()) == ("S", None)
    do({"op": "move", "id": "S", "at": HERE})
    assert edits.current().objects == (Moved("S", *HERE, 2025, "王工"),)
    assert (drawing.picked(), drawing.chosen()) == ("S", edits.current().objects[0])
    do({"op": "move", "id": "move:S", "at": ELSEWHERE})
    assert edits.current().objects == (Moved("S", *ELSEWHERE, 2025, "王工"),)
    assert len(st.session_state.edits) == 2
    do({"op": "select", "id": ""}, {"op": "pick", "at": ELSEWHERE, "reach": 10})  # where it is now
    assert drawing.picked() == "S"
    do({"op": "undo"}, {"op": "undo"})
    assert edits.current().objects == ()


@pytest.mark.parametrize(
    ("at", "reach"),
    [(there(100, 0), 10), (there(0, 0), -1), (there(0, 0), float("nan")), (there(0, 0), None), (there(0, 0), "9"), (there(0, 0), False), (there(0, 0), [5]),
     (there(0, 9000), 1e9), (there(0, 9000), 10**400), (None, 10), ([0, 0], 10)],
)  # fmt: skip
def test_nothing_is_picked_out_of_reach(at, reach):
    do({"op": "pick", "at": at, "reach": reach})
    assert why()
    assert drawing.picked() is None


def test_the_facility_that_is_drawn_is_picked_as_well():
    do(
        {"op": "add", "tool": "facility", "at": HERE},
        {"op": "select", "id": ""},
        {"op": "pick", "at": HERE, "reach": 5},
    )
    assert drawing.chosen() == DRAWN["facility"][1]
    assert drawing.picked() is None  # it is the plan's own


@pytest.mark.parametrize(
    "one",
    [
        Closed("S"),
        Resized("S", "primary", 9),
        Opened("S", 2030),
        Growth("N09", "south", "north", 5),
        District("S", "primary", [[RING]]),
    ],
)
def test_what_has_no_place_of_its_own_is_not_dragged(one):
    edits.add((one,))
    do({"op": "move", "id": one.object_id, "at": HERE})
    assert "cannot be dragged" in why()
    assert len(st.session_state.edits) == 1
    do({"op": "remove", "id": one.object_id})
    assert edits.current().objects == ()


def test_a_barrier_that_came_as_an_area_stays_one_when_it_is_dragged():
    edits.add((Barrier("N01", polygon=RING),))
    smaller = [there(0, 0), there(100, 0), there(100, 100)]
    do({"op": "move", "id": "N01", "at": smaller})
    assert edits.current().objects == (Barrier("N01", polygon=smaller, author="王工"),)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_can_be_chosen_and_deleted_by_its_id_and_no_other(kind):
    every = (
        Added("N01", "primary", *HERE), Moved("S", *HERE), Closed("S"), Resized("S", "primary", 9), Opened("S", 2030), Housing("N02", RING, 9),
        Street("N03", LINE), Removed("N04", *HERE), Barrier("N05", LINE), Growth("N06", "south", "north", 5),
        District("S", "primary", [[RING]]), TransitLine("N07", LINE),
    )  # fmt: skip
    edits.add(every)
    (one,) = (each for each in edits.current().objects if each.kind == kind)
    do({"op": "select", "id": one.object_id})
    assert drawing.chosen() == one
    do({"op": "remove", "id": one.object_id})
    assert [each.object_id for each in every if each.object_id != one.object_id] == [
        each.object_id for each in edits.current().objects
    ]
    assert drawing.chosen() is None


def test_what_does_not_fit_is_left_out_and_named_and_the_rest_counts(monkeypatch):
    monkeypatch.setattr(edits, "told", lambda: Text("草稿", "draft"))
    bridge = [there(0, 700), there(0, 0)]
    do(
        {"op": "move", "id": "S", "at": HERE},
        {"op": "add", "tool": "bridge", "at": bridge},
        {"op": "add", "tool": "barrier", "at": LINE},
    )
    edits.add((Closed("T"),))
    after = edits.applied(TOWN)
    assert set(st.session_state.misfits) == {"N01", "close:T"}
    assert "50 m" in st.session_state.misfits["N01"].en
    assert "N01" in after.scenario_state.en
    assert "close:T" in after.scenario_state.zh
    kept = apply(TOWN, edits.current().without("N01", "close:T"), 2025)
    assert after.schools.geometry.equals(kept.schools.geometry)
    assert len(after.streets) == len(kept.streets)
    assert edits.applied(TOWN) is after  # worked out once, and so is what is left out
    edits.put(replace(edits.current().objects[2], reason="铁路"))
    assert edits.applied(TOWN).network is after.network  # a reason changes no number
    do({"op": "move", "id": "N01", "at": [there(0, 290), there(0, 0)]}, {"op": "remove", "id": "close:T"})
    assert len(edits.applied(TOWN).streets) > len(kept.streets)
    assert st.session_state.misfits == {}
    do({"op": "move", "id": "N01", "at": bridge}, {"op": "remove", "id": "move:S"}, {"op": "remove", "id": "N02"})
    assert edits.applied(TOWN) is TOWN  # nothing of the plan is left
    assert list(st.session_state.misfits) == ["N01"]


def test_the_map_is_told_every_object_that_has_a_place_and_the_legend_every_kind():
    st.session_state.misfits = {"N03": Text("断头", "meets nothing")}
    edits.add((
        Added("N01", "primary", *HERE), Moved("S", *ELSEWHERE), Resized("S", "primary", 9), Closed("gone"), Housing("N02", RING, 9),
        Street("N03", LINE, "bridge"), Removed("N04", *HERE), Barrier("N05", LINE), Barrier("N06", polygon=RING), Growth("N07", "south", "north", 5),
        TransitLine("N08", LINE),
    ))  # fmt: skip
    drawing.choose("S")
    told = drawing_panel.told(town())
    specs = {spec["id"]: spec for spec in told["objects"]}
    assert next(iter(specs)) == "resize:S:primary"  # below what can be dragged
    assert set(specs) == {"N01", "move:S", "resize:S:primary", "N02", "N03", "N04", "N05", "N06", "N08"}
    assert {spec["shape"] for spec in specs.values()} == {"point", "line", "area"}
    assert specs["move:S"]["from"] == there(0, 0)
    assert specs["resize:S:primary"]["at"] == ELSEWHERE  # where the facility is now
    assert specs["N02"]["at"] == RING
    assert (specs["N03"]["fault"], told["selected"], told["removable"]) == ("断头", "move:S", True)
    (layer,) = drawing_panel.layer()
    assert [entry["text"] for entry in layer["legend"]] == [
        "新增设施",
        "迁移设施",
        "关闭设施",
        "调整规模",
        "桥",
        "移除街道",
        "住宅",
        "阻隔",
        "公交线路",
    ]
    looks = {
        (s["colour"], s.get("weight"), s.get("dash"), s["shape"])
        for i, s in specs.items()
        if i in ("N02", "N03", "N05")
    }
    assert len(looks) == 3


def test_a_facility_that_is_only_chosen_has_a_ring_to_drag_and_nothing_to_delete():
    drawing.choose("S")
    told = drawing_panel.told(town())
    assert [(spec["id"], spec["kind"], spec["at"]) for spec in told["objects"]] == [("S", "facility", there(0, 0))]
    assert (told["selected"], told["removable"]) == ("S", False)
    do({"op": "remove", "id": "S"})
    assert "no longer in the plan" in why()


def test_the_vendored_files_are_those_of_the_decision_and_the_licence_is_there():
    told = (ROOT / "docs" / "decisions" / "0011-drawing-with-geoman.md").read_text("utf-8")
    named = dict(re.findall(r"^\| (\S+) \| ([0-9a-f]{64}) \|$", told, re.MULTILINE))
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in VENDOR.iterdir()}
    assert found == named
    assert "MIT License" in (VENDOR / "LICENSE").read_text("utf-8")
