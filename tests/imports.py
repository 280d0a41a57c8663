"""Who imports whom, read from the source: every import counts, also inside functions and for types only."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Import", "circles", "imports", "private_reach"]


@dataclass(frozen=True)
class Import:
    """One import: the file that imports, the module it takes from, and the names it takes (none: the module)."""

    file: str
    line: int
    module: str
    names: tuple[str, ...]


def imports(root: Path, folders: Iterable[str]) -> list[Import]:
    """Return every import between the files of the folders (or single files) below ``root``."""
    files = [p for f in folders for p in ([root / f] if f.endswith(".py") else sorted((root / f).rglob("*.py")))]
    known = {_dotted(p.relative_to(root)): p for p in files}
    return [found for path in files for found in _of(path, root, known)]


def _dotted(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _of(path: Path, root: Path, known: dict[str, Path]) -> Iterator[Import]:
    here = path.relative_to(root)
    package = ".".join(here.parent.parts)
    tree = ast.parse(path.read_text("utf-8"))
    modules: dict[str, str] = {}  # local names of modules, to see ``module._name``
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name in known:
                    yield Import(str(here), node.lineno, alias.name, ())
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                up = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*up, *([base] if base else [])])
            taken = []
            for alias in node.names:
                if f"{base}.{alias.name}" in known:  # a module of a package
                    modules[alias.asname or alias.name] = f"{base}.{alias.name}"
                    yield Import(str(here), node.lineno, f"{base}.{alias.name}", ())
                else:
                    taken.append(alias.name)
            if taken and base in known:
                yield Import(str(here), node.lineno, base, tuple(taken))
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in modules:
            yield Import(str(here), node.lineno, modules[node.value.id], (node.attr,))


def circles(found: Iterable[Import]) -> list[list[str]]:
    """Return the circles among modules: each a sorted list of those that reach one another (Tarjan 1972)."""
    graph: dict[str, set[str]] = {}
    for one in found:
        graph.setdefault(_dotted(Path(one.file)), set()).add(one.module)
    order: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    out: list[list[str]] = []

    def visit(node: str) -> None:
        order[node] = low[node] = len(order)
        stack.append(node)
        for other in sorted(graph.get(node, ())):
            if other not in order:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], order[other])
        if low[node] == order[node]:
            part = []
            while part[-1:] != [node]:
                part.append(stack.pop())
            if len(part) > 1 or node in graph.get(node, ()):
                out.append(sorted(part))

    for node in sorted(graph):
        if node not in order:
            visit(node)
    return out


def private_reach(found: Iterable[Import]) -> list[str]:
    """Return imports of a name or module that begins with an underscore, from another folder than its own."""
    wrong = []
    for one in found:
        home = str(Path(one.file).parent).replace("/", ".")
        own = one.module == home or one.module.rsplit(".", 1)[0] == home
        private = [n for n in (*one.module.split("."), *one.names) if n.startswith("_") and not n.startswith("__")]
        if private and not own:
            wrong.append(f"{one.file}:{one.line} takes {', '.join(private)} of {one.module}")
    return wrong
