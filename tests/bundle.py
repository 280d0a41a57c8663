"""Install a bundle where there is nothing: a root with Python alone, no network, an ordinary user; and ask it.

``make bundle-test`` does it with what ``make bundle`` has made.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from playwright.sync_api import sync_playwright

from deploy.bundle import LOCK
from deploy.wheels import PYTHONS, SYSTEMS, Target, faults, pins
from tests.browser import ARGS, PATIENCE, ROOT
from tests.need import need

# A place as an ordinary planner names it.
FOLDER = "srv/规划 资料"
PORT = 8501
SOMEBODY = 65432
ASKED = ("coverage", "--service", "primary", "--year", "2025", "--json")
# The parts of this machine that a program needs which was not linked statically; no home, no checkout, no other program's data.
LENT = ("usr", "lib", "lib64", "bin", "etc/ld.so.cache", "etc/ld.so.conf", "etc/alternatives")
MOUNTS = r"""
set -eu
root=$1; shift
mount --make-rprivate /
mount --bind "$root" "$root"; cd "$root"
for place in "$@"; do
  if [ -d "/$place" ]; then mkdir -p "./$place"; else mkdir -p "./$(dirname "$place")"; : > "./$place"; fi
  mount --rbind "/$place" "./$place"; mount -o remount,bind,ro "./$place" 2>/dev/null || true
done
mkdir -p proc dev/shm tmp; chmod 1777 tmp dev/shm
for device in null zero urandom random; do rm -f "dev/$device"; : > "dev/$device"; mount --bind "/dev/$device" "dev/$device"; done
mount -t proc proc proc
ip link set lo up
echo ready
exec sleep infinity
"""


class Empty:
    """A root in which a bundle lies, and nothing else; see :func:`empty`."""

    def __init__(self, root: Path, process: int, place: str, python: str) -> None:
        self.root, self.process, self.place, self.python = root, process, place, python

    def command(self, *words: str) -> list[str]:
        """Return the words that run a command inside, as an ordinary user with no name, no network and an empty environment."""
        ours = os.geteuid() == 0
        inside = [
            "nsenter",
            "-t",
            str(self.process),
            "-m",
            "-n",
            "-p",
            *([] if ours else ["-U", "--preserve-credentials"]),
        ]
        user = (
            ["setpriv", f"--reuid={SOMEBODY}", f"--regid={SOMEBODY}", "--clear-groups", "--no-new-privs"]
            if ours
            else []
        )
        plain = [
            "env",
            "-i",
            f"PATH={Path(self.python).parent}:/usr/bin:/bin",
            f"HOME=/{FOLDER}",
            "LANG=C.UTF-8",
            f"ZONEPLAN_PYTHON={self.python}",
        ]
        return [*inside, "chroot", str(self.root), *user, *plain, *words]

    def start(self, *words: str) -> list[str]:
        """Return the words that run the bundle's script."""
        return self.command("sh", f"/{FOLDER}/{self.place}/start.sh", *words)


@contextlib.contextmanager
def empty(bundle: Path, *, base: Path | None = None, python: str = sys.executable) -> Iterator[Empty]:
    """Lay a bundle (its folder or archive) in an empty root, in namespaces of its own; everything in it ends with the block.

    Parameters
    ----------
    bundle
        What to lay there.
    base
        A root that has Python (of debootstrap). Without it, one of the folders that a program of this machine needs.
    python
        The Python that is found there.
    """
    with tempfile.TemporaryDirectory(prefix="empty-") as name:
        os.chmod(name, 0o755)
        root = Path(name) / "root"
        if base is None:
            root.mkdir()
        else:
            subprocess.run(["cp", "-a", str(base), str(root)], check=True)
        there = root / FOLDER
        there.mkdir(parents=True)
        if bundle.is_dir():
            shutil.copytree(bundle, there / bundle.name)
        else:
            with tarfile.open(bundle) as tar:
                tar.extractall(there, filter="data")
        (place,) = (p.name for p in there.iterdir())
        if os.geteuid() == 0:
            for path in (there, *there.rglob("*")):
                os.chown(path, SOMEBODY, SOMEBODY)
        lent = [p for p in LENT if Path("/", p).exists()] if base is None else []
        if base is None:
            python = str(Path(python).resolve())
            lent.append(str(Path(python).parent.parent).lstrip("/"))
        rights = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
        words = [
            "unshare",
            *rights,
            "--mount",
            "--net",
            "--pid",
            "--fork",
            "--kill-child",
            "sh",
            "-c",
            MOUNTS,
            "sh",
            str(root),
            *lent,
        ]
        holder = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        try:
            assert holder.stdout is not None and holder.stdout.readline() == "ready\n", "no namespaces can be made here"
            child = Path(f"/proc/{holder.pid}/task/{holder.pid}/children").read_text().split()[0]
            yield Empty(root, int(child), place, python)
        finally:
            holder.kill()
            holder.wait()


