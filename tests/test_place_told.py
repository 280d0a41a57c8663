"""What a press on the map is told beside the page: the same as the page's run tells; and nothing to who may not ask."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from html import escape
from typing import Any

import pytest
import streamlit as st

from geo import answers
from geo.case import Case
from geo.crs import to_wgs84
from geo.errors import InputError
from geo.examples import homes, town
from ui.map import questions
from ui.panels import place_told, robust_here
from ui.panels.place_told import Question, Told
from ui.parts.markup import trees
from ui.session.state import Choice

HERE = to_wgs84(homes()).geometry["c"]
NUMBERS = itertools.count(1)


@pytest.fixture(autouse=True)
def session(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Give each test a session of its own, and forget what others have left."""
    state: dict[str, Any] = {"lang": "zh"}
    monkeypatch.setattr(st, "session_state", state)
    monkeypatch.setattr(place_told, "_OPEN", questions.Questions(place_told.NAME))
    return state


def asked(case: Case, **more: Any) -> Question:
    given = {"lang": "zh", "walks": "adult", "minutes": False, "classes": None, **more}
    return Question(case, Choice(case.service, case.year, "walk"), **given)


def left(question: Question) -> str:
    told = place_told.leave(question)
    assert told is not None
    return told["url"].removeprefix("place/")


def pressed(word: str, lon: float = HERE.x, lat: float = HERE.y) -> dict[str, Any]:
    number = next(NUMBERS)
    status, body = place_told.answer(word, json.dumps({"n": number, "lon": lon, "lat": lat}).encode())
    assert status == 200, (status, body)
    said = dict(json.loads(body))
    assert said.pop("n") == number
    return said


def words(nodes: list[Any]) -> list[str]:
    return [text for one in nodes for text in ([one] if isinstance(one, str) else words(one[2:]))]


def test_the_press_and_the_run_are_told_the_same_and_it_is_worked_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked_for: list[tuple[float, float]] = []
    true = answers.site

    def counting(case: Case, lon: float, lat: float, **more: Any) -> Any:
        asked_for.append((lon, lat))
        return true(case, lon, lat, **more)

    monkeypatch.setattr(answers, "site", counting)
    case = town()
    word = left(asked(case))
    said = pressed(word)
    # The run has a case of its own, of the same place.
    told = place_told.told(asked(Case(case.workspace, case.service, case.year)), HERE.x, HERE.y)
    assert said["layers"] == json.loads(json.dumps(told.layers))
    assert said["panel"] == trees([*told.head, *told.body])
    assert [one["id"] for one in told.layers] == ["bands", "spokes"] and said["gone"] == []
    assert "400" in words(said["panel"]) and f"{HERE.x:.5f}°E" in "".join(words(said["panel"]))
    assert len(asked_for) == 1
    assert place_told.told(asked(case, classes=30), HERE.x, HERE.y) is not told  # another question
    assert len(asked_for) == 2


def test_a_press_is_told_in_the_language_and_at_the_pace_of_its_session(session: dict[str, Any]) -> None:
    slow, quick = (pressed(left(asked(town(), walks=walks))) for walks in ("elder", "adult"))
    session["lang"] = "en"  # of another session's thread: counts for nothing
    chinese = pressed(left(asked(town())))
    english = pressed(left(asked(town(), lang="en")))
    minutes = pressed(left(asked(town(), minutes=True)))
    assert chinese == quick != slow
    assert "Residents newly covered (on foot)" in words(english["panel"])
    assert "新覆盖居民（步行）" in words(chinese["panel"])
    assert minutes["layers"][0]["hash"] != chinese["layers"][0]["hash"]


def test_a_place_off_every_street_takes_the_layers_away() -> None:
    said = pressed(left(asked(town())), lon=0.0, lat=0.0)
    assert said["layers"] == [] and said["gone"] == ["bands", "spokes"]
    assert any("0.00000°" in text for text in words(said["panel"]))


def test_a_place_without_people_leaves_it_to_the_run() -> None:
    """The panel then asks for what is lacking, with a button to bring it in."""
    case = town()
    assert place_told.leave(asked(case)) is not None
    cells = case.workspace.cells
    nobody = {name: 0 for name in cells.columns if str(name).startswith("people_")}
    bare = Case(replace(case.workspace, cells=cells.assign(**nobody)), case.service, case.year)
    assert place_told.leave(asked(bare)) is None


@pytest.mark.parametrize(
    "body",
    [b"", b"\xff", b"[]", b"{}", b"[" * 50_000, b'{"n": 1}', b'{"n": 1, "lon": 1}', b'{"n": 0, "lon": 1, "lat": 1}', b'{"n": true, "lon": 1, "lat": 1}',
     b'{"n": 1, "lon": "1", "lat": 1}', b'{"n": 1, "lon": NaN, "lat": 1}', b'{"n": 1, "lon": 181, "lat": 1}', b'{"n": 1, "lon": 1, "lat": -91}',
     b'{"n": 1, "lon": true, "lat": 1}', b'{"n": 1, "lon": 1e999, "lat": 1}'],
)  # fmt: skip
def test_what_is_no_place_is_refused(body: bytes) -> None:
    assert place_told.answer(left(asked(town())), body) == (400, b"{}")


def test_who_has_no_word_hears_nothing_and_who_was_overtaken_neither(monkeypatch: pytest.MonkeyPatch) -> None:
    word = left(asked(town()))
    body = json.dumps({"n": 5, "lon": HERE.x, "lat": HERE.y}).encode()
    assert place_told.answer(word[:-1] + "?", body)[0] == 404
    assert place_told.answer(word, body)[0] == 200
    assert place_told.answer(word, body.replace(b'"n": 5', b'"n": 4')) == (204, b"")
    monkeypatch.setattr(questions, "there", lambda _session: False)
    assert place_told.answer(word, body)[0] == 404


def test_what_has_no_answer_is_left_to_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> Told:
        raise InputError(place_told.both("not_on_earth", text="x"))

    word = left(asked(town()))
    monkeypatch.setattr(place_told, "_tell", refuse)
    assert place_told.answer(word, json.dumps({"n": 1, "lon": HERE.x, "lat": HERE.y}).encode()) == (204, b"")


def test_a_text_of_the_data_stays_a_text() -> None:
    evil = "<img src=x onerror=1>&lt;b&gt;</p>"
    assert trees([f"<p>{escape(evil)}</p>", "<ul><li>a<b>b</b></li></ul>"]) == [
        ["p", "", evil],
        ["ul", "", ["li", "", "a", ["b", "", "b"]]],
    ]


def test_a_place_is_told_to_be_among_the_best_only_where_that_was_found(session: dict[str, Any]) -> None:
    case = town()
    assert place_told.asked_now(case, Choice(case.service, case.year, "walk")).robust is None
    found = answers.robust(case, p=1, spacing=50, draws=40)
    session[robust_here.FOUND] = (robust_here.mark(case), found)
    question = place_told.asked_now(case, Choice(case.service, case.year, "walk"))
    assert question.robust is found
    first = found["chosen"].sort_values("best_share").iloc[-1]
    place = to_wgs84(found["chosen"]).geometry[first.name]
    told = "".join(words(trees(place_told.told(question, place.x, place.y).body)))
    assert f"{int(100 * first['best_share'] + 1e-9)}% 的情形中属最优之列" in told
    assert robust_here.here(case, found, place.x + 0.1, place.y) is None
    session[robust_here.FOUND] = (("another question",), found)
    assert place_told.asked_now(case, Choice(case.service, case.year, "walk")).robust is None
