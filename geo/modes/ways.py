"""Which ways a mode may use, in which direction, and how long each takes: from what the ways carry, class by class."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from geo.errors import Finding, InputError
from geo.modes.presets import Preset
from geo.modes.turns import forbidden, parted
from geo.network.links import Floats
from geo.text import Text

__all__ = ["DIRECTIONS", "Usable", "usable"]

DIRECTIONS = ("both", "ahead", "back", "no", "pushed")
"""What the columns ``foot``, ``bicycle`` and ``car`` of a way may say: both ways, only as drawn, only against it, not at
all; a bicycle that is pushed goes both ways."""
STEEPEST_TAKEN = 0.3
"""Rises beyond this are errors of a height model, or bridges over what it shows: speeds are those of this slope."""


@dataclass(frozen=True, eq=False)
class Usable:
    """The ways of a mode, with the milliseconds as drawn and against it, and what had to be assumed of them.

    Examples
    --------
    >>> from geo.examples import streets
    >>> from geo.modes import PRESETS
    >>> found = usable(streets().assign(**{"class": ["residential", "steps", "residential"]}), PRESETS["wheelchair"])
    >>> found.links["metres"].tolist(), found.ahead.tolist()  # 1 m/s; the steps are left out
    ([400.0, 400.0], [400000.0, 400000.0])
    """

    links: gpd.GeoDataFrame
    ahead: Floats
    back: Floats
    doorless: NDArray[np.bool_]
    """Which ways no door opens on: no place is brought to them."""
    notes: tuple[Text, ...]
    barred: NDArray[np.int64]
    """Turns that may not be made, see ``geo.modes.turns``."""


def usable(ways: gpd.GeoDataFrame, preset: Preset) -> Usable:
    """Return the ways that a mode may use and how long each takes in either direction.

    Parameters
    ----------
    ways
        Links with ``class``. Where they carry them: ``foot``, ``bicycle``, ``car`` (``DIRECTIONS``), ``oneway``,
        ``maxspeed`` [km/h], ``surface``, ``smoothness``, ``wheelchair``, ``slope`` (from u to v) and ``steepest`` (of any part of
        it, up or down; rise / run), ``gates`` and ``turns`` with ``way_id`` (``geo.modes.turns``). What is missing is taken from the class, and told.
    preset
        The mode.

    Raises
    ------
    InputError
        If the ways have no class (then only walking can be answered), a column holds what it may not, or none is left.

    Examples
    --------
    >>> from geo.examples import streets
    >>> from geo.modes import PRESETS
    >>> usable(streets(), PRESETS["car"])
    Traceback (most recent call last):
        ...
    geo.errors.InputError: 字段 field class: ...only walking can be answered...
    """
    if "class" not in ways:
        raise InputError(
            [
                Finding(
                    "error",
                    "道路没有等级（class），只能回答步行；请用 zoneplan build 从 OpenStreetMap 重建工作区，或补上 class 列",
                    "the ways have no class: only walking can be answered; build the workspace anew from OpenStreetMap (zoneplan build), or add the column class",
                    field="class",
                )
            ]
        )
    ways = parted(ways, preset.key)
    kind = ways["class"].astype("object").fillna("unclassified").astype(str)
    speed = kind.map(dict(preset.speeds)).to_numpy(float)
    forth, back, pushed, notes = _directions(ways, preset, kind)
    metres = pd.to_numeric(ways["map_metres" if "map_metres" in ways else "metres"]).to_numpy(float)
    speed = _posted(ways, preset, speed)
    speed, passable = _surfaces(ways, preset, np.where(pushed, np.fmin(speed, preset.slowest), speed))
    if "steepest" in ways and ways["steepest"].notna().any():
        passable &= ~(ways["steepest"].to_numpy(float, na_value=np.nan) > preset.steepest)
    elif preset.steepest < np.inf or preset.uphill > 0:
        notes.append(Text("道路没有坡度，按平路计算", "the ways tell no slopes: taken as level"))
    passable &= np.isfinite(speed)
    forth, back = forth & passable, back & passable
    slope = np.nan_to_num(ways["slope"].to_numpy(float, na_value=np.nan)) if "slope" in ways else np.zeros(len(ways))
    ahead_ms = np.where(forth, _ms(metres, _on_slope(preset, speed, slope)), np.inf)
    back_ms = np.where(back, _ms(metres, _on_slope(preset, speed, -slope)), np.inf)
    kept = (forth | back) & _connected(ways, forth, back, preset.connected)
    if not kept.any():
        raise InputError(
            Text(
                f"没有{preset.zh}可以走的道路，请检查路网",
                f"there is no way for the mode {preset.en}: check the streets",
            )
        )
    doorless = kind.isin(preset.doorless).to_numpy()[kept]
    barred = forbidden(ways[kept]) if preset.key == "car" else forbidden(ways[:0])
    return Usable(ways[kept], ahead_ms[kept], back_ms[kept], doorless, tuple(notes), barred)


def _directions(
    ways: gpd.GeoDataFrame, preset: Preset, kind: pd.Series
) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_], list[Text]]:
    """Return which ways may be used as drawn, which against it, and on which one dismounts."""
    notes: list[Text] = []
    if preset.permission in ways:
        said = ways[preset.permission].astype("object").fillna("both").astype(str)
        wrong = np.flatnonzero(~said.isin(DIRECTIONS))
        if len(wrong):
            told = "、".join(DIRECTIONS), ", ".join(DIRECTIONS)
            raise InputError(
                [
                    Finding(
                        "error",
                        f"只能是 {told[0]}",
                        f"must be one of {told[1]}",
                        row=int(r) + 1,
                        field=preset.permission,
                    )
                    for r in wrong[:20]
                ]
            )
        allowed = (said.isin(("both", "pushed", one)).to_numpy() for one in ("ahead", "back"))
        return *allowed, said.eq("pushed").to_numpy(), notes
    both, pushed = np.ones(len(ways), bool), kind.isin(preset.pushed).to_numpy()
    notes.append(Text("谁可通行按道路等级假定", "who may use a way is assumed from its class"))
    if preset.permission == "foot":
        return both, both, pushed, notes
    if "oneway" not in ways:
        notes.append(Text("道路没有单行信息，按双向计算", "the ways tell no one-way streets: all are taken both ways"))
        return both, both, pushed, notes
    words = ways["oneway"].astype("object").fillna("no").astype(str).str.lower()
    only_ahead = words.isin(("true", "yes", "1", "1.0")).to_numpy() & ~pushed
    only_back = words.isin(("-1", "-1.0", "reverse")).to_numpy() & ~pushed
    return ~only_back, ~only_ahead, pushed, notes


def _posted(ways: gpd.GeoDataFrame, preset: Preset, speed: Floats) -> Floats:
    if not (preset.posted and "maxspeed" in ways):
        return speed
    limit = ways["maxspeed"].to_numpy(float, na_value=np.nan)
    return np.where((limit > 0) & np.isfinite(speed), limit, speed)


def _surfaces(ways: gpd.GeoDataFrame, preset: Preset, speed: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Return speeds on the surfaces of the ways, and where one comes through at all."""
    passable = np.ones(len(ways), bool)
    if "surface" in ways and preset.surfaces:
        most = ways["surface"].astype("object").map(dict(preset.surfaces)).to_numpy(float)
        passable &= ~(most == 0)
        speed = np.fmin(speed, np.where(most > 0, most, np.nan))
    for column, values in preset.refused.items():
        if column in ways:
            passable &= ~ways[column].astype("object").isin(values).to_numpy()
    return speed, passable


