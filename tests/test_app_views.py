"""Every panel, every view of one and every service opens, without a browser."""

from __future__ import annotations

import pytest

from geo.demand import DemandSettings
from geo.services import SERVICES
from tests.screen import page, texts
from ui.session import state

pytestmark = pytest.mark.timeout(900)


@pytest.mark.parametrize("panel", state.PANELS)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_panel_opens_in_both_languages(panel: str, lang: str) -> None:
    app = page(panel=panel, lang=lang)
    assert not app.exception
    assert not app.error
    assert len(texts(app)) > 200


@pytest.mark.parametrize("view", [
    {"panel": "seats", "seats_view": "assign"}, {"panel": "seats", "seats_view": "assign", "assign_limit": 1000, "assign_rules": ["no_crossings"]},
    {"panel": "seats", "seats_view": "feeders"}, {"panel": "seats", "seats_view": "feeders", "lang": "en"},
    {"panel": "seats", "seats_view": "districts", "place": (117.66, 39.06)}, {"panel": "seats", "seats_view": "routes", "lang": "en"},
    {"panel": "coverage", "cover_view": "access", "access_method": "huff"}, {"panel": "coverage", "cover_view": "access", "access_method": "raam"},
    {"panel": "coverage", "cover_view": "access"}, {"panel": "coverage", "cover_view": "access", "access_method": "gravity"}, {"panel": "coverage", "by": "radius"},
    {"panel": "siting", "siting_view": "gain"}, {"panel": "siting", "siting_view": "gain", "by": "radius", "service": "hospital"},
    {"panel": "siting", "siting_view": "tradeoff", "lang": "en"}, {"panel": "siting", "siting_view": "crossings"}, {"panel": "siting", "siting_view": "crossings", "lang": "en"},
    {"panel": "siting", "place": (117.66, 39.06)}, {"panel": "site", "place": (117.66, 39.06), "band_kind": "minutes"},
    {"panel": "targets", "register_part": "contradictions"}, {"panel": "targets", "register_part": "consistency", "lang": "en"}, {"panel": "targets", "register_part": "projects"}, {"panel": "targets", "register_part": "facts", "lang": "en"},
    {"panel": "seats", "year": 2035, "demand": DemandSettings(model="cohorts")}, {"panel": "seats", "demand": DemandSettings(model="ratio", bound="high", class_rule="gb50099")},
    {"panel": "site", "place": (117.66, 39.06), "circles": True}, {"panel": "site", "place": (117.66, 39.06), "circles": True, "lang": "en"},
    {"panel": "coverage", "cover_view": "circles"}, {"panel": "coverage", "cover_view": "circles", "circles_by": "block", "lang": "en"},
    {"panel": "site", "place": (117.66, 39.06), "go_mode": "transit"}, {"panel": "coverage", "go_mode": "transit", "lang": "en"},
    {"panel": "site", "place": (117.66, 39.06), "go_mode": "car", "lang": "en"}, {"panel": "coverage", "go_mode": "bicycle"},
    {"panel": "compare", "go_mode": "transit"}, {"panel": "compare", "go_mode": "walk", "lang": "en"},
    {"panel": "zones", "zones_view": "area"},
    {"panel": "seats", "demand": DemandSettings(housing=((117.66, 39.06, 2000.0, 2025),))},
])  # fmt: skip
def test_every_view_of_a_panel_opens(view: dict[str, object]) -> None:
    app = page(**view)
    assert not app.exception
    assert not app.error
    assert len(texts(app)) > 200


def test_a_mode_that_the_place_no_longer_offers_gives_way_to_the_standard() -> None:
    app = page(place=(117.66, 39.06), go_mode="tram", go_mode_row="tram")
    assert not app.exception
    assert not app.error
    assert app.session_state["go_mode"] == app.session_state["go_mode_row"] == "standard"


@pytest.mark.parametrize("service", SERVICES)
def test_the_clicked_place_answers_for_every_service(service: str) -> None:
    app = page(service=service, place=(117.66, 39.06))
    assert not app.exception
    assert not app.error
    assert "海洋片区" in texts(app)
