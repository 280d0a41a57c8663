"""The page without a browser: run as Streamlit runs it, its words read from what it sends."""

from __future__ import annotations

from pathlib import Path

from streamlit.testing.v1 import AppTest

__all__ = ["DATA", "ROOT", "page", "texts"]

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "data"
PATIENCE = 280
"""How long a run of the page is awaited before it counts as hanging [s]; how long it takes is no matter of a test."""


def page(**chosen: object) -> AppTest:
    """Return the page after its first run, with something already chosen."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=PATIENCE)
    for key, value in chosen.items():
        app.session_state[key] = value
    return app.run()


def texts(app: AppTest) -> str:
    """Return every word on the page."""
    parts = [str(e.value) for kind in ("text", "markdown", "caption", "subheader") for e in getattr(app, kind)]
    parts += [e.proto.body for e in app.get("html")]
    return "\n".join(parts)
