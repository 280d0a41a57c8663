"""Pieces of the page by themselves: what the browser sends, what is published, markup, standing layers."""

from __future__ import annotations

import gc
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pytest
import shapely
import streamlit as st

from geo.case import Case
from geo.examples import town
from geo.services import SERVICES
from layers import workspace as folder
from tests.published_lines import read_lines
from tests.screen import DATA
from ui.map import host, look, publish, scene
from ui.parts import markup
from ui.session import measure
from ui.session import state as session
from ui.session.once import once


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
    origin, read, rank = read_lines(tmp_path / f"{made['hash']}.bin")
    assert ([len(line) for line in read], rank.tolist()) == ([2, 3], [0, 3])
    expected = streets.geometry.to_crs(3857).get_coordinates().to_numpy()
    assert np.abs(np.concatenate(read) + origin - expected).max() <= publish.GRID_M / 2


def test_a_published_street_lies_within_sixty_centimetres_of_its_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every corner of the bundled streets, before what is left out where a line is nearly straight."""
    monkeypatch.setattr(publish, "FOLDER", tmp_path)
    monkeypatch.setattr(publish, "STREET_TOLERANCE_M", 0.0)
    streets = folder.load(DATA).streets
    origin, read, _ = read_lines(tmp_path / f"{publish.publish_streets(streets)['hash']}.bin")
    shown = gpd.GeoSeries(gpd.points_from_xy(*(np.concatenate(read) + origin).T), crs=3857).to_crs(streets.crs)
    moved = np.hypot(*(shown.get_coordinates() - streets.geometry.get_coordinates().to_numpy()).to_numpy().T)
    assert len(moved) > 10_000 and moved.max() < 0.6


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


def test_what_another_process_moves_while_old_files_are_looked_for_stops_nobody(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A file that is being written is listed, and gone to its place when it is looked at."""
    monkeypatch.setattr(publish, "FOLDER", tmp_path)
    for name in ("a.part", "b.json"):
        (tmp_path / name).write_text("{}")
    listed = list(tmp_path.glob("*.*"))
    (tmp_path / "a.part").unlink()
    monkeypatch.setattr(Path, "glob", lambda *_: listed)
    publish.sweep(listed[0].parent.stat().st_mtime + 30 * 86_400)
    assert not (tmp_path / "b.json").exists()


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


def test_years_before_the_first_that_can_be_asked_are_not_offered() -> None:
    place = town().workspace
    assert session.offered_years(place) == (*place.years, *(y for y in (2030, 2035) if y > place.years[-1]))
    kept = place.cells.drop(columns=[f"people_{year}" for year in place.years])
    old = replace(place, cells=kept.assign(people_2010=1.0), years=(2010,))
    assert session.offered_years(old) == (2020, 2025, 2030, 2035)
    assert (session.first_year(place), session.first_year(old)) == (place.years[-1], 2020)


def test_today_is_measured_as_the_plan_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """A place that goes by no standard was compared with itself unmeasured, and refused."""
    case = town()
    bare = replace(case.workspace, parameters={"standards": {"apply": False}}, key="bare")
    planned = replace(bare, key="bare+plan")
    monkeypatch.setattr(st, "session_state", state := SessionState(base=bare, measure_by="metres", measure_metres=400))
    under = case.under(measure.chosen(planned))
    today = measure.today(under)
    assert (today.standard.radius_m, under.standard.radius_m, today.workspace.key) == (400.0, 400.0, "bare+metres400.0")
    assert (
        measure.chosen(planned) is under.workspace and measure.today(under).workspace is today.workspace
    )  # both are kept
    state["measure_by"] = "none"
    assert measure.today(case.under(bare)).workspace is bare


def test_what_stays_in_memory_is_not_searched_for_garbage_after_every_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the first click could not be prepared."""
    asked: list[object] = []
    monkeypatch.setattr(session.answers, "warm", asked.append)
    monkeypatch.setattr(session.sandbox, "capabilities", lambda: asked.append("locks"))
    gc.unfreeze()
    session._prepare(case := town(), asked.append)
    assert asked == [case.workspace, case, "locks"]
    assert gc.get_freeze_count() > 100_000
    monkeypatch.setattr(session.answers, "warm", lambda case: 1 / 0)
    gc.unfreeze()
    with pytest.raises(ZeroDivisionError):
        session._prepare(case, asked.append)
    assert gc.get_freeze_count() > 100_000


def test_an_answer_is_worked_out_once_for_a_plan_and_anew_for_another() -> None:
    asked: list[str] = []

    def told(case: Case, zone: str) -> int:
        asked.append(zone)
        return len(asked)

    case = town()
    assert [once(told, case, "north"), once(told, case, "north"), once(told, case, "south")] == [1, 1, 2]
    planned = replace(case.workspace, key="planned")
    assert once(told, case.under(planned), "north") == 3
    assert once(told, replace(case, year=2035), "north") == 4


class SessionState(dict):
    """A session as the page reads it: by item and by attribute."""

    __getattr__ = dict.__getitem__
    __setattr__ = dict.__setitem__
