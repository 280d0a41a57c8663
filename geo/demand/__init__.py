"""Who needs a place: residents of a year, pupils by stage, and every number behind them."""

from __future__ import annotations

from geo.demand.models import (
    AGES,
    DEFAULTS,
    MODELS,
    YEARS,
    Parameter,
    Parameters,
    between,
    by_cohorts,
    by_housing,
    by_ratio,
    by_share,
    class_sizes,
    cohort_share,
    explain,
    parameters,
    pupils,
    residents,
)
from geo.demand.settings import DemandSettings

__all__ = [
    "AGES",
    "DEFAULTS",
    "MODELS",
    "YEARS",
    "DemandSettings",
    "Parameter",
    "Parameters",
    "between",
    "by_cohorts",
    "by_housing",
    "by_ratio",
    "by_share",
    "class_sizes",
    "cohort_share",
    "explain",
    "parameters",
    "pupils",
    "residents",
]
