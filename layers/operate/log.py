"""The log of a server: one line of JSON an event, with the number of the request it belongs to, in files that turn over.

==================  ======================================================================================
ZONEPLAN_LOG        folder of the log; nothing is written where it is not named
ZONEPLAN_LOG_MB     size at which a file turns over [MB]; 10
ZONEPLAN_LOG_FILES  how many full files are kept beside the one that is written; 5
==================  ======================================================================================

Nothing of a person is in it: no address, no cookie, no query (it holds the place that is asked about), no text of a planner.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import os
import re
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from logging.handlers import RotatingFileHandler
from pathlib import Path

from geo.errors import Finding, InputError

__all__ = ["EARS", "HEADER", "JsonLines", "during", "event", "named", "set_up", "told"]

HEADER = b"x-request-id"
KNOWN = re.compile(rb"[A-Za-z0-9._-]{8,64}")
REQUEST: ContextVar[str] = ContextVar("request", default="")
LOGGERS = ("zoneplan", "uvicorn.error")
EARS: list[Callable[[str, Mapping[str, object]], None]] = []
"""Who hears of every event beside the log (``layers.operate.metrics``)."""


class JsonLines(logging.Formatter):
    """One line of JSON a record: time (UTC), level, logger, event, process, request, then what the event tells."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        at = dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds")
        line = {
            "time": at, "level": record.levelname.lower(), "logger": record.name, "event": record.getMessage(),
            "process": record.process, "request": REQUEST.get() or None, **getattr(record, "told", {}),
        }  # fmt: skip
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def event(name: str, **more: object) -> None:
    """Log an event with what it tells."""
    logging.getLogger("zoneplan").info(name, extra={"told": more})
    told(name, **more)


def told(name: str, **more: object) -> None:
    """Tell of an event that is counted only: there are too many of it for a log."""
    for ear in EARS:
        ear(name, more)


@contextmanager
def during(request: str) -> Iterator[None]:
    """Let everything that is logged in the block belong to a request."""
    token = REQUEST.set(request)
    try:
        yield
    finally:
        REQUEST.reset(token)


def named(told: bytes | None) -> str:
    """Return the number of a request: that of the proxy before us where it gave a plain one, else a new one.

    Examples
    --------
    >>> named(b"proxy-0001"), len(named(b"a b c d e f")), len(named(None))
    ('proxy-0001', 32, 32)
    """
    return told.decode("ascii") if told is not None and KNOWN.fullmatch(told) else uuid.uuid4().hex


def set_up(process: str = "", environ: Mapping[str, str] | None = None) -> Path | None:
    """Begin to write the log of this process, and return its file; None where none is asked for.

    Parameters
    ----------
    process
        Name of this one where several serve the page: each has a file of its own, for two cannot turn one over.

    Raises
    ------
    InputError
        If the folder cannot be written, or a size is no number; the variable is named.
    """
    env = os.environ if environ is None else environ
    folder = env.get("ZONEPLAN_LOG", "").strip()
    if not folder:
        return None
    most, files = _number(env, "ZONEPLAN_LOG_MB", 10), _number(env, "ZONEPLAN_LOG_FILES", 5)
    path = Path(folder).expanduser() / (f"zoneplan-{process}.jsonl" if process else "zoneplan.jsonl")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(path, maxBytes=most * 1_000_000, backupCount=files, encoding="utf-8")
    except OSError as error:
        raise InputError([Finding("error", f"无法写日志（{error.strerror}）：{path}；请换一个可写的文件夹",
                                  f"the log cannot be written ({error.strerror}): {path}; name a folder that can be", "ZONEPLAN_LOG")]) from error  # fmt: skip
    handler.setFormatter(JsonLines())
    # The server names the address of everybody who comes; only its faults are told.
    handler.addFilter(lambda record: record.name.startswith("zoneplan") or record.levelno >= logging.WARNING)
    for name in LOGGERS:
        logging.getLogger(name).addHandler(handler)
    logging.getLogger("zoneplan").setLevel(logging.INFO)
    return path


def _number(env: Mapping[str, str], name: str, default: int) -> int:
    told = env.get(name, "").strip() or str(default)
    if not (told.isascii() and told.isdigit() and 1 <= int(told) <= 10_000):
        raise InputError([Finding("error", f"“{told}”须为 1–10000 的整数", f"'{told}' must be a whole number from 1 to 10000", name)])  # fmt: skip
    return int(told)
