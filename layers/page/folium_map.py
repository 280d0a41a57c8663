"""folium's own description of the empty map that is mailed around: its element, its options, its controls.

Only what folium draws from constants is taken, never its links to public networks. The function takes no
arguments, so that no value of a planner can reach folium, which compiles what it renders as a template.
"""

from __future__ import annotations

import folium
from branca.element import Figure

__all__ = ["NAME", "empty_map"]

NAME = "map_zoneplan"
"""Name of the Leaflet map in the page's script."""


def empty_map() -> tuple[str, str]:
    """Return the markup and the script of an empty map with its controls, the same at every call."""
    chart = folium.Map(
        location=[0, 0], zoom_start=2, tiles=None, control_scale=False, zoom_snap=0.25, prefer_canvas=False
    )
    chart._id = NAME.removeprefix("map_")
    figure = chart.get_root()
    assert isinstance(figure, Figure)
    figure.render()
    return figure.html.render().strip(), figure.script.render().strip()
