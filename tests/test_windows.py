"""What runs on Windows, shown where there is none: our program without POSIX, and its words where something is missing there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from geo.errors import InputError
from layers.door import desks
from layers.write import atomic
from tests.need import ROOT
from ui.session import uploads


def test_without_posix_every_module_loads_and_coverage_is_answered(tmp_path: Path) -> None:
    words = ["coverage", "--service", "primary", "--year", "2025", "--json"]
    done = subprocess.run(
        [sys.executable, str(ROOT / "tests" / "no_posix.py"), *words], capture_output=True, text=True, check=False,
        env={**os.environ, "ZONEPLAN_HOME": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert json.loads(done.stdout)["total"]["covered_walk"] > 0


def test_a_file_is_written_where_no_folder_can_be_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every save failed there: to sync a folder it was opened as a file."""
    opened = os.open

    def no_folder(path, *more):
        if os.path.isdir(path):
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path, *more)

    monkeypatch.setattr(os, "open", no_folder)
    with atomic.writing(tmp_path / "方案.txt") as draft:
        draft.write_text("whole", "utf-8")
    assert (tmp_path / "方案.txt").read_text("utf-8") == "whole"


def test_whether_a_process_lives_is_not_asked_by_a_signal_that_is_ctrl_c_there(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[int] = []
    monkeypatch.setattr(os, "kill", lambda process, _: sent.append(process))
    monkeypatch.setattr(uploads.os, "name", "nt")
    alive = uploads._alive(1)
    monkeypatch.undo()
    assert alive and sent == []


READ = """
import json, sys
from layers.incoming.child import work
from layers.incoming.child.confine import Locks
print(json.dumps(work.table(json.loads(sys.argv[1]), Locks([], *json.loads(sys.argv[2])))["findings"]))
"""


@pytest.mark.parametrize(("landlock", "calls", "told"), [(0, False, True), (6, True, False)])
def test_a_file_read_without_locks_is_said_to_be(landlock: int, calls: bool, told: bool, tmp_path: Path) -> None:
    """In a process of its own: what reads a file gives up for good what it needs no more."""
    path = tmp_path / "clinics.csv"
    path.write_text("名称,类型,床位数,经度,纬度,状态\n海泰医院,医院,300,117.08,39.08,现状\n", "utf-8")
    task = {"file": str(path), "parts": {}, "layer": "clinics", "answers": {}, "folder": str(tmp_path)}
    words = [sys.executable, "-c", READ, json.dumps(task), json.dumps([landlock, calls])]
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout)
    assert any("只导入来源可信" in f["text_zh"] and "people you trust" in f["text_en"] for f in found) is told


def test_several_processes_are_refused_with_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(desks.socket, "send_fds")
    with pytest.raises(InputError, match="--workers"):
        desks.serve(["none"], {}, address="127.0.0.1", port=0, count=2)
