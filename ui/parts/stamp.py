"""The year of the residents behind a figure, on the legend and the column themselves."""

from __future__ import annotations

from geo.answers import Answer
from geo.answers.stamp import stamp
from geo.case import Case
from geo.text import Text
from ui.words import pick, say

__all__ = ["counted_head", "dated", "stamped"]


def dated(case: Case) -> Text:
    """Return the year of a question as a title tells it: with whose residents it is answered where it has none."""
    told = stamp(case)
    return Text(told.zh or str(case.year), told.en or str(case.year))


def stamped(text: str, answer: Answer) -> str:
    """Return the name of a layer or figure, with whose residents it counts where the year has none of its own."""
    return say("noted", text=text, note=pick(answer.stamp)) if any(answer.stamp) else text


def counted_head(text: str, answer: Answer) -> str:
    """Return the header of a column of residents or pupils, with the year they are of where it is not the year asked."""
    year = answer.parameters.get("people_year")
    return say("noted", text=text, note=str(year)) if year else text
