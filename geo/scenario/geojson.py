"""A scenario as GeoJSON (RFC 7946): one feature an object, for people, QGIS and the next machine.

What the format does not know stands in the member ``zoneplan`` (RFC 7946, 6.1): the version of this form, the name, the
parameters of the analysis, and the base it was drawn on, so that whoever runs it elsewhere sees whether the base is the same.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import shapely

from geo.errors import Finding, InputError
from geo.scenario.objects import as_plain
from geo.scenario.scenario import FORMAT, Scenario
from geo.text import Text
from geo.workspace import Workspace

__all__ = ["base_of", "fingerprint", "from_geojson", "geometry", "mark_of", "to_geojson"]

PLACES = ("line", "polygon", "area", "lon", "lat")
LAYERS = ("zones", "schools", "clinics", "stops", "facilities", "streets", "cells")


def to_geojson(scenario: Scenario, base: Workspace | Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return a scenario as a FeatureCollection in degrees of WGS 84; objects without a place have null for geometry.

    Parameters
    ----------
    base
        The workspace it was drawn on, or its ``mark_of``, if that is to be in the file.

    Examples
    --------
    >>> from geo.scenario.objects import Street
    >>> plan = Scenario("a bridge", objects=(Street("N01", [(117.0, 39.0), (117.1, 39.0)], "bridge"),))
    >>> told = to_geojson(plan)
    >>> told["features"][0]["geometry"], told["features"][0]["properties"]
    ({'type': 'LineString', 'coordinates': [[117.0, 39.0], [117.1, 39.0]]}, {'kind': 'street', 'way': 'bridge'})
    >>> from_geojson(told) == plan
    True
    """
    about: dict[str, Any] = {"format": FORMAT, "name": scenario.name, "parameters": scenario.as_dict()["parameters"]}
    if base is not None:
        about["base"] = mark_of(base) if isinstance(base, Workspace) else dict(base)
    return {
        "type": "FeatureCollection",
        "zoneplan": about,
        "features": [_feature(as_plain(o)) for o in scenario.objects],
    }


def from_geojson(data: Mapping[str, Any]) -> Scenario:
    """Return the scenario that ``to_geojson`` wrote, in whatever order its members come.

    Raises
    ------
    InputError
        If it is no such file, or holds what this program does not know; findings name the feature.

    Examples
    --------
    >>> from_geojson({"type": "FeatureCollection", "features": []})
    Traceback (most recent call last):
        ...
    geo.errors.InputError: ...has no member zoneplan...
    """
    about = _about(data)
    features = data.get("features", ())
    if not isinstance(features, list | tuple):
        raise InputError(Text("features 须为列表", "features must be a list"))
    objects, faults = [], []
    for number, one in enumerate(features, 1):
        try:
            objects.append(_plain(one))
        except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
            faults.append(
                Finding(
                    "error", f"第 {number} 个要素无法读取（{error}）：须为带属性的 Feature，几何为点、线、单个面或无",
                    f"feature {number} cannot be read ({error}): it must be a Feature with properties, a point, a line, one area or no geometry",
                    None, number, "geometry",
                )
            )  # fmt: skip
    if faults:
        raise InputError(faults)
    rest = {key: about[key] for key in ("format", "name", "parameters") if key in about}
    return Scenario.from_dict({**rest, "objects": objects})


