"""The sample for operators in a real nginx: deploy/nginx.conf, changed only in ports, certificate and who is asked."""

from __future__ import annotations

import asyncio
import contextlib
import random
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Response

from benchmarks.crowd import Planner, planner
from layers.door.desks import COOKIE
from tests.browser import HERE, LOCAL, MARKS, PATIENCE, ROOT, copied, free_port, operated, visiting
from tests.need import need
from tests.page.test_door import ask, socket_opens
from ui.panels import place_told

pytestmark = MARKS
PREFIX = "gxq/plan"
NAME = "plan.example.gov.cn"
PASSWORD = "wang:{PLAIN}secret\n"
LOGIN = {"Authorization": "Basic d2FuZzpzZWNyZXQ="}  # wang:secret


def sample() -> str:
    """Return the configuration that operators are given."""
    return (ROOT / "deploy" / "nginx.conf").read_text("utf-8")


@contextlib.contextmanager
def proxied(folder: Path, port: int) -> Iterator[str]:
    """Run nginx by the sample before the server at ``port``; give the address of the page behind it."""
    own = free_port()
    (folder / "people").write_text(PASSWORD)
    said = sample()
    for before, after in (
        ("listen 443 ssl;", f"listen 127.0.0.1:{own};"),
        ("127.0.0.1:8501", f"127.0.0.1:{port}"),
        ("# ssl_certificate", f"auth_basic plan; auth_basic_user_file {folder}/people; # ssl_certificate"),
    ):
        assert said.count(before) == 1, before
        said = said.replace(before, after)
    places = "".join(
        f"{kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/pid; error_log {folder}/error.log;\nevents {{}}\nhttp {{\naccess_log off;\n{places}{said}}}\n"
    )
    # The file of names is read by nginx's workers, which are of another user where nginx is started by root.
    command = [need("nginx"), "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log"), "-p", str(folder)]
    server = subprocess.Popen([*command, "-g", "master_process off;"])
    address = f"http://127.0.0.1:{own}/{PREFIX}/"
    try:
        end = time.monotonic() + PATIENCE / 1000
        while True:
            assert server.poll() is None and time.monotonic() < end, (folder / "error.log").read_text()
            with contextlib.suppress(OSError):
                ask(address, Host=NAME)
                break
            time.sleep(0.1)
        yield address
    finally:
        server.terminate()
        server.wait(60)


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the address of a server of two processes behind nginx."""
    need("nginx")
    data = copied(tmp_path_factory.mktemp("nginx") / "data")
    told = {"ZONEPLAN_USER_HEADER": "X-Remote-User", "ZONEPLAN_TRUSTED_PROXIES": "127.0.0.1"}
    # Started as the sample says, by fewer processes.
    words, home = ("--host-name", NAME, "--workers", "2"), tmp_path_factory.mktemp("home")
    with (
        operated(data, home, *words, extra=told, prefix=PREFIX) as inner,
        proxied(tmp_path_factory.mktemp("proxy"), urlsplit(inner.address).port or 80) as address,
    ):
        yield address


def named(address: str) -> str:
    """Return an address with name and password in it."""
    return address.replace("//", "//wang:secret@")


def test_page_socket_and_headers_come_through_nginx(behind: str) -> None:
    """Issue 9, door of the server: the sample had never been run in nginx itself."""
    address = behind
    assert ask(address, Host=NAME)[0] == 401
    status, headers, text = ask(address, Host=NAME, **LOGIN)
    assert status == 200 and "<title>" in text
    assert headers["x-frame-options"] == "DENY" and headers["x-content-type-options"] == "nosniff"
    assert "default-src 'self'" in headers["content-security-policy"]
    assert ask(address, "app/static/vendor/leaflet/leaflet.css", Host=NAME, **LOGIN)[0] == 200
    assert ask(address, "_stcore/metrics", Host=NAME, **LOGIN)[0] == 404
    assert socket_opens(address, Host=NAME, Origin=f"https://{NAME}", **LOGIN)[0] == 101
    assert socket_opens(address, Host=NAME, Origin="https://evil.example", **LOGIN)[0] == 403
    root = address.removesuffix(f"{PREFIX}/")
    assert ask(root, Host=NAME, **LOGIN)[0] == 404  # nothing of ours is outside the prefix


def test_nginx_names_the_person_whatever_the_client_says(tmp_path: Path) -> None:
    """Issue 9, door of the server: the name passed on is the one that nginx has asked for, not one sent from outside."""
    seen: list[list[str]] = []

    class Inside(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.headers.get_all("X-Remote-User") or [])
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Inside) as inside:
        threading.Thread(target=inside.serve_forever, daemon=True).start()
        with proxied(tmp_path, inside.server_port) as address:
            assert ask(address, Host=NAME, X_Remote_User="boss")[0] == 401
            assert ask(address, Host=NAME, X_Remote_User="boss", **LOGIN)[0] == 204
        inside.shutdown()
    assert seen == [["wang"]]


def test_map_click_and_download_below_the_path(behind: str, chrome: Browser) -> None:
    """Issue 14, installation: what a planner does goes through, at a port that is not 443: socket, layers, a question beside the socket, a download."""
    answered: list[Response] = []
    with visiting(chrome, behind) as visit:
        # The browser is asked for the name once, and sends it with everything else from then on.
        visit.page.goto(named(behind), wait_until="commit")
        visit.page.on("response", lambda answer: answered.append(answer))
        visit.open("?lang=zh")
        visit.look(*HERE, 14)
        visit.click(*HERE)
        visit.shows("bands")
        visit.panel("导出")
        visit.press(visit.page.locator(".st-key-export_make button"))
        with visit.page.expect_download() as kept:
            visit.page.locator(".st-key-export_get button").click()
        assert Path(kept.value.path()).stat().st_size > 0
        assert (visit.errors, visit.foreign) == ([], [])
        (desk,) = (c for c in visit.page.context.cookies() if c["name"] == COOKIE)
        assert desk["path"] == f"/{PREFIX}"
        ours = [r for r in answered[:] if urlsplit(r.url).hostname in LOCAL and not r.url.startswith("blob:")]
        assert {urlsplit(r.url).path.startswith(f"/{PREFIX}/") for r in ours} == {True}
        assert [(r.url, r.status) for r in ours if r.status >= 400] == []
        posted = {urlsplit(r.url).path.split("/")[3] for r in ours if r.request.method == "POST"}
        assert place_told.NAME in posted
        for one in ours:
            said = one.headers
            assert "frame-ancestors 'none'" in said["content-security-policy"], one.url
            assert (said["x-frame-options"], said["x-content-type-options"]) == ("DENY", "nosniff"), one.url
            assert not [name for name in said if name.startswith("access-control")], one.url


def test_twenty_planners_through_nginx_are_each_told_of_their_own_place(behind: str) -> None:
    """Issue 14: 20 at once; each hears of the place that he asked about, and of no other's."""

    async def asks(one: Planner, chance: random.Random) -> None:
        (south, west), (north, east) = one.told["home"]
        lon, lat = round(chance.uniform(west, east), 6), round(chance.uniform(south, north), 6)
        await one.click(lon, lat)
        assert (one.told["place"]["lon"], one.told["place"]["lat"]) == (lon, lat)

    async def all_of_them() -> None:
        planners = [await planner(named(behind)) for _ in range(20)]
        await asyncio.gather(*(one.open("panel=site") for one in planners))
        await asyncio.gather(*(asks(one, random.Random(k)) for k, one in enumerate(planners)))
        await asyncio.gather(*(one.socket.close() for one in planners))

    with ThreadPoolExecutor(1) as own:  # the browser of this thread has a loop of its own here
        own.submit(asyncio.run, all_of_them()).result()
