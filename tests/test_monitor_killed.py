"""Whoever enters actuals may be killed at any moment: what was said to be saved is there, nothing is half there."""

from __future__ import annotations

import dataclasses
import os
import random
import signal
import time
from pathlib import Path

import pandas as pd
import pytest

import cli
from geo import answers
from geo.examples import town
from geo.monitor import YEARS, Actual
from layers import exports
from layers.shell import monitor
from layers.store import actuals
from layers.store.place import plans_of
from tests.browser import copied

KILLS = int(os.environ.get("ZONEPLAN_KILLS", "40"))
IDS = [f"A{n}" for n in range(40)]
PLAN = pd.DataFrame({"indicator_id": IDS, "name": IDS, "baseline_2020": 1.0, "target_2025": 9.0})


@pytest.fixture(scope="module")
def place():
    return dataclasses.replace(town().workspace, targets=PLAN)


def entering(folder: Path, place, start: int) -> tuple[int, int]:
    """Fork a process that enters one actual after the other and says each number when it is saved; give its id and that pipe."""
    reads, writes = os.pipe()
    child = os.fork()
    if child:
        os.close(writes)
        return child, reads
    os.close(reads)
    for n in range(start, len(IDS) * len(YEARS)):
        monitor.add(folder, place, IDS[n // len(YEARS)], YEARS[n % len(YEARS)], str(n), who="王工", source="", note="")
        os.write(writes, f"{n}\n".encode())
    os._exit(0)


@pytest.mark.skipif(os.name != "posix", reason="NOT TESTED: processes are forked and killed")
@pytest.mark.timeout(900)
def test_an_entry_that_was_said_to_be_saved_outlives_any_kill(place, tmp_path):
    chance, killed, cut = random.Random(11), 0, 0
    start = 0
    folder = tmp_path / "home"
    folder.mkdir()
    while killed < KILLS:
        if start + 12 > len(IDS) * len(YEARS):
            start, folder = 0, tmp_path / f"home{killed}"
            folder.mkdir()
        child, reads = entering(folder, place, start)
        said = start - 1
        for _ in range(chance.randrange(1, 5)):  # in the middle of one of the next
            said = int(os.read(reads, 40).decode().split()[-1])
        time.sleep(chance.uniform(0, 0.004))
        os.kill(child, signal.SIGKILL)
        told = b""
        while more := os.read(reads, 4096):  # what it still said before it died
            told += more
        os.close(reads)
        os.waitpid(child, 0)
        said = int(told.decode().split()[-1]) if told.strip() else said
        killed += 1
        there = actuals.entered(plans_of(folder)[0])
        assert [(one.indicator_id, one.year, one.value) for one in there] == [
            (IDS[n // len(YEARS)], YEARS[n % len(YEARS)], float(n)) for n in range(len(there))
        ]  # whole, in order, none twice
        assert said + 1 <= len(there) <= said + 2, "one may be saved and not said yet, none said and not saved"
        assert all(one.who == "王工" and one.made for one in there)
        cut += len(there) == said + 1
        start = len(there)
    assert cut  # some were killed before the write counted


def test_what_was_reached_goes_out_with_who_and_when_the_light_and_the_difference(tmp_path):
    folder, out = copied(tmp_path / "data"), tmp_path / "out.csv"
    for words in (
        ["add", "I29-primary", "2025", "5000", "--source", "教体局"],
        ["add", "I30", "2025", "完成"],
    ):
        assert cli.main(["--data", str(folder), "monitor", *words, "--who", "王工"]) == 0
    assert (
        cli.main(["--data", str(folder), "export", "--layer", "monitored", "--format", "csv", "--out", str(out)]) == 0
    )
    table = pd.read_csv(out, comment="#").set_index("indicator_id")
    seats, task = table.loc["I29-primary"], table.loc["I30"]
    assert (seats["actual"], seats["who"], seats["source"], seats["light"]) == (5000, "王工", "教体局", "red")
    assert seats["difference"] == 5000 - seats["computed"] and seats["made"] and "5000" in seats["rule_zh"]
    assert (task["state"], task["who"], task["light"]) == ("完成", "王工", "green")
    assert table["who"].notna().sum() == 2 and len(table) == 52
    shapes = [
        "--data",
        str(folder),
        "export",
        "--layer",
        "monitored",
        "--format",
        "geojson",
        "--out",
        str(tmp_path / "a.geojson"),
    ]
    assert cli.main(shapes) == 2  # a table has no shapes, as the register


def test_the_map_tells_kinds_and_classes_beside_seats_where_the_layer_has_them():
    base = town().workspace
    plan = pd.DataFrame({"indicator_id": ["A", "B"], "name": ["小学学位", "学校数"], "sub_item": ["", "各类学校数"], "service": ["primary", None],
                         "baseline_2020": [300.0, 1.0], "target_2025": [600.0, 2.0]})  # fmt: skip
    place = dataclasses.replace(base, targets=plan, schools=base.schools.assign(classes_primary=12))
    told = answers.monitored(place, [Actual("A", 2025, 600.0), Actual("B", 2025, 1.0)])["targets"].set_index(
        "indicator_id"
    )
    assert "540 席、12 班" in told["computed_zh"]["A"] and "12 classes" in told["computed_en"]["A"]
    assert told["difference"]["A"] == 60 and told["difference"]["B"] == 0 and bool(told["differs"]["A"])
    assert "小学 1" in told["computed_zh"]["B"]
    plain = answers.monitored(dataclasses.replace(base, targets=plan), [])["targets"]
    assert "班" not in plain["computed_zh"].iloc[0] and plain["difference"].isna().all()
    assert "monitored" in exports.RESULTS
