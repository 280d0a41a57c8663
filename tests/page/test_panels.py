"""The panels in a real browser, turned to one after the other on one page: coverage, seats, zones, siting from the gap to the plan and the file.

``ZONEPLAN_SHOTS=1`` renews the pictures in docs/img.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import pytest
from playwright.sync_api import Browser

from tests.browser import KEEP, MARKS, Visit, visiting

pytestmark = MARKS


@pytest.fixture(scope="module")
def visit(chrome: Browser, address: str) -> Iterator[Visit]:
    """Give a page that is opened once: each test chooses what it asks about and leaves no plan."""
    with visiting(chrome, address) as visit:
        visit.open()
        yield visit
        assert visit.foreign == []
        assert visit.errors == []


def test_coverage_shows_radius_against_walk(visit: Visit) -> None:
    visit.look(117.645, 39.065, 13)
    visit.panel("覆盖")
    visit.shows("coverage")
    visit.legend("仅半径内")
    visit.says("绕路")
    visit.shot("coverage", keep=KEEP)
    visit.pick("cover_view", "可达性")
    visit.shows("access")
    visit.says("基尼")


def test_seats_against_targets(visit: Visit) -> None:
    visit.look(117.645, 39.065, 12.5)
    visit.panel("学位")
    visit.says("5,400")
    beyond = "(where) => { const n = document.querySelector(where); return n.scrollHeight - n.clientHeight; }"
    visit.until(f"() => ({beyond})('.st-key-side') > 200", "the panel scrolls")
    visit.until(f"() => ({beyond})('[data-testid=stMain]') <= 4", "the map stays where it is")
    visit.shows("adequacy")
    visit.shot("seats", keep=KEEP)
    visit.pick("seats_view", "分配")
    visit.shows("flows", "catchments")
    visit.says("没有学位")
    visit.shot("assign", keep=KEEP)


def test_zone_card_and_register(visit: Visit) -> None:
    visit.look(117.531, 39.126, 12.5)
    visit.panel("分区")
    before = visit.view()
    visit.click(117.531, 39.126)
    visit.says("渤龙湖", "规划条目")
    assert visit.view() == pytest.approx(before)
    visit.shot("zones", keep=KEEP)
    visit.panel("指标")
    visit.pick("register_part", "矛盾")
    visit.says("第六章")


def test_kindergarten_gap_seven_sites_gap_closes_export(visit: Visit, tmp_path: Path) -> None:
    page = visit.page
    visit.choose("service_zh", "幼儿园")
    visit.panel("选址")
    visit.says("够不到的学生")
    gap = _number(page.locator(".zp-figure .v").first.inner_text())
    assert gap > 0
    visit.look(117.62, 39.095, 11.75)
    visit.shot("siting_before", keep=KEEP)
    page.locator(".st-key-p input").fill("7")
    visit.press("求最优选址")
    page.locator(".st-key-take_all").wait_for()
    visit.says("已证最优")
    visit.until(
        "(names) => [...document.querySelectorAll('.zp-number span')].map((n) => n.textContent).sort().join() === names",
        "seven numbered sites", "1,2,3,4,5,6,7",
    )  # fmt: skip
    visit.shot("siting_sites", keep=KEEP)
    with page.expect_download() as download:
        page.locator(".st-key-get-locate-geojson button").click()
    path = tmp_path / "sites.geojson"
    download.value.save_as(path)
    sites = gpd.read_file(path)
    assert len(sites) == 7
    assert sites.crs.to_epsg() == 4326
    told = json.loads(path.read_text("utf-8"))
    assert told["parameters"]["p"] == 7
    assert told["basis"] == "assumed"
    visit.idle()
    visit.press(page.locator(".st-key-take_all button"))
    visit.says("够不到：现状", "够不到：方案后")
    figures = [_number(t) for t in page.locator(".zp-figure .v").all_inner_texts()[:2]]
    assert figures[0] == gap
    assert figures[1] < gap
    visit.legend("方案新增")
    assert page.locator(".zp-legend").inner_text().count("方案新增") == 1
    visit.shot("siting_after", keep=KEEP)
    visit.panel("方案")
    visit.says(*(f"N0{n}" for n in range(1, 8)))
    assert visit.side().count("N0") == 7
    visit.shows("difference")
    visit.shot("plan", keep=KEEP)
    visit.press("撤销一步")
    visit.unsays("N0")


def test_gain_surface_with_legend_and_best_places(visit: Visit) -> None:
    visit.choose("service_zh", "小学")
    visit.look(117.645, 39.065, 13)
    visit.panel("选址")
    visit.pick("siting_view", "增益面")
    visit.shows("gain", "sites")
    visit.legend("名学生")
    visit.shot("gain", keep=KEEP)


def test_crossings_by_their_gain_numbered_and_taken_into_the_plan(visit: Visit) -> None:
    page = visit.page
    visit.choose("service_zh", "高中")
    visit.panel("选址")
    visit.pick("siting_view", "打通增益")
    page.locator(".st-key-cross_longest input").fill("900")
    visit.press("求打通增益")
    visit.shows("crossing_gain", "crossings_chosen")
    visit.legend("打通增益", "无增益", "一起最优的 3 处")
    visit.says("已证明最优", "增益最大的 2 处")
    before = visit.view()
    visit.press(page.locator(".st-key-crossings_best tbody tr").first)
    visit.says("把第 1 处加入方案")
    assert visit.view() != before
    visit.shot("crossings", keep=KEEP)
    visit.press("把第 1 处加入方案")
    visit.says("够不到：方案后")
    visit.panel("方案")
    visit.says("N01", "打通增益：高中 2025 年")
    visit.press("撤销一步")
    visit.unsays("N01")


def _number(text: str) -> float:
    return float("".join(c for c in text if c.isdigit() or c == "."))
