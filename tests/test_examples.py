"""Every public function of the core has an example, and every example runs and says what it says."""

from __future__ import annotations

import ast
import doctest
import importlib
import pkgutil
from collections.abc import Iterator

import pytest

import geo

MODULES = ["geo", *sorted(m.name for m in pkgutil.walk_packages(geo.__path__, "geo."))]
OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
COMPILED = {"kernel", "njit"}
"""Decorators of what is compiled: called by the engine only, with arrays it has checked."""


@pytest.mark.parametrize("module", MODULES)
def test_the_examples_run(module):
    result = doctest.testmod(importlib.import_module(module), optionflags=OPTIONS)
    assert result.failed == 0


def public(module: str) -> Iterator[tuple[str, ast.FunctionDef | ast.ClassDef]]:
    """Yield the functions and classes that a module defines and names in ``__all__``, kernels left out."""
    loaded = importlib.import_module(module)
    names = getattr(loaded, "__all__", ())
    with open(str(loaded.__file__), encoding="utf-8") as file:
        tree = ast.parse(file.read())
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name in names:
            marks = {name.id for mark in node.decorator_list for name in ast.walk(mark) if isinstance(name, ast.Name)}
            if not marks & COMPILED:
                yield node.name, node


def examples(node: ast.AST) -> str:
    """Return the examples in the docstrings of a function, or of a class and its methods."""
    told = [ast.get_docstring(n) or "" for n in ast.walk(node) if isinstance(n, ast.FunctionDef | ast.ClassDef)]
    return "\n".join(line for text in told for line in text.splitlines() if line.lstrip().startswith((">>>", "...")))


@pytest.mark.parametrize("module", MODULES)
def test_every_public_name_has_an_example(module):
    assert [name for name, node in public(module) if not examples(node)] == []


def test_the_main_values_show_each_of_their_methods():
    """Of what ``import geo`` offers, every public method and property stands in an example."""
    classes = [value for value in (getattr(geo, name) for name in geo.__all__) if isinstance(value, type)]
    missing = []
    for one in classes:
        node = dict(public(one.__module__))[one.__name__]
        told = examples(node)
        methods = [part.name for part in node.body if isinstance(part, ast.FunctionDef)]
        missing += [f"{one.__name__}.{m}" for m in methods if not m.startswith("_") and f".{m}" not in told]
    assert len(classes) >= 11
    assert missing == []


def test_a_name_without_an_example_is_noticed():
    tree = ast.parse(
        'def f():\n    """Return."""\n\n\nclass C:\n    def m(self):\n        """Return.\n\n        >>> 1\n        """\n'
    )
    assert [bool(examples(node)) for node in tree.body] == [False, True]
