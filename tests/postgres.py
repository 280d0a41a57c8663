"""A real PostgreSQL with PostGIS for the tests: made in a folder of its own, reached by a socket there, gone afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import psycopg

PLACES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)


def binaries() -> Path | None:
    """Return the folder of a server that has PostGIS, None where there is none."""
    for folder in PLACES:
        version = folder.parent.name
        if (folder / "initdb").exists() and Path(f"/usr/share/postgresql/{version}/extension/postgis.control").exists():
            return folder
    return None


class Server:
    """One server; root may not run one, so an unprivileged user does."""

    def __init__(self, *, settings: dict[str, str] | None = None) -> None:
        found = binaries()
        assert found is not None
        self.bin, self.folder = found, Path(tempfile.mkdtemp(prefix="zp-pg-"))
        self.user = None
        if os.getuid() == 0:
            self.user = next(u for u in ("postgres", "nobody") if _known(u))
            shutil.chown(self.folder, self.user)
        self.settings = settings or {}
        self._run(
            "initdb", "-D", str(self.folder / "data"), "-U", "planner", "-A", "trust", "-E", "UTF8", "--locale=C",
            "--no-sync", "--data-checksums",
        )  # fmt: skip
        self.process: subprocess.Popen[bytes] | None = None
        self.start()
        with psycopg.connect(self.url_of("postgres"), autocommit=True) as db:
            db.execute("CREATE DATABASE plans")
        with psycopg.connect(self.url, autocommit=True) as db:
            db.execute("CREATE EXTENSION postgis")

    @property
    def url(self) -> str:
        return self.url_of("plans")

    def url_of(self, database: str, user: str = "planner") -> str:
        return f"postgresql://{user}@/{database}?host={self.folder}"

    def start(self) -> None:
        words = ["-c", "listen_addresses=", "-k", str(self.folder), "-c", "max_connections=120"]
        for name, value in self.settings.items():
            words += ["-c", f"{name}={value}"]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [str(self.bin / "postgres"), "-D", str(self.folder / "data"), *words],
                stdout=log, stderr=log, user=self.user, cwd=self.folder, start_new_session=True,
            )  # fmt: skip
        end = time.monotonic() + 60
        while True:
            try:
                psycopg.connect(self.url_of("postgres"), connect_timeout=2).close()
                return
            except psycopg.OperationalError:
                if time.monotonic() > end or self.process.poll() is not None:
                    raise AssertionError((self.folder / "log").read_text("utf-8")[-3000:]) from None
                time.sleep(0.05)

    def kill(self) -> None:
        """Kill the server and all its processes at once, as the machine's end would."""
        assert self.process is not None
        for pid in (self.process.pid, *_children(self.process.pid)):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, program: str, *words: str) -> None:
        done = subprocess.run(
            [str(self.bin / program), *words], capture_output=True, text=True, check=False, user=self.user, cwd=self.folder
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-3000:]


def _known(user: str) -> bool:
    try:
        pwd.getpwnam(user)
    except KeyError:
        return False
    return True


def _children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(word) for word in found.read_text().split()] if found.exists() else []
