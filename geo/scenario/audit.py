"""What changed between two states of a scenario, in words: for the audit, for "unsaved changes", for a merge."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from pyproj import Geod

from geo.scenario.objects import Object
from geo.scenario.scenario import Scenario
from geo.services import SERVICES
from geo.text import Text

__all__ = ["FIELDS", "NAMES", "Changed", "changes_between", "counted", "said", "told", "values"]

NAMES: Mapping[str, Text] = {
    "add": Text("新增设施", "new facility"),
    "move": Text("迁移设施", "facility moved"),
    "close": Text("关闭设施", "facility closed"),
    "resize": Text("调整规模", "facility resized"),
    "open": Text("调整开放年份", "opening in another year"),
    "housing": Text("住宅", "housing"),
    "street": Text("街道", "street"),
    "remove": Text("移除街道", "street taken away"),
    "barrier": Text("阻隔", "barrier"),
    "transit": Text("公交线路", "transit line"),
    "growth": Text("人口增长转移", "growth moved"),
    "district": Text("学区", "school district"),
}
"""What each kind of object is called."""
WAYS: Mapping[str, Text] = {
    "street": Text("街道", "street"),
    "bridge": Text("桥", "bridge"),
    "crossing": Text("过街", "crossing"),
    "gate": Text("门", "gate"),
}
FIELDS: Mapping[str, Text] = {
    "facility_id": Text("设施", "facility"),
    "service": Text("服务", "service"),
    "place": Text("位置", "place"),
    "seats": Text("规模", "size"),
    "year": Text("年份", "year"),
    "name_zh": Text("名称", "name"),
    "author": Text("作者", "author"),
    "reason": Text("理由", "reason"),
    "polygon": Text("范围", "area"),
    "line": Text("线路", "line"),
    "area": Text("范围", "area"),
    "dwellings": Text("套数", "dwellings"),
    "persons_per_dwelling": Text("每套人数", "persons per dwelling"),
    "way": Text("类型", "kind of way"),
    "headway_min": Text("发车间隔（分钟）", "headway (min)"),
    "speed_km_h": Text("速度（公里/小时）", "speed (km/h)"),
    "first": Text("首班", "first trip"),
    "last": Text("末班", "last trip"),
    "from_zone": Text("迁出片区", "from zone"),
    "to_zone": Text("迁入片区", "to zone"),
    "people": Text("人数", "persons"),
    "project": Text("项目", "project"),
}
"""What each field of an object is called."""
NONE = Text("无", "none")
GEOD = Geod(ellps="WGS84")


@dataclass(frozen=True)
class Changed:
    """One field of an object that is not what it was; ``field`` is empty where the object came or went.

    Examples
    --------
    >>> from geo.scenario.objects import Closed
    >>> (row,) = changes_between(Scenario("a"), Scenario("a", objects=(Closed("S", 2030),)))
    >>> row.object_id, row.what.en, row.before.en, row.after.en
    ('close:S', 'facility closed', 'none', 'facility closed S, from 2030')
    """

    object_id: str
    kind: str
    field: str
    what: Text
    before: Text
    after: Text


def changes_between(before: Scenario, after: Scenario) -> tuple[Changed, ...]:
    """Return what changed between two states, a row for each field, an object that came or went in one row.

    Who did it and when is known by whoever keeps the states.

    Examples
    --------
    >>> from geo.scenario.objects import Added
    >>> before = Scenario("a", (Added("N01", "primary", 117.0, 39.1, 360, 2028),))
    >>> after = Scenario("a", (Added("N01", "primary", 117.0, 39.1, 720, 2030),))
    >>> [(row.what.en, row.before.en, row.after.en) for row in changes_between(before, after)]
    [('size', '360', '720'), ('year', '2028', '2030')]
    >>> there = Scenario("a", (Added("N01", "primary", 117.0, 39.101, 360, 2028),))
    >>> changes_between(before, there)[0].after.en
    '117.0000000, 39.1010000 (111 m away)'
    """
    return tuple(_rows(before, after))


def _rows(before: Scenario, after: Scenario) -> Iterable[Changed]:
    was, now = ({o.object_id: o for o in s.objects} for s in (before, after))
    for i in dict.fromkeys((*was, *now)):
        old, new = was.get(i), now.get(i)
        if old == new:
            continue
        if old is None or new is None or type(old) is not type(new):
            some = new if new is not None else old
            assert some is not None  # one of the two names it
            yield Changed(i, some.kind, "", _called(some), _object(old), _object(new))
            continue
        one, other = values(old), values(new)
        for field in one:
            if one[field] != other[field]:
                here, there = said(field, one[field]), said(field, other[field])
                yield Changed(
                    i,
                    new.kind,
                    field,
                    _of_project(new, FIELDS[field]),
                    here,
                    _moved(field, one[field], other[field], there),
                )
    for name in dict.fromkeys((*before.parameters, *after.parameters)):
        left, right = (s.parameters.get(name) for s in (before, after))
        if left != right:
            told = [NONE if v is None else Text(str(v), str(v)) for v in (left, right)]
            yield Changed("", "parameters", name, Text(f"参数 {name}", f"parameter {name}"), *told)


def _called(one: Object) -> Text:
    """Return what an object is: a bridge is a bridge, and no street."""
    return WAYS.get(str(getattr(one, "way", "")), NAMES[one.kind])


def _moved(field: str, here: Any, there: Any, words: Text) -> Text:
    """Return a new place with how far it lies from the old one, which is what a reader of two pairs of degrees wants to know."""
    if field != "place" or here is None or there is None:
        return words
    metres = GEOD.inv(*here, *there)[2]
    return Text(f"{words.zh}（移动 {metres:,.0f} 米）", f"{words.en} ({metres:,.0f} m away)")


def values(one: Object) -> dict[str, Any]:
    """Return the fields of an object as people see them: one place, one year.

    Examples
    --------
    >>> from geo.scenario.objects import Added
    >>> values(Added("N01", "primary", 117.0, 39.1))["place"]
    (117.0, 39.1)
    """
    found = {f.name: getattr(one, f.name) for f in fields(one) if f.name != "object_id"}
    if "open_year" in found:
        found["year"] = found.pop("open_year")
    if "lon" in found:
        found["place"] = (found.pop("lon"), found.pop("lat"))
    if "project_id" in found:
        found["project"] = f"{found.pop('project_id')} {found.pop('project_zh')}".strip()
    return {name: found[name] for name in FIELDS if name in found}


def said(field: str, value: Any) -> Text:
    """Return a value of a field in words.

    Examples
    --------
    >>> said("service", "primary").zh, said("place", (117.0, 39.1)).en, said("line", ((0.0, 1.0), (1.0, 2.0))).en
    ('小学', '117.0000000, 39.1000000', '2 corners from 0.0000000, 1.0000000 to 1.0000000, 2.0000000')
    """
    if value is None or value in ("", ()):
        return NONE
    if field == "service" and value in SERVICES:
        return Text(SERVICES[value].name_zh, SERVICES[value].name_en)
    if field == "way":
        return WAYS.get(value, Text(str(value), str(value)))
    if field == "place":
        return Text(_at(value), _at(value))
    if field in ("line", "polygon"):
        first, last = _at(value[0]), _at(value[-2] if field == "polygon" else value[-1])
        corners = len(value) - (field == "polygon")
        return Text(f"{corners} 个点，自 {first} 至 {last}", f"{corners} corners from {first} to {last}")
    if field == "project" and isinstance(value, tuple):
        value = " ".join(value).strip()
    if field == "area":
        corners = sum(len(ring) - 1 for part in value for ring in part)
        return Text(f"{len(value)} 个面，{corners} 个点", f"{len(value)} areas of {corners} corners")
    if isinstance(value, float):
        return Text(f"{value:,.10g}", f"{value:,.10g}")
    return Text(str(value), str(value))


def told(one: Object) -> Text:
    """Return an object in words: what it is, about what, how large, from which year.

    Examples
    --------
    >>> from geo.scenario.objects import Added
    >>> told(Added("N01", "primary", 117.0, 39.1, 360, 2028)).en
    'new facility N01: Primary school, 360, from 2028'
    >>> from geo.scenario.objects import Opened
    >>> told(Opened("S14", 2024, project_id="P03", project_zh="小学")).zh
    '项目 P03 小学：调整开放年份 S14，2024 年起'
    """
    found = values(one)
    shown = [
        name
        for name in ("name_zh", "service", "seats", "dwellings", "people", "from_zone", "to_zone")
        if found.get(name)
    ]
    parts = [said(name, found[name]) for name in shown]
    if one.year is not None:
        parts.append(Text(f"{one.year} 年起", f"from {one.year}"))
    if found.get("project") and "place" in found:
        parts.insert(0, Text(*(f"{FIELDS['place'][n]} {said('place', found['place'])[n]}" for n in (0, 1))))
    name = found.get("facility_id", one.object_id)
    zh, en = ("，".join(p.zh for p in parts), ", ".join(p.en for p in parts))
    mark = (": ", "：") if shown else (", ", "，")
    what = _called(one)
    return _of_project(
        one, Text(f"{what.zh} {name}{mark[1] if zh else ''}{zh}", f"{what.en} {name}{mark[0] if en else ''}{en}")
    )


def _of_project(one: Object, words: Text) -> Text:
    """Return words with the project of the plan that they are about, where an object names one."""
    name = values(one).get("project")
    return Text(f"项目 {name}：{words.zh}", f"project {name}: {words.en}") if name else words


def counted(before: Scenario, after: Scenario) -> Text:
    """Return in words how many objects differ between two states of a plan; empty where none does.

    Examples
    --------
    >>> from geo.scenario.objects import Added
    >>> before = Scenario("a", (Added("N01", "primary", 117.0, 39.1),))
    >>> counted(before, Scenario("a", closed=("S",))).en
    '1 closed, 1 no longer added'
    >>> counted(before, before)
    Text(zh='', en='')
    """
    was, now = ({o.object_id: o for o in s.objects} for s in (before, after))
    kinds = [
        _kind(was.get(i), now.get(i)) for i in dict.fromkeys((*was, *now)) if was.get(i) != now.get(i)
    ]  # fmt: skip
    if dict(before.parameters) != dict(after.parameters):
        kinds.append("parameters")
    listed = [(_WORDS[kind], kinds.count(kind)) for kind in _WORDS if kind in kinds]
    return Text("，".join(f"{w.zh} {n}" for w, n in listed), ", ".join(f"{n} {w.en}" for w, n in listed))


def _kind(old: Object | None, new: Object | None) -> str:
    some = new if new is not None else old
    assert some is not None  # one of the two names it
    return f"{some.kind} {'gone' if new is None else 'new' if old is None else 'other'}"


_SIMPLE: Mapping[str, tuple[Text, Text, Text]] = {
    "add": (Text("新增", "added"), Text("改动新增", "altered"), Text("撤回新增", "no longer added")),
    "close": (Text("关闭", "closed"), Text("改动关闭", "closures altered"), Text("恢复", "reopened")),
    "resize": (Text("调整规模", "resized"), Text("调整规模有改", "sizes altered"), Text("恢复规模", "sizes as before")),
    "move": (Text("迁移", "moved"), Text("改动迁移", "moved elsewhere"), Text("撤回迁移", "no longer moved")),
    "open": (Text("改开放年份", "opening in another year"), Text("再改开放年份", "openings altered"), Text("恢复开放年份", "opening as before")),
}  # fmt: skip
_WORDS: dict[str, Text] = {}
for _way, _name in enumerate(("new", "other", "gone")):
    _WORDS |= {f"{kind} {_name}": words[_way] for kind, words in _SIMPLE.items()}
    for _kind_of in ("housing", "street", "remove", "barrier", "transit", "growth", "district"):
        _zh, _en = NAMES[_kind_of]
        _did = (("新增", "new"), ("改动", "altered"), ("撤回", "withdrawn"))[_way]
        _WORDS[f"{_kind_of} {_name}"] = Text(f"{_did[0]}{_zh}", f"{_en} {_did[1]}")
_WORDS["parameters"] = Text("参数", "with other parameters")


def _object(one: Object | None) -> Text:
    return NONE if one is None else told(one)


def _at(place: tuple[float, float]) -> str:
    return f"{place[0]:.7f}, {place[1]:.7f}"
