"""Population columns: residents per point or cell, by year."""

from __future__ import annotations

import re
from typing import Any

from layers.incoming.rows.table import OpenQuestionError, Question, RefusedError, Table, error, info
from layers.incoming.rows.text import key_of
from layers.incoming.rows.values import number

__all__ = ["columns", "year_question"]

PEOPLE_MAX = 1_000_000.0
_YEAR = re.compile(r"(?:19|20)\d\d")
_PEOPLE = re.compile(r"人口|人数|居民|people|pop|persons|residents|常住", re.IGNORECASE)


def year_question(count: int) -> Question:
    """Return the question which year each column or band is."""
    return Question("years", f"文件没有写明人口年份，{count} 个波段/列各是哪一年？（逗号分隔）", f"The file does not say the year of its {count} bands or columns; which years? (separated by commas)",
                    ((",".join(str(2020 + 5 * i) for i in range(count)),) * 3,), ",".join(str(2020 + 5 * i) for i in range(count)))  # fmt: skip


def years_told(answers: dict[str, Any], count: int) -> list[int] | None:
    """Return the years of ``answers["years"]``, None if not given.

    Raises
    ------
    RefusedError
        If they are not ``count`` different years.
    """
    given = answers.get("years")
    if given is None:
        return None
    years = [int(y) for y in _YEAR.findall(str(given))]
    if len(years) != count or len(set(years)) != count:
        raise RefusedError(
            error(
                f"years 应为 {count} 个不同的年份，如 2020,2025",
                f"years must be {count} different years, such as 2020,2025",
            )
        )
    return years


def columns(table: Table, taken: set[str], answers: dict[str, Any]) -> dict[str, list[Any]]:
    """Return people_<year> columns; values in error go to ``table.notes`` by row.

    Raises
    ------
    RefusedError
        If no column holds people.
    OpenQuestionError
        If the year is not said.
    """
    long = next((c for c in table.columns if c not in taken and key_of(c) in ("年份", "年", "year")), None)
    if long is not None:
        return _long(table, long, taken)
    named = {c: _YEAR.search(c) for c in table.columns if c not in taken and _PEOPLE.search(c)}
    if not named:
        raise RefusedError(
            error(
                "找不到人口列；请用 people_2020 或“2020年人口”命名",
                "no population column was found; call it people_2020",
            )
        )
    dated = {c: int(m[0]) for c, m in named.items() if m}
    if not dated or len(set(dated.values())) != len(dated):
        years = years_told(answers, len(named))
        if years is None:
            raise OpenQuestionError([year_question(len(named))])
        dated = dict(zip(named, years, strict=True))
    out: dict[str, list[Any]] = {}
    for column, year in sorted(dated.items(), key=lambda kv: kv[1]):
        at = table.columns.index(column)
        out[f"people_{year}"] = [
            _people(r[at], line, column, table) for r, line in zip(table.rows, table.lines, strict=True)
        ]
        table.notes.append(info(f"“{column}”作为 {year} 年人口", f"'{column}' is taken as the people of {year}"))
    return out


def _long(table: Table, column: str, taken: set[str]) -> dict[str, list[Any]]:
    """Return the people of a table with the year in a column of its own, where it is one year throughout."""
    at = table.columns.index(column)
    years = {m[0] for r in table.rows if (m := _YEAR.search(str(r[at])))}
    people = [c for c in table.columns if c not in taken and c != column and _PEOPLE.search(c)]
    if len(years) != 1 or len(people) != 1 or not all(_YEAR.search(str(r[at])) for r in table.rows):
        raise RefusedError(
            error(
                f"“{column}”列含 {len(years)} 个年份；请改为每年一列（people_2020、people_2025…），每个位置一行",
                f"column '{column}' holds {len(years)} years; give one column a year (people_2020, people_2025 ...) and one row a place",
                None,
                column,
            )
        )
    value = table.columns.index(people[0])
    return {
        f"people_{years.pop()}": [
            _people(r[value], line, people[0], table) for r, line in zip(table.rows, table.lines, strict=True)
        ]
    }


def _people(value: Any, line: int, column: str, table: Table) -> float | None:
    found, how = number(value)
    if how == "bad" or (found is not None and not 0 <= found <= PEOPLE_MAX):
        table.notes.append(
            error(
                f"人口“{str(value)[:40]}”不是 0–{PEOPLE_MAX:,.0f} 的数字；请更正，不知道请留空",
                f"the population '{str(value)[:40]}' is no number of 0-{PEOPLE_MAX:,.0f}; correct it, or leave it blank if unknown",
                line,
                column,
            )
        )
        return None
    return found
