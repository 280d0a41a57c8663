"""What a file seems to say beyond the columns that were taken is told, and what a cell shows is what is read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest
import rasterio

from layers.incoming import Incoming, read

PLACES = [(117.1072, 39.0881), (117.1183, 39.0896), (117.1275, 39.0972)]


def csv(folder: Path, columns: dict[str, list[Any]], *, above: str = "") -> Path:
    path = folder / "a.csv"
    head = ["名称", *columns, "经度", "纬度"]
    rows = [[f"第{i}小学", *(v[i] for v in columns.values()), *PLACES[i]] for i in range(2)]
    lines = [above] * bool(above) + [",".join(map(str, r)) for r in (head, *rows)]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def schools(path: Path, layer: str = "schools") -> Incoming:
    return read(path, layer=layer, answers={"datum": "wgs84"})


def warned(result: Incoming, words: str) -> bool:
    assert result.accepted, result.findings
    return any(f.level == "warning" and words in f.text_zh and f.text_en for f in result.findings)


def test_a_footnote_mark_is_no_digit(tmp_path: Path) -> None:
    """FOUND 3: 1080① was taken as 10801 seats."""
    result = schools(csv(tmp_path, {"小学学位": ["1080①", "810²"]}))
    assert result.frame is None
    assert {f.row for f in result.findings if f.level == "error"} == {1, 2}


def test_thousands_of_persons_are_multiplied(tmp_path: Path) -> None:
    """FOUND 3: （千人） was taken for a ratio, beds per thousand persons still are one."""
    result = schools(csv(tmp_path, {"小学学位(千人)": [1.08, 0.81]}))
    assert result.frame is not None and list(result.frame["seats_primary"]) == [1080, 810]


@pytest.mark.parametrize("column", ["小学人数", "小学学位25年", "十四五小学学位", "小学学位1", "拟建小学学位"])
def test_a_column_of_seats_that_was_not_taken_is_named(tmp_path: Path, column: str) -> None:
    """FOUND 3: such a column was left aside without a word."""
    assert warned(schools(csv(tmp_path, {column: [1080, 810]})), column)


@pytest.mark.parametrize("column", ["千人床位数", "实有床位2", "床位缺口", "beds per 1000"])
def test_a_column_of_beds_that_was_not_taken_is_named(tmp_path: Path, column: str) -> None:
    result = schools(csv(tmp_path, {"类型": ["医院", "医院"], "编制床位": [100, 80], column: [6, 5]}), "clinics")
    assert warned(result, column)
    assert not warned(schools(csv(tmp_path, {"类型": ["医院", "医院"], "编制床位": [100, 80]}), "clinics"), "没有用")


@pytest.mark.parametrize(
    ("columns", "above"),
    [
        ({"小学学位": [1080, 810]}, "2030年规划学校一览表"),
        ({"小学学位": [1080, 810], "是否撤并": ["是", "否"]}, ""),
        ({"小学学位": [1080, 810], "建设性质": ["规划", "现状保留"]}, ""),
        ({"小学学位": [1080, 810], "备注": ["", "拟撤并"]}, ""),
        ({"小学学位": [1080, 810], "开办年份": [1990, 2099]}, ""),
    ],
)
def test_plans_and_closures_are_not_existing_in_silence(
    tmp_path: Path, columns: dict[str, list[Any]], above: str
) -> None:
    """FOUND 9: without a status column, planned and closed schools became existing ones with an info only."""
    assert warned(schools(csv(tmp_path, columns, above=above)), "没有状态列")


def test_an_ordinary_table_gets_no_warning(tmp_path: Path) -> None:
    path = csv(
        tmp_path,
        {"小学学位": [1080, 810], "是否撤并": ["否", "否"], "地址": ["新建路1号", "规划路2号"]},
        above="规划局：学校表",
    )
    result = schools(path)
    assert result.accepted and not [f for f in result.findings if f.level == "warning"], result.findings


def test_seats_as_small_as_classes_are_doubted(tmp_path: Path) -> None:
    assert warned(schools(csv(tmp_path, {"小学学位": [24, 18]})), "像班数")
    assert not warned(schools(csv(tmp_path, {"小学学位": [240, 18]})), "像班数")


def test_the_total_of_an_area_is_no_school(tmp_path: Path) -> None:
    path = csv(tmp_path, {"小学学位": [1080, 810]})
    path.write_text(path.read_text("utf-8") + "甲片区汇总,1890,117.1275,39.0972\n", "utf-8")
    result = schools(path)
    assert result.frame is not None and len(result.frame) == 2


@pytest.mark.parametrize(
    ("form", "value", "asked"), [('0"班"', 24, ["classes"]), ('0.0"万"', 0.108, []), ("#,##0", 1080, [])]
)
def test_the_unit_of_a_number_format_is_read(tmp_path: Path, form: str, value: float, asked: list[str]) -> None:
    """FOUND 3: a cell that shows 24班 was 24 seats; an id shown as 007 was 7."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["学校编号", "名称", "小学学位", "经度", "纬度"])
    for i, place in enumerate(PLACES):
        sheet.append([i + 7, f"第{i}小学", value, *place])
        sheet.cell(i + 2, 1).number_format = "000"
        sheet.cell(i + 2, 3).number_format = form
    path = tmp_path / "a.xlsx"
    book.save(path)
    result = schools(path)
    assert [q.key for q in result.questions] == asked
    if result.frame is not None:
        assert list(result.frame["seats_primary"]) == [1080] * 3
        assert list(result.frame["facility_id"]) == ["007", "008", "009"]


