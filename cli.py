"""The planner's questions without a browser: batch, continuous integration, cluster.

``python cli.py --data DIR coverage --service primary --year 2025 --json``

Exit codes: 0 done (also where the answer is "nobody" or "nothing there"), 2 bad input or no possible answer,
with the reason on standard error in Chinese and English.
"""

from __future__ import annotations

import argparse
import datetime as dt
import importlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

import pandas as pd

from geo import answers
from geo.answers.lacking import BY
from geo.answers.series import GROWTH, Growth
from geo.case import Case
from geo.demand import MODELS, DemandSettings
from geo.errors import InputError, NotMeasuredError, PlanError
from geo.measure import RULES, measured
from geo.monitor import TOLERANCE
from geo.progress import Step
from geo.scenario.streets import barriers_of
from geo.schema import LAYERS
from geo.services import SERVICES, STAGES
from geo.text import Text
from geo.travel import MODES, Journey
from geo.walking import SPEEDS
from geo.workspace import Workspace
from layers import exports, home, incoming, workspace
from layers.shell import imports, monitor, plans
from layers.shell.printed import as_data, as_table, cited, listed, printed
from layers.store import take
from layers.write.geojson import meta, plain

WORKERS = 64
BY_MODE = ("travel", "coverage", "access", "locate", "export --layer travel")
"""Questions that are asked by a mode."""
HOW_MEASURED = {True: "--limit 米 metres / --standard gb50180", False: "--standard gb50180"}
"""How the shell is told by what a place is measured, by whether the question takes a distance."""


class _Parser(argparse.ArgumentParser):
    """argparse with its complaints in both languages."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        if "--mode" in message and "unrecognized" in message:
            message += f"。出行方式只用于 {'、'.join(BY_MODE)}；其余按步行距离计 / --mode is for {', '.join(BY_MODE)}; all else goes by metres on foot"
        self.exit(2, f"参数错误 / wrong arguments: {message}\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code."""
    parser = _parser()
    args = parser.parse_args(argv)
    args.data = getattr(args, "data", None) or _default()
    args.json = getattr(args, "json", False)
    try:
        return int(args.run(args) or 0)
    except PlanError as error:
        print(error, file=sys.stderr)
        if isinstance(error, NotMeasuredError):
            print(f"{HOW_MEASURED[hasattr(args, 'limit')]} / workspace.toml: [standards] apply = true", file=sys.stderr)
        return 2
    except BrokenPipeError:
        return 0


def _default() -> Path:
    """Return the workspace to use when none is named: ZONEPLAN_DATA, or the bundled one."""
    asked = os.environ.get("ZONEPLAN_DATA", "").strip()
    return Path(asked) if asked else take.default_folder()


