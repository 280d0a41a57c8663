"""Where nothing can be written, everything is still answered: no cache of kernels, no cache of networks, no home."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import cli
from tests.need import ROOT


@pytest.fixture
def sealed() -> Iterator[Path]:
    """Copy the program, without anything compiled, to a folder of its own."""
    folder = Path(tempfile.mkdtemp(prefix="zoneplan-sealed-"))
    try:
        for name in ("geo", "layers", "commands", "data"):
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "build"))
        for name in ("cli.py", "pyproject.toml"):
            shutil.copy(ROOT / name, folder / name)
        for path in (folder, *folder.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


SEAL = 'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && cd "$1" && shift && exec "$@"'
"""Runs a command in a folder that nobody can write to, root neither: a read-only mount that only this command sees."""


def can_seal() -> bool:
    """Return whether this machine lets us mount (root, in a name space of its own)."""
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        return False
    with tempfile.TemporaryDirectory() as folder:
        return (
            subprocess.run(
                ["unshare", "-m", "sh", "-c", SEAL, "sh", folder, "true"], capture_output=True, check=False
            ).returncode
            == 0
        )


@pytest.mark.skipif(not can_seal(), reason="NOT TESTED: a read-only mount needs root")
def test_coverage_is_answered_where_nothing_can_be_written(sealed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["cli.py", "coverage", "--service", "primary", "--year", "2025", "--json"]
    nowhere = "/proc/none"  # a folder that not even root can make
    env = {"PATH": os.environ["PATH"], "HOME": nowhere, "TMPDIR": nowhere}
    words = ["unshare", "-m", "sh", "-c", SEAL, "sh", str(sealed), sys.executable, *asked]
    done = subprocess.run(words, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "Traceback" not in done.stderr
    assert cli.main(["--data", str(ROOT / "data"), *asked[1:]]) == 0
    assert json.loads(done.stdout) == json.loads(capsys.readouterr().out)
    assert not list(sealed.rglob("*.nb?")) and not (sealed / "cache").exists()
