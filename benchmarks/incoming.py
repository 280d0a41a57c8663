"""Reading planners' files: the same points as every format in one run, as a ratio to CSV; and the largest files of the limits.

The time is that of the whole way: the copy, the child, the reader, meaning, place, and the frame that comes back.
"""

from __future__ import annotations

import json
import resource
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import ezdxf
import geopandas as gpd
import numpy as np
import pandas as pd

from layers.incoming import read

POINTS = 50_000
LIMIT_ROWS = 190_000
LIMIT_BYTES = 93_000_000


def points(n: int) -> gpd.GeoDataFrame:
    """Return ``n`` schools of a town that nobody lives in, each with a name, a kind, seats and an address."""
    rng = np.random.default_rng(7)
    lon, lat = 117.0 + rng.random(n) * 0.8, 38.9 + rng.random(n) * 0.5
    columns = {
        "学校名称": [f"第{i}小学" for i in range(n)],
        "类型": ["小学"] * n,
        "小学学位": rng.integers(200, 2000, n),
        "地址": [f"海泰路{i}号" for i in range(n)],
    }
    return gpd.GeoDataFrame(columns, geometry=gpd.points_from_xy(lon, lat), crs="EPSG:4490")


def _csv(frame: gpd.GeoDataFrame, path: Path) -> None:
    plain = pd.DataFrame(frame.drop(columns="geometry"))
    plain["WGS84经度"], plain["WGS84纬度"] = frame.geometry.x, frame.geometry.y
    plain.to_csv(path, index=False)


def _xlsx(frame: gpd.GeoDataFrame, path: Path) -> None:
    plain = pd.DataFrame(frame.drop(columns="geometry"))
    plain["WGS84经度"], plain["WGS84纬度"] = frame.geometry.x, frame.geometry.y
    plain.to_excel(path, index=False)


def _geojson(frame: gpd.GeoDataFrame, path: Path) -> None:
    told = json.loads(frame.to_json(drop_id=True))
    told["crs"] = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4490"}}
    path.write_text(json.dumps(told, ensure_ascii=False), "utf-8")


def _zipped(write: Callable[[gpd.GeoDataFrame, Path], None], inner: str) -> Callable[[gpd.GeoDataFrame, Path], None]:
    def made(frame: gpd.GeoDataFrame, path: Path) -> None:
        with tempfile.TemporaryDirectory() as folder:
            write(frame, Path(folder) / inner)
            with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
                for part in sorted(Path(folder).iterdir()):
                    archive.write(part, part.name)

    return made


def _shapefile(frame: gpd.GeoDataFrame, path: Path) -> None:
    frame.to_file(path, driver="ESRI Shapefile", encoding="utf-8")


def _dxf(frame: gpd.GeoDataFrame, path: Path) -> None:
    drawing = ezdxf.new("R2010")
    for p in frame.to_crs("EPSG:4548").geometry:
        drawing.modelspace().add_point((p.x, p.y), dxfattribs={"layer": "学校"})
    drawing.saveas(path)


FORMS: dict[str, tuple[str, Callable[[gpd.GeoDataFrame, Path], None]]] = {
    "CSV": ("a.csv", _csv),
    "GeoJSON": ("a.geojson", _geojson),
    "zip of GeoJSON": ("g.zip", _zipped(_geojson, "a.geojson")),
    "zip of shapefile": ("s.zip", _zipped(_shapefile, "a.shp")),
    "GeoPackage": ("a.gpkg", lambda f, p: f.to_file(p, driver="GPKG")),
    "XLSX": ("a.xlsx", _xlsx),
    "DXF": ("a.dxf", _dxf),
}


def timed(path: Path) -> tuple[float, int, str]:
    """Return the seconds of reading a file, the rows that came, and what was asked or wrong if none did."""
    start = time.perf_counter()
    result = read(path, layer="schools", crs="EPSG:4548" if path.suffix == ".dxf" else None)
    seconds = time.perf_counter() - start
    if result.frame is None:
        why = [q.key for q in result.questions] or [str(f) for f in result.findings][:2]
        return seconds, 0, "; ".join(why)
    return seconds, len(result.frame), ""


def _padded(frame: gpd.GeoDataFrame, write: Callable[[gpd.GeoDataFrame, Path], None], path: Path) -> None:
    """Write a file of ``LIMIT_BYTES``: what is left of the size goes into a column of remarks."""
    write(frame.assign(备注=""), path)
    more = max((LIMIT_BYTES - path.stat().st_size) // len(frame), 0)
    write(frame.assign(备注="x" * more), path)


def main(out: Path) -> None:
    """Measure, and write ``incoming.md``."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        lines = [
            "# Reading planners' files",
            "",
            f"{POINTS:,} points with four attributes through `layers.incoming.read`, whole way, in one run.",
            "",
            "| Format | MB | s | × CSV |",
            "|---|---|---|---|",
        ]
        frame, base = points(POINTS), 0.0
        timed_once = home / "warm.csv"
        _csv(frame.head(10), timed_once)
        timed(timed_once)
        for name, (file, write) in FORMS.items():
            write(frame, home / file)
            seconds, rows, why = timed(home / file)
            base = base or seconds
            size = (home / file).stat().st_size / 1e6
            told = f"{seconds:.1f}" if rows == POINTS else f"{seconds:.1f} ({why})"
            lines.append(f"| {name} | {size:.1f} | {told} | {seconds / base:.1f} |")
            print(lines[-1], flush=True)
        lines += ["", f"The largest files of the documented limits, {LIMIT_ROWS:,} rows:", "", "| Format | MB | s | rows | memory of this process, peak [MB] |", "|---|---|---|---|---|"]  # fmt: skip
        large = points(LIMIT_ROWS)
        for name in ("CSV", "GeoJSON"):
            file, write = FORMS[name]
            _padded(large, write, home / file)
            seconds, rows, why = timed(home / file)
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            lines.append(f"| {name} | {(home / file).stat().st_size / 1e6:.0f} | {seconds:.0f} | {rows:,} {why} | {peak:,.0f} |")  # fmt: skip
            print(lines[-1], flush=True)
    (out / "incoming.md").write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main(Path(__file__).parent / "results")
