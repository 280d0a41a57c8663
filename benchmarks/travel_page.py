"""A press on the map of Porto Alegre by public transport, in a real browser: until the ground within 15, 30 and 45 minutes is drawn.

``ZONEPLAN_PORTO_ALEGRE`` names a folder with the workspace as ``zoneplan build`` makes it and both feeds in it; else it is built.
"""

from __future__ import annotations

import os
import shutil
import statistics
import tempfile
from pathlib import Path

from benchmarks.states import cpu
from tests.browser import ROOT, Visit, browsing, started, visiting
from tests.need import REAL, _find

PRESSES = 20
MIDDLE = (-51.205, -30.045)
FEEDS = ("eptc", "trensurb")
CLOCK = "1400"
"""Those who gave the feeds away left in them the buses of the early afternoon only."""
DRAWN = "() => zpTimes.drawn - zpTimes.asked"


def built(folder: Path) -> Path | None:
    """Return the workspace of Porto Alegre with its feeds, None where its files are not there."""
    if (named := os.environ.get("ZONEPLAN_PORTO_ALEGRE")) is not None:
        return Path(named)
    real, there = REAL / "porto_alegre", folder / "porto_alegre"
    if not real.is_dir():
        return None
    import cli

    files = ["--osm", real / "poa_osm.pbf", "--population", real / "poa_hexgrid.csv", "--out", there]
    if cli.main(["build", *map(str, files), "--name", "Porto Alegre", "--year", "2010"]):
        return None
    for feed in FEEDS:
        shutil.copy(real / f"poa_{feed}.zip", there / f"{feed}.gtfs.zip")
    return there


def _leave_at(visit: Visit, clock: str) -> None:
    """Type the time at which the window begins."""
    before = visit.runs
    visit.page.locator(".st-key-go_clock [role=spinbutton]").first.click()
    visit.page.keyboard.type(clock)
    for _ in range(2):
        visit.page.keyboard.press("Tab")
    visit.ran(before, clock)


def main(out: Path) -> None:
    """Measure and write ``travel_page.md`` into the folder ``out``, and the picture of it into docs/img."""
    chromium = _find("chromium")
    with tempfile.TemporaryDirectory() as folder:
        place = None if chromium is None else built(Path(folder))
        if chromium is None or place is None:
            print("travel_page: chromium or real/porto_alegre is missing, not measured")
            return
        with (
            started(data=place) as server,
            browsing(chromium) as browser,
            visiting(browser, server.address, new=True) as visit,
        ):
            visit.open()
            visit.look(*MIDDLE, 13)
            visit.click(*MIDDLE)
            visit.pick("go_mode_row", "公交")
            visit.shows("bands", "travel-rims")
            _leave_at(visit, CLOCK)
            times, used = [], cpu(server)
            for i in range(PRESSES + 1):
                visit.click(MIDDLE[0] + 0.004 * (i % 5) - 0.008, MIDDLE[1] + 0.004 * (i // 5) - 0.008)
                times.append(visit.page.evaluate(DRAWN))
            each = 1000 * (cpu(server) - used) / len(times)
            load = os.getloadavg()[0]
            visit.click(*MIDDLE)
            visit.page.mouse.move(5, 5)
            visit.page.screenshot(path=ROOT / "docs" / "img" / "travel_zh.png")
    ordered = sorted(times[1:])
    p95 = ordered[round(0.95 * (len(ordered) - 1))]
    (out / "travel_page.md").write_text(
        "# By public transport, on the page\n\n"
        "Real headless Chromium on the same machine as the server (software rendering, no network delay), Porto Alegre with its bus and rail, all minutes from 14:00 to 14:59 (the feeds hold the buses of the early afternoon), at most four rides. "
        f"From the press until the ground within 15, 30 and 45 minutes is drawn with the rims of the 5th and 95th percentile; {PRESSES} presses at other places, the page at rest before each, "
        f"{os.cpu_count()} cores, load average {load:.1f} while measuring. A press by another mode or on foot is in [page](page.md).\n\n"
        "| press → drawn, p50 [ms] | p95 | worst | server CPU a press [ms] |\n|---|---|---|---|\n"
        f"| {statistics.median(ordered):,.0f} | {p95:,.0f} | {ordered[-1]:,.0f} | {each:,.0f} |\n",
        "utf-8",
    )


if __name__ == "__main__":
    main(ROOT / "benchmarks" / "results")
