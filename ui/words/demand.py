"""The demand model, its numbers, and new housing."""

from __future__ import annotations

from geo.text import Text

__all__ = ["WORDS"]

WORDS: dict[str, Text] = {
    # demand
    "demand_settings": Text("需求模型与参数", "Demand model and numbers"),
    "demand_model": Text("需求怎么算", "Demand by"),
    "demand_bound": Text("千人指标取", "Ratio"),
    "bound_low": Text("下限", "low"),
    "bound_high": Text("上限", "high"),
    "demand_reset": Text("恢复默认", "Back to the defaults"),
    "number": Text("参数", "number"),
    "number_change": Text("改哪个参数", "Change"),
    "number_set": Text("采用新值", "Use the new value"),
    "value": Text("数值", "value"),
    "unit": Text("单位", "unit"),
    "source": Text("来源", "source"),
    "clause": Text("条目", "clause"),
    "basis_word": Text("依据", "basis"),
    "step": Text("步骤", "step"),
    "housing": Text("新建住宅（带来学生）", "New housing (brings pupils)"),
    "housing_note": Text("人口数据还没包括的住宅；从建成年起计入需求。", "Housing that the residents do not hold yet; counted from the year it is built."),
    "housing_needs_place": Text("先在地图上点住宅的位置。", "Click the place of the housing on the map first."),
    "housing_add": Text("在点选处加入（建成年为所选年份）", "Add at the clicked place (built in the chosen year)"),
    "housing_drop": Text("去掉", "Remove"),
    "dwellings": Text("套", "dwellings"),
    "assign_rules": Text("附加规则", "Further rules"),
    "assign_rules_none": Text("无", "none"),
}  # fmt: skip
