"""What a number counts: the unit of a header or a cell, how many ones it stands for, and of which year it is.

One table for every layer. ``办学规模（班）`` is not a number of seats, ``小学学位（万个）`` is ten thousand of them, and
``2025`` in a header is a year; nothing of it is stripped before somebody has looked at it.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from layers.incoming.rows.values import number

__all__ = ["COUNTS", "Header", "Reading", "header", "quantity", "told_above"]

COUNTS = frozenset({"", "count"})
"""What a column of persons or places may count: nothing said, or ones."""

_TIMES = {
    "": 1.0, "十": 10.0, "百": 100.0, "千": 1e3, "万": 1e4, "十万": 1e5, "百万": 1e6, "千万": 1e7, "亿": 1e8,
    "hundred": 100.0, "thousand": 1e3, "thousands": 1e3, "k": 1e3, "'000": 1e3, "000": 1e3, "000s": 1e3, "million": 1e6, "wan": 1e4, "x1000": 1e3,
    "x10000": 1e4, "×1000": 1e3, "×10000": 1e4, "10k": 1e4, "10000": 1e4, "1000": 1e3, "100": 100.0,
}  # fmt: skip
_NOUNS: dict[str, tuple[str, float]] = {
    **dict.fromkeys(("个", "学位", "个学位", "座", "座位", "个座位", "位", "席", "生", "名", "名学生", "学生", "人", "人数", "口", "员", "名幼儿", "幼儿", "人口",
                     "seat", "seats", "place", "places", "person", "persons", "people", "pupil", "pupils", "student", "students", "capita", "head", "no", "no.", "number", "count", "pax"), ("count", 1.0)),
    **dict.fromkeys(("张", "床", "张床", "床位", "个床位", "张床位", "bed", "beds"), ("beds", 1.0)),
    **dict.fromkeys(("班", "个班", "班级", "个班级", "教学班", "个教学班", "班数", "class", "classes", "classrooms", "cls"), ("classes", 1.0)),
    **dict.fromkeys(("轨", "tracks", "streams", "forms of entry", "fe"), ("tracks", 1.0)),
    **dict.fromkeys(("所", "所学校", "校", "处", "家", "间", "栋", "幢", "层", "宗", "块", "个校区", "school", "schools", "campus", "campuses", "rooms", "institutions", "sites"), ("schools", 1.0)),
    **dict.fromkeys(("户", "household", "households", "hh"), ("households", 1.0)),
    **dict.fromkeys(("平方米", "平米", "平方", "平", "m2", "m^2", "sqm", "sq.m", "sq.m.", "sq m", "squaremetres", "squaremeters", "square metres", "square meters", "m²", "方"), ("area", 1.0)),
    **dict.fromkeys(("平方公里", "平方千米", "km2", "km^2", "sqkm", "sq km", "sq.km", "km²", "square kilometres", "square kilometers"), ("area", 1e6)),
    **dict.fromkeys(("公顷", "公頃", "ha", "hectare", "hectares"), ("area", 1e4)),
    **dict.fromkeys(("亩", "市亩", "畝", "mu"), ("area", 10_000 / 15)),
    **dict.fromkeys(("sqft", "sq ft", "ft2", "square feet"), ("area", 0.09290304)),
    **dict.fromkeys(("acre", "acres", "英亩"), ("area", 4046.8564224)),
    **dict.fromkeys(("米", "m", "metre", "metres", "meter", "meters"), ("length", 1.0)),
    **dict.fromkeys(("公里", "千米", "km", "kilometre", "kilometres", "kilometer", "kilometers"), ("length", 1e3)),
    **dict.fromkeys(("里", "华里"), ("length", 500.0)),
    **dict.fromkeys(("元", "块钱", "rmb", "cny", "yuan", "usd", "美元"), ("money", 1.0)),
    **dict.fromkeys(("%", "‰", "百分比", "百分点", "percent", "pct"), ("ratio", 1.0)),
    **dict.fromkeys(("人次", "人天", "visits"), ("visits", 1.0)),
    **dict.fromkeys(("辆", "台", "套", "件", "吨", "度", "岁", "分", "分钟", "min", "小时", "次", "天", "日", "级", "号"), ("other", 1.0)),
}  # fmt: skip
_YEARLY = ("年", "学年", "year", "yr", "a", "annum")
_TIMES_OF = sorted((t for t in _TIMES if t), key=len, reverse=True)
_BRACKET = re.compile(r"[(\[{【〔〈<《「]([^)\]}】〕〉>》」]*)[)\]}】〕〉>》」]?")
_YEAR = re.compile(
    r"(?<!\d)((?:19|20)\d\d)(?!\d)\s*(?:[-—–~至/]\s*(?:(?:19|20)?\d\d)(?!\d))?\s*(?:学年度?|年度?末?|fy)?"
)
_WHEN = re.compile(r"现状|现有|近期|中期|远期|远景|规划|planned|existing|current|future")
_ENDING = re.compile(
    r"(.+?)((?:十|百|千|万|亿)?(?:平方米|平方公里|平方千米|公顷|亩|个?教学班|个?班级?|所|个学位|万个|万人|万座|万名|万张|万))",
    re.DOTALL,
)
# What the words of a header say, the strongest first; a unit decides where they say nothing.
_NATURES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (what, re.compile(pattern))
    for what, pattern in (
        ("need", r"缺口|需求|不足|短缺|缺额|缺少|差额|盈余|盈缺|余缺|剩余|空余|空缺|富余|deficit|shortage|shortfall|demand|surplus|vacan|\bgap"),
        ("change", r"新增|增加|净增|扩增|扩建|扩容|减少|增量|增幅|增长|added|additional|increase|change"),
        ("ratio", r"率|占比|比例|密度|人均|生均|班均|班额|每千人|千人(?=床|卫生|学位|座位|拥有|指标|口|比|千)|万人拥有|每|per[ _]|ratio|\brate|density|average|class[ _]?size|share|%|‰"),
        ("money", r"投资|造价|金额|经费|费用|预算|invest|cost|budget"),
        ("other", r"毕业|退休|离校|graduat|leavers"),
        ("intake", r"招生|新生|录取|招收|入学人数|入园人数|intake|admission|admitted|freshm|new[ _]?(?:pupils|students)"),
        ("enrolment", r"在校|在读|在园|就读|学生数|学生人数|学生总数|学生规模|幼儿数|幼儿人数|现有学生|实际学生|实有学生|学生$|enrol|pupils|students"),
        ("teachers", r"教师|专任|教职|teacher|faculty"),
        ("tracks", r"轨"),
        ("classes", r"班数|班级|教学班|办班|开班|班$|\bclass(?:es|rooms?)?\b|classes|class[ _]?(?:count|num|no)|num_?class"),
        ("schools", r"学校数|校数|所数|园数|机构数|设施数|school[ _]?(?:count|num)|number of schools|schools$|校区数"),
        ("area", r"面积|用地|占地|建筑规模|建设用地|\barea|floor|footprint"),
    )
)  # fmt: skip
_CAPACITY = re.compile(r"学位|座位|容量|容纳|seat|capacity|places")


@dataclass(frozen=True)
class Header:
    """What a header says.

    ``key`` is the name without unit, year and time (by the rules of ``text.key_of``). ``what`` is what its numbers
    count: "" (not said), count, beds, classes, tracks, schools, households, area [m²], length [m], money, ratio,
    visits, intake (of one year), enrolment, need, change, teachers or other. One of its numbers is ``factor``
    ones of it. ``unit`` is the unit as written; ``when`` the year or time; ``rest`` what else stood in brackets.
    """

    text: str
    key: str
    what: str = ""
    factor: float = 1.0
    unit: str = ""
    when: str = ""
    rest: str = ""

    @property
    def year(self) -> int | None:
        """The year that the header says, if it does."""
        return int(self.when) if self.when.isdigit() else None


@dataclass(frozen=True)
class Reading:
    """A cell: its number (None where there is none), how it was read, and what its own unit says it counts.

    ``how`` is that of ``values.number``, or ``masked`` for a value that somebody has hidden.
    """

    value: float | None
    how: str
    what: str = ""
    factor: float = 1.0


def _unit(text: str) -> tuple[str, float] | None:
    """Return what a unit counts and how many ones it stands for, None if the text is no unit."""
    text = re.sub(r"^(?:计量)?单位[:：为]?|^unit[s]?[:：]?|^in\s+", "", text.strip()).strip(" .:：")
    if not text:
        return None
    if text.startswith(("每", "per ")):
        return "ratio", 1.0
    if "/" in text:
        above, _, below = text.partition("/")
        own = _unit(above)
        if own is None or _YEAR.fullmatch(below.strip()):
            return None
        return ("intake", own[1]) if below in _YEARLY and own[0] == "count" else ("ratio", 1.0)
    if text in _NOUNS:
        return _NOUNS[text]
    for times in _TIMES_OF:
        if text.startswith(times):
            noun = text[len(times) :].strip(" ")
            if not noun:
                return ("count", _TIMES[times]) if times not in ("十", "百", "100", "1000") else None
            if noun in _NOUNS:
                what, one = _NOUNS[noun]
                return what, one * _TIMES[times]
    return None


def _bare(text: str) -> str:
    return re.sub(r"[\s_\-·:：*＊/\\.,，;；、|—–]+", "", text)


@functools.lru_cache(maxsize=4096)
def header(text: str) -> Header:
    """Return what a header says.

    Examples
    --------
    >>> header("办学规模（班）").what, header("小学学位/万个").factor, header("小学学位（2030年）").when
    ('classes', 10000.0, '2030')
    """
    whole = unicodedata.normalize("NFKC", text).casefold().strip()
    units: list[tuple[str, tuple[str, float]]] = []
    when: list[str] = []
    rest: list[str] = []

    def take(token: str) -> bool:
        found = _unit(token)
        if found is not None:
            units.append((token.strip(), found))
        return found is not None

    def years(part: str) -> str:
        when.extend(m[1] for m in _YEAR.finditer(part))
        return _YEAR.sub(" ", part)

    for inside in _BRACKET.findall(whole):
        if take(inside):
            continue
        for token in re.split(r"[,，;；、]|\s{1,}|/(?=\s*(?:19|20)\d\d)", years(inside)):
            token = token.strip(" /-")
            if token and not take(token):
                rest.append(token)
    name = years(_BRACKET.sub(" ", whole)).strip()
    when += _WHEN.findall(" ".join([name, *rest]))
    cut = re.fullmatch(r"(.*\S)\s*[\s_/\\|:：\-—–·,，]+\s*(\S+)", name, re.DOTALL)
    if cut and take(cut[2]):
        name = cut[1]
    elif not units and (end := _ENDING.fullmatch(_bare(name))) and take(end[2]):
        name = end[1]
    if (
        name
        and not units
        and _bare(name)
        and (only := _unit(name))
        and only[0] in ("classes", "tracks", "schools", "area", "money", "ratio")
    ):
        units.append((name, only))
    what, factor = units[0][1] if units else ("", 1.0)
    what = _nature(whole, _bare(name), what)
    key = _bare(_WHEN.sub("", name)) or _bare(name)
    return Header(text, key, what, factor, units[0][0] if units else "", when[0] if when else "", " ".join(rest))


def _nature(whole: str, name: str, unit: str) -> str:
    """Return what a header counts, by its words and its unit."""
    said = next((what for what, pattern in _NATURES if pattern.search(whole)), "")
    if said in ("need", "change", "ratio", "money", "other", "teachers"):
        return said
    capacity = bool(_CAPACITY.search(whole))
    if said in ("intake", "enrolment"):
        if unit == "classes" or re.search(r"班数|班级|classes", whole):
            return "other" if said == "intake" else "classes"
        if unit not in ("", "count"):
            return unit
        return "" if said == "enrolment" and capacity else said
    if unit:
        return unit
    return (
        ""
        if capacity
        and said in ("classes", "schools", "area")
        and name.endswith(("学位", "学位数", "座位数", "seats", "capacity"))
        else said
    )


_MASK = re.compile(r"[*＊×●■□◆○?？#·]{2,}|[xX]{2,}")
_HIDDEN = frozenset(
    {
        "保密",
        "涉密",
        "不公开",
        "未公开",
        "不便公开",
        "脱敏",
        "已脱敏",
        "隐藏",
        "略",
        "masked",
        "hidden",
        "confidential",
        "redacted",
        "suppressed",
    }
)
_CELL = re.compile(r"([+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?)\s*([^\d\s,;/()+\-][^\d,;/()]*)?")


def quantity(value: Any) -> Reading:
    """Return the number of a cell with its own unit, if it has one.

    Examples
    --------
    >>> quantity("36班").what, quantity("1.2万").value, quantity("1,080 人").value, quantity("****").how
    ('classes', 12000.0, 1080.0, 'masked')
    >>> quantity("约1200").how, quantity("36班（1620人）").value
    ('bad', 1620.0)
    """
    found, how = number(value)
    if how != "bad" or not isinstance(value, str):
        return Reading(found, how)
    text = unicodedata.normalize("NFKC", value).casefold().strip().replace("，", ",")
    if _MASK.fullmatch(value.strip()) or text in _HIDDEN:
        return Reading(None, "masked")
    if len(text) > 60:
        return Reading(None, "bad")
    parts: list[tuple[float, str, float]] = []
    at = 0
    while at < len(text):
        match = _CELL.match(text, at)
        unit = _unit(match[2]) if match and match[2] else None
        if not match or unit is None:
            return Reading(None, "bad")
        parts.append((float(match[1].replace(",", "")) * unit[1], unit[0], unit[1]))
        at = match.end()
        at += len(re.match(r"[\s,;/()、+]*", text[at:])[0])  # type: ignore[index]
    ones = [p for p in parts if p[1] in ("count", "beds")]
    if len(parts) == 1:
        ones = parts
    if len(ones) != 1 or any(p[1] not in ("count", "classes", "beds", "tracks") for p in parts[1:]):
        return Reading(None, "bad")
    amount, what, factor = ones[0]
    return Reading(round(amount, 6), "rewritten", what, factor)


def told_above(words: str) -> tuple[str, str, float] | None:
    """Return the unit that a title gives to a whole table ("单位：万人"): as written, what, how many ones.

    Several units in one title ("单位：人、班") are none: they do not say which column is which.

    Examples
    --------
    >>> told_above("学校一览表 单位：班"), told_above("单位：人、班")
    (('班', 'classes', 1.0), None)
    """
    said = re.findall(r"单位\s*[:：]\s*([^\s()（）,，;；。]+)", unicodedata.normalize("NFKC", words).casefold())
    found = [(s, u) for s in said if (u := _unit(s)) is not None]
    return (found[0][0], *found[0][1]) if len(found) == 1 == len(said) else None
