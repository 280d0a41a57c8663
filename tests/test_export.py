"""Every way out but GeoJSON: tables, GeoPackage, Shapefile, FileGDB, DXF, GeoTIFF, the package; whole or not at all."""

from __future__ import annotations

import csv
import html
import io
import json
import re
import sqlite3
import subprocess
import zipfile
from contextlib import closing
from pathlib import Path

import ezdxf
import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pyogrio
import pytest
import rasterio
import shapely

from geo.errors import CrsError, InputError
from geo.workspace import Workspace
from layers import exports, workspace
from layers.look.draw import COVERAGE, SERVICE_LOOK
from layers.workspace import case
from layers.write import atomic, dxf, filegdb, geopackage, geotiff, package, qml, shapefile, tables
from layers.write.geojson import meta
from tests.need import ROOT, need
from ui.parts.export import held

HOSTILE = ["=1+1", "+1", "-5", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", "＋1", "－1", "＠a", " =1", "\ufeff=1", "#N/A", "'=1", "=HYPERLINK(\"http://x\")"]  # fmt: skip
META = {"method": {"zh": "=步行", "en": "on foot"}, "parameters": {"limit": 500}, "basis": "assumed",
        "sources": ["plan"], "date": "2026-01-02"}  # fmt: skip


@pytest.fixture
def zones() -> gpd.GeoDataFrame:
    """Two zones, the first divided in two, in metres."""
    boxes = [(0, 0, 2000, 1000), (0, 0, 1000, 1000), (1000, 0, 2000, 1000), (5000, 0, 6000, 1000)]
    shapes = [shapely.box(a + 550_000, b + 4_330_000, c + 550_000, d + 4_330_000) for a, b, c, d in boxes]
    return gpd.GeoDataFrame(
        {
            "parent_id": [None, "a", "a", None],
            "level": ["zone", "sub_area", "sub_area", "zone"],
            "name_zh": ["海洋片区", "甲“单元”<b>", "乙单元", "渤龙湖片区"],
            "basis": ["sourced", "derived", "assumed", "measured"],
            "area_km2_published": [2.0, 1.0, 1.0, np.nan],
            "seats": pd.array([1260, None, 3, 4], dtype="Int64"),
            "far": [1.0, np.inf, np.nan, 2.0],
            "carriers": ["单位" * 90, "", "x", None],
        },
        geometry=shapes,
        index=pd.Index(["a", "a-1", "a-2", "b"], name="zone_id"),
        crs="EPSG:4548",
    )


@pytest.fixture
def cells() -> gpd.GeoDataFrame:
    """Return 20 × 10 cells of 100 m with people, walking metres and what serves them."""
    x, y = (a.ravel() for a in np.meshgrid(550_050 + 100.0 * np.arange(20), 4_330_050 + 100.0 * np.arange(10)))
    people = np.arange(200.0)
    return gpd.GeoDataFrame(
        {"people": people, "walk_m": np.where(people > 190, np.inf, people), "served": np.resize(["walk", "radius_only", "beyond"], 200)},
        geometry=gpd.points_from_xy(x, y), index=pd.RangeIndex(200, name="cell_id"), crs="EPSG:4548",
    )  # fmt: skip


def test_csv_is_for_excel_and_runs_nothing() -> None:
    table = pd.DataFrame({"=text": HOSTILE, "number": np.arange(len(HOSTILE)) - 5.5, "far": np.inf})
    table.loc[0, "number"] = np.nan
    raw = tables.csv_bytes(table)
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline="")))
    assert rows[0] == ["'=text", "number", "far"]
    for written, given in zip(rows[1:], HOSTILE, strict=True):
        assert written[0] in (given, "'" + given)
        assert written[0].lstrip("\ufeff ")[:1] not in tuple("=+-@\t\r＝＋－＠")
    assert [r[1] for r in rows[1:4]] == ["", "-4.5", "-3.5"]
    assert rows[1][2] == "inf"
    assert next(r[0] for r in rows[1:] if "#N/A" in r[0]) == "#N/A"


def test_csv_says_where(zones: gpd.GeoDataFrame, tmp_path: Path) -> None:
    path = tables.write_csv(zones, tmp_path / "z.csv", meta=META)
    back = pd.read_csv(path)
    assert back["zone_id"].tolist() == ["a", "a-1", "a-2", "b"]
    place = gpd.GeoSeries(gpd.points_from_xy(back["lon"], back["lat"]), crs=4326).to_crs(4548)
    assert zones.geometry.reset_index(drop=True).contains(place).all()
    told = json.loads((tmp_path / "z.csv-metadata.json").read_text())
    assert told["url"] == "z.csv"
    assert told["method"]["en"] == "on foot"
    assert "geometry" not in back


