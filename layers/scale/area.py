"""One area by tiles: what a worker does for one tile, from files to files."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from pyproj import Transformer

from geo import tiles
from geo.answers.access import METHODS, STEPS
from geo.answers.base import basis_of, source_ids
from geo.case import Case
from geo.coverage import radius_metres
from geo.crs import WGS84
from geo.errors import Finding, InputError
from geo.network import Network
from geo.text import Text
from layers.scale import streets as sorted_streets
from layers.scale.streets import Streets
from layers.workspace import Place, read_all_but_ground
from layers.workspace.population import FILES, open_geotiff, read_people
from layers.write.atomic import write_bytes, writing

__all__ = ["QUESTIONS", "SUMMED", "Question", "answer", "asked", "told_of", "whole_of"]

QUESTIONS = ("coverage", "access", "gain")
FCA = ("e2sfca", "2sfca")
"""Methods whose numbers of a place depend on nothing farther than twice the catchment."""
LEAST = 300.0
"""Ground beyond what the limit asks for [m]: homes may lie that far off their street without a second reading."""
SHOWN = 20
"""Rows of streets named one by one."""
WIDER = 1.6
"""How much more ground is read where it was not enough."""
SUMMED = {"coverage": ("people", "covered_radius", "covered_walk", "pupils", "pupils_radius", "pupils_walk"), "access": ("demand", "seats"), "gain": ()}  # fmt: skip


@dataclass(frozen=True)
class Question:
    """What is asked of an area; the same for all its tiles."""

    folder: str
    kind: str
    service: str
    year: int
    limit: float
    method: str
    key: str
    """Hash of the question and of all that it is asked of."""
    whole: tuple[float, float, float, float]
    """Extent of streets, people and facilities [m]."""

    @property
    def reach(self) -> float:
        """Ground around a tile that its answer looks at, as a rule [m]."""
        return self.limit if self.kind == "coverage" else 2 * self.limit

    @property
    def steps(self) -> dict[float, float]:
        """Weights by distance, as ``geo.answers.access`` has them."""
        return {self.limit: 1.0} if self.method == "2sfca" else {self.limit * bound: weight for bound, weight in STEPS}


@lru_cache(maxsize=1)
def _place(folder: str, key: str) -> Place:
    """Return what a place is besides its ground, read once by each worker; ``key`` lets go of it when the files change."""
    del key
    return read_all_but_ground(folder)


def asked(folder: Path, *, kind: str, service: str, year: int | None, limit: float | None, method: str) -> tuple[Case, float]:  # fmt: skip
    """Return the question as a case of the place without its ground, and its limit [m]; refuse what tiles cannot answer.

    Raises
    ------
    InputError
        If the question, the method, the service, the year or the limit cannot be used.
    """
    if kind not in QUESTIONS or (kind == "access" and method not in FCA):
        raise InputError(
            Text(
                f"分块只能问 {'、'.join(QUESTIONS)}，可达性方法限 {'、'.join(FCA)}",
                f"by tiles one can ask {', '.join(QUESTIONS)}; accessibility by {' or '.join(FCA)}",
            )
        )
    told = read_all_but_ground(folder)
    bare = told.place(folder, **_no_ground(told))
    case = Case(bare, service, told.years[-1] if year is None else year)
    usual = case.standard.radius_m * (3 if kind == "access" else 1) if limit is None else float(limit)
    if not (np.isfinite(usual) and usual > 0):
        raise InputError(Text(f"距离须为大于 0 的有限数，现为 {usual}", f"the limit must be finite and above 0, it is {usual}"))  # fmt: skip
    return case, usual


def _no_ground(told: Place) -> dict[str, Any]:
    empty = gpd.GeoDataFrame({f"people_{y}": [] for y in told.years}, geometry=[], crs=told.crs)
    return {"streets": empty, "cells": empty.assign(zone_id=[]), "cell_metres": 0.0, "network": None}


def whole_of(folder: Path, streets: Streets, case: Case) -> tuple[float, float, float, float]:
    """Return the extent [m] of streets, people and facilities."""
    boxes = [streets.whole]
    if len(case.supply):
        boxes += [tuple(frame.total_bounds.tolist()) for frame in (case.supply, case.doors)]
    path = _people_file(folder)
    if path.suffix == ".tif":
        with open_geotiff(path) as source:
            to_metres = Transformer.from_crs(source.crs, case.workspace.crs, always_xy=True)
            left, bottom, right, top = source.bounds
            boxes.append(to_metres.transform_bounds(left, bottom, right, top, densify_pts=201))
    else:
        cells = read_people(path, crs=case.workspace.crs, years=case.workspace.years).cells
        boxes += [tuple(cells.total_bounds.tolist())] if len(cells) else []
    west, south, east, north = zip(*boxes, strict=True)
    return min(west), min(south), max(east), max(north)


def _people_file(folder: Path) -> Path:
    found = next((folder / name for name in FILES if (folder / name).is_file()), None)
    if found is None:
        raise InputError([Finding("error", "缺少人口数据；请放入 population.tif", "there is no population: add population.tif", FILES[0])])  # fmt: skip
    return found


def _cells(folder: Path, told: Place, ground: tiles.Box, whole: tiles.Box) -> tuple[gpd.GeoDataFrame, float]:
    """Return the cells whose centre lies in the ground, of a raster by the window around it."""
    near = tiles.Box(*np.clip(ground, (*whole[:2], *whole[:2]), (*whole[2:], *whole[2:])))
    path = _people_file(folder)
    to_degrees = Transformer.from_crs(told.crs, WGS84, always_xy=True)
    bounds: Any = to_degrees.transform_bounds(*near.grown(LEAST), densify_pts=21)
    if path.suffix == ".tif":
        with open_geotiff(path) as source:
            to_raster = Transformer.from_crs(told.crs, source.crs, always_xy=True)
            west, south, east, north = to_raster.transform_bounds(*near, densify_pts=21)
            left, bottom, right, top = source.bounds
            if west >= right or east <= left or south >= top or north <= bottom:  # streets without people
                return _no_ground(told)["cells"].drop(columns="zone_id"), 0.0
    found = read_people(path, crs=told.crs, years=told.years, bounds=bounds)
    xy = np.column_stack([found.cells.geometry.x, found.cells.geometry.y])
    return found.cells[ground.depth(xy) >= 0], found.cell_metres


@lru_cache(maxsize=1)
def _streets(folder: str, key: str) -> Streets:
    """Return where the streets lie, read once by each worker."""
    del key
    return sorted_streets.opened(Path(folder))


def answer(question: Question, streets_in: str, column: int, row: int, side: float, out: str) -> dict[str, Any]:
    """Answer one tile into ``out`` and return its sums; what an earlier run answered of the same question is believed."""
    tile, folder = tiles.Tile(column, row, side), Path(out)
    summary = folder / "sums" / f"{tile.name}.json"
    file = folder / ("nodes" if question.kind == "gain" else "cells") / f"{tile.name}.parquet"
    if (kept := _kept(summary, question.key)) is not None and (file.is_file() or not kept["rows"]):
        return kept | {"again": False}
    table, read = _grown(question, _streets(streets_in, question.key), tile)
    told: dict[str, Any] = {"key": question.key, "tile": tile.name, "rows": len(table), "ground_m": read, "sums": {}}
    if len(table):
        with writing(file) as draft:
            table.to_parquet(draft, compression="zstd", write_covering_bbox=True)
        if "zone_id" in table:
            zones = table["zone_id"].fillna("").astype(str)
            columns = [c for c in SUMMED[question.kind] if c in table]
            told["sums"] = {
                z: {c: tiles.exact(rows[c].to_numpy(float)) for c in columns} for z, rows in table.groupby(zones)
            }
        else:
            told["highest"] = float(table["gain"].max())
    else:
        file.unlink(missing_ok=True)
    write_bytes(summary, json.dumps(told).encode())
    return told | {"again": True}


def _kept(path: Path, key: str) -> dict[str, Any] | None:
    try:
        told = json.loads(path.read_text("utf-8"))
        return told if told["key"] == key else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _grown(question: Question, streets: Streets, tile: tiles.Tile) -> tuple[gpd.GeoDataFrame, float]:
    """Return the answer of a tile and the ground it took [m]: more is read until the answer proves itself."""
    whole, more = tiles.Box(*question.whole), question.reach + max(LEAST, question.limit / 2)
    while True:
        ground = tile.box.grown(more).open_to(whole)
        found = _asked_on(question, streets, tile, ground, whole)
        if found is not None:
            return found, more
        more *= WIDER


def _asked_on(
    question: Question, streets: Streets, tile: tiles.Tile, ground: tiles.Box, whole: tiles.Box
) -> gpd.GeoDataFrame | None:
    told, folder = _place(question.folder, question.key), Path(question.folder)
    cells, cell_metres = _cells(folder, told, ground, whole)
    links = sorted_streets.read(streets, ground)
    own = cells[tile.owns(np.column_stack([cells.geometry.x, cells.geometry.y]))]
    nothing = links.empty if question.kind == "gain" else own.empty
    if nothing:
        return gpd.GeoDataFrame({"zone_id": []}, geometry=[], crs=told.crs)
    network = None if links.empty else Network.from_links(links)
    if network is not None and not _drawn_well(network, tile, ground):
        return None
    place = told.place(folder, streets=links, cells=told.placed(cells), cell_metres=cell_metres, network=network)
    bare = Case(place, question.service, question.year)  # a store of its own: nothing of a tile outlives it
    counted = _seats(bare) if question.kind == "access" else None
    near = _near(bare, ground)
    case = Case(dataclasses.replace(place, **{bare.asked.layer: near}), question.service, question.year)
    if question.kind == "gain":
        return _gain(case, tile, ground, question)
    table = _on_ground(case, tile, ground, question, counted)
    if table is None:
        return None
    out = case.workspace.cells.loc[table.index, ["zone_id", "geometry"]]
    return _counted(case, out, table, question)


def _near(case: Case, ground: tiles.Box) -> gpd.GeoDataFrame:
    """Return the rows of the service's layer that stand, or are entered, in the ground."""
    layer = case.workspace.layer(case.asked.layer)
    inside = set()
    for frame in (case.supply, case.doors):
        xy = np.column_stack([frame.geometry.x, frame.geometry.y])
        inside |= set(frame.index[ground.depth(xy) >= 0])
    return layer[layer.index.isin(inside)]


