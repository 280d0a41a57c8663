"""Carriers 载体: every one that the plan names for a zone is there, in its zone, of its kind, with the plan's sentence; none is counted."""

from __future__ import annotations

import dataclasses

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geo import answers
from geo.examples import town
from geo.plantext import places
from layers import exports, workspace
from layers.incoming import read
from layers.look.carriers import CARRIERS
from layers.write import qml
from tests.screen import DATA, page, texts
from ui.map.carriers import carrier_specs
from ui.panels import carriers_view

NAMED = {
    "haiyang-bei": "滨海西站周边 中环 立联信", "haiyang-nan": "飞腾 麒麟 天津先进技术研究院 两高之间", "haiyang-dong": "东部建成区",
    "haiyang-he": "滨海西站枢纽核 东部建成区孵化核 两高之间动能引育核", "haiyang": "滨海西站 中环 立联信 飞腾 麒麟 天津先进技术研究院",
    "huayuan-xinjingji": "智慧山 普天创新园 天百新经济基地 科馨别墅 云账户 天鹅到家 途牛国际",
    "huayuan-shuangchuang": "国际创业中心 留学生创业园 科技金融中心 海泰大厦 海泰信息广场",
    "huayuan-xinxi": "国家先进计算产业创新中心 信创安全基地 华苑软件园 360创业平台", "huayuan-zhizao": "力神电池 巴莫科技 赛象科技 津荣天宇",
    "huayuan-zongbu": "高银117商务区 国际医疗城 枫叶国际学校 小学 酒店 会展中心",
    "bolonghu-xibao": "生物医药创新中心 国家生物医药国际创新园 渤龙产业园 九州通健康产业园 天津药物研究院 九天再生医疗",
    "bolonghu-zhizao": "智能制造产业园 明阳风电 禧天龙 合纵电力 高能智核", "bolonghu-weilai": "航天五院 十一院 航天五院518鸿雁 腾讯IDC数据中心",
    "bolonghu-huoli": "渤龙湖总部基地 儿童福利院 养老院 御湖湾幼儿园 高新区体育中心 恒大恒湖苑", "jingjin": "城市展馆 示范区办公基地",
}  # fmt: skip
"""What chapter six (and one, for the demonstration zone) names, read from the plan without looking at our table."""
FIRMS = [
    "中环",
    "立联信",
    "飞腾",
    "麒麟",
    "云账户",
    "天鹅到家",
    "途牛国际",
    "力神电池",
    "巴莫科技",
    "赛象科技",
    "津荣天宇",
    "九天再生医疗",
    "明阳风电",
    "禧天龙",
    "合纵电力",
    "高能智核",
]


@pytest.fixture(scope="module")
def place():
    return workspace.load(DATA)


@pytest.mark.parametrize("zone", NAMED)
def test_every_carrier_that_the_plan_names_for_a_zone_is_on_its_card(place, zone):
    found = answers.zone_card(place, zone)["carriers"]
    for name in NAMED[zone].split():
        assert found["name_zh"].str.contains(name, regex=False).any(), name


def test_the_card_loses_nothing_of_what_it_told_in_words(place):
    for zone, row in place.zones.iterrows():
        listed = list(answers.zone_card(place, str(zone))["carriers"]["name_zh"])
        for word in row["carriers"].split("；"):
            assert any(word in name or name in word for name in listed), (zone, word)


def test_firms_are_told_from_premises_institutes_and_platforms(place):
    carriers = place.carriers
    assert sorted(carriers.loc[carriers["kind"] == "firm", "name_zh"]) == sorted(FIRMS)
    assert set(carriers["kind"]) == set(CARRIERS)
    assert carriers.index.is_unique and len(carriers) == 59


def test_each_is_in_the_plans_own_sentence_under_its_clause(place):
    for mark, row in place.carriers.iterrows():
        told = answers.citation(place, "carrier", str(mark))["places"]
        assert row["clause"] in set(told["clause"]), mark
        name = row["name_zh"].split("（")[0]
        assert all(name in quote for quote in told["quote"]), mark
        assert not places(place.plan_text, told["quote"].iloc[0]).empty


