"""The planner's questions without a browser: batch, continuous integration, cluster.

``python cli.py --data DIR coverage --service primary --year 2025 --json``

Exit codes: 0 done (also where the answer is "nobody" or "nothing there"), 2 bad input or no possible answer,
with the reason on standard error in Chinese and English.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from commands import answered, assistant, files, operate, planned, scale, scenarios, seating, serving, siting
from commands.arguments import Commands, Parser
from geo.demand import MODELS
from geo.errors import NotMeasuredError, PlanError
from geo.measure import RULES
from layers.store import take

FAMILIES = (answered, seating, siting, planned, files, scale, scenarios, serving, operate)
HOW_MEASURED = {True: "--limit 米 metres / --standard gb50180", False: "--standard gb50180"}
"""How the shell is told by what a place is measured, by whether the question takes a distance."""


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


def _parser() -> Parser:
    shared = Parser(add_help=False)
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
    parser = Parser(
        prog="cli.py", description=__doc__, parents=[shared], formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = Commands(parser, shared)
    for family in FAMILIES:
        family.register(commands)
    assistant.register(commands, main)
    return parser


def entry() -> NoReturn:
    """Run as ``zoneplan``, the command of the installed package."""
    _keep_answers_apart()
    sys.exit(main())


def _keep_answers_apart() -> None:
    """Send to standard error what compiled libraries print by themselves: standard output is what was asked for, and nothing else.

    HiGHS prints a line of its own from time to time whatever it is told (HiGHS.jl, issue 312); in the middle of JSON it would
    make an answer unreadable.
    """
    sys.stdout.flush()
    answers = os.fdopen(os.dup(1), "w", encoding=sys.stdout.encoding, errors=sys.stdout.errors, buffering=1)
    os.dup2(2, 1)
    sys.stdout = answers


if __name__ == "__main__":
    entry()
