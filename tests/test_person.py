"""Who sits at the page, without a browser: a login that is set up is a login, and a name one gives oneself is no right."""

from __future__ import annotations

import pytest
import streamlit as st

from geo.errors import InputError
from ui.session import person

AUTH = {"redirect_uri": "http://localhost/oauth2callback", "cookie_secret": "x", "client_id": "a", "client_secret": "b"}


class Unread(dict):
    """The secrets of Streamlit where no file of them can be read."""

    def __contains__(self, key: object) -> bool:
        raise FileNotFoundError


@pytest.fixture(autouse=True)
def alone(monkeypatch):
    """Nothing is configured, and the session is a plain dict."""
    for name in ("ZONEPLAN_USER_HEADER", "ZONEPLAN_TRUSTED_PROXIES", "ZONEPLAN_ROLES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(st, "secrets", Unread())
    monkeypatch.setattr(st, "session_state", {})
    monkeypatch.setattr(st, "user", type("User", (dict,), {"is_logged_in": False})())
    monkeypatch.setattr(st, "get_option", lambda name: [])


def test_without_a_login_nobody_is_asked_and_all_may(monkeypatch):
    st.session_state["person"] = "王工"
    assert (person.asked(), person.role(), person.signing("import"), person.signing("save")) == (
        False,
        "operator",
        "王工",
        "王工",
    )


def test_a_name_one_gives_oneself_is_no_right(monkeypatch, tmp_path):
    (tmp_path / "roles.toml").write_text('[roles]\n"wang" = "operator"\n', "utf-8")
    monkeypatch.setenv("ZONEPLAN_ROLES", str(tmp_path / "roles.toml"))
    st.session_state["person"] = "wang"
    assert (person.name(), person.role(), person.may("save")) == ("wang", "viewer", False)
    assert not person.may("comment")  # a comment is signed, and nobody vouches for this name
    with pytest.raises(InputError) as caught:
        person.signing("import")
    assert "operator" in caught.value.text.en


def test_a_login_names_the_person_and_the_file_gives_the_role(monkeypatch, tmp_path):
    (tmp_path / "roles.toml").write_text('[roles]\n"wang@example.cn" = "planner"\n', "utf-8")
    monkeypatch.setenv("ZONEPLAN_ROLES", str(tmp_path / "roles.toml"))
    monkeypatch.setattr(st, "secrets", {"auth": AUTH})
    assert (person.asked(), person.role()) == (True, "viewer")
    monkeypatch.setattr(st, "user", type("User", (dict,), {"is_logged_in": True})(email="wang@example.cn"))
    st.session_state["person"] = "somebody else"
    assert (person.asked(), person.signing("save"), person.may("import")) == (False, "wang@example.cn", False)
    monkeypatch.setattr(st, "user", type("User", (dict,), {"is_logged_in": True})(email="li@example.cn"))
    assert (person.role(), person.signing("comment"), person.may("save")) == ("viewer", "li@example.cn", False)


def test_secrets_that_cannot_be_read_let_nobody_in(monkeypatch, tmp_path):
    path = tmp_path / "secrets.toml"
    path.write_text("auth = [", "utf-8")
    monkeypatch.setattr(st, "get_option", lambda name: [str(path)])
    assert (person.asked(), person.role()) == (True, "viewer")
