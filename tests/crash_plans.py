"""Kill those who save plans, cut the power, kill the server: no acknowledged save may be lost.

``python -m tests.crash_plans [--rounds 500] [--cuts 2000] [--servers 20]`` prints one line of a table for each.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from geo.errors import InputError
from geo.scenario import Scenario
from layers.store import ConflictError, Plans, Store
from layers.store.backup import back_up
from tests import power
from tests.postgres import Server

Make = Callable[[], Plans]


@dataclass
class Told:
    """What was acknowledged: (plan, revision) → what was saved; and what of it is not there."""

    what: str
    rounds: int = 0
    saved: dict[tuple[str, int], str] = field(default_factory=dict)
    lost: list[Any] = field(default_factory=list)
    backups: int = 0
    seconds: float = 0.0

    def row(self) -> dict[str, Any]:
        return {
            "what": self.what, "rounds": self.rounds, "acknowledged": len(self.saved), "lost": len(self.lost),
            "backups": self.backups, "seconds": round(self.seconds), "first_lost": self.lost[:3],
        }  # fmt: skip

    def check(self, store: Plans) -> None:
        """Compare all that was acknowledged with all that is there."""
        self.lost += [str(f) for f in store.verify()]
        there = {(n, one.rev): _mark(one.scenario) for n in store.names() for one in store.history(n)}
        self.lost += [key for key, mark in self.saved.items() if there.get(key) != mark]


def _mark(plan: Scenario | None) -> str:
    return plan.closed[0] if plan is not None and plan.closed else ""


def _write(make: Make, tell: int, planner: int, seed: int) -> None:
    """Save without end, on a shared plan and on an own one; say each save when it has returned."""
    store, rng, number = make(), random.Random(seed), 0
    while True:
        name = "shared" if rng.random() < 0.5 else f"own {planner}"
        try:
            base = store.load(name).rev
        except InputError:
            base = 0
        mark = f"{seed}.{planner}.{number}"
        number += 1
        try:
            rev = store.save(Scenario(name, closed=(mark,)), base_rev=base).rev
        except ConflictError:
            continue
        os.write(tell, (json.dumps([name, rev, mark]) + "\n").encode())


def _backups(make: Make, tell: int, path: Path) -> None:
    store = make()
    while True:
        back_up(store, path)
        os.write(tell, b'"backup"\n')


def _forked(act: Callable[..., None], make: Make, *more: Any) -> tuple[int, int]:
    back, tell = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(back)
        try:
            act(make, tell, *more)
        except BaseException as error:  # said, not raised into the parent's own end
            os.write(tell, (json.dumps({"error": repr(error)}) + "\n").encode())
        os._exit(1)
    os.close(tell)
    return child, back


def _heard(back: int, told: Told) -> None:
    with os.fdopen(back) as lines:
        for line in lines:
            if not line.endswith("\n"):
                continue  # killed in the middle of saying it
            said = json.loads(line)
            if said == "backup":
                told.backups += 1
            elif isinstance(said, dict):
                told.lost.append(said)
            else:
                told.saved[said[0], said[1]] = said[2]


def kills(what: str, make: Make, rounds: int, writers: int, folder: Path) -> Told:
    """Kill writers and a running backup, all at once or one before the others, again and again."""
    told, rng, begun = Told(f"{what}, {writers} writers, kill -9"), random.Random(writers), time.monotonic()
    store, path = make(), folder / f"{writers}.backup"
    copier: list[tuple[int, int]] = []
    for number in range(rounds):
        running = [_forked(_write, make, planner, number) for planner in range(writers)]
        if not copier:  # it runs through ten rounds, so that some backups come to their end among the kills
            copier = [_forked(_backups, make, path)]
        if number % 10 == 9 or number == rounds - 1:
            running += copier
            copier = []
        time.sleep(rng.uniform(0.01, 0.12))
        rng.shuffle(running)
        for child, _ in running:
            os.kill(child, signal.SIGKILL)
            time.sleep(rng.choice((0.0, 0.0, 0.005)))
        for child, back in running:
            os.waitpid(child, 0)
            _heard(back, told)
        told.rounds += 1
        if number % 50 == 0 and path.exists():
            told.lost += [str(f) for f in Store(path).verify()]
    told.check(store)
    told.seconds = time.monotonic() - begun
    return told


def power_cuts(count: int, folder: Path) -> Told:
    """Record saves and comments, cut the power at so many moments of them, open what is left."""
    told, begun = Told("SQLite, power cut"), time.monotonic()
    recorder = power.Recorder()
    try:
        store = Store(folder / "plans.sqlite")
        for rev in range(20):
            for name in ("a", "b"):
                mark = f"{name}{rev}"
                one = store.save(Scenario(name, closed=(mark, "x" * (1 + 50 * (rev % 7)))), base_rev=rev)
                recorder.events.append(("said", name, one.rev, mark))
            store.comment("a", f"{rev}")
    finally:
        recorder.stop()
    events = recorder.events
    there = folder / "cut"
    there.mkdir()
    for moment, files in power.cuts(events, count, random.Random(10)):
        for old in there.iterdir():
            old.unlink()
        for name, content in files.items():
            (there / name).write_bytes(content)
        said = {(e[1], e[2]): e[3] for e in events[:moment] if e[0] == "said"}
        after = Told("")
        after.saved = said
        try:
            after.check(Store(there / "plans.sqlite"))
        except InputError as error:
            after.lost.append(str(error))
        told.saved |= said
        told.lost += [(moment, *after.lost)] if after.lost else []
        told.rounds += 1
    told.seconds = time.monotonic() - begun
    return told


def server_kills(rounds: int, writers: int = 4) -> Told:
    """Kill a PostgreSQL server and all its processes under load; the writers wait until it is back, and go on."""
    from layers.store.postgres import PostgresStore

    told, rng, begun = Told(f"PostgreSQL, {writers} writers, server killed"), random.Random(1), time.monotonic()
    server = Server()
    try:

        def make() -> Plans:
            return PostgresStore(server.url, "zoneplan_crash")

        make()
        running = [_forked(_write, make, planner, 0) for planner in range(writers)]
        for _ in range(rounds):
            time.sleep(rng.uniform(0.5, 1.5))
            server.kill()
            server.start()
            told.rounds += 1
        time.sleep(0.3)
        for child, back in running:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            _heard(back, told)
        told.check(make())
    finally:
        server.stop()
    told.seconds = time.monotonic() - begun
    return told


def main() -> int:
    """Do it all and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=500)
    parser.add_argument("--cuts", type=int, default=2000)
    parser.add_argument("--servers", type=int, default=20)
    args = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for writers in (2, 4):
            rows.append(kills("SQLite", lambda: Store(folder / "plans.sqlite"), args.rounds, writers, folder).row())
            (folder / "plans.sqlite").unlink()
            print(json.dumps(rows[-1], ensure_ascii=False), flush=True)
        (folder / "power").mkdir()
        rows.append(power_cuts(args.cuts, folder / "power").row())
        print(json.dumps(rows[-1], ensure_ascii=False), flush=True)
        from layers.store.postgres import PostgresStore

        server = Server()
        try:
            for writers in (2, 4):
                made = lambda n=writers: PostgresStore(server.url, f"zoneplan_{n}")  # noqa: E731
                rows.append(kills("PostgreSQL", made, args.rounds, writers, folder).row())
                print(json.dumps(rows[-1], ensure_ascii=False), flush=True)
        finally:
            server.stop()
        rows.append(server_kills(args.servers).row())
        print(json.dumps(rows[-1], ensure_ascii=False), flush=True)
    return int(any(row["lost"] for row in rows))


if __name__ == "__main__":
    sys.exit(main())
