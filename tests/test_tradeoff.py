"""Two goals of siting: every plan of small towns by brute force, the laws of the curve, bounds that hold."""

import json
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cli
import layers.workspace
from geo import answers
from geo.errors import InfeasibleError, InputError
from geo.examples import town
from geo.siting import max_cover, p_median, tradeoff
from geo.siting.tradeoff import Front, cover_against_sites, cover_against_walk, knee
from tests.screen import charts, page, tables, texts

ROOT = Path(__file__).resolve().parent.parent
LIMIT, FAR = 400.0, 1500.0


@st.composite
def towns(draw):
    """Return distances [m] with gaps, people (some places empty), the sites that stand, and p."""
    n, m = draw(st.integers(1, 7)), draw(st.integers(2, 7))
    metres = draw(st.lists(st.integers(0, 1600), min_size=n * m, max_size=n * m))
    cost = pd.DataFrame(np.array(metres, float).reshape(n, m), columns=list("ABCDEFG"[:m]))
    cost = cost.mask(cost > 1550, np.inf)
    people = pd.Series(draw(st.lists(st.integers(0, 9), min_size=n, max_size=n)), dtype=float)
    people.iloc[0] = 5.0
    fixed = draw(st.integers(0, min(2, m - 1)))
    return cost, people, list(cost.columns[:fixed]), draw(st.integers(fixed + 1, m))


def plane(demand, candidates, seed):
    """Return distances [m] and people of a random town of 6 km by 6 km."""
    dice = np.random.default_rng(seed)
    cells, sites = dice.random((demand, 2)) * 6000, dice.random((candidates, 2)) * 6000
    metres = np.hypot(*(cells[:, None] - sites[None]).transpose(2, 0, 1))
    return pd.DataFrame(metres), pd.Series(dice.integers(1, 300, demand).astype(float))


def value(cost, people, sites, limit=LIMIT):
    """Return people covered and their mean walk, worked out from the table alone."""
    near = cost[list(sites)].min(axis=1).clip(upper=FAR)
    return float(people[near <= limit].sum()), float(people @ near) / float(people.sum())


def brute(cost, people, fixed, p, limit=LIMIT):
    """Return the plans that no other is better than, of all that there are."""
    free = [c for c in cost.columns if c not in fixed]
    points = {tuple(np.round(value(cost, people, [*fixed, *c], limit), 9)) for c in combinations(free, p - len(fixed))}
    return sorted((c, w) for c, w in points if not any(a >= c and b <= w and (a, b) != (c, w) for a, b in points))


def told(front: Front, name="walk_m"):
    return [(c, w) for c, w in zip(front.points["people"], front.points[name], strict=True)]


@settings(max_examples=60, deadline=None)
@given(towns())
def test_every_plan_of_a_small_town_is_found(town):
    cost, people, fixed, p = town
    front = cover_against_walk(cost, people, limit=LIMIT, far=FAR, p=p, fixed=fixed, steps=None)
    assert told(front) == [pytest.approx(point) for point in brute(cost, people, fixed, p)]
    assert front.every
    assert (front.points["status"] == "optimal").all()
    for _, row in front.points.iterrows():
        assert len(row["sites"]) == p - len(fixed)
        assert not set(row["sites"]) & set(fixed)
        assert value(cost, people, [*fixed, *row["sites"]]) == pytest.approx((row["people"], row["walk_m"]))


@settings(max_examples=40, deadline=None)
@given(towns(), st.integers(1, 6))
def test_levels_are_plans_of_the_whole_curve(town, steps):
    cost, people, fixed, p = town
    front = cover_against_walk(cost, people, limit=LIMIT, far=FAR, p=p, fixed=fixed, steps=steps)
    whole = brute(cost, people, fixed, p)
    assert len(front.points) <= steps + 1
    for point in told(front):
        assert any(point == pytest.approx(other) for other in whole)
    assert told(front)[0] == pytest.approx(whole[0])
    assert told(front)[-1] == pytest.approx(whole[-1])


