"""Which facilities hang far from the street network: every walking distance to them is wrong or endless."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geo.answers.base import Answer, answered, basis_of, source_ids
from geo.case import Case
from geo.text import Text

__all__ = ["FAR_M", "WALK_M", "tied"]

FAR_M = 100.0
"""A facility farther than this from any street is not tied to the network: nobody crosses a block to reach a door."""
WALK_M = 1000.0
"""A facility farther than this from every zone is reached by bus or car; whether streets lead to it decides nothing."""
LAYERS = ("schools", "clinics", "stops", "facilities")


def tied(case: Case) -> Answer:
    """Return how many schools, clinics and stops are tied to the streets, and which are not and why.

    A facility is tied where a street lies within ``FAR_M`` and belongs to a part of the network where people live.
    Planned ones count too: their distances are asked for as soon as their year is.

    Returns
    -------
    answer
        Table ``layers``: facilities, ``tied``, ``untied``, ``outside`` (farther than ``WALK_M`` from every zone,
        neither tied nor untied) of each layer. Table ``untied``: ``layer``, ``id``, names, ``snap_m`` (the way to the
        nearest street [m]), ``zone_m`` (to the nearest zone [m]), ``why_zh``, ``why_en``.

    Examples
    --------
    >>> from geo.examples import town
    >>> tied(town())["layers"].loc["schools"].to_dict()
    {'facilities': 1, 'tied': 1, 'untied': 0, 'outside': 0}
    """
    place = case.workspace
    rows = pd.concat([_of(case, layer) for layer in LAYERS], ignore_index=True)
    layers = pd.DataFrame(
        {
            "facilities": rows.groupby("layer").size(),
            **{state: (rows["state"] == state).groupby(rows["layer"]).sum() for state in ("tied", "untied", "outside")},
        }
    ).reindex(list(LAYERS), fill_value=0)
    untied = rows[rows["state"] == "untied"].drop(columns="state").sort_values("snap_m", ascending=False)
    return answered(
        place,
        "tied",
        Text("设施与路网的衔接", "Facilities and the streets"),
        {"layers": layers.astype(int), "untied": untied.reset_index(drop=True)},
        method=Text(
            f"距最近街道超过 {FAR_M:g} 米，或所接街道与有人居住的路网不相连，即为未接入；距各片区超过 {WALK_M:g} 米的不计",
            f"not tied: more than {FAR_M:g} m from any street, or on streets that nobody lives on or can come from; "
            f"facilities more than {WALK_M:g} m from every zone are left out",
        ),
        parameters={"far_m": FAR_M, "outside_m": WALK_M},
        basis=basis_of(place.streets),
        sources=source_ids(place.streets),
    )


def _of(case: Case, layer: str) -> pd.DataFrame:
    """Return the facilities of a layer with how each is tied."""
    place, frame = case.workspace, case.workspace.layer(layer)
    snaps = place.network.snap(frame.geometry)
    part = _parts(place.streets)
    lived_in = set(case.snaps["edge"].dropna().map(part)) if len(part) else set()
    far = snaps["snap_m"].gt(FAR_M) | snaps["edge"].isna()
    alone = ~far & ~snaps["edge"].map(part).isin(lived_in)
    area = place.zones.geometry.union_all()
    away = frame.geometry.distance(area) if len(place.zones) else pd.Series(0.0, frame.index)
    why = [_why(d, bool(f), bool(a)) for d, f, a in zip(snaps["snap_m"], far, alone, strict=True)]
    state = np.select([away > WALK_M, far | alone], ["outside", "untied"], "tied")
    names = {c: frame[c].fillna("") if c in frame else "" for c in ("name_zh", "name_en")}
    return pd.DataFrame(
        {
            "layer": layer, "id": frame.index.astype(str), **names, "snap_m": snaps["snap_m"], "zone_m": away,
            "why_zh": [w.zh for w in why], "why_en": [w.en for w in why], "state": state,
        }, index=frame.index,
    )  # fmt: skip


def _parts(streets: pd.DataFrame) -> pd.Series:
    """Return the number of the connected part that each street belongs to."""
    ends, labels = pd.factorize(streets[["u", "v"]].to_numpy().ravel())
    ends = ends.reshape(-1, 2)
    graph = coo_array((np.ones(len(ends), np.int8), ends.T), shape=(len(labels),) * 2)
    return pd.Series(connected_components(graph, directed=False)[1][ends[:, 0]], index=streets.index)


def _why(metres: float, far: bool, alone: bool) -> Text:
    if far and np.isfinite(metres):
        return Text(
            f"最近的街道在 {metres:.0f} 米外：路网没有延伸到这里，请补街道或核对位置",
            f"the nearest street is {metres:.0f} m away: the network stops short of it; add streets or check its place",
        )
    if far:
        return Text("没有街道或没有坐标，请补上", "no street or no coordinates: add them")
    if alone:
        return Text(
            "所接街道与有人居住的路网不相连，请补连接的街道",
            "its street is not connected to those where people live: add the street between",
        )
    return Text("", "")
