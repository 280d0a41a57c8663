"""A monkey at the page: random presses, keys, moves and sizes. Nothing may fail, nothing may leave the machine, no memory may grow.

``python -m tests.monkey 1000 [SEED]`` plays on the bundled place and prints what it found; the same seed plays the same hand
as long as the page answers in the same order. ``tests/page/test_monkey.py`` plays a short hand.
"""

from __future__ import annotations

import contextlib
import random
import re
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from playwright.sync_api import Error

from tests.browser import PATIENCE, Visit, browsing, serving, visiting
from tests.need import need
from ui.words import CATALOGUE

FAULT = tuple(re.split("[，,]", words)[0] for words in CATALOGUE["fault"])
"""How the page calls a fault of the program, in both languages."""
SIZES = ((1440, 900), (1366, 768), (1024, 768), (390, 844))
KEYS = ("Tab", "Enter", "Escape", "ArrowDown", "ArrowLeft", "+", "-", "Control+z", "Control+y", " ")
WIDGETS = (
    ".st-key-side button:visible, .st-key-side summary:visible, .st-key-side label:visible, .st-key-head button:visible, "
    ".st-key-over button:visible, .zp-map button:visible, .zp-map summary:visible, .zp-row input:visible"
)
TABS = ".st-key-nav button:visible, .st-key-tabs button:visible"
EVERY = 100
"""Actions between two looks at the memory."""


@dataclass
class Hand:
    """What a monkey did and what came of it."""

    done: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    """What the page itself calls a fault of the program."""
    heap: list[float] = field(default_factory=list)
    """The page's memory after a collection [MB], at every hundredth action."""


def play(visit: Visit, times: int, seed: int = 1, told: Callable[[str], None] = lambda line: None) -> Hand:
    """Play at an open page."""
    chance, hand, page = random.Random(seed), Hand(), visit.page
    page.set_default_timeout(4000)
    client = page.context.new_cdp_session(page)
    page.on("dialog", lambda dialog: dialog.dismiss())

    names, weights, doing = zip(*_acts(visit, chance), strict=True)
    for step in range(1, times + 1):
        k = chance.choices(range(len(names)), weights)[0]
        hand.done[names[k]] += 1
        with contextlib.suppress(Error):  # what has gone from the page meanwhile cannot be pressed
            doing[k]()
        if chance.random() < 0.5:
            with contextlib.suppress(Error, AssertionError):
                visit.idle()
        if any(page.get_by_text(words).count() for words in FAULT):
            hand.faults.append(f"{step} {names[k]}")
        if step % EVERY == 0 or step == times:
            client.send("HeapProfiler.collectGarbage")
            used = client.send("Runtime.getHeapUsage")["usedSize"] / 1e6
            hand.heap.append(used)
            told(
                f"{step}: heap {used:.0f} MB, errors {len(visit.errors)}, faults {len(hand.faults)}, foreign {len(visit.foreign)}"
            )
    hand.errors, hand.foreign = list(visit.errors), list(visit.foreign)
    page.set_default_timeout(120_000)
    return hand


def _acts(visit: Visit, chance: random.Random) -> list[tuple[str, int, Callable[[], None]]]:
    """Return what it can do: a name, how often against the others, and the doing."""
    page = visit.page

    def at_map() -> None:
        box = page.locator(".zp-map").bounding_box()
        if box:
            page.mouse.click(box["x"] + chance.random() * box["width"], box["y"] + chance.random() * box["height"])

    def one_of(where: str) -> Callable[[], None]:
        def press() -> None:
            found = page.locator(where)
            if n := found.count():
                found.nth(chance.randrange(n)).click(timeout=2000)

        return press

    def write() -> None:
        found = page.locator(".st-key-side input:visible, .zp-search input:visible")
        if n := found.count():
            found.nth(chance.randrange(n)).fill(
                chance.choice(("5", "海洋", "zhongxue", "-1", "117.65,39.06", "'\"<b>", "")), timeout=2000
            )
            page.keyboard.press("Enter")

    def drag() -> None:
        box = page.locator(".zp-map").bounding_box()
        if box:
            x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
            page.mouse.move(x, y)
            page.mouse.down()
            page.mouse.move(x + chance.randint(-200, 200), y + chance.randint(-150, 150), steps=3)
            page.mouse.up()

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
        ("write", 8, write),
        ("key", 10, lambda: page.keyboard.press(chance.choice(KEYS))),
        ("drag", 6, drag),
        ("wheel", 5, lambda: page.mouse.wheel(0, chance.choice((-300, 300)))),
        ("size", 3, lambda: page.set_viewport_size(dict(zip(("width", "height"), chance.choice(SIZES), strict=True)))),  # type: ignore[arg-type]
        ("reload", 1, reload),
        ("back", 1, back),
    ]


def main() -> int:
    """Play a hand and say what came of it; 1 where something failed."""
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    with serving() as there, browsing(need("chromium")) as browser, visiting(browser, there) as visit:
        visit.open()
        hand = play(visit, times, seed, print)
    print(dict(hand.done))
    for kind in ("errors", "faults", "foreign"):
        print(kind, getattr(hand, kind))
    return int(bool(hand.errors or hand.faults or hand.foreign))


if __name__ == "__main__":
    raise SystemExit(main())
