"""The walking network: streets as a graph on which distances are exact."""

from __future__ import annotations

from geo.network.network import Network
from geo.network.pairs import Pairs

__all__ = ["Network", "Pairs"]
