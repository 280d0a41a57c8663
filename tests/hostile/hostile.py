"""Hostile files in ten classes, each with the verdict wanted.

``refuse``: no layer comes out and a reason is given; ``report``: a layer only with a warning or error that
says what is odd, or none; ``accept``: harmless, refusing it would be overstrict.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import pickle
import sqlite3
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from tests.hostile import legit

CLASSES = (
    "A-json",
    "B-structure",
    "C-geometry",
    "D-attributes",
    "E-gdal",
    "F-zip",
    "G-xml",
    "H-binary",
    "R-raster",
    "Z-size",
)
PLACE = [117.2, 39.1]
ZONE = [[117.2, 39.1], [117.2, 39.11], [117.21, 39.11], [117.21, 39.1], [117.2, 39.1]]


@dataclass
class Bad:
    """One file, the layer it is offered as, and what must become of it."""

    kind: str
    name: str
    path: Path
    layer: str
    want: str
    crs: str | None = None
    answers: dict[str, Any] = field(default_factory=dict)


class Corpus:
    """Writes hostile files below one folder, a folder a class."""

    def __init__(self, folder: Path, canary: str, secret: Path, outside: Path) -> None:
        self.folder, self.canary, self.secret, self.outside = folder, canary, secret, outside
        self.files: list[Bad] = []

    def add(
        self,
        kind: str,
        name: str,
        raw: bytes | str | None,
        *,
        layer: str = "schools",
        want: str = "refuse",
        crs: str | None = None,
        **answers: Any,
    ) -> Path:
        home = self.folder / kind
        home.mkdir(parents=True, exist_ok=True)
        path = home / name
        if raw is not None:
            path.write_bytes(raw if isinstance(raw, bytes) else raw.encode())
        self.files.append(Bad(kind, name, path, layer, want, crs, answers))
        return path


def feature(properties: Any = None, geometry: Any = None, **more: Any) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": {"name": "华苑小学", "小学学位": 900} if properties is None else properties,
        "geometry": geometry or {"type": "Point", "coordinates": PLACE},
        **more,
    }


def collection(*features: Any, **more: Any) -> str:
    return json.dumps(
        {"type": "FeatureCollection", "features": list(features or [feature()]), **more}, ensure_ascii=False
    )


def zone(coordinates: Any, name: str = "甲") -> dict[str, Any]:
    return feature({"name": name}, {"type": "Polygon", "coordinates": coordinates})


def _json(c: Corpus) -> None:
    good = collection()
    for cut in (1, 10, len(good) // 3, len(good) // 2, len(good) - 2, len(good) - 1):
        c.add("A-json", f"cut-{cut}.geojson", good.encode()[:cut])
    texts: dict[str, str | bytes] = {
        "twice-key": '{"type":"FeatureCollection","features":[],"features":[' + json.dumps(feature()) + "]}",
        "twice-property": collection().replace('"小学学位": 900', '"小学学位": 900, "小学学位": 100'),
        "nan": good.replace("117.2", "NaN"), "infinity": good.replace("117.2", "-Infinity"), "1e999": good.replace("117.2", "1e999"),
        "nan-seats": good.replace("900", "NaN"), "bigint": good.replace("900", "9" * 5000), "bigint-coord": good.replace("117.2", "9" * 30),
        "deep-array": "[" * 200_000 + "]" * 200_000, "deep-object": '{"a":' * 100_000 + "1" + "}" * 100_000,
        "deep-coords": good.replace("[117.2, 39.1]", "[" * 5000 + "117.2,39.1" + "]" * 5000),
        "deep-collection": '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{},"geometry":' + '{"type":"GeometryCollection","geometries":[' * 3000 + '{"type":"Point","coordinates":[117.2,39.1]}' + "]}" * 3000 + "}]}",
        "collection-7": '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{},"geometry":' + '{"type":"GeometryCollection","geometries":[' * 7 + '{"type":"Point","coordinates":[117.2,39.1]}' + "]}" * 7 + "}]}",
        "trailing": good + "x", "two-documents": good + good, "lines": json.dumps(feature()) + "\n" + json.dumps(feature()), "rs-lines": "\x1e" + json.dumps(feature()) + "\n",
        "comment": "/* x */" + good, "single-quotes": good.replace('"', "'"), "trailing-comma": good[:-2] + ",]}", "jsonp": f"callback({good})", "html": "<html><body>404</body></html>",
        "nul": good.encode() + b"\0\0", "nul-inside": good.replace("华苑", "\0"), "bad-utf8": good.encode()[:60] + b"\xff\xfe\xfd" + good.encode()[60:], "bad-both": b"\x81\x20\xff\xff" + good.encode(),
        "utf32": good.encode("utf-32"), "utf7": good.encode("utf-7").replace(b"{", b"+AHs-"), "lone-surrogate": good.replace("华苑小学", "\\ud800"),
        "array": "[1,2,3]", "number": "42", "string": '"FeatureCollection"', "null": "null", "empty": "", "blank": "  \n\t ", "true": "true",
        "no-type": json.dumps({"features": [feature()]}), "type-number": json.dumps({"type": 5, "features": [feature()]}), "type-list": json.dumps({"type": ["FeatureCollection"], "features": []}),
        "features-null": json.dumps({"type": "FeatureCollection", "features": None}), "features-object": json.dumps({"type": "FeatureCollection", "features": {"0": feature()}}),
        "features-text": json.dumps({"type": "FeatureCollection", "features": "abc"}), "features-empty": json.dumps({"type": "FeatureCollection", "features": []}), "features-missing": json.dumps({"type": "FeatureCollection"}),
        "feature-number": json.dumps({"type": "FeatureCollection", "features": [1]}), "feature-untyped": json.dumps({"type": "FeatureCollection", "features": [{"properties": {}, "geometry": None}]}),
        "properties-list": collection({**feature(), "properties": [1]}), "properties-text": collection({**feature(), "properties": "x"}),
        "geometry-missing": collection({"type": "Feature", "properties": {}}), "geometry-text": collection({**feature(), "geometry": "POINT(117 39)"}),
        "gdalg": json.dumps({"type": "gdal_streamed_alg", "command_line": f"gdal vector pipeline ! read {c.secret} ! write /vsimem/x", "relative_paths_relative_to_this_file": True}),
        "crs-link": collection(crs={"type": "link", "properties": {"href": c.canary + "/crs", "type": "proj4"}}), "crs-unknown": collection(crs={"type": "name", "properties": {"name": "EPSG:999999"}}),
        "crs-null": collection(crs=None), "crs-number": collection(crs=4326.5), "crs-proj-file": collection(crs={"type": "name", "properties": {"name": f"+init={c.secret}:1"}}),
    }  # fmt: skip
    accepted_or_asked = {"crs-number"}
    for name, text in texts.items():
        c.add("A-json", f"{name}.geojson", text, want="report" if name in accepted_or_asked else "refuse")
    c.add(
        "A-json", "proto.geojson", good.replace('"name"', '"__proto__": "x", "constructor": "y", "name"'), want="accept"
    )
    c.add("A-json", "escaped.geojson", json.dumps(json.loads(good)), want="accept")
    c.add("A-json", "many-members.geojson", collection(**{f"k{i}": i for i in range(500)}), want="accept")
    esri = {
        "geometryType": "esriGeometryPoint",
        "spatialReference": {"wkid": 4490},
        "features": [{"attributes": {"名称": "甲小学"}, "geometry": {"x": 117.2, "y": 39.1}}],
    }
    for name, change in {"esri-exceeded": {"exceededTransferLimit": True}, "esri-empty": {"features": []}, "esri-text": {"features": [{"attributes": {}, "geometry": {"x": "NaN", "y": "NaN"}}]},
                         "esri-badwkid": {"spatialReference": {"wkid": 123456789}}, "esri-bj54": {"spatialReference": {"wkid": 2436}}, "esri-attributes": {"features": [{"attributes": [1], "geometry": {"x": 117.2, "y": 39.1}}]},
                         "esri-curve": {"features": [{"attributes": {}, "geometry": {"curveRings": [[[117, 39]]]}}]}, "esri-nocrs": {"spatialReference": None}}.items():  # fmt: skip
        c.add("A-json", f"{name}.json", json.dumps(esri | change, ensure_ascii=False))
    topo = {
        "type": "Topology",
        "arcs": [[[117.2, 39.1], [117.21, 39.1], [117.2, 39.11], [117.2, 39.1]]],
        "objects": {"a": {"type": "Polygon", "arcs": [[0]], "properties": {"name": "甲"}}},
    }
    for name, change in {"topo-arc": {"objects": {"a": {"type": "Polygon", "arcs": [[7]]}}}, "topo-negative": {"objects": {"a": {"type": "Polygon", "arcs": [[-9]]}}}, "topo-text": {"arcs": [["x"]]},
                         "topo-float": {"objects": {"a": {"type": "Polygon", "arcs": [[0.5]]}}}, "topo-noobjects": {"objects": {}}, "topo-scale": {"transform": {"scale": [1e300, 1e300], "translate": [0, 0]}},
                         "topo-bomb": {"objects": {"a": {"type": "GeometryCollection", "geometries": [{"type": "Polygon", "arcs": [[0] * 200_000]}]}}}, "topo-transform": {"transform": 5}}.items():  # fmt: skip
        c.add("A-json", f"{name}.topojson", json.dumps(topo | change), layer="zones")


def _structure(c: Corpus) -> None:
    home = c.folder / "B-structure"
    home.mkdir(parents=True, exist_ok=True)
    whole = legit.shapefile(home, "whole", code=4490, encoding="gb18030", cpg=None, ldid=0)
    with zipfile.ZipFile(whole) as archive:
        parts = {Path(i.filename).suffix: archive.read(i) for i in archive.infolist()}
    whole.unlink()

    def pack(name: str, kept: dict[str, bytes], **rest: Any) -> None:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for e, raw in kept.items():
                archive.writestr(f"a{e}", raw)
        c.add("B-structure", f"{name}.zip", out.getvalue(), **rest)

    for gone in (".dbf", ".shx", ".shp"):
        pack(f"without{gone[1:]}", {e: r for e, r in parts.items() if e != gone})
    pack("only-dbf", {".dbf": parts[".dbf"]})
    pack("no-prj", {e: r for e, r in parts.items() if e != ".prj"})
    pack("bad-prj", parts | {".prj": b"not a projection"})
    pack("prj-engineering", parts | {".prj": b'LOCAL_CS["Tianjin city grid",UNIT["Meter",1.0]]'})
    fewer = legit.dbf(
        [["1", "x", 1, "y"]], [("编号", "N", 6), ("名称", "C", 60), ("学位数", "N", 8), ("类型", "C", 20)], "gbk", 0
    )
    pack("count-differs", parts | {".dbf": fewer})
    for name, raw in {"loose": parts[".shp"]}.items():
        c.add("B-structure", f"{name}.shp", raw)
    head = "学校名称,学位数,经度,纬度\n"
    tables = {
        "twice-header": "名称,学位数,学位数,经度,纬度\n甲,1,2,117.2,39.1\n", "ragged": head + "甲,900,117.2\n", "longer": head + "甲,900,117.2,39.1,5,6\n", "no-header": "甲,900,117.2,39.1\n乙,900,117.3,39.1\n",
        "no-coords": "学校名称,学位数\n甲,900\n", "one-coord": head + "甲,900,117.2,\n", "only-lon": "学校名称,经度\n甲,117.2\n", "header-only": head, "empty": "", "blank": "\n\n\n", "quote": head + '"甲,900,117.2,39.1\n',
        "nul": head + "甲\0,900,117.2,39.1\n", "coords-text": head + "甲,900,东经,北纬\n", "all-blank-coords": head + "甲,900,,\n", "binary": "".join(map(chr, range(1, 256))), "one-column": "学校名称\n甲\n乙\n",
        "coords-percent": head + "甲,900,117.2%,39.1\n", "dms-61": head + "甲,900,117°61′00″,39°06′00″\n", "coord-nan": head + "甲,900,NaN,39.1\n", "coord-inf": head + "甲,900,inf,39.1\n", "coord-swap-one": head + "甲,900,117.2,39.1\n乙,900,39.1,117.2\n",
    }  # fmt: skip
    for name, text in tables.items():
        c.add("B-structure", f"{name}.csv", text, crs="EPSG:4326")
    _books(c)
    for e in (
        ".dwg",
        ".rar",
        ".7z",
        ".tar",
        ".gml",
        ".vrt",
        ".xml",
        ".graphml",
        ".pkl",
        ".joblib",
        ".npy",
        ".xls",
        ".mdb",
        ".tab",
        ".pdf",
        ".exe",
        ".py",
        ".sh",
        ".html",
        ".svg",
        ".docx",
        ".gdb",
        ".sqlite",
        ".wfs",
        "",
    ):
        c.add("B-structure", f"unwanted{e}", b"x" * 200)
    for e in (
        ".geojson",
        ".json",
        ".kml",
        ".kmz",
        ".zip",
        ".gpkg",
        ".shp",
        ".dxf",
        ".fgb",
        ".parquet",
        ".csv",
        ".xlsx",
        ".tif",
        ".osm",
        ".pbf",
        ".topojson",
    ):
        c.add("B-structure", f"zero{e}", b"", layer="population" if e == ".tif" else "schools")
    c.add("B-structure", "not-there.geojson", None)
    link = c.add("B-structure", "link.geojson", None)
    link.symlink_to(c.secret)
    fifo = c.add("B-structure", "fifo.geojson", None)
    os.mkfifo(fifo)
    c.add("B-structure", "folder.geojson", None).mkdir()
    c.add("B-structure", "device.csv", None).symlink_to("/dev/zero")


def _books(c: Corpus) -> None:
    import openpyxl

    def book(name: str, fill: Callable[[Any], None], **rest: Any) -> None:
        wb = openpyxl.Workbook()
        fill(wb)
        out = io.BytesIO()
        wb.save(out)
        c.add("B-structure", f"{name}.xlsx", out.getvalue(), crs="EPSG:4326", **rest)

    head = ["学校名称", "学位数", "经度", "纬度"]

    def rows(*body: list[Any]) -> Callable[[Any], None]:
        return lambda wb: [wb.active.append(r) for r in (head, *body)] and None

    book("formula", rows(["甲小学", "=1+1", 117.2, 39.1]))
    book("formula-coord", rows(["甲小学", 900, "=117+0.2", 39.1]))
    book("webservice", rows(["甲小学", f'=WEBSERVICE("{c.canary}")', 117.2, 39.1]))
    book("error-cell", rows(["甲小学", "#REF!", 117.2, 39.1]))
    book("na-cell", rows(["甲小学", "#N/A", 117.2, 39.1]))
    book("empty-book", lambda wb: None)
    book("header-only-book", rows())
    book("chart-words", lambda wb: wb.active.append(["这不是表格"]))
    book("bool-seats", rows(["甲小学", True, 117.2, 39.1]))

    def merged(wb: Any) -> None:
        for r in (head, ["甲小学", 900, 117.2, 39.1], ["乙小学", None, 117.3, 39.1]):
            wb.active.append(r)
        wb.active.merge_cells("B2:B3")

    book("merged-number", merged)

    def sheets(wb: Any) -> None:
        rows(["甲小学", 900, 117.2, 39.1])(wb)
        other = wb.create_sheet("另一")
        other.append(head)
        other.append(["乙小学", 100, 117.3, 39.1])

    book("two-sheets", sheets)


def _geometry(c: Corpus) -> None:
    def put(name: str, *features: Any, want: str = "refuse", layer: str = "zones", **more: Any) -> None:
        c.add("C-geometry", f"{name}.geojson", collection(*features, **more), layer=layer, want=want)

    w, s, e, n = 117.2, 39.1, 117.21, 39.11
    bow = [[[w, s], [e, n], [e, s], [w, n], [w, s]]]
    put("bowtie", zone(bow), want="report")
    put("bowtie-one-of-two", zone([ZONE]), zone(bow, "乙"), want="report")
    put("unclosed", zone([[[w, s], [w, n], [e, n], [e, s]]]))
    put("three-points", zone([[[w, s], [w, n], [w, s]]]))
    put("collapsed", zone([[[w, s], [w, n], [w, s], [w, s]]]))
    put("flat", zone([[[w, s], [e, s], [117.205, s], [w, s]]]))
    put("all-same", zone([[[w, s]] * 5]))
    put("no-ring", zone([[]]))
    put("empty-ring", zone([ZONE, []]))
    put("empty-polygon", zone([]))
    put("null", {**zone([ZONE]), "geometry": None})
    put("null-one", zone([ZONE]), {**zone([ZONE], "乙"), "geometry": None})
    put("hole-outside", zone([ZONE, [[117.3, 39.3], [117.31, 39.3], [117.31, 39.31], [117.3, 39.3]]]), want="report")
    put("hole-equal", zone([ZONE, ZONE[::-1]]), want="report")
    put(
        "hole-crossing",
        zone([ZONE, [[117.205, 39.105], [117.3, 39.105], [117.3, 39.108], [117.205, 39.105]]]),
        want="report",
    )
    put("spike", zone([[[w, s], [w, n], [e, n], [117.3, n], [e, n], [e, s], [w, s]]]), want="report")
    put("figure-eight", zone([[[w, s], [e, n], [e, 39.12], [w, 39.12], [e, s], [w, s]]]), want="report")
    put(
        "multi-overlap",
        feature({"name": "甲"}, {"type": "MultiPolygon", "coordinates": [[ZONE], [ZONE]]}),
        want="report",
    )
    put("overlap", zone([ZONE]), zone([[[x + 0.004, y] for x, y in ZONE]], "乙"), want="report")
    put("duplicate", zone([ZONE]), zone([ZONE], "乙"), want="report")
    put("same-name", zone([ZONE]), zone([[[x + 0.02, y] for x, y in ZONE]]), want="report")
    ring = [[w + dx * 0.01, s + dy * 0.01] for dx, dy in ((0, 0), (3, 0), (3, 3), (0, 3))]

    def box(x0: float, y0: float, x1: float, y1: float) -> list[list[float]]:
        return [[x0, y0], [x0, y1], [x1, y1], [x1, y0], [x0, y0]]

    put(
        "gap-enclosed",
        zone([box(w, s, w + 0.03, s + 0.01)]),
        zone([box(w, s + 0.012, w + 0.03, s + 0.03)], "乙"),
        zone([box(w, s + 0.01, w + 0.01, s + 0.012)], "丙"),
        zone([box(w + 0.012, s + 0.01, w + 0.03, s + 0.012)], "丁"),
        want="report",
    )
    put("gap-strip", zone([box(w, s, e, n)]), zone([box(e + 0.00005, s, e + 0.01, n)], "乙"), want="report")
    del ring
    put("tiny", zone([[[w, s], [w, s + 1e-9], [w + 1e-9, s], [w, s]]]))
    put("star", zone([_star(3000)]), want="report")
    put("too-many", zone([_circle(100_002)]))
    put("line-as-zone", feature({"name": "甲"}, {"type": "LineString", "coordinates": [[w, s], [e, n]]}))
    put("point-as-zone", feature())
    put("zone-as-school", zone([ZONE]), layer="schools")
    put("mixed", zone([ZONE]), feature(), layer="zones")
    put(
        "collection",
        feature(
            {"name": "甲"},
            {
                "type": "GeometryCollection",
                "geometries": [{"type": "Point", "coordinates": PLACE}, {"type": "Polygon", "coordinates": [ZONE]}],
            },
        ),
    )
    put(
        "zero-line",
        feature({"name": "甲", "kind": "metro"}, {"type": "LineString", "coordinates": [[w, s], [w, s]]}),
        layer="links",
    )
    put("one-point-line", feature({"name": "甲"}, {"type": "LineString", "coordinates": [[w, s]]}), layer="links")
    for name, xy in {"origin": [0, 0], "swapped": [39.1, 117.2], "metres": [534611.2, 4326000.5], "zone39": [39534611.2, 4326000.5], "europe": [2.35, 48.85], "usa": [-117.2, 39.1], "south": [117.2, -39.1], "range": [181, 39], "range-lat": [117, 91], "far": [1e8, 1e8],
                     "huge": [1e300, 1e300], "beijing": [116.4, 39.9], "shanghai": [121.47, 31.23], "radians": [2.0455, 0.6824], "minutes": [7032.0, 2346.0], "e6": [117200000, 39100000], "mercator": [13046565.3, 4736517.2]}.items():  # fmt: skip
        put(f"at-{name}", feature(None, {"type": "Point", "coordinates": xy}), layer="schools")
        put(
            f"among-{name}",
            feature(),
            feature({"name": "乙小学"}, {"type": "Point", "coordinates": xy}),
            feature({"name": "丙小学"}, {"type": "Point", "coordinates": [117.3, 39.2]}),
            layer="schools",
        )
    for name, coordinates in {
        "text": ["117.2", "39.1"],
        "bool": [True, False],
        "null": [None, 39.1],
        "one": [117.2],
        "four": [117.2, 39.1, 1, 2],
        "five": [117.2, 39.1, 1, 2, 3],
        "object": {"lon": 117.2, "lat": 39.1},
        "nested": [[117.2, 39.1]],
        "string": "117.2,39.1",
        "missing": None,
    }.items():
        put(f"coords-{name}", feature(None, {"type": "Point", "coordinates": coordinates}), layer="schools")
    put("unknown-type", feature(None, {"type": "Circle", "coordinates": PLACE, "radius": 5}), layer="schools")
    put("curve", feature(None, {"type": "CircularString", "coordinates": [PLACE, PLACE, PLACE]}), layer="links")
    put("no-geometry-type", feature(None, {"coordinates": PLACE}), layer="schools")
    put("multipoint", feature(None, {"type": "MultiPoint", "coordinates": [PLACE, [117.3, 39.2]]}), layer="schools")
    put("same-place", feature({"name": "甲小学"}), feature({"name": "乙小学"}), layer="schools", want="report")
    for code in (2436, 2433, 21420, 4214, 4610, 2379, 2383, 2415, 4555, 3414, 4267, 27700, 2180):
        put(
            f"crs-{code}",
            feature(
                None,
                {
                    "type": "Point",
                    "coordinates": [534611.2, 4326000.5] if code not in (4214, 4610, 4267, 4555) else PLACE,
                },
            ),
            layer="schools",
            crs={"type": "name", "properties": {"name": f"EPSG:{code}"}},
        )
    put(
        "crs-wrongzone",
        feature(None, {"type": "Point", "coordinates": [534611.2, 4326000.5]}),
        layer="schools",
        crs={"type": "name", "properties": {"name": "EPSG:4527"}},
    )
    put(
        "crs-utm51",
        feature(None, {"type": "Point", "coordinates": [534611.2, 4326000.5]}),
        layer="schools",
        crs={"type": "name", "properties": {"name": "EPSG:32651"}},
    )
    put("height", feature(None, {"type": "Point", "coordinates": [*PLACE, 12.5]}), layer="schools", want="accept")
    put("clockwise", zone([ZONE]), want="accept")
    put("closed-twice", zone([[*ZONE, ZONE[0]]]), want="accept")
    put(
        "with-hole",
        zone([ZONE, [[117.203, 39.103], [117.206, 39.103], [117.206, 39.106], [117.203, 39.103]]]),
        want="accept",
    )


def _star(n: int) -> list[list[float]]:
    angle = np.arange(n) * (2 * np.pi * (n // 2 - 1) / n)
    points = np.column_stack([117.2 + 0.01 * np.cos(angle), 39.1 + 0.01 * np.sin(angle)]).tolist()
    return [*points, points[0]]


def _circle(n: int) -> list[list[float]]:
    angle = np.linspace(0, 2 * np.pi, n)[:-1]
    points = np.column_stack([117.2 + 0.01 * np.cos(angle), 39.1 + 0.01 * np.sin(angle)]).tolist()
    return [*points, points[0]]


def _attributes(c: Corpus) -> None:
    bad = (
        "约1200",
        "一千二",
        "-5",
        "1200.5",
        "NaN",
        "TRUE",
        "20001",
        "1e9",
        "1200所",
        "12,34",
        "0x10",
        "1e3",
        "inf",
        "#N/A",
        "1200/900",
        "１２００．５",
        "−5",
        "1200±50",
        "一二〇〇",
        "nan",
        "None",
        "null",
        "1,2000",
        "1200 900",
        "½",
    )
    for i, value in enumerate(bad):
        quoted = f'"{value}"'
        c.add(
            "D-attributes",
            f"seats-{i}.csv",
            f"学校名称,小学学位,经度,纬度\n乙小学,900,117.25,39.1\n甲小学,{quoted},117.2,39.1\n",
            crs="EPSG:4326",
        )
    for i, value in enumerate(("约1200", -5, 1200.5, True, "NaN", 20001, [1200], {"n": 1200}, "１２００班次")):
        c.add("D-attributes", f"seats-{i}.geojson", collection(feature({"name": "甲小学", "小学学位": value})))
    for i, value in enumerate(("1200人", "１２００个", "0.12万")):
        text = f"学校名称,小学学位,经度,纬度\n甲小学,{value},117.2,39.1\n"
        c.add("D-attributes", f"seats-unit-{i}.csv", text, crs="EPSG:4326", want="accept")
    for i, value in enumerate(("—", "无", "暂无", "N/A")):
        c.add(
            "D-attributes",
            f"unknown-{i}.csv",
            f"学校名称,小学学位,经度,纬度\n甲小学,{value},117.2,39.1\n",
            crs="EPSG:4326",
            want="report",
        )

    def put(
        name: str,
        properties: dict[str, Any],
        want: str = "refuse",
        layer: str = "schools",
        second: dict[str, Any] | None = None,
    ) -> None:
        features = [feature(properties)] + (
            [feature(second, {"type": "Point", "coordinates": [117.3, 39.2]})] if second else []
        )
        c.add("D-attributes", f"{name}.geojson", collection(*features), layer=layer, want=want)

    put("ids-twice", {"编号": "S1", "name": "甲小学"}, second={"编号": "S1", "name": "乙小学"})
    put("id-blank", {"编号": "", "name": "甲小学"}, second={"编号": "S1", "name": "乙小学"})
    put("name-blank", {"name": ""}, second={"name": "乙小学"})
    put("name-null", {"name": None}, second={"name": "乙小学"})
    put("name-spaces", {"name": "　 "}, second={"name": "乙小学"})
    put("name-bool", {"name": True}, second={"name": "乙小学"})
    put("name-long", {"name": "甲" * 5000})
    put("text-long", {"name": "甲小学", "地址": "甲" * 50_000})
    put("status-word", {"name": "甲小学", "状态": "不知道"})
    put("year-3000", {"name": "甲小学", "开办年份": 3000})
    put("year-text", {"name": "甲小学", "开办年份": "民国"})
    put("year-half", {"name": "甲小学", "开办年份": 2015.5})
    put("basis-word", {"name": "甲小学", "依据": "随便"})
    put("accuracy", {"name": "甲小学", "accuracy_m": -3})
    put("beds", {"name": "甲医院", "床位": "五百"}, layer="clinics")
    put("beds-negative", {"name": "甲医院", "床位": -1}, layer="clinics")
    put("kind", {"name": "甲机构", "类型": "美容院"}, layer="clinics")
    put("kind-named", {"name": "甲医院", "类型": "公立"}, "report", layer="clinics")
    put("kind-untold", {"name": "甲"}, layer="clinics")
    put("stage-untold", {"name": "甲学校", "学位数": 900})
    for name, text in {
        "script": "<script>alert(1)</script>",
        "img": '<img src=x onerror="alert(1)">',
        "jinja": "{{cycler.__init__.__globals__.os.system('id')}}",
        "jinja-block": "{% raw %}",
        "dollar": "${7*7}",
        "sql": "甲'); DROP TABLE schools;--",
        "percent": "%s%n%x",
        "path": "../../etc/passwd",
        "emoji": "甲小学🏫",
        "rare": "㐂𠮷小学",
        "quote": "甲\"乙'丙",
        "newline": "甲\n小学",
        "ampersand": "甲&乙<丙>",
    }.items():
        put(f"markup-{name}", {"name": text}, want="accept")
        put(f"markup-column-{name}", {"name": "甲小学", text: "x"}, want="accept")
    for name, text in {
        "bidi": "甲\u202e小学",
        "control": "甲\x07小学",
        "zero-width": "甲\u200b小学",
        "formula": '=HYPERLINK("http://127.0.0.1")',
        "at": "@SUM(1)",
        "replacement": "甲\ufffd小学",
        "mojibake": "华苑小学".encode().decode("gb18030", "replace"),
    }.items():
        put(f"odd-{name}", {"name": text}, want="report")
    put("column-geometry", {"name": "甲小学", "geometry": "x", "source_id": "abc"}, want="accept")
    put("columns-600", {"name": "甲小学", **{f"c{i}": i for i in range(600)}})
    put("nested", {"name": "甲小学", "tags": {"a": [1, 2]}}, want="report")
    put("level", {"name": "甲"}, layer="stops", want="accept")
    c.add(
        "D-attributes",
        "zone-level.geojson",
        collection(feature({"name": "甲", "级别": "省"}, {"type": "Polygon", "coordinates": [ZONE]})),
        layer="zones",
    )
    c.add(
        "D-attributes",
        "zone-orphan.geojson",
        collection(
            feature({"name": "甲", "级别": "单元", "上级片区": "nowhere"}, {"type": "Polygon", "coordinates": [ZONE]})
        ),
        layer="zones",
    )
    c.add(
        "D-attributes",
        "street-length.geojson",
        collection(
            feature({"name": "甲", "长度": -5}, {"type": "LineString", "coordinates": [[117.2, 39.1], [117.21, 39.1]]})
        ),
        layer="streets",
    )
    c.add(
        "D-attributes",
        "street-unit.geojson",
        collection(feature({"长度": 0.86}, {"type": "LineString", "coordinates": [[117.2, 39.1], [117.21, 39.1]]})),
        layer="streets",
        want="report",
    )
    for i, value in enumerate(("-5", "约500", "TRUE", "1e9", "NaN")):
        c.add(
            "D-attributes",
            f"people-{i}.csv",
            f"people_2020,经度,纬度\n{value},117.2,39.1\n",
            layer="population",
            crs="EPSG:4326",
        )
    c.add("D-attributes", "people-noyear.csv", "人口,经度,纬度\n50,117.2,39.1\n", layer="population", crs="EPSG:4326")
    for name, area in (("number", 959_000.5), ("text", "约96公顷"), ("mu", 1438.5)):
        text = collection(feature({"name": "甲", "面积": area}, {"type": "Polygon", "coordinates": [ZONE]}))
        c.add("D-attributes", f"zone-area-{name}.geojson", text, layer="zones", want="report")
    map_words = "名称,经度,纬度,坐标系\n甲小学,117.2,39.1,GCJ-02\n"
    c.add("D-attributes", "says-gcj.csv", map_words, want="report")
    c.add("D-attributes", "says-gcj-told.csv", map_words, crs="EPSG:4326")
    c.add("D-attributes", "says-baidu.csv", "名称,百度经度,百度纬度\n甲小学,117.2,39.1\n", crs="EPSG:4326")
    c.add(
        "D-attributes",
        "project-state.geojson",
        collection(feature({"项目名称": "甲", "阶段": "完蛋"})),
        layer="projects",
    )


def _gdal(c: Corpus) -> None:
    tricks = {
        "ogrvrt": f'<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>{c.secret}</SrcDataSource><GeometryType>wkbNone</GeometryType></OGRVRTLayer></OGRVRTDataSource>',
        "ogrvrt-csv": f'<OGRVRTDataSource><OGRVRTLayer name="secret"><SrcDataSource>CSV:{c.secret}</SrcDataSource><GeometryField encoding="PointFromColumns" x="a" y="b"/></OGRVRTLayer></OGRVRTDataSource>',
        "ogrvrt-http": f'<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>/vsicurl/{c.canary}/a.geojson</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>',
        "vrt-raw": f'<VRTDataset rasterXSize="10" rasterYSize="10"><VRTRasterBand dataType="Byte" band="1" subClass="VRTRawRasterBand"><SourceFilename relativetoVRT="0">{c.secret}</SourceFilename></VRTRasterBand></VRTDataset>',
        "vrt-http": f'<VRTDataset rasterXSize="10" rasterYSize="10"><VRTRasterBand dataType="Byte" band="1"><SimpleSource><SourceFilename>/vsicurl/{c.canary}/a.tif</SourceFilename></SimpleSource></VRTRasterBand></VRTDataset>',
        "wfs": f'<OGRWFSDataSource><URL>{c.canary}/wfs</URL></OGRWFSDataSource>', "wms": f'<GDAL_WMS><Service name="TMS"><ServerUrl>{c.canary}/${{z}}</ServerUrl></Service></GDAL_WMS>',
        "gdalg": json.dumps({"type": "gdal_streamed_alg", "command_line": f"gdal vector pipeline ! read {c.secret} ! write x"}), "stacta": json.dumps({"stac_version": "1.0.0", "type": "Feature", "asset_templates": {"a": {"href": c.canary}}}),
        "gti": f'<GDALTileIndexDataset><IndexDataset>{c.canary}/x.gpkg</IndexDataset></GDALTileIndexDataset>', "geojsonseq": "\x1e{}",
        "gml": f'<gml:FeatureCollection xmlns:gml="http://www.opengis.net/gml" xsi:schemaLocation="x {c.canary}/x.xsd"><gml:featureMember/></gml:FeatureCollection>',
        "path": str(c.secret), "vsi": f"/vsicurl/{c.canary}/x.geojson", "pg": "PG:host=127.0.0.1 dbname=x", "esri-service": json.dumps({"serviceDescription": "x", "url": c.canary}),
    }  # fmt: skip
    for name, text in tricks.items():
        for e in (".geojson", ".kml", ".csv", ".shp", ".gpkg", ".dxf", ".tif", ".zip", ".osm", ".parquet"):
            c.add("E-gdal", f"{name}{e}", text, layer="population" if e == ".tif" else "schools")
    for name in ("/vsicurl", "&lt", "PG:", "a?b", "WFS:x", "x,y"):
        c.add("E-gdal", f"named {name.replace('/', '_')}.geojson", collection(), want="accept")
    kml = f'<kml xmlns="http://www.opengis.net/kml/2.2"><Document><NetworkLink><Link><href>{c.canary}/x.kml</href></Link></NetworkLink></Document></kml>'
    c.add("E-gdal", "networklink.kml", kml)
    mark = "<Placemark><name>甲小学</name><Point><coordinates>117.2,39.1</coordinates></Point></Placemark>"
    c.add("E-gdal", "networklink-and-mark.kml", kml.replace("</Document>", mark + "</Document>"), want="report")
    c.add(
        "E-gdal",
        "overlay.kml",
        kml.replace("NetworkLink", "GroundOverlay").replace("</Document>", mark + "</Document>"),
        want="report",
    )
    c.add(
        "E-gdal",
        "icon.kml",
        f'<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Style id="a"><IconStyle><Icon><href>{c.canary}/i.png</href></Icon></IconStyle></Style>{mark}</Document></kml>',
        want="accept",
    )
    c.add(
        "E-gdal",
        "schema.kml",
        f'<kml xmlns="http://www.opengis.net/kml/2.2" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="x {c.canary}/x.xsd"><Document>{mark}</Document></kml>',
        want="accept",
    )
    head = "学校名称,经度,纬度\n甲小学,117.2,39.1\n"
    path = c.add("E-gdal", "sidecar.csv", head, want="accept", crs="EPSG:4326")
    path.with_suffix(".csvt").write_text("String,Real,Real")
    path.with_suffix(".vrt").write_text(tricks["ogrvrt"])
    home = c.folder / "E-gdal"
    shp = legit.shapefile(home, "linked", code=4490, encoding="utf-8", cpg=None, ldid=0, zipped=False)
    shp.with_suffix(".dbf").unlink()
    shp.with_suffix(".dbf").symlink_to(c.secret)
    c.files.append(Bad("E-gdal", "linked.shp", shp, "schools", "refuse"))
    shp = legit.shapefile(home, "prjpath", code=4490, encoding="utf-8", cpg=None, ldid=0, zipped=False)
    shp.with_suffix(".prj").write_text(str(c.secret))
    c.files.append(Bad("E-gdal", "prjpath.shp", shp, "schools", "refuse"))
    shp = legit.shapefile(home, "prjurl", code=4490, encoding="utf-8", cpg=None, ldid=0, zipped=False)
    shp.with_suffix(".prj").write_text(c.canary + "/x.prj")
    c.files.append(Bad("E-gdal", "prjurl.shp", shp, "schools", "refuse"))
    for name, crs in {
        "file": f"file://{c.secret}",
        "http": c.canary + "/crs",
        "init": f"+init={c.secret}:x",
        "grid": f"+proj=longlat +nadgrids={c.secret} +type=crs",
        "proj-http": f"+proj=longlat +nadgrids=@{c.canary}/g.tif +type=crs",
    }.items():
        c.add(
            "E-gdal",
            f"crs-{name}.geojson",
            collection(crs={"type": "name", "properties": {"name": crs}}),
            want="refuse",
        )
        c.add("E-gdal", f"told-{name}.csv", head, crs=crs, want="refuse")


def _zip(c: Corpus) -> None:
    geojson = collection()

    def pack(
        name: str,
        members: list[tuple[Any, bytes | str]],
        want: str = "refuse",
        method: int = zipfile.ZIP_DEFLATED,
        change: Callable[[bytes], bytes] | None = None,
        e: str = ".zip",
        **rest: Any,
    ) -> None:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", method) as archive:
            for member, raw in members:
                archive.writestr(member, raw)
        c.add("F-zip", name + e, change(out.getvalue()) if change else out.getvalue(), want=want, **rest)

    pack("plain", [("a.geojson", geojson)], want="accept")
    pack("mac", [("a.geojson", geojson), ("__MACOSX/._a.geojson", "x")], want="accept")
    pack("readme", [("说明.txt", "x"), ("a.geojson", geojson)], want="accept")
    for i, name in enumerate(
        (
            "../a.geojson",
            "/tmp/a.geojson",
            "a/../../b.geojson",
            "C:\\a.geojson",
            "..\\..\\a.geojson",
            "/etc/cron.d/x.geojson",
            "a/./../../x.geojson",
            "//server/share/a.geojson",
            str(c.outside) + ".geojson",
        )
    ):
        pack(f"slip-{i}", [(name, geojson), ("b.csv", "x")])
    link = zipfile.ZipInfo("a.geojson")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    pack("link", [(link, str(c.secret))])
    pack("link-and-file", [(link, str(c.secret)), ("b.geojson", geojson)])
    device = zipfile.ZipInfo("a.geojson")
    device.create_system, device.external_attr = 3, 0o020666 << 16
    pack("device", [(device, b"")])
    zeros = b"\0" * (60 * 1024 * 1024)
    pack("bomb-60mb", [("a.geojson", zeros)])
    pack("bomb-many", [(f"{i}.geojson", b" " * (6 * 1024 * 1024)) for i in range(55)])
    pack("bomb-kmz", [("doc.kml", zeros)], e=".kmz")
    pack("bomb-xlsx", [("[Content_Types].xml", "<a/>"), ("xl/worksheets/sheet1.xml", zeros)], e=".xlsx")
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.geojson", geojson)
    pack("nested", [("inner.zip", inner.getvalue())])
    pack("nested-rar", [("inner.rar", b"Rar!\x1a\x07")])
    pack("nested-gml", [("a.gml", "<gml/>")])
    pack("nested-dwg", [("a.dwg", b"AC1032")])
    pack("nested-vrt", [("a.vrt", "<OGRVRTDataSource/>")])
    pack("exe", [("setup.exe", b"MZ")])
    pack("empty", [])
    pack("folder-only", [("a/", b"")])
    pack("many", [(f"f{i}.txt", "x") for i in range(2500)])
    pack("two-sets", [("a.geojson", geojson), ("b.geojson", geojson)])
    pack("same-name", [("a.geojson", geojson), ("A.geojson", collection(feature({"name": "别的小学"})))])
    pack("lzma", [("a.geojson", geojson)], method=zipfile.ZIP_LZMA)
    pack("bzip2", [("a.geojson", geojson)], method=zipfile.ZIP_BZIP2)
    pack("cut", [("a.geojson", geojson)], change=lambda r: r[: len(r) // 2])
    pack("cut-end", [("a.geojson", geojson)], change=lambda r: r[:-5])
    pack(
        "crc",
        [("a.geojson", geojson)],
        method=zipfile.ZIP_STORED,
        change=lambda r: r.replace("华苑".encode(), "华宛".encode(), 1),
    )
    pack("size-lie", [("a.geojson", geojson)], method=zipfile.ZIP_STORED, change=lambda r: _central(r, 24, 5))
    pack("size-huge", [("a.geojson", geojson)], change=lambda r: _central(r, 24, 0xFFFFFFF0))
    pack("method-99", [("a.geojson", geojson)], change=lambda r: _central(r, 10, 99, "<H"))
    pack("encrypted", [("a.geojson", geojson)], change=lambda r: _central(_local(r, 6, 1, "<H"), 8, 1, "<H"))
    pack("offset", [("a.geojson", geojson)], change=lambda r: _central(r, 42, 9_999_999))
    pack("name-differs", [("a.geojson", geojson)], change=lambda r: r.replace(b"a.geojson", b"b.geojson", 1))
    pack("deflate-damage", [("a.geojson", geojson * 20)], change=lambda r: r[:60] + b"\xff" * 20 + r[80:])
    c.add("F-zip", "overlap.zip", _overlapping(geojson.encode()))
    c.add("F-zip", "garbage.zip", b"PK\x03\x04" + os.urandom(500))
    c.add("F-zip", "only-head.zip", b"PK\x03\x04")
    c.add("F-zip", "only-end.zip", b"PK\x05\x06" + bytes(18))
    c.add("F-zip", "gzip.zip", gzip.compress(geojson.encode()))
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as archive:
        member = tarfile.TarInfo("../../escape.geojson")
        member.size = 2
        archive.addfile(member, io.BytesIO(b"{}"))
    for e in (".zip", ".geojson", ".kmz", ".csv"):
        c.add("F-zip", f"tar{e}", tar.getvalue())
    pack("kmz-empty", [("files/a.png", b"x")], e=".kmz")
    pack("kmz-slip", [("../doc.kml", "<kml/>")], e=".kmz")
    pack("xlsx-empty", [("a.txt", "x")], e=".xlsx")
    pack(
        "xlsx-macro",
        [("[Content_Types].xml", "<Types/>"), ("xl/vbaProject.bin", "x"), ("xl/workbook.xml", "<workbook/>")],
        e=".xlsx",
    )
    pack("docx", [("[Content_Types].xml", "<Types/>"), ("word/document.xml", "<document/>")], e=".xlsx")
    pack("gdb-no-system", [("a.gdb/a00000009.gdbtable", bytes(100)), ("a.gdb/a00000009.gdbtablx", bytes(100))])
    pack("gdb-junk", [(f"a.gdb/a0000000{i}.{e}", os.urandom(300)) for i in (1, 9) for e in ("gdbtable", "gdbtablx")])
    pack("magic-inside", [("a.gpkg", "<OGRVRTDataSource/>")])
    pack(
        "vrt-inside-geojson",
        [
            (
                "a.geojson",
                f"<OGRVRTDataSource><OGRVRTLayer name='a'><SrcDataSource>{c.secret}</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>",
            )
        ],
    )
    prefixed = io.BytesIO()
    with zipfile.ZipFile(prefixed, "w") as archive:
        archive.writestr("a.geojson", geojson)
    c.add("F-zip", "exe-before.zip", b"MZ" + bytes(500) + prefixed.getvalue())


def _central(raw: bytes, at: int, value: int, form: str = "<I") -> bytes:
    start = raw.index(b"PK\x01\x02")
    return raw[: start + at] + struct.pack(form, value) + raw[start + at + struct.calcsize(form) :]


def _local(raw: bytes, at: int, value: int, form: str) -> bytes:
    return raw[:at] + struct.pack(form, value) + raw[at + struct.calcsize(form) :]


def _overlapping(raw: bytes) -> bytes:
    """Return an archive whose many central records point at one local member."""
    crc, packed = zlib.crc32(raw), raw
    local = (
        struct.pack("<IHHHHHIIIHH", 0x04034B50, 20, 0, 0, 0, 33, crc, len(packed), len(raw), 9, 0)
        + b"0.geojson"
        + packed
    )
    central = b"".join(
        struct.pack(
            "<IHHHHHHIIIHHHHHII", 0x02014B50, 20, 20, 0, 0, 0, 33, crc, len(packed), len(raw), 9, 0, 0, 0, 0, 0, 0
        )
        + f"{i}.geojson".encode()
        for i in range(9)
    )
    return local + central + struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 9, 9, len(central), len(local), 0)


def _xml(c: Corpus) -> None:
    mark = "<Placemark><name>甲小学{x}</name><Point><coordinates>117.2,39.1</coordinates></Point></Placemark>"
    doc = '<kml xmlns="http://www.opengis.net/kml/2.2"><Document>' + mark + "</Document></kml>"
    osm = '<osm version="0.6"><node id="1" lat="39.1" lon="117.2"><tag k="amenity" v="school"/><tag k="name" v="甲小学{x}"/></node><node id="2" lat="39.11" lon="117.2"/><way id="1"><nd ref="1"/><nd ref="2"/><tag k="highway" v="residential"/></way></osm>'
    lol = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10 if i else "lol"}">' for i in range(10))
    heads = {
        "xxe-file": (f'<!DOCTYPE k [<!ENTITY x SYSTEM "file://{c.secret}">]>', "&x;"), "xxe-http": (f'<!DOCTYPE k [<!ENTITY x SYSTEM "{c.canary}/x">]>', "&x;"), "external-dtd": (f'<!DOCTYPE k SYSTEM "{c.canary}/x.dtd">', ""),
        "parameter": (f'<!DOCTYPE k [<!ENTITY % p SYSTEM "{c.canary}/p"> %p;]>', ""), "laughs": (f"<!DOCTYPE k [{lol}]>", "&l9;"), "quadratic": (f'<!DOCTYPE k [<!ENTITY q "{"q" * 50_000}">]>', "&q;" * 500),
        "internal": ('<!DOCTYPE k [<!ENTITY x "y">]>', "&x;"), "empty-doctype": ("<!DOCTYPE k>", ""), "public": (f'<!DOCTYPE k PUBLIC "-//x" "{c.canary}/x.dtd">', ""), "lower": ("<!doctype k>", ""), "stylesheet": (f'<?xml-stylesheet href="{c.canary}/x.xsl" type="text/xsl"?>', ""),
        "undefined": ("", "&nope;"), "attlist": ('<!DOCTYPE k [<!ATTLIST kml x CDATA "y">]>', ""), "spaced": ('<!DOCTYPE\n k [<!ENTITY x "y">]>', "&x;"), "base": (f'<!DOCTYPE k [<!ENTITY x SYSTEM "php://filter/{c.secret}">]>', "&x;"),
    }  # fmt: skip
    for name, (head, use) in heads.items():
        for e, body in ((".kml", doc), (".osm", osm)):
            text = '<?xml version="1.0" encoding="UTF-8"?>' + head + body.replace("{x}", use)
            c.add("G-xml", f"{name}{e}", text)
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("doc.kml", '<?xml version="1.0"?>' + head + doc.replace("{x}", use))
        c.add("G-xml", f"{name}.kmz", out.getvalue())
    for code in ("utf-16", "utf-16-be", "utf-32"):
        text = f'<!DOCTYPE k [<!ENTITY x SYSTEM "file://{c.secret}">]>' + doc.replace("{x}", "&x;")
        c.add("G-xml", f"hidden-{code}.kml", text.encode(code))
    plain, plain_osm = doc.replace("{x}", ""), osm.replace("{x}", "")
    for name, text in {
        "cut": plain[:80], "cut-late": plain[:-8], "unclosed": plain.replace("</Document>", ""), "twice": plain + plain, "not-kml": "<a><b/></a>", "svg": '<svg xmlns="http://www.w3.org/2000/svg"/>', "deep": "<a>" * 50_000 + "</a>" * 50_000, "deep-folder": "<kml>" + "<Folder>" * 500 + "</Folder>" * 500 + "</kml>",
        "no-marks": '<kml xmlns="http://www.opengis.net/kml/2.2"><Document/></kml>', "coords-text": plain.replace("117.2,39.1", "abc,def"), "coords-one": plain.replace("117.2,39.1", "117.2"), "coords-none": plain.replace("<coordinates>117.2,39.1</coordinates>", ""), "coords-nan": plain.replace("117.2", "nan"),
        "coords-inf": plain.replace("117.2", "1e400"), "swapped": plain.replace("117.2,39.1", "39.1,117.2"), "attribute-twice": plain.replace("<Placemark>", '<Placemark id="1" id="2">'), "cdata": plain.replace("甲小学", "<![CDATA[甲小学"), "xinclude": plain.replace("<Document>", f'<Document><xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{c.secret}"/>'),
        "nul": plain.replace("甲", "\0"), "namespace": plain.replace("<Placemark>", "<x:Placemark>"), "track": plain.replace("Point>", "Track>"), "empty": '<?xml version="1.0"?>', "text": "这不是 XML",
    }.items():  # fmt: skip
        c.add("G-xml", f"kml-{name}.kml", text)
    for name, text in {
        "node-twice": plain_osm.replace('id="2"', 'id="1"', 1), "one-node-way": plain_osm.replace('<nd ref="2"/>', ""), "no-lat": plain_osm.replace(' lat="39.11"', ""), "lat-text": plain_osm.replace("39.11", "x"), "lat-range": plain_osm.replace("39.11", "139.11"),
        "self-relation": plain_osm.replace("</osm>", '<relation id="5"><member type="relation" ref="5" role=""/></relation></osm>'), "not-osm": "<gpx/>", "empty": '<osm version="0.6"/>', "cut": plain_osm[:100], "id-text": plain_osm.replace('id="2"', 'id="x"', 1), "way-twice": plain_osm.replace("</osm>", '<way id="1"><nd ref="1"/><nd ref="2"/></way></osm>'),
        "nan": plain_osm.replace("39.11", "nan"), "missing-ref": plain_osm.replace('<nd ref="2"/>', '<nd ref="99"/>'),
    }.items():  # fmt: skip
        c.add("G-xml", f"osm-{name}.osm", text, layer="streets")
    c.add("G-xml", "fine.kml", plain, want="accept")
    c.add(
        "G-xml",
        "fine.osm",
        plain_osm.replace("<node ", '<node version="1" ').replace("<way ", '<way version="1" '),
        want="accept",
    )
    c.add("G-xml", "comment.kml", plain.replace("<Document>", "<!-- 注释 --><Document>"), want="accept")
    _book_xml(c, heads)


def _book_xml(c: Corpus, heads: dict[str, tuple[str, str]]) -> None:
    import openpyxl

    wb = openpyxl.Workbook()
    for row in (["学校名称", "经度", "纬度"], ["甲小学", 117.2, 39.1]):
        wb.active.append(row)
    out = io.BytesIO()
    wb.save(out)
    for name in ("xxe-file", "xxe-http", "laughs", "external-dtd"):
        head, use = heads[name]
        made = io.BytesIO()
        with zipfile.ZipFile(out) as source, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
            for item in source.infolist():
                raw = source.read(item)
                if item.filename in ("xl/workbook.xml", "xl/sharedStrings.xml"):
                    text = raw.decode()
                    at = text.index("<", text.index("?>")) if "?>" in text else 0
                    raw = (text[:at] + head + text[at:].replace("甲小学", "甲小学" + use)).encode()
                archive.writestr(item.filename, raw)
        c.add("G-xml", f"book-{name}.xlsx", made.getvalue(), crs="EPSG:4326")


def _nested_wkb(depth: int) -> bytes:
    return struct.pack("<BII", 1, 7, 1) * depth + struct.pack("<BIdd", 1, 1, *PLACE)


def _gpkg(
    path: Path,
    *,
    wkb: bytes | None = None,
    table: str = "t",
    before: str = "",
    after: str = "",
    srs: int = 4326,
    flags: int = 1,
) -> bytes:
    base = sqlite3.connect(path)
    base.executescript(f"""
    PRAGMA application_id=1196444487; {before}
    CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT, srs_id INTEGER PRIMARY KEY, organization TEXT, organization_coordsys_id INTEGER, definition TEXT, description TEXT);
    INSERT INTO gpkg_spatial_ref_sys VALUES ('WGS 84', 4326, 'EPSG', 4326, '', '');
    CREATE TABLE gpkg_contents (table_name TEXT PRIMARY KEY, data_type TEXT, identifier TEXT, description TEXT, last_change TEXT, min_x, min_y, max_x, max_y, srs_id INTEGER);
    CREATE TABLE gpkg_geometry_columns (table_name TEXT, column_name TEXT, geometry_type_name TEXT, srs_id INTEGER, z INTEGER, m INTEGER);
    INSERT INTO gpkg_contents VALUES ('{table}', 'features', 't', '', '', 0,0,0,0, {srs}); INSERT INTO gpkg_geometry_columns VALUES ('{table}', 'geom', 'POINT', {srs}, 0, 0);
    CREATE TABLE t (fid INTEGER PRIMARY KEY, name TEXT, geom BLOB);""")
    shape = struct.pack("<BIdd", 1, 1, *PLACE) if wkb is None else wkb
    base.execute(
        "INSERT INTO t (name, geom) VALUES ('甲小学', ?)", (b"GP\0" + bytes([flags]) + struct.pack("<i", srs) + shape,)
    )
    base.executescript(after)
    base.commit()
    base.close()
    raw = path.read_bytes()
    path.unlink()
    return raw


def _binary(c: Corpus) -> None:
    home = c.folder / "H-binary"
    home.mkdir(parents=True, exist_ok=True)
    work = home / "work.sqlite"

    def gpkg(name: str, want: str = "refuse", change: Callable[[bytes], bytes] | None = None, **rest: Any) -> None:
        raw = _gpkg(work, **rest)
        c.add("H-binary", f"{name}.gpkg", change(raw) if change else raw, want=want)

    gpkg("fine", want="accept")
    gpkg("nested-20000", wkb=_nested_wkb(20_000))
    gpkg("nested-6", wkb=_nested_wkb(6))
    gpkg("wkb-cut", wkb=struct.pack("<BId", 1, 1, 117.2))
    gpkg("wkb-extra", wkb=struct.pack("<BIdd", 1, 1, *PLACE) + b"xx")
    gpkg("wkb-order", wkb=b"\x07" + struct.pack("<Idd", 1, *PLACE))
    gpkg("wkb-type", wkb=struct.pack("<BIdd", 1, 99, *PLACE))
    gpkg("wkb-curve", wkb=struct.pack("<BII", 1, 8, 3) + struct.pack("<6d", 117, 39, 117.1, 39.1, 117.2, 39))
    gpkg("wkb-count", wkb=struct.pack("<BII", 1, 2, 0xFFFFFFFF))
    gpkg("wkb-parts", wkb=struct.pack("<BII", 1, 6, 0x7FFFFFFF))
    gpkg("wkb-nan", wkb=struct.pack("<BIdd", 1, 1, float("nan"), 39.1))
    gpkg("wkb-inf", wkb=struct.pack("<BIdd", 1, 1, float("inf"), 39.1))
    gpkg("wkb-empty", wkb=b"")
    gpkg("wkb-emptypoint", wkb=struct.pack("<BIdd", 1, 1, float("nan"), float("nan")))
    gpkg("flags-extended", flags=0x21)
    gpkg("flags-envelope", flags=0x0F)
    gpkg("srs-unknown", srs=77)
    gpkg("srs-0", srs=0)
    gpkg("view", table="v", after="CREATE VIEW v AS SELECT fid, name, geom FROM t")
    gpkg(
        "view-endless",
        table="v",
        after="CREATE VIEW v AS WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM r) SELECT n AS fid, 'x' AS name, (SELECT geom FROM t) AS geom FROM r",
    )
    gpkg(
        "view-cross",
        table="v",
        after="INSERT INTO t SELECT fid+1, name, geom FROM t; CREATE VIEW v AS SELECT a.fid, a.name, a.geom FROM t a, t b, t c, t d, t e, t f, t g, t h",
    )
    gpkg(
        "contents-view",
        after="ALTER TABLE gpkg_contents RENAME TO hidden; CREATE VIEW gpkg_contents AS SELECT * FROM hidden",
    )
    gpkg("trigger", after="CREATE TRIGGER evil AFTER INSERT ON t BEGIN DELETE FROM t; END")
    gpkg("generated", after="ALTER TABLE t ADD COLUMN g TEXT GENERATED ALWAYS AS (name || 'x') VIRTUAL")
    gpkg("virtual", table="f", after="CREATE VIRTUAL TABLE f USING fts5(name, geom)")
    gpkg("empty-table", after="DELETE FROM t")
    gpkg("no-features", after="UPDATE gpkg_contents SET data_type='attributes'")
    gpkg("no-column", after="UPDATE gpkg_geometry_columns SET column_name='nope'")
    gpkg("no-table", after="DROP TABLE t")
    gpkg("injected", table='t"; DROP TABLE t; --')
    gpkg("text-geometry", after="UPDATE t SET geom='POINT(117 39)'")
    gpkg("null-geometry", after="UPDATE t SET geom=NULL")
    gpkg(
        "bad-schema",
        after="PRAGMA writable_schema=ON; UPDATE sqlite_master SET sql='CREATE TABLE t (x' WHERE name='t'; PRAGMA writable_schema=OFF;",
    )
    for i, cut in enumerate((50, 100, 1000, 4096, 9000, 15000)):
        gpkg(f"cut-{i}", change=lambda r, cut=cut: r[:cut])
    rng = np.random.default_rng(7)
    for i in range(8):

        def noise(r: bytes, i: int = i) -> bytes:
            a = bytearray(r)
            for at in rng.integers(100, len(a), 400):
                a[at] = int(rng.integers(0, 256))
            return bytes(a)

        gpkg(f"noise-{i}", change=noise, want="report")
    base = sqlite3.connect(work)
    base.execute("CREATE TABLE x (a)")
    base.commit()
    base.close()
    c.add("H-binary", "plain-sqlite.gpkg", work.read_bytes())
    work.unlink()
    _columnar(c, home)
    _shapes(c, home)
    _drawings(c)
    for e in (".geojson", ".csv", ".shp", ".gpkg", ".parquet", ".zip", ".xlsx", ".kml", ".fgb", ".dxf", ".osm", ".pbf"):
        c.add("H-binary", f"pickle{e}", pickle.dumps(Danger(str(c.outside)), 4))
        c.add("H-binary", f"exe{e}", b"MZ\x90\0" + bytes(range(256)) * 4)
    for e, raw in (
        (".xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)),
        (".csv", b"\xd0\xcf\x11\xe0" + bytes(600)),
        (".geojson", b"AC1032" + bytes(300)),
        (".dxf", b"AC1015" + bytes(300)),
        (".dxf", b"AutoCAD Binary DXF\r\n\x1a\0" + bytes(300)),
        (".kml", b"%PDF-1.7" + bytes(300)),
        (".tif", b"\x93NUMPY" + bytes(100)),
    ):
        c.add(
            "H-binary", f"disguise-{raw[:4].hex()}-{len(raw)}{e}", raw, layer="population" if e == ".tif" else "schools"
        )
    for e in (".pbf", ".fgb", ".parquet", ".shp", ".dxf"):
        for i in range(2):
            head = {
                ".fgb": b"fgb\x03fgb\0",
                ".parquet": b"PAR1",
                ".shp": b"\0\0\x27\x0a",
                ".dxf": b"  0\nSECTION\n",
                ".pbf": b"\0\0\0\x0e\x0a\x09OSMHeader",
            }[e]
            c.add("H-binary", f"noise-{i}{e}", head + rng.integers(0, 256, 3000, dtype=np.uint8).tobytes())


class Danger:
    """A pickle that would leave a mark if anybody opened it."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return (os.mkdir, (self.path,))


