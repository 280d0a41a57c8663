"""How things look, as plain data: colours, classes, line styles by basis, icons and legends.

The page (Leaflet), the report (SVG) and the QGIS styles (QML) all draw from here, so that one thing looks the
same everywhere. Colours keep apart for colour-blind eyes (Okabe & Ito 2008; Tol 2021; ColorBrewer YlGnBu and
PuOr) and in grey print, and never stand alone: icons differ in shape, basis in line style, classes in label.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.services import SERVICES
from geo.text import Text
from layers.look.overlay import Class, Overlay, classify, grid, png

__all__ = [
    "ACCESS",
    "ADEQUACY",
    "BASIS",
    "COVERAGE",
    "GAIN",
    "INK",
    "PROJECT_LOOK",
    "SHARE",
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

SHAPES = {
    "circle": "M12 3.5a8.5 8.5 0 1 0 0 17a8.5 8.5 0 1 0 0-17z",
    "square": "M4.5 4.5h15v15h-15z",
    "diamond": "M12 2.5l9.5 9.5-9.5 9.5L2.5 12z",
    "triangle": "M12 3l9.8 17H2.2z",
    "cross": "M8.8 3.5h6.4v5.3h5.3v6.4h-5.3v5.3H8.8v-5.3H3.5V8.8h5.3z",
    "plus": "M10.2 4.5h3.6v5.7h5.7v3.6h-5.7v5.7h-3.6v-5.7H4.5v-3.6h5.7z",
    "hexagon": "M12 2.5l8.2 4.75v9.5L12 21.5l-8.2-4.75v-9.5z",
    "pentagon": "M12 2.5l9.5 7-3.6 11.2H6.1L2.5 9.5z",
    "kite": "M12 2l6 7.5L12 22 6 9.5z",
    "house": "M12 3l9 8h-3v9.5H6V11H3z",
    "leaf": "M12 2.5c6 4 7.5 8.5 5 12.5c-1 1.6-2.4 2.6-4 3v3.5h-2V18c-1.6-.4-3-1.4-4-3c-2.5-4-1-8.5 5-12.5z",
    "star": "M12 2.5l2.8 6.2 6.7.7-5 4.5 1.4 6.6-5.9-3.4-5.9 3.4 1.4-6.6-5-4.5 6.7-.7z",
    "half": "M3 8h18a9 9 0 0 1-18 0z",
    "bar": "M3 8.5h18v7H3z",
    "drop": "M12 2c4 5 7 8 7 12.5a7 7 0 0 1-14 0c0-4.5 3-7.5 7-12.5z",
    "ring": "M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18zM12 8a4 4 0 1 1 0 8a4 4 0 1 1 0-8z",
}
"""Icon outlines as SVG paths in a box of 24 × 24 (fill rule even-odd)."""

PROJECT_LOOK: dict[str, dict[str, Any]] = {
    "谋划储备": {"color": "#6d7782", "path": SHAPES["circle"], "hollow": True},
    "启动建设": {"color": "#c07a2c", "path": SHAPES["diamond"]},
    "建成投产": {"color": "#13794f", "path": SHAPES["square"]},
}
"""How a project is drawn by its state, the plan's own word: told apart by shape as well as by colour."""

SERVICE_LOOK = {
    "kindergarten": ("circle", "#c2577a"),
    "primary": ("square", "#0b6cb0"),
    "junior": ("diamond", "#13794f"),
    "senior": ("triangle", "#7b2a68"),
    "community_health_centre": ("cross", "#c7511f"),
    "health_station": ("plus", "#d08a00"),
    "hospital": ("hexagon", "#a61c2e"),
    "metro": ("ring", "#3b2f8f"),
    "bus_stop": ("bar", "#2f6f9f"),
    "elderly": ("house", "#8a5a2b"),
    "elderly_centre": ("pentagon", "#6b3f1d"),
    "culture": ("kite", "#5b4a9e"),
    "sport": ("star", "#b3541e"),
    "market": ("half", "#9a6a00"),
    "park": ("leaf", "#2e7d32"),
}
OWN_LOOK = ("drop", "#455a64")
"""Of every service that a workspace adds by a table."""
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

