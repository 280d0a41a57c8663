"""Crossings of barriers: alone and together, what they serve is what a network made anew of the edited links says."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from numpy.typing import NDArray

import cli
from geo import answers
from geo.case import Case
from geo.errors import CrsError, InputError
from geo.examples import CRS, at, homes, network, school, streets
from geo.examples import town as town_case
from geo.network import Network
from geo.network.edits import Edits, edit, edited_links
from geo.network.live import Live
from geo.scenario import Barrier, Scenario, Street, apply
from geo.scenario.streets import barriers_of
from geo.siting.crossed import alone, served_by
from geo.siting.crossings import crossings
from geo.siting.crossings_together import at_best, together
from geo.workspace import Workspace
from layers import workspace
from layers.shell.printed import printed
from tests import random_edits, town
from tests.need import ROOT

LIMITS = (250.0, 400.0, 600.0)


def split_town(seed: int) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Return a random town without the streets that cross two railways, and the railways: what lies behind both needs two bridges."""
    links = random_edits.links(seed, side=8)
    middle = town.EAST + 3.5 * random_edits.STEP
    lines = [
        shapely.LineString([(middle + shift, town.NORTH - 90), (middle + shift + lean, town.NORTH + 650)])
        for shift, lean in ((-90.0, 20.0), (75.0, -30.0))
    ]
    whole = ~links.intersects(shapely.union_all(lines))
    rails = gpd.GeoDataFrame({"kind": "railway"}, geometry=lines, index=["west", "east"], crs=links.crs)
    return links[whole].reset_index(drop=True), rails


def anew(
    links: gpd.GeoDataFrame, points: object, supply: object, lines: list[shapely.LineString]
) -> NDArray[np.float64]:
    """Return everybody's metres on a network made of the edited links."""
    edits = Edits(streets=tuple((line, "bridge") for line in lines))
    return Network.from_links(edited_links(links, edits)).nearest(points, supply)["metres"].to_numpy()


def row(table: object, i: int) -> NDArray[np.bool_]:
    return table[[i]].toarray()[0] > 0  # type: ignore[index]


def across(links: gpd.GeoDataFrame, seed: int, many: int) -> list[shapely.LineString]:
    """Return lines between random places on streets, some of them on corners and halfway: not only over barriers."""
    rng = np.random.default_rng(seed)
    streets_of = links.geometry.to_numpy()
    found: list[shapely.LineString] = []
    while len(found) < many:
        ends = [
            shapely.line_interpolate_point(streets_of[k], rng.choice([0.5, rng.random()]), normalized=True)
            for k in rng.integers(len(links), size=2)
        ]
        one_each = all(shapely.dwithin(streets_of, end, 2e-3).sum() == 1 for end in ends)
        if one_each and 2 < ends[0].distance(ends[1]) < 400:
            found.append(shapely.LineString(ends))
    return found


@pytest.mark.parametrize("seed", range(6))
def test_alone_is_what_a_network_made_anew_says(seed: int) -> None:
    links = random_edits.links(seed)
    points, supply = random_edits.points(links, seed)
    supply = supply.iloc[:2]
    live = Live(Network.from_links(links), points, supply)
    lines, today = across(links, seed, 12), live.base.metres.to_numpy()
    walks = [anew(links, points, supply, [line]) for line in lines]
    changed = 0
    for limit in LIMITS:
        found = alone(live, lines, limit)
        for i, walk in enumerate(walks):
            np.testing.assert_array_equal(row(found.gained, i), (walk <= limit) & ~(today <= limit))
            np.testing.assert_array_equal(row(found.lost, i), (today <= limit) & ~(walk <= limit))
        changed += found.gained.nnz + found.lost.nnz
    assert changed >= 4


@pytest.mark.parametrize("seed", range(6))
def test_together_is_the_best_of_all_sets_or_below_its_bound(seed: int) -> None:
    links, rails = split_town(seed)
    points, supply = random_edits.points(links, seed)
    supply = supply.iloc[[int(supply.x.argmin())]]
    net = Network.from_links(links)
    live = Live(net, points, supply)
    found = crossings(net, rails, longest=200, step=80, detour=1.5)
    lines = list(found.geometry)[:8]
    assert len(lines) > 4
    people = np.random.default_rng(seed).integers(0, 50, len(points)).astype(float)
    for limit in LIMITS:
        table, _ = at_best(live, lines, limit)
        best = {0: 0.0}
        for k in (1, 2, 3):
            best[k] = best[k - 1]
            for chosen in combinations(range(len(lines)), k):
                gained, lost = served_by(live, [lines[i] for i in chosen], limit)
                could = np.any([row(table, i) for i in chosen], axis=0)
                assert not (gained & ~could).any(), "somebody is served whom the bound did not allow for"
                best[k] = max(best[k], people[gained].sum() - people[lost].sum())
            answer = together(live, lines, people, k, limit=limit)
            assert answer.bound >= best[k] - 1e-9
            assert answer.gained <= best[k] + 1e-9
            assert answer.gained == pytest.approx(best[k]) or not answer.proven
            assert len(answer.chosen) <= k and (not answer.chosen or answer.steps[-1] == answer.gained)


