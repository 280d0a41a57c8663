"""The sum behind the pupils of the whole place, written out with its numbers."""

from __future__ import annotations

import pandas as pd

from geo import demand
from geo.case import Case
from geo.services import STAGES

__all__ = ["formula"]


def formula(case: Case) -> pd.DataFrame:
    """Return the sum behind the pupils of the whole place, one block of rows a stage, with its numbers.

    Examples
    --------
    >>> from geo.examples import town
    >>> formula(town())["text_en"].iloc[7]
    'Primary school pupils in 2025 = 1,500 × 0.057 × 1 = 85.5'
    """
    inside = case.workspace.cells["zone_id"].notna()
    total = float(case.people[inside].sum())
    built = sum(d for _, _, d, done in case.demand.housing if done <= case.year)
    parts = [
        demand.explain(
            total, stage, case.year, model=case.of(stage).model, bound=case.demand.bound, numbers=case.numbers,
            dwellings=built,
        ).assign(stage=stage)
        for stage in STAGES
    ]  # fmt: skip
    return pd.concat(parts, ignore_index=True)
