"""What if here: a clicked point, its zone, what is near on foot, and what a new facility there would change."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.answers.base import Answer, basis_of, nearest_by, rule, source_ids, title
from geo.answers.candidates import PROTECTED, PROTECTION_M
from geo.answers.pupils import pupils_of
from geo.answers.school import school_here
from geo.crs import to_metres
from geo.errors import InputError
from geo.services import SERVICES, STAGES, service
from geo.text import Text
from geo.workspace import Workspace, facilities, people

__all__ = ["SNAP_LIMIT_M", "isochrone", "site"]

SNAP_LIMIT_M = 500.0
"""Farther than this from any walkable street [m], a clicked point has no walking answer."""
NEAREST = 3
BANDS_M = (300.0, 500.0, 1000.0)


def site(workspace: Workspace, lon: float, lat: float, key: str, year: int, *, classes: int | None = None) -> Answer:
    """Return what a planner wants to know of a clicked point, for one service and year.

    Parameters
    ----------
    lon, lat
        WGS84 degrees.
    key
        Service of the new facility.
    year
        Year of people and existing facilities.
    classes
        Classes of the school supposed here; a usual new school where not given.

    Returns
    -------
    answer
        Table ``place`` (one row: zone, sub-area, way to the street [m], words where there is no answer),
        ``nearest`` (the nearest three facilities of every service: walk_m, radius_m), ``gain`` (one row: people
        and pupils newly covered by radius and on foot), ``seats`` (schools: pupils and seats in reach, short),
        ``school`` and ``relieved`` (schools: who gets a seat, the right size, existing schools relieved),
        ``rules`` (standard, clause, required, actual, met), ``crossings`` within the limit on foot.

    Raises
    ------
    InputError
        If the coordinates are not degrees, or the service or year is unknown.
    """
    asked = service(key)
    point = _point(workspace, lon, lat)
    standard = rule(workspace, key)
    snap = workspace.network.snap(point, limit=SNAP_LIMIT_M)
    on_street = bool(np.isfinite(snap["snap_m"].iloc[0]))
    place = _place(workspace, point, lon, lat, float(snap["snap_m"].iloc[0]) if on_street else np.nan)
    walk = _walk_to_cells(workspace, snap, standard.radius_m) if on_street else pd.Series(dtype=float)
    gain = _gain(workspace, point, walk, key, year, standard.radius_m)
    tables: dict[str, pd.DataFrame] = {
        "place": place,
        "nearest": _nearest(workspace, point, snap if on_street else None, year),
        "gain": gain,
        "seats": _seats(workspace, walk, snap if on_street else None, key, year, standard.radius_m),
        "rules": _rules(workspace, point, place, gain, key, standard.radius_m, standard.standard, standard.clause),
    }
    if key in STAGES and on_street:
        tables["school"], tables["relieved"] = school_here(
            workspace, walk, key, year, classes=classes, limit=standard.radius_m
        )
    tables["crossings"] = _crossings(workspace, point, standard.radius_m)
    head = title(key, "选址分析", "what a new site here would change", year)
    return Answer(
        question="site",
        title_zh=head[0],
        title_en=head[1],
        tables=tables,
        method_zh=f"新增人口：{standard.radius_m:g} 米内原来没有{asked.name_zh}、建成后有的常住人口；步行距离沿步行网络，含两端到街道的距离",
        method_en=f"newly covered: residents who had no {asked.name_en.lower()} within {standard.radius_m:g} m and would have one; walking metres along the network, with the way to the street at both ends",
        parameters={
            "lon": lon,
            "lat": lat,
            "service": key,
            "year": year,
            "limit_m": standard.radius_m,
            "standard": standard.standard,
            "clause": standard.clause,
            "classes": classes,
        },
        basis=basis_of(workspace.cells, workspace.streets, facilities(workspace, key, year)),
        sources=source_ids(workspace.zones, workspace.cells, workspace.streets),
        workspace_zh=workspace.name_zh,
        workspace_en=workspace.name_en,
        scenario=workspace.scenario,
        notes_zh=tuple(place["text_zh"]),
        notes_en=tuple(place["text_en"]),
    )


def isochrone(workspace: Workspace, lon: float, lat: float, limits: tuple[float, ...] = BANDS_M) -> gpd.GeoDataFrame:
    """Return the areas within walking reach of a point, one row a limit [m], ascending; empty off the network."""
    point = _point(workspace, lon, lat)
    snap = workspace.network.snap(point, limit=SNAP_LIMIT_M)
    if not np.isfinite(snap["snap_m"].iloc[0]):
        return gpd.GeoDataFrame({"point": [], "limit": [], "geometry": []}, geometry="geometry", crs=workspace.crs)
    return workspace.network.isochrone(snap, tuple(sorted(limits)))


def _point(workspace: Workspace, lon: float, lat: float) -> gpd.GeoSeries:
    if not (np.isfinite(lon) and np.isfinite(lat) and abs(lon) <= 180 and abs(lat) <= 90):
        raise InputError(
            Text(
                f"经纬度无效：经度 {lon}、纬度 {lat}；经度应在 ±180、纬度应在 ±90 之内",
                f"not a place in degrees: lon {lon}, lat {lat}; lon is within ±180 and lat within ±90",
            )
        )
    return to_metres(gpd.GeoSeries([shapely.Point(lon, lat)], index=["site"], crs="EPSG:4326"), workspace.crs)


def _place(workspace: Workspace, point: gpd.GeoSeries, lon: float, lat: float, snap_m: float) -> pd.DataFrame:
    zones = workspace.zones
    holds = zones[zones.intersects(point.iloc[0])]
    zone = holds[holds["level"] == "zone"].head(1)
    sub = holds[holds["level"] == "sub_area"].head(1)
    row: dict[str, Any] = {"lon": lon, "lat": lat}
    for prefix, found in (("zone", zone), ("sub_area", sub)):
        row[f"{prefix}_id"] = found.index[0] if len(found) else None
        row[f"{prefix}_zh"] = found["name_zh"].iloc[0] if len(found) else None
        row[f"{prefix}_en"] = found["name_en"].iloc[0] if len(found) else None
    row["in_zone"], row["on_street"], row["snap_m"] = bool(len(zone)), bool(np.isfinite(snap_m)), snap_m
    row["text_zh"], row["text_en"] = _words(workspace, point, row)
    row["basis"] = basis_of(zone, sub) if len(zone) else "derived"
    return pd.DataFrame([row])


def _words(workspace: Workspace, point: gpd.GeoSeries, row: dict[str, Any]) -> tuple[str, str]:
    """Return the place in a sentence, also where the map has nothing to say."""
    if row["in_zone"]:
        zh = f"位于{row['zone_zh']}" + (f"·{row['sub_area_zh']}" if row["sub_area_zh"] else "")
        en = f"In {row['zone_en']}" + (f", {row['sub_area_en']}" if row["sub_area_en"] else "")
    else:
        zones = workspace.zones[workspace.zones["level"] == "zone"]
        metres = zones.distance(point.iloc[0])
        near = metres.idxmin()
        zh = f"不在任何片区内；最近的是{zones.loc[near, 'name_zh']}，相距 {metres[near] / 1000:.1f} 公里"
        en = f"Outside every zone; the nearest is {zones.loc[near, 'name_en']}, {metres[near] / 1000:.1f} km away"
    if not row["on_street"]:
        zh += f"；{SNAP_LIMIT_M:g} 米内没有步行道路（可能是水面或空地），无法计算步行结果"
        en += f"; no walkable street within {SNAP_LIMIT_M:g} m (water or empty land), so there is no walking answer"
    return zh + "。", en + "."


def _walk_to_cells(workspace: Workspace, snap: pd.DataFrame, limit: float) -> pd.Series:
    """Return walking metres from the site to the cells within ``limit``, by cell_id."""
    found = workspace.network.pairs(snap, workspace.cell_snaps, limit=limit).frame()
    return pd.Series(found["metres"].to_numpy(float), index=found["target"].to_numpy(), name="metres")


def _gain(
    workspace: Workspace, point: gpd.GeoSeries, walk: pd.Series, key: str, year: int, limit: float
) -> pd.DataFrame:
    cells = workspace.cells
    metres = np.hypot(cells.geometry.x - point.x.iloc[0], cells.geometry.y - point.y.iloc[0])
    reach = {"radius": metres <= limit, "walk": pd.Series(cells.index.isin(walk.index), index=cells.index)}
    weights = {"people": people(workspace, year)}
    if SERVICES[key].unit == "pupils":
        weights["pupils"] = pupils_of(workspace, key, year)
    row: dict[str, float] = {}
    for by, in_reach in reach.items():
        before = nearest_by(workspace, key, year, by=by)["metres"] <= limit
        for unit, weight in weights.items():
            row[f"{unit}_in_reach_{by}"] = float(weight[in_reach].sum())
            row[f"{unit}_new_{by}"] = float(weight[in_reach & ~before].sum())
    return pd.DataFrame([row]).assign(basis=basis_of(workspace.cells, workspace.streets))


def _nearest(workspace: Workspace, point: gpd.GeoSeries, snap: pd.DataFrame | None, year: int) -> pd.DataFrame:
    """Return the nearest three facilities of every service, by walk, then by straight line."""
    supply, snaps = _every_supply(workspace, year)
    if supply.empty:
        return pd.DataFrame()
    straight = np.hypot(supply["x"].to_numpy() - point.x.iloc[0], supply["y"].to_numpy() - point.y.iloc[0])
    walk = np.full(len(supply), np.inf) if snap is None else workspace.network.distances(snap, snaps).to_numpy()[0]
    ranked = supply.drop(columns=["x", "y"]).assign(walk_m=walk, radius_m=straight)
    ranked = ranked.iloc[np.lexsort((straight, walk, supply["place"].to_numpy()))]
    ranked["rank"] = ranked.groupby("place").cumcount() + 1
    best = ranked[ranked["rank"] <= NEAREST].reset_index(drop=True)
    return best[
        [
            "service",
            "service_zh",
            "service_en",
            "rank",
            "facility_id",
            "name_zh",
            "name_en",
            "walk_m",
            "radius_m",
            "status",
            "basis",
        ]
    ]


def _every_supply(workspace: Workspace, year: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the facilities of every service and where they meet the streets (kept: a click asks for all of them)."""
    kept = workspace.memo.get(("every supply", year))
    if kept is None:
        parts = []
        for place, asked in enumerate(SERVICES.values()):
            found = facilities(workspace, asked.key, year)
            named = pd.DataFrame(found[["name_zh", "name_en", "status", "basis"]])
            words = {"place": place, "service": asked.key, "service_zh": asked.name_zh, "service_en": asked.name_en}
            parts.append(named.assign(**words, facility_id=found.index, x=found.geometry.x, y=found.geometry.y))
        supply = pd.concat([p for p in parts if len(p)] or parts[:1], ignore_index=True)
        points = gpd.GeoSeries(gpd.points_from_xy(supply["x"], supply["y"]), index=supply.index, crs=workspace.crs)
        kept = workspace.memo[("every supply", year)] = (supply, workspace.network.snap(points))
    return kept


