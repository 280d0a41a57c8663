"""The core of what is uncertain: laws, streams, totals that are kept, and the plain answer where everything is known."""

from __future__ import annotations

import dataclasses

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from geo import scenario
from geo.case import Case
from geo.crs import to_wgs84
from geo.demand import DemandSettings
from geo.errors import InputError
from geo.examples import CRS, at, homes, streets, town, zones
from geo.network import Network
from geo.uncertainty import LAWS, RANGES, Uncertain, Uncertainties, accuracy, blocks, mixed, worlds
from geo.uncertainty.draws import sums, zone_codes
from geo.uncertainty.uncertain import CE90, CLASSES, EVERYBODY, FACTOR
from tests.simulated import towns
from tests.test_entrances import parked


def exact(case: Case, *but: str) -> Uncertainties:
    table = Uncertainties.of(case)
    for row in table:
        if row.key not in but:
            table = table.known(row.key)
    return table


def schools(*xy: tuple[float, float], **columns: object) -> gpd.GeoDataFrame:
    """Return primary schools, given in metres from node 1, of the columns that are told."""
    names = [f"S{k}" for k in range(len(xy))]
    return gpd.GeoDataFrame({"seats": 540.0, **columns}, geometry=[at(*one) for one in xy], index=names, crs=CRS)


def case_of(facilities: gpd.GeoDataFrame, **more: object) -> Case:
    return Case.from_frames(facilities=facilities, people=homes(), links=streets(), zones=zones(), limit=500, **more)


LOW, HIGH = 0.8, 1.4
MIDDLES = {"normal": 1.1, "lognormal": (LOW * HIGH) ** 0.5, "uniform": 1.1, "triangular": 1.1}


@pytest.mark.parametrize("law", MIDDLES)
def test_a_law_has_the_quantiles_that_its_range_says(law):
    row = Uncertain("x", "甲", "x", law, LOW, HIGH, FACTOR, "assumed")
    ends = [0.05, 0.95] if law in ("normal", "lognormal") else [0.0, 1.0]
    assert row.factors(np.array([*ends, 0.5])) == pytest.approx([LOW, HIGH, MIDDLES[law]])
    chance = np.linspace(0, 1, 999)[1:-1]
    drawn = row.factors(chance)
    assert (np.diff(drawn) > 0).all()
    known = {"uniform": chance, "triangular": np.where(chance < 0.5, 2 * chance**2, 1 - 2 * (1 - chance) ** 2)}
    if law in known:  # the law's own distribution function, at what was drawn
        wanted = (drawn - LOW) / (HIGH - LOW)
        below = wanted if law == "uniform" else np.where(wanted < 0.5, 2 * wanted**2, 1 - 2 * (1 - wanted) ** 2)
        assert below == pytest.approx(chance)


def test_a_normal_factor_is_never_negative_and_a_known_one_stands_at_its_centre():
    wide = Uncertain("x", "甲", "x", "normal", 0.0, 2.0, FACTOR, "assumed")
    assert wide.factors(np.array([1e-6]))[0] == 0.0
    for row in (dataclasses.replace(wide, law="fixed"), dataclasses.replace(wide, used=False)):
        assert row.factors(np.array([0.1, 0.9])).tolist() == [1.0, 1.0]
    classes = Uncertain("seats:unknown", "甲", "x", "fixed", 18, 36, CLASSES, "assumed")
    assert classes.factors(np.array([0.1])).tolist() == [27.0]
    assert set(LAWS) == {"fixed", *MIDDLES}


def test_a_weaker_basis_is_never_the_surer_one():
    for key, by in RANGES.items():
        assert list(by) == ["measured", "sourced", "derived", "estimated", "assumed"], key
        assert list(by.values()) == sorted(by.values()), key
    sure, unsure = (case_of(schools((0, 0), basis=basis)) for basis in ("measured", "assumed"))
    assert accuracy(sure.supply).tolist() == [5.0]
    assert accuracy(unsure.supply).tolist() == [1500.0]


