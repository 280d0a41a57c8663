"""The same question asked of a plain st_folium page, as its documentation shows one: the peer of our page.

It answers ``answers.site`` and three walking bands for the same places. The files that it wants from public CDNs are
served from this machine at once, which is kinder to it than any network.
"""

from __future__ import annotations

import time

from playwright.sync_api import Browser, Page, Route

from benchmarks.screen import CLICKS, Sent
from tests.browser import ROOT, serving, visiting

__all__ = ["plain"]

MOST = 8
"""Clicks: fewer than on ours, as each takes seconds."""
VENDOR = ROOT / "static" / "vendor" / "leaflet"


def plain(browser: Browser) -> tuple[list[float], list[float], bool]:
    """Return the times from a click to panel and isochrone [ms], what came for each [KB], and whether the view was kept."""
    script = ROOT / "benchmarks" / "plain_folium_page.py"
    with serving(script, data=ROOT / "data") as address, visiting(browser, address, new=True) as visit:
        page = visit.page
        page.context.route(lambda url: "127.0.0.1" not in url, _cdn)
        sent = Sent(page)
        page.goto(address)
        page.frame_locator("iframe").first.locator("path.leaflet-interactive").first.wait_for(timeout=120_000)
        _still(page)
        _inner(page, "() => window.map.setZoom(14)")
        page.wait_for_timeout(1500)
        whole, came = [], []
        for number, (dx, dy) in enumerate(CLICKS[: MOST + 1], start=1):
            box = page.locator("iframe").first.bounding_box()
            assert box is not None
            sent.total()
            pressed = time.perf_counter()
            page.mouse.click(box["x"] + box["width"] / 2 + dx, box["y"] + box["height"] / 2 + dy)
            page.get_by_text(f"answer {number}", exact=True).wait_for(timeout=60_000)
            page.frame_locator("iframe").first.locator(f"path.iso-{number}").first.wait_for(timeout=60_000)
            whole.append((time.perf_counter() - pressed) * 1000)
            _still(page)
            came.append(sent.total())
        return whole[1:], came[1:], _inner(page, "() => window.map.getZoom()") == 14


def _inner(page: Page, script: str) -> object:
    """Return what a script says inside the component's frame (never the map itself, which cannot be sent)."""
    frames = [f for f in page.frames if "streamlit_folium" in f.url]
    return frames[-1].evaluate(script.replace("window.map.setZoom(14)", "{ window.map.setZoom(14); }"))


def _still(page: Page) -> None:
    page.wait_for_function(
        "() => document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'", timeout=60_000
    )
    page.wait_for_timeout(600)


def _cdn(route: Route) -> None:
    """Answer for the CDNs: Leaflet from our own copy, the rest (icons, Bootstrap) empty."""
    name = route.request.url.rsplit("/", 1)[-1]
    path = VENDOR / name
    kind = "text/css" if name.endswith(".css") else "text/javascript"
    route.fulfill(
        status=200,
        content_type=kind,
        body=path.read_bytes() if path.is_file() else b"",
        headers={"Access-Control-Allow-Origin": "*"},
    )
