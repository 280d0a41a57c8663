"""How carriers 载体 look: a pictogram for each kind, on the page and in QGIS alike."""

from __future__ import annotations

from dataclasses import dataclass

from geo.text import Text

__all__ = ["CARRIERS", "Look", "look_of"]


@dataclass(frozen=True)
class Look:
    """The name of a kind, its colour, its outline in a box of 24 × 24 (fill rule even-odd), and the nearest marker of QGIS."""

    name: Text
    colour: str
    path: str
    marker: str


CARRIERS = {
    "premises": Look(Text("园区楼宇", "premises"), "#6d5a2e", "M3 21V9h7V3h11v18zM13 6.5h5v4h-5zM13 13.5h5v4h-5z", "square"),
    "firm": Look(Text("企业", "firm"), "#34558b", "M2.5 21V10.5l6-4v4l6-4V3h7v18z", "filled_arrowhead"),
    "institute": Look(Text("院所", "institute"), "#1b7a6e", "M12 2L22 8v2.5h-2V18h2v3.5H2V18h2v-7.5H2V8zM8.5 10.5V18h2v-7.5zM13.5 10.5V18h2v-7.5z", "pentagon"),
    "platform": Look(Text("平台", "platform"), "#a04a00", "M12 2l10 5.5L12 13 2 7.5zM2 14l3.5-2 6.5 3.6 6.5-3.6L22 14v2.5L12 22 2 16.5z", "diamond"),
}  # fmt: skip
"""By the values of column ``kind`` of the layer ``carriers``."""


def look_of(kind: object) -> Look:
    """Return the look of a kind; one that is not known speaks for itself, drawn as premises.

    Examples
    --------
    >>> look_of("firm").name.zh, look_of("mill").name.zh
    ('企业', 'mill')
    """
    plain = CARRIERS["premises"]
    return CARRIERS.get(str(kind)) or Look(Text(str(kind), str(kind)), plain.colour, plain.path, plain.marker)
