"""The step-decay scoring over sparse pairs, compiled: once over pairs as they come, or over ordered ones."""

from __future__ import annotations

import numpy as np

from geo.kernel import kernel

__all__ = ["ordered_access", "step_access"]


@kernel
def step_access(indptr, indices, distance, people, seats, bounds, weights):  # type: ignore[no-untyped-def]
    """Return seats per person at each point, and whether every distance was a number >= 0.

    Rows of the pairs are points, ``indices`` their facilities. ``bounds`` ascend and are finite; ``weights`` has
    one more entry, the last 0, for what lies beyond. The step of a pair is kept in one byte between the passes:
    a pair then costs 9 bytes on the way in and 9 on the way back.
    """
    points, sites, steps = indptr.size - 1, seats.size, bounds.size
    access, crowd = np.zeros(points), np.zeros(sites)
    step = np.empty(distance.size, np.uint8)
    good = True
    if steps <= 4:  # unrolled: no branch depends on the data
        b0 = bounds[0]
        b1 = bounds[1] if steps > 1 else np.inf
        b2 = bounds[2] if steps > 2 else np.inf
        b3 = bounds[3] if steps > 3 else np.inf
        for k in range(distance.size):
            d = distance[k]
            good &= d >= 0.0
            step[k] = (d > b0) + (d > b1) + (d > b2) + (d > b3)
    else:
        for k in range(distance.size):
            d = distance[k]
            good &= d >= 0.0
            step[k] = np.searchsorted(bounds, d)
    if not good:
        return access, False
    for i in range(points):
        living = people[i]
        for k in range(indptr[i], indptr[i + 1]):
            crowd[indices[k]] += living * weights[step[k]]
    for j in range(sites):
        crowd[j] = seats[j] / crowd[j] if crowd[j] > 0.0 else 0.0
    for i in range(points):
        total = 0.0
        for k in range(indptr[i], indptr[i + 1]):
            total += weights[step[k]] * crowd[indices[k]]
        access[i] = total
    return access, True


@kernel(fastmath={"reassoc", "contract", "nsz"})
def ordered_access(ptr, point, distance, people, seats, bounds, weights):  # type: ignore[no-untyped-def]
    """Return seats per person at each point from pairs ordered by facility and distance.

    A step is then a stretch of the list: no weight is looked up, the people of a stretch are added and its share
    is handed out, less than 2 ns a pair. ``bounds`` ascend and are finite.
    """
    access = np.zeros(people.size)
    steps = bounds.size
    cut = np.empty(steps + 1, np.int64)
    for j in range(seats.size):
        first, last = ptr[j], ptr[j + 1]
        near = distance[first:last]
        cut[0] = first
        crowd = 0.0
        for s in range(steps):
            cut[s + 1] = first + np.searchsorted(near, bounds[s], side="right")
            living = 0.0
            for p in point[cut[s] : cut[s + 1]]:
                living += people[p]
            crowd += living * weights[s]
        if crowd > 0.0:
            for s in range(steps):
                share = seats[j] / crowd * weights[s]
                for p in point[cut[s] : cut[s + 1]]:
                    access[p] += share
    return access
