"""A workspace folder on disk → one checked ``geo.workspace.Workspace``."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import geopandas as gpd
import numpy as np
import pandas as pd
from pyproj import CRS
from pyproj.exceptions import CRSError as ProjError

from geo import consistency, schema
from geo.errors import Finding, InputError, PlanError
from geo.progress import Progress, Step
from geo.services import own_services
from geo.text import Text, several
from geo.uncertainty.settings import ranges
from geo.workspace import Workspace, with_leaf_zone
from layers.store import journal
from layers.workspace import catalog, plan_words
from layers.workspace.features import read_features
from layers.workspace.feeds import read_feeds
from layers.workspace.form import format_of
from layers.workspace.netcache import compiled, load_or_build
from layers.workspace.population import read_cells
from layers.workspace.tables import read_table

__all__ = ["Checked", "Place", "check", "load", "read_all_but_ground", "settings", "stamp"]

OPTIONAL = ("links", "stops", "facilities", "projects", "water", "landuse", "controls", "carriers", "ground")
GEOJSON = ("zones", "schools", "clinics", *OPTIONAL)
KEYS = {"zones": "zone_id", "schools": "facility_id", "clinics": "facility_id", "stops": "stop_id", "facilities": "facility_id", "links": "link_id", "projects": "project_id", "landuse": "plot_id", "controls": "line_id", "carriers": "carrier_id"}  # fmt: skip
WAYS = "ways.parquet"
"""All ways with who may use them and how (``geo.modes``): optional, streets.parquet is what is walked."""
T = TypeVar("T")


@dataclass(frozen=True)
class Checked:
    """The outcome of a check: the workspace (None if it cannot be used), all findings, rows per layer."""

    workspace: Workspace | None
    findings: tuple[Finding, ...]
    rows: dict[str, int]

    @property
    def errors(self) -> tuple[Finding, ...]:
        """Return the findings that make the workspace unusable."""
        return tuple(f for f in self.findings if f.level == "error")


@dataclass(frozen=True)
class Place:
    """What the files of a folder say of a place, streets and people aside."""

    config: dict[str, Any]
    crs: str
    years: tuple[int, ...]
    frames: dict[str, gpd.GeoDataFrame | None]
    tables: dict[str, pd.DataFrame | None]
    written: dict[str, pd.DataFrame | None]
    sources: dict[str, dict[str, Any]]

    def placed(self, cells: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        """Return cells with the zone they lie in, and the basis and source of the population file."""
        return with_leaf_zone(_vouched(cells, self.sources), _frame(self.frames["zones"], "zones", self.crs))

    def place(self, folder: Path, **ground: Any) -> Workspace:
        """Return the workspace on the ground given: streets, network, cells and what else there is."""
        return Workspace(
            name_zh=str(self.config.get("name_zh", folder.name)),
            name_en=str(self.config.get("name_en", folder.name)),
            crs=self.crs,
            years=self.years,
            **{name: _frame(self.frames[name], name, self.crs) for name in GEOJSON},
            **{name: _or_empty(table) for name, table in {**self.tables, **self.written}.items()},
            sources=self.sources,
            parameters={k: v for k, v in self.config.items() if isinstance(v, dict)},
            key=_fingerprint(folder),
            **ground,
        )


def load(path: str | Path, *, progress: Progress | None = None) -> Workspace:
    """Return the workspace in a folder.

    Parameters
    ----------
    path
        Folder with the files of the data contract (docs/data.md).
    progress
        Called with what is being done, in Chinese and in English.

    Raises
    ------
    InputError
        If anything in the folder is wrong; carries every error found, with file, row and field.
    """
    checked = check(path, progress=progress)
    if checked.workspace is None:
        raise InputError(checked.errors)
    return checked.workspace


def check(path: str | Path, *, progress: Progress | None = None, mend: bool = True) -> Checked:
    """Return the workspace of a folder with everything found about it; never raises for bad content.

    An import or undo that was interrupted is finished first, unless ``mend`` is False: who asks in the middle of one
    holds its lock, and would wait for himself.
    """
    folder = Path(path)
    tell = progress or (lambda _step: None)
    if not folder.is_dir():
        return Checked(
            None,
            (Finding("error", f"没有这个文件夹：{folder}", f"there is no such folder: {folder}", str(folder)),),
            {},
        )
    findings = _made_good(folder) if mend else []
    refused: list[Finding] = []
    _guarded(refused, lambda: settings(folder))
    if any(f.field == "format" for f in refused):  # nothing else that is said of it would be known to be true
        return Checked(None, (*findings, *refused), {})
    tell(Step(Text("读取片区与设施", "reading zones and facilities")))
    told = _read(folder, findings)
    crs, frames, sources = told.crs, told.frames, told.sources
    streets = _streets(folder, crs, findings)
    ways = _streets(folder, crs, findings, WAYS) if (folder / WAYS).is_file() else None
    findings += catalog.verify(folder, sources)
    tell(Step(Text("读取人口", "reading population")))
    years = told.years
    population = _guarded(findings, lambda: read_cells(folder, crs=crs, years=years)) if years else None
    rows = {
        name: len(frame) for name, frame in {**frames, "streets": streets, **told.tables}.items() if frame is not None
    }
    if population is not None:
        rows["cells"] = len(population.cells)
    if any(f.level == "error" for f in findings) or population is None or streets is None:
        return Checked(None, tuple(findings), rows)
    tell(Step(Text("准备步行网络", "preparing the walking network")))
    network = _guarded(findings, lambda: load_or_build(streets))
    tell(Step(Text("读取时刻表", "reading timetables")))
    timetable, feeds, found = read_feeds(folder, told.config.get("transit"), sources, crs=crs)
    findings += found
    if network is None or any(f.level == "error" for f in found):
        return Checked(None, tuple(findings), rows)
    if len(feeds):
        rows["timetable"] = len(feeds)
    workspace = told.place(
        folder,
        streets=streets,
        cells=told.placed(population.cells),
        cell_metres=population.cell_metres,
        network=network,
        ways=gpd.GeoDataFrame() if ways is None else ways,
        compiled=compiled,
        timetable=timetable,
        feeds=feeds,
    )
    return Checked(workspace, tuple(findings), rows)


def read_all_but_ground(path: str | Path) -> Place:
    """Return what a folder says of a place besides its streets and people, for whoever reads those piece by piece.

    Raises
    ------
    InputError
        If anything of it is wrong; carries every error found, with file, row and field.
    """
    findings: list[Finding] = []
    told = _read(Path(path), findings)
    schema.require(findings)
    return told


def _read(folder: Path, findings: list[Finding]) -> Place:
    config = _guarded(findings, lambda: settings(folder)) or {}
    crs = str(config.get("crs", "EPSG:4548"))
    _guarded(findings, lambda: own_services(config.get("services")))
    _guarded(findings, lambda: ranges(config.get("uncertainty")))
    frames = {name: _layer(folder, name, crs, findings) for name in GEOJSON}
    tables = {
        name: read_table(folder, name, findings) for name in ("targets", "standards", "contradictions", "constraints")
    }
    written = {name: read_table(folder, name, findings) for name in plan_words.TABLES}
    findings += plan_words.check(written)
    sources = _guarded(findings, lambda: catalog.read_sources(folder)) or {}
    findings += _unresolved(frames, sources)
    findings += consistency.read(_or_empty(tables["constraints"]), sources)[1]
    return Place(config, crs, _years(config, findings), frames, {**tables}, written, sources)


def _made_good(folder: Path) -> list[Finding]:
    """Finish what an interrupted import left; what cannot be finished is told, and the workspace opens all the same."""
    try:
        done = journal.recover(folder)
    except PlanError as error:
        return [Finding("warning", f.text_zh, f.text_en, journal.STORE) for f in error.findings]
    if not done:
        return []
    names = "、".join(done)
    zh, en = f"上一次导入中断，已补完：{names}", f"the last import was interrupted and is now finished: {names}"
    return [Finding("info", zh, en, journal.STORE)]


def settings(folder: Path) -> dict[str, Any]:
    """Return what workspace.toml says; ``crs`` is always there.

    Raises
    ------
    InputError
        If it is missing or wrong, or of a newer format than this program knows.
    """
    path = folder / "workspace.toml"
    if not path.is_file():
        raise InputError(
            [
                Finding(
                    "error",
                    "缺少 workspace.toml；它写明名称、坐标系和人口年份",
                    "is missing; it names the place, its CRS and its population years",
                    "workspace.toml",
                )
            ]
        )
    try:
        config = tomllib.loads(path.read_text("utf-8"))
        format_of(config)
        crs = CRS.from_user_input(config.get("crs", "EPSG:4548"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError([Finding("error", f"格式错误：{error}", f"is not valid TOML: {error}", path.name)]) from error
    except ProjError as error:
        raise InputError(
            [Finding("error", f"坐标系无法识别：{error}", f"unknown CRS: {error}", path.name, field="crs")]
        ) from error
    if not crs.is_projected or crs.axis_info[0].unit_name not in ("metre", "meter"):
        raise InputError(
            [
                Finding(
                    "error",
                    "坐标系必须是以米为单位的投影坐标系，例如 EPSG:4548",
                    "the CRS must be projected in metres, for example EPSG:4548",
                    path.name,
                    field="crs",
                )
            ]
        )
    return {"crs": "EPSG:4548", **config}


def _years(config: dict[str, Any], findings: list[Finding]) -> tuple[int, ...]:
    years = config.get("years", [])
    if not isinstance(years, list) or not years or not all(isinstance(y, int) and 1900 <= y <= 2100 for y in years):
        findings.append(
            Finding(
                "error",
                "years 须为人口年份的列表，例如 [2020, 2025]",
                "years must list the population years, for example [2020, 2025]",
                "workspace.toml",
                field="years",
            )
        )
        return ()
    return tuple(sorted(set(years)))


def _layer(folder: Path, name: str, crs: str, findings: list[Finding]) -> gpd.GeoDataFrame | None:
    path = folder / f"{name}.geojson"
    if not path.is_file():
        if name not in OPTIONAL:
            findings.append(Finding("error", "缺少这个文件", "this file is missing", path.name))
            return None
        empty = gpd.GeoDataFrame({"geometry": []}, geometry="geometry", crs="EPSG:4326")
        return schema.conform(name, _with_columns(empty, name))[0]
    raw = _guarded(findings, lambda: read_features(path))
    if raw is None:
        return None
    if raw.empty:  # a layer without features lacks its columns too
        raw = _with_columns(raw, name)
    frame, found = schema.conform(name, raw, file=path.name)
    findings += found
    if name == "zones" and not any(f.level == "error" for f in found):
        findings += schema.tiling(frame.to_crs(crs), path.name)
    return frame


def _with_columns(frame: gpd.GeoDataFrame, name: str) -> gpd.GeoDataFrame:
    for column in schema.LAYERS[name].columns:
        frame[column.name] = pd.Series(dtype=object)
    return frame


def _frame(frame: gpd.GeoDataFrame | None, name: str, crs: str) -> gpd.GeoDataFrame:
    """Return the layer in metres, indexed by its key (kept as a column too)."""
    assert frame is not None  # load stops before if a layer is missing
    metric = frame.to_crs(crs)
    key = KEYS.get(name)
    return metric.set_index(key, drop=False).rename_axis(index=key) if key else metric


def _streets(folder: Path, crs: str, findings: list[Finding], name: str = "streets.parquet") -> gpd.GeoDataFrame | None:
    path = folder / name
    if not path.is_file():
        findings.append(Finding("error", "缺少这个文件", "this file is missing", path.name))
        return None
    try:
        raw = gpd.read_parquet(path)
    except Exception as error:  # pyarrow and geopandas raise many kinds for damaged files
        findings.append(Finding("error", f"无法读取：{error}", f"cannot be read: {error}", path.name))
        return None
    lacking = [c for c in ("u", "v", "metres") if c not in raw.columns]
    if lacking or raw.crs is None:
        findings.append(
            Finding(
                "error",
                f"缺少列 {lacking} 或坐标系",
                f"lacks the columns {lacking} or its CRS",
                path.name,
                field=(lacking or ["crs"])[0],
            )
        )
        return None
    if raw.empty:
        zh = "没有一条街道，步行距离无从算起；请放入步行路网，或用 zoneplan build 生成"
        en = "holds no street, and nothing can be walked; put the walking network in, or make it with zoneplan build"
        findings.append(Finding("error", zh, en, path.name))
        return None
    metres = pd.to_numeric(raw["metres"], errors="coerce").to_numpy(float)
    zh, en = "长度须为不小于 0 的数", "the length must be a number of at least 0"
    wrong = np.flatnonzero(~(np.isfinite(metres) & (metres >= 0)))[:20]
    findings += [Finding("error", zh, en, path.name, int(row) + 1, "metres") for row in wrong]
    return raw.to_crs(crs)


def _vouched(cells: gpd.GeoDataFrame, sources: dict[str, dict[str, Any]]) -> gpd.GeoDataFrame:
    """Return the cells with the basis and source that the record of the population file gives them."""
    found = [(key, r) for key, r in sources.items() if str(r.get("file", "")).startswith("population.")]
    key, record = found[0] if found else ("", {})
    basis = str(record.get("basis", "assumed"))
    return cells.assign(basis=basis if basis in schema.BASES else "assumed", source_id=key or None)


def _unresolved(frames: dict[str, gpd.GeoDataFrame | None], sources: dict[str, dict[str, Any]]) -> list[Finding]:
    """Return warnings for source ids that no record explains."""
    findings = []
    for name, frame in frames.items():
        if frame is None or "source_id" not in frame:
            continue
        for row, value in enumerate(frame["source_id"], start=1):
            unknown = [s for s in several(value) if s not in sources]
            if unknown:
                findings.append(
                    Finding(
                        "warning",
                        f"来源编号 {unknown} 在 SOURCES.json 中没有记录",
                        f"the source ids {unknown} have no record in SOURCES.json",
                        f"{name}.geojson",
                        row,
                        "source_id",
                    )
                )
    return findings


def _or_empty(table: pd.DataFrame | None) -> pd.DataFrame:
    return table if table is not None else pd.DataFrame()


def _fingerprint(folder: Path) -> str:
    """Return a hash of the names, sizes and times of the files, to key what is cached from them."""
    parts = [(p.name, p.stat().st_size, p.stat().st_mtime_ns) for p in sorted(folder.iterdir()) if p.is_file()]
    return hashlib.sha256(repr((str(folder.resolve()), parts)).encode()).hexdigest()[:16]


def _guarded(findings: list[Finding], work: Callable[[], T]) -> T | None:
    """Return the result of ``work``; put the findings of an error into the list and return None."""
    try:
        return work()
    except PlanError as error:
        findings += error.findings
    return None


def stamp(path: Path) -> tuple[tuple[str, int, int], ...]:
    """Return what changes when a file of the folder changes; stores (plans, drafts, versions) are no part of the place."""
    found = sorted(path.glob("*.*")) if path.is_dir() else []
    read = (f for f in found if not f.suffix.startswith(".sqlite") and f.is_file())
    return tuple((f.name, f.stat().st_mtime_ns, f.stat().st_size) for f in read)