@pytest.fixture(scope="module")
def place() -> Workspace:
    return workspace.load(ROOT / "data")


ASKED = (("primary", 1000.0), ("health_station", 2000.0), ("junior", 1000.0))


def test_every_crossing_of_the_bundled_zone_is_what_its_edited_network_says(place: Workspace) -> None:
    """Three services, every candidate: the network edited, everybody walks again; where anybody gains, made anew from links."""
    longer = {"longest": 600.0, "step": 100.0}
    cases = [Case(place, service, 2025) for service, _ in ASKED]
    told = [answers.crossings(c, limit=limit, **longer) for c, (_, limit) in zip(cases, ASKED, strict=True)]
    tables = [t["crossings"].sort_index() for t in told]
    assert all(t.index.equals(tables[0].index) for t in tables) and len(tables[0]) > 200
    today = [c.nearest("walk")["metres"] <= limit for c, (_, limit) in zip(cases, ASKED, strict=True)]
    changed = 0
    for i, line in enumerate(tables[0].geometry):
        edits = Edits(streets=((line, "bridge"),))
        network_of = edit(place.network, edits)
        if any(t["gain"].iloc[i] or t["lost"].iloc[i] for t in tables):
            network_of, changed = Network.from_links(edited_links(place.streets, edits)), changed + 1
        for c, (_, limit), table, was in zip(cases, ASKED, tables, today, strict=True):
            now = network_of.nearest(place.cells, c.supply)["metres"] <= limit
            assert table["gain"].iloc[i] == pytest.approx(c.people[now].sum() - c.people[was].sum(), abs=1e-6)
            assert table["lost"].iloc[i] == pytest.approx(c.people[was & ~now].sum(), abs=1e-6)
    assert changed > 5


def test_the_best_as_a_bridge_of_a_scenario_changes_coverage_by_its_gain(place: Workspace) -> None:
    case = Case(place, "primary", 2025)
    answer = answers.crossings(case, limit=1000, longest=600, k=2)
    chosen = answer["chosen"]
    assert len(chosen) > 0
    bridges = [
        Street(f"N{i}", list(line.coords), "bridge") for i, line in enumerate(chosen.geometry.to_crs("EPSG:4326"))
    ]
    before = answers.coverage(case, limit=1000)["total"]["covered_walk"].iloc[0]
    after = answers.coverage(case.under(apply(place, Scenario("打通", objects=bridges))), limit=1000)["total"]["covered_walk"].iloc[0]  # fmt: skip
    row_of = answer["together"].iloc[0]
    assert after - before == pytest.approx(row_of["gain"], abs=1e-6)
    assert row_of["gain"] == chosen["gain_with"].iloc[-1] > 0
    assert row_of["bound"] >= row_of["gain"]
    best = answer["best"]
    assert best["rank"].iloc[0] == 1 and best["gain"].iloc[0] == answer["crossings"]["gain"].max()
    middle = best.geometry.interpolate(0.5, normalized=True)
    assert all(a.distance(b) >= 1000 for a, b in combinations(middle, 2))
    assert (best["walk_m"] > 2 * best["length_m"]).all()
    gains = answer["crossings"].groupby("barrier_zh")["gain"].max()
    for name, gain in gains.items():
        assert (str(name) in answer.notes[-1].zh) == (gain <= 0), "a barrier along which nobody gains is named"


def rail(y: float = 150.0) -> gpd.GeoDataFrame:
    line = shapely.LineString([at(0, y), at(400, y)])
    return gpd.GeoDataFrame({"name_zh": ["铁路"]}, geometry=[line], index=["R"], crs=CRS)


def test_where_there_is_no_barrier_the_answer_says_so_in_words() -> None:
    answer = answers.crossings(town_case())
    assert [len(answer[name]) for name in ("best", "chosen", "crossings")] == [0, 0, 0]
    assert "没有屏障" in answer.notes[-1].zh and answer.notes[-1].en
    assert answer["together"][["gain", "bound", "proven"]].iloc[0].tolist() == [0.0, 0.0, True]


def test_nobody_is_within_nothing_and_the_answer_says_so() -> None:
    answer = answers.crossings(town_case(), limit=0, step=100, barriers=rail())
    assert answer["crossings"]["gain"].tolist() == [0.0, 0.0]
    assert answer["crossings"]["rank"].isna().all() and len(answer["best"]) == 0
    assert "没有一处" in answer.notes[-1].zh