@contextlib.contextmanager
def page(inside: Empty) -> Iterator[str]:
    """Open the page in a browser that has the network of the empty root and no other; give the words that it shows."""
    server = subprocess.Popen(inside.start("serve", "--port", str(PORT)), stdout=subprocess.DEVNULL)
    with tempfile.TemporaryDirectory() as name:
        program = Path(name) / "chromium"
        program.write_text(f'#!/bin/sh\nexec nsenter -t {inside.process} -n {need("chromium")} "$@"\n')
        program.chmod(0o755)
        try:
            with sync_playwright() as play, play.chromium.launch(executable_path=str(program), args=ARGS) as browser:
                seen = browser.new_page()
                end = time.monotonic() + PATIENCE / 1000
                while True:
                    assert server.poll() is None and time.monotonic() < end, "the page does not answer"
                    with contextlib.suppress(Exception):
                        seen.goto(f"http://127.0.0.1:{PORT}/")
                        break
                    time.sleep(0.2)
                seen.wait_for_function("() => window.zpMap && zpMap.map", timeout=PATIENCE)
                yield seen.inner_text("body")
        finally:
            server.terminate()
            server.wait(60)


def whole(archive: Path, system: str, pythons: Sequence[str]) -> list[str]:
    """Return what is missing in an archive, in words."""
    with tempfile.TemporaryDirectory() as name:
        if archive.suffix == ".zip":
            zipfile.ZipFile(archive).extractall(name)
        else:
            with tarfile.open(archive) as tar:
                tar.extractall(name, filter="data")
        (folder,) = Path(name).iterdir()
        targets = (Target(system, python) for python in pythons)
        return [fault for target in targets for fault in faults(folder / "wheels", pins(LOCK, target).values(), target)]


def main() -> int:
    """Check both archives, and install the one for Linux."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--dist", type=Path, default=ROOT / "dist")
    parser.add_argument("--python", nargs="+", choices=PYTHONS, default=PYTHONS)
    parser.add_argument("--base", type=Path, help="a root made by debootstrap --variant=minbase --include=python3")
    args = parser.parse_args()
    for system in SYSTEMS:
        for archive in args.dist.glob(f"zoneplan-*-{system}-x86_64.*"):
            told = whole(archive, system, args.python)
            print(f"{archive.name}: {'; '.join(told) or 'every wheel is there, for Python ' + ', '.join(args.python)}")
            if told:
                return 1
    (archive,) = args.dist.glob("zoneplan-*-linux-x86_64.tar")
    python = "/usr/bin/python3" if args.base else sys.executable
    with empty(archive, base=args.base, python=python) as inside:
        begun, before = time.monotonic(), os.times()
        done = subprocess.run(inside.start(*ASKED), stdout=subprocess.PIPE, check=True, text=True)
        assert '"covered_walk"' in done.stdout
        took, after = time.monotonic() - begun, os.times()
        busy = after.children_user + after.children_system - before.children_user - before.children_system
        print(f"installed and first answer: {took:.0f} s ({busy:.0f} s of the processor)")
        begun = time.monotonic()
        with page(inside) as words:
            assert "高新区" in words, words
        print(f"page opened: {time.monotonic() - begun:.0f} s")
    return 0 if took < 60 else 1


if __name__ == "__main__":
    sys.exit(main())
