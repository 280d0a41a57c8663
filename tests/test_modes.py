"""Going by bicycle, by car, in a wheelchair, with a pram: equal to plain searches, and the laws that minutes keep."""

from __future__ import annotations

import dataclasses

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo.crs import to_wgs84
from geo.errors import InputError
from geo.examples import CRS, at, homes, school, streets, town
from geo.modes import PRESETS, Mode, Preset, preset, travel
from geo.modes.ways import usable
from geo.network import Network
from geo.scenario.objects import Street
from geo.scenario.streets import changed
from geo.text import Text

CLASSES = ("motorway", "primary", "residential", "footway", "cycleway", "steps", "path")
PLAIN = Preset("plain", "匀速", "one speed", dict.fromkeys(CLASSES, 3.6), Text("", ""), permission="car")
"""One metre a second on every way: a millimetre is a millisecond, so that nothing is rounded."""
SIDE = 5


@st.composite
def towns(draw):
    """Return the ways of a grid of corners with random ways between neighbours, some diagonals and doubles."""
    corners = [(x, y) for x in range(SIDE) for y in range(SIDE)]
    pairs = [
        (a, b)
        for a in range(SIDE**2)
        for b in range(a + 1, SIDE**2)
        if max(abs(np.subtract(corners[a], corners[b]))) == 1
    ]
    chosen = draw(st.lists(st.sampled_from(pairs), min_size=8, max_size=60))
    n = len(chosen)
    turned = draw(st.lists(st.booleans(), min_size=n, max_size=n))
    ends = [(b, a) if turn else (a, b) for (a, b), turn in zip(chosen, turned, strict=True)]
    lines = [
        shapely.LineString([at(100 * corners[u][0], 100 * corners[u][1]), at(100 * corners[v][0], 100 * corners[v][1])])
        for u, v in ends
    ]

    def each(*values):
        return draw(st.lists(st.sampled_from(values), min_size=n, max_size=n))

    return gpd.GeoDataFrame(
        {
            "u": [u for u, _ in ends],
            "v": [v for _, v in ends],
            "metres": np.round(shapely.length(lines) * draw(st.sampled_from((1.0, 1.25))), 3),
            "class": each(*CLASSES),
            "car": each("both", "both", "ahead", "back", "no"),
            "bicycle": each("both", "ahead", "back", "pushed"),
            "foot": each("both", "both", "no"),
            "maxspeed": each(np.nan, 30.0, 50.0),
            "slope": each(0.0, 0.02, -0.04, 0.09),
            "steepest": each(0.0, 0.02, 0.1, 0.2),
            "surface": each("asphalt", "sand", None),
        },
        geometry=lines,
        crs=CRS,
    )  # fmt: skip


def plain_times(ways: gpd.GeoDataFrame, how: Preset) -> pd.DataFrame:
    """Return milliseconds between all nodes by networkx, from the ways and their costs in either direction."""
    found = usable(ways, how)
    graph = nx.DiGraph()
    for u, v, ahead, back in zip(found.links["u"], found.links["v"], found.ahead, found.back, strict=True):
        for a, b, ms in ((u, v, ahead), (v, u, back)):
            graph.add_nodes_from((a, b))
            if ms < np.inf and ms < graph.get_edge_data(a, b, {"weight": np.inf})["weight"]:
                graph.add_edge(a, b, weight=ms)
    nodes = sorted(graph)
    table = pd.DataFrame(np.inf, nodes, nodes)
    for a, reach in nx.all_pairs_dijkstra_path_length(graph):
        for b, ms in reach.items():
            table.loc[a, b] = ms
    return table


def ms_of(minutes: pd.DataFrame) -> np.ndarray:
    return np.rint(minutes.to_numpy() * 60_000)


ROUNDS = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
ANY = st.sampled_from(("bicycle", "car", "wheelchair", "pram"))


def made(ways: gpd.GeoDataFrame, how: Preset) -> Mode | None:
    try:
        return Mode.from_ways(ways, how)
    except InputError:
        return None


