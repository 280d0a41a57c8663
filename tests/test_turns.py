"""Turns that may not be made and gates that are shut: held to a search over ways in networkx, and by hand."""

from __future__ import annotations

import dataclasses

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.examples import CRS, at
from geo.modes import PRESETS, Mode
from geo.modes.arrays import pack, unpack
from geo.modes.ways import usable
from layers.osm.corners import shut_to, told, turns_of
from tests.test_modes import ROUNDS, SIDE, made, ms_of, towns

CAR = dataclasses.replace(PRESETS["car"], congestion={}, connected=1)


@st.composite
def restricted(draw):
    """Return the ways of a town with forbidden turns and shut gates."""
    ways = draw(towns())
    n = len(ways)
    turns = []
    for i, (u, v) in enumerate(zip(ways["u"], ways["v"], strict=True)):
        others = [j for j in range(n) if {ways["u"].iloc[j], ways["v"].iloc[j]} & {u, v}]
        words = draw(
            st.lists(st.tuples(st.sampled_from((u, v)), st.sampled_from(">>="), st.sampled_from(others)), max_size=3)
        )
        turns.append(" ".join(f"{via}{sign}{100 + to if to != i else 100 + i}" for via, sign, to in words))
    shut = draw(st.sets(st.integers(0, SIDE**2 - 1), max_size=2))
    gates = [" ".join(f"{end}:car" for end in (u, v) if end in shut) for u, v in zip(ways["u"], ways["v"], strict=True)]
    return ways.assign(way_id=np.arange(n) + 100, turns=turns, gates=gates), shut


def may(word: str, via: int, here: int, way: int, back: bool) -> bool:
    """Return whether a word on the way numbered ``here`` lets one go on by another at a corner."""
    sign = "=" if "=" in word else ">"
    corner, to = (int(part) for part in word.split(sign))
    if corner != via:
        return True
    same = back if to == here else way == to
    return same if sign == "=" else not same


def over_ways(ways: gpd.GeoDataFrame, shut: set[int]) -> pd.DataFrame:
    """Return milliseconds between corners by a search whose states are ways gone in a direction."""
    found = usable(ways.assign(gates=""), CAR)
    links = found.links
    gone = []
    for k, (u, v) in enumerate(zip(links["u"], links["v"], strict=True)):
        for a, b, ms in ((u, v, found.ahead[k]), (v, u, found.back[k])):
            if ms < np.inf:
                gone.append((k, a, b, ms))
    graph = nx.DiGraph()
    nodes = sorted(set(links["u"]) | set(links["v"]))
    for corner in nodes:
        graph.add_node(("from", corner))
        graph.add_node(("to", corner))
        graph.add_edge(("from", corner), ("to", corner), weight=0.0)
    ids, said = links["way_id"].to_numpy(), links["turns"].to_numpy()
    for one in gone:
        k, a, b, ms = one
        graph.add_edge(("from", a), one[:3], weight=ms)
        graph.add_edge(one[:3], ("to", b), weight=0.0)
        for way, c, d, more in gone:
            if c != b:
                continue
            back = way == k and d == a
            # At a shut gate one may but turn round.
            if back if b in shut else all(may(word, b, ids[k], ids[way], back) for word in said[k].split()):
                graph.add_edge(one[:3], (way, c, d), weight=more)
    table = pd.DataFrame(np.inf, nodes, nodes)
    for a in nodes:
        reach = nx.single_source_dijkstra_path_length(graph, ("from", a))
        for b in nodes:
            table.loc[a, b] = reach.get(("to", b), np.inf)
    return table


@ROUNDS
@given(restricted())
def test_every_time_is_that_of_a_search_over_ways(drawn):
    ways, shut = drawn
    car = made(ways, CAR)
    if car is None:
        return
    wanted = over_ways(ways, shut)
    open_to = [node for node in wanted.index if node not in shut]  # at a shut gate ways end apart
    wanted = wanted.loc[open_to, open_to].to_numpy()
    for one in (car, unpack(pack(car), CAR)):
        np.testing.assert_array_equal(ms_of(one.travel_times(open_to, open_to)), wanted)
        for to in open_to[:2]:
            column = ms_of(one.node_times([to], arrive_by=True).loc[open_to].to_frame())[:, 0]
            np.testing.assert_array_equal(column, wanted[:, open_to.index(to)])
            row = ms_of(one.node_times([to]).loc[open_to].to_frame())[:, 0]
            np.testing.assert_array_equal(row, wanted[open_to.index(to)])


def crossing(**more) -> gpd.GeoDataFrame:
    """Return a street east over corner 1 to corner 2, one to the left from corner 1 to corner 3, and a street from 2 to 3."""
    corners = {0: (0, 0), 1: (500, 0), 2: (1000, 0), 3: (700, 200)}
    ends = [(0, 1), (1, 2), (1, 3), (2, 3)]
    lines = [shapely.LineString([at(*corners[u]), at(*corners[v])]) for u, v in ends]
    told = {
        "u": [u for u, _ in ends],
        "v": [v for _, v in ends],
        "metres": shapely.length(lines),
        "way_id": [10, 11, 12, 13],
    }
    return gpd.GeoDataFrame({**told, "class": "primary", **more}, geometry=lines, crs=CRS)


