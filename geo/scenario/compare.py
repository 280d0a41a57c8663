"""What changes between two answers: the numbers of one less those of the other."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

__all__ = ["compare"]


def compare(base: Mapping[str, pd.DataFrame], other: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Return, for every table that both answers have, the numbers of the other less those of the base.

    Examples
    --------
    >>> before, after = pd.DataFrame({"people": [1100.0]}), pd.DataFrame({"people": [1500.0]})
    >>> compare({"total": before}, {"total": after})["total"]["people"].tolist()
    [400.0]
    """
    result = {}
    for name in base.keys() & other.keys():
        left, right = base[name], other[name]
        numeric = [c for c in left.select_dtypes("number").columns if c in right]
        if numeric and left.index.equals(right.index):
            result[name] = right[numeric] - left[numeric]
    return result
