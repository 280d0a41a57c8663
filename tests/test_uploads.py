"""Uploads lie on the disk for their owner alone and no longer than their session; what is shown of them lies nowhere."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from ui.session import uploads


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_found_06_an_upload_is_for_its_owner_alone_and_dropped(place: Path) -> None:
    folder = uploads.keep([("学校.csv", b"a")])
    assert folder.parent == place
    assert [p.stat().st_mode & 0o777 for p in (folder, folder / "学校.csv")] == [0o700, 0o600]
    uploads.drop(folder)
    assert not folder.exists()


def test_found_06_an_upload_goes_within_a_minute_after_its_session(tmp_path: Path) -> None:
    """By a clock of our own: a session that is away for a moment keeps its files, one that stays away does not."""
    folder, other = tmp_path / "a", tmp_path / "b"
    folder.mkdir()
    other.mkdir()
    folders = {str(folder): "one", str(other): "two"}
    told: list[str] = []
    now = [0.0]
    away = {"one": lambda t: 10 < t < 20 or t > 100, "two": lambda _t: False}

    def pause(seconds: float) -> bool:
        now[0] += seconds
        if now[0] <= 100:
            assert folder.exists()
        return now[0] > 161

    uploads.watch(folders, lambda s: not away[s](now[0]), gone=told.append, clock=lambda: now[0], pause=pause)
    assert not folder.exists()
    assert other.exists()
    assert told == ["one"]


def test_found_06_what_a_dead_server_left_is_swept_at_the_start(place: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    folders = {name: place / f"zoneplan-upload-{name}" for name in (f"{dead.pid}-x", f"{os.getpid()}-y", "of-before")}
    for folder in folders.values():
        folder.mkdir()
    made = folders["of-before"].stat().st_mtime
    uploads.sweep(made + 60)
    assert [f.exists() for f in folders.values()] == [False, True, True]
    uploads.sweep(made + 2 * uploads.OLD_S)
    assert [f.exists() for f in folders.values()] == [False, True, False]
