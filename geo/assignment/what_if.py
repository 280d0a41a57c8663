"""What a school here would change: who gets a seat, which schools are relieved, how large it should be.

Everything is assigned again exactly, from where the last assignment ended: the new seats start empty, and the
solver goes on until they are used as well as they can be.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.adequacy import classes_for
from geo.assignment import seating
from geo.assignment.exact import Assignment
from geo.errors import InputError
from geo.text import Text

__all__ = ["WhatIf", "what_if_school"]


@dataclass(frozen=True)
class WhatIf:
    """What one school more would change.

    Examples
    --------
    >>> from geo.assignment import assign
    >>> now = assign(pd.DataFrame({"A": [100.0, 200.0]}, index=["p", "q"]), pd.Series({"p": 30, "q": 20}), pd.Series({"A": 40}))
    >>> then = what_if_school(now, pd.Series({"p": 300.0, "q": 50.0}), 60)
    >>> then.seated, then.used, then.relieved.to_dict(), then.right_seats
    (10.0, 20.0, {'A': 10}, 10.0)
    """

    seated: float
    """Pupils without a seat who would get one [persons]."""
    used: float
    """Seats of the new school that would be taken [seats]."""
    relieved: pd.Series
    """Pupils fewer at each existing school that loses any [persons], most first."""
    unserved: pd.Series
    """Pupils still without a seat [persons], indexed like the assignment's ``unserved``."""
    mean_before: float
    """Mean walk of those with a seat before [m]; NaN where nobody had one."""
    mean_after: float
    right_seats: float
    """Seats with which everybody it can help has a place; more would seat nobody else [seats]."""
    right_classes: float
    """The same in whole classes; NaN where no class size was given."""
    flows: pd.DataFrame
    """All flows after, as in the assignment; the new school is ``facility_id``."""


def what_if_school(
    assignment: Assignment,
    metres: pd.Series,
    seats: float,
    *,
    class_size: float | None = None,
    facility_id: Hashable = "new",
) -> WhatIf:
    """Return what a school of ``seats`` seats at one place would change, everybody assigned again exactly.

    Parameters
    ----------
    assignment
        As it is now, from ``geo.assignment.assign``.
    metres
        Walk from every cell to the place [m], ``inf`` where there is no way; same ids as the pupils.
    seats
        Seats of the new school [seats], >= 0.
    class_size
        Pupils of a class [persons], for ``right_classes``.
    facility_id
        Id of the new school in ``flows``.

    Raises
    ------
    InputError
        If an id or a walk is missing, a number is negative, the id is taken, or the assignment was made with
        rules (``geo.enrolment_rules``), which say nothing of the new school.

    Notes
    -----
    ``right_seats`` is the rise of a maximum flow in the capacity of one arc: it grows by one pupil a seat until
    nobody else can be helped, and then stays. So a school of k seats seats min(k, right_seats) pupils more.

    Examples
    --------
    >>> from geo.assignment import assign
    >>> now = assign(pd.DataFrame({"A": [100.0, 200.0]}, index=["p", "q"]), pd.Series({"p": 30, "q": 20}), pd.Series({"A": 40}))
    >>> then = what_if_school(now, pd.Series({"p": 300.0, "q": 50.0}), 60, class_size=45)
    >>> then.mean_before, then.mean_after, then.right_classes  # q moves: 30 walk 100 m and 20 walk 50 m
    (125.0, 80.0, 1.0)
    """
    state = assignment.state
    if state.problem.costs.levels:
        raise InputError(
            Text(
                "按规则分配的结果不能直接试算新校，请用不带规则的分配",
                "a what-if needs an assignment without rules; assign again without them",
            )
        )
    if facility_id in state.schools:
        raise InputError(
            Text(f"设施编号 {facility_id} 已存在，请换一个", f"the id {facility_id} is taken; choose another")
        )
    if not (np.isfinite(seats) and seats >= 0):
        raise InputError(Text(f"学位数 {seats} 须为不小于 0 的数", f"seats are {seats}; give a number >= 0"))
    walk = _walk(metres, state.cells)
    problem, now = _reaching(state.problem, state.solution, walk)
    offered = min(int(np.floor(round(seats * state.units, 6))), int(problem.pupils.sum()))
    row, column, *parts = seating.read(*_grown(problem, now, walk, offered))
    right = _right_size(problem, now, walk, offered, int(parts[1].sum())) / state.units
    amount, left, taken = parts if state.whole else (part / state.units for part in parts)
    last = len(state.schools)
    known = column < last
    far = walk[row]
    far[known] = seating.metres_at(problem.costs, row[known], column[known])
    ids = state.schools.append(pd.Index([facility_id]))
    flows = pd.DataFrame({"demand_id": state.cells.take(row), "facility_id": ids.take(column), "pupils": amount})
    unserved = pd.Series(left, state.cells, name="unserved").reindex(assignment.pupils.index)
    used = pd.Series(taken[:last], state.schools).reindex(assignment.used.index)
    fewer = (assignment.used - used).rename("pupils")
    before, after = float(assignment.used.sum()), float(taken.sum())
    objective = float(far @ amount)
    return WhatIf(
        seated=after - before,
        used=float(taken[last]) if len(taken) > last else 0.0,
        relieved=fewer[fewer > 1e-9].sort_values(ascending=False, kind="stable"),
        unserved=unserved,
        mean_before=assignment.objective / before if before else np.nan,
        mean_after=objective / after if after else np.nan,
        right_seats=right,
        right_classes=classes_for(right, class_size) if class_size else np.nan,
        flows=flows,
    )


