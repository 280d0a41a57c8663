"""Files made earlier are offered only while they answer what the page asks."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from geo.scenario import Added, Scenario
from tests.screen import page

pytestmark = pytest.mark.timeout(900)
PLAN = Scenario("我的方案", (Added("P01", "primary", 117.66, 39.06, 1080.0, 2025),))


def year(app: AppTest) -> None:
    app.session_state["year"] = 2035


def plan(app: AppTest) -> None:
    app.session_state["edits"] = (PLAN,)


def service(app: AppTest) -> None:
    app.session_state["service"] = "junior"


def what(app: AppTest) -> None:
    app.session_state["export_what"] = "schools"


def offered(app: AppTest) -> list[str]:
    return [b.proto.id.rsplit("-", 1)[-1] for b in app.get("download_button")]


@pytest.fixture(scope="module")
def made() -> AppTest:
    """Return the page with a file of the zones and a report made."""
    app = page(panel="export", export_what="zones", export_format="csv")
    app.button(key="export_make").click().run()
    return app.button(key="report_make").click().run()


@pytest.mark.parametrize("change", [year, plan, service, what])
def test_a_file_of_before_is_withdrawn_when_the_question_changes(
    made: AppTest, change: Callable[[AppTest], None]
) -> None:
    """Issue 9: files made earlier on the export panel stayed offered after plan, year or question had changed."""
    was = {key: made.session_state[key] for key in ("year", "edits", "service", "export_what")}
    assert set(offered(made)) == {"export_get", "report_get"}
    change(made)
    made.run()
    assert not made.exception
    said = " ".join(str(e.value) for e in made.info)
    assert "zones.csv 已撤下" in said
    assert "export_get" not in offered(made)
    # The report does not depend on what is chosen to be exported.
    assert ("report_get" in offered(made)) == (change is what)
    for key, value in was.items():
        made.session_state[key] = value
    made.run()
    assert set(offered(made)) == {"export_get", "report_get"}