@ROUNDS
@given(towns(), ANY)
def test_every_time_is_that_of_dijkstra_in_either_direction(ways, key):
    how = dataclasses.replace(PRESETS[key], congestion={}, connected=1)
    mode = made(ways, how)
    if mode is None:
        with pytest.raises(InputError):
            usable(ways, how)
        return
    table = plain_times(ways, how)
    nodes = list(table.index)
    few = nodes[:3]
    np.testing.assert_array_equal(ms_of(mode.travel_times(nodes, nodes)), table.to_numpy())
    np.testing.assert_array_equal(ms_of(mode.travel_times(few, nodes)), table.loc[few].to_numpy())
    np.testing.assert_array_equal(ms_of(mode.travel_times(nodes, few)), table[few].to_numpy())
    for node in few:
        np.testing.assert_array_equal(ms_of(mode.node_times([node]).loc[nodes]), table.loc[node].to_numpy())
        np.testing.assert_array_equal(ms_of(mode.node_times([node], arrive_by=True).loc[nodes]), table[node].to_numpy())


@ROUNDS
@given(towns(), ANY, st.data())
def test_places_on_ways_are_reached_as_if_they_were_nodes(ways, key, data):
    """A way cut at two places, and the places as nodes of their own, gives the same times but for rounding."""
    how = dataclasses.replace(PRESETS[key], congestion={}, connected=1, uphill=0, downhill=0, doorless=frozenset())
    found = made(ways, how)
    if found is None:
        return
    links = usable(ways, how).links
    middles = shapely.line_interpolate_point(links.geometry.to_numpy(), 0.3, normalized=True)
    # Of ways that cross, or lie on each other, a place has no one way, and an expressway has none: take those on their own.
    at_points = gpd.GeoSeries(middles, index=links.index, crs=links.crs)
    own = found.place(at_points).edge == np.arange(len(links))
    rows = np.flatnonzero(own)
    if len(rows) == 0:
        return
    a, b = (data.draw(st.sampled_from(rows.tolist())) for _ in range(2))
    cut = []
    for number, (label, row) in enumerate(links.iterrows()):
        if number not in (a, b):
            cut.append(row.to_dict())
            continue
        place = 1000 + number
        point = at_points[label]
        start, end = shapely.get_point(row.geometry, 0), shapely.get_point(row.geometry, -1)
        cut.append({**row, "v": place, "metres": row["metres"] * 0.3, "geometry": shapely.LineString([start, point])})
        cut.append({**row, "u": place, "metres": row["metres"] * 0.7, "geometry": shapely.LineString([point, end])})
    after = gpd.GeoDataFrame(cut, geometry="geometry", crs=links.crs)
    expected = plain_times(after, how).loc[1000 + a, 1000 + b]
    times = found.travel_times(at_points.iloc[[a]], at_points.iloc[[b]]).iloc[0, 0] * 60_000
    if np.isinf(expected):
        assert np.isinf(times)
    else:
        assert times == pytest.approx(expected, abs=4)


@ROUNDS
@given(towns(), ANY, st.data())
def test_no_mode_is_faster_when_a_way_is_taken_away(ways, key, data):
    how = dataclasses.replace(PRESETS[key], connected=1)
    before = made(ways, how)
    gone = data.draw(st.integers(0, len(ways) - 1))
    after = made(ways.drop(index=gone), how)
    if before is None or after is None:
        return
    nodes = sorted(after.network.nodes)
    assert (after.travel_times(nodes, nodes).to_numpy() >= before.travel_times(nodes, nodes).to_numpy()).all()


@ROUNDS
@given(towns())
def test_on_the_level_at_one_speed_time_is_length(ways):
    flat = ways.drop(columns=["car", "maxspeed", "slope", "steepest", "surface"])
    mode = Mode.from_ways(flat, PLAIN)
    metres = Network.from_links(flat).distances(nodes := sorted(mode.network.nodes), nodes)
    np.testing.assert_array_equal(ms_of(mode.travel_times(nodes, nodes)), np.rint(metres.to_numpy() * 1000))


