"""The process that parses uploads: started clean, locked in, one file each, plain data back.

It loads the libraries once, then waits on a socket; for each task it forks itself (it has one thread and no file
open), and the fork locks itself in before it touches the file. With ``--once`` it does a single task from its
standard input (systems without fork). It does the tasks of a table that whoever starts it hands over as
functions (``start`` the shipped ones): a task only names one of them, so that no message can make it run anything
else.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import sys
import sysconfig
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from layers.incoming.child import confine

__all__ = ["END", "ROOT", "Work", "main"]

ROOT = Path(__file__).resolve().parents[3]
END = b"\n#end"  # after a whole answer; without it the child has died

Task = dict[str, Any]
Work = Callable[[Task, confine.Locks], dict[str, Any]]


@lru_cache(maxsize=1)
def _library_paths(_modules: int) -> list[str]:
    """Return what may be read besides the task's folder, none inside another; once for so many modules loaded."""
    paths = sysconfig.get_paths()
    wanted = {
        *(paths[k] for k in ("stdlib", "platstdlib", "purelib", "platlib")),
        *("/usr/lib", "/usr/lib64", "/lib", "/lib64", "/usr/local/lib", "/dev/null", "/dev/urandom", "/usr/share/zoneinfo"),
        *(str(ROOT / "geo"), str(ROOT / "layers")),
        *_loaded(),
    }  # fmt: skip
    kept: list[str] = []
    for path in sorted({os.path.realpath(path) for path in wanted}):  # a link inside a folder leads out of it
        if not (kept and path.startswith(kept[-1] + os.sep)):
            kept.append(path)
    return kept


def _loaded() -> set[str]:
    """Return where the packages that are loaded really stand: a .pth file or a site folder may put them anywhere."""
    found: set[str] = set()
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if "." in name or not file or name == "__main__":
            continue
        path = Path(file)
        home = path.parent if path.name == "__init__.py" else path
        found |= {str(home), str(home.with_name(f"{name}.libs"))}
    return found


def _locked(task: Task) -> confine.Locks:
    folder = str(task["folder"])
    os.chdir(folder)
    os.environ["TMPDIR"] = folder
    return confine.Locks(
        limits=confine.limit(**{name: int(task[name]) for name in ("seconds", "wall", "megabytes")}),
        landlock=confine.lock_files(_library_paths(len(sys.modules)), [folder]),
        calls=confine.deny_calls(writes=True),
    )


def _answer(task: Task, works: Mapping[str, Work]) -> bytes:
    """Lock this process in, do ``task`` and return its answer as JSON."""
    locks = _locked(task)
    return json.dumps(works[task["do"]](task, locks), allow_nan=False).encode()


def _work(task: Task, works: Mapping[str, Work], out: int) -> None:
    """Answer into the file descriptor ``out`` and leave without any clean-up of the parent's state."""
    try:
        done = _answer(task, works)
    except MemoryError:
        done = b'{"failed": "memory"}'
    except RecursionError:
        done = b'{"failed": "depth"}'
    except BaseException as error:
        kind = (
            "memory" if "bad_alloc" in str(error) else "shape" if "GEOS" in type(error).__name__
            else "library" if isinstance(error, ImportError) else "error"
        )  # fmt: skip
        done = json.dumps({"failed": kind, "kind": type(error).__name__, "text": str(error)[:300]}).encode()
    with contextlib.suppress(OSError):
        view = memoryview(done + END)
        while view:
            view = view[os.write(out, view) :]
    os._exit(0)


def _idle(control: socket.socket, chores: Iterator[object]) -> None:
    """Do chores until somebody asks or none is left."""
    done = object()
    # A chore that fails ends them all: whoever needs what it was to prepare will hear why.
    with contextlib.suppress(Exception):
        while not select.select([control], [], [], 0)[0] and next(chores, done) is not done:
            pass


def _serve(control: socket.socket, works: Mapping[str, Work], chores: Iterator[object]) -> None:
    """Fork one child a task until the parent goes away; kill a child when told to; do ``chores`` while idle."""
    children: set[int] = set()
    while True:
        _idle(control, chores)
        message, handles, _, _ = socket.recv_fds(control, 65_536, 1)
        for pid in list(children):
            if os.waitpid(pid, os.WNOHANG)[0]:
                children.discard(pid)
        if not message:
            for pid in children:
                os.kill(pid, signal.SIGKILL)
            return
        asked = json.loads(message)
        if "kill" in asked:
            if asked["kill"] in children:
                os.kill(asked["kill"], signal.SIGKILL)
            continue
        _library_paths(len(sys.modules))  # here, so that the children find it done
        pid = os.fork()
        if pid == 0:
            control.close()
            os.write(handles[0], b"%d\n" % os.getpid())
            with open(Path(asked["folder"]) / "task.json", "rb") as file:
                _work(json.load(file), works, handles[0])
        children.add(pid)
        os.close(handles[0])


def main(works: Mapping[str, Work], chores: Iterator[object]) -> None:
    """Serve the socket given as the first argument, or do one task from standard input.

    Parameters
    ----------
    works
        What this process can do, by name.
    chores
        What makes later tasks faster; taken one at a time, while nobody asks.
    """
    if sys.argv[1] == "--once":
        _work(json.load(sys.stdin), works, sys.stdout.fileno())
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with socket.socket(fileno=int(sys.argv[1])) as control:
        control.sendall(b"ready")
        _serve(control, works, chores)
