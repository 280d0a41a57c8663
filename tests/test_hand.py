"""What a monkey says of memory, without a page: flat, grown, or too short a hand to tell."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.monkey import EVERY, GROWN, LEAST, Hand
from tests.processes import made_mb

FLAT = [300.0, 340, 390, 420, 430, 421, 419, 420, 421, 422, 418, 423]
"""Grows while panels are opened for the first time, and stays."""


@pytest.mark.parametrize(
    ("looks", "grown"),
    [
        (FLAT, False),
        ([*FLAT[:-2], 900, 423], False),  # one look fell into a report being made
        ([100 + 50 * k for k in range(20)], True),
        ([400.0] * 15 + [500.0] * 5, True),
        ([500.0] * 15 + [400.0] * 5, False),
    ],
)
def test_memory_that_the_last_quarter_needs_more_of_is_said(looks, grown):
    for hand in (Hand(server=looks), Hand(heap=looks)):
        assert bool(hand.grown()) is grown, hand.growth()
        assert ("grown" in hand.wrong()) is grown
        assert all((times > GROWN) is grown for times in hand.growth().values()) and len(hand.growth()) == 1


def test_a_short_hand_says_nothing_of_memory_and_a_thousand_actions_do():
    short = Hand(heap=[1.0, 100.0], server=[1.0] * (LEAST - 1))
    assert short.growth() == {} and short.wrong() == {}
    assert 1000 // EVERY >= LEAST


MADE = """
import os, sys, time
mine = bytearray(os.urandom(1) * 60_000_000)
if os.fork() == 0:
    print("ready", flush=True)
    sys.stdin.read()
    os._exit(0)
sys.stdin.read()
os.wait()
"""


def test_what_a_process_shares_with_its_child_counts_once():
    with subprocess.Popen([sys.executable, "-c", MADE], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stdout.readline() == b"ready\n"
        assert 60 < made_mb(process.pid) < 110
        process.communicate()
    assert made_mb(process.pid) == 0
