"""The timetables of a workspace: which files, kept compiled, and what is wrong told by file."""

from __future__ import annotations

import json

import pytest

from geo.errors import InputError
from layers import gtfs, incoming
from layers.store import preview, versions
from layers.workspace import feeds
from tests.feeds import GOOD, packed

CRS = "EPSG:4548"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("ZONEPLAN_CACHE", str(tmp_path / "cache"))
    home = tmp_path / "place"
    home.mkdir()
    packed(tmp_path, GOOD).rename(home / f"bus{feeds.ENDING}")
    return home


def test_a_feed_is_found_by_its_ending_and_said_to_be_what_its_record_says(folder):
    sources = {"operator": {"file": "bus.gtfs.zip", "basis": "sourced"}}
    timetable, rows, found = feeds.read_feeds(folder, None, sources, crs=CRS)
    assert timetable.stops.crs == CRS and found == []
    assert rows[["file", "stops", "basis", "source_id"]].iloc[0].tolist() == ["bus.gtfs.zip", 3, "sourced", "operator"]
    assert feeds.read_feeds(folder, None, {}, crs=CRS)[1]["basis"].tolist() == ["assumed"]


def test_it_is_read_once_and_kept(folder, monkeypatch):
    first = feeds.read_feeds(folder, None, {}, crs=CRS)
    read = gtfs.read
    monkeypatch.setattr(gtfs, "read", lambda paths: pytest.fail("read again"))
    again = feeds.read_feeds(folder, None, {}, crs=CRS)
    assert again[2] == first[2]
    assert again[0].stops.equals(first[0].stops)
    for line, same in zip(again[0].on("2025-05-09"), first[0].on("2025-05-09"), strict=True):
        assert (line == same).all() if hasattr(line, "all") else line == same
    kept = next((folder.parent / "cache").rglob("*.timetable.npz"))
    kept.write_bytes(kept.read_bytes()[:-200])
    monkeypatch.setattr(gtfs, "read", read)
    assert feeds.read_feeds(folder, None, {}, crs=CRS)[0].stops.equals(first[0].stops)


@pytest.mark.parametrize("name", ["train.zip", "../bus.gtfs.zip", "/etc/hostname", 7])
def test_a_name_that_is_no_file_of_the_workspace_is_refused(folder, name):
    timetable, rows, found = feeds.read_feeds(folder, {"feeds": [name]}, {}, crs=CRS)
    assert timetable is None and rows.empty
    assert [(f.level, f.file, f.field) for f in found] == [("error", "workspace.toml", "transit.feeds")]


def test_a_feed_that_cannot_be_read_is_told_by_its_file(folder):
    (folder / "bus.gtfs.zip").write_bytes(b"no archive")
    timetable, _, found = feeds.read_feeds(folder, None, {}, crs=CRS)
    assert timetable is None
    assert found[0].level == "error" and found[0].file.startswith("bus.gtfs.zip")


def test_nothing_named_is_no_timetable(tmp_path):
    assert feeds.read_feeds(tmp_path, None, {}, crs=CRS)[0] is None


def test_a_feed_is_read_in_the_locked_child_and_told_by_table_row_and_field(tmp_path):
    spoiled = {**GOOD, "stops.txt": GOOD["stops.txt"].replace("39.01,117", ",117")}
    read = incoming.read(packed(tmp_path, spoiled, "my bus.zip"), layer="timetable")
    assert read.frame["stop_id"].tolist() == ["a", "c"]
    wrong = [f for f in read.findings if f.level == "warning"]
    assert (wrong[0].file, wrong[0].row, wrong[0].field) == ("my bus.zip/stops.txt", 2, "stop_lat")
    bare = {name: text for name, text in GOOD.items() if name != "stop_times.txt"}
    refused = incoming.read(packed(tmp_path, bare, "bare.zip"), layer="timetable")
    assert refused.frame is None and refused.findings[0].file == "bare.zip/stop_times.txt"


@pytest.fixture
def place(tmp_path):
    home = tmp_path / "place"
    home.mkdir()
    (home / "workspace.toml").write_text('crs = "EPSG:4548"\n')
    return home


def test_a_feed_is_taken_beside_the_others_or_in_their_place_and_taken_back(tmp_path, place):
    other = {**GOOD, "stops.txt": GOOD["stops.txt"].replace("First", "Head")}
    paths = [packed(tmp_path, GOOD, "Bus 1.zip"), packed(tmp_path, other, "rail.gtfs.zip")]
    for path in paths:
        read = incoming.read(path, layer="timetable")
        plan = preview.preview(place, read)
        assert (plan.merged.mode, plan.counts()["added"], plan.ready) == ("add", 3, True)
        versions.take(place, read, path, seen=plan.seen, replaces=plan.merged.mode == "replace")
    assert sorted(p.name for p in place.glob("*.zip")) == ["bus_1.gtfs.zip", "rail.gtfs.zip"]
    sources = json.loads((place / "SOURCES.json").read_text())
    rows = feeds.read_feeds(place, None, sources, crs=CRS)[1]
    assert rows[["file", "basis"]].to_numpy().tolist() == [["bus_1.gtfs.zip", "sourced"], ["rail.gtfs.zip", "sourced"]]
    plan = preview.preview(place, read, mode="replace")
    assert [f.text_en for f in plan.findings if f.level == "warning"] == [
        "the timetable bus_1.gtfs.zip will be replaced", "the timetable rail.gtfs.zip will be replaced",
    ]  # fmt: skip
    versions.take(place, read, paths[1], replaces=True)
    assert [p.name for p in place.glob("*.zip")] == ["rail.gtfs.zip"]
    versions.undo(place, "timetable")
    assert len(list(place.glob("*.zip"))) == 2


def test_where_workspace_toml_names_the_feeds_an_import_says_so(tmp_path, place):
    packed(place, GOOD, "own.zip")
    (place / "workspace.toml").write_text('crs = "EPSG:4548"\n[transit]\nfeeds = ["own.zip"]\n')
    read = incoming.read(packed(tmp_path, GOOD, "new.zip"), layer="timetable")
    with pytest.raises(InputError, match=r"workspace\.toml names its feeds"):
        preview.preview(place, read)
    with pytest.raises(InputError, match="whole file"):
        preview.preview(place, read, mode="merge")
