"""How things look, as plain data: colours, classes, line styles by basis, icons and legends.

The page (Leaflet), the report (SVG) and the QGIS styles (QML) all draw from here, so that one thing looks the
same everywhere. Colours keep apart for colour-blind eyes and in grey print (:mod:`layers.look.ramps`), and never stand
alone: signs differ in what they show (:mod:`layers.look.signs`), basis in line style, classes in label.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from geo.services import SERVICES
from geo.text import Text
from layers.look.overlay import Class, Overlay, classify, grid, png
from layers.look.ramps import (
    ABOVE_ZERO,
    ACCESS,
    ADEQUACY,
    AREA_WASH,
    COVERAGE,
    GAIN,
    LACK,
    LOST,
    NONE,
    SHARE,
    WASH,
    WON,
    coverage_keys,
    ramp,
)
from layers.look.signs import MORE, OWN, SERVICE_LOOK, SHAPES

__all__ = [
    "ABOVE_ZERO",
    "ACCESS",
    "ADEQUACY",
    "AREA_WASH",
    "BASIS",
    "COVERAGE",
    "GAIN",
    "INK",
    "INSET",
    "LACK",
    "LOST",
    "NONE",
    "PROJECT_LOOK",
    "SERVICE_LOOK",
    "SHAPES",
    "SHARE",
    "WASH",
    "WON",
    "Overlay",
    "basis_style",
    "classify",
    "coverage_keys",
    "facility_style",
    "grid",
    "icon_svg",
    "isochrone_style",
    "kind_words",
    "legend",
    "link_style",
    "png",
    "ramp",
    "service_style",
    "sign_paths",
    "zone_colours",
    "zone_style",
]

INK = {
    "text": "#1f2933",
    "quiet": "#5b6770",
    "line": "#33414e",
    "paper": "#ffffff",
    "land": "#f6f4ef",
    "water": "#cfe3ee",
    "street": "#d5cfc4",
    "accent": "#0b5fa5",
    "pin": "#d1495b",
    "halo": "#ffffff",
}
"""Colours of the base map and of text: they stay behind the classes."""

ZONE_COLOURS = ("#4e8fc7", "#d39b2a", "#3f9e8c", "#b5739d", "#7c8b3a", "#8a6fbf", "#c8694a", "#5f7480")

BASIS: dict[str, dict[str, Any]] = {
    "measured": {"zh": "实测", "en": "measured", "dash": None, "hatch": False, "ink": "#14602d", "ground": "#e3f1e6",
                 "means_zh": "由测量数据直接得到", "means_en": "taken directly from a measurement"},
    "sourced": {"zh": "有出处", "en": "sourced", "dash": None, "hatch": False, "ink": "#1a4f8b", "ground": "#e4eef7",
                "means_zh": "公开文件写明", "means_en": "stated in a public document"},
    "derived": {"zh": "推算", "en": "derived", "dash": [8, 4], "hatch": False, "ink": "#4d3f94", "ground": "#ecebf6",
                "means_zh": "由有出处的数据计算", "means_en": "computed from sourced data"},
    "estimated": {"zh": "估计", "en": "estimated", "dash": [8, 4], "hatch": False, "ink": "#7a4d00", "ground": "#fbf0d9",
                  "means_zh": "据相近资料判断", "means_en": "judged from similar material"},
    "assumed": {"zh": "假设", "en": "assumed", "dash": [2, 5], "hatch": True, "ink": "#98222c", "ground": "#fbe6e4",
                "means_zh": "示意，待真实数据替换", "means_en": "made up for illustration, to be replaced"},
}  # fmt: skip
"""Basis → words, dash [px], hatching and badge colours. Solid is known, dashed inferred, dotted assumed."""

UNSTATED: dict[str, Any] = {
    "zh": "未注明", "en": "not stated", "dash": [2, 5], "hatch": True, "ink": "#5b6770", "ground": "#edeff1",
    "means_zh": "没有说明依据", "means_en": "no basis given",
}  # fmt: skip

PROJECT_LOOK: dict[str, dict[str, Any]] = {
    "谋划储备": {"color": "#6d7782", "path": SHAPES["circle"], "hollow": True},
    "启动建设": {"color": "#c07a2c", "path": SHAPES["diamond"]},
    "建成投产": {"color": "#13794f", "path": SHAPES["square"]},
}
"""How a project is drawn by its state, the plan's own word: told apart by shape as well as by colour."""