@ROUNDS
@given(towns())
def test_a_wheelchair_uses_no_steps_and_no_steep_way(ways):
    for key in ("wheelchair", "pram"):
        how = PRESETS[key]
        if made(ways, how) is None:
            continue
        kept = usable(ways, how).links
        assert not kept["class"].isin(["steps", "motorway"]).any()
        assert (kept["steepest"] <= how.steepest).all()
        assert (kept["surface"].fillna("") != "sand").all()


@ROUNDS
@given(towns(), st.sampled_from((1.0, 1.5, 2.0, 3.7)))
def test_congestion_multiplies_the_moving(ways, factor):
    free = made(ways, dataclasses.replace(PRESETS["car"], congestion={}))
    if free is None:
        return
    slow = Mode.from_ways(ways, preset("car", {"modes": {"car": {"congestion": factor}}}))
    nodes = sorted(free.network.nodes)
    np.testing.assert_array_equal(
        ms_of(slow.travel_times(nodes, nodes)), np.rint(ms_of(free.travel_times(nodes, nodes)) * factor)
    )


def test_the_way_from_the_door_is_not_congested():
    roads = streets().assign(**{"class": "primary"})
    car = Mode.from_ways(roads, PRESETS["car"])
    doors = gpd.GeoSeries([at(100, 72), at(300, 72)], crs=CRS)  # each a minute on foot from the street
    free, peak = (
        car.travel_times(doors.iloc[[0]], doors.iloc[[1]], start=hour).iloc[0, 0] for hour in ("12:00", "08:00")
    )
    assert free == pytest.approx(2 + 0.24, abs=1e-4)
    assert peak == pytest.approx(2 + 0.24 * 1.5, abs=1e-4)


def test_parking_is_added_once_to_what_is_gone_and_told():
    own = {"modes": {"car": {"parking": 3}}}
    ways = streets().assign(**{"class": "primary"})
    free, parked = (Mode.from_ways(ways, preset("car", table)) for table in (None, own))
    for clock in ("12:00", "08:00"):
        more = parked.travel_times(homes(), school(), start=clock) - free.travel_times(homes(), school(), start=clock)
        assert more["S"].tolist() == pytest.approx([3, 3, 3])
    assert np.isinf(parked.travel_times(homes(), school(), limit=3.5)["S"]["b"])  # 0.6 min to drive
    areas = parked.isochrone(school(), [2, 3.12]).geometry, free.isochrone(school(), [0.12]).geometry
    assert areas[0][0].is_empty and areas[0][1].symmetric_difference(areas[1][0]).area == pytest.approx(0, abs=1)
    assert "3 min more to park and walk" in parked.preset.words().en and "park" not in free.preset.words().en


def test_slopes_follow_the_published_regression():
    """Parkin & Rotheram 2010: 21.6 km/h on the level, 1.44 less on each per cent up, 0.86 more on each down."""
    how = dataclasses.replace(PRESETS["bicycle"], speeds={"cycleway": 21.6}, slowest=4.0, fastest=35.0)
    hill = streets().assign(**{"class": "cycleway", "slope": [0.02, -0.05, 0.5]})  # 2 % up, 5 % down, absurd
    found = usable(hill, how)
    km_h = hill["metres"].to_numpy() * 3600 / found.ahead, hill["metres"].to_numpy() * 3600 / found.back
    assert km_h[0] == pytest.approx([21.6 - 2 * 1.44, 21.6 + 5 * 0.86, 4.0], abs=1e-3)
    assert km_h[1] == pytest.approx([21.6 + 2 * 0.86, 4 + 21.6 - 5 * 1.44 - 4, 35.0], abs=1e-3)


