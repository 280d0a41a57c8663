"""Plans and years beside each other on the page, without a browser: rows, differences, the two sides, years, the link."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from html import escape, unescape
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import geopandas as gpd
import pandas as pd
import pytest
import streamlit as st
from hypothesis import given
from hypothesis import strategies as some
from streamlit.testing.v1 import AppTest

from geo import answers
from geo.answers.series import GROWTH, in_year
from geo.case import Case
from geo.examples import town
from geo.scenario import Added, Closed, Scenario, apply
from layers import exports, workspace
from layers.store.place import plans_of
from layers.write import geojson
from tests.screen import DATA, page, texts, told_map
from ui.panels.compare_panel import told_of_both
from ui.parts import charts
from ui.session import compared
from ui.session.compared import HERE, TODAY, Row

pytestmark = pytest.mark.timeout(900)

SCHOOL = Added("N01", "primary", 117.66, 39.06, 1080.0, 2028)
PLAN = Scenario("东双创A", (SCHOOL,))


class State(dict[str, Any]):
    """A session: members by name, as Streamlit's are."""

    __setattr__ = dict.__setitem__

    def __getattr__(self, name: str) -> Any:
        return self[name]


@pytest.fixture(scope="module")
def base() -> Case:
    return workspace.case(workspace.load(DATA), "primary", 2025)


def message(app: AppTest) -> dict[str, Any]:
    told: dict[str, Any] = told_map(app)
    return told


def under(base: Case, plan: Scenario, year: int) -> Case:
    return replace(base, workspace=apply(base.workspace, plan, year), year=year)


# ---- on the page


def test_four_beside_each_other_one_without_what_does_not_fit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, base: Case
) -> None:
    there = tmp_path / "data"
    shutil.copytree(DATA, there, ignore=shutil.ignore_patterns("build"))
    monkeypatch.setenv("ZONEPLAN_DATA", str(there))
    store = plans_of(there)[0]
    store.save(PLAN, base_rev=0)
    older = replace(SCHOOL, seats=360.0, open_year=2024)
    store.save(Scenario("旧方案", objects=(older, Closed("gone"))), base_rev=0)
    rows = (Row(TODAY, 2025), Row(("旧方案", 0), 2025), Row(("东双创A", 1), 2030), Row(HERE, 2035))
    mine = Scenario("我的", objects=(replace(SCHOOL, seats=540.0), Closed(str(base.supply.index[0]))))
    app = page(panel="compare", compare=rows, cmp_sides=(0, 2), edits=(mine,))
    assert not app.exception
    assert not app.error
    (said,) = app.warning
    assert said.value.startswith("B 未计入不合现状的 close:gone，其余照常")
    kept = under(base, Scenario("旧方案", objects=(older,)), 2025)
    truth = answers.compared({"A": base, "B": kept, "C": under(base, PLAN, 2030), "D": under(base, mine, 2035)})[
        "total"
    ]
    shown = texts(app)
    for value in (*truth["covered"], *truth["unseated"], *truth["seats"]):
        assert f"<td>{value:,.0f}<" in shown
    for more in truth["d_covered"][1:]:
        assert f">{more:+,.0f}</small>" in shown
    assert all(
        word in shown for word in ("不同的参数", "年份", "方案版本", "未保存：", "2030 年人口按 2025 年不变假定")
    )
    assert ">nan<" not in shown
    assert ">None<" not in shown
    told = message(app)
    assert told["swipe"] == {"left": "A 现状 2025", "right": "C 东双创A（第 1 版） 2030"}
    sides = {spec["id"]: spec["side"] for spec in told["layers"] if "side" in spec}
    assert sides == {f"{name}-{side}": side for name in ("coverage", "service") for side in ("left", "right")}
    titles = {spec["id"]: spec["title"] for spec in told["layers"]}
    assert titles["service-left"] == "A · 小学（8）"
    assert titles["service-right"] == "C · 小学（9）"
    assert next(spec for spec in told["layers"] if spec["id"] == "service")["on"] is False
    legends = {spec["id"]: [one["text"] for one in spec["legend"]] for spec in told["layers"] if "side" in spec}
    assert legends["coverage-left"] == []
    assert len(legends["coverage-right"]) == 3
    assert (
        f"步行可达 · A {truth['covered'].iloc[0]:,.0f} · C {truth['covered'].iloc[2]:,.0f} 人"
        in legends["coverage-right"]
    )
    assert told["address"]["compare"].startswith("2025:base,2025:0:")
    assert told["address"]["sides"] == "AC"


