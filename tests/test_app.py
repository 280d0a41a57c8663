"""The page without a browser: its state, its panels, its words, and what it does with bad data."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pytest
import shapely
import streamlit as st
from streamlit.testing.v1 import AppTest

from geo.demand import DemandSettings
from geo.scenario import Added, Scenario
from geo.services import SERVICES
from layers import workspace as folder
from ui.map import host, look, publish, scene
from ui.parts import markup
from ui.session import state

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "data"


def page(**chosen: object) -> AppTest:
    """Return the page after its first run, with something already chosen."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    for key, value in chosen.items():
        app.session_state[key] = value
    return app.run()


def texts(app: AppTest) -> str:
    """Return every word on the page."""
    parts = [str(e.value) for kind in ("text", "markdown", "caption", "subheader") for e in getattr(app, kind)]
    parts += [e.proto.body for e in app.get("html")]
    return "\n".join(parts)


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


@pytest.mark.parametrize("panel", state.PANELS)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_panel_opens_in_both_languages(panel: str, lang: str) -> None:
    app = page(panel=panel, lang=lang)
    assert not app.exception
    assert not app.error
    assert len(texts(app)) > 200


@pytest.mark.parametrize("view", [
    {"panel": "seats", "seats_view": "assign"}, {"panel": "seats", "seats_view": "assign", "assign_limit": 1000, "assign_rules": ["no_crossings"]},
    {"panel": "coverage", "cover_view": "access"}, {"panel": "coverage", "cover_view": "access", "access_method": "gravity"}, {"panel": "coverage", "by": "radius"},
    {"panel": "siting", "siting_view": "gain"}, {"panel": "siting", "siting_view": "gain", "by": "radius", "service": "hospital"},
    {"panel": "siting", "place": (117.66, 39.06)}, {"panel": "site", "place": (117.66, 39.06), "band_kind": "minutes"},
    {"panel": "targets", "register_part": "contradictions"}, {"panel": "targets", "register_part": "projects"},
    {"panel": "seats", "year": 2035, "demand": DemandSettings(model="cohorts")}, {"panel": "seats", "demand": DemandSettings(model="ratio", bound="high", class_rule="gb50099")},
    {"panel": "seats", "demand": DemandSettings(housing=((117.66, 39.06, 2000.0, 2025),))},
])  # fmt: skip
def test_every_view_of_a_panel_opens(view: dict[str, object]) -> None:
    app = page(**view)
    assert not app.exception
    assert not app.error
    assert len(texts(app)) > 200


def test_new_housing_raises_the_demand_and_nothing_else() -> None:
    plain = page(panel="seats")
    built = page(panel="seats", demand=DemandSettings(housing=((117.66, 39.06, 2000.0, 2025),)))
    before, after = (app.dataframe[1].value for app in (plain, built))
    assert (after["需求"] > before["需求"]).all()
    assert (after["学位"] == before["学位"]).all()


def test_a_site_in_the_plan_closes_the_gap_and_can_be_undone() -> None:
    def seats(app: AppTest) -> float:
        return float(app.dataframe[1].value["学位"].iloc[1])

    plan = Scenario("我的方案", (Added("P01", "primary", 117.66, 39.06, 1080.0, 2025),))
    app = page(panel="seats", edits=(plan,))
    assert not app.error
    with_site = seats(app)
    app.session_state["edits"] = ()
    app.run()
    assert with_site - seats(app) == pytest.approx(1080)


@pytest.mark.parametrize("service", state.SHOWN_SERVICES)
def test_the_clicked_place_answers_for_every_service(service: str) -> None:
    app = page(service=service, place=(117.66, 39.06))
    assert not app.exception
    assert not app.error
    assert "海洋片区" in texts(app)


def test_a_place_in_the_sea_answers_in_words() -> None:
    app = page(place=(118.2, 38.9))
    assert not app.exception
    assert not app.error
    assert "不在任何片区内" in texts(app)


