"""Streets under a scenario: built, taken away, barred. The engine of edits is ``geo.network.edits``; here is what objects mean to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.crs import to_metres
from geo.errors import Finding, InputError
from geo.network.edits import Edits, edit, edited_links
from geo.scenario.objects import Barrier, Object, Removed, Street
from geo.workspace import Workspace

__all__ = ["barriers_of", "changed", "edits_of", "named"]

OF_PLAN = {"basis": "assumed", "source_id": "scenario", "accuracy_m": 0.0}


def edits_of(objects: Iterable[Object], crs: Any) -> Edits:
    """Return what objects do to a network in a metric reference system; other objects do nothing to it.

    Examples
    --------
    >>> bridge = Street("N01", [(117.0, 39.0), (117.001, 39.0)], "bridge")
    >>> [(round(line.length), way) for line, way in edits_of([bridge], "EPSG:4548").streets]
    [(87, 'bridge')]
    """
    built, gone, bars = _by_kind(objects)
    shapes = [shapely.LineString(one.line) for one in built]
    shapes += [shapely.Point(one.lon, one.lat) for one in gone]
    shapes += [shapely.Polygon(one.polygon) if one.polygon else shapely.LineString(one.line) for one in bars]
    if not shapes:
        return Edits()
    flat = list(to_metres(gpd.GeoSeries(shapes, crs="EPSG:4326"), crs))
    last = len(built) + len(gone)
    return Edits(
        streets=tuple((line, one.way) for line, one in zip(flat[: len(built)], built, strict=True)),
        removed=tuple(flat[len(built) : last]),
        barriers=tuple(flat[last:]),
    )


def barriers_of(objects: Iterable[Object], crs: Any) -> gpd.GeoDataFrame:
    """Return the barriers among objects as lines and areas in a metric reference system, by object id.

    Examples
    --------
    >>> wall = Barrier("N04", line=[(117.0, 39.0), (117.001, 39.0)], name_zh="围墙")
    >>> barriers_of([wall], "EPSG:4548")[["name_zh", "kind", "basis"]].to_dict("index")
    {'N04': {'name_zh': '围墙', 'kind': 'barrier', 'basis': 'assumed'}}
    """
    _, _, bars = _by_kind(objects)
    shapes = [shapely.Polygon(one.polygon) if one.polygon else shapely.LineString(one.line) for one in bars]
    told = {"name_zh": [one.name_zh or one.object_id for one in bars], "name_en": [None] * len(bars)}
    told |= {"kind": ["barrier"] * len(bars), "basis": ["assumed"] * len(bars), "source_id": ["scenario"] * len(bars)}
    frame = gpd.GeoDataFrame(told, geometry=gpd.GeoSeries(shapes, crs="EPSG:4326"), crs="EPSG:4326")
    return frame.set_axis([one.object_id for one in bars], axis="index").to_crs(crs)


def changed(workspace: Workspace, objects: Iterable[Object]) -> dict[str, Any]:
    """Return streets and network of the workspace as objects change them; nothing where none does.

    Raises
    ------
    InputError
        If a way meets no street, or there is none to take away; the finding names the object.

    Examples
    --------
    >>> from geo.crs import to_wgs84
    >>> from geo.examples import CRS, at, town
    >>> ends = to_wgs84(gpd.GeoSeries([at(100, 0), at(300, 300)], crs=CRS))
    >>> after = changed(town().workspace, [Street("N01", list(zip(ends.x, ends.y)), "bridge")])
    >>> len(after["streets"]), after["network"].n_edges
    (6, 6)
    """
    every = tuple(objects)
    if not any(_by_kind(every)):
        return {}
    before = workspace.network
    try:
        edits = edits_of(every, workspace.crs)
        network = edit(before, edits)
        streets = edited_links(workspace.streets, edits, directed=before.directed)
        ways = {"ways": _ways(workspace.ways, edits)} if len(workspace.ways) else {}
    except InputError as error:
        raise named(error, every) from error
    new = ~streets.index.isin(workspace.streets.index)
    for column, value in OF_PLAN.items():
        if column in streets:
            bare = new & streets[column].isna().to_numpy()
            streets.loc[bare, column] = value
    return {"streets": streets, "network": network, **ways}


def _ways(ways: gpd.GeoDataFrame, edits: Edits) -> gpd.GeoDataFrame:
    """Return the ways of all modes after the edits: a new street is open to all of them, other new ways not to cars.

    Edits are of what is walked: ways closed to walkers, such as expressways, stay as they are and meet nothing new.
    """
    closed = ways["foot"].eq("no").to_numpy() if "foot" in ways else np.zeros(len(ways), bool)
    after, ends = ways[~closed], ways[["u", "v"]]
    streets = tuple(pair for pair in edits.streets if pair[1] == "street")
    others = tuple(pair for pair in edits.streets if pair[1] != "street")
    steps = (
        (
            Edits(streets, edits.removed, edits.barriers),
            "residential",
            {"foot": "both", "bicycle": "both", "car": "both"},
        ),
        (Edits(others), "footway", {"foot": "both", "bicycle": "pushed", "car": "no"}),
    )
    for step, kind, allowed in steps:
        if step:
            after = edited_links(after, step)
            new = after["class"].isna().to_numpy()
            for column, value in {"class": kind, **allowed}.items():
                if column in after:
                    after.loc[new, column] = value
    if closed.any() and pd.api.types.is_integer_dtype(ends["u"].dtype):
        # New corners are numbered after those that are walked: no corner of the other ways may have their number.
        last = int(ways.loc[~closed, ["u", "v"]].to_numpy().max())
        beyond = int(ends.to_numpy().max()) - last
        after = after.assign(**{c: after[c].where(after[c] <= last, after[c] + beyond) for c in ("u", "v")})
    return gpd.GeoDataFrame(
        pd.concat([after, ways[closed]], ignore_index=True), geometry=ways.geometry.name, crs=ways.crs
    )


def named(error: InputError, objects: Iterable[Object]) -> InputError:
    """Return an error of the engine of edits with the objects that it is about, as far as it tells which.

    Examples
    --------
    >>> bridge = Street("N01", [(117.0, 39.0), (117.001, 39.0)], "bridge")
    >>> print(named(InputError([Finding("error", "未接路", "meets no street", row=1, field="streets")]), [bridge]))
    N01, 字段 field streets: 方案对象 N01：未接路 / N01: meets no street
    """
    built, gone, bars = _by_kind(objects)
    rows: dict[str, Sequence[Object]] = {"streets": built, "removed": gone, "barriers": bars}
    return InputError([_named(found, rows) for found in error.findings])


def _by_kind(objects: Iterable[Object]) -> tuple[list[Street], list[Removed], list[Barrier]]:
    every = tuple(objects)
    return (
        [one for one in every if isinstance(one, Street)],
        [one for one in every if isinstance(one, Removed)],
        [one for one in every if isinstance(one, Barrier)],
    )


def _named(found: Finding, objects: Mapping[str, Sequence[Object]]) -> Finding:
    """Return a finding of the engine with the object that it is about, as far as it tells which."""
    rows = objects.get(str(found.field), ())
    if found.row is None or not 1 <= found.row <= len(rows):
        return found
    name = rows[found.row - 1].object_id
    return replace(
        found, file=name, row=None, text_zh=f"方案对象 {name}：{found.text_zh}", text_en=f"{name}: {found.text_en}"
    )
