"""Projects of the plan inside a scenario: the facility follows, supply follows it, and every record names the project."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import TextInput

from geo import answers
from geo.case import Case
from geo.crs import to_wgs84
from geo.errors import InputError
from geo.examples import CRS, at, town
from geo.scenario import (
    SERVICES_OF,
    Added,
    Closed,
    Moved,
    Opened,
    Resized,
    Scenario,
    apply,
    changes_between,
    from_geojson,
    merge,
    noted,
    on_project,
    to_geojson,
    told,
)
from geo.services import SERVICES
from geo.workspace import Workspace
from layers import home, workspace
from layers.write import planfile
from tests.screen import PATIENCE, texts


def degrees(x: float, y: float) -> tuple[float, float]:
    point = to_wgs84(gpd.GeoSeries([at(x, y)], crs=CRS)).iloc[0]
    return point.x, point.y


@pytest.fixture
def paper() -> Workspace:
    """The town on paper, whose school S a project builds; another project says a place, a third none."""
    base = town().workspace
    rows = {
        "project_id": ["P1", "P2", "P3"], "name": ["南区小学", "北区小学", "义务教育布点"], "kind": ["school"] * 3,
        "state": ["启动建设", "谋划储备", "谋划储备"], "zone_id": ["south", "north", None], "facility_id": ["S", None, None],
        "open_year": [float("nan")] * 3, "basis": ["sourced", "assumed", "sourced"], "accuracy_m": [10.0, 100.0, None], "source_id": ["plan"] * 3,
    }  # fmt: skip
    drawn = gpd.GeoDataFrame(rows, geometry=[at(0, 0), at(300, 300), None], crs=CRS)
    schools = base.schools.assign(status="planned", open_year=2026.0)
    return dataclasses.replace(base, projects=drawn.set_index("project_id", drop=False), schools=schools)


def covered(base: Workspace, plan: Scenario, year: int = 2030) -> float:
    case = town(year=year)
    return float(answers.coverage(dataclasses.replace(case, workspace=apply(base, plan, year)))["total"]["covered_walk"].iloc[0])  # fmt: skip


def test_a_school_that_moves_is_walked_to_where_it_then_stands(paper: Workspace) -> None:
    today = Scenario("today")
    assert covered(paper, today) == 600 + 500  # a at 100 m, b at 500 m; c at 800 m
    plan = Scenario("moved", objects=on_project(paper, "P1", place=degrees(400, 300)))
    assert covered(paper, plan) == 500 + 400  # b at 200 m, c at 100 m; a at 600 m
    view = apply(paper, plan)
    assert view.projects.geometry["P1"].distance(at(400, 300)) < 0.02
    assert view.projects.loc["P1", ["basis", "accuracy_m", "source_id"]].tolist() == ["assumed", 0.0, "scenario"]
    assert view.projects.loc["P1", "zone_id"] == "north" and paper.projects.loc["P1", "zone_id"] == "south"
    assert view.projects.geometry["P2"] == paper.projects.geometry["P2"]
    back = apply(paper, plan.without("move:S"))
    assert back.projects is paper.projects and back.schools is paper.schools


def test_a_year_earlier_brings_the_seats_a_year_earlier(paper: Workspace) -> None:
    def seats(plan: Scenario, year: int) -> float:
        case = dataclasses.replace(town(year=year), workspace=apply(paper, plan, year))
        return float(case.supply["seats_primary"].sum())

    now, early = Scenario("now"), Scenario("early", objects=on_project(paper, "P1", open_year=2025))
    assert [seats(now, year) for year in (2024, 2025, 2026)] == [0, 0, 540]
    assert [seats(early, year) for year in (2024, 2025, 2026)] == [0, 540, 540]
    assert covered(paper, now, 2025) == 0 and covered(paper, early, 2025) == 1100
    assert answers.projects(apply(paper, early))["projects"].set_index("project_id").loc["P1", "year"] == 2025


def test_size_and_dropping_reach_the_facility(paper: Workspace) -> None:
    larger = apply(paper, Scenario("larger", objects=on_project(paper, "P1", sizes={"primary": 900})))
    assert answers.projects(larger)["projects"].set_index("project_id").loc["P1", "seats_primary"] == 900
    gone = apply(paper, Scenario("gone", objects=on_project(paper, "P1", drop=True)))
    assert gone.schools.empty and list(gone.projects.index) == ["P2", "P3"]


def test_a_project_without_a_facility_becomes_one_that_names_it(paper: Workspace) -> None:
    (one,) = on_project(paper, "P2", sizes={"primary": 360}, open_year=2027, new_id="N01")
    assert isinstance(one, Added) and (one.project_id, one.name_zh) == ("P2", "北区小学")
    plan = Scenario("one more", objects=(one,))
    assert covered(paper, plan) == 600 + 500 + 400  # c lives where it stands
    view = answers.projects(apply(paper, plan))["projects"].set_index("project_id")
    assert view.loc["P2", ["facility_id", "seats_primary", "year"]].tolist() == ["N01", 360, 2027]
    early = answers.projects(apply(paper, plan, 2026))["projects"].set_index("project_id")
    assert pd.isna(early.loc["P2", "facility_id"]) and pd.isna(early.loc["P2", "seats_primary"])
    assert pd.isna(paper.projects.loc["P2", "facility_id"])


def test_an_unknown_size_stays_unknown(paper: Workspace) -> None:
    (one,) = on_project(paper, "P2", sizes={"primary": None}, new_id="N01")
    view = answers.projects(apply(paper, Scenario("a", objects=(one,))))["projects"].set_index("project_id")
    assert pd.isna(view.loc["P2", "seats_primary"]) and pd.isna(view.loc["P2", "year"])


@pytest.mark.parametrize(
    ("project", "asked", "words"),
    [
        ("P9", {"drop": True}, "P1"),
        ("P3", {"sizes": {"primary": 360}, "new_id": "N01"}, "没有单一地点"),
        ("P2", {"new_id": "N01"}, "kindergarten"),
        ("P2", {"sizes": {"hospital": 5}, "new_id": "N01"}, "kindergarten"),
        ("P2", {"drop": True}, "不影响供给"),
        ("P1", {"drop": True, "open_year": 2030}, "取消"),
    ],
)
def test_what_cannot_be_asked_says_what_to_do(
    paper: Workspace, project: str, asked: dict[str, object], words: str
) -> None:
    with pytest.raises(InputError, match=words):
        on_project(paper, project, **asked)


def test_two_facilities_for_one_project_are_refused(paper: Workspace) -> None:
    twice = Scenario("twice", objects=(Added("N01", "primary", *degrees(0, 0), 360, project_id="P1"),))
    with pytest.raises(InputError, match="builds S already") as found:
        apply(paper, twice)
    assert found.value.findings[0].file == "N01"


def test_a_facility_that_an_import_took_away_is_made_anew(paper: Workspace) -> None:
    lost = dataclasses.replace(paper, schools=paper.schools.iloc[:0])
    objects = on_project(lost, "P1", sizes={"primary": 360}, new_id="N01")
    view = apply(
        lost, Scenario("anew", objects=(*objects, Added("N02", "junior", *degrees(0, 0), 90, project_id="P1")))
    )
    assert view.projects.loc["P1", "facility_id"] == "N01" and list(view.schools.index) == ["N01", "N02"]


def test_a_project_that_stands_already_keeps_its_year(paper: Workspace) -> None:
    stands = dataclasses.replace(paper, schools=paper.schools.assign(status="existing"))
    with pytest.raises(InputError, match="已经开放"):
        on_project(stands, "P1", open_year=2030)
    assert on_project(stands, "P1", drop=True, year=2028)[0].year == 2028
    assert on_project(paper, "P1", drop=True, year=2028)[0].year is None  # what is planned never comes


def test_what_the_hand_does_to_its_facility_names_the_project(paper: Workspace) -> None:
    done = (Moved("S", 117.0, 39.1), Closed("T"), Opened("S", 2030), Resized("S", "primary", 1))
    assert [one.project_id for one in noted(paper, done)] == ["P1", "", "P1", "P1"]
    assert noted(paper, [dataclasses.replace(done[0], project_id="P7")])[0].project_id == "P7"


def test_every_record_names_the_project(paper: Workspace, tmp_path) -> None:
    first = Scenario("a", objects=on_project(paper, "P1", place=(117.0, 39.1)))
    then = Scenario("a", objects=on_project(paper, "P1", place=(117.0, 39.2)))
    assert told(first.objects[0]).zh == "项目 P1 南区小学：迁移设施 S，位置 117.0000000, 39.1000000"
    (row,) = changes_between(first, then)
    assert row.what.zh == "项目 P1 南区小学：位置" and "39.2000000" in row.after.zh
    assert from_geojson(json.loads(json.dumps(to_geojson(then)))) == then
    assert Scenario.from_dict(then.as_dict()) == then
    file = planfile.write(then, tmp_path / "plan.gpkg", paper)
    assert from_geojson(planfile.read(file)) == then
    assert gpd.read_file(file, layer="plan_points")["project"].tolist() == ["P1 南区小学"]


def test_a_merge_takes_the_place_of_one_and_the_year_of_the_other(paper: Workspace) -> None:
    base = Scenario("a")
    mine = base.having(*on_project(paper, "P1", place=(117.0, 39.1)))
    theirs = base.having(*on_project(paper, "P1", open_year=2025))
    both = merge(base, mine, theirs)
    assert not both.unsettled and {one.object_id for one in both.scenario.objects} == {"move:S", "open:S"}
    assert {one.project_id for one in both.scenario.objects} == {"P1"}


@pytest.fixture(scope="module")
def case() -> Case:
    return workspace.case(workspace.load(home.SHIPPED), "primary")


def test_a_bundled_school_project_moved_to_another_zone_takes_its_seats_along(case: Case) -> None:
    base = case.workspace

    def planned(plan: Scenario) -> pd.Series:
        view = dataclasses.replace(case, workspace=apply(base, plan, case.year))
        table = answers.adequacy(view)["zones"]
        return table[table["stage"] == "primary"].set_index("zone_id")["planned"]

    there = base.zones.geometry["haiyang"].representative_point()
    place = to_wgs84(gpd.GeoSeries([there], crs=base.crs)).iloc[0]
    moved = Scenario("moved", objects=on_project(base, "P03", place=(place.x, place.y)))
    before, after = planned(Scenario("today")), planned(moved)
    assert after["huayuan"] - before["huayuan"] == -720 and after["haiyang"] - before["haiyang"] == 720
    view = dataclasses.replace(case, workspace=apply(base, moved, case.year))
    told_of = {zone: answers.closing(view, zone)["stages"].set_index("stage").loc["primary"] for zone in ("huayuan", "haiyang")}  # fmt: skip
    assert told_of["huayuan"]["by_projects"] == 1080 and told_of["haiyang"]["by_projects"] == 720
    assert told_of["haiyang"]["projects"] == "P03"
    late = planned(Scenario("late", objects=on_project(base, "P03", open_year=2026)))
    assert before["huayuan"] - late["huayuan"] == 720


def test_every_service_of_a_kind_is_one(case: Case) -> None:
    assert set(SERVICES_OF) <= set(case.workspace.projects["kind"])
    assert {one for many in SERVICES_OF.values() for one in many} <= set(SERVICES)


SCRIPT = """
import streamlit as st
from layers import home
from ui.panels import project_actions
from ui.session import edits, state
st.session_state.base = base = state.load(home.SHIPPED)
state.start(base)
project_actions.show(edits.applied(base), st.session_state.asked_for)
"""


@pytest.fixture
def card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """Return the fields and buttons of a project, as a board shows them."""
    monkeypatch.setenv("ZONEPLAN_DATA", str(tmp_path))

    def shown(project: str, **chosen: object) -> AppTest:
        app = AppTest.from_string(SCRIPT, default_timeout=PATIENCE)
        for key, value in {"asked_for": project, "lang": "zh", **chosen}.items():
            app.session_state[key] = value
        app.run()
        assert not app.exception
        return app

    return shown


def field(app: AppTest, label: str) -> TextInput:
    return next(one for one in app.text_input if one.label == label)


def test_the_card_moves_the_year_and_takes_it_back(card: Callable[..., AppTest]) -> None:
    app = card("P03")
    assert field(app, "小学规模改为（学位）").value == "720"
    field(app, "改为此年开放").input("2024").run()
    (one,) = app.session_state["edits"][-1].objects
    assert one == Opened("S14", 2024, author=one.author, project_id="P03", project_zh="总部商务集聚区小学")
    assert "项目 P03 总部商务集聚区小学" in texts(app)
    field(app, "小学规模改为（学位）").input("1080").run()
    assert app.session_state["edits"][-1].resized == {"S14": {"primary": 1080.0}}
    assert app.session_state["edits"][-1].objects[-1].year is None  # planned: so from the start
    for left in (1, 0):
        app.button(key="project_undo_P03").click().run()
        assert len(app.session_state["edits"]) == left
    assert not app.exception and field(app, "小学规模改为（学位）").value == "720"


def test_the_card_drops_a_project(card: Callable[..., AppTest]) -> None:
    app = card("P03")
    app.button(key="close_S14").click().run()
    assert not app.exception and app.session_state["edits"][-1].closed == ("S14",)
    app.button(key="draw_delete_close:S14").click().run()
    assert not app.exception and app.session_state["edits"][-1].objects == ()


def test_the_card_makes_a_facility_of_a_project_that_has_none_where_the_map_was_clicked(
    card: Callable[..., AppTest],
) -> None:
    assert card("P07").button(key="project_take_P07").disabled  # the plan names no single place
    app = card("P07", place=(117.66, 39.06))
    app.selectbox(key="project_service_P07_zh").select("primary").run()
    field(app, "规模（学位）").input("many")
    app.button(key="project_take_P07").click().run()
    assert "many" in app.warning[0].value and not app.session_state["edits"]
    field(app, "规模（学位）").input("720")
    field(app, "开放年份（空白为未知）").input("2025")
    app.button(key="project_take_P07").click().run()
    assert not app.exception
    (one,) = app.session_state["edits"][-1].objects
    assert (one.project_id, one.service, one.seats, one.year, one.lon, one.lat) == ("P07", "primary", 720, 2025, 117.66, 39.06)  # fmt: skip
    assert "项目 P07 义务教育布点" in texts(app)


def test_the_card_says_why_a_road_is_no_facility(card: Callable[..., AppTest]) -> None:
    app = card("P27", lang="en")
    assert "brings no seats" in texts(app) and not app.text_input
