"""Population rasters: exact zonal sums against the usual ways, and the memory of reading a city by windows."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import rasterio
import shapely
from rasterio.features import rasterize
from rasterio.mask import mask
from rasterio.transform import from_origin

from layers.workspace import population

ROOT = Path(__file__).resolve().parent.parent
CRS = "EPSG:4548"
SIDE = 100.0
REPEATS = 5
CELLS = 316  # 316 x 316 = 100 thousand cells
ZONES = 300
CITY = (6_000, 4_000)  # rows and columns of 3": 5 degrees by 3.3, 24 million cells, as a WorldPop tile


def main(out: Path) -> None:
    """Measure and write ``out`` / raster.md (or ``out`` itself if it ends in .md)."""
    target = out if out.suffix == ".md" else out / "raster.md"
    with tempfile.TemporaryDirectory() as folder:
        text = zonal(Path(folder)) + city(Path(folder))
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, "utf-8")


def zonal(folder: Path) -> str:
    """Return the table of zonal sums: time, and how far the total is off."""
    rng = np.random.default_rng(1)
    path = folder / "people.tif"
    data = rng.gamma(0.5, 20, (CELLS, CELLS)).astype("float32")
    _write(path, data, CRS, (500_000, 4_320_000 + CELLS * SIDE), SIDE)
    extent = shapely.box(500_000, 4_320_000, 500_000 + CELLS * SIDE, 4_320_000 + CELLS * SIDE)
    corner = np.array([500_000.0, 4_320_000.0])
    seeds = shapely.MultiPoint(corner + rng.uniform(0, CELLS * SIDE, (ZONES, 2)))
    cells = shapely.get_parts(shapely.voronoi_polygons(seeds, extend_to=extent))
    zones = gpd.GeoDataFrame(geometry=shapely.intersection(cells, extent), crs=CRS)
    total = float(data.astype(float).sum())

    def masks() -> np.ndarray:
        with rasterio.open(path) as source:
            return np.array(
                [float(mask(source, [shape], crop=True)[0].astype(float).sum()) for shape in zones.geometry]
            )

    def labels() -> np.ndarray:
        with rasterio.open(path) as source:
            numbered = ((shape, n + 1) for n, shape in enumerate(zones.geometry))
            where = rasterize(numbered, source.shape, transform=source.transform, dtype="int32")
            return np.bincount(where.ravel(), source.read(1).astype(float).ravel(), minlength=ZONES + 1)[1:]

    rows = [
        ("exact fractions (ours, exactextract)", lambda: population.zonal_sums(path, zones)["people_2020"].to_numpy()),
        ("rasterio mask, zone by zone", masks),
        ("rasterize and bincount (cell centres)", labels),
    ]
    peer = _rasterstats(path, zones)
    if peer is not None:
        rows.append(("rasterstats", peer))
    exact = rows[0][1]()
    text = [
        "# Population rasters", "",
        f"{ZONES} zones that tile {CELLS * CELLS:,} cells; median of {REPEATS} runs.", "",
        "| way | ms | total kept to | worst zone off by |", "|---|---|---|---|",
    ]  # fmt: skip
    for name, work in rows:
        got = work()
        worst = float(np.max(np.abs(got - exact) / exact))
        text.append(f"| {name} | {_median(work):.1f} | {abs(float(got.sum()) / total - 1):.1e} | {worst:.1%} |")
    return "\n".join(text) + "\n\n"


def city(folder: Path) -> str:
    """Return what reading a WorldPop-like tile costs, in a process of its own."""
    path = folder / "city.tif"
    rng = np.random.default_rng(2)
    profile = {"driver": "GTiff", "height": CITY[0], "width": CITY[1], "count": 1, "dtype": "float32", "crs": "EPSG:4326",
               "transform": from_origin(116.0, 42.0, 1 / 1200, 1 / 1200), "nodata": -99999, "tiled": True, "compress": "deflate"}  # fmt: skip
    with rasterio.open(path, "w", **profile) as target:
        target.set_band_description(1, "2020")
        for row in range(0, CITY[0], 500):
            part = rng.uniform(0, 20, (500, CITY[1])).astype("float32")
            part[rng.random(part.shape) < 0.9] = 0
            target.write(part, 1, window=rasterio.windows.Window(0, row, CITY[1], 500))
    script = (
        "import re, sys, time\n"
        "from pathlib import Path\n"
        "from layers import population\n"
        "def most():\n"  # of this process alone; ru_maxrss would carry over what the parent had
        "    return int(re.search(r'VmHWM:\\s+(\\d+)', Path('/proc/self/status').read_text())[1])\n"
        "before = most()\n"
        "start = time.perf_counter()\n"
        "got = population.read_people(sys.argv[1], crs='EPSG:4548', years=[2020], bounds=(117, 38.5, 118.5, 40))\n"
        "peak = most()\n"
        "print(len(got.cells), time.perf_counter() - start, before / 1024, peak / 1024)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    cells, seconds, before, peak = map(float, done.stdout.split())
    return (
        f"A city of 1.5 by 1.5 degrees out of a tile of {CITY[0] * CITY[1] / 1e6:.0f} million cells: {cells:,.0f} inhabited cells "
        f"in {seconds:.1f} s; {peak:.0f} MB at most, of which {before:.0f} MB before the first byte was read.\n"
    )


def _write(path: Path, data: np.ndarray, crs: str, origin: tuple[float, float], size: float) -> None:
    with rasterio.open(
        path, "w", driver="GTiff", height=data.shape[0], width=data.shape[1], count=1, dtype="float32", crs=crs,
        transform=from_origin(*origin, size, size),
    ) as target:  # fmt: skip
        target.write(data, 1)
        target.set_band_description(1, "2020")


def _rasterstats(path: Path, zones: gpd.GeoDataFrame) -> Callable[[], np.ndarray] | None:
    try:
        from rasterstats import zonal_stats
    except ImportError:
        return None
    return lambda: np.array([float(row["sum"] or 0) for row in zonal_stats(zones, str(path), stats="sum")])


def _median(work: Callable[[], object]) -> float:
    """Return the median milliseconds of one run."""
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        work()
        times.append((time.perf_counter() - start) * 1e3)
    return statistics.median(times)


if __name__ == "__main__":
    main(ROOT / "benchmarks" / "results")
