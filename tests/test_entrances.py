"""A park is reached at its gates: in a planner's file, from OpenStreetMap, on foot and by radius, and while it is dragged."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

import cli
from geo import answers
from geo.answers.live import live_of, served
from geo.case import Case
from geo.crs import to_wgs84
from geo.entrances import MOST, along_edge, doors, places_of, where_ways_enter, written
from geo.examples import at, homes, town
from geo.network.edits import Edits
from geo.scenario import Scenario, apply
from geo.scenario.objects import Moved
from layers import workspace
from layers.incoming import read
from layers.osm import osm
from tests import test_osm
from tests.test_circles import paper, park_at
from tests.village import at as in_village
from tests.village import put, row, village


def gates(*xy: tuple[float, float]) -> str:
    """Return entrances of the town on paper, given in metres from node 1."""
    points = to_wgs84(gpd.GeoSeries([at(*one) for one in xy], crs="EPSG:4548"))
    return written(zip(points.x, points.y, strict=True))


def parked() -> Case:
    """Return the town with a park at home c and two gates: one on the street north, one on the street from 2 to 3."""
    return park_at(paper(), "c", entrances=gates((100, 300), (400, 200))).of("park")


def test_walks_end_at_the_nearest_gate() -> None:
    case = parked()
    walk, line = case.nearest("walk"), case.nearest("radius")
    # a goes to 2 (300) and up to the gate (200); b 100; c 100 east and 100 down, or 200 west: a tie but for rounding.
    assert walk["metres"].to_dict() == pytest.approx({"a": 500, "b": 100, "c": 200}, abs=1.5)
    assert line["metres"].to_dict() == pytest.approx({"a": 300, "b": 100, "c": 2**0.5 * 100}, abs=1.5)
    assert set(walk["target"]) == set(line["target"]) == {"P"}  # a gate is never told as a facility
    without = park_at(paper(), "c").of("park")
    assert without.doors is without.supply
    assert without.nearest("walk")["metres"].to_dict() == pytest.approx({"a": 700, "b": 300, "c": 0})
    # The click tells the same, of one facility.
    b = to_wgs84(homes()).geometry["b"]
    near = answers.site(case, b.x, b.y)["nearest"].query("service == 'park'")
    assert near["walk_m"].tolist() == pytest.approx([100], abs=1.5)
    assert answers.circles(case, b.x, b.y)["required"].set_index("service").loc["park", "walk_m"] == pytest.approx(100, abs=1.5)  # fmt: skip


def test_a_park_that_is_dragged_leaves_its_gates_behind_as_the_page_does() -> None:
    case = parked()
    there = to_wgs84(gpd.GeoSeries([at(0, 300)], crs="EPSG:4548")).iloc[0]
    moved = case.under(apply(case.workspace, Scenario("m", objects=(Moved("P", there.x, there.y),))))
    now = served(case, live_of(case), Edits(), places={"P": at(0, 300)})
    assert now.cells["walk_m"].to_numpy() == pytest.approx(moved.nearest("walk")["metres"].to_numpy(), abs=0.01)
    assert now.total["lost"].iloc[0] == pytest.approx(500)  # b had the gate 100 m away, c still walks 300


@pytest.mark.parametrize("shape", [
    shapely.box(0, 0, 80, 60), shapely.box(0, 0, 3000, 2000), shapely.Point(0, 0).buffer(400),
    shapely.MultiPolygon([shapely.box(0, 0, 300, 300), shapely.box(900, 0, 1000, 100)]),
    shapely.Polygon([(0, 0), (500, 0), (500, 500), (0, 500)], [[(100, 100), (200, 100), (200, 200), (100, 200)]]),
])  # fmt: skip
def test_points_along_an_edge_lie_on_it_and_are_few(shape: Any) -> None:
    found = along_edge(shape)
    outer = shapely.union_all([p.exterior for p in getattr(shape, "geoms", [shape])])
    assert 3 <= len(found) <= MOST
    assert shapely.distance(outer, shapely.points(found)).max() < 1e-6
    assert len(written(found)) <= 254  # a text of a shapefile
    assert len(set(found)) == len(found)


def test_ways_enter_where_they_cross_the_edge() -> None:
    square = shapely.box(0, 0, 200, 200)
    ways = [shapely.LineString([(-50, 100), (250, 100)]), shapely.LineString([(100, 100), (150, 150)])]
    assert sorted(where_ways_enter(square, ways)) == [(0.0, 100.0), (200.0, 100.0)]
    assert where_ways_enter(square, ways[1:]) == []  # a way that stays inside is no gate
    many = [shapely.LineString([(x, -5), (x, 5)]) for x in range(5, 200, 3)]
    assert 1 < len(where_ways_enter(square, many)) <= MOST


@pytest.mark.parametrize("text", ["", "  ", None, float("nan"), "东门", "117.65"])
def test_what_is_no_list_of_places_is_entered_at_the_point(text: Any) -> None:
    frame = gpd.GeoDataFrame({"entrances": [text, "117.0 39.1"]}, geometry=[at(0, 0), at(9, 9)], index=["p", "q"], crs="EPSG:4548")  # fmt: skip
    found = doors(frame)
    assert found.loc["p", "geometry"] == at(0, 0)
    assert found["facility"].tolist() == ["p", "q"]


HEADS = {
    "名称": ["滨海公园", "球场", "日照中心", "图书馆", "菜场"],
    "类别": ["公园", "体育", "养老", "文化", "菜市场"],
    "状态": ["现状"] * 5,
}
KINDS = ["park", "sport", "elderly_day_care", "culture", "market"]


def grounds() -> gpd.GeoDataFrame:
    boxes = [
        shapely.box(*in_village(0.2, 0.2), *in_village(0.3, 0.25)),
        shapely.box(*in_village(0.6, 0.6), *in_village(0.61, 0.61)),
    ]
    points = [shapely.Point(in_village(x, 0.5)) for x in (0.3, 0.5, 0.7)]
    return gpd.GeoDataFrame(HEADS, geometry=[*boxes, *points], crs=4326)


@pytest.mark.parametrize("form", ["geojson", "shp", "xlsx"])
def test_a_chinese_table_of_grounds_comes_in_and_every_kind_is_asked(form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    place, file, frame = village(tmp_path / "v"), tmp_path / f"设施.{form}", grounds()
    if form == "xlsx":
        points = frame.geometry.representative_point()
        table = pd.DataFrame(HEADS).assign(经度=points.x, 纬度=points.y, 出入口="")
        table.loc[0, "出入口"] = "{} {}; {} {}".format(*in_village(0.2, 0.2), *in_village(0.3, 0.25))
        table.to_excel(file, index=False)
    elif form == "shp":
        frame = frame.iloc[:2]
        frame.to_file(file, encoding="utf-8")
    else:
        frame.to_file(file, driver="GeoJSON")
    said = ["--data", str(place), "import", str(file), "--layer", "facilities", "--answer", "datum=wgs84", "--take"]
    assert cli.main(said) == 0, capsys.readouterr()
    capsys.readouterr()
    here = workspace.load(place)
    assert sorted(here.facilities["kind"]) == sorted(KINDS[: len(frame)])
    park = here.facilities.set_index("kind").loc["park"]
    assert park.geometry.geom_type == "Point"
    if form != "xlsx":
        drawn = frame.to_crs(here.crs).geometry.iloc[0]
        assert park["area_m2"] == pytest.approx(drawn.area, rel=1e-3)
        ends = gpd.GeoSeries(gpd.points_from_xy(*zip(*places_of(park["entrances"]), strict=True)), crs=4326).to_crs(
            here.crs
        )
        assert ends.distance(drawn.exterior).max() < 1.5
    else:
        assert len(places_of(park["entrances"])) == 2
    for key, kind in zip(("park", "sport", "elderly", "culture", "market"), KINDS, strict=True):
        if kind in set(here.facilities["kind"]):
            assert cli.main(["--data", str(place), "coverage", "--service", key, "--json"]) == 0
            assert '"share_walk": null' not in capsys.readouterr().out.split('"zones"')[0]


def test_wrong_entrances_are_said_with_row_and_column(tmp_path: Path) -> None:
    file = tmp_path / "公园.xlsx"
    lon, lat = in_village(0.5, 0.5)
    pd.DataFrame({"名称": ["东园"], "类别": ["公园"], "经度": [lon], "纬度": [lat], "状态": ["现状"], "出入口": ["东门、西门"]}).to_excel(file, index=False)  # fmt: skip
    done = read(file, layer="facilities", answers={"datum": "wgs84"})
    assert done.frame is None
    assert [(f.field, f.row) for f in done.findings if f.level == "error"] == [("entrances", 1)]


def test_openstreetmap_gives_parks_sport_culture_markets_elderly_and_bus_stops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    more = {
        41: (117.4008, 39.0009), 42: (117.4014, 39.0009), 43: (117.4014, 39.0015), 44: (117.4008, 39.0015),
        51: (117.4003, 39.001), 52: (117.4004, 39.001), 53: (117.4005, 39.001), 54: (117.4006, 39.001), 55: (117.4007, 39.001), 56: (117.4007, 39.0011),
    }  # fmt: skip
    tags = {
        51: {"amenity": "library"}, 52: {"amenity": "marketplace"}, 53: {"amenity": "social_facility", "social_facility:for": "senior", "social_facility": "day_care"},
        54: {"leisure": "sports_centre"}, 55: {"highway": "bus_stop", "name": "桥头"}, 56: {"amenity": "social_facility"},
    }  # fmt: skip
    monkeypatch.setattr(test_osm, "NODE_TAGS", {**test_osm.NODE_TAGS, **tags})
    nodes = {**test_osm.NODES, **more}
    ways = {**test_osm.WAYS, 120: ([41, 42, 43, 44, 41], {"leisure": "park", "name": "街心公园"})}
    data = osm.read(test_osm.town(tmp_path / "t.osm", nodes=nodes, ways=ways))
    assert sorted(data.facilities["kind"]) == ["culture", "elderly_day_care", "market", "park", "sport"]
    assert (data.stops["kind"] == "bus").sum() == 1
    park = data.facilities.set_index("kind").loc["park"]
    # The footway from 2 by 5 to 6 crosses the park's south and north edge at 117.401.
    assert np.array(places_of(park["entrances"])) == pytest.approx(np.array([(117.401, 39.0009), (117.401, 39.0015)]), abs=2e-5)  # fmt: skip
    assert data.facilities.set_index("kind")["entrances"].drop("park").isna().all()


def test_a_file_without_entrances_is_as_it_was(tmp_path: Path) -> None:
    place = village(tmp_path / "v")
    put(place, "facilities", [row(facility_id="X1", name_zh="园", kind="park", x=0.25, y=0.25)])
    case = workspace.case(workspace.load(place), "park", 2025)
    assert case.doors is case.supply
    plain = town().of("park")
    assert dataclasses.replace(plain).doors.empty