def _seats(
    workspace: Workspace, walk: pd.Series, snap: pd.DataFrame | None, key: str, year: int, limit: float
) -> pd.DataFrame:
    """Return pupils and seats within reach of the site, and the seats short there."""
    if key not in STAGES or snap is None:
        return pd.DataFrame()
    supply = facilities(workspace, key, year)
    pupils = float(pupils_of(workspace, key, year).reindex(walk.index).sum())
    near = (
        workspace.network.distances(snap, supply, limit=limit).iloc[0] <= limit
        if len(supply)
        else pd.Series(dtype=bool)
    )
    seats = float(supply["seats"][near[near].index].sum()) if len(supply) else 0.0
    unknown = int(supply["seats"][near[near].index].isna().sum()) if len(supply) else 0
    return pd.DataFrame(
        [
            {
                "service": key,
                "pupils_in_reach": pupils,
                "seats_in_reach": seats,
                "schools_in_reach": int(near.sum()),
                "schools_without_known_seats": unknown,
                "seats_short": max(0.0, pupils - seats) if not unknown else np.nan,
                "basis": basis_of(supply, workspace.cells),
            }
        ]
    )


def _rules(
    workspace: Workspace,
    point: gpd.GeoSeries,
    place: pd.DataFrame,
    gain: pd.DataFrame,
    key: str,
    limit: float,
    standard: str,
    clause: str,
) -> pd.DataFrame:
    """Return the rules a facility here would meet or break; ``met`` is None where it cannot be judged."""
    asked = SERVICES[key]
    rows: list[dict[str, Any]] = [
        _rule(
            "inside",
            "位于规划片区内",
            "inside a planning zone",
            "十四五规划第六章" if len(workspace.targets) else "",
            "",
            bool(place["in_zone"].iloc[0]),
            "",
            "sourced",
        ),
    ]
    snap_m = float(place["snap_m"].iloc[0])
    rows.append(_rule("street", "80 米内有步行道路", "a walkable street within 80 m", "GB/T 51439-2021", "6.1.3", bool(snap_m <= 80) if np.isfinite(snap_m) else False,
                      f"{snap_m:.0f} m" if np.isfinite(snap_m) else f"> {SNAP_LIMIT_M:g} m", "sourced"))  # fmt: skip
    unit = "pupils" if asked.unit == "pupils" else "people"
    new = float(gain[f"{unit}_new_walk"].iloc[0])
    rows.append(_rule("radius", f"步行 {limit:g} 米内有新服务对象", f"someone new within {limit:g} m on foot", standard, clause, new > 0, f"{new:.0f} {unit}", "derived"))  # fmt: skip
    if key in PROTECTED:
        rows += _protection(workspace, point)
    return pd.DataFrame(rows)


