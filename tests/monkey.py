"""A monkey at the page: random presses, keys, moves, files and sizes. Nothing may fail, nothing may leave the machine, no memory may grow.

``python -m tests.monkey 1000 [SEED]`` plays on a copy of the bundled place and prints what it found, in the page, in its console
and in the server's log, and whether memory is flat; the same seed plays the same hand as long as the page answers in the same order.
Kernels are compiled before: a server that compiles them itself keeps 0.4 GB more after 300 actions. A plan is saved before, for the
first one makes the server read the dictionaries of pinyin, 55 MB that stay, and whenever that came it would look like a leak.
``tests/page/test_monkey.py`` plays a short hand.
"""

from __future__ import annotations

import contextlib
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import ConsoleMessage, Error

from geo.scenario import Added, Scenario
from layers.store.place import plans_of
from tests.browser import HERE, PATIENCE, ROOT, Server, Visit, browsing, copied, started, visiting
from tests.need import need
from tests.processes import made_each
from ui.words import CATALOGUE

FAULT = tuple(re.split("[，,]", words)[0] for words in CATALOGUE["fault"])
"""How the page calls a fault of the program, in both languages."""
SIZES = ((1440, 900), (1366, 768), (1024, 768), (390, 844))
KEYS = ("Tab", "Enter", "Escape", "ArrowDown", "ArrowLeft", "+", "-", "Control+z", "Control+y", " ")
WORDS = ("5", "海洋", "zhongxue", "-1", "117.65,39.06", "'\"<b>", "")
FILES = (ROOT / "data" / "schools.geojson", ROOT / "data" / "targets.csv", ROOT / "README.md")
"""What it finds on its disk when the page asks for a file."""
WIDGETS = ".st-key-side :is(button, summary, label), .st-key-head button, .st-key-over button, .zp-map :is(button, summary), .zp-row input"
TABS = ":is(.st-key-nav, .st-key-tabs) button"
FIELDS = ".st-key-side input, .zp-search input"
OPTIONS = "[role=option]"
REACHED = """([where, chance]) => {
  const all = [...document.querySelectorAll(where)].filter((n) => n.checkVisibility({visibilityProperty: true}) && !n.disabled);
  const from = Math.floor(chance * all.length);
  for (let i = 0; i < Math.min(all.length, 12); i += 1) {
    const node = all[(from + i) % all.length];
    node.scrollIntoView({block: 'center'});
    const box = node.getBoundingClientRect();
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    const hit = document.elementFromPoint(x, y);
    if (hit && (node.contains(hit) || hit.contains(node))) return [x, y, (node.getAttribute('aria-label') || node.innerText || node.className).slice(0, 30)];
  }
  return null;
}"""
"""Where one of some nodes can be pressed: a planner does not press what he cannot reach, so nothing is waited for."""
STAMPED = r"(?m)^(?=\d{4}-\d\d-\d\d \d\d:\d\d)"
"""Each thing that a server says begins with its date."""
QUIET = re.compile(
    "No runtime found, using MemoryCacheStorageManager|You can now view your Streamlit app|GCJ-02 output of .* by the planner's choice"
)
"""What a server says in which nothing is wrong; that GCJ-02 went out is always written down."""
EVERY = 50
"""Actions between two looks at the memory."""
GROWN = 1.1
"""How many times the memory of the third quarter of a hand may be needed in the last."""
STEP = 0.05
"""By what share memory may rise from one look to the next before what was done meanwhile is told: so that a step has a cause."""
LEAST = 12
"""Looks from which that can be told."""


