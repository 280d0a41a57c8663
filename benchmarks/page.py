"""From the click to the panel and the drawn isochrone, in a real browser; beside a plain st_folium page on the same data.

Both pages answer the same question (``answers.site`` and three walking bands) for the same places, in the same
run. The plain page gets the files that it wants from public CDNs served from this machine at once, which is
kinder to it than any network.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from playwright.sync_api import Browser, Page, Route

from layers.osm import osm
from tests.browser import ROOT, Visit, browsing, serving, visiting
from tests.need import _find

CLICKS = 20
PLAIN_CLICKS = 8
"""Fewer on the plain page: each takes seconds."""
VENDOR = ROOT / "static" / "vendor" / "leaflet"
OFFSETS = [(36 * (i % 10) - 170, 34 * (i % 7) - 100) for i in range(CLICKS)]
"""Where the clicks fall, in pixels from the middle of the map."""
ZOOM = 13
WATCH = """([selector, wanted]) => new Promise((resolve) => {
    const start = window.zpClicked;
    const look = () => {
        const panel = document.querySelector(selector)?.innerText.includes(wanted);
        const drawn = window.zpTimes?.drawn && window.zpTimes.asked >= start;
        if (panel && !window.zpPanel) window.zpPanel = performance.now();
        if (panel && drawn) resolve([window.zpPanel - start, Math.max(window.zpPanel, window.zpTimes.drawn) - start]);
        else requestAnimationFrame(look);
    };
    look();
})"""


def main(out: Path) -> list[dict[str, object]]:
    """Measure and write ``page.md`` into the folder ``out``; return the rows."""
    chromium = _find("chromium")
    if chromium is None:
        print("page: chromium is missing, not measured")
        return []
    rows: list[dict[str, object]] = []
    with browsing(chromium) as browser, tempfile.TemporaryDirectory() as folder:
        rows.append(ours(browser, ROOT / "data", "bundled zone"))
        if city := _porto_alegre(Path(folder) / "city"):
            rows.append(ours(browser, city, "Porto Alegre"))
        if city := _porto(Path(folder) / "porto"):
            rows.append(ours(browser, city, "Porto, made-up people"))
        rows.append(plain(browser, ROOT / "data", "bundled zone"))
    out.mkdir(parents=True, exist_ok=True)
    (out / "page.md").write_text(_report(rows), "utf-8")
    for row in rows:
        print(row)
    return rows


def _report(rows: list[dict[str, object]]) -> str:
    """Return the table as Markdown."""
    heads = {
        "page": "page", "clicks": "clicks", "panel_p50_ms": "panel p50", "p50_ms": "panel and isochrone p50", "p95_ms": "p95", "worst_ms": "worst",
        "gain_ms": "gain surface", "first_map_s": "first map [s]", "kb_per_click": "KB a click", "view_kept": "view kept", "requests_outside": "requests outside",
        "load": "load",
    }  # fmt: skip
    lines = ["| " + " | ".join(heads.values()) + " |", "|" + "---|" * len(heads)]
    lines += ["| " + " | ".join(str(row.get(key, "")) for key in heads) + " |" for row in rows]
    ratio = float(str(rows[-1]["p50_ms"])) / float(str(rows[0]["p50_ms"]))
    return "\n".join([
        "# The page: from the click to the answer on the screen", "",
        "Real headless Chromium on the same machine as the server (software rendering, no network delay), every foreign host refused; "
        f"milliseconds unless said. {os.cpu_count()} cores; the last column is the load average while measuring. The clock starts at the click and stops when "
        "the panel names the new place **and** the three walking bands are drawn. The plain page asks `geo.answers` the same and draws the same layers "
        "with `st_folium` as its documentation shows; the files that it wants from public CDNs are served from this machine at once.", "",
        *lines, "", f"On the bundled zone the plain page needs {ratio:.0f} times as long.", "",
    ])  # fmt: skip


def _porto_alegre(out: Path) -> Path | None:
    """Return a workspace made from the real city, or None where its files are not there."""
    real = _find("real:porto_alegre")
    if real is None:
        print("page: the real city is missing, measured on the bundled zone only")
        return None
    return _built(f"{real}/poa_osm.pbf", f"{real}/poa_hexgrid.csv", out, "Porto Alegre")


def _porto(out: Path) -> Path | None:
    """Return a workspace of Porto's real streets with made-up people (there is no population file), or None."""
    real = _find("real:porto")
    if real is None:
        return None
    streets = osm.streets(f"{real}/porto_portugal.osm.pbf")
    xy = np.unique(np.floor(shapely.get_coordinates(streets.geometry.centroid.array) / 300), axis=0) * 300 + 150
    people = np.random.default_rng(1).integers(20, 400, len(xy))
    points = gpd.GeoSeries(gpd.points_from_xy(*xy.T), crs=streets.crs).to_crs("EPSG:4326")
    out.parent.mkdir(parents=True, exist_ok=True)
    made = out.with_suffix(".csv")
    pd.DataFrame({"lon": points.x, "lat": points.y, "people_2025": people}).to_csv(made, index=False)
    return _built(f"{real}/porto_portugal.osm.pbf", str(made), out, "Porto")


def _built(streets: str, people: str, out: Path, name: str) -> Path:
    files = ["--osm", streets, "--population", people, "--out", str(out), "--name", name, "--year", "2025"]
    subprocess.run([sys.executable, "cli.py", "build", *files], cwd=ROOT, check=True, capture_output=True)
    return out