def _crossings(workspace: Workspace, point: gpd.GeoSeries, limit: float) -> pd.DataFrame:
    """Return the crossings of railways, expressways and water within ``limit`` metres of the point, nearest first."""
    streets = workspace.streets
    if "barrier" not in streets:
        return pd.DataFrame()
    crossing = streets[streets["barrier"].fillna("").astype(str).str.strip() != ""]
    metres = crossing.distance(point.iloc[0])
    near = metres[metres <= limit].sort_values(kind="stable")
    rows = crossing.loc[near.index]
    basis = rows["basis"].to_numpy() if "basis" in rows else "assumed"
    return pd.DataFrame({"barrier": rows["barrier"].to_numpy(), "metres": near.to_numpy(), "basis": basis})


def _protection(workspace: Workspace, point: gpd.GeoSeries) -> list[dict[str, Any]]:
    """Return the distance rules from railways and main roads."""
    rows = []
    links = workspace.links
    for kind, required in PROTECTION_M.items():
        lines = links[links["kind"] == kind]
        if lines.empty:
            continue
        metres = lines.distance(point.iloc[0])
        nearest = metres.idxmin()
        accuracy = float(lines.loc[nearest, "accuracy_m"]) if pd.notna(lines.loc[nearest, "accuracy_m"]) else 0.0
        actual = float(metres[nearest])
        # A line known to ±700 m cannot prove a rule of 80 m, unless the site is farther than both together.
        sure = abs(actual - required) > accuracy
        rows.append(
            _rule(f"protection_{kind}", f"距{lines.loc[nearest, 'name_zh']}不小于 {required:g} 米",
                  f"at least {required:g} m from {lines.loc[nearest, 'name_en'] or kind}", "GB 50099-2011", "4.1.6",
                  actual >= required if sure else None, f"{actual:.0f} ± {accuracy:.0f} m", str(lines.loc[nearest, "basis"]))
        )  # fmt: skip
    return rows


def _rule(
    name: str, zh: str, en: str, standard: str, clause: str, met: bool | None, actual: str, basis: str
) -> dict[str, Any]:
    return {"rule": name, "text_zh": zh, "text_en": en, "standard": standard, "clause": clause, "met": met, "actual": actual, "basis": basis}  # fmt: skip
