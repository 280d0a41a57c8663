"""Well-known text, read here so that depth and counts are known."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from geo.text import Text

__all__ = ["NAMES", "NEST_LIMIT", "BadShapeError", "parsed"]

NEST_LIMIT = 4
NAMES = ("Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon", "GeometryCollection")
_TOKEN = re.compile(r"\s*([A-Za-z]+|[(),]|[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)")


class BadShapeError(ValueError):
    """A structure of coordinates that is not a geometry: ``text`` says why."""

    def __init__(self, zh: str, en: str) -> None:
        self.text = Text(zh, en)
        super().__init__(en)


def parsed(text: str) -> tuple[str, list[Any], bool] | None:
    """Return kind, nested coordinates and whether heights and measures follow (ZM) of a text, None for an empty shape.

    Raises
    ------
    BadShapeError
        If it is none.
    """
    text = re.sub(r"^\s*SRID=\d+;", "", text, flags=re.IGNORECASE)
    tokens = list(_tokens(text))
    if len(tokens) < 2:
        raise BadShapeError("WKT 文本无法识别", "the text is not WKT")
    kind = {n.upper(): n for n in NAMES[:6]}.get(tokens[0].upper())
    rest = [t for t in tokens[1:] if t.upper() not in ("Z", "M", "ZM")]
    if kind is None:
        raise BadShapeError(f"不支持的 WKT 类型 {tokens[0][:30]!r}", f"unsupported WKT type {tokens[0][:30]!r}")
    if rest == ["EMPTY"]:
        return None
    nested, end = _nest(rest, 0, 0)
    if end != len(rest):
        raise BadShapeError("WKT 括号不配对", "the brackets of the WKT do not match")
    if kind == "Point":
        nested = nested[0]
    if kind == "MultiPoint":
        nested = [p[0] if p and isinstance(p[0], list) else p for p in nested]
    return kind, nested, "ZM" in [t.upper() for t in tokens[1:]]


def _tokens(text: str) -> Iterator[str]:
    at = 0
    text = text.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if not match:
            raise BadShapeError("WKT 文本无法识别", "the text is not WKT")
        yield match[1]
        at = match.end()


def _nest(tokens: list[str], at: int, depth: int) -> tuple[list[Any], int]:
    """Return the nested lists of a bracketed WKT body and where it ends."""
    if depth > NEST_LIMIT or at >= len(tokens) or tokens[at] != "(":
        raise BadShapeError("WKT 括号不配对或嵌套过深", "the brackets of the WKT do not match or nest too deep")
    out: list[Any] = []
    numbers: list[float] = []
    at += 1
    while at < len(tokens):
        token = tokens[at]
        if token == "(":
            inner, at = _nest(tokens, at, depth + 1)
            out.append(inner)
            continue
        at += 1
        if token in ",)":
            if numbers:
                out.append(numbers)
                numbers = []
            if token == ")":
                return out, at
        else:
            numbers.append(float(token))
    raise BadShapeError("WKT 括号不配对", "the brackets of the WKT do not match")
