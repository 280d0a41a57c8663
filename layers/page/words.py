"""Headers and units of the answers' columns, Chinese and English, for reports and the sheet 说明.

Columns of the data layers have theirs in :mod:`geo.schema`; here are those that answers add.
"""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from geo.schema import LAYERS
from geo.services import SERVICES
from geo.text import Text
from geo.walking import walked
from layers.look.draw import BASIS

__all__ = ["FACT_GROUPS", "HEADERS", "PROJECT_STATES", "header", "shown", "spoken", "table_title"]

PROJECT_STATES: dict[str, Text] = {
    "谋划储备": Text("谋划储备", "being prepared"),
    "启动建设": Text("启动建设", "started"),
    "建成投产": Text("建成投产", "in use"),
}
"""By the value in the layer of projects, which is the plan's own word."""

FACT_GROUPS: dict[str, Text] = {
    "信息系统": Text("信息系统", "information systems"),
    "安全": Text("安全", "safety"),
    "生态环境": Text("生态环境", "environment"),
    "土地与空间": Text("土地与空间", "land and space"),
    "社会事业": Text("社会事业", "social services"),
    "产业项目": Text("产业项目", "industry"),
    "目标": Text("目标", "goals"),
    "现状": Text("现状", "state in 2020"),
    "机制": Text("机制", "mechanisms"),
}
"""By the value in facts.csv; a workspace may use groups of its own, which stand as they are."""

