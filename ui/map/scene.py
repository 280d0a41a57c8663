"""The layers that are always on the map: base map, zones, transport, facilities; each published once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import streamlit as st

from geo.case import facilities
from geo.text import Text
from geo.workspace import Workspace
from layers.look import draw
from ui.map import look
from ui.map.caption import caption
from ui.map.carriers import carrier_specs
from ui.map.drawn import Drawn
from ui.map.ground import ground_files, ground_spec, label_point, link_files, link_spec, water_file, water_spec
from ui.map.host import has, last_click
from ui.map.land import land_specs
from ui.map.look import badge, weakest
from ui.map.projects import project_spec
from ui.map.publish import publish_frame, publish_streets
from ui.map.search import index_of, search_of
from ui.map.tiles import online_tiles
from ui.session.state import Choice
from ui.session.work import aside
from ui.words import BASIS, KIND_NAMES, STATUS, both, language, pick, say, service_name

__all__ = [
    "Spec",
    "badge",
    "basis_legend",
    "bounds_of",
    "data_of",
    "home",
    "layers_of",
    "places",
    "point_rules",
    "service_spec",
    "weakest",
]

Spec = dict[str, Any]
KEEP: dict[str, Any] = {"show_spinner": False, "max_entries": 64}
LONG_WORDS = re.compile(r"( cooperation)?( demonstration)? zone$", re.IGNORECASE)
"""What every English zone name ends in says nothing on a label."""
UNSAID = Text("", "")
CLEAR = 150
"""Facilities at most for which names on the map look for room beside their signs."""
ASKED = ({"upto": 1, "radius": 10.5}, {"upto": 3, "radius": 8}, {"upto": 12, "radius": 6}, {"radius": 4.5})
"""How large what is asked about is drawn [px] up to how many neighbours on the screen: a thousand stops must not hide the city."""
DOT = {"path": look.DOT, "glyph": "", "dash": None}
OTHERS = ({"upto": 2, "from": 13}, {"upto": 5, "radius": 4, **DOT}, {"radius": 2.4, "halo": 1.6, **DOT})
"""What is not asked about is a sign near by where there is room, else a dot, and a small one where it is crowded."""


def basis_legend() -> list[dict[str, Any]]:
    """Return the legend of how sure a thing is: by line, by fill, by outline."""
    ink = look.INK["line"]
    return [
        {"type": "line", "color": ink, "text": say("basis_solid")},
        {"type": "line", "color": ink, "dash": "6 3", "text": say("basis_derived")},
        {"type": "line", "color": ink, "dash": "1.6 3", "text": say("basis_assumed")},
    ]


def bounds_of(shapes: gpd.GeoSeries) -> list[list[float]]:
    """Return the bounds of shapes as [[south, west], [north, east]] in degrees."""
    west, south, east, north = shapes.to_crs(4326).total_bounds
    return [[round(south, 6), round(west, 6)], [round(north, 6), round(east, 6)]]


@st.cache_data(**KEEP, hash_funcs={Workspace: lambda w: w.key})
def home(workspace: Workspace) -> list[list[float]]:
    """Return the bounds of all zones as [[south, west], [north, east]] in degrees."""
    return bounds_of(workspace.zones.geometry)


@st.cache_data(**KEEP, hash_funcs={Workspace: lambda w: w.key})
def _places(workspace: Workspace) -> list[tuple[Text, list[list[float]]]]:
    zones = workspace.zones[workspace.zones["level"] == "zone"]
    if not 1 < len(zones) <= 8:
        return []
    return [
        (short_name(row), bounds_of(gpd.GeoSeries([row["geometry"]], crs=workspace.crs))) for _, row in zones.iterrows()
    ]


def places(workspace: Workspace) -> list[dict[str, Any]]:
    """Return the places that the map can jump to."""
    all_of_it = [{"label": say("all_zones"), "bounds": home(workspace)}]
    return all_of_it + [{"label": pick(name), "bounds": bounds} for name, bounds in _places(workspace)]


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def short_name(row: Mapping[str, Any] | pd.Series) -> Text:
    """Return the short name of a zone in both languages."""
    short, full = _text(row.get("short_zh")), _text(row.get("name_zh"))
    # A short name is cut for Chinese; a name in letters would lose its end.
    zh = short if short and not full.isascii() else full
    en = LONG_WORDS.sub("", _text(row.get("name_en")).split(" (")[0].split(": ")[0])
    return Text(zh, en or zh)


def _tips(rows: Iterable[tuple[list[str], list[str]]]) -> tuple[list[str], list[str]]:
    pairs = [("\n".join(t for t in zh if t), "\n".join(t for t in en if t)) for zh, en in rows]
    return [p[0] for p in pairs], [p[1] for p in pairs]


def _zones(workspace: Workspace) -> tuple[dict[str, Any], dict[str, Any]]:
    """Publish zones and sub-areas, each with its label, label point and colour key."""
    zones = workspace.zones
    colours = draw.zone_colours(zones)
    names = [short_name(row) for _, row in zones.iterrows()]
    inner = gpd.GeoSeries([label_point(g) for g in zones.geometry], crs=zones.crs).to_crs(4326)
    frame = gpd.GeoDataFrame(
        {
            "label_zh": [n.zh for n in names],
            "label_en": [n.en for n in names],
            "label_at": [[round(p.x, 6), round(p.y, 6)] for p in inner],
            "label_color": [draw.zone_style(colours[str(i)])["color"] for i in zones.index],
            "tone": [colours[str(i)] for i in zones.index],
            "basis": zones["basis"].to_numpy(),
            "level": zones["level"].to_numpy(),
        },
        geometry=zones.geometry.to_numpy(),
        crs=zones.crs,
    )
    return publish_frame(frame[frame["level"] == "zone"]), publish_frame(frame[frame["level"] == "sub_area"])


def _facility_tips(frame: gpd.GeoDataFrame) -> tuple[list[str], list[str]]:
    def one(row: Mapping[str, Any]) -> tuple[list[str], list[str]]:
        seats = row.get("seats")
        known = seats is not None and not pd.isna(seats)
        accuracy = row.get("accuracy_m")
        lines: list[list[str]] = []
        for k in (0, 1):
            unit = (both("beds") if "beds" in frame.columns else both("seats"))[k]
            state = STATUS.get(_text(row.get("status")), UNSAID)[k]
            opened = row.get("open_year")
            state += f" {opened:.0f}" if opened is not None and not pd.isna(opened) else ""
            truth = BASIS.get(_text(row.get("basis")), UNSAID)[k]
            exact = both("accuracy", m=f"{accuracy:,.0f}")[k] if accuracy and not pd.isna(accuracy) else ""
            name = _text(row.get("name_zh")) if k == 0 else _text(row.get("name_en")) or _text(row.get("name_zh"))
            kind = KIND_NAMES.get(_text(row.get("kind")), UNSAID)[k]
            size = f"{unit} {seats:,.0f}" if known else ""
            lines.append(
                [name, kind, " · ".join(t for t in (state, size) if t), " · ".join(t for t in (truth, exact) if t)]
            )
        return lines[0], lines[1]

    return _tips(one(row) for row in frame.to_dict("records"))


@st.cache_data(**KEEP, hash_funcs={Workspace: lambda w: w.key})
def _facility_file(workspace: Workspace, key: str, year: int) -> tuple[dict[str, str], int, str, tuple[str, ...]]:
    """Publish the facilities of a service in a year."""
    frame = facilities(workspace, key, year)
    zh, en = _facility_tips(frame)
    slim = gpd.GeoDataFrame(
        {"tip_zh": zh, "tip_en": en, "basis": frame["basis"].to_numpy(), "status": frame["status"].to_numpy()},
        geometry=frame.geometry.to_numpy(), crs=frame.crs,
    )  # fmt: skip
    return aside(publish_frame, slim), len(frame), weakest(frame), tuple(sorted(set(frame["status"].dropna())))


@st.cache_data(**KEEP, hash_funcs={Workspace: lambda w: w.key})
def _other_file(workspace: Workspace, key: str, year: int) -> tuple[dict[str, str], tuple[str, ...]]:
    """Publish every school, clinic and station that does not provide the chosen service; return also what services they are of."""
    chosen = facilities(workspace, key, year).index
    own = workspace.services[key].layer
    parts = []
    for name in ("schools", "clinics", "stops", "facilities"):
        frame = workspace.layer(name)
        frame = frame[~frame.index.isin(chosen)] if name == own else frame
        opened = frame["open_year"].isna() | (frame["open_year"] <= year)
        frame = frame[opened & ((frame["status"] == "existing") | frame["open_year"].notna())]
        zh, en = _facility_tips(frame)
        # What the program has no sign for in a layer of any kind is a service that the workspace adds, not a station.
        free = name == "facilities"
        rows_of = [(row, _text(row.get("kind"))) for row in frame.to_dict("records")]
        what = [kind if free or kind == "railway" else draw.service_of(row) for row, kind in rows_of]
        parts.append(
            gpd.GeoDataFrame({"tip_zh": zh, "tip_en": en, "what": what, "basis": frame["basis"].to_numpy()},
                             geometry=frame.geometry.to_numpy(), crs=frame.crs)
        )  # fmt: skip
    rows = gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs=workspace.crs)
    there = set(rows["what"])
    kinds = tuple(k for k in (*draw.SERVICE_LOOK, *sorted(there - set(draw.SERVICE_LOOK))) if k in there)
    return aside(publish_frame, rows), kinds


BASE_LAYERS = ("zones", "streets", "links", "water", "ground")


def _ground(workspace: Workspace) -> Workspace:
    """Return whose base layers a workspace shows: the one before the plan, where the plan leaves them as they are.

    A facility that is dragged changes the key of the workspace at every step; zones and streets stay the same frames.
    """
    base: Workspace | None = st.session_state.get("base")
    if base is None or not workspace.key.startswith(f"{base.key}+"):
        return workspace
    return base if all(getattr(workspace, name) is getattr(base, name) for name in BASE_LAYERS) else workspace


@st.cache_data(**KEEP, hash_funcs={Workspace: lambda w: w.key})
def _base_files(workspace: Workspace) -> dict[str, dict[str, Any]]:
    """Publish what does not change with service and year."""
    zones, subs = _zones(workspace)
    files: dict[str, dict[str, Any]] = {"zones": zones, "subs": subs, "streets": publish_streets(workspace.streets)}
    if (ground := ground_files(workspace)) is not None:
        files["ground"] = ground
    if len(workspace.links):
        files["links"] = link_files(workspace)
    if (water := water_file(workspace)) is not None:
        files["water"] = water
    crossing = _crossings(workspace)
    if len(crossing):
        files["crossings"] = publish_frame(crossing)
    return files


def _crossings(workspace: Workspace) -> gpd.GeoDataFrame:
    """Return the places where the walking network crosses a railway or an expressway."""
    streets = workspace.streets
    barrier = streets["barrier"].fillna("") if "barrier" in streets else pd.Series("", index=streets.index)
    crossing = streets[barrier != ""]
    what = [both("crossing_of", name=b) for b in barrier[barrier != ""]]
    return gpd.GeoDataFrame(
        {
            "tip_zh": [t.zh for t in what],
            "tip_en": [t.en for t in what],
            "basis": crossing["basis"].to_numpy() if "basis" in crossing else "sourced",
        },
        geometry=shapely.line_interpolate_point(
            np.asarray(crossing.geometry.array, dtype=object), 0.5, normalized=True
        ),
        crs=streets.crs,
    )


def point_rules(key: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return style and rules of the facilities of a service: hollow until it exists, faint when not sure."""
    known = draw.service_style(key)
    style = {"color": known["colour"], "path": known["path"], "glyph": known["glyph"], "radius": 10}
    mine = {"color": look.MINE, "radius": 12, "faint": False, "dash": None, "steps": None}
    return style, [
        {"by": "status", "cases": {"planned": {"hollow": True}}},
        look.POINT_BASIS,
        {"by": "status", "cases": {"proposed": mine}},
    ]


