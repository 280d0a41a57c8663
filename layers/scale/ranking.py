"""Many places in order of one number, as a page that opens without a network."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pandas as pd

from geo.errors import InputError
from geo.text import Text
from layers.page import words
from layers.report.blocks import Cell, Document, Facts, Heading, KeyFigure, KeyFigures, Points, Table, badge

__all__ = ["document", "ranked"]

LEADING = ("share_walk", "ratio", "served_share", "access", "complete_15", "gini", "share", "covered", "gain")
"""Columns by which places are ranked where nobody says: the first there is, else the first number."""
QUIET = {"workspace", "method_zh", "method_en", "sources", "basis", "error_zh", "error_en", "name_zh", "parent_id"}
COLUMNS = 7
"""Numbers beside the one that ranks; the table of the same folder has all."""
SHOWN_CAUSES = 50

_SAID = {
    "title": Text("{n} 个工作区排名：{by}", "{n} workspaces ranked: {by}"),
    "order": Text("按“{by}”{way}排列", "ordered by {by}, {way}"),
    "high": Text("从高到低", "highest first"),
    "low": Text("从低到高", "lowest first"),
    "asked": Text("问题", "Question"),
    "answered": Text("已回答", "Answered"),
    "failed": Text("未能回答", "Not answered"),
    "median": Text("中位数", "Median"),
    "best": Text("最高", "Highest"),
    "worst": Text("最低", "Lowest"),
    "place": Text("工作区", "Workspace"),
    "basis": Text("依据", "Basis"),
    "rank": Text("名次", "Rank"),
    "method": Text("方法", "Method"),
    "sources": Text("数据来源", "Sources"),
    "unknown": Text("{n} 行没有这个数（资料中没有，不等于 0），列在最后", "{n} rows have no such number (not in the data, which is not 0) and stand last"),
    "more": Text("另有 {n} 个，见 table.csv", "{n} more are in table.csv"),
    "foot": Text(
        "由 Zone Planner 生成。每个数字的依据列在同一行；假设的内容仅供演示，不能作为规划依据。",
        "Made by Zone Planner. The basis of every number stands in its row; what is assumed is for illustration only.",
    ),
}  # fmt: skip


def ranked(table: pd.DataFrame, *, by: str | None = None, lowest_first: bool = False) -> tuple[pd.DataFrame, str]:
    """Return the answered rows in order with ``rank`` in front, and the column they are ranked by.

    Rows equal in it share a rank; rows without the number come last, without a rank. Of equals, the order of the table.

    Raises
    ------
    InputError
        If there is no such column, or it holds no number; the message lists those that do.
    """
    answered = table[table["error_zh"].isna()] if "error_zh" in table else table
    numbers = [c for c in answered if c not in QUIET and _numbers(answered[c]).notna().any()]
    if by is None:
        by = next((c for c in LEADING if c in numbers), next(iter(numbers), ""))
    if by not in numbers:
        raise InputError(
            Text(f"不能按“{by}”排名，可选：{'、'.join(numbers)}", f"cannot rank by '{by}', choose one of {', '.join(numbers)}")
        )  # fmt: skip
    values = _numbers(answered[by])
    order = values.sort_values(ascending=lowest_first, kind="stable", na_position="last").index
    out = answered.loc[order].copy()
    place = values.rank(method="min", ascending=lowest_first).astype("Int64")
    if "rank" in out:
        out = out.rename(columns={"rank": "rank_within"})
    out.insert(0, "rank", place.loc[order])
    return out, by


def _numbers(column: pd.Series) -> pd.Series:
    """Return a column as numbers, missing where it holds anything else; yes and no are no numbers."""
    plain = column.map(lambda v: v if isinstance(v, int | float) and not isinstance(v, bool) else None)
    return pd.to_numeric(plain, errors="coerce")


def document(
    table: pd.DataFrame, question: str, *, lang: str, date: dt.date, by: str | None = None, lowest_first: bool = False
) -> Document:
    """Return the page: how many answered, the ends and the middle, all in order, and who did not answer and why."""

    def say(key: str, **more: object) -> str:
        return _SAID[key]._asdict()[lang].format(**more)

    failed = table[table["error_zh"].notna()] if "error_zh" in table else table.iloc[:0]
    parts: list[Heading | KeyFigures | Table | Facts | Points] = []
    title = question
    if len(failed) < len(table):
        rows, by = ranked(table, by=by, lowest_first=lowest_first)
        name, values = words.header(by, lang), _numbers(rows[by]).dropna()
        title = say("title", n=rows["workspace"].nunique(), by=name)
        way = say("low" if lowest_first else "high")
        parts += [
            KeyFigures([
                _key(say("best"), values.max(), by, rows, values.idxmax(), lang),
                _key(say("median"), values.median(), by, rows, None, lang),
                _key(say("worst"), values.min(), by, rows, values.idxmin(), lang),
            ]),
            Heading(say("order", by=name, way=way)),
            _table(rows, by, lang, say),
        ]  # fmt: skip
        told = ((say("method"), f"method_{lang}"), (say("sources"), "sources"))
        parts.append(Facts([(head, sorted(set(rows[c].dropna().astype(str)))) for head, c in told if c in rows]))
    if len(failed):
        parts.append(Heading(f"{say('failed')} · {len(failed)}"))
        causes = [
            (f"{r['workspace']}：{r[f'error_{lang}']}", None) for r in failed.head(SHOWN_CAUSES).to_dict("records")
        ]
        parts.append(Points([*causes, *([(say("more", n=len(failed) - SHOWN_CAUSES), None)] if len(failed) > SHOWN_CAUSES else [])]))  # fmt: skip
    subtitle = (
        f"{say('asked')}：{question}" if lang == "zh" else f"{say('asked')}: {question}",
        f"{say('answered')} {table['workspace'].nunique() - failed['workspace'].nunique()} · {say('failed')} {len(failed)} · {date}",
    )
    return Document(title, subtitle, parts, lang, date, say("foot"))


def _key(label: str, value: float, by: str, rows: pd.DataFrame, at: object, lang: str) -> KeyFigure:
    row = rows.loc[[at]].iloc[0] if at is not None else None
    basis = str(row["basis"]) if row is not None else _weakest(rows)
    return KeyFigure(label, words.shown(by, float(value), lang), "" if row is None else str(row["name_zh"]), basis)


def _weakest(rows: pd.DataFrame) -> str:
    """Return the weakest basis among the rows: a middle of many rests on all of them."""
    order = ("assumed", "estimated", "derived", "sourced", "measured")
    there = set(rows["basis"].dropna().astype(str))
    return next((b for b in order if b in there), "assumed")


def _table(rows: pd.DataFrame, by: str, lang: str, say: Callable[..., str]) -> Table:
    texts = [c for c in rows if c in ("zone_id", "place_zh", "stage", "year")]
    more = [c for c in rows if c not in {*QUIET, *texts, by, "rank"} and _numbers(rows[c]).notna().any()]
    numbers = [by, *more[:COLUMNS]]
    head = [
        Cell(say("rank"), True), Cell(say("place")), *(Cell(words.header(c, lang)) for c in texts),
        *(Cell(words.header(c, lang), True) for c in numbers), Cell(say("basis")),
    ]  # fmt: skip
    body = [
        [
            Cell("—" if pd.isna(row["rank"]) else str(row["rank"]), True), Cell(str(row["name_zh"])),
            *(Cell("—" if pd.isna(row[c]) else str(row[c])) for c in texts),
            *(Cell(words.shown(c, row[c], lang), True) for c in numbers), Cell(badge(str(row["basis"]), lang)["word"]),
        ]
        for row in rows.to_dict("records")
    ]  # fmt: skip
    unknown = int(rows["rank"].isna().sum())
    return Table("", head, body, note=say("unknown", n=unknown) if unknown else "")
