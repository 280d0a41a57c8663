"""What is not known, in a real browser: the interval at one press, and a plan of the robust ones picked from its table."""

from __future__ import annotations

from tests.browser import MARKS, Visit
from tests.page.test_axe import CHANGED, Reader

pytestmark = MARKS


def test_a_press_shows_the_interval_and_a_row_draws_its_plan(visit: Visit) -> None:
    reader = Reader(visit)
    reader.open("?lang=zh&service=primary&year=2025")
    visit.panel("覆盖")
    visit.press("这些数有多准？（90% 区间）")
    visit.says("主要取决于")
    visit.page.locator("summary", has_text="区间从哪里来").click()
    visit.says("各片区的区间")
    reader.read("intervals", *CHANGED)
    visit.panel("选址")
    visit.pick("siting_view", "稳健选址")
    visit.press("求稳健选址")
    visit.says("平均最好")
    visit.shows("robust-often", "sites")
    visit.press(visit.page.locator("tr[data-pick='robust:regret']"))
    visit.says("“最大后悔值最小”的选址")
    reader.read("robust", *CHANGED)
    assert reader.found == {}


def test_a_programme_is_laid_beside_less_money_taken_into_the_plan_and_taken_back(visit: Visit) -> None:
    reader = Reader(visit)
    reader.open("?lang=zh&service=primary&year=2025&panel=siting")
    visit.pick("siting_view", "滚动计划")
    visit.press("编制滚动计划")
    visit.says("何处何时", "期末仍缺")
    charts = visit.page.locator(".zp-chart svg")
    charts.first.wait_for()
    assert charts.count() == 3
    visit.press("若预算减 20%")
    visit.says("原预算", "少服务")
    visit.until("() => document.querySelectorAll('.zp-chart svg').length === 4", "a second Gantt chart")
    reader.read("programme", *CHANGED)
    take = visit.page.get_by_role("button", name="收进方案")
    visit.press(take)
    visit.panel("方案")
    visit.says("新建小学")
    visit.press("撤销一步")
    visit.unsays("新建小学")
    assert reader.found == {}


def test_what_to_ask_for_first_leads_to_the_import(visit: Visit) -> None:
    reader = Reader(visit)
    reader.open("?lang=en&service=primary&year=2025&panel=siting")
    visit.pick("siting_view", "What to ask for")
    visit.press("Find what to ask for")
    visit.says("Ask in this order", "positions of schools")
    reader.read("worth", *CHANGED)
    visit.press(visit.page.locator(".st-key-worth_import button"))
    assert visit.open_panel() == "Import"
    assert reader.found == {}
