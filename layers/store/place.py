"""Where the plans of a workspace lie: one place, which no import moves.

Plans of the shipped workspace lie beside its working copy, whether there is one yet or not; those of any other
workspace in its folder, or in the program's own where that one cannot be written. What earlier versions kept elsewhere
is taken over once; their files stay as they are. With ``ZONEPLAN_DB=postgresql://…`` plans lie in that database, in a
schema for each workspace (``ZONEPLAN_DB_SCHEMA`` names another one); drafts stay on the machine of the browser's server.
"""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

from geo.errors import Finding, InputError
from geo.text import Text
from layers.home import written
from layers.store import take
from layers.store.drafts import Drafts
from layers.store.plans import Plans
from layers.store.quota import plans_mb
from layers.store.scenarios import Store

__all__ = ["drafts_of", "file_of", "folder_of", "plans_of", "schema_of"]

PLANS, DRAFTS = "plans.sqlite", "drafts.sqlite"
BEFORE = "scenarios.sqlite"
"""What the store of plans was called by earlier versions."""


def folder_of(workspace: Path) -> Path:
    """Return the folder that holds plans and drafts of a workspace.

    Raises
    ------
    InputError
        If neither the workspace nor any other place can be written.
    """
    here = workspace.resolve()
    if here in _bundled():
        return take.WORKING.parent
    if os.access(here, os.W_OK | os.X_OK):
        return here
    return written("workspaces") / f"{here.name}-{hashlib.sha256(str(here).encode()).hexdigest()[:8]}"


def file_of(workspace: Path) -> Path:
    """Return the file that holds the plans of a workspace where no database does."""
    return folder_of(workspace) / PLANS


def schema_of(workspace: Path) -> str:
    """Return the schema that holds the plans of a workspace in a database: the same from every machine for the shipped one.

    Raises
    ------
    InputError
        If ``ZONEPLAN_DB_SCHEMA`` is no name of a schema.
    """
    asked = os.environ.get("ZONEPLAN_DB_SCHEMA", "").strip()
    if asked:
        if not re.fullmatch(r"[a-z_][a-z0-9_]{0,39}", asked) or asked.startswith("pg_"):
            raise InputError(
                Text(
                    f"ZONEPLAN_DB_SCHEMA={asked} 不是可用的模式名：小写字母、数字、下划线，不超过 40 个",
                    f"ZONEPLAN_DB_SCHEMA={asked} cannot name a schema: at most 40 of a-z, 0-9 and _",
                )
            )
        return asked
    here = workspace.resolve()
    if here in _bundled():
        return "zoneplan_bundled"
    name = re.sub(r"[^a-z0-9]+", "_", here.name.lower()).strip("_")[:20]
    return f"zoneplan_{name}_{hashlib.sha256(str(here).encode()).hexdigest()[:8]}"


def plans_of(workspace: Path) -> tuple[Plans, tuple[Finding, ...]]:
    """Return the store of plans of a workspace, and what there is to say of the older ones it has taken over.

    Raises
    ------
    InputError
        If there is no place for them, the database cannot be used, or workspace.toml names no such limit.
    """
    store, found = _opened(workspace)
    store.most = plans_mb(workspace)
    return store, found


def _opened(workspace: Path) -> tuple[Plans, tuple[Finding, ...]]:
    url = os.environ.get("ZONEPLAN_DB", "").strip()
    if url:
        return _on_server(workspace, url)
    folder = folder_of(workspace)
    store = Store(folder / PLANS)
    older = [folder / BEFORE]
    if workspace.resolve() in _bundled():
        older.append(take.WORKING / BEFORE)
    return store, store.adopt([path for path in older if path.is_file()])


def _on_server(workspace: Path, url: str) -> tuple[Plans, tuple[Finding, ...]]:
    if not url.startswith(("postgresql://", "postgres://")):
        raise InputError(
            Text(
                "ZONEPLAN_DB 须写成 postgresql://用户@主机/数据库",
                "write ZONEPLAN_DB as postgresql://user@host/database",
            )
        )
    from layers.store.postgres import PostgresStore  # only where asked for: psycopg is no part of requirements.txt

    store = PostgresStore(url, schema_of(workspace))
    file = file_of(workspace)
    if store.heads() or not file.is_file() or not (left := Store(file).names()):
        return store, ()
    return store, (
        Finding(
            "warning", f"{len(left)} 个方案还在 {file.name} 中，数据库里看不到；用 zoneplan scenario move 移入",
            f"{len(left)} plans still lie in {file.name} and are not seen in the database; zoneplan scenario move takes them there", file.name,
        ),
    )  # fmt: skip


def drafts_of(workspace: Path) -> Drafts:
    """Return the drafts of a workspace; nothing is written before there is one."""
    return Drafts(folder_of(workspace) / DRAFTS)


def _bundled() -> tuple[Path, Path]:
    return take.SHIPPED.resolve(), take.WORKING.resolve()
