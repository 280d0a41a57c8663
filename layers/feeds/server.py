"""The server of the feeds: pygeoapi behind a door of our own, which lets nothing but reading through.

pygeoapi reads its settings from files named by environment variables when it is imported; so each server is a process of
its own (``zoneplan feeds``), with settings made here from the place. Its pages in HTML fetch scripts and tiles from the
internet: they are not offered, only JSON and tiles are.
"""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import parse_qs, urlsplit

from geo.errors import PlanError
from geo.services import service
from geo.text import Text
from layers import workspace
from layers.feeds.catalogue import Feed, catalogue
from layers.feeds.served import FEEDS, ZOOMS, offer
from layers.shell import plans

__all__ = ["Place", "ReadOnly", "run", "settings", "started"]

Message = MutableMapping[str, Any]
App = Callable[[Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]]
READING = ("GET", "HEAD", "OPTIONS")
REFUSED = Text(
    "本服务只读：不能新增、修改或删除", "this service is read-only: nothing can be added, changed or deleted"
)
NO_PAGES = Text("本服务只提供 JSON 和矢量瓦片", "this service offers JSON and vector tiles only")
UNKNOWN_HOST = Text(
    "本服务不认识这个主机名：用 --url 写明对外地址",
    "this service does not go by that host name: say its address by --url",
)
TILE = re.compile(r"/tiles/[^/]+/\d+/\d+/\d+$")
LOOKED = 2.0
"""Seconds between two looks at the workspace's files."""
DEFAULT_ITEMS, MOST_ITEMS = 100, 10_000
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"


def settings(feeds: Mapping[str, Feed], *, url: str, address: str, port: int, crs: str, name: Text) -> dict[str, Any]:
    """Return pygeoapi's settings for these collections.

    Parameters
    ----------
    url
        The address by which clients reach the service; it stands in every link.
    crs
        Metric reference system of the place, offered beside longitude and latitude (CRS84, WGS84, CGCS2000).
    """
    offered = [
        CRS84,
        *(f"http://www.opengis.net/def/crs/EPSG/0/{code}" for code in ("4326", "4490", crs.rpartition(":")[2])),
    ]
    return {
        "server": {
            "bind": {"host": address, "port": port}, "url": url.rstrip("/"), "mimetype": "application/json; charset=UTF-8",
            "encoding": "utf-8", "languages": ["zh", "en"], "gzip": False, "cors": False, "admin": False,
            "limits": {"default_items": DEFAULT_ITEMS, "max_items": MOST_ITEMS},
            "map": {"url": "", "attribution": ""},
        },
        "logging": {"level": "ERROR"},
        "metadata": {
            "identification": {
                "title": {"zh": f"{name.zh}：图层与结果", "en": f"{name.en}: layers and results"},
                "description": {"zh": "只读；每个要素写明依据", "en": "read-only; every feature says its basis"},
                "keywords": {"zh": ["规划"], "en": ["planning"]}, "keywords_type": "theme", "terms_of_service": "", "url": url,
            },
            "license": {"name": "see the sources of each collection", "url": ""},
            "provider": {"name": name.zh, "url": ""}, "contact": {"name": name.zh},
        },
        "resources": {feed.name: _resource(feed, offered) for feed in feeds.values()},
    }  # fmt: skip


def _resource(feed: Feed, offered: list[str]) -> dict[str, Any]:
    about = feed.about
    method, sources = about.get("method") or {}, about.get("sources") or []
    told = [one.get("id") if isinstance(one, Mapping) else str(one) for one in sources]
    tail = f" basis: {about.get('basis')}; parameters: {json.dumps(about.get('parameters') or {}, ensure_ascii=False)}; sources: {', '.join(map(str, told))}"
    bounds = [float(v) for v in feed.frame.total_bounds]
    provider = {"data": feed.name, "id_field": "id"}
    return {
        "type": "collection",
        "title": {"zh": feed.title.zh, "en": feed.title.en},
        "description": {"zh": f"{method.get('zh', '')}{tail}", "en": f"{method.get('en', '')}{tail}"},
        "keywords": {"zh": [str(about.get("basis"))], "en": [str(about.get("basis"))]},
        "links": [],
        "extents": {"spatial": {"bbox": bounds, "crs": CRS84}},
        "providers": [
            {"type": "feature", "name": "layers.feeds.served.Features", **provider, "crs": offered, "storage_crs": CRS84},
            {"type": "tile", "name": "layers.feeds.served.Tiles", **provider,
             "options": {"zoom": {"min": ZOOMS[0], "max": ZOOMS[1]}, "schemes": ["WebMercatorQuad"]},
             "format": {"name": "mvt", "mimetype": "application/vnd.mapbox-vector-tile"}},
        ],
    }  # fmt: skip


