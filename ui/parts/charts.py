"""Charts, drawn in the browser from a few numbers; nothing is fetched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import altair as alt
import pandas as pd

from layers.look import draw
from ui.words import say

__all__ = ["fill_bars", "lorenz", "pace_lines", "seat_bars", "tradeoff", "year_lines"]

FONT = "Source Han Sans SC, Noto Sans CJK SC, Microsoft YaHei, PingFang SC, sans-serif"
LINE = 56
"""Letters in a line of a figure's title."""


def seat_bars(table: pd.DataFrame) -> alt.LayerChart:
    """Return seats by stage as bars (existing, planned), with the target and the demand marked on them.

    ``table`` has columns stage, existing, planned, target, demand [seats, pupils].
    """
    order = list(table["stage"])
    existing, planned = say("seats_existing"), say("seats_planned")
    target, demand = say("seats_target"), say("seats_demand")
    bars = table.melt("stage", ["existing", "planned"], "what", "value").assign(
        rank=lambda t: t["what"].map({"existing": 0, "planned": 1})
    )
    bars["what"] = bars["what"].map({"existing": existing, "planned": planned})
    marks = table.melt("stage", ["target", "demand"], "what", "value").dropna()
    marks["what"] = marks["what"].map({"target": target, "demand": demand})
    domain = [existing, planned, target, demand]
    colour = alt.Color("what:N", title=None, scale=alt.Scale(domain=domain, range=["#2a7f8c", "#9fd0d6", "#1d2b33", "#c0483a"]),
                       legend=alt.Legend(orient="bottom", columns=2, symbolType="square"))  # fmt: skip
    y = alt.Y("stage:N", sort=order, title=None, axis=alt.Axis(ticks=False, domain=False, labelFontSize=12))
    x = alt.X("value:Q", title=None, axis=alt.Axis(format=",d", grid=True, tickCount=4))
    base = (
        alt.Chart(bars)
        .mark_bar(height=16)
        .encode(
            y=y, x=x, color=colour, order="rank:Q", tooltip=["stage", "what", alt.Tooltip("value:Q", format=",.0f")]
        )
    )
    ticks = (
        alt.Chart(marks)
        .mark_tick(thickness=3, size=26)
        .encode(y=y, x=x, color=colour, tooltip=["stage", "what", alt.Tooltip("value:Q", format=",.0f")])
    )
    return (base + ticks).properties(height=44 * len(table) + 50).configure(font=FONT).configure_view(strokeWidth=0)


def fill_bars(table: pd.DataFrame) -> alt.Chart:
    """Return how full each school is: used of seats, full ones in the colour of a shortage."""
    return (
        alt.Chart(table)
        .mark_bar(height=12)
        .encode(
            y=alt.Y(
                "name:N",
                sort="-x",
                title=None,
                axis=alt.Axis(labelLimit=150, labelOverlap=False, ticks=False, domain=False),
            ),
            x=alt.X("fill:Q", title=None, axis=alt.Axis(format="%", tickCount=3), scale=alt.Scale(domain=[0, 1])),
            color=alt.condition(alt.datum.fill >= 0.999, alt.value(draw.ADEQUACY[0]["colour"]), alt.value("#2a7f8c")),
            tooltip=["name", alt.Tooltip("used:Q", format=",.0f"), alt.Tooltip("seats:Q", format=",.0f")],
        )
        .properties(height=22 * max(len(table), 1) + 30)
        .configure(font=FONT)
        .configure_view(strokeWidth=0)
    )


