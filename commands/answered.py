"""Questions of one service and year: who is served, what is missing, what a place would change."""

from __future__ import annotations

import argparse
from pathlib import Path

from commands.arguments import (
    Commands,
    add_journey,
    add_mode,
    add_service,
    add_uncertainty,
    add_year,
    journey_of,
    total,
)
from commands.asked import case_of, of_place, place_and_plan, ranges_of, say, say_and_write
from geo import answers
from geo.answers.drawn import ABOUT
from geo.answers.lacking import BY
from geo.answers.series import GROWTH, Growth
from geo.case import Case
from geo.measure import measured
from geo.scenario.streets import barriers_of
from geo.services import SERVICES
from geo.uncertainty import Uncertainties
from geo.walking import SPEEDS
from layers.shell import plans, ranges
from layers.write import intervals


def register(commands: Commands) -> None:
    """Add these commands."""
    one = commands.add(
        "coverage", _coverage, "服务覆盖 / who is within the standard, by radius and on foot", scenario=True
    )
    add_service(one)
    one.add_argument("--limit", type=float, help="米 / metres (default: the standard)")
    add_mode(one)
    one = commands.add("travel", _travel, "出行：几分钟内可到的范围、人口和设施 / travel: ground, people and facilities within some minutes", scenario=True)  # fmt: skip
    one.add_argument("--lon", type=float, required=True)
    one.add_argument("--lat", type=float, required=True)
    one.add_argument("--minutes", type=float, nargs="+", default=list(answers.LIMITS_MIN), metavar="MIN", help="分钟，默认 15 30 45 / minutes (default: 15 30 45)")  # fmt: skip
    one.add_argument("--out", type=Path, help="写成文件，按扩展名 / write to a file, by its ending")
    add_service(one)
    add_journey(one, mode="transit")
    one = commands.add("adequacy", _adequacy, "学位充足 / seats against targets and demand", scenario=True)
    add_year(one)
    one.add_argument(
        "--limit", type=float, help="米：另算步行范围内能入学的人数 / metres: also who can be seated within them"
    )
    one = commands.add(
        "uncertainty", _uncertainty, "把握：结果的 90% 区间及主要取决于什么 / how sure: 90 % intervals, and what they depend on", scenario=True
    )  # fmt: skip
    one.add_argument("--about", choices=tuple(ABOUT), default="coverage", help="覆盖、学位、分配、可达性 / what about")
    one.add_argument("--draws", type=int, default=1000, help="抽样次数 / how often the place is drawn")
    one.add_argument("--seed", type=int, default=1, help="种子：同一种子结果相同 / the same seed, the same numbers")
    one.add_argument("--limit", type=float, help="米 / metres (default: the standard)")
    one.add_argument("--by", choices=("walk", "radius"), default="walk", help="步行或半径 / on foot or straight")
    one.add_argument("--out", type=Path, help="写成文件，按扩展名 / write to a file, by its ending")
    one.add_argument(
        "--ranges", type=Path, metavar="FILE.csv", help="写出不确定性范围表，改后用 --uncertainty 读入 / write the table of ranges, to be changed and read by --uncertainty"
    )  # fmt: skip
    add_uncertainty(one)
    add_service(one)
    one = commands.add("site", _site, "点选 / what a site here would change", scenario=True)
    one.add_argument("--lon", type=float, required=True)
    one.add_argument("--lat", type=float, required=True)
    one.add_argument("--limit", type=float, help="米 / metres (default: the standard)")
    one.add_argument("--classes", type=int, help="拟建学校的班数 / classes of the school supposed here")
    add_service(one)
    one = commands.add(
        "circles",
        _circles,
        "5/10/15 分钟生活圈：人口与缺少的设施 / living circles: people, and what they lack",
        scenario=True,
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
    add_year(one)
    one = commands.add(
        "area", _area, "范围内的人口、学生、学位和各标准的缺额 / what is in an area, and what is missing", scenario=True
    )
    one.add_argument(
        "--polygon",
        required=True,
        metavar="FILE|WKT",
        help="GeoJSON 文件，或 GeoJSON、WKT 文字（度） / a file, or the text, in degrees",
    )
    one.add_argument("--limit", type=float, help="米 / metres (default: the standards)")
    add_year(one)
    one = commands.add("series", _series, "逐年变化 / year by year, by zone", scenario=True)
    one.add_argument("--service", help="、".join(SERVICES))
    one.add_argument(
        "--growth",
        choices=tuple(GROWTH),
        help="最后数据年之后的人口 / residents after the last year of data (default: housing)",
    )
    one.add_argument(
        "--totals",
        nargs="+",
        type=total,
        default=(),
        metavar="YEAR=PERSONS",
        help="规划总人口，如 2035=200000 / totals of the plan",
    )
    one.add_argument("--years", nargs="+", type=int, metavar="YEAR", help="默认 2020–2035 / default: 2020 to 2035")
    one.add_argument("--limit", type=float, help="米 / metres (default: the standard)")
    one = commands.add("gain", _gain, "选址增益面 / newly served people of a site at every node", scenario=True)
    add_service(one)
    one.add_argument("--top", type=int, default=10)
    one.add_argument("--limit", type=float)
    one = commands.add(
        "crossings",
        _crossings,
        "打通增益 / newly served people of a crossing of railway, expressway or water",
        scenario=True,
    )
    add_service(one)
    one.add_argument("--limit", type=float, help="米 / metres (default: the standard)")
    one.add_argument("--longest", type=float, default=300.0, help="通道最长（米） / longest crossing [m]")
    one.add_argument("--step", type=float, default=50.0, help="沿屏障的间距（米） / spacing along the barrier [m]")
    one.add_argument("--k", type=int, default=3, help="一起打通几处 / how many together")
    one.add_argument("--top", type=int, default=10)
    one = commands.add("access", _access, "可达性 / accessibility scores", scenario=True)
    add_service(one)
    one.add_argument(
        "--method", default="e2sfca",
        choices=("e2sfca", "2sfca", "3sfca", "balanced", "gravity", "huff", "raam", "cumulative"),
    )  # fmt: skip
    one.add_argument("--decay", choices=("step", "none", "gaussian", "exponential", "power"), help="距离衰减 / decay")
    one.add_argument("--parameter", type=float, help="衰减参数 / parameter of the decay: bandwidth, rate or exponent")
    one.add_argument("--limit", type=float)
    add_mode(one)


def _coverage(args: argparse.Namespace) -> None:
    case, journey = case_of(args), journey_of(args)
    if journey is None:
        say(answers.coverage(case, limit=args.limit), args)
    else:
        say(answers.reached(case, journey, minutes=args.minutes or answers.MINUTES), args)


def _travel(args: argparse.Namespace) -> None:
    answer = answers.travel(case_of(args), args.lon, args.lat, journey=journey_of(args), minutes=args.minutes)
    say_and_write(answer, ("areas", "reach", "facilities", "cells"), args)


def _adequacy(args: argparse.Namespace) -> None:
    say(answers.adequacy(case_of(args), limit=args.limit), args)


def _site(args: argparse.Namespace) -> None:
    say(answers.site(within(args), args.lon, args.lat, classes=args.classes), args)


def _circles(args: argparse.Namespace) -> None:
    answer = answers.circles(case_of(args), args.lon, args.lat, walking=args.speed, zone=args.zone, by=args.by)
    say_and_write(answer, ("ranked", "zones", "bands", "required"), args)


def within(args: argparse.Namespace) -> Case:
    """Return the question asked, measured by the distance given, where one is."""
    case = case_of(args)
    return case if args.limit is None else case.under(measured(case.workspace, metres=args.limit))


def _area(args: argparse.Namespace) -> None:
    ground = plans.outline_of(args.polygon)
    say(answers.area(within(args), ground), args)


def _series(args: argparse.Namespace) -> None:
    place, plan = place_and_plan(args)
    growth: Growth = args.growth or ("totals" if args.totals else "housing")
    case = of_place(args, plans.stated(place, plan))
    drawn = None if plan is None else plan.plan
    say(answers.series(case, drawn, years=args.years, growth=growth, totals=dict(args.totals), limit=args.limit), args)


def _gain(args: argparse.Namespace) -> None:
    say(answers.gain(case_of(args), limit=args.limit, top=args.top), args)


def _crossings(args: argparse.Namespace) -> None:
    case = case_of(args)
    found = plans.named(args.data, args.scenario) if args.scenario else None
    more = None if found is None else barriers_of(found.plan.at(case.year).objects, case.workspace.crs)
    asked = {"longest": args.longest, "step": args.step, "k": args.k, "top": args.top}
    say(answers.crossings(case, limit=args.limit, barriers=more, **asked), args)


def _access(args: argparse.Namespace) -> None:
    case, journey = case_of(args), journey_of(args)
    limit = args.limit if journey is None else args.minutes
    asked = {"method": args.method, "decay": args.decay, "parameter": args.parameter}
    say(answers.access(case, limit=limit, journey=journey, **asked), args)


def _uncertainty(args: argparse.Namespace) -> None:
    case = case_of(args)
    table = ranges_of(args, case)
    if args.ranges is not None:
        ranges.write(Uncertainties.of(case) if table is None else table, args.ranges)
    answer = answers.uncertain(
        case, table=table, about=args.about, draws=args.draws, seed=args.seed, limit=args.limit, by=args.by
    )
    say_and_write(answer, ("intervals", "drivers", "inputs"), args, shaped=intervals.on_zones)
