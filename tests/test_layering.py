"""Imports run one way: app → ui → layers → geo, cli → commands → layers → geo; in no circle, and into nobody's private names."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.imports import circles, imports, private_reach

ROOT = Path(__file__).resolve().parent.parent
HOUSE = ("geo", "layers", "ui", "commands", "app.py", "cli.py")
FORBIDDEN = {
    "geo": {"layers", "ui", "app", "cli", "commands", "streamlit", "folium", "branca", "osmnx", "rasterio", "pyogrio", "osmium", "requests", "urllib", "socket", "sqlite3"},
    "layers": {"ui", "app", "cli", "commands", "streamlit", "argparse"},
    "ui": {"app", "cli", "commands", "rasterio", "pyogrio", "osmnx", "osmium", "sqlite3"},
    "commands": {"ui", "app", "cli", "streamlit", "rasterio", "pyogrio", "osmnx", "osmium", "sqlite3"},
}  # fmt: skip
FLOORS = ("ground", "network", "subjects", "case", "answers", "face")
ROOMS = {
    "text": "ground", "errors": "ground", "crs": "ground", "schema": "ground", "services": "ground", "kept": "ground", "measure": "subjects",
    "card": "ground", "cells": "ground", "plantext": "ground", "laws": "ground", "entrances": "ground", "walking": "ground", "progress": "ground", "kernel": "ground",
    "network": "network",
    "access": "subjects", "adequacy": "subjects", "assignment": "subjects", "coverage": "subjects", "consistency": "subjects", "demand": "subjects",
    "equity": "subjects", "land": "subjects", "merge": "subjects", "modes": "subjects", "monitor": "subjects", "standard": "subjects", "siting": "subjects", "scenario": "subjects", "transit": "subjects", "workspace": "subjects", "frames": "subjects",
    "case": "case", "examples": "case", "travel": "case", "uncertainty": "case",
    "answers": "answers", "tiles": "answers", "__init__": "face",
}  # fmt: skip


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("package", FORBIDDEN)
def test_imports_point_inwards(package):
    files = sorted((ROOT / package).rglob("*.py"))
    assert files
    wrong = {str(p.relative_to(ROOT)): bad for p in files if (bad := imported(p) & FORBIDDEN[package])}
    assert wrong == {}


def test_there_is_no_circle():
    assert circles(imports(ROOT, HOUSE)) == []


def test_nobody_takes_the_private_names_of_another_package():
    assert private_reach(imports(ROOT, HOUSE)) == []


def test_the_floors_of_the_core_are_kept():
    """Inside geo: face → answers → case → subjects → network → ground."""
    wrong = []
    for one in imports(ROOT, ["geo"]):
        here, there = (ROOMS[p] for p in (_room(one.file), one.module.split(".")[1]) if p)
        if FLOORS.index(there) > FLOORS.index(here):
            wrong.append(f"{one.file}:{one.line} ({here}) takes {one.module} ({there})")
    assert wrong == []


def _room(file: str) -> str:
    return Path(file).with_suffix("").parts[1]


def test_a_planted_circle_and_a_planted_private_import_are_refused(tmp_path):
    house = tmp_path / "geo"
    (house / "rooms").mkdir(parents=True)
    for folder in (house, house / "rooms"):
        (folder / "__init__.py").write_text("")
    (house / "a.py").write_text("def f():\n    from geo import b\n    return b\n")
    (house / "b.py").write_text("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from geo.rooms.c import C\n")
    (house / "rooms" / "c.py").write_text("from geo.a import f\n\n\nclass C:\n    pass\n\n\n_HIDDEN = f\n")
    (house / "d.py").write_text("from geo.rooms.c import _HIDDEN\n")
    found = imports(tmp_path, ["geo"])
    assert circles(found) == [["geo.a", "geo.b", "geo.rooms.c"]]
    assert private_reach(found) == ["geo/d.py:1 takes _HIDDEN of geo.rooms.c"]
    (house / "b.py").write_text("")
    (house / "d.py").write_text("from geo.rooms.c import C\n")
    found = imports(tmp_path, ["geo"])
    assert (circles(found), private_reach(found)) == ([], [])


def test_the_core_reads_no_file():
    for path in (ROOT / "geo").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
                assert name not in {"open", "read_file", "read_parquet", "read_csv", "read_text", "write_text"}, path


def test_the_page_only_wires():
    lines = (ROOT / "app.py").read_text("utf-8").splitlines()
    assert len(lines) <= 200
    assert not imported(ROOT / "app.py") & {"numpy", "geopandas", "shapely", "scipy", "pandas", "json", "os"}
