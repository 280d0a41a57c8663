"""Taking a file never removes rows unseen: what becomes of every row is said first, and just that is done."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest

import cli
from geo import merge as merging
from geo.errors import InputError
from layers import workspace
from layers.incoming import Incoming
from layers.store import take, versions
from tests.village import SCHOOLS, found, put, row, village

MARK = "import-"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return village(tmp_path / "home")


def read(tmp_path: Path, *features: dict[str, Any], layer: str = "schools") -> tuple[Incoming, Path]:
    from geo.schema import conform

    path = tmp_path / f"{layer}.file.geojson"
    frame, wrong = conform(layer, gpd.GeoDataFrame.from_features(features, crs=4326))
    assert wrong == []
    return found(frame, path, layer), path


def stands(home: Path, layer: str = "schools") -> dict[str, dict[str, Any]]:
    features = json.loads((home / f"{layer}.geojson").read_text("utf-8"))["features"]
    return {f["properties"]["facility_id"]: {**f["properties"], "at": f["geometry"]["coordinates"]} for f in features}


def test_found_02_a_file_of_one_school_leaves_the_others(home: Path, tmp_path: Path) -> None:
    """Matched by name: the id stays, a blank cell erases nothing, the place it brings is shown as a move."""
    one = row(facility_id="x9", name_zh="一 小", kind="primary", seats_primary=600, x=0.21, y=0.2)
    incoming, path = read(tmp_path, one)
    plan = take.preview(home, incoming)
    assert plan.merged.mode == "merge"
    assert plan.counts() == {"now": 2, "file": 1, "added": 0, "changed": 1, "removed": 0, "unchanged": 1}
    changed = plan.merged.rows.iloc[0]
    assert (changed["id"], changed["how"]) == ("S1", "name")
    assert changed["fields"]["seats_primary"] == (540.0, 600.0)
    assert "geometry" in changed["fields"]
    assert changed["metres"] == pytest.approx(8.65, abs=0.1)
    take.take(home, incoming, path, shown=plan)
    after = stands(home)
    assert after.keys() == {"S1", "S2"}
    assert after["S1"]["seats_primary"] == 600
    assert after["S2"]["seats_junior"] == 450
    assert after["S1"]["accuracy_m"] is None  # it told of the old place
    versions.undo(home, "schools")
    assert stands(home)["S1"]["seats_primary"] == 540


def test_found_02_rows_go_only_when_somebody_says_so(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (home / "streets.parquet").read_bytes()
    (home / "ways.parquet").write_bytes(before)  # what is known of the streets as they are
    lines = json.loads(gpd.read_parquet(home / "streets.parquet").head(1).to_json())["features"]
    file = put(tmp_path, "one", lines)
    words = [
        "--data",
        str(home),
        "import",
        str(file),
        "--layer",
        "streets",
        "--answer",
        "datum=wgs84",
        "--take",
        "--json",
    ]
    assert cli.main(words) == 2
    err = capsys.readouterr().err
    assert "现有 2 条，文件 1 条：将移除 1 条" in err
    assert "--replace-all" in err
    assert (home / "streets.parquet").read_bytes() == (home / "ways.parquet").read_bytes() == before
    assert versions.history(home) == ()
    assert cli.main([*words, "--replace-all"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["mode"], told["counts"]["removed"], told["taken"]) == ("replace", 1, 1)
    assert len(gpd.read_parquet(home / "streets.parquet")) == 1
    assert any("ways.parquet" in f["text_zh"] for f in told["plan_findings"])
    assert not (home / "ways.parquet").exists()
    versions.undo(home, "streets")
    assert (home / "ways.parquet").read_bytes() == before


def test_the_bundled_streets_say_how_many_would_go(tmp_path: Path) -> None:
    whole = gpd.read_parquet(take.SHIPPED / "streets.parquet")
    made = merging.merge(whole, whole.head(1), "streets", crs="EPSG:4548", mode="replace")
    assert made.alarm is not None
    stand, go = (f"{n:,}".replace(",", " ") for n in (len(whole), len(whole) - 1))
    assert len(whole) > 7000  # the place grows with its sources; what is said of it must be true all the same
    assert made.alarm.zh == f"现有 {stand} 条，文件 1 条：将移除 {go} 条"


def test_a_renamed_thing_is_found_by_its_place_and_another_kind_is_not(home: Path, tmp_path: Path) -> None:
    renamed = row(facility_id="a", name_zh="第一小学", kind="primary", x=0.2, y=0.201)
    beside = row(facility_id="b", name_zh="二幼", kind="kindergarten", x=0.8, y=0.801)
    plan = take.preview(home, read(tmp_path, renamed, beside)[0])
    told = plan.merged.rows.set_index("change")
    assert (told.loc["changed", "id"], told.loc["changed", "how"]) == ("S1", "place")
    assert told.loc["changed", "fields"]["name_zh"] == ("一小", "第一小学")
    assert told.loc["added", "id"] == "b"


def test_what_fits_two_is_asked_and_nothing_is_taken_until_it_is_said(home: Path, tmp_path: Path) -> None:
    twin = row(facility_id="S3", name_zh="一小", kind="primary", seats_primary=100, x=0.6, y=0.2)
    put(home, "schools", [*SCHOOLS, twin])
    incoming, path = read(
        tmp_path, row(facility_id="q", name_zh="一小", kind="primary", seats_primary=700, x=0.4, y=0.9)
    )
    plan = take.preview(home, incoming)
    (asked,) = plan.merged.open
    assert [value for value, _ in asked.choices] == ["S1", "S3", "new", "skip"]
    with pytest.raises(InputError, match="which is it"):
        take.take(home, incoming, path)
    take.take(home, incoming, path, pairs={"pair.1": "S3"})
    assert {k: v["seats_primary"] for k, v in stands(home).items()} == {"S1": 540, "S2": None, "S3": 700}


def test_one_id_for_two_things_is_a_finding_not_a_merge(home: Path, tmp_path: Path) -> None:
    incoming, path = read(tmp_path, row(facility_id="S1", name_zh="别处的学校", kind="primary", x=0.9, y=0.1))
    (asked,) = take.preview(home, incoming).merged.open
    assert "S1" in asked.text.zh
    with pytest.raises(InputError, match="taken by another thing"):
        take.take(home, incoming, path, pairs={"pair.1": "new"})
    assert stands(home)["S1"]["name_zh"] == "一小"
    skipped = take.preview(home, incoming, pairs={"pair.1": "skip"})
    assert (skipped.counts()["added"], skipped.counts()["changed"]) == (0, 0)
    assert "left out" in skipped.findings[0].text_en


def test_a_part_is_replaced_and_the_rest_stays(home: Path, tmp_path: Path) -> None:
    nine = row(facility_id="S4", name_zh="九年校", kind="nine_year", seats_primary=300, seats_junior=200, x=0.5, y=0.5)
    put(home, "schools", [*SCHOOLS, nine])
    incoming, path = read(
        tmp_path,
        row(facility_id="n", name_zh="新小学", kind="primary", seats_primary=900, x=0.1, y=0.9),
        row(facility_id="m", name_zh="新高中", kind="senior", seats_senior=900, x=0.9, y=0.1),
    )
    plan = take.preview(home, incoming, mode="replace_part", part="stage=primary")
    assert {r["id"]: r["change"] for r in plan.merged.rows.to_dict("records")} == {
        "n": "added", "S4": "changed", "S1": "removed", "S2": "unchanged",
    }  # fmt: skip
    assert any(f.row == 2 and "not of the part" in f.text_en for f in plan.findings)
    with pytest.raises(InputError, match="would be removed"):
        take.take(home, incoming, path, shown=plan)
    take.take(home, incoming, path, shown=plan, replace_all=True)
    after = stands(home)
    assert after.keys() == {"n", "S2", "S4"}
    assert (after["S4"]["seats_primary"], after["S4"]["seats_junior"]) == (0, 200)
    with pytest.raises(InputError, match="no zone 'x'"):
        take.preview(home, incoming, mode="replace_part", part="zone=x")
    assert take.preview(home, incoming, mode="replace_part", part="zone=z").counts()["removed"] == 2


def test_adding_warns_of_what_would_be_there_twice(home: Path, tmp_path: Path) -> None:
    incoming, _ = read(tmp_path, row(facility_id="k", name_zh="一小", kind="primary", x=0.2, y=0.2))
    plan = take.preview(home, incoming, mode="add")
    assert plan.counts()["added"] == 1
    assert "twice" in plan.findings[0].text_en
    again = take.preview(home, read(tmp_path, SCHOOLS[0])[0], mode="add")
    assert not again.ready
    assert any(f.level == "error" and f.field == "facility_id" for f in again.findings)


def test_what_was_looked_at_is_done_or_nothing(home: Path, tmp_path: Path) -> None:
    incoming, path = read(tmp_path, row(facility_id="n", name_zh="新校", kind="primary", x=0.1, y=0.9))
    plan = take.preview(home, incoming)
    put(home, "schools", SCHOOLS[:1])
    before = (home / "schools.geojson").read_bytes()
    with pytest.raises(InputError, match="look at the preview again"):
        take.take(home, incoming, path, shown=plan)
    assert (home / "schools.geojson").read_bytes() == before


def test_a_layer_read_back_changes_nothing(home: Path, tmp_path: Path) -> None:
    for layer in ("schools", "zones"):
        features = json.loads((take.SHIPPED / f"{layer}.geojson").read_text("utf-8"))["features"]
        put(home, layer, features)
        incoming, _ = read(tmp_path, *features, layer=layer)
        for mode in ("merge", "replace"):
            plan = take.preview(home, incoming, mode=mode)
            assert plan.counts() == {"now": len(features), "file": len(features), "added": 0, "changed": 0, "removed": 0, "unchanged": len(features)}  # fmt: skip
            assert plan.ready


def test_what_the_reader_filled_says_nothing_of_what_is_known(home: Path, tmp_path: Path) -> None:
    """A list of seats without a column of states does not turn a planned school into one that exists."""
    put(
        home,
        "schools",
        [{**SCHOOLS[0], "properties": {**SCHOOLS[0]["properties"], "status": "planned", "basis": "measured"}}],
    )
    file = tmp_path / "学位.csv"
    file.write_text("名称,小学学位,经度,纬度\n一小,600,117.652,39.052\n", "utf-8")
    from layers import incoming

    found_rows = incoming.read(file, layer="schools", answers={"datum": "wgs84"}, **incoming.surroundings(home))
    assert found_rows.accepted, found_rows.findings
    take.take(home, found_rows, file)
    after = stands(home)["S1"]
    assert (after["status"], after["basis"], after["seats_primary"]) == ("planned", "measured", 600)
    assert after["source_id"] == f"own;{MARK}{found_rows.sha256[:8]}"
    assert workspace.check(home).findings == ()


def test_zones_that_others_name_are_missed(home: Path, tmp_path: Path) -> None:
    put(home, "schools", [{**SCHOOLS[0], "properties": {**SCHOOLS[0]["properties"], "zone_id": "z"}}])
    zone = json.loads((home / "zones.geojson").read_text("utf-8"))["features"][0]
    other = {**zone, "properties": {**zone["properties"], "zone_id": "y", "name_zh": "别的"}}
    other["geometry"] = {
        "type": "Polygon",
        "coordinates": [[[117.65, 39.05], [117.66, 39.05], [117.66, 39.07], [117.65, 39.05]]],
    }
    plan = take.preview(home, read(tmp_path, other, layer="zones")[0], mode="replace")
    assert plan.alarm is not None
    assert any("zones that would be gone (z)" in f.text_en and f.file == "schools.geojson" for f in plan.findings)
    for layer in ("streets", "population"):
        assert take.offered(layer) == ("replace",)
        assert merging.default_mode(layer) == "replace"
