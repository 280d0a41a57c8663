"""A Dask cluster as a bureau runs one: a scheduler and workers as processes of their own, reached over tcp."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import geopandas as gpd
import pandas as pd
import psutil
import pytest

from geo.errors import InputError
from layers.home import ANSWERING, ROOT
from layers.scale import batch, cluster, tiled
from tests.country import country

ONE_THREAD = dict.fromkeys(cluster.THREADS, "1")


@contextmanager
def started(*words: str, path: Path = ROOT, lib: Path | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """Run ``dask …`` in a session of its own; end all that it started."""
    found = os.pathsep.join(str(p) for p in (lib, path) if p is not None)
    process = subprocess.Popen(
        [sys.executable, "-m", "dask", *words],
        env={**os.environ, **ONE_THREAD, "PYTHONPATH": found}, cwd=path,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        children = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
        process.send_signal(signal.SIGTERM)
        for one in psutil.wait_procs([*children, psutil.Process(process.pid)] if children else [], timeout=20)[1]:
            one.kill()
        process.wait(30)


def until(holds: Callable[[], object]) -> None:
    """Wait until it holds; the test's own limit of time ends what never does."""
    while not holds():
        time.sleep(0.05)


@contextmanager
def scheduling(folder: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Run a scheduler; give its address and process."""
    told = folder / "scheduler.json"
    words = ("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(told))
    with started(*words) as process:
        until(told.is_file)
        from distributed import Client

        with Client(scheduler_file=str(told), set_as_default=False) as client:
            address = client.scheduler.address
        yield address, process


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with scheduling(tmp_path_factory.mktemp("scheduler")) as (address, _):
        yield address


def worker(scheduler: str, *, threads: int = 1, path: Path = ROOT, lib: Path | None = None):
    """Run one worker under its nanny."""
    words = (
        "worker",
        scheduler,
        "--nworkers",
        "1",
        "--nthreads",
        str(threads),
        "--host",
        "127.0.0.1",
        "--no-dashboard",
    )
    return started(*words, path=path, lib=lib)


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """What makes the rest of the test answer in this very process."""
    return lambda: monkeypatch.setattr(cluster, "available", lambda: False)


def rows_of(folder: Path) -> gpd.GeoDataFrame:
    return pd.concat([gpd.read_parquet(p) for p in sorted((folder / "cells").glob("*.parquet"))]).sort_index()


def test_workspaces_and_an_area_on_a_cluster_are_answered_as_at_home(scheduler, tmp_path, alone):
    """The worker has two threads, as ``dask worker`` gives it by itself, and is killed in the middle of the area."""
    zones = [country(tmp_path / f"zone{n}", 150, seed=n, schools=2) for n in range(3)]
    land, question = country(tmp_path / "land", 1_500), ("coverage", "--service", "primary")
    asked = [*zones, tmp_path / "nowhere"]
    killed: list[int] = []

    def kill(nanny: int) -> None:
        until(lambda: list((tmp_path / "away" / "sums").glob("*.json")))
        at_work = [p for p in psutil.Process(nanny).children(recursive=True) if "spawn_main" in " ".join(p.cmdline())]
        killed.extend(p.pid for p in at_work)
        for process in at_work:
            os.kill(process.pid, signal.SIGKILL)

    with worker(scheduler, threads=2) as nanny:
        there = batch.ask(asked, question, shell="cli:main", scheduler=scheduler)
        watch = threading.Thread(target=kill, args=(nanny.pid,), daemon=True)
        watch.start()
        away = tiled.ask(land, tmp_path / "away", side=1_100, scheduler=scheduler)
        watch.join()
    alone()
    here = batch.ask(asked, question, shell="cli:main")
    home = tiled.ask(land, tmp_path / "home", side=1_100)
    assert [one.error is None for one in there] == [True, True, True, False]
    assert batch.table(there).equals(batch.table(here))
    assert killed
    assert (away.failed, away.tiles > 4) == ({}, True)
    assert away.zones.equals(home.zones)
    assert rows_of(tmp_path / "away").equals(rows_of(tmp_path / "home"))


def test_a_worker_that_does_not_see_the_files_says_so(scheduler, tmp_path):
    told = []
    with worker(scheduler):
        asked = {"seen": ("a",), "unseen": ("b",)}
        sees = {"seen": [tmp_path], "unseen": [tmp_path / "not mounted"]}
        done = {d.key: d for d in cluster.run(str.upper, asked, scheduler=scheduler, sees=sees, progress=told.append)}
    assert done["seen"].result == "A"
    assert "not mounted: mount the same shared folder" in done["unseen"].error.en
    assert "挂载" in done["unseen"].error.zh


@pytest.mark.filterwarnings("ignore::distributed.versions.VersionMismatchWarning")
def test_workers_of_another_program_or_another_dask_are_refused(scheduler, tmp_path):
    older = tmp_path / "older"
    for package in ANSWERING:
        shutil.copytree(ROOT / package, older / package, ignore=shutil.ignore_patterns("__pycache__"))
    with (older / "geo" / "coverage.py").open("a") as code:
        code.write("\n# as it was in another version\n")
    told = tmp_path / "lib" / "dask-2020.1.0.dist-info" / "METADATA"
    told.parent.mkdir(parents=True)
    told.write_text("Metadata-Version: 2.1\nName: dask\nVersion: 2020.1.0\n", "utf-8")
    nowhere = tmp_path / "empty"
    nowhere.mkdir()
    for place, said in (
        ({"path": older}, r"worker tcp://.* has zoneplan .*\+.*install the same version"),
        ({"path": nowhere}, "has zoneplan not at all"),
        ({"lib": tmp_path / "lib"}, r"worker tcp://.* has dask 2020\.1\.0, here it is"),
    ):
        with worker(scheduler, **place), pytest.raises(InputError, match=said):
            refused(scheduler)


def refused(scheduler: str) -> None:
    """Ask once the worker has joined."""
    from distributed import Client

    with Client(scheduler, set_as_default=False) as client:
        client.wait_for_workers(1)
    list(cluster.run(str.upper, {"a": ("a",)}, scheduler=scheduler))


def test_a_cluster_without_workers_is_waited_for_and_told(scheduler, monkeypatch):
    monkeypatch.setattr(cluster, "JOINING", 1)
    told = []
    with pytest.raises(InputError, match=r"no worker joined .*: run dask worker tcp://"):
        list(cluster.run(str.upper, {"a": ("a",)}, scheduler=scheduler, progress=told.append))
    assert "waiting" in told[0].text.en


def test_a_scheduler_that_is_gone_is_told_in_words(tmp_path):
    with scheduling(tmp_path) as (address, process), worker(address):
        told = []
        for done in cluster.run(time.sleep, {"first": (0,), "second": (60,)}, scheduler=address):
            told.append(done)
            os.kill(process.pid, signal.SIGKILL)
    assert [(d.key, d.error is None) for d in told] == [("first", True), ("second", False)]
    assert "the scheduler is gone: start dask scheduler" in told[1].error.en
