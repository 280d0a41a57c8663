"""Going by bicycle, by car, in a wheelchair or with a pram: minutes on the ways that each may use."""

from __future__ import annotations

from geo.modes.mode import Mode, travel
from geo.modes.presets import PRESETS, Preset, preset

__all__ = ["PRESETS", "Mode", "Preset", "preset", "travel"]
