"""Files that were taken in silence or refused without need: rasters, many layers, missing ids, units of drawings."""

from __future__ import annotations

import json
import sqlite3
import tomllib
from pathlib import Path
from typing import Any

import ezdxf
import geopandas as gpd
import numpy as np
import openpyxl
import pytest
import rasterio
import shapely
from rasterio.transform import from_origin

from layers.incoming import read
from layers.incoming.copies import SIZE_LIMIT
from tests.incoming_files import geojson, school, texts

ROOT = Path(__file__).resolve().parents[1]


def raster(folder: Path, values: Any, *, years: tuple[str, ...] = ("2020",), crs: str | None = "EPSG:4548") -> Path:
    path, values = folder / "p.tif", np.asarray(values, "float32")
    with rasterio.open(path, "w", driver="GTiff", width=values.shape[2], height=values.shape[1], count=values.shape[0],
                       dtype="float32", crs=crs, transform=from_origin(534000, 4326000, 100, 100)) as out:  # fmt: skip
        out.write(values)
        for i, year in enumerate(years, 1):
            out.set_band_description(i, year)
    return path


def people(**more: float) -> np.ndarray:
    values = np.arange(600, dtype=float).reshape(1, 20, 30) % 90
    for place, value in more.items():
        values[0, int(place[1:]), 0] = value
    return values


ODD = {
    "a mask": np.where(people() > 40, 255.0, 0.0),
    "ones": np.ones((1, 20, 30)),
    "tiny": people() * 1e-30,
    "one pixel": np.where(people() == 17, 0.0, 0.0) + (np.arange(600).reshape(1, 20, 30) == 7) * 50.0,
    "too many": people() * 2_000.0,
}


@pytest.mark.parametrize("name", list(ODD))
def test_a_raster_that_hardly_holds_people_is_asked_about(name: str, tmp_path: Path) -> None:
    """FOUND 7: a mask of 0 and 255 was 580 635 people; pixels of 1e-30 and one pixel were taken."""
    path = raster(tmp_path, ODD[name])
    first = read(path, layer="population")
    assert first.frame is None
    assert [q.key for q in first.questions] == ["raster"]
    refused = read(path, layer="population", answers={"raster": "none"})
    assert refused.frame is None
    assert "GeoTIFF" in texts(refused, "error")
    assert read(path, layer="population", answers={"raster": "people"}).frame is not None
    assert read(raster(tmp_path, people()), layer="population").frame is not None


def test_a_raster_whose_system_nobody_knows_is_refused_with_advice(tmp_path: Path) -> None:
    """FOUND 7: a raster without a reference system, after the question too."""
    path = raster(tmp_path, people(), crs=None)
    first = read(path, layer="population")
    assert first.frame is None
    (question,) = first.questions
    assert question.key == "crs"
    assert "unknown" in {value for value, _, _ in question.choices}
    refused = read(path, layer="population", answers={"crs": "unknown"})
    assert (refused.frame, refused.questions) == (None, ())
    assert "定义投影" in texts(refused, "error")
    assert "GeoTIFF" in texts(refused, "error")
    placed = read(path, layer="population", answers={"crs": "EPSG:4548"}).frame
    assert placed is not None
    known = read(raster(tmp_path, people()), layer="population").frame
    assert known is not None
    assert placed.geometry.geom_equals_exact(known.geometry, 1e-9).all()


def test_many_bands_without_a_year_are_asked_about_with_doubt(tmp_path: Path) -> None:
    """FOUND 7: seven bands were read as 2020-2050."""
    path = raster(tmp_path, np.repeat(people(), 7, axis=0), years=())
    (question,) = read(path, layer="population").questions
    assert (question.key, question.guess) == ("years", "none")
    refused = read(path, layer="population", answers={"years": "none"})
    assert refused.frame is None
    assert "people_2020" in texts(refused, "error")


