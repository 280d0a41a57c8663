"""Many planners at one server, without browsers: all click at the same moment, and then each in a rhythm of his own."""

from __future__ import annotations

import asyncio
import random
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from benchmarks.crowd import Planner, Run, planner
from benchmarks.states import cpu
from tests.browser import Server

__all__ = ["Crowd", "crowd"]

EVERY = 10.0
"""How often a planner clicks who reads what he gets, on average [s]."""
QUERY = "panel=site"


@dataclass
class Crowd:
    """What planners waited for; the server's CPU time a click, and that of the planners themselves, who share the cores [ms]."""

    opened: list[Run] = field(default_factory=list)
    at_once: list[Run] = field(default_factory=list)
    thinking: list[Run] = field(default_factory=list)
    server_ms: float = float("nan")
    own_ms: float = float("nan")


async def _crowd(server: Server, many: int, rounds: int, seconds: float, seed: int) -> Crowd:
    chance, found = random.Random(seed), Crowd()
    all_of_them: list[Planner] = []
    for _ in range(many):
        one = await planner(server.address)
        found.opened.append(await one.open(QUERY))
        all_of_them.append(one)
    known = all_of_them[0].told["places"]
    (south, west), (north, east) = known[min(1, len(known) - 1)]["bounds"]

    def click(one: Planner) -> asyncio.Task[Run]:
        # Away from the edge, where most is outside and little to be answered.
        lon = west + (east - west) * chance.uniform(0.2, 0.8)
        return asyncio.create_task(one.click(lon, south + (north - south) * chance.uniform(0.2, 0.8)))

    await asyncio.gather(*map(click, all_of_them))  # each session's first click is not timed
    before, own = cpu(server), time.process_time()
    for _ in range(rounds):
        found.at_once += await asyncio.gather(*map(click, all_of_them))
    clicks = many * rounds
    found.server_ms, found.own_ms = 1000 * (cpu(server) - before) / clicks, 1000 * (time.process_time() - own) / clicks

    async def thinks(one: Planner, until: float) -> None:
        pause = chance.uniform(0, EVERY)
        while time.monotonic() + pause < until:
            await asyncio.sleep(pause)
            found.thinking.append(await click(one))
            pause = chance.uniform(0.5, 1.5) * EVERY

    if seconds:
        end = time.monotonic() + seconds
        await asyncio.gather(*(thinks(one, end) for one in all_of_them))
    await asyncio.gather(*(one.socket.close() for one in all_of_them))
    return found


def crowd(server: Server, many: int, *, rounds: int = 10, seconds: float = 60.0, seed: int = 1) -> Crowd:
    """Let ``many`` planners click at once ``rounds`` times, each at a place of his own, and then for ``seconds`` as they like."""
    with ThreadPoolExecutor(1) as own:  # a browser that is open in this thread has a loop of its own here
        return own.submit(asyncio.run, _crowd(server, many, rounds, seconds, seed)).result()