def _parser() -> argparse.ArgumentParser:
    shared = _Parser(add_help=False)
    shared.add_argument("--data", type=Path, default=argparse.SUPPRESS, help="工作区文件夹 / workspace folder")
    shared.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="机器可读 / for machines")
    shared.add_argument(
        "--demand-model", choices=tuple(MODELS), default=argparse.SUPPRESS, help="需求模型 / demand model"
    )
    shared.add_argument(
        "--class-size", choices=("plan", "gb50099"), default=argparse.SUPPRESS, help="班额 / class size"
    )
    shared.add_argument(
        "--kindergarten-class",
        choices=("small", "middle", "large"),
        default=argparse.SUPPRESS,
        help="幼儿园班别 / kindergarten class",
    )
    shared.add_argument(
        "--standard", choices=RULES, default=argparse.SUPPRESS,
        help="选用标准（工作区未选用时） / measure by these rules where the workspace goes by none",
    )  # fmt: skip
    parser = _Parser(
        prog="cli.py", description=__doc__, parents=[shared], formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=_Parser)

    def add(
        name: str, run: Callable[[argparse.Namespace], int | None], text: str, *more: _Parser
    ) -> argparse.ArgumentParser:
        command = commands.add_parser(name, parents=[shared, *more], help=text, description=text)
        command.set_defaults(run=run)
        return command

    asked = _Parser(add_help=False)
    asked.add_argument(
        "--scenario", metavar="FILE|NAME", help="在该方案下回答：文件、已存方案或 方案@版本 / answer under this plan: a file, a saved one, or NAME@REVISION"
    )  # fmt: skip

    one = add("check", _check, "检查工作区 / check every layer of the workspace")
    one = add("coverage", _coverage, "服务覆盖 / who is within the standard, by radius and on foot", asked)
    _service(one)
    one.add_argument("--limit", type=float, help="米 / metres (default: the standard)")
    _by_mode(one)
    one = add("travel", _travel, "出行：几分钟内可到的范围、人口和设施 / travel: ground, people and facilities within some minutes", asked)  # fmt: skip
    one.add_argument("--lon", type=float, required=True)
    one.add_argument("--lat", type=float, required=True)
    one.add_argument("--minutes", type=float, nargs="+", default=list(answers.LIMITS_MIN), metavar="MIN", help="分钟，默认 15 30 45 / minutes (default: 15 30 45)")  # fmt: skip
    one.add_argument("--out", type=Path, help="写成文件，按扩展名 / write to a file, by its ending")
    _service(one)
    _going(one, mode="transit")
    one = add("adequacy", _adequacy, "学位充足 / seats against targets and demand", asked)
    _year(one)
    one.add_argument(
        "--limit", type=float, help="米：另算步行范围内能入学的人数 / metres: also who can be seated within them"
    )
    one = add("site", _site, "点选 / what a site here would change", asked)
    one.add_argument("--lon", type=float, required=True)
    one.add_argument("--lat", type=float, required=True)
    one.add_argument("--limit", type=float, help="米 / metres (default: the standard)")
    one.add_argument("--classes", type=int, help="拟建学校的班数 / classes of the school supposed here")
    _service(one)
    one = add(
        "circles", _circles, "5/10/15 分钟生活圈：人口与缺少的设施 / living circles: people, and what they lack", asked
    )
    one.add_argument("--lon", type=float)
    one.add_argument("--lat", type=float)
    one.add_argument("--zone", help="只看一个片区及其分区 / one zone and its sub-areas only")
    one.add_argument("--by", choices=BY, help="按片区、分区或街坊排序 / rank zones, sub-areas or blocks (default: zones and sub-areas)")  # fmt: skip
    one.add_argument("--out", type=Path, help="写成文件，按扩展名 / write to a file, by its ending")
    one.add_argument(
        "--speed",
        default="adult",
        help="、".join(f"{s.key} {s.words.zh}" for s in SPEEDS.values()) + "，或公里/小时 / or km/h",
    )
    _year(one)
    one = add("area", _area, "范围内的人口、学生、学位和各标准的缺额 / what is in an area, and what is missing", asked)
    one.add_argument(
        "--polygon",
        required=True,
        metavar="FILE|WKT",
        help="GeoJSON 文件，或 GeoJSON、WKT 文字（度） / a file, or the text, in degrees",
    )
    one.add_argument("--limit", type=float, help="米 / metres (default: the standards)")
    _year(one)
    one = add("series", _series, "逐年变化 / year by year, by zone", asked)
    one.add_argument("--service", help="、".join(SERVICES))
    one.add_argument(
        "--growth",
        choices=tuple(GROWTH),
        help="最后数据年之后的人口 / residents after the last year of data (default: housing)",
    )
    one.add_argument(
        "--totals",
        nargs="+",
        type=_total,
        default=(),
        metavar="YEAR=PERSONS",
        help="规划总人口，如 2035=200000 / totals of the plan",
    )
    one.add_argument("--years", nargs="+", type=int, metavar="YEAR", help="默认 2020–2035 / default: 2020 to 2035")
    one.add_argument("--limit", type=float, help="米 / metres (default: the standard)")
    one = add("gain", _gain, "选址增益面 / newly served people of a site at every node", asked)
    _service(one)
    one.add_argument("--top", type=int, default=10)
    one.add_argument("--limit", type=float)
    one = add(
        "crossings", _crossings, "打通增益 / newly served people of a crossing of railway, expressway or water", asked
    )
    _service(one)
    one.add_argument("--limit", type=float, help="米 / metres (default: the standard)")
    one.add_argument("--longest", type=float, default=300.0, help="通道最长（米） / longest crossing [m]")
    one.add_argument("--step", type=float, default=50.0, help="沿屏障的间距（米） / spacing along the barrier [m]")
    one.add_argument("--k", type=int, default=3, help="一起打通几处 / how many together")
    one.add_argument("--top", type=int, default=10)
    one = add("access", _access, "可达性 / accessibility scores", asked)
    _service(one)
    one.add_argument(
        "--method", default="e2sfca",
        choices=("e2sfca", "2sfca", "3sfca", "balanced", "gravity", "huff", "raam", "cumulative"),
    )  # fmt: skip
    one.add_argument("--decay", choices=("step", "none", "gaussian", "exponential", "power"), help="距离衰减 / decay")
    one.add_argument("--parameter", type=float, help="衰减参数 / parameter of the decay: bandwidth, rate or exponent")
    one.add_argument("--limit", type=float)
    _by_mode(one)
    one = add("assign", _assign, "学位分配 / every pupil to a seat", asked)
    one.add_argument("--service", "--stage", dest="service", choices=STAGES, required=True)
    _year(one)
    one.add_argument("--limit", type=float, help="米 / metres (default: none)")
    _seating(one)
    more = (
        ("districts", _districts, "学区划片 / school districts: in one piece, within the seats"),
        ("feeders", _feeders, "升学链 / feeder chains: kindergarten, primary, junior"),
        ("routes", _routes, "上学路径 / ways to school and the main roads they cross"),
    )
    for name, run, told in more:
        one = add(name, run, told, asked)
        one.add_argument("--service", "--stage", dest="service", choices=STAGES, default="primary")
        _year(one)
        one.add_argument("--unknown-seats", type=float, help="学位未知的学校按多少计 / seats supposed where unknown")
        one.add_argument("--out", type=Path, help="写成文件，按扩展名 / write to a file, by its ending")
        if name != "districts":
            one.add_argument("--limit", type=float, help="米 / metres (default: none)")
        if name == "routes":
            one.add_argument("--school", help="学校编号 / id of one school (default: all)")
    one = add("locate", _locate, "优化选址 / the best sites", asked)
    _service(one)
    one.add_argument("--p", type=int, help="新增数量 / number of new sites")
    one.add_argument("--model", default="max_cover",
                     choices=("max_cover", "set_cover", "p_median", "p_center", "capacitated_max_cover"))  # fmt: skip
    one.add_argument("--limit", type=float)
    one.add_argument("--spacing", type=float, default=200.0, help="备选点间距（米） / spacing of candidates [m]")
    one.add_argument(
        "--candidates",
        default="streets",
        metavar="streets|grid|FILE.geojson",
        help="备选点：街道节点、网格，或点、地块文件 / where sites may stand",
    )
    one.add_argument(
        "--zone", action="append", default=[], help="只在该片区内选，可重复 / only in this zone, may be repeated"
    )
    one.add_argument(
        "--min-distance",
        type=float,
        default=0.0,
        help="与现有设施的最小距离（米） / least distance to existing ones [m]",
    )
    one.add_argument(
        "--no-protection", action="store_true", help="不计铁路、高速防护距离 / ignore protection distances"
    )
    one.add_argument("--time-limit", type=float, default=30.0, help="秒 / seconds")
    one.add_argument(
        "--tradeoff", choices=("walk", "sites"), help="权衡：覆盖与平均步行，或覆盖与数量 / people covered against mean walk, or sites"
    )  # fmt: skip
    one.add_argument("--steps", type=int, default=16, help="权衡的级数 / levels of a trade-off")
    _by_mode(one)
    one = add(
        "cite", _cite, "规划原文 / the plan's own sentence behind a target, zone, project, finding or fact", asked
    )
    one.add_argument(
        "id",
        nargs="+",
        metavar="ID|WORDS",
        help="编号或要查的词 / an id or words to look for: P07、K15、F001、职住平衡",
    )
    one.add_argument("--kind", choices=tuple(answers.CITED), help="类别（编号有重复时） / kind, where an id is of two")
    add("register", _register, "规划指标 / indicators, projects, contradictions of the plan", asked)
    one = add(
        "projects",
        _projects,
        "规划项目：片区、开放年份、学位与床位 / projects of the plan: zone, year, seats, beds",
        asked,
    )
    one.add_argument("--zone", help="只列该片区及其分区 / of one zone and its sub-areas only")
    one.add_argument(
        "--state", choices=LAYERS["projects"].by_name["state"].choices, help="项目阶段 / state of the project"
    )
    one.add_argument("--year", type=int, help="只列该年已开放的 / only those known to be open by this year")
    add("land", _land, "用地与控制线核对 / planned facilities and projects against land use and control lines", asked)
    _monitor_arguments(
        add("monitor", _monitor, "实施监测：进度、预测、灯号 / how far the plan is: pace, forecast, lights", asked)
    )
    one = add("zone", _zone, "片区卡片 / the card of a zone", asked)
    one.add_argument("zone_id")
    _export_arguments(add("export", _export, "导出 / write a layer or an answer to a file", asked))
    _build_arguments(add("build", _build, "用开放街道图数据建立工作区 / make a workspace from OpenStreetMap"))
    _import_arguments(add("import", _import, "导入规划者的文件 / import a planner's file"))
    one = add("report", _report, "报告 / a printable report", asked)
    _service(one)
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
    one = add("batch", _batch, "多工作区批量 / ask one question of many workspaces")
    one.add_argument("folders", nargs="+", type=Path)
    _service(one)
    _scenario_arguments(
        add("scenario", _scenario, "方案：查看、比较、核对、备份 / plans: see, compare, verify, back up")
    )
    one = add("plans", _scenario, "同 scenario list 和 verify / as scenario list and verify")
    one.add_argument("action", choices=("list", "verify"))
    one = add("serve", _serve, "打开网页 / run the page, also from an installed package")
    one.add_argument("--port", type=int, default=8501)
    one.add_argument("--address", default="127.0.0.1", help="监听地址 / address to listen on")
    one.add_argument(
        "--host-name", action="append", default=[],
        help="对外的主机名，可多次 / name the page is asked for by, may be repeated (also ZONEPLAN_HOSTS)",
    )  # fmt: skip
    one.add_argument("--prefix", default="", help="代理下的路径前缀 / path prefix behind a proxy, such as gxq/plan")
    one.add_argument(
        "--workers", type=_workers, default=1,
        help="进程数，约等于处理器核数；每个进程各占一份内存 / processes, about one a core; each has its own memory",
    )  # fmt: skip
    one = add(
        "feeds",
        _feeds,
        "图层与结果服务（OGC API，只读） / layers and results as OGC API Features and Tiles, read-only",
        asked,
    )
    one.add_argument("--address", default="127.0.0.1", help="监听地址 / address to listen on")
    one.add_argument("--port", type=int, default=8600)
    one.add_argument(
        "--url", help="对外地址，写入所有链接 / address by which clients reach it, written into every link"
    )
    one.add_argument(
        "--service", action="append", default=[], help="提供哪些服务的结果，可重复；默认全部 / results of which services (default: all)"
    )  # fmt: skip
    _year(one)
    add("mcp", _mcp, "供助手提问（MCP，标准输入输出） / the questions as tools for an assistant (MCP, stdio)")
    add("compile", _compile, "预编译（安装时一次） / compile every kernel once, at installation")
    add("health", _health, "本机安全能力 / which guards are in force on this machine")
    return parser


