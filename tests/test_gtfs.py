"""GTFS feeds: what they say is what is run; what is wrong is said by file, row and field, and never a traceback."""

from __future__ import annotations

import re
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from layers import gtfs
from tests.feeds import GOOD, packed


def read(tmp_path, **changed):
    """Return what becomes of the good feed with files changed; None takes a file away."""
    files = {**GOOD, **{f"{k}.txt": v for k, v in changed.items()}}
    return gtfs.read(packed(tmp_path, {k: v for k, v in files.items() if v is not None}))


def spoiled(file: str, row: int, field: str, value: str) -> str:
    """Return a file of the good feed with one value changed."""
    lines = GOOD[f"{file}.txt"].splitlines()
    cells = lines[row].split(",")
    cells[lines[0].split(",").index(field)] = value
    return "\n".join([*lines[:row], ",".join(cells), *lines[row + 1 :]]) + "\n"


def test_a_good_feed_is_what_it_says(tmp_path):
    feed = read(tmp_path)
    assert feed.findings == ()
    told = feed.timetable
    assert told.stops.index.tolist() == ["a", "b", "c"]
    assert told.stops.geometry.iloc[1].coords[0] == (117.0, 39.01)
    assert told.trips["route_id"].to_dict() == {"t1": "r", "t2": "r", "t3": "r"}
    # Half way between a and c: five past seven. Ten past one in the night is 25:10.
    assert (told.arrival[:3] / 60).tolist() == [420, 425, 430]
    assert told.arrival[-1] == 25 * 3600 + 600
    assert told.board.tolist() == [True, True, True, True, False, True, True, True]
    assert told.leave.tolist() == [True, True, True, False, True, True, True, True]
    # t2 leaves at 8:00, 8:20 and 8:40.
    assert (told.run_shift[told.run_trip == 1] // 60).tolist() == [0, 20, 40]
    runs = told.runs_a_day()
    assert runs[["2025-05-05", "2025-05-07", "2025-05-09"]].tolist() == [4, 1, 5]
    changes = zip(told.change_from, told.change_to, told.change_seconds, strict=True)
    assert sorted((int(a), int(b), int(s)) for a, b, s in changes) == [
        (0, 1, -1), (1, 1, 90), (1, 2, 90), (2, 1, 90), (2, 2, 90),
    ]  # fmt: skip


def test_the_night_bus_of_yesterday_runs_today(tmp_path):
    told = read(tmp_path).timetable
    lines = told.on(
        "2025-05-10"
    )  # a Saturday: t3 of Friday comes at ten past one, t3 of Saturday leaves before midnight
    assert sorted((lines.arrival[lines.arrival > 0] / 60_000).tolist()) == [70.0, 1430.0, 1510.0]


WRONG = [
    ("stops", 2, "stop_lat", "", "stop_lat", "'b' has no usable coordinates"),
    ("stops", 2, "stop_lat", "95", "stop_lat", "'b' has no usable coordinates"),
    ("stops", 3, "stop_id", "a", "stop_id", "'a' stands twice"),
    ("stops", 2, "parent_station", "Q", "parent_station", "no station 'Q'"),
    ("trips", 2, "service_id", "never", "service_id", "no calendar has 'never'"),
    ("trips", 2, "route_id", "q", "route_id", "no route 'q'"),
    ("trips", 2, "trip_id", "", "trip_id", "the id is missing"),
    ("calendar", 1, "start_date", "2025-05-05", "start_date", "'2025-05-05' is no date"),
    ("calendar", 1, "end_date", "20250401", "end_date", "ends before it starts"),
    ("calendar", 2, "friday", "yes", "friday", "'yes' should be 0 or 1"),
    ("calendar_dates", 1, "exception_type", "3", "exception_type", "'3' should be 1 (added) or 2 (removed)"),
    ("calendar_dates", 1, "date", "20251340", "date", "'20251340' is no date"),
    ("stop_times", 2, "stop_id", "x", "stop_id", "no stop 'x'"),
    ("stop_times", 4, "trip_id", "t9", "trip_id", "no trip 't9'"),
    ("stop_times", 2, "arrival_time", "7h", "arrival_time", "'7h' is no time"),
    ("stop_times", 3, "stop_sequence", "2", "stop_sequence", "stop_sequence 2 stands twice"),
    ("stop_times", 3, "stop_sequence", "last", "stop_sequence", "'last' is no whole number"),
    ("stop_times", 5, "arrival_time", "07:59:00", "arrival_time", "earlier than the stop before"),
    ("stop_times", 5, "departure_time", "08:04:00", "departure_time", "leaves before it arrives"),
    ("frequencies", 1, "trip_id", "t8", "trip_id", "no trip 't8'"),
    ("frequencies", 1, "end_time", "08:00:00", "end_time", "the end '08:00:00' is not after the start"),
    ("frequencies", 1, "headway_secs", "0", "headway_secs", "the headway '0' must be whole seconds above 0"),
    ("transfers", 1, "to_stop_id", "Z", "to_stop_id", "no stop 'Z'"),
    ("transfers", 1, "min_transfer_time", "-5", "min_transfer_time", "seconds of at least 0"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "row", "field", "value", "told_field", "words"), WRONG)
def test_what_is_wrong_in_a_row_is_said_and_the_rest_is_run(tmp_path, file, row, field, value, told_field, words):
    feed = read(tmp_path, **{file: spoiled(file, row, field, value)})
    found = [f for f in feed.findings if words in f.text_en]
    assert [(f.file, f.row, f.field) for f in found] == [(f"feed.zip/{file}.txt", row, told_field)]
    assert re.search("[一-龥]", found[0].text_zh)
    assert feed.accepted


def test_a_trip_that_goes_back_in_time_is_left_out(tmp_path):
    feed = read(tmp_path, stop_times=spoiled("stop_times", 3, "arrival_time", "06:59:00"))
    assert "trip t1 is left out" in feed.findings[0].text_en
    assert feed.timetable.trips.index.tolist() == ["t2", "t3"]


def test_a_trip_by_headway_without_a_good_headway_is_not_run_at_all(tmp_path):
    feed = read(tmp_path, frequencies=spoiled("frequencies", 1, "headway_secs", "-3"))
    assert feed.timetable.trips.index.tolist() == ["t1", "t3"]


REFUSED = [
    ({"stops": None}, "stops.txt is missing"),
    ({"stop_times": None}, "stop_times.txt is missing"),
    ({"calendar": None, "calendar_dates": None}, "nobody knows when it runs"),
    ({"stop_times": "trip_id,stop_id\n"}, "columns are missing: stop_sequence, arrival_time, departure_time"),
    ({"trips": "route_id,service_id,trip_id,trip_id\nr,week,t1,t1\n"}, "two columns have one name"),
    ({"trips": "route_id,service_id,trip_id\n"}, "trips.txt has no row"),
    ({"trips": ""}, "columns are missing"),
    ({"calendar": GOOD["calendar.txt"].splitlines()[0] + "\n", "calendar_dates": None}, "the calendar is empty"),
]


@pytest.mark.parametrize(("changed", "words"), REFUSED)
def test_a_feed_that_cannot_be_run_is_kept_out(tmp_path, changed, words):
    feed = read(tmp_path, **changed)
    assert not feed.accepted
    assert words in "\n".join(f.text_en for f in feed.findings if f.level == "error")


def test_rows_of_another_width_and_empty_lines_do_not_shift_the_others(tmp_path):
    lines = GOOD["stop_times.txt"].splitlines()
    text = "\n".join([*lines[:2], "", "t1,7:05:00", *lines[2:5], "t2,08:05:00,08:06:00,nowhere,2,1,0", *lines[6:]])
    feed = read(tmp_path, stop_times=text)
    assert [(f.row, f.text_en[:26]) for f in feed.findings if f.level == "warning"] == [
        (3, "2 values under 7 columns; "),
        (7, "no stop 'nowhere' that can"),
    ]


def test_other_encodings_quotes_and_folders(tmp_path):
    text = GOOD["stops.txt"].replace("First", '"一号站, 北门"')
    for raw, said in ((b"\xef\xbb\xbf" + text.encode(), []), (text.encode("gb18030"), ["is not UTF-8"])):
        feed = read(tmp_path, stops=raw)
        assert feed.timetable.stops["name"].iloc[0] == "一号站, 北门"
        assert [f.text_en[:12] for f in feed.findings if f.level == "warning"] == said
    inside = packed(tmp_path, {f"2025/{k}": v for k, v in GOOD.items()}, "deep.zip")
    assert gtfs.read(inside).accepted
    folder = tmp_path / "plain"
    folder.mkdir()
    for name, content in GOOD.items():
        (folder / name).write_text(content, "utf-8")
    assert gtfs.read(folder).accepted


@pytest.mark.parametrize(
    ("name", "encoding", "said"),
    [
        ("Praça São João", "latin-1", "Latin-1"),
        ("体育中心", "gb18030", "GB 18030"),
        ("Praça", "utf-16", "UTF-16"),
    ],
)
def test_names_that_are_not_utf8_are_read_and_told(tmp_path, name, encoding, said):
    stops = GOOD["stops.txt"].replace("First", name).encode(encoding)
    feed = gtfs.read(packed(tmp_path, {**GOOD, "stops.txt": stops}))
    assert feed.timetable.stops.loc["a", "name"] == name
    assert [f.text_en for f in feed.findings] == [f"is not UTF-8 and was read as {said}; check the names"]


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("stop_times.txt", GOOD["stop_times.txt"].split("\n")[0] + "\n", "stop_times.txt has no row"),
        ("stops.txt", GOOD["stops.txt"].replace(",", ";"), "its columns lie between ';'"),
        ("transfers.txt", GOOD["transfers.txt"] + "a,c,9,30\n", "'9' should be 0 to 5"),
    ],
)
def test_what_is_wrong_is_said_where_it_is(tmp_path, file, content, said):
    feed = gtfs.read(packed(tmp_path, {**GOOD, file: content}))
    told = [f for f in feed.findings if said in f.text_en]
    assert len(told) == 1 and told[0].file.endswith(file)
    assert feed.accepted == (told[0].level == "warning")


