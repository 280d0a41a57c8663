"""Scenarios: objects refused in words, places under them, the years they hold in, files, merges and the audit."""

from __future__ import annotations

import copy
import json
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geo import answers
from geo.case import Case, people
from geo.crs import to_wgs84
from geo.errors import InfeasibleError, InputError, PlanError
from geo.examples import CRS, at, town
from geo.kept import Kept
from geo.network import Network
from geo.scenario import (
    Added,
    Barrier,
    Closed,
    Growth,
    Housing,
    Moved,
    Opened,
    Removed,
    Resized,
    Scenario,
    Street,
    TransitLine,
    apply,
    base_of,
    changes_between,
    fingerprint,
    from_geojson,
    ids_of,
    merge,
    to_geojson,
)
from geo.services import SERVICES
from geo.workspace import Workspace
from layers import workspace
from tests.screen import DATA

SCHOOL = Added("N01", "primary", 117.0, 39.1, 360, 2028)


def degrees(
    *metres: tuple[float, float], crs: str = CRS, start: tuple[float, float] | None = None
) -> list[tuple[float, float]]:
    """Return places in degrees, given in metres from node 1 of the town (or from ``start`` in another system)."""
    points = [at(*xy) if start is None else shapely.Point(start[0] + xy[0], start[1] + xy[1]) for xy in metres]
    flat = to_wgs84(gpd.GeoSeries(points, crs=crs))
    return list(zip(flat.x, flat.y, strict=True))


def square(x: float, y: float, side: float) -> list[tuple[float, float]]:
    return degrees((x, y), (x + side, y), (x + side, y + side), (x, y + side))


HOMES = Housing("N02", square(0, -60, 100), 100, 3.0, 2028)
BRIDGE = Street("N03", degrees((0, 0), (0, 300)), "bridge")
EVERY = (
    Added("N01", "primary", *degrees((300, 300))[0], 360, 2028),
    Moved("S", *degrees((100, 0))[0]),
    Resized("S", "primary", 900, 2027),
    Added("N07", "health_station", *degrees((400, 0))[0]),
    HOMES,
    BRIDGE,
    Removed("N04", *degrees((400, 150))[0], year=2030),
    Barrier("N05", line=degrees((200, 250), (200, 350)), year=2031),
    Growth("N06", "south", "north", 100, 2029),
    TransitLine("N08", degrees((0, 0), (400, 150)), 12, year=2028),
)


