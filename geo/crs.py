"""Reference systems: WGS84 at the door, metres inside, and the shifted systems of Chinese web maps.

Files hold WGS84 longitude and latitude; lengths and areas are measured in a projected CRS in metres.
GCJ-02 (高德, 腾讯) and BD-09 (百度) coordinates look like ordinary longitudes but lie about 0.5 and 1.3 km
away. Their formula is a community reconstruction: the functions here invert it to well below a millimetre,
but their true agreement with those maps is about 1–2 m and cannot be proved.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS, Transformer
from pyproj.enums import TransformDirection
from pyproj.exceptions import CRSError as ProjError

from geo.errors import CrsError
from geo.text import Text

__all__ = [
    "WGS84",
    "bd09_to_wgs84",
    "degrees_of",
    "gcj02_to_wgs84",
    "in_cgcs2000_area",
    "metres_of",
    "metric_crs_for",
    "require_metric",
    "same_crs",
    "to_metres",
    "to_wgs84",
    "wgs84_to_bd09",
    "wgs84_to_gcj02",
]

Floats = npt.NDArray[np.float64]
Coordinates = npt.ArrayLike
Frame = TypeVar("Frame", gpd.GeoDataFrame, gpd.GeoSeries)

WGS84 = "EPSG:4326"
"""Longitude and latitude in degrees: the reference system of every file."""

SHIFT_ACCURACY_M = 2.0
"""Stated true accuracy [m] of the GCJ-02 and BD-09 formulas; self-consistency is far better."""

# Krasovsky 1940 ellipsoid as the community formula uses it (a = 6 378 245 m, not 6 378 137 m).
_A = 6_378_245.0
_EE = 0.00669342162296594323
# Outside this box the GCJ formula of the community leaves coordinates as they are: lon, lat [degrees].
_GCJ_BOX = (72.004, 0.8293, 137.8347, 55.8271)
_X_PI = np.pi * 3000.0 / 180.0
_STEPS = 6  # fixed-point steps at most: three give 0.1 mm over Tianjin, six the last bits of a double
_SETTLED = 1e-10  # [degrees]: a chunk that moves less than this is right to 0.1 µm, a step gains a factor 200
_CHUNK = 16_384  # points at once, so that the temporaries stay in the processor's cache

# Rough outline of the area where CGCS2000 / 3-degree Gauss-Kruger is the usual planning grid: lon, lat.
# It only chooses a projection; a place near the line measures as well in either.
_CGCS2000_AREA = shapely.Polygon([
    (73.5, 39.4), (74.8, 40.4), (76.6, 40.5), (80.2, 42.1), (80.3, 44.9), (82.5, 45.2), (83.0, 47.2),
    (85.6, 47.2), (85.6, 48.4), (87.4, 49.2), (90.1, 47.8), (91.0, 46.6), (90.9, 45.2), (95.4, 44.2),
    (96.4, 42.7), (101.5, 42.5), (105.0, 41.6), (109.5, 42.5), (111.9, 43.7), (113.6, 44.8), (116.6, 46.3),
    (119.7, 46.7), (115.6, 47.9), (116.7, 49.8), (119.3, 50.2), (120.8, 52.5), (120.9, 53.3), (123.6, 53.6),
    (126.0, 52.8), (127.6, 49.8), (130.9, 48.9), (131.0, 47.7), (134.8, 48.4), (133.1, 45.1), (131.2, 44.9),
    (131.1, 42.9), (129.9, 42.9), (128.0, 42.0), (126.9, 41.8), (124.3, 39.9), (123.5, 38.6), (123.0, 31.5),
    (122.5, 26.5), (122.3, 24.5), (121.0, 21.7), (117.0, 21.5), (111.5, 17.8), (108.3, 18.0), (108.2, 21.4),
    (106.6, 22.0), (105.4, 23.2), (102.5, 22.5), (101.7, 21.1), (99.9, 21.9), (98.9, 23.2), (97.6, 23.9),
    (98.6, 27.6), (96.2, 28.3), (91.9, 27.8), (88.9, 27.4), (88.0, 27.9), (85.7, 28.3), (81.3, 30.1),
    (78.8, 31.3), (78.9, 34.2), (76.0, 36.0), (74.6, 37.2),
])  # fmt: skip


def in_cgcs2000_area(lon: float, lat: float) -> bool:
    """Return whether a place lies where CGCS2000 is the usual planning grid, and with it the standards of China apply.

    Examples
    --------
    >>> in_cgcs2000_area(117.2, 39.1), in_cgcs2000_area(-51.2, -30.0)
    (True, False)
    """
    return bool(shapely.contains_xy(_CGCS2000_AREA, lon, lat))


def _shift(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Return the GCJ-02 offset (lon, lat) [degrees] at WGS84 points, without the box test."""
    x, y = lon - 105.0, lat - 35.0
    xy, root = 0.1 * x * y, np.sqrt(np.abs(x))
    two = np.sin(2.0 * np.pi * x)
    third_x, third_y = np.sin(np.pi / 3.0 * x), np.sin(np.pi / 3.0 * y)
    # sin 3t = sin t (3 - 4 sin² t) saves three sines of eleven.
    common = 20.0 * two * (4.0 - 4.0 * two * two)
    wave_x = 20.0 * third_x * (5.0 - 4.0 * third_x * third_x)
    wave_y = 20.0 * third_y * (5.0 - 4.0 * third_y * third_y)
    long_x = 150.0 * np.sin(np.pi / 12.0 * x) + 300.0 * np.sin(np.pi / 30.0 * x)
    long_y = 160.0 * np.sin(np.pi / 12.0 * y) + 320.0 * np.sin(np.pi / 30.0 * y)
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + xy + 0.1 * root + (common + wave_x + long_x) * (2.0 / 3.0)
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + xy + 0.2 * root
    north = north + (common + wave_y + long_y) * (2.0 / 3.0)
    phi = np.radians(lat)
    magic = 1.0 - _EE * np.sin(phi) ** 2
    root_magic = np.sqrt(magic)
    d_lat = north * 180.0 * magic * root_magic / (_A * (1.0 - _EE) * np.pi)
    d_lon = east * 180.0 * root_magic / (_A * np.cos(phi) * np.pi)
    return d_lon, d_lat


