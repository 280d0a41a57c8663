"""found_25, found_27: no table of any answer holds None, nan, inf or a share of nothing, whatever the town lacks."""

from __future__ import annotations

import datetime as dt
import html
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from geo import answers
from geo.answers import Answer
from geo.case import Case
from geo.crs import to_wgs84
from geo.errors import PlanError
from geo.examples import at, town
from geo.services import STAGES
from layers.page import report
from layers.shell.printed import as_data, printed
from layers.write.geojson import plain

BAD = re.compile(r"(?<![\w-])(None|nan|NaN|NaT|<NA>|-?inf|Infinity)(?![\w-])")
REPORTED = ("coverage primary", "access primary e2sfca", "adequacy", "assign primary", "site primary", "tied")
"""Answers whose report is read too; drawing the map of every one would take long."""
SEATS = [f"seats_{stage}" for stage in STAGES]


def _with(**frames: Any) -> Case:
    case = town()
    return case.under(replace(case.workspace, **frames))


def _schools(change: Callable[[gpd.GeoDataFrame], gpd.GeoDataFrame]) -> Case:
    return _with(schools=change(town().workspace.schools.copy()))


def _without_people() -> Case:
    cells = town().workspace.cells.copy()
    cells.loc[cells["zone_id"] == "north", "people_2025"] = 0.0
    return _with(cells=cells)


def _far_from_streets() -> Case:
    """Return the town whose only school nobody can walk to."""
    return _schools(lambda f: f.set_geometry(gpd.GeoSeries([at(60_000, 60_000)], f.index, crs=f.crs)))


def _nobody() -> Case:
    return _with(cells=town().workspace.cells.assign(people_2025=0.0))


def _only_clinics() -> Case:
    place = town().workspace
    clinic = gpd.GeoDataFrame(
        {"name_zh": ["站"], "name_en": [None], "kind": ["health_station"], "status": ["existing"], "open_year": [np.nan], "basis": ["assumed"],
         "source_id": ["own"], "beds": [np.nan], "zone_id": ["south"]},
        index=pd.Index(["C"], name="facility_id"), geometry=[at(100, 10)], crs=place.crs)  # fmt: skip
    return _with(schools=place.schools.iloc[:0], clinics=clinic).of("health_station")


TOWNS: dict[str, Callable[[], Case]] = {
    "no schools": lambda: _schools(lambda f: f.iloc[:0]),
    "a zone without people": _without_people,
    "nobody at all": _nobody,
    "no way to the school": _far_from_streets,
    "seats unknown": lambda: _schools(lambda f: f.assign(**dict.fromkeys(SEATS, np.nan))),
    "only clinics": _only_clinics,
    "a year held": lambda: replace(town(), year=2035),
    "a year without people": lambda: replace(town(), year=2010),
    "a school outside the zones": lambda: _schools(
        lambda f: f.set_geometry(gpd.GeoSeries([at(5_000, 5_000)], f.index, crs=f.crs)).assign(zone_id=None)
    ),
}


def _questions(case: Case) -> Iterator[tuple[str, Callable[[], Answer]]]:
    home = to_wgs84(case.workspace.cells.geometry).iloc[0]
    for key in ("primary", "health_station"):
        one = case.of(key)
        yield f"coverage {key}", lambda one=one: answers.coverage(one, limit=500)
        for method in ("e2sfca", "gravity"):
            yield f"access {key} {method}", lambda one=one, method=method: answers.access(one, method=method, limit=800)
        yield f"gain {key}", lambda one=one: answers.gain(one, limit=500)
        yield f"site {key}", lambda one=one: answers.site(one, home.x, home.y)
        yield f"site {key} far", lambda one=one: answers.site(one, home.x + 1, home.y)
        for model in ("max_cover", "p_center") if key == "primary" else ():
            yield (
                f"locate {key} {model}",
                lambda one=one, model=model: answers.locate(one, model=model, p=1, limit=500, time_limit=5),
            )
    for stage in STAGES[:2]:
        yield f"assign {stage}", lambda stage=stage: answers.assign(case.of(stage))
        yield f"assign {stage} 500", lambda stage=stage: answers.assign(case.of(stage), limit=500)
    yield "adequacy", lambda: answers.adequacy(case)
    yield "adequacy 500", lambda: answers.adequacy(case, limit=500)
    yield "register", lambda: answers.register(case.workspace)
    yield "tied", lambda: answers.tied(case)
    for zone in case.workspace.zones.index:
        yield f"zone {zone}", lambda zone=zone: answers.zone_card(case.workspace, zone)


def _cells(page: str) -> list[str]:
    return [
        html.unescape(re.sub(r"<[^>]+>", " ", cell))
        for cell in re.findall(r"<(?:td|li|dd)[^>]*>(.*?)</(?:td|li|dd)>", page, re.S)
    ]


def _shares_of_nothing(answer: Answer) -> Iterator[str]:
    """Yield tables that give a share of zero where nobody is to be served, or nothing is known of the service."""
    for name, table in answer.tables.items():
        if {"people", "share_walk"} <= set(table) and (table.loc[table["people"] == 0, "share_walk"].notna()).any():
            yield f"{name}: a share of nobody"


@pytest.mark.parametrize("name", TOWNS)
def test_25_27_no_answer_about_an_odd_town_prints_what_is_no_value(name: str) -> None:
    case, wrong, asked = TOWNS[name](), [], 0
    for question, ask in _questions(case):
        try:
            answer = ask()
        except PlanError as error:  # refused with a reason, in both languages
            assert error.text.zh and error.text.en
            wrong += [f"{question}: {t}" for t in error.text if BAD.search(t)]
            continue
        asked += 1
        wrong += [f"{question}: {told}" for told in _shares_of_nothing(answer)]
        for lang in ("zh", "en"):
            if question not in REPORTED:
                break
            page = report.html(case.workspace, [answer], lang=lang, date=dt.date(2026, 1, 1))
            wrong += [f"{question}, report {lang}: {cell.strip()[:90]}" for cell in _cells(page) if BAD.search(cell)]
        wrong += [f"{question}, shell: {line[:110]}" for line in printed(answer).splitlines() if BAD.search(line)]
        json.dumps(plain(as_data(answer)), allow_nan=False)
    assert asked >= (12 if name != "a year without people" else 4)
    assert not wrong, "\n".join(wrong)