def test_a_class_of_two_maps_tells_only_the_numbers_twice() -> None:
    assert told_of_both("无人", "无人", "AB") == "无人"
    assert told_of_both("15 分钟内（5 人）", "15 分钟内（1,115 人）", "AC") == "15 分钟内（A 5 · C 1,115 人）"
    assert (
        told_of_both("within 15 min (1,234 people)", "within 15 min (1,254 people)", "BD")
        == "within 15 min (B 1,234 · D 1,254 people)"
    )


def test_years_tell_their_model_and_the_map_follows_the_slider(base: Case) -> None:
    app = page(panel="compare", cmp_view="years", cmp_who=HERE, cmp_year=2027, edits=(PLAN,))
    assert not app.exception
    assert not app.error
    before = message(app)["layers"]
    app.slider(key="cmp_year_at").set_value(2028).run()
    after, shown = message(app), texts(app)
    titles = [{spec["id"]: spec["title"] for spec in layers} for layers in (before, after["layers"])]
    assert [t["service-then"] for t in titles] == ["2027 · 小学（8）", "2028 · 小学（9）"]
    assert after["address"]["years"] == "2028,housing,here"
    series = answers.series(base, PLAN)
    row = series["total"].set_index("year").loc[2028]
    for key in ("people", "seats", "shortage"):
        assert f"{row[key]:,.0f}" in shown
    assert "2028 年居民：沿用 2025 年" in shown
    assert GROWTH["housing"].zh in chart(app)
    app.session_state["cmp_growth"] = "totals"
    app.run()
    assert "请填写至少一个年份" in texts(app)
    app.session_state["cmp_total_2035"] = 160_000.0
    app.run()
    assert not app.exception
    assert "按规划总量（假定）" in texts(app)
    assert "118,000" in texts(app)  # 100 000 in 2025, 160 000 in 2035
    assert message(app)["address"]["years"] == "2028,totals,here,2035=160000"


def chart(app: AppTest) -> str:
    (drawn,) = (e.proto.body for e in app.get("html") if '<figure class="zp-chart"' in e.proto.body)
    return str(drawn)


def test_no_standard_and_no_seats_are_said_not_guessed() -> None:
    app = page(panel="compare", service="metro")
    assert not app.exception
    assert "无学位学生" not in texts(app)
    assert not app.error


# ---- the link


NAMES = some.text(min_size=1, max_size=12).filter(
    lambda text: text.strip() == text and not any(0xD800 <= ord(c) <= 0xDFFF for c in text)
)
WHO = some.one_of(some.just(TODAY), some.just(HERE), some.tuples(NAMES, some.integers(0, 999)))
ROWS = some.lists(some.builds(Row, WHO, some.integers(2020, 2035)), min_size=2, max_size=4).map(tuple)


