"""The bundled workspace: files and scripts together, sums of the plan, and a network that is cut as it says."""

import csv
import filecmp
import hashlib
import json
from collections import Counter

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest
import rasterio
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from data.build.__main__ import DATA, build
from data.build.tables import table
from geo import answers, schema
from geo.services import SERVICES, STAGES
from layers import workspace

METRIC = "EPSG:4548"
PUBLISHED_KM2 = {"haiyang": 57.79, "huayuan": 11.58, "bolonghu": 30.5, "jingjin": 38.0}
SUB_AREAS = {"haiyang": 4, "huayuan": 5, "bolonghu": 4, "jingjin": 0}
SEATS = {2020: (1260, 3000, 1350, 540), 2025: (2790, 5400, 2970, 1350)}
SCHOOLS = {2020: 11, 2025: 20}
CLINICS = {2020: 23, 2025: 30}
REAL_NAMES = {"S01", "S12", "S15", "C01", "C27"}
GEOJSON = ("zones", "schools", "clinics", "links", "stops", "water", "projects", "carriers", "ground")
TABLES = ("targets", "standards", "contradictions", "quotes", "facts", "plan_text")


def layer(name: str) -> gpd.GeoDataFrame:
    """Read a GeoJSON file without GDAL's guesses about kinds."""
    features = json.loads((DATA / f"{name}.geojson").read_text(encoding="utf-8"))["features"]
    frame = pd.DataFrame([f["properties"] for f in features])
    shapes = [None if f["geometry"] is None else shapely.geometry.shape(f["geometry"]) for f in features]
    return gpd.GeoDataFrame(frame, geometry=shapes, crs="EPSG:4326")


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def zones() -> gpd.GeoDataFrame:
    return layer("zones").set_index("zone_id").to_crs(METRIC)


@pytest.fixture(scope="module")
def streets() -> gpd.GeoDataFrame:
    return gpd.read_parquet(DATA / "streets.parquet")


