"""Several processes behind one port: each planner sits at one desk, and keeps it.

A run of the page holds Python's lock for most of a click, so that one process answers one planner at a time however many
cores there are. Here a front process listens, looks at the head of each connection without taking it, and hands the
connection itself (the open socket, SCM_RIGHTS of unix(7)) to one of several processes that serve the page. Nothing passes
through the front after that: the desk sees the true address of whoever asks, which decides whose word about a person is
believed, and a picture or a layer costs nothing twice.

What a session has (its state, uploads, files made for it) lies in one process. So the first answer gives the browser a
cookie with the number of its desk, and every later connection goes there; a browser without one gets the next in turn.
"""

from __future__ import annotations

import asyncio
import logging
import re
import signal
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from geo.errors import InputError
from geo.text import Text

__all__ = ["COOKIE", "NUMBER", "Front", "Handed", "desk_of", "serve"]

COOKIE = "zoneplan_desk"
NUMBER = "ZONEPLAN_DESK"
"""The variable in which a process finds the number of its desk."""
HEAD = 16_384
"""Bytes in which the head of a request must end; a longer one goes to the next desk in turn, which refuses it."""
PATIENCE = 30.0
"""How long a connection may say nothing, and how long a desk may take to end [s]."""
AGAIN = 1.0
"""Before a desk that fell is set up again [s]."""


class Handed(socket.socket):
    """A listening socket whose connections come from another process: what is accepted is received.

    asyncio and uvicorn take it for any other listening socket.
    """

    def listen(self, backlog: int = 0, /) -> None:
        """Do nothing: the front listens."""

    def accept(self) -> tuple[socket.socket, object]:
        """Return the next connection that was handed over, and the address of whoever made it."""
        said, found, *_ = socket.recv_fds(self, 1, 1)
        if not said:  # the front is gone, and with it the port
            signal.raise_signal(signal.SIGTERM)
            raise BlockingIOError
        if not found:
            raise ConnectionAbortedError
        connection = socket.socket(fileno=found[0])
        try:
            return connection, connection.getpeername()
        except OSError:  # hung up while it was handed over
            connection.close()
            raise ConnectionAbortedError from None


def desk_of(head: bytes) -> int | None:
    r"""Return the desk that the cookie in the head of a request names, None where it names none.

    Examples
    --------
    >>> desk_of(b"GET / HTTP/1.1\r\nHost: a\r\nCookie: x=1; zoneplan_desk=2\r\n\r\n"), desk_of(b"GET / HTTP/1.1\r\n\r\n")
    (2, None)
    """
    cookies = re.search(rb"\r\ncookie:([^\r\n]*)", head, re.IGNORECASE)
    found = re.search(rb"(?:^|;)\s*" + COOKIE.encode() + rb"=(\d{1,3})\s*(?:;|$)", cookies[1]) if cookies else None
    return int(found[1]) if found else None


@dataclass
class Desk:
    """A process that serves the page, and the channel to it."""

    number: int
    channel: socket.socket | None = None
    process: asyncio.subprocess.Process | None = None


