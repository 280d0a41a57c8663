"""The plan of the session: its changes, its comparison with today, saved plans."""

from __future__ import annotations

from geo.text import Text

__all__ = ["WORDS"]

WORDS: dict[str, Text] = {
    # the plan of the session
    "my_plan": Text("我的方案", "My plan"),
    "size": Text("规模（学位）", "Size [seats]"),
    "add_here": Text("在此新增，加入方案", "Add here to my plan"),
    # plans
    "plan_note": Text("每一步都可撤销；保存后各版都在，不会丢。", "Every step can be undone; what is saved keeps all its revisions."),
    "plan_empty": Text("还没有改动。在“点选”或“选址”栏把地点加入方案。", "No change yet. Add places under Site or Siting."),
    "undo": Text("撤销一步", "Undo"),
    "save_plan": Text("导出方案", "Save as file"),
    "closed": Text("关闭", "closed"),
    "change_facility": Text("关闭或调整现有设施", "Close or resize a facility"),
    "facility": Text("设施", "Facility"),
    "close_it": Text("关闭此设施", "Close it"),
    "resize_it": Text("改为此规模", "Resize it"),
    "compare": Text("方案前后对比（{year}，步行覆盖率）", "Before and after ({year}, covered on foot)"),
    "compare_note": Text("覆盖率按居民加权，沿路网步行，距离取各服务的标准半径。", "Shares of residents, on foot along the network, within each service's standard."),
    "difference": Text("方案带来的变化（步行）", "What the plan changes (on foot)"),
    "won_by_plan": Text("新覆盖 · {n} 人", "newly served · {n} people"),
    "lost_by_plan": Text("失去覆盖 · {n} 人", "no longer served · {n} people"),
    "before": Text("现状", "Before"),
    "after": Text("方案后", "After"),
    "more_people": Text("多覆盖（人）", "More people"),
    # saved plans
    "plan_name": Text("方案名称", "Name of the plan"),
    "plan_save": Text("保存", "Save"),
    "plan_saved": Text("已保存：{name}（第 {rev} 版）", "Saved: {name} (revision {rev})"),
    "plan_open": Text("打开已存方案", "Open a saved plan"),
    "plan_open_it": Text("打开", "Open"),
    "plan_set_aside": Text("基础数据变了，方案中的设施已不存在；方案已搁置，可撤销导入或重做。", "The base changed and the plan no longer fits it; it was set aside. Undo the import, or make it anew."),
}  # fmt: skip
