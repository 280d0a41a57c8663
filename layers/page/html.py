"""What the report and the map have in common: the page around them, their words, and data as a data block."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from layers.page.figure import safe
from layers.write.geojson import scenario_of

__all__ = ["ASSETS", "WORDS", "asset", "island", "page", "scenario_line"]

ASSETS = Path(__file__).resolve().parent

_PAIRS = {
    "report": ("规划分析报告", "planning report"),
    "map": ("专题地图", "thematic map"),
    "date": ("日期", "Date"),
    "made": ("由 Zone Planner 生成", "made by Zone Planner"),
    "notice": (
        "每个数字都标明依据：实线为已知，虚线为推算或估计，点线与斜纹为假设。假设的内容仅供演示，不能作为规划依据。本图不是法定图件，未经地图审核。",
        "Every number says its basis: solid is known, dashed derived or estimated, dotted and hatched assumed. What is assumed is for "
        "illustration only. This is no statutory map and has no map approval.",
    ),
    "basis": ("依据", "Basis"),
    "method": ("方法", "Method"),
    "parameters": ("参数", "Parameters"),
    "sources": ("数据来源", "Sources"),
    "notes": ("提示", "Notes"),
    "more": ("只印出前 {n} 行，共 {all} 行；完整表格见随附数据。", "The first {n} of {all} rows; the whole table is in the data that goes with this."),
    "publisher": ("发布者", "publisher"),
    "licence": ("许可", "licence"),
    "layers": ("图层", "Layers"),
    "scenario": ("方案", "Scenario"),
}  # fmt: skip
WORDS: dict[str, dict[str, str]] = {k: {"zh": zh, "en": en} for k, (zh, en) in _PAIRS.items()}
"""Words of the report and the map by key and language."""


def page(title: str, lang: str, policy: str, head: str, body: str) -> str:
    """Return an HTML page; ``policy`` is its content security policy, ``head`` and ``body`` are markup already."""
    return (
        f'<!doctype html>\n<html lang="{"en" if lang == "en" else "zh-CN"}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{safe(policy)}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="referrer" content="no-referrer">'
        f"<title>{safe(title)}</title>{head}</head><body>{body}</body></html>\n"
    )


def asset(name: str) -> str:
    """Return one of our own style sheets or scripts."""
    return (ASSETS / name).read_text(encoding="utf-8")


def island(data: Any) -> str:
    """Return data as a JSON data block: no character in it can end the block or begin markup."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return f'<script type="application/json" id="data">{text}</script>'


def scenario_line(place: Any, lang: str) -> str:
    """Return which scenario a page is about, and in which state, to end a line with; nothing where it is about none."""
    said = scenario_of(place).get("scenario", "")
    name = said[lang] if isinstance(said, dict) else said
    return f" · {WORDS['scenario'][lang]}{': ' if lang == 'en' else '：'}{name}" if name else ""
