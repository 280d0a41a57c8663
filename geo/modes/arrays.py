"""A compiled mode as plain arrays and back, for whoever keeps it; no file is touched here."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.modes.mode import Mode
from geo.modes.presets import Preset
from geo.network import arrays
from geo.network.hierarchy import Hierarchy
from geo.text import Text

__all__ = ["FORMAT", "pack", "unpack"]

FORMAT = f"{arrays.FORMAT}-mode-2"
"""Changes whenever the arrays or their meaning change; older files are then built anew."""


def pack(mode: Mode) -> dict[str, Any] | None:
    """Return a mode as plain arrays, compiled; None where the labels of its nodes are no plain ones.

    Examples
    --------
    >>> from geo.examples import streets
    >>> from geo.modes import preset
    >>> car = Mode.from_ways(streets().assign(**{"class": "primary"}), preset("car"))
    >>> "mode_ahead" in pack(car)
    True
    """
    content = arrays.pack(mode.network)
    if content is None:
        return None
    notes = json.dumps([[note.zh, note.en] for note in mode.notes]).encode()
    own = {
        "ahead": mode.ahead,
        "back": mode.back,
        "doorless": mode.doorless,
        "barred": mode.barred,
        "notes": np.frombuffer(notes, np.uint8),
    }
    own |= {f"tree_{name}": value for name, value in mode.tree._asdict().items()}
    return content | {f"mode_{name}": value for name, value in own.items()}


def unpack(content: dict[str, NDArray[Any]], how: Preset) -> Mode:
    """Return the mode, or raise ``ValueError`` or ``KeyError`` when the arrays do not fit together.

    Examples
    --------
    >>> from geo.examples import streets
    >>> from geo.modes import preset
    >>> car = Mode.from_ways(streets().assign(**{"class": "primary"}), preset("car"))
    >>> unpack(pack(car), car.preset).travel_times([1], [3]).to_numpy().tolist()
    [[0.84]]
    """
    network = arrays.unpack({name: value for name, value in content.items() if not name.startswith("mode_")})
    ahead, back, doorless, barred = (content[f"mode_{name}"] for name in ("ahead", "back", "doorless", "barred"))
    edges = network.n_edges
    if barred.ndim != 2 or barred.shape[1] != 2 or bool(((barred < 0) | (barred >= 2 * edges)).any()):
        raise ValueError("the arrays do not fit together")
    told = json.loads(content["mode_notes"].astype(np.uint8).tobytes())
    mode = Mode(network, ahead, back, how, [Text(zh, en) for zh, en in told], doorless, barred)
    tree = Hierarchy(**{name: content[f"mode_tree_{name}"] for name in Hierarchy._fields})
    n, m = mode.corners, len(tree.head)
    fits = (
        len(ahead) == len(back) == len(doorless) == edges
        and len(tree.place) == n
        and np.array_equal(np.sort(tree.place), np.arange(n))
        and len(tree.ptr) == n + 1
        and tree.ptr[0] == 0
        and tree.ptr[-1] == m
        and bool((np.diff(tree.ptr) >= 0).all())
        and len(tree.length) == len(tree.back) == m
        and bool((tree.head >= 0).all() and (tree.head < n).all())
    )
    if not fits:
        raise ValueError("the arrays do not fit together")
    network.graph.keep("times", tree)
    return mode
