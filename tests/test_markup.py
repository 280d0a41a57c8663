"""Texts from the data stay texts: every way onto a map or into a report, with templates and scripts, in a real browser."""

from __future__ import annotations

import ast
import datetime as dt
import inspect
import io
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import geopandas as gpd
import pandas as pd
import pypdf
import pytest
import shapely
from playwright.sync_api import BrowserContext, Page, sync_playwright

from geo.text import Text
from layers import home, workspace
from layers.page import report, webmap
from layers.page.folium_map import empty_map
from layers.page.html import island
from layers.report import making
from tests.need import ROOT, need

PAYLOADS = (
    "{{7*7}}",
    "{% raw %}",
    "{% for x in ().__class__.__base__.__subclasses__() %}{{x}}{% endfor %}",
    "{{cycler.__init__.__globals__.os.mkdir(dict(PWNED=1)|first)}}",
    "{{'</script>'|safe}}",
    "<script>window.pwned=1</script>",
    "</script><script>window.pwned=1</script>",
    "</title></style></textarea><script>window.pwned=1</script>",
    "<img src=x onerror=window.pwned=1>",
    "\"'><svg onload=window.pwned=1>",
    "' onmouseover='window.pwned=1' x='",
    "${window.pwned=1}",
    "`+(window.pwned=1)+`",
    "'-(window.pwned=1)-'",
    "\\u003cimg src=x onerror=window.pwned=1\\u003e",
    "&lt;img src=x onerror=window.pwned=1&gt;",
    "<!--<script>",
    "]]><script>window.pwned=1</script>",
    "<style>*{display:none}</style>",
    "<iframe srcdoc='<script>parent.pwned=1</script>'></iframe>",
    "<a href=javascript:window.pwned=1>x</a>",
    "<link rel=stylesheet href=http://evil.example/x.css>",
    "![x](http://evil.example/x.png)",
    "a\u2028window.pwned=1\u2029b",
)
WAYS = (
    "zone-label", "zone-name", "popup-value", "popup-column", "facility-tooltip", "facility-value", "layer-name",
    "answer-title", "method", "note", "source", "workspace", "link-name", "table-cell", "table-header", "parameter",
    "parameter-name", "scenario", "basis", "kind",
)  # fmt: skip


def mark(way: str, payload: str) -> str:
    """Return the payload with the way's name around it, so that it is found again as it went in."""
    return f"«{way}»{payload}«/{way}»"


def place_and_answer(payload: str) -> tuple[Any, Any, dict[str, gpd.GeoDataFrame]]:
    """Return a place, an answer and a further layer with the payload in every way."""

    def m(way: str) -> str:
        return mark(way, payload)

    ids = pd.Index(["a", "a-1"], name="zone_id")
    square = shapely.box(550_000, 4_330_000, 552_000, 4_332_000)
    zones = gpd.GeoDataFrame(
        {"parent_id": [None, "a"], "level": ["zone", "sub_area"], "name_zh": m("zone-name"), "short_zh": m("zone-label"),
         "role_zh": m("popup-value"), m("popup-column"): 1, "basis": m("basis"), "kind": m("kind")},
        geometry=[square, square], index=ids, crs="EPSG:4548",
    )  # fmt: skip
    line = shapely.LineString([(549_000, 4_329_000), (553_000, 4_333_000)])
    links = gpd.GeoDataFrame(
        {"name_zh": [m("link-name")], "kind": [m("kind")], "status": [m("kind")], "basis": [m("basis")]},
        geometry=[line],
        crs="EPSG:4548",
    )
    point = gpd.GeoDataFrame(
        {"name_zh": [m("facility-tooltip")], "address": [m("facility-value")], "kind": [m("kind")], "status": ["existing"], "basis": [m("basis")]},
        geometry=[shapely.Point(551_000, 4_331_000)], index=pd.Index([m("kind")], name="facility_id"), crs="EPSG:4548",
    )  # fmt: skip
    nothing = links.iloc[:0]
    place = SimpleNamespace(
        zones=zones, links=links, water=nothing, ground=nothing, streets=nothing, cell_metres=100.0, schools=point, clinics=point, stops=point,
        name_zh=m("workspace"), name_en=m("workspace"), sources={"s": {"title": m("source"), "url": m("source")}},
    )  # fmt: skip
    table = pd.DataFrame(
        {"name_zh": [m("table-cell")], m("table-header"): [m("table-cell")], "share_walk": [0.5]}, index=ids[:1]
    )
    answer = SimpleNamespace(
        question="coverage", title=Text(m("answer-title"), m("answer-title")), method=Text(m("method"), m("method")),
        parameters={"service": "primary", m("parameter-name"): m("parameter")}, basis=m("basis"), sources=("s",),
        scenario=m("scenario"), notes=(Text(m("note"), m("note")),), tables={"zones": table, "facilities": point, m("layer-name"): table},
    )  # fmt: skip
    return place, answer, {m("layer-name"): point}


