"""A sentence in both languages, as one value; and a cell of a table that names several things."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Text", "several"]


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


def several(value: object) -> list[str]:
    """Return the ids that one cell of a table names, divided by ``;``: none where it names none.

    Examples
    --------
    >>> several("haiyang; bolong;"), several(None), several(float("nan"))
    (['haiyang', 'bolong'], [], [])
    """
    return [part.strip() for part in value.split(";") if part.strip()] if isinstance(value, str) else []
