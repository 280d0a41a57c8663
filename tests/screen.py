"""The page without a browser: run as Streamlit runs it, its words read from what it sends."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from html import unescape
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote

import pandas as pd
from google.protobuf.message import Message
from streamlit.components.v2 import manifest_scanner
from streamlit.proto.Text_pb2 import Text as TextProto
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Block

from ui.session import state

__all__ = ["DATA", "ROOT", "charts", "page", "shown", "shown_on_map", "tables", "texts", "told_map"]

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "data"
PATIENCE = 280
"""How long a run of the page is awaited before it counts as hanging [s]; how long it takes is no matter of a test."""

# Every AppTest reads the record of every installed package in search of components, half a second each time: a run of
# the tests installs nothing, so it is read once.
manifest_scanner.scan_component_manifests = cache(manifest_scanner.scan_component_manifests)
# Nobody here waits for a first click, and most tests open a place of their own; the tests in a browser prepare as is usual.
state.warm = lambda workspace, then: None


def page(**chosen: object) -> AppTest:
    """Return the page after its first run, at the map, or with something already chosen."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=PATIENCE)
    for key, value in {"panel": "site", **chosen}.items():
        app.session_state[key] = value
    return app.run()


def told_map(app: AppTest) -> dict[str, Any]:
    """Return what the map was told: of the components of the page the one that has layers."""
    said = (json.loads(one.proto.json or "{}") for one in app.get("bidi_component"))
    return next(one for one in said if "layers" in one)


def shown_on_map(app: AppTest, lang: str) -> Iterator[str]:
    """Give every line that the map shows: its own words, the legend, names, and what is told where the mouse rests."""
    told = told_map(app)
    layers = told["layers"]
    yield from _said({key: told[key] for key in ("words", "caption", "hint", "spoken", "basis", "widgets")})
    for layer in layers:
        yield from _said({key: layer.get(key) for key in ("title", "legend", "badge", "note")})
        files = [url for url in (layer.get("url"), layer.get("names")) if url and url.endswith(".geojson")]
        kept = [(ROOT / url.removeprefix("app/")).read_text(encoding="utf-8") for url in files]
        for collection in map(json.loads, [*kept, *([layer["data"]] if "data" in layer else [])]):
            for feature in collection["features"]:
                lines = (feature["properties"].get(f"{what}_{lang}") for what in ("tip", "label"))
                yield from (line.strip() for text in lines if text for line in text.splitlines())


UNREAD = frozenset(("type", "color", "stroke", "dash", "path", "glyph", "hatch", "sign", "url", "id", "basis", "key"))
"""Keys of what the map is told that no reader sees."""


def _said(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield from (line.strip() for line in value.splitlines() if line.strip())
    elif isinstance(value, dict):
        for key, one in value.items():
            if key not in UNREAD or not isinstance(one, str):
                yield from _said(one)
    elif isinstance(value, list):
        for one in value:
            yield from _said(one)


def texts(app: AppTest) -> str:
    """Return every word on the page."""
    parts = [str(e.value) for kind in ("text", "markdown", "caption", "subheader") for e in getattr(app, kind)]
    parts += [e.proto.body for e in app.get("html")]
    return "\n".join(parts)


SHOWN = frozenset(("body", "label", "help", "placeholder", "value", "default", "text", "options", "content"))
"""Fields of what Streamlit sends that a planner reads."""


def shown(app: AppTest) -> list[str]:
    """Return every line that the page shows, also labels, options, hints and the words of charts; tags and styles left out."""
    found: list[str] = []
    for element in _elements(app.main):
        if element.type == "bidi_component":
            continue
        for text in _strings(element.proto):
            drawn = "".join(unquote(unescape(svg)) for svg in re.findall(r'data-svg="([^"]*)"', text))
            plain = re.sub(r"<(style|script)\b.*?</\1>", "", text + drawn, flags=re.DOTALL)
            said = re.findall(r'(?:aria-label|title|alt)="([^"]*)"', plain)
            lines = (
                line.strip()
                for part in (re.sub(r"<[^>]*>", "\n", plain), *said)
                for line in unescape(part).splitlines()
            )
            found += [line for line in lines if line]
    return found


def _elements(block: Any) -> Iterator[Any]:
    for child in block.children.values():
        if isinstance(child, Block):
            if child.proto is not None and (label := getattr(child, "label", "")):
                yield SimpleNamespace(type="label", proto=TextProto(body=label))
            yield from _elements(child)
        else:
            yield child


def _strings(message: Message) -> Iterator[str]:
    for field, value in message.ListFields():
        several = value if field.is_repeated else [value]
        if field.message_type is not None:
            if not field.message_type.GetOptions().map_entry:
                for one in several:
                    yield from _strings(one)
        elif field.type == field.TYPE_STRING and field.name in SHOWN:
            yield from several


def tables(app: AppTest) -> list[pd.DataFrame]:
    """Return every table of ``ui.parts.grid`` on the page, its cells as they are read."""
    found = []
    for body in (e.proto.body for e in app.get("html")):
        for table in re.findall(r'<div class="zp-grid.*?</table>', body, re.DOTALL):
            rows = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in table.split("</tr>")]
            told = [[unescape(re.sub(r"<[^>]*>", "", cell)) for cell in row] for row in rows if row]
            found.append(pd.DataFrame(told[1:], columns=told[0]))
    return found


def charts(app: AppTest) -> list[str]:
    """Return every chart on the page as it was drawn."""
    bodies = [e.proto.body for e in app.get("html")]
    return [unquote(unescape(svg)) for body in bodies for svg in re.findall(r'data-svg="([^"]*)"', body)]
