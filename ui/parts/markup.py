"""Small pieces of HTML for the panels. Every text from data goes through ``html.escape``; there is no other way in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from html import escape
from html.parser import HTMLParser
from typing import Any, Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ui.words import BASIS, pick, say

__all__ = [
    "Cell",
    "Figure",
    "Row",
    "Tone",
    "answered",
    "collected",
    "figures",
    "grouped",
    "heading",
    "indented",
    "lettered",
    "listing",
    "method",
    "numbers",
    "paragraph",
    "pill",
    "plain",
    "sent",
    "steps",
    "table",
    "title",
    "trees",
]

_PIECES: ContextVar[list[str] | None] = ContextVar("pieces", default=None)
Tone = Literal["", "good", "bad"]
Figure = tuple[str, str, str, str, Tone]
"""What it is, the number, its unit, a note, a tone."""
Row = tuple[str, str, Tone]
"""A text, a figure, a tone."""
Cell = tuple[str, str, Tone]
"""A figure, what stands small below it, the tone of that."""


def indented(name: str, level: str) -> str:
    """Return the name of a zone for a list: a sub-area's is set in below its zone's."""
    return f"\u2003{name}" if level == "sub_area" else name


def pill(basis: str, lang: str = "") -> str:
    """Return the badge of a basis as HTML, in ``lang`` or in the language of the session."""
    words = pick(BASIS[basis], lang) if basis in BASIS else ""
    return f'<span class="zp-pill zp-{escape(basis)}">{escape(words)}</span>' if words else ""


@contextmanager
def collected() -> Iterator[list[str]]:
    """Give what is shown inside, as pieces of HTML, instead of sending it."""
    pieces: list[str] = []
    mark = _PIECES.set(pieces)
    try:
        yield pieces
    finally:
        _PIECES.reset(mark)


def sent(pieces: Iterable[str], name: str = "") -> None:
    """Send pieces as one: each by itself would be a message of its own, to the server's cost and the browser's.

    Under ``name`` the map's script finds it (``ui/map/host/prompt.js``).
    """
    if inside := "".join(pieces):
        st.html(f'<div class="{escape(f"zp-together {name}".rstrip())}">{inside}</div>')


class _Tree(HTMLParser):
    """Reads pieces of this module: elements closed one by one, with no attribute but a class."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[list[Any]] = [[]]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = [tag, (dict(attrs).get("class") or "").strip()]
        self.open[-1].append(node)
        self.open.append(node)

    def handle_endtag(self, _tag: str) -> None:
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].append(data)


def trees(pieces: Iterable[str]) -> list[Any]:
    """Return pieces as the map's script builds them: each element as its tag, its class and what is in it, texts as they are.

    Examples
    --------
    >>> trees(['<p class="zp-sub">a &lt; b<b>c</b></p>'])
    [['p', 'zp-sub', 'a < b', ['b', '', 'c']]]
    """
    parser = _Tree()
    parser.feed("".join(pieces))
    parser.close()
    return parser.open[0]


def _show(text: str) -> None:
    pieces = _PIECES.get()
    if pieces is None:
        st.html(text)
    else:
        pieces.append(f"<div>{text}</div>")


def plain(text: str) -> str:
    """Return a text of the data so that a label of Streamlit, which reads markdown, shows it sign by sign."""
    return "".join(f"\\{c}" if c in "\\`*_{}[]()#+-.!|<>:$~" else c for c in text)


def title(text: str, under: str = "", basis: str = "") -> None:
    """Show the head of a panel: a title, its basis, and one line below."""
    below = f'<p class="zp-sub">{escape(under)}</p>' if under else ""
    _show(f'<p class="zp-title">{escape(text)}{pill(basis)}</p>{below}')


def answered(sentence: str, head: str, under: str = "", basis: str = "", more: str = "") -> None:
    """Open a panel: what it is about, small; its answer in one sentence with its basis; what qualifies it below."""
    told = "".join(f'<p class="zp-sub">{escape(text)}</p>' for text in (more, under) if text)
    _show(
        f'<p class="zp-kicker">{escape(head)}</p><p class="zp-answer">{escape(sentence[:1].upper() + sentence[1:])}{pill(basis)}</p>{told}'
    )


