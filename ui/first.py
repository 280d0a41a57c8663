"""What is on the screen with the first answer of the server, before a line of the page's script has come."""

from __future__ import annotations

import threading
from html import escape
from pathlib import Path
from urllib.parse import parse_qs

from geo import answers
from geo.case import Case
from geo.errors import PlanError
from geo.text import Text
from geo.workspace import Workspace
from layers.workspace import case
from ui.parts import overview
from ui.session import state
from ui.words import both

__all__ = ["english", "first_paint", "prepare"]

STYLE = (
    (Path(__file__).resolve().parent / "overview.css").read_text("utf-8")
    + """
.zp-opening { display: grid; place-content: center; height: 100%; text-align: center; }
.zp-opening b { font-size: 22px; } .zp-opening span { color: #45555e; }
.zp-first { display: grid; grid-template: 57px 1fr / 73fr 27fr; gap: 0 12px; height: 100%; box-sizing: border-box; padding: 8px 16px 6px; font-size: 15px; }
.zp-first > header { grid-column: 1 / -1; display: flex; align-items: center; gap: 12px; border-bottom: 1px solid #e3e8e8; margin-bottom: 8px; }
.zp-first > header b { font-size: 1.28rem; color: #0b4f59; letter-spacing: .04em; } .zp-first > header span { color: #56646c; font-size: .84rem; }
.zp-first > header i { margin-left: auto; font-style: normal; font-size: .84rem; color: #45555e; }
.zp-first > header i::before { content: ""; display: inline-block; width: 11px; height: 11px; margin-right: 7px; border: 2px solid #0f6b78; border-right-color: transparent; border-radius: 50%; vertical-align: -2px; animation: zp-turn 1s linear infinite; }
@keyframes zp-turn { to { transform: rotate(1turn); } }
.zp-first .zp-atlas { height: 100%; } .zp-first aside { padding-top: 30px; } .zp-first aside > p:first-child { font-size: 1.08rem; font-weight: 700; line-height: 1.35; margin: 0 0 10px; }
.zp-pill { display: inline-block; font-size: .7rem; line-height: 1.15rem; padding: 0 .45rem; border-radius: .7rem; border: 1px solid; margin-left: .3rem; white-space: nowrap; font-weight: 500; }
@media (max-width: 640px) { .zp-first { grid-template: auto auto auto / 1fr; overflow: auto; } }
"""
)
"""With the variables of the page left out: each falls back to its light value."""
_KEPT: dict[tuple[str, str], str] = {}
"""The opening by place and language, made when a place is warmed up. A place that changes has another key."""
_MOST = 8
_LOCK = threading.Lock()


def english(query: str) -> bool:
    """Return whether an address asks for English.

    Examples
    --------
    >>> english("lang=en&year=2030"), english("")
    (True, False)
    """
    return parse_qs(query).get("lang", [""])[-1] == "en"


def first_paint(query: str) -> str | None:
    """Return markup to be shown until the page has drawn itself: styles may stand in it, scripts may not.

    The opening, where the address leads there and it has been made; else the name of the place. Asked at every opening,
    in a thread, outside any session: it must not wait for the workspace to be read.

    Parameters
    ----------
    query
        Of the page's address, as the browser sent it: nothing in it is checked.
    """
    workspace = state.loaded(state.data_folder())
    lang = "en" if english(query) else "zh"
    if workspace is not None and _leads_to_the_opening(query):
        made = _KEPT.get((workspace.key, lang))
        if made is not None:
            return made
    brand: Text = both("app") if workspace is None else workspace.brand
    k = 1 if lang == "en" else 0
    return f'<style>{STYLE}</style><div class="zp-opening"><b>{escape(brand[k])}</b><span>{escape(both("opening")[k])}</span></div>'


def _leads_to_the_opening(query: str) -> bool:
    """Return whether an address asks for the opening as it was made: what it names beside the language is not in it."""
    asked = parse_qs(query)
    return asked.get("panel", ["overview"])[-1] == "overview" and asked.keys() <= {"panel", "lang"}


def prepare(workspace: Workspace) -> None:
    """Make the opening of a place in both languages, for whoever comes next; where it cannot be made there is none."""
    if workspace.zones.empty:
        return  # the map is what there is to see
    try:
        first = case(workspace, "primary" if "primary" in workspace.services else next(iter(workspace.services)))
        made = {(workspace.key, lang): _opening(first, lang) for lang in ("zh", "en")}
    except PlanError:  # the page itself says what is wrong
        return
    with _LOCK:
        _KEPT.update(made)
        for old in list(_KEPT)[:-_MOST]:
            del _KEPT[old]


def _opening(asked: Case, lang: str) -> str:
    place, answer = asked.workspace, answers.overview(asked)
    k = 1 if lang == "en" else 0
    name = (place.name_zh, place.name_en)[k]
    maps, key = overview.drawn(place, asked.service, asked.year, lang, overview.shown_zones(answer), asked)
    return (
        f'<style>{STYLE}</style><div class="zp-first"><header><b>{escape(place.brand[k])}</b><span>{escape(name)}</span>'
        f"<i>{escape(both('ov_opening')[k])}</i></header>{overview.atlas(place, answer, maps, lang)}"
        f"<aside><p>{escape(overview.sentence(answer, place)[k])}</p>{overview.questions(lang)}{key}</aside></div>"
    )
