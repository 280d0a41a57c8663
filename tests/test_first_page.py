"""What the first page is made of: Streamlit's page made ours, and its files packed once and asked for once."""

from __future__ import annotations

import asyncio
import doctest
import gzip
import json
import os
import re
import threading
from pathlib import Path
from typing import Any

import brotli
import pytest
import streamlit as st

from layers import workspace as folder
from layers.door import Files, files, shell
from layers.door.files import pack
from layers.door.guard import inline_scripts
from layers.home import published
from tests.need import ROOT
from tests.screen import DATA
from ui import door, first
from ui.map import host
from ui.words import CATALOGUE

OWN = Path(st.__file__).parent / "static"
PAGE = (OWN / "index.html").read_text("utf-8")


def asked(served: Files, path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Ask the door; 599 is the answer of the server behind it."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request"}

    async def send(message: Any) -> None:
        sent.append(message)

    told = [(k.lower().replace("_", "-").encode(), v.encode()) for k, v in headers.items()]
    at, _, query = path.partition("?")
    scope = {"type": "http", "method": method, "path": at, "query_string": query.encode(), "headers": told}
    asyncio.run(served(scope, receive, send))
    return sent[0]["status"], {k.decode(): v.decode() for k, v in sent[0]["headers"]}, sent[1]["body"]


async def behind(_scope: Any, _receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 599, "headers": []})
    await send({"type": "http.response.body", "body": b""})


@pytest.fixture
def served(tmp_path: Path) -> Files:
    (tmp_path / "layers").mkdir()
    (tmp_path / "layers" / "0123456789abcdef0123.geojson").write_text("[1, 2, 3]" * 500, "utf-8")
    (tmp_path / "plain.css").write_text("a { color: red }" * 500, "utf-8")
    (tmp_path / "page.html").write_text("<p>", "utf-8")
    (tmp_path / ".hidden.css").write_text("a", "utf-8")
    (tmp_path.parent / "outside.css").write_text("a", "utf-8")
    os.symlink(tmp_path.parent / "outside.css", tmp_path / "link.css")
    return Files(behind, places={"app/static": tmp_path}, page=lambda query: b"page " * 200 + query.encode())


def test_a_file_is_sent_packed_and_asked_for_once(served):
    status, told, body = asked(
        served, "/app/static/layers/0123456789abcdef0123.geojson", Accept_Encoding="deflate, gzip"
    )
    assert (status, told["content-encoding"], told["content-type"]) == (
        200,
        "gzip",
        "application/geo+json; charset=utf-8",
    )
    assert gzip.decompress(body) == b"[1, 2, 3]" * 500
    assert int(told["content-length"]) == len(body) < 200
    assert "immutable" in told["cache-control"] and told["vary"] == "Accept-Encoding"
    plain = asked(served, "/app/static/layers/0123456789abcdef0123.geojson", Accept_Encoding="gzip;q=0, deflate")
    assert "content-encoding" not in plain[1] and plain[2] == b"[1, 2, 3]" * 500
    head = asked(served, "/app/static/layers/0123456789abcdef0123.geojson", "HEAD", Accept_Encoding="gzip")
    assert head == (200, told, b"")


def packed_aside(served: Files) -> None:
    """Wait until all that was put aside to be packed is."""
    done = threading.Event()
    served._later(done.set)
    assert done.wait(60)


def test_brotli_is_sent_to_who_takes_it_and_is_the_same_file(served, tmp_path):
    path, content = "/app/static/plain.css", b"a { color: red }" * 500
    assert asked(served, path, Accept_Encoding="br")[2] == content  # asked for the first time it is not packed yet
    packed_aside(served)
    status, told, body = asked(served, path, Accept_Encoding="gzip, deflate, br, zstd")
    assert (status, told["content-encoding"], told["vary"]) == (200, "br", "Accept-Encoding")
    assert brotli.decompress(body) == content and int(told["content-length"]) == len(body)
    plain = asked(served, path, Accept_Encoding="gzip, br;q=0")
    assert (plain[1]["content-encoding"], gzip.decompress(plain[2])) == ("gzip", content)
    assert len(body) < len(plain[2]) and plain[1]["etag"] == told["etag"]
    assert asked(served, path, Accept_Encoding="br", If_None_Match=told["etag"])[0] == 304
    (tmp_path / "plain.css").write_text("b" * 5000, "utf-8")
    assert asked(served, path, Accept_Encoding="br")[2] == b"b" * 5000  # never the one before


