"""What is dragged is answered while the hand holds it: in numbers and a picture that are those of the page's own run, later.

The page stands below a prefix: the question finds its way there too.
"""

from __future__ import annotations

from collections.abc import Iterator

import geopandas as gpd
import numpy as np
import pytest
import shapely
from playwright.sync_api import Browser

from geo.answers.live import live_of, served
from geo.case import Case
from geo.crs import to_wgs84
from geo.network.edits import Edits
from layers import workspace
from tests.browser import MARKS, ROOT, Visit, visiting
from tests.page.conftest import PREFIX
from tests.page.test_door import ask
from tests.page.test_draw import PIXEL, ready, taken

pytestmark = MARKS

LIVE = "() => ({ on: !zpMap.live.box.hidden, head: zpMap.live.state.textContent, lines: zpMap.live.lines.innerText, found: zpMap.live.found })"
PANEL = "() => (zpMap.drawn.get('difference')?.spec.legend || []).map((one) => one.text)"
SAME_PICTURE = """async (live) => {
  const bytes = async (url) => [...new Uint8Array(await (await fetch(url)).arrayBuffer())];
  const spec = zpMap.drawn.get('difference').spec;
  const root = document.querySelector('script[src*="/static/js/"]').src.split('static/js/')[0];
  return JSON.stringify([Uint8Array.from(atob(live.url.split(',')[1]), (c) => c.charCodeAt(0)).join(), live.bounds, live.opacity])
    === JSON.stringify([(await bytes(root + spec.url)).join(), spec.bounds, spec.opacity]);
}"""
Place = tuple[float, float]


def bridges() -> list[Place]:
    """Return the start of a bridge at a school and two places for its end, in reach as the crow flies only; the best last."""
    place = workspace.load(ROOT / "data")
    case = Case(place, "primary", place.years[-1])
    live, radius = live_of(case), case.standard.radius_m
    xy = shapely.get_coordinates(place.streets.geometry.to_numpy())

    def street(point: shapely.Point) -> np.ndarray:
        return xy[np.argmin(np.hypot(*(xy - point.coords[0]).T))]

    found: list[tuple[float, list[np.ndarray]]] = []
    beyond = place.cells.geometry[(live.base.metres > radius) & (case.people > 0)]
    for school in case.supply.geometry:
        start, won = street(school), {}
        for cell in beyond[beyond.distance(school) < 0.8 * radius].iloc[:12]:
            end = street(cell)
            if np.hypot(*(end - start)) > 100:
                bridge = Edits(streets=((shapely.LineString([start, end]), "bridge"),))
                won[tuple(end)] = float(served(case, live, bridge).total["gained"].iloc[0])
        ends = sorted((end for end in won if won[end] > 0), key=won.__getitem__)
        apart = [end for end in ends if won[end] != won[ends[-1]] and np.hypot(*np.subtract(end, ends[-1])) > 60]
        if apart:
            found.append((won[ends[-1]], [start, np.array(apart[-1]), np.array(ends[-1])]))
    assert found, "no bridge brings anybody anything"
    best = max(found, key=lambda one: one[0])[1]
    at = to_wgs84(gpd.GeoSeries(shapely.points(np.array(best)), crs=place.crs))
    return [(p.x, p.y) for p in at]


@pytest.fixture(scope="module")
def planner(chrome: Browser, address: str) -> Iterator[Visit]:
    """Give a planner ready to draw."""
    with visiting(chrome, address) as visit:
        visit.open("?panel=scenario")
        ready(visit)
        yield visit
        assert visit.foreign == []
        assert visit.errors == []


def pixel(visit: Visit, at: Place) -> tuple[float, float]:
    x, y = visit.page.evaluate(PIXEL, [at[1], at[0]])
    return float(x), float(y)


def drag(visit: Visit, start: Place, end: Place) -> dict:
    """Take hold of what is at a place and pull it to another; return what the map says while it is held there."""
    mouse = visit.page.mouse
    mouse.move(*pixel(visit, start))
    mouse.down()
    x, y = pixel(visit, end)
    mouse.move(x - 12, y - 8, steps=6)
    mouse.move(x, y, steps=3)
    visit.until(
        "() => zpMap.live.active && !zpMap.live.busy", "the drag is answered", seen=lambda: visit.page.evaluate(LIVE)
    )
    return dict(visit.page.evaluate(LIVE))


def snapped_away(visit: Visit, at: Place) -> None:
    """Move the mouse a little further than what it holds, which stays at the street."""
    x, y = pixel(visit, at)
    visit.page.mouse.move(x + 14, y + 9, steps=2)
    visit.until("() => zpMap.live.active && !zpMap.live.busy", "the drag is answered")


def let_go(visit: Visit) -> dict:
    """Put down what is held; return what the map says then, before the page has run."""
    before = visit.page.evaluate("() => window.zpLive?.down ?? 0")  # Geoman lets a marker go 10 ms after the hand does
    visit.page.mouse.up()
    visit.until(
        "(before) => window.zpLive?.down > before && window.zpLive.painted",
        "what was put down is drawn at once",
        before,
    )
    return dict(visit.page.evaluate("() => window.zpLive.found"))


