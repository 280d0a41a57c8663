"""Names of the kinds of things in the data: basis, status, kinds of clinics, school stages, services."""

from __future__ import annotations

from geo.services import SERVICES
from geo.text import Text

__all__ = ["BASIS", "FACT_GROUPS", "KIND_NAMES", "PROJECT_STATES", "STAGE_NAMES", "STATUS", "service_name"]

BASIS: dict[str, Text] = {
    "measured": Text("实测", "measured"),
    "sourced": Text("有出处", "sourced"),
    "derived": Text("推算", "derived"),
    "estimated": Text("估计", "estimated"),
    "assumed": Text("示意·假设", "assumed"),
}
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


def service_name(key: str) -> Text:
    """Return the name of a service in both languages."""
    return Text(SERVICES[key].name_zh, SERVICES[key].name_en)
