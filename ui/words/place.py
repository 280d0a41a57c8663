"""The clicked place: what is near it, and what a new facility or school there would change."""

from __future__ import annotations

from geo.text import Text

__all__ = ["WORDS"]

WORDS: dict[str, Text] = {
    # the clicked place
    "welcome": Text("这里能问什么", "What you can ask"),
    "step_1": Text("上方选服务和年份（如小学、2025）。", "Choose a service and a year above."),
    "step_2": Text("点地图任意处，或用键盘移动后按回车。", "Click the map, or move with the keyboard and press Enter."),
    "step_3": Text("看覆盖、学位、选址各栏；改好的方案可导出。", "Read coverage, seats and siting; export what you decide."),
    "known": Text("图上哪些是真的", "What is known here"),
    "known_note": Text("标“示意·假设”的是为了能用而补的，不是事实；可在“导入”栏换成您的数据。", "What says assumed was made up so that the page works; it is no fact. Replace it under Import."),
    "schools": Text("学校", "Schools"),
    "clinics": Text("医疗机构", "Medical institutions"),
    "cells": Text("人口格网", "Population cells"),
    "outside": Text("不在任何片区内", "Outside every zone"),
    "if_here": Text("若在此建{service}（{year}）", "If a {service} stood here ({year})"),
    "new_pupils": Text("新覆盖学生（步行）", "Pupils newly covered (on foot)"),
    "new_people": Text("新覆盖居民（步行）", "Residents newly covered (on foot)"),
    "new_note": Text("{limit} 米内；按半径为 {radius}", "within {limit} m; by radius {radius}"),
    "in_reach": Text("步行可达居民", "Residents in reach on foot"),
    "in_reach_note": Text("{limit} 米内；按半径为 {radius}", "within {limit} m; by radius {radius}"),
    "seats_short": Text("周边缺学位", "Seats short nearby"),
    "seats_note": Text("可达学生 {pupils}，学位 {seats}", "{pupils} pupils, {seats} seats in reach"),
    "nearest": Text("最近设施", "Nearest facilities"),
    "nearest_note": Text("本服务列三处，其余各列一处；步行距离沿路网，含到路边的距离。", "Three of this service, one of each other; walking along the network, with the way to the street."),
    "rules": Text("规范核对", "Rules"),
    "rule_met": Text("符合", "met"),
    "rule_broken": Text("不符", "broken"),
    "rule_unsure": Text("待核", "unsure"),
    "walk_m": Text("步行 {m} 米", "{m} m walk"),
    "line_m": Text("直线 {m} 米", "{m} m line"),
    "no_walk": Text("步行不可达", "not reachable on foot"),
    "bands": Text("步行可达范围", "Within walking reach"),
    "bands_by": Text("范围分档", "Bands"),
    "bands_metres": Text("300/500/1000 米", "300/500/1000 m"),
    "bands_minutes": Text("5/10/15 分钟", "5/10/15 min"),
    "speed": Text("步速", "Walking speed"),
    "spokes": Text("到最近设施（连线示意，数字为步行距离）", "To the nearest (line is straight, figure is on foot)"),
    "by_numbers": Text("按坐标查询（不用鼠标）", "Ask by coordinates (no mouse)"),
    "lon": Text("经度（WGS84）", "Longitude (WGS84)"),
    "lat": Text("纬度（WGS84）", "Latitude (WGS84)"),
    "ask": Text("查询", "Ask"),
    "list": Text("一行一处：经度,纬度（最多 50 行）", "One place a line: lon,lat (50 at most)"),
    "ask_list": Text("逐处查询", "Ask about all"),
    "place": Text("地点", "Place"),
    "walk_to": Text("步行最近（米）", "Nearest on foot [m]"),
    # a school at the clicked place
    "school_here": Text("若建 {classes} 班（{seats} 个学位）", "With {classes} classes ({seats} seats)"),
    "pupils_seated": Text("无学位者可入学", "Pupils who would get a seat"),
    "pupils_seated_note": Text("标准距离内无学位：{before} → {after}", "without a seat in reach: {before} → {after}"),
    "right_size": Text("合适规模", "Right size"),
    "right_size_note": Text("约 {seats} 个学位", "about {seats} seats"),
    "classes": Text("班", "classes"),
    "relieves": Text("缓解 {name}", "relieves {name}"),
    "crossing_near": Text("附近须穿越：{name}", "crossing nearby: {name}"),
    "classes_here": Text("规模（班，每班 {size} 人）", "Classes (of {size})"),
    "add_here_seats": Text("在此新增 {seats} 个学位，加入方案", "Add {seats} seats here to my plan"),
}  # fmt: skip
