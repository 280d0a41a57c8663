"""The register of the plan: indicators, projects, contradictions."""

from __future__ import annotations

from geo.text import Text

__all__ = ["WORDS"]

WORDS: dict[str, Text] = {
    # the register
    "no_targets": Text("此工作区没有规划指标表。", "This workspace has no table of targets."),
    "indicators": Text("指标", "Indicators"),
    "indicators_note": Text("分列 {rows} 行；其中约束性 {n} 项", "in {rows} rows; {n} binding"),
    "contradictions": Text("自相矛盾", "Contradictions"),
    "contradictions_note": Text("规划自身前后不一处；另有 {n} 条本工具的说明", "where the plan says two things; and {n} notes of our own"),
    "settled": Text("本图的处理：{how}", "Settled here: {how}"),
    "part_targets": Text("指标", "Targets"),
    "part_contradictions": Text("矛盾", "Contradictions"),
    "part_remarks": Text("说明", "Notes"),
    "facts_note": Text("指标、项目之外的要求，各附原文", "beside targets and projects, each with its sentence"),
    "facts_search": Text("查找要求（名称、内容、原文）", "Find a requirement (name, content, plan text)"),
    "facts_group": Text("分组", "Group"),
    "facts_found": Text("{n} 条，共 {of} 条", "{n} of {of}"),
    "fact_name": Text("要求", "requirement"),
    "fact_what": Text("内容", "content"),
    "part_facts": Text("规划要求", "Requirements"),
    # the plan's own words
    "cite_open": Text("原文", "Plan text"),
    "cite_none": Text("没有为它记下原文。", "No words of the plan are recorded for it."),
    "cite_pick": Text("点选一行，看规划原文。", "Pick a row to read the plan's own words."),
    "cite_side": Text("（{side}）", "({side})"),
    "cite_confidence": Text("可信度 {level}", "confidence {level}"),
    "cite_table": Text("表1", "Table 1"),
    "cite_text": Text("正文", "Text"),
    "cite_role": Text("定位", "Role"),
    "cite_functions": Text("功能", "Functions"),
    "cite_carriers": Text("载体", "Carriers"),
    "cite_what": Text("原文", "Plan text"),
    "cite_finding": Text("两处说法", "What it says"),
    "part_projects": Text("项目", "Projects"),
    # columns of the table of projects
    "project_name": Text("项目", "project"),
    "project_kind": Text("类型", "kind"),
    "project_state": Text("状态", "state"),
    "project_zone_id": Text("片区", "zone"),
    "project_clause": Text("条目", "clause"),
    "project_note": Text("说明", "note"),
    # columns of the table of targets
    "target_name": Text("指标", "indicator"),
    "target_baseline_2020": Text("2020 基数", "2020"),
    "target_target_2025": Text("2025 目标", "2025 target"),
    "target_unit": Text("单位", "unit"),
    "target_pace_per_year": Text("每年需", "needed a year"),
    "target_kind": Text("性质", "kind"),
    "target_category": Text("类别", "category"),
    "target_clause": Text("条目", "clause"),
    "target_conflict": Text("矛盾与说明", "conflict"),
}  # fmt: skip
