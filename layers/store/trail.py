"""The trail of a plan: who changed what of it, when, from what into what, and why, in words."""

from __future__ import annotations

from dataclasses import dataclass

from geo.scenario import Changed, Scenario, changes_between
from geo.text import Text
from layers.store.plans import Plans

__all__ = ["Step", "trail"]


@dataclass(frozen=True)
class Step:
    """One field of an object that a revision changed; ``why`` is the reason of the save, then that of the object."""

    rev: int
    saved_at: str
    who: str
    why: str
    object_id: str
    what: Text
    before: Text
    after: Text


def trail(store: Plans, name: str) -> list[Step]:
    """Return what each revision of a plan changed, the newest first; a plan put away has lost all its objects.

    Raises
    ------
    DamagedError
        If one of its revisions is damaged.
    """
    steps: list[Step] = []
    before = Scenario("")
    for one in reversed(store.history(name)):
        now = one.scenario or Scenario("")
        reasons = {o.object_id: o.reason for plan in (before, now) for o in plan.objects}
        steps += [
            Step(
                one.rev, one.saved_at, one.who, " · ".join(dict.fromkeys(t for t in (one.why, _reason(row, reasons)) if t)),
                row.object_id, row.what, row.before, row.after,
            )
            for row in changes_between(before, now)
        ]  # fmt: skip
        before = now
    return sorted(steps, key=lambda step: -step.rev)


def _reason(row: Changed, reasons: dict[str, str]) -> str:
    """Return why an object is as it is; where the reason itself was changed, the change says it."""
    return "" if row.field == "reason" else reasons.get(row.object_id, "")
