"""Pupils per cell by the demand settings of the workspace, for every answer that counts them."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from geo import demand
from geo.crs import to_metres
from geo.errors import InputError
from geo.services import STAGES
from geo.text import Text
from geo.workspace import Workspace, people

__all__ = ["class_size", "class_sizes", "formula", "model_of", "numbers", "pupils_of"]


def numbers(workspace: Workspace) -> demand.Parameters:
    """Return every number behind the demand: the workspace's own over the defaults, the planner's over both."""
    table = demand.parameters(workspace.parameters)
    for key, stage, year, value in workspace.demand.changes:
        table = table.changed(key, value, stage=stage, year=year)
    return table


def pupils_of(workspace: Workspace, stage: str, year: int) -> pd.Series:
    """Return the pupils [persons] of each cell by the model that the workspace's demand settings name.

    Raises
    ------
    InputError
        If the stage, the year or a setting is not usable.
    """
    memo_key = ("pupils", stage, year)
    found = workspace.memo.get(memo_key)
    if found is None:
        if stage not in STAGES:
            raise InputError(
                Text(
                    f"没有学段“{stage}”，可选：{'、'.join(STAGES)}",
                    f"no stage '{stage}', choose one of {', '.join(STAGES)}",
                )
            )
        found = demand.pupils(
            people(workspace, year), stage, year, model=model_of(workspace, stage), bound=workspace.demand.bound,
            numbers=numbers(workspace), housing=_housing(workspace),
        )  # fmt: skip
        workspace.memo[memo_key] = found
    return found


def formula(workspace: Workspace, year: int) -> pd.DataFrame:
    """Return the sum behind the pupils of the whole place, one block of rows a stage, with its numbers."""
    inside = workspace.cells["zone_id"].notna()
    total = float(people(workspace, year)[inside].sum())
    built = sum(d for _, _, d, done in workspace.demand.housing if done <= year)
    parts = [
        demand.explain(
            total, stage, year, model=model_of(workspace, stage), bound=workspace.demand.bound,
            numbers=numbers(workspace), dwellings=built,
        ).assign(stage=stage)
        for stage in STAGES
    ]  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def class_sizes(workspace: Workspace) -> dict[str, float]:
    """Return the pupils of a class at each stage by the rule of the demand settings."""
    settings = workspace.demand
    return demand.class_sizes(settings.class_rule, kindergarten=settings.kindergarten_class, numbers=numbers(workspace))


def class_size(workspace: Workspace, stage: str) -> int:
    """Return the pupils of a class at one stage."""
    return int(class_sizes(workspace)[stage])


def model_of(workspace: Workspace, stage: str) -> str:
    """Return the demand model of a stage: the one chosen, or shares where no standard prints a ratio (senior)."""
    settings = workspace.demand
    if settings.model != "ratio":
        return settings.model
    key = f"ratio_{settings.bound}"
    return "ratio" if any(r.key == key and r.stage == stage for r in numbers(workspace).rows) else "share"


def _housing(workspace: Workspace) -> pd.DataFrame | None:
    """Return the new housing by the cell whose centre is nearest."""
    rows = workspace.demand.housing
    if not rows:
        return None
    lon, lat, dwellings, done = (list(column) for column in zip(*rows, strict=True))
    points = to_metres(gpd.GeoSeries(gpd.points_from_xy(lon, lat), crs="EPSG:4326"), workspace.crs)
    tree = cKDTree(np.column_stack([workspace.cells.geometry.x, workspace.cells.geometry.y]))
    _, nearest = tree.query(np.column_stack([points.x, points.y]))
    return pd.DataFrame({"dwellings": dwellings, "year": done}, index=workspace.cells.index[nearest])