def _in_box(lon: Floats, lat: Floats) -> npt.NDArray[np.bool_]:
    west, south, east, north = _GCJ_BOX
    return (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)


def _gcj_forward(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    d_lon, d_lat = _shift(lon, lat)
    inside = _in_box(lon, lat)
    return np.where(inside, lon + d_lon, lon), np.where(inside, lat + d_lat, lat)


def _gcj_inverse(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    x, y = lon, lat
    for _ in range(_STEPS):
        d_lon, d_lat = _shift(x, y)
        was_x, was_y = x, y
        x, y = lon - d_lon, lat - d_lat
        if not (np.any(np.abs(x - was_x) > _SETTLED) or np.any(np.abs(y - was_y) > _SETTLED)):
            break
    inside = _in_box(lon, lat)
    return np.where(inside, x, lon), np.where(inside, y, lat)


def _bd_forward(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Return BD-09 from GCJ-02."""
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * _X_PI)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * _X_PI)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


def _bd_inverse(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Return GCJ-02 from BD-09, iterated: the usual single step leaves 0.16 m."""
    x, y = lon - 0.0065, lat - 0.006
    for _ in range(_STEPS):
        bd_lon, bd_lat = _bd_forward(x, y)
        off_x, off_y = lon - bd_lon, lat - bd_lat
        x, y = x + off_x, y + off_y
        if not (np.any(np.abs(off_x) > _SETTLED) or np.any(np.abs(off_y) > _SETTLED)):
            break
    return x, y


def _mapped(
    lon: Coordinates, lat: Coordinates, *steps: Callable[[Floats, Floats], tuple[Floats, Floats]]
) -> tuple[Any, Any]:
    """Apply ``steps`` chunk by chunk and give back the shape that came in (scalars as floats)."""
    x, y = np.broadcast_arrays(np.asarray(lon, dtype=float), np.asarray(lat, dtype=float))
    flat_x, flat_y = x.ravel(), y.ravel()
    out_x, out_y = np.empty(x.size), np.empty(x.size)
    with np.errstate(invalid="ignore", over="ignore"):  # NaN and inf pass through without a warning
        for start in range(0, x.size, _CHUNK):
            part = slice(start, start + _CHUNK)
            a, b = flat_x[part], flat_y[part]
            for step in steps:
                a, b = step(a, b)
            out_x[part], out_y[part] = a, b
    if x.ndim == 0:
        return float(out_x[0]), float(out_y[0])
    return out_x.reshape(x.shape), out_y.reshape(x.shape)


def wgs84_to_gcj02(lon: Coordinates, lat: Coordinates) -> tuple[Any, Any]:
    """Return GCJ-02 (lon, lat) of WGS84 points.

    Parameters
    ----------
    lon, lat
        Degrees, scalars or arrays of one shape. NaN passes through.

    Returns
    -------
    lon, lat
        Degrees, of the same shape; unchanged outside lon 72.004–137.8347, lat 0.8293–55.8271 as the
        community formula has it. True accuracy about 1–2 m.

    Examples
    --------
    >>> lon, lat = wgs84_to_gcj02(117.2, 39.1)
    >>> round(lon, 6), round(lat, 6)
    (117.206301, 39.101017)
    """
    return _mapped(lon, lat, _gcj_forward)


def gcj02_to_wgs84(lon: Coordinates, lat: Coordinates) -> tuple[Any, Any]:
    """Return WGS84 (lon, lat) of GCJ-02 points [degrees], by up to six fixed-point steps (< 1 µm).

    Same shapes, box and NaN rule as `wgs84_to_gcj02`. True accuracy about 1–2 m. Meant for a planner's own
    list of points.

    Examples
    --------
    >>> lon, lat = gcj02_to_wgs84(*wgs84_to_gcj02(117.2, 39.1))
    >>> round(lon, 9), round(lat, 9)
    (117.2, 39.1)
    """
    return _mapped(lon, lat, _gcj_inverse)


def wgs84_to_bd09(lon: Coordinates, lat: Coordinates) -> tuple[Any, Any]:
    """Return BD-09 (lon, lat) of WGS84 points [degrees]; NaN passes through. True accuracy about 1–2 m.

    Examples
    --------
    >>> [round(degrees, 4) for degrees in wgs84_to_bd09(117.2, 39.1)]
    [117.2128, 39.1069]
    """
    return _mapped(lon, lat, _gcj_forward, _bd_forward)


def bd09_to_wgs84(lon: Coordinates, lat: Coordinates) -> tuple[Any, Any]:
    """Return WGS84 (lon, lat) of BD-09 points [degrees], both steps iterated. True accuracy about 1–2 m.

    Examples
    --------
    >>> [round(degrees, 9) for degrees in bd09_to_wgs84(*wgs84_to_bd09(117.2, 39.1))]
    [117.2, 39.1]
    """
    return _mapped(lon, lat, _bd_inverse, _gcj_inverse)


def metric_crs_for(lon: float, lat: float) -> str:
    """Return the projected CRS in metres to measure in around a place.

    CGCS2000 / 3-degree Gauss-Kruger by central meridian (EPSG:4534–4554) in China, WGS84 / UTM elsewhere, UPS
    near the poles. Lengths are true within about 1 part in 2 500 (UTM) or better (3-degree zones).

    Raises
    ------
    CrsError
        If the place is not a finite longitude in [-180, 180] and latitude in [-90, 90].

    Examples
    --------
    >>> metric_crs_for(117.66, 39.06), metric_crs_for(-51.2, -30.0), metric_crs_for(-8.6, 41.15)
    ('EPSG:4548', 'EPSG:32722', 'EPSG:32629')
    """
    lon, lat = float(lon), float(lat)
    if not (np.isfinite(lon) and np.isfinite(lat) and abs(lon) <= 180 and abs(lat) <= 90):
        raise CrsError(
            Text(
                f"({lon}, {lat}) 不是经纬度：请给出 WGS84 经度、纬度（度）",
                f"({lon}, {lat}) is not a longitude and latitude: give WGS84 degrees, longitude first",
            )
        )
    if in_cgcs2000_area(lon, lat):
        meridian = min(max(round(lon / 3.0) * 3, 75), 135)
        return f"EPSG:{4534 + (meridian - 75) // 3}"
    if lat > 84 or lat < -80:
        return "EPSG:32661" if lat > 0 else "EPSG:32761"
    zone = min(int((lon + 180.0) // 6.0) + 1, 60)
    return f"EPSG:{(32600 if lat >= 0 else 32700) + zone}"


def _known(crs: Any) -> CRS:
    """Return ``crs`` as a CRS that PROJ can really shift to WGS84."""
    if crs is None:
        raise CrsError(
            Text(
                "图层没有坐标系：请指明，例如 EPSG:4326 或 EPSG:4548",
                "the layer has no reference system: name it, for example EPSG:4326 or EPSG:4548",
            )
        )
    try:
        known = CRS.from_user_input(crs)
    except ProjError as error:
        raise CrsError(
            Text(f"无法识别的坐标系“{crs}”：请用 EPSG 代码", f"unknown reference system '{crs}': use an EPSG code")
        ) from error
    datum = (known.datum.name if known.datum else known.name).lower()
    if "beijing" in datum or "xian 1980" in datum:
        # PROJ would apply a zero shift and be 55–100 m off without a word.
        raise CrsError(
            Text(
                f"{known.name} 到 WGS84 没有公开的转换参数：请先用本地七参数或控制点转换为 CGCS2000",
                f"{known.name} has no public shift to WGS84: convert it to CGCS2000 with local parameters first",
            )
        )
    return known


def to_metres(frame: Frame, crs: Any = None) -> Frame:
    """Return ``frame`` in the metric CRS ``crs``, or in `metric_crs_for` of its middle when None.

    Raises
    ------
    CrsError
        If the frame has no CRS or one without a known shift, or ``crs`` is not projected in metres.

    Examples
    --------
    >>> school = gpd.GeoSeries([shapely.Point(117.0, 39.1)], crs="EPSG:4326")
    >>> there = to_metres(school)  # 117 degrees east is the middle of the zone
    >>> there.crs.to_string(), there.x.round(3).tolist()
    ('EPSG:4548', [500000.0])
    """
    source = _known(frame.crs)
    if crs is None:
        west, south, east, north = frame.to_crs(WGS84).total_bounds
        crs = metric_crs_for((west + east) / 2, (south + north) / 2)
    target = require_metric(crs)
    return frame if source == target else frame.to_crs(target)


def metres_of(lon: float, lat: float, crs: Any) -> shapely.Point:
    """Return one place [degrees, WGS84] in the metric CRS ``crs``: as `to_metres`, without a frame around it.

    Raises
    ------
    CrsError
        If ``crs`` is not projected in metres.

    Examples
    --------
    >>> round(metres_of(117.0, 39.1, "EPSG:4548").x, 3)
    500000.0
    """
    return shapely.Point(*_from_wgs84(require_metric(crs)).transform(lon, lat))


def degrees_of(xy: Floats, crs: Any) -> Floats:
    """Return places in the metric CRS ``crs`` in degrees, longitude and latitude, shape (places, 2).

    Raises
    ------
    CrsError
        If ``crs`` is not projected in metres, and no degrees either.

    Examples
    --------
    >>> degrees_of(np.array([[500000.0, 4328900.0]]), "EPSG:4548").round(3).tolist()
    [[117.0, 39.094]]
    """
    source = CRS.from_user_input(crs)
    if source == CRS.from_user_input(WGS84):
        return np.asarray(xy, float)
    lon, lat = _from_wgs84(require_metric(source)).transform(xy[:, 0], xy[:, 1], direction=TransformDirection.INVERSE)
    return np.column_stack([lon, lat])


@lru_cache(maxsize=32)
def _from_wgs84(crs: CRS) -> Transformer:
    """Return the way from degrees to a CRS, looked up once: to look it up takes far longer than to go it."""
    return Transformer.from_crs(WGS84, crs, always_xy=True)


def to_wgs84(frame: Frame) -> Frame:
    """Return ``frame`` in WGS84 longitude, latitude.

    Raises
    ------
    CrsError
        If the frame has no CRS or one without a known shift to WGS84 (Beijing 1954, Xian 1980).

    Examples
    --------
    >>> from geo.examples import school
    >>> to_wgs84(school()).geometry.x.round(9).tolist()
    [117.0]
    """
    source = _known(frame.crs)
    return frame if source == CRS.from_user_input(WGS84) else frame.to_crs(WGS84)


def require_metric(crs: Any) -> CRS:
    """Return ``crs`` if it is projected with metres as its unit.

    Raises
    ------
    CrsError
        If it is missing, unknown, geographic, in feet, or web Mercator (29 % too long at Tianjin).

    Examples
    --------
    >>> require_metric("EPSG:4548").to_epsg()
    4548
    >>> require_metric("EPSG:4326")
    Traceback (most recent call last):
        ...
    geo.errors.CrsError: ...WGS 84 is not for measuring: use a projected reference system in metres, as EPSG:4548
    """
    known = _known(crs)
    metric = known.is_projected and all(axis.unit_name == "metre" for axis in known.axis_info)
    if not metric or known.to_epsg() == 3857:
        raise CrsError(
            Text(
                f"{known.name} 不能用来量距离：请用以米为单位的投影坐标系，如 EPSG:4548",
                f"{known.name} is not for measuring: use a projected reference system in metres, as EPSG:4548",
            )
        )
    return known


def same_crs(*frames: gpd.GeoDataFrame | gpd.GeoSeries) -> CRS:
    """Return the one CRS that all ``frames`` share.

    Raises
    ------
    CrsError
        If one has no CRS or two differ; nothing is ever reprojected silently.

    Examples
    --------
    >>> from geo.examples import homes, streets
    >>> same_crs(homes(), streets()).to_epsg()
    4548
    >>> same_crs(homes(), streets().to_crs("EPSG:4549"))
    Traceback (most recent call last):
        ...
    geo.errors.CrsError: ...3-degree Gauss-Kruger CM 120E): bring them to one first
    """
    systems = [_known(frame.crs) for frame in frames]
    if not systems:
        raise CrsError(Text("没有图层", "no layer given"))
    for other in systems[1:]:
        if other != systems[0]:
            raise CrsError(
                Text(
                    f"两个图层的坐标系不同（{systems[0].name} 与 {other.name}）：请先用 to_metres 统一",
                    f"two layers differ in reference system ({systems[0].name}, {other.name}): bring them to one first",
                )
            )
    return systems[0]
