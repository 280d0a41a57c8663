"""The map that a planner mails around: one HTML file with Leaflet inside, which asks no host for anything.

folium describes the empty map, from constants. The data lie beside it as a block of JSON; a fixed script shows each text
as text. No value passes a template engine, and the content security policy of the file names its three scripts by
their hash: no other can run.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from layers.home import VENDOR
from layers.look import draw
from layers.look.overlay import grid, png
from layers.page.folium_map import empty_map
from layers.page.html import WORDS, asset, island, page, scenario_line
from layers.page.report import AnswerLike, PlaceLike, classed, stamped_title
from layers.page.words import header, shown, table_title
from layers.write import geojson
from layers.write.atomic import write_bytes
from layers.write.fields import with_index

__all__ = ["map_html", "write_map"]

LEAFLET = VENDOR / "leaflet"


def write_map(
    place: PlaceLike,
    answers: Sequence[AnswerLike],
    path: str | os.PathLike[str],
    *,
    lang: str = "zh",
    date: dt.date,
    layers: Mapping[str, gpd.GeoDataFrame] | None = None,
) -> Path:
    """Write the map that can be moved about in any browser, in one step, and return the path; see :func:`map_html`."""
    return write_bytes(path, map_html(place, answers, lang=lang, date=date, layers=layers).encode())


def map_html(
    place: PlaceLike,
    answers: Sequence[AnswerLike],
    *,
    lang: str = "zh",
    date: dt.date,
    layers: Mapping[str, gpd.GeoDataFrame] | None = None,
) -> str:
    """Return a map as one HTML file with Leaflet inside; it asks no host for anything.

    Parameters
    ----------
    place, answers, lang, date
        As in :func:`html`. The cells of an answer become a picture, its facilities and sites points.
    layers
        More layers by the name shown in the list of layers.
    """
    lang = "en" if lang == "en" else "zh"
    name = place.name_en if lang == "en" else place.name_zh
    data = {
        "lang": lang,
        "title": f"{name} · {WORDS['map'][lang]}",
        "line": f"{WORDS['date'][lang]} {date.isoformat()} · {WORDS['made'][lang]}{scenario_line(place, lang)}",
        "notice": WORDS["notice"][lang],
        "words": {k: WORDS[k][lang] for k in ("layers", "method", "basis")},
        "layers": [
            *_base_layers(place, lang),
            *(x for k, a in enumerate(answers) for x in _answer_layers(place, a, lang, on=k == 0)),
        ]
        + [_features(title, frame, lang, on=True) for title, frame in (layers or {}).items()],
        "legends": [draw.legend("basis")],
        "answers": [_told(place, a, lang) for a in answers],
    }
    code = (LEAFLET / "leaflet.js").read_text(encoding="utf-8")
    code = re.sub(r"\n//# sourceMappingURL=.*", "\n", code)
    element, described = empty_map()
    scripts = [code, described, asset("map.js")]
    hashes = " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(s.encode()).digest()).decode()}'" for s in scripts)
    policy = f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data:"
    head = f"<style>{_leafletasset()}</style><style>{asset('map.css')}</style>"
    body = f'<div id="map">{element}</div><aside id="panel"></aside>{island(data)}' + "".join(
        f"<script>{s}</script>" for s in scripts
    )
    return page(str(data["title"]), lang, policy, head, body)


def _leafletasset() -> str:
    """Return Leaflet's style sheet without the files it would ask for; we use none of its pictures."""
    text = (LEAFLET / "leaflet.css").read_text(encoding="utf-8")
    return re.sub(r"[\w-]+:\s*url\([^)]*\);?", "", text)


def _told(place: PlaceLike, answer: AnswerLike, lang: str) -> dict[str, Any]:
    about = geojson.meta(answer, records=place.sources)
    return {
        "title": answer.title.en if lang == "en" else answer.title.zh,
        "method": about["method"][lang],
        "basis": draw.basis_style(answer.basis)[lang],
        "sources": [" ".join(str(v) for v in s.values()) for s in about.get("sources", [])],
    }


