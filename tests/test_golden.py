"""Every answer is what it was before the house was laid anew: on the bundled place, and on Porto Alegre."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from layers.osm.build import build
from tests import golden
from tests.need import ROOT, need


def _told(place: str, folder: Path) -> list[str]:
    found = json.loads(json.dumps(golden.collect(folder, place)))
    assert len(found) > 100
    return list(golden.differences(golden.kept(place), found))


def test_answers_on_the_bundled_place_are_what_they_were() -> None:
    assert _told("bundled", ROOT / "data") == []


@pytest.mark.real
def test_answers_on_porto_alegre_are_what_they_were(tmp_path: Path) -> None:
    real = need("real:porto_alegre")
    folder = build(f"{real}/poa_osm.pbf", f"{real}/poa_hexgrid.csv", tmp_path / "porto_alegre", population_year=2025, date=dt.date(2026, 11, 27))  # fmt: skip
    assert _told("porto_alegre", folder) == []


def test_a_changed_digit_is_told() -> None:
    before = {"q": {"answer": {"a": [1.0, {"b": "x", "sha256": "1"}]}}}
    after = {"q": {"answer": {"a": [1.0 + 1e-9, {"b": "x", "sha256": "2"}]}}}
    assert [t.split(":")[0] for t in golden.differences(before, after)] == ["/q/answer/a[0]"]
    assert len(list(golden.differences(before, after, exact=True))) == 2
    assert list(golden.differences({"a": 1}, {"a": 1, "b": 2})) == ["/b: only after"]
