"""What the three views of siting share: the table of places, numbers in words, and what a result belongs to."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import streamlit as st

from geo.answers import Answer
from geo.case import Case
from geo.workspace import Workspace
from ui.map.scene import short_name
from ui.words import pick, say

__all__ = ["mark_of", "percent", "places_table", "plain", "unit_of"]


def mark_of(case: Case) -> tuple[Any, ...]:
    """Return what a chosen set of sites belongs to: it is not shown for another question."""
    return case.workspace.key, case.demand, case.service, case.year


def places_table(workspace: Workspace, places: pd.DataFrame, numbers: dict[str, str]) -> None:
    """Show ranked places with those of ``numbers`` (column: header) that there are, and their zone."""
    kept = {k: v for k, v in numbers.items() if k in places}
    short = {row["name_zh"]: pick(short_name(row)) for _, row in workspace.zones.iterrows()}
    table = pd.DataFrame({"#": places["rank"].to_numpy(), **{v: places[k].round().to_numpy() for k, v in kept.items()},
                          say("layer_zones"): [short.get(z, "") for z in places["zone_zh"]]})  # fmt: skip
    st.dataframe(table, hide_index=True, width="stretch", height=36 * (min(len(table), 10) + 1) + 2, row_height=36,
                 column_config={"#": st.column_config.NumberColumn(width=36)})  # fmt: skip


def unit_of(answer: Answer) -> str:
    """Return the word for whom an answer counts."""
    return say("pupils") if answer.parameters["unit"] == "pupils" else say("people")


def plain(value: float) -> str:
    """Return a whole number, a dash where it is not known."""
    return f"{value:,.0f}" if math.isfinite(value) else "–"


def percent(value: float) -> str:
    """Return a share, a dash where it is not known."""
    return f"{value:.1%}" if math.isfinite(value) else "–"
