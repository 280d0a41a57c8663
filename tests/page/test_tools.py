"""The tools of the map in a real browser: found by pinyin, flown to, measured there, and saved as a picture that shows it.

And its layers: seen through, put above and below one another, and still so after an answer, another panel, a reload, a link."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Locator

from tests.browser import HERE, MARKS, Visit

pytestmark = MARKS


def test_found_by_pinyin_measured_and_saved_as_a_picture(visit: Visit, tmp_path: Path) -> None:
    page = visit.page
    page.locator(".zp-map").focus()
    page.keyboard.press("/")
    page.keyboard.type("huay")
    visit.until(
        "() => [...document.querySelectorAll('.zp-find-name')].some((n) => n.innerText === '华苑软件园')", "the finds"
    )
    page.locator(".zp-find", has_text="华苑软件园").click()
    page.locator(".zp-mark-card strong", has_text="华苑软件园").wait_for()
    lon, lat, zoom = visit.view()
    assert 117.05 < lon < 117.13
    assert 39.06 < lat < 39.11
    assert zoom >= 15
    page.keyboard.press("Escape")
    page.locator(".zp-map").focus()
    page.keyboard.press("m")
    box = page.locator(".zp-map").bounding_box()
    assert box is not None
    for x, y in ((320, 420), (620, 520)):
        page.mouse.click(box["x"] + x, box["y"] + y)
    page.keyboard.press("Escape")  # the line ends
    visit.says("公里", "不是步行距离", where=".zp-ruler")
    assert page.evaluate("() => zpMap.data.place") is None  # a click of the ruler asks nothing
    with page.expect_download() as told:
        page.locator(".zp-tool-picture").click()
    assert told.value.suggested_filename.startswith("天津滨海高新区_点选_小学_2025")
    told.value.save_as(tmp_path / "map.png")
    picture = np.asarray(Image.open(tmp_path / "map.png").convert("RGB")).astype(int)
    tall, wide = picture.shape[:2]
    assert wide > box["width"]
    ground = picture[100 : tall - 100, 60 : int(wide * 0.7)]
    assert len(np.unique(ground.reshape(-1, 3), axis=0)) > 200  # a map, no blank
    red = (abs(picture - (0xB3, 0x26, 0x1E)).sum(axis=2) < 40).sum()
    assert red > 500  # the line that was measured
    legend = picture[60 : tall // 2, int(wide * 0.82) :]
    assert (legend.min(axis=2) < 120).sum() > 500  # its words
    page.keyboard.press("Escape")
    visit.until("() => !zpMap.ruler.on", "the ruler is put away")
    assert visit.errors == []
    assert visit.foreign == []


LAID = """() => Object.fromEntries(['zones', 'bands', 'streets'].map((id) => {
  const { zIndex, opacity, mixBlendMode } = getComputedStyle(zpMap.map.getPane(`zp-own-${id}`));
  return [id, [Number(zIndex), Number(opacity), mixBlendMode]];
}))"""
INK = """() => {
  const canvas = document.querySelector('.leaflet-zp-points-pane canvas');
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  let ink = 0;
  for (let k = 3; k < data.length; k += 4) ink += data[k];
  return ink;
}"""
"""How much is painted where the points are."""


def row_of(visit: Visit, name: str) -> Locator:
    """Return the row of the legend with this name, opened."""
    row = visit.page.locator(".zp-row", has=visit.page.locator(".zp-name", has_text=name)).first
    if row.locator(".zp-adjust").is_hidden():
        row.locator(".zp-row-more").press("Enter")
    return row


def as_laid(visit: Visit) -> None:
    """Zones are at 60 % and above the walking range, which still mixes with the ground; the streets are as they were."""
    laid = visit.page.evaluate(LAID)
    assert laid["zones"][1:] == [0.6, "normal"]
    assert laid["bands"][1:] == [1, "multiply"]
    assert laid["streets"] == [210, 1, "normal"]
    assert laid["streets"][0] < laid["bands"][0] < laid["zones"][0] < 450
    assert [name for name in visit.page.locator(".zp-name").all_inner_texts() if name in ("片区", "分区")] == [
        "片区",
        "分区",
    ]


def test_a_layer_that_was_faded_and_moved_stays_so(visit: Visit, fresh: Visit) -> None:
    page = visit.page
    visit.click(*HERE)
    visit.shows("bands", "zones", "service")
    zones, bands = row_of(visit, "片区"), row_of(visit, "步行可达范围")
    zones.locator("input[type=range]").focus()
    for _ in range(8):
        page.keyboard.press("ArrowLeft")
    assert zones.locator("output").inner_text() == "60%"
    down = bands.locator(".zp-adjust-act", has_text="下移")
    while "下面：片区" in bands.inner_text() or "上面：到最近设施" in bands.inner_text():
        down.press("Enter")
        assert down.evaluate("(node) => node === document.activeElement")  # the hand stays where it is
    zones.locator(".zp-adjust-act", has_text="上移").click()
    page.keyboard.press("Escape")
    assert zones.locator(".zp-adjust").is_hidden()
    as_laid(visit)

    visit.click(HERE[0] - 0.004, HERE[1])  # the answer draws the layer anew; the points still hear the mouse
    visit.shows("bands", "service")
    as_laid(visit)
    ink = page.evaluate(INK)
    page.mouse.move(5, 5)
    for name in ("小学（", "其他设施"):
        slider = row_of(visit, name).locator("input[type=range]")
        slider.fill("50")
    visit.until(f"(most) => ({INK})() < most", "the points are seen through", 0.56 * ink)
    assert page.evaluate(INK) > 0.44 * ink

    visit.panel("zones")
    visit.panel("site")
    as_laid(visit)
    link = "?" + page.url.partition("?")[2]
    visit.open()  # the tab has kept it
    visit.click(*HERE)
    as_laid(visit)
    assert row_of(visit, "小学（").locator("output").inner_text() == "50%"
    fresh.open(link)  # and so does a colleague see it
    fresh.shows("bands")
    as_laid(fresh)

    row_of(visit, "小学（").locator(".zp-adjust-act", has_text="恢复").click()  # one layer alone
    assert "service" not in page.url.partition("opacity=")[2]
    page.locator(".zp-restore").click()  # and all the others at once
    assert page.locator(".zp-restore").is_hidden()
    zones_z, zones_opacity, _ = page.evaluate(LAID)["zones"]
    assert zones_opacity == 1
    assert zones_z < page.evaluate(LAID)["bands"][0]
    assert "opacity=" not in page.url
    assert "order=" not in page.url
    page.emulate_media(media="print")
    assert page.locator(".zp-row-more").first.is_hidden()
    page.emulate_media(media="screen")
