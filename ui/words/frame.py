"""The frame of the page: what is chosen above the map, the names of the panels, and what goes wrong."""

from __future__ import annotations

from geo.text import Text

__all__ = ["WORDS"]

WORDS: dict[str, Text] = {
    # the frame
    "app": Text("高新区规划图", "Zone Planner"),
    "service": Text("服务", "Service"),
    "year": Text("年份", "Year"),
    "measure": Text("距离", "Distance"),
    "walk": Text("步行", "On foot"),
    "radius": Text("半径", "Radius"),
    "language": Text("语言", "Language"),
    "sources": Text("来源：", "Sources: "),
    "how": Text("怎么算的", "How it is worked out"),
    "panel": Text("栏目", "Panel"),
    "infeasible": Text("没有可行的答案", "No feasible answer"),
    "cannot": Text("无法回答", "This cannot be answered"),
    "fault": Text("程序出错，已记入日志；请换一个选择，或告知管理员。", "A fault in the program, written to the log. Choose something else, or tell the administrator."),
    # panels
    "panel_site": Text("点选", "Site"),
    "panel_coverage": Text("覆盖", "Coverage"),
    "panel_seats": Text("学位", "Seats"),
    "panel_zones": Text("分区", "Zones"),
    "panel_siting": Text("选址", "Siting"),
    "panel_scenario": Text("方案", "Plans"),
    "panel_targets": Text("指标", "Targets"),
    "panel_import": Text("导入", "Import"),
    "panel_export": Text("导出", "Export"),
    "panel_health": Text("体检", "Health"),
}  # fmt: skip
