"""A layer that does not load, in a real browser: the map says so, tries again by itself, and is quiet when it came."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route

from tests.browser import MARKS, Visit

pytestmark = MARKS
STREETS = "**/app/static/layers/*.bin"
SHAPES = "**/app/static/layers/*.geojson"


def cut(route: Route) -> None:
    route.abort("connectionfailed")


def missing(route: Route) -> None:
    route.fulfill(status=404, content_type="text/html", body="<title>404</title>")


def garbled(route: Route) -> None:
    route.fulfill(status=200, content_type="application/geo+json", body='{"type": "FeatureColl')


def wait_until_said(page: Page, *words: str) -> None:
    """Wait until the map says that something failed, with all the words."""
    page.wait_for_function(
        "words => { const n = document.querySelector('.zp-failed-text'); return n && words.every((w) => n.innerText.includes(w)); }",
        arg=list(words),
    )  # fmt: skip


def wait_until_quiet(page: Page) -> None:
    """Wait until the map has nothing to complain of."""
    page.wait_for_function("() => document.querySelector('.zp-failed.zp-silent') !== null")


def wait_until_drawn(page: Page, name: str) -> None:
    page.wait_for_function(
        "name => { const e = zpMap.drawn.get(name); return Boolean(e && e.layer && zpMap.map.hasLayer(e.layer)); }",
        arg=name,
    )  # fmt: skip


def hold_the_clock(page: Page) -> None:
    """Stop every waiting retry, so that only what the test does next can bring a layer."""
    page.wait_for_function(
        """() => { const { retries } = zpMap.layers;
            if (retries.trying || !retries.known.size) return false;
            for (const one of retries.known.values()) clearTimeout(one.timer);
            return true; }""",
    )  # fmt: skip


@pytest.mark.parametrize("fault", [cut, missing, garbled])
def test_a_failing_layer_is_named_and_comes_by_itself(fresh: Visit, fault: Callable[[Route], None]) -> None:
    visit, page = fresh, fresh.page
    page.route(STREETS, fault)
    visit.open()
    wait_until_said(page, "图层未能载入", "步行路网")
    assert "zones" in visit.layers()  # the others do not wait for it
    assert "streets" not in visit.layers()
    assert page.locator(".zp-failed").is_visible()
    assert page.locator(".zp-failed-text").get_attribute("aria-live") == "polite"
    page.unroute(STREETS, fault)
    wait_until_drawn(page, "streets")
    wait_until_quiet(page)
    assert page.locator(".zp-failed-text").inner_text() == ""
    assert not page.locator(".zp-failed button").is_visible()


def test_several_layers_fail_and_the_button_brings_them_by_the_keyboard(fresh: Visit) -> None:
    visit, page = fresh, fresh.page
    page.route(SHAPES, garbled)
    page.route(STREETS, missing)
    visit.open()
    wait_until_said(page, "步行路网", "；", "片区", "小学")
    assert not page.locator(".zp-hint:not(.zp-told)").is_visible()  # it would stand in the same place
    assert {"zones", "streets", "service"}.isdisjoint(visit.layers())
    hold_the_clock(page)
    page.unroute(SHAPES, garbled)
    page.unroute(STREETS, missing)
    button = page.get_by_role("button", name="重试", exact=True)
    button.focus()
    page.keyboard.press("Enter")
    wait_until_quiet(page)
    for name in ("zones", "subs", "streets", "service"):
        wait_until_drawn(page, name)
    # The keyboard is on the map again, and Enter on the button did not ask about a place.
    assert page.evaluate("() => document.activeElement === zpMap.box")
    assert page.evaluate("() => zpMap.data.place") is None
    page.wait_for_function(
        "() => [...document.querySelectorAll('.zp-label.zp-zone')].some((n) => n.style.visibility === 'visible')"
    )


def test_the_message_speaks_the_planners_language_and_the_layer_comes_with_the_network(fresh: Visit) -> None:
    visit, page = fresh, fresh.page
    page.route(STREETS, cut)
    visit.open()
    wait_until_said(page, "步行路网")
    visit.pick("lang", "EN")
    wait_until_said(page, "Could not load: ", "Walking network")
    assert page.locator(".zp-failed-note").inner_text().startswith("Tried again by itself")
    page.get_by_role("button", name="Retry", exact=True).wait_for()
    hold_the_clock(page)
    page.unroute(STREETS, cut)
    page.evaluate("() => window.dispatchEvent(new Event('online'))")
    wait_until_drawn(page, "streets")
    wait_until_quiet(page)


def test_the_layer_of_another_service_is_not_the_failure_of_the_one_before(fresh: Visit) -> None:
    visit, page = fresh, fresh.page
    visit.open()
    page.route(SHAPES, missing)
    visit.choose("service_zh", "幼儿园")
    wait_until_said(page, "幼儿园")
    assert "service" not in visit.layers()  # the primary schools are not shown as kindergartens
    page.unroute(SHAPES, missing)
    wait_until_drawn(page, "service")
    wait_until_quiet(page)