@pytest.fixture(scope="module")
def browser() -> Iterator[BrowserContext]:
    """Return a browser without a screen, of one profile: these pages keep nothing."""
    with sync_playwright() as play:
        flags = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"]
        started = play.chromium.launch(executable_path=need("chromium"), args=flags)
        yield started.new_context(viewport={"width": 1200, "height": 800})
        started.close()


@pytest.fixture
def page(browser: BrowserContext) -> Iterator[Page]:
    """Return a page that remembers what it asked for and what it said."""
    opened = browser.new_page()
    opened.asked, opened.said = [], []  # type: ignore[attr-defined]
    opened.on("request", lambda r: opened.asked.append(r.url) if not r.url.startswith("data:") else None)  # type: ignore[attr-defined]
    opened.on("dialog", lambda d: (opened.said.append("dialog"), d.dismiss()))  # type: ignore[attr-defined]
    opened.on("pageerror", lambda e: opened.said.append(str(e)))  # type: ignore[attr-defined]
    opened.on("console", lambda c: opened.said.append(c.text))  # type: ignore[attr-defined]
    yield opened
    opened.close()


ELEMENTS = """() => {
  const count = {};
  for (const e of document.querySelectorAll("script,img,iframe,style,link,a,object,embed,form"))
    count[e.tagName] = (count[e.tagName] || 0) + 1;
  const events = [...document.querySelectorAll("*")].flatMap((e) => [...e.attributes]).filter((a) => /^on/i.test(a.name)).length;
  return { count, events, pwned: window.pwned === undefined };
}"""
# Each text is asked of its own pop-up: the one opened before it stays in the document while it fades.
OPEN_ALL = """() => {
  const texts = [];
  const open = (layer) => {
    if (layer.getPopup && layer.getPopup()) {
      layer.openPopup();
      texts.push(layer.getPopup().getElement().textContent);
    }
    if (layer.getTooltip && layer.getTooltip()) {
      layer.openTooltip();
      texts.push(layer.getTooltip().getElement().textContent);
    }
  };
  zonePlannerMap.eachLayer(open);
  document.querySelectorAll("#panel input").forEach((tick) => { tick.click(); tick.click(); });
  return texts.join("\\n");
}"""
IN_MAP = ("zone-label", "zone-name", "popup-value", "popup-column", "facility-tooltip", "facility-value", "layer-name",
          "answer-title", "method", "source", "workspace", "link-name", "kind")  # fmt: skip
IN_REPORT = ("zone-label", "answer-title", "method", "note", "source", "workspace", "table-cell", "table-header",
             "parameter", "parameter-name", "scenario", "layer-name")  # fmt: skip


POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')


