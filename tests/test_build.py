"""A workspace made from a map and a population: complete, atomic, and loaded by the same door as the bundled one."""

import datetime as dt
import json
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geo import answers
from geo.errors import InputError
from geo.measure import measured
from layers import workspace
from layers.osm.build import build, counted_facilities
from layers.osm.build_files import readable, workspace_toml
from layers.workspace import case
from layers.workspace.catalog import sha256
from tests.need import ROOT, need
from tests.test_osm import NODES, town
from tests.test_population import write_tif

DAY = dt.date(2026, 1, 2)
CONTRACT = {
    "zones.geojson", "schools.geojson", "clinics.geojson", "links.geojson", "stops.geojson", "streets.parquet", "ways.parquet",
    "targets.csv", "standards.csv", "projects.geojson", "water.geojson", "SOURCES.json", "workspace.toml",
}  # fmt: skip


@pytest.fixture()
def little(tmp_path):
    """Give a map file and a CSV of residents of the little town."""
    people = pd.DataFrame(
        [(117.4004, 39.0003, 120), (117.4014, 39.0003, 80), (117.4024, 39.0013, 0), (117.4014, 39.0013, 40)],
        columns=["lon", "lat", "people_2025"],
    )
    people.to_csv(tmp_path / "people.csv", index=False)
    return town(tmp_path / "town.osm"), tmp_path / "people.csv"


def test_complete_and_loadable(little, tmp_path):
    said = []
    out = build(*little, tmp_path / "out", name='小镇 "A"', date=DAY, progress=lambda step: said.append(step.text))
    assert {p.name for p in out.iterdir()} == CONTRACT | {"facilities.geojson", "ground.geojson", "population.parquet"}
    checked = workspace.check(out)
    assert checked.findings == ()
    place = checked.workspace
    assert place.name_zh == '小镇 "A"' and place.crs == "EPSG:4548" and place.years == (2025,)
    assert place.cells.people_2025.sum() == 240 and set(place.cells.zone_id) == {"all"}
    assert place.zones.basis.tolist() == ["derived"]
    assert place.schools.loc["n33", "seats_kindergarten"] == 270
    assert np.isnan(place.schools.loc["w105", "seats_junior"])  # unknown, never zero
    assert place.parameters["shares"]["basis"] == "assumed"
    assert all(zh and en for zh, en in said)


def test_a_place_without_a_name_is_called_as_its_folder_would_be_written(little, tmp_path):
    place = workspace.load(build(*little, tmp_path / "porto_alegre", date=DAY))
    assert place.name_zh == place.name_en == "Porto Alegre"
    assert place.zones.name_en.tolist() == ["Porto Alegre"]  # the label on the map
    assert [readable(name) for name in ("滨海_新区", "New-York", "_")] == ["滨海 新区", "New York", "_"]


def test_answers_run_on_it(little, tmp_path):
    place = workspace.load(build(*little, tmp_path / "out", date=DAY))
    total = answers.coverage(case(place, "primary", 2025)).tables["total"].iloc[0]
    assert total["people"] == 240 and total["covered_walk"] <= total["covered_radius"]
    stages = answers.adequacy(case(place, year=2025)).tables["stages"]
    assert stages["target"].isna().all()


def test_sources_vouch_for_every_file(little, tmp_path):
    out = build(*little, tmp_path / "out", date=DAY)
    sources = json.loads((out / "SOURCES.json").read_text("utf-8"))
    assert sources["osm"]["attribution"] == "© OpenStreetMap contributors" and "ODbL" in sources["osm"]["licence"]
    assert sources["osm"]["input_sha256"] == sha256(little[0])
    assert sources["population"]["input_sha256"] == sha256(little[1])
    for name in CONTRACT - {"SOURCES.json"}:
        assert sources[f"file:{name}"]["sha256"] == sha256(out / name)
    rules = pd.read_csv(out / "standards.csv")
    assert not rules.source_id.isin(["plan14", "tj2016"]).any() and set(rules.source_id.dropna()) <= set(sources)


def test_same_input_same_bytes(little, tmp_path):
    first, second = (build(*little, tmp_path / name, name="n", date=DAY) for name in ("a", "b"))
    for file in first.iterdir():
        assert file.read_bytes() == (second / file.name).read_bytes(), file.name


