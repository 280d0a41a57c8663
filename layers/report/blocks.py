"""What a report says, as plain values: three writers read it, none adds a word of its own.

A text is a text here, never markup: each writer makes it harmless for its own format.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from layers.look import draw

__all__ = [
    "Block", "Break", "Cell", "Document", "Drawing", "Facts", "Figures", "Heading", "KeyFigure", "KeyFigures", "Para",
    "Points", "Table", "badge", "clean", "shown_width",
]  # fmt: skip

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def clean(text: object) -> str:
    """Return a text without control characters, which no format of ours can hold; nothing else is changed."""
    return _CONTROL.sub("\ufffd", str(text))


def shown_width(text: str) -> int:
    """Return how wide a text is, in half-width characters: a Chinese one is two."""
    return sum(2 if ord(c) >= 0x2E80 else 1 for c in text)


@dataclass(frozen=True)
class Heading:
    """A heading; ``basis`` is that of everything below it, where it is one."""

    text: str
    level: int = 2
    basis: str | None = None


@dataclass(frozen=True)
class Para:
    """A paragraph: ``text``, or small print (``quiet``), or a warning that must be seen (``notice``)."""

    text: str
    look: str = "text"
    basis: str | None = None


@dataclass(frozen=True)
class Points:
    """Sentences below each other, each with the basis of its numbers where it has any."""

    items: Sequence[tuple[str, str | None]]


@dataclass(frozen=True)
class Facts:
    """Words beside what they stand for: method, parameters, notes. A list may run on in one line."""

    pairs: Sequence[tuple[str, Sequence[str]]]
    inline: bool = False


@dataclass(frozen=True)
class KeyFigure:
    """One number that is read first."""

    label: str
    value: str
    note: str
    basis: str


@dataclass(frozen=True)
class KeyFigures:
    """Four to six of them in a row."""

    items: Sequence[KeyFigure]


@dataclass(frozen=True)
class Drawing:
    """A picture as SVG, and its size on paper [mm]; 0 is "as wide as there is room"."""

    svg: str
    width: float = 0.0
    height: float = 0.0


@dataclass(frozen=True)
class Figures:
    """Drawings beside each other: columns of drawings, and below them the legends and the caption."""

    columns: Sequence[Sequence[Drawing]]
    legends: Sequence[Mapping[str, Any]] = ()
    caption: str = ""
    spare: bool = False
    """Left out where a sheet has no room for it."""


@dataclass(frozen=True)
class Cell:
    """A cell of a table; numbers stand to the right."""

    text: str
    number: bool = False


@dataclass(frozen=True)
class Table:
    """A table with its title, the basis of all its numbers, and what it leaves out."""

    title: str
    head: Sequence[Cell]
    rows: Sequence[Sequence[Cell]]
    whole: Sequence[bool] = ()
    """Which rows are sums of others, and so stand out."""
    basis: str | None = None
    note: str = ""


@dataclass(frozen=True)
class Break:
    """A new page."""


Block = Heading | Para | Points | Facts | KeyFigures | Figures | Table | Break


@dataclass(frozen=True)
class Document:
    """A report or a sheet: head, blocks, foot."""

    title: str
    subtitle: Sequence[str]
    blocks: Sequence[Block]
    lang: str
    date: dt.date
    foot: str
    sheet: bool = False
    """One page of A4: what does not fit is left out by whoever made the blocks, never by the writer."""


def badge(basis: str | None, lang: str) -> dict[str, str]:
    """Return the word of a basis in a language, and its colours."""
    look = draw.basis_style(basis)
    return {"word": str(look[lang]), "ink": str(look["ink"]), "ground": str(look["ground"])}
