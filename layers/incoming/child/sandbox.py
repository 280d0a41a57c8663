"""Do dangerous work in a process of its own: without network, with one folder, against the clock.

`run` hands a folder and a task to a child that locks itself in (see ``confine``) and gives back the plain data
that it answers. Nothing that a file contains is ever executed, unpickled or parsed here.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from geo.text import Text
from layers.incoming.child.drivers import environment

__all__ = ["GUARDS", "MEGABYTES", "SECONDS", "ChildFailedError", "Sandbox", "capabilities", "cleaned", "run", "untold"]

SECONDS = 20
PATIENCE = 5
"""How many times its processor time a child may take by the clock: the machine may have much else to do."""
MEGABYTES = 1500
ANSWER_LIMIT = 400 * 1024 * 1024
WORDS = 4_000  # [bytes] of its last words that are looked at
GRACE = 1.5  # [s] the parent waits beyond the child's own alarm
GUARDS = ("limits", "landlock", "calls", "drivers", "gdal")
PROBE_SECONDS = 10
"""How long the child may take to say which locks it has [s]."""
START = Path(__file__).parent / "start.py"
FORKS = sys.platform.startswith("linux")  # elsewhere there are no message sockets to hand a pipe over
END = b"\n#end"


class ChildFailedError(RuntimeError):
    """The child gave no answer.

    ``kind`` is ``time``, ``memory``, ``depth``, ``died`` (a crash while it read), ``size``, ``shape``, ``error`` (an
    exception while it read), ``start`` (it never came to read: a fault of the installation, not of the file) or
    ``library`` (a library of the reader is missing or broken). ``detail`` holds its last words.
    """

    def __init__(self, kind: str, detail: str = "") -> None:
        self.kind, self.detail = kind, detail
        super().__init__(f"{kind}: {detail}" if detail else kind)


def cleaned(words: str) -> str:
    r"""Return what a process said last on one line, without paths of this machine and at most 300 characters.

    Examples
    --------
    >>> cleaned("Traceback ...\nImportError: /opt/x/lib/libgdal.so: no such file")
    'ImportError: …/libgdal.so: no such file'
    """
    lines = [line.strip() for line in words.splitlines() if line.strip() and not line.startswith((" ", "Traceback"))]
    last = " ".join(lines[-2:])
    last = re.sub(r"(?:[A-Za-z]:)?(?:[/\\\\][^\s/\\\\:'\",]+)*[/\\\\]([^\s/\\\\:'\",]+)", r"…/\1", last)
    return re.sub(r"[\x00-\x1f\x7f]+", " ", last)[-300:]


def _ended(code: int | None) -> str:
    """Return how a process without a word ended."""
    if code is not None and code < 0:
        name = signal.Signals(-code).name if -code in {s.value for s in signal.Signals} else str(-code)
        return f"ended by signal {name}"
    return f"ended with code {code}"


def _command(program: Path) -> list[str]:
    """Return how the program is started: isolated, and with the module path that this process has.

    Packages may come through a ``.pth`` file or another site folder, which an isolated start does not see; the
    folders of this process do not depend on the environment of the child.
    """
    paths = [p for p in dict.fromkeys(sys.path) if p and os.path.isabs(p) and os.path.exists(p)]
    start = "import runpy, sys; sys.path[:] = [*sys.path, *(p for p in sys.argv.pop(1).split(chr(0x1f)) if p not in sys.path)]; sys.argv.pop(0); runpy.run_path(sys.argv[0], run_name='__main__')"  # fmt: skip
    return [sys.executable, "-I", "-X", "utf8", "-c", start, "\x1f".join(paths), str(program)]


class _Nursery:
    """One warm parent of children, owned by this process and started again when it is gone."""

    def __init__(self, program: Path) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.owner = os.getpid()
        self.control = ours
        # A file without a name, not a pipe: nobody must read it for the child to go on.
        self.words = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the process that writes it
        try:
            self.process = subprocess.Popen(
                [*_command(program), str(theirs.fileno())],
                pass_fds=[theirs.fileno()], env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=self.words, cwd="/", close_fds=True,
            )  # fmt: skip
        except OSError as problem:  # no room for another process
            self.words.close()
            ours.close()
            theirs.close()
            raise ChildFailedError("start", cleaned(str(problem.strerror))) from None
        theirs.close()
        ours.settimeout(60)
        try:
            ready = ours.recv(16) == b"ready"
        except OSError:
            ready = False
        if not ready:
            self.control.close()
            self.process.kill()
            self.process.wait()
            words = self.last_words() or _ended(self.process.returncode)
            self.words.close()
            raise ChildFailedError("start", words)

    def last_words(self) -> str:
        """Return the end of what the process and its children wrote to their standard error."""
        size = os.fstat(self.words.fileno()).st_size
        return cleaned(os.pread(self.words.fileno(), WORDS, max(size - WORDS, 0)).decode("utf-8", "replace"))

    def alive(self) -> bool:
        return self.owner == os.getpid() and self.process.poll() is None

    def send(self, message: dict[str, Any], out: int | None = None) -> None:
        raw = json.dumps(message).encode()
        if out is None:
            self.control.sendall(raw)
        else:
            socket.send_fds(self.control, [raw], [out])

    def close(self) -> None:
        self.control.close()
        self.words.close()
        if self.owner == os.getpid():
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(5)


class Sandbox:
    """The children of one program: a warm one that forks for every task, or a fresh process a task.

    Parameters
    ----------
    program
        What is started. It decides by name which tasks there are (see ``child.main``); the shipped one reads
        files and says which locks it has.
    forks
        False starts a process a task: slower, for systems without fork.
    """

    def __init__(self, program: Path = START, *, forks: bool = FORKS) -> None:
        self.program, self.forks = program, forks
        self._lock = threading.Lock()
        self._nursery: _Nursery | None = None

    @property
    def pid(self) -> int | None:
        """The process that forks, None as long as there is none."""
        return self._nursery.process.pid if self._nursery else None

    def run(
        self,
        task: dict[str, Any],
        folder: str | os.PathLike[str],
        *,
        seconds: int = SECONDS,
        megabytes: int = MEGABYTES,
    ) -> dict[str, Any]:
        """Return the answer of a locked-in child to ``task``, which may touch ``folder`` and nothing else.

        Parameters
        ----------
        task
            Plain data; ``task["do"]`` names the work.
        folder
            The only folder the child can read and write.
        seconds, megabytes
            Processor time [s] and memory [MB] after which the child is ended; by the clock, ``PATIENCE`` times as long.

        Raises
        ------
        ChildFailedError
            If it ran out of time or memory, died, or answered too much.
        """
        whole = task | {
            "folder": str(Path(folder).resolve()),
            "seconds": seconds,
            "wall": seconds * PATIENCE,
            "megabytes": megabytes,
        }
        result = json.loads(self._ask_warm(whole) if self.forks else self._ask_once(whole))
        if not isinstance(result, dict):
            raise ChildFailedError("error", "no object")
        if "failed" in result:
            kind = result["failed"] if result["failed"] in ("memory", "depth", "shape", "library") else "error"
            raise ChildFailedError(kind, cleaned(f"{result.get('kind', '')} {result.get('text', '')}".strip()))
        return result

    def close(self) -> None:
        """End the warm process; the next `run` starts another."""
        with self._lock:
            self._end()

    def _end(self) -> None:
        if self._nursery:
            self._nursery.close()
        self._nursery = None

    def _send(self, message: dict[str, Any], out: int) -> _Nursery:
        """Hand a task to the warm process, starting it or starting it again if need be."""
        with self._lock:
            for attempt in (1, 2):
                if self._nursery is None or not self._nursery.alive():
                    self._end()
                    self._nursery = _Nursery(self.program)
                try:
                    self._nursery.send(message, out)
                    break
                except OSError:
                    self._end()
                    if attempt == 2:
                        raise
            assert self._nursery is not None
            return self._nursery

    def _ask_warm(self, task: dict[str, Any]) -> bytes:
        (Path(task["folder"]) / "task.json").write_text(json.dumps(task))
        reading, writing = os.pipe()
        started = time.monotonic()
        try:
            try:
                nursery = self._send({"folder": task["folder"]}, writing)
            finally:
                os.close(writing)
            raw, why = _listen(reading, started + task["wall"] + GRACE)
            pid, _, raw = raw.partition(b"\n")
            if why != "end":
                with contextlib.suppress(OSError, ValueError):
                    nursery.send({"kill": int(pid)})
                raise ChildFailedError(why)
            if not raw.endswith(END):
                # No process has more of the processor's time than has gone by: one that ended earlier died of something else.
                late = time.monotonic() - started >= task["seconds"] - 0.5
                raise ChildFailedError("time" if late else "died", "" if late else self._words(nursery))
            return raw[: -len(END)]
        finally:
            os.close(reading)

    @staticmethod
    def _words(nursery: _Nursery) -> str:
        """Return the last words of the process, none where another thread has ended it meanwhile."""
        with contextlib.suppress(ValueError, OSError):
            return nursery.last_words()
        return ""

    def _ask_once(self, task: dict[str, Any]) -> bytes:
        try:
            done = subprocess.run(
                [*_command(self.program), "--once"], input=json.dumps(task).encode(),
                capture_output=True, env=environment(), cwd=task["folder"],
                timeout=task["wall"] + 10, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise ChildFailedError("time") from None
        if not done.stdout.endswith(END) or len(done.stdout) > ANSWER_LIMIT:
            words = cleaned(done.stderr[-WORDS:].decode("utf-8", "replace"))
            killed = done.returncode < 0
            raise ChildFailedError("died" if killed else "start", words or _ended(done.returncode))
        return done.stdout[: -len(END)]


def _listen(handle: int, deadline: float) -> tuple[bytes, str]:
    """Return what the child wrote and why reading ended: ``end``, ``time`` or ``size``."""
    parts: list[bytes] = []
    total = 0
    while True:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([handle], [], [], left)[0]:
            return b"".join(parts), "time"
        part = os.read(handle, 1 << 20)
        if not part:
            return b"".join(parts), "end"
        parts.append(part)
        total += len(part)
        if total > ANSWER_LIMIT:
            return b"".join(parts), "size"


_shipped = Sandbox()
run = _shipped.run


@functools.cache
def _capabilities() -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="zoneplan-") as folder:
        return run({"do": "capabilities"}, folder, seconds=PROBE_SECONDS)


def capabilities() -> dict[str, Any]:
    """Return which locks are in force on this system, for the health page.

    Keys: ``landlock`` (version, 0 = none), ``calls`` (seccomp in force), ``limits`` (names of the resource
    limits taken), ``drivers`` (GDAL drivers loaded beyond the wanted ones; must be empty), ``gdal`` (whether
    formats that need GDAL are accepted). Each is None where the child that was asked gave no answer: then nothing is
    known of them, and ``untold`` says why (see `untold`).
    """
    try:
        known = _capabilities()
    except ChildFailedError as error:
        return {**dict.fromkeys(GUARDS), "untold": error.kind, "detail": error.detail}
    except OSError as error:
        return {**dict.fromkeys(GUARDS), "untold": "start", "detail": cleaned(str(error.strerror))}
    return known | {"gdal": bool(known["landlock"] or known["calls"]) and not known["drivers"]}


def untold(known: Mapping[str, Any]) -> Text | None:
    """Return why `capabilities` could not tell which locks are in force, and what to do; None where it could.

    Examples
    --------
    >>> untold({"landlock": None, "untold": "time", "detail": ""}).en.split(":")[0]
    'the process asked did not answer within 10 s'
    >>> untold({"landlock": 6}) is None
    True
    """
    if "untold" not in known:
        return None
    if known["untold"] == "time":
        return Text(
            f"探测进程 {PROBE_SECONDS} 秒内没有回答，多半是机器正忙，不等于没有防护；请稍后再测",
            f"the process asked did not answer within {PROBE_SECONDS} s: most likely the machine is busy, not the guards missing; ask again later",
        )
    last = known.get("detail") or known["untold"]
    return Text(
        f"探测进程没有给出结果（{last}），不等于没有防护；请管理员运行 zoneplan health 并查看安装",
        f"the process asked gave no answer ({last}), which does not mean that the guards are missing; let the operator run zoneplan health and look at the installation",
    )


atexit.register(_shipped.close)
