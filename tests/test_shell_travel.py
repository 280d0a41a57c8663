"""``zoneplan travel`` and ``--mode``: the shell asks what the page asks, and says what it does not take."""

from __future__ import annotations

import json

import pytest

import cli
from geo import answers
from geo.travel import Journey
from layers import workspace
from layers.home import SHIPPED

PLACE = ("--data", str(SHIPPED), "--service", "primary")
AT = (117.66, 39.06)
WHERE = ("--lon", str(AT[0]), "--lat", str(AT[1]))


def test_a_journey_of_the_shell_is_that_of_a_notebook(capsys: pytest.CaptureFixture[str]) -> None:
    ride = ("--departure", "2025-10-14T08:00", "--window", "20", "--rides", "2", "--walk", "800", "--step-free", "--minutes", "20", "40")  # fmt: skip
    assert cli.main(["travel", *PLACE, *WHERE, *ride, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    case = workspace.case(workspace.load(SHIPPED), "primary")
    journey = Journey("transit", "2025-10-14T08:00", window=20, rides=2, walk=800, step_free=True)
    asked = answers.travel(case, *AT, journey=journey, minutes=[20, 40])
    assert told["parameters"]["step_free"] is True
    assert [row["people"] for row in told["reach"]] == pytest.approx(asked["reach"]["people"].tolist())
    assert "不走台阶、楼梯和扶梯" in told["method_zh"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["coverage", "--step-free"], "--mode"),
        (["coverage", "--mode", "transit", "--limit", "500"], "--minutes"),
        (["adequacy", "--mode", "transit"], "travel"),
        (["travel", *WHERE, "--departure", "half past seven"], "07:30"),
    ],
)
def test_what_does_not_go_with_a_mode_is_refused_in_words(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    service = [] if words[0] == "adequacy" else [*PLACE]
    try:
        code = cli.main([*words, *service])
    except SystemExit as left:
        code = int(left.code or 0)
    assert code == 2
    assert said in capsys.readouterr().err
