"""Who may change what, in a real browser behind a proxy that names the person."""

from __future__ import annotations

import contextlib
import socket
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser

from tests.browser import HERE, MARKS, copied, free_port, serving, visiting

pytestmark = MARKS


@contextlib.contextmanager
def naming(address: str, person: str) -> Iterator[str]:
    """Stand before a server as a trusted proxy that names the person in every connection; give its address."""
    at = urlsplit(address)
    ear = socket.create_server(("127.0.0.1", free_port()))

    def carry(source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
        for one in (source, target):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def serve(client: socket.socket) -> None:
        target = (at.hostname or "", at.port or 80)
        with contextlib.suppress(OSError), client, socket.create_connection(target) as server:
            head, _, rest = client.recv(65536).partition(b"\r\n")
            if head:  # a browser opens lines that it does not use
                server.sendall(head + f"\r\nX-Remote-User: {person}\r\n".encode() + rest)
            back = threading.Thread(target=carry, args=(server, client), daemon=True)
            back.start()
            carry(client, server)
            back.join()

    def listen() -> None:
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=serve, args=(ear.accept()[0],), daemon=True).start()

    threading.Thread(target=listen, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{ear.getsockname()[1]}/"
    finally:
        ear.close()


def test_roles_hold_where_plans_and_imports_are_kept(chrome: Browser, tmp_path: Path) -> None:
    """A viewer behind a trusted proxy saves nothing; a planner saves under her name; a name from elsewhere is none."""
    there = copied(tmp_path / "data")
    roles = tmp_path / "roles.toml"
    roles.write_text('[roles]\n"王工" = "planner"\n', "utf-8")
    extra = {
        "ZONEPLAN_USER_HEADER": "X-Remote-User",
        "ZONEPLAN_TRUSTED_PROXIES": "127.0.0.1",
        "FORWARDED_ALLOW_IPS": "",
        "ZONEPLAN_ROLES": str(roles),
    }
    with serving(data=there, extra=extra) as address:
        for person, words in (("李工", "您的角色不能保存方案"), ("王工", "第 1 版")):
            with naming(address, person) as named, visiting(chrome, named) as visit:
                visit.open()
                visit.look(*HERE, 14)
                visit.click(*HERE)
                visit.press(visit.page.locator(".st-key-side button", has_text="加入方案").first)
                visit.panel("方案")
                visit.press(visit.page.get_by_role("button", name="保存", exact=True))
                visit.says(words)
    (base,) = there.rglob("plans.sqlite")
    with contextlib.closing(sqlite3.connect(base)) as kept:
        assert kept.execute("SELECT rev, who FROM revision").fetchall() == [(1, "王工")]