def test_gcj02_columns_say_so(zones: gpd.GeoDataFrame) -> None:
    shifted = pd.read_csv(io.BytesIO(tables.csv_bytes(zones, gcj02=True)))
    plain = pd.read_csv(io.BytesIO(tables.csv_bytes(zones)))
    assert "lon" not in shifted
    assert ((shifted["lon_gcj02"] - plain["lon"]) > 0.004).all()


def test_xlsx_has_types_and_no_formula(zones: gpd.GeoDataFrame, tmp_path: Path) -> None:
    wild = pd.DataFrame(
        {
            "text": HOSTILE,
            "number": np.arange(len(HOSTILE)) - 5,
            "bad": pd.Series(["a\x00\x0b\ud800b"] * len(HOSTILE), dtype=object),
            "day": pd.Timestamp("2025-09-01"),
        }
    )
    steps: list[tuple[int, int]] = []
    path = tables.write_xlsx({"甲/乙:*?": wild, "甲_乙___": zones}, tmp_path / "t.xlsx", meta=META,
                             progress=lambda step: steps.append((step.done, step.whole)))  # fmt: skip
    book = openpyxl.load_workbook(path)
    assert len(book.sheetnames) == 3
    assert book.sheetnames[-1] == "说明"
    cells = [c for sheet in book for row in sheet.iter_rows() for c in row]
    assert all(c.data_type != "f" for c in cells)
    assert all(c.data_type != "e" for c in cells)
    sheet = book.worksheets[0]
    # A carriage return is written as it is where lxml is installed, else XML reads it as a line feed; every other text comes back as it went.
    assert [r[0].value.replace("\r", "\n") for r in sheet.iter_rows(min_row=2)] == [
        t.replace("\r", "\n") for t in HOSTILE
    ]
    assert sheet["B2"].value == -5
    assert sheet["B2"].data_type == "n"
    assert sheet["D2"].is_date
    assert sheet["A2"].quotePrefix
    with zipfile.ZipFile(path) as archive:
        assert not any(
            b"<f>" in archive.read(n) or b"<f " in archive.read(n) for n in archive.namelist() if "sheet" in n
        )
    said = {row[0].value: row[2].value for row in book["说明"].iter_rows()}
    assert said["依据"] == "assumed"
    assert said["日期"] == "2026-01-02"
    assert steps[-1] == (len(wild) + len(zones), len(wild) + len(zones))


def test_xlsx_refuses_more_than_a_sheet_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "ROWS_MAX", 2)
    with pytest.raises(InputError, match="CSV"):
        tables.xlsx_bytes(pd.DataFrame({"a": [1, 2, 3]}))


def test_geopackage_holds_styles_values_and_meaning(
    zones: gpd.GeoDataFrame, cells: gpd.GeoDataFrame, tmp_path: Path
) -> None:
    table = pd.DataFrame({"x": [1, 2], "text": ["=1", None]})
    path = geopackage.write(
        {"zones": zones, "cells": cells, "t": table}, tmp_path / "z.gpkg", meta=META, cell_metres=100
    )
    assert list(tmp_path.iterdir()) == [path]
    back = pyogrio.read_dataframe(path, layer="zones")
    assert back.crs == "EPSG:4490"
    assert back["zone_id"].tolist() == ["a", "a-1", "a-2", "b"]
    assert back["seats"].tolist()[::2] == [1260, 3]
    assert back["carriers"][0] == "单位" * 90
    areas = back.to_crs(4548).area
    assert areas.to_numpy() == pytest.approx(zones.area.to_numpy(), rel=1e-6)
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (10300,)
        styles = dict(db.execute("SELECT f_table_name, styleQML FROM layer_styles WHERE useAsDefault"))
        assert set(styles) == {"zones", "cells"}
        assert "甲“单元”&lt;b&gt;" in styles["zones"]
        assert all(c["zh"] in styles["cells"] for c in COVERAGE)
        assert ("方法", "=步行") in db.execute("SELECT 项目, 内容 FROM zoneplan_info").fetchall()
        (kept,) = db.execute("SELECT metadata FROM gpkg_metadata").fetchone()
        assert json.loads(kept)["basis"] == "assumed"
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    said = subprocess.run([need("ogrinfo"), "-ro", "-al", "-so", str(path)], capture_output=True, text=True, check=True)
    assert "Feature Count: 200" in said.stdout
    assert "ERROR" not in said.stdout + said.stderr
    assert "Warning" not in said.stderr


