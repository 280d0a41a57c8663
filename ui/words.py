"""Every word of the page, Chinese first, English beside it; nothing else on the page speaks."""

from __future__ import annotations

import streamlit as st

__all__ = ["BASIS", "CATALOGUE", "STATUS", "both", "language", "pick", "say"]

Pair = tuple[str, str]

BASIS: dict[str, Pair] = {
    "measured": ("实测", "measured"),
    "sourced": ("有出处", "sourced"),
    "derived": ("推算", "derived"),
    "estimated": ("估计", "estimated"),
    "assumed": ("示意·假设", "assumed"),
}
STATUS: dict[str, Pair] = {
    "existing": ("现状", "existing"),
    "planned": ("规划", "planned"),
    "proposed": ("方案新增", "proposed"),
}
CLINIC_KINDS: dict[str, Pair] = {
    "hospital": ("医院", "hospital"),
    "community_health_centre": ("社区卫生服务中心", "community health centre"),
    "health_station": ("社区卫生服务站", "community health station"),
}
STAGE_NAMES: dict[str, Pair] = {
    "kindergarten": ("幼儿园", "kindergarten"),
    "primary": ("小学", "primary"),
    "junior": ("初中", "junior"),
    "senior": ("高中", "senior"),
}

CATALOGUE: dict[str, Pair] = {
    # the frame
    "app": ("高新区规划图", "Zone Planner"),
    "starting": ("正在准备地图", "Preparing the map"),
    "ready": ("地图就绪", "The map is ready"),
    "drawing": ("生成图层", "drawing the layers"),
    "service": ("服务", "Service"),
    "year": ("年份", "Year"),
    "measure": ("距离", "Distance"),
    "walk": ("步行", "On foot"),
    "radius": ("半径", "Radius"),
    "language": ("语言", "Language"),
    "sources": ("来源：", "Sources: "),
    "how": ("怎么算的", "How it is worked out"),
    "panel": ("栏目", "Panel"),
    "basis_is": ("依据：", "Basis: "),
    "infeasible": ("没有可行的答案", "No feasible answer"),
    "cannot": ("无法回答", "This cannot be answered"),
    "fault": ("程序出错，已记入日志；请换一个选择，或告知管理员。", "A fault in the program, written to the log. Choose something else, or tell the administrator."),
    # panels
    "panel_site": ("点选", "Site"),
    "panel_coverage": ("覆盖", "Coverage"),
    "panel_seats": ("学位", "Seats"),
    "panel_zones": ("分区", "Zones"),
    "panel_siting": ("选址", "Siting"),
    "panel_scenario": ("方案", "Plans"),
    "panel_targets": ("指标", "Targets"),
    "panel_import": ("导入", "Import"),
    "panel_export": ("导出", "Export"),
    "panel_health": ("体检", "Health"),
    # the map
    "map": ("规划地图。方向键移动，加减键缩放，回车查询中心点。", "Planning map. Arrows move, plus and minus zoom, Enter asks about the centre."),
    "map_failed": ("地图程序没有载入，请刷新页面；若仍不行，请联系管理员检查 static 目录。", "The map program did not load. Reload the page; if it stays so, ask the administrator to check the static folder."),
    "layers": ("图层与图例", "Layers and legend"),
    "group_result": ("分析结果", "Results"),
    "group_service": ("设施", "Facilities"),
    "group_plan": ("规划分区", "Planning zones"),
    "group_base": ("底图", "Base map"),
    "basis": ("数据依据", "How sure is it?"),
    "basis_solid": ("实线、实心：实测或有出处", "solid: measured or sourced"),
    "basis_derived": ("虚线、淡色：推算或估计", "dashed, pale: derived or estimated"),
    "basis_assumed": ("点线、淡色：示意（假设）", "dotted, pale: assumed, for illustration"),
    "online": ("在线底图（可选）", "Online base maps (optional)"),
    "probe": ("试连在线底图", "Try online maps"),
    "probe_note": ("默认不联网。点此才会访问外网。", "Off by default: nothing leaves this machine unless you press."),
    "probe_none": ("外网不可用，继续使用离线底图。", "No online map answered; the offline map stays."),
    "offline_map": ("离线底图", "Offline map"),
    "all_zones": ("全部", "All"),
    "hint": ("在地图上点任意一处：属于哪个片区、走多远有学校、新建一所能多服务多少人", "Click anywhere: which zone it is, how far to walk, whom a new facility would serve"),
    "layer_zones": ("片区", "Zones"),
    "layer_subs": ("分区", "Sub-areas"),
    "layer_links": ("铁路与公路", "Rail and roads"),
    "layer_streets": ("步行路网", "Walking network"),
    "layer_crossings": ("过铁路、快速路处", "Crossings of rail and expressways"),
    "layer_water": ("水域", "Water"),
    "layer_stops": ("车站", "Stations"),
    "layer_others": ("其他设施", "Other facilities"),
    "layer_projects": ("规划项目", "Projects of the plan"),
    "in_year": ("{year} 年", "{year}"),
    "counted": ("{name}（{count}）", "{name} ({count})"),
    "school": ("学校", "school"),
    "clinic": ("医疗机构", "medical"),
    "other": ("其他", "other"),
    "seats": ("学位", "seats"),
    "beds": ("床位", "beds"),
    "people": ("人", "people"),
    "pupils": ("名学生", "pupils"),
    "places": ("个", "seats"),
    "metres": ("米", "m"),
    "minutes": ("分钟", "min"),
    "unknown": ("未知", "unknown"),
    "accuracy": ("位置误差约 {m} 米", "position ± {m} m"),
    "seats_unknown": ("学位未知", "seats unknown"),
    # the clicked place
    "welcome": ("这里能问什么", "What you can ask"),
    "step_1": ("上方选服务和年份（如小学、2025）。", "Choose a service and a year above."),
    "step_2": ("点地图任意处，或用键盘移动后按回车。", "Click the map, or move with the keyboard and press Enter."),
    "step_3": ("看覆盖、学位、选址各栏；改好的方案可导出。", "Read coverage, seats and siting; export what you decide."),
    "known": ("图上哪些是真的", "What is known here"),
    "known_note": ("标“示意·假设”的是为了能用而补的，不是事实；可在“导入”栏换成您的数据。", "What says assumed was made up so that the page works; it is no fact. Replace it under Import."),
    "schools": ("学校", "Schools"),
    "clinics": ("医疗机构", "Medical institutions"),
    "cells": ("人口格网", "Population cells"),
    "outside": ("不在任何片区内", "Outside every zone"),
    "if_here": ("若在此建{service}（{year}）", "If a {service} stood here ({year})"),
    "new_pupils": ("新覆盖学生（步行）", "Pupils newly covered (on foot)"),
    "new_people": ("新覆盖居民（步行）", "Residents newly covered (on foot)"),
    "new_note": ("{limit} 米内；按半径为 {radius}", "within {limit} m; by radius {radius}"),
    "in_reach": ("步行可达居民", "Residents in reach on foot"),
    "in_reach_note": ("{limit} 米内；按半径为 {radius}", "within {limit} m; by radius {radius}"),
    "seats_short": ("周边缺学位", "Seats short nearby"),
    "seats_note": ("可达学生 {pupils}，学位 {seats}", "{pupils} pupils, {seats} seats in reach"),
    "nearest": ("最近设施", "Nearest facilities"),
    "nearest_note": ("本服务列三处，其余各列一处；步行距离沿路网，含到路边的距离。", "Three of this service, one of each other; walking along the network, with the way to the street."),
    "rules": ("规范核对", "Rules"),
    "rule_met": ("符合", "met"),
    "rule_broken": ("不符", "broken"),
    "rule_unsure": ("待核", "unsure"),
    "walk_m": ("步行 {m} 米", "{m} m on foot"),
    "line_m": ("直线 {m} 米", "{m} m straight"),
    "no_walk": ("步行不可达", "not reachable on foot"),
    "bands": ("步行可达范围", "Within walking reach"),
    "bands_by": ("范围分档", "Bands"),
    "bands_metres": ("300/500/1000 米", "300/500/1000 m"),
    "bands_minutes": ("5/10/15 分钟", "5/10/15 min"),
    "speed": ("步速", "Walking speed"),
    "spokes": ("到最近设施（连线示意，数字为步行距离）", "To the nearest (line is straight, figure is on foot)"),
    "by_numbers": ("按坐标查询（不用鼠标）", "Ask by coordinates (no mouse)"),
    "lon": ("经度（WGS84）", "Longitude (WGS84)"),
    "lat": ("纬度（WGS84）", "Latitude (WGS84)"),
    "ask": ("查询", "Ask"),
    "list": ("一行一处：经度,纬度（最多 50 行）", "One place a line: lon,lat (50 at most)"),
    "ask_list": ("逐处查询", "Ask about all"),
    "place": ("地点", "Place"),
    "walk_to": ("步行最近（米）", "Nearest on foot [m]"),
    # the plan of the session
    "my_plan": ("我的方案", "My plan"),
    "size": ("规模（学位）", "Size [seats]"),
    "add_here": ("在此新增，加入方案", "Add here to my plan"),
    # coverage
    "map_shows": ("地图显示", "The map shows"),
    "view_cover": ("服务覆盖", "Coverage"),
    "view_access": ("可达性", "Accessibility"),
    "standard_is": ("标准：{limit} 米以内（{rule}）", "standard: within {limit} m ({rule})"),
    "share_walk": ("步行覆盖率", "Covered on foot"),
    "share_radius": ("半径覆盖率", "Covered by radius"),
    "people_of": ("{n} 人，共 {all} 人", "{n} of {all} people"),
    "radius_only": ("半径内但步行超出", "In the radius, too far on foot"),
    "radius_only_note": ("圈内却要绕路的居民", "residents who must go a long way round"),
    "radius_only_short": ("绕路", "detour"),
    "pupils_walk": ("步行覆盖学生", "Pupils covered on foot"),
    "pupils_of": ("共 {all} 人", "of {all}"),
    "by_zone": ("分片区", "By zone"),
    "residents": ("居民", "People"),
    "demand": ("需求（人）", "Demand [people]"),
    "per_1000": ("每千人学位（床位、站点）", "Seats, beds or stations per 1000"),
    "cover_layer": ("{service}覆盖（{limit} 米）", "{service}: coverage ({limit} m)"),
    "access_layer": ("可达性（每千人）", "Accessibility (per 1000)"),
    "access_method": ("方法", "Method"),
    "gini": ("基尼系数", "Gini"),
    "gini_note": ("0 最均，1 最不均", "0 even, 1 uneven"),
    "palma": ("帕尔玛比", "Palma"),
    "palma_note": ("最好一成 ÷ 最差四成", "best tenth ÷ worst four tenths"),
    "share_none": ("一处也够不到", "None in reach"),
    "share_none_note": ("占需求人口", "share of demand"),
    # zones
    "zone": ("片区", "Zone"),
    "no_zones": ("此工作区没有片区。", "This workspace has no zones."),
    "area": ("面积（图形量算）", "Area (of this shape)"),
    "area_published": ("公布 {km2} km²", "published {km2} km²"),
    "area_no_published": ("未见公布面积", "no published area"),
    "residents_in": ("{year} 居民", "Residents {year}"),
    "from_cells": ("人口格网合计", "sum of cells"),
    "zone_role": ("定位", "Role"),
    "zone_functions": ("功能", "Functions"),
    "zone_carriers": ("载体", "Carriers"),
    "zone_clause": ("规划条目", "Clause of the plan"),
    "zone_sides": ("边界怎么来的", "Where the border comes from"),
    "zone_note": ("说明", "Note"),
    "facilities_here": ("区内设施（{n}）", "Facilities inside ({n})"),
    "projects_here": ("规划项目", "Projects"),
    "none_here": ("没有。", "None."),
    # the register
    "no_targets": ("此工作区没有规划指标表。", "This workspace has no table of targets."),
    "indicators": ("指标", "Indicators"),
    "binding": ("其中约束性 {n} 项", "{n} binding"),
    "contradictions": ("自相矛盾", "Contradictions"),
    "contradictions_note": ("规划前后不一处", "where the plan says two things"),
    "part_targets": ("指标", "Targets"),
    "part_contradictions": ("矛盾", "Contradictions"),
    "part_projects": ("项目", "Projects"),
    # plans
    "plan_note": ("改动只在本次会话中；可撤销，请导出保存。", "Kept in this session; can be undone. Save it as a file."),
    "plan_empty": ("还没有改动。在“点选”或“选址”栏把地点加入方案。", "No change yet. Add places under Site or Siting."),
    "undo": ("撤销一步", "Undo"),
    "save_plan": ("导出方案", "Save as file"),
    "closed": ("关闭", "closed"),
    "change_facility": ("关闭或调整现有设施", "Close or resize a facility"),
    "facility": ("设施", "Facility"),
    "close_it": ("关闭此设施", "Close it"),
    "resize_it": ("改为此规模", "Resize it"),
    "compare": ("方案前后对比（{year}，步行覆盖率）", "Before and after ({year}, covered on foot)"),
    "compare_note": ("覆盖率按居民加权，沿路网步行，距离取各服务的标准半径。", "Shares of residents, on foot along the network, within each service's standard."),
    "before": ("现状", "Before"),
    "after": ("方案后", "After"),
    "more_people": ("多覆盖（人）", "More people"),
}  # fmt: skip


def language() -> str:
    """Return the language of the session: zh or en."""
    return "en" if st.session_state.get("lang") == "en" else "zh"


def pick(pair: Pair) -> str:
    """Return the Chinese or the English of a pair."""
    return pair[1] if language() == "en" else pair[0]


def both(key: str) -> Pair:
    """Return a phrase in both languages."""
    return CATALOGUE[key]


def say(key: str, **values: object) -> str:
    """Return a phrase of the catalogue in the language of the session, with its blanks filled in."""
    text = pick(CATALOGUE[key])
    return text.format(**values) if values else text
