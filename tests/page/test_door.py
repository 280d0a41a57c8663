"""The door of a real server: what it answers to whom, what a browser may do behind it, who may change what."""

from __future__ import annotations

import base64
import http.client
import json
import os
import shutil
import signal
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser

from layers.door.desks import COOKIE, NUMBER
from tests.browser import HERE, KEEP, LOCAL, MARKS, PATIENCE, ROOT, Visit, operated, visiting
from tests.page.conftest import PREFIX

pytestmark = MARKS

SPY = """import os, sys
def told(event, args):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"):
        with open(os.environ["SPY_LOG"], "a") as log: log.write(f"{event} {args[1:] if event == 'socket.connect' else args}\\n")
sys.addaudithook(told)
with open(os.environ["SPY_LOG"], "a") as log: log.write("watching\\n")
"""
"""Writes down every name that the server looks up and every address that it turns to."""

Answer = tuple[int, dict[str, str], str]


def ask(address: str, path: str = "", method: str = "GET", **headers: str) -> Answer:
    """Ask a server with just these headers; return status, headers in lower case, and text."""
    at = urlsplit(address)
    line = http.client.HTTPConnection(at.hostname or "", at.port or 80, timeout=PATIENCE / 1000)
    try:
        line.putrequest(method, at.path + path, skip_host="Host" in headers, skip_accept_encoding=True)
        for name, value in headers.items():
            line.putheader(name.replace("_", "-"), value)
        line.endheaders()
        got = line.getresponse()
        text = "" if got.status == 101 else got.read().decode("utf-8", "replace")
        return got.status, {k.lower(): v for k, v in got.getheaders()}, text
    finally:
        line.close()


def socket_opens(address: str, **headers: str) -> Answer:
    key = base64.b64encode(os.urandom(16)).decode()
    return ask(address, "_stcore/stream", Upgrade="websocket", Connection="Upgrade", Sec_WebSocket_Key=key,
               Sec_WebSocket_Version="13", Sec_WebSocket_Protocol="streamlit", **headers)  # fmt: skip


@pytest.mark.parametrize(
    "path",
    ["", "app/static/vendor/leaflet/leaflet.css", "app/static/none.css", "media/none.png", "_stcore/health", "healthz",
     "_stcore/host-config", "_stcore/metrics", "static/js/none.js"],
)  # fmt: skip
def test_every_answer_says_how_it_may_be_used(address: str, path: str) -> None:
    """found_30: no CSP, X-Frame-Options, nosniff; found_06: static files for everybody."""
    _, headers, _ = ask(address, path, Origin=address.removesuffix(f"/{PREFIX}/"))
    csp = dict(rule.split(" ", 1) for rule in headers["content-security-policy"].split("; "))
    assert csp["default-src"] == "'self'" and csp["object-src"] == "'none'" and csp["frame-ancestors"] == "'none'"
    assert "'unsafe-" not in csp["script-src"] and "http" not in csp["script-src"] + csp["connect-src"]
    assert (headers["x-frame-options"], headers["x-content-type-options"]) == ("DENY", "nosniff")
    assert headers["referrer-policy"] == "same-origin"
    assert not [name for name in headers if name.startswith("access-control")]


def refuses_other_names(address: str, name: str) -> None:
    """found_30: Host and Origin of another name → 101."""
    own = urlsplit(address).netloc
    for headers in (
        {},
        {"Origin": f"http://{own}"},
        {"Host": name, "Origin": f"https://{name}"},
        {"Origin": f"https://{name}"},
    ):
        assert socket_opens(address, **headers)[0] == 101, headers
        assert ask(address, **headers)[0] == 200
    for headers in ({"Host": "evil.example"}, {"Host": f"evil.example:{urlsplit(address).port}", "Origin": "http://evil.example"},
                    {"Origin": "http://evil.example"}, {"Origin": "null"}, {"Origin": "http://localhost:1"}):  # fmt: skip
        for status, _, text in (
            socket_opens(address, **headers),
            ask(address, **headers),
            ask(address, "app/static/none", **headers),
        ):
            assert (status, "--host-name" in text) == (403, True), headers


