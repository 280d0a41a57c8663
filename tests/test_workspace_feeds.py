"""The timetables of a workspace: which files, kept compiled, and what is wrong told by file."""

from __future__ import annotations

import pytest

from layers import gtfs
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
    assert timetable.stops.crs == CRS and [f.level for f in found] == ["info"]
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
