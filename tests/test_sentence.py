"""The first sentence of a panel: right where nothing is known, nothing lacks, all are equal; never more than three places."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from geo.text import Text
from ui.parts import sentence

NAN = math.nan
NAMES = {key: Text(f"{key}区", f"{key} zone") for key in "ABCDEFG"}
PRIMARY = Text("小学", "Primary school")


def zones(**short: float) -> pd.DataFrame:
    """Return zones A (in parts B to E) and F, G without parts, with what each lacks."""
    rows = [(key, "zone" if key in "AFG" else "sub_area", None if key in "AFG" else "A") for key in "ABCDEFG"]
    table = pd.DataFrame(rows, columns=["zone_id", "level", "parent_id"])
    table["deficit"] = [short.get(key, 0.0) for key in table["zone_id"]]
    return table.assign(deficit_within=table["deficit"])


def stage(net: float, within: float, *, circular: bool = False) -> pd.Series:
    return pd.Series({"deficit": net, "deficit_within": within, "circular": circular})


def short(row: pd.Series, table: pd.DataFrame) -> Text:
    return sentence.short(row, table, NAMES, name=PRIMARY, year=2025)


def test_seats_lacking_name_the_three_worst_parts_and_no_zone_that_has_parts() -> None:
    told = short(stage(300.0, 2154.0), zones(A=900.0, B=10.0, C=700.0, D=40.0, E=1000.0, F=404.0))
    assert told.zh == "2025年全区小学缺 2,154 个学位，主要在E区（1,000）、C区（700）、F区（404）；各处相抵后缺 300 个"
    assert told.en.startswith(
        "The whole place lacks 2,154 seats in 2025, Primary school, most of them in E zone (1,000)"
    )
    assert "A区" not in told.zh


@pytest.mark.parametrize(
    ("row", "said"),
    [(stage(0.0, 0.0), "不缺学位"), (stage(NAN, NAN), "还说不出"), (stage(0.0, 0.0, circular=True), "反推"), (stage(5.0, NAN), "缺 5 个学位"),
     (stage(0.2, 0.4), "不缺学位")],
)  # fmt: skip
def test_seats_not_lacking_not_known_and_circular_are_said(row: pd.Series, said: str) -> None:
    told = short(row, zones())
    assert said in told.zh
    assert "nan" not in told.zh + told.en
    assert "主要在" not in told.zh


def test_a_tie_keeps_the_order_of_the_table_and_one_zone_stands_alone() -> None:
    assert short(stage(20.0, 20.0), zones(B=5.0, C=5.0, D=5.0, E=5.0)).zh.count("5") == 4  # 2025 and three places
    alone = zones(F=7.0)[lambda t: t["zone_id"] == "F"]
    assert "主要在F区（7）" in short(stage(7.0, 7.0), alone).zh
    assert sentence.by_zone(alone, NAMES) == Text("", "")
    assert sentence.by_zone(zones(A=3.0, F=NAN), NAMES).zh == "分片区：A区 3、F区 –、G区 0"


def covered(people: dict[str, tuple[float, float]], by: str = "walk") -> Text:
    table = pd.DataFrame(
        [(key, None, a, b) for key, (a, b) in people.items()],
        columns=["zone_id", "parent_id", "people", f"covered_{by}"],
    ).set_index("zone_id")
    whole = table[["people", f"covered_{by}"]].sum(min_count=1)
    whole[f"share_{by}"] = whole[f"covered_{by}"] / whole["people"] if whole["people"] else NAN
    return sentence.covered(whole, table, NAMES, service=PRIMARY, year=2025, metres=500.0, by=by)


def test_coverage_says_the_share_who_is_left_and_where() -> None:
    told = covered({"F": (100.0, 40.0), "G": (100.0, 100.0)})
    assert told.zh == "2025年步行 500 米内有小学的居民占 70%，还有 60 人没有，主要在F区（60）"
    assert "as the crow flies" in covered({"F": (100.0, 40.0)}, "radius").en
    assert "都有小学" in covered({"F": (100.0, 100.0)}).zh
    assert "还说不出" in covered({"F": (NAN, NAN)}).zh
    assert "还说不出" in covered({"F": (0.0, 0.0)}).zh


def test_the_other_sentences_know_nothing_none_and_some() -> None:
    one = Text("甲", "A")
    assert (
        sentence.access(pd.Series({"gini": NAN, "share_none": NAN}), service=PRIMARY, who=one).zh.count("还说不出") == 1
    )
    assert "–" in sentence.access(pd.Series({"gini": NAN, "share_none": 0.5}), service=PRIMARY, who=one).zh
    areas = pd.DataFrame({"people": [10.0, 0.0], "lacks_mean": [2.0, 5.0], "complete_15": [0.5, NAN]}, index=["A", "B"])
    assert (
        sentence.circles(areas, 5, lambda i: NAMES[i]).zh
        == "居民平均缺 2.0 项（共 5 项），15 分钟圈样样都有的占 50%；缺得最多的是A区"
    )
    assert "还说不出" in sentence.circles(areas.iloc[:0], 5, lambda i: NAMES[i]).zh
    words = {"primary": PRIMARY}
    assert (
        sentence.zone(one, 1.5, 9.0, 2025, {"primary": 3.0}, words).zh
        == "甲：1.50 平方公里，2025年居民 9 人，还缺小学 3 个学位"
    )
    assert "不缺" in sentence.zone(one, 1.5, 9.0, 2025, {"primary": 0.0}, words).zh
    assert sentence.zone(one, 1.5, NAN, 2025, {"primary": NAN}, words).zh == "甲：1.50 平方公里，2025年居民 – 人"
    unit = Text("人", "people")
    assert "不能多服务人" in sentence.site(0.0, None, service=PRIMARY, unit=unit).zh
    assert "可多服务 12 人；现在最近的步行甲" in sentence.site(12.0, one, service=PRIMARY, unit=unit).zh.replace(
        " 甲", "甲"
    )
    for left, said in ((0.0, "不必再建"), (NAN, "还说不出"), (7.0, "还有 7 人")):
        assert said in sentence.gap(left, service=PRIMARY, unit=unit, who=unit, metres=500.0).zh
    assert sentence.sited(30.0, [(one, 20.0), (one, 10.0)], unit=unit).zh == "再建 2 处，多服务 30 人；第一处在甲（20）"
    assert sentence.sited(0.0, [], unit=unit) == sentence.sited(NAN, [(one, NAN)], unit=unit)
    assert "没有一处" in sentence.crossings(None, 0.0, 3, 0.0).zh
    assert sentence.crossings(one, 5.0, 3, 9.0).en == "Crossing A helps most: 5 more people in reach; 3 together 9"


def test_plans_are_compared_with_the_first_and_a_tie_is_a_tie() -> None:
    a, b = Text("A 现状", "A today"), Text("B 甲", "B one")
    assert sentence.compared([(a, 10.0), (b, 15.0)]).zh == "B 甲 步行可达的居民最多，15 人，比 A 现状 多 5 人"
    assert "都不如它" in sentence.compared([(a, 10.0), (b, 5.0)]).zh
    assert "一样多" in sentence.compared([(a, 10.0), (b, 10.2)]).zh
    assert "还说不出" in sentence.compared([(a, 10.0), (b, NAN)]).zh
    assert "还没有改动" in sentence.planned(0, []).zh
    assert "没有变化" in sentence.planned(2, [(a, 0.1), (b, NAN)]).zh
    assert (
        sentence.planned(1, [(a, 3.0), (b, -1200.0)]).zh
        == "方案改动 1 处；步行可达的居民：B 甲 -1,200 人、A 现状 +3 人"
    )


def test_indicators_projects_and_guards_are_counted() -> None:
    names = [Text(k, k) for k in "甲乙丙丁"]
    assert (
        sentence.monitored({"red": 4, "grey": 2, "green": 1}, names).zh
        == "7 项中 4 项落后、0 项需留意：甲、乙、丙；2 项还没有数"
    )
    assert sentence.monitored({"grey": 3}, []).zh == "3 项都还没有数：先填写或导入实际值"
    assert sentence.monitored({"green": 3}, []).zh == "有数的 3 项都跟得上"
    assert sentence.projects({Text("在建", "being built"): 2}).zh == "2 个项目：在建 2"
    assert sentence.health({names[0]: True}).zh == "1 项防护全部有效"
    assert sentence.health({names[0]: True, names[1]: False}).zh == "2 项防护中 1 项无效：乙"
    assert sentence.health({names[0]: True, names[1]: None}).zh == "2 项防护中 1 项是否有效未能判定"
