"""No saved scenario is lost, in a file or in PostgreSQL: the same tests for both stores of plans."""

from __future__ import annotations

import sqlite3
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from geo.errors import InputError
from geo.scenario import Added, Scenario
from layers.store import ConflictError, DamagedError, Plans, Store

ONE = Scenario("方案一", (Added("N1", "kindergarten", 117.6, 39.05, 270, 2025),), ("S04",), {"S02": {"primary": 720}})


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Plans:
    if request.param == "sqlite":
        return Store(tmp_path / "deep" / "scenarios.sqlite")
    return on_postgres(request.getfixturevalue("postgres_url"))


def on_postgres(url: str) -> Plans:
    """Return an empty store in a schema of its own."""
    from layers.store.postgres import PostgresStore

    return PostgresStore(url, f"zoneplan_{uuid.uuid4().hex[:12]}")


def raw(store: Plans, statement: str) -> None:
    """Do something to the tables behind the store's back; its guards are put aside first."""
    if isinstance(store, Store):
        with sqlite3.connect(store.path) as db:
            for trigger in ("revision_stays", "revision_kept", "note_stays", "note_kept"):
                db.execute(f"DROP TRIGGER {trigger}")
            db.execute(statement)
        db.close()
        return
    import psycopg

    with psycopg.connect(store.url) as db:  # type: ignore[attr-defined]
        db.execute(f'SET search_path TO "{store.schema}", public')  # type: ignore[attr-defined]
        db.execute("ALTER TABLE revision DISABLE TRIGGER USER")
        db.execute("ALTER TABLE note DISABLE TRIGGER USER")
        db.execute(statement)
        db.execute("ALTER TABLE revision ENABLE TRIGGER USER")
        db.execute("ALTER TABLE note ENABLE TRIGGER USER")


def test_what_was_saved_comes_back(store):
    saved = store.save(ONE, base_rev=0, who="王", why="first")
    assert (saved.rev, saved.who) == (1, "王")
    assert store.load("方案一").scenario == ONE
    assert store.names() == ["方案一"]


def test_a_second_planner_does_not_overwrite_the_first(store):
    store.save(ONE, base_rev=0)
    store.save(Scenario("方案一", closed=("S01",)), base_rev=1, who="李")
    with pytest.raises(ConflictError) as caught:
        store.save(Scenario("方案一", closed=("S09",)), base_rev=1)
    assert caught.value.current.scenario.closed == ("S01",)
    assert [s.rev for s in store.history("方案一")] == [2, 1]


def test_put_away_keeps_the_history(store):
    store.save(ONE, base_rev=0)
    store.put_away("方案一", base_rev=1)
    assert store.names() == []
    assert store.history("方案一")[1].scenario == ONE
    with pytest.raises(InputError, match="no scenario"):
        store.load("方案一")


def test_revisions_cannot_be_changed_behind_our_back(store):
    store.save(ONE, base_rev=0)
    store.comment("方案一", "near the river")
    for statement in (
        "UPDATE revision SET who = 'x'",
        "DELETE FROM revision",
        "UPDATE note SET text = 'x'",
        "DELETE FROM note",
    ):
        with pytest.raises(Exception, match=r"never (changed|deleted)|never changed or deleted"):
            store.writing(lambda db, statement=statement: db.execute(statement), plan=None)
    assert store.verify() == ()


@pytest.mark.parametrize("name", ["", " ", "x" * 121])
def test_names(store, name):
    with pytest.raises(InputError, match="name"):
        store.save(Scenario(name), base_rev=0)


def test_sixteen_planners_at_once_lose_nothing(store):
    def plan(i):
        for _ in range(200):
            newest = store.load("共用") if store.names() else None
            rev, closed = (newest.rev, newest.scenario.closed) if newest else (0, ())
            try:
                store.save(Scenario("共用", closed=(*closed, f"S{i}")), base_rev=rev)
            except ConflictError:
                continue
            return
        pytest.fail("never got a turn")

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(plan, range(16)))
    assert sorted(store.load("共用").scenario.closed) == sorted(f"S{i}" for i in range(16))


def test_a_retry_of_a_save_counts_once(store):
    """Issue 10: the answer of a save got lost on the way; the same operation asked again gives the same revision."""
    first = store.save(ONE, base_rev=0, who="王", op="a" * 32)
    again = store.save(ONE, base_rev=0, who="王", op="a" * 32)
    assert (again.rev, again.seal, again.op) == (1, first.seal, "a" * 32)
    store.save(Scenario("方案一", closed=("S01",)), base_rev=1)
    assert store.save(ONE, base_rev=0, op="a" * 32).rev == 1  # also when others went on meanwhile
    assert [one.rev for one in store.history("方案一")] == [2, 1]
    with pytest.raises(InputError, match="was used for revision 1"):
        store.save(Scenario("another"), base_rev=0, op="a" * 32)
    assert len({one.op for one in store.history("方案一")}) == 2  # a save that names no operation gets an id


