"""The click before and after a change of the house, turn by turn in one run: ``python -m benchmarks.click --before REV``.

The older revision is checked out beside this one and asked the same question in a process of its own, so that both meet
the same machine at the same time; what counts is the ratio of a pair.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BEFORE = "9634423"
"""The last revision of the old house: one flat core, a memo in the workspace."""
ASK = """
import json, sys, time
from geo import answers
from layers import workspace
place = workspace.load(sys.argv[1])
lon, lat, year = float(sys.argv[2]), float(sys.argv[3]), place.years[-1]
if hasattr(workspace, "case"):
    ask = lambda x: answers.site(workspace.case(place, "primary", year), lon + x, lat)
else:
    ask = lambda x: answers.site(place, lon + x, lat, "primary", year)
for i in range(5):
    ask(i * 1e-5)
times = []
for i in range(40):
    start = time.process_time()
    ask(i * 1e-5)
    times.append((time.process_time() - start) * 1e3)
print(json.dumps(sorted(times)[len(times) // 2]))
"""


def ask(house: Path, folder: Path, at: tuple[float, float]) -> float:
    """Return the median CPU milliseconds of a click in the house that stands in a folder."""
    words = [sys.executable, "-c", ASK, str(folder), str(at[0]), str(at[1])]
    done = subprocess.run(words, cwd=house, capture_output=True, text=True, check=True)
    return float(json.loads(done.stdout.strip().splitlines()[-1]))


def pairs(before: Path, folder: Path, at: tuple[float, float], count: int) -> list[tuple[float, float]]:
    """Return before and after [ms], pair by pair; the first pair compiles and is left out."""
    found = [(ask(before, folder, at), ask(ROOT, folder, at)) for _ in range(count + 1)]
    return found[1:]


def table(places: dict[str, tuple[Path, tuple[float, float]]], revision: str, count: int) -> str:
    """Return the comparison as a table, one row a place."""
    lines = [
        "# The click, before and after the house was laid anew", "",
        f"CPU milliseconds of `answers.site` (median of 40), revision {revision} and this one in turn, {count} pairs; the ratio is of a pair.", "",
        "| place | before [ms] | after [ms] | after ÷ before, median (least to most) |", "|---|---|---|---|",
    ]  # fmt: skip
    with tempfile.TemporaryDirectory() as aside:
        before = Path(aside) / "before"
        words = ["git", "worktree", "add", "--detach", str(before), revision]
        subprocess.run(words, cwd=ROOT, check=True, capture_output=True)
        try:
            for name, (folder, at) in places.items():
                found = pairs(before, folder, at, count)
                ratios = sorted(b / a for a, b in found)
                a, b = (statistics.median(x) for x in zip(*found, strict=True))
                lines.append(
                    f"| {name} | {a:.1f} | {b:.1f} | {statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f}) |"
                )
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", str(before)], cwd=ROOT, check=False)
    return "\n".join(lines) + "\n"


def main(
    out: Path,
    *,
    places: dict[str, tuple[Path, tuple[float, float]]] | None = None,
    revision: str = BEFORE,
    count: int = 7,
) -> None:
    """Measure and write ``out`` / click.md."""
    everywhere = {"bundled zone": (ROOT / "data", (117.66, 39.06)), **(places or {})}
    (out / "click.md").write_text(table(everywhere, revision, count), "utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--before", default=BEFORE, help="revision to compare with")
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--place", action="append", default=[], metavar="NAME=FOLDER,LON,LAT", help="more workspaces")
    args = parser.parse_args()
    more = {}
    for word in args.place:
        label, rest = word.split("=", 1)
        where, lon, lat = rest.rsplit(",", 2)
        more[label] = (Path(where).resolve(), (float(lon), float(lat)))
    main(ROOT / "benchmarks" / "results", places=more, revision=args.before, count=args.pairs)
