"""The child's work: choose the reader, read, place, check, and answer in plain data."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from geo.errors import Finding
from geo.schema import LAYERS
from layers.incoming.meaning import columns, defaults, meaning, topology
from layers.incoming.place import points
from layers.incoming.place.extent import Known, Place
from layers.incoming.place.place import to_wgs84
from layers.incoming.readers import doors
from layers.incoming.rows.table import OpenQuestionError, RefusedError, Table, error

__all__ = ["do", "probe", "unexpected_drivers"]

FINDING_LIMIT = 500


def unexpected_drivers() -> list[str]:
    """Return the GDAL drivers that are loaded here though they should not be."""
    import pyogrio
    import rasterio

    from layers.incoming.child.sandbox import KEPT

    with rasterio.Env() as env:
        loaded = {*pyogrio.list_drivers(), *env.drivers()}
    return sorted(loaded - set(KEPT) - {"DERIVED", "COG"})


def probe(task: dict[str, Any], confine: Any) -> dict[str, Any]:
    """Return what a locked-in process can still do; every value must be False. For the tests."""
    import socket

    def works(act: Callable[[], Any]) -> bool:
        try:
            act()
        except OSError:
            return False
        return True

    secret, outside = task["secret"], task["outside"]
    found = {
        "read": works(lambda: Path(secret).read_bytes()),
        "list": works(lambda: os.listdir(Path(secret).parent)),
        "write": works(lambda: Path(outside).write_bytes(b"x")),
        "socket": works(lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM)),
        "unix": works(lambda: socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)),
        "exec": works(lambda: os.execv("/bin/true", ["true"])),
        "fork": works(os.fork),
        "kill": works(lambda: os.kill(os.getppid(), 0)),
    }
    confine.deny_calls(writes=False)
    found["write_own"] = works(lambda: Path("x").write_bytes(b"x"))
    found["mkdir"] = works(lambda: Path("y").mkdir())
    return found


def misbehave(what: str) -> None:
    """Do what a hostile file might make a library do; for the tests of the limits."""
    import ctypes
    import time

    if what == "hang":
        time.sleep(600)
    elif what == "die":
        ctypes.string_at(0)
    elif what == "fill":
        kept = [bytearray(1 << 24) for _ in range(100_000)]
        del kept
    elif what == "recurse":
        misbehave(what)


MISDEEDS = ("hang", "die", "fill", "recurse")


def do(task: dict[str, Any], *, guarded: bool, close: Callable[[], Any]) -> dict[str, Any]:
    """Read one file as the task says and return the answer: a layer, or findings and questions."""
    if task["do"] in MISDEEDS:
        misbehave(task["do"])
    if task["do"] != "read":
        raise ValueError(task["do"])
    table: Table | None = None
    findings: list[Finding] = []
    try:
        path, parts = Path(task["file"]), {k: Path(v) for k, v in task["parts"].items()}
        opened = doors.unpack(path, parts, Path(task["folder"]), task["answers"])
        close()
        table = doors.read(
            opened, task["layer"], task["answers"], columns.known_headers(task["layer"]), guarded=guarded
        )
        return _layer(table, task, findings)
    except RefusedError as refused:
        notes = [*findings, *(table.notes if table else [])]
        return _answer([*refused.findings, *(n for n in notes if n.level == "error")], [])
    except OpenQuestionError as asked:
        return _answer(
            [*asked.findings, *findings, *(table.notes if table else [])], [asdict(q) for q in asked.questions]
        )


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
        table.hint += " " + columns.source_words(table)
        shapes, said = to_wgs84(table, place, crs=task["crs"], answers=answers)
        findings += said
    if layer == "zones":
        defaults.check_areas(table, found, shapes)
    out = meaning.typed(table, layer, found, taken, answers, task["mark"])
    if layer == "streets":
        from layers.incoming.meaning.lines import nodes

        shapes = nodes(shapes, out, table)
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
    zones = tuple(given["zones"]) if given.get("zones") and task["layer"] in ("schools", "clinics", "stops") else None
    return Place(tuple(given["extent"]), known, zones, sure=table.crs_from != "OpenStreetMap")


def _population(table: Table, task: dict[str, Any], findings: list[Finding]) -> dict[str, Any]:
    from layers.incoming.meaning import people

    taken = points.add_points(table, task["answers"]) if table.shapes is None else set()
    out = people.columns(table, taken, task["answers"])
    errors = [n for n in table.notes if n.level == "error"]
    if errors:
        raise RefusedError(*errors)
    shapes, said = to_wgs84(table, _place(task, table), crs=task["crs"], answers=task["answers"])
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