def tradeoff(table: pd.DataFrame, against: str, chosen: int | None) -> alt.LayerChart:
    """Return the plans between two goals; a press on a plan selects its number (parameter ``plan``, field ``point``).

    ``table`` has point, covered [persons], share, mean_walk_m, bound_walk_m (against the walk), new_sites, knee and status.
    """
    walk = against == "walk"
    part, wide = alt.Axis(format=".0%", tickCount=5), alt.Scale(zero=False, padding=14)
    other = alt.Axis(format=",d", tickMinStep=1, grid=walk, tickCount=5)
    if walk:
        x = alt.X("share:Q", title=say("tradeoff_share"), axis=part, scale=wide)
        y = alt.Y("mean_walk_m:Q", title=say("tradeoff_mean"), axis=other, scale=alt.Scale(zero=False, padding=10))
    else:
        x = alt.X("new_sites:Q", title=say("how_many"), axis=other, scale=alt.Scale(padding=14))
        y = alt.Y("share:Q", title=say("tradeoff_share"), axis=part, scale=wide)
    told = table.assign(
        said=[say("tradeoff_plan", n=n) for n in table["point"]], how=[say(f"solved_{s}") for s in table["status"]]
    )
    tips = [alt.Tooltip("said:N", title=" "), alt.Tooltip("covered:Q", title=say("tradeoff_covered"), format=",.0f"),
            alt.Tooltip("share:Q", title=say("tradeoff_share"), format=".1%"), alt.Tooltip("mean_walk_m:Q", title=say("tradeoff_mean"), format=",.0f"),
            alt.Tooltip("new_sites:Q", title=say("how_many")), alt.Tooltip("how:N", title=say("status"))]  # fmt: skip
    layers: list[alt.Chart] = [alt.Chart(told).mark_line(color="#2a7f8c", strokeWidth=1.6).encode(x=x, y=y)]
    if walk:
        # From what is found down to what may at best be: nothing lies below the foot.
        layers.append(alt.Chart(told).mark_rule(color="#9aa5ab", strokeWidth=1.4).encode(x=x, y=y, y2="bound_walk_m:Q"))
    if told["knee"].any():
        bend = alt.Chart(told[told["knee"]])
        layers.append(
            bend.mark_point(shape="diamond", size=190, color="#c77d11", filled=False, strokeWidth=2, opacity=1).encode(
                x=x, y=y
            )
        )
        layers.append(
            bend.mark_text(text=say("tradeoff_bend"), dy=20 if not walk else -16, fontSize=11, color="#8a5608").encode(
                x=x, y=y
            )
        )
    if chosen is not None:
        one = alt.Chart(told[told["point"] == chosen])
        layers.append(
            one.mark_point(size=210, color="#b3261e", filled=False, strokeWidth=2.2, opacity=1).encode(x=x, y=y)
        )
    plan = alt.selection_point(name="plan", fields=["point"])
    dots = alt.Chart(told).mark_circle(size=80, color="#2a7f8c", opacity=1).encode(x=x, y=y, tooltip=tips)
    layers.append(dots.add_params(plan))
    return alt.layer(*layers).properties(height=230).configure(font=FONT).configure_view(strokeWidth=0)


def lorenz(table: pd.DataFrame) -> alt.LayerChart:
    """Return a Lorenz curve beside the line of equal shares; ``table`` has people_share and seats_share."""
    x = alt.X("people_share:Q", title=say("lorenz_people"), axis=alt.Axis(format="%", tickCount=5))
    y = alt.Y("seats_share:Q", title=say("lorenz_seats"), axis=alt.Axis(format="%", tickCount=5))
    ends = pd.DataFrame({"people_share": [0.0, 1.0], "seats_share": [0.0, 1.0]})
    even = alt.Chart(ends).mark_line(color="#9aa5ab", strokeDash=[5, 4]).encode(x=x, y=y)
    tips = [alt.Tooltip("people_share:Q", format=".0%"), alt.Tooltip("seats_share:Q", format=".0%")]
    area = alt.Chart(table).mark_line(color="#2a7f8c", strokeWidth=2.4).encode(x=x, y=y, tooltip=tips)
    return (even + area).properties(height=210).configure(font=FONT).configure_view(strokeWidth=0)