@dataclass
class Hand:
    """What a monkey did and what came of it."""

    done: Counter[str] = field(default_factory=Counter)
    seconds: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)
    """What failed in the page's scripts."""
    console: list[str] = field(default_factory=list)
    """What the browser itself reports as an error."""
    foreign: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    """What the page itself calls a fault of the program, and when it never came to rest."""
    log: list[str] = field(default_factory=list)
    """What the server wrote."""
    heap: list[float] = field(default_factory=list)
    """The page's memory after a collection [MB], at every hundredth action."""
    server: list[float] = field(default_factory=list)
    """What the server and its processes have made in memory [MB], at the same times."""

    def growth(self) -> dict[str, float]:
        """Return how many times the memory of the third quarter the last one needs, by the middle of each; nothing of a short hand."""
        seen = {"heap": self.heap, "server": self.server}
        return {name: _growth(looks) for name, looks in seen.items() if len(looks) >= LEAST}

    def grown(self) -> list[str]:
        """Return which memory has grown where it should be flat."""
        return [f"{name}: {times:.2f} times" for name, times in self.growth().items() if times > GROWN]

    def wrong(self) -> dict[str, list[str]]:
        """Return everything that may not be, by what it is; nothing where all is well."""
        kinds = {
            "errors": self.errors, "console": self.console, "foreign": self.foreign, "faults": self.faults, "log": self.log, "grown": self.grown(),
        }  # fmt: skip
        return {kind: found for kind, found in kinds.items() if found}


def _growth(looks: list[float]) -> float:
    quarter = len(looks) // 4
    return statistics.median(looks[-quarter:]) / statistics.median(looks[-2 * quarter : -quarter])


def play(
    visit: Visit, server: Server, times: int, seed: int = 1, told: Callable[[str], None] = lambda line: None
) -> Hand:
    """Play at an open page."""
    chance, hand, page = random.Random(seed), Hand(), visit.page
    page.set_default_timeout(4000)
    client = page.context.new_cdp_session(page)
    lately: deque[str] = deque(maxlen=6)
    since: list[str] = []

    def complained(message: ConsoleMessage) -> None:
        if message.type == "error":
            hand.console.append(f"{message.text[:300]} ({message.location['url']}) after {list(lately)}")

    page.on("console", complained)
    page.on("dialog", lambda dialog: dialog.dismiss())
    page.on("filechooser", lambda asked: asked.set_files(chance.choice(FILES)))
    page.on("popup", lambda other: other.close())
    heard = len(server.log())

    names, weights, doing = zip(*_acts(visit, chance), strict=True)
    for step in range(1, times + 1):
        k = chance.choices(range(len(names)), weights)[0]
        began = time.monotonic()
        hand.done[names[k]] += 1
        what: str | None = ""
        with contextlib.suppress(Error):  # what has gone from the page meanwhile cannot be pressed
            what = doing[k]()
        lately.append(f"{step} {names[k]} {what or ''}".strip())
        since.append(lately[-1])
        if chance.random() < 0.5:
            _rest(visit, hand, lately)
        with contextlib.suppress(Error):
            if page.evaluate("(words) => words.some((w) => document.body.innerText.includes(w))", FAULT):
                hand.faults.append(f"a fault after {list(lately)}")
                page.reload()
        if len(said := server.log()) > heard:
            hand.log += [f"{fault}\n    after {list(lately)}" for fault in _faults(said[heard:])]
            heard = len(said)
        hand.seconds[names[k]] += time.monotonic() - began
        if step % EVERY == 0 or step == times:
            client.send("HeapProfiler.collectGarbage")
            hand.heap.append(client.send("Runtime.getHeapUsage")["usedSize"] / 1e6)
            each = made_each(server.pid)
            hand.server.append(sum(each))
            wrong = {kind: len(found) for kind, found in hand.wrong().items()} | {"errors": len(visit.errors)}
            parts = " + ".join(f"{mb:.0f}" for mb in each)
            told(f"{step}: heap {hand.heap[-1]:.0f} MB, server {hand.server[-1]:.0f} MB ({parts}), {wrong}")
            if len(hand.server) > 1 and hand.server[-1] > hand.server[-2] * (1 + STEP):
                told(f"    the server rose by {hand.server[-1] - hand.server[-2]:.0f} MB in: {'; '.join(since)}")
            since.clear()
    hand.errors, hand.foreign = list(visit.errors), list(visit.foreign)
    page.set_default_timeout(PATIENCE)
    return hand


def _rest(visit: Visit, hand: Hand, lately: deque[str]) -> None:
    """Wait until the page is at rest; one that never is hangs, and is opened anew."""
    visit.page.set_default_timeout(PATIENCE)
    try:
        with contextlib.suppress(Error):
            visit.idle()
    except AssertionError:
        hand.faults.append(f"never at rest after {list(lately)}")
        visit.open()
    visit.page.set_default_timeout(4000)


