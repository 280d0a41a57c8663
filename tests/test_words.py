"""Every word of the screen stands in one catalogue, in both languages, and nothing is in it that nobody says."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from string import Formatter
from typing import get_args

import pytest

from geo.answers.cited import CITED
from geo.answers.compared import COMPARED, measures
from geo.answers.series import GROWTH
from geo.consistency import KINDS
from geo.errors import Level
from geo.merge import MODES
from geo.monitor import LIGHTS, STATES
from geo.text import Text
from layers import exports
from layers.door import ACTIONS
from layers.incoming.child import sandbox
from layers.look import draw
from layers.report import making as report
from ui import words
from ui.map import ground, host, live, scene
from ui.panels import (
    area,
    compare_panel,
    compare_years,
    crossings_view,
    drawing,
    feeders_view,
    notes,
    plan_objects,
    programme_view,
    projects_view,
    seats_panel,
    siting_panel,
    targets_panel,
    tradeoff_view,
    zones_panel,
)
from ui.parts import cited, lacking, overview
from ui.session import compared, measure, ranges, state, tasks
from ui.words import CATALOGUE, SUBJECTS

ROOT = Path(__file__).resolve().parent.parent
CATALOGUE_FOLDER = ROOT / "ui" / "words"
CODE = [ROOT / "app.py", *sorted(p for p in (ROOT / "ui").rglob("*.py") if CATALOGUE_FOLDER not in p.parents)]
CHINESE = re.compile(
    "[\u2e80-\u2fff\u3000-\u303f\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff01-\uff0a\uff0c\uff0e-\uff60]"
)
"""Characters of Chinese writing with its spaces and stops; the signs ＋ and － are no words."""

FAMILIES: dict[str, Iterable[str]] = {
    "go_{}": ("leave", "arrive", "within", "beyond"),
    "go_rim_{}": ("low", "high"),
    "area_unit_{}": ("people", "pupils", "seats"),
    "bands_{}": ("metres", "minutes"),
    "barrier_{}": crossings_view.BARRIERS,
    "bound_{}": ("low", "high"),
    "class_{}": ("plan", "gb50099"),
    "cmp_of_{}": (*COMPARED, *measures(True), *compare_years.MEASURES, "cost"),
    "cmp_go_{}": ("covered", "share", "gini"),
    "cmp_view_{}": compared.VIEWS,
    "cover_{}": ("radius", *(one["key"] for one in draw.COVERAGE)),
    "export_as_{}": exports.FORMATS,
    "ground_{}": ground.AREAS,
    "kind_{}": KINDS,
    "report_{}": report.KINDS,
    "report_as_{}": report.ENDINGS,
    "found_{}": (*CITED, "text"),
    "fill_{}": {key for key, *_ in seats_panel.FILL},
    "draw_group_{}": {group for group, *_ in drawing.TOOLS},
    "draw_{}": {word for _, _, word, _ in drawing.TOOLS},
    "draw_{}_title": {word for _, _, word, _ in drawing.TOOLS},
    "cite_{}": cited.FIELDS,
    "draw_{}_help": {help_of for *_, help_of in drawing.TOOLS},
    "export_of_{}": (*exports.RESULTS, *exports.LAYERS, *exports.TABLES),
    "growth_{}": GROWTH,
    "guard_{}": sandbox.GUARDS,
    "import_change_{}": ("added", "changed", "removed"),
    "import_col_{}": ("change", "name", "what"),
    "import_how_{}": ("id", "name", "place", "answer"),
    "import_layer_{}": ("added", "changed", "removed"),
    "import_mode_{}": MODES,
    "known_{}": compare_years.WORDS_OF_RESIDENTS,
    "lang_{}": ("zh", "en"),
    "lack_{}_do": lacking.NEEDS,
    "level_{}": get_args(Level),
    "may_not_{}": ACTIONS,
    "merge_by_{}": ("mine", "theirs", "both", "conflict"),
    "merge_{}": ("mine", "theirs"),
    "feeders_{}": feeders_view.COLOURS,
    "model_{}": siting_panel.MODELS,
    "in_reach_{}": ("walk", "radius"),
    "measure_{}": measure.CHOICES,
    "new_{}_{}": (),
    "note_on_{}": notes.ABOUT,
    "note_{}": ("walk", "radius"),
    "ov_ask_{}": overview.ASKS,
    "ov_ask_{}_note": overview.ASKS,
    "panel_{}": state.PANELS,
    "task_{}": tasks.TASKS,
    "part_{}": targets_panel.PARTS,
    "alert_{}": ("red", "differs", "task", "missing"),
    "light_{}": LIGHTS,
    "monitor_line_{}": ("plan", "actual", "forecast"),
    "state_{}": STATES,
    "projects_{}": projects_view.VIEWS,
    "ranges_unit_{}": ranges.UNITS.values(),
    "ranges_from_{}": ("basis", "accuracy", "workspace", "planner"),
    "solved_{}": ("optimal", "feasible", "time_limit", "stopped"),
    "target_{}": targets_panel.COLUMNS,
    "circles_state_{}": ("unknown", "no_data"),
    "circles_{}": ("zone", "sub_area", "block", "missing", "partly"),
    "programme_line_{}": programme_view.LINES,
    "tradeoff_{}": tradeoff_view.GOALS,
    "view_{}": ("cover", "circles", "access", *seats_panel.VIEWS, *siting_panel.VIEWS, "card", "area"),
    "why_{}": ("full", "no_way", "too_far"),
    "zone_{}": zones_panel.FIELDS,
    "theme_{}": ("auto", "light", "dark"),
}
"""Keys that are put together from what a planner chooses or what an answer says."""

TWICE = {f"new_{unit}_{by}" for unit in ("pupils", "people") for by in ("walk", "radius")}
"""Keys put together from two words."""

LISTED: dict[str, Iterable[str]] = {
    "app.py": ("walk", "radius"),
    "ui/map/host.py": host.WORDS,
    "ui/map/scene.py": scene.MAP_WORDS,
    "ui/parts/overview.py": (),  # its own way to say, with the language given
    "ui/panels/area.py": area.WORDS,
    "ui/panels/compare_panel.py": (*compare_panel.UNITS.values(), "cmp_in_people", "cmp_left", "cmp_right"),
    "ui/panels/drawing.py": (*drawing.WORDS, *live.WORDS),
    "ui/panels/plan_objects.py": plan_objects.FIELDS,
    "ui/parts/plan_words.py": ("seats", "beds"),
}
"""Keys that a file takes from a list: the map's own words, a row of buttons, the fields of what is drawn."""

