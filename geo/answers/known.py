"""A service of which the data hold nothing: "no data", which is not the same as nobody served."""

from __future__ import annotations

from geo.case import Case
from geo.services import provides_service
from geo.text import Text

__all__ = ["incomplete_words", "no_data", "no_data_words"]


def no_data(case: Case) -> bool:
    """Return whether the workspace has no facility of the service at all, of any year, and nobody says there is none.

    A service whose facilities open later, whose last one a plan closes, or of which an analyst gives an empty frame is
    known to be absent (``Workspace.complete``): then 0 % is the answer.

    Examples
    --------
    >>> from geo.examples import town
    >>> no_data(town()), no_data(town("kindergarten"))
    (False, True)
    """
    place, asked = case.workspace, case.asked
    if asked.key in place.complete:
        return False
    layer = place.layer(asked.layer)
    return case.keep(("no data", asked), layer, make=lambda: not provides_service(layer, asked).any())


def incomplete_words(case: Case) -> tuple[Text, ...]:
    """Return the note that the layer of the service holds only part of what there is, where workspace.toml says so.

    Examples
    --------
    >>> from geo.examples import town
    >>> incomplete_words(town())
    ()
    """
    told = case.workspace.parameters.get("incomplete", {})
    if case.asked.layer not in told.get("layers", ()):
        return ()
    zh, en = "该图层不完整，结果偏低", "the layer is not complete; what it tells is too low"
    return (Text(str(told.get("note_zh") or zh), str(told.get("note_en") or en)),)


def no_data_words(case: Case) -> tuple[Text, ...]:
    """Return the note that there is nothing of the service in the data; none where there is.

    Examples
    --------
    >>> from geo.examples import town
    >>> no_data_words(town())
    ()
    """
    if not no_data(case):
        return incomplete_words(case)
    asked = case.asked
    return (
        Text(
            f"无数据：数据中没有任何{asked.name_zh}，可能是真没有，也可能没有录入；请导入后再问",
            f"no data: nothing of {asked.name_en.lower()} in the data: none there, or not recorded; import it, then ask again",
        ),
    )
