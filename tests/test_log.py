"""The log of a server: whole lines of JSON, one number from the door to the thread that works, nothing of a person. Issue 14."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from geo.errors import InputError
from layers import incoming
from layers.door import Traced
from layers.operate import log
from ui.session.work import aside


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    yield
    for name in log.LOGGERS:
        for handler in list(logging.getLogger(name).handlers):
            if isinstance(handler, logging.handlers.RotatingFileHandler):
                handler.close()
                logging.getLogger(name).removeHandler(handler)
    logging.getLogger("zoneplan").setLevel(logging.NOTSET)


def read(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def asked(path: str, headers: dict[str, str], status: int = 200) -> tuple[dict, dict[bytes, bytes]]:
    """Ask the door; return what came to the application, and the headers of the answer."""
    seen, sent = {}, {}

    async def app(scope, receive, send):
        seen.update(scope)
        log.event("inside")
        await send({"type": "http.response.start", "status": status, "headers": [(b"a", b"b")]})

    async def send(message):
        sent.update(message["headers"])

    scope = {"type": "http", "method": "GET", "path": path, "query_string": b"place=117.6,39.0",
             "headers": [(k.encode(), v.encode()) for k, v in headers.items()]}  # fmt: skip
    asyncio.run(Traced(app)(scope, None, send))
    return seen, sent


def test_a_request_keeps_its_number_from_the_proxy_to_the_answer(tmp_path: Path) -> None:
    path = log.set_up("0", {"ZONEPLAN_LOG": str(tmp_path / "日志")})
    assert path is not None
    seen, sent = asked("/", {"X-Request-ID": "proxy-0001", "Cookie": "zp_browser=1"})
    assert dict(seen["headers"])[log.HEADER] == b"proxy-0001" == sent[log.HEADER]
    inside, http = read(path)
    assert (inside["event"], inside["request"]) == ("inside", "proxy-0001")
    assert {k: http[k] for k in ("event", "level", "request", "method", "path", "status")} == {
        "event": "http", "level": "info", "request": "proxy-0001", "method": "GET", "path": "/", "status": 200,
    }  # fmt: skip
    assert "117.6" not in path.read_text("utf-8") and "zp_browser" not in path.read_text("utf-8")


@pytest.mark.parametrize("told", ["", "short", 'a"b\n{"event": 1}', "x" * 65])
def test_a_number_that_is_none_is_replaced(tmp_path: Path, told: str) -> None:
    _, sent = asked("/", {"X-Request-ID": told})
    assert len(sent[log.HEADER]) == 32 and sent[log.HEADER] != told.encode()


def test_words_nobody_is_to_guess_are_not_written_and_parts_of_a_page_only_where_they_fail(tmp_path: Path) -> None:
    path = log.set_up("", {"ZONEPLAN_LOG": str(tmp_path)})
    assert path is not None
    asked("/live/" + "s3cret-Word_" * 3, {})
    asked("/static/js/index.js", {})
    asked("/static/js/gone.js", {}, status=404)
    assert [one["path"] for one in read(path) if one["event"] == "http"] == ["/live/…", "/static/js/gone.js"]


def test_what_a_thread_logs_belongs_to_who_asks_and_an_error_is_one_line(tmp_path: Path) -> None:
    path = log.set_up("", {"ZONEPLAN_LOG": str(tmp_path)})
    assert path is not None
    with log.during("conn.7"):
        aside(log.event, "worked", zh="第一行\n第二行")
        try:
            raise ValueError("a\nb")
        except ValueError:
            logging.getLogger("zoneplan").exception("failed")
    worked, failed = read(path)
    assert (worked["request"], worked["zh"]) == ("conn.7", "第一行\n第二行")
    assert (failed["level"], failed["request"], "ValueError" in failed["error"]) == ("error", "conn.7", True)


def test_an_import_is_logged_with_its_request_and_without_the_name_of_the_file(tmp_path: Path) -> None:
    path = log.set_up("", {"ZONEPLAN_LOG": str(tmp_path / "log")})
    assert path is not None
    file = tmp_path / "王女士的学校.geojson"
    file.write_text("{", "utf-8")
    with log.during("conn.8"):
        assert not incoming.read(file, layer="schools").accepted
    (one,) = read(path)
    assert (one["event"], one["request"], one["layer"], one["accepted"]) == ("import", "conn.8", "schools", False)
    assert "王女士" not in path.read_text("utf-8")


def test_the_server_s_own_words_about_who_comes_are_not_kept(tmp_path: Path) -> None:
    path = log.set_up("", {"ZONEPLAN_LOG": str(tmp_path)})
    assert path is not None
    logging.getLogger("uvicorn.error").warning("Invalid HTTP request received.")
    server = logging.getLogger("uvicorn.error")
    server.handle(server.makeRecord(server.name, logging.INFO, "", 0, "10.1.2.3:55418 - accepted", (), None))
    assert [one["event"] for one in read(path)] == ["Invalid HTTP request received."]


def test_files_turn_over_and_are_bounded(tmp_path: Path) -> None:
    told = {"ZONEPLAN_LOG": str(tmp_path), "ZONEPLAN_LOG_MB": "1", "ZONEPLAN_LOG_FILES": "2"}
    path = log.set_up("1", told)
    for _ in range(50):
        log.event("full", text="x" * 100_000)
    files = sorted(p.name for p in tmp_path.iterdir())
    assert files == ["zoneplan-1.jsonl", "zoneplan-1.jsonl.1", "zoneplan-1.jsonl.2"]
    assert all(p.stat().st_size <= 1_000_000 for p in tmp_path.iterdir())
    assert path is not None and all(one["event"] == "full" for one in read(path))


def test_what_cannot_be_written_or_read_is_said_with_the_variable(tmp_path: Path) -> None:
    assert log.set_up("", {}) is None
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="ZONEPLAN_LOG"):
        log.set_up("", {"ZONEPLAN_LOG": str(tmp_path / "file" / "log")})
    for name in ("ZONEPLAN_LOG_MB", "ZONEPLAN_LOG_FILES"):
        for wrong in ("0", "many", "1.5"):
            with pytest.raises(InputError, match=name):
                log.set_up("", {"ZONEPLAN_LOG": str(tmp_path), name: wrong})
