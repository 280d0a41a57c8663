"""Distances: equal to networkx, to themselves by every way of computing, and lawful; isochrones; what-if; the cache."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import InputError
from geo.network import Network
from layers.workspace import netcache
from tests import town
from tests.need import need

INF = float("inf")


def random_links(seed: int, nodes: int = 60, *, decimals: int | None = None, oneway: bool = False) -> gpd.GeoDataFrame:
    """Return links between random places: dangling ends, parallels, loops and islands included."""
    rng = np.random.default_rng(seed)
    xy = rng.uniform(0, 1000, (nodes, 2)) + np.array([town.EAST, town.NORTH])
    u = rng.integers(0, nodes, 2 * nodes)
    near = np.argsort(np.hypot(*(xy[u][:, None] - xy[None]).transpose(2, 0, 1)), axis=1)
    v = near[np.arange(len(u)), rng.integers(0, 6, len(u))]
    bend = (xy[u] + xy[v]) / 2 + rng.normal(0, 20, (len(u), 2))
    lines = shapely.linestrings(np.stack([xy[u], bend, xy[v]], axis=1))
    metres = shapely.length(lines) * rng.uniform(1, 1.5, len(u))
    if decimals is not None:
        metres = np.round(metres, decimals)
    links = gpd.GeoDataFrame({"u": u, "v": v, "metres": metres}, geometry=lines, crs=town.CRS)
    return links.assign(oneway=rng.random(len(u)) < 0.4) if oneway else links


def as_networkx(links: gpd.GeoDataFrame, *, directed: bool = False) -> nx.Graph:
    """Return the same graph in networkx, of parallel links the shortest."""
    graph = nx.DiGraph() if directed else nx.Graph()
    for u, v, metres, oneway in zip(
        links["u"], links["v"], links["metres"], links.get("oneway", [False] * len(links)), strict=True
    ):
        for a, b in [(u, v)] if oneway else [(u, v), (v, u)]:
            if a != b and metres < graph.get_edge_data(a, b, {"metres": INF})["metres"]:
                graph.add_edge(a, b, metres=metres)
            graph.add_nodes_from([a, b])
    return graph


def some_points(seed: int, count: int = 25, prefix: str = "p") -> gpd.GeoSeries:
    rng = np.random.default_rng([seed, count])
    return gpd.GeoSeries(
        gpd.points_from_xy(rng.uniform(-100, 1100, count) + town.EAST, rng.uniform(-100, 1100, count) + town.NORTH),
        index=[f"{prefix}{i}" for i in range(count)],
        crs=town.CRS,
    )


def split_at(links: gpd.GeoDataFrame, snap: pd.DataFrame) -> nx.Graph:
    """Return the graph with every snapped point as a node of its own, cut into its street by hand."""
    graph = nx.Graph()
    for edge, row in links.iterrows():
        on = snap[snap["edge"] == edge].sort_values("to_u")
        stops = [("n", row["u"]), *[("p", i) for i in on.index], ("n", row["v"])]
        at = [0.0, *on["to_u"], row["metres"]]
        for a, b, x, y in zip(stops[:-1], stops[1:], at[:-1], at[1:], strict=True):
            # Snapped lengths are whole nanometres: at the end of a street they may pass it by half of one.
            if a != b and y - x < graph.get_edge_data(a, b, {"metres": INF})["metres"]:
                graph.add_edge(a, b, metres=max(y - x, 0))
    return graph


@pytest.mark.parametrize("prepared", [False, True])
@pytest.mark.parametrize("seed", range(6))
def test_distances_equal_networkx(seed: int, prepared: bool) -> None:
    links = random_links(seed)
    network = Network.from_links(links)
    if prepared:
        network.prepare()
    ours = network.distances(network.nodes, network.nodes)
    assert ours.dtypes.eq(np.float64).all()
    theirs = pd.DataFrame(dict(nx.all_pairs_dijkstra_path_length(as_networkx(links), weight="metres"))).T
    theirs = theirs.reindex(index=network.nodes, columns=network.nodes).fillna(INF)
    np.testing.assert_allclose(ours.to_numpy(), theirs.to_numpy(), rtol=0, atol=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_one_way_distances_equal_networkx(seed: int) -> None:
    links = random_links(seed, oneway=True)
    network = Network.from_links(links, directed=True)
    theirs = pd.DataFrame(dict(nx.all_pairs_dijkstra_path_length(as_networkx(links, directed=True), weight="metres"))).T
    theirs = theirs.reindex(index=network.nodes, columns=network.nodes).fillna(INF)
    np.testing.assert_allclose(network.distances(network.nodes, network.nodes), theirs, rtol=0, atol=1e-6)
    targets = list(network.nodes[:5])
    np.testing.assert_allclose(network.node_distances(targets), theirs[targets].min(axis=1), rtol=0, atol=1e-6)
    some = network.pairs(network.nodes, targets, limit=300).dense()
    np.testing.assert_allclose(some, theirs[targets].where(theirs[targets] <= 300, INF), rtol=0, atol=1e-6)


@pytest.mark.parametrize("prepared", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_points_on_streets_equal_a_graph_cut_by_hand(seed: int, prepared: bool) -> None:
    links, points = random_links(seed), some_points(seed)
    network = Network.from_links(links)
    if prepared:
        network.prepare()
    snap = network.snap(points)
    graph = split_at(links, snap)
    ours = network.distances(points, points)
    for a in points.index:
        lengths = nx.single_source_dijkstra_path_length(graph, ("p", a), weight="metres")
        for b in points.index:
            theirs = lengths.get(("p", b), INF) + snap.loc[a, "snap_m"] + snap.loc[b, "snap_m"]
            assert ours.loc[a, b] == pytest.approx(theirs, abs=1e-6)


@pytest.mark.parametrize("limit", [INF, 400.0])
@pytest.mark.parametrize("seed", range(4))
def test_every_way_to_the_answer_gives_the_same_bits(seed: int, limit: float) -> None:
    links, points, sites = random_links(seed, decimals=0), some_points(seed), some_points(seed + 50, 9, "s")
    plain, prepared = Network.from_links(links), Network.from_links(links).prepare()
    table = plain.distances(points, sites, limit=limit)
    for network in (plain, prepared):
        pd.testing.assert_frame_equal(network.distances(points, sites, limit=limit), table)
        pd.testing.assert_frame_equal(network.distances(sites, points, limit=limit).T, table)
        found = network.nearest(points, sites, limit=limit)
        assert found["metres"].tolist() == table.min(axis=1).tolist()
        first = [row.idxmin() if np.isfinite(row).any() else None for _, row in table.iterrows()]
        assert [None if pd.isna(x) else x for x in found["target"]] == first
        ranked = network.nearest_k(points, sites, 3, limit=limit)
        for point, rows in ranked.groupby("source"):
            best = table.loc[point].sort_values(kind="stable")[:3]
            assert rows["metres"].tolist() == best[np.isfinite(best)].tolist()
            assert rows["target"].tolist() == best[np.isfinite(best)].index.tolist()
            assert rows["rank"].tolist() == list(range(1, len(rows) + 1))
        nodes = network.distances(network.nodes, sites, limit=limit).min(axis=1)
        assert network.node_distances(sites, limit=limit).tolist() == nodes.tolist()
        everyone = network.nearest(network.nodes, sites, limit=limit)
        assert everyone["metres"].tolist() == nodes.tolist()
        if np.isfinite(limit):
            sparse = network.pairs(points, sites, limit=limit)
            pd.testing.assert_frame_equal(sparse.dense(), table)
            pd.testing.assert_frame_equal(sparse.transpose().dense(), table.T)
            assert len(sparse.frame()) == len(sparse) == int(np.isfinite(table).to_numpy().sum())
            assert all((np.diff(sparse.indices[a:b]) > 0).all() for a, b in pairwise(sparse.indptr))


def test_within_means_at_most() -> None:
    network = Network.from_links(town.links())
    for prepared in (network, Network.from_links(town.links()).prepare()):
        assert prepared.nearest([1], [6], limit=1000)["metres"].tolist() == [1000]
        assert prepared.nearest([1], [6], limit=999.999)["metres"].tolist() == [INF]
        assert len(prepared.pairs([1], [6], limit=1000)) == 1
    parts = gpd.GeoDataFrame(
        {"u": [0, 1, 2], "v": [1, 2, 3], "metres": [333.3, 333.3, 333.4]},
        geometry=[shapely.LineString([town.at(x, 0), town.at(x + 300, 0)]) for x in (0, 300, 600)],
        crs=town.CRS,
    )
    assert Network.from_links(parts).nearest([0], [3], limit=1000)["metres"].tolist() == [1000]


def test_limits_and_k_are_checked() -> None:
    network = Network.from_links(town.links())
    for limit in (-1, float("nan")):
        with pytest.raises(InputError):
            network.nearest([1], [2], limit=limit)
    with pytest.raises(InputError):
        network.nearest_k([1], [2], 0)
    with pytest.raises(InputError):
        network.isochrone([1], [INF])
    with pytest.raises(InputError):
        network.isochrone([1], [100], width=0)


seeds = st.integers(0, 10_000)


@settings(max_examples=40, deadline=None)
@given(seeds, st.booleans())
def test_law_symmetric_triangle_and_never_shorter_than_straight(seed: int, prepared: bool) -> None:
    network = Network.from_links(random_links(seed, 25))
    if prepared:
        network.prepare()
    points = some_points(seed, 8)
    d = network.distances(points, points).to_numpy()
    np.testing.assert_array_equal(d, d.T)
    straight = shapely.distance(points.to_numpy()[:, None], points.to_numpy()[None])
    assert (d >= straight - 1e-6).all()
    leg = network.snap(points)["snap_m"].to_numpy()
    via = (d[:, :, None] + d[None, :, :]).min(axis=1)
    assert (d <= via + 1e-6).all()
    # On the way through a third point one leaves the street and comes back; along the streets alone it holds too.
    street = d - leg[:, None] - leg[None, :]
    off = np.where(np.isfinite(street), street, INF)
    assert (off <= (off[:, :, None] + off[None, :, :]).min(axis=1) + 1e-6).all()


@settings(max_examples=40, deadline=None)
@given(seeds, st.floats(0, 200))
def test_law_snap_limit_is_kept(seed: int, limit: float) -> None:
    network = Network.from_links(random_links(seed, 25))
    points = some_points(seed, 30)
    free, bound = network.snap(points), network.snap(points, limit=limit)
    near = free["snap_m"] <= limit
    assert (bound["why"] == "").tolist() == near.tolist()
    assert (bound.loc[near, "snap_m"] <= limit).all()
    lines = network_lines(seed)
    brute = shapely.distance(points.to_numpy()[:, None], lines[None]).min(axis=1)
    np.testing.assert_allclose(free["snap_m"], brute, rtol=0, atol=1e-6)
    on = shapely.points(free["x"], free["y"])
    np.testing.assert_allclose(shapely.distance(on, points.to_numpy()), free["snap_m"], rtol=0, atol=1e-6)


def network_lines(seed: int) -> np.ndarray:
    return random_links(seed, 25).geometry.to_numpy()


@settings(max_examples=25, deadline=None)
@given(seeds, st.lists(st.floats(0, 900), min_size=2, max_size=4, unique=True))
def test_law_isochrones_are_nested_and_hold_what_is_reached(seed: int, limits: list[float]) -> None:
    network = Network.from_links(random_links(seed, 40))
    points = some_points(seed, 2)
    areas = network.isochrone(points, limits)
    assert areas["limit"].tolist() == sorted(limits) * 2
    assert areas.geometry.is_valid.all()
    again = network.isochrone(points, limits)
    assert areas.geometry.to_wkb().equals(again.geometry.to_wkb())
    to = network.distances(points, network.nodes)
    for point, rows in areas.groupby("point"):
        shapes = rows.geometry.tolist()
        for small, large in pairwise(shapes):
            assert small.is_empty or large.covers(small)
        for limit, shape in zip(rows["limit"], shapes, strict=True):
            reached = shapely.points(network.xy[to.loc[point].to_numpy() <= limit])
            assert shapely.covers(shape, reached).all()


def test_isochrone_is_the_strip_along_reached_streets() -> None:
    network = Network.from_links(town.links())
    street = shapely.LineString([town.at(0, 0), town.at(400, 0)])
    area = network.isochrone(town.points(a=(200, 0)), 150, width=20).geometry.iloc[0]
    exact = shapely.LineString([town.at(50, 0), town.at(350, 0)]).buffer(20)
    assert area.intersection(exact).area / area.union(exact).area > 0.97
    block = network.isochrone([1], [2000], width=30).geometry.iloc[0]
    assert len(block.interiors) == 1, "the block between the streets is not reached"
    assert not block.contains(town.at(200, 150))
    assert block.contains(street)
    assert network.isochrone(network.snap(town.points(a=(200, 90)), limit=50), 500).geometry.iloc[0].is_empty
    assert network.isochrone(town.points(a=(200, 90)), 89).geometry.iloc[0].is_empty


def test_isochrone_has_every_part_edge() -> None:
    links, points = random_links(3, 80), some_points(3, 3)
    network = Network.from_links(links)
    snap = network.snap(points)
    areas = network.isochrone(points, [350], width=15)
    for point, area in zip(points.index, areas.geometry, strict=True):
        d = network.distances(points.loc[[point]], network.nodes).iloc[0]
        parts = []
        for edge, row in links.iterrows():
            for a, line in ((row["u"], row.geometry), (row["v"], row.geometry.reverse())):
                share = min(max(350 - d[a], 0) / max(row["metres"], 1e-9), 1)
                if share > 0:
                    parts.append(shapely.ops.substring(line, 0, share, normalized=True))
            if snap.loc[point, "edge"] == edge:
                left = 350 - snap.loc[point, "snap_m"]
                low = max(snap.loc[point, "to_u"] - left, 0) / row["metres"]
                high = min(snap.loc[point, "to_u"] + left, row["metres"]) / row["metres"]
                parts.append(shapely.ops.substring(row.geometry, low, high, normalized=True))
        exact = shapely.union_all(shapely.buffer(parts, 15))
        assert area.intersection(exact).area / area.union(exact).area >= 0.95


def test_cache_gives_the_same_network_and_survives_damage(tmp_path: Path) -> None:
    links = random_links(7, 120)
    links = links.assign(u=[f"节点{x}" for x in links["u"]], v=[f"节点{x}" for x in links["v"]])
    first = netcache.load_or_build(links, where=tmp_path)
    files = list(tmp_path.iterdir())
    assert len(files) == 1
    points = some_points(7)
    loaded = netcache.load(files[0])
    assert loaded is not None
    assert list(loaded.nodes) == list(first.nodes)
    pd.testing.assert_frame_equal(loaded.distances(points, points), first.distances(points, points))
    pd.testing.assert_frame_equal(loaded.snap(points), first.snap(points))
    assert loaded.node_distances(points).tolist() == first.node_distances(points).tolist()

    whole = files[0].read_bytes()
    rng = np.random.default_rng(0)
    for cut in (0, 10, len(whole) // 2, len(whole) - 1):
        files[0].write_bytes(whole[:cut])
        assert netcache.load(files[0]) is None
    for _ in range(60):
        broken = bytearray(whole)
        broken[int(rng.integers(len(whole)))] ^= 1 << int(rng.integers(8))
        files[0].write_bytes(bytes(broken))
        found = netcache.load(files[0])
        if found is not None:
            # A flipped bit in the slack of the container: the arrays have still passed their checksums.
            pd.testing.assert_frame_equal(found.distances(points, points), first.distances(points, points))
    files[0].write_bytes(b"rubbish")
    rebuilt = netcache.load_or_build(links, where=tmp_path)
    assert rebuilt.node_distances(points).tolist() == first.node_distances(points).tolist()
    assert netcache.load(files[0]) is not None


def test_cache_key_follows_the_content(tmp_path: Path) -> None:
    links = town.links()
    key = netcache.content_key(links)
    assert netcache.content_key(links.copy()) == key
    longer = links.copy()
    longer.loc[0, "metres"] += 1
    moved = links.copy()
    moved.loc[0, "geometry"] = shapely.LineString([town.at(0, 0), town.at(200, 1), town.at(400, 0)])
    renamed = links.assign(u=links["u"] + 10)
    keys = {netcache.content_key(x) for x in (longer, moved, renamed, links.iloc[::-1])}
    assert len(keys | {key}) == 5
    nowhere = tmp_path / "file"
    nowhere.write_text("not a folder")
    assert netcache.load_or_build(links, where=nowhere).n_nodes == 8


@pytest.mark.real
@pytest.mark.parametrize("city", ["shenzhen_futian", "porto_alegre", "porto"])
def test_real_city_equals_networkx(city: str) -> None:
    from layers.osm import osm

    folder = Path(need(f"real:{city}"))
    path = next(p for pattern in ("*.graphml", "*.pbf") for p in folder.glob(pattern))
    links = osm.streets(path)
    network = Network.from_links(links)
    graph = as_networkx(links.assign(oneway=False))
    rng = np.random.default_rng(0)
    # Ten thousand pairs.
    sources = rng.choice(network.n_nodes, 20, replace=False)
    targets = rng.choice(network.n_nodes, 500, replace=False)
    ours = network.distances(network.nodes[sources], network.nodes[targets])
    prepared = Network.from_links(links).prepare()
    pd.testing.assert_frame_equal(prepared.distances(network.nodes[sources], network.nodes[targets]), ours)
    for node in network.nodes[sources]:
        lengths = nx.single_source_dijkstra_path_length(graph, node, weight="metres")
        theirs = [lengths.get(t, INF) for t in network.nodes[targets]]
        np.testing.assert_allclose(ours.loc[node], theirs, rtol=0, atol=1e-4)
    some = list(network.nodes[rng.choice(network.n_nodes, network.n_nodes // 1000 + 3, replace=False)])
    lengths = nx.multi_source_dijkstra_path_length(graph, set(some), weight="metres")
    theirs = [lengths.get(t, INF) for t in network.nodes]
    for net in (network, prepared):
        np.testing.assert_allclose(net.node_distances(some), theirs, rtol=0, atol=1e-4)
