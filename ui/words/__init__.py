"""Every word of the page, Chinese first, English beside it, by subject; nothing else on the page speaks.

A phrase is a ``Text`` under a key; what is not known beforehand stands in it as a named blank, ``{name}``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

import streamlit as st

from geo.services import SERVICES, Service
from geo.text import Text
from ui.words import (
    answer,
    area,
    atlas,
    compare,
    coverage,
    demand,
    draw,
    files,
    frame,
    monitor,
    notes,
    overview,
    place,
    plans,
    programme,
    register,
    seats,
    siting,
    sure,
    tools,
    travel,
    zones,
)
from ui.words.names import (
    BASIS,
    FACT_GROUPS,
    KIND_NAMES,
    PROJECT_KINDS,
    PROJECT_STATES,
    STAGE_NAMES,
    STATUS,
    TARGET_GROUPS,
    TARGET_KINDS,
    UNITS,
)
from ui.words.widgets import WIDGETS

__all__ = [
    "BASIS",
    "CATALOGUE",
    "FACT_GROUPS",
    "KIND_NAMES",
    "PROJECT_KINDS",
    "PROJECT_STATES",
    "STAGE_NAMES",
    "STATUS",
    "SUBJECTS",
    "TARGET_GROUPS",
    "TARGET_KINDS",
    "UNITS",
    "WIDGETS",
    "both",
    "language",
    "pick",
    "say",
    "service_name",
    "services",
    "speaking",
]

SUBJECTS = (
    answer,
    area,
    atlas,
    compare,
    coverage,
    demand,
    draw,
    files,
    frame,
    monitor,
    notes,
    overview,
    place,
    plans,
    programme,
    register,
    seats,
    siting,
    sure,
    tools,
    travel,
    zones,
)
CATALOGUE: dict[str, Text] = {key: text for subject in SUBJECTS for key, text in subject.WORDS.items()}
"""All phrases by their key; a test holds that no two subjects use the same one."""

Pair = tuple[str, str]
"""A text in both languages that does not come from here."""


_SPOKEN: ContextVar[str] = ContextVar("spoken", default="")


@contextmanager
def speaking(lang: str = "") -> Iterator[None]:
    """Speak a language, zh or en: that of the session, asked for once and not for each word, or another for what is made for everybody."""
    before = _SPOKEN.set(lang or language())
    try:
        yield
    finally:
        _SPOKEN.reset(before)


def language() -> str:
    """Return the language of the session: zh or en."""
    return _SPOKEN.get() or ("en" if st.session_state.get("lang") == "en" else "zh")


def services() -> Mapping[str, Service]:
    """Return the services of the place of the session: those of the standards, and those that its workspace adds."""
    place = st.session_state.get("base")
    return SERVICES if place is None else dict(place.services)


def service_name(key: str) -> Text:
    """Return the name of a service in both languages; a key that the place does not know stands for itself."""
    known = services().get(key)
    return Text(key, key) if known is None else Text(known.name_zh, known.name_en)


def pick(pair: Pair, lang: str = "") -> str:
    """Return the Chinese or the English of a pair: in ``lang``, or in the language of the session."""
    return pair[1] if (lang or language()) == "en" else pair[0]


def both(key: str, **values: object) -> Text:
    """Return a phrase of the catalogue in both languages, with its blanks filled in: a ``Text`` in each language by its own."""
    text = CATALOGUE[key]
    if not values:
        return text
    zh, en = ({k: v[i] if isinstance(v, Text) else v for k, v in values.items()} for i in (0, 1))
    return Text(text.zh.format(**zh), text.en.format(**en))


def say(key: str, **values: object) -> str:
    """Return a phrase of the catalogue in the language of the session, with its blanks filled in."""
    return pick(both(key, **values))
