"""Sheets of pictures of every panel: both languages, light and dark, three sizes, for one or two places; to be looked at one by one.

``python -m tests.pictures [PLACE=FOLDER ...]`` writes ``docs/img/panels/PLACE_LANG_THEME_SIZE.webp``; without a place the bundled one.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Literal

from PIL import Image

from tests.browser import HERE, IMAGES, Visit, browsing, serving, visiting
from tests.need import need
from ui.session import tasks
from ui.words import CATALOGUE

OUT = IMAGES / "panels"
SIZES = {"1440": (1440, 900), "1366": (1366, 768), "390": (390, 844)}
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
SHEET = 1800
"""Width of a sheet [px]."""
QUALITY = 72
SETTLED = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 350))))"
"""A window of another size or colour is drawn anew by itself; no run tells when."""


def place_to_ask(visit: Visit) -> tuple[float, float]:
    """Return a place inside the first zone: something is asked about on every map."""
    (south, west), (north, east) = visit.page.evaluate("() => (zpMap.data.places[1] || zpMap.data.places[0]).bounds")
    return (west + east) / 2, (south + north) / 2


def shots(visit: Visit) -> dict[tuple[str, str], list[Image.Image]]:
    """Return the pictures of all panels in the language of the page, by theme and size."""
    found: dict[tuple[str, str], list[Image.Image]] = {}
    for panel in tasks.panels():
        visit.page.set_viewport_size({"width": 1440, "height": 900})
        visit.panel(panel)
        for size, (width, height) in SIZES.items():
            visit.page.set_viewport_size({"width": width, "height": height})
            # As on a page that was opened in a window of this size: a narrow one begins with its legend closed.
            visit.page.evaluate(
                "(open) => { const all = document.querySelector('.zp-panel details'); if (all) all.open = open; }",
                width > 1200,
            )
            for theme in THEMES:
                visit.page.emulate_media(color_scheme=theme)
                visit.page.evaluate(SETTLED)
                taken = Image.open(io.BytesIO(visit.page.screenshot())).convert("RGB")
                found.setdefault((theme, size), []).append(taken)
        visit.page.emulate_media(color_scheme="light")
    return found


def sheet(pictures: list[Image.Image]) -> Image.Image:
    """Return pictures of one size beside and below one another."""
    tall = pictures[0].height > pictures[0].width
    across = -(-len(pictures) // 2) if tall else 3
    width = SHEET // across
    small = [p.resize((width, round(p.height * width / p.width)), Image.Resampling.LANCZOS) for p in pictures]
    height = small[0].height
    whole = Image.new("RGB", (width * across, height * -(-len(small) // across)), "white")
    for k, one in enumerate(small):
        whole.paste(one, (k % across * width, k // across * height))
    return whole


def main(places: dict[str, Path]) -> None:
    """Make the sheets of the places."""
    OUT.mkdir(parents=True, exist_ok=True)
    for name, folder in places.items():
        with (
            serving(data=folder) as address,
            browsing(need("chromium")) as browser,
            visiting(browser, address) as visit,
        ):
            visit.page.emulate_media(color_scheme="light")
            visit.open()
            lon, lat = HERE if name == "bundled" else place_to_ask(visit)
            if visit.page.locator(".st-key-measure_by_zh").count():
                # A place that goes by no standard answers nothing until somebody says what to measure by.
                visit.choose("measure_by_zh", CATALOGUE["measure_metres"].zh)
            visit.look(lon, lat, 13.5)
            visit.click(lon, lat)
            for lang, word in (("zh", "中"), ("en", "EN")):
                visit.page.set_viewport_size({"width": 1440, "height": 900})
                if lang == "en":
                    visit.pick("lang", word)
                for (theme, size), pictures in shots(visit).items():
                    sheet(pictures).save(OUT / f"{name}_{lang}_{theme}_{size}.webp", quality=QUALITY, method=6)
            print(name, visit.errors, visit.foreign)


if __name__ == "__main__":
    asked = dict(one.split("=", 1) for one in sys.argv[1:])
    main({name: Path(folder) for name, folder in asked.items()} or {"bundled": Path("data")})
