"""``zoneplan scenario …`` and ``--scenario``: plans from the shell. Issue 10."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pytest

import cli
from geo.scenario import (
    Added,
    Barrier,
    Closed,
    Growth,
    Housing,
    Moved,
    Opened,
    Removed,
    Resized,
    Scenario,
    Street,
    from_geojson,
)
from layers.store import Store, place
from layers.write import planfile
from tests.village import village

NEW = Added("N01", "primary", 117.7, 39.1, 540.0)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = village(tmp_path / "home")
    store, _ = place.plans_of(folder)
    store.save(Scenario("甲", (NEW,)), base_rev=0, who="王工", why="学位不足")
    store.save(Scenario("甲", (NEW,), resized={"S1": {"primary": 720.0}}), base_rev=1, who="李工")
    return folder


@pytest.fixture
def ask(home: Path, capsys: pytest.CaptureFixture[str]):
    def run(*words: object, code: int = 0):
        assert cli.main(["--data", str(home), *map(str, words), "--json"]) == code, capsys.readouterr()
        told = capsys.readouterr()
        return told.err if code else json.loads(told.out)

    return run


def test_plans_are_listed_shown_and_audited(ask) -> None:
    (one,) = ask("scenario", "list")
    assert (one["name"], one["rev"], one["who"]) == ("甲", 2, "李工")
    told = ask("scenario", "show", "甲@1")
    assert (told["state_en"], [o["object_id"] for o in told["objects"]]) == ("revision 1", ["N01"])
    rows = ask("scenario", "audit", "甲")
    assert [(r["rev"], r["who"], r["why"], r["before"] is None) for r in rows] == [
        (1, "王工", "学位不足", True),
        (2, "李工", "", True),
    ]
    assert "没有名为“乙”的方案" in ask("scenario", "audit", "乙", code=2)


def test_any_question_is_answered_under_a_plan_of_a_name_a_revision_or_a_file(ask, tmp_path: Path) -> None:
    base = ask("coverage", "--service", "primary")["parameters"]["facilities"]
    file = tmp_path / "plan.json"
    assert ask("scenario", "export", "甲", "--out", file)["objects"] == 2
    for named in ("甲", "甲@1", file):
        assert ask("coverage", "--service", "primary", "--scenario", named)["parameters"]["facilities"] == base + 1
    assert "没有名为“乙”的方案" in ask("coverage", "--service", "primary", "--scenario", "乙", code=2)


def test_a_file_holds_the_question_and_says_when_the_data_are_others(ask, home: Path, tmp_path: Path) -> None:
    file = tmp_path / "plan.geojson"
    ask("scenario", "export", "甲", "--out", file, "--service", "primary", "--year", 2025, "--limit", 700)
    told = json.loads(file.read_text("utf-8"))
    assert told["zoneplan"]["parameters"] == {"service": "primary", "year": 2025, "limit": 700.0}
    assert [f["geometry"] and f["geometry"]["type"] for f in told["features"]] == ["Point", None]
    answer = ask("coverage", "--scenario", file)
    assert (answer["parameters"]["service"], answer["parameters"]["limit_m"]) == ("primary", 700)
    assert ask("coverage", "--scenario", file, "--limit", 900)["parameters"]["limit_m"] == 900
    assert "not those of this workspace" not in json.dumps(answer)
    told["zoneplan"]["base"]["fingerprint"] = "0" * 16
    file.write_text(json.dumps(told))
    assert "not those of this workspace" in json.dumps(ask("coverage", "--scenario", file))
    assert ask("scenario", "apply", file)["base_is_same"] is False
    told["zoneplan"]["parameters"]["year"] = "soon"
    file.write_text(json.dumps(told))
    assert "year" in ask("coverage", "--scenario", file, code=2)
    assert "--service" in ask("coverage", code=2)


def test_an_answer_names_its_plan_and_the_state_of_it(ask, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ask("coverage", "--service", "primary", "--scenario", "甲")["scenario"] == {
        "zh": "甲（第 2 版）",
        "en": "甲 (revision 2)",
    }
    assert "scenario" not in ask("coverage", "--service", "primary")
    assert cli.main(["--data", str(home), "coverage", "--service", "primary", "--scenario", "甲"]) == 0
    assert "方案 scenario: 甲 (第 2 版 / revision 2)" in capsys.readouterr().out


def test_a_plan_holds_from_its_years_on(ask, home: Path) -> None:
    later = Scenario("later", (Added("N01", "primary", 117.7, 39.1, 540.0, 2030),))
    place.plans_of(home)[0].save(later, base_rev=0)
    counts = [
        ask("coverage", "--service", "primary", "--scenario", "later", "--year", y)["parameters"]["facilities"]
        for y in (2025, 2030)
    ]
    assert counts[1] == counts[0] + 1


def test_what_a_plan_changes_and_what_it_is_worth(ask) -> None:
    told = ask("scenario", "apply", "甲")["layers"]
    assert told == {"schools": {"added": ["N01"], "changed": ["S1"], "removed": []}}
    told = ask("scenario", "compare", "base", "甲", "甲@1", "--service", "primary")
    assert [row["plan"] for row in told["total"]] == ["base", "甲", "甲@1"]
    assert [row["d_seats"] for row in told["total"]] == [0, 180, 0]  # N01 stands outside the zones
    assert {row["parameter"] for row in told["differing"]} >= {"scenario", "state"}
    assert {row["zone_id"] for row in told["zones"]}
    assert "2–4" in ask("scenario", "compare", "甲", "--service", "primary", code=2)


def test_a_file_is_saved_once_however_often_it_is_asked(ask, tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    ask("scenario", "export", "甲", "--out", file)
    words = ("scenario", "import", file, "--name", "乙", "--who", "张工", "--why", "from the office")
    assert [ask(*words)["rev"] for _ in range(2)] == [1, 1]
    assert "保存为第 2 版" in ask("scenario", "import", file, code=2)  # a plan of that name went on
    assert ask("scenario", "import", file, "--base-rev", 2)["rev"] == 3
    file.write_text("[1")
    assert "不是方案文件" in ask("scenario", "import", file, code=2)


WHOLE = "POLYGON ((117.64 39.04, 117.67 39.04, 117.67 39.07, 117.64 39.07, 117.64 39.04))"


def test_an_area_answers_from_a_file_and_from_text_with_and_without_a_plan(ask, home: Path, tmp_path: Path) -> None:
    told = ask("area", "--polygon", WHOLE)
    assert told["area"]["people"] == pytest.approx(400)
    seats = {row["stage"]: row["seats"] for row in told["stages"]}
    assert (seats["primary"], seats["kindergarten"]) == (540, None)  # of kindergartens nothing is recorded
    assert {row["facility_id"] for row in told["inside"]} == {"S1", "S2", "C1", "C2"}
    inside = Scenario("inside", (Added("N01", "primary", 117.651, 39.051, 360.0, 2025),))
    place.plans_of(home)[0].save(inside, base_rev=0)
    ring = [[117.64, 39.04], [117.67, 39.04], [117.67, 39.07], [117.64, 39.07], [117.64, 39.04]]
    shape = {"type": "Polygon", "coordinates": [ring]}
    feature = {"type": "Feature", "properties": {}, "geometry": shape}
    file = tmp_path / "ground.geojson"
    for content in (shape, feature, {"type": "FeatureCollection", "features": [feature]}):
        file.write_text(json.dumps(content), "utf-8")
        with_plan = ask("area", "--polygon", file, "--scenario", "inside")
        assert next(r["seats"] for r in with_plan["stages"] if r["stage"] == "primary") == 900
        assert with_plan["scenario"]["en"] == "inside (revision 1)"
    by_distance = ask("area", "--polygon", WHOLE, "--limit", 400)["standards"]
    assert {row["limit_m"] for row in by_distance if row["asks"] == "distance"} == {400}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("nowhere.geojson", "cannot be read"),
        ("POINT (117 39)", "give an area"),
        ("POLYGON ((117 39, 117.1 39))", "ring"),
        ("POLYGON ((117 39, 117.1 39.1, 117.1 39, 117 39.1, 117 39))", "crosses itself"),
        ("POLYGON ((500000 4300000, 500100 4300000, 500100 4300100, 500000 4300000))", "degrees"),
        ('{"type": "FeatureCollection", "features": []}', "give an area"),
        ('{"type": "Polygon", "coordinates": [[[117, NaN]]]}', "NaN"),
        ("{" * 5000, "nest"),
    ],
)
def test_what_is_no_area_is_refused_in_words(ask, given: str, said: str) -> None:
    told = ask("area", "--polygon", given, code=2)
    assert said in told
    assert any("\u4e00" <= c <= "\u9fff" for c in told)


def test_a_series_says_every_year_and_how_its_residents_are_known(ask, home: Path) -> None:
    words = ("series", "--service", "primary", "--years", 2025, 2030, 2035)
    told = ask(*words, "--totals", "2030=500", "2035=800")
    assert [(row["year"], row["people"], row["residents"]) for row in told["total"]] == [
        (2025, 400, "data"), (2030, 500, "totals"), (2035, 800, "totals"),
    ]  # fmt: skip
    assert {row["zone_id"] for row in told["series"]} == {"z"}
    later = Scenario("later", (Added("N01", "primary", 117.651, 39.051, 360.0, 2030),))
    place.plans_of(home)[0].save(later, base_rev=0)
    planned = ask(*words, "--scenario", "later", "--growth", "held")
    assert [row["seats"] for row in planned["total"]] == [540, 900, 900]
    assert planned["scenario"]["en"] == "later (revision 1)"
    assert "totals" in ask(*words, "--growth", "held", "--totals", "2035=800", code=2)
    assert "2025" in ask(*words, "--growth", "totals", code=2)
    with pytest.raises(SystemExit, match="2"):
        ask(*words, "--totals", "soon")


EVERY = Scenario("every", objects=(
    Added("N01", "primary", 117.655, 39.055, 540.0, 2028, '=1+1 "名"\u2028<b>', "王工", "emoji 🏫, \x01"), Moved("S2", 117.6555555, 39.0544444),
    Closed("S1", 2030), Resized("C1", "hospital", 80), Opened("S2", 2031), Growth("N06", "z", "z2", 50, 2030),
    Housing("N02", [(117.651, 39.051), (117.652, 39.051), (117.652, 39.052)], 100), Street("N03", [(117.65, 39.05), (117.66, 39.06)], "gate"),
    Removed("N04", 117.655, 39.055), Barrier("N05", line=[(117.65, 39.06), (117.66, 39.06)]),
), parameters={"service": "primary", "year": 2030, "more": {"a": [1, None, "b"]}})  # fmt: skip


def test_a_geopackage_holds_the_plan_and_comes_back_exactly(ask, home: Path, tmp_path: Path) -> None:
    place.plans_of(home)[0].save(EVERY, base_rev=0)
    file = tmp_path / "plan.gpkg"
    assert ask("scenario", "export", "every", "--out", file)["objects"] == 10
    assert from_geojson(planfile.read(file)) == EVERY
    assert ask("scenario", "import", file, "--name", "back")["rev"] == 1
    back = place.plans_of(home)[0].load("back").scenario
    assert back is not None and replace(back, name="every") == EVERY
    assert ask("scenario", "show", file)["parameters"] == EVERY.parameters
    layers = {name: gpd.read_file(file, layer=name) for name in planfile.LAYERS}
    assert {name: len(frame) for name, frame in layers.items()} == {"plan_points": 6, "plan_lines": 2, "plan_areas": 1}
    closed = layers["plan_points"].set_index("object_id").loc["close:S1"]
    assert (closed.geometry.x, closed.geometry.y) == pytest.approx(
        (117.652, 39.052), abs=1e-7
    )  # where the school stands
    assert (closed["label"], closed["year"]) == ("关闭 一小 2030", 2030)


def test_a_geopackage_that_was_edited_or_is_none_is_refused(ask, home: Path, tmp_path: Path) -> None:
    file = tmp_path / "plan.gpkg"
    ask("scenario", "export", "甲", "--out", file)
    with closing(sqlite3.connect(file)) as db, db:
        db.execute("ALTER TABLE plan_points ADD COLUMN note TEXT")  # a column of one's own is no edit of the plan
    assert ask("scenario", "show", file)["name"] == "甲"
    with closing(sqlite3.connect(file)) as db, db:
        for (trigger,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            db.execute(f"DROP TRIGGER {trigger}")  # they ask for functions that only GDAL has
        db.execute("UPDATE plan_points SET year = 2031 WHERE object_id = 'N01'")
    assert "were edited" in ask("scenario", "import", file, code=2)
    assert "were edited" in ask("coverage", "--service", "primary", "--scenario", file, code=2)
    for content in (b"", b"SQLite format 3\0", b"no database at all" * 100):
        file.write_bytes(content)
        assert "there is no plan in" in ask("scenario", "import", file, code=2)
    with closing(sqlite3.connect(tmp_path / "view.gpkg")) as db, db:  # a view may run for ever
        db.execute("CREATE VIEW zoneplan_scenario AS SELECT '{}' AS geojson, '' AS seal")
    assert "there is no plan in" in ask("scenario", "import", tmp_path / "view.gpkg", code=2)
    assert ".gpkg" in ask("scenario", "export", "甲", "--out", tmp_path / "plan.dxf", code=2)


def test_comments_are_written_and_settled(ask) -> None:
    ask("scenario", "comments", "甲", "--add", "离铁路太近", "--object", "N01", "--who", "王工")
    ask("scenario", "comments", "甲", "--add", "a gate?", "--lon", 117.7, "--lat", 39.1)
    ask("scenario", "comments", "甲", "--settle", 1, "--who", "李工")
    told = ask("scenario", "comments", "甲")
    assert [(r["number"], r["text"], r["settled"]) for r in told] == [
        (1, "离铁路太近", True),
        (2, "a gate?", False),
        (3, "", False),
    ]
    assert "--lon" in ask("scenario", "comments", "甲", "--add", "x", "--lon", 117, code=2)


def test_what_is_not_there_is_a_dash_in_the_tables_for_people(
    ask, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ask("scenario", "comments", "甲", "--add", "离铁路太近", "--object", "N01")
    for action in ("audit", "comments"):
        assert cli.main(["--data", str(home), "scenario", action, "甲"]) == 0
        told = capsys.readouterr().out
        assert "N01" in told and "—" in told
        assert not {"None", "NaN", "nan"} & set(told.split())


def test_backup_restore_move_and_verify(ask, home: Path, tmp_path: Path, postgres_url: str) -> None:
    file = tmp_path / "backup.sqlite"
    made = ask("scenario", "backup", file)
    assert ask("scenario", "verify", file)["heads"] == ask("scenario", "verify")["heads"] == made["heads"]
    moved = ask("scenario", "move", "--to", postgres_url)
    assert moved["equal_heads"] is True
    assert moved["heads"] == made["heads"]
    back = tmp_path / "back.sqlite"
    assert ask("scenario", "move", "--from", postgres_url, "--to", back)["heads"] == made["heads"]
    path = place.file_of(home)
    path.write_bytes(path.read_bytes().replace("学位不足".encode(), "学位很足".encode()))
    assert "第 1 版已损坏" in ask("scenario", "verify", code=2)
    assert "没有任何改动" in ask("scenario", "restore", file, code=2)
    assert Path(ask("scenario", "restore", file, "--replace")["aside"]).is_file()
    assert ask("scenario", "verify")["heads"] == made["heads"]
    assert Store(back).verify() == ()
