"""How sure an answer is: an interval from what the inputs leave open, and the input that makes it wide."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.adequacy import ALL
from geo.answers.access import access
from geo.answers.adequate import adequacy
from geo.answers.base import Answer, answered, basis_of, dated, source_ids, title
from geo.answers.covered import coverage
from geo.answers.drawn import ABOUT, Asked, Drawn, Quantity, drawn
from geo.answers.known import no_data, no_data_words
from geo.answers.seats import assign
from geo.case import Case
from geo.errors import InputError
from geo.progress import Progress
from geo.text import Text
from geo.uncertainty import Uncertainties, indices
from geo.uncertainty import about as worded

__all__ = ["QUANTITIES", "uncertain"]

LOW, HIGH = 0.05, 0.95
QUANTITIES = {
    "demand": Text("需求", "demand"),
    "covered": Text("步行可达", "within the limit"),
    "without": Text("够不到", "beyond it"),
    "share": Text("覆盖率", "share covered"),
    "seats": Text("学位", "seats"),
    "deficit": Text("学位缺口", "seats short"),
    "deficit_classes": Text("缺班数", "classes short"),
    "seated": Text("有座", "seated"),
    "unseated": Text("无座", "without a seat"),
    "mean_walk": Text("平均步行", "mean walk"),
    "access": Text("人均学位（可达）", "seats per person in reach"),
    "none_in_reach": Text("一处也够不到", "none in reach"),
}
"""What is told with an interval, by its name in the tables."""


def uncertain(
    case: Case, *, about: str = "coverage", table: Uncertainties | None = None, draws: int = 1000, seed: int = 1,
    limit: float | None = None, by: str = "walk", progress: Progress | None = None,
) -> Answer:  # fmt: skip
    """Return the numbers of an answer as intervals that hold the true one in 90 of 100 cases, as far as the inputs tell.

    Parameters
    ----------
    about
        "coverage" (who is within the standard), "adequacy" (seats of all stages), "assignment" (who gets a seat within the
        limit) or "access" (2SFCA).
    table
        What is uncertain, how far; from bases and accuracies where not given (``geo.uncertainty.Uncertainties.of``).
    draws
        How often the place is drawn; "assignment" and "access" are solved in each draw and stop at 200.
    seed
        The same seed gives the same numbers.
    limit
        Distance [m]; the standard's where not given, three times it for "access".
    by
        "walk" or "radius", of "coverage".

    Returns
    -------
    answer
        ``intervals``: zone_id (``__total__``: all zones), quantity, stage, central (what the plain answer prints), low,
        median, high (5, 50 and 95 % of the draws), unit, what it mainly depends on (``driver``, its share of the variance), words;
        ``outside`` where the plain number lies beyond its own interval. ``drivers``: Sobol's first and total index of each input.
        ``inputs``: the table. ``values``: the numbers of all zones in each draw.

    Raises
    ------
    InputError
        If ``about``, ``draws``, ``by`` or the limit is not usable, or the case has no standard and no limit is given.

    Notes
    -----
    Where ``progress`` answers False, the draws made so far count, at least 250. Method and laws: docs/methods/uncertainty.md.

    Examples
    --------
    >>> from geo.examples import town
    >>> answer = uncertain(town(), draws=200)
    >>> whole = answer["intervals"].set_index(["zone_id", "quantity"]).loc[("__total__", "demand")]
    >>> bool(whole["low"] < whole["central"] < whole["high"]), whole["driver"]
    (True, 'people:total')
    >>> uncertain(town(), draws=200, table=Uncertainties.of(town()).known("people:total"))["intervals"]["driver"].iloc[0]
    'share:primary'
    """
    if about not in ABOUT:
        raise InputError(
            Text(f"没有“{about}”，可选：{'、'.join(ABOUT)}", f"nothing is told about '{about}', choose one of {', '.join(ABOUT)}")
        )  # fmt: skip
    if by not in ("walk", "radius") or (by == "radius" and about != "coverage"):
        raise InputError(
            Text(f"“{by}”须为 walk（覆盖也可为 radius）", f"by must be walk, or radius of coverage, not '{by}'")
        )
    table = Uncertainties.of(case) if table is None else table
    place = case.workspace

    def make() -> Drawn:
        return drawn(Asked(case, about, table, draws, seed, limit, by, progress))

    on = (place.network, place.cells, place.zones, place.streets, place.layer(case.asked.layer), place.parameters, place.standards)  # fmt: skip
    got = case.keep(
        ("drawn", about, table, draws, seed, limit, by, case.service, case.year, case.demand), *on, make=make
    )
    plain = _plain(case, about, limit, by)
    blank = no_data(case) and about != "adequacy"
    basis = basis_of(case.supply, place.cells, place.streets)
    intervals, drivers = _tables(got, table, plain, blank)
    totals = [i for i, q in enumerate(got.quantities) if q.zone_id == ALL]
    values = pd.DataFrame(
        got.first[:, totals], columns=[_column(got.quantities[i]) for i in totals], index=pd.RangeIndex(1, len(got.first) + 1, name="draw")
    )  # fmt: skip
    names = place.zones[["name_zh", "name_en"]]
    intervals = intervals.join(names, on="zone_id")
    heading = title(case, "的把握（90% 区间）", "how sure (90 % intervals)") if about != "adequacy" else dated(case, "学位的把握（90% 区间）", "Seats: how sure (90 % intervals)")  # fmt: skip
    return answered(
        case,
        "uncertain",
        heading,
        {
            "intervals": intervals.assign(basis=basis),
            "drivers": drivers,
            "inputs": table.table(),
            "values": values,
        },
        method=Text(
            f"按各项输入的依据与精度抽样 {len(got.first)} 次（种子 {seed}），取 5%–95%；主要取决于：总效应指数（Sobol）最大的输入",
            f"inputs drawn {len(got.first)} times (seed {seed}) as far off as their bases and accuracies say, 5 to 95 % of the answers; what it mainly depends on: the input of the greatest total effect (Sobol)",
        ),
        parameters={
            "service": case.service, "year": case.year, "about": about, "draws": len(got.first), "seed": seed,
            "limit_m": limit, "by": by, "ranges": table.signature, "changed": table.told,
        },
        basis=basis,
        sources=source_ids(case.supply, place.cells, place.streets),
        notes=(*no_data_words(case), *_notes(intervals, table)),
    )  # fmt: skip


def _plain(case: Case, about: str, limit: float | None, by: str) -> dict[tuple[str, str, str], float]:
    """Return what the plain answers print, by zone, quantity and stage."""
    found: dict[tuple[str, str, str], float] = {}
    if about == "coverage":
        answer = coverage(case, limit=limit)
        whole, served = ("pupils", f"pupils_{by}") if case.asked.unit == "pupils" else ("people", f"covered_{by}")
        rows = [(ALL, answer["total"].iloc[0]), *((str(z), r) for z, r in answer["zones"].iterrows())]
        for zone, row in rows:
            demand, covered = float(row[whole]), float(row[served])
            told = {"demand": demand, "covered": covered, "without": demand - covered, "share": covered / demand if demand else np.nan}  # fmt: skip
            found |= {(zone, name, case.service): value for name, value in told.items()}
    elif about == "adequacy":
        answer = adequacy(case)
        tables = [answer["stages"].assign(zone_id=ALL), answer["zones"]]
        for row in pd.concat(tables).to_dict("records"):
            found |= {(str(row["zone_id"]), q, str(row["stage"])): float(row[q]) for q in ("demand", "seats", "deficit", "deficit_classes")}  # fmt: skip
    elif about == "assignment":
        row = assign(case, limit=case.standard.radius_m if limit is None else limit)["summary"].iloc[0]
        told = {
            "demand": row["pupils"],
            "seated": row["served"],
            "unseated": row["unserved"],
            "mean_walk": row["mean_m"],
        }
        found = {(ALL, name, case.service): float(value) for name, value in told.items()}
    else:
        answer = access(case, method="2sfca", limit=limit)
        cells = answer["cells"][answer["cells"]["zone_id"].notna()]
        demand = float(cells["demand"].sum())
        found[ALL, "access", case.service] = (
            float((cells["access"] * cells["demand"]).sum()) / demand if demand else np.nan
        )
        found[ALL, "none_in_reach", case.service] = float(answer["equity"]["share_none"].iloc[0])
        found |= {
            (str(z), "access", case.service): _each(case) * float(v) for z, v in answer["zones"]["access"].items()
        }
    return found


def _each(case: Case) -> float:
    """Return for how many people access is told: a pupil, or 1 000 residents."""
    return 1.0 if case.asked.unit == "pupils" else 1000.0


def _tables(
    got: Drawn, table: Uncertainties, plain: dict[tuple[str, str, str], float], blank: bool
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the interval of each quantity, and how much each input makes of it."""
    alone, total = {}, {}
    for key, values in got.alone.items():
        alone[key], total[key] = indices(got.first, got.second, values)
    low, median, high = _quantiles(got.first)
    intervals, drivers = [], []
    for i, q in enumerate(got.quantities):
        effects = {key: float(total[key][i]) for key in total}
        driver = max(effects, key=lambda k: effects[k], default="")
        varied = effects.get(driver, 0.0) > 0 and high[i] > low[i]
        row = table.at(driver) if varied and table.has(driver) else None
        central = np.nan if blank else plain.get((q.zone_id, q.name, q.stage), np.nan)
        ends = (np.nan, np.nan, np.nan) if blank else (float(low[i]), float(median[i]), float(high[i]))
        words = worded(ends[0], ends[2], q.unit, None if row is None else row.name, percent=q.name in ("share", "none_in_reach"), least=0.0 if q.name == "access" else 1.0)  # fmt: skip
        intervals.append({
            "zone_id": q.zone_id, "quantity": q.name, "quantity_zh": QUANTITIES[q.name].zh, "quantity_en": QUANTITIES[q.name].en,
            "stage": q.stage, "central": central, "low": ends[0], "median": ends[1], "high": ends[2], "outside": bool(central < ends[0] - 1e-9 or central > ends[2] + 1e-9),
            "unit_zh": q.unit.zh, "unit_en": q.unit.en, "driver": driver if varied else "", "driver_zh": row.zh if row else "", "driver_en": row.en if row else "",
            "driver_share": effects[driver] if varied else np.nan, "words_zh": words.zh, "words_en": words.en,
        })  # fmt: skip
        if varied:
            for key in effects:
                one = table.at(key) if table.has(key) else None
                drivers.append({
                    "zone_id": q.zone_id, "quantity": q.name, "stage": q.stage, "key": key, "zh": one.zh if one else key, "en": one.en if one else key,
                    "basis": one.basis if one else "", "first": float(alone[key][i]), "total": effects[key],
                })  # fmt: skip
    columns = ["zone_id", "quantity", "stage", "key", "zh", "en", "basis", "first", "total"]
    return pd.DataFrame(intervals), pd.DataFrame(drivers, columns=columns)