def health(address: str, **headers: str) -> tuple[int, dict[str, object]]:
    """Return the answer of /healthz once the workspace has been opened or refused."""
    end = time.monotonic() + PATIENCE / 1000
    while True:
        status, _, text = ask(address, "healthz", **headers)
        told = json.loads(text)
        if told["workspace"]["state"] != "opening":
            return status, told
        assert status == 503
        assert time.monotonic() < end
        time.sleep(0.2)


def test_healthz_means_it(chrome: Browser, address: str, changing: Path) -> None:
    """found_30: /healthz returns the page."""
    status, told = health(address)
    assert status == 200, told
    assert told["ok"] is True and told["stores"] == {"ok": True, "faults": []}
    assert set(told["versions"]) >= {"python", "streamlit"}  # type: ignore[call-overload]
    assert str(changing) not in json.dumps(told)
    (changing / "zones.geojson").write_text("{}", "utf-8")
    status, told = health(address)
    assert (status, told["ok"], told["workspace"]["state"]) == (503, False, "refused")  # type: ignore[index]
    shutil.copy(ROOT / "data" / "zones.geojson", changing / "zones.geojson")
    with visiting(chrome, address) as visit:
        visit.open()  # who opens the page does not wait for the next question of a watchman
    assert health(address)[0] == 200


VIOLATIONS = """window.zpRefused = [];
document.addEventListener('securitypolicyviolation', (e) => zpRefused.push(`${e.violatedDirective} ${e.blockedURI} ${e.sample}`));"""


def test_the_whole_page_works_behind_its_policy(chrome: Browser, address: str) -> None:
    """found_30: all panels, a click answered, charts, a download, an online base map on request; nothing is refused."""
    with visiting(chrome, address) as visit:
        told: list[str] = []
        visit.page.add_init_script(VIOLATIONS)
        visit.page.on("console", lambda m: told.append(m.text) if "Content Security Policy" in m.text else None)
        reached: list[str] = []  # outside this machine
        failed: list[tuple[str, str | None]] = []
        outside = lambda r: urlsplit(r.url).hostname not in LOCAL and r.url.startswith("http")  # noqa: E731
        visit.page.on("requestfinished", lambda r: reached.append(r.url) if outside(r) else None)
        visit.page.on("requestfailed", lambda r: failed.append((r.url, r.failure)) if outside(r) else None)
        visit.open()
        assert visit.page.locator("#zp-first").count() == 0  # the first picture has gone
        visit.look(*HERE, 14)
        visit.click(*HERE)
        visit.shows("bands")
        for panel in ("覆盖", "学位", "分区", "选址", "方案", "指标", "导入", "导出", "体检", "点选"):
            visit.panel(panel)
            visit.until("() => document.querySelector('.st-key-side').innerText.length > 60", f"words in {panel}")
            if panel == "学位":
                visit.page.locator(".zp-chart rect").first.wait_for()
                # The place of a row survives the page's own cleaning of HTML: without it nothing is marked on the map.
                visit.page.locator(".zp-grid tr[data-at][tabindex]").first.hover()
                visit.until("() => document.querySelector('.leaflet-zp-mark-pane canvas')", "the row's place is marked")
        visit.shot("page_offline", keep=KEEP)
        visit.panel("导出")
        visit.press(visit.page.locator(".st-key-export_make button"))
        with visit.page.expect_download() as kept:
            visit.page.locator(".st-key-export_get button").click()
        assert Path(kept.value.path()).stat().st_size > 0
        assert visit.page.evaluate("() => zpRefused") == []
        assert visit.foreign == visit.errors == []
        visit.page.evaluate("() => { document.querySelector('.zp-online').closest('details').open = true; }")
        visit.page.locator(".zp-online button").click()
        end = time.monotonic() + PATIENCE / 1000
        while not any("autonavi" in u for u in visit.foreign) or not any("openstreetmap" in u for u in visit.foreign):
            assert time.monotonic() < end, visit.foreign
            visit.page.wait_for_timeout(50)
        while not set(visit.foreign) <= {url for url, _ in failed}:
            assert time.monotonic() < end, (visit.foreign, failed)
            visit.page.wait_for_timeout(50)
        assert ({why for _, why in failed}, reached) == ({"net::ERR_NAME_NOT_RESOLVED"}, [])  # the gate is shut
        assert visit.page.evaluate("() => zpRefused") == []
        assert told == []
        # The ear hears: what is not allowed is refused and told.
        visit.page.evaluate("() => { const i = new Image(); i.src = 'https://evil.example/x.png'; }")
        visit.until("() => zpRefused.some((t) => t.includes('evil.example'))", "the refusal is heard")
        end = time.monotonic() + PATIENCE / 1000
        # Chromium tells of the request all the same, as one that the policy ended; nothing was asked of the network.
        while not (ended := {why for url, why in failed if "evil.example" in url}):
            assert time.monotonic() < end, failed
            visit.page.wait_for_timeout(50)
        assert (ended, reached) == ({"csp"}, [])


