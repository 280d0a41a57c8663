"""What is handed out: every layer that has shapes, and the results of every service that has an answer in this place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.answers import Answer
from geo.case import Case
from geo.errors import Finding, PlanError
from geo.schema import LAYERS as SCHEMA
from geo.text import Text
from layers import exports
from layers.write.geojson import meta, plain, wgs84

__all__ = ["Feed", "catalogue"]

BY_SERVICE = ("coverage", "coverage-cells")
"""Results asked for each service."""
ALONE = ("adequacy",)
"""Results that hold for all services."""
WORDS = {
    "population": Text("人口格网", "Population cells"), "coverage": Text("服务覆盖（按片区）", "Coverage by zone"),
    "coverage-cells": Text("服务覆盖（按格网）", "Coverage by cell"), "adequacy": Text("学位充足（按片区）", "Seats by zone"),
}  # fmt: skip
DECIMALS = 7
"""Of a degree, as files have it: 1 cm."""
Made = tuple[Mapping[str, pd.DataFrame], Answer | Mapping[str, Any]]


@dataclass(frozen=True, eq=False)
class Feed:
    """One collection: its name in the address, its title, its features, and what an export says of them.

    ``frame`` is in WGS84 degrees, indexed by the ids of its features as text, with plain values and a basis in every row;
    ``about`` is plain data: method, parameters, basis, sources.
    """

    name: str
    title: Text
    frame: gpd.GeoDataFrame
    about: dict[str, Any]


def catalogue(case: Case, services: Mapping[str, Text]) -> tuple[dict[str, Feed], list[Finding]]:
    """Return the collections of a place by their names, and why a result is not among them.

    Parameters
    ----------
    case
        The place (under a plan, where one is meant), year and demand.
    services
        Names of the services whose results are handed out, by their keys.
    """
    feeds: dict[str, Feed] = {}
    missing: list[Finding] = []
    for name, words, make in (*_layers(case), *_results(case, services)):
        try:
            frames, about = make()
        except PlanError as error:
            missing.append(
                Finding("warning", f"{name}：未提供，{error.text.zh}", f"{name} is not offered: {error.text.en}")
            )
            continue
        frame = next(iter(frames.values()))
        if isinstance(frame, gpd.GeoDataFrame) and frame.geometry.notna().any():
            title = Text(f"{case.workspace.name_zh}·{words.zh}", f"{case.workspace.name_en}: {words.en}")
            feeds[name] = Feed(name, title, _plain(frame, about), plain(meta(about)))
    return feeds, missing


def _layers(case: Case) -> Iterator[tuple[str, Text, Callable[[], Made]]]:
    for name in exports.LAYERS:
        yield name, _words(name), partial(exports.collect, case, name)


def _results(case: Case, services: Mapping[str, Text]) -> Iterator[tuple[str, Text, Callable[[], Made]]]:
    for key, title in services.items():
        for name in BY_SERVICE:
            words = Text(f"{title.zh}{_words(name).zh}", f"{title.en}: {_words(name).en}")
            yield f"{name}-{key}", words, partial(exports.collect, case.of(key), name)
    for name in ALONE:
        yield name, _words(name), partial(exports.collect, case, name)


def _words(name: str) -> Text:
    return WORDS[name] if name in WORDS else Text(SCHEMA[name].zh, SCHEMA[name].en)


def _plain(frame: gpd.GeoDataFrame, about: Answer | Mapping[str, Any]) -> gpd.GeoDataFrame:
    """Return a frame as it goes out."""
    out = frame.reset_index(drop=not frame.index.name or frame.index.name in frame)
    counted = pd.Series(range(1, len(out) + 1)).astype(str)
    ids = pd.Series(frame.index.astype(str)) if frame.index.name else counted
    if "basis" not in out:  # what is counted over a layer is as sure as its least sure part
        out["basis"] = about.basis if isinstance(about, Answer) else about.get("basis")
    values = {c: _column(out[c]) for c in out.columns if c != frame.geometry.name}
    shapes = shapely.transform(np.asarray(wgs84(frame)), lambda xy: np.round(xy, DECIMALS))
    ready = gpd.GeoDataFrame(values, geometry=shapes, crs="EPSG:4326")
    ready.index = pd.Index(counted if ids.duplicated().any() else ids, name="id")
    return ready


def _column(column: pd.Series) -> pd.Series:
    """Return a column of one type: numbers stay numbers, what is not finite is unknown, all else becomes text."""
    if pd.api.types.is_numeric_dtype(column):
        return column.replace([np.inf, -np.inf], np.nan).reset_index(drop=True)
    told = [plain(v) for v in column]
    return pd.Series([v if v is None or isinstance(v, str) else str(v) for v in told], dtype=object)
