"""The environment of the process that parses uploads, and the GDAL drivers that it is left with."""

from __future__ import annotations

import os

__all__ = ["KEPT", "environment"]

# Every GDAL driver of the two wheels but those named in KEPT. Set before GDAL is loaded: GDAL chooses a driver
# by content, so a VRT or a service description under any name would read local files or call out.
KEPT = ("OpenFileGDB", "DXF", "FlatGeobuf", "GTiff", "MEM", "Memory")
_OTHERS = """AAIGrid ACE2 ADBC ADRG AIG AIVector AVCBin AVCE00 AirSAR AmigoCloud BAG BIGGIF BLX BMP BSB BT BYN CAD CALS
CEOS COASP COG COSAR CPG CSV CSW CTG CTable2 Carto DAAS DERIVED DGN DIMAP DIPEx DOQ1 DOQ2 DTED DWG ECRGTOC EDIGEO EEDA EEDAI
EHdr EIR ELAS ENVI ERS ESAT ESRIC ESRIJSON Elasticsearch FAST FIT FITS GDALG GFF GIF GML GNMDatabase GNMFile GPKG
GPSBabel GPX GRASSASCIIGrid GRIB GS7BG GSAG GSBG GSC GTFS GTI GTX GXF GenBin GeoJSON GeoJSONSeq GeoRSS HDF4 HDF5
HDF5Image HEIF HF2 HFA HTTP IDA ILWIS INGR IRIS ISCE ISG ISIS2 ISIS3 Idrisi JAXAPALSAR JDEM JML JP2OpenJPEG JPEG JPEGXL
JPIPKAK JSONFG KEA KML KMLSUPEROVERLAY KRO L1B LAN LCP LIBKML LIBERTIFF LOSLAS LVBAG Leveller MAP MBTiles MFF MFF2 MFR MRF
MSGN MVT MapInfo_File MapML MiraMonVector MiraMonRaster MongoDBv3 MySQL NAS NDF NGSGEOID NGW NITF NOAA_B NSIDCbin NTv2 NWT_GRC NWT_GRD
OAPIF ODBC ODS OGCAPI OGR_GMT OGR_PDS OGR_VRT OSM OZI PAux PCIDSK PCRaster PDF PDS PDS4 PGDUMP PGeo PLMOSAIC PLSCENES
PMTiles PNG PNM PRF Parquet PostgreSQL PostGISRaster R RCM RIK RMF ROI_PAC RPFTOC RRASTER RS2 RST Rasterlite S102 S104 S111 S57 SAFE
SAGA SAR_CEOS SDTS SENTINEL2 SGI SIGDEM SNAP_TIFF SNODAS SOSI SQLite SRP SRTMHGT STACIT STACTA SXF Selafin TGA TIL TSX
TileDB Terragen TopoJSON USGSDEM VDV VFK VICAR VRT WAsP WCS WEBP WFS WMS WMTS XLS XLSX XODR XPM XYZ ZMap Zarr netCDF Arrow"""


def environment() -> dict[str, str]:
    """Return the whole environment of the process: no secrets, no proxies, no user's settings."""
    skip = [
        name.replace("_", " ") if name in ("MapInfo_File",) else name for name in (*_OTHERS.split(), "ESRI Shapefile")
    ]
    kept = {
        "GDAL_SKIP": ",".join(skip),
        "OGR_SKIP": ",".join(skip),
        "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
        "GDAL_HTTP_TIMEOUT": "1",
        "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": "none",
        "GDAL_PAM_ENABLED": "NO",
        "GDAL_NUM_THREADS": "1",
        "GDAL_CACHEMAX": "64",
        "PROJ_NETWORK": "OFF",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "ARROW_IO_THREADS": "1",
        "DXF_ENCODING": "ISO-8859-1",
        "DXF_MAX_BSPLINE_CONTROL_POINTS": "2000",
        "LC_ALL": "C.UTF-8",
        "PYTHONUTF8": "1",
        "PYTHONHASHSEED": "0",
    }
    for name in ("SYSTEMROOT", "LD_LIBRARY_PATH"):  # without them a process cannot start on some systems
        if name in os.environ:
            kept[name] = os.environ[name]
    return kept
