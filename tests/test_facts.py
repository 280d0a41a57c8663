"""What the plan says is found by the words that a planner types, with its clause and its sentence; the list is the test's own."""

from __future__ import annotations

import dataclasses
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

import cli
from geo import answers
from geo.errors import InputError
from geo.examples import town
from geo.plantext import places
from layers import workspace
from tests.screen import DATA, page, texts

ASKED = [
    ("海洋片区地理信息系统", "F001", "第九章（五）"),
    ("海洋 GIS", "F001", "第九章（五）"),
    ("智慧高新运营中心", "F002", "第七章（一）"),
    ("园区管理数据库", "F003", "第七章（一）"),
    ("大数据平台", "F004", "第七章（一）"),
    ("基层信息数据库", "F005", "第九章（五）"),
    ("网格化", "F006", "第九章（五）"),
    ("雪亮工程", "F007", "第九章（五）"),
    ("矛调中心", "F007", "第九章（五）"),
    ("产业创新地图", "F008", "第八章（三）"),
    ("招商图谱", "F009", "第三章（五）"),
    ("用工信息库", "F010", "第七章（六）"),
    ("公共资源数据库 开放数据", "F011", "第九章（四）"),
    ("环境基础数据", "F012", "第九章（五）"),
    ("监控及定位", "F013", "第七章（一）"),
    ("政务数据互联互通", "F014", "第九章（五）"),
    ("电子病历", "F018", "第七章（五）"),
    ("海洋 三年攻坚", "F020", "第九章（五）"),
    ("工矿仓储企业", "F021", "第九章（五）"),
    ("隐患大排查", "F022", "第九章（五）"),
    ("突发水污染", "F025", "第九章（一）"),
    ("公共卫生应急", "F026", "第七章（五）"),
    ("应急演练", "F027", "第七章（五）"),
    ("碳达峰", "F028", "第九章（一）"),
    ("生态绿色屏障", "F029", "第九章（一）"),
    ("河长制", "F030", "第九章（一）"),
    ("地面沉降", "F031", "第九章（一）"),
    ("重污染天气预警", "F032", "第九章（一）"),
    ("绿色建筑", "F033", "第九章（一）"),
    ("绿色发展行动计划", "F034", "第九章（一）"),
    ("绿色工厂", "F035", "第九章（一）"),
    ("一谷三区", "F040", "第六章"),
    ("三区一核", "F041", "第六章（一）"),
    ("两核三区", "F042", "第六章（二）"),
    ("一谷一区两基地", "F043", "第六章（三）"),
    ("标准地", "F044", "第九章（五）"),
    ("区域环评", "F044", "第九章（五）"),
    ("用地规划衔接", "F045", "第九章（五）"),
    ("新型产业用地", "F046", "第九章（四）"),
    ("先租后让", "F047", "第九章（四）"),
    ("自贸区扩区", "F048", "第八章（二）"),
    ("一区五园", "F049", "第八章（二）"),
    ("职住平衡", "F050", "第七章（一）"),
    ("路网级配", "F051", "第七章（二）"),
    ("片区与主城区联通", "F052", "第七章（二）"),
    ("低效企业 清退", "F053", "第七章（二）"),
    ("韧性城市", "F055", "第七章（二）"),
    ("教育需求 职工子女", "F057", "第七章（三）"),
    ("南开疾控", "F060", "第一章（一）"),
    ("合作医疗机构 塘沽妇幼", "F060", "第一章（一）"),
    ("智慧医疗", "F061", "第七章（五）"),
    ("读书走廊", "F063", "第七章（四）"),
    ("足球场", "F064", "第七章（四）"),
    ("绿道驿站", "P16", "第七章（四）"),
    ("全民健身工程", "F065", "第七章（四）"),
    ("社区生活圈", "F072", "第七章（一）"),
    ("酒店", "F074", "第六章（二）"),
    ("先进操作系统", "F075", "第三章（一）"),
    ("军民科技协同创新平台", "F076", "第四章（二）"),
    ("海河实验室", "F077", "第四章（二）"),
    ("晶圆厂", "F078", "第三章（一）"),
    ("鲲鹏", "F079", "第三章（一）"),
    ("国家应用示范基地", "F080", "第四章（二）"),
    ("威高", "F081", "第三章（三）"),
    ("千亿 GDP", "F106", "第二章（三）"),
    ("创新排名前12", "F107", "第二章（三）"),
    ("进入前10", "F108", "第二章（三）"),
    ("2035年远景", "F110", "第一章（三）"),
    ("国家级孵化载体 21家", "F115", "第二章（三）"),
    ("规划实施评估", "F129", "第十章（三）"),
    ("目标责任制", "F130", "第十章（三）"),
    ("公众参与", "F131", "第十章（三）"),
    ("滚动", "F132", "第十章（四）"),
    ("与国土空间规划衔接", "F133", "第十章（五）"),
    ("信创 1500亿", "F116", "第三章（一）"),
    ("信创产业营业收入", "I14-xinchuang", "第二章（三）表1第14项"),
    ("小学学位", "I29-primary", "第二章（三）表1第29项"),
    ("学校数", "I25-schools", "第二章（三）表1第25项"),
    ("医疗机构数量", "I25-clinics", "第二章（三）表1第25项"),
    ("学前三年毛入园率", "I28", "第二章（三）表1第28项"),
    ("义务教育布点", "P07", "第七章（三）"),
    ("御湖湾幼儿园", "P06", "第七章（三）"),
    ("Z2线渤龙湖站", "P25", "第七章（二）"),
    ("污水处理厂", "P33", "第九章（一）"),
    ("断头路", "P30", "第七章（二）"),
    ("老旧小区 电梯", "P23", "第七章（二）"),
    ("公租房", "P51", "第七章（六）"),
    ("便民市场", "P53", "第七章（二）"),
    ("养老院 渤龙湖", "P18", "第七章（六）"),
    ("体育中心", "P15", "第六章（三）"),
    ("高银117", "P44", "第六章（二）"),
    ("P3实验室", "P40", "第四章（二）"),
    ("518鸿雁", "P38", "第六章（三）"),
    ("城市展馆", "P50", "第一章（一）"),
    ("云账户", "K15", "第六章（二）"),
    ("飞腾", "K04", "第六章（一）"),
    ("智慧山", "K11", "第六章（二）"),
    ("九州通", "K40", "第六章（三）"),
    ("360创业平台", "K26", "第六章（二）"),
    ("航天五院", "K48", "第六章（三）"),
    ("北产能", "haiyang-bei", "第六章（一）三区"),
    ("京津冀特色细胞谷", "bolonghu-xibao", "第六章（三）一谷"),
    ("京津合作示范区 定位", "jingjin", "第六章（四）"),
    ("东孵化 东双创", "C02", "第六章（一）"),
    ("天九再生", "C24", "第三章（三）"),
    ("塘沽片区", "C04", "第七章（一）"),
    ("冷链物流", "bolonghu-xibao", "第六章（三）一谷"),
    ("小试中试 两高之间", "haiyang-nan", "第六章（一）三区"),
    ("总部经济", "huayuan-zongbu", "第六章（二）三区"),
    ("无人机", "bolonghu-weilai", "第六章（三）两基地"),
    ("科技金融 众创空间", "huayuan-shuangchuang", "第六章（二）两核"),
    ("承接北京产业外溢", "jingjin", "第六章（四）"),
    ("5G基站", "P35", "第七章（一）"),
    ("人才公寓", "P51", "第七章（六）"),
    ("单位GDP能耗", "I30", "第二章（三）表1第30项"),
    ("地表水 III类", "I33", "第二章（三）表1第33项"),
    ("固定资产投资 937", "I06", "第二章（三）表1第6项"),
    ("双自联动", "F140", "第八章（二）"),
    ("领导小组", "F134", "第十章（二）"),
    ("链长", "F137", "第三章（五）"),
]
"""What is typed, the row that answers it, and the clause it must name: information systems, safety, environment, land, social matters,
industry, goals, mechanisms, indicators, projects, zones and carriers, read from the plan without looking at our tables."""
FIRST = 5
"""Rows that a planner looks at."""


