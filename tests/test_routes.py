"""The way itself: it is connected, it is as long as the distance, and it agrees with another library."""

from __future__ import annotations

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import InputError
from geo.examples import at, homes, network, school
from geo.network import Network

CRS = "EPSG:4548"


def random_network(seed: int, *, directed: bool = False) -> Network:
    """Return a network with loops, double streets, streets of no length, and a part that nothing reaches."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(3, 14))
    xy = rng.integers(0, 8, (n, 2)) * 50.0 + np.array([500_000.0, 4_330_000.0])
    ends = rng.integers(0, n, (int(rng.integers(n, 3 * n)), 2))
    lines = [shapely.LineString([xy[u], xy[u] + [30.0, 30.0], xy[v]] if u == v else [xy[u], xy[v]]) for u, v in ends]
    metres = np.where(rng.random(len(ends)) < 0.15, 0.0, rng.integers(1, 60, len(ends)) / 4)
    frame = {"u": ends[:, 0], "v": ends[:, 1], "metres": metres, "oneway": rng.random(len(ends)) < 0.3}
    return Network.from_links(gpd.GeoDataFrame(frame, geometry=lines, crs=CRS), directed=directed)


def random_points(seed: int, count: int) -> gpd.GeoSeries:
    rng = np.random.default_rng(seed + 77)
    xy = rng.uniform(-40, 440, (count, 2)) + np.array([500_000.0, 4_330_000.0])
    return gpd.GeoSeries(gpd.points_from_xy(*xy.T), index=[f"h{i}" for i in range(count)], crs=CRS)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 10**6), st.booleans())
def test_a_way_is_connected_and_as_long_as_the_distance(seed: int, directed: bool) -> None:
    streets = random_network(seed, directed=directed)
    points, goal = random_points(seed, 6), random_points(seed + 1, 1)
    found = streets.routes(points, goal)
    far = streets.distances(points, goal).iloc[:, 0]
    assert found.lines["metres"].tolist() == far.tolist()  # to the last bit
    legs, leg = streets.snap(points)["snap_m"], streets.snap(goal)["snap_m"].iloc[0]
    a = streets.arrays
    for source, walked in found.steps.groupby("source"):
        # Doors to streets, plus what is walked on each: the distance.
        assert walked["metres"].sum() + legs[source] + leg == pytest.approx(far[source], abs=1e-6)
        edges = a.edges.get_indexer(walked["edge"])
        for k in range(len(walked) - 1):
            here = walked["to"].iloc[k]
            assert here in (a.tail[edges[k]], a.head[edges[k]])
            assert here in (a.tail[edges[k + 1]], a.head[edges[k + 1]])
        if directed:
            against = walked[~walked["forward"] & (walked["metres"] > 0)]
            assert not a.oneway[a.edges.get_indexer(against["edge"])].any()
    assert (found.lines.geometry.isna().to_numpy() == ~np.isfinite(far.to_numpy())).all()


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6))
def test_nodes_agree_with_networkx(seed: int) -> None:
    streets = random_network(seed)
    a = streets.arrays
    graph = nx.MultiGraph()
    graph.add_nodes_from(range(len(a.labels)))
    graph.add_weighted_edges_from(zip(a.tail.tolist(), a.head.tolist(), (a.length / 1e9).tolist(), strict=True))
    goal = streets.nodes[0]
    found = streets.routes(streets.nodes.to_list(), [goal])
    want = nx.single_source_dijkstra_path_length(graph, 0)
    for position, label in enumerate(streets.nodes):
        assert found.lines.loc[label, "metres"] == pytest.approx(want.get(position, np.inf))
        mine = found.steps[found.steps["source"] == label]["metres"].sum()
        assert mine == pytest.approx(want.get(position, 0.0))


def test_the_line_follows_the_streets_in_the_order_walked() -> None:
    line = network().routes(homes(), school()).lines.geometry["c"]
    assert line.equals(shapely.LineString([at(300, 300), at(400, 300), at(400, 0), at(0, 0)]))


def test_one_street_is_walked_directly_and_one_target_is_asked_for() -> None:
    streets = network()
    here = gpd.GeoSeries([at(50, 0), at(350, 0)], index=["x", "y"], crs=CRS)
    assert streets.routes(here.iloc[:1], here.iloc[1:]).lines["metres"].tolist() == [300.0]
    with pytest.raises(InputError, match="one target"):
        streets.routes(here, here)
    assert streets.routes(here, pd.Series([1], index=["door"])).lines["metres"].tolist() == [50.0, 350.0]