@pytest.mark.parametrize("by", ["walk", "radius"])
def test_where_everything_is_known_it_is_as_far_as_the_plain_answer_says(by):
    for one in towns(2, seed=7):
        case = one.written
        metres = case.nearest(by)["metres"].to_numpy()
        block = next(blocks(case, exact(case), count=2, by=by, limit=800))
        for drawn in block.reach.nearest:
            assert np.isinf(drawn[metres > 800]).all()
            assert drawn[metres <= 800] == pytest.approx(metres[metres <= 800], rel=1e-6)
        codes = zone_codes(case)
        assert block.covered[0] == pytest.approx(sums(np.where(metres <= 800, case.pupils, 0.0)[None], codes)[0])


def test_a_limit_that_is_met_to_the_metre_is_met():
    case = town()  # b walks 500 m, the very limit
    assert next(blocks(case, exact(case), count=1, limit=500)).reach.served(np.array([500.0])).tolist() == [[True, True, False]]  # fmt: skip


@pytest.mark.parametrize("by", ["walk", "radius"])
def test_a_place_with_two_gates_is_one_place_and_its_gates_are_off_together(by):
    case = parked()
    plain = case.nearest(by)["metres"].to_numpy()
    sure = next(blocks(case, exact(case), count=1, by=by, limit=700))
    assert sure.reach.nearest[0] == pytest.approx(plain, rel=1e-5)
    cell, facility, metres = sure.reach.pairs(0)
    assert (cell.tolist(), set(facility.tolist())) == ([0, 1, 2], {0})
    assert metres == pytest.approx(plain)
    gates = case.doors.geometry
    apart = gates.iloc[0].distance(gates.iloc[1])
    for row in range(3):
        block = next(blocks(case, exact(case, "position:facilities"), count=5, by="radius", limit=5000))
        draw, owner, _, far = (part[block.reach.moved[2] == row] for part in block.reach.moved)
        assert set(owner.tolist()) == {0}
        for one in range(5):
            both = far[draw == one]
            assert len(both) == 2
            assert abs(both[0] - both[1]) <= apart + 1e-6  # as for any place that is moved with both its gates


def test_streets_of_one_way_are_walked_the_way_the_plain_answer_walks_them():
    case = town()
    place = case.workspace
    network = Network.from_links(place.streets.assign(oneway=[-1, "true", "true"]), directed=True)
    oneway = case.under(dataclasses.replace(place, network=network))
    plain = oneway.nearest("walk")["metres"].to_numpy()
    assert plain.tolist() != case.nearest("walk")["metres"].tolist()
    drawn = next(blocks(oneway, exact(oneway), count=1, limit=2000)).reach.nearest[0]
    np.testing.assert_allclose(drawn, plain, rtol=1e-6)


@pytest.mark.parametrize("model", ["share", "ratio", "cohorts"])
@pytest.mark.parametrize("year", [2025, 2031])
def test_pupils_of_every_model_are_those_of_the_plain_answer(model, year):
    for stage in ("kindergarten", "primary"):
        case = dataclasses.replace(town(stage), year=year, demand=DemandSettings(model=model))
        known = next(blocks(case, exact(case), count=2, limit=500))
        np.testing.assert_allclose(known.weight, np.tile(case.pupils, (2, 1)))
        for row in Uncertainties.of(case):  # each number behind the pupils makes them vary by itself
            if row.key.partition(":")[0] in ("share", "ratio_low", "births", "age_share", "enrolment", "people"):
                table = exact(case, row.key)
                assert next(blocks(case, table, count=30, limit=500)).weight.std(axis=0).max() > 0, row.key


def test_everybody_at_school_can_only_be_a_little_fewer():
    case = town()
    drawn = next(blocks(case, exact(case, "enrolment:primary"), count=200)).demand.sum(axis=1) / case.pupils.sum()
    assert EVERYBODY <= drawn.min() < drawn.max() <= 1.0


