"""GeoJSON out, as RFC 7946 has it: WGS84, counter-clockwise shells, 7 decimals, no ``crs`` member, two dimensions.

The answer that a file holds is told by foreign members of the collection (RFC 7946, section 6.1): method,
parameters, basis, sources and date. Nothing here looks at the clock: the same frame gives the same bytes.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import os
from collections.abc import Hashable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from geo.crs import to_wgs84
from geo.errors import CrsError, InputError
from geo.progress import Progress, Step
from geo.text import Text
from layers.write.atomic import write_chunks
from layers.write.gcj02 import NOTE, gcj02_shapes

__all__ = ["AnswerLike", "dumps", "meta", "plain", "scenario_of", "wgs84", "write"]

DECIMALS = 7
"""Decimals of a degree: 7 are 1.1 cm of latitude (RFC 7946, section 11.2, advises six and allows more)."""

IDS = (
    "zone_id",
    "facility_id",
    "stop_id",
    "link_id",
    "project_id",
    "cell_id",
    "candidate_id",
    "indicator_id",
    "water_id",
    "plot_id",
    "line_id",
)
"""Columns that name a feature; used for ``id`` when the index has no name and only counts rows."""

RESERVED = frozenset({"type", "features", "geometry", "properties", "coordinates", "geometries", "crs", "bbox", "id"})
CHUNK = 2_000


class AnswerLike(Protocol):
    """What an answer carries: see ``geo.answers.Answer``."""

    @property
    def question(self) -> str: ...  # noqa: D102
    @property
    def title(self) -> Text: ...  # noqa: D102
    @property
    def method(self) -> Text: ...  # noqa: D102
    @property
    def parameters(self) -> Mapping[str, Any]: ...  # noqa: D102
    @property
    def basis(self) -> str: ...  # noqa: D102
    @property
    def sources(self) -> Sequence[str]: ...  # noqa: D102


def meta(
    answer: AnswerLike | Mapping[str, Any],
    *,
    date: dt.date | str | None = None,
    records: Mapping[str, Mapping[str, Any]] | None = None,
) -> dict[str, Any]:
    """Return what every export must say of an answer, as plain data.

    Parameters
    ----------
    answer
        An answer of ``geo.answers``, or a mapping that already holds such members (kept, made plain).
    date
        Date of the export, given by the caller, so that equal input gives equal files.
    records
        Source records by id (data/SOURCES.json); with them each source carries title, publisher and licence.

    Returns
    -------
    members
        ``question``, ``title`` {zh, en}, ``method`` {zh, en}, ``parameters``, ``basis``, ``sources`` (list of
        mappings with ``id``) and ``date`` (ISO 8601, when given).
    """
    if isinstance(answer, Mapping):
        members = _paired({str(k): v._asdict() if isinstance(v, Text) else plain(v) for k, v in answer.items()})
        found = answer.get("sources", ())
        ids = [found] if isinstance(found, str) else list(found or ())
    else:
        members = {
            "question": answer.question,
            "title": answer.title._asdict(),
            "method": answer.method._asdict(),
            "parameters": plain(dict(answer.parameters)),
            "basis": answer.basis,
        } | _optional(answer)
        ids = list(answer.sources)
        members["sources"] = []
    if ids:
        members["sources"] = [_source(one, records or {}) for one in ids]
    if date is not None:
        members["date"] = date if isinstance(date, str) else date.isoformat()
    return members


def _paired(members: dict[str, Any]) -> dict[str, Any]:
    """Return the members with ``method_zh`` and ``method_en`` as ``method`` {zh, en}, and so on."""
    pairs = {k[:-3] for k in members if k.endswith("_zh")} & {k[:-3] for k in members if k.endswith("_en")}
    joined = {p: {"zh": members[f"{p}_zh"], "en": members[f"{p}_en"]} for p in pairs}
    result: dict[str, Any] = {}
    for key, value in members.items():
        name = key[:-3] if key[:-3] in pairs and key.endswith(("_zh", "_en")) else key
        result.setdefault(name, joined.get(name, value))
    return result


def _optional(answer: AnswerLike) -> dict[str, Any]:
    """Return the members that not every answer has: place, scenario and notes, where they are not empty."""
    place, notes = getattr(answer, "workspace", Text("", "")), getattr(answer, "notes", ())
    told: dict[str, Any] = {"workspace": place._asdict()} if any(place) else {}
    told |= scenario_of(answer)
    return told | ({"notes": {"zh": [n.zh for n in notes], "en": [n.en for n in notes]}} if notes else {})


def scenario_of(place: Any) -> dict[str, Any]:
    """Return the member ``scenario`` of a workspace or an answer: its name, with the state it is in {zh, en}; or nothing."""
    name, state = getattr(place, "scenario", ""), getattr(place, "scenario_state", Text("", ""))
    if not name:
        return {}
    return {"scenario": {"zh": f"{name}（{state.zh}）", "en": f"{name} ({state.en})"} if any(state) else name}


def _source(one: Any, records: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    if isinstance(one, Mapping):
        return {str(k): plain(v) for k, v in one.items()}
    record = records.get(str(one), {})
    told = ("title", "publisher", "licence", "retrieved", "url")
    return {"id": str(one)} | {k: plain(record[k]) for k in told if record.get(k)}


def wgs84(frame: gpd.GeoDataFrame, *, gcj02: bool = False) -> gpd.GeoSeries:
    """Return the shapes of ``frame`` in WGS84 longitude and latitude, in two dimensions.

    Parameters
    ----------
    gcj02
        Shift them to GCJ-02 instead (see :mod:`layers.gcj02`): for a planner who must lay a file over a map
        that is drawn in it. Logged; an operator can forbid it.

    Raises
    ------
    CrsError
        If the frame does not say its reference system, or its coordinates cannot be of that system.
    InputError
        If the frame has no geometry column, or GCJ-02 is asked for and forbidden.
    """
    try:
        shapes = frame.geometry
    except AttributeError as e:
        raise InputError(
            Text("这张表没有图形列，请导出为 CSV 或 XLSX", "this table has no geometry, export it as CSV or XLSX")
        ) from e
    flat = gpd.GeoSeries(shapely.force_2d(shapes.to_numpy()), index=shapes.index, crs=frame.crs)
    turned = to_wgs84(flat)
    xy = shapely.get_coordinates(turned.to_numpy())
    if not (np.isfinite(xy).all() and (np.abs(xy) <= (180.0 + 1e-9, 90.0 + 1e-9)).all()):
        raise CrsError(
            Text(
                f"坐标与坐标系 {frame.crs.to_string()} 不符（换算后不是有效的经纬度），请核对坐标系",
                f"the coordinates do not "
                f"fit {frame.crs.to_string()}: they do not turn into longitude and latitude, check the reference system",
            )
        )
    return gcj02_shapes(turned) if gcj02 else turned


def dumps(frame: gpd.GeoDataFrame, *, meta: AnswerLike | Mapping[str, Any] | None = None, gcj02: bool = False) -> str:
    """Return ``frame`` as the text of an RFC 7946 FeatureCollection, one feature per line.

    Parameters
    ----------
    frame
        Features in any stated reference system. The index becomes ``id``; a named index is kept among the
        properties too, so that no reader loses it.
    meta
        An answer, or its members (see :func:`meta`), told as foreign members of the collection.
    gcj02
        Write GCJ-02 instead of WGS84, and say so in the member ``coordinates_note``; see :func:`wgs84`.

    Raises
    ------
    CrsError, InputError
        See :func:`write`.
    """
    return "".join(_lines(frame, meta, None, gcj02))


def write(
    frame: gpd.GeoDataFrame,
    path: str | os.PathLike[str],
    *,
    meta: AnswerLike | Mapping[str, Any] | None = None,
    gcj02: bool = False,
    progress: Progress | None = None,
) -> Path:
    """Write ``frame`` to ``path`` as RFC 7946 GeoJSON, in one step, and return the path.

    Read back, every shape is within 1e-7 degrees of the original. A line or polygon smaller than that (about
    1 cm) has no shape left; its geometry is null and its id is listed in the member ``collapsed``.

    Parameters
    ----------
    frame, meta, gcj02
        As in :func:`dumps`.
    progress
        Called with (features written, features in all) as the file grows.

    Raises
    ------
    CrsError
        If the frame has no reference system, or its coordinates do not fit it.
    InputError
        If there is no geometry column, a column name is used twice, a member of ``meta`` has a name that
        GeoJSON keeps for itself, or the folder does not exist.
    """
    return write_chunks(path, (line.encode() for line in _lines(frame, meta, progress, gcj02)))


def _lines(
    frame: gpd.GeoDataFrame, about: AnswerLike | Mapping[str, Any] | None, progress: Progress | None, gcj02: bool
) -> Iterator[str]:
    """Yield the text of the collection in pieces of up to CHUNK features."""
    shapes, lost = _rounded(wgs84(frame, gcj02=gcj02).to_numpy())
    ids, columns = _identified(frame)
    members = _members(about) | ({"coordinates_note": NOTE} if gcj02 else {})
    if lost.any():
        named = ids if ids is not None else list(range(len(frame)))
        members["collapsed"] = [named[i] for i in np.flatnonzero(lost)]
    head = "".join(f",\n{_json(k)}: {_json(v)}" for k, v in members.items())
    total = len(frame)
    yield '{"type": "FeatureCollection"' + head + ',\n"features": ['
    names = list(columns)
    for start in range(0, total, CHUNK):
        part = slice(start, start + CHUNK)
        drawn = shapely.to_geojson(shapes[part])
        rows = zip(*(columns[n][part] for n in names), strict=True) if names else ((),) * len(drawn)
        marks = ids[part] if ids is not None else [None] * len(drawn)
        text = ",\n".join(
            _feature(mark, shape, dict(zip(names, row, strict=True)))
            for mark, shape, row in zip(marks, drawn, rows, strict=True)
        )
        yield ("\n" if start == 0 else ",\n") + text
        if progress is not None:
            progress(Step(done=min(start + CHUNK, total), whole=total))
    yield "\n]}\n"


def _feature(mark: Any, shape: str | None, properties: dict[str, Any]) -> str:
    id_ = "" if mark is None else f'"id": {_json(mark)}, '
    return f'{{"type": "Feature", {id_}"properties": {_json(properties)}, "geometry": {shape or "null"}}}'


def _members(about: AnswerLike | Mapping[str, Any] | None) -> dict[str, Any]:
    members = meta(about) if about is not None else {}
    if clash := sorted(RESERVED & members.keys()):
        raise InputError(
            Text(
                f"说明中不能用这些名称：{'、'.join(clash)}", f"these names belong to GeoJSON itself: {', '.join(clash)}"
            )
        )
    return members


def _rounded(shapes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the shapes rounded to DECIMALS, wound right, and which ones collapsed.

    Plain rounding keeps common borders common, so it comes first; only a shape that it makes invalid goes
    through the slower snapping of GEOS, which may move or drop a vertex but stays within the rounding.
    """
    drawn = shapes.copy()
    drawn[shapely.is_empty(shapes)] = None
    result = shapely.transform(drawn, _round)
    sound = shapely.is_valid(result)
    broken = np.flatnonzero(shapely.is_valid(drawn) & ~sound & ~shapely.is_missing(drawn))
    result[sound] = shapely.remove_repeated_points(result[sound])
    result[broken] = shapely.transform(shapely.set_precision(drawn[broken], 10.0**-DECIMALS), _round)
    bare = shapely.is_empty(result) | (shapely.is_missing(result) & ~shapely.is_missing(drawn))
    line = np.isin(shapely.get_type_id(result), (1, 2, 5)) & (shapely.length(result) == 0)
    lost = bare | line
    result[lost] = None
    return shapely.orient_polygons(result), lost


