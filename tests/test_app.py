"""The page without a browser: its first run, its languages, its plan, its map, and what it does with bad data."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from geo.demand import DemandSettings
from geo.scenario import Added, Scenario
from tests.screen import DATA, ROOT, page, tables, texts, told_map

pytestmark = pytest.mark.timeout(900)


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of the bundled workspace that the page opens."""
    there = tmp_path / "data"
    shutil.copytree(DATA, there, ignore=shutil.ignore_patterns("build"))
    monkeypatch.setenv("ZONEPLAN_DATA", str(there))
    return there


def test_first_run_shows_the_page_in_chinese() -> None:
    app = page()
    assert not app.exception
    assert "高新区规划图" in texts(app)
    assert "图上哪些是真的" in texts(app)
    assert [e for e in app.main.children.values()]


def test_language_switch_changes_the_words_and_keeps_the_place() -> None:
    app = page(place=(117.66, 39.06))
    assert "最近设施" in texts(app)
    app.session_state["lang"] = "en"
    app.run()
    assert not app.exception
    assert "Nearest facilities" in texts(app)
    assert app.session_state["place"] == (117.66, 39.06)


def number(told: str) -> float:
    return float(told.replace(",", ""))


def test_new_housing_raises_the_demand_and_nothing_else() -> None:
    plain = page(panel="seats")
    built = page(panel="seats", demand=DemandSettings(housing=((117.66, 39.06, 2000.0, 2025),)))
    before, after = (tables(app)[1] for app in (plain, built))
    assert (after["需求"].map(number) > before["需求"].map(number)).all()
    assert (after["学位"] == before["学位"]).all()


def test_a_site_in_the_plan_closes_the_gap_and_can_be_undone() -> None:
    def seats(app: AppTest) -> float:
        return number(tables(app)[1]["学位"].iloc[1])

    plan = Scenario("我的方案", (Added("P01", "primary", 117.66, 39.06, 1080.0, 2025),))
    app = page(panel="seats", edits=(plan,))
    assert not app.error
    with_site = seats(app)
    app.session_state["edits"] = ()
    app.run()
    assert with_site - seats(app) == pytest.approx(1080)


def test_a_place_in_the_sea_answers_in_words() -> None:
    app = page(place=(118.2, 38.9))
    assert not app.exception
    assert not app.error
    assert "不在任何片区内" in texts(app)


def test_the_message_to_the_map_is_small_and_its_files_are_there() -> None:
    app = page(place=(117.66, 39.06))
    message = told_map(app)
    assert len(json.dumps(message)) < 120_000
    layers = message["layers"]
    published = [spec for spec in layers if "url" in spec]
    assert {"zones", "subs", "streets", "links", "service"} <= {spec["id"] for spec in published}
    for spec in published:
        path = ROOT / spec["url"].removeprefix("app/")
        assert path.is_file()
        assert spec["hash"] in path.name


def test_broken_workspace_names_file_row_field_and_remedy(copy: Path) -> None:
    schools = json.loads((copy / "schools.geojson").read_text("utf-8"))
    schools["features"][2]["properties"]["seats_primary"] = "many"
    schools["features"][4]["properties"]["seats_primary"] = -5
    (copy / "schools.geojson").write_text(json.dumps(schools, ensure_ascii=False), "utf-8")
    app = page()
    assert not app.exception
    assert "工作区数据有误" in texts(app)
    said = texts(app)
    for row in ("3", "5"):
        assert f"<td>schools.geojson</td><td>{row}</td><td>seats_primary</td>" in said
    assert "leave it blank if unknown" in said


def test_missing_folder_is_said_in_words(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ZONEPLAN_DATA", str(tmp_path / "nowhere"))
    app = page()
    assert not app.exception
    assert "没有这个文件夹" in texts(app)
    assert "there is no such folder" in texts(app)


def test_names_from_data_are_text_never_markup(copy: Path) -> None:
    evil = "<img src=x onerror=alert(1)>{{7*7}}![x](http://evil.example/x.png)"
    for name in ("zones", "schools"):
        features = json.loads((copy / f"{name}.geojson").read_text("utf-8"))
        for feature in features["features"]:
            feature["properties"]["name_zh"] = evil
            feature["properties"]["short_zh"] = evil
        (copy / f"{name}.geojson").write_text(json.dumps(features, ensure_ascii=False), "utf-8")
    app = page(place=(117.66, 39.06), panel="zones")
    assert not app.exception
    for element in app.get("html"):
        assert "<img" not in element.proto.body
    for element in app.markdown:
        assert "evil.example" not in element.value
