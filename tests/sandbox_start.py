"""The process that parses uploads with tasks added that test its locks: run as a program by ``test_sandbox``.

The shipped program (``layers/incoming/child/start.py``) knows none of these tasks. A test hands this file to a
`Sandbox` of its own; nothing in a message, a file or the environment can.
"""

from __future__ import annotations

import ctypes
import os
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from layers.incoming.child import child, warm, work
from layers.incoming.child.confine import Locks

Task = dict[str, Any]


def works(act: Callable[[], Any]) -> bool:
    try:
        act()
    except OSError:
        return False
    return True


def probe(task: Task, locks: Locks) -> dict[str, bool]:
    """Return what a locked-in process can still do; every value must be False."""
    secret, outside = task["secret"], task["outside"]
    found = {
        "read": works(lambda: Path(secret).read_bytes()),
        "list": works(lambda: os.listdir(Path(secret).parent)),
        "write": works(lambda: Path(outside).write_bytes(b"x")),
        "socket": works(lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM)),
        "unix": works(lambda: socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)),
        "exec": works(lambda: os.execv("/bin/true", ["true"])),
        "fork": works(os.fork),
        "kill": works(lambda: os.kill(os.getppid(), 0)),
    }
    locks.close()
    found["write_own"] = works(lambda: Path("x").write_bytes(b"x"))
    found["mkdir"] = works(lambda: Path("y").mkdir())
    return found


def hang(_task: Task, _locks: Locks) -> dict[str, Any]:
    time.sleep(600)
    return {}


def doze(_task: Task, _locks: Locks) -> dict[str, Any]:
    """Wait longer than the processor's time, as on a machine with much else to do."""
    time.sleep(2)
    return {"rested": True}


def spin(_task: Task, _locks: Locks) -> dict[str, Any]:
    while True:
        pass


def die(_task: Task, _locks: Locks) -> dict[str, Any]:
    return {"read": str(ctypes.string_at(0))}


def fill(_task: Task, _locks: Locks) -> dict[str, Any]:
    return {"size": len([bytearray(1 << 24) for _ in range(100_000)])}


def recurse(task: Task, locks: Locks) -> dict[str, Any]:
    return recurse(task, locks)


def modules(task: Task, locks: Locks) -> dict[str, Any]:
    """Read a file, having done every chore, and return what is imported then."""
    chores = [None for _ in warm.chores()]
    read = work.read(task, locks)
    return {"chores": len(chores), "findings": read["findings"], "modules": sorted(sys.modules)}


if __name__ == "__main__":
    warm.load()
    own = {
        "probe": probe,
        "hang": hang,
        "doze": doze,
        "spin": spin,
        "die": die,
        "fill": fill,
        "recurse": recurse,
        "modules": modules,
    }
    child.main({**work.WORKS, **own}, warm.chores())
