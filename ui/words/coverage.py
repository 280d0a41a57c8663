"""Coverage and accessibility."""

from __future__ import annotations

from geo.text import Text

__all__ = ["WORDS"]

WORDS: dict[str, Text] = {
    # coverage
    "map_shows": Text("地图显示", "The map shows"),
    "view_cover": Text("服务覆盖", "Coverage"),
    "view_access": Text("可达性", "Accessibility"),
    "standard_is": Text("标准：{limit} 米以内（{rule}）", "standard: within {limit} m ({rule})"),
    "no_data": Text("无数据", "no data"),
    "share_walk": Text("步行覆盖率", "Covered on foot"),
    "share_radius": Text("半径覆盖率", "Covered by radius"),
    "people_of": Text("{n} 人，共 {all} 人", "{n} of {all} people"),
    "radius_only": Text("半径内但步行超出", "In the radius, too far on foot"),
    "radius_only_note": Text("圈内却要绕路的居民", "residents who must go a long way round"),
    "radius_only_short": Text("绕路", "detour"),
    "pupils_walk": Text("步行覆盖学生", "Pupils covered on foot"),
    "pupils_of": Text("共 {all} 人", "of {all}"),
    "by_zone": Text("分片区", "By zone"),
    "residents": Text("居民", "People"),
    "demand": Text("需求（人）", "Demand [people]"),
    "per_1000": Text("每千人学位（床位、站点）", "Seats, beds or stations per 1000"),
    "cover_layer": Text("{service}覆盖（{limit} 米）", "{service}: coverage ({limit} m)"),
    "cover_walk": Text("步行可达 · {n} 人", "within the limit on foot · {n} people"),
    "cover_radius": Text("半径内 · {n} 人", "within the radius · {n} people"),
    "cover_radius_only": Text("仅半径内（步行超出） · {n} 人", "within the radius only, too far on foot · {n} people"),
    "cover_beyond": Text("未覆盖 · {n} 人", "beyond the standard · {n} people"),
    "access_layer": Text("可达性（每千人）", "Accessibility (per 1000)"),
    "access_method": Text("方法", "Method"),
    "access_none": Text("可达范围内没有", "none in reach"),
    "gini": Text("基尼系数", "Gini"),
    "gini_note": Text("0 最均，1 最不均", "0 even, 1 uneven"),
    "palma": Text("帕尔玛比", "Palma"),
    "palma_note": Text("最好一成 ÷ 最差四成", "best tenth ÷ worst four tenths"),
    "share_none": Text("一处也够不到", "None in reach"),
    "share_none_note": Text("占需求人口", "share of demand"),
    "access_decay": Text("距离衰减", "Distance decay"),
    "lorenz": Text("洛伦兹曲线", "Lorenz curve"),
    "lorenz_people": Text("人口累计（由差到好）", "people, worst served first"),
    "lorenz_seats": Text("学位（床位、站点）累计", "seats (beds, stations)"),
}  # fmt: skip
