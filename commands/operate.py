"""What an operator does with a workspace and a machine: back up, restore, verify, upgrade, and look whether all is well."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import pandas as pd

from commands.arguments import Commands
from commands.asked import show
from geo.text import Text
from layers.operate import archive, doctor, restoring, upgrade
from layers.shell.printed import as_table

ACTIONS = {
    "new": Text("新建", "new"), "same": Text("相同", "the same"), "differs": Text("不同，以备份为准", "differs, the backup's comes"),
    "aside": Text("仅现有，另存一旁", "only there, put aside"),
}  # fmt: skip


def register(commands: Commands) -> None:
    """Add these commands."""
    one = commands.add("backup", _backup, "整个工作区及其方案、草稿备份成一个文件 / a workspace with its plans and drafts into one checked file")  # fmt: skip
    one.add_argument("workspace", type=Path, metavar="WORKSPACE")
    one.add_argument("file", type=Path, metavar="FILE")
    one = commands.add(
        "restore", _restore, "由备份恢复；不覆盖任何内容 / bring a workspace back; nothing is overwritten"
    )
    one.add_argument("file", type=Path, metavar="FILE")
    one.add_argument("workspace", type=Path, metavar="WORKSPACE")
    one.add_argument("--dry-run", action="store_true", help="只显示会做什么 / show what would be done, and do nothing")
    one.add_argument("--replace", action="store_true", help="原有的另存一旁，以备份为准 / put aside what is there; the backup takes its place")  # fmt: skip
    one = commands.add("verify", _verify, "核对备份，指出有差异的文件 / verify a backup; names each file that differs")
    one.add_argument("file", type=Path, metavar="FILE")
    one = commands.add("upgrade", _upgrade, "把旧格式的工作区升到本程序的格式；先显示 / bring an older workspace up; shows first")  # fmt: skip
    one.add_argument("workspace", type=Path, metavar="WORKSPACE")
    one.add_argument("--yes", action="store_true", help="备份后执行 / back up, then do it")
    one.add_argument("--backup", type=Path, metavar="FILE", help="备份写到哪里 / where the backup goes")
    one = commands.add("doctor", _doctor, "检查本机与工作区，逐项说明怎么办 / look whether machine and workspace are well, and what to do")  # fmt: skip
    one.add_argument("--port", type=int, default=8501, help="网页将用的端口 / the port of the page")


def _backup(args: argparse.Namespace) -> None:
    made = archive.back_up(args.workspace, args.file)
    if args.json:
        show({"written": str(args.file), **made.as_dict()})
        return
    size = sum(int(told["bytes"]) for told in made.files.values()) / 1e6
    print(Text(
        f"已备份并核对 {args.file}：{len(made.files)} 个文件，{size:.1f} MB，方案 {made.store['revisions']} 版，意见 {made.store['comments']} 条",
        f"backed up and verified: {len(made.files)} files, {size:.1f} MB, {made.store['revisions']} revisions of plans, {made.store['comments']} comments",
    ))  # fmt: skip


def _restore(args: argparse.Namespace) -> None:
    if args.dry_run:
        plan = restoring.planned(args.file, args.workspace)
        show(plan.as_dict()) if args.json else _planned(plan)
        return
    plan = restoring.planned(args.file, args.workspace)
    if not args.json:
        _planned(plan)
    done = restoring.restore(args.file, args.workspace, replace=args.replace)
    if args.json:
        show(done.as_dict())
        return
    print(Text(f"已恢复到 {done.plan.target}", f"restored to {done.plan.target}"))
    for place in done.aside:
        print(Text(f"原有的在 {place}", f"what was there is {place}"))


def _planned(plan: restoring.Plan) -> None:
    rows = [{"文件 / file": row["file"], "会怎样 / what happens": str(ACTIONS[row["action"]])} for row in plan.rows]
    print(f"{plan.target}\n{as_table(pd.DataFrame(rows), index=False, width=80)}")


def _verify(args: argparse.Namespace) -> int:
    wrong = archive.verify(args.file)
    if args.json:
        show({"ok": not wrong, "file": str(args.file), "findings": [f.as_dict() for f in wrong]})
    for finding in wrong:
        print(finding, file=sys.stderr)
    if not wrong and not args.json:
        print(Text(f"备份完好：{args.file}", "every file of the backup is as it was written"))
    return 2 if wrong else 0


def _upgrade(args: argparse.Namespace) -> None:
    plan, backup = upgrade.upgrade(args.workspace, args.backup) if args.yes else (upgrade.planned(args.workspace), None)
    if args.json:
        show({**plan.as_dict(), "done": args.yes, "backup": None if backup is None else str(backup)})
        return
    if not plan.steps:
        print(Text(f"已是本程序的格式（{plan.before}）", f"is of this program's format already ({plan.before})"))
    for step in plan.steps:
        print(step)
    if backup is not None:
        print(Text(f"已升级；升级前的备份：{backup}", f"upgraded; the backup of before: {backup}"))
    elif plan.steps:
        print(Text("尚未改动；加 --yes 则先备份再执行", "nothing was changed; with --yes it is backed up, then done"))


def _doctor(args: argparse.Namespace) -> int:
    found = doctor.examined(args.data, port=args.port)
    if args.json:
        show({"ok": not any(one.level == "fault" for one in found), "lines": [one.as_dict() for one in found]})
    else:
        for one in found:
            print(one)
    return 2 if any(one.level == "fault" for one in found) else 0