def minutes(ways: gpd.GeoDataFrame, a: tuple[int, int], b: tuple[int, int], key: str = "car") -> float:
    how = dataclasses.replace(
        PRESETS[key], congestion={}, connected=1, speeds={"primary": 60.0}, slowest=0, uphill=0, downhill=0
    )
    start, goal = (gpd.GeoSeries([at(*xy)], crs=CRS) for xy in (a, b))
    mode = Mode.from_ways(ways, how)
    found = [mode.travel_times(start, goal).iloc[0, 0], mode.travel_times(pd.concat([start, start]), goal).iloc[0, 0]]
    assert found[0] == found[1]  # looked for from the goal
    return float(found[0])


def test_a_forbidden_turn_is_gone_round_also_between_doors_on_the_ways():
    west, left, east = (250, 0), (600, 100), (750, 0)
    no_left = crossing(turns=["1>12", "", "", ""])
    straight = (250 + 141.421) / 1000
    assert minutes(crossing(), west, left) == pytest.approx(straight, abs=1e-4)
    round_it = (250 + 500 + 360.555 + 141.421) / 1000
    assert minutes(no_left, west, left) == pytest.approx(round_it, abs=1e-4)
    assert minutes(no_left, left, west) == pytest.approx(straight, abs=1e-4)
    assert minutes(no_left, east, left) == pytest.approx(straight, abs=1e-4)
    assert minutes(crossing(turns=["1=11", "", "", ""]), west, left) == pytest.approx(round_it, abs=1e-4)
    assert minutes(no_left, west, left, "bicycle") == pytest.approx(straight, abs=1e-4)  # of cars only


def test_a_shut_gate_parts_the_ways_for_those_it_shuts_out():
    gated = crossing(gates=["1:car,pram", "1:car,pram", "1:car,pram", ""])
    assert minutes(gated, (250, 0), (750, 0)) == np.inf
    assert minutes(gated, (600, 100), (750, 0)) == pytest.approx((141.421 + 360.555 + 250) / 1000, abs=1e-4)
    assert minutes(gated, (250, 0), (750, 0), "bicycle") == pytest.approx(0.5, abs=1e-4)


@pytest.mark.parametrize(
    ("tags", "shut"),
    [
        ({"barrier": "gate"}, ()),
        ({"barrier": "lift_gate"}, ()),
        ({"barrier": "bollard"}, ("car",)),
        ({"barrier": "bollard", "motor_vehicle": "yes"}, ()),
        ({"barrier": "gate", "access": "private"}, ("car", "bicycle", "wheelchair", "pram")),
        ({"barrier": "gate", "access": "private", "foot": "yes"}, ("car", "bicycle")),
        ({"barrier": "lift_gate", "motorcar": "no"}, ("car",)),
        ({"barrier": "stile"}, ("car", "bicycle", "wheelchair", "pram")),
        ({"barrier": "kissing_gate", "wheelchair": "yes"}, ("car", "bicycle", "pram")),
    ],
)
def test_who_does_not_come_through_a_barrier(tags, shut):
    assert shut_to(tags) == shut


MEMBERS = [("from", "w", 10), ("via", "n", 1), ("to", "w", 12)]


@pytest.mark.parametrize(
    ("tags", "members", "said"),
    [
        ({"restriction": "no_left_turn"}, MEMBERS, [(10, "1>12")]),
        ({"restriction": "only_straight_on"}, MEMBERS, [(10, "1=12")]),
        ({"restriction:motorcar": "no_left_turn"}, MEMBERS, [(10, "1>12")]),
        ({"restriction": "no_left_turn", "except": "psv; motorcar"}, MEMBERS, []),
        ({"restriction": "no_entry"}, [("from", "w", 9), *MEMBERS], [(9, "1>12"), (10, "1>12")]),
        ({"restriction": "no_u_turn"}, [("from", "w", 10), ("via", "w", 1), ("to", "w", 12)], []),
        ({"restriction": "give_way"}, MEMBERS, []),
        ({"restriction": "no_left_turn"}, MEMBERS[1:], []),
    ],
)
def test_what_a_restriction_says(tags, members, said):
    assert turns_of(tags, members) == said


def test_corners_are_told_on_the_ways_that_end_there():
    ways = told(crossing(), {1: "car"}, {10: ["1>12", "7>11"], 13: ["2=11"]})
    assert ways["gates"].tolist() == ["1:car", "1:car", "1:car", ""]
    assert ways["turns"].tolist() == ["1>12", "", "", "2=11"]
