"""A drawn area and comments in a real browser: an area drawn, mended, taken back, sent as a link; a place commented on.

``ZONEPLAN_SHOTS=1`` renews the pictures in docs/img.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser import HERE, KEEP, MARKS, Visit, visiting

pytestmark = MARKS

PIXEL = """([lon, lat]) => { const p = zpMap.map.latLngToContainerPoint([lat, lon]); const b = zpMap.box.getBoundingClientRect();
  return [b.x + p.x, b.y + p.y]; }"""
CORNERS = "() => zpMap.draw.told.objects.flatMap((o) => o.at)"
TAKEN = "() => zpMap.draw.told && zpMap.draw.outbox.waiting.length === 0 && zpMap.draw.ghosts.size === 0"
TURNED = """() => { const box = document.querySelector('.st-key-note_1_chosen')?.getBoundingClientRect();
  return box && box.top >= 0 && box.bottom <= window.innerHeight; }"""
MEND = """([lon, lat]) => { const { layer } = zpMap.draw.objects.get('area'); const ring = layer.getLatLngs()[0];
  ring[2] = window.L.latLng(lat, lon); layer.setLatLngs([ring]); layer.fire('pm:edit', { layer }); }"""
"""What Geoman does when a corner has been dragged: the corner is elsewhere, and it says so."""
RING = [(117.641, 39.058), (117.665, 39.058), (117.665, 39.072), (117.641, 39.072)]


@pytest.fixture
def planner(chrome: Browser, address: str) -> Iterator[Visit]:
    """Give a planner with a browser profile of his own."""
    with visiting(chrome, address) as visit:
        yield visit
        assert visit.foreign == []
        assert visit.errors == []


def taken(visit: Visit) -> None:
    visit.until(TAKEN, "what was drawn is taken")
    visit.idle()


def test_an_area_is_drawn_answers_is_mended_and_goes_into_the_link(planner: Visit) -> None:
    planner.open("?panel=zones")
    planner.pick("zones_view", "框选范围")
    planner.until("() => zpMap.box.dataset.draws === 'yes'", "Geoman is there")
    planner.look(117.653, 39.064, 13.5)
    planner.page.locator(".zp-tool-tool-area").click()
    for at in (*RING, RING[0]):
        x, y = planner.page.evaluate(PIXEL, list(at))
        planner.page.mouse.move(x - 9, y - 9)
        planner.page.mouse.move(x, y, steps=3)
        planner.page.mouse.click(x, y)
    taken(planner)
    planner.says("学生与学位", "对照各项标准", "GB 50180-2018", "范围内的设施")
    assert len(planner.page.evaluate(CORNERS)) == 4
    assert planner.page.evaluate("() => zpMap.data.place") is None  # a corner is no question
    planner.shot("area", keep=KEEP)
    before = planner.side()
    planner.page.evaluate(MEND, [117.672, 39.078])
    taken(planner)
    after = planner.page.evaluate(CORNERS)
    assert len(after) == 4
    assert max(lon for lon, _ in after) == pytest.approx(117.672, abs=0.002)
    assert planner.side() != before
    link = planner.page.url
    assert "area=117." in link
    planner.page.locator(".zp-map").focus()
    planner.page.keyboard.press("Control+z")
    taken(planner)
    assert max(lon for lon, _ in planner.page.evaluate(CORNERS)) == pytest.approx(117.665, abs=0.002)
    planner.open(link.removeprefix(planner.address) + "&lang=en")
    planner.says("Against each standard", "Pupils and seats")
    assert planner.page.evaluate(CORNERS) == [
        [pytest.approx(lon, abs=1e-6), pytest.approx(lat, abs=1e-6)] for lon, lat in after
    ]


def test_a_place_is_commented_on_its_mark_answers_a_click_and_the_record_says_who(planner: Visit) -> None:
    planner.open("?panel=scenario")
    planner.until("() => zpMap.box.dataset.draws === 'yes'", "Geoman is there")
    planner.look(*HERE, 15)
    planner.page.locator(".zp-tool-tool-facility").click()
    x, y = planner.page.evaluate(PIXEL, list(HERE))
    planner.page.mouse.move(x - 40, y - 40)
    planner.page.mouse.move(x, y, steps=4)
    planner.page.mouse.click(x, y)
    taken(planner)
    form = planner.page.locator(".st-key-side [data-testid=stForm]")
    for nth, text in enumerate(("过街讨论", "王工", "补学位")):
        form.locator("input").nth(nth).fill(text)
    planner.press(form.get_by_role("button", name="保存", exact=True))
    planner.says("已保存：过街讨论（第 1 版）", "意见（0 条未办结）")
    planner.press(planner.page.locator(".st-key-note_about button", has_text="地图上一处"))
    at = (HERE[0] + 0.004, HERE[1] + 0.002)
    x, y = planner.page.evaluate(PIXEL, list(at))
    planner.page.mouse.click(x, y)
    planner.idle()
    # The click was the place of the comment: the panel stays.
    planner.says("地图上一处（117.65", "意见（0 条未办结）")
    field = planner.page.locator(".st-key-note_text textarea")
    field.fill("这里<b>要</b>过街，孩子多")
    field.blur()
    planner.idle()
    planner.press(planner.page.locator(".st-key-note_write button"))
    planner.says("意见（1 条未办结）", "这里<b>要</b>过街，孩子多", "1 · 王工 · ")
    planner.shows("notes")
    planner.press(planner.page.locator(".st-key-note_about button", has_text="整个方案"))
    field.fill("总体可行")
    field.blur()
    planner.idle()
    planner.press(planner.page.locator(".st-key-note_write button"))
    planner.says("意见（2 条未办结）")
    assert planner.page.locator(".st-key-note_2_chosen").is_visible()
    before = planner.runs
    planner.page.mouse.click(x, y)  # on the mark of the first
    planner.ran(before, "the mark")
    planner.until(TURNED, "the panel is turned to the comment")
    planner.shot("notes", keep=KEEP)
    planner.press(planner.page.locator(".st-key-trail_shown label"))
    planner.says("改前", "第 1 版 · 王工", "补学位", "新增设施 N01")
    planner.press(planner.page.locator(".st-key-head button", has_text="EN"))
    planner.says("Comments (2 open)", "Record of changes", "Rev. 1 · 王工")
