"""What if there is less money: a rolling programme beside itself with a smaller budget."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pandas as pd

from geo.answers.base import Answer
from geo.answers.programme import programme
from geo.answers.programme_terms import usual_terms
from geo.case import Case
from geo.errors import InputError
from geo.siting.programme import Terms
from geo.text import Text

__all__ = ["compared_budgets", "programme_with_less"]


def programme_with_less(case: Case, terms: Terms | None = None, *, less: float = 0.2, **options: Any) -> Answer:
    """Return a programme with, beside it, what it becomes with less money in every year.

    Parameters
    ----------
    case, terms, options
        As ``geo.answers.programme.programme``; ``time_limit`` holds for either budget.
    less
        How much less, as a share: 0.2 for a fifth.

    Returns
    -------
    answer
        The programme, and tables ``what_if`` (a row for each budget, with words), ``schedule_less`` and ``years_less``.

    Raises
    ------
    InputError
        If ``less`` is no share above 0 and at most 1, or as ``programme``.

    Notes
    -----
    Whatever less money can do, more can: the bound of the larger budget holds for the smaller one too.

    Examples
    --------
    >>> from geo.examples import town
    >>> terms = usual_terms(town(), first=2025, last=2027, budget=(8000.0,), build=1)
    >>> programme_with_less(town(), terms, less=0.5, spacing=50)["what_if"][["less", "objective"]].round(1).to_dict("records")
    [{'less': 0.0, 'objective': 233.7}, {'less': 0.5, 'objective': 210.9}]
    """
    if not (np.isfinite(less) and 0 < less <= 1):
        raise InputError(Text(f"预算减少的比例须大于 0 且不超过 1，如 0.2，现为 {less}", f"less money is a share above 0 and at most 1, such as 0.2, not {less}"))  # fmt: skip
    terms = usual_terms(case) if terms is None else terms
    poorer = dataclasses.replace(terms, budget=tuple((terms.money * (1 - less)).tolist()))
    now, then = (programme(case, one, **options) for one in (terms, poorer))
    words = compared_budgets(now, then, less)
    rows = pd.concat([now["summary"].assign(less=0.0), then["summary"].assign(less=less)], ignore_index=True)
    least = rows["bound"].min()
    rows.loc[1, "bound"] = least
    if rows.loc[1, "objective"] > 0:
        rows.loc[1, "gap"] = max(least / rows.loc[1, "objective"] - 1, 0.0)
    rows["compared_zh"], rows["compared_en"] = ["", words.zh], ["", words.en]
    beside = {"what_if": rows, "schedule_less": then["schedule"], "years_less": then["years"]}
    return dataclasses.replace(now, tables={**now.tables, **beside}, notes=(words, *now.notes))


def compared_budgets(now: Answer, less: Answer, share: float) -> Text:
    """Return what a smaller budget costs, in words: who is not served, what is left out, what comes later.

    Examples
    --------
    >>> from geo.answers.programme_terms import usual_terms
    >>> from geo.examples import town
    >>> options = {"first": 2025, "last": 2027, "build": 1}
    >>> rich = programme(town(), usual_terms(town(), budget=(8000.0,), **options), spacing=50)
    >>> poor = programme(town(), usual_terms(town(), budget=(4000.0,), **options), spacing=50)
    >>> compared_budgets(rich, poor, 0.5).en
    'with 50 % less money: 23 fewer pupil-years served by 2027; 1 comes later'
    """
    one, two = (a["schedule"][a["schedule"]["action"] != "close"] for a in (now, less))
    lost = float(now["summary"]["objective"].iloc[0] - less["summary"]["objective"].iloc[0])
    first, second = (t.groupby("place_id")["opens"].min() for t in (one, two))
    both = first.index.intersection(second.index)
    later = int((second[both] > first[both]).sum())
    gone, added = len(first.index.difference(second.index)), len(second.index.difference(first.index))
    last = now.parameters["last"]
    people = now.parameters["unit"] == "people"
    who_en = "person-years" if people else "pupil-years"
    zh, en = [f"到 {last} 年少服务 {lost:,.0f} 人年"], [f"{lost:,.0f} fewer {who_en} served by {last}"]
    if later:
        named = one.drop_duplicates("place_id").set_index("place_id")["name_zh"]
        # The zone in brackets stands in the table; three of them make a sentence that nobody reads.
        names = "、".join(named[k].partition("（")[0] for k in [k for k in both if second[k] > first[k]][:3])
        zh.append(f"{later} 处推迟（{names}{'等' if later > 3 else ''}）")
        en.append(f"{later} come{'s' if later == 1 else ''} later")
    if gone:
        zh.append(f"{gone} 处不做")
        en.append(f"{gone} left out")
    if added:
        zh.append(f"另换 {added} 处")
        en.append(f"{added} in other places")
    return Text(f"预算减 {share:.0%}：{'；'.join(zh)}", f"with {100 * share:.0f} % less money: {'; '.join(en)}")
