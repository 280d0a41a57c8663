"""The bundle: what is missing in it is found and said; make bundle-test installs it."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pip
import pytest
from packaging.requirements import Requirement

from deploy.bundle import LOCK
from deploy.wheels import PYTHONS, SYSTEMS, Target, faults, pins
from tests.need import ROOT


def wheel(folder: Path, name: str, version: str, tag: str, *asks: str) -> Path:
    path = folder / f"{name}-{version}-{tag}.whl"
    with zipfile.ZipFile(path, "w") as file:
        lines = [f"Name: {name}", f"Version: {version}", *(f"Requires-Dist: {one}" for one in asks)]
        file.writestr(f"{name}-{version}.dist-info/METADATA", "\n".join(["Metadata-Version: 2.1", *lines, ""]))
    return path


def test_what_a_wheel_asks_for_on_windows_alone_is_missed_on_windows_alone(tmp_path: Path) -> None:
    wheel(tmp_path, "click", "8.1", "py3-none-any", 'colorama>=0.4; sys_platform == "win32"')
    wanted = [Requirement("click==8.1")]
    assert faults(tmp_path, wanted, Target("linux", "3.12")) == []
    (told,) = faults(tmp_path, wanted, Target("windows", "3.12"))
    assert "windows, Python 3.12" in told and "click 8.1 asks for colorama" in told
    wheel(tmp_path, "colorama", "0.3", "py3-none-any")
    assert "there is 0.3" in faults(tmp_path, wanted, Target("windows", "3.12"))[0]
    wheel(tmp_path, "colorama", "0.4.6", "py3-none-any")
    (tmp_path / "colorama-0.3-py3-none-any.whl").unlink()
    assert faults(tmp_path, wanted, Target("windows", "3.12")) == []


@pytest.mark.parametrize(
    ("tag", "taken"),
    [
        ("cp312-cp312-win_amd64", {("windows", "3.12")}),
        ("cp311-abi3-win_amd64", {("windows", python) for python in PYTHONS}),
        ("cp313-cp313-manylinux_2_27_x86_64.manylinux_2_28_x86_64", {("linux", "3.13")}),
        ("cp313-cp313-manylinux_2_34_x86_64", set()),  # newer than the oldest system that is served
        ("cp313-cp313t-win_amd64", set()),
        ("cp312-cp312-win_arm64", set()),
    ],
)
def test_a_pin_without_a_wheel_for_one_python_is_named(tmp_path: Path, tag: str, taken: set[tuple[str, str]]) -> None:
    wheel(tmp_path, "shapely", "2.2.0", tag)
    for target in (Target(system, python) for system in SYSTEMS for python in PYTHONS):
        told = faults(tmp_path, [Requirement("shapely==2.2.0")], target)
        where = f"{target.system}, Python {target.python}: no wheel for shapely==2.2.0"
        assert told == ([] if tuple(target) in taken else [where])


def test_the_lock_of_the_bundle_is_that_of_the_page() -> None:
    lines = (ROOT / "requirements.txt").read_text("utf-8").splitlines()
    wanted = {r.name: r for r in map(Requirement, (line for line in lines if "==" in line and line[0] != "#"))}
    for target in (Target(system, python) for system in SYSTEMS for python in PYTHONS):
        locked = pins(LOCK, target)
        assert {name for name, one in wanted.items() if locked[name].specifier != one.specifier} == set()


def test_what_starts_it_is_written_as_its_system_reads_it() -> None:
    start = (ROOT / "deploy" / "start" / "启动.bat").read_bytes()
    assert start.count(b"\r\n") == start.count(b"\n") and not start.startswith(b"\xef\xbb\xbf")
    before, _, after = start.partition(b"chcp 65001")
    assert before.isascii() and "需要 64 位的 Python".encode() in after
    # cmd.exe loses its place among letters of several bytes when it jumps to a label behind them.
    assert after.rindex(b"\n:") < next(i for i, letter in enumerate(after) if letter > 127)
    script = ROOT / "deploy" / "start" / "start.sh"
    assert os.access(script, os.X_OK) and b"\r" not in script.read_bytes()
    subprocess.run(["sh", "-n", str(script)], check=True)


def bundle(folder: Path) -> Path:
    """Lay out a bundle of a program that only says how it was called, for the Python that runs here."""
    wheels = folder / "wheels"
    wheels.mkdir(parents=True)
    own = wheels / "zoneplan-1.0-py3-none-any.whl"
    with zipfile.ZipFile(own, "w") as file:
        file.writestr("cli.py", "import sys; print(__file__, *sys.argv[1:])")
        file.writestr("zoneplan-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: zoneplan\nVersion: 1.0\n")
        file.writestr("zoneplan-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        file.writestr("zoneplan-1.0.dist-info/RECORD", "")
    with zipfile.ZipFile(wheels / "pip-26.0-py3-none-any.whl", "w") as file:
        for path in Path(pip.__file__).parent.rglob("*"):
            if "__pycache__" not in path.parts:
                file.write(path, path.relative_to(Path(pip.__file__).parents[1]))
    needs = folder / f"requirements-{sys.version_info[0]}.{sys.version_info[1]}.txt"
    needs.write_text(f"zoneplan==1.0 --hash=sha256:{hashlib.sha256(own.read_bytes()).hexdigest()}\n")
    for name in ("start.py", "start.sh"):
        shutil.copy(ROOT / "deploy" / "start" / name, folder / name)
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    sums = [f"{hashlib.sha256(p.read_bytes()).hexdigest()}  {p.relative_to(folder).as_posix()}\n" for p in files]
    (folder / "SHA256SUMS").write_text("".join(sums), "utf-8")
    return folder


def started(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Start a bundle with a proxy and an index that nobody answers at."""
    nowhere = {"PIP_INDEX_URL": "http://127.0.0.1:9/", "https_proxy": "http://127.0.0.1:9/"}
    environ = {**os.environ, **nowhere, "ZONEPLAN_PYTHON": sys.executable, "LANG": "C.UTF-8", "PYTHONUTF8": "1"}
    script = [str(folder / "start.sh"), *words]
    return subprocess.run(script, env=environ, capture_output=True, text=True, check=False, cwd="/")


