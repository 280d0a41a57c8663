"""A real browser on the real page: starts the app on a free port, records every request, lets none leave the machine.

What a test awaits is a condition or a number of events, never a length of time: a machine that is busy makes the
tests slow and nothing else. How long the page takes is measured in ``benchmarks/page.py``.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Request, sync_playwright
from playwright.sync_api import TimeoutError as Late
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from ui.session import state, tasks
from ui.words import CATALOGUE

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "img"
KEEP = os.environ.get("ZONEPLAN_SHOTS") == "1"
"""Whether this run renews the pictures."""
HERE = (117.6515, 39.0643)
"""A place in the built-up east of 海洋片区."""
ARGS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--force-color-profile=srgb", "--disable-background-networking",
        "--disable-component-update", "--no-first-run", "--disable-sync", "--disable-default-apps",
        # No name is looked up but this machine's own, and no proxy asked: what is foreign fails in the browser itself.
        "--no-proxy-server", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"]  # fmt: skip
LOCAL = {"127.0.0.1", "localhost", "::1"}
PATIENCE = 120_000
"""How long anything is awaited before it counts as never coming [ms]."""
MARKS = [pytest.mark.browser, pytest.mark.timeout(1500)]
"""Of every test in a browser: several things may be awaited in one."""

UNMOVED = """(() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync('*, *::before, *::after { animation: none !important; transition: none !important; }');
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
})()"""
"""Nothing fades or turns, as for a planner who asks for less motion: without a graphics card each frame of it is painted by the CPU."""
STILL = """(frames) => {
  const still = document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning';
  window.zpStill = still ? (window.zpStill ?? 0) + 1 : 0;
  return window.zpStill >= frames;
}"""
ON = "() => [...zpMap.drawn].filter(([, e]) => e.layer && zpMap.map.hasLayer(e.layer)).map(([id]) => id)"
STILL_FRAMES = 15
"""A page that has not begun a run for so many of its own frames is at rest; a busy machine draws them later."""


def copied(there: Path) -> Path:
    """Return a copy of the bundled workspace: tests may import into it, or spoil it."""
    shutil.copytree(ROOT / "data", there, ignore=shutil.ignore_patterns("build", "imports.sqlite*"))
    return there


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


@dataclass(frozen=True)
class Server:
    """A server that runs: where it answers, its process, and what it has said."""

    address: str
    pid: int
    written: Path
    process: subprocess.Popen[bytes] | None = None
    """None where somebody else has started it."""

    def log(self) -> str:
        """Return what the server has written to its console so far."""
        return self.written.read_text("utf-8", errors="replace")


@contextlib.contextmanager
def started(
    script: Path = ROOT / "app.py",
    *,
    data: Path | None = None,
    extra: dict[str, str] | None = None,
    prefix: str = "",
    port: int | None = None,
    root: Path = ROOT,
) -> Iterator[Server]:
    """Start the app on its own workspace, out of the checkout ``root``; stop it in the end."""
    port = port or free_port()
    env = {**os.environ, "PYTHONPATH": str(root), **(extra or {})}
    if data is not None:
        env["ZONEPLAN_DATA"] = str(data)
    options = {"port": str(port), "address": "127.0.0.1", "baseUrlPath": prefix}
    told = [part for name, value in options.items() for part in (f"--server.{name}", value)]
    with _answering([sys.executable, "-m", "streamlit", "run", str(script), *told], root, env, port, prefix) as server:
        yield server


@contextlib.contextmanager
def operated(
    data: Path, home: Path, *words: str, extra: dict[str, str] | None = None, prefix: str = "", port: int | None = None, root: Path = ROOT
) -> Iterator[Server]:  # fmt: skip
    """Start the page as an operator does, by ``zoneplan serve`` of ``root``, with what it writes in ``home``; stop it in the end."""
    port = port or free_port()
    env = {**os.environ, "ZONEPLAN_HOME": str(home), **(extra or {})}
    command = [sys.executable, "cli.py", "--data", str(data), "serve", "--port", str(port), *words]
    with _answering([*command, *(("--prefix", prefix) if prefix else ())], root, env, port, prefix) as server:
        yield server


@contextlib.contextmanager
def _answering(command: list[str], root: Path, env: dict[str, str], port: int, prefix: str) -> Iterator[Server]:
    with tempfile.NamedTemporaryFile() as log:
        process = subprocess.Popen(command, cwd=root, env=env, stdout=log, stderr=subprocess.STDOUT)
        try:
            address = f"http://127.0.0.1:{port}/{prefix + '/' if prefix else ''}"
            _wait(address, process)
            yield Server(address, process.pid, Path(log.name), process)
        finally:
            process.terminate()
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextlib.contextmanager
def serving(
    script: Path = ROOT / "app.py",
    *,
    data: Path | None = None,
    extra: dict[str, str] | None = None,
    prefix: str = "",
    port: int | None = None,
) -> Iterator[str]:
    """Start the app on its own workspace and give its address; stop it in the end."""
    with started(script, data=data, extra=extra, prefix=prefix, port=port) as server:
        yield server.address


def _wait(address: str, server: subprocess.Popen[bytes], seconds: float = PATIENCE / 1000) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if server.poll() is not None:
            raise RuntimeError("the app stopped before it answered")
        with contextlib.suppress(OSError), urllib.request.urlopen(address + "_stcore/health", timeout=30) as answer:
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
    runs: int = 0
    """How many runs the server has told the page to be over. Told by the socket: a busy page draws the beginning and the
    end of a short run at once, and then shows neither."""

    def asked(self, request: Request) -> None:
        """Take what the page asks for. Heard, not held: a route takes every file through Python and empties the browser's cache."""
        if urlsplit(request.url).hostname not in LOCAL and not request.url.startswith(("data:", "blob:")):
            self.foreign.append(request.url)

    def heard(self, message: bytes | str) -> None:
        """Take a message of the server to the page."""
        told = ForwardMsg.FromString(message) if isinstance(message, bytes) else ForwardMsg()
        if told.WhichOneof("type") == "script_finished" and told.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
            self.runs += 1

    def open(self, query: str = "") -> None:
        """Open the page, at the map where the address names no panel, and wait for it."""
        asked = self.address + query
        if "panel=" not in asked and "place=" not in asked:
            asked += f"{'&' if '?' in asked else '?'}panel=site"
        self.page.goto(asked)
        self.until("() => window.zpMap && window.zpMap.box.dataset.ready !== undefined", "the map is ready")
        self.idle()

    def until(self, condition: str, what: str, arg: object = None, seen: Callable[[], object] | None = None) -> None:
        """Wait until the page meets a condition; say what never came, and what was there instead."""
        try:
            self.page.wait_for_function(condition, arg=arg)
        except Late:
            raise AssertionError(f"never: {what}; seen: {seen() if seen else self.errors}") from None

    def idle(self) -> None:
        """Wait until no run is going on; a click during a run can be lost."""
        self.page.evaluate("() => { window.zpStill = undefined; }")
        self.until(STILL, "the page is at rest", STILL_FRAMES)

    def press(self, what: Locator | str) -> None:
        """Click what makes the page run, and wait until it has."""
        place = self.page.get_by_role("button", name=what, exact=True) if isinstance(what, str) else what
        before = self.runs
        place.click()
        self.ran(before, what)

    def ran(self, before: int, what: Locator | str) -> None:
        """Wait until the page has run since it had run ``before`` times."""
        end = time.monotonic() + PATIENCE / 1000
        while self.runs == before:
            assert time.monotonic() < end, f"never: the page ran after {what}; errors: {self.errors}"
            self.page.wait_for_timeout(50)  # lets Playwright hand on what came by the socket
        self.idle()

    def panel(self, name: str) -> None:
        """Turn to a panel by its key or its word, through its task; the page does not run where it is open already."""
        key = next(k for k in state.PANELS if name in (k, *CATALOGUE[f"panel_{k}"]))
        task = CATALOGUE[f"task_{tasks.task_of(key)}"]
        rows = (("nav", task), ("tabs", CATALOGUE[f"panel_{key}"]))
        for row, words in rows[: min(2, len(tasks.TASKS[tasks.task_of(key)]))]:  # a task of one panel has no second row
            one = re.compile("|".join(f"^{re.escape(word)}$" for word in words))
            tab = self.page.locator(f".st-key-{row} button", has_text=one)
            if tab.get_attribute("aria-checked") != "true":
                self.press(tab)

    def open_panel(self) -> str:
        """Return the word of the panel that is open."""
        return str(self.page.locator(":is(.st-key-nav, .st-key-tabs) button[aria-checked=true]").last.inner_text())

    def pick(self, key: str, word: str) -> None:
        """Press a word of a row of buttons."""
        self.press(self.page.locator(f".st-key-{key} button", has_text=word).first)

    def choose(self, key: str, word: str) -> None:
        """Choose a word in a select box; a service may bear its minutes and metres in brackets behind it."""
        self.page.locator(f".st-key-{key} [data-baseweb=select], .st-key-{key} [role=combobox]").first.click()
        self.press(self.page.get_by_role("option", name=re.compile(rf"^{re.escape(word)}(（.*)?$")).first)

    def look(self, lon: float, lat: float, zoom: float) -> None:
        """Move the map, and wait until it has been drawn there."""
        self.page.evaluate(
            "([lat, lon, zoom]) => { zpMap.map.setView([lat, lon], zoom, {animate: false}); }", [lat, lon, zoom]
        )
        # What the map draws after a move it draws in its next frame.
        self.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def click(self, lon: float, lat: float) -> None:
        """Click the map at a place and wait until the answer is drawn."""
        x, y = self.page.evaluate(
            "([lat, lon]) => { const p = zpMap.map.latLngToContainerPoint([lat, lon]); const b = zpMap.box.getBoundingClientRect(); return [b.x + p.x, b.y + p.y]; }",
            [lat, lon],
        )
        self.page.mouse.click(x, y)
        self.answered()

    def answered(self) -> None:
        """Wait until the place asked about last is drawn, and the page's run has told of it too."""
        self.until(
            "() => window.zpTimes?.drawn && zpMap.data.place?.n >= zpTimes.n", "the answer is drawn, and of the run"
        )
        self.idle()

    def says(self, *words: str, where: str = ".st-key-side") -> None:
        """Wait until the panel (or another part of the page) shows all the words."""
        self.until(
            "([where, words]) => { const text = document.querySelector(where)?.innerText ?? ''; return words.every((w) => text.includes(w)); }",
            f"{where} says {words}", [where, list(words)], lambda: self.page.locator(where).all_inner_texts(),
        )  # fmt: skip

    def legend(self, *words: str) -> None:
        """Wait until the legend of the map shows all the words."""
        self.says(*words, where=".zp-legend")

    def unsays(self, word: str) -> None:
        """Wait until the panel does not show a word."""
        self.until(
            "(word) => !document.querySelector('.st-key-side').innerText.includes(word)", f"no {word}", word, self.side
        )

    def shows(self, *layers: str) -> None:
        """Wait until layers are drawn and switched on."""
        self.until(
            f"(wanted) => {{ const on = ({ON})(); return wanted.every((id) => on.includes(id)); }}",
            f"{layers} drawn",
            list(layers),
            self.layers,
        )

    def hides(self, layer: str) -> None:
        """Wait until a layer is not on the map."""
        self.until(f"(layer) => !({ON})().includes(layer)", f"{layer} hidden", layer, self.layers)

    def layers(self) -> list[str]:
        """Return the ids of the layers drawn and switched on."""
        return list(self.page.evaluate(ON))

    def view(self) -> list[float]:
        """Return the map's centre and zoom."""
        return list(
            self.page.evaluate("() => { const c = zpMap.map.getCenter(); return [c.lng, c.lat, zpMap.map.getZoom()]; }")
        )

    def side(self) -> str:
        """Return the text of the panel."""
        return str(self.page.locator(".st-key-side").inner_text())

    def shot(self, name: str, *, keep: bool) -> None:
        """Renew a picture of docs/img, if it is one that is there, when the run is one that renews the pictures."""
        if keep and (IMAGES / f"{name}.png").exists():
            self.page.mouse.move(5, 5)
            self.page.wait_for_timeout(800)  # for the eye only: what fades has faded
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


