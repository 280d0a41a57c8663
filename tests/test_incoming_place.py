"""Where planners' coordinates lie: datum, known places, area, control points."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from geo.crs import wgs84_to_bd09, wgs84_to_gcj02
from layers.incoming import known_places, read, surroundings
from layers.incoming.place.localgrid import helmert
from tests.incoming_files import DATA, geojson, school, texts


@pytest.mark.parametrize(
    ("datum", "shift"), [("gcj02", wgs84_to_gcj02), ("bd09", wgs84_to_bd09), ("wgs84", lambda x, y: (x, y))]
)
def test_shifted_lists_are_told_by_known_places(datum: str, shift: Any, tmp_path: Path) -> None:
    known = [(f"站点{i}", 117.1 + 0.01 * i, 39.05 + 0.007 * i, 30.0) for i in range(8)]
    lines = [f"{n},{shift(x, y)[0]},{shift(x, y)[1]}" for n, x, y, _ in known]
    path = tmp_path / "a.csv"
    path.write_text("站名,经度,纬度\n" + "\n".join(lines) + "\n", "utf-8")
    asked = read(path, layer="stops", known=known)
    assert asked.frame is None
    assert [(q.key, q.guess) for q in asked.questions] == [("datum", datum)]
    frame = read(path, layer="stops", known=known, answers={"datum": asked.questions[0].guess}).frame
    assert frame is not None
    assert frame.geometry.x.to_numpy() == pytest.approx([x for _, x, _, _ in known], abs=1e-8)
    assert frame.geometry.y.to_numpy() == pytest.approx([y for _, _, y, _ in known], abs=1e-8)


def test_a_geojson_in_gcj02_is_asked_about_when_places_show_it(tmp_path: Path) -> None:
    known = [(f"站点{i}", 117.1 + 0.01 * i, 39.05 + 0.007 * i, 30.0) for i in range(8)]
    right = geojson(tmp_path, [school(n, x, y) for n, x, y, _ in known], "right.geojson", survey=False)
    off = geojson(tmp_path, [school(n, *wgs84_to_gcj02(x, y)) for n, x, y, _ in known], "off.geojson", survey=False)
    assert read(right, layer="stops", known=known).frame is not None
    assert [(q.key, q.guess) for q in read(off, layer="stops", known=known).questions] == [("datum", "gcj02")]


def test_the_bundled_stations_are_known_places() -> None:
    places = known_places(DATA)
    assert len(places) >= 5
    assert all(116.6 < x < 118.2 and 38.4 < y < 40.4 and 0 < a <= 200 for _, x, y, a in places)


def test_a_told_datum_is_doubted_when_the_file_names_a_web_map(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("高德地图导出,,\n名称,经度,纬度\n甲小学,117.2,39.1\n", "utf-8")
    asked = read(path, layer="schools", crs="EPSG:4326")
    assert [(q.key, q.guess) for q in asked.questions] == [("datum", "gcj02")]
    assert read(path, layer="schools", crs="EPSG:4326", answers={"datum": "wgs84"}).frame is not None


def test_a_place_far_from_every_zone_is_named(tmp_path: Path) -> None:
    result = read(geojson(tmp_path, [school("甲小学", 117.2, 39.1), school("远小学", 117.0, 38.6)]), layer="schools")
    assert result.frame is not None
    assert [f.row for f in result.findings if f.level == "warning"] == [2]


def test_control_points_that_disagree_are_refused_with_each_residual(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("名称,东坐标,北坐标\n甲小学,100500,300400\n", "utf-8")
    points = [
        [100_000, 300_000, 117.20, 39.10],
        [101_000, 300_000, 117.2115655, 39.10],
        [100_000, 301_000, 117.20, 39.1090067],
        [101_000, 301_000, 117.2115655, 39.1090067],
    ]
    answers = {"crs": "control_points", "control_points": points}
    good = read(path, layer="schools", answers=answers)
    assert good.frame is not None
    assert "残差" in texts(good, "warning")
    answers["control_points"] = [*points[:3], [101_000, 301_005, 117.2115655, 39.1090067]]
    bad = read(path, layer="schools", answers=answers)
    assert bad.frame is None
    assert "中误差" in texts(bad, "error")
    assert read(path, layer="schools", answers={"crs": "control_points", "control_points": points[:2]}).frame is None


def test_helmert_finds_shift_turn_and_scale() -> None:
    source = np.array([[0.0, 0.0], [100.0, 0.0], [0.0, 50.0], [70.0, 80.0]])
    turn, scale = 0.3, 1.0002
    target = scale * source @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]) + [500.0, 900.0]
    (a, b), residual = helmert(source, target)
    assert a == pytest.approx(500 + 900j)
    assert abs(b) == pytest.approx(scale)
    assert np.angle(b) == pytest.approx(turn)
    assert residual == pytest.approx(0.0, abs=1e-9)


def test_an_extent_elsewhere_is_kept_to(tmp_path: Path) -> None:
    path = geojson(tmp_path, [school("Escola", -8.61, 41.15)])
    assert read(path, layer="schools").frame is None
    assert read(path, layer="schools", extent=(-8.8, 41.0, -8.4, 41.3)).frame is not None


def test_another_workspace_brings_its_own_area(tmp_path: Path) -> None:
    assert surroundings(DATA)["extent"] is None
    ring = [[-8.7, 41.1], [-8.7, 41.2], [-8.5, 41.2], [-8.5, 41.1], [-8.7, 41.1]]
    geojson(
        tmp_path,
        [{"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [ring]}}],
        "zones.geojson",
    )
    path = geojson(tmp_path, [school("Escola", -8.61, 41.15)])
    around = surroundings(tmp_path)
    assert around["extent"] == pytest.approx((-9.2, 40.6, -8.0, 41.7))
    assert read(path, layer="schools", **around).frame is not None
