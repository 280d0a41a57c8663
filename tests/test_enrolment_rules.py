"""Rules of a district: each outranks what stands below it, exactly."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString

from geo.assignment import assign
from geo.assignment.rules import assign_residents_first, assign_stages, without_crossings
from geo.errors import InputError

INF = np.inf


def frame(rows: list[list[float]]) -> pd.DataFrame:
    return pd.DataFrame(
        rows, index=[f"c{i}" for i in range(len(rows))], columns=[f"S{j}" for j in range(len(rows[0]))], dtype=float
    )


def test_residents_of_the_zone_keep_their_seats_even_if_another_stays_at_home():
    cost = frame([[300, 100], [50, INF]])  # c0 lives in A, where S0 is; c1 in B can reach S0 only
    pupils, seats = pd.Series([1, 1], cost.index), pd.Series([1, 1], cost.columns)
    zones = {"cell_zone": pd.Series({"c0": "A", "c1": "B"}), "school_zone": pd.Series({"S0": "A", "S1": "B"})}
    plain = assign(cost, pupils, seats)
    assert plain.unserved.sum() == 0
    ruled = assign_residents_first(cost, pupils, seats, **zones)
    assert ruled.flows.to_numpy().tolist() == [["c0", "S0", 1]]
    assert ruled.unserved.tolist() == [0, 1]


def test_residents_go_far_within_their_zone_before_near_outside():
    cost = frame([[9000, 10], [20, 30]])
    pupils, seats = pd.Series([1, 1], cost.index), pd.Series([1, 5], cost.columns)
    ruled = assign_residents_first(
        cost, pupils, seats, cell_zone=pd.Series({"c0": "A"}), school_zone=pd.Series({"S0": "A", "S1": "B"})
    )
    assert ruled.flows.to_numpy().tolist() == [["c0", "S0", 1], ["c1", "S1", 1]]


def test_siblings_go_to_one_campus_but_take_nobodys_seat():
    kinder = frame([[100, 900], [900, 100]])
    primary = frame([[400, 300], [100, 500]])
    pupils = {"kindergarten": pd.Series([5, 5], kinder.index), "primary": pd.Series([5, 5], kinder.index)}
    seats = {"kindergarten": pd.Series([5, 5], kinder.columns), "primary": pd.Series([9, 9], kinder.columns)}
    costs = {"primary": primary, "kindergarten": kinder}
    apart = assign_stages(costs, pupils, seats, limits={})
    assert apart["primary"].flows["facility_id"].tolist() == ["S1", "S0"]
    together = assign_stages(costs, pupils, seats, limits={}, siblings=True)
    assert list(together) == ["kindergarten", "primary"]
    assert together["primary"].flows["facility_id"].tolist() == ["S0", "S1"]
    assert together["primary"].objective == 5 * 400 + 5 * 500
    # With S1 out of the second cell's reach for primary, being seated comes first.
    costs["primary"] = frame([[400, 300], [100, INF]])
    seats["primary"] = pd.Series([5, 9], kinder.columns)
    pressed = assign_stages(costs, pupils, seats, limits={}, siblings=True)["primary"]
    assert pressed.unserved.sum() == 0
    assert pressed.flows["facility_id"].tolist() == ["S1", "S0"]


def test_all_rules_together_keep_their_rank():
    cost = frame([[500, 100, 200]])
    one = pd.Series([1], cost.index)
    seats = pd.Series([1, 1, 1], cost.columns)
    kinder = seats * [0, 1, 0]
    got = assign_stages(
        {"kindergarten": cost, "primary": cost},
        {"kindergarten": one, "primary": one},
        {"kindergarten": kinder, "primary": seats},
        limits={},
        siblings=True,
        cell_zone=pd.Series({"c0": "A"}),
        school_zone=pd.Series({"S0": "A", "S1": "B", "S2": "B"}),
    )
    assert got["kindergarten"].flows["facility_id"].tolist() == ["S1"]  # the only seat
    assert got["primary"].flows["facility_id"].tolist() == ["S0"]  # the zone outranks the sibling at S1


@given(st.integers(1, 10), st.integers(1, 6), st.sampled_from([0.5, 1.0, 2.0]), st.integers(0, 2**31))
@settings(max_examples=60, deadline=None)
def test_residents_first_is_the_two_pass_answer(n, m, slack, seed):
    rng = np.random.default_rng(seed)
    cost = frame(np.where(rng.random((n, m)) < 0.3, INF, rng.integers(0, 99, (n, m))).tolist())
    pupils = pd.Series(rng.integers(0, 6, n), cost.index)
    seats = pd.Series(rng.multinomial(int(pupils.sum() * slack), np.ones(m) / m), cost.columns)
    cell_zone = pd.Series(rng.integers(0, 3, n), cost.index)
    school_zone = pd.Series(rng.integers(0, 3, m), cost.columns)
    inside = cost.where(cell_zone.to_numpy()[:, None] == school_zone.to_numpy()[None, :], INF)
    most_at_home = assign(inside, pupils, seats).used.sum()
    got = assign_residents_first(cost, pupils, seats, cell_zone=cell_zone, school_zone=school_zone)
    own = got.flows["demand_id"].map(cell_zone).to_numpy() == got.flows["facility_id"].map(school_zone).to_numpy()
    assert got.flows.loc[own, "pupils"].sum() == most_at_home
    assert got.used.sum() <= assign(cost, pupils, seats).used.sum()
    assert got.used.sum() + got.unserved.sum() == pupils.sum()
    assert (got.used <= seats).all()


def test_refused_crossings_leave_the_network():
    links = gpd.GeoDataFrame(
        {"u": [1, 2, 3], "v": [2, 3, 4], "barrier": ["", "expressway", None]},
        geometry=[LineString([(0, 0), (1, 0)])] * 3,
        crs="EPSG:4548",
    )
    assert without_crossings(links)["u"].tolist() == [1, 3]
    assert without_crossings(links, ["railway"])["u"].tolist() == [1, 2, 3]
    assert without_crossings(links, ["expressway"])["u"].tolist() == [1, 3]
    with pytest.raises(InputError, match="barrier"):
        without_crossings(links.drop(columns="barrier"))
