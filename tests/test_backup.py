"""Backups of plans, restoring them, and moving plans between SQLite and PostgreSQL: equal heads, nothing lost. Issue 10."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import threading
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from geo.errors import InputError
from geo.scenario import Added, Scenario
from layers.store import ConflictError, DamagedError, Plans, Store
from layers.store.backup import back_up, move, restore
from tests.need import need
from tests.test_store import on_postgres, raw

PLAN = Scenario("甲", (Added("N01", "primary", 117.61, 39.05, 1080.0, 2030),), ("S04",), {"S02": {"primary": 720.0}})


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Plans:
    if request.param == "sqlite":
        return Store(tmp_path / "home" / "plans.sqlite")
    return on_postgres(request.getfixturevalue("postgres_url"))


def filled(store: Plans) -> Plans:
    store.save(PLAN, base_rev=0, who="王", why="学位不足")
    store.save(Scenario("甲", closed=("S01",)), base_rev=1, who="李")
    store.save(Scenario("B"), base_rev=0)
    store.put_away("B", base_rev=1)
    store.comment("甲", "a gate here?", place=(117.61, 39.05))
    store.comment("甲", "no", settles=1)
    return store


def another(store: Plans, tmp_path: Path, request: pytest.FixtureRequest, other: str) -> Plans:
    if other == "sqlite":
        return Store(tmp_path / "other" / "plans.sqlite")
    return on_postgres(request.getfixturevalue("postgres_url"))


@pytest.mark.parametrize("other", ["sqlite", "postgres"])
def test_a_move_has_equal_heads_and_all_that_was_said(
    store: Plans, tmp_path: Path, request: pytest.FixtureRequest, other: str
) -> None:
    target = another(filled(store), tmp_path, request, other)
    moved = move(store, target)
    assert (moved.revisions, moved.comments) == (4, 2)
    assert moved.heads == target.heads() == store.heads()
    assert target.history("甲") == store.history("甲")
    assert target.comments("甲") == store.comments("甲")
    assert target.audit("甲") == store.audit("甲")
    assert target.names() == ["甲"]
    assert target.verify() == ()
    again = move(store, target)
    assert (again.revisions, again.comments) == (0, 0)
    store.save(PLAN, base_rev=2)
    assert move(store, target).revisions == 1  # what went on meanwhile
    assert target.heads() == store.heads()


def test_plans_that_went_another_way_are_not_mixed(store: Plans, tmp_path: Path) -> None:
    other = Store(tmp_path / "other" / "plans.sqlite")
    other.save(Scenario("甲", closed=("S77",)), base_rev=0)
    before = other.heads()
    with pytest.raises(InputError, match="differs from revision 1 on, nothing was changed"):
        move(filled(store), other)
    assert other.heads() == before
    assert other.names() == ["甲"]


def test_a_backup_brings_back_what_was_lost(store: Plans, tmp_path: Path) -> None:
    file = tmp_path / "backup.sqlite"
    made = back_up(filled(store), file)
    assert made.heads == store.heads() == Store(file).heads()
    assert (made.revisions, made.comments) == (4, 2)
    assert [p.name for p in tmp_path.iterdir() if "backup" in p.name] == ["backup.sqlite"]
    store.save(PLAN, base_rev=2)  # saved after the backup: it stays
    assert restore(store, file).revisions == 0
    assert store.load("甲").rev == 3
    raw(store, "UPDATE revision SET who = 'x' WHERE rev = 1")
    with pytest.raises(DamagedError, match="nothing was changed"):
        restore(store, file)
    told = restore(store, file, replace=True)
    assert told.aside
    assert store.heads() == made.heads
    assert store.verify() == ()
    assert store.save(PLAN, base_rev=2).rev == 3
    if isinstance(store, Store):
        assert Store(told.aside).load("甲").rev == 3  # put away whole


def test_a_damaged_store_is_not_backed_up_over_a_whole_backup(store: Plans, tmp_path: Path) -> None:
    file = tmp_path / "backup.sqlite"
    back_up(filled(store), file)
    whole = file.read_bytes()
    raw(store, "DELETE FROM revision WHERE rev = 2")
    with pytest.raises(DamagedError, match="damaged"):
        back_up(store, file)
    assert file.read_bytes() == whole


def test_a_damaged_backup_is_not_restored(store: Plans, tmp_path: Path) -> None:
    file = tmp_path / "backup.sqlite"
    back_up(filled(store), file)
    raw(Store(file), "UPDATE revision SET why = 'x' WHERE rev = 1")
    before = store.heads()
    for replace in (False, True):
        with pytest.raises(DamagedError, match="damaged"):
            restore(store, file, replace=replace)
    assert store.heads() == before
    file.write_bytes(b"no store at all, but long enough to be looked at" * 40)
    with pytest.raises(DamagedError):
        restore(store, file, replace=True)
    with pytest.raises(InputError, match="no backup"):
        restore(store, tmp_path / "none.sqlite")
    assert store.heads() == before


def test_a_backup_never_goes_over_the_store_itself(tmp_path: Path) -> None:
    store = filled(Store(tmp_path / "plans.sqlite"))
    with pytest.raises(InputError, match="over the store itself"):
        back_up(store, tmp_path / "plans.sqlite")


def test_a_backup_taken_while_others_save_is_one_state_of_the_store(store: Plans, tmp_path: Path) -> None:
    """Two plans are saved in turn: a backup holds as many revisions of the one as of the other, or one more."""
    stop = threading.Event()

    def save() -> None:
        rev = 0
        while not stop.is_set() and rev < 200:
            for name in ("a", "b"):
                store.save(Scenario(name, closed=(str(rev),)), base_rev=rev)
            rev += 1

    writer = threading.Thread(target=save)
    writer.start()
    try:
        for n in range(4):
            back_up(store, tmp_path / f"{n}.sqlite")
            found = Store(tmp_path / f"{n}.sqlite")
            a, b = (len(found.history(name)) for name in ("a", "b"))
            assert a - b in (0, 1)
            assert found.verify() == ()
    finally:
        stop.set()
        writer.join()


def test_a_save_under_way_when_the_file_is_replaced_is_not_lost(tmp_path: Path) -> None:
    """Whoever waits for a turn while a backup is restored saves into the store that has the name then."""
    store = filled(Store(tmp_path / "plans.sqlite"))
    back_up(store, tmp_path / "backup.sqlite")
    waiting: list[threading.Thread] = []

    def fill(db: object) -> None:
        def late() -> None:
            store.save(Scenario("late"), base_rev=0)

        waiting.append(threading.Thread(target=late))
        waiting[0].start()
        waiting[0].join(0.3)  # it has looked, and waits for its turn now

    store.anew(fill)
    waiting[0].join()
    assert store.names() == ["late"]


def test_objects_are_rows_with_a_place_that_qgis_opens(postgres_url: str) -> None:
    import psycopg

    store = filled(on_postgres(postgres_url))
    store.save(PLAN, base_rev=2, who="王")
    asked = (
        f'SELECT object_id, kind, service, seats, ST_AsText(geom), ST_SRID(geom) FROM "{store.schema}".object_points'  # type: ignore[attr-defined]
    )
    with psycopg.connect(postgres_url) as db:
        assert db.execute(asked).fetchall() == [("N01", "add", "primary", 1080.0, "POINT(117.61 39.05)", 4326)]
        kinds = db.execute(
            "SELECT f_table_name, type, srid FROM geometry_columns WHERE f_table_schema = %s ORDER BY 1",
            (store.schema,),  # type: ignore[attr-defined]
        ).fetchall()
        said = db.execute(f'SELECT text, settled, ST_X(geom) FROM "{store.schema}".comment_points').fetchall()  # type: ignore[attr-defined]
    assert said == [("a gate here?", True, 117.61)]
    assert kinds == [
        ("comment_points", "POINT", 4326), ("object", "GEOMETRY", 4326), ("object_areas", "POLYGON", 4326),
        ("object_lines", "LINESTRING", 4326), ("object_points", "POINT", 4326),
    ]  # fmt: skip
    raw(store, "UPDATE object SET geom = ST_SetSRID(ST_MakePoint(117, 39), 4326) WHERE object_id = 'N01'")
    assert "table of objects" in store.verify()[0].text_en
    store.save(PLAN, base_rev=3)
    assert store.verify() == ()


def test_qgis_opens_the_objects_of_a_plan_styled(postgres_url: str, tmp_path: Path) -> None:
    """Issue 10, shown 4: from PostGIS, with the classes and labels that lie beside it."""
    python = need("qgis")
    store = filled(on_postgres(postgres_url))
    store.save(PLAN, base_rev=2)
    told = conninfo_to_dict(postgres_url)
    script = Path(__file__).parent / "qgis" / "plans.py"
    words = [
        python,
        str(script),
        told["host"],
        told["dbname"],
        told["user"],
        store.schema,
        "object_points",
        "comment_points",
    ]  # type: ignore[attr-defined, list-item]
    done = subprocess.run(
        words, capture_output=True, text=True, check=False, env={**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)}
    )
    seen = json.loads(done.stdout)
    assert seen["object_points"] == {
        "valid": True, "crs": "EPSG:4326", "features": 1, "points": ["Point (117.61 39.05)"],
        "renderer": "categorizedSymbol", "classes": ["add", "move", "remove"], "labels": True,
    }  # fmt: skip
    assert (seen["comment_points"]["features"], seen["comment_points"]["renderer"]) == (1, "categorizedSymbol")


def test_a_conflict_is_found_also_after_a_restore(store: Plans, tmp_path: Path) -> None:
    back_up(filled(store), tmp_path / "b.sqlite")
    restore(store, tmp_path / "b.sqlite", replace=True)
    with pytest.raises(ConflictError):
        store.save(PLAN, base_rev=1)


def test_without_postgis_or_psycopg_there_are_words(postgres_url: str) -> None:
    import psycopg

    from layers.store.postgres import PostgresStore

    with psycopg.connect(postgres_url, autocommit=True) as db:
        db.execute("CREATE ROLE poor LOGIN")
        db.execute("CREATE DATABASE bare OWNER poor")
        try:
            with pytest.raises(InputError, match="the database has no PostGIS"):
                PostgresStore(postgres_url.replace("planner@/plans", "poor@/bare"), "zoneplan_a")
        finally:
            from layers.store import postgres

            postgres.close_all()
            db.execute("DROP DATABASE bare WITH (FORCE)")
            db.execute("DROP ROLE poor")
    with pytest.raises(InputError, match="check ZONEPLAN_DB and the server"):
        PostgresStore("postgresql://nobody@/none?host=/nowhere", "zoneplan_a")


def test_the_place_of_plans_follows_the_environment(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from layers.store import place

    file, _ = place.plans_of(tmp_path)
    file.save(PLAN, base_rev=0)
    monkeypatch.setenv("ZONEPLAN_DB", postgres_url)
    store, told = place.plans_of(tmp_path)
    assert "1 plans still lie in plans.sqlite" in told[0].text_en
    assert "planner" not in store.where
    move(file, store)
    assert place.plans_of(tmp_path)[1] == ()
    monkeypatch.setenv("ZONEPLAN_DB", "mysql://x")
    with pytest.raises(InputError, match="postgresql://"):
        place.plans_of(tmp_path)


def test_health_looks_at_the_database_of_plans(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from layers.door.health import health

    monkeypatch.setenv("ZONEPLAN_DB", postgres_url)
    assert health(tmp_path, lambda _: [], enough=0).stores["faults"] == []
    monkeypatch.setenv("ZONEPLAN_DB", "postgresql://nobody@/none?host=/nowhere")
    assert "database" in health(tmp_path, lambda _: [], enough=0).stores["faults"][0]
    monkeypatch.delenv("ZONEPLAN_DB")
    (tmp_path / "plans.sqlite").write_bytes(b"no store" * 100)
    assert "plans.sqlite" in health(tmp_path, lambda _: [], enough=0).stores["faults"][0]


def test_a_backup_is_an_ordinary_store(tmp_path: Path) -> None:
    back_up(filled(Store(tmp_path / "plans.sqlite")), tmp_path / "b.sqlite")
    with sqlite3.connect(tmp_path / "b.sqlite") as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    db.close()
