"""Minutes by bicycle and by car, and walking, against Valhalla: the same minutes where speeds are set equal, and the cost.

pyvalhalla needs Python 3.12: ``ZONEPLAN_VALHALLA`` names a Python that has it (requirements-bench.txt), by default this one.
Its tiles are kept in the folder ``ZONEPLAN_VALHALLA_TILES`` where one is named.
"""

from __future__ import annotations

import dataclasses
import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from geo.modes import PRESETS, Mode, Preset
from geo.network import Network
from layers.osm import osm
from layers.osm.elevation import with_slopes

Floats = NDArray[np.float64]
ROOT = Path(__file__).resolve().parent.parent
REAL = Path(os.environ.get("ZONEPLAN_REAL", ROOT.parent / "shared" / "real"))
VALHALLA = os.environ.get("ZONEPLAN_VALHALLA", sys.executable)
PLACES = {"Porto": "porto/porto_portugal.osm.pbf", "Porto Alegre": "porto_alegre/poa_osm.pbf"}
PAIRS, SIDE = 500, 100
KM_H = {"car": 20.0, "bicycle": 18.0}
NO_PENALTY = {
    "maneuver_penalty": 0, "service_penalty": 0, "service_factor": 1, "alley_factor": 1, "gate_cost": 0, "gate_penalty": 0,
    "private_access_penalty": 0, "destination_only_penalty": 0, "toll_booth_cost": 0, "toll_booth_penalty": 0, "use_ferry": 0,
    "use_living_streets": 1, "use_tracks": 1, "shortest": True, "ignore_restrictions": True, "disable_hierarchy_pruning": True,
}  # fmt: skip
OPTIONS: dict[str, dict[str, Any]] = {
    "auto": {**NO_PENALTY, "fixed_speed": KM_H["car"]},
    "bicycle": {**NO_PENALTY, "bicycle_type": "City", "cycling_speed": KM_H["bicycle"], "use_hills": 0, "use_roads": 1, "avoid_bad_surfaces": 0},
}  # fmt: skip
SPEED = {"car": "fixed_speed", "bicycle": "cycling_speed"}
"""The option that sets its speed."""
COSTING = {"car": "auto", "bicycle": "bicycle", "walk": "pedestrian"}

PEER = """
import json, pathlib, subprocess, sys, time
import valhalla
asked = json.loads(pathlib.Path(sys.argv[1]).read_text())
folder, tiles = pathlib.Path(sys.argv[2]), pathlib.Path(asked["tiles"])
built = tiles.is_dir()
tiles.mkdir(parents=True, exist_ok=True)
config = valhalla.get_config(tile_extract="", tile_dir=str(tiles), verbose=False)
config["mjolnir"]["concurrency"] = 1
for costing in ("auto", "bicycle", "pedestrian"):
    config["service_limits"][costing].update(max_matrix_distance=1e7, max_matrix_location_pairs=10**8, max_locations=10**5)
(folder / "config.json").write_text(json.dumps(config))
build = pathlib.Path(valhalla.__file__).parent / "bin" / "valhalla_build_tiles"
if not built:
    subprocess.run([str(build), "-c", str(folder / "config.json"), asked["map"]], check=True, capture_output=True)
actor = valhalla.Actor(config)
at = lambda points: [{"lon": x, "lat": y} for x, y in points]
answers = []
for q in asked["questions"]:
    how = {"costing": q["costing"], "costing_options": {q["costing"]: q["options"]}}
    started, found = time.process_time(), []
    if q["pairs"]:
        for a, b in zip(q["a"], q["b"]):
            try:
                trip = actor.route({"locations": at([a, b]), "directions_type": "none", **how})["trip"]
                found.append([trip["summary"]["time"], trip["summary"]["length"], trip["legs"][0]["shape"]])
            except RuntimeError:
                found.append([None, None, ""])
    else:
        table = actor.matrix({"sources": at(q["a"]), "targets": at(q["b"]), "verbose": False, **how})
        found = len(table["sources_to_targets"]["durations"])
    answers.append({"cpu": time.process_time() - started, "found": found})
(folder / "answers.json").write_text(json.dumps(answers))
"""


