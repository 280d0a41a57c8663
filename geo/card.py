"""A value as a notebook shows it: a short line, and a small card of HTML in which every value is escaped."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

import pandas as pd

from geo.text import Text

__all__ = ["card", "grid", "short"]

ROWS, COLUMNS, WIDTH = 5, 9, 300


def short(value: object, width: int = 40) -> str:
    r"""Return a value on one line of at most ``width`` characters.

    Names come from files: a line break, an escape sequence of a terminal or a mark that turns the reading direction
    becomes a space or a question mark.

    Examples
    --------
    >>> short("第一\n小学"), short("a very long name of a school", 12)
    ('第一 小学', 'a very long…')
    >>> short("red \x1b[31m")
    'red ?[31m'
    """
    line = "".join(c if c.isprintable() else "?" for c in " ".join(str(value).split()))
    return line if len(line) <= width else f"{line[: width - 1].rstrip()}…"


def card(title: object, facts: Mapping[str, object], *tables: str) -> str:
    """Return a title, facts as a table of two columns, and tables made by ``grid``; a fact without a value is left out.

    Examples
    --------
    >>> card("<b>", {"basis": "assumed", "note": ""})
    '<div><strong>&lt;b&gt;</strong><table><tr><th>basis</th><td>assumed</td></tr></table></div>'
    """
    rows = "".join(
        f"<tr><th>{_safe(name)}</th><td>{_safe(value)}</td></tr>"
        for name, value in facts.items()
        if value is not None and value != ""
    )
    return f"<div><strong>{_safe(title)}</strong><table>{rows}</table>{''.join(tables)}</div>"


def grid(frame: pd.DataFrame, name: str = "", rows: int = ROWS) -> str:
    """Return the first rows and columns of a table as HTML, without geometry.

    Examples
    --------
    >>> grid(pd.DataFrame({"people": [1100.0]}, index=["<south>"]))
    '<table><tr><th></th><th>people</th></tr><tr><th>&lt;south&gt;</th><td>1,100</td></tr></table>'
    """
    table = pd.DataFrame(frame).drop(columns="geometry", errors="ignore")
    shown = table.iloc[:rows, :COLUMNS]
    more = [" …"] if table.shape[1] > COLUMNS else []
    head = "".join(f"<th>{_safe(c)}</th>" for c in [shown.index.name or "", *shown.columns, *more])
    body = "".join(
        f"<tr><th>{_safe(label)}</th>{''.join(f'<td>{_safe(_number(v))}</td>' for v in values)}</tr>"
        for label, values in zip(shown.index, shown.itertuples(index=False, name=None), strict=True)
    )
    left = len(table) - len(shown)
    caption = f"{_safe(name)}{f' (+ {left})' if left else ''}" if name else ""
    return f"<table>{f'<caption>{caption}</caption>' if caption else ''}<tr>{head}</tr>{body}</table>"


def _safe(value: object) -> str:
    if isinstance(value, Text) and value.zh == value.en:
        value = value.zh
    return escape(short(value, WIDTH), quote=True)


def _number(value: object) -> object:
    """Return a float as a planner reads it: 1,234.5 and not 1234.4999999999998."""
    if isinstance(value, float):
        return f"{value:,.3f}".rstrip("0").rstrip(".") if abs(value) < 1e15 else f"{value:g}"
    return value
