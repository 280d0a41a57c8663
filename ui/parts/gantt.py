"""The charts of a rolling programme: what is built and serves when, and two lines over the years."""

from __future__ import annotations

from html import escape
from unicodedata import normalize

import pandas as pd

from ui.parts.charts import BAD, GREY, INK, MAIN, Plot, shown
from ui.words import language, say

__all__ = ["gantt", "yearly"]

ROW, BAR = 22, 14
LABEL, SIGNS = 132, 20
"""Room for a name: units, and signs of a letter's width."""


def gantt(schedule: pd.DataFrame, first: int, last: int) -> str:
    """Return one bar a thing done: hollow and dashed while it is built, filled while it serves, grey once closed.

    Colour is never the only sign: the bars keep apart in grey print and for those who see no red.

    Parameters
    ----------
    schedule
        Columns name_zh, name_en, action, action_zh, action_en, starts, opens.
    first, last
        The years that are shown.
    """
    end = "en" if language() == "en" else "zh"
    rows = schedule.to_dict("records")
    plot = Plot(ROW * max(len(rows), 1) + 26, (float(first), float(last + 1)), (0.0, 1.0), left=LABEL, below=22)
    step = max(1, round((last - first + 1) / 6))
    for year in range(first, last + 1, step):
        at = plot.x(year)
        plot.parts.append(f'<line x1="{at:.1f}" x2="{at:.1f}" y1="2" y2="{plot.high - 20:g}" stroke="var(--zp-line)"/>')
        plot.text(at, plot.high - 6, str(year))
    told = []
    for i, row in enumerate(rows):
        y = 4 + ROW * i
        starts, opens = int(row["starts"]), min(int(row["opens"]), last + 1)
        words = say(
            "programme_row",
            name=row[f"name_{end}"],
            action=row[f"action_{end}"],
            starts=starts,
            opens=int(row["opens"]),
        )
        told.append(words)
        plot.text(plot.left - 6, y + 11, _label(str(row[f"name_{end}"])), anchor="end", colour=INK)
        looks = [(starts, opens, f'fill="none" stroke="{MAIN}" stroke-width="1.4" stroke-dasharray="3 2"')]
        after = f'fill="none" stroke="{GREY}"' if row["action"] == "close" else f'fill="{MAIN}" stroke="{MAIN}"'
        looks.append((opens, last + 1, after))
        for begins, ends, look in looks:
            if ends > begins:
                wide = plot.x(ends) - plot.x(begins)
                plot.parts.append(f'<rect x="{plot.x(begins):.1f}" y="{y}" width="{wide:.1f}" height="{BAR}" {look}><title>{escape(words)}</title></rect>')  # fmt: skip
    legend = [(say("programme_building"), MAIN, "dash"), (say("programme_serving"), MAIN, "box")]
    if (schedule["action"] == "close").any():
        legend.append((say("programme_closed"), GREY, "line"))
    return plot.svg(say("programme_chart"), "; ".join(told), legend)


def _label(name: str) -> str:
    """Return a name in the room there is: what stands in brackets goes first, as the beginnings of zones are often alike."""
    short = normalize("NFKC", name).partition("(")[0].strip()  # brackets as wide as Chinese signs, too
    return name if shown(name, SIGNS) == name else shown(short, SIGNS)


def yearly(years: pd.DataFrame, whole: str, part: str, title: str) -> str:
    """Return two columns of ``years`` as lines with dots: ``whole`` dashed, ``part`` drawn through."""
    high = max(1.0, float(years[[whole, part]].max().max()))
    plot = Plot(
        150, (float(years["year"].min()), float(years["year"].max())), (0.0, high * 1.08), left=56, right=20, top=18
    )  # half of the last year stands beyond its dot
    plot.frame(".0f", ",.0f", whole_x=True)
    legend, told = [], []
    for key, colour, dash in ((whole, INK, "5 4"), (part, BAD if part == "shortage" else MAIN, "")):
        word = say(f"programme_line_{key}")
        plot.line(zip(years["year"], years[key], strict=True), colour, dash=dash)
        for year, value in zip(years["year"], years[key], strict=True):
            plot.dot((year, value), colour, f"{word} {year:.0f}: {value:,.0f}")
            told.append(f"{word} {year:.0f}: {value:,.0f}")
        legend.append((word, colour, "dash" if dash else "line"))
    return plot.svg(title, "; ".join(told), legend)
