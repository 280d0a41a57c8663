"""Make the archives that install the program where there is no internet: ``make bundle``.

One for Linux and one for Windows, both x86_64: the wheels of every Python from 3.11 on, the program as a wheel of its own,
and a script that installs and starts it as an ordinary user. Nothing is compiled on the way and no other machine is needed:
pip fetches the wheels of any system. Every archive is checked before it is written, by what each wheel asks for there.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

from packaging.utils import canonicalize_name, parse_wheel_filename

from deploy.wheels import PYTHONS, SYSTEMS, Target, faults, hashes, pins

__all__ = ["archived", "filled", "program"]

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
LOCK = HERE / "lock.txt"
# The installer itself: Debian's python3 comes without one.
PIP = "pip==26.0"
STARTERS = {"linux": ("start.sh",), "windows": ("启动.bat",)}


def program(into: Path) -> Path:
    """Build the program's own wheel from the files of the checkout; return it."""
    with tempfile.TemporaryDirectory() as name:
        source = Path(name)
        for folder in ("geo", "layers", "ui", "data", "static/vendor", ".streamlit", "commands"):
            if (ROOT / folder).is_dir():
                leave = shutil.ignore_patterns("__pycache__", "imports.sqlite*", "node_modules")
                shutil.copytree(ROOT / folder, source / folder, ignore=leave)
        for file in ("app.py", "cli.py", "setup.py", "pyproject.toml", "README.md", "LICENSE"):
            shutil.copy(ROOT / file, source / file)
        _pip("wheel", "--no-deps", "--wheel-dir", str(into), str(source))
    return next(into.glob("zoneplan-*.whl"))


def filled(folder: Path, system: str, pythons: Sequence[str] = PYTHONS) -> list[str]:
    """Lay out a bundle in an empty folder; return what is missing in it, in words.

    Parameters
    ----------
    folder
        Where to lay it out; made where it is not there.
    system
        ``linux`` or ``windows``.
    pythons
        The Pythons that it can be installed with.
    """
    wheels = folder / "wheels"
    wheels.mkdir(parents=True)
    own = program(wheels)
    told = []
    for target in (Target(system, python) for python in pythons):
        wanted = pins(LOCK, target)
        _fetch([*map(str, wanted.values()), PIP], target, wheels)
        told += faults(wheels, wanted.values(), target)
        known = hashes(wheels, target)
        lines = [
            f"{name}=={_version(wheels, name)} {' '.join(f'--hash=sha256:{one}' for one in known.get(name, []))}\n"
            for name in sorted([*wanted, parse_wheel_filename(own.name)[0]])
        ]
        (folder / f"requirements-{target.python}.txt").write_text("".join(lines), "ascii", newline="\n")
    for name in ("start.py", *STARTERS[system]):
        shutil.copy(HERE / "start" / name, folder / name)
    # Notepad of older Windows knows UTF-8 by its mark alone.
    words = (HERE / "start" / "README.txt").read_text("utf-8")
    (folder / "README.txt").write_text(words, "utf-8-sig", newline="\r\n" if system == "windows" else "\n")
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    sums = [f"{_sha256(p)}  {p.relative_to(folder).as_posix()}\n" for p in files]
    (folder / "SHA256SUMS").write_text("".join(sums), "utf-8", newline="\n")
    return told


def _version(wheels: Path, name: str) -> str:
    parsed = (parse_wheel_filename(wheel.name) for wheel in wheels.glob("*.whl"))
    return next((str(version) for found, version, _, _ in parsed if found == canonicalize_name(name)), "0")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _fetch(wanted: Sequence[str], target: Target, wheels: Path) -> None:
    """Fetch the wheels of another system, each pin by itself: what they ask for is pinned too, and checked afterwards."""
    platforms = [word for platform in target.platforms for word in ("--platform", platform)]
    # Their markers have been judged for the target; pip would judge them by the Python that runs it.
    plain = [line.partition(";")[0].strip() for line in wanted]
    _pip(
        "download", "--no-deps", "--only-binary", ":all:", "--implementation", "cp", "--python-version", target.python,
        *platforms, "--dest", str(wheels), *plain,
    )  # fmt: skip


def _pip(*words: str) -> None:
    done = subprocess.run([sys.executable, "-m", "pip", *words, "--quiet", "--disable-pip-version-check"], check=False)
    if done.returncode:
        sys.exit(f"pip {words[0]} failed: see above")


def archived(folder: Path) -> Path:
    """Pack a bundle beside its folder: a zip for Windows, a tar elsewhere; return the archive.

    Wheels are compressed already: both kinds only keep them together.
    """
    if (folder / STARTERS["windows"][0]).exists():
        archive = folder.with_name(f"{folder.name}.zip")
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as packed:
            for path in sorted(p for p in folder.rglob("*") if p.is_file()):
                packed.write(path, f"{folder.name}/{path.relative_to(folder).as_posix()}")
        return archive
    archive = folder.with_name(f"{folder.name}.tar")
    with tarfile.open(archive, "w") as tar:
        tar.add(folder, folder.name, filter=_nobody)
    return archive


def _nobody(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    """Take the names of the machine it was packed on off an entry."""
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    return entry


def main() -> int:
    """Make the archives; nothing is left where something is missing in one of them."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--system", nargs="+", choices=SYSTEMS, default=SYSTEMS)
    parser.add_argument("--python", nargs="+", choices=PYTHONS, default=PYTHONS)
    parser.add_argument("--out", type=Path, default=ROOT / "dist")
    args = parser.parse_args()
    args.out.mkdir(exist_ok=True)
    for system in args.system:
        with tempfile.TemporaryDirectory(dir=args.out) as name:
            os.chmod(name, 0o755)
            draft = Path(name) / "bundle"
            told = filled(draft, system, args.python)
            if told:
                print(*told, sep="\n", file=sys.stderr)
                return 1
            version = _version(draft / "wheels", "zoneplan")
            folder = draft.rename(draft.with_name(f"zoneplan-{version}-{system}-x86_64"))
            packed = archived(folder)
            archive = packed.replace(args.out / packed.name)
        print(f"{archive}  {archive.stat().st_size / 1e6:.0f} MB  sha256 {_sha256(archive)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
