"""How far it is from homes to facilities, wherever the facilities were drawn."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from geo.case import Case
from geo.uncertainty.uncertain import RANGES

__all__ = ["Reach", "accuracy", "near"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Reach:
    """How far it is from each cell to each facility where it was drawn, within ``room``.

    Facilities whose place is known are the same in every draw: ``still`` holds them once.

    Examples
    --------
    >>> nothing = np.empty(0, np.int64)
    >>> still = (np.array([0, 0]), np.array([0, 1]), np.array([100.0, 500.0]))
    >>> reach = Reach(2, 3, 1, (nothing, nothing, nothing, np.empty(0)), still)
    >>> reach.served(np.array([500.0, 400.0])).tolist()
    [[True, True, False], [True, False, False]]
    """

    draws: int
    cells: int
    facilities: int
    moved: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], Floats]
    """Draw, facility, cell and metres of each pair."""
    still: tuple[NDArray[np.int64], NDArray[np.int64], Floats]
    """Facility, cell and metres."""

    @cached_property
    def nearest(self) -> NDArray[np.float32]:
        """Metres from each cell to its nearest facility in each draw [m], shape (draws, cells); inf beyond the room."""
        near = np.full(self.draws * self.cells, np.inf, np.float32)
        draw, _, cell, metres = self.moved
        np.minimum.at(near, draw * self.cells + cell, metres.astype(np.float32))
        _, cell, metres = self.still
        standing = np.full(self.cells, np.inf, np.float32)
        np.minimum.at(standing, cell, metres.astype(np.float32))
        return np.minimum(near.reshape(self.draws, self.cells), standing)

    def served(self, limit: Floats) -> NDArray[np.bool_]:
        """Return whether a facility is within the limit of each draw, shape (draws, cells)."""
        # Metres are whole millimetres to the eye; a limit that is met exactly must not be missed by the last bit of float32.
        return self.nearest <= (limit * (1 + 1e-6)).astype(np.float32)[:, None]

    def pairs(self, draw: int) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
        """Return cell, facility and metres of each pair of a draw, the nearest of a facility's doors."""
        bounds = self._bounds
        here = slice(bounds[draw], bounds[draw + 1])
        facility = np.concatenate([self.moved[1][here], self.still[0]])
        cell = np.concatenate([self.moved[2][here], self.still[1]])
        metres = np.concatenate([self.moved[3][here], self.still[2]])
        order = np.lexsort((metres, facility, cell))
        cell, facility, metres = cell[order], facility[order], metres[order]
        first = np.ones(len(cell), np.bool_)
        first[1:] = (np.diff(cell) != 0) | (np.diff(facility) != 0)
        return cell[first], facility[first], metres[first]

    @cached_property
    def _bounds(self) -> NDArray[np.int64]:
        return np.searchsorted(self.moved[0], np.arange(self.draws + 1))


def accuracy(supply: gpd.GeoDataFrame) -> pd.Series:
    """Return the radius that holds the true place of each facility in 90 of 100 cases [m]: its own, else by its basis.

    Examples
    --------
    >>> from geo.examples import town
    >>> accuracy(town().supply).to_dict()  # an assumed place, of no stated accuracy
    {'S': 1500.0}
    """
    by_basis = supply["basis"].map(RANGES["position"]).astype(float).fillna(RANGES["position"]["assumed"])
    if "accuracy_m" not in supply:
        return by_basis
    return pd.to_numeric(supply["accuracy_m"], errors="coerce").astype(float).fillna(by_basis)


def near(case: Case, xy: Floats, room: float, by: str) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
    """Return cell, point and metres of each pair of a cell and a point within the room [m], by "walk" or "radius".

    Examples
    --------
    >>> from geo.examples import town
    >>> near(town(), np.array([[500_000.0, 4_330_000.0]]), 500.0, "walk")[2].tolist()  # node 1: a and b
    [100.0, 500.0]
    """
    cells = case.workspace.cells
    if not len(xy) or not len(cells):
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0)
    if by == "radius":
        homes = cKDTree(np.column_stack([cells.geometry.x, cells.geometry.y]))
        found = cKDTree(xy).sparse_distance_matrix(homes, room, output_type="coo_matrix")
        return found.col.astype(np.int64), found.row.astype(np.int64), found.data
    network = case.workspace.network
    points = gpd.GeoSeries(gpd.points_from_xy(xy[:, 0], xy[:, 1]), crs=cells.crs)
    pairs = network.pairs(case.homes, network.place(network.snap(points)), limit=room)
    return pairs.rows().astype(np.int64), pairs.indices.astype(np.int64), pairs.metres