@pytest.fixture(scope="module")
def shipped() -> Workspace:
    return workspace.load(DATA)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Added("", "primary", 117, 39), "facility_id"),
        (lambda: Added("N1", "cinema", 117, 39), "no service 'cinema'"),
        (lambda: Added("N1", "primary", 200, 39), "lon must be degrees"),
        (lambda: Added("N1", "primary", float("nan"), 39), "lon must be degrees"),
        (lambda: Added("N1", "primary", 117, 39, -1), "seats must be a number of at least 0"),
        (lambda: Added("N1", "primary", 117, 39, 1, 2028.5), "whole number"),
        (lambda: Closed("S", True), "whole number"),
        (lambda: Housing("N1", [(117, 39), (117.1, 39)], 5), "at least three"),
        (lambda: Housing("N1", [(0, 0), (1, 1), (1, 0), (0, 1)], 5), "crosses itself"),
        (lambda: Housing("N1", square(0, 0, 50), 0), "dwellings must be a number above 0"),
        (lambda: Street("N1", [(117, 39), (117, 39)]), "at least two"),
        (lambda: Street("N1", [(117, 39), (117.1, 39)], "tunnel"), "no way 'tunnel'"),
        (lambda: Barrier("N1"), "a line or a polygon"),
        (lambda: Growth("N1", "a", "a", 5), "the same"),
        (lambda: Opened("S", None), "whole number"),
        (lambda: Scenario("a", (SCHOOL, SCHOOL)), "two objects of the scenario are called N01"),
        (lambda: Scenario("a", parameters={"limit": float("inf")}), "plain data"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_with_its_object_and_field(make, said) -> None:
    with pytest.raises(InputError, match=said) as refused:
        make()
    (found,) = refused.value.findings
    assert found.text_zh
    assert found.field or "编号" in found.text_zh


@pytest.mark.parametrize(
    ("objects", "said"),
    [
        ([Closed("T")], "close:T: there is no facility 'T'"),
        ([Added("S", "primary", 117, 39)], "S: the id 'S' is taken"),
        ([Resized("S", "metro", 5)], "has no size"),
        ([Resized("S", "hospital", 5)], "choose another service"),
        ([Opened("S", 2030)], "there already"),
        ([Growth("N1", "south", "west", 5)], "no zone 'west'"),
        ([Growth("N1", "south", "north", 5, 2030)], "growth of south by 2030 is 0"),
        ([Growth("N1", "south", "north", 5)], "of one year only"),
        ([Street("N1", [(117.5, 39.5), (117.6, 39.5)], "bridge")], "N1: the start of the bridge finds no street"),
    ],
)
def test_what_does_not_fit_the_base_is_refused_with_its_object(objects, said) -> None:
    with pytest.raises(InputError, match=said):
        apply(town().workspace, Scenario("a", objects=objects))


def test_every_fault_of_the_facilities_is_told_at_once() -> None:
    with pytest.raises(InputError) as refused:
        apply(town().workspace, Scenario("a", closed=("T", "U")))
    assert [f.file for f in refused.value.findings] == ["close:T", "close:U"]


def test_an_added_facility_counts_from_its_year_and_a_closed_one_until_its_own() -> None:
    base = town().workspace
    plan = Scenario("a", objects=(SCHOOL, Closed("S", 2030)))
    for year, there in ((2027, ["S"]), (2028, ["S", "N01"]), (2029, ["S", "N01"]), (2030, ["N01"])):
        view = apply(base, plan, year)
        assert Case(view, "primary", year).supply.index.tolist() == there
    whole = apply(base, plan)
    assert [Case(whole, "primary", y).supply.index.tolist() for y in (2027, 2028)] == [[], ["N01"]]


def test_a_planned_facility_opens_in_another_year() -> None:
    place = town().workspace
    base = replace(place, schools=place.schools.assign(status="planned", open_year=2026.0))
    later = apply(base, Scenario("a", objects=(Opened("S", 2029),)), 2026)
    assert [len(Case(later, "primary", y).supply) for y in (2026, 2028, 2029)] == [0, 0, 1]


def test_a_moved_facility_is_measured_from_where_it_is_now() -> None:
    view = apply(town().workspace, Scenario("a", objects=(Moved("S", *degrees((400, 100))[0]),)))
    walked = Case(view, "primary", 2025).nearest("walk")["metres"]
    np.testing.assert_allclose(walked, [400, 0, 300], atol=0.02)
    assert view.schools.loc["S", "basis"] == "assumed"


def test_housing_comes_in_its_year_and_says_so() -> None:
    base = town().workspace
    view = apply(base, Scenario("a", objects=(HOMES,)))
    assert [round(float(people(view, y).sum()), 6) for y in (2025, 2026, 2027, 2028, 2035)] == [
        1500,
        1500,
        1500,
        1800,
        1800,
    ]
    assert Case(view, "primary", 2027).people_basis == Case(base, "primary", 2027).people_basis
    said = Case(view, "primary", 2028).people_basis
    assert said is not None
    assert "100 dwellings × 3 persons" in said.en
    assert "假定" in said.zh
    answer = answers.coverage(Case(view, "primary", 2028))
    assert said in answer.notes
    assert answer.tables["zones"].loc["south", "people"] == pytest.approx(1400)
    grown = Case(view, "primary", 2028).pupils.sum() - Case(view, "primary", 2027).pupils.sum()
    assert grown == pytest.approx(300 * 0.057)


def test_housing_without_persons_takes_those_of_the_workspace() -> None:
    view = apply(town().workspace, Scenario("a", objects=(replace(HOMES, persons_per_dwelling=None, year=None),)))
    assert people(view, 2025).sum() == pytest.approx(1500 + 100 * 3.0)
    assert "of the workspace" in view.supposed[0][1].en


def test_housing_is_spread_by_area_over_cells_and_ground_without_any(shipped: Workspace) -> None:
    """Half of the area lies on one cell, half on ground where nobody lives: each takes half."""
    side = shipped.cell_metres
    x, y = (np.asarray(axis) for axis in (shipped.cells.geometry.x, shipped.cells.geometry.y))
    taken = set(zip(x, y, strict=True))
    edge = next(i for i in range(len(x)) if (x[i] + side, y[i]) not in taken)
    start = (x[edge] - side / 2, y[edge] - side / 2)
    ring = degrees((0, 0), (2 * side, 0), (2 * side, side), (0, side), crs=shipped.crs, start=start)
    view = apply(shipped, Scenario("a", objects=(Housing("N01", ring, 50, 2.0),)))
    more = people(view, 2025) - people(shipped, 2025).reindex(view.cells.index, fill_value=0.0)
    name = shipped.cells.index[edge]
    assert more[name] == pytest.approx(50, rel=1e-3)
    new = view.cells.index.difference(shipped.cells.index)
    assert more[new].sum() == pytest.approx(50, rel=1e-3)
    assert more.sum() == pytest.approx(100)
    assert view.cells.dtypes.drop("geometry").equals(shipped.cells.dtypes.drop("geometry"))
    assert view.cells.index.is_unique


def test_growth_moves_between_zones_and_nobody_is_lost(shipped: Workspace) -> None:
    start = shipped.years[0]
    by_zone = {
        zone: float(people(shipped, 2025)[shipped.cells["zone_id"].isin([zone, *shipped.zones.index[shipped.zones["parent_id"] == zone]])].sum())
        for zone in ("haiyang", "huayuan")
    }  # fmt: skip
    view = apply(shipped, Scenario("a", objects=(Growth("N01", "haiyang", "huayuan", 500, 2025),)))
    assert people(view, 2025).sum() == pytest.approx(people(shipped, 2025).sum())
    assert people(view, start).equals(people(shipped, start))
    inside = view.cells["zone_id"].isin(["haiyang", *view.zones.index[view.zones["parent_id"] == "haiyang"]])
    assert people(view, 2025)[inside].sum() == pytest.approx(by_zone["haiyang"] - 500)
    assert people(view, 2024).sum() == pytest.approx(people(shipped, 2024).sum())
    pd.testing.assert_series_equal(people(view, 2024), people(shipped, 2024))
    assert (view.cells[[f"people_{y}" for y in view.people_years]] >= 0).all(axis=None)


def test_streets_change_the_way_and_the_network() -> None:
    base = town().workspace
    view = apply(base, Scenario("a", objects=(BRIDGE,)))
    walked = Case(view, "primary", 2025).nearest("walk")["metres"]
    np.testing.assert_allclose(walked, [100, 500, 600], atol=0.05)  # c: 300 m to the bridge, 300 m over it
    barred = apply(base, Scenario("a", objects=(Barrier("N05", line=degrees((300, 50), (500, 50))),)))
    assert np.isinf(Case(barred, "primary", 2025).nearest("walk")["metres"]).tolist() == [False, True, True]


def test_the_streets_shown_are_those_walked_on(shipped: Workspace) -> None:
    view = apply(shipped, of_shipped(shipped))
    case = Case(view, "primary", 2028)
    told = Network.from_links(view.streets).nearest(view.cells, case.supply)
    pd.testing.assert_frame_equal(case.nearest("walk"), told)
    new = view.streets.loc[~view.streets.index.isin(shipped.streets.index)]
    assert set(new["basis"]) <= {"assumed", *shipped.streets["basis"]}
    assert (new["source_id"] == "scenario").any()


def test_what_nothing_touches_stays_the_very_same(shipped: Workspace) -> None:
    kept, base = Kept(), town().workspace
    before = Case(base, "primary", 2025, keep=kept)
    before.nearest("walk")
    made = len(kept)
    other = apply(base, Scenario("a", objects=(Added("N01", "health_station", 117.0, 39.1),)))
    for name in ("zones", "schools", "stops", "cells", "streets", "network", "parameters"):
        assert getattr(other, name) is getattr(base, name)
    replace(before, workspace=other).nearest("walk")
    assert len(kept) == made


def ask(case: Case) -> dict[str, dict[str, pd.DataFrame]]:
    """Ask every question of a case; one that cannot be answered says why."""
    asked = {
        "coverage": lambda: answers.coverage(case), "adequacy": lambda: answers.adequacy(case), "gain": lambda: answers.gain(case),
        "assign": lambda: answers.assign(case), "access": lambda: answers.access(case, method="2sfca"),
        "locate": lambda: answers.locate(case, p=1, spacing=600), "register": lambda: answers.register(case.workspace),
        "card": lambda: answers.zone_card(case.workspace, str(case.workspace.zones.index[0])),
        "site": lambda: answers.site(case, *degrees_of(case)), "isochrone": lambda: answers.isochrone(case, *degrees_of(case)),
    }  # fmt: skip
    found = {}
    for name, question in asked.items():
        try:
            answer = question()
            tables = answer.tables if isinstance(answer, answers.Answer) else {name: answer}
            found[name] = {
                key: pd.DataFrame(t).drop(columns=["geometry", "seconds"], errors="ignore") for key, t in tables.items()
            }
        except InfeasibleError as error:  # an answer too: everybody is served already
            found[name] = {"infeasible": pd.DataFrame({"why": [error.text.en]})}
        except PlanError as error:
            found[name] = {"refused": pd.DataFrame({"why": [error.text.en]})}
    return found


def degrees_of(case: Case) -> tuple[float, float]:
    """Return a place on a street near the most people."""
    cell = case.workspace.cells.geometry.loc[[case.people.idxmax()]]
    flat = to_wgs84(cell).iloc[0]
    return flat.x, flat.y


def of_shipped(place: Workspace) -> Scenario:
    """Return a scenario of the bundled place with one object of every kind."""
    home = place.cells.geometry.loc[people(place, 2025).idxmax()]
    near = place.streets.geometry.iloc[int(place.streets.distance(home).argmin())]
    x, y = near.interpolate(0.5, normalized=True).coords[0]

    def there(*metres: tuple[float, float]) -> list[tuple[float, float]]:
        return degrees(*metres, crs=place.crs, start=(x, y))

    old = place.schools.index[place.schools["status"] == "existing"]
    planned = place.schools.index[place.schools["status"] == "planned"]
    size = next(
        s for s in ("primary", "junior", "senior", "kindergarten") if place.schools.loc[old[1], f"seats_{s}"] > 0
    )
    new = iter(f"N{n:02d}" for n in range(1, 20))
    return Scenario("all", objects=(
        Added(next(new), "primary", *there((50, 50))[0], 720, 2027), Moved(str(old[0]), *there((80, 0))[0]), Closed(str(place.clinics.index[0])),
        Resized(str(old[1]), size, 90), Opened(str(planned[0]), 2026),
        Housing(next(new), there((0, 0), (300, 0), (300, 300), (0, 300)), 800, year=2026),
        Street(next(new), there((0, 0), (200, 10), (400, -10))), Removed(next(new), *there((0, 0))[0]),
        Barrier(next(new), polygon=there((600, 600), (700, 600), (700, 700), (600, 700))),
        Growth(next(new), "haiyang", "huayuan", 200, 2025), TransitLine(next(new), there((0, 0), (600, 0)), 15),
    ))  # fmt: skip


@pytest.mark.parametrize("year", [2025, 2028])
@pytest.mark.parametrize("service", ["primary", "hospital"])
def test_every_question_is_answered_under_one_object_of_every_kind(service: str, year: int) -> None:
    base = town(service, year)
    before, content = ask(base), copy.deepcopy(base.workspace.cells)
    view = apply(base.workspace, Scenario("all", objects=EVERY), year)
    after = ask(base.under(view))
    refused = [name for name in after if "refused" in after[name] and "refused" not in before[name]]
    assert refused == []
    again = ask(replace(base, keep=Kept()))
    for name, tables in before.items():
        for key, table in tables.items():
            pd.testing.assert_frame_equal(table, again[name][key])
    pd.testing.assert_frame_equal(content, base.workspace.cells)
    assert view.scenario == "all"


def test_every_question_is_answered_on_the_bundled_zone(shipped: Workspace) -> None:
    plan = of_shipped(shipped)
    assert len({one.kind for one in plan.objects}) == len(plan.objects)
    base = workspace.case(shipped, "primary", 2028)
    before, mark = ask(base), fingerprint(shipped)
    after = ask(base.under(apply(shipped, plan, 2028)))
    assert [name for name in after if "refused" in after[name] and "refused" not in before[name]] == []
    assert not after["coverage"]["total"].equals(before["coverage"]["total"])
    assert fingerprint(shipped) == mark
    again = answers.coverage(replace(base, keep=Kept())).tables["total"]
    pd.testing.assert_frame_equal(pd.DataFrame(again), before["coverage"]["total"])


def test_a_file_of_before_is_read_and_written_anew() -> None:
    old = {
        "format": 1, "name": "a", "added": [{"facility_id": "N01", "service": "primary", "lon": 117.0, "lat": 39.1, "seats": 360, "open_year": 2028, "name_zh": ""}],
        "closed": ["S"], "resized": {"T": {"primary": 540.0}},
    }  # fmt: skip
    plan = Scenario.from_dict(old)
    assert plan == Scenario("a", (SCHOOL,), ("S",), {"T": {"primary": 540.0}})
    assert plan.as_dict()["format"] == 2
    assert Scenario.from_dict(json.loads(json.dumps(plan.as_dict()))) == plan


def test_the_short_way_keeps_what_is_known_of_an_object() -> None:
    plan = Scenario("a", objects=(Closed("S", 2030, "王工", "危房"), Resized("T", "primary", 500, 2029), SCHOOL))
    more = replace(plan, closed=("S", "U"), resized={"T": {"primary": 600}})
    assert more.objects == (Closed("S", 2030, "王工", "危房"), Resized("T", "primary", 600, 2029), SCHOOL, Closed("U"))


def test_a_file_for_people_comes_back_whole_and_names_its_base() -> None:
    place = town().workspace
    plan = Scenario("甲", objects=EVERY, parameters={"service": "primary", "year": 2030, "limit": 500})
    told = json.loads(json.dumps(to_geojson(plan, place), ensure_ascii=False))
    assert from_geojson(told) == plan
    assert base_of(told) == ("Town", fingerprint(place))
    assert fingerprint(replace(place, schools=place.schools.assign(seats_primary=1.0))) != fingerprint(place)
    kinds = [f["geometry"]["type"] if f["geometry"] else None for f in told["features"]]
    assert kinds == [
        "Point",
        "Point",
        None,
        "Point",
        "Polygon",
        "LineString",
        "Point",
        "LineString",
        None,
        "LineString",
    ]
    rings = [shapely.geometry.shape(f["geometry"]) for f in told["features"] if f["geometry"]]
    assert all(shape.is_valid for shape in rings)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda d: d.pop("zoneplan"), "no member zoneplan"),
        (lambda d: d["zoneplan"].update(format=9), "newer version"),
        (lambda d: d["features"][0]["properties"].update(height=3), "height"),
        (lambda d: d["features"][0]["properties"].update(kind="tunnel"), "'tunnel' is not known"),
        (lambda d: d["features"][4]["geometry"].update(type="MultiPolygon"), "feature 5"),
        (lambda d: d["features"].append(d["features"][0]), "two objects"),
        (lambda d: d["features"][1].update(id="move:T"), "object_id must be 'move:S'"),
    ],
)
def test_a_damaged_file_is_refused_in_words(spoil, said) -> None:
    told = json.loads(json.dumps(to_geojson(Scenario("a", objects=EVERY))))
    spoil(told)
    with pytest.raises(InputError, match=said):
        from_geojson(told)


