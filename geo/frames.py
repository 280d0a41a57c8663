"""From an analyst's own frames to a workspace: checked, brought to one metric system, missing columns said to be so."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from geo.crs import metric_crs_for
from geo.errors import CrsError, Finding, InputError
from geo.network import Network
from geo.schema import LAYERS
from geo.services import SERVICES, STAGES
from geo.services import service as known
from geo.text import Text
from geo.workspace import Workspace, with_leaf_zone

__all__ = ["workspace_of"]

AROUND_M = 500.0
"""Margin of the one area drawn around everybody where no zones are given [m]."""


def workspace_of(
    *,
    facilities: gpd.GeoDataFrame,
    people: gpd.GeoDataFrame,
    links: gpd.GeoDataFrame,
    zones: gpd.GeoDataFrame | None,
    service: str,
    year: int,
    limit: float | None,
    crs: str | None,
    name: str,
) -> Workspace:
    """Return the workspace of these frames; see ``geo.case.Case.from_frames``.

    What the frames do not say (basis, source, opening year) is filled in as assumed, unknown or none, never guessed.
    """
    asked = known(service)
    for told, frame in (("facilities", facilities), ("people", people), ("links", links), ("zones", zones)):
        if frame is not None:
            _usable(frame, told)
    metric = str(crs or _metric(links))
    streets = links.to_crs(metric).pipe(_joined)
    cells = _cells(people.to_crs(metric), year)
    areas = _zones(zones.to_crs(metric) if zones is not None else None, cells, name)
    layers = {layer: _empty(layer, metric) for layer in ("schools", "clinics", "stops", "links", "projects")}
    layers[asked.layer] = _facilities(facilities.to_crs(metric), service)
    standards = pd.DataFrame(columns=["service", "default", "radius_m", "standard", "clause", "confidence", "basis"])
    if limit is not None:
        standards = pd.DataFrame([{
            "service": service, "default": 1, "radius_m": float(limit), "standard": "", "clause": "", "confidence": "",
            "basis": "assumed",
        }])  # fmt: skip
    return Workspace(
        name_zh=name or "自备数据",
        name_en=name or "own frames",
        crs=metric,
        years=(int(year),),
        zones=areas,
        **layers,
        water=gpd.GeoDataFrame({"geometry": []}, geometry="geometry", crs=metric),
        streets=streets,
        cells=with_leaf_zone(cells, areas),
        cell_metres=_spacing(cells),
        targets=pd.DataFrame(),
        standards=standards,
        contradictions=pd.DataFrame(),
        sources={},
        network=Network.from_links(streets),
    )


def _usable(frame: Any, told: str) -> None:
    """Refuse what is no GeoDataFrame with rows and a reference system."""
    if not isinstance(frame, gpd.GeoDataFrame):
        raise InputError([Finding("error", "需要 GeoDataFrame（带几何）", "give a GeoDataFrame, with geometry", told)])
    if frame.crs is None:
        raise CrsError(
            Text(
                f"{told} 没有坐标系：请用 set_crs 指明，例如 EPSG:4326",
                f"{told} has no reference system: name it with set_crs, for example EPSG:4326",
            )
        )
    if told in ("people", "links") and frame.empty:
        raise InputError([Finding("error", "没有任何行", "has no rows", told)])
    lost = np.flatnonzero(frame.geometry.isna() | frame.geometry.is_empty)
    if len(lost):
        raise InputError(
            [
                Finding("error", "没有几何：请补上或删去该行", "has no geometry: give it one, or drop the row", told, int(r) + 1, "geometry")
                for r in lost[:20]
            ]
        )  # fmt: skip
    if not frame.index.is_unique:
        twice = frame.index[frame.index.duplicated()][:5].tolist()
        raise InputError(
            [
                Finding(
                    "error",
                    f"编号重复：{twice}",
                    f"ids given more than once: {twice}; reset_index() first",
                    told,
                    field="index",
                )
            ]
        )


def _metric(links: gpd.GeoDataFrame) -> str:
    """Return the system of the links where it is in metres, else one chosen from where they lie."""
    found = pyproj.CRS.from_user_input(links.crs)
    axes = found.axis_info
    if not found.is_geographic and axes and all(a.unit_name == "metre" for a in axes[:2]) and found.to_epsg() != 3857:
        return str(found.to_string())
    west, south, east, north = links.to_crs("EPSG:4326").total_bounds
    return metric_crs_for((west + east) / 2, (south + north) / 2)


def _joined(links: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the links with ``u``, ``v`` and ``metres``: lines meet where their ends lie within a millimetre."""
    out = links.copy()
    if "metres" not in out:
        out["metres"] = out.length
    if "u" in out and "v" in out:
        return out
    if not (out.geom_type == "LineString").all():
        out = out.explode(ignore_index=True)
        out["metres"] = out.length
    ends = np.concatenate([shapely.get_coordinates(shapely.get_point(out.geometry.array, i)) for i in (0, -1)])
    _, node = np.unique(np.round(ends, 3), axis=0, return_inverse=True)
    node = node.reshape(-1)
    return out.assign(u=node[: len(out)], v=node[len(out) :])


