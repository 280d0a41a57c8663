"""The first sentence of each panel: from the tables of its answer to the figure that matters, in words of both languages.

Pure: what is not known is said to be unknown, a tie and a nought have words of their own, and no sentence names more than
three places.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence

import pandas as pd

from geo.text import Text
from ui.words import both

__all__ = [
    "access", "by_zone", "circles", "compared", "covered", "crossings", "gap", "health", "joined", "monitored", "placed", "planned",
    "projects", "short", "site", "sited", "zone",
]  # fmt: skip

MOST = 3
NOTHING = Text("", "")


def _n(value: float) -> str:
    return f"{value:,.0f}"


def _plus(*texts: Text) -> Text:
    return Text("".join(t.zh for t in texts), "".join(t.en for t in texts))


def joined(texts: Iterable[Text]) -> Text:
    """Return texts as a list in words."""
    told = list(texts)
    between = both("between")
    return Text(between.zh.join(t.zh for t in told), between.en.join(t.en for t in told))


def placed(numbers: Mapping[object, float], names: Mapping[object, Text]) -> Text:
    """Return the (at most three) places of the largest numbers above a half, each with its number; the first of equals first.

    Examples
    --------
    >>> placed({"a": 2.0, "b": 7.0, "c": 0.0}, {k: Text(k, k) for k in "abc"}).zh
    'b（7）、a（2）'
    """
    known = [(k, float(v)) for k, v in numbers.items() if k in names and math.isfinite(float(v)) and float(v) >= 0.5]
    best = sorted(known, key=lambda kv: -kv[1])[:MOST]
    return joined(both("ans_place", name=names[k], n=_n(v)) for k, v in best)


def _leaves(zones: pd.DataFrame) -> pd.DataFrame:
    """Return the parts of zones, and zones that have none."""
    parents = set(zones["parent_id"].dropna())
    return zones[~zones["zone_id"].isin(list(parents))]


def _mostly(numbers: Mapping[object, float], names: Mapping[object, Text]) -> Text:
    told = placed(numbers, names)
    return both("ans_mostly", places=told) if told.zh else NOTHING


def short(stage: pd.Series, zones: pd.DataFrame, names: Mapping[object, Text], *, name: Text, year: int) -> Text:
    """Return how many seats a stage lacks and where: ``zones`` are the rows of the stage, of the whole place."""
    where = both("ans_whole")
    net, within = float(stage["deficit"]), float(stage["deficit_within"])
    if not math.isfinite(net) and not math.isfinite(within):
        return both("ans_short_unknown", year=year, where=where, stage=name)
    whole = max(v for v in (net, within) if math.isfinite(v))
    if whole < 0.5:
        return _plus(
            both("ans_short_none", year=year, where=where, stage=name),
            both("ans_circular") if stage["circular"] else NOTHING,
        )
    parts = _leaves(zones)
    places = _mostly(dict(zip(parts["zone_id"], parts["deficit"], strict=True)), names)
    apart = math.isfinite(net) and math.isfinite(within) and within > net + 0.5
    return _plus(
        both("ans_short", year=year, where=where, stage=name, n=_n(whole), places=places),
        both("ans_short_net", n=_n(net)) if apart else NOTHING,
        both("ans_circular") if stage["circular"] else NOTHING,
    )


def by_zone(zones: pd.DataFrame, names: Mapping[object, Text], column: str = "deficit_within") -> Text:
    """Return the number of every zone (not of its parts), so that each finds its own; "" where there is but one."""
    tops = zones[(zones["level"] == "zone") & zones["zone_id"].isin(list(names))]
    if len(tops) < 2:
        return NOTHING
    numbers = (
        max(float(v), float(w)) for v, w in zip(tops[column].fillna(-1), tops["deficit"].fillna(-1), strict=True)
    )
    told = [
        Text(f"{names[i].zh} {_n(v) if v >= 0 else '–'}", f"{names[i].en} {_n(v) if v >= 0 else '–'}")
        for i, v in zip(tops["zone_id"], numbers, strict=True)
    ]
    return both("ans_by_zone", zones=joined(told[:8]))


def covered(total: pd.Series, zones: pd.DataFrame, names: Mapping[object, Text], *, service: Text, year: int, metres: float, by: str) -> Text:  # fmt: skip
    """Return who has a service within the standard, and where most of those live who have none."""
    way = "radius" if by == "radius" else "walk"
    how = both("ans_radius" if way == "radius" else "ans_foot")
    share = float(total[f"share_{way}"])
    left = float(total["people"]) - float(total[f"covered_{way}"])
    if not math.isfinite(share) or not math.isfinite(left):
        return both("ans_covered_unknown", year=year, service=service)
    if left < 0.5:
        return both("ans_covered_all", year=year, by=how, m=f"{metres:g}", service=service)
    parts = _leaves(zones.rename_axis("zone_id").reset_index())
    beyond = dict(zip(parts["zone_id"], parts["people"] - parts[f"covered_{way}"], strict=True))
    return both(
        "ans_covered",
        year=year,
        by=how,
        m=f"{metres:g}",
        service=service,
        share=f"{share:.0%}",
        n=_n(left),
        places=_mostly(beyond, names),
    )


def access(even: pd.Series, *, service: Text, who: Text) -> Text:
    """Return who reaches nothing, and how evenly the rest is shared."""
    none, gini = float(even["share_none"]), float(even["gini"])
    if not math.isfinite(none):
        return both("ans_access_unknown", service=service)
    return both("ans_access", share=f"{none:.0%}", who=who, service=service, gini=f"{gini:.2f}" if math.isfinite(gini) else "–")  # fmt: skip


def circles(areas: pd.DataFrame, of: int, names: Callable[[object], Text]) -> Text:
    """Return how many services residents lack, how many lack none, and which areas are worst off."""
    rows = areas[(areas["people"] > 0) & areas["lacks_mean"].notna()]
    if rows.empty or not of:
        return both("ans_circles_unknown")
    people = rows["people"].astype(float)
    lacks = float((rows["lacks_mean"] * people).sum() / people.sum())
    known = rows["complete_15"].notna()
    whole = float((rows["complete_15"] * people)[known].sum() / people[known].sum()) if known.any() else math.nan
    worst = rows[rows["lacks_mean"] > 0].head(MOST)
    places = both("ans_circles_worst", places=joined(names(i) for i in worst.index)) if len(worst) else NOTHING
    return both("ans_circles", n=f"{lacks:.1f}", of=of, share=f"{whole:.0%}" if math.isfinite(whole) else "–", places=places)  # fmt: skip


def zone(
    name: Text, km2: float, people: float, year: int, stages: Mapping[str, float], words: Mapping[str, Text]
) -> Text:
    """Return what a zone is: its ground, its people and the seats that it lacks (``stages``: stage to seats)."""
    lacking = sorted(((k, v) for k, v in stages.items() if math.isfinite(v) and v >= 0.5), key=lambda kv: -kv[1])
    if lacking:
        told = joined(both("ans_zone_seats", stage=words[k], n=_n(v)) for k, v in lacking[:MOST])
        missing = both("ans_zone_short", short=told)
    elif stages and all(math.isfinite(v) for v in stages.values()):
        missing = both("ans_zone_enough")
    else:
        missing = NOTHING
    return both("ans_zone", name=name, km2=f"{km2:.2f}", year=year, people=_n(people) if math.isfinite(people) else "–", short=missing)  # fmt: skip


def site(new: float, walk: Text | None, *, service: Text, unit: Text, known: bool = True) -> Text:
    """Return whom a facility here would serve, and how far the nearest is today (``walk``; None: none can be walked to).

    ``known`` is False where the data hold nothing of the service: nobody knows then whether one can be walked to.
    """
    far = both("ans_site_far") if known else both("ans_site_unsaid", service=service)
    near = far if walk is None else both("ans_site_near", walk=walk)
    if math.isfinite(new) and new >= 0.5:
        return both("ans_site", service=service, n=_n(new), unit=unit, near=near)
    return both("ans_site_none", service=service, near=near)


def gap(left: float, *, service: Text, unit: Text, who: Text, metres: float) -> Text:
    """Return who is without a service, before anything is sited."""
    foot = both("ans_foot")
    if not math.isfinite(left):
        return both("ans_gap_unknown", service=service)
    return both("ans_gap", service=service, unit=unit, by=foot, m=f"{metres:g}", n=_n(left)) if left >= 0.5 else both("ans_gap_none", service=service, who=who, by=foot, m=f"{metres:g}")  # fmt: skip


def sited(new: float, sites: Sequence[tuple[Text, float]], *, unit: Text) -> Text:
    """Return what chosen sites bring together, and where the first stands (``sites``: zone and its newly served)."""
    if not sites or not math.isfinite(new) or new < 0.5:
        return both("ans_sites_none")
    zone_, first = sites[0]
    told = both("ans_sites_first", zone=zone_, n=_n(first)) if math.isfinite(first) else NOTHING
    return both("ans_sites", k=len(sites), n=_n(new), unit=unit, first=told)


def crossings(name: Text | None, first: float, k: int, together: float) -> Text:
    """Return what the best crossing brings, and the best few together."""
    if name is None or not math.isfinite(first) or first < 0.5:
        return both("ans_crossings_none")
    return both("ans_crossings", name=name, n=_n(first), k=k, all=_n(together))


def planned(changes: int, services: Sequence[tuple[Text, float]]) -> Text:
    """Return what a plan changes: who is more or less in reach on foot, the largest change first."""
    if not changes:
        return both("ans_plan_none")
    moved = sorted(((s, n) for s, n in services if math.isfinite(n) and abs(n) >= 0.5), key=lambda sn: -abs(sn[1]))
    if not moved:
        return both("ans_plan_same", n=changes)
    told = joined(both("ans_plan_service", service=s, n=f"{n:+,.0f}") for s, n in moved[:MOST])
    return both("ans_plan", n=changes, services=told)


def compared(rows: Sequence[tuple[Text, float]], by: Text | None = None) -> Text:
    """Return which of several puts most residents in reach; ``rows``: name and residents in reach, the first to compare with; on foot, or ``by`` a mode."""
    by = by or both("ans_on_foot")
    if any(not math.isfinite(n) for _, n in rows):
        return both("ans_compared_unknown", by=by)
    first, (best, most) = rows[0], max(rows, key=lambda one: one[1])
    if max(n for _, n in rows) - min(n for _, n in rows) < 0.5:
        return both("ans_compared_same", by=by, n=_n(most))
    if most - first[1] < 0.5:
        return both("ans_compared_first", by=by, first=first[0], n=_n(first[1]))
    return both(
        "ans_compared", by=by, best=best, n=_n(most), first=first[0], more=both("ans_more", n=_n(most - first[1]))
    )


def monitored(lights: Mapping[str, int], behind: Sequence[Text]) -> Text:
    """Return how many indicators are behind (``behind``: their names), to be watched, or without a number."""
    n, red, amber, grey = sum(lights.values()), lights.get("red", 0), lights.get("amber", 0), lights.get("grey", 0)
    if n == grey:
        return both("ans_monitor_none", n=n)
    if red or amber:
        names = both("ans_names", names=joined(behind[:MOST])) if behind else NOTHING
        told = both("ans_monitor", n=n, red=red, amber=amber, names=names)
    else:
        told = both("ans_monitor_well", n=n - grey)
    return _plus(told, both("ans_monitor_grey", n=grey) if grey else NOTHING)


def projects(states: Mapping[Text, int]) -> Text:
    """Return how many projects there are, by state."""
    told = joined(both("ans_state", state=s, n=n) for s, n in states.items())
    return both("ans_projects", n=sum(states.values()), states=told)


def health(guards: Mapping[Text, bool | None]) -> Text:
    """Return whether every guard of the installation is in force; None of a guard: it could not be told."""
    off = [name for name, good in guards.items() if good is False]
    if untold := sum(good is None for good in guards.values()):
        return both("ans_health_untold", n=len(guards), untold=untold)
    if not off:
        return both("ans_health_ok", n=len(guards))
    return both("ans_health_bad", n=len(guards), bad=len(off), names=joined(off[:MOST]))
