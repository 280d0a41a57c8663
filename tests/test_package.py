"""The program as a package: what the wheel holds, and that it answers from another folder as the checkout does."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from tests.need import ROOT

ASKED = ["coverage", "--service", "primary", "--year", "2025", "--json"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from the files of the checkout, in a folder of its own."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in ("geo", "layers", "ui", "data", "static/vendor", ".streamlit"):
        shutil.copytree(
            ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__", "imports.sqlite*", "node_modules")
        )
    for name in ("app.py", "cli.py", "setup.py", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source / name)
    words = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(out), str(source)]
    subprocess.run(words, check=True, capture_output=True)
    return next(out.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel into an environment of its own; its dependencies are lent by the environment of the tests.

    Their resolution from the registry is what a user does once and takes minutes; here it is the program that is tested.
    """
    home = tmp_path_factory.mktemp("env")
    venv.create(home, with_pip=False)
    site = next((home / "lib").glob("python*/site-packages"))
    words = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(site), str(wheel)]
    subprocess.run(words, check=True, capture_output=True)
    lent = next(p for p in sys.path if p.endswith("site-packages"))
    (site / "lent.pth").write_text(lent)
    script = "import sys, cli; sys.argv[0] = 'zoneplan'; cli.entry()"
    (home / "zoneplan.py").write_text(script)
    return home


def run(home: Path, folder: Path, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run the installed program in another folder, with nothing of the checkout in sight."""
    python = home / "bin" / "python"
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("ZONEPLAN", "PYTHON", "XDG"))}
    return subprocess.run(
        [str(python), "-c", (home / "zoneplan.py").read_text(), *words],
        cwd=folder, env=clean | {"HOME": str(folder)} | env, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_the_wheel_holds_the_program_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    tops = {n.split("/")[0] for n in names}
    assert {t for t in tops if not t.endswith(".dist-info")} == {
        "geo", "layers", "ui", "app.py", "cli.py", "zoneplan_data", "zoneplan_static", "zoneplan_settings",
    }  # fmt: skip
    for wanted in ("zoneplan_data/workspace.toml", "zoneplan_data/streets.parquet", "zoneplan_static/vendor/leaflet/leaflet.js",
                   "zoneplan_settings/config.toml", "ui/map/host/main.js", "ui/page.css", "layers/page/map.js"):  # fmt: skip
        assert wanted in names
    assert not [
        n
        for n in names
        if "build/tables" in n or ("/layers/" in n.removeprefix("layers") and n.startswith("zoneplan_static/layers"))
    ]
    told = zipfile.ZipFile(wheel).read(next(n for n in names if n.endswith("entry_points.txt"))).decode()
    assert "zoneplan = cli:entry" in told


def test_it_answers_from_another_folder_as_the_checkout_does(installed: Path, tmp_path: Path) -> None:
    done = run(installed, tmp_path, *ASKED)
    assert done.returncode == 0, done.stderr
    here = subprocess.run(
        [sys.executable, "cli.py", "--data", "data", *ASKED], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == json.loads(here.stdout)
    assert done.stdout == here.stdout


def test_an_import_works_and_goes_to_the_users_own_folder(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "schools.csv").write_text("名称,经度,纬度,小学学位\n甲小学,117.62,39.07,900\n", "utf-8")
    words = ["import", "schools.csv", "--layer", "schools", "--answer", "datum=wgs84", "--json"]
    done = run(installed, tmp_path, *words)
    told = json.loads(done.stdout)
    assert told["rows"] == 1 or told["questions"], done.stderr
    assert not [f for f in told["findings"] if f["level"] == "error"]


def test_what_the_page_needs_is_laid_out_to_be_served(installed: Path, tmp_path: Path) -> None:
    code = (
        "from layers import serve; f = serve.run_folder(); print(f, *serve.command(f, address='127.0.0.1', port=1)[0])"
    )
    python = installed / "bin" / "python"
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "ZONEPLAN_HOME": str(tmp_path / "own")}
    done = subprocess.run([str(python), "-c", code], cwd=tmp_path, env=env, capture_output=True, text=True, check=True)
    assert str(tmp_path / "own" / "serve") in done.stdout
    laid = tmp_path / "own" / "serve"
    for name in ("app.py", ".streamlit/config.toml", "static/vendor/leaflet/leaflet.js"):
        assert (laid / name).is_file()
