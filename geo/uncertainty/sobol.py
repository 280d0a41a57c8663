"""Which input makes an answer wide: Sobol's indices from draws of two independent streams.

Sobol', I. (2001) Mathematics and Computers in Simulation 55, 271-280; estimators: Saltelli, A. et al. (2010) Computer Physics
Communications 181, 259-270, table 2 (b) for the first order and (f), of Jansen, M. (1999), for the total.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["indices"]


def indices(
    first: NDArray[np.float64], second: NDArray[np.float64], mixed: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the share of the variance that an input makes alone, and with all it acts together with.

    Parameters
    ----------
    first, second
        Answers in the draws of the first and of the second stream, shape (draws, answers).
    mixed
        Answers where this input alone is of the second stream and all others of the first, same shape.

    Returns
    -------
    alone, total
        Shape (answers,), 0 to 1; 0 where the answer does not vary. Estimates: of 1 000 draws good to a few hundredths.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> a, b = rng.normal(size=(2, 20_000, 2))
    >>> answer = lambda x: (3 * x[:, :1] + 4 * x[:, 1:])  # 9 and 16 of 25 parts of the variance
    >>> mixed = np.column_stack([b[:, 0], a[:, 1]])
    >>> [round(float(v[0]), 1) for v in indices(answer(a), answer(b), answer(mixed))]
    [0.4, 0.4]
    """
    every = np.concatenate([first, second])
    variance = every.var(axis=0)
    # Answers far from 0 would drown the first-order estimate in noise; their mean makes no difference to it.
    centre = every.mean(axis=0)
    alone = ((second - centre) * (mixed - first)).mean(axis=0)
    total = ((first - mixed) ** 2).mean(axis=0) / 2
    some = np.where(variance > 0, variance, 1.0)
    return np.clip(alone / some, 0.0, 1.0), np.clip(total / some, 0.0, 1.0)
