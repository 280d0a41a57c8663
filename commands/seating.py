"""Questions of seats and pupils: who sits where, school districts, feeder chains, ways to school."""

from __future__ import annotations

import argparse
from pathlib import Path

from commands.arguments import Commands, add_seating, add_year
from commands.asked import case_of, say, say_and_write
from geo import answers
from geo.services import STAGES


def register(commands: Commands) -> None:
    """Add these commands."""
    one = commands.add("assign", _assign, "学位分配 / every pupil to a seat", scenario=True)
    one.add_argument("--service", "--stage", dest="service", choices=STAGES, required=True)
    add_year(one)
    one.add_argument("--limit", type=float, help="米 / metres (default: none)")
    add_seating(one)
    more = (
        ("districts", _districts, "学区划片 / school districts: in one piece, within the seats"),
        ("feeders", _feeders, "升学链 / feeder chains: kindergarten, primary, junior"),
        ("routes", _routes, "上学路径 / ways to school and the main roads they cross"),
    )
    for name, run, told in more:
        one = commands.add(name, run, told, scenario=True)
        one.add_argument("--service", "--stage", dest="service", choices=STAGES, default="primary")
        add_year(one)
        one.add_argument("--unknown-seats", type=float, help="学位未知的学校按多少计 / seats supposed where unknown")
        one.add_argument("--out", type=Path, help="写成文件，按扩展名 / write to a file, by its ending")
        if name != "districts":
            one.add_argument("--limit", type=float, help="米 / metres (default: none)")
        if name == "routes":
            one.add_argument("--school", help="学校编号 / id of one school (default: all)")


def _assign(args: argparse.Namespace) -> None:
    options = {"limit": args.limit, "unknown_seats": args.unknown_seats, "rules": args.rule}
    say(answers.assign(case_of(args), **options), args)


def _districts(args: argparse.Namespace) -> None:
    say_and_write(
        answers.districts(case_of(args), unknown_seats=args.unknown_seats),
        ("districts", "cells", "shortfall", "findings"),
        args,
    )


def _feeders(args: argparse.Namespace) -> None:
    answer = answers.feeders(case_of(args), limit=args.limit, unknown_seats=args.unknown_seats)
    say_and_write(answer, ("schools", "links", "chains", "places", "zones"), args)


def _routes(args: argparse.Namespace) -> None:
    asked = {"school": args.school, "limit": args.limit, "unknown_seats": args.unknown_seats}
    say_and_write(answers.routes(case_of(args), **asked), ("routes", "crossings", "schools"), args)
