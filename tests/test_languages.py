"""Nothing on the English page is Chinese, and nothing on the Chinese page English, but what the data themselves say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from geo.demand.numbers import DEFAULTS
from geo.workspace import Workspace
from layers import workspace
from tests.screen import DATA, page, shown, shown_on_map
from tests.test_words import CHINESE
from ui.session import state
from ui.words import CATALOGUE

pytestmark = pytest.mark.timeout(900)

VIEWS: list[dict[str, Any]] = [
    *({"panel": panel} for panel in state.PANELS),
    {"panel": "site", "place": (117.66, 39.06)},
    *({"panel": "targets", "register_part": part} for part in ("monitor", "facts", "projects", "contradictions")),
    {"panel": "coverage", "cover_view": "circles"},
    {"panel": "coverage", "cover_view": "access"},
    {"panel": "zones", "zones_view": "area"},
    {"panel": "siting", "siting_view": "crossings"},
    {"panel": "compare", "cmp_view": "years"},
]
"""Every panel, and the views whose words are no other's."""
LATIN = re.compile(r"[A-Za-z]{2,}")
CODES = re.compile(
    r"GeoJSON|GeoPackage|Shapefile|FileGDB|CSV|XLSX|DXF|JSON|HTML|PDF|DOCX|RFC|CAD|QGIS|Excel|zip|POLYGON|WKT|EPSG|WGS|GCJ|"
    r"(?<![a-z])(km|ha|kg|m)(?![a-z])|workspace\.toml|A\d|\b(GB|TD|JGJ)(/T)? ?\d"
)
"""Formats, units, standards, systems of coordinates and file names, which are written so in Chinese too."""


def texts_of(frame: pd.DataFrame) -> Iterator[tuple[str, bool]]:
    """Give every text of a table, and whether the table has it in English too."""
    for column in frame.columns:
        if column == frame.attrs.get("geometry", "geometry"):
            continue
        english = f"{column.removesuffix('_zh')}_en"
        known = frame[english].map(lambda v: isinstance(v, str) and v.strip() != "") if english in frame else None
        for i, value in enumerate(frame[column]):
            if isinstance(value, str) and value.strip():
                yield value, known is not None and bool(known.iloc[i])


@pytest.fixture(scope="module")
def place() -> Workspace:
    return workspace.load(DATA)


@pytest.fixture(scope="module")
def frames(place: Workspace) -> list[pd.DataFrame]:
    layers = ("zones", "schools", "clinics", "facilities", "stops", "links", "projects", "water", "carriers", "controls", "landuse", "streets")  # fmt: skip
    tables = (place.targets, place.facts, place.contradictions, place.quotes, place.plan_text, place.standards)
    return [*(place.layer(name).drop(columns="geometry") for name in layers), *tables]


def lines_of(app: AppTest, lang: str) -> list[str]:
    return [*shown(app), *dict.fromkeys(shown_on_map(app, lang))]


def bare(text: str) -> str:
    return re.sub(r"[\s…]", "", text)


def test_the_english_page_is_english(place: Workspace, frames: list[pd.DataFrame]) -> None:
    """Chinese may be what the data have in no English: a name, a clause, the plan's own sentences, the title of a source."""
    told = [one for frame in frames for one in texts_of(frame)]
    own = {bare(value) for value, in_english in told if not in_english and CHINESE.search(value)}
    own |= {bare(part) for value in own for part in re.split(r"[;；]", value)}
    own |= {bare(str(value)) for record in place.sources.values() for value in record.values()}
    own |= {bare(str(number.clause)) for number in DEFAULTS.rows}
    own.add(CATALOGUE["lang_zh"].en)  # the button that turns to Chinese
    # English of the data may quote a Chinese word: the text as a whole is then the data's.
    own |= {bare(value) for frame in frames for c in frame.columns if c.endswith("_en") for value in frame[c] if isinstance(value, str)}  # fmt: skip
    plan = "".join(bare(str(text)) for text in place.plan_text["text"])
    own_long = sorted((value for value in own if len(value) > 3), key=len, reverse=True)

    def data(line: str) -> bool:
        if "›" in line:  # where a sentence of the plan stands: its headings
            return all(data(part) for part in line.split("›"))
        said = bare(line)
        # A row of a table that tells where it stands: its number, then the clause.
        if said in own or said in plan or re.sub(r"^[A-Z]\d+", "", said) in own:
            return True
        for value in own_long:
            said = said.replace(value, "")
            if not CHINESE.search(said):
                return True
        return False

    wrong = []
    for view in VIEWS:
        app = page(lang="en", **view)
        assert not app.exception
        wrong += [(view, line) for line in lines_of(app, "en") if CHINESE.search(line) and not data(line)]
    assert wrong == []


def test_the_chinese_page_is_chinese(place: Workspace, frames: list[pd.DataFrame]) -> None:
    """A line without Chinese may be a code, a format, a unit, the mark of a source, or an English name of the data."""
    known = {value.strip() for frame in frames for value, _ in texts_of(frame)}
    known.add(CATALOGUE["lang_en"].zh)  # the button that turns to English
    marks = re.compile("|".join(map(re.escape, sorted(place.sources, key=len, reverse=True))))
    wrong = []
    for view in VIEWS:
        app = page(lang="zh", **view)
        assert not app.exception
        for line in lines_of(app, "zh"):
            rest = re.sub(r"\[\w+\]", "", CODES.sub("", marks.sub("", line)))
            if LATIN.search(rest) and not CHINESE.search(line) and line not in known and not line.startswith("/"):
                wrong.append((view, line))
    assert wrong == []
