"""Where a bridge, an underpass or a gate over a barrier would bring most people within the standard: crossing gain."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.answers.base import Answer, answered, basis_of, source_ids, title, with_degrees
from geo.answers.known import no_data, no_data_words
from geo.answers.live import live_of
from geo.case import Case
from geo.errors import InputError
from geo.laws import limit_of
from geo.network.live import Live
from geo.progress import Progress, Step
from geo.siting import crossings as candidates
from geo.siting.crossed import Alone, alone
from geo.siting.crossings_together import Together, together
from geo.text import Text
from geo.workspace import Workspace

__all__ = ["BARRIER_LINKS", "LONGEST_M", "STEP_M", "barriers_of", "crossings"]

BARRIER_LINKS = ("railway", "light_rail", "expressway")
"""Kinds of lines that nobody walks across. A metro is none: the data do not say where it runs underground."""
LONGEST_M = 300.0
STEP_M = 50.0
MOST_TOGETHER = 20
"""Crossings of one set, at most."""
NAMED = 6
"""Barriers that a note names, at most."""
OF_BARRIER = ("name_zh", "name_en", "kind", "basis", "source_id")

Made = tuple[gpd.GeoDataFrame, Live, Alone]


def crossings(
    case: Case, *, limit: float | None = None, longest: float = LONGEST_M, step: float = STEP_M, k: int = 3, top: int = 10,
    barriers: gpd.GeoDataFrame | None = None, progress: Progress | None = None,
) -> Answer:  # fmt: skip
    """Return what every possible crossing of the barriers would add, the best ones, and the best ``k`` together.

    Parameters
    ----------
    case
        The place, service and year asked about.
    limit
        Walking distance [m]; the standard's radius where not given. "Within" includes the limit itself.
    longest
        Longest crossing [m], from street to street.
    step
        Along a barrier a crossing is looked for every so many metres [m].
    k
        How many are chosen to be built together, 1 to 20.
    top
        How many of the best to list; each at least ``limit`` from the ones before it, so that the list does not name
        ten places of one bridge.
    barriers
        More barriers than ``barriers_of`` knows, in the CRS of the place: those of a scenario
        (``geo.scenario.streets.barriers_of``).
    progress
        Told what is being done, as often as something new begins.

    Returns
    -------
    answer
        Table ``crossings``, the best first: the line from street to street, ``rank`` (missing where nobody gains), ``gain``
        (people newly served, less ``lost``: who lives nearer to the crossing than to the street is counted from there, and may
        be farther off [persons]), ``length_m``, ``barrier_zh``, ``barrier_en``, ``kind``, ``barrier`` (its id), ``along_m``
        (along the drawn line of the barrier), ``lon``, ``lat`` (that place), ``zone_id`` and ``zone_zh`` (where most of those who gain
        live), ``basis``. ``best``: the first ``top`` of them, with ``walk_m``, the walk of today between the ends.
        ``together``: one row with ``k``, ``gain``, ``bound``, ``gap``, ``proven`` and the ids; ``chosen``: its crossings,
        with ``gain_with`` (the gain of all up to this one). Where the data hold nothing of the service, all gains are missing.

    Raises
    ------
    InputError
        If service, year or a number is not usable.

    Notes
    -----
    ``gain`` is the change of ``coverage`` on foot on the place with the crossing built, to the last person.
    How: ``geo.siting.crossings``, ``crossed`` and ``crossings_together``.

    Examples
    --------
    >>> from geo.examples import CRS, at, town
    >>> line = shapely.LineString([at(0, 150), at(400, 150)])
    >>> railway = gpd.GeoDataFrame({"name_en": ["Railway"]}, geometry=[line], index=["R"], crs=CRS)
    >>> answer = crossings(town(), limit=600, step=100, k=1, barriers=railway)  # c, 800 m off, comes to 550 and 450 m
    >>> answer["crossings"][["rank", "gain", "length_m", "along_m"]].to_numpy().tolist()
    [[1, 400.0, 300.0, 50.0], [2, 400.0, 300.0, 150.0]]
    >>> answer["together"][["gain", "bound", "proven"]].to_dict("records")
    [{'gain': 400.0, 'bound': 400.0, 'proven': True}]
    """
    workspace = case.workspace
    metres = case.standard.radius_m if limit is None else limit_of(limit)
    if not np.isfinite(metres):
        raise InputError(Text(f"服务距离须为有限数，现为 {metres}", f"the limit must be finite, it is {metres}"))
    if not (isinstance(k, int | np.integer) and 1 <= k <= MOST_TOGETHER):
        raise InputError(Text(f"k 须为 1 到 {MOST_TOGETHER} 的整数，现为 {k}", f"k must be a whole number from 1 to {MOST_TOGETHER}, it is {k}"))  # fmt: skip
    walls = barriers_of(workspace, case.year, more=barriers)
    counted = case.people.where(workspace.cells["zone_id"].notna(), 0.0)
    basis = basis_of(workspace.cells, workspace.streets, case.supply, walls)
    told = progress or (lambda _: None)
    told(Step(Text("寻找可能的通道，逐处计算", "looking for crossings, each by itself"), 0, 2))
    found, live, single = _made(case, walls, metres, longest, step, keep=barriers is None)
    told(
        Step(
            Text(f"{len(found):,} 处可能的通道：求最优的几处", f"{len(found):,} possible crossings: the best few"), 1, 2
        )
    )
    best_set = together(live, found.geometry, counted, int(k), limit=metres, known=single)
    table = _table(case, found, walls, single, counted, basis)
    ranked = table[table["rank"].notna()]
    best = _apart(ranked, metres, top)
    chosen = table.loc[found.index[list(best_set.chosen)]].assign(gain_with=list(best_set.steps))
    if no_data(case):
        table, best, chosen = (t.assign(gain=np.nan, lost=np.nan, rank=pd.NA) for t in (table, best[:0], chosen[:0]))
    tables = {
        "best": _walked(workspace, best),
        "together": _summary(best_set, list(chosen.index), int(k), basis, unknown=no_data(case)),
        "chosen": _walked(workspace, chosen),
        "crossings": table,
    }
    name = case.asked
    return answered(
        case,
        "crossings",
        title(case, "打通增益", "crossing gain"),
        tables,
        method=Text(
            f"沿每条屏障每 {step:g} 米、垂直于屏障，从一侧最近的街道到另一侧最近的街道设一处通道（不长于 {longest:g} 米，且现状绕行超过其长度的 {candidates.DETOUR:g} 倍）；增益为建成后步行 {metres:g} 米内有{name.name_zh}的居民净增数，逐处按改动后的步行网络精确计算。{int(k)} 处一起：贪心与交换求得，由整张网络计算；上界为每人只按其路上最后一处通道、其余全部建成时计的最大覆盖",
            f"every {step:g} m along each barrier, at right angles to it, a crossing from the nearest street on one side to the nearest on the other (at most {longest:g} m, and the walk of today more than {candidates.DETOUR:g} times as long); gain: residents more with a {name.name_en.lower()} within {metres:g} m on foot when it is built, exact on the changed network, one by one. The {int(k)} together: greedy and exchange, told by the whole network; the bound is the maximal covering in which everybody counts for the last crossing on the way, all others built",
        ),
        parameters={
            "service": case.service, "year": case.year, "limit_m": metres, "longest_m": longest, "step_m": step,
            "detour": candidates.DETOUR, "k": int(k), "barriers": len(walls), "candidates": len(found),
        },
        basis=basis,
        sources=source_ids(workspace.cells, workspace.streets, case.supply, walls),
        notes=(*no_data_words(case), *_notes(walls, table, ranked, metres, longest)),
    )  # fmt: skip


def barriers_of(workspace: Workspace, year: int, *, more: gpd.GeoDataFrame | None = None) -> gpd.GeoDataFrame:
    """Return what nobody walks across in a year: railways, light rail, expressways and waters, and ``more``.

    Lines that are planned count from the year they open; where that is not known, never.

    Examples
    --------
    >>> from geo.examples import town
    >>> len(barriers_of(town().workspace, 2025))
    0
    """
    links, water = workspace.links, workspace.water
    if len(links):
        opened = links["open_year"]
        there = (links["status"].eq("existing") & opened.isna()) | (opened <= year)
        links = links[links["kind"].isin(BARRIER_LINKS) & there]
    parts = []
    for frame, kind in ((links, "railway"), (water, "water"), (more, "barrier")):
        if frame is None or not len(frame):
            continue
        told = frame.reindex(columns=[*OF_BARRIER]).astype(object)
        told["kind"] = told["kind"].where(told["kind"].notna(), kind)
        told["basis"] = told["basis"].where(told["basis"].notna(), "assumed")
        ids = frame.get("water_id", frame.index)
        parts.append(gpd.GeoDataFrame(told.set_axis([str(i) for i in ids], axis="index"), geometry=frame.geometry.array, crs=frame.crs))  # fmt: skip
    if not parts:
        return gpd.GeoDataFrame(pd.DataFrame(columns=[*OF_BARRIER]), geometry=gpd.GeoSeries([], crs=workspace.crs))
    return gpd.GeoDataFrame(pd.concat(parts), geometry="geometry", crs=workspace.crs)


def _made(case: Case, walls: gpd.GeoDataFrame, limit: float, longest: float, step: float, *, keep: bool) -> Made:
    """Return the candidates and what each serves alone; kept, as the whole zone is searched for it."""

    def make() -> Made:
        found = candidates.crossings(case.workspace.network, walls, longest=longest, step=step)
        live = live_of(case)
        return found, live, alone(live, found.geometry, limit)

    if not keep:
        return make()
    place = case.workspace
    return case.keep(
        ("crossings", case.service, case.year, limit, longest, step),
        place.network, place.cells, place.layer(case.asked.layer), place.links, place.water,
        make=make,
    )  # fmt: skip


def _table(
    case: Case, found: gpd.GeoDataFrame, walls: gpd.GeoDataFrame, single: Alone, people: pd.Series, basis: str
) -> gpd.GeoDataFrame:
    """Return the candidates with their gains, the best first; of equals the shorter."""
    gained, lost = (np.asarray(part @ people.to_numpy(float)) for part in (single.gained, single.lost))
    zones = case.workspace.zones
    place = case.workspace.cells["zone_id"]
    of_zone = np.zeros((len(found), len(zones)))
    for j, zone_id in enumerate(zones.index):
        of_zone[:, j] = single.gained @ people.where(place == zone_id, 0.0).to_numpy(float)
    main = np.where(gained > 0, of_zone.argmax(axis=1), -1) if len(zones) else np.full(len(found), -1)
    at = gpd.GeoDataFrame({}, geometry=gpd.points_from_xy(found["x"], found["y"]), crs=found.crs, index=found.index)
    degrees = with_degrees(at)
    of = walls[~walls.index.duplicated()].reindex(found["barrier"])
    table = gpd.GeoDataFrame(
        {
            "gain": gained - lost, "lost": lost, "length_m": found["length_m"], "barrier_zh": of["name_zh"].to_numpy(object),
            "barrier_en": of["name_en"].to_numpy(object), "kind": of["kind"].to_numpy(object), "barrier": found["barrier"],
            "along_m": found["along_m"], "lon": degrees["lon"], "lat": degrees["lat"],
            "zone_id": [zones.index[j] if j >= 0 else None for j in main],
            "zone_zh": [zones["name_zh"].iloc[j] if j >= 0 else None for j in main],
            "basis": basis,
        },
        geometry=found.geometry, index=found.index,
    )  # fmt: skip
    table = table.iloc[np.lexsort((np.arange(len(table)), table["length_m"], -table["gain"]))]
    rank = pd.array(np.arange(1, len(table) + 1), dtype="Int64")
    rank[~(table["gain"] > 0).to_numpy()] = pd.NA
    table.insert(0, "rank", rank)
    return table


def _apart(ranked: gpd.GeoDataFrame, apart: float, count: int) -> gpd.GeoDataFrame:
    """Return the best crossings, each at least ``apart`` metres from the better ones."""
    xy = shapely.get_coordinates(ranked.geometry.interpolate(0.5, normalized=True).array).reshape(-1, 2)
    kept: list[int] = []
    for i in range(len(ranked)):
        if len(kept) == count:
            break
        if all(np.hypot(*(xy[i] - xy[j])) >= apart for j in kept):
            kept.append(i)
    return ranked.iloc[kept]


def _walked(workspace: Workspace, table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return crossings with the walk of today between their ends, ``inf`` where there is none [m]."""
    out = table.copy()
    shapes = np.asarray(table.geometry.array, object)
    first, last = (gpd.GeoSeries(shapely.get_point(shapes, end), crs=workspace.crs) for end in (0, -1))
    walk = np.diag(workspace.network.distances(first, last).to_numpy()) if len(table) else np.empty(0)
    out.insert(int(out.columns.get_loc("length_m")) + 1, "walk_m", walk)
    return out


