"""Who changes what is kept is asked for at every door that writes."""

from __future__ import annotations

import ast

from tests.need import ROOT


def test_every_call_that_changes_what_is_kept_is_signed():
    """Roles hold at the doors that write: a hidden button would not stop a hand-made message."""
    doors = {
        ("take", "take"): "import",
        ("take", "undo"): "import",
        ("kept", "save"): "save",
        ("kept", "comment"): "comment",
    }
    found = []
    for path in sorted((ROOT / "ui").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and isinstance(node.func.value, ast.Name)
            ):
                action = doors.get((node.func.value.id, node.func.attr))
                who = next((ast.unparse(k.value) for k in node.keywords if k.arg == "who"), None)
                settles = any(
                    k.arg == "settles" for k in node.keywords
                )  # a comment of another is settled by who may save
                action = "save" if settles else action
                found += [(path.name, node.lineno, who == f"person.signing({action!r})")] if action else []
    assert found
    assert [one for one in found if not one[2]] == []
