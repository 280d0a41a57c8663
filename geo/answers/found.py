"""What in this place speaks of what a planner types: targets, projects, zones, carriers, findings, requirements, standards, the text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

import pandas as pd

from geo.answers.base import Answer, answered, source_ids
from geo.answers.cited import CITED, quoted
from geo.errors import InputError
from geo.plantext import sentences
from geo.text import Text, several
from geo.workspace import Workspace

__all__ = ["find"]

PARTS = re.compile(r"[\s,，、;；。.?？!！:：“”\"'‘’（）()《》·—]+")
ASKED = re.compile(
    r"(是?在?(哪里|哪儿|哪个片区|哪条|哪一条|哪些|哪)|是什么|有?多少|怎么说|怎样|如何|有没有|吗|呢|第几章|的?规划条目)+$"
)
"""What makes a question of words, and stands in no plan."""
ALIKE = (
    ("gis", "地理信息系统"), ("gdp", "生产总值"), ("1000亿", "千亿"), ("宾馆", "酒店"), ("敬老院", "养老院"), ("前12", "前十二"), ("前10", "前十"),
    ("招商地图", "招商图谱"), ("网格员", "网格化"), ("阅读", "读书"), ("路网密度", "路网级配"), ("道路等级", "路网级配"), ("地铁", "轨道交通", "轨道"),
    ("公交", "公共交通"), ("污水厂", "污水处理厂"), ("芯片厂", "晶圆厂"), ("塌陷", "地面沉降"), ("雾霾", "重污染天气"), ("m0", "新型产业用地"),
    ("自贸区", "自贸试验区"), ("中期评估", "实施评估"), ("后评估", "实施评估"), ("项目库", "滚动"), ("公众意见", "公众参与"), ("防疫", "疫情"), ("双碳", "碳达峰"),
    ("绿建", "绿色建筑"), ("国土空间总体规划", "国土空间规划"),
)  # fmt: skip
"""What planners type, and what the plan and our tables say for it; either finds the other."""
BLANKS = re.compile(r"(?<![a-z0-9])\s+|\s+(?![a-z0-9])")
NEAR = 0.6
"""Share of the pairs of neighbouring characters of a word that must stand together for a likeness; its own words stand first."""
SCRIPTS = re.compile(r"[a-z0-9.+%-]+|[^a-z0-9.+%-]+")
"""Letters and Chinese that are typed without a blank between them."""
FEWEST = 3
"""A word of fewer characters is looked for as it is: it has too few pairs to be like anything."""
UNSAID = frozenset({"basis", "source_id", "confidence"})
NAMES = ("name_zh", "name", "finding_zh", "sentence_zh", "what")
MOST_SENTENCES = 40


def find(workspace: Workspace, words: str, *, kind: str | None = None) -> Answer:
    """Return what speaks of some words, the surest first.

    Parameters
    ----------
    words
        As a planner types them, in Chinese or English; of several, parted by blanks, each must be met. An id finds what has it.
    kind
        Only things of this kind of ``geo.answers.CITED``.

    Returns
    -------
    answer
        Table ``found``: ``kind`` (of ``geo.answers.CITED``, or ``text``: a sentence of the plan that nothing else cites), ``id``
        (of a sentence: its paragraph), ``name_zh``, ``name_en``, ``clause``, ``quote`` and ``score`` in (0, 1]: 1 where every word
        stands there as it was typed, or as plan and tables say it; less where only most of a word does.

    Raises
    ------
    InputError
        If there are no words.

    Examples
    --------
    >>> from geo.examples import town
    >>> find(town().workspace, "south")["found"][["kind", "id", "score"]].to_dict("records")
    [{'kind': 'zone', 'id': 'south', 'score': 1.0}]
    """
    asked = _parts(words)
    if not asked:
        raise InputError(Text("请写出要查的词", "write the words to look for"))
    rows = []
    for order, one in enumerate(CITED if kind is None else (kind,)):
        for row in _records(workspace, one):
            name, heap = _plain(f"{row['name_zh']} {row['name_en']}"), _plain(row.pop("heap"))
            met = [_met(word, heap) for word in asked]
            if min(met) < NEAR:
                continue
            titled = min(_met(word, name) for word in asked)
            exact = row["id"].lower() == words.strip().lower()
            rows.append(
                {**row, "score": sum(met) / len(met), "at": (not exact, False, -min(met), -titled, len(name), order)}
            )
    if kind is None:
        rows += _sentences(workspace, asked, [r["quote"] for r in rows if r["score"] == 1])
    rows.sort(key=lambda r: r["at"])
    sure = [r for r in rows if r["score"] == 1]
    columns = ["kind", "id", "name_zh", "name_en", "clause", "quote", "score"]
    table = pd.DataFrame(sure or rows, columns=columns).drop_duplicates(["kind", "id", "quote"], ignore_index=True)
    return answered(
        workspace,
        "find",
        Text(f"查找：{words.strip()}", f"found: {words.strip()}"),
        {"found": table},
        method=Text(
            "逐词在指标、项目、片区、载体、矛盾、要求、标准及其引文中查找，常用别称视为同词；没有完全相符的，列出相近的；规划原文中未被引用的句子列在最后",
            "word by word in targets, projects, zones, carriers, findings, requirements, standards and their quotations, usual other "
            "names counting as the same; what is only like them where nothing is the same; then sentences of the plan that nothing cites",
        ),
        parameters={"words": words.strip()},
        basis="sourced",
        sources=source_ids(workspace.facts) if len(table) else (),
        notes=()
        if len(table)
        else (Text("规划和本工作区都没有说到", "neither the plan nor this workspace speaks of it"),),
    )


def _parts(words: str) -> list[str]:
    """Return the words that are looked for, plain; what only makes a question of them is left out."""
    parts = [ASKED.sub("", part) for part in PARTS.split(unicodedata.normalize("NFKC", words))]
    return [_plain(part) for part in parts if part]


def _plain(text: object) -> str:
    """Return a text in small letters without blanks, but for those that part words in letters."""
    return BLANKS.sub("", unicodedata.normalize("NFKC", str(text)).lower())


def _stands(word: str, heap: str) -> bool:
    """Return whether a word stands in a text: in letters from where a word begins, a number whole."""
    if not word.isascii():
        return word in heap
    tail = r"(?![0-9])" if word[-1:].isdigit() else ""
    return re.search(rf"(?<![a-z0-9.]){re.escape(word)}{tail}", heap) is not None


def _met(word: str, heap: str) -> float:
    """Return how much of a word stands in a text: 1 for all of it, or for what is said instead; else its share of pairs."""
    if any(_stands(one, heap) for one in _also(word)):
        return 1.0
    scripts = SCRIPTS.findall(word)
    if len(scripts) > 1 and all(any(_stands(one, heap) for one in _also(part)) for part in scripts):
        return 1.0
    if len(word) < FEWEST or word.isascii():
        return 0.0
    pairs = [word[i : i + 2] for i in range(len(word) - 1)]
    share = sum(pair in heap for pair in pairs) / len(pairs)
    return min(share, 0.99)


def _also(word: str) -> Iterator[str]:
    """Yield a word, then what it is also called."""
    yield word
    for group in ALIKE:
        for one in group:
            if one in word:
                yield from (word.replace(one, other) for other in group if other != one)


def _records(workspace: Workspace, kind: str) -> Iterator[dict[str, Any]]:
    """Yield each thing of a kind: its id, names, clause, quotation, and all that is told of it in one text (``heap``)."""
    table = getattr(workspace, CITED[kind][0])
    key = CITED[kind][1]
    table = pd.DataFrame(table.drop(columns="geometry", errors="ignore"))
    if key not in table:
        table = table.reset_index() if table.index.name == key else table.iloc[:0]
    said = quoted(workspace, kind).to_dict()
    zones = workspace.zones["name_zh"].to_dict()
    for row in table.to_dict("records"):
        told = {c: str(v) for c, v in row.items() if c not in UNSAID and not (v is None or v != v) and str(v)}
        thing = told.get(key, "")
        quote = str(said.get(thing) or told.get("quote", ""))
        name = next((told[c] for c in NAMES if c in told), thing)
        english = next((told[c] for c in ("name_en", "finding_en", "sentence_en") if c in told), name)
        if kind == "standard":  # its service, and the standard that the row is of
            service, name = workspace.services.get(thing), told.get("standard", name)
            name, english = (f"{service.name_zh}：{name}", f"{service.name_en}: {name}") if service else (name, name)
        if kind == "target" and told.get("sub_item", name) not in name:
            name, english = f"{name}：{told['sub_item']}", f"{english}: {told['sub_item']}"
        around = [str(zones[z]) for z in several(told.get("zone_id")) if z in zones]
        clause = told.get("clause") or told.get("where", "")
        yield {
            "kind": kind, "id": thing, "name_zh": name, "name_en": english, "clause": clause, "quote": quote,
            "heap": " ".join((*told.values(), name, english, quote, *around)),
        }  # fmt: skip


def _sentences(workspace: Workspace, asked: list[str], known: list[str]) -> list[dict[str, Any]]:
    """Return the sentences of the plan that hold every word and are not among the quotations of what was found."""
    found: list[dict[str, Any]] = []
    cited = [_plain(part) for quote in known for part in quote.split(" ｜ ") if part]
    for row in workspace.plan_text.to_dict("records") if "text" in workspace.plan_text else ():
        words = str(row["text"])
        for start, end in sentences(words):
            heap = _plain(words[start:end])
            if min(_met(word, heap) for word in asked) < 1 or any(quote in heap for quote in cited):
                continue
            sentence, number = words[start:end].strip(), str(row.get("paragraph") or "")
            where = str(row.get("item") or row.get("section") or row.get("chapter") or "")
            found.append({
                "kind": "text", "id": number, "name_zh": where, "name_en": where, "clause": str(row.get("clause") or ""),
                "quote": sentence, "score": 1.0, "at": (True, True, -1, 0, 0, 0),
            })  # fmt: skip
    return found[:MOST_SENTENCES]
