"""How much of a server one may take: seats over all processes, seconds of a run, plans kept on the disk; each refused in words. Issue 14."""

from __future__ import annotations

import asyncio
import multiprocessing
import threading
import time
from pathlib import Path

import pytest

from geo.errors import InputError
from geo.monitor import Actual
from geo.progress import Step
from geo.scenario import Scenario
from geo.text import Text
from layers.door import Seats, limits
from layers.door.seats import FULL, _locked
from layers.operate import log
from layers.store import Plans, Store
from layers.store.actuals import enter
from layers.store.place import plans_of
from tests.test_monitor import TARGETS
from tests.test_store import on_postgres
from tests.village import village
from ui.session import work


def test_limits_are_whole_numbers_and_every_fault_is_named() -> None:
    assert (limits({}).sessions, limits({}).run_seconds) == (None, None)
    assert limits({"ZONEPLAN_SESSIONS": "40", "ZONEPLAN_RUN_SECONDS": "9"}).run_seconds == 9
    with pytest.raises(InputError) as told:
        limits({"ZONEPLAN_SESSIONS": "0", "ZONEPLAN_RUN_SECONDS": "1.5"})
    assert [f.field or f.file for f in told.value.findings] == ["ZONEPLAN_SESSIONS", "ZONEPLAN_RUN_SECONDS"]


@pytest.mark.parametrize("shared", [False, True])
def test_who_is_one_too_many_is_let_in_with_the_word_that_he_is(tmp_path: Path, shared: bool) -> None:
    async def all_of_them() -> list[list[str]]:
        leave = asyncio.Event()
        seen: list[str] = []

        async def page(scope, _receive, _send):
            seen.extend(v.decode() for k, v in scope["headers"] if k == FULL.encode())
            await leave.wait()

        door = Seats(page, most=2, folder=tmp_path if shared else None)
        scope = {"type": "websocket", "path": "/gxq/plan/_stcore/stream", "headers": [(FULL.encode(), b"forged")]}
        told = []
        for _ in range(2):  # when they have gone, there is room again
            sitting = [asyncio.create_task(door(scope, None, None)) for _ in range(3)]
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            told.append(list(seen))
            leave.set()
            await asyncio.gather(*sitting)
            leave.clear()
            seen.clear()
        return told

    heard: list[str] = []
    log.EARS.append(lambda event, told: heard.append(event))
    try:
        assert asyncio.run(all_of_them()) == [["2"], ["2"]]
    finally:
        log.EARS.pop()
    assert (heard.count("refused"), heard.count("session")) == (2, 12)


def _sits(folder: Path, told: multiprocessing.Queue) -> None:
    told.put(_locked(folder, 1) is not None)
    time.sleep(3600)


def test_a_seat_is_free_again_when_its_process_is_killed(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    told = context.Queue()
    other = context.Process(target=_sits, args=(tmp_path, told))
    other.start()
    try:
        assert told.get(timeout=120)
        assert _locked(tmp_path, 1) is None
    finally:
        other.kill()
        other.join()
    assert _locked(tmp_path, 1) is not None


def test_what_takes_too_long_is_ended_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZONEPLAN_RUN_SECONDS", "7")
    go = threading.Event()
    assert work.aside(lambda: 3) == 3
    ends = work.ENDS.set(time.monotonic() + 0.05)
    try:
        with pytest.raises(InputError) as told:
            work.aside(go.wait)
    finally:
        work.ENDS.reset(ends)
        go.set()
    assert "7 秒" in told.value.text.zh and "--run-seconds" in told.value.text.en
    assert work.left() is None


def full(store: Plans) -> None:
    """A store that may take no more refuses saves, comments and actuals; what it has is there, and a save asked again counts."""
    made = store.save(Scenario("甲"), base_rev=0, op="0" * 32)
    store.most = 0.000001
    for act in (
        lambda: store.save(Scenario("乙"), base_rev=0),
        lambda: store.save(Scenario("甲", closed=("S01",)), base_rev=1),
        lambda: store.comment("甲", "words"),
        lambda: enter(store, [Actual("I29-primary", 2023, 1.0, source="源")], TARGETS, who="王"),
    ):
        with pytest.raises(InputError, match="the limit is") as told:
            act()
        assert "plans_mb" in told.value.text.zh and "草稿" in told.value.text.zh
    assert store.save(Scenario("甲"), base_rev=0, op="0" * 32) == made
    assert (store.names(), store.verify()) == (["甲"], ())
    store.most = 1000.0
    store.comment("甲", "words")


def test_a_full_store_refuses_in_words_and_keeps_what_it_has(tmp_path: Path) -> None:
    full(Store(tmp_path / "plans.sqlite"))


def test_a_full_store_in_postgresql_does_the_same(postgres_url: str) -> None:
    full(on_postgres(postgres_url))


def test_the_limit_of_plans_stands_in_workspace_toml(tmp_path: Path) -> None:
    place = village(tmp_path / "place")
    settings = (place / "workspace.toml").read_text("utf-8")
    assert plans_of(place)[0].most is None
    (place / "workspace.toml").write_text(f"{settings}\n[limits]\nplans_mb = 0.001\n", "utf-8")
    with pytest.raises(InputError, match=r"0\.001 MB"):
        plans_of(place)[0].save(Scenario("甲"), base_rev=0)
    for wrong in ("0", '"1"', "true", "nan"):
        (place / "workspace.toml").write_text(f"{settings}\n[limits]\nplans_mb = {wrong}\n", "utf-8")
        with pytest.raises(InputError) as told:
            plans_of(place)
        assert told.value.findings[0].field == "limits.plans_mb"


def test_long_work_ends_at_its_next_word(monkeypatch: pytest.MonkeyPatch) -> None:
    from ui.parts import patience

    monkeypatch.setenv("ZONEPLAN_RUN_SECONDS", "7")
    ended = threading.Event()

    def works(told) -> None:
        try:
            while True:
                told(Step())
                time.sleep(0.01)
        finally:
            ended.set()

    ends = work.ENDS.set(time.monotonic() + 0.05)
    try:
        with pytest.raises(InputError, match="--run-seconds"):
            patience.patient(Text("算", "work"), works, "asked")
    finally:
        work.ENDS.reset(ends)
    assert ended.wait(120)