@settings(max_examples=20, deadline=None)
@given(towns())
def test_each_number_of_sites_covers_what_brute_force_says(town):
    cost, people, fixed, _ = town
    front = cover_against_sites(cost, people, limit=LIMIT, most=len(cost.columns) - len(fixed), fixed=fixed)
    free = [c for c in cost.columns if c not in fixed]
    best, expected = -1.0, []
    for count in range(0 if fixed else 1, len(free) + 1):
        most = max(value(cost, people, [*fixed, *c])[0] for c in combinations(free, count))
        if most > best:
            expected.append((most, count))
            best = most
    assert told(front, "new_sites") == [pytest.approx(point) for point in expected]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_curve_of_a_large_table_keeps_the_laws(seed):
    cost, people = plane(240, 80, seed)
    front = cover_against_walk(cost, people, limit=LIMIT * 2, far=FAR * 4, p=6, fixed=[3], steps=12)
    points = front.points
    assert points["people"].is_monotonic_increasing
    assert points["people"].is_unique
    assert points["walk_m"].is_monotonic_increasing
    assert points["walk_m"].is_unique
    assert (points["bound"] <= points["walk_m"]).all()
    assert ((points["status"] == "optimal") == (points["gap"] == 0)).all()
    assert points["gap"].max() < 0.05
    walk = p_median(cost, people, p=6, fixed=[3])
    cover = max_cover(cost, people, limit=LIMIT * 2, p=6, fixed=[3])
    assert walk.status == cover.status == "optimal"
    assert points["walk_m"].iloc[0] == pytest.approx(walk.objective / people.sum())
    assert points["people"].iloc[-1] == front.most == cover.objective


def test_no_plan_lies_below_the_bound_of_exchanges_and_weights(monkeypatch):
    monkeypatch.setattr(tradeoff, "EXACT_ENTRIES", 0)  # as of a table too large for HiGHS
    cost, people = plane(60, 14, 5)
    front = cover_against_walk(cost, people, limit=LIMIT * 2, far=FAR, p=4, steps=10)
    whole = brute(cost, people, [], 4, LIMIT * 2)
    assert len(front.points) > 3
    assert len(whole) > 3
    for _, row in front.points[front.points["status"] == "optimal"].iterrows():
        assert any((row["people"], row["walk_m"]) == pytest.approx(point) for point in whole), "another plan betters it"
    assert (front.points["status"] == "optimal").sum() >= 2
    for cover, walk in whole:
        for _, row in front.points.iterrows():
            assert cover < row["people"] or walk >= row["bound"] * (1 - 1e-9)


def test_a_stopped_search_keeps_true_points():
    cost, people = plane(240, 80, 4)
    steps = []

    def stop(step):
        steps.append(step)
        return len(steps) < 3

    front = cover_against_walk(cost, people, limit=800.0, far=6000.0, p=6, steps=12, progress=stop)
    assert len(steps) == 3
    assert len(front.points) >= 1
    assert not front.every
    for _, row in front.points.iterrows():
        near = cost[row["sites"]].min(axis=1).clip(upper=6000.0)
        assert row["walk_m"] == pytest.approx(people @ near / people.sum())
        assert row["bound"] <= row["walk_m"]


def test_a_walk_farther_than_far_and_no_way_at_all_count_the_same():
    cost = pd.DataFrame({"A": [100.0, 9000.0], "B": [100.0, np.inf]})
    front = cover_against_walk(cost, pd.Series([3.0, 1.0]), limit=400, far=1000, p=1)
    assert front.points["walk_m"].tolist() == [325.0]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"far": 300.0}, "at least the limit"),
        ({"far": np.inf}, "at least the limit"),
        ({"steps": 0}, "whole number"),
        ({"steps": 1.5}, "whole number"),
        ({"p": 9}, "candidates"),
        ({"people": pd.Series([0.0, 0.0])}, "no people"),
        ({"people": pd.Series([-1.0, 2.0])}, "negative"),
    ],
)
def test_what_cannot_be_asked_is_refused(options, words):
    cost = pd.DataFrame({"A": [100.0, 900.0], "B": [900.0, 200.0]})
    given_ = {"people": pd.Series([3.0, 1.0]), "limit": 400, "far": 1000, "p": 1} | options
    with pytest.raises((InputError, InfeasibleError), match=words):
        cover_against_walk(cost, given_.pop("people"), **given_)


