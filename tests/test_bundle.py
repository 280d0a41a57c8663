"""The bundle: what is missing in it is found and said; make bundle-test installs it."""

from __future__ import annotations

import os
import subprocess
import zipfile
from pathlib import Path

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
