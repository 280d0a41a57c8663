"""One table of every layer of a workspace, ``LAYERS``: its columns, their kinds, bounds, units, headers and other names."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

__all__ = ["BASES", "LAYERS", "Column", "Layer"]

Kind = Literal["id", "text", "choice", "number", "integer", "year"]

BASES = ("measured", "sourced", "derived", "estimated", "assumed")
SEATS_MAX = 20_000


@dataclass(frozen=True)
class Column:
    """One column: its name in our files, kind, bounds, headers in both languages, and other known headers.

    Examples
    --------
    >>> seats = LAYERS["schools"].by_name["seats_primary"]
    >>> seats.kind, seats.unit, seats.low
    ('integer', 'seats', 0)
    """

    name: str
    kind: Kind
    zh: str
    en: str
    required: bool = False
    choices: tuple[str, ...] = ()
    low: float = -math.inf
    high: float = math.inf
    unit: str = ""
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Layer:
    """One layer: its key column, the geometry families it takes, and its columns.

    Examples
    --------
    >>> LAYERS["schools"].key, LAYERS["schools"].families
    ('facility_id', ('Point',))
    """

    name: str
    zh: str
    en: str
    key: str
    families: tuple[str, ...]
    columns: tuple[Column, ...]
    geometry_required: bool = True
    by_name: dict[str, Column] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Index the columns by name."""
        self.by_name.update({c.name: c for c in self.columns})


def _id(name: str, zh: str, en: str, *aliases: str) -> Column:
    return Column(name, "id", zh, en, required=True, aliases=aliases)


def _seats(name: str, zh: str, en: str, *aliases: str) -> Column:
    return Column(name, "integer", zh, en, low=0, high=SEATS_MAX, unit="seats", aliases=aliases)


NAMES = (
    Column("name_zh", "text", "名称", "name", required=True,
           aliases=("名称", "中文名", "中文名称", "学校名称", "机构名称", "站名", "单位名称", "校名", "设施名称", "name", "NAME", "mc", "MC")),
    Column("name_en", "text", "英文名", "English name", aliases=("英文名", "英文名称", "name:en")),
)  # fmt: skip
TRUTH = (
    Column("basis", "choice", "依据", "basis", required=True, choices=BASES, aliases=("依据", "数据依据")),
    Column("accuracy_m", "number", "精度（米）", "accuracy [m]", low=0, unit="m", aliases=("精度", "精度（米）", "定位精度")),
    Column("source_id", "text", "来源", "source", required=True, aliases=("来源", "数据来源", "来源编号")),
    Column("note", "text", "备注", "note", aliases=("备注", "说明", "注", "remark", "remarks")),
)  # fmt: skip
STATUS = Column("status", "choice", "状态", "status", required=True, choices=("existing", "planned", "proposed"),
                aliases=("状态", "建设状态", "现状/规划"))  # fmt: skip
OPEN_YEAR = Column("open_year", "year", "开办年份", "opening year", low=1800, high=2100, aliases=("开办年份", "建成年份", "启用年份", "投用年份", "开学年份", "年份"))  # fmt: skip
ZONE = Column("zone_id", "text", "片区编号", "zone id", aliases=("片区编号", "所属片区", "片区"))
ADDRESS = Column("address", "text", "地址", "address", aliases=("地址", "详细地址", "学校地址", "机构地址"))
POINTS = ("Point",)
LINES = ("LineString", "MultiLineString")
AREAS = ("Polygon", "MultiPolygon")
GROUND_KINDS = (
    "sea", "lake", "reservoir", "river", "green", "builtup", "industrial", "railway", "expressway", "arterial", "metro", "place",
)  # fmt: skip
"""What the base map is drawn of; nothing is measured by it."""

