"""The rolling programme: what is built when, for what money."""

from __future__ import annotations

from geo.text import Text

__all__ = ["WORDS"]

WORDS: dict[str, Text] = {
    "view_programme": Text("滚动计划", "Rolling programme"),
    "programme_first": Text("起始年", "First year"),
    "programme_last": Text("末年", "Last year"),
    "programme_budget": Text("年度预算（万元）", "Budget a year [10,000 yuan]"),
    "programme_budget_help": Text(
        "一个数为每年相同；逐年不同的用逗号分开：8000, 12000, 6000",
        "one number for every year alike; by commas where years differ: 8000, 12000, 6000",
    ),
    "programme_budget_bad": Text(
        "年度预算“{text}”不是数：请写一个数，或用逗号分开的逐年预算，如 8000, 12000",
        "budget '{text}' is no number: write one, or one a year between commas, such as 8000, 12000",
    ),
    "programme_costs": Text("造价、工期与现有学校", "Costs, building time, existing schools"),
    "programme_fixed": Text("新建一所（万元）", "A new one [10,000 yuan]"),
    "programme_per_class": Text("新建每班（万元）", "Each of its classes [10,000 yuan]"),
    "programme_per_grown": Text("扩建每班（万元）", "A class added [10,000 yuan]"),
    "programme_build": Text("新建工期（年）", "Years to build"),
    "programme_grow_by": Text("现有最多扩几班", "Existing may grow by [classes]"),
    "programme_upkeep": Text("每班每年运行费（万元）", "Upkeep of a class a year [10,000 yuan]"),
    "programme_may_close": Text("现有的可以停办", "Existing ones may close"),
    "programme_ask": Text("编制滚动计划", "Make the programme"),
    "programme_less": Text("若预算减 20%", "With 20 % less money"),
    "programme_now": Text("原预算", "Budget as given"),
    "programme_served": Text("期末有座", "Served in the last year"),
    "programme_shortage": Text("期末仍缺", "Still without in the last year"),
    "programme_gain": Text("多服务（人年）", "More served [person-years]"),
    "programme_spent": Text("总花费", "Spent in all"),
    "programme_money": Text("万元", "10,000 yuan"),
    "programme_years": Text("逐年预算与学位", "Money and seats year by year"),
    "programme_what": Text("何处何时", "Where and when"),
    "programme_chart": Text("滚动计划甘特图", "Gantt chart of the programme"),
    "programme_building": Text("建设", "being built"),
    "programme_serving": Text("投用", "serving"),
    "programme_closed": Text("停办", "closed"),
    "programme_row": Text(
        "{name}：{action}，{starts} 年动工，{opens} 年起", "{name}: {action}, begun {starts}, from {opens}"
    ),
    "programme_money_chart": Text("预算与花费（万元）", "Budget and spending [10,000 yuan]"),
    "programme_people_chart": Text("有座与缺座（人）", "With and without a seat [persons]"),
    "programme_line_budget": Text("预算", "budget"),
    "programme_line_spent": Text("花费", "spent"),
    "programme_line_served": Text("有座", "with a seat"),
    "programme_line_shortage": Text("缺座", "without"),
    "programme_action": Text("动作", "What"),
    "programme_starts": Text("动工", "Begun"),
    "programme_opens": Text("投用", "From"),
    "programme_classes": Text("班", "Classes"),
    "programme_cost": Text("造价", "Cost"),
    "programme_year": Text("年", "Year"),
    "programme_empty": Text("此预算下没有可做的事", "nothing can be done for this money"),
    "programme_take": Text("收进方案（{n} 项）", "Take into the plan ({n})"),
    "programme_on_map": Text("滚动计划：按投用年编号", "Programme: places by their first year"),
}
