"""Pairs of places within a limit of each other, as compressed rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from geo.network.links import Floats, Ints

__all__ = ["Pairs"]


@dataclass(frozen=True, eq=False)
class Pairs:
    """Sources and targets within a limit of each other, row by row (compressed sparse rows).

    The targets of source ``i`` are ``targets[indices[indptr[i]:indptr[i + 1]]]``, ascending, at ``metres`` [m].

    Examples
    --------
    >>> from geo.examples import homes, network, school
    >>> pairs = network().pairs(homes(), school(), limit=500)
    >>> len(pairs), pairs.indptr.tolist(), pairs.metres.tolist()  # one for a, one for b, none for c
    (2, [0, 1, 2, 2], [100.0, 500.0])
    """

    sources: pd.Index
    targets: pd.Index
    indptr: NDArray[np.int64]
    indices: Ints
    metres: Floats

    def __len__(self) -> int:
        """Return the number of pairs."""
        return len(self.indices)

    def rows(self) -> Ints:
        """Return the position of the source of each pair.

        Examples
        --------
        >>> from geo.examples import homes, network, school
        >>> network().pairs(homes(), school(), limit=500).rows().tolist()
        [0, 1]
        """
        return np.repeat(np.arange(len(self.sources), dtype=np.int32), np.diff(self.indptr))

    def frame(self) -> pd.DataFrame:
        """Return one row per pair: ``source``, ``target``, ``metres`` [m].

        Examples
        --------
        >>> from geo.examples import homes, network, school
        >>> network().pairs(homes(), school(), limit=500).frame().to_numpy().tolist()
        [['a', 'S', 100.0], ['b', 'S', 500.0]]
        """
        return pd.DataFrame(
            {
                "source": self.sources.take(self.rows()),
                "target": self.targets.take(self.indices),
                "metres": self.metres,
            }
        )

    def dense(self) -> pd.DataFrame:
        """Return the full table [m], ``inf`` where a pair is missing.

        Examples
        --------
        >>> from geo.examples import homes, network, school
        >>> network().pairs(homes(), school(), limit=500).dense()["S"].to_dict()
        {'a': 100.0, 'b': 500.0, 'c': inf}
        """
        table = np.full((len(self.sources), len(self.targets)), np.inf)
        table[self.rows(), self.indices] = self.metres
        return pd.DataFrame(table, self.sources, self.targets)

    def transpose(self) -> Pairs:
        """Return the same pairs, targets first.

        Examples
        --------
        >>> from geo.examples import homes, network, school
        >>> network().pairs(homes(), school(), limit=500).transpose().frame().to_numpy().tolist()
        [['S', 'a', 100.0], ['S', 'b', 500.0]]
        """
        turned = sparse.csr_matrix(
            (self.metres, self.indices, self.indptr), shape=(len(self.sources), len(self.targets))
        ).tocsc()
        return Pairs(
            self.targets,
            self.sources,
            turned.indptr.astype(np.int64),
            turned.indices.astype(np.int32),
            turned.data,
        )
