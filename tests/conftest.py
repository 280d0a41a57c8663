"""Fixtures used everywhere, and the list of what could not be tested."""

from __future__ import annotations

import pytest

from tests.need import MISSING


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say at the end, in words nobody can miss, what was not tested for want of a program or data."""
    if MISSING:
        terminalreporter.section("NOT TESTED", red=True, bold=True)
        for what, count in sorted(MISSING.items()):
            terminalreporter.write_line(f"{what} is missing: {count} test(s) did not run")
