"""The services a planner can ask for, and where each one's facilities are found.

A service is a row of ``SERVICES``: its key (command line, files), its names, the layer that holds its
facilities, and either the seat column (schools) or the kinds (clinics, stops) that provide it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pandas as pd

from geo.errors import InputError
from geo.text import Text

__all__ = ["SCHOOL_STAGES", "SERVICES", "STAGES", "Service", "provides_service", "service"]


@dataclass(frozen=True)
class Service:
    """One service: names, layer of its facilities, and what makes a facility provide it.

    Examples
    --------
    >>> SERVICES["primary"].name_zh, SERVICES["primary"].seats, SERVICES["metro"].unit
    ('小学', 'seats_primary', 'people')
    """

    key: str
    name_zh: str
    name_en: str
    layer: Literal["schools", "clinics", "stops"]
    seats: str | None = None
    """Seat column of the schools layer; a school provides the service when it is above zero."""
    kinds: tuple[str, ...] = ()
    """Kinds of the layer that provide the service (clinics and stops)."""
    unit: Literal["pupils", "people"] = "people"
    """Who needs it: pupils of the stage, or all residents."""


SERVICES: dict[str, Service] = {
    s.key: s
    for s in (
        Service("kindergarten", "幼儿园", "Kindergarten", "schools", "seats_kindergarten", unit="pupils"),
        Service("primary", "小学", "Primary school", "schools", "seats_primary", unit="pupils"),
        Service("junior", "初中", "Junior middle school", "schools", "seats_junior", unit="pupils"),
        Service("senior", "高中", "Senior middle school", "schools", "seats_senior", unit="pupils"),
        Service("community_health_centre", "社区卫生服务中心", "Community health centre", "clinics",
                kinds=("community_health_centre",)),
        Service("health_station", "社区卫生服务站", "Community health station", "clinics",
                kinds=("health_station",)),
        Service("hospital", "医院", "Hospital", "clinics", kinds=("hospital",)),
        Service("metro", "地铁站", "Metro station", "stops", kinds=("metro",)),
    )
}  # fmt: skip

STAGES: tuple[str, ...] = ("kindergarten", "primary", "junior", "senior")


def service(key: str) -> Service:
    """Return the service named ``key``.

    Raises
    ------
    InputError
        If there is no such service; the message lists those there are.

    Examples
    --------
    >>> service("primary").name_en
    'Primary school'
    >>> service("cinema")
    Traceback (most recent call last):
        ...
    geo.errors.InputError: ...unknown service 'cinema', choose one of kindergarten, primary, junior, senior, com...
    """
    if key not in SERVICES:
        known = "、".join(f"{s.key}（{s.name_zh}）" for s in SERVICES.values())
        raise InputError(
            Text(
                f"没有名为“{key}”的服务，可选：{known}", f"unknown service '{key}', choose one of {', '.join(SERVICES)}"
            )
        )
    return SERVICES[key]


def provides_service(frame: pd.DataFrame, asked: Service) -> pd.Series:
    """Return True for the rows that provide the service: by seats or by the kind of school, or by kind.

    Examples
    --------
    >>> schools = pd.DataFrame({"kind": ["nine_year", "senior"], "seats_primary": [float("nan"), 0.0]})
    >>> provides_service(schools, service("primary")).tolist()  # a school of nine years is one, however large
    [True, False]
    """
    if not asked.seats:
        return frame["kind"].isin(asked.kinds)
    by_kind = frame["kind"].fillna("").map(lambda kind: asked.key in SCHOOL_STAGES.get(str(kind), ())).astype(bool)
    seats = frame[asked.seats]
    return (seats > 0) | (by_kind & seats.isna())


SCHOOL_STAGES: dict[str, tuple[str, ...]] = {
    "kindergarten": ("kindergarten",),
    "primary": ("primary",),
    "junior": ("junior",),
    "senior": ("senior",),
    "middle": ("junior", "senior"),
    "complete_middle": ("junior", "senior"),
    "nine_year": ("primary", "junior"),
    "twelve_year": ("primary", "junior", "senior"),
    "fifteen_year": ("kindergarten", "primary", "junior", "senior"),
    "school": ("primary", "junior", "senior"),
}
"""Stages of a school whose seats are unknown, by its kind."""
