"""Compiled searches of a timetable: rides in rounds, walks between them, percentiles over a window of departures.

Times are whole milliseconds in int32, counted from the midnight that begins the day asked for (services of the day
before lie below zero), so that sums are exact, ties are real ties and no order of working changes an answer.
``lines`` is a :class:`geo.transit.lines.Lines`; walks are :class:`geo.transit.legs.Legs`.
"""

from __future__ import annotations

import numpy as np

from geo.kernel import kernel

__all__ = ["FAR", "arrivals", "chains", "matrix_rows", "profile", "row"]

FAR = 1 << 30
"""Never [ms]: 12 days, more than any window holds; two of them add up without overflow."""


@kernel
def chains(run_pattern, run_trip, run_shift, trip_ptr, arrival, departure):  # type: ignore[no-untyped-def]
    """Return the line of each run, and how many lines there are, so that on a line no run overtakes another.

    Runs come sorted by pattern and first departure. Each joins the first line of its pattern whose last run is
    nowhere later than itself; where there is none, it begins a line.
    """
    line, last = np.empty(len(run_trip), np.int32), np.empty(len(run_trip), np.int32)
    lines, first = 0, 0
    for r in range(len(run_trip)):
        if r > 0 and run_pattern[r] != run_pattern[r - 1]:
            first = lines
        a, size = trip_ptr[run_trip[r]], trip_ptr[run_trip[r] + 1] - trip_ptr[run_trip[r]]
        found = first
        while found < lines:
            b, lag = trip_ptr[run_trip[last[found]]], run_shift[r] - run_shift[last[found]]
            fits = True
            for i in range(size):
                if arrival[a + i] + lag < arrival[b + i] or departure[a + i] + lag < departure[b + i]:
                    fits = False
                    break
            if fits:
                break
            found += 1
        lines = max(lines, found + 1)
        line[r], last[found] = found, r
    return line, lines


@kernel
def _first_run(departure, base, size, at, runs, ready):  # type: ignore[no-untyped-def]
    """Return the first of ``runs`` runs of a line that leaves its place ``at`` when one is ready or later, or ``runs``."""
    low, high = 0, runs
    while low < high:
        middle = (low + high) >> 1
        if departure[base + middle * size + at] >= ready:
            high = middle
        else:
            low = middle + 1
    return low


@kernel
def _lower(labels, s, k, time):  # type: ignore[no-untyped-def]
    """Lower the label of a stop in round ``k`` and in those after it: more rides are allowed to be as fast."""
    for more in range(k, len(labels)):
        if labels[more, s] <= time:
            break
        labels[more, s] = time


@kernel
def _ride(lines, line, place, k, bound, ride, board, came, is_new, count):  # type: ignore[no-untyped-def]
    """Ride one line from ``place`` on; list the stops where that is an earlier arrival, and return how many."""
    first, size, base, runs = lines.first[line], lines.size[line], lines.base[line], lines.runs[line]
    run = runs
    for at in range(place, size):
        s = lines.stop[first + at]
        if run < runs and lines.leave[first + at]:
            a = lines.arrival[base + run * size + at]
            if a < ride[k, s] and a <= bound:
                _lower(ride, s, k, a)
                if not is_new[s]:
                    is_new[s] = True
                    came[count] = s
                    count += 1
        if lines.board[first + at]:
            b = board[k - 1, s]
            if b <= bound and (run == runs or (run > 0 and lines.departure[base + (run - 1) * size + at] >= b)):
                run = _first_run(lines.departure, base, size, at, run, b)
    return count


@kernel
def _rounds(lines, walks, bound, ride, board, fresh, is_fresh, came, is_new, place, queue, fresh_count):  # type: ignore[no-untyped-def]
    """Carry what has just fallen in ``board[0]`` (the stops listed in ``fresh``) through all rounds.

    ``ride[k, s]`` is the earliest arrival at a stop in a vehicle with at most ``k`` rides, ``board[k, s]`` the earliest
    time to board there, having changed or walked from another stop. A walk follows a ride, never a walk.
    """
    for k in range(1, len(ride)):
        queued = 0
        for i in range(fresh_count):
            s = fresh[i]
            is_fresh[s] = False
            for h in range(lines.at_ptr[s], lines.at_ptr[s + 1]):
                line = lines.at_line[h]
                if place[line] < 0:
                    queue[queued] = line
                    queued += 1
                    place[line] = lines.at_place[h]
                else:
                    place[line] = min(place[line], lines.at_place[h])
        count = 0
        for q in range(queued):
            count = _ride(lines, queue[q], place[queue[q]], k, bound, ride, board, came, is_new, count)
            place[queue[q]] = -1
        fresh_count = 0
        for i in range(count):
            s = came[i]
            is_new[s] = False
            if k + 1 == len(ride):
                continue
            for h in range(walks.ptr[s], walks.ptr[s + 1]):
                to, b = walks.item[h], ride[k, s] + walks.ms[h]
                if b < board[k, to] and b <= bound:
                    _lower(board, to, k, b)
                    if not is_fresh[to]:
                        is_fresh[to] = True
                        fresh[fresh_count] = to
                        fresh_count += 1
        if fresh_count == 0:
            break