def _round(xy: np.ndarray) -> np.ndarray:
    # Adding zero turns -0.0, which would be written "-0.0", into 0.0.
    return np.round(xy, DECIMALS) + 0.0


def _identified(frame: gpd.GeoDataFrame) -> tuple[list[Any] | None, dict[str, list[Any]]]:
    """Return the ids (None when they repeat) and the property columns, a named index among them."""
    table = pd.DataFrame(frame.drop(columns=frame.geometry.name))
    index = frame.index
    levels = {str(n): index.get_level_values(i) for i, n in enumerate(index.names) if n is not None}
    columns = {n: _plain_column(pd.Series(v)) for n, v in levels.items() if n not in table.columns}
    names = [str(n) for n in table.columns]
    if twice := sorted({n for n in names if names.count(n) > 1}):
        raise InputError(
            Text(f"列名重复：{'、'.join(twice)}，请改名", f"columns named twice: {', '.join(twice)}, rename one")
        )
    columns |= {n: _plain_column(table.iloc[:, i]) for i, n in enumerate(names)}
    marks: Sequence[Hashable] = list(index)
    if not levels and isinstance(index, pd.RangeIndex):
        own = next((n for n in IDS if n in columns and None not in columns[n]), None)
        marks = columns[own] if own and len(set(columns[own])) == len(index) else marks
    ids = [_id(m) for m in marks]
    usable = None not in ids and len(set(ids)) == len(ids)
    return (ids if usable else None), columns


