"""Ranges that a workspace or a planner writes down: laid over the table of bases, and every fault named."""

from __future__ import annotations

import dataclasses

import geopandas as gpd
import pandas as pd
import pytest

import cli
from geo import answers
from geo.errors import InputError
from geo.examples import town
from geo.uncertainty import Uncertainties
from geo.uncertainty.settings import FIELDS, from_table, ranges
from layers import exports, workspace
from layers.page.words import header
from layers.shell import ranges as door
from tests.village import village

WRONG = {
    "people": ({"low": 0.9}, "uncertainty.people", "nothing uncertain"),
    "share:infant": ({"low": 0.9}, "uncertainty.share:infant", "nothing uncertain"),
    "people:total": ({"low": "few"}, "uncertainty.people:total.low", "must be a number"),
    "people:zones": ({"high": float("nan")}, "uncertainty.people:zones.high", "must be a number"),
    "people:cells": ({"low": 2, "high": 1}, "uncertainty.people:cells.low", "exchange them"),
    "births": ({"law": "cauchy"}, "uncertainty.births.law", "must be one of fixed"),
    "speed": ({"used": "maybe"}, "uncertainty.speed.used", "true or false"),
    "seats:stated": ({"basis": "guessed"}, "uncertainty.seats:stated.basis", "must be one of measured"),
    "age_share": ({"width": 2}, "uncertainty.age_share.width", "not known"),
    "streets:length": (1.2, "uncertainty.streets:length", "write 'streets:length'"),
    "position:schools": ({"source": 7}, "uncertainty.position:schools.source", "must be a text"),
}


def test_every_fault_is_told_at_once_with_its_key_and_field():
    with pytest.raises(InputError) as told:
        ranges({key: said for key, (said, _, _) in WRONG.items()})
    found = [(f.file, f.field, f.text_en) for f in told.value.findings]
    assert len(found) == len(WRONG)
    for (_, field, words), (file, where, text) in zip(WRONG.values(), found, strict=True):
        assert (file, where) == ("workspace.toml", field)
        assert words in text
    assert all(f.text_zh for f in told.value.findings)


def test_what_is_no_table_is_refused():
    with pytest.raises(InputError, match="must be a table"):
        ranges(["people:total"])
    assert ranges(None) == {}


def test_a_folder_says_its_ranges_and_a_wrong_one_is_found_by_the_check(tmp_path):
    folder = village(tmp_path / "place")
    settings = folder / "workspace.toml"
    plain = settings.read_text("utf-8")
    said = (
        '\n[uncertainty]\n"people:total" = { low = 0.9, high = 1.1, basis = "measured", source = "police register" }\n'
    )
    settings.write_text(plain + said, "utf-8")
    case = workspace.case(workspace.load(folder), "primary")
    row = Uncertainties.of(case).at("people:total")
    assert (row.low, row.high, row.basis, row.source, row.range_from) == (
        0.9,
        1.1,
        "measured",
        "police register",
        "workspace",
    )
    settings.write_text(plain + said.replace("0.9", "1.9"), "utf-8")
    found = [f for f in workspace.check(folder).findings if f.level == "error"]
    assert [(f.file, f.field) for f in found] == [("workspace.toml", "uncertainty.people:total.low")]


def test_a_table_written_out_and_changed_in_one_row_changes_that_row_alone(tmp_path):
    case = town()
    table = Uncertainties.of(case)
    path = door.write(table, tmp_path / "mine.csv")
    assert door.read(path, case) == table
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    frame.loc[frame["key"] == "people:cells", ["high", "source"]] = ["1.2", "走访"]
    frame.to_csv(path, index=False)
    mine = door.read(path, case)
    assert mine.told == ["people:cells"]
    assert (mine.at("people:cells").high, mine.at("people:cells").source) == (1.2, "走访")
    assert dataclasses.replace(
        mine.at("people:cells"), high=table.at("people:cells").high, source="", range_from="basis"
    ) == table.at("people:cells")
    assert mine.signature != table.signature


@pytest.mark.parametrize(
    ("rows", "where", "words"),
    [
        ({"low": ["1"]}, (None, "key"), "lacks the column"),
        ({"key": ["births", "birth"], "low": ["0.9", "0.9"]}, (2, "key"), "nothing uncertain"),
        ({"key": ["births", "births"]}, (2, "key"), "twice"),
        ({"key": ["births"], "high": ["ten"]}, (1, "high"), "must be a number"),
        ({"key": ["births"], "used": ["perhaps"]}, (1, "used"), "true or false"),
        ({"key": [""], "low": ["1"]}, (1, "key"), "nothing uncertain"),
    ],
)
def test_a_wrong_row_is_named_by_file_row_and_column(rows, where, words):
    with pytest.raises(InputError, match=words) as told:
        from_table(pd.DataFrame(rows), "mine.csv")
    (found,) = told.value.findings
    assert (found.file, found.row, found.field) == ("mine.csv", *where)