HEADERS: dict[str, tuple[str, str, str]] = {
    "people": ("常住人口", "residents", "n"),
    "covered_radius": ("半径内人口", "within the radius", "n"),
    "share_radius": ("半径覆盖率", "share by radius", "%"),
    "covered_walk": ("步行可达人口", "within on foot", "n"),
    "share_walk": ("步行覆盖率", "share on foot", "%"),
    "share_area": ("面积覆盖率", "share of land", "%"),
    "area": ("面积口径", "area counted", ""),
    "radius_only": ("仅半径内人口", "radius only", "n"),
    "pupils": ("学龄人口", "pupils", "n"),
    "pupils_radius": ("半径内学龄人口", "pupils by radius", "n"),
    "pupils_walk": ("步行可达学龄人口", "pupils on foot", "n"),
    "radius_m": ("直线距离（米）", "straight line [m]", "m"),
    "walk_m": ("步行距离", "on foot", "walk"),
    "mean_walk_m": ("平均步行", "mean walk", "walk"),
    "mean_m": ("平均步行", "mean walk", "walk"),
    "longest_m": ("最远步行", "longest walk", "walk"),
    "served": ("服务情况", "served", ""),
    "stage_zh": ("学段", "stage", ""),
    "stage": ("学段代码", "stage", ""),
    "demand": ("学位需求", "seats needed", "n"),
    "existing": ("现状学位", "existing seats", "n"),
    "planned": ("规划学位", "planned seats", "n"),
    "seats": ("学位", "seats", "n"),
    "in_reach": ("可达学位", "seats in reach", "n"),
    "ratio": ("充足率", "seats ÷ need", "%"),
    "deficit": ("缺口（学位）", "short of seats", "n"),
    "deficit_within": ("分区缺口之和（学位）", "short of seats in parts", "n"),
    "zh": ("内容", "what", ""),
    "en": ("内容", "what", ""),
    "text_zh": ("步骤", "step", ""),
    "text_en": ("步骤", "step", ""),
    "value": ("数值", "value", ""),
    "source": ("来源", "source", ""),
    "unit_en": ("单位", "unit", ""),
    "circular": ("循环论证", "circular", ""),
    "demand_independent": ("学位需求（千人指标）", "seats needed, by ratio", "n"),
    "ratio_independent": ("充足率（千人指标）", "seats ÷ need, by ratio", "%"),
    "schools_outside": ("区外学校（所，不计）", "schools outside, not counted", "n"),
    "seats_outside": ("区外学位（不计）", "seats outside, not counted", "n"),
    "people_year": ("人口年份", "residents of", ""),
    "indicators": ("指标", "indicators", "n"),
    "rows": ("分列行数", "rows", "n"),
    "binding": ("约束性指标", "binding", "n"),
    "projects": ("项目", "projects", "n"),
    "contradictions": ("自相矛盾", "contradictions", "n"),
    "quantity": ("所计之量", "quantity", ""),
    "constraint_id": ("句子编号", "sentence id", ""),
    "sentence_zh": ("句子", "sentence (Chinese)", ""),
    "sentence_en": ("句子（英文）", "sentence", ""),
    "takes_part": ("参与核对", "checked", ""),
    "known": ("已知编号", "known as", ""),
    "sentences": ("句子", "sentences", "n"),
    "taking_part": ("参与核对", "checked", "n"),
    "conflicts": ("矛盾", "conflicts", "n"),
    "overlapping": ("相互重叠", "overlapping", "n"),
    "complete": ("已查全", "complete", ""),
    "remarks": ("本工具的说明", "our notes", "n"),
    "facts": ("规划要求", "requirements", "n"),
    "kind": ("类型", "kind", ""),
    "demand_model": ("需求模型", "demand model", ""),
    "ratio_bound": ("千人指标取", "ratio", ""),
    "class_rule": ("班额口径", "class size rule", ""),
    "changed_numbers": ("改动的参数", "numbers changed", ""),
    "new_housing": ("新建住宅", "new housing", ""),
    "deficit_classes": ("缺口（班）", "short of classes", "n1"),
    "deficit_schools": ("缺口（所）", "short of schools", "n1"),
    "site_low_ha": ("用地下限（公顷）", "site, low [ha]", "n1"),
    "site_high_ha": ("用地上限（公顷）", "site, high [ha]", "n1"),
    "target": ("规划目标", "target", "n"),
    "target_deficit": ("距目标（学位）", "short of target", "n"),
    "target_classes": ("距目标（班）", "target, classes", "n1"),
    "target_schools": ("距目标（所）", "target, schools", "n1"),
    "rank": ("序号", "rank", "n"),
    "place_id": ("地点编号", "place id", ""),
    "name": ("名称", "name", ""),
    "service": ("服务", "service", ""),
    "of": ("总数", "of", "n"),
    "share": ("比例", "share", "%"),
    "gain": ("新增服务", "newly served", "n"),
    "access": ("人均学位", "seats per person", "n3"),
    "gini": ("基尼系数", "Gini", "n3"),
    "palma": ("帕尔马比值", "Palma ratio", "n3"),
    "theil": ("泰尔指数", "Theil index", "n3"),
    "share_none": ("完全不可达比例", "share with no access", "%"),
    "zone_zh": ("片区", "zone", ""),
    "assigned": ("已安排", "assigned", "n"),
    "unserved": ("未安排", "unserved", "n"),
    "used": ("已用学位", "seats used", "n"),
    "free": ("空余学位", "seats free", "n"),
    "metres": ("距离（米）", "distance [m]", "m"),
    "number": ("序号", "number", ""),
    "category": ("类别", "category", ""),
    "sub_item": ("分项", "sub-item", ""),
    "unit": ("单位", "unit", ""),
    "baseline_2020": ("2020 年", "2020", ""),
    "target_2025": ("2025 年目标", "2025 target", ""),
    "operator": ("要求", "operator", ""),
    "change": ("需增加", "change", "n1"),
    "pace_per_year": ("年均", "per year", "n1"),
    "conflict": ("矛盾", "conflict", ""),
    "finding_zh": ("发现", "finding", ""),
    "finding_en": ("发现（英文）", "finding (en)", ""),
    "settled_zh": ("处理", "settled", ""),
    "settled_en": ("处理（英文）", "settled (en)", ""),
    "where": ("出处", "where", ""),
    "year": ("年份", "year", ""),
    "limit_m": ("距离标准", "limit", "walk"),
    "minutes": ("指标步行分钟", "minutes of the indicator", ""),
    "indicator": ("官方指标", "official indicator", ""),
    "standard": ("标准", "standard", ""),
    "group": ("分组", "group", ""),
    "what_zh": ("内容", "content", ""),
    "what_en": ("内容（英文）", "content (en)", ""),
    "quote": ("规划原文", "the plan's words", ""),
    "clause": ("条款", "clause", ""),
    "confidence": ("可信度", "confidence", ""),
    "facilities": ("设施数", "facilities", "n"),
    "class_size": ("班额", "class size", ""),
    "school_size_classes": ("每校班数", "classes a school", ""),
    "shares": ("学龄比例", "shares of residents", ""),
    "enrolment": ("入学率", "enrolment", ""),
    "shares_source": ("比例来源", "source of the shares", ""),
    "shares_basis": ("比例依据", "basis of the shares", "basis"),
    "shares_note_zh": ("比例说明", "note on the shares (zh)", ""),
    "shares_note_en": ("比例说明（英文）", "note on the shares", ""),
    "method": ("方法", "method", ""),
    "model": ("模型", "model", ""),
    "p": ("新建数", "new sites", "n"),
    "spacing_m": ("备选点间距（米）", "spacing [m]", "m"),
    "candidates": ("备选点", "candidates", "n"),
    # what is not known for sure: intervals, what they depend on, sites that hold over it, what to measure next
    "unit_zh": ("单位", "unit (zh)", ""),
    "quantity_zh": ("量", "quantity (zh)", ""),
    "quantity_en": ("量（英文）", "quantity", ""),
    "central": ("单一数字", "single number", "n1"),
    "low": ("下限", "low", "n2"),
    "median": ("中位数", "median", "n1"),
    "high": ("上限", "high", "n2"),
    "outside": ("单一数字在区间外", "single number outside", ""),
    "driver": ("主要取决于（代码）", "depends on (key)", ""),
    "driver_zh": ("主要取决于", "mainly depends on (zh)", ""),
    "driver_en": ("主要取决于（英文）", "mainly depends on", ""),
    "driver_share": ("所占比重", "its part", "%"),
    "words_zh": ("结论", "in words (zh)", ""),
    "words_en": ("结论（英文）", "in words", ""),
    "key": ("代码", "key", ""),
    "law": ("分布", "law", ""),
    "range_from": ("范围来自", "range from", ""),
    "criterion": ("准则", "criterion", ""),
    "criterion_zh": ("准则", "criterion (zh)", ""),
    "criterion_en": ("准则（英文）", "criterion", ""),
    "mean": ("平均", "mean", "n1"),
    "worst": ("最差 10% 的平均", "mean of the worst tenth", "n1"),
    "regret": ("最大后悔值", "greatest regret", "n1"),
    "bound": ("界", "bound", "n1"),
    "gap": ("差距", "gap", "%"),
    "chosen_share": ("不可或缺的情形", "needed in draws", "%"),
    "best_share": ("属最优之列的情形", "among the best in draws", "%"),
    "substitute": ("最好的替代点", "best substitute", ""),
    "substitute_loss": ("替代的损失", "loss by it", "n1"),
    "error": ("标准误", "standard error", "n2"),
    "told": ("高于抽样误差", "above the noise", ""),
    "ask_zh": ("向谁要数据", "whom to ask (zh)", ""),
    "ask_en": ("向谁要数据（英文）", "whom to ask", ""),
    "perfect": ("全部弄清可多服务", "worth of knowing all", "n1"),
    "decision": ("现在的方案", "decision of now", ""),
    "option": ("方案", "plan", ""),
    "options": ("比较的方案数", "plans compared", "n"),
    "draws": ("情形数", "draws", "n"),
    "seed": ("随机种子", "seed", ""),
    "values": ("每项取值数", "values of an input", "n"),
    "ranges": ("范围表签名", "signature of the ranges", ""),
    "changed": ("改动的范围", "ranges changed", ""),
    "lon": ("经度", "longitude", ""),
    "lat": ("纬度", "latitude", ""),
    "basis": ("依据", "basis", "basis"),
}
"""Column → Chinese, English, and how its values are shown."""

