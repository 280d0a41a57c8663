"""The card of a zone."""

from __future__ import annotations

from geo.text import Text

__all__ = ["WORDS"]

WORDS: dict[str, Text] = {
    # zones
    "zone": Text("片区", "Zone"),
    "area": Text("面积（图形量算）", "Area (of this shape)"),
    "area_published": Text("公布 {km2} km²", "published {km2} km²"),
    "area_no_published": Text("未见公布面积", "no published area"),
    "residents_in": Text("{year} 居民", "Residents {year}"),
    "from_cells": Text("人口格网合计", "sum of cells"),
    "zone_role": Text("定位", "Role"),
    "zone_functions": Text("功能", "Functions"),
    "zone_carriers": Text("载体", "Carriers"),
    "zone_clause": Text("规划条目", "Clause of the plan"),
    "zone_sides": Text("边界怎么来的", "Where the border comes from"),
    "zone_note": Text("说明", "Note"),
    "facilities_here": Text("区内设施（{n}）", "Facilities inside ({n})"),
    "carriers_here": Text("载体（{n}）", "Carriers ({n})"),
    "carriers_note": Text("规划写明的功能所依托之处，不是公共服务设施，不参与任何计数。", "What the plan rests its functions on: no public facilities, counted in nothing."),
    "carrier_none": Text("不选", "none"),
    "carrier_choose": Text("查看一处载体", "Look at a carrier"),
    "projects_here": Text("规划项目", "Projects"),
    "none_here": Text("没有。", "None."),
}  # fmt: skip