def test_a_file_runs_the_same_elsewhere() -> None:
    plan = from_geojson(json.loads(json.dumps(to_geojson(Scenario("a", objects=EVERY)))))
    one, other = (
        ask(Case(apply(town().workspace, p, 2031), "primary", 2031)) for p in (Scenario("a", objects=EVERY), plan)
    )
    for name in one:
        for key in one[name]:
            pd.testing.assert_frame_equal(one[name][key], other[name][key])


def test_two_planners_change_two_fields_of_one_school_and_both_hold() -> None:
    base = Scenario("a", (SCHOOL,))
    mine, theirs = base.having(replace(SCHOOL, seats=720)), base.having(replace(SCHOOL, open_year=2030))
    both = merge(base, mine, theirs)
    assert both.scenario.added == (replace(SCHOOL, seats=720, open_year=2030),)
    assert both.unsettled == ()
    other = merge(base, mine, base.having(replace(SCHOOL, seats=900)))
    assert other.unsettled == ("N01.seats",)
    assert other.scenario.added[0].seats == 900
    assert merge(base, mine, base.having(replace(SCHOOL, seats=900)), choices={"N01.seats": "mine"}).scenario == mine


def test_half_of_two_places_is_no_place() -> None:
    base = Scenario("a", (SCHOOL,))
    mine, theirs = base.having(replace(SCHOOL, lon=117.1)), base.having(replace(SCHOOL, lat=39.2))
    assert merge(base, mine, theirs).unsettled == ("N01.place",)


