"""Work that takes a while: what is quick shows nothing, what is stopped stays so until it is asked for again."""

from __future__ import annotations

import threading

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from geo.errors import InputError
from geo.progress import Progress, Step
from geo.text import Text
from tests.screen import PATIENCE, texts
from ui.parts import patience


def asking() -> None:
    """Ask as a panel does; the session says what comes of it."""
    import streamlit as st

    from geo.text import Text
    from ui.parts.patience import patient

    st.session_state.setdefault("lang", "zh")
    found = patient(Text("增益面", "the gain"), lambda _: 7, st.session_state.get("asked", "a"))
    st.session_state.found = found


def test_what_is_quick_shows_nothing_and_what_was_stopped_is_not_begun_until_asked_again() -> None:
    app = AppTest.from_function(asking, default_timeout=PATIENCE).run()
    assert (app.session_state["found"], list(app.button), texts(app)) == (7, [], "")
    app.session_state["work_stopped"] = (Text("增益面", "the gain"), "a")
    app.run()
    assert app.session_state["found"] is None
    assert "已停止：增益面" in texts(app)
    app.button(key="work_again").click().run()
    assert (app.session_state["found"], list(app.button)) == (7, [])


def test_another_question_is_not_stopped_with_the_one_before() -> None:
    app = AppTest.from_function(asking, default_timeout=PATIENCE)
    app.session_state["work_stopped"] = (Text("增益面", "the gain"), "a")
    app.session_state["asked"] = "b"
    assert app.run().session_state["found"] == 7
    assert "work_stopped" not in app.session_state


class Slot:
    """A place of the page that writes down what is shown in it."""

    def __init__(self, told: list[str], heard: threading.Event) -> None:
        self.told, self.heard = told, heard

    def progress(self, share: float, *, text: str) -> None:
        self.told.append(f"{share:.0%} {text}")
        self.heard.set()

    def markdown(self, text: str) -> None:
        self.told.append(text)
        self.heard.set()

    def button(self, label: str, **_more: object) -> None:
        self.told.append(label)

    def empty(self) -> None:
        self.told.append("gone")


def slow(monkeypatch: pytest.MonkeyPatch) -> tuple[list[str], threading.Event]:
    told, heard = [], threading.Event()
    monkeypatch.setattr(patience, "AT_ONCE", 0.0)
    monkeypatch.setattr(patience.st, "empty", lambda: Slot(told, heard))
    monkeypatch.setattr(st, "session_state", {"lang": "zh"})
    return told, heard


def test_what_is_slow_says_what_it_does_offers_to_stop_and_clears_up(monkeypatch: pytest.MonkeyPatch) -> None:
    told, heard = slow(monkeypatch)

    def work(_: Progress) -> int:
        assert heard.wait(PATIENCE)  # it goes on until the page has said that it does
        return 9

    assert patience.patient(Text("学区", "districts"), work, "q") == 9
    assert told[0] == "停止"
    assert told[1].startswith("正在算：学区")
    assert told[-2:] == ["gone", "gone"]


def test_the_share_is_shown_as_soon_as_the_work_tells_it(monkeypatch: pytest.MonkeyPatch) -> None:
    told, heard = slow(monkeypatch)

    def work(tell: Progress) -> int:
        tell(Step(done=1, whole=4))
        heard.clear()
        assert heard.wait(PATIENCE)
        return 3

    assert patience.patient(Text("报告", "the report"), work, "q") == 3
    assert told[-3].startswith("25% 正在算：报告")


def test_a_refusal_comes_through_at_once_or_later(monkeypatch: pytest.MonkeyPatch) -> None:
    _, heard = slow(monkeypatch)

    def work(_: Progress) -> int:
        heard.wait(PATIENCE)
        raise InputError(Text("不行", "no"))

    with pytest.raises(InputError):
        patience.patient(Text("学区", "districts"), work, "q", pressed=True)


def test_a_press_on_stop_is_remembered_for_its_question(monkeypatch: pytest.MonkeyPatch) -> None:
    slow(monkeypatch)
    patience._stopped((Text("学区", "districts"), "q"))
    assert st.session_state["work_stopped"] == (Text("学区", "districts"), "q")