def test_people_in_ten_thousands_and_densities(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text("2025年人口（万人）,人口密度（人/平方公里）,lon,lat\n0.12,900,117.2,39.1\n", "utf-8")
    result = read(path, layer="population", crs="EPSG:4326")
    assert result.frame is not None
    assert result.frame["people_2025"].tolist() == [1200]
    assert "人口密度" in texts(result, "warning")
    path.write_text("2025年常住人口,2025年户籍人口,lon,lat\n120,90,117.2,39.1\n", "utf-8")
    assert [q.key for q in read(path, layer="population", crs="EPSG:4326").questions] == ["people"]


def test_positions_of_four_values_are_refused(tmp_path: Path) -> None:
    """FOUND 10: [10, 20, 30, 40] was a point."""
    wrong = school("甲小学", 117.2, 39.1)
    wrong["geometry"]["coordinates"] = [117.2, 39.1, 30, 40]
    result = read(geojson(tmp_path, [wrong]), layer="schools")
    assert result.frame is None
    assert "[经度, 纬度]" in texts(result, "error")
    wrong["geometry"]["coordinates"] = [117.2, 39.1, 30]
    assert read(geojson(tmp_path, [wrong]), layer="schools").frame is not None
    path = tmp_path / "m.csv"
    path.write_text('名称,WKT\n甲小学,"POINT ZM (117.2 39.1 3 4)"\n', "utf-8")
    assert read(path, layer="schools", crs="EPSG:4326").frame is not None


def test_one_missing_id_is_filled_in(tmp_path: Path) -> None:
    """FOUND 9: a TopoJSON with one missing id was refused."""
    points = [
        {"type": "Point", "coordinates": [117.2 + i / 10, 39.1], "properties": {"名称": f"甲{i}小学"}} for i in range(3)
    ]
    for i in (0, 2):
        points[i]["id"] = f"S{i}"
    topology = {"type": "Topology", "arcs": [], "objects": {"a": {"type": "GeometryCollection", "geometries": points}}}
    path = tmp_path / "a.topojson"
    path.write_text(json.dumps(topology), "utf-8")
    result = read(path, layer="schools", answers={"datum": "wgs84"})
    assert result.frame is not None, result.findings
    ids = result.frame["facility_id"].tolist()
    assert (ids[0], ids[2]) == ("S0", "S2")
    assert ids[1].endswith("-2")
    assert "没有编号" in texts(result, "warning")


def test_an_uncached_formula_refuses_only_where_it_is_used(tmp_path: Path) -> None:
    """FOUND 9: a formula without a value in an unused column refused the workbook."""
    for header, taken in (("自用核算", True), ("小学学位", False)):
        book = openpyxl.Workbook()
        assert book.active is not None
        book.active.append(["名称", header, "经度", "纬度"])
        book.active.append(["甲小学", "=1+1", 117.2, 39.1])
        book.save(tmp_path / "a.xlsx")
        result = read(tmp_path / "a.xlsx", layer="schools", crs="EPSG:4326")
        assert (result.frame is not None) == taken
        assert ("B2" in texts(result, "warning")) == taken


def test_a_workbook_without_formulas_keeps_its_errors(tmp_path: Path) -> None:
    """FOUND 12: it was read twice to look for formulas; an Excel error in it is refused as before."""
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["名称", "小学学位", "经度", "纬度"])
    book.active.append(["甲小学", "#N/A", 117.2, 39.1])
    book.save(tmp_path / "a.xlsx")
    result = read(tmp_path / "a.xlsx", layer="schools", crs="EPSG:4326")
    assert result.frame is None
    assert "B2" in texts(result, "error")


def test_a_drawing_in_millimetres_is_read_in_metres(tmp_path: Path) -> None:
    """FOUND 9: $INSUNITS=4 was refused as NaN, infinite or huge."""
    places = {}
    for unit, size in ((4, 1000.0), (6, 1.0), (4, 1.0)):
        drawing = ezdxf.new("R2000")
        drawing.header["$INSUNITS"] = unit
        drawing.modelspace().add_point((517_000 * size, 4_330_000 * size))
        drawing.saveas(tmp_path / "a.dxf")
        result = read(tmp_path / "a.dxf", layer="schools", crs="EPSG:4548")
        assert result.frame is not None, result.findings
        places[unit, size] = result.frame.geometry.iloc[0]
        assert ("毫米" in texts(result, "warning")) == (size == 1000.0)
    assert max(p.distance(places[6, 1.0]) for p in places.values()) < 1e-9


def test_a_column_stage_is_what_its_words_are(tmp_path: Path) -> None:
    """FOUND 9: a column ``stage`` was read as the status."""
    path = tmp_path / "a.csv"
    path.write_text("name,stage,seats,lon,lat\n甲校,primary,900,117.2,39.1\n乙校,junior,600,117.3,39.1\n", "utf-8")
    frame = read(path, layer="schools", crs="EPSG:4326").frame
    assert frame is not None
    assert frame["seats_primary"].iloc[0] == 900
    assert frame["seats_junior"].iloc[1] == 600
    path.write_text("name,stage,seats_primary,lon,lat\n甲校,planned,900,117.2,39.1\n", "utf-8")
    frame = read(path, layer="schools", crs="EPSG:4326").frame
    assert frame is not None
    assert frame["status"].tolist() == ["planned"]


@pytest.mark.parametrize("name", ["a.ovkml", "a.ovobj", "a.ovjsn"])
def test_files_of_ovital_map_come_with_advice(name: str, tmp_path: Path) -> None:
    """FOUND 9: .ovkml and .ovobj were refused without a way on."""
    (tmp_path / name).write_bytes(b"x")
    assert "奥维" in texts(read(tmp_path / name, layer="schools"), "error")


def test_a_geopackage_of_many_layers_asks_with_a_screenful(tmp_path: Path) -> None:
    """FOUND 8: a GeoPackage of 5 000 layers was accepted unasked."""
    path = tmp_path / "a.gpkg"
    frame = gpd.GeoDataFrame({"name": ["甲小学"]}, geometry=[shapely.Point(117.2, 39.1)], crs=4326)
    frame.to_file(path, layer="schools", driver="GPKG")
    base = sqlite3.connect(path)
    (sql,) = base.execute("SELECT sql FROM sqlite_master WHERE name = 'schools'").fetchone()
    for name in [r[0] for r in base.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()]:
        base.execute(f'DROP TRIGGER "{name}"')
    for i in range(5_000):
        base.execute(sql.replace('"schools"', f'"t{i}"'))
        base.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) VALUES (?, 'features', ?, 4326)",
            (f"t{i}", f"t{i}"),
        )
        base.execute("INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', 'POINT', 4326, 0, 0)", (f"t{i}",))
        base.execute(f'INSERT INTO "t{i}" SELECT * FROM schools')
    base.commit()
    base.close()
    (question,) = read(path, layer="schools").questions
    assert (question.key, question.guess) == ("layer", "schools")
    assert len(question.choices) <= 40
    assert "5001" in question.text_zh
    assert read(path, layer="schools", answers={"layer": "t4711"}).frame is not None


def test_the_page_takes_what_the_reader_takes() -> None:
    """FOUND 8: the page stopped at 64 MB what is documented up to 100 MB."""
    told = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text("utf-8"))
    assert told["server"]["maxUploadSize"] << 20 == SIZE_LIMIT
