"""No saved scenario is lost: conflicts, history, and a process killed while it saves."""

from __future__ import annotations

import os
import signal
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


WRITER = """
import sys
sys.path.insert(0, sys.argv[1])
from geo.scenario import Scenario
from layers.store import Store
store = Store(sys.argv[2])
for i in range(100000):
    saved = store.save(Scenario("k", closed=(str(i),)), base_rev=i)
    print(saved.rev, flush=True)
"""


def test_kill_9_loses_no_acknowledged_save(store):
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(ROOT), str(store.path)], stdout=subprocess.PIPE, text=True
    )
    told = [writer.stdout.readline() for _ in range(25)]
    os.kill(writer.pid, signal.SIGKILL)
    told += writer.stdout.readlines()
    writer.wait()
    writer.stdout.close()
    acknowledged = max(int(line) for line in told if line.endswith("\n"))
    assert store.load("k").rev >= acknowledged
    with sqlite3.connect(store.path) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
