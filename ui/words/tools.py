"""The tools on the map: search, measuring, picture, print, layer order, help."""

from __future__ import annotations

from geo.text import Text

__all__ = ["WORDS"]

WORDS: dict[str, Text] = {
    # search
    "find_ask": Text("搜索地名、设施、坐标", "Search names or coordinates"),
    "find_title": Text("搜索名称（汉字、拼音、首字母）、地址、编号或坐标（快捷键 /）", "Search by name, address, number or coordinates (key /)"),
    "find_clear": Text("清空", "Clear"),
    "find_list": Text("搜索结果", "Results"),
    "find_keys": Text("↑↓ 选择 · 回车 前往 · Shift+回车 问这里 · Esc 关闭", "↑↓ choose · Enter goes there · Shift+Enter asks · Esc closes"),
    "find_count": Text("找到 {n} 项", "{n} found"),
    "find_none": Text("图上没有这个名称。可换几个字，或输入首字母、坐标。", "Nothing on the map is called so. Try fewer letters, or coordinates."),
    "find_near": Text("没有完全相符的，以下相近：", "Nothing exactly so; close to it:"),
    "find_waiting": Text("正在准备名称索引…", "Preparing the index of names…"),
    "find_failed": Text("名称索引未能载入；坐标仍可搜索。请稍后再试。", "The index of names did not load; coordinates still work. Try again later."),
    "find_text": Text("在规划文本中查找“{words}”", "Look for “{words}” in the text of the plan"),
    "find_here": Text("问这里", "Ask about it"),
    "find_close": Text("取消标记", "Remove the mark"),
    "find_lonlat": Text("按“经度，纬度”读取（{why}）", "read as longitude, latitude ({why})"),
    "find_latlon": Text("按“纬度，经度”读取（{why}）", "read as latitude, longitude ({why})"),
    "find_by_letters": Text("按所写方向", "by the directions written"),
    "find_by_range": Text("按数值范围判断", "by their range"),
    "find_by_near": Text("按离本区远近判断", "whichever lies nearer to this place"),
    "find_gcj": Text("若抄自高德、腾讯地图（GCJ-02）：相差 {m} 米", "if copied from Amap or Tencent (GCJ-02): {m} m away"),
    "find_bd": Text("若抄自百度地图（BD-09）：相差 {m} 米", "if copied from Baidu (BD-09): {m} m away"),
    "find_outside": Text("在本区范围之外", "outside this place"),
    "find_kind_place": Text("坐标", "Coordinates"),
    "find_kind_zone": Text("片区", "Zones"),
    "find_kind_sub_area": Text("分区", "Sub-areas"),
    "find_kind_schools": Text("学校", "Schools"),
    "find_kind_clinics": Text("医疗机构", "Medical institutions"),
    "find_kind_facilities": Text("公共设施", "Public facilities"),
    "find_kind_stops": Text("车站", "Stations"),
    "find_kind_carriers": Text("载体", "Carriers"),
    "find_kind_projects": Text("规划项目", "Projects of the plan"),
    "find_kind_links": Text("铁路与公路", "Rail and roads"),
    "find_kind_streets": Text("道路", "Streets"),
    "find_kind_water": Text("水域", "Water"),
    "find_kind_controls": Text("控制线", "Control lines"),
    # the column of tools
    "tools": Text("地图工具", "Map tools"),
    "tool_zoomin": Text("放大（+）", "Zoom in (+)"),
    "tool_zoomout": Text("缩小（-）", "Zoom out (-)"),
    "tool_home": Text("看全区（h）", "The whole place (h)"),
    "tool_places": Text("转到片区", "Go to a zone"),
    "tool_full": Text("地图全屏（f）", "Full screen (f)"),
    "tool_link": Text("复制链接：把现在看到的（服务、年份、栏目、地点、视图、已存方案）发给同事", "Copy a link: what you see (service, year, panel, place, view, saved plan), for a colleague"),
    "tool_print": Text("打印本页（Ctrl+P）", "Print this page (Ctrl+P)"),
}  # fmt: skip
