"""Do dangerous work in a process of its own: without network, with one folder, against the clock.

`run` hands a folder and a task to a child that locks itself in (see ``incoming.confine``) and gives back the
plain data that it answers. Nothing that a file contains is ever executed, unpickled or parsed here.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

__all__ = ["MEGABYTES", "SECONDS", "ChildFailedError", "capabilities", "run"]

SECONDS = 20
MEGABYTES = 1500
ANSWER_LIMIT = 400 * 1024 * 1024
GRACE = 1.5  # [s] the parent waits beyond the child's own alarm
CHILD = Path(__file__).parent / "child.py"
END = b"\n#end"

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
SKIPPED = _OTHERS.split()


class ChildFailedError(RuntimeError):
    """The child gave no answer: ``kind`` is ``time``, ``memory``, ``depth``, ``died``, ``size``, ``shape`` or ``error``."""

    def __init__(self, kind: str, detail: str = "") -> None:
        self.kind, self.detail = kind, detail
        super().__init__(f"{kind}: {detail}" if detail else kind)


def _environment() -> dict[str, str]:
    """Return the whole environment of the child: no secrets, no proxies, no user's settings."""
    skip = [name.replace("_", " ") if name in ("MapInfo_File",) else name for name in (*SKIPPED, "ESRI Shapefile")]
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


class _Nursery:
    """One warm parent of children, owned by this process and started again when it is gone."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.owner = os.getpid()
        self.control = ours
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-X", "utf8", str(CHILD), str(theirs.fileno())],
            pass_fds=[theirs.fileno()], env=_environment(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, cwd="/", close_fds=True,
        )  # fmt: skip
        theirs.close()
        ours.settimeout(60)
        if ours.recv(16) != b"ready":
            raise ChildFailedError("died", "the parsing process does not start")

    def alive(self) -> bool:
        return self.owner == os.getpid() and self.process.poll() is None

    def send(self, task: dict[str, Any], out: int | None = None) -> None:
        message = json.dumps(task).encode()
        if out is None:
            self.control.sendall(message)
        else:
            socket.send_fds(self.control, [message], [out])

    def close(self) -> None:
        self.control.close()
        if self.owner == os.getpid():
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(5)


_lock = threading.Lock()
_nursery: list[_Nursery] = []


def _send(task: dict[str, Any], out: int) -> _Nursery:
    """Hand a task to the warm process, starting it or starting it again if need be."""
    with _lock:
        for attempt in (1, 2):
            if not _nursery or not _nursery[0].alive():
                while _nursery:
                    _nursery.pop().close()
                _nursery.append(_Nursery())
            try:
                _nursery[0].send(task, out)
                break
            except OSError:
                _nursery.pop().close()
                if attempt == 2:
                    raise
        return _nursery[0]


def _listen(handle: int, deadline: float) -> tuple[bytes, str]:
    """Return what the child wrote and why reading ended: ``end``, ``time`` or ``size``."""
    import select

    parts: list[bytes] = []
    total = 0
    while True:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([handle], [], [], left)[0]:
            return b"".join(parts), "time"
        part = os.read(handle, 1 << 20)
        if not part:
            return b"".join(parts), "end"
        parts.append(part)
        total += len(part)
        if total > ANSWER_LIMIT:
            return b"".join(parts), "size"


def _ask_warm(task: dict[str, Any]) -> bytes:
    reading, writing = os.pipe()
    started = time.monotonic()
    try:
        try:
            nursery = _send({"do": task["do"], "folder": task["folder"]}, writing)
        finally:
            os.close(writing)
        raw, why = _listen(reading, started + task["seconds"] + GRACE)
        pid, _, raw = raw.partition(b"\n")
        if why != "end":
            with contextlib.suppress(OSError, ValueError):
                nursery.send({"do": "kill", "pid": int(pid)})
            raise ChildFailedError(why)
        if not raw.endswith(END):
            late = time.monotonic() - started >= task["seconds"] - 0.5
            raise ChildFailedError("time" if late else "died")
        return raw[: -len(END)]
    finally:
        os.close(reading)


def _ask_once(task: dict[str, Any]) -> bytes:
    """Do the task in a fresh process: slower to start, for systems without fork."""
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-X", "utf8", str(CHILD), "--once"], input=json.dumps(task).encode(),
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=_environment(), cwd=task["folder"],
            timeout=task["seconds"] + 10, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise ChildFailedError("time") from None
    if not done.stdout.endswith(END) or len(done.stdout) > ANSWER_LIMIT:
        raise ChildFailedError("died")
    return done.stdout[: -len(END)]


def run(
    task: dict[str, Any], folder: str | os.PathLike[str], *, seconds: int = SECONDS, megabytes: int = MEGABYTES
) -> dict[str, Any]:
    """Return the answer of a locked-in child to ``task``, which may touch ``folder`` and nothing else.

    Parameters
    ----------
    task
        Plain data; ``task["do"]`` names the work.
    folder
        The only folder the child can read and write.
    seconds, megabytes
        Wall time [s] and memory [MB] after which the child is ended.

    Raises
    ------
    ChildFailedError
        If it ran out of time or memory, died, or answered too much.
    """
    whole = task | {"folder": str(Path(folder).resolve()), "seconds": seconds, "megabytes": megabytes}
    warm = sys.platform.startswith("linux")  # elsewhere there are no message sockets to hand a pipe over
    if warm:
        (Path(folder) / "task.json").write_text(json.dumps(whole))
    raw = _ask_warm(whole) if warm else _ask_once(whole)
    result = json.loads(raw)
    if not isinstance(result, dict):
        raise ChildFailedError("error", "no object")
    if "failed" in result:
        kind = result["failed"] if result["failed"] in ("memory", "depth", "shape") else "error"
        raise ChildFailedError(kind, f"{result.get('kind', '')} {result.get('text', '')}".strip())
    return result


@functools.cache
def _capabilities() -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="zoneplan-") as folder:
        return run({"do": "capabilities"}, folder, seconds=10)


def capabilities() -> dict[str, Any]:
    """Return which locks are in force on this system, for the health page.

    Keys: ``landlock`` (version, 0 = none), ``calls`` (seccomp in force), ``limits`` (names of the resource
    limits taken), ``drivers`` (GDAL drivers loaded beyond the wanted ones; must be empty), ``gdal`` (whether
    formats that need GDAL are accepted).
    """
    try:
        known = _capabilities()
    except (ChildFailedError, OSError) as error:
        return {"landlock": 0, "calls": False, "limits": [], "drivers": [], "gdal": False, "error": str(error)}
    return known | {"gdal": bool(known["landlock"] or known["calls"]) and not known["drivers"]}


def close() -> None:
    """End the warm process; the next `run` starts another."""
    with _lock:
        while _nursery:
            _nursery.pop().close()


atexit.register(close)
