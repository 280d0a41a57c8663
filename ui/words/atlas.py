"""The map: its layers and legends, the base map, units."""

from __future__ import annotations

from geo.text import Text

__all__ = ["WORDS"]

WORDS: dict[str, Text] = {
    # the map
    "map": Text("规划地图。方向键移动，加减键缩放，回车查询中心点。", "Planning map. Arrows move, plus and minus zoom, Enter asks about the centre."),
    "map_failed": Text("地图程序没有载入，请刷新页面；若仍不行，请联系管理员检查 static 目录。", "The map program did not load. Reload the page; if it stays so, ask the administrator to check the static folder."),
    "layers": Text("图层与图例", "Layers and legend"),
    "group_result": Text("分析结果", "Results"),
    "group_service": Text("设施", "Facilities"),
    "group_plan": Text("规划分区", "Planning zones"),
    "group_base": Text("底图", "Base map"),
    "basis": Text("数据依据", "How sure is it?"),
    "basis_solid": Text("实线、实心：实测或有出处", "solid: measured or sourced"),
    "basis_derived": Text("虚线、淡色：推算或估计", "dashed, pale: derived or estimated"),
    "basis_assumed": Text("点线、淡色：示意（假设）", "dotted, pale: assumed, for illustration"),
    "online": Text("在线底图（可选）", "Online base maps (optional)"),
    "probe": Text("试连在线底图", "Try online maps"),
    "probe_note": Text("默认不联网。点此才会访问外网。", "Off by default: nothing leaves this machine unless you press."),
    "probe_none": Text("外网不可用，继续使用离线底图。", "No online map answered; the offline map stays."),
    "offline_map": Text("离线底图", "Offline map"),
    "tiles_tianditu": Text("天地图", "Tianditu"),
    "tiles_amap": Text("高德地图（已纠偏）", "Amap (offset corrected)"),
    "by_amap": Text("高德", "AutoNavi"),
    "all_zones": Text("全部", "All"),
    "hint": Text("在地图上点任意一处：属于哪个片区、走多远有学校、新建一所能多服务多少人", "Click anywhere: which zone it is, how far to walk, whom a new facility would serve"),
    "layer_zones": Text("片区", "Zones"),
    "layer_subs": Text("分区", "Sub-areas"),
    "layer_links": Text("铁路与公路", "Rail and roads"),
    "layer_streets": Text("步行路网", "Walking network"),
    "layer_crossings": Text("过铁路、快速路处", "Crossings of rail and expressways"),
    "crossing_of": Text("过{name}处", "crossing of {name}"),
    "layer_water": Text("水域", "Water"),
    "layer_landuse": Text("规划用地", "Planned land use"),
    "layer_controls": Text("控制线（三线）", "Control lines"),
    "layer_stops": Text("车站", "Stations"),
    "layer_facilities": Text("公共设施", "Public facilities"),
    "layer_others": Text("其他设施", "Other facilities"),
    "layer_carriers": Text("载体", "Carriers"),
    "layer_projects": Text("规划项目", "Projects of the plan"),
    "school": Text("学校", "school"),
    "clinic": Text("医疗机构", "medical"),
    "seats": Text("学位", "seats"),
    "beds": Text("床位", "beds"),
    "people": Text("人", "people"),
    "pupils": Text("名学生", "pupils"),
    "places": Text("个", "seats"),
    "metres": Text("米", "m"),
    "accuracy": Text("位置误差约 {m} 米", "position ± {m} m"),
    # a layer that did not load
    "layers_failed": Text("图层未能载入：{names}", "Could not load: {names}"),
    "layers_between": Text("；", "; "),
    "layers_retried": Text("将自动重试，载入后本提示消失。", "Tried again by itself until it is there."),
    "layers_retry": Text("重试", "Retry"),
    "layers_trying": Text("正在重试…", "Retrying…"),
    "layer_unnamed": Text("未命名的图层", "a layer without a name"),
}  # fmt: skip
