"""The opening: the zones as an atlas, how the plan stands, and where to begin."""

from __future__ import annotations

from geo.text import Text

__all__ = ["WORDS"]

WORDS: dict[str, Text] = {
    "panel_overview": Text("总览", "Overview"),
    "ov_served": Text("步行可达{service}的居民", "reach {service} on foot"),
    "ov_served_of": Text("占 {share}，共 {people} 人", "{share} of {people}"),
    "ov_lacking": Text("缺学位", "seats missing"),
    "ov_lacking_most": Text("最缺{stage}：{seats} 个", "most of all {stage}: {seats}"),
    "ov_lacking_none": Text("各学段、各分区都够", "enough in every stage and part"),
    "ov_lacking_unknown": Text("学位数未知", "seats are not known"),
    "ov_next": Text("下一个项目", "next project"),
    "ov_next_none": Text("规划没有点名本片区的未建成项目", "the plan names none that is not finished"),
    "ov_next_unsaid": Text("没有项目数据", "no projects are known"),
    "ov_year": Text("{year}年 · {state}", "{year} · {state}"),
    "ov_unknown": Text("未知", "unknown"),
    "ov_open": Text("打开{name}的地图", "Open the map of {name}"),
    "ov_maps": Text("各片区地图", "Maps of the zones"),
    "ov_more": Text("还有 {n} 个片区，在“分区”里看。", "{n} more zones are listed under Zones."),
    "ov_most": Text("{year}年，{zone}缺学位最多（{seats} 个）；步行可达{service}的居民占 {share}。", "In {year} {zone} lacks most seats ({seats}); {share} of residents reach {service} on foot."),
    "ov_enough": Text("{year}年，各片区学位都够；步行可达{service}的居民占 {share}。", "In {year} no zone lacks seats; {share} of residents reach {service} on foot."),
    "ov_unsaid": Text("{year}年，步行可达{service}的居民占 {share}；学位数未知。", "In {year} {share} of residents reach {service} on foot; seats are not known."),
    "ov_plan": Text("规划走到哪一步", "How far the plan is"),
    "ov_plan_line": Text("{indicators} 项指标（约束性 {binding} 项）；{projects} 个项目：建成投产 {done}，启动建设 {started}，谋划储备 {planned}", "{indicators} indicators ({binding} binding); {projects} projects: {done} finished, {started} under way, {planned} in preparation"),
    "ov_plan_none": Text("本工作区没有规划指标与项目", "this workspace brings no indicators or projects of a plan"),
    "ov_stage": Text("{stage}学位：现状 → {year}年", "{stage} seats: now → {year}"),
    "ov_seats_of": Text("{existing} → {seats}，目标 {target}", "{existing} → {seats}, target {target}"),
    "ov_ask": Text("从这里开始", "Begin here"),
    "ov_ask_seats": Text("哪里最缺学位？", "Where are seats missing?"),
    "ov_ask_seats_note": Text("看各片区、各学段差多少，缺口在哪几个分区", "how many in each zone and stage, and in which parts"),
    "ov_ask_site": Text("在这里建一所会怎样？", "What would a new one here change?"),
    "ov_ask_site_note": Text("点地图任意处：多服务多少人，补多少学位", "click the map: who is served, which seats are gained"),
    "ov_ask_siting": Text("再建几所，建在哪里最好？", "Where would the next ones do most?"),
    "ov_ask_siting_note": Text("由程序在全部候选点中找最优位置", "the best places among all candidates"),
    "ov_opening": Text("正在打开…", "Opening …"),
}  # fmt: skip
