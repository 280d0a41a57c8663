"""The way through the page: every panel in one task, a press opens what was open last, and one run is enough."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import ButtonGroup

from tests.screen import page
from ui.session import state, tasks


def test_every_panel_belongs_to_one_task() -> None:
    assert len(set(state.PANELS)) == len(state.PANELS)
    panels = "site coverage seats zones siting scenario compare targets import export health"  # every link sent so far
    assert set(panels.split()) <= set(state.PANELS)
    assert all(panel in tasks.TASKS[tasks.task_of(panel)] for panel in state.PANELS)


def _row(app: AppTest, key: str) -> ButtonGroup:  # type: ignore[type-arg]
    (found,) = (one for one in app.get("button_group") if one.key == key)
    return found


def test_a_task_opens_the_panel_that_was_open_last_in_it() -> None:
    app = page(panel="site")
    assert (app.session_state["panel"], app.session_state["task"]) == ("site", "look")
    _row(app, "task").set_value("gap").run()
    assert app.session_state["panel"] == "coverage"
    _row(app, "panel_of_gap").set_value("seats").run()
    assert app.session_state["panel"] == "seats"
    _row(app, "task").set_value("data").run()
    assert app.session_state["panel"] == "import"
    _row(app, "task").set_value("gap").run()
    assert (app.session_state["panel"], app.session_state["panel_of_gap"]) == ("seats", "seats")
    # What opens a panel without the rows (a click on the map, a link) turns them too.
    app.session_state["panel"] = "health"
    app.run()
    assert (app.session_state["task"], app.session_state["panel_of_data"]) == ("data", "health")
    assert not app.exception
