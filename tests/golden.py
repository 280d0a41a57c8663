"""Every answer of two workspaces as the command line gives it, kept in files, so that a change of the house shows.

``python -m tests.golden write`` asks everything anew and writes tests/golden_kept/; ``compare`` says what differs from it,
``compare --exact`` to the last digit (a number may differ in its last digits between processors, so the test allows
one part in 10¹²).
"""

from __future__ import annotations

import contextlib
import functools
import gzip
import hashlib
import io
import json
import math
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

import cli
from layers import workspace

HERE = Path(__file__).resolve().parent / "golden_kept"
SERVICES = ("kindergarten", "primary", "junior", "senior", "community_health_centre", "hospital", "metro")
STAGES = SERVICES[:4]
METHODS = ("e2sfca", "2sfca", "3sfca", "balanced", "gravity", "cumulative")
PLACES = {"bundled": ("117.62,39.07", "117.10,39.08", "117.55,39.02", "116.0,38.0"),
          "porto_alegre": ("-51.2,-30.03", "-51.17,-30.06", "-51.23,-30.02", "-50.0,-30.0")}  # fmt: skip
RULES = ("--standard", "gb50180")
"""Porto Alegre goes by no standard of China; the answers kept of it are those of a planner who chooses them."""
MASKED = {"seconds"}
ADDED = {
    "indicator_id": ("service", "comparable", "quote"), "rule": ("actual_zh",), "project_id": ("quote",), "settled_zh": ("quote",),
    "share_walk": ("share_area",), "limit_m": ("minutes", "indicator", "area"),
    "targets": ("facts",), "indicators": ("facts",),
}  # fmt: skip
"""Columns that came after the answers were kept, by a column that tells the table: everything else must be as it was."""
SECONDS = re.compile(r"[(（][0-9.]+ (秒|s)[)）]")
REL = 1e-12


def questions(place: str) -> Iterator[list[str]]:
    """Yield the words of every question."""
    yield from _of_people(place)
    yield from _of_seats_and_sites(place)
    yield from _of_files(place)


def _of_people(place: str) -> Iterator[list[str]]:
    bundled = place == "bundled"
    years = ("2025", "2030", "2035") if bundled else ("2025",)
    yield ["check"]
    yield ["register"]
    for year in years:
        for service in SERVICES:
            yield ["coverage", "--service", service, "--year", year]
        for model in ("share", "ratio", "cohorts"):
            yield ["adequacy", "--year", year, "--demand-model", model]
    yield ["coverage", "--service", "primary", "--limit", "750"]
    yield ["adequacy", "--limit", "1000"]
    yield ["adequacy", "--class-size", "gb50099", "--kindergarten-class", "small"]
    for at in PLACES[place]:
        lon, lat = at.split(",")
        for service in SERVICES:
            yield ["site", f"--lon={lon}", f"--lat={lat}", "--service", service]
        yield ["site", f"--lon={lon}", f"--lat={lat}", "--service", "primary", "--classes", "36"]
    for service in SERVICES:
        yield ["gain", "--service", service]
        for method in METHODS:
            yield ["access", "--service", service, "--method", method]


def _of_seats_and_sites(place: str) -> Iterator[list[str]]:
    bundled = place == "bundled"
    for stage in STAGES:
        yield ["assign", "--service", stage]
        yield ["assign", "--service", stage, "--limit", "2000"]
    yield ["assign", "--service", "junior", "--rule", "residents_first", "--unknown-seats", "500"]
    yield ["assign", "--service", "junior", "--rule", "siblings", "--limit", "3000"]
    if bundled:
        yield ["assign", "--service", "primary", "--rule", "no_crossings"]
    spacing = ["--spacing", "400"] if bundled else ["--spacing", "1500"]
    for service in ("primary", "kindergarten", "hospital"):
        for model in ("max_cover", "p_median", "p_center"):
            yield ["locate", "--service", service, "--model", model, "--p", "3", *spacing]
    yield ["locate", "--service", "primary", "--model", "capacitated_max_cover", "--p", "2", *spacing]
    yield ["locate", "--service", "primary", "--model", "max_cover", "--p", "2", "--candidates", "grid", *spacing]
    if bundled:
        for zone in ("haiyang", "haiyang-bei", "huayuan-xinxi", "jingjin", "nowhere"):
            yield ["zone", zone]


def _of_files(place: str) -> Iterator[list[str]]:
    for layer in ("coverage-cells", "access-cells", "gain", "assign", "flows", "catchments", "locate", "adequacy", "gaps",
                  "register", "coverage", "access"):  # fmt: skip
        yield [
            "export",
            "--layer",
            layer,
            "--format",
            "csv",
            "--service",
            "primary",
            *(["--p", "2"] if layer == "locate" else []),
        ]
    lon, lat = PLACES[place][0].split(",")
    yield ["export", "--layer", "site", "--format", "csv", "--service", "primary", f"--lon={lon}", f"--lat={lat}"]


