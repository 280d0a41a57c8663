"""The first sentence of each panel: the figure that matters, in words."""

from __future__ import annotations

from geo.text import Text

__all__ = ["WORDS"]

WORDS: dict[str, Text] = {
    "ans_mostly": Text("，主要在{places}", ", most of them in {places}"),
    "ans_place": Text("{name}（{n}）", "{name} ({n})"),
    # seats
    "ans_short": Text("{year}年{where}{stage}缺 {n} 个学位{places}", "{where} lacks {n} seats in {year}, {stage}{places}"),
    "ans_short_net": Text("；各处相抵后缺 {n} 个", "; {n} if one place could fill another"),
    "ans_short_none": Text("{year}年{where}{stage}不缺学位", "{where} lacks no seats in {year}, {stage}"),
    "ans_short_unknown": Text("{year}年{where}{stage}缺不缺学位还说不出：没有需求或学位数据", "Whether {where} lacks seats in {year} ({stage}) cannot be said: no demand or no seats in the data"),
    "ans_circular": Text("。居民数由规划学位反推，不能证明够不够", ". The residents were worked out from the planned seats: this proves nothing"),
    "ans_whole": Text("全区", "The whole place"),
    "ans_by_zone": Text("分片区：{zones}", "By zone: {zones}"),
    "ans_assigned": Text("{all} 名学生中 {n} 名没有学位；有学位的平均步行 {walk}", "{n} of {all} pupils have no seat; the others walk {walk} on average"),
    "ans_assigned_all": Text("{all} 名学生都有学位，平均步行 {walk}", "All {all} pupils have a seat and walk {walk} on average"),
    "ans_districts": Text("{n} 个学区平均步行 {walk}，{over}", "{n} districts, {walk} on average, {over}"),
    "ans_districts_over": Text("超出学位 {n} 人", "{n} pupils beyond the seats"),
    "ans_districts_fit": Text("没有学校超员", "no school over its seats"),
    "ans_feeders": Text("{all} 名毕业生中 {n} 名整校升入同一所学校", "{n} of {all} leavers go on to one school together with their whole school"),
    "ans_feeders_none": Text("没有可排的升学链", "There is no chain to tell"),
    "ans_routes": Text("{school}的 {all} 名学生中 {n} 名要横过主干道", "{n} of {all} pupils of {school} cross a main road"),
    # coverage
    "ans_covered": Text("{year}年{by} {m} 米内有{service}的居民占 {share}，还有 {n} 人没有{places}", "In {year} {share} of residents have a {service} within {m} m {by}; {n} have none{places}"),
    "ans_covered_all": Text("{year}年居民{by} {m} 米内都有{service}", "In {year} every resident has a {service} within {m} m {by}"),
    "ans_covered_unknown": Text("{year}年{service}覆盖多少人还说不出：没有居民或设施数据", "Who has a {service} in {year} cannot be said: no residents or no facilities in the data"),
    "ans_foot": Text("步行", "on foot"),
    "ans_radius": Text("半径", "as the crow flies"),
    "ans_access": Text("{share} 的{who}够不到任何{service}；基尼系数 {gini}（0 为人人均等）", "{share} of {who} reach no {service} at all; Gini {gini} (0: all equal)"),
    "ans_access_unknown": Text("{service}的可达性还说不出：没有人口或容量数据", "Access to {service} cannot be said: no people or no capacity in the data"),
    "ans_circles": Text("居民平均缺 {n} 项（共 {of} 项），15 分钟圈样样都有的占 {share}{places}", "Residents lack {n} of {of} services on average; {share} have all within 15 minutes{places}"),
    "ans_circles_worst": Text("；缺得最多的是{places}", "; worst off: {places}"),
    "ans_circles_unknown": Text("缺哪些服务还说不出：没有居民或设施数据", "What is lacking cannot be said: no residents or no facilities in the data"),
    # zones and places
    "ans_zone": Text("{name}：{km2} 平方公里，{year}年居民 {people} 人{short}", "{name}: {km2} km², {people} residents in {year}{short}"),
    "ans_zone_short": Text("，还缺{short}", "; still lacking {short}"),
    "ans_zone_seats": Text("{stage} {n} 个学位", "{n} seats ({stage})"),
    "ans_zone_enough": Text("，各学段不缺学位", "; no seats lacking"),
    "ans_site": Text("在此建{service}可多服务 {n} {unit}{near}", "A {service} here would serve {n} more {unit}{near}"),
    "ans_site_none": Text("在此建{service}不能多服务人{near}", "A {service} here would serve nobody new{near}"),
    "ans_site_near": Text("；现在最近的步行 {walk}", "; the nearest today is {walk} on foot"),
    "ans_site_far": Text("；现在步行走不到一处", "; none can be walked to today"),
    # siting
    "ans_gap": Text("还有 {n} {unit}{by} {m} 米内没有{service}；选几处新建，看最多能补上多少", "{n} {unit} have no {service} within {m} m {by}; choose how many to build and see how far that goes"),
    "ans_gap_none": Text("{who}{by} {m} 米内都有{service}，不必再建", "All {who} have a {service} within {m} m {by}: nothing to build"),
    "ans_gap_unknown": Text("缺多少{service}还说不出：没有居民或设施数据", "How many lack a {service} cannot be said: no residents or no facilities in the data"),
    "ans_sites": Text("再建 {k} 处，多服务 {n} {unit}{first}", "{k} more would serve {n} more {unit}{first}"),
    "ans_sites_first": Text("；第一处在{zone}（{n}）", "; the first in {zone} ({n})"),
    "ans_sites_none": Text("没有一处能多服务人", "No site would serve anybody new"),
    "ans_best": Text("最好的一处在{zone}，建{service}可多服务 {n} {unit}", "The best place is in {zone}: a {service} there would serve {n} more {unit}"),
    "ans_best_none": Text("哪里新建都不能多服务人", "No place would serve anybody new"),
    "ans_outside": Text("片区以外", "outside the zones"),
    "ans_crossings": Text("打通{name}一处最有用，多 {n} 人可达；{k} 处一起多 {all} 人", "Crossing {name} helps most: {n} more people in reach; {k} together {all}"),
    "ans_crossings_none": Text("没有一处能单独使更多居民步行可达", "No single crossing puts more people in reach"),
    # plans
    "ans_plan": Text("方案改动 {n} 处；步行可达的居民：{services}", "The plan changes {n} things; residents in reach on foot: {services}"),
    "ans_plan_same": Text("方案改动 {n} 处，步行可达的居民没有变化", "The plan changes {n} things; nobody more or less is in reach on foot"),
    "ans_plan_none": Text("方案里还没有改动：在地图上画一处学校、一条路，或从选址、学位加入", "Nothing is changed yet: draw a school or a street on the map, or take sites from the panel Siting"),
    "ans_plan_service": Text("{service} {n} 人", "{service} {n}"),
    "ans_compared": Text("{best} 步行可达的居民最多，{n} 人，比 {first} {more}", "{best} puts most residents in reach on foot, {n}: {more} than {first}"),
    "ans_compared_same": Text("各方案步行可达的居民一样多：{n} 人", "All put the same number of residents in reach on foot: {n}"),
    "ans_compared_first": Text("{first} 步行可达的居民最多，{n} 人；其他都不如它", "{first} puts most residents in reach on foot, {n}; none of the others does better"),
    "ans_compared_unknown": Text("步行可达多少居民还说不出：数据不全", "How many are in reach cannot be said: the data are not complete"),
    "ans_pupils": Text("学生", "pupils"),
    "ans_residents": Text("居民", "residents"),
    "ans_more": Text("多 {n} 人", "{n} more"),
    "ans_years": Text("{year}年居民 {people} 人，{service}步行可达 {share}", "In {year} {people} residents, {share} of them with a {service} on foot"),
    # the register
    "ans_register": Text("{n} 项指标（{binding} 项约束性）、{facts} 条要求、{projects} 个项目；规划有 {clashes} 处自相矛盾", "{n} indicators ({binding} binding), {facts} requirements, {projects} projects; the plan contradicts itself in {clashes} places"),
    "ans_monitor": Text("{n} 项中 {red} 项落后、{amber} 项需留意{names}", "{red} of {n} are behind, {amber} to be watched{names}"),
    "ans_monitor_well": Text("有数的 {n} 项都跟得上", "All {n} with numbers keep pace"),
    "ans_monitor_grey": Text("；{n} 项还没有数", "; {n} have no number yet"),
    "ans_monitor_none": Text("{n} 项都还没有数：先填写或导入实际值", "None of the {n} has a number yet: enter or import what was reached"),
    "ans_names": Text("：{names}", ": {names}"),
    "ans_projects": Text("{n} 个项目：{states}", "{n} projects: {states}"),
    "ans_state": Text("{state} {n}", "{n} {state}"),
    # files and the installation
    "ans_export": Text("文件将含：{what}，格式 {form}；写明方法、参数、依据、来源和日期", "The file will hold {what} as {form}, with method, parameters, basis, sources and date"),
    "ans_health_ok": Text("{n} 项防护全部有效", "All {n} guards are in force"),
    "ans_health_bad": Text("{n} 项防护中 {bad} 项无效：{names}", "{bad} of {n} guards are not in force: {names}"),
    "ans_import": Text("已导入 {n} 次，可逐层退回", "{n} imports taken; each layer can go back"),
    "ans_import_none": Text("还没有导入过：图上都是自带数据", "Nothing imported yet: all on the map came with the workspace"),
    "grid_more": Text("只列前 {n} 行，共 {all} 行；全部见导出", "The first {n} of {all} rows; all are in the files"),
    # work that takes a while
    "work_on": Text("正在算：{what}（已 {s} 秒）", "Working out: {what} ({s} s so far)"),
    "work_stopped": Text("已停止：{what}", "Stopped: {what}"),
    "work_again": Text("重新计算", "Work it out again"),
    # what to do next: one step a panel
    "next_sites": Text("为缺口选址", "Find sites for the gap"),
    "next_best": Text("找最佳选址", "Find the best sites"),
    "next_compare": Text("和现状比较", "Compare with today"),
    "next_export": Text("导出", "Export"),
    "next_gap": Text("看缺哪些学位", "See which seats are lacking"),
}  # fmt: skip
