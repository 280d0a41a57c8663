"""Population rasters: the TIFF header read by hand before any pixel, then the cells with people as points."""

from __future__ import annotations

import math
import re
import struct
from typing import Any

import numpy as np
import shapely

from geo.errors import Finding
from layers.incoming.meaning.people import PEOPLE_MAX, year_question, years_told
from layers.incoming.readers.formats import Opened, damaged
from layers.incoming.rows.table import OpenQuestionError, Question, RefusedError, Table, error, info

__all__ = ["read"]

CELL_LIMIT = 25_000_000
PEOPLED_LIMIT = 400_000
BAND_LIMIT = 20
DENSITY = (1.0, 200_000.0)  # persons a km² of peopled cells; the densest quarters known have some 130 000
MANY_CELLS = 100
_NO_PEOPLE = re.compile(
    r"密度|等级|分类|指数|比例|占比|概率|率|户数?|男|女|儿童|老年|万人|千人|density|class|index|share|ratio|rate|probab|household|male|child|elder|mask",
    re.IGNORECASE,
)
"""What a band's description says that is not the number of all residents."""
_COMPRESSIONS = {1, 5, 8, 32773, 32946, 50000}
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_CODES = {1: "B", 3: "H", 4: "I", 16: "Q", 13: "I", 18: "Q"}


def _damaged(zh: str, en: str) -> RefusedError:
    return damaged(".tif", zh, en)


def _header(raw: bytes) -> dict[int, list[int]]:
    """Return the whole-number tags of the first directory, having checked that it is sane."""
    order = "<" if raw[:2] == b"II" else ">"
    big = struct.unpack_from(order + "H", raw, 2)[0] == 43
    try:
        (at,) = struct.unpack_from(order + ("Q" if big else "I"), raw, 8 if big else 4)
        (count,) = struct.unpack_from(order + ("Q" if big else "H"), raw, at)
        at += 8 if big else 2
        entry, room = (20, 8) if big else (12, 4)
        if not 0 < count <= 500 or at + count * entry > len(raw):
            raise _damaged("目录无效（文件不完整）", "its directory is invalid (cut short)")
        tags: dict[int, list[int]] = {}
        for i in range(count):
            tag, kind, n = struct.unpack_from(order + ("HHQ" if big else "HHI"), raw, at + i * entry)
            size = _SIZES.get(kind, 0) * n
            if not size or size > 64_000_000:
                raise _damaged(f"标签 {tag} 无效", f"tag {tag} is invalid")
            where = at + i * entry + (12 if big else 8)
            if size > room:
                (where,) = struct.unpack_from(order + ("Q" if big else "I"), raw, where)
            if where + size > len(raw):
                raise _damaged(f"标签 {tag} 指向文件之外", f"tag {tag} points outside the file")
            if kind in _CODES and n <= 4_000_000:
                tags[tag] = list(struct.unpack_from(f"{order}{n}{_CODES[kind]}", raw, where))
        return tags
    except struct.error:
        raise _damaged("文件头不完整", "its header is cut short") from None


