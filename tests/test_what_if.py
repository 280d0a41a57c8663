"""A school here: the warm answer is the one from scratch, and the right size is the smallest that helps all."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.assignment import assign
from geo.assignment.rules import assign_residents_first
from geo.assignment.what_if import what_if_school
from geo.errors import InputError

INF = np.inf


def frame(rows: list[list[float]]) -> pd.DataFrame:
    return pd.DataFrame(
        rows, index=[f"c{i}" for i in range(len(rows))], columns=[f"S{j}" for j in range(len(rows[0]))], dtype=float
    )


# A street: cells at 0, 1000 and 2000 m, one school of 40 seats at 0 m.
STREET = frame([[0.0], [1000.0], [2000.0]])
PUPILS = pd.Series([30, 30, 30], index=STREET.index)
SEATS = pd.Series([40], index=["S0"])


def test_a_school_at_the_far_end_seats_those_left_out():
    now = assign(STREET, PUPILS, SEATS)
    assert now.unserved.tolist() == [0, 20, 30]
    walk = pd.Series([2000.0, 1000.0, 0.0], index=STREET.index)
    got = what_if_school(now, walk, 45, class_size=45)
    assert (got.seated, got.used) == (45, 45)
    assert got.unserved.tolist() == [0, 5, 0]
    assert (got.right_seats, got.right_classes) == (50, 2)
    assert got.relieved.empty
    assert got.mean_after == pytest.approx((10 * 1000 + 15 * 1000) / 85)
    roomy = what_if_school(now, walk, 200, class_size=45)
    assert (roomy.seated, roomy.used) == (50, 50)
    assert roomy.unserved.sum() == 0


def test_with_everybody_seated_a_nearer_school_relieves_the_far_one():
    now = assign(STREET, PUPILS, pd.Series([100], index=["S0"]))
    got = what_if_school(now, pd.Series([2000.0, 900.0, 0.0], index=STREET.index), 45, class_size=45)
    assert (got.seated, got.right_seats, got.right_classes) == (0, 0, 0)
    assert got.relieved.to_dict() == {"S0": 45}
    assert got.mean_before == pytest.approx(1000)
    assert got.mean_after == pytest.approx((15 * 1000 + 15 * 900) / 90)


def test_a_school_nobody_can_reach_changes_nothing():
    now = assign(STREET, PUPILS, SEATS, limit=1500)
    got = what_if_school(now, pd.Series([INF, 1501.0, INF], index=STREET.index), 300)
    assert (got.seated, got.used, got.right_seats) == (0, 0, 0)
    assert np.isnan(got.right_classes)
    pd.testing.assert_frame_equal(got.flows, now.flows)
    none = what_if_school(now, pd.Series(0.0, index=STREET.index), 0)
    assert (none.seated, none.used, none.right_seats) == (0, 0, 50)


@pytest.mark.parametrize(
    ("walk", "seats", "name", "named"),
    [
        ([0.0, 0.0], 5, "new", "c2"),
        ([0.0, -1.0, 0.0], 5, "new", "c1"),
        ([0.0, np.nan, 0.0], 5, "new", "c1"),
        ([0.0, 0.0, 0.0], -5, "new", "-5"),
        ([0.0, 0.0, 0.0], np.nan, "new", "nan"),
        ([0.0, 0.0, 0.0], 5, "S0", "S0"),
    ],
)
def test_wrong_questions_are_refused(walk, seats, name, named):
    now = assign(STREET, PUPILS, SEATS)
    walks = pd.Series(walk, index=STREET.index[: len(walk)])
    with pytest.raises(InputError, match=named):
        what_if_school(now, walks, seats, facility_id=name)


def test_an_assignment_by_rules_is_refused():
    zone = pd.Series("z", index=STREET.index)
    ruled = assign_residents_first(STREET, PUPILS, SEATS, cell_zone=zone, school_zone=pd.Series(["z"], ["S0"]))
    with pytest.raises(InputError, match="rules"):
        what_if_school(ruled, pd.Series(0.0, index=STREET.index), 5)


@given(
    st.integers(1, 12),
    st.integers(1, 30),
    st.sampled_from([0.3, 0.9, 1.5]),
    st.sampled_from([0.0, 0.5]),
    st.sampled_from([INF, 30.0]),
    st.booleans(),
    st.integers(0, 2**31),
)
@settings(max_examples=120, deadline=None)
def test_the_warm_answer_is_the_one_from_scratch(n, m, slack, holes, limit, whole, seed):
    rng = np.random.default_rng(seed)
    table = rng.integers(0, 50, (n, m + 1)).astype(float)
    table[rng.random(table.shape) < holes] = INF
    full = frame(table.tolist())
    new = full.columns[-1]
    pupils = pd.Series(rng.integers(0, 9, n) if whole else np.round(rng.random(n) * 5, 2), index=full.index)
    seats = pd.Series(rng.multinomial(int(pupils.sum() * slack), np.ones(m) / m), index=full.columns[:-1])
    size = int(rng.integers(0, 20))
    now = assign(full.drop(columns=new), pupils, seats, limit=limit)
    got = what_if_school(now, full[new], size, facility_id=new)
    offered = pd.concat([seats, pd.Series({new: size})])
    scratch = assign(full, pupils, offered, limit=limit)
    assert got.seated == pytest.approx(scratch.used.sum() - now.used.sum(), abs=1e-9)
    assert got.unserved.sum() == pytest.approx(scratch.unserved.sum(), abs=1e-9)
    walks = [full.at[d, f] for d, f in zip(got.flows["demand_id"], got.flows["facility_id"], strict=True)]
    assert got.flows["pupils"] @ np.array(walks) == pytest.approx(scratch.objective, abs=1e-6)
    ample = assign(full, pupils, offered.where(offered.index != new, 10**6), limit=limit)
    assert got.right_seats == pytest.approx(ample.used.sum() - now.used.sum(), abs=1e-9)
    assert got.seated == pytest.approx(min(size, got.right_seats), abs=1e-9)
    moved = got.flows.groupby("facility_id")["pupils"].sum()
    assert (moved <= offered.reindex(moved.index)).all()


def test_a_walk_far_beyond_all_others_is_still_exact():
    now = assign(STREET, PUPILS, SEATS)
    got = what_if_school(now, pd.Series([1e7, 2e7, 3e7], index=STREET.index), 1000)
    assert got.seated == 50
    # The cheapest 50 to send: all 30 from c0 (+1e7 each) and 20 of c1, so that c1 and c2 fill the old school.
    assert got.mean_after * 90 == pytest.approx(30 * 1e7 + 20 * 2e7 + 10 * 1000 + 30 * 2000)
