"""Ways to school with their crossings, feeder chains, and districts as answers and on the page."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from scipy.optimize import linprog

import cli
from geo import answers
from geo.assignment.feeders import feed
from geo.assignment.mainroads import crossings
from geo.errors import InputError
from geo.examples import town
from geo.network import Network
from layers import workspace
from tests.screen import page

ROOT = Path(__file__).resolve().parent.parent
CRS = "EPSG:4548"
pytestmark = pytest.mark.timeout(900)


def crossroads(*, main: str = "primary") -> tuple[Network, gpd.GeoDataFrame]:
    """A main road from west to east through (0, 0), a side street from south to north, a second carriageway at y = 30."""
    spots = {
        "w": (-100, 0),
        "o": (0, 0),
        "e": (100, 0),
        "s": (0, -100),
        "m": (0, 30),
        "n": (0, 130),
        "W": (-100, 30),
        "E": (100, 30),
        "x": (100, -100),
    }
    rows = [("w", "o", main), ("o", "e", main), ("W", "m", main), ("m", "E", main), ("s", "o", "residential"),
            ("o", "m", "residential"), ("m", "n", "residential"), ("e", "x", "residential")]  # fmt: skip
    place = {k: (500_000.0 + x, 4_330_000.0 + y) for k, (x, y) in spots.items()}
    lines = [shapely.LineString([place[u], place[v]]) for u, v, _ in rows]
    links = gpd.GeoDataFrame({
        "u": [u for u, _, _ in rows], "v": [v for _, v, _ in rows], "metres": shapely.length(lines), "class": [c for *_, c in rows],
        "barrier": ["", "", "", "", "", "", "railway", ""],
    }, geometry=lines, crs=CRS)  # fmt: skip
    return Network.from_links(links), links


def met(start: str, end: str, **options: object) -> pd.DataFrame:
    network, links = crossroads(**options)  # type: ignore[arg-type]
    return crossings(network.routes([start], [end]), network, links)


def test_a_road_with_two_carriageways_is_crossed_once() -> None:
    found = met("s", "m")  # only up to the second carriageway
    assert found[["kind", "what", "to_gate_m"]].to_numpy().tolist() == [["main", "primary", 30.0]]
    through = met("s", "n")
    assert through["kind"].tolist() == ["main", "barrier"]
    assert through["to_gate_m"].tolist() == [130.0, 100.0]  # the railway link ends at the gate
    assert through.geometry.iloc[0].equals(shapely.Point(500_000.0, 4_330_000.0))


def test_along_a_main_road_and_off_it_is_no_crossing_and_small_streets_are_none() -> None:
    assert met("w", "e").empty  # a side street leaves on both sides, no main road does
    assert met("w", "x").empty
    assert met("w", "s").empty  # the side is not known
    assert met("s", "m", main="tertiary").empty
    network, links = crossroads()
    with pytest.raises(InputError, match="class"):
        crossings(network.routes(["s"], ["m"]), network, links.drop(columns="class"))


def test_all_ways_of_the_place_add_up() -> None:
    case = town()
    place = dataclasses.replace(case.workspace, streets=case.workspace.streets.assign(**{"class": "primary"}))
    answer = answers.routes(case.under(place))
    want = answers.assign(case)
    assert answer["schools"]["pupils"].sum() == pytest.approx(want["summary"]["served"].iloc[0])
    assert answer["routes"]["metres"].tolist() == want["flows"]["metres"].tolist()
    assert answer["schools"]["cross_main"].tolist() == [0.0]
    assert answer["schools"]["within_gate"].tolist() == [None]  # nothing is crossed: nothing is judged
    with pytest.raises(InputError, match="no school 'T'"):
        answers.routes(case, school="T")


def test_a_chain_is_the_transportation_problem() -> None:
    """Against scipy's linear programme: as many placed, and no longer walk."""
    rng = np.random.default_rng(4)
    for _ in range(25):
        flows = pd.DataFrame({
            "demand_id": [f"p{i}" for i in range(12)], "facility_id": [f"A{i % 4}" for i in range(12)],
            "pupils": rng.integers(1, 20, 12) * 6.0,
        })  # fmt: skip
        walk = pd.DataFrame(rng.uniform(100, 2000, (12, 3)), flows["demand_id"], ["J", "K", "L"])
        seats = pd.Series(rng.integers(5, 40, 3) * 3.0, walk.columns)
        chain = feed(flows, walk, seats, leave_after=6, admit_over=3)
        graduates = flows.groupby("facility_id")["pupils"].sum() / 6
        product = walk.mul(flows["pupils"].to_numpy(), axis=0).groupby(flows["facility_id"].to_numpy()).sum()
        cost = product.div(flows.groupby("facility_id")["pupils"].sum(), axis=0)
        placed = min(graduates.sum(), seats.sum() / 3)
        assert chain.schools["placed"].sum() == pytest.approx(placed)
        rows = np.kron(np.eye(4), np.ones(3)), np.kron(np.ones(4), np.eye(3))
        best = linprog(
            cost.to_numpy().ravel(),
            A_ub=np.vstack(rows),
            b_ub=np.r_[graduates, seats / 3],
            A_eq=np.ones((1, 12)),
            b_eq=[placed],
        )
        assert (chain.links["graduates"] * chain.links["metres"]).sum() == pytest.approx(best.fun, rel=1e-6)
        assert (chain.places["taken"] <= chain.places["places"] + 1e-9).all()


