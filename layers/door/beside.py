"""Questions that are answered beside the page's own socket: small, many a second, each for who holds an unguessable word.

Hung inside the guard (``layers.door.guard``), so that a foreign name or site is refused before, and every answer carries
the same headers. It knows nothing of what is asked: the page hands it a function from word and body to the answer.
"""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext

from layers.door.guard import App, Message, Receive, Send, answered

__all__ = ["LARGEST", "Beside", "Pending"]

LARGEST = 64 * 1024
"""Of a question [bytes]: a thousand corners need half of it."""
THREADS = 2
"""Questions worked on at once, of all sessions: the page itself must not wait for those who drag."""
PLAIN = b"text/plain; charset=utf-8"

Answer = Callable[[str, bytes], tuple[int, bytes]]


class Pending:
    """Questions that have come and are not answered yet, for less urgent work to let them pass.

    Examples
    --------
    >>> pending = Pending()
    >>> with pending:
    ...     pending.give_way(0.01)
    False
    >>> pending.give_way(0.01)
    True
    """

    def __init__(self) -> None:
        self._open = 0
        self._changed = threading.Condition()

    def __enter__(self) -> None:
        """Count a question that has come."""
        with self._changed:
            self._open += 1

    def __exit__(self, *_: object) -> None:
        """Count one less."""
        with self._changed:
            self._open -= 1
            self._changed.notify_all()

    def give_way(self, seconds: float) -> bool:
        """Wait until none is open, at most so long; return whether none is."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._open, seconds)


class Beside:
    """The door before an ASGI application that answers ``POST {prefix}/{name}/{word}`` by itself.

    Parameters
    ----------
    app
        The application inside, asked about everything else.
    name
        Of the questions, the first part of their path.
    answer
        From the word and the body [JSON as bytes] to a status and a body [JSON]; called in a thread that lives on.
    base
        The prefix behind a proxy (``server.baseUrlPath``), "" for none; a proxy may have taken it off.
    pending
        Counts the questions, from when they have come to when they are answered.
    """

    def __init__(self, app: App, *, name: str, answer: Answer, base: str = "", pending: Pending | None = None) -> None:
        self.app = app
        self.pending = nullcontext() if pending is None else pending
        self.answer = answer
        prefix = f"(?:/{re.escape(base.strip('/'))})?" if base.strip("/") else ""
        self.path = re.compile(rf"{prefix}/{re.escape(name)}/([A-Za-z0-9_-]{{16,64}})")
        # PROJ sets up its transformations anew in every new thread: these stay.
        self.threads = ThreadPoolExecutor(THREADS, thread_name_prefix=name)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer, or pass on."""
        found = self.path.fullmatch(str(scope.get("path", ""))) if scope["type"] == "http" else None
        if found is None:
            await self.app(scope, receive, send)
        elif scope.get("method") != "POST":
            await answered(scope, receive, send, 405, b"POST only", PLAIN)
        elif not _json(scope):
            # A form of another site cannot say that it sends JSON.
            await answered(scope, receive, send, 415, b"application/json only", PLAIN)
        elif (body := await _read(receive)) is None:
            await answered(scope, receive, send, 413, b"too large", PLAIN)
        else:
            with self.pending:
                work = asyncio.get_running_loop().run_in_executor(self.threads, self.answer, found[1], body)
                status, told = await work
            await answered(scope, receive, send, status, told, b"application/json; charset=utf-8")


def _json(scope: Message) -> bool:
    kinds = [v for k, v in scope["headers"] if k.lower() == b"content-type"]
    return len(kinds) == 1 and kinds[0].split(b";")[0].strip().lower() == b"application/json"


async def _read(receive: Receive) -> bytes | None:
    """Return the body, or None where it is too large or broken off."""
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > LARGEST:
            return None
        if not message.get("more_body", False):
            return b"".join(parts)