def test_the_message_to_the_map_is_small_and_its_files_are_there() -> None:
    app = page(place=(117.66, 39.06))
    message = app.get("bidi_component")[0].proto.json
    assert len(message) < 120_000
    layers = json.loads(message)["layers"]
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


@pytest.mark.parametrize(
    "value",
    [None, {}, {"lon": "x", "lat": 1}, {"lon": 500, "lat": 0}, {"lat": 3}, "click", {"lon": float("nan"), "lat": 1.0}],
)
def test_nonsense_from_the_browser_is_no_place(value: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(st, "session_state", {host.KEY: SimpleNamespace(click=value)})
    assert host.clicked() is None


def test_a_click_from_the_browser_is_a_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(st, "session_state", {host.KEY: SimpleNamespace(click={"lon": 117.5, "lat": 39.0, "n": 1})})
    assert host.clicked() == (117.5, 39.0)


def test_published_streets_read_back_as_they_were(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publish, "FOLDER", tmp_path)
    lines = [
        shapely.LineString([(500000, 4320000), (500100, 4320000)]),
        shapely.LineString([(500000, 4320000), (500000, 4320200), (500300, 4320200)]),
    ]
    streets = gpd.GeoDataFrame({"class": ["primary", "footway"]}, geometry=lines, crs="EPSG:4548")
    made = publish.publish_streets(streets)
    raw = (tmp_path / f"{made['hash']}.bin").read_bytes()
    count, points = np.frombuffer(raw, "<u4", 2)
    origin = np.frombuffer(raw, "<f8", 2, 8)
    starts = np.frombuffer(raw, "<u4", count + 1, 24)
    xy = np.frombuffer(raw, "<f4", 2 * points, 24 + 4 * (count + 1)).reshape(-1, 2)
    rank = np.frombuffer(raw, "u1", count, 24 + 4 * (count + 1) + 8 * points)
    assert (count, points, starts.tolist(), rank.tolist()) == (2, 5, [0, 2, 5], [0, 3])
    expected = streets.geometry.to_crs(3857).get_coordinates().to_numpy()
    assert np.abs(xy + origin - expected).max() < 0.05


def test_equal_content_is_published_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publish, "FOLDER", tmp_path)
    first, again, other = (publish.publish(content, "bin") for content in (b"one", b"one", b"two"))
    assert first == again != other
    assert len(list(tmp_path.iterdir())) == 2


def test_old_files_are_swept_and_new_ones_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publish, "FOLDER", tmp_path)
    publish.publish(b"one", "bin")
    made = next(tmp_path.iterdir()).stat().st_mtime
    publish.sweep(made + 86_400)
    assert len(list(tmp_path.iterdir())) == 1
    publish.sweep(made + 30 * 86_400)
    assert not list(tmp_path.iterdir())


def test_markup_escapes_what_it_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    monkeypatch.setattr(st, "html", shown.append)
    bad = "<script>alert(1)</script>"
    markup.title(bad, bad, "assumed")
    markup.heading(bad)
    markup.paragraph(bad)
    markup.figures([(bad, bad, bad, bad, "")])
    markup.listing([(bad, bad, "good")])
    markup.steps([bad])
    markup.method(bad, [bad])
    assert len(shown) == 7
    assert not any("<script" in text for text in shown)


def test_facilities_have_a_shape_for_every_service() -> None:
    for key in SERVICES:
        style, _rules = scene.point_rules(key)
        assert style["path"].startswith("M")
        assert look.point(key, status="planned")["hollow"]


def test_standing_layers_have_their_legend_and_basis() -> None:
    workspace = folder.load(DATA)
    for spec in scene.layers_of(workspace, "primary", 2025):
        assert spec["title"]
        assert spec["legend"]
        if spec["id"] != "others":
            assert spec["badge"]["basis"] in look.BASIS_WORDS
