"""The best sites, and what more of them would bring."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import pandas as pd

from commands.arguments import Commands, add_mode, add_service, add_uncertainty, journey_of
from commands.asked import case_of, ranges_of, say, say_and_write
from geo import answers
from geo.answers.programme import GOALS
from geo.answers.programme_terms import TERMS
from geo.case import Case
from geo.errors import InputError
from geo.text import Text
from layers import workspace


def register(commands: Commands) -> None:
    """Add these commands."""
    one = commands.add("locate", _locate, "优化选址 / the best sites", scenario=True)
    add_service(one)
    one.add_argument("--p", type=int, help="新增数量 / number of new sites")
    one.add_argument("--model", default="max_cover",
                     choices=("max_cover", "set_cover", "p_median", "p_center", "capacitated_max_cover"))  # fmt: skip
    add_where(one)
    one.add_argument(
        "--tradeoff", choices=("walk", "sites"), help="权衡：覆盖与平均步行，或覆盖与数量 / people covered against mean walk, or sites"
    )  # fmt: skip
    one.add_argument("--steps", type=int, default=16, help="权衡的级数 / levels of a trade-off")
    add_mode(one)
    one = commands.add(
        "robust",
        _robust,
        "稳健选址：数字不确定时仍然好的选址 / sites that hold over what is not known",
        scenario=True,
    )
    add_service(one)
    one.add_argument("--p", type=int, required=True, help="新增数量 / number of new sites")
    one.add_argument("--draws", type=int, default=200, help="情形数 / possible truths drawn (200)")
    one.add_argument("--seed", type=int, default=1, help="随机种子 / seed: the same one gives the same answer (1)")
    one.add_argument("--out", type=Path, help="写成文件，按扩展名 / write to a file, by its ending")
    add_uncertainty(one)
    add_where(one)
    one = commands.add(
        "worth",
        _worth,
        "先查什么：弄清哪项数据最能改善选址 / what to measure next: which data would change the sites most",
        scenario=True,
    )
    add_service(one)
    one.add_argument("--p", type=int, required=True, help="新增数量 / number of new sites")
    one.add_argument("--draws", type=int, default=1000, help="情形数 / possible truths drawn (1000)")
    one.add_argument("--values", type=int, default=answers.VALUES, help="每项取值数 / values drawn of each input (150)")
    one.add_argument("--seed", type=int, default=1, help="随机种子 / seed: the same one gives the same answer (1)")
    one.add_argument("--out", type=Path, help="写成文件，按扩展名 / write to a file, by its ending")
    add_uncertainty(one)
    add_where(one)
    one = commands.add("programme", _programme, "滚动计划：哪年建、扩、并哪所 / rolling programme: what opens, grows or closes in which year", scenario=True)  # fmt: skip
    add_service(one)
    one.add_argument("--first", type=int, default=2021, help="第一年 / first year")
    one.add_argument("--last", type=int, default=2030, help="最后一年 / last year")
    one.add_argument("--budget", dest="term_budget", type=float, nargs="+", metavar="MONEY", help="年度预算（万元）：一个数，或逐年 / money of each year [10,000 yuan]: one number, or one a year")  # fmt: skip
    one.add_argument("--less", type=float, metavar="SHARE", help="并比较预算减少该比例，如 0.2 / compare with so much less money, such as 0.2")  # fmt: skip
    one.add_argument("--goal", choices=tuple(GOALS), default="reach", help="目标 / " + ", ".join(f"{k}={t.zh}" for k, t in GOALS.items()))  # fmt: skip
    one.add_argument("--classes", dest="term_classes", type=int, nargs=2, metavar=("LEAST", "MOST"), help="新建班数下限与上限 / classes of a new school, least and most")  # fmt: skip
    for name, told in TERMS.items():
        if name not in ("classes", "budget", "carry"):
            kind = int if name in ("grow_by", "build", "grow") else float
            # --class-size is the rule of the demand, which every command takes.
            flag = "class-pupils" if name == "class_size" else name.replace("_", "-")
            one.add_argument(f"--{flag}", dest=f"term_{name}", type=kind, help=f"{told.zh} / {told.en}")
    one.add_argument("--no-carry", action="store_true", help="结余不结转 / what a year leaves may not be spent later")
    one.add_argument("--may-close", action="store_true", help="可撤并现有设施 / existing ones may be closed")
    one.add_argument("--close", action="append", default=[], metavar="ID=YEAR", help="某年起必须停办，可重复 / closes whatever happens, may be repeated")  # fmt: skip
    add_where(one)
    one.add_argument("--out", type=Path, help="写成文件，按扩展名 / write to a file, by its ending")


def add_where(parser: argparse.ArgumentParser) -> None:
    """Add where a new facility may stand, how far it serves and how long is searched."""
    parser.add_argument("--limit", type=float)
    parser.add_argument("--spacing", type=float, default=200.0, help="备选点间距（米） / spacing of candidates [m]")
    parser.add_argument(
        "--candidates",
        default="streets",
        metavar="streets|grid|FILE.geojson",
        help="备选点：街道节点、网格，或点、地块文件 / where sites may stand",
    )
    parser.add_argument(
        "--zone", action="append", default=[], help="只在该片区内选，可重复 / only in this zone, may be repeated"
    )
    parser.add_argument(
        "--min-distance",
        type=float,
        default=0.0,
        help="与现有设施的最小距离（米） / least distance to existing ones [m]",
    )
    parser.add_argument(
        "--no-protection", action="store_true", help="不计铁路、高速防护距离 / ignore protection distances"
    )
    parser.add_argument("--time-limit", type=float, default=30.0, help="秒 / seconds")


def where_of(args: argparse.Namespace, case: Case) -> dict[str, Any]:
    """Return where a new facility may stand, as the answers take it."""
    named = args.candidates if args.candidates in ("streets", "grid") else None
    given = None
    if named is None:
        given = workspace.read_features(Path(args.candidates)).to_crs(case.workspace.crs)
        given.index = pd.Index([f"F{n}" for n in range(1, len(given) + 1)], name="candidate_id")
    return {
        "limit": args.limit, "spacing": args.spacing, "origin": named or "streets", "sites": given, "zones": args.zone,
        "protection": not args.no_protection, "min_metres": args.min_distance, "time_limit": args.time_limit,
    }  # fmt: skip


def _robust(args: argparse.Namespace) -> None:
    case = case_of(args)
    answer = answers.robust(
        case, p=args.p, table=ranges_of(args, case), draws=args.draws, seed=args.seed, **where_of(args, case)
    )
    say_and_write(answer, ("sites", "chosen"), args)


def _worth(args: argparse.Namespace) -> None:
    case = case_of(args)
    answer = answers.value(
        case,
        p=args.p,
        table=ranges_of(args, case),
        draws=args.draws,
        values=args.values,
        seed=args.seed,
        **where_of(args, case),
    )
    say_and_write(answer, ("inputs", "summary", "options", "sites", "ranges"), args)


def _locate(args: argparse.Namespace) -> None:
    case, journey = case_of(args), journey_of(args)
    where = where_of(args, case)
    if journey is not None:
        where["limit"] = args.minutes
    if args.tradeoff and journey is not None:
        raise InputError(
            Text(
                "权衡的一方是全体的平均步行距离（米），按出行方式没有可比的米数，故不与 --mode 同用；请去掉 --tradeoff，用 --p 1、2、3… 逐个数量比较可到的人数",
                "a trade-off weighs coverage against everyone's mean walk in metres, and a mode has no such metres: leave out --tradeoff and compare whom --p 1, 2, 3 … reaches",
            )
        )
    if args.tradeoff:
        p = 7 if args.p is None else args.p
        answer = answers.tradeoff(case, against=args.tradeoff, p=p, steps=args.steps, **where)
    else:
        answer = answers.locate(case, p=args.p, model=args.model, journey=journey, **where)
    say(answer, args)


def _programme(args: argparse.Namespace) -> None:
    case = case_of(args)
    given = {name: value for name in TERMS if (value := getattr(args, f"term_{name}", None)) is not None}
    given |= {name: tuple(given[name]) for name in ("classes", "budget") if name in given}
    terms = answers.usual_terms(case, first=args.first, last=args.last, carry=not args.no_carry, **given)
    asked = {
        **where_of(args, case), "goal": args.goal, "closes": _closes(args.close), "may_close": args.may_close,
    }  # fmt: skip
    answer = answers.programme(case, terms, **asked) if args.less is None else answers.programme_with_less(case, terms, less=args.less, **asked)  # fmt: skip
    names = [
        n
        for n in ("schedule", "years", "summary", "terms", "what_if", "schedule_less", "years_less")
        if n in answer.tables
    ]
    say_and_write(answer, names, args)


def _closes(given: list[str]) -> dict[str, int]:
    """Return which facilities close in which year, from words like S07=2028."""
    found = {}
    for word in given:
        place, _, year = word.rpartition("=")
        if not place or not year.isdecimal():
            raise InputError(Text(f"--close 写作 编号=年份，如 S07=2028，现为 {word}", f"write --close as ID=YEAR, such as S07=2028, not {word}"))  # fmt: skip
        found[place] = int(year)
    return found
