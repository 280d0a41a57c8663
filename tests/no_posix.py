"""Ask our own program as on a system without POSIX: run as a program by tests/test_windows.py, with the words of a command.

Foreign libraries are loaded first, for theirs are the builds of this system; then our modules are loaded anew, where no
module and no name of POSIX is to be had and no folder can be opened as a file.
"""

from __future__ import annotations

import importlib
import importlib.abc
import os
import pkgutil
import signal
import socket
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
OURS = ("geo", "layers", "ui", "commands", "cli", "app")
GONE = ("fcntl", "resource", "pwd", "grp", "termios", "pty", "tty")
NAMES: dict[Any, tuple[str, ...]] = {
    os: ("fork", "getuid", "geteuid", "O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_PATH", "O_DIRECTORY", "pread", "statvfs", "fchmod",
         "sysconf", "getpgid", "killpg", "nice", "sched_getaffinity", "sched_setaffinity", "mkfifo", "setsid"),
    socket: ("AF_UNIX", "SOCK_SEQPACKET", "send_fds", "recv_fds"),
    signal: ("SIGALRM", "setitimer", "ITIMER_REAL", "SIGHUP", "SIGUSR1"),
}  # fmt: skip


class Nowhere(importlib.abc.MetaPathFinder):
    """Finds the modules of POSIX nowhere."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        if name in GONE:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def load() -> None:
    """Load every module of ours."""
    for name in OURS:
        module = importlib.import_module(name)
        for one in pkgutil.walk_packages(getattr(module, "__path__", ()), f"{name}."):
            importlib.import_module(one.name)


def main(words: list[str]) -> int:
    """Load everything, take POSIX away, load it again, and ask."""
    sys.path.insert(0, str(ROOT))
    load()
    for name in [n for n in sys.modules if n.partition(".")[0] in OURS]:
        del sys.modules[name]
    for name in GONE:
        sys.modules.pop(name, None)
    sys.meta_path.insert(0, Nowhere())
    for module, names in NAMES.items():
        for name in names:
            if hasattr(module, name):
                delattr(module, name)
    opened = os.open

    def no_folder(path: Any, *more: Any, **named: Any) -> int:
        asker = Path(sys._getframe(1).f_code.co_filename)
        if asker.is_relative_to(ROOT) and ".venv" not in asker.parts and os.path.isdir(path):
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path, *more, **named)

    os.open = no_folder  # type: ignore[assignment]
    platform, sys.platform = sys.platform, "win32"  # what our modules judge by when they are loaded
    load()
    sys.platform = platform  # numba and others judge by it when they are asked
    return int(sys.modules["cli"].main(words))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
