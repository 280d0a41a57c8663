"""Numbers that say what they are: a test for each line of what planners met (the number of the line in each name)."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from geo import answers
from geo.case import Case
from geo.crs import to_wgs84
from geo.errors import InputError
from geo.examples import at, homes, school, streets, town, zones
from geo.scenario import Scenario, apply
from layers import workspace
from layers.look import draw
from layers.workspace import case

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def place():
    return workspace.load(ROOT / "data")


def degrees(point):
    there = to_wgs84(gpd.GeoSeries([point], crs="EPSG:4548")).iloc[0]
    return there.x, there.y


# 19: a year without its own residents ------------------------------------------------------------------------------


def of_2035() -> dict[str, answers.Answer]:
    later = town(year=2025)
    later = dataclasses.replace(later, year=2035)
    c = degrees(at(300, 300))
    return {
        "coverage": answers.coverage(later),
        "access": answers.access(later, method="2sfca", limit=500),
        "adequacy": answers.adequacy(later),
        "assign": answers.assign(later, limit=500),
        "gain": answers.gain(later),
        "locate": answers.locate(later, p=1, spacing=50),
        "site": answers.site(later, *c),
    }


def test_19_every_answer_of_a_year_without_residents_says_whose_it_counts():
    for name, answer in of_2035().items():
        assert "2035 按 2025 年人口" in answer.title.zh, name
        assert "2035 with residents of 2025" in answer.title.en, name
        assert any("2025" in note.zh and "假定" in note.zh for note in answer.notes), name
        assert answer.parameters["people_year"] == "2025", name
        assert answer.stamp.zh == "2035 按 2025 年人口", name
        told = [t for t in answer.tables.values() if "people_year" in t]
        assert told, name


def test_19_a_year_with_its_own_residents_says_nothing():
    answer = answers.coverage(town())
    assert answer.stamp == ("", "")
    assert "people_year" not in answer["zones"]
    assert answer.title.zh.endswith("（2025）")


def test_19_targets_of_2025_are_no_targets_of_2035(place):
    now, later = (answers.adequacy(case(place, "primary", year)) for year in (2025, 2035))
    assert now["stages"]["target"].notna().all()
    assert later["stages"][["target", "target_deficit", "target_classes"]].isna().all(axis=None)
    assert any("无 2035 年目标" in note.zh for note in later.notes)
    assert not any("年目标" in note.zh for note in now.notes)


# 20: seats are counted once ----------------------------------------------------------------------------------------


def beyond_the_border() -> Case:
    """Return the town with a second school of 1080 seats at node 4's end of the street, in no zone."""
    two = gpd.GeoDataFrame(
        {"name": ["School", "Neighbour"], "seats": [540, 1080]}, geometry=[at(0, 0), at(0, 300)], index=["S", "N"],
        crs=school().crs,
    )  # fmt: skip
    areas = zones()
    areas.loc["north", "geometry"] = areas.loc["north", "geometry"].difference(at(0, 300).buffer(30))
    return Case.from_frames(facilities=two, people=homes(), links=streets(), zones=areas, limit=500, name="Town")


def test_20_a_school_outside_the_zones_counts_the_same_in_every_question():
    asked = beyond_the_border()
    stage = answers.adequacy(asked)["stages"].set_index("stage").loc["primary"]
    seated = answers.assign(asked)
    click = answers.site(asked, *degrees(at(300, 290)))
    assert stage["seats"] == seated["schools"]["seats"].sum() == 540
    assert (stage["schools_outside"], stage["seats_outside"]) == (1, 1080)
    assert (seated["summary"]["schools_outside"].iloc[0], seated["summary"]["seats_outside"].iloc[0]) == (1, 1080)
    assert click["seats"]["seats_outside_in_reach"].iloc[0] == 1080
    assert click["seats"]["seats_in_reach"].iloc[0] == 0
    for answer in (answers.adequacy(asked), seated, click):
        assert any("区外小学 1 所、1,080 席" in note.zh for note in answer.notes)