def test_it_installs_itself_once_where_the_path_has_chinese_and_a_space(tmp_path: Path) -> None:
    folder = bundle(tmp_path / "规划 资料")
    first = started(folder, "coverage", "a b")
    assert first.returncode == 0, first.stderr
    where, _, words = first.stdout.strip().rpartition("cli.py ")
    assert where.startswith(f"{folder}/.venv/lib/") and words == "coverage a b" and "正在安装" in first.stderr
    again = started(folder, "coverage", "a b")
    assert (again.returncode, again.stdout, again.stderr) == (0, first.stdout, "")
    (folder / ".venv" / "installed").unlink()  # as where the first start was cut off
    third = started(folder, "coverage", "a b")
    assert third.stdout == first.stdout and "正在安装" in third.stderr


def test_a_bundle_that_was_not_copied_whole_is_refused_by_the_name_of_the_file(tmp_path: Path) -> None:
    folder = bundle(tmp_path / "规划 资料")
    wheel_of_it = folder / "wheels" / "zoneplan-1.0-py3-none-any.whl"
    wheel_of_it.write_bytes(wheel_of_it.read_bytes()[:-9])
    told = started(folder)
    assert told.returncode == 1 and not (folder / ".venv").exists()
    assert f"文件缺失或损坏：wheels/{wheel_of_it.name}" in told.stderr and "missing or damaged" in told.stderr


def test_a_python_without_wheels_is_refused_with_those_that_have_some(tmp_path: Path) -> None:
    folder = bundle(tmp_path / "规划 资料")
    next(folder.glob("requirements-*.txt")).rename(folder / "requirements-3.9.txt")
    told = started(folder)
    assert told.returncode == 1 and "需要其中之一 3.9" in told.stderr
    assert f"={'.'.join(platform.python_version_tuple()[:2])}" in told.stderr, "what was found is not said"