def _service(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--service", help="、".join(f"{s.key}={s.name_zh}" for s in SERVICES.values()))
    _year(parser)


def _year(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--year", type=int, help="年份 / year (default: the last of the workspace)")


def _going(parser: argparse.ArgumentParser, *, mode: str | None = None) -> None:
    parser.add_argument("--mode", choices=tuple(MODES), default=mode, help="、".join(f"{k}={t.zh}" for k, t in MODES.items()) + " / how one goes")  # fmt: skip
    when = parser.add_mutually_exclusive_group()
    when.add_argument("--departure", metavar="TIME", help="出发：2025-10-14T07:30 或 07:30 / leaving from this time on (default: 07:30 of a usual working day)")  # fmt: skip
    when.add_argument("--arrive", metavar="TIME", help="到达：同上 / arriving from this time on")
    parser.add_argument(
        "--window", type=int, metavar="MIN", help="时段长（分钟，默认 60） / minutes of the window (60)"
    )
    parser.add_argument("--percentile", type=float, help="时段内第几百分位（默认 50） / which of the travel times (50)")
    parser.add_argument("--rides", type=int, help="最多乘几次车（默认 4） / vehicles one rides in at most (4)")
    parser.add_argument("--walk", type=float, help="每段步行最长（米，默认 1000） / longest walk [m] (1000)")
    parser.add_argument(
        "--speed", help="步行速度：" + "、".join(SPEEDS) + " 或公里/小时 / walking speed (adult) or km/h"
    )


def _by_mode(parser: argparse.ArgumentParser) -> None:
    """Add what a question takes that goes by metres on foot unless a mode is named."""
    _going(parser)
    parser.add_argument("--minutes", type=float, help="分钟，与 --mode 同用（默认 30） / minutes, with --mode (30)")


def _journey(args: argparse.Namespace) -> Journey | None:
    """Return how one goes; None where no mode is named: metres on foot."""
    told = {k: v for k in ("window", "percentile", "rides", "walk", "speed") if (v := getattr(args, k)) is not None}
    if args.mode is None:
        if told or args.departure or args.arrive or args.minutes is not None:
            raise InputError(
                Text("出发时刻、时段、分钟数等须与 --mode 同用，如 --mode transit", "times and minutes go with --mode, such as --mode transit")
            )  # fmt: skip
        return None
    if args.command != "travel" and args.limit is not None:
        raise InputError(
            Text("--limit 是步行米数；按出行方式请用 --minutes", "--limit is metres on foot; by a mode, give --minutes")
        )
    return Journey(args.mode, args.arrive or args.departure or "", arrive=bool(args.arrive), **told)


def _total(text: str) -> tuple[int, float]:
    """Return year and persons of YEAR=PERSONS."""
    year, _, persons = text.partition("=")
    try:
        return int(year), float(persons)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r}: 请写成 2035=200000 / write 2035=200000") from None


def _seating(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--rule", action="append", default=[], choices=tuple(answers.RULES), help="入学规则 / rule, may be repeated"
    )
    parser.add_argument("--unknown-seats", type=float, help="学位未知的学校按多少计 / seats supposed where unknown")


def _case(args: argparse.Namespace) -> Case:
    """Return the question asked: the workspace, the service, the year asked for or its last one, the demand."""
    place, plan = _asked(args)
    return _of(args, plans.under(place, plan, getattr(args, "year", None) or place.years[-1]))


def _asked(args: argparse.Namespace) -> tuple[Workspace, plans.Named | None]:
    """Return the workspace as it is, and the plan asked about; what the plan says of the question holds where the shell does not."""
    asked = getattr(args, "scenario", None)
    place, plan = workspace.load(args.data), plans.named(args.data, asked) if asked else None
    for key, value in plans.parameters(plan).items():  # what is written on the command line holds
        if hasattr(args, key) and getattr(args, key) is None:
            setattr(args, key, value)
    if getattr(args, "service", "primary") is None:
        raise InputError(
            Text("参数错误：请给出服务，如 --service primary", "name the service, such as --service primary")
        )
    return place, plan


def _of(args: argparse.Namespace, place: Workspace) -> Case:
    settings = DemandSettings(
        model=getattr(args, "demand_model", "share"), class_rule=getattr(args, "class_size", "plan"),
        kindergarten_class=getattr(args, "kindergarten_class", None),
    )  # fmt: skip
    rules = getattr(args, "standard", None)
    place = place if rules is None else measured(place, by=rules)
    return workspace.case(place, getattr(args, "service", "primary"), getattr(args, "year", None), settings)


def _check(args: argparse.Namespace) -> int:
    checked = workspace.check(args.data)
    if args.json:
        _print({"ok": not checked.errors, "rows": checked.rows, "findings": [f.as_dict() for f in checked.findings]})
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


def _coverage(args: argparse.Namespace) -> None:
    case, journey = _case(args), _journey(args)
    if journey is None:
        _say(answers.coverage(case, limit=args.limit), args)
    else:
        _say(answers.reached(case, journey, minutes=args.minutes or answers.MINUTES), args)


def _travel(args: argparse.Namespace) -> None:
    answer = answers.travel(_case(args), args.lon, args.lat, journey=_journey(args), minutes=args.minutes)
    _kept(answer, ("areas", "reach", "facilities", "cells"), args)


def _adequacy(args: argparse.Namespace) -> None:
    _say(answers.adequacy(_case(args), limit=args.limit), args)


def _site(args: argparse.Namespace) -> None:
    _say(answers.site(_within(args), args.lon, args.lat, classes=args.classes), args)


def _circles(args: argparse.Namespace) -> None:
    answer = answers.circles(_case(args), args.lon, args.lat, walking=args.speed, zone=args.zone, by=args.by)
    _kept(answer, ("ranked", "zones", "bands", "required"), args)


def _within(args: argparse.Namespace) -> Case:
    """Return the question asked, measured by the distance given, where one is."""
    case = _case(args)
    return case if args.limit is None else case.under(measured(case.workspace, metres=args.limit))


def _area(args: argparse.Namespace) -> None:
    ground = plans.outline_of(args.polygon)
    _say(answers.area(_within(args), ground), args)


def _series(args: argparse.Namespace) -> None:
    place, plan = _asked(args)
    growth: Growth = args.growth or ("totals" if args.totals else "housing")
    case = _of(args, plans.stated(place, plan))
    drawn = None if plan is None else plan.plan
    _say(answers.series(case, drawn, years=args.years, growth=growth, totals=dict(args.totals), limit=args.limit), args)


def _gain(args: argparse.Namespace) -> None:
    _say(answers.gain(_case(args), limit=args.limit, top=args.top), args)


def _crossings(args: argparse.Namespace) -> None:
    case = _case(args)
    found = plans.named(args.data, args.scenario) if args.scenario else None
    more = None if found is None else barriers_of(found.plan.at(case.year).objects, case.workspace.crs)
    asked = {"longest": args.longest, "step": args.step, "k": args.k, "top": args.top}
    _say(answers.crossings(case, limit=args.limit, barriers=more, **asked), args)


def _access(args: argparse.Namespace) -> None:
    case, journey = _case(args), _journey(args)
    limit = args.limit if journey is None else args.minutes
    asked = {"method": args.method, "decay": args.decay, "parameter": args.parameter}
    _say(answers.access(case, limit=limit, journey=journey, **asked), args)


def _assign(args: argparse.Namespace) -> None:
    options = {"limit": args.limit, "unknown_seats": args.unknown_seats, "rules": args.rule}
    _say(answers.assign(_case(args), **options), args)


def _districts(args: argparse.Namespace) -> None:
    _kept(
        answers.districts(_case(args), unknown_seats=args.unknown_seats),
        ("districts", "cells", "shortfall", "findings"),
        args,
    )


def _feeders(args: argparse.Namespace) -> None:
    answer = answers.feeders(_case(args), limit=args.limit, unknown_seats=args.unknown_seats)
    _kept(answer, ("schools", "links", "chains", "places", "zones"), args)


def _routes(args: argparse.Namespace) -> None:
    asked = {"school": args.school, "limit": args.limit, "unknown_seats": args.unknown_seats}
    _kept(answers.routes(_case(args), **asked), ("routes", "crossings", "schools"), args)


def _kept(answer: answers.Answer, names: Sequence[str], args: argparse.Namespace) -> None:
    """Say an answer; with ``--out`` write its tables, the first of ``names`` first, in the format of the ending."""
    if args.out is not None:
        form = next(
            (f for f, ending in exports.FORMATS.items() if args.out.suffix == ending and f not in ("shp", "gdb")), ""
        )
        place = workspace.load(args.data)
        told = meta(answer, date=dt.date.today(), records=place.sources)
        exports.write(place, {n: answer[n] for n in names}, args.out, form, meta=told, about=answer)
    _say(answer, args)


def _locate(args: argparse.Namespace) -> None:
    case, journey = _case(args), _journey(args)
    named = args.candidates if args.candidates in ("streets", "grid") else None
    given = None
    if named is None:
        given = workspace.read_features(Path(args.candidates)).to_crs(case.workspace.crs)
        given.index = pd.Index([f"F{n}" for n in range(1, len(given) + 1)], name="candidate_id")
    where = {
        "limit": args.limit if journey is None else args.minutes, "spacing": args.spacing, "origin": named or "streets", "sites": given, "zones": args.zone,
        "protection": not args.no_protection, "min_metres": args.min_distance, "time_limit": args.time_limit,
    }  # fmt: skip
    if args.tradeoff and journey is not None:
        raise InputError(
            Text("权衡只按步行距离计，不能与 --mode 同用", "a trade-off goes by metres on foot, not by --mode")
        )
    if args.tradeoff:
        p = 7 if args.p is None else args.p
        answer = answers.tradeoff(case, against=args.tradeoff, p=p, steps=args.steps, **where)
    else:
        answer = answers.locate(case, p=args.p, model=args.model, journey=journey, **where)
    _say(answer, args)


def _cite(args: argparse.Namespace) -> None:
    place = _case(args).workspace
    words = " ".join(args.id)
    found = answers.find(place, words, kind=args.kind)
    if found["found"]["id"].eq(words).any():
        answer = answers.citation(place, args.kind or answers.kind_of(place, words), words)
        _print(as_data(answer)) if args.json else print(cited(answer))
        return
    if found["found"].empty:
        raise InputError(found.notes[0])
    _print(as_data(found)) if args.json else print(listed(found))


def _register(args: argparse.Namespace) -> None:
    _say(answers.register(_case(args).workspace), args)


def _projects(args: argparse.Namespace) -> None:
    # The year among a plan's parameters is the one that coverage is asked for: it leaves out no projects.
    asked = _asked(argparse.Namespace(data=args.data, scenario=args.scenario))
    _say(answers.projects(plans.under(*asked, args.year), zone=args.zone, state=args.state, year=args.year), args)


def _land(args: argparse.Namespace) -> None:
    _say(answers.land(_case(args).workspace), args)


def _monitor_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--year", type=int, help="评估年份 / year to judge (default: the last one entered)")
    parser.add_argument("--tolerance", type=float, default=TOLERANCE, help="预期性的容差 / of expected ones (0.1)")
    acts = parser.add_subparsers(dest="act", metavar="add|import|history|undo|template", parser_class=_Parser)
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
        _case(argparse.Namespace(**{**vars(args), "service": "primary", "limit": None})).workspace,
    )
    if args.act is None:
        answer = monitor.answer(folder, place, args.year, args.tolerance)
        _say(answer if args.json else monitor.printable(answer), args)
    elif args.act == "add":
        told = monitor.add(
            folder, place, args.indicator, args.of_year, args.value, who=args.who, source=args.source, note=args.note
        )
        _table(told, args)
    elif args.act == "import":
        rows, said = monitor.take(folder, place, args.file, who=args.who, yes=args.yes)
        for finding in said:
            print(finding, file=sys.stderr)
        _table(rows, args)
    elif args.act == "undo":
        _table(monitor.take_back(folder, args.batch, who=args.who), args)
    else:
        _table(monitor.history(folder) if args.act == "history" else monitor.write_template(place, args.out), args)


