"""Who is served on foot while a planner drags a street or a facility: the numbers of coverage, in milliseconds."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely

from geo.answers.known import no_data
from geo.case import Case
from geo.laws import limit_of
from geo.network.edits import Edits
from geo.network.live import Live
from geo.workspace import zone_totals

__all__ = ["Served", "live_of", "served"]


@dataclass(frozen=True, eq=False)
class Served:
    """Who is served on foot after a change of streets or facilities, and what that changes.

    ``zones`` (one row a zone_id) and ``total`` (one row): people, covered_walk, share_walk, gained, lost [persons].
    ``cells``: people, walk_m [m], served, gained, lost. Where the data hold nothing of the service, all but the people is
    missing, never 0.

    Examples
    --------
    >>> from geo.examples import town
    >>> case = town()
    >>> served(case, live_of(case), Edits(removed=(1,))).total["lost"].tolist()  # b and c are cut off, c was too far before
    [0.0]
    """

    zones: pd.DataFrame
    total: pd.DataFrame
    cells: pd.DataFrame


def live_of(case: Case) -> Live:
    """Return the distances of a case that are kept while streets and facilities change; made once for a place.

    Examples
    --------
    >>> from geo.examples import town
    >>> case = town()
    >>> live_of(case) is live_of(case), live_of(case).base.metres.tolist()
    (True, [100.0, 500.0, 800.0])
    """
    place = case.workspace
    # Everybody's way to the streets is the longest part of it, and the same for all services.
    people = case.keep(
        "live people", place.network, place.cells, make=lambda: Live(place.network, place.cells, case.doors)
    )
    return case.keep(
        ("live", case.service, case.year), place.network, place.cells, place.layer(case.asked.layer),
        make=lambda: people.of(case.doors),
    )  # fmt: skip


def served(
    case: Case, live: Live, edits: Edits, *, places: Mapping[Hashable, shapely.Point] | None = None,
    before: pd.Series | None = None, limit: float | None = None,
) -> Served:  # fmt: skip
    """Return who is served on foot after a change: the numbers of ``coverage`` of the place with the change made.

    Parameters
    ----------
    case
        The place, service and year asked about, with the streets as they were.
    live
        What ``live_of`` returned for the case.
    edits
        In the metric CRS of the place (of a scenario: ``geo.scenario.streets.edits_of``).
    places
        Where facilities of the service stand instead, by their id, in the metric CRS; an id that there is not yet is a
        new one.
    before
        Who was served, of each cell, for what is gained and lost; a cell that is not in it was not. As the case stands,
        where not given.
    limit
        Distance [m]; the standard's radius where not given. "Within" includes the limit itself.

    Raises
    ------
    InputError
        As ``coverage`` and ``geo.network.edits.edit``.

    Examples
    --------
    >>> import shapely
    >>> from geo.examples import at, town
    >>> case = town()
    >>> bridge = shapely.LineString([at(100, 0), at(300, 300)])  # c, 800 m from the school, comes to 461 m
    >>> answer = served(case, live_of(case), Edits(streets=((bridge, "bridge"),)))
    >>> answer.zones[["covered_walk", "share_walk", "gained"]].to_dict("index")
    {'south': {'covered_walk': 1100.0, 'share_walk': 1.0, 'gained': 0.0}, 'north': {'covered_walk': 400.0, 'share_walk': 1.0, 'gained': 400.0}}
    >>> served(case, live_of(case), Edits(), places={"S": at(100, 300)}).total[["gained", "lost"]].to_numpy().tolist()
    [[400.0, 600.0]]
    """
    metres = case.standard.radius_m if limit is None else limit_of(limit)
    people = case.people
    base = live.base
    if places and case.doors is not case.supply:  # a facility that moves leaves its entrances behind
        stays = ~case.doors["facility"].isin(list(places)) | case.doors.index.isin(list(places))
        live = live if stays.all() else live.of(case.doors[stays])
    after = live.after(edits, places)
    now = after.within(metres) & np.isfinite(after.cost)
    if before is None:
        was = base.within(metres) & np.isfinite(base.cost)
    else:
        was = before.reindex(people.index, fill_value=False).to_numpy(bool)
    cells = pd.DataFrame(
        {
            "people": people,
            "walk_m": after.metres,
            "served": now,
            "covered_walk": people.where(now, 0.0),
            "gained": people.where(now & ~was, 0.0),
            "lost": people.where(was & ~now, 0.0),
        }
    )
    sums = ["people", "covered_walk", "gained", "lost"]
    zones = zone_totals(case.workspace, cells[sums])
    total = zones[case.workspace.zones["level"] == "zone"].sum().to_frame().T
    for table in (zones, total):
        table.insert(2, "share_walk", table["covered_walk"] / table["people"].where(table["people"] > 0))
    cells = cells.drop(columns="covered_walk")
    if no_data(case) and not places:
        for table in (zones, total):
            table[[c for c in table if c != "people"]] = np.nan
        cells["served"] = cells["served"].astype(object)
        cells[[c for c in cells if c != "people"]] = np.nan
    return Served(zones, total, cells)
