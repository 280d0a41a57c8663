"""Files in and out: check, export, build, import, report."""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from pathlib import Path
from typing import Any

from commands.arguments import Commands, add_journey, add_seating, add_service, add_year, journey_of
from commands.asked import case_of, of_place, show
from geo import answers
from geo.errors import InputError
from geo.text import Text
from layers import exports, incoming, workspace
from layers.shell import imports, monitor
from layers.store import take
from layers.write.geojson import meta


def register(commands: Commands) -> None:
    """Add these commands."""
    commands.add("check", _check, "检查工作区 / check every layer of the workspace")
    _export_arguments(commands.add("export", _export, "导出 / write a layer or an answer to a file", scenario=True))
    _build_arguments(commands.add("build", _build, "用开放街道图数据建立工作区 / make a workspace from OpenStreetMap"))
    _import_arguments(commands.add("import", _import, "导入规划者的文件 / import a planner's file"))
    one = commands.add("report", _report, "报告 / a printable report", scenario=True)
    add_service(one)
    one.add_argument("--out", type=Path, required=True, help=".html, .pdf, .docx")
    one.add_argument("--lang", choices=("zh", "en"), default="zh")
    one.add_argument(
        "--sheet", nargs="?", const="", choices=("", "whole", "zone", "site", "plan"),
        help="A4 单页：全区、片区（--zone）、一处（--lon --lat）、方案与现状（--scenario） / one page of A4",
    )  # fmt: skip
    one.add_argument("--zone", action="append", default=[], help="只报该片区，可重复 / only this zone, may be repeated")
    one.add_argument("--lon", type=float)
    one.add_argument("--lat", type=float)
    one.add_argument("--classes", type=int, help="拟建学校的班数 / classes of the school supposed there")
    one.add_argument("--programme", action="store_true", help="全文另写滚动计划，2021–2030 / with a rolling programme")
    one.add_argument(
        "--robust", type=int, metavar="P", help="全文另写 P 处稳健选址 / with P sites that hold over what is not known"
    )
    one.add_argument(
        "--worth",
        type=int,
        metavar="P",
        help="全文另写先查什么（新增 P 处） / with what to measure before P sites are chosen",
    )


def _check(args: argparse.Namespace) -> int:
    checked = workspace.check(args.data)
    if args.json:
        show({"ok": not checked.errors, "rows": checked.rows, "findings": [f.as_dict() for f in checked.findings]})
    for name, count in checked.rows.items():
        if not args.json:
            print(f"{name:16} {count:>8}")
    for finding in checked.findings:
        print(f"{finding.level}: {finding}", file=sys.stderr)
    if not args.json:
        zh, en = ("检查通过", "all layers pass") if not checked.errors else ("检查未通过", "the check failed")
        print(
            f"{zh} / {en}: {len(checked.errors)} 错误 errors, {len(checked.findings) - len(checked.errors)} 提示 warnings"
        )
    return 2 if checked.errors else 0


def _export_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--layer", required=True, help="、".join((*exports.LAYERS, *exports.TABLES, *exports.RESULTS)))
    parser.add_argument("--format", choices=tuple(exports.FORMATS), default="geojson")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--service", default="primary")
    add_year(parser)
    parser.add_argument("--lon", type=float)
    parser.add_argument("--lat", type=float)
    parser.add_argument("--limit", type=float, help="米 / metres")
    parser.add_argument("--method", default="e2sfca")
    parser.add_argument("--model", default="max_cover")
    parser.add_argument("--p", type=int)
    add_seating(parser)
    parser.add_argument("--minutes", type=float, nargs="+", metavar="MIN", help="travel：分钟 / minutes")
    add_journey(parser)
    parser.add_argument(
        "--gcj02", action="store_true", help="按 GCJ-02 输出坐标（会记录） / shift coordinates to GCJ-02 (logged)"
    )


def _export(args: argparse.Namespace) -> None:
    case = case_of(args)
    frames, about = exports.collect(
        case, args.layer, lon=args.lon, lat=args.lat, limit=args.limit, method=args.method, model=args.model,
        p=args.p, rules=args.rule, unknown_seats=args.unknown_seats,
        actuals=monitor.held(args.data) if args.layer == "monitored" else (), journey=journey_of(args), minutes=args.minutes,
    )  # fmt: skip
    told = meta(about, date=dt.date.today(), records=case.workspace.sources)
    path = exports.write(case.workspace, frames, args.out, args.format, meta=told, gcj02=args.gcj02, about=about)
    show({"written": str(path), "bytes": path.stat().st_size}) if args.json else print(f"已写出 / written: {path}")


