"""Official names, clauses and minutes stand wherever a planner reads a service or a walk: choice, panel, shell, report."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path

import pandas as pd
import pytest

import cli
from geo.case import Case
from geo.examples import town
from geo.measure import measured, rule, told
from geo.services import SERVICES
from geo.walking import SPEEDS, walked
from layers import exports, workspace
from tests.screen import page, texts
from tests.test_circles import own
from tests.village import put, row

BUNDLED = Path(__file__).resolve().parents[1] / "data"
RULES = pd.read_csv(BUNDLED / "standards.csv")
INDICATORS = RULES[RULES["what"] == "coverage indicator"].set_index("service")


@pytest.fixture(scope="module")
def case() -> Case:
    return workspace.case(workspace.load(BUNDLED), "primary", 2025)


@pytest.mark.parametrize("key", SERVICES)
def test_a_service_is_measured_by_its_row_and_named_by_its_indicator(case: Case, key: str) -> None:
    found = rule(case.workspace, key)
    metres = RULES[(RULES["service"] == key) & (RULES["default"] == 1)]["radius_m"].dropna().iloc[0]
    assert found.radius_m == metres
    assert found.standard
    assert found.clause
    name = told(case.workspace, key)
    assert f"{metres:g} 米" in name.zh
    assert f"{metres:g} m" in name.en
    if key in INDICATORS.index:
        assert found.indicator == INDICATORS.loc[key, "clause"]
        assert f"步行{INDICATORS.loc[key, 'walk_minutes']:g}分钟" in name.zh
        # The printed name of the indicator says the minutes itself.
        assert f"步行{found.minutes:g}分钟" in found.indicator


def test_rail_is_within_800_metres_on_foot(case: Case) -> None:
    found = rule(case.workspace, "metro")
    assert found.radius_m == 800
    assert "轨道站点800米" in found.clause


def test_a_distance_of_ones_own_has_no_official_minutes() -> None:
    assert told(measured(town().workspace, metres=400), "park").zh == "公园（400 米，假定）"


@pytest.mark.parametrize(("metres", "key", "zh"), [
    (500, "adult", "500 米（约 7 分钟）"), (300, "elder", "300 米（约 5 分钟）"), (700, "child", "700 米（约 10 分钟）"), (59, "elder", "59 米（不到 1 分钟）"),
])  # fmt: skip
def test_minutes_beside_metres(metres: float, key: str, zh: str) -> None:
    assert walked(metres, SPEEDS[key]).zh == zh


def test_the_page_offers_official_names_and_says_minutes_at_a_named_speed() -> None:
    app = page(panel="coverage")
    box = next(one for one in app.selectbox if one.key == "service_zh")
    assert "小学（步行10分钟，500 米）" in box.options
    assert "地铁站（800 米）" in box.options
    assert len(box.options) == len(SERVICES)
    said = texts(app)
    assert "500 米（约 7 分钟）" in said
    assert "成人 1.2 m/s" in said
    assert "社区小学步行10分钟覆盖率" in said
    old = texts(page(panel="coverage", speed="elder"))
    assert "500 米（约 8 分钟）" in old
    assert "老人 1 m/s" in old


def test_the_shell_and_the_report_say_them_too(case: Case, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert cli.main(["--data", str(BUNDLED), "site", "--lon", "117.66", "--lat", "39.06", "--service", "primary"]) == 0
    said = capsys.readouterr().out
    assert "walk_min" in said
    assert "成人 1.2 m/s" in said
    file = exports.report(case, tmp_path / "r.html", lang="zh", date=dt.date(2026, 11, 28))
    html = file.read_text("utf-8")
    for words in ("小学（步行10分钟，500 米）", "地铁站（800 米）", "500 米（约 7 分钟）", "成人 1.2 m/s"):
        assert words in html


def test_a_service_of_the_workspace_is_asked_on_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = own(tmp_path / "v", '[services.fire]\nname_zh = "消防站"\nradius_m = 400\nminutes = 5\n')
    put(place, "facilities", [row(facility_id="X1", name_zh="一站", kind="fire", x=0.25, y=0.25)])
    monkeypatch.setenv("ZONEPLAN_DATA", str(place))
    for panel in ("coverage", "site", "siting", "scenario", "export"):
        app = page(panel=panel, service="fire", place=(117.6525, 39.0525))
        assert not app.exception, panel
        assert not app.error, panel
        box = next(one for one in app.selectbox if one.key == "service_zh")
        assert box.options[-1] == "消防站（步行5分钟，400 米，假定）"
        assert "add_here" not in {
            one.key for one in app.button
        }  # a plan does not know it: nothing is offered that would be refused
    case = workspace.case(workspace.load(place), "fire", 2025)
    for kind in ("full", "whole"):
        html = exports.report(case, tmp_path / f"{kind}.html", lang="zh", date=dt.date(2026, 11, 28), kind=kind).read_text("utf-8")  # fmt: skip
        assert "消防站" in html
    for name in ("coverage", "gain", "site", "locate"):
        more = {"lon": 117.6525, "lat": 39.0525} if name == "site" else {"p": 1} if name == "locate" else {}
        assert exports.collect(case, name, **more)[0]


def test_choosing_a_standard_renames_the_services_and_keeps_the_one_chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    monkeypatch.setenv("ZONEPLAN_DATA", str(own(tmp_path / "v", "[standards]\napply = false\n")))
    app = page(panel="coverage", service="hospital")
    assert next(one for one in app.selectbox if one.key == "service_zh").options[6] == "医院"
    next(one for one in app.selectbox if one.key == "measure_by_zh").set_value("metres").run()
    box = next(one for one in app.selectbox if one.key == "service_zh")
    assert (box.options[6], box.value) == ("医院（500 米，假定）", "hospital")
    assert app.session_state.service == "hospital"
    box.set_value("primary").run()
    assert app.session_state.service == "primary"
    assert not app.exception


def test_no_word_of_a_rule_is_nan() -> None:
    bare = {"service": "primary", "what": "service radius", "default": 1, "radius_m": 450.0, "standard": float("nan")}
    here = dataclasses.replace(town().workspace, standards=pd.DataFrame([bare]))
    assert rule(here, "primary").standard == ""