def test_who_changed_what_when_from_what_into_what_and_why(store):
    """Issue 10: audit by revision and object."""
    store.save(ONE, base_rev=0, who="王", why="学位不足")
    less = Scenario("方案一", (Added("N1", "kindergarten", 117.6, 39.05, 360, 2025),), (), {"S02": {"primary": 720}})
    store.save(less, base_rev=1, who="李", why="two more classes")
    told = [(c.rev, c.who, c.why, c.object_id, c.before is None, c.after is None) for c in store.audit("方案一")]
    assert told[:3] == [
        (1, "王", "学位不足", "N1", True, False),
        (1, "王", "学位不足", "close:S04", True, False),
        (1, "王", "学位不足", "resize:S02:primary", True, False),
    ]
    assert told[3:] == [
        (2, "李", "two more classes", "N1", False, False),
        (2, "李", "two more classes", "close:S04", False, True),
    ]
    changed = store.audit("方案一")[3]
    assert (changed.before["seats"], changed.after["seats"]) == (270, 360)
    assert changed.op == store.load("方案一").op
    with pytest.raises(InputError, match="no scenario"):
        store.audit("none")


def test_comments_are_added_and_settled_but_never_edited(store):
    """Issue 10: comments on places and objects."""
    store.save(ONE, base_rev=0)
    first = store.comment("方案一", "离铁路太近", who="王", object_id="N1", op="c" * 32)
    assert store.comment("方案一", "离铁路太近", who="王", object_id="N1", op="c" * 32) == first
    store.comment("方案一", "a gate here?", who="Li", place=(117.61, 39.05))
    store.comment("方案一", "已移 200 米", who="李", settles=1)
    told = [(n.number, n.who, n.text, n.object_id, n.lon, n.settles, n.settled) for n in store.comments("方案一")]
    assert told == [
        (1, "王", "离铁路太近", "N1", None, None, True),
        (2, "Li", "a gate here?", None, 117.61, None, False),
        (3, "李", "已移 200 米", None, None, 1, False),
    ]
    for wrong, said in (
        ({"text": "x", "settles": 1}, "settled already"),
        ({"text": "x", "settles": 9}, "no comment 9"),
        ({"text": " "}, "no text"),
        ({"text": "x", "place": (200.0, 0.0)}, "longitude"),
        ({"text": "a\0b"}, "cannot be kept"),
    ):
        with pytest.raises(InputError, match=said):
            store.comment("方案一", **wrong)
    with pytest.raises(InputError, match="no scenario"):
        store.comment("none", "x")
    assert store.comments("none") == []
    assert store.verify() == ()


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE revision SET scenario = replace(scenario, '270', '999') WHERE rev = 1", "revision 1, is damaged"),
        ("DELETE FROM revision WHERE rev = 2", "revision 2, is damaged"),
        ("DELETE FROM head", "is damaged"),
        ("UPDATE head SET seal = before, rev = 1 FROM revision WHERE revision.rev = 2", "is damaged"),
        ("UPDATE note SET text = 'yes' WHERE number = 1", "comment 1 on '方案一' is damaged"),
        ("DELETE FROM note WHERE number = 2", "comment 2 on '方案一' is damaged"),
    ],
)
def test_what_was_changed_behind_its_back_is_noticed(store, statement, said):
    store.save(ONE, base_rev=0)
    store.save(Scenario("方案一", closed=("S01",)), base_rev=1)
    store.comment("方案一", "no")
    store.comment("方案一", "no, again")
    assert store.verify() == ()
    raw(store, statement)
    found = [f.text_en for f in store.verify()]
    assert any(said in text for text in found), found


def test_nothing_is_saved_on_top_of_damage(store):
    store.save(ONE, base_rev=0)
    raw(store, "UPDATE revision SET why = 'x'")
    with pytest.raises(DamagedError, match="damaged"):
        store.save(Scenario("方案一"), base_rev=1)
    with pytest.raises(DamagedError):
        store.audit("方案一")


@pytest.mark.parametrize("text", ["a\0b", "\ud800"])
def test_what_cannot_be_kept_is_refused_in_words(store, text):
    with pytest.raises(InputError, match="cannot be kept"):
        store.save(Scenario("a" + text), base_rev=0)
    with pytest.raises(InputError, match="cannot be kept"):
        store.save(ONE, base_rev=0, who=text)
    assert store.names() == []