def test_pupils_of_new_housing_come_in_every_draw_and_no_twice():
    b = to_wgs84(homes()).geometry["b"]
    plain = dataclasses.replace(town(), demand=DemandSettings(housing=((b.x, b.y, 500.0, 2024),)))
    extra = plain.pupils - town().pupils
    assert extra["b"] > 50
    for table in (exact(plain), Uncertainties.of(plain)):
        more = next(blocks(plain, table, count=40))
        less = next(blocks(town(), table, count=40))
        np.testing.assert_allclose(more.weight - less.weight, np.tile(extra, (40, 1)), atol=1e-9)
        np.testing.assert_allclose((more.demand - less.demand).sum(axis=1), extra.sum())
        cells = (more.weight * more.reach.served(more.limit)).sum(axis=1)
        np.testing.assert_allclose(more.covered.sum(axis=1), cells)


def test_who_is_covered_zone_by_zone_is_who_is_covered_cell_by_cell():
    case = next(iter(towns(1, seed=3))).written
    first, second, alone = next(mixed(case, Uncertainties.of(case), ["people:zones", "position:schools"], count=60))
    for block in (first, second, *alone.values()):
        cells = block.weight * block.reach.served(block.limit)
        np.testing.assert_allclose(block.covered, sums(cells, zone_codes(case)))
        np.testing.assert_allclose(block.demand, sums(block.weight, zone_codes(case)))


def test_residents_are_spread_anew_and_stay_as_many():
    case = next(iter(towns(1, seed=4))).written
    codes, there = zone_codes(case), case.people.to_numpy()
    cells = next(blocks(case, exact(case, "people:cells"), count=80))
    np.testing.assert_allclose(sums(cells.spread, codes), np.tile(sums(there[None], codes), (80, 1)))
    assert (cells.spread.std(axis=0) > 0).all()
    parts = next(blocks(case, exact(case, "people:zones"), count=80)).demand
    np.testing.assert_allclose(parts.sum(axis=1), case.pupils.sum())
    assert (parts.std(axis=0) > 0).all()
    whole = next(blocks(case, exact(case, "people:total"), count=80)).demand
    shares = whole / whole.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(shares, np.tile(shares[0], (80, 1)))


def test_each_input_is_drawn_of_its_own_stream():
    case = next(iter(towns(1, seed=5))).written
    table = Uncertainties.of(case)
    plain = worlds(case, table, count=30)
    for row in table:
        other = worlds(case, table, count=30, other=[row.key])
        fixed = worlds(case, table.known(row.key), count=30)
        for changed in (other, fixed):
            same = (np.array_equal(changed.limit, plain.limit), np.array_equal(changed.served, plain.served), np.array_equal(changed.weight, plain.weight))  # fmt: skip
            stem = row.key.partition(":")[0]
            if stem == "position":
                assert same == (True, False, True)
            elif stem == "streets":
                assert same == (False, False, True)
            elif stem in ("people", "share", "enrolment"):
                assert same == (True, True, False)
            else:
                assert same == (True, True, True), row.key  # seats cover nobody
    assert not np.array_equal(worlds(case, table, count=30, seed=2).weight, plain.weight)


def test_one_school_alone_is_drawn_of_the_other_stream():
    case = case_of(schools((0, 0), (400, 300), accuracy_m=[100.0, 100.0]))
    first = next(blocks(case, count=20, by="radius", limit=5000))
    second = next(blocks(case, count=20, by="radius", limit=5000, other=["position:schools/S1"]))
    for draw in range(20):
        (_, whose, metres), (_, again, other) = first.reach.pairs(draw), second.reach.pairs(draw)
        assert whose.tolist() == again.tolist()
        np.testing.assert_array_equal(metres[whose == 0], other[whose == 0])
        assert (metres[whose == 1] != other[whose == 1]).all()


