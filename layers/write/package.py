"""The planning package: one zip with every format, and a README that says where each number comes from."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from geo.crs import require_metric
from geo.errors import CrsError, InputError
from geo.progress import Progress, Step
from geo.text import Text
from layers.look.draw import BASIS
from layers.write import dxf, filegdb, geojson, geopackage, geotiff, shapefile, tables
from layers.write.atomic import write_zip
from layers.write.fields import layer_name

__all__ = ["readme", "write"]


def write(
    frames: Mapping[str, pd.DataFrame],
    path: str | os.PathLike[str],
    *,
    meta: geojson.AnswerLike | Mapping[str, Any] | None = None,
    crs: str | None = None,
    cell_metres: float | None = None,
    extra: Mapping[str, bytes] | None = None,
    progress: Progress | None = None,
) -> Path:
    """Write a planning package in one step and return the path.

    Parameters
    ----------
    frames
        Layers and tables by name.
    path
        The zip. Inside: README.md, meta.json, geojson/, csv/, tables.xlsx, zoneplan.gpkg (styled), shapefile.zip,
        filegdb.zip, cad/zoneplan.dxf, and cells.tif where a layer is called ``cells``.
    meta
        An answer or its members: method, parameters, basis, sources and date, told in README and in every file.
    crs
        Metric CRS of the drawing for CAD; that of the first metric layer if not given.
    cell_metres
        Width of a cell [m]; needed for the GeoTIFF.
    extra
        More members by name, as ``report.html``.
    progress
        Called with (parts done, parts in all).

    Raises
    ------
    CrsError
        If a layer has no reference system.
    InputError
        If there is nothing to write, or the folder does not exist.
    """
    if not frames:
        raise InputError(Text("没有可导出的内容", "there is nothing to export"))
    shapes = {n: f for n, f in frames.items() if isinstance(f, gpd.GeoDataFrame)}
    about = geojson.meta(meta) if meta is not None else {}
    with tempfile.TemporaryDirectory() as folder:
        parts = _parts(Path(folder), frames, shapes, about, crs, cell_metres)
        members: dict[str, bytes | Path] = {}
        for done, (name, make) in enumerate(parts.items(), start=1):
            made = make()
            if made is not None:
                members[name] = made
            if progress is not None:
                progress(Step(done=done, whole=len(parts)))
        members |= dict(extra or {})
        members["meta.json"] = (json.dumps(about, ensure_ascii=False, indent=1, allow_nan=False) + "\n").encode()
        first: dict[str, bytes | Path] = {"README.md": readme(about, frames, list(members)).encode()}
        return write_zip(path, first | members)


def _parts(
    folder: Path,
    frames: Mapping[str, pd.DataFrame],
    shapes: Mapping[str, gpd.GeoDataFrame],
    about: Mapping[str, Any],
    crs: str | None,
    cell_metres: float | None,
) -> dict[str, Callable[[], bytes | Path | None]]:
    """Return what makes each member of the zip."""
    parts: dict[str, Callable[[], bytes | Path | None]] = {}
    for name, frame in frames.items():
        short = layer_name(name)
        parts[f"csv/{short}.csv"] = lambda frame=frame: tables.csv_bytes(frame)  # type: ignore[misc]
    for name, shape in shapes.items():
        short = layer_name(name)
        parts[f"geojson/{short}.geojson"] = lambda s=shape, n=short: geojson.write(
            s, folder / f"{n}.geojson", meta=about
        )  # type: ignore[misc]
    parts["tables.xlsx"] = lambda: tables.xlsx_bytes(frames, meta=about)
    parts["zoneplan.gpkg"] = lambda: geopackage.write(
        frames, folder / "zoneplan.gpkg", meta=about, cell_metres=cell_metres
    )
    if shapes:
        parts["shapefile.zip"] = lambda: shapefile.write(frames, folder / "shapefile.zip", meta=about)
        parts["filegdb.zip"] = lambda: filegdb.write(frames, folder / "filegdb.zip", meta=about)
        parts["cad/zoneplan.dxf"] = lambda: dxf.write(
            shapes, folder / "zoneplan.dxf", crs=crs or _metric(shapes), meta=about
        )
    cells = shapes.get("cells")
    if cells is not None and cell_metres is not None and len(cells):
        parts["cells.tif"] = lambda: geotiff.write(
            cells, None, folder / "cells.tif", cell_metres=cell_metres, meta=about
        )
    return parts


def _metric(shapes: Mapping[str, gpd.GeoDataFrame]) -> str | None:
    """Return the metric CRS that a layer already has, None if none has one."""
    for frame in shapes.values():
        try:
            return str(require_metric(frame.crs).to_string())
        except CrsError:
            continue
    return None


_FILES = {
    "csv/": ("表格，UTF-8（带 BOM），Excel 可直接打开", "tables, UTF-8 with BOM, for Excel"),
    "geojson/": ("RFC 7946，WGS84 经纬度", "RFC 7946, WGS84 longitude and latitude"),
    "tables.xlsx": ("工作簿，含“说明”页，无公式", "workbook with a sheet 说明, no formula"),
    "zoneplan.gpkg": ("GeoPackage 1.3，CGCS2000（EPSG:4490），内含样式与标注，用 QGIS 打开即有颜色", "GeoPackage 1.3, CGCS2000 (EPSG:4490), styles and labels inside: opens coloured in QGIS"),
    "shapefile.zip": ("Shapefile，GBK，字段名见“字段对照.json”", "Shapefile, GBK, field names in 字段对照.json"),
    "filegdb.zip": ("文件地理数据库，供 ArcGIS 使用", "file geodatabase, for ArcGIS"),
    "cad/zoneplan.dxf": ("DXF R2000，米制坐标，每类一个图层", "DXF R2000 in metres, a layer per class"),
    "cells.tif": ("格网结果，GeoTIFF，波段名即字段名", "cell results, GeoTIFF, a band per column"),
    "report.html": ("可打印报告", "printable report"),
    "map.html": ("可移动的地图，单个文件", "a map in one file"),
    "meta.json": ("方法、参数、依据、来源（机器可读）", "method, parameters, basis, sources (for machines)"),
}  # fmt: skip


def readme(about: Mapping[str, Any], frames: Mapping[str, pd.DataFrame], members: list[str]) -> str:
    """Return the README of a package, in Chinese and English: what is in it, and what its numbers rest on.

    Texts from the data stand in it indented as code, where Markdown takes nothing for markup.
    """
    title = about.get("title", {})
    lines = ["# 规划成果包 / Planning package", "", *_quoted([title.get("zh", ""), title.get("en", "")]), ""]
    lines += ["生成日期 / date:", "", *_quoted([str(about.get("date", "—"))]), ""]
    lines += ["## 内容 / Contents", ""]
    for start, (zh, en) in _FILES.items():
        if any(m.startswith(start) for m in members):
            lines.append(f"- `{start}` — {zh} / {en}")
    lines += ["", "图层与行数 / layers and rows:", "", *_quoted([f"{n}: {len(f)}" for n, f in frames.items()]), ""]
    groups: dict[str, list[str]] = {}
    for zh, en, value in tables.about_rows(about):
        if not en.startswith(("title", "date")):
            one = f"{zh.partition('：')[2]}: {value}" if "：" in zh else str(value)
            groups.setdefault(f"{zh.partition('：')[0]} / {en.partition(':')[0].partition(' (')[0]}", []).append(one)
    for head, told in groups.items():
        lines += [f"### {_plain(head)}", "", *_quoted(told), ""]
    lines += ["## 依据 / Basis", ""]
    lines += [f"- `{k}` {b['zh']}：{b['means_zh']} / {b['en']}: {b['means_en']}" for k, b in BASIS.items()]
    lines += ["", "坐标：WGS84 与 CGCS2000 之间按零变换处理，相差小于约 1 米。本成果不是法定图件，未经地图审核；假设（assumed）的内容仅供演示。",
              "Coordinates: WGS84 to CGCS2000 is a zero step, within about a metre. This is no statutory map and has no map "
              "approval; what is assumed is for illustration only.", ""]  # fmt: skip
    return "\n".join(lines)


def _quoted(texts: list[str]) -> list[str]:
    return ["    " + line for text in texts for line in str(text).splitlines() if line.strip()]


def _plain(text: str) -> str:
    """Return a subject as one line of plain words."""
    return "".join(c if c.isalnum() or c in " ：:_()-/" else " " for c in text)
