"""From a zone to its gaps, the projects that close them, their year, and the report, in a real browser."""

from __future__ import annotations

from tests.browser import MARKS, Visit

pytestmark = MARKS


def test_from_a_zone_to_its_gaps_its_projects_their_year_and_the_report(visit: Visit) -> None:
    page = visit.page
    visit.panel("分区")
    visit.says(
        "海洋片区",
        "缺口与补上缺口的项目",
        "小学：按 2025 年需求，现状缺",
        "高中",
        "没有规划项目带来学位",
        "P07 义务教育布点",
    )
    visit.choose("zone_zh", "华苑片区")
    visit.says("规划项目带来 1,800 个", "P03 总部商务集聚区小学")
    visit.press(page.locator(".st-key-cards button", has_text="总部商务集聚区小学"))
    visit.says("P03 · 学校 · 总部商务集聚区", "谋划储备", "2025", "年份为示意·假设", "小学 720", "第六章（二）")
    visit.shows("projects", "project-chosen")
    page.get_by_role("button", name="原文", exact=True).first.click()
    page.locator(".zp-cited mark", has_text="小学").first.wait_for()
    page.keyboard.press("Escape")
    visit.pick("projects_view_row", "时序")
    visit.says("2023 年投用", "天外附属", "滚动 · 谋划储备", "滚动实施 · 年份未定")
    # A mark on the map opens its card, too: the station is the one place that was measured.
    visit.look(117.6, 39.07, 11)
    at = page.evaluate(
        """() => { let at; zpMap.layers.drawn.get('projects').layer.eachLayer((g) => g.eachLayer?.((p) => {
             if (p.feature?.properties.pick === 'project:P32') at = zpMap.map.latLngToContainerPoint(p.getLatLng()); }));
             const b = zpMap.box.getBoundingClientRect(); return [b.x + at.x, b.y + at.y]; }"""
    )
    before = visit.runs
    page.mouse.click(*at)
    visit.ran(before, "the mark of a project")
    visit.says("P32", "滨海西站枢纽", "建成投产", "实测")
    visit.panel("导出")
    visit.choose("report_format_zh", "HTML（浏览器打印）")
    visit.press(page.locator(".st-key-report_make button"))
    with page.expect_download() as coming:
        page.locator(".st-key-report_get button").click()
    told = coming.value.path().read_text("utf-8")
    for words in ("海洋片区", "缺口与补上缺口的项目", "总部商务集聚区小学", "滚动", "生活圈", "规划的其他要求"):
        assert words in told
