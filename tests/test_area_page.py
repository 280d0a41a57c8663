"""A drawn area on the page, without a browser: what the hand sends, what is pasted, what the address names, what it answers."""

from __future__ import annotations

import json
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from geo import answers
from layers import workspace
from tests.screen import DATA, ROOT, page, texts, told_map

pytestmark = pytest.mark.timeout(900)

RING = [[117.64, 39.055], [117.67, 39.055], [117.67, 39.075], [117.64, 39.075]]
"""An area in the built-up east of 海洋片区; there is a school of unknown size nowhere in it."""


def shown() -> AppTest:
    return page(panel="zones", zones_view="area")


def drawn(app: AppTest) -> dict[str, Any]:
    """Return what the map is told of drawing."""
    told: dict[str, Any] = told_map(app)["draw"]
    return told


def sent(app: AppTest, *ops: dict[str, Any], lang: str = "zh") -> AppTest:
    """Let the browser send operations, as the page's own callback takes them; then show the page, in a language."""
    code = "from ui.session import area, outbox\nimport streamlit as st\noutbox.take(st.session_state['sent'], {'area': area.make})\n"
    hand = AppTest.from_string(code)
    for key in ("areas", "areas_undone", "hand_done"):
        if key in app.session_state:
            hand.session_state[key] = app.session_state[key]
    hand.session_state["sent"] = {"ops": [{**op, "of": "area"} for op in ops]}
    hand.run()
    assert not hand.exception
    for key in ("areas", "areas_undone", "hand_done", "area_problem"):
        if key in hand.session_state:
            app.session_state[key] = hand.session_state[key]
    app.session_state["lang"] = lang
    return app.run()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_an_area_drawn_on_the_map_answers_with_the_numbers_of_the_core(lang: str) -> None:
    app = sent(shown(), {"op": "add", "tool": "area", "at": RING, "n": 1}, lang=lang)
    assert not app.exception
    assert not app.error
    told = drawn(app)
    assert (told["done"], told["undo"], [o["at"] for o in told["objects"]]) == (1, True, [RING])
    answer = answers.area(workspace.case(workspace.load(DATA), "primary"), RING)
    said = texts(app)
    assert f"{answer['area']['people'].iloc[0]:,.0f}" in said
    for stage in answer["stages"].to_dict("records"):
        assert f"<td>{stage['pupils']:,.0f}</td>" in said
    walk = answer["standards"].iloc[0]
    assert f"{walk['missing']:,.0f}" in said
    assert "GB 50180-2018" in said
    assert ("对照各项标准" if lang == "zh" else "Against each standard") in said
    assert "nan" not in said.lower().replace("tianjin binhai hi-tech zone", "")
    assert len(app.get("download_button")) == 3


def test_a_moved_corner_is_a_step_and_what_is_no_area_changes_nothing() -> None:
    app = sent(shown(), {"op": "add", "tool": "area", "at": RING, "n": 1})
    moved = [*RING[:3], [117.635, 39.08]]
    app = sent(
        app, {"op": "move", "id": "area", "at": moved, "n": 2}, {"op": "move", "id": "area", "at": moved, "n": 2}
    )
    assert [o["at"] for o in drawn(app)["objects"]] == [moved]
    crossed = [RING[0], RING[2], RING[1], RING[3]]
    for number, wrong in enumerate(
        (crossed, RING[:2], [[0, 0], [1, "x"], [1, 1]], [[0, 0], [400, 0], [0, 95]], "x", None), 3
    ):
        app = sent(app, {"op": "move", "id": "area", "at": wrong, "n": number})
        assert [o["at"] for o in drawn(app)["objects"]] == [moved]
        assert "不是一个面" in app.warning[0].value
    app = sent(app, {"op": "undo", "n": 20})
    assert [o["at"] for o in drawn(app)["objects"]] == [RING]
    app = sent(app, {"op": "redo", "n": 21}, {"op": "remove", "id": "area", "n": 22})
    assert drawn(app)["objects"] == []
    assert "还没有范围" in texts(app)
    app.button(key="area_undo").click().run()
    assert [o["at"] for o in drawn(app)["objects"]] == [moved]


def test_zones_and_pasted_text_are_areas_too() -> None:
    app = shown()
    app.multiselect(key="area_zones_zh").select("haiyang-dong").run()
    assert not app.exception
    place = workspace.load(DATA)
    zone = place.zones.geometry.loc["haiyang-dong"]
    assert f"{zone.area / 1e6:,.2f}" in texts(app)
    app.multiselect(key="area_zones_zh").select("bolonghu").run()
    assert drawn(app)["objects"] == []  # two parts: shown as a layer
    layers = told_map(app)["layers"]
    (layer,) = [spec for spec in layers if spec["id"] == "area"]
    assert [f["geometry"]["type"] for f in json.loads(layer["data"])["features"]] == ["MultiPolygon"]
    app.button(key="area_undo").click().run()
    assert app.multiselect(key="area_zones_zh").value == ["haiyang-dong"]
    app.text_area(key="area_text").input("POINT (1 1)").run()
    app.button(key="area_take").click().run()
    assert "文字须为面" in app.warning[0].value
    app.text_area(key="area_text").input(json.dumps({"type": "Polygon", "coordinates": [[*RING, RING[0]]]})).run()
    app.button(key="area_take").click().run()
    assert [o["at"] for o in drawn(app)["objects"]] == [RING]
    assert app.multiselect(key="area_zones_zh").value == []


def test_an_area_where_nothing_is_known_says_so() -> None:
    app = sent(shown(), {"op": "add", "tool": "area", "at": [[10, 10], [10.1, 10], [10.1, 10.1]], "n": 1})
    assert not app.exception
    assert "请画在有资料的地方" in texts(app)


def test_the_address_holds_a_short_area_and_zones_and_takes_them_up() -> None:
    def address(app: AppTest) -> str | None:
        told: dict[str, Any] = told_map(app)
        return told["address"].get("area")

    def opened(asked: str) -> AppTest:
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=280)
        app.query_params["panel"] = "zones"
        app.query_params["area"] = asked
        return app.run()

    app = sent(shown(), {"op": "add", "tool": "area", "at": RING, "n": 1})
    short = address(app)
    assert short is not None
    again = opened(short)
    assert [o["at"] for o in drawn(again)["objects"]] == [RING]
    assert "对照各项标准" in texts(again)
    many = [[117.65 + 0.01 * x / 50, 39.06 + (0.001 if x % 2 else 0)] for x in range(50)] + [
        [117.662, 39.07],
        [117.648, 39.07],
    ]
    assert address(sent(app, {"op": "move", "id": "area", "at": many, "n": 2})) is None
    app.multiselect(key="area_zones_zh").select("bolonghu").select("haiyang").run()
    of_zones = address(app)
    assert of_zones == "zones:haiyang,bolonghu"
    assert opened(of_zones).multiselect(key="area_zones_zh").value == ["haiyang", "bolonghu"]
    for wrong in ("1,2,3", "x", "zones:nowhere", "0,0,1,1,1,0,0,1", "nan,nan,1,1,2,2"):
        app = opened(wrong)
        assert not app.exception
        assert address(app) is None
