"""The door for planners' own files: read what is sure, ask what is not, refuse the rest with a reason.

`read` takes Shapefile (parts or zip), GeoPackage, FileGDB zip, GeoJSON, ESRI JSON, TopoJSON, KML/KMZ, DXF,
FlatGeobuf, GeoParquet, CSV, XLSX, GeoTIFF (population) and OpenStreetMap files. The file is copied into an
empty folder and parsed by a locked-in child process (``layers.sandbox``); only plain data comes back here.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import stat
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.errors import Finding, InputError
from geo.schema import LAYERS, conform
from geo.text import Text
from layers.home import SHIPPED
from layers.incoming.child import sandbox
from layers.incoming.place.extent import TIANJIN
from layers.incoming.readers.doors import ADVICE, EXTENSIONS
from layers.incoming.rows.table import Question

__all__ = ["Incoming", "Question", "known_places", "read", "shapefile_parts", "surroundings", "zone_bounds"]

SIZE_LIMIT = 100 * 1024 * 1024
ANSWERS_LIMIT = 200_000
PARTS = (".dbf", ".shx", ".prj")
KNOWN_LAYERS = ("stops", "schools", "clinics")

KnownPlace = tuple[str, float, float, float]


@dataclass(frozen=True)
class Incoming:
    """What became of a file.

    ``frame`` is the layer in WGS84 with the columns of the schema, or None when the file is refused or a
    question is open. ``sha256`` is that of the original file (of all its parts, for a shapefile in parts).
    """

    frame: gpd.GeoDataFrame | None
    findings: tuple[Finding, ...]
    questions: tuple[Question, ...]
    sha256: str
    layer: str
    file: str

    @property
    def accepted(self) -> bool:
        """Whether there is a layer to take."""
        return self.frame is not None


class _RefusedHereError(Exception):
    def __init__(self, zh: str, en: str) -> None:
        self.zh, self.en = zh, en
        super().__init__(en)


def known_places(folder: str | os.PathLike[str] = SHIPPED) -> tuple[KnownPlace, ...]:
    """Return the named places of a workspace as (name, lon, lat [degrees], accuracy [m]); measured ones only.

    Only places known to 200 m or better can tell GCJ-02 from WGS84; assumed ones are left out.
    """
    found: list[KnownPlace] = []
    for layer in KNOWN_LAYERS:
        file = Path(folder) / f"{layer}.geojson"
        if not file.is_file():
            continue
        try:
            features = json.loads(file.read_text("utf-8"))["features"]
            for f in features:
                p, g = f["properties"], f["geometry"]
                if (
                    g
                    and g["type"] == "Point"
                    and p.get("name_zh")
                    and p.get("basis") != "assumed"
                    and float(p.get("accuracy_m") or 1e9) <= 200
                ):
                    found.append(
                        (
                            str(p["name_zh"]),
                            float(g["coordinates"][0]),
                            float(g["coordinates"][1]),
                            float(p["accuracy_m"]),
                        )
                    )
        except (ValueError, KeyError, TypeError, OSError):
            continue
    return tuple(found)


def zone_bounds(folder: str | os.PathLike[str] = SHIPPED) -> tuple[float, float, float, float] | None:
    """Return the bounds of a workspace's zones (west, south, east, north [degrees]), None without any."""
    try:
        features = json.loads((Path(folder) / "zones.geojson").read_text("utf-8"))["features"]
        shapes = [shapely.geometry.shape(f["geometry"]) for f in features if f["geometry"]]
        west, south, east, north = map(float, shapely.total_bounds(shapes))
    except (ValueError, KeyError, TypeError, OSError):
        return None
    return (west, south, east, north) if west <= east else None


def surroundings(folder: str | os.PathLike[str]) -> dict[str, Any]:
    """Return the keywords ``extent`` and ``known`` of `read` for data of a workspace elsewhere than Tianjin.

    The extent is the bounds of its zones and half a degree around; None (the default area) within Tianjin.
    """
    bounds = zone_bounds(folder)
    extent = None
    if bounds is not None:
        west, south, east, north = bounds
        inside = west >= TIANJIN[0] and south >= TIANJIN[1] and east <= TIANJIN[2] and north <= TIANJIN[3]
        extent = None if inside else (west - 0.5, south - 0.5, east + 0.5, north + 0.5)
    return {"extent": extent, "known": known_places(folder)}


