"""The planner's questions on the bundled workspace: laws, and numbers worked out in another way."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from geo import answers
from geo.answers.known import no_data
from geo.case import facilities, people
from geo.errors import InputError
from geo.scenario import Added, Scenario, apply, compare
from geo.services import SERVICES
from layers import workspace
from layers.workspace import case

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def place():
    return workspace.load(ROOT / "data")


@pytest.mark.parametrize("year", [2020, 2025])
@pytest.mark.parametrize("service", SERVICES)
def test_on_foot_never_covers_more_than_by_radius(place, service, year):
    asked = case(place, service, year)
    table = answers.coverage(asked).tables["zones"]
    assert len(table) == 17
    if no_data(asked):  # a service of which nothing is known: no number, and never 0
        assert table[["covered_walk", "covered_radius"]].isna().all(axis=None)
        return
    assert (table["covered_walk"] <= table["covered_radius"] + 1e-9).all()
    assert (table["covered_radius"] <= table["people"] + 1e-9).all()
    np.testing.assert_allclose(table["radius_only"], table["covered_radius"] - table["covered_walk"], atol=1e-6)


def test_coverage_is_what_a_plain_count_says(place):
    answer = answers.coverage(case(place, "primary", 2025))
    cells, schools = place.cells, facilities(place, "primary", 2025)
    near = cells.geometry.apply(lambda p: schools.distance(p).min()) <= 500
    wanted = people(place, 2025)[near & cells["zone_id"].notna()].sum()
    assert answer.tables["total"]["covered_radius"].iloc[0] == pytest.approx(wanted)
    assert answer.parameters["limit_m"] == 500
    assert answer.basis == "assumed"
    assert set(answer.sources) <= set(place.sources)


def test_a_wider_limit_covers_more(place):
    shares = [
        answers.coverage(case(place, "primary", 2025), limit=m).tables["total"]["covered_walk"].iloc[0]
        for m in (0, 300, 500, 1000, 5000)
    ]
    assert shares == sorted(shares)
    assert shares[-1] > shares[1] > 0


def test_site_names_zone_and_sub_area(place):
    tables = answers.site(case(place, "primary", 2025), 117.66, 39.06).tables
    row = tables["place"].iloc[0]
    assert row["zone_zh"] == "海洋片区"
    assert row["sub_area_id"] == "haiyang-dong"
    nearest = tables["nearest"]
    assert (nearest["walk_m"] >= nearest["radius_m"] - 1e-6).all()
    gain = tables["gain"].iloc[0]
    assert 0 <= gain["pupils_new_walk"] <= gain["pupils_in_reach_walk"]
    assert gain["pupils_new_walk"] == pytest.approx(_pupils_gained(place), abs=1e-6)


def _pupils_gained(place):
    """The same number by adding the school and asking again."""
    added = Scenario("t", (Added("NEW1", "primary", 117.66, 39.06, 540),))
    before = answers.coverage(case(place, "primary", 2025)).tables["cells"]
    after = answers.coverage(case(apply(place, added), "primary", 2025)).tables["cells"]
    assert before["zone_id"].notna().all()
    return (after["pupils_walk"] - before["pupils_walk"]).sum()


def test_the_sea_answers_in_words(place):
    answer = answers.site(case(place, "primary", 2025), 117.95, 38.9)
    row = answer.tables["place"].iloc[0]
    assert not row["in_zone"]
    assert "Outside every zone" in row["text_en"]
    assert answer.tables["gain"]["pupils_new_walk"].iloc[0] == 0


@pytest.mark.parametrize(("lon", "lat"), [(float("nan"), 39), (117, 139), (534611, 4325000)])
def test_a_place_not_in_degrees(place, lon, lat):
    with pytest.raises(InputError, match="degrees"):
        answers.site(case(place, "primary", 2025), lon, lat)


@pytest.mark.parametrize("by", ["walk", "radius"])
def test_gain_at_a_node_is_what_a_school_there_would_cover(place, by):
    answer = answers.gain(case(place, "primary", 2025), by=by)
    best = answer.tables["top"].iloc[0]
    degrees = answer.tables["top"].geometry.to_crs("EPSG:4326").iloc[0]
    new = apply(place, Scenario("t", (Added("NEW1", "primary", degrees.x, degrees.y, 540),)))
    column = f"pupils_{by}"
    before = answers.coverage(case(place, "primary", 2025)).tables["total"][column].iloc[0]
    after = answers.coverage(case(new, "primary", 2025)).tables["total"][column].iloc[0]
    assert after - before == pytest.approx(best["gain"], abs=0.5)
    assert best["gain"] == answer.tables["nodes"]["gain"].max()


@pytest.mark.parametrize("method", ["e2sfca", "2sfca", "3sfca", "gravity"])
def test_people_times_access_is_the_seats_in_reach(place, method):
    answer = answers.access(case(place, "primary", 2025), method=method)
    cells = answer.tables["cells"]
    schools = facilities(place, "primary", 2025)
    served = place.network.pairs(case(place).snaps, schools, limit=answer.parameters["limit_m"]).frame()
    in_reach = served[served["source"].map(cells["demand"]) > 0]["target"].unique()
    assert (cells["access"] * cells["demand"]).sum() == pytest.approx(schools.loc[in_reach, "seats"].sum(), rel=1e-3)


def test_assignment_keeps_every_pupil_and_every_seat(place):
    tables = answers.assign(case(place, "primary", 2025)).tables
    schools, cells = tables["schools"], tables["cells"]
    assert (schools["used"] <= schools["seats"] + 1e-9).all()
    served = tables["flows"]["pupils"].sum()
    assert served + cells["unserved"].sum() == pytest.approx(cells["pupils"].sum())


@pytest.mark.parametrize(("year", "seats"), [(2020, (1260, 3000, 1350, 540)), (2025, (2790, 5400, 2970, 1350))])
def test_adequacy_holds_the_plan(place, year, seats):
    stages = answers.adequacy(case(place, year=year)).tables["stages"].set_index("stage")
    assert tuple(stages["seats"]) == seats
    if year == 2025:
        assert tuple(stages["target"]) == seats


def test_locate_keeps_its_promise(place):
    answer = answers.locate(case(place, "kindergarten", 2025), p=3, spacing=400)
    summary, sites = answer.tables["summary"].iloc[0], answer.tables["sites"]
    assert summary["status"] == "optimal"
    assert summary["covered_after"] - summary["covered_before"] == pytest.approx(summary["objective"], rel=1e-6)
    assert sites["pupils_new"].sum() == pytest.approx(summary["objective"], rel=1e-6)
    degrees = sites.geometry.to_crs("EPSG:4326")
    added = tuple(Added(str(i), "kindergarten", p.x, p.y, 360) for i, p in degrees.items())
    after = answers.coverage(case(apply(place, Scenario("t", added)), "kindergarten", 2025)).tables["total"]
    assert after["pupils_walk"].iloc[0] == pytest.approx(summary["covered_after"], abs=0.5)


def test_candidates_keep_their_distances_and_say_why_not(place):
    answer = answers.locate(case(place, "primary", 2025), p=1, spacing=300, min_metres=800)
    table = answer.tables["candidates"]
    out = table[table["reasons"] != ""]
    assert len(out) == answer.parameters["candidates_excluded"] > 0
    assert (out["reason_zh"] != "").all()
    railways = place.links[place.links["kind"] == "railway"]
    free = table[table["reasons"] == ""]
    schools = facilities(place, "primary", 2025)
    assert min(railways.distance(p).min() for p in free.geometry) >= 300
    assert min(schools.distance(p).min() for p in free.geometry) >= 800
    alone = answers.locate(case(place, "primary", 2025), p=1, spacing=300, zones=["jingjin"]).tables["sites"]
    assert alone["zone_id"].tolist() == ["jingjin"]


@pytest.mark.parametrize("p", [0, -1, 10**6])
def test_locate_refuses_absurd_p(place, p):
    with pytest.raises(InputError):
        answers.locate(case(place, "kindergarten", 2025), p=p, spacing=400)


def test_scenario_closes_resizes_and_leaves_the_base(place):
    base = answers.coverage(case(place, "primary", 2025))
    scenario = Scenario("less", closed=("S04",), resized={"S02": {"primary": 100}})
    other = apply(place, scenario)
    assert facilities(other, "primary", 2025)["seats"].sum() < facilities(place, "primary", 2025)["seats"].sum()
    assert facilities(place, "primary", 2025)["seats"].sum() == 5400
    change = compare(base.tables, answers.coverage(case(other, "primary", 2025)).tables)["total"]
    assert change["covered_walk"].iloc[0] <= 0
    assert Scenario.from_dict(scenario.as_dict()) == scenario
    with pytest.raises(InputError, match="not in the base"):
        apply(place, Scenario("x", closed=("S99",)))


def test_register_and_zone_card(place):
    register = answers.register(place)
    assert register.tables["targets"]["indicator_id"].nunique() >= 37
    assert len(register.tables["contradictions"])
    card = answers.zone_card(place, "huayuan")
    assert card.tables["card"]["people_2025"].iloc[0] > 0
    with pytest.raises(InputError, match="no zone"):
        answers.zone_card(place, "mars")
