"""The opening: the figures of the zones against the answers they come from, its words, and where its buttons lead."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from geo import answers
from geo.answers import Answer
from geo.case import Case
from geo.examples import town
from layers import workspace
from tests.screen import DATA, ROOT, page, texts, told_map
from tests.test_circles import paper
from ui import first
from ui.parts import overview
from ui.session import lead


@pytest.fixture(scope="module")
def case() -> Case:
    return workspace.case(workspace.load(DATA), "primary", 2025)


@pytest.fixture(scope="module")
def answer(case: Case) -> Answer:
    return answers.overview(case)


def test_the_figures_are_those_of_the_panels(case: Case, answer: Answer) -> None:
    cover, seats = answers.coverage(case).tables["zones"], answers.adequacy(case).tables["zones"]
    zones = answer.tables["zones"].set_index("zone_id")
    assert sorted(zones.index) == sorted(cover.index[cover["level"] == "zone"])
    for zone, row in zones.iterrows():
        assert row["served"] == cover.loc[zone, "covered_walk"] and row["people"] == cover.loc[zone, "people"]
        mine = seats[seats["zone_id"] == zone].set_index("stage")["deficit_within"]
        assert row["lacking"] == pytest.approx(mine.sum())
        assert mine[row["lacking_stage"]] == row["lacking_most"] == mine.max()
    assert zones["lacking"].is_monotonic_decreasing


def test_the_next_project_is_none_that_is_finished_and_the_earliest_known(case: Case, answer: Answer) -> None:
    for row in answer.tables["zones"].itertuples():
        mine = answers.projects(case.workspace, zone=str(row.zone_id)).tables["projects"]
        open_ = mine[mine["state"] != "建成投产"].set_index("project_id")
        assert row.project_id in open_.index
        if open_["year"].notna().any():
            assert row.project_year == open_["year"].min()


def _with(projects: list[dict[str, Any]]) -> Case:
    case = town()
    frame = gpd.GeoDataFrame(projects, geometry=[None] * len(projects), crs=case.workspace.crs)
    return dataclasses.replace(
        case, workspace=dataclasses.replace(case.workspace, projects=frame.set_index("project_id"))
    )


def test_a_school_comes_before_a_park_and_a_finished_one_never() -> None:
    rows = [
        {"project_id": "A", "name": "完工", "kind": "school", "state": "建成投产", "zone_id": "south", "open_year": 2021},
        {"project_id": "B", "name": "公园", "kind": "green", "state": "启动建设", "zone_id": "south", "open_year": None},
        {"project_id": "C", "name": "学校", "kind": "school", "state": "谋划储备", "zone_id": "south", "open_year": None},
    ]  # fmt: skip
    zones = answers.overview(_with(rows)).tables["zones"].set_index("zone_id")
    assert zones.loc["south", "project_id"] == "C"
    assert pd.isna(zones.loc["north", "project_id"]) and zones.loc["north", "projects"] == 0


@pytest.mark.parametrize(("n", "columns"), [(1, 1), (2, 2), (4, 2)])
def test_maps_fill_the_window_however_many_zones_there_are_and_letters_are_as_large_on_each(
    case: Case, n: int, columns: int
) -> None:
    zones = tuple(case.workspace.zones.index[case.workspace.zones["level"] == "zone"][:n])
    maps, _ = overview.drawn(case.workspace, "primary", 2025, "zh", zones, case)
    assert len(maps) == n
    for svg in maps.values():
        wide, high = (float(v) for v in re.findall(r'viewBox="0 0 (\d+) (\d+)"', svg)[0])
        # The window of the maps is about 1040 by 800 pixels; the lower 120 of a card are its words.
        assert wide * columns == pytest.approx(1040, rel=0.1)
        assert high == pytest.approx(800 / -(-n // columns) - 120, rel=0.1)


def test_what_nobody_knows_is_not_nought() -> None:
    case = town()
    unknown = case.workspace.schools.assign(seats_primary=float("nan"))
    told = answers.overview(dataclasses.replace(case, workspace=dataclasses.replace(case.workspace, schools=unknown)))
    row = told.tables["zones"].set_index("zone_id").loc["south"]
    assert pd.isna(row["lacking"]) and pd.isna(row["lacking_stage"])
    html = overview.atlas(case.workspace, told, {"south": "<svg/>", "north": "<svg/>"}, "zh")
    assert "学位数未知" in html and "nan" not in html


def test_a_name_of_the_data_is_only_ever_a_text(case: Case) -> None:
    zones = case.workspace.zones.copy()
    zones["name_zh"] = '"><script>x</script>'
    evil = dataclasses.replace(case, workspace=dataclasses.replace(case.workspace, zones=zones, key="evil"))
    told = answers.overview(evil)
    html = overview.atlas(evil.workspace, told, {}, "zh")
    assert "<script" not in html and "&lt;script&gt;" in html


@pytest.mark.parametrize(("lang", "words"), [("zh", ("海洋片区", "缺学位", "下一个项目")), ("en", ("Haiyang", "seats missing", "next project"))])  # fmt: skip
def test_the_page_opens_with_the_zones_and_three_questions(lang: str, words: tuple[str, ...]) -> None:
    app = page(panel="overview", lang=lang)
    assert not app.exception
    said = texts(app)
    assert all(word in said for word in words)
    assert said.count('data-go="zone:') == 4 and said.count('class="zp-ask"') == 3
    told = told_map(app)
    assert told["covered"] is True and told["spoken"]
    assert "nan" not in said.lower().replace("nantong", "")


def test_a_place_without_zones_opens_on_its_map() -> None:
    case = town()
    bare = dataclasses.replace(
        case, workspace=dataclasses.replace(case.workspace, zones=case.workspace.zones.iloc[:0], key="bare")
    )
    assert answers.overview(bare).tables["zones"].empty
    first.prepare(bare.workspace)
    assert first.first_paint("") is not None


def test_a_new_visit_begins_at_the_opening_and_a_link_to_a_place_at_the_place() -> None:
    for asked, panel in (({}, "overview"), ({"place": "117.65,39.06"}, "site"), ({"panel": "seats"}, "seats")):
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=280)
        for key, value in asked.items():
            app.query_params[key] = value
        assert app.run().session_state["panel"] == panel


def test_buttons_lead_to_panel_zone_and_project(monkeypatch: pytest.MonkeyPatch) -> None:
    state: dict[str, Any] = {}

    class State(dict[str, Any]):
        __getattr__ = dict.__getitem__
        __setattr__ = dict.__setitem__

    held = State(state)
    monkeypatch.setattr(lead.st, "session_state", held)
    lead.go("panel", "seats")
    assert held.panel == "seats"
    lead.go("panel", "nowhere")
    assert held.panel == "seats"
    lead.go("zone", "huayuan")
    assert (held.panel, held.zone, held.zone_view) == ("zones", "huayuan", 1)
    held.plan_chosen = None
    lead.go("saved", "东扩方案")
    assert (held.panel, held.plan_wanted) == ("scenario", "东扩方案")
    held.panel = "site"
    monkeypatch.setattr(lead.drawing, "choose", lambda name: setattr(held, "draw_chosen", name))
    lead.go("object", "A1")
    assert (held.panel, held.draw_chosen) == ("scenario", "A1")
    lead.go("project", "P02")
    assert (held.panel, held.project_chosen) == ("targets", "P02")


def test_a_share_that_nobody_knows_is_not_said_as_none_served() -> None:
    case = town()
    place = case.workspace
    nobody = dataclasses.replace(place, cells=place.cells.assign(people_2025=0.0))
    odd = {"no park in the data": paper().of("park"), "nobody": dataclasses.replace(case, workspace=nobody)}
    for name, here in odd.items():
        told = answers.overview(here)
        said = overview.sentence(told, here.workspace)
        assert "未知" in said.zh and "unknown" in said.en, (name, said)
        assert "0%" not in said.zh + said.en, (name, said)
        html = overview.atlas(here.workspace, told, {}, "en")
        assert "unknown" in html and "nan" not in html, name
