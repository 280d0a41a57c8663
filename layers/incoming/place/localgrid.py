"""Local grids: placed by control points with a 2-D Helmert transformation, its residuals shown."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import numpy.typing as npt

from geo import crs as geocrs
from geo.errors import Finding
from layers.incoming.place.extent import Floats, Place, inside, mapped
from layers.incoming.rows.systems import converter
from layers.incoming.rows.table import RefusedError, Table, error, warning

__all__ = ["helmert", "placed"]

RMSE_LIMIT = 0.5  # [m] of control points; above it they do not belong to one grid


def _pairs(raw: Any) -> tuple[Floats, Floats]:
    rows = []
    try:
        for p in json.loads(raw) if isinstance(raw, str) else raw:
            values = [p[k] for k in ("x", "y", "lon", "lat")] if isinstance(p, dict) else list(p)
            if len(values) == 2:
                values = [*values[0], *values[1]]
            rows.append([float(v) for v in values])
        points = np.array(rows, dtype=float).reshape(len(rows), 4)
    except (TypeError, ValueError, KeyError):
        raise RefusedError(
            error(
                "控制点格式无效；每个控制点写 [x, y, 经度, 纬度]",
                "control points must each be [x, y, longitude, latitude]",
            )
        ) from None
    if len(points) < 3 or len(points) > 1000 or not np.isfinite(points).all():
        raise RefusedError(
            error(
                "控制点至少 3 个，且都是有限数；请补充 [x, y, 经度, 纬度]",
                "give at least 3 control points of finite numbers, each [x, y, longitude, latitude]",
            )
        )
    target = points[:, 2:]
    if np.abs(target).max() > 1000:
        convert = converter("EPSG:4548", geocrs.WGS84)
        target = np.column_stack(convert.transform(target[:, 0], target[:, 1]))
    return points[:, :2], target


def helmert(source: Floats, target: Floats) -> tuple[npt.NDArray[np.complex128], Floats]:
    """Return (a, b) of target = a + b * source as complex numbers, and the residual of each point [m].

    Least-squares 2-D similarity (Helmert) transformation: shift, rotation and one scale.
    """
    z, w = source[:, 0] + 1j * source[:, 1], target[:, 0] + 1j * target[:, 1]
    zc, wc = z.mean(), w.mean()
    spread = float(np.sum(np.abs(z - zc) ** 2))
    b = np.sum(np.conj(z - zc) * (w - wc)) / spread if spread else 0j
    a = wc - b * zc
    return np.array([a, b]), np.abs(w - (a + b * z))


def placed(shapes: list[Any], answers: dict[str, Any], place: Place) -> tuple[list[Any], list[Finding]]:
    """Return the shapes placed by control points: 2-D Helmert into a metric grid, residual per point shown."""
    if answers.get("control_points") is None:
        raise RefusedError(error("地方坐标系需要控制点：请在 answers 的 control_points 中给出至少 3 个 [x, y, 经度, 纬度]",
                                 "a local grid needs control points: give at least 3 as [x, y, longitude, latitude] in control_points of answers"))  # fmt: skip
    source, degrees = _pairs(answers["control_points"])
    metric = geocrs.metric_crs_for(float(degrees[:, 0].mean()), float(degrees[:, 1].mean()))
    there = converter(geocrs.WGS84, metric)
    target = np.column_stack(there.transform(degrees[:, 0], degrees[:, 1]))
    best = None
    for turned in (False, True):
        (a, b), residual = helmert(source[:, ::-1] if turned else source, target)
        rmse = float(np.sqrt(np.sum(residual**2) / max(2 * len(residual) - 4, 1)))
        if best is None or rmse < best[0]:
            best = (rmse, a, b, residual, turned)
    assert best is not None
    rmse, a, b, residual, turned = best
    each = "、".join(f"{i}：{r:.3f} 米" for i, r in enumerate(residual[:20], 1))
    each_en = ", ".join(f"{i}: {r:.3f} m" for i, r in enumerate(residual[:20], 1))
    if not rmse <= RMSE_LIMIT or not 0.9 < abs(b) < 1.1:
        raise RefusedError(error(f"控制点互不相符：中误差 {rmse:.2f} 米（最多 {RMSE_LIMIT} 米），尺度 {abs(b):.6f}；各点残差 {each}。请核对残差大的点",
                                 f"the control points do not agree: RMSE {rmse:.2f} m (at most {RMSE_LIMIT} m), scale {abs(b):.6f}; residuals {each_en}. Check the worst"))  # fmt: skip
    back = converter(metric, geocrs.WGS84)

    def move(p: Floats) -> Floats:
        z = (p[:, 1] + 1j * p[:, 0]) if turned else (p[:, 0] + 1j * p[:, 1])
        w = a + b * z
        return np.column_stack(back.transform(w.real, w.imag))

    moved = mapped(shapes, move)
    findings = [warning(f"按 {len(source)} 个控制点换算（二维四参数），中误差 {rmse:.3f} 米；各点残差 {each}",
                        f"placed by {len(source)} control points (2-D Helmert), RMSE {rmse:.3f} m; residuals {each_en}")]  # fmt: skip
    table = Table([], [[] for _ in moved], moved)
    inside(moved, table, place, findings)
    return moved, findings