def test_an_isochrone_keeps_to_one_way_streets_and_is_nested():
    roads = streets().assign(**{"class": "residential", "oneway": ["yes", "no", "no"]})
    bicycle = Mode.from_ways(roads, PRESETS["bicycle"])
    middle = gpd.GeoSeries([at(200, 0)], crs=CRS)
    out = bicycle.isochrone(middle, [0.2, 0.4, 1.2], width=10)  # 50, 100 and 300 m
    assert out["limit"].tolist() == [0.2, 0.4, 1.2]
    assert out.intersects(at(290, 0)).tolist() == [False, True, True]
    assert out.intersects(at(150, 0)).tolist() == [False, False, False]  # against the street
    assert out.intersects(at(400, 90)).tolist() == [False, False, True]
    assert out.geometry.iloc[2].covers(out.geometry.iloc[1])
    back = bicycle.isochrone(middle, [0.4], arrive_by=True, width=10)
    assert back.intersects(at(110, 0)).tolist() == [True]
    assert back.intersects(at(290, 0)).tolist() == [False]


def test_walking_is_what_it_was():
    """The searches of walking and of modes share their code: a hierarchy alike in both directions is one array."""
    network = Network.from_links(streets()).prepare()
    tree = network.graph.seen("hierarchy")
    assert tree.back is tree.length
    assert network.distances([1, 2, 3, 4], [1, 2, 3, 4]).to_numpy().tolist() == [
        [0, 400, 700, 1100], [400, 0, 300, 700], [700, 300, 0, 400], [1100, 700, 400, 0],
    ]  # fmt: skip


def test_small_parts_that_one_cannot_leave_are_left_out_for_cars_and_not_for_wheelchairs():
    n = 60
    ends = [(i, i + 1) for i in range(n)] + [(n, n + 1)]
    lines = [shapely.LineString([at(10 * u, 0), at(10 * v, 0)]) for u, v in ends]
    content = {"u": [u for u, _ in ends], "v": [v for _, v in ends], "metres": 10.0, "class": "residential"}
    roads = gpd.GeoDataFrame({**content, "oneway": ["no"] * n + ["yes"]}, geometry=lines, crs=CRS)
    assert Mode.from_ways(roads, PRESETS["car"]).network.n_edges == n
    assert Mode.from_ways(roads, PRESETS["wheelchair"]).network.n_edges == n + 1


def test_what_is_not_known_of_the_ways_is_told():
    roads = streets().assign(**{"class": "residential"})
    told = {key: [note.en for note in Mode.from_ways(roads, PRESETS[key]).notes] for key in PRESETS}
    assert any("no one-way streets" in note for note in told["car"])
    assert any("taken as level" in note for note in told["bicycle"])
    assert not any("one-way" in note for note in told["wheelchair"])
    with pytest.raises(InputError, match="only walking can be answered"):
        travel(town().workspace, "car")
    with pytest.raises(InputError, match="must be one of"):
        Mode.from_ways(roads.assign(car="forwards"), PRESETS["car"])


def test_a_case_answers_by_mode_and_keeps_what_it_compiled():
    case = town()
    place = dataclasses.replace(case.workspace, streets=case.workspace.streets.assign(**{"class": "residential"}))
    case = case.under(place)
    assert case.travel("bicycle") is case.travel("bicycle")
    assert case.travel("bicycle").travel_times(homes(), school())["S"].round(2).tolist() == [0.4, 2.0, 3.2]
    slower = dataclasses.replace(place, parameters={"modes": {"bicycle": {"speeds": {"residential": 10}}}})
    assert case.under(slower).travel("bicycle").travel_times(homes(), school())["S"].round(2).tolist() == [
        0.6,
        3.0,
        4.8,
    ]


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"speed": 3}, "modes.car.speed"),
        ({"speeds": {"primary": -1}}, "speeds.primary"),
        ({"speeds": {"primary": "fast"}}, "speeds.primary"),
        ({"congestion": 0.5}, "from 1 to 1000"),
    ],
)
def test_wrong_numbers_of_a_workspace_are_named(told, words):
    with pytest.raises(InputError, match=words):
        preset("car", {"modes": {"car": told}})


def test_a_time_of_day_that_is_none_is_refused():
    with pytest.raises(InputError, match="no time of day"):
        PRESETS["car"].delay("noon")


