"""Ways inside stations: every number by hand, at one metre a second."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from geo.examples import CRS, at, buses, network
from geo.transit import Stations, Timetable, Transit
from geo.transit.arrays import pack, unpack
from layers import gtfs
from tests.feeds import GOOD, packed

DAY = "2025-05-05"


def deep(*ways: tuple[str, str, bool, float, float, bool], doors: dict[str, tuple[float, float]]) -> Timetable:
    """Return the timetable of the bus with ways inside its stations: (from, to, both ways, seconds, metres, steps)."""
    names = ["from_stop_id", "to_stop_id", "both", "seconds", "metres", "steps"]
    points = gpd.GeoSeries([at(*xy) for xy in doors.values()], index=list(doors), crs=CRS)
    told = Stations.from_frames(buses().stops.index, points, pd.DataFrame(ways, columns=names))
    return dataclasses.replace(buses(), stations=told)


def minutes(
    timetable: Timetable, a: int, b: int, start: str = "07:00", *, step_free: bool = False, **how: bool
) -> float:
    # 600 m at most on foot: node 3 lies 700 m from node 1, so nobody walks there the whole way.
    transit = Transit(network(), timetable, DAY, speed=3.6, walk=600, step_free=step_free)
    return float(transit.travel_times([a], [b], start=start, minutes=1, **how).table().iloc[0, 0])


DOOR = {"door": (0, 0)}
BELOW = ("door", "west", True, 60.0, 0.0, False)


def test_the_way_from_the_door_to_the_platform_takes_its_time() -> None:
    # The bus leaves node 1 at 7:00 and 7:20; its platform lies 60 s below the street.
    below = deep(BELOW, doors=DOOR)
    assert minutes(below, 1, 3, "06:59") == pytest.approx(11)
    assert minutes(below, 1, 3) == pytest.approx(30)
    assert minutes(below, 1, 3, "07:30", arrive_by=True) == pytest.approx(11)  # down from 7:19 on
    # At the other end up again: 15 s of a gate and 30 m of stairs.
    above = deep(("east", "hall", True, 15.0, 0.0, False), ("hall", "door", True, np.nan, 30.0, True), doors={"door": (400, 300)})  # fmt: skip
    assert minutes(above, 1, 3) == pytest.approx(10.75)
    assert minutes(above, 1, 3, "07:11", arrive_by=True) == pytest.approx(11)


def test_without_steps_one_goes_by_the_lift_or_not_at_all() -> None:
    stairs, lift = ("door", "west", True, 20.0, 0.0, True), ("door", "west", True, 90.0, 0.0, False)
    assert minutes(deep(stairs, lift, doors=DOOR), 1, 3, "06:59") == pytest.approx(11)
    assert minutes(deep(stairs, lift, doors=DOOR), 1, 3, "06:59", step_free=True) == pytest.approx(31)  # 7:00 is missed
    assert minutes(deep(stairs, doors=DOOR), 1, 3, "06:59", step_free=True) == np.inf


def test_the_farther_door_may_be_the_nearer_way() -> None:
    near, far = ("near", "west", True, 500.0, 0.0, False), ("far", "west", True, 10.0, 0.0, False)
    two = deep(near, far, doors={"near": (0, 0), "far": (100, 0)})  # 100 m on the street and 10 s inside
    assert minutes(two, 1, 3, "06:58") == pytest.approx(12)
    assert minutes(two, 1, 3, "06:59") == pytest.approx(31)


def test_a_turnstile_lets_nobody_out() -> None:
    into = deep(("door", "east", False, 10.0, 0.0, False), doors={"door": (400, 300)})
    assert minutes(into, 1, 3) == np.inf


def test_a_way_inside_shortens_a_change_and_a_line_joined_keeps_its_station() -> None:
    # Two of the bus in one timetable: the second leaves from a platform of its own, 25 s from the first.
    twice = buses().joined(deep(BELOW, doors=DOOR))
    transit = Transit(network(), twice, DAY, speed=3.6, walk=600)
    walks = transit._forward[1]
    to = dict(zip(walks.item[: walks.ptr[1]].tolist(), walks.ms[: walks.ptr[1]].tolist(), strict=True))
    assert to == {0: 0, 2: 60_000}  # from the stop on the street down to the platform below it
    tunnel = deep(BELOW, ("west", "east", True, 25.0, 0.0, False), doors=DOOR)
    walks = Transit(network(), tunnel, DAY, speed=3.6, walk=600)._forward[1]
    assert walks.ms.tolist() == [0, 25_000, 25_000, 0]


def test_what_is_kept_on_disk_is_what_was_read() -> None:
    told = deep(BELOW, ("west", "hall", False, np.nan, 30.0, True), doors=DOOR)
    again = unpack(pack(told))
    assert again.stations is not None and told.stations is not None
    assert again.stations.entrances.geom_equals_exact(told.stations.entrances, 0).all()
    for name in ("stop", "entrance", "source", "target", "seconds", "metres", "steps"):
        np.testing.assert_array_equal(getattr(again.stations, name), getattr(told.stations, name))
    spoiled = pack(told)
    spoiled["inside_target"] = spoiled["inside_target"] + 9
    with pytest.raises(ValueError, match="do not fit"):
        unpack(spoiled)


STATION = {
    **GOOD,
    "stops.txt": "stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station,level_id\n"
    "a,First,39.00,117.00,0,,\nb,Second,39.01,117.00,0,S,down\nc,Third,39.02,117.00,0,S,down\nS,Station,39.015,117.00,1,,\n"
    "e,Entrance,39.0101,117.00,2,S,up\nn,Hall,,,3,S,down\nb1,Front,,,4,b,down\n",
    "levels.txt": "level_id,level_index\nup,0\ndown,-1\n",
    "pathways.txt": "pathway_id,from_stop_id,to_stop_id,pathway_mode,is_bidirectional,length,traversal_time\n"
    "1,e,n,2,1,,40\n2,e,n,5,1,,\n3,n,b1,1,1,36,\n4,n,c,6,0,,\n",
}


def station(tmp_path: Path, row: int = 0, field: str = "", value: str = "") -> gtfs.Feed:
    """Return the station's feed, with one value of its pathways changed."""
    lines = STATION["pathways.txt"].splitlines()
    if field:
        cells = lines[row].split(",")
        cells[lines[0].split(",").index(field)] = value
        lines[row] = ",".join(cells)
    return gtfs.read(packed(tmp_path, {**STATION, "pathways.txt": "\n".join(lines) + "\n"}))