def _checked(raw: bytes) -> None:
    """Refuse a TIFF whose header promises what its bytes cannot hold."""
    tags = _header(raw)
    width, height = tags.get(256, [0])[0], tags.get(257, [0])[0]
    bands, bits = tags.get(277, [1])[0], max(tags.get(258, [1]))
    if not width or not height or not bands:
        raise _damaged("缺少宽、高或波段", "it lacks width, height or bands")
    if width * height > CELL_LIMIT or bands > BAND_LIMIT:
        raise RefusedError(error(f"栅格过大（{width}×{height}×{bands}，最多 {CELL_LIMIT:,} 格、{BAND_LIMIT} 波段）；请裁剪到规划范围",
                                 f"the raster is too large ({width} x {height} x {bands}; at most {CELL_LIMIT:,} cells, {BAND_LIMIT} bands); cut it to the area"))  # fmt: skip
    if tags.get(259, [1])[0] not in _COMPRESSIONS:
        raise _damaged("压缩方式不支持（请用 LZW 或 DEFLATE）", "its compression is not supported (use LZW or DEFLATE)")
    if bits not in (8, 16, 32, 64):
        raise _damaged("像元位数不支持", "its bit depth is not supported")
    offsets, counts = tags.get(324, tags.get(273, [])), tags.get(325, tags.get(279, []))
    if not offsets or len(offsets) != len(counts):
        raise _damaged("数据块目录缺失", "its list of blocks is missing")
    tiles = (
        [tags.get(322, [width])[0], tags.get(323, [0])[0]]
        if 322 in tags
        else [width, min(tags.get(278, [height])[0], height)]
    )
    if not tiles[0] or not tiles[1] or tiles[0] * tiles[1] * bits // 8 > 200_000_000:
        raise _damaged("数据块尺寸无效", "the size of its blocks is invalid")
    planes = bands if tags.get(284, [1])[0] == 2 else 1
    wanted = -(-width // tiles[0]) * -(-height // tiles[1]) * planes
    if len(offsets) != wanted:
        raise _damaged("数据块数目与尺寸不符", "the number of blocks does not fit its size")
    if any(o + c > len(raw) for o, c in zip(offsets, counts, strict=True)):
        raise _damaged("数据块指向文件之外（文件不完整）", "a block lies outside the file (cut short)")
    if tags.get(259, [1])[0] == 1 and sum(counts) < width * height * bands * bits // 8:
        raise _damaged("像元数据不足（文件不完整）", "it holds fewer pixels than its size (cut short)")


def read(file: Opened) -> Table:
    """Return the cells with people of a GeoTIFF as points at their centres.

    Raises
    ------
    RefusedError
        If the header or values cannot be people per cell.
    OpenQuestionError
        If the year of a band is not said.
    """
    import rasterio
    from rasterio.errors import RasterioError

    _checked(file.path.read_bytes())
    try:
        with rasterio.open(file.path, driver="GTiff") as raster:
            crs = raster.crs.to_wkt() if raster.crs else None
            transform, nodata, count = raster.transform, raster.nodata, raster.count
            described, kinds = list(raster.descriptions), list(raster.dtypes)
            tags = [raster.tags(i + 1) for i in range(count)]
            if any(k.startswith(("complex", "cint")) for k in kinds):
                raise _damaged("像元是复数", "its values are complex numbers")
            values = raster.read(masked=False).astype(float)
    except (RasterioError, ValueError, RuntimeError, UnicodeError):
        raise _damaged("像元数据已损坏", "its pixels are damaged") from None
    notes: list[Finding] = []
    if transform.is_identity or transform.b or transform.d or not transform.a or not transform.e:
        raise _damaged("没有地理配准，或栅格被旋转", "it is not georeferenced, or rotated")
    years = _years(described, tags, count, file.answers)
    values = _people(values, nodata, notes)
    _plausible(values, _cell_km2(transform, crs), file.answers, described)
    return _points(values, transform, years, crs, notes)


def _years(described: list[str | None], tags: list[dict[str, str]], count: int, answers: dict[str, Any]) -> list[int]:
    found = []
    for text, own in zip(described, tags, strict=True):
        match = re.search(r"(?<!\d)(?:19|20)\d\d(?!\d)", f"{text or ''} {own.get('year', '')}")
        found.append(int(match[0]) if match else None)
    if all(found) and len(set(found)) == count:
        return [y for y in found if y]
    told = years_told(answers, count)
    if told is None:
        raise OpenQuestionError([year_question(count)])
    return told


def _people(values: Any, nodata: float | None, notes: list[Finding]) -> Any:
    missing = np.isnan(values) | (values == nodata if nodata is not None else False)
    values = np.where(missing, 0.0, values)
    if np.isinf(values).any():
        raise _damaged("像元含无穷大", "it holds infinite values")
    if (values < 0).any():
        low = float(values.min())
        raise RefusedError(
            error(
                f"栅格含负值（最小 {low:g}），人口不能为负；若是无数据值，请在文件中声明 nodata",
                f"the raster holds negative values (lowest {low:g}); people cannot be negative, declare the nodata value in the file",
            )
        )
    if (values > PEOPLE_MAX).any():
        raise RefusedError(
            error(
                f"栅格含 {float(values.max()):g} 人/格，超出 {PEOPLE_MAX:,.0f}；请检查单位和 nodata",
                f"the raster holds {float(values.max()):g} people a cell, above {PEOPLE_MAX:,.0f}; check unit and nodata",
            )
        )
    if not (values > 0).any():
        raise RefusedError(
            error(
                "栅格中没有人口（全为 0 或无数据）；请检查文件",
                "the raster holds no people (all zero or nodata); check the file",
            )
        )
    if nodata is None and missing.any():
        notes.append(info("NaN 按无数据处理", "NaN was taken as nodata"))
    return values


def _cell_km2(transform: Any, crs: str | None) -> float:
    """Return the area of a cell [km²], of degrees at the middle of the raster's first row."""
    import pyproj

    wide, high = abs(transform.a), abs(transform.e)
    geographic = pyproj.CRS.from_user_input(crs).is_geographic if crs else wide < 1
    if geographic:
        return wide * 111.32 * max(math.cos(math.radians(min(abs(transform.f), 89.0))), 0.02) * high * 110.57
    return wide * high / 1e6


def _plausible(values: Any, cell_km2: float, answers: dict[str, Any], described: list[str | None]) -> None:
    """Ask whether a raster holds persons at all where its words or values say a mask, a share, a part or a code.

    Raises
    ------
    OpenQuestionError
        If they do and ``answers["raster"]`` does not say.
    RefusedError
        If the planner says that they are no persons.
    """
    odd = [why for band in values if (why := _oddity(band, cell_km2)) is not None]
    odd += [
        (f"的波段说明是“{d[:40]}”", f"has a band described as '{d[:40]}'")
        for d in described
        if d and _NO_PEOPLE.search(d)
    ]
    if not odd:
        return
    told = answers.get("raster")
    zh, en = odd[0]
    if told is None:
        raise OpenQuestionError(
            [
                Question(
                    "raster",
                    f"栅格{zh}；它是每格的人数吗？",
                    f"the raster {en}; does it hold the persons of each cell?",
                    (
                        (
                            "none",
                            "不是人数（掩膜、分类、密度等），不导入",
                            "no (a mask, classes, a density): do not import",
                        ),
                        ("people", "是每格人数", "yes, persons of each cell"),
                    ),
                    "none",
                )
            ]
        )
    if told != "people":
        raise RefusedError(
            error(
                f"栅格{zh}，不是每格人数；请在 GIS 中换算为每格人数后重新导出 GeoTIFF",
                f"the raster {en} and does not hold persons of each cell; make it persons of each cell in a GIS and export it again",
            )
        )


def _oddity(band: Any, cell_km2: float) -> tuple[str, str] | None:
    """Return why a band is hardly people of each cell, None if it may well be."""
    peopled = band[band > 0]
    if not peopled.size:
        return None
    kinds = np.unique(peopled)
    density = float(peopled.sum()) / (peopled.size * cell_km2)
    if peopled.size == 1:
        return "只有一个格子有值", "has a value in one cell only"
    if kinds.size == 1:
        return f"的值全是 {kinds[0]:g}（像掩膜或分类）", f"holds nothing but {kinds[0]:g} (a mask or class?)"
    if peopled.size >= MANY_CELLS and peopled.max() <= 1 and kinds.size > MANY_CELLS // 2:
        return "没有一格超过 1（像比例或概率）", "has no cell above 1 (a share or a probability?)"
    if density < DENSITY[0]:
        return (
            f"每平方公里合计只有 {density:.2g}（像比例或密度）",
            f"sums up to {density:.2g} a km2 (a share or density?)",
        )
    if density > DENSITY[1]:
        return (
            f"每平方公里合计 {density:,.0f} 人，多于任何城市",
            f"sums up to {density:,.0f} persons a km2, more than any city",
        )
    return None


def _points(values: Any, transform: Any, years: list[int], crs: str | None, notes: list[Finding]) -> Table:
    rows, columns = np.nonzero((values > 0).any(axis=0))
    if len(rows) > PEOPLED_LIMIT:
        raise RefusedError(
            error(
                f"有人口的格子过多（{len(rows):,}，最多 {PEOPLED_LIMIT:,}）；请裁剪到规划范围",
                f"too many peopled cells ({len(rows):,}, at most {PEOPLED_LIMIT:,}); cut it to the area",
            )
        )
    x = transform.c + (columns + 0.5) * transform.a
    y = transform.f + (rows + 0.5) * transform.e
    order = np.argsort(years)
    people = values[:, rows, columns][order].T
    total = "、".join(f"{years[i]} 年 {values[i].sum():,.0f} 人" for i in order)
    notes.append(
        info(
            f"共 {total}；格子大小 {abs(transform.a):g}×{abs(transform.e):g}。请核对总数",
            "people: " + ", ".join(f"{years[i]}: {values[i].sum():,.0f}" for i in order) + "; check the totals",
        )
    )
    return Table(
        [f"people_{years[i]}" for i in order],
        [[float(v) for v in row] for row in people],
        list(shapely.points(x, y)),
        crs,
        "GeoTIFF" if crs else "",
        notes=notes,
    )