def test_geopackage_splits_families_and_takes_null_shapes(tmp_path: Path) -> None:
    mixed = gpd.GeoDataFrame(
        {"project_id": list("abcd"), "fid": [1, 2, 3, 4]},
        geometry=[shapely.Point(117, 39), shapely.box(117, 39, 118, 40), None, shapely.LineString([(117, 39), (118, 40)])], crs=4326,
    )  # fmt: skip
    path = geopackage.write({"projects": mixed}, tmp_path / "m.gpkg")
    names = {n for n, kind in pyogrio.list_layers(path) if kind}
    assert names == {"projects_point", "projects_polygon", "projects_line"}
    assert sum(len(pyogrio.read_dataframe(path, layer=n)) for n in names) == 4
    with pytest.raises(InputError):
        geopackage.write({}, tmp_path / "n.gpkg")
    with pytest.raises(CrsError):
        geopackage.write(mixed.set_crs(None, allow_override=True), tmp_path / "n.gpkg")


def test_every_shape_of_the_map_has_a_marker_in_qgis_and_projects_go_by_state(bundled: Workspace) -> None:
    """A kind whose shape QGIS was not told of (a kite, for culture) stopped the whole export."""
    for kind in SERVICE_LOOK:
        one = gpd.GeoDataFrame({"kind": [kind]}, geometry=[shapely.Point(0, 0)], crs=4548)
        assert qml.style_of(one, "point").categories[0].marker, kind
    style = qml.style_of(bundled.projects, "point", layer="projects")
    assert (style.column, {c.value for c in style.categories}) == ("state", {"谋划储备", "启动建设", "建成投产"})
    assert len({c.colour for c in style.categories}) == 3


def test_shapefile_for_arcmap(zones: gpd.GeoDataFrame, tmp_path: Path) -> None:
    path = shapefile.write({"zones": zones}, tmp_path / "z.zip", meta=META)
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path)
        told = json.loads(archive.read(shapefile.DICTIONARY))
    assert (tmp_path / "zones.cpg").read_text() == "CP936"
    fields = told["layers"]["zones"]["fields"]
    assert all(f["short"].isascii() and len(f["short"]) <= 10 for f in fields)
    assert {"short": "area_pub", "name": "area_km2_published", "zh": "公布面积（平方公里）"}.items() <= next(
        f for f in fields if f["name"] == "area_km2_published"
    ).items()
    assert told["layers"]["zones"]["cut_to_254_bytes"] == [{"field": "carriers", "row": 1, "bytes": 360}]
    assert "海洋片区".encode("gbk") in (tmp_path / "zones.dbf").read_bytes()
    back = pyogrio.read_dataframe(tmp_path / "zones.shp")
    assert back["name_zh"].tolist() == zones["name_zh"].tolist()
    assert back["carriers"][0] == "单位" * 63 + "单"
    assert back.to_crs(4548).area.to_numpy() == pytest.approx(zones.area.to_numpy(), rel=1e-6)


def test_shapefile_says_utf8_when_gbk_cannot(zones: gpd.GeoDataFrame, tmp_path: Path) -> None:
    zones.loc["a", "name_zh"] = "🏫学校"
    path = shapefile.write({"zones": zones}, tmp_path / "z.zip", crs="EPSG:4548")
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path)
    assert (tmp_path / "zones.cpg").read_text() == "UTF-8"
    back = pyogrio.read_dataframe(tmp_path / "zones.shp")
    assert back["name_zh"][0] == "🏫学校"
    assert back.crs.to_epsg() == 4548


def test_short_names_never_collide() -> None:
    names = [
        "accessibility_a",
        "accessibility_b",
        "ACCESSIBIL",
        "学位",
        "名称",
        "1st",
        "seats_primary",
        *[f"very_long_name_{i}" for i in range(30)],
    ]
    short = shapefile.short_names(names)
    assert len({s.lower() for s in short.values()}) == len(names)
    assert all(s.isascii() and 0 < len(s) <= 10 and s[0].isalpha() for s in short.values())


