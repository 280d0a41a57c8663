"""The walking network against networkx, scipy, igraph and pandana: nearest, many-to-many, gain, isochrones."""

from __future__ import annotations

import gc
import math
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numba import njit
from scipy import sparse
from scipy.sparse.csgraph import dijkstra

from geo.network import Network, hierarchy
from geo.network.links import NM
from geo.siting.gain import gain_surface
from layers.workspace import netcache

ROOT = Path(__file__).resolve().parent.parent
REAL = Path(os.environ.get("ZONEPLAN_REAL", ROOT.parent / "shared" / "real"))
CRS = "EPSG:4548"
SMALL = 350_000
"""Nodes up to which the slow peers are asked."""


def town(nodes: int, seed: int = 0) -> gpd.GeoDataFrame:
    """Return a made-up street network: a shaken grid of 80 m with three in ten streets missing."""
    rng = np.random.default_rng(seed)
    side = round(math.sqrt(nodes))
    row, column = np.divmod(np.arange(side * side), side)
    xy = np.c_[column, row] * 80.0 + rng.uniform(-25, 25, (side * side, 2)) + [300_000, 4_300_000]
    at = np.arange(side * side).reshape(side, side)
    ends = np.r_[np.c_[at[:-1].ravel(), at[1:].ravel()], np.c_[at[:, :-1].ravel(), at[:, 1:].ravel()]]
    ends = ends[rng.random(len(ends)) < 0.7]
    lines = shapely.linestrings(np.stack([xy[ends[:, 0]], xy[ends[:, 1]]], axis=1))
    metres = shapely.length(lines) * rng.uniform(1, 1.3, len(ends))
    return gpd.GeoDataFrame({"u": ends[:, 0], "v": ends[:, 1], "metres": metres}, geometry=lines, crs=CRS)


