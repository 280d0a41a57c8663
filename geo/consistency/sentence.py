"""One sentence of a plan as a constraint, and the table in which a planner writes sentences of his own."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from fractions import Fraction

import pandas as pd

from geo.consistency.exact import Quantity
from geo.consistency.expression import Linear, parse
from geo.errors import Finding, InputError
from geo.schema import BASES
from geo.text import Text, several

__all__ = ["CONSTRAINT_COLUMNS", "KINDS", "Sentence", "natural", "read"]

CONSTRAINT_COLUMNS = ("id", "expression", "sentence_zh", "sentence_en", "clause", "basis", "source_id")
"""Columns of constraints.csv; the last four but ``basis`` may be empty."""
KINDS = ("target", "total", "layer", "balance", "project", "horizon", "class", "people", "demand", "stated")
"""What a sentence is taken from."""
NEEDED = ("id", "expression", "sentence_zh", "basis")
FILE = "constraints.csv"
COUNTED = re.compile(r"(new_|closed_)?(schools|kindergartens|clinics|hospitals|facilities|classes|projects)(_\w+)?")
"""Names of what is counted one by one: whole numbers."""
FREE = re.compile(r"(change|growth|balance)(_\w+)?")
"""Names of what may be negative."""
SHARE = re.compile(r"share(_\w+)?")
"""Names of parts of one: 0 to 1."""
ALWAYS = Text("", "")


@dataclass(frozen=True)
class Sentence:
    """A constraint with what it is in words, and where it stands.

    ``kind`` is one of ``KINDS``. ``cited`` is the kind and
    id under which ``geo.answers.citation`` finds the plan's own words. A sentence with ``why_not`` takes no part.
    """

    id: str
    kind: str
    linear: Linear
    text: Text
    clause: str = ""
    basis: str = "derived"
    source_id: str = ""
    cited: tuple[str, str] = ("", "")
    why_not: Text = ALWAYS

    @property
    def takes_part(self) -> bool:
        """Whether it is asked whether this sentence can hold with the others.

        Examples
        --------
        >>> Sentence("a", "stated", parse("x >= 1"), Text("甲", "a")).takes_part
        True
        """
        return not any(self.why_not)


def natural(name: str) -> Quantity:
    """Return the natural bounds that a name tells: what is counted is whole, a share at most 1, nothing is negative.

    Names of counts begin with schools, kindergartens, clinics, hospitals, facilities, classes or projects (or new_, closed_ and
    one of these); of shares with share. Only change, growth and balance may be negative.

    Examples
    --------
    >>> natural("classes_primary_2025").whole, natural("share_green").high, natural("growth_gdp").low
    (True, Fraction(1, 1), None)
    """
    if FREE.fullmatch(name):
        return Quantity(name, low=None)
    return Quantity(
        name, whole=COUNTED.fullmatch(name) is not None, high=Fraction(1) if SHARE.fullmatch(name) else None
    )


def read(table: pd.DataFrame, sources: Collection[str] | None = None) -> tuple[list[Sentence], list[Finding]]:
    """Return the sentences of a table of constraints, and what is wrong with it.

    Parameters
    ----------
    table
        As constraints.csv, docs/data.md: columns of ``CONSTRAINT_COLUMNS``.
    sources
        Ids of the sources that are known; without, none is looked up.

    Returns
    -------
    sentences, findings
        The rows that can be used; an error for each that cannot, with row and field; a warning for an unknown source.

    Examples
    --------
    >>> row = {"id": "Q1", "expression": "schools_2025 => 20", "sentence_zh": "二十所", "basis": "sourced"}
    >>> read(pd.DataFrame([row]))[1][0].field
    'expression'
    """
    if not len(table):
        return [], []
    lacking = [c for c in NEEDED if c not in table]
    if lacking:
        return [], [
            Finding("error", f"缺少必填列“{c}”；请补上这一列", f"the required column '{c}' is missing; add it", FILE, None, c)
            for c in lacking
        ]  # fmt: skip
    sentences: list[Sentence] = []
    findings: list[Finding] = []
    seen: set[str] = set()
    for at, row in enumerate(table.to_dict("records"), start=1):
        told = {str(k): v.strip() for k, v in row.items() if isinstance(v, str)}
        wrong = list(_wrong(told, seen, at))
        seen.add(told.get("id", ""))
        try:
            linear = parse(told.get("expression", ""))
        except InputError as error:
            text = error.text
            wrong.append(Finding("error", f"关系式{text.zh}", f"the expression {text.en}", FILE, at, "expression"))
            findings += wrong
            continue
        unknown = [s for s in several(told.get("source_id")) if sources is not None and s not in sources]
        if unknown:
            zh = f"来源编号 {unknown} 在 SOURCES.json 中没有记录"
            en = f"the source ids {unknown} have no record in SOURCES.json"
            findings.append(Finding("warning", zh, en, FILE, at, "source_id"))
        findings += wrong
        if not wrong:
            text = Text(told["sentence_zh"], told.get("sentence_en") or told["sentence_zh"])
            sentences.append(
                Sentence(
                    told["id"], "stated", linear, text, told.get("clause", ""), told["basis"], told.get("source_id", ""), ("constraint", told["id"])
                )
            )  # fmt: skip
    return sentences, findings


def _wrong(told: dict[str, str], seen: set[str], at: int) -> Iterable[Finding]:
    for column in ("id", "sentence_zh"):
        if not told.get(column):
            yield Finding("error", "不能为空，请填写", "is empty; fill it in", FILE, at, column)
    if told.get("id") in seen and told.get("id"):
        zh, en = f"编号“{told['id']}”重复，请改用另一编号", f"the id '{told['id']}' stands there twice; choose another"
        yield Finding("error", zh, en, FILE, at, "id")
    if told.get("basis") not in BASES:
        zh = f"“{told.get('basis', '')}”不是依据，可选：{'、'.join(BASES)}"
        en = f"'{told.get('basis', '')}' is no basis, choose one of {', '.join(BASES)}"
        yield Finding("error", zh, en, FILE, at, "basis")
