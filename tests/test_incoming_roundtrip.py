"""What we write comes back whole: every layer in every format, through our writers and through GDAL's own."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest

from geo.schema import LAYERS
from geo.workspace import Workspace
from layers import exports, workspace
from layers.incoming import Incoming, read
from tests.incoming_files import DATA, texts

FEW = 60  # streets and cells; the other layers whole
NEAR = {"geojson": 2e-6, "csv": 2e-6, "xlsx": 2e-6, "dxf": 1e-8}  # degrees; others to the last digit but two
POINTS_ONLY = ("csv", "xlsx")


@pytest.fixture(scope="module")
def bundled() -> Workspace:
    """Give the bundled place with plots and control lines, which are not bundled, on the ground of its zones."""
    place = workspace.load(DATA)
    shapes = place.zones.geometry.iloc[[4, 5, 6]].to_numpy()
    told = {"basis": "sourced", "accuracy_m": [1.0, 5.0, np.nan], "source_id": "own", "note": ["一", None, "三"]}
    plots = {"code": ["080403", "0701", "16"], "use_zh": ["中小学用地", "城镇住宅用地", None], "zone_id": None}
    lines = {"kind": ["ecology", "farmland", "urban"], "name_zh": ["甲", None, "丙"]}
    landuse, controls = (
        gpd.GeoDataFrame({**own, **told}, geometry=shapes, index=pd.Index(["a1", "a2", "a3"], name=key), crs=place.crs)
        for own, key in ((plots, "plot_id"), (lines, "line_id"))
    )
    return dataclasses.replace(place, landuse=landuse, controls=controls)


def layer_of(bundled: Workspace, name: str) -> gpd.GeoDataFrame:
    frame = bundled.cells if name == "population" else bundled.layer(name)
    return frame.iloc[:FEW] if name in ("streets", "population") else frame


def taken(path: Path, layer: str, told: dict[str, Any] | None = None) -> Incoming:
    """Return what is read after the guesses of its questions are taken."""
    answers: dict[str, Any] = dict(told or {})
    for _ in range(5):
        result = read(path, layer=layer, answers=answers)
        if not result.questions:
            return result
        answers |= {q.key: q.guess for q in result.questions}
    return result


def whole(before: gpd.GeoDataFrame, after: gpd.GeoDataFrame | None, layer: str, near: float) -> None:
    """Assert that ids, names, numbers, words and places of two frames are the same; unknown stays unknown."""
    assert after is not None
    assert len(after) == len(before)
    names = before.index.name
    table = before.reset_index(drop=names is None or names in before.columns)
    spec = LAYERS.get(layer)
    key = spec.key if spec else ""
    if key:
        table = table.set_index(key, drop=False).loc[after[key]].reset_index(drop=True)
    if layer == "streets":  # without ids of their own, and drawn longest first
        ends = [[f"{u}>{v}" for u, v in zip(f["u"], f["v"], strict=True)] for f in (table, after)]
        table = table.iloc[np.argsort(ends[0], kind="stable")].reset_index(drop=True)
        after = after.iloc[np.argsort(ends[1], kind="stable")].reset_index(drop=True)
    wanted = [c for c in (spec.by_name if spec else after.columns) if c in table.columns and c != "geometry"]
    for column in wanted:
        for a, b in zip(table[column], after[column], strict=True):
            unknown = pd.isna(a) or a == ""
            if unknown:
                assert pd.isna(b) or b == "", (column, a, b)
                continue
            same = str(a) == str(b) or (not isinstance(a, str) and not isinstance(b, str) and abs(a - b) < 1e-6)
            assert same, (column, a, b)
    for a, b in zip(table.set_geometry("geometry").to_crs(4326).geometry, after.geometry, strict=True):
        assert (a is None) == (b is None)
        assert a is None or a.hausdorff_distance(b) <= near


@pytest.mark.parametrize("form", ["geojson", "gpkg", "shp", "gdb", "csv", "xlsx", "dxf"])
@pytest.mark.parametrize("layer", exports.LAYERS)
def test_our_own_export_comes_back_whole(layer: str, form: str, bundled: Workspace, tmp_path: Path) -> None:
    """FOUND 1: Shapefile lost ids and seats, altered areas; DXF gave one CAD layer at a time."""
    frame = layer_of(bundled, layer)
    path = exports.write(bundled, {layer: frame}, tmp_path / f"a{exports.FORMATS[form]}", form, meta={"date": "2026-11-01"})  # fmt: skip
    result = taken(path, layer)
    if form == "dxf" and layer == "projects":  # a drawing holds what has a place
        frame = frame[frame.geometry.notna()]
    lines = layer not in ("projects", "population") and "Point" not in LAYERS[layer].families
    if form in POINTS_ONLY and lines:
        assert result.frame is None
        assert texts(result, "error")
        return
    if layer == "population":  # cells come back as places with people
        assert result.frame is not None
        years = [c for c in frame if str(c).startswith("people_")]
        assert years
        assert result.frame[years].to_numpy(float) == pytest.approx(frame[years].to_numpy(float))
        return
    whole(frame, result.frame, layer, NEAR.get(form, 1e-9))


@pytest.fixture(scope="module")
def package(bundled: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Path:
    frames = {name: layer_of(bundled, name) for name in exports.LAYERS}
    return exports.write(bundled, frames, tmp_path_factory.mktemp("out") / "a.zip", "zip", meta={"date": "2026-11-01"})


@pytest.mark.parametrize("layer", exports.LAYERS)
def test_a_planning_package_goes_in_to_each_layer(layer: str, package: Path, bundled: Workspace) -> None:
    """Which data set, and which layer of it, were asked by one key: a package with a GeoPackage was a dead end."""
    first = read(package, layer=layer)
    assert [(q.key, q.guess) for q in first.questions] == [("dataset", f"geojson/{layer}.geojson")]
    inner = read(package, layer=layer, answers={"dataset": "zoneplan.gpkg"})
    assert [q.key for q in inner.questions] == ["layer"]
    ways: tuple[dict[str, Any], ...] = ({}, {"dataset": "zoneplan.gpkg", "layer": layer})
    for answers in ways:
        result = taken(package, layer, answers)
        if layer != "population":
            whole(layer_of(bundled, layer), result.frame, layer, NEAR["geojson"])
            continue
        assert result.frame is not None, (answers, texts(result, "error"))
        years = [c for c in bundled.cells if str(c).startswith("people_")]
        assert result.frame[years].to_numpy(float) == pytest.approx(bundled.cells.iloc[:FEW][years].to_numpy(float))


def test_people_come_back_from_a_raster(bundled: Workspace, tmp_path: Path) -> None:
    path = exports.write(bundled, {"population": bundled.cells}, tmp_path / "a.tif", "tif", meta={})
    after = taken(path, "population").frame
    assert after is not None
    year = next(c for c in bundled.cells if str(c).startswith("people_"))
    assert after[year].sum() == pytest.approx(bundled.cells[year].sum(), rel=1e-6)


@pytest.mark.parametrize(("driver", "suffix"), [("GPKG", ".gpkg"), ("GeoJSON", ".geojson"), ("FlatGeobuf", ".fgb"), ("ESRI Shapefile", ".shp"), ("Parquet", ".parquet")])  # fmt: skip
@pytest.mark.parametrize("layer", ["zones", "schools", "clinics", "links", "stops"])
def test_the_files_of_other_writers_come_back_whole(
    layer: str, driver: str, suffix: str, bundled: Workspace, tmp_path: Path
) -> None:
    """GDAL writes what QGIS writes: names cut by a Shapefile at ten letters are told by our own short ones."""
    frame = layer_of(bundled, layer)
    named = frame.index.name
    table = frame.reset_index(drop=named is None or named in frame.columns).to_crs(4326)
    kept = table[[c for c in table.columns if c in LAYERS[layer].by_name or c == "geometry"]]
    path = tmp_path / f"a{suffix}"
    if driver == "Parquet":
        kept.to_parquet(path)
    elif driver == "ESRI Shapefile":
        pyogrio.write_dataframe(kept.rename(columns=exports_short(list(kept.columns))), path, driver=driver, encoding="UTF-8")  # fmt: skip
    else:
        pyogrio.write_dataframe(kept, path, driver=driver)
    after = taken(path, layer).frame
    if suffix == ".shp":  # a DBF holds 254 bytes of a text
        cut = [c for c in kept if c != "geometry" and kept[c].map(lambda v: len(str(v).encode())).max() > 254]
        kept, after = (
            kept.drop(columns=cut),
            None if after is None else after.drop(columns=[c for c in cut if c in after]),
        )
    whole(kept, after, layer, 2e-7)


def exports_short(columns: list[str]) -> dict[str, str]:
    from layers.write.shapefile import short_names

    return {k: v for k, v in short_names([c for c in columns if c != "geometry"]).items()}


def test_a_drawing_without_our_data_says_what_it_lacks(tmp_path: Path) -> None:
    import ezdxf

    drawing = ezdxf.new("R2000")
    for i, layer in enumerate(("学校_小学", "学校_初中", "学校_小学")):
        drawing.modelspace().add_point((517_000 + 100 * i, 4_330_000), dxfattribs={"layer": layer})
    drawing.saveas(tmp_path / "a.dxf")
    first = read(tmp_path / "a.dxf", layer="schools", crs="EPSG:4548")
    (question,) = first.questions
    assert question.guess == "*"
    result = read(tmp_path / "a.dxf", layer="schools", crs="EPSG:4548", answers={"layer": "*"})
    assert result.frame is not None
    assert len(result.frame) == 3
    assert "没有属性" in texts(result, "warning")
    assert np.isnan(result.frame["seats_primary"].astype(float)).all() if "seats_primary" in result.frame else True