def _seats(case: Case) -> pd.Series:
    """Return the seats that are shared, as ``geo.answers.access`` counts them: one each where none are known anywhere."""
    seats = case.supply["seats"]
    return (seats if seats.notna().any() else pd.Series(1.0, index=seats.index)).dropna()


def _on_ground(case: Case, tile: tiles.Tile, ground: tiles.Box, question: Question, seats: Any) -> pd.DataFrame | None:
    if case.workspace.network is None:  # no street anywhere near: nobody walks, all is told by the straight line
        return _without_streets(case, tile, ground, question)
    if question.kind == "coverage":
        return tiles.covered(case, tile, ground, limit=question.limit)
    return tiles.accessible(case, tile, ground, limit=question.limit, steps=question.steps, seats=seats)


def _without_streets(case: Case, tile: tiles.Tile, ground: tiles.Box, question: Question) -> pd.DataFrame | None:
    cells = case.workspace.cells
    xy = np.column_stack([cells.geometry.x, cells.geometry.y])
    own = cells[tile.owns(xy)]
    if (ground.depth(xy[tile.owns(xy)]) < question.limit).any():
        return None
    if question.kind == "access":
        return pd.DataFrame({"access": 0.0}, index=own.index)
    radius = radius_metres(own, case.doors)["metres"]
    return pd.DataFrame({"radius_m": radius.where(radius <= question.limit, np.inf), "walk_m": np.inf}, index=own.index)


