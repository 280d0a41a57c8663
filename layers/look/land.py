"""How planned land use and control lines look: on the page and in QGIS alike, in the usual colours of Chinese plans."""

from __future__ import annotations

from typing import Any

__all__ = ["LINES", "OTHER", "USES", "use_class"]

LINES: dict[str, dict[str, Any]] = {
    "ecology": {"color": "#2e7d32", "fillColor": "#81c784", "fillOpacity": 0.25, "weight": 2},
    "farmland": {"color": "#9a7b00", "fillColor": "#ffe082", "fillOpacity": 0.3, "weight": 2},
    "urban": {"color": "#c2185b", "fillOpacity": 0, "weight": 3},
}
"""Red line green, farmland yellow, growth boundary magenta, as the plans of 国土空间规划 have them."""
USES = {
    "07": ("居住", "residential", "#fff3a6"), "08": ("公共管理与公共服务", "public services", "#f4a6c0"), "09": ("商业服务", "commerce", "#f2766b"),
    "10": ("工矿", "industry", "#b68a6a"), "11": ("仓储", "storage", "#c6b2d6"), "12": ("交通运输", "transport", "#c9c9c9"),
    "13": ("公用设施", "utilities", "#9fb7c9"), "14": ("绿地与开敞空间", "green and open space", "#a9d18e"), "16": ("留白", "reserved", "#ffffff"),
}  # fmt: skip
OTHER = ("其他或未识别", "other or not read", "#e3e0d6")


def use_class(code: object) -> str:
    """Return the first class of a code, empty where it is none of those that have a colour.

    Examples
    --------
    >>> use_class("080403"), use_class("A33"), use_class(None)
    ('08', '', '')
    """
    first = str(code or "").strip()[:2]
    return first if first in USES else ""
