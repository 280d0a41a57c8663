"""How much the plans kept in a workspace may take on the disk: ``[limits] plans_mb`` in its workspace.toml; no limit without it."""

from __future__ import annotations

import tomllib
from pathlib import Path

from geo.errors import Finding, InputError
from geo.text import Text

__all__ = ["plans_mb", "within"]

MB = 1_000_000


def plans_mb(workspace: Path) -> float | None:
    """Return how much the plans of a workspace may take [MB], None for any amount.

    Raises
    ------
    InputError
        If workspace.toml names no such number.
    """
    try:
        told = tomllib.loads((workspace / "workspace.toml").read_text("utf-8")).get("limits", {})
    except (OSError, ValueError):  # who opens the workspace is told
        return None
    most = told.get("plans_mb") if isinstance(told, dict) else told
    if most is None:
        return None
    if isinstance(most, bool) or not isinstance(most, int | float) or not 0 < most < 1e9:
        raise InputError([Finding("error", f"“{most}”须为大于 0 的数（MB）；不写则不限", f"'{most}' must be a number of megabytes above 0; without it there is no limit", "workspace.toml", field="limits.plans_mb")])  # fmt: skip
    return float(most)


def within(used: int, most: float | None) -> None:
    """Refuse to keep more where the plans already take ``used`` bytes.

    Raises
    ------
    InputError
        If that is as much as they may take, or more.
    """
    if most is not None and used >= most * MB:
        raise InputError(Text(
            f"没有保存：本工作区的方案已占 {used / MB:.1f} MB，上限是 {most:g} MB（workspace.toml 的 [limits] plans_mb）。已有方案都在，未保存的改动留在草稿里；请管理员调高上限，或备份（zoneplan backup）后另起一个工作区",
            f"not saved: the plans of this workspace take {used / MB:.1f} MB, the limit is {most:g} MB ([limits] plans_mb in workspace.toml). All plans are there, and what is not saved stays as a draft; the administrator raises the limit, or backs up (zoneplan backup) and begins another workspace",
        ))  # fmt: skip