def main(out: Path) -> None:
    """Write results/modes.md."""
    costs, minutes = [], []
    for name, file in PLACES.items():
        one, two = _place(name, REAL / file)
        costs += one
        minutes += two
    (out / "modes.md").write_text(
        "# Bicycle, car, walking (against Valhalla 3.9.1)\n\n"
        f"CPU seconds of one process. *Matrix*: {SIDE} × {SIDE} random corners given by coordinates, found on the streets by each program itself; Valhalla with its own speeds and options as they come. "
        "Preparing is done once per network and kept on disk; Valhalla's tiles are built beforehand and not timed.\n\n"
        "| place | mode | nodes | ways → network s | prepare s | one → all nodes ms | matrix s | Valhalla matrix s | ratio |\n|---|---|---|---|---|---|---|---|---|\n"
        + "\n".join(costs)
        + f"\n\n## The same minutes?\n\n{PAIRS} random pairs of corners, one speed on every way ({KM_H['car']:g} km/h by car, {KM_H['bicycle']:g} by bicycle, also where one would push it), "
        "no slopes, no surfaces, no turn restrictions on either side; Valhalla asked for the shortest way (`fixed_speed`, `shortest`, penalties 0). *Moving*: its length at that speed. "
        "*Elapsed*: its time. *Without corners*: its time less the seconds that it counts at corners, which we do not and which no option takes away: on the same way at half of the speed they are "
        "the same and all else takes twice as long, so that they are known for each pair. Of the pairs that are then outside: *its speed*, the way is as long and Valhalla goes slower by surface and kind of way (bicycles); "
        "*its way*, the table below. Ratios are ours ÷ theirs.\n\n"
        "| place | mode | pairs | moving: median | 5–95 % | within 10 % | elapsed: median | within 10 % | at corners, share of its time | without corners: within 10 % | outside: its speed | its way |\n|---|---|---|---|---|---|---|---|---|---|---|---|\n"
        + "\n".join(row for row, _ in minutes)
        + "\n\n**The pairs outside**, each tried on ways changed as the other side has them. *Longer here*: ours is over 10 % longer; *with its ways*: how many of them come within 10 % once the ways "
        "that its routes use and ours may not (closed, behind a gate, against a one-way street, cut off; by class and what the map permits) are opened (Valhalla lets bicycles onto roads on which the map sends them to the path beside, `bicycle=use_sidepath`; we do not). *Shorter here*: how many come within 10 % once a bicycle is not pushed "
        "against one-way streets and on footways. *Elsewhere*: of both, for how many Valhalla begins or ends over 20 m from the corner that was given.\n\n"
        "| place | mode | longer here | with its ways | the ways [km by class:permission] | shorter here | without pushing | elsewhere |\n|---|---|---|---|---|---|---|---|\n"
        + "\n".join(row for _, row in minutes)
        + "\n",
        "utf-8",
    )


def _place(name: str, file: Path) -> tuple[list[str], list[tuple[str, str]]]:
    data = osm.read(file, every_way=True)
    ways = with_slopes(data.ways.to_crs(data.crs), None).assign(turns="")
    made: dict[str, tuple[float, Mode]] = {
        key: _cpu(Mode.from_ways, ways, _even(PRESETS[key])) for key in ("car", "bicycle")
    }
    build, walked = _cpu(Network.from_links, data.streets.to_crs(data.crs))
    rng = np.random.default_rng(7)
    corners = {key: _corners(mode.network, rng, 2 * PAIRS) for key, (_, mode) in made.items()}
    corners["walk"] = _corners(walked, rng, 2 * PAIRS)
    asked = [
        {"pairs": bool(speed), "costing": COSTING[key], "options": _options(key, speed) if speed else {},
         "a": _degrees(points[:size]), "b": _degrees(points[PAIRS : PAIRS + size])}
        for key, points in corners.items()
        for speed, size in ((1.0, PAIRS), (0.5, PAIRS), (0.0, SIDE))
        if not (speed and key == "walk")
    ]  # fmt: skip
    theirs = _valhalla(file, asked)
    costs, minutes = [], []
    for key, points in corners.items():
        a, b = points[:SIDE], points[PAIRS : PAIRS + SIDE]
        (tables,) = (
            t["cpu"] for q, t in zip(asked, theirs, strict=True) if q["costing"] == COSTING[key] and not q["pairs"]
        )
        if key == "walk":
            prepare, _ = _cpu(walked.prepare)
            walked.node_distances(a[:1])
            single = min(_cpu(walked.node_distances, a[:1])[0] for _ in range(9))
            ours = min(_cpu(walked.distances, a, b)[0] for _ in range(3))
            nodes, made_in = walked.n_nodes, build
        else:
            made_in, mode = made[key]
            prepare, _ = _cpu(mode.prepare)
            mode.node_times(a[:1])
            single = min(_cpu(mode.node_times, a[:1])[0] for _ in range(9))
            ours = min(_cpu(mode.travel_times, a, b)[0] for _ in range(3))
            nodes = mode.network.n_nodes
            found, slower = (
                t["found"] for q, t in zip(asked, theirs, strict=True) if q["costing"] == COSTING[key] and q["pairs"]
            )
            ratios = _ratios(key, mode, points, found, slower)
            minutes.append(
                (
                    f"| {name} | {key} | {_agreement(*ratios)} |",
                    f"| {name} | {key} | {_outside(key, ways, points, found, ratios[0])} | {_elsewhere(points, found, ratios[0])} |",
                )
            )
        costs.append(
            f"| {name} | {key} | {nodes:,} | {made_in:.2f} | {prepare:.2f} | {1e3 * single:.1f} | {ours:.3f} | {tables:.2f} | {tables / ours:.0f} |"
        )
    return costs, minutes


