"""What is uncertain behind the answers to a question, from the bases and accuracies of its workspace."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd

from geo.case import Case
from geo.demand import Parameters
from geo.demand.models import cohort_share
from geo.errors import InputError
from geo.services import SERVICES
from geo.text import Text
from geo.uncertainty.uncertain import ACCURACY, CLASSES, EVERYBODY, FACTOR, RANGES, SPEED, Law, Uncertain
from geo.workspace import basis_of

__all__ = ["parts", "rows", "surveyed"]


def rows(case: Case) -> list[Uncertain]:
    """Return what is uncertain behind the answers to a question, in the order in which it is shown.

    Examples
    --------
    >>> from geo.examples import town
    >>> rows(town())[-1].key
    'seats:stated'
    """
    place = case.workspace
    people = basis_of(place.cells)
    if case.people_basis is not None:
        people = basis_of(people, "estimated")
    inferred = bool(place.parameters.get("population", {}).get("inferred_from"))
    total = (
        Text("居民总数（由学位反推）", "number of residents (inferred from seats)")
        if inferred
        else Text("居民总数", "number of residents")
    )
    found = [_factor("people:total", total, people)]
    found.append(
        _factor("people:zones", Text("人口在各片区间的分布", "how residents are spread over the zones"), people)
    )
    found.append(_factor("people:cells", Text("片区内的人口分布", "where people live within a zone"), people))
    if case.is_school:
        found += [_factor(key, name, basis, "number", largest=most) for key, name, basis, most in _numbers(case)]
    layer = case.asked.layer
    found.append(_position(layer, case))
    found.append(_factor("streets:length", Text("步行路程（路网）", "length of ways on foot (street network)"), basis_of(surveyed(place.streets))))  # fmt: skip
    if case.is_school:
        found += _seats(case)
    minutes = None if _unmeasured(case) else case.standard.minutes
    if minutes:
        found.append(
            Uncertain(
                "speed",
                "步行速度",
                "walking speed",
                "triangular",
                3.0,
                5.4,
                SPEED,
                "estimated",
                "basis",
                used=False,
            )
        )
    return found


def surveyed(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that somebody found out, without those that a scenario draws.

    What is planned is as large and stands where the plan says: it neither is uncertain nor makes what is there so.

    Examples
    --------
    >>> surveyed(pd.DataFrame({"source_id": ["census", "scenario"]}))["source_id"].tolist()
    ['census']
    """
    return frame[frame["source_id"].ne("scenario")] if "source_id" in frame else frame


def parts(case: Case, year: int | None = None) -> tuple[float, float, float]:
    """Return what a resident brings in pupils by the model of a case: a plain rate, one by ages, one by births.

    Pupils of a cell are residents × (plain + ages + births): of the cohort model the shares of those counted by the
    census and of those born since, each × enrolment; of the others all is plain.

    Examples
    --------
    >>> from geo.examples import town
    >>> parts(town())
    (0.057, 0.0, 0.0)
    """
    numbers, stage, when = case.numbers, case.service, case.year if year is None else year
    if case.model == "ratio":
        return numbers.value(f"ratio_{case.demand.bound}", stage) / 1000, 0.0, 0.0
    enrolment = numbers.value("enrolment", stage, when)
    if case.model == "share":
        return numbers.value("share", stage) * enrolment, 0.0, 0.0
    ages = cohort_share(stage, when, numbers)
    seen = ages["from"] == "ages"
    return 0.0, float(ages.loc[seen, "share"].sum()) * enrolment, float(ages.loc[~seen, "share"].sum()) * enrolment


def _unmeasured(case: Case) -> bool:
    try:
        return case.standard is None
    except InputError:
        return True


def _numbers(case: Case) -> list[tuple[str, Text, str, float]]:
    """Return the numbers behind the pupils of a stage: key, name, basis, and the greatest factor there can be."""
    numbers: Parameters = case.numbers
    stage, name = case.service, SERVICES[case.service]

    def told(key: str, label: str, of: str = "", year: int | None = None, most: float = math.inf) -> tuple[str, Text, str, float]:  # fmt: skip
        found = numbers.at(key, of, year)
        words = (
            Text(f"{name.name_zh}{found.zh}", f"{name.name_en.lower()}: {found.en}") if of else Text(found.zh, found.en)
        )
        return label, words, found.basis, most

    if case.model == "ratio":
        key = f"ratio_{case.demand.bound}"
        return [told(key, f"{key}:{stage}", stage)]
    enrolment = numbers.value("enrolment", stage, case.year)
    # Nobody can be enrolled twice; a gross rate above 1 that somebody states stays as it is.
    enrolled = told("enrolment", f"enrolment:{stage}", stage, case.year, max(1.0, enrolment) / enrolment if enrolment else 1.0)  # fmt: skip
    if case.model == "share":
        return [told("share", f"share:{stage}", stage), enrolled]
    _, ages, births = parts(case)
    first = case.year - max(range(3, 18)) if not births else case.year
    found = [told("age_share", "age_share")] if ages else []
    return [*found, *([told("births", "births", "", first)] if births else []), enrolled]


def _factor(key: str, name: Text, basis: str, kind: str = "", *, largest: float = math.inf) -> Uncertain:
    far = 1 + RANGES[kind or key][basis]
    if largest <= 1.0:
        # Schooling that all must have: the rate can only be a little less. No general range of an assumption fits it.
        return Uncertain(key, name.zh, name.en, "uniform", EVERYBODY, 1.0, FACTOR, basis)
    law: Law = "lognormal" if far > 1 else "fixed"
    return Uncertain(key, name.zh, name.en, law, 1 / far, min(far, largest), FACTOR, basis)


def _position(layer: str, case: Case) -> Uncertain:
    zh, en = {"schools": ("学校", "schools"), "clinics": ("医疗机构", "clinics"), "stops": ("车站", "stops")}.get(
        layer, ("设施", "facilities")
    )
    basis = basis_of(surveyed(case.supply)) if len(surveyed(case.supply)) else "assumed"
    return Uncertain(
        f"position:{layer}", f"{zh}位置", f"positions of {en}", "normal", 0.0, 1.0, ACCURACY, basis, "accuracy"
    )


def _seats(case: Case) -> list[Uncertain]:
    supply = case.supply
    known = surveyed(supply[supply["seats"].notna()])
    rows = []
    if len(known):
        rows.append(
            _factor("seats:stated", Text("已给出的各校学位", "seats as stated for each school"), basis_of(known))
        )
    if supply["seats"].isna().any():
        rows.append(
            Uncertain(
                "seats:unknown", "未给出的学位（按班数）", "seats nobody states (by classes)", "uniform",
                *CLASSES_USUAL[case.service], CLASSES, "assumed",
            )
        )  # fmt: skip
    return rows


CLASSES_USUAL: Mapping[str, tuple[float, float]] = {
    "kindergarten": (6.0, 12.0), "primary": (18.0, 36.0), "junior": (18.0, 36.0), "senior": (18.0, 48.0),
}  # fmt: skip
"""Classes of a school whose seats nobody states: kindergarten GB 50180-2018 table 5.0.3; the others the sizes of GB 50442
(draft) tables 4.2.5 widened, assumed."""
