"""Whether a folder of wheels is all that one Python on one system needs: by tags, by pins and by what each wheel asks for."""

from __future__ import annotations

import email
import hashlib
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from packaging.requirements import Requirement
from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.utils import NormalizedName, canonicalize_name, parse_wheel_filename

__all__ = ["PYTHONS", "SYSTEMS", "Target", "faults", "hashes", "pins"]

PYTHONS = ("3.11", "3.12", "3.13", "3.14")
# glibc 2.28 is that of openEuler 20.03, Kylin V10 SP3, UOS 20 (server), RHEL 8 and Debian 10; what needs a newer one is left.
MANYLINUX = [f"manylinux_2_{minor}_x86_64" for minor in range(28, 4, -1)]
PLATFORMS = {
    "linux": [*MANYLINUX, "manylinux2014_x86_64", "manylinux2010_x86_64", "manylinux1_x86_64", "linux_x86_64"],
    "windows": ["win_amd64"],
}
SYSTEMS = tuple(PLATFORMS)
MARKERS = {
    "linux": {"os_name": "posix", "sys_platform": "linux", "platform_system": "Linux", "platform_machine": "x86_64"},
    "windows": {"os_name": "nt", "sys_platform": "win32", "platform_system": "Windows", "platform_machine": "AMD64"},
}


class Target(NamedTuple):
    """One Python on one system."""

    system: str
    python: str

    @property
    def platforms(self) -> list[str]:
        """The platforms whose wheels it takes, as pip names them."""
        return PLATFORMS[self.system]

    def tags(self) -> frozenset[Tag]:
        """Return the tags of the wheels it takes."""
        version = tuple(map(int, self.python.split(".")))
        short = self.python.replace(".", "")
        own = cpython_tags(version, [f"cp{short}"], self.platforms)
        return frozenset([*own, *compatible_tags(version, f"cp{short}", self.platforms)])

    def markers(self) -> dict[str, str]:
        """Return what a requirement's marker is judged by there."""
        return {
            **MARKERS[self.system],
            "python_version": self.python,
            "python_full_version": f"{self.python}.0",
            "implementation_name": "cpython",
            "implementation_version": f"{self.python}.0",
            "platform_python_implementation": "CPython",
            "platform_release": "",
            "platform_version": "",
            "extra": "",
        }

    def wants(self, requirement: Requirement) -> bool:
        """Return whether a requirement holds there."""
        return requirement.marker is None or requirement.marker.evaluate(self.markers())


def pins(lock: Path, target: Target) -> dict[NormalizedName, Requirement]:
    """Return the pins of a lock that hold for a target, by name."""
    lines = (line.partition("#")[0].strip() for line in lock.read_text("utf-8").splitlines())
    all_of_them = [Requirement(line) for line in lines if line]
    return {canonicalize_name(r.name): r for r in all_of_them if target.wants(r)}


def hashes(folder: Path, target: Target) -> dict[NormalizedName, list[str]]:
    """Return the sha256 of the wheels that a target can take, by the name of the project."""
    found: dict[NormalizedName, list[str]] = {}
    for wheel in _fitting(folder, target):
        name = parse_wheel_filename(wheel.name)[0]
        with wheel.open("rb") as file:
            found.setdefault(name, []).append(hashlib.file_digest(file, "sha256").hexdigest())
    return found


def _fitting(folder: Path, target: Target) -> list[Path]:
    taken = target.tags()
    return [wheel for wheel in sorted(folder.glob("*.whl")) if parse_wheel_filename(wheel.name)[3] & taken]


def faults(folder: Path, wanted: Iterable[Requirement], target: Target) -> list[str]:
    """Return what is missing in a folder of wheels for one target, in words; empty where it is complete.

    Every pin must have a wheel that the target can take, which supports its Python; and everything that one of these
    wheels asks for on that system must be there in a version that it accepts.
    """
    have = {}
    for wheel in _fitting(folder, target):
        name, version, _, _ = parse_wheel_filename(wheel.name)
        have[name, str(version)] = wheel
    versions = {name: version for name, version in have}
    where = f"{target.system}, Python {target.python}"
    told = []
    for requirement in wanted:
        name = canonicalize_name(requirement.name)
        if versions.get(name) is None or versions[name] not in requirement.specifier:
            told.append(f"{where}: no wheel for {requirement}")
    for (name, own), wheel in have.items():
        with zipfile.ZipFile(wheel) as file:
            metadata = next(n for n in file.namelist() if n.endswith(".dist-info/METADATA") and n.count("/") == 1)
            words = email.message_from_bytes(file.read(metadata))
        asked = [Requirement(line) for line in words.get_all("Requires-Dist", [])]
        if needs := words.get("Requires-Python"):
            asked.append(Requirement(f"python{needs}"))
        for requirement in filter(target.wants, asked):
            found = target.python if requirement.name == "python" else versions.get(canonicalize_name(requirement.name))
            if found is None or not requirement.specifier.contains(found, prereleases=True):
                told.append(f"{where}: {name} {own} asks for {requirement}, and there is {found or 'none'}")
    return told