OWN_WORDS = Text("本工作区所加服务的设施", "facilities of a service that this workspace adds")

LINKS = {
    "metro": ("地铁", "metro", "#3b2f8f", 3.0),
    "railway": ("铁路", "railway", "#4a4f57", 2.2),
    "expressway": ("高速公路", "expressway", "#c07a2c", 2.8),
    "arterial": ("主干路", "arterial road", "#a8977c", 2.0),
    "other": ("其他交通线", "other line", "#8b8f94", 1.6),
}
_LINK_WORDS = (
    ("metro", ("metro", "subway", "light_rail", "tram", "地铁", "轻轨")),
    ("railway", ("rail", "铁路", "高铁")),
    ("expressway", ("expressway", "motorway", "freeway", "高速")),
    ("arterial", ("arterial", "trunk", "primary", "secondary", "road", "路")),
)

ISOCHRONE = ("#559fa6", "#8cc2c4", "#bde0dd", "#ddf1ee")
"""Fills of walking areas from near to far; one hue, that of "within the limit on foot", and not that of water."""
ISOCHRONE_RIM = "#0f6b78"
RING, RING_DASH, INSET = 1.8, "3 2.4", 0.82
"""Rim of a sign: its width, its dash where the place or the facility is not sure, and how much smaller the sign is within it."""
STATUS = {
    "existing": ("现状", "existing"),
    "planned": ("规划", "planned"),
    "proposed": ("建议", "proposed"),
    "closed": ("关闭", "closed"),
}


KINDS = {
    "nine_year": ("九年一贯制学校", "nine-year school"),
    "twelve_year": ("十二年一贯制学校", "twelve-year school"),
    "middle": ("完全中学", "middle school"),
    "school": ("学校", "school"),
    "railway": ("铁路站", "railway station"),
    "bus": ("公交站", "bus stop"),
    "elderly_day_care": ("老年人日间照料中心", "elderly day care"),
    "elderly_station": ("养老服务站", "elderly service station"),
}
"""Kinds of facility that are no service of their own, in words."""


def kind_words(kind: str) -> tuple[str, str]:
    """Return the words for a kind of facility in Chinese and English; an unknown kind speaks for itself."""
    if kind in SERVICES:
        return SERVICES[kind].name_zh, SERVICES[kind].name_en
    return KINDS.get(kind, (kind, kind))


def basis_style(basis: str | None) -> dict[str, Any]:
    """Return how a basis looks: words, ``dash`` [px] or None, ``dashArray`` for SVG, ``hatch``, badge colours."""
    look = BASIS.get(basis or "", UNSTATED)
    dash = look["dash"]
    return {"basis": basis, "dashArray": " ".join(map(str, dash)) if dash else None} | look


def zone_colours(zones: pd.DataFrame) -> dict[str, str]:
    """Return a colour per zone_id; a sub-area has that of its zone. Needs ``parent_id`` if there are sub-areas."""
    parents = zones["parent_id"] if "parent_id" in zones else pd.Series(None, index=zones.index, dtype=object)
    ids = zones["zone_id"] if "zone_id" in zones else zones.index.to_series()
    above = {str(i): (str(p) if pd.notna(p) and str(p) else None) for i, p in zip(ids, parents, strict=True)}
    tops = [i for i, p in above.items() if p is None or p not in above]
    colour = {i: ZONE_COLOURS[k % len(ZONE_COLOURS)] for k, i in enumerate(tops)}
    return {i: colour.get(_top(i, above), ZONE_COLOURS[-1]) for i in above}


def _top(one: str, above: Mapping[str, str | None]) -> str:
    """Return the outermost zone; a ring of parents (bad data) ends at the first zone met twice."""
    seen: set[str] = set()
    while (parent := above.get(one)) is not None and parent in above and parent not in seen:
        seen.add(one)
        one = parent
    return one


