"""A real browser on the real page: starts the app on a free port, records every request, lets none leave the machine."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "img"
ARGS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--force-color-profile=srgb", "--disable-background-networking",
        "--disable-component-update", "--no-first-run", "--disable-sync", "--disable-default-apps"]  # fmt: skip
LOCAL = {"127.0.0.1", "localhost", "::1"}


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


@contextlib.contextmanager
def serving(
    script: Path = ROOT / "app.py",
    *,
    data: Path | None = None,
    extra: dict[str, str] | None = None,
    prefix: str = "",
) -> Iterator[str]:
    """Start the app on its own workspace and give its address; stop it in the end."""
    port = free_port()
    env = {**os.environ, "PYTHONPATH": str(ROOT), **(extra or {})}
    if data is not None:
        env["ZONEPLAN_DATA"] = str(data)
    with tempfile.TemporaryFile() as log:
        command = [
            sys.executable,
            "-m",
            "streamlit",
            "run",
            str(script),
            "--server.port",
            str(port),
            "--server.address",
            "127.0.0.1",
            "--server.baseUrlPath",
            prefix,
        ]
        server = subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=subprocess.STDOUT)
        try:
            address = f"http://127.0.0.1:{port}/{prefix + '/' if prefix else ''}"
            _wait(address, server)
            yield address
        finally:
            server.terminate()
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _wait(address: str, server: subprocess.Popen[bytes], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if server.poll() is not None:
            raise RuntimeError("the app stopped before it answered")
        with contextlib.suppress(OSError), urllib.request.urlopen(address + "_stcore/health", timeout=2) as answer:
            if answer.status == 200:
                return
        time.sleep(0.2)
    raise RuntimeError("the app did not answer in time")


@dataclass
class Visit:
    """A planner's visit: the page, and what it asked for outside."""

    page: Page
    address: str
    foreign: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def open(self, query: str = "") -> None:
        """Open the page and wait for the map."""
        self.page.goto(self.address + query)
        self.page.wait_for_function("window.zpMap && window.zpMap.box.dataset.ready !== undefined", timeout=60_000)
        self.idle()

    def idle(self) -> None:
        """Wait until no run is going on; a click during a run can be lost."""
        quiet = """() => { const a = document.querySelector('[data-testid=stApp]');
            const busy = a?.dataset.testScriptState !== 'notRunning';
            if (busy) window.zpQuiet = undefined; else window.zpQuiet ??= performance.now();
            return !busy && performance.now() - window.zpQuiet > 250; }"""
        self.page.wait_for_function(quiet, timeout=60_000, polling=50)
        self.page.evaluate("() => { window.zpQuiet = undefined; }")

    def panel(self, name: str) -> None:
        """Turn to a panel by its word."""
        self.page.locator(".st-key-nav button", has_text=name).first.click()
        self.idle()

    def pick(self, key: str, word: str) -> None:
        """Press a word of a row of buttons."""
        self.page.locator(f".st-key-{key} button", has_text=word).first.click()
        self.idle()

    def choose(self, key: str, word: str) -> None:
        """Choose a word in a select box."""
        self.page.locator(f".st-key-{key} [data-baseweb=select], .st-key-{key} [role=combobox]").first.click()
        self.page.get_by_role("option", name=word, exact=True).first.click()
        self.idle()

    def look(self, lon: float, lat: float, zoom: float) -> None:
        """Move the map."""
        self.page.evaluate(
            "([lat, lon, zoom]) => { zpMap.map.setView([lat, lon], zoom, {animate: false}); }", [lat, lon, zoom]
        )
        self.page.wait_for_timeout(300)

    def click(self, lon: float, lat: float) -> None:
        """Click the map at a place and wait until the answer is drawn."""
        x, y = self.page.evaluate(
            "([lat, lon]) => { const p = zpMap.map.latLngToContainerPoint([lat, lon]); const b = zpMap.box.getBoundingClientRect(); return [b.x + p.x, b.y + p.y]; }",
            [lat, lon],
        )
        self.page.mouse.click(x, y)
        self.page.wait_for_function("window.zpTimes && window.zpTimes.drawn", timeout=20_000)
        self.idle()

    def layers(self) -> list[str]:
        """Return the ids of the layers drawn and switched on."""
        return list(
            self.page.evaluate(
                "() => [...zpMap.drawn].filter(([, e]) => e.layer && zpMap.map.hasLayer(e.layer)).map(([id]) => id)"
            )
        )

    def view(self) -> list[float]:
        """Return the map's centre and zoom."""
        return list(
            self.page.evaluate("() => { const c = zpMap.map.getCenter(); return [c.lng, c.lat, zpMap.map.getZoom()]; }")
        )

    def side(self) -> str:
        """Return the text of the panel."""
        return str(self.page.locator(".st-key-side").inner_text())

    def shot(self, name: str, *, keep: bool) -> None:
        """Keep a picture of the page in docs/img when the run is one that renews the pictures."""
        if keep:
            IMAGES.mkdir(parents=True, exist_ok=True)
            self.page.mouse.move(5, 5)
            self.page.wait_for_timeout(500)
            self.page.screenshot(path=IMAGES / f"{name}.png")


@contextlib.contextmanager
def browsing(chromium: str) -> Iterator[Browser]:
    """Start a browser for as long as it is needed."""
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=ARGS)
        try:
            yield browser
        finally:
            browser.close()


@contextlib.contextmanager
def visiting(browser: Browser, address: str, *, size: tuple[int, int] = (1440, 900)) -> Iterator[Visit]:
    """Open a page that can reach this machine only; everything else it asks for is refused and written down."""
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, accept_downloads=True)
    try:
        yield _watched(context, address)
    finally:
        context.close()


def _watched(context: BrowserContext, address: str) -> Visit:
    page = context.new_page()
    visit = Visit(page, address)

    def gate(route):  # type: ignore[no-untyped-def]
        host = urlsplit(route.request.url).hostname
        if host in LOCAL or route.request.url.startswith(("data:", "blob:")):
            route.continue_()
        else:
            visit.foreign.append(route.request.url)
            route.abort("internetdisconnected")

    context.route("**/*", gate)
    page.on("pageerror", lambda error: visit.errors.append(str(error)))
    page.on("websocket", lambda ws: None if urlsplit(ws.url).hostname in LOCAL else visit.foreign.append(ws.url))
    return visit
