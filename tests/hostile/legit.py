"""Legitimate Chinese files with known truth: formats × encodings × reference systems × the quirks of clerks.

``corpus(folder)`` writes them and returns the cases. A case is right when it is read with every position
within 1 m and every text and number exact, at once or after its questions got the true answers; a case that
must ask (``asks``) is wrong if it is read without.
"""

from __future__ import annotations

import functools
import json
import math
import struct
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyproj
import shapely

from geo.crs import wgs84_to_bd09, wgs84_to_gcj02

NAMES = (
    "华苑小学",
    "海泰外国语小学",
    "渤龙湖实验小学",
    "京津合作示范区第一小学",
    "滨海高新区㐂乐小学",
    "天津市塘沽盐场小学",
)
LONLAT = (
    (117.123456, 39.087654),
    (117.131111, 39.092222),
    (117.567891, 39.134567),
    (117.712345, 39.301234),
    (117.623456, 39.071234),
    (117.651234, 39.023456),
)
SEATS = (1200, 900, None, 1080, 0, 2160)
ZONES = ("海洋片区", "华苑片区", "渤龙湖片区", "京津合作示范区")
BOXES = (
    (117.60, 39.05, 117.66, 39.10),
    (117.10, 39.06, 117.14, 39.10),
    (117.54, 39.11, 117.58, 39.15),
    (117.69, 39.28, 117.74, 39.32),
)
PRJ = {
    4490: 'GEOGCS["GCS_China_Geodetic_Coordinate_System_2000",DATUM["D_China_2000",SPHEROID["CGCS2000",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]',
    4326: 'GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]',
}  # fmt: skip
for _code, _name, _fe, _cm in (
    (4548, "CGCS2000_3_Degree_GK_CM_117E", 500000, 117),
    (4527, "CGCS2000_3_Degree_GK_Zone_39", 39500000, 117),
    (4498, "CGCS2000_GK_Zone_20", 20500000, 117),
    (4509, "CGCS2000_GK_CM_117E", 500000, 117),
):
    PRJ[_code] = (
        f'PROJCS["{_name}",{PRJ[4490]},PROJECTION["Gauss_Kruger"],PARAMETER["False_Easting",{_fe}.0],PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",{_cm}.0],PARAMETER["Scale_Factor",1.0],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]'
    )


@dataclass
class Case:
    """A file, how it is read, and what must come out."""

    name: str
    path: Path
    layer: str = "schools"
    truth: tuple[tuple[str, tuple[float, float], float | None], ...] = tuple(zip(NAMES, LONLAT, SEATS, strict=True))
    asks: tuple[str, ...] = ()
    """Questions that must be asked before it is read."""
    answers: dict[str, Any] = field(default_factory=dict)
    """True answers, given when asked."""
    crs: str | None = None
    seats: bool = True


def projected(code: int, lonlat: Any = LONLAT) -> list[tuple[float, float]]:
    """Return lon/lat points in EPSG:``code``, x east."""
    if code in (4490, 4326):
        return [tuple(map(float, p)) for p in lonlat]
    to = _way(code)
    return [to.transform(*p) for p in lonlat]


@functools.cache
def _way(code: int) -> pyproj.Transformer:
    """Return the way to EPSG:``code``: building one takes longer than writing the file that needs it."""
    return pyproj.Transformer.from_crs(4326, code, always_xy=True)


def ring(box: tuple[float, float, float, float], code: int) -> list[tuple[float, float]]:
    """Return a closed clockwise ring of a box."""
    w, s, e, n = box
    return projected(code, [(w, s), (w, n), (e, n), (e, s), (w, s)])


def dbf(rows: list[list[Any]], fields: list[tuple[str, str, int]], encoding: str, ldid: int) -> bytes:
    """Return a dBASE table; fields are (name, C or N, width)."""
    head = (
        struct.pack("<B3BIHH", 3, 124, 1, 1, len(rows), 33 + 32 * len(fields), 1 + sum(f[2] for f in fields))
        + bytes(17)
        + bytes([ldid])
        + bytes(2)
    )
    for name, kind, width in fields:
        head += name.encode(encoding)[:10].ljust(11, b"\0") + kind.encode() + bytes(4) + bytes([width, 0]) + bytes(14)
    body = b""
    for row in rows:
        body += b" "
        for value, (_, kind, width) in zip(row, fields, strict=True):
            text = "" if value is None else str(value)
            raw = text.encode(encoding)
            body += raw[:width].ljust(width) if kind == "C" else raw.rjust(width)
    return head + b"\r" + body + b"\x1a"


