"""The gain surface equals counting everybody at every node, on a drawn town, a real district and the bundled zone."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.sparse.csgraph import dijkstra

from geo.errors import CrsError, InputError
from geo.network import Network
from geo.siting import gain_surface
from tests import town
from tests.need import ROOT, need
from tests.test_reach import random_links, some_points


def street_metres(links: gpd.GeoDataFrame, nodes: pd.Index) -> np.ndarray:
    """Return the metres between all nodes, by scipy, from the links themselves."""
    a, b = nodes.get_indexer(links["u"]), nodes.get_indexer(links["v"])
    pairs = pd.DataFrame({"a": np.r_[a, b], "b": np.r_[b, a], "metres": np.tile(links["metres"], 2)})
    pairs = pairs[pairs["a"] != pairs["b"]].groupby(["a", "b"])["metres"].min().reset_index()
    graph = sparse.csr_matrix((pairs["metres"], (pairs["a"], pairs["b"])), shape=(len(nodes),) * 2)
    return dijkstra(graph)


def by_counting(
    network: Network, links: gpd.GeoDataFrame, existing: gpd.GeoSeries, homes: gpd.GeoDataFrame, limit: float
) -> np.ndarray:
    """Return the gain at every node the long way: every home against every node and every facility."""
    between = street_metres(links, network.nodes)
    ends = []
    for points in (homes, existing):
        snap = network.snap(points)
        u, v = network.nodes.get_indexer(snap["u"]), network.nodes.get_indexer(snap["v"])
        leg = snap["snap_m"].to_numpy()
        ends.append((snap, u, v, snap["to_u"].to_numpy() + leg, snap["to_v"].to_numpy() + leg))
    (home, hu, hv, hcu, hcv), (site, su, sv, scu, scv) = ends
    to_node = np.minimum(between[hu] + hcu[:, None], between[hv] + hcv[:, None])
    to_site = np.minimum(to_node[:, su] + scu, to_node[:, sv] + scv)
    same = home["edge"].to_numpy()[:, None] == site["edge"].to_numpy()[None]
    along = np.abs(home["to_u"].to_numpy()[:, None] - site["to_u"].to_numpy()[None])
    direct = along + home["snap_m"].to_numpy()[:, None] + site["snap_m"].to_numpy()[None]
    to_site = np.where(same, np.minimum(to_site, direct), to_site)
    served = (to_site <= limit + 1e-7).any(axis=1)
    return ((to_node <= limit + 1e-7) * np.where(served, 0, homes["people"])[:, None]).sum(axis=0)


def people_of(points: gpd.GeoSeries, seed: int = 0) -> gpd.GeoDataFrame:
    count = np.random.default_rng(seed).integers(0, 40, len(points))
    return gpd.GeoDataFrame({"people": count, "name": "x"}, geometry=points.array, index=points.index)


def test_drawn_town() -> None:
    network = Network.from_links(town.links())
    people = pd.Series({1: 10, 2: 20, 3: 5, 4: 0, 5: 7, 6: 3, 7: 100, 8: 1})
    surface = gain_surface(network, [1], people, limit=300)
    gain = surface["gain"]
    # Within 300 m of the facility at 1: nodes 1 and 4. Left: 2, 3, 5, 6, 7, 8.
    assert gain.to_dict() == {1: 0, 2: 20 + 5 + 7, 3: 5 + 20 + 3, 4: 0, 5: 7 + 20, 6: 3 + 5, 7: 101, 8: 101}
    assert gain.index.equals(network.nodes) and gain.dtype == np.float64
    assert surface.crs == network.crs and surface.geometry[2].equals(town.at(400, 0))
    assert gain_surface(network, [], people, limit=0)["gain"].to_dict() == people.to_dict()
    assert gain_surface(network, network.nodes, people, limit=0)["gain"].eq(0).all()


def test_people_in_part_of_the_nodes_in_any_order_or_at_points() -> None:
    network = Network.from_links(town.links())
    assert gain_surface(network, [], pd.Series({5: 7.5}), limit=200)["gain"][[2, 5, 1]].tolist() == [7.5, 7.5, 0]
    home = gpd.GeoDataFrame({"people": [4]}, geometry=[town.at(500, 50)], crs=town.CRS)
    assert gain_surface(network, [], home, limit=150)["gain"][[2, 5, 1]].tolist() == [4, 4, 0]
    assert gain_surface(network, [], home, limit=149)["gain"][[2, 5, 1]].tolist() == [0, 0, 0]
    assert gain_surface(network, town.points(a=(520, 0)), home, limit=200)["gain"].eq(0).all()
    assert gain_surface(network, [], home[:0], limit=200)["gain"].eq(0).all()
    assert gain_surface(network, [], pd.Series(dtype=float), limit=200)["gain"].eq(0).all()


def test_bad_people() -> None:
    network = Network.from_links(town.links())
    with pytest.raises(InputError):
        gain_surface(network, [], gpd.GeoDataFrame(geometry=[town.at(0, 0)], crs=town.CRS), limit=100)
    for wrong in (-1.0, np.nan):
        with pytest.raises(InputError) as caught:
            gain_surface(network, [], pd.Series({1: 3.0, 2: wrong}), limit=100)
        assert caught.value.findings[0].row == 2
    with pytest.raises(CrsError):
        home = gpd.GeoDataFrame({"people": [4]}, geometry=[town.at(5, 0)], crs="EPSG:4549")
        gain_surface(network, [], home, limit=100)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([0.0, 150.0, 400.0, 5000.0]))
def test_random_networks(seed: int, limit: float) -> None:
    links = random_links(seed, 50)
    network = Network.from_links(links)
    homes, existing = people_of(some_points(seed, 60), seed), some_points(seed + 1, 3)
    gain = gain_surface(network, existing, homes, limit=limit)["gain"]
    np.testing.assert_allclose(gain, by_counting(network, links, existing, homes, limit), rtol=0, atol=1e-6)
    more = gain_surface(network, existing[:1], homes, limit=limit)["gain"]
    assert (more >= gain).all(), "fewer facilities leave more to gain"


def test_bundled_zone() -> None:
    from layers import workspace

    place = workspace.load(ROOT / "data")
    existing = place.schools.geometry[:5]
    homes = gpd.GeoDataFrame({"people": place.cells["people_2025"]}, geometry=place.cells.geometry)
    gain = gain_surface(place.network, existing, homes, limit=800)["gain"]
    wanted = by_counting(place.network, place.streets, existing, homes, 800)
    np.testing.assert_allclose(gain, wanted, rtol=1e-9, atol=1e-6)
    assert gain.max() > 0


@pytest.mark.real
def test_futian() -> None:
    from layers.osm import osm

    links = osm.streets(next(Path(need("real:shenzhen_futian")).glob("*.graphml")))
    network = Network.from_links(links)
    rng = np.random.default_rng(4)
    people = pd.Series(rng.integers(0, 500, network.n_nodes), index=network.nodes)
    existing = network.nodes[rng.choice(network.n_nodes, 10, replace=False)]
    gain = gain_surface(network, existing, people, limit=800)["gain"]
    between = street_metres(links, network.nodes)
    served = (between[:, network.nodes.get_indexer(existing)] <= 800).any(axis=1)
    wanted = ((between <= 800) * np.where(served, 0, people)[:, None]).sum(axis=0)
    np.testing.assert_allclose(gain, wanted, rtol=0, atol=1e-6)
    assert gain.max() > 0
