"""``zoneplan scenario …`` and ``--scenario FILE|NAME``: each command as one function that gives plain data."""

from __future__ import annotations

import dataclasses
import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
import shapely

from geo import answers
from geo.case import Case
from geo.errors import Finding, InputError, PlanError
from geo.scenario import Scenario, apply, base_of, fingerprint, from_geojson, to_geojson, told
from geo.text import Text
from geo.travel import Journey
from geo.workspace import Workspace
from layers.incoming.outlines import TEXT_MAX, outline
from layers.store import Plans, Store, backup, operation
from layers.store.objects import as_objects
from layers.store.place import plans_of, schema_of
from layers.write import atomic, planfile
from layers.write.named import as_named

__all__ = [
    "Named", "applied", "audit", "back_up", "comment", "comments", "compared", "export", "listed", "move", "named",
    "outline_of", "parameters", "restore", "save_file", "shown", "stated", "under", "verify",
]  # fmt: skip

BASE = "base"
"""How a comparison calls the workspace as it is."""


@dataclass(frozen=True)
class Named:
    """A plan that was asked for by name: it, in words which state of it this is, and the mark of the base it was drawn on."""

    plan: Scenario
    state: Text
    base: str = ""
    """Fingerprint of the base; empty where nothing says it."""

    def is_of(self, workspace: Workspace) -> bool | None:
        """Return whether it was drawn on this workspace; None where it does not say."""
        return self.base == fingerprint(workspace) if self.base else None


def named(folder: Path, asked: str) -> Named:
    """Return the plan of a file, or a saved one (``NAME``, or ``NAME@3`` for a revision), and in words which state it is.

    Raises
    ------
    InputError
        If there is neither such a file nor such a plan, or there are both.
    """
    path = Path(asked)
    if path.is_file():
        if path.suffix.lower() not in (".json", ".geojson", planfile.ENDING) and asked in plans_of(folder)[0].names():
            raise InputError(
                Text(
                    f"“{asked}”既是文件，也是已存方案；请写 ./{asked} 或 {asked}@版本号",
                    f"'{asked}' is a file and a saved plan; write ./{asked}, or {asked}@REVISION",
                )
            )
        plan, base = _read(path)
        return Named(plan, Text(f"文件 {path.name}", f"file {path.name}"), base)
    store = plans_of(folder)[0]
    name, _, rev = asked.rpartition("@")
    try:
        found = store.load(asked)
    except PlanError:
        if not (name and rev.isdigit()):
            raise
        found = store.load(name, int(rev))
    if found.scenario is None:
        raise InputError(
            Text(f"方案“{found.name}”第 {found.rev} 版已收起", f"revision {found.rev} of '{found.name}' was put away")
        )
    return Named(found.scenario, Text(f"第 {found.rev} 版", f"revision {found.rev}"))


def under(workspace: Workspace, found: Named | None, year: int | None = None) -> Workspace:
    """Return a workspace under what of a plan holds in a year, as it is where no plan is asked for.

    A file that was drawn on other data says so in the state of the scenario, which every answer carries.
    """
    if found is None:
        return workspace
    return replace(apply(workspace, found.plan, year), scenario_state=stated(workspace, found).scenario_state)


def stated(workspace: Workspace, found: Named | None) -> Workspace:
    """Return a workspace as it is that knows which state of a plan is asked about: what ``geo.answers.series`` begins with."""
    if found is None:
        return workspace
    state = found.state
    if found.is_of(workspace) is False:
        state = Text(
            f"{state.zh}，绘制时所用的数据与本工作区不同",
            f"{state.en}, drawn on data that are not those of this workspace",
        )
    return replace(workspace, scenario_state=state)


def outline_of(asked: str) -> shapely.Polygon | shapely.MultiPolygon:
    """Return the area of a GeoJSON file, or of a text of GeoJSON or WKT.

    Raises
    ------
    InputError
        If there is no such file, or no area in it.
    """
    if asked.lstrip().startswith("{") or "(" in asked:
        return outline(asked)
    path = Path(asked)
    try:
        size = path.stat().st_size
        text = path.read_text("utf-8-sig") if size <= 4 * TEXT_MAX else ""
    except (OSError, ValueError) as error:
        raise InputError(
            Text(f"读不出范围文件 {asked}：{error}", f"the file of the area {asked} cannot be read: {error}")
        ) from error
    if not text:
        raise InputError(
            Text(f"范围文件 {path.name} 为空或过大", f"the file of the area {path.name} is empty or too large")
        )
    return outline(text)


