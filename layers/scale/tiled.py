"""One area by tiles: shared out, asked on several processes, put together as one answer."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from pyproj import Transformer

from geo import tiles
from geo.case import Case
from geo.errors import InputError
from geo.progress import Progress, Step
from geo.text import Text
from layers.scale import area, batch, cluster, streets
from layers.scale.area import Question
from layers.workspace.population import open_geotiff
from layers.write.atomic import write_bytes, writing
from layers.write.geojson import plain
from layers.write.tables import csv_bytes

__all__ = ["Answered", "ask"]

BANDS = {"coverage": ("radius_m", "walk_m", "people", "covered_radius", "covered_walk"), "access": ("access", "demand"), "gain": ("gain",)}  # fmt: skip
BLOCK = 512
SMALLEST = 1_000.0


@dataclass(frozen=True)
class Answered:
    """What an area answered: sums by zone, who failed and why, and how much was asked this time."""

    zones: pd.DataFrame
    about: Mapping[str, Any]
    failed: Mapping[str, Text]
    tiles: int
    again: int


def ask(
    folder: Path, out: Path, *, kind: str = "coverage", service: str = "primary", year: int | None = None,
    limit: float | None = None, method: str = "e2sfca", side: float = 20_000.0, workers: int | None = None,
    scheduler: str = "", progress: Progress | None = None,
) -> Answered:  # fmt: skip
    """Ask one area by tiles of ``side`` [m] and write the answer into ``out``.

    There are then cells/ (or nodes/), a GeoParquet file a tile; zones.csv; about.json; and, where all tiles answered and the
    people are a raster, cells.tif, a cloud-optimised GeoTIFF on its grid (of a gain: the highest of the nodes in a cell). Run again, only what failed or changed is asked.

    Raises
    ------
    InputError
        If the area or the question cannot be used.
    """
    if not (np.isfinite(side) and side >= SMALLEST):
        raise InputError(Text(f"分块边长至少 {SMALLEST:g} 米，现为 {side:g}", f"a tile is at least {SMALLEST:g} m wide, not {side:g}"))  # fmt: skip
    folder, out = folder.resolve(), out.resolve()
    case, metres = area.asked(folder, kind=kind, service=service, year=year, limit=limit, method=method)
    tell = progress or (lambda _step: None)
    tell(Step(Text("整理街道", "sorting the streets")))
    file = folder / streets.FILE
    sorted_ones = streets.sort(file, out / "streets", crs=case.workspace.crs, side=side, key=_hash(file))
    whole = area.whole_of(folder, sorted_ones, case)
    about = repr((kind, service, case.year, metres, method, side, whole))
    question = Question(str(folder), kind, service, case.year, metres, method, batch.content(folder, [about]), whole)
    shares = tiles.tiles(tiles.Box(*whole), side)
    rows = out / ("nodes" if kind == "gain" else "cells")
    for needed in (rows, out / "sums"):
        needed.mkdir(parents=True, exist_ok=True)
    _forget(out, rows, {t.name for t in shares})
    asked = {t.name: (question, str(out / "streets"), t.column, t.row, t.side, str(out)) for t in shares}
    told, failed = {}, {}
    sees = dict.fromkeys(asked, (folder, out / "streets" / "index.json"))
    for done in cluster.run(area.answer, asked, workers=workers, scheduler=scheduler, sees=sees, progress=tell):
        if done.error is None:
            told[done.key] = done.result
        else:
            failed[done.key] = done.error
        name, share = Text(f"分块 {done.key}", f"tile {done.key}"), len(told) + len(failed)
        tell(Step(name if done.error is None else Text(f"{name.zh} 失败", f"{name.en} failed"), share, len(shares)))
    said = dict(area.told_of(question, sorted_ones, case)) | {"tiles": len(shares), "failed": {k: t._asdict() for k, t in failed.items()}}  # fmt: skip
    zones = _zones(case, kind, list(told.values())).assign(basis=said["basis"])
    write_bytes(out / "zones.csv", csv_bytes(zones))
    write_bytes(out / "about.json", json.dumps(plain(said), ensure_ascii=False, indent=1).encode())
    if not failed and (folder / "population.tif").is_file():
        tell(Step(Text("写出栅格", "writing the raster")))
        _raster(folder / "population.tif", [rows / f"{t.name}.parquet" for t in shares], BANDS[kind], out / "cells.tif", said)  # fmt: skip
    return Answered(zones, said, failed, len(shares), sum(t["again"] for t in told.values()))


def _hash(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _forget(out: Path, rows: Path, names: set[str]) -> None:
    """Remove the files of tiles of another grid, and the raster of an earlier answer."""
    for path in [*rows.glob("*.parquet"), *(out / "sums").glob("*.json")]:
        if path.stem not in names:
            path.unlink()
    (out / "cells.tif").unlink(missing_ok=True)


def _zones(case: Case, kind: str, told: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Return the sums of each zone (with its parts), of all zones, and of all cells, each rounded once."""
    zones = case.workspace.zones
    leaves: dict[str, list[Mapping[str, list[float]]]] = {}
    for one in told:
        for zone, sums in one["sums"].items():
            leaves.setdefault(zone, []).append(sums)
    parts = {z: {z, *zones.index[zones["parent_id"] == z]} for z in zones.index}
    top = set().union(*(parts[z] for z in zones.index[zones["level"] == "zone"]))
    groups = {**parts, "total": top, "everywhere": set(leaves)}
    columns = [c for c in area.SUMMED[kind] if any(c in s for some in leaves.values() for s in some)]
    table = pd.DataFrame(
        {
            name: {c: tiles.total(s[c] for z in sorted(members) for s in leaves.get(z, ())) for c in columns}
            for name, members in groups.items()
        }
    ).T.rename_axis("zone_id")
    names = zones[["name_zh", "name_en", "level", "parent_id"]].reindex(table.index)
    names.loc["total", ["name_zh", "name_en", "level"]] = ["全部片区", "all zones", "total"]
    names.loc["everywhere", ["name_zh", "name_en", "level"]] = ["全部人口格", "all cells", "everywhere"]
    for share, part, of in (("share_radius", "covered_radius", "people"), ("share_walk", "covered_walk", "people"), ("access", "seats", "demand")):  # fmt: skip
        if part in table:
            table[share] = table[part] / table[of].where(table[of] > 0)
    if kind == "gain":
        table.loc["everywhere", "gain"] = max((t["highest"] for t in told if "highest" in t), default=np.nan)
    return names.join(table)


