"""Plans and years beside each other in a real browser: the handle by mouse and keyboard, a reload, the slider of years.

``ZONEPLAN_SHOTS=1`` renews the pictures in docs/img.
"""

from __future__ import annotations

import pytest

from tests.browser import HERE, KEEP, MARKS, Visit
from tests.page.test_plans import add_here

pytestmark = MARKS

EDGES = """() => { const map = zpMap.map, from = map.containerPointToLayerPoint([0, 0]).x, wide = map.getSize().x;
  const xs = (side) => zpMap.map.getPane(side).style.clipPath.match(/-?[\\d.]+px -?[\\d.]+px/g).map((p) => (parseFloat(p) - from) / wide);
  return ['zp-left', 'zp-left-points', 'zp-right', 'zp-right-points'].map((side) => [Math.min(...xs(side)), Math.max(...xs(side))]); }"""
"""What of the view each pane shows, from and to, as shares of its width."""
SIDES = ("coverage-left", "coverage-right", "service-left", "service-right")


def stands(visit: Visit, at: float) -> None:
    """Assert that left and right meet at a share of the width, pictures and points alike, and the handle there too."""
    left, right = [0, at], [at, 1]
    for seen, wanted in zip(visit.page.evaluate(EDGES), (left, left, right, right), strict=True):
        assert seen == pytest.approx(wanted, abs=2e-3)
    knob = visit.page.locator(".zp-swipe-knob")
    assert int(str(knob.get_attribute("aria-valuenow"))) == pytest.approx(100 * at, abs=1)
    visit.until(
        "(at) => Math.abs(new URLSearchParams(location.search).get('swipe') - at) < 2e-3",
        "the link",
        at,
        lambda: visit.page.url,
    )


def around(visit: Visit) -> bytes:
    """Return what is seen around the new school."""
    x, y = visit.page.evaluate(
        "([lon, lat]) => { const p = zpMap.map.latLngToContainerPoint([lat, lon]), b = zpMap.box.getBoundingClientRect(); return [b.x + p.x, b.y + p.y]; }",
        list(HERE),
    )
    return visit.page.screenshot(clip={"x": x - 90, "y": y - 60, "width": 180, "height": 120})


def test_two_sides_of_a_handle_then_year_by_year(fresh: Visit) -> None:
    visit, page = fresh, fresh.page
    visit.open()
    add_here(visit, *HERE)
    visit.panel("对比")
    visit.shows(*SIDES)
    visit.hides("service")
    visit.press(page.locator(".st-key-cmp_add button"))
    visit.says("图左", "不同的参数", "居民的年份", "2030 年人口按 2025 年不变假定", "+1,080", "分片区")
    visit.says("A 现状 2025", "B 我的方案（未保存） 2025", where=".zp-swipe")
    visit.choose("cmp_right_zh", "C")
    visit.says("A 现状 2025", "C 我的方案（未保存） 2030", where=".zp-swipe")
    visit.legend("A · 小学（8）", "C · 小学（9）")
    visit.look(HERE[0], HERE[1], 13.5)
    stands(visit, 0.5)
    view = visit.view()
    # Keyboard: the handle moves, the map does not.
    knob = page.locator(".zp-swipe-knob")
    knob.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("PageDown")
    stands(visit, 0.42)
    assert "A 现状 2025 42%" in str(knob.get_attribute("aria-valuetext"))
    page.keyboard.press("End")
    stands(visit, 1)
    today = around(visit)
    page.keyboard.press("Home")
    stands(visit, 0)
    planned = around(visit)
    assert today != planned
    page.keyboard.press("End")
    stands(visit, 1)
    assert around(visit) == today
    # Mouse: the same, and no place is asked about.
    box, map_box = knob.bounding_box(), page.locator(".zp-map").bounding_box()
    assert box is not None
    assert map_box is not None
    asked = page.evaluate("zpMap.data.place")
    page.mouse.move(box["x"] + 5, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(map_box["x"] + 0.6 * map_box["width"], 300, steps=4)
    page.mouse.move(map_box["x"] + 0.35 * map_box["width"], 200, steps=4)
    page.mouse.up()
    stands(visit, 0.35)
    assert visit.view() == pytest.approx(view)
    assert page.evaluate("zpMap.data.place") == asked
    # The map moves under the handle; both sides show the same view.
    visit.look(HERE[0] - 0.004, HERE[1], 13.5)
    stands(visit, 0.35)
    visit.shot("compare", keep=KEEP)
    # What a link names is there again, in the other language too.
    visit.open(page.evaluate("location.search"))
    visit.shows(*SIDES)
    visit.idle()
    visit.says("A 现状 2025", "C 我的方案（未保存） 2030", where=".zp-swipe")
    stands(visit, 0.35)
    visit.pick("lang", "EN")
    visit.says("Parameters that differ", "Pupils without a seat", "By zone")
    visit.says("A Today 2025", where=".zp-swipe")
    # Years: the slider takes the map with it; the figure says by which model.
    visit.pick("cmp_view_row", "Year by year")
    visit.shows("coverage", "service-then")
    visit.hides("coverage-left")
    assert page.locator(".zp-swipe").is_hidden()
    visit.legend("2025 · Primary school (9)")
    thumb = page.locator(".st-key-cmp_year_at [role=slider], .st-key-cmp_year_at input[type=range]").first
    for key, year in (("ArrowRight", 2026), ("Home", 2020)):
        before = visit.runs
        thumb.focus()
        page.keyboard.press(key)
        visit.ran(before, f"the slider to {year}")
        visit.legend(f"{year} · Primary school")
    visit.says("Residents of 2020: data", "after the last year of data: residents held")
    page.locator(".st-key-side .zp-chart polyline").first.wait_for()
    assert "years=2020,housing,here" in page.url
    visit.pick("lang", "中")
    visit.says("2020 年居民：有数据", "学位缺额")
    page.locator(".st-key-cmp_series_zh").evaluate("(node) => node.scrollIntoView({ block: 'start' })")
    visit.shot("years", keep=KEEP)
