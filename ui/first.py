"""What is on the screen with the first answer of the server, before a line of the page's script has come."""

from __future__ import annotations

import importlib
import threading
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from geo import answers
from geo.case import Case
from geo.errors import PlanError
from geo.workspace import Workspace
from layers.workspace import case
from ui.map.ahead import Ahead, ahead
from ui.parts import overview
from ui.parts.lacking import lacks
from ui.session import person, state
from ui.words import both

__all__ = ["english", "first_map", "first_paint", "prepare", "prepare_map"]

HERE = Path(__file__).resolve().parent
COLOURS = (HERE / "page.css").read_text("utf-8").split("[data-testid")[0]
"""Those of the page, light and dark: it begins with them."""
STYLE = (
    COLOURS
    + (HERE / "overview.css").read_text("utf-8")
    + """
.zp-opening { display: grid; place-content: center; height: 100%; text-align: center; }
.zp-opening b { font-size: 22px; } .zp-opening span { color: #45555e; }
.zp-first { display: grid; grid-template: 57px 1fr / 73fr 27fr; gap: 0 12px; height: 100%; box-sizing: border-box; padding: 8px 16px 6px; font-size: 15px; }
.zp-first > header { grid-column: 1 / -1; display: flex; align-items: center; gap: 12px; border-bottom: 1px solid var(--zp-line); margin-bottom: 8px; }
.zp-first > header b { font-size: 1.28rem; color: var(--zp-deep); letter-spacing: .04em; } .zp-first > header span { color: var(--zp-ink2); font-size: .84rem; }
.zp-first > header i { margin-left: auto; font-style: normal; font-size: .84rem; color: var(--zp-ink2); }
.zp-first > header i::before { content: ""; display: inline-block; width: 11px; height: 11px; margin-right: 7px; border: 2px solid var(--zp-accent); border-right-color: transparent; border-radius: 50%; vertical-align: -2px; } .zp-first header i:not(.zp-still)::before { animation: zp-turn 1s linear infinite; }
@keyframes zp-turn { to { transform: rotate(1turn); } }
.zp-first-map { min-width: 0; } .zp-first-map, .zp-first > .zp-atlas { grid-area: 2 / 1; } .zp-first-map.zp-under { visibility: hidden; }
.zp-first .zp-atlas { height: 100%; } .zp-first aside { padding-top: 30px; } .zp-first aside > p:first-child { font-size: 1.08rem; font-weight: 700; line-height: 1.35; margin: 0 0 10px; }
.zp-pill { display: inline-block; font-size: .7rem; line-height: 1.15rem; padding: 0 .45rem; border-radius: .7rem; border: 1px solid; margin-left: .3rem; white-space: nowrap; font-weight: 500; }
@media (max-width: 640px) { .zp-first { grid-template: auto auto auto / 1fr; overflow: auto; } .zp-first-map.zp-under { display: none; } }
"""
)
_KEPT: dict[tuple[str, str], str] = {}
"""The opening by place and language, made when a place is warmed up. A place that changes has another key."""
_MAPS: dict[tuple[str, str, bool], Ahead] = {}
"""The map by place, language and whether the address asks about another service or year."""
_MOST = 16
LANGUAGES = ("zh", "en")
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

    The opening, where the address leads there and it has been made, over the map; else the map, where that is known; else
    the name of the place. Asked at every opening, in a thread, outside any session: it must not wait for the workspace to
    be read.

    Parameters
    ----------
    query
        Of the page's address, as the browser sent it: nothing in it is checked.
    """
    place, lang = _open_place(), "en" if english(query) else "zh"
    k = 1 if lang == "en" else 0
    if place is None:
        brand, opening = both("app")[k], both("opening")[k]
        return (
            f'<style>{STYLE}</style><div class="zp-opening"><b>{escape(brand)}</b><span>{escape(opening)}</span></div>'
        )
    drawn = first_map(query)
    made = _KEPT.get((place.key, lang)) if _leads_to_the_opening(query) else None
    under = "" if drawn is None else _drawn_into(drawn, under=made is not None)
    if made is not None:
        head, over = both("ov_opening")[k], made
    elif drawn is not None:
        head, over = both("opening")[k], "<aside></aside>"
    else:
        brand, opening = place.brand[k], both("opening")[k]
        return (
            f'<style>{STYLE}</style><div class="zp-opening"><b>{escape(brand)}</b><span>{escape(opening)}</span></div>'
        )
    name = (place.name_zh, place.name_en)[k]
    # A wheel that turns has the map beside it painted anew with every frame.
    still = "" if drawn is None else ' class="zp-still"'
    return (
        f'<style>{STYLE}</style><div class="zp-first"><header><b>{escape(place.brand[k])}</b><span>{escape(name)}</span>'
        f"<i{still}>{escape(head)}</i></header>{under}{over}</div>"
    )


def first_map(query: str) -> Ahead | None:
    """Return the map that can be drawn before the page has spoken, by the query of its address; None where none is known."""
    place = _open_place()
    asked = not parse_qs(query).keys().isdisjoint({"service", "year"})
    return None if place is None else _MAPS.get((place.key, "en" if english(query) else "zh", asked))


def _open_place() -> Workspace | None:
    """Return the workspace if it is in memory and anybody may see it: where there is a login, nothing is shown before."""
    return None if person.guarded() else state.loaded(state.data_folder())


def _drawn_into(drawn: Ahead, *, under: bool) -> str:
    named = {"draw": drawn.script, "style": drawn.style, "told": drawn.told}
    said = " ".join(f'data-{key}="./{escape(path)}"' for key, path in named.items())
    covered = " zp-under" if under else ""
    return f'<div class="zp-first-map{covered}" {said}></div>'


def _leads_to_the_opening(query: str) -> bool:
    """Return whether an address asks for the opening as it was made: what it names beside the language is not in it."""
    asked = parse_qs(query)
    return asked.get("panel", ["overview"])[-1] == "overview" and asked.keys() <= {"panel", "lang"}


def prepare(workspace: Workspace) -> None:
    """Make the opening of a place in both languages, for whoever comes next, and read in the panels that he may turn to.

    Where the opening cannot be made there is none.
    """
    for name in state.PANELS:
        importlib.import_module(f"ui.panels.{name}_panel")
    try:
        first = case(workspace, _service(workspace), state.first_year(workspace))
        if lacks(first, "zones", "people"):
            return  # the page says so; the map is what there is to see
        made = {(workspace.key, lang): _opening(first, lang) for lang in LANGUAGES}
    except PlanError:  # the page itself says what is wrong
        return
    _keep(_KEPT, made)


def prepare_map(workspace: Workspace) -> None:
    """Publish the map of a place as a session begins with it, for whoever comes next; done in the run of a session, once."""
    if workspace.zones.empty or (workspace.key, LANGUAGES[0], False) in _MAPS:
        return
    choice = state.Choice(_service(workspace), state.first_year(workspace), "walk")
    try:
        made = {
            (workspace.key, lang, asked): ahead(workspace, choice, lang, asked=asked)
            for lang in LANGUAGES
            for asked in (False, True)
        }
    except PlanError:
        return
    _keep(_MAPS, made)


def _service(workspace: Workspace) -> str:
    return "primary" if "primary" in workspace.services else next(iter(workspace.services))


def _keep(kept: dict[Any, Any], made: dict[Any, Any]) -> None:
    with _LOCK:
        kept.update(made)
        for old in list(kept)[:-_MOST]:
            del kept[old]


def _opening(asked: Case, lang: str) -> str:
    place, answer = asked.workspace, answers.overview(asked)
    k = 1 if lang == "en" else 0
    maps, key = overview.drawn(place, asked.service, asked.year, lang, overview.shown_zones(answer), asked)
    return (
        f"{overview.atlas(place, answer, maps, lang)}"
        f"<aside><p>{escape(overview.sentence(answer, place)[k])}</p>{overview.questions(lang)}{key}</aside>"
    )
