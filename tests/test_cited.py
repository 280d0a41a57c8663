"""The plan's own words: found in their place, whole; every quotation of the bundled tables is in the text, with its numbers."""

from __future__ import annotations

import dataclasses
import json
import re

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

import cli
from geo import answers
from geo.errors import InputError
from geo.plantext import missing, places, sentences
from layers import workspace
from layers.workspace import plan_words
from tests.screen import DATA, PATIENCE, page, tables, texts

WIDE = str.maketrans("０１２３４５６７８９．％：", "0123456789.%:")
SPELT = {
    "千亿": "1000",
    "前十二": "12",
    "进入前十": "10",
    "三大": "3",
    "四大": "4",
    "占三家": "3",
    "三年": "3",
    "八大": "8",
}


@pytest.fixture(scope="module")
def place():
    return workspace.load(DATA)


def numbers(words: str) -> set[float]:
    plain = words.translate(WIDE) + " ".join(digits for spelt, digits in SPELT.items() if spelt in words)
    return {float(n) for n in re.findall(r"(?<![\d.])-?\d+(?:\.\d+)?", plain)}


def test_every_quotation_is_in_the_text(place):
    assert len(place.plan_text) > 250 and len(place.quotes) > 200 and len(place.facts) >= 150
    assert missing(place.plan_text, place.quotes["quote"]) == []
    assert missing(place.plan_text, place.facts["quote"]) == []


def test_every_number_of_a_target_is_in_its_row_of_the_plans_table(place):
    quotes = place.quotes[(place.quotes["kind"] == "target") & (place.quotes["field"] == "table")].set_index("id")[
        "quote"
    ]
    assert set(quotes.index) == set(place.targets["indicator_id"])
    counted = 0
    for row in place.targets.to_dict("records"):
        told = numbers(quotes[row["indicator_id"]])
        for column in ("baseline_2020", "target_2025"):
            value = pd.to_numeric(row[column], errors="coerce")
            if pd.notna(value):
                counted += 1
                assert float(value) in told, (row["indicator_id"], column)
        where = places(place.plan_text, quotes[row["indicator_id"]])
        assert list(where["clause"]) == [row["clause"]] and list(where["kind"]) == ["table row"]
    assert counted == 94


def test_every_fact_carries_its_clause_and_its_number(place):
    facts = place.facts
    assert facts["id"].is_unique
    for row in facts.fillna("").to_dict("records"):
        clauses = list(dict.fromkeys(places(place.plan_text, row["quote"])["clause"]))
        assert row["clause"] == "、".join(clauses), row["id"]
        assert all(row[c] for c in ("group", "name_zh", "name_en", "what_zh", "what_en", "basis", "source_id")), row[
            "id"
        ]
        if row["number"]:
            assert float(row["number"]) in numbers(row["quote"]), row["id"]
        if row["zone_id"]:
            assert set(row["zone_id"].split(";")) <= set(place.zones.index)


def test_every_project_is_quoted_where_its_clause_says(place):
    for row in place.projects.to_dict("records"):
        found = set(answers.citation(place, "project", row["project_id"])["places"]["clause"])
        assert set(row["clause"].split("、")) <= found, row["project_id"]


def test_every_zone_has_words_for_role_functions_and_carriers(place):
    for zone_id in place.zones.index:
        assert set(answers.citation(place, "zone", zone_id)["places"]["field"]) == {"role", "functions", "carriers"}


OUTSIDE_THE_PLAN = {"C18", "C21", "C23"}
"""Notes on what the plan does not print, and on bounds and areas from elsewhere."""


def test_a_contradiction_of_the_plan_shows_both_its_sentences(place):
    own = place.contradictions.set_index("id")
    for name, about in own["about"].items():
        found = answers.citation(place, "contradiction", name)["places"]
        if about == "plan":
            assert set(found["side"]) == {"a", "b"}, name
        assert found.empty == (name in OUTSIDE_THE_PLAN), name


@given(st.lists(st.text("甲乙丙丁12.。;,：「 \n", min_size=1, max_size=30), min_size=1, max_size=4), st.data())
def test_whatever_is_cut_from_a_text_is_found_where_it_was_cut(paragraphs, data):
    at = data.draw(st.integers(0, len(paragraphs) - 1))
    words = paragraphs[at]
    start = data.draw(st.integers(0, len(words) - 1))
    end = data.draw(st.integers(start + 1, len(words)))
    quote = words[start:end]
    text = pd.DataFrame({"paragraph": range(len(paragraphs)), "text": paragraphs})
    found = places(text, quote)
    if not quote.strip():
        assert found.empty
        return
    assert missing(text, pd.Series([quote])) == []
    bare = "".join(quote.split())
    assert (found["paragraph"] == at).any()
    for row in found.to_dict("records"):
        assert "".join(row["sentence"][row["start"] : row["end"]].split()) == bare
        assert row["sentence"] in paragraphs[row["paragraph"]]
    # As many places as a plain count finds, paragraph by paragraph.
    assert len(found) == sum("".join(p.split()).count(bare) for p in paragraphs)


@given(st.text("甲乙。;！」 ", max_size=40))
def test_sentences_are_the_whole_paragraph(words):
    assert "".join(words[a:b] for a, b in sentences(words)) == words


