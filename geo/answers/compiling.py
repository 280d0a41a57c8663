"""Every kernel that a question uses, compiled by asking it once: at installation, so that no planner waits for it.

Compiled code belongs to the types it is called with; asking the questions themselves is the one way to be sure that
these are the types that will come.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from geo.answers.access import METHODS, access
from geo.answers.covered import coverage
from geo.answers.gain import gain
from geo.answers.places import MODELS, locate
from geo.answers.seats import RULES, adequacy, assign
from geo.answers.site import isochrone, site
from geo.answers.warm import compile_searches, compile_solvers
from geo.case import Case
from geo.crs import to_wgs84
from geo.errors import PlanError
from geo.progress import Progress, Step
from geo.text import Text

__all__ = ["compile_all"]

SPACING_M = 600.0
"""Candidates far apart: the kernels are the same, the search is short."""


def compile_all(case: Case, progress: Progress | None = None) -> None:
    """Ask every question of a school case once, so that its kernels are compiled and kept where that can be done.

    Parameters
    ----------
    case
        A question about a school of a place with people and streets, such as the bundled one.
    progress
        Told each step: what is compiled, and how many of how many are done.

    Examples
    --------
    >>> from geo.examples import town
    >>> said = []
    >>> compile_all(town(), lambda step: said.append(step.text.en))
    >>> said[0], len(said) == len(set(said))
    ('searches of the network', True)
    """
    steps = _steps(case)
    for done, (text, work) in enumerate(steps):
        if progress is not None:
            progress(Step(text, done, len(steps)))
        with suppress(PlanError):  # a place without what a question needs has nothing to compile for it
            work()
    if progress is not None:
        progress(Step(Text("完成", "done"), len(steps), len(steps)))


def _steps(case: Case) -> list[tuple[Text, Callable[[], object]]]:
    point = to_wgs84(case.workspace.cells.geometry.loc[[case.people.idxmax()]]).iloc[0]

    def assigned() -> None:
        for limit in (None, case.standard.radius_m * 3):
            for rules in ((), *((r,) for r in RULES)):
                with suppress(PlanError):
                    assign(case.of("junior"), limit=limit, rules=rules)

    def sited(model: str) -> Callable[[], object]:
        p = None if model == "set_cover" else 2
        return lambda: locate(case, p=p, model=model, spacing=SPACING_M, time_limit=5.0)

    return [
        (Text("路网搜索", "searches of the network"), compile_searches),
        (Text("服务覆盖", "coverage"), lambda: coverage(case)),
        (Text("点选", "a click"), lambda: site(case, point.x, point.y)),
        (Text("等时圈", "isochrones"), lambda: isochrone(case, point.x, point.y)),
        (Text("选址增益面", "gain surface"), lambda: gain(case)),
        (Text("学位充足", "seats"), lambda: adequacy(case)),
        (Text("学位分配", "assignment"), assigned),
        *((Text(f"可达性：{zh}", f"accessibility: {en}"), (lambda m=m: access(case, method=m))) for m, (zh, en) in METHODS.items()),
        (Text("选址求解器", "location models"), compile_solvers),
        *((Text(f"选址：{zh}", f"sites: {en}"), sited(m)) for m, (zh, en) in MODELS.items()),
    ]  # fmt: skip