class ReadOnly:
    """The door: only reading, only JSON and tiles, only under the names the service goes by.

    Parameters
    ----------
    app
        What answers.
    hosts
        Names of hosts the service goes by, without ports.
    fresh
        Called before an answer: makes the collections anew where the workspace has changed.
    """

    def __init__(self, app: App, hosts: frozenset[str], fresh: Callable[[], None]) -> None:
        self.app, self.hosts, self.fresh = app, hosts, fresh

    async def __call__(self, scope: Message, receive: Any, send: Any) -> None:
        """Answer, or refuse in words."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        host = urlsplit("//" + headers.get(b"host", b"").decode("latin-1")).hostname
        query = parse_qs(scope["query_string"].decode("latin-1"))
        if host not in self.hosts:
            await _refuse(send, 421, UNKNOWN_HOST)
        elif scope["method"] not in READING:
            await _refuse(send, 405, REFUSED, (b"allow", ", ".join(READING).encode()))
        elif {"html", "jsonld"} & set(query.get("f", ())):
            await _refuse(send, 406, NO_PAGES)
        else:
            self.fresh()
            if TILE.search(scope["path"]) and "f" not in query:
                scope = {**scope, "query_string": b"f=mvt&" + scope["query_string"]}
            kept = [(k, v) for k, v in scope["headers"] if k != b"accept" or b"html" not in v]
            await self.app({**scope, "headers": kept}, receive, _signed(send))


def _signed(send: Any) -> Any:
    async def signed(message: Message) -> None:
        if message["type"] == "http.response.start":
            more = [(b"x-content-type-options", b"nosniff"), (b"cache-control", b"no-cache")]
            message = {**message, "headers": [*message.get("headers", ()), *more]}
        await send(message)

    return signed


async def _refuse(send: Any, status: int, text: Text, *headers: tuple[bytes, bytes]) -> None:
    body = json.dumps({"code": str(status), "description": str(text)}, ensure_ascii=False).encode()
    sort = (b"content-type", b"application/json; charset=utf-8")
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [sort, (b"content-length", str(len(body)).encode()), *headers],
        }
    )
    await send({"type": "http.response.body", "body": body})


def started(config: Mapping[str, Any], hosts: frozenset[str], fresh: Callable[[], None]) -> ReadOnly:
    """Return the application, ready to be run; once in a process, for pygeoapi holds its settings for good."""
    from pygeoapi.openapi import get_oas

    folder = Path(tempfile.mkdtemp(prefix="zoneplan-feeds-"))
    for key, name, content in (("PYGEOAPI_CONFIG", "config.json", config), ("PYGEOAPI_OPENAPI", "openapi.json", None)):
        os.environ[key] = str(folder / name)
        (folder / name).write_text(
            json.dumps(content if content is not None else get_oas(dict(config)), ensure_ascii=False, default=str),
            "utf-8",
        )
    from pygeoapi.starlette_app import APP

    return ReadOnly(APP, hosts, fresh)


class Place:
    """The workspace that is handed out, made anew when its files change.

    Parameters
    ----------
    folder
        The workspace.
    scenario
        A plan under which it is handed out, a file or a saved one; None for the place as it is.
    services
        Keys of the services whose results are handed out.
    """

    def __init__(self, folder: Path, scenario: str | None, year: int | None, services: Sequence[str]) -> None:
        self.folder, self.scenario, self.year = folder, scenario, year
        self.asked = tuple(services)
        self.lock, self.looked = Lock(), time.monotonic()
        self.stamp = workspace.stamp(folder)
        self.load()

    def load(self) -> None:
        """Read the workspace and hand out what it holds; say on standard error what is not offered."""
        found = plans.named(self.folder, self.scenario) if self.scenario else None
        place = workspace.load(self.folder)
        case = workspace.case(plans.under(place, found, self.year or place.years[-1]), "primary", self.year)
        named = {key: service(key, place.services) for key in self.asked or place.services}
        feeds, missing = catalogue(case, {key: Text(one.name_zh, one.name_en) for key, one in named.items()})
        for one in missing:
            print(one, file=sys.stderr)
        # pygeoapi keeps its list of collections for good: what has gone meanwhile is told as empty, what is new waits for a restart.
        gone = {
            name: Feed(name, old.title, old.frame.iloc[:0], old.about)
            for name, old in FEEDS.items()
            if name not in feeds
        }
        offer({**feeds, **gone})
        self.crs, self.name = place.crs, Text(place.name_zh, place.name_en)

    def fresh(self) -> None:
        """Hand out the files as they are now; an import half written leaves what was there."""
        with self.lock:
            if time.monotonic() - self.looked < LOOKED:
                return
            self.looked = time.monotonic()
            stamp = workspace.stamp(self.folder)
            if stamp == self.stamp:
                return
            try:
                self.load()
                self.stamp = stamp
            except PlanError as error:
                print(error, file=sys.stderr)


def run(
    folder: Path,
    *,
    scenario: str | None,
    year: int | None,
    address: str,
    port: int,
    url: str | None,
    service: Sequence[str],
) -> int:
    """Serve until stopped."""
    import uvicorn

    place = Place(Path(folder), scenario, year, service)
    there = url or f"http://{'127.0.0.1' if address in ('0.0.0.0', '::') else address}:{port}"
    hosts = frozenset({"127.0.0.1", "localhost", "::1", str(urlsplit(there).hostname)})
    config = settings(FEEDS, url=there, address=address, port=port, crs=place.crs, name=place.name)
    app = started(config, hosts, place.fresh)
    print(f"{place.name.zh}：{len(FEEDS)} 个图层与结果 / layers and results: {there}", file=sys.stderr, flush=True)
    uvicorn.run(app, host=address, port=port, log_level="warning")
    return 0
