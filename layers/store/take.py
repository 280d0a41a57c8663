"""Taking a planner's file into a workspace: from the shell, and the working copy that keeps shipped data whole.

What the program ships (``data/``) is never edited. The first import into it makes a working copy beside it, and
from then on that copy is what opens.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from geo.errors import Finding, InputError
from geo.text import Text
from layers import incoming, workspace
from layers.home import ROOT, SHIPPED
from layers.incoming import Incoming
from layers.store import versions

__all__ = ["SHIPPED", "WORKING", "default_folder", "run", "take", "undo"]

WORKING = ROOT / "workspaces" / "bundled"


def default_folder() -> Path:
    """Return the workspace to open when none is named: the working copy once there is one, else ``data/``."""
    return WORKING if (WORKING / "workspace.toml").is_file() else SHIPPED


def take(
    folder: Path, read: Incoming, original: Path, *, answers: Mapping[str, Any] | None = None, who: str = ""
) -> tuple[Path, versions.Version]:
    """Make an import the layer of a workspace; return the folder it went to, and its version.

    Raises
    ------
    InputError
        If the import was refused, has open questions, its file was changed since it was read, or the workspace
        could not be opened with it: then it is undone at once, and the findings say what is wrong.
    """
    if read.frame is None:
        raise InputError(
            read.findings or Text("导入未完成，不能写入", "the import is not complete and cannot be taken")
        )
    target = _working_copy() if folder.resolve() == SHIPPED else folder
    sound = not workspace.check(target).errors
    version = versions.take(target, read, original, answers=answers, who=who)
    errors = workspace.check(target).errors if sound else ()
    if errors:
        versions.undo(target, read.layer, who=who)
        told = Finding(
            "error",
            "写入后工作区无法打开，已自动撤销，原数据未变；请按下列各条改正后再导入",
            "the workspace could not be opened with this import; it was undone and nothing is changed: mend what follows and import again",
            read.file,
        )
        raise InputError([told, *errors])
    return target, version


def undo(folder: Path, layer: str, *, who: str = "") -> versions.Version:
    """Take back the last import of a layer that still stands."""
    return versions.undo(folder, layer, who=who)


def _working_copy() -> Path:
    """Return the working copy of the shipped workspace, made whole or not at all."""
    if not (WORKING / "workspace.toml").is_file():
        WORKING.parent.mkdir(exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=".new-", dir=WORKING.parent))
        try:
            shutil.copytree(
                SHIPPED, aside / "copy", ignore=shutil.ignore_patterns("build", "__pycache__", "imports.sqlite*")
            )
            (aside / "copy").replace(WORKING)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    return WORKING


def run(args: argparse.Namespace, show: Callable[[Any], None]) -> int:
    """Run ``cli.py import``: say what was found and asked; take the file with ``--take``; return the exit code."""
    folder = Path(args.data)
    if args.undo:
        version = undo(folder, args.layer)
        show({"undone": version.undoes, "layer": version.layer, "file": version.file})
        return 0
    if args.file is None:
        raise InputError(Text("请给出要导入的文件", "name the file to import"))
    answers = _answers(args.answer)
    read = incoming.read(args.file, layer=args.layer, crs=args.crs, answers=answers, **incoming.surroundings(folder))
    result: dict[str, Any] = {
        "file": read.file,
        "layer": read.layer,
        "sha256": read.sha256,
        "accepted": read.accepted,
        "rows": 0 if read.frame is None else len(read.frame),
        "findings": [f.as_dict() for f in read.findings],
        "questions": [
            {
                "key": q.key,
                "text_zh": q.text_zh,
                "text_en": q.text_en,
                "choices": [list(c) for c in q.choices],
                "guess": q.guess,
            }
            for q in read.questions
        ],
    }
    if args.take and read.accepted:
        place, version = take(folder, read, Path(args.file), answers=answers)
        result |= {"taken": version.number, "workspace": str(place)}
    show(result if args.json else _words(result))
    if not read.accepted:  # the reason also where scripts look for it
        for finding in (f for f in read.findings if f.level != "info"):
            print(finding, file=sys.stderr)
    return 0 if read.accepted else 2


def _answers(words: list[str]) -> dict[str, str]:
    """Return KEY=VALUE words as a mapping."""
    bad = [w for w in words if "=" not in w]
    if bad:
        raise InputError(Text(f"回答须写成 KEY=VALUE：{bad}", f"write answers as KEY=VALUE: {bad}"))
    return dict(w.split("=", 1) for w in words)


def _words(result: dict[str, Any]) -> dict[str, Any]:
    """Return the result for people: findings and questions as sentences."""
    return {
        **{k: v for k, v in result.items() if k not in ("findings", "questions")},
        "findings": [
            f"{f['level']}: {f['row'] or ''} {f['field'] or ''} {f['text_zh']} / {f['text_en']}"
            for f in result["findings"]
        ],
        "questions": [
            f"{q['key']}: {q['text_zh']} / {q['text_en']} (--answer {q['key']}={q['guess']})"
            for q in result["questions"]
        ],
    }
