"""What can be taken away: every layer and every answer, in every format, by one call."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo import answers
from geo.case import Case
from geo.errors import InputError
from geo.monitor import Actual
from geo.progress import Progress
from geo.services import STAGES
from geo.text import Text
from geo.travel import Journey
from geo.workspace import Workspace
from layers.report import making as reports
from layers.write import geojson, intervals, tables
from layers.write.atomic import write_bytes
from layers.write.named import as_named

__all__ = ["FORMATS", "LAYERS", "RESULTS", "TABLES", "collect", "report", "side_by_side", "write"]

LAYERS = (
    "zones",
    "schools",
    "clinics",
    "links",
    "stops",
    "facilities",
    "streets",
    "water",
    "projects",
    "carriers",
    "landuse",
    "controls",
    "population",
)
TABLES = ("targets", "standards", "contradictions", "constraints", "facts", "quotes", "plan_text")
RESULTS = ("coverage", "coverage-cells", "adequacy", "gaps", "site", "travel", "gain", "crossings", "access", "access-cells", "assign", "flows", "catchments", "locate", "register", "districts", "feeders", "routes", "circles", "circles-blocks", "monitored", "uncertainty", "uncertainty-adequacy", "robust", "worth")  # fmt: skip
SEATED = ("assign", "flows", "catchments")
"""Results of an assignment, which ask for rules and for the seats of schools of unknown size."""
FORMATS = {
    "geojson": ".geojson", "csv": ".csv", "xlsx": ".xlsx", "gpkg": ".gpkg", "shp": ".zip", "gdb": ".zip",
    "dxf": ".dxf", "tif": ".tif", "html": ".html", "zip": ".zip",
}  # fmt: skip


ALSO = {"geojson": (".json",), "html": (".htm",), "tif": (".tiff",)}
"""Other endings that a file of a format may have."""


def collect(
    case: Case, layer: str, *, lon: float | None = None, lat: float | None = None,
    limit: float | None = None, method: str = "e2sfca", model: str = "max_cover", p: int | None = None,
    rules: Collection[str] = (), unknown_seats: float | None = None, actuals: Iterable[Actual] = (),
    journey: Journey | None = None, minutes: Sequence[float] | None = None,
) -> tuple[dict[str, pd.DataFrame], Any]:  # fmt: skip
    """Return the frames of a layer or result by name (the first is the main one), and what they mean.

    Parameters
    ----------
    case
        The place, service and year asked about.
    layer
        One of ``LAYERS``, ``TABLES`` or ``RESULTS``.
    lon, lat
        The place of a click (``site``) [degrees].
    limit
        Longest walk [m], where the result has one; the standard, or none, where not given.
    method, model, p
        Of an accessibility score (``access``); of a search for sites (``locate``), and how many (also ``robust``, ``worth``).
    rules, unknown_seats
        Of an assignment (``SEATED``): keys of ``geo.answers.RULES``, and the seats supposed where nobody knows.
    actuals
        What was entered for the indicators (``monitored``).
    journey, minutes
        How one goes and for how long (``travel``).

    Raises
    ------
    InputError
        If there is no such layer, or a result lacks what it needs or is given rules that it does not know.
    """
    workspace = case.workspace
    if layer in LAYERS or layer in TABLES:
        return {layer: _data(workspace, layer)}, _about_data(workspace, layer)
    if layer not in RESULTS:
        known = (*LAYERS, *TABLES, *RESULTS)
        raise InputError(
            Text(
                f"没有可导出的“{layer}”，可选：{'、'.join(known)}",
                f"nothing named '{layer}' to export, choose one of {', '.join(known)}",
            )
        )
    if layer in ("site", "travel") and (lon is None or lat is None):
        raise InputError(Text("导出点选结果需要 --lon 和 --lat", "exporting a site needs --lon and --lat"))
    if journey is not None and layer != "travel":
        raise InputError(
            Text(f"出行方式只用于导出 travel，不用于“{layer}”", f"a mode is for exporting travel, not for '{layer}'")
        )
    if (rules or unknown_seats is not None) and layer not in SEATED:
        raise InputError(
            Text(
                f"入学规则和假定学位只用于 {'、'.join(SEATED)}，不用于“{layer}”",
                f"rules and supposed seats are for {', '.join(SEATED)}, not for '{layer}'",
            )
        )
    seating: dict[str, Any] = {"limit": limit, "rules": rules, "unknown_seats": unknown_seats}
    work: dict[str, Callable[[], tuple[dict[str, pd.DataFrame], Any]]] = {
        "coverage": lambda: _zones(workspace, answers.coverage(case, limit=limit), "cells"),
        "coverage-cells": lambda: _cells(workspace, answers.coverage(case, limit=limit)),
        "adequacy": lambda: _adequacy(workspace, answers.adequacy(case)),
        "gaps": lambda: _only(answers.adequacy(case), "gaps"),
        "site": lambda: _site(case, float(lon or 0), float(lat or 0)),
        "travel": lambda: _only(answers.travel(case, float(lon or 0), float(lat or 0), journey=journey, minutes=minutes or answers.LIMITS_MIN), "areas", "reach", "facilities"),
        "gain": lambda: _only(answers.gain(case, limit=limit), "nodes", "top"),
        "crossings": lambda: _only(answers.crossings(case, limit=limit), "crossings", "best", "chosen", "together"),
        "access": lambda: _zones(workspace, answers.access(case, method=method, limit=limit), "equity"),
        "access-cells": lambda: _cells(workspace, answers.access(case, method=method, limit=limit)),
        "assign": lambda: _only(answers.assign(_stage(case), **seating), "schools", "zones", "flows"),
        "flows": lambda: _flow_map(case, "flows", seating),
        "catchments": lambda: _flow_map(case, "catchments", seating),
        "locate": lambda: _only(answers.locate(case, p=p, model=model, limit=limit), "sites", "cells", "summary"),
        "register": lambda: _only(answers.register(workspace), "targets", "projects", "contradictions", "remarks", "facts"),
        "circles": lambda: _only(answers.circles(case), "ranked", "zones"),
        "circles-blocks": lambda: _only(answers.circles(case, by="block"), "ranked", "zones"),
        "districts": lambda: _only(answers.districts(_stage(case)), "districts", "cells", "summary", "shortfall", "findings"),
        "monitored": lambda: _monitored(answers.monitored(workspace, actuals)),
        "feeders": lambda: _only(answers.feeders(_stage(case), limit=limit), "schools", "links", "places", "zones", "summary"),
        "uncertainty": lambda: _unsure(workspace, answers.uncertain(case, limit=limit)),
        "uncertainty-adequacy": lambda: _unsure(workspace, answers.uncertain(case, about="adequacy")),
        "robust": lambda: _only(answers.robust(case, p=p or 0, limit=limit), "sites", "chosen", "plans", "summary", "inputs"),
        "worth": lambda: _only(answers.value(case, p=p or 0, limit=limit), "inputs", "summary", "options", "sites", "ranges"),
        "routes": lambda: _only(answers.routes(_stage(case), limit=limit), "routes", "crossings", "schools"),
    }  # fmt: skip
    return work[layer]()


def write(
    workspace: Workspace,
    frames: Mapping[str, pd.DataFrame],
    path: Path,
    form: str,
    *,
    meta: Mapping[str, Any],
    gcj02: bool = False,
    progress: Progress | None = None,
    about: answers.Answer | Mapping[str, Any] | None = None,
    lang: str = "zh",
) -> Path:
    """Write frames in a format of ``FORMATS``; return the path.

    Parameters
    ----------
    about
        What ``collect`` said the frames mean; the mailed map ("html") tells it beside them, in ``lang``.

    Raises
    ------
    InputError
        If the file's name says another format, or the format cannot hold the frames (a table in GeoJSON, shapes of no cell in GeoTIFF).
    """
    if form not in FORMATS:
        raise InputError(
            Text(
                f"没有格式“{form}”，可选：{'、'.join(FORMATS)}",
                f"no format '{form}', choose one of {', '.join(FORMATS)}",
            )
        )
    path = as_named(path, form, (FORMATS[form], *ALSO.get(form, ())))
    first = next(iter(frames.values()))
    if gcj02 and form not in ("geojson", "csv", "xlsx"):
        raise InputError(Text("GCJ-02 只能输出为 GeoJSON、CSV 或 XLSX", "GCJ-02 goes out as GeoJSON, CSV or XLSX only"))
    if form == "csv":
        return tables.write_csv(first, path, meta=meta, gcj02=gcj02)
    if form == "xlsx":
        return tables.write_xlsx(frames, path, meta=meta, gcj02=gcj02, progress=progress)
    if form == "zip":
        from layers.write import package

        return package.write(
            frames, path, meta=meta, crs=workspace.crs, cell_metres=workspace.cell_metres, progress=progress
        )
    if form == "html":
        return _mailed(workspace, frames, path, meta, about, lang)
    if not isinstance(first, gpd.GeoDataFrame):
        raise InputError(
            Text("这是没有几何的表格，请用 csv 或 xlsx", "this is a table without shapes: use csv or xlsx")
        )
    if form == "geojson":
        geojson.write(first, path, meta=meta, gcj02=gcj02)
        return Path(path)
    return _drawn(workspace, frames, first, path, form, meta, progress)


def _mailed(
    workspace: Workspace, frames: Mapping[str, pd.DataFrame], path: Path, meta: Mapping[str, Any],
    about: answers.Answer | Mapping[str, Any] | None, lang: str,
) -> Path:  # fmt: skip
    """Write the map that can be mailed: the answer as it draws itself, or the layer alone."""
    from layers.page import webmap

    day = dt.date.fromisoformat(str(meta["date"])) if meta.get("date") else dt.date.today()
    told = [about] if isinstance(about, answers.Answer) else []
    # What an answer draws of itself is not drawn twice.
    own = set(told[0].tables) if told else set()
    shapes = {name: f for name, f in frames.items() if isinstance(f, gpd.GeoDataFrame) and name not in own}
    if not told and not shapes:
        raise InputError(
            Text("这是没有几何的表格，请用 csv 或 xlsx", "this is a table without shapes: use csv or xlsx")
        )
    return webmap.write_map(workspace, told, path, lang=lang, date=day, layers=shapes)


def _drawn(
    workspace: Workspace, frames: Mapping[str, pd.DataFrame], first: gpd.GeoDataFrame, path: Path, form: str,
    meta: Mapping[str, Any], progress: Progress | None,
) -> Path:  # fmt: skip
    """Write the formats of GIS and CAD; each library is imported by the format that needs it."""
    if form == "gpkg":
        from layers.write import geopackage

        return geopackage.write(frames, path, meta=meta, cell_metres=workspace.cell_metres, progress=progress)
    if form == "shp":
        from layers.write import shapefile

        return shapefile.write(frames, path, meta=meta, progress=progress)
    if form == "gdb":
        from layers.write import filegdb

        return filegdb.write(frames, path, meta=meta, progress=progress)
    if form == "dxf":
        from layers.write import dxf

        return dxf.write(frames, path, crs=workspace.crs, meta=meta)
    from layers.write import geotiff

    known = ("access", "people", "gain", "unserved", "pupils", "pupils_new")
    values = [c for c in first if c in known or str(c).startswith("people_")]
    if not values or not (first.geom_type == "Point").all():
        raise InputError(
            Text(
                "GeoTIFF 只用于格网结果（如 coverage-cells、access-cells、population）",
                "GeoTIFF is for cell results (coverage-cells, access-cells, population)",
            )
        )
    return geotiff.write(first, values, path, cell_metres=workspace.cell_metres, meta=meta)


def side_by_side(workspace: Workspace, answer: answers.Answer) -> dict[str, pd.DataFrame]:
    """Return a comparison (``geo.answers.compared``) as files hold it: one row and one shape a zone, all plans in its columns.

    Columns are ``A_covered``, ``B_covered``, ``B_d_covered`` and so on; table ``plans`` says which letter is which plan.
    """
    long, total = answer["zones"], answer["total"]
    letters = dict(zip(total["plan"], "ABCD", strict=False))
    numbers = [c for c in long.select_dtypes("number") if c in total]
    wide = workspace.zones[["name_zh", "name_en", "level", "parent_id"]].copy()
    for plan, letter in letters.items():
        part = long[long["plan"] == plan].set_index("zone_id")
        for column in (c for c in numbers if letter != "A" or not c.startswith("d_")):
            wide[f"{letter}_{column}"] = part[column].reindex(wide.index)
    wide["basis"] = answer.basis
    drawn = gpd.GeoDataFrame(wide, geometry=workspace.zones.geometry.array, crs=workspace.crs)
    plans = pd.DataFrame({"letter": list(letters.values()), "plan": list(letters)})
    return {"zones": drawn, "total": total, "plans": plans, "parameters": answer["parameters"].astype(str)}


def report(
    case: Case, path: Path, *, lang: str, date: dt.date, kind: reports.Kind = "full", zones: Collection[str] = (),
    site: tuple[float, float] | None = None, classes: int | None = None, today: Case | None = None,
    actuals: Sequence[Actual] = (), more: Sequence[answers.Answer] = (),
) -> Path:  # fmt: skip
    """Write the report, or a sheet of it (``layers.report.making``), in the format that the name ends in; return the path.

    Raises
    ------
    InputError
        If the name ends otherwise, or the sheet lacks what it is about.
    """
    ending = Path(path).suffix.lower()
    form = next((f for f, ends in reports.ENDINGS.items() if ending in ends), "html")
    path = as_named(path, "report", [ends[0] for ends in reports.ENDINGS.values()] + [".htm"])
    told = reports.document(
        case,
        kind,
        lang=lang,
        date=date,
        zones=list(zones),
        site=site,
        classes=classes,
        today=today,
        actuals=actuals,
        more=more,
    )
    return write_bytes(path, reports.written(told, form))


def _data(workspace: Workspace, layer: str) -> pd.DataFrame:
    if layer in TABLES:
        return getattr(workspace, layer)
    return workspace.cells if layer == "population" else workspace.layer(layer)


def _about_data(workspace: Workspace, layer: str) -> dict[str, Any]:
    """Return what an export of a data layer says of itself."""
    from geo.answers.base import basis_of, source_ids

    frame = _data(workspace, layer)
    return {
        "question": "layer",
        "title": Text(f"{workspace.name_zh}·{layer}", f"{workspace.name_en}: {layer}"),
        "method": Text(
            "工作区原始图层，未作计算；每个要素写明依据、精度与来源",
            "a layer of the workspace as it stands, nothing computed; every feature says basis, accuracy and source",
        ),
        "parameters": {"layer": layer, "crs": workspace.crs},
        "basis": basis_of(frame) if "basis" in frame else "sourced" if layer in ("plan_text", "quotes") else "assumed",
        "sources": source_ids(frame),
        **geojson.scenario_of(workspace),
    }


def _only(answer: answers.Answer, *names: str) -> tuple[dict[str, pd.DataFrame], answers.Answer]:
    return {name: answer.tables[name] for name in names}, answer


def _unsure(workspace: Workspace, answer: answers.Answer) -> tuple[dict[str, pd.DataFrame], answers.Answer]:
    return intervals.on_zones(workspace, answer), answer


MONITORED = (
    "indicator_id", "number", "category", "name", "name_en", "unit", "kind", "baseline_2020", "target_2025", "actual", "actual_year", "state", "who",
    "made", "source", "entry_note", "progress", "pace", "required", "forecast", "light", "rule_zh", "rule_en", "computed", "computed_basis", "computed_zh",
    "computed_en", "difference", "clause", "basis", "source_id",
)  # fmt: skip
"""Columns of the table of what was reached: what was entered, by whom and when, the light with its rule, what the map counts."""


def _monitored(answer: answers.Answer) -> tuple[dict[str, pd.DataFrame], answers.Answer]:
    targets = answer.tables["targets"]
    main = targets[[c for c in MONITORED if c in targets]]
    return {"monitored": main, **{name: answer.tables[name] for name in ("actuals", "alerts", "summary")}}, answer


def _zones(
    workspace: Workspace, answer: answers.Answer, *others: str
) -> tuple[dict[str, pd.DataFrame], answers.Answer]:
    """Return the zone table of an answer on the shapes of the zones, and the other tables named."""
    table = answer.tables["zones"]
    drawn = gpd.GeoDataFrame(table, geometry=workspace.zones.geometry.loc[table.index].array, crs=workspace.crs)
    return {"zones": drawn, **{name: answer.tables[name] for name in others}}, answer


def _cells(workspace: Workspace, answer: answers.Answer) -> tuple[dict[str, pd.DataFrame], answers.Answer]:
    return {"cells": answer.tables["cells"], "zones": _zones(workspace, answer)[0]["zones"]}, answer


def _adequacy(workspace: Workspace, answer: answers.Answer) -> tuple[dict[str, pd.DataFrame], answers.Answer]:
    """Return one row a zone with the numbers of the four stages side by side, on the shapes of the zones."""
    long = answer.tables["zones"]
    wide = workspace.zones[["name_zh", "name_en", "level", "parent_id"]].copy()
    for stage in STAGES:
        part = long[long["stage"] == stage].set_index("zone_id")
        for column in ("demand", "seats", "ratio", "deficit", "deficit_classes"):
            wide[f"{stage}_{column}"] = part[column].reindex(wide.index)
    wide["basis"] = answer.basis
    drawn = gpd.GeoDataFrame(wide, geometry=workspace.zones.geometry.array, crs=workspace.crs)
    return {"zones": drawn, "stages": answer.tables["stages"], "gaps": answer.tables["gaps"]}, answer


def _site(case: Case, lon: float, lat: float) -> tuple[dict[str, pd.DataFrame], answers.Answer]:
    """Return the site, its isochrones and the nearest facilities as one layer; ``feature`` tells them apart."""
    workspace, answer = case.workspace, answers.site(case, lon, lat)
    point = gpd.GeoSeries([shapely.Point(lon, lat)], crs="EPSG:4326").to_crs(workspace.crs)
    single = {k: v for name in ("place", "gain", "seats") for k, v in _first_row(answer.tables[name]).items()}
    site = gpd.GeoDataFrame([{"feature": "site", **single}], geometry=point.array, crs=workspace.crs)
    reach = answers.isochrone(case, lon, lat)
    reach = reach.assign(feature="isochrone", limit_m=reach["limit"], basis=answer.basis)[
        ["feature", "limit_m", "basis", "geometry"]
    ]
    near = answer.tables["nearest"]
    shapes = {
        i: g
        for name in ("schools", "clinics", "stops", "facilities")
        for i, g in workspace.layer(name).geometry.items()
    }
    nearest = gpd.GeoDataFrame(
        near.assign(feature="nearest"), geometry=[shapes[i] for i in near["facility_id"]], crs=workspace.crs
    )
    whole = gpd.GeoDataFrame(pd.concat([site, reach, nearest], ignore_index=True), crs=workspace.crs)
    return {"site": whole.replace({np.nan: None}), "nearest": near, "rules": answer.tables["rules"]}, answer


def _first_row(table: pd.DataFrame) -> dict[str, Any]:
    return table.iloc[0].to_dict() if len(table) else {}


def _stage(case: Case) -> Case:
    if not case.is_school:
        raise InputError(
            Text(f"学位分配只用于学校：{'、'.join(STAGES)}", f"assignment is for schools: {', '.join(STAGES)}")
        )
    return case


def _flow_map(case: Case, name: str, seating: Mapping[str, Any]) -> tuple[dict[str, pd.DataFrame], Any]:
    return {name: answers.flow_map(_stage(case), **seating)[name]}, answers.assign(case, **seating)