def heading(text: str, basis: str = "") -> None:
    """Show a heading inside a panel."""
    _show(f'<p class="zp-h">{escape(text)}{pill(basis)}</p>')


def paragraph(text: str) -> None:
    """Show a quiet line of explanation."""
    _show(f'<p class="zp-sub">{escape(text)}</p>')


def figures(items: Iterable[Figure]) -> None:
    """Show numbers as tiles: label, number with unit, note."""
    items = list(items)
    cells = "".join(
        f'<div class="zp-figure {tone}"><div class="k">{escape(label)}</div>'
        f'<div class="v">{escape(value)}<small>{escape(unit)}</small></div><div class="n">{escape(note)}</div></div>'
        for label, value, unit, note, tone in items
    )
    _show(f'<div class="zp-figures {"two" if len(items) in (2, 4) else ""}">{cells}</div>')


def lettered(text: str, *, where: DeltaGenerator) -> None:
    """Show the letter of a row, that figures and map call it by."""
    where.html(f'<b class="zp-letter">{escape(text)}</b>')


def listing(rows: Iterable[Row]) -> None:
    """Show rows of a text on the left and a figure on the right."""
    kinds = {"good": "yes", "bad": "no", "": ""}
    lines = "".join(f'<li><span>{escape(a)}</span><b class="{kinds[t]}">{escape(b)}</b></li>' for a, b, t in rows)
    _show(f'<ul class="zp-list">{lines}</ul>')


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Show a table whose cells wrap, for sentences that must be read whole."""
    top = "".join(f"<th>{escape(h)}</th>" for h in heads)
    body = "".join("<tr>" + "".join(f"<td>{escape(c)}</td>" for c in row) + "</tr>" for row in rows)
    _show(f'<table class="zp-table"><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>')


def grouped(heads: Sequence[str], groups: Iterable[tuple[str, str, Sequence[str]]]) -> None:
    """Show a table of few columns with a line above each row: what the row is about, and what comes of it."""
    top = "".join(f"<th>{escape(h)}</th>" for h in heads)
    body = "".join(
        f'<tr class="about"><td colspan="{len(heads)}"><b>{escape(name)}</b><span>{escape(end)}</span></td></tr><tr>'
        + "".join(f"<td>{escape(c)}</td>" for c in row)
        + "</tr>"
        for name, end, row in groups
    )
    _show(f'<table class="zp-table zp-grouped"><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>')


def numbers(heads: Sequence[str], rows: Iterable[tuple[str, str, Sequence[Cell]]]) -> None:
    """Show a table of numbers: each row a name, what stands small below it, and its cells."""
    kinds = {"good": "yes", "bad": "no", "": ""}
    # The corner above the names is no head: a screen reader would announce a column without a name.
    top = "".join(f"<th>{escape(h)}</th>" if h else "<td></td>" for h in heads)
    body = "".join(
        f"<tr><th>{escape(name)}{f'<small>{escape(under)}</small>' if under else ''}</th>"
        + "".join(f'<td>{escape(a)}<small class="{kinds[t]}">{escape(b)}</small></td>' for a, b, t in cells)
        + "</tr>"
        for name, under, cells in rows
    )
    _show(f'<table class="zp-numbers"><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>')


def steps(texts: Sequence[str]) -> None:
    """Show a numbered list."""
    _show('<ol class="zp-steps">' + "".join(f"<li>{escape(t)}</li>" for t in texts) + "</ol>")


def method(text: str, sources: Sequence[str] = ()) -> None:
    """Show how a number came to be, and from which sources."""
    told = f"{say('sources')}{say('between').join(sources)}" if sources else ""
    _show(f'<p class="zp-method">{escape(text)}{"<br>" if told else ""}{escape(told)}</p>')