def test_what_was_packed_is_kept_for_the_next_server_and_believed_only_of_the_same_content(
    served, tmp_path, monkeypatch
):
    folder, content = tmp_path / "kept" / "packed", b"a { color: red }" * 500
    made = pack(content, "text/css")
    first_made = files.dense(made, folder)
    (kept,) = folder.iterdir()
    with monkeypatch.context() as without:
        without.setattr(files.brotli, "compress", lambda *_, **__: 1 / 0)
        assert files.dense(made, folder) == first_made
        with pytest.raises(ZeroDivisionError):
            files.dense(pack(content + b" ", "text/css"), folder)
    for damage in (brotli.compress(b"another file"), kept.read_bytes()[:-3], b""):
        kept.write_bytes(damage)
        assert files.dense(made, folder) == first_made and kept.read_bytes() == first_made.dense
    monkeypatch.setattr(files, "MOST_KEPT", 2)
    for k in range(4):
        files.dense(pack(content + bytes([k]), "text/css"), folder)
    assert len(list(folder.iterdir())) == 2
    assert files.dense(made, Path("/proc/none")) == first_made  # where nothing can be written
    again = Files(behind, places={"app/static": tmp_path}, kept_in=folder)
    asked(again, "/app/static/plain.css")
    packed_aside(again)
    assert asked(again, "/app/static/plain.css", Accept_Encoding="br")[2] == first_made.dense
    assert (folder / kept.name).read_bytes() == first_made.dense


def test_a_file_that_cannot_be_packed_is_sent_all_the_same(served, monkeypatch, caplog):
    monkeypatch.setattr(files.brotli, "compress", lambda *_, **__: 1 / 0)
    asked(served, "/app/static/plain.css")
    packed_aside(served)
    assert "could not be packed" in caplog.text
    assert (
        gzip.decompress(asked(served, "/app/static/plain.css", Accept_Encoding="br, gzip")[2])
        == b"a { color: red }" * 500
    )


def test_a_file_that_changes_is_asked_for_anew(served, tmp_path):
    _, told, _ = asked(served, "/app/static/plain.css")
    assert told["cache-control"] == "no-cache"
    assert asked(served, "/app/static/plain.css", If_None_Match=f'"x", W/{told["etag"]}')[0] == 304
    (tmp_path / "plain.css").write_text("b", "utf-8")
    status, other, body = asked(served, "/app/static/plain.css", If_None_Match=told["etag"])
    assert (status, body) == (200, b"b") and other["etag"] != told["etag"]


@pytest.mark.parametrize(
    "path",
    ["/app/static/none.css", "/app/static/page.html", "/app/static/.hidden.css", "/app/static/../outside.css", "/app/static/link.css",
     "/app/static/layers", "/app/static//plain.css", "/app/static/%70lain.css", "/app/static/a\\plain.css", "/media/plain.css", "/app/static/"],
)  # fmt: skip
def test_what_is_not_plainly_ours_is_left_to_the_server(served, path):
    assert asked(served, path)[0] == 599


def test_other_questions_are_left_to_the_server(served):
    assert asked(served, "/app/static/plain.css", "POST")[0] == 599
    assert asked(served, "/app/static/plain.css", Range="bytes=0-3")[0] == 599
    assert asked(served, "/somewhere")[0] == 599


def test_the_page_is_ours_also_under_a_prefix(tmp_path):
    served = Files(behind, places={}, page=lambda query: f"asked {query}".encode(), base="gxq/plan")
    assert asked(served, "/gxq/plan/?lang=en")[2] == asked(served, "/?lang=en")[2] == b"asked lang=en"
    assert asked(served, "/gxq/plan/")[1]["cache-control"] == "no-cache"
    assert asked(served, "/gxq/plan")[0] == asked(served, "/gxq/other")[0] == 599


def test_the_map_is_served_under_the_name_that_its_loader_asks_for(tmp_path):
    """Streamlit sends a component's script with every answer: what is sent is small, the map itself is a file."""
    served = Files(behind, places={"app/static": tmp_path}, made=host.files())
    for path, text in host.files().items():
        status, told, body = asked(served, f"/{path}")
        assert (status, body) == (200, text) and "immutable" in told["cache-control"]
    loader = (ROOT / "ui" / "map" / "loader.js").read_text("utf-8")
    assert len(loader) < 3000 and loader.count("$script") == loader.count("$style") == 1


def test_what_is_kept_is_bounded(served, monkeypatch):
    monkeypatch.setattr(files, "ROOM", 100)
    for path in ("plain.css", "layers/0123456789abcdef0123.geojson"):
        asked(served, f"/app/static/{path}")
        packed_aside(served)
    assert len(served.kept) == 1


def test_streamlits_own_page_has_what_is_changed_in_it():
    """A new version of Streamlit may write its page otherwise: then this says so, and the first picture would be missing."""
    out = shell(PAGE, "<p>here</p>", title="规划图", lang="zh-CN")
    assert '<html lang="zh-CN">' in out and "<title>规划图</title>" in out
    assert '<div id="root"></div><div id="zp-first"><p>here</p></div><script>' in out
    assert ".woff2" in PAGE and ".woff2" not in out
    # The first picture goes by a script of its own, which the policy knows whatever the picture is.
    assert set(inline_scripts(out)) == {*inline_scripts(PAGE), *inline_scripts(shell(PAGE, "", title="", lang=""))}
    assert len(inline_scripts(out)) == 2


