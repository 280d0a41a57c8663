"""The page that Streamlit sends before anything runs, made ours: its name, a picture that is there at once, what to fetch early.

Streamlit's own page is empty until 0.6 MB of script have come and run. What stands here is on the screen with the first
answer of the server, and goes when the page has drawn itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape

__all__ = ["ID", "REMOVER", "shell"]

ID = "zp-first"
"""Of the element that holds the first picture."""
DRAWN = ".st-key-head button, [data-testid=stApp] [data-testid=stAlert], [data-testid=stApp] [data-testid=stExpander], [data-testid=stApp] [data-testid=stButton]"
"""What stands on the page when it has something to say of its own: its head, a refusal, how far the opening is, the login."""
REMOVER = f"""(() => {{
  const done = () => {{
    if (!document.querySelector('{DRAWN}')) return;
    document.getElementById('{ID}')?.remove();
    watch.disconnect();
  }};
  // A press on the picture is kept for the page, which takes it up when it is there (lead.js).
  document.getElementById('{ID}').addEventListener('click', (event) => {{
    const button = event.target.closest('[data-go]');
    if (!button) return;
    sessionStorage.setItem('zp-go', button.dataset.go);
    button.setAttribute('aria-busy', 'true');
  }});
  const watch = new MutationObserver(done);
  watch.observe(document.getElementById('root'), {{ childList: true, subtree: true }});
}})();"""
"""Takes the first picture away; allowed by its hash, like every script written into the page."""
STYLE = f"""#{ID} {{ position: fixed; inset: 0; z-index: 999990; overflow: hidden; background: #fff; color: #1d2b33;
  font: 15px/1.5 'Source Han Sans SC', 'Noto Sans CJK SC', 'Microsoft YaHei', 'PingFang SC', 'Noto Sans', sans-serif; }}
:root[data-zp-theme="dark"] body, :root[data-zp-theme="dark"] #{ID} {{ background: #161d21; color: #e4eaec; }}"""
FONT = re.compile(r"<link\s+rel=\"preload\"\s+href=\"[^\"]*\.woff2\"[^>]*>\s*")
SCRIPTS = re.compile(r"<script type=\"module\"[^>]*></script>|<link rel=\"modulepreload\"[^>]*>")
HEAD, HEAD_END, ROOT = "<head>", "</head>", '<div id="root"></div>'


def shell(
    page: str, first: str | None, *, title: str, lang: str, early: Iterable[tuple[str, str]] = (), script: str = ""
) -> str:
    """Return Streamlit's page with what is to be seen at once.

    Parameters
    ----------
    page
        Streamlit's own ``index.html``.
    first
        Markup that is shown until the page has drawn itself, in an element that fills the window. Styles may stand in
        it; scripts may not, the policy of the page refuses them. None for an empty page, as Streamlit has it.
    title
        Of the window, until the page names itself.
    lang
        Language of the document, as BCP 47 writes it.
    early
        Files that the page will ask for when it runs, by path, and what they are (``modulepreload``, or ``script`` or
        ``style`` of a page): fetched at once, not one after another.
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
    links = "".join(
        f'<link rel="modulepreload" crossorigin href="./{escape(path)}">' if kind == "modulepreload"
        else f'<link rel="preload" as="{escape(kind)}" href="./{escape(path)}">'
        for path, kind in early
    )  # fmt: skip
    style = f"<style>{STYLE}</style>" if first is not None else ""
    if script:
        page = page.replace(HEAD, f"{HEAD}<script>{script}</script>", 1)
    if first is None:
        return page.replace(HEAD_END, f"{links}{HEAD_END}", 1)
    page = page.replace(HEAD_END, f"{style}{HEAD_END}", 1)
    # The scripts, and what is to be fetched early, are named after the picture: on a slow line they would come beside it
    # and hold it up. They run when all of the page is read, wherever they stand.
    links = "".join(SCRIPTS.findall(page)) + links
    page = SCRIPTS.sub("", page)
    return page.replace(ROOT, f'{ROOT}<div id="{ID}">{first}</div><script>{REMOVER}</script>{links}', 1)
