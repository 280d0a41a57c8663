"""A server stopped, killed and backed up while planners save plans and comments on its real page: what it called saved is there. Issue 14.

The planners speak the page's protocol (``benchmarks.crowd``); one more looks on in a browser.
"""

from __future__ import annotations

import ast
import asyncio
import itertools
import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from benchmarks.crowd import Planner, planner
from geo.scenario import Added, Scenario
from layers.operate import archive, restoring
from layers.store.place import plans_of
from tests.browser import HERE, MARKS, PATIENCE, Server, copied, operated, visiting
from tests.page.test_door import _children

pytestmark = MARKS
MANY = 4
WHY = "plan_why_"


@dataclass
class Writer:
    """Somebody who comments on his plan and saves it, again and again, and what the page has called done."""

    plan: str
    notes: list[str] = field(default_factory=list)
    revision: int = 1
    lost: int = 0
    """How often the connection broke."""
    count: itertools.count[int] = field(default_factory=itertools.count)

    async def work(self, address: str, goes_on: Callable[[], bool]) -> None:
        """Work until told to end; whose connection breaks comes again, while ``goes_on`` says so."""
        while goes_on():
            try:
                await self._sit(await planner(address), goes_on)
            except (ConnectionClosed, InvalidHandshake, OSError):
                self.lost += 1
                await asyncio.sleep(0.2)

    async def _sit(self, one: Planner, goes_on: Callable[[], bool]) -> None:
        await one.open("panel=scenario")
        one.write("plan_chosen", self.plan)
        await one.push("plan_open_it")
        while goes_on():
            text = f"{self.plan} {next(self.count)}"
            one.write("note_text", text)
            await one.push("note_write")
            if one.held[one.widgets["note_text"]].string_value == "":  # the field is emptied when the comment is kept
                self.notes.append(text)
            save = next(key for key in one.widgets if key.startswith("FormSubmitter:save_plan"))
            await one.push(save)
            # The field for the reason bears the revision that the plan here goes on from.
            known = [ast.literal_eval(key.removeprefix(WHY)) for key in one.widgets if key.startswith(WHY)]
            self.revision = max([self.revision, *(at[1] for at in known if at is not None and at[0] == self.plan)])
        await one.socket.close()


class Load:
    """Several writers at once, in a thread of their own, for as long as a block."""

    def __init__(self, address: str, writers: list[Writer]) -> None:
        self.address, self.writers, self.ending = address, writers, False
        self.thread = threading.Thread(target=lambda: asyncio.run(self._all()), daemon=True)

    async def _all(self) -> None:
        await asyncio.gather(*(one.work(self.address, lambda: not self.ending) for one in self.writers))

    def __enter__(self) -> Load:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ending = True
        self.thread.join(PATIENCE / 1000)
        assert not self.thread.is_alive()

    def until(self, done: Callable[[], bool]) -> None:
        """Wait until the writers have come so far."""
        end = time.monotonic() + PATIENCE / 1000
        while not done():
            assert self.thread.is_alive()
            assert time.monotonic() < end, self.writers
            time.sleep(0.05)

    def more(self, some: int = 2) -> None:
        """Wait until every writer has been told of more comments and a newer revision."""
        before = [(len(one.notes), one.revision) for one in self.writers]
        self.until(lambda: all(
            len(one.notes) >= notes + some and one.revision > revision
            for one, (notes, revision) in zip(self.writers, before, strict=True)
        ))  # fmt: skip


def kept(folder: Path, writers: list[Writer]) -> None:
    """Assert that a workspace holds all that the page has called done, whole and once."""
    store = plans_of(folder)[0]
    assert store.verify() == ()
    for one in writers:
        said = [note.text for note in store.comments(one.plan)]
        assert (len(said), set(one.notes) - set(said)) == (len(set(said)), set())
        assert [saved.rev for saved in reversed(store.history(one.plan))][: one.revision] == [
            *range(1, one.revision + 1)
        ]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A workspace with a plan for each writer."""
    there = copied(tmp_path / "data")
    for k in range(MANY):
        plan = Scenario(f"plan {k}", (Added("N01", "primary", *HERE, 1080.0, 2030),))
        plans_of(there)[0].save(plan, base_rev=0)
    return there


def writers() -> list[Writer]:
    return [Writer(f"plan {k}") for k in range(MANY)]


def ended(server: Server) -> int:
    assert server.process is not None
    return server.process.wait(PATIENCE / 1000)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_told_to_stop_it_loses_nothing_ends_and_the_open_page_says_so(
    chrome: Browser, folder: Path, tmp_path: Path, workers: str
) -> None:
    with visiting(chrome, "") as visit:
        with operated(folder, tmp_path / "home", "--workers", workers) as server:
            visit.address = server.address
            visit.open("?panel=scenario")
            with Load(server.address, some := writers()) as load:
                load.more()
                os.kill(server.pid, signal.SIGTERM)
                load.ending = True
            # uvicorn alone ends by the signal that it was told to end by, when it has finished.
            assert ended(server) == (0 if workers == "2" else -signal.SIGTERM)
        visit.says("与服务器的连接断了", "现在重试", where=".zp-gone")
        kept(folder, some)
        port = urlsplit(server.address).port
        with operated(folder, tmp_path / "home", "--workers", workers, port=port) as again:
            assert again.address == server.address
            # Nobody does anything: the page sees that the server has begun anew, and opens itself with its address.
            visit.says("服务器重新启动过", where=".zp-gone")
            visit.until("() => window.zpMap?.box.dataset.ready !== undefined", "the map is ready again")
            visit.idle()
            visit.errors.clear()
            visit.press(visit.page.locator(".st-key-plan_open_it button"))
            store = plans_of(folder)[0]
            visit.says(store.comments(store.names()[0])[-1].text)


def test_killed_under_load_it_keeps_what_it_called_saved_and_a_backup_of_then_comes_back_equal(
    folder: Path, tmp_path: Path
) -> None:
    with operated(folder, tmp_path / "home", "--workers", "2") as server:
        with Load(server.address, some := writers()) as load:
            load.more()
            desks = _children(server.pid)
            os.kill(desks[0], signal.SIGKILL)  # whoever sat there comes again; the others notice nothing
            load.until(lambda: any(one.lost for one in some))
            load.more()
            before = [(list(one.notes), one.revision) for one in some]
            archive.back_up(folder, tmp_path / "then.zip")
            load.more()
            load.ending = True  # in the middle of what they do
            for process in (*_children(server.pid), server.pid):
                os.kill(process, signal.SIGKILL)
        ended(server)
    kept(folder, some)
    restoring.restore(tmp_path / "then.zip", tmp_path / "back")
    there, back = plans_of(folder)[0], plans_of(tmp_path / "back")[0]
    assert back.verify() == ()
    for one, (notes, revision) in zip(some, before, strict=True):
        said, then = there.comments(one.plan), back.comments(one.plan)
        assert then == said[: len(then)]
        assert set(notes) <= {note.text for note in then}
        history = back.history(one.plan)
        assert history == there.history(one.plan)[-len(history) :]
        assert len(history) >= revision