def each(make: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    """Yield every payload with its page without the policy, which would hide what the escaping lets through; one with it.

    The policy is the same whatever the texts are: no text lets a script run, and none keeps ours from running.
    """
    policy = POLICY.findall(make("harmless"))
    assert len(policy) == 1
    for payload in PAYLOADS:
        text = make(payload)
        assert POLICY.findall(text) == policy, payload
        yield payload, POLICY.sub("", text)
    yield PAYLOADS[5], make(PAYLOADS[5])


def show(page: Page, path: Path, text: str) -> dict[str, Any]:
    """Open a page and return its elements; nothing may have been asked, said or run."""
    path.write_text(text, encoding="utf-8")
    page.asked.clear()  # type: ignore[attr-defined]
    page.said.clear()  # type: ignore[attr-defined]
    page.goto(path.as_uri())
    page.wait_for_load_state("load")
    return page.evaluate(ELEMENTS)


def check_quiet(page: Page, path: Path) -> None:
    """Check that nothing ran, was asked for or complained."""
    assert page.evaluate("window.pwned === undefined")
    assert page.asked == [path.as_uri()]  # type: ignore[attr-defined]
    assert page.said == []  # type: ignore[attr-defined]


def same(text: str) -> str:
    """Return a text as a browser compares it: white space and line separators run together."""
    return re.sub(r"[\s\u2028\u2029]+", " ", text)


@pytest.mark.browser
def test_map_file_shows_markup_as_text(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "map.html"
    plain = show(page, path, POLICY.sub("", _map("harmless")))
    for payload, text in each(_map):
        assert show(page, path, text) == plain, payload
        opened = page.evaluate(OPEN_ALL)
        shown = same(
            opened + page.evaluate("document.body.textContent.replace(document.getElementById('data').textContent, '')")
        )
        for way in IN_MAP:
            assert same(mark(way, payload)) in shown, (way, payload)
        assert same(page.title()) == same(mark("workspace", payload) + " · 专题地图").strip()
        assert {k: v for k, v in page.evaluate(ELEMENTS).items() if k != "count"} == {"events": 0, "pwned": True}
        check_quiet(page, path)


@pytest.mark.browser
def test_report_shows_markup_as_text(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    plain = show(page, path, POLICY.sub("", _report("harmless")))
    assert plain["count"] == {"STYLE": 1}
    for payload, text in each(_report):
        assert show(page, path, text) == plain, payload
        shown = same(page.evaluate("document.body.textContent"))
        for way in IN_REPORT:
            assert same(mark(way, payload)) in shown, (way, payload)
        check_quiet(page, path)


def test_every_way_is_looked_at() -> None:
    # "basis" decides a look and is never shown: an unknown one reads "not stated".
    assert set(WAYS) == set(IN_MAP) | set(IN_REPORT) | {"basis"}
    assert len(IN_MAP) >= 13


@pytest.mark.browser
def test_the_policy_lets_only_our_scripts_run(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "map.html"
    text = _map("harmless").replace('<aside id="panel">', '<script>window.pwned=1</script><aside id="panel">')
    path.write_text(text, encoding="utf-8")
    page.goto(path.as_uri())
    assert page.evaluate("window.pwned === undefined")
    assert page.evaluate("typeof window.zonePlannerMap") == "object"


@pytest.mark.browser
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_report_prints_on_a4(page: Page, tmp_path: Path, lang: str) -> None:
    place, answer, _ = place_and_answer("x")
    path = tmp_path / "report.html"
    path.write_text(report.html(place, [answer], lang=lang, date=dt.date(2026, 1, 2)), encoding="utf-8")
    page.goto(path.as_uri())
    assert page.locator("svg.map").count() == 1
    assert "2026-01-02" in page.inner_text("header")
    assert page.evaluate("document.documentElement.lang") == {"zh": "zh-CN", "en": "en"}[lang]
    printed = page.pdf(prefer_css_page_size=True)
    assert re.search(rb"/MediaBox\s*\[\s*0 0 59[45]\.?\d* 84[12]\.?\d*", printed)


@pytest.mark.browser
def test_a_sheet_prints_on_one_page(page: Page, tmp_path: Path) -> None:
    case = workspace.case(workspace.load(home.SHIPPED), "primary")
    path = tmp_path / "sheet.html"
    for lang in ("zh", "en"):
        told = making.document(case, "zone", lang=lang, date=dt.date(2026, 1, 2), zones=["haiyang"])
        path.write_bytes(making.written(told, "html"))
        page.goto(path.as_uri())
        assert len(pypdf.PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True))).pages) == 1
        page.emulate_media(media="print")
        page.set_viewport_size({"width": 688, "height": 1028})  # A4 between the margins
        assert page.evaluate("(s => s.scrollHeight <= s.clientHeight + 1)(document.querySelector('.sheet'))")


def test_island_cannot_be_left() -> None:
    for payload in PAYLOADS:
        block = island({payload: [payload]})
        inside = block.removeprefix('<script type="application/json" id="data">').removesuffix("</script>")
        assert not set(inside) & set("<>&\u2028\u2029")
        assert json.loads(inside) == {payload: [payload]}


def test_only_the_empty_map_uses_a_template_engine_and_takes_nothing() -> None:
    engines = {"jinja2", "branca", "folium", "streamlit_folium"}
    for path in (p for folder in ("geo", "layers", "ui", "commands") for p in (ROOT / folder).rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if not any(name in text for name in engines):  # what is not written is not imported
            continue
        tree = ast.parse(text)
        names = {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
        names |= {n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
        allowed = {"folium", "branca.element"} if path.name == "folium_map.py" else set()
        assert not {n for n in names if n.split(".")[0] in engines} - allowed, path
    assert not inspect.signature(empty_map).parameters
    assert empty_map() == empty_map()
    assert "http" not in "".join(empty_map())


def _map(payload: str) -> str:
    place, answer, more = place_and_answer(payload)
    return webmap.map_html(place, [answer], date=dt.date(2026, 1, 2), layers=more)


def _report(payload: str) -> str:
    place, answer, _ = place_and_answer(payload)
    return report.html(place, [answer], date=dt.date(2026, 1, 2))