def test_the_neighbours_are_those_of_the_text():
    plan = pd.DataFrame({"text": ["一。", "二。三。四。", "五。"]})
    assert places(plan, "二。三")[["before", "sentence", "after"]].to_dict("records") == [
        {"before": "一。", "sentence": "二。三。", "after": "四。"}
    ]
    assert places(plan, "四")["after"].tolist() == ["五。"]
    assert places(plan, "六").empty and places(plan.iloc[:0], "一").empty


def test_a_quotation_that_is_not_there_is_named(place):
    quotes = pd.DataFrame([{"kind": "project", "id": "P07", "field": "what", "quote": "建一百所学校", "side": ""}])
    with pytest.raises(InputError, match=r"what.*建一百所学校"):
        answers.citation(dataclasses.replace(place, quotes=quotes), "project", "P07")
    found = plan_words.check({"plan_text": place.plan_text, "quotes": quotes, "facts": None})
    assert [(f.level, f.file, f.row, f.field) for f in found] == [("warning", "quotes.csv", 1, "quote")]
    found = plan_words.check({"plan_text": place.plan_text.drop(columns="text"), "quotes": quotes, "facts": None})
    assert [(f.level, f.file, f.field) for f in found] == [("error", "plan_text.csv", "text")]


def test_without_the_text_the_quotation_stands_alone_and_says_so(place):
    answer = answers.citation(dataclasses.replace(place, plan_text=pd.DataFrame()), "project", "P07")
    assert "义务教育" in answer["places"]["sentence"].iloc[0] and "does not come with" in answer.notes[0].en


def test_a_standard_says_that_its_text_is_elsewhere(place):
    answer = answers.citation(place, "standard", "primary")
    assert answer["places"].empty and "not come with" in answer.notes[0].en
    assert {"standard", "clause", "confidence"} <= set(answer["record"].columns)


@pytest.mark.parametrize(("asked", "kind"), [("P07", "project"), ("I29-primary", "target"), ("haiyang-bei", "zone"), ("C05", "contradiction"), ("F001", "fact")])  # fmt: skip
def test_the_shell_cites(asked, kind, capsys):
    assert cli.main(["--data", str(DATA), "cite", asked, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["parameters"]["kind"] == kind and told["places"][0]["sentence"]
    assert cli.main(["--data", str(DATA), "cite", asked]) == 0
    assert "【" in capsys.readouterr().out
    assert cli.main(["--data", str(DATA), "cite", "不存在的东西"]) == 2
    assert "没有说到" in capsys.readouterr().err


def test_the_register_carries_clause_and_words(place):
    answer = answers.register(place)
    for name in ("targets", "projects", "facts"):
        assert answer[name]["quote"].notna().all() and answer[name]["clause"].notna().all()
    assert answer["contradictions"]["quote"].map(bool).sum() == len(answer["contradictions"])


def _hostile() -> None:
    """Run as a page: a plan with markup in every place of it."""
    import dataclasses

    import pandas as pd

    from geo.examples import town
    from ui.parts.cited import cited

    evil = "<img src=x onerror=alert(1)>"
    text = pd.DataFrame({"chapter": [evil], "clause": [evil], "text": [f"{evil}前。说{evil}。后{evil}。"]})
    quotes = pd.DataFrame({"kind": ["zone"], "id": ["south"], "field": [evil], "quote": [f"说{evil}"], "side": [evil]})
    sources = {"p": {"file": "plan_text.csv", "title": evil}}
    cited(dataclasses.replace(town().workspace, plan_text=text, quotes=quotes, sources=sources), "zone", "south")


def test_hostile_text_is_escaped():
    app = AppTest.from_function(_hostile, default_timeout=PATIENCE).run()
    assert not app.exception
    shown = texts(app)
    assert "<mark>" in shown and "<img" not in shown and shown.count("&lt;img") >= 6


def test_a_role_of_a_zone_opens_the_plans_sentence():
    shown = texts(page(panel="zones", zone="haiyang-bei"))
    assert re.search(r"<mark>.*<b>信创产业产能集聚区\(北产能\)</b>.*</mark>", shown)
    assert "六、实施空间布局优化行动" in shown and "2021-07-31" in shown


def test_a_contradiction_opens_both_sentences_on_the_page():
    shown = texts(page(panel="targets", register_part="contradictions"))
    assert "比重达47%" in shown and "51.5(占本区)" in shown


def test_facts_are_found_by_word_and_group():
    app = page(panel="targets", register_part="facts", facts_search="地理信息系统")
    assert not app.exception and "1 处说到" in texts(app)
    assert list(tables(app)[0].iloc[:, 1]) == ["海洋片区地理信息系统"]
    app = page(panel="targets", register_part="facts", facts_group=["安全"])
    assert set(tables(app)[0].iloc[:, 0]) == {"安全"}


def test_a_picked_row_opens_its_sentence():
    app = page(panel="targets", row_target="I29-primary")
    assert not app.exception
    assert re.search(r"<mark>.*</mark>", texts(app))
    assert 'data-pick="target:I29-primary" aria-selected="true"' in texts(app)
    assert "<mark>" not in texts(page(panel="targets", row_target="no such row"))
    app = page(
        panel="targets",
        register_part="contradictions",
    )
    assert not app.exception
    assert re.search(r"<mark>.*</mark>", texts(app))
    app = page(panel="targets", register_part="projects", project_chosen="P07")
    assert not app.exception
    assert re.search(r"<mark>.*义务教育资源布局.*</mark>", texts(app))
