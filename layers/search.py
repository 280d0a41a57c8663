"""The index of everything with a name in a place: what the search box of the map looks through, in the browser.

Chinese names go with their pinyin, a syllable a character, so that "huayuan", "hy" and "huay" find 华苑 without a
dictionary in the browser. Not to be confused with ``geo.answers.find``, which searches the words of the plan.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.text import several
from geo.workspace import Workspace

__all__ = ["KINDS", "VERSION", "Named", "dumps", "named", "spoken", "syllables", "written"]

VERSION = 2
"""Of the file's layout; it stands in the file's name, so that a browser never reads an elder one by a newer rule."""
KINDS = (
    "zone", "sub_area", "schools", "clinics", "facilities", "stops", "carriers", "projects", "links", "streets", "water", "controls",
)  # fmt: skip
"""What a named thing is; the order is that in which equally good finds are shown."""
EXTRA = ("address", "line", "short_zh")
"""Columns that are searched beside the names: where a thing is, and what else it is called."""
KEYS = ("zone_id", "facility_id", "stop_id", "carrier_id", "project_id", "link_id", "water_id", "line_id")
SAME_PLACE = 0.005
"""Things of one kind and name within this are one find, as the two sides of a bus stop [degrees]."""
READINGS = {
    character: tuple(said.split()) for character, said in {
        "长": "chang zhang", "重": "chong zhong", "行": "hang xing", "乐": "le yue", "都": "du dou", "朝": "chao zhao", "厦": "sha xia",
        "大": "da dai", "单": "dan shan", "调": "diao tiao", "传": "chuan zhuan", "藏": "cang zang", "曾": "ceng zeng", "堡": "bao pu bu",
        "会": "hui kuai", "参": "can shen", "车": "che ju", "和": "he huo", "泊": "bo po", "石": "shi dan", "地": "di de", "还": "huan hai",
        "便": "bian pian", "薄": "bo bao", "系": "xi ji", "校": "xiao jiao", "弄": "nong long", "巷": "xiang hang", "尉": "wei yu",
        "六": "liu lu", "埔": "pu bu", "蚌": "bang beng", "涡": "wo guo", "宿": "su xiu", "省": "sheng xing", "色": "se shai",
    }.items()
}  # fmt: skip
"""Characters of place names that are read in several ways, by all of them."""
HAN = re.compile(r"[㐀-鿿]+")


@dataclass(frozen=True)
class Named:
    """A thing with a name: what it is, its names, where it is (degrees), in which zone, how sure that is, and what else it is called.

    What has no place on the map has a ``lead``: the panel or card that opens instead, as ``ui.session.lead`` reads it.
    """

    kind: str
    zh: str
    en: str
    lon: float | None
    lat: float | None
    bounds: tuple[float, float, float, float] | None
    zone: str
    basis: str
    pinyin: str
    extra: str
    lead: str = ""


def syllables(text: str) -> str:
    """Return the Chinese of a text as pinyin without tones: a syllable a character, parted by blanks; other readings behind a stroke.

    Everything else stands as it is, in small letters, each run of letters and digits as one word.

    Examples
    --------
    >>> syllables("渤龙湖 5G 基站")
    'bo long hu 5g ji zhan'
    >>> syllables("长江道")
    'chang/zhang jiang dao'
    """
    # A second of dictionaries: only when an index is made, which is once for each state of a workspace.
    from pypinyin import lazy_pinyin

    parts: list[str] = []
    at = 0
    for found in HAN.finditer(text):
        parts += _words(text[at : found.start()])
        at = found.end()
        for character, read in zip(found[0], lazy_pinyin(found[0]), strict=True):
            own = read.replace("ü", "v").lower()
            # The phrase tells the reading; whoever reads the character otherwise, or types u for ü, finds it too.
            parts.append(
                "/".join(
                    dict.fromkeys(
                        [own, *READINGS.get(character, ()), *([own.replace("v", "u")] if own[0] in "ln" else [])]
                    )
                )
            )
    return " ".join([*parts, *_words(text[at:])])


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.lower())


def named(workspace: Workspace) -> list[Named]:
    """Return everything with a name and a place, by ``KINDS``, and projects without one; what stands several times at one place stands once."""
    zones = workspace.zones
    found: dict[tuple[Any, ...], Named] = {}
    for kind, frame in _frames(workspace):
        there = frame.geometry.notna() & ~frame.geometry.is_empty
        if kind == "projects":
            found |= {(kind, one.lead): one for one in _without_place(frame[~there], zones)}
        frame = frame[there]
        if frame.empty:
            continue
        places = _places(frame)
        boxes = gpd.GeoSeries(frame.geometry.array, crs=frame.crs).to_crs(4326).bounds.to_numpy()
        within = _zones(frame, places, zones)
        columns = {name: [_said(v) for v in frame[name]] for name in frame.columns if name != "geometry"}
        blank = [""] * len(frame)
        zh = columns.get("name_zh") or columns.get("name") or blank
        en = columns.get("name_en") or blank
        extra = [
            columns[c]
            for c in (*EXTRA, *KEYS)
            if c in columns and not (c == "zone_id" and kind not in ("zone", "sub_area"))
        ]
        basis = columns.get("basis") or blank
        points = gpd.GeoSeries(places, crs=frame.crs).to_crs(4326)
        for k, point in enumerate(points):
            name = zh[k] or en[k]
            if not name:
                continue
            area = boxes[k][2] - boxes[k][0] > 0 or boxes[k][3] - boxes[k][1] > 0
            one = Named(
                kind, name, en[k] if en[k] != name else "", round(point.x, 6), round(point.y, 6),
                tuple(round(float(v), 5) for v in boxes[k]) if area else None,  # type: ignore[arg-type]
                within[k], basis[k], syllables(name) if HAN.search(name) else "",
                " ".join(dict.fromkeys(column[k] for column in extra if column[k])),
            )  # fmt: skip
            spot = (round(point.x / SAME_PLACE), round(point.y / SAME_PLACE))
            found.setdefault((kind, one.zh, one.en, one.zone, *(spot if one.bounds is None else ())), one)
    return list(found.values())


def _without_place(projects: pd.DataFrame, zones: gpd.GeoDataFrame) -> Iterator[Named]:
    """Give the projects of the plan that stand nowhere on the map: their card is what opens."""
    for row in projects.to_dict("records"):
        zh, en = _said(row.get("name")), _said(row.get("name_en"))
        mark, within = str(row["project_id"]), next((z for z in several(row.get("zone_id")) if z in zones.index), "")
        if name := zh or en:
            yield spoken("projects", name, en if en != name else "", zone=within, basis=_said(row.get("basis")), extra=mark, lead=f"project:{mark}")  # fmt: skip


def spoken(
    kind: str, zh: str, en: str = "", *, at: tuple[float, float] | None = None, zone: str = "", basis: str = "", extra: str = "", lead: str = "",
    pinyin: bool = True,
) -> Named:  # fmt: skip
    """Return something with a name, and its pinyin where it is Chinese, if anybody can wait for the dictionaries.

    Examples
    --------
    >>> spoken("plans", "东扩方案", lead="saved:东扩方案").pinyin
    'dong kuo fang an'
    """
    lon, lat = (None, None) if at is None else (round(at[0], 6), round(at[1], 6))
    return Named(
        kind, zh, en, lon, lat, None, zone, basis, syllables(zh) if pinyin and HAN.search(zh) else "", extra, lead
    )


def written(rows: Iterable[Named], kinds: Sequence[str], zones: Mapping[str, int]) -> list[list[Any]]:
    """Return things as the rows that the browser reads: in the order of ``Named``, kinds and zones by number."""
    return [
        [
            kinds.index(r.kind),
            r.zh,
            r.en,
            r.lon,
            r.lat,
            r.bounds,
            zones.get(r.zone, -1),
            r.basis,
            r.pinyin,
            r.extra,
            r.lead,
        ]
        for r in rows
    ]


def dumps(workspace: Workspace) -> str:
    """Return the index as the text of the file that the browser reads: rows in the order of ``Named``, zones by number."""
    rows = named(workspace)
    zones = workspace.zones
    at = {str(mark): k for k, mark in enumerate(zones.index)}
    told = {
        "version": VERSION,
        "kinds": KINDS,
        "zones": [[_said(r.get("name_zh")), _said(r.get("name_en"))] for _, r in zones.iterrows()],
        "rows": written(rows, KINDS, at),
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def _said(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def _frames(workspace: Workspace) -> Iterator[tuple[str, gpd.GeoDataFrame]]:
    """Give the layers whose things may bear names, by kind."""
    zones = workspace.zones
    for kind in KINDS:
        if kind in ("zone", "sub_area"):
            yield kind, zones[zones["level"] == kind]
        elif kind == "streets":
            yield kind, _streets(workspace.streets)
        else:
            frame = workspace.layer(kind)
            if len(frame) and ("name_zh" in frame or "name" in frame):
                yield kind, frame


def _streets(streets: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the named streets, each with all its pieces as one line."""
    names = next((streets[c] for c in ("name_zh", "name") if c in streets), None)
    if names is None:
        return streets.iloc[:0]
    rows = streets[[isinstance(v, str) and bool(v.strip()) for v in names]]
    if rows.empty:
        return rows
    codes, known = pd.factorize(names[rows.index].str.strip(), sort=True)
    lines, row = shapely.get_parts(rows.geometry.array, return_index=True)
    order = np.argsort(codes[row], kind="stable")
    basis = rows["basis"].groupby(codes).first() if "basis" in rows else [""] * len(known)
    return gpd.GeoDataFrame(
        {"name_zh": list(known), "basis": list(basis)},
        geometry=shapely.multilinestrings(lines[order], indices=codes[row][order]), crs=streets.crs,
    )  # fmt: skip


