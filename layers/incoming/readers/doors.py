"""Which reader a file gets: the first bytes must be what the name says, and archives are opened by our rules."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geo.schema import LAYERS
from layers.incoming.readers import jsons, shapefile, sheets, zips
from layers.incoming.rows.table import RefusedError, Table, error

__all__ = ["ADVICE", "EXTENSIONS", "Opened", "read", "unpack"]

EXTENSIONS = (
    ".shp", ".zip", ".gpkg", ".geojson", ".json", ".topojson", ".kml", ".kmz", ".dxf", ".fgb", ".parquet",
    ".geoparquet", ".csv", ".txt", ".tsv", ".xlsx", ".tif", ".tiff", ".osm", ".pbf",
)  # fmt: skip

# What to do instead, for what is not taken.
ADVICE: dict[str, tuple[str, str]] = {
    ".dwg": ("DWG 请在 CAD 中另存为 DXF（R2000 以上）后导入", "save the DWG as DXF (R2000 or later) in the CAD program and import that"),
    ".rar": ("RAR 请解压后重新压缩为 ZIP", "unpack the RAR and pack it again as ZIP"),
    ".7z": ("7z 请解压后重新压缩为 ZIP", "unpack the 7z and pack it again as ZIP"),
    ".tar": ("TAR 请解压后重新压缩为 ZIP", "unpack the TAR and pack it again as ZIP"),
    ".gz": ("GZ/TGZ 请解压后导入，或压缩为 ZIP", "unpack the GZ or TGZ and import the file, or pack it as ZIP"),
    ".tgz": ("GZ/TGZ 请解压后导入，或压缩为 ZIP", "unpack the GZ or TGZ and import the file, or pack it as ZIP"),
    ".bz2": ("BZ2 请解压后导入", "unpack the BZ2 and import the file"),
    ".xz": ("XZ 请解压后导入", "unpack the XZ and import the file"),
    ".gml": ("GML 可能引用外部网址，不接受；请在 QGIS 或 ArcGIS 中另存为 GeoPackage 或 GeoJSON", "GML can refer to outside addresses and is not taken; save it as GeoPackage or GeoJSON in QGIS or ArcGIS"),
    ".vrt": ("VRT 只是指向其他文件的描述，不接受；请导入数据文件本身", "a VRT only points to other files and is not taken; import the data itself"),
    ".xml": ("服务描述或 XML 不接受；请下载数据并另存为 GeoJSON 或 GeoPackage", "service descriptions and XML are not taken; download the data as GeoJSON or GeoPackage"),
    ".wfs": ("WFS 描述会访问网络，不接受；请下载数据为 GeoJSON", "a WFS description would call out and is not taken; download the data as GeoJSON"),
    ".graphml": ("GraphML 不是导入格式；道路请用 OSM（.osm/.pbf）或 GeoPackage", "GraphML is not taken; give streets as OSM (.osm/.pbf) or GeoPackage"),
    ".pkl": ("pickle 文件可能含可执行代码，绝不接受；请导出为 GeoParquet 或 GeoPackage", "a pickle can run code and is never taken; export to GeoParquet or GeoPackage"),
    ".xls": ("旧版 .xls 请用 Excel/WPS 另存为 .xlsx", "save the old .xls as .xlsx in Excel or WPS"),
    ".xlsm": ("带宏的 .xlsm 请另存为 .xlsx", "save the .xlsm (with macros) as .xlsx"),
    ".et": ("WPS 表格 .et 请另存为 .xlsx", "save the WPS .et as .xlsx"),
    ".ods": (".ods 请另存为 .xlsx", "save the .ods as .xlsx"),
    ".mdb": ("个人地理数据库 .mdb 请在 ArcGIS 中导出为 Shapefile 或文件地理数据库", "export the personal geodatabase (.mdb) as shapefile or file geodatabase in ArcGIS"),
    ".tab": ("MapInfo TAB 请在 MapInfo 或 QGIS 中另存为 Shapefile 或 GeoPackage", "save the MapInfo TAB as shapefile or GeoPackage"),
    ".mif": ("MapInfo MIF 请另存为 Shapefile 或 GeoPackage", "save the MapInfo MIF as shapefile or GeoPackage"),
    ".dbf": ("只有 .dbf 没有图形；请把 .shp .shx .dbf .prj 一起压缩为 ZIP", "a .dbf alone has no shapes; zip .shp, .shx, .dbf and .prj together"),
    ".shx": ("请导入 .shp，或把各部分一起压缩为 ZIP", "import the .shp, or zip the parts together"),
    ".prj": ("请导入 .shp，或把各部分一起压缩为 ZIP", "import the .shp, or zip the parts together"),
    ".gdb": ("文件地理数据库请整个文件夹压缩为 .gdb.zip", "zip the whole .gdb folder"),
    ".pdf": ("PDF 不是数据文件；请索取原始的 GIS 或表格文件", "a PDF is no data file; ask for the GIS or table file"),
    ".docx": ("请把表格复制到 Excel 并另存为 .xlsx", "copy the table into Excel and save it as .xlsx"),
    ".sqlite": ("请用 QGIS 另存为 GeoPackage（.gpkg）", "save it as GeoPackage (.gpkg) in QGIS"),
    ".gpx": ("GPX 请在 QGIS 中另存为 GeoJSON", "save the GPX as GeoJSON in QGIS"),
    ".img": ("请转为 GeoTIFF（.tif）", "convert it to GeoTIFF (.tif)"),
    ".png": ("图片没有坐标和数值；请提供 GeoTIFF", "a picture has no coordinates and values; give a GeoTIFF"),
    ".jpg": ("图片没有坐标和数值；请提供 GeoTIFF", "a picture has no coordinates and values; give a GeoTIFF"),
}  # fmt: skip
for _like, _of in ((".pickle", ".pkl"), (".joblib", ".pkl"), (".npy", ".pkl"), (".npz", ".pkl"), (".wms", ".wfs"), (".wmts", ".wfs"),
                   (".ovf", ".vrt"), (".gdalg", ".vrt"), (".dgn", ".dwg"), (".jpeg", ".jpg"), (".doc", ".docx"), (".db", ".sqlite"), (".xsd", ".gml")):  # fmt: skip
    ADVICE[_like] = ADVICE[_of]

# First bytes of what people rename: content → extension whose advice applies.
_FOREIGN = (
    (b"AC10", ".dwg"), (b"Rar!", ".rar"), (b"7z\xbc\xaf", ".7z"), (b"\x1f\x8b", ".gz"), (b"BZh", ".bz2"), (b"\xfd7zXZ", ".xz"),
    (b"\xd0\xcf\x11\xe0", ".xls"), (b"%PDF", ".pdf"), (b"\x89PNG", ".png"), (b"\xff\xd8\xff", ".jpg"), (b"\x80\x02", ".pkl"),
    (b"\x80\x03", ".pkl"), (b"\x80\x04", ".pkl"), (b"\x80\x05", ".pkl"), (b"\x93NUMPY", ".pkl"),
)  # fmt: skip
_MAGIC: dict[str, tuple[bytes, ...]] = {
    ".shp": (b"\x00\x00\x27\x0a",),
    ".zip": (b"PK\x03\x04",), ".kmz": (b"PK\x03\x04",), ".xlsx": (b"PK\x03\x04",),
    ".gpkg": (b"SQLite format 3\x00",), ".fgb": (b"fgb\x03",), ".parquet": (b"PAR1",), ".geoparquet": (b"PAR1",),
    ".tif": (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+"), ".tiff": (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+"),
}  # fmt: skip
_XML_ROOTS = ((b"<ogrvrt", ".vrt"), (b"<vrtdataset", ".vrt"), (b"<gdal_wms", ".wfs"), (b"<wfs", ".wfs"), (b"<ogrwfs", ".wfs"), (b"<gdal_wmts", ".wfs"),
              (b"<wms_", ".wfs"), (b"<wcs_", ".wfs"), (b"<graphml", ".graphml"), (b":featurecollection", ".gml"), (b"<gml", ".gml"), (b"opengis.net/gml", ".gml"), (b"<gpx", ".gpx"))  # fmt: skip


@dataclass(frozen=True)
class Opened:
    """A file ready for its reader: its kind (an extension), where it lies, and the parts beside it."""

    kind: str
    path: Path
    parts: dict[str, Path]


def _refused(kind: str, found: str = "") -> RefusedError:
    zh, en = ADVICE[kind]
    return RefusedError(
        error(
            (f"内容其实是 {found}；" if found else "") + zh, (f"the content really is {found}: " if found else "") + en
        )
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
    wanted = _MAGIC.get(kind)
    if wanted and head.startswith(wanted):
        return
    for mark, other in _FOREIGN:
        if head.startswith(mark) and (mark != b"\x80\x02" or wanted or kind not in (".csv", ".txt")):
            raise _refused(other, other.lstrip(".").upper())
    if len(head) > 262 and head[257:262] == b"ustar":
        raise _refused(".tar", "TAR")
    low = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()[:3000]
    if low.startswith(b"<"):
        for mark, other in _XML_ROOTS:
            if mark in low and not (kind in (".kml",) and b"<kml" in low):
                raise _refused(other, other.lstrip(".").upper())
    if (
        wanted
        or (low.startswith(b"<") and kind not in (".kml", ".osm"))
        or (head.startswith((b"PK\x03\x04", b"SQLite", b"PAR1", b"fgb\x03")))
    ):
        raise RefusedError(
            error(
                f"文件内容与扩展名 {kind} 不符；请用正确的扩展名或重新导出",
                f"the content is not what the extension {kind} says; use the right extension or export it again",
            )
        )


def unpack(path: Path, parts: dict[str, Path], folder: Path, answers: dict[str, Any]) -> Opened:
    """Return the file, or the one data set of an archive, ready for its reader.

    Raises
    ------
    RefusedError
        If the bytes are not what the name says, or the archive breaks a rule.
    OpenQuestionError
        If an archive holds several data sets and ``answers["layer"]`` names none.
    """
    kind = path.suffix.lower()
    if path.is_dir():  # a FileGDB given as a folder: copied file by file, checked by its reader
        return Opened(".gdb", path, parts)
    with open(path, "rb") as file:
        head = file.read(4096)
    check_magic(kind, head)
    if kind in (".zip", ".kmz"):
        kind, path, parts = zips.unpack(path, folder, kind, answers)
        with open(next(iter(sorted(path.glob("*.gdbtable"))), path) if path.is_dir() else path, "rb") as file:
            head = file.read(4096)
        if kind != ".gdb":
            check_magic(kind, head)
    if kind == ".xlsx":
        zips.check_book(path)
    if kind in (".osm", ".pbf"):
        from layers.incoming.readers import osm

        path = osm.checked(path)
    return Opened(kind, path, parts)


def read(opened: Opened, layer: str, answers: dict[str, Any], known: set[str], *, guarded: bool) -> Table:
    """Return the rows of an opened file.

    Raises
    ------
    RefusedError
        If it cannot be read, or needs GDAL on a system without locks.
    """
    kind, path = opened.kind, opened.path
    if kind in (".tif", ".tiff") and layer != "population":
        raise RefusedError(
            error(
                "GeoTIFF 只能作为人口图层（population）导入",
                "a GeoTIFF can only be imported as the layer population; choose that layer",
            )
        )
    if kind in (".dxf", ".fgb", ".gdb", ".tif", ".tiff") and not guarded:
        raise RefusedError(error("本系统没有 Landlock 或 seccomp 隔离，此格式不接受；请改用 GeoPackage、GeoJSON 或 Shapefile",
                                 "this system has neither Landlock nor seccomp, so this format is not taken; use GeoPackage, GeoJSON or shapefile"))  # fmt: skip
    if kind == ".shp":
        return shapefile.read(path, opened.parts)
    if kind in (".geojson", ".json", ".topojson"):
        return jsons.read(path)
    if kind in (".csv", ".txt", ".tsv"):
        return sheets.read_csv(path, known)
    if kind == ".xlsx":
        from layers.incoming.readers import excel

        return excel.read(path, known, answers.get("sheet"))
    return _others(opened, layer, answers)


def _others(opened: Opened, layer: str, answers: dict[str, Any]) -> Table:
    kind, path = opened.kind, opened.path
    if kind == ".gpkg":
        from layers.incoming.readers import geopackage

        return geopackage.read(path, answers.get("layer"))
    if kind == ".kml":
        from layers.incoming.readers import markup

        return markup.read_kml(path)
    if kind in (".parquet", ".geoparquet"):
        from layers.incoming.readers import arrow

        return arrow.read(path)
    if kind in (".osm", ".pbf"):
        from layers.incoming.readers import osm

        return osm.read(path, layer)
    if kind in (".tif", ".tiff"):
        from layers.incoming.readers import raster

        return raster.read(path, answers)
    from layers.incoming.readers import gdal

    return gdal.read(path, kind, answers.get("layer"), LAYERS[layer].families if layer in LAYERS else ("Point",))
