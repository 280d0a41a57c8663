"""Which year's residents stand behind a figure, said on the figure itself: a note alone is lost with the next copy."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from geo.case import Case
from geo.text import Text

__all__ = ["COUNTED_BY_PEOPLE", "people_of", "stamp", "stamped"]

COUNTED_BY_PEOPLE = frozenset({"people", "pupils", "demand", "gain", "pupils_new", "people_new", "people_new_walk", "covered_after"})  # fmt: skip
"""Columns that make a table one of residents: where it has one, the year of the residents stands beside it."""


def people_of(case: Case) -> str:
    """Return the years whose residents are taken, as a table tells them: "2025", or "2020-2025" between two.

    Examples
    --------
    >>> from geo.examples import town
    >>> people_of(town(year=2025)), people_of(town().of("junior"))
    ('2025', '2025')
    """
    known, year = case.workspace.years, case.year
    if year in known or not known:
        return str(year)
    below = [y for y in known if y < year]
    above = [y for y in known if y > year]
    return "-".join(str(y) for y in (below[-1:] + above[:1]))


def stamp(case: Case) -> Text:
    """Return the year with the residents it is answered with, for a title, a legend, a header; empty where they are data.

    Examples
    --------
    >>> import dataclasses
    >>> from geo.examples import town
    >>> stamp(town())
    Text(zh='', en='')
    >>> stamp(dataclasses.replace(town(), year=2035))
    Text(zh='2035 按 2025 年人口', en='2035 with residents of 2025')
    """
    if case.people_basis is None:
        return Text("", "")
    years = people_of(case)
    planned = any(since is None or since <= case.year for since, _ in case.workspace.supposed)
    with_zh, with_en = ("，含方案设定的人口", ", and those of the scenario") if planned else ("", "")
    if "-" in years:
        return Text(
            f"{case.year} 按 {years} 年人口内插{with_zh}", f"{case.year} with residents between {years}{with_en}"
        )
    return Text(f"{case.year} 按 {years} 年人口{with_zh}", f"{case.year} with residents of {years}{with_en}")


def stamped(case: Case, tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Return the tables, those of residents with a column ``people_year`` where the year asked for has none of its own.

    Examples
    --------
    >>> import dataclasses
    >>> from geo.examples import town
    >>> table = {"total": pd.DataFrame({"people": [1500.0]})}
    >>> stamped(dataclasses.replace(town(), year=2035), table)["total"].to_dict("records")
    [{'people': 1500.0, 'people_year': '2025'}]
    >>> stamped(town(), table)["total"].columns.tolist()
    ['people']
    """
    if case.people_basis is None:
        return dict(tables)
    years = people_of(case)
    return {
        name: table.assign(people_year=years) if COUNTED_BY_PEOPLE & set(map(str, table.columns)) else table
        for name, table in tables.items()
    }