@pytest.fixture(scope="module")
def sources() -> dict[str, dict]:
    return json.loads((DATA / "SOURCES.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def people() -> dict[int, np.ndarray]:
    with rasterio.open(DATA / "population.tif") as raster:
        assert raster.crs.to_string() == METRIC
        assert raster.res == (100.0, 100.0)
        assert raster.dtypes == ("float32", "float32")
        return {int(name): raster.read(band) for band, name in enumerate(raster.descriptions, start=1)}


def test_files_and_scripts_agree_byte_for_byte(tmp_path):
    build(tmp_path)
    made = sorted(p.name for p in tmp_path.iterdir())
    kept = sorted(p.name for p in DATA.iterdir() if p.is_file())
    assert made == kept
    assert [name for name in made if not filecmp.cmp(tmp_path / name, DATA / name, shallow=False)] == []


@pytest.mark.parametrize("name", GEOJSON)
def test_layers_pass_their_schema(name):
    frame = layer(name)
    findings = schema.check(name, frame, file=f"{name}.geojson")
    assert [str(f) for f in findings] == []


@pytest.mark.parametrize("name", GEOJSON)
def test_geojson_is_plain_and_right_handed(name):
    text = (DATA / f"{name}.geojson").read_text(encoding="utf-8")
    assert '"crs"' not in text
    frame = layer(name)
    drawn = frame.geometry.dropna()
    coordinates = shapely.get_coordinates(drawn.to_numpy())
    assert np.allclose(coordinates, np.round(coordinates, 6), atol=1e-12)
    for shape in drawn[drawn.geom_type == "Polygon"]:
        assert shape.exterior.is_ccw
        assert shape.is_valid


def test_zones_are_four_with_thirteen_sub_areas(zones):
    parents = Counter(zones["parent_id"].dropna())
    assert {z: parents[z] for z in zones.index[zones["level"] == "zone"]} == SUB_AREAS
    assert set(zones["level"]) == {"zone", "sub_area"}


@pytest.mark.parametrize("zone_id", PUBLISHED_KM2)
def test_areas_are_fitted_to_the_published_ones_and_say_so(zones, zone_id):
    zone = zones.loc[zone_id]
    assert zone["area_km2_published"] == PUBLISHED_KM2[zone_id]
    assert zone.geometry.area / 1e6 == pytest.approx(PUBLISHED_KM2[zone_id], rel=0.01)
    assert "拟合" in zone["note"] or "凑足" in zone["sides"]


@pytest.mark.parametrize("zone_id", [z for z, n in SUB_AREAS.items() if n])
def test_sub_areas_tile_their_zone(zones, zone_id):
    parts = zones[zones["parent_id"] == zone_id].geometry
    assert parts.area.sum() - parts.union_all().area < 1.0
    assert parts.union_all().symmetric_difference(zones.geometry[zone_id]).area < 1.0


def test_zones_do_not_overlap(zones):
    whole = zones[zones["level"] == "zone"].geometry
    assert whole.area.sum() - whole.union_all().area < 1.0


def test_measured_sides_follow_the_measured_lines(zones):
    links = layer("links").set_index("link_id").to_crs(METRIC)
    points = gpd.GeoSeries(gpd.points_from_xy(*table("points")[["lon", "lat"]].to_numpy().T), crs="EPSG:4326")
    named = points.to_crs(METRIC).set_axis(table("points")["point"])
    for line, corners in {
        "L-jinshan": ["HE2", "HE3", "HE4", "HE5"],
        "L-s30": ["HN1", "HN3", "HN5", "BN1", "BN4", "BN7", "BN10"],
        "L-jinqin": ["HQ1", "HQ2", "HQ3", "HC5"],
    }.items():
        assert named[corners].distance(links.geometry[line]).max() < 60, line


@pytest.mark.parametrize("year", [2020, 2025])
def test_schools_and_seats_are_those_of_the_plan(year):
    schools = layer("schools")
    there = schools[(schools["status"] == "existing") | (schools["open_year"] <= year)]
    assert len(there) == SCHOOLS[year]
    assert tuple(int(there[f"seats_{stage}"].sum()) for stage in STAGES) == SEATS[year]


@pytest.mark.parametrize("year", [2020, 2025])
def test_medical_institutions_are_those_of_the_plan(year):
    clinics = layer("clinics")
    assert len(clinics[(clinics["status"] == "existing") | (clinics["open_year"] <= year)]) == CLINICS[year]


def test_planned_schools_are_nine_institutions_made_of_the_ten_reported_projects():
    planned = layer("schools").query("status == 'planned'")
    kinds = Counter(planned["kind"])
    assert kinds == {"twelve_year": 1, "nine_year": 1, "primary": 1, "kindergarten": 6}
    with_kindergarten = planned[planned["kind"].eq("nine_year") & planned["seats_kindergarten"].gt(0)]
    assert len(with_kindergarten) == 1
    settled = next(r for r in rows("contradictions") if r["id"] == "C03")
    assert with_kindergarten["facility_id"].iloc[0] in settled["settled_zh"]


def test_the_twelve_year_school_has_the_seats_its_streams_give():
    school = layer("schools").set_index("facility_id").loc["S12"]
    assert (school["seats_primary"], school["seats_junior"], school["seats_senior"]) == (
        4 * 6 * 45,
        6 * 3 * 45,
        6 * 3 * 45,
    )
    assert school["open_year"] == 2023


@pytest.mark.parametrize("name", ["schools", "clinics"])
def test_nobody_takes_an_assumed_facility_for_a_real_one(name):
    frame = layer(name)
    assert frame["name_zh"].str.contains("示意").all()
    assert frame["name_en"].str.contains("ssumed").all()
    known = set(frame.loc[~frame["name_zh"].str.match(r"示意"), "facility_id"])
    assert known <= REAL_NAMES
    assert (frame.loc[~frame["facility_id"].isin(REAL_NAMES), "basis"] == "assumed").all()


@pytest.mark.parametrize("name", ["schools", "clinics"])
def test_facilities_stand_in_their_sub_area_near_a_street_and_on_dry_ground(zones, streets, name):
    frame = layer(name).to_crs(METRIC)
    net = streets.to_crs(METRIC)
    wet = layer("water").to_crs(METRIC).union_all()
    links = layer("links").to_crs(METRIC)
    walls = links[links["kind"].isin(["railway", "expressway"])].union_all()
    homes = zones.geometry.loc[frame["zone_id"]].set_axis(frame.index)
    assert frame.within(homes).all()
    assert (frame.distance(wet) > 60).all()
    assert (frame.distance(walls) > 80).all()
    assert max(net.distance(point).min() for point in frame.geometry) < 90


def test_residents_sum_to_the_stated_totals_in_every_sub_area(zones, people):
    with rasterio.open(DATA / "population.tif") as raster:
        height, width = raster.shape
        x, y = raster.transform * (np.arange(width) + 0.5, np.zeros(width))[0:2]
        _, y = raster.transform * (np.zeros(height), np.arange(height) + 0.5)
    xx, yy = np.meshgrid(x, y)
    stated = table("population").set_index("zone_id")
    covered = np.zeros(xx.shape, bool)
    for zone_id in stated.index:
        inside = shapely.contains_xy(zones.geometry[zone_id], xx, yy)
        covered |= inside
        for year, counts in people.items():
            assert counts[inside].astype(float).sum() == stated.loc[zone_id, f"people_{year}"], (zone_id, year)
    for counts in people.values():
        assert np.isnan(counts[~covered]).all()
        assert not np.isnan(counts[covered]).any()
        assert (counts[covered] >= 0).all()
    assert {year: float(np.nansum(c.astype(float))) for year, c in people.items()} == {2020: 50_000, 2025: 100_000}


def test_residents_cluster_where_the_facts_say(people):
    stated = table("population").set_index("zone_id")
    for year in (2020, 2025):
        assert stated[f"people_{year}"].idxmax() == "haiyang-dong"
        assert stated.loc["bolonghu-huoli", f"people_{year}"] > 2 * stated.loc["bolonghu-zhizao", f"people_{year}"]
    assert stated.loc["jingjin", "people_2020"] <= 500
    dense = people[2020][np.nan_to_num(people[2020]) > 0]
    top = np.sort(dense)[::-1]
    assert top[: len(top) // 2].sum() > 0.9 * top.sum()


def test_streets_are_measured_on_their_own_geometry(streets):
    assert streets["u"].dtype == np.int64
    assert streets["v"].dtype == np.int64
    pairs = pd.DataFrame(np.sort(streets[["u", "v"]].to_numpy(), axis=1))
    assert not pairs.duplicated().any()
    assert (pairs[0] < pairs[1]).all()
    lengths = streets.to_crs(METRIC).length
    assert (streets["metres"] - lengths).between(-1e-6, 0.0101).all()
    metric = streets.to_crs(METRIC).geometry
    ends = np.array([[*line.coords[0], *line.coords[-1]] for line in metric])
    assert (streets["metres"] >= np.hypot(ends[:, 2] - ends[:, 0], ends[:, 3] - ends[:, 1]) - 1e-6).all()


def test_every_node_has_one_place(streets):
    first = pd.DataFrame({"node": streets["u"], "place": [line.coords[0] for line in streets.geometry]})
    last = pd.DataFrame({"node": streets["v"], "place": [line.coords[-1] for line in streets.geometry]})
    ends = pd.concat([first, last])
    assert ends.groupby("node")["place"].nunique().max() == 1
    assert 4000 <= ends["node"].nunique() <= 8000


def test_streets_meet_railways_and_expressways_only_at_crossings(streets):
    links = layer("links").set_index("link_id").to_crs(METRIC)
    walls = links.loc[table("barriers")["link_id"]]
    net = streets.to_crs(METRIC)
    hits = gpd.sjoin(net[["class", "barrier", "geometry"]], walls[["name_zh", "geometry"]], predicate="intersects")
    assert set(hits["class"]) == {"crossing"}
    assert (hits["barrier"] == hits["name_zh"]).all()
    crossings = net[net["class"] == "crossing"]
    assert set(hits.index) == set(crossings.index)
    assert (crossings["barrier"] != "").all()
    assert (net.loc[net["class"] != "crossing", "barrier"] == "").all()


def test_crossings_keep_their_stated_spacing(streets):
    rules = table("barriers").set_index("link_id")["spacing_m"]
    links = layer("links").set_index("link_id").to_crs(METRIC)
    net = streets.to_crs(METRIC)
    for link_id, spacing in rules.items():
        wall = links.geometry[link_id]
        own = net[net["barrier"] == links.loc[link_id, "name_zh"]]
        assert len(own) >= 3, link_id
        at = np.array([wall.project(line.intersection(wall)) for line in own.geometry])
        stated = np.arange(spacing / 2, wall.length, spacing)
        away = np.abs(at[:, None] - stated)
        assert away.min(axis=1).max() <= 0.3 * spacing + 1, link_id
        assert len(set(away.argmin(axis=1))) == len(at), link_id


def test_no_street_runs_into_water(streets):
    wet = layer("water").to_crs(METRIC).buffer(-2).union_all()
    assert not streets.to_crs(METRIC).intersects(wet).any()


def test_network_of_each_zone_is_one_piece(zones, streets):
    nodes, ends = np.unique(streets[["u", "v"]].to_numpy(), return_inverse=True)
    ends = ends.reshape(-1, 2)
    part = connected_components(coo_array((np.ones(len(ends)), ends.T), shape=(len(nodes),) * 2), directed=False)[1]
    part_of = pd.Series(part[ends[:, 0]], index=streets.index)
    net = streets.to_crs(METRIC)
    parts = {z: set(part_of[net.intersects(zones.geometry[z])]) for z in PUBLISHED_KM2}
    assert all(len(found) == 1 for found in parts.values()), parts
    assert parts["haiyang"] == parts["bolonghu"]
    assert part.max() + 1 == 3


def test_every_resident_can_reach_the_street(streets, people):
    with rasterio.open(DATA / "population.tif") as raster:
        at = np.argwhere(np.nan_to_num(people[2025]) > 0)
        x, y = raster.transform * (at[:, 1] + 0.5, at[:, 0] + 0.5)
    net = streets.to_crs(METRIC)
    _, distance = net.sindex.nearest(shapely.points(x, y), return_distance=True, return_all=False)
    assert distance.max() < 400
    assert np.average(distance, weights=people[2025][at[:, 0], at[:, 1]]) < 60


def test_every_source_resolves_and_every_file_has_its_checksum(sources, streets):
    used = {s for name in GEOJSON for s in layer(name)["source_id"]}
    used |= {r["source_id"] for name in TABLES for r in rows(name) if "source_id" in r}
    used |= set(streets["source_id"])
    used = {part for s in used for part in s.split(";")}
    assert used - set(sources) == set()
    vouched = {r["file"]: r["sha256"] for r in sources.values() if "file" in r}
    files = {p.name for p in DATA.iterdir() if p.is_file()} - {"SOURCES.json"}
    assert set(vouched) == files
    for name, digest in vouched.items():
        assert hashlib.sha256((DATA / name).read_bytes()).hexdigest() == digest, name
    for key, record in sources.items():
        assert all(record.get(f) for f in ("title", "publisher", "licence", "retrieved", "url")), key


@pytest.mark.parametrize("name", [n for n in GEOJSON if n != "projects"])
def test_every_feature_says_how_it_is_known(name):
    frame = layer(name)
    assert set(frame["basis"]) <= set(schema.BASES)
    assert frame["accuracy_m"].notna().all()
    assert frame["source_id"].notna().all()


def test_targets_hold_all_rows_of_the_plan():
    found = rows("targets")
    assert {int(r["number"]) for r in found} == set(range(1, 38))
    assert len({r["indicator_id"] for r in found}) == len(found)
    seats = {r["indicator_id"]: (r["baseline_2020"], r["target_2025"]) for r in found if r["number"] == "29"}
    assert seats == {f"I29-{stage}": (str(SEATS[2020][k]), str(SEATS[2025][k])) for k, stage in enumerate(STAGES)}
    binding = [r for r in found if r["kind"] == "约束性"]
    assert len(binding) == 4
    assert all(r["operator"] == "task" and r["target_2025"] == "" for r in binding)
    for r in found:
        for field in ("baseline_2020", "target_2025"):
            if r[field]:
                float(r[field])


def test_every_standard_has_a_clause_and_every_service_one_radius():
    found = rows("standards")
    assert all(r["standard"] and r["clause"] and r["confidence"] in "ABC" for r in found)
    default = [r for r in found if r["default"] == "1"]
    assert Counter(r["service"] for r in default) == dict.fromkeys(SERVICES, 1)
    radius = {r["service"]: float(r["radius_m"]) for r in default}
    assert radius == {
        "kindergarten": 300,
        "primary": 500,
        "junior": 1000,
        "senior": 2000,
        "community_health_centre": 1000,
        "health_station": 300,
        "hospital": 2000,
        "metro": 800,
        "bus_stop": 500,
        "elderly": 300,
        "elderly_centre": 1000,
        "culture": 1000,
        "sport": 1000,
        "market": 500,
        "park": 500,
    }
    assert next(r["basis"] for r in default if r["service"] == "senior") == "assumed"


def test_contradictions_say_how_they_were_settled():
    found = rows("contradictions")
    assert len(found) >= 18
    for r in found:
        assert all(r[f] for f in ("finding_zh", "finding_en", "settled_zh", "settled_en", "where")), r["id"]


def test_projects_name_zones_that_exist(zones):
    projects = layer("projects")
    named = {z for value in projects["zone_id"].dropna() for z in value.split(";")}
    assert named <= set(zones.index)
    assert set(projects["state"]) == {"谋划储备", "启动建设", "建成投产"}


def test_every_project_of_the_plan_is_there_once():
    ids = list(layer("projects")["project_id"])
    assert ids == [f"P{n:02d}" for n in range(1, 55)]


def test_a_project_lies_in_its_zone_and_its_accuracy_says_how_little_is_known(zones):
    """An assumed place reaches all of its zone; one that a source or a facility gives lies in the zone or within its accuracy."""
    projects = layer("projects").to_crs(METRIC)
    placed = projects[projects.geometry.notna()]
    assert len(placed) == 27
    for row in placed.itertuples():
        assert row.accuracy_m > 0
        if pd.isna(row.zone_id):
            continue
        zone = zones.geometry[row.zone_id]
        assert row.geometry.distance(zone) <= row.accuracy_m, row.project_id
        if row.basis == "assumed" and pd.isna(row.facility_id):
            assert row.geometry.within(zone), row.project_id
            corners = shapely.points(shapely.get_coordinates(zone))
            assert (
                shapely.distance(row.geometry, corners).max() + zones["accuracy_m"][row.zone_id] <= row.accuracy_m + 1
            ), row.project_id
            assert "位置为假定" in row.note


def test_a_project_without_a_single_place_says_so_and_has_no_accuracy():
    projects = layer("projects")
    nowhere = projects[projects.geometry.isna()]
    assert nowhere["note"].str.contains("规划未给出单一地点").all()
    assert nowhere["accuracy_m"].isna().all()
    several = projects["zone_id"].fillna("").str.contains(";")
    assert several.any()
    assert projects[several].geometry.isna().all()


def test_a_project_that_builds_a_facility_stands_where_the_facility_stands():
    projects = layer("projects").dropna(subset="facility_id")
    facilities = pd.concat([layer("schools"), layer("clinics")]).set_index("facility_id")
    assert dict(zip(projects["project_id"], projects["facility_id"], strict=True)) == {
        "P02": "S12", "P03": "S14", "P04": "C27", "P06": "S15", "P10": "C24", "P11": "C01",
    }  # fmt: skip
    for row in projects.itertuples():
        built = facilities.loc[row.facility_id]
        assert (row.geometry, row.basis, row.accuracy_m) == (built.geometry, built["basis"], built["accuracy_m"])


def test_a_project_has_a_year_only_where_a_report_gives_one():
    years = layer("projects").set_index("project_id")["open_year"].dropna()
    assert years.to_dict() == {"P02": 2023}


def test_planned_line_claims_no_opening_year():
    stops = layer("stops")
    z2 = stops[stops["line"] == "Z2线"]
    assert len(z2) == 14
    assert (z2["status"] == "planned").all()
    assert z2["open_year"].isna().all()


def test_csv_files_carry_no_mark_and_open_as_no_formula():
    for name in TABLES:
        raw = (DATA / f"{name}.csv").read_bytes()
        assert not raw.startswith(b"\xef\xbb\xbf")
        assert b"\r" not in raw
        for row in rows(name):
            for field, value in row.items():
                try:
                    float(value or 0)
                except ValueError:
                    assert value[0] not in "=+-@\t", (name, field, value)


def test_geodesic_and_projected_lengths_agree():
    """The metric system is the right one for the place: within 0.05 % of the ellipsoid."""
    line = layer("links").set_index("link_id").geometry["L-jinqin"]
    true = pyproj.Geod(ellps="WGS84").geometry_length(line)
    flat = gpd.GeoSeries([line], crs="EPSG:4326").to_crs(METRIC).length.iloc[0]
    assert flat == pytest.approx(true, rel=5e-4)


def test_26_every_stop_in_walking_reach_of_a_zone_is_tied_to_its_streets():
    """found_26: stations stood up to 490 m from the assumed streets, which ended before them: 0.2 % on foot."""
    place = workspace.load(DATA)
    asked = workspace.case(place, "metro", 2025)
    away = place.stops.geometry.distance(place.zones.geometry.union_all())
    near = place.stops[away <= 1000]
    assert len(near) >= 15
    assert place.network.snap(near.geometry)["snap_m"].max() < 100
    state = answers.tied(asked)
    assert not len(state["untied"]) or not (state["untied"]["layer"] == "stops").any()
    assert state["layers"].loc["stops", "outside"] == len(place.stops) - len(near)
    total = answers.coverage(asked)["total"].iloc[0]
    assert total["share_radius"] / 4 < total["share_walk"] <= total["share_radius"]


def test_26_an_approach_joins_the_streets_that_it_passes_and_crosses_no_barrier(streets):
    ways = streets[streets["note"] == "示意接站路"]
    assert len(ways) >= 50 and set(ways["basis"]) == {"assumed"} and set(ways["class"]) == {"footway"}
    ends = Counter(streets[["u", "v"]].to_numpy().ravel())
    joined = ways[["u", "v"]].map(lambda node: ends[node] > 1)
    assert joined.any(axis="columns").all()
    net = streets.to_crs(METRIC).geometry
    own = net[ways.index]
    meets = net.sindex.query(own, predicate="crosses")
    other = [(own.index[a], net.index[b]) for a, b in meets.T if own.index[a] != net.index[b]]
    unjoined = [
        pair for pair in other
        if streets.loc[pair[1], "barrier"] == "" and not set(streets.loc[pair[0], ["u", "v"]]) & set(streets.loc[pair[1], ["u", "v"]])
    ]  # fmt: skip
    assert unjoined == []
