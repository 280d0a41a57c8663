"""The ways inside stations (pathways.txt), checked row by row: what can be walked, how long it takes, and where there are steps."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import sparse

from layers.gtfs.tables import Notes
from layers.gtfs.values import apart_m, numbers

__all__ = ["pathways_of"]

FILE = "pathways.txt"
STATION, ENTRANCE, BOARDING_AREA = "1", "2", "4"
MODES = ("1", "2", "3", "4", "5", "6", "7")
STEPS = ("2", "4")
"""Stairs and escalators: nobody in a wheelchair goes by them."""
LIFT, GATES = "5", ("6", "7")
LIFT_S = 60.0
"""What a lift takes where the feed does not say, the wait included [s]; assumed."""


def pathways_of(tables: dict[str, pd.DataFrame], stops: pd.DataFrame, used: pd.Index, notes: Notes) -> pd.DataFrame:
    """Return the ways that can be gone, as ``geo.transit.Stations.from_frames`` takes them.

    Parameters
    ----------
    tables
        The files of the feed: ``pathways.txt``, ``levels.txt`` and ``stops.txt`` are looked at.
    stops
        Indexed by stop id: ``lon``, ``lat`` (missing where unknown), ``parent``, ``kind``.
    used
        The stops at which vehicles call.

    Returns
    -------
    ways
        How long each takes is what the feed says; else its length at one's pace; else the straight line between its ends.
        A lift of which it says nothing takes a minute, a gate no time. Ways to a part of a platform lead to the platform.
    """
    _levels(tables, notes)
    columns = {
        "from_stop_id": "str",
        "to_stop_id": "str",
        "both": bool,
        "seconds": float,
        "metres": float,
        "steps": bool,
    }
    table = tables.get(FILE)
    if table is None or table.empty:
        return pd.DataFrame({c: pd.Series(dtype=t) for c, t in columns.items()})
    table = _known(table, stops, notes)
    mode = table["pathway_mode"].to_numpy()
    ends = [stops.loc[table[c]] for c in ("from_stop_id", "to_stop_id")]
    seconds, metres = (_amount(table, c, notes) for c in ("traversal_time", "length"))
    line = apart_m(*(np.radians(e[c].to_numpy(float)) for e in ends for c in ("lon", "lat")))
    unsaid = np.isnan(seconds) & np.isnan(metres) & ~np.isin(mode, GATES)
    lift, nowhere = unsaid & (mode == LIFT), unsaid & (mode != LIFT) & np.isnan(line)
    notes.rows(FILE, table.index[lift], "traversal_time", f"电梯未给通行时间，假定 {LIFT_S:g} 秒；请补上", f"the lift has no time, {LIFT_S:g} s are assumed; add it", level="info")  # fmt: skip
    notes.rows(FILE, table.index[unsaid & ~lift & ~nowhere], "traversal_time", "未给通行时间和长度，按两端直线距离步行；请补上", "neither time nor length: walked along the straight line between its ends; add one", level="info")  # fmt: skip
    notes.rows(FILE, table.index[nowhere], "traversal_time", "未给通行时间和长度，两端又缺坐标，按不用时间；请补上", "neither time nor length, and an end has no place: taken to cost no time; add one")  # fmt: skip
    seconds[lift] = LIFT_S
    metres = np.where(np.isnan(metres), np.where(np.isin(mode, GATES), 0.0, np.nan_to_num(line)), metres)
    whole = stops["parent"].where((stops["kind"] == BOARDING_AREA) & (stops["parent"] != ""), stops.index.to_series())
    ways = pd.DataFrame({
        "from_stop_id": whole[table["from_stop_id"]].to_numpy(), "to_stop_id": whole[table["to_stop_id"]].to_numpy(),
        "both": (table["is_bidirectional"] == "1").to_numpy(), "seconds": seconds, "metres": metres, "steps": np.isin(mode, STEPS),
    })  # fmt: skip
    _cut_off(ways, stops, used, notes)
    return ways


def _levels(tables: dict[str, pd.DataFrame], notes: Notes) -> None:
    """Tell of levels that nobody knows; what lies on which level changes no time, for stairs and lifts are ways of their own."""
    told = tables["stops.txt"]
    if "level_id" not in told or "levels.txt" not in tables:
        return
    lost = (told["level_id"] != "") & ~told["level_id"].isin(tables["levels.txt"]["level_id"])
    notes.rows("stops.txt", told.index[lost], "level_id", "levels.txt 里没有楼层“{}”；请更正", "levels.txt has no level '{}'; correct it", values=told["level_id"][lost])  # fmt: skip


def _known(table: pd.DataFrame, stops: pd.DataFrame, notes: Notes) -> pd.DataFrame:
    """Return the rows of which both ends, the kind and the direction are known."""
    blank = pd.Series("", table.index)
    table = table.assign(**{c: table.get(c, blank) for c in ("pathway_mode", "is_bidirectional")})
    stations = stops.index[stops["kind"] == STATION]
    bad = np.zeros(len(table), bool)
    for field in ("from_stop_id", "to_stop_id"):
        lost, whole = ~table[field].isin(stops.index), table[field].isin(stations)
        notes.rows(FILE, table.index[lost], field, "没有站点“{}”；此行未采用，请更正", "no stop '{}'; the row is left out, correct it", values=table[field][lost])  # fmt: skip
        notes.rows(FILE, table.index[whole], field, "“{}”是整座车站，通道须连站台、出入口或节点；此行未采用", "'{}' is a whole station, a way joins platforms, entrances or nodes; the row is left out", values=table[field][whole])  # fmt: skip
        bad |= (lost | whole).to_numpy()
    for field, known, words in (
        ("pathway_mode", MODES, ("1–7", "1 to 7")), ("is_bidirectional", ("0", "1"), ("0 或 1", "0 or 1")),
    ):  # fmt: skip
        odd = ~table[field].isin(known)
        notes.rows(FILE, table.index[odd], field, f"“{{}}”应为 {words[0]}；此行未采用，请更正", f"'{{}}' should be {words[1]}; the row is left out, correct it", values=table[field][odd])  # fmt: skip
        bad |= odd.to_numpy()
    return table[~bad]


def _amount(table: pd.DataFrame, field: str, notes: Notes) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return amounts above 0, NaN where none is given; tell of those that are none."""
    if field not in table:
        return np.full(len(table), np.nan)
    value = numbers(table[field])
    least = 0 if field == "length" else 1e-9
    wrong = (table[field] != "").to_numpy() & ~(value >= least)
    zh, en = ("长度“{}”须为不小于 0 的米数", "the length '{}' must be metres of at least 0") if field == "length" else ("通行时间“{}”须为大于 0 的秒数", "the time '{}' must be seconds above 0")  # fmt: skip
    notes.rows(
        FILE, table.index[wrong], field, f"{zh}；按未填处理", f"{en}; taken as not given", values=table[field][wrong]
    )
    return np.where(wrong, np.nan, value)


def _cut_off(ways: pd.DataFrame, stops: pd.DataFrame, used: pd.Index, notes: Notes) -> None:
    """Tell of platforms to which no entrance of their station leads: they are then reached straight from the street."""
    names = pd.Index(pd.unique(pd.concat([ways["from_stop_id"], ways["to_stop_id"], pd.Series(used)])))
    a, b = (names.get_indexer(ways[c]) for c in ("from_stop_id", "to_stop_id"))
    of = sparse.csgraph.connected_components(sparse.coo_array((np.ones(len(a)), (a, b)), shape=(len(names),) * 2))[1]
    part = pd.Series(of, names)
    doors = names[stops.loc[names, "kind"] == ENTRANCE]
    opened = stops.loc[doors, "parent"]
    stations, reached = set(opened) - {""}, set(part[doors])
    for stop in (s for s in used if stops["parent"][s] in stations and part[s] not in reached):
        notes.add("info", f"站台 {stop} 没有通道连到出入口，按直接临街处理；请补上通道", f"no way leads from an entrance to platform {stop}: taken to lie on the street; add the way", FILE)  # fmt: skip