def _walk(metres: pd.Series, cells: pd.Index) -> NDArray[np.float64]:
    """Return the walks in the order of the cells."""
    same = metres.index.equals(cells)  # the usual case, and far quicker to tell
    lost = cells[:0] if same else cells.difference(metres.index, sort=False)
    if len(lost) or not metres.index.is_unique:
        raise InputError(
            Text(
                f"新址到需求点的距离缺少或重复：{list(lost[:5])}",
                f"walks to the new place are missing or doubled: {list(lost[:5])}",
            )
        )
    values = (metres if same else metres.reindex(cells)).to_numpy(np.float64, na_value=np.nan)
    wrong = ~(values >= 0)
    if wrong.any():
        bad = list(cells[wrong][:5])
        raise InputError(
            Text(
                f"新址到 {bad} 的距离为负或缺失，走不到请填 inf",
                f"the walk from {bad} is negative or missing; give inf where there is no way",
            )
        )
    return values


def _reaching(
    problem: seating.Problem, now: seating.Solution, walk: NDArray[np.float64]
) -> tuple[seating.Problem, seating.Solution]:
    """Return problem and solution in a scale that holds the new walks too."""
    far = float(walk[(walk <= problem.limit) & np.isfinite(walk)].max(initial=0.0))
    if far <= problem.far:
        return problem, now
    wider = seating.prepare(
        problem.costs, problem.rows, problem.rank, problem.pupils, problem.seats, limit=problem.limit, far=2 * far
    )
    return wider, seating.solve(wider)


def _grown(
    problem: seating.Problem, now: seating.Solution, walk: NDArray[np.float64], seats: int
) -> tuple[seating.Problem, seating.Solution]:
    """Return the problem with the new seats, solved; as it was without any."""
    if seats <= 0:
        return problem, now
    larger, warm = seating.add_facility(problem, now, walk, seats)
    return larger, seating.solve(larger, warm)


def _right_size(
    problem: seating.Problem, now: seating.Solution, walk: NDArray[np.float64], offered: int, left_then: int
) -> int:
    """Return the units of seats that help everybody the place can help.

    Solved again only where it is in doubt: seats that stayed without a new pupil say it, and so does everybody
    without a seat living within the limit.
    """
    left = seating.read(problem, now)[3]
    without = int(left.sum())
    helped = without - left_then
    if helped < offered or helped == without:
        return helped
    if int(left[(walk <= problem.limit) & np.isfinite(walk)].sum()) == without:
        return without
    return without - int(seating.read(*_grown(problem, now, walk, without))[3].sum())
