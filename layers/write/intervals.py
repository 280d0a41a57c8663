"""Intervals of an uncertain answer on the shapes of the zones: one row a zone, as GIS wants it."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

from geo.answers import Answer
from geo.workspace import Workspace

__all__ = ["on_zones"]

TOLD = ("central", "low", "median", "high", "driver", "driver_share", "words_zh", "words_en")


def on_zones(workspace: Workspace, answer: Answer) -> dict[str, pd.DataFrame]:
    """Return the frames of ``geo.answers.uncertain`` for files: zones with their intervals side by side, then the tables.

    A column is named after its quantity, and its stage where there are several: ``covered_low``, ``primary_deficit_high``. The
    whole has no shape of its own; it stands in ``intervals``, with every zone in rows.
    """
    long = answer["intervals"]
    several = long["stage"].nunique() > 1
    wide = workspace.zones[["name_zh", "name_en", "level", "parent_id"]].copy()
    for (stage, quantity), part in long.groupby(["stage", "quantity"], sort=False):
        by_zone = part.set_index("zone_id")
        for column in TOLD:
            name = f"{stage}_{quantity}_{column}" if several else f"{quantity}_{column}"
            wide[name] = by_zone[column].reindex(wide.index)
    wide["basis"] = answer.basis
    zones = gpd.GeoDataFrame(wide, geometry=workspace.zones.geometry.array, crs=workspace.crs)
    return {"zones": zones, **{name: answer[name] for name in ("intervals", "drivers", "inputs")}}