def layers_of(workspace: Workspace, key: str, year: int) -> list[Spec]:
    """Return the standing layers for a service and a year, bottom first, in the language of the session."""
    return _layers_of(workspace, key, year, language())


@st.cache_data(**KEEP, hash_funcs={Workspace: lambda w: w.key})
def _layers_of(workspace: Workspace, key: str, year: int, lang: str) -> list[Spec]:
    # ``lang`` is what the words depend on: part of the cache key.
    assert lang == language()
    files = _base_files(_ground(workspace))
    specs: list[Spec] = []
    if "ground" in files:
        specs.append(ground_spec(workspace, files["ground"]))
    if "water" in files:
        specs.append(water_spec(workspace, files["water"]))
    specs.append({
        "id": "streets", "kind": "streets", **files["streets"], "group": "base", "title": say("layer_streets"),
        "legend": [{"type": "line", "color": "#c9c3b6", "width": 2}], "badge": badge(weakest(workspace.streets)),
    })  # fmt: skip
    if "links" in files:
        there = {draw.link_kind(k) for k in workspace.links["kind"]}
        kinds = [k for k in look.LINKS if k in there]
        legend = [
            {
                "type": "line",
                "color": look.LINKS[k][2],
                "width": look.LINKS[k][3],
                "text": pick(Text(*look.LINKS[k][:2])),
            }
            for k in kinds
        ]
        specs.append(link_spec(workspace, files["links"], legend))
    if "crossings" in files:
        specs.append({
            "id": "crossings", **files["crossings"], "group": "base", "title": say("layer_crossings"), "pane": "zp-points",
            "live": True, "style": {"color": "#8a4b1d", "radius": 6},
            "from": 13,
            "legend": [{"type": "point", "color": "#8a4b1d"}],
            "badge": badge(weakest(workspace.streets)),
        })  # fmt: skip
    specs += land_specs(workspace)
    specs += _zone_specs(workspace, files)
    if (spec := project_spec(workspace, on=False)) is not None:
        specs.append(spec)
    specs += carrier_specs(workspace)
    specs += _facility_specs(workspace, key, year)
    return specs


