"""The door for planners' own files: read what is sure, ask what is not, refuse the rest with a reason.

`read` takes every format of the table ``readers.formats``. The file is copied into an empty folder and parsed by
a locked-in child process (``child.sandbox``); only plain data comes back here.
"""

from __future__ import annotations

import json
import math
import os
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from geo.errors import Finding, InputError
from geo.schema import LAYERS
from geo.text import Text
from layers.incoming.around import KnownPlace, known_places, zone_bounds
from layers.incoming.child import sandbox
from layers.incoming.copies import RefusedHereError, copied
from layers.incoming.outcome import Incoming, failure, feed_result, result
from layers.incoming.place.extent import TIANJIN
from layers.operate import log

__all__ = ["read", "seconds_for"]

ANSWERS_LIMIT = 200_000
SECONDS_A_MEGABYTE = 1.2
UNFOLDS = 10
FOLDED_MOST = 100 * 1024 * 1024
"""No archive is given more time than the largest plain file."""


def read(
    path: str | os.PathLike[str],
    *,
    layer: str,
    crs: str | int | None = None,
    answers: Mapping[str, Any] | None = None,
    extent: tuple[float, float, float, float] | None = None,
    known: Iterable[KnownPlace] | None = None,
    name: str | None = None,
) -> Incoming:
    """Return the layer that a planner's file holds, or why not and what to ask.

    Parameters
    ----------
    path
        The file. A ``.shp`` finds its own parts beside it. Nothing else is read.
    layer
        The layer it shall become: a key of ``geo.schema.LAYERS``, ``population``, or ``timetable`` (GTFS).
    crs
        The reference system, where the file has none: ``EPSG:4548``, 4548, ``gcj02``, ``bd09``.
    answers
        Answers to questions of an earlier call, by their key: ``crs``, ``datum``, ``axis``, ``dataset`` (of an archive),
        ``sheet``, ``layer``, ``stage``, ``columns`` (column of the layer → column of the file), ``control_points``.
    extent
        Where the data must lie: west, south, east, north [degrees]. Tianjin by default.
    known
        Named places as `known_places` gives them, to tell shifted coordinates; the bundled ones by default.
    name
        The file's name as the planner knows it, for the findings (an upload has another on disk).

    Returns
    -------
    incoming
        Never raises for a bad file: then ``frame`` is None and ``findings`` say why, in both languages.

    Raises
    ------
    InputError
        If ``layer`` is not a layer.
    """
    known_layers = (*LAYERS, "population", "timetable")
    if layer not in known_layers:
        raise InputError(
            Text(
                f"没有名为“{layer}”的图层，可选：{'、'.join(known_layers)}",
                f"unknown layer '{layer}', choose one of {', '.join(known_layers)}",
            )
        )
    source = Path(path)
    called = (name or source.name).encode("utf-8", "replace").decode("utf-8")
    with tempfile.TemporaryDirectory(prefix="zoneplan-") as folder:
        try:
            file, parts, digest = copied(
                source, Path(folder), Path(called).suffix.lower() if name else source.suffix.lower()
            )
            given = _plain_answers(answers)
        except RefusedHereError as refused:
            zh, en = (t.encode("utf-8", "replace").decode("utf-8") for t in refused.text)
            return Incoming(None, (Finding("error", zh, en, called),), (), "", layer, called)
        box = extent or TIANJIN
        task = {
            "do": "feed" if layer == "timetable" else "read", "file": file, "parts": parts, "layer": layer, "answers": given,
            "crs": str(crs) if crs not in (None, "") else None,
            "place": {
                "extent": list(box),
                "known": [list(k) for k in (known_places() if known is None else known)][:20_000],
                "zones": None if extent else zone_bounds(),
            },
            "mark": f"import-{digest[:8]}",
        }  # fmt: skip
        try:
            size = sum(_weight(p) for p in Path(folder).rglob("*") if p.is_file())
            answer = sandbox.run(task, folder, seconds=seconds_for(size))
            read = (feed_result if layer == "timetable" else result)(answer, layer, called, digest)
            log.event("import", layer=layer, file=digest[:12], bytes=size, child="answered", accepted=read.accepted)
            return read
        except sandbox.ChildFailedError as failed:
            log.event("import", layer=layer, file=digest[:12], child=failed.kind, detail=failed.detail, accepted=False)
            return Incoming(None, (failure(failed, called),), (), digest, layer, called)


def seconds_for(size: int) -> int:
    """Return how long [s] a file of ``size`` bytes may be read: a large one that is honest needs its time.

    Examples
    --------
    >>> seconds_for(1_000_000), seconds_for(100 * 1024 * 1024)
    (21, 140)
    """
    return sandbox.SECONDS + math.ceil(size / 1024 / 1024 * SECONDS_A_MEGABYTE)


def _weight(path: Path) -> int:
    """Return the bytes that a file has to be read as: workbooks and archives unfold, as a rule about tenfold.

    Only its first bytes are looked at: what an archive says of itself is the child's to read.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        folded = file.read(2) == b"PK"
    return size if not folded else max(size, min(size * UNFOLDS, FOLDED_MOST))


def _plain_answers(answers: Mapping[str, Any] | None) -> dict[str, Any]:
    try:
        text = json.dumps(dict(answers or {}), allow_nan=False)
    except (TypeError, ValueError):
        raise RefusedHereError(
            "answers 只能含文字、数字和列表", "answers may hold only text, numbers and lists"
        ) from None
    odd = [
        k
        for k, v in dict(answers or {}).items()
        if isinstance(v, list | tuple | dict) and k not in ("columns", "control_points")
    ]
    if odd:
        raise RefusedHereError(f"answers 中 {odd[0]} 应为一个值", f"{odd[0]} in answers must be one value")
    if len(text) > ANSWERS_LIMIT:
        raise RefusedHereError("answers 过长", "answers are too long; give fewer control points")
    return dict(json.loads(text))