def _zone(args: argparse.Namespace) -> None:
    _say(answers.zone_card(_case(args).workspace, args.zone_id), args)


def _export_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--layer", required=True, help="、".join((*exports.LAYERS, *exports.TABLES, *exports.RESULTS)))
    parser.add_argument("--format", choices=tuple(exports.FORMATS), default="geojson")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--service", default="primary")
    _year(parser)
    parser.add_argument("--lon", type=float)
    parser.add_argument("--lat", type=float)
    parser.add_argument("--limit", type=float, help="米 / metres")
    parser.add_argument("--method", default="e2sfca")
    parser.add_argument("--model", default="max_cover")
    parser.add_argument("--p", type=int)
    _seating(parser)
    parser.add_argument("--minutes", type=float, nargs="+", metavar="MIN", help="travel：分钟 / minutes")
    _going(parser)
    parser.add_argument(
        "--gcj02", action="store_true", help="按 GCJ-02 输出坐标（会记录） / shift coordinates to GCJ-02 (logged)"
    )


def _export(args: argparse.Namespace) -> None:
    case = _case(args)
    frames, about = exports.collect(
        case, args.layer, lon=args.lon, lat=args.lat, limit=args.limit, method=args.method, model=args.model,
        p=args.p, rules=args.rule, unknown_seats=args.unknown_seats,
        actuals=monitor.held(args.data) if args.layer == "monitored" else (), journey=_journey(args), minutes=args.minutes,
    )  # fmt: skip
    told = meta(about, date=dt.date.today(), records=case.workspace.sources)
    path = exports.write(case.workspace, frames, args.out, args.format, meta=told, gcj02=args.gcj02, about=about)
    _print({"written": str(path), "bytes": path.stat().st_size}) if args.json else print(f"已写出 / written: {path}")


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
    _year(parser)