@pytest.fixture(scope="module")
def place():
    return workspace.load(DATA)


def test_the_list_is_long_and_asks_for_each_thing_once_or_in_two_ways():
    assert len(ASKED) >= 89 + 20 and len({thing for _, thing, _ in ASKED}) >= 89


@pytest.mark.parametrize(("words", "thing", "clause"), ASKED)
def test_a_fact_of_the_plan_is_found_with_its_clause_and_its_sentence(place, words, thing, clause):
    found = answers.find(place, words)["found"]
    first = found.head(FIRST)
    row = first[first["id"] == thing].iloc[0]
    assert clause in row["clause"]
    told = answers.citation(place, row["kind"], thing)["places"]
    assert len(told) and not places(place.plan_text, told["quote"].iloc[0]).empty
    assert any(clause.split("（")[0] in where for where in told["clause"]), "the sentence stands in another chapter"


def test_a_row_that_is_taken_away_is_missed(place):
    without = dataclasses.replace(place, facts=place.facts[place.facts["id"] != "F050"], key="without")
    left = answers.find(without, "职住平衡")["found"]
    assert "F050" not in set(left["id"]) and set(left["kind"]) == {"text"}  # the plan's own sentence is still found


def test_a_question_is_no_word_and_letters_stand_beside_chinese(place):
    for words in ("海洋片区地理信息系统在哪里？", "海洋片区 GIS", "海洋片区GIS"):
        assert answers.find(place, words)["found"]["id"].iloc[0] == "F001", words


