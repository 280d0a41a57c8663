"""People per cell: GeoTIFF of any CRS by windows, or points, into the cells that the core counts with.

Totals are kept: a raster is never resampled. Its cells become points at their centres with the people of the
cell; zonal sums share the cells on a border by area.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
from pyproj import Transformer
from scipy.spatial import cKDTree

from geo.crs import WGS84, require_metric
from geo.errors import CrsError, Finding, InputError
from geo.text import Text

if TYPE_CHECKING:  # rasterio is read by the functions that need it: most workspaces keep their people in a table
    from rasterio.windows import Window

__all__ = [
    "Population",
    "clip_raster",
    "counted_places",
    "open_geotiff",
    "read_cells",
    "read_people",
    "write_points",
    "years_of",
]

FILES = ("population.tif", "population.parquet", "population.csv")
TIFF_STARTS = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")
STRIP_CELLS = 1_000_000  # values read at once: 8 MB, in a few copies
MAX_CELLS = 20_000_000  # inhabited cells kept; a megacity at 100 m has well under a million
MAX_FILE_BYTES = 2 * 2**30
LON = ("lon", "lng", "longitude", "x", "经度")
LAT = ("lat", "latitude", "y", "纬度")
PEOPLE = ("people", "population", "pop", "residents", "人口", "常住人口", "人数")
YEAR = re.compile(r"(?<!\d)((?:19|20)\d{2})(?!\d)")


@dataclass(frozen=True)
class Population:
    """Cells with people.

    ``cells`` is indexed by cell_id (int) with columns people_<year> [persons] and the cell's centre, in metres;
    cells without anybody in any year are left out. ``cell_metres`` is the side of a cell [m].
    """

    cells: gpd.GeoDataFrame
    cell_metres: float


def read_cells(folder: str | Path, *, crs: str, years: Sequence[int]) -> Population:
    """Return the cells of a workspace folder: population.tif, or population.parquet or .csv of points.

    Parameters
    ----------
    folder
        The workspace.
    crs
        Its metric CRS.
    years
        The years that must be there, as workspace.toml lists them.

    Raises
    ------
    InputError
        If there is no population file, it cannot be read, a year is missing, or a value is negative.
    """
    for name in FILES:
        path = Path(folder) / name
        if path.is_file():
            return read_people(path, crs=crs, years=years)
    raise _bad(
        FILES[0],
        "缺少人口数据；请放入 population.tif（每年一个波段）或 population.parquet",
        "there is no population: add population.tif (a band a year) or population.parquet",
    )


def read_people(
    path: str | Path, *, crs: str, years: Sequence[int], bounds: Sequence[float] | None = None
) -> Population:
    """Return the cells of one file, by its extension: .tif, .parquet, or .csv with longitude and latitude.

    Parameters
    ----------
    path
        GeoTIFF (residents per cell, bands described by year, or as many bands as years), GeoParquet of points
        or CSV (WGS84 columns lon and lat; people_<year>, or ``population`` when one year is asked).
    crs
        Metric CRS of the result.
    years
        Years wanted.
    bounds
        Optional west, south, east, north [degrees]: only cells whose centre lies inside.

    Raises
    ------
    InputError
        If the file is missing, damaged, of another kind, lacks a year or a column, or has negative people.
    CrsError
        If it has no CRS, or ``crs`` is not in metres.
    """
    path = Path(path)
    require_metric(crs)
    if not path.is_file():
        raise _bad(path.name, "没有这个文件；请检查路径", "there is no such file; check the path")
    if path.stat().st_size > MAX_FILE_BYTES:
        raise _bad(path.name, "文件超过 2 GB；请先裁剪到城市范围", "is over 2 GB; clip it to the city first")
    readers = {".tif": _raster_cells, ".tiff": _raster_cells, ".parquet": _parquet_cells, ".csv": _csv_cells}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise _bad(
            path.name,
            "人口文件须为 .tif、.parquet 或 .csv；请另存为其中一种",
            "population must be a .tif, .parquet or .csv; save it as one of them",
        )
    return reader(path, crs, tuple(years), bounds)


def clip_raster(raster: str | Path, out: str | Path, *, bounds: Sequence[float], years: Sequence[int]) -> None:
    """Write the part of a population raster inside ``bounds`` (west, south, east, north [degrees]).

    Cells are copied whole and unchanged, window by window, one band a year described by it.

    Raises
    ------
    InputError
        As `read_people`, or if nothing of the raster lies inside.
    """
    import rasterio
    from rasterio.windows import Window

    path = Path(raster)
    with open_geotiff(path) as source:
        bands = _year_bands(source, tuple(years), path.name)
        window = _window(source, bounds, path.name)
        profile = {
            "driver": "GTiff", "width": int(window.width), "height": int(window.height), "count": len(bands),
            "dtype": source.dtypes[bands[0] - 1], "crs": source.crs, "transform": source.window_transform(window),
            "nodata": source.nodata, "compress": "deflate", "tiled": True, "blockxsize": 256, "blockysize": 256,
        }  # fmt: skip
        with rasterio.open(out, "w", **profile) as target:
            for part in _strips(window, 1):
                shifted = Window(part.col_off - window.col_off, part.row_off - window.row_off, part.width, part.height)
                for number, band in enumerate(bands, start=1):
                    target.write(source.read(band, window=part), number, window=shifted)
            for number, year in enumerate(years, start=1):
                target.set_band_description(number, str(year))


def write_points(population: Population, out: str | Path) -> None:
    """Write cells as GeoParquet points in WGS84 (population.parquet of a workspace)."""
    population.cells.to_crs(WGS84).reset_index().to_parquet(out, compression="zstd")


def years_of(path: str | Path) -> tuple[int, ...]:
    """Return the years a population file speaks of: by its bands, its columns people_<year>, or its name."""
    path = Path(path)
    found: list[int | None] = []
    if path.suffix.lower() in (".tif", ".tiff"):
        with open_geotiff(path) as source:
            found = [_band_year(d) for d in source.descriptions]
        if not any(found) and len(found) > 1:
            return ()
    elif path.suffix.lower() == ".csv":
        found = [_band_year(c) for c in _read_csv(path).columns if re.match(r"(people|population|pop)_\d{4}$", str(c))]
    years = sorted({year for year in found if year})
    return tuple(years) or tuple(filter(None, [_band_year(path.stem)]))


def _raster_cells(path: Path, crs: str, years: tuple[int, ...], bounds: Sequence[float] | None) -> Population:
    from rasterio.errors import RasterioError
    from rasterio.windows import Window

    with open_geotiff(path) as source:
        bands = _year_bands(source, years, path.name)
        window = Window(0, 0, source.width, source.height)
        if bounds is not None:
            window = _window(source, bounds, path.name)
        try:
            ids, people = _inhabited(source, bands, window, path.name)
        except RasterioError as error:  # pixels that cannot be read, after a good header
            raise _damaged(path.name, error) from error
        x, y = source.transform * (ids % source.width + 0.5, ids // source.width + 0.5)
        to_metres = Transformer.from_crs(source.crs, crs, always_xy=True)
        east, north = to_metres.transform(x, y)
        side = _cell_side(source, window, to_metres)
    return Population(_cells(pd.Index(ids, name="cell_id"), years, people, east, north, crs), side)


def _inhabited(
    source: Any, bands: Sequence[int], window: Window, file: str
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Return the numbers of the cells with people (row × width + column) and their people per band."""
    all_ids, all_people, count = [], [], 0
    for part in _strips(window, len(bands)):
        data = source.read(list(bands), window=part, masked=True).astype(float).filled(0.0)
        data = np.nan_to_num(data, nan=0.0, posinf=-1.0, neginf=-1.0)
        if data.size and data.min() < 0:
            _, row, column = (int(k[0]) for k in np.nonzero(data < 0))
            raise _bad(
                file,
                f"第 {part.row_off + row + 1} 行第 {part.col_off + column + 1} 列人口为负或无穷；请设为 nodata",
                f"negative or infinite people in raster row {part.row_off + row + 1}, column "
                f"{part.col_off + column + 1}; set it to nodata",
            )
        rows, columns = np.nonzero((data > 0).any(axis=0))
        all_ids.append((rows + part.row_off) * source.width + columns + part.col_off)
        all_people.append(data[:, rows, columns])
        count += rows.size
        if count > MAX_CELLS:
            raise _bad(
                file,
                f"有人的单元超过 {MAX_CELLS:,} 个；请先裁剪到城市范围",
                f"over {MAX_CELLS:,} inhabited cells; clip it to the city first",
            )
    empty = np.empty((len(bands), 0))
    return (
        np.concatenate(all_ids).astype(np.int64) if all_ids else np.empty(0, np.int64),
        np.concatenate(all_people, axis=1) if all_people else empty,
    )


