"""Imports taken into a workspace: kept whole, undone, never half done."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path

import pytest

from geo.errors import InputError
from layers.incoming import read
from layers.store import versions
from tests.hostile import legit
from tests.incoming_files import DATA, geojson, school

pytest_plugins = ("tests.incoming_corpora",)


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    home = tmp_path / "workspace"
    shutil.copytree(DATA, home, ignore=shutil.ignore_patterns("build", "*.sqlite*"))
    return home


def contents(home: Path) -> dict[str, bytes]:
    return {
        p.name: p.read_bytes()
        for p in home.iterdir()
        if p.is_file() and "imports.sqlite" not in p.name and p.name != "SOURCES.json"
    }


def test_an_import_is_taken_kept_and_undone(workspace: Path, tmp_path: Path) -> None:
    path = geojson(tmp_path, [school("甲小学", 117.2, 39.1, 小学学位=900)])
    before = contents(workspace)
    version = versions.take(workspace, read(path, layer="schools"), path, who="张三")
    assert (version.layer, version.rows, version.who, version.kind) == ("schools", 1, "张三", "import")
    changed = {n for n, raw in contents(workspace).items() if before.get(n) != raw}
    assert changed == {"schools.geojson"}
    assert versions.original(workspace, version.number) == {"a.geojson": path.read_bytes()}
    assert f"import-{version.sha256[:8]}" in json.loads((workspace / "SOURCES.json").read_text("utf-8"))
    undone = versions.undo(workspace, "schools")
    assert undone.undoes == version.number
    assert contents(workspace) == before
    assert [(v.kind, v.undone) for v in versions.history(workspace)] == [("import", True), ("undo", False)]
    with pytest.raises(InputError):
        versions.undo(workspace, "schools")


def test_a_geodatabase_folder_and_a_shapefile_in_parts_are_kept_whole(
    workspace: Path, tmp_path: Path, cases: list[legit.Case]
) -> None:
    home = next(c.path for c in cases if c.name.startswith("gdb-")).parent
    for path in (home / "gdb-schools-4490.gdb", next(c.path for c in cases if c.path.suffix == ".shp")):
        result = read(path, layer="schools")
        assert result.frame is not None
        kept = versions.original(workspace, versions.take(workspace, result, path).number)
        beside = path.iterdir() if path.is_dir() else path.parent.glob(f"{path.stem}.*")
        assert set(kept) <= {p.name for p in beside}
        assert len(kept) >= 3


def test_a_refused_or_changed_file_is_not_taken(workspace: Path, tmp_path: Path) -> None:
    path = geojson(tmp_path, [school("甲小学", 117.2, 39.1, 小学学位="约900")])
    before = contents(workspace)
    with pytest.raises(InputError):
        versions.take(workspace, read(path, layer="schools"), path)
    path = geojson(tmp_path, [school("甲小学", 117.2, 39.1)])
    result = read(path, layer="schools")
    geojson(tmp_path, [school("乙小学", 117.2, 39.1)])
    with pytest.raises(InputError, match="改动"):
        versions.take(workspace, result, path)
    assert contents(workspace) == before
    assert versions.history(workspace) == ()


def test_versions_cannot_be_changed(workspace: Path, tmp_path: Path) -> None:
    path = geojson(tmp_path, [school("甲小学", 117.2, 39.1)])
    versions.take(workspace, read(path, layer="schools"), path)
    base = sqlite3.connect(workspace / "imports.sqlite")
    for statement in (
        "UPDATE version SET who = 'x'",
        "DELETE FROM version",
        "UPDATE content SET bytes = x''",
        "DELETE FROM change",
    ):
        with pytest.raises(sqlite3.IntegrityError, match="immutable"):
            base.execute(statement)
    base.close()


def test_an_edit_after_the_import_is_not_undone_over(workspace: Path, tmp_path: Path) -> None:
    path = geojson(tmp_path, [school("甲小学", 117.2, 39.1)])
    versions.take(workspace, read(path, layer="schools"), path)
    (workspace / "schools.geojson").write_bytes((workspace / "schools.geojson").read_bytes() + b"\n")
    with pytest.raises(InputError, match="改动"):
        versions.undo(workspace, "schools")
