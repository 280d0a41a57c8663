"""Drawing on the map: the tools, what each waits for, and the fields of what is drawn."""

from __future__ import annotations

from geo.text import Text

__all__ = ["WORDS"]

WORDS: dict[str, Text] = {
    "draw_bar": Text("在图上画", "Draw on the map"),
    "draw_undo": Text("↶ 撤销", "↶ Undo"),
    "draw_redo": Text("↷ 重做", "↷ Redo"),
    "draw_remove": Text("✕ 删除所选", "✕ Delete"),
    "redo": Text("重做一步", "Redo"),
    "draw_facility": Text("＋ 新增{service}", "＋ Add: {service}"),
    "draw_facility_help": Text("点一下放在那里；靠近道路会吸附。Enter 放在图中央，Esc 取消。", "Click where it goes; it snaps to streets nearby. Enter puts it in the middle of the map, Esc cancels."),
    "draw_how": Text("用地图左侧的工具新增；拖动圆圈移动，数字随之更新。Ctrl+Z 撤销，Ctrl+Y 重做，Delete 删除所选。", "Add with the tools at the left of the map; drag a ring to move it, and the numbers follow. Ctrl+Z undoes, Ctrl+Y redoes, Delete removes what is chosen."),
    "draw_objects": Text("方案新增（与地图联动）", "Added by the plan (linked with the map)"),
    "draw_name": Text("名称", "Name"),
    "draw_year": Text("启用年份（空白为始终）", "Open from (empty: always)"),
    "draw_size": Text("规模（学位）", "Size [seats]"),
    "draw_beds": Text("规模（床位）", "Size [beds]"),
    "draw_lon": Text("经度", "Longitude"),
    "draw_lat": Text("纬度", "Latitude"),
    "draw_number": Text("{what}须为数字，现为“{value}”；未做改动。", "{what} must be a number, it is ‘{value}’; nothing was changed."),
    "draw_delete": Text("从方案中删除", "Delete from the plan"),
    "draw_gone": Text("图上所画的对象已不在方案中，未做改动：{id}", "What was drawn upon is no longer in the plan; nothing was changed: {id}"),
    "draw_odd": Text("浏览器送来的坐标不是经纬度，未做改动；请重画。", "The browser sent no longitude and latitude; nothing was changed. Draw it again."),
}  # fmt: skip
