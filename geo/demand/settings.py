"""What a planner chose of the demand, as one value."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["DemandSettings"]


@dataclass(frozen=True)
class DemandSettings:
    """What the planner chose of the demand: model, bound, class size, changed numbers, new housing.

    ``changes`` are (key, stage, year, value) of ``geo.demand.Parameters``. ``housing`` are (lon, lat, dwellings,
    year of completion) of housing that the residents do not hold yet.

    Examples
    --------
    >>> DemandSettings(model="ratio", bound="high").bound
    'high'
    """

    model: str = "share"
    bound: str = "low"
    class_rule: str = "plan"
    kindergarten_class: str | None = None
    changes: tuple[tuple[str, str, int | None, float], ...] = ()
    housing: tuple[tuple[float, float, float, int], ...] = ()
