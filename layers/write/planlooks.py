"""How QGIS draws the objects of plans, in PostGIS and in a file: a class for each kind."""

from __future__ import annotations

from layers.write.qml import Category

__all__ = ["AREAS", "AT_FACILITIES", "COMMENTS", "LINES", "POINTS"]

POINTS = (
    Category("add", "新增 added", "#c2577a"),
    Category("move", "迁移 moved", "#4e8fc7", "diamond"),
    Category("remove", "移除的街道 street removed", "#5f7480", "cross_fill"),
)
AT_FACILITIES = (
    Category("close", "关闭 closed", "#9a3b26", "cross_fill"),
    Category("resize", "调整规模 resized", "#d39b2a", "triangle"),
    Category("open", "调整开放年份 opening in another year", "#3f9e8c", "square"),
)
"""What is said of a facility that stands: an object without a place of its own."""
LINES = (
    Category("street", "街道、桥、过街 street, bridge, crossing", "#d39b2a"),
    Category("barrier", "阻隔 barrier", "#5f7480"),
    Category("transit", "公交线路 transit line", "#5f559c"),
)
AREAS = (
    Category("housing", "住宅 housing", "#3f9e8c"), Category("barrier", "阻隔 barrier", "#5f7480"),
    Category("district", "学区 school district", "#7a6fb0"),
)  # fmt: skip
COMMENTS = (
    Category("false", "未办结 open", "#b4553a", "square"),
    Category("true", "已办结 settled", "#6a727a", "square"),
)
