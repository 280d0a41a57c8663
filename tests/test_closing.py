"""Which gaps of a zone its projects close: against a count by hand, whatever is planned, unknown, put off or moved."""

from __future__ import annotations

import dataclasses
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo import answers
from geo.case import Case
from geo.crs import to_wgs84
from geo.examples import at, town
from geo.scenario import Moved, Opened, Resized, Scenario, apply
from geo.workspace import Workspace
from layers import home, workspace

SOUTH, NORTH = (100.0, 50.0), (100.0, 250.0)
"""A place in either zone of the town [m]."""


def school(status: str, seats: float, opens: float, where: tuple[float, float]) -> dict[str, Any]:
    """Return a primary school of the town as a row."""
    return {
        "kind": "primary", "seats_kindergarten": 0.0, "seats_primary": seats, "seats_junior": 0.0, "seats_senior": 0.0, "status": status, "open_year": opens,
        "zone_id": None, "basis": "assumed", "accuracy_m": 100.0, "source_id": "own", "name_zh": "学校", "name_en": "School", "geometry": at(*where),
    }  # fmt: skip


def place(rows: list[dict[str, Any]], builds: list[str | None], zone: str | None = "south") -> Case:
    """Return the town with other schools, F0 and on, and a project for each id of ``builds``."""
    here = town().workspace
    ids = pd.Index([f"F{k}" for k in range(len(rows))], name="facility_id")
    schools = gpd.GeoDataFrame(rows, index=ids, crs=here.crs).reindex(columns=here.schools.columns)
    told = {
        "project_id": [f"P{k}" for k in range(len(builds))], "name": "项目", "name_en": "project", "kind": "school", "state": "启动建设",
        "zone_id": zone, "facility_id": builds, "open_year": np.nan, "basis": "sourced", "source_id": "plan",
    }  # fmt: skip
    projects = gpd.GeoDataFrame(told, geometry=[None] * len(builds), crs=here.crs).set_index("project_id", drop=False)
    made = dataclasses.replace(here, schools=schools, projects=projects, key=f"{here.key}+schools")
    return town().under(made)


def primary(case: Case, zone: str = "south") -> pd.Series:
    return answers.closing(case, zone).tables["stages"].set_index("stage").loc["primary"]


def said(case: Case, zone: str = "south") -> str:
    """Return every word of the answer, in both languages."""
    answer = answers.closing(case, zone)
    rows = answer.tables["stages"]
    return " ".join([*rows["text_zh"], *rows["text_en"], *(" ".join(note) for note in answer.notes)])


