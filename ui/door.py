"""The door hung before Streamlit's server: its settings, its policy, and what it is to say about health."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pandas as pd
import streamlit as st
from starlette.middleware import Middleware
from streamlit import net_util

from layers.door import SEATS, Beside, Files, Guard, Seats, Traced, faces, health, limits, read, shell
from layers.door.desks import NUMBER
from layers.door.guard import inline_scripts, policy
from layers.home import cached, published
from layers.operate import log
from ui.first import english, first_map, first_paint
from ui.map import host, known, live, tiles
from ui.map.ahead import Ahead
from ui.panels import place_told
from ui.parts import theme
from ui.session import opening, state
from ui.words import both

__all__ = ["EARLY", "ahead_of", "door", "early", "styles"]


def door() -> list[Middleware]:
    """Return what stands before the server, outermost first.

    Raises
    ------
    InputError
        If the operator's settings cannot be read: there is no server then, rather than an open one.
    """
    # Columns of texts as Python's own strings: a press takes apart hundreds of small tables, and pandas packs and unpacks
    # each column for Arrow anew, a third of a press's time.
    pd.set_option("mode.string_storage", "python")
    # Streamlit asks Amazon for the address of this machine when it does not know an origin, and for its banner.
    net_util.get_external_ip = lambda: None
    settings = read()
    log.set_up(os.environ.get(NUMBER, ""))
    _counted(settings.metrics)
    own = Path(st.__file__).parent / "static"
    page = (own / "index.html").read_text("utf-8")
    soon = early(own)

    def ours(query: str) -> bytes:
        title, lang = " ".join(both("app")), "en" if english(query) else "zh-CN"
        told = first_map(query)
        drawn = {} if told is None else ahead_of(told)
        later = {path: kind for path, kind in soon.items() if path not in drawn}
        return shell(
            page,
            first_paint(query),
            title=title,
            lang=lang,
            early=later.items(),
            ahead=drawn.items(),
            script=theme.EARLY,
        ).encode()

    # The scripts written into the page, as it is installed and as it is sent, are allowed by their hashes.
    scripts = {*inline_scripts(page), *inline_scripts(shell(page, "", title="", lang="", script=theme.EARLY))}
    base = str(st.get_option("server.baseUrlPath") or "")
    return [
        Middleware(Traced),
        Middleware(
            Guard,
            door=settings,
            csp=policy(sorted(scripts), tiles.hosts(), settings.ancestors),
            health=lambda: health(state.data_folder(), opening.errors),
            base=base,
            desk=int(os.environ[NUMBER]) if NUMBER in os.environ else None,
        ),
        Middleware(Seats, most=limits().sessions, folder=Path(os.environ[SEATS]) if SEATS in os.environ else None),
        Middleware(Beside, name=known.NAME, answer=known.answer, base=base),
        Middleware(Beside, name=live.NAME, answer=live.answer, base=base),
        Middleware(Beside, name=place_told.NAME, answer=place_told.answer, base=base, pending=place_told.PENDING),
        Middleware(
            Files,
            places={"static": own / "static", "app/static": published().parent},
            page=ours,
            made=host.files() | styles(own),
            first=[*re.findall(r'"\./(static/[^"]+)"', page), *soon],
            base=base,
            kept_in=cached("packed"),
        ),
    ]


def _counted(at: tuple[str, int] | None) -> None:
    """Count what happens here where an operator wants to know, and tell it: several processes have one before them that does."""
    if at is None:
        return
    from layers.operate import metrics  # only where asked for

    metrics.begin(os.environ.get(NUMBER, "0"))
    if NUMBER not in os.environ:
        metrics.expose(at)


EARLY = ("BidiComponent", "ButtonGroup", "Html")
"""Scripts of Streamlit's that our first page asks for only when it runs, by the beginning of their names."""
LEAFLET = {"app/static/vendor/leaflet/leaflet.js": "script", "app/static/vendor/leaflet/leaflet.css": "style"}


def early(own: Path) -> dict[str, str]:
    """Return what the first page asks for late, and what it is: of Streamlit as this version names it, and of the map."""
    found = (p for name in EARLY for p in sorted((own / "static" / "js").glob(f"{name}.*.js")))
    script, style = host.files()
    scripts = {p.relative_to(own).as_posix(): "modulepreload" for p in found}
    return scripts | {script: "modulepreload", style: "style"} | LEAFLET


def styles(own: Path) -> dict[str, bytes]:
    """Return Streamlit's own style sheet, by its path, as the page wants it."""
    return {
        path.relative_to(own).as_posix(): faces(path.read_text("utf-8")).encode()
        for path in (own / "static" / "css").glob("index.*.css")
    }


def ahead_of(drawn: Ahead) -> dict[str, str]:
    """Return what the map that is drawn before the page is made of, the script first; it asks for what it is told by itself."""
    files = {drawn.script: "modulepreload", drawn.style: "style"}
    return files | LEAFLET | dict.fromkeys(drawn.layers, "fetch")
