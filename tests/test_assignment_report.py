"""The report of an assignment, on a street that can be drawn on paper."""

from __future__ import annotations

from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import Point, box

from geo.assignment import assign
from geo.assignment.tables import REASONS, catchments, flow_lines, report, walk_quantile
from geo.errors import CrsError, InputError

INF = np.inf
CRS = "EPSG:4548"
# Cells every 100 m; schools at 0 m (A, 40 seats) and 300 m (B, 10 seats), and C without seats at 200 m.
X = [0, 100, 200, 300, 9000]
CELLS = gpd.GeoDataFrame(index=[f"c{i}" for i in range(6)], geometry=[Point(x, 0) for x in [*X, 9100]], crs=CRS)
SCHOOLS = gpd.GeoDataFrame(index=["A", "B", "C"], geometry=[Point(0, 0), Point(300, 0), Point(200, 0)], crs=CRS)
COST = pd.DataFrame(
    [[abs(x - s) for s in (0.0, 300.0, 200.0)] for x in X] + [[INF] * 3], index=CELLS.index, columns=SCHOOLS.index
)
PUPILS = pd.Series([20, 15, 10, 9, 4, 2], CELLS.index)
SEATS = pd.Series({"A": 40, "B": 10, "C": 0})
NOW = assign(COST, PUPILS, SEATS, limit=300)


def test_everybody_left_has_a_reason():
    cells = report(NOW).cells
    assert cells["unserved"].tolist() == [0, 0, 4, 0, 4, 2]
    assert cells["why"].tolist() == ["", "", "full", "", "too_far", "no_way"]
    assert cells["in_reach"].tolist() == [3, 3, 3, 3, 0, 0]
    assert cells["why_en"].tolist()[2] == REASONS["full"][1]
    assert cells["mean_m"].iloc[:4].tolist() == pytest.approx([0, 100, (5 * 200 + 1 * 100) / 6, 0])
    assert cells["mean_m"].iloc[4:].isna().all()


def test_schools_and_totals():
    got = report(NOW)
    assert got.schools["fill"].tolist()[:2] == [1.0, 1.0]
    assert np.isnan(got.schools.at["C", "fill"])
    assert got.schools.loc["A", ["mean_m", "p95_m", "longest_m"]].tolist() == pytest.approx([2500 / 40, 200, 200])
    assert got.schools.loc["C", ["mean_m", "p95_m", "longest_m"]].isna().all()
    totals = got.totals
    assert totals[["pupils", "served", "unserved", "seats", "used"]].tolist() == [60, 50, 10, 50, 50]
    assert totals[["unserved_full", "unserved_too_far", "unserved_no_way"]].tolist() == [4, 4, 2]
    assert totals["mean_m"] == pytest.approx((15 * 100 + 5 * 200 + 100) / 50)
    assert (totals["p95_m"], totals["longest_m"]) == (200, 200)
    pd.testing.assert_series_equal(got.summary.iloc[0], totals, check_names=False)


def test_sparse_costs_need_the_nearest_to_tell_too_far_from_no_way():
    table = COST.where(COST <= 300).to_numpy()
    row, column = np.nonzero(np.isfinite(table))
    pairs = SimpleNamespace(
        sources=COST.index,
        targets=COST.columns,
        indptr=np.searchsorted(row, np.arange(len(COST) + 1)),
        indices=column,
        metres=table[row, column],
    )
    now = assign(pairs, PUPILS, SEATS, limit=300)
    assert report(now).cells["why"].tolist()[4:] == ["too_far", "too_far"]
    told = report(now, nearest=COST.min(axis="columns"))
    assert told.cells["why"].tolist() == report(NOW).cells["why"].tolist()


def test_an_assignment_of_nobody_has_no_walks():
    got = report(assign(COST, PUPILS * 0, SEATS))
    assert got.totals[["mean_m", "p95_m", "longest_m"]].isna().all()
    assert (got.cells["why"] == "").all()
    assert got.totals["fill"] == 0


@pytest.mark.parametrize(("share", "metres"), [(0.5, 10.0), (0.500001, 20.0), (0.95, 20.0), (0.951, 30.0), (1, 30.0)])
def test_the_quantile_counts_pupils_not_cells(share, metres):
    assert walk_quantile(np.array([30.0, 10.0, 20.0]), np.array([5.0, 50.0, 45.0]), share) == metres


def test_flow_lines_run_from_home_to_school():
    lines = flow_lines(NOW, CELLS, SCHOOLS)
    assert lines.crs == CELLS.crs
    assert len(lines) == len(NOW.flows)
    third = lines[lines["demand_id"] == "c2"].set_index("facility_id")
    assert list(third.loc["B", "geometry"].coords) == [(200, 0), (300, 0)]
    assert third.loc["A", "pupils"] == 5
    with pytest.raises(CrsError):
        flow_lines(NOW, CELLS.to_crs(4326), SCHOOLS)
    with pytest.raises(InputError, match="c0"):
        flow_lines(NOW, CELLS.drop("c0"), SCHOOLS)


def test_catchments_are_the_cells_of_the_majority_and_do_not_overlap():
    areas = catchments(NOW, CELLS.geometry, cell=100)
    assert areas["facility_id"].tolist() == ["A", "B"]
    assert areas.crs == CELLS.crs
    assert areas.geometry[0].equals(box(-50, -50, 250, 50))
    assert areas.geometry[1].equals(box(250, -50, 350, 50))
    assert areas[["pupils", "from_elsewhere", "cells"]].to_numpy().tolist() == [[40, 0, 3], [9, 1, 1]]
    assert areas.geometry[0].intersection(areas.geometry[1]).area == 0
    assert set(areas.geom_type) == {"MultiPolygon"}
    with pytest.raises(InputError, match="0"):
        catchments(NOW, CELLS, cell=0)
    nobody = catchments(assign(COST, PUPILS * 0, SEATS), CELLS, cell=100)
    assert nobody.empty
    assert nobody.crs == CELLS.crs