def _build(args: argparse.Namespace) -> None:
    from layers.osm.build import build  # osmnx and osmium take a second to import; only this command needs them

    folder = build(args.osm, args.population, args.out, zones=args.zones, place=args.place, name=args.name,
                   population_year=args.year, crs=args.crs, dem=args.dem, progress=lambda step: print(step.text, file=sys.stderr))  # fmt: skip
    checked = workspace.check(folder)
    if args.json:
        _print({"workspace": str(folder), "rows": checked.rows})
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
        _print({"undone": version.undoes, "layer": version.layer, "file": version.file})
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
    _print(result)
    if not read.accepted:  # the reason also where scripts look for it
        for finding in (f for f in read.findings if f.level != "info"):
            print(finding, file=sys.stderr)
    return 0 if read.accepted else 2


def _report(args: argparse.Namespace) -> None:
    site = None if args.lon is None or args.lat is None else (args.lon, args.lat)
    found = "zone" if args.zone else "site" if site else "whole"
    kind: Any = "full" if args.sheet is None else args.sheet or found
    today = _of(args, workspace.load(args.data)) if kind == "plan" else None
    path = exports.report(
        _case(args), args.out, lang=args.lang, date=dt.date.today(), kind=kind, zones=args.zone, site=site,
        classes=args.classes, today=today, actuals=monitor.held(args.data) if kind == "full" else (),
    )  # fmt: skip
    _print({"written": str(path)}) if args.json else print(f"已写出 / written: {path}")


