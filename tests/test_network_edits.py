"""Edits of the network: by hand on the town of paper, and the quick way against the full way on random towns."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geo.errors import InputError
from geo.network import Network
from geo.network.edits import Edits, edit, edited_links
from tests import random_edits, town

INF = float("inf")


def line(*corners: tuple[float, float]) -> shapely.LineString:
    return shapely.LineString([town.at(*c) for c in corners])


def metres(edits: Edits, start: tuple[float, float], goal: tuple[float, float]) -> float:
    """Return the metres between two places after edits, both ways of making the network agreeing."""
    points, goals = town.points(a=start), town.points(b=goal)
    full = Network.from_links(edited_links(town.links(), edits)).nearest(points, goals)["metres"].iloc[0]
    assert edit(Network.from_links(town.links()), edits).nearest(points, goals)["metres"].iloc[0] == full
    return float(full)


def square() -> gpd.GeoDataFrame:
    """Return a square of four streets of 100 m around (0, 0)-(100, 100), nodes 1 to 4."""
    corners = [(0, 0), (100, 0), (100, 100), (0, 100)]
    lines = [line(corners[i], corners[(i + 1) % 4]) for i in range(4)]
    content = {"u": [1, 2, 3, 4], "v": [2, 3, 4, 1], "metres": [100.0] * 4, "name": list("abcd")}
    return gpd.GeoDataFrame(content, geometry=lines, index=["s", "e", "n", "w"], crs=town.CRS)


def test_nothing_edited_is_the_same() -> None:
    links = square()
    pd.testing.assert_frame_equal(edited_links(links, Edits()), links)
    network = Network.from_links(links)
    assert edit(network, Edits()) is network


def test_a_street_joins_what_it_crosses_and_its_free_ends_what_is_near() -> None:
    links = square()
    # From 20 m below the south street, over it, to 25 m short of the north street.
    after = edited_links(links, Edits(streets=((line((30, -20), (30, 75)), "street"),)))
    assert after.loc[["e", "w"]].equals(links.loc[["e", "w"]])
    assert after.index.tolist() == ["e", "w", "+1", "+2", "+3", "+4", "+5", "+6"]
    assert after["metres"].tolist() == [100, 100, 30, 70, 70, 30, 20, 100]
    assert (
        after["name"].tolist()[:6] == ["b", "d", "a", "a", "c", "c"] and after["name"].isna().tolist()[6:] == [True] * 2
    )
    # The end that ran over the south street stays free; that one is joined already.
    assert after.loc["+5", "u"] == 7 and after.loc["+5", "v"] == 5 and after.loc["+6", ["u", "v"]].tolist() == [5, 6]


def test_a_street_through_a_junction_uses_it() -> None:
    after = edited_links(square(), Edits(streets=((line((-50, -50), (50, 50)), "street"),)))
    assert sorted({*after["u"], *after["v"]}) == [1, 2, 3, 4, 5, 6]
    assert (after["u"].eq(1) | after["v"].eq(1)).sum() == 4


def test_a_bridge_joins_at_its_ends_only_and_counts_the_way_there() -> None:
    other = square().assign(u=[5, 6, 7, 8], v=[6, 7, 8, 5]).set_axis([1, 2, 3, 4])
    links = pd.concat([square(), other.set_geometry(other.translate(300, 0))])
    # From 10 m west of the first square's east street, across it and the second's west street.
    after = edited_links(links, Edits(streets=((line((90, 50), (450, 50)), "bridge"),)))
    new = after.iloc[-1]
    assert new["metres"] == 10 + 360 + 50  # led to the east street, and on to the east street of the second
    network = Network.from_links(after)
    at = network.snap(town.points(a=(100, 50), b=(400, 50)))
    assert network.distances(at.loc[["a"]], at.loc[["b"]]).iloc[0, 0] == new["metres"]


@pytest.mark.parametrize("way", ["bridge", "crossing", "gate"])
def test_an_end_that_finds_no_street_says_so(way: str) -> None:
    with pytest.raises(InputError) as told:
        edited_links(square(), Edits(streets=((line((0, 0), (100, 0)), "street"), (line((50, 0), (50, 500)), way))))
    (finding,) = told.value.findings
    assert (finding.row, finding.field) == (2, "streets") and "the end of the" in finding.text_en


def test_streets_are_removed_by_label_and_by_the_nearest_place() -> None:
    links = square()
    by_label = edited_links(links, Edits(removed=("s",)))
    assert by_label.index.tolist() == ["e", "n", "w"]
    place = town.at(50, -40)
    pd.testing.assert_frame_equal(edited_links(links, Edits(removed=((place.x, place.y),))), by_label)
    pd.testing.assert_frame_equal(edited_links(links, Edits(removed=(place, "s"))), by_label)
    with pytest.raises(InputError, match="no street within 50 m"):
        edited_links(links, Edits(removed=(town.at(50, -60),)))
    with pytest.raises(InputError, match="no street 'x'"):
        edited_links(links, Edits(removed=("x",)))
    with pytest.raises(InputError, match="no street is left"):
        edited_links(links, Edits(removed=tuple("senw")))


def test_a_barrier_cuts_and_both_halves_end_at_it() -> None:
    after = edited_links(square(), Edits(barriers=(line((50, -10), (50, 110)),)))
    assert after.index.tolist() == ["e", "w", "+1", "+2", "+3", "+4"]
    assert after["metres"].tolist() == [100, 100, 50, 50, 50, 50]
    network = Network.from_links(after)
    assert network.islands().nunique() == 2
    # Through a junction: nothing passes it, the streets end there one by one.
    after = edited_links(square(), Edits(barriers=(line((-10, 10), (10, -10)),)))
    assert Network.from_links(after).islands().nunique() == 1
    assert not after[["u", "v"]].eq(1).any(axis=None)


def test_inside_a_polygon_nothing_remains() -> None:
    inside = shapely.Polygon([town.at(*c) for c in [(50, -10), (110, -10), (110, 50), (50, 50)]])
    after = edited_links(square(), Edits(barriers=(inside,)))
    assert after["metres"].tolist() == [100, 100, 50, 50]
    assert not Network.from_links(after).snap(town.points(a=(90, 10)))["snap_m"].lt(40).any()


def test_a_gate_leads_over_a_barrier_and_a_new_street_does_not() -> None:
    wall = line((50, -10), (50, 110))
    path = line((10, 50), (90, 50))
    away = {way: Edits(streets=((path, way),), barriers=(wall,)) for way in ("street", "gate")}
    goal, start = town.points(b=(100, 50)), town.points(a=(0, 50))
    for way, expected in {"street": INF, "gate": 100.0}.items():
        network = Network.from_links(edited_links(square(), away[way]))
        assert network.nearest(start, goal)["metres"].tolist() == [expected]


def test_one_way_streets_keep_their_direction_in_pieces() -> None:
    links = square().assign(oneway=["yes", "no", "-1", "no"])
    edits = Edits(streets=((line((50, -20), (50, 120)), "street"),))
    after = edited_links(links, edits, directed=True)
    assert after["oneway"].tolist() == ["no", "no", "yes", "yes", "yes", "yes", "no", "no", "no"]
    assert after[["u", "v"]].iloc[2:6].to_numpy().tolist() == [[1, 5], [5, 2], [4, 6], [6, 3]]
    quick = edit(Network.from_links(links, directed=True), edits)
    full = Network.from_links(after, directed=True)
    nodes = sorted(full.nodes)
    pd.testing.assert_frame_equal(quick.distances(nodes, nodes), full.distances(nodes, nodes))


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"streets": (([(0.0, 0.0), (1.0, 1.0)], "tunnel"),)}, "streets"),
        ({"streets": (([(0.0, 0.0)], "street"),)}, "streets"),
        ({"streets": (([(0.0, 0.0), (0.0, 0.0)], "street"),)}, "streets"),
        ({"streets": ((shapely.box(0, 0, 1, 1), "street"),)}, "streets"),
        ({"barriers": (shapely.Point(0, 0),)}, "barriers"),
        ({"barriers": ([(0.0, 0.0), (np.inf, 1.0)],)}, "barriers"),
        ({"barriers": (shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)]),)}, "barriers"),
    ],
)
def test_bad_shapes_are_refused_in_words(wrong: dict[str, tuple[object, ...]], field: str) -> None:
    with pytest.raises(InputError) as told:
        Edits(**wrong)  # type: ignore[arg-type]
    assert [(f.row, f.field) for f in told.value.findings] == [(1, field)]


def test_neither_network_nor_links_are_touched() -> None:
    links = town.links()
    before = links.copy(deep=True)
    network = Network.from_links(links)
    kept = {k: np.copy(v) for k, v in vars(network.arrays).items() if isinstance(v, np.ndarray)}
    edits = Edits(
        streets=((line((100, -50), (100, 350)), "street"),), removed=(3,), barriers=(line((150, -9), (150, 9)),)
    )
    edit(network, edits), edited_links(links, edits)
    pd.testing.assert_frame_equal(links, before)
    for name, value in kept.items():
        assert np.array_equal(getattr(network.arrays, name), value), name


@pytest.mark.parametrize("directed", [False, True])
def test_the_quick_way_is_the_full_way(directed: bool) -> None:
    """Distances, nearest and places on a street: bit for bit, over random edits of random towns."""
    seen = 0
    for seed in range(10):
        links = random_edits.links(seed, directed=directed)
        points, supply = random_edits.points(links, seed)
        edits = random_edits.edits(links, seed)
        try:
            full = Network.from_links(edited_links(links, edits, directed=directed), directed=directed)
        except InputError as error:
            with pytest.raises(InputError) as told:
                edit(Network.from_links(links, directed=directed), edits)
            assert str(told.value) == str(error)
            continue
        seen += 1
        quick = edit(Network.from_links(links, directed=directed), edits)
        assert sorted(map(str, quick.nodes)) == sorted(map(str, full.nodes)), seed
        assert quick.arrays.edges.equals(full.arrays.edges), seed
        pd.testing.assert_frame_equal(quick.snap(points), full.snap(points), check_exact=True)
        pd.testing.assert_frame_equal(quick.nearest(points, supply), full.nearest(points, supply), check_exact=True)
        pd.testing.assert_frame_equal(
            quick.distances(points[:9], supply), full.distances(points[:9], supply), check_exact=True
        )
    assert seen > 6