def test_filegdb(zones: gpd.GeoDataFrame, cells: gpd.GeoDataFrame, tmp_path: Path) -> None:
    path = filegdb.write(
        {"zones": zones, "cells": cells, "t": pd.DataFrame({"a": [1]})}, tmp_path / "plan.gdb.zip", meta=META
    )
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path)
    folder = tmp_path / "plan.gdb"
    assert {n for n, _ in pyogrio.list_layers(folder)} == {"zones", "cells", "t", "zoneplan_info"}
    back = pyogrio.read_dataframe(folder, layer="zones")
    assert back["name_zh"].tolist() == zones["name_zh"].tolist()
    assert back.to_crs(4548).area.to_numpy() == pytest.approx(zones.area.to_numpy(), rel=1e-6)
    said = subprocess.run([need("ogrinfo"), "-ro", str(folder)], capture_output=True, text=True, check=True)
    assert "zones (Multi Polygon)" in said.stdout


@pytest.mark.parametrize("version", ["R2000", "R2010"])
def test_dxf_has_a_layer_per_class(
    zones: gpd.GeoDataFrame, cells: gpd.GeoDataFrame, tmp_path: Path, version: str
) -> None:
    zones.loc["b", "name_zh"] = "东%%d湖^J\n片区"
    path = dxf.write({"zones": zones, "cells": cells.iloc[:6]}, tmp_path / "z.dxf", version=version, meta=META)
    drawing = ezdxf.readfile(path)
    assert not drawing.audit().errors
    assert {"片区_海洋片区", "片区_乙单元", "cells_步行可达", "cells_未覆盖"} <= {
        layer.dxf.name for layer in drawing.layers
    }
    outlines = drawing.modelspace().query('LWPOLYLINE[layer=="片区_乙单元"]')
    assert [tuple(p[:2]) for p in outlines[0].get_points()][:1] == [(552000.0, 4330000.0)]
    assert outlines[0].closed
    assert (1000, "zone_id=a-2") in [tuple(t) for t in outlines[0].get_xdata("ZONEPLAN")]
    texts = [t.dxf.text for t in drawing.modelspace().query("TEXT")]
    assert "海洋片区" in texts
    assert any("东% %d湖" in t and "\n" not in t for t in texts)
    assert "CRS: EPSG:4548" in texts
    assert "method: =步行 / on foot" in texts


def test_dxf_is_read_right_by_gdal(zones: gpd.GeoDataFrame, tmp_path: Path) -> None:
    path = dxf.write(zones, tmp_path / "z.dxf")
    said = subprocess.run([need("ogrinfo"), "-ro", "-al", "-q", str(path)], capture_output=True, text=True, check=True)
    assert "Text (String) = 海洋片区" in said.stdout
    with pytest.raises(InputError):
        dxf.write(zones, tmp_path / "z.dxf", version="R14")
    with pytest.raises(CrsError):
        dxf.write(zones, tmp_path / "z.dxf", crs="EPSG:4326")


def test_long_ids_and_empty_tables_pass(tmp_path: Path) -> None:
    nodes = gpd.GeoDataFrame(
        {"u": [12_345_678_901, 1], "w": [2**60, 1]}, geometry=gpd.points_from_xy([117, 118], [39, 40]), crs=4326
    )
    frames = {"nodes": nodes, "nothing": pd.DataFrame(), "targets": pd.DataFrame({"a": []})}
    path = filegdb.write(frames, tmp_path / "x.zip")
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path)
    back = pyogrio.read_dataframe(tmp_path / "x.gdb", layer="nodes")
    assert back["u"].tolist() == [12_345_678_901, 1]
    assert back["w"].tolist() == [str(2**60), "1"]
    held = geopackage.write(frames, tmp_path / "x.gpkg")
    assert pyogrio.read_dataframe(held, layer="nodes")["w"].tolist() == [2**60, 1]


def test_geotiff_keeps_every_cell(cells: gpd.GeoDataFrame, tmp_path: Path) -> None:
    path = geotiff.write(cells, None, tmp_path / "c.tif", cell_metres=100, meta=META)
    with rasterio.open(path) as file:
        assert file.descriptions == ("people", "walk_m")
        assert file.crs.to_epsg() == 4548
        assert file.read(1).sum() == cells["people"].sum()
        seen = np.array(list(file.sample([(p.x, p.y) for p in cells.geometry])))
        assert json.loads(file.tags()["ZONEPLAN"])["method"]["en"] == "on foot"
    assert (seen[:, 0] == cells["people"]).all()
    assert (seen[:, 1] == cells["walk_m"]).all()
    with pytest.raises(InputError):
        geotiff.write(cells, "none", tmp_path / "c.tif", cell_metres=100)
    with pytest.raises(CrsError):
        geotiff.write(cells.to_crs(4326), "people", tmp_path / "c.tif", cell_metres=100)


