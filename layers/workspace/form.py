"""The format of a workspace folder: its number in workspace.toml, and what brings an older one up to this program's.

A folder that names no format is of the first one. An older format opens as it is; a newer one is refused in words, because what
it means is not known here. ``zoneplan upgrade`` (``layers.operate.upgrade``) shows the steps before it takes any.

======  ====================================================================================
format  what is new in it
======  ====================================================================================
1       workspace.toml names no format
2       workspace.toml says its format, so that a program that is too old can refuse it
======  ====================================================================================
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from geo.errors import Finding, InputError
from geo.text import Text

__all__ = ["FORMAT", "STEPS", "Step", "format_of", "upgraded"]

FORMAT = 2
"""The format that this program writes."""
FILE = "workspace.toml"
KEY = re.compile(r"\A((?:[^\[\n][^\n]*\n|\n)*?)format[ \t]*=[^\n]*")
"""The line of the format, before the first table."""


@dataclass(frozen=True)
class Step:
    """From one format to the next: what it does in words, and how workspace.toml reads after it."""

    text: Text
    settings: Callable[[str], str]


def format_of(config: Mapping[str, Any]) -> int:
    """Return the format that a workspace.toml names, 1 where it names none.

    Raises
    ------
    InputError
        If it is no format, or a newer one than this program knows.

    Examples
    --------
    >>> format_of({}), format_of({"format": 2})
    (1, 2)
    """
    told = config.get("format", 1)
    if not isinstance(told, int) or isinstance(told, bool) or told < 1:
        zh, en = f"format 须为 1–{FORMAT} 的整数", f"format must be a whole number from 1 to {FORMAT}"
        raise InputError([Finding("error", zh, en, FILE, field="format")])
    if told > FORMAT:
        raise InputError([Finding(
            "error",
            f"工作区格式为 {told}，由更新的版本写成，本程序只认识到 {FORMAT}；没有任何改动，请升级本程序后再打开",
            f"the workspace is of format {told}, written by a newer version; this one knows up to {FORMAT}. Nothing was changed: upgrade the program, then open it",
            FILE, field="format",
        )])  # fmt: skip
    return told


def _says_its_format(text: str) -> str:
    return f"format = 2\n{text}" if KEY.search(text) is None else KEY.sub(r"\g<1>format = 2", text, count=1)


STEPS: Mapping[int, Step] = {
    1: Step(
        Text("workspace.toml 写明格式：format = 2", "workspace.toml says its format: format = 2"), _says_its_format
    ),
}
"""What leads from each format to the next."""


def upgraded(settings: str, number: int) -> str:
    r"""Return a workspace.toml of format ``number`` as this program writes it; comments and all else stay.

    Examples
    --------
    >>> upgraded('# Town\nname_zh = "镇"\n', 1)
    'format = 2\n# Town\nname_zh = "镇"\n'
    """
    for one in range(number, FORMAT):
        settings = STEPS[one].settings(settings)
    return settings