def _counted(case: Case, out: gpd.GeoDataFrame, table: pd.DataFrame, question: Question) -> gpd.GeoDataFrame:
    """Return the cells with their numbers and what these rest on, as the answers of a place in one piece have them."""
    out[list(table)] = table
    if question.kind == "coverage":
        in_radius, on_foot = (table[c] <= question.limit for c in ("radius_m", "walk_m"))
        counted = {"people": (case.people, "covered")} | ({"pupils": (case.pupils, "pupils")} if case.asked.unit == "pupils" else {})  # fmt: skip
        for name, (values, head) in counted.items():
            out[name] = values.loc[out.index]
            out[f"{head}_radius"] = out[name].where(in_radius, 0.0)
            out[f"{head}_walk"] = out[name].where(on_foot, 0.0)
        out["served"] = np.select([on_foot, in_radius], ["walk", "radius_only"], "beyond")
    else:
        out["demand"] = case.weight.loc[out.index]
        out["seats"] = out["access"] * out["demand"]
    out["basis"] = case.workspace.cells["basis"].loc[out.index]
    return out.assign(source_id=case.workspace.cells["source_id"].loc[out.index])


def _gain(case: Case, tile: tiles.Tile, ground: tiles.Box, question: Question) -> gpd.GeoDataFrame | None:
    found = tiles.gained(case, tile, ground, limit=question.limit)
    if found is None:
        return None
    return found.assign(basis=basis_of(case.workspace.cells, case.supply)).sort_index()


