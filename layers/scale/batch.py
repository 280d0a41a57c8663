"""One question to many workspaces: each asked where it lies, kept when answered, told as one table."""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from geo.errors import InputError
from geo.progress import Progress, Step
from geo.text import Text
from layers.home import program
from layers.scale import cluster
from layers.write.atomic import write_bytes

__all__ = ["Asked", "ask", "content", "table"]

FORMAT = "zoneplan-batch-1"
"""Changes whenever what is kept of an answer changes; what was kept before is then asked again."""
STORES = ".sqlite"
"""Files that hold plans, drafts and comments: part of the question only where it is asked under a plan."""
SINGLE = ("total", "summary", "equity")
"""Tables that say a whole place in one row; the first there is stands for the answer."""


@dataclass(frozen=True)
class Asked:
    """What a workspace answered (the answer as ``--json`` prints it), or why it did not."""

    folder: Path
    answer: Mapping[str, Any] | None
    error: Text | None = None
    again: bool = True
    """Whether it was asked this time; False where the answer kept still holds."""


def ask(
    folders: Sequence[Path], words: Sequence[str], *, shell: str, keep: Path | None = None, workers: int | None = None,
    scheduler: str = "", progress: Progress | None = None,
) -> list[Asked]:  # fmt: skip
    """Ask every workspace, and return what each answered in the order given.

    Parameters
    ----------
    folders
        Workspaces; on a cluster, on a file system that all workers see.
    words
        The question as the shell takes it: ("access", "--service", "primary").
    shell
        Where the shell's ``main`` is, as "module:function". The workers take it from there: a question has one meaning.
    keep
        Folder for one answer a workspace; one found there is believed as long as the workspace and the question are the same.
    workers, scheduler
        As ``layers.scale.cluster.run``.
    progress
        Told after each workspace.

    Raises
    ------
    InputError
        If a workspace is named twice, or the cluster cannot be used.
    """
    places = [Path(f).resolve() for f in folders]
    twice = sorted({str(p) for p in places if places.count(p) > 1})
    if twice:
        raise InputError(Text(f"重复的工作区：{'、'.join(twice)}", f"workspaces named twice: {', '.join(twice)}"))
    told: dict[str, Asked] = {}
    asked = {str(p): (str(p), tuple(words), shell, _kept_at(keep, p)) for p in places}
    sees = {str(p): [here for here in (p, *([keep.resolve()] if keep else [])) if here.exists()] for p in places}
    for done in cluster.run(_answered, asked, workers=workers, scheduler=scheduler, sees=sees, progress=progress):
        result = done.result or {}
        error = done.error or (Text(*result["error"]) if "error" in result else None)
        told[done.key] = Asked(Path(done.key), result.get("answer"), error, result.get("again", True))
        if progress is not None:
            name = Path(done.key).name
            said = "失败 failed" if error else "沿用 kept" if not told[done.key].again else "完成 done"
            progress(Step(Text(f"{name}（{said.split()[0]}）", f"{name} ({said.split()[1]})"), len(told), len(places)))
    return [told[str(p)] for p in places]


def _kept_at(keep: Path | None, place: Path) -> str | None:
    """Return where the answer of a workspace is kept: its name for people, and what tells two of one name apart."""
    if keep is None:
        return None
    return str(keep.resolve() / f"{place.name}-{hashlib.blake2b(str(place).encode(), digest_size=4).hexdigest()}.json")


def _answered(folder: str, words: tuple[str, ...], shell: str, kept_at: str | None) -> dict[str, Any]:
    """Answer one workspace, in whichever process: the answer and whether it was asked, or the error."""
    place = Path(folder)
    key = content(place, words) if kept_at else ""
    if kept_at and (kept := _kept(Path(kept_at), key)) is not None:
        return {"answer": kept, "again": False}
    module, _, name = shell.partition(":")
    main: Callable[[Sequence[str]], int] = getattr(importlib.import_module(module), name)
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main([*words, "--data", folder, "--json"])
        except SystemExit as left:  # argparse goes by itself
            code = int(left.code or 0)
    if code:
        return {"error": _two(err.getvalue())}
    answer = json.loads(out.getvalue())
    if kept_at:
        body = {"format": FORMAT, "key": key, "workspace": folder, "question": list(words), "answer": answer}
        write_bytes(kept_at, json.dumps(body, ensure_ascii=False).encode())
    return {"answer": answer, "again": True}


