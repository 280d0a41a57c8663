"""Consistency through the doors: the folder, the shell, the page."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pandas as pd
import pytest

import cli
from layers import workspace
from tests.screen import page, texts
from tests.village import village

HEAD = "id,expression,sentence_zh,sentence_en,clause,basis,source_id\n"


def test_a_folder_brings_its_own_constraints(tmp_path: Path) -> None:
    there = village(tmp_path / "village")
    assert workspace.check(there).errors == ()
    (there / "constraints.csv").write_text(
        HEAD + "A,a = 1,甲,a,,sourced,\nB,a >= b * c,乙,b,,guess,\nB,a >= 2,丙,c,,sourced,\n", "utf-8"
    )
    found = {(f.row, f.field) for f in workspace.check(there).errors if f.file == "constraints.csv"}
    assert found == {(2, "basis"), (2, "expression"), (3, "id")}
    (there / "constraints.csv").write_text(HEAD + "A,a = 1,甲,a,,sourced,nobody\n", "utf-8")
    checked = workspace.check(there)
    assert checked.errors == ()
    assert [(f.level, f.row, f.field) for f in checked.findings if f.file == "constraints.csv"] == [("warning", 1, "source_id")]  # fmt: skip
    assert checked.workspace is not None and len(checked.workspace.constraints) == 1


def test_the_shell_tells_the_sets(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["consistency", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    rows = pd.DataFrame(told["conflicts"])
    assert {"Q04", "I11-zone:2020"} == set(rows.loc[rows["known"] == "C05", "constraint_id"])
    assert cli.main(["cite", "Q04"]) == 0
    assert "比重达47%" in capsys.readouterr().out


def test_the_page_shows_sentences_side_by_side_with_the_plans_words() -> None:
    app = page(panel="targets", register_part="consistency")
    assert not app.exception
    shown = texts(app)
    assert "以下 2 句不能同时成立" in shown and "以下 4 句不能同时成立" in shown
    assert "即 C05" in shown and "以表1为准" in shown and "第一章（一）" in shown
    assert re.search(r"<mark>.*比重达47%.*</mark>", shown)
    assert "循环论证" in shown  # what takes no part is said


def test_the_page_speaks_english_and_says_what_has_not_been_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = village(tmp_path / "village")
    targets = "indicator_id,name,name_en,unit,baseline_2020,target_2025,operator,clause,basis\nT,学校,Schools,个,3,5,>=,表1,sourced\n"
    (there / "targets.csv").write_text(targets, "utf-8")
    (there / "constraints.csv").write_text(HEAD + "A,T_2020 = 4,正文：四所,Text: four,第二章,sourced,\n", "utf-8")
    monkeypatch.setenv("ZONEPLAN_DATA", str(there))
    app = page(panel="targets", register_part="consistency", lang="en")
    assert not app.exception
    shown = texts(app)
    assert "these 2 sentences cannot all hold" in shown and "Text: four" in shown and "baseline of 2020 is 3" in shown
    assert "This is C" not in shown
    (there / "constraints.csv").write_text(HEAD + "A,T_2020 = 3,正文：三所,Text: three,第二章,sourced,\n", "utf-8")
    assert "can all hold" in texts(page(panel="targets", register_part="consistency", lang="en"))