@given(
    rows=ROWS,
    who=WHO,
    year=some.integers(2020, 2035),
    growth=some.sampled_from(sorted(GROWTH)),
    total=some.integers(1, 10**7),
)
def test_what_the_address_names_is_what_a_colleague_takes_up(
    rows: tuple[Row, ...], who: tuple[str, int], year: int, growth: str, total: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        sides = (len(rows) - 1, 0)
        sent = State(panel="compare", cmp_rows=rows, cmp_sides=sides, cmp_view="years", cmp_who=who, cmp_year=year,
                     cmp_growth=growth, cmp_totals={2030: float(total)})  # fmt: skip
        patch.setattr(st, "session_state", sent)
        address = compared.named()
        opened = State()
        patch.setattr(st, "session_state", opened)
        compared.take_up(address)
        assert opened == {
            "compare": rows, "cmp_sides": sides, "cmp_view": "years", "cmp_year": year, "cmp_growth": growth,
            "cmp_who": who, "cmp_totals": {2030: float(total)},
        }  # fmt: skip
        patch.setattr(st, "session_state", State(panel="seats", cmp_rows=rows))
        assert compared.named() == {}


@pytest.mark.parametrize("asked", [
    {}, {"compare": ""}, {"compare": "2025:base"}, {"compare": "x,y"}, {"compare": "1999:base,2025:"}, {"compare": "2025:base,2025:7"},
    {"compare": "2025:base,2025:x:name"}, {"years": "2030"}, {"years": "2030,guess,base"}, {"years": "a,held,base"}, {"years": "2030,held,"},
    {"sides": "AB"},
])  # fmt: skip
def test_an_address_that_names_nothing_usable_changes_nothing(asked: dict[str, str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        opened = State()
        patch.setattr(st, "session_state", opened)
        compared.take_up(asked)
        assert opened == {}


def test_sides_that_are_not_among_the_rows_and_totals_that_are_no_numbers_are_left_out() -> None:
    with pytest.MonkeyPatch.context() as patch:
        opened = State()
        patch.setattr(st, "session_state", opened)
        compared.take_up(
            {"compare": "2025:base,2030:here", "sides": "AD", "years": "2030,totals,base,2035=-5,x=1,2030=7"}
        )
        assert "cmp_sides" not in opened
        assert opened["cmp_totals"] == {2030: 7.0}


# ---- files and figures


def test_the_file_has_one_shape_a_zone_and_says_which_letter_is_which_plan(tmp_path: Path) -> None:
    case = town()
    closed = case.under(apply(case.workspace, Scenario("none", (), ("S",))))
    answer = answers.compared({"A 现状 2025": case, "B 无 2025": closed})
    frames = exports.side_by_side(case.workspace, answer)
    path = tmp_path / "compared.geojson"
    geojson.write(frames["zones"], path, meta=geojson.meta(answer, date=None))
    read = gpd.read_file(path).set_index("zone_id")
    assert len(read) == len(case.workspace.zones)
    assert read.loc["south", ["A_covered", "B_covered", "B_d_covered"]].tolist() == [1100.0, 0.0, -1100.0]
    assert "A_d_covered" not in read
    assert frames["plans"].to_dict("list") == {"letter": ["A", "B"], "plan": ["A 现状 2025", "B 无 2025"]}
    book = exports.write(
        case.workspace, frames, tmp_path / "compared.xlsx", "xlsx", meta=geojson.meta(answer, date=None)
    )
    sheets = pd.read_excel(book, sheet_name=None)
    assert {"zones", "total", "plans", "parameters"} <= {name for name in sheets}


def test_a_figure_is_whole_where_there_are_data_and_dashed_after(base: Case) -> None:
    years = range(2020, 2036)
    table = pd.DataFrame(
        {"zone": "海洋", "year": years, "value": [float(y) for y in years], "data": [y in (2020, 2025) for y in years]}
    )
    words = ["居民", "after the last year of data: residents held, with the scenario's housing and moves"]
    drawn = charts.year_lines(table, {"海洋": "#4e8fc7"}, words=words, known=2025, now=2030, share=False)
    svg = unquote(unescape(drawn))
    lines = dict(re.findall(r'<polyline points="([^"]*)"[^>]*?(stroke-dasharray|stroke-linejoin)', svg))
    assert {len(points.split()): how for points, how in lines.items()} == {6: "stroke-linejoin", 11: "stroke-dasharray"}
    assert re.findall(r"<title>海洋 (\d{4}): ", svg) == ["2020", "2025"]
    (now,) = re.findall(r'class="now" x1="([\d.]+)"', svg)
    whole = next(points for points in lines if len(points.split()) == 11)
    assert now == whole.split()[5].split(",")[0]
    assert f"<span>{escape(words[1])}</span>" in drawn


@pytest.mark.parametrize("growth", ["housing", "held", "totals"])
def test_the_year_on_the_map_is_that_year_of_the_series(base: Case, growth: Any) -> None:
    totals = {2035: 160_000.0} if growth == "totals" else None
    total = answers.series(base, PLAN, growth=growth, totals=totals, years=(2025, 2027, 2030))["total"].set_index(
        "year"
    )
    for year in total.index:
        one = in_year(base, PLAN, year, growth=growth, totals=totals)
        row = answers.coverage(one)["total"].iloc[0]
        assert row["people"] == pytest.approx(total.loc[year, "people"])
        assert row["covered_walk"] == pytest.approx(total.loc[year, "covered"])