def settled(visit: Visit) -> None:
    taken(visit)
    visit.until("() => zpMap.live.box.hidden && !zpMap.live.active", "the page's own picture has taken over")


def bridge(visit: Visit, *corners: list[float]) -> None:
    """Draw a bridge by mouse, corner by corner."""
    page = visit.page
    page.locator(".zp-tool-tool-bridge").click()
    visit.until("() => zpMap.map.pm.globalDrawModeEnabled()", "the pen is out")
    for at in corners:
        x, y = pixel(visit, at)
        page.mouse.move(x - 5, y - 5, steps=2)
        page.mouse.move(x, y, steps=2)
        page.mouse.click(x, y)
    page.keyboard.press("Enter")
    settled(visit)


def test_the_end_of_a_bridge_is_dragged(planner: Visit) -> None:
    start, end, other = bridges()
    page = planner.page
    planner.look((start[0] + other[0]) / 2, (start[1] + other[1]) / 2, 16)
    bridge(planner, start, end)
    assert page.evaluate("() => zpMap.draw.told.objects.map((o) => o.kind)") == ["bridge"]
    (_, drawn) = page.evaluate("() => zpMap.draw.told.objects[0].at")

    held = drag(planner, drawn, other)
    assert held["on"] and held["head"] == "拖动中 · 未保存" and held["found"]["total"]["gained"] > 0, held
    told = let_go(planner)
    settled(planner)
    assert told["total"] == held["found"]["total"]
    assert sorted(page.evaluate(PANEL)) == sorted(told["lines"][2:])
    assert page.evaluate(SAME_PICTURE, told["picture"])

    # Nowhere near a street: said while it is held, and the next drag mends it.
    (_, drawn) = page.evaluate("() => zpMap.draw.told.objects[0].at")
    lost = page.evaluate("() => { const b = zpMap.map.getBounds().pad(-0.15); return [[b.getWest(), b.getSouth()], [b.getEast(), b.getSouth()], [b.getEast(), b.getNorth()]]; }")  # fmt: skip
    for at in lost:
        held = drag(planner, drawn, at)
        if "problem" in held["found"]:
            break
        let_go(planner)
        settled(planner)
        (_, drawn) = page.evaluate("() => zpMap.draw.told.objects[0].at")
    assert "50 米内没有街道" in held["lines"] and "N01" in held["lines"], held
    let_go(planner)
    settled(planner)
    planner.says("50 米内没有街道")
    (_, drawn) = page.evaluate("() => zpMap.draw.told.objects[0].at")
    held = drag(planner, drawn, other)
    assert held["found"]["total"] == told["total"]
    let_go(planner)
    settled(planner)
    assert sorted(page.evaluate(PANEL)) == sorted(told["lines"][2:])


def test_letting_go_of_what_snapped_away_asks_nothing_about_the_place(planner: Visit) -> None:
    start, end, other = bridges()
    page = planner.page
    planner.look((start[0] + other[0]) / 2, (start[1] + other[1]) / 2, 16)
    page.locator(".zp-tool-tool-facility").click()
    planner.until("() => zpMap.map.pm.globalDrawModeEnabled()", "the pen is out")
    page.mouse.move(*pixel(planner, end), steps=2)
    page.mouse.click(*pixel(planner, end))
    settled(planner)
    asked = page.evaluate("() => window.zpTimes?.asked ?? null")
    for _ in range(3):
        (spec,) = page.evaluate("() => zpMap.draw.told.objects.filter((o) => o.shape === 'point')")
        there = other if np.hypot(*np.subtract(spec["at"], other)) > np.hypot(*np.subtract(spec["at"], end)) else end
        before = page.evaluate("() => zpMap.live.n")
        drag(planner, spec["at"], there)
        assert page.evaluate("() => zpMap.live.n") > before, "a facility is answered while it is held"
        snapped_away(planner, there)
        let_go(planner)
        settled(planner)
    assert page.evaluate("() => window.zpTimes?.asked ?? null") == asked
    planner.says("方案")


def test_a_question_from_elsewhere_is_refused(planner: Visit) -> None:
    address, word = planner.address, "x" * 32
    json = {"Content_Type": "application/json", "Content_Length": "0"}
    own = address.removesuffix(f"/{PREFIX}/")
    assert ask(address, f"live/{word}", "POST", Origin=own, **json)[0] == 404
    assert ask(address, f"live/{word}", "POST", Origin="http://evil.example", **json)[0] == 403
    assert ask(address, f"live/{word}", "POST", Origin=own, Content_Type="text/plain", Content_Length="0")[0] == 415
    _, headers, _ = ask(address, f"live/{word}", "GET")
    assert headers["cache-control"] == "no-store" and headers["x-content-type-options"] == "nosniff"
    assert planner.page.evaluate("async () => (await fetch(zpMap.live.told.live.url, {method: 'POST', headers: {'content-type': 'application/json'}, body: '{}'})).status") == 400  # fmt: skip
