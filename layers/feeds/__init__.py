"""Layers and results for other programs, live and read-only: OGC API – Features and Tiles (``zoneplan feeds``)."""