def _faults(log: str) -> list[str]:
    """Return what a server wrote that it would not write if all were well; of what failed, where in this program and why."""
    records = [one.splitlines() for one in re.split(STAMPED, log) if one.strip() and not QUIET.search(one)]
    return ["\n    ".join([one[0], *(line for line in one[-9:] if line != one[0])]) for one in records]


def _acts(visit: Visit, chance: random.Random) -> list[tuple[str, int, Callable[[], str | None]]]:
    """Return what it can do: a name, how often against the others, and the doing, which says what was done."""
    page = visit.page

    def at_map() -> None:
        box = page.locator(".zp-map").bounding_box()
        if box:
            page.mouse.click(box["x"] + chance.random() * box["width"], box["y"] + chance.random() * box["height"])

    def one_of(where: str) -> Callable[[], str | None]:
        def press() -> str | None:
            at = page.evaluate(REACHED, [where, chance.random()])
            if at is None:
                return None
            page.mouse.click(*at[:2])
            return str(at[2])

        return press

    def write() -> str | None:
        what = one_of(FIELDS)()
        if what is not None:
            page.keyboard.press("Control+a")
            page.keyboard.insert_text(words := chance.choice(WORDS))
            page.keyboard.press("Enter")
            return f"{what}: {words}"
        return None

    def drag() -> None:
        box = page.locator(".zp-map").bounding_box()
        if box:
            x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
            page.mouse.move(x, y)
            page.mouse.down()
            page.mouse.move(x + chance.randint(-200, 200), y + chance.randint(-150, 150), steps=3)
            page.mouse.up()

    def key() -> str:
        page.keyboard.press(pressed := chance.choice(KEYS))
        return pressed

    def size() -> str:
        width, height = chance.choice(SIZES)
        page.set_viewport_size({"width": width, "height": height})
        return f"{width}"

    def reload() -> None:
        page.set_default_timeout(PATIENCE)
        page.reload()
        visit.until("() => window.zpMap && window.zpMap.box.dataset.ready !== undefined", "the map is ready")
        page.set_default_timeout(4000)

    def back() -> None:
        page.go_back(timeout=15000)
        page.go_forward(timeout=15000)

    return [
        ("map", 22, at_map),
        ("tab", 16, one_of(TABS)),
        ("widget", 28, one_of(WIDGETS)),
        ("option", 4, one_of(OPTIONS)),
        ("write", 8, write),
        ("key", 10, key),
        ("drag", 6, drag),
        ("wheel", 5, lambda: page.mouse.wheel(0, chance.choice((-300, 300)))),
        ("size", 3, size),
        ("reload", 1, reload),
        ("back", 1, back),
    ]


def _planned(folder: Path) -> Path:
    """Return a workspace after a first plan was saved in it."""
    plans_of(folder)[0].save(Scenario("计划", (Added("A1", "primary", *HERE, 360, 2025),)), base_rev=0)
    return folder


def main() -> int:
    """Play a hand and say what came of it; 1 where something failed."""
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    subprocess.run([sys.executable, "cli.py", "compile"], cwd=ROOT, check=True, stderr=subprocess.DEVNULL)
    with (
        tempfile.TemporaryDirectory() as folder,
        started(data=_planned(copied(Path(folder) / "data"))) as server,
        browsing(need("chromium")) as browser,
        visiting(browser, server.address) as visit,
    ):
        visit.open()
        hand = play(visit, server, times, seed, lambda line: print(line, flush=True))
    print("| action | times | s each |", "|---|---|---|", sep="\n")
    for name, done in hand.done.most_common():
        print(f"| {name} | {done} | {hand.seconds[name] / done:.2f} |")
    growth = hand.growth()
    for name, looks in (("heap of the page", hand.heap), ("server", hand.server)):
        print(f"{name} [MB]: {' '.join(f'{mb:.0f}' for mb in looks)}")
    print(
        f"memory of the last quarter of the hand / of the third, {GROWN} at most: {growth or 'too short a hand to tell'}"
    )
    wrong = hand.wrong()
    for kind, found in wrong.items():
        print(f"\n{kind}: {len(found)}", *found, sep="\n  ")
    return int(bool(wrong))


if __name__ == "__main__":
    raise SystemExit(main())
