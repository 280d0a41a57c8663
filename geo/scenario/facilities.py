"""Facilities under a scenario: added, moved, closed, resized, opened in another year."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.crs import to_metres
from geo.errors import Finding, InputError
from geo.scenario.objects import Added, Closed, Moved, Object, Opened, Resized
from geo.services import SERVICES, STAGES
from geo.workspace import Workspace

__all__ = ["changed"]

LAYERS = ("schools", "clinics", "stops", "facilities")
Change = Moved | Closed | Resized | Opened


def changed(workspace: Workspace, objects: Iterable[Object]) -> dict[str, gpd.GeoDataFrame]:
    """Return the layers of facilities that objects change, by name.

    Raises
    ------
    InputError
        If a facility is not there, an id is taken, or a change does not fit its facility; one finding each.

    Examples
    --------
    >>> from geo.examples import town
    >>> changed(town().workspace, [Closed("S")])["schools"].empty
    True
    >>> changed(town().workspace, [Closed("T"), Added("S", "primary", 117.0, 39.1)])
    Traceback (most recent call last):
        ...
    geo.errors.InputError: ...close:T: there is no facility 'T' in the base...
    """
    every = tuple(objects)
    layers = {name: workspace.layer(name) for name in LAYERS}
    added = [one for one in every if isinstance(one, Added)]
    changes = [one for one in every if isinstance(one, Moved | Closed | Resized | Opened)]
    if faults := [*_not_there(layers, changes), *_taken(layers, added)]:
        raise InputError(faults)
    out = {}
    for name, frame in layers.items():
        ids = frame.index.astype(str)
        here = [one for one in changes if one.facility_id in ids]
        new = [one for one in added if SERVICES[one.service].layer == name]
        if here or new:  # else the very same frame: what was worked out from it still holds
            out[name] = _layer(workspace, frame, here, new)
    return out


def _layer(
    workspace: Workspace, frame: gpd.GeoDataFrame, changes: Sequence[Change], new: Sequence[Added]
) -> gpd.GeoDataFrame:
    out = frame.copy()
    label = dict(zip(frame.index.astype(str), frame.index, strict=True))
    for one in changes:
        row = label[one.facility_id]
        if isinstance(one, Resized):
            out.loc[row, _size_column(str(SERVICES[one.service].layer), one.service)] = one.seats
        elif isinstance(one, Opened):
            out.loc[row, "open_year"] = one.year
        elif isinstance(one, Moved):
            place = gpd.GeoSeries([shapely.Point(one.lon, one.lat)], crs="EPSG:4326")
            out.loc[[row], "geometry"] = to_metres(place, workspace.crs).to_numpy()
            told = {
                "basis": "assumed",
                "accuracy_m": 0.0,
                "source_id": "scenario",
                "zone_id": None,
                "address": None,
                "entrances": None,
            }
            for column in told.keys() & set(out.columns):
                out.loc[row, column] = told[column]
    closed = [label[one.facility_id] for one in changes if isinstance(one, Closed)]
    out = out.loc[~out.index.isin(closed)].copy()
    if new:
        rows = gpd.GeoDataFrame([_row(a, out) for a in new], geometry="geometry", crs="EPSG:4326")
        rows = to_metres(rows.set_index(out.index.name, drop=False), workspace.crs).reindex(columns=out.columns)
        joined = pd.concat([out.astype(object), rows.astype(object)])
        out = gpd.GeoDataFrame(joined.astype(out.dtypes.to_dict()), geometry="geometry", crs=workspace.crs)
        out.index.name = frame.index.name
    return out


def _not_there(layers: dict[str, gpd.GeoDataFrame], changes: Sequence[Change]) -> Iterable[Finding]:
    """Say of which changes the base has no such facility, or one that they do not fit."""
    layer_of = {str(i): name for name, frame in layers.items() for i in frame.index}
    for one in changes:
        told = _told(one)
        layer = layer_of.get(one.facility_id)
        if layer is None:
            yield told(
                "facility_id", f"现状中没有设施 {one.facility_id!r}；请选择现有设施，或从方案中删去这一项",
                f"there is no facility {one.facility_id!r} in the base (ids not in the base: {one.facility_id}); choose one that is there, or remove this object",
            )  # fmt: skip
        elif isinstance(one, Resized):
            asked = SERVICES[one.service]
            if _size_column(asked.layer, one.service) is None:
                yield told("service", f"“{asked.name_zh}”没有规模可改，请删去这一项", f"{asked.name_en} has no size to change; remove this object")  # fmt: skip
            elif asked.layer != layer:
                yield told("service", f"该设施不提供“{asked.name_zh}”类服务，请改选服务", f"a facility of the layer {layer} is no {asked.name_en.lower()}; choose another service")  # fmt: skip
        elif isinstance(one, Opened):
            frame = layers[layer]
            row = frame.loc[frame.index.astype(str) == one.facility_id].iloc[0]
            if row.get("status") == "existing":
                yield told("facility_id", "该设施已经开放，只有规划设施可改开放年份；请用“关闭”或删去这一项", "the facility is there already: only a planned one can open in another year; close it, or remove this object")  # fmt: skip


def _taken(layers: dict[str, gpd.GeoDataFrame], added: Sequence[Added]) -> Iterable[Finding]:
    """Say which new facilities have an id that the base uses, or a size where there is none."""
    known = {str(i) for frame in layers.values() for i in frame.index}
    for one in added:
        told, asked = _told(one), SERVICES[one.service]
        if one.facility_id in known:
            yield told("facility_id", f"编号 {one.facility_id!r} 已被现有设施占用，请换一个（如 N01）", f"the id {one.facility_id!r} is taken by a facility of the base (ids taken: {one.facility_id}); take another one, such as N01")  # fmt: skip
        if one.seats is not None and one.seats > 0 and _size_column(asked.layer, one.service) is None:
            yield told("seats", f"“{asked.name_zh}”没有规模，请留空", f"{asked.name_en} has no size; leave it empty")


def _told(one: Object) -> Callable[[str, str, str], Finding]:
    return lambda field, zh, en: Finding("error", f"方案对象 {one.object_id}：{zh}", f"{one.object_id}: {en}", one.object_id, None, field)  # fmt: skip


def _size_column(layer: str, key: str) -> str | None:
    """Return the column that holds the size of a service, None where it has none."""
    return SERVICES[key].seats or ("beds" if layer == "clinics" else None)


def _row(added: Added, like: pd.DataFrame) -> dict[str, Any]:
    """Return an added facility as a row of its layer."""
    asked = SERVICES[added.service]
    row: dict[str, Any] = {
        str(like.index.name): added.facility_id,
        "name_zh": added.name_zh or f"方案新增{asked.name_zh} {added.facility_id}",
        "name_en": f"Proposed {asked.name_en.lower()} {added.facility_id}",
        "kind": asked.kinds[0] if asked.kinds else asked.key,
        "status": "proposed",
        "open_year": added.open_year,
        "basis": "assumed",
        "accuracy_m": 0.0,
        "source_id": "scenario",
        "geometry": shapely.Point(added.lon, added.lat),
    }
    if asked.layer == "schools":
        row |= {f"seats_{stage}": 0.0 for stage in STAGES}
    column = _size_column(asked.layer, added.service)
    if column is not None:
        row[column] = np.nan if added.seats is None else added.seats
    return row