def read(
    path: str | os.PathLike[str],
    *,
    layer: str,
    crs: str | int | None = None,
    answers: Mapping[str, Any] | None = None,
    extent: tuple[float, float, float, float] | None = None,
    known: Iterable[KnownPlace] | None = None,
    name: str | None = None,
) -> Incoming:
    """Return the layer that a planner's file holds, or why not and what to ask.

    Parameters
    ----------
    path
        The file. A ``.shp`` finds its own parts beside it. Nothing else is read.
    layer
        The layer it shall become: a key of ``geo.schema.LAYERS`` or ``population``.
    crs
        The reference system, where the file has none: ``EPSG:4548``, 4548, ``gcj02``, ``bd09``.
    answers
        Answers to questions of an earlier call, by their key: ``crs``, ``datum``, ``axis``, ``sheet``,
        ``layer``, ``stage``, ``columns`` (column of the layer → column of the file), ``control_points``.
    extent
        Where the data must lie: west, south, east, north [degrees]. Tianjin by default.
    known
        Named places as `known_places` gives them, to tell shifted coordinates; the bundled ones by default.
    name
        The file's name as the planner knows it, for the findings (an upload has another on disk).

    Returns
    -------
    incoming
        Never raises for a bad file: then ``frame`` is None and ``findings`` say why, in both languages.

    Raises
    ------
    InputError
        If ``layer`` is not a layer.
    """
    if layer not in LAYERS and layer != "population":
        raise InputError(
            Text(
                f"没有名为“{layer}”的图层，可选：{'、'.join((*LAYERS, 'population'))}",
                f"unknown layer '{layer}', choose one of {', '.join((*LAYERS, 'population'))}",
            )
        )
    source = Path(path)
    called = (name or source.name).encode("utf-8", "replace").decode("utf-8")
    with tempfile.TemporaryDirectory(prefix="zoneplan-") as folder:
        try:
            file, parts, digest = _copied(
                source, Path(folder), Path(called).suffix.lower() if name else source.suffix.lower()
            )
            given = _plain_answers(answers)
        except _RefusedHereError as refused:
            zh, en = (t.encode("utf-8", "replace").decode("utf-8") for t in (refused.zh, refused.en))
            return Incoming(None, (Finding("error", zh, en, called),), (), "", layer, called)
        box = extent or TIANJIN
        task = {
            "do": "read", "file": file, "parts": parts, "layer": layer, "crs": None if crs is None else str(crs), "answers": given,
            "place": {
                "extent": list(box),
                "known": [list(k) for k in (known_places() if known is None else known)][:20_000],
                "zones": None if extent else zone_bounds(),
            },
            "mark": f"import-{digest[:8]}",
        }  # fmt: skip
        if task["crs"] == "":
            task["crs"] = None
        try:
            answer = sandbox.run(task, folder)
            return _result(answer, layer, called, digest)
        except sandbox.ChildFailedError as failed:
            return Incoming(None, (_failure(failed, called),), (), digest, layer, called)


def _plain_answers(answers: Mapping[str, Any] | None) -> dict[str, Any]:
    try:
        text = json.dumps(dict(answers or {}), allow_nan=False)
    except (TypeError, ValueError):
        raise _RefusedHereError(
            "answers 只能含文字、数字和列表", "answers may hold only text, numbers and lists"
        ) from None
    odd = [
        k
        for k, v in dict(answers or {}).items()
        if isinstance(v, list | tuple | dict) and k not in ("columns", "control_points")
    ]
    if odd:
        raise _RefusedHereError(f"answers 中 {odd[0]} 应为一个值", f"{odd[0]} in answers must be one value")
    if len(text) > ANSWERS_LIMIT:
        raise _RefusedHereError("answers 过长", "answers are too long; give fewer control points")
    return dict(json.loads(text))


