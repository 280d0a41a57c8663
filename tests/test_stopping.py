"""A desk that is told to end: what it answers is answered, what never ends is ended, and nobody new is let in. Issue 14.

The desks are the real ones (``ui.desk``) with an application of a few lines in the place of the page.
"""

from __future__ import annotations

import contextlib
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import pytest

from tests.browser import ROOT, free_port

APP = """
import asyncio
from pathlib import Path

async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"begun ", "more_body": True})
    while scope["path"] == "/forever" or (scope["path"] == "/slow" and not Path("go").exists()):
        await asyncio.sleep(0.02)
    await send({"type": "http.response.body", "body": b"ended"})
"""
DESK = "import sys; from pathlib import Path; from ui import desk; desk.LEAVING = int(sys.argv[2]); desk.sit(Path(sys.argv[1]), {}, int(sys.argv[3]))"
FRONT = "import os, sys; from layers.door import desks; desks.serve([sys.executable, '-c', *sys.argv[2:]], os.environ, address='127.0.0.1', port=int(sys.argv[1]), count=2)"


@contextlib.contextmanager
def served(folder: Path, leaving: int) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    (folder / "app.py").write_text(APP)
    port = free_port()
    front = subprocess.Popen([sys.executable, "-c", FRONT, str(port), DESK, str(folder), str(leaving)], cwd=ROOT)
    try:
        while True:
            assert front.poll() is None
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", port), 5).close()
                break
            time.sleep(0.05)
        yield port, front
    finally:
        front.kill()
        front.wait()


def begun(port: int, path: str, number: int) -> tuple[HTTPConnection, HTTPResponse]:
    """Ask a desk, and return when its answer has begun."""
    asked = HTTPConnection("127.0.0.1", port, timeout=300)
    asked.request("GET", path, headers={"Cookie": f"zoneplan_desk={number}"})
    answer = asked.getresponse()
    assert answer.read(6) == b"begun "
    return asked, answer


@pytest.mark.timeout(600)
def test_what_is_being_answered_is_answered_and_nobody_new_is_let_in(tmp_path: Path) -> None:
    with served(tmp_path, leaving=300) as (port, front):
        running = [begun(port, "/slow", number % 2) for number in range(6)]
        front.send_signal(signal.SIGTERM)
        while True:  # until the port is closed
            try:
                socket.create_connection(("127.0.0.1", port), 5).close()
            except ConnectionRefusedError:
                break
            time.sleep(0.02)
        assert front.poll() is None
        (tmp_path / "go").touch()
        assert [answer.read() for _, answer in running] == [b"ended"] * 6
        assert front.wait(300) == 0
        _hung_up(running)


@pytest.mark.timeout(600)
def test_what_never_ends_does_not_keep_a_server_from_ending(tmp_path: Path) -> None:
    with served(tmp_path, leaving=1) as (port, front):
        running = [begun(port, "/forever", number) for number in (0, 1)]
        read = [threading.Thread(target=lambda a=answer: _drained(a)) for _, answer in running]
        for one in read:
            one.start()
        front.send_signal(signal.SIGTERM)
        assert front.wait(300) == 0
        for one in read:
            one.join(60)
            assert not one.is_alive()
        _hung_up(running)


def _hung_up(running: list[tuple[HTTPConnection, HTTPResponse]]) -> None:
    for asked, answer in running:
        answer.close()
        asked.close()


def _drained(answer: HTTPResponse) -> None:
    with contextlib.suppress(Exception):
        answer.read()
