"""Demand that was worked out from the seats, compared with the seats: said, with a demand that knows nothing of them.

Where no census gives the residents of a place, they may have been inferred from the plan's seats and the shares of the
age groups (workspace.toml, ``[population] inferred_from = "seats"``). Residents × the same shares are then the seats
again, and seats ÷ demand says little. Residents × the seats per 1000 of the standard does not go back the same way.
"""

from __future__ import annotations

import dataclasses

import pandas as pd

from geo.adequacy import ALL
from geo.case import Case
from geo.services import STAGES
from geo.text import Text
from geo.workspace import zone_totals

__all__ = ["beside", "circular_words", "inferred_from_seats", "is_circular"]


def inferred_from_seats(case: Case) -> bool:
    """Return whether the workspace says that its residents were inferred from its seats.

    Examples
    --------
    >>> from geo.examples import town
    >>> inferred_from_seats(town())
    False
    """
    told = case.workspace.parameters.get("population", {})
    return str(told.get("inferred_from", "")) == "seats"


def is_circular(case: Case) -> bool:
    """Return whether the pupils of the stage go back to the seats: by shares or cohorts of inferred residents.

    Examples
    --------
    >>> from geo.examples import town
    >>> is_circular(town())
    False
    """
    return inferred_from_seats(case) and case.model != "ratio"


def _ratio(case: Case) -> Case | None:
    """Return the same question by seats per 1000, or None where no standard prints them for the stage."""
    other = dataclasses.replace(case, demand=dataclasses.replace(case.demand, model="ratio"))
    return other if other.model == "ratio" else None


def beside(case: Case, table: pd.DataFrame) -> pd.DataFrame:
    """Return a table of zones and stages with ``circular`` and the independent demand and ratio beside its own.

    Examples
    --------
    >>> from geo.examples import town
    >>> table = pd.DataFrame({"zone_id": ["south"], "stage": ["primary"], "seats": [540.0]})
    >>> beside(town(), table)[["circular", "demand_independent"]].values.tolist()
    [[False, nan]]
    """
    out = table.copy()
    told: dict[tuple[str, str], float] = {}
    for stage in STAGES:
        other = _ratio(case.of(stage)) if is_circular(case.of(stage)) else None
        if other is None:
            continue
        zones = zone_totals(case.workspace, other.pupils.to_frame("pupils"))["pupils"]
        told |= {(str(zone), stage): float(value) for zone, value in zones.items()}
        told[ALL, stage] = float(zones[case.workspace.zones["level"] == "zone"].sum())
    out["circular"] = [is_circular(case.of(s)) for s in out["stage"]]
    keys = zip(out["zone_id"].astype(str), out["stage"], strict=True)
    out["demand_independent"] = [told.get(key, float("nan")) for key in keys]
    out["ratio_independent"] = out["seats"] / out["demand_independent"].where(out["demand_independent"] > 0)
    return out


def circular_words(case: Case, stages: pd.DataFrame) -> tuple[Text, ...]:
    """Return the note that says which ratios are circular and what the independent model gives; none where none is.

    Examples
    --------
    >>> from geo.examples import town
    >>> circular_words(town(), pd.DataFrame({"stage": ["primary"], "circular": [False]}))
    ()
    """
    rows = stages[stages["circular"]]
    if rows.empty:
        return ()
    zh, en = [], []
    for row in rows.to_dict("records"):
        asked = case.of(row["stage"]).asked
        own, other = _percent(row["ratio"]), row["ratio_independent"]
        zh.append(
            f"{asked.name_zh} {own.zh}" + (f"（千人指标 {other:.1%}）" if other == other else "（无千人指标可对照）")
        )
        en.append(
            f"{asked.name_en} {own.en}" + (f" (by ratio {other:.1%})" if other == other else " (no ratio to compare)")
        )
    return (
        Text(
            f"循环论证：本工作区的居民数由规划学位反推，再按同样的年龄比例算需求，与学位相比不说明够不够：{'、'.join(zh)}",
            f"circular: the residents were inferred from the plan's seats, and the demand from the residents by the same shares, so that these ratios do not tell whether seats suffice: {', '.join(en)}",
        ),
    )


def _percent(ratio: float) -> Text:
    """Return a ratio in words; that of seats nobody knows is not known."""
    return Text("学位未知", "seats not known") if pd.isna(ratio) else Text(f"{ratio:.1%}", f"{ratio:.1%}")