def test_ids_that_are_dates_are_told(tmp_path: Path) -> None:
    assert warned(schools(csv(tmp_path, {"编号": ["2025-03-05", "2025-03-06"]})), "编号是日期")


def test_of_two_pairs_the_surveyed_is_taken_and_a_question_names_its_columns(tmp_path: Path) -> None:
    """FOUND 4: beside GPS经度 the pair of a web map was taken, and the question did not say so (570 m)."""
    shifted = [(x + 0.006, y + 0.001) for x, y in PLACES]
    path = tmp_path / "a.csv"
    rows = [
        f"学校{i},{a[0]},{a[1]},{b[0]:.4f},{b[1]:.4f}" for i, (a, b) in enumerate(zip(PLACES, shifted, strict=True))
    ]
    path.write_text("\n".join(["名称,GPS经度,GPS纬度,高德经度,高德纬度", *rows]), "utf-8")
    result = read(path, layer="schools")
    if result.frame is None:
        assert "GPS经度" in result.questions[0].text_zh
        result = schools(path)
    assert result.frame is not None and abs(result.frame.geometry.x - [p[0] for p in PLACES]).max() < 1e-6
    question = read(csv(tmp_path, {"小学学位": [1, 2]}), layer="schools").questions[0]
    assert question.key == "datum" and "经度、纬度" in question.text_zh and "经度, 纬度" in question.text_en


@pytest.mark.parametrize(("scale", "words"), [(1, "2025 等级"), (1, "男性 2025"), (1, "2025 户数"), (1 / 80, "2025")])
def test_a_band_that_is_not_all_residents_is_asked_about(tmp_path: Path, scale: float, words: str) -> None:
    """FOUND 7: classes, men, households and shares became the population with an info only."""
    cells = (np.random.default_rng(1).integers(1, 80, (20, 20)) * scale).astype("float32")
    path = tmp_path / "a.tif"
    where = rasterio.transform.from_origin(509_000, 4_328_000, 100, 100)
    with rasterio.open(path, "w", driver="GTiff", height=20, width=20, count=1, dtype="float32", crs="EPSG:32650", transform=where) as to:  # fmt: skip
        to.write(cells[None])
        to.set_band_description(1, words)
    assert [q.key for q in read(path, layer="population").questions] == ["raster"]
