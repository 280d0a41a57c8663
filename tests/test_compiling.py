"""Kernels compiled at installation: afterwards no ordinary question waits for one.

``make test`` runs this file before the others, on the folder that they use: from a fresh clone nothing but
``zoneplan compile`` has compiled anything then.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import cli
from geo import kernel
from geo.answers import compiling

ROOT = Path(__file__).resolve().parent.parent

ORDINARY = """
from contextlib import suppress
from numba.core import event

seen = event.RecordingListener()
event.register("numba:compile", seen)

from geo import answers
from geo.answers.access import METHODS
from geo.answers.places import MODELS
from geo.errors import PlanError
from geo.travel import MODES, Journey
from layers import home, workspace

case = workspace.case(workspace.load(home.SHIPPED), "primary", 2025)
lon, lat = 117.66, 39.06
for one in (case, case.of("hospital")):
    answers.coverage(one, limit=800)
    answers.site(one, lon, lat)
    answers.gain(one)
    answers.crossings(one, limit=1000, longest=600)
    for method in METHODS:
        answers.access(one, method=method)
answers.site(case, lon, lat, classes=24)
answers.isochrone(case, lon, lat)
for mode in MODES:
    answers.travel(case, lon, lat, journey=Journey(mode))
    answers.reached(case, Journey(mode, arrive=True))
answers.adequacy(case, limit=1000)
for limit in (None, 1500.0):
    for rules in ((), ("residents_first",), ("siblings",), ("no_crossings",)):
        answers.assign(case, limit=limit, rules=rules)
        answers.flow_map(case, limit=limit, rules=rules)
answers.districts(case)
answers.tradeoff(case)
answers.robust(case, p=2, draws=20, spacing=300)
for model in MODELS:
    for p in (2, 7):
        with suppress(PlanError):  # not every plan is possible; the search for it is what is asked here
            answers.locate(case, p=None if model == "set_cover" else p, model=model, spacing=300, time_limit=2)
compiled = {e.data["dispatcher"].__name__ for _, e in seen.buffer if e.is_start}
print(sorted(n for n in compiled))
"""


def test_after_compiling_no_ordinary_question_compiles_anything():
    done = subprocess.run([sys.executable, "cli.py", "compile"], cwd=ROOT, capture_output=True, text=True, check=True)
    told = done.stderr.splitlines()
    count = len(told) - 1
    assert told[3].startswith(f"编译 3/{count} ")
    assert f" / compiling 3/{count} " in told[3]
    done = subprocess.run([sys.executable, "-c", ORDINARY], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_compiling_for_nothing_is_said(monkeypatch, capsys):
    monkeypatch.setattr(compiling, "compile_all", lambda case, told: None)
    monkeypatch.setattr(kernel, "NOT_KEPT", {"/somewhere/__pycache__"})
    assert cli.main(["compile"]) == 2
    told = capsys.readouterr().err
    assert "/somewhere/__pycache__" in told
    assert "无法保存" in told
    assert "NUMBA_CACHE_DIR" in told
