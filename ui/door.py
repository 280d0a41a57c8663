"""The door hung before Streamlit's server: its settings, its policy, and what it is to say about health."""

from __future__ import annotations

import os
import re
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from streamlit import net_util

from layers.door import Beside, Files, Guard, health, read, shell
from layers.door.desks import NUMBER
from layers.door.guard import inline_scripts, policy
from layers.home import published
from ui.first import english, first_paint
from ui.map import host, live, tiles
from ui.parts import theme
from ui.session import opening, state
from ui.words import both

__all__ = ["EARLY", "door", "early"]


def door() -> list[Middleware]:
    """Return what stands before the server, outermost first.

    Raises
    ------
    InputError
        If the operator's settings cannot be read: there is no server then, rather than an open one.
    """
    # Streamlit asks Amazon for the address of this machine when it does not know an origin, and for its banner.
    net_util.get_external_ip = lambda: None
    settings = read()
    own = Path(st.__file__).parent / "static"
    page = (own / "index.html").read_text("utf-8")
    soon = early(own)

    def ours(query: str) -> bytes:
        title, lang = " ".join(both("app")), "en" if english(query) else "zh-CN"
        return shell(page, first_paint(query), title=title, lang=lang, early=soon.items(), script=theme.EARLY).encode()

    # The scripts written into the page, as it is installed and as it is sent, are allowed by their hashes.
    scripts = {*inline_scripts(page), *inline_scripts(shell(page, "", title="", lang="", script=theme.EARLY))}
    base = str(st.get_option("server.baseUrlPath") or "")
    return [
        Middleware(
            Guard,
            door=settings,
            csp=policy(sorted(scripts), tiles.hosts(), settings.ancestors),
            health=lambda: health(state.data_folder(), opening.errors),
            base=base,
            desk=int(os.environ[NUMBER]) if NUMBER in os.environ else None,
        ),
        Middleware(Beside, name=live.NAME, answer=live.answer, base=base),
        Middleware(
            Files,
            places={"static": own / "static", "app/static": published().parent},
            page=ours,
            made=host.files(),
            first=[*re.findall(r'"\./(static/[^"]+)"', page), *soon],
            base=base,
        ),
    ]


EARLY = ("BidiComponent", "ButtonGroup", "Html")
"""Scripts of Streamlit's that our first page asks for only when it runs, by the beginning of their names."""
LEAFLET = {"app/static/vendor/leaflet/leaflet.js": "script", "app/static/vendor/leaflet/leaflet.css": "style"}


def early(own: Path) -> dict[str, str]:
    """Return what the first page asks for late, and what it is: of Streamlit as this version names it, and of the map."""
    found = (p for name in EARLY for p in sorted((own / "static" / "js").glob(f"{name}.*.js")))
    script, style = host.files()
    scripts = {p.relative_to(own).as_posix(): "modulepreload" for p in found}
    return scripts | {script: "modulepreload", style: "style"} | LEAFLET