def test_package_holds_everything_and_says_why(
    zones: gpd.GeoDataFrame, cells: gpd.GeoDataFrame, tmp_path: Path
) -> None:
    steps: list[tuple[int, int]] = []
    frames = {"zones": zones, "cells": cells, "t": pd.DataFrame({"a": ["=1"]})}
    path = package.write(frames, tmp_path / "p.zip", meta=META | {"title": {"zh": "# 覆盖", "en": "<script>"}}, cell_metres=100,
                         extra={"report.html": b"x"}, progress=lambda step: steps.append((step.done, step.whole)))  # fmt: skip
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        text = archive.read("README.md").decode()
    assert names[0] == "README.md"
    assert {"zoneplan.gpkg", "tables.xlsx", "shapefile.zip", "filegdb.zip", "cad/zoneplan.dxf", "cells.tif", "meta.json",
            "geojson/zones.geojson", "csv/t.csv", "report.html"} <= set(names)  # fmt: skip
    for said in ("=步行", "on foot", "plan", "assumed", "2026-01-02", "limit"):
        assert said in text
    assert "\n    <script>" in text  # as code, not as markup
    assert steps[-1][0] == steps[-1][1] == len(steps)
    assert list(tmp_path.iterdir()) == [path]


@pytest.fixture(scope="module")
def bundled() -> Workspace:
    """Return the bundled workspace."""
    return workspace.load(ROOT / "data")


@pytest.mark.parametrize("form", list(exports.FORMATS))
@pytest.mark.parametrize("layer", ["zones", "population", "coverage-cells", "adequacy", "gain"])
def test_every_format_of_the_shell_is_written(bundled: Workspace, tmp_path: Path, layer: str, form: str) -> None:
    frames, about = exports.collect(case(bundled, "primary", 2025), layer)
    path = tmp_path / f"x{exports.FORMATS[form]}"
    if form == "tif" and layer in ("zones", "adequacy"):
        with pytest.raises(InputError, match="GeoTIFF"):
            exports.write(bundled, frames, path, form, meta=meta(about))
        return
    exports.write(bundled, frames, path, form, meta=meta(about, date="2026-01-02", records=bundled.sources))
    assert path.stat().st_size > 500
    assert not [p for p in tmp_path.iterdir() if p.name.startswith(".")]


def test_a_zip_is_the_same_every_time(tmp_path: Path) -> None:
    one = atomic.write_zip(tmp_path / "a.zip", {"x": b"1", "y/z": b"2"}).read_bytes()
    assert one == atomic.write_zip(tmp_path / "b.zip", {"x": b"1", "y/z": b"2"}).read_bytes()


def test_a_stopped_write_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "x.bin"
    path.write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt), atomic.writing(path) as draft:
        draft.write_bytes(b"half")
        raise KeyboardInterrupt
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(InputError):
        atomic.write_bytes(tmp_path, b"")


@pytest.mark.parametrize("layer", ["coverage", "site", "locate", "catchments", "schools"])
def test_the_map_to_mail_is_one_file_that_asks_nobody(layer: str, bundled: Workspace, tmp_path: Path) -> None:
    frames, about = exports.collect(case(bundled, "primary", 2025), layer, lon=117.66, lat=39.06, p=2)
    told = meta(about, date="2026-01-02", records=bundled.sources)
    path = exports.write(bundled, frames, tmp_path / "map.html", "html", meta=told, about=about)
    text = path.read_text("utf-8")
    assert "2026-01-02" in text and bundled.name_zh in text
    assert "default-src 'none'" in html.unescape(text)
    assert not re.search(r"""<(script|link|img|iframe)[^>]*(src|href)=["']https?:""", text)
    with pytest.raises(InputError, match="csv or xlsx"):
        exports.write(bundled, {"targets": bundled.targets}, tmp_path / "no.html", "html", meta=told, about={})


def test_a_download_is_offered_for_what_it_can_hold(zones: gpd.GeoDataFrame) -> None:
    """Of a journey that reaches nothing there are minutes, and no area: GeoJSON was offered, and failed when it was pressed."""
    frames = {"reach": pd.DataFrame({"minutes": [1.0]}), "areas": zones}
    assert list(held("geojson", frames)) == ["areas"]
    assert list(held("csv", frames)) == ["reach", "areas"]
    assert held("geojson", {"reach": frames["reach"]}) == {}
    assert list(held("gpkg", frames)) == ["areas", "reach"]  # the first one must have shapes
    assert held("gpkg", {"reach": frames["reach"]}) == {}
