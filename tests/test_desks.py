"""Several processes behind one port: who is seated where, what happens when a desk falls, and that nothing passes through the front.

The desks here are a few lines of Python that answer with their number and the port they saw the browser come from; the page itself
is served so in tests/page/test_desks.py.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from http.client import HTTPConnection

import pytest

from geo.errors import InputError
from layers.door import desks
from tests.browser import ROOT, free_port

DESK = """
import asyncio, os, sys
from layers.door.desks import NUMBER, Handed
async def answer(reader, writer):
    while line := await reader.readline():
        size = 0
        while (head := await reader.readline()) not in (b"\\r\\n", b""):
            if head.lower().startswith(b"content-length:"):
                size = int(head.split(b":")[1])
        await reader.readexactly(size)
        if line.startswith(b"GET /fall"):
            os._exit(3)
        text = f"{os.environ[NUMBER]} {writer.get_extra_info('peername')[1]} {os.getpid()}".encode()
        writer.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: %d\\r\\n\\r\\n" % len(text) + text)
        await writer.drain()
async def main():
    server = await asyncio.start_server(answer, sock=Handed(fileno=int(sys.argv[1])))
    await server.serve_forever()
asyncio.run(main())
"""
FRONT = "import os, sys; from layers.door import desks; desks.AGAIN = 0.1; desks.serve([sys.executable, '-c', sys.argv[2]], os.environ, address='127.0.0.1', port=int(sys.argv[1]), count=2)"


@contextlib.contextmanager
def fronted() -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    port = free_port()
    front = subprocess.Popen([sys.executable, "-c", FRONT, str(port), DESK], cwd=ROOT)
    try:
        end = time.monotonic() + 60
        while True:
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", port), 5).close()
                break
            assert front.poll() is None
            assert time.monotonic() < end
            time.sleep(0.05)
        yield port, front
    finally:
        front.terminate()
        assert front.wait(60) == 0


def asked(port: int, cookie: str = "", path: str = "/") -> tuple[int, int, int, int]:
    """Return the number of the desk, the port it saw, its process, and the port asked from."""
    browser = HTTPConnection("127.0.0.1", port, timeout=60)
    browser.request("GET", path, headers={"Cookie": cookie} if cookie else {})
    own = browser.sock.getsockname()[1]
    number, seen, process = map(int, browser.getresponse().read().split())
    browser.close()
    return number, seen, process, own


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    with fronted() as found:
        yield found


def test_who_has_a_cookie_keeps_the_desk_and_others_take_turns(served: tuple[int, subprocess.Popen[bytes]]) -> None:
    port, _ = served
    assert {asked(port)[0] for _ in range(4)} == {0, 1}
    assert [asked(port, "a=b; zoneplan_desk=1")[0] for _ in range(4)] == [1] * 4
    assert [asked(port, "zoneplan_desk=0; c=d")[0] for _ in range(4)] == [0] * 4
    assert asked(port, "zoneplan_desk=77")[0] in (0, 1)
    assert asked(port, "zoneplan_desk=nobody")[0] in (0, 1)


def test_the_desk_sees_who_asks_and_not_the_front(served: tuple[int, subprocess.Popen[bytes]]) -> None:
    _, seen, _, own = asked(served[0])
    assert seen == own


def test_a_head_may_come_in_pieces_and_a_body_of_any_size(served: tuple[int, subprocess.Popen[bytes]]) -> None:
    with socket.create_connection(("127.0.0.1", served[0]), 60) as slow:
        for part in (
            b"POST / HT",
            b"TP/1.1\r\nCookie: zoneplan_desk=1\r\n",
            b"Content-Length: 300000\r\n",
            b"\r\n" + b"x" * 300_000,
        ):
            slow.sendall(part)
            time.sleep(0.1)
        assert slow.recv(1000).split(b"\r\n\r\n")[1].startswith(b"1 ")
        slow.sendall(b"GET / HTTP/1.1\r\n\r\n")  # the connection stays where it is
        assert slow.recv(1000).split(b"\r\n\r\n")[1].startswith(b"1 ")


def test_who_says_nothing_keeps_nobody_waiting(served: tuple[int, subprocess.Popen[bytes]]) -> None:
    silent = [socket.create_connection(("127.0.0.1", served[0]), 60) for _ in range(50)]
    assert asked(served[0], "zoneplan_desk=0")[0] == 0
    for one in silent:
        one.close()


def test_a_desk_that_falls_is_set_up_again_and_the_other_goes_on(served: tuple[int, subprocess.Popen[bytes]]) -> None:
    port, _ = served
    first, other = asked(port, "zoneplan_desk=1")[2], asked(port, "zoneplan_desk=0")[2]
    with contextlib.suppress(OSError, ValueError):
        asked(port, "zoneplan_desk=1", "/fall")
    assert asked(port, "zoneplan_desk=0")[2] == other
    end = time.monotonic() + 60
    while (now := asked(port, "zoneplan_desk=1"))[0] != 1:  # meanwhile the other takes whoever comes
        assert now[0] == 0
        assert time.monotonic() < end
        time.sleep(0.05)
    assert now[2] != first


def test_the_front_ends_its_desks_and_a_front_that_is_killed_leaves_none() -> None:
    with fronted() as (port, front):
        processes = {asked(port, f"zoneplan_desk={k}")[2] for k in (0, 1)}
    assert not any(map(_alive, processes))
    with contextlib.suppress(AssertionError), fronted() as (port, front):
        processes = {asked(port, f"zoneplan_desk={k}")[2] for k in (0, 1)}
        front.send_signal(signal.SIGKILL)
        front.wait(60)
    end = time.monotonic() + 60
    while any(map(_alive, processes)):
        assert time.monotonic() < end
        time.sleep(0.05)


def _alive(process: int) -> bool:
    with contextlib.suppress(OSError):
        os.kill(process, 0)
        with open(f"/proc/{process}/stat") as told:  # one that has ended and is not yet buried
            return told.read().rsplit(")", 1)[1].split()[0] != "Z"
    return False


def test_a_port_that_is_taken_is_said_and_so_is_a_system_that_cannot(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(InputError, match="--port"):
        desks.serve([], {}, address="127.0.0.1", port=taken.getsockname()[1], count=2)
    monkeypatch.delattr(socket, "send_fds")
    with pytest.raises(InputError, match="Linux"):
        desks.serve([], {}, address="127.0.0.1", port=0, count=2)
