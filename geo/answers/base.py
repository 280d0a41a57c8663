"""What an answer carries, and the pieces that several questions share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from geo.case import Case
from geo.schema import BASES
from geo.text import Text
from geo.workspace import Workspace

__all__ = ["Answer", "answered", "basis_of", "source_ids", "zone_columns"]


NOWHERE = Text("", "")


@dataclass(frozen=True, eq=False)
class Answer:
    """The answer to one question: tables with the method, parameters, basis and sources behind them.

    ``tables`` maps a name to a DataFrame (or GeoDataFrame in the workspace's metric CRS). ``basis`` is the
    weakest basis of anything that went into the numbers.
    """

    question: str
    title: Text
    tables: Mapping[str, pd.DataFrame]
    method: Text
    parameters: Mapping[str, Any]
    basis: str
    sources: tuple[str, ...]
    workspace: Text = NOWHERE
    scenario: str = ""
    notes: tuple[Text, ...] = ()


def answered(
    workspace: Workspace, question: str, title: Text, tables: Mapping[str, pd.DataFrame], **told: Any
) -> Answer:
    """Return an answer signed with the place and scenario it is about; ``told`` are the other fields of ``Answer``."""
    place = Text(workspace.name_zh, workspace.name_en)
    return Answer(question, title, tables, workspace=place, scenario=workspace.scenario, **told)


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


def finite(value: float) -> float | None:
    """Return a float, or None for inf and NaN (for tables that go to JSON and to the screen)."""
    return float(value) if np.isfinite(value) else None


def title(case: Case, zh: str, en: str) -> Text:
    """Return the title of an answer about the service and year of a case."""
    return Text(f"{case.asked.name_zh}{zh}（{case.year}）", f"{case.asked.name_en}: {en} ({case.year})")
