"""Sites, candidates, facilities and projects against imported land use and control lines; what is not imported is not judged."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

import cli
from geo import answers
from geo.answers.candidates import candidate_sites
from geo.errors import InputError
from geo.examples import town
from geo.land import CONTROLS, by_controls, by_use, use_of
from layers import exports, incoming, workspace
from layers.write import geojson
from tests.browser import copied

METRIC = 4548


def areas(*boxes: tuple[str, float, float, float, float], accuracy: float | None = 5.0) -> gpd.GeoDataFrame:
    """Return control lines as boxes: kind, west, south, east, north [m]."""
    kinds = [b[0] for b in boxes]
    shapes = [shapely.box(*b[1:]) for b in boxes]
    mark = pd.Index([f"L{n}" for n in range(len(boxes))], name="line_id")
    return gpd.GeoDataFrame(
        {"kind": kinds, "name_zh": None, "basis": "sourced", "accuracy_m": accuracy, "source_id": "own"},
        geometry=shapes,
        index=mark,
        crs=METRIC,
    )


def plots(*boxes: tuple[str, float, float, float, float], accuracy: float | None = 1.0) -> gpd.GeoDataFrame:
    shapes = [shapely.box(*b[1:]) for b in boxes]
    mark = pd.Index([f"G{n}" for n in range(len(boxes))], name="plot_id")
    return gpd.GeoDataFrame(
        {"code": [b[0] for b in boxes], "use_zh": None, "basis": "sourced", "accuracy_m": accuracy, "source_id": "own"},
        geometry=shapes,
        index=mark,
        crs=METRIC,
    )


coordinate = st.floats(-500, 500, allow_nan=False)


@given(st.lists(st.tuples(coordinate, coordinate), min_size=1, max_size=8), st.lists(st.tuples(st.sampled_from(sorted(CONTROLS)), coordinate, coordinate, st.floats(1, 400), st.floats(1, 400)), max_size=6))  # fmt: skip
def test_a_place_is_judged_as_its_distance_to_the_line_says(places: list[tuple[float, float]], boxes: list[tuple[str, float, float, float, float]]) -> None:  # fmt: skip
    """The same by brute force, place by place and area by area."""
    lines = areas(*((k, x, y, x + w, y + h) for k, x, y, w, h in boxes))
    points = gpd.GeoSeries([shapely.Point(p) for p in places], crs=METRIC)
    found = by_controls(points, lines)
    assert list(found["at"]) == [i for k in CONTROLS if (lines["kind"] == k).any() for i in points.index]
    for row in found.itertuples():
        point, mine = points[row.at], lines[lines["kind"] == row.kind]
        inside = bool(mine.intersects(point).any())
        edge = float(mine.boundary.distance(point).min())
        assert row.inside == inside and row.edge_m == pytest.approx(edge)
        assert row.met is (None if edge < 5.0 else inside == CONTROLS[row.kind].inside)


def test_the_smallest_of_overlapping_plots_holds_and_an_edge_is_not_judged() -> None:
    ground = plots(
        ("0701", 0, 0, 1000, 1000),
        ("080403 中小学用地", 100, 100, 300, 300),
        ("0103", 2000, 0, 3000, 1000),
        accuracy=20.0,
    )
    points = gpd.GeoSeries.from_xy([200, 500, 290, 2500, 5000, 310], [200, 500, 200, 500, 0, 200], crs=METRIC)
    found = by_use(points, ground, "primary")
    assert found["plot_id"].fillna("").tolist() == ["G1", "G0", "G1", "G2", "", "G0"]
    assert found["use"].tolist() == ["fits", "other", "fits", "barred", "outside", "other"]
    assert found["met"].tolist() == [True, False, None, False, None, False]
    assert by_use(points, plots(("080403", 0, 0, 1000, 1000), accuracy=None), "primary")["met"].iloc[0] is True
    assert by_use(points.iloc[:0], ground, "primary").empty


@pytest.mark.parametrize(
    ("code", "service", "use"),
    [
        ("080404", "kindergarten", "fits"), ("080403", "kindergarten", "other"), ("0702", "kindergarten", "fits"), ("0702", "primary", "other"),
        ("a33", "primary", "fits"), ("R21", "primary", "other"), ("080602", "health_station", "fits"), ("080601", "health_station", "other"),
        ("0806", "hospital", "fits"), ("1601", "hospital", "reserved"), ("E2", "hospital", "barred"), (None, "primary", "unknown"),
        (float("nan"), "primary", "unknown"), ("教育用地", "primary", "unknown"), ("080403", "metro", "unknown"),
    ],
)  # fmt: skip
def test_what_a_code_says(code: object, service: str, use: str) -> None:
    assert use_of(code, service) == use


def test_a_click_and_the_candidates_know_the_lines() -> None:
    case = town()
    place = case.workspace
    west, south, east, north = place.zones.total_bounds
    farm = areas(
        ("farmland", west, south, (west + east) / 2, north), ("urban", west - 100, south - 100, east + 100, north + 100)
    )
    under = case.under(dataclasses.replace(place, controls=farm, landuse=plots(("0701", west, south, east, north))))
    plain, barred = candidate_sites(case, spacing=50), candidate_sites(under, spacing=50)
    in_farm = shapely.intersects(farm.geometry.iloc[0], barred.geometry.to_numpy())
    sure = shapely.distance(shapely.boundary(farm.geometry.iloc[0]), barred.geometry.to_numpy()) >= 5.0
    marked = barred["reasons"].str.contains("controls").to_numpy()
    assert marked.any() and not plain["reasons"].str.contains("controls").any()
    assert (marked == (in_farm & sure)).all()
    assert (
        barred["reasons"].str.contains("land_use").any() and "永久基本农田" in barred.loc[marked, "reason_zh"].iloc[0]
    )
    at = gpd.GeoSeries([barred.geometry[marked].iloc[0]], crs=place.crs).to_crs(4326).iloc[0]
    rules = answers.site(under, at.x, at.y)["rules"].set_index("rule")
    assert rules.loc["control_farmland", "met"] is False or rules.loc["control_farmland", "met"] == False  # noqa: E712
    assert rules.loc["control_urban", "met"] == True  # noqa: E712
    assert "0701" in rules.loc["land_use", "actual_zh"] and "须调整规划" in rules.loc["land_use", "actual_zh"]
    assert "条文未见原文" in rules.loc["control_farmland", "note_zh"]
    before = answers.site(case, at.x, at.y)["rules"]["rule"]
    assert not before.str.startswith(("control_", "land_use")).any()


def test_planned_facilities_and_projects_are_checked_and_nothing_without_the_layers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    folder = copied(tmp_path / "data")
    assert cli.main(["--data", str(folder), "land"]) == 2
    assert "先导入" in capsys.readouterr().err
    place = workspace.load(folder)
    planned = place.schools[place.schools["status"] == "planned"]
    box = shapely.box(*planned.geometry.iloc[[0]].buffer(50).total_bounds)
    red = gpd.GeoDataFrame({"line_id": ["L1"], "kind": ["ecology"], "name_zh": ["红线"], "basis": ["sourced"], "accuracy_m": [10.0], "source_id": ["own"]}, geometry=[box], crs=place.crs)  # fmt: skip
    geojson.write(red, folder / "controls.geojson")
    assert cli.main(["--data", str(folder), "land"]) == 0
    assert planned.index[0] in capsys.readouterr().out
    found = answers.land(workspace.load(folder))
    summary = found["summary"].iloc[0]
    assert (
        summary["checked"]
        == len(planned) + (place.clinics["status"] != "existing").sum() + place.projects.geometry.notna().sum()
    )
    broken = found["findings"][found["findings"]["met"].map(lambda m: m is False)]
    assert planned.index[0] in set(broken["id"]) and summary["broken"] == len(broken)
    with pytest.raises(InputError, match="先导入"):
        answers.land(place)


def test_a_planners_own_file_is_read_with_its_own_words(tmp_path: Path) -> None:
    place = workspace.load(Path("data"))
    shapes = place.zones.geometry.iloc[[5, 6]].to_crs(4490).to_numpy()
    lines = gpd.GeoDataFrame(
        {"编号": ["1", "2"], "控制线类型": ["永久基本农田", "城镇开发边界"], "来源": ["自然资源局", "自然资源局"]},
        geometry=shapes,
        crs=4490,
    )
    lines.to_file(tmp_path / "三线.shp", encoding="gbk")
    took = incoming.read(tmp_path / "三线.shp", layer="controls")
    assert took.frame is not None and took.frame["kind"].tolist() == ["farmland", "urban"], took.findings
    ground = gpd.GeoDataFrame(
        {"地块编号": ["a", "b"], "YDDM": ["080403", "0701"], "YDMC": ["中小学用地", "城镇住宅用地"]},
        geometry=shapes,
        crs=4490,
    )
    ground.to_file(tmp_path / "用地.gpkg")
    took = incoming.read(tmp_path / "用地.gpkg", layer="landuse")
    assert took.frame is not None and took.frame["code"].tolist() == ["080403", "0701"], took.findings


def test_the_layers_go_out_as_all_others(tmp_path: Path) -> None:
    case = town()
    place = dataclasses.replace(
        case.workspace, controls=areas(("ecology", 0, 0, 9, 9)), landuse=plots(("0701", 0, 0, 9, 9))
    )
    for layer in ("controls", "landuse"):
        frames, about = exports.collect(case.under(place), layer)
        for form in ("geojson", "gpkg"):
            path = exports.write(
                place, frames, tmp_path / f"{layer}{exports.FORMATS[form]}", form, meta=geojson.meta(about)
            )
            assert len(gpd.read_file(path, layer=layer if form == "gpkg" else None)) == 1
    with pytest.raises(InputError):
        exports.collect(case, "nothing")
    assert np.isfinite(answers.land(place)["summary"]["checked"].iloc[0])
