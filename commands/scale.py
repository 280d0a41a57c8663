"""``zoneplan batch``: one question to many workspaces, or to one area too large for a machine by tiles."""

from __future__ import annotations

import argparse
import datetime as dt
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from commands.arguments import Commands, Parser, add_service
from commands.asked import show
from geo.errors import InputError
from geo.progress import Step
from geo.text import Text
from layers.report.making import written
from layers.scale import area, batch, ranking, tiled
from layers.shell.printed import as_table
from layers.write.atomic import write_bytes
from layers.write.tables import csv_bytes

QUESTIONS = (
    "coverage", "adequacy", "access", "gain", "assign", "districts", "feeders", "routes", "site", "circles", "area", "series",
    "travel", "crossings", "locate", "zone", "register", "consistency", "projects", "land", "monitor",
)  # fmt: skip
"""What can be asked of many workspaces: whatever answers and changes nothing."""
SHOWN = 10
"""Tiles named that failed for one reason."""
SHELL = "cli:main"
"""Where workers find the shell."""
SHARED = {"demand_model": "--demand-model", "class_size": "--class-size", "kindergarten_class": "--kindergarten-class", "standard": "--standard", "service": "--service", "year": "--year"}  # fmt: skip
"""Options of every question that may also stand outside its quotation marks."""


def register(commands: Commands) -> None:
    """Add these commands."""
    parser = commands.add(
        "batch",
        _run,
        "多工作区批量；或把一个很大的区域分块计算 / one question of many workspaces, or of one large area by tiles",
    )
    parser.add_argument("folders", nargs="+", type=Path, help="工作区文件夹 / workspace folders")
    add_service(parser)
    parser.add_argument("--ask", default="coverage", metavar="QUESTION", help="问题，与单独提问时写法相同，如 \"access --service primary --method 2sfca\" / the question as it is asked of one workspace (default: coverage)")  # fmt: skip
    parser.add_argument("--table", help="汇总回答中的哪张表 / which table of the answer (default: the one that says a place in a row)")  # fmt: skip
    parser.add_argument("--rank", metavar="COLUMN", help="按哪一列排名 / column to rank by")
    parser.add_argument("--lowest-first", action="store_true", help="从低到高 / lowest first")
    parser.add_argument("--tile", type=float, metavar="KM", help="把一个区域按此边长（公里）分块，可问 coverage、access、gain；须有 --out / one area by tiles of this side: coverage, access or gain")  # fmt: skip
    parser.add_argument("--out", type=Path, help="结果文件夹：table.csv、ranking.html；再次运行时，已回答且内容未变的不再问 / folder of results; run again, only what changed or failed is asked")  # fmt: skip
    parser.add_argument(
        "--workers", type=_count, help="本机进程数（默认按处理器核数） / local processes (default: one a core)"
    )
    parser.add_argument("--scheduler", default="", metavar="tcp://HOST:8786", help="Dask 集群的调度器 / scheduler of a Dask cluster")  # fmt: skip


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 1024):
        raise argparse.ArgumentTypeError(f"1–1024 的整数 / a whole number from 1 to 1024: {text}")
    return int(text)


def _run(args: argparse.Namespace) -> int:
    """Ask many workspaces, or one area by tiles; 130 where the planner stops it."""
    words = _question(args)
    try:
        return _workspaces(args, words) if args.tile is None else _by_tiles(args, words)
    except KeyboardInterrupt:
        kept = (
            Text(
                "；再次运行同一命令，已答完的不再问",
                "; run the same command again, what is answered is not asked again",
            )
            if args.out is not None
            else Text("；没有 --out，答完的没有保留", "; without --out nothing of it is kept")
        )
        print(f"已中断{kept.zh} / stopped{kept.en}", file=sys.stderr)
        return 130