def test_a_school_of_a_plan_stands_where_it_is_drawn_and_moves_no_other():
    case = case_of(schools((0, 0), accuracy_m=200.0))
    c = to_wgs84(homes()).geometry["c"]
    plan = scenario.Scenario("new", added=(scenario.Added("NEW", "primary", c.x, c.y, 360),))
    under = case.under(scenario.apply(case.workspace, plan))
    assert accuracy(under.supply).to_dict() == {"S0": 200.0, "NEW": 0.0}
    before, after = (next(blocks(one, count=30, by="radius", limit=5000)) for one in (case, under))
    for draw in range(30):
        cell, facility, metres = after.reach.pairs(draw)
        new = under.supply.index.get_loc("NEW")
        np.testing.assert_allclose(metres[facility == new], homes().distance(homes().geometry["c"]), atol=0.05)
        np.testing.assert_array_equal(metres[facility != new], before.reach.pairs(draw)[2])
        assert cell.tolist() == [0, 0, 1, 1, 2, 2]


def test_places_are_off_as_far_as_their_rows_say_each_by_itself():
    case = case_of(schools((0, 0), (0, 0), (0, 0), accuracy_m=[0.0, 100.0, np.nan], basis=["assumed", "assumed", "derived"]))  # fmt: skip
    assert accuracy(case.supply).tolist() == [0.0, 100.0, 100.0]
    far = {0: [], 1: [], 2: []}
    people = gpd.GeoDataFrame({"people": [10]}, geometry=[at(0, 0)], index=["h"], crs=CRS)
    case = Case.from_frames(facilities=case.supply.assign(seats=1.0), people=people, links=streets(), limit=500)
    for block in blocks(case, count=1500, by="radius", limit=5000):
        for draw in range(len(block.limit)):
            _, facility, metres = block.reach.pairs(draw)
            for one, away in zip(facility, metres, strict=True):
                far[int(one)].append(away)
    assert max(far[0]) == 0.0
    for one in (1, 2):  # the radius of 100 m holds nine of ten
        assert np.mean(np.array(far[one]) <= 100) == pytest.approx(0.9, abs=0.025)
        assert np.mean(np.array(far[one]) <= 100 / CE90) == pytest.approx(1 - np.exp(-0.5), abs=0.04)
    assert abs(np.corrcoef(far[1], far[2])[0, 1]) < 0.08


def test_ways_are_longer_and_only_of_who_walks():
    case = town()
    table = exact(case, "streets:length")
    walked, straight = (next(blocks(case, table, count=400, by=by)) for by in ("walk", "radius"))
    np.testing.assert_allclose(walked.limit * walked.stretch, 500.0)
    assert (straight.limit == 500.0).all()
    far = 1 + RANGES["streets:length"]["assumed"]
    assert np.quantile(walked.stretch, [0.05, 0.95]) == pytest.approx([1 / far, far], rel=0.02)


def test_accuracies_of_own_frames_are_kept_and_wrong_ones_are_named():
    assert case_of(schools((0, 0), accuracy_m=[250])).supply["accuracy_m"].tolist() == [250.0]
    assert np.isnan(case_of(schools((0, 0))).supply["accuracy_m"].iloc[0])
    with pytest.raises(InputError) as caught:
        case_of(schools((0, 0), (400, 0), accuracy_m=[10, -5]))
    (found,) = caught.value.findings
    assert (found.file, found.field) == ("facilities", "accuracy_m")
    assert "不小于 0" in found.text_zh
    assert "at least 0" in found.text_en


def test_a_layer_that_says_no_accuracy_goes_by_its_bases():
    case = town()
    bare = case.workspace.schools.drop(columns="accuracy_m")
    under = case.under(dataclasses.replace(case.workspace, schools=bare))
    assert accuracy(under.supply).tolist() == [1500.0]


def told(ranges: object) -> Uncertainties:
    place = town().workspace
    return Uncertainties.of(town().under(dataclasses.replace(place, parameters={**place.parameters, "uncertainty": ranges})))  # fmt: skip


