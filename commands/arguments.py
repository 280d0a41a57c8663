"""What commands take: arguments that many share, and how they are read."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from geo import answers
from geo.errors import InputError
from geo.services import SERVICES
from geo.text import Text
from geo.travel import MODES, Journey
from geo.walking import SPEEDS

MODES_ASKED = ("travel", "coverage", "access", "locate", "scenario compare", "export --layer travel")
"""Questions that are asked by a mode."""


class Parser(argparse.ArgumentParser):
    """argparse with its complaints in both languages."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong in both languages, and stop."""
        self.print_usage(sys.stderr)
        if "--mode" in message and "unrecognized" in message:
            message += f"。出行方式只用于 {'、'.join(MODES_ASKED)}；其余按步行距离计 / --mode is for {', '.join(MODES_ASKED)}; all else goes by metres on foot"
        self.exit(2, f"参数错误 / wrong arguments: {message}\n")


class Commands:
    """The commands of the shell as they are added, each with what all of them take.

    Parameters
    ----------
    parser, shared
        The parser of the shell, and what every command takes.
    """

    def __init__(self, parser: Parser, shared: Parser) -> None:
        added = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=Parser)
        self._commands, self._shared = added, shared
        self.all: dict[str, Parser] = added.choices
        """Each command by its name, also those that are added later."""
        self._under = Parser(add_help=False)
        self._under.add_argument(
            "--scenario", metavar="FILE|NAME", help="在该方案下回答：文件、已存方案或 方案@版本 / answer under this plan: a file, a saved one, or NAME@REVISION"
        )  # fmt: skip

    def add(
        self, name: str, run: Callable[[argparse.Namespace], int | None], text: str, *, scenario: bool = False
    ) -> Parser:
        """Return a new command; ``scenario`` where its question can be asked under a plan."""
        parents = [self._shared, self._under] if scenario else [self._shared]
        command = self._commands.add_parser(name, parents=parents, help=text, description=text)
        command.set_defaults(run=run)
        return command


def add_service(parser: argparse.ArgumentParser) -> None:
    """Add which service and which year are asked about."""
    parser.add_argument("--service", help="、".join(f"{s.key}={s.name_zh}" for s in SERVICES.values()))
    add_year(parser)


def add_year(parser: argparse.ArgumentParser) -> None:
    """Add which year is asked about."""
    parser.add_argument("--year", type=int, help="年份 / year (default: the last of the workspace)")


def add_uncertainty(parser: argparse.ArgumentParser) -> None:
    """Add the planner's own ranges of what is not known."""
    parser.add_argument(
        "--uncertainty", type=Path, metavar="FILE.csv", help="自定的不确定性范围（列 key、low、high 等） / own ranges of what is not known (columns key, low, high …)"
    )  # fmt: skip


def add_journey(parser: argparse.ArgumentParser, *, mode: str | None = None) -> None:
    """Add how one goes, when and how far on foot; without ``mode`` none is named."""
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
    parser.add_argument(
        "--step-free",
        action="store_true",
        default=None,
        help="不走台阶、楼梯和扶梯 / no steps, stairs nor escalators",
    )


def add_mode(parser: argparse.ArgumentParser) -> None:
    """Add what a question takes that goes by metres on foot unless a mode is named."""
    add_journey(parser)
    parser.add_argument("--minutes", type=float, help="分钟，与 --mode 同用（默认 30） / minutes, with --mode (30)")


def journey_of(args: argparse.Namespace) -> Journey | None:
    """Return how one goes; None where no mode is named: metres on foot."""
    told = {
        k: v
        for k in ("window", "percentile", "rides", "walk", "speed", "step_free")
        if (v := getattr(args, k)) is not None
    }
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


def total(text: str) -> tuple[int, float]:
    """Return year and persons of YEAR=PERSONS."""
    year, _, persons = text.partition("=")
    try:
        return int(year), float(persons)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r}: 请写成 2035=200000 / write 2035=200000") from None


def add_seating(parser: argparse.ArgumentParser) -> None:
    """Add by which rules pupils are seated."""
    parser.add_argument(
        "--rule", action="append", default=[], choices=tuple(answers.RULES), help="入学规则 / rule, may be repeated"
    )
    parser.add_argument("--unknown-seats", type=float, help="学位未知的学校按多少计 / seats supposed where unknown")


def add_name(parser: argparse.ArgumentParser) -> None:
    """Add who does it."""
    parser.add_argument("--who", default="", help="姓名 / name")