schools = st.lists(
    st.builds(
        school,
        st.sampled_from(["existing", "planned"]),
        st.sampled_from([0.0, 10.0, 25.0, 60.0]),
        st.sampled_from([2020.0, 2025.0, 2026.0]),
        st.sampled_from([SOUTH, NORTH]),
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=10, deadline=None)
@given(schools, st.lists(st.integers(0, 5), max_size=4), st.sampled_from(["south", "north"]))
def test_seats_are_those_that_stand_there_and_are_open_each_once(
    rows: list[dict[str, Any]], built: list[int], zone: str
) -> None:
    """The same by going through the schools one by one."""
    rows = [{**r, "open_year": np.nan if r["status"] == "existing" else r["open_year"]} for r in rows]
    builds = [f"F{k}" if k < len(rows) else None for k in built]
    south = zone == "south"
    existing = planned = brought = 0.0
    by: list[str] = []
    for k, row in enumerate(rows):
        if (row["geometry"].y < at(0, 150).y) is not south or row["seats_primary"] == 0:
            continue
        if row["status"] == "existing":
            existing += row["seats_primary"]
        elif row["open_year"] <= 2025:
            planned += row["seats_primary"]
            if f"F{k}" in builds:
                brought += row["seats_primary"]
                by += [f"P{n}" for n, name in enumerate(builds) if name == f"F{k}"]
    case = place(rows, builds)
    found = primary(case, zone)
    need = (1100 if south else 400) * 0.057
    assert found["demand"] == pytest.approx(need)
    if any(r["seats_primary"] > 0 for r in rows):  # else nothing at all is known of the service
        assert found[["existing", "planned", "by_projects"]].tolist() == [existing, planned, brought]
        assert found["lacking"] == pytest.approx(max(0.0, need - existing))
        assert found["deficit"] == pytest.approx(max(0.0, need - existing - planned))
        assert sorted(found["projects"].split(";")) == (sorted(by) or [""])
    assert "nan" not in said(case, zone).lower()


def test_seats_that_nobody_knows_are_never_enough() -> None:
    nowhere = town()  # the town has a primary school, and nothing is known of other stages
    rows = answers.closing(nowhere, "south").tables["stages"].set_index("stage")
    assert np.isnan(rows.loc["junior", "lacking"]) and np.isnan(rows.loc["junior", "deficit"])
    assert "未知" in rows.loc["junior", "text_zh"] and "not known" in rows.loc["junior", "text_en"]
    assert "nan" not in said(nowhere).lower()
    case = place([school("existing", np.nan, np.nan, SOUTH), school("planned", 30.0, 2024.0, SOUTH)], ["F1"])
    found = primary(case)
    assert np.isnan(found["lacking"]) and np.isnan(found["deficit"])
    assert found["by_projects"] == 30
    assert "够" not in found["text_zh"] and "enough" not in found["text_en"]
    assert "nan" not in said(case).lower()


def test_what_is_left_is_not_told_where_a_planned_school_has_no_seats_in_the_file() -> None:
    case = place(
        [school("existing", 10.0, np.nan, SOUTH), school("planned", np.nan, 2024.0, SOUTH), school("planned", 20.0, 2024.0, SOUTH)],
        ["F1", "F2"],
    )  # fmt: skip
    found = primary(case)
    assert found["lacking"] == pytest.approx(52.7)
    assert found["by_projects"] == 20
    assert np.isnan(found["deficit"])
    assert "无法判断" in found["text_zh"]
    assert "P0 项目" in said(case)  # named among those whose seats nobody gives
    assert "nan" not in said(case).lower()


def test_a_project_closes_the_gap_of_the_zone_where_its_school_stands() -> None:
    """P02 names Huayuan; its school stands in the sub-area of the headquarters, and is no "other school" there."""
    case = workspace.case(workspace.load(home.SHIPPED), "primary", 2025)
    found = primary(case, "huayuan-zongbu")
    assert found["projects"] == "P02;P03"
    assert found["by_projects"] == found["planned"] == 1080 + 720
    assert set(answers.closing(case, "huayuan-zongbu").tables["projects"]["project_id"]) == {"P02", "P03"}


def test_what_its_parts_lack_is_told_where_the_whole_hides_it() -> None:
    case = workspace.case(workspace.load(home.SHIPPED), "kindergarten", 2025)
    row = answers.closing(case, "haiyang").tables["stages"].set_index("stage").loc["kindergarten"]
    assert row["deficit"] == 0
    assert row["deficit_within"] == pytest.approx(150.48)
    assert "2025 年不缺（各分区分别计，合计缺 150 个）" in row["text_zh"]
    assert "循环论证" in said(case, "haiyang")  # demand that goes back to the seats says so here as well


def under(case: Case, *objects: Any, year: int = 2025) -> Case:
    changed = apply(case.workspace, Scenario("p", objects=objects), year)
    return dataclasses.replace(case.under(changed), year=year)


@pytest.fixture
def base() -> Case:
    """Return the town with a school of 10 seats and one of 40 that a project builds in 2026, both in the south, which needs 62.7."""
    return place([school("existing", 10.0, np.nan, SOUTH), school("planned", 40.0, 2026.0, SOUTH)], ["F1"])


def test_a_project_brought_forward_brings_its_seats_in_that_year(base: Case) -> None:
    assert primary(base)[["by_projects", "deficit"]].tolist() == [0, pytest.approx(52.7)]
    sooner = under(base, Opened("F1", 2025))
    assert primary(sooner)[["by_projects", "deficit"]].tolist() == [40, pytest.approx(12.7)]
    assert primary(under(base, Opened("F1", 2027)))["by_projects"] == 0
    assert primary(base)["by_projects"] == 0  # the base is as it was


def test_a_project_that_is_moved_or_resized_closes_another_gap(base: Case) -> None:
    north = to_wgs84(gpd.GeoSeries([at(*NORTH)], crs=base.workspace.crs)).iloc[0]
    away = under(base, Opened("F1", 2025), Moved("F1", north.x, north.y))
    assert primary(away)[["by_projects", "deficit"]].tolist() == [0, pytest.approx(52.7)]
    assert primary(away, "north")[["by_projects", "deficit"]].tolist() == [40, 0]  # 22.8 are needed there
    larger = under(base, Opened("F1", 2025), Resized("F1", "primary", 60))
    assert primary(larger)[["by_projects", "deficit"]].tolist() == [60, 0]


def test_a_year_that_is_supposed_is_told_from_one_that_is_given() -> None:
    """P03 has no year in the plan: that its school is counted from 2025 on is ours, and no year of the project."""
    here: Workspace = workspace.load(home.SHIPPED)
    table = answers.projects(here).tables["projects"].set_index("project_id")
    given_years = table["open_year"].dropna()
    assert given_years.to_dict() == here.projects["open_year"].dropna().astype(int).to_dict() == {"P02": 2023}
    assert pd.isna(table.loc["P03", "open_year"])
    assert table.loc["P03", ["year", "year_basis"]].tolist() == [2025, "assumed"]


def test_projects_without_a_place_are_those_of_whole_zones_or_of_none() -> None:
    """What the plan says of a whole zone, of several or of none gets no point; whatever stands at one place in a zone has one."""
    here = workspace.load(home.SHIPPED).projects
    without = here[here.geometry.isna()]
    several = without["zone_id"].fillna("").str.contains(";")
    none = without["zone_id"].isna()
    whole = without.index[~several & ~none]
    assert len(without) == 27
    assert (int(none.sum()), int(several.sum())) == (18, 3)
    assert sorted(whole) == ["P08", "P09", "P26", "P27", "P28", "P29"]  # programmes, streets and lines of a zone
    assert without["accuracy_m"].isna().all()
