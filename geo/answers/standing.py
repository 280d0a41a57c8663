"""What every click on a place asks for and no click changes, worked out once: cells, facilities, zones, lines as plain arrays.

A click looks at a few dozen zones, lines and schools; taking them out of their frames costs many times the looking. They
are kept by the frames they come from (``geo.kept``), so that a scenario or an import has its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.answers.base import basis_of, source_ids
from geo.answers.candidates import PROTECTION_M
from geo.answers.counted import outside
from geo.case import Case
from geo.network.places import Places

__all__ = ["Line", "Place", "Supply", "Who", "crossings", "lines", "own", "places", "supply", "who"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Who:
    """Who lives where, who of them has a facility within the standard distance, and how sure that is.

    Examples
    --------
    >>> from geo.examples import town
    >>> found = who(town())
    >>> found.weights["people"].tolist(), found.without["walk"].tolist(), found.basis
    ([600.0, 500.0, 400.0], [False, False, True], 'assumed')
    """

    cells: pd.Index
    x: Floats
    y: Floats
    weights: dict[str, Floats]
    """By unit, "people" and for a school "pupils" [persons], in the order of ``cells``."""
    without: dict[str, NDArray[np.bool_]]
    """By "radius" and "walk": which cells have no facility within the standard distance."""
    basis: str
    """Of cells and streets."""
    basis_seats: str
    """Of facilities and cells."""
    basis_all: str
    """Of cells, streets and facilities."""
    sources: tuple[str, ...]


def who(case: Case) -> Who:
    """Return who could be served by a new facility of a case (kept).

    Examples
    --------
    >>> from geo.examples import town
    >>> len(who(town()).cells)
    3
    """
    place, limit = case.workspace, case.standard.radius_m

    def make() -> Who:
        cells, weights = place.cells, {"people": case.people.to_numpy(float)}
        if case.asked.unit == "pupils":
            weights["pupils"] = case.pupils.to_numpy(float)
        return Who(
            cells.index,
            cells.geometry.x.to_numpy(),
            cells.geometry.y.to_numpy(),
            weights,
            {by: ~(case.nearest(by)["metres"].to_numpy(float) <= limit) for by in ("radius", "walk")},
            basis_of(cells, place.streets),
            basis_of(case.supply, cells),
            basis_of(cells, place.streets, case.supply),
            source_ids(place.zones, cells, place.streets),
        )

    return case.keep(
        ("who", case.service, case.year, case.demand, limit),
        place.network, place.cells, place.streets, place.zones, place.layer(case.asked.layer), place.parameters,
        make=make,
    )  # fmt: skip


@dataclass(frozen=True)
class Place:
    """Zones or sub-areas in the order of the workspace.

    Examples
    --------
    >>> from geo.examples import town
    >>> places(town(), "zone").ids
    ['south', 'north']
    """

    shapes: NDArray[Any]
    ids: list[Any]
    zh: list[Any]
    en: list[Any]
    basis: list[str]

    def holding(self, point: shapely.Point) -> int | None:
        """Return the position of the first that holds a point (its edge belongs to it), None where none does.

        Examples
        --------
        >>> from geo.examples import at, town
        >>> places(town(), "zone").holding(at(1e6, 0)) is None
        True
        """
        found = np.flatnonzero(shapely.intersects(self.shapes, point))
        return int(found[0]) if len(found) else None


def places(case: Case, level: str) -> Place:
    """Return the zones of one level, "zone" or "sub_area" (kept).

    Examples
    --------
    >>> from geo.examples import town
    >>> len(places(town(), "sub_area").shapes)
    0
    """
    zones = case.workspace.zones

    def make() -> Place:
        found = zones[zones["level"] == level]
        shapes = found.geometry.to_numpy().copy()
        shapely.prepare(shapes)
        basis = [basis_of(found.iloc[[i]]) for i in range(len(found))]
        return Place(shapes, found.index.tolist(), found["name_zh"].tolist(), found["name_en"].tolist(), basis)

    return case.keep(("places", level), zones, make=make)


@dataclass(frozen=True)
class Line:
    """Lines of one kind: what schools keep their distance from, or what cannot be crossed.

    Examples
    --------
    >>> from geo.examples import at
    >>> Line(np.array([shapely.LineString([at(0, 0), at(9, 0)])]), ["线 1"], ["line 1"], [700.0], ["assumed"]).nearest(at(3, 4))
    (0, 4.0)
    """

    shapes: NDArray[Any]
    zh: list[str]
    en: list[str]
    accuracy_m: list[float]
    basis: list[str]

    def nearest(self, point: shapely.Point) -> tuple[int, float]:
        """Return the position of the line nearest to a point, the first of those equally near, and how far it is [m].

        Examples
        --------
        >>> from geo.examples import at
        >>> far, near = (shapely.LineString([at(0, y), at(9, y)]) for y in (50, 10))
        >>> Line(np.array([far, near]), [""] * 2, [""] * 2, [0.0] * 2, [""] * 2).nearest(at(3, 0))
        (1, 10.0)
        """
        metres = shapely.distance(self.shapes, point)
        found = int(np.nanargmin(metres))  # a line without a place is no nearer than any
        return found, float(metres[found])


def lines(case: Case) -> dict[str, Line]:
    """Return the lines that schools keep their distance from, by kind in the order of ``PROTECTION_M`` (kept).

    Examples
    --------
    >>> from geo.examples import town
    >>> lines(town())
    {}
    """
    links = case.workspace.links

    def make() -> dict[str, Line]:
        by_kind = {kind: links[links["kind"] == kind] for kind in PROTECTION_M}
        return {kind: _line(kind, found) for kind, found in by_kind.items() if len(found)}

    return case.keep("lines", links, make=make)


def _line(kind: str, found: gpd.GeoDataFrame) -> Line:
    accuracy = [float(a) if pd.notna(a) else 0.0 for a in found["accuracy_m"]]
    en = [str(name) if isinstance(name, str) and name else kind for name in found["name_en"]]
    return Line(
        found.geometry.to_numpy(), list(map(str, found["name_zh"])), en, accuracy, list(map(str, found["basis"]))
    )


def crossings(case: Case) -> tuple[NDArray[Any], pd.DataFrame]:
    """Return the streets that cross a railway, an expressway or water, and a table of what each crosses (kept).

    Examples
    --------
    >>> from geo.examples import town
    >>> shapes, told = crossings(town())
    >>> len(shapes), told.columns.tolist()
    (0, ['barrier', 'basis'])
    """
    streets = case.workspace.streets

    def make() -> tuple[NDArray[Any], pd.DataFrame]:
        if "barrier" not in streets:
            return np.empty(0, object), pd.DataFrame(columns=["barrier", "basis"])
        found = streets[streets["barrier"].fillna("").astype(str).str.strip() != ""]
        basis = found["basis"].to_numpy() if "basis" in found else "assumed"
        told = pd.DataFrame({"barrier": found["barrier"].to_numpy(object)}).assign(basis=basis)
        return found.geometry.to_numpy(), told

    return case.keep("crossings", streets, make=make)


@dataclass(frozen=True)
class Supply:
    """The facilities of every service, with their entrances as places on the network.

    Examples
    --------
    >>> from geo.examples import town
    >>> found = supply(town())
    >>> found.table["facility_id"].tolist(), found.owner.tolist(), len(found.doors)
    (['S'], [0], 1)
    """

    table: pd.DataFrame
    """``place`` (rank of the service), ``service``, ``service_zh``, ``service_en``, ``facility_id``, names, status, seats, basis."""
    owner: NDArray[np.int64]
    """Row of the table that each entrance belongs to."""
    x: Floats
    y: Floats
    doors: Places
    rank: NDArray[np.int64]
    seats: Floats


def supply(case: Case) -> Supply:
    """Return the facilities that a click looks for, of every service (kept).

    Examples
    --------
    >>> from geo.examples import town
    >>> supply(town()).seats.tolist()
    [540.0]
    """
    place = case.workspace

    def make() -> Supply:
        parts, ways_in, count = [], [], 0
        for rank, asked in enumerate(place.services.values()):
            one = case.of(asked.key)
            found = one.supply
            named = pd.DataFrame(found[["name_zh", "name_en", "status", "seats", "basis"]])
            words = {"place": rank, "service": asked.key, "service_zh": asked.name_zh, "service_en": asked.name_en}
            parts.append(named.assign(**words, facility_id=found.index))
            owner = found.index.get_indexer(one.doors["facility"]) if one.doors is not found else np.arange(len(found))
            ways_in.append((owner + count, one.doors.geometry.x.to_numpy(), one.doors.geometry.y.to_numpy()))
            count += len(found)
        table = pd.concat([p for p in parts if len(p)] or parts[:1], ignore_index=True)
        owner, x, y = (np.concatenate(column) for column in zip(*ways_in, strict=True))
        points = gpd.GeoSeries(gpd.points_from_xy(x, y), crs=place.crs)
        seats = table["seats"].to_numpy(float, na_value=np.nan)
        return Supply(
            table, owner.astype(np.int64), x, y, place.network.place(points), table["place"].to_numpy(np.int64), seats
        )  # fmt: skip

    return case.keep(
        ("every supply", case.year),
        place.network, place.schools, place.clinics, place.stops, place.facilities, place.parameters, make=make,
    )  # fmt: skip


def own(case: Case) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which rows of ``supply`` are of the service asked and counted, and which of it stand in no zone (kept).

    Examples
    --------
    >>> from geo.answers.standing import own
    >>> from geo.examples import town
    >>> inside, outside = own(town())
    >>> inside.tolist(), outside.tolist()
    ([True], [False])
    """
    every = supply(case)

    def make() -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        mine = (every.table["service"] == case.service).to_numpy(bool)
        beyond = mine & every.table["facility_id"].isin(outside(case).index).to_numpy(bool)
        return mine & ~beyond, beyond

    return case.keep(("own", case.service, case.year), every, case.workspace.zones, make=make)
