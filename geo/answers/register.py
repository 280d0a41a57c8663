"""How far is the plan: the indicator register, its projects, its contradictions; and the card of a zone."""

from __future__ import annotations

import pandas as pd

from geo.answers.base import Answer, answered, basis_of, source_ids, zone_family
from geo.answers.cited import CITED, quoted
from geo.answers.projects import naming
from geo.text import Text
from geo.workspace import Workspace

__all__ = ["register", "zone_card"]


def register(workspace: Workspace) -> Answer:
    """Return the plan's indicators with the pace that each needs, its projects and its contradictions.

    Returns
    -------
    answer
        Table ``targets``: baseline, target, change, and pace [unit a year] over 2020-2025 where both are
        numbers and the row is a level; ``projects``: those of the plan by state; ``contradictions``: what the
        plan says in two ways, and how it was settled here; ``remarks``: our own notes on it (a number that cannot be
        compared, a fact from elsewhere), which are no contradictions; ``facts``: what the plan asks for beside them.
        Where the place brings the plan's text, ``quote`` says in its words what each row rests on. ``summary``: one row, ``indicators`` (numbered
        ones of the plan) and their ``rows`` (an indicator may have several).

    Examples
    --------
    >>> import dataclasses
    >>> from geo.examples import town
    >>> plan = pd.DataFrame({"name": ["primary seats"], "baseline_2020": [3000], "target_2025": [5400]})
    >>> register(dataclasses.replace(town().workspace, targets=plan))["targets"]["pace_per_year"].tolist()
    [480.0]
    """
    targets = workspace.targets.drop(columns="quantity", errors="ignore")  # a name, for ``consistency``
    if len(targets):
        baseline = pd.to_numeric(targets["baseline_2020"], errors="coerce")
        target = pd.to_numeric(targets["target_2025"], errors="coerce")
        targets["change"] = target - baseline
        targets["pace_per_year"] = (target - baseline) / 5
        # A growth rate, or a five-year sum against one year, has no pace; the row says that it cannot be compared.
        if "comparable" in targets:
            targets.loc[targets["comparable"] == 0, ["change", "pace_per_year"]] = float("nan")
    projects = pd.DataFrame(workspace.projects.drop(columns="geometry"))
    found = workspace.contradictions.drop(columns="constraints", errors="ignore")  # ids, for ``consistency``
    clashes, remarks = _told_apart(_with_quotes(workspace, "contradiction", found))
    targets, projects = _with_quotes(workspace, "target", targets), _with_quotes(workspace, "project", projects)
    return answered(
        workspace,
        "register",
        Text("规划指标与项目", "Indicators and projects of the plan"),
        {
            "summary": _counted(targets, projects, clashes, remarks, len(workspace.facts)),
            "targets": targets,
            "projects": projects,
            "contradictions": clashes,
            "remarks": remarks,
            "facts": workspace.facts,
        },
        method=Text(
            "指标照规划表1；年均变化 =（2025 目标 − 2020 基数）÷ 5，仅用于可比的水平值",
            "indicators as table 1 of the plan; pace = (target 2025 − baseline 2020) ÷ 5, for comparable levels only",
        ),
        parameters={},
        basis=basis_of(targets) if "basis" in targets else "sourced",
        sources=source_ids(targets, projects, workspace.facts),
    )


BINDING = "约束性"
"""Value of ``kind`` (docs/data.md) of an indicator that the plan must meet."""
PLANS_OWN = "plan"
"""Mark in the column ``about`` of a contradiction of the plan with itself; anything else is a note of ours."""


def _with_quotes(workspace: Workspace, kind: str, table: pd.DataFrame) -> pd.DataFrame:
    """Return a table with the plan's words for each row (None where none are recorded), if the place has any at all."""
    said, key = quoted(workspace, kind), CITED[kind][1]
    if said.empty or key not in table:
        return table
    found = table[key].map(said.to_dict())
    return table.assign(quote=found.astype(object).where(found.notna(), None))


def _told_apart(table: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return what the plan says in two ways, and our own notes; a table that does not tell them apart is all of the first."""
    if "about" not in table:
        return table, table.iloc[:0]
    own = table["about"] == PLANS_OWN
    return table[own].reset_index(drop=True), table[~own].reset_index(drop=True)


def _counted(
    targets: pd.DataFrame, projects: pd.DataFrame, clashes: pd.DataFrame, remarks: pd.DataFrame, facts: int
) -> pd.DataFrame:
    """Return how many of everything there are: indicators by their number in the plan, not by their rows."""
    number = targets["number"] if "number" in targets else pd.Series(range(len(targets)), index=targets.index)
    binding = targets["kind"] == BINDING if "kind" in targets else pd.Series(False, index=targets.index)
    row = {
        "indicators": number.nunique(), "rows": len(targets), "binding": number[binding].nunique(),
        "projects": len(projects), "facts": facts, "contradictions": len(clashes), "remarks": len(remarks),
    }  # fmt: skip
    return pd.DataFrame([row])


def zone_card(workspace: Workspace, zone_id: str) -> Answer:
    """Return the card of a zone or sub-area: role, functions, carriers, clause, people, facilities, projects.

    Table ``carriers``: the premises, firms, institutes and platforms that the plan names for it and its sub-areas, with the
    plan's words; they are counted in nothing.

    Raises
    ------
    InputError
        If there is no such zone.

    Examples
    --------
    >>> from geo.examples import town
    >>> zone_card(town().workspace, "south")["card"][["area_km2", "people_2025"]].to_dict("records")
    [{'area_km2': 0.125, 'people_2025': 1100.0}]
    """
    zones = workspace.zones
    family = zone_family(workspace, zone_id)
    area = zones.loc[[zone_id]]
    cells = workspace.cells[workspace.cells["zone_id"].isin(family)]
    facts = {
        "area_km2": float(area.geometry.area.iloc[0] / 1e6),
        **{f"people_{year}": float(cells[f"people_{year}"].sum()) for year in workspace.years},
    }
    card = pd.DataFrame(area.drop(columns="geometry")).assign(**facts)
    inside = {name: _inside(workspace, name, area) for name in ("schools", "clinics", "stops", "facilities")}
    projects, carriers = (_of(workspace.layer(name), family) for name in ("projects", "carriers"))
    return answered(
        workspace,
        "zone_card",
        Text(str(area["name_zh"].iloc[0]), str(area["name_en"].iloc[0])),
        {"card": card, **inside, "carriers": _with_quotes(workspace, "carrier", carriers), "projects": projects},
        method=Text(
            "定位、功能、载体与条目出自规划；面积为本图形量算，人口为格网合计",
            "role, functions, carriers and clause from the plan; area measured on this shape, people summed over cells",
        ),
        parameters={"zone_id": zone_id},
        basis=basis_of(area),
        sources=source_ids(area),
    )


def _of(frame: pd.DataFrame, family: set[str]) -> pd.DataFrame:
    """Return the rows of a layer that name one of these zones; a row may name several."""
    table = pd.DataFrame(frame.drop(columns="geometry", errors="ignore"))
    return naming(table, family) if "zone_id" in table else table


def _inside(workspace: Workspace, name: str, area: pd.DataFrame) -> pd.DataFrame:
    frame = workspace.layer(name)
    within = frame[frame.intersects(area.geometry.iloc[0])]
    return pd.DataFrame(within.drop(columns="geometry"))
