"""States of the program that are measured beside each other: each from its own checkout, with its own server, equally warm."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers.osm import osm
from tests.browser import ROOT, Server, operated, started
from tests.need import _find
from tests.processes import cpu_seconds

__all__ = ["State", "checkout", "cpu", "places", "quiet", "running", "several"]

QUIET = 0.05
"""A server that uses less of a processor than this has nothing left to prepare [s a second]."""
LONGEST = 180.0
"""How long a server may take to come to rest before it is measured anyway, and said so [s]."""


@dataclass(frozen=True)
class State:
    """A state of the program: a checkout, or a server that somebody else has started."""

    name: str
    root: Path | None = None
    address: str = ""
    built: dict[str, Path] = field(default_factory=dict)
    """The workspaces that this state has built of each place: it reads what it has written itself."""


@contextlib.contextmanager
def checkout(revision: str) -> Iterator[Path]:
    """Give a checkout of a revision of this repository, its kernels compiled; it goes in the end."""
    git = ["git", "-C", str(ROOT)]
    found = subprocess.run([*git, "rev-parse", "--verify", f"{revision}^{{commit}}"], capture_output=True, text=True, check=False)  # fmt: skip
    if found.returncode:
        raise SystemExit(f"没有这个版本 / no such revision: {revision}")
    with tempfile.TemporaryDirectory() as folder:
        there = Path(folder) / "before"
        subprocess.run(["git", "clone", "-q", "--shared", "--no-checkout", str(ROOT), str(there)], check=True)
        subprocess.run(["git", "-C", str(there), "checkout", "-q", "--detach", found.stdout.strip()], check=True)
        yield there


def _cli(root: Path, *told: str) -> None:
    subprocess.run([sys.executable, "cli.py", *told], cwd=root, check=True, capture_output=True)


def places(states: list[State], folder: Path, *, cities: bool) -> list[str]:
    """Let each state compile, and build each place that can be had; return their names."""
    names = ["bundled zone"]
    sources = [one for one in (_porto_alegre(), _porto(folder)) if one] if cities else []
    for state in states:
        if state.root is None:
            continue
        _cli(state.root, "compile")
        state.built["bundled zone"] = state.root / "data"
        for name, streets, people in sources:
            out = folder / state.name / name
            out.parent.mkdir(parents=True, exist_ok=True)
            build(streets, people, out, name, state.root)
            state.built[name] = out
    return names + [name for name, _, _ in sources]


def build(streets: str, people: str, out: Path, name: str, root: Path = ROOT) -> Path:
    """Build a workspace of a city's streets and people, as the checkout ``root`` builds it.

    Its operator has chosen the standard: a place outside China goes by none, and answers nothing until somebody does.
    """
    files = ["--osm", streets, "--population", people, "--out", str(out), "--name", name.split(",")[0]]
    _cli(root, "build", *files, "--year", "2025")
    about = out / "workspace.toml"
    told = about.read_text("utf-8")
    if "apply = false" in told:
        about.write_text(told.replace("apply = false", "apply = true"), "utf-8")
    return out


def _porto_alegre() -> tuple[str, str, str] | None:
    """Return name, streets and people of the real city, or None where its files are not there."""
    real = _find("real:porto_alegre")
    return (real and ("Porto Alegre", f"{real}/poa_osm.pbf", f"{real}/poa_hexgrid.csv")) or None


def _porto(folder: Path) -> tuple[str, str, str] | None:
    """Return the same of Porto: real streets with made-up people, as there is no population file."""
    real = _find("real:porto")
    if real is None:
        return None
    streets = osm.streets(f"{real}/porto_portugal.osm.pbf")
    xy = np.unique(np.floor(shapely.get_coordinates(streets.geometry.centroid.array) / 300), axis=0) * 300 + 150
    people = np.random.default_rng(1).integers(20, 400, len(xy))
    points = gpd.GeoSeries(gpd.points_from_xy(*xy.T), crs=streets.crs).to_crs("EPSG:4326")
    made = folder / "porto.csv"
    pd.DataFrame({"lon": points.x, "lat": points.y, "people_2025": people}).to_csv(made, index=False)
    return "Porto, made-up people", f"{real}/porto_portugal.osm.pbf", str(made)


def porto(folder: Path) -> Path | None:
    """Return a workspace of Porto's real streets with made-up people, or None where its streets are not there."""
    source = _porto(folder)
    return source and build(source[1], source[2], folder / "porto", "Porto")


def several(state: State) -> bool:
    """Return whether a state can serve the page by several processes."""
    return state.root is not None and (state.root / "layers" / "door" / "desks.py").exists()


@contextlib.contextmanager
def running(state: State, place: str, *, workers: int = 1) -> Iterator[Server]:
    """Run the server of a state on a place; one that has an address runs already, and its processes are not known."""
    if state.root is None:
        yield Server(state.address, 0, Path("/dev/null"))
        return
    data, root = state.built[place], state.root
    if workers > 1:
        with (
            tempfile.TemporaryDirectory() as home,
            operated(data, Path(home), "--workers", str(workers), root=root) as server,
        ):
            yield server
    else:
        with started(root / "app.py", data=data, root=root) as server:
            yield server


def cpu(server: Server) -> float:
    """Return the CPU time that the server and its processes have used [s], NaN where they are not known."""
    return cpu_seconds(server.pid) if server.pid else float("nan")


def quiet(server: Server) -> None:
    """Wait until the server has nothing left to prepare: what a planner's first look gives it time for."""
    if not server.pid:
        time.sleep(10)
        return
    end, calm = time.monotonic() + LONGEST, 0
    while calm < 2 and time.monotonic() < end:
        before = cpu_seconds(server.pid)
        time.sleep(1)
        calm = calm + 1 if cpu_seconds(server.pid) - before < QUIET else 0
    if calm < 2:
        print(f"the server at {server.address} did not come to rest in {LONGEST:.0f} s", flush=True)
