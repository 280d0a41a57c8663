"""The plan's projects and what they bring: seats, beds, an opening year; and which of a zone's gaps they close."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from geo.answers.adequate import adequacy
from geo.answers.base import Answer, answered, basis_of, source_ids, zone_family
from geo.answers.counted import placed
from geo.case import Case
from geo.errors import InputError
from geo.schema import LAYERS
from geo.services import SERVICES, STAGES
from geo.text import Text, several
from geo.workspace import Workspace

__all__ = ["closing", "naming", "projects"]

STATES = LAYERS["projects"].by_name["state"].choices
"""The plan's own words, in its order."""
HALF = 0.5
"""Less than this is no seat: it would be told as 0."""
BROUGHT = (*(f"seats_{stage}" for stage in STAGES), "beds")
TAKEN = (
    "project_id",
    "name",
    "name_en",
    "kind",
    "state",
    "zone_id",
    "clause",
    "facility_id",
    "basis",
    "accuracy_m",
    "source_id",
    "note",
)


def projects(
    workspace: Workspace, *, zone: str | None = None, state: str | None = None, year: int | None = None
) -> Answer:
    """Return the plan's projects, each with what it brings.

    Parameters
    ----------
    workspace
        The place; under a scenario the facilities are those of the scenario, and so are the seats.
    zone
        Only projects that name this zone or one of its sub-areas; one that names no zone belongs to none.
    state
        Only those in this state, the plan's own word: 谋划储备, 启动建设 or 建成投产.
    year
        Only those that are known to be open by then; one without a year is not.

    Returns
    -------
    answer
        Table ``projects``, a row each: the columns of the layer, ``seats_<stage>`` and ``beds`` of the facility that it builds
        (unknown where it builds none or nobody says: never 0), ``brings_basis`` (of these numbers), ``year`` of opening with
        ``year_basis`` (the project's own, else that of its facility), ``open_year``: its own alone, which the plan or a report gives
        (a timeline of the plan goes by this one: a facility's year may be supposed), ``placed``: whether it has a place on the map.
        ``states``: number, seats and beds by state, in the order of the plan.

    Raises
    ------
    InputError
        If there is no such zone or state.

    Examples
    --------
    >>> import dataclasses, geopandas as gpd
    >>> from geo.examples import town
    >>> place = town().workspace
    >>> plan = gpd.GeoDataFrame(
    ...     {"name": ["school", "park"], "kind": ["school", "green"], "state": ["启动建设", "谋划储备"], "zone_id": ["south", None], "facility_id": ["S", None]},
    ...     index=pd.Index(["P1", "P2"], name="project_id"), geometry=[place.schools.geometry.loc["S"], None], crs=place.crs,
    ... )
    >>> table = projects(dataclasses.replace(place, projects=plan))["projects"]
    >>> table[["project_id", "seats_primary", "placed"]].values.tolist()
    [['P1', 540.0, True], ['P2', <NA>, False]]
    """
    table = _told(workspace)
    if zone is not None:
        table = naming(table, zone_family(workspace, zone))
    order = list(dict.fromkeys([*STATES, *table["state"].astype(str)]))
    if state is not None:
        if state not in order:
            raise InputError(
                Text(
                    f"没有阶段“{state}”，可选：{'、'.join(order)}",
                    f"no state '{state}', choose one of {', '.join(order)}",
                )
            )
        table = table[table["state"].astype(str) == state]
    if year is not None:
        table = table[(table["year"] <= year).fillna(False)]
    states = [
        {"state": s, "projects": len(mine), **{c: mine[c].sum(min_count=1) for c in BROUGHT}}
        for s in order
        if len(mine := table[table["state"].astype(str) == s]) or s in STATES
    ]
    return answered(
        workspace,
        "projects",
        Text("规划项目", "Projects of the plan"),
        {"projects": table.reset_index(drop=True), "states": pd.DataFrame(states)},
        method=Text(
            "学位、床位取自项目对应的设施；年份取项目自己的，没有则取其设施的；规划没有说的不填，滚动项目不猜年份；阶段由规划用词推断",
            "seats and beds are those of the facility that a project builds; the year is its own, else its facility's; what the plan does not say "
            "stays unknown, a rolling project is given no year; states are read from the plan's words",
        ),
        parameters={k: v for k, v in {"zone": zone, "state": state, "year": year}.items() if v is not None},
        basis=basis_of(table) if len(table) else "sourced",
        sources=source_ids(table) if len(table) else (),
    )  # fmt: skip


