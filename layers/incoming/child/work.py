"""The child's work: choose the reader, read, place, check, and answer in plain data."""

from __future__ import annotations

import base64
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from geo.errors import Finding
from geo.schema import LAYERS
from layers.incoming.child.confine import Locks
from layers.incoming.child.drivers import KEPT
from layers.incoming.meaning import columns, defaults, grounds, lines, meaning, people, topology
from layers.incoming.place import points
from layers.incoming.place.extent import Known, Place
from layers.incoming.place.place import to_wgs84
from layers.incoming.readers import doors
from layers.incoming.readers.formats import Opened
from layers.incoming.rows.table import OpenQuestionError, RefusedError, Table, error

__all__ = ["WORKS", "capabilities", "read", "table"]

FINDING_LIMIT = 500


def capabilities(_task: dict[str, Any], locks: Locks) -> dict[str, Any]:
    """Return which locks are in force here, and the GDAL drivers that are loaded though they should not be."""
    import pyogrio
    import rasterio

    with rasterio.Env() as env:
        loaded = {*pyogrio.list_drivers(), *env.drivers()}
    return asdict(locks) | {"drivers": sorted(loaded - set(KEPT) - {"DERIVED", "COG"})}


def read(task: dict[str, Any], locks: Locks) -> dict[str, Any]:
    """Read one file as the task says and return the answer: a layer, or findings and questions."""
    table: Table | None = None
    findings = _unguarded(task, locks)
    try:
        path, parts = Path(task["file"]), {k: Path(v) for k, v in task["parts"].items()}
        file = Opened(path.suffix.lower(), path, parts, task["layer"], task["answers"])
        opened = doors.unpack(file, Path(task["folder"]))
        locks.close()
        table = doors.read(opened, guarded=locks.guarded)
        return _layer(table, task, findings)
    except RefusedError as refused:
        notes = [*findings, *(table.notes if table else [])]
        return _answer([*refused.findings, *(n for n in notes if n.level == "error")], [])
    except OpenQuestionError as asked:
        return _answer(
            [*asked.findings, *findings, *(table.notes if table else [])], [asdict(q) for q in asked.questions]
        )


def table(task: dict[str, Any], locks: Locks) -> dict[str, Any]:
    """Read a table that has no places: its columns and rows as they stand, for whoever knows what they mean."""
    try:
        file = Opened(Path(task["file"]).suffix.lower(), Path(task["file"]), {}, task["layer"], task["answers"])
        opened = doors.unpack(file, Path(task["folder"]))
        locks.close()
        found = doors.read(opened, guarded=locks.guarded)
    except RefusedError as refused:
        return _answer(list(refused.findings), [])
    except OpenQuestionError as asked:
        return _answer(list(asked.findings), [asdict(q) for q in asked.questions])
    rows = [[v if v is None or isinstance(v, str | bool | int | float) else str(v) for v in row] for row in found.rows]
    rows = [[None if isinstance(v, float) and not np.isfinite(v) else v for v in row] for row in rows]
    return _answer([*found.notes, *_unguarded(task, locks)], []) | {
        "names": found.columns,
        "rows": rows,
        "lines": found.lines,
    }


def feed(task: dict[str, Any], locks: Locks) -> dict[str, Any]:
    """Read a timetable (GTFS): what is wrong with it, how much there is, and its stops."""
    from layers import gtfs  # loaded within the locks, by the few who bring a timetable

    locks.close()
    if Path(task["file"]).suffix.lower() != ".zip":
        zh, en = "时刻表请用 GTFS 的 ZIP 压缩包", "give a timetable as the ZIP of a GTFS feed"
        return _answer([Finding("error", zh, en, task["file"])], [])
    found = gtfs.read(task["file"])
    if found.timetable is None:
        return _answer(list(found.findings), [])
    told = found.timetable
    count = f"{len(told.stops):,} / {len(told.trips):,}"
    first, last = f"{told.days[0]:%Y-%m-%d}", f"{told.days[-1]:%Y-%m-%d}"
    said = Finding(
        "info",
        f"车站与班次：{count}；日期 {first} 至 {last}",
        f"stops and trips: {count}; days {first} to {last}",
        task["file"],
    )
    return _answer([said, *found.findings, *_unguarded(task, locks)], []) | {
        "columns": {"stop_id": [str(i) for i in told.stops.index], "name_zh": [str(n) for n in told.stops["name"]]},
        "lines": [], "geometry": _packed(list(told.stops.geometry)),
    }  # fmt: skip


def _unguarded(task: dict[str, Any], locks: Locks) -> list[Finding]:
    """Say it where the system has no locks to hold this process (Windows, macOS, old kernels)."""
    if locks.guarded:
        return []
    zh = "本系统无法隔离读取文件的进程，需要 GDAL 的格式已停用；请只导入来源可信的文件，或在 Linux 上导入"
    en = (
        "this system cannot lock in the process that reads files, and formats that need GDAL are off; import only files "
        "that come from people you trust, or import on Linux"
    )
    return [Finding("warning", zh, en, task["file"])]


