"""What the page says where data are lacking: what, in words, and the way to bring it in; never a 0 or a nan for what is unknown."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
from streamlit.testing.v1 import AppTest

from geo.examples import town
from layers import workspace
from layers.incoming.child import sandbox
from tests.screen import page, shown
from tests.village import put, row, village
from ui import first
from ui.panels import seats_panel, siting_panel, targets_panel
from ui.parts.lacking import lacks
from ui.session import state
from ui.words import CATALOGUE

pytestmark = pytest.mark.timeout(900)

HERE = (117.652, 39.055)
"""A place in the village [degrees]."""
BAD = re.compile(r"(?<![\w-])(None|nan|NaN|NaT|<NA>|-?inf|Infinity|Traceback)(?![\w-])")
NOUGHT = re.compile(r"(?<![\d.,])0(\.0+)?( ?%|\s*(人|名|个学位|people|residents|pupils|seats)(?!\w)|$)")
"""A number of persons or seats, a share, or a figure that stands alone, that is nought."""
SPOILT: dict[str, Callable[[Path], Any]] = {
    "plan": lambda folder: None,  # the village never had one
    "zones": lambda folder: put(folder, "zones", []),
    "people": lambda folder: (folder / "population.csv").write_text("lon,lat,people_2025\n", "utf-8"),
    "service": lambda folder: (put(folder, "schools", []), put(folder, "clinics", [])),
}
"""How a whole village loses something."""
VIEWS: list[dict[str, Any]] = [
    {"panel": "site", "place": HERE},
    {"panel": "site", "place": HERE, "circles": True, "service": "hospital"},
    *({"panel": "seats", "seats_view": view} for view in seats_panel.VIEWS[1:]),
    *({"panel": "siting", "siting_view": view} for view in siting_panel.VIEWS[1:]),
    {"panel": "siting", "place": HERE},
    {"panel": "coverage", "cover_view": "access"},
    {"panel": "coverage", "cover_view": "circles"},
    {"panel": "zones", "zones_view": "area"},
    {"panel": "compare", "cmp_view": "years"},
    {"panel": "targets", "register_part": targets_panel.PARTS[1]},
]
ASKS: dict[str, set[str]] = {
    "plan": {"targets"},
    "zones": {"overview", "zones", "coverage", "seats", "siting", "compare", "site"},
    "people": {"overview", "zones", "coverage", "seats", "siting", "compare", "site"},
    "service": {"coverage", "seats"},
}
"""Panels that cannot answer without it."""


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    there = {}
    for name, spoil in SPOILT.items():
        there[name] = village(tmp_path_factory.mktemp("lacking") / name)
        spoil(there[name])
    return there


def leads(app: AppTest, lang: str) -> set[str]:
    """Return the labels of the steps that lead to the import."""
    begin = CATALOGUE["next_import"]._asdict()[lang].split("{")[0]
    return {b.label for b in app.button if b.label.startswith(begin) and b.proto.type == "primary"}


@pytest.mark.parametrize(
    ("lacking", "lang"), [*((name, "zh") for name in SPOILT), ("people", "en"), ("zones", "en")]
)  # the checks are of figures and errors: English is read where sentences differ most
def test_every_panel_says_what_is_lacking_and_where_to_bring_it_in(
    spoilt: dict[str, Path], lacking: str, lang: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZONEPLAN_DATA", str(spoilt[lacking]))
    wrong = []
    for view in [*({"panel": panel} for panel in state.PANELS), *(VIEWS if lang == "zh" else VIEWS[:1])]:
        app = page(lang=lang, **view)
        texts = shown(app)
        wrong += [(view, one.message) for one in app.exception]
        wrong += [(view, one.value) for one in app.error]
        wrong += [(view, text) for text in texts if BAD.search(text)]
        panel, asks = view["panel"], ASKS[lacking]
        if panel in asks and view.get("zones_view") != "area" and (panel != "site" or "place" in view):
            opened = "service" if lacking == "service" else lacking
            if not leads(app, lang):
                wrong.append((view, "no way to the import"))
            if lacking != "service" and not any(CATALOGUE[f"lack_{opened}"]._asdict()[lang] in text for text in texts):
                wrong.append((view, "does not say what is lacking"))
        if lacking in ("zones", "people") and panel not in ("export", "import", "health"):
            wrong += [(view, text) for text in texts if NOUGHT.search(text)]
    assert wrong == []


def test_guards_that_nobody_could_ask_are_not_said_to_be_missing(
    spoilt: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(*args: object, **kwargs: object) -> None:
        raise sandbox.ChildFailedError("time")

    monkeypatch.setenv("ZONEPLAN_DATA", str(spoilt["plan"]))
    sandbox._capabilities.cache_clear()
    with monkeypatch.context() as busy:
        busy.setattr(sandbox, "run", late)
        app = page(panel="health")
    assert not app.exception
    assert shown(app).count("未能判定") == len(sandbox.GUARDS)
    assert not any("本机没有" in text for text in shown(app))
    assert any("机器正忙" in text for text in shown(app))
    next(b for b in app.button if b.label == "再测一次").click().run()  # the machine is busy no more
    assert not any("未能判定" in text for text in shown(app))


@pytest.mark.parametrize(("lacking", "panel", "layer"), [("people", "coverage", "population"), ("service", "seats", "schools")])  # fmt: skip
def test_the_way_leads_to_the_import_with_its_layer_chosen(
    spoilt: dict[str, Path], lacking: str, panel: str, layer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZONEPLAN_DATA", str(spoilt[lacking]))
    app = page(panel=panel)
    next(b for b in app.button if b.label in leads(app, "zh")).click().run()
    assert app.session_state["panel"] == "import"
    assert app.session_state["import_layer"] == layer
    assert not app.exception


@pytest.mark.parametrize("lacking", ["zones", "people"])
def test_no_opening_is_made_of_what_nobody_knows(spoilt: dict[str, Path], lacking: str) -> None:
    """The server's first answer would else say that no zone lacks a seat."""
    place = workspace.load(spoilt[lacking])
    first.prepare(place)
    assert [kept for kept in first._KEPT if kept[0] == place.key] == []


