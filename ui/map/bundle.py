"""Join the map's ES modules into one: the page takes a component's script as one text, node takes the modules as they are.

Not a general bundler. It knows the few forms that this repository writes and refuses everything else, so that what it
joins means on the page what the modules mean in node:

- ``import { a, b } from './other.js';`` at the top of a file, over one line or several, without ``as``;
- ``export`` before a ``function``, ``class``, ``const`` or ``let`` with one name (eslint holds that it is one);
- ``export default function name``, once, in the entry.

All modules then share one scope, so a name at the top level of one must not be used at the top level of another.
What stands at the top level starts at the beginning of a line, and nothing else there starts with one of those words.
Indents and lines of comments are left out, so no text in backquotes may go over several lines.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

__all__ = ["BundleError", "bundle", "join"]

IMPORT = re.compile(r"import \{\s*([\w$]+(?:,\s*[\w$]+)*),?\s*\} from '\./([\w-]+\.js)';[ \t]*\n")
BLANK = re.compile(r"(?:[ \t]*(?://[^\n]*)?\n)+|/\*.*?\*/", re.DOTALL)
"""Empty lines and comments: what may stand before and between imports."""
DECLARED = re.compile(
    r"^(?P<export>export (?P<default>default )?)?(?:async )?(?P<what>function\b\*?|(?:class|const|let|var)\b)(?P<rest>.*)$",
    re.MULTILINE,
)
NAME = re.compile(r"\s+([\w$]+)")
MODULE_WORD = re.compile(r"^(?:import|export)\b|\bimport\s*\(|\bimport\.meta\b", re.MULTILINE)


class BundleError(ValueError):
    """A module is written in a way that is not joined here; the text says file, line and what to write instead."""


@dataclass(frozen=True)
class _Module:
    """A module taken apart: whom it asks for which names, what it declares, and its body without those words."""

    imports: tuple[tuple[str, tuple[str, ...]], ...]
    declared: tuple[str, ...]
    exported: frozenset[str]
    body: str


def bundle(folder: Path, entry: str = "main.js") -> str:
    """Return the modules of a folder as one, those without need of others first and ``entry`` last.

    Parameters
    ----------
    folder
        Where the modules lie, side by side.
    entry
        The file whose default export the joined module keeps.

    Returns
    -------
    script
        The text of one ES module without imports.

    Raises
    ------
    BundleError
        If an import leads nowhere or in a circle, a name is not exported or stands in two modules, a module is not
        reached from ``entry``, or a form is none of those above.
    """
    return join({path.name: path.read_text("utf-8") for path in sorted(folder.glob("*.js"))}, entry)


def join(sources: Mapping[str, str], entry: str = "main.js") -> str:
    """Return the modules, given as text by file name, as one; see ``bundle``."""
    modules = {name: _taken_apart(name, source, entry=name == entry) for name, source in sources.items()}
    order = _order(modules, entry)
    if unused := sorted(modules.keys() - set(order)):
        raise BundleError(f"{', '.join(unused)}: not reached from {entry}; import it or delete it")
    owner: dict[str, str] = {}
    for name in order:
        for word in modules[name].declared:
            if word in owner:
                raise BundleError(f"{name}: '{word}' is a top-level name of {owner[word]} too; rename one of them")
            owner[word] = name
    return "\n".join(f"// ---- {name}\n{_plain(name, modules[name].body)}\n" for name in order)


def _plain(name: str, body: str) -> str:
    """Return the text of a module without indents and lines of comments: a fifth of what a browser would fetch."""
    lines = [line.strip() for line in body.splitlines()]
    kept = [line for line in lines if line and not line.startswith("//")]
    for line in kept:
        if line.count("`") % 2:
            raise BundleError(
                f"{name}: {line!r} begins or ends a text of several lines, whose indents would be lost; join its lines"
            )
    return "\n".join(kept)


def _taken_apart(name: str, source: str, *, entry: bool) -> _Module:
    """Return a module in its parts, or say what in it is not known here."""
    at, imports = 0, []
    while True:
        if blank := BLANK.match(source, at):
            at = blank.end()
        elif found := IMPORT.match(source, at):
            imports.append((found[2], tuple(word.strip() for word in found[1].split(","))))
            # The words of the import go, its lines and the comments around it stay.
            source = source[: found.start()] + source[found.end() :]
            at = found.start()
        else:
            break
    declared: list[str] = []
    exported: set[str] = set()
    defaults = 0
    for found in DECLARED.finditer(source):
        word = NAME.match(found["rest"])
        if word is None:
            raise _refusal(name, source, found.start(), "one name for each top-level const, let, function or class")
        if found["default"] and not (entry and found["what"] == "function"):
            raise _refusal(name, source, found.start(), "'export default function name', once, in the entry")
        declared.append(word[1])
        defaults += bool(found["default"])
        if found["export"] and not found["default"]:
            exported.add(word[1])
    if defaults != entry:
        known = "'export default function name', once, in the entry"
        raise BundleError(f"{name} has {defaults} default exports; known is: {known}")
    body = DECLARED.sub(lambda m: m[0] if m["default"] else m[0].removeprefix("export "), source)
    for found in MODULE_WORD.finditer(body):
        if not body.startswith("export default function", found.start()):
            form = "imports first, as \"import { a, b } from './other.js';\", and exports before a declaration"
            raise _refusal(name, body, found.start(), form)
    return _Module(tuple(imports), tuple(declared), frozenset(exported), body)


def _refusal(name: str, source: str, at: int, known: str) -> BundleError:
    line = source[source.rfind("\n", 0, at) + 1 :].split("\n", 1)[0]
    return BundleError(f"{name}: {line.strip()!r} is not joined here; known is: {known}")


def _order(modules: Mapping[str, _Module], entry: str) -> list[str]:
    """Return the modules that ``entry`` needs, each after those it imports."""
    done: list[str] = []
    path: list[str] = []

    def visit(name: str) -> None:
        if name in path:
            raise BundleError(f"imports go in a circle: {' → '.join([*path[path.index(name) :], name])}")
        if name in done:
            return
        path.append(name)
        for other, words in modules[name].imports:
            if other not in modules:
                raise BundleError(f"{name} imports ./{other}, which is not there")
            if missing := [word for word in words if word not in modules[other].exported]:
                raise BundleError(f"{name} imports {', '.join(missing)} from ./{other}, which does not export that")
            visit(other)
        path.pop()
        done.append(name)

    if entry not in modules:
        raise BundleError(f"{entry} is not there")
    visit(entry)
    return done
