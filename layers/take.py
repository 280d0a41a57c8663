"""``cli.py import``: read a planner's file, say what was found and asked, and take it when told to."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

__all__ = ["run"]


def run(args: argparse.Namespace, show: Callable[[Any], None]) -> int:
    """Run the import command; return its exit code."""
    raise NotImplementedError