TITLES = {
    "zones": ("各片区与单元", "by zone and sub-area"), "total": ("合计", "total"), "stages": ("各学段", "by stage"),
    "gaps": ("缺口排序", "gaps, largest first"), "facilities": ("设施", "facilities"), "targets": ("规划指标", "indicators of the plan"),
    "projects": ("项目", "projects"), "contradictions": ("规划中的矛盾", "contradictions of the plan"),
    "conflicts": ("不能同时成立的句子", "sentences that cannot all hold"), "overlapping": ("与前面共用句子的矛盾", "contradictions that share a sentence with one before"), "constraints": ("全部句子", "all sentences"),
    "cells": ("网格", "cells"),
    "schools": ("学校", "schools"), "top": ("新增最多的位置", "best places"), "sites": ("选出的位置", "chosen sites"),
    "summary": ("概要", "summary"), "equity": ("公平性", "equity"), "flows": ("分配", "assignment"), "nearest": ("最近设施", "nearest facilities"),
    "facts": ("规划要求", "requirements of the plan"),
    "remarks": ("本工具对规划的说明", "our notes on the plan"), "unreachable": ("没有备选点可及的居住格", "cells no candidate can reach"),
    "rules": ("标准", "standards"), "place": ("位置", "place"), "outside": ("片区以外的学校", "schools outside the zones"),
    "formula": ("需求怎么算", "the sum behind the demand"), "parameters": ("用到的参数", "numbers used"),
    "intervals": ("90% 区间", "90 % intervals"), "drivers": ("主要取决于什么", "what it depends on"), "inputs": ("各项输入", "inputs"),
    "ranges": ("不确定性范围", "ranges of what is not known"), "options": ("比较的方案", "plans compared"), "plans": ("各准则的方案", "plans by criterion"),
    "chosen": ("各备选点的把握", "how sure each candidate is"), "draws": ("各情形", "each draw"),
    "before": ("实施前", "before"), "after": ("实施后", "after"), "nodes": ("路网节点", "street nodes"),
}  # fmt: skip