def test_given_zones_keep_their_ids_or_get_one(little, tmp_path):
    shapes = [shapely.box(117.399, 38.999, 117.401, 39.003), shapely.box(117.401, 38.999, 117.406, 39.005)]
    gpd.GeoDataFrame({"name": ["西", "东"]}, geometry=shapes, crs=4326).to_file(tmp_path / "z.geojson")
    place = workspace.load(build(*little, tmp_path / "out", zones=tmp_path / "z.geojson", date=DAY))
    assert place.zones.index.tolist() == ["z1", "z2"] and place.zones.name_zh.tolist() == ["西", "东"]
    assert place.cells.groupby("zone_id").people_2025.sum().to_dict() == {"z1": 120, "z2": 120}
    (tmp_path / "z.shp").write_bytes(b"")
    with pytest.raises(InputError, match="GeoJSON"):
        build(*little, tmp_path / "no", zones=tmp_path / "z.shp")


def test_raster_population_is_clipped_and_keeps_its_total(tmp_path):
    data = np.full((100, 100), 3.0, "float32")
    path = write_tif(tmp_path / "pop_2020.tif", data, crs="EPSG:4326", origin=(117.35, 39.05), size=0.001, years=[""])
    zone = shapely.box(117.398, 38.998, 117.408, 39.008)
    gpd.GeoDataFrame({"name": ["全"]}, geometry=[zone], crs=4326).to_file(tmp_path / "z.geojson")
    out = build(town(tmp_path / "t.osm"), path, tmp_path / "out", zones=tmp_path / "z.geojson", date=DAY)
    place = workspace.load(out)
    assert place.years == (2020,)  # from the file's name
    inside = place.cells[place.cells.zone_id == "z1"]
    assert inside.people_2020.sum() == pytest.approx(3.0 * 10 * 10)
    assert 100 < len(place.cells) < 10_000


def test_far_streets_and_facilities_are_left_out(little, tmp_path):
    far = {**NODES, 90: (117.9, 39.5), 91: (117.901, 39.5)}
    ways = {100: ([1, 2, 3, 4], {"highway": "residential"}), 300: ([90, 91], {"highway": "residential"})}
    place = workspace.load(build(town(tmp_path / "f.osm", nodes=far, ways=ways), little[1], tmp_path / "out", date=DAY))
    assert set(np.unique(place.streets[["u", "v"]])) == {1, 4}


def test_25_a_year_that_nobody_states_is_asked_for(little, tmp_path):
    """found_25: the year of the build, 2026, stood in for a year that the file does not name."""
    pd.read_csv(little[1]).rename(columns={"people_2025": "population"}).to_csv(tmp_path / "p.csv", index=False)
    with pytest.raises(InputError, match=r"没有写明人口的年份.*--year") as refused:
        build(little[0], tmp_path / "p.csv", tmp_path / "out", date=DAY)
    assert refused.value.findings[0].file == "p.csv" and not (tmp_path / "out").exists()
    place = workspace.load(build(little[0], tmp_path / "p.csv", tmp_path / "b", population_year=2019, date=DAY))
    assert place.years == (2019,)


def test_25_class_sizes_of_a_place_elsewhere_are_assumed_and_said_so(little, tmp_path):
    """found_25: they were called those of the plan, after GB 50099, wherever the place lies."""
    place = workspace.load(build(*little, tmp_path / "out", date=DAY))
    for there, assumed in ((place, True), (bundled := workspace.load(ROOT / "data"), False)):
        elsewhere = replace(there, parameters={**there.parameters, "standards": {"apply": there is bundled}})
        answer = answers.adequacy(case(elsewhere, year=2025))
        sizes = answer["parameters"].set_index("key").loc["class_plan"]
        assert (sizes["zh"] == ("班额（假定）" if assumed else "规划班额")).all()
        assert answer.parameters["class_rule"] == ("assumed" if assumed else "plan")
        assert any("class sizes" in n.en and "assumed" in n.en for n in answer.notes) is assumed
    told = workspace_toml("POA", "EPSG:32722", [2025], sloped=False, rules=False)
    assert "GB 50099" not in told and "no rule of the place" in told


def test_counted_places_stand_in_only_where_the_map_has_none(little, tmp_path):
    people = pd.read_csv(little[1]).assign(schools=[2, 0, 0, 1], healthcare=[0, 1, np.nan, 0])
    people.to_csv(tmp_path / "c.csv", index=False)
    place = workspace.load(build(little[0], tmp_path / "c.csv", tmp_path / "a", date=DAY))
    assert place.schools.index.tolist() == ["n33", "w105"]  # the map's own
    bare = town(
        tmp_path / "bare.osm",
        nodes={k: v for k, v in NODES.items() if k < 10},
        ways={100: ([1, 2, 3, 4], {"highway": "path"})},
    )
    place = workspace.load(build(bare, tmp_path / "c.csv", tmp_path / "b", date=DAY))
    assert place.schools.index.tolist() == ["S001", "S002", "S003"] and set(place.schools.basis) == {"derived"}
    assert place.clinics.index.tolist() == ["C001"]
    assert place.schools.filter(like="seats_").isna().all(axis=None)