def ours(browser: Browser, data: Path, name: str) -> dict[str, object]:
    """Return the figures of our page."""
    with serving(data=data) as address, visiting(browser, address) as visit:
        counted = _bytes(visit.page)
        start = time.perf_counter()
        visit.open()
        first = time.perf_counter() - start
        page = visit.page
        # The busiest place is asked about while the program warms up; give it the time that a planner takes to look.
        page.wait_for_timeout(8000)
        (south, west), (north, east) = page.evaluate("() => (zpMap.data.places[1] || zpMap.data.places[0]).bounds")
        visit.look((west + east) / 2, (south + north) / 2, ZOOM)
        page.evaluate(
            "() => zpMap.box.addEventListener('click', () => { window.zpClicked = performance.now(); window.zpPanel = 0; }, true)"
        )
        before = visit.view()
        panel, whole, sent = [], [], []
        for dx, dy in [(0, 0), *OFFSETS]:
            counted[0] = 0
            box = page.locator(".zp-map").bounding_box()
            assert box is not None
            page.mouse.click(box["x"] + box["width"] / 2 + dx, box["y"] + box["height"] / 2 + dy)
            asked = page.evaluate("() => zpMap.pin.getLatLng()")
            seen, drawn = page.evaluate(WATCH, [".st-key-side", f"{abs(asked['lng']):.5f}"])
            panel.append(seen)
            whole.append(drawn)
            visit.idle()
            sent.append(counted[0])
        kept = visit.view() == before
        row = _row(f"zone planner, {name}", panel[1:], whole[1:], sent[1:], first, kept, len(visit.foreign))
        return row | {"gain_ms": _gain(visit)}


def _gain(visit: Visit) -> int:
    """Return the time from choosing the gain surface of another service to its picture on the map [ms]."""
    visit.panel("选址")
    visit.pick("siting_view", "增益面")
    page = visit.page
    page.locator(".st-key-year button").first.wait_for()
    page.evaluate("() => { window.zpOld = zpMap.drawn.get('gain'); }")
    page.locator(".st-key-by button", has_text="半径").click()
    waiting = """() => new Promise((resolve) => { const start = performance.now(); const look = () => {
        const now = zpMap.drawn.get('gain'); const ready = now && now !== window.zpOld && now.layer && now.layer.getElement()?.complete;
        if (ready) resolve(performance.now() - start); else requestAnimationFrame(look); }; look(); })"""
    return round(float(page.evaluate(waiting)))


def plain(browser: Browser, data: Path, name: str) -> dict[str, object]:
    """Return the figures of the plain page."""
    with (
        serving(ROOT / "benchmarks" / "plain_folium_page.py", data=data) as address,
        visiting(browser, address) as visit,
    ):
        page = visit.page
        page.context.route(lambda url: "127.0.0.1" not in url, _cdn)
        counted = _bytes(page)
        start = time.perf_counter()
        page.goto(address)
        frame = page.frame_locator("iframe").first
        frame.locator("path.leaflet-interactive").first.wait_for(timeout=120_000)
        first = time.perf_counter() - start
        _still(page)
        _inner(page, "() => window.map.setZoom(14)")
        page.wait_for_timeout(1500)
        whole, sent = [], []
        for number, (dx, dy) in enumerate([(0, 0), *OFFSETS[:PLAIN_CLICKS]], start=1):
            box = page.locator("iframe").first.bounding_box()
            assert box is not None
            counted[0] = 0
            clicked = time.perf_counter()
            page.mouse.click(box["x"] + box["width"] / 2 + dx, box["y"] + box["height"] / 2 + dy)
            page.get_by_text(f"answer {number}", exact=True).wait_for(timeout=60_000)
            page.frame_locator("iframe").first.locator(f"path.iso-{number}").first.wait_for(timeout=60_000)
            whole.append((time.perf_counter() - clicked) * 1000)
            _still(page)
            sent.append(counted[0])
        kept = _inner(page, "() => window.map.getZoom()") == 14
        return _row(f"plain st_folium, {name}", whole[1:], whole[1:], sent[1:], first, kept, 0)


def _inner(page: Page, script: str) -> object:
    """Return what a script says inside the component's frame (never the map itself, which cannot be sent)."""
    frames = [f for f in page.frames if "streamlit_folium" in f.url]
    return frames[-1].evaluate(script.replace("window.map.setZoom(14)", "{ window.map.setZoom(14); }"))


def _bytes(page: Page) -> list[int]:
    """Return a counter of what the server sends over the page's WebSocket."""
    counter = [0]

    def watch(socket) -> None:  # type: ignore[no-untyped-def]
        socket.on("framereceived", lambda payload: counter.__setitem__(0, counter[0] + len(payload)))

    page.on("websocket", watch)
    return counter


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


def _row(
    name: str, panel: list[float], whole: list[float], sent: list[int], first: float, kept: bool, foreign: int
) -> dict[str, object]:
    half: Callable[[list[float]], float] = statistics.median
    return {
        "page": name, "clicks": len(whole), "first_map_s": round(first, 2), "panel_p50_ms": round(half(panel)),
        "p50_ms": round(half(whole)), "p95_ms": round(sorted(whole)[int(0.95 * (len(whole) - 1))]), "worst_ms": round(max(whole)),
        "kb_per_click": round(statistics.median(sent) / 1000, 1), "view_kept": kept, "requests_outside": foreign, "load": round(os.getloadavg()[0], 1),
    }  # fmt: skip


if __name__ == "__main__":
    main(ROOT / "benchmarks" / "results")
