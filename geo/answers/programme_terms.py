"""What a rolling programme supposes where nobody says otherwise: sizes, money, times, each with its basis."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from geo.case import Case
from geo.siting.programme import Terms
from geo.text import Text

__all__ = ["CLASSES", "MONEY", "TERMS", "residents_of", "terms_table", "usual_terms"]

CLASSES: Mapping[str, tuple[int, int]] = {
    "kindergarten": (6, 12), "primary": (12, 36), "junior": (12, 30), "senior": (18, 48),
}  # fmt: skip
"""Classes of a new school, least and most: kindergarten GB 50180-2018 table 5.0.3; the others the sizes of GB 50442 (draft)
tables 4.2.5 with the smaller ones that are built, assumed."""
COSTS = {"fixed": 3_000.0, "per_class": 400.0, "per_grown": 300.0}
"""Money of a new school whatever its size, of each of its classes, and of a class that an existing one grows by [10 000 yuan]:
round figures, assumed. No standard prints them; write your own."""
BUDGET = 10_000.0
"""Money a year [10 000 yuan], assumed."""
MONEY = Text("万元", "10,000 yuan")

TERMS: Mapping[str, Text] = {
    "classes": Text("新建规模（班，下限与上限）", "classes of a new school, least and most"),
    "class_size": Text("班额（人）", "pupils of a class"),
    "fixed": Text("新建固定投资（万元）", "cost of a new one whatever its size [10,000 yuan]"),
    "per_class": Text("新建每班投资（万元）", "cost of a class of a new one [10,000 yuan]"),
    "per_grown": Text("扩建每班投资（万元）", "cost of a class that an existing one grows by [10,000 yuan]"),
    "grow_by": Text("现有学校最多扩（班）", "classes that an existing one may grow by"),
    "upkeep": Text("每班每年运行费（万元）", "upkeep of a class and year [10,000 yuan]"),
    "build": Text("新建工期（年）", "years to build"),
    "grow": Text("扩建工期（年）", "years to grow"),
    "carry": Text("结余结转下年", "what a year leaves may be spent later"),
    "budget": Text("年度预算（万元）", "money a year [10,000 yuan]"),
}
OF_SCHOOLS = ("classes", "class_size", "per_class", "per_grown", "grow_by", "grow")


def usual_terms(case: Case, **changes: Any) -> Terms:
    """Return what a programme of the service may do and cost where nobody says otherwise; figures assumed.

    Parameters
    ----------
    changes
        Fields of ``geo.siting.programme.Terms``.

    Examples
    --------
    >>> from geo.examples import town
    >>> terms = usual_terms(town(), last=2025, budget=(500.0,))
    >>> terms.classes, terms.class_size, terms.budget
    ((12, 36), 45, (500.0,))
    """
    sizes: dict[str, Any] = {"budget": (BUDGET,), **COSTS}
    if case.is_school:
        sizes |= {"classes": CLASSES[case.service], "class_size": case.class_size}
    else:
        # A clinic's size is no standard's: whoever is in reach is served.
        sizes |= {"classes": (1, 1), "class_size": float(max(case.people.sum(), 1.0)), "per_class": 0.0}
    return Terms(**{**sizes, **changes})


def terms_table(case: Case, terms: Terms) -> pd.DataFrame:
    """Return what was supposed, each with its basis: what differs from the usual terms a planner has given.

    Examples
    --------
    >>> from geo.examples import town
    >>> terms_table(town(), usual_terms(town(), build=3)).set_index("key").loc[["fixed", "build"], "said_by"].tolist()
    ['usual', 'planner']
    """
    usual = usual_terms(case, first=terms.first, last=terms.last)
    rows = []
    for key, name in TERMS.items():
        value = getattr(terms, key)
        said = "planner" if value != getattr(usual, key) else "usual"
        basis = "derived" if key == "class_size" and said == "usual" else "assumed"
        if case.is_school or key not in OF_SCHOOLS:
            shown = ", ".join(f"{v:g}" for v in value) if isinstance(value, tuple) else str(value)
            rows.append({"key": key, "zh": name.zh, "en": name.en, "value": shown, "said_by": said, "basis": basis})
    return pd.DataFrame(rows)


def residents_of(case: Case) -> str:
    """Return in a word how the residents of a year are known.

    Examples
    --------
    >>> from geo.examples import town
    >>> residents_of(town())
    'data'
    """
    if case.people_basis is None:
        return "data"
    return "held" if case.year > case.workspace.years[-1] else "interpolated"