def _cells(people: gpd.GeoDataFrame, year: int) -> gpd.GeoDataFrame:
    """Return one cell a row, at a point inside it, with ``people_<year>``."""
    column = next((c for c in (f"people_{year}", "people") if c in people), None)
    if column is None:
        raise InputError([Finding("error", "缺少人数列 people", "column people is missing", "people", field="people")])
    count = pd.to_numeric(people[column], errors="coerce").astype(float)
    wrong = np.flatnonzero(~(np.isfinite(count) & (count >= 0)))
    if len(wrong):
        raise InputError(
            [
                Finding("error", "人数须为不小于 0 的数", "people must be a number of at least 0", "people", int(r) + 1, column)
                for r in wrong[:20]
            ]
        )  # fmt: skip
    points = people.geometry.where(people.geom_type == "Point", people.geometry.representative_point())
    frame = gpd.GeoDataFrame(
        {f"people_{year}": count, "basis": _told(people, "basis", "assumed"), "source_id": _told(people, "source_id", "own")},
        geometry=points.array, crs=people.crs, index=people.index,
    )  # fmt: skip
    return frame.rename_axis(index="cell_id")


def _zones(zones: gpd.GeoDataFrame | None, cells: gpd.GeoDataFrame, name: str) -> gpd.GeoDataFrame:
    """Return the zones with their names and levels; one around everybody where none are given."""
    if zones is None:
        around = shapely.buffer(shapely.MultiPoint(cells.geometry.array).convex_hull, AROUND_M)
        zones = gpd.GeoDataFrame({"name_zh": [name or "全部"]}, geometry=[around], crs=cells.crs, index=["all"])
    parent = _told(zones, "parent_id", None)
    names = zones.get("name_zh", zones.get("name", pd.Series(zones.index.astype(str), index=zones.index)))
    frame = gpd.GeoDataFrame(
        {
            "zone_id": zones.index,
            "parent_id": parent,
            "level": np.where(pd.Series(parent).notna(), "sub_area", "zone"),
            "name_zh": names.astype(str).to_numpy(),
            "name_en": zones.get("name_en", names).astype(str).to_numpy(),
            "basis": _told(zones, "basis", "assumed"),
            "source_id": _told(zones, "source_id", "own"),
        },
        geometry=zones.geometry.array, crs=zones.crs, index=zones.index,
    )  # fmt: skip
    return frame.rename_axis(index="zone_id")


def _facilities(facilities: gpd.GeoDataFrame, key: str) -> gpd.GeoDataFrame:
    """Return the facilities as rows of their layer: all existing and open, seats unknown where they are not told."""
    asked = SERVICES[key]
    if len(facilities) and not (facilities.geom_type == "Point").all():
        raise InputError(
            [
                Finding(
                    "error",
                    "设施须为点；面请先取代表点",
                    "facilities must be points; take representative_point() of areas",
                    "facilities",
                )
            ]
        )
    seats = pd.to_numeric(pd.Series(_told(facilities, "seats", np.nan)), errors="coerce").to_numpy(float)
    names = facilities.get(
        "name_zh", facilities.get("name", pd.Series(facilities.index.astype(str), index=facilities.index))
    )
    content: dict[str, Any] = {
        "facility_id": facilities.index,
        "name_zh": names.astype(str).to_numpy(),
        "name_en": facilities.get("name_en", names).astype(str).to_numpy(),
        "kind": asked.kinds[0] if asked.kinds else key,
        "status": "existing",
        "open_year": np.nan,
        "zone_id": None,
        "basis": _told(facilities, "basis", "assumed"),
        "accuracy_m": np.nan,
        "source_id": _told(facilities, "source_id", "own"),
    }
    if asked.layer == "schools":
        content |= {f"seats_{stage}": seats if stage == key else 0.0 for stage in STAGES}
    elif asked.layer == "clinics":
        content["beds"] = seats
    frame = gpd.GeoDataFrame(content, geometry=facilities.geometry.array, crs=facilities.crs, index=facilities.index)
    return frame.rename_axis(index=LAYERS[asked.layer].key)


def _empty(layer: str, crs: str) -> gpd.GeoDataFrame:
    """Return a layer without rows, with the columns of the data contract."""
    columns: dict[str, Any] = {c.name: pd.Series(dtype=object) for c in LAYERS[layer].columns}
    for c in LAYERS[layer].columns:
        if c.kind in ("number", "integer", "year"):
            columns[c.name] = pd.Series(dtype=float)
    frame = gpd.GeoDataFrame({**columns, "geometry": []}, geometry="geometry", crs=crs)
    key = LAYERS[layer].key
    return frame.set_index(key, drop=False).rename_axis(index=key) if key in frame else frame


def _told(frame: gpd.GeoDataFrame, column: str, otherwise: Any) -> Any:
    """Return a column of the frame, or ``otherwise`` in every row."""
    return frame[column].to_numpy() if column in frame else np.full(len(frame), otherwise, dtype=object)


def _spacing(cells: gpd.GeoDataFrame) -> float:
    """Return the side of a square that each cell would fill if they filled their bounds evenly [m]."""
    west, south, east, north = cells.total_bounds
    return float(max(np.sqrt(max((east - west) * (north - south), 1.0) / max(len(cells), 1)), 1.0))
