"""A report as one HTML file for A4: no script, no request; the browser prints it as it stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from layers.page.figure import safe
from layers.page.html import asset, page
from layers.page.legend import legend_svg
from layers.report import blocks
from layers.report.blocks import Document, badge, clean

__all__ = ["html"]

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def html(document: Document) -> str:
    """Return the document as HTML; a sheet is exactly one page of A4 when it is printed."""
    head = f"<style>{asset('report.css')}</style>"
    lines = "".join(f'<p class="quiet">{safe(line)}</p>' for line in document.subtitle)
    body = (
        f"<header><h1>{safe(document.title)}</h1>{lines}</header>{_sections(document.blocks, document.lang)}"
        f"<footer>{safe(document.foot)}</footer>"
    )
    kind = "sheet" if document.sheet else "report"
    return page(clean(document.title), document.lang, _POLICY, head, f'<div class="{kind}">{body}</div>')


def _sections(parts: Sequence[blocks.Block], lang: str) -> str:
    """Return the blocks, a section from each heading of the second level to the next."""
    made, open_now, fresh = [], False, False
    for part in parts:
        if isinstance(part, blocks.Break):
            fresh = True
            continue
        if isinstance(part, blocks.Heading) and part.level == 2:
            made.append(("</section>" if open_now else "") + f"<section class='answer{' fresh' if fresh else ''}'>")
            open_now, fresh = True, False
        made.append(_block(part, lang))
    return "".join(made) + ("</section>" if open_now else "")


def _badge(basis: str | None, lang: str) -> str:
    if basis is None:
        return ""
    look = badge(basis, lang)
    return f' <span class="badge" style="color:{look["ink"]};background:{look["ground"]}">{safe(look["word"])}</span>'


def _block(part: blocks.Block, lang: str) -> str:
    match part:
        case blocks.Heading(text, level, basis):
            return f"<h{level}>{safe(text)}{_badge(basis, lang)}</h{level}>"
        case blocks.Para(text, look, basis):
            kind = "" if look == "text" else f' class="{look}"'
            return f"<p{kind}>{safe(text)}{_badge(basis, lang)}</p>"
        case blocks.Points(items):
            return "<ul>" + "".join(f"<li>{safe(t)}{_badge(b, lang)}</li>" for t, b in items) + "</ul>"
        case blocks.Facts(pairs, inline):
            return "<dl>" + "".join(_fact(name, told, inline) for name, told in pairs) + "</dl>"
        case blocks.KeyFigures(items):
            return '<div class="keys">' + "".join(_key(i, lang) for i in items) + "</div>"
        case blocks.Figures(columns, legends, caption):
            return _figures(columns, legends, caption, lang)
        case blocks.Table():
            return _table(part, lang)
    return ""


def _fact(name: str, told: Sequence[str], inline: bool) -> str:
    if len(told) == 1:
        return f"<dt>{safe(name)}</dt><dd>{safe(told[0])}</dd>"
    rows = "".join(f"<li>{safe(t)}</li>" for t in told)
    return f"<dt>{safe(name)}</dt><dd><ul{' class=inline' if inline else ''}>{rows}</ul></dd>"


def _key(item: blocks.KeyFigure, lang: str) -> str:
    return (
        f'<div class="key"><p>{safe(item.label)}</p><b>{safe(item.value)}</b>'
        f"<p>{safe(item.note)}{_badge(item.basis, lang)}</p></div>"
    )


def _figures(
    columns: Sequence[Sequence[blocks.Drawing]], legends: Sequence[Mapping[str, Any]], caption: str, lang: str
) -> str:
    at_scale = all(d.width for column in columns for d in column)
    rows = []
    for column in columns:
        inside = "".join(
            f'<div style="width:{d.width:g}mm;height:{d.height:g}mm">{d.svg}</div>' if d.width else d.svg
            for d in column
        )
        rows.append(f'<div class="column">{inside}</div>' if at_scale else inside)
    told = f'<p class="quiet">{safe(caption)}</p>' if caption else ""
    return f'<div class="{"plates" if at_scale else "maps"}">{"".join(rows)}</div>{legend_svg(legends, lang) if legends else ""}{told}'


def _table(table: blocks.Table, lang: str) -> str:
    heads = "".join(f"<th{' class=n' if c.number else ''}>{safe(c.text)}</th>" for c in table.head)
    rows = []
    for k, row in enumerate(table.rows):
        cells = "".join(f"<td{' class=n' if c.number else ''}>{safe(c.text)}</td>" for c in row)
        whole = k < len(table.whole) and table.whole[k]
        rows.append(f"<tr{' class=whole' if whole else ''}>{cells}</tr>")
    title = f"<h3>{safe(table.title)}{_badge(table.basis, lang)}</h3>" if table.title else ""
    note = f'<p class="quiet">{safe(table.note)}</p>' if table.note else ""
    return f"{title}<table><thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table>{note}"
