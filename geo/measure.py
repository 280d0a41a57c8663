"""What a place is measured by, and each service: the standards it goes by, a distance of the planner's own, or nothing chosen yet.

A service's rule has its distance, its minutes, its official name with both, and where each is written.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
import pandas as pd

from geo.errors import InputError, NotMeasuredError
from geo.services import Service, service
from geo.text import Text
from geo.workspace import Workspace

__all__ = ["RULES", "Rule", "measured", "own_metres", "rule", "rules_apply", "told"]

TABLE = "standards"
"""Table of workspace.toml: ``apply = false`` where the rules of standards.csv are not those of the place."""
RULES = ("gb50180",)
"""Sets of rules that a planner may choose for a place that has none: those of standards.csv, GB 50180 and its kin."""
INDICATOR = "coverage indicator"
"""What standards.csv calls the rows that hold an official indicator, its minutes and its printed name."""


def rules_apply(place: Workspace) -> bool:
    """Return whether the distances of standards.csv measure the place: as its workspace.toml says, or the planner.

    Examples
    --------
    >>> from geo.examples import town
    >>> rules_apply(town().workspace)
    True
    """
    return bool(place.parameters.get(TABLE, {}).get("apply", True))


def own_metres(place: Workspace) -> float | None:
    """Return the planner's own distance for every service [m], None where none is given.

    Examples
    --------
    >>> from geo.examples import town
    >>> own_metres(measured(town().workspace, metres=400))
    400.0
    """
    found = place.parameters.get(TABLE, {}).get("metres")
    return None if found is None else float(found)


def measured(place: Workspace, *, by: str | None = None, metres: float | None = None) -> Workspace:
    """Return the place measured by a set of rules, or by a distance of the planner's own.

    Parameters
    ----------
    by
        One of ``RULES``: the planner chooses them although the workspace does not go by them; answers say so.
    metres
        The distance of every service [m] instead of a standard's.

    Raises
    ------
    InputError
        If there is no such set, or the distance is not a finite number of at least 0.

    Examples
    --------
    >>> from geo.examples import town
    >>> measured(town().workspace, metres=400).parameters["standards"]
    {'metres': 400.0}
    """
    told = dict(place.parameters.get(TABLE, {}))
    if by is not None:
        if by not in RULES:
            raise InputError(
                Text(f"没有标准“{by}”，可选：{'、'.join(RULES)}", f"no rules '{by}', choose among {', '.join(RULES)}")
            )
        if rules_apply(place) and metres is None:
            return place  # the very same: what was worked out for it still holds
        told |= {"apply": True, "chosen": not rules_apply(place)}
    if metres is not None:
        if not (np.isfinite(metres) and metres >= 0):
            raise InputError(
                Text(
                    f"距离须为不小于 0 的有限数，现为 {metres}", f"give a finite distance of at least 0, it is {metres}"
                )
            )
        told["metres"] = float(metres)
    return dataclasses.replace(place, parameters={**place.parameters, TABLE: told})


@dataclass(frozen=True)
class Rule:
    """The distance within which a service must lie [m], its minutes on foot, and where each is written.

    ``standard`` is the printed name of the standard as it is cited in any language, empty where none says the distance:
    it is then the planner's own, or assumed. ``minutes`` [min] and ``indicator``, the official name of the coverage,
    are those of ``indicator_standard``; None and empty where none is printed.

    Examples
    --------
    >>> from geo.examples import town
    >>> town().standard
    Rule(service='primary', radius_m=500.0, standard='', clause='', confidence='', basis='assumed')
    >>> Rule("park", 500, "", "", "", "sourced", minutes=5).named(town().of("park").asked)
    Text(zh='公园（步行5分钟，500 米）', en='Park (5 min, 500 m)')
    """

    service: str
    radius_m: float
    standard: str
    clause: str
    confidence: str
    basis: str
    minutes: float | None = None
    indicator: str = ""
    indicator_standard: str = ""

    def named(self, asked: Service) -> Text:
        """Return the official name: the service with its minutes and metres, and that they are assumed where they are."""
        parts = [Text(f"步行{self.minutes:g}分钟", f"{self.minutes:g} min")] if self.minutes else []
        parts.append(Text(f"{self.radius_m:g} 米", f"{self.radius_m:g} m"))
        if self.basis == "assumed":
            parts.append(Text("假定", "assumed"))
        zh, en = "，".join(p.zh for p in parts), ", ".join(p.en for p in parts)
        return Text(f"{asked.name_zh}（{zh}）", f"{asked.name_en} ({en})")

    def __repr__(self) -> str:
        """Return the rule without the minutes and the indicator where it has none."""
        shown = ("service", "radius_m", "standard", "clause", "confidence", "basis")
        more = tuple(n for n in ("minutes", "indicator", "indicator_standard") if getattr(self, n))
        return f"Rule({', '.join(f'{n}={getattr(self, n)!r}' for n in (*shown, *more))})"


def rule(place: Workspace, key: str, *, own_first: bool = True) -> Rule:
    """Return what a service is measured by: the planner's own distance, the default row of standards.csv, or its own table.

    Parameters
    ----------
    own_first
        Whether a distance of the planner's own goes before all others; a living circle has none but its standard's.

    Raises
    ------
    NotMeasuredError
        If the workspace goes by no standard and the planner chose none.
    InputError
        If the workspace has no distance for the service.

    Examples
    --------
    >>> import dataclasses
    >>> from geo.examples import town
    >>> row = {"service": "primary", "what": "service radius", "default": 1, "radius_m": 500.0, "walk_minutes": 10.0}
    >>> said = {**row, "what": "coverage indicator", "default": 0, "clause": "社区小学步行10分钟覆盖率", "standard": "TD/T 1063"}
    >>> here = dataclasses.replace(town().workspace, standards=pd.DataFrame([row, said]))
    >>> found = rule(here, "primary")
    >>> found.radius_m, found.minutes, found.indicator
    (500.0, 10.0, '社区小学步行10分钟覆盖率')
    """
    metres, asked = own_metres(place), service(key, place.services)
    if metres is not None and own_first:
        return Rule(key, metres, "", "", "", basis="assumed")
    if not rules_apply(place):
        raise NotMeasuredError(
            Text(
                "未选用标准：该工作区不按 GB 50180 等中国标准衡量。请选定按什么衡量：自定距离（米），或 GB 50180 等中国标准",
                "no standard chosen: this workspace is not measured by GB 50180 and its kin. Choose what it is measured by: a distance of your own [m], or those Chinese standards",
            )
        )
    table = place.standards
    mine = table[table["service"] == key] if {"service", "default", "radius_m"} <= set(table) else pd.DataFrame()
    rows = mine[(mine["default"] == 1) & mine["radius_m"].notna()] if len(mine) else mine
    own = place.parameters.get("services", {}).get(key, {})
    if rows.empty and own.get("radius_m") is None:
        raise InputError(
            Text(
                f"standards.csv 没有“{asked.name_zh}”的服务半径（default=1 的行）；请补上，或指定距离",
                f"standards.csv has no default radius for {asked.name_en}; add it, or give a limit",
            )
        )
    row = dict(rows.iloc[0]) if len(rows) else dict(own)
    said = mine[(mine["what"] == INDICATOR) & mine["walk_minutes"].notna()] if {"what", "walk_minutes"} <= set(mine) else mine.iloc[:0]  # fmt: skip
    minutes = said["walk_minutes"].iloc[0] if len(said) else row.get("walk_minutes", own.get("minutes"))
    return Rule(
        key, float(row["radius_m"]), _word(row.get("standard")), _word(row.get("clause")), _word(row.get("confidence")),
        basis=_word(row.get("basis")) or ("sourced" if len(rows) else "assumed"),
        minutes=None if minutes is None or pd.isna(minutes) else float(minutes),
        indicator=_word(said["clause"].iloc[0]) if len(said) and "clause" in said else "",
        indicator_standard=_word(said["standard"].iloc[0]) if len(said) and "standard" in said else "",
    )  # fmt: skip


def told(place: Workspace, key: str) -> Text:
    """Return the name of a service as it is read in a choice: with its official minutes and metres where it has any.

    Examples
    --------
    >>> from geo.examples import town
    >>> told(town().workspace, "primary"), told(town().workspace, "park").zh
    (Text(zh='小学（500 米，假定）', en='Primary school (500 m, assumed)'), '公园')
    """
    asked = service(key, place.services)
    try:
        return rule(place, key).named(asked)
    except InputError:
        return Text(asked.name_zh, asked.name_en)


def _word(value: object) -> str:
    return "" if value is None or value is pd.NA or (isinstance(value, float) and value != value) else str(value)
