"""Who sits at the page, and what that person may change.

A login is Streamlit's own (OIDC, ``[auth]`` in the operator's secrets), or the name that a trusted proxy gave
(``layers.door``). Without either nobody is asked for a name, and all may do everything: a planner at her own machine.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from geo.errors import InputError
from layers import door
from layers.door.guard import PERSON
from layers.door.people import Action, Role
from ui.session import browser
from ui.words import both

__all__ = ["asked", "guarded", "may", "name", "role", "sign_in", "signing", "vouched"]


def name() -> str:
    """Return the name of the login, else the one the browser gave, else ""; for the record, never for permission."""
    return _login() or browser.given()


def vouched() -> bool:
    """Return True if a login or a proxy gives the name: then nobody gives another."""
    return bool(_login())


def role() -> Role:
    """Return the role that follows from the login; the operator's file is read anew, a change in it holds at once."""
    settings = door.read()
    return door.role_of(_login(), settings.roles, login=bool(settings.user_header) or _oidc())


def may(action: Action) -> bool:
    """Return True if the person may do it; to show or not to show a button. A viewer comments under a name that is vouched for."""
    known = role() != "viewer" or vouched()
    return door.allows(role(), action) and (known or action != "comment")


def signing(action: Action) -> str:
    """Return the name to write beside a change: asked for at every call that changes what is kept.

    Raises
    ------
    InputError
        If the person may not do it.
    """
    if not may(action):
        raise InputError(both(f"may_not_{action}"))
    return name()


def asked() -> bool:
    """Return True if a login is set up and nobody has logged in."""
    return _oidc() and not _login()


def guarded() -> bool:
    """Return True if a login is set up: nothing of the place is shown before it."""
    return _oidc()


def sign_in() -> None:
    """Show the button that leads to the login."""
    st.text("\n".join(both("sign_in_why")))
    st.button(" · ".join(both("sign_in")), on_click=st.login, type="primary", key="sign_in")


def _oidc() -> bool:
    try:
        return "auth" in st.secrets
    except FileNotFoundError:
        # No file is the ordinary case. One that cannot be read may have asked for a login: nobody is let in by a comma.
        return any(Path(one).expanduser().exists() for one in st.get_option("secrets.files"))


def _login() -> str:
    """Return the name that a login or a trusted proxy vouches for."""
    if _oidc() and getattr(st.user, "is_logged_in", False):
        return str(st.user.get("email") or st.user.get("name") or "")
    if door.read().user_header:
        # As the proxy wrote it, in UTF-8; a header comes as Latin-1.
        return str(st.context.headers.get(PERSON, "")).encode("latin-1", "replace").decode("utf-8", "replace").strip()
    return ""
