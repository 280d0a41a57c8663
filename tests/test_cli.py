"""The command line: what it prints, and its exit codes."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import pytest

import cli
from layers import exports
from tests.need import need

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def ask(capsys):
    def run(*words, code=0):
        assert cli.main([str(w) for w in words]) == code
        out = capsys.readouterr()
        return json.loads(out.out) if "--json" in words and code == 0 else out

    return run


def test_coverage_prints_seventeen_places_with_people_and_both_distances(ask):
    data = ask("coverage", "--service", "primary", "--year", 2025, "--json")
    rows = data["zones"]
    assert len(rows) == 17
    for row in rows:
        assert row["covered_walk"] <= row["covered_radius"] <= row["people"]
        assert row["share_walk"] is None or 0 <= row["share_walk"] <= row["share_radius"] <= 1
        assert row["basis"]
    assert {"method_zh", "basis", "sources", "parameters"} <= data.keys()


@pytest.mark.parametrize(("year", "seats"), [(2020, [1260, 3000, 1350, 540]), (2025, [2790, 5400, 2970, 1350])])
def test_adequacy_prints_the_seats_of_the_plan(ask, year, seats):
    stages = ask("adequacy", "--year", year, "--json")["stages"]
    assert [s["seats"] for s in stages] == seats
    assert [s["target"] for s in stages] == ([2790, 5400, 2970, 1350] if year == 2025 else [None] * 4)


def test_site_names_the_place_and_what_is_near(ask):
    data = ask("site", "--lon", 117.66, "--lat", 39.06, "--service", "primary", "--json")
    assert data["place"]["zone_zh"] == "海洋片区"
    assert data["place"]["sub_area_id"]
    assert data["nearest"][0]["walk_m"] > 0
    assert data["gain"]["pupils_new_walk"] >= 0


def test_a_point_in_the_sea_answers_in_words(ask):
    data = ask("site", "--lon", 117.95, "--lat", 38.85, "--service", "primary", "--json")
    assert data["place"]["in_zone"] is False
    assert "不在任何片区内" in data["place"]["text_zh"]


def test_people_read_tables_too(ask):
    out = ask("coverage", "--service", "kindergarten").out
    assert "海洋片区" in out
    assert "依据 basis" in out


@pytest.mark.parametrize(
    "words",
    [
        ("coverage", "--service", "zoo"),
        ("coverage", "--service", "primary", "--year", 1999),
        ("site", "--lon", 534611, "--lat", 4325000, "--service", "primary"),
        ("locate", "--service", "primary", "--p", 0),
        ("export", "--layer", "nothing", "--out", "x.geojson"),
        ("export", "--layer", "targets", "--format", "geojson", "--out", "x.geojson"),
        ("--data", "nowhere", "coverage", "--service", "primary"),
    ],
)
def test_bad_words_exit_2_and_say_so_in_both_languages(ask, words):
    err = ask(*words, code=2).err
    assert any("\u4e00" <= c <= "\u9fff" for c in err)
    assert "Traceback" not in err


def test_wrong_arguments_exit_2():
    done = subprocess.run([sys.executable, "cli.py", "coverage"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "参数错误" in done.stderr


@pytest.mark.parametrize(
    "layer",
    [
        "zones",
        "coverage",
        "coverage-cells",
        "adequacy",
        "site",
        "gain",
        "crossings",
        "locate",
        "flows",
        "catchments",
        "access",
    ],
)
def test_geojson_of_layers_and_results(ask, tmp_path, layer):
    out = tmp_path / "out.geojson"
    ask("export", "--layer", layer, "--service", "primary", "--p", 2, "--lon", 117.66, "--lat", 39.06, "--out", out)
    data = json.loads(out.read_text("utf-8"))
    assert data["type"] == "FeatureCollection"
    assert data["features"]
    assert "crs" not in data
    assert {"method", "parameters", "basis", "sources", "date"} <= data.keys()
    assert data["method"]["zh"]
    assert all(source["title"] for source in data["sources"])
    assert (
        subprocess.run([need("ogrinfo"), "-ro", "-al", "-so", str(out)], capture_output=True, check=False).returncode
        == 0
    )


def test_zones_come_back_as_they_were(ask, tmp_path):
    out = tmp_path / "z.geojson"
    ask("export", "--layer", "zones", "--format", "geojson", "--out", out)
    back = gpd.read_file(out).set_index("zone_id")
    kept = gpd.read_file(ROOT / "data" / "zones.geojson").set_index("zone_id")
    assert set(back.index) == set(kept.index)
    for zone_id, shape in kept.geometry.items():
        assert back.geometry[zone_id].hausdorff_distance(shape) < 1e-7


@pytest.mark.parametrize("form", ["csv", "xlsx", "gpkg", "shp", "gdb", "dxf", "zip"])
def test_every_format_is_written(ask, tmp_path, form):
    out = tmp_path / f"out{exports.FORMATS[form]}"
    ask("export", "--layer", "coverage", "--service", "primary", "--format", form, "--out", out)
    assert out.stat().st_size > 500


def test_check_says_row_and_field_and_exits_2(ask, tmp_path):
    folder = tmp_path / "place"
    shutil.copytree(ROOT / "data", folder, ignore=shutil.ignore_patterns("build", "__pycache__"))
    path = folder / "schools.geojson"
    data = json.loads(path.read_text("utf-8"))
    data["features"][2]["properties"]["seats_primary"] = "many"
    path.write_text(json.dumps(data), "utf-8")
    err = ask("--data", folder, "check", code=2).err
    assert "schools.geojson" in err
    assert "row 3" in err
    assert "seats_primary" in err
    assert ask("--data", folder, "coverage", "--service", "primary", code=2).err.count("seats_primary") == 1


def test_check_of_the_bundled_workspace_passes(ask):
    assert "all layers pass" in ask("check").out


def test_batch_goes_on_after_a_bad_folder(ask):
    out = ask("batch", ROOT / "data", "nowhere", "--service", "primary", code=2)
    assert "100,000" in out.out
    assert "no such folder" in out.err


def test_an_exported_assignment_keeps_the_rules_and_the_seats_supposed(ask, tmp_path):
    """``export --layer assign`` takes what ``assign`` takes, and tells the same sums."""
    told = {}
    for rule in ((), ("--rule", "residents_first", "--rule", "no_crossings")):
        words = ("--service", "primary", "--year", 2025, "--limit", 1500, "--unknown-seats", 300, *rule)
        out = tmp_path / f"flows{len(rule)}.geojson"
        ask("export", "--layer", "flows", *words, "--out", out)
        flows = [f["properties"] for f in json.loads(out.read_text("utf-8"))["features"]]
        told[rule] = sum(f["pupils"] * f["metres"] for f in flows) / sum(f["pupils"] for f in flows)
        assert told[rule] == pytest.approx(ask("assign", *words, "--json")["summary"]["mean_m"], rel=1e-9)
    assert len(set(told.values())) == 2  # a rule that changes nothing would prove nothing
    err = ask("export", "--layer", "coverage", "--rule", "siblings", "--out", tmp_path / "x.geojson", code=2).err
    assert "assign, flows, catchments" in err


def test_what_a_library_prints_by_itself_is_no_part_of_an_answer():
    code = "import os, cli; cli.main = lambda: os.write(1, b'noise of a solver') and print('{}') or 0; cli.entry()"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "{}")
    assert "noise of a solver" in done.stderr
