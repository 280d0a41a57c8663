"""GeoJSON out: what RFC 7946 asks for, held by numbers, by ogrinfo and by two linters nobody here wrote."""

from __future__ import annotations

import datetime as dt
import json
import logging
import math
import subprocess
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.crs import wgs84_to_gcj02
from geo.errors import CrsError, InputError
from geo.progress import Step
from geo.text import Text
from layers.write import geojson
from tests.need import need

LINT = Path(__file__).parent / "linters" / "lint.mjs"


@pytest.fixture
def town() -> gpd.GeoDataFrame:
    """Four shapes of a town in metres: clockwise square with a hole, line, point, nothing."""
    square = shapely.Polygon(
        [(550_000, 4_330_000), (550_000, 4_331_000), (551_000, 4_331_000), (551_000, 4_330_000)],
        [[(550_200, 4_330_200), (550_800, 4_330_200), (550_800, 4_330_800)]],
    )
    line = shapely.LineString([(550_000, 4_330_000, 12.5), (552_000.123456, 4_330_000, 13)])
    return gpd.GeoDataFrame(
        {
            "name_zh": ["海洋片区", "</script>{{7*7}}", "a\u2028b", None],
            "seats": pd.array([1260, None, 3, 4], dtype="Int64"),
            "share": [0.5, np.nan, np.inf, -0.0],
            "opened": pd.to_datetime(["2020-01-02", None, "2025-09-01T08:00", None], format="ISO8601"),
            "parts": [["a", 1], {"k": math.nan}, (1, 2), Decimal("1.5")],
        },
        geometry=[square, line, shapely.Point(550_000, 4_330_000), None],
        index=pd.Index(["haiyang", "l1", "p1", "n1"], name="zone_id"),
        crs="EPSG:4548",
    )


def numbers_of(coordinates: object) -> list[float]:
    """Return all numbers of nested coordinate lists."""
    if isinstance(coordinates, list):
        return [n for part in coordinates for n in numbers_of(part)]
    return [coordinates]  # type: ignore[list-item]


def test_is_rfc_7946(town: gpd.GeoDataFrame) -> None:
    text = geojson.dumps(town)
    told = json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    assert told["type"] == "FeatureCollection"
    assert "crs" not in told
    first, line, point, none = told["features"]
    ring, hole = first["geometry"]["coordinates"]
    assert shapely.LinearRing(ring).is_ccw
    assert not shapely.LinearRing(hole).is_ccw
    assert ring[0] == ring[-1]
    assert {len(xy) for xy in line["geometry"]["coordinates"]} == {2}
    assert point["geometry"]["coordinates"] == pytest.approx([117.5781, 39.1022], abs=0.01)
    assert none["geometry"] is None
    written = [n for f in told["features"] if f["geometry"] for n in numbers_of(f["geometry"]["coordinates"])]
    assert all(round(n, 7) == n for n in written)


def test_keeps_ids_and_values(town: gpd.GeoDataFrame) -> None:
    features = json.loads(geojson.dumps(town))["features"]
    assert [f["id"] for f in features] == ["haiyang", "l1", "p1", "n1"]
    assert [f["properties"]["zone_id"] for f in features] == ["haiyang", "l1", "p1", "n1"]
    assert [f["properties"]["name_zh"] for f in features] == ["海洋片区", "</script>{{7*7}}", "a\u2028b", None]
    assert [f["properties"]["seats"] for f in features] == [1260, None, 3, 4]
    assert [f["properties"]["share"] for f in features] == [0.5, None, None, 0.0]
    assert [f["properties"]["opened"] for f in features] == ["2020-01-02T00:00:00", None, "2025-09-01T08:00:00", None]
    assert [f["properties"]["parts"] for f in features] == [["a", 1], {"k": None}, [1, 2], 1.5]


def test_read_back_gives_the_same_shapes(town: gpd.GeoDataFrame, tmp_path: Path) -> None:
    path = geojson.write(town, tmp_path / "town.geojson")
    back = gpd.read_file(path)
    assert back.crs == "EPSG:4326"
    meant = gpd.GeoSeries(shapely.force_2d(town.geometry.to_numpy()), crs=town.crs).to_crs(4326).normalize()
    for one, other in zip(meant, back.geometry.normalize(), strict=True):
        assert (one is None) == (other is None)
        if one is not None:
            assert np.abs(shapely.get_coordinates(one) - shapely.get_coordinates(other)).max() <= 1e-7
    assert list(tmp_path.iterdir()) == [path]


