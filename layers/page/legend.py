"""Legends of still pictures: HTML and small SVGs made of constants."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from layers.page.figure import dashed, safe

__all__ = ["legend_svg", "symbol_svg"]


def legend_svg(legends: Iterable[Mapping[str, Any]], lang: str) -> str:
    """Return legends of :func:`layers.draw.legend` as HTML; symbols are small SVGs of constants."""
    made = []
    for one in legends:
        rows = "".join(f"<li>{symbol_svg(e)}{safe(e[lang])}</li>" for e in one["entries"])
        made.append(f"<section><h4>{safe(one['title'][lang])}</h4><ul>{rows}</ul></section>")
    return f'<div class="legend">{"".join(made)}</div>'


def symbol_svg(entry: Mapping[str, Any]) -> str:
    """Return the symbol of an entry of a legend as a small SVG of constants."""
    if entry["symbol"] == "icon":
        return str(entry["svg"])
    if entry["symbol"] == "line":
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="30" height="12" viewBox="0 0 30 12" aria-hidden="true"><path d="M1 6H29" stroke="{entry["colour"]}" '
            f'stroke-width="{entry.get("weight", 2)}"{dashed(entry.get("dashArray"))}/></svg>'
        )
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="20" height="12" viewBox="0 0 20 12" aria-hidden="true"><rect width="20" height="12" rx="2" fill="{entry["colour"]}"/></svg>'
