"""Damage of the store of plans is noticed and said in words; what is whole stays readable. FOUND 17."""

from __future__ import annotations

import random
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from geo.errors import InputError
from geo.scenario import Added, Scenario
from layers.store import ConflictError, DamagedError, Saved, Store

NAMES = ("东双创A", "海洋片区学位补缺", "B")
FLIPS = 200


def plan(name: str, rev: int) -> Scenario:
    sites = tuple(Added(f"N{i:02d}", "primary", 117.6 + i / 100, 39.05, 1080.0, 2030) for i in range(rev % 7))
    return Scenario(name, sites, ("S04",) * (rev % 2), {"S02": {"primary": 700.0 + rev}})


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a store of three plans with twelve revisions each, one of them put away."""
    store = Store(tmp_path_factory.mktemp("sound") / "plans.sqlite")
    for rev in range(12):
        for name in NAMES:
            store.save(plan(name, rev), base_rev=rev, who="王", why=f"第 {rev} 次")
    store.put_away("B", base_rev=12, who="李")
    return store.path


def contents(store: Store) -> tuple[list[str], dict[str, list[Saved]], list[Scenario | None]]:
    """Return all that the store says."""
    return (
        store.names(),
        {name: store.history(name) for name in NAMES},
        [store.load(name).scenario for name in NAMES[:2]],
    )


def test_200_flipped_bits_are_noticed_or_change_nothing(sound: Path, tmp_path: Path) -> None:
    """FOUND 17: 94 raw exceptions and 31 unnoticed before."""
    whole, right = sound.read_bytes(), contents(Store(sound))
    rng, noticed = random.Random(20261127), 0
    there = tmp_path / "plans.sqlite"
    for bit in rng.sample(range(len(whole) * 8), FLIPS):
        spoilt = bytearray(whole)
        spoilt[bit // 8] ^= 1 << bit % 8
        there.write_bytes(spoilt)
        try:
            store = Store(there)
            found = store.verify()
            if found:
                assert all(f.text_zh and f.text_en for f in found)
                noticed += 1
                continue
        except InputError as error:
            assert error.text.zh
            assert error.text.en
            noticed += 1
            continue
        assert contents(store) == right, bit
    assert noticed > FLIPS / 10  # most of the file says something


def test_what_load_returns_is_what_was_saved_or_it_says_so(sound: Path, tmp_path: Path) -> None:
    """FOUND 17: nobody calls verify before he opens a plan."""
    whole, right = sound.read_bytes(), contents(Store(sound))[2]
    rng, there = random.Random(7), tmp_path / "plans.sqlite"
    for bit in rng.sample(range(len(whole) * 8), FLIPS):
        spoilt = bytearray(whole)
        spoilt[bit // 8] ^= 1 << bit % 8
        there.write_bytes(spoilt)
        for name, scenario in zip(NAMES, right, strict=False):
            try:
                assert Store(there).load(name).scenario == scenario, bit
            except InputError as error:
                assert error.text.zh
                assert error.text.en


def spoil(path: Path, statement: str, *values: object) -> None:
    with sqlite3.connect(path) as db:
        triggers = db.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            db.execute(f"DROP TRIGGER {name}")
        db.execute(statement, values)
        for _, sql in triggers:
            db.execute(sql)


def test_verify_names_the_first_damaged_revision(sound: Path, tmp_path: Path) -> None:
    """FOUND 17: and the plans beside it are opened as before."""
    there = tmp_path / "plans.sqlite"
    there.write_bytes(sound.read_bytes())
    spoil(there, "UPDATE revision SET scenario = replace(scenario, '703.0', '903.0') WHERE name = ?", NAMES[0])
    store = Store(there)
    (found,) = store.verify()
    assert f"“{NAMES[0]}”第 4 版" in found.text_zh
    assert "revision 4," in found.text_en
    assert store.load(NAMES[0]).rev == 12
    assert store.load(NAMES[1]).scenario == plan(NAMES[1], 11)
    with pytest.raises(DamagedError, match="revision 4"):
        store.history(NAMES[0])


def test_a_damaged_newest_revision_says_which_one_is_whole(sound: Path, tmp_path: Path) -> None:
    """FOUND 17: the way on is in the words, and works."""
    there = tmp_path / "plans.sqlite"
    there.write_bytes(sound.read_bytes())
    spoil(there, "UPDATE revision SET who = 'x' WHERE name = ? AND rev = 12", NAMES[0])
    store = Store(there)
    with pytest.raises(DamagedError, match=r"第 11 版完好.*revision 11 is whole"):
        store.load(NAMES[0])
    with pytest.raises(DamagedError):
        store.save(plan(NAMES[0], 12), base_rev=12)
    assert store.load(NAMES[0], 11).scenario == plan(NAMES[0], 10)


def test_a_plan_that_lost_its_end_is_noticed(sound: Path, tmp_path: Path) -> None:
    there = tmp_path / "plans.sqlite"
    there.write_bytes(sound.read_bytes())
    spoil(there, "DELETE FROM revision WHERE name = ? AND rev = 12", NAMES[1])
    with pytest.raises(DamagedError, match="revision 12"):
        Store(there).load(NAMES[1])


@pytest.mark.parametrize("content", [b"", b"no database at all" * 100])
def test_a_file_that_is_no_store(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "plans.sqlite").write_bytes(content)
    if content:
        with pytest.raises(DamagedError, match=r"plans\.sqlite 已损坏"):
            Store(tmp_path / "plans.sqlite")
    else:
        assert Store(tmp_path / "plans.sqlite").names() == []


OLD = """
CREATE TABLE IF NOT EXISTS revision (
    name TEXT NOT NULL, rev INTEGER NOT NULL, saved_at TEXT NOT NULL, who TEXT NOT NULL, why TEXT NOT NULL,
    scenario TEXT, PRIMARY KEY (name, rev)
) STRICT;
CREATE TRIGGER IF NOT EXISTS revision_stays BEFORE UPDATE ON revision
    BEGIN SELECT RAISE(ABORT, 'revisions are never changed'); END;
