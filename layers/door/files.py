"""The files that the page is made of, answered before the server: packed once, named once, asked for once.

Streamlit sends its own scripts as they lie on the disk (2 MB for the first page) and packs what a page publishes anew for
everybody who asks. On a line of 1 Mbit/s that is half a minute of white. Here each file is packed once and kept in memory;
a name that is made of the content never changes, so that a browser asks for it once; anything else is answered with 304
while it is the same.

Two packings: browsers take Brotli, a sixth smaller, over HTTPS and from their own machine only, and in an office network
the page is often asked for without. Brotli at its smallest takes seconds of work: it is done aside, gzip is sent until
then, and what came of it is kept on disk for the next server.
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import hashlib
import logging
import re
import stat
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path
from queue import SimpleQueue
from typing import Any
from urllib.parse import unquote

import brotli

from geo.errors import InputError
from layers.door.guard import App, Message, Receive, Send
from layers.write.atomic import write_bytes

__all__ = ["KINDS", "Files", "Kept", "dense", "pack"]

KINDS: dict[str, str] = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json; charset=utf-8",
    ".geojson": "application/geo+json; charset=utf-8",
    ".bin": "application/octet-stream",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}
"""What is answered here; anything else is left to the server."""
PACKED_ALREADY = frozenset({".png", ".webp", ".woff2"})
LARGEST = 64 * 1024 * 1024
"""Of a file [bytes]: what is larger is left to the server, which sends it piece by piece."""
LEAST = 400
"""Worth packing [bytes]."""
DENSEST = 1024 * 1024
"""Of a file packed by gzip [bytes]: to pack a larger one by Brotli would take half a minute and more."""
MOST_KEPT = 500
"""Packed files on disk; what was packed longest ago goes first."""
ROOM = 64 * 1024 * 1024
"""For packed files in memory [bytes]; what was asked for longest ago goes first."""
NAMED = re.compile(r"(?:^|/)(?:[0-9a-f]{20}|[^/]+[.-][A-Za-z0-9_-]{8})\.[a-z0-9]+$")
"""A name that is made of the content: of a published layer, or of a script of Streamlit's."""
FOREVER, ANEW = b"public, max-age=31536000, immutable", b"no-cache"


@dataclass(frozen=True)
class Kept:
    """A file as it is sent."""

    kind: str
    etag: bytes
    """The name of the content."""
    body: bytes
    packed: bool
    """Whether the body is packed by gzip: not where that would make it no smaller."""
    dense: bytes | None = None
    """The content packed by Brotli; None until that is done, and where it would be no smaller."""

    @property
    def plain(self) -> bytes:
        """Return the content itself, for who does not take gzip."""
        return gzip.decompress(self.body) if self.packed else self.body


def pack(content: bytes, kind: str, *, packs: bool = True) -> Kept:
    """Return content as it is sent: packed as small as gzip can, where that makes it smaller.

    Examples
    --------
    >>> small, dense = pack(b"a" * 4000, "text/css"), pack(b"a", "text/css")
    >>> small.packed, len(small.body) < 100, len(small.plain), dense.packed
    (True, True, 4000, False)
    """
    packed = gzip.compress(content, 9, mtime=0) if packs and len(content) > LEAST else content
    etag = b'"%s"' % hashlib.sha256(content).hexdigest()[:20].encode()
    return Kept(kind, etag, packed, True) if len(packed) < len(content) else Kept(kind, etag, content, False)


def dense(kept: Kept, folder: Path | None = None) -> Kept:
    """Return a file packed by Brotli too, as small as that can.

    Parameters
    ----------
    kept
        The file.
    folder
        Where packed files are kept from one server to the next; one that cannot be written is done without.

    Examples
    --------
    >>> kept = dense(pack(b"a line, " * 500, "text/css"))
    >>> brotli.decompress(kept.dense) == kept.plain, len(kept.dense) < len(kept.body)
    (True, True)
    """
    plain, path = kept.plain, None if folder is None else folder / f"{kept.etag.decode().strip(chr(34))}.br"
    packed = None if path is None else _packed_before(path, plain)
    if packed is None:
        packed = brotli.compress(plain, quality=11)
        if path is not None:
            _keep_packed(path, packed)
    return replace(kept, dense=packed) if len(packed) < len(kept.body) else kept


