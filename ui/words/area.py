"""A drawn area: how it is drawn, and what it answers."""

from __future__ import annotations

from geo.text import Text

__all__ = ["WORDS"]

WORDS: dict[str, Text] = {
    "view_card": Text("片区卡片", "Card of a zone"),
    "view_area": Text("框选范围", "An area of mine"),
    "area_how": Text("用地图左侧的“画范围”圈一块地，拖动顶点修改；也可取片区，或粘贴坐标。", "Draw an area with the tool at the left of the map and drag its corners; or take zones, or paste coordinates."),
    "area_tool": Text("▱ 画范围", "▱ Draw an area"),
    "area_tool_title": Text("在地图上圈出一块地，回答其中有什么、缺什么", "Draw an area on the map: what is in it, and what is missing"),
    "area_tool_help": Text("逐点点击，点回第一个点（或双击）完成；Esc 取消。", "Click corner by corner, on the first one (or twice) to end; Esc cancels."),
    "area_mine": Text("所画范围", "The drawn area"),
    "area_none": Text("还没有范围。", "No area yet."),
    "area_zones": Text("取片区为范围（可多选）", "Take zones as the area"),
    "area_zones_hint": Text("选择片区", "Choose zones"),
    "area_paste": Text("粘贴坐标（GeoJSON 或 WKT）", "Paste coordinates (GeoJSON or WKT)"),
    "area_text": Text("面的坐标，经纬度（度，WGS 84）", "An area in degrees of longitude and latitude (WGS 84)"),
    "area_take": Text("用作范围", "Take it"),
    "area_clear": Text("删除范围", "Delete"),
    "area_odd": Text("画的不是一个面：至少三个点，边界不能自相交；未做改动，请重画。", "This is no area: at least three corners, a border that does not cross itself; nothing was changed, draw it again."),
    "area_fixed": Text("这个范围由多块组成或顶点很多，只显示，不能拖动顶点。", "This area has several parts or many corners: it is shown, its corners are not dragged."),
    "area_year": Text("{year} 年", "in {year}"),
    "area_pupils": Text("学生（四个学段）", "Pupils of all stages"),
    "area_cells": Text("{n} 个人口格", "{n} cells"),
    "area_stages": Text("学生与学位（学位只计范围内的学校）", "Pupils and seats (of the schools inside)"),
    "area_schools": Text("学校", "Schools"),
    "area_seats": Text("学位", "Seats"),
    "area_missing": Text("缺", "Missing"),
    "area_unknown": Text("未知", "not known"),
    "area_unknown_of": Text("未知（{n} 所未填）", "not known ({n} not given)"),
    "area_standards": Text("对照各项标准", "Against each standard"),
    "area_walk": Text("{service} · 步行 {walk}内", "{service} · within {walk} on foot"),
    "area_per_thousand": Text("{service} · 千人学位", "{service} · seats per 1000 residents"),
    "area_needed": Text("应有，已有", "Needed, there"),
    "area_of": Text("{needed}，已有 {there}", "{needed}, there: {there}"),
    "area_clause": Text("标准与条款", "Standard and clause"),
    "area_short": Text("缺 {n}", "{n} missing"),
    "area_met": Text("已达到", "met"),
    "area_share": Text("{n}（{share}）", "{n} ({share})"),
    "area_unit_people": Text("{n} 人", "{n} people"),
    "area_unit_pupils": Text("{n} 名学生", "{n} pupils"),
    "area_unit_seats": Text("{n} 个学位", "{n} seats"),
    "area_inside": Text("范围内的设施（{n}）", "Facilities inside ({n})"),
}  # fmt: skip