CREATE TRIGGER IF NOT EXISTS revision_kept BEFORE DELETE ON revision
    BEGIN SELECT RAISE(ABORT, 'revisions are never deleted'); END;
"""
"""What earlier versions made."""


def old_store(path: Path, *rows: tuple[str, int, str | None]) -> Path:
    """Write a store as an earlier version left it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA journal_mode=WAL")
        db.executescript(OLD)
        for name, rev, closed in rows:
            text = closed and f'{{"name": "{name}", "added": [], "closed": ["{closed}"], "resized": {{}}}}'
            at = f"2026-11-0{rev}T01:02:03.000Z"
            db.execute("INSERT INTO revision VALUES (?, ?, ?, '王', '', ?)", (name, rev, at, text))
    db.close()
    return path


def test_a_store_of_an_earlier_version_is_sealed_when_first_opened(tmp_path: Path) -> None:
    path = old_store(tmp_path / "plans.sqlite", ("a", 1, "S1"), ("a", 2, "S2"), ("b", 1, "S3"), ("b", 2, None))
    store = Store(path)
    assert store.verify() == ()
    assert [(s.rev, s.scenario and s.scenario.closed, s.who) for s in store.history("a")] == [
        (2, ("S2",), "王"),
        (1, ("S1",), "王"),
    ]
    assert store.names() == ["a"]
    assert store.save(Scenario("a", closed=("S9",)), base_rev=2).rev == 3
    assert Store(path).verify() == ()


def test_two_older_stores_are_taken_over_once_and_stay(tmp_path: Path) -> None:
    """FOUND 15: plans of before and after the first import lie in two files."""
    one = old_store(tmp_path / "one" / "scenarios.sqlite", ("a", 1, "S1"), ("a", 2, "S2"), ("same", 1, "S7"))
    two = old_store(tmp_path / "two" / "scenarios.sqlite", ("b", 1, "S3"), ("a", 1, "S4"), ("same", 1, "S7"))
    before = one.read_bytes(), two.read_bytes()
    store = Store(tmp_path / "plans.sqlite")
    (told,) = store.adopt([one, two])
    assert "“a (2)”" in told.text_zh
    assert sorted(store.names()) == ["a", "a (2)", "b", "same"]
    assert store.load("a").scenario.closed == ("S2",)
    assert store.load("a (2)").scenario == Scenario("a (2)", closed=("S4",))
    assert store.adopt([one, two]) == ()
    assert len(store.names()) == 4
    assert store.verify() == ()
    assert (one.read_bytes(), two.read_bytes()) == before


def test_save_returns_its_own_revision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """FOUND 17: what ``save`` returned was the newest of the history, which may be somebody else's later one.

    Somebody else's save is slipped in the moment the first one has let go of the file.
    """
    from layers.store import scenarios

    store, turns = Store(tmp_path / "plans.sqlite"), [0]
    plain = scenarios.writing

    def slipping(path):  # type: ignore[no-untyped-def]
        from contextlib import contextmanager

        @contextmanager
        def one():  # type: ignore[no-untyped-def]
            with plain(path) as db:
                yield db
            turns[0] += 1
            if turns[0] == 1:
                Store(path).save(Scenario("a", closed=("THEIRS",)), base_rev=1, who="李")

        return one()

    monkeypatch.setattr(scenarios, "writing", slipping)
    saved = store.save(Scenario("a", closed=("MINE",)), base_rev=0, who="王")
    assert (saved.rev, saved.who, saved.scenario.closed) == (1, "王", ("MINE",))
    assert store.load("a").rev == 2


