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
