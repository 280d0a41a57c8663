"""Population columns: residents per point or cell, by year."""

from __future__ import annotations

import re
from typing import Any

from layers.incoming.meaning.cells import COUNTED
from layers.incoming.meaning.columns import heads
from layers.incoming.rows.table import OpenQuestionError, Question, RefusedError, Table, error, info, warning
from layers.incoming.rows.text import key_of
from layers.incoming.rows.units import COUNTS, Header, quantity

__all__ = ["columns", "year_question"]

PEOPLE_MAX = 1_000_000.0
BANDS_OF_YEARS = 4  # more bands than that without a year are asked about with doubt
_YEAR = re.compile(r"(?:19|20)\d\d")
_PEOPLE = re.compile(r"人口|人数|居民|people|pop|persons|residents|常住|户籍", re.IGNORECASE)


def year_question(count: int) -> Question:
    """Return the question which year each column or band is."""
    usual = ",".join(str(2020 + 5 * i) for i in range(count))
    if count > BANDS_OF_YEARS:
        return Question(
            "years",
            f"文件有 {count} 个波段/列，没有写明年份，多半不是年份（年龄组、性别、影像波段？）；若是年份请按顺序填写，用逗号分隔",
            f"The file has {count} bands or columns without a year, which hardly are years (ages, sexes, an image?); if they are, give them in order, separated by commas",
            (("none", "不是年份：不导入，请只导出总人口波段并写明年份", "they are no years: do not import, export the band of all persons with its year"), (usual, usual, usual)),
            "none",
        )  # fmt: skip
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
    if given == "none":
        raise RefusedError(
            error(
                "波段/列不是年份；请只导出总人口的波段或列，并在名称中写明年份（如 people_2020）",
                "the bands or columns are no years; export that of all persons only and write its year into its name (such as people_2020)",
            )
        )
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
    said = heads(table)
    meant = [c for c in table.columns if c not in taken and _PEOPLE.search(c) and said[c].what in COUNTS]
    meant = _one_kind(meant, said, answers)
    left = [c for c in table.columns if c not in taken and _PEOPLE.search(c) and said[c].what not in COUNTS]
    table.notes += [
        warning(f"“{c}”是{COUNTED.get(said[c].what, ('其他',))[0]}，不作为人口", f"'{c}' is {COUNTED.get(said[c].what, ('', 'something else'))[1]} and not taken as people", None, c)
        for c in left
    ]  # fmt: skip
    named = {c: _YEAR.search(c) for c in meant}
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
            _people(r[at], line, column, table, said[column]) for r, line in zip(table.rows, table.lines, strict=True)
        ]
        if said[column].factor != 1.0:
            table.notes.append(
                warning(
                    f"“{column}”的单位是“{said[column].unit}”，数值已乘以 {said[column].factor:.10g}",
                    f"the unit of '{column}' is '{said[column].unit}'; its numbers were multiplied by {said[column].factor:.10g}",
                    None,
                    column,
                )
            )
        table.notes.append(info(f"“{column}”作为 {year} 年人口", f"'{column}' is taken as the people of {year}"))
    return out


def _long(table: Table, column: str, taken: set[str]) -> dict[str, list[Any]]:
    """Return the people of a table with the year in a column of its own, where it is one year throughout."""
    at = table.columns.index(column)
    years = {m[0] for r in table.rows if (m := _YEAR.search(str(r[at])))}
    said = heads(table)
    people = [
        c for c in table.columns if c not in taken and c != column and _PEOPLE.search(c) and said[c].what in COUNTS
    ]
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
            _people(r[value], line, people[0], table, said[people[0]])
            for r, line in zip(table.rows, table.lines, strict=True)
        ]
    }


def _one_kind(columns: list[str], said: dict[str, Header], answers: dict[str, Any]) -> list[str]:
    """Return the columns of one count of people: residents by register and residents in fact are never mixed."""
    kinds = list(dict.fromkeys(said[c].key for c in columns))
    years = [(said[c].when or (m[0] if (m := _YEAR.search(c)) else "")) for c in columns]
    if len(kinds) < 2 or len(set(years)) == len(columns):
        return columns
    told = answers.get("people")
    if told in kinds:
        return [c for c in columns if said[c].key == told]
    choices = tuple((k, "、".join(c for c in columns if said[c].key == k), k) for k in kinds)
    guess = next((k for k in kinds if "常住" in k), kinds[0])
    raise OpenQuestionError(
        [Question("people", "文件有多种人口数，取哪一种？", "The file holds several counts of people; which to take?", choices, guess)]
    )  # fmt: skip


def _people(value: Any, line: int, column: str, table: Table, head: Header) -> float | None:
    read = quantity(value)
    found, how = read.value, read.how
    if how == "masked":
        table.notes.append(
            warning(
                f"“{column}”的值“{str(value)[:40]}”被遮盖，按未知处理",
                f"'{str(value)[:40]}' in column '{column}' is masked and taken as unknown",
                line,
                column,
            )
        )
        return None
    if found is not None:
        how = "bad" if read.what not in COUNTS or (read.factor != 1.0 and head.factor != 1.0) else how
        found *= head.factor
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