def test_a_plan_changes_the_ways_of_all_modes():
    """A street of a plan is driven, a bridge is pushed over and not driven, an expressway is left alone."""
    place = town().workspace
    roads = place.streets.assign(
        **{"class": "residential", "foot": "both", "bicycle": "both", "car": "ahead", "slope": 0.01}
    )
    above = gpd.GeoDataFrame(
        {"u": [5], "v": [6], "metres": [500.0], "class": "motorway", "foot": "no", "bicycle": "no", "car": "ahead"},
        geometry=[shapely.LineString([at(-50, 150), at(450, 150)])], crs=CRS,
    )  # fmt: skip
    place = dataclasses.replace(place, ways=pd.concat([roads, above], ignore_index=True))

    def drawn(a, b):
        ends = to_wgs84(gpd.GeoSeries([at(*a), at(*b)], crs=CRS))
        return list(zip(ends.x, ends.y, strict=True))

    new = [Street("N01", drawn((0, 0), (0, 300)), "street"), Street("N02", drawn((200, 0), (200, 300)), "bridge")]
    ways = changed(place, new)["ways"]
    ways = ways[ways["metres"] > 1]  # drawn in degrees, an end lies millimetres beyond its street
    assert ways["class"].value_counts().to_dict() == {"residential": 6, "footway": 1, "motorway": 1}
    built = ways[(ways["metres"].round() == 300) & (ways["slope"].isna())]
    assert built.set_index("class")["car"].to_dict() == {"residential": "both", "footway": "no"}
    crossing = ways[ways["class"] == "motorway"].iloc[0]
    assert (crossing["metres"], crossing["car"]) == (500.0, "ahead")
    others = ways[ways["class"] != "motorway"]
    assert not set(crossing[["u", "v"]]) & set(others["u"]) | set(crossing[["u", "v"]]) & set(others["v"])
    assert len({*others["u"], *others["v"]}) == 6
    after = dataclasses.replace(place, ways=ways)
    one, four = gpd.GeoSeries([at(0, 0)], crs=CRS), gpd.GeoSeries([at(0, 300)], crs=CRS)
    car = Mode.from_ways(ways, dataclasses.replace(PRESETS["car"], connected=1))
    assert car.travel_times(one, four).iloc[0, 0] == pytest.approx(300 / 500)  # 30 km/h, both ways
    assert car.travel_times(four, one).iloc[0, 0] == pytest.approx(300 / 500)
    assert travel(after, "bicycle").travel_times(one, four).iloc[0, 0] == pytest.approx(300 / 250)


def test_places_of_the_walking_network_are_refused():
    walked = Network.from_links(streets())
    bicycle = Mode.from_ways(streets().assign(**{"class": "residential"}), PRESETS["bicycle"])
    for found in (walked.place(homes()), walked.snap(homes())):
        with pytest.raises(InputError, match="give points"):
            bicycle.travel_times(found, school())


def test_no_door_opens_on_an_expressway():
    """A home beside an expressway is brought to the street behind it, however near the expressway is."""
    lines = [shapely.LineString([at(0, y), at(400, y)]) for y in (0, 40)] + [
        shapely.LineString([at(400, 0), at(400, 40)])
    ]
    content = {
        "u": [1, 3, 2],
        "v": [2, 4, 4],
        "metres": [400.0, 400.0, 40.0],
        "class": ["trunk", "tertiary", "tertiary"],
    }
    car = Mode.from_ways(gpd.GeoDataFrame(content, geometry=lines, crs=CRS), PRESETS["car"])
    home, end = gpd.GeoSeries([at(200, 4)], crs=CRS), gpd.GeoSeries([at(400, 40)], crs=CRS)
    assert car.travel_times(home, end).iloc[0, 0] == pytest.approx(36 / 72 + 200 / 500, abs=1e-4)
    assert car.travel_times([1], end).iloc[0, 0] == pytest.approx(400 / (80_000 / 60) + 40 / 500, abs=1e-4)