def _batch(args: argparse.Namespace) -> int:
    """Ask coverage of many workspaces; one that fails does not stop the others."""
    rows, failed = [], 0
    for folder in args.folders:
        try:
            place = workspace.load(folder)
            place = measured(place, by=args.standard) if hasattr(args, "standard") else place
            case = workspace.case(place, args.service, args.year)
            answer = answers.coverage(case)
            rows.append(
                {
                    "workspace": str(folder),
                    "name_zh": place.name_zh,
                    "year": case.year,
                    **answer.tables["total"].iloc[0].to_dict(),
                }
            )
        except PlanError as error:
            failed += 1
            rows.append({"workspace": str(folder), "error": str(error)})
            print(f"{folder}: {error}", file=sys.stderr)
    _print(rows) if args.json else print(pd.DataFrame(rows).to_string(index=False, na_rep="—"))
    return 2 if failed else 0


def _scenario_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION", parser_class=_Parser)

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
    _service(one)
    one.add_argument("--limit", type=float, help="米 / metres (default: the standard)")
    one = add(
        "export",
        "写成文件（.geojson，或 QGIS 打开即有样式的 .gpkg） / to a file: .geojson, or .gpkg that QGIS opens styled",
        "plan",
    )
    one.add_argument("--out", type=Path, required=True)
    _service(one)
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
    _signed(one)
    add("audit", "谁、何时、由何改为何、为何 / who, when, before, after, why", "plan")
    one = add("comments", "意见：查看、添加、办结 / comments: see, add, settle", "plan")
    one.add_argument("--add", metavar="TEXT")
    one.add_argument("--object", metavar="ID", help="针对的对象 / on this object")
    one.add_argument("--lon", type=float)
    one.add_argument("--lat", type=float)
    one.add_argument("--settle", type=int, metavar="NUMBER", help="办结第几条 / settle this comment")
    _signed(one)
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