def zone_style(colour: str, *, level: str = "zone", basis: str | None = None, fill: float = 0.12) -> dict[str, Any]:
    """Return the Leaflet path options of a zone or sub-area outline (and of the same in SVG)."""
    whole = level == "zone"
    return {
        "color": _darker(colour, 0.72),
        "weight": 2.4 if whole else 1.2,
        "opacity": 0.95,
        "dashArray": basis_style(basis)["dashArray"],
        "lineCap": "butt",
        "fill": True,
        "fillColor": colour,
        "fillOpacity": fill if whole else round(fill * 0.6, 3),
        "hatch": basis_style(basis)["hatch"],
    }


def link_style(kind: str, *, status: str = "existing", basis: str | None = None) -> dict[str, Any]:
    """Return the Leaflet path options of a transport line, with its kind in words."""
    key = link_kind(kind)
    zh, en, colour, weight = LINKS[key]
    return {
        "kind": key, "zh": zh, "en": en, "color": colour, "weight": weight if status == "existing" else weight * 0.7,
        "opacity": 0.9 if status == "existing" else 0.6, "dashArray": basis_style(basis)["dashArray"],
        "lineCap": "butt", "fill": False,
    }  # fmt: skip


def link_kind(kind: object) -> str:
    """Return which of LINKS a written kind (Chinese, English or an OSM tag) is."""
    text = str(kind).lower()
    return next((key for key, words in _LINK_WORDS if any(w in text for w in words)), "other")


def service_style(key: str) -> dict[str, Any]:
    """Return a service's ``shape``, SVG ``path`` of its body and ``glyph`` in it (24 × 24), ``colour`` and names; those of a workspace's own service look alike."""
    sign = SERVICE_LOOK.get(key) or MORE.get(key, OWN)
    names = Text(SERVICES[key].name_zh, SERVICES[key].name_en) if key in SERVICES else OWN_WORDS
    return {
        "service": key,
        "shape": sign.shape,
        "path": sign.body,
        "glyph": sign.glyph,
        "colour": sign.colour,
        "zh": names.zh,
        "en": names.en,
    }


def service_of(row: Mapping[str, Any]) -> str:
    """Return the service whose icon a facility wears: its kind, or the highest stage it has seats for."""
    kind = str(row.get("kind") or "")
    if kind in SERVICE_LOOK:
        return kind
    if given := next((s.key for s in SERVICES.values() if kind in s.kinds), None):
        return given
    for key in ("senior", "junior", "primary", "kindergarten"):
        seats = row.get(f"seats_{key}")
        if seats is not None and pd.notna(seats) and float(seats) > 0:
            return key
    return "primary" if any(f"seats_{k}" in row for k in ("primary", "junior")) else "metro"


def facility_style(key: str, *, status: str = "existing", basis: str | None = None, size: float = 18) -> dict[str, Any]:
    """Return how a facility is drawn: filled if it exists, hollow if not; outline by basis; ``svg`` of constants.

    Parameters
    ----------
    size
        Width and height [px].
    """
    look = service_style(key)
    zh, en = STATUS.get(status, STATUS["existing"])
    dash = basis_style(basis)["dashArray"]
    hollow = status != "existing"
    return look | {
        "size": size, "status": status, "status_zh": zh, "status_en": en, "hollow": hollow, "dashArray": dash,
        "fillColor": INK["paper"] if hollow else look["colour"], "color": look["colour"] if hollow else INK["paper"],
        "svg": icon_svg(key, hollow=hollow, dashed=dash is not None, size=size),
    }  # fmt: skip


def icon_svg(key: str, *, hollow: bool = False, dashed: bool = False, size: float = 18, colour: str = "") -> str:
    """Return a service's icon as an SVG element made of constants only: no word of any file is in it."""
    look = service_style(key) | ({"colour": colour} if colour else {})
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size:g}" height="{size:g}" viewBox="-1 -1 26 26" aria-hidden="true">'
        f"{sign_paths(look, hollow=hollow, dashed=dashed)}</svg>"
    )