def _workspaces(args: argparse.Namespace, words: list[str]) -> int:
    """Ask, show the table, write it with its ranking; 2 where a workspace failed, the others being answered."""
    keep = None if args.out is None else _folder(args.out, "answers")
    asked = batch.ask(
        args.folders, words, shell=SHELL, keep=None if keep is None else keep / "answers", workers=args.workers,
        scheduler=args.scheduler, progress=None if args.json else _told,
    )  # fmt: skip
    table = batch.table(asked, name=args.table)
    failed = [one for one in asked if one.error is not None]
    how: dict[str, Any] = {"by": args.rank, "lowest_first": args.lowest_first}
    if keep is not None:
        write_bytes(keep / "table.csv", csv_bytes(table))
        for lang, name in (("zh", "ranking.html"), ("en", "ranking.en.html")):
            page = ranking.document(table, shlex.join(words), lang=lang, date=dt.date.today(), **how)
            write_bytes(keep / name, written(page, "html"))
    if args.json:
        show(table.to_dict("records"))
    else:
        short = table.drop(columns=[c for c in ("method_zh", "method_en", "sources") if c in table])
        print(as_table(short if len(failed) == len(asked) else _ordered(short, how), index=False))
    for one in failed:
        print(f"{one.folder}: {one.error}", file=sys.stderr)
    return 2 if failed else 0


def _by_tiles(args: argparse.Namespace, words: list[str]) -> int:
    """Ask one area by tiles; 2 where a tile failed, the others being answered."""
    if len(args.folders) != 1 or args.out is None:
        raise InputError(Text("--tile 须给出一个工作区和 --out 结果文件夹", "--tile takes one workspace, and --out for its results"))  # fmt: skip
    if other := [o for o in ("demand_model", "class_size", "kindergarten_class", "standard") if hasattr(args, o)]:
        raise InputError(Text(f"分块时不能用 {'、'.join(SHARED[o] for o in other)}", f"not by tiles: {', '.join(SHARED[o] for o in other)}"))  # fmt: skip
    asked = Parser(prog=f"batch --tile … --ask {words[0]}", add_help=False)
    add_service(asked)
    asked.add_argument("--limit", type=float)
    if words[0] == "access":
        asked.add_argument("--method", default="e2sfca", choices=area.FCA)
    how = {k: v for k, v in vars(asked.parse_args(words[1:])).items() if v is not None}
    if "service" not in how:
        raise InputError(Text("请给出服务，如 --service primary", "name the service, such as --service primary"))
    folder = _folder(args.out, "sums")
    done = tiled.ask(
        args.folders[0], folder, kind=words[0], side=args.tile * 1000, workers=args.workers, scheduler=args.scheduler,
        progress=None if args.json else _told, **how,
    )  # fmt: skip
    if args.json:
        show({**done.about, "zones": done.zones.reset_index().to_dict("records"), "asked": done.again})
    else:
        print(as_table(done.zones))
        print(
            f"\n{Text(*done.about['method'].values())}\n{done.tiles} 块 tiles，本次计算 asked {done.again} → {folder}"
        )
    for why, names in _alike(done.failed).items():
        print(
            f"分块 tile {', '.join(names[:SHOWN])}{' …' if len(names) > SHOWN else ''} ({len(names)}): {why}",
            file=sys.stderr,
        )
    return 2 if done.failed else 0


def _alike(failed: Mapping[str, Text]) -> dict[Text, list[str]]:
    """Return the tiles that failed by the reason they share: one wrong file is told once, not for every tile."""
    out: dict[Text, list[str]] = {}
    for name, why in failed.items():
        out.setdefault(why, []).append(name)
    return out


def _ordered(table: pd.DataFrame, how: dict[str, Any]) -> pd.DataFrame:
    """Return the answered rows in order, and those that failed after them."""
    rows, _ = ranking.ranked(table, **how)
    return pd.concat([rows, table.loc[table.index.difference(rows.index)]])


def _question(args: argparse.Namespace) -> list[str]:
    try:
        words = shlex.split(args.ask)
    except ValueError as error:
        raise InputError(Text(f"--ask 的引号不成对：{error}", f"--ask has an open quotation mark: {error}")) from error
    if not words or words[0] not in QUESTIONS:
        raise InputError(
            Text(f"不能批量问“{args.ask}”，可选：{'、'.join(QUESTIONS)}", f"'{args.ask}' cannot be asked of many, choose one of {', '.join(QUESTIONS)}")
        )  # fmt: skip
    for name, option in SHARED.items():
        value = getattr(args, name, None)
        if value is not None and option not in words:
            words += [option, str(value)]
    return words


def _folder(out: Path, inner: str) -> Path:
    try:
        (out / inner).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            Text(f"无法建立文件夹 {out}（{error.strerror}）：请换一个", f"cannot make the folder {out} ({error.strerror}): choose another")
        ) from error  # fmt: skip
    return out


def _told(step: Step) -> None:
    print(f"{step.done:.0f}/{step.whole:.0f} {step.text}", file=sys.stderr, flush=True)
