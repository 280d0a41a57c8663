"""The page of what is not known: intervals under the first sentence, ranges that the planner sets, robust sites, what to ask for."""

from __future__ import annotations

import pandas as pd

from tests.screen import page, texts, told_map
from ui.parts import spread


def test_intervals_come_when_they_are_asked_for_and_stay_for_the_next_panel() -> None:
    app = page(panel="coverage", service="primary", year=2025)
    assert "主要取决于" not in texts(app)
    app.button(key="sure_coverage").click().run()
    assert not app.exception
    said = texts(app)
    assert "步行可达：约 " in said
    assert "主要取决于学校位置" in said
    app.session_state["panel"] = "seats"
    app.run()
    assert not app.exception
    assert "学位缺口：约 " in texts(app)


def test_what_the_planner_knows_narrows_the_interval_and_can_be_put_back() -> None:
    app = page(panel="coverage", service="primary", year=2025, sure=True, ranges={"position:schools": {"law": "fixed"}})
    assert not app.exception
    assert "主要取决于学校位置" not in texts(app)
    app.button(key="ranges_reset").click().run()
    assert app.session_state["ranges"] == {}
    assert "主要取决于学校位置" in texts(app)


def test_a_range_that_cannot_be_is_refused_in_words() -> None:
    app = page(panel="coverage", service="primary", year=2025, sure=True)
    low, high = (box for box in app.number_input if box.label in ("下限（5%）", "上限（95%）"))
    low.set_value(3.0)
    high.set_value(2.0)
    next(b for b in app.button if b.label == "采用新范围").click().run()
    assert "范围 3.0–2.0 无效" in texts(app)
    assert app.session_state["ranges"] == {}


def test_robust_plans_stand_side_by_side_and_one_press_takes_one_into_the_plan() -> None:
    app = page(panel="siting", siting_view="robust", service="primary", year=2025, robust_p=2, robust_draws=100)
    next(b for b in app.button if b.label == "求稳健选址").click().run()
    assert not app.exception
    assert not app.error
    found = app.session_state["robust_found"]
    plans, sites = found[1]["plans"], found[1]["sites"].set_index("criterion")
    assert all(name in texts(app) for name in plans["criterion_zh"])
    layers = {layer["id"]: layer for layer in told_map(app)["layers"]}
    assert len(layers["robust-often"]["legend"]) == 5
    app.session_state["row_robust"] = "regret"
    app.run()
    assert sites.loc["regret"]["words_zh"].iloc[0] in texts(app)
    app.button(key="take_all").click().run()
    assert len(app.session_state["edits"][0].objects) == 2
    english = page(panel="siting", siting_view="robust", service="primary", year=2025, lang="en", robust_found=found)
    assert not english.exception
    assert all(name in texts(english) for name in plans["criterion_en"])


def test_what_to_ask_for_is_listed_in_order_and_leads_to_the_import() -> None:
    app = page(panel="siting", siting_view="worth", service="primary", year=2025, worth_p=1)
    next(b for b in app.button if b.label == "求先查什么").click().run()
    assert not app.exception
    assert not app.error
    inputs = app.session_state["worth_found"][1]["inputs"]
    said = texts(app)
    assert inputs["words_zh"].iloc[0] in said
    first = inputs.iloc[0]
    assert f"{first['value']:,.1f}\u00a0±\u00a0{1.96 * first['error']:,.1f}" in said
    assert inputs["ask_zh"].iloc[0] in said
    if inputs["told"].any():
        app.button(key="worth_import").click().run()
        assert app.session_state["panel"] == "import"


def test_charts_tell_what_they_show_and_draw_nothing_of_nothing() -> None:
    numbers = pd.Series([1.0, 2.0, 2.0, 3.0, 9.0])
    assert "5 个情形，90%25 在 1–3 之间" in spread.histogram(numbers, 1, 3, 12)
    assert spread.histogram(numbers * float("nan"), 1, 3, 2) == ""
    zones = pd.DataFrame({"name": ["<b>"], "low": [1.0], "median": [2.0], "high": [4.0], "central": [float("nan")]})
    assert "&lt;b" in spread.whiskers(zones).replace("&amp;", "&")
    assert spread.whiskers(zones.assign(high=float("nan"))) == ""
    assert "学校位置" in spread.drivers(pd.DataFrame({"name": ["学校位置"], "basis": ["assumed"], "total": [0.8]}))
