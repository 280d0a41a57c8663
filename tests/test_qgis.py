"""QGIS itself opens our exports without a screen: style found, labels on, nothing invalid, every colour on the picture."""

from __future__ import annotations

import json
import os
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geo.scenario import Added, Barrier, Closed, Housing, Moved, Opened, Removed, Resized, Scenario, Street, to_geojson
from layers import workspace
from layers.look import draw
from layers.write import dxf, filegdb, geojson, geopackage, planfile, shapefile
from tests.need import ROOT, need

VERIFY = Path(__file__).parent / "qgis" / "verify.py"


def seen_by_qgis(tmp_path: Path, path: Path, *layers: str) -> list[dict[str, Any]]:
    """Return what QGIS says of the layers of a file."""
    python = need("qgis")
    folder = tmp_path / "run"
    folder.mkdir(mode=0o700, exist_ok=True)
    env = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "XDG_RUNTIME_DIR": str(folder), "HOME": str(folder)}
    env.pop("GDAL_SKIP", None)  # a limit of our own server, not of the planner's QGIS
    done = subprocess.run([python, str(VERIFY), str(tmp_path / "picture.png"), str(path), *layers],
                          capture_output=True, text=True, check=False, env=env, timeout=120)  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.rpartition("JSON:")[2])


@pytest.fixture
def zones() -> gpd.GeoDataFrame:
    """Two zones, one of them divided, each basis once."""
    boxes = [(0, 0, 2000, 1000), (0, 0, 1000, 1000), (1000, 0, 2000, 1000), (2500, 0, 3700, 1000)]
    shapes = [shapely.box(a + 550_000, b + 4_330_000, c + 550_000, d + 4_330_000) for a, b, c, d in boxes]
    return gpd.GeoDataFrame(
        {
            "parent_id": [None, "a", "a", None],
            "level": ["zone", "sub_area", "sub_area", "zone"],
            "name_zh": ["海洋片区", '甲"单元"<b>&{{7*7}}', "乙单元", "渤龙湖片区"],
            "basis": ["sourced", "derived", "assumed", "measured"],
        },
        geometry=shapes, index=pd.Index(["a", "a-1", "a-2", "b"], name="zone_id"), crs="EPSG:4548",
    )  # fmt: skip


def test_zones_open_coloured_and_labelled(zones: gpd.GeoDataFrame, tmp_path: Path) -> None:
    path = geopackage.write({"zones": zones}, tmp_path / "z.gpkg")
    (one,) = seen_by_qgis(tmp_path, path, "zones")
    assert one["valid"]
    assert one["crs"] == "EPSG:4490"
    assert one["invalid"] == 0
    assert one["renderer"] == "categorizedSymbol"
    assert one["attr"] == "zone_id"
    assert [label for label, _ in one["classes"]] == zones["name_zh"].tolist()
    assert min(one["pixels"]) > 500
    assert one["labels"] == "name_zh"
    assert one["aliases"]["name_zh"] == "名称"
    assert "zones" in one["styled"]
    assert all("'measured','sourced'" in b for b in one["bases"])
    assert len(one["bases"]) == 4
    for key, (ellipsoid, plane) in one["areas"].items():
        assert plane == pytest.approx(zones.area[key], rel=1e-6)
        assert ellipsoid == pytest.approx(zones.area[key], rel=1e-3)


def test_each_result_opens_in_its_colours(tmp_path: Path) -> None:
    x, y = (a.ravel() for a in np.meshgrid(550_050 + 100.0 * np.arange(30), 4_330_050 + 100.0 * np.arange(20)))
    points = gpd.points_from_xy(x, y)
    keys = [c["key"] for c in draw.COVERAGE]
    cells = gpd.GeoDataFrame({"served": np.resize(keys, 600), "walk_m": 5.0}, geometry=points, crs="EPSG:4548")
    strips = [shapely.box(550_000 + 400 * i, 4_333_000, 550_390 + 400 * i, 4_334_000) for i in range(6)]
    seats = gpd.GeoDataFrame({"primary_ratio": [0.2, 0.6, 0.9, 1.1, 1.3, 9.0]}, geometry=strips, crs="EPSG:4548")
    shares = gpd.GeoDataFrame({"share_walk": [0.0, 0.3, 0.5, 0.7, 1.0, np.nan]},
                              geometry=shapely.transform(np.array(strips), lambda xy: xy + np.array([0, 2000])), crs="EPSG:4548")  # fmt: skip
    gain = gpd.GeoDataFrame({"gain": np.arange(600.0)}, geometry=points, crs="EPSG:4548")
    path = geopackage.write({"cells": cells, "seats": seats, "shares": shares}, tmp_path / "r.gpkg", cell_metres=100)
    told = {t["layer"]: t for t in seen_by_qgis(tmp_path, path, "cells", "seats", "shares")}
    assert [c for _, c in told["cells"]["classes"]] == [c["colour"] for c in draw.COVERAGE]
    assert [n for n, _ in told["seats"]["classes"]] == [c["zh"] for c in draw.ADEQUACY]
    assert told["shares"]["renderer"] == told["seats"]["renderer"] == "graduatedSymbol"
    for one in told.values():
        assert min(one["pixels"]) > 100, one["layer"]
    surface = geopackage.write({"cells": gain}, tmp_path / "g.gpkg", cell_metres=100)
    (one,) = seen_by_qgis(tmp_path, surface, "cells")
    assert [c for _, c in one["classes"]] == list(draw.GAIN)
    assert min(one["pixels"]) > 100


