"""The store of results: bounded, exact about what a result depends on, and one maker at a time."""

from __future__ import annotations

import pickle
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest

from geo import answers
from geo.case import Case
from geo.demand import DemandSettings
from geo.kept import Kept
from geo.scenario import Added, Scenario, apply
from geo.workspace import Workspace
from layers import workspace
from tests.need import ROOT


@pytest.fixture(scope="module")
def place() -> Workspace:
    return workspace.load(ROOT / "data")


def test_the_oldest_goes_first() -> None:
    kept, made = Kept(entries=3), []
    for name in ("a", "b", "c", "a", "d", "a", "b"):
        kept(name, make=lambda name=name: made.append(name) or name)
    assert made == ["a", "b", "c", "d", "b"]
    assert len(kept) == 3


def test_memory_is_bounded_and_the_newest_stays() -> None:
    kept = Kept(entries=100, size=10_000)
    for i in range(20):
        kept(i, make=lambda: pd.DataFrame({"x": np.zeros(500)}))
        assert kept.bytes <= 10_000
    assert len(kept) == 2
    kept("large", make=lambda: (np.zeros(10_000), {"y": np.zeros(10_000)}))
    assert len(kept) == 1 and kept.bytes == 160_000


def test_equal_frames_are_not_the_same_frame() -> None:
    kept, frame = Kept(), pd.DataFrame({"x": [1.0]})
    assert kept("sum", frame, make=lambda: 1) == 1
    assert kept("sum", frame.copy(), make=lambda: 2) == 2
    assert kept("sum", frame, make=lambda: 3) == 1
    assert kept("mean", frame, make=lambda: 4) == 4


def test_a_frame_that_died_lends_its_place_to_no_other() -> None:
    kept = Kept()
    seen = {kept("id", pd.DataFrame({"x": [float(i)]}), make=lambda i=i: i) for i in range(50)}
    assert seen == set(range(50))


def test_a_result_goes_with_what_it_was_made_from() -> None:
    kept, stays = Kept(), pd.DataFrame({"x": [1.0]})
    kept("large", stays, make=lambda: np.zeros(1000))
    for step in range(50):  # a plan that is changed: each step has frames of its own
        frame = pd.DataFrame({"x": [float(step)]})
        first = kept("large", stays, frame, make=lambda: np.zeros(1000))
        assert kept("large", stays, frame, make=lambda: np.ones(1000)) is first
        assert kept(("also", step), frame, ("a tuple",), make=lambda: np.zeros(1000)).sum() == 0
        assert (len(kept), kept.bytes) == (3, 24_000)
    del frame
    assert (len(kept), kept.bytes) == (1, 8000)
    assert not kept("large", stays, make=lambda: np.ones(1000)).any()


def test_frames_that_die_while_others_ask_leave_a_sound_store() -> None:
    kept = Kept(entries=20)

    def ask(thread: int) -> None:
        for step in range(200):
            frame = pd.DataFrame({"x": [float(step)]})
            mine = (thread, step)
            assert kept("mark", frame, make=lambda mine=mine: mine) == mine
            assert kept("mark", frame, make=lambda: None) in (mine, None)  # None where others have pushed it out

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(ask, range(8)))
    assert (len(kept), kept.bytes) == (0, 0)


def test_one_makes_and_the_others_wait() -> None:
    kept, made, gate = Kept(), [], threading.Barrier(8)

    def ask(_: int) -> int:
        gate.wait(60)
        return kept("slow", make=lambda: made.append(1) or sum(range(200_000)))

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(ask, range(8)))) == 1
    assert made == [1]


def test_what_failed_is_made_again() -> None:
    kept = Kept()

    def fail() -> int:
        raise ValueError

    for _ in range(2):
        with pytest.raises(ValueError):
            kept("x", make=fail)
    assert kept("x", make=lambda: 7) == 7


def test_a_store_travels_empty() -> None:
    kept = Kept(entries=5, size=99)
    kept("x", make=lambda: 1)
    other = pickle.loads(pickle.dumps(kept))
    assert (len(other), other.entries, other.size) == (0, 5, 99)


def test_many_limits_leave_a_bounded_store(place: Workspace) -> None:
    case = Case(place, "primary", 2025, keep=Kept(entries=12))
    for limit in range(500, 3500, 50):
        answers.assign(case, limit=float(limit))
    assert len(case.keep) == 12


def test_a_scenario_finds_again_what_it_did_not_touch(place: Workspace) -> None:
    kept = Kept()
    base = Case(place, "primary", 2025, keep=kept)
    answers.coverage(base)
    clinic = apply(place, Scenario("c", (Added("X1", "hospital", 117.66, 39.06, 100, 2025),)))
    before = len(kept)
    answers.coverage(base.under(clinic))
    assert len(kept) == before
    school = apply(place, Scenario("s", (Added("X2", "primary", 117.66, 39.06, 900, 2025),)))
    more = base.under(school)
    assert more.snaps is base.snaps and more.people is base.people
    assert more.nearest("walk") is not base.nearest("walk")
    assert (more.nearest("walk")["metres"] <= base.nearest("walk")["metres"]).all()


def test_another_demand_changes_pupils_and_nothing_else(place: Workspace) -> None:
    kept = Kept()
    base = Case(place, "primary", 2025, keep=kept)
    ratio = Case(place, "primary", 2025, DemandSettings(model="ratio"), kept)
    assert ratio.nearest("walk") is base.nearest("walk") and ratio.supply is base.supply
    assert ratio.pupils.sum() > base.pupils.sum() > 0
    changed = Case(place, "primary", 2025, DemandSettings(changes=(("share", "primary", None, 0.114),)), kept)
    np.testing.assert_allclose(changed.pupils, 2 * base.pupils)


def test_every_kept_result_equals_one_made_afresh(place: Workspace) -> None:
    """Asked in turn over services, years, scenarios and demands, a shared store gives what a new one gives."""
    kept = Kept(entries=24)
    places = [place, apply(place, Scenario("s", (Added("X2", "junior", 117.66, 39.06, 900, 2025),), closed=("S01",) if "S01" in place.schools.index else ()))]  # fmt: skip
    rng = np.random.default_rng(3)
    for _ in range(30):
        where = places[int(rng.integers(2))]
        key = ("primary", "junior", "hospital")[int(rng.integers(3))]
        year = int(rng.choice([2020, 2022, 2025, 2030]))
        demand = (DemandSettings(), DemandSettings(model="ratio"), DemandSettings(class_rule="gb50099"))[
            int(rng.integers(3))
        ]
        shared, fresh = (answers.coverage(Case(where, key, year, demand, k)).tables["zones"] for k in (kept, Kept()))
        pd.testing.assert_frame_equal(shared, fresh)
