"""A street's end and a facility dragged in a real browser: from letting go to the new picture and numbers on the map."""

from __future__ import annotations

import os
import statistics
import tempfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
from playwright.sync_api import Browser

from benchmarks.states import porto
from geo.crs import to_wgs84
from layers import workspace
from tests.browser import ROOT, Visit, browsing, serving, visiting
from tests.need import _find

DRAGS = 30
REACH_PX = 120
"""How far the end is dragged, at most [px]."""
PIXEL = """([lon, lat]) => { const p = zpMap.map.latLngToContainerPoint([lat, lon]); const b = zpMap.box.getBoundingClientRect();
  return [b.x + p.x, b.y + p.y]; }"""
RESTED = "() => zpMap.draw.told && zpMap.draw.outbox.waiting.length === 0 && !zpMap.live.active"


def main(out: Path) -> None:
    """Measure and write ``live_page.md`` into the folder ``out``."""
    chromium = _find("chromium")
    if chromium is None:
        print("live_page: chromium is missing, not measured")
        return
    rows: list[tuple[object, ...]] = []
    with browsing(chromium) as browser, tempfile.TemporaryDirectory() as folder:
        _dragged(browser, ROOT / "data", "bundled zone", rows, out)
        if city := porto(Path(folder)):
            _dragged(browser, city, "Porto, made-up people", rows, out, measured=True)


def _report(rows: list[tuple[object, ...]], out: Path) -> None:
    heads = ("place", "dragged", "drags", "p50 [ms]", "p95 [ms]", "page's own run, p50 [ms]", "answers a drag", "load")
    lines = [
        "# Dragged on the page", "",
        "Real headless Chromium on the same machine as the server (software rendering, no network delay). The clock starts when the hand lets go (of a facility 10 ms later, when the editor tells of it), and stops in "
        f"the frame in which the changed cells and the numbers of where it let go are on the map; {DRAGS} drags of up to {REACH_PX} px in 8 moves each, the page at rest before "
        "each. Beside it: until the page's own run has drawn the same, which a hand does not wait for. "
        f"{os.cpu_count()} cores; the last column is the load average while measuring.", "",
        "| " + " | ".join(heads) + " |", "|" + "---|" * len(heads),
        *("| " + " | ".join(map(str, row)) + " |" for row in rows), "",
    ]  # fmt: skip
    out.mkdir(parents=True, exist_ok=True)
    (out / "live_page.md").write_text("\n".join(lines), "utf-8")
    print(rows[-1], flush=True)


def _dragged(
    browser: Browser, data: Path, name: str, rows: list[tuple[object, ...]], out: Path, *, measured: bool = False
) -> None:
    """Drag a bridge and a facility, and report each."""
    place = workspace.load(data)
    people = place.cells[f"people_{place.years[-1]}"]
    middle = np.array(place.cells.geometry[people.idxmax()].coords[0])
    xy = shapely.get_coordinates(place.streets.geometry.to_numpy())
    away = np.hypot(*(xy - middle).T)
    start, end = xy[away.argmin()], xy[np.abs(away - 250).argmin()]
    ends = [(p.x, p.y) for p in to_wgs84(gpd.GeoSeries(shapely.points([start, end]), crs=place.crs))]
    with serving(data=data) as address, visiting(browser, address, new=True) as visit:
        visit.open("?panel=scenario")
        if measured:  # a city that goes by no standard of China is measured by a distance
            visit.choose("measure_by_zh", "自定距离")
        visit.until("() => zpMap.box.dataset.draws === 'yes'", "Geoman is there")
        visit.look((ends[0][0] + ends[1][0]) / 2, (ends[0][1] + ends[1][1]) / 2, 16)
        for what, tool, corners in (
            ("end of a bridge", "bridge", ends),
            ("facility", "facility", [(ends[0][0] + 0.003, ends[0][1])]),
        ):
            _draw(visit, tool, corners)
            rows.append((name, what, DRAGS, *_times(visit)))
            _report(rows, out)


def _draw(visit: Visit, tool: str, corners: list[tuple[float, float]]) -> None:
    visit.page.locator(f".zp-tool-tool-{tool}").click()
    visit.until("() => zpMap.map.pm.globalDrawModeEnabled()", "the pen is out")
    for at in corners:
        x, y = visit.page.evaluate(PIXEL, list(at))
        visit.page.mouse.move(x - 6, y - 6, steps=2)
        visit.page.mouse.move(x, y, steps=2)
        visit.page.mouse.click(x, y)
    if len(corners) > 1:
        visit.page.keyboard.press("Enter")
    visit.until(RESTED, "it is drawn")
    visit.idle()


def _times(visit: Visit) -> tuple[object, ...]:
    """Drag what is chosen to and fro; return p50 and p95 of the picture, p50 of the page's own run, answers a drag, load."""
    page, mouse, rng = visit.page, visit.page.mouse, np.random.default_rng(2)
    shown, whole, answers = [], [], []
    for number in range(DRAGS + 1):
        at = page.evaluate("() => { const o = zpMap.draw.told.objects.find((one) => one.id === zpMap.draw.told.selected); return o.shape === 'point' ? o.at : o.at[1]; }")  # fmt: skip
        x, y = page.evaluate(PIXEL, at)
        before = page.evaluate("() => zpMap.live.n")
        mouse.move(x, y)
        mouse.down()
        back = -1 if number % 2 else 1
        mouse.move(x + back * float(rng.uniform(30, REACH_PX)), y + back * float(rng.uniform(-30, 30)), steps=8)
        mouse.up()
        visit.until("() => window.zpDraw.drawn > window.zpDraw.sent", "the page's run is drawn")
        visit.until(RESTED, "the page's own picture has taken over")
        visit.idle()
        if number:  # the first compiles
            live, run = page.evaluate(
                "() => [(zpLive.painted ?? zpDraw.drawn) - zpLive.down, zpDraw.drawn - zpDraw.sent]"
            )
            shown.append(live)
            whole.append(run)
            answers.append(page.evaluate("() => zpMap.live.n") - before)
    p95 = sorted(shown)[int(0.95 * (len(shown) - 1))]
    return round(statistics.median(shown)), round(p95), round(statistics.median(whole)), statistics.median(answers), round(os.getloadavg()[0], 1)  # fmt: skip


if __name__ == "__main__":
    main(ROOT / "benchmarks" / "results")