LAYERS: dict[str, Layer] = {
    layer.name: layer
    for layer in (
        Layer("zones", "片区", "zones", "zone_id", AREAS, (
            _id("zone_id", "片区编号", "zone id", "片区编号", "编号", "代码"),
            Column("parent_id", "text", "上级片区", "parent zone", aliases=("上级编号", "上级片区", "所属片区")),
            Column("level", "choice", "级别", "level", required=True, choices=("zone", "sub_area"), aliases=("级别", "层级")),
            *NAMES,
            Column("short_zh", "text", "简称", "short name", aliases=("简称",)),
            Column("role_zh", "text", "定位", "role (zh)", aliases=("定位", "功能定位")),
            Column("role_en", "text", "定位（英文）", "role", aliases=()),
            Column("functions", "text", "主要功能", "functions", aliases=("功能", "主要功能")),
            Column("area_km2_published", "number", "公布面积（平方公里）", "published area [km2]", low=0, unit="km2",
                   aliases=("公布面积", "面积")),
            Column("clause", "text", "规划条目", "clause", aliases=("条目", "规划条目")),
            *TRUTH,
        )),
        Layer("schools", "学校", "schools", "facility_id", POINTS, (
            _id("facility_id", "设施编号", "facility id", "编号", "学校编号", "学校代码", "设施编号", "代码", "id"),
            *NAMES,
            Column("kind", "text", "类型", "kind", aliases=("类型", "学校类型", "办学类型", "类别", "学段")),
            _seats("seats_kindergarten", "幼儿园学位", "kindergarten seats", "幼儿园学位", "幼儿园学位数", "学前学位", "学前学位数"),
            _seats("seats_primary", "小学学位", "primary seats", "小学学位", "小学学位数"),
            _seats("seats_junior", "初中学位", "junior seats", "初中学位", "初中学位数"),
            _seats("seats_senior", "高中学位", "senior seats", "高中学位", "高中学位数"),
            STATUS, OPEN_YEAR, ZONE, ADDRESS, *TRUTH,
        )),
        Layer("clinics", "医疗机构", "medical institutions", "facility_id", POINTS, (
            _id("facility_id", "设施编号", "facility id", "编号", "机构编号", "机构代码", "设施编号", "代码", "id"),
            *NAMES,
            Column("kind", "choice", "类型", "kind", required=True,
                   choices=("hospital", "community_health_centre", "health_station"),
                   aliases=("类型", "机构类型", "机构类别", "类别", "级别")),
            Column("beds", "integer", "床位", "beds", low=0, high=SEATS_MAX, unit="beds", aliases=("床位", "床位数", "编制床位")),
            Column("staff", "integer", "卫生人员", "staff", low=0, high=100_000, unit="persons", aliases=("人员", "职工数", "卫生人员", "医护人数")),
            STATUS, OPEN_YEAR, ZONE, ADDRESS, *TRUTH,
        )),
        Layer("links", "交通线", "transport lines", "link_id", LINES, (
            _id("link_id", "线路编号", "link id", "编号", "线路编号"), *NAMES,
            Column("kind", "text", "类型", "kind", required=True, aliases=("类型", "类别")),
            STATUS, OPEN_YEAR, *TRUTH,
        )),
        Layer("stops", "站点", "stations and stops", "stop_id", POINTS, (
            _id("stop_id", "站点编号", "stop id", "编号", "站点编号"), *NAMES,
            Column("kind", "text", "类型", "kind", required=True, aliases=("类型", "类别")),
            Column("line", "text", "线路", "line", aliases=("线路", "线路名称")),
            STATUS, OPEN_YEAR, *TRUTH,
        )),
        Layer("facilities", "公共设施", "public facilities", "facility_id", POINTS, (
            _id("facility_id", "设施编号", "facility id", "编号", "设施编号", "设施代码", "代码", "id"),
            *NAMES,
            Column("kind", "text", "类型", "kind", required=True, aliases=("类型", "设施类型", "设施类别", "类别")),
            Column("area_m2", "number", "面积（平方米）", "area [m2]", low=0, unit="m2", aliases=("面积", "面积（平方米）", "用地面积", "占地面积", "建筑面积")),
            Column("entrances", "text", "出入口", "entrances", aliases=("出入口", "入口", "大门", "公园出入口")),
            STATUS, OPEN_YEAR, ZONE, ADDRESS, *TRUTH,
        )),
        Layer("streets", "步行道路", "walkable streets", "", LINES, (
            _id("u", "起点", "from node", "起点"), _id("v", "终点", "to node", "终点"),
            Column("metres", "number", "长度（米）", "length [m]", required=True, low=0, unit="m", aliases=("长度", "长度（米）")),
            Column("class", "text", "等级", "class", aliases=("等级", "道路等级")),
            Column("barrier", "text", "穿越", "barrier crossed", aliases=("穿越",)),
            *TRUTH,
        )),
        Layer("projects", "项目", "projects", "project_id", ("Point", *LINES, *AREAS), (
            _id("project_id", "项目编号", "project id", "项目编号", "编号"),
            Column("name", "text", "项目名称", "name", required=True, aliases=("项目名称", "名称")),
            Column("kind", "text", "类型", "kind", aliases=("类型", "项目类型")),
            Column("state", "choice", "阶段", "state", required=True, choices=("谋划储备", "启动建设", "建成投产"), aliases=("阶段", "状态")),
            ZONE, Column("clause", "text", "规划条目", "clause", aliases=("条目",)),
            Column("facility_id", "id", "对应设施", "facility it builds", aliases=("对应设施", "对应设施编号", "关联设施")), OPEN_YEAR, *TRUTH,
        ), geometry_required=False),
        Layer("carriers", "载体", "carriers", "carrier_id", POINTS, (
            _id("carrier_id", "载体编号", "carrier id", "载体编号", "编号"), *NAMES,
            Column("kind", "choice", "类别", "kind", required=True, choices=("premises", "firm", "institute", "platform"),
                   aliases=("类别", "类型", "载体类型", "载体类别")),
            ZONE, Column("clause", "text", "规划条目", "clause", aliases=("条目",)), *TRUTH,
        )),
        Layer("water", "水域", "water", "", (*AREAS, *LINES), (
            Column("name_zh", "text", "名称", "name", aliases=("名称",)), *TRUTH,
        )),
        Layer("ground", "底图", "base map", "", ("Point", *LINES, *AREAS), (
            Column("kind", "choice", "类型", "kind", required=True, choices=GROUND_KINDS, aliases=("类型", "类别")),
            Column("name_zh", "text", "名称", "name", aliases=("名称",)),
            Column("name_en", "text", "英文名", "English name", aliases=("英文名",)),
            Column("rank", "integer", "级别", "rank", low=0, high=9, aliases=("级别",)), *TRUTH,
        )),
        Layer("landuse", "规划用地", "planned land use", "plot_id", AREAS, (
            _id("plot_id", "地块编号", "plot id", "地块编号", "地块号", "图斑编号", "编号"),
            Column("code", "text", "用地代码", "use code", required=True,
                   aliases=("用地代码", "用地性质代码", "用地分类代码", "地类代码", "地类编码", "用地编码", "YDDM", "YDDH", "YDXZDM", "DLBM", "GHYDDM")),
            Column("use_zh", "text", "用地性质", "planned use", aliases=("用地性质", "用地名称", "地类名称", "规划用途", "用地类型", "YDMC", "YDXZ", "DLMC", "GHYDMC")),
            ZONE, *TRUTH,
        )),
        Layer("controls", "控制线", "control lines", "line_id", AREAS, (
            _id("line_id", "控制线编号", "control line id", "控制线编号", "编号"),
            Column("kind", "choice", "类型", "kind", required=True, choices=("ecology", "farmland", "urban"),
                   aliases=("类型", "控制线类型", "红线类型", "类别", "HXLX", "KZXLX")),
            Column("name_zh", "text", "名称", "name", aliases=("名称",)), *TRUTH,
        )),
    )
}  # fmt: skip
