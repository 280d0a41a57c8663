"""The frame of the page: what is chosen above the map, the names of the panels, and what goes wrong."""

from __future__ import annotations

from geo.text import Text

__all__ = ["WORDS"]

WORDS: dict[str, Text] = {
    # the frame
    "app": Text("规划图", "Zone Planner"),
    "measure_by": Text("按什么衡量", "Measured by"),
    "measure_none": Text("未选用标准", "no standard chosen"),
    "measure_metres": Text("自定距离", "a distance of my own"),
    "measure_gb50180": Text("GB 50180 等中国标准", "Chinese standards (GB 50180)"),
    "measure_distance": Text("距离（米）", "Distance [m]"),
    "service": Text("服务", "Service"),
    "year": Text("年份", "Year"),
    "measure": Text("距离", "Distance"),
    "walk": Text("步行", "On foot"),
    "radius": Text("半径", "Radius"),
    "language": Text("语言", "Language"),
    "lang_zh": Text("中", "中"),
    "lang_en": Text("EN", "EN"),
    "head_service": Text("看哪一项服务；括号内是它的标准：步行时间、距离", "Which service; its standard, minutes on foot and metres, in brackets"),
    "head_year": Text("看哪一年：设施、人口、学位都按这一年", "Which year: facilities, people and seats are those of it"),
    "head_by": Text("距离怎样算：步行沿路网，半径按直线", "How distance is counted: on foot along streets, or as a straight radius"),
    "head_lang": Text("页面语言：中文或英文", "Language of the page: Chinese or English"),
    "theme_auto": Text("外观：自动（随系统）。按一下改为浅色", "Colours: as the system. Press for light"),
    "theme_light": Text("外观：浅色。按一下改为深色", "Colours: light. Press for dark"),
    "theme_dark": Text("外观：深色。按一下改为自动（随系统）", "Colours: dark. Press for as the system"),
    "sources": Text("来源：", "Sources: "),
    "how": Text("怎么算的", "How it is worked out"),
    "panel": Text("栏目", "Panel"),
    "infeasible": Text("没有可行的答案", "No feasible answer"),
    "cannot": Text("无法回答", "This cannot be answered"),
    "fault": Text("程序出错，已记入日志；请换一个选择，或告知管理员。", "A fault in the program, written to the log. Choose something else, or tell the administrator."),
    # who sits at the page
    "sign_in": Text("登录", "Sign in"),
    "sign_in_why": Text("本服务需要登录后使用。", "This server asks everybody to sign in."),
    "may_not_comment": Text("写意见须署名：请先登录。", "A comment needs a name: log in first."),
    "may_not_save": Text("您的角色不能保存方案；请向管理员申请 planner 角色。方案仍可下载为文件。", "Your role may not save plans; ask the administrator for the role planner. The plan can still be downloaded as a file."),
    "may_not_import": Text("您的角色不能导入或撤销导入；请向管理员申请 operator 角色。数据未变。", "Your role may neither import nor undo an import; ask the administrator for the role operator. Nothing has been changed."),
    # the page while it is being prepared
    "opening": Text("正在打开…", "Opening …"),
    "preparing": Text("正在准备地图", "Preparing the map"),
    "drawing_layers": Text("生成图层", "drawing the layers"),
    # how names and numbers stand beside one another
    "between": Text("、", ", "),
    "between_names": Text("，", ", "),
    "noted": Text("{text}（{note}）", "{text} ({note})"),
    "counted": Text("{name}（{count}）", "{name} ({count})"),
    # findings
    "finding_level": Text("级别", "level"),
    "finding_where": Text("位置", "where"),
    "finding_why": Text("原因与办法", "reason and remedy"),
    "finding_row": Text("第 {n} 行", "row {n}"),
    "level_error": Text("错误", "error"),
    "level_warning": Text("警告", "warning"),
    "level_info": Text("提示", "note"),
    # a workspace that cannot be opened: always said in both languages
    "refused_title": Text("工作区数据有误，地图无法打开", "The workspace cannot be opened"),
    "refused_folder": Text("文件夹", "folder"),
    "refused_one": Text("共 1 处问题。请按下表逐条修改文件，保存后刷新本页。", "1 finding. Mend the files as the table says, save them, and reload this page."),
    "refused_many": Text("共 {n} 处问题。请按下表逐条修改文件，保存后刷新本页。", "{n} findings. Mend the files as the table says, save them, and reload this page."),
    "refused_file": Text("文件", "file"),
    "refused_row": Text("行", "row"),
    "refused_field": Text("字段", "field"),
    "refused_shell": Text("命令行也可检查", "also in the shell"),
    # tasks, and the panels of each
    "task": Text("任务", "Task"),
    "task_start": Text("总览", "Overview"),
    "task_look": Text("看现状", "Today"),
    "task_gap": Text("找缺口", "Gaps"),
    "task_choose": Text("比方案", "Options"),
    "task_deliver": Text("出成果", "Results"),
    "task_data": Text("数据", "Data"),
    "panel_site": Text("点选", "Site"),
    "panel_coverage": Text("覆盖", "Coverage"),
    "panel_seats": Text("学位", "Seats"),
    "panel_zones": Text("分区", "Zones"),
    "panel_siting": Text("选址", "Siting"),
    "panel_scenario": Text("方案", "Plans"),
    "panel_compare": Text("对比", "Compare"),
    "panel_targets": Text("指标", "Targets"),
    "panel_import": Text("导入", "Import"),
    "panel_export": Text("导出", "Export"),
    "panel_health": Text("体检", "Health"),
}  # fmt: skip
