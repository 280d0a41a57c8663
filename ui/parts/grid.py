"""Tables of the panels: words of the page itself, there with the sentence above them, not a grey blank that fills later.

A row may say where on the map it lies; the map's script (``ui/map/host/rows.js``) marks the place while the row is pointed
at and goes there when it is pressed. A row with a ``pick`` is a choice too: pressing it tells the page, by the way a mark on
the map does.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from numbers import Real
from typing import NamedTuple

import geopandas as gpd
import pandas as pd
import streamlit as st
from shapely.geometry.base import BaseGeometry

from geo.text import Text
from geo.workspace import Workspace
from ui.map.scene import short_name
from ui.session.work import aside
from ui.words import say

__all__ = ["MOST", "Mark", "Share", "grid", "html_of", "names_of", "outlines", "points"]

MOST = 200
"""Rows shown; the rest is counted, and in the files."""
BRIEF = 4
"""Signs of a text that stay on one line."""
FINE = 25.0
"""How much an outline may be simplified for a mark on the map [m]."""


class Share(NamedTuple):
    """A share of a whole, 0 to 1, shown as a number over a bar."""

    value: float


@dataclass(frozen=True)
class Mark:
    """Where a row lies: ``line`` as "lon,lat lon,lat …" (one pair: a point); what it is called when it is pressed."""

    line: str = ""
    pick: str = ""
    chosen: bool = False


def grid(table: pd.DataFrame, marks: Sequence[Mark] = (), *, tall: int = 12) -> None:
    """Show a table whose columns bear their heads; above ``tall`` rows it scrolls under its head."""
    st.html(html_of(table, marks, tall=tall))


def html_of(table: pd.DataFrame, marks: Sequence[Mark] = (), *, tall: int = 12) -> str:
    """Return a table as HTML: numbers to the right and with thousands, what is not known a dash, every text escaped."""
    numeric = [_numeric(table.iloc[:, i]) for i in range(table.shape[1])]
    kinds = ["n" if number else "s" if _brief(table.iloc[:, i]) else "" for i, number in enumerate(numeric)]
    top = "".join(f'<th class="{k}">{escape(str(h))}</th>' for h, k in zip(table.columns, kinds, strict=True))
    told = table.head(MOST)
    rows = []
    for i, cells in enumerate(told.itertuples(index=False, name=None)):
        body = "".join(f'<td class="{k}">{_cell(c)}</td>' for c, k in zip(cells, kinds, strict=True))
        rows.append(f"<tr{_said(marks[i]) if i < len(marks) else ''}>{body}</tr>")
    more = (
        f'<p class="zp-sub">{escape(say("grid_more", n=MOST, all=f"{len(table):,}"))}</p>' if len(table) > MOST else ""
    )
    tall_one = ' tabindex="0"' if len(told) > tall else ""
    return (
        f'<div class="zp-grid{" long" if tall_one else ""}"{tall_one}><table><thead><tr>{top}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>{more}"
    )


def _numeric(column: pd.Series) -> bool:
    """Return whether a column holds numbers, also where all are told as text."""
    told = [v for v in column if not _missing(v)]
    return bool(told) and all(
        isinstance(v, Share | Real)
        or (isinstance(v, str) and v[:1].isdigit() and not set(v) - set("0123456789,.% –-∞"))
        for v in told
    )


def _brief(column: pd.Series) -> bool:
    """Return whether every text of a column is so short that it is not broken over lines, one Chinese sign below the other."""
    return all(len(str(v)) <= BRIEF for v in column)


def _missing(value: object) -> bool:
    return value is None or value in ("", "–", "—") or (isinstance(value, float) and not math.isfinite(value))


def _cell(value: object) -> str:
    if isinstance(value, Share):
        if not math.isfinite(value.value):
            return "–"
        return f'{value.value:.0%}<i class="zp-part"><i style="width:{min(max(value.value, 0.0), 1.0):.0%}"></i></i>'
    if isinstance(value, Real) and not isinstance(value, bool):
        number = float(value)
        return "–" if not math.isfinite(number) else f"{number:,.0f}" if number == round(number) else f"{number:,.6g}"
    return "" if value is None or (not isinstance(value, str) and pd.isna(value)) else escape(str(value))


def _said(mark: Mark) -> str:
    told = f' data-at="{escape(mark.line)}"' if mark.line else ""
    told += f' data-pick="{escape(mark.pick)}"' if mark.pick else ""
    told += ' aria-selected="true"' if mark.chosen else ""
    return f'{told} tabindex="0"' if told else ""


def names_of(workspace: Workspace) -> dict[object, Text]:
    """Return the short name of every zone and part of one by its id."""
    return {i: short_name(row) for i, row in workspace.zones.iterrows()}


@st.cache_data(show_spinner=False, max_entries=8, hash_funcs={Workspace: lambda w: w.key})
def outlines(workspace: Workspace) -> dict[str, str]:
    """Return the outline of every zone for a ``Mark``, coarse enough for a mark [lon, lat]."""
    zones = workspace.zones
    coarse = gpd.GeoSeries(zones.geometry.simplify(FINE), index=zones.index, crs=zones.crs)
    shapes = aside(coarse.to_crs, 4326)
    return {str(i): _line(shape) for i, shape in shapes.items()}


def _line(shape: BaseGeometry | None) -> str:
    if shape is None or shape.is_empty:
        return ""
    whole = max(shape.geoms, key=lambda part: part.area) if shape.geom_type == "MultiPolygon" else shape
    if whole.geom_type != "Polygon":
        return f"{shape.centroid.x:.6f},{shape.centroid.y:.6f}"
    return " ".join(f"{x:.5f},{y:.5f}" for x, y in whole.exterior.coords)


def points(shapes: gpd.GeoSeries) -> list[str]:
    """Return the place of every shape for a ``Mark``: its middle [lon, lat], "" where it has none."""
    if shapes.empty:
        return []
    middle = aside(shapes.centroid.to_crs, 4326)
    return ["" if p is None or p.is_empty else f"{p.x:.6f},{p.y:.6f}" for p in middle]