def test_an_archive_in_an_archive_is_to_be_unpacked(tmp_path):
    inner = packed(tmp_path)
    with zipfile.ZipFile(tmp_path / "outer.zip", "w") as outer:
        outer.write(inner, "x/inner.zip")
    assert "holds another archive, x/inner.zip" in gtfs.read(tmp_path / "outer.zip").findings[0].text_en


def test_two_feeds_become_one_and_keep_their_ids_apart(tmp_path):
    feed = gtfs.read([packed(tmp_path, name="bus.zip"), packed(tmp_path, name="rail.zip")])
    told = feed.timetable
    assert told.stops.index.tolist() == ["bus:a", "bus:b", "bus:c", "rail:a", "rail:b", "rail:c"]
    assert told.trips.index.tolist() == ["bus:t1", "bus:t2", "bus:t3", "rail:t1", "rail:t2", "rail:t3"]
    assert told.runs_a_day()["2025-05-09"] == 10
    broken = gtfs.read([packed(tmp_path, name="bus.zip"), packed(tmp_path, {}, "rail.zip")])
    assert not broken.accepted
    assert {f.file for f in broken.findings if f.level == "error"} == {"rail.zip/stops.txt"}


def test_what_is_no_archive_is_said(tmp_path):
    (tmp_path / "no.zip").write_bytes(b"PK\x03\x04 cut short")
    for path in (tmp_path / "no.zip", tmp_path / "missing.zip"):
        feed = gtfs.read(path)
        assert not feed.accepted
        assert feed.findings[0].level == "error"
        assert feed.findings[0].file == path.name


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(sorted(GOOD)), st.binary(max_size=30), st.integers(0, 400), st.booleans())
def test_whatever_stands_in_a_file_there_are_words(tmp_path_factory, file, junk, at, instead):
    raw = GOOD[file].encode()
    spoilt = raw[:at] + junk + raw[at + (len(junk) if instead else 0) :]
    feed = gtfs.read(packed(tmp_path_factory.mktemp("feed"), {**GOOD, file: spoilt}))
    assert feed.accepted or any(f.level == "error" for f in feed.findings)
