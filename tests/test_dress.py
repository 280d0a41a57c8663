"""The page's colours: all of them named in one place, and every word readable on what it stands on, light and dark."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import streamlit

from tests.browser import ROOT
from ui.words import WIDGETS

PAGE = (ROOT / "ui" / "page.css").read_text("utf-8")
HOST = "".join((ROOT / "ui" / name).read_text("utf-8") for name in ("map/host.css", "overview.css"))
LITERAL = re.compile(r"#[0-9a-fA-F]{3,8}\b(?![^{]*\{)|rgba?\(|hsla?\(")
NAMED = re.compile(r"--zp-([\w-]+):\s*([^;]+);")
BLOCKS = re.findall(r":root(?:\[data-zp-theme=\"dark\"\])? \{(.*?)\}", PAGE, re.DOTALL)
LIGHT = dict(NAMED.findall(BLOCKS[0]))
DARK = {**LIGHT, **dict(NAMED.findall(BLOCKS[1]))}
ON = {
    "ink": ("paper", "paper2", "card", "tint", "cited-mark", "ground"),
    "ink2": ("paper", "paper2", "card", "tint"),
    "quiet": ("paper", "paper2", "card", "tint", "cited", "bad-tint", "ground"),
    "accent": ("paper", "paper2", "card", "tint"),
    "deep": ("paper", "paper2", "card", "tint"),
    "bad": ("paper", "paper2", "card", "bad-tint"),
    "good": ("paper", "card"),
    "warn": ("paper", "card"),
    "on": ("accent", "deep"),
    "mark-ink": ("mark", "rank", "remark", "settled"),
    "tip-ink": ("tip",),
    "roll-ink": ("roll1", "roll2"),
    "fault-ink": ("fault",),
    **{basis: (f"{basis}-bg", "paper") for basis in ("measured", "sourced", "derived", "estimated", "assumed")},
    **{
        f"name-{what}": ("halo",)
        for what in ("water", "road", "poi", "town", "city", "village", "green", "railway", "metro")
    },
}
"""A colour of words, and the grounds they stand on."""


def test_every_colour_is_named_once() -> None:
    rest = PAGE.replace(BLOCKS[0], "").replace(BLOCKS[1], "") + HOST
    assert not [line for line in rest.splitlines() if LITERAL.search(line)]
    used = set(re.findall(r"var\(--zp-([\w-]+)\)", PAGE + HOST)) - {"colour"}  # the colour of a handle is its object's
    assert used <= set(LIGHT)
    assert set(DARK) == set(LIGHT)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_every_word_is_readable(theme: dict[str, str]) -> None:
    dim = [
        (words, ground)
        for words, grounds in ON.items()
        for ground in grounds
        if contrast(theme[words], theme[ground]) < 4.5
    ]
    assert not dim


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours as WCAG 2.2 measures it, 1 to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    digits = colour.removeprefix("#")
    digits = "".join(c * 2 for c in digits) if len(digits) == 3 else digits
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_streamlit_is_given_the_same_colours() -> None:
    told = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text("utf-8"))["theme"]
    names = {
        "primaryColor": "accent",
        "backgroundColor": "paper",
        "secondaryBackgroundColor": "paper2",
        "textColor": "ink",
    }
    for theme, ours in (("light", {**LIGHT, "paper": "#ffffff"}), ("dark", DARK)):
        assert {name: told[theme][name] for name in names} == {name: ours[colour] for name, colour in names.items()}


def test_the_words_of_the_widgets_are_those_of_the_installed_streamlit() -> None:
    scripts = (Path(streamlit.__file__).parent / "static" / "static" / "js").glob("*.js")
    said = "\n".join(path.read_text("utf-8") for path in scripts)
    # Their script puts "Press Enter to apply" together of parts.
    whole = [words for words in WIDGETS if not words.startswith("Press ") and "{" not in words]
    assert [words for words in whole if f"`{words}`" not in said and f'"{words}"' not in said] == []
    assert all(part in said for part in ("Press Enter to ${", "+Enter to ${", "`submit form`", "`apply`", " per file`"))


def test_no_rule_goes_by_a_part_of_a_class() -> None:
    """Any change of a class has the browser then look at all that lies below, the map's thousand nodes too: half of a click's work."""
    assert re.findall(r"\[class\s*[*^$|~]?=", PAGE + HOST) == []
