"""Compiled code on disk: no folder, a full one, a damaged one and an old one cost time and nothing else."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

HALF = "from geo.kernel import kernel\n\n\n@kernel\ndef half(x):\n    return x / 2\n"
TOWN = "from geo.kernel import kernel\nfrom other import half\n\n\n@kernel\ndef cost(x):\n    return half(x) * 10\n"


@pytest.fixture
def ask(tmp_path):
    """Ask two files with a kernel each, in a process of its own; return the answer and what had to be compiled."""
    (tmp_path / "other.py").write_text(HALF)
    (tmp_path / "town.py").write_text(TOWN)
    kept = {k: v for k, v in os.environ.items() if k != "NUMBA_CACHE_DIR"}
    with subprocess.Popen(
        [sys.executable, "-m", "tests.kernel_asked", str(tmp_path)], cwd=ROOT, env=kept, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as process:  # fmt: skip

        def run(between="", **environment):
            process.stdin.write(json.dumps({"between": between, "environment": environment}) + "\n")
            process.stdin.flush()
            told = json.loads(process.stdout.readline())
            assert isinstance(told, list), told
            return tuple(told)

        yield run
        process.stdin.close()


def test_code_is_kept_beside_the_source_and_read_from_there(ask, tmp_path):
    assert ask() == (15.0, 2)
    assert list((tmp_path / "__pycache__").glob("town.cost*.nbc"))
    assert ask() == (15.0, 0)


def test_the_folder_that_is_named_is_used_and_no_other(ask, tmp_path):
    named = str(tmp_path / "named")
    assert ask() == (15.0, 2)
    assert ask(NUMBA_CACHE_DIR=named) == (15.0, 2)
    assert list(Path(named).rglob("town.cost*.nbc"))
    shutil.rmtree(tmp_path / "__pycache__")
    assert ask(NUMBA_CACHE_DIR=named) == (15.0, 0)


def test_no_folder_can_be_written(ask, tmp_path):
    """Neither the one named, nor the one beside the source, nor the one at home: each is a file."""
    (tmp_path / "__pycache__").write_text("")
    (tmp_path / "file").write_text("")
    blocked = str(tmp_path / "file" / "a")
    nowhere = dict.fromkeys(("NUMBA_CACHE_DIR", "HOME", "XDG_CACHE_HOME"), blocked)
    assert ask(**nowhere) == (15.0, 2)
    assert ask(**nowhere) == (15.0, 2)


def test_the_folder_goes_between_the_import_and_the_first_call(ask, tmp_path):
    gone = f"import shutil; from pathlib import Path; shutil.rmtree({str(tmp_path / '__pycache__')!r}); Path({str(tmp_path / '__pycache__')!r}).write_text('')"
    assert ask(between=gone) == (15.0, 2)


def test_the_disk_is_full(ask, tmp_path):
    full = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))"
    assert ask(between=full) == (15.0, 2)
    assert not list((tmp_path / "__pycache__").glob("*.nbc"))
    assert ask() == (15.0, 2)
    assert ask() == (15.0, 0)


@pytest.mark.parametrize("suffix", ["nbi", "nbc"])
def test_a_damaged_file_is_compiled_anew_and_mended(ask, tmp_path, suffix):
    assert ask() == (15.0, 2)
    for content in (b"", b"\x80\x04garbage", b"cos\nnothing\n."):
        damaged = list((tmp_path / "__pycache__").glob(f"*.{suffix}"))
        assert damaged
        for path in damaged:
            path.write_bytes(content)
        assert ask() == (15.0, 2), content
        assert ask() == (15.0, 0), content


def test_a_change_of_what_a_kernel_calls_in_another_file_is_seen(ask, tmp_path):
    """Numba by itself goes on with the old code of the caller."""
    assert ask() == (15.0, 2)
    (tmp_path / "other.py").write_text(HALF.replace("x / 2", "x / 4"))
    assert ask() == (7.5, 2)


def test_a_function_without_a_file_is_compiled_for_the_process():
    space: dict = {}
    exec("from geo.kernel import kernel\n@kernel\ndef twice(x):\n    return 2 * x\n", space)
    assert space["twice"](21) == 42


def test_nobody_compiles_another_way():
    for folder in ("geo", "layers", "ui"):
        for path in (ROOT / folder).rglob("*.py"):
            if path != ROOT / "geo" / "kernel.py":
                source = path.read_text("utf-8")
                assert "njit" not in source, path
                assert "import numba" not in source, path
                assert "from numba" not in source, path
