"""The door hung before Streamlit's server: its settings, its policy, and what it is to say about health."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from streamlit import net_util

from layers.door import Beside, Guard, health, read
from layers.door.guard import inline_scripts, policy
from ui.map import live, tiles
from ui.session import opening, state

__all__ = ["door"]


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
    # The one script written into Streamlit's own page, as it is installed, is allowed by its hash.
    shell = (Path(st.__file__).parent / "static" / "index.html").read_text("utf-8")
    base = str(st.get_option("server.baseUrlPath") or "")
    return [
        Middleware(
            Guard,
            door=settings,
            csp=policy(inline_scripts(shell), tiles.hosts(), settings.ancestors),
            health=lambda: health(state.data_folder(), opening.errors),
            base=base,
        ),
        Middleware(Beside, name=live.NAME, answer=live.answer, base=base),
    ]