def _zone_specs(workspace: Workspace, files: dict[str, dict[str, Any]]) -> list[Spec]:
    zones = workspace.zones
    subs = zones[zones["level"] == "sub_area"]
    tops = zones[zones["level"] == "zone"]
    fills = {c: {"color": draw.zone_style(c)["color"], "fillColor": c} for c in draw.ZONE_COLOURS}
    specs: list[Spec] = []
    if len(subs):
        specs.append({
            "id": "subs", **files["subs"], "group": "plan", "title": say("layer_subs"), "pane": "zp-zones", "vector": True,
            "style": {"weight": 1.5, "fillOpacity": 0.05, "opacity": 0.85}, "rules": [{"by": "tone", "cases": fills}, look.BASIS_RULE],
            "label": {"className": "zp-sub", "rank": 5, "from": 11.9},
            "legend": [{"type": "fill", "color": draw.ZONE_COLOURS[0], "opacity": 0.08, "dash": look.dash(weakest(subs))}],
            "badge": badge(weakest(subs)),
        })  # fmt: skip
    specs.append({
        "id": "zones", **files["zones"], "group": "plan", "title": say("layer_zones"), "pane": "zp-zones", "vector": True,
        "style": {"weight": 3, "fillOpacity": 0.06, "opacity": 0.95}, "rules": [{"by": "tone", "cases": fills}, look.BASIS_RULE],
        "label": {"className": "zp-zone", "rank": 9, **({"until": 12.9} if len(subs) else {})},
        "legend": [{"type": "fill", "color": draw.ZONE_COLOURS[0], "opacity": 0.1, "strokeWidth": 2, "dash": look.dash(weakest(tops))}],
        "badge": badge(weakest(tops)),
    })  # fmt: skip
    return specs