def _signed(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--who", default="", help="姓名 / name")


def _scenario(args: argparse.Namespace) -> int:
    """See, compare, verify, back up plans; one function of ``layers.shell.plans`` each."""
    folder: Path = args.data
    if args.action == "verify":
        return _verified(args)
    if args.action == "list":
        rows, told = plans.listed(folder)
        for finding in told:
            print(f"{finding.level}: {finding}", file=sys.stderr)
        _table(rows, args)
        return 0
    acts: dict[str, Callable[[], Any]] = {
        "show": lambda: plans.shown(folder, args.plan),
        "apply": lambda: plans.applied(folder, workspace.load(folder), args.plan),
        "compare": lambda: plans.compared(folder, _case(args), args.plans, limit=args.limit),
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
    _table(acts[args.action](), args)
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
        _print({"ok": not errors, "file": where, "findings": [f.as_dict() for f in found], "heads": heads})
    for finding in found:
        print(finding, file=sys.stderr)
    if not args.json and not errors:
        print(f"方案库完好 / every revision is as it was saved: {where}")
    return 2 if errors else 0


def _table(told: Any, args: argparse.Namespace) -> None:
    """Print rows as a table for people, anything else as JSON."""
    if args.json or not isinstance(told, list):
        _print(told)
    elif told:
        print(as_table(pd.DataFrame(told), index=False, width=60))


def _workers(text: str) -> int:
    """Return a number of processes; argparse tells what is wrong with it."""
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= WORKERS):
        raise argparse.ArgumentTypeError(f"1–{WORKERS} 的整数 / a whole number from 1 to {WORKERS}: {text}")
    return int(text)


def _serve(args: argparse.Namespace) -> int:
    """Become the server of the page: what stops this process stops the page."""
    from layers import serve  # only this command needs it

    words, more = serve.command(
        serve.run_folder(), address=args.address, port=args.port, hosts=args.host_name, prefix=args.prefix
    )
    env = {**os.environ, **more, "ZONEPLAN_DATA": str(Path(args.data).resolve())}
    if Path(args.data).resolve() == take.default_folder():
        env.pop("ZONEPLAN_DATA")  # the page follows the working copy that a first import makes
    if args.workers > 1:
        folder = Path(more["ZONEPLAN_RUN"])
        return serve.several(
            folder,
            env,
            address=args.address,
            port=args.port,
            count=args.workers,
            hosts=args.host_name,
            prefix=args.prefix,
        )
    if os.name == "posix":  # elsewhere, to become another program is to start it and leave
        os.execve(words[0], words, env)
    return subprocess.run(words, env=env, check=False).returncode


def _feeds(args: argparse.Namespace) -> int:
    """Hand out layers and results until stopped."""
    server = _extra("layers.feeds.server", "feeds")
    return int(
        server.run(
            args.data, **{k: getattr(args, k) for k in ("scenario", "year", "address", "port", "url", "service")}
        )
    )


def _mcp(args: argparse.Namespace) -> None:
    """Answer an assistant until it goes."""
    assistant = _extra("layers.shell.assistant", "mcp")
    commands = next(a for a in _parser()._actions if isinstance(a, argparse._SubParsersAction)).choices
    told = {
        name: assistant.Command(
            command.description or "",
            tuple(
                assistant.Argument(
                    one.dest, one.option_strings[-1] if one.option_strings else "", one.help or "", one.type if isinstance(one.type, type) else str,
                    tuple(one.choices or ()), "list" if one.nargs in ("+", "*") else "again" if isinstance(one, argparse._AppendAction) else "",
                    isinstance(one, argparse._StoreTrueAction), one.required, None if one.default is argparse.SUPPRESS else one.default,
                )
                for one in command._actions
            ),
        )
        for name, command in commands.items()
    }  # fmt: skip
    data = ("--data", str(args.data))
    assistant.serve(assistant.Tools(told, lambda words: main([*data, *words])), workspace.load(args.data).name_zh)


def _extra(module: str, extra: str) -> Any:
    """Return a module whose library is no part of the plain installation.

    Raises
    ------
    InputError
        If the library is missing: it says how to install it.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] in ("geo", "layers", "ui"):
            raise
        raise InputError(
            Text(
                f"缺少 {error.name}：请运行 pip install 'zoneplan[{extra}]'（源码目录：pip install -r requirements-{extra}.txt）",
                f"{error.name} is missing: pip install 'zoneplan[{extra}]' (in a checkout: pip install -r requirements-{extra}.txt)",
            )
        ) from error


def _compile(args: argparse.Namespace) -> None:
    """Compile by asking the bundled workspace every question once."""
    from geo.answers.compiling import compile_all
    from geo.kernel import NOT_KEPT

    def told(step: Step) -> None:
        if not args.json:
            count = f"{step.done:.0f}/{step.whole:.0f}"
            print(f"编译 {count} {step.text.zh} / compiling {count} {step.text.en}", file=sys.stderr, flush=True)

    compile_all(workspace.case(workspace.load(home.SHIPPED), "primary"), told)
    if NOT_KEPT:
        folders = ", ".join(sorted(NOT_KEPT))
        raise InputError(
            Text(
                f"已编译但无法保存（{folders}）：请用环境变量 NUMBA_CACHE_DIR 指定可写的文件夹，否则每个进程都要重新编译",
                f"compiled, but it cannot be kept ({folders}): name a folder that can be written by the environment "
                "variable NUMBA_CACHE_DIR, or every process compiles anew",
            )
        )
    if args.json:
        _print({"compiled": True})


def _health(args: argparse.Namespace) -> None:
    from layers.incoming.child.sandbox import GUARDS, capabilities, untold

    guards = capabilities()
    why = untold(guards)
    if args.json:
        _print(guards)
    elif why is None:
        print("\n".join(f"{k}: {v}" for k, v in guards.items()))
    else:
        print("\n".join([*(f"{k}: 未能判定 / could not be told" for k in GUARDS), *why]))


def _say(answer: answers.Answer, args: argparse.Namespace) -> None:
    """Print an answer: as one JSON object, or as tables with method and basis."""
    if args.json:
        _print(as_data(answer))
    else:
        print(printed(answer))


def _print(data: Any) -> None:
    print(json.dumps(plain(data), ensure_ascii=False, indent=1, allow_nan=False))


def entry() -> NoReturn:
    """Run as ``zoneplan``, the command of the installed package."""
    sys.exit(main())


if __name__ == "__main__":
    entry()