def geometry(one: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the place of an object (as ``Scenario.as_dict`` tells it) as GeoJSON in degrees; None where it has none.

    Examples
    --------
    >>> geometry({"kind": "add", "lon": 117.0, "lat": 39.1}), geometry({"kind": "close"})
    ({'type': 'Point', 'coordinates': [117.0, 39.1]}, None)
    """
    if "area" in one:
        return {"type": "MultiPolygon", "coordinates": one["area"]}
    if "polygon" in one:
        return {"type": "Polygon", "coordinates": [one["polygon"]]}
    if "line" in one:
        return {"type": "LineString", "coordinates": one["line"]}
    return {"type": "Point", "coordinates": [one["lon"], one["lat"]]} if "lon" in one else None


def base_of(data: Mapping[str, Any]) -> tuple[str, str]:
    """Return name and fingerprint of the base that a file says it was drawn on; empty where it says none.

    Examples
    --------
    >>> from geo.examples import town
    >>> place = town().workspace
    >>> base_of(to_geojson(Scenario("a"), place)) == ("Town", fingerprint(place))
    True
    """
    told = _about(data).get("base")
    return (str(told.get("name", "")), str(told.get("fingerprint", ""))) if isinstance(told, Mapping) else ("", "")


def mark_of(workspace: Workspace) -> dict[str, str]:
    """Return name and fingerprint of a workspace, as they stand in a file; to be kept where many files are written.

    Examples
    --------
    >>> from geo.examples import town
    >>> mark_of(town().workspace)["name"]
    'Town'
    """
    return {"name": workspace.name_en or workspace.name_zh, "fingerprint": fingerprint(workspace)}


def fingerprint(workspace: Workspace) -> str:
    """Return a mark of what scenarios are drawn on: facilities, zones, streets, residents and demand, places to the decimetre.

    The same data give the same mark on another machine, whatever the folder is called.

    Examples
    --------
    >>> from geo.examples import town
    >>> fingerprint(town().workspace) == fingerprint(town().workspace), len(fingerprint(town().workspace))
    (True, 16)
    """
    mark = hashlib.sha256(f"{workspace.crs} {workspace.years}".encode())
    for name in LAYERS:
        frame = workspace.layer(name)
        mark.update(name.encode())
        mark.update("\x1f".join(map(str, frame.index)).encode())
        xy, rows = shapely.get_coordinates(np.asarray(frame.geometry), return_index=True)
        mark.update(np.rint(xy * 10).astype("<i8").tobytes() + rows.astype("<i8").tobytes())
        for column in sorted(c for c in frame.columns if pd.api.types.is_numeric_dtype(frame[c].dtype)):
            mark.update(column.encode() + np.round(frame[column].to_numpy("<f8", na_value=np.nan), 6).tobytes())
    mark.update(json.dumps(workspace.parameters, sort_keys=True, default=str, ensure_ascii=True).encode())
    return mark.hexdigest()[:16]


def _about(data: Any) -> Mapping[str, Any]:
    about = data.get("zoneplan") if isinstance(data, Mapping) else None
    if not isinstance(about, Mapping) or data.get("type") != "FeatureCollection":
        raise InputError(
            Text(
                "不是方案文件：FeatureCollection 须带 zoneplan 成员；普通 GeoJSON 请用“导入”",
                "no file of a scenario: a FeatureCollection without it has no member zoneplan; a plain GeoJSON is taken by import",
            )
        )
    return about


def _feature(one: dict[str, Any]) -> dict[str, Any]:
    told = {key: value for key, value in one.items() if key not in (*PLACES, "object_id")}
    return {"type": "Feature", "id": one["object_id"], "geometry": geometry(one), "properties": told}


def _plain(feature: Any) -> dict[str, Any]:
    if feature["type"] != "Feature":
        raise ValueError(feature["type"])
    one, shape = dict(feature["properties"]), feature.get("geometry")
    if feature.get("id") is not None:
        one["object_id"] = feature["id"]
    if shape is None:
        return one
    corners = shape["coordinates"]
    if shape["type"] == "Point":
        one["lon"], one["lat"] = corners
    elif shape["type"] == "LineString":
        one["line"] = corners
    elif one.get("kind") == "district" and shape["type"] in ("Polygon", "MultiPolygon"):
        one["area"] = corners if shape["type"] == "MultiPolygon" else [corners]
    elif shape["type"] == "Polygon" and len(corners) == 1:
        one["polygon"] = corners[0]
    else:
        raise ValueError(f"{shape['type']}, {len(corners)}")
    return one
