"""An answer in the shell: as plain data for programs, or as tables that a planner reads."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.answers import Answer
from geo.walking import SPEEDS, walked
from layers.write.geojson import scenario_of

__all__ = ["as_data", "as_table", "cited", "listed", "printed"]

SINGLE = {"area", "total", "place", "gain", "seats", "school", "card", "summary", "together"}
"""Tables of one row: written as an object; as a list where a question has more of them (a total for each year)."""
BULKY = {"candidates", "cells", "facilities", "flows", "nodes"}
"""Tables too long to print; ``export`` writes them."""
QUIET = {"parameters", "formula"}
WALKS = {"walk_m", "mean_walk_m", "mean_walk_before_m", "mean_walk_after_m", "p95_walk_m", "longest_walk_m", "mean_m", "longest_m", "limit_m"}  # fmt: skip
"""Columns of metres on foot: minutes stand beside them."""
WORST = 20
"""Areas of a ranking that are printed; the file has all."""
UNKNOWN, UNREACHABLE = "—", "不可达 unreachable"


def printed(answer: Answer) -> str:
    """Return an answer as text: its tables, then notes, method and basis, in both languages.

    What is not known is a dash, a way that does not exist is said in words: no ``None``, ``NaN`` or ``inf``.
    """
    parts = [str(answer.title)]
    if answer.scenario:
        parts.append(
            f"方案 scenario: {answer.scenario}" + (f" ({answer.scenario_state})" if any(answer.scenario_state) else "")
        )
    for name, table in answer.tables.items():
        if name not in QUIET and not _bulky(answer, name) and not table.empty:
            parts.append(f"\n[{name}]\n{as_table(_ranked(table) if name == 'ranked' else table)}")
    parts += [f"\n注意 note: {note}" for note in answer.notes]
    parts.append(f"\n方法 method: {answer.method.zh}\n  {answer.method.en}")
    if (limit := answer.parameters.get("limit_m")) is not None:
        parts.append("距离 limit: 步行 {} / {} on foot".format(*walked(float(limit))))
    if any(c in WALKS for t in answer.tables.values() for c in t) or limit is not None:
        adult = SPEEDS["adult"]
        parts.append(f"分钟 minutes: {adult.words}（估计 {adult.basis}）\n  {adult.source.zh}\n  {adult.source.en}")
    parts.append(f"依据 basis: {answer.basis}；来源 sources: {', '.join(answer.sources)}")
    return "\n".join(parts)


def cited(answer: Answer) -> str:
    """Return the words of the plan behind one thing as text, whole: a table would cut the sentences."""
    parts = [str(answer.title), answer.parameters["source"]]
    for row in answer["places"].to_dict("records"):
        where = " › ".join(row[c] for c in ("chapter", "section", "item") if row[c])
        side = f" {row['side'].upper()}" if row["side"] else ""
        parts.append(f"\n[{row['field']}{side}] {row['clause']}  {where}")
        words, start, end = row["sentence"], int(row["start"]), int(row["end"])
        parts += [f"  {row['before']}", f"  » {words[:start]}【{words[start:end]}】{words[end:]}", f"  {row['after']}"]
    if answer.parameters["kind"] == "standard":
        parts.append(as_table(answer["record"][["service", "what", "standard", "clause", "confidence"]], index=False))
    parts += [f"\n注意 note: {note}" for note in answer.notes]
    parts.append(f"\n方法 method: {answer.method.zh}\n  {answer.method.en}")
    return "\n".join(parts)


def listed(answer: Answer) -> str:
    """Return what was found as text: id, name and clause of each, and its words of the plan whole."""
    parts = [str(answer.title)]
    for row in answer["found"].to_dict("records"):
        near = "" if row["score"] == 1 else "  （相近 near）"
        name = row["name_zh"] if row["name_en"] in ("", row["name_zh"]) else f"{row['name_zh']} / {row['name_en']}"
        parts += [f"\n[{row['kind']} {row['id']}] {name}  {row['clause']}{near}", f"  {row['quote']}"]
    parts.append(f"\n方法 method: {answer.method.zh}\n  {answer.method.en}")
    return "\n".join(parts)


def _bulky(answer: Answer, name: str) -> bool:
    """Return whether a table is too long to print: hundreds of crossings that could be, not the few beside a place."""
    return name in BULKY or name == answer.question == "crossings"


def as_table(table: pd.DataFrame, *, index: bool = True, width: int = 40) -> str:
    """Return a table as it is printed: cells of at most ``width`` characters, what is not known as a dash."""
    frame = _with_minutes(pd.DataFrame(table.drop(columns="geometry", errors="ignore")))
    words = pd.DataFrame(
        {n: [_word(v) for v in c] for n, c in enumerate(c for _, c in frame.items())}, index=frame.index
    )
    words.columns = frame.columns
    words.index = pd.Index([_word(v) for v in frame.index], name=frame.index.name)
    return words.to_string(index=index, max_colwidth=width)


def _ranked(table: pd.DataFrame) -> pd.DataFrame:
    """Return the worst areas, without the shares that stand service by service in the table of zones."""
    wide = [c for c in table if str(c).startswith(("people_", "area_"))]
    return pd.DataFrame(table).drop(columns=wide).head(WORST)


def _with_minutes(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the table with the minutes of a grown-up beside every column of metres on foot, where it has none yet."""
    out = frame.copy(deep=False)
    for name in [c for c in frame if c in WALKS]:
        beside = f"{name.removesuffix('_m')}_min"
        if beside not in out:
            metres = pd.to_numeric(frame[name], errors="coerce")
            out.insert(int(out.columns.get_loc(name)) + 1, beside, (metres / SPEEDS["adult"].m_per_min).round(1))
    return out


def _word(value: Any) -> str:
    """Return a value as it is printed."""
    if isinstance(value, list | tuple | dict | np.ndarray):
        return str(value)
    if pd.isna(value):
        return UNKNOWN
    if isinstance(value, float | np.floating):
        return f"{value:,.3f}".rstrip("0").rstrip(".") if np.isfinite(value) else UNREACHABLE
    return str(value)


def as_data(answer: Answer) -> dict[str, Any]:
    """Return an answer as plain data: its tables as rows, with method, parameters, basis and sources."""
    data: dict[str, Any] = {
        "question": answer.question, "title_zh": answer.title.zh, "title_en": answer.title.en,
        "workspace": answer.workspace.zh, **scenario_of(answer), "method_zh": answer.method.zh, "method_en": answer.method.en,
        "parameters": dict(answer.parameters), "basis": answer.basis, "sources": list(answer.sources),
        "notes_zh": [n.zh for n in answer.notes], "notes_en": [n.en for n in answer.notes],
    }  # fmt: skip
    for name, table in answer.tables.items():
        if _bulky(answer, name):
            continue
        rows = _rows(table)
        data[name] = (rows[0] if rows else {}) if name in SINGLE and len(rows) < 2 else rows
    return data


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a table, the index as a column where it has a name, points as lon and lat."""
    frame = pd.DataFrame(table)
    if isinstance(table, gpd.GeoDataFrame):
        frame = pd.DataFrame(table.drop(columns=table.geometry.name))
        if len(table) and (table.geom_type == "Point").all():
            degrees = table.geometry.to_crs("EPSG:4326")
            frame = frame.assign(lon=degrees.x.round(7), lat=degrees.y.round(7))
    if frame.index.name and frame.index.name not in frame.columns:
        frame = frame.reset_index()
    return frame.to_dict("records")
