"""Processes, power and servers that end in the middle of a save: nothing acknowledged is lost. The long run is ``make crash``.

Issue 10: 500 kills with 2 and with 4 writers and a running backup, 2 000 power cuts, a PostgreSQL killed under load.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.need import ROOT, need

posix = pytest.mark.skipif(os.name != "posix", reason="NOT TESTED: processes are forked and killed")


@posix
@pytest.mark.timeout(300)
def test_issue_10_nothing_acknowledged_is_lost() -> None:
    """In an interpreter of its own: it forks, and puts itself between SQLite and the system."""
    need("postgres")
    words = [sys.executable, "-m", "tests.crash_plans", "--rounds", "8", "--cuts", "150", "--servers", "1"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, (rows, done.stderr[-3000:])
    assert len(rows) == 6
    for row in rows:
        assert row["lost"] == 0, row
        assert row["acknowledged"] > 0


def test_the_power_cuts_find_what_is_not_synced(tmp_path: Path) -> None:
    """The same cuts of a store that does not wait for the disk lose saves: the test can see what it looks for."""
    program = """
import random, sqlite3, sys
from pathlib import Path
from layers.store import sqlite
from tests import crash_plans
plain = sqlite.Connection.execute
def careless(self, sql, *values):
    return plain(self, sql.replace("synchronous=FULL", "synchronous=OFF"), *values)
sqlite.Connection.execute = careless
told = crash_plans.power_cuts(60, Path(sys.argv[1]))
print(len(told.lost))
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert int(done.stdout) > 5, done.stderr[-2000:]
