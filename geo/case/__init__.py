"""One question as one value: a place, a service, a year, a demand; and what the place has in that year."""

from __future__ import annotations

from geo.case.case import Case
from geo.case.in_year import facilities, people, people_basis
from geo.measure import Rule

__all__ = ["Case", "Rule", "facilities", "people", "people_basis"]