def _copied(source: Path, folder: Path, extension: str) -> tuple[str, dict[str, str], str]:
    """Copy the file, and a shapefile's parts, under plain names; return them and the hash of the original."""
    if extension == ".gdb" and source.is_dir() and not source.is_symlink():
        return _copied_folder(source, folder)
    if extension in ADVICE:
        raise _RefusedHereError(*ADVICE[extension])
    if extension not in EXTENSIONS:
        raise _RefusedHereError(
            f"不支持的文件类型“{extension or source.name}”；可导入：{' '.join(EXTENSIONS)}",
            f"files of type '{extension or source.name}' are not taken; use one of {' '.join(EXTENSIONS)}",
        )
    wanted = {extension: source}
    if extension == ".shp":
        wanted |= shapefile_parts(source)
    digest = hashlib.sha256()
    total = 0
    parts: dict[str, str] = {}
    for part, origin in sorted(wanted.items(), key=lambda kv: kv[0] != extension):
        target = folder / f"in{part}"
        total += _copy(origin, target, digest, SIZE_LIMIT - total)
        parts[part] = target.name
    return parts[extension], parts, digest.hexdigest()


def shapefile_parts(path: str | os.PathLike[str]) -> dict[str, Path]:
    """Return the parts beside a .shp that are read with it, by extension; the case of names does not matter."""
    source = Path(path)
    try:
        beside = sorted(source.parent.iterdir())
    except OSError:
        return {}
    found = [p for p in beside if p.suffix.lower() in PARTS and p.stem.casefold() == source.stem.casefold()]
    exact = [p for p in found if p.stem == source.stem] or found
    return {p.suffix.lower(): p for p in exact}


def _copied_folder(source: Path, folder: Path) -> tuple[str, dict[str, str], str]:
    digest = hashlib.sha256()
    home = folder / "in.gdb"
    home.mkdir()
    total = 0
    for i, origin in enumerate(sorted(source.iterdir())):
        if i > 2_000:
            raise _RefusedHereError("文件夹内文件过多", "the folder holds too many files; zip only the geodatabase")
        if stat.S_ISREG(origin.lstat().st_mode):
            total += _copy(origin, home / origin.name, digest, SIZE_LIMIT - total)
    return home.name, {}, digest.hexdigest()


def _copy(origin: Path, target: Path, digest: Any, room: int) -> int:
    """Copy one regular file of at most ``room`` bytes, hashing it; links and devices are not followed."""
    try:
        handle = os.open(
            origin,
            os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0),
        )
    except (FileNotFoundError, ValueError):
        raise _RefusedHereError(
            f"找不到文件 {origin.name}", f"there is no file {origin.name}; check the path"
        ) from None
    except OSError:
        raise _RefusedHereError(
            f"无法打开 {origin.name}（链接、目录或无权限）；请给出文件本身",
            f"cannot open {origin.name} (a link, a folder, or no permission); give the file itself",
        ) from None
    state = os.fstat(handle)
    with os.fdopen(handle, "rb") if stat.S_ISREG(state.st_mode) else _closed(handle, origin.name) as file:
        copied = 0
        with open(target, "wb") as out:
            while block := file.read(1 << 20):
                copied += len(block)
                if max(copied, state.st_size) > room:
                    size = max(copied, state.st_size) >> 20
                    raise _RefusedHereError(
                        f"文件过大（{size} MB，最多 {SIZE_LIMIT >> 20} MB）；请分幅或抽稀",
                        f"the file is too large ({size} MB, at most {SIZE_LIMIT >> 20} MB); split or simplify it",
                    )
                out.write(block)
                digest.update(block)
    return copied


def _closed(handle: int, name: str) -> NoReturn:
    os.close(handle)
    raise _RefusedHereError(
        f"{name} 不是普通文件；请给出文件本身", f"{name} is not a regular file; give the file itself"
    )