def test_20_distances_know_no_border():
    before = town()
    assert answers.coverage(before)["zones"].loc["north", "share_walk"] == 0
    assert answers.coverage(beyond_the_border())["zones"].loc["north", "share_walk"] == 1


def test_20_the_page_supposes_the_school_that_the_shell_supposes(place):
    from ui.session import edits
    from ui.session.state import Choice

    asked = case(place, "primary")
    shell = answers.site(asked, 117.62, 39.07)["school"].iloc[0]
    classes = edits.classes_here(Choice("primary", 2025, "walk"))
    page = answers.site(asked, 117.62, 39.07, classes=classes)["school"].iloc[0]
    assert shell["seats"] == page["seats"] == 1080


# 21: circular demand -----------------------------------------------------------------------------------------------


def test_21_demand_inferred_from_the_seats_is_marked_with_the_independent_ratio_beside_it(place):
    answer = answers.adequacy(case(place, "primary", 2025))
    row = answer["stages"].set_index("stage").loc["primary"]
    other = answers.adequacy(case(place, "primary", 2025, dataclasses.replace(case(place).demand, model="ratio")))
    independent = other["stages"].set_index("stage").loc["primary"]
    assert row["circular"] and not independent["circular"]
    assert row["ratio_independent"] == pytest.approx(independent["ratio"])
    assert row["ratio"] > independent["ratio"] + 0.3
    words = answer.notes[0]
    assert "循环论证" in words.zh and f"{row['ratio']:.1%}" in words.zh and f"{independent['ratio']:.1%}" in words.zh
    south = answer["zones"].query("zone_id == 'haiyang' and stage == 'primary'").iloc[0]
    there = other["zones"].query("zone_id == 'haiyang' and stage == 'primary'").iloc[0]
    assert south["demand_independent"] == pytest.approx(there["demand"])


# 22: the shortages of the parts -------------------------------------------------------------------------------------


def test_22_a_zone_shows_the_shortages_of_its_parts(place):
    zone = answers.adequacy(case(place, "junior", 2025))["zones"].query("stage == 'junior'").set_index("zone_id")
    parts = zone[zone["parent_id"] == "haiyang"]
    assert zone.loc["haiyang", "deficit"] == 0
    assert zone.loc["haiyang", "deficit_within"] >= parts["deficit"].sum() > 0
    assert (zone["deficit_within"] >= zone["deficit"] - 1e-9).all()
    total = answers.adequacy(case(place, "junior", 2025))["stages"].set_index("stage").loc["junior"]
    assert total["deficit_within"] == pytest.approx(zone[zone["level"] == "zone"]["deficit_within"].sum())


# 25: no data is not 0 % ----------------------------------------------------------------------------------------------


def test_25_a_place_without_schools_in_its_data_has_no_data():
    asked = town("kindergarten")
    cover = answers.coverage(asked, limit=500)
    assert cover["zones"][["covered_walk", "share_walk", "share_radius"]].isna().all(axis=None)
    assert cover["zones"]["people"].sum() == 1500
    assert cover["total"]["share_walk"].isna().all()
    assert set(cover["cells"]["served"]) == {"no_data"}
    stage = answers.adequacy(asked)["stages"].set_index("stage").loc["kindergarten"]
    assert stage[["seats", "ratio", "deficit"]].isna().all()
    for answer in (
        cover,
        answers.adequacy(asked),
        answers.gain(asked, limit=500),
        answers.locate(asked, p=1, spacing=50, limit=500),
    ):
        assert any("无数据" in note.zh and "幼儿园" in note.zh for note in answer.notes)
    with pytest.raises(InputError, match="no data"):
        answers.assign(asked)


def test_25_a_plan_that_closes_the_last_school_leaves_nobody_served():
    asked = town()
    after = asked.under(apply(asked.workspace, Scenario("none", closed=("S",))))
    closed = answers.coverage(after)
    assert closed["zones"]["share_walk"].tolist() == [0.0, 0.0]
    # Of another service nothing was known before, and to close a school tells nothing of it.
    assert answers.coverage(after.of("hospital"), limit=500)["zones"]["share_walk"].isna().all()


