"""The plan itself: its sentences, indicators, projects, land, how far it is, and its zones."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from commands.arguments import Commands, Parser
from commands.asked import case_of, place_and_plan, say, show, table
from geo import answers
from geo.errors import InputError
from geo.monitor import TOLERANCE
from geo.schema import LAYERS
from layers.shell import monitor, plans
from layers.shell.printed import as_data, cited, listed


def register(commands: Commands) -> None:
    """Add these commands."""
    one = commands.add(
        "cite",
        _cite,
        "规划原文 / the plan's own sentence behind a target, zone, project, finding or fact",
        scenario=True,
    )
    one.add_argument(
        "id",
        nargs="+",
        metavar="ID|WORDS",
        help="编号或要查的词 / an id or words to look for: P07、K15、F001、职住平衡",
    )
    one.add_argument("--kind", choices=tuple(answers.CITED), help="类别（编号有重复时） / kind, where an id is of two")
    commands.add("register", _register, "规划指标 / indicators, projects, contradictions of the plan", scenario=True)
    commands.add(
        "consistency",
        _consistency,
        "规划自洽：不能同时成立的最少几句 / the fewest sentences of the plan that cannot all hold",
        scenario=True,
    )
    one = commands.add(
        "projects",
        _projects,
        "规划项目：片区、开放年份、学位与床位 / projects of the plan: zone, year, seats, beds",
        scenario=True,
    )
    one.add_argument("--zone", help="只列该片区及其分区 / of one zone and its sub-areas only")
    one.add_argument(
        "--state", choices=LAYERS["projects"].by_name["state"].choices, help="项目阶段 / state of the project"
    )
    one.add_argument("--year", type=int, help="只列该年已开放的 / only those known to be open by this year")
    commands.add(
        "land",
        _land,
        "用地与控制线核对 / planned facilities and projects against land use and control lines",
        scenario=True,
    )
    _monitor_arguments(
        commands.add(
            "monitor",
            _monitor,
            "实施监测：进度、预测、灯号 / how far the plan is: pace, forecast, lights",
            scenario=True,
        )
    )
    one = commands.add("zone", _zone, "片区卡片 / the card of a zone", scenario=True)
    one.add_argument("zone_id")


def _cite(args: argparse.Namespace) -> None:
    place = case_of(args).workspace
    words = " ".join(args.id)
    found = answers.find(place, words, kind=args.kind)
    if found["found"]["id"].eq(words).any():
        answer = answers.citation(place, args.kind or answers.kind_of(place, words), words)
        show(as_data(answer)) if args.json else print(cited(answer))
        return
    if found["found"].empty:
        raise InputError(found.notes[0])
    show(as_data(found)) if args.json else print(listed(found))


def _register(args: argparse.Namespace) -> None:
    say(answers.register(case_of(args).workspace), args)


def _consistency(args: argparse.Namespace) -> None:
    say(answers.consistency(case_of(args).workspace), args)


def _projects(args: argparse.Namespace) -> None:
    # The year among a plan's parameters is the one that coverage is asked for: it leaves out no projects.
    asked = place_and_plan(argparse.Namespace(data=args.data, scenario=args.scenario))
    say(answers.projects(plans.under(*asked, args.year), zone=args.zone, state=args.state, year=args.year), args)


def _land(args: argparse.Namespace) -> None:
    say(answers.land(case_of(args).workspace), args)


def _monitor_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--year", type=int, help="评估年份 / year to judge (default: the last one entered)")
    parser.add_argument("--tolerance", type=float, default=TOLERANCE, help="预期性的容差 / of expected ones (0.1)")
    acts = parser.add_subparsers(dest="act", metavar="add|import|history|undo|template", parser_class=Parser)
    one = acts.add_parser("add", help="填报一个实际值 / enter one actual")
    one.add_argument("indicator")
    one.add_argument("of_year", type=int, metavar="YEAR")
    one.add_argument("value", help="数值；任务填 完成、进行中、未完成 / number, or the state of a task")
    one.add_argument("--source", default="", help="来源 / source")
    one.add_argument("--note", default="", help="备注 / note")
    two = acts.add_parser("import", help="CSV、XLSX；不加 --yes 只预览 / without --yes only a preview")
    two.add_argument("file", type=Path)
    two.add_argument("--yes", action="store_true", help="写入 / take it")
    three = acts.add_parser("undo", help="撤销一次填报 / take back one entry")
    three.add_argument("batch", help="history 所列的 batch / as history lists it")
    for each in (one, two, three):
        each.add_argument("--who", required=True, help="姓名 / who enters it")
    acts.add_parser("history", help="全部填报记录 / everything entered")
    acts.add_parser("template", help="填报模板 / the table to fill in").add_argument("out", type=Path)


def _monitor(args: argparse.Namespace) -> None:
    folder, place = (
        args.data,
        case_of(argparse.Namespace(**{**vars(args), "service": "primary", "limit": None})).workspace,
    )
    if args.act is None:
        answer = monitor.answer(folder, place, args.year, args.tolerance)
        say(answer if args.json else monitor.printable(answer), args)
    elif args.act == "add":
        told = monitor.add(
            folder, place, args.indicator, args.of_year, args.value, who=args.who, source=args.source, note=args.note
        )
        table(told, args)
    elif args.act == "import":
        rows, said = monitor.take(folder, place, args.file, who=args.who, yes=args.yes)
        for finding in said:
            print(finding, file=sys.stderr)
        table(rows, args)
    elif args.act == "undo":
        table(monitor.take_back(folder, args.batch, who=args.who), args)
    else:
        table(monitor.history(folder) if args.act == "history" else monitor.write_template(place, args.out), args)


def _zone(args: argparse.Namespace) -> None:
    say(answers.zone_card(case_of(args).workspace, args.zone_id), args)
