"""Comments and the record of changes on the page, without a browser, over both stores."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from geo.scenario import Added, Closed, Housing, Scenario
from layers.store import Plans, place
from layers.store.trail import trail
from tests.screen import page, texts, told_map
from tests.village import village

pytestmark = pytest.mark.timeout(900)

HOSTILE = '<img src=x onerror=alert(1)> **不是粗体** =HYPERLINK("x") {{7*7}}'
NEW = Added("N01", "primary", 117.652, 39.053, 540.0, 2025, author="王工", reason="学位不足")
HOMES = Housing("N02", [(117.654, 39.054), (117.656, 39.054), (117.656, 39.056)], 100)


@pytest.fixture(params=["sqlite", "postgres"])
def home(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a workspace that the page opens, its plans in a file or in PostgreSQL."""
    folder = village(tmp_path / "home")
    monkeypatch.setenv("ZONEPLAN_DATA", str(folder))
    if request.param == "postgres":
        monkeypatch.setenv("ZONEPLAN_DB", request.getfixturevalue("postgres_url"))
    return folder


@pytest.fixture
def kept(home: Path) -> Plans:
    """Return the store, with a plan of three revisions."""
    store = place.plans_of(home)[0]
    store.save(Scenario("甲", (NEW,)), base_rev=0, who="王工", why="初稿")
    store.save(Scenario("甲", objects=(NEW, Closed("S2", 2025, reason=HOSTILE))), base_rev=1, who=HOSTILE)
    more = Added("N01", "primary", 117.652, 39.053, 720.0, 2025, author="王工", reason="学位不足")
    store.save(Scenario("甲", objects=(more, HOMES)), base_rev=2, who="李工", why="扩建")
    return store


def opened(kept: Plans, **more: Any) -> AppTest:
    found = kept.load("甲")
    return page(panel="scenario", edits=(found.scenario,), origins=(("甲", found.rev),), **more)


def layers(app: AppTest) -> dict[str, list[dict[str, Any]]]:
    """Return the marks on the map: layer → properties and place of each."""
    told = told_map(app)["layers"]
    return {
        spec["id"]: [
            {**f["properties"], "at": f["geometry"]["coordinates"]} for f in json.loads(spec["data"])["features"]
        ]
        for spec in told
        if spec["id"].startswith("notes")
    }


def test_comments_are_listed_marked_on_the_map_written_and_settled(kept: Plans) -> None:
    kept.comment("甲", HOSTILE, who="<b>赵工</b>", object_id="N02")
    kept.comment("甲", "这里要过街", who="钱工", place=(117.6512345, 39.0523456))
    kept.comment("甲", "总体可行", who="")
    app = opened(kept)
    assert not app.exception
    assert HOSTILE in [t.value for t in app.text]  # as text, not as HTML and not as Markdown
    assert "&lt;b&gt;赵工&lt;/b&gt;" in texts(app)
    assert "意见（3 条未办结）" in texts(app)
    marks = layers(app)["notes"]
    assert [m["note"] for m in marks] == [1, 2]  # the third has no place
    assert marks[1]["at"] == pytest.approx([117.6512345, 39.0523456])
    assert 117.654 < marks[0]["at"][0] < 117.656  # in the housing it is about
    app.button(key="note_settle_2_False").click().run()
    assert "意见（2 条未办结）" in texts(app)
    assert [m["note"] for m in layers(app)["notes-settled"]] == [2]
    app.text_area(key="note_text").input("  ").run()
    app.button(key="note_write").click().run()
    assert "意见没有内容" in app.warning[0].value
    app.text_area(key="note_text").input("第四条").run()
    app.button(key="note_write").click().run()
    assert app.text_area(key="note_text").value == ""
    assert "选中的意见" in texts(app)
    assert [(n.number, n.text, n.settles) for n in kept.comments("甲")][3:] == [(4, "", 2), (5, "第四条", None)]


