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
