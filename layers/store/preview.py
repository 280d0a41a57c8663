"""What an import would do to a workspace, row by row, before anything is done."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from geo import merge as merging
from geo.errors import Finding, InputError, PlanError
from geo.merge import Merged
from geo.schema import conform, require
from geo.services import SERVICES, STAGES, provides_service
from geo.text import Text
from layers import workspace
from layers.incoming import Incoming
from layers.store import versions
from layers.store.journal import bytes_of
from layers.workspace import feeds, population

__all__ = ["PARTS", "Preview", "offered", "preview"]

PARTS = ("stage", "zone", "kind")
"""What a part of a layer can be named by: ``stage=primary``, ``zone=haiyang``, ``kind=hospital``."""
REFERRING = ("schools", "clinics", "projects")
FILLED = ("status", "level", "state")
"""Columns that the reader fills for the whole file, with a finding that names no row."""

OLD_WAYS = Text(
    "ways.parquet 说的是原来的道路：将随导入移除（撤销可恢复），此后骑行、驾车按所导入道路的等级假定；要保留单行、限速和坡度，请用 zoneplan build 从 OpenStreetMap 重建工作区",
    "ways.parquet tells of the streets as they were: it goes with this import (an undo brings it back), and bicycles and cars go by the classes of the imported streets, assumed; to keep one-way streets, limits and slopes, build the workspace anew from OpenStreetMap (zoneplan build)",
)


@dataclass(frozen=True)
class Preview:
    """What would become of every row (``merged``), findings of the whole, and the files on which that rests."""

    merged: Merged
    findings: tuple[Finding, ...]
    seen: dict[str, str | None]
    part: str | None

    @property
    def ready(self) -> bool:
        """Whether nothing is open and nothing is wrong."""
        return not self.merged.open and not any(f.level == "error" for f in self.findings)

    @property
    def alarm(self) -> Text | None:
        """What needs an explicit yes: rows that would go."""
        return self.merged.alarm

    def counts(self) -> dict[str, int]:
        """Return the rows there now, in the file, and what becomes of them."""
        changes = ("added", "changed", "removed", "unchanged")
        return {"now": self.merged.now, "file": self.merged.file, **{c: self.merged.count(c) for c in changes}}


def offered(layer: str) -> tuple[str, ...]:
    """Return the modes in which a layer can be taken, the default first."""
    return merging.modes_of(layer)


def preview(
    folder: Path, read: Incoming, *, mode: str | None = None, part: str | None = None, pairs: Mapping[str, Any] | None = None
) -> Preview:  # fmt: skip
    """Return what taking a file would do to a workspace; nothing is changed.

    Parameters
    ----------
    folder
        The workspace.
    read
        What ``layers.incoming.read`` gave, with a frame.
    mode
        One of ``geo.merge.MODES``; `geo.merge.default_mode` of the layer where none is given.
    part
        ``stage=primary``, ``zone=haiyang`` or ``kind=hospital``, for ``replace_part``.
    pairs
        Answers which thing a row is: ``pair.<row>`` → id, ``new`` or ``skip``; ``pair.rest`` for all others.

    Raises
    ------
    InputError
        If the file has no layer yet, the mode or the part does not fit the layer, or the workspace's own layer cannot be read.
    """
    if read.frame is None:
        raise InputError(
            read.findings or Text("导入未完成，不能写入", "the import is not complete and cannot be taken")
        )
    layer, chosen = read.layer, mode or merging.default_mode(read.layer)
    name = versions.file_of(layer)
    seen = {name: _digest(folder / name)}
    if layer == "population":
        seen |= {other: _digest(folder / other) for other in versions.REPLACED[layer]}
        return Preview(_population(folder, read, chosen), (Finding("info", *merging.WHOLE[layer]),), seen, None)
    if layer == "timetable":
        return _timetable(folder, read, chosen)
    now = _now(folder, layer)
    crs = str(workspace.settings(folder)["crs"])
    masks, shares = None, None
    if chosen == "replace_part":
        masks, shares = _part(folder, now, read.frame, layer, part)
        seen["zones.geojson"] = _digest(folder / "zones.geojson")
    merged = merging.merge(
        now, read.frame, layer, crs=crs, mode=chosen, answers=pairs, unsaid=_unsaid(read), mark=_mark(read), part=masks, shares=shares
    )  # fmt: skip
    found = merged.findings
    if layer == "streets" and (older := [n for n in versions.REPLACED[layer] if (folder / n).is_file()]):
        seen |= {name: _digest(folder / name) for name in older}
        found += (Finding("warning", *OLD_WAYS),)
    if layer == "zones":
        others = {other: _now(folder, other) for other in REFERRING if (folder / f"{other}.geojson").is_file()}
        found += merging.dangling(list(now["zone_id"]), list(merged.frame["zone_id"]), others)
    return Preview(merged, tuple(_named(f, read.file) for f in found), seen, part)


def _named(finding: Finding, file: str) -> Finding:
    return (
        finding
        if finding.file
        else Finding(finding.level, finding.text_zh, finding.text_en, file, finding.row, finding.field)
    )


def _digest(path: Path) -> str | None:
    raw = bytes_of(path)
    return None if raw is None else hashlib.sha256(raw).hexdigest()


def _mark(read: Incoming) -> str:
    return f"import-{read.sha256[:8]}"


def _unsaid(read: Incoming) -> set[str]:
    """Return the columns that the reader filled for the whole file; they say nothing of what is known already."""
    assert read.frame is not None
    filled = {f.field for f in read.findings if f.row is None and f.field in FILLED and f.level in ("info", "warning")}
    if {"basis", "source_id"} <= set(read.frame.columns):
        sources = read.frame["source_id"].eq(_mark(read))
        if sources.all() and read.frame["basis"].eq("sourced").all():
            filled.add("basis")
    return {f for f in filled if f}


def _now(folder: Path, layer: str) -> gpd.GeoDataFrame:
    """Return a layer of the workspace as it is, in WGS84 with the columns of the schema."""
    path = folder / versions.file_of(layer)
    if layer == "streets":
        try:
            return gpd.read_parquet(path).to_crs(4326)
        except Exception as error:  # pyarrow and geopandas raise many kinds for missing and damaged files
            if not path.is_file():
                return gpd.GeoDataFrame({"u": [], "v": []}, geometry=[], crs=4326)
            raise InputError(Text(f"无法读取 {path.name}：{error}", f"cannot read {path.name}: {error}")) from error
    empty = gpd.GeoDataFrame({"geometry": []}, geometry="geometry", crs=4326)
    raw = workspace.read_features(path) if path.is_file() else empty
    frame, found = conform(layer, raw, file=path.name)
    if len(raw):
        require([f for f in found if f.level == "error"])
    return frame


def _population(folder: Path, read: Incoming, mode: str) -> Merged:
    """Return the counts of cells: a surface has no rows to compare."""
    assert read.frame is not None
    if mode != "replace":
        raise InputError(merging.WHOLE["population"])
    try:
        config = workspace.settings(folder)
        now = len(population.read_cells(folder, crs=str(config["crs"]), years=tuple(config["years"])).cells)
    except (PlanError, KeyError):  # none there yet, or none that can be read: nothing can be lost
        now = 0
    changes = [*["added"] * len(read.frame), *["removed"] * now]
    rows = pd.DataFrame({"change": changes}).reindex(
        columns=["change", "id", "name", "how", "metres", "row", "fields", "before", "after"]
    )
    rows["fields"] = [{} for _ in changes]
    return Merged("population", mode, read.frame, rows, now, len(read.frame), (), ())


def _timetable(folder: Path, read: Incoming, mode: str) -> Preview:
    """Return the stops of feeds: those of the file come, those of a feed in whose place it comes go."""
    assert read.frame is not None
    if mode not in offered("timetable"):
        raise InputError(merging.WHOLE["timetable"])
    if feeds.named(folder, workspace.settings(folder).get("transit"))[0] and "feeds" in dict(
        workspace.settings(folder).get("transit", {})
    ):
        raise InputError(
            Text(
                "workspace.toml 的 [transit] feeds 指定了时刻表文件；请在那里改写，或删去该行后再导入",
                "workspace.toml names its feeds under [transit]; change them there, or take that line out and import again",
            )
        )
    there = {path.name: path for path in sorted(folder.glob(f"*{feeds.ENDING}"))}
    gone = {n: p for n, p in there.items() if mode == "replace" or n == feeds.file_name(read.file)}
    seen = {name: _digest(path) for name, path in there.items()}
    changes = ["added"] * len(read.frame)
    rows = pd.DataFrame({"change": changes}).reindex(
        columns=["change", "id", "name", "how", "metres", "row", "fields", "before", "after"]
    )
    rows["fields"] = [{} for _ in changes]
    said = [Finding("info", *merging.WHOLE["timetable"])]
    said += [Finding("warning", f"将替换时刻表 {n}", f"the timetable {n} will be replaced", read.file) for n in gone]
    return Preview(
        Merged("timetable", mode, read.frame, rows, len(there), len(read.frame), (), ()), tuple(said), seen, None
    )


def _part(
    folder: Path, now: gpd.GeoDataFrame, file: gpd.GeoDataFrame, layer: str, part: str | None
) -> tuple[tuple[list[bool], list[bool]], str | None]:
    """Return which rows of layer and file belong to a part, and the seats column where it is a stage."""
    what, _, value = (part or "").partition("=")
    if what not in PARTS or not value:
        raise InputError(
            Text(
                "请说明替换哪一部分：stage=primary、zone=片区编号 或 kind=类型",
                "say which part is replaced: stage=primary, zone=ID or kind=KIND",
            )
        )
    if what == "stage":
        if layer != "schools" or value not in STAGES:
            raise InputError(
                Text(
                    f"只有学校有学段，可选：{'、'.join(STAGES)}",
                    f"only schools have stages: {', '.join(STAGES)}",
                )
            )
        asked = SERVICES[value]
        masks = tuple(list(map(bool, provides_service(f, asked))) for f in (now, file))
        return (masks[0], masks[1]), asked.seats
    if what == "kind":
        if "kind" not in now:
            raise InputError(Text("这个图层没有类型", "this layer has no kinds"))
        return (list(now["kind"].eq(value)), list(file["kind"].eq(value))), None
    zones = _now(folder, "zones").set_index("zone_id")
    if value not in zones.index:
        raise InputError(
            Text(f"没有片区“{value}”，可选：{'、'.join(map(str, zones.index))}", f"no zone '{value}', choose one of {', '.join(map(str, zones.index))}")
        )  # fmt: skip
    area = zones.geometry[value]
    below = {value, *zones.index[zones["parent_id"].eq(value)]}
    return (_inside(now, area, below), _inside(file, area, below)), None


def _inside(frame: gpd.GeoDataFrame, area: Any, below: set[str]) -> list[bool]:
    """Return which rows lie in a zone: by place, and by the zone that they name where they have none."""
    placed = frame.geometry.notna()
    named = frame["zone_id"].isin(below) if "zone_id" in frame else pd.Series(False, index=frame.index)
    touching = frame.geometry.representative_point().intersects(area).fillna(False)
    return list(map(bool, touching.where(placed, named)))
