"""No more pages open at once than the operator allows, over all processes of a server; whoever is too many is told so by the page.

A seat is a lock on a file of a folder that the processes share: the system lets it go when its process dies, so that nobody has to
be counted anew. A server of one process (also where a system knows no such locks) only counts.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from layers.door.guard import App, Message, Receive, Send
from layers.operate import log

__all__ = ["FOLDER", "FULL", "Seats"]

FULL = "x-zoneplan-full"
"""The header by which the page learns that there was no seat for its reader."""
FOLDER = "ZONEPLAN_SEATS"
"""The variable in which the processes of one server find the folder of its seats."""
SOCKET = "/_stcore/stream"


class Seats:
    """The door before the socket of an ASGI application.

    Parameters
    ----------
    app
        The application inside.
    most
        How many sockets may be open; None for any number.
    folder
        Where the processes of one server share their seats, None where there is one process.
    """

    def __init__(self, app: App, *, most: int | None, folder: Path | None = None) -> None:
        self.app = app
        self.most = most
        self.folder = folder
        self.taken = 0

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Pass on; who has no seat with the word that he has none."""
        if scope["type"] != "websocket" or not str(scope.get("path", "")).endswith(SOCKET):
            await self.app(scope, receive, send)
            return
        headers = [(k, v) for k, v in scope["headers"] if k.lower() != FULL.encode()]
        with self._seat() as seated:
            if not seated:
                log.event("refused", why="sessions")
                headers.append((FULL.encode(), str(self.most).encode()))
            log.event("session", begins=True)
            try:
                await self.app({**scope, "headers": headers}, receive, send)
            finally:
                log.event("session", begins=False)

    @contextmanager
    def _seat(self) -> Iterator[bool]:
        """Give whether there is a seat, which is kept for as long as the block."""
        if self.most is None:
            yield True
        elif self.folder is None:
            seated = self.taken < self.most
            self.taken += seated
            try:
                yield seated
            finally:
                self.taken -= seated
        else:
            handle = _locked(self.folder, self.most)
            try:
                yield handle is not None
            finally:
                if handle is not None:
                    os.close(handle)


def _locked(folder: Path, most: int) -> int | None:
    """Return the first seat that nobody has, None where all are taken."""
    import fcntl  # several processes serve one port on systems that have it only

    for number in range(most):
        handle = os.open(folder / str(number), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
        else:
            return handle
    return None