def _on_slope(preset: Preset, speed: Floats, slope: Floats) -> Floats:
    """Return speeds on slopes (rise / run, uphill positive)."""
    if preset.uphill == 0 and preset.downhill == 0:
        return speed
    percent = 100 * np.clip(slope, -STEEPEST_TAKEN, STEEPEST_TAKEN)
    change = np.where(percent > 0, -preset.uphill * percent, -preset.downhill * percent)
    # Who is slower on the level than the bounds (pushing, on sand) is not made quicker by them.
    low, high = np.fmin(speed, preset.slowest), np.fmax(speed, preset.fastest)
    return np.clip(speed * (1 + change), low, high)


def _ms(metres: Floats, speed: Floats) -> Floats:
    """Return whole milliseconds of metres at km/h."""
    return np.rint(np.divide(metres * 3600.0, speed, out=np.full(len(metres), np.inf), where=speed > 0))


def _connected(
    ways: gpd.GeoDataFrame, forth: NDArray[np.bool_], back: NDArray[np.bool_], least: int
) -> NDArray[np.bool_]:
    """Return which ways lie in parts of nodes that can all be reached from each other, of at least so many.

    In a small place a twentieth of all nodes is enough.
    """
    if least <= 1:
        return np.ones(len(ways), bool)
    codes, labels = pd.factorize(np.concatenate([ways["u"].to_numpy(), ways["v"].to_numpy()]))
    u, v = codes[: len(ways)], codes[len(ways) :]
    a, b = np.concatenate([u[forth], v[back]]), np.concatenate([v[forth], u[back]])
    arcs = sparse.csr_matrix((np.ones(len(a), np.int8), (a, b)), shape=(len(labels),) * 2)
    _, part = connected_components(arcs, directed=True, connection="strong")
    size = np.bincount(part)
    large = size[part] >= min(least, len(labels) // 20)
    return large[u] & large[v]