# 23, 26: rules and what is judged ------------------------------------------------------------------------------------


def test_23_a_test_of_our_own_cites_no_standard(place):
    rules = answers.site(case(place, "primary"), 117.62, 39.07)["rules"].set_index("rule")
    for own in ("inside", "street", "radius"):
        assert rules.loc[own, "standard"] == rules.loc[own, "clause"] == ""
        assert rules.loc[own, "note_zh"] == "本工具的判据（非标准条文）"
    kept = rules.loc[[r for r in rules.index if r.startswith("protection")]]
    assert set(kept["standard"]) == {"GB 50099-2011"} and set(kept["note_zh"]) == {""}


def test_23_less_than_one_pupil_passes_no_rule():
    few = homes().assign(people=[600, 500, 10])  # 5.7 % of 10 people: 0.57 of a pupil
    asked = Case.from_frames(facilities=school(), people=few, links=streets(), zones=zones(), limit=500)
    rule = answers.site(asked, *degrees(at(300, 290)))["rules"].set_index("rule").loc["radius"]
    assert not rule["met"]
    assert rule["actual_zh"] == "不足 1 名学生"
    assert rule["actual"] == "less than 1 of pupils"


def test_26_far_away_nothing_is_judged(place):
    answer = answers.site(case(place, "primary"), 116.39, 39.91)  # the middle of Beijing
    assert answer["rules"].empty
    assert "school" not in answer.tables
    assert answer["place"]["text_zh"].iloc[0].startswith("在规划范围外")


def test_26_a_legend_of_persons_has_whole_persons():
    values = np.array([0.05, 0.17, 0.3, 0.9, 2.2, 3.7, 11.4])
    words = [c["zh"] for c in draw.ramp(values, unit_zh="人", whole=True)]
    assert words[0] == "不足 1 人"
    assert not any("." in w for w in words)
    assert [c["zh"] for c in draw.ramp([0.1, 0.2], unit_zh="人", whole=True)] == ["不足 1 人"]


# 27: what cannot be covered is listed; places are told ----------------------------------------------------------------


def test_27_set_cover_covers_what_it_can_and_lists_the_rest():
    island = pd.concat([homes(), gpd.GeoDataFrame(
        {"people": [50], "zone_id": ["north"]}, geometry=[at(200, 300)], index=["d"], crs=homes().crs)])  # fmt: skip
    asked = Case.from_frames(facilities=school(), people=island, links=streets(), zones=zones(), limit=110)
    answer = answers.locate(asked, model="set_cover", spacing=50)
    left = answer["unreachable"]
    assert left.index.tolist() == ["d"] and {"lon", "lat", "pupils"} <= set(left.columns)
    assert any("unreachable" in note.en for note in answer.notes)
    covered = answer["summary"].iloc[0]
    assert covered["covered_after"] + left["pupils"].sum() == pytest.approx(covered["total"])


def test_27_gain_and_locate_tell_where_their_places_are():
    for table in (answers.gain(town())["top"], answers.locate(town(), p=1, spacing=50)["sites"]):
        for row in table.itertuples():
            assert degrees(row.geometry) == pytest.approx((row.lon, row.lat), abs=1e-6)


def test_27_an_infinite_palma_says_why():
    few = homes().assign(people=[100, 100, 1400])  # more than four tenths reach nothing
    asked = Case.from_frames(facilities=school(), people=few, links=streets(), zones=zones(), limit=500)
    answer = answers.access(asked, method="2sfca", limit=500)
    assert np.isnan(answer["equity"]["palma"].iloc[0])
    assert any("没有帕尔马比值" in note.zh and "除数为零" in note.zh for note in answer.notes)


# 24: the register -----------------------------------------------------------------------------------------------------


