"""Every pupil to a seat, what became of it, and what would change it: the public face of the assignment.

``assign`` is the plain answer; ``assign_residents_first``, ``assign_stages`` and ``without_crossings`` add a
district's rules; ``report``, ``flow_lines`` and ``catchments`` tell it; ``what_if_school`` asks for one more school.
"""

from __future__ import annotations

from geo.assignment.exact import Assignment, Cost, SparseCost, assign
from geo.assignment.rules import assign_residents_first, assign_stages, without_crossings
from geo.assignment.tables import REASONS, Report, catchments, flow_lines, report, walk_quantile
from geo.assignment.what_if import WhatIf, what_if_school

__all__ = [
    "REASONS",
    "Assignment",
    "Cost",
    "Report",
    "SparseCost",
    "WhatIf",
    "assign",
    "assign_residents_first",
    "assign_stages",
    "catchments",
    "flow_lines",
    "report",
    "walk_quantile",
    "what_if_school",
    "without_crossings",
]
