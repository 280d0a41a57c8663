"""The table of formats: a row says how a file is known, who reads it, or what to do with it instead.

A new format is one row here and one reader. Nothing else names a reader: ``doors`` imports it by its row when a
file needs it, so that a process which only looks at names (the server) never loads a parser.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geo.text import Text
from layers.incoming.rows.table import RefusedError, error

__all__ = [
    "FORMATS",
    "Format",
    "Opened",
    "advice",
    "check_magic",
    "damaged",
    "extensions",
    "name_of",
    "of",
    "ranked",
    "refused",
]

Bytes = tuple[bytes, ...]


@dataclass(frozen=True)
class Opened:
    """A file for its reader: its kind (an extension), where it and the parts beside it lie, and what is asked of it."""

    kind: str
    path: Path
    parts: dict[str, Path]
    layer: str
    answers: dict[str, Any]


@dataclass(frozen=True)
class Format:
    """One format.

    Parameters
    ----------
    extensions
        Of its files, lower case with the dot; the first one is its kind.
    name
        For people.
    reader
        ``module:function`` that makes a `Table` of an `Opened`, imported when the first such file comes.
    advice
        What to do instead, where a file of this extension is not taken.
    begins
        First bytes, one of which a file of this extension must have.
    marks, at
        Bytes, and where they stand, that betray the format under any other extension.
    spares
        Marks of other formats that may well be the beginning of this one.
    xml, roots
        Whether it is XML, and the elements by which it is known (lower case): of a foreign format, those that
        betray it; of one of ours, those that clear it of being a foreign one.
    prepare
        ``module:function`` from path to path, called while files may still be written.
    parts
        Extensions of the files beside it that belong to it.
    archive
        Whether it holds other files.
    rank
        Which data sets of an archive are offered: those of rank 1, or those of rank 2 if there are none; 0 never.
    gdal
        Whether C code of GDAL reads it: only in a process that is locked in.
    population_only
        Whether it can become the layer population and no other.
    """

    extensions: tuple[str, ...]
    name: str
    reader: str = ""
    advice: Text | None = None
    begins: Bytes = ()
    marks: Bytes = ()
    at: int = 0
    spares: Bytes = ()
    xml: bool = False
    roots: Bytes = ()
    prepare: str = ""
    parts: tuple[str, ...] = ()
    archive: bool = False
    rank: int = 0
    gdal: bool = False
    population_only: bool = False


ZIP, FLATGEOBUF, PARQUET = (b"PK\x03\x04",), (b"fgb\x03",), (b"PAR1",)
TIFF = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")
PICKLE_2 = b"\x80\x02"
_UNPACK = Text("GZ/TGZ 请解压后导入，或压缩为 ZIP", "unpack the GZ or TGZ and import the file, or pack it as ZIP")
_PARTS = Text("请导入 .shp，或把各部分一起压缩为 ZIP", "import the .shp, or zip the parts together")

# What is taken, in the order in which it is listed to planners; then what is not. Among the latter the order of
# marks and roots is the order in which they are looked for.
FORMATS: tuple[Format, ...] = (
    Format((".shp",), "Shapefile", ".shapefile:read", begins=(b"\x00\x00\x27\x0a",), parts=(".dbf", ".shx", ".prj"), rank=1),
    Format((".zip",), "ZIP", archive=True, begins=ZIP, marks=ZIP),
    Format((".gpkg",), "GeoPackage", ".geopackage:read", begins=(b"SQLite format 3\x00",), marks=(b"SQLite",), rank=1),
    Format((".geojson",), "GeoJSON", ".jsons:read", rank=1),
    Format((".json",), "JSON", ".jsons:read", rank=2),
    Format((".topojson",), "TopoJSON", ".jsons:read", rank=1),
    Format((".kml",), "KML", ".markup:read_kml", xml=True, roots=(b"<kml",), rank=1),
    Format((".kmz",), "KMZ", archive=True, begins=ZIP),
    Format((".dxf",), "DXF", ".drawings:read", gdal=True, rank=1),
    Format((".fgb",), "FlatGeobuf", ".gdal:read_fgb", begins=FLATGEOBUF, marks=FLATGEOBUF, gdal=True, rank=1),
    Format((".parquet", ".geoparquet"), "GeoParquet", ".arrow:read", begins=PARQUET, marks=PARQUET, rank=1),
    Format((".csv",), "CSV", ".sheets:read_csv", spares=(PICKLE_2,), rank=2),
    Format((".txt",), "TXT", ".sheets:read_csv", spares=(PICKLE_2,)),
    Format((".tsv",), "TSV", ".sheets:read_csv", rank=2),
    Format((".xlsx",), "Excel", ".excel:read", prepare=".zips:checked_book", begins=ZIP, rank=2),
    Format((".tif", ".tiff"), "GeoTIFF", ".raster:read", begins=TIFF, gdal=True, population_only=True, rank=1),
    Format((".osm",), "OSM XML", ".osm:read", prepare=".osm:checked", xml=True, rank=1),
    Format((".pbf",), "OSM PBF", ".osm:read", prepare=".osm:checked", rank=1),
    # Read as a folder, or from an archive; a single file of that name is none.
    Format((".gdb",), "FileGDB", ".gdal:read_gdb", Text("文件地理数据库请整个文件夹压缩为 .gdb.zip", "zip the whole .gdb folder"), gdal=True),
    Format((".dwg", ".dgn"), "DWG", "", Text("DWG 请在 CAD 中另存为 DXF（R2000 以上）后导入", "save the DWG as DXF (R2000 or later) in the CAD program and import that"), marks=(b"AC10",)),
    Format((".rar",), "RAR", "", Text("RAR 请解压后重新压缩为 ZIP", "unpack the RAR and pack it again as ZIP"), marks=(b"Rar!",), archive=True),
    Format((".7z",), "7Z", "", Text("7z 请解压后重新压缩为 ZIP", "unpack the 7z and pack it again as ZIP"), marks=(b"7z\xbc\xaf",), archive=True),
    Format((".gz",), "GZ", "", _UNPACK, marks=(b"\x1f\x8b",), archive=True),
    Format((".tgz",), "TGZ", "", _UNPACK),
    Format((".bz2",), "BZ2", "", Text("BZ2 请解压后导入", "unpack the BZ2 and import the file"), marks=(b"BZh",)),
    Format((".xz",), "XZ", "", Text("XZ 请解压后导入", "unpack the XZ and import the file"), marks=(b"\xfd7zXZ",)),
    Format((".xls",), "XLS", "", Text("旧版 .xls 请用 Excel/WPS 另存为 .xlsx", "save the old .xls as .xlsx in Excel or WPS"), marks=(b"\xd0\xcf\x11\xe0",)),
    Format((".pdf",), "PDF", "", Text("PDF 不是数据文件；请索取原始的 GIS 或表格文件", "a PDF is no data file; ask for the GIS or table file"), marks=(b"%PDF",)),
    Format((".png",), "PNG", "", Text("图片没有坐标和数值；请提供 GeoTIFF", "a picture has no coordinates and values; give a GeoTIFF"), marks=(b"\x89PNG",)),
    Format((".jpg", ".jpeg"), "JPG", "", Text("图片没有坐标和数值；请提供 GeoTIFF", "a picture has no coordinates and values; give a GeoTIFF"), marks=(b"\xff\xd8\xff",)),
    Format((".pkl", ".pickle", ".joblib", ".npy", ".npz"), "PKL", "", Text("pickle 文件可能含可执行代码，绝不接受；请导出为 GeoParquet 或 GeoPackage", "a pickle can run code and is never taken; export to GeoParquet or GeoPackage"),
           marks=(PICKLE_2, b"\x80\x03", b"\x80\x04", b"\x80\x05", b"\x93NUMPY")),
    Format((".tar",), "TAR", "", Text("TAR 请解压后重新压缩为 ZIP", "unpack the TAR and pack it again as ZIP"), marks=(b"ustar",), at=257, archive=True),
    Format((".vrt", ".ovf", ".gdalg"), "VRT", "", Text("VRT 只是指向其他文件的描述，不接受；请导入数据文件本身", "a VRT only points to other files and is not taken; import the data itself"), roots=(b"<ogrvrt", b"<vrtdataset")),
    Format((".wfs", ".wms", ".wmts"), "WFS", "", Text("WFS 描述会访问网络，不接受；请下载数据为 GeoJSON", "a WFS description would call out and is not taken; download the data as GeoJSON"),
           roots=(b"<gdal_wms", b"<wfs", b"<ogrwfs", b"<gdal_wmts", b"<wms_", b"<wcs_")),
    Format((".graphml",), "GRAPHML", "", Text("GraphML 不是导入格式；道路请用 OSM（.osm/.pbf）或 GeoPackage", "GraphML is not taken; give streets as OSM (.osm/.pbf) or GeoPackage"), roots=(b"<graphml",)),
    Format((".gml", ".xsd"), "GML", "", Text("GML 可能引用外部网址，不接受；请在 QGIS 或 ArcGIS 中另存为 GeoPackage 或 GeoJSON", "GML can refer to outside addresses and is not taken; save it as GeoPackage or GeoJSON in QGIS or ArcGIS"),
           roots=(b":featurecollection", b"<gml", b"opengis.net/gml")),
    Format((".ovkml", ".ovkmz"), "奥维 KML", "", Text("奥维的 .ovkml/.ovkmz 请在奥维互动地图中导出为标准 KML（选 WGS84 坐标）后导入", "export the Ovital .ovkml or .ovkmz as plain KML (in WGS84) in Ovital Map")),
    Format((".ovobj", ".ovjsn", ".ovjson", ".ovxml"), "奥维对象", "", Text("奥维对象文件请在奥维互动地图中导出为 KML、GeoJSON 或 CSV（选 WGS84 坐标）后导入", "export the Ovital object file as KML, GeoJSON or CSV (in WGS84) in Ovital Map")),
    Format((".gpx",), "GPX", "", Text("GPX 请在 QGIS 中另存为 GeoJSON", "save the GPX as GeoJSON in QGIS"), roots=(b"<gpx",)),
    Format((".xml",), "XML", "", Text("服务描述或 XML 不接受；请下载数据并另存为 GeoJSON 或 GeoPackage", "service descriptions and XML are not taken; download the data as GeoJSON or GeoPackage")),
    Format((".xlsm",), "XLSM", "", Text("带宏的 .xlsm 请另存为 .xlsx", "save the .xlsm (with macros) as .xlsx")),
    Format((".et",), "ET", "", Text("WPS 表格 .et 请另存为 .xlsx", "save the WPS .et as .xlsx")),
    Format((".ods",), "ODS", "", Text(".ods 请另存为 .xlsx", "save the .ods as .xlsx")),
    Format((".mdb",), "MDB", "", Text("个人地理数据库 .mdb 请在 ArcGIS 中导出为 Shapefile 或文件地理数据库", "export the personal geodatabase (.mdb) as shapefile or file geodatabase in ArcGIS")),
    Format((".tab",), "TAB", "", Text("MapInfo TAB 请在 MapInfo 或 QGIS 中另存为 Shapefile 或 GeoPackage", "save the MapInfo TAB as shapefile or GeoPackage")),
    Format((".mif",), "MIF", "", Text("MapInfo MIF 请另存为 Shapefile 或 GeoPackage", "save the MapInfo MIF as shapefile or GeoPackage")),
    Format((".dbf",), "DBF", "", Text("只有 .dbf 没有图形；请把 .shp .shx .dbf .prj 一起压缩为 ZIP", "a .dbf alone has no shapes; zip .shp, .shx, .dbf and .prj together")),
    Format((".shx", ".prj"), "SHX", "", _PARTS),
    Format((".docx", ".doc"), "DOCX", "", Text("请把表格复制到 Excel 并另存为 .xlsx", "copy the table into Excel and save it as .xlsx")),
    Format((".sqlite", ".db"), "SQLITE", "", Text("请用 QGIS 另存为 GeoPackage（.gpkg）", "save it as GeoPackage (.gpkg) in QGIS")),
    Format((".img",), "IMG", "", Text("请转为 GeoTIFF（.tif）", "convert it to GeoTIFF (.tif)")),
)  # fmt: skip


def of(extension: str) -> Format | None:
    """Return the format of an extension, None for one that the table does not know."""
    return next((f for f in FORMATS if extension in f.extensions), None)


def name_of(extension: str) -> str:
    """Return the name of a format for people."""
    found = of(extension)
    return found.name if found else extension


def extensions() -> tuple[str, ...]:
    """Return the extensions that are taken, in the order in which they are listed to planners."""
    return tuple(e for f in FORMATS if f.advice is None for e in f.extensions)


def advice(extension: str) -> Text | None:
    """Return what to do instead with a file that is not taken; None for one that is, or that nobody knows."""
    found = of(extension)
    return found.advice if found else None


def ranked(rank: int) -> set[str]:
    """Return the extensions of the data sets of ``rank`` that an archive may hold."""
    return {e for f in FORMATS if f.rank == rank for e in f.extensions}


def refused(really: Format) -> RefusedError:
    """Return the refusal of a file that is something else than its name says, with what to do instead."""
    said = really.advice or Text("", "")
    return RefusedError(
        error(f"内容其实是 {really.name}；{said.zh}", f"the content really is {really.name}: {said.en}"),
    )


def damaged(kind: str, zh: str, en: str) -> RefusedError:
    """Return the refusal of a file of ``kind`` (an extension) that cannot be read."""
    name = name_of(kind)
    return RefusedError(
        error(f"{name} 无法读取：{zh}；请重新导出", f"the {name} cannot be read: {en}; export it again")
    )


def check_magic(kind: str, head: bytes) -> None:
    """Refuse a file whose first bytes are not what its extension says.

    Raises
    ------
    RefusedError
        With what it really is, where that can be seen.
    """
    if not head:
        raise RefusedError(error("文件是空的（0 字节）；请重新导出", "the file is empty (0 bytes); export it again"))
    own = of(kind) or Format((kind,), kind)
    if head.startswith(own.begins):
        return
    foreign = [f for f in FORMATS if f.advice is not None]
    for other in foreign:
        if any(head.startswith(mark, other.at) for mark in other.marks if mark not in own.spares):
            raise refused(other)
    low = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()[:3000]
    markup = low.startswith(b"<")
    if markup and not any(root in low for root in own.roots):
        for other in foreign:
            if any(root in low for root in other.roots):
                raise refused(other)
    ours = any(head.startswith(f.marks) for f in FORMATS if f.advice is None)
    if own.begins or ours or (markup and not own.xml):
        raise RefusedError(
            error(
                f"文件内容与扩展名 {kind} 不符；请用正确的扩展名或重新导出",
                f"the content is not what the extension {kind} says; use the right extension or export it again",
            )
        )
