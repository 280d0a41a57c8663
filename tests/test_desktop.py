"""The page in a window of its own: closing it stops the server, and without a window the browser opens, with words."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import types
import urllib.request
import webbrowser
from pathlib import Path

import pytest

from geo.errors import InputError
from layers import desktop
from tests.browser import free_port
from tests.need import ROOT, need

SERVER = "import http.server, sys; http.server.HTTPServer(('127.0.0.1', int(sys.argv[1])), http.server.SimpleHTTPRequestHandler).serve_forever()"
# The real window, closed as soon as it has read the page; the title that the page gave itself is told.
REAL = """
import json, sys, webview
from layers import desktop
made, shown = webview.create_window, []
def watched(*words, **more):
    window = made(*words, **more)
    def loaded():
        shown.append(window.evaluate_js("document.title"))
        window.destroy()
    window.events.loaded += loaded
    return window
webview.create_window = watched
ended = desktop.show(json.loads(sys.argv[1]), {}, address=sys.argv[2], title="规划图")
print(json.dumps([ended, shown]))
"""


@pytest.fixture
def address(tmp_path: Path) -> tuple[list[str], str]:
    """Give the words of a server, and where it answers."""
    port = free_port()
    return [sys.executable, "-c", SERVER, str(port)], f"http://127.0.0.1:{port}/"


def window(monkeypatch: pytest.MonkeyPatch, start) -> list[tuple[str, str]]:
    """Put a web view in the place of the system's; give what it is asked to show."""
    shown: list[tuple[str, str]] = []
    view = types.ModuleType("webview")
    view.settings = {}
    view.create_window = lambda title, at, **_: shown.append((title, at))
    view.start = start
    monkeypatch.setitem(sys.modules, "webview", view)
    return shown


def gone(at: str) -> bool:
    try:
        urllib.request.urlopen(at, timeout=5).close()
    except OSError:
        return True
    return False


def test_the_server_answers_before_the_window_opens_and_stops_with_it(address, monkeypatch) -> None:
    words, at = address
    seen: list[int] = []
    shown = window(monkeypatch, lambda **_: seen.append(urllib.request.urlopen(at, timeout=60).status))
    assert desktop.show(words, {}, address=at, title="规划图") == 0
    assert shown == [("规划图", at)] and seen == [200] and gone(at)


@pytest.mark.parametrize("why", [None, "You must have either QT or GTK"])
def test_without_a_window_the_browser_opens_and_that_is_said(why, address, monkeypatch, capsys) -> None:
    words, at = address

    def no_window(**_):
        raise RuntimeError(why)

    window(monkeypatch, no_window)
    if why is None:
        monkeypatch.setitem(sys.modules, "webview", None)  # as where it is not installed
    opened: list[str] = []

    def browse(there: str) -> None:
        opened.append(there)
        raise KeyboardInterrupt  # Ctrl+C, some time later

    monkeypatch.setattr(webbrowser, "open", browse)
    assert desktop.show(words, {}, address=at, title="规划图") == 0
    told = capsys.readouterr().err
    assert (
        opened == [at]
        and "已改用浏览器" in told
        and "the browser opens" in told
        and (why or "webview") in told
        and gone(at)
    )


def test_a_server_that_does_not_start_is_said(monkeypatch) -> None:
    window(monkeypatch, lambda **_: pytest.fail("nothing to show"))
    with pytest.raises(InputError, match="--port"):
        desktop.show([sys.executable, "-c", ""], {}, address=f"http://127.0.0.1:{free_port()}/", title="规划图")


def test_a_real_window_shows_the_page_and_takes_the_server_with_it(address, tmp_path) -> None:
    need("webview")
    words, at = address
    (tmp_path / "index.html").write_text("<title>seen</title>", "utf-8")
    words = [*words[:1], "-c", f"import os; os.chdir({str(tmp_path)!r}); {SERVER}", *words[3:]]
    environ = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "QTWEBENGINE_DISABLE_SANDBOX": "1", "HOME": str(tmp_path)}
    task = [sys.executable, "-c", REAL, json.dumps(words), at]
    done = subprocess.run(task, env=environ, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert json.loads(done.stdout.splitlines()[-1]) == [0, ["seen"]] and gone(at)
