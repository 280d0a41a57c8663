"""Seats against targets and demand, and the assignment of pupils."""

from __future__ import annotations

from geo.text import Text

__all__ = ["WORDS"]

WORDS: dict[str, Text] = {
    # seats
    "view_adequacy": Text("够不够", "Are there enough"),
    "view_assign": Text("分配到校", "Every pupil to a seat"),
    "seats_existing": Text("现状学位", "existing"),
    "seats_planned": Text("规划学位", "planned"),
    "seats_target": Text("规划目标", "target"),
    "seats_demand": Text("需求", "demand"),
    "seats_of_stage": Text("{stage}学位", "{stage} seats"),
    "of_which": Text("现状 {existing}，规划 {planned}", "{existing} existing, {planned} planned"),
    "short_is": Text("差 {n}", "{n} short"),
    "ratio": Text("满足率", "ratio"),
    "ratio_is": Text("学位÷需求 {ratio}", "seats ÷ demand {ratio}"),
    "deficit": Text("缺学位", "Seats short"),
    "deficit_within": Text("分区合计缺", "Short in parts"),
    "deficit_within_note": Text("各分区缺口之和；一处富余不能顶另一处（总量缺 {n}）", "shortages of the parts added up: spare seats of one do not seat the other ({n} short as a whole)"),
    "no_target_of": Text("无 {year} 年目标", "no target of {year}"),
    "circular": Text("学位÷需求（独立模型）", "Seats ÷ demand, independent"),
    "circular_note": Text("循环：{own} 的需求由学位反推；按千人指标需求为 {demand}", "circular: the demand behind {own} was inferred from the seats; by seats per 1000 it is {demand}"),
    "deficit_note": Text("合 {classes} 班、{schools} 所", "{classes} classes, {schools} schools"),
    "class_rule": Text("班额", "Class size"),
    "class_plan": Text("规划口径", "the plan's"),
    "class_assumed": Text("假定", "assumed"),
    "class_gb50099": Text("GB 50099", "GB 50099"),
    "all_stages": Text("各学段", "All stages"),
    "stage": Text("学段", "Stage"),
    "classes_short": Text("缺班", "classes short"),
    "seats_by_zone": Text("{stage}学位分片区", "{stage} seats by zone"),
    "work_list": Text("缺口清单（先急后缓）", "Work list (largest first)"),
    "ratio_layer": Text("{stage}学位满足率", "{stage}: seats ÷ demand"),
    "assign_limit": Text("步行上限", "Longest walk allowed"),
    "no_limit": Text("不限", "no limit"),
    "pupils_all": Text("学生", "Pupils"),
    "served_is": Text("有学位 {n}", "{n} have a seat"),
    "unserved": Text("没有学位", "Without a seat"),
    "mean_walk": Text("平均步行", "Mean walk"),
    "p95_is": Text("95% 的人不超过 {m} 米", "95 % walk at most {m} m"),
    "longest": Text("最远步行", "Longest walk"),
    "fill": Text("各校学位使用率", "How full each school is"),
    "why_unserved": Text("为什么没有学位", "Why without a seat"),
    "why_full": Text("够得到的学校都满了", "every school in reach is full"),
    "why_no_way": Text("走不到任何学校", "no school can be walked to"),
    "why_too_far": Text("超过步行上限", "farther than the longest walk allowed"),
    "catchments": Text("招生片区（按分配结果）", "Catchments (of the assignment)"),
    "unserved_cells": Text("没有学位的居住格（人）", "Cells without a seat [pupils]"),
    "flows": Text("学生去向（连线示意）", "Pupils to schools (straight lines)"),
    "assign_note": Text("有学位者与没有学位者之和等于学生总数；任何学校不超员。", "Those with and without a seat add up to all pupils; no school is overfilled."),
}  # fmt: skip
