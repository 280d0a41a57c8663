"""The page for those who cannot see it well: axe finds nothing serious on any panel, light or dark, and the widgets speak the reader's language.

The English page is read here, as its words are longer; both languages have the same parts and colours.
"""

from __future__ import annotations

from pathlib import Path

from tests.browser import HERE, MARKS, Visit
from tests.need import need
from ui.session import state

pytestmark = MARKS

FAULTS = """() => axe.run(document, {resultTypes: ['violations']}).then(({violations}) => violations
  .filter((one) => one.impact === 'serious' || one.impact === 'critical')
  .flatMap((one) => one.nodes.map((node) => [one.id, node.html.slice(0, 160), (node.any[0] ?? node.all[0] ?? node.none[0])?.message])))"""


def test_nothing_serious_on_any_panel_light_or_dark(visit: Visit) -> None:
    script = (Path(need("linters")) / "axe-core" / "axe.min.js").read_text("utf-8")
    found = {}
    for panel in state.PANELS:
        place = f"&place={HERE[0]},{HERE[1]}" if panel == "site" else ""
        visit.open(f"?lang=en&panel={panel}{place}")
        visit.page.evaluate(script)
        for theme in ("dark", "light"):
            visit.page.evaluate("(theme) => zpTheme.choose(theme)", theme)
            visit.until("(t) => document.documentElement.dataset.zpTheme === t", theme, theme)
            if faults := visit.page.evaluate(FAULTS):
                found[panel, theme] = faults
    visit.page.evaluate("() => zpTheme.choose('auto')")
    assert found == {}
    assert visit.page.evaluate("document.documentElement.lang") == "en"
    visit.open("?panel=import&lang=zh")
    visit.says("选择文件", "每个文件不超过 100MB")
