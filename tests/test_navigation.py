"""The way through the page: every panel in one task, a press opens what was open last, and one run is enough."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import ButtonGroup

from tests.screen import page
from tests.village import village
from ui.session import state, tasks

HERE = (117.652, 39.055)
"""A place in the village [degrees]."""


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


STEPS: dict[str, tuple[dict[str, Any], int]] = {
    # The opening leads by its three questions, the import by its box for files, and without a place the map is what to press.
    "overview": ({}, 0),
    "import": ({}, 0),
    "site": ({}, 0),
    "site, a place": ({"place": HERE}, 1),
    "zones": ({}, 1),
    "targets": ({}, 1),
    "coverage": ({}, 1),
    "coverage, access": ({"cover_view": "access"}, 1),
    "seats": ({}, 1),
    "siting": ({}, 1),
    "siting, a place": ({"place": HERE}, 1),
    "scenario": ({}, 1),
    "compare": ({}, 1),
    "compare, years": ({"cmp_view": "years"}, 1),
    "export": ({}, 1),
    "health": ({}, 1),  # two facilities of the village are far from its streets
}
"""How many steps stand out on a panel: never two, for then neither does."""


def test_one_step_stands_out_on_every_panel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZONEPLAN_DATA", str(village(tmp_path / "village")))
    assert {name.split(",")[0] for name in STEPS} == set(state.PANELS)
    found = {}
    for name, (chosen, _) in STEPS.items():
        app = page(panel=name.split(",")[0], **chosen)
        assert not app.exception
        found[name] = [b.label for b in app.button if b.proto.type == "primary"]
    assert {name: len(labels) for name, labels in found.items()} == {name: n for name, (_, n) in STEPS.items()}, found


@pytest.mark.parametrize(("panel", "step", "opened", "chosen"), [
    ("scenario", "next_sites", "siting", {"siting_view": "locate"}), ("health", "next_streets", "import", {"import_layer": "streets"}),
])  # fmt: skip
def test_the_step_leads_on(
    panel: str, step: str, opened: str, chosen: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZONEPLAN_DATA", str(village(tmp_path / "village")))
    app = page(panel=panel)
    app.button(key=step).click().run()
    assert not app.exception
    assert app.session_state["panel"] == opened
    assert {key: app.session_state[key] for key in chosen} == chosen


def test_a_row_in_which_nothing_is_pressed_leaves_the_panel_open() -> None:
    app = page(panel="seats")
    for row in ("panel_of_gap", "task"):
        _row(app, row).set_value(None).run()
        assert not app.exception
        assert (app.session_state["panel"], app.session_state["task"]) == ("seats", "gap")
