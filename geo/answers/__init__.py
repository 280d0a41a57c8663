"""The planner's questions, one function each, from a workspace to tables with basis.

The page, the command line and a cluster task all ask here; none of them computes.
"""

from __future__ import annotations

from geo.answers.access import access
from geo.answers.adequate import adequacy
from geo.answers.area import area
from geo.answers.base import Answer
from geo.answers.circles import circles
from geo.answers.cited import CITED, citation, kind_of
from geo.answers.compared import compared
from geo.answers.consistency import consistency
from geo.answers.covered import coverage
from geo.answers.crossings import crossings
from geo.answers.districts import district_objects, district_town, districts
from geo.answers.feeders import feeders
from geo.answers.found import find
from geo.answers.gain import gain
from geo.answers.land import land
from geo.answers.monitored import monitored
from geo.answers.overview import overview
from geo.answers.places import locate
from geo.answers.programme import plan_of_programme, programme
from geo.answers.programme_less import compared_budgets, programme_with_less
from geo.answers.programme_terms import usual_terms
from geo.answers.projects import closing, projects
from geo.answers.reached import MINUTES, reached
from geo.answers.register import register, zone_card
from geo.answers.robust import robust
from geo.answers.routes import routes
from geo.answers.seats import RULES, assign, flow_map
from geo.answers.series import series
from geo.answers.site import isochrone, site
from geo.answers.tied import tied
from geo.answers.tradeoff import tradeoff
from geo.answers.travel import LIMITS_MIN, travel
from geo.answers.uncertain import uncertain
from geo.answers.value import VALUES, value
from geo.answers.warm import warm

__all__ = [
    "CITED",
    "LIMITS_MIN",
    "MINUTES",
    "RULES",
    "VALUES",
    "Answer",
    "access",
    "adequacy",
    "area",
    "assign",
    "circles",
    "citation",
    "closing",
    "compared",
    "compared_budgets",
    "consistency",
    "coverage",
    "crossings",
    "district_objects",
    "district_town",
    "districts",
    "feeders",
    "find",
    "flow_map",
    "gain",
    "isochrone",
    "kind_of",
    "land",
    "locate",
    "monitored",
    "overview",
    "plan_of_programme",
    "programme",
    "programme_with_less",
    "projects",
    "reached",
    "register",
    "robust",
    "routes",
    "series",
    "site",
    "tied",
    "tradeoff",
    "travel",
    "uncertain",
    "usual_terms",
    "value",
    "warm",
    "zone_card",
]
