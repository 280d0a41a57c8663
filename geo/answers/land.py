"""Whether sites and projects agree with the land use and the control lines that were imported."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import pandas as pd

from geo.answers.base import Answer, answered, basis_of, source_ids
from geo.case import Case
from geo.errors import InputError
from geo.land import CONTROLS, FITTING, by_controls, by_use
from geo.services import SCHOOL_STAGES, SERVICES
from geo.text import Text
from geo.workspace import Workspace

__all__ = ["land", "land_rules"]

GUIDE = ("国土空间调查、规划、用途管制用地用海分类指南（2023）", "")
"""Where the codes of the uses stand."""
NOTE = Text(
    "条文未见原文，归属为一般认识", "the text of the clause was not at hand; its number is from general knowledge"
)


def land_rules(case: Case, point: gpd.GeoSeries) -> list[dict[str, Any]]:
    """Return the rules of land use and control lines for a site of the service asked, as rows of ``geo.answers.site``'s rules.

    Empty where neither layer is imported: what is not there is no rule that is kept.

    Examples
    --------
    >>> import dataclasses, shapely
    >>> from geo.examples import town
    >>> place = town().workspace
    >>> farm = gpd.GeoDataFrame({"kind": ["farmland"], "basis": "sourced", "accuracy_m": 1.0}, geometry=[place.zones.union_all()], crs=place.crs)
    >>> here = place.schools.geometry.iloc[[0]]
    >>> [rule["met"] for rule in land_rules(town().under(dataclasses.replace(place, controls=farm)), here)], land_rules(town(), here)
    ([False], [])
    """
    workspace, rows = case.workspace, []
    if len(workspace.controls):
        rows += [_control(row) for row in by_controls(point, workspace.controls).to_dict("records")]
    if len(workspace.landuse) and case.service in FITTING:
        rows.append(_use(by_use(point, workspace.landuse, case.service).iloc[0].to_dict()))
    return rows


def _control(row: dict[str, Any]) -> dict[str, Any]:
    one = CONTROLS[row["kind"]]
    side = Text("以内", "inside") if row["inside"] else Text("以外", "outside")
    far = f"{row['edge_m']:.0f} ± {row['accuracy_m']:.0f}"
    must = Text(f"位于{one.zh}内", f"inside the {one.en}") if one.inside else Text(f"不占{one.zh}", f"not on {one.en}")
    actual = Text(f"在线{side.zh}，距线 {far} 米", f"{side.en}, {far} m from the line")
    return _row(f"control_{one.key}", must, (one.standard, one.clause), row["met"], actual, row["basis"], NOTE)


def _use(row: dict[str, Any]) -> dict[str, Any]:
    must = Text("规划用地性质相符", "the planned use of the land fits")
    named = f"{row['code'] or ''} {row['use_zh'] or ''}".strip()
    told = {
        "fits": Text(named, named),
        "reserved": Text(f"{named}，留白用地，用途未定", f"{named}: reserved, its use is open"),
        "other": Text(f"{named}，须调整规划", f"{named}: the plan would have to be changed"),
        "barred": Text(f"{named}，非建设用地", f"{named}: no building land"),
        "unknown": Text(f"{named or '未写代码'}，无法判断", f"{named or 'no code'}: cannot be judged"),
        "outside": Text("此处没有规划用地图斑", "no plot of planned land use here"),
    }[row["use"]]
    return _row("land_use", must, GUIDE, row["met"], told, row["basis"] or "assumed", NOTE)


def _row(
    name: str, text: Text, source: tuple[str, str], met: bool | None, actual: Text, basis: str, note: Text
) -> dict[str, Any]:
    return {
        "rule": name, "text_zh": text.zh, "text_en": text.en, "standard": source[0], "clause": source[1], "note_zh": note.zh, "note_en": note.en,
        "met": met, "actual": actual.en, "actual_zh": actual.zh, "basis": basis,
    }  # fmt: skip


def land(workspace: Workspace) -> Answer:
    """Return whether planned facilities and the plan's projects agree with land use and control lines.

    Returns
    -------
    answer
        Table ``findings``: one row a thing and rule (``what``, ``id``, ``name_zh``, ``rule``, ``text_zh``, ``text_en``, ``met``, ``actual``,
        ``actual_zh``, ``standard``, ``clause``, ``basis``); ``summary``: one row, ``checked`` things, ``kept``, ``broken`` and ``unjudged`` rules,
        ``without_place``: projects that have none.

    Raises
    ------
    InputError
        If neither layer is imported.

    Examples
    --------
    >>> import dataclasses, shapely
    >>> from geo.examples import town
    >>> place = town().workspace
    >>> red = gpd.GeoDataFrame({"kind": ["ecology"], "basis": "sourced", "accuracy_m": 1.0}, geometry=[place.zones.union_all()], crs=place.crs)
    >>> school = place.schools.assign(status="planned")
    >>> land(dataclasses.replace(place, controls=red, schools=school))["findings"][["id", "rule", "met"]].values.tolist()
    [['S', 'control_ecology', False]]
    """
    if not len(workspace.controls) and not len(workspace.landuse):
        raise InputError(
            Text(
                "工作区没有规划用地（landuse）和控制线（controls）图层：请先导入",
                "the workspace has no layer landuse and no layer controls: import them first",
            )
        )
    rows: list[dict[str, Any]] = []
    checked = 0
    for what, thing in _things(workspace):
        checked += 1
        rows += [{"what": what, **thing["row"], **rule} for rule in _rules_at(workspace, thing)]
    table = pd.DataFrame(rows, columns=[
        "what", "id", "name_zh", "rule", "text_zh", "text_en", "met", "actual", "actual_zh", "standard", "clause", "note_zh", "note_en", "basis",
    ])  # fmt: skip
    met = table["met"].astype(object)
    summary = {
        "checked": checked, "kept": int((met == True).sum()), "broken": int((met == False).sum()),  # noqa: E712
        "unjudged": int(met.isna().sum()), "without_place": int(workspace.projects.geometry.isna().sum()),
    }  # fmt: skip
    return answered(
        workspace, "land", Text("用地与控制线核对", "Land use and control lines"),
        {"summary": pd.DataFrame([summary]), "findings": table.sort_values("met", key=lambda c: c.map({False: 0, None: 1, True: 2}), kind="stable").reset_index(drop=True)},
        method=Text(
            "规划和拟建设施、规划项目的位置与导入的规划用地、三条控制线相比；离边界比边界精度更近的不判定",
            "places of planned facilities and projects against the imported land use and control lines; what lies nearer to an edge than the edge is known is not judged",
        ),
        parameters={"landuse": len(workspace.landuse), "controls": len(workspace.controls)},
        basis=_weakest(table), sources=source_ids(workspace.landuse, workspace.controls, workspace.projects),
    )  # fmt: skip


def _weakest(table: pd.DataFrame) -> str:
    return basis_of(table) if len(table) else "sourced"


def _things(workspace: Workspace) -> list[tuple[str, dict[str, Any]]]:
    """Return what is judged: facilities that do not exist yet, and projects that have a place."""
    found: list[tuple[str, dict[str, Any]]] = []
    for what in ("schools", "clinics"):
        frame = workspace.layer(what)
        for mark, row in frame[frame["status"] != "existing"].iterrows():
            found.append(
                (
                    what,
                    {
                        "row": {"id": mark, "name_zh": row["name_zh"]},
                        "at": row.geometry,
                        "service": _service(what, row),
                    },
                )
            )
    projects = workspace.projects[workspace.projects.geometry.notna()]
    for mark, row in projects.iterrows():
        found.append(("projects", {"row": {"id": mark, "name_zh": row["name"]}, "at": row.geometry, "service": None}))
    return found


def _service(what: str, row: pd.Series) -> str | None:
    """Return a service whose land a facility needs: its kind's, else the stage it has most seats of."""
    kind = str(row.get("kind") or "")
    if kind in FITTING:
        return kind
    if what == "schools":
        seats = {key: row.get(SERVICES[key].seats) for key in ("kindergarten", "primary", "junior", "senior")}
        known = {key: float(v) for key, v in seats.items() if pd.notna(v) and float(v) > 0}
        if known:
            return max(known, key=lambda key: known[key])
        return next(iter(SCHOOL_STAGES.get(kind, ())), None)
    return None


def _rules_at(workspace: Workspace, thing: dict[str, Any]) -> list[dict[str, Any]]:
    at = thing["at"]
    point = gpd.GeoSeries([at if at.geom_type == "Point" else at.representative_point()], crs=workspace.crs)
    rows = []
    if len(workspace.controls):
        rows += [_control(row) for row in by_controls(point, workspace.controls).to_dict("records")]
    if len(workspace.landuse) and thing["service"] in FITTING:
        rows.append(_use(by_use(point, workspace.landuse, thing["service"]).iloc[0].to_dict()))
    return rows
