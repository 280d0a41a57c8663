"""The streets of a real city drawn by our map and by MapLibre GL, without a graphics card: frames while panning and zooming.

MapLibre GL is fetched by npm into a temporary folder for this measurement; the product never holds it. Both pages are
bare: a map and the streets, nothing of Streamlit, from one small server on this machine.
"""

from __future__ import annotations

import contextlib
import gzip
import http.server
import json
import os
import shutil
import statistics
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import geopandas as gpd
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.states import porto
from geo.crs import to_wgs84
from layers import workspace
from layers.home import published
from layers.write import geojson
from tests.browser import ARGS, PATIENCE, serving, visiting
from tests.need import _find
from ui.map import host
from ui.map.publish import STREET_RANK, STREET_TOLERANCE_M

MAPLIBRE = "maplibre-gl@6.17.0"
FILES = ("maplibre-gl.mjs", "maplibre-gl-worker.mjs", "maplibre-gl.css")
TIMES = 3
"""Visits of each page; their frames are put together."""
DRAWING = {
    "software GL": ["--use-gl=angle", "--use-angle=swiftshader-webgl", "--enable-unsafe-swiftshader"],
    "no GL": ["--disable-gpu", "--disable-software-rasterizer"],
}
"""How a Chromium without a graphics card may draw."""
SIZE = {"width": 1366, "height": 768}

WATCHED = """(() => {
  const seen = window.zpSeen = { frames: [], long: [] };
  new PerformanceObserver((list) => { for (const one of list.getEntries()) seen.long.push(one.duration); }).observe({ type: 'longtask', buffered: false });
  let last;
  const look = (now) => { if (seen.on && last !== undefined) seen.frames.push(now - last); last = now; requestAnimationFrame(look); };
  requestAnimationFrame(look);
})()"""
LEAFLET = """<!doctype html><meta charset="utf-8"><style>html, body, #map, .zp-map { height: 100% !important; margin: 0; }</style><link rel="stylesheet" href="/map.css">
<div id="map" data-testid="stApp" data-test-connection-state="CONNECTED"></div><script type="module">
import map from '/map.js';
const told = await (await fetch('/told.json')).json();
map({ parentElement: document.querySelector('#map'), data: told, setStateValue() {} });
const look = () => { if (window.zpMap?.box.dataset.ready !== undefined) requestAnimationFrame(() => { window.zpSeen.drawn = performance.now(); }); else requestAnimationFrame(look); };
look();
</script>"""
GL = """<!doctype html><meta charset="utf-8"><style>html, body, #map { height: 100%; margin: 0; }</style><link rel="stylesheet" href="/maplibre-gl.css">
<div id="map"></div><script type="module">
import * as maplibre from '/maplibre-gl.mjs';
const { Map, setWorkerUrl } = maplibre.default ?? maplibre;
setWorkerUrl?.(new URL('/maplibre-gl-worker.mjs', location.href).href);
const width = (at) => ['interpolate', ['linear'], ['zoom'], 11, ['match', ['get', 'rank'], 0, 1.1, 1, 0.8, 2, 0.6, 0.4], 17, ['match', ['get', 'rank'], 0, 8.6 + at, 1, 5.9 + at, 2, 4.5 + at, 2.2 + at]];
const colour = ['match', ['get', 'rank'], 0, '#d5cbb8', 1, '#d9d3c7', 2, '#dfdad0', '#e4e0d7'];
const rank = (from, to, low, high) => ({ minzoom: from, maxzoom: to, filter: ['all', ['>=', ['get', 'rank'], low], ['<=', ['get', 'rank'], high]] });
const line = (id, more, paint) => ({ id, type: 'line', source: 'streets', layout: { 'line-cap': 'round', 'line-join': 'round' }, paint, ...more });
const layers = [{ id: 'land', type: 'background', paint: { 'background-color': '#f4f2ec' } },
  line('casing', rank(14, 24, 0, 3), { 'line-color': '#d6cfc2', 'line-width': width(1.4) }),
  line('main', rank(0, 24, 0, 0), { 'line-color': colour, 'line-width': width(0) }),
  line('second', rank(11.5, 24, 1, 1), { 'line-color': colour, 'line-width': width(0) }),
  line('third', rank(12.5, 24, 2, 2), { 'line-color': colour, 'line-width': width(0) }),
  line('paths', rank(13.5, 24, 3, 3), { 'line-color': colour, 'line-width': width(0) })];
const [lon, lat, zoom] = VIEW;
try {
  window.map = new Map({ container: 'map', center: [lon, lat], zoom: zoom - 1, attributionControl: false, fadeDuration: 0,
    style: { version: 8, sources: { streets: { type: 'geojson', data: '/streets.geojson' } }, layers } });
  window.map.once('idle', () => { window.zpSeen.drawn = performance.now(); });
} catch (error) { window.zpSeen.failed = String(error.message ?? error).slice(0, 120); }
</script>"""
"""The same ranks from the same zooms on as ``host/streets.js``; MapLibre's tiles are twice as wide, so its zoom is one less."""


