"""Charts of what is not known for sure: the draws of a number, the interval of each zone, and what makes it wide."""

from __future__ import annotations

from html import escape

import numpy as np
import pandas as pd

from ui.parts.charts import BAD, GREY, INK, MAIN, WIDE, Plot, shown, ticks
from ui.words import BASIS, pick, say

__all__ = ["drivers", "histogram", "whiskers"]

BINS = 24
ROW = 22
"""Height of a row of bars or whiskers [units]."""


def histogram(values: pd.Series, low: float, high: float, central: float, *, percent: bool = False) -> str:
    """Return how often each size came out of the draws: what lies in the interval dark, the number of the plain answer marked."""
    form = ".0%" if percent else ",.0f"
    known = values[np.isfinite(values)].to_numpy(float)
    if not len(known) or known.min() == known.max():
        return ""
    counts, edges = np.histogram(known, BINS)
    reach = (min(edges[0], central), max(edges[-1], central)) if np.isfinite(central) else (edges[0], edges[-1])
    plot = Plot(150, (float(reach[0]), float(reach[1])), (0.0, float(counts.max())), left=14, right=14)
    for v in ticks(*plot.across):
        plot.text(plot.x(v), plot.high - 8, format(v, form), anchor="middle")
    for n, a, b in zip(counts, edges, edges[1:], strict=False):
        inside = low <= (a + b) / 2 <= high
        tip = say("sure_bin", low=format(a, form), high=format(b, form), n=int(n))
        plot.parts.append(
            f'<rect x="{plot.x(a) + 0.5:.1f}" y="{plot.y(n):.1f}" width="{max(plot.x(b) - plot.x(a) - 1, 0.5):.1f}" height="{plot.y(0) - plot.y(n):.1f}" fill="{MAIN if inside else GREY}"><title>{escape(tip)}</title></rect>'
        )
    legend = [(say("sure_inside"), MAIN, "box"), (say("sure_outside"), GREY, "box")]
    if np.isfinite(central):
        plot.line(((central, 0.0), (central, plot.up[1])), BAD, width=2.0)
        legend.append((say("sure_plain", n=format(central, form)), BAD, "tick"))
    told = say("sure_told", low=format(low, form), high=format(high, form), n=len(known))
    return plot.svg(say("sure_draws"), told, legend)


def whiskers(table: pd.DataFrame, *, percent: bool = False) -> str:
    """Return one line a zone from low to high, with the median and the number of the plain answer as dots.

    ``table`` has columns name, low, median, high and central.
    """
    form = ".0%" if percent else ",.0f"
    rows = table[np.isfinite(table["high"])].to_dict("records")
    if not rows:
        return ""
    most = max([*table["high"].dropna(), *table["central"].dropna(), 1e-9])
    plot = Plot(ROW * len(rows) + 26, (0.0, float(most) * 1.03), (0.0, 1.0), left=132, below=20)
    for v in ticks(*plot.across):
        plot.parts.append(f'<line x1="{plot.x(v):.1f}" x2="{plot.x(v):.1f}" y1="2" y2="{plot.high - 20:g}" stroke="var(--zp-line)"/>')  # fmt: skip
        plot.text(plot.x(v), plot.high - 6, format(v, form), anchor="middle")
    told = []
    for i, row in enumerate(rows):
        y = 4 + ROW * i + ROW / 2
        tip = say("sure_zone", zone=row["name"], low=format(row["low"], form), high=format(row["high"], form))
        told.append(tip)
        plot.text(plot.left - 6, y + 4, shown(str(row["name"]), 20), anchor="end", colour=INK)
        plot.parts.append(
            f'<line x1="{plot.x(row["low"]):.1f}" x2="{max(plot.x(row["high"]), plot.x(row["low"]) + 1):.1f}" y1="{y:g}" y2="{y:g}" stroke="{MAIN}" stroke-width="3" stroke-linecap="round"><title>{escape(tip)}</title></line>'
        )
        plot.parts.append(f'<circle cx="{plot.x(row["median"]):.1f}" cy="{y:g}" r="4" fill="{MAIN}"/>')
        if np.isfinite(row["central"]):
            plot.parts.append(f'<rect x="{plot.x(row["central"]) - 1.2:.1f}" y="{y - 7:g}" width="2.4" height="14" fill="{BAD}"/>')  # fmt: skip
    looks = [(say("sure_range"), MAIN, "line"), (say("sure_plain_short"), BAD, "tick")]
    return plot.svg(say("sure_by_zone"), "; ".join(told), looks)


def drivers(table: pd.DataFrame) -> str:
    """Return how much of the width each input makes (Sobol's total effect) as bars, each with its basis in words.

    ``table`` has columns name, basis and total.
    """
    rows = table.sort_values("total", ascending=False).to_dict("records")
    plot = Plot(ROW * max(len(rows), 1) + 22, (0.0, 1.0), (0.0, 1.0), left=168, right=40, below=18)
    told = []
    for v in (0.0, 0.5, 1.0):
        plot.parts.append(f'<line x1="{plot.x(v):.1f}" x2="{plot.x(v):.1f}" y1="2" y2="{plot.high - 18:g}" stroke="var(--zp-line)"/>')  # fmt: skip
        plot.text(plot.x(v), plot.high - 5, f"{v:.0%}", anchor="middle")
    for i, row in enumerate(rows):
        y, share = 4 + ROW * i, min(max(float(row["total"]), 0.0), 1.0)
        basis = pick(BASIS[row["basis"]]) if row["basis"] in BASIS else ""
        name = say("noted", text=str(row["name"]), note=basis) if basis else str(row["name"])
        told.append(f"{name} {share:.0%}")
        plot.text(plot.left - 6, y + 13, shown(name, 27), anchor="end", colour=INK)
        plot.parts.append(f'<rect x="{plot.left:g}" y="{y + 2}" width="{plot.x(share) - plot.left:.1f}" height="14" fill="{MAIN}"><title>{escape(told[-1])}</title></rect>')  # fmt: skip
        plot.text(min(plot.x(share) + 4, WIDE - 32), y + 13, f"{share:.0%}", colour=INK)
    return plot.svg(say("sure_drivers"), "; ".join(told))