def test_what_the_first_map_is_drawn_from_comes_before_streamlits_own():
    """Streamlit's files are asked for by a script when the map's are in; the script is the same whatever is shown."""
    markup = '<div data-draw="./a.js"></div>'
    out = shell(
        PAGE,
        markup,
        title="",
        lang="",
        early=[("b.js", "modulepreload")],
        ahead=[("a.js", "modulepreload"), ("c.bin", "fetch")],
    )
    now, late = out.split('<template id="zp-late">')
    assert '<link data-ahead rel="modulepreload" crossorigin href="./a.js">' in now
    assert '<link data-ahead rel="preload" as="fetch" crossorigin href="./c.bin">' in now
    assert "/static/js/" not in now and "/static/css/" not in now and './b.js"' in late
    entry = re.search(r'<script type="module" crossorigin src="(./static/js/index[^"]+)"></script>', late)
    assert entry is not None and f'<link rel="modulepreload" crossorigin href="{entry[1]}">' in late
    assert set(inline_scripts(out)) == set(inline_scripts(shell(PAGE, "", title="", lang="")))


def test_streamlits_style_sheet_asks_for_no_face_of_its_own():
    (path, text), *more = door.styles(OWN).items()
    css, own = text.decode(), (OWN / path).read_text("utf-8")
    assert more == [] and "Source Sans" in own and "Source Sans" not in css
    faces = re.findall(r"@font-face\{[^}]*\}", css)
    signs = [face for face in faces if "Material Symbols" in face]
    assert (
        len(signs) == 1
        and "U+20" not in signs[0]
        and signs[0].startswith("@font-face{unicode-range:U+30-39,U+5F,U+61-7A;")
    )
    assert [face for face in faces if face not in own] == signs  # the rest is as it was


def test_the_map_is_told_ahead_in_the_language_of_the_address_and_without_anything_of_a_session(monkeypatch):
    monkeypatch.setattr(first, "_MAPS", {})
    monkeypatch.setattr(st, "session_state", Session(lang="zh", panel="site", place=(117.6, 39.0)))
    place = folder.load(DATA)
    st.session_state.base = place
    monkeypatch.setattr(first.state, "loaded", lambda _: place)
    assert first.first_map("panel=site") is None
    first.prepare_map(place)
    zh, en, other = (first.first_map(query) for query in ("panel=site", "lang=en", "service=clinic"))
    told = [json.loads((published() / one.told.rsplit("/", 1)[1]).read_text("utf-8")) for one in (zh, en, other)]
    assert [one["lang"] for one in told] == ["zh", "en", "zh"]
    assert [one["words"]["layers"] for one in told[:2]] == list(CATALOGUE["layers"])
    assert all(
        one["ahead"] and one["place"] is None and not one.keys() & {"known", "browser", "address"} for one in told
    )
    ids = [{spec["id"] for spec in one["layers"]} for one in told]
    assert ids[0] - ids[2] == {"service", "others"} and {"zones", "streets", "ground"} <= ids[2]
    # All of it at 1 Mbit/s in two seconds, script and style and Leaflet (0.1 MB) apart.
    sizes = [len(pack((published() / path.rsplit("/", 1)[1]).read_bytes(), "").body) for path in (zh.told, *zh.layers)]
    assert sum(sizes) < 120_000, sizes
    markup = first.first_paint("panel=site") or ""
    assert f'data-draw="./{zh.script}"' in markup and "正在打开…" in markup and "<script" not in markup
    monkeypatch.setattr(first.person, "guarded", lambda: True)  # nothing of the place before a login
    assert first.first_map("panel=site") is None and place.name_zh not in (first.first_paint("panel=site") or "")


class Session(dict):
    """A session as the page reads it: by item and by attribute."""

    __getattr__ = dict.__getitem__
    __setattr__ = dict.__setitem__


def test_the_scripts_named_early_are_streamlits():
    found = door.early(OWN)
    streamlits = [path for path in found if path.startswith("static/")]
    assert len(streamlits) >= len(door.EARLY) and all((OWN / path).is_file() for path in streamlits)
    assert all((ROOT / path.removeprefix("app/")).is_file() for path in door.LEAFLET)
    for name in door.EARLY:
        assert any(f"/{name}." in path for path in found), f"this Streamlit has no script {name}"


@pytest.mark.parametrize(
    ("query", "word"), [("", "正在打开…"), ("lang=en", "Opening …"), ("lang=<script>", "正在打开…")]
)
def test_the_first_picture_speaks_the_language_of_the_address(query, word):
    told = first.first_paint(query) or ""
    assert word in told and "<script" not in told


@pytest.mark.parametrize("module", ["layers.door.files", "layers.door.shell", "ui.first"])
def test_examples(module):
    import importlib

    assert doctest.testmod(importlib.import_module(module)).failed == 0
