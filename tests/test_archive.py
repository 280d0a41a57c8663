"""A workspace in one file and back: equal, whole while others save, refused where damaged or hostile. And upgraded. Issue 14."""

from __future__ import annotations

import json
import multiprocessing
import sqlite3
import zipfile
from pathlib import Path

import pytest

from geo import answers
from geo.errors import InputError
from geo.scenario import Added, Scenario
from layers import workspace
from layers.operate import archive, restoring, upgrade
from layers.operate.archive import back_up, verify
from layers.store import ConflictError, Store, journal
from layers.store.drafts import Draft
from layers.store.place import drafts_of, plans_of
from layers.workspace.form import FORMAT
from tests.test_store import on_postgres
from tests.village import village

PLAN = Scenario("甲", (Added("N01", "primary", 117.61, 39.05, 1080.0, 2030),), ("S04",), {"S02": {"primary": 720.0}})
BROWSER = "0" * 32


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A workspace with saved plans, a comment, a draft and a record of imports."""
    folder = village(tmp_path / "规划 甲" / "place")
    plans = plans_of(folder)[0]
    plans.save(PLAN, base_rev=0, who="王", why="学位不足")
    plans.save(Scenario("甲", closed=("S01",)), base_rev=1, who="李")
    plans.comment("甲", "这里开个门？", place=(117.61, 39.05))
    drafts_of(folder).keep(BROWSER, Draft((PLAN,), (("甲", 2),)))
    with journal.locked(folder), journal.opened(folder):
        pass
    return folder


def rows(path: Path) -> dict[str, list[tuple]]:
    with sqlite3.connect(path) as db:
        names = [n for (n,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")]
        return {n: sorted(db.execute(f"SELECT * FROM {n}").fetchall(), key=repr) for n in names}


def said(folder: Path) -> list[str]:
    case = workspace.case(workspace.load(folder), "primary")
    return [table.to_json() for table in answers.coverage(case).tables.values()]


def test_what_comes_back_is_equal(place: Path, tmp_path: Path) -> None:
    file = tmp_path / "b.zip"
    made = back_up(place, file)
    assert verify(file) == ()
    assert (made.name_zh, made.format, made.store["revisions"], made.store["comments"]) == ("村", 1, 2, 1)
    back = tmp_path / "elsewhere" / "place"
    assert {row["action"] for row in restoring.planned(file, back).rows} == {"new"}
    assert not back.parent.exists()
    assert restoring.restore(file, back).aside == ()
    there = {p.name: p.read_bytes() for p in place.iterdir() if not p.name.startswith(("plans", "drafts", "imports"))}
    assert {n: (back / n).read_bytes() for n in there} == there
    for name in ("plans.sqlite", "drafts.sqlite", "imports.sqlite"):
        assert rows(back / name) == rows(place / name)
    assert plans_of(back)[0].heads() == plans_of(place)[0].heads()
    assert drafts_of(back).of(BROWSER) == drafts_of(place).of(BROWSER)
    assert said(back) == said(place)


def test_nothing_makes_room_without_being_told_and_nothing_is_lost(place: Path, tmp_path: Path) -> None:
    file = tmp_path / "b.zip"
    back_up(place, file)
    plans_of(place)[0].save(Scenario("乙"), base_rev=0)
    (place / "notes.txt").write_text("mine", "utf-8")
    (place / "schools.geojson").write_text("{}", "utf-8")
    before = {p.name: p.read_bytes() for p in place.iterdir() if not p.name.endswith("-turn")}
    acts = {row["file"]: row["action"] for row in restoring.planned(file, place).rows}
    assert (acts["workspace/schools.geojson"], acts["workspace/notes.txt"]) == ("differs", "aside")
    assert (acts["store/plans.sqlite"], acts["workspace/zones.geojson"]) == ("differs", "same")
    with pytest.raises(InputError, match="--replace"):
        restoring.restore(file, place)
    assert {p.name: p.read_bytes() for p in place.iterdir() if not p.name.endswith("-turn")} == before
    (aside,) = restoring.restore(file, place, replace=True).aside
    assert {p.name: p.read_bytes() for p in Path(aside).iterdir() if p.name in before} == before
    assert plans_of(place)[0].names() == ["甲"]
    assert not (place / "notes.txt").exists()
    assert not list(place.parent.glob(".restore-*"))
    restoring.restore(file, place, replace=True)  # in the same second: another name


def test_a_damaged_store_is_replaced_too(place: Path, tmp_path: Path) -> None:
    file = tmp_path / "b.zip"
    back_up(place, file)
    (place / "plans.sqlite").write_bytes(b"nothing of the kind" * 100)
    assert any(r == {"file": "store/plans.sqlite", "action": "differs"} for r in restoring.planned(file, place).rows)
    with pytest.raises(InputError):
        back_up(place, tmp_path / "damaged.zip")
    assert not (tmp_path / "damaged.zip").exists()
    restoring.restore(file, place, replace=True)
    assert plans_of(place)[0].verify() == ()


def _save(folder: Path, number: int, out: multiprocessing.Queue) -> None:
    store, drafts, rev = plans_of(folder)[0], drafts_of(folder), 0
    while True:
        try:
            rev = store.save(Scenario(f"own {number}", closed=(f"{rev}",)), base_rev=rev).rev
        except ConflictError as error:
            rev = error.current.rev
            continue
        drafts.keep(f"{number:032x}", Draft((PLAN,), ((f"own {number}", rev),)))
        out.put((number, rev))


def test_a_backup_while_planners_save_is_of_one_moment(place: Path, tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    told = context.Queue()
    planners = [context.Process(target=_save, args=(place, k, told)) for k in range(3)]
    for one in planners:
        one.start()
    try:
        saved = dict.fromkeys(range(3), 0)
        while not all(saved.values()):
            number, rev = told.get(timeout=120)
            saved[number] = rev
        for turn in range(3):
            file, back = tmp_path / f"{turn}.zip", tmp_path / f"back {turn}"
            back_up(place, file)
            restoring.restore(file, back)
            store = plans_of(back)[0]
            assert store.verify() == ()
            for number, rev in saved.items():  # what was acknowledged before the backup began is in it
                assert store.load(f"own {number}").rev >= rev
                draft = drafts_of(back).of(f"{number:032x}")
                assert draft is not None and draft.origins[0] is not None
                store.load(*draft.origins[0])  # and what a draft goes on from
            while not told.empty():
                number, rev = told.get()
                saved[number] = rev
    finally:
        for one in planners:
            one.kill()
            one.join()


def rewritten(file: Path, change: dict[str, bytes | None], more: dict[str, bytes] | None = None) -> Path:
    """Return a copy of an archive with some files changed (None: left out) and some added."""
    out = file.with_name("changed.zip")
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(out, "w") as new:
        for entry in old.infolist():
            content = change.get(entry.filename, old.read(entry))
            if content is not None:
                new.writestr(entry, content)
        for name, content in (more or {}).items():
            new.writestr(name, content)
    return out


def manifest(file: Path) -> dict:
    with zipfile.ZipFile(file) as archive_:
        return json.loads(archive_.read("manifest.json"))


def test_verify_names_the_file_that_differs(place: Path, tmp_path: Path) -> None:
    file = tmp_path / "b.zip"
    back_up(place, file)
    for change, more, name, words in (
        ({"workspace/schools.geojson": b"{}"}, {}, "workspace/schools.geojson", "SHA-256"),
        ({"store/plans.sqlite": b"x"}, {}, "store/plans.sqlite", "SHA-256"),
        ({"workspace/zones.geojson": None}, {}, "workspace/zones.geojson", "not in the backup"),
        ({}, {"workspace/more.csv": b"a"}, "workspace/more.csv", "not in the manifest"),
        ({"manifest.json": b"{}"}, {}, "manifest.json", "not whole"),
        ({"manifest.json": b"["}, {}, "changed.zip", "no whole backup"),
        ({"manifest.json": None}, {}, "changed.zip", "no backup of this program"),
    ):
        wrong = verify(rewritten(file, change, more))
        assert [(f.file, words in f.text_en) for f in wrong] == [(name, True)]
        with pytest.raises(InputError):
            restoring.restore(tmp_path / "changed.zip", tmp_path / "nowhere")
        assert not (tmp_path / "nowhere").exists()
    whole = file.read_bytes()
    cut = tmp_path / "cut.zip"
    for damaged in (whole[: len(whole) // 2], b"", b"PK", whole[:-30]):
        cut.write_bytes(damaged)
        assert len(verify(cut)) == 1
    middle = bytearray(whole)
    with zipfile.ZipFile(file) as opened:
        at = opened.getinfo("workspace/population.csv").header_offset + 30 + len("workspace/population.csv") + 30
    middle[at] ^= 0xFF
    cut.write_bytes(middle)
    assert [f.file for f in verify(cut)] == ["workspace/population.csv"]
    with pytest.raises(InputError, match="there is no backup"):
        restoring.planned(tmp_path / "none.zip", tmp_path / "nowhere")


@pytest.mark.parametrize(
    "name", ["../outside.txt", "/outside.txt", "workspace/../../outside.txt", "workspace\\..\\outside.txt", "workspace/c:x", "store/x.sqlite", "workspace//x", "elsewhere/x"],
)  # fmt: skip
def test_no_path_leads_out_of_the_folder(place: Path, tmp_path: Path, name: str) -> None:
    file = tmp_path / "b.zip"
    back_up(place, file)
    told = manifest(file)
    told["files"][name] = {"bytes": 1, "sha256": "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"}
    hostile = rewritten(file, {"manifest.json": json.dumps(told).encode()}, {name: b"a"})
    assert [f.file for f in verify(hostile) if "safe path" in f.text_en] == [name]
    with pytest.raises(InputError):
        restoring.restore(hostile, tmp_path / "deep" / "er")
    assert not (tmp_path / "deep").exists()
    assert not (tmp_path / "outside.txt").exists()


def test_no_link_no_name_twice_and_no_bomb(place: Path, tmp_path: Path) -> None:
    file = tmp_path / "b.zip"
    back_up(place, file)
    link = zipfile.ZipInfo("workspace/link")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(file, "a") as opened:
        opened.writestr(link, "/etc/passwd")
        opened.writestr("workspace/ZONES.geojson", "{}")
    assert {f.file for f in verify(file) if "safe path" in f.text_en} == {
        "workspace/link", "workspace/ZONES.geojson", "workspace/zones.geojson",
    }  # fmt: skip
    back_up(place, file)
    bomb = rewritten(file, {"workspace/zones.geojson": b"0" * (1 << 26)})
    assert [f.file for f in verify(bomb)] == ["workspace/zones.geojson"]


def test_newer_ones_are_refused_in_words(place: Path, tmp_path: Path) -> None:
    file = tmp_path / "b.zip"
    back_up(place, file)
    told = manifest(file)
    for key, value in (("zoneplan_backup", 2), ("format", FORMAT + 1)):
        newer = rewritten(file, {"manifest.json": json.dumps({**told, key: value}).encode()})
        assert [("newer version" in f.text_en, "升级" in f.text_zh) for f in verify(newer)] == [(True, True)]


def test_a_backup_cannot_lie_in_the_workspace(place: Path) -> None:
    with pytest.raises(InputError, match="in the workspace itself"):
        back_up(place, place / "b.zip")
    with pytest.raises(InputError, match="does not exist"):
        back_up(place, place.parent / "none" / "b.zip")


def test_plans_in_postgresql_come_back(
    place: Path, tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZONEPLAN_DB", postgres_url)
    store = on_postgres(postgres_url)
    monkeypatch.setenv("ZONEPLAN_DB_SCHEMA", store.schema)
    store.save(PLAN, base_rev=0, who="王")
    heads, file = store.heads(), tmp_path / "b.zip"
    assert back_up(place, file).store["kind"] == "postgresql"
    store.save(Scenario("甲"), base_rev=1)
    store.save(Scenario("丙"), base_rev=0)
    told = restoring.restore(file, place, replace=True)
    assert len(told.aside) == 2
    assert plans_of(place)[0].heads() == heads
    assert drafts_of(place).of(BROWSER) is not None


def test_an_upgrade_shows_then_backs_up_then_does_it(place: Path, tmp_path: Path) -> None:
    settings = place / "workspace.toml"
    before = b"# Village\r\n" + settings.read_bytes() + b'[brand]\nformat = "kept"\n'
    settings.write_bytes(before)
    record = {"title": "t", "publisher": "p", "licence": "CC0", "retrieved": "2026-11-01", "file": "workspace.toml", "sha256": workspace.catalog.sha256(settings)}  # fmt: skip
    (place / "SOURCES.json").write_text(json.dumps({"own": record}), "utf-8")
    answered = said(place)
    plan = upgrade.planned(place)
    assert (plan.before, [s.en for s in plan.steps]) == (1, ["workspace.toml says its format: format = 2"])
    assert settings.read_bytes() == before
    _, backup = upgrade.upgrade(place, tmp_path / "kept.zip")
    assert settings.read_bytes() == b"format = 2\n" + before
    assert said(place) == answered
    assert workspace.check(place).findings == ()
    assert upgrade.planned(place).steps == ()
    assert upgrade.upgrade(place) == (upgrade.planned(place), None)
    assert backup is not None
    restoring.restore(backup, place, replace=True)
    assert settings.read_bytes() == before


def test_a_store_of_before_is_brought_up_and_kept(place: Path, tmp_path: Path) -> None:
    (place / "plans.sqlite").unlink()
    with sqlite3.connect(place / "plans.sqlite") as db:
        db.execute("CREATE TABLE revision (name TEXT, rev INTEGER, saved_at TEXT, who TEXT, why TEXT, scenario TEXT, PRIMARY KEY (name, rev))")  # fmt: skip
        db.execute("INSERT INTO revision VALUES ('甲', 1, '2026-11-01T00:00:00+00:00', '王', '', ?)", (json.dumps(PLAN.as_dict()),))  # fmt: skip
    old = rows(place / "plans.sqlite")
    assert any("version 0 to 3" in step.en for step in upgrade.planned(place).steps)
    assert rows(place / "plans.sqlite") == old
    upgrade.upgrade(place, tmp_path / "kept.zip")
    assert rows(tmp_path / "kept.plans-0.sqlite") == old
    assert plans_of(place)[0].load("甲").scenario == PLAN


@pytest.mark.parametrize(
    ("told", "zh"), [("3", "升级本程序"), ("99", "升级本程序"), ("0", "整数"), ('"2"', "整数"), ("true", "整数")]
)
def test_a_format_that_is_not_known_is_refused_by_every_loader(place: Path, tmp_path: Path, told: str, zh: str) -> None:
    settings = place / "workspace.toml"
    settings.write_text(f"format = {told}\n" + settings.read_text("utf-8").replace("years", "jahre"), "utf-8")
    (found,) = workspace.check(place).findings
    assert (found.file, found.field, zh in found.text_zh) == ("workspace.toml", "format", True)
    for load in (
        workspace.load, workspace.settings, upgrade.planned, lambda p: back_up(p, tmp_path / "b.zip"),
    ):  # fmt: skip
        with pytest.raises(InputError, match="format"):
            load(place)
    assert not (tmp_path / "b.zip").exists()


def test_the_shipped_workspace_is_of_this_format_and_made_ones_are_too(tmp_path: Path) -> None:
    from layers.osm.build_files import workspace_toml
    from layers.store.take import SHIPPED

    assert upgrade.planned(SHIPPED).before == FORMAT
    (tmp_path / "workspace.toml").write_text(workspace_toml("POA", "EPSG:32722", [2025], sloped=False), "utf-8")
    assert workspace.settings(tmp_path)["format"] == FORMAT


def test_what_is_left_out_is_only_what_is_made_anew() -> None:
    left = ("plans.sqlite", "drafts.sqlite-journal", ".import-x", "__pycache__", "place.aside-20261128-101010")
    assert all(archive.LEFT_OUT.fullmatch(name) for name in left)
    assert not any(archive.LEFT_OUT.fullmatch(name) for name in ("zones.geojson", "plans.csv", "my.sqlite"))


def test_the_store_of_a_backup_is_a_store(place: Path, tmp_path: Path) -> None:
    file = tmp_path / "b.zip"
    made = back_up(place, file)
    archive.extracted(file, made, archive.STORE, tmp_path)
    assert Store(tmp_path / "plans.sqlite").heads() == plans_of(place)[0].heads()