def service_spec(workspace: Workspace, key: str, year: int) -> Spec:
    """Return the facilities of a service in a year as a layer, in the language of the session."""
    file, count, basis, states = _facility_file(workspace, key, year)
    style, rules = point_rules(key)
    style["steps"] = ASKED
    legend = [{**look.point(key, status=s, basis=basis), "text": pick(STATUS[s])} for s in STATUS if s in states]
    return {
        "id": "service", **file, "group": "service", "pane": "zp-points", "live": True, "clear": count <= CLEAR, "style": style, "rules": rules,
        "title": say("counted", name=pick(service_name(key)), count=f"{count:,}"), "legend": legend, "badge": badge(basis),
    }  # fmt: skip


def _facility_specs(workspace: Workspace, key: str, year: int) -> list[Spec]:
    file, kinds = _other_file(workspace, key, year)
    signs = {k: draw.service_style(k) for k in kinds}
    cases = {k: {"color": one["colour"], "path": one["path"], "glyph": one["glyph"]} for k, one in signs.items()}
    return [
        {
            "id": "others", **file, "group": "service", "title": say("layer_others"), "pane": "zp-points", "live": True,
            "style": {"radius": 7, "steps": OTHERS}, "from": 11,
            "rules": [{"by": "what", "cases": cases}, look.DOT_BASIS],
            "legend": [{"type": "point", **cases[k], "text": pick(KIND_NAMES.get(k) or (Text(*draw.kind_words(k)) if k in draw.KINDS else service_name(k)))} for k in kinds],
        },
        service_spec(workspace, key, year),
    ]  # fmt: skip


