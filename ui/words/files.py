"""Files in and out: import, export, report, and how the installation stands."""

from __future__ import annotations

from geo.text import Text

__all__ = ["WORDS"]

WORDS: dict[str, Text] = {
    # downloads
    "download": Text("下载", "Download"),
    "download_note": Text("文件写明方法、参数、依据、来源和日期。", "Each file says method, parameters, basis, sources and date."),
    # import
    "import_title": Text("导入您的数据", "Bring in your own data"),
    "import_note": Text("Shapefile、GeoPackage、FileGDB、GeoJSON、KML、DXF、CSV、XLSX……在隔离进程中解析，不确定的会问您。", "Shapefile, GeoPackage, FileGDB, GeoJSON, KML, DXF, CSV, XLSX and more; parsed in a locked process. What is unsure is asked."),
    "import_layer": Text("导入为哪一层", "Which layer"),
    "import_file": Text("选择文件（Shapefile 可选 zip 或全部配套文件）", "File (a Shapefile as zip, or all its parts)"),
    "import_1": Text("选图层，放入文件。", "Choose the layer and drop the file."),
    "import_2": Text("回答文件里没写明的（坐标系、是否偏移、列名……），最可能的已选好。", "Answer what the file does not say; the best guess is preselected."),
    "import_3": Text("在图上核对，再写入；随时可以撤销。", "Check it on the map, then take it; it can be undone."),
    "import_reading": Text("正在读取……", "Reading…"),
    "import_questions": Text("请确认 {n} 个问题", "Questions: {n}"),
    "import_answer": Text("确认", "Answer"),
    "import_before": Text("改正前（文件原坐标）", "Before (the file's own coordinates)"),
    "import_moved": Text("改正的位移", "How far each was moved"),
    "import_preview": Text("预览：{n} 行（地图上为洋红色）", "Preview: {n} rows (magenta on the map)"),
    "import_layer_title": Text("待导入", "To be imported"),
    "import_take": Text("写入工作区：{layer}", "Take as {layer}"),
    "import_taken": Text("已写入（第 {n} 版）：{layer}，{rows} 行", "Taken as version {n}: {layer}, {rows} rows"),
    "import_refused": Text("这个文件不能导入，原因和办法见下表。", "This file cannot be taken; reasons and remedies below."),
    "import_findings": Text("检查结果（{n}）", "Findings ({n})"),
    "import_history": Text("导入历史", "History"),
    "import_history_note": Text("原始文件与每一版都保存在工作区，不会被改动。", "Original files and all versions are kept in the workspace, unchanged."),
    "import_undone": Text("已撤销", "undone"),
    "import_is_undo": Text("撤销操作", "an undo"),
    "import_stands": Text("生效", "in force"),
    "import_undo": Text("撤销最近一次导入：{layer}", "Undo the last import: {layer}"),
    "import_was_undone": Text("已撤销：{layer}", "Undone: {layer}"),
    # export and health
    "export_what": Text("导出什么", "What to export"),
    "export_format": Text("格式", "Format"),
    "export_make": Text("生成文件", "Make the file"),
    "export_making": Text("正在生成……", "Making the file…"),
    "export_ready": Text("{name} 已生成（{size}）", "{name} is ready ({size})"),
    "export_needs_place": Text("请先在地图上点一处，再导出点选结果。", "Click a place on the map first, then export it."),
    "export_note": Text("当前服务、年份和方案下的数据。GeoJSON 为 WGS84，GeoPackage 可直接用 QGIS 打开（带样式）。", "For the service, year and plan chosen. GeoJSON is WGS84; the GeoPackage opens styled in QGIS."),
    "gcj": Text("坐标偏移为 GCJ-02（仅为配合网络地图，会写入文件说明）", "Shift to GCJ-02 (for web maps only; the file says so)"),
    "report": Text("打印版报告", "Printable report"),
    "health_title": Text("运行环境体检", "How this installation stands"),
    "health_note": Text("导入的文件在隔离的子进程里解析；下表是本机实际生效的防护。", "Files to import are parsed in a locked child process; these guards are in force here."),
    "guard_limits": Text("内存、时间、文件大小上限（rlimit）", "Limits of memory, time, file size (rlimit)"),
    "guard_landlock": Text("只能读这一个文件（Landlock）", "One file only (Landlock)"),
    "guard_calls": Text("禁止联网与执行程序（seccomp）", "No network, no programs (seccomp)"),
    "guard_drivers": Text("多余的数据驱动已停用", "Needless data drivers are off"),
    "guard_gdal": Text("GDAL 只保留所需驱动", "GDAL keeps only what is needed"),
    "health_on": Text("有效", "in force"),
    "health_off": Text("本机没有", "not available here"),
    "health_data": Text("数据", "Data"),
    "health_offline": Text("外网访问", "Requests to the outside"),
    "health_offline_is": Text("无（除非您主动打开在线底图）", "none, unless you choose an online map"),
}  # fmt: skip