def test_a_chain_says_why_it_breaks() -> None:
    flows = pd.DataFrame({"demand_id": ["p", "q"], "facility_id": ["A", "B"], "pupils": [60.0, 30.0]})
    walk = pd.DataFrame({"J": [500.0, np.inf]}, index=["p", "q"])
    chain = feed(flows, walk, pd.Series({"J": 15.0}), leave_after=6, admit_over=3)
    assert chain.schools["why"].to_dict() == {"A": "full", "B": "too_far"}
    assert chain.schools["unplaced"].to_dict() == {"A": 5.0, "B": 5.0}
    with pytest.raises(InputError):
        feed(flows, walk.iloc[:1], pd.Series({"J": 15.0}), leave_after=6, admit_over=3)


def test_chains_and_lines_say_what_the_links_say() -> None:
    case = workspace.case(workspace.load(ROOT / "data"), "primary", 2025)
    answer = answers.feeders(case)
    links, chains, schools = answer["links"], answer["chains"], answer["schools"]
    where = pd.concat([case.of(stage).supply.geometry for stage in ("kindergarten", "primary", "junior")])
    where = where[~where.index.duplicated()]
    for row in links.itertuples():
        ends = shapely.get_coordinates(row.geometry)
        assert ends.tolist() == [[p.x, p.y] for p in where[[row.from_id, row.to_id]]]
    early, late = (links[links["stage"] == stage] for stage in ("kindergarten", "primary"))
    told = chains.dropna(subset="kindergarten").drop_duplicates(["kindergarten", "primary"])
    assert told["to_primary"].sum() == pytest.approx(early["graduates"].sum())
    told = chains.dropna(subset="junior").drop_duplicates(["primary", "junior"])
    assert told["to_junior"].sum() == pytest.approx(late["graduates"].sum())
    for _, row in answer["summary"].iterrows():
        mine = links[links["stage"] == row["stage"]]
        alone = mine.groupby("from_id").filter(lambda part: len(part) == 1).set_index("from_id")["graduates"]
        whole = schools[schools["stage"] == row["stage"]]["graduates"]
        assert row["together"] == pytest.approx(sum(n for i, n in alone.items() if n == pytest.approx(whole[i])))
        assert row["longest_m"] == mine["metres"].max()


def test_the_shell_writes_districts_that_come_back(tmp_path, capsys) -> None:  # type: ignore[no-untyped-def]
    out = tmp_path / "districts.geojson"
    assert cli.main(["districts", "--stage", "junior", "--json", "--out", str(out)]) == 0
    said = json.loads(capsys.readouterr().out)
    areas = gpd.read_file(out)
    told = said["tables"]["districts"] if "tables" in said else None
    assert areas["pupils"].sum() == pytest.approx(2900, rel=1e-3)
    assert told is None or len(told) == len(areas)
    assert areas.geometry.is_valid.all()
    metric = areas.to_crs(CRS)
    overlap = metric.area.sum() - metric.union_all().area
    assert overlap < 1e-4 * metric.area.sum()


def test_districts_are_moved_judged_and_undone_on_the_page() -> None:
    app = page(panel="seats", seats_view="districts", service="junior", place=(117.66, 39.06))
    assert not app.exception
    assert not app.error
    assert app.session_state.panel == "seats"
    before = len(_steps(app))
    move = next(b for b in app.button if b.key == "district-move")
    if move.disabled:
        box = next(s for s in app.selectbox if str(s.key).startswith("district_to"))
        box.select_index(1 if box.index == 0 else 0).run()
    next(b for b in app.button if b.key == "district-move").click().run()
    assert not app.error
    assert len(_steps(app)) == before + 1
    next(b for b in app.button if b.key == "district-balance").click().run()
    assert len(_steps(app)) == before + 2
    for _ in range(2):
        next(b for b in app.button if b.key == "district-undo").click().run()
    assert len(_steps(app)) == before
    assert next(b for b in app.button if b.key == "district-undo").disabled


def _steps(app: object) -> list[pd.Series]:
    drafts = app.session_state.district_drafts  # type: ignore[attr-defined]
    return next(iter(drafts.values()))
