"""What an answer carries, and the pieces that several questions share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.coverage import radius_metres
from geo.errors import InputError
from geo.schema import BASES
from geo.services import SERVICES, service
from geo.text import Text
from geo.workspace import Workspace, facilities

__all__ = ["Answer", "Rule", "basis_of", "nearest_by", "rule", "source_ids", "zone_columns"]


@dataclass(frozen=True)
class Answer:
    """The answer to one question: tables with the method, parameters, basis and sources behind them.

    ``tables`` maps a name to a DataFrame (or GeoDataFrame in the workspace's metric CRS). ``basis`` is the
    weakest basis of anything that went into the numbers.
    """

    question: str
    title_zh: str
    title_en: str
    tables: Mapping[str, pd.DataFrame]
    method_zh: str
    method_en: str
    parameters: Mapping[str, Any]
    basis: str
    sources: tuple[str, ...]
    workspace_zh: str = ""
    workspace_en: str = ""
    scenario: str = ""
    notes_zh: tuple[str, ...] = ()
    notes_en: tuple[str, ...] = field(default=())


@dataclass(frozen=True)
class Rule:
    """The distance within which a service must lie, and where that is written."""

    service: str
    radius_m: float
    standard: str
    clause: str
    confidence: str
    basis: str


def rule(workspace: Workspace, key: str) -> Rule:
    """Return the standard distance of a service: the row of standards.csv marked as default.

    Raises
    ------
    InputError
        If the workspace has no distance for the service.
    """
    asked = service(key)
    table = workspace.standards
    if "default" in table:
        rows = table[(table["service"] == key) & (table["default"] == 1) & table["radius_m"].notna()]
        if len(rows):
            row = rows.iloc[0]
            return Rule(
                key,
                float(row["radius_m"]),
                str(row.get("standard") or ""),
                str(row.get("clause") or ""),
                str(row.get("confidence") or ""),
                str(row.get("basis") or "sourced"),
            )
    raise InputError(
        Text(
            f"standards.csv 没有“{asked.name_zh}”的服务半径（default=1 的行）；请补上，或指定距离",
            f"standards.csv has no default radius for {asked.name_en}; add it, or give a limit",
        )
    )


def nearest_by(workspace: Workspace, key: str, year: int, *, by: str) -> pd.DataFrame:
    """Return the nearest facility of a service for each cell: ``target`` and ``metres``, by radius or walk.

    The result is kept with the workspace value, so that a click after the first question costs nothing.
    """
    memo_key = ("nearest", key, year, by)
    found = workspace.memo.get(memo_key)
    if found is None:
        supply = facilities(workspace, key, year)
        if by == "radius":
            found = radius_metres(workspace.cells, supply)
        else:
            found = workspace.network.nearest(workspace.cell_snaps, supply)
        workspace.memo[memo_key] = found
    return found


def basis_of(*parts: pd.DataFrame | pd.Series | str) -> str:
    """Return the weakest basis among frames (their ``basis`` column), series and single words."""
    seen: set[str] = set()
    for part in parts:
        if isinstance(part, str):
            seen.add(part)
        else:
            values = part["basis"] if isinstance(part, pd.DataFrame) and "basis" in part else part
            if isinstance(values, pd.Series):
                seen.update(v for v in values.dropna().unique() if isinstance(v, str))
    ranked = [b for b in BASES if b in seen]
    return ranked[-1] if ranked else "assumed"


def source_ids(*frames: pd.DataFrame) -> tuple[str, ...]:
    """Return the ids of the sources behind the rows of the frames, sorted."""
    ids: set[str] = set()
    for frame in frames:
        if "source_id" in frame:
            for value in frame["source_id"].dropna().unique():
                ids.update(part.strip() for part in str(value).split(";") if part.strip())
    return tuple(sorted(ids))


def zone_columns(workspace: Workspace, table: pd.DataFrame) -> pd.DataFrame:
    """Return a zone table with names, level and parent put before its numbers."""
    zones = workspace.zones.loc[table.index, ["name_zh", "name_en", "level", "parent_id"]]
    return pd.concat([pd.DataFrame(zones), table], axis="columns")


def share(part: pd.Series, whole: pd.Series) -> pd.Series:
    """Return part ÷ whole, NaN where the whole is 0."""
    return part / whole.where(whole > 0)


def names(frame: gpd.GeoDataFrame, ids: Iterable[Any]) -> list[str | None]:
    """Return the Chinese names of facilities by id, None for a missing id."""
    by_id = frame["name_zh"].to_dict()
    return [by_id.get(i) if i is not None and i is not pd.NA else None for i in ids]


def finite(value: float) -> float | None:
    """Return a float, or None for inf and NaN (for tables that go to JSON and to the screen)."""
    return float(value) if np.isfinite(value) else None


def checked_year(workspace: Workspace, year: int | None) -> int:
    """Return the year asked for, or the last one the workspace has people for."""
    return workspace.years[-1] if year is None else int(year)


def title(key: str, zh: str, en: str, year: int) -> tuple[str, str]:
    """Return the two titles of an answer about a service in a year."""
    asked = SERVICES[key]
    return f"{asked.name_zh}{zh}（{year}）", f"{asked.name_en}: {en} ({year})"