def test_who_closes_what_another_enlarges_is_asked() -> None:
    mine, theirs = Scenario("a", objects=(Resized("S", "primary", 900),)), Scenario("a", closed=("S",))
    both = merge(Scenario("a"), mine, theirs)
    assert both.unsettled == ("S",)
    assert both.scenario == theirs
    assert merge(Scenario("a"), mine, theirs, choices={"S": "mine"}).scenario == mine


def test_parameters_are_merged_too() -> None:
    base = Scenario("a", parameters={"year": 2025, "limit": 500})
    mine, theirs = (
        replace(base, parameters={"year": 2030, "limit": 500}),
        replace(base, parameters={"year": 2025, "limit": 800}),
    )
    assert merge(base, mine, theirs).scenario.parameters == {"year": 2030, "limit": 800}


def test_the_audit_says_what_changed_in_both_languages() -> None:
    before = Scenario("a", objects=(SCHOOL, BRIDGE))
    after = before.having(replace(SCHOOL, seats=720, reason="不够")).without("N03").having(Closed("S", 2030))
    rows = changes_between(before, after)
    assert [(r.object_id, r.field, r.before.zh, r.after.zh) for r in rows] == [
        ("N01", "seats", "360", "720"), ("N01", "reason", "无", "不够"), ("N03", "", "桥 N03", "无"), ("close:S", "", "无", "关闭设施 S，2030 年起"),
    ]  # fmt: skip
    assert [r.after.en for r in rows] == ["720", "不够", "none", "facility closed S, from 2030"]
    assert changes_between(after, after) == ()


def test_ids_of_new_objects_are_never_those_of_the_workspace(shipped: Workspace) -> None:
    assert not {o.object_id for o in of_shipped(shipped).objects if o.kind in ("add", "housing", "street")} & ids_of(
        shipped
    )
    assert set(SERVICES) >= {"primary", "metro"}
