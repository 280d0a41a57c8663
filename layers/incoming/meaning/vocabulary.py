"""The words of planners' tables for what our columns hold: states, kinds, levels and stages."""

from __future__ import annotations

import re

__all__ = ["STAGES", "WORDS", "kind_of", "stages_of"]

STAGES = (("kindergarten", "幼儿园"), ("primary", "小学"), ("junior", "初中"), ("senior", "高中"))
WORDS: dict[tuple[str, str], dict[str, str]] = {
    ("*", "status"): {
        **dict.fromkeys(("现状", "已建", "建成", "已建成", "运营", "已投用", "投用", "已开办", "在用", "existing", "open", "开通", "已开通", "运营中"), "existing"),
        **dict.fromkeys(("规划", "在建", "建设中", "planned", "规划建设", "已批", "批复", "under construction"), "planned"),
        **dict.fromkeys(("拟建", "建议", "意向", "proposed", "设想", "备选"), "proposed"),
    },
    ("*", "basis"): {"实测": "measured", "测量": "measured", "资料": "sourced", "来源": "sourced", "推算": "derived", "估算": "estimated", "估计": "estimated", "假定": "assumed", "假设": "assumed"},
    ("zones", "level"): {"district": "zone", "city": "zone", "province": "zone", "区县": "zone", "片区": "zone", "单元": "sub_area", "分区": "sub_area", "子片区": "sub_area", "功能区": "sub_area", "组团": "sub_area"},
    ("clinics", "kind"): {
        **dict.fromkeys(("医院", "综合医院", "专科医院", "中医医院", "三级", "二级", "三甲", "三级医院", "二级医院", "一级医院", "三级甲等", "三级乙等", "二级甲等", "二级乙等", "一级甲等", "甲等", "医院类", "妇幼保健院"), "hospital"),
        **dict.fromkeys(("社区卫生服务中心", "卫生服务中心", "卫生院", "社区医院", "乡镇卫生院"), "community_health_centre"),
        **dict.fromkeys(("社区卫生服务站", "卫生站", "卫生服务站", "医务室", "诊所", "卫生室"), "health_station"),
    },
    ("schools", "kind"): {
        **dict.fromkeys(("幼儿园", "幼儿园所"), "kindergarten"),
        **dict.fromkeys(("小学", "完全小学"), "primary"),
        **dict.fromkeys(("初中", "初级中学"), "junior"),
        **dict.fromkeys(("高中", "高级中学", "普通高中"), "senior"),
        **dict.fromkeys(("九年一贯制", "九年一贯制学校", "九年制"), "nine_year"),
        **dict.fromkeys(("十二年一贯制", "十二年一贯制学校"), "twelve_year"),
    },
    ("stops", "kind"): {
        **dict.fromkeys(("地铁", "地铁站", "轨道", "轨道站", "轨道交通", "轨道交通站"), "metro"),
        **dict.fromkeys(("铁路", "火车站", "高铁站", "铁路站", "城际站"), "railway"),
        **dict.fromkeys(("公交", "公交站", "公交车站", "公交站点"), "bus"),
    },
    ("facilities", "kind"): {
        **dict.fromkeys(("公园", "公园绿地", "社区公园", "综合公园", "口袋公园", "游园"), "park"),
        **dict.fromkeys(("体育", "体育设施", "体育场馆", "体育馆", "体育场", "体育中心", "运动场", "多功能运动场地", "健身场地"), "sport"),
        **dict.fromkeys(("文化", "文化设施", "文化活动站", "文化活动中心", "文化中心", "文化馆", "图书馆", "综合文化站"), "culture"),
        **dict.fromkeys(("养老", "社区养老设施", "老年人日间照料中心", "日间照料中心", "日间照料", "托老所"), "elderly_day_care"),
        **dict.fromkeys(("养老服务站", "社区养老服务站"), "elderly_station"),
        **dict.fromkeys(("养老服务中心", "养老院", "老年养护院", "养老机构", "敬老院"), "elderly_centre"),
        **dict.fromkeys(("市场", "便民市场", "菜市场", "农贸市场", "菜市场（生鲜超市）", "生鲜超市", "集贸市场"), "market"),
    },
    ("links", "kind"): {
        **dict.fromkeys(("地铁", "地铁线", "轨道", "轨道线", "轨道交通"), "metro"),
        **dict.fromkeys(("铁路", "高铁", "城际铁路", "普铁"), "railway"),
        **dict.fromkeys(("高速", "高速公路"), "expressway"),
        **dict.fromkeys(("主干道", "主干路", "城市主干路"), "arterial"),
    },
    ("controls", "kind"): {
        **dict.fromkeys(("生态保护红线", "生态红线", "生态保护红线区", "红线", "ecological red line"), "ecology"),
        **dict.fromkeys(("永久基本农田", "基本农田", "永农", "永久基本农田保护红线", "耕地和永久基本农田保护红线"), "farmland"),
        **dict.fromkeys(("城镇开发边界", "城镇开发边界线", "城镇集中建设区", "开发边界", "urban growth boundary"), "urban"),
    },
    ("carriers", "kind"): {
        **dict.fromkeys(("园区楼宇", "园区", "楼宇", "产业园", "载体", "building", "park"), "premises"),
        **dict.fromkeys(("企业", "公司", "重点企业", "龙头企业", "company"), "firm"),
        **dict.fromkeys(("院所", "科研院所", "研究院", "高校", "research institute"), "institute"),
        **dict.fromkeys(("平台", "创新平台", "创新中心", "孵化平台"), "platform"),
    },
    ("projects", "state"): {"谋划": "谋划储备", "储备": "谋划储备", "启动": "启动建设", "在建": "启动建设", "建设": "启动建设", "建成": "建成投产", "投产": "建成投产", "竣工": "建成投产"},
}  # fmt: skip