def test_the_same_frame_gives_the_same_bytes(town: gpd.GeoDataFrame) -> None:
    assert geojson.dumps(town) == geojson.dumps(town.copy())


def test_an_answer_is_told_by_foreign_members(town: gpd.GeoDataFrame) -> None:
    answer = SimpleNamespace(
        question="coverage", title=Text("覆盖", "Coverage"), method=Text("步行", "on foot"),
        parameters={"limit": np.float64(500), "year": np.int64(2025), "far": math.inf}, basis="assumed", sources=("plan", "own"),
    )  # fmt: skip
    records = {"plan": {"title": "规划", "publisher": "管委会", "licence": "公开", "sha256": "x"}}
    told = json.loads(geojson.dumps(town, meta=geojson.meta(answer, date=dt.date(2026, 1, 2), records=records)))
    assert told["method"] == {"zh": "步行", "en": "on foot"}
    assert told["parameters"] == {"limit": 500.0, "year": 2025, "far": None}
    assert told["basis"] == "assumed"
    assert told["sources"] == [{"id": "plan", "title": "规划", "publisher": "管委会", "licence": "公开"}, {"id": "own"}]
    assert told["date"] == "2026-01-02"
    assert json.loads(geojson.dumps(town, meta=answer))["question"] == "coverage"


def test_pairs_of_languages_become_one_member(town: gpd.GeoDataFrame) -> None:
    told = json.loads(
        geojson.dumps(town, meta={"method_zh": "原样", "method_en": "as it is", "sources": (), "note_zh": "x"})
    )
    assert told["method"] == {"zh": "原样", "en": "as it is"}
    assert told["sources"] == []
    assert told["note_zh"] == "x"
    assert "method_zh" not in told


def test_a_member_may_not_take_a_name_of_geojson(town: gpd.GeoDataFrame) -> None:
    with pytest.raises(InputError, match="features"):
        geojson.dumps(town, meta={"features": []})


def test_refuses_what_it_cannot_place(town: gpd.GeoDataFrame, tmp_path: Path) -> None:
    with pytest.raises(CrsError):
        geojson.dumps(town.set_crs(None, allow_override=True))
    with pytest.raises(CrsError):  # metres said to be degrees
        geojson.dumps(town.set_crs(4326, allow_override=True))
    with pytest.raises(CrsError):  # Beijing 1954 has no known shift
        geojson.dumps(town.set_crs(2436, allow_override=True))
    with pytest.raises(InputError):
        geojson.dumps(gpd.GeoDataFrame({"a": [1]}))
    twice = pd.concat([town, town[["seats"]]], axis="columns")
    with pytest.raises(InputError, match="seats"):
        geojson.dumps(twice)
    with pytest.raises(InputError):
        geojson.write(town, tmp_path / "nowhere" / "x.geojson")


def test_a_failed_write_leaves_the_old_file(town: gpd.GeoDataFrame, tmp_path: Path) -> None:
    path = tmp_path / "town.geojson"
    path.write_text("old")

    def stop(_step: Step) -> None:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        geojson.write(town, path, progress=stop)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_shapes_below_the_rounding() -> None:
    shapes = [
        "POLYGON((0 0, 0 1e-9, 1e-9 1e-9, 0 0))",
        "LINESTRING(0 0, 0 1e-9)",
        "MULTIPOLYGON(((117 39, 117 40, 118 39, 117 39)), ((0 0, 0 1e-9, 1e-9 1e-9, 0 0)))",
        "POLYGON((117 39, 117.00000001 39, 118 39, 118 40, 117 40, 117 39))",
        "POLYGON((117 39, 118 39, 118 39.00000002, 117.5 39.000000001, 117 40, 117 39))",
        "POINT EMPTY",
    ]
    frame = gpd.GeoDataFrame({"facility_id": list("abcdef")}, geometry=gpd.GeoSeries.from_wkt(shapes), crs=4326)
    told = json.loads(geojson.dumps(frame))
    assert told["collapsed"] == ["a", "b"]
    drawn = [shapely.geometry.shape(f["geometry"]) if f["geometry"] else None for f in told["features"]]
    assert [d is None for d in drawn] == [True, True, False, False, False, True]
    assert all(d.is_valid for d in drawn if d is not None)
    assert len(drawn[3].exterior.coords) == 5
    assert [f["id"] for f in told["features"]] == list("abcdef")


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(1e-8, 5e-6))
def test_tiny_rings_stay_valid(seed: int, size: float) -> None:
    rng = np.random.default_rng(seed)
    star = shapely.convex_hull(shapely.MultiPoint(rng.uniform(0, size, (8, 2)) + np.array([117.6, 39.05])))
    frame = gpd.GeoDataFrame(geometry=[star], crs=4326)
    shape = json.loads(geojson.dumps(frame))["features"][0]["geometry"]
    if shape is not None:
        back = shapely.geometry.shape(shape)
        assert back.is_valid
        assert back.geom_type != "Polygon" or back.exterior.is_ccw
        assert shapely.hausdorff_distance(back, star) < 1.5e-7