def test_a_feed_says_how_its_stations_are_walked(tmp_path: Path) -> None:
    feed = station(tmp_path)
    assert feed.timetable is not None and feed.timetable.stations is not None
    told = [(f.level, f.row, f.field) for f in feed.findings if f.file == "feed.zip/pathways.txt"]
    assert told == [("info", 2, "traversal_time")]  # a lift without a time
    inside = feed.timetable.stations.walked(3, 4.32)  # 1.2 m a second: 36 m in 30 s
    assert inside.open.tolist() == [True, False, False]
    assert (inside.into.item.tolist(), inside.into.ms.tolist()) == ([0, 1, 2], [0, 70_000, 40_000])
    assert (inside.out.item.tolist(), inside.out.ms.tolist()) == (
        [0, 1],
        [0, 70_000],
    )  # nobody comes back through the gate
    free = feed.timetable.stations.walked(3, 4.32, step_free=True)
    assert free.into.ms.tolist() == [0, 90_000, 60_000]


@pytest.mark.parametrize(
    ("row", "field", "value", "words"),
    [
        (1, "from_stop_id", "Z", "no stop 'Z'; the row is left out"),
        (1, "to_stop_id", "S", "'S' is a whole station"),
        (1, "pathway_mode", "9", "'9' should be 1 to 7"),
        (1, "is_bidirectional", "", "'' should be 0 or 1"),
        (1, "traversal_time", "-1", "'-1' must be seconds above 0; taken as not given"),
        (3, "length", "far", "'far' must be metres of at least 0"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_row_is_said(tmp_path: Path, row: int, field: str, value: str, words: str) -> None:
    feed = station(tmp_path, row, field, value)
    found = [f for f in feed.findings if words in f.text_en]
    assert [(f.file, f.row, f.field) for f in found] == [("feed.zip/pathways.txt", row, field)]
    assert re.search("[一-龥]", found[0].text_zh) and feed.accepted


def test_a_platform_to_which_nothing_leads_is_said_and_lies_on_the_street(tmp_path: Path) -> None:
    feed = station(tmp_path, 4, "to_stop_id", "n")
    assert any("no way leads from an entrance to platform c" in f.text_en for f in feed.findings)
    assert feed.timetable is not None and feed.timetable.stations is not None
    assert feed.timetable.stations.walked(3, 3.6).open.tolist() == [True, False, True]
