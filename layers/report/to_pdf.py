"""A report as PDF, set by typst inside this process: no system library, no network, the Chinese font comes with us.

The text goes to the template as one JSON value; no word of it is ever part of the template.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from geo.errors import InputError
from geo.text import Text
from layers.page.legend import symbol_svg
from layers.report import blocks
from layers.report.blocks import Document, badge, clean, shown_width

__all__ = ["FONTS", "column_widths", "covered", "pdf", "png"]

FONTS = Path(__file__).resolve().parent / "fonts"
TEMPLATE = Path(__file__).resolve().parent / "report.typ"
LONG = 24
"""Letters without a blank after which a line may break: no hyphenation knows a file name or a hostile word."""
SHOWN = {0xFFFD: "□", 0x2028: " ", 0x2029: " "}
"""What our font has for what cannot be shown; a separator of lines is a blank."""
_UNBROKEN = re.compile(rf"[!-~\u00a1-\u2e7f]{{{LONG}}}(?=[!-~\u00a1-\u2e7f])")


def pdf(document: Document) -> bytes:
    """Return the document as PDF 1.7, text as text and every font inside; equal documents give equal bytes.

    Raises
    ------
    InputError
        If typst is not installed.
    """
    told = _document(document)
    noon = dt.datetime.combine(document.date, dt.time(12), tzinfo=dt.UTC)
    text = json.dumps(told, ensure_ascii=False)
    made = _typst().compile(
        TEMPLATE.read_bytes(), root=str(FONTS), font_paths=[str(FONTS)], ignore_system_fonts=not _rare(text),
        format="pdf", sys_inputs={"doc": text}, timestamp=noon,
    )  # fmt: skip
    return bytes(made)


def png(drawing: blocks.Drawing, *, dots: float = 200.0) -> bytes:
    """Return a drawing as a picture [dots an inch], for Word, which shows no SVG without one."""
    width = drawing.width or 88.0
    page = (
        f'#set page(width: {width:g}mm, height: auto, margin: 0mm)\n#set text(font: "Noto Sans CJK SC")\n'
        '#image(bytes(sys.inputs.svg), format: "svg", width: 100%)'
    )
    made = _typst().compile(
        page.encode(), root=str(FONTS), font_paths=[str(FONTS)], ignore_system_fonts=not _rare(drawing.svg),
        format="png", ppi=dots, sys_inputs={"svg": drawing.svg},
    )  # fmt: skip
    return bytes(made)


def _typst() -> Any:
    try:
        import typst
    except ImportError as error:
        raise InputError(
            Text(
                "写 PDF 和 DOCX 需要 typst：请安装（pip install typst），或改写 .html 再用浏览器打印",
                "PDF and DOCX need typst: install it (pip install typst), or write .html and print it from a browser",
            )
        ) from error
    return typst


@cache
def covered() -> frozenset[int]:
    """Return the characters of the font that comes with us: Latin with accents and all of GB 2312."""
    found = {
        *range(0x20, 0x7F),
        *range(0xA0, 0x100),
        0x200B,
        0x2013,
        0x2014,
        0x2022,
        0x2030,
        0x2212,
        0x2264,
        0x2265,
    }
    for lead in range(0xA1, 0xF8):
        for trail in range(0xA1, 0xFF):
            try:
                found.add(ord(bytes((lead, trail)).decode("gb2312")))
            except UnicodeDecodeError:  # not all places of the code are taken
                continue
    return frozenset(found)


def _rare(text: str) -> bool:
    """Return whether a text has characters that our font lacks: the machine's own fonts are then looked at too."""
    return not {ord(c) for c in text} <= covered()


def soft(text: str) -> str:
    """Return a text with the signs our font has for what cannot be shown, and with places to break a line in words that are too long for one."""
    return _UNBROKEN.sub(lambda m: m.group(0) + "\u200b", clean(text).translate(SHOWN))


def _badge(basis: str | None, lang: str) -> dict[str, str] | None:
    return None if basis is None else badge(basis, lang)


def _document(document: Document) -> dict[str, Any]:
    return {
        "title": soft(document.title), "subtitle": [soft(s) for s in document.subtitle], "foot": soft(document.foot),
        "lang": document.lang, "sheet": document.sheet,
        "year": document.date.year, "month": document.date.month, "day": document.date.day,
        "blocks": [_block(b, document.lang) for b in document.blocks],
    }  # fmt: skip


def _block(part: blocks.Block, lang: str) -> dict[str, Any]:
    match part:
        case blocks.Heading(text, level, basis):
            return {"kind": "heading", "text": soft(text), "level": level, "basis": _badge(basis, lang)}
        case blocks.Para(text, look, basis):
            return {"kind": "para", "text": soft(text), "look": look, "basis": _badge(basis, lang)}
        case blocks.Points(items):
            return {"kind": "points", "items": [{"text": soft(t), "basis": _badge(b, lang)} for t, b in items]}
        case blocks.Facts(pairs, inline):
            told = [{"name": soft(n), "told": [soft(t) for t in words]} for n, words in pairs]
            return {"kind": "facts", "pairs": told, "inline": inline}
        case blocks.KeyFigures(items):
            keys = [{"label": soft(i.label), "value": soft(i.value), "note": soft(i.note), "basis": _badge(i.basis, lang)} for i in items]  # fmt: skip
            return {"kind": "keys", "items": keys}
        case blocks.Figures(columns, legends, caption):
            return {
                "kind": "figures", "spare": part.spare, "caption": soft(caption), "legends": [_legend(one, lang) for one in legends],
                "fixed": all(d.width for column in columns for d in column),
                "columns": [[{"svg": d.svg, "width": d.width} for d in column] for column in columns],
            }  # fmt: skip
        case blocks.Table():
            return _table(part, lang)
    return {"kind": "break"}


def _legend(legend: Mapping[str, Any], lang: str) -> dict[str, Any]:
    entries = [{"svg": symbol_svg(e), "word": soft(e[lang])} for e in legend["entries"]]
    return {"title": soft(legend["title"][lang]), "entries": entries}


def _table(table: blocks.Table, lang: str) -> dict[str, Any]:
    return {
        "kind": "table", "title": soft(table.title), "basis": _badge(table.basis, lang), "note": soft(table.note),
        "widths": column_widths(table), "whole": list(table.whole),
        "head": [{"text": soft(c.text), "number": c.number} for c in table.head],
        "rows": [[{"text": soft(c.text)} for c in row] for row in table.rows],
    }  # fmt: skip


def column_widths(table: blocks.Table) -> list[float]:
    """Return how the width of a table is shared: by its longest words, text that can break counting less and less."""
    found = []
    for k, head in enumerate(table.head):
        widest = max([shown_width(row[k].text) for row in table.rows], default=0)
        least = max(min(shown_width(head.text), 12), 5)
        found.append(2.0 + max(least, widest if widest <= 16 else 16 + (min(widest, 160) - 16) ** 0.62))
    return found