def _summary(found: Together, ids: list[str], k: int, basis: str, *, unknown: bool) -> pd.DataFrame:
    row = {
        "k": k, "gain": found.gained, "bound": found.bound, "gap": found.gap, "proven": found.proven,
        "crossings": "、".join(ids), "basis": basis,
    }  # fmt: skip
    if unknown:
        row |= {"gain": np.nan, "bound": np.nan, "gap": np.nan, "proven": None, "crossings": None}
    return pd.DataFrame([row])


def _notes(
    walls: gpd.GeoDataFrame, table: gpd.GeoDataFrame, ranked: gpd.GeoDataFrame, limit: float, longest: float
) -> tuple[Text, ...]:
    told = [
        Text(
            "屏障为数据中的铁路、轻轨、快速路和水系，以及方案中的屏障；地铁不计（数据未说明何处在地下）。通道只按街道和直线核对，未核对高差、净空、地下设施和用地",
            "barriers are the railways, light rail, expressways and waters of the data and the barriers of a plan; a metro is none (the data do not say where it is underground). Crossings are checked against streets and by straight lines only, not against levels, clearance, pipes or land",
        )
    ]
    if not len(walls):
        told.append(Text("数据中没有屏障（铁路、轻轨、快速路、水系），因此没有可打通之处；请先导入 links 或 water 图层", "there is no barrier in the data (railway, light rail, expressway, water), so nothing to cross: import the layers links or water first"))  # fmt: skip
    elif not len(table):
        told.append(Text(f"没有两侧街道相距不超过 {longest:g} 米、又能缩短步行的地方；可加大 longest 再问", f"nowhere are streets on both sides within {longest:g} m of each other and the walk made shorter: ask again with a larger longest"))  # fmt: skip
    elif not len(ranked):
        told.append(Text(f"{len(table)} 处可能的通道中，没有一处能单独使更多居民步行 {limit:g} 米内可达", f"of {len(table)} possible crossings none alone brings more residents within {limit:g} m on foot"))  # fmt: skip
    else:
        told += _idle(table)
    return tuple(told)


def _idle(table: gpd.GeoDataFrame) -> list[Text]:
    """Return in words along which barriers there are crossings, but none that alone serves anybody."""
    zh = table["barrier_zh"].fillna(table["barrier"])
    en = table["barrier_en"].fillna(zh)
    idle = ~zh.isin(zh[table["gain"] > 0])
    names = pd.DataFrame({"zh": zh[idle], "en": en[idle]}).drop_duplicates("zh")
    if names.empty:
        return []
    more = len(names) - NAMED
    rest = Text(f" 等 {len(names)} 条", f" and {more} more") if more > 0 else Text("", "")
    listed = Text("、".join(names["zh"].head(NAMED)) + rest.zh, ", ".join(names["en"].head(NAMED)) + rest.en)
    n = int(idle.sum())
    return [Text(f"沿{listed.zh}没有一处能单独使更多居民可达（{n} 处可能的通道）", f"none of the {n} possible crossings along {listed.en} alone serves more residents")]  # fmt: skip