ENGLISH_WITH_CHINESE = {"lang_zh": "中"}
"""The button that turns to Chinese speaks Chinese."""

REPLACED = {
    ("ui/map/publish.py", "os"): "a file takes its name",
    ("ui/map/tiles.py", "base"): "an address",
    ("ui/map/tiles.py", "url"): "an address",
    ("ui/map/tiles.py", "urls[0]"): "an address",
    ("ui/map/tiles.py", "amap"): "an address",
    ("ui/map/tiles.py", "osm"): "an address",
    ("ui/panels/import_panel.py", "file.name"): "the name of a file",
}
"""What ``.replace`` is called on; a sentence is never mended after it was said."""


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def chinese_literals(tree: ast.AST) -> Iterator[str]:
    """Return string literals with Chinese in them, parts of f-strings too; docstrings are not among them."""
    told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        text = node.value if isinstance(node, ast.Constant) and id(node) not in told else None
        if isinstance(text, str) and CHINESE.search(text):
            yield f"line {node.lineno}: {text}"


def phrases(tree: ast.AST) -> Iterator[tuple[ast.expr, ast.Call]]:
    """Return what ``say`` and ``both`` are asked for, each branch of a choice by itself."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("say", "both", "_say"):
            yield from ((asked, node) for asked in branches(node.args[0]))


def branches(node: ast.expr) -> Iterator[ast.expr]:
    if isinstance(node, ast.IfExp):
        yield from branches(node.body)
        yield from branches(node.orelse)
    else:
        yield node


def pattern(node: ast.JoinedStr) -> str:
    return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)


def handed_on(tree: ast.AST) -> bool:
    """Return whether ``say`` itself is passed on, to be called with keys from elsewhere."""
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    return any(
        isinstance(node, ast.Name) and node.id in ("say", "both") and id(node) not in called for node in ast.walk(tree)
    )


def blanks(text: str) -> set[str]:
    return {field for _, field, _, _ in Formatter().parse(text) if field is not None}


def replaced(tree: ast.AST) -> Iterator[str]:
    """Return what ``.replace`` is called on, a chain of calls by its beginning."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "replace":
            start = node.func.value
            while isinstance(start, ast.Call) and isinstance(start.func, ast.Attribute):
                start = start.func.value
            yield ast.unparse(start)


TREES = {name(path): ast.parse(path.read_text("utf-8")) for path in CODE}


def test_no_chinese_is_written_outside_the_catalogue() -> None:
    found = {file: said for file, tree in TREES.items() if (said := list(chinese_literals(tree)))}
    assert found == {}


