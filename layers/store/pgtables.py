"""The tables of a store of plans in PostgreSQL: one schema for each workspace, the objects of the plans with their places.

``revision``, ``head``, ``note``, ``note_head`` hold what the tables of these names in SQLite hold, with the same seals.
``object`` holds the objects of each plan as it is now, for QGIS and for SQL; ``object_points``, ``object_lines``,
``object_areas`` and ``comment_points`` show them one kind of geometry each, as QGIS wants its layers. All in EPSG:4326.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import shapely
import shapely.geometry

from geo.errors import Finding
from geo.scenario import Scenario, geometry
from layers.store import chain, notes
from layers.store.objects import as_objects
from layers.store.revision import Rows, is_sound, saved

__all__ = ["VERSION", "keep_objects", "make", "verify"]

VERSION = 3
TEXT = 'text COLLATE "C"'
SHOWN = (
    "id, plan, rev, object_id, kind, year, author, reason, properties ->> 'service' AS service,"
    " (properties ->> 'seats')::double precision AS seats, properties ->> 'name_zh' AS name"
)
STATEMENTS = (
    "CREATE TABLE store (version integer NOT NULL)",
    f"""CREATE TABLE revision (
    name {TEXT} NOT NULL, rev integer NOT NULL, saved_at {TEXT} NOT NULL, who {TEXT} NOT NULL, why {TEXT} NOT NULL,
    scenario {TEXT}, before {TEXT} NOT NULL, seal {TEXT} NOT NULL, op {TEXT} UNIQUE, PRIMARY KEY (name, rev))""",
    f"""CREATE TABLE head (
    name {TEXT} PRIMARY KEY, rev integer NOT NULL, saved_at {TEXT} NOT NULL, shown integer NOT NULL, seal {TEXT} NOT NULL)""",
    f"CREATE TABLE adopted (path {TEXT} PRIMARY KEY)",
    f"""CREATE TABLE note (
    plan {TEXT} NOT NULL, number integer NOT NULL, made {TEXT} NOT NULL, who {TEXT} NOT NULL, text {TEXT} NOT NULL,
    object_id {TEXT}, lon double precision, lat double precision, settles integer, op {TEXT} NOT NULL UNIQUE,
    before {TEXT} NOT NULL, seal {TEXT} NOT NULL, PRIMARY KEY (plan, number))""",
    f"CREATE TABLE note_head (plan {TEXT} PRIMARY KEY, number integer NOT NULL, seal {TEXT} NOT NULL)",
    f"""CREATE TABLE object (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, plan {TEXT} NOT NULL, rev integer NOT NULL,
    object_id {TEXT} NOT NULL, kind text NOT NULL, year integer, author text NOT NULL, reason text NOT NULL,
    properties jsonb NOT NULL, geom geometry(Geometry, 4326), UNIQUE (plan, object_id))""",
    "CREATE INDEX object_geom ON object USING gist (geom)",
    *(
        f"CREATE VIEW object_{what} AS SELECT {SHOWN}, geom::geometry({kind}, 4326) AS geom FROM object"
        f" WHERE GeometryType(geom) = '{kind.upper()}'"
        for what, kind in (("points", "Point"), ("lines", "LineString"), ("areas", "Polygon"))
    ),
    """CREATE VIEW comment_points AS SELECT row_number() OVER (ORDER BY plan, number) AS id, plan, number, made, who, text,
    object_id, EXISTS (SELECT 1 FROM note later WHERE later.plan = note.plan AND later.settles = note.number) AS settled,
    ST_SetSRID(ST_MakePoint(lon, lat), 4326)::geometry(Point, 4326) AS geom FROM note WHERE lon IS NOT NULL""",
    """CREATE FUNCTION stays() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'what was saved is never changed or deleted'; END $$""",
    *(
        f"CREATE TRIGGER {table}_stays BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION stays()"
        for table in ("revision", "note")
    ),
    *(
        f"CREATE TRIGGER {table}_is_kept BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION stays()"
        for table in ("revision", "note")
    ),
)
TRIGGERS = {f"{table}_{what}" for table in ("revision", "note") for what in ("stays", "is_kept")}
UNSAFE = {"fsync": "off", "full_page_writes": "off"}


def make(db: Rows) -> None:
    """Make the tables, in a transaction."""
    for statement in STATEMENTS:
        db.execute(statement)
    db.execute("INSERT INTO store VALUES (?)", (VERSION,))


def keep_objects(db: Rows, name: str, rev: int, scenario: Scenario | None) -> None:
    """Put the objects of a plan in place of those it had, in the transaction that saves it."""
    db.execute("DELETE FROM object WHERE plan = ?", (name,))
    for key, one in ({} if scenario is None else as_objects(scenario)).items():
        place = geometry(one)
        db.execute(
            "INSERT INTO object (plan, rev, object_id, kind, year, author, reason, properties, geom)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?::jsonb, ST_SetSRID(ST_GeomFromGeoJSON(?), 4326))",
            (
                name, rev, key, one["kind"], one.get("year", one.get("open_year")), one.get("author", ""),
                one.get("reason", ""), json.dumps(one, ensure_ascii=False), None if place is None else json.dumps(place),
            ),
        )  # fmt: skip


def verify(db: Rows, where: str) -> Iterator[Finding]:
    """Say what is damaged or unsafe: settings of the server, triggers, chains, the objects that QGIS shows."""
    for setting, bad in UNSAFE.items():
        if db.execute("SELECT current_setting(?)", (setting,)).fetchone()[0] == bad:
            yield Finding(
                "error", f"服务器设置 {setting} = {bad}：断电时会丢失已保存的方案；请改为 on",
                f"the server runs with {setting} = {bad}: a power cut loses saved plans; set it to on", where,
            )  # fmt: skip
    asked = (
        "SELECT tgname FROM pg_trigger WHERE tgrelid IN ('revision'::regclass, 'note'::regclass) AND tgenabled = 'O'"
    )
    if not {row[0] for row in db.execute(asked).fetchall()} >= TRIGGERS:
        yield Finding(
            "error", "防止改动已存版本的触发器不在；请从备份恢复", "the triggers that guard what was saved are gone; restore from a backup", where
        )  # fmt: skip
    for scan in ("indexscan", "indexonlyscan", "bitmapscan"):  # what an index has lost is still found
        db.execute(f"SET LOCAL enable_{scan} = off")
    yield from chain.verify(db, where)
    yield from notes.verify(db, where)
    yield from _shown(db, where)


def _shown(db: Rows, where: str) -> Iterator[Finding]:
    """Say of which plans QGIS would show other objects than the newest revision has."""
    there: dict[str, dict[str, Any]] = {}
    asked = "SELECT plan, object_id, rev, properties, encode(ST_AsBinary(geom, 'NDR'), 'hex') FROM object"
    for plan, key, *told in db.execute(asked).fetchall():
        there.setdefault(plan, {})[key] = tuple(told)
    newest = "SELECT name, rev FROM head"
    for name, rev in db.execute(newest).fetchall():
        rows = chain.all_rows(db, name)
        found = there.pop(name, {})
        if rows and rows[-1][1] == rev and is_sound(rows[-1]) and found != _as_rows(saved(rows[-1]).scenario, rev):
            yield _strange(name, where)
    yield from (_strange(name, where) for name in there)


def _as_rows(scenario: Scenario | None, rev: int) -> dict[str, tuple[int, Any, str | None]]:
    rows = {}
    for key, one in ({} if scenario is None else as_objects(scenario)).items():
        place = geometry(one)
        known = None if place is None else shapely.to_wkb(shapely.geometry.shape(place), hex=True, byte_order=1).lower()
        rows[key] = (rev, json.loads(json.dumps(one)), known)
    return rows


def _strange(name: str, where: str) -> Finding:
    return Finding(
        "error", f"方案“{name}”的对象表（QGIS 所见）与最新一版不同；方案本身以版本为准，再保存一次即可改正",
        f"the table of objects that QGIS shows of '{name}' is not its newest revision; the revision holds, save it again to mend the table",
        where, None, name,
    )  # fmt: skip