def _strips(window: Window, bands: int) -> Iterator[Window]:
    """Yield the window in strips of whole rows that fit the memory set aside."""
    from rasterio.windows import Window

    rows = max(1, STRIP_CELLS // max(1, int(window.width) * bands))
    for start in range(int(window.row_off), int(window.row_off + window.height), rows):
        height = min(rows, int(window.row_off + window.height) - start)
        yield Window(int(window.col_off), start, int(window.width), height)


def _window(source: Any, bounds: Sequence[float], file: str) -> Window:
    """Return the whole cells whose centres lie inside ``bounds`` (degrees)."""
    from rasterio.windows import Window, from_bounds

    west, south, east, north = bounds
    to_raster = Transformer.from_crs(WGS84, source.crs, always_xy=True)
    left, bottom, right, top = to_raster.transform_bounds(west, south, east, north, densify_pts=21)
    if not np.isfinite([left, bottom, right, top]).all():
        raise _elsewhere(file)
    outer = from_bounds(left, bottom, right, top, source.transform)
    first_column, first_row = round(outer.col_off), round(outer.row_off)
    last_column, last_row = round(outer.col_off + outer.width), round(outer.row_off + outer.height)
    first_column, first_row = max(first_column, 0), max(first_row, 0)
    last_column, last_row = min(last_column, source.width), min(last_row, source.height)
    if first_column >= last_column or first_row >= last_row:
        raise _elsewhere(file)
    return Window(first_column, first_row, last_column - first_column, last_row - first_row)


def _damaged(file: str, error: Exception) -> InputError:
    return _bad(file, f"GeoTIFF 已损坏：{error}", f"is a damaged GeoTIFF: {error}")


def _elsewhere(file: str) -> InputError:
    return _bad(
        file,
        "人口栅格不覆盖这个地方；请检查是否选错文件或坐标系",
        "the population raster does not cover this place; check the file and its CRS",
    )


def _cell_side(source: Any, window: Window, to_metres: Transformer) -> float:
    """Return the side [m] of a square as large as the cell in the middle of the window."""
    column, row = window.col_off + window.width / 2, window.row_off + window.height / 2
    corners = np.array([source.transform * (column + a, row + b) for a, b in ((0, 0), (1, 0), (0, 1))])
    (x0, x1, x2), (y0, y1, y2) = to_metres.transform(corners[:, 0], corners[:, 1])
    return float(np.sqrt(abs((x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0))))


def open_geotiff(path: Path) -> Any:
    """Open a GeoTIFF and nothing else: a description in a file called .tif could name any other file.

    Raises
    ------
    InputError
        If the file cannot be opened, or is not a GeoTIFF.
    CrsError
        If it has no reference system.
    """
    import rasterio
    from rasterio.errors import NotGeoreferencedWarning, RasterioError

    try:
        with path.open("rb") as stream:
            start = stream.read(4)
    except OSError as error:
        raise _bad(path.name, f"无法打开：{error.strerror}", f"cannot be opened: {error.strerror}") from error
    if start not in TIFF_STARTS:
        raise _bad(path.name, "不是 GeoTIFF；请导出为 GeoTIFF", "is not a GeoTIFF; export it as one")
    try:
        with warnings.catch_warnings():  # a raster without a place is refused below, in words
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            source = rasterio.open(path, driver="GTiff")
    except RasterioError as error:
        raise _damaged(path.name, error) from error
    if source.crs is None:
        source.close()
        raise CrsError(
            Text(
                f"{path.name} 没有坐标系：请写入坐标系后再用", f"{path.name} has no reference system: assign one first"
            )
        )
    return source


def _band_year(description: str | None) -> int | None:
    found = YEAR.search(description or "")
    return int(found.group(1)) if found else None


def _year_bands(source: Any, years: tuple[int, ...], file: str) -> list[int]:
    """Return the band number of each year."""
    described = {_band_year(d): n for n, d in enumerate(source.descriptions, start=1)}
    if all(year in described for year in years):
        return [described[year] for year in years]
    if not any(described) and source.count == len(years):
        return list(range(1, source.count + 1))
    there = "、".join(str(d or "—") for d in source.descriptions)
    raise _bad(
        file,
        f"缺少年份 {sorted(set(years) - set(described))} 的波段（现有波段说明：{there}）；请把波段说明写为年份，或改 years",
        f"no band for {sorted(set(years) - set(described))} (bands are described: {there}); "
        "describe the bands by year, or change the years",
    )


def _parquet_cells(path: Path, crs: str, years: tuple[int, ...], bounds: Sequence[float] | None) -> Population:
    try:
        table = gpd.read_parquet(path)
    except Exception as error:  # pyarrow and geopandas raise many kinds for files that are no GeoParquet
        raise _bad(path.name, f"无法按 GeoParquet 读取：{error}", f"cannot be read as GeoParquet: {error}") from error
    if table.crs is None:
        raise CrsError(Text(f"{path.name} 没有坐标系", f"{path.name} has no reference system"))
    if not (table.geometry.geom_type == "Point").all():
        raise _bad(path.name, "人口须为点（单元中心）", "population must be points (cell centres)")
    points = table.geometry.to_crs(WGS84)
    plain = pd.DataFrame(table.drop(columns=table.geometry.name))
    return _point_cells(plain, points.x.to_numpy(), points.y.to_numpy(), path.name, crs, years, bounds)


def _csv_cells(path: Path, crs: str, years: tuple[int, ...], bounds: Sequence[float] | None) -> Population:
    table = _read_csv(path)
    lon, lat = (_column(table, known, path.name) for known in (LON, LAT))
    x, y = (_numbers(table[name], path.name) for name in (lon, lat))
    wrong = ~((np.abs(x) <= 180) & (np.abs(y) <= 90))
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0]) + 1
        raise _bad(
            path.name,
            f"有 {int(wrong.sum())} 行不是经纬度；请用 WGS84 经度、纬度（度）",
            f"{int(wrong.sum())} rows are not longitude and latitude; use WGS84 degrees",
            row,
            lon,
        )
    return _point_cells(table, x, y, path.name, crs, years, bounds)