def test_only_classes_that_are_seen_are_listed(zones: gpd.GeoDataFrame, tmp_path: Path) -> None:
    shared = zones.assign(share_walk=[0.5, 0.1, 0.9, np.nan])  # the divided zone itself lies under its parts
    path = geopackage.write({"zones": shared}, tmp_path / "z.gpkg")
    (one,) = seen_by_qgis(tmp_path, path, "zones")
    assert [label for label, _ in one["classes"]] == ["0%–20%", "80%–100%"]
    assert min(one["pixels"]) > 500


def test_the_bundled_layers_open_styled(tmp_path: Path) -> None:
    names = ("zones", "schools", "clinics", "links", "stops")
    layers = {n: gpd.read_file(ROOT / "data" / f"{n}.geojson") for n in names}
    path = geopackage.write(layers, tmp_path / "all.gpkg")
    told = seen_by_qgis(tmp_path, path, *names)
    for one, name in zip(told, names, strict=True):
        assert one["features"] == len(layers[name])
        assert one["invalid"] == 0
        assert one["renderer"] == "categorizedSymbol"
        assert one["labels"] in ("short_zh", "name_zh")
    metric = layers["zones"].set_index("zone_id").to_crs(4548).area
    for key, (_, plane) in told[0]["areas"].items():
        assert plane == pytest.approx(metric[key], rel=1e-6)
    for name in names:  # alone, so that no layer covers another
        (one,) = seen_by_qgis(tmp_path, path, name)
        assert min(one["pixels"]) > 0, (name, one["classes"], one["pixels"])


def test_the_other_formats_keep_text_and_area(zones: gpd.GeoDataFrame, tmp_path: Path) -> None:
    for made in (
        shapefile.write({"zones": zones}, tmp_path / "s.zip"),
        filegdb.write({"zones": zones}, tmp_path / "plan.zip"),
    ):
        with zipfile.ZipFile(made) as archive:
            archive.extractall(tmp_path)
    files = [tmp_path / "zones.shp", tmp_path / "plan.gdb", geojson.write(zones, tmp_path / "z.geojson")]
    for path in files:
        (one,) = seen_by_qgis(tmp_path, path, *(["zones"] if path.suffix == ".gdb" else []))
        assert one["invalid"] == 0
        assert set(zones["name_zh"]) <= set(one["texts"]), path
        # GeoJSON rounds to a centimetre, which is 6 millionths of a square kilometre; the others keep all digits.
        tolerance = 1e-5 if path.suffix == ".geojson" else 1e-6
        for key, (_, plane) in one["areas"].items():
            assert plane == pytest.approx(zones.area[key], rel=tolerance)
    drawing = dxf.write(zones, tmp_path / "z.dxf")
    (one,) = seen_by_qgis(tmp_path, drawing)
    assert "片区_乙单元" in " ".join(one["texts"]) or "layer_乙单元" in " ".join(one["texts"])


def plan_of_every_kind() -> Scenario:
    """Return a plan with every kind that has a place, around a place of the bundled workspace."""

    def at(x: float, y: float) -> tuple[float, float]:
        return (117.65 + 0.01 * x, 39.06 + 0.01 * y)

    objects = (
        Added("N01", "primary", *at(0, 0), 720, 2028, '东区"小学"<b>&', "王工", "学位不足"),
        Moved("S03", *at(1, 0), 2027), Closed("S04", 2030), Resized("S02", "primary", 900), Opened("S17", 2029),
        Housing("N02", [at(-1, 1), at(1, 1), at(1, 2), at(-1, 2)], 1200, year=2028), Removed("N03", *at(2, 1)),
        Street("N04", [at(-2, 0), at(-2, 2)], "bridge"), Barrier("N05", line=[at(3, 0), at(3, 2)]),
        Barrier("N06", polygon=[at(-1, -2), at(1, -2), at(1, -1)]),
    )  # fmt: skip
    return Scenario("东区", objects=objects)


def test_a_plan_opens_styled_with_names_that_are_read(tmp_path: Path) -> None:
    base = workspace.load(ROOT / "data")
    path = planfile.write(plan_of_every_kind(), tmp_path / "plan.gpkg", base)
    told = {t["layer"]: t for t in seen_by_qgis(tmp_path, path, *planfile.LAYERS)}
    assert {name: one["features"] for name, one in told.items()} == {
        "plan_points": 6, "plan_lines": 2, "plan_areas": 2,
    }  # fmt: skip
    for name, one in told.items():
        assert (one["valid"], one["crs"], one["invalid"], one["renderer"], one["attr"]) == (
            True, "EPSG:4490", 0, "categorizedSymbol", "kind",
        )  # fmt: skip
        assert one["labels"] == "label"
        assert (one["aliases"]["year"], one["aliases"]["reason"]) == ("年份", "理由")
        assert name in one["styled"]
        assert min(one["pixels"]) > 0, (name, one["classes"], one["pixels"])
    assert {
        '新增 东区"小学"<b>& 2028',
        "关闭 示意小学一 2030",
        "新增设施 new facility",
        "小学 Primary school",
        "学位不足",
    } <= set(told["plan_points"]["texts"])
    assert len(told["plan_points"]["classes"]) == 6


def test_the_exact_file_of_a_plan_opens_too(tmp_path: Path) -> None:
    path = tmp_path / "plan.geojson"
    path.write_text(json.dumps(to_geojson(plan_of_every_kind())), "utf-8")
    (one,) = seen_by_qgis(tmp_path, path, "")
    assert (one["valid"], one["invalid"]) == (True, 0)
