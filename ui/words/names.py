"""Names of the kinds of things in the data: basis, status, kinds of clinics, school stages, services."""

from __future__ import annotations

from geo.text import Text
from layers.page.words import FACT_GROUPS, PROJECT_STATES

__all__ = [
    "BASIS",
    "FACT_GROUPS",
    "KIND_NAMES",
    "PROJECT_KINDS",
    "PROJECT_STATES",
    "STAGE_NAMES",
    "STATUS",
    "TARGET_GROUPS",
    "TARGET_KINDS",
    "UNITS",
]

BASIS: dict[str, Text] = {
    "measured": Text("实测", "measured"),
    "sourced": Text("有出处", "sourced"),
    "derived": Text("推算", "derived"),
    "estimated": Text("估计", "estimated"),
    "assumed": Text("示意·假设", "assumed"),
}
TARGET_KINDS: dict[str, Text] = {"约束性": Text("约束性", "binding"), "预期性": Text("预期性", "expected")}
"""By the value in the table of targets."""

TARGET_GROUPS: dict[str, Text] = {
    "经济发展": Text("经济发展", "economy"),
    "产业发展": Text("产业发展", "industry"),
    "创新发展": Text("创新发展", "innovation"),
    "产城融合": Text("产城融合", "industry and town together"),
    "开放合作": Text("开放合作", "opening and cooperation"),
}
"""By the value in the table of targets; a plan with groups of its own has them as they stand."""
UNITS: dict[str, Text] = {
    "persons": Text("人", "persons"),
    "of residents": Text("占常住人口", "of residents"),
    "of residents per year of age": Text("占常住人口（每岁）", "of residents per year of age"),
    "of the age group": Text("占适龄人口", "of the age group"),
    "of dwellings": Text("占住宅套数", "of dwellings"),
    "seats per 1000": Text("座/千人", "seats per 1000"),
    "per 1000 residents": Text("每千人", "per 1000 residents"),
    "persons per dwelling": Text("人/套", "persons per dwelling"),
    "pupils per class": Text("人/班", "pupils per class"),
    "children per class": Text("人/班", "children per class"),
}
"""By the unit of a number of the demand."""

STATUS: dict[str, Text] = {
    "existing": Text("现状", "existing"),
    "planned": Text("规划", "planned"),
    "proposed": Text("方案新增", "proposed"),
}
KIND_NAMES: dict[str, Text] = {
    "hospital": Text("医院", "hospital"),
    "community_health_centre": Text("社区卫生服务中心", "community health centre"),
    "health_station": Text("社区卫生服务站", "community health station"),
    "park": Text("公园", "park"),
    "sport": Text("体育设施", "sports facility"),
    "culture": Text("文化活动设施", "cultural facility"),
    "market": Text("便民市场", "food market"),
    "elderly_day_care": Text("老年人日间照料中心", "elderly day care"),
    "elderly_station": Text("养老服务站", "elderly service station"),
    "elderly_centre": Text("养老服务中心", "elderly service centre"),
}
STAGE_NAMES: dict[str, Text] = {
    "kindergarten": Text("幼儿园", "kindergarten"),
    "primary": Text("小学", "primary"),
    "junior": Text("初中", "junior"),
    "senior": Text("高中", "senior"),
}
PROJECT_KINDS: dict[str, Text] = {
    "school": Text("学校", "school"),
    "health": Text("医疗", "health"),
    "sports": Text("体育", "sports"),
    "culture": Text("文化", "culture"),
    "welfare": Text("福利养老", "welfare"),
    "community": Text("社区", "community"),
    "housing": Text("住房", "housing"),
    "renewal": Text("更新", "renewal"),
    "rail": Text("轨道", "rail"),
    "road": Text("道路", "roads"),
    "bus": Text("公交", "buses"),
    "green": Text("绿化", "greening"),
    "utility": Text("市政", "utilities"),
    "telecom": Text("通信", "telecom"),
    "civic": Text("公共建筑", "civic"),
    "business": Text("商务", "business"),
    "industry": Text("产业", "industry"),
    "innovation": Text("创新平台", "innovation"),
}
"""By the value in the layer of projects; a workspace may use kinds of its own, which stand as they are."""
