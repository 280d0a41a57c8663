"""Pupils per cell by the workspace's own parameters, for every answer that counts them."""

from __future__ import annotations

import pandas as pd

from geo.errors import InputError
from geo.services import STAGES
from geo.workspace import Workspace, people

__all__ = ["CLASS_SIZE", "class_size", "enrolment", "pupils_of", "stage_share"]


def pupils_of(workspace: Workspace, stage: str, year: int) -> pd.Series:
    """Return the pupils [persons] of each cell: residents × share of the age group × enrolment.

    Raises
    ------
    InputError
        If the stage is unknown or workspace.toml has no share for it.
    """
    return (people(workspace, year) * stage_share(workspace, stage) * enrolment(workspace, stage, year)).rename(
        "pupils"
    )


def stage_share(workspace: Workspace, stage: str) -> float:
    """Return the share of residents in the ages of a stage (workspace.toml, [shares])."""
    if stage not in STAGES:
        raise InputError(
            f"没有学段“{stage}”，可选：{'、'.join(STAGES)} / no stage '{stage}', choose one of {', '.join(STAGES)}"
        )
    shares = workspace.parameters.get("shares", {})
    if stage not in shares:
        raise InputError(
            f"workspace.toml 的 [shares] 缺少 {stage} 的人口比例 / [shares] of workspace.toml lacks {stage}"
        )
    return float(shares[stage])


def enrolment(workspace: Workspace, stage: str, year: int) -> float:
    """Return the share of the age group that goes to a school of the stage (workspace.toml, [enrolment]).

    A table of years is interpolated linearly and held constant outside; 1.0 where nothing is said.
    """
    value = workspace.parameters.get("enrolment", {}).get(stage, 1.0)
    if not isinstance(value, dict):
        return float(value)
    known = sorted((int(y), float(v)) for y, v in value.items() if str(y).isdigit())
    before = [k for k in known if k[0] <= year] or known[:1]
    after = [k for k in known if k[0] >= year] or known[-1:]
    (y0, v0), (y1, v1) = before[-1], after[0]
    return v0 if y1 == y0 else v0 + (v1 - v0) * (year - y0) / (y1 - y0)


def class_size(workspace: Workspace, stage: str) -> int:
    """Return the pupils of one class behind the plan's seats (workspace.toml, [class_size]; else the table)."""
    sizes = workspace.parameters.get("class_size", {})
    return int(sizes.get(stage, CLASS_SIZE[stage]))


CLASS_SIZE = {"kindergarten": 30, "primary": 45, "junior": 50, "senior": 50}
"""GB 50099-2011, 3.0.1; JGJ 39-2016, table 1.0.3-2 (middle class)."""
