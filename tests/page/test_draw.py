"""Drawing on the map in a real browser: by mouse, by keyboard, in the fields beside it; undone, redone, and there after a reload.

``ZONEPLAN_SHOTS=1`` renews the pictures in docs/img.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser import HERE, KEEP, MARKS, Visit, visiting

pytestmark = MARKS

PIXEL = """([lat, lon]) => { const p = zpMap.map.latLngToContainerPoint([lat, lon]); const b = zpMap.box.getBoundingClientRect();
  return [b.x + p.x, b.y + p.y]; }"""
OBJECTS = "() => zpMap.draw.told.objects.map((o) => [o.id, ...o.at])"
TAKEN = "() => zpMap.draw.told && zpMap.draw.outbox.waiting.length === 0 && zpMap.draw.ghosts.size === 0"
FROM_STREET = """([lon, lat]) => { const L = window.L; const at = zpMap.map.latLngToContainerPoint([lat, lon]);
  return Math.min(...zpMap.draw.snap.getLatLngs().flatMap((line) => line.slice(1).map((b, i) =>
    L.LineUtil.pointToSegmentDistance(at, zpMap.map.latLngToContainerPoint(line[i]), zpMap.map.latLngToContainerPoint(b))))); }"""


PLAN = "() => zpMap.draw.told.objects.map((o) => [o.id, o.kind, o.at])"
SCHOOLS = """() => zpMap.drawn.get('service').layer.getLayers()[0].getLayers().map((l) => [l.feature.properties.tip_zh.split('\\n')[0], l.getLatLng()])
  .filter(([, at]) => zpMap.map.getBounds().pad(-0.15).contains(at)).map(([name, at]) => [name, [at.lng, at.lat]]).slice(0, 1)"""


@pytest.fixture
def planner(chrome: Browser, address: str) -> Iterator[Visit]:
    """Give a planner with a browser profile, and so a plan, of his own, ready to draw."""
    with visiting(chrome, address) as visit:
        visit.open("?panel=scenario")
        ready(visit)
        yield visit
        assert visit.foreign == []
        assert visit.errors == []


def ready(visit: Visit) -> None:
    visit.until("() => zpMap.box.dataset.draws === 'yes'", "Geoman is there")
    visit.look(*HERE, 15)


def taken(visit: Visit) -> None:
    """Wait until Python has taken all that was drawn, and the page is at rest."""
    visit.until(TAKEN, "what was drawn is taken")
    visit.idle()
    visit.until(TAKEN, "what was drawn is taken, and the panel that tells of it is there", seen=visit.side)


def objects(visit: Visit) -> list[list]:
    return list(visit.page.evaluate(OBJECTS))


def place(visit: Visit, lon: float, lat: float) -> None:
    """Put a facility with the tool and the mouse."""
    visit.page.locator(".zp-tool-tool-facility").click()
    x, y = visit.page.evaluate(PIXEL, [lat, lon])
    visit.page.mouse.move(x - 40, y - 40)
    visit.page.mouse.move(x, y, steps=4)
    visit.page.mouse.click(x, y)
    taken(visit)


def plan(visit: Visit) -> list[list]:
    return list(visit.page.evaluate(PLAN))


def draw(visit: Visit, tool: str, corners: list[tuple[float, float]], end: str = "") -> None:
    """Draw a line or an area with the mouse; a double click or a key ends it."""
    visit.page.locator(f".zp-tool-tool-{tool}").click()
    visit.until("() => zpMap.map.pm.globalDrawModeEnabled()", "the pen is out")
    for i, (lon, lat) in enumerate(corners, 1):
        x, y = visit.page.evaluate(PIXEL, [lat, lon])
        visit.page.mouse.move(x - 30, y - 30)
        visit.page.mouse.move(x, y, steps=3)
        visit.page.mouse.click(x, y, click_count=2 if i == len(corners) and not end else 1)
    if end:
        visit.page.keyboard.press(end)
    taken(visit)


def drag(visit: Visit, start: list[float], end: list[float]) -> None:
    """Take hold of what lies at a place and put it down at another."""
    x, y = visit.page.evaluate(PIXEL, start[::-1])
    visit.page.mouse.move(x, y)
    visit.page.mouse.down()
    visit.page.mouse.move(*visit.page.evaluate(PIXEL, end[::-1]), steps=6)
    visit.page.mouse.up()
    taken(visit)


def write(visit: Visit, field: str, words: str) -> None:
    """Write into a field of what is chosen."""
    place = visit.page.locator(f"[class*=st-key-{field}_] input").first
    place.fill(words)
    before = visit.runs
    place.press("Enter")
    visit.ran(before, field)


def key(visit: Visit, keys: str) -> None:
    visit.page.locator(".zp-map").focus()
    visit.page.keyboard.press(keys)


def test_geoman_comes_with_the_plans_panel_and_not_before(fresh: Visit) -> None:
    fresh.open()
    assert fresh.page.evaluate("() => [Boolean(window.L.PM), zpMap.draw.bar.node.hidden]") == [False, True]
    fresh.panel("方案")
    fresh.until("() => Boolean(window.L.PM) && !zpMap.draw.bar.node.hidden", "the bar is there")


def test_drawn_by_mouse_dragged_undone_redone_and_there_after_a_reload(planner: Visit) -> None:
    place(planner, *HERE)
    planner.says("新增设施", "N01 小学", "未保存：新增 1")
    planner.shows("difference")
    ((name, lon, lat),) = objects(planner)
    assert name == "N01"
    assert (lon, lat) == pytest.approx(HERE, abs=0.0006)
    assert planner.page.evaluate(FROM_STREET, [lon, lat]) < 1.5  # [px]: it has snapped to a street
    assert planner.page.evaluate("() => zpMap.data.place") is None  # the click was no question
    planner.shot("plan_drawn", keep=KEEP)

    x, y = planner.page.evaluate(PIXEL, [lat, lon])
    planner.page.mouse.move(x, y)
    planner.page.mouse.down()
    planner.page.mouse.move(x + 90, y + 30, steps=6)
    planner.page.mouse.up()
    planner.until("() => window.zpDraw.drawn > window.zpDraw.sent", "the answer to the drag is drawn")
    taken(planner)
    ((_, east, south),) = objects(planner)
    assert east - lon > 0.001
    assert south < lat
    assert planner.page.evaluate(FROM_STREET, [east, south]) < 1.5

    key(planner, "Control+z")
    taken(planner)
    assert objects(planner) == [[name, lon, lat]]
    key(planner, "Control+y")
    taken(planner)
    assert objects(planner) == [[name, east, south]]
    planner.page.reload()
    planner.open("?panel=scenario")
    planner.says("已恢复未保存的方案（2 步）", "N01 小学")
    assert objects(planner) == [[name, east, south]]


def test_keyboard_alone_draws_chooses_edits_and_deletes(planner: Visit) -> None:
    page = planner.page
    page.locator(".zp-tool-tool-facility").focus()
    page.keyboard.press("Enter")
    key(planner, "Enter")  # into the middle of the map
    taken(planner)
    ((_, lon, lat),) = objects(planner)
    assert (lon, lat) == pytest.approx(HERE, abs=1e-4)
    write(planner, "draw_size", "540")
    planner.says("N01 小学", "540 学位")
    write(planner, "draw_size", "many")
    planner.says("须为数字，现为“many”；未做改动", "540 学位")
    write(planner, "draw_lon", "117.655")
    planner.until(
        "() => zpMap.draw.told.objects[0].at[0] === 117.655",
        "the ring follows the field",
        seen=lambda: objects(planner),
    )
    planner.idle()
    key(planner, "Delete")
    taken(planner)
    assert objects(planner) == []
    planner.unsays("N01 小学")
    key(planner, "Control+z")
    taken(planner)
    planner.says("N01 小学", "540 学位")


def test_map_and_list_choose_the_same_and_escape_puts_the_tool_away(planner: Visit) -> None:
    page = planner.page
    place(planner, HERE[0] - 0.004, HERE[1])
    place(planner, HERE[0] + 0.004, HERE[1])
    chosen = "() => [zpMap.draw.told.selected, document.querySelector('.zp-chosen')?.title.match(/N0\\d/)[0]]"
    assert page.evaluate(chosen) == ["N02", "N02"]
    planner.press(page.locator(".st-key-side [role=radiogroup] label", has_text="N01"))
    assert page.evaluate(chosen) == ["N01", "N01"]
    page.locator(".zp-handle-box[title*=N02]").click()
    taken(planner)
    planner.until(
        "() => document.querySelector('.st-key-side [role=radiogroup] input:checked')?.closest('label').innerText.includes('N02')",
        "the list follows the map",
    )
    page.locator(".zp-tool-tool-facility").click()
    key(planner, "Escape")
    assert page.locator(".zp-tool-tool-facility").get_attribute("aria-pressed") == "false"
    assert len(objects(planner)) == 2


def test_a_tool_that_is_out_outlives_a_run_of_the_page_and_speaks_its_language(planner: Visit) -> None:
    planner.page.locator(".zp-tool-tool-facility").click()
    planner.until("() => zpMap.map.pm.globalDrawModeEnabled()", "the pen is out")
    planner.pick("lang", "EN")
    planner.says("＋ Primary school", "Click where it goes", where=".zp-draw")
    assert planner.page.evaluate("() => zpMap.map.pm.globalDrawModeEnabled()")
    planner.shot("plan_draw_en", keep=KEEP)
    x, y = planner.page.evaluate(PIXEL, [HERE[1], HERE[0]])
    planner.page.mouse.move(x, y, steps=3)
    planner.page.mouse.click(x, y)
    taken(planner)
    assert len(objects(planner)) == 1


def test_a_whole_plan_is_drawn_moved_edited_undone_and_there_after_a_reload(planner: Visit) -> None:
    page = planner.page
    lon, lat = HERE
    draw(planner, "bridge", [(lon - 0.003, lat + 0.003), (lon + 0.004, lat)])
    draw(planner, "housing", [(lon - 0.003, lat - 0.003), (lon + 0.003, lat - 0.003), (lon + 0.003, lat - 0.006)])
    draw(planner, "barrier", [(lon - 0.006, lat - 0.002), (lon - 0.005, lat - 0.006)], "Enter")
    assert [kind for _, kind, _ in plan(planner)] == ["bridge", "housing", "barrier"]
    assert page.evaluate("() => [zpMap.map.getZoom(), zpMap.data.place]") == [15, None]  # neither closer nor a question
    for end in plan(planner)[0][2]:
        assert page.evaluate(FROM_STREET, end) < 1.5  # [px]
    planner.legend("桥", "住宅", "阻隔")

    # A corner is dragged, the end of the bridge to where no street is: it says so and the rest still counts.
    page.locator(".st-key-draw_table label", has_text="N01").click()
    planner.until(
        "() => document.querySelectorAll('.leaflet-zp-vertex-pane .marker-icon:not(.marker-icon-middle)').length === 2",
        "its ends are shown",
    )
    planner.idle()
    drag(planner, plan(planner)[0][2][0], [lon - 0.012, lat - 0.0085])
    planner.says("N01：桥的起点 50 米内没有街道", where=".zp-fault")
    planner.says("未计入地图和数字（其余已计入）", "⚠ 未计入")
    key(planner, "Control+z")
    taken(planner)
    planner.until("() => !document.querySelector('.zp-fault')", "the bridge counts again")

    # An existing school is picked and dragged, a reason and a year are written.
    ((school, start),) = page.evaluate(SCHOOLS)
    page.locator(".zp-tool-tool-pick").click()
    page.mouse.click(*page.evaluate(PIXEL, start[::-1]))
    taken(planner)
    planner.says("现有设施：", "关闭此设施")
    drag(planner, start, [start[0] - 0.004, start[1] + 0.002])
    planner.says("迁移设施", "移 ")
    assert plan(planner)[-1][1] == "move"
    moved = plan(planner)[-1][2]
    assert moved != start
    write(planner, "draw_reason", "近居民")
    write(planner, "draw_year", "2024")
    planner.says("近居民", "2024")
    assert page.evaluate(SCHOOLS)[0][1] == pytest.approx(moved, abs=1e-6), school
    planner.shot("plan_whole", keep=KEEP)
    before = plan(planner)

    for _ in range(3):
        key(planner, "Control+z")
    taken(planner)
    assert [kind for _, kind, _ in plan(planner)] == ["bridge", "housing", "barrier"]
    for _ in range(3):
        key(planner, "Control+y")
    taken(planner)
    page.reload()
    planner.open("?panel=scenario")
    planner.says("已恢复未保存的方案", "桥", "住宅", "阻隔", "迁移设施", "近居民", "2024")
    assert plan(planner) == before


def test_by_keyboard_alone_a_street_is_drawn_corner_by_corner_chosen_and_deleted(planner: Visit) -> None:
    page = planner.page
    page.locator(".zp-tool-tool-street").focus()
    page.keyboard.press("Enter")
    planner.until("() => zpMap.map.pm.globalDrawModeEnabled()", "the pen is out")
    for _ in range(3):
        page.keyboard.press(" ")
        before = planner.view()
        page.keyboard.press("ArrowRight")
        # At rest: a corner in the middle of a map that has only begun to move snaps to the corner before.
        moved = "([lon]) => zpMap.map.getCenter().lng > lon && !zpMap.map._panAnim?._inProgress"
        planner.until(moved, "the map has moved", before)
    page.keyboard.press("Enter")
    taken(planner)
    ((name, kind, line),) = plan(planner)
    assert (name, kind, len(line)) == ("N01", "street", 3)
    key(planner, "Escape")
    taken(planner)
    assert not page.evaluate("() => zpMap.draw.told.removable")
    page.locator("path.leaflet-interactive[aria-label*=N01]").focus()
    page.keyboard.press("Enter")
    taken(planner)
    page.keyboard.press("Delete")
    taken(planner)
    assert plan(planner) == []
