"""Every request has a number, said in the answer and written beside all that is logged of it (``layers.operate.log``)."""

from __future__ import annotations

import re
import time

from layers.door.guard import App, Message, Receive, Send
from layers.operate import log

__all__ = ["Traced"]

PARTS = ("/static/", "/_stcore/health")
"""Of a page, by the hundred: they are logged only where they fail."""
WORD = re.compile(r"(?<=/)[^/]*[A-Za-z0-9_-]{16,}[^/]*")
"""A part of a path that is a word nobody is to guess: who reads the log must not come to hold it."""


class Traced:
    """Before everything else at the door: numbers requests, and logs each when it is answered."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Pass on, with a number."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        given = [(k, v) for k, v in scope["headers"] if k.lower() == log.HEADER]
        request = log.named(given[0][1] if len(given) == 1 else None)
        number = (log.HEADER, request.encode())
        headers = [*((k, v) for k, v in scope["headers"] if k.lower() != log.HEADER), number]
        begun, status = time.perf_counter(), 0

        async def told(message: Message) -> None:
            nonlocal status
            if message["type"] in ("http.response.start", "websocket.http.response.start", "websocket.accept"):
                status = int(message.get("status", 101))
                message = {**message, "headers": [*message.get("headers", ()), number]}
            await send(message)

        path = str(scope.get("path", ""))
        with log.during(request):
            try:
                await self.app({**scope, "headers": headers}, receive, told)
            finally:
                if status >= 400 or not any(part in path for part in PARTS):
                    spent = round((time.perf_counter() - begun) * 1000)
                    log.event(
                        "http",
                        method=scope.get("method", "WEBSOCKET"),
                        path=WORD.sub("…", path),
                        status=status,
                        ms=spent,
                    )