def _build_arguments(parser: argparse.ArgumentParser) -> None:
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--osm", type=Path, help=".osm.pbf, .osm, .graphml")
    source.add_argument("--place", help="地名（需要网络） / place name (needs the network)")
    parser.add_argument("--population", type=Path, required=True, help=".csv, .tif")
    parser.add_argument("--zones", type=Path, help=".geojson; default: one zone around everything")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--name", help="名称 / name of the workspace")
    parser.add_argument(
        "--crs", help="以米为单位的坐标系；不给则按所在地选定 / metric CRS; chosen from the place where not given"
    )
    parser.add_argument(
        "--dem",
        type=Path,
        help="高程 GeoTIFF：按坡度折算步行距离（默认不计） / terrain: walking on slopes (off by default)",
    )
    add_year(parser)


def _build(args: argparse.Namespace) -> None:
    from layers.osm.build import build  # osmnx and osmium take a second to import; only this command needs them

    folder = build(args.osm, args.population, args.out, zones=args.zones, place=args.place, name=args.name,
                   population_year=args.year, crs=args.crs, dem=args.dem, progress=lambda step: print(step.text, file=sys.stderr))  # fmt: skip
    checked = workspace.check(folder)
    if args.json:
        show({"workspace": str(folder), "rows": checked.rows})
    else:
        print(f"工作区已建立 / workspace made: {folder}")
    for finding in checked.errors:
        print(finding, file=sys.stderr)
    if checked.errors:
        raise InputError(checked.errors)


def _import_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, nargs="?")
    parser.add_argument("--layer", required=True)
    parser.add_argument("--crs", help="坐标系 / EPSG:4490, EPSG:4527 …")
    parser.add_argument(
        "--answer", action="append", default=[], metavar="KEY=VALUE", help="回答一个问题 / answer a question"
    )
    parser.add_argument(
        "--mode",
        choices=("merge", "replace", "replace-part", "add"),
        help="写入方式（默认合并；路网和人口只能全部替换） / how it is taken (default: merge)",
    )
    parser.add_argument(
        "--part", metavar="stage=|zone=|kind=", help="replace-part 替换哪一部分 / the part that is replaced, zone=ID"
    )
    parser.add_argument("--take", action="store_true", help="确认写入工作区 / take it into the workspace")
    parser.add_argument(
        "--replace-all", action="store_true", help="同意移除文件里没有的行 / agree that rows not in the file go"
    )
    parser.add_argument(
        "--undo", action="store_true", help="撤销该图层最近一次导入 / undo the last import of the layer"
    )


def _import(args: argparse.Namespace) -> int:
    """Say what was found in a file and what is asked; take it with ``--take``."""
    if args.undo:
        version = take.undo(args.data, args.layer)
        show({"undone": version.undoes, "layer": version.layer, "file": version.file})
        return 0
    if args.file is None:
        raise InputError(Text("请给出要导入的文件", "name the file to import"))
    bad = [word for word in args.answer if "=" not in word]
    if bad:
        raise InputError(Text(f"回答须写成 KEY=VALUE：{bad}", f"write answers as KEY=VALUE: {bad}"))
    replies = dict(word.split("=", 1) for word in args.answer)
    pairs = {key: value for key, value in replies.items() if key.startswith("pair.")}
    told = {key: value for key, value in replies.items() if key not in pairs}
    read = incoming.read(args.file, layer=args.layer, crs=args.crs, answers=told, **incoming.surroundings(args.data))
    result = imports.found(read, sentences=not args.json)
    plan = None
    if read.accepted:
        mode = args.mode.replace("-", "_") if args.mode else None
        plan = take.preview(args.data, read, mode=mode, part=args.part, pairs=pairs)
        result |= imports.planned(plan, sentences=not args.json)
    if plan is not None and args.take:
        place, version = take.take(
            args.data, read, args.file, shown=plan, pairs=pairs, replace_all=args.replace_all, answers=told
        )
        result |= {"taken": version.number, "workspace": str(place)}
    show(result)
    if not read.accepted:  # the reason also where scripts look for it
        for finding in (f for f in read.findings if f.level != "info"):
            print(finding, file=sys.stderr)
    return 0 if read.accepted else 2


def _report(args: argparse.Namespace) -> None:
    site = None if args.lon is None or args.lat is None else (args.lon, args.lat)
    found = "zone" if args.zone else "site" if site else "whole"
    kind: Any = "full" if args.sheet is None else args.sheet or found
    today = of_place(args, workspace.load(args.data)) if kind == "plan" else None
    case = case_of(args)
    more = []
    if kind == "full":
        more += [answers.programme(case)] if args.programme else []
        more += [answers.robust(case, p=args.robust)] if args.robust else []
        more += [answers.value(case, p=args.worth)] if args.worth else []
    path = exports.report(
        case, args.out, lang=args.lang, date=dt.date.today(), kind=kind, zones=args.zone, site=site,
        classes=args.classes, today=today, actuals=monitor.held(args.data) if kind == "full" else (), more=more,
    )  # fmt: skip
    show({"written": str(path)}) if args.json else print(f"已写出 / written: {path}")