class Quiet(http.server.SimpleHTTPRequestHandler):
    """A server of files that writes no log, and knows what a module is."""

    extensions_map: ClassVar[dict[str, str]] = {
        **http.server.SimpleHTTPRequestHandler.extensions_map,
        **dict.fromkeys((".js", ".mjs"), "text/javascript"),
    }

    def log_message(self, *told: object) -> None:
        """Write nothing."""


@contextlib.contextmanager
def _served(folder: Path) -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def _furnish(city: Path, folder: Path, browser: Browser) -> list[float]:
    """Put what both pages need into a folder; return where the map of the page stands at first."""
    with (
        serving(data=city) as address,
        visiting(browser, address, size=(SIZE["width"], SIZE["height"]), new=True) as visit,
    ):
        visit.open("?panel=site")
        told = json.loads(visit.page.evaluate("() => JSON.stringify(zpMap.data)"))
        (south, west), (north, east) = visit.page.evaluate(
            "() => (zpMap.data.places[1] || zpMap.data.places[0]).bounds"
        )
    view = [(west + east) / 2, (south + north) / 2, 13.0]
    told["layers"] = [one for one in told["layers"] if one["id"] == "streets"]
    told["home"] = [[south, west], [north, east]]
    (folder / "told.json").write_text(json.dumps(told), "utf-8")
    shutil.copytree(published().parent, folder / "app" / "static")
    for path, content in host.files().items():
        (folder / f"map.{path.rsplit('.', 1)[1]}").write_bytes(content)
    (folder / "leaflet.html").write_text(LEAFLET, "utf-8")
    place = workspace.load(city)
    rank = place.streets["class"].fillna("").map(lambda name: STREET_RANK.get(str(name).split(";")[0], 3))
    lines = place.streets.geometry.simplify(STREET_TOLERANCE_M)
    geojson.write(to_wgs84(gpd.GeoDataFrame({"rank": rank}, geometry=lines)), folder / "streets.geojson")
    (folder / "gl.html").write_text(GL.replace("VIEW", json.dumps(view)), "utf-8")
    return view


def _fetched(folder: Path) -> bool:
    """Let npm fetch MapLibre GL and copy its files; say where that is not possible."""
    with tempfile.TemporaryDirectory() as there:
        done = subprocess.run(["npm", "install", "--prefix", there, "--no-save", "--ignore-scripts", MAPLIBRE], capture_output=True, check=False)  # fmt: skip
        if done.returncode:
            print(f"engines: npm cannot fetch {MAPLIBRE}, not measured")
            return False
        for name in FILES:
            shutil.copy(Path(there) / "node_modules" / "maplibre-gl" / "dist" / name, folder / name)
    return True


def _moved(page: Page) -> None:
    """Pan and zoom as a planner does: eight drags, eight turns of the wheel in and as many out."""
    x, y = SIZE["width"] / 2, SIZE["height"] / 2
    for number in range(8):
        dx, dy = ((260, 0), (0, 180), (-260, 0), (0, -180))[number % 4]
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + dx, y + dy, steps=20)
        page.mouse.up()
        page.wait_for_timeout(250)
    for way in [-120] * 8 + [120] * 8:
        page.mouse.wheel(0, way)
        page.wait_for_timeout(250)