def test_24_the_register_counts_indicators_and_tells_contradictions_from_notes(place):
    answer = answers.register(place)
    count = answer["summary"].iloc[0]
    assert (count["indicators"], count["rows"]) == (37, 52)
    assert len(answer["contradictions"]) + len(answer["remarks"]) == len(place.contradictions) == 24
    assert set(answer["contradictions"]["about"]) == {"plan"}
    assert "C18" in set(answer["remarks"]["id"])  # no population in the plan: missing, not contradictory
    names = answer["contradictions"].query("id == 'C24'")["finding_zh"].iloc[0]
    assert "天九再生" in names and "九天再生医疗" in names


def test_24_the_report_has_no_english_header_and_no_key_of_a_stage(place):
    import datetime as dt
    import re

    from layers.page import report

    asked = case(place, "primary", 2035)
    text = report.html(
        place, [answers.coverage(asked), answers.adequacy(asked), answers.register(place)], lang="zh",
        date=dt.date(2026, 11, 27),
    )  # fmt: skip
    heads = set(re.findall(r"<th[^>]*>([^<]*)</th>", text))
    assert not [h for h in heads if h and h.isascii()]
    cells = set(re.findall(r"<td[^>]*>([^<]*)</td>", text)) | set(re.findall(r"<li>([^<]*)</li>", text))
    assert not [c for c in cells if re.search(r"\b(primary|junior|senior|kindergarten|None|nan)\b", c)]
    assert text.count("2035 按 2025 年人口") >= 4  # two titles and two legends
    assert "无 2035 年目标" in text


# 14: a file is what its name says --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (["report", "--service", "primary"], "x.doc"),
        (["export", "--layer", "schools", "--format", "shp"], "x.shp"),
        (["export", "--layer", "schools", "--format", "gdb"], "x.gdb"),
        (["export", "--layer", "schools"], "x.csv"),
    ],
)
def test_14_nothing_else_is_written_under_a_name(words, name, tmp_path, capsys):
    import cli

    target = tmp_path / name
    assert cli.main([*words, "--out", str(target), "--data", str(ROOT / "data")]) == 2
    assert not target.exists() and not list(tmp_path.iterdir())
    told = capsys.readouterr().err
    assert name in told and ("x.html" in told or "x.zip" in told or "x.geojson" in told)


# 25: standards and brand belong to the workspace -----------------------------------------------------------------------


def of_no_standard() -> Case:
    there = town()
    place = dataclasses.replace(
        there.workspace, parameters={**there.workspace.parameters, "standards": {"apply": False}}
    )
    return there.under(place)


def test_25_a_place_that_goes_by_no_standard_asks_for_a_distance():
    asked = of_no_standard()
    with pytest.raises(InputError, match="未选用标准") as refused:
        answers.coverage(asked)
    assert "--" not in str(refused.value) and ".toml" not in str(refused.value)  # words of the page, not of the shell
    own = answers.coverage(asked, limit=500)
    assert own.parameters["standard"] == "" and own["total"]["share_walk"].iloc[0] > 0
    from geo.measure import measured

    click = answers.site(asked.under(measured(asked.workspace, metres=400)), *degrees(at(300, 290)))
    assert click.parameters["limit_m"] == 400 and click.parameters["standard"] == ""
    assert [n for n in click.notes if "自定的 400 米" in n.zh and "own distance" in n.en and " / " not in n.zh]
    chosen = answers.coverage(asked.under(measured(asked.workspace, by="gb50180")))
    assert any("规划者选用" in note.zh for note in chosen.notes)
    assert not answers.coverage(town()).notes


def test_25_a_workspace_made_elsewhere_than_in_china_goes_by_no_standard():
    import tomllib

    from layers.osm.build_files import workspace_toml

    told = {"sloped": False}
    assert (
        tomllib.loads(workspace_toml("POA", "EPSG:32722", [2025], rules=False, **told))["standards"]["apply"] is False
    )
    assert "standards" not in tomllib.loads(workspace_toml("TJ", "EPSG:4548", [2025], rules=True, **told))


def test_25_the_brand_is_the_places_own(place):
    assert place.brand.zh == "高新区规划图"
    assert town().workspace.brand.zh == "Town规划图"