def test_projects_without_targets_are_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    there = village(tmp_path / "village")
    put(
        there,
        "projects",
        [row(project_id="P1", name="新建小学", kind="school", state="启动建设", zone_id="z", x=0.5, y=0.5)],
    )
    monkeypatch.setenv("ZONEPLAN_DATA", str(there))
    for part in ("targets", "projects", "facts", "contradictions"):
        app = page(panel="targets", register_part=part)
        assert not app.exception
        assert not app.error
        assert not [text for text in shown(app) if BAD.search(text)]
    assert any("新建小学" in text for text in shown(page(panel="targets", register_part="projects")))


def test_a_place_without_streets_is_refused_with_its_file_and_the_remedy(tmp_path: Path) -> None:
    there = village(tmp_path / "village")
    streets = gpd.read_parquet(there / "streets.parquet")
    streets.iloc[:0].to_parquet(there / "streets.parquet")
    checked = workspace.check(there)
    assert checked.workspace is None
    assert [(one.file, "zoneplan build" in one.text_en, "步行路网" in one.text_zh) for one in checked.errors] == [("streets.parquet", True, True)]  # fmt: skip


def test_a_year_without_residents_is_an_answer_and_a_place_without_is_none() -> None:
    case = town()
    place = case.workspace
    assert lacks(case, "zones", "people", "service") == []
    early = replace(place, years=(2020, 2025), cells=place.cells.assign(people_2020=0.0))
    assert lacks(replace(case.under(early), year=2020), "people") == []
    nobody = replace(place, cells=place.cells.assign(people_2025=0.0))
    assert lacks(case.under(nobody), "people") == ["people"]
    assert lacks(case.of("kindergarten"), "zones", "people", "service") == ["service"]