def shp(shapes: list[Any], kind: int) -> tuple[bytes, bytes]:
    """Return .shp and .shx bytes: kind 1 of points, kind 5 or 3 of lists of rings."""
    records, index, at = b"", b"", 50
    points = []
    for i, shape in enumerate(shapes, 1):
        if kind == 1:
            content = struct.pack("<idd", 1, *shape)
            points.append(shape)
        else:
            flat = [p for part in shape for p in part]
            points += flat
            xs, ys = [p[0] for p in flat], [p[1] for p in flat]
            starts, n = [], 0
            for part in shape:
                starts.append(n)
                n += len(part)
            content = (
                struct.pack("<i4dii", kind, min(xs), min(ys), max(xs), max(ys), len(shape), len(flat))
                + struct.pack(f"<{len(starts)}i", *starts)
                + b"".join(struct.pack("<dd", *p) for p in flat)
            )
        records += struct.pack(">ii", i, len(content) // 2) + content
        index += struct.pack(">ii", at, len(content) // 2)
        at += 4 + len(content) // 2
    xs, ys = [p[0] for p in points], [p[1] for p in points]

    def head(size: int) -> bytes:
        return struct.pack(">i5ii", 9994, 0, 0, 0, 0, 0, size // 2) + struct.pack(
            "<ii8d", 1000, kind, min(xs), min(ys), max(xs), max(ys), 0, 0, 0, 0
        )

    return head(100 + len(records)) + records, head(100 + len(index)) + index


def shapefile(
    folder: Path,
    stem: str,
    *,
    code: int | None,
    encoding: str,
    cpg: str | None,
    ldid: int,
    layer: str = "schools",
    zipped: bool = True,
    gbk_names: bool = False,
) -> Path:
    """Write a shapefile as parts or zip and return the path to import."""
    if layer == "schools":
        parts = dict(zip((".shp", ".shx"), shp(projected(code or 4490), 1), strict=True))
        rows = [[i, n, s, "小学"] for i, (n, s) in enumerate(zip(NAMES, SEATS, strict=True), 1)]
        parts[".dbf"] = dbf(
            rows, [("编号", "N", 6), ("学校名称", "C", 60), ("学位数", "N", 8), ("类型", "C", 20)], encoding, ldid
        )
    else:
        parts = dict(zip((".shp", ".shx"), shp([[ring(b, code or 4490)] for b in BOXES], 5), strict=True))
        parts[".dbf"] = dbf(
            [[f"Z{i}", n] for i, n in enumerate(ZONES, 1)], [("编号", "C", 8), ("片区名称", "C", 40)], encoding, ldid
        )
    if code:
        parts[".prj"] = PRJ[code].encode()
    if cpg:
        parts[".cpg"] = cpg.encode()
    if not zipped:
        for e, raw in parts.items():
            (folder / f"{stem}{e}").write_bytes(raw)
        return folder / f"{stem}.shp"
    path = folder / f"{stem}.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for e, raw in parts.items():
            if gbk_names:
                info = zipfile.ZipInfo("学校".encode("gbk").decode("cp437") + e)
                info.flag_bits &= ~0x800
                archive.writestr(info, raw)
            else:
                archive.writestr(("学校数据/学校" if ldid == 0x4D else "schools") + e, raw)
    return path


def frame(code: int, layer: str = "schools") -> gpd.GeoDataFrame:
    """Return the truth as a frame in EPSG:``code``."""
    if layer == "schools":
        shapes = [shapely.Point(p) for p in projected(code)]
        return gpd.GeoDataFrame(
            {"学校名称": NAMES, "小学学位": [None if s is None else s for s in SEATS], "类型": ["小学"] * 6},
            geometry=shapes,
            crs=code,
        )
    return gpd.GeoDataFrame(
        {"编号": [f"Z{i}" for i in range(1, 5)], "片区名称": ZONES},
        geometry=[shapely.Polygon(ring(b, code)) for b in BOXES],
        crs=code,
    )


def zone_truth() -> tuple[tuple[str, tuple[float, float], None], ...]:
    """Return zones by the middle of their boxes."""
    return tuple((n, ((w + e) / 2, (s + t) / 2), None) for n, (w, s, e, t) in zip(ZONES, BOXES, strict=True))


def _features(code: int, *, zones: bool = False) -> list[dict[str, Any]]:
    if zones:
        return [
            {
                "type": "Feature",
                "properties": {"片区名称": n, "编号": f"Z{i}"},
                "geometry": {"type": "Polygon", "coordinates": [[list(p) for p in ring(b, code)]]},
            }
            for i, (n, b) in enumerate(zip(ZONES, BOXES, strict=True))
        ]
    return [
        {
            "type": "Feature",
            "properties": {"学校名称": n, "小学学位数": s},
            "geometry": {"type": "Point", "coordinates": list(p)},
        }
        for n, s, p in zip(NAMES, SEATS, projected(code), strict=True)
    ]


class Corpus:
    """Writes cases into one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cases: list[Case] = []

    def add(self, name: str, path: Path, **rest: Any) -> None:
        self.cases.append(Case(name, path, **rest))

    def text(self, name: str, suffix: str, content: str, encoding: str = "utf-8", **rest: Any) -> None:
        path = self.folder / f"{name}{suffix}"
        path.write_bytes(content.encode(encoding))
        self.add(name, path, **rest)


def _shapefiles(c: Corpus) -> None:
    texts = [("gbk", "GBK", 0), ("gbk", "936", 0), ("gbk", "CP936", 0), ("gbk", "GB2312", 0), ("gb18030", "GB18030", 0), ("gbk", "ANSI 936", 0x4D), ("gbk", "OEM 936", 0x4D),
             ("gbk", None, 0x4D), ("gbk", None, 0x57), ("gbk", None, 0), ("utf-8", "UTF-8", 0), ("utf-8", None, 0), ("utf-8", None, 0x57), ("gbk", "UTF-8", 0x57), ("utf-8", "GBK", 0x4D)]  # fmt: skip
    for i, (encoding, cpg, ldid) in enumerate(texts):
        for code in (4490, 4548) if i % 3 else (4490, 4548, 4527):
            name = f"shp-{encoding}-{str(cpg).replace(' ', '')}-{ldid:02x}-{code}"
            c.add(
                name,
                shapefile(
                    c.folder,
                    name,
                    code=code,
                    encoding="gb18030" if encoding == "gbk" else encoding,
                    cpg=cpg,
                    ldid=ldid,
                    zipped=bool(i % 2),
                ),
            )
    for code in (4326, 4498, 4509):
        c.add(
            f"shp-crs-{code}",
            shapefile(c.folder, f"shp-crs-{code}", code=code, encoding="gb18030", cpg=None, ldid=0x57),
        )
    for code in (4490, 4548, 4527, 4498):
        c.add(
            f"shp-zones-{code}",
            shapefile(c.folder, f"shp-zones-{code}", code=code, encoding="gbk", cpg=None, ldid=0x57, layer="zones"),
            layer="zones",
            truth=zone_truth(),
        )
    c.add(
        "shp-zipgbk", shapefile(c.folder, "shp-zipgbk", code=4490, encoding="gb18030", cpg=None, ldid=0, gbk_names=True)
    )
    for code in (4548, 4527, 4498):
        path = shapefile(c.folder, f"shp-noprj-{code}", code=code, encoding="gb18030", cpg=None, ldid=0x57)
        _without(path, ".prj")
        c.add(f"shp-noprj-{code}", path, asks=("crs",), answers={"crs": f"EPSG:{code}"})
    path = shapefile(c.folder, "shp-noprj-degrees", code=4490, encoding="gb18030", cpg=None, ldid=0x57)
    _without(path, ".prj")
    c.add("shp-noprj-degrees", path, asks=("crs", "datum"), answers={"crs": "EPSG:4490", "datum": "wgs84"})
    c.add("shp-noprj-told", path, crs="EPSG:4490")
    for code, wrong in ((4548, 4527), (4527, 4548)):
        path = shapefile(c.folder, f"shp-wrongprj-{code}", code=code, encoding="utf-8", cpg=None, ldid=0)
        _without(path, ".prj", PRJ[wrong].encode())
        c.add(f"shp-wrongprj-{code}", path, asks=("crs",), answers={"crs": f"EPSG:{code}"})


def _without(path: Path, suffix: str, instead: bytes | None = None) -> None:
    with zipfile.ZipFile(path) as archive:
        kept = [(i.filename, archive.read(i)) for i in archive.infolist()]
    with zipfile.ZipFile(path, "w") as archive:
        for name, raw in kept:
            if not name.endswith(suffix):
                archive.writestr(name, raw)
            elif instead is not None:
                archive.writestr(name, instead)


UNSAID: dict[str, Any] = {"asks": ("datum",), "answers": {"datum": "wgs84"}}
"""Of formats that are WGS84 by their standard and inside China often are not."""


def _geojson(c: Corpus) -> None:
    def collection(code: int, crs: Any = "none", *, zones: bool = False) -> str:
        out: dict[str, Any] = {"type": "FeatureCollection", "features": _features(code, zones=zones)}
        if crs != "none":
            out["crs"] = {"type": "name", "properties": {"name": crs}}
        return json.dumps(out, ensure_ascii=False)

    c.text("geojson-plain", ".geojson", collection(4326), **UNSAID)
    c.text("geojson-bom", ".geojson", "\ufeff" + collection(4326), **UNSAID)
    c.text("geojson-gbk", ".geojson", collection(4326), "gb18030", **UNSAID)
    c.text("geojson-utf16", ".geojson", collection(4326), "utf-16", **UNSAID)
    c.text("geojson-utf16be", ".json", "\ufeff" + collection(4326), "utf-16-be", **UNSAID)
    c.text("geojson-crs84", ".geojson", collection(4326, "urn:ogc:def:crs:OGC:1.3:CRS84"), **UNSAID)
    for code in (4326, 4490, 4548, 4527, 4498, 4509):
        more = UNSAID if code == 4326 else {}
        c.text(f"geojson-urn-{code}", ".geojson", collection(code, f"urn:ogc:def:crs:EPSG::{code}"), **more)
    for code in (4490, 4548):
        c.text(f"geojson-epsg-{code}", ".json", collection(code, f"EPSG:{code}"))
    for code in (4326, 4548):
        c.text(
            f"geojson-zones-{code}",
            ".geojson",
            collection(code, f"EPSG:{code}", zones=True),
            layer="zones",
            truth=zone_truth(),
            **(UNSAID if code == 4326 else {}),
        )
    c.text("geojson-metres", ".geojson", collection(4548), asks=("crs",), answers={"crs": "EPSG:4548"})
    swapped = {"type": "FeatureCollection", "features": _features(4326)}
    for f in swapped["features"]:
        f["geometry"]["coordinates"].reverse()
    c.text(
        "geojson-swapped",
        ".geojson",
        json.dumps(swapped, ensure_ascii=False),
        asks=("axis", "datum"),
        answers={"axis": "yx", "datum": "wgs84"},
    )


def _esri(c: Corpus) -> None:
    for code, wkid in (
        (4490, {"wkid": 4490}),
        (4548, {"wkid": 4548}),
        (4527, {"wkid": 4527}),
        (3857, {"wkid": 102100, "latestWkid": 3857}),
        (4326, {"wkid": 4326}),
    ):
        out = {"geometryType": "esriGeometryPoint", "spatialReference": wkid, "fields": [{"name": "MC", "type": "esriFieldTypeString", "alias": "学校名称"}, {"name": "XW", "type": "esriFieldTypeInteger", "alias": "学位数"}],
               "features": [{"attributes": {"MC": n, "XW": s}, "geometry": {"x": p[0], "y": p[1]}} for n, s, p in zip(NAMES, SEATS, projected(code), strict=True)]}  # fmt: skip
        c.text(f"esrijson-{code}", ".json", json.dumps(out, ensure_ascii=False))
    out = {
        "geometryType": "esriGeometryPolygon",
        "spatialReference": {"wkid": 4548},
        "features": [
            {"attributes": {"名称": n}, "geometry": {"rings": [[list(p) for p in ring(b, 4548)]]}}
            for n, b in zip(ZONES, BOXES, strict=True)
        ],
    }
    c.text("esrijson-zones", ".json", json.dumps(out, ensure_ascii=False), layer="zones", truth=zone_truth())
    arcs = [[list(p) for p in ring(b, 4326)] for b in BOXES]
    topo = {
        "type": "Topology",
        "arcs": arcs,
        "objects": {
            "zones": {
                "type": "GeometryCollection",
                "geometries": [
                    {"type": "Polygon", "arcs": [[i]], "properties": {"名称": n}} for i, n in enumerate(ZONES)
                ],
            }
        },
    }
    c.text(
        "topojson-zones", ".topojson", json.dumps(topo, ensure_ascii=False), layer="zones", truth=zone_truth(), **UNSAID
    )
    q = {"type": "Topology", "transform": {"scale": [1e-6, 1e-6], "translate": [117, 39]}, "arcs": [], "objects": {"s": {"type": "GeometryCollection", "geometries": [
        {"type": "Point", "coordinates": [round((x - 117) * 1e6), round((y - 39) * 1e6)], "properties": {"名称": n, "学位数": s}} for n, (x, y), s in zip(NAMES, LONLAT, SEATS, strict=True)]}}}  # fmt: skip
    c.text("topojson-quantized", ".json", json.dumps(q, ensure_ascii=False), **UNSAID)


def _kml(c: Corpus) -> None:
    def mark(n: str, p: Any, s: Any, way: str) -> str:
        if way == "data":
            extra = f'<ExtendedData><Data name="学位数"><value>{"" if s is None else s}</value></Data></ExtendedData>'
        elif way == "schema":
            extra = f'<ExtendedData><SchemaData schemaUrl="#s"><SimpleData name="学位数">{"" if s is None else s}</SimpleData></SchemaData></ExtendedData>'
        else:
            extra = f"<description><![CDATA[<table><tr><td>学位数</td><td>{'' if s is None else s}</td></tr><tr><td>类型</td><td>小学</td></tr></table>]]></description>"
        return (
            f"<Placemark><name>{n}</name>{extra}<Point><coordinates>{p[0]},{p[1]},0</coordinates></Point></Placemark>"
        )

    def kml(way: str, declared: str = "UTF-8") -> str:
        return f'<?xml version="1.0" encoding="{declared}"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document><Folder><name>学校</name>{"".join(mark(n, p, s, way) for n, p, s in zip(NAMES, LONLAT, SEATS, strict=True))}</Folder></Document></kml>'

    for way in ("data", "schema", "html"):
        c.text(f"kml-{way}", ".kml", kml(way), **UNSAID)
        path = c.folder / f"kmz-{way}.kmz"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("doc.kml", kml(way))
        c.add(f"kmz-{way}", path, **UNSAID)
    c.text("kml-gbk", ".kml", kml("data", "GBK"), "gb18030", **UNSAID)
    c.text("kml-lies", ".kml", kml("data"), "gb18030", **UNSAID)
    c.text("kml-utf16", ".kml", kml("data", "UTF-16"), "utf-16", **UNSAID)
    zones = "".join(
        f"<Placemark><name>{n}</name><Polygon><outerBoundaryIs><LinearRing><coordinates>{' '.join(f'{x},{y}' for x, y in ring(b, 4326))}</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark>"
        for n, b in zip(ZONES, BOXES, strict=True)
    )
    c.text(
        "kml-zones",
        ".kml",
        f'<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{zones}</Document></kml>',
        layer="zones",
        truth=zone_truth(),
        **UNSAID,
    )


def _gdal(c: Corpus) -> None:
    import pyogrio

    for code in (4326, 4490, 4548, 4527):
        for layer in ("schools", "zones"):
            f = frame(code, layer)
            rest: dict[str, Any] = {} if layer == "schools" else {"layer": "zones", "truth": zone_truth()}
            p = c.folder / f"gpkg-{layer}-{code}.gpkg"
            pyogrio.write_dataframe(f, p, layer="数据", driver="GPKG")
            c.add(p.stem, p, **rest)
            p = c.folder / f"fgb-{layer}-{code}.fgb"
            pyogrio.write_dataframe(f, p, driver="FlatGeobuf")
            c.add(p.stem, p, **rest)
            p = c.folder / f"parquet-{layer}-{code}.parquet"
            f.to_parquet(p)
            c.add(p.stem, p, **rest)
            if code in (4490, 4548):
                home = c.folder / f"gdb-{layer}-{code}.gdb"
                pyogrio.write_dataframe(f, home, layer=layer, driver="OpenFileGDB")
                p = c.folder / f"gdb-{layer}-{code}.gdb.zip"
                with zipfile.ZipFile(p, "w", zipfile.ZIP_DEFLATED) as archive:
                    for item in sorted(home.iterdir()):
                        archive.write(item, f"{home.name}/{item.name}" if layer == "schools" else item.name)
                c.add(f"gdb-{layer}-{code}", p, **rest)
    p = c.folder / "gpkg-two.gpkg"
    pyogrio.write_dataframe(frame(4490), p, layer="学校", driver="GPKG")
    pyogrio.write_dataframe(frame(4490, "zones"), p, layer="片区", driver="GPKG", append=False)
    c.add("gpkg-two", p, asks=("layer",), answers={"layer": "学校"})
    f = frame(4548)
    f = frame(4548).set_crs(None, allow_override=True)
    p = c.folder / "gpkg-nocrs.gpkg"
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pyogrio.write_dataframe(f, p, layer="schools", driver="GPKG")
    c.add("gpkg-nocrs", p, asks=("crs",), answers={"crs": "EPSG:4548"})


def _rows(xy: Any, header: list[str], sep: str = ",") -> str:
    lines = [sep.join(header)]
    for n, s, (x, y) in zip(NAMES, SEATS, xy, strict=True):
        lines.append(sep.join([n, "" if s is None else str(s), str(x), str(y)]))
    return "\n".join(lines) + "\n"


def dms(v: float) -> str:
    """Return degrees as 117°07′24.4416″."""
    d = int(v)
    m = int((v - d) * 60)
    return f"{d}°{m:02d}′{((v - d) * 60 - m) * 60:.5f}″"


def _csv(c: Corpus) -> None:
    head = ["学校名称", "学位数", "经度", "纬度"]
    ask: dict[str, Any] = {"asks": ("datum",), "answers": {"datum": "wgs84"}}
    c.text("csv-utf8", ".csv", _rows(LONLAT, head), **ask)
    c.text("csv-bom", ".csv", _rows(LONLAT, head), "utf-8-sig", **ask)
    c.text("csv-gbk", ".csv", _rows(LONLAT, head), "gb18030", **ask)
    c.text("csv-utf16tab", ".csv", _rows(LONLAT, head, "\t"), "utf-16", **ask)
    c.text("csv-tsv", ".tsv", _rows(LONLAT, head, "\t"), **ask)
    c.text("csv-txt", ".txt", _rows(LONLAT, head, "\t"), "gb18030", **ask)
    c.text("csv-semicolon", ".csv", _rows(LONLAT, head, ";"), **ask)
    c.text("csv-told", ".csv", _rows(LONLAT, head), crs="EPSG:4326")
    c.text("csv-wgshead", ".csv", _rows(LONLAT, ["name", "学位数", "WGS84经度", "WGS84纬度"]))
    c.text("csv-english", ".csv", _rows(LONLAT, ["name", "seats_primary", "lon", "lat"]), **ask)
    c.text("csv-lng", ".csv", _rows(LONLAT, ["NAME", "小学学位数", "LNG", "LAT"]), **ask)
    gcj = list(zip(*wgs84_to_gcj02(*np.array(LONLAT).T), strict=True))
    bd = list(zip(*wgs84_to_bd09(*np.array(LONLAT).T), strict=True))
    c.text("csv-gcj", ".csv", _rows(gcj, head), asks=("datum",), answers={"datum": "gcj02"})
    c.text("csv-bd", ".csv", _rows(bd, head), asks=("datum",), answers={"datum": "bd09"})
    c.text(
        "csv-gcjhead",
        ".csv",
        _rows(gcj, ["学校名称", "学位数", "高德经度", "高德纬度"]),
        asks=("datum",),
        answers={"datum": "gcj02"},
    )
    c.text(
        "csv-bdhead",
        ".csv",
        _rows(bd, ["学校名称", "学位数", "百度经度", "百度纬度"]),
        "gb18030",
        asks=("datum",),
        answers={"datum": "bd09"},
    )
    c.text("csv-gcjtold", ".csv", _rows(gcj, head), crs="gcj02")
    for code in (4548, 4527, 4498, 4509):
        xy = projected(code)
        c.text(
            f"csv-xnorth-{code}",
            ".csv",
            _rows([(y, x) for x, y in xy], ["学校名称", "学位数", "X坐标", "Y坐标"]),
            "gb18030",
            asks=("crs",),
            answers={"crs": f"EPSG:{code}"},
        )
        c.text(f"csv-xeast-{code}", ".csv", _rows(xy, ["学校名称", "学位数", "X", "Y"]), crs=f"EPSG:{code}")
    c.text("csv-eastnorth", ".csv", _rows(projected(4548), ["学校名称", "学位数", "东坐标", "北坐标"]), crs="EPSG:4548")
    c.text("csv-dms", ".csv", _rows([(dms(x), dms(y)) for x, y in LONLAT], head), **ask)
    c.text("csv-dmsdir", ".csv", _rows([(f"E{dms(x)}", f"N{dms(y)}") for x, y in LONLAT], head), **ask)
    wide = str.maketrans("0123456789.", "０１２３４５６７８９．")
    c.text(
        "csv-fullwidth",
        ".csv",
        _rows([(str(x).translate(wide), str(y).translate(wide)) for x, y in LONLAT], head),
        "gb18030",
        **ask,
    )
    commas = "学校名称,学位数,经度,纬度\n" + "".join(
        f'{n},"{"" if s is None else f"{s:,}"}",{x},{y}\n' for n, s, (x, y) in zip(NAMES, SEATS, LONLAT, strict=True)
    )
    c.text("csv-thousands", ".csv", commas, **ask)
    c.text(
        "csv-location",
        ".csv",
        "名称,学位数,location\n"
        + "".join(
            f'{n},{"" if s is None else s},"{x},{y}"\n' for n, s, (x, y) in zip(NAMES, SEATS, LONLAT, strict=True)
        ),
        **ask,
    )
    c.text(
        "csv-wkt",
        ".csv",
        "名称,学位数,WKT\n"
        + "".join(
            f"{n},{'' if s is None else s},POINT ({x} {y})\n" for n, s, (x, y) in zip(NAMES, SEATS, LONLAT, strict=True)
        ),
        crs="EPSG:4490",
    )
    c.text(
        "csv-swapped",
        ".csv",
        _rows([(y, x) for x, y in LONLAT], head),
        asks=("axis",),
        answers={"axis": "yx", "datum": "wgs84"},
    )
    title = "高新区学校一览表,,,\n单位：个,,,\n" + _rows(LONLAT, head) + "合计,5340,,\n注：数据截至2025年,,,\n"
    c.text("csv-title", ".csv", title, "gb18030", **ask)
    _local(c)


def _local(c: Corpus) -> None:
    """A city grid: turned by 0.8 degrees, shifted, in metres; four control points are known."""
    control = ((117.05, 39.0), (117.75, 39.0), (117.75, 39.35), (117.05, 39.35))
    xy, marks = projected(4548), projected(4548, control)

    def grid(p: tuple[float, float]) -> tuple[float, float]:
        a = math.radians(0.8)
        x, y = p[0] - 500_000, p[1] - 4_320_000
        return x * math.cos(a) - y * math.sin(a) + 100_000, x * math.sin(a) + y * math.cos(a) + 300_000

    points = [[*grid(m), *ll] for m, ll in zip(marks, control, strict=True)]
    c.text(
        "csv-localgrid",
        ".csv",
        _rows([grid(p) for p in xy], ["学校名称", "学位数", "东坐标", "北坐标"]),
        asks=("crs",),
        answers={"crs": "control_points", "control_points": points},
    )
    survey = [[p[1], p[0], p[2], p[3]] for p in points]
    c.text(
        "csv-localsurvey",
        ".csv",
        _rows([grid(p)[::-1] for p in xy], ["学校名称", "学位数", "X坐标", "Y坐标"]),
        asks=("axis",),
        answers={"axis": "xeast", "crs": "control_points", "control_points": survey},
    )


def _xlsx(c: Corpus) -> None:
    import openpyxl

    head = ["序号", "学校名称", "学位数", "经度", "纬度"]
    body = [[i, n, s, x, y] for i, (n, s, (x, y)) in enumerate(zip(NAMES, SEATS, LONLAT, strict=True), 1)]
    ask: dict[str, Any] = {"asks": ("datum",), "answers": {"datum": "wgs84"}}

    def book(name: str, rows: list[list[Any]], change: Any = None, **rest: Any) -> None:
        wb = openpyxl.Workbook()
        for row in rows:
            wb.active.append(row)
        if change:
            change(wb)
        path = c.folder / f"{name}.xlsx"
        wb.save(path)
        c.add(name, path, **rest)

    book("xlsx-plain", [head, *body], **ask)
    book("xlsx-title", [["高新区学校一览表"], [], head, *body], lambda wb: wb.active.merge_cells("A1:E1"), **ask)
    book(
        "xlsx-totals",
        [
            ["高新区学校一览表", None, None, None, None],
            head,
            *body,
            ["合计", None, 5340, None, None],
            ["备注：2025年数据"],
        ],
        lambda wb: wb.active.merge_cells("A1:E1"),
        **ask,
    )
    book("xlsx-texts", [head, *([i, n, "" if s is None else str(s), str(x), str(y)] for i, n, s, x, y in body)], **ask)
    book("xlsx-dms", [head, *([i, n, s, dms(x), dms(y)] for i, n, s, x, y in body)], **ask)

    def second(wb: Any) -> None:
        ws = wb.create_sheet("说明")
        ws.append(["填表说明", "请勿修改"])

    book("xlsx-twosheets", [head, *body], second, asks=("sheet",), answers={"sheet": "Sheet", "datum": "wgs84"})

    def hidden(wb: Any) -> None:
        wb.create_sheet("字典").append(["a", "b"])
        wb["字典"].sheet_state = "hidden"

    book("xlsx-hiddensheet", [head, *body], hidden, **ask)
    upper = ["序号", "学校名称", "学位数", None, "坐标", None]
    lower = [None, None, "小学", "初中", "经度", "纬度"]

    def two(wb: Any) -> None:
        for cells in ("A1:A2", "B1:B2", "C1:D1", "E1:F1"):
            wb.active.merge_cells(cells)

    book("xlsx-twoheader", [upper, lower, *([i, n, s, None, x, y] for i, n, s, x, y in body)], two, **ask)

    def down(wb: Any) -> None:
        wb.active.merge_cells("F2:F4")
        wb.active.merge_cells("F5:F7")

    book(
        "xlsx-mergeddown",
        [[*head, "所属片区"], *([*r, "华苑片区" if k in (0, 3) else None] for k, r in enumerate(body))],
        down,
        **ask,
    )
    book(
        "xlsx-xy",
        [
            ["学校名称", "学位数", "X坐标", "Y坐标"],
            *([n, s, y, x] for n, s, (x, y) in zip(NAMES, SEATS, projected(4548), strict=True)),
        ],
        asks=("crs",),
        answers={"crs": "EPSG:4548"},
    )
    gcj = list(zip(*wgs84_to_gcj02(*np.array(LONLAT).T), strict=True))
    book(
        "xlsx-gcj",
        [head, *([i, n, s, float(x), float(y)] for (i, n, s, *_), (x, y) in zip(body, gcj, strict=True))],
        asks=("datum",),
        answers={"datum": "gcj02"},
    )


def _dxf(c: Corpus) -> None:
    import ezdxf

    for version in ("R2000", "R2004", "R2010", "R2018"):
        for code in (4548, 4527):
            doc = ezdxf.new(version)
            if version in ("R2000", "R2004"):
                doc.encoding = "gbk"
                doc.header["$DWGCODEPAGE"] = "ANSI_936"
            space = doc.modelspace()
            doc.layers.add("片区")
            for n, b in zip(ZONES, BOXES, strict=True):
                points = ring(b, code)
                space.add_lwpolyline(points[:-1], close=True, dxfattribs={"layer": "片区"})
                x, y = projected(code, [((b[0] + b[2]) / 2, (b[1] + b[3]) / 2)])[0]
                space.add_text(n, dxfattribs={"layer": "片区", "insert": (x, y), "height": 50})
            path = c.folder / f"dxf-{version}-{code}.dxf"
            doc.saveas(path)
            c.add(path.stem, path, layer="zones", truth=zone_truth(), crs=f"EPSG:{code}")


def _dxf_autocad(c: Corpus) -> None:
    """AutoCAD in China writes UTF-8 into newer drawings and still declares the code page ANSI_936."""
    for case in [k for k in c.cases if k.name.startswith("dxf-R2010-")]:
        path = c.folder / f"{case.name}-ansi936.dxf"
        path.write_bytes(case.path.read_bytes().replace(b"ANSI_1252", b"ANSI_936"))
        c.add(path.stem, path, layer=case.layer, truth=case.truth, crs=case.crs)


def _dxf_points(c: Corpus) -> None:
    import ezdxf

    for version in ("R2000", "R2010"):
        doc = ezdxf.new(version)
        if version == "R2000":
            doc.encoding = "gbk"
            doc.header["$DWGCODEPAGE"] = "ANSI_936"
        space = doc.modelspace()
        for n, (x, y) in zip(NAMES, projected(4548), strict=True):
            space.add_point((x, y), dxfattribs={"layer": "学校点"})
            space.add_text(
                n.replace("㐂", "喜"), dxfattribs={"layer": "注记", "insert": (x + 20, y + 10), "height": 30}
            )
        path = c.folder / f"dxf-points-{version}.dxf"
        doc.saveas(path)
        truth = tuple((n.replace("㐂", "喜"), p, None) for n, p in zip(NAMES, LONLAT, strict=True))
        c.add(path.stem, path, crs="EPSG:4548", truth=truth, seats=False)


def _raster(c: Corpus) -> None:
    import rasterio
    from rasterio.transform import from_origin

    for code, size in ((4548, 100.0), (4326, 0.001), (32650, 100.0)):
        corner = projected(code, [(117.60, 39.10)])[0] if code != 4326 else (117.60, 39.10)
        values = np.zeros((2, 20, 30), "float32")
        values[0, 5, 7], values[1, 5, 7], values[1, 10, 20] = 120.0, 150.0, 80.0
        path = c.folder / f"tif-{code}.tif"
        with rasterio.open(
            path,
            "w",
            driver="GTiff",
            width=30,
            height=20,
            count=2,
            dtype="float32",
            crs=f"EPSG:{code}",
            transform=from_origin(*corner, size, size),
            nodata=-9999,
            compress="deflate",
        ) as out:
            out.write(values)
            out.set_band_description(1, "2020")
            out.set_band_description(2, "2025")
        back = pyproj.Transformer.from_crs(code, 4326, always_xy=True)
        truth = tuple(
            (str(v), back.transform(corner[0] + (k + 0.5) * size, corner[1] - (r + 0.5) * size), None)
            for v, r, k in ((150.0, 5, 7), (80.0, 10, 20))
        )
        c.add(path.stem, path, layer="population", truth=truth, asks=("raster",), answers={"raster": "people"})


def _osm(c: Corpus) -> None:
    nodes = "".join(
        f'<node id="{i}" version="1" lat="{y}" lon="{x}"><tag k="amenity" v="school"/><tag k="name" v="{n}"/></node>'
        for i, (n, (x, y)) in enumerate(zip(NAMES, LONLAT, strict=True), 1)
    )
    road = '<node id="11" version="1" lat="39.08" lon="117.12"/><node id="12" version="1" lat="39.09" lon="117.13"/><way id="1" version="1"><nd ref="11"/><nd ref="12"/><tag k="highway" v="residential"/></way>'
    content = f'<?xml version="1.0" encoding="UTF-8"?><osm version="0.6" generator="x">{nodes}{road}</osm>'
    c.text("osm-xml", ".osm", content, seats=False)
    import osmium

    path = c.folder / "osm-pbf.osm.pbf"
    with osmium.SimpleWriter(str(path)) as out:
        for thing in osmium.FileProcessor(str(c.folder / "osm-xml.osm")):
            out.add(thing)
    c.add("osm-pbf", path, seats=False)


def corpus(folder: Path) -> list[Case]:
    """Write every legitimate file below ``folder`` and return the cases."""
    c = Corpus(folder)
    for part in (
        _shapefiles,
        _geojson,
        _esri,
        _kml,
        _gdal,
        _csv,
        _xlsx,
        _dxf,
        _dxf_autocad,
        _dxf_points,
        _raster,
        _osm,
    ):
        part(c)
    return c.cases


def verdict(case: Case) -> str:
    """Return ``right``, or what is wrong with how a case was read."""
    from layers.incoming import read

    answers: dict[str, Any] = {}
    asked: list[str] = []
    result = read(case.path, layer=case.layer, crs=case.crs, answers=answers)
    while result.questions and len(asked) < 10:
        for q in result.questions:
            asked.append(q.key)
            if q.key not in case.answers:
                return f"asked {q.key}, which needs no question"
            answers[q.key] = case.answers[q.key]
        answers |= {k: v for k, v in case.answers.items() if k == "control_points" and answers.get("crs") == k}
        result = read(case.path, layer=case.layer, crs=case.crs, answers=answers)
    silent = [k for k in case.asks if k not in asked]
    if silent and result.frame is not None:
        return f"read without asking {silent}"
    if result.frame is None:
        return "refused: " + "; ".join(f"{f.row} {f.text_en}" for f in result.findings if f.level == "error")[:300]
    return _compared(case, result.frame)


def _compared(case: Case, read_frame: gpd.GeoDataFrame) -> str:
    if len(read_frame) != len(case.truth):
        return f"{len(read_frame)} rows, not {len(case.truth)}"
    column = "people_2025" if case.layer == "population" else "name_zh"
    names = [str(float(v)) if case.layer == "population" else v for v in read_frame[column]]
    seats = read_frame["seats_primary"] if case.layer == "schools" else [None] * len(names)
    by_name = {n: (g, s) for n, g, s in zip(names, read_frame.geometry, seats, strict=True)}
    for name, place, seats_true in case.truth:
        if name not in by_name:
            return f"text: {name} is not among {list(by_name)[:3]}"
        shape, seats_read = by_name[name]
        off = _off(name, place, shape)
        if not off <= 1.0:
            return f"place: {name} is {off:.1f} m off"
        unknown = seats_true is None and seats_read != seats_read
        if case.layer == "schools" and case.seats and not (seats_read == seats_true or unknown):
            return f"seats: {name} {seats_read} not {seats_true}"
    return "right"


def _off(name: str, place: tuple[float, float], shape: Any) -> float:
    """Return how far a point, or the worst corner of a zone, is from its true place [m]."""
    geod = pyproj.Geod(ellps="WGS84")
    if shape.geom_type == "Point":
        return float(geod.inv(*place, shape.x, shape.y)[2])
    w, s, e, n = BOXES[ZONES.index(name)]
    corners = shapely.get_coordinates(shape)
    return max(
        min(float(geod.inv(x, y, *corner)[2]) for corner in corners) for x, y in ((w, s), (w, n), (e, n), (e, s))
    )