def parameters(found: Named | None) -> dict[str, Any]:
    """Return the parameters of the analysis that a plan was handed over with: service, year, limit; none without a plan.

    Raises
    ------
    InputError
        If one of them is not of its kind.
    """
    if found is None:
        return {}
    told = found.plan.parameters
    kinds: dict[str, Any] = {"service": str, "year": int, "limit": (int, float)}
    wrong = [
        key
        for key, kind in kinds.items()
        if key in told and (not isinstance(told[key], kind) or isinstance(told[key], bool))
    ]
    if wrong:
        raise InputError(
            Text(
                f"方案参数有误：{'、'.join(wrong)}（service 为文字，year 为整数，limit 为数），请更正",
                f"parameters of the plan are wrong: {', '.join(wrong)} (service: text, year: whole number, limit: number); correct them",
            )
        )
    return {key: told[key] for key in kinds if key in told}


def listed(folder: Path) -> tuple[list[dict[str, Any]], tuple[Finding, ...]]:
    """Return name, revision, time and author of each saved plan, and what there is to say of older stores."""
    store, told = plans_of(folder)
    found = (store.load(name) for name in store.names())
    return [{"name": o.name, "rev": o.rev, "saved_at": o.saved_at, "who": o.who, "why": o.why} for o in found], told


def shown(folder: Path, asked: str) -> dict[str, Any]:
    """Return the objects of a plan."""
    found = named(folder, asked)
    plan, state = found.plan, found.state
    return {
        "name": plan.name, "state_zh": state.zh, "state_en": state.en, "parameters": dict(plan.parameters),
        "objects": [{**one, "said_zh": told(o).zh, "said_en": told(o).en} for o, one in zip(plan.objects, as_objects(plan).values(), strict=True)],
    }  # fmt: skip


def applied(folder: Path, workspace: Workspace, asked: str) -> dict[str, Any]:
    """Return which rows of which layers a plan adds, changes and takes away; refused where it does not fit."""
    found = named(folder, asked)
    view, changes = apply(workspace, found.plan), {}
    for field in dataclasses.fields(Workspace):
        before, after = getattr(workspace, field.name), getattr(view, field.name)
        if before is after or not (isinstance(before, pd.DataFrame) and isinstance(after, pd.DataFrame)):
            continue
        both = before.index.intersection(after.index)
        old, new = pd.DataFrame(before.loc[both]), pd.DataFrame(after.loc[both, before.columns])
        same = (old.astype(str).eq(new.astype(str)) | (old.isna() & new.isna())).all(axis=1)
        changes[field.name] = {
            "added": list(after.index.difference(before.index)), "changed": list(both[~same]),
            "removed": list(before.index.difference(after.index)),
        }  # fmt: skip
    return {"name": found.plan.name, "base_is_same": found.is_of(workspace), "layers": changes}