def _base_layers(place: PlaceLike, lang: str) -> list[dict[str, Any]]:
    """Return ground, transport, zones and facilities of the workspace as layers of the map."""
    zones = place.zones
    colours = draw.zone_colours(zones)
    words = {
        "water": ("水域", "water"),
        "links": ("交通线", "transport lines"),
        "zones": ("片区与单元", "zones and sub-areas"),
    }
    named = {k: v[lang == "en"] for k, v in words.items()}
    made = []
    if len(place.water):
        made.append(
            _features(named["water"], place.water, lang, styles=[_ground_style()] * len(place.water), inert=True)
        )
    if len(place.links):
        looks = [_line(draw.link_style(str(r.get("kind")), status=str(r.get("status")), basis=r.get("basis")))
                 for _, r in place.links.iterrows()]  # fmt: skip
        made.append(_features(named["links"], place.links, lang, styles=looks))
    looks = [draw.zone_style(colours[str(i)], level=str(r["level"]), basis=r.get("basis")) for i, r in zones.iterrows()]
    made.append(_features(named["zones"], zones, lang, styles=looks, labels=[str(v) for v in zones["level"]]))
    return made


def _ground_style() -> dict[str, Any]:
    water = draw.INK["water"]
    return {"color": water, "weight": 1, "fill": True, "fillColor": water, "fillOpacity": 1, "dashArray": None}


def _line(style: Mapping[str, Any]) -> dict[str, Any]:
    return {k: style[k] for k in ("color", "weight", "opacity", "dashArray", "fill")}


def _answer_layers(place: PlaceLike, answer: AnswerLike, lang: str, *, on: bool) -> list[dict[str, Any]]:
    """Return the result of an answer as layers: a picture of its cells, points of its facilities and sites."""
    tables: Mapping[str, pd.DataFrame] = answer.tables
    title = answer.title.en if lang == "en" else answer.title.zh
    made: list[dict[str, Any]] = []
    cells, values, kind, classes = classed(tables)
    if cells is not None and values is not None and classes:
        number = draw.classify(values, classes).astype(float)
        number[number < 0] = np.nan
        array, transform = grid(cells, number, place.cell_metres)
        overlay = png(
            array,
            transform,
            cells.crs,
            [{"key": str(i), "value": i, "colour": c["colour"]} for i, c in enumerate(classes)],
        )
        legend = draw.legend(kind, classes)
        legend["title"] = stamped_title(legend["title"], answer)
        made.append({"name": title, "kind": "image", "bounds": overlay.bounds, "on": on, "legend": legend,
                     "url": "data:image/png;base64," + base64.b64encode(overlay.png).decode()})  # fmt: skip
    service = str(answer.parameters.get("service"))
    for name in ("facilities", "schools", "sites", "top"):
        frame = tables.get(name)
        if isinstance(frame, gpd.GeoDataFrame) and len(frame):
            looks = [_point_style(name, r, service) for _, r in frame.iterrows()]
            made.append(_features(f"{title} · {table_title(name, lang)}", frame, lang, styles=looks, on=on))
    return made


def _point_style(name: str, row: Mapping[str, Any], service: str) -> dict[str, Any]:
    if name in ("sites", "top"):
        return {"icon": draw.icon_svg(service, size=20, colour=draw.INK["pin"]), "color": draw.INK["pin"]}
    key = service or draw.service_of(row)
    look = draw.facility_style(key, status=str(row.get("status")), basis=row.get("basis"), size=20)
    return {"icon": look["svg"], "color": look["colour"]}


def _features(
    name: str,
    frame: gpd.GeoDataFrame,
    lang: str,
    *,
    styles: Sequence[Mapping[str, Any]] = (),
    labels: Sequence[str] = (),
    inert: bool = False,
    on: bool = True,
) -> dict[str, Any]:
    """Return a layer of features: shapes, the rows of its popups as (header, value) texts, styles and labels."""
    rows = with_index(frame)
    columns = [c for c in rows.columns if c != rows.geometry.name]
    told = [
        [
            [header(str(c), lang), shown(str(c), v, lang)]
            for c, v in zip(columns, values, strict=True)
            if _worth_showing(v)
        ]
        for values in pd.DataFrame(rows[columns]).itertuples(index=False, name=None)
    ]
    titles = [_title(r, lang) for r in pd.DataFrame(rows[columns]).to_dict("records")]
    drawn = json.loads(geojson.dumps(gpd.GeoDataFrame(geometry=rows.geometry.array, crs=rows.crs)))
    return {
        "name": name, "kind": "features", "on": on, "labels": list(labels), "inert": inert, "titles": titles, "rows": told,
        "styles": [dict(s) for s in styles], "shapes": [f["geometry"] for f in drawn["features"]],
    }  # fmt: skip


def _worth_showing(value: object) -> bool:
    return not (value is None or value is pd.NA or value == "" or (isinstance(value, float) and np.isnan(value)))


def _title(row: Mapping[str, Any], lang: str) -> str:
    names = ("name_en", "name_zh", "name") if lang == "en" else ("short_zh", "name_zh", "name", "name_en")
    return next((str(row[n]) for n in names if n in row and _worth_showing(row[n])), "")
