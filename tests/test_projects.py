"""The plan's projects: what they bring, which gaps of a zone they close, how they stand on the map."""

from __future__ import annotations

import dataclasses
import json

import geopandas as gpd
import pandas as pd
import pytest
import shapely

import cli
from geo import answers
from geo.case import Case
from geo.errors import InputError
from geo.workspace import Workspace
from layers import home, workspace
from ui.map.projects import at_one_place


@pytest.fixture(scope="module")
def case() -> Case:
    return workspace.case(workspace.load(home.SHIPPED), "primary")


@pytest.fixture(scope="module")
def place(case: Case) -> Workspace:
    return case.workspace


def test_seats_and_beds_are_those_of_the_facility_and_unknown_stays_unknown(place: Workspace) -> None:
    table = answers.projects(place).tables["projects"].set_index("project_id")
    assert len(table) == len(place.projects) == 54
    for mark, row in table.iterrows():
        facility = row["facility_id"]
        for stage in ("kindergarten", "primary", "junior", "senior"):
            told = row[f"seats_{stage}"]
            if facility in place.schools.index and place.schools.loc[facility, f"seats_{stage}"] > 0:
                assert told == place.schools.loc[facility, f"seats_{stage}"], mark
            else:
                assert pd.isna(told), mark
    assert table.loc["P02", ["year", "year_basis"]].tolist() == [2023, "sourced"]
    assert table.loc["P03", ["year", "year_basis"]].tolist() == [2025, "assumed"]
    assert pd.isna(table.loc["P07", "year"])  # rolling: none is made up
    assert table["placed"].sum() == place.projects.geometry.notna().sum()


def test_states_add_up_and_filters_keep_what_they_say(place: Workspace) -> None:
    whole = answers.projects(place).tables
    assert whole["states"]["projects"].sum() == len(whole["projects"])
    kept = answers.projects(place, zone="haiyang", state="谋划储备").tables["projects"]
    assert set(kept["state"]) == {"谋划储备"}
    assert all("haiyang" in z for z in kept["zone_id"])
    early = answers.projects(place, year=2023).tables["projects"]
    assert set(early["year"]) <= {2020, 2021, 2022, 2023}
    for wrong in ({"zone": "nowhere"}, {"state": "done"}):
        with pytest.raises(InputError):
            answers.projects(place, **wrong)


def test_the_gap_of_a_zone_and_what_its_projects_leave_of_it(case: Case) -> None:
    rows = answers.closing(case, "huayuan").tables["stages"].set_index("stage")
    schools, zone = case.workspace.schools, case.workspace.zones.geometry.loc["huayuan"]
    inside = schools[schools.within(zone)]
    there = inside[inside["status"] == "existing"]
    for stage, row in rows.iterrows():
        assert row["existing"] == there[f"seats_{stage}"].sum()
        assert row["lacking"] == max(0, row["demand"] - row["existing"])
        assert row["deficit"] == max(0, row["demand"] - row["existing"] - row["planned"])
    assert rows.loc["primary", "by_projects"] == 1080 + 720  # S12 of P02 and S14 of P03
    assert rows.loc["primary", "projects"] == "P02;P03"
    assert "P03 总部商务集聚区小学" in rows.loc["primary", "text_zh"]
    before = answers.closing(dataclasses.replace(case, year=2024), "huayuan").tables["stages"].set_index("stage")
    assert before.loc["primary", "by_projects"] == 1080  # P03 opens in 2025


def test_a_school_that_two_projects_name_is_counted_once(case: Case) -> None:
    place = case.workspace
    twice = pd.concat([place.projects, place.projects.loc[["P03"]].rename(index={"P03": "P99"})])
    two = dataclasses.replace(
        case, workspace=dataclasses.replace(place, projects=gpd.GeoDataFrame(twice, crs=place.crs))
    )
    rows = answers.closing(two, "huayuan").tables["stages"].set_index("stage")
    assert rows.loc["primary", "by_projects"] == 1080 + 720


def test_school_projects_without_seats_are_named_and_not_counted(case: Case) -> None:
    answer = answers.closing(case, "haiyang")
    assert (answer.tables["stages"]["by_projects"] == 0).all()
    assert "P07 义务教育布点" in answer.notes[0].zh


def test_projects_at_one_point_are_one_mark_with_all_of_them(place: Workspace) -> None:
    groups = at_one_place(place)
    assert sorted(i for _, g in groups for i in g.index) == sorted(
        place.projects.index[place.projects.geometry.notna()]
    )
    points = shapely.MultiPoint([p for p, _ in groups])
    assert len({(round(p.x), round(p.y)) for p in points.geoms}) == len(groups)
    assert max(len(g) for _, g in groups) > 1


def test_the_shell_prints_them_with_a_dash_for_what_nobody_says(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--data", str(home.SHIPPED), "projects", "--zone", "huayuan", "--year", "2023", "--json"]) == 0
    told = {one["project_id"]: one for one in json.loads(capsys.readouterr().out)["projects"]}
    assert set(told) == {"P02", "P10"}  # P03 opens in 2025; of the others nobody knows a year
    assert (told["P02"]["seats_primary"], told["P02"]["beds"], told["P10"]["beds"]) == (1080, None, None)
    assert cli.main(["--data", str(home.SHIPPED), "projects", "--state", "建成投产"]) == 0
    printed = capsys.readouterr().out
    assert "P11" in printed and "P02" not in printed
    assert not {"nan", "NaN", "None", "<NA>"} & set(printed.split())
    assert cli.main(["--data", str(home.SHIPPED), "projects", "--zone", "nowhere"]) == 2
    assert "没有片区" in capsys.readouterr().err