def ask(folder: Path, words: list[str]) -> dict[str, Any]:
    """Return the exit code and the answer of a question, times masked; of a table only sums and a digest."""
    out, err = io.StringIO(), io.StringIO()
    with tempfile.TemporaryDirectory() as aside:
        target = Path(aside) / "out.csv"
        extra = ["--out", str(target)] if words[0] == "export" else []
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = cli.main([*words, *extra, "--data", str(folder), "--json", *RULES])
        if target.exists():
            return {"code": code, "table": _table(target)}
    text = out.getvalue()
    data = _masked(json.loads(text)) if text.strip() else None
    return {"code": code, "answer": data, "error": err.getvalue().replace(str(folder), "DIR")}


def _masked(value: Any) -> Any:
    if isinstance(value, dict):
        added = next((names for mark, names in ADDED.items() if mark in value), ())
        return {k: None if k in MASKED else _masked(v) for k, v in value.items() if k not in added}
    if isinstance(value, str):
        return SECONDS.sub("", value)
    return [_masked(v) for v in value] if isinstance(value, list) else value


def _table(path: Path) -> dict[str, Any]:
    text = path.read_text("utf-8-sig")
    rows = [line for line in text.splitlines() if not line.startswith("#")]
    if not "".join(rows).strip():
        return {"rows": 0, "columns": []}
    frame = pd.read_csv(io.StringIO("\n".join(rows)))
    added = next((names for mark, names in ADDED.items() if mark in frame), ())
    frame = frame[[c for c in frame if c not in MASKED and c not in added]]
    plain = frame.to_csv(index=False)
    sums = {c: float(frame[c].sum()) for c in frame.select_dtypes("number")}
    words = frame.select_dtypes(exclude="number").to_csv(index=False)
    return {
        "rows": len(frame), "columns": list(frame.columns), "sums": sums,
        "words": hashlib.sha256(words.encode()).hexdigest(), "sha256": hashlib.sha256(plain.encode()).hexdigest(),
    }  # fmt: skip


def collect(folder: Path, place: str) -> dict[str, Any]:
    """Return every answer of a workspace by its question."""
    load, opened = workspace.load, functools.cache(workspace.load)
    workspace.load = lambda path: opened(str(path))  # every question asks the same folder: it is read once
    try:
        return {" ".join(words): ask(folder, words) for words in questions(place)}
    finally:
        workspace.load = load


def kept(place: str) -> dict[str, Any]:
    """Return the answers kept in tests/golden_kept."""
    return json.loads(gzip.decompress((HERE / f"{place}.json.gz").read_bytes()))


def keep(place: str, found: dict[str, Any]) -> None:
    """Keep the answers; the same answers give the same bytes."""
    HERE.mkdir(exist_ok=True)
    text = json.dumps(found, ensure_ascii=False, sort_keys=True, indent=0)
    (HERE / f"{place}.json.gz").write_bytes(gzip.compress(text.encode(), mtime=0))


def differences(before: Any, after: Any, *, exact: bool = False, at: str = "") -> Iterator[str]:
    """Yield where two answers differ, as a path with both values."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted(before.keys() | after.keys()):
            if key == "sha256" and not exact:
                continue
            if key not in before or key not in after:
                yield f"{at}/{key}: only {'before' if key in before else 'after'}"
            else:
                yield from differences(before[key], after[key], exact=exact, at=f"{at}/{key}")
    elif isinstance(before, list) and isinstance(after, list):
        if len(before) != len(after):
            yield f"{at}: {len(before)} rows before, {len(after)} after"
        for i, (a, b) in enumerate(zip(before, after, strict=False)):
            yield from differences(a, b, exact=exact, at=f"{at}[{i}]")
    elif before != after:
        number = all(isinstance(v, int | float) and not isinstance(v, bool) for v in (before, after))
        if exact or not number or not math.isclose(before, after, rel_tol=REL, abs_tol=1e-9):
            yield f"{at}: {before!r} → {after!r}"


def main(words: list[str]) -> int:
    """Write or compare; ``words`` are write|compare, PLACE=FOLDER …, --exact."""
    exact, failed = "--exact" in words, 0
    for word in words[1:]:
        if "=" not in word:
            continue
        place, folder = word.split("=", 1)
        found = collect(Path(folder), place)
        if words[0] == "write":
            keep(place, found)
            print(place, len(found), "answers")
            continue
        told = list(differences(kept(place), json.loads(json.dumps(found)), exact=exact))
        print(place, len(found), "answers,", len(told), "differences", *told[:40], sep="\n  ")
        failed += bool(told)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