def test_a_comment_is_on_an_object_or_on_the_place_that_was_clicked(kept: Plans) -> None:
    app = opened(kept, note_about="place")
    assert "请在地图上点一处" in texts(app)
    app.text_area(key="note_text").input("在哪里？").run()
    app.button(key="note_write").click().run()
    assert "请先在地图上点一处" in app.warning[0].value
    app.session_state["place"] = (117.653, 39.054)
    app.run()
    app.button(key="note_write").click().run()
    app.session_state["note_about"] = "object"
    app.run()
    app.selectbox(key="note_object_zh").select("N02").run()
    app.text_area(key="note_text").input("太密").run()
    app.button(key="note_write").click().run()
    assert not app.exception
    assert [(n.text, n.object_id, n.lon, n.lat) for n in kept.comments("甲")] == [
        ("在哪里？", None, 117.653, 39.054),
        ("太密", "N02", None, None),
    ]


def test_a_click_is_the_place_of_a_comment_while_one_is_written_and_a_question_else() -> None:
    code = "from ui.session import state\nstate.remember_place(117.6, 39.0)\n"
    for about, panel in (("place", "scenario"), ("plan", "site")):
        app = AppTest.from_string(code)
        app.session_state["panel"], app.session_state["note_about"] = "scenario", about
        app.run()
        assert (app.session_state["panel"], app.session_state["place"]) == (panel, (117.6, 39.0))


def test_the_record_says_who_when_what_and_why_and_is_filtered(kept: Plans) -> None:
    steps = trail(kept, "甲")
    assert [(s.rev, s.who, s.object_id, s.what.en, s.before.en, s.after.en, s.why) for s in steps] == [
        (3, "李工", "N01", "size", "540", "720", "扩建 · 学位不足"),
        (3, "李工", "close:S2", "facility closed", "facility closed S2, from 2025", "none", f"扩建 · {HOSTILE}"),
        (3, "李工", "N02", "housing", "none", "housing N02: 100", "扩建"),
        (2, HOSTILE, "close:S2", "facility closed", "none", "facility closed S2, from 2025", HOSTILE),
        (1, "王工", "N01", "new facility", "none", "new facility N01: Primary school, 540, from 2025", "初稿 · 学位不足"),
    ]  # fmt: skip
    app = opened(kept)
    assert "第 3 版 · 李工" not in texts(app)
    app.toggle(key="trail_shown").set_value(True).run()
    assert not app.exception
    assert app.get("download_button")
    said = texts(app)
    assert "第 3 版 · 李工" in said and "初稿 · 学位不足" in said
    assert "&lt;img src=x" in said and "<img" not in said
    app.selectbox(key="trail_object_zh").select("N02").run()
    said = texts(app)
    assert "住宅 N02" in said and "初稿" not in said


def test_the_record_as_a_file_runs_nothing_in_a_spreadsheet(kept: Plans) -> None:
    from layers.write.tables import csv_bytes
    from ui.panels import notes

    kept.save(Scenario("甲", objects=(Closed("S2", reason="=1+1"),)), base_rev=3, who="=cmd|' /C calc'!A0", why="")
    app = AppTest.from_string("import streamlit as st\nst.session_state.lang = 'zh'\n")
    app.run()
    text = csv_bytes(notes.as_table(trail(kept, "甲"))).decode("utf-8-sig")
    assert "\n=" not in text and ",=" not in text
    assert "'=cmd|" in text


def test_nothing_is_commented_before_the_plan_is_saved(home: Path) -> None:
    app = page(panel="scenario", edits=(Scenario("乙", (NEW,)),))
    assert "方案保存后可以写意见" in texts(app)
    assert layers(app) == {}


@pytest.mark.parametrize("home", ["sqlite"], indirect=True)  # PostgreSQL guards its rows itself: tests/test_backup.py
def test_a_damaged_comment_is_said_and_the_panel_lives(kept: Plans, home: Path) -> None:
    kept.comment("甲", "原来的意见", who="王工")
    path = place.file_of(home)
    path.write_bytes(path.read_bytes().replace("原来的意见".encode(), "改过的意见".encode()))
    app = opened(kept)
    assert not app.exception
    assert "第 1 条意见已损坏" in texts(app)
    assert app.button(key="plan_open_it")