@dataclass
class Front:
    """Listens on one port and hands each connection to a desk.

    Parameters
    ----------
    words
        What starts a desk; the descriptor of its channel is put behind.
    environ
        The environment of a desk, beside its number.
    count
        How many desks there are.
    ended
        Told the process of each desk that has ended.
    """

    words: Sequence[str]
    environ: Mapping[str, str]
    count: int
    ended: Callable[[int], None]
    desks: list[Desk] = field(init=False)
    next: int = 0
    ending: bool = False

    def __post_init__(self) -> None:
        """Set up the desks, which nobody sits at yet."""
        self.desks = [Desk(number) for number in range(self.count)]

    async def run(self, listener: socket.socket) -> None:
        """Serve until told to end (SIGTERM, SIGINT), then let every desk finish what it does."""
        loop, end = asyncio.get_running_loop(), asyncio.Event()
        for word in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(word, end.set)
        tasks = [asyncio.create_task(self._keep(desk)) for desk in self.desks]
        seating = asyncio.create_task(self._seat_all(listener))
        await end.wait()
        self.ending = True
        listener.close()
        seating.cancel()
        for desk in self.desks:
            if desk.process is not None and desk.process.returncode is None:
                desk.process.terminate()
        _, late = await asyncio.wait(tasks, timeout=PATIENCE)
        for desk in self.desks if late else ():
            if desk.process is not None and desk.process.returncode is None:
                desk.process.kill()

    async def _keep(self, desk: Desk) -> None:
        """Keep a desk served: set it up, and again when it falls."""
        while not self.ending:
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
            desk.channel = ours
            ours.setblocking(False)
            environ = {**self.environ, NUMBER: str(desk.number)}
            begun = time.monotonic()
            with theirs:
                desk.process = await asyncio.create_subprocess_exec(
                    *self.words, str(theirs.fileno()), env=environ, pass_fds=(theirs.fileno(),)
                )
            code = await desk.process.wait()
            self.ended(desk.process.pid)
            desk.channel = None
            ours.close()
            if not self.ending:
                logging.getLogger("zoneplan").error("desk %d fell (%d); it is set up again", desk.number, code)
                # What falls at once would fall again at once.
                await asyncio.sleep(AGAIN if time.monotonic() - begun > PATIENCE else 5 * AGAIN)

    async def _seat_all(self, listener: socket.socket) -> None:
        loop, running = asyncio.get_running_loop(), set()
        while True:
            try:
                connection, _ = await loop.sock_accept(listener)
            except OSError as error:  # no descriptor left: those who wait are served first
                logging.getLogger("zoneplan").error("no connection can be taken: %s", error)
                await asyncio.sleep(AGAIN)
                continue
            task = asyncio.create_task(self._seat(connection))
            running.add(task)
            task.add_done_callback(running.discard)

    async def _seat(self, connection: socket.socket) -> None:
        """Hand over a connection as soon as it says what it wants."""
        with connection:
            head = await _peeked(connection)
            if head is None:
                return
            wanted = desk_of(head)
            for number in self._order(wanted):
                if await _handed(self.desks[number].channel, connection):
                    return

    def _order(self, wanted: int | None) -> list[int]:
        """Return the desks to try: the one wanted, or the next in turn, then the others."""
        if wanted is None or wanted >= self.count:
            self.next, wanted = (self.next + 1) % self.count, self.next
        return [(wanted + k) % self.count for k in range(self.count)]


async def _peeked(connection: socket.socket) -> bytes | None:
    """Return the head of the first request, left where it is; None where nothing comes."""
    loop, end = asyncio.get_running_loop(), time.monotonic() + PATIENCE
    connection.setblocking(False)
    seen = 0
    while (left := end - time.monotonic()) > 0:
        told: asyncio.Future[None] = loop.create_future()
        loop.add_reader(connection, lambda: None if told.done() else told.set_result(None))  # noqa: B023
        try:
            await asyncio.wait_for(told, left)
        except TimeoutError:
            return None
        finally:
            loop.remove_reader(connection)
        try:
            head = connection.recv(HEAD, socket.MSG_PEEK)
        except OSError:
            return None
        if not head:
            return None
        if b"\r\n\r\n" in head or len(head) >= HEAD:
            return head
        if len(head) == seen:  # the same beginning is there to be read again at once: the rest is still on its way
            await asyncio.sleep(0.02)
        seen = len(head)
    return None


async def _handed(channel: socket.socket | None, connection: socket.socket) -> bool:
    """Return whether a desk took the connection; a desk that is busy is waited for."""
    for _ in range(int(PATIENCE / 0.05)):
        if channel is None:
            return False
        try:
            socket.send_fds(channel, [b"."], [connection.fileno()])
        except BlockingIOError:
            await asyncio.sleep(0.05)
        except OSError:
            return False
        else:
            return True
    return False


def serve(
    words: Sequence[str],
    environ: Mapping[str, str],
    *,
    address: str,
    port: int,
    count: int,
    ended: Callable[[int], None] = lambda _: None,
) -> None:
    """Serve one port by ``count`` processes, each started by ``words``, until told to end; ``ended`` hears of each that has.

    Raises
    ------
    InputError
        If the port cannot be had, or this system hands no connection from one process to another (Windows).
    """
    if not hasattr(socket, "send_fds"):
        raise InputError(
            Text(
                "本系统不支持多进程（--workers）：请只用一个进程，或在 Linux 上运行",
                "this system cannot serve by several processes (--workers): use one, or run on Linux",
            )
        )
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        listener = socket.create_server((address, port), family=family, backlog=1024)
    except OSError as error:
        raise InputError(
            Text(
                f"无法监听 {address}:{port}（{error}）：换一个端口（--port），或停掉占用它的程序",
                f"cannot listen on {address}:{port} ({error}): choose another --port, or stop what uses it",
            )
        ) from error
    listener.setblocking(False)
    print(f"http://{f'[{address}]' if ':' in address else address}:{port}  ({count} 个进程 / processes)", flush=True)
    asyncio.run(Front(words, environ, count, ended).run(listener))
