"""What became of a file: the child's plain data as a layer, or why there is none."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.errors import Finding
from geo.schema import LAYERS, conform
from geo.text import Text
from layers.incoming.child.sandbox import SECONDS, ChildFailedError
from layers.incoming.rows.table import Question

__all__ = ["Incoming", "failure", "feed_result", "result"]

FAILURES = {
    "time": Text(f"读取超过时限（处理器时间 {SECONDS} 秒，大文件每 MB 另加约 1 秒），已中止；文件过大或结构异常，请抽稀、分幅或重新导出", f"reading took more than its time ({SECONDS} s of the processor, and about 1 s more for each MB) and was stopped; simplify, split or export the file again"),
    "memory": Text("读取需要的内存过大，已中止；请抽稀、分幅或重新导出", "reading needed too much memory and was stopped; simplify, split or export the file again"),
    "shape": Text("有图形过于复杂或数值异常，几何运算失败；请在原软件中修复几何、抽稀后重新导出", "a shape is too complex or has odd numbers for geometry operations; repair and simplify it where it was drawn"),
    "depth": Text("文件结构嵌套过深；请重新导出", "the file nests too deep; export it again"),
    "died": Text("文件使解析程序崩溃（已隔离，未影响系统）；文件很可能已损坏，请重新导出", "the file made the reader crash (contained, no harm done); it is probably damaged, export it again"),
    "start": Text("读取程序没有启动，文件没有被读；这是安装或系统的问题，不是文件的问题，请运行 zoneplan health 或联系管理员", "the reader did not start and the file was not read; the fault is of the installation or system, not of the file, run 'zoneplan health' or ask the administrator"),
    "library": Text("读取程序缺少或无法加载一个库，文件没有被读；这是安装的问题，不是文件的问题，请重新安装依赖", "the reader lacks a library or cannot load it and the file was not read; the fault is of the installation, not of the file, install the requirements again"),
    "size": Text("文件展开后过大；请分幅导入", "the file is too large when expanded; split it"),
}  # fmt: skip
UNREADABLE = Text(
    "文件已损坏或格式异常，无法读取；请重新导出", "the file is damaged or unusual and cannot be read; export it again"
)


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


def failure(failed: ChildFailedError, file: str) -> Finding:
    """Return why there is no answer, what to do, and the last words of the reader where they tell more."""
    zh, en = FAILURES.get(failed.kind, UNREADABLE)
    if failed.detail:
        zh, en = f"{zh}（读取程序最后的信息：{failed.detail}）", f"{en} (the reader's last words: {failed.detail})"
    return Finding("error", zh, en, file)


def result(answer: dict[str, Any], layer: str, file: str, digest: str) -> Incoming:
    """Return the child's plain data as a frame, after looking at its shape."""
    findings = tuple(Finding(**{**f, "file": file}) for f in answer["findings"])
    questions = tuple(
        Question(
            q["key"],
            q["text_zh"],
            q["text_en"],
            tuple((str(a), str(b), str(c)) for a, b, c in q["choices"]),
            q["guess"],
            tuple((str(v), tuple((float(x), float(y)) for x, y in points)) for v, points in q.get("samples", ())),
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


def feed_result(answer: dict[str, Any], layer: str, file: str, digest: str) -> Incoming:
    """Return the child's words about a feed, and its stops as the frame; findings name the table within the feed."""
    findings = tuple(
        Finding(**{**f, "file": "/".join([file, *str(f["file"]).split("/")[1:]])}) for f in answer["findings"]
    )
    if "geometry" not in answer:
        return Incoming(None, findings, (), digest, layer, file)
    return Incoming(_frame(answer), findings, (), digest, layer, file)


def _frame(answer: dict[str, Any]) -> gpd.GeoDataFrame:
    packed = answer["geometry"]
    xy = np.frombuffer(base64.b64decode(packed["xy"]), dtype="<f8").reshape(-1, 2)
    if not np.isfinite(xy).all():
        raise ChildFailedError("error", "not finite")
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
