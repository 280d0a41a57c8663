"""Crossing gain on the page: what is taken into the plan is what was promised, and every state of the view opens."""

from __future__ import annotations

import geopandas as gpd
import pytest
from streamlit.testing.v1 import AppTest

from geo import answers
from geo.answers import Answer
from geo.case import Case
from geo.scenario import Scenario, Street, apply
from layers import workspace as folder
from tests.screen import DATA, page, texts
from ui.panels import crossings_view

pytestmark = pytest.mark.timeout(900)

SENIOR = {"panel": "siting", "siting_view": "crossings", "service": "senior", "year": 2025}


@pytest.fixture(scope="module")
def case() -> Case:
    return folder.case(folder.load(DATA), "senior", 2025)


@pytest.fixture(scope="module")
def found(case: Case) -> Answer:
    return answers.crossings(case, longest=900)


def covered(case: Case, plan: Scenario) -> float:
    return float(answers.coverage(case.under(apply(case.workspace, plan, case.year)))["total"]["covered_walk"].iloc[0])


def taken(case: Case, answer: Answer, rows: gpd.GeoDataFrame) -> Scenario:
    ids = [f"N{i:02}" for i in range(1, len(rows) + 1)]
    return Scenario("p", objects=crossings_view.bridges(case, answer, rows, ids))


def test_a_crossing_taken_into_the_plan_serves_as_many_as_it_promised(case: Case, found: Answer) -> None:
    before = covered(case, Scenario("p"))
    gains = found["crossings"]["gain"]
    alone = found["crossings"][gains > 0]
    assert len(alone) >= 5
    for i in range(len(alone)):
        row = alone.iloc[[i]]
        assert covered(case, taken(case, found, row)) - before == pytest.approx(row["gain"].iloc[0], abs=1e-6)
    together = found["together"]["gain"].iloc[0]
    assert together > gains.max()
    assert covered(case, taken(case, found, found["chosen"])) - before == pytest.approx(together, abs=1e-6)


def test_an_object_says_why_it_is_there_and_how_it_crosses(case: Case, found: Answer) -> None:
    (one,) = crossings_view.bridges(case, found, found["best"].iloc[[0]], ["N01"])
    assert (one.way, one.year) == ("bridge", 2025)
    assert "打通增益" in one.reason
    assert "23 人" in one.reason
    assert one.name_zh == f"跨{found['best']['barrier_zh'].iloc[0]}"
    wall = found["best"].iloc[[0]].assign(kind="barrier", barrier_zh=None, barrier_en=None)
    (other,) = crossings_view.bridges(case, found, wall, ["N01"])
    assert (other.way, other.name_zh) == ("crossing", "跨阻隔")


def pressed(app: AppTest, label: str) -> AppTest:
    (button,) = [one for one in app.button if label in one.label]
    return button.click().run()


def test_the_best_few_come_into_the_plan_in_one_step_and_coverage_shows_them(case: Case) -> None:
    app = pressed(page(**SENIOR, cross_longest=900), "求打通增益")
    assert not app.exception
    assert not app.error
    for word in ("已证明最优", "增益最大的 2 处", "一起最优的 3 处", "没有一处能单独使更多居民可达", "通道最长 900 米"):
        assert word in texts(app), word
    app = pressed(app, "把一起最优的 3 处加入方案")
    (plan,) = app.session_state["edits"]
    assert [type(one) for one in plan.objects] == [Street] * 3
    assert "够不到：方案后" in texts(app)
    before, after = covered(case, Scenario("p")), covered(case, plan)
    (said,) = [one.value for one in app.success]
    assert f"{before:,.0f} → {after:,.0f}" in said
    assert after - before == 42
    assert app.session_state["crossings_found"][1]["together"]["gain"].iloc[0] == 42
    app.session_state["panel"] = "coverage"
    app.run()
    assert f"{after:,.0f}" in texts(app)
    assert f"{before:,.0f}" not in texts(app)


def test_where_no_crossing_helps_the_view_says_so_in_words() -> None:
    app = pressed(page(**SENIOR | {"service": "hospital"}), "求打通增益")
    assert not app.exception
    assert "没有一处能单独使更多居民步行" in texts(app)
    assert "没有一处单独有增益" in texts(app)
    assert not [one for one in app.button if "加入方案" in one.label]
