"""Streets under a scenario: built, taken away, barred."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from geo.errors import Finding, InputError
from geo.scenario.objects import STREET_KINDS, Object
from geo.workspace import Workspace

__all__ = ["changed"]


def changed(workspace: Workspace, objects: Iterable[Object]) -> dict[str, Any]:  # noqa: ARG001 - as its neighbours
    """Return streets and network of the workspace as objects change them; nothing where none does.

    Raises
    ------
    InputError
        If there is such an object: this version keeps, merges and hands over streets, and does not walk on them yet.

    Examples
    --------
    >>> from geo.examples import town
    >>> changed(town().workspace, [])
    {}
    """
    found = [one.object_id for one in objects if one.kind in STREET_KINDS]
    if not found:
        return {}
    raise InputError(
        [
            Finding(
                "error", f"方案对象 {name}：本版本能保存街道改动，还不能按它计算；请先从要计算的方案中删去",
                f"{name}: this version keeps changes of streets and cannot calculate with them yet; take it out of the scenario to calculate",
                name, None, "kind",
            )
            for name in found
        ]
    )  # fmt: skip