def _packed_before(path: Path, plain: bytes) -> bytes | None:
    """Return what another server has packed; None where there is nothing, or not of this content."""
    try:
        packed = path.read_bytes()
        return packed if brotli.decompress(packed) == plain else None
    except (OSError, brotli.error):
        return None


def _keep_packed(path: Path, packed: bytes) -> None:
    with contextlib.suppress(OSError, InputError):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(path, packed)
        found = sorted(path.parent.glob("*.br"), key=lambda one: one.stat().st_mtime)
        for old in found[:-MOST_KEPT]:
            old.unlink(missing_ok=True)


_page = lru_cache(maxsize=8)(pack)
"""The page is written anew for everybody, and is nearly always the same."""


class Files:
    """The door before an ASGI application that answers for the page and its files by itself.

    Parameters
    ----------
    app
        The application inside, asked about everything else.
    places
        Folders by the path that they are served under, such as ``{"app/static": Path("static")}``.
    page
        The page itself, from the query of its address; None leaves it to the server.
    made
        Files that lie nowhere, by their path: what the program writes itself, under a name made of the content.
    first
        Paths of files that the first page needs: packed at the start, in a thread of its own.
    base
        The prefix behind a proxy (``server.baseUrlPath``), "" for none; a proxy may have taken it off.
    kept_in
        Where files packed by Brotli are kept for the next server; None keeps none.
    """

    def __init__(
        self,
        app: App,
        *,
        places: Mapping[str, Path],
        page: Callable[[str], bytes] | None = None,
        made: Mapping[str, bytes] | None = None,
        first: Iterable[str] = (),
        base: str = "",
        kept_in: Path | None = None,
    ) -> None:
        self.app = app
        self.kept_in = kept_in
        self.page = page
        self.places = {f"{path.strip('/')}/": folder for path, folder in places.items()}
        self.prefix = f"/{base.strip('/')}" if base.strip("/") else ""
        self.kept: OrderedDict[tuple[str, int, int], Kept] = OrderedDict()
        self.lock = threading.Lock()
        self.made = {path: pack(text, KINDS[Path(path).suffix]) for path, text in (made or {}).items()}
        self.todo: SimpleQueue[Callable[[], object]] = SimpleQueue()
        self.packing: threading.Thread | None = None
        for path in first:
            self._later(partial(self._ahead, path))
        for path in self.made:
            self._later(partial(self._dense, self.made, path))

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer, or pass on."""
        found = None
        if scope["type"] == "http" and scope.get("method") in ("GET", "HEAD"):
            headers = {k.lower(): v for k, v in scope["headers"]}
            path = self._within(str(scope.get("path", "")))
            if path == "" and self.page is not None:
                told = await asyncio.to_thread(self.page, bytes(scope.get("query_string", b"")).decode("latin-1"))
                found = await asyncio.to_thread(_page, told, "text/html; charset=utf-8")
            elif path and b"range" not in headers:
                found = await self._file(path)
        if found is None:
            await self.app(scope, receive, send)
        else:
            await _sent(found, bool(path and NAMED.search(path)), headers, scope["method"] == "HEAD", send)

    def _within(self, path: str) -> str | None:
        """Return what is asked for below the page's own address: "" for the page itself."""
        for prefix in (self.prefix, ""):
            if path.startswith(f"{prefix}/"):
                return path.removeprefix(f"{prefix}/")
        return None

    async def _file(self, path: str) -> Kept | None:
        if made := self.made.get(path):
            return made
        where = self._where(path)
        if where is None:
            return None
        key = _stamp(where)
        if key is None:
            return None
        with self.lock:
            if kept := self.kept.get(key):
                self.kept.move_to_end(key)
                return kept
        return await asyncio.to_thread(self._read, where, key)

    def _where(self, path: str) -> Path | None:
        """Return the file that is asked for; None for anything that is not plainly one of ours."""
        place = next((p for p in self.places if path.startswith(p)), None)
        parts = path.removeprefix(place or "").split("/")
        odd = any(p.startswith(".") or not re.fullmatch(r"[\w.+-]+", p, re.ASCII) for p in parts)
        if place is None or odd or unquote(path) != path or Path(path).suffix not in KINDS:
            return None
        return self.places[place].joinpath(*parts)

    def _read(self, where: Path, key: tuple[str, int, int]) -> Kept | None:
        try:
            # A link that leads out of the folder is not followed.
            if not any(where.resolve().is_relative_to(folder.resolve()) for folder in self.places.values()):
                return None
            content = where.read_bytes()
        except OSError:
            return None
        kept = pack(content, KINDS[where.suffix], packs=where.suffix not in PACKED_ALREADY)
        with self.lock:
            self.kept[key] = kept
            self._bound()
        if kept.packed:
            self._later(partial(self._dense, self.kept, key))
        return kept

    def _bound(self) -> None:
        while len(self.kept) > 1 and sum(len(k.body) + len(k.dense or b"") for k in self.kept.values()) > ROOM:
            self.kept.popitem(last=False)

    def _later(self, work: Callable[[], object]) -> None:
        """Do it aside, after all that was asked before: in a thread that nobody waits for when the server ends."""
        self.todo.put(work)
        with self.lock:
            if self.packing is None:
                self.packing = threading.Thread(target=self._pack_on, name="packing", daemon=True)
                self.packing.start()

    def _pack_on(self) -> None:
        while True:
            try:
                self.todo.get()()
            except Exception:  # the file is sent as it is, and the next one is packed
                logging.getLogger("zoneplan").exception("a file could not be packed")

    def _ahead(self, path: str) -> None:
        where = self._where(path)
        if where is not None and (key := _stamp(where)) is not None and key not in self.kept:
            self._read(where, key)

    def _dense(self, files: MutableMapping[Any, Kept], key: Any) -> None:
        """Pack a file by Brotli, if it is still kept."""
        if (kept := files.get(key)) is None or len(kept.body) > DENSEST:
            return
        packed = dense(kept, self.kept_in)
        with self.lock:
            if key in files:
                files[key] = packed
                self._bound()


