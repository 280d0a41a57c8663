"""docs/notebook.md runs as it stands: in an empty folder, in a process of its own, and prints what it says."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from tests.need import ROOT

PAGE = (ROOT / "docs" / "notebook.md").read_text("utf-8")
WATCH = """
import sys
sys.addaudithook(lambda event, args: event == "open" and str(args[0]).startswith("DATA") and sys.exit(f"opened {args[0]}"))
""".replace("DATA", str(ROOT / "data"))
AFTER = """
wrong = {"layers", "ui", "cli", "commands", "app", "streamlit", "rasterio"} & set(sys.modules)
assert not wrong, wrong
"""


def blocks(kind: str) -> list[str]:
    """Return the blocks of code of the page."""
    return re.findall(rf"^```{kind}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    folder = tmp_path_factory.mktemp("empty")
    code = "\n".join([WATCH, *blocks("python"), AFTER])
    env = {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", "PATH": "/usr/bin:/bin", "HOME": str(folder / "home"), "MPLCONFIGDIR": str(folder / "home")}  # fmt: skip
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=280)  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return folder, done.stdout


def words(text: str) -> str:
    return " ".join(text.split())


def test_it_prints_what_it_says(ran):
    said = words(ran[1])
    assert len(blocks("text")) == 2
    for block in blocks("text"):
        assert words(block) in said
    assert words(" ".join(blocks("text"))) == said


def test_it_leaves_a_map_and_nothing_else(ran):
    folder, _ = ran
    assert [p.name for p in folder.iterdir() if p.name != "home"] == ["town.html"]
    page = (folder / "town.html").read_text("utf-8")
    assert page.count("L.geoJson(null") == 2 and "tileLayer(" not in page


def test_the_walk_is_ten_lines():
    walk = next(b for b in blocks("python") if b.startswith("import geo\n"))
    assert len([line for line in walk.splitlines() if line.strip() and not line.startswith("import")]) == 10
