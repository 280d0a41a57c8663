"""Planners' files: the legitimate and the hostile corpus whole."""

from __future__ import annotations

from typing import Any

import pytest

from layers.incoming import Incoming, read
from tests.hostile import hostile, legit
from tests.hostile.__main__ import Ground, judged

pytest_plugins = ("tests.incoming_corpora",)
pytestmark = pytest.mark.timeout(900)  # the corpora are written once a run; a busy machine may take its time


def test_the_corpora_are_as_large_as_promised(cases: list[legit.Case], attack: Any) -> None:
    files = attack[1]
    assert len(cases) >= 120
    assert len(files) >= 400
    assert {f.kind for f in files} == set(hostile.CLASSES)
    assert len({f.path for f in files}) == len(files)


FORMATS = (
    "shp",
    "geojson",
    "esrijson",
    "topojson",
    "kml",
    "kmz",
    "gpkg",
    "fgb",
    "parquet",
    "gdb",
    "csv",
    "xlsx",
    "dxf",
    "tif",
    "osm",
)


@pytest.mark.parametrize("form", FORMATS)
def test_legitimate_files_are_read_exactly_or_ask(form: str, cases: list[legit.Case]) -> None:
    mine = [c for c in cases if c.name.split("-")[0] == form]
    assert mine
    assert {c.name: v for c in mine if (v := legit.verdict(c)) != "right"} == {}


def test_every_legitimate_case_has_a_format_that_is_tested(cases: list[legit.Case]) -> None:
    assert {c.name.split("-")[0] for c in cases} == set(FORMATS)


@pytest.mark.parametrize("kind", hostile.CLASSES)
def test_hostile_files_do_no_harm_and_never_pass_in_silence(
    kind: str, attack: tuple[Ground, list[hostile.Bad]]
) -> None:
    place, files = attack
    mine = [f for f in files if f.kind == kind]
    marks = {f.name: judged(f, place) for f in mine}
    assert {n: m for n, (m, said) in marks.items() if m - {"generic"}} == {}
    assert sum("generic" in m for m, _ in marks.values()) <= 0.03 * len(mine) + 1
    assert place.requests == []
    assert not place.wrote()


@pytest.fixture(scope="module")
def asked(cases: list[legit.Case]) -> dict[str, Incoming]:
    """What becomes of the cases that must ask before anything is answered, by name."""
    return {c.name: read(c.path, layer=c.layer) for c in cases if c.asks}


def test_questions_carry_choices_in_both_languages_and_a_guess_among_them(asked: dict[str, Incoming]) -> None:
    assert len(asked) > 20
    for result in asked.values():
        for q in result.questions:
            assert q.guess in {value for value, _, _ in q.choices}
            assert all(zh and en for _, zh, en in q.choices)
            assert q.text_zh
            assert q.text_en


def test_guesses_lead_to_an_end_and_no_question_comes_twice(
    cases: list[legit.Case], asked: dict[str, Incoming]
) -> None:
    for case in (c for c in cases if c.asks):
        answers: dict[str, Any] = {}
        result = asked[case.name]
        for _ in range(4):
            if not result.questions:
                break
            assert not {q.key for q in result.questions} & set(answers), case.name
            answers |= {q.key: q.guess for q in result.questions}
            result = read(case.path, layer=case.layer, answers=answers)
        assert not result.questions, case.name
        ends = (
            answers.get("crs") == "control_points" or answers.get("raster") == "none"
        )  # guesses that need more, or refuse
        assert result.frame is not None or ends, case.name
