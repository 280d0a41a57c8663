"""What is not known exactly, drawn and carried through to the answers."""

from __future__ import annotations

from geo.uncertainty.crossed import crossed, farthest
from geo.uncertainty.draws import Block, blocks, mixed
from geo.uncertainty.reach import Reach, accuracy
from geo.uncertainty.sobol import indices
from geo.uncertainty.table import Uncertainties
from geo.uncertainty.uncertain import LAWS, RANGES, Uncertain
from geo.uncertainty.words import about, rounded
from geo.uncertainty.worlds import Worlds, worlds

__all__ = [
    "LAWS",
    "RANGES",
    "Block",
    "Reach",
    "Uncertain",
    "Uncertainties",
    "Worlds",
    "about",
    "accuracy",
    "blocks",
    "crossed",
    "farthest",
    "indices",
    "mixed",
    "rounded",
    "worlds",
]
