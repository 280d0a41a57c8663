"""What went wrong, in words that a planner can act on; never a traceback."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import streamlit as st

from geo.errors import Finding, InfeasibleError, InputError, PlanError
from ui.parts import markup
from ui.words import language, pick, say

__all__ = ["findings", "guarded", "refused", "workspace_refused"]

T = TypeVar("T")
LEVELS = {"error": ("错误", "error"), "warning": ("警告", "warning"), "info": ("提示", "note")}


def findings(found: Sequence[Finding]) -> None:
    """Show findings, each with where it is, what is wrong and what to do, in the language of the session."""
    k = 1 if language() == "en" else 0
    heads = (("级别", "level"), ("位置", "where"), ("原因与办法", "reason and remedy"))
    rows = []
    for f in found:
        row = "" if f.row is None else pick((f"第 {f.row} 行", f"row {f.row}"))
        rows.append(
            (LEVELS[f.level][k], " ".join(t for t in (f.file, row, f.field) if t), f.text_en if k else f.text_zh)
        )
    markup.table([h[k] for h in heads], rows)


def refused(error: PlanError) -> None:
    """Show why a question could not be answered."""
    if isinstance(error, InputError) and any(f.row is not None or f.file for f in error.findings):
        findings(error.findings)
        return
    with st.container(border=True):
        st.caption(say("infeasible") if isinstance(error, InfeasibleError) else say("cannot"))
        st.text(pick(error.text))


def guarded(question: Callable[[], T]) -> T | None:
    """Return the answer, or None after showing why there is none."""
    try:
        return question()
    except PlanError as error:
        refused(error)
    except Exception:
        # A fault of the program: logged for the operator, said plainly to the planner, map and other panels live on.
        logging.getLogger("zoneplan").exception("panel failed")
        st.error(say("fault"))
    return None


def workspace_refused(folder: Path, error: PlanError) -> None:
    """Show the page of a workspace that cannot be used: every finding with its file, row, field and remedy."""
    st.session_state.setdefault("lang", "zh")
    with st.container(key="refused"):
        st.subheader("工作区数据有误，地图无法打开 · The workspace cannot be opened")
        st.text(f"文件夹 folder: {folder}")
        found = error.findings
        k = len(found)
        st.text(
            f"共 {k} 处问题。请按下表逐条修改文件，保存后刷新本页。\n"
            f"{k} {'finding' if k == 1 else 'findings'}. Mend the files as the table says, save them, and reload this page."
        )
        rows = [(f.file or "", "" if f.row is None else str(f.row), f.field or "", f.text_zh, f.text_en) for f in found]
        markup.table(["文件 file", "行 row", "字段 field", "原因与办法", "reason and remedy"], rows)
        st.text("命令行也可检查 / also in the shell:  python cli.py --data DIR check")
