"""Tables and charts of the page: what is written in them, whole and escaped, and nothing drawn that is not known."""

from __future__ import annotations

import math
import re
from urllib.parse import unquote
from xml.etree import ElementTree

import pandas as pd
import pytest
import streamlit as st

from ui.parts import charts
from ui.parts.grid import MOST, Mark, Share, html_of

NAN = math.nan
EVIL = "<img src=x onerror='1'>&"


@pytest.fixture(autouse=True)
def _chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(st, "session_state", {"lang": "zh"})


def parsed(html: str) -> ElementTree.Element:
    return ElementTree.fromstring(f"<all>{html}</all>")


def svg(html: str) -> ElementTree.Element:
    """Return the picture of a chart as the browser is given it."""
    (box,) = [node for node in parsed(html).iter("div") if node.get("data-svg")]
    return ElementTree.fromstring(unquote(str(box.get("data-svg"))).replace(' xmlns="http://www.w3.org/2000/svg"', ""))


def test_numbers_have_thousands_what_is_not_known_is_a_dash_and_names_are_text() -> None:
    table = pd.DataFrame(
        {EVIL: ["甲", EVIL], "n": [1234.0, NAN], "share": [Share(0.25), Share(NAN)], "told": ["1,000", "–"]}
    )
    tree = parsed(html_of(table))
    rows = [["".join(td.itertext()) for td in tr] for tr in tree.iter("tr")]
    assert rows == [[EVIL, "n", "share", "told"], ["甲", "1,234", "25%", "1,000"], [EVIL, "–", "–", "–"]]
    assert [td.get("class") for td in next(iter(tree.iter("tbody")))[0]] == ["", "n", "n", "n"]
    assert [
        td.get("class") for td in next(iter(parsed(html_of(pd.DataFrame({"a": ["预期性"]}))).iter("tbody")))[0]
    ] == ["s"]
    assert [i.get("style") for i in tree.iter("i") if i.get("style")] == ["width:25%"]


def test_a_row_says_where_it_lies_and_what_it_is_and_can_be_reached_by_key() -> None:
    table = pd.DataFrame({"a": ["x", "y", "z"]})
    tree = parsed(html_of(table, [Mark("117,39"), Mark(pick='target:"1', chosen=True), Mark()]))
    first, second, third = next(iter(tree.iter("tbody")))
    assert (first.get("data-at"), first.get("tabindex"), first.get("data-pick")) == ("117,39", "0", None)
    assert (second.get("data-pick"), second.get("aria-selected")) == ('target:"1', "true")
    assert third.attrib == {}


def test_a_long_table_scrolls_and_says_what_it_leaves_out() -> None:
    short, long = (html_of(pd.DataFrame({"a": range(n)})) for n in (5, MOST + 7))
    assert "long" not in short and 'class="zp-grid long" tabindex="0"' in long
    assert long.count("<tr") == MOST + 1
    assert f"共 {MOST + 7} 行" in long
    assert "<tbody></tbody>" in html_of(pd.DataFrame({"a": []}))


STAGES = pd.DataFrame(
    {
        "stage": ["小学", EVIL],
        "existing": [100.0, 0.0],
        "planned": [50.0, NAN],
        "target": [NAN, 30.0],
        "demand": [200.0, NAN],
    }
)
FILLS = pd.DataFrame({"name": [EVIL, "乙"], "fill": [1.0, NAN], "used": [10.0, 0.0], "seats": [10.0, 0.0]})
YEARS = pd.DataFrame({"year": [2020, 2025, 2022], "value": [1.0, 3.0, 1.5], "what": ["plan", "plan", "actual"]})
PLANS = pd.DataFrame({"point": [1, 2], "covered": [10.0, 20.0], "share": [0.1, 0.2], "mean_walk_m": [500.0, 400.0], "bound_walk_m": [490.0, NAN],
                      "new_sites": [1, 2], "knee": [False, True], "status": ["optimal", "feasible"]})  # fmt: skip


@pytest.mark.parametrize(
    "drawn",
    [lambda: charts.seat_bars(STAGES), lambda: charts.fill_bars(FILLS), lambda: charts.pace_lines(YEARS, EVIL), lambda: charts.tradeoff(PLANS, "walk", 2),
     lambda: charts.tradeoff(PLANS, "sites", None), lambda: charts.lorenz(pd.DataFrame({"people_share": [0.0, 1.0], "seats_share": [0.0, 1.0]})),
     lambda: charts.pace_lines(YEARS.assign(value=0.0), ""), lambda: charts.fill_bars(FILLS.iloc[:0]), lambda: charts.seat_bars(STAGES.iloc[:0]),
     lambda: charts.tradeoff(PLANS.iloc[:1], "walk", 1)],
)  # fmt: skip
def test_every_chart_is_whole_and_has_a_name_and_no_number_that_is_none(drawn) -> None:
    html = drawn()
    picture = svg(html)
    assert picture.get("role") == "img"
    assert picture[0].tag == "title" and picture[0].text
    assert {node.tag for node in picture.iter()} <= {
        "svg",
        "title",
        "desc",
        "line",
        "polyline",
        "rect",
        "circle",
        "text",
    }
    assert "nan" not in html and "inf" not in html and "#" not in re.sub("&(amp;)?#x?[0-9a-f]+;", "", html)


def test_bars_are_as_long_as_their_numbers_and_dots_are_pressed_by_their_number() -> None:
    tree = svg(charts.seat_bars(STAGES))
    wide = {r[0].text: float(r.get("width")) for r in tree.iter("rect") if len(r)}
    assert wide["小学 现状学位 100"] == pytest.approx(2 * wide["小学 规划学位 50"], abs=0.2)
    assert len([r for r in tree.iter("rect") if len(r)]) == 4  # nothing for what is nought or not known
    dots = [c.get("data-pick") for c in svg(charts.tradeoff(PLANS, "walk", 2)).iter("circle")]
    assert [d for d in dots if d] == ["plan:1", "plan:2"]
