"""What lies between homes and facilities when a question is asked: metres on foot, or minutes of a journey."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.access.scores import Impedance
from geo.answers.base import basis_of, source_ids
from geo.case import Case
from geo.errors import InputError
from geo.text import Text
from geo.travel import Going, Journey, going

__all__ = ["Between", "between"]


@dataclass(frozen=True, eq=False)
class Between:
    """How far apart places are, and how far is too far; made by :func:`between`.

    Examples
    --------
    >>> from geo.examples import town
    >>> on_foot = between(town(), 500)
    >>> on_foot.unit, on_foot.column, on_foot.words().zh, on_foot.nearest().to_dict()
    ('m', 'walk_m', '步行 500 米', {'a': 100.0, 'b': 500.0, 'c': 800.0})
    >>> ten = between(town(), 10, Journey("walk"))
    >>> ten.unit, ten.column, ten.words().en, ten.nearest().round(2).to_dict()
    ('min', 'minutes', '10 min on foot (adult, 1.2 m/s)', {'a': 1.39, 'b': 6.94, 'c': inf})
    """

    case: Case
    limit: float
    way: Going | None = None

    @property
    def unit(self) -> str:
        """Metres or minutes."""
        return "m" if self.way is None else "min"

    @property
    def column(self) -> str:
        """What a table calls the way from a home."""
        return "walk_m" if self.way is None else "minutes"

    def words(self, limit: float | None = None) -> Text:
        """Return the limit with how one goes."""
        far = self.limit if limit is None else limit
        if self.way is None:
            return Text(f"步行 {far:g} 米", f"{far:g} m on foot")
        return Text(f"{far:g} 分钟（{self.way.words.zh}）", f"{far:g} min {self.way.words.en}")

    def nearest(self) -> pd.Series:
        """Return how far each cell has to the nearest facility; of minutes, ``inf`` beyond the limit."""
        if self.way is None:
            return self.case.nearest("walk")["metres"]
        found = self.way.to_supply(self.limit)
        return found.min(axis="columns") if found.shape[1] else pd.Series(np.inf, index=found.index)

    def nearest_of(self, cells: pd.Index, places: gpd.GeoDataFrame) -> pd.Series:
        """Return how far the cells have to the nearest of some places."""
        if self.way is None:
            return self.case.workspace.network.nearest(self.case.snaps.loc[cells], places)["metres"]
        return self.cost(cells, places).min(axis="columns")

    def cost(self, cells: pd.Index, places: gpd.GeoDataFrame, *, limit: float = np.inf) -> pd.DataFrame:
        """Return how far each of some cells has to each place; ``inf`` beyond ``limit``, of minutes always beyond the own."""
        if self.way is None:
            return self.case.workspace.network.distances(self.case.snaps.loc[cells], places, limit=limit)
        return self.way.minutes(self.case.workspace.cells.loc[cells], places, limit=min(limit, self.limit))

    def to_supply(self, facilities: pd.Index) -> Impedance:
        """Return how far each cell has to facilities of the service within the limit, as ``geo.access`` takes it."""
        if self.way is None:
            supply = self.case.supply.loc[facilities]
            return self.case.workspace.network.pairs(self.case.snaps, supply, limit=self.limit)
        return self.way.to_supply(self.limit)[list(facilities)]

    @property
    def parameters(self) -> dict[str, Any]:
        """What an answer says of it."""
        return {"limit_m": self.limit} if self.way is None else {"limit_min": self.limit, **self.way.parameters}

    @property
    def basis(self) -> str:
        """The weakest basis of streets, timetable and pace."""
        return basis_of(self.case.workspace.streets) if self.way is None else basis_of(*self.way.behind, self.way.basis)

    @property
    def sources(self) -> tuple[str, ...]:
        """Where the streets and the timetable are from."""
        return source_ids(*((self.case.workspace.streets,) if self.way is None else self.way.behind))

    @property
    def notes(self) -> tuple[Text, ...]:
        """What has to be said of how one goes."""
        return () if self.way is None else self.way.notes


def between(case: Case, limit: float, journey: Journey | None = None) -> Between:
    """Return metres on foot within a limit [m], or minutes of a journey within a limit [min].

    Raises
    ------
    InputError
        If the limit is no finite number above 0, or the journey cannot be made here.

    Examples
    --------
    >>> from geo.examples import town
    >>> between(town(), 500).parameters
    {'limit_m': 500.0}
    """
    if not (np.isfinite(limit) and limit > 0):
        raise InputError(
            Text(f"距离或时间须为大于 0 的有限数，现为 {limit}", f"the limit must be finite and above 0, it is {limit}")
        )
    return Between(case, float(limit), None if journey is None else going(case, journey))