def table_title(name: str, lang: str) -> str:
    """Return the title of an answer's table; an unknown name speaks for itself."""
    return TITLES.get(name, (name, name))[lang == "en"]


def header(column: str, lang: str) -> str:
    """Return the header of a column in Chinese or English; an unknown column keeps its name."""
    if column in HEADERS:
        return HEADERS[column][lang == "en"]
    known = next((s.by_name[column] for s in LAYERS.values() if column in s.by_name), None)
    return (known.en if lang == "en" else known.zh) if known is not None else column


CHOICES = {
    "share": ("人口比例", "share of residents"), "ratio": ("千人指标", "seats per 1000"), "cohorts": ("分龄推算", "cohorts"),
    "low": ("下限", "low"), "high": ("上限", "high"), "plan": ("规划口径", "the plan's"), "assumed": ("假定", "assumed"), "gb50099": ("GB 50099", "GB 50099"),
    "of residents": ("占居民", "of residents"), "of the age group": ("占该年龄段", "of the age group"),
    "seats per 1000": ("个学位/千人", "seats per 1000"), "per 1000 residents": ("‰", "per 1000 residents"),
    "persons per dwelling": ("人/户", "persons per dwelling"), "of dwellings": ("占住宅", "of dwellings"),
    "pupils per class": ("人/班", "pupils per class"), "children per class": ("人/班", "children per class"),
    "of residents per year of age": ("占居民/岁", "of residents per year of age"), "persons": ("人", "persons"),
    "pupils": ("人", "pupils"), "seats": ("个", "seats"),
    ">=": ("不低于", "at least"), "<=": ("不高于", "at most"), "task": ("完成下达任务", "as tasked"),
}  # fmt: skip
"""Words for values that programs know by a key."""


def spoken(value: str, lang: str) -> str:
    """Return a key of a service, a choice, a state or a group in words; any other text as it is."""
    if value in SERVICES:
        return SERVICES[value].name_en if lang == "en" else SERVICES[value].name_zh
    for words in (PROJECT_STATES, FACT_GROUPS):
        if value in words:
            return words[value].en if lang == "en" else words[value].zh
    return CHOICES.get(value, (value, value))[lang == "en"]


def shown(column: str, value: Any, lang: str) -> str:
    """Return a value as a reader wants it: shares in percent, people whole, unknown as a dash, unreachable in words."""
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and math.isnan(value)):
        return "—"
    how = HEADERS.get(column, ("", "", ""))[2]
    if isinstance(value, bool):
        return ("yes" if value else "no") if lang == "en" else ("是" if value else "否")
    if how == "basis":
        look = BASIS.get(str(value))
        return (look["en"] if lang == "en" else look["zh"]) if look else str(value)
    if isinstance(value, int | float):
        return _number(float(value), how, lang)
    return spoken(str(value), lang) if column in ("service", "stage", "operator", "unit") else str(value)


def _number(value: float, how: str, lang: str) -> str:
    if how == "walk":  # metres on foot never stand without their minutes
        return walked(value)[lang == "en"]
    if math.isinf(value):
        return "unreachable" if lang == "en" else "不可达"
    if how == "%":
        return f"{value:.1%}"
    if how in ("n", "m"):
        return f"{value:,.0f}"
    if how.startswith("n"):
        return f"{value:,.{how[1:]}f}"
    return f"{value:,.0f}" if value == round(value) and abs(value) >= 10_000 else f"{value:g}"