def test_a_range_that_cannot_be_for_its_input_is_told_with_its_file():
    table = Uncertainties.of(town())
    with pytest.raises(InputError, match="cannot be") as told:
        table.laid_over({"people:total": {"low": 3.0}}, "planner", file="mine.csv")
    assert (told.value.findings[0].file, told.value.findings[0].field) == ("mine.csv", "uncertainty.people:total")
    with pytest.raises(InputError, match="change the data themselves"):
        table.changed("people:total", low=1.1, high=1.1)


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00", b'key,low\n"births'])
def test_a_file_that_cannot_be_read_is_told_so(tmp_path, content):
    path = tmp_path / "mine.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match="mine"):
        door.read(path, town())


def test_the_fields_are_those_of_a_row():
    assert set(FIELDS) <= {f.name for f in dataclasses.fields(Uncertainties.of(town()).rows[0])}


def test_the_shell_takes_a_table_and_the_answer_says_what_was_changed(tmp_path, capsys):
    folder = village(tmp_path / "place")
    mine = tmp_path / "mine.csv"
    assert (
        cli.main(["uncertainty", "--data", str(folder), "--service", "primary", "--draws", "20", "--ranges", str(mine)])
        == 0
    )
    frame = pd.read_csv(mine, dtype=str, keep_default_na=False)
    frame.loc[frame["key"] == "people:total", "law"] = "fixed"
    frame.to_csv(mine, index=False)
    capsys.readouterr()
    assert (
        cli.main(
            [
                "uncertainty",
                "--data",
                str(folder),
                "--service",
                "primary",
                "--draws",
                "20",
                "--uncertainty",
                str(mine),
                "--json",
            ]
        )
        == 0
    )
    told = capsys.readouterr().out
    assert '"people:total"' in told
    frame.loc[0, "low"] = "x"
    frame.to_csv(mine, index=False)
    assert (
        cli.main(["worth", "--data", str(folder), "--service", "primary", "--p", "1", "--uncertainty", str(mine)]) != 0
    )
    assert "mine.csv, 第 1 行 row 1, 字段 field low" in capsys.readouterr().err


def test_every_answer_of_what_is_not_known_carries_its_table_and_signature():
    case = town()
    table = Uncertainties.of(case).changed("people:total", high=1.3)
    told = (
        answers.uncertain(case, table=table, draws=10),
        answers.robust(case, p=1, table=table, draws=10, spacing=50, limit=200),
        answers.value(case, p=1, table=table, draws=10, values=4, spacing=50, limit=200),
    )
    for answer in told:
        assert (answer.parameters["ranges"], answer.parameters["changed"]) == (table.signature, ["people:total"])
        kept = answer["ranges"] if "ranges" in answer.tables else answer["inputs"]
        assert Uncertainties.read(kept) == table


def test_intervals_go_out_on_the_shapes_of_the_zones_and_the_lists_as_tables(tmp_path):
    case = town()
    frames, about = exports.collect(case, "uncertainty", limit=200)
    zones = frames["zones"]
    assert zones.index.tolist() == case.workspace.zones.index.tolist()
    assert zones.geometry.geom_equals(case.workspace.zones.geometry).all()
    long = about["intervals"].set_index(["zone_id", "quantity"])
    for zone, row in zones.iterrows():
        assert row["covered_low"] == long.loc[(zone, "covered"), "low"]
        assert row["covered_words_zh"] == long.loc[(zone, "covered"), "words_zh"]
    path = exports.write(case.workspace, frames, tmp_path / "a.gpkg", "gpkg", meta={}, about=about)
    back = gpd.read_file(path, layer="zones")
    assert back["covered_high"].tolist() == pytest.approx(zones["covered_high"].tolist())
    for layer in ("robust", "worth"):
        with pytest.raises(InputError, match="at least 1"):
            exports.collect(case, layer)


def test_columns_of_what_is_not_known_have_chinese_names():
    case = town()
    told = (
        answers.uncertain(case, draws=10)["intervals"],
        answers.value(case, p=1, draws=10, values=4, spacing=50, limit=200)["inputs"],
    )
    for column in (c for frame in told for c in frame.columns if c not in ("zh", "en")):
        assert any("\u4e00" <= sign <= "\u9fff" for sign in header(column, "zh")), column
