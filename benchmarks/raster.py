"""Population rasters: the time and memory of reading a city out of a large tile by windows."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import rasterio
from rasterio.transform import from_origin

ROOT = Path(__file__).resolve().parent.parent
CRS = "EPSG:4548"
CITY = (6_000, 4_000)  # rows and columns of 3": 5 degrees by 3.3, 24 million cells, as a WorldPop tile


def main(out: Path) -> None:
    """Measure and write ``out`` / raster.md (or ``out`` itself if it ends in .md)."""
    target = out if out.suffix == ".md" else out / "raster.md"
    with tempfile.TemporaryDirectory() as folder:
        text = "# Population rasters\n\n" + city(Path(folder))
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, "utf-8")


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


if __name__ == "__main__":
    main(ROOT / "benchmarks" / "results")
