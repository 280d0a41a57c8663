"""Whether the sentences of a plan can all hold: constraints over its quantities, and the fewest that cannot.

See docs/methods/consistency.md.
"""

from __future__ import annotations

from geo.consistency.exact import Exact, Quantity, Verdict
from geo.consistency.expression import Linear, parse, plain
from geo.consistency.minimal import Found, contradictions
from geo.consistency.plan import Plan, plan_of
from geo.consistency.sentence import CONSTRAINT_COLUMNS, KINDS, Sentence, natural, read

__all__ = [
    "CONSTRAINT_COLUMNS",
    "KINDS",
    "Exact",
    "Found",
    "Linear",
    "Plan",
    "Quantity",
    "Sentence",
    "Verdict",
    "contradictions",
    "natural",
    "parse",
    "plain",
    "plan_of",
    "read",
]