def _id(mark: Any) -> str | int | float | None:
    """Return an id as RFC 7946 wants it, a string or a number."""
    if isinstance(mark, tuple):
        return "/".join(str(plain(m)) for m in mark)
    value = plain(mark)
    return (
        value if value is None or (isinstance(value, str | int | float) and not isinstance(value, bool)) else str(value)
    )


def _plain_column(column: pd.Series) -> list[Any]:
    """Return a column as a list of JSON values; the common types without a call per value."""
    kind = column.dtype.kind if isinstance(column.dtype, np.dtype) else ""
    if kind in "iub" and kind:
        return column.tolist()
    if kind == "f":
        values = column.to_numpy()
        listed = column.astype(float).tolist() if column.dtype != np.float32 else [float(str(v)) for v in values]
        if np.isfinite(values).all():
            return listed
        return [v if math.isfinite(v) else None for v in listed]
    return [plain(v) for v in column.tolist()]


def plain(value: Any) -> Any:
    """Return ``value`` as plain JSON data: no NaN or infinity (null instead), ISO dates, lists, text.

    Shapes become WKT. Whatever is not known becomes its text.
    """
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        # A lone surrogate (from a badly decoded file) cannot be written as UTF-8.
        return value if value.isprintable() else value.encode("utf-8", "replace").decode()
    if isinstance(value, np.generic):
        value = float(str(value)) if isinstance(value, np.float32) else value.item()
    if isinstance(value, Decimal):
        value = float(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return _plain_rest(value)


def _plain_rest(value: Any) -> Any:
    """Return the rarer values as plain data."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, BaseGeometry):
        return value.wkt
    if isinstance(value, set | frozenset):
        return sorted((plain(v) for v in value), key=str)
    if isinstance(value, list | tuple | np.ndarray | pd.Series | pd.Index):
        return [plain(v) for v in value]
    if pd.isna(value):
        return None
    if isinstance(value, pd.Timedelta | dt.datetime | dt.date | dt.time):
        return value.isoformat()
    return plain(str(value))


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
