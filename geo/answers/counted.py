"""Which schools' seats are seats of the zones: one rule for every question that counts seats.

Pupils who live outside every zone are not counted as demand, so the seats of a school outside every zone are not
counted as supply: it is a neighbour's school, and its seats are its neighbours'. It is told beside, with its seats.
Distances (coverage, the nearest school) know no border: there it stands where it is.
"""

from __future__ import annotations

import geopandas as gpd

from geo.case import Case
from geo.text import Text
from geo.workspace import with_leaf_zone

__all__ = ["counted", "outside", "outside_sums", "outside_words", "placed"]


def placed(case: Case) -> gpd.GeoDataFrame:
    """Return the facilities with the leaf zone that holds their point, whatever their file says (kept).

    Examples
    --------
    >>> from geo.examples import town
    >>> placed(town())["zone_id"].to_dict()
    {'S': 'south'}
    """
    place = case.workspace
    return case.keep(
        ("placed", case.service, case.year), place.zones, place.layer(case.asked.layer),
        make=lambda: with_leaf_zone(case.supply, place.zones),
    )  # fmt: skip


def counted(case: Case) -> gpd.GeoDataFrame:
    """Return the facilities whose seats are counted: those that stand in a zone.

    Examples
    --------
    >>> from geo.examples import town
    >>> counted(town())["seats"].to_dict()
    {'S': 540.0}
    """
    return _parted(case)[0]


def outside(case: Case) -> gpd.GeoDataFrame:
    """Return the facilities that stand in no zone: told beside, never counted.

    Examples
    --------
    >>> from geo.examples import town
    >>> len(outside(town()))
    0
    """
    return _parted(case)[1]


def _parted(case: Case) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Return the facilities in a zone and those in none (kept: every click asks for both)."""
    frame = placed(case)

    def make() -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
        inside = frame["zone_id"].notna()
        return frame[inside], frame[~inside]

    return case.keep("parted", frame, make=make)


def outside_words(case: Case) -> tuple[Text, ...]:
    """Return the note on the facilities outside every zone; none where there are none.

    Examples
    --------
    >>> from geo.examples import town
    >>> outside_words(town())
    ()
    """
    found = outside(case)
    if found.empty:
        return ()
    seats, unknown = float(found["seats"].sum()), int(found["seats"].isna().sum())
    more = (f"（另 {unknown} 所学位未知）", f" ({unknown} more of unknown size)") if unknown else ("", "")
    return (
        Text(
            f"区外{case.asked.name_zh} {len(found)} 所、{seats:,.0f} 席{more[0]}不计入：区外居民的学生同样不计入需求",
            f"{case.asked.name_en}: {len(found)} outside every zone with {seats:,.0f} seats{more[1]}, not counted; nor are the pupils who live outside",
        ),
    )


def outside_sums(case: Case) -> dict[str, float]:
    """Return how many schools stand outside every zone and their known seats, for the row of a total.

    Examples
    --------
    >>> from geo.examples import town
    >>> outside_sums(town())
    {'schools_outside': 0, 'seats_outside': 0.0}
    """
    found = outside(case)
    return {"schools_outside": len(found), "seats_outside": float(found["seats"].sum())}
