"""The question of sites that hold over what is not known, on the bundled zone and from the shell."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

import cli
from geo import answers
from geo.answers.robust import CRITERIA_WORDS
from geo.errors import InfeasibleError, InputError
from geo.examples import town
from geo.uncertainty import Uncertainties, worlds
from layers import home, workspace

DRAWS = 60


@pytest.fixture(scope="module")
def case():
    return workspace.case(workspace.load(home.SHIPPED), "primary", 2025)


@pytest.fixture(scope="module")
def answer(case):
    return answers.robust(case, p=3, draws=DRAWS, seed=4, spacing=500)


def test_what_each_plan_serves_is_counted_anew(case, answer):
    """From the draws and the distances of the network, cell by cell, as the method's page has it."""
    drawn = worlds(case, count=DRAWS, seed=4)
    inside = case.workspace.cells["zone_id"].notna().to_numpy()
    for name in CRITERIA_WORDS:
        sites = answer["sites"][answer["sites"]["criterion"] == name].set_index("candidate_id")
        assert len(sites) == 3
        metres = case.workspace.network.distances(case.snaps, sites).to_numpy().min(axis=1)
        gained = drawn.weight * ~drawn.served * (metres[None] <= drawn.limit[:, None]) * inside
        served = gained.sum(axis=1)
        assert answer["draws"][name].to_numpy() == pytest.approx(served)
        row = answer["plans"].set_index("criterion").loc[name]
        worst = np.sort(served)[: DRAWS // 10].mean()
        regret = (answer["draws"]["bound"] - served).max()
        assert (row["mean"], row["worst"], row["regret"]) == pytest.approx((served.mean(), worst, regret))


def test_each_plan_is_the_best_in_its_own_thing(answer):
    plans = answer["plans"].set_index("criterion")
    assert (plans["status"] == "optimal").all()
    assert plans["mean"].idxmax() == "expected"
    assert plans["worst"].max() == plans.loc["cvar", "worst"] == plans.loc["cvar", "bound"]
    assert plans["regret"].min() == plans.loc["regret", "regret"] == plans.loc["regret", "bound"]
    assert np.isnan(plans.loc["single", "bound"])  # it is the best of one truth only


def test_the_single_plan_is_that_of_locate(case, answer):
    located = answers.locate(case, p=3, spacing=500)["sites"]
    single = answer["sites"][answer["sites"]["criterion"] == "single"]
    assert set(single["candidate_id"]) == set(located.index)


def test_without_anything_unsure_all_plans_are_one(case):
    table = Uncertainties.of(case)
    for key in table.table()["key"]:
        table = table.known(key)
    sure = answers.robust(case, p=2, draws=5, table=table, spacing=500)
    plans = sure["plans"].set_index("criterion")
    assert plans["mean"].to_numpy() == pytest.approx(plans["worst"].to_numpy())
    assert plans["mean"].to_numpy() == pytest.approx(plans["mean"].iloc[0])
    assert plans["regret"].to_numpy() == pytest.approx(0.0, abs=1e-6)
    assert sure["sites"]["best_share"].eq(1.0).all()


def test_the_map_of_candidates_and_the_words(answer):
    chosen, sites = answer["chosen"], answer["sites"]
    assert len(chosen) == answer.parameters["candidates"] and {"lon", "lat"} <= set(chosen.columns)
    assert chosen["chosen_share"].between(0, 1).all() and (chosen["best_share"] >= chosen["chosen_share"]).all()
    # Three sites stand in the best plan of a draw, or fewer where fewer serve all.
    assert 0 < chosen["chosen_share"].sum() <= 3 + 1e-9
    for row in sites.to_dict("records"):
        share = int(100 * row["best_share"] + 1e-9)
        assert row["words_zh"].startswith(f"该点在 {share}% 的情形中属最优之列")
        assert row["words_en"].startswith(f"this site is among the best in {share} % of draws")
    assert answer.basis == "assumed" and set(answer["plans"]["basis"]) == {"assumed"}
    assert answer["summary"]["words_zh"].iloc[0] and answer["summary"]["words_en"].iloc[0]


def test_the_same_seed_gives_the_same_answer_and_another_another(case, answer):
    again = answers.robust(case, p=3, draws=DRAWS, seed=4, spacing=500)
    pd.testing.assert_frame_equal(again["plans"], answer["plans"])
    other = answers.robust(case, p=3, draws=DRAWS, seed=5, spacing=500)
    assert not np.allclose(other["plans"]["mean"], answer["plans"]["mean"])


def test_the_planner_stops_it(case):
    found = answers.robust(case, p=3, draws=DRAWS, spacing=500, progress=lambda step: False)
    assert {"expected", "cvar", "regret"} <= set(found["plans"]["criterion"])
    assert (found["sites"].groupby("criterion").size() == 3).all()


def test_what_cannot_be_asked_is_said(case):
    with pytest.raises(InputError):
        answers.robust(case, p=0)
    with pytest.raises(InputError):
        answers.robust(case, p=2, draws=0)
    with pytest.raises(InfeasibleError) as all_there:
        answers.robust(town(), p=1, spacing=50, limit=1e6)
    assert all_there.value.shortage == 0


def test_from_the_shell(capsys):
    args = [
        "--data",
        str(home.SHIPPED),
        "robust",
        "--service",
        "primary",
        "--p",
        "2",
        "--draws",
        "20",
        "--spacing",
        "600",
    ]
    assert cli.main([*args, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [row["criterion"] for row in told["plans"]] == list(CRITERIA_WORDS)
    assert cli.main([*args, "--seed", "2"]) == 0
    assert "属最优之列" in capsys.readouterr().out
    assert cli.main([*args[:-4], "--draws", "0"]) == 2