def test_every_plan_is_refused_where_the_table_is_too_large():
    cost, people = plane(240, 80, 1)
    with pytest.raises(InputError, match="give steps"):
        cover_against_walk(cost, people, limit=800, far=6000, p=3, steps=None)


@pytest.mark.parametrize(
    ("first", "second", "position"),
    [([0, 60, 70, 74], [0, 1, 2, 3], 1), ([1, 2], [1, 2], None), ([1, 2, 3], [1, 2, 3], None), ([], [], None),
     ([4, 5, 6], [100, 110, 200], 1), ([4, 4, 4], [1, 2, 3], None)],
)  # fmt: skip
def test_the_knee_is_the_point_farthest_from_the_line_between_the_ends(first, second, position):
    assert knee(first, second) == position


@pytest.mark.parametrize("against", ["walk", "sites"])
def test_the_answer_of_the_bundled_place_agrees_with_its_own_sites(against):
    case = layers.workspace.case(layers.workspace.load(ROOT / "data"), "primary", 2025)
    answer = answers.tradeoff(case, against=against, p=3, zones=["haiyang"])
    points, sites, cells = answer["points"], answer["sites"], answer["cells"]
    assert points["covered"].is_monotonic_increasing
    best = answers.locate(case, p=3, zones=["haiyang"])["summary"].iloc[0]
    assert points["covered"].iloc[-1] == pytest.approx(best["covered_after"])
    before = float(best["covered_before"])
    for _, row in points.iterrows():
        assert (sites["point"] == row["point"]).sum() == row["new_sites"]
        new = cells.loc[cells["point"] == row["point"], "pupils"].sum()
        assert before + new == pytest.approx(row["covered"])
        assert row["mean_walk_m"] <= answer["summary"]["walk_before_m"].iloc[0]
    assert points["knee"].sum() <= 1
    assert answer["summary"]["knee"].notna().any() == points["knee"].any()
    assert ("推荐" in answer["summary"]["words_zh"].iloc[0]) == points["knee"].any()


def test_the_shell_says_the_curve(capsys):
    assert (
        cli.main(["locate", "--tradeoff", "sites", "--p", "2", "--service", "primary", "--year", "2025", "--json"]) == 0
    )
    told_ = json.loads(capsys.readouterr().out)
    assert told_["parameters"]["against"] == "sites"
    assert [row["new_sites"] for row in told_["points"]] == [0, 1, 2]


def test_nothing_is_weighed_where_everyone_is_served():
    with pytest.raises(InfeasibleError, match="already"):
        answers.tradeoff(town(), limit=900, p=1, spacing=50)
    with pytest.raises(InputError, match="no trade-off"):
        answers.tradeoff(town(), against="price")


@pytest.mark.timeout(900)
@pytest.mark.parametrize("goals", ["walk", "sites"])
def test_the_page_draws_the_plan_that_is_picked_and_chooses_none(goals):
    app = page(panel="siting", siting_view="tradeoff", tradeoff_goals=goals, tradeoff_p=3, service="primary")
    next(b for b in app.button if b.label == "求权衡曲线").click().run()
    assert not app.exception
    assert not app.error
    points = app.session_state["tradeoff_found"][1]["points"]
    shown = [t for t in tables(app) if list(t.columns)[:1] == ["#"]]
    assert len(shown) == 1
    assert len(shown[0]) == len(points)
    assert app.session_state["tradeoff_point"] is None
    assert not any("take_all" in (b.key or "") for b in app.button)
    (drawn,) = charts(app)
    assert drawn.count('data-pick="plan:') == len(points)
    app.session_state["row_plan"] = "2"
    app.run()
    assert not app.exception
    assert "方案 2 的地点" in texts(app)
    app.button(key="take_all").click().run()
    assert not app.exception
    assert len(app.session_state["edits"][-1].objects) == points["new_sites"].iloc[1]
