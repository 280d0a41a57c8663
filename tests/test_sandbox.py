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

import cli
from layers.incoming.child import confine, drivers, sandbox
from layers.incoming.child.sandbox import ChildFailedError, Sandbox
from layers.incoming.outcome import failure

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


@pytest.mark.parametrize(
    ("failure", "said"), [(ChildFailedError("time"), "busy"), (ChildFailedError("start", "no room"), "no room")]
)
def test_guards_that_nobody_could_ask_are_not_said_to_be_missing(
    failure: ChildFailedError, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(*args: object, **kwargs: object) -> None:
        raise failure

    sandbox._capabilities.cache_clear()
    monkeypatch.setattr(sandbox, "run", fails)
    known = sandbox.capabilities()
    assert [known[name] for name in sandbox.GUARDS] == [None] * len(sandbox.GUARDS)
    why = sandbox.untold(known)
    assert why is not None
    assert said in why.en
    assert cli.main(["health"]) == 0
    printed = capsys.readouterr().out
    assert printed.count("未能判定") == len(sandbox.GUARDS)
    assert why.zh in printed


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
    for task in ("hang", "spin"):
        with pytest.raises(ChildFailedError) as failed:
            box.run({"do": task}, tmp_path, seconds=1)
        assert failed.value.kind == "time"
    assert box.run({"do": "capabilities"}, tmp_path)["limits"]


def test_only_the_time_of_the_processor_counts(tmp_path: Path, box: Sandbox) -> None:
    assert box.run({"do": "doze"}, tmp_path, seconds=1) == {"rested": True}


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


START = """import sys
from pathlib import Path
sys.path.insert(0, {root!r})
from layers.incoming.child import child
{line}
if __name__ == "__main__":
    child.main({{"do": lambda task, locks: {work}}}, iter(()))
"""


def program(folder: Path, line: str, work: str = "{}") -> Path:
    made = folder / "start.py"
    made.write_text(START.format(root=str(ROOT), line=line, work=work))
    return made


@pytest.mark.parametrize("forks", [True, False])
def test_packages_of_another_site_folder_are_found_by_the_child(
    forks: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FOUND 11: where packages came through a .pth file the child could not start."""
    site, home = tmp_path / "site", tmp_path / "home"
    home.mkdir()
    (site / "elsewhere").mkdir(parents=True)
    (site / "elsewhere" / "__init__.py").write_text("VALUE = 7")
    (site / "elsewhere" / "later.py").write_text("VALUE = 8")
    monkeypatch.syspath_prepend(str(site))
    work = '{"first": elsewhere.VALUE, "later": __import__("elsewhere.later").later.VALUE}'
    box = Sandbox(program(tmp_path, "import elsewhere", work), forks=forks and LINUX)
    assert box.run({"do": "do"}, home) == {"first": 7, "later": 8}
    box.close()


@pytest.mark.parametrize("forks", [True, False])
def test_a_child_that_does_not_start_says_why_and_blames_no_file(forks: bool, tmp_path: Path) -> None:
    """FOUND 11: the child's own error was discarded, and every good file was called damaged."""
    box = Sandbox(program(tmp_path, "import no_such_library_at_all"), forks=forks and LINUX)
    with pytest.raises(ChildFailedError) as failed:
        box.run({"do": "do"}, tmp_path)
    assert failed.value.kind == "start"
    assert "no_such_library_at_all" in failed.value.detail
    assert str(tmp_path) not in failed.value.detail
    said = failure(failed.value, "a.csv")
    assert "不是文件的问题" in said.text_zh
    assert "no_such_library_at_all" in said.text_en


def test_a_library_that_is_missing_while_reading_is_no_damaged_file(tmp_path: Path) -> None:
    box = Sandbox(program(tmp_path, "", "__import__('no_such_reader')"))
    with pytest.raises(ChildFailedError) as failed:
        box.run({"do": "do"}, tmp_path)
    box.close()
    assert failed.value.kind == "library"
    assert "no_such_reader" in failure(failed.value, "a.tif").text_zh


def test_the_last_words_hold_no_path_of_the_machine() -> None:
    said = sandbox.cleaned(
        "  File \"/home/me/x.py\", line 3\nOSError: [Errno 2] No such file: '/home/me/secret/lib.so'"
    )
    assert "/home" not in said
    assert "lib.so" in said