def keeps_its_desk(visit: Visit, front: int) -> None:
    """What was made at a desk is fetched there; when it falls, the page finds itself served again."""
    visit.panel("导出")
    visit.press(visit.page.locator(".st-key-export_make button"))
    with visit.page.expect_download() as kept:
        visit.page.locator(".st-key-export_get button").click()
    assert Path(kept.value.path()).stat().st_size > 0
    (desk,) = (c["value"] for c in visit.page.context.cookies() if c["name"] == COOKIE)
    fallen = next(p for p in _children(front) if f"{NUMBER}={desk}" in _environ(p))
    session = visit.page.evaluate("() => zpMap.data.known")
    os.kill(fallen, signal.SIGKILL)
    visit.until("(s) => window.zpMap?.data?.known && zpMap.data.known !== s", "the page is served again", session)
    visit.idle()
    visit.panel("点选")
    visit.look(*HERE, 14)
    visit.click(*HERE)
    visit.shows("bands")


def _children(process: int) -> list[int]:
    return [int(p) for p in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def _environ(process: int) -> list[str]:
    return Path(f"/proc/{process}/environ").read_text().split("\0")


@pytest.mark.parametrize("workers", [1, 2])
def test_zoneplan_serve_stands_behind_the_same_door_under_a_prefix(
    chrome: Browser, folder: Path, tmp_path: Path, workers: int
) -> None:
    """found_30: a refused origin made the server look up its external address."""
    (tmp_path / "sitecustomize.py").write_text(SPY, "utf-8")
    log, name = tmp_path / "log", "plan.example.gov.cn"
    words = ("--address", "0.0.0.0", "--host-name", name, "--workers", str(workers))
    spied = {"PYTHONPATH": str(tmp_path), "SPY_LOG": str(log), "ZONEPLAN_CACHE": str(ROOT / "cache")}
    with operated(folder, tmp_path / "home", *words, prefix=PREFIX, extra=spied) as server:
        address = server.address
        assert health(address, Host=name)[0] == 200
        assert json.loads(ask(address.removesuffix(f"{PREFIX}/"), "healthz")[2])["ok"] is True
        assert ask(address, "_stcore/metrics")[0] == 404
        refuses_other_names(address, name)
        with visiting(chrome, address) as visit:
            visit.open()
            visit.look(*HERE, 14)
            visit.click(*HERE)
            visit.shows("bands")
            assert (visit.foreign, visit.errors) == ([], [])
            if workers > 1:
                keeps_its_desk(visit, server.pid)
    told = log.read_text().splitlines()
    assert "watching" in told
    assert [line for line in told if not any(t in line for t in ("watching", "127.0.0.1", "localhost", "::1"))] == []
