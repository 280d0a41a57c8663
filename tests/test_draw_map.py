"""What the browser says was drawn, without a browser: taken once, in order, checked member by member; every one a step of undo."""

from __future__ import annotations

import hashlib
import re

import pytest
import streamlit as st

from geo.scenario import Added, Scenario
from tests.need import ROOT
from ui.session import draft, drawing, edits

VENDOR = ROOT / "static" / "vendor" / "geoman"
HERE = [117.6515, 39.0643]


@pytest.fixture(autouse=True)
def session(monkeypatch):
    """A session is a plain dict here; what is kept of it is counted."""
    kept: list[int] = []
    monkeypatch.setattr(st, "session_state", Session(lang="zh", edits=(), service="primary", year=2025, by="walk"))
    monkeypatch.setattr(draft, "keep", lambda: kept.append(len(st.session_state.edits)))
    monkeypatch.setattr(drawing, "_add", added)
    return kept


class Session(dict):
    """A dict whose members are attributes too, as Streamlit's is."""

    __getattr__ = dict.__getitem__
    __setattr__ = dict.__setitem__


def added(lon: float, lat: float) -> None:
    (name,) = edits.next_ids(1)
    edits.add_sites((Added(name, "primary", lon, lat, 1080.0, 2025),))
    drawing.choose(name)


def sites() -> list[tuple[str, float, float]]:
    return [(a.facility_id, a.lon, a.lat) for a in edits.current().added]


def test_each_operation_is_made_once_however_often_it_is_sent():
    add = {"op": "add", "tool": "facility", "at": HERE, "n": 5}
    move = {"op": "move", "id": "N01", "at": [117.66, 39.07], "n": 6}
    drawing.take({"ops": [add]})
    drawing.take({"ops": [add, move]})
    drawing.take({"ops": [add, move]})
    assert sites() == [("N01", 117.66, 39.07)]
    assert drawing.done() == 6
    assert len(st.session_state.edits) == 2


def test_undo_and_redo_are_those_of_the_plan_and_end_with_the_next_change(session):
    ops = [{"op": "add", "tool": "facility", "at": HERE, "n": 1}, {"op": "move", "id": "N01", "at": [117.66, 39.07], "n": 2},
           {"op": "undo", "n": 3}]  # fmt: skip
    drawing.take({"ops": ops})
    assert sites() == [("N01", *HERE)]
    assert len(edits.undone()) == 1
    drawing.take({"ops": [{"op": "redo", "n": 4}]})
    assert sites() == [("N01", 117.66, 39.07)]
    assert edits.undone() == ()
    drawing.take({"ops": [{"op": "undo", "n": 5}, {"op": "remove", "id": "N01", "n": 6}, {"op": "redo", "n": 7}]})
    assert sites() == []
    assert drawing.chosen() is None
    drawing.take({"ops": [{"op": "undo", "n": n} for n in range(8, 20)]})
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
    drawing.take(sent)
    assert st.session_state.edits == ()


@pytest.mark.parametrize(
    "at", [None, [], [1], [1, 2, 3], ["1", "2"], [float("nan"), 1], [181, 0], [0, -91], [True, False], {"lon": 1}]
)
def test_what_is_no_place_is_refused_in_words_and_the_next_operation_goes_on(at):
    ops = [{"op": "add", "tool": "facility", "at": at, "n": 1}, {"op": "add", "tool": "facility", "at": HERE, "n": 2}]
    drawing.take({"ops": ops})
    assert sites() == [("N01", *HERE)]
    why = drawing.problem()
    assert why is not None
    assert "经纬度" in why.zh
    assert drawing.problem() is None


def test_what_is_gone_is_said_and_nothing_is_changed():
    drawing.take({"ops": [{"op": "move", "id": "N07", "at": HERE, "n": 1}]})
    why = drawing.problem()
    assert why is not None
    assert "N07" in why.en
    assert st.session_state.edits == ()


def test_the_same_place_again_is_no_step():
    drawing.take({"ops": [{"op": "add", "tool": "facility", "at": HERE, "n": 1}]})
    drawing.take({"ops": [{"op": "move", "id": "N01", "at": HERE, "n": 2}]})
    assert len(st.session_state.edits) == 1


def test_the_vendored_files_are_those_of_the_decision_and_the_licence_is_there():
    told = (ROOT / "docs" / "decisions" / "0011-drawing-with-geoman.md").read_text("utf-8")
    named = dict(re.findall(r"^\| (\S+) \| ([0-9a-f]{64}) \|$", told, re.MULTILINE))
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in VENDOR.iterdir()}
    assert found == named
    assert "MIT License" in (VENDOR / "LICENSE").read_text("utf-8")