def _failure(failed: sandbox.ChildFailedError, file: str) -> Finding:
    zh, en = {
        "time": (f"读取超过 {sandbox.SECONDS} 秒，已中止；文件过大或结构异常，请抽稀、分幅或重新导出", f"reading took more than {sandbox.SECONDS} s and was stopped; simplify, split or export the file again"),
        "memory": ("读取需要的内存过大，已中止；请抽稀、分幅或重新导出", "reading needed too much memory and was stopped; simplify, split or export the file again"),
        "shape": (
            "有图形过于复杂或数值异常，几何运算失败；请在原软件中修复几何、抽稀后重新导出",
            "a shape is too complex or has odd numbers for geometry operations; repair and simplify it where it was drawn",
        ),
        "depth": ("文件结构嵌套过深；请重新导出", "the file nests too deep; export it again"),
        "died": ("文件使解析程序崩溃（已隔离，未影响系统）；文件很可能已损坏，请重新导出", "the file made the reader crash (contained, no harm done); it is probably damaged, export it again"),
        "size": ("文件展开后过大；请分幅导入", "the file is too large when expanded; split it"),
    }.get(failed.kind, ("文件已损坏或格式异常，无法读取；请重新导出", "the file is damaged or unusual and cannot be read; export it again"))  # fmt: skip
    return Finding("error", zh, en, file)


def _result(answer: dict[str, Any], layer: str, file: str, digest: str) -> Incoming:
    """Return the child's plain data as a frame, after looking at its shape."""
    findings = tuple(Finding(**{**f, "file": file}) for f in answer["findings"])
    questions = tuple(
        Question(
            q["key"],
            q["text_zh"],
            q["text_en"],
            tuple((str(a), str(b), str(c)) for a, b, c in q["choices"]),
            q["guess"],
        )
        for q in answer["questions"]
    )
    if "geometry" not in answer or questions or any(f.level == "error" for f in findings):
        if not findings and not questions:
            findings = (Finding("error", "文件没有内容", "the file has no content; check the export", file),)
        extra = tuple(Finding("warning", q.text_zh, q.text_en, file, None, q.key) for q in questions)
        return Incoming(None, (*extra, *findings), questions, digest, layer, file)
    frame = _frame(answer)
    if layer in LAYERS:
        frame, said = conform(layer, frame, file=file)
        lines = answer["lines"]
        said = [
            Finding(f.level, f.text_zh, f.text_en, f.file, None if f.row is None else int(lines[f.row - 1]), f.field)
            for f in said
        ]
        findings = (*(f for f in said if f.level == "error"), *(f for f in said if f.level != "error"), *findings)
        if any(f.level == "error" for f in said):
            return Incoming(None, findings, (), digest, layer, file)
    return Incoming(frame, findings, (), digest, layer, file)


def _frame(answer: dict[str, Any]) -> gpd.GeoDataFrame:
    packed = answer["geometry"]
    xy = np.frombuffer(base64.b64decode(packed["xy"]), dtype="<f8").reshape(-1, 2)
    if not np.isfinite(xy).all():
        raise sandbox.ChildFailedError("error", "not finite")
    made: list[Any] = []
    at = 0
    for kind, counts in zip(packed["kinds"], packed["counts"], strict=True):
        shape, at = _shape(kind, counts, xy, at)
        made.append(shape)
    columns = {k: pd.Series(v, dtype=object) for k, v in answer["columns"].items()}
    return gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries(np.array(made, dtype=object), crs="EPSG:4326"))


def _shape(kind: int, counts: Any, xy: np.ndarray, at: int) -> tuple[Any, int]:
    """Return one shape from counted coordinates: points, lines or areas, single or multi."""
    if counts is None:
        return None, at
    parts: list[Any] = []
    for count in counts:
        rings = []
        for n in count if isinstance(count, list) else [count]:
            rings.append(xy[at : at + int(n)])
            at += int(n)
        if kind in (0, 4):
            parts.append(shapely.Point(rings[0][0]))
        elif kind in (1, 5):
            parts.append(shapely.LineString(rings[0]))
        else:
            parts.append(shapely.Polygon(rings[0], rings[1:]))
    if kind in (0, 1, 3):
        return parts[0], at
    return {4: shapely.MultiPoint, 5: shapely.MultiLineString, 6: shapely.MultiPolygon}[kind](parts), at
