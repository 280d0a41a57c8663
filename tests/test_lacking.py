"""Zones, sub-areas and blocks of a living circle, worked out with a pencil on the town on paper, and by sampling on the bundled place."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

import cli
from geo import answers
from geo.answers.lacking import BLOCK_M, ground
from geo.case import Case
from geo.coverage import area_within, land_of
from geo.errors import InputError
from geo.examples import at, zones
from layers import exports, workspace
from tests.test_circles import paper, park_at

BUNDLED = Path(__file__).resolve().parents[1] / "data"


@pytest.fixture(scope="module")
def case() -> Case:
    return workspace.case(workspace.load(BUNDLED), "primary", 2025)


def corner(x: float, y: float) -> tuple[float, float]:
    point = at(x, y)
    return point.x, point.y


def with_park() -> Case:
    """Return the town with a school of 500 m (10 min) at (0, 0) and a park of 300 m (5 min) at home c, (300, 300)."""
    return park_at(paper(), "c")


# On foot, a is 100 m from the school and 700 m from the park, b 500 m and 300 m, c 800 m and 0 m. So a (600 people) lacks the
# park, c (400 people) the school, b (500 people, at exactly both limits) nothing.
def test_people_by_pencil() -> None:
    told = answers.circles(with_park(), by="zone")["ranked"]
    assert told.index.tolist() == ["north", "south"]  # c lacks 1.0 a resident; the south 600 × 1 ÷ 1100 = 0.55
    assert told["lacks_mean"].tolist() == pytest.approx([1, 600 / 1100])
    assert told["lacking"].tolist() == [400, 600]
    assert told["complete_5"].tolist() == pytest.approx([1, 500 / 1100])  # the park alone
    assert told["complete_10"].tolist() == pytest.approx([0, 500 / 1100])  # park and school
    assert told["complete_15"].tolist() == told["complete_10"].tolist()  # nothing more belongs to 15 minutes here
    assert told["of"].tolist() == [2, 2]
    assert told["missing_en"].tolist() == ["Primary school", ""]
    assert told["partly_zh"].tolist() == ["", "公园"]
    assert told["unknown_zh"].tolist() == ["", ""]
    assert told["people_park"].tolist() == pytest.approx([1, 500 / 1100])


# The park's circle, r = 300 round (300, 300), over the north zone (x -50..450, y 150..350), u and v measured from its centre:
#   u -259.8..150: from v = -150 to 50, 200 wide                                          409.8 × 200 = 81 962 m²
#   u -295.8..-259.8: 50 + √(r² - u²); ∫√ = ½[u√(r² - u²) + r² asin(u/r)] = 70 546 - 66 609       1 800 + 3 937 m²
#   u -300..-295.8: twice the root                                           2 × (70 686 - 70 546) =    280 m²
# together 87 979 of 100 000 m². Over the south (y -100..150): the segment below v = -150, r²(60° - sin 60° cos 60°) = 55 277 m², less
# what lies east of x = 450: ∫ from u = 150 to 259.8 of (√(r² - u²) - 150) = 66 609 - 43 047 - 16 471 = 7 091: 48 186 of 125 000 m².
def test_land_by_pencil() -> None:
    told = answers.circles(with_park())["ranked"]
    assert told["area_park"].to_dict() == pytest.approx({"north": 0.8798, "south": 48_186 / 125_000}, rel=2e-3)
    # A pond of a hectare in the south-west corner, which the park does not reach, is no land: 48 186 of 115 000 m².
    case = with_park()
    pond = gpd.GeoDataFrame(geometry=[shapely.box(*corner(-50, -100), *corner(50, 0))], crs=case.workspace.crs)
    wet = case.under(dataclasses.replace(case.workspace, water=pond))
    assert answers.circles(wet)["ranked"].loc["south", "area_park"] == pytest.approx(48_186 / 115_000, rel=2e-3)
    # The coverage of the park says the same, and of both zones together: 136 165 of 215 000 m².
    cover = answers.coverage(wet.of("park"))
    assert cover["zones"]["share_area"].to_dict() == pytest.approx(
        {"south": 48_186 / 115_000, "north": 0.8798}, rel=2e-3
    )
    assert cover["total"]["share_area"].iloc[0] == pytest.approx((48_186 + 87_979) / 215_000, rel=2e-3)


def test_a_circle_of_which_nothing_is_known_is_not_said_to_be_incomplete() -> None:
    told = answers.circles(paper(), by="zone")[
        "ranked"
    ]  # no park in the data: only the school, of ten minutes, is known
    assert told["complete_5"].isna().all()
    assert told.loc["south", "complete_10"] == 1


def test_a_river_drawn_as_a_line_is_no_water_to_leave_out() -> None:
    line = gpd.GeoDataFrame(geometry=[shapely.LineString([corner(0, 0), corner(400, 300)])], crs=zones().crs)
    assert land_of(zones().geometry, line).area.sum() == pytest.approx(225_000)


def test_no_land_and_no_facility() -> None:
    nowhere = gpd.GeoSeries([shapely.Polygon()], index=["sea"], crs=zones().crs)
    none = gpd.GeoDataFrame(geometry=[], crs=zones().crs)
    assert area_within(nowhere, none, limit=500)["share"].isna().all()
    assert area_within(zones().geometry, none, limit=500)["share"].tolist() == [0, 0]


@pytest.mark.parametrize("key", ["primary", "community_health_centre"])
def test_the_share_of_land_is_that_of_points_thrown_at_it(case: Case, key: str) -> None:
    one, limit = case.of(key), case.of(key).standard.radius_m
    told, place = ground(one, limit), case.workspace
    throw = np.random.default_rng(7)
    for zone in ("haiyang", "huayuan", "bolonghu"):
        shape = place.zones.geometry[zone]
        west, south, east, north = shape.bounds
        xy = np.column_stack([throw.uniform(west, east, 60_000), throw.uniform(south, north, 60_000)])
        inside = xy[shapely.contains_xy(shape, xy)]
        dry = inside[~shapely.contains_xy(shapely.union_all(place.water.geometry.array), inside)]
        near = np.hypot(
            dry[:, None, 0] - one.supply.geometry.x.to_numpy(), dry[:, None, 1] - one.supply.geometry.y.to_numpy()
        ).min(axis=1)
        share = float((near <= limit).mean())
        assert told.loc[zone, "share"] == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / len(dry)) + 1e-3)


def test_blocks_add_up_to_their_zones(case: Case) -> None:
    by_block, by_zone = (answers.circles(case, by=by)["ranked"] for by in ("block", "zone"))
    assert by_block["people"].sum() == pytest.approx(by_zone["people"].sum())
    assert by_block["lacking"].sum() == pytest.approx(by_zone["lacking"].sum())
    sums = [(t["lacks_mean"] * t["people"]).sum() for t in (by_block, by_zone.fillna(0))]
    assert sums[0] == pytest.approx(sums[1])
    assert by_block["lacks_mean"].is_monotonic_decreasing
    assert by_block.index.is_unique
    width = by_block.geometry.bounds
    assert (width["maxx"] - width["minx"]).max() <= BLOCK_M + case.workspace.cell_metres
    # Blocks do not overlap, and each lies where its people do.
    assert by_block.geometry.area.sum() == pytest.approx(shapely.union_all(by_block.geometry.array).area, rel=1e-6)
    mine = answers.circles(case, by="block", zone="haiyang")["ranked"]
    family = {"haiyang", *case.workspace.zones.index[case.workspace.zones["parent_id"] == "haiyang"]}
    assert set(mine["zone_id"]) <= family
    assert mine["people"].sum() == pytest.approx(by_zone.loc["haiyang", "people"])


def test_a_plot_of_the_layer_of_land_use_is_a_block(case: Case) -> None:
    home = case.workspace.cells[case.people > 0].geometry.iloc[0]
    plot = gpd.GeoDataFrame({"plot_id": ["R-1"], "code": ["0701"]}, geometry=[home.buffer(90)], crs=case.workspace.crs)
    drawn = case.under(dataclasses.replace(case.workspace, landuse=plot.set_index("plot_id", drop=False)))
    blocks = answers.circles(drawn, by="block")["ranked"]
    assert blocks.loc["R-1"].geometry.equals(plot.geometry.iloc[0])
    assert blocks.loc["R-1", "people"] == pytest.approx(
        case.people[case.workspace.cells.within(plot.geometry.iloc[0])].sum()
    )
    assert blocks["people"].sum() == pytest.approx(answers.circles(case, by="block")["ranked"]["people"].sum())


def test_only_the_areas_asked_for(case: Case) -> None:
    levels = {by: set(answers.circles(case, by=by)["ranked"]["level"]) for by in ("zone", "sub_area", None)}
    assert levels == {"zone": {"zone"}, "sub_area": {"sub_area"}, None: {"zone", "sub_area"}}
    assert set(answers.circles(case, by="sub_area")["zones"]["level"]) == {"sub_area"}
    with pytest.raises(InputError, match="block"):
        answers.circles(case, by="street")  # type: ignore[arg-type]


def test_what_is_not_known_is_named_and_not_counted(case: Case) -> None:
    told = answers.circles(case)["ranked"]
    assert (told["of"] == 5).all()  # the bundled layer of public facilities says itself that it is not complete
    for name in ("公园", "体育设施", "便民市场", "社区养老设施"):
        assert told["unknown_zh"].str.contains(name).all()
        assert not told["missing_zh"].str.contains(name).any()
    assert told["area_park"].isna().all()


@pytest.mark.parametrize(
    ("by", "form"), [("zone", "csv"), ("sub_area", "geojson"), ("block", "geojson"), ("block", "xlsx")]
)
def test_the_shell_writes_them(by: str, form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / f"c.{form}"
    assert cli.main(["--data", str(BUNDLED), "circles", "--year", "2025", "--by", by, "--out", str(file)]) == 0
    assert "lacks_mean" in capsys.readouterr().out
    if form == "csv":
        rows = pd.read_csv(file, comment="#")
        assert rows["zone_id"].tolist()
        assert {"people_primary", "area_primary", "missing_zh", "complete_15"} <= set(rows)
    elif form == "geojson":
        drawn = json.loads(file.read_text("utf-8"))["features"]
        assert all(one["geometry"]["type"].endswith("Polygon") for one in drawn)
        assert sum(one["properties"]["people"] for one in drawn) > 90_000
    else:
        assert len(pd.read_excel(file, sheet_name=None)) >= 2


@pytest.mark.parametrize("name", ["circles", "circles-blocks"])
def test_they_can_be_exported(case: Case, name: str) -> None:
    frames, about = exports.collect(case, name)
    assert isinstance(frames["ranked"], gpd.GeoDataFrame)
    assert about.question == "circles"