def _quantiles(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return 5, 50 and 95 % of each column; of draws in which a number is none, of the others."""
    if not np.isnan(values).any():
        return np.quantile(values, [LOW, 0.5, HIGH], axis=0)
    known = ~np.isnan(values).all(axis=0)
    out = np.full((3, values.shape[1]), np.nan)
    out[:, known] = np.nanquantile(values[:, known], [LOW, 0.5, HIGH], axis=0)
    return out


def _column(q: Quantity) -> str:
    return f"{q.stage}:{q.name}" if q.stage else q.name


def _notes(intervals: pd.DataFrame, table: Uncertainties) -> tuple[Text, ...]:
    """Return what the reader of an interval must know: numbers outside their own, and who says how far things are off."""
    notes = []
    total = intervals[(intervals["zone_id"] == ALL) & intervals["outside"]]
    if len(total):
        names = "、".join(dict.fromkeys(total["quantity_zh"])), ", ".join(dict.fromkeys(total["quantity_en"]))
        notes.append(
            Text(
                f"通常答案中的{names[0]}在区间之外：它把假定的位置和数当作准确的；位置稍有不同，结果就偏向一边",
                f"what the plain answer prints of {names[1]} lies outside the interval: it takes assumed places and numbers as exact, and small errors of them all push to one side",
            )
        )
    if any(r.range_from == "basis" and not r.known for r in table):
        notes.append(
            Text(
                "误差范围按依据类别约定（见 inputs 表），可由规划者修改；不是实测误差",
                "how far off a number of a basis may be is a convention of this tool (table inputs), to be changed by the planner; it is not measured",
            )
        )
    return tuple(notes)