_IDLE: WeakKeyDictionary[Browser, list[BrowserContext]] = WeakKeyDictionary()
"""Profiles of each browser that nobody uses."""


@contextlib.contextmanager
def visiting(
    browser: Browser, address: str, *, size: tuple[int, int] = (1440, 900), new: bool = False
) -> Iterator[Visit]:
    """Open a page that can reach this machine only (``ARGS``), as somebody it does not know; what else it asks for is written down.

    Of who visited before in this profile only the files of the page are left, in the browser's cache: a ``new`` profile asks
    for each of them, which is most of what an opening costs.
    """
    idle = _IDLE.setdefault(browser, [])
    context = idle.pop() if idle and not new else _profile(browser)
    visit = _watched(context, address, size)
    try:
        yield visit
    except BaseException:
        context.close()
        raise
    if new:
        context.close()
    else:
        _leave(visit)
        idle.append(context)


def _profile(browser: Browser) -> BrowserContext:
    context = browser.new_context(accept_downloads=True, reduced_motion="reduce")
    context.add_init_script(UNMOVED)
    context.set_default_timeout(PATIENCE)
    return context


def _leave(visit: Visit) -> None:
    """Take what is kept of a planner out of the profile and close its pages; what is kept of a tab goes with the tab."""
    context = visit.page.context
    if visit.page.url.startswith("http"):
        visit.page.evaluate("localStorage.clear()")
    context.remove_listener("request", visit.asked)
    for page in context.pages:
        page.close()
    context.clear_cookies()


def _watched(context: BrowserContext, address: str, size: tuple[int, int]) -> Visit:
    page = context.new_page()
    page.set_viewport_size({"width": size[0], "height": size[1]})
    visit = Visit(page, address)
    context.on("request", visit.asked)
    page.on("pageerror", lambda error: visit.errors.append(str(error)))

    def socket_opened(ws):  # type: ignore[no-untyped-def]
        if urlsplit(ws.url).hostname not in LOCAL:
            visit.foreign.append(ws.url)
        ws.on("framereceived", visit.heard)

    page.on("websocket", socket_opened)
    return visit
