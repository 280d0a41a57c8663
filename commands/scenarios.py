"""Saved plans: see, compare, verify, back up."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from commands.arguments import Commands, Parser, add_mode, add_name, add_service, journey_of
from commands.asked import case_of, show, table
from geo.errors import InputError
from geo.text import Text
from layers import workspace
from layers.shell import plans


def register(commands: Commands) -> None:
    """Add these commands."""
    _scenario_arguments(
        commands.add("scenario", _scenario, "方案：查看、比较、核对、备份 / plans: see, compare, verify, back up")
    )
    one = commands.add("plans", _scenario, "同 scenario list 和 verify / as scenario list and verify")
    one.add_argument("action", choices=("list", "verify"))


def _scenario_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION", parser_class=Parser)

    def add(name: str, text: str, *words: str) -> argparse.ArgumentParser:
        one = actions.add_parser(name, help=text, description=text)
        one.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="机器可读 / for machines")
        one.add_argument("--data", type=Path, default=argparse.SUPPRESS, help="工作区文件夹 / workspace folder")
        for word in words:
            one.add_argument(word)
        return one

    add("list", "已存方案 / saved plans")
    add("show", "方案内容 / the objects of a plan: FILE, NAME or NAME@REVISION", "plan")
    add("apply", "用到工作区会改动什么 / what it changes in the workspace", "plan")
    one = add("compare", "比较 2–4 个方案，base 为现状 / compare 2 to 4 plans, base: as it is")
    one.add_argument("plans", nargs="+")
    add_service(one)
    one.add_argument("--limit", type=float, help="米 / metres (default: the standard)")
    add_mode(one)
    one = add(
        "export",
        "写成文件（.geojson，或 QGIS 打开即有样式的 .gpkg） / to a file: .geojson, or .gpkg that QGIS opens styled",
        "plan",
    )
    one.add_argument("--out", type=Path, required=True)
    add_service(one)
    one.add_argument("--limit", type=float, help="米 / metres")
    one = add("import", "存入文件中的方案 / save the plan of a file")
    one.add_argument("file", type=Path)
    one.add_argument("--name", help="另取名称 / under another name")
    one.add_argument(
        "--base-rev",
        type=int,
        default=0,
        help="在第几版之上（默认新方案） / on top of which revision (default: a new plan)",
    )
    one.add_argument("--why", default="", help="理由 / reason")
    add_name(one)
    add("audit", "谁、何时、由何改为何、为何 / who, when, before, after, why", "plan")
    one = add("comments", "意见：查看、添加、办结 / comments: see, add, settle", "plan")
    one.add_argument("--add", metavar="TEXT")
    one.add_argument("--object", metavar="ID", help="针对的对象 / on this object")
    one.add_argument("--lon", type=float)
    one.add_argument("--lat", type=float)
    one.add_argument("--settle", type=int, metavar="NUMBER", help="办结第几条 / settle this comment")
    add_name(one)
    add("backup", "备份并核对 / a verified backup").add_argument("out", type=Path)
    one = add("restore", "从备份恢复 / bring back what a backup holds")
    one.add_argument("file", type=Path)
    one.add_argument(
        "--replace", action="store_true", help="原库另存，以备份为准 / put the store aside and make it anew"
    )
    one = add("move", "移入另一方案库（文件或数据库） / copy all plans into another store")
    one.add_argument("--from", dest="source", metavar="FILE|postgresql://…")
    one.add_argument("--to", required=True, metavar="FILE|postgresql://…")
    add("verify", "核对是否损坏 / verify that nothing is damaged").add_argument("file", type=Path, nargs="?")


def _scenario(args: argparse.Namespace) -> int:
    """See, compare, verify, back up plans; one function of ``layers.shell.plans`` each."""
    folder: Path = args.data
    if args.action == "verify":
        return _verified(args)
    if args.action == "list":
        rows, told = plans.listed(folder)
        for finding in told:
            print(f"{finding.level}: {finding}", file=sys.stderr)
        table(rows, args)
        return 0
    acts: dict[str, Callable[[], Any]] = {
        "show": lambda: plans.shown(folder, args.plan),
        "apply": lambda: plans.applied(folder, workspace.load(folder), args.plan),
        "compare": lambda: plans.compared(
            folder, case_of(args), args.plans, limit=args.limit, journey=journey_of(args), minutes=args.minutes
        ),
        "export": lambda: plans.export(
            folder,
            workspace.load(folder),
            args.plan,
            args.out,
            {key: value for key in ("service", "year", "limit") if (value := getattr(args, key)) is not None},
        ),
        "import": lambda: plans.save_file(
            folder, args.file, name=args.name, base_rev=args.base_rev, who=args.who, why=args.why
        ),
        "audit": lambda: plans.audit(folder, args.plan),
        "comments": lambda: _commented(folder, args),
        "backup": lambda: plans.back_up(folder, args.out),
        "restore": lambda: plans.restore(folder, args.file, replace_it=args.replace),
        "move": lambda: plans.move(folder, args.source, args.to),
    }
    table(acts[args.action](), args)
    return 0


def _commented(folder: Path, args: argparse.Namespace) -> Any:
    if args.add is None and args.settle is None:
        return plans.comments(folder, args.plan)
    if (args.lon is None) is not (args.lat is None):
        raise InputError(Text("请同时给出 --lon 和 --lat", "give --lon and --lat together"))
    place = None if args.lon is None else (args.lon, args.lat)
    return plans.comment(
        folder, args.plan, args.add or "", who=args.who, object_id=args.object, place=place, settles=args.settle
    )


def _verified(args: argparse.Namespace) -> int:
    where, found, heads = plans.verify(args.data, getattr(args, "file", None))
    errors = [f for f in found if f.level == "error"]
    if args.json:
        show({"ok": not errors, "file": where, "findings": [f.as_dict() for f in found], "heads": heads})
    for finding in found:
        print(finding, file=sys.stderr)
    if not args.json and not errors:
        print(f"方案库完好 / every revision is as it was saved: {where}")
    return 2 if errors else 0