def test_counted_facilities_are_at_the_centres():
    counted = pd.DataFrame({"lon": [117.0, 117.1], "lat": [39.0, 39.1], "schools": [1.0, 2.0], "healthcare": 0.0})
    got = counted_facilities(counted, "schools", 300.0)
    assert got.geometry.x.tolist() == [117.0, 117.1, 117.1] and got.accuracy_m.tolist() == [150.0] * 3


def test_slope_is_off_by_default_and_only_lengthens(little, tmp_path):
    rows = np.add.outer(np.zeros(40), np.arange(40)).astype("float32") * 8  # 8 m up a cell of about 87 m
    dem = write_tif(tmp_path / "dem.tif", rows, crs="EPSG:4326", origin=(117.39, 39.02), size=0.001, years=[""])
    flat = workspace.load(build(*little, tmp_path / "a", date=DAY)).streets
    steep = workspace.load(build(*little, tmp_path / "b", dem=dem, date=DAY)).streets
    assert "map_metres" not in flat
    np.testing.assert_allclose(steep.map_metres, flat.metres)
    assert (steep.metres >= flat.metres - 1e-9).all()
    # Main Street climbs 9.2 %: uphill exp(3.5 s) times as long, downhill exp(3.5 (s - 0.1)), by Tobler.
    slope = 8 / 86.63
    assert (steep.metres / flat.metres).iloc[0] == pytest.approx(
        (np.exp(3.5 * slope) + np.exp(3.5 * (slope - 0.1))) / 2, rel=1e-3
    )


def test_failure_leaves_nothing_and_keeps_what_was_there(little, tmp_path):
    out = build(*little, tmp_path / "out", date=DAY)
    before = {p.name: p.read_bytes() for p in out.iterdir()}
    bad = tmp_path / "bad.csv"
    bad.write_text("lon,lat,people_2025\n117.4,39.0,many\n")
    with pytest.raises(InputError):
        build(little[0], bad, out, date=DAY)
    assert {p.name: p.read_bytes() for p in out.iterdir()} == before
    build(little[0], little[1], out, name="新", date=DAY)  # an older workspace is replaced
    assert "新" in (out / "workspace.toml").read_text("utf-8")
    assert not [p for p in tmp_path.iterdir() if p.name.startswith(".")]


def test_refusals(little, tmp_path):
    other = tmp_path / "mine"
    other.mkdir()
    (other / "letter.txt").write_text("keep me")
    with pytest.raises(InputError, match="not a workspace"):
        build(*little, other)
    assert (other / "letter.txt").read_text() == "keep me"
    with pytest.raises(InputError, match="give a folder"):
        build(*little, other / "letter.txt")
    with pytest.raises(InputError, match="does not exist"):
        build(*little, tmp_path / "no" / "such")
    with pytest.raises(InputError, match="no such file"):
        build(little[0], tmp_path / "none.csv", tmp_path / "out")
    with pytest.raises(InputError, match="map file or the name"):
        build(None, little[1], tmp_path / "out")
    (tmp_path / "far.csv").write_text("lon,lat,people_2025\n2.0,48.0,5\n")
    with pytest.raises(InputError, match="nobody lives"):
        build(little[0], tmp_path / "far.csv", tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.real
def test_porto_alegre(tmp_path):
    folder = need("real:porto_alegre")
    place = workspace.load(
        build(f"{folder}/poa_osm.pbf", f"{folder}/poa_hexgrid.csv", tmp_path / "poa", population_year=2025, date=DAY)
    )
    with pytest.raises(InputError, match="no standard chosen"):
        answers.coverage(case(place))
    place = measured(place, by="gb50180")
    hexagons = pd.read_csv(f"{folder}/poa_hexgrid.csv")
    assert place.crs == "EPSG:32722"
    assert place.cells.people_2025.sum() == hexagons.population.sum()
    assert place.cells.zone_id.notna().all()
    assert len(place.schools) == hexagons.schools.sum() and len(place.clinics) == hexagons.healthcare.fillna(0).sum()
    total = answers.coverage(case(place, "primary", 2025)).tables["total"].iloc[0]
    assert 0 < total["covered_walk"] < total["covered_radius"] < total["people"]