def pace_lines(table: pd.DataFrame, unit: str) -> alt.LayerChart:
    """Return one indicator over the years: straight line to the target, actuals with dots, forecast dashed.

    ``table`` has columns year, value and what (plan, actual, forecast).
    """
    looks = {"plan": ("#8a97a0", [1, 0]), "actual": ("#2a7f8c", [1, 0]), "forecast": ("#c77d11", [5, 4])}
    words = {what: say(f"monitor_line_{what}") for what in looks}
    told = table.assign(said=table["what"].map(words))
    x = alt.X(
        "year:Q",
        title=None,
        axis=alt.Axis(format="d", values=list(range(2020, 2026)), grid=False),
        scale=alt.Scale(domain=[2020, 2025], nice=False),
    )
    y = alt.Y("value:Q", title=unit or None, axis=alt.Axis(tickCount=4, format=",.6~g"), scale=alt.Scale(zero=False))
    colour = alt.Color(
        "said:N", title=None, scale=alt.Scale(domain=list(words.values()), range=[c for c, _ in looks.values()]),
        legend=alt.Legend(orient="bottom", symbolType="stroke"),
    )  # fmt: skip
    tips = [
        "said",
        alt.Tooltip("year:Q", title=say("year"), format="d"),
        alt.Tooltip("value:Q", title=say("value"), format=",.6~g"),
    ]
    lines = [
        alt.Chart(told[told["what"] == what])
        .mark_line(strokeWidth=2, strokeDash=dash)
        .encode(x=x, y=y, color=colour, tooltip=tips)
        for what, (_, dash) in looks.items()
        if (told["what"] == what).any()
    ]
    dots = (
        alt.Chart(told[told["what"] == "actual"])
        .mark_circle(size=60, opacity=1)
        .encode(x=x, y=y, color=colour, tooltip=tips)
    )
    return alt.layer(*lines, dots).properties(height=200).configure(font=FONT).configure_view(strokeWidth=0)


def year_lines(
    table: pd.DataFrame, colours: Mapping[str, str], *, words: Sequence[str], known: int, now: int, share: bool
) -> alt.LayerChart:
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
    form = "%" if share else ",d"
    x = alt.X(
        "year:Q",
        title=None,
        axis=alt.Axis(format="d", tickCount=4, grid=False),
        scale=alt.Scale(domain=[int(table["year"].min()), int(table["year"].max())], nice=False),
    )
    y = alt.Y("value:Q", title=None, axis=alt.Axis(format=form, tickCount=4), scale=alt.Scale(domainMin=0))
    colour = alt.Color(
        "zone:N", title=None, scale=alt.Scale(domain=list(colours), range=list(colours.values())),
        legend=alt.Legend(orient="bottom", columns=2, symbolType="stroke", labelLimit=150),
    )  # fmt: skip
    tips = [alt.Tooltip("zone:N", title=say("zone")), alt.Tooltip("year:Q", title=say("year"), format="d"),
            alt.Tooltip("value:Q", title=say("value"), format=".1%" if share else ",.0f")]  # fmt: skip
    lines = [
        alt.Chart(table[rows]).mark_line(strokeWidth=2, strokeDash=dash).encode(x=x, y=y, color=colour, tooltip=tips)
        for rows, dash in ((table["year"] <= known, [1, 0]), (table["year"] >= known, [5, 4]))
        if rows.any()
    ]
    dots = alt.Chart(table[table["data"]]).mark_circle(size=46, opacity=1).encode(x=x, y=y, color=colour, tooltip=tips)
    rule = alt.Chart(pd.DataFrame({"year": [now]})).mark_rule(color="#b3261e", strokeWidth=1.2).encode(x=x)
    told = [line for text in words[1:] for line in _broken(text)]
    title = alt.TitleParams(
        _broken(words[0]), subtitle=told, anchor="start", fontSize=12, subtitleFontSize=11, subtitleColor="#6a7880"
    )
    return (
        alt.layer(rule, *lines, dots)
        .properties(height=330, title=title)
        .configure(font=FONT)
        .configure_view(strokeWidth=0)
    )


def _broken(text: str) -> list[str]:
    """Return a text in lines as wide as a figure in the panel; a Chinese sign is as wide as two letters."""
    lines, width = [""], 0
    for word in text.split(" ") if text.isascii() else text:
        wide = len(word) + 1 if text.isascii() else 1 if word.isascii() else 2
        if width + wide > LINE and lines[-1]:
            lines.append("")
            width = 0
        lines[-1] += word + (" " if text.isascii() else "")
        width += wide
    return [line.rstrip() for line in lines]