COVERAGE: tuple[Class, ...] = (
    {"key": "walk", "value": 2, "colour": "#a8d9cb", "zh": "步行可达", "en": "within the limit on foot"},
    {"key": "radius_only", "value": 1, "colour": "#e59b2f", "zh": "仅半径内（步行超出）", "en": "within the radius only, too far on foot"},
    {"key": "beyond", "value": 0, "colour": "#7d2248", "zh": "未覆盖", "en": "beyond the standard"},
)  # fmt: skip
"""Coverage of a place; the darker, the worse, also in grey print."""

SHARE: tuple[Class, ...] = tuple(
    {"key": f"share{i}", "low": low, "high": high, "colour": colour,
     "zh": f"{low:.0%}–{min(high, 1):.0%}", "en": f"{low:.0%}–{min(high, 1):.0%}"}
    for i, (low, high, colour) in enumerate((
        (0.0, 0.2, "#ffffcc"), (0.2, 0.4, "#a1dab4"), (0.4, 0.6, "#41b6c4"), (0.6, 0.8, "#2c7fb8"), (0.8, 1.0, "#253494")))
)  # fmt: skip
"""Share of people covered, 0–1."""

GAIN = ("#ffffcc", "#a1dab4", "#41b6c4", "#2c7fb8", "#253494")
ACCESS = ("#fde0c5", "#f2ab86", "#d97575", "#a6467c", "#5c2a7e")
ADEQUACY: tuple[Class, ...] = (
    {"key": "severe", "low": None, "high": 0.5, "colour": "#b35806", "zh": "严重不足（<50%）", "en": "severe shortage (<50 %)"},
    {"key": "short", "low": 0.5, "high": 0.8, "colour": "#f1a340", "zh": "不足（50–80%）", "en": "shortage (50–80 %)"},
    {"key": "slight", "low": 0.8, "high": 1.0, "colour": "#fee0b6", "zh": "略缺（80–100%）", "en": "slight shortage (80–100 %)"},
    {"key": "enough", "low": 1.0, "high": 1.2, "colour": "#d8daeb", "zh": "满足（100–120%）", "en": "enough (100–120 %)"},
    {"key": "ample", "low": 1.2, "high": 1.5, "colour": "#998ec3", "zh": "富余（120–150%）", "en": "ample (120–150 %)"},
    {"key": "excess", "low": 1.5, "high": None, "colour": "#542788", "zh": "明显富余（≥150%）", "en": "excess (≥150 %)"},
)  # fmt: skip
"""Seats ÷ seats needed; orange is short, violet is spare, the middle is pale (ColorBrewer PuOr)."""

ABOVE_ZERO = 1e-9
"""Where the lowest class of a ramp begins: nothing gained is not a class."""

ISOCHRONE = ("#5fa9ae", "#93c7c8", "#bfe0de", "#daeeeb")
"""Fills of walking areas from near to far; one hue, that of "within the limit on foot", and not that of water."""
ISOCHRONE_RIM = "#0f6b78"
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
    """Return a service's ``shape``, SVG ``path`` (24 × 24), ``colour`` and names; those of a workspace's own service look alike."""
    shape, colour = SERVICE_LOOK.get(key, OWN_LOOK)
    names = Text(SERVICES[key].name_zh, SERVICES[key].name_en) if key in SERVICES else OWN_WORDS
    return {
        "service": key,
        "shape": shape,
        "path": SHAPES[shape],
        "colour": colour,
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


def icon_svg(key: str, *, hollow: bool = False, dashed: bool = False, size: float = 18) -> str:
    """Return a service's icon as an SVG element made of constants only: no word of any file is in it."""
    look = service_style(key)
    fill, line = (INK["paper"], look["colour"]) if hollow else (look["colour"], INK["paper"])
    dash = ' stroke-dasharray="3 2"' if dashed and hollow else ""
    rim = look["colour"] if dashed and not hollow else line
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size:g}" height="{size:g}" viewBox="0 0 24 24" '
        f'aria-hidden="true"><path d="{look["path"]}" fill="{fill}" fill-rule="evenodd" stroke="{rim}" '
        f'stroke-width="{2.4 if hollow else 1.4}" stroke-linejoin="round"{dash}/></svg>'
    )


