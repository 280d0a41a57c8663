"""The network from links to snapped points: literal town, bad input, and what callers may hand in."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geo.answers.compiling import compile_searches
from geo.errors import CrsError, InputError
from geo.network import Network
from tests import town
from tests.need import ROOT

INF = float("inf")


@pytest.fixture
def network() -> Network:
    return Network.from_links(town.links())


def test_size_and_places(network: Network) -> None:
    assert (network.n_nodes, network.n_edges) == (8, 7)
    assert sorted(network.nodes) == [1, 2, 3, 4, 5, 6, 7, 8]
    assert network.crs.to_epsg() == 4548
    at = dict(zip(network.nodes, network.xy.tolist(), strict=True))
    assert at[6] == [town.EAST + 700, town.NORTH + 300]


def test_input_is_not_changed() -> None:
    links = town.links()
    before = links.copy(deep=True)
    network = Network.from_links(links)
    points = town.points(a=(10, 10))
    kept = points.copy(deep=True)
    network.nearest(points, [1, 2])
    pd.testing.assert_frame_equal(links, before)
    assert points.equals(kept)


def test_snap_goes_to_the_street_not_to_the_junction(network: Network) -> None:
    snap = network.snap(town.points(a=(100, 10), b=(300, -20)))
    assert list(snap.index) == ["a", "b"]
    assert snap.loc["a", ["u", "v", "edge"]].tolist() == [1, 2, 0]
    assert snap.loc["a", ["to_u", "to_v", "snap_m"]].tolist() == [100, 300, 10]
    assert snap.loc["b", ["x", "y"]].tolist() == [town.EAST + 300, town.NORTH]
    assert snap["why"].tolist() == ["", ""]


def test_snap_limit_is_inclusive_and_says_why(network: Network) -> None:
    points = town.points(near=(100, 10), far=(100, -10.5))
    snap = network.snap(points, limit=10)
    assert snap.loc["near", "why"] == "" and snap.loc["near", "snap_m"] == 10
    assert "limit 10 m" in snap.loc["far", "why"] and "10" in snap.loc["far", "why"]
    assert snap.loc["far", ["edge", "u", "to_u", "snap_m", "x"]].isna().all()
    assert network.distances(snap, [1]).loc["far", 1] == INF


def test_missing_and_empty_points(network: Network) -> None:
    points = gpd.GeoSeries([town.at(0, 0), None, shapely.Point()], index=["a", "b", "c"], crs=town.CRS)
    snap = network.snap(points)
    assert (snap["why"] != "").tolist() == [False, True, True]
    assert network.nearest(points, [2])["metres"].tolist() == [400, INF, INF]
    assert network.nearest(points, [2])["target"].isna().tolist() == [False, True, True]
    none = points[:0]
    assert network.snap(none).empty
    assert network.distances(none, [1]).shape == (0, 1)
    assert network.nearest([1], none)["target"].isna().all()
    assert len(network.pairs(none, none, limit=10)) == 0
    assert network.isochrone(none, [100]).empty
    assert np.isinf(network.node_distances([])).all()


def test_a_point_may_be_given_in_many_ways(network: Network) -> None:
    wanted = network.distances(town.points(a=(100, 10)), [3]).iloc[0, 0]
    frame = gpd.GeoDataFrame({"name": ["x"]}, geometry=[town.at(100, 10)], crs=town.CRS)
    for points in (frame, frame.geometry, network.snap(frame), [town.at(100, 10)], frame.geometry.array):
        assert network.distances(points, [3]).to_numpy().tolist() == [[wanted]]
    for labels in ([3], np.array([3]), pd.Index([3]), (3,), pd.Series([3], index=["c"])):
        assert network.distances(frame, labels).to_numpy().tolist() == [[wanted]]
    assert network.distances(pd.Series([3], index=["c"]), [3]).index.tolist() == ["c"]


def test_duplicate_indexes_and_labels_are_kept(network: Network) -> None:
    points = gpd.GeoSeries([town.at(0, 0), town.at(600, 0)], index=["p", "p"], crs=town.CRS)
    found = network.nearest(points, [5, 5, 1])
    assert found.index.tolist() == ["p", "p"]
    assert found["target"].tolist() == [1, 5] and found["metres"].tolist() == [0, 0]
    assert network.distances([2, 2], points).shape == (2, 2)


def test_labels_of_any_kind() -> None:
    links = town.links()
    named = links.assign(u=[f"n{x}" for x in links["u"]], v=[f"n{x}" for x in links["v"]])
    assert Network.from_links(named).distances(["n1"], ["n6"]).iloc[0, 0] == 1000
    mixed = links.assign(u=links["u"].astype(object), v=[f"n{x}" if x > 5 else x for x in links["v"]])
    mixed.loc[6, "u"] = (7, "a tuple")
    network = Network.from_links(mixed)
    assert network.distances([1], ["n6"]).iloc[0, 0] == 1000
    assert (7, "a tuple") in list(network.nodes)


def test_node_labels_of_every_whole_number_kind() -> None:
    links = town.links()
    for kind in ("int32", "uint64", "Int64"):
        network = Network.from_links(links.astype({"u": kind, "v": kind}))
        found = network.nearest(town.points(a=(100, 0), b=(850, 150)), [1, 2])
        assert found["target"].tolist() == [1, pd.NA]
        assert network.distances([1], [6]).to_numpy().tolist() == [[1000]]
    geometry_by_another_name = links.rename_geometry("line").assign(u=links["u"].astype("category"))
    assert Network.from_links(geometry_by_another_name).distances([1], [6]).iloc[0, 0] == 1000


def test_network_travels_to_another_process(network: Network) -> None:
    other = pickle.loads(pickle.dumps(network.prepare()))
    assert other.distances([1], [6]).iloc[0, 0] == 1000


def test_threads_share_a_network() -> None:
    network = Network.from_links(town.links())
    points = town.points(**{f"p{i}": (7.0 * i, 3.0 * i) for i in range(60)})

    def ask(_: int) -> list[object]:
        return [
            network.distances(points, points).to_numpy().tolist(),
            network.pairs(points, network.nodes, limit=500).metres.tolist(),
            network.node_distances(points[:3]).tolist(),
            network.isochrone(points[:2], 300).geometry.to_wkt().tolist(),
        ]

    alone = ask(0)
    with ThreadPoolExecutor(8) as pool:
        assert all(answer == alone for answer in pool.map(ask, range(40)))


def test_kernels_work_where_nothing_can_be_kept() -> None:
    code = "from geo.network.kernels import group; import numpy as np; print(group(np.array([1, 0, 1], np.int32), 2)[1].tolist())"
    for kept_in in ("/dev/null/nowhere", ""):
        env = {**os.environ, "NUMBA_CACHE_DIR": kept_in}
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, text=True, check=True
        )
        assert done.stdout.strip() == "[1, 0, 2]"


def test_searches_compile_twice() -> None:
    compile_searches()
    compile_searches()


def test_unknown_node_is_named(network: Network) -> None:
    with pytest.raises(InputError, match="99"):
        network.nearest([1, 99], [2])


def test_parallel_links_and_loops() -> None:
    line = shapely.LineString([town.at(0, 0), town.at(100, 0)])
    detour = shapely.LineString([town.at(0, 0), town.at(50, 40), town.at(100, 0)])
    loop = shapely.LineString([town.at(100, 0), town.at(150, 0), town.at(150, 50), town.at(100, 0)])
    links = gpd.GeoDataFrame(
        {"u": ["a", "a", "b"], "v": ["b", "b", "b"], "metres": [100.0, 80.0, 200.0]},
        geometry=[line, detour, loop],
        crs=town.CRS,
    )
    network = Network.from_links(links)
    assert network.distances(["a"], ["b"]).iloc[0, 0] == 80
    on = town.points(near=(150, 25), start=(101, 0))
    whole = 50 + 50 + np.hypot(50, 50)
    assert network.distances(on[:1], ["b"]).iloc[0, 0] == pytest.approx(75 / whole * 200)
    assert network.distances(on[:1], on[1:]).iloc[0, 0] == pytest.approx(74 / whole * 200)


def test_lines_drawn_backwards_are_turned() -> None:
    links = town.links()
    links.loc[[1, 4], "geometry"] = shapely.reverse(links.geometry.to_numpy()[[1, 4]])
    network = Network.from_links(links)
    at = dict(zip(network.nodes, network.xy.tolist(), strict=True))
    assert {k: (x - town.EAST, y - town.NORTH) for k, (x, y) in at.items()} == town.PLACES
    points = town.points(a=(400, 50), b=(550, 0))
    assert network.distances(points, [2]).to_numpy().ravel().tolist() == [50, 150]


@pytest.mark.parametrize("column", ["u", "v", "metres"])
def test_missing_column(column: str) -> None:
    with pytest.raises(InputError) as caught:
        Network.from_links(town.links().drop(columns=column))
    assert caught.value.findings[0].field == column


@pytest.mark.parametrize("wrong", [-1.0, np.nan, np.inf, "far"])
def test_bad_metres_are_found_by_row(wrong: object) -> None:
    links = town.links()
    links["metres"] = links["metres"].astype(object)
    links.loc[[2, 5], "metres"] = wrong
    with pytest.raises(InputError) as caught:
        Network.from_links(links)
    assert [(f.row, f.field) for f in caught.value.findings] == [(3, "metres"), (6, "metres")]


def test_bad_geometry_and_labels_are_found_together() -> None:
    links = town.links()
    links["u"] = links["u"].astype(object)
    links.loc[0, "geometry"] = None
    links.loc[1, "geometry"] = town.at(0, 0)
    links.loc[3, "u"] = None
    with pytest.raises(InputError) as caught:
        Network.from_links(links)
    assert sorted((f.row, f.field) for f in caught.value.findings) == [(1, "geometry"), (2, "geometry"), (4, "u")]


def test_empty_links() -> None:
    with pytest.raises(InputError):
        Network.from_links(town.links()[:0])


def test_reference_systems() -> None:
    with pytest.raises(CrsError):
        Network.from_links(town.links().to_crs(4326))
    with pytest.raises(CrsError):
        Network.from_links(town.links().set_crs(None, allow_override=True))
    with pytest.raises(CrsError):
        Network.from_links(town.links().set_crs("EPSG:2263", allow_override=True))
    network = Network.from_links(town.links())
    with pytest.raises(CrsError):
        network.snap(town.points(a=(0, 0)).to_crs(4326))
    with pytest.raises(CrsError):
        network.nearest(town.points(a=(0, 0)).set_crs(None, allow_override=True), [1])


def test_points_only(network: Network) -> None:
    square = gpd.GeoSeries([town.at(0, 0).buffer(5)], crs=town.CRS)
    with pytest.raises(InputError, match="representative_point"):
        network.snap(square)


def test_one_way_streets() -> None:
    links = town.links().assign(oneway=[True, False, "no", "-1", "yes", None, 0])
    network = Network.from_links(links, directed=True)
    there = network.distances([1, 2, 3, 4, 5], [1, 2, 3, 4, 5])
    assert there.loc[1].tolist() == [0, 400, 700, 300, 600]
    assert there.loc[2].tolist() == [INF, 0, 300, 700, 200]
    assert there.loc[5].tolist() == [INF, INF, INF, INF, 0]
    points = town.points(west=(100, 0), east=(300, 0))
    assert network.distances(points, points).to_numpy().tolist() == [[0, 200], [INF, 0]]
    assert Network.from_links(links).distances([5], [1]).iloc[0, 0] == 600


def test_directed_without_oneway_leads_from_u_to_v() -> None:
    network = Network.from_links(town.links(), directed=True)
    assert network.distances([1, 2], [1, 2]).to_numpy().tolist() == [[0, 400], [1000, 0]]
    with pytest.raises(InputError):
        Network.from_links(town.links().assign(oneway="perhaps"), directed=True)


def test_islands(network: Network) -> None:
    islands = network.islands()
    assert islands[[7, 8]].tolist() == [1, 1]
    assert islands.drop([7, 8]).eq(0).all()


def test_repeated_link_index_falls_back_to_positions() -> None:
    links = town.links()
    links.index = [0] * len(links)
    network = Network.from_links(links)
    points = town.points(a=(400, 100), b=(850, 150))
    assert network.snap(points)["edge"].tolist() == [1, 6]
    assert network.distances(network.snap(points), [2]).to_numpy().ravel().tolist() == [100, INF]
