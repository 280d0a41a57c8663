"""The program as a package: what the wheel holds, and that it answers from another folder as the checkout does.

The wheel is built from the files of the checkout and installed by pip, with its command ``zoneplan``, into an empty
environment. Its dependencies are not resolved from a registry, which takes minutes: the packages of the environment of
the tests are laid into it by links. That the ranges of pyproject.toml can be resolved is not shown here; that the lock of
requirements.txt lies in them is.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
import urllib.request
import venv
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import cli
from tests.browser import free_port
from tests.need import ROOT

ASKED = ["coverage", "--service", "primary", "--year", "2025", "--json"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from the files of the checkout, in a folder of its own."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in ("geo", "layers", "ui", "commands", "data", "static/vendor", ".streamlit"):
        shutil.copytree(
            ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__", "imports.sqlite*", "node_modules")
        )
    for name in ("app.py", "cli.py", "setup.py", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source / name)
    words = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(out), str(source)]
    subprocess.run(words, check=True, capture_output=True)
    return next(out.glob("*.whl"))


def link(source: str, target: str) -> None:
    """Link a file, or copy it where the disk is another one."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


@pytest.fixture(scope="module")
def zoneplan(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel; return the command."""
    home = tmp_path_factory.mktemp("env")
    venv.create(home, with_pip=False)
    site = next((home / "lib").glob("python*/site-packages"))
    lent = next(p for p in sys.path if p.endswith("site-packages"))
    shutil.copytree(lent, site, copy_function=link, dirs_exist_ok=True)
    python = str(home / "bin" / "python")
    words = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        python,
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        str(wheel),
    ]
    subprocess.run(words, check=True, capture_output=True)
    return home / "bin" / "zoneplan"


def clean(folder: Path) -> dict[str, str]:
    """Return an environment in which nothing names the checkout, and the user's own folder is ``folder``."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("ZONEPLAN", "PYTHON", "XDG"))}
    return kept | {"HOME": str(folder)}


def run(zoneplan: Path, folder: Path, *words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    """Run the installed command in another folder."""
    done = subprocess.run(
        [str(zoneplan), *words], cwd=folder, env=clean(folder), capture_output=True, text=True, check=False
    )
    assert done.returncode == code, done.stderr
    return done


def test_the_wheel_holds_the_program_and_nothing_else(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    tops = {n.split("/")[0] for n in names}
    assert {t for t in tops if not t.endswith(".dist-info")} == {
        "geo", "layers", "ui", "commands", "app.py", "cli.py", "zoneplan_data", "zoneplan_static", "zoneplan_settings",
    }  # fmt: skip
    wanted = {
        f"{home}/{path.relative_to(folder).as_posix()}"
        for home, folder in (
            ("geo", ROOT / "geo"), ("layers", ROOT / "layers"), ("ui", ROOT / "ui"), ("commands", ROOT / "commands"), ("zoneplan_data", ROOT / "data"),
            ("zoneplan_static/vendor", ROOT / "static" / "vendor"),
        )
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and "build" not in path.relative_to(ROOT).parts[1:2]
        and not path.name.startswith("imports.sqlite")
    }  # fmt: skip
    assert wanted - set(names) == set()
    assert {n for n in names if n.startswith(("zoneplan_data", "zoneplan_static"))} - wanted == set()
    told = zipfile.ZipFile(wheel).read(next(n for n in names if n.endswith("entry_points.txt"))).decode()
    assert "zoneplan = cli:entry" in told


def test_the_lock_lies_in_the_ranges_of_the_package():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    ranges = {r.name: r.specifier for r in map(Requirement, project["dependencies"])}
    lines = (ROOT / "requirements.txt").read_text("utf-8").splitlines()
    lock = dict(line.split("==") for line in lines if "==" in line and not line.startswith("#"))
    assert {name for name, version in lock.items() if name in ranges and version not in ranges[name]} == set()
    assert set(ranges) <= set(lock)


def test_it_answers_from_another_folder_as_the_checkout_does(zoneplan, tmp_path, capsys):
    done = run(zoneplan, tmp_path, *ASKED)
    assert cli.main(["--data", str(ROOT / "data"), *ASKED]) == 0
    assert done.stdout == capsys.readouterr().out
    assert {p.name for p in tmp_path.iterdir()} <= {".local", ".cache"}  # the folder it was asked in stays as it was
    assert "all layers pass" in run(zoneplan, tmp_path, "check").stdout


def test_an_import_goes_to_the_users_own_folder_and_what_is_shipped_stays(zoneplan, tmp_path):
    data = next(zoneplan.parent.parent.glob("lib/python*/site-packages/zoneplan_data"))
    before = {p.name: p.read_bytes() for p in data.iterdir() if p.is_file()}
    for path in data.iterdir():
        path.chmod(path.stat().st_mode & ~0o222)  # as a package manager may lay it down
    (tmp_path / "clinics.csv").write_text(
        "名称,类型,床位数,经度,纬度,状态\n海泰医院,医院,300,117.08,39.08,现状\n", "utf-8"
    )
    words = [
        "import",
        "clinics.csv",
        "--layer",
        "clinics",
        "--answer",
        "datum=wgs84",
        "--mode",
        "replace",
        "--replace-all",
        "--take",
        "--json",
    ]
    told = json.loads(run(zoneplan, tmp_path, *words).stdout)
    own = tmp_path / ".local" / "share" / "zoneplan" / "workspaces" / "bundled"
    assert (told["accepted"], told["rows"], told["workspace"]) == (True, 1, str(own))
    assert own.joinpath("zones.geojson").stat().st_mode & 0o200
    layer = tmp_path / "out.geojson"
    run(zoneplan, tmp_path, "export", "--layer", "clinics", "--out", str(layer))
    assert [f["properties"]["name_zh"] for f in json.loads(layer.read_text("utf-8"))["features"]] == ["海泰医院"]
    assert {p.name: p.read_bytes() for p in data.iterdir() if p.is_file()} == before


def test_the_page_is_served_from_another_folder_and_ends_with_the_command(zoneplan, tmp_path):
    port = free_port()
    words = [str(zoneplan), "serve", "--port", str(port)]
    with open(tmp_path / "log", "wb") as log:
        server = subprocess.Popen(words, cwd=tmp_path, env=clean(tmp_path), stdout=log, stderr=subprocess.STDOUT)
        try:
            address = f"http://127.0.0.1:{port}"
            assert fetched(f"{address}/_stcore/health", server, tmp_path / "log") == b"ok"
            script = fetched(f"{address}/app/static/vendor/leaflet/leaflet.js", server, tmp_path / "log")
            assert script == (ROOT / "static" / "vendor" / "leaflet" / "leaflet.js").read_bytes()
        finally:
            server.terminate()
            server.wait(30)
    # The command has become the server, so that nothing is left to listen.
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(f"{address}/_stcore/health", timeout=5)


def fetched(url: str, server: subprocess.Popen[bytes], log: Path) -> bytes:
    """Return what lies at an address, once it is served."""
    while server.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return answer.read()
        except OSError:
            continue
    pytest.fail(log.read_text("utf-8"))


def test_where_it_writes(zoneplan, tmp_path):
    """ZONEPLAN_HOME, else XDG_DATA_HOME, else the home that there is; a home that is not there is not made."""
    code = "from layers.home import SHIPPED, VENDOR, writable; print(writable(), SHIPPED.is_dir(), VENDOR.is_dir())"
    python = str(zoneplan.parent / "python")
    named, share, home = tmp_path / "named", tmp_path / "share", tmp_path / "home"
    home.mkdir()
    for more, place in (
        ({"ZONEPLAN_HOME": str(named), "XDG_DATA_HOME": str(share)}, named),
        ({"XDG_DATA_HOME": str(share)}, share / "zoneplan"),
        ({}, home / ".local" / "share" / "zoneplan"),
        ({"HOME": str(tmp_path / "none")}, None),
        ({"ZONEPLAN_HOME": "/proc/none"}, None),
    ):
        env = clean(home) | more
        done = subprocess.run([python, "-c", code], cwd=tmp_path, env=env, capture_output=True, text=True, check=True)
        assert done.stdout.split() == [str(place), "True", "True"]
    assert not (tmp_path / "none").exists()
