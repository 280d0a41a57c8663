"""What a place is measured by: the standards it goes by, a distance of the planner's own, or nothing chosen yet."""

from __future__ import annotations

import dataclasses

import numpy as np

from geo.errors import InputError
from geo.text import Text
from geo.workspace import Workspace

__all__ = ["RULES", "measured", "own_metres", "rules_apply"]

TABLE = "standards"
"""Table of workspace.toml: ``apply = false`` where the rules of standards.csv are not those of the place."""
RULES = ("gb50180",)
"""Sets of rules that a planner may choose for a place that has none: those of standards.csv, GB 50180 and its kin."""


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
