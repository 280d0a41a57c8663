"""The names that other programs rely on: importable from where DESIGN says, whatever the rooms behind them."""

from __future__ import annotations

import importlib

import pytest

NAMES = {
    "geo.network": ["Network"],
    "geo.coverage": ["coverage"],
    "geo.access": ["fca2", "e2sfca", "gravity"],
    "geo.assignment": ["assign"],
    "geo.siting": ["max_cover", "set_cover", "p_median", "p_center", "capacitated_p_median", "capacitated_max_cover", "gain_surface", "Siting"],
    "geo.equity": ["gini", "palma", "theil"],
    "geo.crs": ["gcj02_to_wgs84", "wgs84_to_gcj02", "bd09_to_wgs84", "wgs84_to_bd09"],
    "geo.case": ["Case"],
    "geo.answers": ["Answer", "access", "adequacy", "assign", "coverage", "crossings", "flow_map", "gain", "isochrone", "locate", "register", "site", "zone_card"],
    "layers.geojson": ["write", "dumps"],
    "layers.incoming": ["read", "known_places"],
    "layers.workspace": ["load", "check", "case"],
    "layers.store": ["Store"],
}  # fmt: skip


@pytest.mark.parametrize("module", NAMES)
def test_names_are_where_they_were(module: str) -> None:
    found = importlib.import_module(module)
    assert [n for n in NAMES[module] if not callable(getattr(found, n, None))] == []
    assert sorted(found.__all__) == list(dict.fromkeys(sorted(found.__all__)))


@pytest.mark.parametrize("method", ["from_links", "snap", "nearest", "distances", "isochrone", "pairs", "prepare"])
def test_the_network_keeps_its_methods(method: str) -> None:
    from geo.network import Network

    assert callable(getattr(Network, method))
