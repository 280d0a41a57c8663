"""One page of A4 for the director: what is asked, one map at a fixed scale, a few numbers, a table, a chart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from geo import answers
from geo.adequacy import ALL
from geo.answers.base import basis_of
from geo.case import Case
from geo.crs import to_metres
from geo.errors import InputError
from geo.services import SERVICES
from geo.text import Text
from layers.look import draw
from layers.page.figure import Picture, fixed
from layers.page.report import table_of
from layers.page.window import groups, scale_for
from layers.report.asked import (
    WIDTH_MM,
    Asked,
    basis_legend,
    coverage_table,
    known,
    legends_of,
    number,
    plates,
    scale_note,
)  # fmt: skip
from layers.report.blocks import Block, Cell, Document, Drawing, Figures, KeyFigure, KeyFigures, Para, Table
from layers.report.carriers import carriers_line
from layers.report.chart import bars
from layers.report.sure import line

__all__ = ["plan_sheet", "site_sheet", "stage_row", "whole_sheet", "zone_sheet", "zone_table", "zones_chart"]

MAP_MM = 128.0
"""Height of the map of a sheet with four rows in its table and its chart; each further one takes from it."""
SITE_SCALE = 15_000.0
SITE_MAP_MM = 100.0
LONGEST = 60
"""A name on a sheet is cut after so many letters: a page is a page."""
MOST_ROWS = 9
SURE_MM = 6.0
"""Height of the line that tells how sure the first number is."""


def cut(text: str) -> str:
    """Return a text that fits a line of a sheet."""
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def whole_sheet(asked: Asked) -> Document:
    """Return the sheet of all zones: who is served by the service asked about, and are there seats."""
    say = asked.say
    picture, legends = legends_of(asked.coverage)
    tops = asked.place.zones.index[asked.place.zones["level"] == "zone"]
    height = _map_height(len(tops), min(len(tops), 5))
    columns, scale = plates(asked.place, picture, asked.lang, WIDTH_MM, height)
    parts: list[Block] = [
        _keys(asked, None),
        *line(asked, ALL),
        Figures(columns, legends, scale_note(scale, say, more=len(columns) > 1)),
        zone_table(asked, list(tops)[:MOST_ROWS], len(tops)),
        Figures([[zones_chart(asked, list(tops)[:5])]], spare=True),
        _warning(asked),
    ]
    return _sheet(asked, f"{asked.name} · {say(f'{asked.service}服务覆盖', f'{asked.service}: who is served')}", parts)


def _map_height(rows: int, bars_drawn: int) -> float:
    """Return the height of the map [mm] that leaves room for a table and a chart."""
    return MAP_MM - SURE_MM - 4.6 * (min(rows, MOST_ROWS) - 4) - 9.5 * (bars_drawn - 4)


def zone_sheet(asked: Asked, zone: str) -> Document:
    """Return the sheet of one zone or sub-area.

    Raises
    ------
    InputError
        If there is no such zone.
    """
    say, zones = asked.say, asked.place.zones
    told = answers.zone_card(asked.place, zone)
    card, carriers = told.tables["card"].iloc[0], told.tables["carriers"]
    picture, legends = legends_of(asked.coverage)
    below = list(zones.index[zones["parent_id"] == zone])
    height = _map_height(len(below) if below else 8, 4) - (24 if len(carriers) else 6)
    scale = scale_for(zones.loc[[zone]], WIDTH_MM, height)
    drawn = fixed(asked.place, picture, [zone], scale=scale, width=WIDTH_MM, height=height, lang=asked.lang)
    role = card.get("role_en" if asked.lang == "en" else "role_zh")
    parts: list[Block] = [
        *([Para(cut(str(role)), "text", str(card["basis"]))] if known(role) and str(role) else []),
        *([Para(carriers_line(asked, carriers), "quiet")] if len(carriers) else []),
        _keys(asked, zone),
        *line(asked, zone),
        Figures([[Drawing(drawn, WIDTH_MM, height)]], legends, scale_note(scale, say)),
        zone_table(asked, below[: MOST_ROWS - 1], len(below)) if below else coverage_table(asked, zone),
        Figures([[_stages_chart(asked, zone)]], spare=True),
        _warning(asked),
    ]
    name = say.named(zones.loc[zone])
    return _sheet(asked, f"{cut(name)} · {say(f'{asked.service}服务覆盖与学位', f'{asked.service} and seats')}", parts)


def site_sheet(asked: Asked, lon: float, lat: float, *, classes: int | None = None) -> Document:
    """Return the sheet of a place: what a new facility there would change.

    Raises
    ------
    InputError
        If the place is none on earth, or the classes make no school.
    """
    case, say, lang = asked.case, asked.say, asked.lang
    answer = answers.site(case, lon, lat, classes=classes)
    here, gain = answer.tables["place"].iloc[0], answer.tables["gain"].iloc[0]
    point = to_metres(gpd.GeoSeries([shapely.Point(lon, lat)], crs="EPSG:4326"), case.workspace.crs)
    reach = answers.isochrone(case, lon, lat) if bool(here["on_street"]) else None
    whole, legends = legends_of(asked.coverage)
    picture = Picture(
        whole.cells, whole.values, whole.classes, facilities=whole.facilities, service=case.service, areas=reach,
        points=gpd.GeoDataFrame(geometry=point.to_numpy(), crs=case.workspace.crs),
    )  # fmt: skip
    zone = str(here["zone_id"]) if known(here["zone_id"]) else ""
    tops = case.workspace.zones.index[case.workspace.zones["level"] == "zone"]
    drawn = fixed(
        case.workspace, picture, [zone] if zone else [str(tops[0])], middle=(point.iloc[0].x, point.iloc[0].y),
        scale=SITE_SCALE, width=WIDTH_MM, height=SITE_MAP_MM, lang=lang,
    )  # fmt: skip
    where = " · ".join(
        cut(say(here[f"{k}_zh"], here[f"{k}_en"])) for k in ("zone", "sub_area") if known(here[f"{k}_zh"])
    )
    told = here["text_en" if lang == "en" else "text_zh"]
    if reach is not None:
        words = say("、", ", ").join(number("limit_m", m, lang) for m in sorted(reach["limit"]))
        entries = [{"symbol": "fill", "colour": draw.isochrone_style(1)["fillColor"], "zh": f"步行 {words}内", "en": f"within {words} on foot"}]  # fmt: skip
        legends = [*legends[:-1], {"title": {"zh": "可达范围", "en": "Reach"}, "entries": entries}, legends[-1]]
    basis = answer.basis
    keys = [
        KeyFigure(say("步行范围内居民", "Residents in reach"), number("people", gain["people_in_reach_walk"], lang), say("人", "on foot"), basis),
        KeyFigure(say("新增服务居民", "Newly served"), number("people", gain["people_new_walk"], lang), say("人，步行", "residents, on foot"), basis),
    ]  # fmt: skip
    if known(gain.get("pupils_new_walk")) and case.is_school:
        keys.append(KeyFigure(say("新增服务学生", "Pupils newly served"), number("people", gain["pupils_new_walk"], lang), say("人，步行", "on foot"), basis))  # fmt: skip
    keys += [
        KeyFigure(say("半径内新增居民", "Newly within radius"), number("people", gain["people_new_radius"], lang), say("人", "residents"), basis),
        KeyFigure(say("标准", "Limit"), number("limit_m", answer.parameters["limit_m"], lang), say("步行", "on foot"), "sourced" if answer.parameters.get("standard") else "assumed"),
    ]  # fmt: skip
    parts: list[Block] = [
        Para(f"{where or say('片区以外', 'outside the zones')} · {say('经度', 'lon')} {lon:.5f}°, {say('纬度', 'lat')} {lat:.5f}° (WGS 84)", "text"),
        *([Para(cut(str(told)) if len(str(told)) < LONGEST else str(told)[:160], "notice")] if known(told) and str(told) else []),
        KeyFigures(keys[:6]),
        Figures([[Drawing(drawn, WIDTH_MM, SITE_MAP_MM)]], legends, scale_note(SITE_SCALE, say)),
        _nearest(asked, answer.tables["nearest"]), *_rules(asked, answer.tables["rules"]), _warning(asked),
    ]  # fmt: skip
    return _sheet(asked, f"{asked.name} · {say(f'{asked.service}选址：此处新建会怎样', f'{asked.service}: a new one here')}", parts)  # fmt: skip


def plan_sheet(asked: Asked, today: Case) -> Document:
    """Return the sheet of a scenario compared with today: two maps of one extent and scale, and the differences.

    Raises
    ------
    InputError
        If no scenario is in hand, or the two cannot be compared.
    """
    case, say, lang = asked.case, asked.say, asked.lang
    if not case.workspace.scenario:
        raise InputError(Text("没有方案可与现状对比：请先选方案（--scenario）", "there is no scenario to compare with today: choose one (--scenario)"))  # fmt: skip
    names = (say("现状", "today"), cut(case.workspace.scenario))
    names = names if names[0] != names[1] else (names[0], names[1] + "*")
    compared = answers.compared({names[0]: today, names[1]: case})
    zones, total = compared.tables["zones"], compared.tables["total"].iloc[1]
    mine = zones[(zones["plan"] == names[1]) & (zones["level"] == "zone")]
    found = groups(case.workspace.zones)
    change = [
        mine.loc[mine["zone_id"].isin(ids), ["d_covered", "d_seats", "d_unseated"]].abs().sum().sum() for ids in found
    ]
    ids = found[max(range(len(found)), key=lambda k: (change[k], len(found[k])))]
    width, height = (WIDTH_MM - 2) / 2, 96.0
    scale = scale_for(case.workspace.zones.loc[ids], width, height)
    drawings = []
    for one in (today, case):
        picture, legends = legends_of(answers.coverage(one))
        drawings.append([Drawing(fixed(one.workspace, picture, ids, scale=scale, width=width, height=height, lang=lang), width, height)])  # fmt: skip
    keys = [
        KeyFigure(say("步行可达人口", "Within on foot"), number("people", total["covered"], lang), _change(total["d_covered"], lang), compared.basis),
        KeyFigure(say("步行覆盖率", "Share on foot"), number("share", total["share"], lang), _change(total["d_share"], lang, share=True), compared.basis),
        KeyFigure(say("学位", "Seats"), number("seats", total["seats"], lang), _change(total["d_seats"], lang), compared.basis),
        KeyFigure(say("无学位学生", "Without a seat"), number("seats", total["unseated"], lang), _change(total["d_unseated"], lang), compared.basis),
        KeyFigure(say("平均步行", "Mean walk"), number("walk_m", total["mean_walk_m"], lang), _change(total["d_mean_walk_m"], lang), compared.basis),
    ]  # fmt: skip
    heads = [say("片区", "Zone"), *(f"{say(*w)}{say('（变化）', ' (change)')}" for w in (("步行可达人口", "Within on foot"), ("覆盖率", "Share"), ("学位", "Seats"), ("无学位学生", "Without a seat")))]  # fmt: skip
    rows = []
    for _, row in mine.head(MOST_ROWS).iterrows():
        told = [_with(row, c, lang) for c in ("covered", "share", "seats", "unseated")]
        rows.append([Cell(cut(say.named(row))), *(Cell(t, True) for t in told)])
    chart_rows = [
        (say.named(r), [float(t), float(m)])
        for (_, r), t, m in zip(mine.head(5).iterrows(), _of(zones, names[0], mine.head(5)), mine.head(5)["share"], strict=True)
    ]  # fmt: skip
    caption = say(f"左：{names[0]}；右：{names[1]}。", f"Left: {names[0]}; right: {names[1]}. ")
    if len(found) > 1:
        caption += say("图为变化最大的片区。", "The zones that change most. ")
    parts: list[Block] = [
        KeyFigures(keys),
        Figures(drawings, legends, caption + scale_note(scale, say, more=True)),
        Table(say("各片区", "By zone"), [Cell(h, k > 0) for k, h in enumerate(heads)], rows, (), compared.basis, _left_out(len(rows), len(mine), say)),
        Figures([[bars(chart_rows, [say(f"步行覆盖率：{names[0]}", f"Share on foot: {names[0]}"), names[1]], width=WIDTH_MM, unknown=say("未知", "unknown"), percent=True)]], spare=True),
        _warning(asked),
    ]  # fmt: skip
    return _sheet(asked, f"{asked.name} · {say(f'{asked.service}：方案与现状对比', f'{asked.service}: scenario and today')}", parts)  # fmt: skip


def _of(zones: pd.DataFrame, plan: str, like: pd.DataFrame) -> list[float]:
    table = zones[zones["plan"] == plan].set_index("zone_id")
    return [float(table.loc[z, "share"]) for z in like["zone_id"]]


def _change(value: Any, lang: str, *, share: bool = False) -> str:
    if not known(value):
        return "change unknown" if lang == "en" else "变化未知"
    told = f"{float(value) * 100:+.1f} {'points' if lang == 'en' else '个百分点'}" if share else f"{float(value):+,.0f}"
    return f"change {told}" if lang == "en" else f"较现状 {told}"


def _with(row: Any, column: str, lang: str) -> str:
    told, change = number("share" if column == "share" else "people", row[column], lang), row[f"d_{column}"]
    if not known(change) or not known(row[column]):
        return told
    return f"{told} ({float(change) * 100:+.1f})" if column == "share" else f"{told} ({float(change):+,.0f})"


def _sheet(asked: Asked, title: str, parts: Sequence[Block]) -> Document:
    lines = (f"{asked.say('日期', 'Date')} {asked.date.isoformat()} · {asked.year} · {cut(asked.plan)}",)
    return Document(title, lines, parts, asked.lang, asked.date, asked.foot, sheet=True)


def stage_row(asked: Asked, zone: str | None, stage: str) -> pd.Series | None:
    """Return seats against need of a stage, in all or in a zone; None for what is no stage."""
    table = asked.adequacy.tables["stages" if zone is None else "zones"]
    rows = table[(table["stage"] == stage) & (True if zone is None else table["zone_id"] == zone)]
    return rows.iloc[0] if len(rows) else None


def _keys(asked: Asked, zone: str | None) -> KeyFigures:
    """Return the figures that are read first, each with its basis."""
    say, lang, answer = asked.say, asked.lang, asked.coverage
    row = answer.tables["total"].iloc[0] if zone is None else answer.tables["zones"].loc[zone]
    limit = number("limit_m", answer.parameters["limit_m"], lang)
    cells = asked.place.cells
    people = basis_of(cells)
    items = [
        KeyFigure(say("常住人口", "Residents"), number("people", row["people"], lang), asked.year, people),
        KeyFigure(say("步行覆盖率", "Share on foot"), number("share_walk", row["share_walk"], lang), say(f"{limit}内 {number('people', row['covered_walk'], lang)} 人", f"{number('people', row['covered_walk'], lang)} within {limit}"), answer.basis),
        KeyFigure(say("半径覆盖率", "Share by radius"), number("share_walk", row["share_radius"], lang), say(f"直线 {answer.parameters['limit_m']:,.0f} 米内 {number('people', row['covered_radius'], lang)} 人", f"{number('people', row['covered_radius'], lang)} within {answer.parameters['limit_m']:,.0f} m straight"), answer.basis),
    ]  # fmt: skip
    stage = stage_row(asked, zone, asked.case.service)
    if stage is not None:
        items.append(KeyFigure(say("学位 / 需求", "Seats / need"), f"{number('seats', stage['seats'], lang)} / {number('seats', stage['demand'], lang)}", say(f"缺 {number('seats', stage['deficit'], lang)} 个", f"short of {number('seats', stage['deficit'], lang)}"), str(stage["basis"])))  # fmt: skip
        if zone is None:
            items.append(KeyFigure(say("规划目标学位", "Target of the plan"), number("target", stage["target"], lang), say(f"距目标差 {number('seats', stage['target_deficit'], lang)} 个", f"short of it by {number('seats', stage['target_deficit'], lang)}"), "sourced" if known(stage["target"]) else ""))  # fmt: skip
    else:
        items.append(KeyFigure(say("设施", "Facilities"), number("facilities", answer.parameters["facilities"], lang), asked.service, answer.basis))  # fmt: skip
    return KeyFigures(items)


def zone_table(asked: Asked, ids: Sequence[str], all_of_them: int) -> Table:
    """Return who is served in each of the zones, and seats beside need for a stage."""
    say, lang, table = asked.say, asked.lang, asked.coverage.tables["zones"]
    school = asked.case.is_school
    heads = [say("片区", "Zone"), say("常住人口", "Residents"), say("步行可达", "On foot"), say("步行覆盖率", "Share on foot"), say("半径覆盖率", "Share by radius")]  # fmt: skip
    heads += [say("学位", "Seats"), say("需求", "Need"), say("缺口", "Short of")] if school else []
    rows = []
    for i in ids:
        row = table.loc[i]
        told = [number(c, row[c], lang) for c in ("people", "covered_walk", "share_walk", "share_radius")]
        stage = stage_row(asked, i, asked.case.service) if school else None
        told += [number("seats", stage[c], lang) for c in ("seats", "demand", "deficit")] if stage is not None else []
        rows.append([Cell(cut(say.named(row))), *(Cell(t, True) for t in told)])
    return Table(
        say("各片区", "By zone"), [Cell(h, k > 0) for k, h in enumerate(heads)], rows, (), asked.coverage.basis,
        _left_out(len(rows), all_of_them, say),
    )  # fmt: skip


def _left_out(shown: int, whole: int, say: Any) -> str:
    return say(f"只列 {shown} 个，共 {whole} 个", f"{shown} of {whole}") if shown < whole else ""


def zones_chart(asked: Asked, ids: Sequence[str]) -> Drawing:
    """Return seats beside need by zone, for a stage; the share served for another service."""
    say = asked.say
    zones = asked.coverage.tables["zones"]
    unknown = say("未知", "unknown")
    if not asked.case.is_school:
        rows: list[tuple[str, Sequence[float | None]]] = [(say.named(zones.loc[i]), [float(zones.loc[i, c]) for c in ("share_walk", "share_radius")]) for i in ids]  # fmt: skip
        return bars(rows, [say("步行覆盖率", "Share on foot"), say("半径覆盖率", "Share by radius")], width=WIDTH_MM, unknown=unknown, percent=True)  # fmt: skip
    made: list[tuple[str, Sequence[float | None]]] = []
    for i in ids:
        stage = stage_row(asked, i, asked.case.service)
        made.append((say.named(zones.loc[i]), [None, None] if stage is None else [float(stage["seats"]), float(stage["demand"])]))  # fmt: skip
    return bars(made, [say(f"{asked.service}学位", f"{asked.service}: seats"), say("需求", "need")], width=WIDTH_MM, unknown=unknown)  # fmt: skip


def _stages_chart(asked: Asked, zone: str) -> Drawing:
    say = asked.say
    table = asked.adequacy.tables["zones"]
    rows = [
        (say(SERVICES[str(r["stage"])].name_zh, SERVICES[str(r["stage"])].name_en), [float(r["seats"]), float(r["demand"])])
        for _, r in table[table["zone_id"] == zone].iterrows()
    ]  # fmt: skip
    return bars(rows, [say("学位", "Seats"), say("需求", "Need")], width=WIDTH_MM, unknown=say("未知", "unknown"))


def _nearest(asked: Asked, table: pd.DataFrame) -> Table:
    say, lang = asked.say, asked.lang
    heads = [say("服务", "Service"), say("最近的设施", "Nearest"), say("步行", "On foot"), say("直线（米）", "Straight [m]"), say("依据", "Basis")]  # fmt: skip
    rows = [
        [
            Cell(say(r["service_zh"], r["service_en"])), Cell(cut(say.named(r))), Cell(number("walk_m", r["walk_m"], lang), True),
            Cell(number("radius_m", r["radius_m"], lang), True), Cell(str(draw.basis_style(r["basis"])[lang])),
        ]
        for _, r in table[table["rank"] == 1].iterrows()
    ]  # fmt: skip
    return Table(say("离这里最近的", "Nearest to here"), [Cell(h, k in (2, 3)) for k, h in enumerate(heads)], rows)


def _rules(asked: Asked, table: pd.DataFrame) -> list[Block]:
    if not len(table):
        return []
    return [table_of("rules", table, asked.lang, rows=6)]


def _warning(asked: Asked) -> Para:
    """Return how much of what is drawn is assumed, and where the rest is to be read."""
    supply = asked.case.supply
    assumed = int((supply["basis"] == "assumed").sum()) if "basis" in supply else len(supply)
    say = asked.say
    notice = basis_legend(say)[0]
    told = notice.text if isinstance(notice, Para) else ""
    return Para(
        say(
            f"{asked.service} {len(supply)} 处，其中 {assumed} 处的位置或规模为假设。{told}",
            f"{asked.service}: {len(supply)} facilities, place or size of {assumed} is assumed. {told}",
        ),
        "notice",
    )
