"""A chart on paper: bars beside each other, each with its number, as SVG without a word that is not escaped."""

from __future__ import annotations

import math
from collections.abc import Sequence

from layers.look.draw import INK
from layers.page.figure import safe
from layers.report.blocks import Drawing, shown_width

__all__ = ["COLOURS", "bars"]

COLOURS = ("#0b5fa5", "#9fb4c7", "#d39b2a")
"""Series in turn: they keep apart in grey print."""
BAR, GAP = 34.0, 26.0
FONT = "Noto Sans CJK SC, Source Han Sans SC, Microsoft YaHei, sans-serif"


def bars(
    rows: Sequence[tuple[str, Sequence[float | None]]], series: Sequence[str], *, width: float, unknown: str,
    percent: bool = False,
) -> Drawing:  # fmt: skip
    """Return horizontal bars.

    Parameters
    ----------
    rows
        A name and its values, one for each series; None or NaN is unknown and says so: no bar of length 0.
    series
        Names of the series.
    width
        Width on paper [mm].
    unknown
        The word for what is not known.
    percent
        Whether the values are shares, 1 being all.
    """
    left = 60.0 + min(max((shown_width(name) for name, _ in rows), default=0), 26) * 15.0
    across = width * 10
    known = [v for _, values in rows for v in values if v is not None and math.isfinite(v)]
    most = max([*known, 1e-9]) if not percent else max([*known, 1.0])
    room = across - left - 150
    made, y = [], 62.0
    for k, name in enumerate(series):
        x = left + k * min(420.0, room / max(len(series), 1))
        made.append(
            f'<rect x="{x:.0f}" y="8" width="30" height="30" fill="{COLOURS[k % 3]}"/>{_text(x + 42, 34, name)}'
        )
    for name, values in rows:
        height = len(values) * BAR
        made.append(_text(left - 16, y + height / 2 + 10, name, anchor="end"))
        for k, value in enumerate(values):
            there = value is not None and math.isfinite(value)
            long = room * float(value or 0) / most if there else 0.0
            said = (f"{value:.1%}" if percent else f"{value:,.0f}") if there else unknown
            if long > 0:
                made.append(f'<rect x="{left:.0f}" y="{y + k * BAR + 3:.0f}" width="{long:.1f}" height="{BAR - 6:.0f}" fill="{COLOURS[k % 3]}"/>')  # fmt: skip
            made.append(_text(left + long + 12, y + k * BAR + 26, said, quiet=not there))
        y += height + GAP
    made.append(f'<path d="M{left:.0f} 54V{y - GAP + 6:.0f}" stroke="{INK["line"]}" stroke-width="2"/>')
    tall = y - GAP + 12
    svg = (
        f'<svg class="map" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {across:.0f} {tall:.0f}" role="img" font-family="{FONT}">'
        f'<rect width="{across:.0f}" height="{tall:.0f}" fill="{INK["paper"]}"/>{"".join(made)}</svg>'
    )
    return Drawing(svg, width, tall / 10)


def _text(x: float, y: float, words: str, *, anchor: str = "start", quiet: bool = False) -> str:
    short = words if shown_width(words) <= 26 else words[: 24 if words.isascii() else 12] + "…"
    ink = INK["quiet"] if quiet else INK["text"]
    return f'<text x="{x:.0f}" y="{y:.0f}" font-size="28" text-anchor="{anchor}" fill="{ink}">{safe(short)}</text>'
