"""Which words of the plan a number, a role, a project or a finding rests on, each in its place."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from geo.answers.base import Answer, answered, basis_of, source_ids
from geo.errors import InputError
from geo.plantext import PLACE_COLUMNS, places
from geo.text import Text
from geo.workspace import Workspace

__all__ = ["CITED", "citation", "kind_of", "quoted"]

CITED: Mapping[str, tuple[str, str]] = {
    "target": ("targets", "indicator_id"),
    "project": ("projects", "project_id"),
    "zone": ("zones", "zone_id"),
    "carrier": ("carriers", "carrier_id"),
    "contradiction": ("contradictions", "id"),
    "fact": ("facts", "id"),
    "constraint": ("constraints", "id"),
    "standard": ("standards", "service"),
}
"""What can be cited: the table of the workspace that holds it, and the column of its ids (a standard: its service)."""
NAMES = ("name_zh", "name", "finding_zh", "sentence_zh", "what")
ABSENT = Text(
    "此工作区没有随附规划原文，以下只有引文和条目",
    "the plan's text does not come with this workspace: quotation and clause only",
)
OUTSIDE = Text(
    "标准不属于规划；标准全文未随附，请按条文编号核对标准文本",
    "a standard is no part of the plan, and its text does not come with this product: check it by its clause",
)
UNQUOTED = Text("没有为它记下原文", "no words of the plan are recorded for it")


def kind_of(workspace: Workspace, thing: str) -> str:
    """Return the kind of ``CITED`` that an id belongs to, the first of them in that order.

    Raises
    ------
    InputError
        If nothing has this id.

    Examples
    --------
    >>> from geo.examples import town
    >>> kind_of(town().workspace, "south")
    'zone'
    """
    for kind in CITED:
        if thing in set(_ids(workspace, kind)):
            return kind
    raise InputError(
        Text(
            f"没有编号为“{thing}”的指标、项目、片区、载体、矛盾、要求、关系式或标准；编号见 register 与 zone 的输出",
            f"no target, project, zone, carrier, contradiction, fact, constraint or standard has the id '{thing}'; register and zone print the ids",
        )
    )


def citation(workspace: Workspace, kind: str, thing: str) -> Answer:
    """Return the words of the plan that one thing rests on, each in its place.

    Parameters
    ----------
    kind
        A key of ``CITED``.
    thing
        Its id; of a standard, its service.

    Returns
    -------
    answer
        Table ``record``: its row as the workspace holds it. ``places``: a row for each place of each quotation, with
        ``field`` (what of the thing it says), ``side`` (of a contradiction: a or b), ``quote`` and the columns of
        ``geo.plantext.places``. A quotation may stand in several places: all are given.

    Raises
    ------
    InputError
        If there is no such thing, or a quotation of it stands nowhere in the text, naming row and field.

    Examples
    --------
    >>> import dataclasses
    >>> from geo.examples import town
    >>> here = dataclasses.replace(
    ...     town().workspace,
    ...     plan_text=pd.DataFrame({"clause": ["第一章"], "text": ["南区建成商业区。北区不变。"]}),
    ...     quotes=pd.DataFrame({"kind": ["zone"], "id": ["south"], "field": ["role"], "quote": ["商业区"], "side": [""]}),
    ... )
    >>> citation(here, "zone", "south")["places"][["field", "clause", "sentence", "after"]].to_dict("records")
    [{'field': 'role', 'clause': '第一章', 'sentence': '南区建成商业区。', 'after': '北区不变。'}]
    """
    if kind not in CITED:
        raise InputError(
            Text(f"没有“{kind}”这一类，可选：{'、'.join(CITED)}", f"no kind '{kind}', choose one of {', '.join(CITED)}")
        )
    ids = _ids(workspace, kind)
    record = _table(workspace, kind)[(ids == thing).to_numpy()].reset_index(drop=True)
    if record.empty:
        raise InputError(Text(f"没有编号“{thing}”（{kind}）", f"there is no {kind} '{thing}'"))
    said = _quotes(workspace, kind, thing)
    notes = () if len(said) or kind == "standard" else (UNQUOTED,)
    if kind == "standard":
        notes = (OUTSIDE,)
    elif workspace.plan_text.empty:
        notes = (*notes, ABSENT)
    name = next((str(record[c].iloc[0]) for c in NAMES if c in record and record[c].iloc[0]), thing)
    english = next(
        (str(record[c].iloc[0]) for c in ("name_en", "finding_en", "sentence_en") if c in record and record[c].iloc[0]),
        name,
    )
    return answered(
        workspace,
        "citation",
        Text(f"原文：{name}", f"the plan's words: {english}"),
        {"record": record, "places": _placed(workspace, said)},
        method=Text(
            "引文与规划原文逐字相同（空白不计）；句子取到句号或分号，前后各一句",
            "the quotation is the plan's, sign by sign but for white space; a sentence ends at a full stop or semicolon, its neighbours stand by",
        ),
        parameters={"kind": kind, "id": thing, "source": "" if kind == "standard" else _source(workspace)},
        basis=basis_of(record) if "basis" in record else "sourced",
        sources=source_ids(record),
        notes=notes,
    )


def quoted(workspace: Workspace, kind: str) -> pd.Series:
    """Return the quotations of each id of a kind as one text, two or more parted by " ｜ ".

    Examples
    --------
    >>> from geo.examples import town
    >>> quoted(town().workspace, "zone").to_dict()
    {}
    """
    said = workspace.quotes
    if said.empty:
        return pd.Series([], dtype=object, name="quote", index=pd.Index([], name="id"))
    own = said[said["kind"] == kind].drop_duplicates(["id", "quote"])
    return own.groupby("id", sort=False)["quote"].agg(" ｜ ".join)


def _source(workspace: Workspace) -> str:
    """Return title, publisher and date of the plan, from the record that vouches for its text."""
    record = next((r for r in workspace.sources.values() if r.get("file") == "plan_text.csv"), {})
    return " · ".join(str(record[c]) for c in ("title", "publisher", "published") if record.get(c))


def _table(workspace: Workspace, kind: str) -> pd.DataFrame:
    table = getattr(workspace, CITED[kind][0])
    return pd.DataFrame(table.drop(columns="geometry", errors="ignore"))


def _ids(workspace: Workspace, kind: str) -> pd.Series:
    table, key = getattr(workspace, CITED[kind][0]), CITED[kind][1]
    if key in table:
        return pd.Series(table[key]).astype(str)
    return (
        pd.Series(table.index, index=table.index).astype(str)
        if table.index.name == key
        else pd.Series([""] * len(table))
    )


def _quotes(workspace: Workspace, kind: str, thing: str) -> pd.DataFrame:
    """Return field, side and quote of one thing: of quotes.csv, and a fact's own."""
    rows = []
    if kind == "fact":
        own = workspace.facts[workspace.facts["id"] == thing]
        rows = [{"field": "what", "side": "", "quote": q} for q in own["quote"] if isinstance(q, str) and q]
    said = workspace.quotes
    if len(said):
        mine = said[(said["kind"] == kind) & (said["id"] == thing)].fillna("")
        rows += mine[["field", "side", "quote"]].to_dict("records")
    return pd.DataFrame(rows, columns=["field", "side", "quote"])


def _placed(workspace: Workspace, said: pd.DataFrame) -> pd.DataFrame:
    tables = []
    for row in said.to_dict("records"):
        found = places(workspace.plan_text, row["quote"])
        if found.empty and len(workspace.plan_text):
            raise InputError(
                Text(
                    f"引文不在规划原文中：字段“{row['field']}”，“{row['quote']}”；请改正 quotes.csv 或 facts.csv 的这一行",
                    f"field '{row['field']}': the plan does not say '{row['quote']}'; mend this row of quotes.csv or facts.csv",
                )
            )
        if found.empty:
            found = pd.DataFrame(
                [{c: "" for c in PLACE_COLUMNS} | {"sentence": row["quote"], "start": 0, "end": len(row["quote"])}]
            )
        tables.append(found.assign(**row))
    columns = ["field", "side", "quote", *PLACE_COLUMNS]
    return pd.concat(tables, ignore_index=True)[columns] if tables else pd.DataFrame(columns=columns)
