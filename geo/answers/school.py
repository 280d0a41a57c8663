"""A school of so many classes at the clicked place: who gets a seat, who is relieved, what size is right."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np
import pandas as pd

from geo.adequacy import SCHOOL_SIZE
from geo.answers.base import basis_of
from geo.answers.counted import counted
from geo.answers.seats import assigned
from geo.assignment.what_if import what_if_school
from geo.case import Case
from geo.errors import InputError
from geo.text import Text

__all__ = ["school_here"]

CLASSES_MAX = 200


def school_here(case: Case, walk: pd.Series, *, classes: int | None, limit: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return what a school of ``classes`` classes changes, everybody assigned again exactly within the limit.

    Parameters
    ----------
    case
        The place, stage and year asked about.
    walk
        Walking metres from the place to the cells, by cell_id; cells that are not named, or ``inf`` away, cannot be reached.
    classes
        Classes of the school; a usual new school (``geo.adequacy.SCHOOL_SIZE``) where not given.
    limit
        Longest walk to a school [m].

    Returns
    -------
    school
        One row: classes, seats, pupils_seated (without a seat now), used, unserved before and after, mean walk
        before and after [m], right_seats and right_classes (more would seat nobody else).
    relieved
        Existing schools that lose pupils to it, most first.

    Raises
    ------
    InputError
        If ``classes`` is not a whole number from 1 to 200.

    Examples
    --------
    >>> from geo.examples import town
    >>> case = town()
    >>> school, relieved = school_here(case, pd.Series({"c": 0.0}), classes=1, limit=500)
    >>> school[["seats", "unserved_before", "pupils_seated"]].round(1).to_dict("records")  # c has no school within 500 m
    [{'seats': 45, 'unserved_before': 22.8, 'pupils_seated': 22.8}]
    """
    count = SCHOOL_SIZE[case.service] if classes is None else classes
    if not (isinstance(count, int) and 1 <= count <= CLASSES_MAX):
        raise InputError(
            Text(
                f"班数须为 1–{CLASSES_MAX} 的整数，现为 {classes}",
                f"classes must be a whole number from 1 to {CLASSES_MAX}, it is {classes}",
            )
        )
    size = case.class_size
    now = assigned(case, limit=limit)
    metres = walk if walk.index.equals(now.pupils.index) else walk.reindex(now.pupils.index, fill_value=np.inf)
    then = what_if_school(now, metres, float(count * size), class_size=size)
    supply, cells, streets = counted(case), case.workspace.cells, case.workspace.streets

    def told() -> tuple[str, int, dict[Hashable, tuple[str, str]]]:
        names = dict(zip(supply.index, zip(supply["name_zh"], supply["name_en"], strict=True), strict=True))
        return basis_of(supply, cells, streets), int(supply["seats"].isna().sum()), names

    basis, unknown, names = case.keep("schools told", supply, cells, streets, make=told)
    school = pd.DataFrame(
        [
            {
                "service": case.service,
                "classes": count,
                "class_size": size,
                "seats": count * size,
                "limit_m": limit,
                "unserved_before": float(now.unserved.sum()),
                "pupils_seated": then.seated,
                "unserved_after": float(then.unserved.sum()),
                "used": then.used,
                "mean_walk_before_m": then.mean_before,
                "mean_walk_after_m": then.mean_after,
                "right_seats": then.right_seats,
                "right_classes": then.right_classes,
                "schools_of_unknown_size": unknown,
                "basis": basis,
            }
        ]
    )
    relieved = pd.DataFrame(
        {
            "facility_id": then.relieved.index,
            "name_zh": [names[i][0] for i in then.relieved.index],
            "name_en": [names[i][1] for i in then.relieved.index],
            "pupils_fewer": then.relieved.to_numpy(float),
            "basis": basis,
        }
    )
    return school, relieved
