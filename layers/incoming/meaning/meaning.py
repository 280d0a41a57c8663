"""From rows to a checked layer: numbers, words and ids of each row, every refusal with its row and remedy."""

from __future__ import annotations

from typing import Any

from geo.schema import LAYERS
from layers.incoming.meaning import defaults, unsaid
from layers.incoming.meaning.cells import column_of, kept
from layers.incoming.meaning.columns import heads
from layers.incoming.meaning.seats import seats
from layers.incoming.meaning.vocabulary import WORDS
from layers.incoming.rows.table import Table

__all__ = ["typed"]


def typed(
    table: Table, layer: str, found: dict[str, str], taken: set[str], answers: dict[str, Any], mark: str
) -> dict[str, list[Any]]:
    """Return the columns of the layer, then the file's other columns; errors go to ``table.notes`` by row.

    Raises
    ------
    OpenQuestionError
        If seats are given without the stage of the school.
    """
    spec = LAYERS[layer]
    at = {c: i for i, c in enumerate(table.columns)}
    out: dict[str, list[Any]] = {}
    said = heads(table)
    for target, column in found.items():
        if spec.by_name[target].unit == "seats":
            continue
        raw = [r[at[column]] for r in table.rows]
        out[target] = column_of(raw, spec.by_name[target], layer, table, column, said[column])
        if (
            (layer, target) in WORDS
            and column not in spec.by_name
            and column not in out
            and _reworded(raw, out[target])
        ):
            out[column] = kept(raw, column, table)  # the planner's own words are kept beside ours
    used = taken | set(found.values())
    if layer == "schools":
        used |= seats(table, found, used, answers, out)
    for column in table.columns:
        if column in used:
            continue
        name = column if column not in spec.by_name and column not in ("geometry", "") else f"{column}_原"
        out[name] = kept([r[at[column]] for r in table.rows], column, table)
    unsaid.tell(table, layer, found, used, out)
    defaults.fill(table, layer, out, mark)
    return out


def _reworded(raw: list[Any], made: list[Any]) -> bool:
    return any(isinstance(a, str) and b is not None and a.strip() != b for a, b in zip(raw, made, strict=True))
