"""Fixtures used everywhere, and the list of what could not be tested."""

from __future__ import annotations

import gc
import os
import sys
from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import settings

# Hundreds of processes are started by the tests: each compiles anew what the one before was not allowed to keep.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
# How long an example takes is no matter of a test: a busy machine would fail it.
settings.register_profile("busy", deadline=None)
settings.load_profile("busy")

NOT_TESTED = "NOT TESTED: "


@pytest.fixture(autouse=True)
def _own_main() -> Iterator[None]:
    """Put back the main module: a page run by AppTest leaves its script in its place, and a spawned process would run that."""
    before = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = before


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Give the address of a real PostgreSQL with PostGIS, one for all tests of a session."""
    from tests.need import need

    need("postgres")
    from tests.postgres import Server

    server = Server()
    yield server.url
    server.stop()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say at the end, in words nobody can miss, what was not tested for want of a program or data.

    Read from the reports, not from a variable: with several workers each test ran in another process than this.
    """
    reasons = (str(report.longrepr[-1]) for report in terminalreporter.stats.get("skipped", ()))
    missing = Counter(r.partition(NOT_TESTED)[2] for r in reasons if NOT_TESTED in r)
    if missing:
        terminalreporter.section("NOT TESTED", red=True, bold=True)
        for what, count in sorted(missing.items()):
            terminalreporter.write_line(f"{what}: {count} test(s) did not run")


LONG = (
    "tests/test_compiling.py",
    "tests/test_incoming_corpora.py",
    "tests/page/test_week.py",
    "tests/page/test_axe.py",
    "tests/page/test_plans.py",
    "tests/page/test_draw.py",
    "tests/page/test_workspaces.py",
    "tests/page/",
    "tests/test_package.py",
    "tests/test_golden.py",
    "tests/test_scale.py",
    "tests/test_crossings.py",
    "tests/test_clock.py",
    "tests/test_report.py",
    "tests/test_live.py",
    "tests/test_markup.py",
    "tests/test_crash.py",
    "tests/test_app_views.py",
    "tests/test_cli.py",
    "tests/test_robust.py",
    "tests/test_siting_capacity.py",
    "tests/test_kernel.py",
    "tests/test_facts.py",
    "tests/test_live_page.py",
    "tests/test_export.py",
    "tests/test_qgis.py",
    "tests/test_feeds.py",
    "tests/test_archive.py",
)
"""Files that take long, the longest first: handed out first, so that at the end no worker is left alone with one of them."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the long files first, all else as it was."""
    items.sort(key=lambda item: next((i for i, file in enumerate(LONG) if item.nodeid.startswith(file)), len(LONG)))


def pytest_collection_finish() -> None:
    """Look no more for garbage among the tests and the libraries: they stay to the end."""
    gc.collect()
    gc.freeze()