def _drawn_well(network: Network, tile: tiles.Tile, ground: tiles.Box) -> bool:
    """Return whether the streets that were read tell where each of their nodes lies; if not, more have to be read.

    A street may be drawn from v to u: its neighbours then tell, if they were read. Nobody tells of a street that meets no
    other one in the ground and leads out of it; which of its ends is which matters where one lies in the tile.

    Raises
    ------
    InputError
        Naming the rows that end elsewhere than their neighbours.
    """
    a = network.arrays
    xy, at = np.stack([a.xy[a.tail], a.xy[a.head]]), np.stack([a.shape_ptr[:-1], a.shape_ptr[1:] - 1])
    ends = a.shape_xy[at]
    apart = (np.abs(xy - ends) > 1e-3).any(axis=(0, 2))
    places = np.concatenate([xy, ends])
    leads_out = np.any([ground.depth(p) < 0 for p in places], axis=0)
    if wrong := network.arrays.edges[apart & ~leads_out].tolist()[:SHOWN]:
        zh = "线的端点与相邻路段的同名节点不在一处；请让相接的路段端点重合"
        en = "its ends lie elsewhere than those of its neighbours at the same nodes: let it end where they do"
        raise InputError([Finding("error", zh, en, sorted_streets.FILE, int(r) + 1, "geometry") for r in wrong])
    neighbours = np.diff(a.out_ptr)
    lone = (neighbours[a.tail] <= 1) & (neighbours[a.head] <= 1)
    own = np.any([tile.box.depth(p) >= 0 for p in ends], axis=0)
    return not (leads_out & (apart | (lone & own))).any()


def told_of(question: Question, streets: Streets, case: Case) -> Mapping[str, Any]:
    """Return method, parameters, basis and sources of the answer, for whoever reads its files."""
    metres = f"{question.limit:g}"
    method = {
        "coverage": Text(f"人口加权覆盖率：{metres} 米内有{case.asked.name_zh}的常住人口 ÷ 常住人口；分块计算，与整体计算逐位相同",
                         f"people-weighted coverage: residents with a {case.asked.name_en.lower()} within {metres} m ÷ residents; by tiles, equal to the area in one piece"),
        "access": Text(f"{METHODS.get(question.method, ('', ''))[0]}，{metres} 米内；分块计算，与整体计算逐位相同",
                       f"{METHODS.get(question.method, ('', ''))[1]}, within {metres} m; by tiles, equal to the area in one piece"),
        "gain": Text(f"在路网每个节点假设新建一处{case.asked.name_zh}：步行 {metres} 米内原未覆盖的人数；分块计算，与整体计算逐位相同",
                     f"a new {case.asked.name_en.lower()} at each node: who within {metres} m on foot has none now; by tiles, equal to the area in one piece"),
    }[question.kind]  # fmt: skip
    people = pd.DataFrame({"basis": list(streets.basis) or ["assumed"]})
    return {
        "question": question.kind, "method": method._asdict(), "basis": basis_of(case.supply, people),
        "parameters": {"service": question.service, "year": question.year, "limit_m": question.limit, "method": question.method},
        "sources": sorted({*source_ids(case.supply), *streets.sources}),
    }  # fmt: skip
