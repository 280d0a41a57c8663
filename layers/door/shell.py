"""The page that Streamlit sends before anything runs, made ours: its name, a picture that is there at once, what to fetch early.

Streamlit's own page is empty until 0.6 MB of script have come and run. What stands here is on the screen with the first
answer of the server, and goes when the page has drawn itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape
from pathlib import Path

__all__ = ["ID", "SCRIPT", "faces", "shell"]

ID = "zp-first"
"""Of the element that holds the first picture."""
LATER = "zp-late"
"""Of the one that holds what is not to be asked for before that is drawn."""
SCRIPT = (Path(__file__).resolve().parent / "shell.js").read_text("utf-8")
"""Draws the first map, and takes the first picture away; allowed by its hash, like every script written into the page."""
STYLE = f"""#{ID} {{ position: fixed; inset: 0; z-index: 999990; overflow: hidden; background: #fff; color: #1d2b33;
  font: 15px/1.5 'Source Han Sans SC', 'Noto Sans CJK SC', 'Microsoft YaHei', 'PingFang SC', 'Noto Sans', sans-serif; }}
:root[data-zp-theme="dark"] body, :root[data-zp-theme="dark"] #{ID} {{ background: #161d21; color: #e4eaec; }}"""
FONT = re.compile(r"<link\s+rel=\"preload\"\s+href=\"[^\"]*\.woff2\"[^>]*>\s*")
LATE = re.compile(
    r"<script type=\"module\"[^>]*></script>|<link rel=\"modulepreload\"[^>]*>|<link rel=\"stylesheet\"[^>]*>"
)
ENTRY = re.compile(r'<script type="module"([^>]*) src="([^"]*)"></script>')
OWN_FACE = re.compile(r"@font-face\{font-family:[\"']?Source [^}]*\}")
SIGNS = re.compile(r"@font-face\{(font-family:[\"']?Material Symbols)")
HEAD, HEAD_END, ROOT = "<head>", "</head>", '<div id="root"></div>'


def shell(
    page: str,
    first: str | None,
    *,
    title: str,
    lang: str,
    early: Iterable[tuple[str, str]] = (),
    ahead: Iterable[tuple[str, str]] = (),
    script: str = "",
) -> str:
    """Return Streamlit's page with what is to be seen at once.

    Parameters
    ----------
    page
        Streamlit's own ``index.html``.
    first
        Markup that is shown until the page has drawn itself, in an element that fills the window. Styles may stand in
        it; scripts may not, the policy of the page refuses them. An element with ``data-draw`` (a module),
        ``data-style`` and ``data-told`` (what the module is told) is drawn into at once. None for an empty page, as Streamlit has it.
    title
        Of the window, until the page names itself.
    lang
        Language of the document, as BCP 47 writes it.
    early
        Files that the page will ask for when it runs, by path, and what they are (``modulepreload``, or ``script``,
        ``style`` or ``fetch`` of a page): fetched at once, not one after another.
    ahead
        Files that the first picture is drawn from, likewise: they come before Streamlit's, whose script runs when the
        picture is drawn.
    script
        Runs before anything is drawn.

    Examples
    --------
    >>> page = '<html lang="en"><head><title>Streamlit</title></head><body><div id="root"></div></body></html>'
    >>> out = shell(page, "<p>opening …</p>", title="Plan", lang="zh-CN")
    >>> out.startswith('<html lang="zh-CN"><head><title>Plan</title>'), "<p>opening …</p></div>" in out
    (True, True)
    >>> shell(page, None, title="Streamlit", lang="en") == page
    True
    """
    page = re.sub(r"<title>.*?</title>", lambda _: f"<title>{escape(title)}</title>", page, count=1, flags=re.DOTALL)
    page = page.replace('<html lang="en">', f'<html lang="{escape(lang)}">', 1)
    # 170 kB of a face that the page does not use: its own comes from the planner's machine.
    page = FONT.sub("", page)
    ahead = list(ahead)
    links = "".join(_link(path, kind) for path, kind in early)
    style = f"<style>{STYLE}</style>" if first is not None else ""
    if script:
        page = page.replace(HEAD, f"{HEAD}<script>{script}</script>", 1)
    if first is None:
        return page.replace(HEAD_END, f"{links}{HEAD_END}", 1)
    page = page.replace(HEAD_END, f"{style}{HEAD_END}", 1)
    # Scripts and styles, and what is to be fetched early, are named after the picture: on a slow line they would come
    # beside it and hold it up. They run when all of the page is read, wherever they stand.
    links = "".join(LATE.findall(page)) + links
    page = LATE.sub("", page)
    if ahead:
        links = ENTRY.sub(r'<link rel="modulepreload"\1 href="\2">\g<0>', links)
        now = "".join(_link(path, kind).replace("<link", "<link data-ahead", 1) for path, kind in ahead)
        links = f'{now}<template id="{LATER}">{links}</template>'
    return page.replace(ROOT, f'{ROOT}<div id="{ID}">{first}</div><script>{SCRIPT}</script>{links}', 1)


def faces(css: str) -> str:
    """Return Streamlit's style sheet without the faces that the page does not use: its own comes from the planner's machine.

    That of its signs (376 kB) stays for the signs: they are written in small letters, and Streamlit asks for it at every
    opening with a blank.

    Examples
    --------
    >>> faces("a{b:c}@font-face{font-family:Source Sans;src:url(x)}@font-face{font-family:Material Symbols Rounded;src:url(y)}")
    'a{b:c}@font-face{unicode-range:U+30-39,U+5F,U+61-7A;font-family:Material Symbols Rounded;src:url(y)}'
    """
    return SIGNS.sub(r"@font-face{unicode-range:U+30-39,U+5F,U+61-7A;\1", OWN_FACE.sub("", css))


def _link(path: str, kind: str) -> str:
    """Return the line of a page that has a file fetched."""
    if kind == "modulepreload":
        return f'<link rel="modulepreload" crossorigin href="./{escape(path)}">'
    shared = " crossorigin" if kind == "fetch" else ""
    return f'<link rel="preload" as="{escape(kind)}"{shared} href="./{escape(path)}">'
