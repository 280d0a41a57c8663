"""The tools of the map in a real browser: found by pinyin, flown to, measured there, and saved as a picture that shows it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from tests.browser import MARKS, Visit

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
