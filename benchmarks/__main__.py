"""Run the benchmarks: ``python -m benchmarks [NAME …]``; every module here with ``main(out)`` is one.

Each writes ``results/<name>.md`` (and drawings); README.md is put together from them.
"""

from __future__ import annotations

import importlib
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
HEAD = """# Benchmarks

`make bench` measures everything again; `python -m benchmarks network raster` only those named. Peers are pinned in
requirements-bench.txt and are never part of the product. Ratios come from one run on one machine and are what to
compare; milliseconds depend on it. Preparation that is done once per network stands in a column of its own.

The page against an older state of itself, by turns in one run: `make bench BEFORE=REV`, or that alone
`ZONEPLAN_BEFORE=REV python -m benchmarks page` (some 40 minutes on two cores that are otherwise idle). `python -m benchmarks.page
--before REV --quick --out FOLDER` is a first look of some minutes, with `--cities` at the real cities too, as they are now. Servers that run already, one or several, are measured by
`--address NAME=URL`; their processes are not known, so no CPU is told.
"""


def names() -> list[str]:
    """Return the benchmark modules of this folder."""
    return sorted(
        p.stem
        for p in HERE.glob("*.py")
        if not p.stem.startswith("_") and "def main(out: Path)" in p.read_text("utf-8")
    )


def assemble() -> None:
    """Write README.md from the results."""
    parts = [HEAD]
    for result in sorted((HERE / "results").glob("*.md")):
        text = result.read_text("utf-8").strip().replace("](", "](results/").replace("](results/http", "](http")
        parts.append("\n".join("#" + line if line.startswith("# ") else line for line in text.splitlines()) + "\n")
    (HERE / "README.md").write_text("\n".join(parts), "utf-8")


def main(wanted: list[str]) -> int:
    """Run the benchmarks named, all when none are."""
    unknown = set(wanted) - set(names())
    if unknown:
        print(f"没有这些基准 / no such benchmark: {', '.join(sorted(unknown))}; {', '.join(names())}", file=sys.stderr)
        return 2
    for name in wanted or names():
        started = time.perf_counter()
        print(f"{name} …", flush=True)
        importlib.import_module(f"benchmarks.{name}").main(HERE / "results")
        print(f"{name}: {time.perf_counter() - started:.0f} s", flush=True)
    assemble()
    return 0


if __name__ == "__main__":
    raise SystemExit(
        main([a for a in sys.argv[1:] if a != "--assemble"]) if sys.argv[1:] != ["--assemble"] else assemble()
    )
