"""How long a planner with a browser waits: for the first page, for a click's answer, for another panel."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from playwright.sync_api import Browser, CDPSession, Locator, Page

from tests.browser import PATIENCE, Server, Visit, visiting

__all__ = ["Sent", "again", "clicked", "first_page", "gain", "panels", "visited", "warm"]

CLICKS = [(0, 0), *((36 * (i % 10) - 170, 34 * (i % 7) - 100) for i in range(20))]
"""Where the clicks fall, in pixels from the middle of the map; the first is not timed."""
FIRST_CLICKS = [(15, 25), (-60, 5), (75, -35), (-25, -70)]
"""Where a server is warmed up: at other places, for an answer may be kept."""
ZOOM = 13
BEFORE = 2
"""Visits before the one that counts as a visit of somebody who knows the page: a browser keeps compiled scripts from the second on."""
REST_FRAMES = 15
"""A page that has not begun a run for so many of its own frames has been at rest since the first of them."""
SLOW = {"offline": False, "latency": 40, "downloadThroughput": 125_000, "uploadThroughput": 125_000}
"""A line of 1 Mbit/s."""

WATCHED = (
    """(() => {
  const seen = window.zpSeen = {};
  let frames = 0, since;
  const drawn = (node) => node.tagName !== 'IMG' || (node.complete && node.naturalWidth > 0);
  const look = () => {
    const now = performance.now();
    const still = document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning';
    if (still) { since ??= now; frames += 1; } else { since = undefined; frames = 0; }
    seen.rest = frames >= REST ? since : undefined;
    const map = window.zpMap?.box.dataset.ready !== undefined;
    const cards = [...document.querySelectorAll('.zp-atlas :is(img, svg)')];
    const early = window.zpMap?.box.dataset.ahead && !window.zpMap.box.closest('.zp-under');
    if (seen.map === undefined && (map || early || (cards.length && cards.every(drawn)))) seen.map = now;
    if (seen.leaflet === undefined && map) seen.leaflet = now;
    if (seen.whole === undefined && map && seen.rest !== undefined) seen.whole = Math.max(seen.leaflet, seen.rest);
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
  for (const kind of ['click', 'pointerdown']) document.addEventListener(kind, () => { seen[kind] = performance.now(); }, true);
  window.zpFirstLine = () => (document.querySelector('.st-key-side')?.innerText ?? '').trim().split('\\n')[0];
})()"""
).replace("REST", str(REST_FRAMES))
"""Looks at every frame what is on the screen. The first map is that of the opening, or the one that can be moved, though it be drawn before the page is there."""
ANSWERED = """(wanted) => new Promise((resolve, reject) => {
  const start = window.zpSeen.click;
  let panel;
  const look = () => {
    const now = performance.now();
    if (!panel && document.querySelector('.st-key-side')?.innerText.includes(wanted)) panel = now;
    const drawn = window.zpTimes?.asked >= start && window.zpTimes.drawn;
    // An answer may be seen before the page's run has begun: the run that tells of it must be over.
    const told = !(window.zpMap.data.place?.n < window.zpTimes?.n);
    if (panel && drawn && told && window.zpSeen.rest !== undefined) {
      resolve([panel, drawn, Math.max(panel, drawn), Math.max(panel, drawn, window.zpSeen.rest)].map((when) => when - start));
    } else if (now - start > PATIENCE) reject(new Error(`never: ${panel ? 'areas drawn' : 'the panel names'} ${wanted}`));
    else requestAnimationFrame(look);
  };
  look();
})""".replace("PATIENCE", str(PATIENCE))
"""Until the panel names the new place; until the walking areas are drawn; until both; until the run is over too."""
TURNED = """(before) => new Promise((resolve, reject) => {
  const start = window.zpSeen.pointerdown;
  let changed;
  const look = () => {
    if (!changed && window.zpFirstLine() !== before) changed = performance.now();
    if (changed && window.zpSeen.rest !== undefined) resolve([changed - start, Math.max(changed, window.zpSeen.rest) - start]);
    else if (performance.now() - start > PATIENCE) reject(new Error(`never: another first line than ${before}`));
    else requestAnimationFrame(look);
  };
  look();
})""".replace("PATIENCE", str(PATIENCE))
PAINTED = """() => new Promise((resolve) => { const start = performance.now(); const look = () => {
  const now = zpMap.drawn.get('gain'); const ready = now && now !== window.zpOld && now.layer && now.layer.getElement()?.complete;
  if (ready) resolve(performance.now() - start); else requestAnimationFrame(look); }; look(); })"""


class Sent:
    """What comes to a page: of the socket unpacked, of the files as they come over the line."""

    def __init__(self, page: Page) -> None:
        self.socket = self.files = 0
        page.on("websocket", lambda socket: socket.on("framereceived", self._message))
        self.line: CDPSession = page.context.new_cdp_session(page)
        self.line.send("Network.enable")
        self.line.on("Network.loadingFinished", self._file)

    def _message(self, payload: bytes | str) -> None:
        self.socket += len(payload)

    def _file(self, told: dict[str, Any]) -> None:
        self.files += int(told["encodedDataLength"])

    def total(self) -> float:
        """Return what has come since it was asked last [KB]."""
        total, self.socket, self.files = self.socket + self.files, 0, 0
        return total / 1000


@contextlib.contextmanager
def visited(browser: Browser, server: Server) -> Iterator[tuple[Visit, Sent]]:
    """Give a page with an empty cache that looks at itself at every frame, and what is sent to it."""
    with visiting(browser, server.address, new=True) as visit:
        visit.page.context.add_init_script(WATCHED)
        yield visit, Sent(visit.page)


def first_page(browser: Browser, server: Server, query: str = "", *, slow: bool = False) -> dict[str, float]:
    """Return when a browser with an empty cache shows something, the first map, and everything [ms], and what came [KB].

    Something: text or a picture, by the browser's own account. Everything: the map that can be moved with all its layers,
    and no run is going on.
    """
    with visited(browser, server) as (visit, sent):
        if slow:
            sent.line.send("Network.emulateNetworkConditions", SLOW)
        return {**_opened(visit, server, query), "files_kb": sent.files / 1000}


def again(browser: Browser, server: Server, query: str = "", *, loads: int) -> list[dict[str, float]]:
    """Return the same of a browser that has been here before, and holds the files and what it made of the scripts."""
    with visited(browser, server) as (visit, _):
        return [_opened(visit, server, query) for _ in range(BEFORE + loads)][BEFORE:]


def _opened(visit: Visit, server: Server, query: str) -> dict[str, float]:
    page = visit.page
    page.goto(server.address + query, wait_until="commit")
    visit.until("() => window.zpSeen?.whole !== undefined", "the page is whole")
    seen = page.evaluate("() => zpSeen")
    paint = page.evaluate("() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime")
    return {"something": paint, "map": max(paint, seen["map"]), "whole": seen["whole"]}


def warm(browser: Browser, server: Server) -> None:
    """Use a server once as it will be measured: every panel, and a few clicks."""
    with visited(browser, server) as (visit, sent):
        visit.open()
        clicked(visit, sent, FIRST_CLICKS)
        panels(visit)


def clicked(visit: Visit, sent: Sent, where: list[tuple[int, int]]) -> list[tuple[float, float, float, float, float]]:
    """Click the map of an open page; return for each click but the first the four times of ``ANSWERED`` [ms], and KB."""
    page = visit.page
    (south, west), (north, east) = page.evaluate("() => (zpMap.data.places[1] || zpMap.data.places[0]).bounds")
    visit.look((west + east) / 2, (south + north) / 2, ZOOM)
    visit.idle()
    found = []
    for dx, dy in where:
        sent.total()
        box = page.locator(".zp-map").bounding_box()
        assert box is not None
        page.mouse.click(box["x"] + box["width"] / 2 + dx, box["y"] + box["height"] / 2 + dy)
        asked = page.evaluate("() => zpMap.pin.getLatLng()")
        times = page.evaluate(ANSWERED, f"{abs(asked['lng']):.5f}")
        found.append((*times, sent.total()))
    return found[1:]


def panels(visit: Visit) -> list[tuple[str, float, float]]:
    """Press every task and every panel; return for each press the panel, when its first line came, and the whole [ms]."""
    found = []

    def turn(button: Locator) -> None:
        if button.get_attribute("aria-checked") == "true":
            return
        before = visit.page.evaluate("() => zpFirstLine()")
        button.click()
        first, whole = visit.page.evaluate(TURNED, before)
        found.append((visit.open_panel(), first, whole))

    tasks, tabs = visit.page.locator(".st-key-nav button"), visit.page.locator(".st-key-tabs button")
    for i in range(tasks.count()):
        turn(tasks.nth(i))
        for j in range(tabs.count()):
            turn(tabs.nth(j))
    return found


def gain(browser: Browser, server: Server) -> float:
    """Return the time from choosing the gain surface by the other measure to its picture on the map [ms]."""
    with visited(browser, server) as (visit, _):
        visit.open("?panel=siting")
        visit.pick("siting_view", "增益面")
        visit.until("() => zpMap.drawn.get('gain')?.layer", "the gain surface is drawn")
        visit.page.evaluate("() => { window.zpOld = zpMap.drawn.get('gain'); }")
        visit.page.locator(".st-key-by button", has_text="半径").click()
        return float(visit.page.evaluate(PAINTED))
