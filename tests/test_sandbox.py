"""The child that parses uploads: what it can reach (nothing), and what becomes of one that misbehaves."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from layers.incoming.child import confine, drivers, sandbox
from layers.incoming.child.sandbox import ChildFailedError, Sandbox

LINUX = sys.platform.startswith("linux")
ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    """Children that can also do the tasks of ``sandbox_start``."""
    made = Sandbox(ROOT / "tests" / "sandbox_start.py")
    yield made
    made.close()


def test_capabilities_say_what_is_in_force() -> None:
    known = sandbox.capabilities()
    assert list(known) == ["limits", "landlock", "calls", "drivers", "gdal"]
    assert known["drivers"] == []
    if LINUX:
        assert {"RLIMIT_AS", "RLIMIT_CPU", "RLIMIT_FSIZE", "alarm"} <= set(known["limits"])
        assert known["landlock"] == confine.landlock_abi()
        assert known["gdal"] == bool(known["landlock"] or known["calls"])


def test_a_child_reaches_nothing_but_its_folder(tmp_path: Path, box: Sandbox) -> None:
    secret, outside, home = tmp_path / "secret.txt", tmp_path / "made", tmp_path / "home"
    secret.write_text("secret")
    home.mkdir()
    done = box.run({"do": "probe", "secret": str(secret), "outside": str(outside)}, home)
    known = sandbox.capabilities()
    if known["landlock"]:
        assert not done["read"]
        assert not done["list"]
        assert not done["write"]
    if known["calls"]:
        assert [k for k in ("socket", "unix", "exec", "fork", "kill", "write_own", "mkdir") if done[k]] == []
    assert not outside.exists()
    assert secret.read_text() == "secret"


def test_a_child_that_takes_too_long_is_ended(tmp_path: Path, box: Sandbox) -> None:
    with pytest.raises(ChildFailedError) as failed:
        box.run({"do": "hang"}, tmp_path, seconds=1)
    assert failed.value.kind == "time"
    assert box.run({"do": "capabilities"}, tmp_path)["limits"]


def test_a_child_that_dies_or_fills_the_memory_harms_nobody(tmp_path: Path, box: Sandbox) -> None:
    for task, kind in (("die", "died"), ("fill", "memory"), ("recurse", "depth")):
        with pytest.raises(ChildFailedError) as failed:
            box.run({"do": task}, tmp_path, megabytes=300)
        assert failed.value.kind == kind
    assert box.run({"do": "capabilities"}, tmp_path)["limits"]


@pytest.mark.parametrize(
    "name",
    ["hang", "probe", "fill", "kill", "", "os.system", "tests.sandbox_start.hang", "layers.incoming.child.work.read"],
)
def test_the_shipped_child_does_its_own_two_tasks_and_no_other(name: str, tmp_path: Path) -> None:
    with pytest.raises(ChildFailedError) as failed:
        sandbox.run({"do": name, "pid": 1}, tmp_path, seconds=5)
    assert (failed.value.kind, failed.value.detail) == ("error", f"KeyError {name!r}")
    assert sandbox.run({"do": "capabilities"}, tmp_path)["limits"]


def test_the_environment_cannot_add_a_task(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "tests"))
    monkeypatch.setenv("PYTHONSTARTUP", str(ROOT / "tests" / "sandbox_start.py"))
    with pytest.raises(ChildFailedError, match="KeyError 'hang'"):
        Sandbox(forks=False).run({"do": "hang"}, tmp_path, seconds=5)


def test_the_warm_process_is_started_again_when_it_is_gone(tmp_path: Path, box: Sandbox) -> None:
    box.run({"do": "capabilities"}, tmp_path)
    first = box.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    os.waitpid(first, 0)
    assert box.run({"do": "capabilities"}, tmp_path)["limits"]
    assert box.pid != first


def test_many_threads_may_read_at_once(tmp_path: Path) -> None:
    answers: list[bool] = []

    def one(i: int) -> None:
        home = tmp_path / str(i)
        home.mkdir()
        answers.append(bool(sandbox.run({"do": "capabilities"}, home)["limits"]))

    threads = [threading.Thread(target=one, args=(i,)) for i in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert answers == [True] * 8


def test_one_shot_children_give_the_same_answer(tmp_path: Path) -> None:
    task = {"do": "capabilities"}
    assert Sandbox(forks=False).run(task, tmp_path) == sandbox.run(task, tmp_path)


def test_the_environment_of_a_child_holds_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_TOKEN", "x")
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    kept = drivers.environment()
    assert not {k for k in kept if "TOKEN" in k or "proxy" in k.lower()}
    assert "VRT" in kept["GDAL_SKIP"].split(",")
    assert "OpenFileGDB" not in kept["GDAL_SKIP"].split(",")


OSM = """<?xml version="1.0" encoding="UTF-8"?><osm version="0.6">
<node id="1" lat="39.1" lon="117.2"/><node id="2" lat="39.101" lon="117.2"/>
<way id="9"><nd ref="1"/><nd ref="2"/><tag k="highway" v="residential"/></way></osm>"""
NEEDED = {"geo.crs", "geo.schema", "layers.incoming.child.work", "layers.incoming.readers.jsons", "layers.osm.osm", "openpyxl", "pyogrio", "rasterio"}  # fmt: skip
UNWANTED = ("numba", "llvmlite", "geo.network", "geo.answers", "geo.siting", "geo.assignment", "geo.access", "layers.store", "layers.look", "ui", "streamlit",
            "folium", "osmnx", "networkx", "requests", "matplotlib", "highspy")  # fmt: skip


def test_the_child_imports_what_its_readers_need_and_no_more(tmp_path: Path, box: Sandbox) -> None:
    (tmp_path / "in.osm").write_text(OSM, "utf-8")
    place = {"extent": [116.6, 38.4, 118.2, 40.4], "known": [], "zones": None}
    task = {"do": "modules", "file": "in.osm", "parts": {}, "layer": "streets", "crs": None, "answers": {}, "place": place, "mark": "m"}  # fmt: skip
    done = box.run(task, tmp_path)
    print("\n".join(done["modules"]))
    assert [f for f in done["findings"] if f["level"] == "error"] == []
    assert done["chores"] > 20
    assert set(done["modules"]) >= NEEDED
    assert [m for m in done["modules"] if m.startswith(tuple(f"{u}." for u in UNWANTED)) or m in UNWANTED] == []


def test_the_server_loads_no_parser() -> None:
    code = "import sys, layers.incoming; print(*(m for m in sys.modules if m.startswith('layers.incoming.readers.')))"
    said = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert said.split() == ["layers.incoming.readers.formats"]
