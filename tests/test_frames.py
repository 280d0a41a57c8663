"""A case from one's own frames: what is refused and how it is said, what is done and told, and laws of the answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

import geo
from geo import answers, examples
from geo.errors import CrsError, InputError
from geo.examples import at
from geo.services import SERVICES

Frames = dict[str, Any]


def frames(**other: Any) -> Frames:
    """The frames of the drawn town, some of them replaced."""
    town = {
        "facilities": examples.school(),
        "people": examples.homes(),
        "links": examples.streets(),
        "zones": examples.zones(),
    }
    return {**town, "limit": 500.0, **other}  # fmt: skip


def case(**other: Any) -> geo.Case:
    return geo.Case.from_frames(**frames(**other))


def changed(name: str, change: Callable[[gpd.GeoDataFrame], gpd.GeoDataFrame]) -> Frames:
    return frames(**{name: change(frames()[name])})


def first_set(column: str, value: Any) -> Callable[[gpd.GeoDataFrame], gpd.GeoDataFrame]:
    """Return a change: the first row of a column set to a value, whatever the column held."""

    def change(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        values = [value, *(frame[column].tolist()[1:] if column in frame else [None] * (len(frame) - 1))]
        if column == "geometry":
            return frame.set_geometry(gpd.GeoSeries(values, index=frame.index, crs=frame.crs))
        return frame.assign(**{column: pd.Series(values, index=frame.index, dtype=object)})

    return change


NAN = float("nan")
BOW_TIE = shapely.Polygon([at(0, 0), at(100, 100), at(100, 0), at(0, 100)])
FAULTS = [
    ("people", lambda f: f.drop(columns="people"), None, "people", "people_2025) is missing"),
    ("people", first_set("people", -1), 1, "people", "at least 0 (id 'a')"),
    ("people", first_set("people", "many"), 1, "people", "at least 0"),
    ("people", first_set("people", NAN), 1, "people", "at least 0"),
    ("people", lambda f: f[:0], None, None, "no rows"),
    ("people", first_set("geometry", None), 1, "geometry", "has no geometry"),
    ("people", first_set("geometry", shapely.LineString([at(0, 0), at(1, 0)])), 1, "geometry", "points or areas"),
    ("people", first_set("geometry", shapely.Point(np.inf, 0)), 1, "geometry", "finite"),
    ("people", first_set("geometry", BOW_TIE), 1, "geometry", "make_valid"),
    ("people", lambda f: f.set_index(pd.Index(["a", "b", "a"])), 3, "index", "given before"),
    ("people", lambda f: f.set_index(pd.Index(["a", None, "b"], dtype=object)), 2, "index", "missing"),
    ("people", lambda f: f.set_index([list("xyz"), f.index]), None, "index", "one column"),
    ("people", first_set("basis", "guessed"), 1, "basis", "one of measured"),
    ("facilities", first_set("seats", "540 seats"), 1, "seats", "leave it empty where unknown"),
    ("facilities", first_set("seats", -5), 1, "seats", "at least 0"),
    ("facilities", first_set("geometry", at(0, 0).buffer(20)), 1, "geometry", "representative_point"),
    ("facilities", lambda f: pd.concat([f, f]), 2, "index", "given before"),
    ("links", lambda f: f.drop(columns="v"), None, "v", "u but no v"),
    ("links", lambda f: f.drop(columns="u"), None, "u", "v but no u"),
    ("links", first_set("u", None), 1, "u", "id of an end is missing"),
    ("links", first_set("metres", -1.0), 1, "metres", "at least 0"),
    ("links", first_set("metres", "long"), 1, "metres", "at least 0"),
    ("links", lambda f: f.assign(metres=f.to_crs(4326).geometry.map(lambda g: g.length)), 1, "metres", "degrees or kilometres"),
    ("links", first_set("geometry", at(0, 0)), 1, "geometry", "must be lines"),
    ("links", lambda f: f[:0], None, None, "no rows"),
    ("zones", first_set("geometry", at(0, 0)), 1, "geometry", "must be areas"),
    ("zones", first_set("geometry", BOW_TIE), 1, "geometry", "make_valid"),
    ("zones", first_set("parent_id", "mars"), 1, "parent_id", "no such zone"),
    ("zones", first_set("parent_id", "south"), 1, "parent_id", "two levels"),
    ("zones", lambda f: f.assign(parent_id=["north", "south"]), 1, "parent_id", "two levels"),
    ("zones", lambda f: f[:0], None, None, "no rows"),
]  # fmt: skip


@pytest.mark.filterwarnings("ignore:Geometry is in a geographic CRS")
@pytest.mark.parametrize(("name", "change", "row", "field", "words"), FAULTS)
def test_a_fault_names_frame_row_and_field_in_both_languages(name, change, row, field, words):
    with pytest.raises(InputError) as caught:
        geo.Case.from_frames(**changed(name, change))
    found = caught.value.findings[0]
    assert (found.file, found.row, found.field) == (name, row, field)
    assert words in found.text_en
    assert any("一" <= c <= "鿿" for c in found.text_zh)
    assert name in str(caught.value)


def test_all_that_is_wrong_is_said_at_once():
    wrong = frames(people=first_set("geometry", None)(examples.homes()), zones=first_set("geometry", at(0, 0))(examples.zones()))  # fmt: skip
    with pytest.raises(InputError) as caught:
        geo.Case.from_frames(**wrong)
    assert [f.file for f in caught.value.findings] == ["people", "zones"]
    many = pd.concat([examples.homes().assign(people=-1)] * 20, ignore_index=True)
    with pytest.raises(InputError) as caught:
        geo.Case.from_frames(**frames(people=many))
    assert len(caught.value.findings) == 21
    assert "40 more rows" in caught.value.findings[-1].text_en


@pytest.mark.parametrize("wrong", [None, pd.DataFrame({"people": [1]}), gpd.GeoDataFrame({"people": [1]}), "homes.shp"])
@pytest.mark.parametrize("name", ["facilities", "people", "links"])
def test_only_frames_with_geometry(name, wrong):
    with pytest.raises(InputError, match="GeoDataFrame with geometry") as caught:
        case(**{name: wrong})
    assert caught.value.findings[0].file == name


def test_reference_systems_that_cannot_be_right():
    for name in ("facilities", "people", "links", "zones"):
        naked = frames()[name].set_crs(None, allow_override=True)
        with pytest.raises(CrsError, match=f"{name} has no reference system"):
            case(**{name: naked})
        beijing = frames()[name].set_crs("EPSG:2422", allow_override=True)  # Beijing 1954, no public shift
        with pytest.raises(CrsError, match=f"{name}: .*(no public shift|Beijing)"):
            case(**{name: beijing})
        degrees = frames()[name].set_crs("EPSG:4326", allow_override=True)  # metres that say they are degrees
        with pytest.raises(InputError, match="no lon, lat in degrees"):
            case(**{name: degrees})
    elsewhere = examples.homes().set_crs("EPSG:4549", allow_override=True)  # three degrees further east
    with pytest.raises(CrsError, match="people lie 259 km from links"):
        case(people=elsewhere)
    for wrong in ("EPSG:4326", "EPSG:3857", "EPSG:2263", "nonsense"):
        with pytest.raises(CrsError):
            case(crs=wrong)


@pytest.mark.parametrize(
    ("field", "value"), [("limit", 0), ("limit", -1), ("limit", np.inf), ("limit", "500"), ("year", 2025.5), ("year", "2025"), ("year", True)]
)  # fmt: skip
def test_limit_and_year_are_numbers(field, value):
    with pytest.raises(InputError) as caught:
        case(**{field: value})
    assert caught.value.findings[0].field == field


def test_what_was_done_is_told():
    place = case(
        facilities=examples.school().to_crs("EPSG:4326"),
        people=examples.homes().set_geometry(examples.homes().buffer(10)).to_crs("EPSG:3857"),
        links=examples.streets()[["geometry"]],
        zones=examples.zones()[:1],
    ).workspace
    told = {name: text.en for name, text in place.own_frames.items()}
    assert told == {
        "facilities": "1 rows; EPSG:4326 → EPSG:4548",
        "people": "3 rows; EPSG:3857 → EPSG:4548; 3 areas taken at a point inside; 1 rows (400 people) lie in no zone",
        "links": "3 rows; EPSG:4548; joined where ends meet (within 1 mm); as long as they are drawn",
        "zones": "1 rows; EPSG:4548",
    }
    assert "EPSG:3857 → EPSG:4548" in place._repr_html_()
    assert "EPSG:3857 → EPSG:4548" in geo.Case(place, "primary", 2025)._repr_html_()
    island = shapely.LineString([at(1000, 1000), at(1100, 1000)])
    lines = pd.concat([examples.streets(), gpd.GeoDataFrame({"u": [8], "v": [9], "metres": [100.0]}, geometry=[island], crs=examples.CRS)])  # fmt: skip
    with pytest.raises(InputError, match="given before"):
        case(links=lines)
    told = case(links=lines.reset_index(drop=True)).workspace.own_frames["links"].en
    assert "2 parts without a way between them, the largest with 67% of the corners" in told


def test_the_given_frames_are_left_as_they_are():
    mine = frames(links=examples.streets()[["geometry"]])
    before = {k: v.copy() for k, v in mine.items() if isinstance(v, gpd.GeoDataFrame)}
    answers.coverage(geo.Case.from_frames(**mine))
    for name, frame in before.items():
        assert frame.equals(mine[name])
        assert list(frame.columns) == list(mine[name].columns)


def test_sub_areas_add_up():
    parts = pd.concat([examples.zones().assign(parent_id="all"), gpd.GeoDataFrame({"name": ["All"]}, geometry=[examples.zones().union_all()], index=["all"], crs=examples.CRS)])  # fmt: skip
    table = answers.coverage(case(zones=parts))["zones"]
    assert table["level"].to_dict() == {"south": "sub_area", "north": "sub_area", "all": "zone"}
    assert table["people"].to_dict() == {"south": 1100.0, "north": 400.0, "all": 1500.0}
    assert table["share_walk"].tolist() == pytest.approx([1.0, 0.0, 1100 / 1500])
    assert answers.coverage(case(zones=parts))["total"]["people"].iloc[0] == 1500
    empty = parts.assign(parent_id=["all", "", None])
    assert answers.coverage(case(zones=empty))["zones"]["level"].tolist() == ["sub_area", "zone", "zone"]


def test_ids_of_any_kind_come_back():
    numbered = {k: v.reset_index(drop=True) for k, v in frames().items() if isinstance(v, gpd.GeoDataFrame)}
    one = case(**numbered)
    assert answers.coverage(one)["zones"].index.tolist() == [0, 1]
    assert answers.assign(one)["flows"][["demand_id", "facility_id"]].to_numpy().tolist()[0] == [0, 0]
    assert answers.zone_card(one.workspace, 1)["card"]["people_2025"].iloc[0] == 400
    with pytest.raises(InputError, match="choose one of 0, 1"):
        answers.zone_card(one.workspace, "south")
    with pytest.raises(InputError, match="choose among 0, 1"):
        answers.locate(one, p=1, zones=["south"])


def test_names_fall_back_on_the_id():
    schools = pd.concat([examples.school(), examples.school().set_index(pd.Index(["T"])).assign(name=None)])
    found = case(facilities=schools).supply
    assert found["name_zh"].tolist() == ["School", "T"]
    assert found["name_en"].tolist() == ["School", "T"]
    assert case(facilities=schools.assign(name_en=["S", None])).supply["name_en"].tolist() == ["S", "T"]


def test_frames_as_they_come():
    """Geometry under another name, whole numbers that may be missing, categories, a third coordinate."""
    homes = examples.homes().rename_geometry("shape")
    homes["people"] = homes["people"].astype("Int64")
    zones = examples.zones().rename_geometry("area")
    zones["name"] = zones["name"].astype("category")
    links = examples.streets()[["geometry"]].rename_geometry("way")
    links = links.set_geometry(shapely.force_3d(links.geometry.to_numpy(), 5.0))
    schools = examples.school().rename_geometry("place").assign(seats=pd.array([pd.NA], dtype="Int64"))
    one = case(facilities=schools, people=homes, links=links, zones=zones)
    assert answers.coverage(one)["zones"]["share_walk"].to_dict() == {"south": 1.0, "north": 0.0}
    assert one.supply["seats"].isna().all()
    homes.loc["a", "people"] = pd.NA
    with pytest.raises(InputError, match="people must be a number"):
        case(people=homes)


def test_no_facility_at_all():
    none = case(facilities=examples.school()[:0])
    table = answers.coverage(none)["total"]
    assert table["covered_walk"].iloc[0] == 0
    assert answers.gain(none)["top"]["gain"].iloc[0] > 0
    assert "0" in none._repr_html_()


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_takes_the_facilities(service):
    one = case(service=service)
    assert answers.coverage(one)["total"]["covered_walk"].iloc[0] == 1100
    seats = one.supply["seats"].tolist()
    counted = SERVICES[service].layer in ("schools", "clinics")  # stations, parks and halls have no seats or beds
    assert seats == [540.0] if counted else np.isnan(seats).all()


def test_without_a_limit_the_question_asks_for_one():
    with pytest.raises(InputError, match="give a limit"):
        answers.coverage(case(limit=None))
    assert "give a limit" in case(limit=None)._repr_html_()
    assert answers.coverage(case(limit=None), limit=500)["total"]["covered_walk"].iloc[0] == 1100


def test_lines_meet_within_a_millimetre():
    for gap, cut_off in ((0.0009, False), (0.0011, True)):
        lines = [shapely.LineString([at(0, 0), at(400, 0)]), shapely.LineString([at(400 + gap, 0), at(400, 300)])]
        links = gpd.GeoDataFrame(geometry=lines, crs=examples.CRS)
        assert case(links=links).workspace.network.n_nodes == 3 + cut_off


def test_lines_of_several_parts_share_their_length():
    two = shapely.MultiLineString([[at(0, 0), at(400, 0)], [at(400, 300), at(0, 300)]])
    links = gpd.GeoDataFrame({"metres": [1600.0, 300.0]}, geometry=[two, shapely.LineString([at(400, 0), at(400, 300)])], crs=examples.CRS)  # fmt: skip
    streets = case(links=links).workspace.streets
    assert sorted(streets["metres"]) == [300.0, 800.0, 800.0]
    one = shapely.MultiLineString([[at(0, 0), at(200, 0)], [at(200, 0), at(400, 0)]])  # one line, in two pieces
    links = gpd.GeoDataFrame({"metres": [400.0]}, geometry=[one], crs=examples.CRS)
    assert len(case(links=links).workspace.streets) == 1
    assert case(links=links).workspace.network.n_nodes == 2


def test_links_with_and_without_ends_and_lengths_give_the_same_answer():
    whole = answers.coverage(case())["cells"]["walk_m"]
    for columns in (["geometry"], ["metres", "geometry"], ["u", "v", "geometry"]):
        pd.testing.assert_series_equal(
            answers.coverage(case(links=examples.streets()[columns]))["cells"]["walk_m"], whole
        )


# Random places: a grid of streets with some left out, homes and schools anywhere on it.


def place(seed: int, crs: str, east: float, north: float) -> Frames:
    """Return random frames of about 1.2 by 1.2 km, in a metric system."""
    rng = np.random.default_rng(seed)
    step = 200.0
    corners = [(i, j) for i in range(7) for j in range(7)]
    pieces = [((i, j), (i + a, j + b)) for i, j in corners for a, b in ((1, 0), (0, 1)) if i + a < 7 and j + b < 7]
    pieces = [p for p, keep in zip(pieces, rng.random(len(pieces)) < 0.85, strict=True) if keep]
    lines = [shapely.LineString([(east + step * x, north + step * y) for x, y in piece]) for piece in pieces]
    corner = np.array([east, north])
    xy = corner + rng.uniform(0, 1200, (40, 2))
    sites = corner + rng.uniform(0, 1200, (3, 2))
    half = shapely.box(east - 50, north - 50, east + 600, north + 1300), shapely.box(east + 600, north - 50, east + 1300, north + 1300)  # fmt: skip
    return {
        "people": gpd.GeoDataFrame({"people": rng.integers(0, 500, 40)}, geometry=gpd.points_from_xy(*xy.T), crs=crs),
        "facilities": gpd.GeoDataFrame({"seats": rng.integers(100, 900, 3)}, geometry=gpd.points_from_xy(*sites.T), crs=crs),
        "links": gpd.GeoDataFrame(geometry=lines, crs=crs),
        "zones": gpd.GeoDataFrame({"name": ["west", "east"]}, geometry=list(half), crs=crs),
        "limit": 437.0,
    }  # fmt: skip


PLACES = [("EPSG:4548", 520_000.0, 4_330_000.0), ("EPSG:32722", 478_000.0, 6_677_000.0), ("EPSG:32629", 530_000.0, 4_555_000.0)]  # fmt: skip


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(PLACES), st.sampled_from([("people",), ("links",), ("facilities", "zones"), ("people", "links", "facilities", "zones")]))  # fmt: skip
def test_the_answer_is_the_same_in_degrees_and_in_metres(seed, where, moved):
    metric = place(seed, *where)
    degrees = metric | {name: metric[name].to_crs("EPSG:4326") for name in moved}
    one, other = geo.Case.from_frames(**metric), geo.Case.from_frames(**degrees)
    assert one.workspace.crs == other.workspace.crs == where[0]
    here, there = answers.coverage(one), answers.coverage(other)
    for name, table in here.tables.items():
        numbers = table.select_dtypes("number")
        np.testing.assert_allclose(there[name][numbers.columns], numbers, rtol=1e-6, atol=1e-6)
    # Two ways to fill the seats may be equally long: who goes where is then open, the total is not.
    total = ["pupils", "served", "unserved", "seats", "mean_m"]
    here, there = answers.assign(one)["summary"][total], answers.assign(other)["summary"][total]
    np.testing.assert_allclose(there, here, rtol=1e-6, atol=1e-6)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([0.0, 100.0, 437.0, 5000.0]))
def test_coverage_by_radius_is_a_plain_count(seed, limit):
    mine = place(seed, *PLACES[0])
    mine["facilities"] = mine["facilities"][: seed % 4]
    found = answers.coverage(geo.Case.from_frames(**mine), limit=limit)
    people, sites = mine["people"], mine["facilities"].geometry
    near = np.array([any(home.distance(site) <= limit for site in sites) for home in people.geometry])
    for zone, area in mine["zones"].geometry.items():
        inside = people.geometry.intersects(area).to_numpy()
        assert found["zones"].loc[zone, "people"] == people["people"][inside].sum()
        assert found["zones"].loc[zone, "covered_radius"] == people["people"][inside & near].sum()
    cells = found["cells"]
    assert (cells["walk_m"] >= cells["radius_m"] - 1e-6).all()
    assert (cells["covered_walk"] <= cells["covered_radius"]).all()
    assert found["total"]["people"].iloc[0] == people["people"].sum()


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000))
def test_the_order_of_rows_and_the_names_of_ids_do_not_matter(seed):
    mine = place(seed, *PLACES[0])
    rng = np.random.default_rng(seed)
    turned = {k: v.iloc[rng.permutation(len(v))] if isinstance(v, gpd.GeoDataFrame) else v for k, v in mine.items()}
    turned["links"] = turned["links"].reset_index(drop=True)
    here, there = (answers.coverage(geo.Case.from_frames(**m)) for m in (mine, turned))
    for name in ("zones", "cells"):
        numbers = here[name].select_dtypes("number")
        pd.testing.assert_frame_equal(there[name].loc[numbers.index, numbers.columns], numbers)
