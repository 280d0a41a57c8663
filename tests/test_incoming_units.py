"""What a number of a planner's file counts: its unit is read, asked for, or a reason to leave it; never stripped."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest

from layers.incoming import Incoming, read
from layers.incoming.rows.units import header, quantity, told_above
from tests.incoming_files import texts

STAGES = ("kindergarten", "primary", "junior", "senior")


def table(folder: Path, column: str, cells: list[Any], *, more: dict[str, list[Any]] | None = None, above: str = "", kind: str = "小学") -> Path:  # fmt: skip
    path = folder / "a.csv"
    extra = more or {}
    head = ["学校名称", "类型", column, *extra, "经度", "纬度"]
    lines = [above] if above else []
    lines.append(",".join(f'"{h}"' for h in head))
    for i, cell in enumerate(cells):
        row = [f"甲{i}", kind, cell, *(v[i] for v in extra.values()), 117.2 + i / 100, 39.1]
        lines.append(",".join("" if v is None else f'"{v}"' for v in row))
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def schools(path: Path, **answers: Any) -> Incoming:
    return read(path, layer="schools", crs="EPSG:4326", answers=answers)


def seats(result: Incoming, stage: str = "primary") -> list[float | None]:
    assert result.frame is not None, result.findings
    return [None if v != v else v for v in result.frame[f"seats_{stage}"]]


def asked(result: Incoming) -> list[str]:
    return [q.key for q in result.questions]


CLASSES = ["办学规模（班）", "小学（班）", "办学规模(班)", "办学规模[班]", "办学规模【个班】", "规模/班", "办学规模-班", "小学班数", "班数", "班级数", "教学班", "办学规模（单位：班）", "classes", "primary_classes", "Number of classes", "capacity (classes)", "小学班"]  # fmt: skip


@pytest.mark.parametrize("column", CLASSES)
def test_classes_are_asked_about_and_never_seats(tmp_path: Path, column: str) -> None:
    """FOUND 3: 办学规模（班） 36 and 小学（班） 30 were 36 and 30 seats."""
    path = table(tmp_path, column, [36, 30])
    first = schools(path)
    assert first.frame is None
    assert asked(first) == ["classes"]
    assert seats(schools(path, classes="plan")) == [1620, 1350]
    assert seats(schools(path, classes="40")) == [1440, 1200]
    unknown = schools(path, classes="unknown")
    assert seats(unknown) == [None, None]
    assert "学位按未知" in texts(unknown, "warning")
    assert asked(schools(path, classes="plan")) == []
    made = schools(path, classes="plan").frame
    assert made is not None
    assert made["basis"].tolist() == ["derived", "derived"]
    assert made[column].astype(str).tolist() == ["36", "30"]


@pytest.mark.parametrize("way", ["columns", "columns.seats_primary"])
def test_classes_that_the_planner_chooses_as_seats_are_asked_about(tmp_path: Path, way: str) -> None:
    path = table(tmp_path, "教学规模（班）", [36, 30])
    chosen: dict[str, Any] = {way: {"seats_primary": "教学规模（班）"} if way == "columns" else "教学规模（班）"}
    assert asked(schools(path, **chosen)) == ["classes"]
    assert seats(schools(path, **chosen, classes="plan")) == [1620, 1350]


def test_another_unit_that_the_planner_chooses_is_asked_about(tmp_path: Path) -> None:
    """A column of square metres chosen as seats, or of rooms as beds, was taken without a word."""
    path = table(tmp_path, "校舍（亩）", [36, 30])
    chosen = {"columns.seats_primary": "校舍（亩）"}
    first = schools(path, **chosen)
    assert (first.frame, asked(first)) == (None, ["unit.seats_primary"])
    assert first.questions[0].guess == "unknown"
    left = schools(path, **chosen, **{"unit.seats_primary": "unknown"})
    assert seats_or_none(left) is None
    assert "面积" in texts(left, "warning")
    told = schools(path, **chosen, **{"unit.seats_primary": "as_is"})
    assert seats(told) == [36, 30]
    assert "面积" in texts(told, "warning")
    assert schools(path, **chosen, **{"unit.seats_primary": "x"}).frame is None

    clinics = tmp_path / "b.csv"
    clinics.write_text("名称,类型,病房面积（亩）,经度,纬度\n甲医院,医院,300,117.2,39.1\n", "utf-8")
    told_beds = {"columns.beds": "病房面积（亩）"}
    asked_of = read(clinics, layer="clinics", crs="EPSG:4326", answers=told_beds)
    assert asked(asked_of) == ["unit.beds"]
    taken = read(clinics, layer="clinics", crs="EPSG:4326", answers={**told_beds, "unit.beds": "as_is"}).frame
    assert taken is not None
    assert taken["beds"].tolist() == [300]


def seats_or_none(result: Incoming) -> list[float] | None:
    """Return the primary seats that are known, None where there are none."""
    assert result.frame is not None, result.findings
    return result.frame["seats_primary"].dropna().tolist() or None if "seats_primary" in result.frame else None


def test_the_class_size_is_that_of_the_stage(tmp_path: Path) -> None:
    path = table(tmp_path, "初中（班）", [20], kind="初中")
    assert seats(schools(path, classes="plan"), "junior") == [900]
    assert seats(schools(path, classes="gb50099"), "junior") == [1000]
    bad = schools(path, classes="500")
    assert bad.frame is None
    assert "classes" in texts(bad, "error")


@pytest.mark.parametrize("column", ["小学（所）", "小学/所", "学校数（所）", "小学（校）", "规模（平方米）", "规模(m²)", "规模（㎡）", "办学规模（亩）", "规模（公顷）", "规模（万元）", "学位缺口", "学位（缺口）", "学位需求", "新增学位",
                                    "千人学位数", "学位（座/千人）", "建筑面积", "area_sqm", "办学规模（轨）", "占地面积（平方米）", "班额", "毕业生数"])  # fmt: skip
def test_counts_of_schools_areas_rates_and_needs_are_never_seats(tmp_path: Path, column: str) -> None:
    """FOUND 3: 小学（所） 2 and 规模（平方米） 18000 were seats."""
    result = schools(table(tmp_path, column, [2, 18_000]))
    for stage in STAGES:
        assert seats(result, stage) == [None, None]
    assert "未知" in texts(result, "warning") or "不作为" in texts(result, "warning")


@pytest.mark.parametrize("column", ["小学学位（万个）", "小学学位/万个", "小学学位-万个", "小学学位（单位：万个）", "小学学位万个", "小学学位（万座）", "学位数（万人）"])  # fmt: skip
def test_ten_thousands_are_multiplied(tmp_path: Path, column: str) -> None:
    """FOUND 3: 小学学位（万个） 1 was one seat."""
    result = schools(table(tmp_path, column, [1, "0.108"]))
    assert seats(result) == [10_000, 1_080]
    assert "10000" in texts(result, "warning")


@pytest.mark.parametrize("column", ["招生规模", "招生计划", "招生人数", "年招生（人）", "招生计划（人/年）", "intake", "annual intake"])  # fmt: skip
def test_the_intake_of_a_year_is_asked_about(tmp_path: Path, column: str) -> None:
    """FOUND 3: 招生规模 240 was 240 seats."""
    path = table(tmp_path, column, [240])
    assert asked(schools(path)) == ["intake"]
    assert seats(schools(path, intake="years")) == [1440]
    assert seats(schools(path, intake="unknown")) == [None]


@pytest.mark.parametrize("column", ["在校生", "在校生数", "在校学生数（人）", "学生人数", "enrollment", "Enrolment 2024", "students"])  # fmt: skip
def test_enrolment_is_not_capacity(tmp_path: Path, column: str) -> None:
    path = table(tmp_path, column, [900])
    assert asked(schools(path)) == ["enrolment"]
    assert seats(schools(path, enrolment="seats")) == [900]
    assert seats(schools(path, enrolment="unknown")) == [None]


def test_seats_beside_classes_and_enrolment_need_no_question(tmp_path: Path) -> None:
    path = table(tmp_path, "小学学位", [1080], more={"班数": [24], "在校生": [990], "招生规模": [180]})
    result = schools(path)
    assert seats(result) == [1080]
    assert "班数" in texts(result, "info")


@pytest.mark.parametrize("columns", [("2025", "2030"), ("小学学位（2025）", "小学学位（2030）"), ("小学2025", "小学2030"), ("2025年小学学位", "2030年小学学位"), ("现状学位", "规划学位"), ("学位数2025年", "学位数2030年")])  # fmt: skip
def test_columns_of_years_are_asked_about(tmp_path: Path, columns: tuple[str, str]) -> None:
    """FOUND 3: of the columns 2025 and 2030 the first was taken unasked."""
    path = table(tmp_path, columns[0], [900], more={columns[1]: [1200]})
    first = schools(path)
    assert first.frame is None
    (question,) = first.questions
    assert [v for v, _, _ in question.choices] == [*columns, ""]
    assert seats(schools(path, **{question.key: columns[1]})) == [1200]
    assert seats(schools(path, **{question.key: ""})) == [None]


@pytest.mark.parametrize("cell", ["****", "***", "＊＊＊", "xx", "XXX", "保密"])
def test_masked_values_are_reported_by_row_and_column(tmp_path: Path, cell: str) -> None:
    """FOUND 3: **** became unknown with no finding."""
    result = schools(table(tmp_path, "小学学位", [900, cell]))
    assert seats(result) == [900, None]
    assert [(f.row, f.field) for f in result.findings if f.level == "warning" and "遮盖" in f.text_zh] == [
        (2, "seats_primary")
    ]


def test_the_unit_of_a_cell_decides(tmp_path: Path) -> None:
    path = table(tmp_path, "学位数", ["36班", "0.12万", "1,080人", "24班（1080人）"])
    assert asked(schools(path)) == ["classes"]
    assert seats(schools(path, classes="plan")) == [1620, 1200, 1080, 1080]
    for cell in ("2所", "18000平方米", "1200元", "30%"):
        wrong = schools(table(tmp_path, "学位数", [900, cell]))
        assert wrong.frame is None
        assert [f.row for f in wrong.findings if f.level == "error"] == [2]


def test_a_bare_size_as_small_as_classes_or_as_large_as_an_area_is_asked_about(tmp_path: Path) -> None:
    small = table(tmp_path, "办学规模", [36, 24])
    assert asked(schools(small)) == ["unit"]
    assert seats(schools(small, unit="classes", classes="plan")) == [1620, 1080]
    assert seats(schools(small, unit="seats")) == [36, 24]
    assert seats(schools(small, unit="unknown")) == [None, None]
    assert asked(schools(table(tmp_path, "规模", [18_000]))) == ["unit"]
    assert seats(schools(table(tmp_path, "办学规模", [1080, 36]))) == [1080, 36]


@pytest.mark.parametrize(("group", "below", "key"), [("班数", ("小学", "初中"), "classes"), ("办学规模（班）", ("小学", "初中"), "classes"), ("小学学位", ("2025", "2030"), "columns.seats_primary"), ("在校生", ("小学", "初中"), "enrolment")])  # fmt: skip
def test_a_group_over_columns_keeps_its_say(tmp_path: Path, group: str, below: tuple[str, str], key: str) -> None:
    """FOUND 3: of 班数 over 小学 and 初中 the group was dropped, and the classes were seats."""
    lines = [f"学校名称,类型,{group},,经度,纬度", f",,{below[0]},{below[1]},,", "甲校,小学,900,450,117.2,39.1"]
    (tmp_path / "a.csv").write_text("\n".join(lines), "utf-8")
    book = openpyxl.Workbook()
    assert book.active is not None
    for line in lines:
        book.active.append([int(c) if c.isdigit() else c or None for c in line.split(",")])
    book.active.merge_cells("C1:D1")
    book.save(tmp_path / "a.xlsx")
    for name in ("a.csv", "a.xlsx"):
        assert asked(schools(tmp_path / name)) == [key], name


def test_a_title_gives_its_unit_to_the_columns_without_one(tmp_path: Path) -> None:
    path = table(tmp_path, "办学规模", [36], above="学校一览表,单位：班")
    assert asked(schools(path)) == ["classes"]
    assert seats(schools(table(tmp_path, "小学学位", ["0.1"], above="学校一览表（单位：万个）"))) == [1000]


def test_a_school_of_nine_years_shares_its_seats(tmp_path: Path) -> None:
    """FOUND 5: 九年一贯制 in the kind column filled the primary school only."""
    path = table(tmp_path, "学位数", [1620], kind="九年一贯制")
    (question,) = schools(path).questions
    assert (question.key, question.guess) == ("several", "split")
    split = schools(path, several="split")
    assert seats(split, "primary") == [1080]
    assert seats(split, "junior") == [540]
    assert "第 1 行" in texts(split, "warning")
    assert seats(schools(path, several="none")) == [None]
    twelve = table(tmp_path, "学位数", [1000], kind="十二年一贯制")
    shares = [seats(schools(twelve, several="split"), s)[0] for s in ("primary", "junior", "senior")]
    assert shares == [500, 250, 250]
    classes = table(tmp_path, "班数", [36], kind="九年一贯制学校")
    made = schools(classes, several="split", classes="gb50099")
    assert (seats(made, "primary"), seats(made, "junior")) == ([1080], [600])
    both = table(tmp_path, "学位数", [900], kind="小学、初中")
    assert asked(schools(both)) == ["several"]


@pytest.mark.parametrize(("column", "cell", "beds"), [("床位（张）", 200, 200), ("床位数（万张）", "0.02", 200), ("床位", "200张", 200), ("床位", "****", None), ("床位使用率（%）", 80, None), ("床位（平方米）", 80, None), ("每千人床位数", 6, None)])  # fmt: skip
def test_beds_have_their_unit_too(tmp_path: Path, column: str, cell: Any, beds: float | None) -> None:
    path = tmp_path / "c.csv"
    path.write_text(f"机构名称,{column},经度,纬度\n甲医院,{cell},117.2,39.1\n", "utf-8")
    frame = read(path, layer="clinics", crs="EPSG:4326").frame
    assert frame is not None
    value = frame["beds"].iloc[0] if "beds" in frame else float("nan")
    assert (None if value != value else value) == beds


def test_staff_and_beds_of_years_are_asked_about(tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_text("机构名称,床位2025,床位2030,卫生人员（万人）,经度,纬度\n甲医院,200,300,0.01,117.2,39.1\n", "utf-8")
    assert asked(read(path, layer="clinics", crs="EPSG:4326")) == ["columns.beds"]
    frame = read(path, layer="clinics", crs="EPSG:4326", answers={"columns.beds": "床位2030"}).frame
    assert frame is not None
    assert (frame["beds"].iloc[0], frame["staff"].iloc[0]) == (300, 100)


def test_an_area_of_zones_is_taken_in_its_unit(tmp_path: Path) -> None:
    path = tmp_path / "z.csv"
    shape = "POLYGON((117.2 39.1,117.2 39.11,117.21 39.11,117.21 39.1,117.2 39.1))"
    for unit, cell in (("公顷", 95.9), ("亩", 1438), ("平方米", 959_000), ("万平方米", 95.9), ("km²", 0.959)):
        path.write_text(f'片区名称,公布面积（{unit}）,WKT\n甲,{cell},"{shape}"\n', "utf-8")
        frame = read(path, layer="zones", crs="EPSG:4326").frame
        assert frame is not None
        assert frame["area_km2_published"].iloc[0] == pytest.approx(0.959, rel=1e-3), unit


def test_the_table_of_units_reads_headers_and_cells() -> None:
    assert header("小学学位（单位：万个，2025年）").factor == 10_000
    assert header("小学学位（单位：万个，2025年）").year == 2025
    assert header("在校生容量").what == ""
    assert header("人口密度（人/平方公里）").what == "ratio"
    assert header("招生班数").what == "other"
    assert quantity("约1200").how == "bad"
    assert quantity("５００个").value == 500
    assert told_above("单位：万人 2025年") == ("万人", "count", 10_000.0)