def compared(
    folder: Path, case: Case, asked: Sequence[str], *, limit: float | None = None, journey: Journey | None = None,
    minutes: float | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Return 2 to 4 plans (``base``: the workspace as it is) beside each other, each less the first; by a mode where a journey is given."""
    if not 2 <= len(asked) <= 4 or len(set(asked)) < len(asked):
        raise InputError(Text("请给出 2–4 个不同的方案（base 为现状）", "name 2 to 4 different plans (base: as it is)"))
    answer = answers.compared(
        {
            name: replace(case, workspace=under(case.workspace, None if name == BASE else named(folder, name), case.year))
            for name in asked
        },
        limit=limit, journey=journey, minutes=answers.MINUTES if minutes is None else minutes,
    )  # fmt: skip
    return {
        "question": answer.question, "title_zh": answer.title.zh, "title_en": answer.title.en,
        "method_zh": answer.method.zh, "method_en": answer.method.en, "parameters": dict(answer.parameters), "basis": answer.basis,
        "notes": [{"zh": note.zh, "en": note.en} for note in answer.notes],
        **{name: table.to_dict("records") for name, table in answer.tables.items() if name != "parameters"},
        "differing": answer["parameters"].to_dict("records"),
    }  # fmt: skip


def export(folder: Path, workspace: Workspace, asked: str, out: Path, more: Mapping[str, Any]) -> dict[str, Any]:
    """Write a plan to a file that can be sent, imported and asked with ``--scenario``, with parameters and base.

    GeoJSON is the plan itself; a GeoPackage holds it too, with layers that QGIS opens styled. ``more`` are parameters of the analysis, to be written over those the plan has.
    """
    plan = named(folder, asked).plan
    plan = replace(plan, parameters={**plan.parameters, **more})
    out = as_named(out, "scenario", (".geojson", ".json", planfile.ENDING))
    if out.suffix.lower() == planfile.ENDING:
        planfile.write(plan, out, workspace)
    else:
        text = json.dumps(to_geojson(plan, workspace), ensure_ascii=False, indent=1)
        atomic.write_bytes(out, (text + "\n").encode())
    return {"written": str(out), "name": plan.name, "objects": len(plan.objects), "parameters": dict(plan.parameters)}


def save_file(folder: Path, file: Path, *, name: str | None, base_rev: int, who: str, why: str) -> dict[str, Any]:
    """Save the plan of a file; the same file saved again from the same revision counts once.

    Raises
    ------
    ConflictError
        If the plan was saved meanwhile, or there is one of that name.
    """
    plan, _ = _read(file)
    plan = replace(plan, name=name) if name else plan
    op = operation(plan.as_dict(), base_rev)
    one = plans_of(folder)[0].save(plan, base_rev=base_rev, who=who, why=why, op=op)
    return {"name": one.name, "rev": one.rev, "saved_at": one.saved_at, "who": one.who, "why": one.why}


def audit(folder: Path, name: str) -> list[dict[str, Any]]:
    """Return who changed which object of a plan when, from what into what, and why."""
    return [dataclasses.asdict(one) for one in plans_of(folder)[0].audit(name)]


def comments(folder: Path, name: str) -> list[dict[str, Any]]:
    """Return the comments on a plan."""
    return [dataclasses.asdict(one) for one in plans_of(folder)[0].comments(name)]


def comment(
    folder: Path, name: str, text: str, *, who: str, object_id: str | None, place: tuple[float, float] | None, settles: int | None
) -> dict[str, Any]:  # fmt: skip
    """Write a comment on a plan, an object or a place, or settle one."""
    store = plans_of(folder)[0]
    return dataclasses.asdict(store.comment(name, text, who=who, object_id=object_id, place=place, settles=settles))


def back_up(folder: Path, out: Path) -> dict[str, Any]:
    """Write a verified backup of all plans."""
    return _copied(backup.back_up(plans_of(folder)[0], out))


def restore(folder: Path, file: Path, *, replace_it: bool) -> dict[str, Any]:
    """Bring back what a backup holds."""
    return _copied(backup.restore(_of(folder, None), file, replace=replace_it))


def move(folder: Path, source: str | None, target: str) -> dict[str, Any]:
    """Copy all plans from one store (the workspace's where none is named) into another, and compare their newest seals."""
    from_, to = _of(folder, source), _of(folder, target)
    moved, known = backup.move(from_, to), from_.heads()
    return {**_copied(moved), "equal_heads": {name: moved.heads.get(name) for name in known} == known}


def verify(folder: Path, file: Path | None) -> tuple[str, tuple[Finding, ...], dict[str, tuple[str, str]]]:
    """Return where a store of plans (or a backup) lies, what of it is damaged, and its newest seals."""
    if file is None:
        return _looked_at(plans_of(folder)[0])
    if not file.is_file():
        raise InputError(Text(f"没有文件 {file}", f"there is no file {file}"))
    with tempfile.TemporaryDirectory(prefix="zoneplan-verify-") as place:
        for suffix in ("", "-journal"):  # a copy: to open a file can change it
            with suppress(FileNotFoundError):
                shutil.copyfile(file.with_name(file.name + suffix), Path(place) / (file.name + suffix))
        return (str(file), *_looked_at(Store(Path(place) / file.name))[1:])


def _looked_at(store: Plans) -> tuple[str, tuple[Finding, ...], dict[str, tuple[str, str]]]:
    found = store.verify()
    return store.where, found, {} if any(f.level == "error" for f in found) else store.heads()


def _copied(one: backup.Copied) -> dict[str, Any]:
    return dataclasses.asdict(one)


def _of(folder: Path, asked: str | None) -> Plans:
    """Return a store by its address: of a database, or the path of a file; the workspace's where none is given."""
    if not asked:
        return plans_of(folder)[0]
    if not asked.startswith(("postgresql://", "postgres://")):
        return Store(asked)
    from layers.store.postgres import PostgresStore  # only where asked for: psycopg is no part of requirements.txt

    return PostgresStore(asked, schema_of(folder))


def _read(path: Path) -> tuple[Scenario, str]:
    """Return the plan of a file (GeoJSON or GeoPackage of ours, plain data of earlier downloads) and the mark of its base."""
    data = planfile.read(path) if path.suffix.lower() == planfile.ENDING else _json(path)
    if isinstance(data, dict) and data.get("type") == "FeatureCollection":
        return from_geojson(data), base_of(data)[1]
    return Scenario.from_dict(data), ""


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(
            Text(f"{path.name} 不是方案文件：{error}", f"{path.name} is no file of a plan: {error}")
        ) from error
