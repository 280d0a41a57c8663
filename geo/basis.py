"""How sure a number is that was made of several: as sure as the weakest of them."""

from __future__ import annotations

import pandas as pd

from geo.schema import BASES

__all__ = ["basis_of"]


def basis_of(*parts: pd.DataFrame | pd.Series | str) -> str:
    """Return the weakest basis among frames (their ``basis`` column), series and single words.

    Examples
    --------
    >>> basis_of(pd.DataFrame({"basis": ["measured", "estimated"]}), "derived")
    'estimated'
    """
    seen: set[str] = set()
    for part in parts:
        if isinstance(part, str):
            seen.add(part)
        else:
            values = part["basis"] if isinstance(part, pd.DataFrame) and "basis" in part else part
            if isinstance(values, pd.Series):
                seen.update(v for v in values.dropna().unique() if isinstance(v, str))
    ranked = [b for b in BASES if b in seen]
    return ranked[-1] if ranked else "assumed"