def _places(frame: gpd.GeoDataFrame) -> list[shapely.Point]:
    """Return the point that stands for each thing: on it, in the middle of its longest piece or inside its largest."""
    parts, row = shapely.get_parts(frame.geometry.array, return_index=True)
    order = np.lexsort((shapely.length(parts), shapely.area(parts), row))
    chosen = parts[order[np.append(np.diff(row[order]) > 0, True)]]
    line = shapely.get_type_id(chosen) == shapely.GeometryType.LINESTRING
    return [
        shapely.line_interpolate_point(part, 0.5, normalized=True) if straight else shapely.point_on_surface(part)
        for part, straight in zip(chosen, line, strict=True)
    ]


def _zones(frame: gpd.GeoDataFrame, places: list[shapely.Point], zones: gpd.GeoDataFrame) -> list[str]:
    """Return the id of the zone that each thing names, else of the smallest one that its point lies in, else ""."""
    told = [next(iter(several(v)), "") for v in frame["zone_id"]] if "zone_id" in frame else [""] * len(frame)
    if "level" in frame:  # a zone lies in its parent, not in itself
        return (
            [_said(v) if _said(v) in zones.index else "" for v in frame["parent_id"]]
            if "parent_id" in frame
            else [""] * len(frame)
        )
    small = zones.iloc[np.argsort(zones.geometry.area.to_numpy(), kind="stable")]
    tree = shapely.STRtree(small.geometry.array)
    met = pd.DataFrame(tree.query(places, predicate="intersects").T, columns=["place", "zone"])
    first = met.groupby("place")["zone"].min()
    return [
        mark if mark in zones.index else (str(small.index[first[k]]) if k in first.index else "")
        for k, mark in enumerate(told)
    ]