def _raster(people: Path, parts: Sequence[Path], bands: Sequence[str], out: Path, about: Mapping[str, Any]) -> None:
    """Write the cells of all tiles on the grid of the people, a tile at a time, as a cloud-optimised GeoTIFF."""
    import rasterio
    from rasterio.shutil import copy
    from rasterio.windows import Window

    with open_geotiff(people) as source:
        profile = {
            "driver": "GTiff", "width": source.width, "height": source.height, "count": len(bands), "dtype": "float64",
            "crs": source.crs, "transform": source.transform, "nodata": np.nan, "compress": "zstd", "tiled": True,
            "blockxsize": BLOCK, "blockysize": BLOCK, "sparse_ok": True, "bigtiff": "if_safer",
        }  # fmt: skip
    with writing(out) as draft:
        plain_one = draft.with_name("plain.tif")
        with rasterio.open(plain_one, "w+", **profile) as target:
            for number, name in enumerate(bands, start=1):
                target.set_band_description(number, name)
            target.update_tags(ZONEPLAN=json.dumps(plain(dict(about)), ensure_ascii=False))
            for part in parts:
                if not part.is_file():
                    continue
                rows = gpd.read_parquet(part, columns=[*bands, "geometry"])
                cells = rows if about["question"] != "gain" else _highest(rows, target)
                if cells.empty:
                    continue
                row, column = np.divmod(cells.index.to_numpy(), target.width)
                window = Window(column.min(), row.min(), np.ptp(column) + 1, np.ptp(row) + 1)
                values = target.read(window=window)
                here = (slice(None), row - row.min(), column - column.min())
                values[here] = np.fmax(values[here], cells[list(bands)].to_numpy(float).T)
                target.write(values, window=window)
        copy(plain_one, draft, driver="COG", compress="ZSTD", blocksize=BLOCK, bigtiff="IF_SAFER", overviews="NONE")


def _highest(nodes: gpd.GeoDataFrame, grid: Any) -> pd.DataFrame:
    """Return the highest gain of the nodes in each cell of a raster, by the number of the cell."""
    to_grid = Transformer.from_crs(nodes.crs, grid.crs, always_xy=True)
    column, row = ~grid.transform * to_grid.transform(nodes.geometry.x.to_numpy(), nodes.geometry.y.to_numpy())
    inside = (column >= 0) & (column < grid.width) & (row >= 0) & (row < grid.height)
    cell = (np.floor(row) * grid.width + np.floor(column))[inside].astype(np.int64)
    return pd.DataFrame({"gain": nodes["gain"].to_numpy()[inside]}).groupby(cell).max()
