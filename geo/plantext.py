"""Finds a quotation in the plan: exact but for white space, with its chapter, its sentence and its neighbours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

import pandas as pd

__all__ = ["PLACE_COLUMNS", "missing", "places", "sentences"]

PLACE_COLUMNS = (
    "paragraph",
    "chapter",
    "section",
    "item",
    "clause",
    "kind",
    "before",
    "sentence",
    "after",
    "start",
    "end",
)
"""Columns of ``places``; ``start`` and ``end`` count in ``sentence``."""
END = re.compile(r"[。！？!?]+[”’」』)）]*|[；;]")
"""Where a sentence ends. A semicolon parts sentences too: the plan lists its tasks with it, many to a full stop."""
SPACE = re.compile(r"\s+")


def sentences(paragraph: str) -> list[tuple[int, int]]:
    """Return start and end of each sentence of a paragraph; together they are the whole of it.

    Examples
    --------
    >>> [("建桥。修路;种树")[a:b] for a, b in sentences("建桥。修路;种树")]
    ['建桥。', '修路;', '种树']
    """
    cuts = [m.end() for m in END.finditer(paragraph)]
    bounds = [0, *(c for c in cuts if c < len(paragraph)), len(paragraph)]
    return [(a, b) for a, b in pairwise(bounds) if b > a]


def missing(text: pd.DataFrame, quotes: pd.Series) -> list[int]:
    """Return the positions of the quotations that stand nowhere in the text, or are empty.

    Parameters
    ----------
    text
        Paragraphs, column ``text``.
    quotes
        Quotations; white space in them, or lacking, does not count.

    Examples
    --------
    >>> missing(pd.DataFrame({"text": ["到2025年 建成20所"]}), pd.Series(["2025年建成", "30所"]))
    [1]
    """
    bare = [SPACE.sub("", str(words)) for words in text["text"]] if len(text) else []
    sought = [SPACE.sub("", words) if isinstance(words, str) else "" for words in quotes]
    return [i for i, quote in enumerate(sought) if not quote or not any(quote in words for words in bare)]


def places(text: pd.DataFrame, quote: str) -> pd.DataFrame:
    """Return every place of a quotation in the text.

    Parameters
    ----------
    text
        The plan, a row for each paragraph, heading or row of a table, in order: ``text``, and ``paragraph``,
        ``chapter``, ``section``, ``item``, ``clause``, ``kind`` where known.
    quote
        Words within one paragraph. White space in them, or lacking, does not count; every other sign does.

    Returns
    -------
    table
        One row a place: where it stands; the ``sentence`` that holds the words, with what stands ``before`` and
        ``after`` it in the paragraph; where it is the first or the last, the paragraph next to it. ``start`` and
        ``end`` are those of the words in ``sentence`` [characters]. No rows where the words are nowhere.

    Examples
    --------
    >>> plan = pd.DataFrame({"clause": ["第七章（三）"], "text": ["补齐短板。学校达到 20所。提升品质。"]})
    >>> place = places(plan, "达到20所").iloc[0]
    >>> place["clause"], place["before"], place["sentence"], place["after"]
    ('第七章（三）', '补齐短板。', '学校达到 20所。', '提升品质。')
    >>> place["sentence"][place["start"] : place["end"]]
    '达到 20所'
    """
    rows = []
    paragraphs = [str(words) for words in text["text"]] if len(text) else []
    sought = "".join(quote.split())
    for at, words in enumerate(paragraphs):
        if sought not in "".join(words.split()):
            continue  # most paragraphs: none is cut into sentences, nor read sign by sign, for nothing
        spans = sentences(words)
        for start, end in _spans(words, sought):
            first = next(i for i, (_, b) in enumerate(spans) if b > start)
            last = next(i for i, (_, b) in enumerate(spans) if b >= end)
            begin, finish = spans[first][0], spans[last][1]
            before = words[spans[first - 1][0] : begin] if first else _paragraph(paragraphs, at - 1)
            after = words[finish : spans[last + 1][1]] if last + 1 < len(spans) else _paragraph(paragraphs, at + 1)
            row = text.iloc[at]
            where = {c: row[c] if c in text and pd.notna(row[c]) else "" for c in PLACE_COLUMNS[:6]}
            said = {"before": before, "sentence": words[begin:finish], "after": after}
            rows.append({**where, **said, "start": start - begin, "end": end - begin})
    return pd.DataFrame(rows, columns=list(PLACE_COLUMNS))


def _paragraph(paragraphs: list[str], at: int) -> str:
    return paragraphs[at] if 0 <= at < len(paragraphs) else ""


def _spans(words: str, sought: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of each place of a quotation without white space in a paragraph; places do not overlap."""
    kept = [i for i, sign in enumerate(words) if not sign.isspace()]
    bare = "".join(words[i] for i in kept)
    at = bare.find(sought) if sought else -1
    while at >= 0:
        yield kept[at], kept[at + len(sought) - 1] + 1
        at = bare.find(sought, at + len(sought))
