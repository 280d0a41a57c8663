"""Numbers, degrees and years as Chinese tables write them. What is not plainly a number is refused."""

from __future__ import annotations

import math
import re
import unicodedata
from typing import Any

__all__ = ["UNKNOWN_WORDS", "angle", "is_blank", "number"]

UNKNOWN_WORDS = frozenset({"-", "--", "—", "——", "－", "/", "无", "暂无", "不详", "未知", "待定", "n/a", "tbd"})
_PLAIN = re.compile(r"[+-]?\d+(\.\d+)?")
_GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")
_DMS = re.compile(
    r"([东西南北ewns]?)\s*(\d{1,3})\s*[°度d:]\s*(\d{1,2}(?:\.\d+)?)\s*(?:['′’分m:]\s*(?:(\d{1,2}(?:\.\d+)?)\s*(?:[\"″”秒s]|''|′′)?)?)?\s*([东西南北ewns]?)(?:经|纬)?",
    re.IGNORECASE,
)
_DEGREE = re.compile(
    r"([东西南北ewns]?)(?:经|纬)?\s*([+-]?\d{1,3}(?:\.\d+)?)\s*[°度]?\s*([东西南北ewns]?)(?:经|纬)?", re.IGNORECASE
)


def is_blank(value: object) -> bool:
    """Return whether a cell is empty: None or only white space (never a word such as NaN)."""
    return value is None or (isinstance(value, str) and not value.strip("\u3000 \t\r\n\xa0"))


def _narrow(text: str) -> str:
    # A circled or raised digit (1080①) points to a footnote: folded to 1 it would make the number ten times as large.
    if any(unicodedata.category(c) == "No" for c in text):
        return text.strip()
    return unicodedata.normalize("NFKC", text).replace("−", "-").replace("，", ",").strip()


def number(value: Any) -> tuple[float | None, str]:
    """Return the number of a cell and how it was read: ``plain``, ``rewritten``, ``unknown`` or ``bad``.

    ``rewritten`` is a number in other dress (full-width digits, thousands separators); ``unknown`` a blank or
    a word for it; ``bad`` anything else: about-values, Chinese numerals, units, booleans, NaN, infinity.

    Examples
    --------
    >>> number("１,２００"), number("约1200"), number(""), number(True)
    ((1200.0, 'rewritten'), (None, 'bad'), (None, 'unknown'), (None, 'bad'))
    """
    if is_blank(value):
        return None, "unknown"
    if isinstance(value, bool):
        return None, "bad"
    if isinstance(value, int | float):
        return (float(value), "plain") if abs(value) < 1e300 and math.isfinite(value) else (None, "bad")
    if not isinstance(value, str):
        return None, "bad"
    text = value.strip()
    if text.casefold() in UNKNOWN_WORDS:
        return None, "unknown"
    if text.isascii() and _PLAIN.fullmatch(text) and len(text) < 40:
        return float(text), "plain"
    text = _narrow(text)
    if len(text) < 40 and (_PLAIN.fullmatch(text) or _GROUPED.fullmatch(text)):
        return float(text.replace(",", "")), "rewritten"
    return None, "bad"


def angle(value: Any) -> tuple[float | None, str]:
    """Return the degrees or metres of a coordinate cell and how it was read, as `number` does.

    Also reads 117°23′12.5″, 117度23分12秒, E117.387 and 东经117.387°.

    Examples
    --------
    >>> angle("117°30′00″E"), angle("北纬39.5")
    ((117.5, 'rewritten'), (39.5, 'rewritten'))
    """
    found, how = number(value)
    if how != "bad" or not isinstance(value, str):
        return found, how
    text = re.sub(r"(东|西|南|北)(经|纬)", r"\1", _narrow(value))
    if len(text) > 60:
        return None, "bad"
    plain = _DEGREE.fullmatch(text)
    if plain and not (plain[1] and plain[3]):
        return _signed(float(plain[2]), plain[1] or plain[3]), "rewritten"
    parts = _DMS.fullmatch(text)
    if not parts or (parts[1] and parts[5]):
        return None, "bad"
    minutes, seconds = float(parts[3] or 0), float(parts[4] or 0)
    if minutes >= 60 or seconds >= 60:
        return None, "bad"
    return _signed(int(parts[2]) + minutes / 60 + seconds / 3600, parts[1] or parts[5]), "rewritten"


def _signed(degrees: float, letter: str) -> float:
    return -degrees if letter.casefold() in ("西", "南", "w", "s") and letter else degrees
