"""What is on the screen with the first answer of the server, before a line of the page's script has come."""

from __future__ import annotations

from html import escape
from urllib.parse import parse_qs

from geo.text import Text
from ui.session import state
from ui.words import both

__all__ = ["english", "first_paint"]

STYLE = """<style>
.zp-opening { display: grid; place-content: center; height: 100%; text-align: center; }
.zp-opening b { font-size: 22px; } .zp-opening span { color: #45555e; }
</style>"""


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

    Asked at every opening, in a thread, outside any session: it must not wait for the workspace to be read.

    Parameters
    ----------
    query
        Of the page's address, as the browser sent it: nothing in it is checked.
    """
    workspace = state.loaded(state.data_folder())
    brand: Text = both("app") if workspace is None else workspace.brand
    k = 1 if english(query) else 0
    return f'{STYLE}<div class="zp-opening"><b>{escape(brand[k])}</b><span>{escape(both("opening")[k])}</span></div>'
