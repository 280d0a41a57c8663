"""The numbers of a running server, scraped as Prometheus does, after real clicks of planners. Issue 14."""

from __future__ import annotations

import asyncio
import os
import signal
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from prometheus_client.parser import text_string_to_metric_families

from benchmarks.crowd import Planner, planner
from tests.browser import HERE, MARKS, PATIENCE, free_port, operated
from tests.page.test_door import _children, ask

pytestmark = MARKS
Numbers = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def scraped(port: int) -> Numbers:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=60) as answer:
        text = answer.read().decode()
    families = text_string_to_metric_families(text)
    return {(s.name, tuple(sorted(s.labels.items()))): s.value for family in families for s in family.samples}


def total(numbers: Numbers, name: str, **labels: str) -> float:
    return sum(v for (n, of), v in numbers.items() if n == f"zoneplan_{name}" and labels.items() <= dict(of).items())


def until(port: int, done: Callable[[Numbers], bool]) -> Numbers:
    """Return the numbers as soon as they say so: a run is counted when its last word has been sent, not before."""
    end = time.monotonic() + PATIENCE / 1000
    while not done(numbers := scraped(port)):
        assert time.monotonic() < end, numbers
        time.sleep(0.1)
    return numbers


@contextmanager
def beside() -> Iterator[Callable[[Coroutine[Any, Any, Any]], Any]]:
    """Give what runs something to its end in a loop that goes on: a browser that is open in this thread has one of its own here."""
    loop = asyncio.Runner()
    with ThreadPoolExecutor(1) as own:
        try:
            yield lambda work: own.submit(loop.run, work).result()
        finally:
            own.submit(loop.close).result()


async def clicks(address: str, many: int, times: int) -> list[Planner]:
    """Let planners open the page and click; return them, still there."""
    there = [await planner(address) for _ in range(many)]
    for k, one in enumerate(there):
        await one.open("panel=site")
        for n in range(times):
            await one.click(HERE[0] + k / 1000, HERE[1] + n / 1000)
    return there


async def leave(there: list[Planner]) -> None:
    for one in there:
        await one.socket.close()


@pytest.mark.parametrize("workers", [1, 2])
def test_what_planners_do_is_counted_by_worker(folder: Path, tmp_path: Path, workers: int) -> None:
    port = free_port()
    words = ("--workers", str(workers), "--metrics", str(port), "--sessions", "3")
    with operated(folder, tmp_path / "home", *words) as server, beside() as run:
        there = run(clicks(server.address, 2, 3))
        each = [str(k) for k in range(workers)]
        runs = 4 * 2 / workers  # a page opens with one run, or with more while the workspace is read
        numbers = until(port, lambda now: all(total(now, "run_seconds_count", worker=k, panel="site") >= runs for k in each))  # fmt: skip
        assert [total(numbers, "sessions", worker=k) for k in each] == ([2.0] if workers == 1 else [1.0, 1.0])
        for k in each:
            assert 0 < total(numbers, "run_seconds_sum", worker=k) < 60 * total(numbers, "run_seconds_count", worker=k)
            assert 50e6 < total(numbers, "memory_bytes", worker=k) < 50e9
            assert total(numbers, "run_seconds_bucket", worker=k, le="+Inf") == total(numbers, "run_seconds_count", worker=k)  # fmt: skip
        assert {dict(of).get("worker") for (n, of) in numbers if n.startswith("zoneplan_")} == set(each)
        # The same places again: what was worked out is kept.
        asked = total(numbers, "answers_total")
        assert asked == total(numbers, "answers_total", kept="hit") + total(numbers, "answers_total", kept="miss")
        assert ask(server.address, Host="evil.example")[0] == 403
        more = run(clicks(server.address, 2, 0))  # the fourth has no seat
        numbers = until(port, lambda now: total(now, "refusals_total", why="sessions") == 1)
        assert total(numbers, "refusals_total", why="host") == 1
        assert total(numbers, "sessions") == 4
        before = total(numbers, "run_seconds_count")
        if workers > 1:
            os.kill(_children(server.pid)[0], signal.SIGKILL)
            # Its pages are open no more, its runs stay counted.
            assert total(until(port, lambda now: total(now, "sessions") == 2), "run_seconds_count") >= before
        run(leave(there + more))
        until(port, lambda now: total(now, "sessions") == 0)
        assert urlsplit(server.address).port != port
        assert ask(server.address, "metrics")[2].startswith("<!")  # the page's own port does not tell them


def test_a_port_that_is_taken_stops_the_start(folder: Path, tmp_path: Path) -> None:
    with operated(folder, tmp_path / "home", "--metrics", str(port := free_port())):
        for workers in ("1", "2"):
            with pytest.raises(RuntimeError, match="stopped before"), operated(folder, tmp_path / "other", "--workers", workers, "--metrics", str(port)):  # fmt: skip
                pass
