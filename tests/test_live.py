"""Distances kept while streets change: equal to the last bit to a network made anew, on 500 random edits."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely

from geo.errors import InputError
from geo.network import Network
from geo.network.edits import Edits, edited_links
from geo.network.live import Live
from layers import workspace
from tests import random_edits, town
from tests.need import ROOT


def agree(
    live: Live, links: object, points: object, supply: object, edits: Edits, directed: bool, places: object = None
) -> bool | None:
    """Return whether an edit changed anybody's way, told alike by both ways; None where both refuse it."""
    try:
        full = Network.from_links(edited_links(links, edits, directed=directed), directed=directed)
    except InputError as error:
        with pytest.raises(InputError) as told:
            live.after(edits, places)
        assert str(told.value) == str(error)
        return None
    quick = live.after(edits, places).frame()
    pd.testing.assert_frame_equal(quick, full.nearest(points, supply), check_exact=True)
    return not quick.equals(live.base.frame())


@pytest.mark.parametrize("directed", [False, True])
def test_240_random_edits_of_random_towns(directed: bool) -> None:
    changed = []
    for seed in range(20):
        links = random_edits.links(seed, directed=directed)
        points, supply = random_edits.points(links, seed)
        live = Live(Network.from_links(links, directed=directed), points, supply)
        for edit in range(12):
            edits = random_edits.edits(links, 1000 * seed + edit)
            changed.append(agree(live, links, points, supply, edits, directed))
    refused, moved = changed.count(None), changed.count(True)
    assert refused < 60 and moved > 120, (refused, moved)


@pytest.mark.parametrize("directed", [False, True])
def test_240_random_moves_of_supply_with_and_without_edits(directed: bool) -> None:
    """Moved, moved to where another stands, taken off the map, new: alone, several at once, and on edited streets."""
    changed = []
    for seed in range(20):
        links = random_edits.links(seed, directed=directed)
        points, supply = random_edits.points(links, seed)
        live = Live(Network.from_links(links, directed=directed), points, supply)
        rng = np.random.default_rng(seed)
        for move in range(12):
            there = [*points.dropna().iloc[rng.integers(0, 50, 3)], supply.iloc[int(rng.integers(5))]]
            which = rng.choice([*supply.index, "NEW", "NEWER"], rng.integers(1, 4), replace=False)
            places = {one: there[int(rng.integers(4))] for one in which}
            edits = random_edits.edits(links, 1000 * seed + move) if move % 2 else Edits()
            kept = supply.copy()
            for one, point in places.items():
                kept.loc[one] = point
            changed.append(agree(live, links, points, kept, edits, directed, places))
    refused, moved = changed.count(None), changed.count(True)
    assert refused < 30 and moved > 160, (refused, moved)


def test_20_random_edits_of_the_bundled_place() -> None:
    place = workspace.load(ROOT / "data")
    links, homes, schools = place.streets, place.cells.geometry, place.schools.geometry
    live = Live(Network.from_links(links), homes, schools)
    changed = [agree(live, links, homes, schools, random_edits.edits(links, seed), False) for seed in range(20)]
    assert changed.count(None) < 8 and changed.count(True) > 5, changed


def test_ways_of_no_length_hold_nobody_up() -> None:
    """Two nodes a way of no length apart rest on each other for ever unless that is not trusted."""
    links = town.links()
    links.loc[2, "metres"] = 0.0  # 3 to 4
    points, supply = town.points(a=(300, 300), b=(100, 300)), town.points(P=(600, 0))
    live = Live(Network.from_links(links), points, supply)
    assert live.base.metres.tolist() == [500, 500]
    assert live.after(Edits(removed=(1,))).metres.tolist() == [900, 900]  # no more by 3 and 2, but by 4, 1 and 2
    for removed in [(1,), (1, 3), (1, 0), (1, 5)]:
        assert agree(live, links, points, supply, Edits(removed=removed), False)


def test_nobody_and_nothing() -> None:
    network, some = Network.from_links(town.links()), town.points(a=(10, 10))
    edits = Edits(removed=(0,), streets=(([town.at(0, 0).coords[0], town.at(0, 300).coords[0]], "bridge"),))
    assert Live(network, some, some[:0]).after(edits).metres.tolist() == [np.inf]
    assert len(Live(network, some[:0], some).after(edits).frame()) == 0


def test_the_base_is_left_as_it_is() -> None:
    points, supply = town.points(a=(200, 310), b=(700, 300)), town.points(P=(0, 0), Q=(500, 5))
    live = Live(Network.from_links(town.links()), points, supply)
    edits = Edits(streets=((shapely.LineString([town.at(200, 300), town.at(200, 0)]), "bridge"),), removed=(4,))
    first, before = live.after(edits).frame(), live.base.frame()
    for _ in range(2):
        pd.testing.assert_frame_equal(live.after(edits).frame(), first)
    pd.testing.assert_frame_equal(live.base.frame(), before)
    assert not first.equals(before)
