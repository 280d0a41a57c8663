"""A sentence in both languages, as one value."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Text"]


class Text(NamedTuple):
    """The same words in Chinese and in English; whoever shows them picks one.

    Examples
    --------
    >>> said = Text("没有学校", "no school")
    >>> said.en
    'no school'
    >>> print(said)
    没有学校 / no school
    """

    zh: str
    en: str

    def __str__(self) -> str:
        """Return both, for logs and for a shell that cannot ask which."""
        return f"{self.zh} / {self.en}"
