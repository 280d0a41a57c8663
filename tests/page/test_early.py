"""The map that is drawn before the page is there: what is pressed on it, where a link looks, a phone, a dark room.

The page's own script is held back at the line, so that the early map stands for as long as a test needs.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route

from tests.browser import HERE, MARKS, PATIENCE, Server, Visit, visiting

pytestmark = MARKS

DRAWN = """() => { const box = document.querySelector('#zp-first .zp-map');
  return Boolean(box?.zpMap) && box.zpMap.drawn.size > 3 && !box.zpMap.layers.loading.length; }"""
"""The early map stands with all its layers, and the page has not taken it."""
TAKEN = "() => document.querySelector('[data-testid=stApp] .zp-map')?.dataset.ready !== undefined && !document.getElementById('zp-first')"
ENTRY = "**/static/js/index.*.js"
WHERE = """([lat, lon]) => { const p = zpMap.map.latLngToContainerPoint([lat, lon]); const b = zpMap.box.getBoundingClientRect();
  return [b.x + p.x, b.y + p.y]; }"""
GROUNDS = """(() => {
  window.zpGrounds = new Set();
  const look = () => {
    const seen = document.getElementById('zp-first') ?? document.querySelector('[data-testid=stApp]');
    if (seen) window.zpGrounds.add(getComputedStyle(seen).backgroundColor);
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})()"""
"""Every colour that the ground has in any frame: that of the first picture while it covers the page, then the page's."""


class Held:
    """Requests that wait at the line until they are let go."""

    def __init__(self, page: Page, which: str) -> None:
        self.waiting: list[Route] = []
        self.over = False
        page.route(which, self._came)

    def _came(self, route: Route) -> None:
        if self.over:
            route.continue_()
        else:
            self.waiting.append(route)

    def go(self) -> None:
        """Let them go, and whatever is asked for after."""
        self.over = True
        for route in self.waiting:
            route.continue_()


@pytest.fixture(scope="module")
def known(chrome: Browser, server: Server) -> None:
    """Have the page opened once: the early map is made by the run of a session, the opening aside after it."""
    with visiting(chrome, server.address) as visit:
        visit.open()
        end = time.monotonic() + PATIENCE / 1000
        while '<article class="zp-card-zone"' not in visit.page.request.get(server.address).text():
            assert time.monotonic() < end, "never: the opening is made"
            visit.page.wait_for_timeout(200)


@contextlib.contextmanager
def early(visit: Visit, query: str) -> Iterator[Held]:
    """Open the page with its script held back, once the early map is drawn."""
    held = Held(visit.page, ENTRY)
    visit.page.goto(visit.address + query, wait_until="commit")
    visit.until(DRAWN, "the early map is drawn")
    yield held
    held.go()
    visit.until(TAKEN, "the page has taken the map")
    visit.idle()


def test_a_press_on_the_early_map_is_answered_by_the_page_on_the_same_map(known: None, fresh: Visit) -> None:
    page = fresh.page
    with early(fresh, "?panel=site"):
        page.evaluate("() => { zpMap.box.dataset.early = 'yes'; }")
        page.mouse.click(*page.evaluate(WHERE, [HERE[1], HERE[0]]))
        assert page.locator("#zp-first .zp-ring.zp-wait").count() == 1  # seen at once, though nobody can answer yet
        place = page.evaluate("() => zpMap.pin.getLatLng()")
    fresh.says(f"{place['lng']:.5f}", f"{place['lat']:.5f}")
    fresh.shows("bands")
    assert page.evaluate("() => zpMap.box.dataset.early") == "yes"
    assert page.locator(".zp-map").count() == 1 and page.locator(".zp-ring.zp-wait").count() == 0


def test_a_link_is_seen_on_the_early_map_as_on_the_page(known: None, fresh: Visit) -> None:
    view = [HERE[0], HERE[1], 15.25]
    strength = "() => zpMap.stack.strength({id: 'streets'})"
    with early(fresh, f"?panel=site&view={HERE[1]},{HERE[0]},15.25&opacity=streets.40"):
        assert fresh.view() == pytest.approx(view, abs=1e-4)
        assert fresh.page.evaluate(strength) == 0.4
    assert fresh.view() == pytest.approx(view, abs=1e-4)
    assert fresh.page.evaluate(strength) == 0.4


def test_the_page_begins_when_the_files_of_the_map_are_in(known: None, fresh: Visit) -> None:
    """On a slow line its half megabyte of script would come beside them."""
    asked: list[str] = []
    fresh.page.on("request", lambda request: asked.append(request.url))
    held = Held(fresh.page, "**/app/static/vendor/leaflet/leaflet.js")
    fresh.page.goto(f"{fresh.address}?panel=site", wait_until="commit")
    fresh.until("() => document.readyState !== 'loading'", "the first answer is read")
    fresh.until(
        "() => performance.getEntriesByType('resource').some((one) => one.name.endsWith('.bin'))", "a layer is in"
    )
    assert held.waiting and not [url for url in asked if "/static/js/" in url]
    held.go()
    fresh.until(TAKEN, "the page has taken the map")
    scripts = [url for url in asked if "/static/js/" in url]
    assert len(scripts) > 50 and len(set(scripts)) == len(scripts)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_on_a_phone_and_in_the_dark_no_other_ground_is_seen(
    known: None, chrome: Browser, server: Server, theme: str
) -> None:
    with visiting(chrome, server.address, size=(390, 844)) as visit:
        page = visit.page
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        page.add_init_script(GROUNDS)
        held = Held(page, ENTRY)
        page.goto(server.address, wait_until="commit")
        page.locator("#zp-first .zp-card-zone").first.wait_for()
        width, wide = page.evaluate(
            "() => [document.documentElement.clientWidth, document.querySelector('.zp-first').scrollWidth]"
        )
        assert wide <= width  # nothing to be pushed aside for
        assert not page.locator("#zp-first .zp-map").count()  # the opening has the whole of a narrow screen
        held.go()
        visit.until("() => !document.getElementById('zp-first')", "the page is there")
        visit.idle()
        assert page.evaluate("() => [...zpGrounds]") == ["rgb(22, 29, 33)" if theme == "dark" else "rgb(255, 255, 255)"]
        assert visit.errors == [] and visit.foreign == []