_STAGE_WORDS = (
    ("kindergarten", r"幼儿园|幼教|托幼|学前|幼儿|kindergarten|preschool|nursery"),
    ("primary", r"小学|primary|elementary"),
    ("junior", r"初中|初级中学|junior|middle[ _]?school"),
    ("senior", r"高中|高级中学|senior|high[ _]?school"),
)
_SEVERAL = (
    (r"十五年|15年|fifteen", ("kindergarten", "primary", "junior", "senior")),
    (r"十二年|12年一贯|twelve|k-?12", ("primary", "junior", "senior")),
    (r"九年|9年一贯|nine|一贯", ("primary", "junior")),
    (r"完全中学|完中|初高中|complete[ _]?(?:middle|secondary)", ("junior", "senior")),
    (r"中小学", ("primary", "junior")),
)


def stages_of(text: str) -> tuple[str, ...]:
    """Return the stages that a kind or name of school, or a header, says; none where it says none.

    Examples
    --------
    >>> stages_of("九年一贯制学校"), stages_of("第三中学"), stages_of("小学、初中")
    (('primary', 'junior'), (), ('primary', 'junior'))
    """
    for pattern, stages in _SEVERAL:
        if re.search(pattern, text, re.IGNORECASE):
            return stages
    text = re.sub(r"junior high", "junior", text, flags=re.IGNORECASE)
    return tuple(stage for stage, pattern in _STAGE_WORDS if re.search(pattern, text, re.IGNORECASE))


def kind_of(layer: str, name: str) -> str | None:
    """Return the kind of facility, stop or line that a name tells, or None (``unknown`` for stops and lines)."""
    if layer == "clinics":
        for pattern, kind in (
            (r"卫生服务站|卫生站|医务室|诊所|卫生室", "health_station"),
            (r"卫生服务中心|卫生院", "community_health_centre"),
            (r"医院|保健院|hospital", "hospital"),
        ):
            if re.search(pattern, name, re.IGNORECASE):
                return kind
        return None
    for pattern, kind in (
        (r"地铁|轨道|号线|metro", "metro"),
        (r"铁路|火车|高铁|rail", "railway"),
        (r"高速|expressway", "expressway"),
        (r"公交|bus", "bus"),
    ):
        if re.search(pattern, name, re.IGNORECASE):
            return kind
    return "unknown"
