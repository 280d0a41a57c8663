"""The numbers beside a street that is dragged are those of coverage on the place with the scenario applied."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from geo.answers import coverage
from geo.answers.live import live_of, served
from geo.case import Case
from geo.crs import to_wgs84
from geo.examples import town
from geo.network.edits import Edits
from geo.scenario import Added, Barrier, Housing, Moved, Removed, Scenario, Street, apply
from geo.scenario.streets import edits_of
from layers import workspace
from tests.need import ROOT


@pytest.fixture(scope="module")
def case() -> Case:
    place = workspace.load(ROOT / "data")
    return Case(place, "primary", place.years[0])


def plans(case: Case) -> list[Scenario]:
    """Return plans around a facility: a bridge, a barrier beside it, a street taken away, and all at once."""
    middle = case.supply.geometry.iloc[0]
    x, y = middle.x, middle.y
    corners = [[(x, y), (x + 400, y + 150)], [(x - 900, y + 160), (x + 900, y + 140)]]
    paths = [shapely.LineString(c) for c in corners]
    bridge, wall = (list(zip(*line.xy, strict=True)) for line in to_wgs84(gpd.GeoSeries(paths, crs=case.workspace.crs)))
    objects = (Street("N01", bridge, "bridge"), Barrier("N02", line=wall), Removed("N03", *bridge[0]))
    return [Scenario("one", objects=(o,)) for o in objects] + [Scenario("all", objects=objects)]


@pytest.mark.parametrize("service", ["primary", "health_station"])
def test_the_numbers_are_those_of_coverage(case: Case, service: str) -> None:
    case = case.of(service)
    live, before = live_of(case), coverage(case)
    moved = 0.0
    for plan in plans(case):
        found = served(case, live, edits_of(plan.objects, case.workspace.crs))
        full = coverage(case.under(apply(case.workspace, plan)))
        for name in ("zones", "total"):
            columns = ["people", "covered_walk", "share_walk"]
            pd.testing.assert_frame_equal(getattr(found, name)[columns], full[name][columns], check_exact=True)
        same = {"check_exact": True, "check_names": False}
        pd.testing.assert_series_equal(found.cells["walk_m"], full["cells"]["walk_m"], **same)
        change = full["cells"]["covered_walk"] - before["cells"]["covered_walk"]
        pd.testing.assert_series_equal(found.cells["gained"] - found.cells["lost"], change, **same)
        moved += float((found.cells["gained"] + found.cells["lost"]).sum())
    assert moved > 0


def test_a_facility_that_is_dragged_is_where_the_plan_would_have_it(case: Case) -> None:
    """Moved, new, and both among new housing and a new bridge; gained and lost are told of today, not of the plan."""
    middle, other = (to_wgs84(case.supply.geometry.iloc[[i]]).iloc[0] for i in (0, 1))
    lon, lat = middle.x, middle.y
    homes = Housing("N02", [(lon, lat), (lon + 0.004, lat), (lon + 0.004, lat + 0.003)], 800, 3.0)
    bridge = Street("N03", [(lon, lat), (lon + 0.005, lat + 0.002)], "bridge")
    name = case.supply.index[1]
    standing = Scenario("before", objects=(Added("N01", "primary", other.x, other.y), homes, bridge))
    today, before = coverage(case), case.under(apply(case.workspace, standing))
    was = today["cells"]["served"].eq("walk")
    live, moved = live_of(before), 0.0
    for dx, dy in [(0.0, 0.0), (0.004, 0.002), (-0.01, 0.006), (0.0003, 0.0)]:
        for one in (Added("N01", "primary", lon + dx, lat + dy), Moved(name, lon + dx, lat + dy), Added("N09", "primary", lon + dx, lat + dy)):  # fmt: skip
            point = gpd.GeoSeries.from_xy([one.lon], [one.lat], crs=4326).to_crs(case.workspace.crs).iloc[0]
            found = served(before, live, Edits(), places={one.facility_id: point}, before=was)
            full = coverage(case.under(apply(case.workspace, standing.having(one))))
            for table in ("zones", "total"):
                columns = ["people", "covered_walk", "share_walk"]
                pd.testing.assert_frame_equal(getattr(found, table)[columns], full[table][columns], check_exact=True)
            now = full["cells"]["served"].eq("walk")
            then = was.reindex(now.index, fill_value=False)
            people = full["cells"]["people"]
            assert found.cells["gained"].sum() == people[now & ~then].sum()
            assert found.cells["lost"].sum() == people[then & ~now].sum()
            assert len(then) > len(was)
            moved += float(found.cells["lost"].sum() + found.cells["gained"].sum())
    assert moved > 0


def test_where_nothing_is_known_nothing_is_counted() -> None:
    case = town("kindergarten")
    found = served(case, live_of(case), edits_of((), case.workspace.crs), limit=500)
    assert found.zones["people"].sum() == 1500
    assert found.zones.drop(columns="people").isna().all(axis=None) and found.cells["served"].isna().all()
