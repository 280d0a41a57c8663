"""Letters on a still picture: names that keep off one another and off the signs, the scale bar, north."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from html import escape

import geopandas as gpd
import pandas as pd
import shapely

from layers.look import draw
from layers.page.window import Window

__all__ = ["labels", "safe", "scale_bar"]

MOVES = (-1.3, 1.4, -2.4, 2.6)
"""How far a name may move up or down from its place to keep off signs and other names, in heights of a letter."""
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def safe(text: object) -> str:
    """Return a text for HTML or SVG: escaped, without control characters; it can only ever be shown."""
    return escape(_CONTROL.sub("\ufffd", str(text)), quote=True)


def labels(
    zones: gpd.GeoDataFrame, frame: Window, lang: str, signs: Sequence[shapely.Polygon] = (), *, card: bool = False
) -> str:
    """Return the names of zones and sub-areas, with a halo; on a card those of the parts alone, which bears the zone's itself."""
    made: list[str] = []
    taken: list[shapely.Polygon] = []
    names = ("name_en",) if lang == "en" else ("short_zh", "name_zh")
    leaves = set(zones["parent_id"].dropna().astype(str)) if "parent_id" in zones else set()
    ordered = sorted(
        zones.iterrows(), key=lambda item: str(item[1]["level"]) != "zone"
    )  # a zone's name comes before its parts'
    for i, row in ordered:
        text = next((str(row[n]) for n in names if n in zones and pd.notna(row[n]) and str(row[n])), str(i))
        part = row.geometry.intersection(frame.box)
        if part.is_empty:
            continue
        x, y = frame.at(shapely.point_on_surface(part))
        whole = str(row["level"]) == "zone"
        if whole and card:
            continue
        if whole and str(i) in leaves:  # the name of a divided zone stands at its upper edge
            west, _, east, north = part.bounds
            x, y = frame.at(shapely.Point((west + east) / 2, north))
            y = max(y - 10, 40)
        size = 38 if whole else (13 if lang == "en" else 17) if card else 28
        half = sum(size if ord(c) >= 0x2E80 else size * 0.56 for c in text) / 2
        boxes = [
            shapely.box(x - half, y - size + up, x + half, y + size * 0.2 + up)
            for up in (0, *(k * size for k in MOVES))
        ]
        free = [b for b in boxes if not any(b.intersects(o) for o in taken)]
        if not whole and not free:
            continue  # a name over another is neither of the two
        # Beside the signs where there is room; a name is worth more than a corner of a sign.
        box = next((b for b in free if not any(b.intersects(o) for o in signs)), free[0] if free else boxes[0])
        y += box.bounds[1] - boxes[0].bounds[1]
        taken.append(box)
        made.append(
            f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="middle" font-size="{size}" font-weight="{700 if whole else 400}" '
            f'fill="{draw.INK["text"]}" stroke="#fff" stroke-width="{size / 4:.0f}" paint-order="stroke" stroke-linejoin="round">{safe(text)}</text>'
        )
    return "".join(made)


def scale_bar(frame: Window, *, north: bool = True, size: int = 26) -> str:
    """Return a bar of a round length, about a fifth of the width, and north."""
    wanted = frame.width / 5 / frame.scale
    power = 10 ** math.floor(math.log10(wanted))
    metres = max(m for m in (power, 2 * power, 5 * power) if m <= wanted)
    words = f"{metres / 1000:g} km" if metres >= 1000 else f"{metres:g} m"
    y, length = frame.height - 24, metres * frame.scale
    ink = draw.INK["text"]
    bar = (
        f'<path d="M24 {y - 7:.0f}V{y:.0f}H{24 + length:.1f}V{y - 7:.0f}" fill="none" stroke="{ink}" stroke-width="{size / 9:.0f}"/>'
        f'<text x="{32 + length:.1f}" y="{y + size / 3.25:.0f}" font-size="{size}" fill="{ink}" stroke="#fff" stroke-width="{size / 4.3:.0f}" '
        f'paint-order="stroke">{words}</text>'
    )
    if not north:
        return bar
    return bar + (
        f'<path d="M{frame.width - 36:.0f} 46l15 36-15-10-15 10z" fill="{ink}"/>'
        f'<text x="{frame.width - 36:.0f}" y="38" text-anchor="middle" font-size="28" fill="{ink}">N</text>'
    )
