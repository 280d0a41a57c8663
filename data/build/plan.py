"""The plan's own words: plan_text.csv (every paragraph in its place), quotes.csv (which words say what), facts.csv."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from data.build.tables import TABLES, table, write_csv

DIGITS = "一二三四五六七八九十"
CHAPTER = re.compile(rf"([{DIGITS}])、")
SECTION = re.compile(rf"\([{DIGITS}]\)|\)")
"""Three section heads of this copy have lost all of "(二)" but the bracket; the number is counted, not read."""
PART = re.compile(r"\d、\S{2,8}$|\d:\S+格局$|专栏\d|[一二三两](?:谷|区|核|基地)$")
LEAD = re.compile(r"——“?([^。:]{2,30})[。:]|([^。:,;]{4,24})。")
"""The words in bold that a paragraph begins with; bold itself is lost in this copy."""
LONGEST_HEAD = 40
TABLE_HEAD, TABLE_END = "1十四五天津高新区发展目标", "注:"
ROW_END = re.compile("预期性|约束性|属性")
CATEGORIES = ("经济发展", "产业发展", "创新发展", "产城融合", "开放合作")


def build(out: Path) -> None:
    """Write the text, the quotations and the facts."""
    write_csv(out / "plan_text.csv", paragraphs((TABLES / "plan_text.txt").read_text(encoding="utf-8")))
    for name in ("quotes", "facts"):
        write_csv(out / f"{name}.csv", table(name))


def paragraphs(text: str) -> pd.DataFrame:
    """Return one row a paragraph, heading or row of table 1: its place in the plan and the text as printed.

    The cells of a table row stand a line each in this copy, without a sign of where one ends: they are set behind
    each other with a space.
    """
    rows: list[dict[str, object]] = []
    where = {"chapter": "", "section": "", "item": "", "clause": ""}
    count = {"chapter": 0, "section": 0, "row": 0}
    in_table, cells = False, []

    def add(kind: str, words: str, **other: str) -> None:
        rows.append({"paragraph": len(rows) + 1, **where, **other, "kind": kind, "text": words})

    for block in re.split(r"\n\s*\n", text.strip()):
        line = " ".join(block.split("\n"))
        if line == TABLE_HEAD:
            in_table = True
            where["item"] = "表1"
            add("heading", line)
        elif in_table and not line.startswith(TABLE_END):
            if not cells and line in CATEGORIES:
                add("table row", line)
                continue
            cells.append(line)
            if ROW_END.fullmatch(line):
                item = f"表1第{count['row']}项" if count["row"] else "表1"
                add("table row", " ".join(cells), item=item, clause=where["clause"] + item)
                cells = []
                count["row"] += 1
        elif CHAPTER.match(line) and len(line) < LONGEST_HEAD:
            count["chapter"] += 1
            count["section"] = 0
            where = {"chapter": line, "section": "", "item": "", "clause": f"第{DIGITS[count['chapter'] - 1]}章"}
            add("heading", line)
        elif SECTION.match(line) and len(line) < LONGEST_HEAD:
            count["section"] += 1
            clause = f"第{DIGITS[count['chapter'] - 1]}章（{DIGITS[count['section'] - 1]}）"
            where |= {"section": line, "item": "", "clause": clause}
            add("heading", line)
        elif line == "前言":
            where |= {"chapter": line, "clause": line}
            add("heading", line)
        elif PART.match(line):
            where["item"] = line
            add("heading", line)
        else:
            lead = LEAD.match(line)
            item = " › ".join(filter(None, (where["item"], lead and (lead[1] or lead[2]))))
            add("paragraph", line, item=item)
            if in_table:
                in_table, where["item"] = False, ""
    return pd.DataFrame(rows)
