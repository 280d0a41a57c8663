"""What decides who is covered, in each draw: the form in which siting and the value of information take it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.case import Case
from geo.progress import Progress
from geo.uncertainty.draws import blocks
from geo.uncertainty.table import Uncertainties

__all__ = ["Worlds", "worlds"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Worlds:
    """What decides who is covered, in each draw.

    Examples
    --------
    >>> from geo.examples import town
    >>> drawn = worlds(town(), Uncertainties.of(town()), count=8)
    >>> drawn.weight.shape, drawn.served.shape, drawn.limit.shape, drawn.unit
    ((8, 3), (8, 3), (8,), 'pupils')
    """

    weight: Floats
    """Who needs the service in each cell [persons], shape (draws, cells)."""
    served: NDArray[np.bool_]
    """Whether a facility that stands already is within the limit, shape (draws, cells)."""
    limit: Floats
    """The limit on the streets as they are drawn on the map [m], shape (draws,): ways that are really 10 % longer make it
    10 % shorter."""
    cells: pd.Index
    unit: str
    """"pupils" or "people"."""

    def __len__(self) -> int:
        """Return the number of draws."""
        return len(self.limit)


def worlds(
    case: Case,
    table: Uncertainties | None = None,
    *,
    count: int = 1000,
    seed: int = 1,
    other: Collection[str] = (),
    limit: float | None = None,
    progress: Progress | None = None,
) -> Worlds:
    """Return draws of who needs a service where, who has it already, and how far its limit reaches.

    Parameters
    ----------
    table
        What is uncertain; from the workspace where not given.
    count
        Draws.
    seed
        The same seed gives the same draws; an input's own do not depend on what the others are.
    other
        Keys of inputs drawn from the second, independent stream; ``position:schools/S01`` is one school's place.
    limit
        Walking distance [m]; the standard's radius where not given.

    Raises
    ------
    InputError
        If ``count`` is below 1, a key is unknown, or the case has no limit.

    Notes
    -----
    Where ``progress`` answers False the draws made so far are returned, at least one block of ``BLOCK``.

    Examples
    --------
    >>> from geo.examples import town
    >>> one, two = worlds(town(), count=4), worlds(town(), count=4, other=["people:total"])
    >>> bool((one.served == two.served).all()), bool((one.weight == two.weight).any())
    (True, False)
    """
    made = [
        (block.weight, block.reach.served(block.limit), block.limit)
        for block in blocks(case, table, count=count, seed=seed, other=other, limit=limit, progress=progress)
    ]
    return Worlds(
        np.concatenate([weight for weight, _, _ in made]),
        np.concatenate([served for _, served, _ in made]),
        np.concatenate([reached for _, _, reached in made]),
        case.workspace.cells.index,
        case.asked.unit if case.asked.unit == "pupils" else "people",
    )