MAP_WORDS = (
    "map", "map_failed", "layers", "group_result", "group_service", "group_plan", "group_base", "basis", "online", "probe",
    "probe_note", "probe_none", "offline_map",
)  # fmt: skip


def data_of(workspace: Workspace, choice: Choice, drawn: Drawn | None, *, anybody: bool = False) -> dict[str, Any]:
    """Return everything the map is told: standing layers, the panel's results, the place asked about, the words.

    For ``anybody`` it holds nothing that only this session has.
    """
    result = drawn or Drawn()
    own = {spec["id"] for spec in result.layers}  # a panel may show a standing layer in its own way
    standing = [s for s in layers_of(workspace, choice.service, choice.year) if s["id"] not in own]
    for spec in standing:
        if spec["id"] in result.hidden:
            spec["on"] = False
    place = None if anybody else st.session_state.place
    there = frozenset() if anybody else has()  # the page has kept it (ui/map/host/prompt.js)
    return {
        "key": workspace.key.split("+")[0],
        "lang": language(),
        "words": {k: say(k) for k in MAP_WORDS},
        "home": home(workspace),
        "places": places(workspace),
        "caption": caption(workspace, choice),
        "search": index_of(workspace) if anybody else search_of(st.session_state.get("base") or workspace),
        "layers": standing
        + [{**spec, "data": ""} if spec.get("data") and spec["hash"] in there else spec for spec in result.layers],
        "basis": basis_legend(),
        "tiles": online_tiles(),
        "place": {"lon": place[0], "lat": place[1], "n": last_click()} if place else None,
        "hint": result.hint,
        "spoken": result.spoken,
        "view": result.view,
        "draw": result.draw,
        "swipe": result.swipe,
        "ask": result.ask,
        "covered": bool(result.over),
    }
