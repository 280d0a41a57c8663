"""A folder becomes one checked value, and a broken folder says file, row, field and remedy."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from geo.case import facilities, people
from geo.errors import InputError
from geo.workspace import zone_totals
from layers import workspace

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def bundled():
    return workspace.load(ROOT / "data")


@pytest.fixture
def copy(tmp_path):
    folder = tmp_path / "place"
    shutil.copytree(ROOT / "data", folder, ignore=shutil.ignore_patterns("build", "__pycache__"))
    return folder


def edit(folder, name, change):
    path = folder / f"{name}.geojson"
    data = json.loads(path.read_text("utf-8"))
    change(data["features"])
    path.write_text(json.dumps(data), "utf-8")


def errors(folder):
    return [f for f in workspace.check(folder).findings if f.level == "error"]


def test_bundled_workspace_is_whole(bundled):
    assert bundled.crs == "EPSG:4548"
    assert bundled.years == (2020, 2025)
    assert (bundled.zones["level"] == "zone").sum() == 4
    assert (bundled.zones["level"] == "sub_area").sum() == 13
    assert errors(ROOT / "data") == []


@pytest.mark.parametrize(("year", "total"), [(2020, 50_000), (2025, 100_000)])
def test_people_add_up_over_zones(bundled, year, total):
    residents = people(bundled, year)
    table = zone_totals(bundled, residents.to_frame())
    zones = bundled.zones["level"] == "zone"
    assert table.loc[zones, "people"].sum() == pytest.approx(total, rel=1e-4)
    subs = table.loc[bundled.zones["parent_id"] == "haiyang", "people"].sum()
    assert table.loc["haiyang", "people"] == pytest.approx(subs)


def test_years_between_are_interpolated_and_others_refused(bundled):
    middle = people(bundled, 2022)
    wanted = bundled.cells["people_2020"] * 0.6 + bundled.cells["people_2025"] * 0.4
    np.testing.assert_allclose(middle, wanted)
    np.testing.assert_allclose(people(bundled, 2035), bundled.cells["people_2025"])
    for year in (2019, 2036):
        with pytest.raises(InputError, match=f"no population for {year}"):
            people(bundled, year)


@pytest.mark.parametrize(
    ("service", "year", "seats"),
    [("kindergarten", 2020, 1260), ("primary", 2020, 3000), ("junior", 2020, 1350), ("senior", 2020, 540),
     ("kindergarten", 2025, 2790), ("primary", 2025, 5400), ("junior", 2025, 2970), ("senior", 2025, 1350)],
)  # fmt: skip
def test_facilities_by_year_hold_the_seats_of_the_plan(bundled, service, year, seats):
    assert facilities(bundled, service, year)["seats"].sum() == seats


def test_unknown_service(bundled):
    with pytest.raises(InputError, match="unknown service"):
        facilities(bundled, "university", 2025)


def test_bow_tie_zone(copy):
    def bow(features):
        features[1]["geometry"] = {
            "type": "Polygon",
            "coordinates": [[[117, 39], [117.1, 39.1], [117.1, 39], [117, 39.1], [117, 39]]],
        }

    edit(copy, "zones", bow)
    (found,) = errors(copy)
    assert (found.file, found.row, found.field) == ("zones.geojson", 2, "geometry")


@pytest.mark.parametrize("value", [-5, "-5", "many"])
def test_bad_seats(copy, value):
    edit(copy, "schools", lambda f: f[3]["properties"].update(seats_primary=value))
    (found,) = errors(copy)
    assert (found.file, found.row, found.field) == ("schools.geojson", 4, "seats_primary")


def test_missing_column(copy):
    edit(copy, "schools", lambda features: [f["properties"].pop("status") for f in features])
    (found,) = errors(copy)
    assert (found.file, found.field) == ("schools.geojson", "status")


def test_coordinates_in_metres(copy):
    edit(copy, "clinics", lambda f: f[0]["geometry"].update(coordinates=[534611.0, 4325000.0]))
    (found,) = errors(copy)
    assert (found.file, found.row, found.field) == ("clinics.geojson", 1, "geometry")
    assert "projected metres" in found.text_en


def test_declared_crs_must_be_degrees(copy):
    path = copy / "schools.geojson"
    data = json.loads(path.read_text("utf-8"))
    data["crs"] = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4548"}}
    path.write_text(json.dumps(data), "utf-8")
    assert "4548" in errors(copy)[0].text_en


def test_not_json_and_not_there(copy):
    (copy / "schools.geojson").write_text("{", "utf-8")
    (copy / "clinics.geojson").unlink()
    assert {f.file for f in errors(copy)} == {"schools.geojson", "clinics.geojson"}
    with pytest.raises(InputError, match="no such folder"):
        workspace.load(copy / "nowhere")


def test_geometry_that_cannot_be_read(copy):
    edit(copy, "zones", lambda f: f[0]["geometry"].update(coordinates="no"))
    found = errors(copy)[0]
    assert (found.row, found.field) == (1, "geometry")


def test_a_changed_file_is_noticed(copy):
    edit(copy, "schools", lambda f: f[0]["properties"].update(note="edited"))
    warnings = [f for f in workspace.check(copy).findings if f.level == "warning"]
    assert any("checksum" in f.text_en and f.file == "schools.geojson" for f in warnings)


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:999999", "nonsense"])
def test_the_crs_must_be_metric(copy, crs):
    text = (copy / "workspace.toml").read_text("utf-8").replace("EPSG:4548", crs)
    (copy / "workspace.toml").write_text(text, "utf-8")
    assert any(f.field == "crs" for f in errors(copy))
