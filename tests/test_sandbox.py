"""The child that parses uploads: what it can reach (nothing), and what becomes of one that misbehaves."""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path

import pytest

from layers.incoming.child import confine, sandbox

LINUX = sys.platform.startswith("linux")


def test_capabilities_say_what_is_in_force() -> None:
    known = sandbox.capabilities()
    assert set(known) >= {"landlock", "calls", "limits", "drivers", "gdal"}
    assert known["drivers"] == []
    if LINUX:
        assert {"RLIMIT_AS", "RLIMIT_CPU", "RLIMIT_FSIZE", "alarm"} <= set(known["limits"])
        assert known["landlock"] == confine.landlock_abi()
        assert known["gdal"] == bool(known["landlock"] or known["calls"])


def test_a_child_reaches_nothing_but_its_folder(tmp_path: Path) -> None:
    secret, outside, home = tmp_path / "secret.txt", tmp_path / "made", tmp_path / "home"
    secret.write_text("secret")
    home.mkdir()
    done = sandbox.run({"do": "probe", "secret": str(secret), "outside": str(outside)}, home)
    known = sandbox.capabilities()
    if known["landlock"]:
        assert not done["read"]
        assert not done["list"]
        assert not done["write"]
    if known["calls"]:
        assert [k for k in ("socket", "unix", "exec", "fork", "kill", "write_own", "mkdir") if done[k]] == []
    assert not outside.exists()
    assert secret.read_text() == "secret"


def test_a_child_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    with pytest.raises(sandbox.ChildFailedError) as failed:
        sandbox.run({"do": "hang"}, tmp_path, seconds=1)
    assert failed.value.kind == "time"
    assert sandbox.run({"do": "capabilities"}, tmp_path)["limits"]


def test_a_child_that_dies_or_fills_the_memory_harms_nobody(tmp_path: Path) -> None:
    for task, kind in (("die", "died"), ("fill", "memory"), ("recurse", "depth")):
        with pytest.raises(sandbox.ChildFailedError) as failed:
            sandbox.run({"do": task}, tmp_path, megabytes=300)
        assert failed.value.kind == kind
    assert sandbox.run({"do": "capabilities"}, tmp_path)["limits"]


def test_the_warm_process_is_started_again_when_it_is_gone(tmp_path: Path) -> None:
    sandbox.run({"do": "capabilities"}, tmp_path)
    os.kill(sandbox._nursery[0].process.pid, signal.SIGKILL)
    sandbox._nursery[0].process.wait(5)
    assert sandbox.run({"do": "capabilities"}, tmp_path)["limits"]


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
    whole = {"do": "capabilities", "folder": str(tmp_path), "seconds": 20, "megabytes": 1500}
    assert b"limits" in sandbox._ask_once(whole)


def test_the_environment_of_a_child_holds_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_TOKEN", "x")
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    kept = sandbox._environment()
    assert not {k for k in kept if "TOKEN" in k or "proxy" in k.lower()}
    assert "VRT" in kept["GDAL_SKIP"].split(",")
    assert "OpenFileGDB" not in kept["GDAL_SKIP"].split(",")
