"""The page in a window of its own, for one planner: the window closes, the server stops.

The window is the system's own web view (pywebview: WebView2 on Windows, WebKit on macOS, Qt or GTK on Linux). Where there
is none, the browser opens instead, and that is said.
"""

from __future__ import annotations

import subprocess
import sys
import time
import urllib.error
import urllib.request
import webbrowser
from collections.abc import Mapping, Sequence

from geo.errors import InputError
from geo.text import Text

__all__ = ["show"]

PATIENCE = 120
"""How long the server may take to answer [s]."""
SIZE = (1440, 900)
PROXIES = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # none: the page is on this machine


def show(words: Sequence[str], environ: Mapping[str, str], *, address: str, title: str) -> int:
    """Run the server of the page and show it until the window is closed or the server ends; return how the server ended.

    Parameters
    ----------
    words, environ
        What runs the server, of :func:`layers.serve.command`.
    address
        Where it will answer, such as ``http://127.0.0.1:8501/``.
    title
        What stands on the window.

    Raises
    ------
    InputError
        If the server does not come to answer.
    """
    server = subprocess.Popen(words, env=environ)
    try:
        _wait(server, address)
        why = _window(address, title)
        if why is None:
            return 0
        print("\n".join(_instead(why, address)), file=sys.stderr, flush=True)
        webbrowser.open(address)
        return server.wait()
    except KeyboardInterrupt:
        return 0
    finally:
        server.terminate()
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()


def _wait(server: subprocess.Popen[bytes], address: str) -> None:
    end = time.monotonic() + PATIENCE
    while server.poll() is None and time.monotonic() < end:
        try:
            PROXIES.open(address, timeout=10).close()
        except urllib.error.HTTPError:
            return  # it answers, and the page will say what is wrong
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise InputError(
        Text(
            f"网页服务没有启动（{address}）：原因见上面几行；端口被占用时请用 --port 另选一个",
            f"the server of the page did not start ({address}): the lines above say why; where the port is taken choose another by --port",
        )
    )


def _window(address: str, title: str) -> str | None:
    """Show a window until it is closed; return why there can be none."""
    try:
        import webview

        # Layers, reports and plans are downloads of the page.
        webview.settings["ALLOW_DOWNLOADS"] = True
        webview.create_window(title, address, width=SIZE[0], height=SIZE[1], text_select=True)
        webview.start(private_mode=False)  # a planner's choices stay with him from one start to the next
    except ModuleNotFoundError as error:
        return f"{error.name}"
    except Exception as error:  # every system's own: no display, no web view
        return str(error).partition("\n")[0]
    return None


def _instead(why: str, address: str) -> Text:
    """Return the words for a page that opens in the browser instead.

    Examples
    --------
    >>> _instead("webview", "http://127.0.0.1:8501/").en.split(":")[0]
    'there is no window of its own here (webview)'
    """
    return Text(
        f"这里不能打开独立窗口（{why}）：已改用浏览器打开 {address}，按 Ctrl+C 停止。独立窗口需要 pip install 'zoneplan[desktop]'",
        f"there is no window of its own here ({why}): the browser opens {address}, Ctrl+C stops it. A window needs pip install 'zoneplan[desktop]'",
    )