def test_a_gain_never_falls_as_more_may_be_built() -> None:
    gains = [answers.crossings(town_case(), limit=600, step=100, k=k, barriers=rail())["together"]["gain"].iloc[0] for k in (1, 2, 3)]  # fmt: skip
    assert gains == sorted(gains) and gains[0] == 400


def test_who_had_no_way_at_all_is_reached_by_a_crossing() -> None:
    """Without the street from 2 to 3 the north is an island: the walk of today is endless, the gain is not."""
    case = Case.from_frames(facilities=school(), people=homes(), links=streets().iloc[[0, 2]], limit=600, crs=CRS)
    answer = answers.crossings(case, step=100, barriers=rail())
    assert np.isinf(answer["best"]["walk_m"]).all()
    assert answer["best"]["gain"].max() == 400
    assert "不可达 unreachable" in printed(answer)


def test_a_shore_is_crossed_from_land_to_land_and_a_wide_water_is_not() -> None:
    def lake(width: float) -> gpd.GeoDataFrame:
        return gpd.GeoDataFrame(
            {"kind": ["lake"]}, geometry=[shapely.box(*at(-40, 150 - width).coords[0], *at(300, 150 + width).coords[0])], crs=CRS
        )  # fmt: skip

    found = crossings(network(), lake(100), step=100)
    assert len(found) and all(line.intersects(lake(100).geometry.iloc[0]) for line in found.geometry)
    assert len(crossings(network(), lake(100), step=100, longest=299)) == 0
    assert len(crossings(network(), lake(160), step=100)) == 0  # the streets themselves lie in it


def test_a_barrier_of_a_plan_counts() -> None:
    """A wall across the street from 2 to 3 cuts b and c off; by any crossing of it they are 900 and at most 750 m away."""
    place, corners = town_case().workspace, [at(200, 50), at(500, 50)]
    ends = gpd.GeoSeries(corners, crs=CRS).to_crs("EPSG:4326")
    wall = Barrier("N01", line=list(zip(ends.x, ends.y, strict=True)), name_zh="围墙")
    case = town_case().under(apply(place, Scenario("wall", objects=[wall])))
    assert answers.coverage(case)["total"]["covered_walk"].iloc[0] == 600
    walls = barriers_of([wall], CRS)
    answer = answers.crossings(case, limit=950, longest=400, barriers=walls)
    told = answer["crossings"][["barrier_zh", "kind", "gain", "along_m"]].sort_values("along_m").to_numpy().tolist()
    assert told == [["围墙", "barrier", 900.0, pytest.approx(along, abs=0.1)] for along in (25, 75, 125, 175)]


def test_what_is_not_in_the_data_has_no_gain() -> None:
    answer = answers.crossings(town_case("kindergarten"), limit=500, step=100, barriers=rail())
    assert answer["crossings"]["gain"].isna().all() and len(answer["best"]) == 0
    assert answer["together"]["gain"].isna().all()
    assert any("无数据" in note.zh for note in answer.notes)
    assert "NaN" not in printed(answer) and "None" not in printed(answer)


@pytest.mark.parametrize("wrong", [{"longest": 0}, {"step": -1}, {"step": float("nan")}, {"limit": float("inf")}, {"k": 0}, {"k": 2.5}, {"step": 0.001}])  # fmt: skip
def test_what_cannot_be_meant_is_refused_in_both_languages(wrong: dict[str, float]) -> None:
    with pytest.raises(InputError, match=r"[一-鿿].* / .*[a-z]"):
        answers.crossings(town_case(), **{"limit": 500, "barriers": rail(), **wrong})


def test_other_reference_systems_and_one_way_streets_are_refused() -> None:
    with pytest.raises(CrsError):
        crossings(network(), rail().to_crs("EPSG:4549"))
    with pytest.raises(InputError):
        crossings(Network.from_links(streets(), directed=True), rail())


def test_the_shell_asks_and_exports(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = [
        "crossings",
        "--service",
        "primary",
        "--year",
        "2025",
        "--limit",
        "1000",
        "--longest",
        "600",
        "--k",
        "2",
        "--json",
    ]
    assert cli.main(words) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["together"]["k"] == 2 and told["best"][0]["gain"] > 0 and told["parameters"]["longest_m"] == 600
    out = tmp_path / "crossings.geojson"
    assert cli.main(["export", "--layer", "crossings", "--service", "primary", "--out", str(out)]) == 0
    written = json.loads(out.read_text("utf-8"))
    assert {f["geometry"]["type"] for f in written["features"]} == {"LineString"}
    assert {"gain", "length_m", "barrier_zh", "kind", "basis"} <= written["features"][0]["properties"].keys()
