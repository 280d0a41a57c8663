"""Planners' files: the legitimate and the hostile corpus whole, and the rules that the corpora stand on."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from geo.crs import wgs84_to_bd09, wgs84_to_gcj02
from geo.errors import InputError
from layers.incoming import Incoming, known_places, read, surroundings
from layers.incoming.place.localgrid import helmert
from layers.incoming.rows.text import decode_fields, suspicious
from layers.incoming.rows.values import angle, number
from layers.store import versions
from tests.hostile import hostile, legit
from tests.hostile.__main__ import Ground, ground, judged

pytestmark = pytest.mark.timeout(900)  # the corpora are written once a run; a busy machine may take its time
DATA = Path(__file__).resolve().parents[1] / "data"


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> list[legit.Case]:
    return legit.corpus(tmp_path_factory.mktemp("legit"))


@pytest.fixture(scope="module")
def attack() -> Any:
    with ground() as place:
        place.folder.mkdir()
        yield place, hostile.corpus(place.folder, place.canary, place.secret, place.outside)


def test_the_corpora_are_as_large_as_promised(cases: list[legit.Case], attack: Any) -> None:
    files = attack[1]
    assert len(cases) >= 120
    assert len(files) >= 400
    assert {f.kind for f in files} == set(hostile.CLASSES)
    assert len({f.path for f in files}) == len(files)


FORMATS = (
    "shp",
    "geojson",
    "esrijson",
    "topojson",
    "kml",
    "kmz",
    "gpkg",
    "fgb",
    "parquet",
    "gdb",
    "csv",
    "xlsx",
    "dxf",
    "tif",
    "osm",
)


@pytest.mark.parametrize("form", FORMATS)
def test_legitimate_files_are_read_exactly_or_ask(form: str, cases: list[legit.Case]) -> None:
    mine = [c for c in cases if c.name.split("-")[0] == form]
    assert mine
    assert {c.name: v for c in mine if (v := legit.verdict(c)) != "right"} == {}


def test_every_legitimate_case_has_a_format_that_is_tested(cases: list[legit.Case]) -> None:
    assert {c.name.split("-")[0] for c in cases} == set(FORMATS)


@pytest.mark.parametrize("kind", hostile.CLASSES)
def test_hostile_files_do_no_harm_and_never_pass_in_silence(
    kind: str, attack: tuple[Ground, list[hostile.Bad]]
) -> None:
    place, files = attack
    mine = [f for f in files if f.kind == kind]
    marks = {f.name: judged(f, place) for f in mine}
    assert {n: m for n, (m, said) in marks.items() if m - {"generic"}} == {}
    assert sum("generic" in m for m, _ in marks.values()) <= 0.03 * len(mine) + 1
    assert place.requests == []
    assert not place.wrote()


def geojson(folder: Path, features: list[dict[str, Any]], name: str = "a.geojson", **more: Any) -> Path:
    path = folder / name
    path.write_text(
        json.dumps({"type": "FeatureCollection", "features": features, **more}, ensure_ascii=False), "utf-8"
    )
    return path


def school(name: str, lon: float, lat: float, **more: Any) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": {"名称": name, **more},
        "geometry": {"type": "Point", "coordinates": [lon, lat]},
    }


def texts(result: Incoming, level: str) -> str:
    return "\n".join(str(f) for f in result.findings if f.level == level)


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
    frame = read(geojson(tmp_path, [school("甲小学", 117.2, 39.1, 班数=18)]), layer="schools").frame
    assert frame is not None
    assert frame["班数"].tolist() == [18]


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
    right = geojson(tmp_path, [school(n, x, y) for n, x, y, _ in known], "right.geojson")
    off = geojson(tmp_path, [school(n, *wgs84_to_gcj02(x, y)) for n, x, y, _ in known], "off.geojson")
    assert read(right, layer="stops", known=known).frame is not None
    assert [(q.key, q.guess) for q in read(off, layer="stops", known=known).questions] == [("datum", "gcj02")]


def test_the_bundled_stations_are_known_places() -> None:
    places = known_places(DATA)
    assert len(places) >= 5
    assert all(116.6 < x < 118.2 and 38.4 < y < 40.4 and 0 < a <= 200 for _, x, y, a in places)


def test_questions_carry_choices_in_both_languages_and_a_guess_among_them(cases: list[legit.Case]) -> None:
    asking = [c for c in cases if c.asks]
    assert len(asking) > 20
    for case in asking:
        for q in read(case.path, layer=case.layer).questions:
            assert q.guess in {value for value, _, _ in q.choices}
            assert all(zh and en for _, zh, en in q.choices)
            assert q.text_zh
            assert q.text_en


def test_guesses_lead_to_an_end_and_no_question_comes_twice(cases: list[legit.Case]) -> None:
    for case in (c for c in cases if c.asks):
        answers: dict[str, Any] = {}
        for _ in range(5):
            result = read(case.path, layer=case.layer, answers=answers)
            if not result.questions:
                break
            assert not {q.key for q in result.questions} & set(answers), case.name
            answers |= {q.key: q.guess for q in result.questions}
        assert not result.questions, case.name
        assert result.frame is not None or answers.get("crs") == "control_points", case.name


@pytest.mark.parametrize(
    ("path", "answers"),
    [
        ("a\0b.csv", {}),
        ("\udcff.csv", {}),
        ("x" * 5000 + ".csv", {}),
        ("a.csv", {"datum": ["gcj02"]}),
        ("a.csv", {"datum": float("nan")}),
        ("a.csv", {"datum": object()}),
        ("a.csv", {"columns": 5}),
        ("a.csv", {"control_points": "[1,"}),
        ("a.csv", {"sheet": "x" * 300_000}),
        ("a.csv", {"crs": "nonsense"}),
        ("a.csv", {"axis": "up"}),
    ],
)
def test_odd_paths_and_answers_are_refused_with_a_reason(path: str, answers: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("名称,经度,纬度\n甲小学,117.2,39.1\n", "utf-8")
    result = read(f"{tmp_path}/{path}", layer="schools", answers=answers)
    assert result.frame is None
    assert all(f.text_zh and f.text_en for f in result.findings)
    str(result.findings[0]).encode("utf-8")


def test_a_told_datum_is_doubted_when_the_file_names_a_web_map(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("高德地图导出,,\n名称,经度,纬度\n甲小学,117.2,39.1\n", "utf-8")
    asked = read(path, layer="schools", crs="EPSG:4326")
    assert [(q.key, q.guess) for q in asked.questions] == [("datum", "gcj02")]
    assert read(path, layer="schools", crs="EPSG:4326", answers={"datum": "wgs84"}).frame is not None


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


def test_an_unknown_layer_is_the_callers_mistake(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        read(tmp_path / "a.csv", layer="nonsense")


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


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    home = tmp_path / "workspace"
    shutil.copytree(DATA, home, ignore=shutil.ignore_patterns("build", "*.sqlite*"))
    return home


def contents(home: Path) -> dict[str, bytes]:
    return {
        p.name: p.read_bytes()
        for p in home.iterdir()
        if p.is_file() and "imports.sqlite" not in p.name and p.name != "SOURCES.json"
    }


def test_an_import_is_taken_kept_and_undone(workspace: Path, tmp_path: Path) -> None:
    path = geojson(tmp_path, [school("甲小学", 117.2, 39.1, 小学学位=900)])
    before = contents(workspace)
    version = versions.take(workspace, read(path, layer="schools"), path, who="张三")
    assert (version.layer, version.rows, version.who, version.kind) == ("schools", 1, "张三", "import")
    changed = {n for n, raw in contents(workspace).items() if before.get(n) != raw}
    assert changed == {"schools.geojson"}
    assert versions.original(workspace, version.number) == {"a.geojson": path.read_bytes()}
    assert f"import-{version.sha256[:8]}" in json.loads((workspace / "SOURCES.json").read_text("utf-8"))
    undone = versions.undo(workspace, "schools")
    assert undone.undoes == version.number
    assert contents(workspace) == before
    assert [(v.kind, v.undone) for v in versions.history(workspace)] == [("import", True), ("undo", False)]
    with pytest.raises(InputError):
        versions.undo(workspace, "schools")


def test_a_geodatabase_folder_and_a_shapefile_in_parts_are_kept_whole(
    workspace: Path, tmp_path: Path, cases: list[legit.Case]
) -> None:
    home = next(c.path for c in cases if c.name.startswith("gdb-")).parent
    for path in (home / "gdb-schools-4490.gdb", next(c.path for c in cases if c.path.suffix == ".shp")):
        result = read(path, layer="schools")
        assert result.frame is not None
        kept = versions.original(workspace, versions.take(workspace, result, path).number)
        beside = path.iterdir() if path.is_dir() else path.parent.glob(f"{path.stem}.*")
        assert set(kept) <= {p.name for p in beside}
        assert len(kept) >= 3


def test_a_refused_or_changed_file_is_not_taken(workspace: Path, tmp_path: Path) -> None:
    path = geojson(tmp_path, [school("甲小学", 117.2, 39.1, 小学学位="约900")])
    before = contents(workspace)
    with pytest.raises(InputError):
        versions.take(workspace, read(path, layer="schools"), path)
    path = geojson(tmp_path, [school("甲小学", 117.2, 39.1)])
    result = read(path, layer="schools")
    geojson(tmp_path, [school("乙小学", 117.2, 39.1)])
    with pytest.raises(InputError, match="改动"):
        versions.take(workspace, result, path)
    assert contents(workspace) == before
    assert versions.history(workspace) == ()


def test_versions_cannot_be_changed(workspace: Path, tmp_path: Path) -> None:
    path = geojson(tmp_path, [school("甲小学", 117.2, 39.1)])
    versions.take(workspace, read(path, layer="schools"), path)
    base = sqlite3.connect(workspace / "imports.sqlite")
    for statement in (
        "UPDATE version SET who = 'x'",
        "DELETE FROM version",
        "UPDATE content SET bytes = x''",
        "DELETE FROM change",
    ):
        with pytest.raises(sqlite3.IntegrityError, match="immutable"):
            base.execute(statement)
    base.close()


def test_a_crash_between_commit_and_files_is_made_good(
    workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = geojson(tmp_path, [school("甲小学", 117.2, 39.1)])
    result = read(path, layer="schools")

    def crash(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(versions, "_written", crash)
        with pytest.raises(KeyboardInterrupt):
            versions.take(workspace, result, path)
    assert "甲小学" not in (workspace / "schools.geojson").read_text("utf-8")
    assert set(versions.recover(workspace)) == {"schools.geojson", "SOURCES.json"}
    assert "甲小学" in (workspace / "schools.geojson").read_text("utf-8")
    assert versions.recover(workspace) == ()


def test_an_edit_after_the_import_is_not_undone_over(workspace: Path, tmp_path: Path) -> None:
    path = geojson(tmp_path, [school("甲小学", 117.2, 39.1)])
    versions.take(workspace, read(path, layer="schools"), path)
    (workspace / "schools.geojson").write_bytes((workspace / "schools.geojson").read_bytes() + b"\n")
    with pytest.raises(InputError, match="改动"):
        versions.undo(workspace, "schools")
