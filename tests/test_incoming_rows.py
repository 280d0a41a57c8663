"""What the cells of planners' files mean: numbers, degrees, encodings, columns, and areas that are repaired."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from layers.incoming import Incoming, read
from layers.incoming.rows.text import decode_fields, suspicious
from layers.incoming.rows.values import angle, number
from tests.incoming_files import geojson, school, texts


def test_blank_seats_are_unknown_and_never_zero(tmp_path: Path) -> None:
    path = geojson(tmp_path, [school("甲小学", 117.2, 39.1, 小学学位=None), school("乙小学", 117.3, 39.1, 小学学位=0)])
    frame = read(path, layer="schools").frame
    assert frame is not None
    assert np.isnan(frame["seats_primary"].iloc[0])
    assert frame["seats_primary"].iloc[1] == 0


def test_a_refused_number_names_its_row_and_remedy(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("学校名称,小学学位,经度,纬度\n甲小学,900,117.2,39.1\n乙小学,约1200,117.3,39.1\n", "utf-8")
    result = read(path, layer="schools", crs="EPSG:4326")
    assert result.frame is None
    errors = [f for f in result.findings if f.level == "error"]
    assert [(f.row, f.field, f.file) for f in errors] == [(2, "seats_primary", "a.csv")]
    assert "约1200" in errors[0].text_zh
    assert "留空" in errors[0].text_zh
    assert "leave it blank" in errors[0].text_en


def test_a_bow_tie_is_repaired_with_both_areas_told(tmp_path: Path) -> None:
    ring = [[117.2, 39.1], [117.21, 39.11], [117.21, 39.1], [117.2, 39.11], [117.2, 39.1]]
    path = geojson(
        tmp_path,
        [{"type": "Feature", "properties": {"name": "甲"}, "geometry": {"type": "Polygon", "coordinates": [ring]}}],
    )
    result = read(path, layer="zones")
    assert result.frame is not None
    assert result.frame.geometry.is_valid.all()
    said = texts(result, "warning")
    assert "0.00 → " in said
    # Half of a box of 864 m x 1 110 m.
    assert float(said.split("→ ")[1].split(" ")[0]) == pytest.approx(48.0, abs=0.3)


def test_columns_can_be_mapped_by_the_planner_either_way_round(tmp_path: Path) -> None:
    path = geojson(tmp_path, [school("甲小学", 117.2, 39.1, A列=900)])
    for choice in ({"seats_primary": "A列"}, {"A列": "seats_primary"}):
        frame = read(path, layer="schools", answers={"columns": choice}).frame
        assert frame is not None
        assert frame["seats_primary"].tolist() == [900.0]
    wrong = read(path, layer="schools", answers={"columns": {"seats_primary": "没有"}})
    assert wrong.frame is None
    assert "A列" in texts(wrong, "error")


def test_columns_that_the_schema_does_not_know_are_kept(tmp_path: Path) -> None:
    frame = read(geojson(tmp_path, [school("甲小学", 117.2, 39.1, 小学学位=810, 班数=18)]), layer="schools").frame
    assert frame is not None
    assert frame["班数"].tolist() == [18]


def test_areas_in_other_units_are_not_taken_for_square_kilometres(tmp_path: Path) -> None:
    ring = [[117.2, 39.1], [117.2, 39.11], [117.21, 39.11], [117.21, 39.1], [117.2, 39.1]]

    def zone(area: Any) -> Incoming:
        return read(
            geojson(
                tmp_path,
                [
                    {
                        "type": "Feature",
                        "properties": {"name": "甲", "面积": area},
                        "geometry": {"type": "Polygon", "coordinates": [ring]},
                    }
                ],
            ),
            layer="zones",
        )

    right, metres = zone(0.96), zone(960_000)
    assert right.frame is not None
    assert right.frame["area_km2_published"].tolist() == [0.96]
    assert metres.frame is not None
    assert np.isnan(metres.frame["area_km2_published"].iloc[0])
    assert metres.frame["面积"].tolist() == [960_000]
    assert "平方米" in texts(metres, "warning")


@pytest.mark.parametrize(("cell", "value", "how"), [
    (1200, 1200.0, "plain"), ("1200", 1200.0, "plain"), ("1,200", 1200.0, "rewritten"), ("１２００", 1200.0, "rewritten"), ("", None, "unknown"), (None, None, "unknown"), ("　", None, "unknown"), ("—", None, "unknown"),
    ("约1200", None, "bad"), ("一千二", None, "bad"), ("12,00", None, "bad"), (True, None, "bad"), ("NaN", None, "bad"), (float("nan"), None, "bad"), (float("inf"), None, "bad"), ("1e3", None, "bad"), (10**400, None, "bad"),
])  # fmt: skip
def test_numbers_are_read_only_when_they_plainly_are(cell: Any, value: float | None, how: str) -> None:
    assert number(cell) == (value, how)


@pytest.mark.parametrize(
    ("cell", "degrees"),
    [
        ("117°30′00″", 117.5),
        ("117度30分", 117.5),
        ("E117.5", 117.5),
        ("东经117°30′", 117.5),
        ("S39.5", -39.5),
        ("１１７．５", 117.5),
        ("117:30:00", 117.5),
        ("117°61′0″", None),
        ("E117.5E", None),
    ],
)
def test_degrees_are_read_in_every_dress(cell: str, degrees: float | None) -> None:
    assert angle(cell)[0] == (None if degrees is None else pytest.approx(degrees))


def test_the_encoding_is_decided_on_the_whole_table() -> None:
    words = ["联通".encode("gbk"), "华苑小学".encode("gbk"), b"abc"]
    assert decode_fields(words, [20] * 3)[:2] == (["联通", "华苑小学", "abc"], "gb18030")
    cut = ["华苑小学".encode()[:10]]
    assert decode_fields(cut, [10]) == (["华苑小"], "utf-8", [0])
    assert suspicious("瀛︽牎鍚嶇О")
    assert not suspicious("学校名称")