@pytest.mark.parametrize(
    ("ranges", "zh", "en"),
    [
        ({"people:total": {"low": 1.2, "high": 0.8}}, "下限 1.2 大于上限 0.8", "1.2 is above the high one 0.8"),
        ({"people:total": {"low": -1, "high": 0.8}}, "须为不小于 0 的数", "a number of at least 0"),
        ({"people:total": {"low": float("nan"), "high": 1.0}}, "须为不小于 0 的数", "a number of at least 0"),
        ({"people:total": {"law": "gamma"}}, "“gamma”须为", "must be one of fixed, normal"),
        ({"position:schools": {"law": "uniform"}}, "位置“position:schools”的误差只能为", "errors of a position are normal or fixed"),
        ({"people:total": 0.2}, "须写成 { low = 0.9, high = 1.1 }", "= { low = 0.9, high = 1.1 }"),
        ({"people:total": {"low": "0.9", "high": 1.1}}, "须为不小于 0 的数", "a number of at least 0"),
        ({"people:total": {"low": True, "high": 1.1}}, "须为不小于 0 的数", "a number of at least 0"),
        ({"people:total": {"used": "no"}}, "须为 true 或 false", "must be true or false"),
        ({"people:total": {"min": 0.2}}, "不认识“min”", "'min' is not known"),
        ({"share:college": {"low": 0.9, "high": 1.1}}, "不是不确定项", "is nothing uncertain"),
        (3, "须为表", "must be a table"),
        ([{"people:total": 1}], "须为表", "must be a table"),
    ],
)  # fmt: skip
def test_ranges_of_a_workspace_that_cannot_be_are_refused_in_words(ranges, zh, en):
    with pytest.raises(InputError) as caught:
        told(ranges)
    assert zh in caught.value.text.zh
    assert en in caught.value.text.en


def test_ranges_of_questions_that_are_not_asked_here_are_passed_over():
    table = told({"births": {"low": 0.9, "high": 1.1}, "share:junior": {"low": 0.5, "high": 2.0}, "streets:length": {"law": "fixed"}})  # fmt: skip
    assert table.at("streets:length").known
    assert table.at("streets:length").range_from == "workspace"
    assert not table.has("births")
    assert {row.range_from for row in table if row.key != "streets:length"} == {"basis", "accuracy"}


def test_a_table_written_as_a_file_comes_back(tmp_path):
    table = Uncertainties.of(town()).changed("people:total", low=0.9, high=1.2, law="triangular", used=False)
    table.table().to_csv(tmp_path / "t.csv", index=False)
    assert Uncertainties.read(pd.read_csv(tmp_path / "t.csv")) == table
    with pytest.raises(InputError, match="lacks columns"):
        Uncertainties.read(table.table().drop(columns=["law"]))
    with pytest.raises(InputError, match=r"row 2.*basis must be one of"):
        Uncertainties.read(table.table().assign(basis=["assumed", "guess", *["assumed"] * (len(table.rows) - 2)]))


@pytest.mark.parametrize("count", [0, -3])
def test_no_draw_at_all_is_refused(count):
    with pytest.raises(InputError, match="draw at least once"):
        list(blocks(town(), count=count))
    with pytest.raises(InputError, match="nothing uncertain is called"):
        worlds(town(), count=5, other=["moon"])


def test_towns_of_nothing_are_drawn_too():
    nobody = homes().assign(people=0)
    none = schools()
    for people, facilities in ((nobody, schools((0, 0))), (homes(), none), (nobody, none)):
        case = Case.from_frames(facilities=facilities, people=people, links=streets(), zones=zones(), limit=500)
        block = next(blocks(case, count=5))
        assert np.isfinite(block.demand).all()
        assert np.isfinite(block.covered).all()
        assert (block.covered <= block.demand + 1e-9).all()
        assert block.seats.shape == (5, len(facilities))