def _answer(findings: list[Finding], questions: list[dict[str, Any]]) -> dict[str, Any]:
    order = {"error": 0, "warning": 1, "info": 2}
    kept = sorted(findings, key=lambda f: order[f.level])
    if len(kept) > FINDING_LIMIT:
        kept = [
            *kept[:FINDING_LIMIT],
            Finding(
                kept[FINDING_LIMIT].level,
                f"另有 {len(kept) - FINDING_LIMIT} 条未列出",
                f"{len(kept) - FINDING_LIMIT} more are not listed",
            ),
        ]
    return {"findings": [f.as_dict() for f in kept], "questions": questions}


def _layer(table: Table, task: dict[str, Any], findings: list[Finding]) -> dict[str, Any]:
    layer, answers = task["layer"], task["answers"]
    if layer == "population":
        return _population(table, task, findings)
    spec = LAYERS[layer]
    taken: set[str] = set()
    if table.shapes is None:
        try:
            taken = points.add_points(table, answers)
        except RefusedError:
            if spec.geometry_required:
                raise
            table.shapes = [None] * len(table.rows)
    found, said = columns.mapping(table, layer, answers, taken)
    table.notes += said
    shapes = table.shapes or []
    if any(s is not None for s in shapes) or spec.geometry_required:
        place = _place(task, table)
        shapes, said = to_wgs84(table, place, crs=task["crs"], answers=answers, used=taken)
        findings += said
    if layer == "zones":
        defaults.check_areas(table, found, shapes)
    out = meaning.typed(table, layer, found, taken, answers, task["mark"])
    if layer == "streets":
        shapes = lines.nodes(shapes, out, table)
    if layer == "facilities":
        shapes, said = grounds.as_points(shapes, out, table.lines)
        findings += said
    names = out.get("name_zh", out.get("name", [None] * len(shapes)))
    shapes, said = topology.checked(shapes, layer, table.lines, names, out.get("level", [None] * len(shapes)))
    findings += said
    findings += table.notes
    if any(f.level == "error" for f in findings):
        return _answer(findings, [])
    return _answer(findings, []) | {"columns": out, "lines": table.lines, "geometry": _packed(shapes)}


def _place(task: dict[str, Any], table: Table) -> Place:
    given = task["place"]
    known = tuple(Known(*k) for k in given["known"])
    zones = (
        tuple(given["zones"])
        if given.get("zones") and task["layer"] in ("schools", "clinics", "stops", "facilities")
        else None
    )
    return Place(tuple(given["extent"]), known, zones, sure=table.crs_from != "OpenStreetMap")


def _population(table: Table, task: dict[str, Any], findings: list[Finding]) -> dict[str, Any]:
    taken = points.add_points(table, task["answers"]) if table.shapes is None else set()
    out = people.columns(table, taken, task["answers"])
    errors = [n for n in table.notes if n.level == "error"]
    if errors:
        raise RefusedError(*errors)
    shapes, said = to_wgs84(table, _place(task, table), crs=task["crs"], answers=task["answers"], used=taken)
    wrong = [n for n, s in zip(table.lines, shapes, strict=True) if s is None or s.geom_type != "Point"]
    if wrong:
        raise RefusedError(
            *(
                error(
                    "人口应为点（格网中心）；请转为点或提供 GeoTIFF",
                    "population must be points (cell centres); convert it or give a GeoTIFF",
                    n,
                    "geometry",
                )
                for n in wrong[:100]
            )
        )
    return _answer([*findings, *said, *table.notes], []) | {
        "columns": out,
        "lines": table.lines,
        "geometry": _packed(shapes),
    }


def _packed(shapes: list[Any]) -> dict[str, Any]:
    """Return shapes as plain numbers: kind of each row, vertex counts, and coordinates as base64 of float64."""
    array = np.array([None if s is None or s.is_empty else s for s in shapes], dtype=object)
    kinds = [int(k) for k in shapely.get_type_id(array)]
    counts: list[Any] = []
    for shape in array:
        if shape is None:
            counts.append(None)
            continue
        parts = getattr(shape, "geoms", [shape])
        counts.append(
            [
                [len(r.coords) for r in (p.exterior, *p.interiors)] if p.geom_type == "Polygon" else len(p.coords)
                for p in parts
            ]
        )
    xy = np.ascontiguousarray(shapely.get_coordinates(array), dtype="<f8")
    return {"kinds": kinds, "counts": counts, "xy": base64.b64encode(xy.tobytes()).decode()}


WORKS = {"read": read, "feed": feed, "table": table, "capabilities": capabilities}
"""Everything that the process that parses uploads can be asked to do."""
