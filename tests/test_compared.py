"""Plans beside each other, and years one after another: differences, named parameters, the model of growth."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from geo import answers
from geo.case import Case
from geo.crs import to_wgs84
from geo.errors import InputError
from geo.examples import CRS, at, town
from geo.scenario import Added, Closed, Growth, Housing, Resized, Scenario, apply
from layers import workspace
from tests.screen import DATA


def degrees(x: float, y: float) -> tuple[float, float]:
    point = to_wgs84(gpd.GeoSeries([at(x, y)], crs=CRS)).iloc[0]
    return point.x, point.y


BASE = town()
SCHOOL = Added("N01", "primary", *degrees(300, 300), 20, 2028)
HOMES = Housing("N02", [degrees(*xy) for xy in ((0, -60), (100, -60), (100, 40), (0, 40))], 100, 3.0, 2030)
PLAN = Scenario("north", objects=(SCHOOL, HOMES))


def test_each_is_told_less_the_first() -> None:
    other = BASE.under(apply(BASE.workspace, Scenario("north", (replace(SCHOOL, open_year=None),))))
    answer = answers.compared({"today": BASE, "north": other}, costs={"today": 0, "north": 3.5})
    zones = answer["zones"].set_index(["plan", "zone_id"])
    north = zones.loc[("north", "north")]
    assert north[["people", "covered", "seats", "unseated", "d_covered", "d_seats"]].tolist() == pytest.approx(
        [400, 400, 20, 0, 400, 20], abs=1e-6
    )
    assert north["mean_walk_m"] == pytest.approx(0, abs=0.02)
    assert north["d_mean_walk_m"] == pytest.approx(-800, abs=0.02)
    total = answer["total"].set_index("plan")
    assert total.loc["today", "mean_walk_m"] == pytest.approx((600 * 100 + 500 * 500 + 400 * 800) / 1500)
    assert total.loc["north", "d_cost"] == 3.5
    assert (total.loc["today", [c for c in total if c.startswith("d_")]] == 0).all()
    for column in ("people", "covered", "seats", "unseated"):
        tops = answer["zones"].query("level == 'zone'").groupby("plan", sort=False)[column].sum()
        pd.testing.assert_series_equal(tops, total[column].astype(float), check_names=False)


def test_gini_is_that_of_people_and_their_walk() -> None:
    from geo.equity import gini

    answer = answers.compared({"a": BASE, "b": BASE})
    each = np.repeat([100.0, 500.0, 800.0], [600, 500, 400])
    assert answer["total"]["gini"].iloc[0] == pytest.approx(gini(each))
    assert answer["parameters"].empty


def test_parameters_that_differ_are_named() -> None:
    later = Case(apply(BASE.workspace, PLAN, 2030), "primary", 2030, replace(BASE.demand, model="ratio"))
    answer = answers.compared({"2025": BASE, "2030": later})
    assert {"year", "scenario", "demand.model"} <= set(answer["parameters"]["parameter"])
    assert "参数不同" in answer.notes[0].zh
    assert any(note.en.startswith("2030: residents of 2030 are those of 2025") for note in answer.notes)
    assert answer["total"]["d_people"].iloc[1] == pytest.approx(300)


def test_a_closed_school_leaves_everybody_without_a_seat_and_a_way() -> None:
    none = BASE.under(apply(BASE.workspace, Scenario("none", closed=("S",))))
    total = answers.compared({"a": BASE, "none": none})["total"].iloc[1]
    assert total[["covered", "unseated", "seats", "no_way"]].tolist() == pytest.approx([0, 85.5, 0, 1500])
    assert np.isnan(total["mean_walk_m"])


def test_nothing_known_is_not_nothing_there() -> None:
    total = answers.compared({"a": BASE.of("junior"), "b": BASE.of("junior")}, limit=500)["total"].iloc[0]
    assert total[["covered", "unseated", "mean_walk_m", "gini", "seats", "no_way"]].isna().all()


@pytest.mark.parametrize(
    ("cases", "costs", "said"),
    [
        ({"a": BASE}, None, "2 to 4"),
        (dict.fromkeys("abcde", BASE), None, "2 to 4"),
        ({"a": BASE, "b": BASE.of("junior")}, None, "another service"),
        ({"a": BASE, "b": BASE}, {"c": 1.0}, "costs of plans"),
    ],
)
def test_what_cannot_be_compared_is_refused(cases, costs, said) -> None:
    with pytest.raises(InputError, match=said):
        answers.compared(cases, costs=costs)


def test_years_have_what_holds_by_then() -> None:
    answer = answers.series(BASE, PLAN)
    assert answer["series"]["year"].unique().tolist() == list(range(2025, 2036))
    total = answer["total"].set_index("year")
    assert total.loc[[2025, 2027, 2028, 2030, 2035], "seats"].tolist() == [540, 540, 560, 560, 560]
    np.testing.assert_allclose(total.loc[[2025, 2029, 2030, 2035], "people"], [1500, 1500, 1800, 1800])
    assert total.loc[[2025, 2028, 2030], "residents"].tolist() == ["data", "held", "held + scenario"]
    assert "residents held, with the scenario" in answer.notes[0].en
    assert any("with housing N02" in note.en for note in answer.notes)
    assert answer.scenario == "north"


def test_each_year_is_what_its_own_case_says() -> None:
    answer = answers.series(BASE, PLAN, years=(2026, 2030))
    for year, rows in answer["series"].groupby("year"):
        case = Case(apply(BASE.workspace, PLAN, year), "primary", year)
        told = answers.coverage(case)["zones"]
        np.testing.assert_allclose(rows["covered"], told["covered_walk"])
        np.testing.assert_allclose(rows["pupils"], told["pupils"])
        short = answers.adequacy(case)["stages"].set_index("stage")
        whole = short.loc["primary"]
        assert rows["seats"].sum() == whole["seats"]


def test_growth_is_by_the_model_that_is_named() -> None:
    held = answers.series(BASE, PLAN, years=(2025, 2035), growth="held")
    assert held["total"]["people"].tolist() == pytest.approx([1500, 1500])
    assert held["total"]["seats"].tolist() == [540, 560]
    totals = answers.series(BASE, PLAN, years=(2025, 2030, 2035), growth="totals", totals={2035: 3000})
    assert totals["total"]["people"].tolist() == pytest.approx([1500, 2250, 3000])
    assert totals["total"]["residents"].tolist() == ["data", "totals + scenario", "totals + scenario"]
    assert "totals given" in totals.notes[0].en
    assert BASE.people.sum() == 1500


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"growth": "wishes"}, "no model of growth"),
        ({"growth": "totals"}, "give the totals"),
        ({"growth": "totals", "totals": {2020: 5}}, "wrong: .2020."),
        ({"totals": {2035: 5}}, "totals go with"),
        ({"years": (2050,)}, "no population for 2050"),
    ],
)
def test_what_cannot_be_said_of_the_years_is_refused(told, said) -> None:
    with pytest.raises(InputError, match=said):
        answers.series(BASE, PLAN, **told)


def test_the_bundled_zone_over_the_years() -> None:
    place = workspace.load(DATA)
    case = workspace.case(place, "primary", 2025)
    plan = Scenario(
        "a",
        objects=(
            Growth("N01", "haiyang", "huayuan", 500, 2024),
            Resized(str(place.schools.index[0]), "primary", 0, 2030),
            Closed(str(place.schools.index[1]), 2031),
        ),
    )
    answer = answers.series(case, plan, years=(2020, 2022, 2025, 2031))
    total = answer["total"].set_index("year")
    plain = answers.series(case, years=(2020, 2022, 2025, 2031))["total"].set_index("year")
    np.testing.assert_allclose(total["people"], plain["people"])
    assert total["residents"].tolist() == ["data", "interpolated", "data + scenario", "held + scenario"]
    assert total.loc[2031, "seats"] <= plain.loc[2031, "seats"]
    table = answer["series"].query("year == 2025").set_index("zone_id")
    parts = table.query("parent_id == 'haiyang'")
    assert table.loc["haiyang", "shortage"] == pytest.approx(parts["shortage"].sum(), abs=1.0)
    assert len(answer["series"]) == 4 * len(place.zones)