def _visit(browser: Browser, address: str, view: list[float]) -> dict[str, Any]:
    """Return what one visit of a page shows: time to the first picture, frames and long tasks while moving [ms]."""
    context = browser.new_context(viewport=SIZE)  # type: ignore[arg-type]
    context.add_init_script(WATCHED)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(address)
    page.wait_for_function("() => window.zpSeen.drawn || window.zpSeen.failed")
    page.evaluate("([lon, lat, zoom]) => { window.zpMap?.map.setView([lat, lon], zoom, { animate: false }); }", view)
    page.wait_for_timeout(1500)
    page.evaluate("() => { zpSeen.long.length = 0; zpSeen.on = true; }")
    if not page.evaluate("() => zpSeen.failed ?? null"):
        _moved(page)
    seen: dict[str, Any] = page.evaluate("() => zpSeen")
    context.close()
    return seen


def _size(folder: Path, names: list[str]) -> str:
    raw = [(folder / name).read_bytes() for name in names]
    return f"{sum(map(len, raw)) / 1000:,.0f} / {sum(len(gzip.compress(one)) for one in raw) / 1000:,.0f}"


def main(out: Path) -> None:
    """Measure and write ``engines.md`` into the folder ``out``."""
    chromium = _find("chromium")
    if chromium is None or shutil.which("npm") is None:
        print("engines: chromium or npm is missing, not measured")
        return
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as play:
        there = Path(folder) / "served"
        there.mkdir()
        city = porto(Path(folder))
        if city is None or not _fetched(there):
            print("engines: not measured")
            return
        plain = play.chromium.launch(executable_path=chromium, args=ARGS)
        view = _furnish(city, there, plain)
        plain.close()
        ours = ["map.js", "app/static/vendor/leaflet/leaflet.js"]
        pages = {"Leaflet and our canvas tiles": ("leaflet.html", ours), "MapLibre GL": ("gl.html", list(FILES[:2]))}
        rows = []
        with _served(there) as address:
            for way, more in DRAWING.items():
                seen: dict[str, list[dict[str, Any]]] = {name: [] for name in pages}
                args = [arg for arg in ARGS if arg != "--disable-gpu"]
                browser = play.chromium.launch(executable_path=chromium, args=[*args, *more])
                for _ in range(TIMES):
                    for name, (file, _scripts) in pages.items():
                        seen[name].append(_visit(browser, address + file, view))
                browser.close()
                rows += [_row(name, way, seen[name], _size(there, pages[name][1])) for name in pages]
                _write(out, rows)


def _row(name: str, way: str, seen: list[dict[str, Any]], size: str) -> tuple[str, ...]:
    failed = [one["failed"] for one in seen if "failed" in one]
    if failed:
        return (name, way, size, f"draws nothing: {failed[0]}", "", "", "", "")
    frames = sorted(ms for one in seen for ms in one["frames"])
    long = [ms for one in seen for ms in one["long"]]
    return (
        name, way, size, f"{statistics.median(one['drawn'] for one in seen):,.0f}", f"{statistics.median(frames):.1f}",
        f"{frames[round(0.95 * (len(frames) - 1))]:.1f}", f"{frames[-1]:.0f}", f"{len(long) / len(seen):.1f}, {sum(long) / len(seen):,.0f}",
    )  # fmt: skip


def _write(out: Path, rows: list[tuple[str, ...]]) -> None:
    heads = ("map", "drawn by", "script [KB], and packed", "first picture [ms]", "frame p50 [ms]", "p95", "worst", "tasks over 50 ms a visit, together [ms]")  # fmt: skip
    lines = [
        "# Leaflet and MapLibre GL on Porto's streets, without a graphics card", "",
        f"Headless Chromium, {SIZE['width']} × {SIZE['height']}, {os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f} at the end. Porto's real streets, by the same ranks from the same zooms on: ours from "
        f"the page's own binary file, MapLibre's from GeoJSON with their shape and rank. Bare pages, nothing of Streamlit. {TIMES} visits by turns, each 8 drags and 16 "
        "turns of the wheel; frames are the times between two `requestAnimationFrame`.", "",
        "| " + " | ".join(heads) + " |", "|" + "---|" * len(heads), *("| " + " | ".join(row) + " |" for row in rows), "",
    ]  # fmt: skip
    out.mkdir(parents=True, exist_ok=True)
    (out / "engines.md").write_text("\n".join(lines), "utf-8")
    print(rows[-2:], flush=True)


if __name__ == "__main__":
    main(Path(__file__).resolve().parent / "results")
