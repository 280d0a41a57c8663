"""Power cuts for SQLite: what it writes is recorded as it reaches the system, and a disk is made of any moment of it.

A VFS in front of SQLite's own (by ctypes, in this process) notes each write, truncation, deletion and sync of a file. A
cut at a moment keeps all that was synced before; of what was not, each write is lost, kept, or torn at 512-byte sectors,
independently and in any order, as a disk with a cache may leave it.
"""

from __future__ import annotations

import ctypes as c
import ctypes.util
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SECTOR = 512
Event = tuple[Any, ...]
P, INT, L = c.c_void_p, c.c_int, c.c_int64


class _Methods(c.Structure):
    _fields_ = (
        ("version", INT), ("close", P), ("read", P), ("write", P), ("truncate", P), ("sync", P), ("rest", P * 13),
    )  # fmt: skip


class _Vfs(c.Structure):
    _fields_ = (
        ("version", INT), ("size", INT), ("longest", INT), ("next", P), ("name", c.c_char_p), ("data", P),
        ("open", P), ("delete", P), ("rest", P * 14),
    )  # fmt: skip


OPEN = c.CFUNCTYPE(INT, P, P, P, INT, P)
DELETE = c.CFUNCTYPE(INT, P, P, INT)
WRITE = c.CFUNCTYPE(INT, P, P, INT, L)
TRUNCATE = c.CFUNCTYPE(INT, P, L)
SYNC = c.CFUNCTYPE(INT, P, INT)


class Recorder:
    """Everything that SQLite does to files from now on, in ``events``, by file name without its folder."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        found = ctypes.util.find_library("sqlite3")
        assert found is not None
        self._lib = c.CDLL(found)
        self._lib.sqlite3_vfs_find.restype = P
        self._plain = self._lib.sqlite3_vfs_find(None)
        plain = _Vfs.from_address(self._plain)
        self._names: dict[int, str] = {}
        self._kept: list[Any] = []
        self._open, self._delete = OPEN(plain.open), DELETE(plain.delete)
        ours = _Vfs.from_buffer_copy(plain)
        ours.name, ours.next = b"recorded", None
        # Kept as long as the process lives: SQLite goes on calling them.
        self._hooks = (OPEN(self._opened), DELETE(self._deleted))
        ours.open, ours.delete = (c.cast(hook, P).value for hook in self._hooks)
        self._ours = ours
        assert self._lib.sqlite3_vfs_register(c.byref(ours), 1) == 0

    def stop(self) -> None:
        """Let new connections go unrecorded."""
        self._lib.sqlite3_vfs_register(P(self._plain), 1)

    def _opened(self, _vfs: int, name: int, file: int, flags: int, out: int) -> int:
        code = self._open(self._plain, name, file, flags, out)
        pointer = P.from_address(file)
        if code == 0 and name and pointer.value:
            known = Path(c.string_at(name).decode()).name
            plain = _Methods.from_address(pointer.value)
            ours = _Methods.from_buffer_copy(plain)
            write, truncate, sync = WRITE(plain.write), TRUNCATE(plain.truncate), SYNC(plain.sync)

            def written(file: int, data: int, size: int, at: int) -> int:
                self.events.append(("write", known, at, c.string_at(data, size)))
                return int(write(file, data, size, at))

            def truncated(file: int, size: int) -> int:
                self.events.append(("truncate", known, size))
                return int(truncate(file, size))

            def synced(file: int, how: int) -> int:
                code = int(sync(file, how))
                self.events.append(("sync", known))
                return code

            hooks = (WRITE(written), TRUNCATE(truncated), SYNC(synced))
            ours.write, ours.truncate, ours.sync = (c.cast(hook, P).value for hook in hooks)
            self._kept.append((ours, hooks))
            pointer.value = c.addressof(ours)
        return int(code)

    def _deleted(self, _vfs: int, name: int, sync: int) -> int:
        self.events.append(("delete", Path(c.string_at(name).decode()).name, bool(sync)))
        return int(self._delete(self._plain, name, sync))


def cuts(events: list[Event], count: int, rng: random.Random) -> Iterator[tuple[int, dict[str, bytes]]]:
    """Give for so many moments of the record the files that a power cut then could leave."""
    moments = sorted(rng.randrange(1, len(events) + 1) for _ in range(count))
    disk: dict[str, bytearray] = {}
    waiting: dict[str, list[Event]] = {}
    done = 0
    for moment in moments:
        for event in events[done:moment]:
            kind, name = event[0], event[1]
            if kind == "sync" or (kind == "delete" and event[2]):
                for one in waiting.pop(name, ()):
                    _act(disk, one, rng=None)
                if kind == "delete":
                    disk.pop(name, None)
            elif kind != "said":
                waiting.setdefault(name, []).append(event)
        done = moment
        left = {name: bytearray(content) for name, content in disk.items()}
        fate = rng.choice((0.0, 0.3, 0.7, 1.0))
        for name, pending in waiting.items():
            for one in pending:
                if rng.random() < fate:
                    _act(left, one, rng=rng if rng.random() < 0.5 else None)
            left.setdefault(name, bytearray())
        yield moment, {name: bytes(content) for name, content in left.items()}


def _act(disk: dict[str, bytearray], event: Event, *, rng: random.Random | None) -> None:
    kind, name = event[:2]
    if kind == "delete":
        disk.pop(name, None)
        return
    content = disk.setdefault(name, bytearray())
    if kind == "truncate":
        del content[event[2] :]
        return
    _, _, at, data = event
    if len(content) < at + len(data):
        content.extend(bytes(at + len(data) - len(content)))
    for start in range(0, len(data), SECTOR):
        if rng is None or rng.random() < 0.5:
            piece = data[start : start + SECTOR]
            content[at + start : at + start + len(piece)] = piece
