"""The map in a real browser with the network cut: the first view, a click, the keyboard, layers, base maps.

``ZONEPLAN_SHOTS=1`` renews the pictures in docs/img.
"""

from __future__ import annotations

import io
import unicodedata

import pypdf
import pytest

from tests.browser import HERE, KEEP, MARKS, Visit

pytestmark = MARKS


def test_first_view_says_what_to_do_and_what_is_known(visit: Visit) -> None:
    page = visit.page
    page.locator(".zp-map .zp-hint:not(.zp-told)").wait_for()
    visit.until(
        """(names) => { const shown = [...document.querySelectorAll('.zp-label.zp-zone')].filter((n) => n.style.visibility === 'visible');
            return new Set(shown.map((n) => n.innerText)).symmetricDifference(new Set(names)).size === 0; }""",
        "the names of the zones", ["海洋", "华苑", "渤龙湖", "京津合作"],
    )  # fmt: skip
    visit.legend("示意", "实测")
    visit.says("图上哪些是真的")
    box, whole = page.locator(".zp-map").bounding_box(), page.viewport_size
    assert box is not None
    assert whole is not None
    assert box["width"] >= 0.7 * whole["width"]
    assert page.locator(".leaflet-control-scale-line").inner_text().endswith("km")
    assert "Ukrain" not in page.content()
    for key in ("service", "year", "by", "lang"):  # each choice of the head says what it is for
        assert page.locator(f".st-key-head [class*=st-key-{key}]").get_attribute("title")
    visit.shot("page_zh", keep=KEEP)


def test_click_answers_and_keeps_the_view(visit: Visit) -> None:
    visit.look(*HERE, 14)
    before = visit.view()
    visit.page.evaluate("() => { document.querySelector('.zp-map').dataset.mine = 'yes'; }")
    visit.click(*HERE)
    visit.says("海洋", "新覆盖学生")
    visit.shows("bands", "spokes", "zones", "service")
    assert visit.view() == pytest.approx(before)
    visit.shot("bands", keep=KEEP)
    pages = pypdf.PdfReader(io.BytesIO(visit.page.pdf(format="A4"))).pages
    assert len(pages) <= 3  # it was fifteen, with the legend over what it explains
    # Chromium writes some signs as the radicals that look the same.
    words = unicodedata.normalize("NFKC", "".join(page.extract_text() for page in pages))
    assert "新覆盖学生" in words
    assert "1,000 米" in words
    assert "导入" not in words  # nothing that only a hand can use
    assert visit.page.locator(".leaflet-container .zp-panel").count() == 1  # the legend came back
    assert visit.view() == pytest.approx(before)
    visit.click(*HERE)  # the same place again is answered again
    visit.page.locator(".zp-wait").wait_for(state="detached")
    visit.pick("lang", "EN")
    visit.says("Nearest facilities")
    assert "Primary school" in visit.page.locator(".st-key-service_en").inner_html()
    assert visit.page.locator(".zp-map").get_attribute("data-mine") == "yes"
    assert visit.view() == pytest.approx(before)
    visit.shot("page_en", keep=KEEP)


TOLD = """() => {
  const words = (node) => (node.nodeType === 3 ? node.data : [node.tagName, node.className, ...[...node.childNodes].map(words)]);
  return [[...document.querySelector('.st-key-side .zp-asked').childNodes].map(words), ['bands', 'spokes'].map((id) => zpMap.drawn.get(id)?.key)];
}"""


def test_a_press_is_answered_before_the_pages_run_and_as_the_run_answers_it(visit: Visit) -> None:
    page = visit.page
    visit.look(*HERE, 14)
    visit.click(*HERE)
    before = page.evaluate(TOLD)
    page.evaluate(
        "() => { zpMap.spoken = []; new MutationObserver((all) => zpMap.spoken.push(...all)).observe(document.documentElement, { attributes: true, attributeFilter: ['lang'] }); }"
    )
    # However busy the machine is: the run waits for the answer.
    page.evaluate(
        "() => { const { send } = zpMap; zpMap.prompt.later = () => {}; zpMap.send = (value) => { zpMap.kept = () => send(value); }; }"
    )
    page.evaluate("([lon, lat]) => zpMap.ask(zpMap.L.latLng(lat, lon))", [HERE[0] + 0.006, HERE[1]])
    visit.until("() => zpMap.kept", "the press is on its way to the run")
    early = page.evaluate(TOLD)
    assert early[0] != before[0] and all(a != b for a, b in zip(early[1], before[1], strict=True))
    assert f"{HERE[0] + 0.006:.5f}°E" in visit.side()
    visit.shows("bands", "spokes")
    page.evaluate("() => { zpMap.was = ['bands', 'spokes'].map((id) => zpMap.drawn.get(id).layer); zpMap.kept(); }")
    visit.answered()
    assert page.evaluate(TOLD) == early
    # What is drawn already is neither sent nor drawn again.
    assert page.evaluate("() => zpMap.was.every((layer, k) => zpMap.drawn.get(['bands', 'spokes'][k]).layer === layer)")
    # The language of the page is not said anew: all of it would be styled anew.
    assert page.evaluate("() => zpMap.spoken.length") == 0


def test_a_place_is_asked_about_in_every_way(visit: Visit) -> None:
    """By mouse, bands by minutes; by the keyboard, in the middle; by its coordinates; on the sea, answered in words."""
    page = visit.page
    visit.look(*HERE, 14)
    visit.click(*HERE)
    visit.pick("band_kind", "5/10/15")
    visit.legend("15 分钟")
    visit.look(117.531, 39.126, 13)
    page.locator(".zp-map").focus()
    page.keyboard.press("Enter")
    visit.answered()
    visit.says("渤龙湖")
    visit.look(117.95, 38.95, 12)
    visit.click(117.95, 38.95)
    visit.says("不在任何片区内", "没有步行道路")
    page.get_by_text("按坐标查询").click()
    page.locator(".st-key-lon_asked input").fill("117.10")
    page.locator(".st-key-lat_asked input").fill("39.085")
    visit.press("查询")
    visit.says("华苑")


def test_layers_switch_off_and_stay_off(visit: Visit) -> None:
    page = visit.page
    row = page.get_by_role("checkbox", name="其他设施", exact=True)
    visit.look(*HERE, 14)
    visit.shows("others")
    row.uncheck()
    visit.hides("others")
    visit.click(*HERE)
    visit.shows("bands")
    visit.hides("others")


def test_online_maps_only_on_request_and_failing_quietly(visit: Visit) -> None:
    page = visit.page
    page.locator(".zp-legend > details > summary").click()
    assert visit.foreign == []
    page.get_by_role("button", name="试连在线底图").click()
    page.get_by_text("外网不可用").wait_for()
    assert visit.foreign
    assert all(("autonavi" in url) or ("openstreetmap" in url) or ("tianditu" in url) for url in visit.foreign)
    visit.foreign.clear()
