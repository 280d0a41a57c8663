"""The page as planners wait for it, one and twenty of them, and what it costs the server; two states of it in one run.

``python -m benchmarks.page --before REV`` measures the revision and the checkout as it is by turns, each with a server of
its own that was used in the same way before. ``--address NAME=URL`` measures servers that run already. What a browser
waits for is in ``screen.py``, what many planners wait for in ``planners.py``.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import statistics
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path

from playwright.sync_api import Browser

from benchmarks import plain, planners, screen
from benchmarks.states import State, checkout, cpu, places, quiet, running, several
from tests.browser import ROOT, Server, browsing
from tests.need import _find

TOGETHER = 20
"""Planners at once."""
WORKERS = 2
"""Processes of a server that has several: as many as its handbook says for two cores."""


@dataclass(frozen=True)
class Extent:
    """How much is measured."""

    rounds: int = 2
    """Each state has a new server so many times, by turns."""
    loads: int = 5
    slow_loads: int = 2
    clicks: int = 20
    crowd_rounds: int = 10
    crowd_seconds: float = 60.0
    cities: bool = True
    cities_before: bool = True
    """Whether the older state is measured on the real cities too."""


QUICK = Extent(
    rounds=1,
    loads=3,
    slow_loads=1,
    clicks=10,
    crowd_rounds=5,
    crowd_seconds=20.0,
    cities=False,
    cities_before=False,
)


@dataclass
class Figures:
    """What was measured: by place and what, for each state the values."""

    rows: dict[tuple[str, str], dict[str, list[float]]] = field(default_factory=dict)

    def add(self, place: str, what: str, state: str, values: list[float]) -> None:
        """Add values to a row."""
        self.rows.setdefault((place, what), {}).setdefault(state, []).extend(v for v in values if v == v)

    def table(self, states: list[str]) -> list[str]:
        """Return the table as lines of Markdown."""
        ratio = len(states) == 2
        heads = ["place", "measured", *states, *([f"{states[0]} ÷ {states[1]}"] if ratio else [])]
        lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
        for (place, what), by in self.rows.items():
            cells = [_cell(by.get(state, [])) for state in states]
            if ratio and all(by.get(state) for state in states):
                a, b = (statistics.median(by[state]) for state in states)
                cells.append(f"{a / b:.2f}" if b else "")
            lines.append("| " + " | ".join([place, what, *cells]) + " |")
        return lines


def _cell(values: list[float]) -> str:
    """Return p50 / p95 / worst, and of fewer than five values the middle one only."""
    if not values:
        return "–"
    ordered = sorted(values)
    half = statistics.median(ordered)
    told = [half] if len(ordered) < 5 else [half, ordered[round(0.95 * (len(ordered) - 1))], ordered[-1]]
    return " / ".join(f"{v:,.0f}" if half >= 20 else f"{v:.1f}" for v in told)


@contextlib.contextmanager
def _states(before: str, addresses: list[str]) -> Iterator[list[State]]:
    """Give the states to be measured."""
    if addresses:
        yield [
            State(name or url, address=url.rstrip("/") + "/") for name, _, url in (a.rpartition("=") for a in addresses)
        ]
    elif before:
        with checkout(before) as there:
            yield [State("before", there), State("now", ROOT)]
    else:
        yield [State("now", ROOT)]


def _one(browser: Browser, server: Server, place: str, state: str, extent: Extent, figures: Figures) -> None:
    """Measure what one planner with a browser waits for."""

    def put(what: str, values: list[float]) -> None:
        figures.add(place, what, state, values)

    for name, query in (("first page", ""), ("first page at the map", "?panel=site")):
        loads = [screen.first_page(browser, server, query) for _ in range(extent.loads)]
        put(f"{name} → something on the screen [ms]", [one["something"] for one in loads])
        put(f"{name} → first map drawn [ms]", [one["map"] for one in loads])
        put(f"{name} → whole [ms]", [one["whole"] for one in loads])
        known = screen.again(browser, server, query, loads=extent.loads)
        put(f"{name}, who was here before → first map drawn [ms]", [one["map"] for one in known])
        put(f"{name}, who was here before → whole [ms]", [one["whole"] for one in known])
    put("files of the first page, empty cache [KB]", [one["files_kb"] for one in loads])
    with screen.visited(browser, server) as (visit, sent):
        visit.open()
        used, where = cpu(server), screen.CLICKS[: extent.clicks + 1]
        times = screen.clicked(visit, sent, where)
        visit.idle()
        put("click → panel names the place [ms]", [one[0] for one in times])
        put("click → walking areas drawn [ms]", [one[1] for one in times])
        put("click → panel and isochrone drawn [ms]", [one[2] for one in times])
        put("click → run over, page at rest [ms]", [one[3] for one in times])
        put("server CPU a click, of a browser [ms]", [1000 * (cpu(server) - used) / len(where)])
        put("KB a click, unpacked: messages and files", [one[4] for one in times])
        turned = screen.panels(visit)
        put("another panel → its first line [ms]", [first for _, first, _ in turned])
        put("another panel → page at rest [ms]", [whole for _, _, whole in turned])
    put("gain surface by the other measure [ms]", [screen.gain(browser, server)])


def _slow(browser: Browser, server: Server, place: str, state: str, extent: Extent, figures: Figures) -> None:
    """Measure the first page over a slow line."""
    for name, query in (("first page", ""), ("first page at the map", "?panel=site")):
        loads = [screen.first_page(browser, server, query, slow=True) for _ in range(extent.slow_loads)]
        put = f"1 Mbit/s: {name} → "
        figures.add(place, f"{put}something on the screen [ms]", state, [one["something"] for one in loads])
        figures.add(place, f"{put}first map drawn [ms]", state, [one["map"] for one in loads])
        figures.add(place, f"{put}whole [ms]", state, [one["whole"] for one in loads])


def _many(server: Server, place: str, state: str, extent: Extent, figures: Figures, seed: int, said: str = "") -> None:
    """Measure what planners without browsers wait for: one, and many at once."""
    alone = planners.crowd(server, 1, rounds=extent.clicks, seconds=0, seed=seed)
    together = planners.crowd(server, TOGETHER, rounds=extent.crowd_rounds, seconds=extent.crowd_seconds, seed=seed + 1)
    for name, runs in (
        ("one planner without a browser", alone.at_once),
        (f"{TOGETHER} planners click at the same moment", together.at_once),
        (f"{TOGETHER} planners, each every {planners.EVERY:.0f} s", together.thinking),
    ):
        figures.add(place, f"{name}{said}: place told [ms]", state, [1000 * run.told_seconds for run in runs])
        figures.add(place, f"{name}{said}: run over [ms]", state, [1000 * run.seconds for run in runs])
    figures.add(place, f"server CPU a click, of one planner without a browser{said} [ms]", state, [alone.server_ms])
    figures.add(place, f"server CPU a click, of {TOGETHER} planners at once{said} [ms]", state, [together.server_ms])
    figures.add(place, f"CPU a click of the {TOGETHER} planners themselves{said} [ms]", state, [together.own_ms])
    figures.add(place, "KB a click, unpacked: messages", state, [run.sent / 1000 for run in alone.at_once])
    figures.add(place, "KB a click over the line: messages", state, [run.packed / 1000 for run in alone.at_once])


def measure(
    out: Path, extent: Extent, *, before: str = "", addresses: list[str] | None = None, peer: bool = True
) -> None:
    """Measure and write ``page.md`` into the folder ``out``, anew after each server."""
    chromium = _find("chromium")
    if chromium is None:
        print("page: chromium is missing, not measured")
        return
    figures, loads, rest = Figures(), [os.getloadavg()[0]], []
    with _states(before, addresses or []) as states, tempfile.TemporaryDirectory() as folder:
        names = [state.name for state in states]
        there = ["as served"] if addresses else places(states, Path(folder), cities=extent.cities)
        for place in there:
            for number in range(extent.rounds):
                for state in states if place == there[0] or extent.cities_before else states[-1:]:
                    with running(state, place) as server:
                        with browsing(chromium) as browser:
                            screen.warm(browser, server)
                            quiet(server)
                            _one(browser, server, place, state.name, extent, figures)
                            if place == there[0]:
                                _slow(browser, server, place, state.name, extent, figures)
                        quiet(server)
                        if place == there[0]:
                            _many(server, place, state.name, extent, figures, seed=10 * number)
                    if place == there[0] and several(state):
                        with running(state, place, workers=WORKERS) as server:
                            quiet(server)
                            said = f", {WORKERS} processes"
                            _many(server, place, state.name, extent, figures, seed=10 * number, said=said)
                    loads.append(os.getloadavg()[0])
                    print(f"{place}, {state.name}, {number + 1} of {extent.rounds}: load {loads[-1]:.1f}", flush=True)
                    _write(out, figures, names, loads, rest)
        if peer and not addresses and find_spec("streamlit_folium") is None:
            print("page: the peer is not installed (requirements-bench.txt), not measured")
        elif peer and not addresses:
            with browsing(chromium) as browser:
                rest = _peer(browser, figures)
            _write(out, figures, names, loads, rest)


def _peer(browser: Browser, figures: Figures) -> list[str]:
    """Return what a plain st_folium page takes for the same clicks, beside ours."""
    whole, came, kept = plain.plain(browser)
    ours = figures.rows[("bundled zone", "click → panel and isochrone drawn [ms]")]["now"]
    sent = figures.rows[("bundled zone", "KB a click, unpacked: messages and files")]["now"]
    times = statistics.median(whole) / statistics.median(ours)
    return [
        "## Beside a plain st_folium page", "",
        "It asks `geo.answers` the same and draws the same layers of the bundled zone with `st_folium` as its documentation shows; the files that it "
        "wants from public CDNs are served from this machine at once.", "",
        "| page | click → panel and isochrone [ms] | KB a click | view kept |", "|---|---|---|---|",
        f"| zone planner | {_cell(ours)} | {_cell(sent)} | True |",
        f"| plain st_folium | {_cell(whole)} | {_cell(came)} | {kept} |", "",
        f"The plain page needs {times:.0f} times as long.", "",
    ]  # fmt: skip


def _write(out: Path, figures: Figures, states: list[str], loads: list[float], rest: list[str]) -> None:
    """Write what has been measured so far."""
    turns = f" {' and '.join(states)} by turns in one run, each with a server of its own, used in the same way before." if len(states) > 1 else ""  # fmt: skip
    text = [
        "# The page: what one planner waits for, and twenty", "",
        f"Headless Chromium on the same machine as the server (software rendering, no network delay but where a line is named), every foreign host refused.{turns} "
        f"p50 / p95 / worst; of fewer than five values the middle one. {os.cpu_count()} cores, load average {min(loads):.1f} to {max(loads):.1f}.", "",
        "- A *click* is timed from the mouse button to the frame in which the panel names the new place, to that in which the walking areas are drawn, and to the later of both.",
        "- *Something on the screen* is the browser's own first contentful paint; *first map* is that of the opening, or the map that can be moved; *whole* is "
        "that map with all its layers and no run going on. Every first page has an empty cache and a warm server; *who was here before* has "
        "the files, and opens it for the third time or later.",
        "- *Without a browser* a planner speaks Streamlit's protocol (`crowd.py`): every session sends what a browser sends and reads what it is sent, and draws nothing. "
        f"{TOGETHER} browsers would eat the cores they measure. One click of both is in the table: server CPU and KB should agree.",
        "- *Server CPU* is that of the server and all its processes.", "",
        *figures.table(states), "", *rest,
    ]  # fmt: skip
    out.mkdir(parents=True, exist_ok=True)
    (out / "page.md").write_text("\n".join(text), "utf-8")


def main(out: Path) -> None:
    """Measure everything; beside the revision that ZONEPLAN_BEFORE names, if it names one."""
    measure(out, Extent(), before=os.environ.get("ZONEPLAN_BEFORE", ""))


def _asked() -> argparse.Namespace:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--before", default="", metavar="REV", help="a revision to measure beside the checkout as it is")
    asked.add_argument(
        "--address", action="append", metavar="[NAME=]URL", help="a server that runs already; may be said again"
    )
    asked.add_argument("--quick", action="store_true", help="one round, few clicks, the bundled zone only")
    asked.add_argument("--cities", action="store_true", help="the real cities too in a quick run, as they are now")
    asked.add_argument("--no-peer", action="store_true", help="without the plain st_folium page")
    asked.add_argument("--out", type=Path, default=ROOT / "benchmarks" / "results", metavar="FOLDER")
    return asked.parse_args()


if __name__ == "__main__":
    told = _asked()
    extent = replace(QUICK, cities=told.cities) if told.quick else Extent()
    measure(told.out, extent, before=told.before, addresses=told.address, peer=not told.no_peer)