def sign_paths(look: Mapping[str, Any], *, hollow: bool, dashed: bool) -> str:
    """Return the SVG paths of a sign in its box of 24 × 24: of what is not sure a smaller one, in a broken ring."""
    colour, paper = look["colour"], INK["paper"]
    ring = f'stroke="{colour}" stroke-width="{RING}"' + (f' stroke-dasharray="{RING_DASH}"' if dashed else "")
    if hollow:
        return f'<path d="{look["path"]}" fill="{paper}" {ring}/><path d="{look["glyph"]}" fill="{colour}" fill-rule="evenodd"/>'
    within = f' transform="translate({12 - 12 * INSET:g} {12 - 12 * INSET:g}) scale({INSET})"' if dashed else ""
    below = f'<path d="{look["path"]}" fill="{paper}" {ring}/>' if dashed else ""
    rim = "" if dashed else f' stroke="{paper}" stroke-width="1"'
    return (
        f'{below}<path d="{look["path"]}" fill="{colour}"{rim}{within}/>'
        f'<path d="{look["glyph"]}" fill="{paper}" fill-rule="evenodd"{within}/>'
    )


def isochrone_style(rank: int, count: int = 1) -> dict[str, Any]:
    """Return the Leaflet path options of the rank-th isochrone of ``count``, 0 being the nearest; only the last has a firm rim."""
    outer = rank >= count - 1
    return {
        "color": ISOCHRONE_RIM, "weight": 1.8 if outer else 0.8, "opacity": 0.9 if outer else 0.45, "dashArray": None,
        "fill": True, "fillColor": ISOCHRONE[min(rank, len(ISOCHRONE) - 1)], "fillOpacity": 0.78,
    }  # fmt: skip


_TITLES = {
    "coverage": ("服务覆盖", "Coverage"),
    "share": ("覆盖人口比例", "Share of people covered"),
    "adequacy": ("学位充足率", "Adequacy of seats"),
    "gain": ("新增服务人数", "People newly served"),
    "access": ("可达性", "Accessibility"),
    "basis": ("数据依据", "Basis of the data"),
    "services": ("设施", "Facilities"),
    "links": ("交通线", "Transport lines"),
    "status": ("状态", "Status"),
}
_FIXED = {"coverage": COVERAGE, "share": SHARE, "adequacy": ADEQUACY}


def legend(kind: str, classes: Iterable[Class] | None = None) -> dict[str, Any]:
    """Return a legend as data: ``title`` {zh, en} and ``entries``, each a symbol with its words.

    Parameters
    ----------
    kind
        ``coverage``, ``share``, ``adequacy``, ``gain``, ``access``, ``basis``, ``services``, ``links`` or ``status``.
    classes
        The classes drawn; needed for ``gain`` and ``access``, which have none of their own.

    Returns
    -------
    legend
        Entries have ``symbol`` ("fill", "line" or "icon"), ``zh``, ``en`` and what the symbol needs: ``colour``,
        ``dashArray`` and ``hatch``, or ``svg``.
    """
    zh, en = _TITLES[kind]
    if kind == "basis":
        entries = [{"symbol": "line", "key": b, "colour": INK["line"]} | basis_style(b) for b in BASIS]
    elif kind == "services":
        entries = [{"symbol": "icon", "key": k, "svg": icon_svg(k)} | service_style(k) for k in SERVICE_LOOK]
    elif kind == "links":
        entries = [{"symbol": "line", "key": k, "zh": z, "en": e, "colour": c, "weight": w, "dashArray": None}
                   for k, (z, e, c, w) in LINKS.items()]  # fmt: skip
    elif kind == "status":
        entries = [{"symbol": "icon", "key": k, "svg": icon_svg("primary", hollow=k != "existing"), "zh": z, "en": e}
                   for k, (z, e) in STATUS.items() if k != "closed"]  # fmt: skip
    else:
        entries = [{"symbol": "fill"} | c for c in (classes if classes is not None else _FIXED[kind])]
    return {"kind": kind, "title": {"zh": zh, "en": en}, "entries": entries}


def _darker(colour: str, by: float) -> str:
    """Return a darker shade of ``#rrggbb``: each channel times ``by``."""
    return "#" + "".join(f"{round(int(colour[i : i + 2], 16) * by):02x}" for i in (1, 3, 5))
