"""Can everything that the plan says be true at once? If not: the fewest sentences that cannot, side by side."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from geo.answers.base import Answer, answered, basis_of, source_ids
from geo.answers.cited import quoted
from geo.consistency import Found, Sentence, contradictions, plan_of
from geo.progress import Progress
from geo.schema import BASES
from geo.text import Text, several
from geo.workspace import Workspace

__all__ = ["consistency"]

COLUMNS = (
    "conflict", "constraint_id", "sentence_zh", "sentence_en", "clause", "kind", "value", "quote", "basis", "source_id", "cited_kind", "cited_id",
    "known", "settled_zh", "settled_en",
)  # fmt: skip
METHOD = Text(
    "把指标、图层、项目、班额、人口和 constraints.csv 的句子写成线性关系，用分数精确判断能否同时成立；不能的，用隐式命中集求句数最少的一组（Ignatiev 等 2015）；"
    "个数为整、不为负、比重不超过一是前提，不单独归咎",
    "sentences of targets, layers, projects, class sizes, people and constraints.csv as linear relations, judged in exact fractions; where they cannot all hold, the set with fewest sentences, "
    "by implicit hitting sets (Ignatiev et al. 2015); that counts are whole and not negative, and shares at most one, is taken for granted and never blamed",
)


def consistency(workspace: Workspace, *, beside: int = 20, progress: Progress | None = None) -> Answer:
    """Return the contradictions of a plan: sets of fewest sentences that cannot all hold, one after another.

    Parameters
    ----------
    beside
        How many contradictions that share a sentence with an earlier one are told at most.
    progress
        Told what is being done; ``False`` stops with the contradictions found so far.

    Returns
    -------
    answer
        Table ``conflicts``: a row for each sentence of a contradiction, with ``conflict`` (its number; no sentence is in two),
        ``constraint_id``, ``sentence_zh``, ``sentence_en``, ``clause``, ``kind`` (of ``geo.consistency.Sentence``), ``value`` (the
        relation), ``quote`` (the plan's words, where recorded), ``basis``, ``source_id``, what ``geo.answers.citation`` knows it by
        (``cited_kind``, ``cited_id``), and of a contradiction that contradictions.csv has: ``known`` (its id there) and how it
        was settled. ``overlapping``: the same of those that share a sentence with one before, numbered on. ``constraints``: every
        sentence, whether it ``takes_part``, why not, and in which ``conflict`` it is (0: none). ``summary``: a row of
        counts: ``sentences``, ``taking_part``, ``conflicts``, ``known``, ``new``, ``overlapping``; ``complete`` is False where the
        search was stopped or cut, or a question over whole numbers stayed open.

    Raises
    ------
    InputError
        If a row of constraints.csv cannot be read, with row and field.

    Examples
    --------
    >>> import dataclasses
    >>> from geo.examples import town
    >>> said = pd.DataFrame({"id": ["a", "b", "c"], "expression": ["kindergartens_2025 = kindergartens_2020 + 10", "kindergartens_2020 >= 11", "kindergartens_2025 <= 20"],
    ...     "sentence_zh": ["新增十所", "现有十一所", "至多二十所"], "basis": ["sourced"] * 3})
    >>> answer = consistency(dataclasses.replace(town().workspace, constraints=said))
    >>> answer["conflicts"][["conflict", "constraint_id"]].values.tolist()
    [[1, 'a'], [1, 'b'], [1, 'c']]
    """
    plan = plan_of(workspace)
    sentences = [s for s in plan.sentences if s.takes_part]
    found = contradictions(
        [s.linear for s in sentences],
        plan.bounds(),
        always=plan.always,
        preferred=[BASES.index(s.basis) if s.basis in BASES else len(BASES) for s in sentences],
        beside=beside,
        progress=progress,
    )
    words = {kind: quoted(workspace, kind) for kind in ("target", "project", "constraint")}
    conflicts = _table(workspace, sentences, found.apart, 1, words)
    overlapping = _table(workspace, sentences, found.beside, len(found.apart) + 1, words)
    table = _constraints(plan.sentences, conflicts, overlapping, words)
    known = conflicts.loc[conflicts["known"] != "", "conflict"].nunique()
    complete = found.complete
    counts = {
        "sentences": len(table), "taking_part": len(sentences), "conflicts": len(found.apart), "known": known, "new": len(found.apart) - known,
        "overlapping": len(found.beside), "complete": complete,
    }  # fmt: skip
    used = conflicts if len(conflicts) else table
    return answered(
        workspace,
        "consistency",
        Text("规划的自洽", "Consistency of the plan"),
        {
            "summary": pd.DataFrame([{**counts, **_words(counts)}]),
            "conflicts": conflicts,
            "overlapping": overlapping,
            "constraints": table,
        },
        method=METHOD,
        parameters={"beside": beside},
        basis=basis_of(used) if len(used) else "derived",
        sources=source_ids(table),
        notes=_notes(found, table),
    )


def _row(sentence: Sentence, words: dict[str, pd.Series]) -> dict[str, object]:
    kind, thing = sentence.cited
    return {
        "constraint_id": sentence.id, "sentence_zh": sentence.text.zh, "sentence_en": sentence.text.en, "clause": sentence.clause,
        "kind": sentence.kind, "value": str(sentence.linear), "quote": words[kind].get(thing, "") if kind else "",
        "basis": sentence.basis, "source_id": sentence.source_id, "cited_kind": kind, "cited_id": thing,
    }  # fmt: skip


def _table(
    workspace: Workspace, sentences: Sequence[Sentence], sets: Sequence[tuple[int, ...]], first: int, words: dict[str, pd.Series]
) -> pd.DataFrame:  # fmt: skip
    rows = []
    for number, members in enumerate(sets, start=first):
        own = [sentences[i] for i in members]
        settled = _settled(workspace, {s.id for s in own})
        rows += [{"conflict": number, **_row(s, words), **settled} for s in own]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _settled(workspace: Workspace, ids: set[str]) -> dict[str, str]:
    """Return which row of contradictions.csv tells of sentences among these, and how it was settled."""
    told = workspace.contradictions
    for row in told.to_dict("records") if "constraints" in told else ():
        about = set(several(row["constraints"]))
        if about and about <= ids:
            return {
                "known": str(row["id"]), "settled_zh": str(row.get("settled_zh") or ""), "settled_en": str(row.get("settled_en") or ""),
            }  # fmt: skip
    return {"known": "", "settled_zh": "", "settled_en": ""}


def _constraints(
    sentences: Sequence[Sentence], conflicts: pd.DataFrame, overlapping: pd.DataFrame, words: dict[str, pd.Series]
) -> pd.DataFrame:  # fmt: skip
    """Return every sentence with whether it takes part, and the first contradiction that it is in."""
    both = pd.concat([conflicts, overlapping]).drop_duplicates("constraint_id")
    first = dict(zip(both["constraint_id"], both["conflict"], strict=True))
    rows = [
        {
            **_row(s, words), "takes_part": s.takes_part, "why_not_zh": s.why_not.zh, "why_not_en": s.why_not.en,
            "conflict": int(first.get(s.id, 0)),
        }
        for s in sentences
    ]  # fmt: skip
    columns = [*COLUMNS[1:12], "takes_part", "why_not_zh", "why_not_en", "conflict"]
    return pd.DataFrame(rows, columns=columns)


def _words(counts: dict[str, int]) -> dict[str, str]:
    """Return what came out, as a planner would say it."""
    number, known = counts["conflicts"], counts["known"]
    if not counts["taking_part"]:
        return {"words_zh": "没有可以核对的句子", "words_en": "there is no sentence to be checked"}
    if not number:
        held = Text("可以同时成立", "can all hold") if counts["complete"] else Text("未见矛盾", "show no contradiction")
        return {
            "words_zh": f"参与核对的 {counts['taking_part']} 句{held.zh}",
            "words_en": f"the {counts['taking_part']} sentences that take part {held.en}",
        }
    return {
        "words_zh": f"参与核对的 {counts['taking_part']} 句中有 {number} 组不能同时成立，其中 {known} 组已知并已说明如何取用",
        "words_en": f"of {counts['taking_part']} sentences {number} sets cannot all hold; {known} of them are known and settled",
    }


def _notes(found: Found, table: pd.DataFrame) -> tuple[Text, ...]:
    notes = [Text(zh, en) for zh, en in dict.fromkeys(zip(table["why_not_zh"], table["why_not_en"], strict=True)) if zh]
    if found.stopped:
        notes.append(
            Text("核对被停止，只列出已找到的矛盾", "the search was stopped: only what was found so far is told")
        )
    if found.more:
        notes.append(
            Text("相互重叠的矛盾很多，只列出一部分", "there are many contradictions that overlap: only some are told")
        )
    if found.undecided:
        notes.append(
            Text(
                "有一处整数问题未能判定，按可以成立处理",
                "one question over whole numbers stayed open and counts as possible",
            )
        )
    return tuple(notes)