@kernel
def _range(lines, walks, times, limit, root, access, arrive, ride, board, fresh, is_fresh, came, is_new, place, queue):  # type: ignore[no-untyped-def]
    """Fill ``arrive`` (stops × departures) with the earliest arrival in a vehicle for each of ``times``, ascending.

    Departures are taken from the last to the first and labels are kept between them: whoever leaves earlier can
    always wait, so that only what is better than the later departure is looked at again.
    """
    ride[:] = FAR
    board[:] = FAR
    for d in range(len(times) - 1, -1, -1):
        bound, count = times[d] + limit, 0
        for h in range(access.ptr[root], access.ptr[root + 1]):
            s, b = access.item[h], times[d] + access.ms[h]
            if b < board[0, s] and b <= bound:
                _lower(board, s, 0, b)
                if not is_fresh[s]:
                    is_fresh[s] = True
                    fresh[count] = s
                    count += 1
        if len(ride) > 1:
            _rounds(lines, walks, bound, ride, board, fresh, is_fresh, came, is_new, place, queue, count)
        else:
            is_fresh[:] = False
        for s in range(len(arrive)):
            arrive[s, d] = ride[-1, s]


@kernel
def _travel(times, limit, egress, item, walked, arrive, best):  # type: ignore[no-untyped-def]
    """Fill ``best`` with the travel time to one item for each departure; return whether there may be any."""
    seen = walked < FAR
    best[:] = FAR
    for h in range(egress.ptr[item], egress.ptr[item + 1]):
        s, w = egress.item[h], egress.ms[h]
        if arrive[s, 0] < FAR:
            seen = True
            for d in range(len(times)):
                best[d] = min(best[d], np.int32(arrive[s, d] + w))
    if seen:
        for d in range(len(times)):
            took = min(np.int32(best[d] - times[d]), walked)
            best[d] = took if took <= limit else FAR
    return seen


@kernel
def _on_foot(foot, root, walked):  # type: ignore[no-untyped-def]
    """Fill ``walked`` with the whole way on foot from a root to each item."""
    walked[:] = FAR
    for h in range(foot.ptr[root], foot.ptr[root + 1]):
        walked[foot.item[h]] = foot.ms[h]


@kernel
def _ranked(arrive, egress, walked, times, limit, ranks, start, stop, root, out):  # type: ignore[no-untyped-def]
    """Fill ``out`` for one root, from where ``arrive`` is known, and for the items in [start, stop)."""
    best = np.empty(len(times), np.int32)
    for item in range(start, stop):
        if _travel(times, limit, egress, item, walked[item], arrive, best):
            best.sort()
            for p in range(len(ranks)):
                out[p, root, item] = best[ranks[p]]


@kernel
def matrix_rows(lines, walks, access, egress, foot, times, limit, rides, ranks, start, stop, out):  # type: ignore[no-untyped-def]
    """Fill ``out`` (ranks × roots × items) with travel times by their rank among all departures; roots in [start, stop)."""
    stops, items = len(walks.ptr) - 1, len(egress.ptr) - 1
    ride, board = np.empty((rides + 1, stops), np.int32), np.empty((rides + 1, stops), np.int32)
    fresh, came = np.empty(stops, np.int32), np.empty(stops, np.int32)
    is_fresh, is_new = np.zeros(stops, np.bool_), np.zeros(stops, np.bool_)
    place, queue = np.full(len(lines.runs), -1, np.int32), np.empty(len(lines.runs), np.int32)
    arrive, walked = np.empty((stops, len(times)), np.int32), np.empty(items, np.int32)
    for r in range(start, stop):
        _range(lines, walks, times, limit, r, access, arrive, ride, board, fresh, is_fresh, came, is_new, place, queue)
        _on_foot(foot, r, walked)
        _ranked(arrive, egress, walked, times, limit, ranks, 0, items, r, out)


@kernel
def arrivals(lines, walks, access, times, limit, rides):  # type: ignore[no-untyped-def]
    """Return the earliest arrival in a vehicle, stops × departures, from the first root."""
    stops = len(walks.ptr) - 1
    ride, board = np.empty((rides + 1, stops), np.int32), np.empty((rides + 1, stops), np.int32)
    arrive = np.empty((stops, len(times)), np.int32)
    _range(
        lines, walks, times, limit, 0, access, arrive, ride, board,
        np.empty(stops, np.int32), np.zeros(stops, np.bool_), np.empty(stops, np.int32), np.zeros(stops, np.bool_),
        np.full(len(lines.runs), -1, np.int32), np.empty(len(lines.runs), np.int32),
    )  # fmt: skip
    return arrive


@kernel
def row(arrive, egress, foot, times, limit, ranks, start, stop, out):  # type: ignore[no-untyped-def]
    """Fill ``out`` (ranks × 1 × items) as :func:`matrix_rows`, for the root of ``arrive`` and the items in [start, stop)."""
    walked = np.empty(len(egress.ptr) - 1, np.int32)
    _on_foot(foot, 0, walked)
    _ranked(arrive, egress, walked, times, limit, ranks, start, stop, 0, out)


@kernel
def profile(arrive, egress, foot, times, limit, out):  # type: ignore[no-untyped-def]
    """Fill ``out`` (items × departures) with the travel time of each departure from the root of ``arrive``."""
    walked = np.empty(len(egress.ptr) - 1, np.int32)
    _on_foot(foot, 0, walked)
    for item in range(len(walked)):
        _travel(times, limit, egress, item, walked[item], arrive, out[item])