def test_each_lies_in_its_zone_apart_from_the_others_and_what_is_assumed_reaches_all_of_it(place):
    own = place.carriers[~place.carriers["note"].str.contains("位置同设施")]
    for mark, row in place.carriers.iterrows():
        zone = place.zones.loc[row["zone_id"].split(";")[0]]
        if mark in own.index:
            assert row.geometry.within(zone.geometry), mark
        else:
            assert row.geometry.distance(zone.geometry) <= row["accuracy_m"], mark
        if row["source_id"] == "own-carriers":
            assert row["basis"] == "assumed" and "位置为假定" in row["note"]
            corners = shapely.points(shapely.get_coordinates(zone.geometry))
            assert shapely.distance(row.geometry, corners).max() + zone["accuracy_m"] <= row["accuracy_m"] + 1, mark
    xy = shapely.get_coordinates(own.geometry)
    apart = np.hypot(*(xy[:, None] - xy[None]).T) + np.eye(len(xy)) * 1e9
    assert apart.min() > 100  # told apart when a sub-area fills the map


def test_a_carrier_that_is_a_facility_stands_where_the_facility_stands(place):
    same = place.carriers["note"].str.extract(r"位置同设施 (\w+)")[0].dropna()
    assert set(same) == {"S14", "C27", "F04", "S15"}
    frames = pd.concat([place.schools, place.clinics, place.facilities])
    for mark, facility in same.items():
        assert place.carriers.geometry[mark].equals(frames.geometry[facility])


def test_nothing_is_counted_of_carriers(place):
    without = dataclasses.replace(place, carriers=gpd.GeoDataFrame(), key="without")
    for zone in ("huayuan", "bolonghu-huoli"):
        here, there = answers.zone_card(place, zone), answers.zone_card(without, zone)
        for table in ("card", "schools", "clinics", "stops", "facilities", "projects"):
            pd.testing.assert_frame_equal(here[table], there[table])
        assert there["carriers"].empty
    for service in ("kindergarten", "culture", "elderly_centre"):
        one, other = (answers.coverage(workspace.case(p, service)) for p in (place, without))
        pd.testing.assert_frame_equal(one["zones"], other["zones"])


def test_a_place_without_carriers_has_none():
    assert answers.zone_card(town().workspace, "south")["carriers"].empty
    assert carrier_specs(town().workspace) == []
    assert carriers_view.clicked(town().workspace, 117.0, 39.0) is None


def test_a_planners_list_with_chinese_headers_is_taken(tmp_path):
    path = tmp_path / "载体.csv"
    path.write_text(
        "载体编号,名称,类别,片区,经度,纬度\nB1,甲楼,楼宇,huayuan,117.10,39.08\nB2,乙公司,企业,huayuan,117.11,39.08\nB3,丙院,研究院,huayuan,117.12,39.08\n",
        encoding="utf-8",
    )
    answer = read(path, layer="carriers")
    for question in answer.questions:
        answer = read(path, layer="carriers", answers={question.key: question.guess})
    assert list(answer.frame["kind"]) == ["premises", "firm", "institute"]


def test_carriers_are_drawn_by_kind_in_qgis_and_on_the_map(place):
    style = qml.style_of(place.carriers, "point", layer="carriers")
    assert {c.label for c in style.categories} == {"园区楼宇", "企业", "院所", "平台"}
    assert len({c.marker for c in style.categories}) == 4
    (spec,) = carrier_specs(place)
    assert spec["on"] is False and len(spec["legend"]) == 4 and "59" in spec["title"]
    assert "carriers" in exports.LAYERS


def test_a_click_near_a_carrier_means_it_and_one_elsewhere_none(place):
    one = place.carriers.to_crs(4326).geometry["K15"]
    assert carriers_view.clicked(place, one.x, one.y) == "K15"
    assert carriers_view.clicked(place, 117.3, 39.3) is None


@pytest.mark.parametrize(("lang", "words"), [("zh", ("企业", "云账户", "巩固营利性服务业发展优势", "不参与任何计数")), ("en", ("firm", "Yunzhanghu", "counted in nothing"))])  # fmt: skip
def test_the_card_shows_a_carrier_that_was_clicked_with_its_sentence(place, lang, words):
    at = place.carriers.to_crs(4326).geometry["K15"]
    app = page(panel="zones", lang=lang, place=(at.x, at.y))
    assert not app.exception and not app.error
    shown = texts(app)
    assert all(word in shown for word in words)
    assert app.session_state["zone"] == "huayuan-xinjingji" and app.session_state["carrier"] == "K15"