def isochrone_style(rank: int, count: int = 1) -> dict[str, Any]:
    """Return the Leaflet path options of the rank-th isochrone of ``count``, 0 being the nearest; only the last has a firm rim."""
    outer = rank >= count - 1
    return {
        "color": ISOCHRONE_RIM, "weight": 1.8 if outer else 0.8, "opacity": 0.9 if outer else 0.45, "dashArray": None,
        "fill": True, "fillColor": ISOCHRONE[min(rank, len(ISOCHRONE) - 1)], "fillOpacity": 0.78,
    }  # fmt: skip


def coverage_keys(radius: npt.ArrayLike, foot: npt.ArrayLike) -> np.ndarray:
    """Return the COVERAGE value of each place (2 on foot, 1 within the radius only, 0 beyond)."""
    on_foot, near = np.asarray(foot, bool), np.asarray(radius, bool)
    return np.where(on_foot, 2, np.where(near, 1, 0)).astype(float)


def ramp(
    values: npt.ArrayLike, colours: Sequence[str] = GAIN, *, unit_zh: str = "", unit_en: str = "", whole: bool = False
) -> tuple[Class, ...]:
    """Return classes for the positive ``values``: about equal counts, with round bounds.

    Zero and missing stay uncoloured: where nothing is gained, the map shows the ground.

    Parameters
    ----------
    values
        Any numbers; infinite and missing ones are passed over.
    colours
        Colours from low to high; as many classes at most.
    unit_zh, unit_en
        Unit to be written after the bounds.
    whole
        Whether bounds are whole numbers, as of persons: what is below 1 is a class of its own, "less than 1".
    """
    found = np.asarray(values, float).ravel()
    found = found[np.isfinite(found) & (found > 0)]
    if not found.size:
        return ()
    cuts = np.quantile(found, np.linspace(0, 1, len(colours) + 1)[1:-1])
    near = (lambda c: max(1.0, float(round(_rounder(c))))) if whole else _rounder
    inner = sorted({c for c in map(near, cuts) if found.min() < c <= found.max()})
    bounds: list[float | None] = [None, *inner, None]
    below_one = whole and (inner[:1] == [1.0] or float(found.max()) < 1)
    picked = _spread(colours, len(inner) + 1)
    return tuple(
        {
            "key": f"c{i}",
            "low": low if low is not None else ABOVE_ZERO,
            "high": high,
            "colour": picked[i],
            "zh": f"不足 1 {unit_zh}".rstrip() if below_one and low is None else _between(low, high, unit_zh),
            "en": f"less than 1 {unit_en}".rstrip() if below_one and low is None else _between(low, high, unit_en),
        }
        for i, (low, high) in enumerate(pairwise(bounds))
    )


def _rounder(value: float) -> float:
    """Return ``value`` with two significant digits."""
    return float(f"{value:.2g}")


def _spread(colours: Sequence[str], n: int) -> list[str]:
    """Return ``n`` of the colours, from the first to the last."""
    if n == 1:
        return [colours[len(colours) // 2]]
    return [colours[round(i * (len(colours) - 1) / (n - 1))] for i in range(n)]


def _between(low: float | None, high: float | None, unit: str) -> str:
    tail = f" {unit}" if unit else ""
    if low is None:
        return f"< {high:,g}{tail}" if high is not None else f"> 0{tail}"
    return f"≥ {low:,g}{tail}" if high is None else f"{low:,g} – {high:,g}{tail}"


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
