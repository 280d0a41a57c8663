"""From arguments to a case, from an answer to print."""

from __future__ import annotations

import argparse
import datetime as dt
import importlib
import json
from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd

from geo import answers
from geo.case import Case
from geo.demand import DemandSettings
from geo.errors import InputError
from geo.measure import measured
from geo.text import Text
from geo.uncertainty import Uncertainties
from geo.workspace import Workspace
from layers import exports, workspace
from layers.shell import plans, ranges
from layers.shell.printed import as_data, as_table, printed
from layers.write.geojson import meta, plain


def case_of(args: argparse.Namespace) -> Case:
    """Return the question asked: the workspace, the service, the year asked for or its last one, the demand."""
    place, plan = place_and_plan(args)
    return of_place(args, plans.under(place, plan, getattr(args, "year", None) or place.years[-1]))


def place_and_plan(args: argparse.Namespace) -> tuple[Workspace, plans.Named | None]:
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


def of_place(args: argparse.Namespace, place: Workspace) -> Case:
    """Return what is asked about a workspace that is already read."""
    settings = DemandSettings(
        model=getattr(args, "demand_model", "share"), class_rule=getattr(args, "class_size", "plan"),
        kindergarten_class=getattr(args, "kindergarten_class", None),
    )  # fmt: skip
    rules = getattr(args, "standard", None)
    place = place if rules is None else measured(place, by=rules)
    return workspace.case(place, getattr(args, "service", "primary"), getattr(args, "year", None), settings)


def ranges_of(args: argparse.Namespace, case: Case) -> Uncertainties | None:
    """Return what is uncertain as the planner's own file says; None where there is none: the workspace's own."""
    return None if args.uncertainty is None else ranges.read(args.uncertainty, case)


def say_and_write(
    answer: answers.Answer, names: Sequence[str], args: argparse.Namespace, *,
    shaped: Callable[[Workspace, answers.Answer], dict[str, pd.DataFrame]] | None = None,
) -> None:  # fmt: skip
    """Say an answer; with ``--out`` write its tables, the first of ``names`` first, in the format of the ending.

    ``shaped`` makes what formats of GIS get instead, where the tables have no shapes of their own.
    """
    if args.out is not None:
        form = next(
            (f for f, ending in exports.FORMATS.items() if args.out.suffix == ending and f not in ("shp", "gdb")), ""
        )
        place = workspace.load(args.data)
        told = meta(answer, date=dt.date.today(), records=place.sources)
        frames = {n: answer[n] for n in names}
        if shaped is not None and form not in ("csv", "xlsx"):
            frames = shaped(place, answer)
        exports.write(place, frames, args.out, form, meta=told, about=answer)
    say(answer, args)


def table(told: Any, args: argparse.Namespace) -> None:
    """Print rows as a table for people, anything else as JSON."""
    if args.json or not isinstance(told, list):
        show(told)
    elif told:
        print(as_table(pd.DataFrame(told), index=False, width=60))


def say(answer: answers.Answer, args: argparse.Namespace) -> None:
    """Print an answer: as one JSON object, or as tables with method and basis."""
    if args.json:
        show(as_data(answer))
    else:
        print(printed(answer))


def show(data: Any) -> None:
    """Print data as JSON."""
    print(json.dumps(plain(data), ensure_ascii=False, indent=1, allow_nan=False))


def extra(module: str, name: str) -> Any:
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
                f"缺少 {error.name}：请运行 pip install 'zoneplan[{name}]'（源码目录：pip install -r requirements-{name}.txt）",
                f"{error.name} is missing: pip install 'zoneplan[{name}]' (in a checkout: pip install -r requirements-{name}.txt)",
            )
        ) from error
