"""No saved scenario is lost: conflicts, history, and a process killed while it saves."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from geo.errors import InputError
from geo.scenario import Added, Scenario
from layers.store import ConflictError, Store

ROOT = Path(__file__).resolve().parent.parent
ONE = Scenario("方案一", (Added("N1", "kindergarten", 117.6, 39.05, 270, 2025),), ("S04",), {"S02": {"primary": 720}})


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "deep" / "scenarios.sqlite")


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
    with sqlite3.connect(store.path) as db, pytest.raises(sqlite3.IntegrityError, match="never"):
        db.execute("UPDATE revision SET who = 'x'")


@pytest.mark.parametrize("name", ["", " ", "x" * 121])
def test_names(store, name):
    with pytest.raises(InputError, match="name"):
        store.save(Scenario(name), base_rev=0)


def test_sixteen_planners_at_once_lose_nothing(store):
    def plan(i):
        for _ in range(200):
            newest = store.history("共用")
            rev, closed = (newest[0].rev, newest[0].scenario.closed) if newest else (0, ())
            try:
                store.save(Scenario("共用", closed=(*closed, f"S{i}")), base_rev=rev)
            except ConflictError:
                continue
            return
        pytest.fail("never got a turn")

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(plan, range(16)))
    assert sorted(store.load("共用").scenario.closed) == sorted(f"S{i}" for i in range(16))


KILLS = int(os.environ.get("ZONEPLAN_KILLS", "60"))
"""``make crash`` asks for 300."""
PROGRAM = """
import os, random, signal, sys, time
sys.path.insert(0, sys.argv[1])
from geo.scenario import Scenario
from layers.store import Store

store, rng = Store(sys.argv[2]), random.Random(0)
for kill in range(int(sys.argv[3])):
    base = store.load("k").rev if store.names() else 0
    back, told = os.pipe()
    child = os.fork()
    if child == 0:
        for rev in range(base, base + 100_000):
            os.write(told, b"%d\\n" % store.save(Scenario("k", closed=(str(rev),)), base_rev=rev).rev)
    os.close(told)
    with os.fdopen(back) as acknowledged:
        lines = [acknowledged.readline() for _ in range(rng.choice((1, 1, 2)))]
        time.sleep(rng.random() * 0.01)
        os.kill(child, signal.SIGKILL)
        lines += acknowledged.readlines()
    os.waitpid(child, 0)
    last = max(int(line) for line in lines if line.endswith("\\n"))
    found = store.load("k")
    assert found.rev in (last, last + 1), (kill, last, found)
    assert found.scenario.closed == (str(found.rev - 1),)
assert store.verify() == ()
history = store.history("k")
assert [one.rev for one in history] == list(range(len(history), 0, -1))
print("kills", kill + 1)
"""


def test_kills_lose_no_acknowledged_save(store):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(ROOT), str(store.path), str(KILLS)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == f"kills {KILLS}\n", done.stderr[-3000:]
    with sqlite3.connect(store.path) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