def _stamp(where: Path) -> tuple[str, int, int] | None:
    try:
        found = where.stat()
    except OSError:
        return None
    if not stat.S_ISREG(found.st_mode) or found.st_size > LARGEST:
        return None
    # A published layer is touched when it is published again; by its name it is still the same.
    return str(where), 0 if NAMED.search(where.name) else found.st_mtime_ns, found.st_size


async def _sent(kept: Kept, forever: bool, headers: Mapping[bytes, bytes], head: bool, send: Send) -> None:
    takes = _takes(headers.get(b"accept-encoding", b""))
    if kept.dense is not None and b"br" in takes:
        how, body = b"br", kept.dense
    elif kept.packed and takes & {b"gzip", b"*"}:
        how, body = b"gzip", kept.body
    else:
        how, body = b"", kept.plain
    told = [
        (b"etag", kept.etag),
        (b"cache-control", FOREVER if forever else ANEW),
        (b"vary", b"Accept-Encoding"),
    ]
    asked = [tag.strip().removeprefix(b"W/") for tag in headers.get(b"if-none-match", b"").split(b",")]
    if kept.etag in asked:
        await send({"type": "http.response.start", "status": 304, "headers": told})
        await send({"type": "http.response.body", "body": b""})
        return
    told += [(b"content-type", kept.kind.encode()), (b"content-length", str(len(body)).encode())]
    told += [(b"content-encoding", how)] if how else []
    await send({"type": "http.response.start", "status": 200, "headers": told})
    await send({"type": "http.response.body", "body": b"" if head else body})


def _takes(said: bytes) -> set[bytes]:
    """Return the packings that a browser takes, by its Accept-Encoding."""
    words = (word.replace(b" ", b"").partition(b";") for word in said.lower().split(b","))
    return {name for name, _, rest in words if rest not in (b"q=0", b"q=0.0", b"q=0.00", b"q=0.000")}