def _read_csv(path: Path) -> pd.DataFrame:
    """Return a CSV as UTF-8, else as the GB18030 that Chinese Excel writes."""
    try:
        try:
            return pd.read_csv(path, encoding="utf-8-sig")
        except UnicodeDecodeError:
            return pd.read_csv(path, encoding="gb18030")
    except (OSError, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise _bad(path.name, f"无法按 CSV 读取：{error}", f"cannot be read as CSV: {error}") from error


def counted_places(path: str | Path) -> pd.DataFrame:
    """Return lon, lat, schools and healthcare of a CSV of cells that counts such places, empty if it does not.

    The hex grids published with accessibility studies (as Porto Alegre's) carry ``schools`` and ``healthcare``.
    """
    path = Path(path)
    columns = ["lon", "lat", "schools", "healthcare"]
    empty = pd.DataFrame({c: pd.Series(dtype=float) for c in columns})
    if path.suffix.lower() != ".csv":
        return empty
    table = _read_csv(path)
    counts = [c for c in columns[2:] if c in table]
    if not counts:
        return empty
    out = {"lon": _column(table, LON, path.name), "lat": _column(table, LAT, path.name), **{c: c for c in counts}}
    low = {"lon": -180.0, "lat": -90.0}
    table = table.assign(**{c: table[c].fillna(0) for c in counts})  # a blank count places nothing
    numbers = pd.DataFrame({k: _numbers(table[v], path.name, low=low.get(k, 0.0)) for k, v in out.items()})
    return numbers.reindex(columns=columns, fill_value=0.0)


def _point_cells(
    table: pd.DataFrame, lon: np.ndarray[Any, Any], lat: np.ndarray[Any, Any], file: str, crs: str,
    years: tuple[int, ...], bounds: Sequence[float] | None,
) -> Population:  # fmt: skip
    """Return the cells of a table of points with people."""
    columns = [_people_column(table, year, len(years) == 1, file) for year in years]
    people = np.array([_numbers(table[c], file, low=0.0) for c in columns]).reshape(len(years), len(table))
    keep = (people > 0).any(axis=0)
    if bounds is not None:
        west, south, east, north = bounds
        keep &= (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
    x, y = Transformer.from_crs(WGS84, crs, always_xy=True).transform(lon, lat)
    spacing = _spacing(np.column_stack([x, y]))
    ids = table["cell_id"] if "cell_id" in table and table["cell_id"].is_unique else pd.RangeIndex(len(table))
    index = pd.Index(np.asarray(ids)[keep], dtype="int64", name="cell_id")
    return Population(_cells(index, years, people[:, keep], x[keep], y[keep], crs), spacing)


def _cells(
    index: pd.Index, years: Iterable[int], people: np.ndarray[Any, Any], x: Any, y: Any, crs: str
) -> gpd.GeoDataFrame:
    data = {f"people_{year}": people[n] for n, year in enumerate(years)}
    return gpd.GeoDataFrame(data, index=index, geometry=gpd.points_from_xy(x, y, crs=crs), crs=crs)


def _spacing(xy: np.ndarray[Any, Any]) -> float:
    """Return the median distance [m] from a point to its nearest other: the side of a cell."""
    distinct = np.unique(xy, axis=0)
    if len(distinct) < 2:
        return 100.0
    return float(np.median(cKDTree(distinct).query(distinct, k=2)[0][:, 1]))


def _column(table: pd.DataFrame, known: Sequence[str], file: str) -> str:
    lower = {str(c).strip().lower(): str(c) for c in table.columns}
    for name in known:
        if name in lower:
            return lower[name]
    raise _bad(
        file,
        f"缺少列，可写作：{'、'.join(known)}",
        f"a column is missing; it may be called {', '.join(known[:4])}",
        field=known[0],
    )


def _people_column(table: pd.DataFrame, year: int, only: bool, file: str) -> str:
    if f"people_{year}" in table:
        return f"people_{year}"
    if not only:
        raise _bad(file, f"缺少列 people_{year}", f"the column people_{year} is missing", field=f"people_{year}")
    return _column(table, (f"population_{year}", f"pop_{year}", *PEOPLE), file)


def _numbers(values: pd.Series, file: str, *, low: float = -np.inf) -> np.ndarray[Any, Any]:
    """Return a column as finite numbers of at least ``low``; name the first row that is not."""
    numbers = pd.to_numeric(values, errors="coerce").to_numpy(dtype=float)
    bad = ~(np.isfinite(numbers) & (numbers >= low))
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise _bad(
            file,
            f"有 {int(bad.sum())} 个值不是{'不小于 0 的' if low == 0 else ''}数，如 {values.iloc[row]!r}；请更正",
            f"{int(bad.sum())} values are not numbers{' of at least 0' if low == 0 else ''}, "
            f"as {values.iloc[row]!r}; correct them",
            row + 1,
            str(values.name),
        )
    return numbers


def _bad(file: str, zh: str, en: str, row: int | None = None, field: str | None = None) -> InputError:
    return InputError([Finding("error", zh, en, file, row, field)])
