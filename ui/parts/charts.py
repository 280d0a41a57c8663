"""Charts, drawn here as SVG: they stand with the words of the panel, in its colours, and are read aloud by their title.

No library draws them, so that nothing is fetched and nothing is grey until it comes. Streamlit's cleaning of HTML drops an
SVG; so it comes as text in ``data-svg``, and ``ui/map/host/charts.js`` sets it in before the page is painted.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

import pandas as pd

from ui.words import say

__all__ = [
    "BAD",
    "GREY",
    "INK",
    "MAIN",
    "WIDE",
    "Plot",
    "fill_bars",
    "lorenz",
    "pace_lines",
    "seat_bars",
    "shown",
    "ticks",
    "tradeoff",
    "year_lines",
]

WIDE = 360
"""Width of a chart in its own units; on the page it is as wide as the panel."""
INK, MAIN, PALE, BAD, WARN, GREY = (
    "var(--zp-ink)", "var(--zp-accent)", "var(--zp-mark-pale)", "var(--zp-bad)", "var(--zp-warn)", "var(--zp-quiet)",
)  # fmt: skip


@dataclass
class Plot:
    """A frame with two scales, and what is drawn in it."""

    high: float
    """Height [units]."""
    across: tuple[float, float]
    up: tuple[float, float]
    left: float = 44.0
    right: float = 10.0
    top: float = 8.0
    below: float = 24.0
    parts: list[str] = field(default_factory=list)

    def x(self, value: float) -> float:
        """Return where a value lies from left to right [units]."""
        return _scaled(value, self.across, self.left, WIDE - self.right)

    def y(self, value: float) -> float:
        """Return where a value lies from top to bottom [units]."""
        return _scaled(value, self.up, self.high - self.below, self.top)

    def line(self, points: Iterable[tuple[float, float]], colour: str, *, dash: str = "", width: float = 2.0) -> None:
        """Draw a line through places of the two scales."""
        told = " ".join(f"{self.x(a):.1f},{self.y(b):.1f}" for a, b in points)
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        self.parts.append(
            f'<polyline points="{told}" fill="none" stroke="{colour}" stroke-width="{width:g}"{dashed} stroke-linejoin="round"/>'
        )

    def dot(self, at: tuple[float, float], colour: str, tip: str = "", *, radius: float = 3.5, more: str = "", fill: str = "") -> None:  # fmt: skip
        """Draw a dot at a place of the two scales, with what is told of it."""
        told = f"<title>{escape(tip)}</title>" if tip else ""
        self.parts.append(
            f'<circle cx="{self.x(at[0]):.1f}" cy="{self.y(at[1]):.1f}" r="{radius:g}" fill="{fill or colour}" stroke="{colour}"{more}>{told}</circle>'
        )

    def text(self, x: float, y: float, words: str, *, anchor: str = "start", colour: str = GREY) -> None:
        """Write words at a place of the picture [units]."""
        self.parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">{escape(words)}</text>'
        )

    def frame(self, form_x: str, form_y: str, *, whole_x: bool = False) -> None:
        """Draw grid and scales of both ways."""
        for v in ticks(*self.up):
            y = self.y(v)
            self.parts.append(f'<line x1="{self.left:g}" x2="{WIDE - self.right:g}" y1="{y:.1f}" y2="{y:.1f}" stroke="var(--zp-line)"/>')  # fmt: skip
            self.text(self.left - 5, y + 3.5, format(v, form_y), anchor="end")
        for v in ticks(*self.across, whole=whole_x):
            self.text(self.x(v), self.high - self.below + 14, format(v, form_x), anchor="middle")

    def svg(self, title: str, told: str = "", legend: Sequence[tuple[str, str, str]] = ()) -> str:
        """Return the picture with its name, what it tells in words, and a legend below it."""
        desc = f"<desc>{escape(told)}</desc>" if told else ""
        keys = "".join(
            f'<span><i class="{look}" style="border-color:{colour}"></i>{escape(word)}</span>'
            for word, colour, look in legend
        )
        svg = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {self.high:g}" role="img"><title>{escape(title)}</title>{desc}'
            f"{''.join(self.parts)}</svg>"
        )
        return (
            f'<figure class="zp-chart"><div data-svg="{escape(packed(svg))}" style="aspect-ratio:{WIDE}/{self.high:g}"></div>'
            f"{f'<figcaption>{keys}</figcaption>' if keys else ''}</figure>"
        )


def packed(svg: str) -> str:
    """Return a picture as an attribute keeps it: the page's cleaning of HTML drops one in which it reads the end of an element.

    Examples
    --------
    >>> packed("<title>80 %</title>")
    '%3Ctitle%3E80 %25%3C/title%3E'
    """
    return svg.translate({ord("%"): "%25", ord("<"): "%3C", ord(">"): "%3E"})


def _scaled(value: float, of: tuple[float, float], low: float, high: float) -> float:
    span = of[1] - of[0]
    return low + ((value - of[0]) / span if span else 0.5) * (high - low)


def ticks(low: float, high: float, *, most: int = 4, whole: bool = False) -> list[float]:
    """Return round numbers from low to high, about ``most`` of them."""
    if not high > low:
        return [low]
    raw = (high - low) / most
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * m for m in (1, 2, 2.5, 5, 10) if power * m >= raw * 0.999)
    step = max(1.0, float(round(step))) if whole else step
    first = math.ceil(low / step - 1e-9)
    return [k * step for k in range(first, math.floor(high / step + 1e-9) + 1)]


def _reach(values: Iterable[float], *, zero: bool = False) -> tuple[float, float]:
    """Return where a scale begins and ends so that all values have room."""
    told = [float(v) for v in values if math.isfinite(float(v))] or [0.0, 1.0]
    low, high = min(told), max(told)
    low = min(low, 0.0) if zero else low
    room = (high - low) * 0.08 or max(abs(high) * 0.05, 1.0)
    return (low if zero and low == 0 else low - room), high + room


def shown(text: str, signs: int) -> str:
    """Return a name in as many signs as a label has room for; a Chinese sign is as wide as two letters."""
    width, kept = 0, ""
    for sign in text:
        width += 1 if sign.isascii() else 2
        if width > signs:
            return kept + "…"
        kept += sign
    return kept


def seat_bars(table: pd.DataFrame) -> str:
    """Return seats by stage as bars (existing, planned), with the target and the demand marked on them.

    ``table`` has columns stage, existing, planned, target, demand [seats, pupils].
    """
    words = {
        "existing": say("seats_existing"), "planned": say("seats_planned"), "target": say("seats_target"), "demand": say("seats_demand"),
    }  # fmt: skip
    colours = {"existing": MAIN, "planned": PALE, "target": INK, "demand": BAD}
    known = [v for key in ("target", "demand") for v in table[key] if pd.notna(v)]
    most = max([1.0, *known, *(table["existing"].fillna(0) + table["planned"].fillna(0))])
    plot = Plot(30 * len(table) + 26, (0.0, most * 1.04), (0.0, 1.0), left=64, below=20)
    for v in ticks(0.0, most):
        plot.parts.append(f'<line x1="{plot.x(v):.1f}" x2="{plot.x(v):.1f}" y1="4" y2="{plot.high - 20:g}" stroke="var(--zp-line)"/>')  # fmt: skip
        plot.text(plot.x(v), plot.high - 6, f"{v:,.0f}", anchor="middle")
    told = []
    for i, row in enumerate(table.to_dict("records")):
        y, at = 8 + 30 * i, 0.0
        plot.text(plot.left - 6, y + 13, shown(str(row["stage"]), 11), anchor="end", colour=INK)
        for key in ("existing", "planned"):
            if pd.notna(row[key]) and row[key] > 0:
                wide = plot.x(at + row[key]) - plot.x(at)
                plot.parts.append(f'<rect x="{plot.x(at):.1f}" y="{y}" width="{wide:.1f}" height="18" fill="{colours[key]}"><title>{escape(_tip(row["stage"], words[key], row[key]))}</title></rect>')  # fmt: skip
                at += float(row[key])
        for key in ("target", "demand"):
            if pd.notna(row[key]):
                plot.parts.append(f'<rect x="{plot.x(row[key]) - 1.5:.1f}" y="{y - 4}" width="3" height="26" fill="{colours[key]}"><title>{escape(_tip(row["stage"], words[key], row[key]))}</title></rect>')  # fmt: skip
        told += [_tip(row["stage"], words[key], row[key]) for key in words if pd.notna(row[key])]
    looks = {"existing": "box", "planned": "box", "target": "tick", "demand": "tick"}
    return plot.svg(say("all_stages"), "; ".join(told), [(words[k], colours[k], looks[k]) for k in words])


def _tip(name: object, what: str, value: float) -> str:
    return f"{name} {what} {value:,.0f}"


def fill_bars(table: pd.DataFrame) -> str:
    """Return how full each school is: used of seats (columns name, fill, used, seats), full ones in the colour of a shortage."""
    rows = table.sort_values("fill", ascending=False, na_position="last").to_dict("records")
    plot = Plot(20 * max(len(rows), 1) + 24, (0.0, 1.0), (0.0, 1.0), left=150, below=20)
    for v in (0.0, 0.5, 1.0):
        plot.parts.append(f'<line x1="{plot.x(v):.1f}" x2="{plot.x(v):.1f}" y1="2" y2="{plot.high - 20:g}" stroke="var(--zp-line)"/>')  # fmt: skip
        plot.text(plot.x(v), plot.high - 6, f"{v:.0%}", anchor="middle")
    for i, row in enumerate(rows):
        y = 4 + 20 * i
        tip = f"{row['name']} {row['used']:,.0f}/{row['seats']:,.0f}"
        plot.text(plot.left - 6, y + 11, shown(str(row["name"]), 23), anchor="end", colour=INK)
        if pd.notna(row["fill"]):
            wide = plot.x(min(float(row["fill"]), 1.0)) - plot.left
            colour = BAD if row["fill"] >= 0.999 else MAIN
            plot.parts.append(f'<rect x="{plot.left:g}" y="{y}" width="{wide:.1f}" height="14" fill="{colour}"><title>{escape(tip)}</title></rect>')  # fmt: skip
    return plot.svg(say("fill"), "; ".join(f"{r['name']} {r['used']:,.0f}/{r['seats']:,.0f}" for r in rows))


def tradeoff(table: pd.DataFrame, against: str, chosen: int | None) -> str:
    """Return the plans between two goals as dots to be pressed, each by the number ``point``.

    ``table`` has point, covered [persons], share, mean_walk_m, bound_walk_m (against the walk), new_sites, knee and status.
    """
    walk = against == "walk"
    first, second = ("share", "mean_walk_m") if walk else ("new_sites", "share")
    heads = {"share": say("tradeoff_share"), "mean_walk_m": say("tradeoff_mean"), "new_sites": say("how_many")}
    forms = {"share": ".0%", "mean_walk_m": ",.0f", "new_sites": ".0f"}
    low = [*table[second], *(table["bound_walk_m"] if walk else ())]
    plot = Plot(236, _reach(table[first]), _reach(low), below=40, top=18)
    plot.frame(forms[first], forms[second], whole_x=not walk)
    plot.text(plot.left, 11, heads[second])
    plot.text(WIDE - plot.right, plot.high - 6, heads[first], anchor="end")
    rows = table.to_dict("records")
    plot.line(((r[first], r[second]) for r in rows), MAIN, width=1.6)
    for r in rows:
        if walk and math.isfinite(r["bound_walk_m"]):
            # From what is found down to what may at best be: nothing lies below the foot.
            plot.line(((r[first], r[second]), (r[first], r["bound_walk_m"])), GREY, width=1.2)
        if r["knee"]:
            plot.dot((r[first], r[second]), WARN, radius=9, fill="none", more=' stroke-width="2"')
            plot.text(plot.x(r[first]), plot.y(r[second]) - 13, say("tradeoff_bend"), anchor="middle", colour=WARN)
        if r["point"] == chosen:
            plot.dot((r[first], r[second]), BAD, radius=9, fill="none", more=' stroke-width="2.4"')
    for r in rows:
        solved = say(f"solved_{r['status']}")
        tip = f"{say('tradeoff_plan', n=r['point'])}: {r['covered']:,.0f} · {r['share']:.1%} · {r['mean_walk_m']:,.0f} {say('metres')} · {solved}"
        plot.dot((r[first], r[second]), MAIN, tip, radius=5, more=f' data-pick="plan:{r["point"]}" tabindex="0"')
    return plot.svg(f"{heads[second]} / {heads[first]}")


def lorenz(table: pd.DataFrame) -> str:
    """Return a Lorenz curve beside the line of equal shares; ``table`` has people_share and seats_share."""
    plot = Plot(216, (0.0, 1.0), (0.0, 1.0), below=38, top=18)
    plot.frame(".0%", ".0%")
    plot.text(plot.left, 11, say("lorenz_seats"))
    plot.text(WIDE - plot.right, plot.high - 6, say("lorenz_people"), anchor="end")
    plot.line(((0.0, 0.0), (1.0, 1.0)), GREY, dash="5 4", width=1.4)
    plot.line(zip(table["people_share"], table["seats_share"], strict=True), MAIN, width=2.4)
    return plot.svg(say("lorenz"))


def pace_lines(table: pd.DataFrame, unit: str) -> str:
    """Return one indicator over the years: straight line to the target, actuals with dots, forecast dashed.

    ``table`` has columns year, value and what (plan, actual, forecast).
    """
    looks = {"plan": (GREY, ""), "actual": (MAIN, ""), "forecast": (WARN, "5 4")}
    plot = Plot(206, (2020.0, 2025.0), _reach(table["value"]), left=52, top=18)
    plot.frame(".0f", ",.6g", whole_x=True)
    plot.text(plot.left, 11, unit)
    legend = []
    for what, (colour, dash) in looks.items():
        rows = table[table["what"] == what].sort_values("year")
        if rows.empty:
            continue
        word = say(f"monitor_line_{what}")
        legend.append((word, colour, "dash" if dash else "line"))
        plot.line(zip(rows["year"], rows["value"], strict=True), colour, dash=dash)
        if what == "actual":
            for row in rows.itertuples():
                plot.dot((row.year, row.value), colour, f"{word} {row.year:.0f}: {row.value:,.6g}")
    told = "; ".join(f"{say(f'monitor_line_{r.what}')} {r.year:.0f}: {r.value:,.6g}" for r in table.itertuples())
    return plot.svg(say("monitor_pace"), told, legend)


def year_lines(
    table: pd.DataFrame, colours: Mapping[str, str], *, words: Sequence[str], known: int, now: int, share: bool
) -> str:
    """Return one line a zone over the years: whole up to the last year of data, dashed after it, a dot in years of data.

    Parameters
    ----------
    table
        Columns zone, year, value and data (whether the year has residents of its own).
    colours
        Zone to colour, in the order of the legend.
    words
        What the figure shows and by which model, written on it: the first is the title.
    known, now
        The last year of data; the year that the map shows.
    share
        Whether values are shares.
    """
    form = ".0%" if share else ",.0f"
    plot = Plot(
        286,
        (float(table["year"].min()), float(table["year"].max())),
        _reach([*table["value"], 0.0], zero=True),
        left=52,
    )
    plot.frame(".0f", form, whole_x=True)
    plot.parts.append(f'<line class="now" x1="{plot.x(now):.1f}" x2="{plot.x(now):.1f}" y1="{plot.top:g}" y2="{plot.high - plot.below:g}" stroke="{BAD}" stroke-width="1.2"/>')  # fmt: skip
    for zone, colour in colours.items():
        mine = table[table["zone"] == zone].sort_values("year")
        for rows, dash in ((mine[mine["year"] <= known], ""), (mine[mine["year"] >= known], "5 4")):
            if len(rows) > 1:
                plot.line(zip(rows["year"], rows["value"], strict=True), colour, dash=dash)
        for row in mine[mine["data"]].itertuples():
            plot.dot(
                (row.year, row.value), colour, f"{zone} {row.year}: {format(row.value, '.1%' if share else ',.0f')}"
            )
    head = f"<b>{escape(words[0])}</b>" + "".join(f"<span>{escape(text)}</span>" for text in words[1:])
    return f'<div class="zp-chart-head">{head}</div>' + plot.svg(
        words[0], " ".join(words[1:]), [(zone, colour, "line") for zone, colour in colours.items()]
    )