def closing(case: Case, zone: str) -> Answer:
    """Return, stage by stage, how many seats a zone lacks and which projects of the plan bring some.

    Parameters
    ----------
    case
        The place and the year asked about; of its demand model are the needs.
    zone
        A zone or a sub-area.

    Returns
    -------
    answer
        Table ``stages``: ``stage``, ``demand``, ``existing`` and ``planned`` seats (open by the year), ``lacking``: what the zone would lack of its need
        without anything planned, ``by_projects``: seats of planned schools that projects build and that stand in the zone, ``deficit``: what is left,
        ``deficit_within``: what its parts lack, each by itself, ``projects`` (ids), ``text_zh`` and ``text_en``: one sentence. A number that rests on
        seats nobody knows is missing. ``projects``: those that bring seats and name the zone or stand in it, as :func:`projects`.
        Seats are counted as :func:`adequacy` counts them: by the place of the school and the year it opens, under a scenario too.

    Raises
    ------
    InputError
        If there is no such zone.

    Examples
    --------
    >>> from geo.examples import town
    >>> closing(town(), "south")["stages"].loc[1, ["stage", "existing", "by_projects"]].to_dict()
    {'stage': 'primary', 'existing': 540.0, 'by_projects': 0.0}
    """
    every, family = _told(case.workspace), zone_family(case.workspace, zone)
    mine = naming(every, family)
    found = adequacy(case)
    table = found.tables["zones"]
    table = table[table["zone_id"] == zone].set_index("stage")
    rows, bringing = [], set()
    for stage in (s for s in STAGES if s in table.index):
        row = table.loc[stage]
        supply = placed(case.of(stage))
        new = supply[(supply["status"] != "existing") & supply["zone_id"].isin(family)]
        there = every[every["facility_id"].isin(new.index) & every[f"seats_{stage}"].notna()]
        bringing |= set(there["project_id"])
        told = _gap(stage, row, there)
        sentence = _sentence(case, stage, told, there)
        rows.append({**told, "text_zh": sentence.zh, "text_en": sentence.en})
    sized = mine[[f"seats_{s}" for s in STAGES]].notna().any(axis="columns")
    silent = mine[~sized & (mine["kind"] == "school")]
    bringing |= set(mine.loc[sized, "project_id"])
    return answered(
        case.workspace,
        "closing",
        Text("缺口与补上缺口的项目", "Gaps, and the projects that close them"),
        {"stages": pd.DataFrame(rows), "projects": every[every["project_id"].isin(bringing)].reset_index(drop=True)},
        method=found.method,
        parameters={"zone": zone, "year": case.year},
        basis=found.basis,
        sources=found.sources,
        notes=(*((_unsaid(silent),) if len(silent) else ()), *found.notes),
    )


def _gap(stage: str, row: pd.Series, there: pd.DataFrame) -> dict[str, Any]:
    """Return the numbers of one stage; what rests on seats that nobody knows is missing, never 0."""
    demand, existing = float(row["demand"]), float(row["existing"])
    # One school may be named by two projects: its seats come once.
    brought = float(there.drop_duplicates("facility_id")[f"seats_{stage}"].sum())
    return {
        "stage": stage, "demand": demand, "existing": existing, "planned": float(row["planned"]),
        "lacking": float(np.maximum(0.0, demand - existing)), "by_projects": brought, "deficit": float(row["deficit"]),
        "deficit_within": float(row["deficit_within"]), "projects": ";".join(there["project_id"].astype(str)), "basis": row["basis"],
    }  # fmt: skip


def _unsaid(silent: pd.DataFrame) -> Text:
    zh, en = _names(silent)
    return Text(
        f"规划没有给出学位数、因此没有计入的学校项目：{zh}",
        f"School projects whose seats the plan does not give, and which are not counted: {en}",
    )


def _sentence(case: Case, stage: str, told: dict[str, Any], there: pd.DataFrame) -> Text:
    one, year = SERVICES[stage], case.year
    if np.isnan(told["existing"]):
        return Text(
            f"{one.name_zh}：现状学位未知（需 {told['demand']:,.0f}），缺口无法判断；{_by(told, there).zh}。",
            f"{one.name_en}: how many seats there are is not known ({told['demand']:,.0f} are needed), nor what is lacking; {_by(told, there).en}.",
        )
    if told["lacking"] < HALF:
        return Text(f"{one.name_zh}：现状学位已够（{told['existing']:,.0f}，需 {told['demand']:,.0f}）{_within(told).zh}。",
                    f"{one.name_en}: the seats that exist are enough ({told['existing']:,.0f} for {told['demand']:,.0f}){_within(told).en}.")  # fmt: skip
    by = _by(told, there)
    return Text(
        f"{one.name_zh}：按 {year} 年需求，现状缺 {told['lacking']:,.0f} 个学位；{by.zh}；{_left(told, year).zh}{_within(told).zh}。",
        f"{one.name_en}: of the need of {year}, {told['lacking']:,.0f} seats are lacking today; {by.en}; {_left(told, year).en}{_within(told).en}.",
    )


