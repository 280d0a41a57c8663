"""The rolling programme against every programme there is, on towns small enough to try them all."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

from geo.errors import InputError
from geo.network.pairs import Pairs
from geo.siting.programme import Terms, programme


def pairs_of(reach):
    points, sites = reach.shape
    rows, columns = np.nonzero(reach)
    indptr = np.r_[0, np.cumsum(np.bincount(rows, minlength=points))]
    return Pairs(pd.Index([f"p{i}" for i in range(points)]), pd.Index([f"s{j}" for j in range(sites)]), indptr, columns.astype(np.int32), np.zeros(len(rows)))  # fmt: skip


def seated(reach, pupils, seats):
    """Return the greatest number of pupils with a seat, by a linear programme of its own."""
    at = np.argwhere(reach)
    if not len(at):
        return 0.0
    rows = np.zeros((sum(reach.shape), len(at)))
    rows[at[:, 0], np.arange(len(at))] = 1
    rows[reach.shape[0] + at[:, 1], np.arange(len(at))] = 1
    return -linprog(-np.ones(len(at)), A_ub=rows, b_ub=np.r_[pupils, seats]).fun


def steps(years, most, lead):
    """Every way to grow by whole classes year by year."""
    for line in itertools.product(range(most + 1), repeat=years):
        if all(a <= b for a, b in itertools.pairwise(line)) and not any(line[: min(lead, years)]):
            yield np.array(line, float)


def openings(years, least, most, lead):
    yield np.zeros(years), np.zeros(years)
    for year in range(lead, years):
        for classes in range(least, most + 1):
            there = np.r_[np.zeros(year), np.ones(years - year)]
            yield there, there * classes


def paid(line, each, lead):
    """Return the money of each year of what grows by ``line``."""
    spent = np.zeros(len(line))
    for year, added in enumerate(np.diff(line, prepend=0.0)):
        for when in range(year - lead, year) if lead else [year]:
            if added:
                spent[when] += added * each / max(lead, 1)
    return spent


def best(reach, demand, seats, terms, closes, may_close):
    """Return the greatest pupil-years of all programmes."""
    years, old = len(terms.years), len(seats)
    known: dict[tuple[int, bytes], float] = {}

    def served(year, room):
        key = (year, room.tobytes())
        if key not in known:
            known[key] = seated(reach, demand[:, year], room)
        return known[key]

    ends = [[closes[j]] if j in closes else range(years + 1) if may_close else [years] for j in range(old)]
    shut = [[(t, np.r_[np.zeros(t), np.ones(years - t)]) for t in end] for end in ends]
    choices = []
    for there, classes in openings(years, *terms.classes, terms.build):
        money = paid(there, terms.fixed, terms.build) + paid(classes, terms.per_class, terms.build)
        choices.append((classes * terms.class_size, money + terms.upkeep * classes))
    kinds = [choices] * (reach.shape[1] - old)
    for j in range(old):
        mine = []
        for more in steps(years, terms.grow_by, terms.grow):
            for _, closed in shut[j]:
                if j not in closes and (more * closed).any():
                    continue  # nobody adds to a school and then chooses to close it
                money = paid(more, terms.per_grown, terms.grow) + terms.upkeep * more * (1 - closed)
                saved = 0 if j in closes else terms.upkeep * closed * seats[j] / terms.class_size
                mine.append(((seats[j] + more * terms.class_size * (seats[j] > 0)) * (1 - closed), money - saved))
        kinds.insert(j, mine)
    top, money = -1.0, terms.money
    for chosen in itertools.product(*kinds):
        spent = sum((m for _, m in chosen), np.zeros(years))
        late = np.cumsum(spent) - np.cumsum(money) if terms.carry else spent - money
        if (late <= 1e-9).all():
            room = np.array([r for r, _ in chosen])
            top = max(top, sum(served(t, room[:, t]) for t in range(years)))
    return top


def town(seed):
    rng = np.random.default_rng(seed)
    points, old, new, years = (
        int(rng.integers(2, 6)),
        int(rng.integers(0, 3)),
        int(rng.integers(1, 4)),
        int(rng.integers(2, 4)),
    )
    reach = rng.random((points, old + new)) < rng.choice([0.3, 0.6, 0.9])
    demand = np.cumsum(rng.integers(0, 40, (points, years)), axis=1).astype(float) + rng.choice([0, 0.25])
    seats = np.repeat(rng.integers(0, 80, (old, 1)), years, axis=1).astype(float)
    least = int(rng.integers(1, 3))
    terms = Terms(
        2021, 2020 + years, budget=tuple(rng.integers(0, 9, years).astype(float)), classes=(least, least + int(rng.integers(0, 2))), class_size=20,
        fixed=float(rng.integers(0, 5)), per_class=float(rng.integers(0, 3)), per_grown=float(rng.integers(0, 3)), grow_by=int(rng.integers(0, 3)),
        upkeep=float(rng.choice([0, 0, 1])), build=int(rng.integers(0, 3)), grow=int(rng.integers(0, 2)), carry=bool(rng.integers(0, 2)),
    )  # fmt: skip
    closes = {0: int(rng.integers(0, years))} if old and rng.random() < 0.3 else {}
    return reach, demand, seats, terms, closes, bool(rng.random() < 0.4)


def asked(reach, demand, seats, terms, closes, may_close):
    pairs, years = pairs_of(reach), list(terms.years)
    return programme(
        pairs, pd.DataFrame(demand, pairs.sources, years), terms,
        seats=pd.DataFrame(seats.reshape(len(seats), len(years)), pairs.targets[: len(seats)], years),
        closes={f"s{j}": terms.first + t for j, t in closes.items()}, may_close=may_close, time_limit=20,
    )  # fmt: skip


def checked(found, reach, demand, seats, terms, closes):
    """Count a programme anew from its printed schedule: money, classes, years, and whom it serves."""
    years, old = list(terms.years), len(seats)
    room, spent = np.zeros((reach.shape[1], len(years))), np.zeros(len(years))
    room[:old] = seats
    added = np.zeros_like(room)
    for row in found.schedule.itertuples():
        j, at = int(row.site[1:]), row.opens - terms.first
        lead = {"open": terms.build, "grow": terms.grow, "close": 0}[row.action]
        assert row.starts == row.opens - lead >= terms.first
        if row.action == "close":
            spent[at:] -= terms.upkeep * added[j, at:] / terms.class_size
            room[j, at:] = 0
            added[j, at:] = 0
            if j not in closes:
                spent[at:] -= terms.upkeep * seats[j, 0] / terms.class_size
            else:
                assert at == closes[j]
            continue
        assert (j >= old) == (row.action == "open")
        if row.action == "open":
            assert terms.classes[0] <= row.classes <= terms.classes[1]
            assert row.cost == pytest.approx(terms.fixed + terms.per_class * row.classes)
        assert row.seats == row.classes * terms.class_size
        added[j, at:] += row.seats
        spent[at:] += terms.upkeep * row.classes
        for when in range(at - lead, at) if lead else [at]:
            spent[when] += row.cost / max(lead, 1)
    assert found.schedule.loc[found.schedule["action"] == "open", "site"].is_unique
    for j in range(old):
        assert added[j].max(initial=0) <= terms.grow_by * terms.class_size
    assert found.years["spent"].to_numpy() == pytest.approx(spent)
    money = terms.money
    assert ((np.cumsum(spent) - np.cumsum(money) if terms.carry else spent - money) < 1e-6).all()
    served = [seated(reach, demand[:, t], (room + added)[:, t]) for t in range(len(years))]
    assert found.years["served"].to_numpy() == pytest.approx(served, abs=1e-5)
    assert found.objective == pytest.approx(sum(served), abs=1e-4)


@pytest.mark.parametrize("seed", range(40))
def test_no_programme_is_better(seed):
    given = town(seed)
    found = asked(*given)
    reach, demand, seats, terms, closes, _ = given
    checked(found, reach, demand, seats, terms, closes)
    assert found.objective == pytest.approx(best(*given), abs=1e-4)
    assert found.bound >= found.objective - 1e-6
    assert found.status == "optimal"


def test_years_are_not_symmetric_when_demand_rises():
    reach = np.array([[True, False], [False, True]])
    demand = np.array([[60.0, 60.0], [10.0, 100.0]])
    terms = Terms(
        2021, 2022, budget=(5.0,), classes=(1, 5), class_size=20, fixed=4, per_class=0.0, build=0, carry=False
    )
    found = asked(reach, demand, np.empty((0, 2)), terms, {}, False)
    assert found.schedule[["site", "opens"]].to_numpy().tolist() == [["s0", 2021], ["s1", 2022]]


def test_money_left_over_builds_nothing_that_serves_nobody():
    reach = np.array([[True, True]])
    terms = Terms(2021, 2021, budget=(1000.0,), classes=(1, 9), class_size=20, fixed=1, per_class=1, build=0)
    found = asked(reach, np.array([[50.0]]), np.empty((0, 1)), terms, {}, False)
    assert found.schedule["classes"].sum() == 3


def test_what_cannot_be_is_refused_by_name():
    with pytest.raises(InputError, match="2 budgets for 10 years"):
        Terms(budget=(1.0, 2.0))
    with pytest.raises(InputError, match="budget of 2022 is -1"):
        Terms(2021, 2022, budget=(1.0, -1.0))
    with pytest.raises(InputError, match="classes 12 to 6"):
        Terms(classes=(12, 6))
    pairs = pairs_of(np.array([[True]]))
    with pytest.raises(InputError, match=r"demand lacks the years \[2022\]"):
        programme(pairs, pd.DataFrame({2021: [1.0]}, pairs.sources), Terms(2021, 2022))
    with pytest.raises(InputError, match="demand of p0 in 2021 is -1"):
        programme(pairs, pd.DataFrame({2021: [-1.0]}, pairs.sources), Terms(2021, 2021))
