"""How much of a server one may take: set by the operator in the environment (or by ``zoneplan serve``), without limit where nothing is said.

=====================  ===================================================================
ZONEPLAN_SESSIONS      pages open at once, over all processes of the server
ZONEPLAN_RUN_SECONDS   how long one answer of the page may take [s]
=====================  ===================================================================

The size of an upload is Streamlit's own setting (``server.maxUploadSize``; ``zoneplan serve --upload-mb``), that of the plans kept
in a workspace stands in its workspace.toml (``layers.store.quota``).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from geo.errors import Finding, InputError

__all__ = ["RUN_SECONDS", "SESSIONS", "Limits", "limits"]

SESSIONS, RUN_SECONDS = "ZONEPLAN_SESSIONS", "ZONEPLAN_RUN_SECONDS"
MOST = 100_000


@dataclass(frozen=True)
class Limits:
    """What the operator allows; None is no limit."""

    sessions: int | None = None
    run_seconds: int | None = None


def limits(environ: Mapping[str, str] | None = None) -> Limits:
    """Return the limits that the environment names.

    Raises
    ------
    InputError
        If one is no whole number; every fault is named with its variable.

    Examples
    --------
    >>> limits({"ZONEPLAN_SESSIONS": "40"})
    Limits(sessions=40, run_seconds=None)
    """
    env = os.environ if environ is None else environ
    found: dict[str, int | None] = {}
    wrong = []
    for name in (SESSIONS, RUN_SECONDS):
        told = env.get(name, "").strip()
        well = told.isascii() and told.isdigit() and 1 <= int(told) <= MOST
        found[name] = int(told) if well else None
        if told and not well:
            wrong.append(Finding("error", f"“{told}”须为 1–{MOST} 的整数；不写则不限", f"'{told}' must be a whole number from 1 to {MOST}; without it there is no limit", name))  # fmt: skip
    if wrong:
        raise InputError(wrong)
    return Limits(found[SESSIONS], found[RUN_SECONDS])