def test_ids_follow_the_index() -> None:
    points = gpd.points_from_xy([117, 118], [39, 39])
    plainly = gpd.GeoDataFrame({"facility_id": ["S01", "S02"]}, geometry=points, crs=4326)
    levels = pd.MultiIndex.from_tuples([("a", 1), ("a", 2)], names=["zone_id", "year"])
    cases = {
        ("S01", "S02"): plainly,
        (5, 9): plainly.set_axis([5, 9]),
        ("a/1", "a/2"): plainly.set_axis(levels),
        (None, None): plainly.set_axis(["x", "x"]),
    }
    for wanted, frame in cases.items():
        assert tuple(f.get("id") for f in json.loads(geojson.dumps(frame))["features"]) == wanted
    assert json.loads(geojson.dumps(plainly.set_axis(levels)))["features"][1]["properties"]["year"] == 2


def test_gcj02_only_by_choice(
    town: gpd.GeoDataFrame, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = json.loads(geojson.dumps(town))["features"][2]["geometry"]["coordinates"]
    with caplog.at_level(logging.WARNING):
        told = json.loads(geojson.dumps(town, gcj02=True))
    assert told["coordinates_note"]["system"] == "GCJ-02"
    lon, lat = wgs84_to_gcj02(there[0], there[1])
    assert told["features"][2]["geometry"]["coordinates"] == pytest.approx([lon, lat], abs=2e-7)
    assert "GCJ-02" in caplog.text
    monkeypatch.setenv("ZONEPLAN_NO_GCJ02", "1")
    with pytest.raises(InputError, match="GCJ-02"):
        geojson.dumps(town, gcj02=True)


def test_an_empty_layer_is_a_layer(tmp_path: Path) -> None:
    nothing = gpd.GeoDataFrame({"name_zh": []}, geometry=[], crs=4326)
    assert json.loads(geojson.dumps(nothing)) == {"type": "FeatureCollection", "features": []}


def test_ogrinfo_reads_it(town: gpd.GeoDataFrame, tmp_path: Path) -> None:
    path = geojson.write(town.iloc[:1], tmp_path / "z.geojson", meta={"method": "m", "basis": "assumed"})
    said = subprocess.run([need("ogrinfo"), "-ro", "-al", str(path)], capture_output=True, text=True, check=True)
    assert "Feature Count: 1" in said.stdout
    assert "海洋片区" in said.stdout
    assert "WGS 84" in said.stdout
    assert not said.stderr


def lint(*paths: Path) -> dict[str, list[str]]:
    """Return what the two linters say of each file."""
    need("linters")
    done = subprocess.run([need("node"), str(LINT), *map(str, paths)], capture_output=True, text=True, check=False)
    assert not done.stderr
    return {Path(r["file"]).name: r["said"] for r in map(json.loads, done.stdout.splitlines())}


def test_linters_find_nothing(town: gpd.GeoDataFrame, tmp_path: Path) -> None:
    path = geojson.write(town, tmp_path / "town.geojson", meta={"method": {"zh": "步行"}, "sources": ["a"]})
    wrong = tmp_path / "wrong.geojson"
    told = json.loads(path.read_text())
    told["features"][0]["geometry"]["coordinates"][0].reverse()
    wrong.write_text(json.dumps(told))
    said = lint(path, wrong)
    assert said["town.geojson"] == []
    assert any("right-hand" in line for line in said["wrong.geojson"])