def at_every_vertex(links: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the links cut at every vertex of their shape: the network as it is before it is simplified."""
    xy, owner = shapely.get_coordinates(links.geometry.to_numpy(), return_index=True)
    inner = np.flatnonzero(owner[1:] == owner[:-1])
    codes, _ = pd.factorize(pd.MultiIndex.from_arrays(np.round(xy, 3).T))
    lines = shapely.linestrings(np.stack([xy[inner], xy[inner + 1]], axis=1))
    data = {"u": codes[inner], "v": codes[inner + 1], "metres": shapely.length(lines)}
    return gpd.GeoDataFrame(data, geometry=lines, crs=links.crs)


def networks() -> dict[str, Callable[[], gpd.GeoDataFrame]]:
    """Return what is measured: how to get the links of each network."""
    from layers import workspace
    from layers.osm import osm

    found: dict[str, Callable[[], gpd.GeoDataFrame]] = {
        "bundled zone": lambda: workspace.load(ROOT / "data").streets,
    }
    for name, pattern in {"shenzhen_futian": "*.graphml", "porto_alegre": "*.pbf", "porto": "*.pbf"}.items():
        for path in (REAL / name).glob(pattern):
            found[name.replace("_", " ")] = lambda path=path: osm.streets(path)
    if "porto" in found:
        found["porto shape nodes"] = lambda: at_every_vertex(found["porto"]())
    for name, nodes in {"synthetic 5 k": 5_000, "synthetic 30 k": 30_000, "synthetic 100 k": 100_000, "synthetic 1 M": 1_000_000}.items():  # fmt: skip
        found[name] = lambda nodes=nodes: town(nodes)
    return found


def clock(ask: Callable[[], Any], times: int = 7, *, wall: bool = False) -> float:
    """Return the median milliseconds of ``ask`` after one run to warm up; CPU time unless ``wall``."""
    now = time.perf_counter if wall else time.process_time
    ask()
    taken = []
    for _ in range(times):
        started = now()
        ask()
        taken.append((now() - started) * 1e3)
    return statistics.median(taken)


def clocks(asks: dict[str, Callable[[], Any]], times: int = 7) -> dict[str, float]:
    """Return the median CPU milliseconds of each, taken in turns, so that a busy machine is busy for all."""
    for ask in asks.values():
        ask()
    taken: dict[str, list[float]] = {name: [] for name in asks}
    for _ in range(times):
        for name, ask in asks.items():
            started = time.process_time()
            ask()
            taken[name].append((time.process_time() - started) * 1e3)
    return {name: statistics.median(ms) for name, ms in taken.items()}


@dataclass
class Row:
    """What was measured on one network."""

    name: str
    nodes: int
    edges: int
    numbers: dict[str, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def peers_of(links: gpd.GeoDataFrame, network: Network, row: Row) -> dict[str, Any]:
    """Return the same graph in the other programs (those installed), with the seconds it took to get there."""
    out, n = network.graph.out, network.n_nodes
    ordered = sparse.csr_matrix((out.length / NM, out.node, out.ptr), shape=(n, n))
    rank = np.argsort(np.argsort(network.nodes.to_numpy(), kind="stable"), kind="stable")
    coo = ordered.tocoo()
    loaded = sparse.csr_matrix((coo.data, (rank[coo.row], rank[coo.col])), shape=(n, n))
    made: dict[str, Any] = {"scipy, our order": ordered, "scipy": loaded, "rank": rank}
    if n > SMALL:
        return made
    tail, head = np.repeat(np.arange(n), np.diff(out.ptr)), out.node
    import networkx as nx

    tracemalloc.start()
    # A MultiDiGraph is what OSMnx hands out and what its users search.
    graph = nx.MultiDiGraph()
    graph.add_weighted_edges_from(zip(tail.tolist(), head.tolist(), (out.length / NM).tolist(), strict=True), "metres")
    row.numbers["networkx bytes"] = tracemalloc.get_traced_memory()[0] / n
    tracemalloc.stop()
    made["networkx"] = graph
    made["networkx, simple graph"] = nx.Graph(graph) if n <= 120_000 else None
    once = tail < head
    try:
        import igraph

        made["igraph"] = igraph.Graph(n, np.c_[tail[once], head[once]].tolist())
        made["igraph"].es["metres"] = (out.length[once] / NM).tolist()
    except ImportError:
        row.notes.append("igraph is not installed")
    try:
        import pandana

        started = time.process_time()
        made["pandana"] = pandana.Network(
            pd.Series(network.xy[:, 0]), pd.Series(network.xy[:, 1]), pd.Series(tail[once]), pd.Series(head[once]),
            pd.DataFrame({"metres": out.length[once] / NM}), twoway=True,
        )  # fmt: skip
        row.numbers["pandana prep"] = (time.process_time() - started) * 1e3
    except ImportError:
        row.notes.append("pandana is not installed")
    return made


def nearest_all(network: Network, peers: dict[str, Any], row: Row, rng: np.random.Generator) -> None:
    """Time the nearest of n / 1000 facilities for every node, with and without a limit; compare the answers."""
    n = network.n_nodes
    at = np.sort(rng.choice(n, max(n // 1000, 3), replace=False))
    targets = network.nodes[at]
    plain = Network(network.arrays)
    graph, loaded, rank = peers["scipy, our order"], peers["scipy"], peers["rank"]
    truth = dijkstra(graph, indices=at, min_only=True)
    for limit in (np.inf, 1000.0):
        tag = "" if limit == np.inf else " 1 km"
        wanted = np.where(truth <= limit, truth, np.inf)
        asks: dict[str, Callable[[], Any]] = {
            "ours": lambda limit=limit: network.node_distances(targets, limit=limit),
            "ours unprepared": lambda limit=limit: plain.node_distances(targets, limit=limit),
            "scipy": lambda limit=limit: dijkstra(loaded, indices=rank[at], min_only=True, limit=limit),
            "scipy, our order": lambda limit=limit: dijkstra(graph, indices=at, min_only=True, limit=limit),
        }
        if limit == np.inf:
            asks["pass"] = limit_pass(network, truth)
        for name, ms in clocks(asks, 15 if n < SMALL else 7).items():
            row.numbers[name + tag] = ms
        for name in ("ours", "ours unprepared", "scipy, our order"):
            np.testing.assert_allclose(np.asarray(asks[name]()), wanted, rtol=0, atol=1e-6)
        np.testing.assert_allclose(asks["scipy"]()[rank], wanted, rtol=0, atol=1e-6)
        if "networkx" in peers:
            import networkx as nx

            cutoff = None if limit == np.inf else limit

            def walk(cutoff: float | None = cutoff, which: str = "networkx") -> dict[int, float]:
                return nx.multi_source_dijkstra_path_length(
                    peers[which], set(at.tolist()), cutoff=cutoff, weight="metres"
                )

            if peers["networkx, simple graph"] is not None and limit == np.inf:
                row.numbers["networkx simple"] = clock(lambda walk=walk: walk(which="networkx, simple graph"), 3)
            row.numbers["networkx" + tag] = clock(walk, 3)
            found = walk()
            theirs = np.array([found.get(v, np.inf) for v in range(n)])
            np.testing.assert_allclose(theirs, wanted, rtol=0, atol=1e-6)
        if "pandana" in peers:
            far = float(truth[np.isfinite(truth)].max()) + 1 if limit == np.inf else limit
            kind = f"sites{tag}"
            peers["pandana"].set_pois(kind, math.ceil(far) + 10, 1, network.xy[at, 0], network.xy[at, 1])
            row.numbers["pandana" + tag] = clock(
                lambda far=far, kind=kind: peers["pandana"].nearest_pois(far, kind, 1), 3
            )
            theirs = peers["pandana"].nearest_pois(far, kind, 1)[1].to_numpy()
            close = np.isfinite(wanted) & (wanted < far)
            worst = np.abs(theirs - wanted)[close].max(initial=0)
            row.numbers["pandana off" + tag] = worst
        if "igraph" in peers and limit == np.inf and len(at) * n < 2e7:
            few = at.tolist()
            row.numbers["igraph"] = clock(lambda few=few: np.min(peers["igraph"].distances(few, weights="metres"), 0), 3)  # fmt: skip
    kinds = [
        (part.astype(np.int32), np.zeros(len(part))) for part in np.array_split(rng.permutation(at), min(16, len(at)))
    ]
    tree = network.graph.seen("hierarchy")
    row.numbers["per kind"] = clock(lambda: hierarchy.several(tree, kinds), 3) / len(kinds)
    np.testing.assert_array_equal(hierarchy.several(tree, kinds).min(axis=1) / NM, network.node_distances(targets))


@njit
def _one_pass(ptr, node, length, dist):
    for v in range(len(ptr) - 1):
        d = dist[v]
        for k in range(ptr[v], ptr[v + 1]):
            d = min(d, dist[node[k]] + length[k])
        dist[v] = d


def limit_pass(network: Network, truth: np.ndarray) -> Callable[[], None]:
    """Return one linear pass over all arcs, which no answer can beat by much."""
    out, dist = network.graph.out, truth * NM
    return lambda: _one_pass(out.ptr, out.node, out.length, dist)


def many_to_many(network: Network, peers: dict[str, Any], sites: Any, row: Row) -> None:
    """Time all pairs of facility and node within 1 500 m."""
    row.numbers["sites"] = len(sites)
    ask = lambda: network.pairs(sites, network.nodes, limit=1500)  # noqa: E731
    found = ask()
    row.numbers["pairs"] = len(found)
    os.environ["ZONEPLAN_THREADS"] = "1"
    graph, at = peers["scipy, our order"], network.nodes.get_indexer(sites)
    theirs = lambda: dijkstra(graph, indices=at, limit=1500)  # noqa: E731
    for name, ms in clocks({"many": ask, "many scipy": theirs}, 7).items():
        row.numbers[name] = ms
    del os.environ["ZONEPLAN_THREADS"]
    wanted = dijkstra(graph, indices=at, limit=1500)
    assert len(found) == np.isfinite(wanted).sum()
    np.testing.assert_allclose(found.dense(), wanted, rtol=0, atol=1e-6)
    if "networkx" in peers:
        import networkx as nx

        walk = lambda: [nx.single_source_dijkstra_path_length(peers["networkx"], int(v), cutoff=1500, weight="metres") for v in at]  # noqa: E731  # fmt: skip
        row.numbers["many networkx"] = clock(walk, 1)


def shapes(network: Network, row: Row, rng: np.random.Generator) -> None:
    """Time isochrones of 1 200 m and compare their area with the exact strip along the same streets."""
    from geo.network.isochrone import _reached
    from geo.network.where import places

    points = gpd.GeoSeries(gpd.points_from_xy(*network.xy[rng.choice(network.n_nodes, 12)].T), crs=network.crs)
    p = places(network.graph, points, arriving=False)
    row.numbers["isochrone"] = clock(lambda: network.isochrone(points, 1200), 3) / len(points)
    row.numbers["three bands"] = clock(lambda: network.isochrone(points, [300, 500, 1000]), 3) / len(points)
    areas = network.isochrone(points, 1200).geometry
    fit = []
    for i in range(len(points)):
        pieces = _reached(network.graph, p, i, np.array([1200 * NM]))[0].reshape(-1, 2, 2)
        exact = shapely.union_all(shapely.buffer(shapely.linestrings(pieces), 30.0, quad_segs=16))
        fit.append(areas[i].intersection(exact).area / areas[i].union(exact).area)
    row.numbers["isochrone fit"] = min(fit)


def gain(network: Network, row: Row, rng: np.random.Generator) -> None:
    """Time the gain surface: people at every node, n / 1000 facilities, 1 000 m."""
    n = network.n_nodes
    people = pd.Series(rng.integers(0, 50, n), index=network.nodes)
    sites = network.nodes[rng.choice(n, max(n // 1000, 3), replace=False)]
    gain_surface(network, sites, people, limit=1000)
    for wall, name in ((True, "gain wall"), (False, "gain CPU")):
        now = time.perf_counter if wall else time.process_time
        started = now()
        gain_surface(network, sites, people, limit=1000)
        row.numbers[name] = now() - started


def keeping(links: gpd.GeoDataFrame, network: Network, row: Row) -> None:
    """Time the kept network, and count its bytes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.npz"
        assert netcache.save(network, path)
        row.numbers["file MB"] = path.stat().st_size / 1e6
        row.numbers["load"] = clock(lambda: netcache.load(path), 3, wall=True) / 1e3
        ask = "import sys; from layers import netcache; n = netcache.load(sys.argv[1]); n.node_distances(n.nodes[:9]); print([x.split()[1] for x in open('/proc/self/status') if x.startswith('VmHWM')][0])"  # fmt: skip
        done = subprocess.run([sys.executable, "-c", ask, path], capture_output=True, text=True, check=True, cwd=ROOT)
        row.numbers["process MB"] = float(done.stdout) / 1e3
    a, tree = network.arrays, network.graph.seen("hierarchy")
    searched = (a.out_ptr, a.out_node, a.out_length)
    row.numbers["bytes unprepared"] = (sum(x.nbytes for x in searched) + 24 * row.nodes) / row.nodes
    row.numbers["bytes prepared"] = sum(x.nbytes for x in tree) / row.nodes
    row.numbers["bytes scipy"] = (16 * len(a.out_node) + 4 * row.nodes) / row.nodes


def measure(name: str, make: Callable[[], gpd.GeoDataFrame]) -> Row:
    """Return all numbers of one network."""
    rng = np.random.default_rng(20_25)
    links = make()
    started = time.process_time()
    network = Network.from_links(links)
    row = Row(name, network.n_nodes, network.n_edges)
    row.numbers["build"] = time.process_time() - started
    hierarchy.prepare(Network.from_links(town(400)).graph.out)
    started = time.process_time()
    network.prepare()
    row.numbers["prep"] = time.process_time() - started
    arcs = network.graph.seen("hierarchy")
    row.numbers["arcs"], row.numbers["up"] = len(network.graph.out.node), len(arcs.head)
    peers = peers_of(links, network, row)
    nearest_all(network, peers, row, rng)
    sites = network.nodes[rng.choice(row.nodes, max(min(row.nodes // 1000, 300), 40), replace=False)]
    if row.nodes < SMALL:
        many_to_many(network, peers, sites, row)
    shapes(network, row, rng)
    gain(network, row, rng)
    keeping(links, network, row)
    del peers
    gc.collect()
    return row


def cell(row: Row, name: str, digits: int = 2) -> str:
    """Return a number of the row, a dash where it was not measured."""
    value = row.numbers.get(name, math.nan)
    return "–" if math.isnan(value) else f"{value:,.{digits}f}".replace(",", " ")


def ratio(row: Row, name: str, base: str) -> str:
    """Return how many times ``name`` costs what ``base`` costs."""
    a, b = row.numbers.get(name, math.nan), row.numbers.get(base, math.nan)
    return "–" if math.isnan(a) or math.isnan(b) else f"{a / b:,.1f}×" if a / b < 20 else f"{a / b:,.0f}×"


def table(head: list[str], lines: list[list[str]]) -> list[str]:
    """Return a Markdown table."""
    return ["| " + " | ".join(head) + " |", "|" + "---|" * len(head), *("| " + " | ".join(x) + " |" for x in lines), ""]


def main(out: Path) -> None:
    """Measure and write ``out`` / network.md and network.svg."""
    rows = []
    only = os.environ.get("BENCH_NETWORKS", "")
    for name, make in networks().items():
        if only and name not in only.split(","):
            continue
        started = time.perf_counter()
        rows.append(measure(name, make))
        print(f"  {name}: {time.perf_counter() - started:.0f} s", flush=True)
    if "bundled zone" in (r.name for r in rows) and not (REAL / "porto").is_dir():
        print("  NOT MEASURED: the real cities are missing (ZONEPLAN_REAL)", file=sys.stderr)
    out.mkdir(parents=True, exist_ok=True)
    (out / "network.md").write_text(report(rows), "utf-8")
    (out / "network.svg").write_text(drawing(rows), "utf-8")


def busy() -> bool:
    """Return whether others were using the machine."""
    return os.getloadavg()[1] > 1.5


def report(rows: list[Row]) -> str:
    """Return the tables."""
    peers = ["scipy", "scipy, our order", "networkx", "pandana", "igraph"]
    lines = [
        "# Walking network", "",
        f"Python {platform.python_version()}, numpy {np.__version__}, {os.cpu_count()} cores. Milliseconds of CPU time, "
        "medians; one thread unless said. Ratios: how many times the peer costs what ours costs. Answers are compared "
        "in the same run: scipy and networkx agree to a micrometre; pandana rounds to millimetres. *scipy* has its nodes in the order of their numbers, as a user loads them; *scipy, our order* is given our locality order; click and many-to-many compare with the latter. Peers: "
        "scipy.sparse.csgraph.dijkstra (min_only), networkx.multi_source_dijkstra_path_length on a MultiDiGraph as OSMnx "
        "makes it (and, for comparison, on a simple Graph), "
        "pandana.nearest_pois, igraph.distances (which has no multi-source search).", "",
        "## Aims and what this run gave", "",
        f"The machine was {'busy with other work' if busy() else 'otherwise idle'} (load {os.getloadavg()[1]:.1f} on "
        f"{os.cpu_count()} cores): contestants are timed in turns, so that it hurts all.", "",
        *verdicts(rows),
        "## Nearest of n / 1000 facilities (at least 3) for every node, no limit", "",
        *table(
            ["network", "nodes", "edges", "prep s", "ours", "unprepared", *peers, "networkx, simple graph", "scipy ÷ ours", "networkx ÷ ours",
             "pandana ÷ ours", "scipy ÷ unprepared", "pandana prep s", "pandana off by m"],
            [[r.name, f"{r.nodes:,}", f"{r.edges:,}", cell(r, "prep"), cell(r, "ours"), cell(r, "ours unprepared"),
              *(cell(r, p) for p in peers), cell(r, "networkx simple"), ratio(r, "scipy", "ours"), ratio(r, "networkx", "ours"),
              ratio(r, "pandana", "ours"), ratio(r, "scipy", "ours unprepared"),
              "–" if "pandana prep" not in r.numbers else f"{r.numbers['pandana prep'] / 1e3:.1f}",
              cell(r, "pandana off", 4)] for r in rows]),
        "## The same within 1 000 m", "",
        *table(
            ["network", "ours", "unprepared", "scipy", "networkx", "pandana", "scipy ÷ ours", "networkx ÷ ours", "pandana ÷ ours"],
            [[r.name, cell(r, "ours 1 km"), cell(r, "ours unprepared 1 km"), cell(r, "scipy 1 km"), cell(r, "networkx 1 km"),
              cell(r, "pandana 1 km"), ratio(r, "scipy 1 km", "ours 1 km"), ratio(r, "networkx 1 km", "ours 1 km"),
              ratio(r, "pandana 1 km", "ours 1 km")] for r in rows]),
        "## The limit: linear passes over all arcs", "",
        "*per kind*: sixteen kinds of facility (fewer where there are fewer facilities) answered in shared sweeps.", "",
        *table(
            ["network", "one pass", "nearest, prepared", "passes", "per kind", "passes per kind", "arcs per node", "upward arcs per node"],
            [[r.name, cell(r, "pass", 3), cell(r, "ours", 3), ratio(r, "ours", "pass")[:-1], cell(r, "per kind", 3),
              ratio(r, "per kind", "pass")[:-1], f"{r.numbers['arcs'] / r.nodes:.2f}", f"{r.numbers['up'] / r.nodes:.2f}"]
             for r in rows]),
        "## Many to many within 1 500 m: facilities × all nodes", "",
        *table(
            ["network", "facilities", "pairs", "ours", "scipy", "networkx", "scipy ÷ ours", "networkx ÷ ours"],
            [[r.name, cell(r, "sites", 0), cell(r, "pairs", 0), cell(r, "many"), cell(r, "many scipy"), cell(r, "many networkx"),
              ratio(r, "many scipy", "many"), ratio(r, "many networkx", "many")] for r in rows if "many" in r.numbers]),
        "Scoring by E2SFCA on such pairs is measured under Accessibility scoring.", "",
        "## Isochrones, 1 200 m, strips of 30 m", "",
        "Worst intersection over union of twelve against the exact strip (every reached piece buffered, then united).", "",
        *table(["network", "one area", "three bands (300, 500, 1 000 m)", "worst fit"],
               [[r.name, cell(r, "isochrone"), cell(r, "three bands"), cell(r, "isochrone fit", 3)] for r in rows]),
        "## Gain surface: people at every node, 1 000 m (seconds)", "",
        *table(["network", "nodes", "wall", "CPU, all cores"],
               [[r.name, f"{r.nodes:,}", cell(r, "gain wall"), cell(r, "gain CPU")] for r in rows]),
        "## Kept on disk, and memory", "",
        "Bytes a node of what each search needs besides the network's own shapes; networkx as traced by Python. "
        "*whole process*: peak of a new process that loads the network and answers one question, libraries included.", "",
        *table(
            ["network", "build s (CPU)", "file MB", "load s (wall)", "whole process MB", "ours unprepared B", "prepared, on top B", "scipy B", "networkx B"],
            [[r.name, cell(r, "build"), cell(r, "file MB", 1), cell(r, "load"), cell(r, "process MB", 0), cell(r, "bytes unprepared", 0),
              cell(r, "bytes prepared", 0), cell(r, "bytes scipy", 0), cell(r, "networkx bytes", 0)] for r in rows]),
        "![Cost against nodes](network.svg)", "",
    ]  # fmt: skip
    return "\n".join(lines)


def verdicts(rows: list[Row]) -> list[str]:
    """Return what was aimed at and what this run gave, worst case first to be seen."""
    large = [r for r in rows if r.nodes >= 95_000]
    real = [r for r in rows if r.name in ("porto", "porto shape nodes")]
    made = [r for r in rows if r.name.startswith("synthetic") and r.nodes >= 95_000]
    million, zone = [r for r in rows if r.nodes >= 900_000], [r for r in rows if r.name == "bundled zone"]

    def over(some: list[Row], a: str, b: str) -> list[float]:
        return [r.numbers[a] / r.numbers[b] for r in some if a in r.numbers and b in r.numbers]

    def plain(some: list[Row], a: str) -> list[float]:
        return [r.numbers[a] for r in some if a in r.numbers]

    aims = [
        ("nearest, prepared, from 100 k nodes: scipy ÷ ours", ">=", 10, over(large, "scipy", "ours")),
        ("… networkx ÷ ours", ">=", 150, over(large, "networkx", "ours")),
        ("… pandana ÷ ours", ">=", 150, over(large, "pandana", "ours")),
        ("nearest, not prepared, from 100 k nodes: scipy ÷ ours", ">=", 3, over(large, "scipy", "ours unprepared")),
        ("many to many, Porto: scipy ÷ ours", ">=", 2, over(real, "many scipy", "many")),
        ("many to many, Porto: networkx ÷ ours", ">=", 50, over(real, "many networkx", "many")),
        ("isochrone 1 200 m, Porto [ms]", "<=", 10, plain(real, "isochrone")),
        ("isochrone, Porto: worst intersection over union", ">=", 0.95, plain(real, "isochrone fit")),
        ("passes, nearest, prepared, Porto", "<=", 2, over(real, "ours", "pass")),
        ("passes, nearest, prepared, synthetic from 100 k", "<=", 4, over(made, "ours", "pass")),
        ("passes a kind of facility, from 100 k", "<=", 1, over(large, "per kind", "pass")),
        ("gain surface, bundled zone, wall [s]", "<=", 0.3, plain(zone, "gain wall")),
        ("gain surface, Porto, wall [s]", "<=", 6, plain(real, "gain wall")),
        ("gain surface, 1 M nodes, wall [s]", "<=", 20, plain(million, "gain wall")),
        ("1 M network from disk, wall [s]", "<=", 2, plain(million, "load")),
        ("1 M network, whole process [MB]", "<=", 1000, plain(million, "process MB")),
    ]
    lines = []
    for what, sign, aim, got in aims:
        if got:
            worst = min(got) if sign == ">=" else max(got)
            met = worst >= aim if sign == ">=" else worst <= aim
            lines.append(
                [
                    what,
                    f"{'≥' if sign == '>=' else '≤'} {aim:g}",
                    ", ".join(f"{x:.3g}" for x in got),
                    "yes" if met else "**no**",
                ]
            )
    return table(["aim", "wanted", "this run", "met"], lines)


SERIES = {
    "ours": ("#0b6e4f", "nearest, prepared"),
    "ours unprepared": ("#6fbf73", "nearest, unprepared"),
    "scipy": ("#1f77b4", "scipy"),
    "networkx": ("#d62728", "networkx"),
    "pandana": ("#9467bd", "pandana"),
    "isochrone": ("#8c564b", "isochrone 1 200 m (ours)"),
}


def drawing(rows: list[Row]) -> str:
    """Return cost against nodes as SVG, both axes logarithmic."""
    wide, high, left, bottom = 860, 520, 70, 60
    x = lambda n: left + (math.log10(n) - 3) / 3.2 * (wide - left - 210)  # noqa: E731
    y = lambda ms: high - bottom - (math.log10(ms) + 3) / 7.5 * (high - bottom - 30)  # noqa: E731
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" font-family="sans-serif" font-size="12">',
        f'<rect width="{wide}" height="{high}" fill="white"/>',
        f'<text x="{left}" y="18" font-size="14">Milliseconds against nodes (CPU, medians; one run)</text>',
    ]
    for power in range(-3, 5):
        parts.append(
            f'<line x1="{left}" x2="{wide - 210}" y1="{y(10.0**power):.1f}" y2="{y(10.0**power):.1f}" stroke="#ddd"/>'
        )
        parts.append(f'<text x="{left - 8}" y="{y(10.0**power) + 4:.1f}" text-anchor="end">{10.0**power:g}</text>')
    parts += [
        f'<text x="{x(10**power):.1f}" y="{high - bottom + 18}" text-anchor="middle">{10**power:,}</text>'
        for power in range(3, 7)
    ]
    parts.append(f'<text x="{x(10**4.5):.1f}" y="{high - 14}" text-anchor="middle">nodes</text>')
    for i, (name, (colour, label)) in enumerate(SERIES.items()):
        dots = sorted((r.nodes, r.numbers[name]) for r in rows if r.numbers.get(name, 0) > 0)
        if not dots:
            continue
        path = " ".join(f"{x(n):.1f},{y(ms):.1f}" for n, ms in dots)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x(n):.1f}" cy="{y(ms):.1f}" r="3" fill="{colour}"/>' for n, ms in dots]
        parts.append(
            f'<line x1="{wide - 200}" x2="{wide - 175}" y1="{50 + 22 * i}" y2="{50 + 22 * i}" stroke="{colour}" stroke-width="3"/>'
        )
        parts.append(f'<text x="{wide - 168}" y="{54 + 22 * i}">{label}</text>')
    return "\n".join([*parts, "</svg>", ""])
