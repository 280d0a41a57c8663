"""What stands before the server: refuses other names, shuts what leaks, and says with every answer how it may be used.

An ASGI application around another one, so that nothing of the server (page, static files, media, uploads, the socket,
an error) goes round it.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import logging
import re
from collections.abc import Awaitable, Callable, Iterable, MutableMapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from geo.text import Text
from layers.door.desks import COOKIE, desk_of
from layers.door.health import Health
from layers.door.settings import Door, host_and_port
from layers.operate import log

__all__ = ["PERSON", "App", "Guard", "Message", "Receive", "Send", "answered", "inline_scripts", "policy"]

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

PERSON = "x-zoneplan-person"
"""The header in which the page finds the name of the person; what a client writes in it is taken out at the door."""

LEAKING = re.compile(r"/_stcore/(agent|script-health-check|metrics)(/|$)")
PARTS = frozenset({
    b"text/javascript", b"text/css", b"application/json", b"application/geo+json", b"application/octet-stream", b"font/woff2",
    b"image/png", b"image/webp",
})  # fmt: skip
"""What a page is made of and is none itself: the policy of pages, 0.6 kB with each of 120 files, is half a second of a slow line."""
REFUSED = Text(
    "本服务不认识这个主机名或来源。请用管理员给出的地址打开；管理员可用 zoneplan serve --host-name 名称（或环境变量 ZONEPLAN_HOSTS）加上它。",
    "This server does not go by that host name, or the request comes from another site. Open the address your operator gave you; operators name it by zoneplan serve --host-name NAME (or ZONEPLAN_HOSTS).",
)


def inline_scripts(html: str) -> tuple[str, ...]:
    """Return the hashes of the scripts written into a page, as a policy names them.

    Examples
    --------
    >>> inline_scripts("<script>a = 1</script><script src='b.js'></script>")
    ("'sha256-tbwf/ZCRL7GL7259gJCRksemSSiWMgFW1n+68QTGVEo='",)
    """
    bodies = re.findall(r"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", html, re.DOTALL)
    return tuple(f"'sha256-{base64.b64encode(hashlib.sha256(b.encode()).digest()).decode()}'" for b in bodies)


def policy(scripts: Iterable[str] = (), images: Iterable[str] = (), ancestors: str = "'none'") -> str:
    """Return the Content-Security-Policy of the page.

    Parameters
    ----------
    scripts
        Hashes of the scripts written into the page.
    images
        Hosts of online base maps: pictures only, and asked for only when a planner switches one on.
    ancestors
        Who may frame the page.
    """
    rules = {
        "default-src": ["'self'"],
        # Streamlit hands the script of a component to the browser as a blob, and its frontend compiles WebAssembly of
        # its own; no script is evaluated from text.
        "script-src": ["'self'", "blob:", "'wasm-unsafe-eval'", *scripts],
        # Streamlit's frontend writes its styles at run time, and the page's own stand in a style element.
        "style-src": ["'self'", "'unsafe-inline'"],
        "img-src": ["'self'", "data:", "blob:", *images],
        "font-src": ["'self'", "data:"],
        "connect-src": ["'self'"],
        "media-src": ["'self'", "blob:"],
        "worker-src": ["'self'", "blob:"],
        "frame-src": ["'none'"],
        "object-src": ["'none'"],
        "base-uri": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": [ancestors],
    }
    return "; ".join(f"{name} {' '.join(values)}" for name, values in rules.items())


class Guard:
    """The door before an ASGI application.

    Parameters
    ----------
    app
        The application inside.
    door
        The operator's settings.
    csp
        The policy, of :func:`policy`.
    health
        Worked out anew for each question of ``/healthz``, in a thread.
    base
        The prefix behind a proxy (``server.baseUrlPath``), "" for none.
    desk
        The number of this process where several serve one port (``layers.door.desks``): the browser is told it.
    """

    def __init__(
        self, app: App, *, door: Door, csp: str, health: Callable[[], Health], base: str = "", desk: int | None = None
    ) -> None:
        self.app = app
        self.door = door
        self.desk = desk
        self.health = health
        prefix = f"/{base.strip('/')}" if base.strip("/") else ""
        self.well = {f"{before}/healthz{ready}" for before in ("", prefix) for ready in ("", "/ready")}
        self.live = {"/healthz/live", f"{prefix}/healthz/live"}
        self.seat = f"{COOKIE}={desk}; Path={prefix or '/'}; HttpOnly; SameSite=Lax".encode()
        self.said = _bytes(_headers(csp, door))
        self.brief = _bytes(_headers(_of_files(door.ancestors), door, whole=False))

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer, or pass on what may pass."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        new = self.desk is not None and desk_of(_as_head(scope["headers"])) != self.desk
        told = self._telling(send, [(b"set-cookie", self.seat)] if new else [])
        headers = self._checked(scope)
        path = str(scope.get("path", ""))
        if headers is None:
            logging.getLogger("zoneplan").warning("refused at the door: %r", _of(scope["headers"], b"host", b"origin"))
            log.told("refused", why="host")
            await answered(scope, receive, told, 403, str(REFUSED).encode(), b"text/plain; charset=utf-8")
        elif LEAKING.search(path):
            await answered(scope, receive, told, 404, b"not found", b"text/plain; charset=utf-8")
        elif scope["type"] == "http" and path in self.live:  # it answers, whatever the workspace is like
            await answered(scope, receive, told, 200, b'{"ok": true}', b"application/json; charset=utf-8")
        elif scope["type"] == "http" and path in self.well:
            found = await asyncio.to_thread(self.health)
            body = json.dumps(found.as_dict(), ensure_ascii=False, indent=1).encode()
            await answered(scope, receive, told, 200 if found.ok else 503, body, b"application/json; charset=utf-8")
        else:
            await self.app({**scope, "headers": headers}, receive, told)

    def _checked(self, scope: Message) -> list[tuple[bytes, bytes]] | None:
        """Return the headers to pass on; None where the request is not for us, or comes from another site."""
        given: list[tuple[bytes, bytes]] = list(scope["headers"])
        hosts, origins = (_of(given, name) for name in (b"host", b"origin"))
        host = host_and_port(hosts[0]) if len(hosts) == 1 else None
        bound = str((scope.get("server") or ("",))[0] or "")
        if host is None or not self.door.knows(*host, bound) or len(origins) > 1:
            return None
        name = hosts[0]
        if origins:
            parts = urlsplit(origins[0]) if "://" in origins[0] else None
            origin = host_and_port(parts.netloc) if parts is not None and parts.scheme in ("http", "https") else None
            if parts is None or origin is None or not (origin == host or self.door.named(*origin)):
                return None
            # Behind a proxy that does not hand the name on, Streamlit would take the origin for another site and go
            # looking for the external address of this machine. It has been checked here, and is our own.
            name = parts.netloc
        dropped = {b"host", PERSON.encode()} | ({self.door.user_header.encode()} if self.door.user_header else set())
        kept = [(k, v) for k, v in given if k.lower() not in dropped]
        return [(b"host", name.encode("latin-1")), *kept, *self._person(scope, given)]

    def _person(self, scope: Message, given: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        """Return the name that a trusted proxy gave, as the page will read it."""
        if not self.door.user_header or not self.door.trusts(str((scope.get("client") or ("",))[0] or "")):
            return []
        said = [v for k, v in given if k.lower() == self.door.user_header.encode()]
        # Two names are none: one of them may have come through the proxy from outside.
        return [(PERSON.encode(), said[0])] if len(said) == 1 and said[0].strip() else []

    def _telling(self, send: Send, more: Sequence[tuple[bytes, bytes]] = ()) -> Send:
        async def told(message: Message) -> None:
            if message["type"] in ("http.response.start", "websocket.http.response.start"):
                ours = {b"x-frame-options", *(name for name, _ in self.said)}
                given = list(message.get("headers", ()))
                kind = next((v for k, v in given if k.lower() == b"content-type"), b"")
                said = self.brief if kind.split(b";")[0] in PARTS else self.said
                rest = [
                    (k, v)
                    for k, v in given
                    # Nothing here is for other sites: Streamlit's static files say "*".
                    if k.lower() not in ours and not k.lower().startswith(b"access-control-") and k.lower() != b"server"
                ]
                message = {**message, "headers": [*rest, *said, *more]}
            await send(message)

        return told


def _of_files(ancestors: str) -> str:
    """Return the policy of what is no page: of it a browser hears only what a script that works beside the page may do."""
    rules = (
        "default-src 'self'; script-src 'self' blob: 'wasm-unsafe-eval'; connect-src 'self'; worker-src 'self' blob:"
    )
    return f"{rules}; object-src 'none'; frame-ancestors {ancestors}"


def _headers(csp: str, door: Door, *, whole: bool = True) -> dict[str, str]:
    framed = {"'none'": "DENY", "'self'": "SAMEORIGIN"}.get(door.ancestors)
    of_pages = {
        "cross-origin-opener-policy": "same-origin",
        "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    }
    return {
        "content-security-policy": csp,
        # The old word for frame-ancestors knows no list: where one is given, only the policy speaks.
        **({"x-frame-options": framed} if framed else {}),
        "x-content-type-options": "nosniff",
        "referrer-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        **(of_pages if whole else {}),
    }


def _as_head(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Return the cookies of a request as they stood in its head."""
    return b"".join(b"\r\ncookie: " + v for k, v in headers if k.lower() == b"cookie")


def _bytes(headers: dict[str, str]) -> Sequence[tuple[bytes, bytes]]:
    return [(k.encode(), v.encode()) for k, v in headers.items()]


def _of(headers: Iterable[tuple[bytes, bytes]], *names: bytes) -> list[str]:
    return [v.decode("latin-1") for k, v in headers if k.lower() in names]


async def answered(scope: Message, receive: Receive, send: Send, status: int, body: bytes, kind: bytes) -> None:
    """Answer in place of the application; a socket is refused before it is open."""
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode()), (b"cache-control", b"no-store")]
    before = ""
    if scope["type"] == "websocket":
        await receive()
        if "websocket.http.response" not in scope.get("extensions", {}):
            await send({"type": "websocket.close", "code": 1008})
            return
        before = "websocket."
    await send({"type": f"{before}http.response.start", "status": status, "headers": headers})
    shown = b"" if scope.get("method") == "HEAD" else body
    await send({"type": f"{before}http.response.body", "body": shown})
