"""One question of many workspaces."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import pandas as pd

from commands.arguments import Commands, add_service
from commands.asked import show
from geo import answers
from geo.errors import PlanError
from geo.measure import measured
from layers import workspace


def register(commands: Commands) -> None:
    """Add these commands."""
    one = commands.add("batch", _batch, "多工作区批量 / ask one question of many workspaces")
    one.add_argument("folders", nargs="+", type=Path)
    add_service(one)


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
    show(rows) if args.json else print(pd.DataFrame(rows).to_string(index=False, na_rep="—"))
    return 2 if failed else 0