def _options(key: str, share: float) -> dict[str, Any]:
    """Return what Valhalla is asked with, at a share of the speed."""
    return {**OPTIONS[COSTING[key]], SPEED[key]: KM_H[key] * share}


def _even(how: Preset) -> Preset:
    """Return the preset with one speed on all its ways and nothing that changes it."""
    return dataclasses.replace(
        how,
        speeds=dict.fromkeys(how.speeds, KM_H[how.key]),
        slowest=KM_H[how.key],
        posted=False,
        surfaces={},
        uphill=0,
        downhill=0,
        congestion={},
    )


def _corners(network: Network, rng: np.random.Generator, count: int) -> gpd.GeoSeries:
    return gpd.GeoSeries(shapely.points(network.xy[rng.integers(0, network.n_nodes, count)]), crs=network.crs)


def _degrees(points: gpd.GeoSeries) -> list[list[float]]:
    at = points.to_crs(4326)
    return np.c_[at.x, at.y].tolist()


def _cpu(ask: Callable[..., Any], *on: Any) -> tuple[float, Any]:
    started = time.process_time()
    answer = ask(*on)
    return time.process_time() - started, answer


def _valhalla(file: Path, questions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tiles = Path(os.environ.get("ZONEPLAN_VALHALLA_TILES", name)) / file.parent.name / "tiles"
        asked = {"map": str(file), "tiles": str(tiles), "questions": questions}
        (folder / "asked.json").write_text(json.dumps(asked), "utf-8")
        subprocess.run([VALHALLA, "-c", PEER, str(folder / "asked.json"), name], check=True, capture_output=True)
        found: list[dict[str, Any]] = json.loads((folder / "answers.json").read_text("utf-8"))
    return found


def _ratios(
    key: str, mode: Mode, points: gpd.GeoSeries, found: list[list[Any]], slower: list[list[Any]]
) -> tuple[Floats, Floats, Floats, Floats]:
    """Return ours ÷ theirs (NaN where either finds no way): moving, elapsed and less its seconds at corners; and those as a share.

    On the same shortest way the seconds at corners are the same at half of the speed, and all else takes twice as long: what
    half of the speed takes longer is its time without them.
    """
    ours = np.array([mode.travel_times(points.iloc[[i]], points.iloc[[PAIRS + i]]).iloc[0, 0] for i in range(PAIRS)])
    seconds, km = (np.array([row[i] for row in found], float) for i in range(2))
    ours[~(np.isfinite(ours) & (km > 0))] = np.nan
    free = np.array([row[0] for row in slower], float) - seconds
    return ours / (km / KM_H[key] * 60), ours / (seconds / 60), ours / (free / 60), 1 - free / seconds


def _agreement(moving: Floats, elapsed: Floats, free: Floats, corners: Floats) -> str:
    both = np.isfinite(moving)
    low, high = np.percentile(moving[both], [5, 95])
    near = [np.abs(ratio[both] - 1) <= 0.1 for ratio in (moving, elapsed, free)]
    within = [f"{one.mean():.1%}" for one in near]
    return (
        f"{both.sum()} | {np.median(moving[both]):.3f} | {low:.3f}–{high:.3f} | {within[0]} | {np.median(elapsed[both]):.3f} | {within[1]} | "
        f"{np.median(corners[both]):.1%} | {within[2]} | {int((near[0] & ~near[2]).sum())} | {int((~near[0] & ~near[2]).sum())}"
    )


def _elsewhere(points: gpd.GeoSeries, found: list[list[Any]], moving: Floats) -> int:
    """Return how many pairs outside begin or end for Valhalla over 20 m from the corner that was given."""
    outside = np.flatnonzero(np.abs(moving - 1) > 0.1)
    if not len(outside):
        return 0
    lines = gpd.GeoSeries([shapely.LineString(_decoded(found[i][2])) for i in outside], crs=4326).to_crs(points.crs)
    ends = (
        (shapely.get_point(lines.to_numpy(), at), points.to_numpy()[outside + more])
        for at, more in ((0, 0), (-1, PAIRS))
    )
    return int(np.logical_or(*(shapely.distance(line, corner) > 20 for line, corner in ends)).sum())


def _outside(key: str, ways: gpd.GeoDataFrame, points: gpd.GeoSeries, found: list[list[Any]], moving: Floats) -> str:
    """Return how many pairs are outside 10 %, and how many come inside on the ways of the other."""
    how = dataclasses.replace(_even(PRESETS[key]), speeds=dict.fromkeys(ways["class"].unique(), KM_H[key]), connected=1)
    longer, shorter = np.flatnonzero(moving > 1.1), np.flatnonzero(moving < 0.9)
    lacking, opened = _lacking(key, ways, found, longer)
    its = ways.assign(gates="", **{key: ways[key].mask(ways.index.isin(list(opened)), "both")})
    unpushed = ways.assign(**{key: ways[key].where(ways[key] != "pushed", "no")})
    inside = [
        int((np.abs(_ratios(key, Mode.from_ways(on, preset), points, found, found)[0][of] - 1) <= 0.1).sum())
        if len(of)
        else 0
        for on, preset, of in ((its, how, longer), (unpushed, _even(PRESETS[key]), shorter))
    ]
    told = ", ".join(f"{length:.1f} {name}" for name, length in lacking.most_common(4)) or "none"
    return f"{len(longer)} | {inside[0]} | {told} | {len(shorter)} | {inside[1]}"


def _lacking(
    key: str, ways: gpd.GeoDataFrame, found: list[list[Any]], pairs: NDArray[np.int64]
) -> tuple[Counter[str], set[Any]]:
    """Return the ways on their routes that may not be gone here, or not in that direction: km by class and permission."""
    lacking, opened = Counter[str](), set()
    shapes, said, kinds = ways.geometry.to_numpy(), ways[key].to_numpy(), ways["class"].to_numpy()
    tree = shapely.STRtree(shapes)
    for i in pairs:
        line = gpd.GeoSeries([shapely.LineString(_decoded(found[i][2]))], crs=4326).to_crs(ways.crs).iloc[0]
        for a, b in itertools.pairwise(line.coords):
            step = shapely.LineString([a, b])
            middle = step.interpolate(0.5, normalized=True)
            near = tree.query(middle.buffer(3))
            if len(near) == 0:
                continue
            run = np.diff(shapely.line_locate_point(shapes[near], shapely.points([[a], [b]])), axis=0)[0]
            # Of ways that cross here, the one along which the step goes.
            best = np.argmin(shapely.distance(shapes[near], middle) + np.abs(np.abs(run) - step.length))
            way, ahead = near[best], run[best] > 0
            if said[way] == "no" or said[way] == ("back" if ahead else "ahead"):
                lacking[f"{kinds[way]}:{said[way]}"] += step.length / 1000
                opened.add(ways.index[way])
    return lacking, opened


def _decoded(shape: str) -> list[tuple[float, float]]:
    """Return the corners (lon, lat) of a line as Valhalla writes it: differences, six decimals, five bits a letter."""
    numbers, value, shift = [], 0, 0
    for letter in shape:
        bits = ord(letter) - 63
        value |= (bits & 31) << shift
        shift += 5
        if bits < 32:
            numbers.append(~(value >> 1) if value & 1 else value >> 1)
            value = shift = 0
    lat, lon = np.cumsum(numbers[::2]) / 1e6, np.cumsum(numbers[1::2]) / 1e6
    return list(zip(lon.tolist(), lat.tolist(), strict=True))


if __name__ == "__main__":
    main(ROOT / "benchmarks" / "results")
