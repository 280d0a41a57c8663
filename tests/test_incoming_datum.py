"""Which reference system the numbers of a file are in: never decided by a stray word, by the format, or by the first that fits.

The numbers in brackets are lines of the list of what users met.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyarrow.parquet as pq
import pytest

from geo.crs import wgs84_to_bd09, wgs84_to_gcj02
from layers.incoming import Incoming, known_places, read
from layers.incoming.rows.datums import datum_in
from layers.incoming.rows.systems import converter
from tests.incoming_files import DATA, geojson, school, texts

TRUE = [(117.6601, 39.0571), (117.6712, 39.0655), (117.6583, 39.0702), (117.6447, 39.0618), (117.6391, 39.0533)]
NAMES = ["甲小学", "乙小学", "丙小学", "丁小学", "戊小学"]
STATIONS = [k for k in known_places(DATA)][:12]
BRAZIL = (-51.4, -30.3, -51.0, -29.9)
Shift = Callable[[float, float], tuple[Any, Any]]


def same(x: float, y: float) -> tuple[float, float]:
    return x, y


def table(folder: Path, head: str, rows: list[list[object]], name: str = "a.csv") -> Path:
    path = folder / name
    path.write_text("\n".join([head, *(",".join(str(v) for v in row) for row in rows)]) + "\n", "utf-8")
    return path


def off(result: Incoming, true: list[tuple[float, float]]) -> float:
    """Return the largest distance from the truth [m]."""
    assert result.frame is not None, result.findings
    truth = gpd.GeoSeries(gpd.points_from_xy(*zip(*true, strict=True)), crs=4326).to_crs(4548)
    return float(gpd.GeoSeries(result.frame.geometry.reset_index(drop=True)).to_crs(4548).distance(truth).max())


def asked(result: Incoming) -> dict[str, str | None]:
    assert result.frame is None
    return {q.key: q.guess for q in result.questions}


def test_a_column_of_equipment_answers_nothing(tmp_path: Path) -> None:
    """[4] 设备 = GPS beside coordinates of GCJ-02: 548 m off, unasked."""
    rows = [[n, *wgs84_to_gcj02(x, y), "GPS"] for n, (x, y) in zip(NAMES, TRUE, strict=True)]
    path = table(tmp_path, "学校名称,经度,纬度,设备", rows)
    assert asked(read(path, layer="schools")) == {"datum": "wgs84"}
    assert off(read(path, layer="schools", answers={"datum": "gcj02"}), TRUE) < 2


def test_the_pair_that_says_wgs84_is_taken(tmp_path: Path) -> None:
    """[4] 经度/纬度 in GCJ-02 beside WGS84经度/WGS84纬度: the first pair was taken, 582 m off."""
    rows = [[n, *wgs84_to_gcj02(x, y), x, y] for n, (x, y) in zip(NAMES, TRUE, strict=True)]
    got = read(table(tmp_path, "学校名称,经度,纬度,WGS84经度,WGS84纬度", rows), layer="schools")
    assert off(got, TRUE) < 0.1
    assert "原样保留" in texts(got, "info")
    assert got.frame is not None
    assert {"经度", "纬度"} <= set(got.frame.columns)


def test_a_pair_that_is_not_filled_is_not_taken(tmp_path: Path) -> None:
    rows: list[list[object]] = [[n, x, y, x, y] for n, (x, y) in zip(NAMES, TRUE, strict=True)]
    rows[2][3:] = ["", ""]
    assert "datum" in asked(read(table(tmp_path, "学校名称,经度,纬度,WGS84经度,WGS84纬度", rows), layer="schools"))


@pytest.mark.parametrize(("datum", "shift", "metres"), [("gcj02", wgs84_to_gcj02, 582), ("bd09", wgs84_to_bd09, 1369)])
def test_geojson_and_kml_inside_china_are_asked_about(datum: str, shift: Shift, metres: float, tmp_path: Path) -> None:
    """[4] GeoJSON and 奥维 KML in GCJ-02 (582 m) and BD-09 (1369 m) were taken as they stood."""
    moved = [tuple(map(float, shift(x, y))) for x, y in TRUE]
    made = geojson(tmp_path, [school(n, x, y) for n, (x, y) in zip(NAMES, moved, strict=True)], survey=False)
    marks = "".join(
        f"<Placemark><name>{n}</name><Point><coordinates>{x},{y}</coordinates></Point></Placemark>"
        for n, (x, y) in zip(NAMES, moved, strict=True)
    )
    kml = tmp_path / "a.kml"
    kml.write_text(f'<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{marks}</Document></kml>', "utf-8")
    for path in (made, kml):
        first = read(path, layer="schools")
        assert set(asked(first)) == {"datum"}
        drawn = dict(first.questions[0].samples)
        assert set(drawn) == {"wgs84", "gcj02", "bd09"}
        assert np.abs(np.array(drawn[datum]) - np.array(TRUE)).max() < 2e-5  # where this choice would put them
        assert off(read(path, layer="schools", answers={"datum": datum}), TRUE) < 2
        assert off(read(path, layer="schools", answers={"datum": "wgs84"}), TRUE) > metres / 2


def test_two_pairs_that_contradict_each_other_are_asked_about(tmp_path: Path) -> None:
    rows = [[n, x, y, x, y] for n, (x, y) in zip(NAMES, TRUE, strict=True)]
    assert "datum" in asked(
        read(table(tmp_path, "学校名称,高德经度,高德纬度,WGS84经度,WGS84纬度", rows), layer="schools")
    )


def test_a_geoparquet_that_says_nothing_is_asked_about(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame({"学校名称": NAMES}, geometry=gpd.points_from_xy(*zip(*TRUE, strict=True)), crs=4326)
    frame.to_parquet(tmp_path / "a.parquet")
    whole = pq.read_table(tmp_path / "a.parquet")
    told = json.loads(whole.schema.metadata[b"geo"])
    del told["columns"]["geometry"]["crs"]
    pq.write_table(whole.replace_schema_metadata({b"geo": json.dumps(told).encode()}), tmp_path / "b.parquet")
    assert read(tmp_path / "a.parquet", layer="schools").frame is not None
    assert asked(read(tmp_path / "b.parquet", layer="schools")) == {"datum": "wgs84"}


@pytest.mark.parametrize(
    ("word", "datum"),
    [("百度百科", None), ("高德转WGS84", None), ("高德地图", "gcj02"), ("百度地图", "bd09"), ("GPS", "wgs84")],
)
def test_words_that_name_a_datum(word: str, datum: str | None) -> None:
    assert datum_in(word) == datum


def test_words_of_the_file_are_the_guess(tmp_path: Path) -> None:
    made = geojson(
        tmp_path, [school(n, x, y) for n, (x, y) in zip(NAMES, TRUE, strict=True)], name="a.geojson", survey=False
    )
    told = json.loads(made.read_text("utf-8")) | {"name": "高德导出"}
    made.write_text(json.dumps(told, ensure_ascii=False), "utf-8")
    assert asked(read(made, layer="schools")) == {"datum": "gcj02"}
    one_cell = table(
        tmp_path,
        "学校名称,高德坐标",
        [[n, f'"{x},{y}"'] for n, (x, y) in zip(NAMES, TRUE, strict=True)],
        "b.csv",
    )
    assert asked(read(one_cell, layer="schools")).get("datum") == "gcj02"


def test_known_places_answer_for_a_geojson(tmp_path: Path) -> None:
    path = geojson(tmp_path, [school(n, x, y) for n, x, y, _ in STATIONS], survey=False)
    assert off(read(path, layer="stops", known=STATIONS), [(x, y) for _, x, y, _ in STATIONS]) < 0.1


def test_our_own_files_and_other_countries_are_not_asked_about(tmp_path: Path) -> None:
    assert read(DATA / "schools.geojson", layer="schools").frame is not None
    path = geojson(tmp_path, [school("Escola", -51.2, -30.03)], survey=False)
    rows = [["Escola", -51.2, -30.03]]
    assert read(table(tmp_path, "name,lon,lat", rows), layer="schools", extent=BRAZIL, known=()).frame is not None
    assert read(path, layer="schools", extent=BRAZIL, known=()).frame is not None


def test_every_row_is_of_the_source_that_it_names(tmp_path: Path) -> None:
    """[5] A source named per row: 855 and 1374 m off."""
    shifts: list[tuple[str, Shift]] = [
        ("高德", wgs84_to_gcj02),
        ("百度地图", wgs84_to_bd09),
        ("GPS", same),
        ("高德", wgs84_to_gcj02),
        ("天地图", same),
    ]
    rows: list[list[object]] = [[n, *s(x, y), word] for n, (x, y), (word, s) in zip(NAMES, TRUE, shifts, strict=True)]
    got = read(table(tmp_path, "学校名称,经度,纬度,坐标来源", rows), layer="schools")
    assert off(got, TRUE) < 2
    assert "逐行" in texts(got, "warning")
    loose = table(
        tmp_path, "学校名称,经度,纬度,数据来源", rows, "b.csv"
    )  # where a row comes from need not be where its place does
    first = read(loose, layer="schools")
    assert asked(first) == {"datum": "rows"}
    assert off(read(loose, layer="schools", answers={"datum": "rows"}), TRUE) < 2
    rows[4][3] = "现场"
    some = table(tmp_path, "学校名称,经度,纬度,坐标来源", rows, "c.csv")
    assert "1 行" in read(some, layer="schools").questions[0].text_zh
    assert off(read(some, layer="schools", answers={"datum": "wgs84"}), TRUE) < 2


@pytest.mark.parametrize("code", [32650, 4548, 2436, 4527, 21420])
def test_the_guess_of_a_bare_file_is_made_by_known_places(code: int, tmp_path: Path) -> None:
    """[5] UTM 50N without .prj was guessed to be CGCS2000 (1731 m off), Beijing 54 too (53 m), neither was a choice."""
    there = converter("EPSG:4326", f"EPSG:{code}")
    x, y = there.transform([k[1] for k in STATIONS], [k[2] for k in STATIONS])
    rows = [[k[0], f"{a:.3f}", f"{b:.3f}"] for k, a, b in zip(STATIONS, x, y, strict=True)]
    path = table(tmp_path, "站名,东坐标,北坐标", rows)
    first = read(path, layer="stops", known=STATIONS)
    assert asked(first)["crs"] == f"EPSG:{code}"
    choices = {c[0] for c in first.questions[0].choices}
    assert {"EPSG:32650", "EPSG:4548", "EPSG:2436", "EPSG:2384"} <= choices
    then = read(path, layer="stops", known=STATIONS, answers={"crs": f"EPSG:{code}"})
    if code in (2436, 21420):  # recognised, not converted: there are no public parameters
        assert "控制点" in texts(then, "error")
    else:
        assert off(then, [(k[1], k[2]) for k in STATIONS]) < 1


def test_a_bare_file_without_known_places_says_how_far_apart_the_readings_are(tmp_path: Path) -> None:
    x, y = converter("EPSG:4326", "EPSG:32650").transform(*zip(*TRUE, strict=True))
    path = table(tmp_path, "学校名称,东坐标,北坐标", [[n, a, b] for n, a, b in zip(NAMES, x, y, strict=True)])
    question = read(path, layer="schools").questions[0]
    assert "EPSG:32650 1,7" in question.text_zh or "EPSG:4548 1,7" in question.text_zh
    assert len(question.samples) >= 2


def packed(value: float, decimals: int = 4) -> str:
    seconds = round(value * 3600, decimals - 4)
    return f"{int(seconds // 3600)}.{int(seconds % 3600 // 60):02d}{seconds % 60:0{2 if decimals == 4 else 3 + decimals - 4}.{decimals - 4}f}".replace(
        "..", "."
    )


def test_degrees_minutes_and_seconds_in_one_number(tmp_path: Path) -> None:
    """[5] DD.MMSS packed: 4.9 to 19 km off, no warning."""
    rows = [[n, packed(x), packed(y)] for n, (x, y) in zip(NAMES, TRUE, strict=True)]
    path = table(tmp_path, "学校名称,经度,纬度", rows)
    assert asked(read(path, layer="schools")) == {"angle": "dms"}
    got = read(path, layer="schools", answers={"angle": "dms", "datum": "wgs84"})
    assert off(got, TRUE) < 25  # whole seconds
    run = [[n, packed(x).replace(".", ""), packed(y).replace(".", "")] for n, (x, y) in zip(NAMES, TRUE, strict=True)]
    path = table(tmp_path, "学校名称,经度,纬度", run, "b.csv")
    assert asked(read(path, layer="schools")) == {"angle": "dms"}
    assert off(read(path, layer="schools", answers={"angle": "dms", "datum": "wgs84"}), TRUE) < 25
    one = read(table(tmp_path, "学校名称,经度,纬度", rows[:1], "c.csv"), layer="schools", answers={"datum": "wgs84"})
    assert "度分秒连写" in texts(one, "warning")


def test_true_decimals_are_not_asked_about(tmp_path: Path) -> None:
    rows = [[n, x, y] for n, (x, y) in zip(NAMES, TRUE, strict=True)]
    assert asked(read(table(tmp_path, "学校名称,经度,纬度", rows), layer="schools")) == {"datum": "wgs84"}


def test_parameters_of_the_file_lead_from_beijing_54(tmp_path: Path) -> None:
    """[9] Beijing 54 with TOWGS84 was refused; zeros, which some programs write, still are."""
    for seven, taken in (("15.8,-154.4,-82.3,0,0,0,0", True), ("0,0,0,0,0,0,0", False)):
        prj = (
            'PROJCS["Beijing 1954 / 3-degree Gauss-Kruger CM 117E",GEOGCS["Beijing 1954",DATUM["Beijing_1954",SPHEROID["Krassowsky 1940",6378245,298.3],'
            f'TOWGS84[{seven}]],PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],'
            'PARAMETER["latitude_of_origin",0],PARAMETER["central_meridian",117],PARAMETER["scale_factor",1],PARAMETER["false_easting",500000],'
            'PARAMETER["false_northing",0],UNIT["metre",1]]'
        )
        x, y = converter("EPSG:4326", prj).transform(*zip(*TRUE, strict=True))
        frame = gpd.GeoDataFrame({"NAME": NAMES}, geometry=gpd.points_from_xy(x, y), crs=4548)
        folder = tmp_path / seven[:3]
        folder.mkdir()
        frame.to_file(folder / "a.shp", encoding="UTF-8")
        (folder / "a.prj").write_text(prj, "utf-8")
        got = read(folder / "a.shp", layer="schools")
        if taken:
            assert off(got, TRUE) < 0.1
            assert "TOWGS84" in texts(got, "warning")
        else:
            assert got.frame is None
            assert "控制点" in texts(got, "error")


def test_a_boundary_of_datav_is_a_zone_in_gcj02(tmp_path: Path) -> None:
    """[9] DataV's boundary was refused for level=district."""
    ring = [(117.60, 39.02), (117.70, 39.02), (117.70, 39.10), (117.60, 39.10), (117.60, 39.02)]
    moved = [[float(v) for v in wgs84_to_gcj02(x, y)] for x, y in ring]
    feature = {
        "type": "Feature", "properties": {"adcode": 120116, "name": "滨海新区", "level": "district", "parent": {"adcode": 120000}},
        "geometry": {"type": "MultiPolygon", "coordinates": [[moved]]},
    }  # fmt: skip
    path = geojson(tmp_path, [feature], survey=False)
    assert asked(read(path, layer="zones")) == {"datum": "gcj02"}
    got = read(path, layer="zones", answers={"datum": "gcj02"})
    assert got.frame is not None, got.findings
    assert got.frame["level"].tolist() == ["zone"]
    assert np.abs(np.array(got.frame.geometry.iloc[0].bounds) - np.array((117.60, 39.02, 117.70, 39.10))).max() < 2e-5