def test_what_is_nearly_said_is_told_as_near_and_what_is_not_said_is_not_found(place):
    near = answers.find(place, "8英寸晶圆厂房")["found"]
    assert near["id"].iloc[0] == "F078" and (near["score"] < 1).all()
    nothing = answers.find(place, "迪士尼乐园")
    assert nothing["found"].empty and nothing.notes
    with pytest.raises(InputError):
        answers.find(place, " ，。")


def test_an_id_finds_its_own_thing_first(place):
    for thing in ("P07", "K15", "F001", "haiyang-bei", "I29-primary"):
        assert answers.find(place, thing)["found"]["id"].iloc[0] == thing
    assert set(answers.find(place, "云账户", kind="carrier")["found"]["kind"]) == {"carrier"}


@pytest.fixture(scope="module")
def small():
    """The town on paper."""
    return town().workspace


@given(words=st.text(max_size=12))
def test_whatever_is_typed_has_an_answer_or_a_word(small, words):
    try:
        found = answers.find(small, words)["found"]
    except InputError as error:
        assert error.text.zh and error.text.en
    else:
        assert found["score"].between(0.5, 1).all()


def test_the_shell_finds_words(capsys):
    assert cli.main(["--data", str(DATA), "cite", "海洋", "GIS"]) == 0
    assert "F001" in (told := capsys.readouterr().out) and "第九章（五）" in told and "建立海洋片区地理信息系统" in told
    assert cli.main(["--data", str(DATA), "cite", "职住平衡", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["found"][0]["id"] == "F050"


@pytest.mark.parametrize(("lang", "sought", "seen"), [("zh", "晶圆厂", ("8-12英寸晶圆厂", "第三章")), ("en", "hotel", ("Hotel", "酒店")), ("zh", "迪士尼", ("都没有说到",))])  # fmt: skip
def test_the_page_finds_words_and_shows_the_sentence_of_the_first(lang, sought, seen):
    app = page(panel="targets", register_part="facts", facts_search=sought, lang=lang)
    assert not app.exception and not app.error
    shown = texts(app)
    assert all(word in shown for word in seen)
