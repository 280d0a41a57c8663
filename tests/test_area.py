"""A drawn area answers: sums that can be checked by hand, laws of parts and wholes, scenarios and years."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geo import answers
from geo.case import Case
from geo.crs import to_wgs84
from geo.errors import InputError
from geo.examples import CRS, at, town
from geo.measure import measured
from geo.scenario import Added, Housing, Scenario, apply
from layers import workspace
from tests.screen import DATA


def box(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    """Return a box in degrees, given in metres from node 1 of the town."""
    flat = shapely.box(*at(west, south).coords[0], *at(east, north).coords[0])
    return to_wgs84(gpd.GeoSeries([flat], crs=CRS)).iloc[0]


def test_all_of_the_town_is_all_people_and_half_of_a_square_is_half_of_them() -> None:
    case = town()
    side = case.workspace.cell_metres
    whole = answers.area(case, box(-1000, -1000, 2000, 2000))
    assert whole["area"]["people"].iloc[0] == pytest.approx(1500)
    assert whole["stages"].loc["primary", "pupils"] == pytest.approx(85.5)
    assert whole["stages"].loc["primary", ["schools", "seats", "missing"]].tolist() == [1, 540, 0]
    half = answers.area(case, box(100 - side, -side, 100, side))
    assert half["area"]["people"].iloc[0] == pytest.approx(300, rel=1e-4)
    assert whole.basis == "assumed"
    assert "by the share of their square" in whole.notes[0].en


def test_two_parts_are_the_whole() -> None:
    place = workspace.load(DATA)
    case = workspace.case(place, "primary", 2030)
    west, south, east, north = to_wgs84(
        gpd.GeoSeries([shapely.box(*place.zones.total_bounds)], crs=place.crs)
    ).total_bounds
    middle = (west + east) / 2
    parts = [
        answers.area(case, shapely.box(a, south, b, north)) for a, b in ((west, middle), (middle, east), (west, east))
    ]
    left, right, whole = (
        (p["area"]["people"].iloc[0], *p["stages"][["pupils", "schools"]].sum(), p["standards"]["needed"].sum())
        for p in parts
    )
    np.testing.assert_allclose(np.add(left, right), whole, rtol=1e-9)
    assert whole[0] == pytest.approx(float(case.people.sum()), rel=0.01)
    assert "2030" in str(parts[2].stamp)
    assert set(parts[2]["standards"]["asks"]) == {"distance", "seats per 1000"}


def test_what_is_missing_is_named_by_standard() -> None:
    answer = answers.area(town(), box(-1000, -1000, 2000, 2000))
    rows = answer["standards"].set_index(["service", "asks"])
    walk = rows.loc[("primary", "distance")]
    assert (walk["needed"], walk["there"], walk["missing"]) == pytest.approx((85.5, 62.7, 22.8))
    assert walk["limit_m"] == 500
    per = rows.loc[("junior", "seats per 1000")]
    assert per["needed"] == pytest.approx(1.5 * 48)
    assert np.isnan(per["missing"])  # nothing is known of junior schools: not known, not 72 missing
    assert any("no distance measured" in note.en for note in answer.notes)


def test_a_scenario_and_its_year_answer_too() -> None:
    school = to_wgs84(gpd.GeoSeries([at(300, 300)], crs=CRS)).iloc[0]
    homes = list(box(250, 250, 350, 350).exterior.coords)
    plan = Scenario(
        "a", objects=(Added("N01", "primary", school.x, school.y, 100, 2028), Housing("N02", homes, 100, 3.0, 2030))
    )
    ground = box(200, 200, 400, 400)

    def told(year: int) -> list[float]:
        answer = answers.area(Case(apply(town().workspace, plan, year), "primary", year), ground)
        return [*answer["stages"].loc["primary", ["schools", "seats"]], round(answer["area"]["people"].iloc[0])]

    before, school_there, homes_there = told(2027), told(2028), told(2030)
    assert (before[:2], school_there[:2]) == ([0, 0], [1, 100])
    assert before[2] == school_there[2]
    assert homes_there[2] == pytest.approx(before[2] + 300, rel=0.02)


def test_an_own_distance_measures_every_service() -> None:
    case = town()
    other = Case(measured(case.workspace, metres=600), "primary", 2025)
    answer = answers.area(other, box(-1000, -1000, 2000, 2000))
    assert (answer["standards"].query("asks == 'distance'")["limit_m"] == 600).all()


@pytest.mark.parametrize(
    "polygon",
    [
        [(117, 39)],
        [(0, 0), (1, 1), (1, 0), (0, 1)],
        [(117, 39), (117, 39), (117, 39), (117, 39)],
        shapely.Point(117, 39),
        [(0, 0), (400, 0), (0, 90)],
    ],
)
def test_what_is_no_area_is_refused(polygon) -> None:
    with pytest.raises(InputError, match="draw an area"):
        answers.area(town(), polygon)


def test_an_area_beside_everything_is_refused_in_words() -> None:
    with pytest.raises(InputError, match="no cells of people and no facilities"):
        answers.area(town(), box(9000, 9000, 9100, 9100))
