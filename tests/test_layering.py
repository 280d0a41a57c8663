"""Imports run one way: app → ui → layers → geo, cli → layers → geo."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FORBIDDEN = {
    "geo": {"layers", "ui", "app", "cli", "streamlit", "folium", "branca", "osmnx", "rasterio", "pyogrio", "osmium", "requests", "urllib", "socket", "sqlite3"},
    "layers": {"ui", "app", "cli", "streamlit"},
    "ui": {"app", "cli", "rasterio", "pyogrio", "osmnx", "osmium", "sqlite3"},
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