def test_every_key_is_there_and_every_phrase_is_said() -> None:
    literal, patterns, listed = set(), set(), set()
    for file, tree in TREES.items():
        for asked, _call in phrases(tree):
            if isinstance(asked, ast.Constant):
                literal.add(asked.value)
            elif isinstance(asked, ast.JoinedStr):
                patterns.add(pattern(asked))
            else:
                listed.add(file)
        listed |= {file} if handed_on(tree) else set()
    assert patterns == FAMILIES.keys()
    assert listed == LISTED.keys()
    used = (
        literal
        | TWICE
        | {k.format(m) for k, members in FAMILIES.items() for m in members}
        | set().union(*LISTED.values())
    )
    assert used - CATALOGUE.keys() == set()
    assert CATALOGUE.keys() - used == set()


def test_no_key_stands_in_two_subjects() -> None:
    assert sum(len(subject.WORDS) for subject in SUBJECTS) == len(CATALOGUE)
    files = {p.stem for p in CATALOGUE_FOLDER.glob("*.py")} - {"__init__", "names", "widgets"}
    assert files == {subject.__name__.rsplit(".", 1)[-1] for subject in SUBJECTS}


def test_blanks_are_named_and_the_same_in_both_languages() -> None:
    wrong = {k: text for k, text in CATALOGUE.items() if blanks(text.zh) != blanks(text.en) or "" in blanks(text.zh)}
    assert wrong == {}


def test_every_blank_is_filled_where_a_phrase_is_said() -> None:
    wrong = []
    for file, tree in TREES.items():
        for asked, call in phrases(tree):
            if isinstance(asked, ast.Constant) and asked.value in CATALOGUE:
                given = {keyword.arg for keyword in call.keywords}
                if given != blanks(CATALOGUE[asked.value].zh):
                    wrong.append(f"{file}:{call.lineno} {asked.value}")
    assert wrong == []


def catalogues() -> Iterator[tuple[str, Text]]:
    yield from CATALOGUE.items()
    for table in (
        words.BASIS,
        words.KIND_NAMES,
        words.PROJECT_STATES,
        words.STAGE_NAMES,
        words.STATUS,
        words.TARGET_GROUPS,
        words.TARGET_KINDS,
        words.UNITS,
    ):
        assert isinstance(table, Mapping)
        yield from table.items()


def test_chinese_is_chinese_and_english_is_english() -> None:
    for key, text in catalogues():
        assert isinstance(text, Text), key
        assert text.zh.strip(), key
        assert text.en.strip(), key
        assert ENGLISH_WITH_CHINESE.get(key) == text.en or not CHINESE.search(text.en), key


def test_no_sentence_is_mended_after_it_was_said() -> None:
    found = {(file, what) for file, tree in TREES.items() for what in replaced(tree)}
    assert found == REPLACED.keys()


def test_what_is_picked_from_is_one_value() -> None:
    """A pair put together where it is shown is a phrase outside the catalogue, or a ``Text`` taken apart."""
    calls = [(file, node) for file, tree in TREES.items() for node in ast.walk(tree) if isinstance(node, ast.Call)]
    assert [
        f"{f}:{n.lineno}" for f, n in calls if ast.unparse(n.func) == "pick" and isinstance(n.args[0], ast.Tuple)
    ] == []


@pytest.mark.parametrize(
    ("source", "chinese", "mended"),
    [
        ('"""说明"""\n\ndef f():\n    """学校"""\n    # 注\n    return "school"\n\nX = 1\n"""学位"""\n', 0, []),
        ('say("名")', 1, []),
        ('f"第 {r} 位"', 2, []),
        ('x = {"zh": "（", "en": " ("}', 1, []),
        ('pick(t).replace("a", "b").replace("c", "d")', 0, ["pick(t)", "pick(t)"]),
        ('legend["zh"].strip().replace("步行", "半径")', 2, ["legend['zh']"]),
    ],
)
def test_planted_faults_are_found(source: str, chinese: int, mended: list[str]) -> None:
    tree = ast.parse(source)
    assert len(list(chinese_literals(tree))) == chinese
    assert list(replaced(tree)) == mended


def test_planted_keys_are_read() -> None:
    tree = ast.parse('say("a" if x else f"b_{y}"); both(k, n=1); select(format_func=say)')
    asked = [ast.unparse(node) for node, _ in phrases(tree)]
    assert asked == ["'a'", "f'b_{y}'", "k"]
    assert handed_on(tree)
    assert not handed_on(ast.parse('say("a")'))