def test_load_and_save_read_one_row_however_long_the_history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """FOUND 17: ``load`` read every revision; counted in scenarios taken from their text, not in seconds."""
    store = Store(tmp_path / "plans.sqlite")
    for rev in range(40):
        store.save(plan("a", rev), base_rev=rev)
    read: list[object] = []
    plain = Scenario.from_dict.__func__  # type: ignore[attr-defined]
    monkeypatch.setattr(Scenario, "from_dict", classmethod(lambda cls, data: read.append(data) or plain(cls, data)))
    store.load("a")
    assert len(read) == 1
    store.save(plan("a", 40), base_rev=40)
    assert len(read) <= 3  # as found before it waits for its turn, and again in its turn


def test_32_planners_on_three_plans_lose_nothing(tmp_path: Path) -> None:
    """FOUND 17: every acknowledged revision is there, in order; how long they wait is measured in benchmarks/plans.py."""
    store, names = Store(tmp_path / "plans.sqlite"), ("a", "b", "c")

    def work(planner: int) -> list[tuple[str, int, str]]:
        name, own = names[planner % 3], []
        while len(own) < 3:
            try:
                newest = store.load(name).rev
            except InputError:
                newest = 0
            try:
                saved = store.save(Scenario(name, closed=(f"{planner}.{len(own)}",)), base_rev=newest)
            except ConflictError:
                continue
            own.append((name, saved.rev, saved.scenario.closed[0]))
        return own

    with ThreadPoolExecutor(32) as pool:
        acknowledged = [one for own in pool.map(work, range(32)) for one in own]
    kept = [(name, s.rev, s.scenario.closed[0]) for name in names for s in store.history(name)]
    assert len(acknowledged) == 96
    assert sorted(kept) == sorted(acknowledged)
    assert store.verify() == ()


SEALED = """
CREATE TABLE revision (name TEXT NOT NULL, rev INTEGER NOT NULL, saved_at TEXT NOT NULL, who TEXT NOT NULL, why TEXT NOT NULL,
    scenario TEXT, before TEXT NOT NULL, seal TEXT NOT NULL, PRIMARY KEY (name, rev)) STRICT;
CREATE TABLE head (name TEXT PRIMARY KEY, rev INTEGER NOT NULL, saved_at TEXT NOT NULL, shown INTEGER NOT NULL, seal TEXT NOT NULL) STRICT;
CREATE TABLE adopted (path TEXT PRIMARY KEY) STRICT;
CREATE TRIGGER revision_stays BEFORE UPDATE ON revision BEGIN SELECT RAISE(ABORT, 'revisions are never changed'); END;
CREATE TRIGGER revision_kept BEFORE DELETE ON revision BEGIN SELECT RAISE(ABORT, 'revisions are never deleted'); END;
INSERT INTO adopted VALUES ('/old/scenarios.sqlite');
PRAGMA user_version = 2;
"""


@pytest.mark.parametrize("spoilt", [False, True])
def test_a_sealed_store_without_operations_is_brought_up_with_its_seals(tmp_path: Path, spoilt: bool) -> None:
    """Issue 10: operation ids came later; the seals of before stay as they are, and so does damage."""
    from layers.store.revision import sealed

    path, before, seals = tmp_path / "plans.sqlite", "", []
    with sqlite3.connect(path) as db:
        db.executescript(SEALED)
        for rev in (1, 2):
            at = f"2026-11-0{rev}T01:02:03.000Z"
            row = sealed(Saved("a", rev, at, "王", "", plan("a", rev)), before)[:8]
            db.execute(
                "INSERT INTO revision VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (*row[:3], "李" if spoilt else "王", *row[4:])
            )
            before = row[7]
            seals.append(before)
        db.execute("INSERT INTO head VALUES ('a', 2, ?, 1, ?)", (at, before))
    db.close()
    store = Store(path)
    if spoilt:
        assert "revision 1, is damaged" in store.verify()[0].text_en
        return
    assert store.verify() == ()
    assert [one.seal for one in reversed(store.history("a"))] == seals
    assert store.heads() == {"a": (seals[1], "")}
    assert store.save(plan("a", 3), base_rev=2, op="f" * 32).rev == 3
    assert store.adopt(["/old/scenarios.sqlite"]) == ()
    assert Store(path).verify() == ()