def _columnar(c: Corpus, home: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    def parquet(
        name: str,
        wkb: list[Any],
        geo: Any = None,
        want: str = "refuse",
        extra: dict[str, Any] | None = None,
        change: Callable[[bytes], bytes] | None = None,
    ) -> None:
        columns = {"name": pa.array(["甲小学"] * len(wkb)), "geometry": pa.array(wkb, pa.binary())} | (extra or {})
        described = (
            {
                "version": "1.0.0",
                "primary_column": "geometry",
                "columns": {"geometry": {"encoding": "WKB", "geometry_types": []}},
            }
            if geo is None
            else geo
        )
        table = pa.table(columns).replace_schema_metadata(
            {"geo": described if isinstance(described, str) else json.dumps(described)}
        )
        out = io.BytesIO()
        pq.write_table(table, out)
        c.add("H-binary", f"{name}.parquet", change(out.getvalue()) if change else out.getvalue(), want=want)

    point = struct.pack("<BIdd", 1, 1, *PLACE)
    parquet("fine-parquet", [point], want="accept")
    parquet("nested-50000", [_nested_wkb(50_000)])
    parquet("wkb-cut", [point[:10]])
    parquet("wkb-none", [None])
    parquet("no-geo", [point], geo="{}")
    parquet("bad-geo", [point], geo="{nope")
    parquet("deep-geo", [point], geo='{"a":' * 5000 + "1" + "}" * 5000)
    parquet("encoding", [point], geo={"primary_column": "geometry", "columns": {"geometry": {"encoding": "point"}}})
    parquet(
        "crs-null",
        [point],
        geo={"primary_column": "geometry", "columns": {"geometry": {"encoding": "WKB", "crs": None}}},
    )
    parquet(
        "crs-bad",
        [point],
        geo={
            "primary_column": "geometry",
            "columns": {"geometry": {"encoding": "WKB", "crs": {"id": {"authority": "EPSG", "code": 2436}}}},
        },
    )
    parquet(
        "edges",
        [point],
        geo={"primary_column": "geometry", "columns": {"geometry": {"encoding": "WKB", "edges": "spherical"}}},
    )
    parquet("other-column", [point], geo={"primary_column": "nope", "columns": {}})
    parquet("rows-300000", [point] * 300_000)
    parquet("swapped", [struct.pack("<BIdd", 1, 1, 39.1, 117.2)])
    for i, cut in enumerate((4, 20, 200, 500)):
        parquet(f"cut-{i}", [point], change=lambda r, cut=cut: r[:-cut])
    parquet("footer-length", [point], change=lambda r: r[:-8] + struct.pack("<I", 0x7FFFFFFF) + b"PAR1")
    parquet("middle", [point] * 50, change=lambda r: r[:30] + b"\xff" * 60 + r[90:])
    zeros = pa.array(["甲" * 1000] * 180_000)
    parquet("dictionary-bomb", [point] * 180_000, extra={"note": zeros})


def _shapes(c: Corpus, home: Path) -> None:
    whole = legit.shapefile(home, "whole", code=4490, encoding="gb18030", cpg=None, ldid=0x57)
    area = legit.shapefile(home, "area", code=4490, encoding="gb18030", cpg=None, ldid=0x57, layer="zones")
    kept = {}
    for path in (whole, area):
        with zipfile.ZipFile(path) as archive:
            kept[path.stem] = {Path(i.filename).suffix: archive.read(i) for i in archive.infolist()}
        path.unlink()

    def pack(name: str, part: str, change: Callable[[bytes], bytes], stem: str = "whole", want: str = "refuse") -> None:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            for e, raw in kept[stem].items():
                archive.writestr(f"a{e}", change(raw) if e == part else raw)
        c.add("H-binary", f"shp-{name}.zip", out.getvalue(), layer="schools" if stem == "whole" else "zones", want=want)

    def poke(at: int, form: str, value: Any) -> Callable[[bytes], bytes]:
        return lambda r: r[:at] + struct.pack(form, value) + r[at + struct.calcsize(form) :]

    for cut in (50, 110, 150):
        pack(f"shp-cut-{cut}", ".shp", lambda r, cut=cut: r[:-cut])
    pack("shx-cut", ".shx", lambda r: r[:-8])
    pack("dbf-cut", ".dbf", lambda r: r[:-60])
    pack("length", ".shp", poke(24, ">i", 9))
    pack("type", ".shp", poke(32, "<i", 31))
    pack("type-line", ".shp", poke(32, "<i", 3))
    pack("record-type", ".shp", poke(108, "<i", 5))
    pack("record-length", ".shp", poke(104, ">i", 999_999))
    pack("shx-offset", ".shx", poke(100, ">i", 999_999))
    pack("shx-negative", ".shx", poke(100, ">i", -5))
    pack("shx-same", ".shx", lambda r: r[:108] + r[100:108] + r[116:])
    pack("nan", ".shp", poke(112, "<d", float("nan")))
    pack("inf", ".shp", poke(112, "<d", float("inf")))
    pack("far", ".shp", poke(112, "<d", 1e200))
    pack("null-record", ".shp", poke(108, "<i", 0))
    pack("parts", ".shp", poke(144, "<i", 0x7FFFFFFF), "area")
    pack("points", ".shp", poke(148, "<i", 0x7FFFFFFF), "area")
    pack("points-negative", ".shp", poke(148, "<i", -1), "area")
    pack("part-start", ".shp", poke(152, "<i", 400), "area")
    pack("ring-open", ".shp", poke(156, "<d", 117.601), "area")
    pack("dbf-records", ".dbf", poke(4, "<I", 0xFFFFFFFF))
    pack("dbf-fewer", ".dbf", poke(4, "<I", 2))
    pack("dbf-header", ".dbf", poke(8, "<H", 9))
    pack("dbf-width", ".dbf", poke(10, "<H", 9000))
    pack("dbf-zero", ".dbf", poke(10, "<H", 0))
    pack("dbf-type", ".dbf", poke(43, "<B", 88))
    pack("dbf-version", ".dbf", poke(0, "<B", 0xFF))
    pack(
        "dbf-mark",
        ".dbf",
        lambda r: r[: struct.unpack_from("<H", r, 8)[0]] + b"?" + r[struct.unpack_from("<H", r, 8)[0] + 1 :],
    )
    pack("dbf-text", ".dbf", lambda r: r.replace("华苑".encode("gbk"), b"\xff\xff\xff\xff"))
    pack("dbf-number", ".dbf", lambda r: r.replace(b"    1200", b"   12x0 "))
    pack("dbf-seats", ".dbf", lambda r: r.replace(b"    1200", b"   -1200"))
    pack("dbf-stars", ".dbf", lambda r: r.replace(b"    1200", b"********"), want="accept")
    pack(
        "prj-bj54",
        ".prj",
        lambda r: (
            b'GEOGCS["GCS_Beijing_1954",DATUM["D_Beijing_1954",SPHEROID["Krasovsky_1940",6378245.0,298.3]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]'
        ),
    )
    pack(
        "prj-xian",
        ".prj",
        lambda r: (
            b'GEOGCS["GCS_Xian_1980",DATUM["D_Xian_1980",SPHEROID["Xian_1980",6378140.0,298.257]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]'
        ),
    )
    pack(
        "prj-unnamed",
        ".prj",
        lambda r: (
            b'GEOGCS["GCS_Unknown",DATUM["D_Unknown",SPHEROID["Krasovsky_1940",6378245.0,298.3]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]'
        ),
    )


def _drawings(c: Corpus) -> None:
    def dxf(blocks: str, entities: str, version: str = "AC1015") -> str:
        return f"  0\nSECTION\n  2\nHEADER\n  9\n$ACADVER\n  1\n{version}\n  0\nENDSEC\n  0\nSECTION\n  2\nBLOCKS\n{blocks}  0\nENDSEC\n  0\nSECTION\n  2\nENTITIES\n{entities}  0\nENDSEC\n  0\nEOF\n"

    def insert(name: str, many: int = 1) -> str:
        return f"  0\nINSERT\n  8\n0\n  2\n{name}\n 10\n0\n 20\n0\n 70\n{many}\n 71\n{many}\n"

    levels = "".join(
        f"  0\nBLOCK\n  8\n0\n  2\nB{i}\n 10\n0\n 20\n0\n"
        + (insert(f"B{i - 1}", 10) if i else "  0\nPOINT\n  8\n0\n 10\n534611\n 20\n4326000\n")
        + "  0\nENDBLK\n"
        for i in range(8)
    )
    point = "  0\nPOINT\n  8\n学校\n 10\n534611.0\n 20\n4326000.0\n"
    area = "  0\nLWPOLYLINE\n  8\nZ\n 90\n4\n 70\n1\n" + "".join(
        f" 10\n{x}\n 20\n{y}\n" for x, y in ((534000, 4326000), (534000, 4327000), (535000, 4327000), (535000, 4326000))
    )
    for name, text, layer, want in (
        ("bomb", dxf(levels, insert("B7", 10)), "schools", "refuse"), ("loop", dxf("  0\nBLOCK\n  2\nA\n" + insert("A") + "  0\nENDBLK\n", insert("A")), "schools", "refuse"),
        ("loop-two", dxf("  0\nBLOCK\n  2\nA\n" + insert("B") + "  0\nENDBLK\n  0\nBLOCK\n  2\nB\n" + insert("A") + "  0\nENDBLK\n", insert("A")), "schools", "refuse"),
        ("many-copies", dxf("  0\nBLOCK\n  2\nA\n" + point + "  0\nENDBLK\n", insert("A", 30_000)), "schools", "refuse"), ("xref", dxf(f"  0\nBLOCK\n  2\nX\n 70\n4\n  1\n{c.secret}\n  0\nENDBLK\n", insert("X")), "schools", "refuse"),
        ("no-entities", dxf("", "").replace("ENTITIES", "NOTHING"), "schools", "refuse"), ("no-end", dxf("", point)[:-8], "schools", "refuse"), ("empty", dxf("", ""), "schools", "refuse"), ("only-text", dxf("", "  0\nTEXT\n  8\n0\n 10\n534611\n 20\n4326000\n  1\n甲\n"), "zones", "refuse"),
        ("code", dxf("", point).replace(" 10\n534611.0", "abc\n534611.0"), "schools", "refuse"), ("nan", dxf("", point).replace("534611.0", "nan"), "schools", "refuse"), ("far", dxf("", point).replace("534611.0", "1e30"), "schools", "refuse"), ("area", dxf("", area), "zones", "accept"),
        ("no-crs", dxf("", area), "zones", "refuse"), ("bow", dxf("", area.replace("534000\n 20\n4327000", "535000\n 20\n4327000", 1).replace("535000\n 20\n4327000\n 10\n535000\n 20\n4327000", "535000\n 20\n4327000\n 10\n534000\n 20\n4327000")), "zones", "report"), ("html", "<html/>", "zones", "refuse"),
    ):  # fmt: skip
        c.add(
            "H-binary",
            f"dxf-{name}.dxf",
            text.encode("gbk"),
            layer=layer,
            want=want,
            crs=None if name == "no-crs" else "EPSG:4548",
        )


def _raster(c: Corpus) -> None:
    import rasterio
    from rasterio.transform import Affine, from_origin

    home = c.folder / "R-raster"
    home.mkdir(parents=True, exist_ok=True)

    def tif(
        name: str,
        values: Any = None,
        *,
        want: str = "refuse",
        years: Any = ("2020",),
        crs: Any = "EPSG:4548",
        transform: Any = None,
        nodata: Any = None,
        change: Callable[[bytes], bytes] | None = None,
        layer: str = "population",
        dtype: str = "float32",
        e: str = ".tif",
        **options: Any,
    ) -> None:
        values = np.full((1, 20, 30), 5.0) if values is None else np.asarray(values, dtype)
        path = home / f"{name}{e}"
        import warnings

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with rasterio.open(
                path,
                "w",
                driver="GTiff",
                width=values.shape[2],
                height=values.shape[1],
                count=values.shape[0],
                dtype=dtype,
                crs=crs,
                transform=transform or from_origin(534000, 4326000, 100, 100),
                nodata=nodata,
                **options,
            ) as out:
                out.write(values.astype(dtype))
                for i, y in enumerate(years or (), 1):
                    out.set_band_description(i, y)
        raw = path.read_bytes()
        c.add("R-raster", path.name, change(raw) if change else raw, layer=layer, want=want)

    def entry(tag: int, value: int, kind: str = "<I") -> Callable[[bytes], bytes]:
        def change(r: bytes) -> bytes:
            at = struct.unpack_from("<I", r, 4)[0]
            for i in range(struct.unpack_from("<H", r, at)[0]):
                here = at + 2 + 12 * i
                if struct.unpack_from("<H", r, here)[0] == tag:
                    return (
                        r[: here + 2]
                        + struct.pack("<HI", 4 if kind == "<I" else 3, 1)
                        + struct.pack(kind, value).ljust(4, b"\0")
                        + r[here + 12 :]
                    )
            raise KeyError(tag)

        return change

    tif("fine", want="accept")
    tif("negative", np.full((1, 4, 4), -5.0))
    tif("undeclared-nodata", np.where(np.eye(4), 5.0, -9999.0)[None])
    tif("infinite", np.where(np.eye(4), 5.0, np.inf)[None])
    tif("all-nan", np.full((1, 4, 4), np.nan))
    tif("all-zero", np.zeros((1, 4, 4)))
    tif("crowded", np.full((1, 4, 4), 1e8))
    tif("no-crs", crs=None)
    tif("no-georef", transform=Affine.identity(), crs=None)
    tif("rotated", transform=Affine(70, 70, 534000, 70, -70, 4326000))
    tif("wrong-place", transform=from_origin(500000, 1_000_000, 100, 100))
    tif("bj54", crs="EPSG:2436")
    tif("wrong-zone", crs="EPSG:4527")
    tif("no-year", years=None)
    tif("same-years", np.full((2, 4, 4), 5.0), years=("2020", "2020"))
    tif("complex", np.full((1, 4, 4), 5 + 1j), dtype="complex64")
    tif("as-schools", layer="schools")
    tif("as-zones", layer="zones")
    tif("bands-30", np.full((30, 4, 4), 5.0), years=None)
    for cut in (10, 100, 1000, 2000):
        tif(f"cut-{cut}", change=lambda r, cut=cut: r[:-cut])
    tif("cut-head", change=lambda r: r[:6])
    for name, tag, value in (
        ("wide", 256, 2**31 - 1),
        ("tall", 257, 2**31 - 1),
        ("big", 256, 200_000),
        ("zero-width", 256, 0),
        ("strip-outside", 273, 99_999_999),
        ("strip-count", 279, 99_999_999),
    ):
        tif(name, change=entry(tag, value))
    for name, tag, value in (
        ("compression", 259, 34_712),
        ("unknown-compression", 259, 999),
        ("bits", 258, 12),
        ("bands-tag", 277, 60_000),
        ("planes", 284, 9),
    ):
        tif(name, change=entry(tag, value, "<H"), want="refuse" if name != "planes" else "report")
    tif("directory-outside", change=lambda r: r[:4] + struct.pack("<I", 99_999_999) + r[8:])
    tif("directory-self", change=lambda r: r[:4] + struct.pack("<I", 4) + r[8:])
    tif(
        "entries",
        change=lambda r: (lambda at: r[:at] + struct.pack("<H", 60_000) + r[at + 2 :])(
            struct.unpack_from("<I", r, 4)[0]
        ),
    )
    tif(
        "deflate-noise",
        change=lambda r: r[:400] + bytes(255 - b for b in r[400:460]) + r[460:],
        want="report",
        compress="deflate",
    )
    tif(
        "lzw-noise",
        np.arange(600.0).reshape(1, 20, 30),
        change=lambda r: r[: len(r) - 300] + b"\xff" * 200 + r[len(r) - 100 :],
        want="report",
        compress="lzw",
    )
    bomb = np.zeros((1, 5001, 5001), "uint8")
    tif("pixels-25m", bomb, dtype="uint8", compress="deflate")
    png = struct.pack(">II", 2**31 - 1, 2**31 - 1)
    c.add("R-raster", "png.tif", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + png + b"\x08\0\0\0\0", layer="population")
    c.add("R-raster", "jpeg.tif", b"\xff\xd8\xff\xe0" + bytes(200), layer="population")
    c.add(
        "R-raster",
        "grid.tif",
        "ncols 2\nnrows 2\nxllcorner 534000\nyllcorner 4326000\ncellsize 100\n5 5\n5 5\n",
        layer="population",
    )
    c.add("R-raster", "head-only.tif", b"II*\0\x08\0\0\0", layer="population")
    c.add("R-raster", "big-head.tif", b"II+\0\x08\0\0\0" + struct.pack("<Q", 2**60), layer="population")
    c.add(
        "R-raster",
        "loop.tif",
        b"II*\0\x08\0\0\0" + struct.pack("<H", 1) + struct.pack("<HHII", 256, 4, 1, 10) + struct.pack("<I", 8),
        layer="population",
    )
    sidecar = c.folder / "R-raster" / "fine.tif.aux.xml"
    sidecar.write_text(f"<PAMDataset><Metadata><MDI key='x'>{c.secret}</MDI></Metadata></PAMDataset>")


def _size(c: Corpus) -> None:
    path = c.add("Z-size", "101mb.geojson", None)
    with open(path, "wb") as file:
        file.write(b"{")
        file.truncate(101 * 1024 * 1024)
    points = ",".join(["[117.2,39.1],[117.3,39.2]"] * 1_000_000)
    c.add(
        "Z-size",
        "line-2m.geojson",
        '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"name":"甲"},"geometry":{"type":"LineString","coordinates":['
        + points
        + "]}}]}",
        layer="links",
    )
    c.add("Z-size", "rows-250k.csv", "学校名称,经度,纬度\n" + "甲小学,117.2,39.1\n" * 250_000, crs="EPSG:4326")
    c.add("Z-size", "star-99k.geojson", collection(zone([_star(99_001)])), layer="zones", want="report")
    c.add("Z-size", "wide.csv", ",".join(f"c{i}" for i in range(30_000)) + "\n" + ",".join("1" * 30_000) + "\n")
    c.add("Z-size", "long-cell.csv", "学校名称,经度,纬度\n" + "甲" * 5_000_000 + ",117.2,39.1\n", crs="EPSG:4326")
    c.add(
        "Z-size",
        "stars.geojson",
        collection(*(zone([_star(5001)], f"甲{i}") for i in range(20))),
        layer="zones",
        want="report",
    )
    c.add("Z-size", "elements.kml", "<kml>" + "<a/>" * 3_100_000 + "</kml>")


def corpus(folder: Path, canary: str, secret: Path, outside: Path) -> list[Bad]:
    """Write every hostile file below ``folder``; they try to reach ``canary``, ``secret`` and ``outside``."""
    c = Corpus(folder, canary, secret, outside)
    for part in (_json, _structure, _geometry, _attributes, _gdal, _zip, _xml, _binary, _raster, _size):
        part(c)
    return c.files
