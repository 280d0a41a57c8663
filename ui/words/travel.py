"""Ways by a mode: how and when one goes, whom and what one reaches in some minutes."""

from __future__ import annotations

from geo.text import Text

__all__ = ["WORDS"]

WORDS: dict[str, Text] = {
    "go_mode": Text("出行方式", "Mode"),
    "go_standard": Text("达标（步行）", "standard (on foot)"),
    "go_lacks": Text("{mode}：{why}", "{mode}: {why}"),
    "go_when": Text("出发或到达", "Leaving or arriving"),
    "go_leave": Text("出发", "leaving"),
    "go_arrive": Text("到达", "arriving"),
    "go_day": Text("日期", "Day"),
    "go_clock": Text("时刻", "Time"),
    "go_window": Text("时段（分钟）", "Window (min)"),
    "go_rides": Text("最多乘车次数", "Rides at most"),
    "go_longest": Text("每段步行不超过（米）", "Each walk up to (m)"),
    "go_step_free": Text("不走台阶、楼梯和扶梯", "No steps, stairs nor escalators"),
    "go_more": Text("换乘与步行", "Changes and walks"),
    "go_minutes": Text("{m} 分钟", "{m} min"),
    "go_reach": Text("可到的人口与设施", "People and facilities in reach"),
    "go_time": Text("时间", "Time"),
    "go_band": Text("第 5–95 百分位", "5th to 95th percentile"),
    "go_range": Text("{low}–{high}", "{low} to {high}"),
    "go_found": Text("最近的{service}", "Nearest: {service}"),
    "go_none_found": Text("{m} 分钟内一处也没有", "none within {m} min"),
    "go_areas": Text("{mode}可达范围", "Ground in reach {mode}"),
    "go_rims": Text("{m} 分钟：等车最少与最多时", "{m} min: with least and most waiting"),
    "go_rim_low": Text("{m} 分钟，第 5 百分位（少等车）", "{m} min, 5th percentile (little waiting)"),
    "go_rim_high": Text("{m} 分钟，第 95 百分位（多等车）", "{m} min, 95th percentile (much waiting)"),
    "go_stops": Text("站点班次（每小时）", "Departures an hour"),
    "go_stop_tip": Text("{name}：每小时 {n} 班", "{name}: {n} departures an hour"),
    "go_an_hour": Text("{low}–{high} 班", "{low} to {high}"),
    "go_an_hour_most": Text("{low} 班及以上", "{low} and more"),
    "go_source": Text("时刻表 {file}（{first} 至 {last}）", "timetable {file} ({first} to {last})"),
    "go_layer": Text("{service}：{mode} {m} 分钟内", "{service}: within {m} min {mode}"),
    "go_within": Text("{m} 分钟内（{n} 人）", "within {m} min ({n} people)"),
    "go_beyond": Text("超过 {m} 分钟（{n} 人）", "beyond {m} min ({n} people)"),
    "go_without": Text("没有方案中的线路时，{m} 分钟内为 {n} 人（{more}）", "Without the lines of the plan, {n} people within {m} min ({more})"),
    "go_limit": Text("出行时间上限（分钟）", "Longest travel time (min)"),
    "ans_go": Text(
        "{mode} {m} 分钟内可到 {n} 人、{k} 处{service}{band}。", "{n} people and {k} × {service} within {m} min {mode}{band}."
    ),
    "ans_come": Text(
        "{n} 人可在 {m} 分钟内到此（{mode}）{band}。", "{n} people can be here within {m} min {mode}{band}."
    ),
    "ans_go_band": Text("（时段内 {low}–{high} 人）", " ({low} to {high} over the window)"),
    "ans_go_off": Text("这里附近没有步行道路，无从出发。", "There is no walkable street near here to begin from."),
    "ans_reached": Text(
        "{share} 的居民（{n} 人）{mode} {m} 分钟内可到一处{service}。", "{share} of residents ({n}) reach a {service} within {m} min {mode}."
    ),
    "ans_reached_unknown": Text("没有{service}数据，无法判断谁能到。", "There is no data of {service}: nobody can say who reaches one."),
}  # fmt: skip
