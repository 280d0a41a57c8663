"""Where a new site would add most: newly served people (or pupils) at every node of the network."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from geo.answers.base import Answer, answered, basis_of, source_ids, title, with_degrees
from geo.answers.known import no_data_words
from geo.case import Case
from geo.errors import InputError
from geo.siting.gain import gain_surface
from geo.text import Text
from geo.workspace import Workspace

__all__ = ["gain"]


def gain(case: Case, *, by: str = "walk", limit: float | None = None, top: int = 10) -> Answer:
    """Return what a new facility of a service would newly serve at every node of the street network.

    Parameters
    ----------
    case
        The place, service and year asked about.
    by
        "walk" (along the network) or "radius" (straight line).
    limit
        Distance [m]; the standard's radius where not given.
    top
        How many of the best places to list; each at least ``limit`` from the ones before it, so that the list
        does not name ten corners of one crossing.

    Returns
    -------
    answer
        Table ``nodes``: one row a node with ``gain`` [pupils for schools, people otherwise]; ``top``: the best
        places with rank, gain, lon, lat and zone.

    Raises
    ------
    InputError
        If service, year, ``by`` or ``limit`` is not usable.

    Notes
    -----
    The first step of a greedy maximal covering (Church & ReVelle 1974), shown at every node instead of the best only.

    Examples
    --------
    >>> from geo.examples import town
    >>> answer = gain(town())  # nobody of c has a school within 500 m: 5.7 % of 400 people are pupils
    >>> answer["nodes"]["gain"].sort_index().round(1).to_dict()
    {1: 0.0, 2: 22.8, 3: 22.8, 4: 22.8}
    """
    workspace, asked = case.workspace, case.asked
    if by not in ("walk", "radius"):
        raise InputError(Text(f"by 须为 walk 或 radius，现为 {by}", f"by must be walk or radius, it is {by}"))
    metres = case.standard.radius_m if limit is None else float(limit)
    surface = case.keep(
        ("gain", case.service, case.year, case.demand, by, metres),
        workspace.network, workspace.cells, workspace.layer(asked.layer), workspace.parameters,
        make=lambda: (_by_walk if by == "walk" else _by_radius)(case, metres),
    )  # fmt: skip
    nodes = surface.copy()  # what is kept serves every later question
    basis = basis_of(workspace.cells, workspace.streets, case.supply)
    unit = ("学生", "pupils") if asked.unit == "pupils" else ("居民", "residents")
    way = ("步行", "on foot") if by == "walk" else ("直线", "in a straight line")
    return answered(
        case,
        "gain",
        title(case, "选址增益面", "gain surface"),
        {"top": with_degrees(_top(workspace, nodes, metres, top, basis)), "nodes": nodes},
        method=Text(
            f"在路网每个节点假设新建一处{asked.name_zh}：{way[0]} {metres:g} 米内原未覆盖的{unit[0]}数；逐节点精确计算，非抽样",
            f"a new {asked.name_en.lower()} supposed at each node of the network: {unit[1]} within {metres:g} m {way[1]} who have none now; exact at every node, not sampled",
        ),
        parameters={
            "service": case.service,
            "year": case.year,
            "by": by,
            "limit_m": metres,
            "unit": asked.unit,
            "nodes": len(nodes),
        },
        basis=basis,
        sources=source_ids(workspace.cells, workspace.streets),
        notes=no_data_words(case),
    )


def _by_walk(case: Case, limit: float) -> gpd.GeoDataFrame:
    unserved = _unserved(case, "walk", limit)
    snapped = case.snaps.loc[unserved.index].assign(people=unserved)
    return gain_surface(case.workspace.network, [], snapped, limit=limit)


def _unserved(case: Case, by: str, limit: float) -> pd.Series:
    """Return who lives beyond the limit of every facility, by cell; cells without anybody left out."""
    already = case.nearest(by)["metres"] <= limit
    return case.weight[~already & (case.weight > 0)]


def _by_radius(case: Case, limit: float) -> gpd.GeoDataFrame:
    unserved, workspace = _unserved(case, "radius", limit), case.workspace
    cells = workspace.cells.loc[unserved.index]
    network = workspace.network
    out = np.zeros(network.n_nodes)
    if len(cells):
        tree = cKDTree(network.xy)
        near = tree.query_ball_point(np.column_stack([cells.geometry.x, cells.geometry.y]), limit)
        count = np.fromiter((len(n) for n in near), int, len(near))
        np.add.at(
            out,
            np.concatenate([np.asarray(n, int) for n in near]) if count.sum() else np.zeros(0, int),
            np.repeat(unserved.to_numpy(float), count),
        )
    nodes = gpd.points_from_xy(network.xy[:, 0], network.xy[:, 1])
    return gpd.GeoDataFrame({"gain": out}, geometry=nodes, crs=network.crs, index=network.nodes)


def _top(workspace: Workspace, nodes: gpd.GeoDataFrame, apart: float, count: int, basis: str) -> gpd.GeoDataFrame:
    """Return the best nodes, each at least ``apart`` metres from the better ones."""
    order = nodes[nodes["gain"] > 0].sort_values("gain", ascending=False, kind="stable")
    xy = np.column_stack([order.geometry.x, order.geometry.y])
    kept: list[int] = []
    for i in range(len(order)):
        if len(kept) == count:
            break
        if all(np.hypot(*(xy[i] - xy[k])) >= apart for k in kept):
            kept.append(i)
    best = order.iloc[kept].copy()
    best.insert(0, "rank", range(1, len(best) + 1))
    zones = workspace.zones[["name_zh", "geometry"]]
    leaf = ~workspace.zones.index.isin(workspace.zones["parent_id"].dropna())
    best["zone_zh"] = [next(iter(zones[leaf & zones.intersects(p)]["name_zh"]), None) for p in best.geometry]
    best["basis"] = basis
    return best