def _two(complaint: str) -> tuple[str, str]:
    """Return what the shell complained of in both languages: the halves of its lines around " / "."""
    lines = [line for line in complaint.strip().splitlines() if line and not line.startswith(("usage:", " "))]
    halves = [line.partition(" / ") for line in lines] or [("没有回答", " / ", "no answer")]
    return "；".join(zh for zh, _, _ in halves), "; ".join(en or zh for zh, _, en in halves)


def content(place: Path, words: Sequence[str]) -> str:
    """Return the hash of the question and of all that its answer depends on: the program, the files of the workspace, files the question names."""
    digest = hashlib.blake2b(repr((FORMAT, program(), tuple(words))).encode(), digest_size=20)
    stores = "--scenario" in words
    files = sorted(p for p in place.glob("*.*") if p.is_file() and (stores or not p.suffix.startswith(STORES)))
    for path in [*files, *(Path(w) for w in words if len(w) < 255 and Path(w).is_file())]:
        digest.update(f"|{path.name}|{path.stat().st_size}|".encode())
        with path.open("rb") as stream:
            while part := stream.read(1 << 20):
                digest.update(part)
    return digest.hexdigest()


def _kept(path: Path, key: str) -> Mapping[str, Any] | None:
    """Return the answer kept for the same content, None where there is none that can be read."""
    try:
        body = json.loads(path.read_text("utf-8"))
        return body["answer"] if (body["format"], body["key"]) == (FORMAT, key) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def table(asked: Sequence[Asked], *, name: str | None = None) -> pd.DataFrame:
    """Return the answers as one table: the rows of one table of each, led by the workspace, closed by basis and sources.

    Parameters
    ----------
    asked
        As ``ask`` returns them. One that failed is a row with ``error_zh`` and ``error_en``.
    name
        Table of the answer; where not given, the one that says a place in one row, else the answer's first.

    Raises
    ------
    InputError
        If an answer has no such table; the message lists those it has.
    """
    rows: list[dict[str, Any]] = []
    for one in asked:
        head: dict[str, Any] = {"workspace": str(one.folder)}
        if one.answer is None:
            said = one.error or Text("没有回答", "no answer")
            rows.append({**head, "name_zh": one.folder.name, "error_zh": said.zh, "error_en": said.en})
            continue
        head["name_zh"] = one.answer["workspace"]
        if "year" in one.answer["parameters"]:
            head["year"] = one.answer["parameters"]["year"]
        chosen = _chosen(one.answer, name)
        clash = {"name_zh": "place_zh"}
        rows += [{**head, **{clash.get(k, k): v for k, v in row.items()}, **_basis(one.answer, row)} for row in chosen]
    frame = pd.DataFrame(rows)
    last = [c for c in ("basis", "method_zh", "method_en", "sources", "error_zh", "error_en") if c in frame]
    return frame[[*(c for c in frame if c not in last), *last]]


def _basis(answer: Mapping[str, Any], row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a number rests on: the row's own basis, else the answer's; method and sources."""
    return {
        "basis": row.get("basis") or answer["basis"], "method_zh": answer["method_zh"], "method_en": answer["method_en"],
        "sources": "; ".join(answer["sources"]),
    }  # fmt: skip


def _chosen(answer: Mapping[str, Any], name: str | None) -> list[dict[str, Any]]:
    found = dict(_tables(answer))
    if name is None:
        name = next((n for n in SINGLE if n in found), next(iter(found), None))
    if name is None:
        return [{}]
    if name not in found:
        raise InputError(
            Text(f"回答里没有表“{name}”，可选：{'、'.join(found)}", f"the answer has no table '{name}', choose one of {', '.join(found)}")
        )  # fmt: skip
    return found[name]


def _tables(answer: Mapping[str, Any]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    for name, value in answer.items():
        if name in ("parameters", "scenario", "scenario_state"):
            continue
        if isinstance(value, dict) and value:
            yield name, [value]
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            yield name, value
