"""The page for those who cannot see it well: axe finds nothing on any panel or view, and the widgets speak the reader's language.

One visit: the page is opened once and read whole once; then each panel and view is opened by its tab, and only what that
changed is read again: the panel, the legend and what lies over the map. What is not read everywhere, and why:

- English in light is read everywhere, as its words are longer; Chinese has the same parts and colours and is read whole once,
  on the panel whose widgets have words put in (``ui/words/widgets.py``).
- Dark changes colours and nothing else: it is read for contrast alone, where every kind of part is on the screen once.
"""

from __future__ import annotations

from pathlib import Path

from tests.browser import HERE, MARKS, Visit
from tests.need import need
from ui.session import state
from ui.words import CATALOGUE

pytestmark = MARKS

VIEWS: dict[str, tuple[str, tuple[str, ...]]] = {
    "coverage": ("cover_view", ("view_circles", "view_access")),
    "seats": ("seats_view", ("view_assign", "view_districts", "view_feeders", "view_routes")),
    "siting": ("siting_view", ("view_gain", "view_tradeoff", "view_crossings")),
    "zones": ("zones_view", ("view_area",)),
    "targets": ("register_part", ("part_monitor", "part_facts", "part_projects", "part_contradictions")),
    "compare": ("cmp_view_row", ("cmp_view_years",)),
}
"""Panel to the row of buttons that turns to its further views, and the words on them."""
DARK = ("overview", "coverage", "seats", "export")
"""Panels that show between them what has colours of its own: the atlas; tiles, shares and a legend; a chart and a form; pills and lists."""
CHANGED = (".st-key-side", ".zp-panel", ".st-key-over")
FAULTS = """([parts, rules]) => {
  const there = parts.filter((one) => document.querySelector(one));
  const context = there.length ? { include: there.map((one) => [one]) } : document;
  const asked = { resultTypes: ['violations'], preload: false, ...(rules.length ? { runOnly: rules } : {}) };
  return axe.run(context, asked).then(({ violations }) => violations.flatMap((one) => one.nodes.map((node) =>
    [one.impact, one.id, node.html.slice(0, 160), (node.any[0] ?? node.all[0] ?? node.none[0])?.message])));
}"""


class Reader:
    """Reads parts of the page, and keeps what is wrong by where it was found."""

    def __init__(self, visit: Visit) -> None:
        self.visit = visit
        self.found: dict[str, list[list[str]]] = {}
        self.script = (Path(need("linters")) / "axe-core" / "axe.min.js").read_text("utf-8")

    def open(self, query: str) -> None:
        self.visit.open(query)
        self.visit.page.evaluate(self.script)

    def read(self, where: str, *parts: str, rules: tuple[str, ...] = ()) -> None:
        if faults := self.visit.page.evaluate(FAULTS, [list(parts), list(rules)]):
            self.found[where] = faults

    def turn(self, theme: str) -> None:
        self.visit.page.evaluate("(theme) => zpTheme.choose(theme)", theme)
        self.visit.until("(t) => document.documentElement.dataset.zpTheme === t", theme, theme)


def test_nothing_is_hard_to_read_on_any_panel_or_view(unopened: Visit) -> None:
    visit = unopened
    reader = Reader(visit)
    reader.open(f"?lang=en&place={HERE[0]},{HERE[1]}")
    reader.turn("light")
    reader.read("the whole page")
    for panel in state.PANELS:
        visit.panel(panel)
        reader.read(panel, *CHANGED)
        if panel in DARK:
            reader.turn("dark")
            reader.read(f"{panel}, dark", rules=("color-contrast",))
            reader.turn("light")
        row, words = VIEWS.get(panel, ("", ()))
        for word in words:
            visit.pick(row, CATALOGUE[word].en)
            reader.read(f"{panel}, {word}", *CHANGED)
    assert visit.page.evaluate("document.documentElement.lang") == "en"
    reader.open("?panel=import&lang=zh")
    visit.says("选择文件", "每个文件不超过 100MB")
    reader.read("import, Chinese")
    visit.page.evaluate("() => zpTheme.choose('auto')")
    assert reader.found == {}
