"""The rolling programme on the page: asked, drawn, laid beside less money, taken into the plan as one step."""

from __future__ import annotations

import pandas as pd
import pytest

from geo.errors import InputError
from tests.screen import charts, page, tables, texts
from tests.test_shown_tables import EVIL, svg
from ui.panels.programme_view import budgets
from ui.parts.gantt import gantt, yearly

SCHEDULE = pd.DataFrame(
    {
        "name_zh": [EVIL, "乙小学"], "name_en": [EVIL, "B"], "action": ["open", "close"], "action_zh": ["新建", "停办"], "action_en": ["opens", "closes"],
        "starts": [2022, 2024], "opens": [2024, 2024],
    }
)  # fmt: skip


def test_a_bar_is_hollow_while_it_is_built_and_filled_while_it_serves() -> None:
    picture = svg(gantt(SCHEDULE, 2021, 2025))
    built, serves, closed = [r for r in picture.iter() if r.tag.endswith("rect")]
    assert built.get("stroke-dasharray") and built.get("fill") == "none"
    assert serves.get("fill") not in (None, "none") and closed.get("fill") == "none"
    assert float(serves.get("width")) == pytest.approx(float(built.get("width")), abs=0.2)  # two years each
    assert float(serves.get("x")) == pytest.approx(float(built.get("x")) + float(built.get("width")), abs=0.2)
    assert "2022" in next(node.text for node in picture.iter() if node.tag.endswith("desc"))


def test_empty_programmes_and_single_years_draw() -> None:
    assert svg(gantt(SCHEDULE.iloc[:0], 2021, 2021)).get("role") == "img"
    years = pd.DataFrame({"year": [2021], "budget": [0.0], "spent": [0.0]})
    assert "NaN" not in yearly(years, "budget", "spent", "钱")


def test_a_budget_is_one_number_or_one_a_year() -> None:
    assert budgets("8000，12000, 6000") == (8000.0, 12000.0, 6000.0)
    with pytest.raises(InputError, match="许多"):
        budgets("许多")
    with pytest.raises(InputError):
        budgets(" , ")


@pytest.mark.timeout(600)
def test_the_page_makes_a_programme_and_takes_it_as_one_step() -> None:
    app = page(
        panel="siting", siting_view="programme", service="primary", programme_first=2024, programme_last=2026,
        programme_budget="9000", only_zones=["haiyang"], time_limit=5,
    )  # fmt: skip
    next(b for b in app.button if b.label == "编制滚动计划").click().run()
    assert not app.exception
    assert not app.error
    _, answer, *_ = app.session_state["programme_found"]
    assert len(answer["schedule"])
    assert len(charts(app)) == 3
    assert answer["summary"]["words_zh"].iloc[0] in texts(app)
    assert len(next(t for t in tables(app) if "动工" in t.columns)) == len(answer["schedule"])
    app.button(key="programme_ask_less").click().run()
    assert not app.exception
    assert "预算减 20%" in texts(app)
    assert len(charts(app)) == 4
    less = app.session_state["programme_less"]
    assert less["years"]["budget"].sum() == pytest.approx(0.8 * answer["years"]["budget"].sum())
    before = len(app.session_state["edits"])
    app.button(key="programme_take").click().run()
    assert not app.exception
    assert len(app.session_state["edits"]) == before + 1
    taken = app.session_state["edits"][-1].objects
    assert sorted(o.year for o in taken) == sorted(answer["schedule"]["opens"])
