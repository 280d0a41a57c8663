"""The sample for operators in a real nginx: deploy/nginx.conf, changed only in ports, certificate and who is asked."""

from __future__ import annotations

import contextlib
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tests.browser import MARKS, PATIENCE, ROOT, copied, free_port, serving
from tests.need import need
from tests.page.test_door import ask, socket_opens

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
def behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Give the addresses of a server behind nginx and of the server itself."""
    need("nginx")
    data = copied(tmp_path_factory.mktemp("nginx") / "data")
    extra = {
        "ZONEPLAN_HOSTS": NAME,
        "ZONEPLAN_USER_HEADER": "X-Remote-User",
        "ZONEPLAN_TRUSTED_PROXIES": "127.0.0.1",
        "FORWARDED_ALLOW_IPS": "",
    }
    with serving(data=data, extra=extra, prefix=PREFIX) as inner:
        port = int(inner.split(":")[2].split("/")[0])
        with proxied(tmp_path_factory.mktemp("proxy"), port) as address:
            yield address, inner


def test_page_socket_and_headers_come_through_nginx(behind: tuple[str, str]) -> None:
    """Issue 9, door of the server: the sample had never been run in nginx itself."""
    address, _ = behind
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
