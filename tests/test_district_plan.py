"""School districts in a plan: kept as they were, told in files, merged school by school, and judged for what they break."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo import answers
from geo.assignment.grounds import ground
from geo.case import Case
from geo.errors import InputError
from geo.scenario import Closed, District, Scenario, apply, changes_between, from_geojson, merge, to_geojson
from geo.scenario.districts import changed, district
from layers.workspace.load import load
from layers.write import planfile
from tests.screen import page, texts
from ui.session.area import Ground

RING = [(117.0, 39.0), (117.01, 39.0), (117.01, 39.01), (117.0, 39.01)]


@pytest.fixture(scope="module")
def kept() -> tuple[Case, pd.Series, Scenario]:
    """Return a case, its districts, and a plan that keeps them."""
    case = Case(load(Path(__file__).parents[1] / "data"), "senior", 2025)
    plan = answers.districts(case)["cells"]["facility_id"]
    return case, plan, Scenario("甲", objects=answers.district_objects(case, plan))


def under(case: Case, plan: Scenario) -> Case:
    return replace(case, workspace=apply(case.workspace, plan))


def test_a_plan_gives_back_the_districts_cell_by_cell(kept: tuple[Case, pd.Series, Scenario], tmp_path: Path) -> None:
    case, plan, held = kept
    back = from_geojson(json.loads(json.dumps(to_geojson(held))))
    assert back == held == Scenario.from_dict(json.loads(json.dumps(held.as_dict())))
    assert from_geojson(planfile.read(planfile.write(held, tmp_path / "plan.gpkg", case.workspace))) == held
    assert len(gpd.read_file(tmp_path / "plan.gpkg", layer="plan_areas")) == len(held.objects)
    answer = answers.districts(under(case, back))
    assert (answer["cells"]["facility_id"] == plan).all()
    assert answer.parameters["drawn"] is True
    assert "甲" in answer.notes[0].zh
    new = answers.districts(under(case, back), anew=True)
    assert new.parameters["drawn"] is False


def test_what_a_kept_district_breaks_is_said(kept: tuple[Case, pd.Series, Scenario]) -> None:
    case, plan, held = kept
    gone, stays = held.objects[0], held.objects[1]
    torn = under(case, held.without(gone.object_id))
    nobody = answers.districts(torn)["findings"].set_index("rule").loc["once"]
    assert set(nobody["units"]) == set(plan.index[plan == gone.facility_id])
    closed = answers.districts(under(case, held.having(Closed(gone.facility_id))))["findings"].set_index("rule")
    assert closed.loc["once", "pupils"] == pytest.approx(nobody["pupils"])
    swapped = [replace(gone, area=stays.area), replace(stays, area=gone.area)]
    rules = answers.districts(under(case, held.having(*swapped)))["findings"]["rule"]
    assert list(rules).count("home") == 2


def test_two_planners_change_two_districts_and_both_count() -> None:
    base = Scenario("a", objects=[District("S", "primary", [[RING]]), District("T", "primary", [[RING]])])
    other = [(x + 1, y) for x, y in RING]
    mine, theirs = (base.having(District(i, "primary", [[other]])) for i in "ST")
    both = merge(base, mine, theirs)
    assert not both.unsettled
    assert [one.area[0][0][0] for one in both.scenario.objects] == [(118.0, 39.0)] * 2
    clash = merge(base, mine, base.having(District("S", "primary", [[[(x + 2, y) for x, y in RING]]])))
    assert len(clash.unsettled) == 1
    assert "area" in clash.unsettled[0]
    (row,) = changes_between(base, mine)
    assert (row.what.zh, row.before.en) == ("范围", "1 areas of 4 corners")


@pytest.mark.parametrize(
    ("area", "why"),
    [
        ([], "at least one area"),
        ([[RING[:2]]], "at least three"),
        ([[RING], [RING]], "none over another"),
        ([[RING, [(x + 1, y) for x, y in RING]]], "holes inside"),
    ],
)
def test_an_area_that_cannot_be_is_refused(area: object, why: str) -> None:
    with pytest.raises(InputError, match=why):
        District("S", "primary", area)  # type: ignore[arg-type]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 60), st.integers(1, 4))
def test_any_division_comes_back_through_degrees(seed: int, units: int, schools: int) -> None:
    """Torn districts, holes and parts included: the centre of each cell lies in the area of its school."""
    rng = np.random.default_rng(seed)
    spots = rng.permutation([(x, y) for x in range(9) for y in range(9)])[:units] * 100.0
    points = gpd.GeoSeries(gpd.points_from_xy(*(spots + np.array([500_000, 4_320_000])).T), crs=4548)
    owner = pd.Series(rng.integers(0, schools, units).astype(str))
    areas = ground(points, cell=100.0)
    plan = Scenario("a", objects=[district(i, "primary", mine) for i, mine in areas.groupby(owner)])
    plan = from_geojson(json.loads(json.dumps(to_geojson(plan))))

    class Place:  # what ``changed`` asks of a workspace
        schools = pd.DataFrame(index=sorted(set(owner)))
        crs = "EPSG:4548"

    drawn = changed(Place, plan.objects)["districts"]  # type: ignore[arg-type]
    for i, school in owner.items():
        holders = [j for (_, j), area in drawn.items() if shapely.intersects(area, points.iloc[i])]
        assert holders == [school]


def test_a_drawn_area_goes_to_a_school_and_into_the_plan_and_what_it_breaks_is_said_before() -> None:
    drawn = Ground(shapely.box(117.64, 39.05, 117.67, 39.07))
    app = page(panel="seats", seats_view="districts", service="senior", areas=(drawn,), district_to="S12")
    assert not app.exception
    assert "与学校不连片" in texts(app)
    app.button(key="district-move-area").click().run()
    assert not app.exception
    app.button(key="district-into-plan").click().run()
    assert not app.exception
    objects = app.session_state["edits"][-1].objects
    assert sorted(one.object_id for one in objects) == ["district:S01:senior", "district:S12:senior"]
    (theirs,) = (one for one in objects if one.facility_id == "S12")
    area = shapely.MultiPolygon([(part[0], part[1:]) for part in theirs.area])
    assert shapely.intersects(area, drawn.shape.centroid)
    assert "所示学区取自方案" in texts(app)
