"""The index of the search box: every named thing is in it, by its name, its pinyin and its initials, and where it says."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from dataclasses import replace

import geopandas as gpd
import pytest
import shapely

from geo.examples import at, town
from geo.scenario import Added, Closed, Scenario
from geo.workspace import Workspace
from layers import search, workspace
from layers.store.place import plans_of
from tests.need import need
from tests.screen import DATA, ROOT, page, told_map
from tests.village import HERE, village
from ui.map import publish
from ui.map import search as served

FIND = """
import { readFileSync } from "node:fs";
import { found, prepared } from "./ui/map/host/find.js";
const { index, asked } = JSON.parse(readFileSync(0, "utf8"));
const rows = prepared(index);
const whole = (text, kind, name) => found(text, rows).some((r) => r.kind === kind && r.zh === name);
const alone = (text, kind, name) => rows.some((r) => r.kind === kind && r.zh === name && found(text, [r]).length === 1);
console.log(JSON.stringify(asked.filter(([text, kind, name, how]) => !(how === "name" ? whole : alone)(text, kind, name))));
"""


@pytest.fixture(scope="module")
def bundled() -> Workspace:
    return workspace.load(DATA)


@pytest.fixture(scope="module")
def rows(bundled: Workspace) -> list[search.Named]:
    return search.named(bundled)


def test_every_named_thing_with_a_place_is_in_it(bundled: Workspace, rows: list[search.Named]) -> None:
    there = {(r.kind, r.zh) for r in rows}
    for kind in ("schools", "clinics", "facilities", "stops", "carriers", "projects", "links", "water"):
        frame = bundled.layer(kind)
        placed = frame if kind == "projects" else frame[frame.geometry.notna()]
        names = placed["name_zh" if "name_zh" in placed else "name"]
        assert len(placed)
        assert {(kind, name) for name in names} <= there
    assert Counter(bundled.zones["level"]) == {
        "zone": sum(r.kind == "zone" for r in rows),
        "sub_area": sum(r.kind == "sub_area" for r in rows),
    }


def test_each_is_found_by_name_number_pinyin_and_initials(bundled: Workspace, rows: list[search.Named]) -> None:
    asked = []
    for row in rows:
        said = [part.split("/")[0] for part in row.pinyin.split()]
        assert said, row
        texts = [
            (row.zh, "name"),
            ("".join(said), "alone"),
            (" ".join(said), "alone"),
            ("".join(s[0] for s in said), "alone"),
        ]
        texts += [(said[0] + "".join(s[0] for s in said[1:]), "alone")]  # mixed
        texts += [(mark, "name") for mark in row.extra.split() if mark[:1] in "SCTFKP" and mark[1:].isdigit()]
        texts += [(row.en, "alone")] if row.en else []
        asked += [(text, row.kind, row.zh, how) for text, how in texts]
    told = json.dumps({"index": json.loads(search.dumps(bundled)), "asked": asked})
    done = subprocess.run(
        [need("node"), "--input-type=module", "--eval", FIND], input=told, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert len(asked) > 1000
    assert json.loads(done.stdout) == []


def test_a_project_without_a_place_leads_to_its_card(bundled: Workspace, rows: list[search.Named]) -> None:
    projects = bundled.projects
    nowhere = projects[projects.geometry.isna() | projects.geometry.is_empty]
    assert len(nowhere)
    leading = {row.lead: row for row in rows if row.lead}
    assert leading.keys() == {f"project:{mark}" for mark in nowhere.index}
    for mark, row in leading.items():
        assert (row.lon, row.lat, row.bounds) == (None, None, None)
        assert row.zh == nowhere.loc[mark.removeprefix("project:"), "name"]
    named = nowhere[nowhere["zone_id"].isin(bundled.zones.index)]
    assert [leading[f"project:{i}"].zone for i in named.index] == named["zone_id"].tolist()


def test_the_plan_of_the_session_and_saved_plans_are_found_and_open(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    there = village(tmp_path / "village")
    monkeypatch.setenv("ZONEPLAN_DATA", str(there))
    x, y = HERE[0] + 0.005, HERE[1] + 0.005
    school = Added("A1", "primary", x, y, 360, 2025, name_zh="河东小学")
    closed = Closed("S2", 2030)
    plans_of(there)[0].save(Scenario("东扩方案", (school,)), base_rev=0)
    __import__("pypinyin")  # else names are found as written only, until it is there
    served._saved.clear()
    app = page(edits=(Scenario("我的方案", (school, closed)),))
    assert not app.exception
    own = told_map(app)["search"]["own"]
    kinds = [own["kinds"][row[0]] for row in own["rows"]]
    leads = [row[-1] for row in own["rows"]]
    assert list(zip(kinds, leads, strict=True)) == [("objects", "object:A1"), ("objects", "object:close:S2"), ("plans", "saved:东扩方案")]  # fmt: skip
    assert "河东小学" in own["rows"][0][1]
    assert "he dong xiao xue" in own["rows"][0][8]
    assert own["rows"][0][3:5] == pytest.approx([x, y])
    assert "二中" in own["rows"][1][1]
    assert own["rows"][1][3:5] == pytest.approx(
        [HERE[0] + 0.008, HERE[1] + 0.008]
    )  # where the school is that it closes
    assert own["rows"][2][8] == "dong kuo fang an"
    # What the browser sends back opens the panel of plans: at the object, or with the saved plan to be opened.
    app = page(panel="scenario", edits=app.session_state["edits"], plan_wanted="东扩方案", draw_chosen="A1")
    assert not app.exception
    assert app.session_state["plan_chosen"] == "东扩方案"
    assert any(box.value == "河东小学" for box in app.text_input)
    assert not page(panel="scenario", plan_wanted="没有这个方案").exception


def test_it_says_where_each_is(bundled: Workspace, rows: list[search.Named]) -> None:
    frames = {kind: bundled.layer(kind).to_crs(4326) for kind in ("schools", "stops", "water")}
    for row in rows:
        if row.kind in ("schools", "stops"):
            frame = frames[row.kind]
            there = frame.geometry[frame["name_zh"] == row.zh].to_numpy()
            assert shapely.distance(there, shapely.Point(row.lon, row.lat)).min() < 1e-5
            assert row.bounds is None
        elif row.kind == "water":
            shape = frames["water"].set_index("name_zh").geometry[row.zh]
            assert shape.distance(shapely.Point(row.lon, row.lat)) < 1e-5
            assert row.bounds == pytest.approx(shape.bounds, abs=1e-4)
    by = {(r.kind, r.zh): r for r in rows}
    assert by["zone", "华苑片区"].zone == ""
    assert by["sub_area", "枢纽+孵化+引育创新核（中聚核）"].zone == "haiyang"
    school = bundled.schools.iloc[0]
    assert by["schools", school["name_zh"]].zone == school["zone_id"]  # as its row says
    assert by["water", "金海湖"].zone == "haiyang-he"  # as the map says: its row says nothing
    assert by["schools", school["name_zh"]].basis == school["basis"]


def test_a_street_in_pieces_is_one_and_a_stop_of_two_sides_is_one() -> None:
    place = town().workspace
    streets = place.streets.assign(name=["Rua São João", "Rua São João", None])
    stop = {"name_zh": "Mercado", "name_en": None, "kind": "bus", "status": "existing", "basis": "sourced"}
    stops = gpd.GeoDataFrame(
        [{**stop, "stop_id": "a"}, {**stop, "stop_id": "b"}], geometry=[at(0, 0), at(30, 0)], crs=place.crs
    )
    found = search.named(replace(place, streets=streets, stops=stops.set_index("stop_id", drop=False)))
    street = [r for r in found if r.kind == "streets"]
    assert [(r.zh, r.pinyin) for r in street] == [("Rua São João", "")]
    assert street[0].bounds is not None
    assert [r.zh for r in found if r.kind == "stops"] == ["Mercado"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("重庆道", "chong/zhong qing dao"),
        ("绿地", "lv/lu di/de"),
        ("LG化学（二期）", "lg hua xue er qi"),
        ("Rua 5", "rua 5"),
        ("", ""),
    ],
)
def test_pinyin_is_by_syllable_and_other_readings_are_known(text: str, said: str) -> None:
    assert search.syllables(text) == said


def test_the_page_names_its_index_and_what_is_named_comes(
    tmp_path, monkeypatch: pytest.MonkeyPatch, bundled: Workspace
) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(publish, "FOLDER", tmp_path)
    monkeypatch.setattr(served, "FOLDER", tmp_path)
    made = []
    monkeypatch.setattr(served, "later", lambda work, *args: made.append((work, args)))
    served._making.clear()
    told = served.index_of(bundled)
    assert told is not None
    assert served.index_of(replace(bundled, key=f"{bundled.key}+plan")) == told  # a plan does not change the names
    assert len(made) == 1  # nor is it made twice
    work, args = made[0]
    work(*args)
    file = tmp_path / told["url"].rsplit("/", 1)[1]
    assert json.loads(file.read_text("utf-8")) == json.loads(search.dumps(bundled))
    served.index_of(bundled)
    assert len(made) == 1
    assert told["text"] is True
    assert served.index_of(town().workspace) is None
    served._making.clear()
