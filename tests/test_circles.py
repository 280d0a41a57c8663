"""Living circles by hand on a town on paper, the services of a table, the layer of public facilities, walking speeds."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cli
from geo import answers
from geo.case import Case
from geo.crs import to_wgs84
from geo.errors import InputError
from geo.examples import homes, town
from geo.services import SERVICES, own_services
from geo.walking import SPEEDS, minutes, speed
from layers import workspace
from layers.incoming import read
from tests.village import put, row, village

BUNDLED = Path(__file__).resolve().parents[1] / "data"
RULES = pd.DataFrame(
    [
        {"service": "primary", "what": "service radius", "default": 1, "radius_m": 500.0, "walk_minutes": 10.0, "clause": "C.0.1"},
        {"service": "primary", "what": "coverage indicator", "default": 0, "walk_minutes": 10.0, "clause": "社区小学步行10分钟覆盖率"},
        {"service": "park", "what": "service radius", "default": 1, "radius_m": 300.0, "walk_minutes": 5.0, "clause": "x"},
        {"service": "senior", "what": "service radius", "default": 1, "radius_m": 2000.0, "walk_minutes": 30.0, "clause": "x"},
    ]
)  # fmt: skip


def paper() -> Case:
    """Return the town with rules for a school, a park, and a senior school that no circle holds."""
    case = town()
    return case.under(dataclasses.replace(case.workspace, standards=RULES))


def spot(name: str) -> tuple[float, float]:
    point = to_wgs84(homes()).geometry[name]
    return point.x, point.y


def park_at(case: Case, name: str, **more: Any) -> Case:
    """Return the town with a park at a home."""
    told = {
        "facility_id": "P",
        "name_zh": "园",
        "name_en": None,
        "kind": "park",
        "status": "existing",
        "open_year": float("nan"),
        "basis": "sourced",
    }
    frame = gpd.GeoDataFrame([{**told, **more}], geometry=[homes().geometry[name]], crs=case.workspace.crs)
    return case.under(dataclasses.replace(case.workspace, facilities=frame.set_index("facility_id", drop=False)))


def test_the_circle_of_a_home_is_that_of_the_pencil() -> None:
    # From a: itself 0 m (600 people), b 400 m (500) and c 700 m (400); the school 100 m. A grown-up walks 72 m a minute.
    answer = answers.circles(paper(), *spot("a"), walking="adult")
    bands = answer["bands"].set_index("circle")
    assert bands["people_metres"].to_dict() == pytest.approx({5: 600, 10: 1100, 15: 1500})
    assert bands["reach_m"].to_dict() == pytest.approx({5: 360, 10: 720, 15: 1080})
    assert bands["people_minutes"].to_dict()[15] == pytest.approx(1500)
    need = answer["required"].set_index("service")
    assert list(need.index) == ["park", "primary"]  # the narrowest circle first; no circle has 30 minutes
    assert need.loc["primary", "walk_m"] == pytest.approx(100, abs=0.01)
    assert need.loc["primary", "walk_min"] == pytest.approx(100 / 72, abs=1e-3)
    assert need.loc["primary", ["state", "seats", "indicator"]].tolist() == [
        "present",
        540.0,
        "社区小学步行10分钟覆盖率",
    ]
    assert need.loc["park", "state"] == "no_data"  # no layer is not "missing"
    assert need.loc["park", "within_metres"] is None


def test_who_lacks_what_in_zones_and_blocks() -> None:
    answer = answers.circles(park_at(paper(), "c"), zone="north")
    zones = answer["zones"].set_index("service")
    assert set(zones["zone_id"]) == {"north"}
    assert zones.loc["primary", ["people", "within_metres", "lacking"]].tolist() == [400.0, 0.0, 400.0]
    assert zones.loc["park", ["within_metres", "share_metres", "lacking"]].tolist() == [400.0, 1.0, 0.0]
    assert zones.index[0] == "primary"  # the most people without it first
    # c is 150 m from the south border and 50 m from the north one: all of the zone is within 300 m but its west end.
    assert 0.8 < zones.loc["park", "share_area"] < 1
    cells = answer["cells"]
    # b is at exactly 500 m from the school and 300 m from the park: within.
    assert cells["lacks"].to_dict() == {"a": 1.0, "b": 0.0, "c": 1.0}
    assert cells["lacks_park"].to_dict() == {"a": True, "b": False, "c": False}


def test_minutes_follow_the_speed_and_metres_do_not() -> None:
    slow, fast = (answers.circles(paper(), *spot("c"), walking=w) for w in ("elder", 6))
    # c is 800 m from the school: 13.3 min for the old, 8 min at 6 km/h.
    assert slow["required"].set_index("service").loc["primary", "walk_min"] == pytest.approx(800 / 60, abs=0.01)
    assert slow["required"].set_index("service").loc["primary", ["within_metres", "within_minutes"]].tolist() == [
        False,
        False,
    ]
    assert fast["required"].set_index("service").loc["primary", ["within_metres", "within_minutes"]].tolist() == [
        False,
        True,
    ]
    assert slow["bands"]["people_metres"].tolist() == fast["bands"]["people_metres"].tolist()


@settings(max_examples=20, deadline=None)
@given(st.floats(1, 14), st.floats(0, 1), st.sampled_from("abc"))
def test_wider_circles_and_faster_feet_never_hold_fewer(km_h: float, more: float, home: str) -> None:
    slow, fast = (answers.circles(paper(), *spot(home), walking=w)["bands"] for w in (km_h, km_h + more))
    for bands in (slow, fast):
        assert bands["people_metres"].is_monotonic_increasing
        assert bands["people_minutes"].is_monotonic_increasing
    assert (fast["people_minutes"] >= slow["people_minutes"]).all()


@pytest.mark.parametrize("home", "abc")
@pytest.mark.parametrize("park", "abc")
def test_a_facility_added_makes_nothing_missing_that_was_there(home: str, park: str) -> None:
    far = park_at(paper(), "c")
    before = answers.circles(far, *spot(home))["required"].set_index("service")["state"]
    both = pd.concat([far.workspace.facilities, park_at(paper(), park).workspace.facilities.rename(index={"P": "Q"})])
    after_case = far.under(dataclasses.replace(far.workspace, facilities=gpd.GeoDataFrame(both, crs=far.workspace.crs)))
    after = answers.circles(after_case, *spot(home))["required"].set_index("service")["state"]
    assert not ((before == "present") & (after != "present")).any()


def test_a_layer_known_to_be_a_part_proves_nothing_missing() -> None:
    case = park_at(paper(), "c")
    told = {**case.workspace.parameters, "incomplete": {"layers": ["facilities"]}}
    part = case.under(dataclasses.replace(case.workspace, parameters=told))
    assert answers.circles(case, *spot("a"))["required"].set_index("service").loc["park", "state"] == "missing"
    answer = answers.circles(part, *spot("a"))
    assert answer["required"].set_index("service").loc["park", "state"] == "unknown"
    assert answer["zones"].set_index("service").loc["park", "lacking"].isna().all()
    assert answer.notes


def test_speeds() -> None:
    assert {s.basis for s in SPEEDS.values()} == {"estimated"}
    assert all(s.source.zh and s.source.en for s in SPEEDS.values())
    assert minutes(720, speed("adult")) == pytest.approx(10)
    for wrong in ("fast", 0, 16, "nan"):
        with pytest.raises(InputError):
            speed(wrong)


@pytest.mark.parametrize("key", SERVICES)
def test_every_bundled_service_is_asked_in_the_shell(key: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--data", str(BUNDLED), "coverage", "--service", key, "--year", "2025", "--json"]) == 0
    total = json.loads(capsys.readouterr().out)["total"]
    total = total[0] if isinstance(total, list) else total
    nothing = key in ("elderly", "elderly_centre", "market", "park", "bus_stop", "sport")
    assert total["people"] == 100_000
    if key in ("elderly", "market", "park", "bus_stop"):  # no facility of any year: no data, never 0 %
        assert total["share_walk"] is None
    elif not nothing:
        assert 0 < total["share_walk"] <= 1


def own(folder: Path, text: str) -> Path:
    place = village(folder)
    with (place / "workspace.toml").open("a", encoding="utf-8") as file:
        file.write(text)
    return place


def test_a_workspace_adds_a_service_by_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = own(
        tmp_path / "v",
        '[services.fire]\nname_zh = "消防站"\nname_en = "Fire station"\nradius_m = 400\nminutes = 5\nclause = "自定"\n',
    )
    put(place, "facilities", [row(facility_id="X1", name_zh="一站", kind="fire", x=0.25, y=0.25)])
    case = workspace.case(workspace.load(place), "fire", 2025)
    assert (case.standard.radius_m, case.standard.basis, list(case.supply.index)) == (400.0, "assumed", ["X1"])
    assert answers.coverage(case)["total"]["covered_radius"].tolist() == [100.0]
    assert "fire" in set(answers.site(case, 117.6525, 39.0525)["nearest"]["service"])
    assert answers.circles(case, 117.6525, 39.0525)["required"].set_index("service").loc["fire", "circle"] == 5
    assert cli.main(["--data", str(place), "coverage", "--service", "fire"]) == 0
    assert "消防站" in capsys.readouterr().out


@pytest.mark.parametrize(("table", "field"), [
    ({"park": {"name_zh": "园"}}, "services.park.name"), ({"Fire": {"name_zh": "站"}}, "services.Fire.name"),
    ({"fire": {}}, "services.fire.name_zh"), ({"fire": {"name_zh": "站", "layer": "schools"}}, "services.fire.layer"),
    ({"fire": {"name_zh": "站", "kinds": "fire"}}, "services.fire.kinds"), ({"fire": {"name_zh": "站", "radius_m": -1}}, "services.fire.radius_m"),
])  # fmt: skip
def test_a_wrong_table_says_what_is_wrong(table: dict[str, Any], field: str) -> None:
    with pytest.raises(InputError) as refused:
        own_services(table)
    assert [finding.field for finding in refused.value.findings] == [field]


def test_a_wrong_table_is_a_finding_of_the_workspace(tmp_path: Path) -> None:
    checked = workspace.check(own(tmp_path / "v", '[services.park]\nname_zh = "公园"\n'))
    assert checked.workspace is None
    assert [finding.file for finding in checked.errors] == ["workspace.toml"]


def test_chinese_headers_and_kinds_of_public_facilities(tmp_path: Path) -> None:
    path = tmp_path / "设施.xlsx"
    pd.DataFrame(
        {"设施编号": ["G1", "G2", "G3"], "设施名称": ["东园", "西市场", "日照"], "设施类型": ["社区公园", "菜市场", "日间照料中心"],
         "用地面积（平方米）": [6000, 900, 400], "经度": [117.651, 117.652, 117.653], "纬度": [39.051, 39.052, 39.053],
         "坐标系": ["WGS84"] * 3, "状态": ["现状"] * 3}
    ).to_excel(path, index=False)  # fmt: skip
    done = read(path, layer="facilities", answers={"datum": "wgs84"})
    assert done.frame is not None, done
    assert done.frame["kind"].tolist() == ["park", "market", "elderly_day_care"]
    assert done.frame["name_zh"].tolist() == ["东园", "西市场", "日照"]
