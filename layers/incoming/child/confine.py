"""Lock the present process in: no network, no new program, no file but the ones named. For the child only.

Linux: Landlock (files, TCP), seccomp (system calls) and resource limits, all through ctypes, without root and
without another dependency. Each step says whether the kernel took it; nothing here is believed unseen.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import signal
import struct
import sys
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Locks", "deny_calls", "landlock_abi", "limit", "lock_files"]

MEGABYTE = 1024 * 1024

# Linux uapi: landlock.h, prctl.h, seccomp.h, filter.h
_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446
_READ = 1 << 2 | 1 << 3  # READ_FILE, READ_DIR
_PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP = 4, 38, 22
_ALLOW, _EPERM, _KILL = 0x7FFF0000, 0x00050000 | 1, 0x80000000
_ENOSYS = 0x00050000 | 38
_LOAD, _JUMP_EQUAL, _JUMP_SET, _JUMP_GE, _RETURN = 0x20, 0x15, 0x45, 0x35, 0x06
_CLONE_THREAD = 0x00010000
_WRITE_FLAGS = 0o1 | 0o2 | 0o100 | 0o1000 | 0o2000  # WRONLY RDWR CREAT TRUNC APPEND
_X32 = 0x40000000

# Calls denied outright: sockets, programs, other processes, mounts, kernel doors.
_DENIED = {
    "x86_64": (
        41, 42, 43, 44, 46, 49, 50, 53, 288, 307,                          # sockets
        57, 58, 59, 322,                                                   # fork, exec
        62, 101, 200, 234, 310, 311, 424, 434, 438,                        # signals, ptrace, other memory, pidfd
        155, 161, 165, 166, 272, 308, 428, 429, 430, 431, 432, 433, 442,   # mounts and namespaces
        133, 134, 169, 175, 176, 246, 248, 249, 250, 259, 298, 304, 313, 320, 321, 323, 425, 426, 427,  # kernel doors
    ),
    "aarch64": (
        198, 199, 200, 201, 202, 203, 206, 211, 242, 269, 221, 281,
        117, 129, 130, 131, 270, 271, 424, 434, 438, 39, 40, 41, 51, 97, 268, 428, 429, 430, 431, 432, 433, 442,
        33, 104, 105, 106, 142, 217, 218, 219, 241, 265, 273, 280, 282, 294, 425, 426, 427,
    ),
}  # fmt: skip
# Calls that change a path (names, modes, times); denied with every opening for writing.
_PATHS = {
    "x86_64": (
        76, 82, 83, 84, 85, 86, 87, 88, 90, 91, 92, 93, 94, 132, 188, 189, 190, 197, 198, 199,
        235, 258, 260, 261, 263, 264, 265, 266, 268, 280, 316, 452,
    ),
    "aarch64": (5, 6, 7, 14, 15, 16, 34, 35, 36, 37, 38, 45, 52, 53, 54, 55, 88, 276, 452),
}  # fmt: skip
# seccomp: architecture, clone, clone3, and the ways to open a file with the argument that holds its flags.
_ARCH = {"x86_64": (0xC000003E, 56, 435, ((2, 1), (257, 2))), "aarch64": (0xC00000B7, 220, 435, ((56, 2),))}
_OPENAT2 = 437


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Locks:
    """What holds this process: resource limits taken, Landlock version (0: none), whether calls are filtered."""

    limits: list[str]
    landlock: int
    calls: bool

    @property
    def guarded(self) -> bool:
        """Whether C code that a file might break can be let near it."""
        return bool(self.landlock) or self.calls

    def close(self) -> None:
        """From now on no file can be opened for writing."""
        deny_calls(writes=False)


def landlock_abi() -> int:
    """Return the Landlock version of this kernel, 0 where there is none."""
    if not sys.platform.startswith("linux"):
        return 0
    return max(int(_libc().syscall(_LANDLOCK_CREATE, None, 0, 1)), 0)


def lock_files(readable: Iterable[str], writable: Iterable[str] = ()) -> int:
    """Allow this process to read below ``readable`` and write below ``writable`` only; return the version used.

    Returns 0, having changed nothing, where the kernel knows no Landlock.
    """
    abi = landlock_abi()
    if abi < 1:
        return 0
    libc = _libc()
    rights = (1 << (13 if abi < 2 else 14 if abi < 3 else 15 if abi < 5 else 16)) - 1
    attributes = struct.pack("=QQQ", rights, 3 if abi >= 4 else 0, 3 if abi >= 6 else 0)
    size = 8 if abi < 4 else 16 if abi < 6 else 24
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    rules = int(libc.syscall(_LANDLOCK_CREATE, attributes, size, 0))
    if rules < 0:
        return 0
    files = 1 << 1 | 1 << 2 | 1 << 14  # what may be asked of a file that is not a folder
    for paths, access in ((readable, _READ), (writable, rights & ~(1 | 1 << 13))):
        for path in paths:
            if not os.path.exists(path):
                continue
            handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
            allowed = access if os.path.isdir(path) else access & files
            rule = struct.pack("=Qi", allowed & rights, handle)
            libc.syscall(_LANDLOCK_ADD, rules, 1, rule, 0)
            os.close(handle)
    done = int(libc.syscall(_LANDLOCK_RESTRICT, rules, 0))
    os.close(rules)
    return abi if done == 0 else 0


def _filter(machine: str, *, writes: bool) -> bytes:
    """Return the seccomp program for ``machine``; without ``writes`` no file can be opened for writing."""
    arch, clone, clone3, opens = _ARCH[machine]
    code: list[tuple[int, int, int, int]] = [
        (_LOAD, 0, 0, 4),
        (_JUMP_EQUAL, 1, 0, arch),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, 0),
    ]
    if machine == "x86_64":
        code += [(_JUMP_GE, 0, 1, _X32), (_RETURN, 0, 0, _KILL)]
    for number in sorted({*_DENIED[machine], *(() if writes else _PATHS[machine])}):
        code += [(_JUMP_EQUAL, 0, 1, number), (_RETURN, 0, 0, _EPERM)]
    # clone3 hides its flags in memory: say it does not exist, and the C library falls back to clone.
    code += [(_JUMP_EQUAL, 0, 1, clone3), (_RETURN, 0, 0, _ENOSYS)]
    code += [
        (_JUMP_EQUAL, 0, 4, clone),
        (_LOAD, 0, 0, 16),
        (_JUMP_SET, 0, 1, _CLONE_THREAD),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _EPERM),
    ]
    if not writes:
        code += [(_JUMP_EQUAL, 0, 1, _OPENAT2), (_RETURN, 0, 0, _ENOSYS)]
        for number, argument in opens:
            code += [
                (_JUMP_EQUAL, 0, 4, number),
                (_LOAD, 0, 0, 16 + 8 * argument),
                (_JUMP_SET, 0, 1, _WRITE_FLAGS),
                (_RETURN, 0, 0, _EPERM),
                (_RETURN, 0, 0, _ALLOW),
            ]
    code.append((_RETURN, 0, 0, _ALLOW))
    return b"".join(struct.pack("=HBBI", op, yes, no, value) for op, yes, no, value in code)


def deny_calls(*, writes: bool) -> bool:
    """Deny sockets, programs, processes and path changes from now on; return whether the kernel took it.

    With ``writes`` False no file can be opened for writing either. May be called twice, to tighten.
    """
    machine = platform.machine()
    if not sys.platform.startswith("linux") or machine not in _ARCH:
        return False
    program = _filter(machine, writes=writes)
    kept = ctypes.create_string_buffer(program, len(program))

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_void_p))

    described = Program(len(program) // 8, ctypes.addressof(kept))
    libc = _libc()
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    return int(libc.prctl(_PR_SET_SECCOMP, 2, ctypes.byref(described), 0, 0)) == 0


def limit(*, seconds: int, wall: int, megabytes: int) -> list[str]:
    """Limit this process's processor time, wall time [s], memory and files, and return what the system took.

    The processor's time is what a file can cost; the wall time, several times as long, ends what waits for ever. On a
    machine with much to do a good file needs long by the clock and no more of the processor than elsewhere. Both signals
    are left at their default action: the kernel itself ends the process.
    """
    taken: list[str] = []
    with contextlib.suppress(ImportError):
        import resource

        pages = 0
        with contextlib.suppress(OSError), open("/proc/self/statm", encoding="ascii") as file:
            pages = int(file.read().split()[0])
        room = pages * resource.getpagesize() + megabytes * MEGABYTE
        for name, value in (
            ("RLIMIT_AS", room),
            ("RLIMIT_CPU", seconds),
            ("RLIMIT_FSIZE", 400 * MEGABYTE),
            ("RLIMIT_NOFILE", 128),
            ("RLIMIT_CORE", 0),
        ):
            with contextlib.suppress(ValueError, OSError):
                resource.setrlimit(getattr(resource, name), (value, value))
                taken.append(name)
    if hasattr(signal, "setitimer"):
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, wall)
        taken.append("alarm")
    if sys.platform.startswith("linux"):
        _libc().prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    return taken