def _by(told: dict[str, Any], there: pd.DataFrame) -> Text:
    """Return which projects bring how many seats, and how many other planned schools do."""
    zh, en = _names(there)
    if told["by_projects"]:
        out = Text(
            f"规划项目带来 {told['by_projects']:,.0f} 个（{zh}）", f"projects bring {told['by_projects']:,.0f} ({en})"
        )
    else:
        out = Text("没有规划项目带来学位", "no project of the plan brings any")
    others = told["planned"] - told["by_projects"]
    if np.isnan(others):
        return Text(f"{out.zh}，其他规划学校学位未知", f"{out.en}, how many other planned schools bring is not known")
    if others > 0:
        return Text(f"{out.zh}，其他规划学校 {others:,.0f} 个", f"{out.en}, other planned schools {others:,.0f}")
    return out


def _left(told: dict[str, Any], year: int) -> Text:
    if np.isnan(told["deficit"]):
        return Text(f"{year} 年缺多少无法判断", f"how many are lacking in {year} cannot be told")
    if told["deficit"] >= HALF:
        return Text(f"{year} 年仍缺 {told['deficit']:,.0f} 个", f"{told['deficit']:,.0f} still lacking in {year}")
    return Text(f"{year} 年不缺", f"none lacking in {year}")


def _within(told: dict[str, Any]) -> Text:
    """Return what the parts lack where the whole hides it: seats in one sub-area do not serve another by themselves."""
    if not told["deficit_within"] >= told["deficit"] + HALF:
        return Text("", "")
    return Text(
        f"（各分区分别计，合计缺 {told['deficit_within']:,.0f} 个）",
        f" (its parts, each by itself, lack {told['deficit_within']:,.0f})",
    )


def _names(rows: pd.DataFrame) -> tuple[str, str]:
    told = [
        (f"{r['project_id']} {r['name']}", f"{r['project_id']} {r['name_en'] if _said(r['name_en']) else r['name']}")
        for _, r in rows.iterrows()
    ]
    return "、".join(zh for zh, _ in told), ", ".join(en for _, en in told)


def _told(workspace: Workspace) -> pd.DataFrame:
    """Return a row for each project, with what its facility brings."""
    layer = workspace.projects
    table = pd.DataFrame(layer.drop(columns="geometry")).reset_index(drop=True)
    table["project_id"] = layer.index.astype(str)
    for column in (*TAKEN, "open_year"):  # a workspace may tell less of its projects
        if column not in table:
            table[column] = None
    table = table[[*TAKEN, "open_year"]].copy()
    table["placed"] = layer.geometry.notna().to_numpy()
    rows: list[dict[str, Any]] = []
    for facility in table["facility_id"]:
        row = _facility(workspace, facility)
        if row is None:
            rows.append({})
            continue
        # 0 seats of a stage says that the school does not teach it.
        told = {c: float(row[c]) for c in BROUGHT if c in row and _said(row[c]) and float(row[c]) > 0}
        basis = str(row["basis"])
        rows.append(
            {**told, "opens": row.get("open_year"), "opens_basis": basis, "brings_basis": basis if told else ""}
        )
    found = pd.DataFrame(rows, index=table.index, columns=[*BROUGHT, "opens", "opens_basis", "brings_basis"])
    for column in BROUGHT:
        table[column] = pd.to_numeric(found[column], errors="coerce").astype("Float64")
    table["brings_basis"] = [b if _said(b) else "" for b in found["brings_basis"]]
    own_year, its = (pd.to_numeric(c, errors="coerce").astype("Int64") for c in (table["open_year"], found["opens"]))
    table["open_year"] = own_year
    table["year"] = own_year.fillna(its)
    table["year_basis"] = [
        "" if pd.isna(y) else str(b) if pd.notna(o) else f
        for y, o, b, f in zip(table["year"], own_year, table["basis"], found["opens_basis"], strict=True)
    ]
    return table


def _facility(workspace: Workspace, facility: object) -> pd.Series | None:
    """Return the school or clinic that a project builds; None where it builds none that is there."""
    layer = next((f for f in (workspace.schools, workspace.clinics) if facility in f.index), None)
    return None if layer is None else layer.loc[facility]


def _said(value: object) -> bool:
    return not (value is None or value is pd.NA or (isinstance(value, float) and pd.isna(value)) or value == "")


def naming(table: pd.DataFrame, family: set[str]) -> pd.DataFrame:
    """Return the projects that name one of these zones.

    Parameters
    ----------
    table
        Projects with `zone_id`, several ids of one project divided by `;`; one that names no zone belongs to none.
    family
        Ids of zones, as `zone_family` gives them: a zone with its sub-areas.

    Returns
    -------
    pandas.DataFrame
        Those rows of `table`, in its order.

    Examples
    --------
    >>> import pandas as pd
    >>> from geo.answers.projects import naming
    >>> table = pd.DataFrame({"project_id": ["p1", "p2", "p3"], "zone_id": ["hy", "bl; hy-n", None]})
    >>> naming(table, {"hy", "hy-n"})["project_id"].tolist()
    ['p1', 'p2']
    """
    return table[np.array([bool(family & set(several(z))) for z in table["zone_id"]], dtype=bool)]
